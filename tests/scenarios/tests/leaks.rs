//! Ways around the gate and the eraser that were found by looking for them.

use healthbook_scenarios::fhir::{bundle, condition, encounter, mau, medicine, observation, served};
use healthbook_scenarios::*;

const A: &str = "https://a.example/fhir";

/// Types of what shows without the flag, beside the person's own.
fn shown(book: &healthbook::Book) -> Vec<String> {
    let mut types: Vec<String> =
        everything(book, ORDINARY).into_iter().filter(|i| !i.own).map(|i| i.resource_type).collect();
    types.sort();
    types
}

/// A summary that lists a record in a section of a section.
fn nested(id: &str, target: &str) -> String {
    format!(
        r#"{{"resourceType":"Composition","id":"{id}","status":"final","type":{{"text":"Tóm tắt"}},"subject":{{"reference":"Patient/1"}},"date":"2026-01-20","title":"Tóm tắt {id}","section":[{{"title":"Một","section":[{{"title":"Hai","text":{{"status":"generated","div":"<div>Bệnh zekin</div>"}},"entry":[{{"reference":"{target}"}}]}}]}}]}}"#
    )
}

#[test]
fn a_purge_takes_the_summary_that_lists_the_record_in_an_inner_section() {
    let (_shelf, book) = Shelf::new();
    let silent = nested("silent", "Observation/1").replace("zekin", "khác");
    let other = observation("1", "1", "Glucose", "5.1", "01-15");
    let told = condition("c", "I10", "Bệnh zekin", "none");
    import(&book, served(A, &[mau("1"), other, told, nested("tells", "Condition/c"), silent]));
    let id = titled(&book, "Bệnh zekin");
    assert_eq!(book.purge(ALL, id).unwrap().records.len(), 2);
    assert_eq!(book.search(ALL, "zekin", 10).unwrap(), []);
    assert!(book.item(ALL, titled(&book, "Tóm tắt silent")).is_ok());
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn a_summary_that_lists_a_restricted_record_in_an_inner_section_is_hidden() {
    for first in [false, true] {
        let (_shelf, book) = Shelf::new();
        let mut pieces = [nested("k", "Condition/b20"), condition("b20", "B20", "Bệnh", "none")];
        if first {
            pieces.reverse();
        }
        for piece in &pieces {
            import_with(&book, piece, &from_anyone("A"));
        }
        assert_eq!(shown(&book), [] as [&str; 0]);
        assert_eq!(book.search(ORDINARY, "zekin", 10).unwrap(), []);
    }
}

#[test]
fn what_names_a_restricted_record_anywhere_is_hidden_with_it_and_no_further() {
    let about = r#""subject":{"reference":"Patient/1"}"#;
    let naming = [
        r#""resourceType":"Task","status":"requested","intent":"order","for":{"reference":"Patient/1"},"focus":{"reference":"Condition/b20"}"#.to_owned(),
        r#""resourceType":"Provenance","recorded":"2026-02-01T00:00:00Z","agent":[{"who":{"display":"BS. Mai"}}],"target":[{"reference":"Patient/1"},{"reference":"Condition/b20"}]"#.to_owned(),
        r#""resourceType":"DetectedIssue","status":"final","patient":{"reference":"Patient/1"},"implicated":[{"reference":"Condition/b20"}]"#.to_owned(),
        format!(r#""resourceType":"ClinicalImpression","status":"completed",{about},"finding":[{{"itemReference":{{"reference":"Condition/b20"}}}}]"#),
        format!(r#""resourceType":"List","status":"current","mode":"working",{about},"entry":[{{"item":{{"reference":"Condition/b20"}}}}]"#),
        format!(r#""resourceType":"Communication","status":"completed",{about},"about":[{{"reference":"Condition/b20"}}]"#),
        format!(r#""resourceType":"DocumentReference","status":"current",{about},"content":[{{"attachment":{{"title":"Giấy"}}}}],"context":{{"related":[{{"reference":"Condition/b20"}}]}}"#),
        r#""resourceType":"MeasureReport","status":"complete","type":"individual","measure":"urn:x","subject":{"reference":"Patient/1"},"period":{"start":"2026-01-01"},"evaluatedResource":[{"reference":"Condition/b20"}]"#.to_owned(),
        r#""resourceType":"Consent","status":"active","patient":{"reference":"Patient/1"},"scope":{"text":"x"},"provision":{"data":[{"meaning":"instance","reference":{"reference":"Condition/b20"}}]}"#.to_owned(),
    ];
    for (n, body) in naming.iter().enumerate() {
        let named = format!(r#"{{"id":"n{n}",{body}}}"#);
        let mut files = [condition("b20", "B20", "Bệnh", "none"), named.clone()];
        for _ in 0..2 {
            let (_shelf, book) = Shelf::new();
            for file in &files {
                import_with(&book, file, &from_anyone("A"));
            }
            assert_eq!(everything(&book, ALL).len(), 3, "{named}");
            assert_eq!(shown(&book), [] as [&str; 0], "{named}");
            files.reverse();
        }
    }
    // One step only: the task that names the task stays, and so does the visit that shares the patient and the hospital.
    let (_shelf, book) = Shelf::new();
    let task = format!(r#"{{"id":"t",{}}}"#, naming[0]);
    let next = task.replace(r#""id":"t""#, r#""id":"u""#).replace("Condition/b20", "Task/t");
    let visit = encounter("w", "Bệnh viện");
    let entries = [condition("b20", "B20", "Bệnh", "v"), task, next, visit, medicine("m", "Amlodipin", "w")];
    let entries: Vec<(&str, String)> = entries.into_iter().map(|entry| ("", entry)).collect();
    import_with(&book, bundle("collection", &entries), &from_anyone("A"));
    assert_eq!(shown(&book), ["Encounter", "MedicationRequest", "Task"]);
}
