//! Which shelf a resource type stands on, and which reader reads it.

use healthbook_model::Kind;

use super::element::Title;
use super::entry::{Draft, titled, when};
use super::json::Object;
use super::{clinical, document, element, medication, observation, payment, person, plan};

/// The shelf of a resource.
pub(super) fn kind(resource_type: &str, resource: &Object<'_>) -> Kind {
    match resource_type {
        "Patient" => Kind::Person,
        "RelatedPerson" => Kind::RelatedPerson,
        "Encounter" | "EpisodeOfCare" => Kind::Visit,
        "Condition" => Kind::Condition,
        "Observation" => Kind::Result,
        "DiagnosticReport" => Kind::Report,
        "Medication"
        | "MedicationRequest"
        | "MedicationStatement"
        | "MedicationDispense"
        | "MedicationAdministration"
        | "MedicationKnowledge" => Kind::Medicine,
        "AllergyIntolerance" => Kind::Allergy,
        "Immunization" | "ImmunizationRecommendation" | "ImmunizationEvaluation" => Kind::Vaccine,
        "Procedure" => Kind::Procedure,
        "ImagingStudy" | "Media" => Kind::Imaging,
        "DocumentReference" | "DocumentManifest" | "Composition" | "Binary" => Kind::Document,
        "Bundle" => Kind::Document,
        "Claim" | "ClaimResponse" | "ExplanationOfBenefit" | "Invoice" | "ChargeItem" | "Account" => {
            Kind::Claim
        }
        "Coverage"
        | "CoverageEligibilityRequest"
        | "CoverageEligibilityResponse"
        | "EnrollmentRequest"
        | "EnrollmentResponse" => Kind::Coverage,
        "CarePlan" | "CareTeam" => Kind::CarePlan,
        "Goal" => Kind::Goal,
        "Appointment" | "AppointmentResponse" => Kind::Appointment,
        "ServiceRequest"
        | "DeviceRequest"
        | "NutritionOrder"
        | "VisionPrescription"
        | "SupplyRequest"
        | "CommunicationRequest"
        | "RequestGroup"
        | "Task" => Kind::Request,
        "FamilyMemberHistory" => Kind::FamilyHistory,
        "Questionnaire" | "QuestionnaireResponse" => Kind::Questionnaire,
        "Device" | "DeviceUseStatement" | "DeviceMetric" => Kind::Device,
        "Practitioner"
        | "PractitionerRole"
        | "Organization"
        | "OrganizationAffiliation"
        | "Location"
        | "HealthcareService"
        | "Endpoint" => Kind::Provider,
        "Consent" => Kind::Consent,
        "Provenance" => Kind::Provenance,
        "Communication" if is_note(resource) => Kind::Note,
        _ => Kind::Other,
    }
}

/// A note that the person wrote: LOINC's "Patient Note", or the category that an own entry carries.
fn is_note(communication: &Object<'_>) -> bool {
    communication
        .objects("category")
        .flat_map(element::codings)
        .any(|coding| coding.is("http://loinc.org", "51855-5") || coding.is("", "note"))
}

/// What the reader of the type finds.
pub(super) fn draft(resource_type: &str, resource: &Object<'_>) -> Draft {
    match resource_type {
        "Patient" => person::patient(resource),
        "RelatedPerson" => person::related_person(resource),
        "Practitioner" | "Organization" | "Location" | "HealthcareService" | "Endpoint" | "Person" => {
            person::named(resource)
        }
        "PractitionerRole" | "OrganizationAffiliation" => person::role(resource),
        "Device" => person::device(resource),
        "Encounter" => clinical::encounter(resource),
        "Condition" => clinical::condition(resource),
        "AllergyIntolerance" => clinical::allergy(resource),
        "Procedure" => clinical::procedure(resource),
        "FamilyMemberHistory" => clinical::family_history(resource),
        "Observation" => observation::observation(resource),
        "DiagnosticReport" => observation::report(resource),
        "MedicationRequest" | "MedicationStatement" | "MedicationDispense" | "MedicationAdministration" => {
            medication::use_of(resource)
        }
        "Medication" | "MedicationKnowledge" => medication::product(resource),
        "Immunization" => medication::immunization(resource),
        "ImmunizationRecommendation" => medication::recommendation(resource),
        "DocumentReference" | "DocumentManifest" => document::reference(resource),
        "Composition" => document::composition(resource),
        "Bundle" => document::bundle(resource),
        "Binary" => document::binary(resource),
        "Media" => document::media(resource),
        "ImagingStudy" => document::imaging_study(resource),
        "QuestionnaireResponse" => document::answers(resource),
        "Claim" | "ClaimResponse" | "ExplanationOfBenefit" => payment::claim(resource),
        "Coverage" => payment::coverage(resource),
        "CarePlan" => plan::care_plan(resource),
        "Goal" => plan::goal(resource),
        "Appointment" => plan::appointment(resource),
        "ServiceRequest" => plan::service_request(resource),
        "Consent" => plan::consent(resource),
        "Provenance" => plan::provenance(resource),
        "Communication" | "CommunicationRequest" => plan::communication(resource),
        _ => other(resource),
    }
}

/// Any other type, by the names that FHIR's resources use for the same things.
fn other(resource: &Object<'_>) -> Draft {
    let named = || element::name(resource).map(|text| Title { text, code: None });
    Draft {
        title: titled(resource, &["title"]).or_else(named).or_else(|| {
            titled(
                resource,
                &[
                    "code",
                    "codeCodeableConcept",
                    "medicationCodeableConcept",
                    "productCodeableConcept",
                    "itemCodeableConcept",
                    "event",
                    "type",
                    "description",
                    "shortName",
                    "serviceType",
                    "category",
                ],
            )
        }),
        subtitle: titled(resource, &["description", "summary", "comment", "bodySite"])
            .map(|title| title.text),
        when: when(
            resource,
            &[
                "effective",
                "occurrence",
                "period",
                "performed",
                "identified",
                "timing",
                "date",
                "authoredOn",
                "authored",
                "created",
                "recorded",
                "dateWritten",
                "sent",
                "issued",
                "start",
                "servicePeriod",
                "executionPeriod",
                "collected",
                "dateTime",
                "onset",
            ],
        ),
        ..Draft::default()
    }
}
