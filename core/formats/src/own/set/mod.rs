//! What each field is in the resource.

mod care;
mod checkup;
mod medicine;
mod observation;
mod person;

use serde_json::{Value, json};

pub(super) use checkup::begin as begin_checkup;

use super::field::FieldSpec;
use super::measure::Measure;
use super::members::Members;
use super::{NOTE_CATEGORY, OwnContext, OwnError, field, input};
use crate::names::LOINC;

/// What a resource is as far as its fields go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    BloodPressure,
    Measure(&'static Measure),
    Glucose,
    BloodGroup,
    Note,
    /// Any other Observation.
    Observation,
    Medicine,
    Prescription,
    Dispense,
    Allergy,
    Vaccine,
    Condition,
    Procedure,
    Visit,
    Appointment,
    Family,
    Document,
    Person,
    Coverage,
    Checkup,
    Report,
    Request,
    /// A type of which only a note can be written.
    OnlyNote,
}

impl Shape {
    /// The shape of a new entry.
    pub(super) fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "bp" => Self::BloodPressure,
            "glucose" => Self::Glucose,
            "blood-group" => Self::BloodGroup,
            "note" => Self::Note,
            "medicine" => Self::Medicine,
            "allergy" | "no-known-allergies" => Self::Allergy,
            "vaccine" => Self::Vaccine,
            "condition" => Self::Condition,
            "procedure" => Self::Procedure,
            "visit" => Self::Visit,
            "appointment" => Self::Appointment,
            "family-history" => Self::Family,
            "document" => Self::Document,
            "person" => Self::Person,
            "coverage" => Self::Coverage,
            "checkup" => Self::Checkup,
            other => Self::Measure(Measure::of_word(other)?),
        })
    }

    /// The shape of a record that is there.
    pub(super) fn of_record(record: &Members) -> Option<Self> {
        Some(match record.resource_type().as_str() {
            "Observation" => Self::of_observation(record),
            "Communication" if is_note(record) => Self::Note,
            "MedicationStatement" => Self::Medicine,
            "MedicationRequest" => Self::Prescription,
            "MedicationDispense" => Self::Dispense,
            "AllergyIntolerance" => Self::Allergy,
            "Immunization" => Self::Vaccine,
            "Condition" => Self::Condition,
            "Procedure" => Self::Procedure,
            "Encounter" => Self::Visit,
            "Appointment" => Self::Appointment,
            "FamilyMemberHistory" => Self::Family,
            "DocumentReference" => Self::Document,
            "Patient" => Self::Person,
            "Coverage" => Self::Coverage,
            "Composition" if checkup::is_checkup(record) => Self::Checkup,
            "DiagnosticReport" => Self::Report,
            "ServiceRequest" => Self::Request,
            other if field::fields(other) == field::ONLY_NOTE => Self::OnlyNote,
            _ => return None,
        })
    }

    fn of_observation(record: &Members) -> Self {
        let code = record.get("code").unwrap_or_default();
        let codes: Vec<&str> = items(&code["coding"])
            .filter(|coding| coding["system"] == LOINC)
            .filter_map(|coding| coding["code"].as_str())
            .collect();
        let quantity = record.has("valueQuantity");
        let has_part = |wanted: &str| {
            let parts = record.get("component").unwrap_or_default();
            items(&parts).any(|part| is_coded(part, wanted))
        };
        if has_part("8480-6") && has_part("8462-4") {
            return Self::BloodPressure;
        }
        for code in codes {
            if code == "882-1" {
                return Self::BloodGroup;
            }
            if quantity && super::measure::GLUCOSE_CODES.iter().any(|(_, _, known, _)| *known == code) {
                return Self::Glucose;
            }
            if let Some(measure) = Measure::of_code(code).filter(|_| quantity) {
                return Self::Measure(measure);
            }
        }
        Self::Observation
    }

    pub(super) fn fields(self) -> &'static [FieldSpec] {
        match self {
            Self::BloodPressure => field::BP,
            Self::Measure(_) => field::MEASURE,
            Self::Glucose => field::GLUCOSE,
            Self::BloodGroup => field::BLOOD_GROUP,
            Self::Note => field::NOTE_FIELDS,
            Self::Observation => field::OBSERVATION,
            Self::Medicine => field::MEDICINE,
            Self::Prescription => field::PRESCRIPTION,
            Self::Dispense => field::DISPENSE,
            Self::Allergy => field::ALLERGY,
            Self::Vaccine => field::VACCINE,
            Self::Condition => field::CONDITION,
            Self::Procedure => field::PROCEDURE,
            Self::Visit => field::VISIT,
            Self::Appointment => field::APPOINTMENT,
            Self::Family => field::FAMILY,
            Self::Document => field::DOCUMENT,
            Self::Person => field::PERSON,
            Self::Coverage => field::COVERAGE,
            Self::Checkup => field::CHECKUP,
            Self::Report => field::REPORT,
            Self::Request => field::REQUEST,
            Self::OnlyNote => field::ONLY_NOTE,
        }
    }

    /// Sets a field, or removes it when no value is given. `field` is one of [`Shape::fields`].
    pub(super) fn set(
        self,
        record: &mut Members,
        field: &'static str,
        typed: Option<&str>,
        ctx: &OwnContext,
    ) -> Result<(), OwnError> {
        match (self, field) {
            (Self::Document, "note") => {
                let text = typed.map(|typed| input::page(field, typed)).transpose()?;
                put_or_remove(record, "description", text);
                Ok(())
            }
            (Self::Appointment, "note") => {
                let text = typed.map(|typed| input::page(field, typed)).transpose()?;
                put_or_remove(record, "comment", text);
                Ok(())
            }
            (_, "note") => note(record, typed),
            (Self::Checkup, _) => checkup::set(record, field, typed, ctx),
            (
                Self::BloodPressure
                | Self::Measure(_)
                | Self::Glucose
                | Self::BloodGroup
                | Self::Observation
                | Self::Report,
                _,
            ) => observation::set(self, record, field, typed, ctx),
            (Self::Medicine | Self::Prescription | Self::Dispense, _) => {
                medicine::set(self, record, field, typed, ctx)
            }
            (Self::Person | Self::Coverage | Self::Family, _) => person::set(self, record, field, typed, ctx),
            _ => care::set(self, record, field, typed, ctx),
        }
    }

    /// Looks at the whole after all fields are set: what must be there, what cannot be together, what follows.
    pub(super) fn complete(
        self,
        record: &mut Members,
        changed: &[&str],
        ctx: &OwnContext,
    ) -> Result<(), OwnError> {
        match self {
            Self::BloodPressure => observation::require_pressures(record),
            Self::Medicine => medicine::complete(record, changed, ctx),
            Self::Visit | Self::Coverage => period_in_order(record, "period"),
            Self::Checkup => checkup::complete(record, ctx),
            Self::Vaccine => care::complete_vaccine(record, ctx),
            Self::Condition => care::complete_condition(record, changed),
            _ => Ok(()),
        }
    }
}

/// A Communication that the person wrote to nobody but the book.
fn is_note(record: &Members) -> bool {
    let categories = record.get("category").unwrap_or_default();
    items(&categories)
        .flat_map(|category| items(&category["coding"]))
        .any(|coding| coding["code"] == NOTE_CATEGORY)
}

/// The objects of a list, or the one that is no list.
pub(super) fn items(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(items) => items.as_slice(),
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
    .iter()
}

pub(super) fn is_coded(part: &Value, code: &str) -> bool {
    items(&part["code"]["coding"]).any(|coding| coding["system"] == LOINC && coding["code"] == code)
}

pub(super) fn required<'a>(field: &'static str, typed: Option<&'a str>) -> Result<&'a str, OwnError> {
    typed.ok_or(OwnError::Required { field })
}

fn put_or_remove(record: &mut Members, key: &str, text: Option<String>) {
    match text {
        Some(text) => record.put(key, Value::from(text)),
        None => record.remove(key),
    }
}

/// A date of something that has happened, in the one form of a choice element.
fn put_time(
    record: &mut Members,
    (base, key): (&str, &str),
    field: &'static str,
    typed: Option<&str>,
    ctx: &OwnContext,
) -> Result<(), OwnError> {
    match typed {
        Some(typed) => {
            let at = input::past(field, typed, ctx)?;
            record.put_choice(base, key, Value::from(input::fhir_time(at, ctx)));
        }
        None => record.remove_choice(base),
    }
    Ok(())
}

/// `reasonCode`: the first reason is the person's words.
fn put_reason(record: &mut Members, typed: Option<&str>) -> Result<(), OwnError> {
    match typed {
        Some(typed) => record.put("reasonCode", json!([{ "text": input::line("reason", typed)? }])),
        None => record.remove("reasonCode"),
    }
    Ok(())
}

/// A reference that only names a place.
fn put_place(record: &mut Members, key: &str, typed: Option<&str>) -> Result<(), OwnError> {
    match typed {
        Some(typed) => record.put(key, json!({ "display": input::line("place", typed)? })),
        None => record.remove(key),
    }
    Ok(())
}

/// The note of a record: its only one, or the last of several.
fn note(record: &mut Members, typed: Option<&str>) -> Result<(), OwnError> {
    let mut notes = match record.get("note") {
        Some(Value::Array(notes)) => notes,
        _ => Vec::new(),
    };
    notes.pop();
    if let Some(typed) = typed {
        notes.push(json!({ "text": input::page("note", typed)? }));
    }
    if notes.is_empty() {
        record.remove("note");
    } else {
        record.put("note", Value::Array(notes));
    }
    Ok(())
}

/// Sets one end of a period; a period without either end goes.
fn put_period(record: &mut Members, key: &str, end: &str, text: Option<String>) {
    let mut period = record.get(key).filter(Value::is_object).unwrap_or_else(|| json!({}));
    if let Some(period) = period.as_object_mut() {
        match text {
            Some(text) => {
                period.insert(end.to_owned(), Value::from(text));
            }
            None => {
                period.shift_remove(end);
            }
        }
    }
    if period
        .as_object()
        .is_some_and(|p| p.contains_key("start") && p.keys().next().is_some_and(|k| k == "end"))
    {
        // FHIR names the start first; both orders mean the same, one of them reads better.
        let (start, end) = (period["start"].take(), period["end"].take());
        period = json!({ "start": start, "end": end });
    }
    if period.as_object().is_none_or(serde_json::Map::is_empty) {
        record.remove(key);
    } else {
        record.put(key, period);
    }
}

/// A period does not end before it starts (FHIR invariant per-1).
fn period_in_order(record: &Members, key: &str) -> Result<(), OwnError> {
    let period = record.get(key).unwrap_or_default();
    let at = |end: &str| {
        period[end].as_str().and_then(|text| text.parse::<healthbook_model::PartialDateTime>().ok())
    };
    match (at("start"), at("end")) {
        (Some(start), Some(end)) if start.earliest(0) > end.latest(0) => {
            Err(OwnError::Order { first: "start", second: "end" })
        }
        _ => Ok(()),
    }
}
