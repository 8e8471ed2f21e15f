//! Cards in the hand of the book's person, and of somebody else.

use healthbook::own::Person;
use healthbook::{Book, CardAnswer, CardFit, ErrorCode, Lang, SavedCard};
use healthbook_scenarios::{ORDINARY, Shelf, everything, mau};

const CCCD: &str = "001158999999|012999999|Nguyễn Thị Mẫu|12031958|Nữ|Nơi thử|01012022";
/// The name in hexadecimal UTF-8, as paper cards have it.
const BHYT: &str = "HT3019900000001|4e677579e1bb856e205468e1bb8b204de1baab75|12/03/1958|2|-|01 - 999|01/01/2026|31/12/2026|-|-|4|-|$";
const STRANGER: &str = "079090888888||Trần Văn Thí Dụ|01071990|Nam|Phường Thử|01012022";

fn save(book: &Book, text: &str) -> SavedCard {
    book.save_scan(text, CardAnswer::NotAsked, ORDINARY).unwrap()
}

fn numbers(book: &Book) -> Vec<String> {
    book.person(ORDINARY).unwrap().identifiers.into_iter().map(|identifier| identifier.value).collect()
}

fn differs(saved: SavedCard) -> Vec<String> {
    let SavedCard::Asks(differences) = saved else { panic!("{saved:?}") };
    assert!(!format!("{differences:?}").contains("Trần"), "no log tells whose card it was");
    differences.into_iter().map(|one| format!("{}: {} / {}", one.what, one.book, one.card)).collect()
}

#[test]
fn an_empty_book_learns_its_person_from_a_card() {
    let (_shelf, book) = Shelf::of(Person::default());
    assert_eq!(save(&book, CCCD), SavedCard::Person);
    let person = book.person(ORDINARY).unwrap();
    assert_eq!(person.name.as_deref(), Some("Nguyễn Thị Mẫu"));
    assert_eq!((person.birth_date.as_deref(), person.sex.as_deref()), (Some("1958-03-12"), Some("female")));
    assert_eq!(numbers(&book), ["001158999999"]);
    assert_eq!(save(&book, CCCD), SavedCard::Person, "again, nothing new");
}

#[test]
fn an_insurance_card_is_kept_once_and_a_renewed_one_beside_it() {
    let (_shelf, book) = Shelf::new();
    let first = save(&book, BHYT);
    assert!(matches!(first, SavedCard::Record(_)));
    assert_eq!(save(&book, BHYT), first, "the same card");
    let renewed = save(&book, &BHYT.replace("2026", "2027"));
    assert_ne!(renewed, first);
    let cards = book.insurance_cards(ORDINARY).unwrap();
    assert_eq!(cards.len(), 2);
    let rows: Vec<String> = cards[0].rows.iter().map(|row| format!("{}: {}", row.label, row.value)).collect();
    assert!(rows.contains(&"Mức hưởng: 95% chi phí trong phạm vi hưởng".to_owned()), "{rows:?}");
    assert!(rows.contains(&"Họ và tên: Nguyễn Thị Mẫu".to_owned()), "{rows:?}");
    let SavedCard::Record(id) = first else { unreachable!() };
    book.delete(ORDINARY, id).unwrap();
    assert_eq!(book.insurance_cards(ORDINARY).unwrap().len(), 1);
    assert!(numbers(&book).contains(&"HT3019900000001".to_owned()));
}

#[test]
fn a_strangers_card_changes_nothing_until_the_person_says_it_is_theirs() {
    let (_shelf, book) = Shelf::new();
    save(&book, CCCD);
    let before = everything(&book, ORDINARY);
    assert_eq!(
        differs(save(&book, STRANGER)),
        [
            "Họ và tên: Nguyễn Thị Mẫu / Trần Văn Thí Dụ",
            "Ngày sinh: 1958-03-12 / 1990-07-01",
            "Giới tính: Nữ / Nam",
            "Số CCCD: 001158999999 / 079090888888",
        ]
    );
    assert_eq!(everything(&book, ORDINARY), before);
    assert_eq!(numbers(&book), ["001158999999"]);
    // A new number of their own, say: the number is taken over, what the book knew of the person stays.
    assert_eq!(book.save_scan(STRANGER, CardAnswer::Mine, ORDINARY).unwrap(), SavedCard::Person);
    assert_eq!(numbers(&book), ["079090888888"]);
    assert_eq!(book.person(ORDINARY).unwrap().name.as_deref(), Some("Nguyễn Thị Mẫu"));
}

#[test]
fn a_card_is_held_against_the_person_and_nothing_is_kept() {
    let (_shelf, book) = Shelf::new();
    let before = everything(&book, ORDINARY);
    assert_eq!(book.compare_scan(CCCD, Lang::Vi).unwrap(), CardFit::Fits);
    assert_eq!(book.compare_scan(BHYT, Lang::Vi).unwrap(), CardFit::Fits);
    let CardFit::Differs(differences) = book.compare_scan(STRANGER, Lang::En).unwrap() else { panic!() };
    let told: Vec<String> =
        differences.into_iter().map(|one| format!("{}: {} / {}", one.what, one.book, one.card)).collect();
    assert_eq!(
        told,
        [
            "Full name: Nguyễn Thị Mẫu / Trần Văn Thí Dụ",
            "Date of birth: 1958-03-12 / 1990-07-01",
            "Sex: Female / Male",
        ]
    );
    // A number alone, of which the book has none: that it is theirs is not known, and not said.
    assert_eq!(book.compare_scan("GD4019900000002", Lang::Vi).unwrap(), CardFit::Unknown);
    assert_eq!(book.compare_scan("chỉ là chữ", Lang::Vi).unwrap_err().code(), ErrorCode::InvalidInput);
    assert_eq!((everything(&book, ORDINARY), numbers(&book)), (before, Vec::new()));
    let (_shelf, nobody) = Shelf::of(Person::default());
    assert_eq!(nobody.compare_scan(CCCD, Lang::Vi).unwrap(), CardFit::Unknown, "the book knows nobody yet");
}

#[test]
fn an_insurance_card_of_another_person_is_asked_about_by_its_last_ten_digits() {
    let (_shelf, book) = Shelf::new();
    save(&book, BHYT);
    assert_eq!(differs(save(&book, "GD4019900000002")), ["Số thẻ BHYT: HT3019900000001 / GD4019900000002"]);
    assert!(matches!(save(&book, "9900000001"), SavedCard::Record(_)), "the new card of the same person");
    let child = BHYT.replace("12/03/1958", "01/06/2021");
    assert_eq!(differs(save(&book, &child)), ["Ngày sinh: 1958-03-12 / 2021-06-01"]);
}

#[test]
fn a_typed_number_is_held_against_what_its_digits_say() {
    let (_shelf, book) = Shelf::of(mau());
    assert_eq!(differs(save(&book, "079090888888")), ["Ngày sinh: 1958-03-12 / 1990", "Giới tính: Nữ / Nam"]);
    assert_eq!(save(&book, "001 158 999 999"), SavedCard::Person);
    assert_eq!(save(&book, "012999999"), SavedCard::Person, "an old number");
    assert_eq!(numbers(&book), ["001158999999"], "does not take the place of the citizen number");
    for none in ["", "1234", "chỉ là chữ", "GD9010000000000"] {
        let error = book.save_scan(none, CardAnswer::NotAsked, ORDINARY).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidInput, "{none}");
    }
}

#[test]
fn a_health_check_stands_in_the_timeline_by_its_class_and_its_weight_in_the_chart() {
    let (_shelf, book) = Shelf::new();
    let fields = [("at", "2026-05-20"), ("weight", "55.5"), ("class", "II"), ("eyes", "II: cận thị nhẹ")];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let id = book.add("checkup", &fields, ORDINARY).unwrap();
    let item = book.item(ORDINARY, id).unwrap();
    assert_eq!(
        (item.title.as_str(), item.start.as_deref()),
        ("Khám sức khỏe định kỳ – Loại II", Some("2026-05-20"))
    );
    let trend = book.trend(ORDINARY, "weight", None, None, None).unwrap();
    let drawn: Vec<String> = trend.lines.into_iter().flat_map(|line| line.points).map(|p| p.text).collect();
    assert_eq!(drawn, ["55.5"]);
    assert_eq!(book.search(ORDINARY, "can thi nhe", 10).unwrap().first().map(|found| found.id), Some(id));
}
