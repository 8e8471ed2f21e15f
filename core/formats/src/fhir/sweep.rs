//! One walk over everything in a resource: words that find it, codes that restrict it, files in it.

use healthbook_model::{Attachment, Coding, Kind, Sensitivity};

use super::element;
use super::entry::Draft;
use super::json::{Json, Object};
use super::references::is_who_or_where;
use super::{document, shelf, subject};
use crate::{checkup, names, sensitive};

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
    let kind = shelf::kind(resource_type, resource);
    let mut sweep = Sweep {
        definition: subject::is_about_nobody(resource_type) && resource_type != "Medication",
        bundle: resource_type == "Bundle",
        tells: false,
        vaccine: kind == Kind::Vaccine,
        restricted: false,
        scratch: Coding::new("", ""),
        pointer: String::new(),
        attachments: Vec::new(),
        words: Words::new(title, draft),
    };
    sweep.tells = !sweep.definition && !sweep.bundle && !is_about_people(resource_type);
    if resource_type == "Binary" {
        sweep.binary(resource);
    }
    draft.words.iter().for_each(|word| sweep.words.add(word));
    for word in codes.iter().flat_map(names::search_words) {
        sweep.words.add(word);
    }
    if resource_type == "Composition" && document::is_checkup(resource) {
        // Found in either language, whichever it was written in.
        sweep.words.add(checkup::TITLE.0);
        sweep.words.add(checkup::TITLE.1);
    }
    sweep.object(resource, 0);
    if !sweep.restricted && !sweep.definition && !is_about_people(resource_type) {
        let shown = [Some(title), draft.subtitle.as_deref(), draft.value.as_deref()];
        sweep.restricted = shown.into_iter().flatten().any(|text| sweep.is_telling(text));
    }
    // A health check tells of its tests in the person's words.
    if !sweep.restricted && resource_type == "Composition" && document::is_checkup(resource) {
        sweep.restricted = draft.words.iter().any(|words| sweep.is_telling(words));
    }
    let narrative = resource.object("text").and_then(|text| text.text("div"));
    if let Some(div) = narrative.filter(|_| sweep.tells && !sweep.restricted) {
        let mut told = String::new();
        push_without_tags(&mut told, div, div.len());
        sweep.restricted = sweep.is_telling(&told);
    }
    let mut search_text = sweep.words.text;
    if let Some(div) = narrative {
        search_text.push(' ');
        let limit = (search_text.len() + NARRATIVE).min(ALL_WORDS);
        push_without_tags(&mut search_text, div, limit);
    }
    let told = |restricted: bool| if restricted { Sensitivity::Restricted } else { Sensitivity::Ordinary };
    let labelled = is_labelled(resource)
        || (sweep.bundle && document::composition_of(resource).is_some_and(is_labelled));
    // What sums others up tells of them and is hidden for it; the others are what they are.
    let sums_up = matches!(resource_type, "Bundle" | "Composition" | "List" | "DocumentManifest");
    Swept {
        sensitivity: told(labelled || (sweep.restricted && !sums_up)),
        parts: told(sweep.restricted && sums_up),
        attachments: sweep.attachments,
        search_text: search_text.trim().to_owned(),
    }
}

/// Whether a resource is restricted as a whole: by its security labels, or a Composition by its `confidentiality` (R4).
fn is_labelled(resource: &Object<'_>) -> bool {
    let labels = resource.object("meta").into_iter().flat_map(|meta| meta.objects("security"));
    labels.filter_map(element::coding).any(|label| is_restricting(&label))
        || (resource.text("resourceType") == Some("Composition")
            && matches!(resource.text("confidentiality"), Some("R" | "V")))
}

/// A label without a system is taken for one of HL7's.
fn is_restricting(label: &Coding) -> bool {
    const SYSTEMS: [&str; 2] = [
        "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
        "http://terminology.hl7.org/CodeSystem/v3-ActCode",
    ];
    let of = |system: &&str| sensitive::coding_is_restricted(&Coding::new(*system, &label.code));
    sensitive::coding_is_restricted(label) || (label.system.trim().is_empty() && SYSTEMS.iter().any(of))
}

/// Descriptions of people: their words are names, and a name is no diagnosis.
fn is_about_people(resource_type: &str) -> bool {
    matches!(resource_type, "Patient" | "Person" | "RelatedPerson")
}

/// Fields in which somebody says what was found, ordered, asked, answered or thought; wherever they stand, of whatever type
/// the record is.
fn says_something(name: &str) -> bool {
    matches!(
        name,
        "text"
            | "display"
            | "description"
            | "comment"
            | "comments"
            | "conclusion"
            | "title"
            | "note"
            | "detail"
            | "valueString"
            | "valueMarkdown"
            | "summary"
            | "contentString"
            | "patientInstruction"
            | "instructions"
            | "onsetString"
            | "abatementString"
            | "occurrenceString"
            | "performedString"
            | "reason"
            | "disposition"
            | "clinicalHistory"
            | "criteria"
            | "interpretation"
            | "deathNote"
    )
}

/// Fields of a vaccine that name the disease it protects from: whoever had BCG has no tuberculosis.
fn is_protected_from(name: &str) -> bool {
    matches!(name, "vaccineCode" | "targetDisease" | "contraindicatedVaccineCode")
}

/// Whether an item of a questionnaire was answered otherwise than with a no: the question alone says nothing of anybody.
fn is_answered(item: &Object<'_>) -> bool {
    let is_no = |said: &str| {
        let said = said.trim().to_lowercase();
        matches!(said.as_str(), "không" | "khong" | "chưa" | "chua" | "no" | "never" | "n")
    };
    item.objects("answer").any(|answer| {
        answer.members().any(|(name, value)| match value {
            Json::Bool(said) => *said,
            Json::String(said) => name.starts_with("value") && !is_no(said),
            Json::Object(coding) => {
                name.starts_with("value")
                    && !coding.text("display").or(coding.text("code")).is_some_and(is_no)
            }
            _ => name.starts_with("value"),
        })
    })
}

struct Sweep<'d> {
    /// A definition lists codes that are nobody's.
    definition: bool,
    /// A Bundle's parts are records of their own: their words and files are found there.
    bundle: bool,
    /// Its words may restrict it; not in the fields that say who and where, for the name of a hospital is no diagnosis.
    tells: bool,
    /// Its words for tuberculosis are about what it protects from.
    vaccine: bool,
    restricted: bool,
    scratch: Coding,
    pointer: String,
    attachments: Vec<Attachment>,
    words: Words<'d>,
}

impl Sweep<'_> {
    fn is_telling(&self, text: &str) -> bool {
        if self.vaccine {
            sensitive::vaccine_is_restricted(text)
        } else {
            sensitive::text_is_restricted(text)
        }
    }

    fn object(&mut self, object: &Object<'_>, depth: usize) {
        if !self.restricted && !self.definition {
            self.look_at_code(object);
        }
        if depth > 0 && !self.bundle {
            self.look_for_file(object);
        }
        let unanswered = object.get("linkId").is_some() && !is_answered(object);
        for (name, value) in object.members() {
            if depth == 0 && name == "text" {
                continue;
            }
            let length = self.pointer.len();
            self.step(name);
            let (tells, definition) = (self.tells, self.definition);
            self.tells &= !(is_who_or_where(name) || (unanswered && name == "text"));
            if self.vaccine && is_protected_from(name) {
                self.definition = true;
            }
            self.value(name, value, depth);
            (self.tells, self.definition) = (tells, definition);
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
            Json::String(text) if name != "div" => {
                if self.tells && !self.restricted && says_something(name) {
                    self.restricted = self.is_telling(text);
                }
                if is_read_by_people(name) && (!self.bundle || depth < 1) {
                    self.words.add(text);
                }
            }
            // The words of a document stand in the narratives of its sections.
            Json::String(text) if !self.bundle => {
                let mut words = String::new();
                push_without_tags(&mut words, text, text.len());
                if self.tells && !self.restricted {
                    self.restricted = self.is_telling(&words);
                }
                self.words.add(beginning(&words, NARRATIVE));
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
        if named && self.tells && !self.restricted {
            let file = url.and_then(|url| url.rsplit('/').next());
            self.restricted = file.is_some_and(|name| self.is_telling(name));
        }
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

/// Adds the text of XHTML until there are so many bytes: a tag is a space, the few entities that XHTML in FHIR uses are
/// read.
pub(super) fn push_without_tags(to: &mut String, div: &str, limit: usize) {
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
        push_without_tags(&mut text, div, NARRATIVE);
        text.trim().to_owned()
    }

    #[test]
    fn the_narrative_is_read_without_its_tags() {
        assert_eq!(stripped("<div><p>Huyết&#225;p&nbsp;cao</p><b>a &lt; b</b></div>"), "Huyếtáp cao a < b");
        assert_eq!(stripped("a<br/>b &amp; c &unknown; <"), "a b & c &unknown;");
        assert!(stripped(&"ế".repeat(5000)).len() <= NARRATIVE);
    }

    #[test]
    fn words_restrict_wherever_they_stand_but_not_the_name_of_a_hospital() {
        let restricted = |text: &str| {
            super::super::entry::entry(text.as_bytes()).unwrap().sensitivity == Sensitivity::Restricted
        };
        for text in [
            r#"{"resourceType":"Observation","code":{"text":"Máu"},"component":[{"code":{"text":"HIV 1/2"}}]}"#,
            r#"{"resourceType":"Condition","code":{"text":"Sốt"},"note":[{"text":"nhiễm HIV"}]}"#,
            r#"{"resourceType":"DocumentReference","content":[{"attachment":{"contentType":"application/pdf","title":"ket-qua-HIV.pdf"}}]}"#,
            r#"{"resourceType":"DocumentReference","description":"HIV.pdf"}"#,
            r#"{"resourceType":"DocumentReference","content":[{"attachment":{"contentType":"application/pdf","url":"https://a.example/HIV.pdf"}}]}"#,
            r#"{"resourceType":"Observation","meta":{"security":[{"code":"R"}]}}"#,
            r#"{"resourceType":"Observation","text":{"div":"<div>&#72;IV</div>"}}"#,
            r#"{"resourceType":"Observation","code":{"text":"ＨＩＶ"}}"#,
            r#"{"resourceType":"CarePlan","description":"Điều trị ARV"}"#,
            r#"{"resourceType":"CarePlan","activity":[{"detail":{"description":"Xét nghiệm HIV"}}]}"#,
            r#"{"resourceType":"Communication","payload":[{"contentString":"Kết quả HIV của chị đã có"}]}"#,
            r#"{"resourceType":"AllergyIntolerance","code":{"text":"Nevirapin"}}"#,
            r#"{"resourceType":"AllergyIntolerance","code":{"text":"Thuốc"},"reaction":[{"description":"khi uống rifampicin"}]}"#,
            r#"{"resourceType":"Immunization","vaccineCode":{"text":"MMR"},"note":[{"text":"Hoãn vì HIV"}]}"#,
            r#"{"resourceType":"Immunization","vaccineCode":{"text":"MMR"},"reasonCode":[{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"B20"}]}]}"#,
            r#"{"resourceType":"QuestionnaireResponse","item":[{"linkId":"1","text":"Bệnh","answer":[{"valueString":"lao phổi"}]}]}"#,
            r#"{"resourceType":"QuestionnaireResponse","item":[{"linkId":"1","text":"Nhiễm HIV?","answer":[{"valueBoolean":true}]}]}"#,
            r#"{"resourceType":"FamilyMemberHistory","condition":[{"code":{"text":"Lao phổi"}}]}"#,
            r#"{"resourceType":"ServiceRequest","code":{"text":"Đếm CD4"}}"#,
            r#"{"resourceType":"Appointment","description":"Khám ARV"}"#,
            r#"{"resourceType":"Procedure","code":{"text":"Soi đờm AFB"}}"#,
            r#"{"resourceType":"ImagingStudy","series":[{"description":"Lao phổi"}]}"#,
            r#"{"resourceType":"Goal","description":{"text":"CD4 > 500"}}"#,
            r#"{"resourceType":"Consent","provision":{"code":[{"text":"Xét nghiệm HIV"}]}}"#,
            r#"{"resourceType":"Claim","item":[{"productOrService":{"text":"Dolutegravir 50mg"}}]}"#,
            r#"{"resourceType":"ExplanationOfBenefit","item":[{"productOrService":{"coding":[{"display":"Efavirenz"}]}}]}"#,
            r#"{"resourceType":"Task","description":"Gọi lại về kết quả HIV"}"#,
            r#"{"resourceType":"Encounter","type":[{"coding":[{"system":"urn:vn:qd4750:MA_DOITUONG_KCB","code":"1.9"}]}]}"#,
        ] {
            assert!(restricted(text), "{text}");
        }
        for text in [
            r#"{"resourceType":"Observation","code":{"text":"Glucose"},"performer":[{"display":"Phòng khám HIV/AIDS"}]}"#,
            r#"{"resourceType":"Immunization","vaccineCode":{"text":"BCG"},"note":[{"text":"Phòng bệnh lao"}]}"#,
            r#"{"resourceType":"Observation","meta":{"security":[{"code":"N"}]},"note":[{"text":"Khám lão khoa"}]}"#,
            r#"{"resourceType":"Immunization","vaccineCode":{"text":"Vắc xin phòng bệnh lao (BCG)"},"protocolApplied":[{"targetDisease":[{"coding":[{"system":"http://snomed.info/sct","code":"56717001","display":"Tuberculosis"}]}]}]}"#,
            r#"{"resourceType":"ImmunizationRecommendation","recommendation":[{"vaccineCode":[{"text":"BCG"}],"targetDisease":{"text":"Lao"},"description":"Ngừa lao phổi"}]}"#,
            r#"{"resourceType":"QuestionnaireResponse","item":[{"linkId":"1","text":"Từng mắc lao phổi?","answer":[{"valueBoolean":false}]},{"linkId":"2","text":"HIV?"},{"linkId":"3","text":"HIV?","answer":[{"valueCoding":{"display":"Không"}}]}]}"#,
            r#"{"resourceType":"CarePlan","description":"Vận động nhẹ","careTeam":[{"display":"Khoa Lao và bệnh phổi HIV"}]}"#,
            r#"{"resourceType":"Communication","sender":{"display":"Phòng khám HIV"},"payload":[{"contentString":"Mời khám lão khoa ở Lào Cai"}]}"#,
            r#"{"resourceType":"AllergyIntolerance","code":{"text":"Tenofovir"}}"#,
            r#"{"resourceType":"Appointment","description":"Tai nạn lao động","participant":[{"actor":{"display":"Phòng khám HIV"}}]}"#,
            r#"{"resourceType":"Patient","name":[{"text":"Nguyễn Thị Lao Phổi"}]}"#,
            r#"{"resourceType":"Organization","name":"Bệnh viện Lao và bệnh phổi","alias":["HIV"]}"#,
            r#"{"resourceType":"Encounter","type":[{"coding":[{"system":"urn:vn:qd4750:MA_DOITUONG_KCB","code":"1.10"}]}]}"#,
        ] {
            assert!(!restricted(text), "{text}");
        }
    }

    #[test]
    fn what_sums_others_up_is_hidden_for_its_words_and_takes_none_of_them_along() {
        for (text, hidden) in [
            (r#"{"resourceType":"Composition","section":[{"text":{"div":"<div>Nhiễm HIV</div>"}}]}"#, true),
            (r#"{"resourceType":"Composition","title":"Tóm tắt điều trị ARV"}"#, true),
            (r#"{"resourceType":"List","title":"Thuốc","note":[{"text":"đang uống Dolutegravir"}]}"#, true),
            (
                r#"{"resourceType":"Composition","section":[{"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"B20"}]}}]}"#,
                true,
            ),
            (
                r#"{"resourceType":"Composition","section":[{"title":"Khám lão khoa","text":{"div":"<div>Tăng huyết áp</div>"}}]}"#,
                false,
            ),
        ] {
            let entry = super::super::entry::entry(text.as_bytes()).unwrap();
            assert_eq!(entry.sensitivity, Sensitivity::Ordinary, "{text}");
            assert_eq!(entry.parts == Sensitivity::Restricted, hidden, "{text}");
        }
    }
}
