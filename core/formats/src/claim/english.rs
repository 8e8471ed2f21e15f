//! The mapping's own words in English. Its records are in Vietnamese, the language of the tables; who reads them in
//! English finds the names of sections, labels and codes in theirs. What a file says in its own words stays as it is.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{check, lists, mapping};

static WORDS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let tables = [include_str!("words.tsv"), include_str!("check/words.tsv")];
    let lines = tables.into_iter().flat_map(str::lines).filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('\t')).collect()
});

/// A section's or a label's name; `None` for words that are not the mapping's.
pub(crate) fn in_english(words: &str) -> Option<&'static str> {
    WORDS.get(words).copied()
}

/// What a paper of this form (`XML9`) says under a label of a section, where that are names of codes.
pub(crate) fn named_in_english(form: &str, section: &str, label: &str, said: &str) -> Option<String> {
    if form == check::PAPER {
        return check::named_in_english(section, label, said).map(str::to_owned);
    }
    let is_there = |row: &(mapping::Mapped, &str, &str)| (row.1, row.2) == (section, label);
    let (mapped, ..) =
        mapping::paper(form).filter(|(mapped, ..)| mapped.how == "shown list").find(is_there)?;
    let names = said.split("; ").map(|name| lists::in_english(form, mapped.field, name));
    names.collect::<Option<Vec<_>>>().map(|names| names.join("; "))
}

/// What a note of a referral or an appointment says after its label, where that is the name of a code.
pub(crate) fn note_in_english(label: &str, said: &str) -> Option<&'static str> {
    (label == "Loại ra viện").then(|| lists::in_english("XML13", "MA_LOAI_RV", said)).flatten()
}

/// What a line of a bill is called, where it is called by its group or not at all.
pub(crate) fn item_in_english(name: &str) -> Option<&'static str> {
    in_english(name).or_else(|| lists::in_english("XML3", "MA_NHOM", name))
}

/// What a record is called that the mapping has no code's name for.
const TITLES: [(&str, &str, &str); 7] = [
    ("Appointment", "Hẹn khám lại", "Follow-up appointment"),
    ("CarePlan", "Điều trị và lời dặn", "Treatment and advice"),
    ("ExplanationOfBenefit", "Chi phí khám chữa bệnh", "Cost of care"),
    ("Coverage", "Bảo hiểm y tế", "Health insurance"),
    ("Observation", "Mạch", "Pulse"),
    ("Observation", "Nhiệt độ", "Body temperature"),
    ("Observation", "Nhóm máu", "Blood group"),
];

/// A record's title in English, where the mapping, or a book that is read in Vietnamese, calls it so.
///
/// ```
/// use healthbook_formats::claim;
/// assert_eq!(claim::title_in_english("ExplanationOfBenefit", "Chi phí khám chữa bệnh"), Some("Cost of care"));
/// assert_eq!(claim::title_in_english("Observation", "Chi phí khám chữa bệnh"), None);
/// ```
#[must_use]
pub fn title_in_english(resource_type: &str, title: &str) -> Option<&'static str> {
    TITLES.iter().find(|(of, vietnamese, _)| (*of, *vietnamese) == (resource_type, title)).map(|told| told.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_and_label_of_every_paper_is_in_english() {
        let mut count = 0;
        for row in mapping::rows().filter(|row| row.target == mapping::PAPER) {
            let (section, label) = row.shown.split_once(" / ").unwrap();
            for words in [section, label] {
                let english = in_english(words);
                assert!(english.is_some_and(|english| english != words), "{} {words}", row.form);
                count += 1;
            }
        }
        assert!(count > 250, "{count}");
    }

    #[test]
    fn names_of_codes_are_in_english_and_words_of_a_file_stay() {
        let named = |said| named_in_english("XML6", "Chẩn đoán HIV", "Nhóm đối tượng", said);
        assert_eq!(
            named("Người mắc bệnh lao; Các đối tượng khác").as_deref(),
            Some("Has tuberculosis; Other groups")
        );
        assert_eq!(named("Người mắc bệnh lao; 99"), None);
        let twins = named_in_english("XML9", "Con", "Giới tính", "Nữ; Nam");
        assert_eq!(twins.as_deref(), Some("Female; Male"));
        assert_eq!(named_in_english("XML9", "Con", "Tình trạng", "Khỏi"), None, "free text");
        assert_eq!(item_in_english("Thuốc trong danh mục BHYT"), Some("Medicine on the list"));
        assert_eq!(item_in_english("Khám Nội tiết"), None);
        assert_eq!(note_in_english("Hướng điều trị", "Ra viện"), None);
    }
}
