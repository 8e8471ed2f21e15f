//! XML5: the course of a stay. A note is a paper; the vital signs that nurses write into it are results.
//!
//! They stand in the text as `CSST<M75_T37_HA120/70_NT18_SP98_HL2>`: pulse, temperature, blood pressure, breaths,
//! oxygen saturation, level of care (QĐ 4750, table 5). Programs put spaces around the `_` and leave signs out.

use serde_json::Value;

use super::hoso::Unread;
use super::json::{self, coding, list, number, object, quantity, text};
use super::page::Page;
use super::paper;
use super::value::{LOINC, date_time};

pub(super) fn map(page: &mut Page<'_, '_>) -> Result<(), Unread> {
    paper::map(page)?;
    let row = page.row;
    let arrived = || page.summary.and_then(|summary| summary.get("NGAY_VAO"));
    let at = date_time(row.get("THOI_DIEM_DBLS")).or_else(|| date_time(arrived()));
    for sign in row.get("DIEN_BIEN_LS").into_iter().flat_map(signs) {
        observe(&sign, at.as_ref(), page)?;
    }
    Ok(())
}

/// Most vital signs of one note, which is written some times a day. Others are told by the note alone.
const MOST_SIGNS: usize = 500;

/// A vital sign as the text has it.
#[derive(Debug, PartialEq)]
enum Sign {
    /// What it is, and its digits.
    One(&'static Known, Value),
    /// Systolic and diastolic pressure.
    Pressure(Value, Value),
}

/// A vital sign of FHIR's profiles.
#[derive(Debug, PartialEq)]
struct Known {
    /// Part of the id.
    name: &'static str,
    loinc: &'static [&'static str],
    title: &'static str,
    unit: &'static str,
    ucum: &'static str,
}

const PULSE: Known =
    Known { name: "mach", loinc: &["8867-4"], title: "Mạch", unit: "lần/phút", ucum: "/min" };
const TEMPERATURE: Known =
    Known { name: "nhiet-do", loinc: &["8310-5"], title: "Nhiệt độ", unit: "°C", ucum: "Cel" };
const BREATHS: Known =
    Known { name: "nhip-tho", loinc: &["9279-1"], title: "Nhịp thở", unit: "lần/phút", ucum: "/min" };
/// By a sensor on the finger, as nurses measure it; FHIR's profile asks for the other code.
const SATURATION: Known =
    Known { name: "spo2", loinc: &["2708-6", "59408-5"], title: "SpO2", unit: "%", ucum: "%" };

fn observe(sign: &Sign, at: Option<&Value>, page: &mut Page<'_, '_>) -> Result<(), Unread> {
    let category = "http://terminology.hl7.org/CodeSystem/observation-category";
    let part = |loinc: &str, title: &str, value: &Value| {
        object([
            ("code", object([("coding", list([coding(LOINC, Some(loinc))])), ("text", text(title))])),
            ("valueQuantity", quantity(value.clone(), "mmHg", "mm[Hg]")),
        ])
    };
    let (name, loinc, title): (_, &[&str], _) = match sign {
        Sign::One(known, _) => (known.name, known.loinc, known.title),
        Sign::Pressure(..) => ("huyet-ap", &["85354-9"], "Huyết áp"),
    };
    let (value, parts) = match sign {
        Sign::One(known, value) => (quantity(value.clone(), known.unit, known.ucum), None),
        Sign::Pressure(high, low) => (
            None,
            list([part("8480-6", "Huyết áp tâm thu", high), part("8462-4", "Huyết áp tâm trương", low)]),
        ),
    };
    let members = [
        ("status", text("final")),
        ("category", list([object([("coding", list([coding(category, Some("vital-signs"))]))])])),
        (
            "code",
            object([
                ("coding", list(loinc.iter().map(|code| coding(LOINC, Some(code))))),
                ("text", text(title)),
            ]),
        ),
        ("subject", page.subject()),
        ("encounter", page.encounter()),
        ("effectiveDateTime", at.cloned()),
        ("_effectiveDateTime", json::absent_primitive(at.is_none())),
        ("performer", list([page.facility()])),
        ("valueQuantity", value),
        ("component", parts),
    ];
    let row = page.row;
    let id = page.out.id("Observation", &format!("{}.{name}", page.hangs.row_id(&row, "dien-bien")));
    page.add_from(row.spans(&["DIEN_BIEN_LS", "THOI_DIEM_DBLS"]), ("Observation", &id), members, false)
}

/// The vital signs of a text, in its order. What is not quite of the pattern is left to the text.
fn signs(note: &str) -> Vec<Sign> {
    /// The longest that the pattern can be, with room for spaces.
    const LONGEST: usize = 200;
    let mut found = Vec::new();
    for (at, mark) in note.match_indices("CSST") {
        if found.len() >= MOST_SIGNS {
            break;
        }
        let rest = note.get(at + mark.len()..).unwrap_or_default().trim_start();
        let Some(inside) = rest.strip_prefix('<') else { continue };
        let end = inside.find(['>', '\n']).filter(|end| *end <= LONGEST);
        let Some(inside) = end.and_then(|end| inside.get(..end)) else { continue };
        for part in inside.split(['_', ';']) {
            // A space may stand between the letters and the number.
            let mut letters = String::new();
            for word in part.split_whitespace() {
                if word.bytes().all(|b| b.is_ascii_alphabetic()) {
                    word.clone_into(&mut letters);
                    continue;
                }
                found.extend(sign(&(std::mem::take(&mut letters) + word)));
            }
        }
    }
    found.truncate(MOST_SIGNS);
    found
}

fn sign(token: &str) -> Option<Sign> {
    // A comma between signs; one within a number is a decimal comma.
    let token = token.trim_end_matches(',');
    let token = token.strip_suffix("mmHg").or_else(|| token.strip_suffix('%')).unwrap_or(token);
    let letters = token.find(|c: char| c.is_ascii_digit())?;
    let (name, value) = token.split_at(letters);
    let one = |known: &'static Known, whole: std::ops::RangeInclusive<usize>| {
        let length = value.split(['.', ',']).next().unwrap_or_default().len();
        let value = number(value).filter(|_| whole.contains(&length))?;
        Some(Sign::One(known, value))
    };
    match name.to_ascii_uppercase().as_str() {
        "M" => one(&PULSE, 2..=3),
        "T" => one(&TEMPERATURE, 2..=2),
        "NT" => one(&BREATHS, 1..=2),
        "SP" => one(&SATURATION, 2..=3),
        "HA" => {
            let (high, low) = value.split_once('/')?;
            let sound = |digits: &str| matches!(digits.len(), 2 | 3);
            (sound(high) && sound(low)).then(|| Some(Sign::Pressure(number(high)?, number(low)?)))?
        }
        // HL, the level of care, is no measurement: the note tells it.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(note: &str) -> Vec<String> {
        signs(note)
            .into_iter()
            .map(|sign| match sign {
                Sign::One(known, value) => format!("{} {value}", known.name),
                Sign::Pressure(high, low) => format!("huyet-ap {high}/{low}"),
            })
            .collect()
    }

    #[test]
    fn vital_signs_are_found_in_the_text_of_a_nurse() {
        let all = ["mach 75", "nhiet-do 37", "huyet-ap 120/70", "nhip-tho 18", "spo2 98"];
        assert_eq!(told("Tỉnh. CSST<M75_T37_HA120/70_NT18_SP98_HL2>"), all);
        assert_eq!(told("csst: -; CSST <M75 _ T37_HA120/70_ NT18_SP98_HL2> ổn"), all);
        assert_eq!(told("CSST<T37.5_HL3>"), ["nhiet-do 37.5"]);
        assert_eq!(told("CSST<M80> rồi CSST<M90>"), ["mach 80", "mach 90"]);
        assert_eq!(told("CSST<T37,5_M80>"), ["nhiet-do 37.5", "mach 80"]);
        assert_eq!(
            told("CSST<M 80; T 37,2; HA 120/80 mmHg; SP 98%>"),
            ["mach 80", "nhiet-do 37.2", "huyet-ap 120/80", "spo2 98"]
        );
    }

    #[test]
    fn what_is_not_of_the_pattern_is_left_to_the_text() {
        for note in [
            "",
            "CSST",
            "CSST<",
            "CSST<M75",
            "CSST<M5>",
            "CSST<HA120>",
            "CSST<HA/70>",
            "CSST<X9_>",
            "CSST<M_T_HA_NT>",
            "M75",
            "CSST<M7x5>",
        ] {
            assert_eq!(told(note), [""; 0], "{note}");
        }
    }
}
