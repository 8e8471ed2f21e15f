//! Readings, notes and reports.

use serde_json::{Value, json};

use super::super::measure::{self, Measure, Unit};
use super::super::members::Members;
use super::super::{OwnContext, OwnError, input};
use super::{Shape, is_coded, items, put_time, required};
use crate::names::{LOINC, UCUM};

/// Blood groups as people write them; the first is as the book writes it.
const GROUPS: &[(&str, &[&str])] = &[
    ("A+", &["A+", "a+", "a rh+"]),
    ("A-", &["A-", "a-", "a rh-"]),
    ("B+", &["B+", "b+", "b rh+"]),
    ("B-", &["B-", "b-", "b rh-"]),
    ("AB+", &["AB+", "ab+", "ab rh+"]),
    ("AB-", &["AB-", "ab-", "ab rh-"]),
    ("O+", &["O+", "o+", "o rh+", "0+"]),
    ("O-", &["O-", "o-", "o rh-", "0-"]),
];

const MOMENTS: &[(&str, &[&str])] = &[
    ("fasting", &["fasting", "đói", "lúc đói", "trước ăn sáng"]),
    ("after-meal", &["after-meal", "sau ăn", "sau bữa ăn"]),
    ("random", &["random", "bất kỳ", "ngẫu nhiên"]),
];

pub(super) fn set(
    shape: Shape,
    record: &mut Members,
    field: &'static str,
    typed: Option<&str>,
    ctx: &OwnContext,
) -> Result<(), OwnError> {
    match (shape, field) {
        (_, "at") => {
            let typed = Some(required(field, typed)?);
            put_time(record, ("effective", "effectiveDateTime"), field, typed, ctx)
        }
        (Shape::BloodPressure, "systolic") => {
            component(record, "8480-6", field, Some(required(field, typed)?))
        }
        (Shape::BloodPressure, "diastolic") => {
            component(record, "8462-4", field, Some(required(field, typed)?))
        }
        (Shape::BloodPressure, "pulse") => component(record, "8867-4", field, typed),
        (Shape::Glucose, "value") => measured(record, &measure::GLUCOSE, required(field, typed)?),
        (Shape::Glucose, "unit") => {
            unit(record, &measure::GLUCOSE, required(field, typed)?)?;
            glucose_code(record, None)
        }
        (Shape::Glucose, "moment") => {
            let moment = typed.map_or(Ok("random"), |typed| input::choice(field, typed, MOMENTS))?;
            glucose_code(record, Some(moment))
        }
        (Shape::Measure(measure), "value") => measured(record, measure, required(field, typed)?),
        (Shape::Measure(measure), "unit") => unit(record, measure, required(field, typed)?),
        (Shape::BloodGroup, _) => {
            let group = input::choice(field, required(field, typed)?, GROUPS)?;
            record.put_choice("value", "valueCodeableConcept", json!({ "text": group }));
            Ok(())
        }
        (Shape::Report, "conclusion") => {
            let text = typed.map(|typed| input::page(field, typed)).transpose()?;
            super::put_or_remove(record, field, text);
            record.remove("conclusionCode");
            Ok(())
        }
        (_, "name") => {
            record.put("code", json!({ "text": input::line(field, required(field, typed)?)? }));
            Ok(())
        }
        (_, "unit") => {
            let mut quantity =
                record.get("valueQuantity").ok_or(OwnError::Elsewhere { field, instead: "value" })?;
            if let Some(quantity) = quantity.as_object_mut() {
                quantity.shift_remove("system");
                quantity.shift_remove("code");
                quantity.shift_remove("unit");
                if let Some(typed) = typed {
                    quantity.insert("unit".to_owned(), Value::from(input::line(field, typed)?));
                }
            }
            record.put("valueQuantity", quantity);
            Ok(())
        }
        _ => free_value(record, field, required(field, typed)?),
    }
}

/// A value of an Observation that the book does not know: it stays of the form it has.
fn free_value(record: &mut Members, field: &'static str, typed: &str) -> Result<(), OwnError> {
    let number = typed.parse::<super::super::Decimal>();
    record.remove("dataAbsentReason");
    match number {
        Ok(number) if !record.has("valueString") && !record.has("valueCodeableConcept") => {
            let mut quantity =
                record.get("valueQuantity").filter(Value::is_object).unwrap_or_else(|| json!({}));
            if let Some(quantity) = quantity.as_object_mut() {
                quantity.shift_remove("comparator");
                quantity.insert("value".to_owned(), input::json(&number));
            }
            record.put_choice("value", "valueQuantity", quantity);
        }
        Err(_) if record.has("valueQuantity") => {
            return Err(OwnError::NotANumber { field, example: "5.4" });
        }
        _ if record.has("valueCodeableConcept") => {
            record.put_choice("value", "valueCodeableConcept", json!({ "text": input::line(field, typed)? }));
        }
        _ => record.put_choice("value", "valueString", Value::from(input::page(field, typed)?)),
    }
    Ok(())
}

fn quantity(value: Value, unit: &Unit) -> Value {
    json!({ "value": value, "unit": unit_text(unit), "system": UCUM, "code": unit.ucum })
}

/// The unit in `Quantity.unit`: what every system shows, so the international spelling.
fn unit_text(unit: &Unit) -> &'static str {
    match unit.ucum {
        "{steps}" => "steps",
        "{score}" => "points",
        _ => unit.name(),
    }
}

pub(super) fn component(
    record: &mut Members,
    code: &str,
    field: &'static str,
    typed: Option<&str>,
) -> Result<(), OwnError> {
    let (unit, name) = match code {
        "8480-6" => (&measure::SYSTOLIC, "Systolic blood pressure"),
        "8462-4" => (&measure::DIASTOLIC, "Diastolic blood pressure"),
        _ => (&measure::PULSE, "Heart rate"),
    };
    let mut parts = match record.get("component") {
        Some(Value::Array(parts)) => parts,
        _ => Vec::new(),
    };
    let place = parts.iter().position(|part| is_coded(part, code));
    match (typed, place) {
        (None, Some(place)) => {
            parts.remove(place);
        }
        (None, None) => {}
        (Some(typed), place) => {
            let value = input::json(&input::number(field, typed, unit.bounds())?);
            match place.and_then(|place| parts.get_mut(place)).and_then(Value::as_object_mut) {
                Some(part) => {
                    part.shift_remove("dataAbsentReason");
                    match part.get_mut("valueQuantity").and_then(Value::as_object_mut) {
                        Some(old) => {
                            old.shift_remove("comparator");
                            old.insert("value".to_owned(), value);
                        }
                        None => {
                            part.insert("valueQuantity".to_owned(), quantity(value, unit));
                        }
                    }
                }
                None => parts.push(json!({
                    "code": { "coding": [{ "system": LOINC, "code": code, "display": name }] },
                    "valueQuantity": quantity(value, unit),
                })),
            }
        }
    }
    record.put("component", Value::Array(parts));
    Ok(())
}

/// Both pressures are there, and the systolic one is the greater.
pub(super) fn require_pressures(record: &Members) -> Result<(), OwnError> {
    let parts = record.get("component").unwrap_or_default();
    let value = |code: &str, field: &'static str| {
        items(&parts)
            .find(|part| is_coded(part, code))
            .and_then(|part| part["valueQuantity"]["value"].as_number())
            .map(ToString::to_string)
            .ok_or(OwnError::Required { field })
    };
    let (systolic, diastolic) = (value("8480-6", "systolic")?, value("8462-4", "diastolic")?);
    let read = |text: &str| text.parse::<super::super::Decimal>().ok().map(|d| d.scaled());
    match (read(&diastolic), read(&systolic)) {
        (Some(low), Some(high)) if low > high => {
            Err(OwnError::Order { first: "diastolic", second: "systolic" })
        }
        _ => Ok(()),
    }
}

/// The unit a record's value has, else the measure's first.
fn unit_of(record: &Members, measure: &Measure) -> Option<&'static Unit> {
    let quantity = record.get("valueQuantity").unwrap_or_default();
    match quantity["code"].as_str().or_else(|| quantity["unit"].as_str()) {
        Some(named) => measure.unit(named),
        None => measure.units.first(),
    }
}

fn measured(record: &mut Members, measure: &Measure, typed: &str) -> Result<(), OwnError> {
    let field = "value";
    let Some(unit) = unit_of(record, measure) else {
        // A unit that the book does not know: its bounds are not known either.
        return free_value(record, field, typed);
    };
    let number = input::number(field, typed, unit.bounds())?;
    if measure.whole && !number.is_whole() {
        return Err(OwnError::NotWhole { field });
    }
    let value = input::json(&number);
    record.remove("dataAbsentReason");
    match record.get("valueQuantity") {
        Some(Value::Object(mut old)) => {
            old.shift_remove("comparator");
            if old.is_empty() {
                record.put_choice("value", "valueQuantity", quantity(value, unit));
            } else {
                old.insert("value".to_owned(), value);
                record.put_choice("value", "valueQuantity", Value::Object(old));
            }
        }
        _ => record.put_choice("value", "valueQuantity", quantity(value, unit)),
    }
    Ok(())
}

/// Another unit for the same digits: nothing is converted, so the value is checked again.
fn unit(record: &mut Members, measure: &Measure, typed: &str) -> Result<(), OwnError> {
    let unit = measure.unit(typed).ok_or_else(|| OwnError::NotOneOf {
        field: "unit",
        choices: measure.units.iter().map(Unit::name).collect::<Vec<_>>().join(", "),
    })?;
    let mut value = record.get("valueQuantity").filter(Value::is_object).unwrap_or_else(|| json!({}));
    if let Some(number) = value["value"].as_number() {
        input::number("value", &number.to_string(), unit.bounds())?;
    }
    value["unit"] = Value::from(unit_text(unit));
    value["system"] = Value::from(UCUM);
    value["code"] = Value::from(unit.ucum);
    record.put_choice("value", "valueQuantity", value);
    if let Some((code, name)) = unit.code {
        record.put("code", json!({ "coding": [{ "system": LOINC, "code": code, "display": name }] }));
    }
    Ok(())
}

/// The code of a glucose reading says its unit and its moment.
fn glucose_code(record: &mut Members, moment: Option<&str>) -> Result<(), OwnError> {
    let code = record.get("code").unwrap_or_default();
    let now =
        measure::GLUCOSE_CODES.iter().find(|(_, _, known, _)| is_coded(&json!({ "code": code }), known));
    let moment = moment.or(now.map(|(_, moment, _, _)| *moment)).unwrap_or("random");
    let unit = unit_of(record, &measure::GLUCOSE).map_or("mmol/L", |unit| unit.ucum);
    let Some((_, _, code, name)) =
        measure::GLUCOSE_CODES.iter().find(|(u, m, _, _)| *u == unit && *m == moment)
    else {
        return Ok(());
    };
    record.put("code", json!({ "coding": [{ "system": LOINC, "code": code, "display": name }] }));
    Ok(())
}
