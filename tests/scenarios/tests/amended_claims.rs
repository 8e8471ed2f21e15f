//! A facility sends a claim again, otherwise: what the person did beside its records stays theirs, and nothing of it is
//! lost.

use healthbook::{Book, Item, Kind, Lang, LinkRel, Query, Reading, RecordId, Standing};
use healthbook_scenarios::claim::{self, hiv_form};
use healthbook_scenarios::*;

/// The visit with this diagnosis, and these medicines.
fn visit(code: &str, medicines: &[&str]) -> Vec<(String, String)> {
    let mut tables = claim::visit("LK9", (code, "bệnh"), "", ("Glucose", "6.1"));
    let rows: String = (1..)
        .zip(medicines)
        .filter(|(_, name)| !name.is_empty())
        .map(|(n, name)| {
            format!(
                "<CHI_TIET_THUOC><MA_LK>LK9</MA_LK><STT>{n}</STT><TEN_THUOC>{name}</TEN_THUOC>\
                 <SO_LUONG>28</SO_LUONG><NGAY_YL>202601150900</NGAY_YL></CHI_TIET_THUOC>"
            )
        })
        .collect();
    tables[1].1 = format!(
        "<CHITIEU_CHITIET_THUOC><DSACH_CHI_TIET_THUOC>{rows}</DSACH_CHI_TIET_THUOC></CHITIEU_CHITIET_THUOC>"
    );
    tables
}

fn file(made: &str, tables: Vec<(String, String)>) -> String {
    claim::file(made, &[tables])
}

/// The same visit, told in other bytes.
fn as_another_file(file: &str) -> String {
    file.replace("<SOLUONGHOSO>1<", "<SOLUONGHOSO>7<")
}

fn of_kind(book: &Book, kind: Kind) -> Vec<Item> {
    book.timeline(ALL, &Query { kinds: vec![kind], ..Query::default() }, None, 100).unwrap().items
}

fn medicine(book: &Book, name: &str) -> RecordId {
    let found: Vec<Item> =
        of_kind(book, Kind::Medicine).into_iter().filter(|item| item.title == name).collect();
    assert_eq!(found.len(), 1, "{name}: {found:?}");
    found[0].id
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Titles that the lists show, each with the person's as `own`, and how many heads it has.
fn listed(book: &Book, kind: Kind) -> Vec<(String, bool, u32)> {
    let mut all: Vec<_> =
        of_kind(book, kind).into_iter().map(|item| (item.title, item.own, item.heads)).collect();
    all.sort();
    all
}

fn text(book: &Book, id: RecordId) -> String {
    let view = book.show(Reading { lang: Lang::Vi, ..ALL }, id).unwrap();
    format!("{view:?}")
}

#[test]
fn a_correction_and_a_note_beside_a_medicine_outlive_its_withdrawal() {
    let (_shelf, book) = Shelf::new();
    import(&book, file("20260115", visit("I10", &["Thuốc A", "Thuốc B"])));
    let theirs = medicine(&book, "Thuốc B");
    let mine = book.correct(ALL, theirs, &[pair("dose", "nửa viên")]).unwrap();
    let note = book.add("note", &[pair("text", "Thuốc B làm tôi ho")], ALL).unwrap();
    book.link(ALL, note, LinkRel::PartOf, theirs).unwrap();
    let before = book.raw(ALL, mine).unwrap();
    let noted = book.raw(ALL, note).unwrap();

    let corrected = file("20260120", visit("I10", &["Thuốc A"]));
    import(&book, &corrected);
    let gone = book.item(ALL, theirs).unwrap();
    assert_eq!((gone.standing, gone.heads, gone.corrected), (Standing::Deleted, 1, true));
    let listed_now = listed(&book, Kind::Medicine);
    assert_eq!(
        listed_now,
        [("Thuốc A".into(), false, 1), ("Thuốc B".into(), true, 1)],
        "only the person's word"
    );
    // What the person wrote is as it was, a fact, found, and still says what it is about.
    let item = book.item(ALL, mine).unwrap();
    assert!(item.is_fact() && item.heads == 1, "{item:?}");
    assert_eq!((book.raw(ALL, mine).unwrap(), book.raw(ALL, note).unwrap()), (before.clone(), noted.clone()));
    assert!(text(&book, mine).contains("nửa viên"));
    let found: Vec<RecordId> = book.search(ALL, "thuoc b", 10).unwrap().iter().map(|item| item.id).collect();
    assert_eq!((found.len(), found.contains(&mine), found.contains(&note)), (2, true, true));
    for (id, rel) in [(mine, LinkRel::Corrects), (note, LinkRel::PartOf)] {
        let links = book.links(ALL, id).unwrap();
        assert_eq!(links.len(), 1);
        assert_eq!((links[0].rel, links[0].other, links[0].outgoing), (rel, theirs, true));
    }
    // What was withdrawn can be looked at, and says what it last said.
    assert!(text(&book, theirs).contains("Thuốc B"));
    let states = book.versions(ALL, theirs).unwrap();
    assert!(states.iter().all(|state| !state.own), "nothing looks as if the person had deleted it");

    // Brought back it is the person's word, still corrected by them, and stays whatever is sent again.
    book.restore(ALL, theirs).unwrap();
    for again in [as_another_file(&corrected), file("20260122", visit("I10", &["Thuốc A"]))] {
        import(&book, again);
        let back = book.item(ALL, theirs).unwrap();
        assert_ne!(back.standing, Standing::Deleted);
        assert_eq!((back.heads, back.corrected), (1, true));
    }
    assert_eq!((book.raw(ALL, mine).unwrap(), book.raw(ALL, note).unwrap()), (before, noted));
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn what_the_person_brought_back_stays_and_that_the_facility_withdrew_it_is_told_beside() {
    let first = file("20260115", visit("I10", &["Thuốc A", "Thuốc B"]));
    let without = file("20260120", visit("I10", &["Thuốc A"]));
    let again = file("20260122", visit("I10", &["Thuốc A", "Thuốc B"]));
    let (_shelf, book) = Shelf::new();
    import(&book, &first);
    let id = medicine(&book, "Thuốc B");
    // Deleted by mistake, and brought back: the person says that it is so.
    book.delete(ALL, id).unwrap();
    book.restore(ALL, id).unwrap();
    import(&book, &without);
    let item = book.item(ALL, id).unwrap();
    assert_ne!(item.standing, Standing::Deleted, "the person's word is shown");
    assert_eq!(item.heads, 2, "and that the facility says otherwise is not hidden");
    let said: Vec<(bool, bool)> = book
        .versions(ALL, id)
        .unwrap()
        .iter()
        .filter(|state| state.is_head)
        .map(|state| (state.own, state.length.is_some()))
        .collect();
    assert_eq!(said, [(true, true), (false, false)]);
    // Told once, however often it is sent; told again there is nothing left to say beside.
    let states = book.versions(ALL, id).unwrap().len();
    import(&book, as_another_file(&without));
    assert_eq!(book.versions(ALL, id).unwrap().len(), states);
    import(&book, &again);
    let item = book.item(ALL, id).unwrap();
    assert!(item.standing != Standing::Deleted && item.heads == 1, "{item:?}");
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn a_withdrawn_record_that_is_brought_back_is_one_record_when_the_facility_tells_it_again() {
    let (_shelf, book) = Shelf::new();
    import(&book, file("20260115", visit("I10", &["Thuốc A", "Thuốc B"])));
    let id = medicine(&book, "Thuốc B");
    let told = book.raw(ALL, id).unwrap();
    import(&book, file("20260120", visit("I10", &["Thuốc A"])));
    book.restore(ALL, id).unwrap();
    assert_eq!(book.raw(ALL, id).unwrap(), told);
    import(&book, file("20260122", visit("I10", &["Thuốc A", "Thuốc B"])));
    let item = book.item(ALL, id).unwrap();
    assert_eq!(item.heads, 1, "the same is not shown as two: {:?}", book.versions(ALL, id).unwrap());
    assert_eq!(book.raw(ALL, id).unwrap(), told);
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn what_is_shown_of_a_withdrawn_record_is_what_comes_back() {
    let (_shelf, book) = Shelf::new();
    let names = |words: &str| {
        let mut tables = visit("I10", &[]);
        tables[0].1 =
            tables[0].1.replace("<CHAN_DOAN_RV>I10 - bệnh<", &format!("<CHAN_DOAN_RV>I10 - {words}<"));
        tables
    };
    import(&book, file("20260115", names("tăng huyết áp độ hai")));
    let id = of_kind(&book, Kind::Condition)[0].id;
    import(&book, file("20260120", visit("I11", &[])));
    // An older message comes last.
    import(&book, file("20260110", names("tăng huyết áp độ một")));
    assert_eq!(book.item(ALL, id).unwrap().standing, Standing::Deleted);
    let shown = text(&book, id);
    book.restore(ALL, id).unwrap();
    assert_eq!(text(&book, id), shown);
    assert!(shown.contains("độ hai"), "the newest that was told: {shown}");
}

#[test]
fn a_restricted_diagnosis_that_is_withdrawn_and_brought_back_stays_restricted_with_the_words_beside_it() {
    let (_shelf, book) = Shelf::new();
    let mut first = visit("B20", &["Thuốc A"]);
    first.push(hiv_form("LK9"));
    import(&book, file("20260115", first));
    let theirs = of_kind(&book, Kind::Condition)[0].id;
    let mine = book.correct(ALL, theirs, &[pair("note", "đã xét nghiệm lại")]).unwrap();
    let hidden = |at: &str| {
        for id in [theirs, mine] {
            assert!(book.item(ORDINARY, id).is_err(), "{at}");
            assert!(book.show(ORDINARY, id).is_err() && book.links(ORDINARY, id).is_err(), "{at}");
        }
        assert!(everything(&book, ORDINARY).iter().all(|item| item.resource_type == "Patient"), "{at}");
        assert!(book.search(ORDINARY, "xet nghiem lai", 10).unwrap().is_empty(), "{at}");
    };
    hidden("sent");
    // Corrected without the diagnosis, and without the form: what was told once is behind the gate all the same.
    import(&book, file("20260120", visit("I10", &["Thuốc A"])));
    assert_eq!(book.item(ALL, theirs).unwrap().standing, Standing::Deleted);
    for id in [theirs, mine] {
        assert!(book.item(ORDINARY, id).is_err());
    }
    assert_eq!(book.search(ALL, "xet nghiem lai", 10).unwrap().len(), 1);
    assert!(book.search(ORDINARY, "xet nghiem lai", 10).unwrap().is_empty());
    book.restore(ALL, theirs).unwrap();
    assert!(book.item(ORDINARY, theirs).is_err() && book.item(ORDINARY, mine).is_err());
    assert_eq!(book.item(ALL, mine).unwrap().heads, 1);
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

/// What a hospital sends at once when somebody comes (XML0).
fn check_in() -> String {
    "<CHI_TIEU_TRANG_THAI_KCB><DSACH_TRANG_THAI_KCB><TRANG_THAI_KCB><MA_LK>LK9</MA_LK><STT>1</STT><MA_BN>BN77</MA_BN>\
     <HO_TEN>NGUYỄN THỊ MẪU</HO_TEN><SO_CCCD>001158999999</SO_CCCD><NGAY_SINH>195803120000</NGAY_SINH>\
     <GIOI_TINH>2</GIOI_TINH><MA_THE_BHYT>GD4019900000001</MA_THE_BHYT><MA_CSKCB>79999</MA_CSKCB>\
     <NGAY_VAO>202601150815</NGAY_VAO><MA_LOAI_KCB>01</MA_LOAI_KCB><NGAY_YL>202601150830</NGAY_YL>\
     </TRANG_THAI_KCB></DSACH_TRANG_THAI_KCB></CHI_TIEU_TRANG_THAI_KCB>"
        .to_owned()
}

/// What the lists show, with the bytes: no identity of the book's own.
fn shown(book: &Book) -> Vec<String> {
    let mut all: Vec<String> = everything(book, ALL)
        .into_iter()
        .filter(|item| item.standing != Standing::Deleted && !item.own)
        .map(|item| {
            let raw = String::from_utf8(book.raw(ALL, item.id).unwrap()).unwrap();
            let view = book.show(ALL, item.id).unwrap();
            let (kind, title, value) = (item.resource_type, item.title, item.value);
            format!(
                "{kind} {:?} {title} {value:?} {} {}\n{raw}\n{view:?}",
                item.standing, item.heads, item.corrected
            )
        })
        .collect();
    all.sort();
    all
}

#[test]
fn check_in_claim_and_correction_are_one_visit_and_the_same_book_in_every_order() {
    let files = [
        check_in(),
        file("20260116", visit("I10", &["Thuốc A", "Thuốc B", "Thuốc C"])),
        file("20260120", visit("I11", &["Thuốc A", "", "Thuốc D"])),
    ];
    let mut due: Option<Vec<String>> = None;
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let (_shelf, book) = Shelf::new();
        for n in order {
            let report = import(&book, &files[n]);
            assert_eq!((report.quarantined, report.not_confirmed), (0, 0), "{order:?}");
        }
        let visits = of_kind(&book, Kind::Visit);
        assert_eq!(visits.len(), 1, "{order:?}");
        let states = book.versions(ALL, visits[0].id).unwrap();
        assert!((2..=3).contains(&states.len()) && visits[0].heads == 1, "{order:?}: {states:?}");
        let medicines: Vec<String> =
            listed(&book, Kind::Medicine).into_iter().map(|(title, ..)| title).collect();
        assert_eq!(medicines, ["Thuốc A", "Thuốc D"], "{order:?}");
        let now = shown(&book);
        assert_eq!(*due.get_or_insert(now.clone()), now, "{order:?}");
        // Each of them again, to the byte and in another wrapper: nothing changes.
        let before: Vec<(Item, usize)> = everything(&book, ALL)
            .into_iter()
            .map(|item| (item.clone(), book.versions(ALL, item.id).unwrap().len()))
            .collect();
        for file in &files {
            for again in [file.clone(), as_another_file(file)] {
                let report = import(&book, again);
                assert_eq!((report.new, report.new_versions, report.quarantined), (0, 0, 0), "{order:?}");
            }
        }
        let after: Vec<(Item, usize)> = everything(&book, ALL)
            .into_iter()
            .map(|item| (item.clone(), book.versions(ALL, item.id).unwrap().len()))
            .collect();
        assert_eq!(after, before, "{order:?}");
        assert_eq!(book.verify(&mut ()).unwrap(), [], "{order:?}");
    }
}
