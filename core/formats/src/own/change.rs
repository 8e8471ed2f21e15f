//! Making and changing a resource field by field.

use serde_json::{Value, json};

use super::field::{FieldSpec, entry_kinds};
use super::members::Members;
use super::set::Shape;
use super::{NOTE_CATEGORY, OwnContext, OwnError, input};
use crate::names::{ABSENT_UNKNOWN, LOINC};

/// Writes a new entry of a kind (see [`entry_kinds`]) from its fields, as FHIR R4 JSON in UTF-8, compact, in a
/// fixed order. An empty value counts as not given. A reading without `at` happened now.
///
/// # Errors
/// See [`OwnError`]; never says a value.
pub fn compose(kind: &str, values: &[(String, String)], ctx: &OwnContext) -> Result<Vec<u8>, OwnError> {
    let unknown = || OwnError::UnknownKind {
        known: entry_kinds().iter().map(|kind| kind.word).collect::<Vec<_>>().join(", "),
    };
    let kind = entry_kinds().iter().find(|known| known.word == kind).ok_or_else(unknown)?;
    let shape = Shape::of_word(kind.word).ok_or_else(unknown)?;
    let mut record = skeleton(kind.word, kind.resource_type, shape, ctx);
    let given = resolve(kind.fields, values)?;
    for field in kind.fields.iter().filter(|field| field.required) {
        if !given.iter().any(|(name, typed)| *name == field.name && typed.is_some()) {
            return Err(OwnError::Required { field: field.name });
        }
    }
    apply(shape, &mut record, &given, ctx)?;
    record.sort();
    Ok(record.to_bytes())
}

/// Changes fields of a resource and keeps everything else as it is, to the digit: unknown elements, extensions and
/// the raw text of every member that the change does not touch. An empty value removes the field.
///
/// When the end of a medicine or of a condition changes, its status follows, unless the status is given too.
///
/// # Errors
/// See [`OwnError`]; never says a value.
pub fn edit(resource: &[u8], changes: &[(String, String)], ctx: &OwnContext) -> Result<Vec<u8>, OwnError> {
    let mut record = Members::parse(resource)?;
    change(&mut record, changes, ctx)?;
    Ok(record.to_bytes())
}

pub(super) fn change(
    record: &mut Members,
    changes: &[(String, String)],
    ctx: &OwnContext,
) -> Result<(), OwnError> {
    let shape = Shape::of_record(record).ok_or(OwnError::NotEditable)?;
    let given = resolve(shape.fields(), changes)?;
    apply(shape, record, &given, ctx)
}

/// The fields that can be changed in this very record.
///
/// # Errors
/// When the bytes are no resource, or one that cannot be edited.
pub fn fields_of_record(resource: &[u8]) -> Result<&'static [FieldSpec], OwnError> {
    let record = Members::parse(resource)?;
    Shape::of_record(&record).map(Shape::fields).ok_or(OwnError::NotEditable)
}

/// Field names as they are known, each with its value; `None` for an empty one. A unit comes before its value,
/// which is checked by it; of a field that is named twice the last value counts.
fn resolve<'a>(
    fields: &'static [FieldSpec],
    values: &'a [(String, String)],
) -> Result<Vec<(&'static str, Option<&'a str>)>, OwnError> {
    let mut given: Vec<(&'static str, Option<&'a str>)> = Vec::new();
    for (name, typed) in values {
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            let plain =
                (1..=40).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            return Err(OwnError::UnknownField {
                field: if plain { name.clone() } else { "?".to_owned() },
                known: fields.iter().map(|field| field.name).collect::<Vec<_>>().join(", "),
            });
        };
        given.retain(|(known, _)| *known != field.name);
        let typed = Some(typed.as_str()).filter(|typed| !typed.trim().is_empty());
        given.push((field.name, typed));
    }
    Ok(given)
}

fn apply(
    shape: Shape,
    record: &mut Members,
    given: &[(&'static str, Option<&str>)],
    ctx: &OwnContext,
) -> Result<(), OwnError> {
    let named = |wanted: &str| given.iter().any(|(name, _)| *name == wanted);
    // With both a new unit and a new value the old value must not be held against the new unit.
    if named("unit")
        && named("value")
        && !matches!(shape, Shape::Observation)
        && let Some(Value::Object(mut quantity)) = record.get("valueQuantity")
    {
        quantity.shift_remove("value");
        record.put("valueQuantity", Value::Object(quantity));
    }
    let first = ["unit", "name"];
    let order = first.iter().flat_map(|name| given.iter().filter(move |(field, _)| field == name));
    for (field, typed) in order.chain(given.iter().filter(|(field, _)| !first.contains(field))) {
        shape.set(record, field, *typed, ctx)?;
    }
    let changed: Vec<&str> = given.iter().map(|(name, _)| *name).collect();
    shape.complete(record, &changed, ctx)
}

/// Who a record is about.
pub(super) fn subject(ctx: &OwnContext) -> Value {
    match &ctx.person_reference {
        Some(reference) => json!({ "reference": reference }),
        None => json!({ "type": "Patient", "display": ctx.lang.pick("Chủ sổ", "The book's person") }),
    }
}

/// The integrity label of what a person says of themselves (HL7 v3 ObservationValue).
pub(super) fn asserted() -> Value {
    json!({
        "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
        "code": "PATAST",
        "display": "patient asserted",
    })
}

fn loinc(codes: &[(&str, &str)]) -> Value {
    let coding: Vec<Value> = codes
        .iter()
        .map(|(code, display)| json!({ "system": LOINC, "code": code, "display": display }))
        .collect();
    json!({ "coding": coding })
}

fn coded(system: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": format!("http://terminology.hl7.org/CodeSystem/{system}"), "code": code }] })
}

/// What every entry of a kind has before its fields are set.
pub(super) fn skeleton(word: &str, resource_type: &str, shape: Shape, ctx: &OwnContext) -> Members {
    let mut record = Members::new(resource_type);
    record.put("id", Value::from(ctx.id.to_string()));
    record.put("meta", json!({ "security": [asserted()] }));
    match shape {
        Shape::BloodPressure => {
            let code = ("85354-9", "Blood pressure panel with all children optional");
            observation(&mut record, "vital-signs", loinc(&[code]), ctx);
        }
        Shape::Measure(measure) => {
            observation(&mut record, measure.category, loinc(measure.codes), ctx);
        }
        Shape::Glucose => {
            let measure = super::measure::GLUCOSE;
            observation(&mut record, measure.category, loinc(measure.codes), ctx);
        }
        Shape::BloodGroup => {
            observation(
                &mut record,
                "laboratory",
                loinc(&[("882-1", "ABO and Rh group [Type] in Blood")]),
                ctx,
            );
        }
        Shape::Note => {
            record.put("status", Value::from("completed"));
            record.put(
                "category",
                json!([{ "coding": [
                    { "system": LOINC, "code": "51855-5", "display": "Patient Note" },
                    { "code": NOTE_CATEGORY },
                ] }]),
            );
            record.put("subject", subject(ctx));
            record.put("sent", Value::from(input::now(ctx)));
            from_person(&mut record, "sender", ctx);
        }
        Shape::Medicine => {
            record.put("status", Value::from("active"));
            record.put("subject", subject(ctx));
            record.put("dateAsserted", Value::from(input::now(ctx)));
            from_person(&mut record, "informationSource", ctx);
        }
        Shape::Allergy => {
            record.put("clinicalStatus", coded("allergyintolerance-clinical", "active"));
            record.put("patient", subject(ctx));
            record.put("recordedDate", Value::from(input::now(ctx)));
            from_person(&mut record, "asserter", ctx);
            if word == "no-known-allergies" {
                record.put("verificationStatus", coded("allergyintolerance-verification", "confirmed"));
                record.put(
                    "code",
                    json!({
                        "coding": [{
                            "system": ABSENT_UNKNOWN,
                            "code": "no-known-allergies",
                            "display": "No known allergies",
                        }],
                        "text": ctx.lang.pick("Không có dị ứng đã biết", "No known allergies"),
                    }),
                );
            }
        }
        Shape::Vaccine => {
            record.put("status", Value::from("completed"));
            record.put("patient", subject(ctx));
            record.put("recorded", Value::from(input::now(ctx)));
            record.put("primarySource", Value::from(false));
            record.put("reportOrigin", coded("immunization-origin", "recall"));
        }
        Shape::Condition => {
            record.put("clinicalStatus", coded("condition-clinical", "active"));
            // To the letter what VN Core's problem list has.
            let mut category = coded("condition-category", "problem-list-item");
            category["coding"][0]["display"] = Value::from("Problem List Item");
            category["text"] = Value::from("Problem List Item");
            record.put("category", json!([category]));
            record.put("subject", subject(ctx));
            record.put("recordedDate", Value::from(input::now(ctx)));
            from_person(&mut record, "asserter", ctx);
        }
        Shape::Procedure => {
            record.put("status", Value::from("completed"));
            record.put("subject", subject(ctx));
            from_person(&mut record, "asserter", ctx);
        }
        Shape::Visit => {
            record.put("status", Value::from("finished"));
            record.put(
                "class",
                json!({ "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB", "display": "ambulatory" }),
            );
            record.put("subject", subject(ctx));
        }
        Shape::Appointment => {
            record.put("status", Value::from("booked"));
            record.put("created", Value::from(input::now(ctx)));
            record.put("participant", json!([{ "actor": subject(ctx), "status": "accepted" }]));
        }
        Shape::Family => {
            record.put("status", Value::from("completed"));
            record.put("patient", subject(ctx));
            record.put("date", Value::from(input::now(ctx)));
        }
        Shape::Document => {
            record.put("status", Value::from("current"));
            record.put("subject", subject(ctx));
        }
        Shape::Person => record.put("active", Value::from(true)),
        Shape::Coverage => {
            record.put("status", Value::from("active"));
            record.put(
                "type",
                json!({
                    "coding": [{
                        "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode",
                        "code": "PUBLICPOL",
                        "display": "public healthcare",
                    }],
                    "text": ctx.lang.pick("Bảo hiểm y tế", "Health insurance"),
                }),
            );
            record.put("beneficiary", subject(ctx));
            record.put("payor", json!([{ "display": "Bảo hiểm xã hội Việt Nam" }]));
        }
        Shape::Checkup => super::set::begin_checkup(&mut record, ctx),
        Shape::Observation
        | Shape::Prescription
        | Shape::Dispense
        | Shape::Report
        | Shape::Request
        | Shape::OnlyNote => {}
    }
    record
}

fn observation(record: &mut Members, category: &str, code: Value, ctx: &OwnContext) {
    record.put("status", Value::from("final"));
    let mut coded_category = coded("observation-category", category);
    if category == "laboratory" {
        // To the letter what VN Core's laboratory results have.
        coded_category["coding"][0]["display"] = Value::from("Laboratory");
        coded_category["text"] = Value::from("laboratory");
    }
    record.put("category", json!([coded_category]));
    record.put("code", code);
    record.put("subject", subject(ctx));
    record.put("effectiveDateTime", Value::from(input::now(ctx)));
    if let Some(reference) = &ctx.person_reference {
        record.put("performer", json!([{ "reference": reference }]));
    }
}

fn from_person(record: &mut Members, key: &str, ctx: &OwnContext) {
    if let Some(reference) = &ctx.person_reference {
        record.put(key, json!({ "reference": reference }));
    }
}
