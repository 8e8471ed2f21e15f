//! What a file may ask for, and what a line that was cut off takes with it: itself and nothing more.
#![expect(clippy::unwrap_used, reason = "what stands between the tests is test code as well")]

use healthbook_formats::{Format, Item, Limits, detect, records};
use healthbook_model::{Refusal, Rejected, Sensitivity};

fn read_with(text: &str, limits: Limits) -> (Vec<String>, Vec<Rejected>) {
    let (mut found, mut rejected) = (Vec::new(), Vec::new());
    for item in records(detect(text.as_bytes()), Box::new(text.as_bytes()), limits) {
        match item.unwrap() {
            Item::Record(record) => found.push(record.origin.id),
            Item::Rejected(one) => rejected.push(one),
        }
    }
    (found, rejected)
}

fn read(text: &str) -> (Vec<String>, Vec<Rejected>) {
    read_with(text, Limits::default())
}

fn stretch<'t>(text: &'t str, one: &Rejected) -> &'t str {
    let from = usize::try_from(one.span.offset).unwrap();
    &text[from..from + usize::try_from(one.span.length).unwrap()]
}

fn basic(id: &str) -> String {
    format!("{{\"resourceType\":\"Basic\",\"id\":\"{id}\"}}")
}

#[test]
fn a_first_line_that_was_cut_off_is_set_aside_and_the_lines_below_come_in() {
    let filling = "y".repeat(100_000);
    for cut in [
        // In a text, in an object inside, between two fields, and in the second entry of a Bundle.
        format!("{{\"resourceType\":\"Basic\",\"id\":\"cut\",\"x\":\"{filling}"),
        format!("{{\"resourceType\":\"Basic\",\"id\":\"cut\",\"x\":{{\"a\":[\"{filling}\",{{\"b\":1"),
        format!("{{\"resourceType\":\"Basic\",\"id\":\"cut\",\"x\":\"{filling}\","),
        format!("{{\"resourceType\":\"Basic\",\"id\":\"cut\",\"x\":\"{filling}\",\"y\":"),
    ] {
        let text = format!("{cut}\n{}\n\n{}\r\n{{oops\n{}\n", basic("2"), basic("3"), basic("4"));
        assert_eq!(detect(text.as_bytes()), Format::FhirJson);
        let (found, rejected) = read(&text);
        assert_eq!(found, ["2", "3", "4"], "{}", &cut[cut.len() - 20..]);
        assert_eq!(stretch(&text, &rejected[0]).trim_end(), cut);
        assert_eq!((stretch(&text, &rejected[1]), rejected.len()), ("{oops", 2));
    }
    let bundle = format!(
        "{{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{{\"resource\":{}}},{{\"resource\":{{\"x\":\"{filling}",
        basic("1")
    );
    let (found, rejected) = read(&format!("{bundle}\n{}\n{}", basic("2"), basic("3")));
    assert_eq!((found, rejected.len()), (vec!["1".to_owned(), "2".to_owned(), "3".to_owned()], 1));
}

#[test]
fn a_cut_line_longer_than_any_record_does_not_take_the_file_with_it() {
    let limits = Limits { resource_bytes: 70_000, ..Limits::default() };
    let cut = format!("{{\"resourceType\":\"Basic\",\"x\":{{\"y\":\"{}\",\"z\":[1", "y".repeat(66_000));
    let mut text = cut;
    (0..5000).for_each(|n| text.push_str(&format!("\n{}", basic(&n.to_string()))));
    let (found, rejected) = read_with(&text, limits);
    assert_eq!((found.len(), rejected.len()), (5000, 1));
}

#[test]
fn a_bundle_with_one_entry_a_line_is_no_file_of_lines() {
    let entries: Vec<String> =
        (0..3).map(|n| format!("{{\"resource\":\n{}\n}}", basic(&n.to_string()))).collect();
    let whole = format!(
        "{{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[\n{}\n]}}",
        entries.join(",\n")
    );
    assert_eq!(read(&whole), (vec!["0".to_owned(), "1".to_owned(), "2".to_owned()], Vec::new()));
    // Damaged: what stands behind the damage is nobody's line.
    let broken = whole.replacen("},\n{", "};\n{", 1);
    let (found, rejected) = read(&broken);
    assert_eq!((found.len(), rejected.len(), rejected[0].refusal), (1, 1, Refusal::Malformed));
}

#[test]
fn a_resource_of_too_many_values_is_set_aside_whole_and_the_others_come_in() {
    let most = Limits::default().values;
    let many =
        |n: usize| format!("{{\"resourceType\":\"Basic\",\"id\":\"many\",\"x\":[0{}]}}", ",0".repeat(n - 1));
    let file = |n: usize| {
        format!(
            "{{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{{\"resource\":{}}},{{\"resource\":{}}}]}}",
            many(n),
            basic("other")
        )
    };
    // The entry, the resource, its type, its id and the list are values as well.
    assert_eq!(read(&file(most - 5)).0, ["many", "other"]);
    let text = file(most - 4);
    let (found, rejected) = read(&text);
    assert_eq!((found.as_slice(), rejected.len()), (&["other".to_owned()][..], 1));
    assert_eq!(rejected[0].refusal, Refusal::TooLarge);
    assert!(stretch(&text, &rejected[0]).contains(&many(most - 4)));
}

#[test]
fn a_bundle_inside_an_entry_hands_up_no_more_than_memory_holds() {
    let parts: Vec<String> =
        (0..10_001).map(|n| format!("{{\"resource\":{}}}", basic(&n.to_string()))).collect();
    let inner =
        format!("{{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{}]}}", parts.join(","));
    let text = format!(
        "{{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{{\"resource\":{inner}}},{{\"resource\":{}}}]}}",
        basic("other")
    );
    let (found, rejected) = read(&text);
    assert_eq!((found.len(), found.last().map(String::as_str)), (10_001, Some("other")));
    assert_eq!((rejected.len(), rejected[0].refusal), (1, Refusal::TooLarge));
}

#[test]
fn a_field_with_a_name_of_pages_is_refused() {
    let named =
        |length: usize| format!("{{\"resourceType\":\"Basic\",\"id\":\"1\",\"{}\":1}}", "n".repeat(length));
    assert_eq!(read(&named(1024)).0, ["1"]);
    let (found, rejected) = read(&named(1025));
    assert_eq!((found.len(), rejected[0].refusal), (0, Refusal::Forbidden));
}

#[test]
fn what_was_too_large_to_be_looked_at_is_taken_for_restricted() {
    let limits = Limits { resource_bytes: 100_000, ..Limits::default() };
    let text = format!(
        "{{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{{\"resource\":{{\"code\":\"B20\",\"x\":\"{}\"}}}},{{\"resource\":{}}}]}}",
        "y".repeat(300_000),
        basic("other")
    );
    let (found, rejected) = read_with(&text, limits);
    assert_eq!((found.len(), rejected[0].refusal), (1, Refusal::TooLarge));
    assert_eq!(rejected[0].sensitivity, Sensitivity::Restricted);
}
