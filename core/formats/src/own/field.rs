//! The fields that entries and records have, with their names for people.

use healthbook_model::{Kind, Lang};

/// A field of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldSpec {
    /// The word used in commands: `systolic`.
    pub name: &'static str,
    /// What it is called in Vietnamese.
    pub vi: &'static str,
    /// What it is called in English.
    pub en: &'static str,
    /// A value it could have.
    pub example: &'static str,
    /// Whether an entry needs it.
    pub required: bool,
}

impl FieldSpec {
    /// What it is called in the reader's language.
    #[must_use]
    pub fn title(&self, lang: Lang) -> &'static str {
        lang.pick(self.vi, self.en)
    }
}

/// A kind of entry that a person can add.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryKind {
    /// The word used in commands: `bp`.
    pub word: &'static str,
    /// The shelf it stands on.
    pub kind: Kind,
    /// FHIR resource type that is written.
    pub resource_type: &'static str,
    vi: &'static str,
    en: &'static str,
    /// Its fields.
    pub fields: &'static [FieldSpec],
}

impl EntryKind {
    /// What it is called in the reader's language.
    #[must_use]
    pub fn title(&self, lang: Lang) -> &'static str {
        lang.pick(self.vi, self.en)
    }
}

macro_rules! field {
    ($name:literal, $vi:literal, $en:literal, $example:literal) => {
        FieldSpec { name: $name, vi: $vi, en: $en, example: $example, required: false }
    };
    (! $name:literal, $vi:literal, $en:literal, $example:literal) => {
        FieldSpec { name: $name, vi: $vi, en: $en, example: $example, required: true }
    };
}

const AT: FieldSpec = field!("at", "Thời điểm", "When", "2026-11-20T07:10");
const NOTE: FieldSpec = field!("note", "Ghi chú", "Note", "đo sau khi nghỉ 5 phút");
const UNIT: FieldSpec = field!("unit", "Đơn vị", "Unit", "kg");
const PLACE: FieldSpec = field!("place", "Nơi", "Place", "Trạm y tế phường An Lành");
const REASON: FieldSpec = field!("reason", "Lý do", "Reason", "ho kéo dài");
const START: FieldSpec = field!("start", "Bắt đầu", "Start", "2026-03-01");
const END: FieldSpec = field!("end", "Kết thúc", "End", "2026-06-01");
const DOSE: FieldSpec = field!("dose", "Liều dùng", "Dose", "1 viên");
const FREQUENCY: FieldSpec = field!("frequency", "Số lần dùng", "Frequency", "2 lần/ngày, sau ăn");

pub(super) const BP: &[FieldSpec] = &[
    field!(!"systolic", "Huyết áp tâm thu", "Systolic", "128"),
    field!(!"diastolic", "Huyết áp tâm trương", "Diastolic", "79"),
    field!("pulse", "Nhịp tim", "Pulse", "70"),
    AT,
    NOTE,
];
pub(super) const MEASURE: &[FieldSpec] = &[field!(!"value", "Giá trị", "Value", "61.5"), UNIT, AT, NOTE];
pub(super) const GLUCOSE: &[FieldSpec] = &[
    field!(!"value", "Giá trị", "Value", "5.4"),
    field!("unit", "Đơn vị", "Unit", "mmol/L"),
    field!(
        "moment",
        "Lúc đo (fasting, after-meal, random)",
        "Moment (fasting, after-meal, random)",
        "fasting"
    ),
    AT,
    NOTE,
];
pub(super) const BLOOD_GROUP: &[FieldSpec] = &[field!(!"value", "Nhóm máu", "Blood group", "O+"), AT, NOTE];
pub(super) const OBSERVATION: &[FieldSpec] = &[
    field!("name", "Tên kết quả", "Name", "Glucose"),
    field!("value", "Giá trị", "Value", "5.4"),
    UNIT,
    AT,
    NOTE,
];
pub(super) const NOTE_FIELDS: &[FieldSpec] =
    &[field!(!"text", "Nội dung", "Text", "Bác sĩ dặn đo huyết áp mỗi sáng"), AT];
pub(super) const MEDICINE: &[FieldSpec] = &[
    field!(!"name", "Tên thuốc", "Name", "Metformin"),
    field!("strength", "Hàm lượng", "Strength", "500 mg"),
    DOSE,
    FREQUENCY,
    START,
    END,
    REASON,
    field!(
        "status",
        "Tình trạng (taking, stopped, finished, planned)",
        "Status (taking, stopped, finished, planned)",
        "taking"
    ),
    NOTE,
];
pub(super) const PRESCRIPTION: &[FieldSpec] = &[
    field!("name", "Tên thuốc", "Name", "Metformin 500 mg"),
    DOSE,
    FREQUENCY,
    field!("at", "Ngày kê đơn", "Prescribed on", "2026-11-20"),
    REASON,
    field!(
        "status",
        "Tình trạng (taking, stopped, finished)",
        "Status (taking, stopped, finished)",
        "stopped"
    ),
    NOTE,
];
pub(super) const DISPENSE: &[FieldSpec] = &[
    field!("name", "Tên thuốc", "Name", "Metformin 500 mg"),
    DOSE,
    FREQUENCY,
    field!("at", "Ngày phát thuốc", "Handed over on", "2026-11-20"),
    NOTE,
];
pub(super) const ALLERGY: &[FieldSpec] = &[
    field!(!"name", "Dị ứng với", "Substance", "Penicillin"),
    field!("reaction", "Phản ứng", "Reaction", "nổi mề đay"),
    field!("severity", "Mức độ (mild, moderate, severe)", "Severity (mild, moderate, severe)", "moderate"),
    field!("onset", "Từ khi nào", "Since", "2015"),
    field!(
        "status",
        "Tình trạng (active, inactive, resolved)",
        "Status (active, inactive, resolved)",
        "active"
    ),
    NOTE,
];
pub(super) const NO_ALLERGIES: &[FieldSpec] = &[NOTE];
pub(super) const VACCINE: &[FieldSpec] = &[
    field!(!"name", "Tên vắc-xin", "Vaccine", "Viêm gan B"),
    field!("at", "Ngày tiêm", "Given on", "2026-11-20"),
    field!("dose-number", "Mũi thứ", "Dose number", "2"),
    field!("lot", "Số lô", "Lot number", "AB1234"),
    PLACE,
    field!("status", "Tình trạng (done, not-done, refused)", "Status (done, not-done, refused)", "done"),
    field!("reason", "Lý do không tiêm", "Reason when not given", "đang sốt"),
    NOTE,
];
pub(super) const CONDITION: &[FieldSpec] = &[
    field!(!"name", "Tên bệnh", "Name", "Tăng huyết áp"),
    field!("onset", "Mắc từ", "Since", "2019"),
    field!("resolved", "Khỏi từ", "Resolved on", "2021-05"),
    field!(
        "status",
        "Tình trạng (active, recurrence, remission, inactive, resolved)",
        "Status (active, recurrence, remission, inactive, resolved)",
        "active"
    ),
    NOTE,
];
pub(super) const PROCEDURE: &[FieldSpec] =
    &[field!(!"name", "Tên thủ thuật, phẫu thuật", "Name", "Mổ ruột thừa"), AT, REASON, PLACE, NOTE];
pub(super) const VISIT: &[FieldSpec] = &[
    field!("place", "Nơi khám", "Place", "Bệnh viện Đa khoa An Lành"),
    REASON,
    field!("at", "Ngày khám", "Date", "2026-11-20"),
    field!("end", "Ngày ra viện", "End", "2026-11-23"),
];
pub(super) const APPOINTMENT: &[FieldSpec] = &[
    field!(!"at", "Ngày giờ hẹn", "When", "2026-12-01T08:30"),
    PLACE,
    field!("name", "Tên cuộc hẹn", "Name", "Khám lại"),
    REASON,
    field!(
        "status",
        "Tình trạng (booked, cancelled, done, missed)",
        "Status (booked, cancelled, done, missed)",
        "booked"
    ),
    NOTE,
];
pub(super) const FAMILY: &[FieldSpec] = &[
    field!(!"relation", "Quan hệ", "Relation", "mẹ"),
    field!(!"name", "Bệnh", "Condition", "Đái tháo đường típ 2"),
    NOTE,
];
pub(super) const DOCUMENT: &[FieldSpec] = &[
    field!(!"title", "Tên giấy tờ", "Title", "Giấy ra viện"),
    field!("at", "Ngày của giấy", "Date of the paper", "2026-11-20"),
    field!("place", "Nơi cấp", "Issued by", "Bệnh viện Đa khoa An Lành"),
    field!("note", "Ghi chú", "Note", "bản chụp hai trang"),
];
pub(super) const PERSON: &[FieldSpec] = &[
    field!("name", "Họ và tên", "Name", "Nguyễn Thị Mẫu"),
    field!("birth-date", "Ngày sinh", "Date of birth", "1965-03-08"),
    field!("sex", "Giới tính (male, female, other, unknown)", "Sex (male, female, other, unknown)", "female"),
    field!("cccd", "Số căn cước", "Citizen ID (CCCD)", "001165000000"),
    field!("bhyt", "Số thẻ BHYT", "Health insurance number", "GD4010000000000"),
    field!("phone", "Điện thoại", "Phone", "0900 000 000"),
    field!("address", "Địa chỉ", "Address", "Số 1 đường Mẫu, phường An Lành"),
];
pub(super) const COVERAGE: &[FieldSpec] = &[
    field!(!"number", "Số thẻ", "Number", "GD4010000000000"),
    START,
    END,
    field!("place", "Nơi đăng ký khám chữa bệnh ban đầu", "Registered facility", "Trạm y tế phường An Lành"),
];
/// The parts in words are those of [`crate::checkup::PARTS`].
pub(super) const CHECKUP: &[FieldSpec] = &[
    field!("at", "Ngày khám", "Date", "2026-11-20"),
    field!("place", "Nơi khám", "Place", "Bệnh viện Đa khoa An Lành"),
    field!("height", "Chiều cao (cm)", "Height (cm)", "160"),
    field!("weight", "Cân nặng (kg)", "Weight (kg)", "55.5"),
    field!("bp", "Huyết áp", "Blood pressure", "118/76"),
    field!("pulse", "Mạch", "Pulse", "72"),
    field!("circulation", "Tuần hoàn", "Circulation", "I: bình thường"),
    field!("respiration", "Hô hấp", "Respiration", "I: bình thường"),
    field!("digestion", "Tiêu hóa", "Digestion", "I: bình thường"),
    field!("kidneys", "Thận – tiết niệu", "Kidneys and urinary tract", "I: bình thường"),
    field!("endocrine", "Nội tiết", "Endocrine system", "I: bình thường"),
    field!("joints", "Cơ – xương – khớp", "Muscles, bones, joints", "I: bình thường"),
    field!("nerves", "Thần kinh", "Nervous system", "I: bình thường"),
    field!("mind", "Tâm thần", "Mental health", "I: bình thường"),
    field!("surgery", "Ngoại khoa", "Surgery", "I: bình thường"),
    field!("skin", "Da liễu", "Skin", "I: bình thường"),
    field!("gynaecology", "Sản phụ khoa", "Obstetrics and gynaecology", "I: bình thường"),
    field!("eyes", "Mắt", "Eyes", "II: thị lực 8/10, có kính 10/10"),
    field!("ear-nose-throat", "Tai – mũi – họng", "Ear, nose, throat", "I: nghe rõ nói thường 5 m"),
    field!("teeth", "Răng – hàm – mặt", "Teeth, jaw, face", "II: cao răng"),
    field!("tests", "Cận lâm sàng", "Tests", "Công thức máu, đường máu bình thường"),
    field!("class", "Phân loại sức khỏe (I–V)", "Class of health (I–V)", "II"),
    field!("conclusion", "Kết luận", "Conclusion", "Đủ sức khỏe làm việc"),
    field!("advice", "Lời dặn", "Advice", "Khám lại sau 12 tháng"),
];
pub(super) const REPORT: &[FieldSpec] = &[
    field!("name", "Tên báo cáo", "Name", "Siêu âm ổ bụng"),
    AT,
    field!("conclusion", "Kết luận", "Conclusion", "Chưa thấy bất thường"),
];
pub(super) const REQUEST: &[FieldSpec] = &[
    field!("name", "Chỉ định", "Name", "Siêu âm ổ bụng"),
    field!("at", "Ngày chỉ định", "Ordered on", "2026-11-20"),
    REASON,
    NOTE,
];
/// Records of which only a note can be written.
pub(super) const ONLY_NOTE: &[FieldSpec] = &[NOTE];

macro_rules! entry_kinds {
    ($( $word:literal $kind:ident $resource_type:literal $vi:literal $en:literal $fields:ident; )*) => {
        static ENTRY_KINDS: &[EntryKind] = &[ $(
            EntryKind {
                word: $word,
                kind: Kind::$kind,
                resource_type: $resource_type,
                vi: $vi,
                en: $en,
                fields: $fields,
            },
        )* ];
    };
}

entry_kinds! {
    "bp" Result "Observation" "Huyết áp" "Blood pressure" BP;
    "weight" Result "Observation" "Cân nặng" "Weight" MEASURE;
    "height" Result "Observation" "Chiều cao" "Height" MEASURE;
    "waist" Result "Observation" "Vòng bụng" "Waist" MEASURE;
    "head" Result "Observation" "Vòng đầu" "Head circumference" MEASURE;
    "temperature" Result "Observation" "Nhiệt độ" "Temperature" MEASURE;
    "pulse" Result "Observation" "Nhịp tim" "Pulse" MEASURE;
    "respiratory-rate" Result "Observation" "Nhịp thở" "Respiratory rate" MEASURE;
    "spo2" Result "Observation" "Độ bão hòa oxy (SpO₂)" "Oxygen saturation" MEASURE;
    "glucose" Result "Observation" "Đường huyết" "Glucose" GLUCOSE;
    "hba1c" Result "Observation" "HbA1c (trung bình 3 tháng)" "HbA1c" MEASURE;
    "steps" Result "Observation" "Số bước chân" "Steps" MEASURE;
    "pain" Result "Observation" "Mức độ đau" "Pain" MEASURE;
    "blood-group" Result "Observation" "Nhóm máu" "Blood group" BLOOD_GROUP;
    "note" Note "Communication" "Ghi chú" "Note" NOTE_FIELDS;
    "medicine" Medicine "MedicationStatement" "Thuốc" "Medicine" MEDICINE;
    "allergy" Allergy "AllergyIntolerance" "Dị ứng" "Allergy" ALLERGY;
    "no-known-allergies" Allergy "AllergyIntolerance" "Không có dị ứng đã biết" "No known allergies" NO_ALLERGIES;
    "vaccine" Vaccine "Immunization" "Tiêm chủng" "Vaccine" VACCINE;
    "condition" Condition "Condition" "Bệnh" "Condition" CONDITION;
    "procedure" Procedure "Procedure" "Thủ thuật, phẫu thuật" "Procedure" PROCEDURE;
    "visit" Visit "Encounter" "Lần khám" "Visit" VISIT;
    "appointment" Appointment "Appointment" "Lịch hẹn" "Appointment" APPOINTMENT;
    "family-history" FamilyHistory "FamilyMemberHistory" "Tiền sử gia đình" "Family history" FAMILY;
    "document" Document "DocumentReference" "Giấy tờ" "Document" DOCUMENT;
    "person" Person "Patient" "Thông tin cá nhân" "Person" PERSON;
    "coverage" Coverage "Coverage" "Thẻ BHYT" "Insurance card" COVERAGE;
    "checkup" Document "Composition" "Khám sức khỏe định kỳ" "Periodic health check" CHECKUP;
}

/// The kinds of entries that a person can add.
#[must_use]
pub fn entry_kinds() -> &'static [EntryKind] {
    ENTRY_KINDS
}

/// The fields of a kind of entry (`bp`), or those that any record of a resource type (`Condition`) has. Empty for
/// what cannot be edited. For one record [`fields_of_record`](super::fields_of_record) knows more.
#[must_use]
pub fn fields(kind_or_type: &str) -> &'static [FieldSpec] {
    if let Some(kind) = ENTRY_KINDS.iter().find(|kind| kind.word == kind_or_type) {
        return kind.fields;
    }
    match kind_or_type {
        "Observation" => OBSERVATION,
        "Communication" => ONLY_NOTE,
        // Only a health check among them has fields.
        "Composition" => &[],
        "MedicationRequest" => PRESCRIPTION,
        "MedicationDispense" => DISPENSE,
        "DiagnosticReport" => REPORT,
        "ServiceRequest" => REQUEST,
        "ImagingStudy"
        | "Media"
        | "Device"
        | "Specimen"
        | "CarePlan"
        | "CareTeam"
        | "Goal"
        | "MedicationAdministration"
        | "DeviceRequest"
        | "DeviceUseStatement"
        | "NutritionOrder"
        | "Task"
        | "List"
        | "ClinicalImpression"
        | "RiskAssessment" => ONLY_NOTE,
        other => ENTRY_KINDS.iter().find(|kind| kind.resource_type == other).map_or(&[], |kind| kind.fields),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_named_in_both_languages() {
        for kind in entry_kinds() {
            assert_ne!(kind.title(Lang::Vi), kind.title(Lang::En));
            for field in kind.fields {
                assert!(field.vi != field.en && !field.example.is_empty(), "{} {}", kind.word, field.name);
            }
        }
        assert!(fields("Bundle").is_empty());
        for part in crate::checkup::PARTS {
            let field = CHECKUP.iter().find(|field| field.name == part.field).unwrap();
            assert_eq!((field.vi, field.en), (part.vi, part.en), "{}", part.field);
        }
        assert_eq!(fields("AllergyIntolerance"), ALLERGY);
        assert_eq!(fields("bp").first().map(|f| f.name), Some("systolic"));
    }
}
