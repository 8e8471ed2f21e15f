//! The check as its paper: a Composition of the shape that the book writes by hand ([`crate::checkup`]).

use healthbook_model::Span;
use serde_json::Value;

use super::super::hoso::Unread;
use super::super::json::{self, identifier, list, object, text};
use super::super::narrative;
use super::super::records::{Context, Hangs, Records};
use super::super::table::Tables;
use super::super::value::{self, code, date_time};
use super::measure::{self, Told};
use super::{FORMS, Form, PAPER, Sheets, VALUES, shown};
use crate::checkup::{CLASS, MEASURES, PARTS, TITLE};
use crate::names::SID_MA_LK;
use crate::sensitive::text_is_restricted;

/// The sections that stand before the specialties, in the order of the paper.
pub(super) const FIRST: [&str; 10] = [
    "Thông tin chung",
    "Người giám hộ",
    "Người đi cùng trẻ",
    "Tiền sử gia đình",
    "Tiền sử bản thân",
    "Tiêm chủng",
    "Tiền sử thai sản",
    MEASURES.0,
    "Dinh dưỡng",
    "Phát triển tinh thần – vận động",
];
/// What else was found stands behind the specialties.
pub(super) const OTHER: &str = "Khám lâm sàng khác";

/// A section that is being filled.
#[derive(Default)]
struct Section {
    title: &'static str,
    lines: Vec<(&'static str, String)>,
    entries: Vec<&'static str>,
}

pub(super) fn map(
    sheets: &Sheets<'_>,
    whole: Span,
    hangs: &Hangs<'_>,
    context: &Context,
    out: &mut Records,
) -> Result<(), Unread> {
    let when = date_time(sheets.get(Form::Visit, "NGAY_VAO"));
    let date = when.clone().or_else(|| date_time(context.made.as_deref()));
    let told = Told { subject: hangs.subject(), when };
    let mut sections: Vec<Section> = Vec::new();
    let mut inside: Vec<(&str, Value)> = Vec::new();
    let mut restricts = false;
    for (mapped, title, label) in shown() {
        let Some(form) = FORMS.iter().map(|(form, _)| *form).find(|form| form.label() == mapped.form) else {
            continue;
        };
        let Some(written) = sheets.get(form, mapped.field) else { continue };
        let said = match mapped.how {
            "shown yes" if written == "0" => continue,
            "shown yes" if written == "1" => "Có".to_owned(),
            "shown list" => {
                let code = format!("{}.{}={written}", mapped.form, mapped.field);
                VALUES.get(&code).map_or_else(|| written.to_owned(), |named| named.vi.to_owned())
            }
            "shown class" => measure::class(written).unwrap_or_else(|| written.to_owned()),
            "shown rest" if measure::is_nothing(written) => continue,
            "shown rest" => match measure::of_field(form, mapped.field, written, &told) {
                Some((id, made)) => {
                    // A check that fills in the tables of two ages has its measures once.
                    if !inside.iter().any(|(known, _)| *known == id) {
                        inside.push((id, made));
                        fill(&mut sections, title, |section| section.entries.push(id));
                    }
                    continue;
                }
                None => written.to_owned(),
            },
            _ => written.to_owned(),
        };
        restricts |= text_is_restricted(&said);
        let line = (label, said);
        // Two decisions have two names for some fields.
        fill(&mut sections, title, |section| {
            if !section.lines.contains(&line) {
                section.lines.push(line);
            }
        });
    }
    let class = [Form::Conclusion, Form::ChildConclusion]
        .into_iter()
        .find_map(|form| sheets.get(form, "PHAN_LOAI_SK"));
    let class = class.map(|class| measure::class(class).unwrap_or_else(|| class.to_owned()));
    if let Some(made) = class.as_deref().and_then(|class| measure::class_inside(class, &told)) {
        inside.push(("class", made));
        fill(&mut sections, CLASS.0, |section| section.entries.push("class"));
    }
    sections.sort_by_key(|section| rank(section.title));
    let absent = json::absent_primitive(date.is_none());
    let author = value::facility(context).or_else(|| object([("extension", list([json::absent()]))]));
    let title = class.map_or_else(|| TITLE.0.to_owned(), |class| format!("{} – {class}", TITLE.0));
    let number = sheets.get(Form::Visit, "MA_LK");
    // By the code it has a name in each language, by the text it is a check like those written by hand.
    let kind = object([("coding", list([code("LOAIHOSO", Some(PAPER))])), ("text", text(TITLE.0))]);
    let members = [
        ("contained", list(inside.into_iter().map(|(_, made)| Some(made)))),
        ("identifier", identifier(SID_MA_LK, number)),
        ("status", text("final")),
        ("type", kind),
        ("subject", told.subject),
        ("date", date),
        ("_date", absent),
        ("author", list([author])),
        ("title", text(title)),
        ("custodian", value::facility(context)),
        ("section", list(sections.into_iter().map(written))),
    ];
    let id = out.id("Composition", hangs.visit);
    out.add(("Composition", &id), members, vec![whole], restricts, context)
}

/// Fills in the section of this title.
fn fill(sections: &mut Vec<Section>, title: &'static str, with: impl FnOnce(&mut Section)) {
    match sections.iter_mut().find(|known| known.title == title) {
        Some(known) => with(known),
        None => {
            let mut new = Section { title, ..Section::default() };
            with(&mut new);
            sections.push(new);
        }
    }
}

fn written(section: Section) -> Option<Value> {
    let entry = |id: &str| object([("reference", text(format!("#{id}")))]);
    object([
        ("title", text(section.title)),
        ("text", narrative::of(section.lines)),
        ("entry", list(section.entries.into_iter().map(entry))),
    ])
}

/// Where a section stands: history and measures, the specialties in the order of the paper, the class, the conclusion.
pub(super) fn rank(title: &str) -> (usize, usize) {
    if let Some(at) = FIRST.iter().position(|first| *first == title) {
        return (0, at);
    }
    let is_end = |field: &str| matches!(field, "conclusion" | "advice");
    match PARTS.iter().position(|part| part.vi == title) {
        Some(at) if PARTS.get(at).is_some_and(|part| is_end(part.field)) => (4, at),
        Some(at) => (1, at),
        None if title == OTHER => (2, 0),
        None => (3, 0),
    }
}
