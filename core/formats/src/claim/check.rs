//! The periodic health check in its exchange form: a file whose envelope is built like a claim's (`KHAMSUCKHOE`) and holds
//! other tables, XML1 to XML12, by the age of who was examined.
//!
//! A HOSO is one check of one person: a Patient, a Composition like the one the book writes by hand
//! ([`crate::checkup`]), whose measures and class are inside it, and a record for each test. Which field becomes what, and
//! why others stay in the document alone, is in `check/mapping.tsv`; the sections and labels there are what is run.
//!
//! Source: QĐ 1551/QĐ-BYT (2026), annex 01, as amended by QĐ 2062/QĐ-BYT (2026-07-07). No file that a facility sent was at
//! hand: where the sources differ, every spelling is read.

mod measure;
mod paper;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::io::{self, Read};
use std::sync::LazyLock;

use healthbook_model::{Coding, Incoming, Refusal};

use super::envelope::{Header, Kind};
use super::hoso::{Hoso, Unread};
use super::mapping::{self, Mapped};
use super::page::Page;
use super::records::{Context, Hangs, Records};
use super::table::{Form as ClaimForm, Row, Tables, words_of_code};
use super::value::{ICD10, date_time, instant};
use super::xml::Element;
use super::{Maps, Wanted, json, person, person_of, result};
use crate::names::List;
use crate::sensitive::{coding_is_restricted, text_is_restricted};
use crate::{Item, Limits};

/// Reads the checks of a file, as [`super::records`] reads claims.
pub(crate) fn records<'a>(
    reader: Box<dyn Read + 'a>,
    limits: Limits,
) -> Box<dyn Iterator<Item = io::Result<Item>> + 'a> {
    Box::new(super::Records::<Mapping>::new(reader, limits, Wanted::All))
}

/// The people that the same file describes, and nothing else of it.
pub(crate) fn people<'a>(
    reader: Box<dyn Read + 'a>,
    limits: Limits,
) -> Box<dyn Iterator<Item = io::Result<Box<Incoming>>> + 'a> {
    Box::new(super::Records::<Mapping>::new(reader, limits, Wanted::People).filter_map(person_of))
}

/// The code of the paper, by which a reader of records knows that its labels are the book's own.
pub(super) const PAPER: &str = "KHAMSUCKHOE";

/// What a code under a label of the paper is in English; `None` for what the file says in its own words.
pub(super) fn named_in_english(section: &str, label: &str, said: &str) -> Option<&'static str> {
    let (mapped, ..) = shown().find(|(_, of, named)| (*of, *named) == (section, label))?;
    match mapped.how {
        "shown list" => {
            let field = format!("{}.{}=", mapped.form, mapped.field);
            VALUES.all().find(|row| row.vi == said && row.code.starts_with(&field)).map(|named| named.en)
        }
        "shown yes" | "shown class" => super::in_english(said),
        _ => None,
    }
}

/// Names of codes, by form and field.
static VALUES: List = List::new(include_str!("check/values.tsv"));

static ROWS: LazyLock<Vec<Mapped>> = LazyLock::new(|| mapping::parse(include_str!("check/mapping.tsv")));

/// The fields that the paper shows, each with its section and its label.
fn shown() -> impl Iterator<Item = (Mapped, &'static str, &'static str)> {
    ROWS.iter().filter(|row| row.target == mapping::PAPER).filter_map(|row| {
        let (section, label) = row.shown.split_once(" / ")?;
        Some((*row, section, label))
    })
}

/// A table of the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// XML1: who.
    Person,
    /// XML2: where and when.
    Visit,
    /// XML3: vital signs, below 6 years.
    Vitals,
    /// XML4: nutrition, below 6 years.
    Nutrition,
    /// XML5: development, below 6 years.
    Development,
    /// XML6: vaccination, below 6 years.
    Vaccination,
    /// XML7: findings.
    Findings,
    /// XML8: conclusion, below 6 years.
    ChildConclusion,
    /// XML9: history.
    History,
    /// XML10: body measures.
    Body,
    /// XML11: tests.
    Tests,
    /// XML12: conclusion.
    Conclusion,
}

/// In the order of their numbers, from 1, each with its root.
const FORMS: [(Form, &str); 12] = [
    (Form::Person, "THONG_TIN_HANH_CHINH"),
    (Form::Visit, "THONG_TIN_CHUNG_VE_LAN_KHAM"),
    (Form::Vitals, "DANH_GIA_DAU_HIEU_SINH_TON"),
    (Form::Nutrition, "DANH_GIA_DINH_DUONG"),
    (Form::Development, "DANH_GIA_PHAT_TRIEN_TINH_THAN_VAN_DONG"),
    (Form::Vaccination, "DANH_GIA_TIEM_CHUNG"),
    (Form::Findings, "KHAM_LAM_SANG"),
    (Form::ChildConclusion, CONCLUSION),
    (Form::History, "TIEN_SU_BENH_TAT"),
    (Form::Body, "KHAM_THE_LUC"),
    (Form::Tests, "KHAM_CAN_LAM_SANG"),
    (Form::Conclusion, "KET_LUAN"),
];

/// The root of XML8, and of XML12 by most: one program calls the latter KET_LUAN.
const CONCLUSION: &str = "KET_LUAN_VA_TU_VAN";
/// A row of XML11. The other tables are one row each.
const TEST: &str = "CHI_TIET_CLS";

impl Tables for Form {
    fn of_number(number: usize) -> Option<Self> {
        FORMS.get(number.checked_sub(1)?).map(|(form, _)| *form)
    }

    fn number(self) -> usize {
        FORMS.iter().position(|(form, _)| *form == self).map_or(0, |at| at + 1)
    }

    fn of_root(name: &str) -> Option<Self> {
        FORMS.iter().find(|(_, root)| name.eq_ignore_ascii_case(root)).map(|(form, _)| *form)
    }

    fn has_root(self, name: &str) -> bool {
        let is_conclusion = matches!(self, Self::ChildConclusion | Self::Conclusion);
        Self::of_root(name) == Some(self) || (is_conclusion && name.eq_ignore_ascii_case(CONCLUSION))
    }

    fn is_row(self, element: Element<'_>) -> bool {
        if self == Self::Tests { element.is(TEST) } else { self.has_root(element.name()) }
    }

    fn becomes_a_record(self, field: &str) -> bool {
        let form = self.label();
        let is_it = |row: &&Mapped| row.form == form && field.eq_ignore_ascii_case(row.field);
        ROWS.iter().find(is_it).is_some_and(|row| row.target != "kept")
    }

    /// What is said of tuberculosis, mind or addiction, an illness of the list by its code, and what the conclusion names in
    /// words. A test restricts itself alone.
    fn restricts_all(row: &Row<'_, Self>) -> bool {
        row.fields().any(|(name, value)| {
            let name = name.to_ascii_uppercase();
            (RESTRICTING.contains(&name.as_str()) && value == "1")
                || (TELLING.contains(&name.as_str()) && text_is_restricted(value))
                || ((name.contains("MA_BENH") || name == "KET_LUAN_BENH")
                    && words_of_code(value).any(|code| coding_is_restricted(&Coding::new(ICD10, code))))
        })
    }
}

/// Questions that restrict the whole check where the answer is yes.
const RESTRICTING: [&str; 6] = [
    "TS_TIEP_XUC_LAO",
    "NGUY_CO_MAC_LAO",
    "NGUY_CO_TU_KY",
    "TSBT_NGHIEN_RUOU",
    "TSBT_BENH_TAM_THAN",
    "TSBT_MA_TUY",
];
/// Words of the history and the conclusion.
const TELLING: [&str; 8] = [
    "KET_LUAN_BENH",
    "GHI_RO_VAN_DE_SUC_KHOE",
    "CAC_VAN_DE_SUC_KHOE",
    "CAC_BENH_TAT_NEU_CO",
    "BENH_DANG_DIEU_TRI",
    "MA_BENH_DANG_DIEU_TRI",
    "TSBT_TEN_THUOC_LIEU_LUONG",
    "TEN_THUOC",
];

/// A check that is being mapped.
struct Mapping {
    hoso: Hoso<Form>,
    context: Context,
    about: About,
    out: Records,
    wanted: Wanted,
    /// The step that comes next: the first is who and the paper, then each row has one.
    at: usize,
    /// Tests that were told already: the same table twice tells nothing new.
    seen: HashSet<Vec<(String, String)>>,
}

impl Maps for Mapping {
    type Form = Form;
    const ENVELOPE: Kind = Kind { root: "KHAMSUCKHOE", stands_alone: |_| false };

    fn new(hoso: Hoso<Form>, header: &Header, wanted: Wanted) -> Result<Self, (Unread, Vec<u8>)> {
        let Some((about, context)) = about(&hoso, header) else {
            return Err((Unread::new(Refusal::NotTheFormat, ""), hoso.into_bytes()));
        };
        let (out, seen) = (Records::default(), HashSet::new());
        Ok(Self { hoso, context, about, out, wanted, at: 0, seen })
    }

    fn next_items(&mut self) -> Option<Vec<Item>> {
        let About { key, patient, when } = &self.about;
        let context = &self.context;
        let hangs = &Hangs { visit: key, is_visit: false, patient: patient.as_deref() };
        if self.at == 0 {
            self.at = 1;
            let tables = Sheets::of(&self.hoso);
            let person = tables.last(Form::Person);
            if let (Some(row), Some(patient)) = (person, hangs.patient) {
                let written = row.written_as(ClaimForm::Summary);
                self.out.takes(&row, context, |out| person::map(&written, patient, context, out));
            }
            if self.wanted == Wanted::All
                && let Some(row) = tables.last(Form::Visit).or(person)
            {
                let whole = self.hoso.whole;
                self.out.takes(&row, context, |out| paper::map(&tables, whole, hangs, context, out));
            }
        }
        while self.wanted == Wanted::All && !self.out.are_many() {
            let Some(row) = self.hoso.row(self.at - 1) else { break };
            self.at += 1;
            if row.form != Form::Tests {
                continue;
            }
            let said = row.fields().map(|(name, said)| (name.to_owned(), said.to_owned())).collect();
            if !self.seen.insert(said) {
                continue;
            }
            self.out.takes(&row, context, |out| {
                let row = row.written_as(ClaimForm::Results);
                let mut page = Page { row, summary: None, tested: &HashSet::new(), hangs, context, out };
                result::map_of(&mut page, date_time(when.as_deref()))
            });
        }
        (!self.out.is_empty()).then(|| self.out.take().map(|(_, item)| item).collect())
    }
}

/// What tells a check from others.
struct About {
    /// Of MA_LK, or of what stands for it. No claim of the same number has it.
    key: String,
    /// Id of the Patient.
    patient: Option<String>,
    /// NGAY_VAO.
    when: Option<String>,
}

/// `None` for a HOSO that tells of no check, or of two: those are perhaps of two people.
fn about(hoso: &Hoso<Form>, header: &Header) -> Option<(About, Context)> {
    let tables = Sheets::of(hoso);
    let number = only(hoso.rows().filter_map(|row| row.get("MA_LK")))?;
    let card = only(tables.all(Form::Person).filter_map(|row| row.get("SO_CCCD")))?;
    let card = card.map(|number| format!("cccd.{number}"));
    let when = tables.get(Form::Visit, "NGAY_VAO");
    let derived = || Some(format!("{}.{}", card.as_deref()?, when?));
    let number = number.map(str::to_owned).or_else(derived)?;
    let is_told = card.is_some() || tables.get(Form::Person, "HO_TEN").is_some();
    let patient = is_told.then(|| json::id(&card.unwrap_or_else(|| format!("ma-lk.{number}"))));
    let made = header.made.as_deref().and_then(instant).or_else(|| when.and_then(instant));
    let facility = tables.get(Form::Visit, "MA_CSKCB");
    let context = Context::of_check(header, facility, made, hoso.restricted);
    let about = About { key: format!("{number}.{NAME}"), patient, when: when.map(str::to_owned) };
    Some((about, context))
}

/// Part of the ids.
const NAME: &str = "kham-suc-khoe";

/// The one thing that all say; `None` where they say several.
fn only<'h>(mut all: impl Iterator<Item = &'h str>) -> Option<Option<&'h str>> {
    let first = all.next();
    all.all(|other| Some(other) == first).then_some(first)
}

/// The tables of one row each.
struct Sheets<'h>(Vec<Row<'h, Form>>);

impl<'h> Sheets<'h> {
    fn of(hoso: &'h Hoso<Form>) -> Self {
        Self(hoso.rows().filter(|row| row.form != Form::Tests).collect())
    }

    fn all(&self, form: Form) -> impl Iterator<Item = Row<'h, Form>> {
        self.0.iter().copied().filter(move |row| row.form == form)
    }

    fn last(&self, form: Form) -> Option<Row<'h, Form>> {
        self.0.iter().copied().rfind(|row| row.form == form)
    }

    /// A field: of a table that is there twice, what the last one says, which is the corrected one.
    fn get(&self, form: Form, name: &str) -> Option<&'h str> {
        self.0.iter().rev().filter(|row| row.form == form).find_map(|row| row.get(name))
    }
}
