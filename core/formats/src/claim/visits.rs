//! The visits of a HOSO, each with its person, and which module maps which row.
//!
//! XML1 tells of a visit. Where it is missing (a check-in, a paper sent alone, an early file), the first row that
//! tells of a person stands for it, and the visit itself is only pointed to.

use std::collections::{HashMap, HashSet};

use healthbook_model::{Refusal, Span};

use super::envelope::{Header, Kind};
use super::hoso::{Hoso, Unread};
use super::page::Page;
use super::records::{Context, Hangs, Records};
use super::table::{self, Form, Row, Tables};
use super::told::{Said, Telling};
use super::{
    Maps, Wanted, advice, appointment, check_in, course, json, medicine, money, paper, person, referral,
    result, service, visit,
};
use crate::Item;

/// A visit of the HOSO. Rows are told by their numbers among all of the HOSO.
struct Visit {
    /// MA_LK; `None` for a paper that belongs to no visit.
    number: Option<String>,
    /// What stands for it where it has none.
    key: String,
    /// XML1; the last one, when there are several: that is the corrected one.
    summary: Option<usize>,
    check_in: Option<usize>,
    /// The row that tells of the person.
    person: Option<usize>,
    rows: Vec<usize>,
}

/// A HOSO that is being mapped: its records come in parts, so that they are never all in memory.
pub(super) struct Mapping {
    hoso: Hoso,
    header: Header,
    visits: Vec<Visit>,
    out: Records,
    wanted: Wanted,
    /// The visit, and the step of it, that comes next.
    at: (usize, usize),
}

impl Maps for Mapping {
    type Form = Form;
    const ENVELOPE: Kind = Kind { root: "GIAMDINHHS", stands_alone: table::stands_alone };

    fn new(hoso: Hoso, header: &Header, wanted: Wanted) -> Result<Self, (Unread, Vec<u8>)> {
        let mut out = Records::default();
        let visits = visits(&hoso, &mut out);
        if visits.is_empty() {
            return Err((Unread::new(Refusal::NotTheFormat, ""), hoso.into_bytes()));
        }
        Ok(Self { hoso, header: header.clone(), visits, out, wanted, at: (0, 0) })
    }

    fn next_items(&mut self) -> Option<Vec<Item>> {
        while let Some(visit) = self.visits.get(self.at.0) {
            // A HOSO of one visit belongs to it as a whole; of several, the rows of each.
            let whole = (self.visits.len() == 1).then_some(self.hoso.whole);
            let mapped = Mapped { hoso: &self.hoso, visit, header: &self.header, whole, wanted: self.wanted };
            self.at = match mapped.map_from(self.at.1, &mut self.out) {
                Some(step) => (self.at.0, step),
                None => (self.at.0 + 1, 0),
            };
            if self.out.are_many() {
                break;
            }
        }
        (!self.out.is_empty()).then(|| self.out.take().map(|(_, item)| item).collect())
    }
}

/// What the HOSO tells of each visit that has a number.
pub(super) fn tellings(hoso: &Hoso, header: &Header) -> Vec<Telling> {
    let mut refused = Records::default();
    let visits = visits(hoso, &mut refused);
    let bare = if visits.len() == 1 { hoso.bare } else { 0 };
    let mut tellings = Vec::new();
    for visit in visits.iter().filter(|visit| visit.number.is_some()) {
        let mut out = Records::default();
        let mapped = Mapped { hoso, visit, header, whole: None, wanted: Wanted::All };
        let mut told = Vec::new();
        let mut step = Some(0);
        while let Some(at) = step {
            step = mapped.map_from(at, &mut out);
            told.extend(out.take());
        }
        let rows = visit.rows.iter().filter_map(|row| hoso.row(*row));
        let forms = rows.fold(bare, |forms, row| forms | row.form.bit());
        let mut is_whole = refused.is_empty();
        let mut said = Vec::new();
        for item in told {
            match item {
                (Some(form), Item::Record(record)) => said.push(Said { form: form.bit(), record }),
                (_, Item::Rejected(_)) => is_whole = false,
                (None, Item::Record(_)) => {}
            }
        }
        let time = mapped.context().last_updated;
        tellings.push(Telling { visit: json::id(&visit.key), time, forms, said, is_whole });
    }
    tellings
}

fn visits(hoso: &Hoso, out: &mut Records) -> Vec<Visit> {
    let mut visits: Vec<Visit> = Vec::new();
    let has_summary = hoso.rows().any(|row| row.form == Form::Summary && row.get("MA_LK").is_some());
    // The same table twice in one HOSO tells the same rows twice.
    let mut seen: HashSet<(&'static str, Vec<(&str, &str)>)> = HashSet::new();
    let mut places: HashMap<Option<&str>, usize> = HashMap::new();
    let rows = || (0..hoso.row_count()).filter_map(|n| Some((n, hoso.row(n)?)));
    let (summaries, others) = (
        rows().filter(|(_, row)| row.form == Form::Summary),
        rows().filter(|(_, row)| row.form != Form::Summary),
    );
    for (n, row) in summaries.chain(others) {
        let is_numbered = row.form != Form::Summary && row.get("STT").is_some();
        if is_numbered && !seen.insert((row.form.row_name(), row.fields().collect())) {
            continue;
        }
        let known = match row.get("MA_LK") {
            Some(number) => places.get(&Some(number)).copied().ok_or(Some(number)),
            None if row.form == Form::Assessment && !has_summary => places.get(&None).copied().ok_or(None),
            // A row without a number is the only visit's, when there is one.
            None if visits.is_empty() => continue,
            None => Ok(0),
        };
        let at = match known {
            Ok(at) => at,
            Err(_) if has_summary && row.form != Form::Summary => {
                // Of a visit that is not in this HOSO, and so perhaps of another person.
                let why = (Refusal::NotTheFormat, ": MA_LK of another visit");
                out.refuse(&row, why, hoso.restricted);
                continue;
            }
            Err(number) => {
                places.insert(number, visits.len());
                visits.push(Visit {
                    number: number.map(str::to_owned),
                    key: number.map_or_else(|| assessment_key(&row), str::to_owned),
                    summary: None,
                    check_in: None,
                    person: None,
                    rows: Vec::new(),
                });
                visits.len() - 1
            }
        };
        let Some(visit) = visits.get_mut(at) else { continue };
        match row.form {
            Form::Summary => visit.summary = Some(n),
            Form::CheckIn => visit.check_in = Some(n),
            _ => {}
        }
        visit.rows.push(n);
    }
    for visit in &mut visits {
        let tells = |n: &usize| hoso.row(*n).is_some_and(|row| person::is_told(&row));
        let told = || visit.rows.iter().copied().find(tells);
        visit.person = visit.summary.or(visit.check_in).or_else(told);
    }
    visits
}

/// XML12 has no MA_LK: the number of the council's protocol, and whom it is about.
fn assessment_key(row: &Row<'_>) -> String {
    let parts = ["MA_DONVI", "SO_BIEN_BAN", "NGAY_HOP"].into_iter().filter_map(|name| row.get(name));
    std::iter::once("gdyk").chain(parts).collect::<Vec<_>>().join(".")
}

/// A visit that is being mapped.
struct Mapped<'m> {
    hoso: &'m Hoso,
    visit: &'m Visit,
    header: &'m Header,
    /// The whole HOSO, when it holds one visit.
    whole: Option<Span>,
    wanted: Wanted,
}

impl<'m> Mapped<'m> {
    fn row(&self, n: Option<usize>) -> Option<Row<'m>> {
        n.and_then(|n| self.hoso.row(n))
    }

    fn rows(&self) -> impl Iterator<Item = Row<'m>> + use<'m> {
        let hoso = self.hoso;
        self.visit.rows.iter().filter_map(|n| hoso.row(*n))
    }

    fn context(&self) -> Context {
        let Visit { summary, check_in, person, rows, .. } = self.visit;
        let main = summary.or(*check_in).or(*person).or_else(|| rows.first().copied());
        Context::of(self.header, self.row(main).as_ref(), self.hoso.restricted)
    }

    /// Maps on from a step, until there is enough to be handed on. Gives the step that comes next: the first is who and
    /// when, then each row has one, and the last is the bill.
    fn map_from(&self, step: usize, out: &mut Records) -> Option<usize> {
        let context = self.context();
        let person = self.row(self.visit.person);
        let patient = person.as_ref().map(person::id);
        let is_visit = self.visit.number.is_some();
        let hangs = Hangs { visit: &self.visit.key, is_visit, patient: patient.as_deref() };
        let summary = self.row(self.visit.summary);
        if step == 0
            && let (Some(row), Some(patient)) = (person, hangs.patient)
        {
            out.takes(&row, &context, |out| person::map(&row, patient, &context, out));
        }
        if self.wanted == Wanted::People {
            return None;
        }
        let results = self.rows().filter(|row| row.form == Form::Results);
        let tested: HashSet<&str> = results.filter_map(|row| row.get("MA_DICH_VU")).collect();
        let map = |row: Row<'m>, out: &mut Records, map: &dyn Fn(&mut Page<'_, 'm>) -> Result<(), Unread>| {
            out.says(row.form);
            let (tested, hangs, context) = (&tested, &hangs, &context);
            out.takes(&row, context, |out| map(&mut Page { row, summary, tested, hangs, context, out }));
        };
        if step == 0 {
            if let Some(row) = summary {
                map(row, out, &|page| self.map_summary(page));
            } else if let Some(row) = self.row(self.visit.check_in) {
                map(row, out, &|page| check_in::map(page, self.spans()));
            }
        }
        for (n, at) in self.visit.rows.iter().enumerate().skip(step.saturating_sub(1)) {
            if out.are_many() {
                return Some(n + 1);
            }
            let Some(row) = self.hoso.row(*at) else { continue };
            if let Some(form) = mapper(row.form) {
                map(row, out, &form);
            }
        }
        let last = self.visit.rows.len() + 1;
        if out.are_many() && step < last {
            return Some(last);
        }
        // The bill of the visit: its rows have their lines in it. Without XML1 it is not known when it was.
        if let Some(row) = summary {
            map(row, out, &|page| money::map(page, self.rows()));
        }
        None
    }

    /// Where all of the visit stands.
    fn spans(&self) -> Vec<Span> {
        match self.whole {
            Some(whole) => vec![whole],
            None => self.rows().map(|row| row.span()).collect(),
        }
    }

    fn map_summary(&self, page: &mut Page<'_, '_>) -> Result<(), Unread> {
        visit::map(page, self.spans())?;
        advice::map(page)?;
        if self.rows().any(|row| row.form == Form::Appointment) {
            return Ok(());
        }
        appointment::of_summary(page)
    }
}

/// Maps a row of a form.
type Mapper = fn(&mut Page<'_, '_>) -> Result<(), Unread>;

/// What maps the rows of a form; `None` for the two that tell of the visit itself, and are mapped with it.
fn mapper(form: Form) -> Option<Mapper> {
    Some(match form {
        Form::Summary | Form::CheckIn => return None,
        Form::Medicines => medicine::map,
        Form::Services => service::map,
        Form::Results => result::map,
        Form::Course => course::map,
        Form::Referral => referral::map,
        Form::Appointment => appointment::map,
        Form::Hiv
        | Form::Discharge
        | Form::RecordSummary
        | Form::Birth
        | Form::PregnancyRest
        | Form::SickLeave
        | Form::Assessment
        | Form::Tuberculosis => paper::map,
    })
}
