//! Dates that a person types: as FHIR writes them, or as Vietnamese do.

use healthbook::{PartialDateTime, Timestamp};

use crate::render::dates::OFFSET;

/// `2026`, `2026-11`, `2026-11-20`, `2026-11-20T07:10`, `20/11/2026`, `11/2026`, `20/11/2026 07:10`.
pub(crate) fn parse(typed: &str) -> Option<PartialDateTime> {
    let typed = typed.trim();
    let (date, time) = match typed.split_once([' ', 'T']) {
        Some((date, time)) => (date, Some(time.trim())),
        None => (typed, None),
    };
    let parts: Vec<&str> = date.split('/').collect();
    let two = |part: &str| (1..=2).contains(&part.len()).then(|| format!("{part:0>2}"));
    let date = match parts.as_slice() {
        [fhir] => (*fhir).to_owned(),
        [month, year] => format!("{year}-{}", two(month)?),
        [day, month, year] => format!("{year}-{}-{}", two(month)?, two(day)?),
        _ => return None,
    };
    match time {
        None => date.parse().ok(),
        Some(time) if time.len() == 4 => format!("{date}T0{time}").parse().ok(),
        Some(time) => format!("{date}T{time}").parse().ok(),
    }
}

/// The first moment of what was typed: `2026` begins with the year.
pub(crate) fn from(typed: &str) -> Option<Timestamp> {
    parse(typed).map(|at| at.earliest(OFFSET))
}

/// The last moment of what was typed: `2026` is the whole year.
pub(crate) fn to(typed: &str) -> Option<Timestamp> {
    parse(typed).map(|at| at.latest(OFFSET))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_write_a_date_are_understood() {
        for (typed, fhir) in [
            ("2026", "2026"),
            ("11/2026", "2026-11"),
            ("20/11/2026", "2026-11-20"),
            ("5/1/2026", "2026-01-05"),
            ("2026-11-20", "2026-11-20"),
            ("20/11/2026 7:10", "2026-11-20T07:10"),
            ("2026-11-20T07:10", "2026-11-20T07:10"),
            ("2026-11-20 07:10:05+07:00", "2026-11-20T07:10:05+07:00"),
        ] {
            assert_eq!(parse(typed).map(|at| at.to_string()).as_deref(), Some(fhir), "{typed}");
        }
        for wrong in ["", "yesterday", "31/02/2026", "2026-13", "1/2/3/2026", "20-11-2026"] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_range_takes_in_its_last_day() {
        assert_eq!(from("2026").map(Timestamp::to_rfc3339).as_deref(), Some("2025-12-31T17:00:00Z"));
        assert_eq!(to("2026").map(Timestamp::to_rfc3339).as_deref(), Some("2026-12-31T16:59:59Z"));
        assert_eq!(to("20/11/2026").map(Timestamp::to_rfc3339).as_deref(), Some("2026-11-20T16:59:59Z"));
    }
}
