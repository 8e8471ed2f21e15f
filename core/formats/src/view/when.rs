//! Dates and times as people write them.

use healthbook_model::{Lang, PartialDateTime, Precision};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Vietnam's offset: a time that carries it needs no word about it.
const HOME: i16 = 7 * 60;

/// `20/11/2026 07:10` or `20 Nov 2026 07:10`; no more than is known; the time as the source wrote it, with its
/// offset when that is not Vietnam's.
pub(super) fn natural(at: &PartialDateTime, lang: Lang) -> String {
    let year = at.year();
    let mut text = match (at.month(), at.day()) {
        (Some(month), Some(day)) => match lang {
            Lang::Vi => format!("{day:02}/{month:02}/{year:04}"),
            Lang::En => format!("{day} {} {year:04}", month_name(month)),
        },
        (Some(month), None) => match lang {
            Lang::Vi => format!("{month:02}/{year:04}"),
            Lang::En => format!("{} {year:04}", month_name(month)),
        },
        _ => format!("{year:04}"),
    };
    if let Some((hour, minute)) = at.time_of_day() {
        text.push_str(&format!(" {hour:02}:{minute:02}"));
        match at.offset() {
            None | Some(HOME) => {}
            Some(0) => text.push_str(" (UTC)"),
            Some(offset) => {
                let sign = if offset < 0 { '−' } else { '+' };
                let (hours, minutes) = (offset.unsigned_abs() / 60, offset.unsigned_abs() % 60);
                text.push_str(&format!(" (UTC{sign}{hours}"));
                if minutes > 0 {
                    text.push_str(&format!(":{minutes:02}"));
                }
                text.push(')');
            }
        }
    }
    text
}

/// The day of a FHIR date or dateTime as people write it; `None` for what is no date.
#[must_use]
pub fn readable_day(fhir: &str, lang: Lang) -> Option<String> {
    let day = fhir.get(..10).unwrap_or(fhir);
    let at: PartialDateTime = day.parse().ok()?;
    (at.precision() >= Precision::Year).then(|| natural(&at, lang))
}

fn month_name(month: u8) -> &'static str {
    MONTHS.get(usize::from(month).saturating_sub(1)).copied().unwrap_or("?")
}

/// Whether an element's value is a date by FHIR's definitions of the elements' names.
pub(super) fn is_date_element(name: &str) -> bool {
    const NAMES: [&str; 20] = [
        "start",
        "end",
        "issued",
        "authoredOn",
        "authored",
        "sent",
        "received",
        "recorded",
        "created",
        "creation",
        "lastUpdated",
        "lastModified",
        "timestamp",
        "started",
        "whenHandedOver",
        "whenPrepared",
        "lastOccurrence",
        "event",
        "when",
        "time",
    ];
    NAMES.contains(&name)
        || ["date", "Date", "DateTime", "dateTime", "Instant", "Time"].iter().any(|end| name.ends_with(end))
}

/// A text that is a date, as people write it.
pub(super) fn natural_text(name: &str, text: &str, lang: Lang) -> Option<String> {
    if !is_date_element(name) {
        return None;
    }
    let at: PartialDateTime = text.parse().ok()?;
    // `08:30:00` is a time of the day and parses as nothing; `2015` of a date element is a year.
    (at.precision() >= Precision::Year).then(|| natural(&at, lang))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_read_naturally_and_say_no_more_than_is_known() {
        for (fhir, vi, en) in [
            ("2026-11-20T07:10:00+07:00", "20/11/2026 07:10", "20 Nov 2026 07:10"),
            ("2026-11-20T07:10", "20/11/2026 07:10", "20 Nov 2026 07:10"),
            ("2026-11-20", "20/11/2026", "20 Nov 2026"),
            ("2015-02", "02/2015", "Feb 2015"),
            ("1965", "1965", "1965"),
            ("2015-02-07T13:28:17Z", "07/02/2015 13:28 (UTC)", "7 Feb 2015 13:28 (UTC)"),
            ("2015-02-07T13:28:17-05:00", "07/02/2015 13:28 (UTC−5)", "7 Feb 2015 13:28 (UTC−5)"),
            ("2015-02-07T13:28:17+05:30", "07/02/2015 13:28 (UTC+5:30)", "7 Feb 2015 13:28 (UTC+5:30)"),
        ] {
            assert_eq!(natural_text("effectiveDateTime", fhir, Lang::Vi).as_deref(), Some(vi));
            assert_eq!(natural_text("effectiveDateTime", fhir, Lang::En).as_deref(), Some(en));
        }
    }

    #[test]
    fn a_number_that_looks_like_a_year_is_no_date() {
        assert_eq!(natural_text("code", "2015", Lang::Vi), None);
        assert_eq!(natural_text("valueString", "2015-02", Lang::Vi), None);
        assert_eq!(natural_text("birthDate", "not known", Lang::Vi), None);
    }
}
