//! Rows of lists, ready to show: what the vault lists, named in the reader's language.

use healthbook_formats::{claim, names};
use healthbook_model::{Coding, Kind, Lang, RecordId, Standing};
use healthbook_vault::{Gate, Listed};

/// Who reads: in which language, and whether restricted records were asked for.
///
/// The gate is one on the screen, under the same key. Without the flag restricted records, and whatever would tell of
/// them, are not there: not in lists, counts, search, charts, documents, quarantine, audit, changes or reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// Language of titles, labels and sentences.
    pub lang: Lang,
    /// Restricted records are shown too.
    pub restricted: bool,
}

impl Reading {
    pub(crate) fn gate(self) -> Gate {
        if self.restricted { Gate::WithRestricted } else { Gate::Ordinary }
    }
}

/// A record in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its identity.
    pub id: RecordId,
    /// Its kind.
    pub kind: Kind,
    /// FHIR resource type.
    pub resource_type: String,
    /// Whether it states a fact; everything but [`Standing::Current`] is to be marked.
    pub standing: Standing,
    /// When it began, as its source wrote it (FHIR date or dateTime); `None` is undated.
    pub start: Option<String>,
    /// When it ended.
    pub end: Option<String>,
    /// What it is called.
    pub title: String,
    /// One more line.
    pub subtitle: Option<String>,
    /// The value with its unit, digits as written.
    pub value: Option<String>,
    /// Facility or performer.
    pub facility: Option<String>,
    /// Where it comes from.
    pub source: String,
    /// Shown only because restricted records were asked for.
    pub restricted: bool,
    /// The person's own entry.
    pub own: bool,
    /// A correction by the person stands beside it.
    pub corrected: bool,
    /// Told twice: marked as a duplicate.
    pub duplicate: bool,
    /// Versions that nobody has joined; more than one is a conflict to be shown.
    pub heads: u32,
}

/// The name of a source as a person reads it.
pub(crate) fn source_name(base: &str, lang: Lang) -> String {
    match base.split_once(':') {
        _ if base == "own" => lang.pick("tự ghi", "own entry").to_owned(),
        Some(("label", label)) => label.to_owned(),
        Some(("facility", code)) => lang.pick(format!("Cơ sở y tế {code}"), format!("facility {code}")),
        Some(("document", _)) => lang.pick("tệp", "file").to_owned(),
        _ => base.to_owned(),
    }
}

/// The value of a list in the reader's language: a unit by its name (`72 /min` is `72 lần/phút`), and what kind of visit
/// it was. Everything else stays as the source wrote it.
fn value_in(value: String, resource_type: &str, lang: Lang) -> String {
    if resource_type == "Encounter" {
        return visit_class(&value)
            .and_then(|code| names::word("v3-ActCode", code, lang))
            .map_or(value, str::to_owned);
    }
    if resource_type == "Immunization" && !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        return lang.pick(format!("mũi {value}"), format!("dose {value}"));
    }
    if let Some(amount) = value.strip_suffix(" VND").and_then(|digits| names::money(digits, "VND", lang)) {
        return amount;
    }
    let is_number = |word: &str| {
        word.chars().all(|c| c.is_ascii_digit() || "<>=≤≥–-+.,/eE".contains(c))
            && word.chars().any(|c| c.is_ascii_digit())
            || matches!(word, "<" | "<=" | ">" | ">=" | "≤" | "≥" | "–")
    };
    let unit =
        value.split_inclusive(' ').take_while(|word| is_number(word.trim_end())).map(str::len).sum::<usize>();
    let (number, unit) = value.split_at(unit);
    if number.is_empty() || unit.is_empty() {
        return value;
    }
    let name = names::unit_name(unit, lang).or_else(|| names::unit_name(&format!("{{{unit}}}"), lang));
    match name {
        Some("") => number.trim_end().to_owned(),
        Some(name) => format!("{number}{name}"),
        None => value,
    }
}

/// The code of a kind of visit (HL7 v3 ActEncounterCode), given as itself or by the name that HL7 has for it.
fn visit_class(value: &str) -> Option<&str> {
    Some(match value {
        "ambulatory" => "AMB",
        "emergency" => "EMER",
        "field" => "FLD",
        "home health" => "HH",
        "inpatient encounter" => "IMP",
        "inpatient acute" => "ACUTE",
        "inpatient non-acute" => "NONAC",
        "observation encounter" => "OBSENC",
        "pre-admission" => "PRENC",
        "short stay" => "SS",
        "virtual" => "VR",
        code if code.bytes().all(|b| b.is_ascii_uppercase()) => code,
        _ => return None,
    })
}

/// What a record is called in the reader's language, where that is not what its source calls it.
pub(crate) fn other_title(
    resource_type: &str,
    title: &str,
    title_code: Option<&Coding>,
    lang: Lang,
) -> Option<String> {
    let named = title_code.and_then(|code| names::code_name(code, lang));
    let is_visit = resource_type == "Encounter";
    let class = visit_class(title).filter(|_| is_visit);
    let named = named.or_else(|| class.and_then(|code| names::word("v3-ActCode", code, lang)));
    let named = named.or_else(|| match lang {
        Lang::Vi => None,
        Lang::En => claim::title_in_english(resource_type, title),
    });
    if let Some(name) = named {
        return Some(name.to_owned());
    }
    if title.is_empty() {
        return Some(names::type_name(resource_type, lang).unwrap_or(resource_type).to_owned());
    }
    // A bare code says of which list it is, as the record itself does.
    let code = title_code.filter(|code| code.code == title)?;
    names::system_name(&code.system).map(|system| format!("{system} {}", code.code))
}

impl Item {
    pub(crate) fn new(row: Listed, lang: Lang) -> Self {
        let title = other_title(&row.resource_type, &row.title, row.title_code.as_ref(), lang);
        let title = title.unwrap_or(row.title);
        Self {
            id: row.id,
            kind: row.kind,
            value: row.value.map(|value| value_in(value, &row.resource_type, lang)),
            resource_type: row.resource_type,
            standing: row.standing,
            start: row.start,
            end: row.end,
            title,
            subtitle: row.subtitle,
            facility: row.facility,
            source: source_name(&row.source, lang),
            restricted: row.restricted,
            own: row.own,
            corrected: row.corrected,
            duplicate: row.duplicate,
            heads: row.heads,
        }
    }

    /// Whether it may be told as a fact: it is one, and nothing says it better.
    #[must_use]
    pub fn is_fact(&self) -> bool {
        self.standing.is_fact() && !self.corrected && !self.duplicate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_in_the_readers_language_and_keeps_its_digits() {
        for (value, vi, en) in [
            ("72 /min", "72 lần/phút", "72 /min"),
            ("72 lần/phút", "72 lần/phút", "72 /min"),
            ("< 5.0 umol/L", "< 5.0 µmol/L", "< 5.0 µmol/L"),
            ("6543 steps", "6543 bước", "6543 steps"),
            ("1.5 – 2.0 mL/min", "1.5 – 2.0 mL/phút", "1.5 – 2.0 mL/min"),
            ("128/79 mmHg", "128/79 mmHg", "128/79 mmHg"),
            ("98%", "98%", "98%"),
            ("1234500.00 VND", "1.234.500 ₫", "1,234,500 ₫"),
            ("12.50 USD", "12.50 USD", "12.50 USD"),
            ("0.010 ng/mL", "0.010 ng/mL", "0.010 ng/mL"),
            ("vitamin a", "vitamin a", "vitamin a"),
            ("a", "a", "a"),
            ("", "", ""),
        ] {
            assert_eq!(value_in(value.to_owned(), "Observation", Lang::Vi), vi);
            assert_eq!(value_in(value.to_owned(), "Observation", Lang::En), en);
        }
    }

    #[test]
    fn a_kind_of_visit_is_a_word_and_not_a_code() {
        for (value, vi, en) in [
            ("AMB", "Ngoại trú", "Outpatient"),
            ("ambulatory", "Ngoại trú", "Outpatient"),
            ("IMP", "Nội trú", "Inpatient"),
            ("XYZ", "XYZ", "XYZ"),
            ("Khám theo hẹn", "Khám theo hẹn", "Khám theo hẹn"),
        ] {
            assert_eq!(value_in(value.to_owned(), "Encounter", Lang::Vi), vi);
            assert_eq!(value_in(value.to_owned(), "Encounter", Lang::En), en);
        }
        assert_eq!(value_in("AMB".to_owned(), "Observation", Lang::Vi), "AMB");
    }
}
