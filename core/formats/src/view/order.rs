//! What a reader looks for first, by type.

use crate::fhir::json::{Json, Object};

/// Elements that tell of the record as data, not of the person: always in the last section.
const HOUSEKEEPING: &[&str] =
    &["resourceType", "id", "meta", "implicitRules", "language", "text", "extension", "modifierExtension"];

/// Elements that come first, for each type, in the order of reading. What a type has beyond them follows in the order
/// of the source.
fn first(resource_type: &str) -> &'static [&'static str] {
    match resource_type {
        "Observation" => &[
            "value",
            "dataAbsentReason",
            "interpretation",
            "referenceRange",
            "component",
            "effective",
            "issued",
            "status",
            "category",
            "performer",
            "method",
            "bodySite",
            "device",
            "specimen",
            "hasMember",
            "derivedFrom",
            "note",
            "subject",
            "encounter",
        ],
        "DiagnosticReport" => &[
            "effective",
            "issued",
            "status",
            "conclusion",
            "conclusionCode",
            "result",
            "category",
            "performer",
            "resultsInterpreter",
            "specimen",
            "imagingStudy",
            "media",
            "presentedForm",
            "subject",
            "encounter",
        ],
        "Patient" | "RelatedPerson" | "Practitioner" | "Person" => &[
            "name",
            "birthDate",
            "gender",
            "relationship",
            "identifier",
            "telecom",
            "address",
            "deceased",
            "maritalStatus",
            "communication",
            "contact",
            "qualification",
            "generalPractitioner",
            "managingOrganization",
            "link",
            "photo",
            "active",
        ],
        "Encounter" => &[
            "period",
            "class",
            "status",
            "type",
            "serviceProvider",
            "reasonCode",
            "reasonReference",
            "diagnosis",
            "participant",
            "location",
            "hospitalization",
            "length",
            "priority",
            "subject",
        ],
        "Condition" => &[
            "clinicalStatus",
            "verificationStatus",
            "onset",
            "abatement",
            "recordedDate",
            "severity",
            "category",
            "stage",
            "evidence",
            "bodySite",
            "asserter",
            "recorder",
            "note",
            "subject",
            "encounter",
        ],
        "AllergyIntolerance" => &[
            "clinicalStatus",
            "verificationStatus",
            "criticality",
            "reaction",
            "type",
            "category",
            "onset",
            "lastOccurrence",
            "recordedDate",
            "asserter",
            "note",
            "patient",
            "encounter",
        ],
        "MedicationRequest" | "MedicationStatement" | "MedicationDispense" | "MedicationAdministration" => &[
            "status",
            "statusReason",
            "dosage",
            "dosageInstruction",
            "effective",
            "authoredOn",
            "whenHandedOver",
            "whenPrepared",
            "quantity",
            "daysSupply",
            "dispenseRequest",
            "reasonCode",
            "reasonReference",
            "requester",
            "performer",
            "informationSource",
            "note",
            "subject",
            "encounter",
            "context",
        ],
        "Medication" => &["form", "amount", "ingredient", "manufacturer", "batch", "status"],
        "Immunization" => &[
            "status",
            "statusReason",
            "occurrence",
            "protocolApplied",
            "manufacturer",
            "lotNumber",
            "expirationDate",
            "doseQuantity",
            "site",
            "route",
            "location",
            "performer",
            "reaction",
            "note",
            "patient",
        ],
        "ImmunizationRecommendation" => &["date", "recommendation", "authority", "patient"],
        "Procedure" => &[
            "performed",
            "status",
            "statusReason",
            "reasonCode",
            "reasonReference",
            "outcome",
            "complication",
            "bodySite",
            "performer",
            "location",
            "followUp",
            "report",
            "note",
            "subject",
            "encounter",
        ],
        "DocumentReference" => &[
            "content",
            "date",
            "status",
            "docStatus",
            "type",
            "category",
            "author",
            "custodian",
            "context",
            "subject",
        ],
        "ImagingStudy" => &[
            "started",
            "modality",
            "numberOfSeries",
            "numberOfInstances",
            "reasonCode",
            "series",
            "status",
            "note",
            "subject",
        ],
        "Coverage" => {
            &["subscriberId", "identifier", "period", "status", "network", "payor", "class", "beneficiary"]
        }
        "Claim" | "ExplanationOfBenefit" => &[
            "billablePeriod",
            "created",
            "status",
            "outcome",
            "total",
            "payment",
            "provider",
            "insurer",
            "diagnosis",
            "procedure",
            "item",
            "insurance",
            "patient",
        ],
        "Appointment" => &[
            "start",
            "end",
            "requestedPeriod",
            "status",
            "serviceType",
            "reasonCode",
            "participant",
            "comment",
        ],
        "ServiceRequest" => &[
            "status",
            "intent",
            "authoredOn",
            "occurrence",
            "priority",
            "reasonCode",
            "reasonReference",
            "requester",
            "performer",
            "note",
            "subject",
        ],
        "FamilyMemberHistory" => &[
            "relationship",
            "name",
            "condition",
            "sex",
            "born",
            "age",
            "deceased",
            "status",
            "date",
            "note",
            "patient",
        ],
        "CarePlan" | "Goal" => &[
            "status",
            "lifecycleStatus",
            "achievementStatus",
            "intent",
            "period",
            "start",
            "target",
            "activity",
            "goal",
            "addresses",
            "note",
            "subject",
        ],
        "Device" => &[
            "type",
            "manufacturer",
            "modelNumber",
            "serialNumber",
            "lotNumber",
            "manufactureDate",
            "expirationDate",
            "status",
            "patient",
        ],
        "Organization" | "Location" => &["type", "identifier", "telecom", "address", "partOf", "active"],
        "Composition" => &["type", "date", "status", "author", "section", "custodian", "attester", "subject"],
        "Consent" => &[
            "dateTime",
            "status",
            "scope",
            "category",
            "provision",
            "policy",
            "organization",
            "performer",
            "patient",
        ],
        "Provenance" => &["recorded", "agent", "activity", "target", "entity", "signature"],
        "QuestionnaireResponse" => &["authored", "status", "item", "author", "source", "subject"],
        "Media" => &["content", "created", "status", "type", "modality", "bodySite", "note", "subject"],
        "Communication" => {
            &["payload", "sent", "received", "status", "sender", "recipient", "note", "subject"]
        }
        "Bundle" => &["type", "timestamp", "total", "entry"],
        _ => &["status", "code", "date", "period", "description", "subject", "patient"],
    }
}

/// The elements that name a record of a type, the best first.
pub(super) fn title_elements(resource_type: &str) -> &'static [&'static str] {
    match resource_type {
        "Observation" | "Condition" | "Procedure" | "AllergyIntolerance" | "DiagnosticReport"
        | "ServiceRequest" => &["code"],
        "Medication" => &["code"],
        "MedicationRequest" | "MedicationStatement" | "MedicationDispense" | "MedicationAdministration" => {
            &["medicationCodeableConcept", "medicationReference"]
        }
        "Immunization" => &["vaccineCode"],
        "Encounter" => &["type", "class"],
        "Patient" | "RelatedPerson" | "Practitioner" | "Person" | "Organization" | "Location"
        | "CareTeam" => &["name"],
        "DocumentReference" => &["description", "type"],
        "Media" => &["type", "modality"],
        "FamilyMemberHistory" => &["relationship"],
        "Appointment" => &["description", "appointmentType", "serviceType"],
        "Coverage" => &["type"],
        "CarePlan" => &["title", "description", "category"],
        "Goal" => &["description"],
        "Device" => &["type"],
        "ImagingStudy" => &["description", "procedureCode"],
        "Composition" => &["title", "type"],
        "Consent" => &["scope"],
        "Claim" | "ExplanationOfBenefit" => &[],
        "Bundle"
        | "Binary"
        | "Provenance"
        | "QuestionnaireResponse"
        | "ImmunizationRecommendation"
        | "Communication" => &[],
        _ => &["title", "name"],
    }
}

/// The members of a resource in the order of reading, housekeeping left out.
pub(super) fn in_order<'j, 'a>(
    resource_type: &str,
    resource: &'j Object<'a>,
) -> Vec<(&'j str, &'j Json<'a>)> {
    let first = first(resource_type);
    let rank = |key: &str| {
        first
            .iter()
            .position(|known| *known == key || super::labels::stem(key) == Some(known))
            .unwrap_or(if key == "contained" { usize::MAX } else { first.len() })
    };
    let mut members: Vec<_> = resource
        .members()
        .filter(|(key, _)| !HOUSEKEEPING.contains(key) && !key.starts_with('_'))
        .filter(|(key, _)| *key != "identifier" || first.contains(key))
        .collect();
    members.sort_by_key(|(key, _)| rank(key));
    members
}
