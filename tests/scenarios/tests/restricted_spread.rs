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

/// Types of what shows, and of what shows only with the flag, of pieces that come in every order from somebody's source.
fn split(pieces: &[String]) -> (Vec<String>, Vec<String>) {
    let mut answers: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for order in orders(pieces) {
        let (_shelf, book) = Shelf::new();
        for piece in &order {
            import_with(&book, piece, &from_anyone("A"));
        }
        let visible = shown(&book);
        let mut hidden: Vec<String> =
            everything(&book, ALL).into_iter().filter(|i| i.restricted).map(|i| i.resource_type).collect();
        hidden.sort();
        answers.push((visible, hidden));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "the order says nothing: {answers:#?}");
    answers.remove(0)
}

#[test]
fn what_a_restricted_record_names_is_not_hidden_for_it() {
    let seed = r#"{"resourceType":"Condition","id":"z","subject":{"reference":"Patient/1"},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"B20"}],"text":"Bệnh"},"asserter":{"reference":"Practitioner/d"},"recorder":{"reference":"Organization/h"},"evidence":[{"detail":[{"reference":"Observation/g"},{"reference":"Encounter/v"}]}]}"#;
    let pieces = [
        seed.to_owned(),
        encounter("v", "Phòng khám"),
        observation("g", "1", "Glucose", "5.1", "01-15"),
        r#"{"resourceType":"Practitioner","id":"d","name":[{"text":"BS. Mai"}]}"#.to_owned(),
    ];
    assert_eq!(
        split(&pieces),
        (
            ["Encounter", "Observation", "Practitioner"].map(str::to_owned).to_vec(),
            vec!["Condition".to_owned()]
        )
    );
    let claimed = with_meta(
        r#"{"resourceType":"Claim","id":"z","patient":{"reference":"Patient/1"},"supportingInfo":[{"valueReference":{"reference":"Encounter/v"}}]}"#,
        RESTRICTED,
    );
    let pieces = [claimed, encounter("v", "Phòng khám"), condition("c", "I10", "Tăng huyết áp", "v")];
    assert_eq!(
        split(&pieces),
        (["Condition", "Encounter"].map(str::to_owned).to_vec(), vec!["Claim".to_owned()])
    );
}

#[test]
fn what_tells_of_a_restricted_record_is_hidden_with_it() {
    let seed = condition("z", "B20", "Bệnh", "none");
    let naming = |kind: &str, field: &str| {
        format!(
            r#"{{"resourceType":"{kind}","id":"n","status":"completed","subject":{{"reference":"Patient/1"}},"patient":{{"reference":"Patient/1"}},{field}}}"#
        )
    };
    for (kind, field) in [
        ("Encounter", r#""diagnosis":[{"condition":{"reference":"Condition/z"}}]"#),
        ("Encounter", r#""reasonReference":[{"reference":"Condition/z"}]"#),
        ("CarePlan", r#""addresses":[{"reference":"Condition/z"}]"#),
        ("Composition", r#""section":[{"entry":[{"reference":"Condition/z"}]}]"#),
        ("ClinicalImpression", r#""finding":[{"itemReference":{"reference":"Condition/z"}}]"#),
        ("Communication", r#""about":[{"reference":"Condition/z"}]"#),
        ("List", r#""entry":[{"item":{"reference":"Condition/z"}}]"#),
    ] {
        let (visible, hidden) = split(&[seed.clone(), naming(kind, field)]);
        assert_eq!((visible.len(), hidden.len()), (0, 2), "{kind} {field}");
    }
    // A visit for it takes what belongs to the visit along; a report of it its results; neither what these name.
    let visit = naming("Encounter", r#""reasonReference":[{"reference":"Condition/z"}]"#);
    let (visible, _) = split(&[seed, visit, medicine("m", "Amlodipin", "n")]);
    assert_eq!(visible, [] as [&str; 0]);
    let report = with_meta(&report("r", "Báo cáo", "nowhere", "x"), RESTRICTED);
    let result = observation("x", "1", "Kết quả", "1.0", "02-01");
    let (visible, hidden) = split(&[report, result]);
    assert_eq!((visible.len(), hidden.len()), (0, 2));
    let sample = with_meta(&observation("x", "1", "Kết quả", "1.0", "02-01"), RESTRICTED);
    let other = observation("y", "1", "Glucose", "5.0", "02-01");
    let panel = naming(
        "DiagnosticReport",
        r#""result":[{"reference":"Observation/x"},{"reference":"Observation/y"}]"#,
    );
    assert_eq!(split(&[sample, other, panel]).0, ["Observation"]);
}

#[test]
fn a_record_that_names_a_restricted_one_among_a_thousand_is_hidden() {
    let items: Vec<String> =
        (0..1500).map(|n| format!(r#"{{"item":{{"reference":"Observation/{n}"}}}}"#)).collect();
    let list = |last: &str| {
        format!(
            r#"{{"resourceType":"List","id":"l","status":"current","mode":"working","subject":{{"reference":"Patient/1"}},"entry":[{},{{"item":{{"reference":"{last}"}}}}]}}"#,
            items.join(",")
        )
    };
    let seed = condition("z", "B20", "Bệnh", "none");
    assert_eq!(split(&[list("Condition/z"), seed.clone()]).0, [] as [&str; 0]);
    assert_eq!(split(&[list("Condition/y"), seed]).0, ["List"]);
}

#[test]
fn a_summary_whose_words_tell_is_hidden_without_its_parts() {
    let (_shelf, book) = Shelf::new();
    let parts = [observation("1", "1", "Glucose", "5.1", "01-15")];
    let told = summary("", &parts).replace("Có zekin", "Có HIV");
    import_with(&book, told, &from_anyone("A"));
    assert_eq!(shown(&book), ["Observation"]);
    assert!(book.documents(ORDINARY, None, 10).unwrap().0.is_empty());
    assert_eq!(book.search(ORDINARY, "hiv", 10).unwrap(), []);
}

#[test]
fn a_claim_for_a_patient_with_tuberculosis_or_hiv_is_hidden_whatever_it_says() {
    for (category, hidden) in [("1.8", true), ("1.9", true), ("1.10", false), ("1.1", false)] {
        let (_shelf, book) = Shelf::new();
        let mut visit = claim::visit("LK1", ("Z00", "Khám"), "Amlodipin", ("Glucose", "7.20"));
        let field = format!("<MA_DOITUONG_KCB>{category}</MA_DOITUONG_KCB><MA_LOAI_KCB>");
        visit[0].1 = visit[0].1.replace("<MA_LOAI_KCB>", &field);
        import_with(&book, claim::file("20260116", &[visit]), &named("a.xml"));
        assert_eq!(shown(&book).is_empty(), hidden, "{category}: {:?}", shown(&book));
    }
}
