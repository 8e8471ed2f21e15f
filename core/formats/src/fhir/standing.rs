//! Whether a record states a fact: the status words of R4's resources (value sets `*-status` of
//! <https://hl7.org/fhir/R4/terminologies-valuesets.html>) and the ways to say "no".

use healthbook_model::Standing;

use super::absent;
use super::element;
use super::json::{Json, Object};

/// The standing of a resource. What takes a record out of the facts wins over what only dates it: a mistake, then
/// something that did not happen, then a negation, then a doubt, then what is over or meant to be.
///
/// `doNotPerform` (an order *not* to do something) says that something is not to be: [`Standing::Negated`].
pub(super) fn of(resource_type: &str, resource: &Object<'_>) -> Standing {
    let status = status(resource_type, resource);
    let verification = coded(resource, "verificationStatus");
    let is = |word: &str| status == Some(word);
    let mistaken = is("entered-in-error")
        || verification == Some("entered-in-error")
        || resource.text("docStatus") == Some("entered-in-error");
    if mistaken {
        return Standing::EnteredInError;
    }
    if not_done(resource_type, status) || absent::is_no_vaccine(resource_type, resource) {
        return Standing::NotDone;
    }
    if verification == Some("refuted")
        || resource.is_true("doNotPerform")
        || absent::says_no(resource_type, resource)
    {
        return Standing::Negated;
    }
    if matches!(verification, Some("unconfirmed" | "provisional" | "differential")) {
        return Standing::Unconfirmed;
    }
    if is_past(resource_type, resource, status) {
        return Standing::Past;
    }
    if is_planned(resource_type, resource, status) {
        return Standing::Planned;
    }
    Standing::Current
}

/// Whether an Observation's status says that its value was really measured: only such values enter charts.
pub(super) fn is_measured(observation: &Object<'_>) -> bool {
    matches!(
        observation.text("status"),
        Some("final" | "amended" | "corrected" | "preliminary" | "registered")
    )
}

/// The first code of a concept, or a plain code where the older spelling of a field has one.
fn coded<'j>(resource: &'j Object<'_>, field: &str) -> Option<&'j str> {
    match resource.get(field)? {
        Json::String(code) => Some(code),
        Json::Object(concept) => {
            concept.objects("coding").find_map(|coding| coding.text("code")).or_else(|| concept.text("text"))
        }
        _ => None,
    }
}

fn status<'j>(resource_type: &str, resource: &'j Object<'_>) -> Option<&'j str> {
    match resource_type {
        "Goal" => resource.text("lifecycleStatus"),
        _ => resource.text("status"),
    }
}

fn not_done(resource_type: &str, status: Option<&str>) -> bool {
    match status {
        Some(
            "not-done" | "not-taken" | "cancelled" | "declined" | "refused" | "rejected" | "noshow"
            | "revoked",
        ) => true,
        Some("aborted" | "failed") => matches!(resource_type, "Task" | "SupplyDelivery" | "Communication"),
        _ => false,
    }
}

fn is_past(resource_type: &str, resource: &Object<'_>, status: Option<&str>) -> bool {
    let clinical = coded(resource, "clinicalStatus");
    if matches!(clinical, Some("inactive" | "resolved" | "remission")) {
        return true;
    }
    // A Condition that ended, from a sender that gives no clinical status.
    if resource_type == "Condition" && clinical.is_none() && element::choice(resource, "abatement").is_some()
    {
        return resource.get("abatementBoolean") != Some(&Json::Bool(false));
    }
    match status {
        Some("stopped" | "inactive" | "superseded" | "retired" | "ended" | "closed" | "off") => true,
        // What is not in force now: the person does not take it.
        Some("on-hold" | "suspended" | "onhold") => {
            !matches!(resource_type, "Procedure" | "Encounter" | "Communication" | "Task")
        }
        // An order or a medicine that is completed is over; an event that is completed has happened.
        Some("completed") => matches!(
            resource_type,
            "MedicationRequest"
                | "MedicationStatement"
                | "ServiceRequest"
                | "DeviceRequest"
                | "NutritionOrder"
                | "VisionPrescription"
                | "SupplyRequest"
                | "CommunicationRequest"
                | "RequestGroup"
                | "Task"
                | "CarePlan"
                | "Goal"
                | "DeviceUseStatement"
        ),
        Some("fulfilled") => resource_type == "Appointment",
        Some("finished") => resource_type == "EpisodeOfCare",
        _ => resource.get("active") == Some(&Json::Bool(false)),
    }
}

fn is_planned(resource_type: &str, resource: &Object<'_>, status: Option<&str>) -> bool {
    match status {
        Some(
            "planned" | "proposed" | "draft" | "booked" | "pending" | "waitlist" | "preparation" | "intended"
            | "requested" | "received" | "accepted" | "ready",
        ) => {
            // A goal that was agreed on, a task that was taken up.
            !(resource_type == "Goal" && status == Some("accepted"))
        }
        Some("active") => {
            matches!(
                resource_type,
                "ServiceRequest"
                    | "DeviceRequest"
                    | "NutritionOrder"
                    | "SupplyRequest"
                    | "CommunicationRequest"
                    | "RequestGroup"
            ) || (resource_type == "MedicationRequest"
                && matches!(resource.text("intent"), Some("proposal" | "plan")))
        }
        _ => resource_type == "ImmunizationRecommendation",
    }
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;

    fn standing(text: &str) -> Standing {
        let value = json::parse(text.as_bytes(), 50, 500).unwrap();
        let object = value.as_object().unwrap();
        of(object.text("resourceType").unwrap(), object)
    }

    fn with_status(resource_type: &str, status: &str) -> Standing {
        standing(&format!(r#"{{"resourceType":"{resource_type}","status":"{status}"}}"#))
    }

    #[test]
    fn the_status_words_of_the_main_types() {
        for (resource_type, status, expected) in [
            ("Observation", "final", Standing::Current),
            ("Observation", "cancelled", Standing::NotDone),
            ("Observation", "entered-in-error", Standing::EnteredInError),
            ("Immunization", "completed", Standing::Current),
            ("Immunization", "not-done", Standing::NotDone),
            ("ImmunizationRecommendation", "", Standing::Planned),
            ("Procedure", "completed", Standing::Current),
            ("Procedure", "not-done", Standing::NotDone),
            ("Procedure", "preparation", Standing::Planned),
            ("Encounter", "finished", Standing::Current),
            ("Encounter", "planned", Standing::Planned),
            ("Encounter", "cancelled", Standing::NotDone),
            ("MedicationRequest", "active", Standing::Current),
            ("MedicationRequest", "completed", Standing::Past),
            ("MedicationRequest", "stopped", Standing::Past),
            ("MedicationRequest", "on-hold", Standing::Past),
            ("MedicationRequest", "draft", Standing::Planned),
            ("MedicationStatement", "not-taken", Standing::NotDone),
            ("MedicationStatement", "intended", Standing::Planned),
            ("MedicationDispense", "completed", Standing::Current),
            ("MedicationDispense", "declined", Standing::NotDone),
            ("MedicationAdministration", "completed", Standing::Current),
            ("ServiceRequest", "active", Standing::Planned),
            ("ServiceRequest", "completed", Standing::Past),
            ("ServiceRequest", "revoked", Standing::NotDone),
            ("Appointment", "booked", Standing::Planned),
            ("Appointment", "fulfilled", Standing::Past),
            ("Appointment", "noshow", Standing::NotDone),
            ("CarePlan", "active", Standing::Current),
            ("DocumentReference", "superseded", Standing::Past),
            ("Coverage", "active", Standing::Current),
            ("Coverage", "cancelled", Standing::NotDone),
            ("Consent", "rejected", Standing::NotDone),
            ("Claim", "active", Standing::Current),
        ] {
            assert_eq!(with_status(resource_type, status), expected, "{resource_type} {status}");
        }
    }

    #[test]
    fn a_mistake_a_refusal_and_a_doubt_are_no_facts() {
        let condition = |verification: &str, clinical: &str| {
            standing(&format!(
                r#"{{"resourceType":"Condition","clinicalStatus":{{"coding":[{{"code":"{clinical}"}}]}},
                    "verificationStatus":{{"coding":[{{"code":"{verification}"}}]}}}}"#
            ))
        };
        assert_eq!(condition("confirmed", "active"), Standing::Current);
        assert_eq!(condition("confirmed", "resolved"), Standing::Past);
        assert_eq!(condition("refuted", "resolved"), Standing::Negated);
        assert_eq!(condition("differential", "active"), Standing::Unconfirmed);
        assert_eq!(condition("entered-in-error", "active"), Standing::EnteredInError);
        assert_eq!(
            standing(r#"{"resourceType":"MedicationRequest","status":"active","doNotPerform":true}"#),
            Standing::Negated
        );
        assert_eq!(
            standing(
                r#"{"resourceType":"DocumentReference","status":"current","docStatus":"entered-in-error"}"#
            ),
            Standing::EnteredInError
        );
    }
}
