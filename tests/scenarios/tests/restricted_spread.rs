//! What is restricted hides what hangs together with it, in whatever order it comes.

use healthbook::{ImportOptions, Query};
use healthbook_scenarios::fhir::{
    RESTRICTED, bundle, condition, encounter, medicine, observation, report, served, with_meta,
};
use healthbook_scenarios::*;

const CANARY: &str = "zekin";
const A: &str = "https://a.example/fhir";

fn named(name: &str) -> ImportOptions {
    ImportOptions { name: Some(name.into()), any_person: true, ..ImportOptions::default() }
}

/// Every order of the things.
fn orders<T: Clone>(things: &[T]) -> Vec<Vec<T>> {
    if things.len() <= 1 {
        return vec![things.to_vec()];
    }
    let mut all = Vec::new();
    for n in 0..things.len() {
        let mut rest = things.to_vec();
        let first = rest.remove(n);
        all.extend(orders(&rest).into_iter().map(|mut order| {
            order.insert(0, first.clone());
            order
        }));
    }
    all
}

#[test]
fn a_visit_hides_what_hangs_on_it_in_whatever_order_it_comes() {
    let (_shelf, book) = Shelf::new();
    let pieces = [
        encounter("v", "Phòng khám zekin"),
        condition("b20", "B20", "Bệnh zekin", "v"),
        medicine("m", "Amlodipin zekin", "v"),
        report("r", "Báo cáo zekin", "v", "none"),
    ];
    let count = everything(&book, ORDINARY).len();
    for (n, order) in orders(&pieces).iter().enumerate() {
        // Each order is another hospital's, told by its label; each piece is a file of its own.
        for piece in order {
            let other_bytes = format!("{piece}{}", " ".repeat(n));
            import_with(&book, other_bytes, &from_anyone(&format!("nơi {n}")));
        }
        let shown = everything(&book, ORDINARY);
        assert_eq!(shown.len(), count, "order {n}: {shown:#?}");
        let query = Query { source: Some(format!("nơi {n}")), ..Query::default() };
        assert!(book.timeline(ORDINARY, &query, None, 10).is_err(), "the source itself is not told");
        assert_eq!(book.timeline(ALL, &query, None, 10).unwrap().items.len(), 4);
        assert_eq!(book.search(ORDINARY, CANARY, 10).unwrap(), []);
        assert!(book.documents(ORDINARY, None, 100).unwrap().0.is_empty());
    }
    // What names a restricted result directly, without a visit; and what a restricted thing was the reason for.
    let result = with_meta(&observation("x", "1", "Kết quả zekin", "1.0", "02-01"), RESTRICTED);
    let dispense = r#"{"resourceType":"MedicationDispense","id":"d","status":"completed","medicationCodeableConcept":{"text":"Thuốc zekin"},"subject":{"reference":"Patient/1"},"authorizingPrescription":[{"reference":"MedicationRequest/q"}]}"#;
    let pieces = [
        result,
        report("rr", "Báo cáo zekin", "nowhere", "x"),
        medicine("q", "Dolutegravir zekin", "nowhere"),
        dispense.to_owned(),
    ];
    for (n, order) in orders(&pieces).iter().enumerate() {
        for piece in order {
            let other_bytes = format!("{piece}\n{}", " ".repeat(n));
            import_with(&book, other_bytes, &from_anyone(&format!("chỗ {n}")));
        }
        assert_eq!(everything(&book, ORDINARY).len(), count, "order {n}");
    }
}

#[test]
fn a_visit_named_by_urn_hides_what_hangs_on_it() {
    let urn = "urn:uuid:5f3c1a52-8f7e-4a57-9e0a-0e6c3b1d2f44";
    let pieces = [
        (urn, encounter("v", "Phòng khám zekin")),
        ("", condition("b20", "B20", "Bệnh zekin", "v").replace("Encounter/v", urn)),
        ("", medicine("m", "Amlodipin zekin", "v").replace("Encounter/v", urn)),
    ];
    for order in orders(&pieces) {
        let (_shelf, book) = Shelf::new();
        import_with(&book, bundle("collection", &order), &named("x.json"));
        assert_eq!(everything(&book, ORDINARY).len(), 1, "{:#?}", everything(&book, ORDINARY));
        assert_eq!(everything(&book, ALL).len(), 4);
    }
}

#[test]
fn a_state_that_was_restricted_hides_the_record_whichever_state_came_first() {
    let state = |code: &str, day: &str| {
        with_meta(
            &condition("c", code, "Bệnh", "none"),
            &format!(r#"{{"lastUpdated":"2026-03-{day}T00:00:00Z"}}"#),
        )
    };
    let states = [state("B20", "01"), state("I10", "02")];
    for order in orders(&states) {
        let (_shelf, book) = Shelf::new();
        for state in &order {
            import_with(&book, served(A, std::slice::from_ref(state)), &named("x.json"));
        }
        assert_eq!(everything(&book, ORDINARY).len(), 1, "the history says B20");
        assert_eq!(everything(&book, ALL).len(), 2);
    }
}

/// A summary with a narrative, and the parts it sums up.
fn summary(more: &str, parts: &[String]) -> String {
    let composition = format!(
        r#"{{"resourceType":"Composition","id":"k"{more},"status":"final","type":{{"text":"Tóm tắt"}},"title":"Tóm tắt","date":"2026-01-20","subject":{{"reference":"Patient/1"}},"text":{{"status":"generated","div":"<div>Có zekin</div>"}}}}"#
    );
    let mut entries = vec![("", composition)];
    entries.extend(parts.iter().map(|part| ("", part.clone())));
    bundle("document", &entries)
}

/// Types of what shows without the flag, beside the person's own.
fn shown(book: &healthbook::Book) -> Vec<String> {
    let mut types: Vec<String> =
        everything(book, ORDINARY).into_iter().filter(|i| !i.own).map(|i| i.resource_type).collect();
    types.sort();
    types
}

#[test]
fn a_summary_with_a_restricted_part_is_hidden_and_its_other_parts_stay() {
    let glucose = observation("1", "1", "Glucose", "5.1", "01-15");
    let parts = [
        glucose.clone(),
        condition("b20", "B20", "Bệnh zekin", "v"),
        medicine("m", "Amlodipin zekin", "v"),
        medicine("o", "Paracetamol", "elsewhere"),
    ];
    for order in orders(&parts) {
        let (_shelf, book) = Shelf::new();
        import_with(&book, summary("", &order), &from_anyone("A"));
        // What hangs on the restricted part comes later, in a file of its own, or not at all.
        for visit in [false, true] {
            if visit {
                import_with(&book, encounter("v", "Phòng khám zekin"), &from_anyone("A"));
            }
            let expected: &[&str] = match visit {
                // Nothing joins the medicine with the diagnosis as long as their visit is not there.
                false => &["MedicationRequest", "MedicationRequest", "Observation"],
                true => &["MedicationRequest", "Observation"],
            };
            assert_eq!(shown(&book), expected);
        }
        assert_eq!(everything(&book, ALL).len(), 8);
        // Nothing tells of it: not the document, not its words, not an export.
        assert!(book.documents(ORDINARY, None, 10).unwrap().0.is_empty());
        assert_eq!(book.search(ORDINARY, CANARY, 10).unwrap(), []);
        assert_eq!(book.search(ORDINARY, "tom tat", 10).unwrap(), []);
        let mut out = Vec::new();
        book.export_fhir(ORDINARY, healthbook::ExportForm::Bundle, &mut out, &mut ()).unwrap();
        assert!(!holds(&out, CANARY.as_bytes()));
        // The parts that stay can be read, and looked up from nowhere else.
        let id = titled(&book, "Glucose");
        assert_eq!(book.raw(ORDINARY, id).unwrap(), glucose.as_bytes());
        assert!(book.links(ORDINARY, id).unwrap().is_empty());
        assert_eq!(book.verify(&mut ()).unwrap(), []);
    }
    // Nothing in it is restricted.
    let (_shelf, book) = Shelf::new();
    import_with(&book, summary("", &[glucose, condition("i10", "I10", "Bệnh", "none")]), &from_anyone("B"));
    assert_eq!(shown(&book), ["Bundle", "Composition", "Condition", "Observation"]);
}

#[test]
fn a_summary_that_is_restricted_as_a_whole_hides_all_its_parts() {
    let parts = [observation("1", "1", "Glucose", "5.1", "01-15"), condition("i10", "I10", "Bệnh", "none")];
    let bundle_labelled = with_meta(&summary("", &parts), RESTRICTED);
    let composition_labelled = summary(&format!(r#","meta":{RESTRICTED}"#), &parts);
    let confidential = summary(r#","confidentiality":"R""#, &parts);
    for (n, file) in [bundle_labelled, composition_labelled, confidential].iter().enumerate() {
        let (_shelf, book) = Shelf::new();
        import_with(&book, file, &from_anyone("A"));
        assert_eq!(shown(&book), [] as [&str; 0], "{n}");
        assert_eq!(everything(&book, ALL).len(), 5);
    }
}

#[test]
fn what_becomes_restricted_later_hides_the_summary_that_tells_of_it() {
    // A summary of an ordinary medicine; then its visit turns out to be one for HIV.
    let (_shelf, book) = Shelf::new();
    let parts = [medicine("m", "Amlodipin zekin", "v"), observation("1", "1", "Glucose", "5.1", "01-15")];
    import_with(&book, summary("", &parts), &from_anyone("A"));
    assert_eq!(shown(&book), ["Bundle", "Composition", "MedicationRequest", "Observation"]);
    import_with(&book, encounter("v", "Phòng khám"), &from_anyone("A"));
    import_with(&book, condition("b20", "B20", "Bệnh zekin", "v"), &from_anyone("A"));
    assert_eq!(shown(&book), ["Observation"]);
    assert_eq!(book.search(ORDINARY, CANARY, 10).unwrap(), []);
}
