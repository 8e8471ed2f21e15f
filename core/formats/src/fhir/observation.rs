//! Measured values and the reports over them.

use healthbook_model::{Coding, Point};

use super::element::{self, concepts, digits, join};
use super::entry::{Draft, titled, when};
use super::json::{Json, Object};

/// LOINC: systolic and diastolic blood pressure.
const SYSTOLIC: &str = "8480-6";
const DIASTOLIC: &str = "8462-4";

pub(super) fn observation(observation: &Object<'_>) -> Draft {
    let own = element::choice(observation, "value").and_then(|(name, value)| element::value(name, value));
    let absent = observation.object("dataAbsentReason").and_then(element::title).map(|title| title.text);
    let mut points: Vec<Point> = point(observation).into_iter().collect();
    points.extend(observation.objects("component").filter_map(point));
    Draft {
        title: titled(observation, &["code"]),
        subtitle: concepts(observation, "interpretation").or(absent),
        value: own.or_else(|| pressure(observation)).or_else(|| components(observation)),
        when: when(observation, &["effective", "issued"]),
        points,
        ..Draft::default()
    }
}

/// The number that a chart can draw of an Observation or of one of its components.
fn point(measured: &Object<'_>) -> Option<Point> {
    let codings: Vec<Coding> =
        measured.object("code").map(|code| element::codings(code).collect()).unwrap_or_default();
    let mut code = element::best_known(&codings)?.clone();
    let (digits, comparator, unit) = match element::choice(measured, "value")? {
        ("valueQuantity", Json::Object(quantity)) => {
            let unit = quantity.text("code").or_else(|| quantity.text("unit")).unwrap_or_default();
            (digits(quantity.get("value")?)?, quantity.text("comparator"), unit)
        }
        ("valueInteger" | "valueDecimal", value) => (digits(value)?, None, ""),
        _ => return None,
    };
    let value = digits.parse::<f64>().ok()?;
    if code.display.is_none() {
        code.display = codings.into_iter().find_map(|coding| coding.display);
    }
    let text = compared(comparator, digits);
    Some(Point { code, value, text, unit: unit.to_owned() })
}

/// Digits after their comparator, when they are only a bound: `< 5`.
fn compared(comparator: Option<&str>, digits: &str) -> String {
    comparator.map_or_else(|| digits.to_owned(), |comparator| format!("{comparator} {digits}"))
}

/// Two components that are a blood pressure, as people write it: `128/79 mmHg`.
fn pressure(observation: &Object<'_>) -> Option<String> {
    let part = |loinc: &str| {
        let component = observation.objects("component").find(|component| {
            component
                .object("code")
                .is_some_and(|code| element::codings(code).any(|coding| coding.is("http://loinc.org", loinc)))
        })?;
        let quantity = component.object("valueQuantity")?;
        let digits = compared(quantity.text("comparator"), digits(quantity.get("value")?)?);
        Some((digits, element::unit(quantity).unwrap_or("mmHg")))
    };
    let ((systolic, unit), (diastolic, other)) = (part(SYSTOLIC)?, part(DIASTOLIC)?);
    let unit = if unit == "mm[Hg]" { "mmHg" } else { unit };
    let other = if other == "mm[Hg]" { "mmHg" } else { other };
    (unit == other).then(|| format!("{systolic}/{diastolic} {unit}"))
}

/// The components, each with its name.
fn components(observation: &Object<'_>) -> Option<String> {
    let parts: Vec<String> = observation
        .objects("component")
        .filter_map(|component| {
            let (name, value) = element::choice(component, "value")?;
            let value = element::value(name, value)?;
            Some(match component.get("code").and_then(element::concept) {
                Some(name) => format!("{name}: {value}"),
                None => value,
            })
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

pub(super) fn report(report: &Object<'_>) -> Draft {
    let results = join(report.objects("result").filter_map(element::display));
    let conclusion = report.text("conclusion").map(element::clean);
    Draft {
        title: titled(report, &["code", "category"]),
        subtitle: results.or_else(|| concepts(report, "conclusionCode")),
        value: conclusion.or_else(|| concepts(report, "conclusionCode")),
        when: when(report, &["effective", "issued"]),
        ..Draft::default()
    }
}
