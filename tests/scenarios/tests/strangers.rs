//! A file of somebody else's, or one that was forged, changes nothing about what the book has of its person: neither by the
//! links it asks for nor by the ids it uses.

use std::collections::BTreeMap;
use std::io::Read;

use healthbook::{Book, ExportForm, ImportOptions, Kind, Review};
use healthbook_scenarios::fhir::{bundle, mau, observation, served};
use healthbook_scenarios::*;

const BV: &str = "https://bv.example/fhir";
const OWN: &str = "https://source.healthbook.invalid/own";

fn allergy(id: &str, patient: &str) -> String {
    format!(
        r#"{{"resourceType":"AllergyIntolerance","id":"{id}","clinicalStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}}]}},"code":{{"text":"Penicillin"}},"patient":{{"reference":"Patient/{patient}"}},"recordedDate":"2026-01-15"}}"#
    )
}

fn condition(id: &str, code: &str, title: &str, patient: &str) -> String {
    format!(
        r#"{{"resourceType":"Condition","id":"{id}","code":{{"coding":[{{"system":"http://hl7.org/fhir/sid/icd-10","code":"{code}"}}],"text":"{title}"}},"subject":{{"reference":"Patient/{patient}"}},"onsetDateTime":"2026-02-01"}}"#
    )
}

/// A collection of one entry that asks for a link.
fn asking(url: &str, rel: &str, target: &str, resource: &str) -> String {
    format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#,
        entry(url, rel, target, resource)
    )
}

fn entry(url: &str, rel: &str, target: &str, resource: &str) -> String {
    format!(r#"{{"fullUrl":"{url}","link":[{{"relation":"{rel}","url":"{target}"}}],"resource":{resource}}}"#)
}

/// What the hospital of the book's person sends.
fn mine() -> String {
    served(
        BV,
        &[
            mau("p1"),
            observation("o1", "p1", "Glucose", "5", "01-15"),
            allergy("a1", "p1"),
            condition("c1", "I10", "Tăng huyết áp", "p1"),
        ],
    )
}

/// The same ids, and somebody else.
fn theirs(value: &str) -> String {
    served(
        BV,
        &[
            observation("o1", "zz", "Glucose", value, "01-15"),
            allergy("a1", "zz"),
            condition("c1", "B20", "HIV", "zz"),
        ],
    )
}

fn waiting(book: &Book) -> Vec<Review> {
    book.review(ALL).unwrap()
}

/// What everybody sees without asking for more: lists, and the page for an emergency.
fn shown(book: &Book) -> (Vec<healthbook::Item>, healthbook::Emergency) {
    (everything(book, ORDINARY), book.emergency(ORDINARY).unwrap())
}

fn values(book: &Book) -> Vec<String> {
    let all = everything(book, ALL);
    let mut found: Vec<_> =
        all.into_iter().filter(|i| i.kind == Kind::Result).filter_map(|i| i.value).collect();
    found.sort();
    found
}

fn reject_all(book: &Book) {
    for stranger in waiting(book) {
        book.reject(ALL, stranger.subject, &mut ()).unwrap();
    }
}

/// Nothing is seen of the file, neither while it waits nor after its people were refused.
fn assert_it_does_nothing(file: &str) {
    let (_shelf, book) = Shelf::new();
    import(&book, mine());
    let before = shown(&book);
    assert_eq!(before.1.person.allergies.len(), 1);
    let report = import(&book, file);
    assert!(report.not_confirmed > 0, "{report:?}");
    assert_eq!(shown(&book), before, "{file}");
    for item in &before.0 {
        assert_eq!(book.links(ALL, item.id).unwrap(), [], "{file}");
    }
    reject_all(&book);
    assert_eq!(shown(&book), before, "{file}");
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn a_strangers_file_links_nothing_with_what_the_book_has() {
    for rel in ["duplicate-of", "corrects", "part-of", "derived-from"] {
        for target in ["AllergyIntolerance/a1", "Condition/c1", "Observation/o1"] {
            let target = format!("{BV}/{target}");
            let theirs = condition("x1", "B20", "HIV", "zz");
            assert_it_does_nothing(&asking("https://x.example/Condition/x1", rel, &target, &theirs));
            assert_it_does_nothing(&asking(&format!("{BV}/Condition/x1"), rel, &target, &theirs));
            assert_it_does_nothing(&asking(&format!("{OWN}/Condition/x1"), rel, &target, &theirs));
        }
    }
}

#[test]
fn a_strangers_diagnosis_that_points_to_what_the_book_has_hides_it_from_nobody_until_it_is_confirmed() {
    let pointing = condition("x1", "B20", "HIV", "zz").replace(
        r#""onset"#,
        &format!(r#""evidence":[{{"detail":[{{"reference":"{BV}/AllergyIntolerance/a1"}}]}}],"onset"#),
    );
    let result = observation("x2", "zz", "HIV", "1", "02-01").replace(
        r#""code":{"coding":[{"system":"http://loinc.org","code":"15074-8"}]"#,
        r#""hasMember":[{"reference":"Observation/o1"}],"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"B20"}]"#,
    );
    let file = served(BV, &[pointing, result]);
    assert_it_does_nothing(&file);
    let (_shelf, book) = Shelf::new();
    import(&book, mine());
    import(&book, file);
    book.confirm(ALL, waiting(&book)[0].subject, &mut ()).unwrap();
    assert!(book.item(ALL, titled(&book, "Glucose")).unwrap().restricted, "now they hang together");
}

#[test]
fn a_file_of_the_persons_links_only_what_it_brings() {
    let (_shelf, book) = Shelf::new();
    import(&book, mine());
    let before = book.emergency(ORDINARY).unwrap();
    // It describes the book's person, so that nothing of it waits.
    let c2 = entry(
        &format!("{OWN}/Condition/x2"),
        "corrects",
        "https://b.example/Condition/c2",
        &condition("x2", "I10", "Huyết áp cao", "me"),
    );
    let onto = |id: &str, rel: &str, target: &str| {
        entry(&format!("{OWN}/Condition/{id}"), rel, target, &condition(id, "B20", "HIV", "me"))
    };
    let parts = [
        format!(r#"{{"fullUrl":"{OWN}/Patient/me","resource":{}}}"#, mau("me")),
        format!(r#"{{"fullUrl":"https://b.example/Patient/1","resource":{}}}"#, mau("1")),
        c2,
        format!(
            r#"{{"fullUrl":"https://b.example/Condition/c2","resource":{}}}"#,
            condition("c2", "I10", "Cao huyết áp", "1")
        ),
        onto("x3", "corrects", &format!("{BV}/Condition/c1")),
        onto("x4", "derived-from", &format!("{BV}/AllergyIntolerance/a1")),
        // What the book has is not linked with what the file brings either, when the file tells it again.
        entry(
            &format!("{BV}/AllergyIntolerance/a1"),
            "duplicate-of",
            &format!("{OWN}/Condition/x3"),
            &allergy("a1", "p1"),
        ),
    ];
    let file = format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#, parts.join(","));
    assert_eq!(import(&book, &file).not_confirmed, 0);
    assert!(book.item(ALL, titled(&book, "Cao huyết áp")).unwrap().corrected, "both ends are the file's");
    assert_eq!(book.links(ALL, titled(&book, "Tăng huyết áp")).unwrap(), []);
    assert_eq!(book.links(ALL, titled(&book, "Penicillin")).unwrap(), []);
    assert_eq!(book.emergency(ORDINARY).unwrap().person.allergies, before.person.allergies);
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn what_says_that_it_is_part_of_a_document_does_not_become_part_of_it() {
    let (_shelf, book) = Shelf::new();
    let composition = r#"{"resourceType":"Composition","id":"k","status":"final","type":{"text":"Giấy ra viện"},"subject":{"reference":"Patient/p1"},"date":"2026-02-01","author":[{"display":"BS. Mai"}],"title":"Giấy ra viện"}"#;
    let document = bundle(
        "document",
        &[
            (&format!("{BV}/Composition/k"), composition.to_owned()),
            (&format!("{BV}/Patient/p1"), mau("p1")),
            (&format!("{BV}/Observation/o1"), observation("o1", "p1", "Glucose", "5", "01-15")),
        ],
    )
    .replacen(r#""type":"document","#, r#""id":"d1","type":"document","#, 1);
    let label = ImportOptions { source: Some("BV".into()), reading: ALL, ..ImportOptions::default() };
    assert_eq!(import_with(&book, &document, &label).not_confirmed, 0);
    let holder = everything(&book, ALL).into_iter().find(|i| i.resource_type == "Bundle").unwrap().id;
    let links = book.links(ALL, holder).unwrap();
    assert!(!links.is_empty());
    let part = titled(&book, "Glucose");
    let plan = book.purge_plan(ALL, part).unwrap();
    // A stranger's, and one that waits for nobody's word.
    let target = "https://source.healthbook.invalid/label%3ABV/Bundle/d1";
    import(
        &book,
        asking("https://x.example/Condition/x", "part-of", target, &condition("x", "I10", "Lạ", "zz")),
    );
    let place = r#"{"resourceType":"Organization","id":"x","name":"Nơi lạ"}"#;
    import(&book, asking("https://x.example/Organization/x", "part-of", target, place));
    assert_eq!(book.links(ALL, holder).unwrap(), links);
    assert_eq!(book.purge_plan(ALL, part).unwrap(), plan);
    let place = book.purge_plan(ALL, titled(&book, "Nơi lạ")).unwrap();
    assert_eq!(place.records.len(), 1, "the document is not named");
}

#[test]
fn an_export_brings_its_links_into_an_empty_book_and_undone_ones_stay_undone() {
    let (_shelf, book) = Shelf::new();
    import(&book, mine());
    let (c1, o1) = (titled(&book, "Tăng huyết áp"), titled(&book, "Glucose"));
    let better = book.correct(ALL, o1, &[("value".into(), "5.5".into())]).unwrap();
    book.link(ALL, better, healthbook::LinkRel::DerivedFrom, c1).unwrap();
    let mut file = Vec::new();
    book.export_fhir(ALL, ExportForm::Bundle, &mut file, &mut ()).unwrap();
    let (_shelf, other) = Shelf::new();
    assert_eq!(import(&other, &file).not_confirmed, 0);
    assert!(other.item(ALL, corrected(&other)).unwrap().corrected);
    assert_eq!(other.links(ALL, titled(&other, "Tăng huyết áp")).unwrap().len(), 1);
    book.unlink(ALL, better, healthbook::LinkRel::Corrects, o1).unwrap();
    file.push(b'\n');
    import(&book, &file);
    assert!(!book.item(ALL, o1).unwrap().corrected);
}

#[test]
fn links_to_what_stands_later_in_a_file_come_back_however_many_there_are() {
    const PAIRS: usize = 1_100;
    let (_shelf, book) = Shelf::new();
    let results: Vec<String> = (0..2 * PAIRS)
        .map(|n| observation(&format!("o{n}"), "1", &format!("Kết quả {n}"), "1", "02-01"))
        .collect();
    import(&book, served(BV, &[vec![mau("1")], results].concat()));
    let by_title: BTreeMap<String, healthbook::RecordId> =
        everything(&book, ALL).into_iter().map(|item| (item.title, item.id)).collect();
    let result = |n: usize| by_title[&format!("Kết quả {n}")];
    for n in 0..PAIRS {
        book.link(ALL, result(n), healthbook::LinkRel::DerivedFrom, result(n + PAIRS)).unwrap();
    }
    let mut file = Vec::new();
    book.export_fhir(ALL, ExportForm::Bundle, &mut file, &mut ()).unwrap();
    let (_shelf, other) = Shelf::new();
    let report = import(&other, &file);
    assert_eq!((report.not_confirmed, report.quarantined), (0, 0));
    assert_eq!(report.records, u64::try_from(2 * PAIRS + 2).unwrap());
    for item in everything(&other, ALL).iter().filter(|item| item.kind == Kind::Result) {
        let links = other.links(ALL, item.id).unwrap();
        let partner = other.item(ALL, links[0].other).unwrap().title;
        let number = |title: &str| title.trim_start_matches("Kết quả ").parse::<usize>().unwrap();
        assert_eq!(
            (links.len(), number(&partner).abs_diff(number(&item.title))),
            (1, PAIRS),
            "{}",
            item.title
        );
    }
    assert_eq!(other.verify(&mut ()).unwrap(), []);
}

fn corrected(book: &Book) -> healthbook::RecordId {
    everything(book, ALL).into_iter().find(|i| i.corrected).unwrap().id
}

fn documents(book: &Book) -> Vec<Vec<u8>> {
    let mut documents = book.documents(ALL, None, 10).unwrap().0;
    documents.reverse();
    documents
        .into_iter()
        .map(|document| {
            let mut bytes = Vec::new();
            book.open_document(ALL, document.id).unwrap().read_to_end(&mut bytes).unwrap();
            bytes
        })
        .collect()
}

#[test]
fn a_stranger_under_the_same_ids_takes_nothing_along_when_they_go() {
    let (_shelf, book) = Shelf::new();
    import(&book, mine());
    let before = shown(&book);
    let report = import(&book, theirs("9"));
    assert_eq!((report.new, report.new_versions, report.not_confirmed), (3, 0, 3));
    assert_eq!(shown(&book), before);
    // A later state of theirs is one of the same record.
    let later = import(&book, theirs("10"));
    assert_eq!((later.new, later.new_versions, later.not_confirmed), (0, 1, 3));
    assert_eq!(waiting(&book).iter().map(|w| w.records).collect::<Vec<_>>(), [3]);
    // So is a state that names nobody, and of the person's a later one is the person's.
    let unsaid = observation("o1", "p1", "Glucose", "7", "01-15")
        .replace(r#""subject":{"reference":"Patient/p1"},"#, "");
    assert_eq!(import(&book, served(BV, &[unsaid])).not_confirmed, 1);
    assert_eq!(shown(&book), before);
    reject_all(&book);
    assert_eq!(shown(&book), before);
    assert_eq!(documents(&book)[0], mine().into_bytes(), "the document is whole");
    let o1 = titled(&book, "Glucose");
    assert_eq!(book.versions(ALL, o1).unwrap().len(), 1);
    assert!(holds(&book.raw(ALL, o1).unwrap(), b"\"value\":5,"));
    let newer = import(&book, served(BV, &[mau("p1"), observation("o1", "p1", "Glucose", "6", "01-15")]));
    assert_eq!((newer.new, newer.new_versions, newer.not_confirmed), (0, 1, 0));
    assert_eq!(values(&book), ["6 mmol/L"]);
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn who_is_confirmed_stands_beside_what_was_there() {
    let (_shelf, book) = Shelf::new();
    import(&book, mine());
    import(&book, theirs("9"));
    book.confirm(ALL, waiting(&book)[0].subject, &mut ()).unwrap();
    assert_eq!(values(&book), ["5 mmol/L", "9 mmol/L"]);
    assert_eq!(book.emergency(ALL).unwrap().person.allergies.len(), 2);
    // Each goes on by itself.
    import(&book, theirs("10"));
    assert_eq!(values(&book), ["10 mmol/L", "5 mmol/L"]);
    import(&book, mine().replace("\"value\":5,", "\"value\":6,"));
    assert_eq!(values(&book), ["10 mmol/L", "6 mmol/L"]);
    // And both go round.
    let mut file = Vec::new();
    book.export_fhir(ALL, ExportForm::Bundle, &mut file, &mut ()).unwrap();
    let again = import(&book, &file);
    assert_eq!((again.new, again.new_versions, again.not_confirmed), (0, 0, 0));
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn a_stranger_who_came_first_leaves_the_person_alone() {
    for refused_first in [false, true] {
        let (_shelf, book) = Shelf::new();
        import(&book, theirs("9"));
        if refused_first {
            reject_all(&book);
        }
        assert_eq!(import(&book, mine()).not_confirmed, 0);
        let before = shown(&book);
        assert_eq!(values(&book), ["5 mmol/L"]);
        assert_eq!(book.versions(ALL, titled(&book, "Glucose")).unwrap().len(), 1, "no state of theirs");
        assert_eq!(before.1.person.allergies.len(), 1);
        reject_all(&book);
        assert_eq!(shown(&book), before);
        // A later state finds the person's record, though the id alone is free again.
        let newer = import(&book, mine().replace("\"value\":5,", "\"value\":6,"));
        assert_eq!((newer.new, newer.new_versions), (0, 1));
        assert_eq!(values(&book), ["6 mmol/L"]);
        assert_eq!(documents(&book)[1], mine().into_bytes(), "the document is whole");
        assert_eq!(book.verify(&mut ()).unwrap(), []);
    }
}
