//! What a Bundle, a list or a file of lines gives: the records, their names, their places; and what is said of
//! that which cannot be read.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what stands between the tests is test code as well")]

use std::io::{self, Read};

use healthbook_formats::{Format, Item, Limits, detect, entry, records};
use healthbook_model::{Content, Incoming, Refusal, Rejected, Sensitivity, SourceHint, Standing, Subject};
use proptest::prelude::*;

/// Gives its bytes a few at a time, as a pipe does.
struct Trickle<'a>(&'a [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.1.min(buffer.len()).min(self.0.len());
        let (now, later) = self.0.split_at(n);
        buffer[..n].copy_from_slice(now);
        self.0 = later;
        Ok(n)
    }
}

fn read_with(format: Format, bytes: &[u8], limits: Limits, step: usize) -> (Vec<Incoming>, Vec<Rejected>) {
    let (mut found, mut rejected) = (Vec::new(), Vec::new());
    for item in records(format, Box::new(Trickle(bytes, step)), limits) {
        match item.unwrap() {
            Item::Record(record) => found.push(*record),
            Item::Rejected(one) => rejected.push(one),
        }
    }
    (found, rejected)
}

fn read(text: &str) -> (Vec<Incoming>, Vec<Rejected>) {
    read_with(detect(text.as_bytes()), text.as_bytes(), Limits::default(), 4096)
}

fn ids(found: &[Incoming]) -> Vec<String> {
    found.iter().map(|record| format!("{}/{}", record.origin.resource_type, record.origin.id)).collect()
}

fn refusals(rejected: &[Rejected]) -> Vec<(Refusal, &str)> {
    rejected.iter().map(|one| (one.refusal, one.at.as_str())).collect()
}

fn assert_in_place(document: &[u8], record: &Incoming) {
    let Content::Slice { bytes, span, .. } = &record.content else { panic!("not a slice") };
    let from = usize::try_from(span.offset).unwrap();
    assert_eq!(&document[from..from + bytes.len()], bytes.as_slice());
    assert_eq!(span.length, u64::try_from(bytes.len()).unwrap());
}

#[test]
fn two_hospitals_that_both_hold_patient_1_stay_two() {
    let text = r#"{"resourceType":"Bundle","type":"collection","entry":[
        {"fullUrl":"https://hoa-mai.example/fhir/Patient/1","resource":{"resourceType":"Patient","id":"1"}},
        {"fullUrl":"https://binh-an.example/r4/Patient/1","resource":{"resourceType":"Patient","id":"1"}}]}"#;
    let (found, rejected) = read(text);
    assert_eq!(rejected, []);
    let sources: Vec<SourceHint> = found.into_iter().map(|record| record.origin.source).collect();
    let base = |text: &str| SourceHint::Base(text.into());
    assert_eq!(sources, [base("https://hoa-mai.example/fhir"), base("https://binh-an.example/r4")]);
}

#[test]
fn the_fields_of_a_bundle_come_in_any_order() {
    let parts = r#""entry":[{"resource":{"id":"1","code":{"text":"x"},"resourceType":"Basic"},"fullUrl":"urn:uuid:a"},{"request":{"method":"DELETE"}}]"#;
    let all = [
        format!(r#"{{"resourceType":"Bundle","type":"batch",{parts}}}"#),
        format!(r#"{{{parts},"type":"batch","resourceType":"Bundle"}}"#),
        format!(r#"{{"type":"batch",{parts},"resourceType":"Bundle"}}"#),
    ];
    for text in all {
        let (found, rejected) = read(&text);
        assert_eq!((ids(&found), rejected), (vec!["Basic/1".to_owned()], vec![]), "{text}");
        assert_eq!(found[0].origin.aliases, ["a"]);
        assert_in_place(text.as_bytes(), &found[0]);
    }
}

#[test]
fn a_document_and_a_signed_bundle_are_records_as_well_as_their_parts() {
    let part = r#"{"resource":{"resourceType":"Composition","id":"c","title":"Tóm tắt","subject":{"reference":"Patient/p"}}}"#;
    for text in [
        format!(r#"{{"resourceType":"Bundle","id":"d","type":"document","entry":[{part}]}}"#),
        format!(r#"{{"entry":[{part}],"id":"d","type":"document","resourceType":"Bundle"}}"#),
        format!(
            r#"{{"resourceType":"Bundle","id":"d","type":"collection","entry":[{part}],"signature":{{"data":"YQ=="}}}}"#
        ),
    ] {
        let (found, rejected) = read(&text);
        assert_eq!((ids(&found), rejected), (vec!["Composition/c".into(), "Bundle/d".into()], vec![]));
        assert_eq!(found[1].content.bytes(), text.as_bytes());
        assert_eq!(found[1].entry.title, "Tóm tắt");
        assert_eq!(
            found[1].entry.subject,
            Subject::Person { resource_type: Some("Patient".into()), id: "p".into(), server: None }
        );
    }
}

#[test]
fn bundles_in_bundles_are_walked_and_empty_ones_are_no_error() {
    let inner = r#"{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Basic","id":"in"}}]}"#;
    let text =
        format!(r#"{{"resourceType":"Bundle","type":"batch-response","entry":[{{"resource":{inner}}}]}}"#);
    let (found, rejected) = read(&text);
    assert_eq!((ids(&found), rejected), (vec!["Basic/in".to_owned()], vec![]));
    assert_in_place(text.as_bytes(), &found[0]);
    for text in [
        r#"{"resourceType":"Bundle","type":"searchset","total":0}"#,
        r#"{"resourceType":"Bundle","type":"searchset","entry":[]}"#,
        r#"{"resourceType":"Bundle","type":"transaction-response","entry":[{"response":{"status":"201"}}]}"#,
    ] {
        assert_eq!(read(text), (vec![], vec![]), "{text}");
    }
}

#[test]
fn a_resource_without_an_id_is_named_by_its_place() {
    let text = "{\"resourceType\":\"Basic\"}\n{broken\n{\"resourceType\":\"Basic\"}\n";
    let (found, rejected) = read(text);
    assert_eq!(ids(&found), ["Basic/#0", "Basic/#2"]);
    assert_eq!(refusals(&rejected), [(Refusal::Malformed, "line 2, column 2")]);
}

#[test]
fn a_wrong_line_of_ndjson_is_rejected_alone() {
    let good = |n: u32| format!("{{\"resourceType\":\"Basic\",\"id\":\"{n}\"}}");
    let text = format!(
        "{}\r\n\n{{\"resourceType\":\"Basic\",\n{}\n{} x\n\"text\"\n{{\"id\":\"no type\"}}\n{{\"resourceType\":\"Basic\",\"id\":1,\"id\":2}}\n{}",
        good(1),
        good(2),
        good(3),
        good(4)
    );
    let (found, rejected) = read(&text);
    assert_eq!(ids(&found), ["Basic/1", "Basic/2", "Basic/4"]);
    let expected = [
        (Refusal::Truncated, "line 3, column 25"),
        (Refusal::Malformed, "line 5, column 35"),
        (Refusal::NotTheFormat, "line 6, column 1"),
        (Refusal::NotTheFormat, "line 7, column 1"),
        (Refusal::Forbidden, "line 8, column 1"),
    ];
    assert_eq!(refusals(&rejected), expected);
    for one in &rejected {
        let from = usize::try_from(one.span.offset).unwrap();
        let stretch = &text[from..from + usize::try_from(one.span.length).unwrap()];
        assert!(!stretch.contains('\n') && !stretch.is_empty(), "{stretch:?}");
    }
}

#[test]
fn a_wrong_entry_is_rejected_and_what_came_before_is_kept() {
    let good = |n: u32| format!("{{\"resource\":{{\"resourceType\":\"Basic\",\"id\":\"{n}\"}}}}");
    let bundle = |parts: &[String]| {
        format!("{{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[\n{}\n]}}", parts.join(",\n"))
    };
    // Its brackets match: only it is lost.
    let (found, rejected) =
        read(&bundle(&[good(1), "{\"resource\":{\"resourceType\":\"Basic\",\"n\":01}}".into(), good(2)]));
    assert_eq!(ids(&found), ["Basic/1", "Basic/2"]);
    assert_eq!(refusals(&rejected), [(Refusal::Malformed, "entry 2, line 3, column 42")]);
    // They do not: nothing behind it can be trusted.
    let (found, rejected) =
        read(&bundle(&[good(1), "{\"resource\":{\"resourceType\":\"Basic\"}}}".into(), good(2)]));
    assert_eq!(ids(&found), ["Basic/1", "Basic/#1"]);
    assert_eq!(refusals(&rejected), [(Refusal::Malformed, "entry 3, line 3, column 38")]);
    // A resource that is none, beside one that is.
    let (found, rejected) =
        read(&bundle(&["{\"resource\":{\"a\":1}}".into(), "{\"resource\":5}".into(), good(1)]));
    assert_eq!(ids(&found), ["Basic/1"]);
    assert_eq!(
        rejected.iter().map(|r| r.refusal).collect::<Vec<_>>(),
        [Refusal::NotTheFormat, Refusal::NotTheFormat]
    );
}

#[test]
fn an_entry_with_two_resources_loses_neither_in_silence() {
    let text = r#"{"resourceType":"Bundle","type":"collection","entry":[
        {"resource":{"resourceType":"Patient","id":"1"},"resource":{"resourceType":"Observation","id":"a"}},
        {"resource":{"resourceType":"Patient","id":"2"}}]}"#;
    let (found, rejected) = read(text);
    assert_eq!(ids(&found), ["Patient/2"]);
    assert_eq!(refusals(&rejected), [(Refusal::Forbidden, "entry 1, line 2, column 9")]);
}

#[test]
fn a_single_entry_without_its_list_is_read() {
    for bundle in [
        r#"{"resourceType":"Bundle","type":"collection","entry":{"resource":{"resourceType":"Patient","id":"1"}}}"#,
        r#"{"entry":{"resource":{"resourceType":"Patient","id":"1"}},"resourceType":"Bundle"}"#,
    ] {
        let (found, rejected) = read(bundle);
        assert_eq!(ids(&found), ["Patient/1"]);
        assert_eq!(rejected, []);
        assert_in_place(bundle.as_bytes(), &found[0]);
    }
}

#[test]
fn what_is_not_strict_json_is_no_record() {
    let resource = r#"{"resourceType":"Basic","id":"1"}"#;
    for (text, refusal) in [
        (format!("{resource} x"), Refusal::Malformed),
        (format!("{resource}\n}}"), Refusal::Malformed),
        (format!("{resource}{resource}"), Refusal::Malformed),
        (format!("// why\n{resource}"), Refusal::Malformed),
        (resource.replace("\"1\"", "'1'"), Refusal::Malformed),
        (resource.replace("\"1\"", "1."), Refusal::Malformed),
        (resource.replace("\"1\"", "\"\\ud800\""), Refusal::Malformed),
        (resource.replace("\"1\"", "\"\u{1}\""), Refusal::Malformed),
        (resource.replace("\"id\"", "\"resourceType\""), Refusal::Forbidden),
        (resource.replace("resourceType", "resource"), Refusal::NotTheFormat),
        (resource.replace("Basic", "basic stuff"), Refusal::NotTheFormat),
        (resource[..20].to_owned(), Refusal::Truncated),
        (
            format!("{{\"resourceType\":\"Basic\",\"a\":{}{}}}", "[".repeat(300), "]".repeat(300)),
            Refusal::TooLarge,
        ),
    ] {
        let (found, rejected) = read_with(Format::FhirJson, text.as_bytes(), Limits::default(), 7);
        assert!(found.is_empty(), "{text}");
        assert_eq!(rejected.iter().map(|r| r.refusal).collect::<Vec<_>>(), [refusal], "{text}");
    }
    let mut latin = resource.replace("1", "?").into_bytes();
    let at = latin.iter().position(|b| *b == b'?').unwrap();
    latin[at] = 0xe9;
    let (found, rejected) = read_with(Format::FhirJson, &latin, Limits::default(), 7);
    assert_eq!((found.len(), rejected[0].refusal), (0, Refusal::Encoding));
}

#[test]
fn a_byte_order_mark_is_read_over_and_utf_16_is_refused_as_a_whole() {
    let resource = r#"{"resourceType":"Basic","id":"1"}"#;
    let marked = format!("\u{feff}{resource}");
    let (found, _) = read(&marked);
    assert_eq!(found[0].content.bytes(), resource.as_bytes());
    assert_in_place(marked.as_bytes(), &found[0]);
    let wide: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [&wide[..], &wide[2..]] {
        assert_eq!(detect(bytes), Format::FhirJson);
        let (found, rejected) = read_with(Format::FhirJson, bytes, Limits::default(), 5);
        assert_eq!((found.len(), rejected[0].refusal), (0, Refusal::Encoding));
        assert_eq!(rejected[0].span.length, u64::try_from(bytes.len()).unwrap());
    }
}

#[test]
fn lists_and_files_whose_first_line_is_longer_than_what_detection_sees() {
    let text = r#"[ {"resourceType":"Basic","id":"1"} , {"resourceType":"Basic","id":"2"} ]"#;
    assert_eq!(ids(&read(text).0), ["Basic/1", "Basic/2"]);
    let long = format!("{{\"resourceType\":\"Basic\",\"id\":\"1\",\"x\":\"{}\"}}", "y".repeat(100_000));
    let text = format!(
        "{long}\n{{\"resourceType\":\"Basic\",\"id\":\"2\"}}\n{{oops\n{{\"resourceType\":\"Basic\",\"id\":\"3\"}}\n"
    );
    assert_eq!(detect(text.as_bytes()), Format::FhirJson);
    let (found, rejected) = read(&text);
    assert_eq!(ids(&found), ["Basic/1", "Basic/2", "Basic/3"]);
    assert_eq!(refusals(&rejected), [(Refusal::Malformed, "line 3, column 2")]);
}

#[test]
fn what_is_larger_than_the_limits_is_passed_over() {
    let limits = Limits { resource_bytes: 100, ..Limits::default() };
    let large = format!("{{\"resourceType\":\"Basic\",\"id\":\"large\",\"x\":\"{}\"}}", "y".repeat(200_000));
    let small = r#"{"resourceType":"Basic","id":"s"}"#;
    let bundle = format!(
        r#"{{"resourceType":"Bundle","type":"batch","entry":[{{"resource":{large}}},{{"resource":{small}}}]}}"#
    );
    let lines = format!("{large}\n{small}\n");
    for (format, text) in [(Format::FhirJson, &bundle), (Format::FhirNdjson, &lines)] {
        let (found, rejected) = read_with(format, text.as_bytes(), limits, 4096);
        assert_eq!(ids(&found), ["Basic/s"]);
        assert_eq!(rejected.iter().map(|r| r.refusal).collect::<Vec<_>>(), [Refusal::TooLarge]);
    }
    let (found, rejected) = read_with(Format::FhirJson, large.as_bytes(), limits, 4096);
    assert_eq!((found.len(), rejected[0].refusal), (0, Refusal::TooLarge));
    // A document that is too large to be a record: its parts are there, and it is said.
    let document = format!(
        r#"{{"resourceType":"Bundle","type":"document","entry":[{{"resource":{small}}},{{"resource":{small}}}]}}"#
    );
    let (found, rejected) = read_with(Format::FhirJson, document.as_bytes(), limits, 4096);
    assert_eq!((found.len(), rejected[0].refusal), (2, Refusal::TooLarge));
    let three = format!("{small}\n{small}\n{small}\n");
    let (found, rejected) =
        read_with(Format::FhirNdjson, three.as_bytes(), Limits { records: 2, ..limits }, 4096);
    assert_eq!((found.len(), rejected.len(), rejected[0].refusal), (2, 1, Refusal::TooLarge));
    let (found, rejected) =
        read_with(Format::FhirNdjson, three.as_bytes(), Limits { records: 3, ..limits }, 4096);
    assert_eq!((found.len(), rejected.len()), (3, 0));
}

#[test]
fn what_could_not_be_read_and_looks_restricted_is_restricted() {
    let text = r#"{"resourceType":"Condition","code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"B20"}]},"#;
    let (_, rejected) = read_with(Format::FhirJson, text.as_bytes(), Limits::default(), 3);
    assert_eq!((rejected[0].refusal, rejected[0].sensitivity), (Refusal::Truncated, Sensitivity::Restricted));
}

#[test]
fn an_error_of_the_reader_is_an_error_and_the_end() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the card was pulled out"))
        }
    }
    let mut items = records(Format::FhirJson, Box::new(Broken), Limits::default());
    assert!(items.next().unwrap().is_err());
    assert!(items.next().is_none());
}

fn entry_of(text: &str) -> healthbook_model::Entry {
    entry(text.as_bytes()).unwrap()
}

#[test]
fn a_blood_pressure_reads_as_people_write_it_and_gives_two_points() {
    let part = |code: &str, value: &str| {
        format!(
            r#"{{"code":{{"coding":[{{"system":"http://loinc.org","code":"{code}"}}]}},
            "valueQuantity":{{"value":{value},"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}}}"#
        )
    };
    let with = |status: &str| {
        entry_of(&format!(
            r#"{{"resourceType":"Observation","status":"{status}","code":{{"coding":[{{"system":"http://loinc.org","code":"85354-9"}}]}},
            "effectiveDateTime":"2026-11-20T07:10:00+07:00","component":[{},{}]}}"#,
            part("8480-6", "128"),
            part("8462-4", "79.0")
        ))
    };
    let kept = with("final");
    assert_eq!(kept.value.as_deref(), Some("128/79.0 mmHg"));
    let points: Vec<(&str, &str, &str)> =
        kept.points.iter().map(|p| (p.code.code.as_str(), p.text.as_str(), p.unit.as_str())).collect();
    assert_eq!(points, [("8480-6", "128", "mm[Hg]"), ("8462-4", "79.0", "mm[Hg]")]);
    assert_eq!(kept.start.map(|at| at.to_string()).as_deref(), Some("2026-11-20T07:10:00+07:00"));
    // Taken back by the source: it stays in the book, and leaves the charts.
    for status in ["entered-in-error", "cancelled", "unknown"] {
        assert_eq!(with(status).points, [], "{status}");
    }
}

#[test]
fn values_of_every_kind_keep_their_digits() {
    for (value, shown) in [
        (r#""valueQuantity":{"value":0.010,"unit":"mg"}"#, Some("0.010 mg")),
        (r#""valueQuantity":{"value":7.20,"comparator":">=","unit":"%"}"#, Some(">= 7.20%")),
        (r#""valueInteger":12"#, Some("12")),
        (r#""valueBoolean":false"#, Some("false")),
        (r#""valueString":"âm tính""#, Some("âm tính")),
        (r#""valueCodeableConcept":{"coding":[{"code":"x","display":"Negative"}]}"#, Some("Negative")),
        (r#""valueRange":{"low":{"value":1.0},"high":{"value":5.0,"unit":"g"}}"#, Some("1.0 – 5.0 g")),
        (r#""valueRatio":{"numerator":{"value":1},"denominator":{"value":64}}"#, Some("1/64")),
        (r#""valuePeriod":{"start":"2026-01-01","end":"2026-01-02"}"#, Some("2026-01-01 – 2026-01-02")),
        (r#""valueDateTime":"2026-01""#, Some("2026-01")),
        (
            r#""valueSampledData":{"origin":{"value":0,"unit":"mV"},"period":10,"dimensions":1,"data":"1 2 3"}"#,
            Some("1 2 3 mV"),
        ),
        (r#""dataAbsentReason":{"text":"không lấy được mẫu"}"#, None),
    ] {
        let read = entry_of(&format!(
            r#"{{"resourceType":"Observation","status":"final","code":{{"coding":[{{"code":"k"}}]}},{value}}}"#
        ));
        assert_eq!(read.value.as_deref(), shown, "{value}");
        assert_eq!(read.standing, Standing::Current);
        assert_eq!(
            read.points.is_empty(),
            !value.contains("Quantity") && !value.contains("Integer"),
            "{value}"
        );
    }
}

#[test]
fn a_refused_vaccine_and_no_known_allergies_are_no_facts() {
    let refused = entry_of(
        r#"{"resourceType":"Immunization","status":"not-done","statusReason":{"text":"Gia đình từ chối"},
        "vaccineCode":{"text":"Sởi"},"occurrenceDateTime":"2026-03","patient":{"reference":"Patient/1"}}"#,
    );
    assert_eq!(
        (refused.standing, refused.subtitle.as_deref()),
        (Standing::NotDone, Some("Gia đình từ chối"))
    );
    let none = entry_of(
        r#"{"resourceType":"AllergyIntolerance","code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003","display":"No known allergy"}]},
        "clinicalStatus":{"coding":[{"code":"active"}]},"patient":{"reference":"Patient/1"}}"#,
    );
    assert_eq!(none.standing, Standing::Negated);
    assert!(!refused.standing.is_fact() && !none.standing.is_fact());
}

#[test]
fn files_inside_are_found_by_their_place() {
    let text = r#"{"resourceType":"DocumentReference","status":"current","content":[
        {"attachment":{"contentType":"text/plain","data":"xJDGsOG7nW5n","title":"Đường.txt"}},
        {"attachment":{"contentType":"application/pdf","url":"Binary/7"}}],
        "contained":[{"resourceType":"Binary","id":"b","contentType":"image/png","data":"YQ=="}]}"#;
    let found = entry_of(text).attachments;
    let places: Vec<(&str, bool)> = found.iter().map(|a| (a.pointer.as_str(), a.inline)).collect();
    assert_eq!(
        places,
        [("/content/0/attachment", true), ("/content/1/attachment", false), ("/contained/0", true)]
    );
    assert_eq!(found[1].url.as_deref(), Some("Binary/7"));
    let bytes = healthbook_formats::attachment(text.as_bytes(), "/content/0/attachment").unwrap();
    assert_eq!(bytes, "Đường".as_bytes());
    assert_eq!(
        entry_of(r#"{"resourceType":"Binary","contentType":"image/png","data":"YQ=="}"#).attachments[0]
            .pointer,
        ""
    );
}

#[test]
fn a_glucose_with_nothing_but_its_code_is_found_by_its_vietnamese_name() {
    let read = entry_of(
        r#"{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"15074-8"}]},
        "valueQuantity":{"value":6.30,"code":"mmol/L"},"note":[{"text":"sau ăn"}],
        "text":{"status":"generated","div":"<div><p>Kết quả</p></div>"}}"#,
    );
    assert!(read.search_text.to_lowercase().contains("đường huyết"), "{}", read.search_text);
    assert!(read.search_text.contains("sau ăn") && read.search_text.contains("Kết quả"));
    assert_eq!(read.title_code.unwrap().code, "15074-8");
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|b| b.to_string()),
        any::<i32>().prop_map(|n| n.to_string()),
        "-?(0|[1-9][0-9]{0,3})\\.[0-9]{1,6}(e[+-]?[0-9]{1,2})?",
        "[ -~àđ😀\\n\\t]{0,12}".prop_map(|text| serde_json::to_string(&text).unwrap()),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec((inner.clone(), "[ \\r\\n\\t]{0,2}"), 0..5).prop_map(|items| {
                let items: Vec<String> =
                    items.into_iter().map(|(item, gap)| format!("{gap}{item}{gap}")).collect();
                format!("[{}]", items.join(","))
            }),
            prop::collection::vec(("[a-zA-Z_]{1,8}", inner, "[ \\r\\n\\t]{0,2}"), 0..5).prop_map(|members| {
                let members: Vec<String> = members
                    .into_iter()
                    .map(|(name, value, gap)| format!("{gap}\"{name}\"{gap}:{gap}{value}"))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_resource_in_any_wrapping_comes_back_byte_for_byte(
        values in prop::collection::vec((json(), any::<bool>(), "[ \\r\\n\\t]{0,3}"), 1..6),
        step in 1usize..200,
        late in any::<bool>(),
    ) {
        let resources: Vec<String> = values
            .iter()
            .enumerate()
            .map(|(n, (value, first, gap))| {
                if *first {
                    format!("{{{gap}\"resourceType\":\"Basic\",{gap}\"id\":\"{n}\",\"extra\":{value}}}")
                } else {
                    format!("{{\"extra\":{gap}{value},\"id\":\"{n}\"{gap},\"resourceType\":\"Basic\"{gap}}}")
                }
            })
            .collect();
        let entries: Vec<String> = resources.iter().zip(&values).map(|(r, (_, first, gap))| {
            if *first { format!("{gap}{{\"resource\":{gap}{r}}}") } else { format!("{{\"fullUrl\":\"urn:uuid:x\",\"resource\":{r},\"search\":{{}}}}{gap}") }
        }).collect();
        let head = "\"resourceType\":\"Bundle\",\"type\":\"searchset\"";
        let list = format!("\"entry\":[{}]", entries.join(","));
        let bundle = if late { format!("{{{list},{head}}}") } else { format!("{{{head},{list}}}") };
        let lines: Vec<String> = resources.iter().map(|r| r.replace(['\n', '\r'], " ")).collect();
        let lines = lines.join("\n");
        let array = format!("[{}]", resources.join(","));
        for (format, text, one_line) in [
            (Format::FhirJson, &bundle, false), (Format::FhirJson, &array, false), (Format::FhirNdjson, &lines, true),
        ] {
            let (found, rejected) = read_with(format, text.as_bytes(), Limits::default(), step);
            prop_assert_eq!(&rejected, &[]);
            prop_assert_eq!(found.len(), resources.len());
            for (record, resource) in found.iter().zip(&resources) {
                assert_in_place(text.as_bytes(), record);
                let expected = if one_line { resource.replace(['\n', '\r'], " ") } else { resource.clone() };
                prop_assert_eq!(record.content.bytes(), expected.as_bytes());
            }
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), step in 1usize..50) {
        let _ = detect(&bytes);
        let _ = entry(&bytes);
        for format in [Format::FhirJson, Format::FhirNdjson] {
            let _ = read_with(format, &bytes, Limits::default(), step);
        }
    }

    #[test]
    fn random_json_like_bytes_never_panic_and_every_record_is_whole(
        text in "[\\[\\]{}\":,a1 \\\\\\n]{0,60}(\"resourceType\":\"Patient\"|\"entry\":\\[\\{\"resource\":\\{)?[\\[\\]{}\":,a1 \\\\\\n]{0,60}",
        step in 1usize..50,
    ) {
        let text = format!("{{{text}");
        for format in [Format::FhirJson, Format::FhirNdjson] {
            for record in read_with(format, text.as_bytes(), Limits::default(), step).0 {
                assert_in_place(text.as_bytes(), &record);
                prop_assert!(serde_json::from_slice::<serde_json::Value>(record.content.bytes()).is_ok());
            }
        }
    }

    #[test]
    fn any_value_in_any_field_never_panics(value in json(), kind in 0usize..12, field in 0usize..26) {
        let kinds = ["Observation", "Patient", "Immunization", "Condition", "MedicationRequest", "Bundle", "Claim",
            "Encounter", "DocumentReference", "ImagingStudy", "Goal", "QuestionnaireResponse"];
        let fields = ["code", "status", "valueQuantity", "component", "effectiveDateTime", "name", "subject", "entry",
            "identifier", "meta", "text", "contained", "performer", "dosageInstruction", "protocolApplied", "item", "content",
            "target", "total", "class", "occurrenceTiming", "clinicalStatus", "encounter", "vaccineCode", "birthDate", "id"];
        let text = format!(r#"{{"resourceType":"{}","{}":{value}}}"#, kinds[kind], fields[field]);
        let _ = entry(text.as_bytes());
        let _ = read_with(Format::FhirJson, text.as_bytes(), Limits::default(), 64);
    }
}

#[test]
fn a_file_cut_anywhere_never_gives_a_record_that_is_not_whole() {
    let bundle = r#"{"resourceType":"Bundle","type":"document","entry":[{"fullUrl":"urn:uuid:a","resource":{"resourceType":
        "Composition","id":"c","title":"Tóm \"tắt\" \u00e0","n":1.50}},{"resource":{"resourceType":"Patient","id":"p","name":[{"text":"Thử"}]}}],
        "signature":{"data":"YQ=="}}"#;
    let lines = "{\"resourceType\":\"Basic\",\"id\":\"1\"}\n{\"resourceType\":\"Basic\",\"id\":\"2\"}\n";
    for (format, whole) in [(Format::FhirJson, bundle), (Format::FhirNdjson, lines)] {
        let (all, _) = read_with(format, whole.as_bytes(), Limits::default(), 11);
        for cut in 0..whole.len() {
            let bytes = &whole.as_bytes()[..cut];
            let (found, rejected) = read_with(format, bytes, Limits::default(), 11);
            assert!(found.len() <= all.len());
            for (record, full) in found.iter().zip(&all) {
                assert_eq!(record, full, "cut at {cut}");
            }
            if format == Format::FhirJson && cut > 0 {
                assert_eq!(rejected.len(), 1, "cut at {cut}");
                assert_ne!(rejected[0].refusal, Refusal::Forbidden);
            }
        }
    }
}
