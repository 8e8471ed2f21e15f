//! Writes FHIR JSON in one order of keys, without what is empty.

use serde_json::{Map, Value};

/// An object of what is there.
pub(super) fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Option<Value> {
    let mut map = Map::new();
    for (key, value) in members {
        if let Some(value) = value {
            map.insert(key.to_owned(), value);
        }
    }
    (!map.is_empty()).then_some(Value::Object(map))
}

/// A list of what is there.
pub(super) fn list(items: impl IntoIterator<Item = Option<Value>>) -> Option<Value> {
    let items: Vec<Value> = items.into_iter().flatten().collect();
    (!items.is_empty()).then_some(Value::Array(items))
}

/// A string. FHIR allows no control characters but the three of layout.
pub(super) fn text(value: impl Into<String>) -> Option<Value> {
    let mut value = value.into();
    let stray = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if value.contains(stray) {
        value.retain(|c| !stray(c));
    }
    (!value.trim().is_empty()).then_some(Value::String(value))
}

/// A number with the digits as they are written; `None` for what JSON does not call a number. A single decimal
/// comma (`5,4`, as Vietnamese writes it) becomes a point where it cannot stand for thousands.
pub(super) fn number(value: &str) -> Option<Value> {
    let value = value.trim();
    if value.len() > LONGEST_NUMBER {
        return None;
    }
    let with_point = match value.split_once(',') {
        Some((whole, fraction)) if matches!(fraction.len(), 1 | 2) && !whole.contains('.') => {
            format!("{whole}.{fraction}")
        }
        _ => value.to_owned(),
    };
    let digits = with_point.strip_prefix('-').unwrap_or(&with_point);
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let sound =
        all_digits(whole) && (whole == "0" || !whole.starts_with('0')) && fraction.is_none_or(all_digits);
    if !sound {
        return None;
    }
    serde_json::from_str(&with_point).ok().map(Value::Number)
}

/// Longer digits are no measurement.
const LONGEST_NUMBER: usize = 40;

/// A code of a system. FHIR allows single spaces within a code and none around it.
pub(super) fn coding(system: &str, code: Option<&str>) -> Option<Value> {
    let code = code.map(|code| code.split_whitespace().collect::<Vec<_>>().join(" "));
    let code = code.filter(|code| !code.is_empty())?;
    object([("system", text(system)), ("code", text(code))])
}

/// A number with its unit, in words and in UCUM.
pub(super) fn quantity(value: Value, unit: &str, ucum: &str) -> Option<Value> {
    object([
        ("value", Some(value)),
        ("unit", text(unit)),
        ("system", text("http://unitsofmeasure.org")),
        ("code", text(ucum)),
    ])
}

/// That something FHIR asks for does not stand in the file.
pub(super) fn absent() -> Option<Value> {
    object([
        ("url", text("http://hl7.org/fhir/StructureDefinition/data-absent-reason")),
        ("valueCode", text("unknown")),
    ])
}

/// The same beside a member that has no value.
pub(super) fn absent_primitive(is_absent: bool) -> Option<Value> {
    is_absent.then(|| object([("extension", list([absent()]))])).flatten()
}

/// A business identifier.
pub(super) fn identifier(system: &str, value: Option<&str>) -> Option<Value> {
    value.and_then(|value| object([("system", text(system)), ("value", text(value))]))
}

/// A pointer to another record of the same source.
pub(super) fn reference(resource_type: &str, id: &str) -> Option<Value> {
    object([("reference", text(format!("{resource_type}/{id}")))])
}

/// An id that FHIR allows (`[A-Za-z0-9\-\.]{1,64}`) from a code of the source: others of its characters are
/// written as `.` and their hexadecimal number, and what is too long ends in a checksum.
pub(super) fn id(code: &str) -> String {
    let mut id = String::with_capacity(code.len());
    for byte in code.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.') {
            id.push(char::from(byte));
        } else {
            id.push_str(&format!(".{byte:02x}"));
        }
    }
    if id.len() > LONGEST_ID {
        // FNV-1a, 64 bits: tells apart what was cut off, no secret in it.
        let sum = code.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        id.truncate(LONGEST_ID - 17);
        id.push_str(&format!("-{sum:016x}"));
    }
    id
}

const LONGEST_ID: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(value: &str) -> Option<String> {
        number(value).map(|value| value.to_string())
    }

    #[test]
    fn numbers_keep_their_digits() {
        for value in ["0", "7.20", "0.010", "-1.5", "12345678901234567890.123", "5.0"] {
            assert_eq!(digits(value).as_deref(), Some(value));
        }
        assert_eq!(digits("5,4").as_deref(), Some("5.4"));
    }

    #[test]
    fn what_is_no_number_stays_text() {
        for value in [
            "",
            "<0.01",
            "1/160",
            "âm tính",
            "007",
            ".5",
            "5.",
            "1e5",
            "1,234",
            "1.234,5",
            "+5",
            "5 mg",
            "--1",
            "NaN",
            "-",
        ] {
            assert_eq!(digits(value), None, "{value}");
        }
        assert_eq!(digits(&"1".repeat(41)), None);
    }

    #[test]
    fn ids_are_allowed_by_fhir_and_stay_apart() {
        assert_eq!(id("0100126011500001"), "0100126011500001");
        assert_eq!(id("BN/1_2"), "BN.2f1.5f2");
        let (a, b) = (id(&format!("{}a", "x".repeat(99))), id(&format!("{}b", "x".repeat(99))));
        assert_ne!(a, b);
        assert_eq!(a.len(), 64);
    }
}
