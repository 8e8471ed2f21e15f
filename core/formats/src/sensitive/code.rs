//! Codes and labels.

use healthbook_model::Coding;

/// ICD-10 by its first three characters. Project decision, in its order: tuberculosis A15–A19, infections with a
/// mainly sexual mode of transmission A50–A64, HIV B20–B24 and R75, mental and behavioural disorders F00–F99,
/// pregnancy with abortive outcome O00–O08, maltreatment T74, intentional self-harm X60–X84, asymptomatic HIV
/// Z21, contraception, procreation and pregnancy test Z30–Z32.
const ICD10_RANGES: [(u8, u8, u8); 10] = [
    (b'A', 15, 19),
    (b'A', 50, 64),
    (b'B', 20, 24),
    (b'F', 0, 99),
    (b'O', 0, 8),
    (b'R', 75, 75),
    (b'T', 74, 74),
    (b'X', 60, 84),
    (b'Z', 21, 21),
    (b'Z', 30, 32),
];

/// ICD-10 where the fourth character decides: screening for sexually transmitted infections and HIV (Z11.3,
/// Z11.4), contact with and exposure to HIV (Z20.6), high-risk sexual behaviour (Z72.5).
const ICD10_FOURTH: [&[u8; 4]; 4] = [b"Z113", b"Z114", b"Z206", b"Z725"];

/// HL7 v3 ActCode, information sensitivity policies: abuse, HIV, sexuality and reproduction, sexually transmitted
/// disease, mental health, substance use, genetics, violence, "taboo" and specially protected information.
const ACT_CODES: [&str; 22] = [
    "BH", "DVD", "EMOTDIS", "ETH", "ETHUD", "GDIS", "HIV", "MH", "MST", "OPIOIDUD", "PREGNANT", "PSY",
    "PSYTHPN", "SCA", "SDV", "SEX", "SICKLE", "SPI", "STD", "SUD", "TBOO", "VIO",
];

/// ATC: antivirals for HIV (J05AE protease inhibitors, J05AG non-nucleoside inhibitors, J05AJ integrase inhibitors,
/// J05AR combinations, J05AX entry inhibitors by code) and medicines for tuberculosis (J04A). Of J05AF (nucleoside
/// and nucleotide inhibitors) everything but what treats hepatitis B alone.
const ATC_GROUPS: [&str; 5] = ["J05AE", "J05AG", "J05AJ", "J05AR", "J04A"];
/// Enfuvirtide, raltegravir, maraviroc, elvitegravir, dolutegravir (the three of before J05AJ), ibalizumab, fostemsavir,
/// lenacapavir.
const ATC_CODES: [&str; 8] =
    ["J05AX07", "J05AX08", "J05AX09", "J05AX11", "J05AX12", "J05AX23", "J05AX29", "J05AX31"];
/// Lamivudine, adefovir, tenofovir disoproxil, entecavir, telbivudine, clevudine, tenofovir alafenamide.
const ATC_HEPATITIS_B: [&str; 7] =
    ["J05AF05", "J05AF07", "J05AF08", "J05AF10", "J05AF11", "J05AF12", "J05AF13"];
/// Telaprevir, boceprevir and simeprevir treat hepatitis C, nirmatrelvir with ritonavir COVID-19.
const ATC_NOT_HIV: [&str; 4] = ["J05AE11", "J05AE12", "J05AE14", "J05AE30"];

/// LOINC tests for HIV (antibodies, antigen, RNA, CD4 cells) and for tuberculosis (acid-fast stain, mycobacterial
/// culture, M. tuberculosis complex).
const LOINC: [&str; 16] = [
    "10351-5", "11545-1", "20447-9", "24467-3", "25836-8", "29893-5", "31201-7", "38379-4", "48558-1",
    "5221-7", "543-9", "56888-1", "68961-2", "75622-1", "7917-8", "7918-6",
];

/// SNOMED CT: HIV infection, AIDS, tuberculosis, pulmonary tuberculosis, syphilis, gonorrhoea, depressive disorder,
/// major depression, bipolar disorder, schizophrenia, generalized anxiety disorder, alcohol dependence.
const SNOMED: [&str; 12] = [
    "86406008",
    "62479008",
    "56717001",
    "154283005",
    "76272004",
    "15628003",
    "35489007",
    "370143000",
    "13746004",
    "58214004",
    "21897009",
    "66590003",
];

/// Why a visit is paid for (MA_DOITUONG_KCB, Quyết định 824/QĐ-BYT 2023): patients with tuberculosis, with HIV.
const PAYER_CATEGORIES: [&str; 2] = ["1.8", "1.9"];

/// Whether a code, or a security label, makes the record that carries it restricted.
///
/// ```
/// use healthbook_formats::sensitive::coding_is_restricted;
/// use healthbook_model::Coding;
/// assert!(coding_is_restricted(&Coding::new("http://hl7.org/fhir/sid/icd-10", "F32.1")));
/// assert!(!coding_is_restricted(&Coding::new("http://hl7.org/fhir/sid/icd-10", "I10")));
/// ```
#[must_use]
pub fn coding_is_restricted(coding: &Coding) -> bool {
    let code = coding.code.trim();
    let within = |list: &[&str]| list.iter().any(|c| c.eq_ignore_ascii_case(code));
    match System::of(coding.system.trim()) {
        System::Icd10 => icd10_is_restricted(code),
        System::Unsaid => looks_like_icd10(code) && icd10_is_restricted(code),
        System::Confidentiality => within(&["R", "V"]),
        System::ActCode => within(&ACT_CODES),
        System::Atc => atc_is_restricted(code),
        System::Loinc => within(&LOINC),
        System::Snomed => within(&SNOMED),
        System::PayerCategory => within(&PAYER_CATEGORIES),
        System::Other => false,
    }
}

enum System {
    Unsaid,
    Icd10,
    Confidentiality,
    ActCode,
    Atc,
    Loinc,
    Snomed,
    PayerCategory,
    Other,
}

impl System {
    /// Sources name one code system in several ways: by URL, by OID, in the names of FHIR R4 and of before. A
    /// national edition of ICD-10 (the CM of the USA, that of VN Core) keeps the categories.
    fn of(uri: &str) -> Self {
        let uri = uri.to_ascii_lowercase();
        let named = |parts: &[&str]| parts.iter().any(|part| uri.contains(part));
        let oid = |oid: &str| uri.strip_prefix("urn:oid:").unwrap_or(&uri) == oid;
        if uri.is_empty() {
            Self::Unsaid
        } else if named(&["icd-10", "icd10"]) || oid("2.16.840.1.113883.6.3") || oid("2.16.840.1.113883.6.90")
        {
            if named(&["icd-10-pcs", "icd10pcs", "icd10-pcs"]) { Self::Other } else { Self::Icd10 }
        } else if named(&["v3-confidentiality", "v3/confidentiality"]) || oid("2.16.840.1.113883.5.25") {
            Self::Confidentiality
        } else if named(&["v3-actcode", "v3/actcode", "v3-informationsensitivitypolicy"])
            || oid("2.16.840.1.113883.5.4")
        {
            Self::ActCode
        } else if named(&["whocc.no/atc"]) || oid("2.16.840.1.113883.6.73") {
            Self::Atc
        } else if named(&["loinc.org"]) || oid("2.16.840.1.113883.6.1") {
            Self::Loinc
        } else if named(&["snomed.info/sct"]) || oid("2.16.840.1.113883.6.96") {
            Self::Snomed
        } else if named(&["ma_doituong_kcb"]) {
            Self::PayerCategory
        } else {
            Self::Other
        }
    }
}

/// `A15`, `A15.3`, `A153`, with the dagger or asterisk of dual coding.
pub(super) fn looks_like_icd10(code: &str) -> bool {
    let bytes = code.trim_end_matches(['*', '+', '†']).as_bytes();
    let digits = |from: usize| bytes.iter().skip(from).all(u8::is_ascii_digit);
    match bytes {
        [letter, _, _] => letter.is_ascii_alphabetic() && digits(1),
        [letter, a, b, b'.', rest @ ..] => {
            letter.is_ascii_alphabetic()
                && a.is_ascii_digit()
                && b.is_ascii_digit()
                && (1..=4).contains(&rest.len())
                && rest.iter().all(u8::is_ascii_alphanumeric)
        }
        [letter, _, _, _] | [letter, _, _, _, _] => letter.is_ascii_alphabetic() && digits(1),
        _ => false,
    }
}

/// By the category; everything below a restricted category is restricted.
pub(crate) fn icd10_is_restricted(code: &str) -> bool {
    let mut letters = code.bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_uppercase());
    let (Some(letter), Some(tens), Some(ones)) = (letters.next(), letters.next(), letters.next()) else {
        return false;
    };
    if !(letter.is_ascii_alphabetic() && tens.is_ascii_digit() && ones.is_ascii_digit()) {
        return false;
    }
    let number = (tens - b'0') * 10 + (ones - b'0');
    ICD10_RANGES.iter().any(|(l, from, to)| *l == letter && (*from..=*to).contains(&number))
        || letters.next().is_some_and(|fourth| ICD10_FOURTH.contains(&&[letter, tens, ones, fourth]))
}

fn atc_is_restricted(code: &str) -> bool {
    let code = code.to_ascii_uppercase();
    let is = |list: &[&str]| list.contains(&code.as_str());
    if is(&ATC_NOT_HIV) || is(&ATC_HEPATITIS_B) {
        return false;
    }
    // The bare group J05AF does not say whether it is HIV or hepatitis B.
    (code.starts_with("J05AF") && code.len() > 5)
        || ATC_GROUPS.iter().any(|group| code.starts_with(group))
        || is(&ATC_CODES)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ICD: &str = "http://hl7.org/fhir/sid/icd-10";

    fn restricted(system: &str, code: &str) -> bool {
        coding_is_restricted(&Coding::new(system, code))
    }

    #[test]
    fn each_range_of_the_list_is_hidden_from_its_first_code_to_its_last() {
        for code in [
            "A15", "A19.9", "A50.0", "A64", "B20", "B24", "F00", "F32.1", "F99", "O00.1", "O08.9", "R75",
            "T74.2", "X60", "X84.9", "Z11.3", "Z11.4", "Z20.6", "Z21", "Z30.0", "Z32.1", "Z72.5", "f32.1",
            "B20.0+", "F321", " A15.0 ",
        ] {
            assert!(restricted(ICD, code), "{code}");
            assert!(restricted("", code), "{code} without a system");
        }
    }

    #[test]
    fn what_stands_just_beside_the_list_is_shown() {
        for code in [
            "A14", "A20", "A49.9", "A65", "B19.9", "B25", "E99", "G00", "N99", "O09", "R74", "R76", "T73",
            "T75", "X59", "X85", "Z11", "Z11.1", "Z20.5", "Z20", "Z22", "Z29", "Z33", "Z72.4", "Z72", "I10",
            "E11.9", "", "F", "F3",
        ] {
            assert!(!restricted(ICD, code), "{code}");
            assert!(!restricted("", code), "{code} without a system");
        }
    }

    #[test]
    fn every_way_to_name_a_system_is_understood() {
        for system in [
            ICD,
            "http://hl7.org/fhir/sid/icd-10-cm",
            "urn:oid:2.16.840.1.113883.6.3",
            "2.16.840.1.113883.6.90",
            "http://terminology.hl7.org/CodeSystem/icd10",
            "http://fhir.hl7.org.vn/core/CodeSystem/vn-icd10-cs",
        ] {
            assert!(restricted(system, "F32.1"), "{system}");
        }
        assert!(restricted("http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "R"));
        assert!(restricted("http://hl7.org/fhir/v3/Confidentiality", "V"));
        assert!(!restricted("http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "N"));
        for label in ["HIV", "PSY", "SEX", "ETH", "SUD"] {
            assert!(restricted("http://terminology.hl7.org/CodeSystem/v3-ActCode", label), "{label}");
        }
        assert!(!restricted("http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB"));
    }

    #[test]
    fn a_code_of_another_system_is_not_taken_for_a_diagnosis() {
        assert!(!restricted("http://example.org/rooms", "F32"));
        assert!(!restricted("http://loinc.org", "F32.1"));
        assert!(!restricted("http://www.cms.gov/Medicare/Coding/ICD10-PCS", "F00"));
        assert!(!restricted("", "F3211111"));
        assert!(!restricted("", "F-32"));
    }

    #[test]
    fn medicines_for_hiv_and_tuberculosis_are_hidden_and_those_for_hepatitis_b_are_not() {
        let atc = "http://www.whocc.no/atc";
        for code in [
            "J05AR10", "J05AF01", "J05AF06", "J05AE08", "J05AG03", "J05AJ03", "J04AB02", "J04AC01", "J04AM05",
        ] {
            assert!(restricted(atc, code), "{code}");
        }
        for code in [
            "J05AF05", "J05AF07", "J05AF10", "J05AF13", "J05AE30", "J05AB01", "J01CA04", "C08CA01", "J04BA01",
        ] {
            assert!(!restricted(atc, code), "{code}");
        }
        assert!(restricted("http://loinc.org", "75622-1"));
        assert!(!restricted("http://loinc.org", "4548-4"));
        assert!(restricted("http://snomed.info/sct", "86406008"));
    }
}
