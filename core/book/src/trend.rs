//! A series over time: the numbers of records and of devices, one line per code and unit. Nothing is converted: two units
//! are two lines.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};

use healthbook_formats::names;
use healthbook_model::{Coding, Lang, PartialDateTime, RecordId, Timestamp};
use healthbook_vault::SampleRow;

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
    /// The digits as written, after the comparator where there is one (`< 5`).
    pub text: String,
    /// `<`, `<=`, `>=` or `>`: the number is only a bound of what was measured. It is listed, and neither drawn nor part
    /// of a mean, a smallest or a largest: none of these can be known from a bound.
    pub comparator: Option<String>,
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

/// A line in short, bounds (`< 5`) left aside.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// How many numbers the mean is of.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// The smallest.
    pub minimum: f64,
    /// The largest.
    pub maximum: f64,
    /// The first that is no bound, as written; `None` when numbers were gathered.
    pub first: Option<String>,
    /// The last that is no bound, as written.
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
    /// Digits after the point that its numbers have, at most [`MOST_DECIMALS`]: more in a mean would say what nobody
    /// measured.
    pub decimals: u8,
    /// Numbers that are only bounds (`< 5`). They are among `points`, and in no mean, smallest or largest.
    pub bounds: u64,
    /// Numbers that no chart can hold (`1E400`). They are in their records only.
    pub left_out: u64,
    /// There are older numbers than those in `points`, which are the newest 100,000 of records and as many of devices.
    /// Groups have all.
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

/// Numbers of one unit shown one by one at most, of records as of devices, the newest; groups have them all.
const MOST_POINTS: usize = 100_000;

/// Digits after the point that are told of a series at most.
pub const MOST_DECIMALS: u8 = 12;

/// Digits after the point of a number as written: 2 of `6.60`, 3 of `1.2e-2`.
fn decimals_of(text: &str) -> u8 {
    let digits = text.rsplit(' ').next().unwrap_or_default();
    let (digits, exponent) = match digits.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i64>().unwrap_or(0)),
        None => (digits, 0),
    };
    let written = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let places = i64::try_from(written).unwrap_or(i64::MAX).saturating_sub(exponent);
    u8::try_from(places.clamp(0, i64::from(MOST_DECIMALS))).unwrap_or(MOST_DECIMALS)
}

/// The comparator in front of a number as it is indexed.
fn comparator_of(text: &str) -> Option<&str> {
    text.split_once(' ').map(|(comparator, _)| comparator)
}

/// The newest numbers of one unit, of those that come in the order of time.
#[derive(Default)]
struct Newest {
    points: VecDeque<TrendPoint>,
    /// Older ones were let go.
    cut: bool,
}

impl Newest {
    fn push(&mut self, point: TrendPoint) {
        if self.points.len() >= MOST_POINTS {
            self.points.pop_front();
            self.cut = true;
        }
        self.points.push_back(point);
    }
}

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

    /// All in short; nothing where there is no number.
    fn summary(&self, first: Option<String>, last: Option<String>) -> Option<Summary> {
        let (minimum, maximum) = (self.minimum?, self.maximum?);
        Some(Summary { count: self.count, mean: self.mean(), minimum, maximum, first, last })
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
pub(crate) fn codes_of(series: &str, lang: Lang) -> Result<(String, Vec<(Coding, String)>), Error> {
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
        let mut units: BTreeMap<String, TrendLine> = BTreeMap::new();
        let mut newest: BTreeMap<String, Newest> = BTreeMap::new();
        let line = |unit: String| TrendLine::empty(title, code, unit);
        let devices = self.read(reading, |reader| {
            reader.each_point(code, (from, to), |p| {
                if !p.value.is_finite() {
                    let line = units.entry(p.unit.clone()).or_insert_with(|| line(p.unit));
                    line.left_out += 1;
                    return;
                }
                let comparator = comparator_of(&p.text).map(str::to_owned);
                newest.entry(p.unit).or_default().push(TrendPoint {
                    at: p.at,
                    value: p.value,
                    text: p.text,
                    comparator,
                    record: Some(p.record),
                });
            })?;
            let mut devices: BTreeMap<String, Vec<SampleRow>> = BTreeMap::new();
            // One more than is shown tells whether there are more.
            let one_more = u32::try_from(MOST_POINTS + 1).unwrap_or(u32::MAX);
            for series in reader.sample_series(code)? {
                if let Entry::Vacant(place) = devices.entry(series.unit.clone()) {
                    place.insert(reader.samples(code, &series.unit, (from, to), one_more)?);
                }
            }
            Ok(devices)
        })?;
        for (unit, Newest { points, cut }) in newest {
            let line = units.entry(unit.clone()).or_insert_with(|| line(unit));
            line.points.extend(points);
            line.cut = cut;
        }
        for (unit, mut samples) in devices.into_iter().filter(|(_, samples)| !samples.is_empty()) {
            let line = units.entry(unit.clone()).or_insert_with(|| line(unit));
            line.cut |= samples.len() > MOST_POINTS;
            samples.truncate(MOST_POINTS);
            line.points.extend(samples.into_iter().map(|s| TrendPoint {
                at: s.at,
                value: s.value.to_f64(),
                text: s.value.to_string(),
                comparator: None,
                record: None,
            }));
        }
        let mut lines: Vec<TrendLine> = units.into_values().collect();
        for line in &mut lines {
            line.points.sort_by_key(|p| p.at);
            let mut sum = Sum::default();
            for point in &line.points {
                line.decimals = line.decimals.max(decimals_of(&point.text));
                match point.comparator {
                    Some(_) => line.bounds += 1,
                    None => sum.add(1, point.value, point.value, point.value),
                }
            }
            let mut known = line.points.iter().filter(|point| point.comparator.is_none());
            let first = known.next();
            let last = known.next_back().or(first);
            line.summary = sum.summary(first.map(|p| p.text.clone()), last.map(|p| p.text.clone()));
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
        let mut units: BTreeMap<String, (TrendLine, BTreeMap<String, Sum>)> = BTreeMap::new();
        let line = |unit: String| (TrendLine::empty(title, code, unit), BTreeMap::new());
        let days = self.read(reading, |reader| {
            let offset = i64::from(reader.utc_offset()) * 60_000;
            reader.each_point(code, (from, to), |p| {
                let (line, groups) = units.entry(p.unit.clone()).or_insert_with(|| line(p.unit));
                if !p.value.is_finite() {
                    line.left_out += 1;
                } else if comparator_of(&p.text).is_some() {
                    line.bounds += 1;
                } else {
                    let day = (p.at.0 + offset).div_euclid(DAY_MS);
                    line.decimals = line.decimals.max(decimals_of(&p.text));
                    groups.entry(group_of(day, by)).or_default().add(1, p.value, p.value, p.value);
                }
            })?;
            reader.sample_days(code, from, to)
        })?;
        for d in days {
            let (line, groups) = units.entry(d.unit.clone()).or_insert_with(|| line(d.unit.clone()));
            // The roll-up keeps no digits: those of its ends tell how finely the device measures.
            for end in [d.minimum, d.maximum] {
                line.decimals = line.decimals.max(decimals_of(&end.to_string()));
            }
            groups.entry(group_of(d.day, by)).or_default().add(d.count, d.sum, d.minimum, d.maximum);
        }
        let mut lines = Vec::new();
        for (mut line, groups) in units.into_values() {
            let mut all = Sum::default();
            for sum in groups.values() {
                all.add(sum.count, sum.sum, sum.minimum.unwrap_or_default(), sum.maximum.unwrap_or_default());
            }
            line.groups = groups.into_iter().map(|(from, sum)| sum.group(from)).collect();
            line.summary = all.summary(None, None);
            lines.push(line);
        }
        Ok(lines)
    }
}

impl TrendLine {
    fn empty(title: &str, code: &Coding, unit: String) -> Self {
        Self {
            title: title.to_owned(),
            code: code.clone(),
            unit,
            points: Vec::new(),
            groups: Vec::new(),
            summary: None,
            decimals: 0,
            bounds: 0,
            left_out: 0,
            cut: false,
        }
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
    fn of_more_numbers_than_a_list_holds_the_newest_are_shown() {
        let at = |n: usize| TrendPoint {
            at: Timestamp(i64::try_from(n).unwrap()),
            value: 5.0,
            text: "5".to_owned(),
            comparator: None,
            record: None,
        };
        let mut newest = Newest::default();
        (0..MOST_POINTS).for_each(|n| newest.push(at(n)));
        assert!(!newest.cut, "they are all there");
        newest.push(at(MOST_POINTS));
        let times: Vec<i64> = newest.points.iter().map(|point| point.at.0).collect();
        assert!(newest.cut && times == (1..=100_000).collect::<Vec<_>>());
    }

    #[test]
    fn a_number_is_known_by_its_digits() {
        for (text, decimals) in [
            ("7", 0),
            ("6.60", 2),
            ("< 0.010", 3),
            ("1.2e-2", 3),
            ("1.25E1", 1),
            ("1E400", 0),
            ("0.1234567890123", 12),
        ] {
            assert_eq!(decimals_of(text), decimals, "{text}");
        }
        assert_eq!((comparator_of("< 5"), comparator_of("5")), (Some("<"), None));
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
