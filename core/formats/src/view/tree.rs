//! Any structure as rows: simple elements as one row, structures as sections, and at last whatever has not been said.

use super::reader::Reader;
use super::{Row, Section, labels, text};
use crate::fhir::json::{Json, Object, each};
use crate::names;

/// Between the names of an element and of the one it stands in.
const INSIDE: &str = " › ";

/// Structures that say no more than what stands in them.
const WHOLES: [&str; 2] = ["hospitalization", "dispenseRequest"];

/// Elements that say who or what the structure around them is about.
const PARTS: [&str; 3] = ["actor", "individual", "location"];

/// What an element is called; its own name when FHIR has none like it.
pub(super) fn label(reader: &Reader, element: &str) -> String {
    labels::of_element(&reader.resource_type, element, reader.lang)
        .map_or_else(|| text::one_line(element), str::to_owned)
}

/// What an element inside another is called: the names that a type has of its own are those of its first level.
fn inner_label(reader: &Reader, element: &str) -> String {
    labels::of_element("", element, reader.lang).map_or_else(|| text::one_line(element), str::to_owned)
}

/// Elements of which each is a row of its own, however many there are.
fn stands_alone(element: &str) -> bool {
    matches!(
        element,
        "note"
            | "dosage"
            | "dosageInstruction"
            | "telecom"
            | "address"
            | "presentedForm"
            | "photo"
            | "payload"
    )
}

/// A member of the resource: as rows of the first section, or as sections of its own.
pub(super) fn member(
    reader: &Reader,
    element: &str,
    value: &Json<'_>,
    rows: &mut Vec<Row>,
    sections: &mut Vec<Section>,
) {
    let label = label(reader, element);
    if element == "contained" {
        for object in each(Some(value)).iter().filter_map(Json::as_object) {
            sections.push(contained(reader, &label, object));
        }
        return;
    }
    let structures = each(Some(value)).iter().filter(|item| is_structure(reader, element, item)).count();
    if structures == 0 {
        flat(reader, &label, element, value, rows);
        return;
    }
    for (n, item) in each(Some(value)).iter().enumerate() {
        let title = if structures > 1 { format!("{label} {}", n + 1) } else { label.clone() };
        let mut section = Section { title: Some(title), rows: Vec::new() };
        match item {
            Json::Object(object) if is_structure(reader, element, item) => {
                members(reader, "", object, &mut section.rows);
            }
            item => {
                flat(reader, &label, element, item, rows);
                continue;
            }
        }
        // A structure of one element reads better as a row.
        if let [only] = section.rows.as_mut_slice() {
            let is_whole = WHOLES.contains(&element);
            let is_part = PARTS.iter().any(|part| only.label == inner_label(reader, part));
            if is_part || only.label == label {
                only.label.clone_from(&label);
                rows.append(&mut section.rows);
            } else if structures == 1 {
                if !is_whole {
                    only.label = format!("{label}{INSIDE}{}", only.label);
                }
                rows.append(&mut section.rows);
            }
        }
        if !section.rows.is_empty() {
            sections.push(section);
        }
    }
}

/// Whether an item needs rows of its own. Asked without a trace: a reader of its own does the reading.
fn is_structure(reader: &Reader, element: &str, item: &Json<'_>) -> bool {
    match item {
        Json::Object(object) => {
            Reader::new(reader.lang, &reader.resource_type).simple(element, object).is_none()
                && !is_empty(item)
        }
        _ => false,
    }
}

fn is_empty(value: &Json<'_>) -> bool {
    match value {
        Json::Null => true,
        Json::String(text) => text.trim().is_empty(),
        Json::Array(items) => items.iter().all(is_empty),
        Json::Object(object) => object.members().all(|(_, member)| is_empty(member)),
        Json::Bool(_) | Json::Number(_) => false,
    }
}

/// One element of simple values.
fn flat(reader: &Reader, label: &str, element: &str, value: &Json<'_>, rows: &mut Vec<Row>) {
    let mut texts: Vec<String> = Vec::new();
    for item in each(Some(value)) {
        match item {
            Json::Object(object) => texts.extend(reader.simple(element, object)),
            Json::Array(_) => flat(reader, label, element, item, rows),
            item => texts.extend(reader.scalar(element, item)),
        }
    }
    if texts.is_empty() {
        return;
    }
    if stands_alone(element) {
        rows.extend(texts.into_iter().map(|value| Row { label: label.to_owned(), value }));
    } else {
        rows.push(Row { label: label.to_owned(), value: texts.join("; ") });
    }
}

/// The members of a structure, each under the name of what it stands in.
pub(super) fn members(reader: &Reader, under: &str, object: &Object<'_>, rows: &mut Vec<Row>) {
    for (element, value) in object.members() {
        if matches!(element, "id" | "extension" | "modifierExtension") || element.starts_with('_') {
            continue;
        }
        let own = inner_label(reader, element);
        let label = if under.is_empty() { own } else { format!("{under}{INSIDE}{own}") };
        let structures = each(Some(value)).iter().filter(|item| is_structure(reader, element, item)).count();
        if structures == 0 {
            flat(reader, &label, element, value, rows);
            continue;
        }
        for (n, item) in each(Some(value)).iter().enumerate() {
            let label = if structures > 1 { format!("{label} {}", n + 1) } else { label.clone() };
            match item {
                Json::Object(object) if is_structure(reader, element, item) => {
                    members(reader, &label, object, rows);
                }
                item => flat(reader, &label, element, item, rows),
            }
        }
    }
}

/// A resource inside the resource.
pub(super) fn contained(reader: &Reader, label: &str, object: &Object<'_>) -> Section {
    let kind = object.text("resourceType").unwrap_or_default();
    reader.say_member(object, "resourceType");
    let name = names::type_name(kind, reader.lang).map_or_else(|| text::one_line(kind), str::to_owned);
    let mut rows = Vec::new();
    members(reader, "", object, &mut rows);
    Section { title: Some(format!("{label}: {name}")), rows }
}

/// Whatever has not been said yet, to the last leaf.
pub(super) fn remaining(reader: &Reader, resource: &Object<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for (element, value) in resource.members() {
        rest(reader, &label(reader, element), element, value, &mut rows);
    }
    rows
}

fn rest(reader: &Reader, label: &str, element: &str, value: &Json<'_>, rows: &mut Vec<Row>) {
    if !reader.has_more(value) {
        return;
    }
    match value {
        Json::Array(items) => {
            let many = items.iter().filter(|item| reader.has_more(item)).count() > 1
                && items.iter().any(|item| matches!(item, Json::Object(_)))
                && element != "coding";
            for (n, item) in items.iter().enumerate() {
                let numbered = if many { format!("{label} {}", n + 1) } else { label.to_owned() };
                rest(reader, &numbered, element, item, rows);
            }
        }
        Json::Object(object) => {
            if let Some(row) = patient(reader, label, object) {
                rows.push(row);
            } else if let Some(row) = known_extension(reader, element, object) {
                rows.push(row);
            } else if let Some(value) = extension(reader, element, object) {
                rows.push(Row { label: label.to_owned(), value });
            } else if let Some((name, value)) = (element == "identifier" && reader.is_fresh(value))
                .then(|| reader.identifier(object))
                .flatten()
            {
                rows.push(Row { label: name.unwrap_or_else(|| label.to_owned()), value });
            } else if reader.is_fresh(value) && is_coding(object) {
                rows.extend(
                    reader.coding_in_full(object).map(|value| Row { label: label.to_owned(), value }),
                );
            } else if element == "coding" || reader.is_fresh(value) {
                rows.extend(
                    reader.simple(element, object).map(|value| Row { label: label.to_owned(), value }),
                );
            }
            for (inner, member) in object.members() {
                let name = inner_label(reader, inner);
                rest(reader, &format!("{label}{INSIDE}{name}"), inner, member, rows);
            }
        }
        value => {
            if let Some(value) = reader.scalar(element, value) {
                rows.push(Row { label: label.to_owned(), value });
            } else {
                reader.say(value);
            }
        }
    }
}

fn is_coding(object: &Object<'_>) -> bool {
    object.text("code").is_some()
        && object
            .members()
            .all(|(key, _)| matches!(key, "system" | "version" | "code" | "display" | "userSelected"))
}

/// The person by name, or by the id that a source has for them.
fn patient(reader: &Reader, label: &str, object: &Object<'_>) -> Option<Row> {
    let target = object.text("reference").filter(|_| object.text("display").is_none())?;
    let id = target.strip_prefix("Patient/")?;
    reader.say_member(object, "reference");
    reader.say_member(object, "type");
    let value = match reader.called(target) {
        Some(name) => name.to_owned(),
        None => format!("{} {}", names::type_name("Patient", reader.lang)?, text::one_line(id)),
    };
    Some(Row { label: label.to_owned(), value })
}

/// An extension whose address the book knows, under a name; what it holds may stand one level further in.
fn known_extension(reader: &Reader, element: &str, object: &Object<'_>) -> Option<Row> {
    let url = object.text("url").filter(|_| element == "extension")?;
    let lang = reader.lang;
    let name = match url.rsplit('/').next()? {
        "extension-race" => lang.pick("Dân tộc", "Ethnic group"),
        "extension-occupation" => lang.pick("Nghề nghiệp", "Occupation"),
        "patient-nationality" => lang.pick("Quốc tịch", "Nationality"),
        "patient-birthTime" => lang.pick("Giờ sinh", "Time of birth"),
        "iso21090-SC-coding" => {
            let system = object.object("valueCoding").and_then(|coding| coding.text("system"))?;
            match system.strip_prefix(names::CLAIM_FIELD)? {
                "MATINH_CU_TRU" => lang.pick("Tỉnh, thành phố", "Province"),
                "MAHUYEN_CU_TRU" => lang.pick("Quận, huyện", "District"),
                "MAXA_CU_TRU" => lang.pick("Xã, phường", "Commune"),
                _ => return None,
            }
        }
        _ => return None,
    };
    let inner = object.objects("extension").find(|inner| inner.text("url") == Some("code"));
    let holder = inner.unwrap_or(object);
    let (kind, value) = holder.members().find(|(name, _)| name.starts_with("value"))?;
    let told = match value {
        Json::Object(inner) => reader.simple(kind, inner)?,
        value => reader.scalar(kind, value)?,
    };
    let coding = value.as_object().map(|value| value.objects("coding").next().unwrap_or(value));
    let told = match coding.and_then(|coding| coding.text("code")) {
        Some(code) if code != told => format!("{told} ({})", text::one_line(code)),
        _ => told,
    };
    [object, holder].into_iter().for_each(|level| reader.say_member(level, "url"));
    reader.say_all(value);
    Some(Row { label: name.to_owned(), value: told })
}

/// An extension of one value: the value, and the address that says what it means.
fn extension(reader: &Reader, element: &str, object: &Object<'_>) -> Option<String> {
    if !matches!(element, "extension" | "modifierExtension") {
        return None;
    }
    let url = object.text("url")?;
    let (name, value) = object.members().find(|(name, _)| name.starts_with("value"))?;
    let shown = match value {
        Json::Object(inner) => reader.simple(name, inner)?,
        value => reader.scalar(name, value)?,
    };
    reader.say_member(object, "url");
    Some(format!("{shown} ({})", text::one_line(url)))
}
