//! What a record hangs on, and who gave care.

use std::collections::HashMap;

use healthbook_model::{Reference, Rel};

use super::json::{Json, Object, each};
use super::{element, subject};

/// Fields that hold a pointer, and what it means. A field of parts is named with the pointer inside the part.
const POINTERS: [(&str, Option<&str>, Rel); 33] = [
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

/// Fields that may point to anything, and say what a record goes with when they point to a visit.
const BESIDE: [(&str, Option<&str>); 2] =
    [("supportingInformation", None), ("supportingInfo", Some("valueReference"))];

/// What a record points to.
pub(super) struct Pointers {
    pub(super) references: Vec<Reference>,
    /// There are more of them than are followed.
    pub(super) too_many: bool,
}

/// What the record hangs on, each once. Pointers into the resource itself lead to no other record.
pub(super) fn of(resource_type: &str, resource: &Object<'_>) -> Pointers {
    let mut found = Found::default();
    if resource_type == "Bundle" {
        return found.into();
    }
    let beside = BESIDE.iter().map(|(field, part)| (*field, *part, Rel::Beside, true));
    for (field, part, rel, visits_only) in
        POINTERS.iter().map(|(f, p, rel)| (*f, *p, *rel, false)).chain(beside)
    {
        for value in each(resource.get(field)) {
            let Some(object) = value.as_object() else { continue };
            let pointers: &[Json<'_>] =
                part.map_or(std::slice::from_ref(value), |part| each(object.get(part)));
            // An Encounter's context may be an episode; both are what the record belongs to.
            for pointer in pointers.iter().filter_map(Json::as_object) {
                let is_visit =
                    element::reference(pointer).is_some_and(|(target, _)| target == Some("Encounter"));
                if is_visit || !visits_only {
                    found.add(pointer, rel);
                }
            }
        }
    }
    sections(resource, &mut found);
    // What a visit names elsewhere (an appointment, an account) is shared with other visits; a person is not what is
    // known of them.
    if !matches!(resource_type, "Encounter" | "EpisodeOfCare" | "Patient" | "Person" | "RelatedPerson")
        && !subject::is_about_nobody(resource_type)
    {
        named(resource, &mut found);
    }
    found.into()
}

/// Pointers, each once.
#[derive(Default)]
struct Found {
    list: Vec<Reference>,
    /// By target: the relations it is known by, a bit for each.
    known: HashMap<(Option<String>, String), u32>,
    too_many: bool,
}

impl Found {
    /// A list of a whole life can point to thousands of records. One that points to more than this is hidden, since nobody
    /// knows what it tells of.
    const MOST: usize = 10_000;

    fn add(&mut self, pointer: &Object<'_>, rel: Rel) {
        let Some((target, id)) = element::reference(pointer) else { return };
        let key = (target.map(str::to_owned), id.to_owned());
        let bit = 1 << rel.number();
        if self.known.get(&key).is_some_and(|known| known & bit != 0) {
            return;
        }
        if self.list.len() >= Self::MOST {
            self.too_many = true;
            return;
        }
        self.list.push(Reference { rel, resource_type: key.0.clone(), id: key.1.clone() });
        *self.known.entry(key).or_default() |= bit;
    }

    fn holds(&self, target: Option<&str>, id: &str) -> bool {
        self.known.contains_key(&(target.map(str::to_owned), id.to_owned()))
    }
}

impl From<Found> for Pointers {
    fn from(found: Found) -> Self {
        Self { references: found.list, too_many: found.too_many }
    }
}

/// What the sections of a Composition list. They nest as deep as JSON does, which its reader limits.
fn sections(part: &Object<'_>, found: &mut Found) {
    for section in part.objects("section") {
        section.objects("entry").for_each(|pointer| found.add(pointer, Rel::HasMember));
        sections(section, found);
    }
}

/// Every other pointer to a record of somebody's health, wherever it stands: what names a restricted record tells of it.
/// As deep as JSON goes, which its reader limits.
fn named(part: &Object<'_>, found: &mut Found) {
    if let Some((target, id)) = element::reference(part)
        && target.is_none_or(tells_of_health)
        && !found.holds(target, id)
    {
        found.add(part, Rel::DerivedFrom);
    }
    for (name, value) in part.members() {
        if !is_who_or_where(name) {
            for object in each(Some(value)).iter().filter_map(Json::as_object) {
                named(object, found);
            }
        }
    }
}

/// Whether a record of the type tells of somebody's health, and not of people, places, contracts or products that many
/// records share.
fn tells_of_health(resource_type: &str) -> bool {
    resource_type == "Medication"
        || !(subject::is_about_nobody(resource_type)
            || matches!(
                resource_type,
                "Patient"
                    | "Person"
                    | "RelatedPerson"
                    | "Encounter"
                    | "EpisodeOfCare"
                    | "CareTeam"
                    | "Coverage"
                    | "Account"
                    | "Contract"
                    | "Bundle"
            ))
}

/// Fields that say whom a record is about, who did it, where, at which visit and who pays: a `urn:uuid:` in them does not
/// tell its type.
pub(super) fn is_who_or_where(name: &str) -> bool {
    matches!(name, "subject" | "patient" | "beneficiary" | "encounter" | "episodeOfCare")
        || matches!(name, "agent" | "attester" | "onBehalfOf" | "individual" | "member" | "party")
        || matches!(name, "enterer" | "payee" | "coverage" | "account" | "device" | "practitioner")
        || matches!(name, "recipient" | "receiver" | "informant" | "interpreter" | "resultsInterpreter")
        || matches!(name, "authenticator" | "assembler" | "manufacturer" | "observer" | "verifier")
        || matches!(name, "generalPractitioner" | "destination" | "origin" | "supplier" | "collector")
        || (is_carer(name) && !matches!(name, "partOf" | "source"))
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

/// Names them once, to be walked in their order and to be asked for at once.
macro_rules! carers {
    ($($name:literal),* $(,)?) => {
        /// Fields that name who gave care, the most telling first, and the fields in their parts.
        const CARERS: [&str; 24] = [$($name),*];

        fn is_carer(name: &str) -> bool {
            matches!(name, $($name)|*)
        }
    };
}

carers! {
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
}

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
    use healthbook_model::Sensitivity;

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
            |o| of("DiagnosticReport", o).references,
        );
        let shown: Vec<String> = found
            .iter()
            .map(|r| format!("{:?} {} {}", r.rel, r.resource_type.as_deref().unwrap_or("?"), r.id))
            .collect();
        assert_eq!(shown, ["Encounter ? e", "HasMember Observation 1", "Reason Condition c"]);
    }

    #[test]
    fn sections_within_sections_are_followed_to_the_last() {
        let inner = r#"{"entry":[{"reference":"Condition/deep"}]}"#.to_owned();
        let nested = (0..12).fold(inner, |inside, _| format!(r#"{{"section":[{inside}]}}"#));
        let found = with(&format!(r#"{{"section":[{nested}]}}"#), |o| of("Composition", o).references);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].rel, found[0].id.as_str()), (Rel::HasMember, "deep"));
    }

    #[test]
    fn whatever_is_named_counts_but_not_people_places_and_visits() {
        let ids = |kind: &str, text: &str| -> Vec<String> {
            with(text, |o| of(kind, o).references).into_iter().map(|found| found.id).collect()
        };
        let task = r##"{"for":{"reference":"Patient/p"},"encounter":{"reference":"urn:uuid:v"},"focus":{"reference":"Condition/c"},
            "owner":{"reference":"urn:uuid:doctor"},"input":[{"valueReference":{"reference":"urn:uuid:result"}}],
            "extension":[{"valueReference":{"reference":"Organization/h"}}],"location":{"reference":"Location/l"},
            "insurance":[{"reference":"Coverage/bhyt"}],"contained":[{"subject":{"reference":"urn:uuid:p"}}]}"##;
        assert_eq!(ids("Task", task), ["v", "c", "result"]);
        assert_eq!(ids("Encounter", r#"{"appointment":[{"reference":"Appointment/a"}]}"#), [] as [&str; 0]);
    }

    #[test]
    fn hundreds_of_pointers_are_followed_and_a_record_with_more_is_hidden() {
        let list = |count: usize| {
            let items: Vec<String> =
                (0..count).map(|n| format!(r#"{{"item":{{"reference":"Condition/{n}"}}}}"#)).collect();
            let text = format!(r#"{{"resourceType":"List","entry":[{}]}}"#, items.join(","));
            super::super::entry::entry(text.as_bytes()).unwrap()
        };
        let (many, more) = (list(5000), list(Found::MOST + 1));
        assert_eq!((many.references.len(), many.parts), (5000, Sensitivity::Ordinary));
        assert_eq!((more.references.len(), more.parts), (Found::MOST, Sensitivity::Restricted));
    }
}
