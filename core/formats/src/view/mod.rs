//! A record for reading, in Vietnamese or English.
//!
//! Every element of the resource is there: what a reader looks for first stands in the first section, structures
//! have sections of their own, and everything else (codes, identifiers, extensions, the record's own data) stands
//! in the last one. Nothing is converted, digits and units are the source's; amounts of đồng have their thousands apart, and
//! in a bill those of nothing are left out, as are the codes of what its lines already say in words.

mod bill;
mod dosage;
mod labels;
mod order;
mod reader;
mod referral;
mod special;
mod text;
mod tree;
mod when;

pub(crate) use text::one_line;
pub use when::readable_day;

use healthbook_model::{Lang, Refusal, Rejected, Sensitivity, Span, Standing};

use crate::fhir::json::{self, Json, Object};
use crate::{Limits, names};
use reader::Reader;

/// A record for reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// What it is called.
    pub title: String,
    /// Its sections; the first has no title, the last holds what a reader seldom needs.
    pub sections: Vec<Section>,
    /// The narrative that came with it, its tags stripped.
    pub narrative: Option<String>,
}

/// A part of a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// What the part is about.
    pub title: Option<String>,
    /// Its rows, in order.
    pub rows: Vec<Row>,
}

/// One element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is called.
    pub label: String,
    /// What it says; may have several lines. Free of control characters but line feeds.
    pub value: String,
}

/// A record that another one points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pointed<'a> {
    /// The base of its server, when the pointer is an absolute address.
    pub server: Option<&'a str>,
    /// Its resource type; `None` when only its id is known (`urn:uuid:`).
    pub resource_type: Option<&'a str>,
    /// Its id at its source.
    pub id: &'a str,
}

/// Makes a FHIR R4 resource readable. A type that the book has no order of its own for is shown whole all the same.
/// References that come without words are named by their type and id; [`view_naming`] can do better.
///
/// # Errors
/// When the bytes are not one JSON resource within [`Limits::default`].
pub fn view(resource: &[u8], lang: Lang) -> Result<View, Rejected> {
    view_naming(resource, lang, |_| None)
}

/// [`view`], where a reference without words of its own is told by what `called` says that its target is called.
///
/// # Errors
/// When the bytes are not one JSON resource within [`Limits::default`].
pub fn view_naming(
    resource: &[u8],
    lang: Lang,
    called: impl FnMut(&Pointed<'_>) -> Option<String>,
) -> Result<View, Rejected> {
    let limits = Limits::default();
    let rejected = |refusal: Refusal, offset: usize| Rejected {
        span: Span::plain(0, u64::try_from(resource.len()).unwrap_or(u64::MAX)),
        refusal,
        at: format!("byte {offset}"),
        sensitivity: Sensitivity::Ordinary,
    };
    let root =
        json::parse(resource, limits.depth, limits.values).map_err(|f| rejected(f.refusal, f.offset))?;
    let object = root.as_object().ok_or_else(|| rejected(Refusal::NotTheFormat, 0))?;
    let resource_type = object.text("resourceType").ok_or_else(|| rejected(Refusal::NotTheFormat, 0))?;
    let reader = Reader::of(lang, resource_type, object, called);
    let narrative = narrative(&reader, object);
    let title = title(&reader, object);
    let mut first = Section { title: None, rows: Vec::new() };
    if let Some(warning) = standing(resource, resource_type, object, lang) {
        first.rows.push(Row { label: lang.pick("Lưu ý", "Please note").to_owned(), value: warning });
    }
    let mut rest: Vec<Section> = Vec::new();
    for (key, value) in order::in_order(resource_type, object) {
        // What names the record stands above; its codes are listed at the end.
        if order::title_elements(resource_type).contains(&key)
            && !matches!(value, Json::Array(_))
            && key != "class"
            && !reader.is_fresh(value)
        {
            continue;
        }
        if !special::member(&reader, object, key, value, &mut first.rows, &mut rest) {
            tree::member(&reader, key, value, &mut first.rows, &mut rest);
        }
    }
    if resource_type == "ServiceRequest" && special::paper_form(object) == Some("XML13") {
        first.rows.push(referral::validity(object, lang));
    }
    let more = tree::remaining(&reader, object);
    let mut sections = vec![first];
    sections.append(&mut rest);
    if !more.is_empty() {
        sections.push(Section { title: Some(lang.pick("Thông tin khác", "More").to_owned()), rows: more });
    }
    sections.retain(|section| !section.rows.is_empty());
    Ok(View { title, sections, narrative })
}

/// The narrative's words. Its status says only how it was made.
fn narrative(reader: &Reader, resource: &Object<'_>) -> Option<String> {
    let narrative = resource.object("text")?;
    let words = text::narrative(narrative.text("div")?);
    reader.say_member(narrative, "div");
    reader.say_member(narrative, "status");
    Some(words).filter(|words| !words.is_empty())
}

/// What the record is called: the first of the elements that name its type, else the type.
fn title(reader: &Reader, resource: &Object<'_>) -> String {
    let named = order::title_elements(&reader.resource_type).iter().find_map(|key| {
        json::each(resource.get(key)).iter().find_map(|value| match value {
            Json::Object(object) if *key == "name" => {
                reader.human_name(object).or_else(|| reader.simple(key, object))
            }
            // An address names nothing.
            Json::Object(object) if object.text("reference").is_some_and(|to| !to.starts_with('#')) => {
                object.text("display").and_then(|_| reader.simple(key, object))
            }
            Json::Object(object) => reader.simple(key, object),
            value => reader.scalar(key, value),
        })
    });
    named
        .map(|name| one_line(&name))
        .filter(|name| !name.is_empty())
        .or_else(|| names::type_name(&reader.resource_type, reader.lang).map(str::to_owned))
        .unwrap_or_else(|| one_line(&reader.resource_type))
}

/// How the record stands, when it is not a plain fact. Read as lists read it, so that both say the same.
fn standing(bytes: &[u8], resource_type: &str, resource: &Object<'_>, lang: Lang) -> Option<String> {
    let standing = crate::entry(bytes).ok()?.standing;
    let status = resource.text("status").unwrap_or_default();
    let refused = resource
        .object("statusReason")
        .is_some_and(|reason| reason.objects("coding").any(|coding| coding.text("code") == Some("PATOBJ")));
    let words = match standing {
        Standing::Current | Standing::Past => return None,
        Standing::EnteredInError => names::standing_name(standing, lang),
        Standing::NotDone if refused => lang.pick("Đã từ chối", "Refused"),
        Standing::NotDone => names::status_name(resource_type, status, lang)
            .unwrap_or_else(|| names::standing_name(standing, lang)),
        Standing::Negated => lang.pick("Khẳng định là không có", "States that there is none"),
        // They are plans by their nature, and say how they stand.
        Standing::Planned if matches!(resource_type, "Appointment" | "ServiceRequest") => return None,
        Standing::Planned => lang.pick("Dự kiến, chưa diễn ra", "Planned, has not happened"),
        Standing::Unconfirmed => lang.pick("Chưa xác nhận", "Not confirmed"),
        Standing::Deleted => names::standing_name(standing, lang),
    };
    Some(words.to_owned())
}

#[cfg(test)]
mod tests;
