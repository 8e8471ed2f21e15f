//! FHIR written by hand for the stories; all people and facilities in it are invented.

/// A Patient.
pub fn patient(id: &str, name: &str, born: &str, sex: &str) -> String {
    format!(
        r#"{{"resourceType":"Patient","id":"{id}","name":[{{"text":"{name}"}}],"birthDate":"{born}","gender":"{sex}"}}"#
    )
}

/// Nguyễn Thị Mẫu, as a hospital writes her.
pub fn mau(id: &str) -> String {
    patient(id, "NGUYEN THI MAU", "1958-03-12", "female")
}

/// A final Observation with a number, of a day in 2026 (`MM-DD`).
pub fn observation(id: &str, patient: &str, title: &str, value: &str, day: &str) -> String {
    format!(
        r#"{{"resourceType":"Observation","id":"{id}","status":"final","subject":{{"reference":"Patient/{patient}"}},"code":{{"coding":[{{"system":"http://loinc.org","code":"15074-8"}}],"text":"{title}"}},"effectiveDateTime":"2026-{day}","valueQuantity":{{"value":{value},"unit":"mmol/L"}}}}"#
    )
}

/// The same resource with `meta`, which is written right after its type.
pub fn with_meta(resource: &str, meta: &str) -> String {
    let (head, tail) = resource.split_once(',').unwrap();
    format!(r#"{head},"meta":{meta},{tail}"#)
}

/// A collection whose entries have absolute addresses below `base`.
pub fn served(base: &str, resources: &[String]) -> String {
    let entries: Vec<String> = resources
        .iter()
        .map(|resource| {
            let value: serde_json::Value = serde_json::from_str(resource).unwrap();
            let (kind, id) = (value["resourceType"].as_str().unwrap(), value["id"].as_str().unwrap());
            // As servers write what no address can hold.
            let id: String = id
                .bytes()
                .map(|b| match b {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b':' => {
                        char::from(b).to_string()
                    }
                    other => format!("%{other:02X}"),
                })
                .collect();
            format!(r#"{{"fullUrl":"{base}/{kind}/{id}","resource":{resource}}}"#)
        })
        .collect();
    format!(r#"{{"resourceType":"Bundle","type":"collection","entry":[{}]}}"#, entries.join(",\n"))
}

/// A Bundle of a type whose entries have the addresses that are given (`""` for none).
pub fn bundle(kind: &str, entries: &[(&str, String)]) -> String {
    let entries: Vec<String> = entries
        .iter()
        .map(|(url, resource)| {
            if url.is_empty() {
                format!(r#"{{"resource":{resource}}}"#)
            } else {
                format!(r#"{{"fullUrl":"{url}","resource":{resource}}}"#)
            }
        })
        .collect();
    format!(r#"{{"resourceType":"Bundle","type":"{kind}","entry":[{}]}}"#, entries.join(",\n"))
}

/// One resource a line.
pub fn ndjson(resources: &[String]) -> String {
    resources.iter().map(|r| format!("{r}\n")).collect()
}

/// `meta` with the label "restricted" (HL7 v3 Confidentiality).
pub const RESTRICTED: &str =
    r#"{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]}"#;

/// A visit on 2026-02-01 at a place.
pub fn encounter(id: &str, place: &str) -> String {
    format!(
        r#"{{"resourceType":"Encounter","id":"{id}","status":"finished","class":{{"code":"AMB"}},"subject":{{"reference":"Patient/1"}},"period":{{"start":"2026-02-01"}},"serviceProvider":{{"reference":"Organization/o","display":"{place}"}}}}"#
    )
}

/// A diagnosis with an ICD-10 code, made at a visit.
pub fn condition(id: &str, code: &str, title: &str, visit: &str) -> String {
    format!(
        r#"{{"resourceType":"Condition","id":"{id}","code":{{"coding":[{{"system":"http://hl7.org/fhir/sid/icd-10","code":"{code}"}}],"text":"{title}"}},"subject":{{"reference":"Patient/1"}},"encounter":{{"reference":"Encounter/{visit}"}},"onsetDateTime":"2026-02-01"}}"#
    )
}

/// A medicine ordered at a visit.
pub fn medicine(id: &str, name: &str, visit: &str) -> String {
    format!(
        r#"{{"resourceType":"MedicationRequest","id":"{id}","status":"active","intent":"order","medicationCodeableConcept":{{"text":"{name}"}},"subject":{{"reference":"Patient/1"}},"encounter":{{"reference":"Encounter/{visit}"}},"authoredOn":"2026-02-01"}}"#
    )
}

/// A report made at a visit, over one result.
pub fn report(id: &str, title: &str, visit: &str, result: &str) -> String {
    format!(
        r#"{{"resourceType":"DiagnosticReport","id":"{id}","status":"final","code":{{"text":"{title}"}},"subject":{{"reference":"Patient/1"}},"encounter":{{"reference":"Encounter/{visit}"}},"effectiveDateTime":"2026-02-01","result":[{{"reference":"Observation/{result}"}}]}}"#
    )
}
