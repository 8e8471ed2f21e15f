//! Fields of the tables as FHIR writes them: dates, numbers, codes, people and places.

use healthbook_model::PartialDateTime;
use serde_json::Value;

use super::json::{self, coding, list, number, object, text};
use super::lists;
use super::records::Context;
use super::table::Row;

/// Codes of ICD-10.
pub(super) const ICD10: &str = "http://hl7.org/fhir/sid/icd-10";
/// ICD-9-CM volume 3, by QĐ 4440/QĐ-BYT 2020.
pub(super) const ICD9: &str = "http://hl7.org/fhir/sid/icd-9-cm";
pub(super) const LOINC: &str = "http://loinc.org";
pub(super) const UCUM: &str = "http://unitsofmeasure.org";

/// Vietnam is at UTC+7.
pub(super) const VIETNAM: i16 = 7 * 60;

/// The name that the book gives to a code list of the decisions: none of them has a published URI, so it says which
/// field it is.
pub(super) fn system(field: &str) -> String {
    format!("urn:vn:qd4750:{field}")
}

/// A code of one of the decisions' lists.
pub(super) fn code(field: &str, code: Option<&str>) -> Option<Value> {
    code.and_then(|code| coding(&system(field), Some(code)))
}

/// A code of one of the decisions' lists as a concept, with the list's own name where the list is known.
pub(super) fn concept(field: &str, value: Option<&str>) -> Option<Value> {
    let name = value.and_then(|value| lists::name(field, value));
    object([("coding", list([code(field, value)])), ("text", name.and_then(text))])
}

/// A concept that is told by words alone.
pub(super) fn words(name: &str) -> Option<Value> {
    object([("text", text(name))])
}

/// The codes of a field that may hold several.
pub(super) fn codes(field: &str) -> impl Iterator<Item = &str> {
    field.split([';', ',']).map(str::trim).filter(|code| !code.is_empty())
}

/// A moment of a field, in milliseconds since 1970.
pub(super) fn instant(field: &str) -> Option<i64> {
    PartialDateTime::parse_claim(field).ok().map(|at| at.earliest(VIETNAM).0)
}

/// A date or time as FHIR writes it.
pub(super) fn date_time(field: Option<&str>) -> Option<Value> {
    field
        .and_then(|field| PartialDateTime::parse_claim(field).ok())
        .map(|at| if at.time_of_day().is_some() { seconds(&at.to_string()) } else { at.to_string() })
        .and_then(text)
}

/// FHIR wants seconds where there is a time.
fn seconds(minute: &str) -> String {
    match minute.split_at_checked("2026-01-15T08:15".len()) {
        Some((time, offset)) => format!("{time}:00{offset}"),
        None => minute.to_owned(),
    }
}

/// A day as FHIR writes it. Some programs write it so themselves.
pub(super) fn date(field: Option<&str>) -> Option<Value> {
    let field = field?;
    let of_fhir = || field.parse().ok().filter(|_| field.len() == "2026-01-15".len());
    let at = PartialDateTime::parse_claim(field).ok().or_else(of_fhir)?.to_string();
    text(at.split('T').next().unwrap_or_default())
}

/// A date as people in Vietnam write it: `08:15 15/01/2026`, `15/01/2026`, `03/1965`, `1965`. A field that holds no
/// date is told as it is.
pub(super) fn spoken(field: &str) -> String {
    let Some(written) = PartialDateTime::parse_claim(field).ok().map(|at| at.to_string()) else {
        return field.to_owned();
    };
    let (day, time) = written.split_once('T').map_or((written.as_str(), None), |(d, t)| (d, Some(t)));
    let day: Vec<&str> = day.split('-').rev().collect();
    let day = day.join("/");
    match time.and_then(|time| time.get(..5)) {
        Some(time) => format!("{time} {day}"),
        None => day,
    }
}

/// A span of time.
pub(super) fn period(start: Option<&str>, end: Option<&str>) -> Option<Value> {
    let (from, to) = (start.and_then(instant), end.and_then(instant));
    // FHIR allows no end before the start; the start is what a reader looks for.
    let backwards = matches!((from, to), (Some(from), Some(to)) if to < from);
    object([("start", date_time(start)), ("end", date_time(end.filter(|_| !backwards)))])
}

/// A practitioner by the number of the practice certificate; the first of several.
pub(super) fn practitioner(numbers: Option<&str>) -> Option<Value> {
    practitioners(numbers).next()
}

/// Practitioners by the numbers of their practice certificates.
pub(super) fn practitioners(numbers: Option<&str>) -> impl Iterator<Item = Value> {
    numbers.into_iter().flat_map(|numbers| numbers.split(';')).map(str::trim).filter_map(|number| {
        (!number.is_empty())
            .then(|| {
                object([
                    ("type", text("Practitioner")),
                    ("identifier", json::identifier(crate::names::SID_CCHN, Some(number))),
                ])
            })
            .flatten()
    })
}

/// The facility, as performer or provider.
pub(super) fn facility(context: &Context) -> Option<Value> {
    place("Organization", context.facility_code.as_deref(), context.facility.as_deref())
}

/// A facility by its code.
pub(super) fn facility_of(code: Option<&str>) -> Option<Value> {
    let name = code.map(|code| format!("Cơ sở y tế {code}"));
    place("Organization", code, name.as_deref())
}

/// An organisation or a place, by the facility's code.
pub(super) fn place(resource_type: &str, code: Option<&str>, name: Option<&str>) -> Option<Value> {
    object([
        ("type", code.or(name).and_then(|_| text(resource_type))),
        ("identifier", json::identifier(crate::names::SID_MA_CSKCB, code)),
        ("display", name.and_then(text)),
    ])
}

/// How much of something was supplied, in its own unit; the unit alone where the amount is no number.
pub(super) fn supplied(row: &Row<'_>) -> Option<Value> {
    let unit = row.get("DON_VI_TINH");
    let amount = row.get("SO_LUONG").and_then(number);
    object([("value", amount), ("unit", unit.and_then(text))])
}

/// Something else by a number of its own: a department, a machine, another record.
pub(super) fn named_by(resource_type: &str, field: &str, number: Option<&str>) -> Option<Value> {
    number.and_then(|number| {
        object([
            ("type", text(resource_type)),
            ("identifier", json::identifier(&system(field), Some(number))),
            ("display", text(number)),
        ])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_spoken_as_people_write_them() {
        for (field, said) in [
            ("202601150815", "08:15 15/01/2026"),
            ("20260115", "15/01/2026"),
            ("196503000000", "03/1965"),
            ("196500000000", "1965"),
            ("hôm qua", "hôm qua"),
        ] {
            assert_eq!(spoken(field), said);
        }
    }

    #[test]
    fn a_span_that_ends_before_it_begins_keeps_its_beginning() {
        let span = period(Some("202601150815"), Some("202601140000")).unwrap();
        assert_eq!(span.to_string(), r#"{"start":"2026-01-15T08:15:00+07:00"}"#);
    }
}
