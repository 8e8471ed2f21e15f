//! The papers of a visit (XML5 to XML12 and XML15): each a Composition whose sections say in words what its fields
//! hold, as the paper would. Which field stands in which section under which label is in `mapping.tsv`.

use serde_json::Value;

use super::hoso::Unread;
use super::json::{self, coding, list, object, text};
use super::page::Page;
use super::table::{Form, Row, Tables};
use super::value::{LOINC, code, date_time, practitioner, spoken, words};
use super::{lists, mapping, narrative};
use crate::sensitive::text_is_restricted;

/// What a paper is.
struct Paper {
    /// LOINC document type, where one is sure to mean the same.
    kind: Option<&'static str>,
    /// Part of its id.
    name: &'static str,
    /// Fields with its date, the best first.
    dated: &'static [&'static str],
    /// Field with the number of who wrote it, and field with the name.
    author: (&'static str, &'static str),
}

fn paper(form: Form) -> Paper {
    let plain = |name| Paper { kind: None, name, dated: &["NGAY_CT"], author: ("MA_BS", "TEN_BS") };
    match form {
        Form::Discharge => Paper { kind: Some("18842-5"), ..plain("giay-ra-vien") },
        Form::RecordSummary => Paper { kind: Some("34133-9"), ..plain("tom-tat") },
        Form::Birth => Paper { author: ("", "NGUOI_GHI_PHIEU"), ..plain("chung-sinh") },
        Form::PregnancyRest => plain("nghi-duong-thai"),
        Form::SickLeave => plain("nghi-viec"),
        Form::Assessment => Paper {
            dated: &["NGAY_CHUNG_TU", "NGAY_HOP"],
            author: ("", "NGUOI_CHU_TRI"),
            ..plain("giam-dinh")
        },
        Form::Hiv => Paper { dated: &[], ..plain("hiv") },
        Form::Tuberculosis => Paper { dated: &[], ..plain("lao") },
        _ => Paper { kind: Some("11506-3"), dated: &["THOI_DIEM_DBLS"], ..plain("dien-bien") },
    }
}

/// What a paper is called, with its form as a code so that it has a name in each language.
pub(super) fn named(form: Form, kind: Option<&str>) -> Option<Value> {
    let label = form.label();
    let codes = [code("LOAIHOSO", Some(&label)), coding(LOINC, kind)];
    object([("coding", list(codes)), ("text", lists::name("LOAIHOSO", &label).and_then(text))])
}

pub(super) fn map(page: &mut Page<'_, '_>) -> Result<(), Unread> {
    let row = page.row;
    let paper = paper(row.form);
    let (sections, restricts) = sections(&row);
    if sections.is_empty() {
        return Ok(());
    }
    let dated = paper.dated.iter().find_map(|field| row.get(field));
    let date = date_time(dated)
        .or_else(|| date_time(page.summary.and_then(|summary| summary.get("NGAY_VAO"))))
        .or_else(|| date_time(page.context.made.as_deref()));
    let signs = row
        .get("MA_TTDV")
        .and_then(|number| object([("mode", text("legal")), ("party", signer(Some(number), None))]));
    let absent = json::absent_primitive(date.is_none());
    let id = page.row_id("Composition", paper.name);
    let members = [
        ("status", text("final")),
        ("type", named(row.form, paper.kind)),
        ("subject", page.subject()),
        ("encounter", page.encounter()),
        ("date", date),
        ("_date", absent),
        ("author", list([author(page, &paper)])),
        ("title", lists::name("LOAIHOSO", &row.form.label()).and_then(text)),
        ("attester", list([signs])),
        ("custodian", page.facility()),
        ("section", Some(Value::Array(sections))),
    ];
    page.add(("Composition", &id), members, restricts)
}

/// Who wrote it: a person that the paper names, else the facility, else that it is not known.
fn author(page: &Page<'_, '_>, paper: &Paper) -> Option<Value> {
    let row = page.row;
    let (number, name) = (row.get(paper.author.0), row.get(paper.author.1));
    let by = row.get("NGUOI_THUC_HIEN").filter(|_| row.form == Form::Course);
    practitioner(by)
        .or_else(|| number.or(name).and_then(|_| signer(number, name)))
        .or_else(|| page.facility())
        .or_else(|| object([("extension", list([json::absent()]))]))
}

/// A person by the number that papers write: of social insurance by QĐ 4750, of the licence by QĐ 3176.
fn signer(number: Option<&str>, name: Option<&str>) -> Option<Value> {
    let identifier = number.and_then(|number| {
        object([("type", words("Mã số BHXH hoặc số giấy phép hành nghề")), ("value", text(number))])
    });
    object([
        ("type", text("Practitioner")),
        ("identifier", identifier),
        ("display", name.or(number).and_then(text)),
    ])
}

/// The sections that hold something, and whether any of their words is of what is hidden by default.
fn sections(row: &Row<'_>) -> (Vec<Value>, bool) {
    let mut sections: Vec<(&str, Vec<(&str, String)>)> = Vec::new();
    let mut restricts = false;
    for (mapped, section, label) in mapping::paper(&row.form.label()) {
        // That no pregnancy was ended stands on everybody's paper, and is no news on any.
        let is_none = |value: &&str| mapped.field != "MA_DINH_CHI_THAI" || *value != "0";
        let Some(field) = row.get(mapped.field).filter(is_none) else { continue };
        let said = match mapped.how {
            "shown date" => spoken(field),
            "shown list" => listed(mapped.form, mapped.field, field),
            _ => field.to_owned(),
        };
        restricts |= text_is_restricted(field);
        match sections.iter_mut().find(|(known, _)| *known == section) {
            Some((_, lines)) => lines.push((label, said)),
            None => sections.push((section, vec![(label, said)])),
        }
    }
    let sections = sections
        .into_iter()
        .filter_map(|(title, lines)| object([("title", text(title)), ("text", narrative::of(lines))]))
        .collect();
    (sections, restricts)
}

/// The names of a field's codes; a code without a name as it is.
fn listed(form: &str, field: &str, value: &str) -> String {
    let codes = value.split(';').map(str::trim).filter(|code| !code.is_empty());
    let names = codes.map(|code| lists::name_in(form, field, code).unwrap_or(code));
    names.collect::<Vec<_>>().join("; ")
}
