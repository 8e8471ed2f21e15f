//! The visits of a HOSO, each with its person, and which module maps which row.
//!
//! XML1 tells of a visit. Where it is missing (a check-in, a paper sent alone, an early file), the first row that
//! tells of a person stands for it, and the visit itself is only pointed to.

use std::collections::HashMap;

use healthbook_model::{Refusal, Span};

use super::envelope::Header;
use super::hoso::Unread;
use super::records::{Context, Hangs, Records};
use super::table::{Form, Row};
use super::told::{Said, Telling};
use super::{
    Wanted, advice, appointment, check_in, course, json, medicine, money, paper, person, referral, result,
    service, visit,
};
use crate::Item;

/// A visit of the HOSO.
struct Visit<'r, 'p> {
    /// MA_LK; `None` for a paper that belongs to no visit.
    number: Option<&'p str>,
    /// What stands for it where it has none.
    key: String,
    /// XML1; the last one, when there are several: that is the corrected one.
    summary: Option<&'r Row<'p>>,
    check_in: Option<&'r Row<'p>>,
    /// The row that tells of the person.
    person: Option<&'r Row<'p>>,
    rows: Vec<&'r Row<'p>>,
}

pub(super) fn map(
    rows: &[Row<'_>],
    header: &Header,
    restricted: bool,
    whole: Span,
    wanted: Wanted,
) -> Result<Vec<Item>, Unread> {
    let mut out = Records::default();
    let visits = visits(rows, &mut out, restricted);
    if visits.is_empty() {
        return Err(Unread { refusal: Refusal::NotTheFormat, at: String::new() });
    }
    // A HOSO of one visit belongs to it as a whole; of several, the rows of each.
    let whole = (visits.len() == 1).then_some(whole);
    for visit in &visits {
        let main = visit.summary.or(visit.check_in).or(visit.person).or_else(|| visit.rows.first().copied());
        let context = Context::of(header, main, restricted, whole);
        let patient = visit.person.map(person::id);
        let hangs =
            Hangs { visit: &visit.key, is_visit: visit.number.is_some(), patient: patient.as_deref() };
        match wanted {
            Wanted::All => map_visit(visit, &hangs, &context, &mut out)?,
            Wanted::People => map_person(visit, &hangs, &context, &mut out)?,
        }
    }
    Ok(out.into_items())
}

/// What the HOSO tells of each visit that has a number. `bare` are its forms that hold nothing.
pub(super) fn tellings(
    rows: &[Row<'_>],
    bare: u16,
    header: &Header,
    restricted: bool,
) -> Result<Vec<Telling>, Unread> {
    let mut refused = Records::default();
    let visits = visits(rows, &mut refused, restricted);
    let bare = if visits.len() == 1 { bare } else { 0 };
    let mut tellings = Vec::new();
    for visit in visits.iter().filter(|visit| visit.number.is_some()) {
        let mut out = Records::default();
        let main = visit.summary.or(visit.check_in).or(visit.person).or_else(|| visit.rows.first().copied());
        let context = Context::of(header, main, restricted, None);
        let patient = visit.person.map(person::id);
        let hangs = Hangs { visit: &visit.key, is_visit: true, patient: patient.as_deref() };
        map_visit(visit, &hangs, &context, &mut out)?;
        let forms = visit.rows.iter().fold(bare, |forms, row| forms | row.form.bit());
        tellings.push(Telling {
            visit: json::id(&visit.key),
            time: context.last_updated,
            forms,
            said: out.into_told().map(|(form, record)| Said { form: form.bit(), record }).collect(),
            is_whole: refused.is_empty(),
        });
    }
    Ok(tellings)
}

fn visits<'r, 'p>(rows: &'r [Row<'p>], out: &mut Records, restricted: bool) -> Vec<Visit<'r, 'p>> {
    let mut visits: Vec<Visit<'r, 'p>> = Vec::new();
    let has_summary = rows.iter().any(|row| row.form == Form::Summary && row.get("MA_LK").is_some());
    let (summaries, others): (Vec<&Row<'_>>, Vec<&Row<'_>>) =
        rows.iter().partition(|row| row.form == Form::Summary);
    // The same table twice in one HOSO tells the same rows twice.
    let mut seen: HashMap<(&'static str, &str), Vec<&Row<'_>>> = HashMap::new();
    for row in summaries.into_iter().chain(others) {
        if let Some(number) = row.get("STT").filter(|_| row.form != Form::Summary) {
            let same = seen.entry((row.form.row_name(), number)).or_default();
            if same.iter().any(|known| known.fields().eq(row.fields())) {
                continue;
            }
            same.push(row);
        }
        let number = match row.get("MA_LK") {
            Some(number) => Some(number),
            None if row.form == Form::Assessment && !has_summary => None,
            // A row without a number is the only visit's, when there is one.
            None => match visits.first() {
                Some(first) => first.number,
                None => continue,
            },
        };
        let known = visits.iter().position(|visit| visit.number == number);
        let at = match known {
            Some(at) => at,
            None if has_summary && row.form != Form::Summary => {
                // Of a visit that is not in this HOSO, and so perhaps of another person.
                out.refuse(row, restricted);
                continue;
            }
            None => {
                let key = number.map_or_else(|| assessment_key(row), str::to_owned);
                visits.push(Visit {
                    number,
                    key,
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
            Form::Summary => visit.summary = Some(row),
            Form::CheckIn => visit.check_in = Some(row),
            _ => {}
        }
        visit.rows.push(row);
    }
    for visit in &mut visits {
        let told = visit.rows.iter().copied().find(|row| person::is_told(row));
        visit.person = visit.summary.or(visit.check_in).or(told);
    }
    visits
}

/// XML12 has no MA_LK: the number of the council's protocol, and whom it is about.
fn assessment_key(row: &Row<'_>) -> String {
    let parts = ["MA_DONVI", "SO_BIEN_BAN", "NGAY_HOP"].into_iter().filter_map(|name| row.get(name));
    std::iter::once("gdyk").chain(parts).collect::<Vec<_>>().join(".")
}

fn map_person(
    visit: &Visit<'_, '_>,
    hangs: &Hangs<'_>,
    context: &Context,
    out: &mut Records,
) -> Result<(), Unread> {
    match (visit.person, hangs.patient) {
        (Some(row), Some(patient)) => person::map(row, patient, context, out),
        _ => Ok(()),
    }
}

fn map_visit(
    visit: &Visit<'_, '_>,
    hangs: &Hangs<'_>,
    context: &Context,
    out: &mut Records,
) -> Result<(), Unread> {
    map_person(visit, hangs, context, out)?;
    let spans: Vec<Span> = match context.whole {
        Some(whole) => vec![whole],
        None => visit.rows.iter().map(|row| row.span()).collect(),
    };
    if let Some(row) = visit.summary {
        out.says(Form::Summary);
        visit::map(row, spans, hangs, context, out)?;
        advice::map(row, hangs, context, out)?;
        if !visit.rows.iter().any(|row| row.form == Form::Appointment) {
            appointment::of_summary(row, hangs, context, out)?;
        }
    } else if let Some(row) = visit.check_in {
        out.says(Form::CheckIn);
        check_in::map(row, spans, hangs, context, out)?;
    }
    let of = |form: Form| visit.rows.iter().copied().filter(move |row| row.form == form);
    let tested: Vec<&str> = of(Form::Results).filter_map(|row| row.get("MA_DICH_VU")).collect();
    for row in &visit.rows {
        out.says(row.form);
        match row.form {
            Form::Summary | Form::CheckIn => {}
            Form::Medicines => medicine::map(row, hangs, context, out)?,
            Form::Services => service::map(row, hangs, &tested, context, out)?,
            Form::Results => result::map(row, hangs, context, out)?,
            Form::Course => course::map(row, visit.summary, hangs, context, out)?,
            Form::Referral => referral::map(row, hangs, context, out)?,
            Form::Appointment => appointment::map(row, hangs, context, out)?,
            Form::Hiv
            | Form::Discharge
            | Form::RecordSummary
            | Form::Birth
            | Form::PregnancyRest
            | Form::SickLeave
            | Form::Assessment
            | Form::Tuberculosis => paper::map(row, visit.summary, hangs, context, out)?,
        }
    }
    // The bill of the visit: its rows have their lines in it.
    out.says(Form::Summary);
    money::map(visit.summary, &visit.rows, &tested, hangs, context, out)
}
