//! Whom a record is about, by FHIR's patient compartment
//! (<https://hl7.org/fhir/R4/compartmentdefinition-patient.html>).

use healthbook_model::Subject;

use super::document;
use super::element;
use super::json::Object;

/// Types that describe no person: organisations, products, definitions. Those of them that can be about a person
/// (a device worn, a group) are when they say so. A `Binary`, a `Task`, a `Contract` or `Parameters` are in nobody's
/// compartment either, and may hold somebody's data: they are not among these.
pub(super) fn is_about_nobody(resource_type: &str) -> bool {
    matches!(
        resource_type,
        "ActivityDefinition"
            | "CapabilityStatement"
            | "CatalogEntry"
            | "ChargeItemDefinition"
            | "CodeSystem"
            | "CompartmentDefinition"
            | "ConceptMap"
            | "Device"
            | "DeviceDefinition"
            | "DeviceMetric"
            | "EffectEvidenceSynthesis"
            | "Endpoint"
            | "EventDefinition"
            | "Evidence"
            | "EvidenceVariable"
            | "ExampleScenario"
            | "GraphDefinition"
            | "Group"
            | "HealthcareService"
            | "ImplementationGuide"
            | "InsurancePlan"
            | "Library"
            | "Linkage"
            | "Location"
            | "Measure"
            | "Medication"
            | "MedicationKnowledge"
            | "MedicinalProduct"
            | "MedicinalProductAuthorization"
            | "MedicinalProductContraindication"
            | "MedicinalProductIndication"
            | "MedicinalProductIngredient"
            | "MedicinalProductInteraction"
            | "MedicinalProductManufactured"
            | "MedicinalProductPackaged"
            | "MedicinalProductPharmaceutical"
            | "MedicinalProductUndesirableEffect"
            | "MessageDefinition"
            | "MessageHeader"
            | "NamingSystem"
            | "ObservationDefinition"
            | "OperationDefinition"
            | "OperationOutcome"
            | "Organization"
            | "OrganizationAffiliation"
            | "PaymentNotice"
            | "PaymentReconciliation"
            | "PlanDefinition"
            | "Practitioner"
            | "PractitionerRole"
            | "Questionnaire"
            | "ResearchDefinition"
            | "ResearchElementDefinition"
            | "ResearchStudy"
            | "RiskEvidenceSynthesis"
            | "Schedule"
            | "SearchParameter"
            | "Slot"
            | "SpecimenDefinition"
            | "StructureDefinition"
            | "StructureMap"
            | "Subscription"
            | "Substance"
            | "SubstanceNucleicAcid"
            | "SubstancePolymer"
            | "SubstanceProtein"
            | "SubstanceReferenceInformation"
            | "SubstanceSourceMaterial"
            | "SubstanceSpecification"
            | "TerminologyCapabilities"
            | "TestReport"
            | "TestScript"
            | "ValueSet"
            | "VerificationResult"
            | "BiologicallyDerivedProduct"
    )
}

/// Whom the resource is about.
///
/// A group, a relative, a place or a device as the subject leaves unsaid which person is meant.
/// A subject that stands inside the resource (`#p`), or only as a business identifier or a name, cannot be matched
/// with another record: unsaid.
pub(super) fn of(resource_type: &str, resource: &Object<'_>) -> Subject {
    if resource_type == "Patient" {
        return Subject::Itself(Box::new(element::clues(resource)));
    }
    if resource_type == "Bundle" {
        return document::composition_of(resource)
            .map_or(Subject::Unsaid, |composition| of("Composition", composition));
    }
    let missing = if is_about_nobody(resource_type) { Subject::Nobody } else { Subject::Unsaid };
    let fields = ["patient", "subject", "beneficiary", "individual", "for", "securityContext", "candidate"];
    let direct = || fields.iter().flat_map(|field| resource.objects(field));
    let parts = [("participant", "actor"), ("link", "target")];
    let within =
        parts.iter().flat_map(|(field, part)| resource.objects(field).filter_map(|p| p.object(part)));
    let others = ["actor", "target", "focus", "subscriber", "policyHolder", "subjectReference"];
    let last = others.iter().flat_map(|field| resource.objects(field));
    for reference in direct() {
        match element::reference(reference) {
            Some((Some("Patient") | None, _)) => {}
            Some((Some("Group"), _)) => return missing,
            _ => {}
        }
    }
    let mut people: Vec<Subject> = direct().filter_map(|reference| person(reference, true)).collect();
    if people.is_empty() {
        // Elsewhere a pointer may lead to anything; only one that says `Patient` is the person.
        people = within.chain(last).filter_map(|reference| person(reference, false)).collect();
    }
    people.dedup();
    match (people.pop(), people.is_empty()) {
        (Some(person), true) => person,
        // It names two people, and is about one of them or about both.
        (Some(_), false) => Subject::Unsaid,
        // A record of the person's kind that names a relative or a thing is not the person's for that.
        (None, _) => missing,
    }
}

/// The person that a reference leads to. One without a type may be a person where a person is expected.
fn person(reference: &Object<'_>, expected: bool) -> Option<Subject> {
    let (target, id) = element::reference(reference)?;
    if !(target == Some("Patient") || (expected && target.is_none())) {
        return None;
    }
    let server = reference.text("reference").and_then(|url| element::absolute(url.trim(), "Patient"));
    Some(Subject::Person {
        resource_type: target.map(str::to_owned),
        id: id.to_owned(),
        server: server.map(|(base, _)| base.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;

    fn subject(text: &str) -> Subject {
        let value = json::parse(text.as_bytes(), 50, 500).unwrap();
        let object = value.as_object().unwrap();
        of(object.text("resourceType").unwrap(), object)
    }

    fn person(resource_type: Option<&str>, id: &str) -> Subject {
        Subject::Person { resource_type: resource_type.map(str::to_owned), id: id.into(), server: None }
    }

    #[test]
    fn whom_a_record_is_about() {
        let cases = [
            (
                r#"{"resourceType":"Observation","subject":{"reference":"Patient/1"}}"#,
                person(Some("Patient"), "1"),
            ),
            (r#"{"resourceType":"Observation","subject":{"reference":"urn:uuid:a"}}"#, person(None, "a")),
            (
                r#"{"resourceType":"Coverage","beneficiary":{"reference":"http://h.example/Patient/9"}}"#,
                Subject::Person {
                    resource_type: Some("Patient".into()),
                    id: "9".into(),
                    server: Some("http://h.example".into()),
                },
            ),
            (
                r#"{"resourceType":"Appointment","participant":[{"actor":{"reference":"Location/1"}},{"actor":{"reference":"Patient/2"}}]}"#,
                person(Some("Patient"), "2"),
            ),
            (
                r#"{"resourceType":"Device","patient":{"reference":"Patient/3"}}"#,
                person(Some("Patient"), "3"),
            ),
            (r#"{"resourceType":"Device"}"#, Subject::Nobody),
            (
                r#"{"resourceType":"Claim","patient":{"reference":"Patient/1"},"subject":{"reference":"Patient/1"}}"#,
                person(Some("Patient"), "1"),
            ),
            (
                r#"{"resourceType":"Claim","patient":{"reference":"Patient/1"},"subject":{"reference":"Patient/2"}}"#,
                Subject::Unsaid,
            ),
            (
                r#"{"resourceType":"Appointment","participant":[{"actor":{"reference":"Patient/1"}},{"actor":{"reference":"Patient/2"}}]}"#,
                Subject::Unsaid,
            ),
            (r#"{"resourceType":"Observation"}"#, Subject::Unsaid),
            (r#"{"resourceType":"Observation","subject":{"reference":"Group/1"}}"#, Subject::Unsaid),
            (r##"{"resourceType":"Observation","subject":{"reference":"#p"}}"##, Subject::Unsaid),
            (r#"{"resourceType":"Observation","subject":{"reference":"Location/1"}}"#, Subject::Unsaid),
            (
                r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Composition","subject":{"reference":"Patient/4"}}}]}"#,
                person(Some("Patient"), "4"),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(subject(text), expected, "{text}");
        }
    }
}
