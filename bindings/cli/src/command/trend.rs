//! `trend`: numbers over time, as a line of heights, a table, JSON, or a chart.

use healthbook::{Book, By, Trend, TrendLine, names};
use serde::Serialize;
use serde_json::Number;
use serde_json::value::RawValue;

use crate::args;
use crate::command::files::{is_stdout, write_out};
use crate::command::list::moment;
use crate::failure::{Failure, Outcome};
use crate::out::Style;
use crate::render::chart;
use crate::render::numbers::{mean, told};
use crate::render::sparkline::sparkline;
use crate::render::{dates, text};
use crate::session::Session;
use crate::{when, words};

/// Rows of the table: the newest.
const ROWS: usize = 20;

#[derive(Serialize)]
struct NameLine {
    name: &'static str,
    title: &'static str,
    unit: &'static str,
}

#[derive(Serialize)]
struct PointLine<'a> {
    at: String,
    /// The digits as written, as a JSON number; a bound is a text (`< 5`).
    value: Value<'a>,
    /// `<`, `<=`, `>=` or `>` of a bound.
    comparator: Option<&'a str>,
    unit: &'a str,
    code: String,
    id: Option<String>,
}

/// Digits that JSON takes for a number stay as they are; others go as text.
#[derive(Serialize)]
#[serde(untagged)]
enum Value<'a> {
    Number(&'a RawValue),
    Text(&'a str),
}

#[derive(Serialize)]
struct GroupLine<'a> {
    from: &'a str,
    count: u64,
    mean: Option<Number>,
    min: f64,
    max: f64,
    unit: &'a str,
    code: String,
}

#[derive(Serialize)]
struct SummaryLine<'a> {
    summary: SummaryFields<'a>,
}

#[derive(Serialize)]
struct SummaryFields<'a> {
    title: &'a str,
    /// Numbers that the mean is of.
    count: u64,
    mean: Option<Number>,
    min: Option<f64>,
    max: Option<f64>,
    first: Option<&'a str>,
    last: Option<&'a str>,
    unit: &'a str,
    code: String,
    /// Numbers that are only bounds (`< 5`): listed, and in no mean, min or max.
    bounds: u64,
    /// Numbers that are too large for a float.
    left_out: u64,
    /// There are older numbers than those that were listed.
    cut: bool,
}

fn code(line: &TrendLine) -> String {
    format!("{}|{}", line.code.system, line.code.code)
}

/// The series that go by a name.
pub(crate) fn names(session: &mut Session) -> Result<Outcome, Failure> {
    let lang = session.lang;
    if !session.json {
        session.out.line(words::SERIES_NAMES.get(lang))?;
    }
    for series in names::all_series() {
        if session.json {
            session.out.json(&NameLine {
                name: series.name,
                title: series.title(lang),
                unit: series.unit,
            })?;
        } else {
            session.out.pair(series.name, series.title(lang), 2, 18)?;
        }
    }
    Ok(Outcome::Done)
}

/// One series over time.
pub(crate) fn run(
    session: &mut Session,
    book: &Book,
    series: &str,
    args: &args::Trend,
) -> Result<Outcome, Failure> {
    let from = moment(session, args.from.as_deref(), when::from)?;
    let to = moment(session, args.to.as_deref(), when::to)?;
    let by = match args.by.as_deref() {
        Some("day") => Some(By::Day),
        Some("week") => Some(By::Week),
        Some("month") => Some(By::Month),
        _ => None,
    };
    let trend = book.trend(session.reading(), series, from, to, by)?;
    if let Some(path) = &args.svg {
        let drawn = chart::svg(&trend, session.lang);
        write_out(session, path, |_, out| {
            out.write_all(drawn.as_bytes())?;
            Ok(0)
        })?;
        if !is_stdout(path) {
            session.tell(&words::CHART_WRITTEN.with(session.lang, &[("file", &path.display())]))?;
        }
        return Ok(Outcome::Done);
    }
    if session.json {
        trend.lines.iter().try_for_each(|line| write_json(session, line))?;
    } else {
        write(session, &trend)?;
    }
    Ok(Outcome::Done)
}

fn write_json(session: &mut Session, line: &TrendLine) -> Result<(), Failure> {
    for point in &line.points {
        let raw: Result<&RawValue, _> = serde_json::from_str(&point.text);
        let is_number = point.text.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        let value = raw.ok().filter(|_| is_number).map_or(Value::Text(&point.text), Value::Number);
        session.out.json(&PointLine {
            at: dates::rfc3339(point.at),
            value,
            comparator: point.comparator.as_deref(),
            unit: &line.unit,
            code: code(line),
            id: point.record.map(|id| id.to_string()),
        })?;
    }
    for group in &line.groups {
        session.out.json(&GroupLine {
            from: &group.from,
            count: group.count,
            mean: mean(group.mean, line.decimals).parse().ok(),
            min: group.minimum,
            max: group.maximum,
            unit: &line.unit,
            code: code(line),
        })?;
    }
    let summary = line.summary.as_ref();
    session.out.json(&SummaryLine {
        summary: SummaryFields {
            title: &line.title,
            count: summary.map_or(0, |summary| summary.count),
            mean: summary.and_then(|summary| mean(summary.mean, line.decimals).parse().ok()),
            min: summary.map(|summary| summary.minimum),
            max: summary.map(|summary| summary.maximum),
            first: summary.and_then(|summary| summary.first.as_deref()),
            last: summary.and_then(|summary| summary.last.as_deref()),
            unit: &line.unit,
            code: code(line),
            bounds: line.bounds,
            left_out: line.left_out,
            cut: line.cut,
        },
    })
}

/// Lines of heights with their bounds, then the newest numbers.
pub(crate) fn write(session: &mut Session, trend: &Trend) -> Result<(), Failure> {
    overview(session, trend)?;
    for line in &trend.lines {
        table(session, line)?;
    }
    Ok(())
}

/// The title, and each line at a glance.
pub(crate) fn overview(session: &mut Session, trend: &Trend) -> Result<(), Failure> {
    let lang = session.lang;
    session.out.spans(&[(Style::Strong, &trend.title)])?;
    if trend.lines.is_empty() {
        return session.out.line(words::NO_NUMBERS.get(lang));
    }
    for line in &trend.lines {
        let unit = names::unit_name(&line.unit, lang).unwrap_or(&line.unit);
        let values: Vec<f64> = match line.points.as_slice() {
            [] => line.groups.iter().map(|group| group.mean).collect(),
            points => {
                let known = points.iter().filter(|point| point.comparator.is_none());
                known.map(|point| point.value).collect()
            }
        };
        session.out.line("")?;
        session.out.line(&text::cut(&format!("{} ({unit})", line.title), session.out.columns))?;
        if !values.is_empty() {
            let heights = sparkline(&values, session.out.columns.saturating_sub(4).min(72));
            session.out.line(&format!("  {heights}"))?;
        }
        if let Some(summary) = &line.summary {
            let mut short = words::SUMMARY.with(
                lang,
                &[
                    ("n", &summary.count),
                    ("min", &told(summary.minimum, line.decimals)),
                    ("max", &told(summary.maximum, line.decimals)),
                    ("mean", &mean(summary.mean, line.decimals)),
                ],
            );
            if let Some(last) = &summary.last {
                short.push_str(&words::SUMMARY_LAST.with(lang, &[("last", last)]));
            }
            let mut known = line.points.iter().filter(|point| point.comparator.is_none());
            let span = known.next().map_or_else(String::new, |first| {
                let last = known.next_back().unwrap_or(first);
                let day =
                    |at| dates::day(&healthbook::PartialDateTime::from_timestamp(at, dates::OFFSET), lang);
                let (first, last) = (day(first.at), day(last.at));
                if first == last { format!(" · {first}") } else { format!(" · {first} – {last}") }
            });
            session.out.styled_paragraph(Style::Faint, 2, &format!("{short}{span}"))?;
        }
        for note in chart::not_drawn(line, lang) {
            session.out.styled_paragraph(Style::Faint, 2, &note)?;
        }
        if line.cut {
            session.out.styled_paragraph(Style::Faint, 2, words::TREND_CUT.get(lang))?;
        }
    }
    Ok(())
}

fn table(session: &mut Session, line: &TrendLine) -> Result<(), Failure> {
    let lang = session.lang;
    let unit = names::unit_name(&line.unit, lang).unwrap_or(&line.unit).to_owned();
    session.out.heading(&format!("{} ({unit})", line.title))?;
    let shown = line.points.len().max(line.groups.len());
    let skipped = shown.saturating_sub(ROWS);
    for point in line.points.iter().skip(skipped) {
        let id = point.record.map(crate::render::items::short_id).unwrap_or_default();
        let at = dates::instant(point.at, lang);
        session.out.spans(&[
            (Style::Plain, &format!("  {}  {}", text::left(&at, 18), text::right(&point.text, 12))),
            (Style::Faint, &format!("  {id}")),
        ])?;
    }
    if !line.groups.is_empty() {
        let heads = [
            words::COLUMN_FROM,
            words::COLUMN_COUNT,
            words::COLUMN_MEAN,
            words::COLUMN_MIN,
            words::COLUMN_MAX,
        ];
        let heads: String = heads
            .iter()
            .enumerate()
            .map(|(n, head)| {
                if n == 0 {
                    format!("  {}", text::left(head.get(lang), 12))
                } else {
                    text::right(head.get(lang), 12)
                }
            })
            .collect();
        session.out.spans(&[(Style::Faint, &heads)])?;
    }
    for group in line.groups.iter().skip(skipped) {
        session.out.line(&format!(
            "  {}{}{}{}{}",
            text::left(&dates::readable(&group.from, lang), 12),
            text::right(&group.count.to_string(), 12),
            text::right(&mean(group.mean, line.decimals), 12),
            text::right(&told(group.minimum, line.decimals), 12),
            text::right(&told(group.maximum, line.decimals), 12),
        ))?;
    }
    if skipped > 0 {
        session.out.styled_paragraph(Style::Faint, 2, &words::ROWS_SKIPPED.with(lang, &[("n", &skipped)]))?;
    }
    Ok(())
}
