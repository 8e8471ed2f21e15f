//! LIEU_DUNG: how a medicine is taken. The text stays as it is written; what it says beyond doubt stands beside it
//! in FHIR's structure, and what is doubtful does not.
//!
//! The pattern is that of QĐ 4750, table 2: `2 viên/lần * 2 lần/ngày * 5 ngày [4 viên/ngày]`, and for doses that
//! vary over the day `Sáng: 3 viên, Chiều: 2 viên, Tối: 1 viên [6 viên/ngày]`.

use serde_json::Value;

use super::json::{list, number, object, quantity, text};

/// A Dosage.
pub(super) fn instruction(
    dose: Option<&str>,
    directions: Option<&str>,
    route: Option<Value>,
) -> Option<Value> {
    let understood = dose.and_then(read);
    let (timing, amount, most) = understood.map_or((None, None, None), |taken| match taken {
        Taken::Evenly(even) => (even.timing(), even.amount(), None),
        Taken::ByTimeOfDay(day) => (day.timing(), None, day.most()),
    });
    object([
        ("text", dose.and_then(text)),
        ("patientInstruction", directions.and_then(text)),
        ("timing", timing),
        ("route", route),
        ("doseAndRate", list([amount])),
        ("maxDosePerPeriod", most),
    ])
}

#[derive(Debug, PartialEq)]
enum Taken<'a> {
    Evenly(Evenly<'a>),
    ByTimeOfDay(ByTimeOfDay<'a>),
}

/// So much each time, so often a day, for so many days.
#[derive(Debug, PartialEq)]
struct Evenly<'a> {
    each: Amount<'a>,
    times: u32,
    days: Option<u32>,
}

#[derive(Debug, PartialEq)]
struct ByTimeOfDay<'a> {
    /// FHIR's words for the times (EventTiming).
    when: Vec<&'static str>,
    total: Option<Amount<'a>>,
}

#[derive(Debug, PartialEq, Clone)]
struct Amount<'a> {
    /// In thousandths, so that sums are exact.
    thousandths: u64,
    digits: Value,
    unit: &'a str,
}

impl Evenly<'_> {
    fn timing(&self) -> Option<Value> {
        let days = self.days.and_then(|days| quantity(Value::from(days), "ngày", "d"));
        let repeat = object([
            ("boundsDuration", days),
            ("frequency", Some(Value::from(self.times))),
            ("period", Some(Value::from(1))),
            ("periodUnit", text("d")),
        ]);
        object([("repeat", repeat)])
    }

    fn amount(&self) -> Option<Value> {
        object([("doseQuantity", self.each.quantity())])
    }
}

impl ByTimeOfDay<'_> {
    fn timing(&self) -> Option<Value> {
        let when = list(self.when.iter().map(|word| text(*word)));
        object([("repeat", object([("when", when)]))])
    }

    fn most(&self) -> Option<Value> {
        let total = self.total.as_ref()?.quantity()?;
        object([("numerator", Some(total)), ("denominator", quantity(Value::from(1), "ngày", "d"))])
    }
}

impl Amount<'_> {
    fn quantity(&self) -> Option<Value> {
        object([("value", Some(self.digits.clone())), ("unit", text(self.unit))])
    }
}

fn read(dose: &str) -> Option<Taken<'_>> {
    let (body, total) = match dose.split_once('[') {
        Some((body, rest)) => {
            let inside = rest.trim_end().strip_suffix(']')?;
            (body, Some(amount(inside.strip_suffix("/ngày")?)?))
        }
        None => (dose, None),
    };
    evenly(body, total.as_ref())
        .map(Taken::Evenly)
        .or_else(|| by_time_of_day(body, total).map(Taken::ByTimeOfDay))
}

fn evenly<'a>(body: &'a str, total: Option<&Amount<'_>>) -> Option<Evenly<'a>> {
    let mut parts = body.split(['*', 'x', '×']).map(str::trim);
    let each = amount(parts.next()?.strip_suffix("/lần")?)?;
    let times = whole(parts.next()?.strip_suffix("lần/ngày")?)?;
    let days = match parts.next() {
        Some(part) => Some(whole(part.strip_suffix("ngày")?)?),
        None => None,
    };
    if parts.next().is_some() || !(1..=24).contains(&times) {
        return None;
    }
    // The sum in brackets is the check: a text that contradicts itself says nothing for certain.
    let sums = total.is_none_or(|total| {
        total.unit.eq_ignore_ascii_case(each.unit)
            && each.thousandths.checked_mul(u64::from(times)) == Some(total.thousandths)
    });
    sums.then_some(Evenly { each, times, days })
}

fn by_time_of_day<'a>(body: &str, total: Option<Amount<'a>>) -> Option<ByTimeOfDay<'a>> {
    let mut when = Vec::new();
    let mut sum = 0u64;
    let mut units: Vec<&str> = Vec::new();
    for part in body.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()) {
        let (time, dose) = part.split_once(':')?;
        let word = match time.trim().to_lowercase().as_str() {
            "sáng" => "MORN",
            "trưa" => "NOON",
            "chiều" => "AFT",
            "tối" => "EVE",
            "đêm" => "NIGHT",
            _ => return None,
        };
        let dose = amount(dose)?;
        sum = sum.checked_add(dose.thousandths)?;
        if when.contains(&word) {
            return None;
        }
        when.push(word);
        units.push(dose.unit);
    }
    if when.is_empty() {
        return None;
    }
    let agrees = total.as_ref().is_none_or(|total| {
        total.thousandths == sum && units.iter().all(|unit| unit.eq_ignore_ascii_case(total.unit))
    });
    agrees.then_some(ByTimeOfDay { when, total })
}

/// `2 viên`, `0.5 viên`, `0,5 viên`, `1/2 viên` (which no decimal number always tells, and so is not read).
fn amount(text: &str) -> Option<Amount<'_>> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')))?;
    let (digits, unit) = text.split_at(end);
    let unit = unit.trim();
    let is_word = unit.chars().all(|c| c.is_alphabetic() || c == ' ');
    if unit.is_empty() || !is_word {
        return None;
    }
    let digits = number(digits)?;
    let thousandths = thousandths(&digits.to_string())?;
    (thousandths > 0).then_some(Amount { thousandths, digits, unit })
}

fn thousandths(digits: &str) -> Option<u64> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if fraction.len() > 3 {
        return None;
    }
    format!("{whole}{fraction:0<3}").parse().ok()
}

fn whole(text: &str) -> Option<u32> {
    let text = text.trim();
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
        .filter(|n| (1..=999).contains(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(dose: &str) -> String {
        instruction(Some(dose), None, None).unwrap().to_string()
    }

    #[test]
    fn the_pattern_of_the_decision_is_understood_and_the_text_stays_as_written() {
        assert_eq!(
            told("2 viên/lần * 2 lần/ngày * 5 ngày [4 viên/ngày]"),
            r#"{"text":"2 viên/lần * 2 lần/ngày * 5 ngày [4 viên/ngày]","timing":{"repeat":{"boundsDuration":{"value":5,"unit":"ngày","system":"http://unitsofmeasure.org","code":"d"},"frequency":2,"period":1,"periodUnit":"d"}},"doseAndRate":[{"doseQuantity":{"value":2,"unit":"viên"}}]}"#
        );
        assert!(told("0,5 ml/lần*3 lần/ngày*7 ngày [1.5 ml/ngày]").contains(r#""value":0.5,"unit":"ml""#));
        assert_eq!(
            told("Sáng: 3 viên, Chiều: 2 viên, Tối: 1 viên [6 viên/ngày]"),
            r#"{"text":"Sáng: 3 viên, Chiều: 2 viên, Tối: 1 viên [6 viên/ngày]","timing":{"repeat":{"when":["MORN","AFT","EVE"]}},"maxDosePerPeriod":{"numerator":{"value":6,"unit":"viên"},"denominator":{"value":1,"unit":"ngày","system":"http://unitsofmeasure.org","code":"d"}}}"#
        );
    }

    #[test]
    fn a_dose_that_contradicts_itself_or_leaves_a_doubt_is_text_alone() {
        for dose in [
            "2 viên/lần * 2 lần/ngày * 5 ngày [5 viên/ngày]",
            "2 viên/lần * 2 lần/ngày * 5 ngày [4 gói/ngày]",
            "2 viên/lần * 2 lần/ngày * 5 ngày * 1",
            "2 viên/lần * 40 lần/ngày",
            "2 viên/lần * 2 lần/tuần * 5 ngày",
            "1/2 viên/lần * 2 lần/ngày * 5 ngày",
            "2-3 viên/lần * 2 lần/ngày * 5 ngày",
            "0 viên/lần * 2 lần/ngày * 5 ngày",
            "Sáng: 3 viên, Chiều: 2 viên [6 viên/ngày]",
            "Sáng: 3 viên, Sáng: 2 viên",
            "Khi đau: 1 viên",
            "Theo y lệnh",
            "[",
            "[]",
            "2 viên/lần * 2 lần/ngày [",
        ] {
            let expected = object([("text", text(dose))]).unwrap().to_string();
            assert_eq!(told(dose), expected, "{dose}");
        }
    }
}
