//! The records of a HOSO as they are made, and what all of them share.

use std::collections::HashMap;

use healthbook_model::{Content, Incoming, Origin, Refusal, Rejected, Sensitivity, SourceHint, Span};
use serde_json::Value;

use super::envelope::Header;
use super::hoso::Unread;
use super::table::{Form, Row, Tables};
use super::value::instant;
use super::{MAPPING, json};
use crate::Item;

/// Records of a HOSO are handed on when there are so many of them, or so many bytes.
const MOST_ITEMS: usize = 256;
const MOST_BYTES: usize = 1 << 20;

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
}

impl Context {
    /// Of the visit that `main` tells of: XML1, else the check-in, else any other row.
    pub(super) fn of(header: &Header, main: Option<&Row<'_>>, restricted: bool) -> Self {
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
        }
    }
}

impl Context {
    /// Of a health check: of the facility that examined, by the number that claims know it by.
    pub(super) fn of_check(
        header: &Header,
        facility: Option<&str>,
        last_updated: Option<i64>,
        restricted: bool,
    ) -> Self {
        let code = facility.or(header.facility.as_deref());
        let name = header.facility_name.clone();
        Self {
            source: code.map_or(SourceHint::Document, |code| SourceHint::Facility {
                code: code.to_owned(),
                name: name.clone(),
            }),
            facility: name.or_else(|| code.map(|code| format!("Cơ sở y tế {code}"))),
            facility_code: code.map(str::to_owned),
            made: header.made.clone(),
            last_updated,
            restricted,
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
    /// How often an id was asked for, by type and code: STT is not always a running number.
    taken: HashMap<(&'static str, String), u32>,
    /// Bytes of the records that are waiting to be taken.
    made: usize,
}

/// A list of a resource that is written piece by piece, so that a long one is never there as a tree.
#[derive(Default)]
pub(super) struct Written {
    key: &'static str,
    bytes: Vec<u8>,
    length: usize,
}

impl Written {
    /// An empty list for this member.
    pub(super) fn list(key: &'static str) -> Self {
        Self { key, ..Self::default() }
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }

    pub(super) fn push(&mut self, item: &Value) {
        if self.length > 0 {
            self.bytes.push(b',');
        }
        self.bytes.extend_from_slice(item.to_string().as_bytes());
        self.length += 1;
    }
}

fn member(out: &mut Vec<u8>, key: &str) -> Result<(), Unread> {
    out.push(b',');
    write(out, &Value::String(key.to_owned()))?;
    out.push(b':');
    Ok(())
}

fn write(out: &mut Vec<u8>, value: &Value) -> Result<(), Unread> {
    // Writing into memory fails for no value.
    serde_json::to_writer(out, value).map_err(|_| Unread::new(Refusal::TooLarge, ""))
}

impl Records {
    /// Takes what was made so far.
    pub(super) fn take(&mut self) -> impl Iterator<Item = (Option<Form>, Item)> + use<> {
        self.made = 0;
        std::mem::take(&mut self.items).into_iter()
    }

    /// Whether there is enough to be handed on.
    pub(super) fn are_many(&self) -> bool {
        self.items.len() >= MOST_ITEMS || self.made >= MOST_BYTES
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// What is added from now on is what this form says.
    pub(super) fn says(&mut self, form: Form) {
        self.form = Some(form);
    }

    /// An id that no other record of this HOSO has: the second row that is numbered 1 is 1.2, unless a row is numbered so.
    pub(super) fn id(&mut self, resource_type: &'static str, code: &str) -> String {
        let mut free = code.to_owned();
        while self.taken.contains_key(&(resource_type, free.clone())) {
            let times = self.taken.entry((resource_type, code.to_owned())).or_insert(1);
            *times += 1;
            free = format!("{code}.{times}");
        }
        let id = json::id(&free);
        self.taken.insert((resource_type, free), 1);
        id
    }

    /// Adds a resource. `members` are the JSON members after `meta`. `restricts` when the record is restricted by
    /// itself.
    pub(super) fn add<const N: usize>(
        &mut self,
        named: (&'static str, &str),
        members: [(&str, Option<Value>); N],
        spans: Vec<Span>,
        restricts: bool,
        context: &Context,
    ) -> Result<(), Unread> {
        self.add_with(Written::default(), named, members, spans, restricts, context)
    }

    /// The same with one of the members written already.
    pub(super) fn add_with<const N: usize>(
        &mut self,
        written: Written,
        (resource_type, id): (&'static str, &str),
        members: [(&str, Option<Value>); N],
        spans: Vec<Span>,
        restricts: bool,
        context: &Context,
    ) -> Result<(), Unread> {
        // Who somebody is and their card say nothing of the visit, and are the same for all visits.
        let of_the_visit = !matches!(resource_type, "Patient" | "Coverage");
        let restricted = context.restricted || restricts;
        let meta = (restricted && of_the_visit).then(label).flatten();
        let mut out = Vec::with_capacity(written.bytes.len() + 1024);
        out.extend_from_slice(b"{\"resourceType\":");
        write(&mut out, &Value::String(resource_type.to_owned()))?;
        for (key, value) in [("id", json::text(id)), ("meta", meta)].into_iter().chain(members) {
            match value {
                None if key == written.key && written.length > 0 => {
                    member(&mut out, key)?;
                    out.push(b'[');
                    out.extend_from_slice(&written.bytes);
                    out.push(b']');
                }
                None => {}
                Some(value) => {
                    member(&mut out, key)?;
                    write(&mut out, &value)?;
                }
            }
        }
        drop(written);
        out.push(b'}');
        out.shrink_to_fit();
        let bytes = out;
        self.made += bytes.len();
        let mut entry = crate::entry(&bytes).map_err(|rejected| Unread::new(rejected.refusal, ""))?;
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

    /// Takes what is made of a row; what cannot be made is told, and the others come all the same.
    pub(super) fn takes(
        &mut self,
        row: &Row<'_, impl Tables>,
        context: &Context,
        map: impl FnOnce(&mut Self) -> Result<(), Unread>,
    ) {
        if let Err(unread) = map(self) {
            self.refuse(row, (unread.refusal, ""), context.restricted);
        }
    }

    /// A row, or what is made of it, that cannot be taken in.
    pub(super) fn refuse(
        &mut self,
        row: &Row<'_, impl Tables>,
        (refusal, why): (Refusal, &str),
        restricted: bool,
    ) {
        let sensitivity = if restricted { Sensitivity::Restricted } else { Sensitivity::Ordinary };
        let at = format!(", {}, row {}{why}", row.form.label(), row.number);
        self.items.push((None, Item::Rejected(Rejected { span: row.span(), refusal, at, sensitivity })));
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
