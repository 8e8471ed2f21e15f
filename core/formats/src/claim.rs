//! The claim XML of Vietnamese health insurance (QĐ 130/QĐ-BYT 2023, amended by QĐ 4750/2023 and QĐ 3176/2024): one
//! HOSO is one visit and what hangs on it, mapped to FHIR R4.
//!
//! The parts, each a step: the *envelope* is read as a stream, one HOSO in memory at a time; a HOSO's tables are
//! decoded and parsed into *rows*, by name and never by position; a *visit* gathers its rows, and each table's module
//! maps them. Which field becomes which element, how, and why, is a table to be reviewed: `claim/mapping.tsv`. What is
//! not mapped stays in the document, and the table gives the reason.
//!
//! Every record points back to the stretches of the document it was made from.

mod advice;
mod appointment;
pub(crate) mod check;
mod check_in;
mod content;
mod course;
mod dose;
mod english;
mod envelope;
mod hoso;
mod json;
mod lists;
mod mapping;
mod medicine;
mod money;
mod narrative;
mod page;
mod paper;
mod person;
mod records;
mod referral;
mod result;
mod service;
mod table;
mod told;
mod value;
mod visit;
mod visits;
mod xml;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io::{self, Read};

use healthbook_model::{Incoming, Refusal, Rejected, Sensitivity, Span, Subject};

use crate::{Item, Limits, sensitive};
use envelope::{Envelope, Header, Kind, Part, Place};
use hoso::{Hoso, Unread};
use visits::Mapping;

pub use english::title_in_english;
pub(crate) use english::{in_english, item_in_english, named_in_english, note_in_english};
pub use told::{Opening, Said, Telling, opening, tellings};

/// Version of the mapping from tables to FHIR. Records keep it, so that a better one can be run again.
pub const MAPPING: u32 = 3;

/// Reads the records of a claim file: `GIAMDINHHS`, a bare `HOSO`, or the root of one table.
///
/// A HOSO that cannot be read comes as [`Item::Rejected`] with its place, and the rest goes on. UTF-16 and a DTD
/// refuse the document. The same bytes give the same records.
///
/// # Errors
/// The items' `Err` is the reader's own.
pub fn records<'a>(
    reader: Box<dyn Read + 'a>,
    limits: Limits,
) -> Box<dyn Iterator<Item = io::Result<Item>> + 'a> {
    Box::new(Records::<Mapping>::new(reader, limits, Wanted::All))
}

/// The people that the same file describes, and nothing else of it.
///
/// # Errors
/// The items' `Err` is the reader's own.
pub fn people<'a>(
    reader: Box<dyn Read + 'a>,
    limits: Limits,
) -> Box<dyn Iterator<Item = io::Result<Box<Incoming>>> + 'a> {
    Box::new(Records::<Mapping>::new(reader, limits, Wanted::People).filter_map(person_of))
}

fn person_of(item: io::Result<Item>) -> Option<io::Result<Box<Incoming>>> {
    match item {
        Ok(Item::Record(record)) if matches!(record.entry.subject, Subject::Itself(_)) => Some(Ok(record)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    }
}

/// Maps the HOSO of a kind of file.
trait Maps: Sized {
    /// Its tables.
    type Form: table::Tables;
    /// What stands around its HOSO.
    const ENVELOPE: Kind;

    /// Of a HOSO that tells of something; any other is given back.
    fn new(hoso: Hoso<Self::Form>, header: &Header, wanted: Wanted) -> Result<Self, (Unread, Vec<u8>)>;

    /// The next records; `None` when there are no more.
    fn next_items(&mut self) -> Option<Vec<Item>>;
}

/// What is made of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    All,
    People,
}

struct Records<'a, M> {
    envelope: Envelope<'a>,
    limits: Limits,
    wanted: Wanted,
    /// The HOSO that is being mapped.
    current: Option<M>,
    ready: VecDeque<Item>,
    /// HOSO so far.
    files: u64,
    /// Items so far.
    given: u64,
    done: bool,
}

impl<M: Maps> Iterator for Records<'_, M> {
    type Item = io::Result<Item>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() {
            if let Some(mapping) = &mut self.current {
                let number = self.files;
                match mapping.next_items() {
                    Some(items) => self.ready.extend(items.into_iter().map(|item| name(item, number))),
                    None => self.current = None,
                }
                continue;
            }
            if self.done {
                return None;
            }
            match self.envelope.next_part() {
                Ok(part) => self.take(part),
                Err(error) => {
                    self.done = true;
                    return Some(Err(error));
                }
            }
        }
        let item = self.ready.pop_front()?;
        self.given += 1;
        if self.given > self.limits.records {
            self.done = true;
            self.current = None;
            self.ready.clear();
            return Some(Ok(refuse(Span::plain(0, 0), Refusal::TooLarge, "the file".into(), &[])));
        }
        Some(Ok(item))
    }
}

impl<'a, M: Maps> Records<'a, M> {
    fn new(reader: Box<dyn Read + 'a>, limits: Limits, wanted: Wanted) -> Self {
        Self {
            envelope: Envelope::new(reader, M::ENVELOPE, limits.resource_bytes, limits.depth),
            limits,
            wanted,
            current: None,
            ready: VecDeque::new(),
            files: 0,
            given: 0,
            done: false,
        }
    }

    fn take(&mut self, part: Part) {
        match part {
            Part::End => self.done = true,
            Part::Hoso { offset, bytes } => {
                self.files += 1;
                let span = Span::plain(offset, u64::try_from(bytes.len()).unwrap_or(u64::MAX));
                let read = Hoso::read(bytes, offset, self.limits);
                match read.and_then(|hoso| M::new(hoso, self.envelope.header(), self.wanted)) {
                    Ok(mapping) => self.current = Some(mapping),
                    Err((Unread { refusal, at, restricted }, bytes)) => {
                        let refused = refuse(span, refusal, format!("HOSO {}{at}", self.files), &bytes);
                        self.ready.push_back(if restricted { hidden(refused) } else { refused });
                    }
                }
            }
            Part::Refused { span, refusal, at, bytes } => {
                let at = match at {
                    Place::Hoso => {
                        self.files += 1;
                        format!("HOSO {}", self.files)
                    }
                    Place::Document => "the file".to_owned(),
                    Place::Tail => format!("after HOSO {}", self.files),
                };
                self.ready.push_back(refuse(span, refusal, at, &bytes));
            }
        }
    }
}

/// Says which HOSO a refused row stands in.
fn name(item: Item, number: u64) -> Item {
    match item {
        Item::Rejected(rejected) => {
            Item::Rejected(Rejected { at: format!("HOSO {number}{}", rejected.at), ..rejected })
        }
        record => record,
    }
}

/// What is known to be restricted, whatever its bytes show.
fn hidden(item: Item) -> Item {
    match item {
        Item::Rejected(rejected) => {
            Item::Rejected(Rejected { sensitivity: Sensitivity::Restricted, ..rejected })
        }
        record => record,
    }
}

fn refuse(span: Span, refusal: Refusal, at: String, bytes: &[u8]) -> Item {
    let sensitivity =
        if sensitive::raw_is_restricted(bytes) { Sensitivity::Restricted } else { Sensitivity::Ordinary };
    Item::Rejected(Rejected { span, refusal, at, sensitivity })
}
