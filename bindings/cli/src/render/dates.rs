//! Dates as people read them.

use healthbook::{Lang, PartialDateTime, Precision, Timestamp};

/// Vietnam's offset from UTC in minutes: what a time is shown in, whatever offset its source wrote.
pub(crate) const OFFSET: i16 = 7 * 60;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A FHIR date or dateTime, in Vietnam's time where it is a time.
pub(crate) fn local(fhir: &str) -> Option<PartialDateTime> {
    let at: PartialDateTime = fhir.parse().ok()?;
    let is_elsewhere =
        at.precision() >= Precision::Minute && at.offset().is_some_and(|offset| offset != OFFSET);
    Some(if is_elsewhere { PartialDateTime::from_timestamp(at.earliest(OFFSET), OFFSET) } else { at })
}

/// The day, month or year, as far as it is known: `20/11/2026`, `11/2026`, `2026`; `20 Nov 2026` in English.
pub(crate) fn day(at: &PartialDateTime, lang: Lang) -> String {
    let year = at.year();
    match (at.month(), at.day()) {
        (Some(month), Some(day)) => {
            lang.pick(format!("{day:02}/{month:02}/{year}"), format!("{day:02} {} {year}", name(month)))
        }
        (Some(month), None) => lang.pick(format!("{month:02}/{year}"), format!("{} {year}", name(month))),
        _ => year.to_string(),
    }
}

fn name(month: u8) -> &'static str {
    MONTHS.get(usize::from(month).saturating_sub(1)).copied().unwrap_or_default()
}

/// Hour and minute, where they are known.
pub(crate) fn clock(at: &PartialDateTime) -> Option<String> {
    at.time_of_day().map(|(hour, minute)| format!("{hour:02}:{minute:02}"))
}

/// Day and time of a FHIR date; what is no date stays as it was written.
pub(crate) fn readable(fhir: &str, lang: Lang) -> String {
    match local(fhir) {
        Some(at) => with_clock(&at, lang),
        None => fhir.to_owned(),
    }
}

fn with_clock(at: &PartialDateTime, lang: Lang) -> String {
    let day = day(at, lang);
    clock(at).map_or_else(|| day.clone(), |clock| format!("{day} {clock}"))
}

/// An instant for reading, in Vietnam's time.
pub(crate) fn instant(at: Timestamp, lang: Lang) -> String {
    with_clock(&PartialDateTime::from_timestamp(at, OFFSET), lang)
}

/// An instant for programs, in Vietnam's time: RFC 3339.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    PartialDateTime::from_timestamp(at, OFFSET).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_says_no_more_than_is_known() {
        assert_eq!(readable("2026-11-20", Lang::Vi), "20/11/2026");
        assert_eq!(readable("2026-11-20", Lang::En), "20 Nov 2026");
        assert_eq!(readable("2026-11", Lang::Vi), "11/2026");
        assert_eq!(readable("2026", Lang::En), "2026");
        assert_eq!(readable("hôm qua", Lang::Vi), "hôm qua");
    }

    #[test]
    fn a_time_is_shown_as_the_clock_at_home_showed_it() {
        assert_eq!(readable("2026-11-20T07:10:00+07:00", Lang::Vi), "20/11/2026 07:10");
        assert_eq!(readable("2026-11-19T23:30:00Z", Lang::Vi), "20/11/2026 06:30");
        assert_eq!(readable("2026-11-20T07:10", Lang::Vi), "20/11/2026 07:10");
        assert_eq!(rfc3339(Timestamp(0)), "1970-01-01T07:00:00+07:00");
    }
}
