//! Allergies, vaccines, conditions, procedures, visits, appointments, papers.

use healthbook_model::Precision;
use serde_json::{Map, Value, json};

use super::super::members::Members;
use super::super::{OwnContext, OwnError, input};
use super::{Shape, items, put_period, put_place, put_reason, put_time, required};

const SEVERITY: &[(&str, &[&str])] = &[
    ("mild", &["mild", "nhẹ"]),
    ("moderate", &["moderate", "vừa", "trung bình"]),
    ("severe", &["severe", "nặng"]),
];
const ALLERGY_STATUS: &[(&str, &[&str])] = &[
    ("active", &["active", "còn", "đang còn"]),
    ("inactive", &["inactive", "không còn"]),
    ("resolved", &["resolved", "đã hết", "đã khỏi"]),
];
const CONDITION_STATUS: &[(&str, &[&str])] = &[
    ("active", &["active", "đang mắc"]),
    ("recurrence", &["recurrence", "tái phát lại"]),
    ("relapse", &["relapse", "tái phát"]),
    ("remission", &["remission", "thuyên giảm"]),
    ("inactive", &["inactive", "không còn"]),
    ("resolved", &["resolved", "đã khỏi"]),
];
const VACCINE_STATUS: &[(&str, &[&str])] = &[
    ("completed", &["done", "đã tiêm", "given"]),
    ("not-done", &["not-done", "không tiêm", "chưa tiêm"]),
    ("refused", &["refused", "từ chối"]),
];
const APPOINTMENT_STATUS: &[(&str, &[&str])] = &[
    ("booked", &["booked", "đã hẹn"]),
    ("cancelled", &["cancelled", "đã hủy", "đã huỷ"]),
    ("fulfilled", &["done", "đã khám"]),
    ("noshow", &["missed", "lỡ hẹn"]),
];

pub(super) fn set(
    shape: Shape,
    record: &mut Members,
    field: &'static str,
    typed: Option<&str>,
    ctx: &OwnContext,
) -> Result<(), OwnError> {
    match (shape, field) {
        (Shape::Allergy | Shape::Condition | Shape::Procedure | Shape::Request, "name") => {
            put_concept(record, "code", field, typed)
        }
        (Shape::Vaccine, "name") => put_concept(record, "vaccineCode", field, typed),
        (Shape::Allergy, "reaction") => reaction(
            record,
            |first| {
                match typed {
                    Some(typed) => {
                        first.insert(
                            "manifestation".to_owned(),
                            json!([{ "text": input::line(field, typed)? }]),
                        );
                    }
                    None => {
                        first.shift_remove("manifestation");
                    }
                }
                Ok(())
            },
            ctx,
        ),
        (Shape::Allergy, "severity") => reaction(
            record,
            |first| {
                match typed {
                    Some(typed) => {
                        first.insert(
                            "severity".to_owned(),
                            Value::from(input::choice(field, typed, SEVERITY)?),
                        );
                    }
                    None => {
                        first.shift_remove("severity");
                    }
                }
                Ok(())
            },
            ctx,
        ),
        (Shape::Allergy | Shape::Condition, "onset") => {
            put_time(record, ("onset", "onsetDateTime"), field, typed, ctx)
        }
        (Shape::Allergy, "status") => {
            let code = input::choice(field, required(field, typed)?, ALLERGY_STATUS)?;
            record.put("clinicalStatus", status("allergyintolerance-clinical", code));
            Ok(())
        }
        (Shape::Condition, "resolved") => {
            put_time(record, ("abatement", "abatementDateTime"), field, typed, ctx)
        }
        (Shape::Condition, "status") => {
            let code = input::choice(field, required(field, typed)?, CONDITION_STATUS)?;
            record.put("clinicalStatus", status("condition-clinical", code));
            Ok(())
        }
        (Shape::Vaccine, _) => vaccine(record, field, typed, ctx),
        (Shape::Procedure, "at") => put_time(record, ("performed", "performedDateTime"), field, typed, ctx),
        (Shape::Procedure, "place") => put_place(record, "location", typed),
        (Shape::Visit, "place") => put_place(record, "serviceProvider", typed),
        (Shape::Visit, "at" | "end") => {
            let at = typed.map(|typed| input::past(field, typed, ctx)).transpose()?;
            let end = if field == "at" { "start" } else { "end" };
            put_period(record, "period", end, at.map(|at| input::fhir_time(at, ctx)));
            Ok(())
        }
        (Shape::Request, "at") => {
            let at = typed.map(|typed| input::past(field, typed, ctx)).transpose()?;
            super::put_or_remove(record, "authoredOn", at.map(|at| input::fhir_time(at, ctx)));
            Ok(())
        }
        (Shape::Note, "text") => {
            let text = input::page(field, required(field, typed)?)?;
            record.put("payload", json!([{ "contentString": text }]));
            Ok(())
        }
        (Shape::Note, _) => {
            let at = input::past(field, required(field, typed)?, ctx)?;
            record.put("sent", Value::from(input::fhir_time(at, ctx)));
            Ok(())
        }
        (_, "reason") => put_reason(record, typed),
        (Shape::Appointment, _) => appointment(record, field, typed, ctx),
        (Shape::Document, _) => document(record, field, typed, ctx),
        _ => Ok(()),
    }
}

fn status(list: &str, code: &str) -> Value {
    json!({ "coding": [{ "system": format!("http://terminology.hl7.org/CodeSystem/{list}"), "code": code }] })
}

/// What something is, in the person's words; codes that named the old thing go.
fn put_concept(
    record: &mut Members,
    key: &str,
    field: &'static str,
    typed: Option<&str>,
) -> Result<(), OwnError> {
    record.put(key, json!({ "text": input::line(field, required(field, typed)?)? }));
    Ok(())
}

/// Changes the first reaction. FHIR wants a manifestation in each.
fn reaction(
    record: &mut Members,
    change: impl FnOnce(&mut Map<String, Value>) -> Result<(), OwnError>,
    ctx: &OwnContext,
) -> Result<(), OwnError> {
    let mut all = match record.get("reaction") {
        Some(Value::Array(all)) => all,
        _ => Vec::new(),
    };
    let mut first = match all.first() {
        Some(Value::Object(first)) => first.clone(),
        _ => Map::new(),
    };
    change(&mut first)?;
    let unknown = json!([{ "text": ctx.lang.pick("Không rõ", "Unknown") }]);
    let named = first.get("manifestation").is_some_and(|manifestation| *manifestation != unknown);
    let rest = first.keys().any(|key| key != "manifestation");
    if !named && rest {
        first.shift_remove("manifestation");
        first.insert("manifestation".to_owned(), unknown);
    }
    if !all.is_empty() {
        all.remove(0);
    }
    if named || rest {
        all.insert(0, Value::Object(first));
    }
    if all.is_empty() {
        record.remove("reaction");
    } else {
        record.put("reaction", Value::Array(all));
    }
    Ok(())
}

fn vaccine(
    record: &mut Members,
    field: &'static str,
    typed: Option<&str>,
    ctx: &OwnContext,
) -> Result<(), OwnError> {
    match field {
        "at" => put_time(record, ("occurrence", "occurrenceDateTime"), field, typed, ctx)?,
        "lot" => {
            let lot = typed.map(|typed| input::line(field, typed)).transpose()?;
            super::put_or_remove(record, "lotNumber", lot);
        }
        "place" => put_place(record, "location", typed)?,
        "dose-number" => match typed {
            Some(typed) => {
                let number = input::number(field, typed, ("1", "99", ""))?;
                if !number.is_whole() {
                    return Err(OwnError::NotWhole { field });
                }
                record.put("protocolApplied", json!([{ "doseNumberPositiveInt": input::json(&number) }]));
            }
            None => record.remove("protocolApplied"),
        },
        "status" => match input::choice(field, required(field, typed)?, VACCINE_STATUS)? {
            "refused" => {
                record.put("status", Value::from("not-done"));
                record.put("statusReason", with_text(record, status("v3-ActReason", "PATOBJ")));
            }
            code => {
                record.put("status", Value::from(code));
                let reason = record.get("statusReason").unwrap_or_default();
                match reason["text"].as_str() {
                    Some(text) if code == "not-done" => record.put("statusReason", json!({ "text": text })),
                    _ => record.remove("statusReason"),
                }
            }
        },
        "reason" => {
            let mut reason = record.get("statusReason").filter(Value::is_object).unwrap_or_else(|| json!({}));
            if let Some(reason) = reason.as_object_mut() {
                reason.shift_remove("text");
                if let Some(typed) = typed {
                    reason.insert("text".to_owned(), Value::from(input::line(field, typed)?));
                }
            }
            if reason.as_object().is_some_and(Map::is_empty) {
                record.remove("statusReason");
            } else {
                record.put("statusReason", reason);
            }
        }
        _ => {}
    }
    Ok(())
}

/// The reason's code, with the person's own words if there are any.
fn with_text(record: &Members, mut reason: Value) -> Value {
    if let Some(text) = record.get("statusReason").unwrap_or_default()["text"].as_str() {
        reason["text"] = Value::from(text);
    }
    reason
}

/// `occurrence[x]` must be there (Immunization, 1..1), and a reason belongs only to what was not given.
pub(super) fn complete_vaccine(record: &mut Members, ctx: &OwnContext) -> Result<(), OwnError> {
    if !record.has("occurrenceDateTime") && !record.has("occurrenceString") {
        record.put("occurrenceString", Value::from(ctx.lang.pick("không rõ", "unknown")));
    }
    if record.has("statusReason") && record.get("status") == Some(Value::from("completed")) {
        return Err(OwnError::Elsewhere { field: "reason", instead: "status" });
    }
    Ok(())
}

/// A condition that is over has a status that says so (FHIR invariant con-4).
pub(super) fn complete_condition(record: &mut Members, changed: &[&str]) -> Result<(), OwnError> {
    let has_end = record.keys().any(|key| key.starts_with("abatement"));
    let clinical = record.get("clinicalStatus").unwrap_or_default();
    let over = items(&clinical["coding"])
        .any(|coding| matches!(coding["code"].as_str(), Some("inactive" | "remission" | "resolved")));
    match (has_end, over) {
        (true, false) if changed.contains(&"status") => {
            Err(OwnError::Elsewhere { field: "status", instead: "resolved" })
        }
        (true, false) => {
            record.put("clinicalStatus", status("condition-clinical", "resolved"));
            Ok(())
        }
        (false, true) if changed.contains(&"resolved") && !changed.contains(&"status") => {
            record.put("clinicalStatus", status("condition-clinical", "active"));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// An appointment at a time is booked; one of which only the day is known has no `start` in FHIR (an instant), and
/// is proposed within that day (invariant app-3).
fn appointment(
    record: &mut Members,
    field: &'static str,
    typed: Option<&str>,
    ctx: &OwnContext,
) -> Result<(), OwnError> {
    match field {
        "at" => {
            let at = input::when(field, required(field, typed)?)?;
            let text = input::fhir_time(at, ctx);
            if at.precision() >= Precision::Minute {
                record.remove("requestedPeriod");
                record.put("start", Value::from(text.as_str()));
                record.put("end", Value::from(text));
                if record.get("status") == Some(Value::from("proposed")) {
                    record.put("status", Value::from("booked"));
                }
            } else {
                record.remove("start");
                record.remove("end");
                record.put("requestedPeriod", json!([{ "start": text, "end": text }]));
                if record.get("status") != Some(Value::from("cancelled")) {
                    record.put("status", Value::from("proposed"));
                }
            }
        }
        "name" => {
            let name = typed.map(|typed| input::line(field, typed)).transpose()?;
            super::put_or_remove(record, "description", name);
        }
        "place" => {
            let mut all = match record.get("participant") {
                Some(Value::Array(all)) => all,
                _ => Vec::new(),
            };
            // The place is the participant that is nothing but a name of a Location.
            all.retain(|one| one["actor"]["type"] != "Location");
            if let Some(typed) = typed {
                let actor = json!({ "type": "Location", "display": input::line(field, typed)? });
                all.push(json!({ "actor": actor, "status": "accepted" }));
            }
            record.put("participant", Value::Array(all));
        }
        "status" => {
            let code = input::choice(field, required(field, typed)?, APPOINTMENT_STATUS)?;
            if !record.has("start") && code != "cancelled" {
                return Err(OwnError::Elsewhere { field, instead: "at" });
            }
            record.put("status", Value::from(code));
        }
        _ => {}
    }
    Ok(())
}

fn document(
    record: &mut Members,
    field: &'static str,
    typed: Option<&str>,
    ctx: &OwnContext,
) -> Result<(), OwnError> {
    if field == "place" {
        return put_place(record, "custodian", typed);
    }
    let mut content = match record.get("content") {
        Some(Value::Array(content)) if content.first().is_some_and(Value::is_object) => content,
        _ => vec![json!({ "attachment": {} })],
    };
    if let Some(first) = content.first_mut() {
        if !first["attachment"].is_object() {
            first["attachment"] = json!({});
        }
        if let Some(attachment) = first["attachment"].as_object_mut() {
            let (key, text) = match (field, typed) {
                ("title", typed) => ("title", Some(input::line(field, required(field, typed)?)?)),
                (_, Some(typed)) => {
                    ("creation", Some(input::fhir_time(input::past(field, typed, ctx)?, ctx)))
                }
                (_, None) => ("creation", None),
            };
            match text {
                Some(text) => {
                    attachment.insert(key.to_owned(), Value::from(text));
                }
                None => {
                    attachment.shift_remove(key);
                }
            }
        }
    }
    record.put("content", Value::Array(content));
    Ok(())
}
