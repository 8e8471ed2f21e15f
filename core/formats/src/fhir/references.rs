//! What a record hangs on, and who gave care.

use healthbook_model::{Reference, Rel};

use super::element;
use super::json::{Json, Object, each};

/// Fields that hold a pointer, and what it means. A field of parts is named with the pointer inside the part.
const POINTERS: [(&str, Option<&str>, Rel); 34] = [
    ("encounter", None, Rel::Encounter),
    ("context", None, Rel::Encounter),
    ("context", Some("encounter"), Rel::Encounter),
    ("item", Some("encounter"), Rel::Encounter),
    ("partOf", None, Rel::PartOf),
    ("episodeOfCare", None, Rel::PartOf),
    ("result", None, Rel::HasMember),
    ("hasMember", None, Rel::HasMember),
    ("imagingStudy", None, Rel::HasMember),
    ("media", Some("link"), Rel::HasMember),
    ("entry", Some("item"), Rel::HasMember),
    ("section", Some("entry"), Rel::HasMember),
    ("contents", None, Rel::HasMember),
    ("report", None, Rel::HasMember),
    ("derivedFrom", None, Rel::DerivedFrom),
    ("replaces", None, Rel::DerivedFrom),
    ("relatesTo", Some("target"), Rel::DerivedFrom),
    ("entity", Some("what"), Rel::DerivedFrom),
    ("basedOn", None, Rel::BasedOn),
    ("authorizingPrescription", None, Rel::BasedOn),
    ("request", None, Rel::BasedOn),
    ("prescription", None, Rel::BasedOn),
    ("originalPrescription", None, Rel::BasedOn),
    ("referral", None, Rel::BasedOn),
    ("claim", None, Rel::BasedOn),
    ("reasonReference", None, Rel::Reason),
    ("diagnosis", Some("condition"), Rel::Reason),
    ("diagnosis", Some("diagnosisReference"), Rel::Reason),
    ("condition", None, Rel::Reason),
    ("addresses", None, Rel::Reason),
    ("indication", None, Rel::Reason),
    ("problem", None, Rel::Reason),
    ("medicationReference", None, Rel::Medication),
    ("ingredient", Some("itemReference"), Rel::Medication),
];

/// What the record hangs on, each once. Pointers into the resource itself lead to no other record.
pub(super) fn of(resource_type: &str, resource: &Object<'_>) -> Vec<Reference> {
    /// A list of a whole life can point to thousands of records; its own bytes still say all of them.
    const MOST: usize = 512;
    let mut all: Vec<Reference> = Vec::new();
    if resource_type == "Bundle" {
        return all;
    }
    for (field, part, rel) in POINTERS {
        for value in each(resource.get(field)) {
            let Some(object) = value.as_object() else { continue };
            let pointers: &[Json<'_>] =
                part.map_or(std::slice::from_ref(value), |part| each(object.get(part)));
            for pointer in pointers.iter().filter_map(Json::as_object) {
                let Some((target, id)) = element::reference(pointer) else { continue };
                // An Encounter's context may be an episode; both are what the record belongs to.
                let found = Reference { rel, resource_type: target.map(str::to_owned), id: id.to_owned() };
                if all.len() < MOST && !all.contains(&found) {
                    all.push(found);
                }
            }
        }
    }
    all
}

/// The contained resource of a pointer into the resource (`#x`).
pub(super) fn contained<'j, 'a>(resource: &'j Object<'a>, reference: &Object<'_>) -> Option<&'j Object<'a>> {
    let id = reference.text("reference")?.strip_prefix('#')?;
    resource.objects("contained").find(|inner| inner.text("id") == Some(id))
}

/// The medicines that a record holds inside and points to.
pub(super) fn medicines<'j, 'a>(resource: &'j Object<'a>) -> impl Iterator<Item = &'j Object<'a>> {
    resource.objects("medicationReference").filter_map(|reference| contained(resource, reference))
}

/// Fields that name who gave care, the most telling first, and the fields in their parts.
const CARERS: [&str; 24] = [
    "serviceProvider",
    "performer",
    "custodian",
    "organization",
    "managingOrganization",
    "provider",
    "facility",
    "careTeam",
    "location",
    "participant",
    "author",
    "authority",
    "actor",
    "source",
    "recorder",
    "asserter",
    "requester",
    "sender",
    "informationSource",
    "dispenser",
    "issuer",
    "insurer",
    "owner",
    "partOf",
];

/// Who did it or where: an organisation or place before a person, as far as the resource says it in words.
pub(super) fn facility(resource: &Object<'_>) -> Option<String> {
    let mut person: Option<String> = None;
    for field in CARERS {
        for value in each(resource.get(field)) {
            let Some(object) = value.as_object() else { continue };
            let inside = [
                "actor",
                "individual",
                "location",
                "party",
                "organization",
                "onBehalfOf",
                "member",
                "provider",
            ];
            let parts = inside.iter().filter_map(|part| object.object(part));
            for reference in [object].into_iter().chain(parts) {
                let held = contained(resource, reference);
                let name = element::display(reference).or_else(|| held.and_then(element::name));
                let Some(name) = name else { continue };
                let target = element::reference(reference).and_then(|(target, _)| target);
                let target = target
                    .or_else(|| held.and_then(|held| held.text("resourceType")))
                    .or(reference.text("type"));
                match target {
                    Some("Organization" | "Location" | "HealthcareService") => return Some(name),
                    // The person of the book, and what is no carer at all.
                    Some(
                        "Patient" | "RelatedPerson" | "Encounter" | "Group" | "Device" | "Procedure"
                        | "Observation",
                    ) => {}
                    _ => person = person.or(Some(name)),
                }
            }
        }
    }
    person
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;

    fn with<T>(text: &str, read: impl Fn(&Object<'_>) -> T) -> T {
        read(json::parse(text.as_bytes(), 50, 500).unwrap().as_object().unwrap())
    }

    #[test]
    fn the_hospital_comes_before_the_doctor_and_the_patient_is_no_carer() {
        let facility = |text: &str| with(text, facility);
        assert_eq!(
            facility(
                r##"{"performer":[{"actor":{"reference":"Practitioner/1","display":"BS. Mai"}},{"actor":{"reference":"#h"}}],
                    "contained":[{"resourceType":"Organization","id":"h","name":"Trạm y tế Hoa Mai"}]}"##
            )
            .as_deref(),
            Some("Trạm y tế Hoa Mai")
        );
        assert_eq!(
            facility(r#"{"author":[{"reference":"Patient/1","display":"An"},{"display":"BS. Mai"}]}"#)
                .as_deref(),
            Some("BS. Mai")
        );
    }

    #[test]
    fn pointers_the_book_acts_on() {
        let found = with(
            r##"{"encounter":{"reference":"urn:uuid:e"},"diagnosis":[{"condition":{"reference":"Condition/c"}}],
                "result":[{"reference":"Observation/1"},{"reference":"Observation/1"},{"reference":"#in"}]}"##,
            |o| of("DiagnosticReport", o),
        );
        let shown: Vec<String> = found
            .iter()
            .map(|r| format!("{:?} {} {}", r.rel, r.resource_type.as_deref().unwrap_or("?"), r.id))
            .collect();
        assert_eq!(shown, ["Encounter ? e", "HasMember Observation 1", "Reason Condition c"]);
    }
}
