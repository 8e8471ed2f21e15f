//! Records in a list: as JSON for programs, as rows for people.

use healthbook::{Item, Kind, Lang, Standing, names};
use serde::Serialize;

use crate::failure::Failure;
use crate::out::{Out, Style};
use crate::render::{dates, text};
use crate::words;

/// A record as a line of JSON. Other programs rely on the names.
#[derive(Serialize)]
pub(crate) struct Line<'a> {
    id: String,
    kind: &'static str,
    #[serde(rename = "type")]
    resource_type: &'a str,
    start: Option<&'a str>,
    end: Option<&'a str>,
    title: &'a str,
    subtitle: Option<&'a str>,
    value: Option<&'a str>,
    facility: Option<&'a str>,
    source: &'a str,
    status: &'static str,
    restricted: bool,
    own: bool,
    corrected: bool,
    duplicate: bool,
    heads: u32,
}

impl<'a> Line<'a> {
    pub(crate) fn new(item: &'a Item) -> Self {
        Self {
            id: item.id.to_string(),
            kind: item.kind.as_str(),
            resource_type: &item.resource_type,
            start: item.start.as_deref(),
            end: item.end.as_deref(),
            title: &item.title,
            subtitle: item.subtitle.as_deref(),
            value: item.value.as_deref(),
            facility: item.facility.as_deref(),
            source: &item.source,
            status: item.standing.as_str(),
            restricted: item.restricted,
            own: item.own,
            corrected: item.corrected,
            duplicate: item.duplicate,
            heads: item.heads,
        }
    }
}

/// The first eight digits of an identity: enough to name a record on the command line.
pub(crate) fn short_id(id: impl ToString) -> String {
    id.to_string().chars().take(8).collect()
}

/// Whether a record is a plan by its very kind, which a list names beside it.
fn is_plan(item: &Item) -> bool {
    item.standing == Standing::Planned && matches!(item.kind, Kind::Appointment | Kind::Request)
}

/// Whether a reader must be warned not to take a record for what is so.
pub(crate) fn needs_warning(item: &Item) -> bool {
    let is_fact = item.is_fact() || (is_plan(item) && !item.corrected && !item.duplicate);
    !is_fact || item.heads > 1
}

/// The value as people read it; whose record it is comes with a birth date.
fn value(item: &Item, lang: Lang) -> Option<String> {
    item.value.as_deref().map(|value| match item.kind {
        Kind::Person => dates::readable(value, lang),
        _ => value.to_owned(),
    })
}

/// What has to be known before a record is taken for a fact, in words.
pub(crate) fn marks(item: &Item, lang: Lang) -> Vec<String> {
    let mut marks = Vec::new();
    if item.standing != Standing::Current && !is_plan(item) {
        marks.push(names::standing_name(item.standing, lang).to_lowercase());
    }
    let told = [
        (item.corrected, words::MARK_CORRECTED),
        (item.duplicate, words::MARK_DUPLICATE),
        (item.heads > 1, words::MARK_CONFLICT),
        (item.restricted, words::MARK_RESTRICTED),
    ];
    marks.extend(told.iter().filter(|(is_so, _)| *is_so).map(|(_, phrase)| phrase.get(lang).to_owned()));
    marks
}

/// One record on one line: date, kind, title, value, marks.
pub(crate) fn in_short(item: &Item, lang: Lang) -> String {
    let day = item
        .start
        .as_deref()
        .map_or_else(|| words::UNDATED.get(lang).to_owned(), |s| dates::readable(s, lang));
    let mut line = format!("{} · {} · {}", day, names::kind_name(item.kind, lang), item.title);
    if let Some(value) = value(item, lang) {
        line.push_str(&format!(": {value}"));
    }
    for mark in marks(item, lang) {
        line.push_str(&format!(" [{mark}]"));
    }
    line
}

/// How a list is broken into groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// By year and day, newest first.
    ByDay,
    /// As ranked; each row names its day.
    Ranked,
}

/// Writes rows, remembering under which year and day it stands.
pub(crate) struct Rows {
    lang: Lang,
    grouping: Grouping,
    year: Option<String>,
    day: Option<String>,
}

/// Cells of the identity at the end of a row.
const ID: usize = 8;
/// Cells of the time at the beginning of a row.
const CLOCK: usize = 5;

impl Rows {
    pub(crate) fn new(lang: Lang, grouping: Grouping) -> Self {
        Self { lang, grouping, year: None, day: None }
    }

    /// One record: time, title and value, identity; below it what kind it is and where it comes from.
    pub(crate) fn write(&mut self, out: &mut Out, item: &Item) -> Result<(), Failure> {
        let at = item.start.as_deref().and_then(dates::local);
        let lead = match self.grouping {
            Grouping::ByDay => {
                self.headings(
                    out,
                    item,
                    at.as_ref().map(|at| (at.year().to_string(), dates::day(at, self.lang))),
                )?;
                format!("  {}", text::left(&at.as_ref().and_then(dates::clock).unwrap_or_default(), CLOCK))
            }
            Grouping::Ranked => {
                let day = at.as_ref().map(|at| dates::day(at, self.lang)).or_else(|| item.start.clone());
                text::left(&day.unwrap_or_else(|| words::UNDATED_SHORT.get(self.lang).to_owned()), 11)
            }
        };
        let indent = text::width(&lead) + 1;
        let room = out.columns.saturating_sub(indent + ID + 2);
        let marks = marks(item, self.lang).iter().map(|mark| format!("[{mark}] ")).collect::<String>();
        let marks = text::cut(&marks, room);
        let room = room.saturating_sub(text::width(&marks));
        // A value keeps its place; a title can be cut. Values that are texts themselves go below.
        let value = value(item, self.lang)
            .map(|value| text::plain(&value))
            .filter(|value| text::width(value) <= room / 2);
        let title_room = room.saturating_sub(value.as_ref().map_or(0, |value| text::width(value) + 2));
        let title = text::left(&item.title, title_room);
        let value_cells = value.map(|value| format!("  {value}")).unwrap_or_default();
        out.spans(&[
            (Style::Faint, &format!("{lead} ")),
            (Style::Warning, &marks),
            (Style::Plain, &title),
            (Style::Strong, &value_cells),
            (Style::Faint, &format!("  {}", short_id(item.id))),
        ])?;
        let below = self.below(item, value_cells.is_empty());
        let below = text::cut(&below, out.columns.saturating_sub(indent));
        out.spans(&[(Style::Faint, &format!("{:indent$}{below}", ""))])
    }

    /// Kind, one more line, place and source.
    fn below(&self, item: &Item, value_missing: bool) -> String {
        let mut parts = vec![names::kind_name(item.kind, self.lang).to_owned()];
        parts.extend(value(item, self.lang).filter(|_| value_missing));
        // Where to go is what an appointment is looked up for.
        let is_visit_to_come = item.kind == Kind::Appointment;
        parts.extend(item.facility.clone().filter(|_| is_visit_to_come));
        parts.extend(item.subtitle.clone());
        if let Some(end) = item.end.as_deref().filter(|end| item.start.as_deref() != Some(end)) {
            parts.push(words::UNTIL.with(self.lang, &[("day", &dates::readable(end, self.lang))]));
        }
        parts.extend(item.facility.clone().filter(|_| !is_visit_to_come));
        parts.push(item.source.clone());
        parts.dedup();
        parts.join(" · ")
    }

    fn headings(&mut self, out: &mut Out, item: &Item, at: Option<(String, String)>) -> Result<(), Failure> {
        let undated = || words::UNDATED.get(self.lang).to_owned();
        let (year, day) = match at {
            Some(at) => at,
            None => item.start.clone().map_or_else(|| (undated(), undated()), |start| (undated(), start)),
        };
        if self.year.as_ref() != Some(&year) {
            if self.year.is_some() {
                out.line("")?;
            }
            out.spans(&[(Style::Strong, &year)])?;
            self.year = Some(year.clone());
            self.day = None;
        }
        if self.day.as_ref() != Some(&day) && day != year {
            out.spans(&[(Style::Plain, &text::cut(&day, out.columns))])?;
        }
        self.day = Some(day);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> Item {
        Item {
            id: "abababab-abab-4bab-abab-abababababab".parse().unwrap(),
            kind: Kind::Allergy,
            resource_type: "AllergyIntolerance".to_owned(),
            standing: Standing::EnteredInError,
            start: Some("2026-11".to_owned()),
            end: None,
            title: "Penicillin".to_owned(),
            subtitle: None,
            value: None,
            facility: None,
            source: "BV".to_owned(),
            restricted: true,
            own: false,
            corrected: false,
            duplicate: false,
            heads: 1,
        }
    }

    #[test]
    fn what_is_no_plain_fact_says_so_in_words() {
        assert_eq!(
            in_short(&item(), Lang::Vi),
            "11/2026 · Dị ứng · Penicillin [ghi nhầm – không dùng] [hạn chế]"
        );
        assert_eq!(
            in_short(&item(), Lang::En),
            "Nov 2026 · Allergy · Penicillin [entered in error – do not use] [restricted]"
        );
    }

    #[test]
    fn the_names_that_other_programs_rely_on_stay() {
        let line = serde_json::to_value(Line::new(&item())).unwrap();
        for name in [
            "id",
            "kind",
            "type",
            "start",
            "end",
            "title",
            "value",
            "facility",
            "source",
            "status",
            "restricted",
        ] {
            assert!(line.get(name).is_some(), "{name}");
        }
        assert_eq!(line["status"], "entered-in-error");
        assert_eq!(line["value"], serde_json::Value::Null);
    }
}
