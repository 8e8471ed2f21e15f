//! Code systems and identifier systems that the book writes or names.

use healthbook_model::Lang;

/// LOINC.
pub const LOINC: &str = "http://loinc.org";
/// Units (UCUM).
pub const UCUM: &str = "http://unitsofmeasure.org";
/// Vaccines (CVX).
pub const CVX: &str = "http://hl7.org/fhir/sid/cvx";
/// "No known …" and "no information about …" (International Patient Summary).
pub const ABSENT_UNKNOWN: &str = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips";
/// Căn cước công dân, number of the citizen's card (VN Core 0.6).
pub const SID_CCCD: &str = "http://fhir.hl7.org.vn/core/sid/cccd";
/// Number of the health insurance card (VN Core 0.6).
pub const SID_BHYT: &str = "http://fhir.hl7.org.vn/core/sid/bhyt";
/// Number of a practising certificate (VN Core 0.6).
pub const SID_CCHN: &str = "http://fhir.hl7.org.vn/core/sid/cchn";
/// Code of a health facility (VN Core 0.6).
pub const SID_MA_CSKCB: &str = "http://fhir.hl7.org.vn/core/sid/ma-cskcb";
/// Number of a visit in the claim data, MA_LK (VN Core 0.6).
pub const SID_MA_LK: &str = "http://fhir.hl7.org.vn/core/sid/ma-lk";

/// What the number of an identifier system is called; `None` for a system that the book does not know.
#[must_use]
pub fn identifier_name(system: &str, lang: Lang) -> Option<&'static str> {
    let (vi, en) = match system {
        SID_CCCD => ("Số căn cước (CCCD)", "Citizen ID (CCCD)"),
        SID_BHYT => ("Số thẻ BHYT", "Health insurance number (BHYT)"),
        SID_CCHN => ("Số chứng chỉ hành nghề", "Practising certificate number"),
        SID_MA_CSKCB => ("Mã cơ sở khám chữa bệnh", "Facility code"),
        SID_MA_LK => ("Mã lần khám (MA_LK)", "Visit number (MA_LK)"),
        "http://hl7.org/fhir/sid/us-ssn" => ("Số an sinh xã hội Hoa Kỳ", "US social security number"),
        "http://hl7.org/fhir/sid/us-npi" => ("Mã hành nghề Hoa Kỳ (NPI)", "US provider number (NPI)"),
        "https://www.gs1.org/gtin" => ("Mã hàng hóa (GTIN)", "Product code (GTIN)"),
        "urn:ietf:rfc:3986" => ("Địa chỉ định danh", "Identifier address"),
        "urn:dicom:uid" => ("Mã DICOM", "DICOM UID"),
        _ if system.strip_prefix(super::CLAIM_FIELD) == Some("MA_KHOA") => ("Mã khoa", "Department"),
        _ => return None,
    };
    Some(lang.pick(vi, en))
}

/// The short name of a code system, to stand beside a code; `None` for a system that the book does not know.
#[must_use]
pub fn system_name(system: &str) -> Option<&'static str> {
    Some(match system {
        LOINC | "urn:oid:2.16.840.1.113883.6.1" => "LOINC",
        CVX | "urn:oid:2.16.840.1.113883.12.292" => "CVX",
        UCUM => "UCUM",
        "http://snomed.info/sct" | "urn:oid:2.16.840.1.113883.6.96" => "SNOMED CT",
        "http://hl7.org/fhir/sid/icd-10" | "http://hl7.org/fhir/sid/icd-10-cm" => "ICD-10",
        "http://hl7.org/fhir/sid/icd-9-cm" => "ICD-9",
        "http://www.whocc.no/atc" => "ATC",
        "http://www.nlm.nih.gov/research/umls/rxnorm" => "RxNorm",
        "http://hl7.org/fhir/sid/ndc" => "NDC",
        "http://www.ama-assn.org/go/cpt" => "CPT",
        "http://dicom.nema.org/resources/ontology/DCM" => "DICOM",
        "urn:iso:std:iso:11073:10101" => "ISO 11073",
        "urn:ietf:bcp:47" => "BCP 47",
        _ => return None,
    })
}

/// What a code system is called that has no name of its own: by its place in the address.
pub(crate) fn list_name(system: &str) -> String {
    let claims = system.strip_prefix(super::CLAIM_FIELD).map(|field| format!("QĐ 4750 {field}"));
    let hl7 =
        || system.strip_prefix("http://terminology.hl7.org/CodeSystem/").map(|list| format!("HL7 {list}"));
    claims.or_else(hl7).unwrap_or_else(|| system.to_owned())
}
