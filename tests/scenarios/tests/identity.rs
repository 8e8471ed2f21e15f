//! Whose record it is, and which one: records of two hospitals never meet, an old export never wins, and a stranger's
//! records never come into the lists unasked.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use healthbook::{Argon2Cost, Book, Clock, ImportOptions, Item, Kind, NewBook, Ports, Query, Timestamp};
use healthbook_scenarios::fhir::{bundle, mau, ndjson, observation, patient, served, with_meta};
use healthbook_scenarios::pages::Pages;
use healthbook_scenarios::*;

const A: &str = "https://a.example/fhir";
const B: &str = "https://b.example/fhir";

fn options() -> ImportOptions {
    ImportOptions { reading: ALL, ..ImportOptions::default() }
}

fn labelled(label: &str) -> ImportOptions {
    ImportOptions { source: Some(label.into()), ..options() }
}

fn results(book: &Book) -> Vec<Item> {
    let query = Query { kinds: vec![Kind::Result], ..Query::default() };
    book.timeline(ALL, &query, None, 100).unwrap().items
}

fn values(book: &Book) -> Vec<String> {
    let mut values: Vec<String> = results(book).into_iter().filter_map(|item| item.value).collect();
    values.sort();
    values
}

#[test]
fn patient_1_and_observation_1_of_two_hospitals_stay_two_records() {
    // Told apart by their servers' addresses, by the person's labels, or by nothing but being two files.
    let with_url =
        |base: &str, value| served(base, &[mau("1"), observation("1", "1", "Glucose", value, "01-15")]);
    let without = |value| {
        bundle("collection", &[("", mau("1")), ("", observation("1", "1", "Glucose", value, "01-15"))])
    };
    let ways: [(&str, [String; 2], [ImportOptions; 2]); 3] = [
        ("address", [with_url(A, "5.1"), with_url(B, "6.2")], [options(), options()]),
        ("label", [without("5.1"), without("6.2")], [labelled("Bệnh viện A"), labelled("Bệnh viện B")]),
        ("nothing", [without("5.1"), without("6.2")], [options(), options()]),
    ];
    for (way, files, how) in ways {
        let (_shelf, book) = Shelf::new();
        for (file, how) in files.iter().zip(&how) {
            let report = import_with(&book, file, how);
            assert_eq!((report.records, report.new, report.not_confirmed), (2, 2, 0), "{way}");
        }
        assert_eq!(values(&book), ["5.1 mmol/L", "6.2 mmol/L"], "{way}");
        let people = everything(&book, ALL).into_iter().filter(|i| i.resource_type == "Patient").count();
        assert_eq!(people, 3, "{way}: the book's own, and one of each hospital");
        for item in results(&book) {
            assert_eq!(book.versions(ALL, item.id).unwrap().len(), 1, "{way}");
        }
        assert_eq!(book.verify(&mut ()).unwrap(), [], "{way}");
    }
}

#[test]
fn what_the_person_calls_a_source_goes_before_what_the_file_says() {
    let (_shelf, book) = Shelf::new();
    import_with(
        &book,
        served(A, &[mau("1"), observation("1", "1", "Glucose", "5.1", "01-15")]),
        &labelled("Nhà"),
    );
    assert_eq!(results(&book)[0].source, "Nhà");
    // The same file without the label is another source's.
    import(&book, served(A, &[mau("1"), observation("1", "1", "Glucose", "5.1", "01-15"), mau("2")]));
    let sources: Vec<String> = results(&book).into_iter().map(|i| i.source).collect();
    assert_eq!(sources.len(), 2);
    assert!(sources.contains(&A.to_owned()) && sources.contains(&"Nhà".to_owned()), "{sources:?}");
    let claim = claim::file(
        "20260116",
        &[claim::visit("LK0001", ("I10", "Tăng huyết áp"), "Amlodipin", ("Glucose", "7.20"))],
    );
    import(&book, claim);
    let query = Query { source: Some("79999".into()), ..Query::default() };
    let visit = book.timeline(ALL, &query, None, 100).unwrap().items;
    assert!(visit.iter().any(|i| i.kind == Kind::Visit) && visit.iter().any(|i| i.kind == Kind::Medicine));
}

#[test]
fn an_old_export_that_comes_later_adds_a_version_and_does_not_win() {
    let state = |value: &str, meta: &str| {
        served(A, &[mau("1"), with_meta(&observation("1", "1", "Glucose", value, "01-15"), meta)])
    };
    let cases = [
        (
            r#"{"versionId":"3","lastUpdated":"2026-03-01T08:00:00+07:00"}"#,
            r#"{"versionId":"2","lastUpdated":"2026-02-28T23:00:00-05:00"}"#,
            false,
        ),
        (r#"{"versionId":"10"}"#, r#"{"versionId":"9"}"#, true),
        (
            r#"{"versionId":"2","lastUpdated":"2026-03-01"}"#,
            r#"{"versionId":"1","lastUpdated":"2026-03-01"}"#,
            true,
        ),
    ];
    for (new, old, new_wins) in cases {
        for new_first in [true, false] {
            let (_shelf, book) = Shelf::new();
            let (a, b) = (state("7.7", new), state("6.6", old));
            let files = if new_first { [a, b] } else { [b, a] };
            import(&book, &files[0]);
            let report = import(&book, &files[1]);
            assert_eq!((report.new, report.new_versions, report.unchanged), (0, 1, 1), "{new}");
            // 23:00 at -05:00 is the next day at 11:00 in Vietnam: lastUpdated is compared as a moment.
            let head = if new_wins { "7.7 mmol/L" } else { "6.6 mmol/L" };
            assert_eq!(values(&book), [head], "{new} against {old}, the newer first: {new_first}");
            let id = results(&book)[0].id;
            let versions = book.versions(ALL, id).unwrap();
            assert_eq!(versions.len(), 2);
            assert_eq!(versions.iter().filter(|v| v.is_head).count(), 1);
            assert!(holds(&book.raw(ALL, id).unwrap(), head.split(' ').next().unwrap().as_bytes()));
            let points = book.trend(ALL, "http://loinc.org|15074-8", None, None, None).unwrap().lines;
            assert_eq!(points[0].points.len(), 1, "the state that is over has left the chart");
            assert_eq!(format!("{} mmol/L", points[0].points[0].text), head);
        }
    }
}

#[test]
fn a_hospital_whose_clock_is_wrong_does_not_hold_the_present_for_good() {
    let state = |value: &str, version: &str, at: &str| {
        let meta = format!(r#"{{"versionId":"{version}","lastUpdated":"{at}"}}"#);
        served(A, &[mau("1"), with_meta(&observation("1", "1", "Glucose", value, "01-15"), &meta)])
    };
    let first = state("5.1", "1", "2026-01-15T08:00:00+07:00");
    let wrong = state("5.2", "2", "2099-01-15T08:00:00+07:00");
    let right = state("5.3", "3", "2026-02-15T08:00:00+07:00");
    for order in [[&first, &wrong, &right], [&right, &wrong, &first], [&wrong, &right, &first]] {
        let (_shelf, book) = Shelf::new();
        for file in order {
            import(&book, file);
        }
        assert_eq!(values(&book), ["5.3 mmol/L"]);
        let id = results(&book)[0].id;
        let versions = book.versions(ALL, id).unwrap();
        assert_eq!(versions.len(), 3);
        let bytes: Vec<Vec<u8>> = versions.iter().map(|v| book.raw_version(ALL, id, v.n).unwrap()).collect();
        assert!(bytes.iter().any(|b| holds(b, b"2099-01-15")), "what was sent stays as it was sent");
        assert_eq!(book.verify(&mut ()).unwrap(), []);
    }
    // A hospital whose clock is always wrong still numbers its states.
    let (_shelf, book) = Shelf::new();
    import(&book, state("5.5", "10", "2098-01-15T08:00:00+07:00"));
    import(&book, state("5.4", "9", "2099-01-15T08:00:00+07:00"));
    assert_eq!(values(&book), ["5.5 mmol/L"]);
}

/// A phone's clock that somebody sets.
struct Phone(AtomicI64);

impl Clock for Phone {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

#[test]
fn a_phone_whose_clock_was_years_behind_shows_an_older_state_until_the_hospital_sends_a_newer_one() {
    const YEAR: i64 = 365 * 24 * 60 * 60 * 1000;
    let state = |value: &str, version: &str, at: &str| {
        let meta = format!(r#"{{"versionId":"{version}","lastUpdated":"{at}T08:00:00+07:00"}}"#);
        served(A, &[mau("1"), with_meta(&observation("1", "1", "Glucose", value, "01-15"), &meta)])
    };
    // 2020-11-22, and 2026-11-22.
    let behind = 1_606_000_000_000;
    let phone = Arc::new(Phone(AtomicI64::new(behind)));
    let folder = tempfile::tempdir().unwrap();
    let passphrase = PASSPHRASE.into();
    let new = NewBook {
        passphrase: Some(&passphrase),
        cost: Some(Argon2Cost::LEAST),
        person: Some(healthbook_scenarios::mau()),
        ..NewBook::default()
    };
    let ports = Ports { clock: phone.clone(), ..Ports::system() };
    let (book, _) = Book::create(&folder.path().join("book"), new, ports).unwrap();
    import(&book, state("5.3", "3", "2026-03-01"));
    import(&book, state("5.2", "2", "2026-02-01"));
    assert_eq!(values(&book), ["5.3 mmol/L"], "both are from the future, and the hospital numbers them");
    phone.0.store(behind + 6 * YEAR, Ordering::Relaxed);
    import(&book, state("5.1", "1", "2026-01-16"));
    assert_eq!(values(&book), ["5.1 mmol/L"], "the only one with a time that can be believed");
    import(&book, state("5.3", "3", "2026-03-01") + "\n");
    assert_eq!(values(&book), ["5.1 mmol/L"], "a state keeps the moment at which it came first");
    import(&book, state("5.4", "4", "2026-04-01"));
    assert_eq!(values(&book), ["5.4 mmol/L"]);
    let id = results(&book)[0].id;
    let sent: Vec<Vec<u8>> =
        book.versions(ALL, id).unwrap().iter().map(|v| book.raw_version(ALL, id, v.n).unwrap()).collect();
    for value in ["5.1", "5.2", "5.3", "5.4"] {
        assert!(sent.iter().any(|bytes| holds(bytes, value.as_bytes())), "{value} is in the history");
    }
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn a_claim_written_out_again_is_a_new_state_of_the_same_visit() {
    let claim = |made, value| {
        claim::file(
            made,
            &[claim::visit("LK0001", ("I10", "Tăng huyết áp"), "Amlodipin", ("Glucose", value))],
        )
    };
    for later_first in [false, true] {
        let (_shelf, book) = Shelf::new();
        let files = [claim("20260116", "7.20"), claim("20260120", "7.02")];
        let order = if later_first { [1, 0] } else { [0, 1] };
        let first = import(&book, &files[order[0]]);
        let second = import(&book, &files[order[1]]);
        assert_eq!(first.not_confirmed, 0);
        assert_eq!((second.new, second.records), (0, first.records));
        assert_eq!(values(&book), ["7.02 mmol/L"]);
        let visits = Query { kinds: vec![Kind::Visit], ..Query::default() };
        assert_eq!(book.timeline(ALL, &visits, None, 10).unwrap().items.len(), 1, "not a second visit");
    }
}

#[test]
fn the_same_file_twice_changes_nothing() {
    let (_shelf, book) = Shelf::new();
    let file = served(A, &[mau("1"), observation("1", "1", "Glucose", "5.10", "01-15")]);
    import(&book, &file);
    let (before, change) = (everything(&book, ALL), book.last_change(ALL).unwrap());
    let report = import(&book, &file);
    assert_eq!((report.records, report.new, report.unchanged, report.new_versions), (2, 0, 2, 0));
    assert_eq!((report.documents, report.quarantined, report.not_confirmed), (0, 0, 0));
    assert_eq!(everything(&book, ALL), before);
    assert_eq!(book.last_change(ALL).unwrap(), change, "nobody is told of a change that was none");
    // The same records in another file: a document more, and nothing else.
    let report = import(&book, served(A, &[observation("1", "1", "Glucose", "5.10", "01-15"), mau("1")]));
    assert_eq!((report.documents, report.new, report.unchanged, report.new_versions), (1, 0, 2, 0));
    assert_eq!(everything(&book, ALL).len(), before.len());
    for item in everything(&book, ALL) {
        assert_eq!(book.versions(ALL, item.id).unwrap().len(), 1);
    }
}

/// A file of five people, one of them Nguyễn Thị Mẫu; each has two results.
fn five_people() -> String {
    let people = [
        ("p1", "NGUYEN THI MAU", "1958-03-12", "female"),
        ("p2", "Trần Văn Thử", "1949-01-02", "male"),
        ("p3", "Nguyễn Thị Mẫu", "1958-03-13", "female"),
        ("p4", "Nguyễn Thị Mẫu", "1958-03-12", "male"),
        ("p5", "Lê Thị Nháp", "2001-07-07", "female"),
    ];
    let mut resources = Vec::new();
    for (id, name, born, sex) in people {
        // A hospital may write a person before or after their results.
        let results = [1, 2].map(|n| {
            observation(&format!("{id}-{n}"), id, &format!("Xét nghiệm {id}"), &format!("{n}.0"), "02-01")
        });
        if id == "p3" {
            resources.extend(results);
            resources.push(patient(id, name, born, sex));
        } else {
            resources.push(patient(id, name, born, sex));
            resources.extend(results);
        }
    }
    served(A, &resources)
}

#[test]
fn of_a_file_of_five_people_only_the_persons_own_records_come_into_the_lists() {
    let (_shelf, book) = Shelf::new();
    let report = import(&book, five_people());
    assert_eq!((report.records, report.new, report.not_confirmed), (15, 15, 12));
    let titles: Vec<String> = results(&book).into_iter().map(|i| i.title).collect();
    assert_eq!(titles, ["Xét nghiệm p1", "Xét nghiệm p1"]);
    let review = book.review(ALL).unwrap();
    assert_eq!(review.len(), 4);
    assert!(review.iter().all(|r| r.records == 3 && r.source == A && !r.titles.is_empty()));
    let names: Vec<Option<&str>> = review.iter().map(|r| r.name.as_deref()).collect();
    assert!(names.contains(&Some("Trần Văn Thử")) && names.contains(&Some("Lê Thị Nháp")));
    // A stranger is nowhere: not by search, not by number of records, not in the file, not in the feed of changes.
    assert_eq!(book.search(ALL, "xét nghiệm p2", 10).unwrap(), []);
    assert_eq!(
        book.trend(ALL, "http://loinc.org|15074-8", None, None, None).unwrap().lines[0].points.len(),
        2
    );
    assert!(book.documents(ALL, None, 10).unwrap().0.is_empty(), "the file holds strangers' data");
    assert_eq!(everything(&book, ALL).len(), 4);
    assert_eq!(book.changes(ALL, healthbook::ChangeCursor::default(), 100).unwrap().0.len(), 4);
    let counted: u64 = book.stats(ALL).unwrap().counts.iter().map(|c| c.count).sum();
    assert_eq!(counted, 4);
    let mut out = Vec::new();
    book.export_fhir(ALL, healthbook::ExportForm::Ndjson, &mut out, &mut ()).unwrap();
    assert!(!holds(&out, "Trần".as_bytes()) && !holds(&out, b"p5"));
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn who_is_confirmed_comes_in_and_so_does_what_comes_later() {
    let (_shelf, book) = Shelf::new();
    import(&book, five_people());
    let waiting = book.review(ALL).unwrap();
    let theirs = waiting
        .iter()
        .find(|r| r.sex.as_deref() == Some("male") && r.name.as_deref() == Some("Nguyễn Thị Mẫu"));
    assert_eq!(book.confirm(ALL, theirs.unwrap().subject, &mut ()).unwrap(), 3);
    assert_eq!(results(&book).len(), 4);
    assert_eq!(book.search(ALL, "xet nghiem p4", 10).unwrap().len(), 2);
    assert_eq!(book.review(ALL).unwrap().len(), 3);
    let later = import(&book, served(A, &[observation("p4-9", "p4", "Xét nghiệm p4", "9.0", "03-01")]));
    assert_eq!((later.new, later.not_confirmed), (1, 0), "known by now");
    assert_eq!(results(&book).len(), 5);
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn who_is_rejected_goes_out_for_good() {
    let (shelf, book) = Shelf::new();
    let file = five_people();
    import(&book, &file);
    let stranger =
        book.review(ALL).unwrap().into_iter().find(|r| r.name.as_deref() == Some("Lê Thị Nháp")).unwrap();
    assert!(
        !Pages::of(&shelf).traces(&["Lê Thị Nháp"]).is_empty(),
        "the search of the pages finds what is there"
    );
    assert_eq!(book.reject(ALL, stranger.subject, &mut ()).unwrap(), 3);
    let traces = ["Lê Thị Nháp", "2001-07-07", "nghiệm p5", "nghiem p5"];
    assert_eq!(Pages::of(&shelf).traces(&traces), [] as [String; 0]);
    assert_eq!(book.review(ALL).unwrap().len(), 3);
    // Neither the same file nor another one from there brings anything back.
    let again = import(&book, &file);
    assert_eq!((again.new, again.documents), (0, 0));
    let another = import(
        &book,
        served(
            A,
            &[
                patient("p5", "Lê Thị Nháp", "2001-07-07", "female"),
                observation("p5-3", "p5", "Xét nghiệm p5", "3.0", "02-02"),
            ],
        ),
    );
    assert_eq!((another.new, another.not_confirmed), (0, 0));
    assert_eq!(book.review(ALL).unwrap().len(), 3);
    assert_eq!(Pages::of(&shelf).traces(&traces), [] as [String; 0]);
    // The others of the file are as they were.
    for rest in book.review(ALL).unwrap() {
        assert_eq!(rest.records, 3);
        book.confirm(ALL, rest.subject, &mut ()).unwrap();
    }
    let lines: Vec<&str> = file.split(",\n").collect();
    for item in everything(&book, ALL).into_iter().filter(|i| !i.own) {
        let bytes = book.raw(ALL, item.id).unwrap();
        assert!(lines.iter().any(|line| holds(line.as_bytes(), &bytes)), "{}", item.title);
    }
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn a_patient_may_come_after_the_results() {
    // Bulk data comes one type a file, and Observation comes before Patient.
    let (_shelf, book) = Shelf::new();
    let label = labelled("Bệnh viện A");
    let report = import_with(&book, ndjson(&[observation("1", "1", "Glucose", "5.1", "01-15")]), &label);
    assert_eq!(report.not_confirmed, 1);
    assert!(results(&book).is_empty());
    let report = import_with(&book, ndjson(&[mau("1")]), &label);
    assert_eq!(report.not_confirmed, 0);
    assert_eq!(values(&book), ["5.1 mmol/L"]);
    assert!(book.review(ALL).unwrap().is_empty());
    assert_eq!(book.documents(ALL, None, 10).unwrap().0.len(), 2, "its file has left the shelf with it");
    assert_eq!(book.search(ALL, "glucose", 10).unwrap().len(), 1);
    // In one file, the person last.
    let (_shelf, book) = Shelf::new();
    let file = ndjson(&[observation("1", "1", "Glucose", "5.1", "01-15"), mau("1")]);
    assert_eq!(import(&book, file).not_confirmed, 0);
    assert_eq!(values(&book), ["5.1 mmol/L"]);
}

#[test]
fn a_person_named_by_urn_and_by_id_is_one_in_any_order() {
    let urn = "urn:uuid:0aa7c5a4-2d5e-4c19-8f0e-1d6f7f6f1c11";
    let result = observation("1", "1", "Glucose", "5.1", "01-15").replace("Patient/1", urn);
    for person_first in [true, false] {
        let (_shelf, book) = Shelf::new();
        let mut entries = [(urn, mau("p")), ("", result.clone())];
        if !person_first {
            entries.reverse();
        }
        let report = import(&book, bundle("collection", &entries));
        assert_eq!(report.not_confirmed, 0, "the person first: {person_first}");
        assert_eq!(values(&book), ["5.1 mmol/L"]);
    }
}

#[test]
fn a_book_that_knows_nobody_asks_and_learns() {
    let (_shelf, book) = Shelf::of(healthbook::own::Person::default());
    let report = import(&book, served(A, &[mau("1"), observation("1", "1", "Glucose", "5.1", "01-15")]));
    assert_eq!(report.not_confirmed, 2, "an empty person matches nobody");
    let review = book.review(ALL).unwrap();
    assert_eq!(review.len(), 1);
    assert_eq!(book.confirm(ALL, review[0].subject, &mut ()).unwrap(), 2);
    let person = book.person(ALL).unwrap();
    assert_eq!(person.name.as_deref(), Some("NGUYEN THI MAU"));
    assert_eq!((person.birth_date.as_deref(), person.sex.as_deref()), (Some("1958-03-12"), Some("female")));
    let next = import(&book, served(B, &[mau("77"), observation("5", "77", "Glucose", "5.5", "01-16")]));
    assert_eq!(next.not_confirmed, 0, "now it is known who the book is for");
}

#[test]
fn any_person_takes_everybody_in() {
    let (_shelf, book) = Shelf::new();
    let file = five_people();
    assert_eq!(import(&book, &file).not_confirmed, 12);
    let report = import_with(&book, &file, &ImportOptions { any_person: true, ..options() });
    assert_eq!((report.not_confirmed, report.records), (0, 15));
    assert_eq!(results(&book).len(), 10);
    let (_shelf, book) = Shelf::new();
    let report = import_with(&book, &file, &ImportOptions { any_person: true, ..options() });
    assert_eq!((report.not_confirmed, report.new), (0, 15));
}

#[test]
fn a_citizen_number_that_differs_is_another_person_whatever_the_name() {
    let with_number = |number: &str| {
        mau("1").replace(r#""name""#, &format!(r#""identifier":[{{"system":"http://fhir.hl7.org.vn/core/sid/cccd","value":"{number}"}}],"name""#))
    };
    let (_shelf, book) =
        Shelf::of(healthbook::own::Person { cccd: Some("001158999999".into()), ..mau_of_the_book() });
    assert_eq!(import(&book, served(A, &[with_number("001158999998")])).not_confirmed, 1);
    assert_eq!(import(&book, served(B, &[with_number("001158999999")])).not_confirmed, 0);
}

fn mau_of_the_book() -> healthbook::own::Person {
    healthbook_scenarios::mau()
}

#[test]
fn a_correction_a_deletion_and_a_hospitals_amendment_stand_side_by_side() {
    let state = |value: &str, version: u32| {
        let meta = format!(r#"{{"versionId":"{version}","lastUpdated":"2026-03-0{version}T08:00:00Z"}}"#);
        served(A, &[mau("1"), with_meta(&observation("1", "1", "Glucose", value, "01-15"), &meta)])
    };
    let chart = |book: &Book| -> Vec<String> {
        let lines = book.trend(ALL, "http://loinc.org|15074-8", None, None, None).unwrap().lines;
        lines.into_iter().flat_map(|l| l.points).map(|p| p.text).collect()
    };
    let (_shelf, book) = Shelf::new();
    import(&book, state("72.0", 1));
    let id = results(&book)[0].id;
    let original = book.raw(ALL, id).unwrap();

    // The person says it better; the hospital's record stays, marked, and only its number leaves the chart.
    let better = book.correct(ALL, id, &[("value".into(), "7.20".into())]).unwrap();
    assert!(book.item(ALL, id).unwrap().corrected && !book.item(ALL, id).unwrap().is_fact());
    assert!(book.item(ALL, better).unwrap().own);
    assert_eq!(book.raw(ALL, id).unwrap(), original);
    assert_eq!(chart(&book), ["7.20"]);
    // Without the correction the number counts again.
    book.delete(ALL, better).unwrap();
    assert!(!book.item(ALL, id).unwrap().corrected);
    assert_eq!(chart(&book), ["72.0"]);
    book.restore(ALL, better).unwrap();
    assert_eq!(chart(&book), ["7.20"]);
    // A correction that is erased corrects nothing either.
    book.purge(ALL, better).unwrap();
    assert!(!book.item(ALL, id).unwrap().corrected, "nothing says it better any more");
    assert_eq!(chart(&book), ["72.0"]);

    // The person takes it out, and the hospital amends it: both are told.
    book.delete(ALL, id).unwrap();
    assert!(results(&book).is_empty() && chart(&book).is_empty());
    assert_eq!(book.search(ALL, "glucose", 10).unwrap(), []);
    import(&book, state("7.3", 2));
    let item = book.item(ALL, id).unwrap();
    assert_eq!((item.heads, item.value.as_deref()), (2, Some("7.3 mmol/L")));
    assert_eq!(chart(&book), ["7.3"]);
    let versions = book.versions(ALL, id).unwrap();
    assert_eq!(versions.iter().filter(|v| v.is_head).count(), 2);
    assert_eq!(versions.iter().filter(|v| v.own && v.length.is_none()).count(), 1);
    // Deleting again joins both.
    book.delete(ALL, id).unwrap();
    assert_eq!(book.item(ALL, id).unwrap().heads, 1);
    book.restore(ALL, id).unwrap();
    assert_eq!(values(&book), ["7.3 mmol/L"]);
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn what_is_no_fact_is_marked_and_counted_nowhere() {
    let subject = r#""subject":{"reference":"Patient/1"}"#;
    let about = r#""patient":{"reference":"Patient/1"}"#;
    let refuted = format!(
        r#"{{"resourceType":"Condition","id":"c","verificationStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/condition-ver-status","code":"refuted"}}]}},"code":{{"text":"Hen phế quản"}},{subject}}}"#
    );
    let no_allergies = format!(
        r#"{{"resourceType":"AllergyIntolerance","id":"a","clinicalStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}}]}},"code":{{"coding":[{{"system":"http://snomed.info/sct","code":"716186003","display":"No known allergy"}}]}},{about}}}"#
    );
    let refused = format!(
        r#"{{"resourceType":"Immunization","id":"v","status":"not-done","statusReason":{{"text":"từ chối"}},"vaccineCode":{{"text":"Viêm gan B"}},{about},"occurrenceDateTime":"2026-01-20"}}"#
    );
    let mistake = observation("o", "1", "Glucose", "99.9", "01-15").replace("final", "entered-in-error");
    let stopped = format!(
        r#"{{"resourceType":"MedicationStatement","id":"m","status":"entered-in-error","medicationCodeableConcept":{{"text":"Warfarin"}},{subject}}}"#
    );
    let right = observation("p", "1", "Glucose", "5.50", "01-16");
    let (_shelf, book) = Shelf::new();
    let report =
        import(&book, served(A, &[mau("1"), refuted, no_allergies, refused, mistake, stopped, right]));
    assert_eq!((report.new, report.quarantined, report.not_confirmed), (7, 0, 0));
    let standing = |kind| {
        let query = Query { kinds: vec![kind], ..Query::default() };
        let items = book.timeline(ALL, &query, None, 10).unwrap().items;
        items.into_iter().map(|i| i.standing.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(standing(Kind::Condition), ["negated"]);
    assert_eq!(standing(Kind::Allergy), ["negated"]);
    assert_eq!(standing(Kind::Vaccine), ["not-done"]);
    assert_eq!(standing(Kind::Result), ["current", "entered-in-error"]);
    assert_eq!(standing(Kind::Medicine), ["entered-in-error"]);
    let emergency = book.emergency(ALL).unwrap();
    assert!(emergency.conditions.is_empty() && emergency.medicines.is_empty());
    let allergies = emergency.person.allergies;
    assert!(allergies.iter().all(|a| a.standing.as_str() == "negated" && !a.is_fact()));
    let lines = book.trend(ALL, "http://loinc.org|15074-8", None, None, None).unwrap().lines;
    let texts: Vec<&str> = lines.iter().flat_map(|l| &l.points).map(|p| p.text.as_str()).collect();
    assert_eq!(texts, ["5.50"]);
    let monthly =
        book.trend(ALL, "http://loinc.org|15074-8", None, None, Some(healthbook::By::Month)).unwrap();
    assert_eq!(monthly.lines[0].groups[0].count, 1);
    // A result that is taken back later leaves the chart as well.
    let taken_back = observation("p", "1", "Glucose", "5.50", "01-16").replace("final", "entered-in-error");
    import(&book, served(A, &[taken_back]));
    assert!(book.trend(ALL, "http://loinc.org|15074-8", None, None, None).unwrap().lines.is_empty());
}
