//! Real files that nobody in this project wrote: each comes back byte for byte, none that is valid is rejected,
//! and what the index says of them agrees with an independent reading.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what stands between the tests is test code as well")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use healthbook_formats::{Format, Item, Limits, detect, entry, records};
use healthbook_model::{Content, Incoming, Refusal, Rejected, Sensitivity, Standing, Subject};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures")
}

fn files(folder: &str, extension: &str) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(fixtures().join(folder))
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .filter(|(name, _)| name != "INDEX.json")
        .collect();
    files.sort();
    files
}

fn read(bytes: &[u8]) -> (Vec<Incoming>, Vec<Rejected>) {
    let (mut found, mut rejected) = (Vec::new(), Vec::new());
    for item in records(detect(bytes), Box::new(bytes), Limits::default()) {
        match item.unwrap() {
            Item::Record(record) => found.push(*record),
            Item::Rejected(one) => rejected.push(one),
        }
    }
    (found, rejected)
}

/// The record's bytes are the very bytes of the document at the place that it names.
fn assert_exact(file: &str, document: &[u8], record: &Incoming) {
    let Content::Slice { bytes, span, .. } = &record.content else { panic!("{file}: not a slice") };
    let from = usize::try_from(span.offset).unwrap();
    let to = from + usize::try_from(span.length).unwrap();
    assert_eq!(&document[from..to], bytes.as_slice(), "{file} at {from}");
    assert!(bytes.starts_with(b"{") && bytes.ends_with(b"}"), "{file}");
    assert_eq!(entry(bytes).as_ref(), Ok(&record.entry), "{file}: indexed anew it is the same");
}

#[test]
fn all_611_official_examples_come_back_and_none_is_rejected() {
    let files = files("fhir-r4/examples", "json");
    assert_eq!(files.len(), 611);
    let (mut whole, mut envelopes) = (0, 0);
    for (name, bytes) in &files {
        assert_eq!(detect(bytes), Format::FhirJson, "{name}");
        let (found, rejected) = read(bytes);
        assert_eq!(rejected, [], "{name}");
        found.iter().for_each(|record| assert_exact(name, bytes, record));
        let text = std::str::from_utf8(bytes).unwrap().trim();
        if found.iter().any(|record| record.content.bytes() == text.as_bytes()) {
            whole += 1;
        } else {
            // Only an envelope: its parts are the records, the file itself is the document.
            assert!(name.starts_with("Bundle-"), "{name}");
            envelopes += 1;
        }
        let resource_type = name.split('-').next().unwrap();
        assert!(
            resource_type == "Bundle" || found.iter().any(|r| r.entry.resource_type == resource_type),
            "{name}"
        );
    }
    assert_eq!((whole, envelopes), (582, 29));
}

#[test]
fn patient_summaries_come_back_as_documents_and_as_their_parts() {
    for (name, bytes) in files("ips", "json") {
        let (found, rejected) = read(&bytes);
        assert_eq!(rejected, [], "{name}");
        found.iter().for_each(|record| assert_exact(&name, &bytes, record));
        let text = std::str::from_utf8(&bytes).unwrap().trim();
        let last = found.last().unwrap();
        assert_eq!(last.content.bytes(), text.as_bytes(), "{name}");
        if name.starts_with("Bundle-") {
            assert!(found.len() > 5, "{name}");
            assert!(matches!(last.entry.subject, Subject::Person { .. }), "{name}");
            assert!(last.entry.start.is_some() && last.entry.title != "Bundle", "{name}");
        }
    }
}

#[test]
fn odd_files_are_read_or_rejected_for_what_is_wrong_with_them() {
    let index = fs::read_to_string(fixtures().join("fhir-r4/odd/INDEX.tsv")).unwrap();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for line in index.lines().skip(1) {
        let mut columns = line.split('\t');
        let (name, class) = (columns.next().unwrap(), columns.next().unwrap());
        let bytes = fs::read(fixtures().join("fhir-r4/odd").join(name)).unwrap();
        let (found, rejected) = read(&bytes);
        found.iter().for_each(|record| assert_exact(name, &bytes, record));
        let refusals: Vec<Refusal> = rejected.iter().map(|one| one.refusal).collect();
        match class {
            "json" => assert_eq!((refusals.as_slice(), found.is_empty()), (&[][..], false), "{name}"),
            "ndjson" => {
                assert_eq!(detect(&bytes), Format::FhirNdjson);
                assert_eq!(
                    (found.len(), rejected.len()),
                    (bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty()).count(), 0)
                );
            }
            // Not in FHIR's namespace: some XML, kept as a document.
            "xml" if name == "list-wrong-ns.xml" => {
                assert_eq!(detect(&bytes), Format::Text, "{name}");
                assert!(found.is_empty() && rejected.is_empty(), "{name}");
            }
            "xml" => {
                assert_eq!(detect(&bytes), Format::FhirXml, "{name}");
                assert_eq!((found.len(), refusals.as_slice()), (0, &[Refusal::Unsupported][..]), "{name}");
                assert_eq!(rejected[0].span.length, u64::try_from(bytes.len()).unwrap());
            }
            "bad-json" => {
                // A wrong entry is rejected alone; when its brackets do not match, so is what follows it.
                assert!(found.is_empty() && refusals.iter().all(|r| *r == Refusal::Malformed), "{name}");
                assert!(rejected[0].at.contains("line "), "{name}: {}", rejected[0].at);
            }
            "duplicate-keys" => {
                assert_eq!((found.len(), refusals.as_slice()), (0, &[Refusal::Forbidden][..]), "{name}");
            }
            other => panic!("{name}: {other}"),
        }
        *seen.entry(class).or_default() += 1;
    }
    assert_eq!(
        seen,
        BTreeMap::from([("bad-json", 5), ("duplicate-keys", 1), ("json", 61), ("ndjson", 1), ("xml", 54)])
    );
}

#[test]
fn whole_lives_come_apart_into_all_their_records() {
    let files = files("synthea", "json");
    assert_eq!(files.len(), 2);
    let mut numbers = Vec::new();
    for (name, bytes) in &files {
        let (found, rejected) = read(bytes);
        assert_eq!(rejected, [], "{name}");
        found.iter().for_each(|record| assert_exact(name, bytes, record));
        numbers.push(found.len());
        let patient = found.iter().find(|r| r.entry.resource_type == "Patient").unwrap();
        let Subject::Itself(clues) = &patient.entry.subject else { panic!("{name}") };
        assert!(clues.birth_date.is_some() && !clues.names.is_empty() && clues.sex.is_some());
        // Everything about a person is about this one: by its id or by the name its references use.
        for record in &found {
            if let Subject::Person { id, .. } = &record.entry.subject {
                assert!(
                    *id == patient.origin.id || patient.origin.aliases.contains(id),
                    "{name}: {}",
                    record.entry.resource_type
                );
            }
            if record.entry.resource_type == "Observation" {
                assert!(record.entry.start.is_some() && record.entry.value.is_some(), "{name}");
            }
        }
        assert!(found.iter().map(|r| r.entry.points.len()).sum::<usize>() > 50, "{name}");
    }
    numbers.sort_unstable();
    assert_eq!(numbers, [294, 379]);
}

#[test]
fn every_number_of_a_chart_stands_in_the_source_digit_for_digit() {
    let mut points = 0;
    for (name, bytes) in files("synthea", "json").into_iter().chain(files("fhir-r4/examples", "json")) {
        for record in read(&bytes).0 {
            let text = std::str::from_utf8(record.content.bytes()).unwrap();
            for point in &record.entry.points {
                // A comparator stands in front of the digits, and in a field of its own in the source.
                let digits = point.text.rsplit(' ').next().unwrap();
                let there = [": ", ":", " : "].iter().any(|gap| {
                    text.match_indices(&format!("\"value\"{gap}{digits}")).any(|(at, found)| {
                        text[at + found.len()..].starts_with([',', '}', ' ', '\n', '\r', '\t'])
                    })
                }) || text.contains("valueInteger");
                assert!(there, "{name}: {}", point.text);
                assert!(matches!(record.entry.standing, Standing::Current | Standing::Past));
                points += 1;
            }
        }
    }
    assert!(points > 700, "{points}");
}

/// What an independent FHIRPath engine found for a search parameter, against the index entry.
#[test]
fn dates_codes_identifiers_and_people_agree_with_an_independent_reading() {
    let mut text = String::new();
    let packed = fs::File::open(fixtures().join("fhir-r4/search-expected.ndjson.gz")).unwrap();
    healthbook_formats::archive::gzip(
        packed,
        &Limits::default(),
        &healthbook_formats::archive::Budget::new(&Limits::default()),
    )
    .read_to_string(&mut text)
    .unwrap();
    let mut compared: BTreeMap<&str, usize> = BTreeMap::new();
    for line in text.lines() {
        let expected: serde_json::Value = serde_json::from_str(line).unwrap();
        let file = expected["file"].as_str().unwrap();
        let resource_type = expected["type"].as_str().unwrap();
        if resource_type == "Bundle" {
            continue;
        }
        let bytes = fs::read(fixtures().join("fhir-r4/examples").join(file)).unwrap();
        let ours = entry(std::str::from_utf8(&bytes).unwrap().trim().as_bytes()).unwrap();
        let values = |param: &str| expected["values"][param].as_array().cloned().unwrap_or_default();
        let mut count = |what| *compared.entry(what).or_default() += 1;

        for param in ["code", "vaccine-code", "combo-code", "component-code"] {
            let counts = !matches!(
                resource_type,
                "SearchParameter"
                    | "OperationDefinition"
                    | "CompartmentDefinition"
                    | "CodeSystem"
                    | "ValueSet"
                    | "PlanDefinition"
            );
            for coding in values(param).iter().flat_map(codings).filter(|_| counts) {
                assert!(
                    ours.codes.iter().any(|c| c.system == coding.0 && c.code == coding.1),
                    "{file}: {param} {coding:?}"
                );
                count("code");
            }
        }
        for identifier in values("identifier") {
            let Some(value) = identifier["value"].as_str() else { continue };
            // Parts of it, such as its items, have identifiers of their own.
            let system = identifier["system"].as_str().unwrap_or_default();
            assert!(
                ours.identifiers.iter().any(|i| i.value == value && i.system == system),
                "{file}: {value}"
            );
            count("identifier");
        }
        let date = match resource_type {
            "Observation"
            | "DiagnosticReport"
            | "Procedure"
            | "Encounter"
            | "CarePlan"
            | "Immunization"
            | "Composition"
            | "FamilyMemberHistory" => "date",
            "Condition" => "onset-date",
            "MedicationStatement" => "effective",
            "ImagingStudy" => "started",
            "Appointment" => "date",
            _ => "",
        };
        if let Some(first) = values(date).first() {
            let first = first
                .as_str()
                .map_or_else(|| first["start"].as_str().map(str::to_owned), |d| Some(d.to_owned()));
            if let Some(first) = first {
                let at = first.parse().ok();
                assert_eq!(ours.start, at, "{file}: {date} {first}");
                count("date");
            }
        }
        if resource_type == "Patient" {
            let Subject::Itself(clues) = &ours.subject else { panic!("{file}") };
            if let Some(birth) = values("birthdate").first().and_then(|v| v.as_str()) {
                assert_eq!(clues.birth_date, birth.parse().ok(), "{file}");
                count("birthdate");
            }
            if let Some(sex) = values("gender").first().and_then(|v| v.as_str()) {
                assert_eq!(clues.sex.as_deref(), Some(sex), "{file}");
                count("gender");
            }
        }
        for param in ["patient", "subject", "beneficiary"] {
            for reference in values(param) {
                let Some(id) = reference["reference"].as_str().and_then(|r| r.strip_prefix("Patient/"))
                else {
                    continue;
                };
                if !matches!(
                    resource_type,
                    "Provenance"
                        | "AuditEvent"
                        | "Person"
                        | "Composition"
                        | "Schedule"
                        | "Linkage"
                        | "Account"
                        | "ResearchSubject"
                ) {
                    assert!(
                        matches!(&ours.subject, Subject::Person { id: ours, .. } if ours == id),
                        "{file}: {param}"
                    );
                    count("subject");
                }
            }
        }
    }
    // All that was compared agrees; the figures say how much that was.
    let figures = [
        ("birthdate", 11),
        ("code", 326),
        ("date", 75),
        ("gender", 13),
        ("identifier", 281),
        ("subject", 304),
    ];
    assert_eq!(compared, BTreeMap::from(figures));
}

fn codings(value: &serde_json::Value) -> Vec<(String, String)> {
    let own = |coding: &serde_json::Value| {
        Some((coding["system"].as_str().unwrap_or_default().to_owned(), coding["code"].as_str()?.to_owned()))
    };
    match value["coding"].as_array() {
        Some(codings) => codings.iter().filter_map(own).collect(),
        None => own(value).into_iter().collect(),
    }
}

#[test]
fn ordinary_examples_are_not_restricted_and_labelled_ones_are() {
    let blood_pressure =
        fs::read(fixtures().join("fhir-r4/examples/Observation-blood-pressure.json")).unwrap();
    assert_eq!(entry(&blood_pressure).unwrap().sensitivity, Sensitivity::Ordinary);
    let labelled = br#"{"resourceType":"Condition","meta":{"security":[{"system":
        "http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},"code":{"text":"x"}}"#;
    assert_eq!(entry(labelled).unwrap().sensitivity, Sensitivity::Restricted);
}
