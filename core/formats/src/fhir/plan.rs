//! What is meant to be: plans, goals, appointments, requests; and what stands beside the care itself: consents,
//! provenance, messages.

use super::element::{self, Title, concepts, join};
use super::entry::{Draft, titled, when};
use super::json::Object;

pub(super) fn care_plan(plan: &Object<'_>) -> Draft {
    let activities = join(plan.objects("activity").filter_map(|activity| {
        let detail = activity.object("detail")?;
        concepts(detail, "code").or_else(|| detail.text("description").map(element::clean))
    }));
    Draft {
        title: titled(plan, &["title", "category", "description"]),
        subtitle: plan.text("description").map(element::clean).or(activities),
        when: when(plan, &["period", "created"]),
        ..Draft::default()
    }
}

pub(super) fn goal(goal: &Object<'_>) -> Draft {
    let target = || goal.objects("target");
    let due = target().find_map(|target| when(target, &["due"]).0);
    Draft {
        title: titled(goal, &["description"]),
        subtitle: concepts(goal, "achievementStatus"),
        value: join(target().filter_map(|target| {
            let (name, value) = element::choice(target, "detail")?;
            let detail = element::value(name, value)?;
            Some(match concepts(target, "measure") {
                Some(measure) => format!("{measure}: {detail}"),
                None => detail,
            })
        })),
        when: (when(goal, &["start", "statusDate"]).0, due),
        ..Draft::default()
    }
}

pub(super) fn appointment(appointment: &Object<'_>) -> Draft {
    let requested = when_requested(appointment);
    let fixed = (when(appointment, &["start"]).0, when(appointment, &["end"]).0);
    let reasons = join(appointment.objects("reasonReference").filter_map(element::display));
    Draft {
        title: titled(
            appointment,
            &["description", "serviceType", "appointmentType", "specialty", "reasonCode", "serviceCategory"],
        ),
        subtitle: concepts(appointment, "reasonCode").or(reasons).or_else(|| {
            appointment.text("patientInstruction").or_else(|| appointment.text("comment")).map(element::clean)
        }),
        when: if fixed.0.is_some() { fixed } else { requested.unwrap_or_default() },
        ..Draft::default()
    }
}

pub(super) fn service_request(request: &Object<'_>) -> Draft {
    let reasons = join(request.objects("reasonReference").filter_map(element::display));
    Draft {
        title: titled(request, &["code", "category"]),
        subtitle: concepts(request, "reasonCode")
            .or(reasons)
            .or_else(|| request.text("patientInstruction").map(element::clean)),
        value: element::choice(request, "quantity").and_then(|(name, value)| element::value(name, value)),
        when: when(request, &["occurrence", "authoredOn"]),
        ..Draft::default()
    }
}

pub(super) fn consent(consent: &Object<'_>) -> Draft {
    let provision = consent.object("provision");
    let period = provision.map(|provision| when(provision, &["period"])).unwrap_or_default();
    Draft {
        title: titled(consent, &["scope", "category", "policyRule"]),
        subtitle: concepts(consent, "category"),
        value: provision.and_then(|provision| provision.text("type")).map(str::to_owned),
        when: (when(consent, &["dateTime"]).0.or(period.0), period.1),
        ..Draft::default()
    }
}

pub(super) fn provenance(provenance: &Object<'_>) -> Draft {
    let agents =
        join(provenance.objects("agent").filter_map(|agent| agent.object("who").and_then(element::display)));
    Draft {
        title: titled(provenance, &["activity"])
            .or_else(|| agents.clone().map(|text| Title { text, code: None })),
        subtitle: agents,
        when: when(provenance, &["occurred", "recorded"]),
        ..Draft::default()
    }
}

/// A message; a note that the person wrote is one as well.
pub(super) fn communication(message: &Object<'_>) -> Draft {
    let content = message.objects("payload").find_map(|payload| titled(payload, &["contentString"]));
    let topic = titled(message, &["topic", "reasonCode"]);
    let text = content.map(|content| content.text);
    Draft {
        title: topic.or_else(|| text.clone().map(|text| Title { text: first_line(&text), code: None })),
        subtitle: text,
        when: when(message, &["sent", "received", "occurrence", "authoredOn"]),
        ..Draft::default()
    }
}

/// The beginning of a text, as a title.
fn first_line(text: &str) -> String {
    const LENGTH: usize = 80;
    let mut line: String = text.chars().take(LENGTH).collect();
    if text.chars().nth(LENGTH).is_some() {
        line.push('…');
    }
    line
}

/// The first of the periods that somebody asked for, when no time is fixed yet.
fn when_requested(appointment: &Object<'_>) -> Option<super::entry::When> {
    appointment
        .objects("requestedPeriod")
        .map(|p| (element::date(p.text("start")), element::date(p.text("end"))))
        .next()
}
