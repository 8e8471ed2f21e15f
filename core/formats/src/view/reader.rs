//! FHIR's data types as one line for a reader, with a record of what has been said, so that the rest can be listed.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use healthbook_model::{Coding, Lang};

use super::text::{harmless, one_line, yes_no};
use super::{Pointed, when};
use crate::fhir;
use crate::fhir::json::{Json, Object};
use crate::{claim, names};

/// Reads one resource for one reader.
pub(super) struct Reader {
    pub(super) lang: Lang,
    pub(super) resource_type: String,
    /// Addresses of the values that have been said. The tree does not move while it is read.
    said: RefCell<HashSet<usize>>,
    /// What the resources inside the resource are called, by their ids.
    contained: HashMap<String, String>,
    /// What the records that the resource points to are called, by the pointers as they are written.
    pointed: HashMap<String, String>,
    /// Addresses of the concepts that have been told by a name of the book, their codes being left for later.
    named: RefCell<HashSet<usize>>,
}

/// So many pointers of one resource are looked up; a list of thousands is told by their addresses from there on.
const MOST_POINTED: usize = 256;

/// Asks what the targets of the pointers below a value are called, each once.
fn name_pointed(
    value: &Json<'_>,
    names: &mut HashMap<String, String>,
    left: &mut usize,
    called: &mut impl FnMut(&Pointed<'_>) -> Option<String>,
) {
    match value {
        Json::Array(items) => items.iter().for_each(|item| name_pointed(item, names, left, called)),
        Json::Object(object) => {
            if let Some(text) =
                object.text("reference").filter(|text| *left > 0 && !names.contains_key(*text))
                && let Some((resource_type, id)) = fhir::reference(object)
            {
                *left -= 1;
                let server = resource_type.and_then(|kind| fhir::absolute(text, kind)).map(|(base, _)| base);
                if let Some(name) = called(&Pointed { server, resource_type, id }) {
                    names.insert(text.to_owned(), one_line(&name));
                }
            }
            object.members().for_each(|(_, member)| name_pointed(member, names, left, called));
        }
        _ => {}
    }
}

fn address(value: &Json<'_>) -> usize {
    std::ptr::from_ref(value).addr()
}

impl Reader {
    pub(super) fn new(lang: Lang, resource_type: &str) -> Self {
        Self {
            lang,
            resource_type: resource_type.to_owned(),
            contained: HashMap::new(),
            pointed: HashMap::new(),
            said: RefCell::default(),
            named: RefCell::default(),
        }
    }

    /// A reader that knows what the resources inside this one are called, and those it points to as far as `called`
    /// does.
    pub(super) fn of(
        lang: Lang,
        resource_type: &str,
        resource: &Object<'_>,
        mut called: impl FnMut(&Pointed<'_>) -> Option<String>,
    ) -> Self {
        let mut reader = Self::new(lang, resource_type);
        let mut left = MOST_POINTED;
        resource
            .members()
            .for_each(|(_, member)| name_pointed(member, &mut reader.pointed, &mut left, &mut called));
        for inner in resource.objects("contained") {
            let kind = inner.text("resourceType").unwrap_or_default();
            if let Some(id) = inner.text("id") {
                let name = super::title(&Self::new(lang, kind), inner);
                reader.contained.insert(id.to_owned(), name);
            }
        }
        reader
    }

    pub(super) fn say(&self, value: &Json<'_>) {
        self.said.borrow_mut().insert(address(value));
    }

    pub(super) fn is_said(&self, value: &Json<'_>) -> bool {
        self.said.borrow().contains(&address(value))
    }

    /// Whether nothing below has been said.
    pub(super) fn is_fresh(&self, value: &Json<'_>) -> bool {
        match value {
            Json::Array(items) => items.iter().all(|item| self.is_fresh(item)),
            Json::Object(object) => {
                !self.named.borrow().contains(&std::ptr::from_ref(object).addr())
                    && object.members().all(|(_, member)| self.is_fresh(member))
            }
            value => !self.is_said(value),
        }
    }

    /// Whether there is anything below that has not been said.
    pub(super) fn has_more(&self, value: &Json<'_>) -> bool {
        match value {
            Json::Array(items) => items.iter().any(|item| self.has_more(item)),
            Json::Object(object) => {
                !self.is_said(value) && object.members().any(|(_, member)| self.has_more(member))
            }
            Json::Null => false,
            _ => !self.is_said(value),
        }
    }

    /// A value and everything below it needs no more words.
    pub(super) fn say_all(&self, value: &Json<'_>) {
        self.say(value);
        match value {
            Json::Array(items) => items.iter().for_each(|item| self.say_all(item)),
            Json::Object(object) => object.members().for_each(|(_, member)| self.say_all(member)),
            _ => {}
        }
    }

    pub(super) fn say_member(&self, object: &Object<'_>, key: &str) {
        if let Some(value) = object.get(key) {
            self.say(value);
        }
    }

    /// A text, said.
    pub(super) fn text(&self, object: &Object<'_>, key: &str) -> Option<String> {
        let text = harmless(object.text(key)?);
        self.say_member(object, key);
        Some(text)
    }

    /// The digits of a number, said.
    pub(super) fn digits(&self, object: &Object<'_>, key: &str) -> Option<String> {
        let value = object.get(key)?;
        let digits = match value {
            Json::Number(digits) => (*digits).to_owned(),
            Json::String(text) => one_line(text),
            _ => return None,
        };
        self.say(value);
        Some(digits)
    }

    /// A single value of an element of this name.
    pub(super) fn scalar(&self, element: &str, value: &Json<'_>) -> Option<String> {
        let shown = match value {
            Json::String(text) if text.trim().is_empty() => return None,
            // Bytes in base64: a file, or what nobody reads.
            Json::String(text)
                if (element == "data" || element.ends_with("Base64Binary")) && text.len() > 120 =>
            {
                size_name(text.len() / 4 * 3)
            }
            Json::String(text) => when::natural_text(element, text, self.lang)
                .or_else(|| self.word(element, text).map(str::to_owned))
                .unwrap_or_else(|| harmless(text)),
            Json::Number(digits) => (*digits).to_owned(),
            Json::Bool(yes) => yes_no(*yes, self.lang).to_owned(),
            _ => return None,
        };
        self.say(value);
        Some(shown)
    }

    /// The word of a code that FHIR itself lists.
    fn word(&self, element: &str, code: &str) -> Option<&'static str> {
        let lang = self.lang;
        let of_type = || names::word(&format!("{}.{element}", self.resource_type), code, lang);
        match element {
            "status" => names::status_name(&self.resource_type, code, lang),
            "gender" => names::sex_name(code, lang),
            "durationUnit" | "periodUnit" => names::word("unit-of-time", code, lang),
            "when" => names::word("event-timing", code, lang),
            "dayOfWeek" | "daysOfWeek" => names::word("days-of-week", code, lang),
            "resourceType" => names::type_name(code, lang),
            "code" | "value" | "system" | "display" | "text" => None,
            // The type of what a reference points to is a type of FHIR.
            "type" => of_type()
                .or_else(|| names::word(element, code, lang))
                .or_else(|| names::type_name(code, lang)),
            _ => of_type().or_else(|| names::word(element, code, lang)),
        }
    }

    fn coding_of(&self, object: &Object<'_>) -> Coding {
        Coding::new(object.text("system").unwrap_or_default(), object.text("code").unwrap_or_default())
    }

    /// What a `Coding` is called: our name of the code in the reader's language, else its display, else its code.
    fn coding_name(&self, coding: &Object<'_>) -> Option<String> {
        if let Some(name) = names::code_name(&self.coding_of(coding), self.lang) {
            // A word of FHIR's own lists says all; the code of a test or a vaccine is listed with the other codes.
            if is_listed(coding) {
                for key in ["system", "code", "display"] {
                    self.say_member(coding, key);
                }
            }
            return Some(name.to_owned());
        }
        self.text(coding, "display").or_else(|| {
            let code = self.text(coding, "code")?;
            Some(match coding.text("system").and_then(names::system_name) {
                Some(system) => {
                    self.say_member(coding, "system");
                    format!("{system} {code}")
                }
                None => code,
            })
        })
    }

    /// A `CodeableConcept`: its own text, else a code that the book names, else a display, else a code. A word of
    /// FHIR's own lists is said in the reader's language, with the text behind it.
    pub(super) fn concept(&self, concept: &Object<'_>) -> Option<String> {
        self.named.borrow_mut().insert(std::ptr::from_ref(concept).addr());
        let word = self.listed(concept);
        if let Some(text) = self.text(concept, "text") {
            // A display that says the same is no news.
            for coding in concept.objects("coding") {
                if coding.text("display").is_some_and(|display| harmless(display) == text) {
                    self.say_member(coding, "display");
                }
            }
            let is_code = concept.objects("coding").any(|coding| coding.text("code") == Some(text.as_str()));
            return Some(match word.or_else(|| self.translated(concept, &text)) {
                Some(word) if !is_code && self.is_news(concept, &word, &text) => format!("{word} ({text})"),
                Some(word) => word,
                None => text,
            });
        }
        let named = concept
            .objects("coding")
            .find(|coding| names::code_name(&self.coding_of(coding), self.lang).is_some());
        let displayed = || concept.objects("coding").find(|coding| coding.text("display").is_some());
        let coded = || concept.objects("coding").find(|coding| coding.text("code").is_some());
        word.or_else(|| self.coding_name(named.or_else(displayed).or_else(coded)?))
    }

    /// The name in the reader's language of a code of the claim data, where the text beside it is the book's own name of
    /// it in Vietnamese.
    fn translated(&self, concept: &Object<'_>, text: &str) -> Option<String> {
        let codings = concept.objects("coding").map(|coding| self.coding_of(coding));
        codings
            .filter(|coding| names::code_name(coding, Lang::Vi) == Some(text))
            .find_map(|coding| names::code_name(&coding, self.lang))
            .map(str::to_owned)
    }

    /// Whether the text beside a code's name says anything that the name does not.
    fn is_news(&self, concept: &Object<'_>, name: &str, text: &str) -> bool {
        name.to_lowercase() != text.to_lowercase() && self.translated(concept, text).is_none()
    }

    /// A `Coding` that stands alone.
    fn listed_or_named(&self, coding: &Object<'_>) -> Option<String> {
        self.named.borrow_mut().insert(std::ptr::from_ref(coding).addr());
        self.coding_name(coding)
    }

    /// What a concept means by FHIR's own lists, without its text.
    pub(super) fn listed(&self, concept: &Object<'_>) -> Option<String> {
        let coding = concept.objects("coding").find(|coding| {
            is_listed(coding) && names::code_name(&self.coding_of(coding), self.lang).is_some()
        })?;
        self.named.borrow_mut().insert(std::ptr::from_ref(concept).addr());
        self.coding_name(coding)
    }

    /// All there is to know of a code: `LOINC 8480-6 (Systolic blood pressure)`. What a code of HL7's lists and of the claim
    /// data means is said in the reader's language.
    pub(super) fn coding_in_full(&self, coding: &Object<'_>) -> Option<String> {
        let address = coding.text("system").unwrap_or_default();
        let system = coding.text("system").map(|system| {
            self.say_member(coding, "system");
            names::system_name(system).map_or_else(|| one_line(&names::list_name(system)), str::to_owned)
        });
        let code = self.text(coding, "code");
        let display = self.text(coding, "display");
        let is_ours = is_listed(coding) || address.starts_with(names::CLAIM_FIELD);
        let named = is_ours.then(|| names::code_name(&self.coding_of(coding), self.lang)).flatten();
        let display = named.map(str::to_owned).or(display);
        // A field that is its own code is said once.
        let is_own = |code: &String| address.strip_prefix(names::CLAIM_FIELD) == Some(code.as_str());
        let code = code.filter(|code| !is_own(code));
        let head = [system, code].into_iter().flatten().collect::<Vec<_>>().join(" ");
        match (head.is_empty(), display) {
            (true, display) => display,
            (false, Some(display)) => Some(format!("{head} ({display})")),
            (false, None) => Some(head),
        }
    }

    /// A `Quantity` with its digits as written. A bare UCUM code is written as people write the unit.
    pub(super) fn quantity(&self, quantity: &Object<'_>) -> Option<String> {
        let value = self.digits(quantity, "value")?;
        let mut out = match self.text(quantity, "comparator") {
            Some(comparator) => format!("{comparator} {value}"),
            None => value,
        };
        let unit = quantity.text("unit").map(one_line);
        let code = quantity.text("code");
        let pretty = code.and_then(|code| names::unit_name(code, self.lang));
        // The code's own name in English is what most senders write beside it.
        let usual = code.and_then(|code| names::unit_name(code, Lang::En));
        let shown = match (&unit, code) {
            (Some(unit), code) if Some(unit.as_str()) != code && Some(unit.as_str()) != usual => unit.clone(),
            (unit, code) => pretty
                .map(str::to_owned)
                .or_else(|| unit.clone())
                .or_else(|| code.map(one_line))
                .unwrap_or_default(),
        };
        self.say_member(quantity, "unit");
        self.say_member(quantity, "system");
        if code == Some(shown.as_str()) || pretty == Some(shown.as_str()) || unit.is_none() {
            self.say_member(quantity, "code");
        }
        if !shown.is_empty() {
            if shown != "%" {
                out.push(' ');
            }
            out.push_str(&shown);
        }
        Some(out)
    }

    pub(super) fn range(&self, range: &Object<'_>) -> Option<String> {
        let low = range.object("low").and_then(|low| self.quantity(low));
        let high = range.object("high").and_then(|high| self.quantity(high));
        match (low, high) {
            (Some(low), Some(high)) => {
                let unit = |key: &str| {
                    range.object(key).and_then(|end| end.text("unit").or_else(|| end.text("code")))
                };
                let bare = range.object("low").and_then(|low| self.digits(low, "value"));
                let same = unit("low").is_none() || unit("low") == unit("high");
                let compared = range.object("low").is_some_and(|low| low.text("comparator").is_some());
                Some(format!("{} – {high}", bare.filter(|_| same && !compared).unwrap_or(low)))
            }
            (Some(low), None) => Some(format!("≥ {low}")),
            (None, Some(high)) => Some(format!("≤ {high}")),
            (None, None) => None,
        }
    }

    pub(super) fn ratio(&self, ratio: &Object<'_>) -> Option<String> {
        let top = ratio.object("numerator").and_then(|top| self.quantity(top))?;
        match ratio.object("denominator").and_then(|bottom| self.quantity(bottom)) {
            Some(bottom) => match bottom.strip_prefix("1 ") {
                Some(unit) => Some(format!("{top}/{unit}")),
                None => Some(format!("{top} / {bottom}")),
            },
            None => Some(top),
        }
    }

    pub(super) fn period(&self, period: &Object<'_>) -> Option<String> {
        let end = |key: &str| period.get(key).and_then(|value| self.scalar(key, value));
        match (end("start"), end("end")) {
            (Some(start), Some(end)) if start == end => Some(start),
            (Some(start), Some(end)) => Some(format!("{start} – {end}")),
            (Some(start), None) => Some(format!("{} {start}", self.lang.pick("từ", "from"))),
            (None, Some(end)) => Some(format!("{} {end}", self.lang.pick("đến", "until"))),
            (None, None) => None,
        }
    }

    fn money(&self, money: &Object<'_>) -> Option<String> {
        let value = self.digits(money, "value")?;
        Some(match self.text(money, "currency") {
            Some(currency) => {
                names::money(&value, &currency, self.lang).unwrap_or_else(|| format!("{value} {currency}"))
            }
            None => value,
        })
    }

    /// A name as it is written: its text, else its parts, in the order of Vietnam when the record is so written
    /// (`text`), else given before family.
    pub(super) fn human_name(&self, name: &Object<'_>) -> Option<String> {
        let shown = match self.text(name, "text") {
            Some(text) => text,
            None => {
                let mut parts: Vec<String> = Vec::new();
                for key in ["prefix", "given", "family", "suffix"] {
                    for value in fhir::json::each(name.get(key)) {
                        parts.extend(self.scalar(key, value));
                    }
                }
                if parts.is_empty() {
                    return None;
                }
                parts.join(" ")
            }
        };
        for key in ["prefix", "given", "family", "suffix"] {
            // Parts that only repeat the text.
            for value in fhir::json::each(name.get(key)) {
                if value.as_str().is_some_and(|part| shown.contains(&harmless(part))) {
                    self.say(value);
                }
            }
        }
        Some(self.with_use(name, shown))
    }

    fn with_use(&self, object: &Object<'_>, shown: String) -> String {
        let Some(code) = object.text("use") else { return shown };
        self.say_member(object, "use");
        match code {
            "official" | "usual" => shown,
            code => match names::word("use", code, self.lang) {
                Some(word) => format!("{shown} ({})", word.to_lowercase()),
                None => format!("{shown} ({})", one_line(code)),
            },
        }
    }

    fn postal(&self, address: &Object<'_>) -> Option<String> {
        let shown = match self.text(address, "text") {
            Some(text) => {
                for key in ["line", "city", "district", "state", "postalCode", "country"] {
                    for value in fhir::json::each(address.get(key)) {
                        if value.as_str().is_some_and(|part| text.contains(&harmless(part))) {
                            self.say(value);
                        }
                    }
                }
                text
            }
            None => {
                let mut parts: Vec<String> = Vec::new();
                for key in ["line", "city", "district", "state", "postalCode", "country"] {
                    for value in fhir::json::each(address.get(key)) {
                        parts.extend(self.scalar("", value));
                    }
                }
                if parts.is_empty() {
                    return None;
                }
                parts.join(", ")
            }
        };
        Some(self.with_use(address, shown))
    }

    fn contact(&self, contact: &Object<'_>) -> Option<String> {
        let value = self.text(contact, "value")?;
        let system = contact.text("system");
        self.say_member(contact, "system");
        let shown = match system {
            None | Some("phone" | "email" | "url") => value,
            Some(system) => match names::word("contact-point-system", system, self.lang) {
                Some(word) => format!("{word} {value}"),
                None => format!("{} {value}", one_line(system)),
            },
        };
        Some(self.with_use(contact, shown))
    }

    /// An `Identifier`: its value, behind what its system or its type calls it.
    pub(super) fn identifier(&self, identifier: &Object<'_>) -> Option<(Option<String>, String)> {
        let value = self.text(identifier, "value")?;
        let system = identifier.text("system");
        let by_system =
            system.and_then(|system| names::identifier_name(system, self.lang)).map(str::to_owned);
        if by_system.is_some() {
            self.say_member(identifier, "system");
        }
        let by_type = || {
            let kind = identifier.object("type")?;
            let own = kind.text("text").and_then(claim::in_english).filter(|_| self.lang == Lang::En);
            let named = self.concept(kind);
            own.map(str::to_owned).or(named)
        };
        let name = by_system.or_else(by_type);
        if identifier.text("use").is_some_and(|code| matches!(code, "official" | "usual")) {
            self.say_member(identifier, "use");
        }
        Some((name, value))
    }

    /// What the target of a pointer is called, as far as that is known.
    pub(super) fn called(&self, pointer: &str) -> Option<&str> {
        self.pointed.get(pointer).map(String::as_str)
    }

    /// A `Reference`: what it displays, else what its target is called, else the target's type and id.
    pub(super) fn reference(&self, reference: &Object<'_>) -> Option<String> {
        if let Some(display) = self.text(reference, "display") {
            self.say_member(reference, "type");
            // A bare number says what number it is.
            let number = reference.object("identifier").filter(|it| it.text("value") == Some(&display));
            return Some(match number.and_then(|number| self.identifier(number)) {
                Some((Some(name), value)) => format!("{name} {value}"),
                _ => display,
            });
        }
        if let Some(target) = reference.text("reference") {
            if let Some(name) = target.strip_prefix('#').and_then(|id| self.contained.get(id)) {
                return Some(name.clone());
            }
            if let Some(name) = self.called(target) {
                self.say_member(reference, "reference");
                self.say_member(reference, "type");
                return Some(name.to_owned());
            }
            if let Some(id) = target.strip_prefix("Patient/").filter(|id| !id.is_empty()) {
                // A book is one person's: the id is listed at the end.
                self.named.borrow_mut().insert(std::ptr::from_ref(reference).addr());
                return Some(names::type_name("Patient", self.lang).unwrap_or(id).to_owned());
            }
            self.say_member(reference, "reference");
            self.say_member(reference, "type");
            let told = reference.text("type").and_then(|kind| names::type_name(kind, self.lang));
            let target = one_line(target);
            let parts: Vec<&str> = target.split('/').collect();
            return Some(match parts.as_slice() {
                [kind, id] => match names::type_name(kind, self.lang) {
                    Some(name) => format!("{name} {id}"),
                    None => target,
                },
                _ => told.map_or_else(|| target.clone(), |name| format!("{name} {target}")),
            });
        }
        let (name, value) =
            reference.object("identifier").and_then(|identifier| self.identifier(identifier))?;
        Some(name.map_or_else(|| value.clone(), |name| format!("{name} {value}")))
    }

    fn annotation(&self, note: &Object<'_>) -> Option<String> {
        let text = self.text(note, "text")?;
        let author = self
            .text(note, "authorString")
            .or_else(|| note.object("authorReference").and_then(|author| self.reference(author)));
        let time = note.get("time").and_then(|time| self.scalar("time", time));
        let by = [author, time].into_iter().flatten().collect::<Vec<_>>().join(", ");
        Some(if by.is_empty() { text } else { format!("{text} ({by})") })
    }

    /// An `Attachment`: title, type, size. Its bytes are a file of their own and are not shown.
    pub(super) fn attachment(&self, attachment: &Object<'_>) -> Option<String> {
        let mut parts: Vec<String> = Vec::new();
        parts.extend(self.text(attachment, "title"));
        parts.extend(self.text(attachment, "contentType"));
        if let Some(data) = attachment.get("data") {
            self.say(data);
        }
        let inside = attachment.text("data").map(|data| data.len() / 4 * 3);
        let told = self.digits(attachment, "size").and_then(|size| size.parse::<usize>().ok());
        if let Some(size) = told.or(inside) {
            parts.push(size_name(size));
        }
        if let Some(creation) = attachment.get("creation") {
            parts.extend(self.scalar("creation", creation));
        }
        if inside.is_none() {
            parts.extend(self.text(attachment, "url"));
        }
        (!parts.is_empty()).then(|| parts.join(" · "))
    }

    /// An object of a data type on one line, told by its members; `None` when it is a structure of its own.
    pub(super) fn simple(&self, element: &str, object: &Object<'_>) -> Option<String> {
        let has = |key: &str| object.get(key).is_some();
        let text = |key: &str| object.text(key).is_some();
        let only = |allowed: &[&str]| {
            object.members().all(|(key, _)| {
                allowed.contains(&key) || matches!(key, "id" | "extension") || key.starts_with('_')
            })
        };
        if has("resourceType") {
            return None;
        }
        if matches!(element, "dosage" | "dosageInstruction") {
            return self.dosage(object);
        }
        if matches!(object.get("coding"), Some(Json::Array(_))) || only(&["text"]) {
            return self.concept(object).or_else(|| self.text(object, "text"));
        }
        if only(&["reference", "type", "display", "identifier"])
            && (text("reference") || text("display") || has("identifier"))
        {
            return self.reference(object);
        }
        if has("numerator") && only(&["numerator", "denominator"]) {
            return self.ratio(object);
        }
        if only(&["low", "high"]) {
            return self.range(object);
        }
        if only(&["start", "end"]) {
            return self.period(object);
        }
        if only(&["event", "repeat", "code"]) && (has("repeat") || has("event")) {
            return self.timing(object);
        }
        if has("family") || has("given") || (element == "name" && text("text")) {
            return self.human_name(object);
        }
        if ["line", "city", "district", "state", "postalCode", "country"].iter().any(|key| has(key))
            && only(&[
                "use",
                "type",
                "text",
                "line",
                "city",
                "district",
                "state",
                "postalCode",
                "country",
                "period",
            ])
        {
            return self.postal(object);
        }
        if element == "telecom"
            || (element == "contact" && only(&["system", "value", "use", "rank", "period"]))
        {
            return self.contact(object);
        }
        if has("currency") || stem_is_money(element) {
            return self.money(object);
        }
        if matches!(object.get("value"), Some(Json::Number(_)))
            && only(&["value", "comparator", "unit", "system", "code"])
        {
            let shown = self.quantity(object)?;
            // "52 năm" is how long, "52 tuổi" is how old.
            let age = element == "age" || element.ends_with("Age");
            return Some(match shown.strip_suffix(" năm") {
                Some(years) if age => format!("{years} tuổi"),
                _ => shown,
            });
        }
        if text("value") && only(&["use", "type", "system", "value", "period", "assigner"]) {
            let (name, value) = self.identifier(object)?;
            return Some(name.map_or_else(|| value.clone(), |name| format!("{name}: {value}")));
        }
        if text("text") && only(&["text", "time", "authorString", "authorReference"]) {
            return self.annotation(object);
        }
        if only(&["contentType", "language", "data", "url", "size", "hash", "title", "creation"])
            && !only(&["title", "language"])
        {
            return self.attachment(object);
        }
        if (text("code") || text("display"))
            && only(&["system", "version", "code", "display", "userSelected"])
        {
            return if element == "coding" {
                self.coding_in_full(object)
            } else {
                self.listed_or_named(object)
            };
        }
        None
    }
}

/// Whether a code is of one of FHIR's own lists, of which the word says all.
fn is_listed(coding: &Object<'_>) -> bool {
    coding.text("system").is_some_and(|system| system.contains("hl7.org/") && !system.contains("/sid/"))
}

fn stem_is_money(element: &str) -> bool {
    element.ends_with("Money") || matches!(element, "net" | "unitPrice")
}

/// `1.2 MB`, in powers of ten as stores and mail programs count.
fn size_name(size: usize) -> String {
    match size {
        0..1_000 => format!("{size} B"),
        1_000..1_000_000 => format!("{} kB", size / 1_000),
        _ => format!("{}.{} MB", size / 1_000_000, size / 100_000 % 10),
    }
}
