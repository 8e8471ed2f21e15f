//! FHIR's data types (<https://hl7.org/fhir/R4/datatypes.html>) as a reader sees them: texts with the digits as
//! written, codes, dates, names, references.

use healthbook_model::{Coding, Identifier, Lang, PartialDateTime, PersonClues};

use super::json::{Json, Object};
use crate::names;

/// Systems whose codes are known beyond one hospital, the best known first: the code to name in the reader's
/// language, and the code of a chart.
const KNOWN_SYSTEMS: [&str; 8] = [
    "http://loinc.org",
    "http://snomed.info/sct",
    "http://hl7.org/fhir/sid/icd-10",
    "http://hl7.org/fhir/sid/cvx",
    "http://www.whocc.no/atc",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://hl7.org/fhir/sid/icd-10-cm",
    "http://unitsofmeasure.org",
];

/// What a concept is called, and the code to name in the reader's language when the source gave no text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Title {
    pub(super) text: String,
    pub(super) code: Option<Coding>,
}

/// White space and control characters as one space each, nothing at the ends.
pub(super) fn clean(text: &str) -> String {
    let messy = |c: char| c.is_control() || c == '\u{a0}';
    if text.contains(messy) || text.starts_with(' ') || text.ends_with(' ') || text.contains("  ") {
        text.split(|c: char| c.is_whitespace() || c.is_control())
            .filter(|w| !w.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    } else {
        text.to_owned()
    }
}

/// A `Coding` with a code. One without is a name at most.
pub(super) fn coding(object: &Object<'_>) -> Option<Coding> {
    Some(Coding {
        system: object.text("system").unwrap_or_default().to_owned(),
        code: object.text("code")?.to_owned(),
        display: object.text("display").map(clean),
    })
}

/// The codes of a `CodeableConcept`, or of a `Coding` that stands where one is expected.
pub(super) fn codings<'j>(concept: &'j Object<'_>) -> impl Iterator<Item = Coding> + 'j {
    let own = if concept.get("coding").is_none() { coding(concept) } else { None };
    own.into_iter().chain(concept.objects("coding").filter_map(coding))
}

/// The code that is known best beyond its source.
pub(super) fn best_known(codings: &[Coding]) -> Option<&Coding> {
    KNOWN_SYSTEMS
        .iter()
        .find_map(|system| codings.iter().find(|coding| coding.system == *system))
        .or_else(|| codings.iter().find(|coding| !coding.system.is_empty()))
        .or_else(|| codings.first())
}

/// What a `CodeableConcept` (or `Coding`) is called: its text, else a display, else its code.
pub(super) fn title(concept: &Object<'_>) -> Option<Title> {
    if let Some(text) = concept.text("text") {
        let text = clean(text);
        // The book's own name of a code, in Vietnamese: the code has one in other languages.
        let is_its_name = |coding: &Coding| {
            names::code_name(coding, Lang::Vi).is_some_and(|name| name.to_lowercase() == text.to_lowercase())
        };
        let code = codings(concept).find(is_its_name);
        return Some(Title { text, code });
    }
    let codings: Vec<Coding> = codings(concept).collect();
    let best = best_known(&codings).cloned();
    let chosen = concept.objects("coding").find(|coding| coding.is_true("userSelected"));
    let display = chosen
        .and_then(|coding| coding.text("display"))
        .or_else(|| best.as_ref().and_then(|coding| coding.display.as_deref()))
        .or_else(|| codings.iter().find_map(|coding| coding.display.as_deref()))
        .or_else(|| concept.text("display"))
        .or_else(|| concept.objects("coding").find_map(|coding| coding.text("display")))
        .map(clean);
    let text = display.or_else(|| best.as_ref().map(|coding| coding.code.clone()))?;
    Some(Title { text, code: best })
}

/// The text of a `CodeableConcept`, `Coding`, `CodeableReference` or plain string.
pub(super) fn concept(value: &Json<'_>) -> Option<String> {
    match value {
        Json::String(text) if !text.trim().is_empty() => Some(clean(text)),
        Json::Object(object) => title(object).map(|title| title.text),
        _ => None,
    }
}

/// The texts of a field of concepts, joined.
pub(super) fn concepts(object: &Object<'_>, key: &str) -> Option<String> {
    join(super::json::each(object.get(key)).iter().filter_map(concept))
}

/// Texts with a comma between them; none when there are none.
pub(super) fn join(texts: impl IntoIterator<Item = String>) -> Option<String> {
    let mut all: Vec<String> = Vec::new();
    for text in texts {
        if !all.contains(&text) {
            all.push(text);
        }
    }
    (!all.is_empty()).then(|| all.join(", "))
}

/// The digits of a number as written. Some senders put numbers in quotes.
pub(super) fn digits<'j>(value: &'j Json<'_>) -> Option<&'j str> {
    match value {
        Json::Number(digits) => Some(digits),
        Json::String(text) if text.trim().parse::<f64>().is_ok_and(f64::is_finite) => Some(text.trim()),
        _ => None,
    }
}

/// The unit as a reader sees it: the human one, else the code. UCUM's annotations (`{score}`) are words, not units.
pub(super) fn unit<'j>(quantity: &'j Object<'_>) -> Option<&'j str> {
    let unit = quantity.text("unit").or_else(|| quantity.text("code").filter(|code| *code != "1"))?;
    Some(unit.strip_prefix('{').and_then(|word| word.strip_suffix('}')).unwrap_or(unit))
}

/// A `Quantity` with its digits as written: `< 0.010 mg`. Without a value it says nothing.
pub(super) fn quantity(quantity: &Object<'_>) -> Option<String> {
    let value = digits(quantity.get("value")?)?;
    let mut text = String::new();
    if let Some(comparator) = quantity.text("comparator") {
        text.push_str(comparator);
        text.push(' ');
    }
    text.push_str(value);
    with_unit(text, unit(quantity))
}

fn with_unit(mut text: String, unit: Option<&str>) -> Option<String> {
    if let Some(unit) = unit {
        if unit != "%" {
            text.push(' ');
        }
        text.push_str(&clean(unit));
    }
    Some(text)
}

/// A `Range`: `1.5 – 2.0 mg`, or one side of it.
pub(super) fn range(range: &Object<'_>) -> Option<String> {
    let low = range.object("low");
    let high = range.object("high");
    match (low.and_then(quantity), high.and_then(quantity)) {
        (Some(low_text), Some(high_text)) => {
            let same = low.and_then(unit).is_none() || low.and_then(unit) == high.and_then(unit);
            let bare = low.and_then(|q| q.get("value")).and_then(digits).map(str::to_owned);
            Some(format!("{} – {high_text}", bare.filter(|_| same).unwrap_or(low_text)))
        }
        (Some(low), None) => Some(format!("≥ {low}")),
        (None, Some(high)) => Some(format!("≤ {high}")),
        (None, None) => None,
    }
}

/// A `Ratio`: `1/128`, `250 mg/5 mL`. A denominator of one unit is not written: `20 mg/h`.
pub(super) fn ratio(ratio: &Object<'_>) -> Option<String> {
    let top = quantity(ratio.object("numerator")?)?;
    let Some(denominator) = ratio.object("denominator") else { return Some(top) };
    match (digits(denominator.get("value").unwrap_or(&Json::Null)), unit(denominator)) {
        (Some("1") | None, Some(unit)) => Some(format!("{top}/{}", clean(unit))),
        _ => Some(quantity(denominator).map_or_else(|| top.clone(), |bottom| format!("{top}/{bottom}"))),
    }
}

/// A `Period` as its two ends.
pub(super) fn period(period: &Object<'_>) -> Option<String> {
    match (period.text("start"), period.text("end")) {
        (Some(start), Some(end)) => Some(format!("{start} – {end}")),
        (Some(start), None) => Some(format!("{start} –")),
        (None, Some(end)) => Some(format!("– {end}")),
        (None, None) => None,
    }
}

/// `SampledData`: its first samples, as written.
fn sampled(data: &Object<'_>) -> Option<String> {
    const SHOWN: usize = 40;
    let samples = data.text("data")?;
    let mut shown: String = samples.chars().take(SHOWN).collect();
    if samples.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    with_unit(shown, data.object("origin").and_then(unit))
}

/// The field of a choice of types (`value[x]`): its whole name and its value.
pub(super) fn choice<'j, 'a>(object: &'j Object<'a>, stem: &str) -> Option<(&'j str, &'j Json<'a>)> {
    object.members().find(|(name, _)| {
        name.strip_prefix(stem).is_some_and(|kind| kind.starts_with(|c: char| c.is_ascii_uppercase()))
    })
}

/// A value of any type as a reader sees it. `name` is the field's whole name (`valueQuantity`).
pub(super) fn value(name: &str, value: &Json<'_>) -> Option<String> {
    match value {
        Json::Number(digits) => Some((*digits).to_owned()),
        Json::Bool(yes) => Some(yes.to_string()),
        Json::String(text) => Some(clean(text)).filter(|text| !text.is_empty()),
        Json::Object(object) if name.ends_with("Range") => range(object),
        Json::Object(object) if name.ends_with("Ratio") => ratio(object),
        Json::Object(object) if name.ends_with("Period") => period(object),
        Json::Object(object) if name.ends_with("SampledData") => sampled(object),
        Json::Object(object) if name.ends_with("Reference") => display(object),
        Json::Object(object) if name.ends_with("Attachment") => object.text("title").map(clean),
        Json::Object(object) if name.ends_with("Money") => money(object),
        Json::Object(object) if name.ends_with("Concept") || name.ends_with("Coding") => {
            title(object).map(|title| title.text)
        }
        Json::Object(object) => quantity(object).or_else(|| title(object).map(|title| title.text)),
        _ => None,
    }
}

/// `Money`: `1250.00 USD`.
pub(super) fn money(money: &Object<'_>) -> Option<String> {
    with_unit(digits(money.get("value")?)?.to_owned(), money.text("currency"))
}

/// What a `Reference` says of its target, in words.
pub(super) fn display(reference: &Object<'_>) -> Option<String> {
    reference.text("display").map(clean)
}

/// A FHIR date of any precision. What is no date is no date: the record is undated, not refused.
pub(super) fn date(text: Option<&str>) -> Option<PartialDateTime> {
    text?.parse().ok()
}

/// When a `date`, `dateTime`, `instant`, `Period` or `Timing` begins and ends.
pub(super) fn when(value: &Json<'_>) -> (Option<PartialDateTime>, Option<PartialDateTime>) {
    match value {
        Json::String(text) => (date(Some(text)), None),
        Json::Object(object) => {
            if object.get("start").is_some() || object.get("end").is_some() {
                return (date(object.text("start")), date(object.text("end")));
            }
            let bounds = object.object("repeat").and_then(|repeat| repeat.object("boundsPeriod"));
            let mut events = object.texts("event").filter_map(|event| date(Some(event)));
            match events.next() {
                Some(first) => (Some(first), events.last()),
                None => bounds
                    .map_or((None, None), |bounds| (date(bounds.text("start")), date(bounds.text("end")))),
            }
        }
        _ => (None, None),
    }
}

/// A `HumanName` as it is written: its text, else prefix, given, family, suffix.
pub(super) fn human_name(name: &Object<'_>) -> Option<String> {
    if let Some(text) = name.text("text") {
        return Some(clean(text));
    }
    let parts: Vec<&str> = name
        .texts("prefix")
        .chain(name.texts("given"))
        .chain(name.text("family"))
        .chain(name.texts("suffix"))
        .collect();
    (!parts.is_empty()).then(|| clean(&parts.join(" ")))
}

/// A `HumanName` to recognise a person by: its text, else given and family without titles.
fn plain_name(name: &Object<'_>) -> Option<String> {
    if let Some(text) = name.text("text") {
        return Some(clean(text));
    }
    let parts: Vec<&str> = name.texts("given").chain(name.text("family")).collect();
    (!parts.is_empty()).then(|| clean(&parts.join(" ")))
}

/// The names of a field of `HumanName`s, the usual one first, old ones last.
fn names_in_order<'j, 'a>(object: &'j Object<'a>) -> Vec<&'j Object<'a>> {
    let mut names: Vec<&Object<'_>> = object.objects("name").collect();
    names.sort_by_key(|name| match name.text("use") {
        Some("official") => 0,
        Some("usual") => 1,
        None => 2,
        Some("old" | "maiden") => 4,
        Some(_) => 3,
    });
    names
}

/// The name a person or an organisation goes by.
pub(super) fn name(object: &Object<'_>) -> Option<String> {
    match object.get("name") {
        Some(Json::String(text)) => Some(clean(text)).filter(|text| !text.is_empty()),
        _ => names_in_order(object).into_iter().find_map(human_name),
    }
}

/// An `Address` on one line: its text, else its parts as they are written on a letter.
pub(super) fn address(address: &Object<'_>) -> Option<String> {
    if let Some(text) = address.text("text") {
        return Some(clean(text));
    }
    let parts = ["city", "district", "state", "postalCode", "country"];
    join(address.texts("line").chain(parts.iter().filter_map(|part| address.text(part))).map(clean))
}

/// The business identifiers of a field, those with a value.
pub(super) fn identifiers(object: &Object<'_>, key: &str) -> Vec<Identifier> {
    object
        .objects(key)
        .filter_map(|identifier| {
            Some(Identifier {
                system: identifier.text("system").unwrap_or_default().to_owned(),
                value: identifier.text("value")?.to_owned(),
            })
        })
        .collect()
}

/// By what a Patient is recognised.
pub(super) fn clues(patient: &Object<'_>) -> PersonClues {
    let mut names: Vec<String> = Vec::new();
    for name in names_in_order(patient).into_iter().filter_map(plain_name) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    PersonClues {
        identifiers: identifiers(patient, "identifier"),
        names,
        birth_date: date(patient.text("birthDate")),
        sex: patient.text("gender").map(str::to_owned),
    }
}

/// Whether a word can be the name of a resource type.
pub(super) fn is_type_name(word: &str) -> bool {
    (2..=64).contains(&word.len())
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.bytes().all(|b| b.is_ascii_alphabetic())
}

/// What a `urn:uuid:` or `urn:oid:` names.
pub(super) fn urn(url: &str) -> Option<&str> {
    url.strip_prefix("urn:uuid:").or_else(|| url.strip_prefix("urn:oid:")).filter(|name| !name.is_empty())
}

/// Base and id of an absolute address `base/Type/id` of a given type.
pub(crate) fn absolute<'u>(url: &'u str, resource_type: &str) -> Option<(&'u str, &'u str)> {
    let url = url.split_once("/_history/").map_or(url, |(url, _)| url);
    let (rest, id) = url.rsplit_once('/')?;
    let base = rest.strip_suffix(resource_type)?.strip_suffix('/')?.trim_end_matches('/');
    let host = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"))?;
    (!host.is_empty() && !host.starts_with('/') && !id.is_empty() && !id.contains(['?', '#']))
        .then_some((base, id))
}

/// A pointer to another resource: type, when it is known, and id.
///
/// Read are `Type/id`, absolute addresses that end so, versions (`/_history/1`) and `urn:uuid:`, `urn:oid:`.
/// Pointers into the resource itself (`#x`), searches (`Patient?identifier=…`) and those that hold only a business
/// identifier point to nothing that can be found by its id.
pub(crate) fn reference<'j>(reference: &'j Object<'_>) -> Option<(Option<&'j str>, &'j str)> {
    let told = reference.text("type").filter(|word| is_type_name(word));
    let text = reference.text("reference")?.trim();
    if let Some(name) = urn(text) {
        return Some((told, name));
    }
    if text.starts_with('#') || text.contains('?') {
        return None;
    }
    let text = text.split_once("/_history/").map_or(text, |(text, _)| text);
    let text = text.split_once('#').map_or(text, |(text, _)| text);
    let (rest, id) = text.rsplit_once('/')?;
    let named = rest.rsplit_once('/').map_or(rest, |(_, named)| named);
    (is_type_name(named) && !id.is_empty()).then_some((Some(named), id))
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;

    fn with<T>(text: &str, read: impl Fn(&Object<'_>) -> T) -> T {
        read(json::parse(text.as_bytes(), 50, 500).unwrap().as_object().unwrap())
    }

    #[test]
    fn quantities_keep_their_digits() {
        let text = |json: &str| with(json, quantity).unwrap();
        assert_eq!(text(r#"{"value":0.010,"unit":"mg","code":"mg"}"#), "0.010 mg");
        assert_eq!(text(r#"{"value":5,"comparator":"<","code":"umol/L"}"#), "< 5 umol/L");
        assert_eq!(text(r#"{"value":7.20,"unit":"%"}"#), "7.20%");
        assert_eq!(text(r#"{"value":1.50E+3}"#), "1.50E+3");
        assert_eq!(with(r#"{"unit":"mg"}"#, quantity), None);
        let range_text = |json: &str| with(json, range).unwrap();
        assert_eq!(
            range_text(r#"{"low":{"value":1.0,"unit":"mg"},"high":{"value":2.0,"unit":"mg"}}"#),
            "1.0 – 2.0 mg"
        );
        assert_eq!(
            range_text(r#"{"low":{"value":500,"unit":"ug"},"high":{"value":2,"unit":"mg"}}"#),
            "500 ug – 2 mg"
        );
        assert_eq!(range_text(r#"{"high":{"value":2,"unit":"mg"}}"#), "≤ 2 mg");
        let ratio_text = |json: &str| with(json, ratio).unwrap();
        assert_eq!(ratio_text(r#"{"numerator":{"value":1},"denominator":{"value":128}}"#), "1/128");
        assert_eq!(
            ratio_text(r#"{"numerator":{"value":20,"unit":"mg"},"denominator":{"value":1,"unit":"h"}}"#),
            "20 mg/h"
        );
    }

    #[test]
    fn a_concept_is_called_by_its_text_then_a_display_then_its_code() {
        let title = |json: &str| with(json, title).unwrap();
        let named = title(
            r#"{"text":"Đường huyết","coding":[{"system":"http://loinc.org","code":"2339-0","display":"Glucose"}]}"#,
        );
        let code = named.code.map(|coding| coding.code);
        assert_eq!(
            (named.text.as_str(), code.as_deref()),
            ("Đường huyết", Some("2339-0")),
            "the book's own name"
        );
        let named = title(
            r#"{"text":"Đường máu","coding":[{"system":"http://loinc.org","code":"2339-0","display":"Glucose"}]}"#,
        );
        assert_eq!((named.text.as_str(), named.code), ("Đường máu", None));
        let shown = title(
            r#"{"coding":[{"system":"urn:x","code":"G","display":"Gluc"},{"system":"http://loinc.org","code":"2339-0"}]}"#,
        );
        assert_eq!((shown.text.as_str(), shown.code.unwrap().code.as_str()), ("Gluc", "2339-0"));
        let coded = title(r#"{"coding":[{"code":"007"}]}"#);
        assert_eq!((coded.text.as_str(), coded.code.unwrap().code.as_str()), ("007", "007"));
        assert_eq!(title(r#"{"system":"s","code":"AMB","display":"ambulatory"}"#).text, "ambulatory");
    }

    #[test]
    fn references_of_every_spelling() {
        let at = |text: &str| {
            let json = format!(r#"{{"reference":"{text}"}}"#);
            with(&json, |o| reference(o).map(|(t, id)| (t.map(str::to_owned), id.to_owned())))
        };
        let patient = || Some((Some("Patient".to_owned()), "1".to_owned()));
        for text in
            ["Patient/1", "https://a.example/fhir/Patient/1", "Patient/1/_history/3", "Patient/1#name"]
        {
            assert_eq!(at(text), patient(), "{text}");
        }
        assert_eq!(at("urn:uuid:6f0c"), Some((None, "6f0c".into())));
        for text in ["#p", "Patient?identifier=a|b", "Patient", "", "https://a.example/x/1", "/"] {
            assert_eq!(at(text), None, "{text}");
        }
    }

    #[test]
    fn dates_of_every_shape() {
        let at = |text: &str| {
            let json = format!("{{\"x\":{text}}}");
            with(&json, |o| {
                let (start, end) = when(o.get("x").unwrap());
                (start.map(|d| d.to_string()), end.map(|d| d.to_string()))
            })
        };
        let pair = |a: &str, b: &str| {
            let some = |t: &str| (!t.is_empty()).then(|| t.to_owned());
            (some(a), some(b))
        };
        assert_eq!(at("\"2015-02\""), pair("2015-02", ""));
        assert_eq!(at("\"2015-13\""), pair("", ""));
        assert_eq!(at(r#"{"start":"2015","end":"2016-01-02"}"#), pair("2015", "2016-01-02"));
        assert_eq!(
            at(r#"{"event":["2015-01-01","2015-01-02","2015-01-03"]}"#),
            pair("2015-01-01", "2015-01-03")
        );
        assert_eq!(at(r#"{"repeat":{"boundsPeriod":{"start":"2015"}}}"#), pair("2015", ""));
    }

    #[test]
    fn the_usual_name_comes_first() {
        let clues = with(
            r#"{"name":[{"use":"maiden","family":"Tran"},{"use":"usual","text":"Bé  Na"},{"use":"official","family":"Mai","given":["Thu",null,"An"]}],"gender":"female"}"#,
            clues,
        );
        assert_eq!(clues.names, ["Thu An Mai", "Bé Na", "Tran"]);
        assert_eq!(clues.sex.as_deref(), Some("female"));
    }
}
