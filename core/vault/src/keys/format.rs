//! The bytes of `book.keys`, version 1, frozen.
//!
//! ```text
//! magic "HBKEYS" | version u16 | book id 16 | number of slots u8 | slots, and nothing after them
//! slot: kind u8 | generation u32 | body length u16 | body | SHA-256 (magic to book id, kind to body)
//! ```
//!
//! Numbers are little-endian. The digest tells damage from a wrong secret, nothing more: whoever can write the file can
//! write a digest too, and then meets the slot's own seal.
//!
//! Reading is meant to save what can be saved. A slot whose digest fails is kept as it is and marked; where its damaged
//! length hides the next slot, that one is found again by its digest.

use ring::digest;

use super::error::{EnvelopeError, Part};
use super::slot::{Body, SlotKind};

const MAGIC: &[u8; 6] = b"HBKEYS";
pub(super) const VERSION: u16 = 1;
const BOOK_ID: usize = 16;
/// Kind, generation, body length.
const SLOT_HEADER: usize = 7;
const DIGEST: usize = 32;

/// The most that `book.keys` may hold, in bytes. Three slots take about 500.
pub(super) const MAX_LENGTH: usize = 64 * 1024;

/// A slot as it stands in the file.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) kind: SlotKind,
    pub(super) generation: u32,
    /// All of it, from kind to digest; when damaged, all bytes up to the next slot.
    bytes: Vec<u8>,
    pub(super) damaged: bool,
}

impl Slot {
    /// A new slot; `None` when the body is longer than its length can say.
    pub(super) fn new(book_id: &[u8; BOOK_ID], kind: SlotKind, generation: u32, body: &[u8]) -> Option<Self> {
        let length = u16::try_from(body.len()).ok()?;
        let mut bytes = vec![kind.to_byte()];
        bytes.extend_from_slice(&generation.to_le_bytes());
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(body);
        let digest = digest_of(book_id, &bytes);
        bytes.extend_from_slice(digest.as_ref());
        Some(Self { kind, generation, bytes, damaged: false })
    }

    /// The body, when the slot is whole.
    pub(super) fn body(&self) -> Option<Body<'_>> {
        if self.damaged {
            return None;
        }
        let (_, rest) = self.bytes.split_at_checked(SLOT_HEADER)?;
        let (body, _) = rest.split_at_checked(rest.len().checked_sub(DIGEST)?)?;
        Body::read(self.kind, body)
    }

    /// The whole slot at the start of these bytes.
    fn at_start(book_id: &[u8; BOOK_ID], bytes: &[u8]) -> Option<Self> {
        let header = SlotHeader::read(bytes)?;
        let (slot, _) = bytes.split_at_checked(header.slot_length())?;
        let (content, found) = slot.split_at_checked(SLOT_HEADER + header.body_length)?;
        // The shape comes first, as it costs nothing: the search below tries every place.
        Body::read(header.kind, content.get(SLOT_HEADER..)?)?;
        (digest_of(book_id, content).as_ref() == found).then(|| Self {
            kind: header.kind,
            generation: header.generation,
            bytes: slot.to_vec(),
            damaged: false,
        })
    }

    fn damaged(bytes: &[u8]) -> Self {
        let header = SlotHeader::read(bytes);
        Self {
            kind: SlotKind::from_byte(bytes.first().copied().unwrap_or_default()),
            generation: header.map_or(0, |header| header.generation),
            bytes: bytes.to_vec(),
            damaged: true,
        }
    }
}

#[derive(Clone, Copy)]
struct SlotHeader {
    kind: SlotKind,
    generation: u32,
    body_length: usize,
}

impl SlotHeader {
    fn read(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        let (generation, rest) = rest.split_first_chunk()?;
        let (length, _) = rest.split_first_chunk()?;
        Some(Self {
            kind: SlotKind::from_byte(*kind),
            generation: u32::from_le_bytes(*generation),
            body_length: usize::from(u16::from_le_bytes(*length)),
        })
    }

    fn slot_length(self) -> usize {
        SLOT_HEADER + self.body_length + DIGEST
    }
}

fn digest_of(book_id: &[u8; BOOK_ID], content: &[u8]) -> digest::Digest {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(MAGIC);
    context.update(&VERSION.to_le_bytes());
    context.update(book_id);
    context.update(content);
    context.finish()
}

/// An envelope's content.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) book_id: [u8; BOOK_ID],
    pub(super) slots: Vec<Slot>,
    /// The number of slots is not the one that was written.
    pub(super) miscounted: bool,
}

/// Reads an envelope.
pub(super) fn read(bytes: &[u8]) -> Result<Content, EnvelopeError> {
    const DAMAGED: EnvelopeError = EnvelopeError::Damaged(Part::Header);
    let rest = bytes.strip_prefix(MAGIC).ok_or(EnvelopeError::NotAnEnvelope)?;
    let (version, rest) = rest.split_first_chunk().ok_or(DAMAGED)?;
    match u16::from_le_bytes(*version) {
        0 => return Err(DAMAGED),
        VERSION => {}
        newer => return Err(EnvelopeError::NewerVersion(newer)),
    }
    if bytes.len() > MAX_LENGTH {
        return Err(DAMAGED);
    }
    let (book_id, rest) = rest.split_first_chunk::<BOOK_ID>().ok_or(DAMAGED)?;
    let (count, rest) = rest.split_first().ok_or(DAMAGED)?;
    let slots = read_slots(book_id, rest);
    let miscounted = slots.len() != usize::from(*count);
    Ok(Content { book_id: *book_id, slots, miscounted })
}

fn read_slots(book_id: &[u8; BOOK_ID], mut rest: &[u8]) -> Vec<Slot> {
    let mut slots = Vec::new();
    // How many bytes are known to hold no start of a whole slot of a known kind.
    let mut barren = 0;
    while !rest.is_empty() {
        let slot = Slot::at_start(book_id, rest).unwrap_or_else(|| {
            if barren == 0 {
                barren = next_slot(book_id, rest);
            }
            let length = believable_length(book_id, rest).map_or(barren, |said| said.min(barren));
            Slot::damaged(rest.get(..length).unwrap_or(rest))
        });
        let length = slot.bytes.len();
        barren = barren.saturating_sub(length);
        rest = rest.get(length..).unwrap_or_default();
        slots.push(slot);
    }
    slots
}

/// The length that a damaged slot gives itself, when its body then has the shape of its kind, or when a whole slot or the
/// end follows.
fn believable_length(book_id: &[u8; BOOK_ID], bytes: &[u8]) -> Option<usize> {
    let header = SlotHeader::read(bytes)?;
    let (slot, after) = bytes.split_at_checked(header.slot_length())?;
    let body = slot.get(SLOT_HEADER..SLOT_HEADER + header.body_length)?;
    let known = !matches!(header.kind, SlotKind::Unknown(_));
    let believable = (known && Body::read(header.kind, body).is_some())
        || after.is_empty()
        || Slot::at_start(book_id, after).is_some();
    believable.then_some(slot.len())
}

/// Where the next whole slot of a known kind begins after the first byte, or the end.
fn next_slot(book_id: &[u8; BOOK_ID], bytes: &[u8]) -> usize {
    (1..bytes.len())
        .find(|start| {
            let rest = bytes.get(*start..).unwrap_or_default();
            let known =
                rest.first().is_some_and(|kind| !matches!(SlotKind::from_byte(*kind), SlotKind::Unknown(_)));
            known && Slot::at_start(book_id, rest).is_some()
        })
        .unwrap_or(bytes.len())
}

/// Writes an envelope; `None` when it would hold more than it may.
pub(super) fn write(book_id: &[u8; BOOK_ID], slots: &[Slot]) -> Option<Vec<u8>> {
    let count = u8::try_from(slots.len()).ok()?;
    let mut bytes = Vec::new();
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes.extend_from_slice(book_id);
    bytes.push(count);
    for slot in slots {
        bytes.extend_from_slice(&slot.bytes);
    }
    (bytes.len() <= MAX_LENGTH).then_some(bytes)
}
