//! A series over time: the numbers of records and of devices, one line per code and unit. Nothing is converted: two units
//! are two lines.

use std::collections::BTreeMap;

use healthbook_formats::names;
use healthbook_model::{Coding, Lang, PartialDateTime, RecordId, Timestamp};

use crate::book::Book;
use crate::error::{Error, ErrorCode};
use crate::item::Reading;

/// Into what numbers are gathered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Days of the book's time zone.
    Day,
    /// Weeks, beginning on Monday (ISO 8601).
    Week,
    /// Months.
    Month,
}

/// One number.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendPoint {
    /// When.
    pub at: Timestamp,
    /// For the chart.
    pub value: f64,
    /// The digits as written.
    pub text: String,
    /// The record it stands in; `None` for a device's reading.
    pub record: Option<RecordId>,
}

/// Numbers gathered over a day, week or month.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Its first day, `YYYY-MM-DD`.
    pub from: String,
    /// How many numbers.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// The smallest.
    pub minimum: f64,
    /// The largest.
    pub maximum: f64,
}

/// A line in short.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// How many numbers.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// The smallest.
    pub minimum: f64,
    /// The largest.
    pub maximum: f64,
    /// The first, as written; `None` when numbers were gathered.
    pub first: Option<String>,
    /// The last, as written.
    pub last: Option<String>,
}

/// The numbers of one code in one unit.
#[derive(Debug, Clone, PartialEq)]
pub struct TrendLine {
    /// What is measured.
    pub title: String,
    /// Its code.
    pub code: Coding,
    /// Its unit.
    pub unit: String,
    /// The numbers, oldest first; empty when they were gathered.
    pub points: Vec<TrendPoint>,
    /// The numbers gathered, oldest first.
    pub groups: Vec<Group>,
    /// All in short; `None` for a line without numbers.
    pub summary: Option<Summary>,
    /// There are older numbers than those in `points`: a device sends more than one list should hold. Groups have all.
    pub cut: bool,
}

/// A series over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    /// What it is called.
    pub title: String,
    /// One line per code and unit that has numbers.
    pub lines: Vec<TrendLine>,
}

/// Device readings shown one by one at most, the newest; groups have them all.
pub(crate) const SAMPLES: u32 = 100_000;

#[derive(Default)]
struct Sum {
    count: u64,
    sum: f64,
    minimum: Option<f64>,
    maximum: Option<f64>,
}

impl Sum {
    fn add(&mut self, count: u64, sum: f64, minimum: f64, maximum: f64) {
        self.count += count;
        self.sum += sum;
        self.minimum = Some(self.minimum.map_or(minimum, |m| m.min(minimum)));
        self.maximum = Some(self.maximum.map_or(maximum, |m| m.max(maximum)));
    }

    fn mean(&self) -> f64 {
        // Counts of readings are far below 2^52.
        let count = u32::try_from(self.count).map_or(f64::from(u32::MAX), f64::from);
        if self.count == 0 { 0.0 } else { self.sum / count }
    }

    fn group(&self, from: String) -> Group {
        Group {
            from,
            count: self.count,
            mean: self.mean(),
            minimum: self.minimum.unwrap_or_default(),
            maximum: self.maximum.unwrap_or_default(),
        }
    }
}

const DAY_MS: i64 = 86_400_000;

fn date_of(day: i64) -> PartialDateTime {
    PartialDateTime::from_timestamp(Timestamp(day.saturating_mul(DAY_MS)), 0)
}

/// The first day of the group that a day falls into, as `YYYY-MM-DD`.
fn group_of(day: i64, by: By) -> String {
    let first = match by {
        By::Day => day,
        // 1970-01-01 was a Thursday.
        By::Week => day - (day + 3).rem_euclid(7),
        By::Month => day + 1 - i64::from(date_of(day).day().unwrap_or(1)),
    };
    date_of(first).to_string().get(..10).unwrap_or_default().to_owned()
}

/// The codes of a series by its name or as `system|code`, each with what it is called.
fn codes_of(series: &str, lang: Lang) -> Result<(String, Vec<(Coding, String)>), Error> {
    if let Some((system, code)) = series.rsplit_once('|') {
        let coding = Coding::new(system, code);
        let title = names::code_name(&coding, lang).map_or_else(|| code.to_owned(), str::to_owned);
        return Ok((title.clone(), vec![(coding, title)]));
    }
    let known = names::series(series).ok_or_else(|| {
        let all: Vec<&str> = names::all_series().iter().map(|s| s.name).collect();
        Error::with(
            ErrorCode::InvalidInput,
            format!("(Các chuỗi số liệu: {}; hoặc hệ mã|mã.)", all.join(", ")),
            format!("(Known series: {}; or system|code.)", all.join(", ")),
        )
    })?;
    let mut codes = Vec::new();
    let parts = known.parts.iter().filter_map(|part| names::series(part));
    for part in std::iter::once(known).chain(parts) {
        for (system, code) in part.codes {
            let coding = Coding::new(*system, *code);
            let title = names::code_name(&coding, lang).unwrap_or_else(|| part.title(lang)).to_owned();
            if !codes.iter().any(|(c, _)| *c == coding) {
                codes.push((coding, title));
            }
        }
    }
    Ok((known.title(lang).to_owned(), codes))
}

impl Book {
    /// A series over time, by its name (`blood-pressure`, `weight`…) or as `system|code`. Only facts have numbers: what
    /// was entered in error, refused, deleted, corrected or told twice is left out.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidInput`] for an unknown name, listing the known ones.
    pub fn trend(
        &self,
        reading: Reading,
        series: &str,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        by: Option<By>,
    ) -> Result<Trend, Error> {
        let (title, codes) = codes_of(series, reading.lang)?;
        let from = from.unwrap_or(Timestamp(i64::MIN / 2));
        let to = to.unwrap_or(Timestamp(i64::MAX / 2));
        let mut lines = Vec::new();
        for (code, name) in codes {
            lines.extend(match by {
                None => self.line_of_points(reading, &code, &name, from, to)?,
                Some(by) => self.line_of_groups(reading, &code, &name, (from, to), by)?,
            });
        }
        Ok(Trend { title, lines })
    }

    fn line_of_points(
        &self,
        reading: Reading,
        code: &Coding,
        title: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<TrendLine>, Error> {
        let (points, samples) = self.read(reading, |reader| {
            Ok((reader.points(code, from, to)?, reader.samples(code, from, to, SAMPLES)?))
        })?;
        let cut = samples.len() >= usize::try_from(SAMPLES).unwrap_or(usize::MAX);
        let mut units: BTreeMap<String, Vec<TrendPoint>> = BTreeMap::new();
        for p in points {
            let point = TrendPoint { at: p.at, value: p.value, text: p.text, record: Some(p.record) };
            units.entry(p.unit).or_default().push(point);
        }
        for s in samples {
            let point =
                TrendPoint { at: s.at, value: s.value.to_f64(), text: s.value.to_string(), record: None };
            units.entry(s.unit).or_default().push(point);
        }
        let mut lines = Vec::new();
        for (unit, mut points) in units {
            points.sort_by_key(|p| p.at);
            let mut sum = Sum::default();
            for point in &points {
                sum.add(1, point.value, point.value, point.value);
            }
            let summary = Summary {
                count: sum.count,
                mean: sum.mean(),
                minimum: sum.minimum.unwrap_or_default(),
                maximum: sum.maximum.unwrap_or_default(),
                first: points.first().map(|p| p.text.clone()),
                last: points.last().map(|p| p.text.clone()),
            };
            lines.push(TrendLine {
                title: title.to_owned(),
                code: code.clone(),
                unit,
                points,
                groups: Vec::new(),
                summary: Some(summary),
                cut,
            });
        }
        Ok(lines)
    }

    fn line_of_groups(
        &self,
        reading: Reading,
        code: &Coding,
        title: &str,
        (from, to): (Timestamp, Timestamp),
        by: By,
    ) -> Result<Vec<TrendLine>, Error> {
        let (points, days, offset) = self.read(reading, |reader| {
            Ok((reader.points(code, from, to)?, reader.sample_days(code, from, to)?, reader.utc_offset()))
        })?;
        let mut units: BTreeMap<String, BTreeMap<String, Sum>> = BTreeMap::new();
        for p in points {
            let day = (p.at.0 + i64::from(offset) * 60_000).div_euclid(DAY_MS);
            let group = units.entry(p.unit).or_default().entry(group_of(day, by)).or_default();
            group.add(1, p.value, p.value, p.value);
        }
        for d in days {
            let group = units.entry(d.unit).or_default().entry(group_of(d.day, by)).or_default();
            group.add(d.count, d.sum, d.minimum, d.maximum);
        }
        let mut lines = Vec::new();
        for (unit, groups) in units {
            let mut all = Sum::default();
            for sum in groups.values() {
                all.add(sum.count, sum.sum, sum.minimum.unwrap_or_default(), sum.maximum.unwrap_or_default());
            }
            lines.push(TrendLine {
                title: title.to_owned(),
                code: code.clone(),
                unit,
                points: Vec::new(),
                groups: groups.into_iter().map(|(from, sum)| sum.group(from)).collect(),
                summary: Some(Summary {
                    count: all.count,
                    mean: all.mean(),
                    minimum: all.minimum.unwrap_or_default(),
                    maximum: all.maximum.unwrap_or_default(),
                    first: None,
                    last: None,
                }),
                cut: false,
            });
        }
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_falls_into_its_week_and_month() {
        // 2026-11-22 is a Sunday.
        let day = 20_779;
        assert_eq!(group_of(day, By::Day), "2026-11-22");
        assert_eq!(group_of(day, By::Week), "2026-11-16");
        assert_eq!(group_of(day + 1, By::Week), "2026-11-23");
        assert_eq!(group_of(day, By::Month), "2026-11-01");
        assert_eq!(group_of(-1, By::Month), "1969-12-01");
    }

    #[test]
    fn every_series_has_codes_and_a_name_in_both_languages() {
        for series in names::all_series() {
            for lang in [Lang::Vi, Lang::En] {
                assert!(
                    codes_of(series.name, lang)
                        .is_ok_and(|(title, codes)| !title.is_empty() && !codes.is_empty())
                );
            }
        }
        assert!(codes_of("no-such-series", Lang::En).is_err());
    }
}
