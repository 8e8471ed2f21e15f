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

#[test]
fn a_summary_that_holds_a_restricted_part_is_hidden_whole() {
    let composition = r#"{"resourceType":"Composition","id":"k","status":"final","type":{"text":"Tóm tắt"},"title":"Tóm tắt","date":"2026-01-20","subject":{"reference":"Patient/1"}}"#;
    let file = |second: String| {
        bundle(
            "document",
            &[
                ("", composition.to_owned()),
                ("", observation("1", "1", "Glucose", "5.1", "01-15")),
                ("", second),
            ],
        )
    };
    let (_shelf, book) = Shelf::new();
    // The summary is a record of its own, and holds the words of all its parts.
    import_with(&book, file(condition("b20", "B20", "Bệnh zekin", "none")), &from_anyone("A"));
    assert_eq!(everything(&book, ORDINARY).len(), 1);
    assert!(book.documents(ORDINARY, None, 10).unwrap().0.is_empty());
    assert_eq!(everything(&book, ALL).len(), 5);
    import_with(&book, file(condition("i10", "I10", "Bệnh", "none")), &from_anyone("B"));
    assert_eq!(everything(&book, ORDINARY).len(), 5);
}
