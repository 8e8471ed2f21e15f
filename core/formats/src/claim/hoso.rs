//! One HOSO: its tables, its visits, and the records they give.

use std::collections::HashMap;

use healthbook_model::{
    Coding, Content as Bytes, Incoming, Origin, PartialDateTime, Refusal, Rejected, Sensitivity, SourceHint,
    Span,
};
use serde_json::{Map, Value};

use super::content::{self, Content, Located};
use super::envelope::Header;
use super::table::{self, Form, Row};
use super::xml::{self, Budget, Element, Fault};
use super::{MAPPING, json, medicine, person, result, service, visit};
use crate::sensitive::{coding_is_restricted, raw_is_restricted, text_is_restricted};
use crate::{Item, Limits};

/// Codes of ICD-10.
pub(super) const ICD10: &str = "http://hl7.org/fhir/sid/icd-10";
/// Facility codes (VN Core).
pub(super) const SID_FACILITY: &str = "http://fhir.hl7.org.vn/core/sid/ma-cskcb";
/// Practice certificates (VN Core).
pub(super) const SID_PRACTITIONER: &str = "http://fhir.hl7.org.vn/core/sid/cchn";

/// Most elements of one HOSO. A stay of months has some tens of thousands of rows' fields; an element costs about
/// a hundred bytes of memory.
const MOST_ELEMENTS: usize = 1_000_000;

/// Vietnam is at UTC+7.
const VIETNAM: i16 = 7 * 60;

/// Why a HOSO could not be read.
pub(super) struct Unread {
    pub(super) refusal: Refusal,
    /// What follows the HOSO's number: empty, or `, XML3`.
    pub(super) at: String,
}

/// What all records of a HOSO share.
pub(super) struct Context {
    source: SourceHint,
    /// The facility as lists show it.
    pub(super) facility: Option<String>,
    pub(super) facility_code: Option<String>,
    last_updated: Option<i64>,
    restricted: bool,
    /// The whole HOSO, when it holds one visit.
    pub(super) whole: Option<Span>,
}

struct Part<'a> {
    form: Form,
    body: Body<'a>,
}

enum Body<'a> {
    Tree(&'a Element<'a>),
    Text { text: std::borrow::Cow<'a, str>, located: Located },
}

/// Reads a HOSO, or a table that stands alone.
pub(super) fn read(bytes: &[u8], offset: u64, header: &Header, limits: Limits) -> Result<Vec<Item>, Unread> {
    let document =
        std::str::from_utf8(bytes).map_err(|_| Unread { refusal: Refusal::Encoding, at: String::new() })?;
    let mut budget = Budget { depth: limits.depth, elements: MOST_ELEMENTS.min(limits.values) };
    let root = xml::parse(document, &mut budget).map_err(|fault| unread(fault, ""))?;
    let here = Located::Plain { base: offset };
    let mut signs = false;
    let parts = parts(&root, document, offset, &mut signs)?;

    let mut trees = Vec::new();
    for part in &parts {
        if let Body::Text { text, located } = &part.body {
            let tree = xml::parse(text, &mut budget).map_err(|fault| unread(fault, &part.form.label()))?;
            // The root knows better than the label which table it is.
            trees.push((Form::of_root(tree.name).unwrap_or(part.form), Tree::Own(tree), located));
        } else if let Body::Tree(tree) = part.body {
            trees.push((Form::of_root(tree.name).unwrap_or(part.form), Tree::Shared(tree), &here));
        }
    }
    let rows: Vec<Row<'_>> =
        trees.iter().flat_map(|(form, tree, located)| table::rows(*form, tree.element(), located)).collect();
    let signs = signs || rows.iter().any(row_restricts_the_visit);
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    map(&rows, header, signs, Span::plain(offset, length))
}

enum Tree<'a> {
    Own(Element<'a>),
    Shared(&'a Element<'a>),
}

impl<'a> Tree<'a> {
    fn element(&self) -> &Element<'a> {
        match self {
            Self::Own(tree) => tree,
            Self::Shared(tree) => tree,
        }
    }
}

fn unread(fault: Fault, part: &str) -> Unread {
    let at = if part.is_empty() { String::new() } else { format!(", {part}") };
    Unread { refusal: fault.refusal, at }
}

/// The tables of a HOSO. `signs` is set when one that is not known shows signs of something restricted.
fn parts<'a>(
    root: &'a Element<'a>,
    document: &'a str,
    base: u64,
    signs: &mut bool,
) -> Result<Vec<Part<'a>>, Unread> {
    if let Some(form) = Form::of_root(root.name) {
        return Ok(vec![Part { form, body: Body::Tree(root) }]);
    }
    let mut files = Vec::new();
    let mut tables = Vec::new();
    collect(root, &mut files, &mut tables);
    let mut parts: Vec<Part<'a>> =
        tables.into_iter().map(|(form, tree)| Part { form, body: Body::Tree(tree) }).collect();
    for (file, number) in files.into_iter().zip(1usize..) {
        let label = file.child("LOAIHOSO").map_or("", |label| label.text.trim());
        let Some(holder) = file.child("NOIDUNGFILE") else { continue };
        let known = Form::of_label(label);
        let name = known.map_or_else(|| format!("FILEHOSO {number}"), Form::label);
        let content = match (content::read(holder, document, base), known) {
            (Ok(content), _) => content,
            (Err(fault), Some(_)) => return Err(unread(fault, &name)),
            // A kind of file that is not known may be written in a way that is not known.
            (Err(_), None) => {
                *signs |= raw_is_restricted(
                    document.get(holder.inner.0..holder.inner.1).unwrap_or_default().as_bytes(),
                );
                continue;
            }
        };
        match content {
            Content::Empty => {}
            Content::Nested => {
                for tree in &holder.children {
                    match known.or_else(|| Form::of_root(tree.name)) {
                        Some(form) => parts.push(Part { form, body: Body::Tree(tree) }),
                        None => *signs |= tree_has_signs(tree),
                    }
                }
            }
            Content::Text { text, located } => match known.or_else(|| root_form(&text)) {
                Some(form) => parts.push(Part { form, body: Body::Text { text, located } }),
                None => *signs |= raw_is_restricted(text.as_bytes()),
            },
        }
    }
    if parts.is_empty() && !*signs {
        return Err(Unread { refusal: Refusal::NotTheFormat, at: String::new() });
    }
    Ok(parts)
}

/// The FILEHOSO of a HOSO, at whatever depth, and tables that stand in it without one.
fn collect<'a>(
    element: &'a Element<'a>,
    files: &mut Vec<&'a Element<'a>>,
    tables: &mut Vec<(Form, &'a Element<'a>)>,
) {
    for child in &element.children {
        if child.is("FILEHOSO") {
            files.push(child);
        } else if let Some(form) = Form::of_root(child.name) {
            tables.push((form, child));
        } else {
            collect(child, files, tables);
        }
    }
}

/// Which table a text is, when its label does not say.
fn root_form(text: &str) -> Option<Form> {
    let mut rest = text;
    loop {
        rest = rest.get(rest.find('<')? + 1..)?;
        if !rest.starts_with(['?', '!']) {
            let name = rest.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next()?;
            return Form::of_root(name.rsplit(':').next()?);
        }
    }
}

fn tree_has_signs(tree: &Element<'_>) -> bool {
    raw_is_restricted(tree.text.as_bytes()) || tree.children.iter().any(tree_has_signs)
}

/// Whether a row makes its whole visit restricted: the forms for HIV and tuberculosis, a pregnancy ended, a
/// diagnosis of the list (in any table) or its name, a medicine for HIV or tuberculosis. A *test* for them is
/// routine before an operation and in pregnancy, and restricts itself alone.
fn row_restricts_the_visit(row: &Row<'_>) -> bool {
    match row.form {
        Form::Hiv | Form::Tuberculosis => return row.fields().next().is_some(),
        Form::Discharge if row.get("MA_DINH_CHI_THAI") == Some("1") => return true,
        Form::Medicines
            if ["TEN_THUOC", "HOAT_CHAT"]
                .iter()
                .any(|name| row.get(name).is_some_and(text_is_restricted)) =>
        {
            return true;
        }
        _ => {}
    }
    row.fields().any(|(name, value)| {
        let name = name.to_ascii_uppercase();
        (name.starts_with("MA_BENH")
            && codes(value).any(|code| coding_is_restricted(&Coding::new(ICD10, code))))
            || (name.starts_with("CHAN_DOAN") && text_is_restricted(value))
    })
}

/// The codes of a field that may hold several.
pub(super) fn codes(field: &str) -> impl Iterator<Item = &str> {
    field.split([';', ',']).map(str::trim).filter(|code| !code.is_empty())
}

fn map(rows: &[Row<'_>], header: &Header, restricted: bool, whole: Span) -> Result<Vec<Item>, Unread> {
    // The same visit twice in one HOSO: the last one is the corrected one.
    let mut summaries: Vec<(&str, &Row<'_>)> = Vec::new();
    for row in rows.iter().filter(|row| row.form == Form::Summary) {
        let Some(visit) = row.get("MA_LK") else { continue };
        match summaries.iter_mut().find(|(known, _)| *known == visit) {
            Some(slot) => slot.1 = row,
            None => summaries.push((visit, row)),
        }
    }
    let first_visit = summaries
        .first()
        .map(|(visit, _)| *visit)
        .or_else(|| rows.iter().find_map(|row| row.get("MA_LK")))
        .ok_or(Unread { refusal: Refusal::NotTheFormat, at: String::new() })?;

    let mut out = Records { items: Vec::new(), taken: HashMap::new() };
    for (visit, row) in &summaries {
        let context = context(header, Some(row), restricted, (summaries.len() == 1).then_some(whole));
        person::map(row, &context, &mut out)?;
        visit::map(visit, row, rows, &context, &mut out)?;
    }
    let tested: Vec<&str> =
        rows.iter().filter(|row| row.form == Form::Results).filter_map(|row| row.get("MA_DICH_VU")).collect();
    for row in rows {
        if !matches!(row.form, Form::Medicines | Form::Services | Form::Results) {
            continue;
        }
        let visit = row.get("MA_LK").unwrap_or(first_visit);
        let summary = summaries.iter().find(|(known, _)| *known == visit).map(|(_, row)| *row);
        if summary.is_none() && !summaries.is_empty() {
            // Of a visit that is not in this HOSO, and so perhaps of another person.
            out.refuse(row, restricted);
            continue;
        }
        let hangs = Hangs { visit, patient: summary.map(person::id) };
        let context = context(header, summary, restricted, None);
        match row.form {
            Form::Medicines => medicine::map(row, &hangs, &context, &mut out)?,
            Form::Services => service::map(row, &hangs, &tested, &context, &mut out)?,
            _ => result::map(row, &hangs, &context, &mut out)?,
        }
    }
    Ok(out.items)
}

/// Whom and what a record hangs on.
pub(super) struct Hangs<'a> {
    /// MA_LK.
    pub(super) visit: &'a str,
    /// Id of the Patient; `None` when XML1 is missing.
    pub(super) patient: Option<String>,
}

impl Hangs<'_> {
    pub(super) fn subject(&self) -> Option<Value> {
        self.patient.as_deref().and_then(|id| json::reference("Patient", id))
    }

    pub(super) fn encounter(&self) -> Option<Value> {
        json::reference("Encounter", &json::id(self.visit))
    }
}

fn context(header: &Header, summary: Option<&Row<'_>>, restricted: bool, whole: Option<Span>) -> Context {
    let own = |name: &str| summary.and_then(|row| row.get(name));
    let code = header.facility.as_deref().or_else(|| own("MA_CSKCB"));
    let name = header.facility_name.as_deref();
    let visited = own("MA_CSKCB").or(code);
    let at = |text: &str| PartialDateTime::parse_claim(text).ok().map(|at| at.earliest(VIETNAM).0);
    // A claim is sent again when it is paid, so the later of the two tells the newer one.
    let closed = || own("NGAY_RA").and_then(at).max(own("NGAY_TTOAN").and_then(at));
    Context {
        source: code.map_or(SourceHint::Document, |code| SourceHint::Facility {
            code: code.to_owned(),
            name: name.map(str::to_owned),
        }),
        facility: name.map(str::to_owned).or_else(|| visited.map(|code| format!("CSKCB {code}"))),
        facility_code: visited.map(str::to_owned),
        last_updated: header.made.as_deref().and_then(at).or_else(closed),
        restricted,
        whole,
    }
}

/// The records of a HOSO as they are made.
pub(super) struct Records {
    items: Vec<Item>,
    /// How often an id was given, by type and id: STT is not always a running number.
    taken: HashMap<(&'static str, String), u32>,
}

impl Records {
    /// An id that no other record of this HOSO has.
    pub(super) fn id(&mut self, resource_type: &'static str, code: &str) -> String {
        let times = self.taken.entry((resource_type, code.to_owned())).or_insert(0);
        *times += 1;
        if *times == 1 { json::id(code) } else { json::id(&format!("{code}.{times}")) }
    }

    /// Adds a resource. `members` are the JSON members after `meta`. `restricts` when the record is restricted by
    /// itself.
    pub(super) fn add<const N: usize>(
        &mut self,
        (resource_type, id): (&'static str, &str),
        members: [(&str, Option<Value>); N],
        spans: Vec<Span>,
        restricts: bool,
        context: &Context,
    ) -> Result<(), Unread> {
        // Who somebody is and their card say nothing of the visit, and are the same for all visits.
        let of_the_visit = !matches!(resource_type, "Patient" | "Coverage");
        let restricted = context.restricted || restricts;
        let mut map = Map::new();
        map.insert("resourceType".to_owned(), Value::String(resource_type.to_owned()));
        map.insert("id".to_owned(), Value::String(id.to_owned()));
        if let Some(meta) = (restricted && of_the_visit).then(label).flatten() {
            map.insert("meta".to_owned(), meta);
        }
        for (key, value) in members {
            if let Some(value) = value {
                map.insert(key.to_owned(), value);
            }
        }
        let bytes = Value::Object(map).to_string().into_bytes();
        let mut entry = crate::entry(&bytes)
            .map_err(|rejected| Unread { refusal: rejected.refusal, at: String::new() })?;
        if restricted {
            entry.sensitivity = Sensitivity::Restricted;
        }
        entry.last_updated = context.last_updated;
        if of_the_visit && context.facility.is_some() {
            entry.facility.clone_from(&context.facility);
        }
        let origin = Origin {
            source: context.source.clone(),
            resource_type: resource_type.to_owned(),
            id: id.to_owned(),
            server: None,
            aliases: Vec::new(),
        };
        let content = Bytes::Mapped { bytes, spans, mapping: MAPPING };
        self.items.push(Item::Record(Box::new(Incoming { origin, entry, content, ties: Vec::new() })));
        Ok(())
    }

    /// A row that is not this HOSO's.
    fn refuse(&mut self, row: &Row<'_>, restricted: bool) {
        let sensitivity = if restricted { Sensitivity::Restricted } else { Sensitivity::Ordinary };
        self.items.push(Item::Rejected(Rejected {
            span: row.span(),
            refusal: Refusal::NotTheFormat,
            at: format!(", {}, row {}: MA_LK of another visit", row.form.label(), row.number),
            sensitivity,
        }));
    }
}

/// The label that keeps a record restricted wherever its bytes go.
fn label() -> Option<Value> {
    let coding = json::object([
        ("system", json::text("http://terminology.hl7.org/CodeSystem/v3-Confidentiality")),
        ("code", json::text("R")),
    ]);
    json::object([("security", json::list([coding]))])
}

/// A date or time as FHIR writes it.
pub(super) fn date_time(text: Option<&str>) -> Option<Value> {
    text.and_then(|text| PartialDateTime::parse_claim(text).ok())
        .map(|at| if at.time_of_day().is_some() { seconds(&at.to_string()) } else { at.to_string() })
        .and_then(json::text)
}

/// FHIR wants seconds where there is a time.
fn seconds(minute: &str) -> String {
    match minute.split_at_checked("2026-01-15T08:15".len()) {
        Some((time, offset)) => format!("{time}:00{offset}"),
        None => minute.to_owned(),
    }
}

/// A day as FHIR writes it.
pub(super) fn date(text: Option<&str>) -> Option<Value> {
    let at = PartialDateTime::parse_claim(text?).ok()?.to_string();
    json::text(at.split('T').next().unwrap_or_default())
}

/// A practitioner by the number of the practice certificate; the first of several.
pub(super) fn practitioner(number: Option<&str>) -> Option<Value> {
    let first =
        number.and_then(|numbers| numbers.split(';').map(str::trim).find(|number| !number.is_empty()));
    json::object([
        ("type", first.and_then(|_| json::text("Practitioner"))),
        ("identifier", json::identifier(SID_PRACTITIONER, first)),
    ])
}

/// The facility, as performer or provider.
pub(super) fn facility(context: &Context) -> Option<Value> {
    json::object([
        ("type", context.facility.as_ref().and_then(|_| json::text("Organization"))),
        ("identifier", json::identifier(SID_FACILITY, context.facility_code.as_deref())),
        ("display", context.facility.clone().and_then(json::text)),
    ])
}
