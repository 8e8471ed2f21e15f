//! The index entry of one resource: what all types have in common is read here, what a type has of its own by
//! its family ([`super::clinical`], [`super::observation`] and so on).

use healthbook_model::{Coding, Entry, PartialDateTime, Point, Refusal, Rejected, Sensitivity, Span};

use super::element::{self, Title};
use super::json::{self, Object};
use super::window::wide;
use super::{references, shelf, standing, subject, sweep, walk};
use crate::Limits;

/// What the reader of a type finds in it.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) title: Option<Title>,
    pub(super) subtitle: Option<String>,
    pub(super) value: Option<String>,
    pub(super) facility: Option<String>,
    pub(super) when: When,
    pub(super) points: Vec<Point>,
    /// Words that find it and stand in no field of text.
    pub(super) words: Vec<String>,
}

/// Beginning and end.
pub(super) type When = (Option<PartialDateTime>, Option<PartialDateTime>);

/// The index entry of one FHIR R4 resource, given as its JSON: used on import, for a person's own entries and for
/// making the index anew.
///
/// # Errors
/// When the bytes are not one JSON object with a `resourceType` ([`Refusal::Malformed`], [`Refusal::Truncated`],
/// [`Refusal::Encoding`], [`Refusal::NotTheFormat`]), go over [`Limits::default`] ([`Refusal::TooLarge`]) or hold
/// a name twice at the top ([`Refusal::Forbidden`]). A date, code or reference that makes no sense is no error:
/// the entry does without it.
pub fn entry(resource: &[u8]) -> Result<Entry, Rejected> {
    let limits = Limits::default();
    let reject = |refusal, at: usize| {
        let before = resource.get(..at.min(resource.len())).unwrap_or_default();
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        let column = before.len() - memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1) + 1;
        Rejected {
            span: Span::plain(0, wide(resource.len())),
            refusal,
            at: format!("line {line}, column {column}"),
            sensitivity: walk::raw_sensitivity(resource),
        }
    };
    if resource.len() > limits.resource_bytes {
        return Err(reject(Refusal::TooLarge, 0));
    }
    let value = json::parse(resource, limits.depth, limits.values)
        .map_err(|fault| reject(fault.refusal, fault.offset))?;
    let object = value.as_object().ok_or_else(|| reject(Refusal::NotTheFormat, 0))?;
    of(object).map_err(|refusal| reject(refusal, 0))
}

/// The index entry of a resource that was read already.
pub(super) fn of(resource: &Object<'_>) -> Result<Entry, Refusal> {
    let resource_type = resource.text("resourceType").ok_or(Refusal::NotTheFormat)?;
    if !element::is_type_name(resource_type) {
        return Err(Refusal::NotTheFormat);
    }
    if resource.has_duplicates() {
        return Err(Refusal::Forbidden);
    }
    let kind = shelf::kind(resource_type, resource);
    let mut draft = shelf::draft(resource_type, resource);
    let standing = standing::of(resource_type, resource);
    if !standing.is_fact() || !standing::is_measured(resource) {
        draft.points.clear();
    }
    let title = draft
        .title
        .take()
        .filter(|title| !title.text.is_empty())
        .unwrap_or_else(|| Title { text: resource_type.to_owned(), code: None });
    // The same line twice tells nothing; an end before the beginning is a slip that would hide the record from lists.
    draft.subtitle = draft.subtitle.filter(|line| *line != title.text && draft.value.as_ref() != Some(line));
    if let (Some(start), Some(end)) = draft.when
        && end.latest(0) < start.earliest(0)
    {
        draft.when.1 = None;
    }
    let facility = draft.facility.take().or_else(|| references::facility(resource));
    let codes = codes(resource_type, resource);
    let pointers = references::of(resource_type, resource);
    let swept = sweep::of(resource_type, resource, &codes, &title.text, &draft);
    let meta = resource.object("meta");
    Ok(Entry {
        resource_type: resource_type.to_owned(),
        kind,
        standing,
        start: draft.when.0,
        end: draft.when.1,
        title: title.text,
        title_code: title.code,
        subtitle: draft.subtitle,
        value: draft.value,
        facility,
        sensitivity: swept.sensitivity,
        parts: if pointers.too_many { Sensitivity::Restricted } else { swept.parts },
        codes,
        points: draft.points,
        identifiers: identifiers(resource_type, resource),
        references: pointers.references,
        attachments: swept.attachments,
        search_text: swept.search_text,
        subject: subject::of(resource_type, resource),
        last_updated: meta
            .and_then(|meta| element::date(meta.text("lastUpdated")))
            .map(|instant| instant.earliest(0).0),
        version_id: meta.and_then(|meta| meta.text("versionId")).map(str::to_owned),
    })
}

/// Fields whose codes a record is found by. `category` is not among them: it says what shelf, not what thing.
fn is_coded(name: &str) -> bool {
    matches!(
        name,
        "code"
            | "type"
            | "class"
            | "vaccineCode"
            | "medicationCodeableConcept"
            | "serviceType"
            | "reasonCode"
            | "conclusionCode"
            | "productCodeableConcept"
            | "productReference"
            | "itemCodeableConcept"
            | "codeCodeableConcept"
            | "valueCodeableConcept"
            | "targetDisease"
            | "specialty"
            | "modality"
            | "procedureCode"
            | "relationship"
            | "appointmentType"
            | "deviceName"
            | "description"
            | "activity"
            | "purpose"
            | "event"
            | "reason"
            | "serviceCategory"
            | "substance"
            | "bodySite"
            | "morphology"
            | "format"
            | "content"
            | "kind"
            | "topic"
    )
}

/// Lists of parts, and the fields in them whose codes count as well.
const CODED_PARTS: [(&str, &[&str]); 15] = [
    ("component", &["code", "valueCodeableConcept"]),
    ("reaction", &["substance", "manifestation"]),
    ("condition", &["code"]),
    ("recommendation", &["vaccineCode", "targetDisease"]),
    ("protocolApplied", &["targetDisease"]),
    ("diagnosis", &["diagnosisCodeableConcept"]),
    ("procedure", &["procedureCodeableConcept"]),
    ("item", &["productOrService", "code"]),
    ("ingredient", &["itemCodeableConcept"]),
    ("target", &["measure"]),
    ("stage", &["summary"]),
    ("hospitalization", &["dischargeDisposition", "admitSource"]),
    ("context", &["event"]),
    ("characteristic", &["code"]),
    ("series", &["modality"]),
];

/// All codes a record can be found by, each once, with a name where the source gives one.
fn codes(resource_type: &str, resource: &Object<'_>) -> Vec<Coding> {
    /// A claim of a long stay lists thousands of items; what the index holds of one record is bounded.
    const MOST: usize = 256;
    let mut all: Vec<Coding> = Vec::new();
    let mut add = |concept: &Object<'_>| {
        for coding in element::codings(concept) {
            if all.len() < MOST && !all.iter().any(|known| known.is(&coding.system, &coding.code)) {
                all.push(coding);
            }
        }
    };
    for (name, value) in resource.members() {
        if is_coded(name) {
            json::each(Some(value)).iter().filter_map(json::Json::as_object).for_each(&mut add);
        } else if let Some((_, fields)) = CODED_PARTS.iter().find(|(part, _)| *part == name) {
            for part in json::each(Some(value)).iter().filter_map(json::Json::as_object) {
                for field in *fields {
                    part.objects(field).for_each(&mut add);
                }
            }
        }
    }
    if resource_type != "Medication" {
        for contained in references::medicines(resource) {
            contained.objects("code").for_each(&mut add);
        }
    }
    all
}

fn identifiers(resource_type: &str, resource: &Object<'_>) -> Vec<healthbook_model::Identifier> {
    let mut all = element::identifiers(resource, "identifier");
    all.extend(element::identifiers(resource, "masterIdentifier"));
    if resource_type == "Coverage"
        && let Some(number) = resource.text("subscriberId")
        && !all.iter().any(|identifier| identifier.value == number)
    {
        all.push(healthbook_model::Identifier { system: String::new(), value: number.to_owned() });
    }
    all
}

/// When something happened: the first of these fields that holds a date. Each stem stands for all its types
/// (`effective` for `effectiveDateTime`, `effectivePeriod`…).
pub(super) fn when(resource: &Object<'_>, stems: &[&str]) -> When {
    stems
        .iter()
        .filter_map(|stem| match resource.get(stem) {
            Some(value) => Some(value),
            None => element::choice(resource, stem).map(|(_, value)| value),
        })
        .map(element::when)
        .find(|(start, end)| start.is_some() || end.is_some())
        .unwrap_or_default()
}

/// The title from the first of these fields that has one.
pub(super) fn titled(resource: &Object<'_>, fields: &[&str]) -> Option<Title> {
    fields.iter().find_map(|field| {
        json::each(resource.get(field)).iter().find_map(|value| match value {
            json::Json::String(text) => {
                Some(Title { text: element::clean(text), code: None }).filter(|title| !title.text.is_empty())
            }
            json::Json::Object(concept) => element::title(concept),
            _ => None,
        })
    })
}
