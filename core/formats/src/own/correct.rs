//! A person's correction of a record that somebody else wrote: a copy that stands beside the original.

use serde_json::{Map, Value, json};

use super::change::{asserted, change, fields_of_record, subject};
use super::members::Members;
use super::{OwnContext, OwnError, input};
use crate::names::{SID_BHYT, SID_CCCD};

/// Deepest nesting in which references are looked for; FHIR's own resources stay below 20.
const DEPTH: usize = 100;

/// A corrected copy of a record: under the new identity of `ctx`, without its author's identifiers, meta and
/// narrative, about the book's person, with the changes made and a note that says whose correction it is. Digits
/// and unknown elements stay. References into its author's system become their text, since nothing resolves them
/// in the book; what follows from a changed value (its interpretation) goes.
///
/// # Errors
/// See [`OwnError`]; never says a value.
pub fn correction(
    original: &[u8],
    changes: &[(String, String)],
    ctx: &OwnContext,
) -> Result<Vec<u8>, OwnError> {
    let mut record = Members::parse(original)?;
    let resource_type = record.resource_type();
    if fields_of_record(original)?.is_empty() {
        return Err(OwnError::NotEditable);
    }
    for gone in ["text", "implicitRules", "meta"] {
        record.remove(gone);
    }
    record.put("id", Value::from(ctx.id.to_string()));
    record.put("meta", json!({ "security": [asserted()] }));
    let identifiers = record.get("identifier");
    record.remove("identifier");
    if let ("Patient", Some(Value::Array(all))) = (resource_type.as_str(), identifiers) {
        // Those that are the person's own, not a hospital's.
        let own: Vec<Value> =
            all.into_iter().filter(|one| one["system"] == SID_CCCD || one["system"] == SID_BHYT).collect();
        if !own.is_empty() {
            record.put("identifier", Value::Array(own));
        }
    }
    let keys: Vec<String> = record.keys().map(str::to_owned).collect();
    for key in keys {
        match key.as_str() {
            "subject" | "patient" | "beneficiary" => record.put(&key, subject(ctx)),
            "resourceType" | "id" | "meta" => {}
            _ => {
                if let Some(value @ (Value::Object(_) | Value::Array(_))) = record.get(&key) {
                    let kept = without_foreign_references(value.clone(), DEPTH);
                    // What does not change keeps its raw text.
                    if kept != value {
                        record.put(&key, kept);
                    }
                }
            }
        }
    }
    let (notes, changes): (Vec<_>, Vec<_>) = changes.iter().cloned().partition(|(name, _)| name == "note");
    if changes.iter().any(|(name, _)| matches!(name.as_str(), "value" | "unit" | "systolic" | "diastolic")) {
        record.remove("interpretation");
        strip_component_interpretation(&mut record);
    }
    change(&mut record, &changes, ctx)?;
    let said =
        notes.last().map(|(_, text)| input::page("note", text)).transpose()?.filter(|text| !text.is_empty());
    mark(&mut record, &resource_type, said, ctx);
    Ok(record.to_bytes())
}

fn strip_component_interpretation(record: &mut Members) {
    if let Some(Value::Array(mut parts)) = record.get("component") {
        for part in parts.iter_mut().filter_map(Value::as_object_mut) {
            part.shift_remove("interpretation");
        }
        record.put("component", Value::Array(parts));
    }
}

/// Says whose correction it is, where the type has room for it: a note, else the narrative.
fn mark(record: &mut Members, resource_type: &str, said: Option<String>, ctx: &OwnContext) {
    let sentence = ctx.lang.pick("Bản sửa của người bệnh", "The patient's own correction");
    let text = said.map_or_else(|| sentence.to_owned(), |said| format!("{sentence}: {said}"));
    match resource_type {
        "Encounter" | "Appointment" | "DocumentReference" | "Patient" | "Coverage" | "DiagnosticReport"
        | "Composition" => {
            let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let div = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{escaped}</div>");
            record.put("text", json!({ "status": "additional", "div": div }));
        }
        _ => {
            let mut notes = match record.get("note") {
                Some(Value::Array(notes)) => notes,
                _ => Vec::new(),
            };
            notes.push(json!({ "time": input::now(ctx), "text": text }));
            record.put("note", Value::Array(notes));
        }
    }
}

/// A relative reference or a `urn:` of another system resolves to nothing here, or to a stranger: what it said stays
/// as text. A contained resource (`#x`) and an absolute address stay.
fn without_foreign_references(value: Value, depth: usize) -> Value {
    if depth == 0 {
        return value;
    }
    match value {
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|item| without_foreign_references(item, depth - 1)).collect())
        }
        Value::Object(members) => {
            let foreign = members
                .get("reference")
                .and_then(Value::as_str)
                .filter(|target| !target.starts_with('#') && !target.contains("://"))
                .map(str::to_owned);
            let mut kept = Map::new();
            for (key, member) in members {
                if key == "reference" && foreign.is_some() {
                    continue;
                }
                kept.insert(key, without_foreign_references(member, depth - 1));
            }
            if let Some(target) = foreign {
                kept.entry("display").or_insert_with(|| Value::from(target));
            }
            Value::Object(kept)
        }
        plain => plain,
    }
}
