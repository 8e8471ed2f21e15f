//! What a HOSO tells of a visit, form by form: so that a record which a newer one does not tell any more is known from
//! one of whose form it says nothing.

use std::io::{self, Read};

use healthbook_model::Incoming;

use super::Maps;
use super::envelope::{Envelope, Header, Part};
use super::hoso::Hoso;
use super::visits::{self, Mapping};
use crate::Limits;

/// What a claim file says of all its HOSO before the first of them.
#[derive(Debug, Clone, Default)]
pub struct Opening(Header);

/// A record with the form that says it.
#[derive(Debug, Clone)]
pub struct Said {
    /// The bit of its form in [`Telling::forms`].
    pub form: u16,
    /// The record.
    pub record: Box<Incoming>,
}

/// What one HOSO tells of one visit.
#[derive(Debug, Clone)]
pub struct Telling {
    /// Id of the visit's Encounter.
    pub visit: String,
    /// Its rank among other HOSO of the visit, as [`healthbook_model::Entry::last_updated`]; `None` where it says none.
    pub time: Option<i64>,
    /// The forms that it holds, a bit for each.
    pub forms: u16,
    /// The visit's records, without who the person is and their cards.
    pub said: Vec<Said>,
    /// Every row in it was understood.
    pub is_whole: bool,
}

/// Reads what stands before the first HOSO of a file.
///
/// # Errors
/// The reader's own.
pub fn opening(reader: Box<dyn Read + '_>, limits: Limits) -> io::Result<Opening> {
    let mut envelope = Envelope::new(reader, Mapping::ENVELOPE, limits.resource_bytes, limits.depth);
    loop {
        match envelope.next_part()? {
            Part::Refused { .. } => {}
            Part::Hoso { .. } | Part::End => return Ok(Opening(envelope.header().clone())),
        }
    }
}

/// What a stretch of a file tells of its visits; `None` when it is no HOSO or table that can be read.
#[must_use]
pub fn tellings(bytes: &[u8], opening: &Opening, limits: Limits) -> Option<Vec<Telling>> {
    let hoso = Hoso::read(bytes.to_vec(), 0, limits).ok()?;
    let tellings = visits::tellings(&hoso, &opening.0);
    (!tellings.is_empty()).then_some(tellings)
}
