//! One walk over everything in a resource: words that find it, codes that restrict it, files in it.

use healthbook_model::{Attachment, Coding, Sensitivity};

use super::element;
use super::entry::{Draft, names_medicines_or_tests};
use super::json::{Json, Object};
use super::{document, shelf, subject};
use crate::{names, sensitive};

/// What the walk found.
pub(super) struct Swept {
    pub(super) sensitivity: Sensitivity,
    /// Of what a Bundle holds.
    pub(super) parts: Sensitivity,
    pub(super) attachments: Vec<Attachment>,
    pub(super) search_text: String,
}

/// Most bytes of words beside the narrative, of the narrative, and of both.
const WORDS: usize = 2560;
const NARRATIVE: usize = 2048;
const ALL_WORDS: usize = 4096;
/// Bytes of one text that words are taken from: white space in it is folded before it is cut to what is kept.
const MOST_LOOKED_AT: usize = 4 * WORDS;
/// Most files of one record.
const FILES: usize = 200;

/// Fields whose text is for a person to read.
fn is_read_by_people(name: &str) -> bool {
    matches!(
        name,
        "text"
            | "display"
            | "description"
            | "comment"
            | "conclusion"
            | "title"
            | "name"
            | "note"
            | "valueString"
            | "valueMarkdown"
            | "summary"
            | "patientInstruction"
            | "contentString"
            | "lotNumber"
            | "alias"
            | "family"
            | "given"
            | "city"
            | "district"
            | "state"
            | "line"
            | "detail"
            | "instructions"
            | "onsetString"
            | "abatementString"
            | "manufacturer"
            | "modelNumber"
            | "serialNumber"
            | "deathNote"
    )
}

pub(super) fn of(
    resource_type: &str,
    resource: &Object<'_>,
    codes: &[Coding],
    title: &str,
    draft: &Draft,
) -> Swept {
    let mut sweep = Sweep {
        definition: subject::is_about_nobody(resource_type) && resource_type != "Medication",
        bundle: resource_type == "Bundle",
        restricted: false,
        scratch: Coding::new("", ""),
        pointer: String::new(),
        attachments: Vec::new(),
        words: Words::new(title, draft),
    };
    if resource_type == "Binary" {
        sweep.binary(resource);
    }
    draft.words.iter().for_each(|word| sweep.words.add(word));
    for word in codes.iter().flat_map(names::search_words) {
        sweep.words.add(word);
    }
    sweep.object(resource, 0);
    let kind = shelf::kind(resource_type, resource);
    if !sweep.restricted && !sweep.definition && names_medicines_or_tests(kind) {
        let shown = [Some(title), draft.subtitle.as_deref(), draft.value.as_deref()];
        sweep.restricted = shown.into_iter().flatten().any(sensitive::text_is_restricted);
    }
    let narrative = resource.object("text").and_then(|text| text.text("div"));
    let mut search_text = sweep.words.text;
    if let Some(div) = narrative {
        search_text.push(' ');
        push_without_tags(&mut search_text, div);
    }
    let told = |restricted: bool| if restricted { Sensitivity::Restricted } else { Sensitivity::Ordinary };
    let labelled = is_labelled(resource)
        || (sweep.bundle && document::composition_of(resource).is_some_and(is_labelled));
    Swept {
        sensitivity: told(labelled || (sweep.restricted && !sweep.bundle)),
        parts: told(sweep.restricted && sweep.bundle),
        attachments: sweep.attachments,
        search_text: search_text.trim().to_owned(),
    }
}

/// Whether a resource is restricted as a whole: by its security labels, or a Composition by its `confidentiality` (R4).
fn is_labelled(resource: &Object<'_>) -> bool {
    let labels = resource.object("meta").into_iter().flat_map(|meta| meta.objects("security"));
    labels.filter_map(element::coding).any(|label| sensitive::coding_is_restricted(&label))
        || (resource.text("resourceType") == Some("Composition")
            && matches!(resource.text("confidentiality"), Some("R" | "V")))
}

struct Sweep<'d> {
    /// A definition lists codes that are nobody's.
    definition: bool,
    /// A Bundle's parts are records of their own: their words and files are found there.
    bundle: bool,
    restricted: bool,
    scratch: Coding,
    pointer: String,
    attachments: Vec<Attachment>,
    words: Words<'d>,
}

impl Sweep<'_> {
    fn object(&mut self, object: &Object<'_>, depth: usize) {
        if !self.restricted && !self.definition {
            self.look_at_code(object);
        }
        if depth > 0 && !self.bundle {
            self.look_for_file(object);
        }
        for (name, value) in object.members() {
            if depth == 0 && name == "text" {
                continue;
            }
            let length = self.pointer.len();
            self.step(name);
            self.value(name, value, depth);
            self.pointer.truncate(length);
        }
    }

    /// Adds a step to the JSON Pointer (RFC 6901).
    fn step(&mut self, name: &str) {
        self.pointer.push('/');
        if name.contains(['~', '/']) {
            self.pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
        } else {
            self.pointer.push_str(name);
        }
    }

    fn value(&mut self, name: &str, value: &Json<'_>, depth: usize) {
        match value {
            Json::String(text) if is_read_by_people(name) && (!self.bundle || depth < 1) => {
                self.words.add(text);
            }
            Json::Object(object) => self.object(object, depth + 1),
            Json::Array(items) => {
                for (n, item) in items.iter().enumerate() {
                    if !matches!(item, Json::Object(_) | Json::Array(_)) {
                        self.value(name, item, depth);
                        continue;
                    }
                    let length = self.pointer.len();
                    self.step(&n.to_string());
                    self.value(name, item, depth);
                    self.pointer.truncate(length);
                }
            }
            _ => {}
        }
    }

    fn look_at_code(&mut self, object: &Object<'_>) {
        let Some(code) = object.get("code").and_then(Json::as_str) else { return };
        self.scratch.system.clear();
        self.scratch.system.push_str(object.text("system").unwrap_or_default());
        self.scratch.code.clear();
        self.scratch.code.push_str(code);
        // A quantity has a system and a code as well: those of its unit.
        let unit = object.get("value").is_some() || self.scratch.system == "http://unitsofmeasure.org";
        self.restricted = !unit && sensitive::coding_is_restricted(&self.scratch);
    }

    /// An `Attachment`: an object that says what kind of file it is and holds it or says where it is.
    fn look_for_file(&mut self, object: &Object<'_>) {
        let inline = object.text("data").is_some();
        let url = object.text("url");
        let media_type = object.text("contentType");
        let named = media_type.is_some() || (inline && object.get("origin").is_none());
        if named && (inline || url.is_some()) && self.attachments.len() < FILES {
            self.attachments.push(Attachment {
                pointer: self.pointer.clone(),
                media_type: media_type.map(str::to_owned),
                title: object.text("title").map(element::clean),
                url: url.filter(|_| !inline).map(str::to_owned),
                inline,
            });
        }
    }

    fn binary(&mut self, binary: &Object<'_>) {
        if binary.text("data").is_some() {
            self.attachments.push(Attachment {
                pointer: String::new(),
                media_type: binary.text("contentType").map(str::to_owned),
                title: None,
                url: None,
                inline: true,
            });
        }
    }
}

/// Words that find the record, each text once, none that a list shows already.
struct Words<'d> {
    shown: [Option<&'d str>; 4],
    seen: Vec<String>,
    text: String,
}

impl<'d> Words<'d> {
    fn new(title: &'d str, draft: &'d Draft) -> Self {
        let shown =
            [Some(title), draft.subtitle.as_deref(), draft.value.as_deref(), draft.facility.as_deref()];
        Self { shown, seen: Vec::new(), text: String::new() }
    }

    fn add(&mut self, text: &str) {
        if self.text.len() >= WORDS {
            return;
        }
        // Of a text of megabytes no more is copied than can be kept.
        let text = beginning(text, MOST_LOOKED_AT);
        if self.shown.iter().flatten().any(|shown| *shown == text)
            || self.seen.iter().any(|seen| seen == text)
        {
            return;
        }
        self.seen.push(text.to_owned());
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        let room = WORDS.saturating_sub(self.text.len());
        self.text.push_str(beginning(&element::clean(text), room));
    }
}

/// As much of a text as fits, whole characters only.
fn beginning(text: &str, room: usize) -> &str {
    let mut end = text.len().min(room);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// Adds the text of XHTML: a tag is a space, the few entities that XHTML in FHIR uses are read.
fn push_without_tags(to: &mut String, div: &str) {
    let limit = (to.len() + NARRATIVE).min(ALL_WORDS);
    let mut in_tag = false;
    let mut rest = div;
    while let Some(c) = rest.chars().next() {
        if to.len() + c.len_utf8() > limit {
            break;
        }
        let mut used = c.len_utf8();
        let shown = match c {
            '<' => {
                in_tag = true;
                ' '
            }
            '>' if in_tag => {
                in_tag = false;
                ' '
            }
            _ if in_tag => ' ',
            '&' => match entity(rest) {
                Some((c, length)) => {
                    used = length;
                    c
                }
                None => c,
            },
            c if c.is_control() => ' ',
            c => c,
        };
        if !(shown.is_whitespace() && to.ends_with(' ')) {
            to.push(if shown.is_whitespace() { ' ' } else { shown });
        }
        rest = rest.get(used..).unwrap_or_default();
    }
}

/// The character of an entity at the beginning of a text, and the entity's length.
fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(12).position(|b| b == b';')?;
    let name = text.get(1..end)?;
    let c = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| !c.is_control())?
        }
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(div: &str) -> String {
        let mut text = String::new();
        push_without_tags(&mut text, div);
        text.trim().to_owned()
    }

    #[test]
    fn the_narrative_is_read_without_its_tags() {
        assert_eq!(stripped("<div><p>Huyết&#225;p&nbsp;cao</p><b>a &lt; b</b></div>"), "Huyếtáp cao a < b");
        assert_eq!(stripped("a<br/>b &amp; c &unknown; <"), "a b & c &unknown;");
        assert!(stripped(&"ế".repeat(5000)).len() <= NARRATIVE);
    }
}
