//! Names of codes and words in Vietnamese and English.
//!
//! The tables name what the book itself shows: common vital signs and laboratory tests (LOINC), vaccines (CVX) and
//! the closed lists of FHIR R4 and HL7. A code that stands in no table keeps the name its source gave it; no
//! table of SNOMED CT or ICD-10 is carried. The code lists of Vietnamese health data are files of their own, each with
//! its source ([`CodeList`]).
//!
//! This material contains content from LOINC (<http://loinc.org>). LOINC is copyright Regenstrief Institute, Inc.
//! and the Logical Observation Identifiers Names and Codes (LOINC) Committee and is available at no cost under
//! the license at <http://loinc.org/license>. LOINC is a registered United States trademark of Regenstrief
//! Institute, Inc.

mod money;
mod series;
mod systems;
mod table;
mod vietnam;
mod words;

pub use money::money;
pub use series::{Series, all_series, series, series_of};
pub(crate) use systems::list_name;
pub use systems::{
    ABSENT_UNKNOWN, CVX, LOINC, SID_BHYT, SID_CCCD, SID_CCHN, SID_MA_CSKCB, SID_MA_LK, UCUM, identifier_name,
    system_name,
};
pub(crate) use vietnam::List;
pub use vietnam::{CodeList, Named, present_province};
pub use words::{kind_name, sex_name, standing_name, status_name, type_name, unit_name, word};

use healthbook_model::{Coding, Lang};

use table::Name;

/// LOINC's notice, for a screen or a file that tells where names come from.
pub const LOINC_NOTICE: &str = "This material contains content from LOINC (http://loinc.org). LOINC is copyright \
    Regenstrief Institute, Inc. and the Logical Observation Identifiers Names and Codes (LOINC) Committee and is \
    available at no cost under the license at http://loinc.org/license. LOINC is a registered United States \
    trademark of Regenstrief Institute, Inc.";

/// What the system of a code of the claim data begins with: the name of its field follows. The lists have no address
/// of their own in the decisions that publish them.
pub(crate) const CLAIM_FIELD: &str = "urn:vn:qd4750:";

fn named(coding: &Coding) -> Option<&'static Name> {
    match coding.system.as_str() {
        LOINC | "urn:oid:2.16.840.1.113883.6.1" => table::LOINC.get(coding.code.as_str()),
        CVX | "urn:oid:2.16.840.1.113883.12.292" => table::CVX.get(coding.code.as_str()),
        _ => None,
    }
}

/// What a code is called in the reader's language; `None` when the book has no name of its own for it.
///
/// ```
/// use healthbook_formats::names;
/// use healthbook_model::{Coding, Lang};
/// let code = Coding::new("http://loinc.org", "8480-6");
/// assert_eq!(names::code_name(&code, Lang::Vi), Some("Huyết áp tâm thu"));
/// ```
#[must_use]
pub fn code_name(coding: &Coding, lang: Lang) -> Option<&'static str> {
    if let Some(name) = named(coding) {
        return Some(name.pick(lang));
    }
    if let Some(field) = coding.system.strip_prefix(CLAIM_FIELD) {
        return CodeList::of_field(field)?.name(&coding.code, lang);
    }
    // HL7's own systems: http://terminology.hl7.org/CodeSystem/<list>, http://hl7.org/fhir/<list>.
    if coding.system.contains("hl7.org/") {
        let list = coding.system.rsplit('/').next()?;
        // `http://hl7.org/fhir/v3/ActCode` and `http://hl7.org/fhir/v2/0203` are how R3 wrote the same systems.
        return word(list, &coding.code, lang).or_else(|| {
            let release = coding.system.rsplit('/').nth(1).filter(|part| matches!(*part, "v2" | "v3"))?;
            word(&format!("{release}-{list}"), &coding.code, lang)
        });
    }
    None
}

/// Words by which a code is found: its names in both languages, and abbreviations people use, so that "đường
/// huyết" finds a glucose that carries nothing but its LOINC code. Empty for a code without a name.
#[must_use]
pub fn search_words(coding: &Coding) -> Vec<&'static str> {
    if let Some(field @ ("LOAIHOSO" | "MA_LOAI_KCB")) = coding.system.strip_prefix(CLAIM_FIELD) {
        let named = CodeList::of_field(field).and_then(|list| list.get(&coding.code));
        return named.map_or_else(Vec::new, |named| vec![named.vi, named.en]);
    }
    named(coding).map_or_else(Vec::new, |name| {
        [name.vi, name.en, name.more].into_iter().filter(|words| !words.is_empty()).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glucose_that_carries_only_its_code_is_found_in_vietnamese() {
        for code in ["15074-8", "14749-6", "2345-7", "1558-6", "14771-0"] {
            let words = search_words(&Coding::new(LOINC, code)).join(" ");
            assert!(
                words.to_lowercase().contains("đường huyết") && words.contains("lucose"),
                "{code}: {words}"
            );
        }
        assert!(search_words(&Coding::new("http://snomed.info/sct", "15074-8")).is_empty());
    }

    #[test]
    fn every_named_code_has_both_names_and_a_right_check_digit() {
        assert!(table::LOINC.len() > 150 && table::CVX.len() > 60);
        for (code, name) in table::LOINC.iter() {
            assert!(!name.vi.is_empty() && !name.en.is_empty(), "{code}");
            let (number, check) = code.split_once('-').unwrap();
            assert_eq!(luhn(number).to_string(), check, "{code} is no LOINC code");
        }
        for (code, name) in table::CVX.iter() {
            assert!(!name.vi.is_empty() && !name.en.is_empty() && code.parse::<u16>().is_ok(), "{code}");
        }
    }

    /// LOINC's check digit is the one of ISO/IEC 7812 (mod 10).
    fn luhn(number: &str) -> u32 {
        let sum: u32 = number
            .chars()
            .rev()
            .filter_map(|c| c.to_digit(10))
            .enumerate()
            .map(|(n, d)| if n % 2 == 0 { d * 2 / 10 + d * 2 % 10 } else { d })
            .sum();
        (10 - sum % 10) % 10
    }

    #[test]
    fn a_code_of_the_claim_data_is_named_by_the_list_of_its_field() {
        let name = |field: &str, code: &str| {
            code_name(&Coding::new(format!("urn:vn:qd4750:{field}"), code), Lang::En)
        };
        assert_eq!(name("KET_QUA_DTRI", "1"), Some("Recovered"));
        assert_eq!(name("MA_LOAI_KCB", "15"), Some("Periodic health check"));
        assert_eq!(name("MA_LOAI_KCB", "99"), None);
        assert_eq!(name("MA_THUOC", "40.476"), None);
    }

    #[test]
    fn status_words_of_hl7_systems_are_named_in_either_release_of_their_address() {
        let name = |system: &str, code: &str| code_name(&Coding::new(system, code), Lang::Vi);
        assert_eq!(name("http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB"), Some("Ngoại trú"));
        assert_eq!(name("http://hl7.org/fhir/v3/ActCode", "AMB"), Some("Ngoại trú"));
        assert_eq!(
            name("http://terminology.hl7.org/CodeSystem/condition-clinical", "resolved"),
            Some("Đã khỏi")
        );
        assert_eq!(name("http://example.org/CodeSystem/condition-clinical", "resolved"), None);
    }
}
