//! Visits, conditions, allergies, procedures, illness in the family.

use super::element::{self, concepts, join};
use super::entry::{Draft, titled, when};
use super::json::Object;

pub(super) fn encounter(encounter: &Object<'_>) -> Draft {
    let diagnoses = join(
        encounter
            .objects("diagnosis")
            .filter_map(|diagnosis| diagnosis.object("condition"))
            .filter_map(element::display),
    );
    let reasons = join(encounter.objects("reasonReference").filter_map(element::display));
    let title = titled(encounter, &["type", "serviceType", "class"]);
    let class = titled(encounter, &["class"]).map(|class| class.text);
    Draft {
        subtitle: concepts(encounter, "reasonCode").or(diagnoses).or(reasons),
        value: class.filter(|class| title.as_ref().is_some_and(|title| title.text != *class)),
        title,
        when: when(encounter, &["period"]),
        ..Draft::default()
    }
}

pub(super) fn condition(condition: &Object<'_>) -> Draft {
    let (start, end) = when(condition, &["onset"]);
    let (_, over) = when(condition, &["abatement"]);
    let abated = when(condition, &["abatement"]).0;
    let recorded = when(condition, &["recordedDate"]).0;
    let stage =
        join(condition.objects("stage").filter_map(|stage| stage.get("summary").and_then(element::concept)));
    Draft {
        title: titled(condition, &["code"]),
        subtitle: join(
            [concepts(condition, "severity"), stage, concepts(condition, "bodySite"), onset(condition)]
                .into_iter()
                .flatten(),
        ),
        when: (start.or(recorded), over.or(abated).or(end)),
        ..Draft::default()
    }
}

/// An onset that is told by an age or in words.
fn onset(resource: &Object<'_>) -> Option<String> {
    match element::choice(resource, "onset")? {
        ("onsetDateTime" | "onsetPeriod", _) => None,
        (name, value) => element::value(name, value),
    }
}

pub(super) fn allergy(allergy: &Object<'_>) -> Draft {
    let reactions = join(allergy.objects("reaction").filter_map(|reaction| {
        concepts(reaction, "manifestation").or_else(|| reaction.text("description").map(element::clean))
    }));
    let substances = || allergy.objects("reaction").find_map(|reaction| titled(reaction, &["substance"]));
    Draft {
        title: titled(allergy, &["code"]).or_else(substances),
        subtitle: reactions,
        when: when(allergy, &["onset", "recordedDate", "lastOccurrence"]),
        ..Draft::default()
    }
}

pub(super) fn procedure(procedure: &Object<'_>) -> Draft {
    let reasons = join(procedure.objects("reasonReference").filter_map(element::display));
    Draft {
        title: titled(procedure, &["code"]),
        subtitle: concepts(procedure, "reasonCode").or(reasons).or_else(|| concepts(procedure, "bodySite")),
        value: concepts(procedure, "outcome"),
        when: when(procedure, &["performed"]),
        ..Draft::default()
    }
}

pub(super) fn family_history(history: &Object<'_>) -> Draft {
    let conditions = join(
        history.objects("condition").filter_map(|condition| condition.get("code").and_then(element::concept)),
    );
    Draft {
        title: titled(history, &["relationship", "name"]),
        subtitle: history.text("name").map(element::clean),
        value: conditions,
        when: when(history, &["date"]),
        ..Draft::default()
    }
}
