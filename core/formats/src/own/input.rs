//! What a person typed, checked: texts, dates, numbers, words of a list.

use healthbook_model::{PartialDateTime, Precision};
use serde_json::Value;

use super::{Decimal, OwnContext, OwnError};

/// Longest name, place or dose.
const LINE: usize = 1000;
/// Longest note.
const PAGE: usize = 100_000;

/// One line of text.
pub(super) fn line(field: &'static str, typed: &str) -> Result<String, OwnError> {
    let text = text(field, typed, LINE)?;
    if text.contains(['\n', '\t']) { Err(OwnError::WrongForm { field }) } else { Ok(text) }
}

/// Text with line breaks.
pub(super) fn page(field: &'static str, typed: &str) -> Result<String, OwnError> {
    text(field, typed, PAGE)
}

fn text(field: &'static str, typed: &str, limit: usize) -> Result<String, OwnError> {
    let text = typed.trim().replace("\r\n", "\n");
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(OwnError::WrongForm { field });
    }
    if text.chars().count() > limit { Err(OwnError::TooLong { field, limit }) } else { Ok(text) }
}

/// A date as FHIR writes it, or as Vietnamese do: `20/11/2026`, `20/11/2026 07:10`, `11/2026`.
pub(super) fn when(field: &'static str, typed: &str) -> Result<PartialDateTime, OwnError> {
    let typed = typed.trim();
    let wrong = OwnError::NotADate { field };
    let (date, time) = match typed.split_once([' ', 'T']) {
        Some((date, time)) => (date, Some(time.trim())),
        None => (typed, None),
    };
    let parts: Vec<&str> = date.split('/').collect();
    let two = |part: &str| (1..=2).contains(&part.len()).then(|| format!("{part:0>2}"));
    let fhir = match parts.as_slice() {
        [_] => None,
        [month, year] => two(month).map(|m| format!("{year}-{m}")),
        [day, month, year] => two(day).zip(two(month)).map(|(d, m)| format!("{year}-{m}-{d}")),
        _ => return Err(wrong),
    };
    let text = match (fhir, time) {
        (None, None) => typed.to_owned(),
        (None, Some(time)) => format!("{date}T{time}"),
        (Some(date), None) => date,
        (Some(date), Some(time)) if time.len() == 4 => format!("{date}T0{time}"),
        (Some(date), Some(time)) => format!("{date}T{time}"),
    };
    text.parse().map_err(|_| wrong)
}

/// The same for something that has happened: not later than tomorrow (a phone's clock may be off by hours).
pub(super) fn past(field: &'static str, typed: &str, ctx: &OwnContext) -> Result<PartialDateTime, OwnError> {
    let at = when(field, typed)?;
    let tomorrow = ctx.recorded.0.saturating_add(86_400_000);
    if at.earliest(ctx.offset).0 > tomorrow { Err(OwnError::InFuture { field }) } else { Ok(at) }
}

/// A FHIR dateTime: a time has seconds and an offset there.
pub(super) fn fhir_time(at: PartialDateTime, ctx: &OwnContext) -> String {
    let mut text = at.to_string();
    if at.precision() < Precision::Minute {
        return text;
    }
    if at.precision() == Precision::Minute {
        text.insert_str(text.len().min(16), ":00");
    }
    if at.offset().is_none() {
        let sign = if ctx.offset < 0 { '-' } else { '+' };
        let minutes = ctx.offset.unsigned_abs();
        text.push_str(&format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
    }
    text
}

/// Now, as a FHIR dateTime in the person's offset.
pub(super) fn now(ctx: &OwnContext) -> String {
    PartialDateTime::from_timestamp(ctx.recorded, ctx.offset).to_string()
}

/// A number within bounds that only a slip leaves.
pub(super) fn number(
    field: &'static str,
    typed: &str,
    (low, high, unit): (&'static str, &'static str, &'static str),
) -> Result<Decimal, OwnError> {
    let value: Decimal = typed.parse().map_err(|_| OwnError::NotANumber { field, example: high })?;
    let bound = |text: &str| text.parse::<Decimal>().map_or(0, |bound| bound.scaled());
    if value.scaled() < bound(low) || value.scaled() > bound(high) {
        return Err(OwnError::OutOfBounds { field, low, high, unit });
    }
    Ok(value)
}

/// The JSON number with these very digits.
pub(super) fn json(value: &Decimal) -> Value {
    serde_json::from_str(value.as_str()).unwrap_or_default()
}

/// The code of a word a person may say: each choice is a code and the words for it.
pub(super) fn choice(
    field: &'static str,
    typed: &str,
    choices: &'static [(&'static str, &'static [&'static str])],
) -> Result<&'static str, OwnError> {
    let typed = typed.trim().to_lowercase();
    choices
        .iter()
        .find(|(code, words)| *code == typed || words.contains(&typed.as_str()))
        .map(|(code, _)| *code)
        .ok_or_else(|| {
            let words: Vec<&str> =
                choices.iter().map(|(code, words)| words.first().unwrap_or(code)).copied().collect();
            OwnError::NotOneOf { field, choices: words.join(", ") }
        })
}
