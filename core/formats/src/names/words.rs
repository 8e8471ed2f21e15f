//! Words for kinds, standings, sexes, statuses, types and units.

use healthbook_model::{Kind, Lang, Standing};

use super::table;

/// A word of a closed list. `list` is the last segment of a code system's address
/// (`v3-ObservationInterpretation`) or the name of a FHIR element (`severity`).
#[must_use]
pub fn word(list: &str, code: &str, lang: Lang) -> Option<&'static str> {
    table::WORDS.get(&(list, code)).map(|name| name.pick(lang))
}

/// A resource's `status`: the word of its type where it has one of its own, else the general one.
#[must_use]
pub fn status_name(resource_type: &str, code: &str, lang: Lang) -> Option<&'static str> {
    word(&format!("{resource_type}.status"), code, lang).or_else(|| word("status", code, lang))
}

/// What a FHIR resource type is called.
#[must_use]
pub fn type_name(resource_type: &str, lang: Lang) -> Option<&'static str> {
    table::TYPES.get(resource_type).map(|name| name.pick(lang))
}

/// A shelf of the book.
#[must_use]
pub fn kind_name(kind: Kind, lang: Lang) -> &'static str {
    let (vi, en) = match kind {
        Kind::Other => ("Khác", "Other"),
        Kind::Visit => ("Lần khám", "Visit"),
        Kind::Condition => ("Bệnh", "Condition"),
        Kind::Result => ("Kết quả", "Result"),
        Kind::Report => ("Báo cáo kết quả", "Report"),
        Kind::Medicine => ("Thuốc", "Medicine"),
        Kind::Allergy => ("Dị ứng", "Allergy"),
        Kind::Vaccine => ("Tiêm chủng", "Vaccine"),
        Kind::Procedure => ("Thủ thuật, phẫu thuật", "Procedure"),
        Kind::Imaging => ("Chẩn đoán hình ảnh", "Imaging"),
        Kind::Document => ("Giấy tờ", "Document"),
        Kind::Claim => ("Chi phí", "Claim"),
        Kind::Coverage => ("Thẻ bảo hiểm", "Insurance card"),
        Kind::CarePlan => ("Kế hoạch chăm sóc", "Care plan"),
        Kind::Goal => ("Mục tiêu", "Goal"),
        Kind::Appointment => ("Lịch hẹn", "Appointment"),
        Kind::Request => ("Chỉ định, chuyển tuyến", "Request or referral"),
        Kind::FamilyHistory => ("Tiền sử gia đình", "Family history"),
        Kind::Questionnaire => ("Bảng hỏi", "Questionnaire"),
        Kind::Device => ("Thiết bị", "Device"),
        Kind::Person => ("Thông tin cá nhân", "Person"),
        Kind::RelatedPerson => ("Người thân", "Related person"),
        Kind::Provider => ("Nơi khám, người khám", "Provider"),
        Kind::Consent => ("Sự đồng ý", "Consent"),
        Kind::Provenance => ("Nguồn gốc", "Provenance"),
        Kind::Note => ("Ghi chú", "Note"),
    };
    lang.pick(vi, en)
}

/// How a record stands. For [`Standing::Current`] lists as a rule show nothing.
#[must_use]
pub fn standing_name(standing: Standing, lang: Lang) -> &'static str {
    let (vi, en) = match standing {
        Standing::Current => ("Hiện hành", "Current"),
        Standing::Planned => ("Dự kiến", "Planned"),
        Standing::Past => ("Đã qua", "Past"),
        Standing::NotDone => ("Không thực hiện", "Not done"),
        Standing::Negated => ("Không có", "Absent"),
        Standing::Unconfirmed => ("Chưa xác nhận", "Unconfirmed"),
        Standing::EnteredInError => ("Ghi nhầm – không dùng", "Entered in error – do not use"),
        Standing::Deleted => ("Đã bỏ", "Deleted"),
    };
    lang.pick(vi, en)
}

/// FHIR administrative gender; `None` for a word that is none.
#[must_use]
pub fn sex_name(code: &str, lang: Lang) -> Option<&'static str> {
    word("administrative-gender", code, lang)
}

/// How a UCUM unit, or one written in Vietnamese words, is written for reading; `None` when it reads well as it is.
#[must_use]
pub fn unit_name(ucum: &str, lang: Lang) -> Option<&'static str> {
    let (vi, en) = match ucum {
        "mm[Hg]" => ("mmHg", "mmHg"),
        "/min" | "{beats}/min" | "{Beats}/min" | "lần/phút" | "beats/minute" | "beats/min" | "bpm" => {
            ("lần/phút", "/min")
        }
        "Cel" => ("°C", "°C"),
        "[degF]" => ("°F", "°F"),
        "kg/m2" => ("kg/m²", "kg/m²"),
        "[lb_av]" => ("lb", "lb"),
        "[in_i]" => ("inch", "in"),
        "umol/L" => ("µmol/L", "µmol/L"),
        "ug/L" => ("µg/L", "µg/L"),
        "10*9/L" | "10*3/uL" => ("G/L", "10⁹/L"),
        "10*12/L" | "10*6/uL" => ("T/L", "10¹²/L"),
        "mL/min/{1.73_m2}" => ("mL/phút/1,73 m²", "mL/min/1.73 m²"),
        "{steps}" | "bước" => ("bước", "steps"),
        "mL/min" | "mL/phút" => ("mL/phút", "mL/min"),
        "mm/h" | "mm/giờ" => ("mm/giờ", "mm/h"),
        "[IU]/L" => ("IU/L", "IU/L"),
        "d" => ("ngày", "days"),
        "wk" => ("tuần", "weeks"),
        "mo" => ("tháng", "months"),
        "a" => ("năm", "years"),
        "h" => ("giờ", "hours"),
        "min" => ("phút", "minutes"),
        "s" => ("giây", "seconds"),
        "{tbl}" | "{tablet}" | "TAB" | "viên" => ("viên", "tablets"),
        "{score}" | "điểm" => ("điểm", "points"),
        "1" => ("", ""),
        _ => return None,
    };
    Some(lang.pick(vi, en))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_standing_and_sex_is_named_in_both_languages() {
        for kind in Kind::ALL {
            assert_ne!(kind_name(*kind, Lang::Vi), kind_name(*kind, Lang::En));
        }
        for standing in Standing::ALL {
            assert_ne!(standing_name(standing, Lang::Vi), standing_name(standing, Lang::En));
        }
        for sex in ["male", "female", "other", "unknown"] {
            assert!(sex_name(sex, Lang::Vi).is_some(), "{sex}");
        }
        assert_eq!(sex_name("Nam", Lang::Vi), None);
    }

    #[test]
    fn a_word_means_what_its_type_means_by_it() {
        assert_eq!(status_name("Immunization", "completed", Lang::Vi), Some("Đã tiêm"));
        assert_eq!(status_name("Task", "completed", Lang::Vi), Some("Đã hoàn thành"));
        assert_eq!(status_name("Immunization", "entered-in-error", Lang::Vi), Some("Ghi nhầm – không dùng"));
        assert_eq!(status_name("Immunization", "Completed", Lang::Vi), None);
    }

    #[test]
    fn words_of_the_tables_are_whole() {
        for ((list, code), name) in table::WORDS.iter() {
            assert!(!name.vi.is_empty() && !name.en.is_empty(), "{list} {code}");
        }
        for (resource_type, name) in table::TYPES.iter() {
            assert!(!name.vi.is_empty() && name.vi != name.en, "{resource_type}");
        }
    }
}
