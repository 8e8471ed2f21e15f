//! The person, their insurance card, their family.

use serde_json::{Value, json};

use super::super::members::Members;
use super::super::{OwnContext, OwnError, input};
use super::{Shape, items, put_period, put_place, required};
use crate::names::{SID_BHYT, SID_CCCD};

const SEX: &[(&str, &[&str])] = &[
    ("male", &["male", "nam"]),
    ("female", &["female", "nữ"]),
    ("other", &["other", "khác"]),
    ("unknown", &["unknown", "không rõ"]),
];

/// HL7 RoleCode of a relation as people name it. The words themselves are kept beside the code.
const RELATIONS: &[(&str, &str, &[&str])] = &[
    ("FTH", "father", &["cha", "bố", "ba", "tía", "father"]),
    ("MTH", "mother", &["mẹ", "má", "mother"]),
    ("BRO", "brother", &["anh", "em trai", "anh trai", "brother"]),
    ("SIS", "sister", &["chị", "em gái", "chị gái", "sister"]),
    ("SON", "natural son", &["con trai", "son"]),
    ("DAU", "natural daughter", &["con gái", "daughter"]),
    ("PGRFTH", "paternal grandfather", &["ông nội"]),
    ("PGRMTH", "paternal grandmother", &["bà nội"]),
    ("MGRFTH", "maternal grandfather", &["ông ngoại"]),
    ("MGRMTH", "maternal grandmother", &["bà ngoại"]),
    ("GRFTH", "grandfather", &["ông", "grandfather"]),
    ("GRMTH", "grandmother", &["bà", "grandmother"]),
    ("UNCLE", "uncle", &["chú", "bác trai", "cậu", "uncle"]),
    ("AUNT", "aunt", &["cô", "dì", "bác gái", "aunt"]),
    ("COUSN", "cousin", &["anh họ", "chị họ", "em họ", "cousin"]),
];

pub(super) fn set(
    shape: Shape,
    record: &mut Members,
    field: &'static str,
    typed: Option<&str>,
    ctx: &OwnContext,
) -> Result<(), OwnError> {
    match (shape, field) {
        (Shape::Person, "name") => match typed {
            Some(typed) => {
                record.put("name", json!([{ "use": "official", "text": input::line(field, typed)? }]));
            }
            None => record.remove("name"),
        },
        (Shape::Person, "birth-date") => match typed {
            Some(typed) => {
                let at = input::past(field, typed, ctx)?;
                // FHIR's birthDate has no time.
                let text = at.to_string();
                let day = text.split('T').next().unwrap_or_default();
                record.put("birthDate", Value::from(day));
            }
            None => record.remove("birthDate"),
        },
        (Shape::Person, "sex") => match typed {
            Some(typed) => record.put("gender", Value::from(input::choice(field, typed, SEX)?)),
            None => record.remove("gender"),
        },
        (Shape::Person, "cccd") => {
            let number = typed
                .map(|typed| identifier(field, typed, |n| matches!(n.len(), 9 | 12), false))
                .transpose()?;
            put_identifier(record, SID_CCCD, number);
        }
        (Shape::Person, "bhyt") => {
            put_identifier(record, SID_BHYT, typed.map(|typed| bhyt(field, typed)).transpose()?);
        }
        (Shape::Person, "phone") => {
            let mut all = match record.get("telecom") {
                Some(Value::Array(all)) => all,
                _ => Vec::new(),
            };
            all.retain(|one| one["system"] != "phone");
            if let Some(typed) = typed {
                all.insert(0, json!({ "system": "phone", "value": input::line(field, typed)? }));
            }
            put_list(record, "telecom", all);
        }
        (Shape::Person, "address") => match typed {
            Some(typed) => record.put("address", json!([{ "text": input::line(field, typed)? }])),
            None => record.remove("address"),
        },
        (Shape::Coverage, "number") => {
            let number = bhyt(field, required(field, typed)?)?;
            record.put("subscriberId", Value::from(number.as_str()));
            put_identifier(record, SID_BHYT, Some(number));
        }
        (Shape::Coverage, "start" | "end") => {
            let at = typed.map(|typed| input::when(field, typed)).transpose()?;
            put_period(record, "period", field, at.map(|at| input::fhir_time(at, ctx)));
        }
        (Shape::Coverage, "place") => {
            let place = typed.map(|typed| input::line(field, typed)).transpose()?;
            super::put_or_remove(record, "network", place);
        }
        (Shape::Family, "relation") => {
            let words = input::line(field, required(field, typed)?)?;
            let lower = words.to_lowercase();
            let known = RELATIONS.iter().find(|(_, _, names)| names.contains(&lower.as_str()));
            record.put(
                "relationship",
                match known {
                    Some((code, display, _)) => json!({
                        "coding": [{
                            "system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode",
                            "code": code,
                            "display": display,
                        }],
                        "text": words,
                    }),
                    None => json!({ "text": words }),
                },
            );
        }
        (Shape::Family, "name") => {
            let mut all = match record.get("condition") {
                Some(Value::Array(all)) => all,
                _ => Vec::new(),
            };
            let code = json!({ "text": input::line(field, required(field, typed)?)? });
            match all.first_mut().and_then(Value::as_object_mut) {
                Some(first) => {
                    first.insert("code".to_owned(), code);
                }
                None => all.insert(0, json!({ "code": code })),
            }
            record.put("condition", Value::Array(all));
        }
        (_, "place") => put_place(record, "location", typed)?,
        _ => {}
    }
    Ok(())
}

fn identifier(
    field: &'static str,
    typed: &str,
    right: impl Fn(&str) -> bool,
    letters: bool,
) -> Result<String, OwnError> {
    let number: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-' && *c != '.').collect();
    let number = number.to_ascii_uppercase();
    let plain = |b: u8| b.is_ascii_digit() || (letters && b.is_ascii_uppercase());
    if number.bytes().all(plain) && right(&number) { Ok(number) } else { Err(OwnError::WrongForm { field }) }
}

/// Number of a health insurance card: 15 characters `^[A-Z]{2}[1-5][0-9]{2}[0-9]{10}$`, or the 10-digit code
/// (QĐ 1351/QĐ-BHXH and the card since 2021).
fn bhyt(field: &'static str, typed: &str) -> Result<String, OwnError> {
    let right = |number: &str| match number.as_bytes() {
        [a, b, benefit, rest @ ..] if number.len() == 15 => {
            a.is_ascii_uppercase()
                && b.is_ascii_uppercase()
                && (b'1'..=b'5').contains(benefit)
                && rest.iter().all(u8::is_ascii_digit)
        }
        digits => digits.len() == 10 && digits.iter().all(u8::is_ascii_digit),
    };
    identifier(field, typed, right, true)
}

fn put_identifier(record: &mut Members, system: &str, number: Option<String>) {
    let old = record.get("identifier").unwrap_or_default();
    let mut all: Vec<Value> = items(&old).filter(|one| one["system"] != system).cloned().collect();
    if let Some(number) = number {
        all.push(identified(system, number));
    }
    put_list(record, "identifier", all);
}

/// A number as VN Core's Patient has it (2021): what kind it is beside its system (0.6). The 9 digits of the old identity
/// card are a national number too.
fn identified(system: &str, number: String) -> Value {
    let kind = match system {
        SID_CCCD => Some(("NI", "National unique individual identifier")),
        SID_BHYT => Some(("SB", "Social Beneficiary Identifier")),
        _ => None,
    };
    match kind {
        Some((code, display)) => json!({
            "use": "official",
            "type": { "coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/v2-0203",
                "code": code,
                "display": display,
            }] },
            "system": system,
            "value": number,
        }),
        None => json!({ "system": system, "value": number }),
    }
}

fn put_list(record: &mut Members, key: &str, all: Vec<Value>) {
    if all.is_empty() {
        record.remove(key);
    } else {
        record.put(key, Value::Array(all));
    }
}
