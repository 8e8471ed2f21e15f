//! Body measures and the class of health: Observations inside the Composition, as the book writes them by hand.

use serde_json::Value;

use super::super::json::{coding, list, number, object, quantity, text};
use super::super::value::LOINC;
use super::Form;
use crate::checkup;

/// A measure of one field.
struct Measure {
    form: Form,
    field: &'static str,
    /// Id of the Observation inside.
    id: &'static str,
    loinc: &'static str,
    /// In words, and in UCUM.
    unit: (&'static str, &'static str),
    /// What is less or more is no measure in this unit.
    bounds: (f64, f64),
}

/// The measures in the order of the paper. Length and height are one series.
const MEASURES: [Measure; 9] = [
    Measure::new(Form::Body, "CHIEU_CAO", "height", "8302-2", ("cm", "cm"), (20.0, 280.0)),
    Measure::new(Form::Nutrition, "CHIEU_DAI", "height", "8302-2", ("cm", "cm"), (20.0, 280.0)),
    Measure::new(Form::Body, "CAN_NANG", "weight", "29463-7", ("kg", "kg"), (0.3, 500.0)),
    Measure::new(Form::Nutrition, "CAN_NANG", "weight", "29463-7", ("kg", "kg"), (0.3, 500.0)),
    Measure::new(Form::Nutrition, "VONG_DAU", "head", "9843-4", ("cm", "cm"), (15.0, 80.0)),
    Measure::new(Form::Vitals, "NHIET_DO", "temperature", "8310-5", ("°C", "Cel"), (25.0, 45.0)),
    Measure::new(Form::Body, "MACH", "pulse", "8867-4", ("/min", "/min"), (20.0, 300.0)),
    Measure::new(Form::Vitals, "MACH", "pulse", "8867-4", ("/min", "/min"), (20.0, 300.0)),
    Measure::new(Form::Vitals, "NHIP_THO", "respiratory-rate", "9279-1", ("/min", "/min"), (3.0, 150.0)),
];

/// Blood pressure is two numbers in one field.
const PRESSURE: (Form, &str) = (Form::Body, "HUYET_AP");

impl Measure {
    const fn new(
        form: Form,
        field: &'static str,
        id: &'static str,
        loinc: &'static str,
        unit: (&'static str, &'static str),
        bounds: (f64, f64),
    ) -> Self {
        Self { form, field, id, loinc, unit, bounds }
    }
}

/// Programs write zeros for what was not measured.
pub(super) fn is_nothing(written: &str) -> bool {
    !written.bytes().any(|b| b != b'0' && !matches!(b, b'.' | b',' | b'/' | b' '))
}

fn within(value: &Value, (low, high): (f64, f64)) -> bool {
    value.as_f64().is_some_and(|value| (low..=high).contains(&value))
}

/// What an Observation inside says beside its value.
pub(super) struct Told {
    pub(super) subject: Option<Value>,
    pub(super) when: Option<Value>,
}

/// The Observation that a field becomes; `None` for what is no measure.
pub(super) fn of_field(form: Form, field: &str, written: &str, told: &Told) -> Option<(&'static str, Value)> {
    if (form, field) == PRESSURE {
        return pressure(written, told).map(|made| ("blood-pressure", made));
    }
    let measure = MEASURES.iter().find(|known| known.form == form && known.field == field)?;
    let value = number(written).filter(|value| within(value, measure.bounds))?;
    let (unit, ucum) = measure.unit;
    let made =
        observation(measure.id, measure.loinc, told, [("valueQuantity", quantity(value, unit, ucum))])?;
    Some((measure.id, made))
}

fn pressure(written: &str, told: &Told) -> Option<Value> {
    let (systolic, diastolic) = written.split_once('/')?;
    let component = |loinc: &str, written: &str, bounds| {
        let value = number(written).filter(|value| within(value, bounds))?;
        object([
            ("code", object([("coding", list([coding(LOINC, Some(loinc))]))])),
            ("valueQuantity", quantity(value, "mmHg", "mm[Hg]")),
        ])
    };
    let parts =
        [component("8480-6", systolic, (40.0, 300.0))?, component("8462-4", diastolic, (20.0, 200.0))?];
    observation("blood-pressure", "85354-9", told, [("component", list(parts.map(Some)))])
}

fn observation(
    id: &str,
    loinc: &str,
    told: &Told,
    [(key, value)]: [(&str, Option<Value>); 1],
) -> Option<Value> {
    const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
    object([
        ("resourceType", text("Observation")),
        ("id", text(id)),
        ("status", text("final")),
        ("category", list([object([("coding", list([coding(CATEGORY, Some("vital-signs"))]))])])),
        ("code", object([("coding", list([coding(LOINC, Some(loinc))]))])),
        ("subject", told.subject.clone()),
        ("effectiveDateTime", told.when.clone()),
        (key, value),
    ])
}

/// `Loại II`; `None` for what is no class.
pub(super) fn class(written: &str) -> Option<String> {
    checkup::class(written).map(|class| format!("Loại {class}"))
}

/// The class of the whole check as an Observation.
pub(super) fn class_inside(class: &str, told: &Told) -> Option<Value> {
    object([
        ("resourceType", text("Observation")),
        ("id", text("class")),
        ("status", text("final")),
        ("code", object([("text", text(checkup::CLASS.0))])),
        ("subject", told.subject.clone()),
        ("effectiveDateTime", told.when.clone()),
        ("valueCodeableConcept", object([("text", text(class))])),
    ])
}
