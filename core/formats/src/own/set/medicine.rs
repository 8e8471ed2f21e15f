//! Medicines: taken (MedicationStatement), prescribed and dispensed.

use healthbook_model::PartialDateTime;
use serde_json::{Map, Value, json};

use super::super::members::Members;
use super::super::{OwnContext, OwnError, input};
use super::{Shape, items, put_period, put_reason, put_time, required};

const STATEMENT: &[(&str, &[&str])] = &[
    ("active", &["taking", "đang dùng", "đang uống"]),
    ("stopped", &["stopped", "đã ngừng", "ngừng"]),
    ("completed", &["finished", "đã dùng xong", "hết"]),
    ("intended", &["planned", "sẽ dùng"]),
    ("on-hold", &["on-hold", "tạm dừng"]),
    ("not-taken", &["not-taken", "không dùng"]),
];

const REQUEST: &[(&str, &[&str])] = &[
    ("active", &["taking", "đang dùng", "đang uống"]),
    ("stopped", &["stopped", "đã ngừng", "ngừng"]),
    ("completed", &["finished", "đã dùng xong", "hết"]),
    ("on-hold", &["on-hold", "tạm dừng"]),
    ("cancelled", &["cancelled", "đã hủy"]),
];

pub(super) fn set(
    shape: Shape,
    record: &mut Members,
    field: &'static str,
    typed: Option<&str>,
    ctx: &OwnContext,
) -> Result<(), OwnError> {
    let dosage = if shape == Shape::Medicine { "dosage" } else { "dosageInstruction" };
    match field {
        "name" => name(record, input::line(field, required(field, typed)?)?),
        "strength" => strength(record, typed.map(|typed| input::line(field, typed)).transpose()?)?,
        "dose" => {
            let dose = typed.map(|typed| input::line(field, typed)).transpose()?;
            set_dosage(record, dosage, |_, frequency| (dose, frequency));
        }
        "frequency" => {
            let frequency = typed.map(|typed| input::line(field, typed)).transpose()?;
            set_dosage(record, dosage, |dose, _| (dose, frequency));
        }
        "reason" => put_reason(record, typed)?,
        "status" => {
            let words = if shape == Shape::Medicine { STATEMENT } else { REQUEST };
            record.put("status", Value::from(input::choice(field, required(field, typed)?, words)?));
            record.remove("statusReason");
        }
        "at" if shape == Shape::Prescription => {
            let at = typed.map(|typed| input::past(field, typed, ctx)).transpose()?;
            super::put_or_remove(record, "authoredOn", at.map(|at| input::fhir_time(at, ctx)));
        }
        "at" => {
            let at = typed.map(|typed| input::past(field, typed, ctx)).transpose()?;
            super::put_or_remove(record, "whenHandedOver", at.map(|at| input::fhir_time(at, ctx)));
        }
        "start" | "end" => {
            if let (Some(day), true) = (record.get("effectiveDateTime"), typed.is_some()) {
                // "Taken on that day" becomes "from that day on".
                record.put_choice("effective", "effectivePeriod", json!({ "start": day }));
            } else if typed.is_none() && !record.has("effectivePeriod") {
                put_time(record, ("effective", "effectiveDateTime"), field, None, ctx)?;
            }
            let at = typed.map(|typed| input::when(field, typed)).transpose()?;
            put_period(record, "effectivePeriod", field, at.map(|at| input::fhir_time(at, ctx)));
        }
        _ => {}
    }
    Ok(())
}

/// The name alone: a coding that only displays it. Where a strength is known the text holds both.
fn plain_name(concept: &Value) -> Option<String> {
    items(&concept["coding"])
        .find(|coding| coding["code"].is_null())
        .and_then(|coding| coding["display"].as_str())
        .map(str::to_owned)
}

fn strength_of(concept: &Value) -> Option<String> {
    let name = plain_name(concept)?;
    let rest = concept["text"].as_str()?.strip_prefix(&name)?.trim();
    Some(rest.to_owned()).filter(|rest| !rest.is_empty())
}

fn name(record: &mut Members, name: String) {
    let concept = record.get("medicationCodeableConcept").unwrap_or_default();
    let strength = strength_of(&concept);
    put_concept(record, name, strength);
}

fn put_concept(record: &mut Members, name: String, strength: Option<String>) {
    let concept = match strength {
        Some(strength) => json!({ "coding": [{ "display": name }], "text": format!("{name} {strength}") }),
        None => json!({ "text": name }),
    };
    record.put_choice("medication", "medicationCodeableConcept", concept);
}

fn strength(record: &mut Members, strength: Option<String>) -> Result<(), OwnError> {
    let elsewhere = OwnError::Elsewhere { field: "strength", instead: "name" };
    let concept = record.get("medicationCodeableConcept").ok_or(elsewhere.clone())?;
    // A name of codes has its strength in the codes.
    if items(&concept["coding"]).any(|coding| !coding["code"].is_null()) {
        return Err(elsewhere);
    }
    let name =
        plain_name(&concept).or_else(|| concept["text"].as_str().map(str::to_owned)).ok_or(elsewhere)?;
    put_concept(record, name, strength);
    Ok(())
}

/// A dosage in the person's words: `text` is the whole instruction, `timing.code.text` the part that says how often.
fn set_dosage(
    record: &mut Members,
    key: &str,
    change: impl FnOnce(Option<String>, Option<String>) -> (Option<String>, Option<String>),
) {
    let mut all = match record.get(key) {
        Some(Value::Array(all)) => all,
        _ => Vec::new(),
    };
    let mut first = match all.first() {
        Some(Value::Object(first)) => first.clone(),
        _ => Map::new(),
    };
    let old = Value::Object(first.clone());
    let frequency = old["timing"]["code"]["text"].as_str().map(str::to_owned);
    let dose = old["text"].as_str().map(|text| match &frequency {
        Some(frequency) => text.strip_suffix(frequency.as_str()).unwrap_or(text).trim_end_matches([',', ' ']),
        None => text,
    });
    let (dose, frequency) = change(dose.filter(|dose| !dose.is_empty()).map(str::to_owned), frequency);
    // Structured parts spoke of the old instruction.
    first.shift_remove("doseAndRate");
    first.shift_remove("timing");
    first.shift_remove("patientInstruction");
    let text = [dose.as_deref(), frequency.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(", ");
    if text.is_empty() {
        first.shift_remove("text");
    } else {
        first.insert("text".to_owned(), Value::from(text));
    }
    if let Some(frequency) = frequency {
        first.insert("timing".to_owned(), json!({ "code": { "text": frequency } }));
    }
    match (first.is_empty(), all.first_mut()) {
        (true, Some(_)) => {
            all.remove(0);
        }
        (true, None) => {}
        (false, Some(place)) => *place = Value::Object(first),
        (false, None) => all.push(Value::Object(first)),
    }
    if all.is_empty() {
        record.remove(key);
    } else {
        record.put(key, Value::Array(all));
    }
}

/// Whether a medicine is still taken follows from its end, unless the person said it.
pub(super) fn complete(record: &mut Members, changed: &[&str], ctx: &OwnContext) -> Result<(), OwnError> {
    super::period_in_order(record, "effectivePeriod")?;
    if !changed.contains(&"end") || changed.contains(&"status") {
        return Ok(());
    }
    let period = record.get("effectivePeriod").unwrap_or_default();
    let end = period["end"].as_str().and_then(|text| text.parse::<PartialDateTime>().ok());
    let over = end.is_some_and(|end| end.latest(ctx.offset) < ctx.recorded);
    let status = record.get("status").unwrap_or_default();
    match (over, status.as_str()) {
        (true, Some("active")) => record.put("status", Value::from("completed")),
        (false, Some("completed")) => record.put("status", Value::from("active")),
        _ => {}
    }
    Ok(())
}
