//! Medicines: prescribed, dispensed, taken; and vaccinations.

use super::element::{self, Title, concepts, join};
use super::entry::{Draft, titled, when};
use super::json::Object;
use super::references;

/// A MedicationRequest, -Dispense, -Statement or -Administration.
pub(super) fn use_of(medicine: &Object<'_>) -> Draft {
    let dosage = || medicine.objects("dosageInstruction").chain(medicine.objects("dosage"));
    let doses = join(dosage().filter_map(dose));
    let instructions = join(dosage().filter_map(instruction));
    let reasons = join(medicine.objects("reasonReference").filter_map(element::display));
    Draft {
        title: titled(medicine, &["medicationCodeableConcept"]).or_else(|| named(medicine)),
        subtitle: instructions
            .clone()
            .filter(|_| doses.is_some())
            .or_else(|| concepts(medicine, "reasonCode"))
            .or(reasons),
        value: doses.or(instructions),
        when: when(medicine, &["effective", "authoredOn", "whenHandedOver", "whenPrepared", "dateAsserted"]),
        ..Draft::default()
    }
}

/// The medicine that the record points to: by the pointer's words, else by what it holds inside.
fn named(medicine: &Object<'_>) -> Option<Title> {
    let reference = medicine.object("medicationReference")?;
    element::display(reference)
        .map(|text| Title { text, code: None })
        .or_else(|| references::medicines(medicine).find_map(|product| titled(product, &["code"])))
}

/// The amount of one dose: `2 tablet`, `1 – 2 mg`, `20 mg/h`.
fn dose(dosage: &Object<'_>) -> Option<String> {
    dosage.objects("doseAndRate").chain([dosage]).find_map(|dose| {
        ["dose", "rate"].iter().find_map(|stem| {
            dose.object(stem)
                .and_then(element::quantity)
                .or_else(|| element::choice(dose, stem).and_then(|(name, value)| element::value(name, value)))
        })
    })
}

/// How to take it, in words; else the timing as its code or its numbers say.
fn instruction(dosage: &Object<'_>) -> Option<String> {
    if let Some(text) = dosage.text("text").or_else(|| dosage.text("patientInstruction")) {
        return Some(element::clean(text));
    }
    let timing = dosage.object("timing");
    let coded = timing.and_then(|timing| timing.get("code")).and_then(element::concept);
    let repeat = timing.and_then(|timing| timing.object("repeat")).and_then(|repeat| {
        let number = |key: &str| repeat.get(key).and_then(element::digits);
        let unit = repeat.text("periodUnit")?;
        Some(format!("{} × / {} {unit}", number("frequency").unwrap_or("1"), number("period").unwrap_or("1")))
    });
    join([dose(dosage), coded.or(repeat), concepts(dosage, "route")].into_iter().flatten())
}

/// A Medication: its name, form and what is in it.
pub(super) fn product(product: &Object<'_>) -> Draft {
    let ingredients = join(product.objects("ingredient").filter_map(|ingredient| {
        let name = concepts(ingredient, "itemCodeableConcept")
            .or_else(|| ingredient.object("itemReference").and_then(element::display))?;
        let strength = ingredient.object("strength").and_then(element::ratio);
        Some(strength.map_or_else(|| name.clone(), |strength| format!("{name} {strength}")))
    }));
    let inside = || product.objects("ingredient").find_map(|part| titled(part, &["itemCodeableConcept"]));
    Draft {
        title: titled(product, &["code"]).or_else(inside),
        subtitle: ingredients,
        value: product.object("amount").and_then(element::ratio),
        ..Draft::default()
    }
}

/// A vaccination: its dose as `2/3`, why it was not given, against what.
pub(super) fn immunization(immunization: &Object<'_>) -> Draft {
    let protocol = immunization.objects("protocolApplied").next();
    let part = |stem: &str| {
        protocol
            .and_then(|protocol| element::choice(protocol, stem))
            .and_then(|(name, value)| element::value(name, value))
    };
    let dose = part("doseNumber").map(|dose| match part("seriesDoses") {
        Some(of) => format!("{dose}/{of}"),
        None => dose,
    });
    let diseases = join(immunization.objects("protocolApplied").filter_map(|p| concepts(p, "targetDisease")));
    Draft {
        title: titled(immunization, &["vaccineCode"]),
        subtitle: concepts(immunization, "statusReason").or(diseases),
        value: dose.or_else(|| immunization.object("doseQuantity").and_then(element::quantity)),
        when: when(immunization, &["occurrence", "recorded"]),
        words: immunization.text("lotNumber").map(str::to_owned).into_iter().collect(),
        ..Draft::default()
    }
}

/// What vaccination is due, and when: the first of the dates that it gives.
pub(super) fn recommendation(recommendation: &Object<'_>) -> Draft {
    let parts = || recommendation.objects("recommendation");
    let due = parts()
        .flat_map(|part| part.objects("dateCriterion"))
        .filter_map(|criterion| element::date(criterion.text("value")))
        .min_by_key(|date| date.earliest(0));
    Draft {
        title: parts().find_map(|part| titled(part, &["vaccineCode", "targetDisease"])),
        subtitle: join(
            parts()
                .filter_map(|part| concepts(part, "vaccineCode").or_else(|| concepts(part, "targetDisease"))),
        ),
        value: join(parts().filter_map(|part| concepts(part, "forecastStatus"))),
        when: (due.or_else(|| when(recommendation, &["date"]).0), None),
        ..Draft::default()
    }
}
