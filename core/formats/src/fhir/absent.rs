//! Records that say that there is nothing: "no known allergies", "no medication", "no vaccine given". Shown as an
//! allergy, each of them is the opposite of what was meant.

use healthbook_model::Coding;

use super::element;
use super::json::Object;
use super::references;

/// All codes of this system of the International Patient Summary say "none known" or "no information".
const IPS_ABSENT: &str = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips";
const SNOMED: &str = "http://snomed.info/sct";

/// SNOMED CT situations that say "none known": the value set AbsentOrUnknownSNOMED of the International Patient Summary
/// (HL7 fhir-ips, 2024-06-19), and two that stand for the same in other records (latex allergy; no known medications).
const SNOMED_ABSENT: [&str; 11] = [
    "716186003",  // No known allergy
    "409137002",  // No known drug allergy
    "428607008",  // No known environmental allergy
    "429625007",  // No known food allergy
    "787483001",  // No known device use
    "787482006",  // No known immunizations
    "787481004",  // No known medications
    "160245001",  // No current problems or disability
    "787480003",  // No known procedures
    "1003774007", // No known allergy to latex
    "1234391007", // No known medications
];

/// CVX 998, "no vaccine administered".
pub(super) fn is_no_vaccine(resource_type: &str, resource: &Object<'_>) -> bool {
    resource_type == "Immunization"
        && resource
            .objects("vaccineCode")
            .flat_map(element::codings)
            .any(|coding| coding.is("http://hl7.org/fhir/sid/cvx", "998"))
}

/// Whether the thing that the record names is the absence of any such thing.
pub(super) fn says_no(resource_type: &str, resource: &Object<'_>) -> bool {
    let fields: &[&str] = match resource_type {
        "AllergyIntolerance" | "Condition" | "Procedure" | "Medication" => &["code"],
        "MedicationStatement" | "MedicationRequest" | "MedicationDispense" | "MedicationAdministration" => {
            &["medicationCodeableConcept"]
        }
        "Immunization" => &["vaccineCode"],
        "Device" => &["type"],
        "DeviceUseStatement" => return device_used(resource),
        _ => return false,
    };
    let own = fields.iter().flat_map(|field| resource.objects(field));
    let held = references::medicines(resource).flat_map(|medicine| medicine.objects("code"));
    own.chain(held).any(|concept| {
        let texts =
            concept.objects("coding").filter_map(|coding| coding.text("display")).chain(concept.text("text"));
        let mut said = texts.map(|text| words_say_no(resource_type, text));
        element::codings(concept).any(|coding| code_says_no(&coding)) || said.any(|no| no)
    })
}

fn device_used(statement: &Object<'_>) -> bool {
    statement
        .object("device")
        .and_then(|reference| references::contained(statement, reference))
        .is_some_and(|device| says_no("Device", device))
}

fn code_says_no(coding: &Coding) -> bool {
    coding.system == IPS_ABSENT || (coding.system == SNOMED && SNOMED_ABSENT.contains(&coding.code.as_str()))
}

/// Whole sentences, so that "no known allergies except penicillin" stays an allergy.
const VIETNAMESE: [&str; 22] = [
    "không dị ứng",
    "không có dị ứng",
    "không có tiền sử dị ứng",
    "không có dị ứng nào",
    "không rõ dị ứng",
    "không dị ứng thuốc",
    "không có dị ứng thuốc",
    "không dị ứng thức ăn",
    "không dị ứng thuốc và thức ăn",
    "chưa ghi nhận dị ứng",
    "chưa ghi nhận tiền sử dị ứng",
    "chưa phát hiện dị ứng",
    "chưa phát hiện tiền sử dị ứng",
    "chưa từng dị ứng",
    "không ghi nhận dị ứng",
    "tiền sử dị ứng: không",
    "dị ứng: không",
    "không có bệnh",
    "không có bệnh nền",
    "không có tiền sử bệnh",
    "không có tiền sử bệnh lý",
    "không dùng thuốc",
];

fn words_say_no(resource_type: &str, text: &str) -> bool {
    let text = element::clean(text).to_lowercase();
    let text = text.trim_end_matches(['.', '!', ' ']);
    if VIETNAMESE.contains(&text) || matches!(text, "nka" | "nkda" | "nkfa" | "nkma") {
        return true;
    }
    let text = text.strip_suffix(" (situation)").unwrap_or(text);
    let words: Vec<&str> = text.split(' ').collect();
    let things: &[&str] = match resource_type {
        "AllergyIntolerance" => &["allergy", "allergies", "allergens", "intolerances"],
        "Condition" => &["problems", "problem", "conditions", "diseases"],
        "Procedure" => &["procedures"],
        "Immunization" => &["immunizations", "immunisations", "vaccinations"],
        "Device" => &["devices", "device"],
        _ => &["medications", "medication", "medicines", "drugs"],
    };
    match words.as_slice() {
        // "no known allergies", "no known drug allergies", "no known food or drug allergies".
        ["no", "known" | "current" | "active", between @ .., last] => {
            things.contains(last)
                && between.len() <= 3
                && !between.iter().any(|w| w.contains([',', ';', ':']))
        }
        ["no", last] => things.contains(last),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;

    fn no(text: &str) -> bool {
        let value = json::parse(text.as_bytes(), 50, 500).unwrap();
        let object = value.as_object().unwrap();
        says_no(object.text("resourceType").unwrap(), object)
    }

    fn allergy(text: &str) -> bool {
        no(&format!(r#"{{"resourceType":"AllergyIntolerance","code":{{"text":"{text}"}}}}"#))
    }

    #[test]
    fn no_known_allergies_in_code_and_in_words() {
        for code in ["716186003", "409137002", "428607008", "429625007", "1003774007"] {
            assert!(no(&format!(
                r#"{{"resourceType":"AllergyIntolerance","code":{{"coding":[{{"system":"{SNOMED}","code":"{code}"}}]}}}}"#
            )));
        }
        for text in [
            "No Known Allergies",
            "no known drug allergies.",
            "No known allergy (situation)",
            "NKDA",
            "Không dị ứng",
            "Chưa ghi nhận dị ứng.",
            "No allergies",
        ] {
            assert!(allergy(text), "{text}");
        }
    }

    #[test]
    fn an_allergy_stays_an_allergy() {
        for text in [
            "Penicillin",
            "No known allergies except penicillin",
            "No known allergies, but reacts to aspirin",
            "Không dị ứng thuốc, dị ứng tôm",
            "Dị ứng không rõ nguyên nhân",
            "Latex allergy",
            "Nka seed",
        ] {
            assert!(!allergy(text), "{text}");
        }
        assert!(!no(r#"{"resourceType":"Observation","code":{"text":"No known allergies"}}"#));
    }

    #[test]
    fn no_medicines_no_problems_no_devices() {
        for text in [
            r#"{"resourceType":"Condition","code":{"coding":[{"system":"http://snomed.info/sct","code":"160245001"}]}}"#,
            r#"{"resourceType":"Condition","code":{"coding":[{"system":"http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips","code":"no-problem-info"}]}}"#,
            r#"{"resourceType":"MedicationStatement","medicationCodeableConcept":{"coding":[{"system":"http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips","code":"no-known-medications"}]}}"#,
            r##"{"resourceType":"DeviceUseStatement","device":{"reference":"#d"},"contained":[{"resourceType":"Device","id":"d","type":{"text":"No known devices"}}]}"##,
        ] {
            assert!(no(text), "{text}");
        }
    }
}
