//! A periodic health check: a Composition with its measures inside. See [`crate::checkup`].

use serde_json::{Value, json};

use super::super::change::skeleton;
use super::super::members::Members;
use super::super::{OwnContext, OwnError, input};
use super::{Shape, items, observation, put_time, required};
use crate::checkup::{self, CLASS, CLASSES, MEASURES, PARTS, Part, TITLE};

/// Ids of the Observations inside, in the order of the paper.
const INSIDE: [&str; 5] = ["height", "weight", "blood-pressure", "pulse", "class"];

/// What a check has before its fields are set.
pub(in crate::own) fn begin(record: &mut Members, ctx: &OwnContext) {
    record.put("status", Value::from("final"));
    record.put("type", json!({ "text": ctx.lang.pick(TITLE.0, TITLE.1) }));
    record.put("subject", super::super::change::subject(ctx));
    record.put("date", Value::from(input::now(ctx)));
    record.put("author", json!([super::super::change::subject(ctx)]));
    record.put("title", Value::from(ctx.lang.pick(TITLE.0, TITLE.1)));
}

/// Whether a Composition is a check that this book, or another one, wrote.
pub(super) fn is_checkup(record: &Members) -> bool {
    let kind = record.get("type").unwrap_or_default();
    kind["text"].as_str().is_some_and(|text| checkup::is(text, TITLE))
}

pub(super) fn set(
    record: &mut Members,
    field: &'static str,
    typed: Option<&str>,
    ctx: &OwnContext,
) -> Result<(), OwnError> {
    match field {
        "at" => {
            let typed = Some(required(field, typed)?);
            // FHIR names the element alone; the choice has one form.
            put_time(record, ("date", "date"), field, typed, ctx)
        }
        "place" => super::put_place(record, "custodian", typed),
        "height" | "weight" | "pulse" => measure(record, field, typed, ctx),
        "bp" => {
            let Some(typed) = typed else {
                put_inside(record, "blood-pressure", None);
                return Ok(());
            };
            let (systolic, diastolic) = typed.split_once('/').ok_or(OwnError::WrongForm { field })?;
            let mut pressure = inside(record, "blood-pressure", ctx)?;
            observation::component(&mut pressure, "8480-6", field, Some(systolic))?;
            observation::component(&mut pressure, "8462-4", field, Some(diastolic))?;
            observation::require_pressures(&pressure)?;
            put_inside(record, "blood-pressure", Some(&pressure));
            Ok(())
        }
        "class" => {
            let Some(typed) = typed else {
                put_inside(record, "class", None);
                return Ok(());
            };
            let class = class_of(field, typed)?;
            let mut said = inside(record, "class", ctx)?;
            said.put_choice(
                "value",
                "valueCodeableConcept",
                json!({ "text": format!("{} {class}", ctx.lang.pick("Loại", "Class")) }),
            );
            put_inside(record, "class", Some(&said));
            Ok(())
        }
        _ => match PARTS.iter().find(|part| part.field == field) {
            Some(part) => words(record, part, typed, ctx),
            None => Ok(()),
        },
    }
}

fn class_of(field: &'static str, typed: &str) -> Result<&'static str, OwnError> {
    checkup::class(typed).ok_or_else(|| OwnError::NotOneOf {
        field,
        choices: CLASSES.iter().map(|(class, _)| *class).collect::<Vec<_>>().join(", "),
    })
}

fn measure(
    record: &mut Members,
    field: &'static str,
    typed: Option<&str>,
    ctx: &OwnContext,
) -> Result<(), OwnError> {
    let Some(typed) = typed else {
        put_inside(record, field, None);
        return Ok(());
    };
    let mut measured = inside(record, field, ctx)?;
    let shape = Shape::of_word(field).ok_or(OwnError::NotEditable)?;
    observation::set(shape, &mut measured, "value", Some(typed), ctx).map_err(|error| named(error, field))?;
    put_inside(record, field, Some(&measured));
    Ok(())
}

/// An error of the one value inside, told of the field that the person knows.
fn named(error: OwnError, field: &'static str) -> OwnError {
    match error {
        OwnError::NotANumber { example, .. } => OwnError::NotANumber { field, example },
        OwnError::NotWhole { .. } => OwnError::NotWhole { field },
        OwnError::OutOfBounds { low, high, unit, .. } => OwnError::OutOfBounds { field, low, high, unit },
        other => other,
    }
}

/// The Observation inside, or a new one.
fn inside(record: &Members, id: &str, ctx: &OwnContext) -> Result<Members, OwnError> {
    let all = record.get("contained").unwrap_or_default();
    if let Some(found) = items(&all).find(|one| one["id"] == id) {
        return Members::parse(found.to_string().as_bytes());
    }
    let mut made = if id == "class" {
        let mut made = Members::new("Observation");
        made.put("status", Value::from("final"));
        made.put("code", json!({ "text": ctx.lang.pick(CLASS.0, CLASS.1) }));
        made.put("subject", super::super::change::subject(ctx));
        made
    } else {
        let word = if id == "blood-pressure" { "bp" } else { id };
        let shape = Shape::of_word(word).ok_or(OwnError::NotEditable)?;
        let mut made = skeleton(word, "Observation", shape, ctx);
        // A resource inside another has no labels of its own (FHIR dom-5), and who measured is the paper's to say.
        made.remove("meta");
        made.remove("performer");
        made
    };
    made.put("id", Value::from(id));
    made.sort();
    Ok(made)
}

fn put_inside(record: &mut Members, id: &str, observation: Option<&Members>) {
    let mut all = match record.get("contained") {
        Some(Value::Array(all)) => all,
        _ => Vec::new(),
    };
    let new = observation.and_then(|new| serde_json::from_slice::<Value>(&new.to_bytes()).ok());
    match (all.iter().position(|one| one["id"] == id), new) {
        (Some(at), Some(new)) => {
            if let Some(old) = all.get_mut(at) {
                *old = new;
            }
        }
        (Some(at), None) => {
            all.remove(at);
        }
        (None, Some(new)) => all.push(new),
        (None, None) => {}
    }
    let rank = |one: &Value| INSIDE.iter().position(|known| one["id"] == *known).unwrap_or(INSIDE.len());
    all.sort_by_key(rank);
    if all.is_empty() {
        record.remove("contained");
    } else {
        record.put("contained", Value::Array(all));
    }
}

/// A section in words. What a specialty finds may begin with its class: `II: thị lực 8/10`.
fn words(record: &mut Members, part: &Part, typed: Option<&str>, ctx: &OwnContext) -> Result<(), OwnError> {
    let mut sections = sections(record);
    let at = sections.iter().position(|one| is_titled(one, (part.vi, part.en)));
    let Some(typed) = typed else {
        if let Some(at) = at {
            sections.remove(at);
        }
        put_sections(record, sections);
        return Ok(());
    };
    let text = input::page(part.field, typed)?;
    let text = match text.split_once(':').and_then(|(class, said)| Some((checkup::class(class)?, said))) {
        Some((class, said)) => format!("{} {class}: {}", ctx.lang.pick("Loại", "Class"), said.trim()),
        None => text,
    };
    let narrative = json!({ "status": "generated", "div": xhtml(&text) });
    match at.and_then(|at| sections.get_mut(at)) {
        Some(old) => old["text"] = narrative,
        None => sections.push(json!({ "title": ctx.lang.pick(part.vi, part.en), "text": narrative })),
    }
    put_sections(record, sections);
    Ok(())
}

fn xhtml(text: &str) -> String {
    let mut div = String::from("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>");
    for letter in text.chars() {
        match letter {
            '&' => div.push_str("&amp;"),
            '<' => div.push_str("&lt;"),
            '>' => div.push_str("&gt;"),
            '\n' => div.push_str("<br/>"),
            other => div.push(other),
        }
    }
    div.push_str("</p></div>");
    div
}

fn sections(record: &Members) -> Vec<Value> {
    match record.get("section") {
        Some(Value::Array(all)) => all,
        _ => Vec::new(),
    }
}

fn put_sections(record: &mut Members, sections: Vec<Value>) {
    if sections.is_empty() {
        record.remove("section");
    } else {
        record.put("section", Value::Array(sections));
    }
}

fn is_titled(section: &Value, title: (&str, &str)) -> bool {
    section["title"].as_str().is_some_and(|text| checkup::is(text, title))
}

/// After the fields: the measures' time, the sections in the order of the paper, the class in the title.
pub(super) fn complete(record: &mut Members, ctx: &OwnContext) -> Result<(), OwnError> {
    let all = record.get("contained").unwrap_or_default();
    let date = record.get("date").unwrap_or_default();
    let mut all: Vec<Value> = items(&all).cloned().collect();
    for one in all.iter_mut().filter(|one| INSIDE.iter().any(|known| one["id"] == *known)) {
        one["effectiveDateTime"] = date.clone();
    }
    let reference = |one: &Value| one["id"].as_str().map(|id| json!({ "reference": format!("#{id}") }));
    let measures: Vec<Value> = all.iter().filter(|one| one["id"] != "class").filter_map(reference).collect();
    let class = all.iter().find(|one| one["id"] == "class");
    let class_name =
        class.and_then(|class| class["valueCodeableConcept"]["text"].as_str()).map(str::to_owned);
    let mut sections = sections(record);
    sections.retain(|one| !is_titled(one, MEASURES) && !is_titled(one, CLASS));
    let rank = |section: &Value| {
        PARTS.iter().position(|part| is_titled(section, (part.vi, part.en))).unwrap_or(PARTS.len())
    };
    sections.sort_by_key(rank);
    if !measures.is_empty() {
        let title = ctx.lang.pick(MEASURES.0, MEASURES.1);
        sections.insert(0, json!({ "title": title, "entry": measures }));
    }
    if let Some(class) = class.and_then(reference) {
        let before = sections
            .iter()
            .position(|one| rank(one) >= PARTS.len().saturating_sub(2) && rank(one) < PARTS.len());
        let title = ctx.lang.pick(CLASS.0, CLASS.1);
        sections.insert(before.unwrap_or(sections.len()), json!({ "title": title, "entry": [class] }));
    }
    if !all.is_empty() {
        record.put("contained", Value::Array(all));
    }
    put_sections(record, sections);
    let kind = record.get("type").unwrap_or_default();
    let kind = kind["text"].as_str().unwrap_or(ctx.lang.pick(TITLE.0, TITLE.1)).to_owned();
    let title = match class_name {
        Some(class) => format!("{kind} – {class}"),
        None => kind,
    };
    record.put("title", Value::from(title));
    Ok(())
}
