//! What the elements of a resource are called.

use std::collections::HashMap;
use std::sync::LazyLock;

use healthbook_model::Lang;

struct Label {
    vi: &'static str,
    en: String,
}

/// The data types that can stand behind the stem of a choice (`value[x]`), the longer of two that end alike first.
const TYPES: [&str; 44] = [
    "Base64Binary",
    "CodeableConcept",
    "ContactPoint",
    "UnsignedInt",
    "PositiveInt",
    "SampledData",
    "Attachment",
    "Annotation",
    "Identifier",
    "Expression",
    "HumanName",
    "Reference",
    "Canonical",
    "Signature",
    "DateTime",
    "Quantity",
    "Distance",
    "Duration",
    "Markdown",
    "Boolean",
    "Integer",
    "Decimal",
    "Instant",
    "Address",
    "Contributor",
    "Dosage",
    "Coding",
    "Period",
    "String",
    "Timing",
    "Count",
    "Money",
    "Range",
    "Ratio",
    "Code",
    "Date",
    "Time",
    "Uuid",
    "Meta",
    "Age",
    "Uri",
    "Url",
    "Oid",
    "Id",
];

static LABELS: LazyLock<HashMap<&'static str, Label>> = LazyLock::new(|| {
    include_str!("labels.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut row = line.split('\t');
            let (name, vi, en) = (row.next()?, row.next()?, row.next().unwrap_or_default());
            let plain = name.rsplit('.').next().unwrap_or(name);
            let en = if en.is_empty() { apart(plain) } else { en.to_owned() };
            Some((name, Label { vi, en }))
        })
        .collect()
});

/// `bodySite` as `Body site`.
fn apart(name: &str) -> String {
    let mut out = String::new();
    let mut after_small = false;
    for c in name.chars() {
        match (out.is_empty(), after_small && c.is_uppercase()) {
            (true, _) => out.extend(c.to_uppercase()),
            (false, true) => {
                out.push(' ');
                out.extend(c.to_lowercase());
            }
            (false, false) => out.push(c),
        }
        after_small = c.is_lowercase();
    }
    out
}

/// The stem of a choice element: `value` of `valueQuantity`.
pub(super) fn stem(element: &str) -> Option<&str> {
    TYPES.iter().find_map(|kind| element.strip_suffix(kind)).filter(|stem| !stem.is_empty())
}

fn known(resource_type: &str, element: &str) -> Option<&'static Label> {
    LABELS.get(format!("{resource_type}.{element}").as_str()).or_else(|| LABELS.get(element))
}

/// The label of an element, `None` when FHIR has none of that name.
pub(super) fn of_element(resource_type: &str, element: &str, lang: Lang) -> Option<&'static str> {
    let element = element.strip_prefix('_').unwrap_or(element);
    let label = known(resource_type, element).or_else(|| known(resource_type, stem(element)?))?;
    Some(lang.pick(label.vi, label.en.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_is_in_both_languages() {
        assert!(LABELS.len() > 900);
        for (name, label) in LABELS.iter() {
            assert!(!label.vi.is_empty() && !label.en.is_empty() && label.vi != label.en, "{name}");
        }
    }

    #[test]
    fn choices_are_called_by_their_stem_and_types_may_call_things_their_own_way() {
        let vi = |t: &str, e: &str| of_element(t, e, Lang::Vi);
        assert_eq!(vi("Observation", "valueQuantity"), Some("Giá trị"));
        assert_eq!(vi("Observation", "effectiveDateTime"), Some("Thời điểm đo"));
        assert_eq!(vi("Procedure", "performedPeriod"), Some("Thời điểm"));
        assert_eq!(vi("Patient", "_birthDate"), Some("Ngày sinh"));
        assert_eq!(vi("Patient", "noSuchElement"), None);
        assert_eq!(of_element("Procedure", "bodySite", Lang::En), Some("Body site"));
    }
}
