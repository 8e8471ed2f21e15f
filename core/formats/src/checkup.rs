//! The periodic health check (khám sức khỏe định kỳ): what its paper holds, and how the book writes it in FHIR R4.
//!
//! The form for people of 18 and over (Thông tư 32/2023/TT-BYT, 2023-12-31) has body measures, findings by specialty each
//! with a class, a class of health from I to V for the whole, and a conclusion. The book takes the classes and the words
//! as the paper has them: it never works a class out of measures.
//!
//! # As FHIR
//! One `Composition`: the measures and the class are Observations inside it (`contained`), the specialties and the
//! conclusion are its sections. What is measured is drawn with the other readings of its series.
//!
//! # In the exchange form
//! A check of the national exchange (`KHAMSUCKHOE`: QĐ 1551/QĐ-BYT and QĐ 2062/QĐ-BYT, 2026) becomes the same Composition by
//! the mapping of [`crate::Format::HealthCheckXml`]. It was written from a text of the first decision and from programs written for
//! the second: no file that a facility sent was at hand. `core/docs/vn-core.md` says what is checked against what.
//!
//! # What is not read
//! VN Core's `health-checkup-document-bundle` names a document whose
//! elements were not published in any source at hand; a check that arrives as a FHIR document is kept to the byte and shown
//! like any other document.

/// The classes of health, as the paper has them, each with the ways people write it.
pub(crate) const CLASSES: &[(&str, &[&str])] = &[
    ("I", &["I", "1", "loại i", "loại 1", "class i", "class 1"]),
    ("II", &["II", "2", "loại ii", "loại 2", "class ii", "class 2"]),
    ("III", &["III", "3", "loại iii", "loại 3", "class iii", "class 3"]),
    ("IV", &["IV", "4", "loại iv", "loại 4", "class iv", "class 4"]),
    ("V", &["V", "5", "loại v", "loại 5", "class v", "class 5"]),
];

/// A part of the paper that is filled in in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// The field of an entry.
    pub(crate) field: &'static str,
    pub(crate) vi: &'static str,
    pub(crate) en: &'static str,
}

/// The parts in the order of the paper: specialties, then tests, conclusion and advice.
pub(crate) const PARTS: &[Part] = &[
    Part { field: "circulation", vi: "Tuần hoàn", en: "Circulation" },
    Part { field: "respiration", vi: "Hô hấp", en: "Respiration" },
    Part { field: "digestion", vi: "Tiêu hóa", en: "Digestion" },
    Part { field: "kidneys", vi: "Thận – tiết niệu", en: "Kidneys and urinary tract" },
    Part { field: "endocrine", vi: "Nội tiết", en: "Endocrine system" },
    Part { field: "joints", vi: "Cơ – xương – khớp", en: "Muscles, bones, joints" },
    Part { field: "nerves", vi: "Thần kinh", en: "Nervous system" },
    Part { field: "mind", vi: "Tâm thần", en: "Mental health" },
    Part { field: "surgery", vi: "Ngoại khoa", en: "Surgery" },
    Part { field: "skin", vi: "Da liễu", en: "Skin" },
    Part { field: "gynaecology", vi: "Sản phụ khoa", en: "Obstetrics and gynaecology" },
    Part { field: "eyes", vi: "Mắt", en: "Eyes" },
    Part { field: "ear-nose-throat", vi: "Tai – mũi – họng", en: "Ear, nose, throat" },
    Part { field: "teeth", vi: "Răng – hàm – mặt", en: "Teeth, jaw, face" },
    Part { field: "tests", vi: "Cận lâm sàng", en: "Tests" },
    Part { field: "conclusion", vi: "Kết luận", en: "Conclusion" },
    Part { field: "advice", vi: "Lời dặn", en: "Advice" },
];

/// What the paper is called.
pub(crate) const TITLE: (&str, &str) = ("Khám sức khỏe định kỳ", "Periodic health check");
/// The section of measures.
pub(crate) const MEASURES: (&str, &str) = ("Thể lực", "Body measures");
/// The section of the class.
pub(crate) const CLASS: (&str, &str) = ("Phân loại sức khỏe", "Class of health");

/// The code of a class that a person writes: `II`, `2`, `Loại II`.
pub(crate) fn class(typed: &str) -> Option<&'static str> {
    let typed = typed.trim().to_lowercase();
    CLASSES
        .iter()
        .find(|(_, ways)| ways.iter().any(|way| way.to_lowercase() == typed))
        .map(|(class, _)| *class)
}

/// Whether one of the book's names of something, in either language.
pub(crate) fn is(name: &str, of: (&str, &str)) -> bool {
    name == of.0 || name == of.1
}
