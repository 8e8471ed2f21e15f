//! Elements that read better than their structure.

use healthbook_model::Lang;

use super::reader::Reader;
use super::{Row, Section, bill, text, tree, when};
use crate::card::{self, BhytNumber};
use crate::fhir::json::{Json, Object, each};
use crate::{claim, names};

/// Shows a member that has a way of its own, and says whether it had one.
pub(super) fn member(
    reader: &Reader,
    resource: &Object<'_>,
    element: &str,
    value: &Json<'_>,
    rows: &mut Vec<Row>,
    sections: &mut Vec<Section>,
) -> bool {
    match (reader.resource_type.as_str(), element) {
        ("Observation", "component") => components(reader, value, rows),
        ("Observation", element) if element.starts_with("value") => {
            let Some(shown) = observed(reader, resource) else { return false };
            rows.push(Row { label: tree::label(reader, element), value: shown });
        }
        ("ExplanationOfBenefit", "total" | "item" | "insurance" | "supportingInfo" | "careTeam")
            if bill::is_of_a_claim(resource) =>
        {
            return bill::member(reader, element, value, rows, sections);
        }
        ("Composition", "attester") => return signers(reader, value, rows),
        ("ServiceRequest", "note") => return labelled_notes(reader, resource, value, rows),
        ("Appointment", "comment") => return labelled_comment(reader, resource, value, rows),
        ("Coverage", "class") => return classes(reader, value, rows),
        ("Appointment", "participant") => return participants(reader, value, rows),
        // Whose it is, told by an id alone, is no news in a person's own book, and a visit's id is none to anybody.
        (_, "subject" | "patient" | "beneficiary" | "encounter") => {
            return value.as_object().is_some_and(|to| {
                to.get("display").is_none()
                    && to.text("reference").is_some_and(|to| {
                        !to.starts_with('#') && (element != "encounter" || reader.called(to).is_none())
                    })
            });
        }
        ("Coverage", "subscriberId") => return insured(reader, resource, value, rows),
        ("Coverage", "network") => {
            let Some(place) = reader.text(resource, element) else { return false };
            let shown = card::facility(&place, reader.lang);
            rows.push(Row { label: tree::label(reader, element), value: text::one_line(&shown) });
        }
        // Mostly said with the value.
        ("Observation", "referenceRange") => {
            for range in each(Some(value)).iter().filter_map(Json::as_object) {
                if let Some(shown) = reference_range(reader, range) {
                    rows.push(Row { label: tree::label(reader, element), value: shown });
                }
            }
        }
        (_, "identifier") => {
            for identifier in each(Some(value)).iter().filter_map(Json::as_object) {
                if let Some((name, value)) = reader.identifier(identifier) {
                    rows.push(Row { label: name.unwrap_or_else(|| tree::label(reader, element)), value });
                }
            }
        }
        ("QuestionnaireResponse" | "Questionnaire", "item") => answers(reader, value, 0, rows),
        ("Composition", "section") => composed(reader, resource, value, sections),
        ("Composition", "contained") => {
            for inside in each(Some(value)).iter().filter_map(Json::as_object) {
                if !is_told(reader, inside) {
                    sections.push(tree::contained(reader, &tree::label(reader, element), inside));
                }
            }
        }
        ("Bundle", "entry") => entries(reader, value, sections),
        ("DocumentReference", "content") => {
            for content in each(Some(value)).iter().filter_map(Json::as_object) {
                if let Some(shown) = content.object("attachment").and_then(|file| reader.attachment(file)) {
                    rows.push(Row { label: tree::label(reader, "attachment"), value: shown });
                }
            }
        }
        ("Communication", "payload") => {
            for payload in each(Some(value)).iter().filter_map(Json::as_object) {
                if let Some(shown) = reader.text(payload, "contentString") {
                    rows.push(Row { label: tree::label(reader, element), value: shown });
                }
            }
        }
        _ => return false,
    }
    true
}

/// The number of a BHYT card with what it says of who is insured, what is paid and where the card is from. Any other
/// number of an insurance has no way of its own.
fn insured(reader: &Reader, resource: &Object<'_>, value: &Json<'_>, rows: &mut Vec<Row>) -> bool {
    let Some(number) = resource.text("subscriberId").and_then(|text| BhytNumber::parse(text).ok()) else {
        return false;
    };
    reader.say(value);
    rows.push(Row { label: tree::label(reader, "subscriberId"), value: number.as_str().to_owned() });
    rows.extend(number.says(reader.lang));
    true
}

/// What a card says beside its number, each under its own name. Classes that are told otherwise have no way of their own.
fn classes(reader: &Reader, value: &Json<'_>, rows: &mut Vec<Row>) -> bool {
    let classes = || each(Some(value)).iter().filter_map(Json::as_object);
    let told = classes().map(|class| Some((class.object("type")?.text("text")?, class.text("value")?)));
    let Some(told) = told.collect::<Option<Vec<_>>>() else { return false };
    for ((label, shown), class) in told.into_iter().zip(classes()) {
        let shown = when::natural_text("date", shown, reader.lang)
            .unwrap_or_else(|| text::one_line(&card::facility(shown, reader.lang)));
        reader.say_member(class, "value");
        rows.extend(
            class
                .object("type")
                .and_then(|kind| reader.concept(kind))
                .map(|_| Row { label: in_words(reader, text::one_line(label)), value: shown }),
        );
    }
    true
}

/// Who signed. That it was for the law's sake is what a signature under a paper is.
fn signers(reader: &Reader, value: &Json<'_>, rows: &mut Vec<Row>) -> bool {
    let signed = || each(Some(value)).iter().filter_map(Json::as_object);
    let is_plain = signed().all(|one| {
        one.text("mode") == Some("legal") && one.members().all(|(name, _)| matches!(name, "mode" | "party"))
    });
    if is_plain {
        for one in signed() {
            reader.say_member(one, "mode");
            let who = one.object("party").and_then(|party| reader.reference(party));
            rows.extend(who.map(|value| Row { label: tree::label(reader, "attester"), value }));
        }
    }
    is_plain
}

/// A label of the book's own mapping in the reader's language; any other as it is.
pub(super) fn in_words(reader: &Reader, label: String) -> String {
    match reader.lang {
        Lang::Vi => label,
        Lang::En => claim::in_english(&label).map_or(label, str::to_owned),
    }
}

/// The form (`XML13`) of a record that is one of the papers that the book made of a claim, whose notes are lines with
/// labels.
pub(super) fn paper_form<'r>(resource: &'r Object<'_>) -> Option<&'r str> {
    let concepts =
        resource.objects("serviceType").chain(resource.object("code")).chain(resource.object("type"));
    concepts.flat_map(|concept| concept.objects("coding")).find_map(|coding| {
        let list = coding.text("system").and_then(|system| system.strip_prefix(names::CLAIM_FIELD));
        coding.text("code").filter(|_| list == Some("LOAIHOSO"))
    })
}

/// `Label: words` as a row of its own.
fn labelled(reader: &Reader, line: &str) -> Option<Row> {
    let (label, words) = line.split_once(": ")?;
    let named = claim::note_in_english(label, words).filter(|_| reader.lang == Lang::En);
    let value = named.map_or_else(|| text::harmless(words), str::to_owned);
    Some(Row { label: in_words(reader, text::one_line(label)), value })
}

fn labelled_notes(reader: &Reader, resource: &Object<'_>, value: &Json<'_>, rows: &mut Vec<Row>) -> bool {
    let notes = || each(Some(value)).iter().filter_map(Json::as_object);
    let labelled = |line: &str| labelled(reader, line);
    let lines: Option<Vec<Row>> = notes()
        .map(|note| note.text("text").filter(|_| note.members().count() == 1).and_then(labelled))
        .collect();
    let Some(lines) = lines.filter(|_| paper_form(resource).is_some()) else { return false };
    notes().for_each(|note| reader.say_member(note, "text"));
    rows.extend(lines);
    true
}

fn labelled_comment(reader: &Reader, resource: &Object<'_>, value: &Json<'_>, rows: &mut Vec<Row>) -> bool {
    let labelled = |line: &str| labelled(reader, line);
    let lines: Option<Vec<Row>> = value.as_str().and_then(|text| text.lines().map(labelled).collect());
    let Some(lines) = lines.filter(|_| paper_form(resource).is_some()) else { return false };
    reader.say(value);
    rows.extend(lines);
    true
}

/// Where to come and to whom. That they take part is what an appointment is about; any other answer has its own rows.
fn participants(reader: &Reader, value: &Json<'_>, rows: &mut Vec<Row>) -> bool {
    let people = || each(Some(value)).iter().filter_map(Json::as_object);
    let is_plain = people().all(|part| {
        part.members().all(|(name, _)| matches!(name, "actor" | "status"))
            && part.text("status") == Some("accepted")
            && part.object("actor").is_some_and(|actor| {
                ["display", "reference", "identifier"].iter().any(|name| actor.get(name).is_some())
            })
    });
    if !is_plain {
        return false;
    }
    for part in people() {
        let Some(actor) = part.object("actor") else { continue };
        reader.say_member(part, "status");
        let target = actor.text("reference").and_then(|target| target.split('/').next()).unwrap_or_default();
        let element = match actor.text("type").unwrap_or(target) {
            "Patient" => continue,
            "Location" | "Organization" | "HealthcareService" => "location",
            "Practitioner" | "PractitionerRole" => "practitioner",
            _ => "actor",
        };
        rows.extend(reader.reference(actor).map(|value| Row { label: tree::label(reader, element), value }));
    }
    true
}

/// A value with its interpretation: `5.4 mmol/L (Cao)`.
fn observed(reader: &Reader, holder: &Object<'_>) -> Option<String> {
    let (element, value) = holder.members().find(|(name, value)| {
        name.strip_prefix("value").is_some_and(|kind| kind.starts_with(|c: char| c.is_ascii_uppercase()))
            && !matches!(value, Json::Null)
    })?;
    let shown = match value {
        Json::Object(object) => reader.simple(element, object)?,
        value => reader.scalar(element, value)?,
    };
    let meanings: Vec<String> = holder
        .objects("interpretation")
        .filter_map(|meaning| reader.listed(meaning).or_else(|| reader.concept(meaning)))
        .collect();
    Some(if meanings.is_empty() { shown } else { format!("{shown} ({})", meanings.join(", ")) })
}

fn reference_range(reader: &Reader, range: &Object<'_>) -> Option<String> {
    let bounds = reader.range(range).or_else(|| reader.text(range, "text"))?;
    let mut about: Vec<String> = Vec::new();
    about.extend(range.object("type").and_then(|kind| reader.concept(kind)));
    about.extend(range.objects("appliesTo").filter_map(|whom| reader.concept(whom)));
    about.extend(range.object("age").and_then(|age| reader.range(age)));
    Some(if about.is_empty() { bounds } else { format!("{bounds} ({})", about.join(", ")) })
}

/// Each part of a panel as one row: `Huyết áp tâm thu: 128 mmHg (Cao); 90 – 120 mmHg`.
fn components(reader: &Reader, value: &Json<'_>, rows: &mut Vec<Row>) {
    for part in each(Some(value)).iter().filter_map(Json::as_object) {
        let label = part.object("code").and_then(|code| reader.concept(code));
        let mut said: Vec<String> = Vec::new();
        said.extend(observed(reader, part));
        said.extend(part.object("dataAbsentReason").and_then(|reason| reader.concept(reason)));
        let known: Vec<String> =
            part.objects("referenceRange").filter_map(|range| reference_range(reader, range)).collect();
        if !known.is_empty() {
            said.push(format!(
                "{} {}",
                tree::label(reader, "referenceRange").to_lowercase(),
                known.join("; ")
            ));
        }
        if !said.is_empty() {
            let label = label.unwrap_or_else(|| tree::label(reader, "component"));
            rows.push(Row { label: text::one_line(&label), value: said.join(" · ") });
        }
    }
}

/// Questions and what was answered, as deep as they are nested.
fn answers(reader: &Reader, value: &Json<'_>, depth: usize, rows: &mut Vec<Row>) {
    for item in each(Some(value)).iter().filter_map(Json::as_object) {
        let question = reader.text(item, "text").or_else(|| reader.text(item, "linkId"));
        let mut said: Vec<String> = Vec::new();
        for answer in item.objects("answer") {
            let found = answer.members().find(|(name, _)| name.starts_with("value"));
            if let Some((name, value)) = found {
                said.extend(match value {
                    Json::Object(object) => reader.simple(name, object),
                    value => reader.scalar(name, value),
                });
            }
        }
        if let Some(question) = question {
            rows.push(Row {
                label: format!("{}{}", "– ".repeat(depth.min(6)), text::one_line(&question)),
                value: said.join("; "),
            });
        }
        if let Some(items) = item.get("item") {
            answers(reader, items, depth + 1, rows);
        }
        for answer in item.objects("answer") {
            if let Some(items) = answer.get("item") {
                answers(reader, items, depth + 1, rows);
            }
        }
    }
}

/// The sections of a document, each with its words and what it points to.
fn composed(reader: &Reader, resource: &Object<'_>, value: &Json<'_>, sections: &mut Vec<Section>) {
    let form = paper_form(resource);
    for part in each(Some(value)).iter().filter_map(Json::as_object) {
        let title =
            reader.text(part, "title").or_else(|| part.object("code").and_then(|code| reader.concept(code)));
        let mut rows = Vec::new();
        if let Some(narrative) = part.object("text")
            && let Some(div) = narrative.text("div")
        {
            reader.say_member(narrative, "div");
            reader.say_member(narrative, "status");
            match text::labelled(div) {
                Some(lines) => {
                    let section = title.as_deref().unwrap_or_default();
                    rows.extend(lines.into_iter().map(|line| told(reader, form, section, line)));
                }
                None => {
                    let words = text::narrative(div);
                    if !words.is_empty() {
                        rows.push(Row { label: tree::label(reader, "text"), value: words });
                    }
                }
            }
        }
        let mut targets: Vec<String> = Vec::new();
        for entry in part.objects("entry") {
            match held(reader, resource, entry) {
                Some(row) => rows.push(row),
                None => targets.extend(reader.reference(entry)),
            }
        }
        if !targets.is_empty() {
            rows.push(Row { label: tree::label(reader, "entry"), value: targets.join("; ") });
        }
        if let Some(reason) = part.object("emptyReason").and_then(|reason| reader.concept(reason)) {
            rows.push(Row { label: tree::label(reader, "emptyReason"), value: reason });
        }
        if !rows.is_empty() {
            let title = title.map(|title| if form.is_some() { in_words(reader, title) } else { title });
            let title = title.unwrap_or_else(|| tree::label(reader, "section"));
            sections.push(Section { title: Some(text::one_line(&title)), rows });
        }
        if let Some(inner) = part.get("section") {
            composed(reader, resource, inner, sections);
        }
    }
}

/// A line of a section. In a paper of a claim the label is the book's own, and so is the name of a code.
fn told(reader: &Reader, form: Option<&str>, section: &str, (label, value): (String, String)) -> Row {
    let Some(form) = form else { return Row { label, value } };
    let named = match reader.lang {
        Lang::Vi => None,
        Lang::En => claim::named_in_english(form, section, &label, &value),
    };
    Row { label: in_words(reader, label), value: named.unwrap_or(value) }
}

/// An Observation inside the document that a section points to, as its name and value. Its codes are listed at the end.
fn held(reader: &Reader, resource: &Object<'_>, entry: &Object<'_>) -> Option<Row> {
    let id = entry.text("reference")?.strip_prefix('#')?;
    let inside = resource.objects("contained").find(|inside| inside.text("id") == Some(id))?;
    if inside.text("resourceType") != Some("Observation") || inside.text("status") != Some("final") {
        return None;
    }
    let label = reader.concept(inside.object("code")?)?;
    let mut parts = Vec::new();
    let value = observed(reader, inside).or_else(|| {
        components(reader, inside.get("component")?, &mut parts);
        let said: Vec<String> =
            parts.drain(..).map(|row: Row| format!("{}: {}", row.label, row.value)).collect();
        (!said.is_empty()).then(|| said.join("; "))
    })?;
    reader.say_member(entry, "reference");
    Some(Row { label: text::one_line(&label), value })
}

/// Whether a section has told all that a reader looks for in an Observation inside: what remains is whose it is and when
/// it was, which the document says, and codes, which stand at the end.
fn is_told(reader: &Reader, inside: &Object<'_>) -> bool {
    let of_the_document = ["resourceType", "status", "category", "subject", "effectiveDateTime"];
    let is_plain = inside.members().all(|(name, _)| {
        of_the_document.contains(&name)
            || matches!(name, "id" | "code" | "component" | "valueQuantity" | "valueCodeableConcept")
    });
    let code = inside.get("code").is_some_and(|code| !reader.is_fresh(code));
    if !is_plain || !code || inside.text("status") != Some("final") {
        return false;
    }
    for name in of_the_document {
        if let Some(value) = inside.get(name) {
            reader.say_all(value);
        }
    }
    true
}

/// What a Bundle holds: its records are records of their own, so one line each.
fn entries(reader: &Reader, value: &Json<'_>, sections: &mut Vec<Section>) {
    let mut rows = Vec::new();
    for entry in each(Some(value)).iter().filter_map(Json::as_object) {
        let Some(resource) = entry.get("resource") else { continue };
        let Json::Object(object) = resource else { continue };
        let kind = object.text("resourceType").unwrap_or_default();
        let inner = Reader::new(reader.lang, kind);
        let name = names::type_name(kind, reader.lang).map_or_else(|| text::one_line(kind), str::to_owned);
        rows.push(Row { label: name, value: super::title(&inner, object) });
        reader.say_all(resource);
    }
    if !rows.is_empty() {
        sections.push(Section { title: Some(tree::label(reader, "entry")), rows });
    }
}
