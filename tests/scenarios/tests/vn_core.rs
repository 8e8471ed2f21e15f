//! What the book writes follows VN Core as far as its profiles are at hand; where it does not, a document says so and why.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use healthbook::own::entry_kinds;
use healthbook::{Book, ExportForm};
use healthbook_scenarios::vn_core::Profile;
use healthbook_scenarios::{ALL, ORDINARY, Shelf, claim, files_under, fixtures, from_anyone, import_with};
use serde_json::Value;

/// The identifier systems of VN Core 0.6.
const SYSTEMS: [&str; 5] = ["cccd", "bhyt", "cchn", "ma-cskcb", "ma-lk"];
const SID: &str = "http://fhir.hl7.org.vn/core/sid/";

/// The same numbers in the edition of 2021, by whose profiles they are checked.
const OLDER: [(&str, &str); 2] = [
    ("cccd", "http://fhir.ehealth.gov.vn/core/sid/national_id"),
    ("bhyt", "http://fhir.ehealth.gov.vn/core/sid/insurance_number"),
];

fn profiles() -> BTreeMap<String, Profile> {
    let files = files_under(&fixtures("vn/vn-core-ig-2021"));
    let definitions = files.iter().filter(|(path, _)| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("StructureDefinition."))
    });
    definitions.map(|(path, _)| Profile::read(path)).map(|profile| (profile.name.clone(), profile)).collect()
}

/// The profile that is for a resource; `None` for a type that the edition has none for.
fn profile_of(resource: &Value) -> Option<&'static str> {
    let is = |code: &str| {
        let all = resource["category"].as_array().cloned().unwrap_or_default();
        all.iter().any(|category| category["coding"][0]["code"] == code)
    };
    Some(match resource["resourceType"].as_str()? {
        "Patient" => "vn-core-patient",
        "Encounter" => "vn-core-encounter",
        "Condition" if is("encounter-diagnosis") => "vn-core-condition-encounter-diagnosis",
        "Condition" => "vn-core-condition-problemlist",
        "MedicationRequest" => "vn-core-medication-request",
        "MedicationStatement" => "vn-core-medication-statement",
        "Observation" if is("laboratory") => "vn-core-observation-lab-code",
        "Observation" => "vn-core-obervation-result-base",
        "AllergyIntolerance" => "vn-core-allergy-intolerance",
        "Immunization" => "vn-core-immunization",
        "Procedure" => "vn-core-procedure",
        "DiagnosticReport" => "vn-core-diagnostic-report",
        "ServiceRequest" => "vn-core-service-request",
        "FamilyMemberHistory" => "vn-core-familymember-history",
        _ => return None,
    })
}

fn exported(book: &Book) -> Vec<Value> {
    let mut out = Vec::new();
    book.export_fhir(ALL, ExportForm::Ndjson, &mut out, &mut ()).unwrap();
    String::from_utf8(out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Every kind of own entry, with its required fields alone and with those that go together.
fn own_entries(book: &Book) {
    for kind in entry_kinds() {
        for all in [false, true] {
            let fields: Vec<(String, String)> = kind
                .fields
                .iter()
                .filter(|field| field.required || all)
                .filter(|field| !matches!(field.name, "unit" | "resolved" | "moment"))
                .filter(|field| (kind.word, field.name) != ("vaccine", "reason"))
                .map(|field| {
                    let value = match (kind.word, field.name) {
                        ("height", "value") => "152.5",
                        ("waist", "value") => "80",
                        ("head", "value") => "35",
                        ("temperature", "value") => "36.8",
                        ("spo2", "value") => "97",
                        ("hba1c", "value") => "6.1",
                        ("steps", "value") => "4200",
                        ("pain", "value") => "3",
                        _ => field.example,
                    };
                    (field.name.to_owned(), value.to_owned())
                })
                .collect();
            book.add(kind.word, &fields, ORDINARY).unwrap_or_else(|e| panic!("{}: {e:?}", kind.word));
        }
    }
    let person = [("cccd", "001158999999"), ("bhyt", "GD4019900000001"), ("address", "Nơi thử")];
    let person = person.map(|(field, value)| (field.to_owned(), value.to_owned()));
    book.set_person(ORDINARY, &person).unwrap();
}

fn from_claims(book: &Book) {
    let mut visit = claim::visit("LK0001", ("I10", "Tăng huyết áp"), "Amlodipin", ("Glucose", "7.20"));
    // A result in words is a report.
    visit[2].1 = visit[2].1.replace("<GIA_TRI>7.20</GIA_TRI>", "<MO_TA>Gan không to</MO_TA>");
    let measured = claim::visit("LK0002", ("I10", "Tăng huyết áp"), "Amlodipin", ("Glucose", "7.20"));
    import_with(book, claim::file("20260120", &[visit, measured]), &from_anyone("Bệnh viện"));
}

/// What differs, as `profile element`.
fn differences(resources: &[Value], profiles: &BTreeMap<String, Profile>) -> BTreeSet<String> {
    let address = &profiles["vn-core-address"];
    let mut found = BTreeSet::new();
    for resource in resources {
        let mut resource = resource.clone();
        if let Some(all) = resource["identifier"].as_array_mut() {
            for identifier in all {
                let older = OLDER.iter().find(|(ours, _)| identifier["system"] == format!("{SID}{ours}"));
                if let Some((_, older)) = older {
                    identifier["system"] = Value::from(*older);
                }
            }
        }
        for written in resource["address"].as_array().into_iter().flatten() {
            found.extend(
                address
                    .held_against(written)
                    .into_iter()
                    .map(|(element, _)| format!("vn-core-address {element}")),
            );
        }
        if let Some(name) = profile_of(&resource) {
            let held = profiles[name].held_against(&resource);
            found.extend(held.into_iter().map(|(element, _)| format!("{name} {element}")));
        }
    }
    found
}

/// The rows of the document's table: `profile element`.
fn told() -> BTreeSet<String> {
    let doc = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core/docs/vn-core.md");
    let doc = std::fs::read_to_string(doc).unwrap();
    let rows = doc.lines().filter_map(|line| {
        let mut cells = line.split('|').map(|cell| cell.trim().trim_matches('`'));
        cells.next()?;
        let (profile, element) = (cells.next()?, cells.next()?);
        profile.starts_with("vn-core-").then(|| format!("{profile} {element}"))
    });
    rows.collect()
}

#[test]
fn whatever_does_not_follow_a_profile_is_told_of_and_nothing_else_is() {
    let profiles = profiles();
    assert_eq!(profiles.len(), 25, "{:?}", profiles.keys());
    let (_shelf, own) = Shelf::new();
    own_entries(&own);
    let (_shelf, theirs) = Shelf::new();
    from_claims(&theirs);
    let resources = [exported(&own), exported(&theirs)].concat();
    assert!(resources.len() > 50, "{}", resources.len());
    let found = differences(&resources, &profiles);
    let told = told();
    assert_eq!(
        found.difference(&told).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "not told of in core/docs/vn-core.md"
    );
    for row in &told {
        let (profile, element) = row.split_once(' ').unwrap();
        assert!(
            profiles[profile].elements.iter().any(|known| known.id() == element),
            "{row} is in no profile"
        );
    }
}

#[test]
fn a_profile_is_broken_by_what_breaks_it() {
    let profiles = profiles();
    let patient = &profiles["vn-core-patient"];
    let sound: Value = serde_json::from_str(
        r#"{"resourceType":"Patient","identifier":[{"use":"official","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"SB","display":"Social Beneficiary Identifier"}]},"system":"http://fhir.ehealth.gov.vn/core/sid/insurance_number","value":"GD4019900000001"}],"name":[{"text":"Nguyễn Thị Mẫu"}]}"#,
    )
    .unwrap();
    assert_eq!(patient.held_against(&sound), []);
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut resource = sound.clone();
        change(&mut resource);
        patient.held_against(&resource).into_iter().map(|(element, _)| element).collect::<Vec<_>>()
    };
    assert_eq!(broken(&|r| r["identifier"][0]["use"] = "usual".into()), ["identifier:TheBHYT.use"]);
    assert_eq!(broken(&|r| r["identifier"][0]["type"]["text"] = "x".into()), ["identifier:TheBHYT.type"]);
    assert_eq!(broken(&|r| r["name"][0] = serde_json::json!({"family": "Nguyễn"})), ["name.text"]);
    let twice =
        broken(&|r| r["identifier"] = serde_json::json!([sound["identifier"][0], sound["identifier"][0]]));
    assert_eq!(twice, ["identifier:TheBHYT"]);
    let diagnosis = &profiles["vn-core-condition-encounter-diagnosis"];
    let none: Value = serde_json::json!({"resourceType": "Condition"});
    let held: Vec<String> = diagnosis.held_against(&none).into_iter().map(|(element, _)| element).collect();
    assert_eq!(held, ["category", "encounter"]);
}

/// Numbers of people, facilities and visits have the systems of 0.6, and a form that fits.
#[test]
fn identifiers_have_the_systems_of_the_present_edition_and_no_profile_is_claimed() {
    let (_shelf, own) = Shelf::new();
    own_entries(&own);
    let (_shelf, theirs) = Shelf::new();
    from_claims(&theirs);
    let mut seen = BTreeSet::new();
    for resource in [exported(&own), exported(&theirs)].concat() {
        assert!(resource["meta"]["profile"].is_null(), "{resource}");
        assert!(!resource.to_string().contains("fhir.ehealth.gov.vn"), "{resource}");
        every_identifier(&resource, &mut |system, value| {
            let Some(kind) = system.strip_prefix(SID) else { return };
            assert!(SYSTEMS.contains(&kind), "{system}");
            let fits = match kind {
                "cccd" => matches!(value.len(), 9 | 12) && value.bytes().all(|b| b.is_ascii_digit()),
                "bhyt" => matches!(value.len(), 10 | 15),
                "ma-cskcb" => value.len() == 5,
                _ => !value.is_empty(),
            };
            assert!(fits, "{kind}");
            seen.insert(kind.to_owned());
        });
    }
    for kind in ["cccd", "bhyt", "ma-cskcb", "ma-lk"] {
        assert!(seen.contains(kind), "{kind} is written nowhere");
    }
}

fn every_identifier(value: &Value, look: &mut impl FnMut(&str, &str)) {
    match value {
        Value::Array(all) => all.iter().for_each(|one| every_identifier(one, look)),
        Value::Object(object) => {
            if let (Some(system), Some(value)) =
                (object.get("system").and_then(Value::as_str), object.get("value").and_then(Value::as_str))
            {
                look(system, value);
            }
            object.values().for_each(|one| every_identifier(one, look));
        }
        _ => {}
    }
}
