//! Whose record it is, when files tell it badly: two people under one id, no person, another server's person, numbers that
//! say nothing. A record of somebody else in the lists is worse than one that waits (F23).

use healthbook::{Book, ErrorCode, Flow, ImportOptions, Kind, Progress, Query, Review, Stage};
use healthbook_scenarios::fhir::{RESTRICTED, bundle, mau, ndjson, observation, patient, served, with_meta};
use healthbook_scenarios::*;

const A: &str = "https://a.example/fhir";
const B: &str = "https://b.example/fhir";
const CCCD: &str = "http://fhir.hl7.org.vn/core/sid/cccd";

fn labelled(label: &str) -> ImportOptions {
    ImportOptions { source: Some(label.into()), reading: ALL, ..ImportOptions::default() }
}

/// The titles of the results in the lists, sorted.
fn results(book: &Book) -> Vec<String> {
    let query = Query { kinds: vec![Kind::Result], ..Query::default() };
    let items = book.timeline(ALL, &query, None, 100).unwrap().items;
    let mut titles: Vec<String> = items.into_iter().map(|item| item.title).collect();
    titles.sort();
    titles
}

/// Whose description is in the lists, beside the person's own.
fn people(book: &Book) -> Vec<String> {
    let all = everything(book, ALL);
    all.into_iter().filter(|i| i.resource_type == "Patient" && !i.own).map(|i| i.title).collect()
}

fn waiting(book: &Book) -> Vec<Review> {
    book.review(ALL).unwrap()
}

fn stranger(id: &str) -> String {
    patient(id, "Trần Văn Thử", "1949-01-02", "male")
}

fn result(id: &str, patient: &str) -> String {
    observation(id, patient, &format!("Kết quả {id}"), "5.1", "01-15")
}

fn with_number(person: &str, system: &str, number: &str) -> String {
    let identifier = format!(r#""identifier":[{{"system":"{system}","value":"{number}"}}],"name""#);
    person.replacen(r#""name""#, &identifier, 1)
}

fn orders<T: Clone>(things: &[T]) -> Vec<Vec<T>> {
    if things.len() <= 1 {
        return vec![things.to_vec()];
    }
    let mut all = Vec::new();
    for n in 0..things.len() {
        let mut rest = things.to_vec();
        let first = rest.remove(n);
        for mut order in orders(&rest) {
            order.insert(0, first.clone());
            all.push(order);
        }
    }
    all
}

#[test]
fn two_people_under_one_id_in_one_file_are_told_apart_in_whatever_order_it_tells_of_them() {
    for order in orders(&[mau("1"), stranger("1"), result("x", "1"), result("y", "1")]) {
        let (_shelf, book) = Shelf::new();
        let report = import(&book, served(A, &order));
        assert_eq!((report.records, report.not_confirmed), (4, 3), "{order:#?}");
        assert_eq!(people(&book), ["NGUYEN THI MAU"]);
        assert_eq!(results(&book), [] as [&str; 0], "nobody can tell whose they are");
        let (named, unnamed): (Vec<_>, Vec<_>) = waiting(&book).into_iter().partition(|w| w.name.is_some());
        assert_eq!((named.len(), named[0].records), (1, 1));
        assert_eq!(named[0].name.as_deref(), Some("Trần Văn Thử"));
        assert_eq!((unnamed.len(), unnamed[0].records), (1, 2));
        // The stranger goes, and takes nothing of the person along.
        book.reject(ALL, named[0].subject, &mut ()).unwrap();
        assert_eq!(people(&book), ["NGUYEN THI MAU"]);
        let mine = everything(&book, ALL).into_iter().find(|i| i.resource_type == "Patient" && !i.own);
        assert!(holds(&book.raw(ALL, mine.unwrap().id).unwrap(), b"NGUYEN THI MAU"));
        // The person says that what is left is theirs.
        book.confirm(ALL, unnamed[0].subject, &mut ()).unwrap();
        assert_eq!(results(&book), ["Kết quả x", "Kết quả y"]);
        assert_eq!(book.verify(&mut ()).unwrap(), []);
    }
}

/// Imports a file, told to stop at the report of this number.
fn stopped(book: &Book, file: &str, at: usize) -> bool {
    let mut told = 0;
    let options = ImportOptions { reading: ALL, ..ImportOptions::default() };
    let outcome = book.import(&mut file.as_bytes(), &options, &mut |_: Progress| {
        told += 1;
        if told == at { Flow::Stop } else { Flow::Continue }
    });
    match outcome {
        Ok(_) => false,
        Err(error) => {
            assert_eq!(error.code(), ErrorCode::Stopped);
            true
        }
    }
}

#[test]
fn another_number_under_the_id_of_the_person_whom_the_same_file_confirms_is_not_taken_for_the_persons() {
    let me = with_number(&mau("1"), CCCD, "001158999998");
    let other = r#"{"resourceType":"Patient","id":"1","identifier":[{"system":"http://fhir.hl7.org.vn/core/sid/cccd","value":"001149000001"}],"name":[{"text":"Trần Văn Thử"}]}"#;
    for order in orders(&[me, other.to_owned(), result("x", "1")]) {
        // Also when the import is killed anywhere and goes on.
        for at in 1.. {
            let (_shelf, book) = Shelf::new();
            let file = served(A, &order);
            let was_stopped = stopped(&book, &file, at);
            import(&book, file);
            assert_eq!(people(&book), ["NGUYEN THI MAU"], "{at} {order:#?}");
            assert_eq!(results(&book), [] as [&str; 0], "nobody can tell whose it is");
            let named: Vec<_> = waiting(&book).into_iter().filter_map(|w| w.name).collect();
            assert_eq!(named, ["Trần Văn Thử"], "{at} {order:#?}");
            // The other's number is not the person's.
            let elsewhere = r#"{"resourceType":"Patient","id":"7","identifier":[{"system":"http://fhir.hl7.org.vn/core/sid/cccd","value":"001149000001"}]}"#;
            assert_eq!(import(&book, served(B, &[elsewhere.to_owned()])).not_confirmed, 1);
            assert_eq!(book.verify(&mut ()).unwrap(), []);
            if !was_stopped {
                assert!(at > 3, "{at}");
                break;
            }
        }
    }
}

#[test]
fn a_description_that_says_less_makes_no_two_people_one() {
    let born = |file: String| {
        let (_shelf, book) = Shelf::new();
        import(&book, file);
        let (described, unsaid): (Vec<_>, Vec<_>) =
            waiting(&book).into_iter().partition(|w| w.name.is_some());
        assert_eq!((unsaid.len(), unsaid[0].records), (1, 1), "what names the id alone names nobody");
        let mut born: Vec<_> = described.into_iter().map(|w| w.birth_date.unwrap_or_default()).collect();
        born.sort();
        assert_eq!(book.verify(&mut ()).unwrap(), []);
        born
    };
    let whole = patient("1", "Trần Văn Thử", "1960-05-01", "male");
    let undated =
        r#"{"resourceType":"Patient","id":"1","name":[{"text":"Lê Thị Ví Dụ"}],"gender":"unknown"}"#;
    let other = patient("1", "Phạm Thị Giả", "1990-02-03", "female");
    for order in orders(&[whole.clone(), undated.to_owned(), other, result("x", "1")]) {
        assert_eq!(born(served(A, &order)), ["1960-05-01", "1990-02-03"], "{order:#?}");
    }
    // A year is less than the day in it.
    let year = patient("1", "Trần Văn Thử", "1960", "male");
    let other = patient("1", "Phạm Văn Giả", "1960-11-12", "male");
    let file = served(A, &[whole, year, other, result("x", "1")]);
    assert_eq!(born(file), ["1960-05-01", "1960-11-12"]);
}

#[test]
fn a_file_that_calls_a_thousand_ids_the_person_is_believed_and_one_that_calls_more_so_is_asked_about() {
    let called = |ids: usize, times: usize| -> Vec<String> {
        let ids: Vec<String> = (0..ids).map(|n| mau(&format!("p{n}"))).collect();
        (0..times).flat_map(|_| ids.clone()).collect()
    };
    // However often they are told.
    for (ids, times, waits) in [(1, 2_001, 0), (1_000, 2, 0), (1_001, 1, 1_001)] {
        let (_shelf, book) = Shelf::new();
        let report = import_with(&book, ndjson(&called(ids, times)), &labelled("Nơi A"));
        assert_eq!((report.new, report.not_confirmed), (ids as u64, waits), "{ids} told {times} times");
    }
}

#[test]
fn an_id_that_is_given_to_somebody_else_brings_nothing_of_theirs_even_when_they_are_told_last() {
    for order in orders(&[stranger("1"), result("y", "1")]) {
        let (_shelf, book) = Shelf::new();
        assert_eq!(import(&book, served(A, &[mau("1"), result("x", "1")])).not_confirmed, 0);
        assert_eq!(import(&book, served(A, &order)).not_confirmed, 2);
        assert_eq!(results(&book), ["Kết quả x"]);
        assert_eq!(people(&book), ["NGUYEN THI MAU"]);
        // From now on the id alone says nothing; a file that says who it means does.
        assert_eq!(import(&book, served(A, &[result("z", "1")])).not_confirmed, 1);
        assert_eq!(import(&book, served(A, &[result("w", "1"), mau("1")])).not_confirmed, 0);
        assert_eq!(results(&book), ["Kết quả w", "Kết quả x"]);
    }
}

#[test]
fn who_was_refused_does_not_keep_the_person_out_who_has_the_same_id() {
    for order in orders(&[mau("1"), result("y", "1")]) {
        let (shelf, book) = Shelf::new();
        import(&book, served(A, &[stranger("1"), result("x", "1")]));
        let refused = waiting(&book).remove(0);
        assert_eq!(book.reject(ALL, refused.subject, &mut ()).unwrap(), 2);
        let report = import(&book, served(A, &order));
        assert_eq!((report.new, report.not_confirmed), (2, 0));
        assert_eq!(results(&book), ["Kết quả y"]);
        // The refused one stays out.
        let again = import(&book, served(A, &[stranger("1"), result("v", "1")]));
        assert_eq!((again.new, again.not_confirmed), (0, 0));
        assert_eq!(results(&book), ["Kết quả y"]);
        assert_eq!(
            healthbook_scenarios::pages::Pages::of(&shelf).traces(&["Trần Văn Thử"]),
            [] as [String; 0]
        );
        assert_eq!(book.verify(&mut ()).unwrap(), []);
    }
}

#[test]
fn two_people_who_both_could_be_the_person_both_wait() {
    // One name, one birthday, one sex, and two citizen numbers.
    let one = with_number(&mau("1"), CCCD, "001158999998");
    let two = with_number(&mau("2"), CCCD, "001158999997");
    for order in orders(&[one, two, result("x", "1"), result("y", "2")]) {
        let (_shelf, book) = Shelf::new();
        assert_eq!(import(&book, served(A, &order)).not_confirmed, 4, "{order:#?}");
        assert!(results(&book).is_empty());
        assert_eq!(waiting(&book).len(), 2);
        let mine =
            waiting(&book).into_iter().find(|w| w.titles.iter().any(|t| t.title.contains("Kết quả x")));
        book.confirm(ALL, mine.unwrap().subject, &mut ()).unwrap();
        assert_eq!(results(&book), ["Kết quả x"]);
        assert_eq!(waiting(&book).len(), 1, "the other one is somebody else");
    }
}

#[test]
fn a_twin_whose_name_differs_by_a_mark_waits() {
    let twin = patient("2", "Nguyễn Thị Mầu", "1958-03-12", "female");
    for order in orders(&[mau("1"), twin, result("x", "1"), result("y", "2")]) {
        let (_shelf, book) = Shelf::new();
        import(&book, served(A, &order));
        assert_eq!(results(&book), ["Kết quả x"]);
        assert_eq!(waiting(&book).len(), 1);
    }
}

#[test]
fn two_people_of_a_claim_who_both_could_be_the_person_both_wait() {
    // Namesakes of one birthday, as a province's export has them, each with a citizen number.
    let visit = |code: &str, number: &str| {
        let mut visit = claim::visit(code, ("I10", "THA"), "Amlodipin", (&format!("Chỉ số {code}"), "7"));
        visit[0].1 = visit[0].1.replace("001158999999", number).replace("BN77", &format!("BN{code}"));
        visit
    };
    let (_shelf, book) = Shelf::new();
    let both = [visit("LK1", "001158999998"), visit("LK2", "001158999997")];
    let report = import(&book, claim::file("20260116", &both));
    assert_eq!(report.not_confirmed, report.records);
    assert!(results(&book).is_empty());
    assert_eq!(waiting(&book).len(), 2);
    book.confirm(ALL, waiting(&book)[0].subject, &mut ()).unwrap();
    assert_eq!(results(&book).len(), 1);
    assert_eq!(waiting(&book).len(), 1, "the other one is somebody else");
}

#[test]
fn a_number_that_stands_for_nothing_neither_joins_nor_parts_people() {
    let person = || {
        Shelf::of(healthbook::own::Person {
            cccd: Some("001158999999".into()),
            ..healthbook_scenarios::mau()
        })
    };
    for nothing in ["000000000000", "999999999999", "unknown", "N/A", "0", "123456789012", "------------"] {
        let (_shelf, book) = person();
        let known = with_number(&mau("1"), CCCD, nothing);
        assert_eq!(import(&book, served(A, &[known])).not_confirmed, 0, "{nothing}: all else is equal");
        // Now the book has seen the placeholder with its own person, and somebody else has it too.
        for system in [CCCD, "http://a.example/mrn"] {
            let other = with_number(&stranger("2"), system, nothing);
            let nobody = patient("3", "Nguyễn Thị Mẫu", "1990-01-01", "unknown");
            let nobody = with_number(&nobody, system, nothing);
            assert_eq!(import(&book, served(B, &[other, nobody])).not_confirmed, 2, "{nothing} {system}");
        }
    }
}

#[test]
fn a_subject_that_is_no_person_leaves_open_whose_record_it_is() {
    let about = |id: &str, subject: &str| result(id, "1").replace("Patient/1", subject);
    let (_shelf, book) = Shelf::new();
    let file = served(
        A,
        &[
            mau("1"),
            about("group", "Group/1"),
            about("device", "Device/1"),
            about("place", "Location/1"),
            about("relative", "RelatedPerson/1"),
            r#"{"resourceType":"Group","id":"1","type":"person","actual":true}"#.to_owned(),
            r#"{"resourceType":"Device","id":"1","deviceName":[{"name":"Máy đo","type":"user-friendly-name"}]}"#
                .to_owned(),
        ],
    );
    let report = import(&book, file);
    assert_eq!((report.new, report.not_confirmed), (7, 4), "what is nobody's needs nobody's word");
    assert!(results(&book).is_empty());
    // One record that names two people is about neither for sure.
    let two = r#"{"resourceType":"Appointment","id":"two","status":"booked","participant":[{"actor":{"reference":"Patient/1"},"status":"accepted"},{"actor":{"reference":"Patient/2"},"status":"accepted"}]}"#;
    assert_eq!(import(&book, served(A, &[two.to_owned()])).not_confirmed, 1);
}

#[test]
fn another_servers_person_of_the_same_id_is_not_this_servers() {
    let elsewhere = |server: &str| result("y", "1").replace("Patient/1", &format!("{server}/Patient/1"));
    let ways = [
        ("address", ImportOptions { reading: ALL, ..ImportOptions::default() }),
        ("label", labelled("Nơi A")),
    ];
    for (way, how) in ways {
        for server in [B, "http://localhost:8080/fhir", "https://a.example/other"] {
            let (_shelf, book) = Shelf::new();
            let file = served(A, &[mau("1"), result("x", "1"), elsewhere(server)]);
            assert_eq!(import_with(&book, file, &how).not_confirmed, 1, "{way} {server}");
            assert_eq!(results(&book), ["Kết quả x"]);
        }
        // Its own address in full is its own.
        let (_shelf, book) = Shelf::new();
        let file = served(A, &[elsewhere(A), mau("1"), result("x", "1")]);
        assert_eq!(import_with(&book, file, &how).not_confirmed, 0, "{way}");
    }
    // Who is known at the other server is known.
    let (_shelf, book) = Shelf::new();
    import(&book, served(B, &[mau("1")]));
    assert_eq!(import(&book, served(A, &[elsewhere(B)])).not_confirmed, 0);
    assert_eq!(results(&book), ["Kết quả y"]);
}

#[test]
fn an_address_inside_the_house_joins_no_two_hospitals() {
    for base in [
        "http://localhost:8080/fhir",
        "http://127.0.0.1/fhir",
        "http://192.168.1.10/r4",
        "http://his.local/r4",
    ] {
        let (_shelf, book) = Shelf::new();
        let value = |value| observation("1", "1", "Glucose", value, "01-15");
        for at in ["5.1", "6.2"] {
            let report = import(&book, served(base, &[mau("1"), value(at)]));
            assert_eq!((report.new, report.new_versions, report.not_confirmed), (2, 0, 0), "{base}");
        }
        assert_eq!(results(&book).len(), 2, "{base}: two hospitals, two results");
        // What the person says of a file is believed: the same place again.
        for at in ["7.1", "7.2"] {
            import_with(&book, served(base, &[mau("1"), value(at)]), &labelled("Phòng khám"));
        }
        assert_eq!(results(&book).len(), 3, "{base}");
        // In one file a full address leads home all the same.
        let (_shelf, book) = Shelf::new();
        let full = result("x", "1").replace("Patient/1", &format!("{base}/Patient/1"));
        assert_eq!(import(&book, served(base, &[full, mau("1")])).not_confirmed, 0, "{base}");
    }
}

#[test]
fn records_without_ids_in_two_files_of_one_place_are_two_records() {
    let (_shelf, book) = Shelf::new();
    let unnamed = |value| observation("x", "1", "Glucose", value, "01-15").replace(r#""id":"x","#, "");
    import_with(&book, ndjson(&[mau("1")]), &labelled("Nơi A"));
    for value in ["5.1", "6.2"] {
        let report = import_with(&book, unnamed(value), &labelled("Nơi A"));
        assert_eq!((report.new, report.new_versions), (1, 0));
    }
    assert_eq!(results(&book).len(), 2);
}

#[test]
fn a_claim_of_two_people_under_one_number_gives_each_their_visit() {
    let visits = |names: [(&str, &str); 3]| {
        let all: Vec<_> = names
            .iter()
            .map(|(code, name)| {
                let mut visit =
                    claim::visit(code, ("I10", "THA"), "Amlodipin", (&format!("Chỉ số {code}"), "7"));
                visit[0].1 = visit[0].1.replace("NGUYỄN THỊ MẪU", name);
                if *name != "NGUYỄN THỊ MẪU" {
                    visit[0].1 =
                        visit[0].1.replace("001158999999", "001149000001").replace("19580312", "19490102");
                }
                visit
            })
            .collect();
        claim::file("20260116", &all)
    };
    let (me, other) = (("LK1", "NGUYỄN THỊ MẪU"), ("LK2", "TRẦN VĂN THỬ"));
    for order in [[me, other, ("LK3", "NGUYỄN THỊ MẪU")], [other, me, ("LK3", "NGUYỄN THỊ MẪU")]]
    {
        let (_shelf, book) = Shelf::new();
        import(&book, visits(order));
        assert_eq!(results(&book), ["Chỉ số LK1", "Chỉ số LK3"]);
        assert_eq!(waiting(&book).len(), 1);
    }
}

#[test]
fn a_person_known_by_a_bundles_own_name_only_is_met_in_any_order() {
    let urn = "urn:uuid:0aa7c5a4-2d5e-4c19-8f0e-1d6f7f6f1c11";
    let about = result("x", "1").replace("Patient/1", urn);
    for order in orders(&[(urn, mau("p")), ("", about), ("", stranger("q")), ("", result("y", "q"))]) {
        let (_shelf, book) = Shelf::new();
        assert_eq!(import(&book, bundle("collection", &order)).not_confirmed, 2);
        assert_eq!(results(&book), ["Kết quả x"]);
    }
}

fn nobodys(id: &str) -> String {
    result(id, "1").replace(r#""subject":{"reference":"Patient/1"},"#, "")
}

#[test]
fn what_can_be_nobodys_needs_no_person() {
    let things = [
        r#"{"resourceType":"Organization","id":"1","name":"Trạm y tế Hoa Mai"}"#,
        r#"{"resourceType":"Practitioner","id":"1","name":[{"text":"BS. Mai"}]}"#,
        r#"{"resourceType":"PractitionerRole","id":"1"}"#,
        r#"{"resourceType":"Location","id":"1","name":"Phòng 3"}"#,
        r#"{"resourceType":"Medication","id":"1","code":{"text":"Amlodipin"}}"#,
        r#"{"resourceType":"Questionnaire","id":"1","status":"active","title":"Phiếu hỏi"}"#,
        r#"{"resourceType":"CodeSystem","id":"1","status":"active","content":"complete","name":"Mã"}"#,
        r#"{"resourceType":"ValueSet","id":"1","status":"active","name":"Tập"}"#,
    ];
    let (_shelf, book) = Shelf::new();
    let report = import(&book, served(A, &things.map(str::to_owned)));
    assert_eq!((report.new, report.not_confirmed), (8, 0));
    // What may hold somebody's data is not among them.
    let binary = r#"{"resourceType":"Binary","id":"1","contentType":"text/plain","data":"eA=="}"#;
    assert_eq!(import(&book, served(A, &[binary.to_owned()])).not_confirmed, 1);
}

#[test]
fn a_record_that_does_not_say_whose_it_is_is_asked_about_with_the_name_of_the_one_person_it_may_belong_to() {
    let (_shelf, book) = Shelf::new();
    let report = import(&book, served(A, &[nobodys("x"), mau("1"), result("y", "1")]));
    assert_eq!((report.new, report.not_confirmed), (3, 1), "not silently taken");
    assert_eq!(results(&book), ["Kết quả y"]);
    let asked = waiting(&book).remove(0);
    assert_eq!((asked.name, asked.belongs_to.as_deref()), (None, Some("NGUYEN THI MAU")));
    assert_eq!(book.confirm(ALL, asked.subject, &mut ()).unwrap(), 1);
    assert_eq!(results(&book), ["Kết quả x", "Kết quả y"]);
    // One answer for all of them, until the source tells of somebody else.
    assert_eq!(import(&book, served(A, &[nobodys("z")])).not_confirmed, 0);
    assert_eq!(import(&book, served(A, &[nobodys("v"), stranger("2")])).not_confirmed, 2);
    assert_eq!(results(&book), ["Kết quả x", "Kết quả y", "Kết quả z"]);
    assert!(waiting(&book).iter().all(|w| w.belongs_to.is_none()), "nobody knows");
    // Another source's person says nothing of this one's records.
    assert_eq!(import(&book, served(B, &[nobodys("x")])).not_confirmed, 1);
    assert!(waiting(&book).iter().all(|w| w.belongs_to.is_none()));
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn an_answer_about_records_that_name_nobody_is_an_answer_about_them_alone() {
    let (_shelf, book) = Shelf::new();
    import(&book, served(A, &[nobodys("x"), stranger("1")]));
    let asked = |book: &Book| waiting(book).into_iter().find(|w| w.name.is_none()).unwrap().subject;
    book.confirm(ALL, asked(&book), &mut ()).unwrap();
    assert_eq!(results(&book), ["Kết quả x"]);
    assert_eq!(import(&book, served(A, &[nobodys("y")])).not_confirmed, 1, "asked again");
    book.reject(ALL, asked(&book), &mut ()).unwrap();
    let report = import(&book, served(A, &[nobodys("x"), nobodys("z")]));
    assert_eq!((report.new, report.not_confirmed), (1, 1), "nobody was refused; what was taken in stays");
    assert_eq!(results(&book), ["Kết quả x"]);
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn an_answer_about_records_that_name_nobody_stays_about_them_alone_when_it_is_killed_half_way() {
    let (_shelf, book) = Shelf::new();
    import(&book, served(A, &[nobodys("x")]));
    let asked = || waiting(&book).into_iter().find(|w| w.name.is_none()).unwrap().subject;
    let stopped = book.confirm(ALL, asked(), &mut |_: Progress| Flow::Stop).unwrap_err();
    assert_eq!(stopped.code(), ErrorCode::Stopped);
    assert_eq!(import(&book, served(A, &[nobodys("y")])).not_confirmed, 1, "asked again");
    assert_eq!(results(&book), ["Kết quả x"]);
    book.confirm(ALL, asked(), &mut ()).unwrap();
    assert_eq!(results(&book), ["Kết quả x", "Kết quả y"]);
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn looking_for_people_in_a_long_file_that_describes_none_is_told_of_and_can_be_stopped() {
    let filler = format!(r#"{{"extension":[{{"url":"x","valueString":"{}"}}],"#, "a".repeat(50_000));
    let resources: Vec<String> =
        (0..401).map(|n| result(&format!("r{n}"), "1").replacen('{', &filler, 1)).collect();
    let file = ndjson(&resources);
    assert!(file.len() > 20_000_000);
    let (_shelf, book) = Shelf::new();
    let mut places = Vec::new();
    let outcome = book.import(&mut file.as_bytes(), &labelled("Nơi A"), &mut |progress: Progress| {
        if progress.stage != Stage::Reading {
            return Flow::Continue;
        }
        places.push(progress.done);
        if progress.done > 0 { Flow::Stop } else { Flow::Continue }
    });
    assert_eq!(outcome.unwrap_err().code(), ErrorCode::Stopped);
    assert!(matches!(places[..], [0, at] if at < 3 << 20), "{places:?}");
    assert!(waiting(&book).is_empty());
    // Given again it goes on, and its way is told.
    places.clear();
    let report = book.import(&mut file.as_bytes(), &labelled("Nơi A"), &mut |progress: Progress| {
        if progress.stage == Stage::Reading && progress.records == 0 {
            places.push(progress.done);
        }
        Flow::Continue
    });
    let report = report.unwrap();
    assert_eq!(
        (report.documents, report.new, report.not_confirmed),
        (0, 401, 401),
        "it was kept, and not read"
    );
    assert!(places.len() > 15, "{places:?}");
    assert_eq!(import_with(&book, &file, &labelled("Nơi A")).new, 0);
}

#[test]
fn the_guess_tells_nothing_of_a_source_of_which_all_is_restricted() {
    let (_shelf, book) = Shelf::new();
    let labelled = |resource: &str| with_meta(resource, RESTRICTED);
    import(&book, served(A, &[labelled(&mau("1")), labelled(&result("y", "1")), nobodys("x")]));
    assert_eq!(book.review(ORDINARY).unwrap()[0].belongs_to, None);
    assert!(book.review(ALL).unwrap()[0].belongs_to.is_some());
}
