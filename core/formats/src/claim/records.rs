//! The records of a HOSO as they are made, and what all of them share.

use std::collections::HashMap;

use healthbook_model::{Content, Incoming, Origin, Refusal, Rejected, Sensitivity, SourceHint, Span};
use serde_json::{Map, Value};

use super::envelope::Header;
use super::hoso::Unread;
use super::table::{Form, Row};
use super::value::instant;
use super::{MAPPING, json};
use crate::Item;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// What all records of a visit share.
pub(super) struct Context {
    source: SourceHint,
    /// The facility as lists show it.
    pub(super) facility: Option<String>,
    pub(super) facility_code: Option<String>,
    /// NGAYLAP as it is written.
    pub(super) made: Option<String>,
    pub(super) last_updated: Option<i64>,
    pub(super) restricted: bool,
    /// The whole HOSO, when it holds one visit.
    pub(super) whole: Option<Span>,
}

impl Context {
    /// Of the visit that `main` tells of: XML1, else the check-in, else any other row.
    pub(super) fn of(header: &Header, main: Option<&Row<'_>>, restricted: bool, whole: Option<Span>) -> Self {
        let own = |name: &str| main.and_then(|row| row.get(name));
        let code = header.facility.as_deref().or_else(|| own("MA_CSKCB"));
        let name = header.facility_name.as_deref();
        let visited = own("MA_CSKCB").or(code);
        Self {
            source: code.map_or(SourceHint::Document, |code| SourceHint::Facility {
                code: code.to_owned(),
                name: name.map(str::to_owned),
            }),
            facility: name.map(str::to_owned).or_else(|| visited.map(|code| format!("Cơ sở y tế {code}"))),
            facility_code: visited.map(str::to_owned),
            made: header.made.clone(),
            last_updated: rank(header, main),
            restricted,
            whole,
        }
    }
}

/// Which of two files about the same visit is the later: the one that was made later; of one day, the one in which
/// the visit is paid for.
fn rank(header: &Header, main: Option<&Row<'_>>) -> Option<i64> {
    let at = |name: &str| main.and_then(|row| row.get(name)).and_then(instant);
    if main.is_some_and(|row| row.form == Form::CheckIn) {
        // A check-in is older than any claim of its day, whose date has no time.
        let told = at("NGAY_VAO").max(at("NGAY_VAO_NOI_TRU")).max(at("NGAY_YL"));
        return header.made.as_deref().and_then(instant).or(told).map(|time| time - DAY);
    }
    let paid = at("NGAY_TTOAN");
    match header.made.as_deref().and_then(instant) {
        Some(made) => Some(paid.filter(|paid| (made..made + DAY).contains(paid)).unwrap_or(made)),
        None => at("NGAY_RA").max(paid).or_else(|| at("NGAY_VAO")),
    }
}

/// Whom and what a record hangs on.
pub(super) struct Hangs<'a> {
    /// MA_LK, or what stands for it in a row that has none.
    pub(super) visit: &'a str,
    /// Whether it is a visit's number.
    pub(super) is_visit: bool,
    /// Id of the Patient; `None` when nothing in the HOSO tells of one.
    pub(super) patient: Option<&'a str>,
}

impl Hangs<'_> {
    /// The person; where FHIR asks for one and the file has none, that it is not known.
    pub(super) fn subject(&self) -> Option<Value> {
        match self.patient {
            Some(id) => json::reference("Patient", id),
            None => json::object([("extension", json::list([json::absent()]))]),
        }
    }

    pub(super) fn encounter(&self) -> Option<Value> {
        self.is_visit.then(|| json::reference("Encounter", &json::id(self.visit))).flatten()
    }

    /// `<MA_LK>.<table>.<STT>`; a row without STT by its place in the table.
    pub(super) fn row_id(&self, row: &Row<'_>, table: &str) -> String {
        match row.get("STT") {
            Some(number) => format!("{}.{table}.{number}", self.visit),
            None => format!("{}.{table}.{}", self.visit, row.number),
        }
    }
}

/// The records of a HOSO as they are made.
#[derive(Default)]
pub(super) struct Records {
    /// Each with the form that says it; `None` for who somebody is and their card.
    items: Vec<(Option<Form>, Item)>,
    /// The form that is being mapped.
    form: Option<Form>,
    /// How often an id was given, by type and id: STT is not always a running number.
    taken: HashMap<(&'static str, String), u32>,
}

impl Records {
    pub(super) fn into_items(self) -> Vec<Item> {
        self.items.into_iter().map(|(_, item)| item).collect()
    }

    /// The records that this visit's forms say, each with its form.
    pub(super) fn into_told(self) -> impl Iterator<Item = (Form, Box<Incoming>)> {
        self.items.into_iter().filter_map(|told| match told {
            (Some(form), Item::Record(record)) => Some((form, record)),
            _ => None,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// What is added from now on is what this form says.
    pub(super) fn says(&mut self, form: Form) {
        self.form = Some(form);
    }

    /// An id that no other record of this HOSO has.
    pub(super) fn id(&mut self, resource_type: &'static str, code: &str) -> String {
        let times = self.taken.entry((resource_type, code.to_owned())).or_insert(0);
        *times += 1;
        if *times == 1 { json::id(code) } else { json::id(&format!("{code}.{times}")) }
    }

    /// Adds a resource. `members` are the JSON members after `meta`. `restricts` when the record is restricted by
    /// itself.
    pub(super) fn add<const N: usize>(
        &mut self,
        (resource_type, id): (&'static str, &str),
        members: [(&str, Option<Value>); N],
        spans: Vec<Span>,
        restricts: bool,
        context: &Context,
    ) -> Result<(), Unread> {
        // Who somebody is and their card say nothing of the visit, and are the same for all visits.
        let of_the_visit = !matches!(resource_type, "Patient" | "Coverage");
        let restricted = context.restricted || restricts;
        let mut map = Map::new();
        map.insert("resourceType".to_owned(), Value::String(resource_type.to_owned()));
        map.insert("id".to_owned(), Value::String(id.to_owned()));
        if let Some(meta) = (restricted && of_the_visit).then(label).flatten() {
            map.insert("meta".to_owned(), meta);
        }
        for (key, value) in members {
            if let Some(value) = value {
                map.insert(key.to_owned(), value);
            }
        }
        let bytes = Value::Object(map).to_string().into_bytes();
        let mut entry = crate::entry(&bytes)
            .map_err(|rejected| Unread { refusal: rejected.refusal, at: String::new() })?;
        if restricted {
            entry.sensitivity = Sensitivity::Restricted;
        }
        entry.last_updated = context.last_updated;
        if of_the_visit && context.facility.is_some() {
            entry.facility.clone_from(&context.facility);
        }
        let origin = Origin {
            source: context.source.clone(),
            resource_type: resource_type.to_owned(),
            id: id.to_owned(),
            server: None,
            aliases: Vec::new(),
        };
        let content = Content::Mapped { bytes, spans, mapping: MAPPING };
        let form = self.form.filter(|_| of_the_visit);
        self.items
            .push((form, Item::Record(Box::new(Incoming { origin, entry, content, ties: Vec::new() }))));
        Ok(())
    }

    /// A row that is not this HOSO's.
    pub(super) fn refuse(&mut self, row: &Row<'_>, restricted: bool) {
        let sensitivity = if restricted { Sensitivity::Restricted } else { Sensitivity::Ordinary };
        let rejected = Rejected {
            span: row.span(),
            refusal: Refusal::NotTheFormat,
            at: format!(", {}, row {}: MA_LK of another visit", row.form.label(), row.number),
            sensitivity,
        };
        self.items.push((None, Item::Rejected(rejected)));
    }
}

/// The label that keeps a record restricted wherever its bytes go.
fn label() -> Option<Value> {
    let coding = json::object([
        ("system", json::text("http://terminology.hl7.org/CodeSystem/v3-Confidentiality")),
        ("code", json::text("R")),
    ]);
    json::object([("security", json::list([coding]))])
}
