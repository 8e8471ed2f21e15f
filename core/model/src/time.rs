//! Dates and times as health records have them: as precise as the source was, and no more.

use std::fmt;
use std::str::FromStr;

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// RFC 3339 in UTC, to the second: `2026-11-20T00:10:00Z`.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        PartialDateTime::from_timestamp(self, 0).to_string().replace("+00:00", "Z")
    }
}

/// How much of a date or time is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Precision {
    /// `2026`
    Year = 0,
    /// `2026-11`
    Month = 1,
    /// `2026-11-20`
    Day = 2,
    /// `2026-11-20T07:10`
    Minute = 3,
    /// `2026-11-20T07:10:00`
    Second = 4,
    /// With a fraction of a second.
    Fraction = 5,
}

/// A text is not a date or time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date or time: YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm[:ss[.f]][Z|±hh:mm] is expected")]
pub struct InvalidDateTime;

/// A FHIR `date`, `dateTime` or `instant` of any precision and any offset.
///
/// ```
/// use healthbook_model::{PartialDateTime, Precision};
/// let at: PartialDateTime = "2015-02".parse()?;
/// assert_eq!(at.precision(), Precision::Month);
/// assert_eq!(at.to_string(), "2015-02");
/// # Ok::<(), healthbook_model::InvalidDateTime>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PartialDateTime {
    year: u16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    nanos: u32,
    fraction_digits: u8,
    precision: Precision,
    offset: Option<i16>,
}

const DAY_MS: i64 = 86_400_000;

/// Days from 1970-01-01 of a date in the proleptic Gregorian calendar.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let doy = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

fn days_in_month(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Reads exactly `n` digits.
fn digits(text: &[u8], from: usize, n: usize) -> Option<u32> {
    let part = text.get(from..from + n)?;
    part.iter().try_fold(0u32, |sum, b| b.is_ascii_digit().then(|| sum * 10 + u32::from(b - b'0')))
}

fn small(value: Option<u32>) -> Option<u8> {
    value.and_then(|v| u8::try_from(v).ok())
}

impl PartialDateTime {
    /// A date, checked. `day` without `month` is not a date.
    #[must_use]
    pub fn date(year: u16, month: Option<u8>, day: Option<u8>) -> Option<Self> {
        let precision = match (month, day) {
            (None, None) => Precision::Year,
            (Some(_), None) => Precision::Month,
            (Some(_), Some(_)) => Precision::Day,
            (None, Some(_)) => return None,
        };
        let (month, day) = (month.unwrap_or(1), day.unwrap_or(1));
        let sound = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day);
        sound.then_some(Self {
            year,
            month,
            day,
            hour: 0,
            minute: 0,
            second: 0,
            nanos: 0,
            fraction_digits: 0,
            precision,
            offset: None,
        })
    }

    /// The same day with a time of the day to the minute. `offset` is in minutes east of UTC.
    #[must_use]
    pub fn with_time(self, hour: u8, minute: u8, offset: Option<i16>) -> Option<Self> {
        (self.precision == Precision::Day && hour < 24 && minute < 60).then_some(Self {
            hour,
            minute,
            offset,
            precision: Precision::Minute,
            ..self
        })
    }

    /// An instant to the second, in the given offset (minutes east of UTC).
    #[must_use]
    pub fn from_timestamp(at: Timestamp, offset: i16) -> Self {
        let local = at.0.saturating_add(i64::from(offset) * 60_000);
        let (year, month, day) = civil_from_days(local.div_euclid(DAY_MS));
        let ms = local.rem_euclid(DAY_MS);
        let part = |value: i64| u8::try_from(value).unwrap_or(0);
        Self {
            year: u16::try_from(year.clamp(1, 9999)).unwrap_or(1),
            month: part(month),
            day: part(day),
            hour: part(ms / 3_600_000),
            minute: part(ms / 60_000 % 60),
            second: part(ms / 1000 % 60),
            nanos: 0,
            fraction_digits: 0,
            precision: Precision::Second,
            offset: Some(offset),
        }
    }

    /// How much is known.
    #[must_use]
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// The year.
    #[must_use]
    pub fn year(&self) -> u16 {
        self.year
    }

    /// The month, when known.
    #[must_use]
    pub fn month(&self) -> Option<u8> {
        (self.precision >= Precision::Month).then_some(self.month)
    }

    /// The day, when known.
    #[must_use]
    pub fn day(&self) -> Option<u8> {
        (self.precision >= Precision::Day).then_some(self.day)
    }

    /// Hour and minute of the day as written, when known.
    #[must_use]
    pub fn time_of_day(&self) -> Option<(u8, u8)> {
        (self.precision >= Precision::Minute).then_some((self.hour, self.minute))
    }

    /// Minutes east of UTC, when written.
    #[must_use]
    pub fn offset(&self) -> Option<i16> {
        self.offset
    }

    /// The first millisecond it can mean. `local` is the offset (minutes east of UTC) for what has none.
    #[must_use]
    pub fn earliest(&self, local: i16) -> Timestamp {
        let days = days_from_civil(self.year.into(), self.month.into(), self.day.into());
        let offset = i64::from(self.offset.unwrap_or(local));
        let seconds =
            i64::from(self.hour) * 3600 + (i64::from(self.minute) - offset) * 60 + i64::from(self.second);
        Timestamp(days * DAY_MS + seconds * 1000 + i64::from(self.nanos / 1_000_000))
    }

    /// The last millisecond it can mean.
    #[must_use]
    pub fn latest(&self, local: i16) -> Timestamp {
        let start = self.earliest(local).0;
        let year = i64::from(self.year);
        let length = match self.precision {
            Precision::Year => (days_from_civil(year + 1, 1, 1) - days_from_civil(year, 1, 1)) * DAY_MS,
            Precision::Month => i64::from(days_in_month(self.year, self.month)) * DAY_MS,
            Precision::Day => DAY_MS,
            Precision::Minute => 60_000,
            Precision::Second => 1000,
            Precision::Fraction => 1,
        };
        Timestamp(start + length - 1)
    }

    /// Reads the dates of claim XML: `yyyyMMddHHmm`, `yyyyMMdd`, `yyyyMM`, `yyyy`, with zeros for what is not
    /// known (`196500000000` is the year 1965). Times are Vietnam's, UTC+7 (`+07:00` is added).
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse_claim(text: &str) -> Result<Self, InvalidDateTime> {
        let b = text.trim().as_bytes();
        if !matches!(b.len(), 4 | 6 | 8 | 12 | 14) || !b.iter().all(u8::is_ascii_digit) {
            return Err(InvalidDateTime);
        }
        let year = digits(b, 0, 4).and_then(|y| u16::try_from(y).ok()).ok_or(InvalidDateTime)?;
        let month = small(digits(b, 4, 2)).filter(|m| *m != 0);
        let day = if month.is_some() { small(digits(b, 6, 2)).filter(|d| *d != 0) } else { None };
        let date = Self::date(year, month, day).ok_or(InvalidDateTime)?;
        if b.len() < 12 || day.is_none() {
            return Ok(date);
        }
        let (hour, minute) = small(digits(b, 8, 2)).zip(small(digits(b, 10, 2))).ok_or(InvalidDateTime)?;
        date.with_time(hour, minute, Some(7 * 60)).ok_or(InvalidDateTime)
    }
}

impl FromStr for PartialDateTime {
    type Err = InvalidDateTime;

    /// Reads a FHIR date, dateTime or instant. An hour of 24, a leap second and a missing offset are read as
    /// leniently as sources write them.
    fn from_str(text: &str) -> Result<Self, InvalidDateTime> {
        let b = text.trim().as_bytes();
        let year = digits(b, 0, 4).and_then(|y| u16::try_from(y).ok()).ok_or(InvalidDateTime)?;
        let month = match b.get(4) {
            None => None,
            Some(b'-') => Some(small(digits(b, 5, 2)).ok_or(InvalidDateTime)?),
            Some(_) => return Err(InvalidDateTime),
        };
        let day = match b.get(7) {
            None => None,
            Some(b'-') => Some(small(digits(b, 8, 2)).ok_or(InvalidDateTime)?),
            Some(_) => return Err(InvalidDateTime),
        };
        let mut at = Self::date(year, month, day).ok_or(InvalidDateTime)?;
        let Some(separator) = b.get(10) else { return Ok(at) };
        if !matches!(separator, b'T' | b't' | b' ') || at.precision != Precision::Day {
            return Err(InvalidDateTime);
        }
        at.hour = small(digits(b, 11, 2)).filter(|h| *h < 24).ok_or(InvalidDateTime)?;
        at.minute = small(digits(b, 14, 2)).filter(|m| *m < 60).ok_or(InvalidDateTime)?;
        if b.get(13) != Some(&b':') {
            return Err(InvalidDateTime);
        }
        at.precision = Precision::Minute;
        let mut rest = b.get(16..).unwrap_or_default();
        if rest.first() == Some(&b':') {
            at.second = small(digits(rest, 1, 2)).filter(|s| *s <= 60).ok_or(InvalidDateTime)?;
            at.precision = Precision::Second;
            rest = rest.get(3..).unwrap_or_default();
            if rest.first() == Some(&b'.') {
                let fraction = rest.iter().skip(1).take_while(|b| b.is_ascii_digit()).count();
                if fraction == 0 {
                    return Err(InvalidDateTime);
                }
                let kept = fraction.min(9);
                let value = digits(rest, 1, kept).ok_or(InvalidDateTime)?;
                at.nanos = (kept..9).fold(value, |v, _| v * 10);
                at.fraction_digits = small(u32::try_from(kept).ok()).unwrap_or(9);
                at.precision = Precision::Fraction;
                rest = rest.get(1 + fraction..).unwrap_or_default();
            }
        }
        at.offset = match rest {
            [] => None,
            [b'Z' | b'z'] => Some(0),
            [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
                let hours = digits(rest, 1, 2).filter(|h| *h <= 15).ok_or(InvalidDateTime)?;
                let minutes = digits(rest, 4, 2).filter(|m| *m < 60).ok_or(InvalidDateTime)?;
                let offset = i16::try_from(hours * 60 + minutes).map_err(|_| InvalidDateTime)?;
                Some(if *sign == b'-' { -offset } else { offset })
            }
            _ => return Err(InvalidDateTime),
        };
        Ok(at)
    }
}

impl fmt::Display for PartialDateTime {
    /// As FHIR writes it, with no more than is known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if self.precision >= Precision::Month {
            write!(f, "-{:02}", self.month)?;
        }
        if self.precision >= Precision::Day {
            write!(f, "-{:02}", self.day)?;
        }
        if self.precision >= Precision::Minute {
            write!(f, "T{:02}:{:02}", self.hour, self.minute)?;
            if self.precision >= Precision::Second {
                write!(f, ":{:02}", self.second)?;
            }
            if self.precision == Precision::Fraction {
                let all = format!("{:09}", self.nanos);
                write!(f, ".{}", all.get(..usize::from(self.fraction_digits)).unwrap_or(&all))?;
            }
            match self.offset {
                None => {}
                Some(0) => f.write_str("+00:00")?,
                Some(offset) => {
                    let sign = if offset < 0 { '-' } else { '+' };
                    let minutes = offset.unsigned_abs();
                    write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> PartialDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn a_date_keeps_its_precision_and_its_offset() {
        for text in [
            "1965",
            "2015-02",
            "2015-02-07",
            "2015-02-07T13:28+07:00",
            "2015-02-07T13:28:17+02:00",
            "2015-02-07T13:28:17.239-05:30",
            "2015-02-07T13:28:17.000000001",
            "2015-02-07T13:28",
        ] {
            assert_eq!(at(text).to_string(), text);
        }
        assert_eq!(at("2015-02-07T13:28:17Z").to_string(), "2015-02-07T13:28:17+00:00");
    }

    #[test]
    fn what_a_date_can_mean() {
        assert_eq!(at("1970").earliest(0), Timestamp(0));
        assert_eq!(at("1970").latest(0), Timestamp(365 * DAY_MS - 1));
        assert_eq!(at("2000-02").latest(0).0 - at("2000-02").earliest(0).0, 29 * DAY_MS - 1);
        assert_eq!(at("1970-01-01T07:00+07:00").earliest(0), Timestamp(0));
        assert_eq!(at("1970-01-01").earliest(7 * 60), Timestamp(-7 * 3_600_000));
        assert_eq!(at("2026-11-20T07:10:00.250+07:00").earliest(0), Timestamp(1_795_133_400_250));
        assert_eq!(Timestamp(1_795_133_400_250).to_rfc3339(), "2026-11-20T00:10:00Z");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "20",
            "2015-13",
            "2015-02-30",
            "2015-2-7",
            "2015-02-07T",
            "2015-02-07T25:00",
            "2015-02-07T13:28:17.",
            "2015-02-07T13:28+7",
            "2015-02-07T13:28+07:99",
            "abcd",
            "2015-02-07T13:28:17+07:00x",
            "0000",
            "２０１５",
        ] {
            assert_eq!(text.parse::<PartialDateTime>(), Err(InvalidDateTime), "{text}");
        }
    }

    #[test]
    fn claim_dates_say_only_what_is_known() {
        let claim = |text| PartialDateTime::parse_claim(text).map(|d| d.to_string());
        assert_eq!(claim("202601150815").as_deref(), Ok("2026-01-15T08:15+07:00"));
        assert_eq!(claim("20260115").as_deref(), Ok("2026-01-15"));
        assert_eq!(claim("196500000000").as_deref(), Ok("1965"));
        assert_eq!(claim("196503000000").as_deref(), Ok("1965-03"));
        assert_eq!(claim("20260115081").as_deref(), Err(&InvalidDateTime));
        assert_eq!(claim("202602300815").as_deref(), Err(&InvalidDateTime));
        assert_eq!(claim("202601152400").as_deref(), Err(&InvalidDateTime));
    }

    #[test]
    fn days_and_dates_agree_over_eight_thousand_years() {
        for days in (-700_000..2_900_000).step_by(97) {
            let (y, m, d) = civil_from_days(days);
            assert_eq!(days_from_civil(y, m, d), days);
        }
    }
}
