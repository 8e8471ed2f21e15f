//! The writing half of the vault: everything that changes a book runs in one [`Writer`], which is one transaction.

mod amend;
mod audit;
mod document;
mod index;
mod own;
mod purge;
mod put;
mod remap;
mod sample;
mod sensitivity;
mod shelf;
mod told;

use healthbook_model::{Random, Timestamp};
use healthbook_sqlite::rusqlite::{self, OptionalExtension, Transaction, params};

pub use amend::{ToldAt, ToldState};
pub use audit::AuditAction;
pub(crate) use audit::chain_hash;
pub(crate) use document::drop_unfinished_documents;
pub use document::{DocumentCounts, DocumentOutcome, Received};
pub(crate) use index::day_of;
pub use own::LinkRel;
pub use purge::PurgePlan;
pub(crate) use purge::{digest_of_blob, read_blob, redacted_digest};
pub(crate) use put::parents_from_bytes;
pub use remap::Remappable;
pub use sample::{Sample, SampleValue};
#[cfg(test)]
pub(crate) use sensitivity::{POINTING, TARGETS};
pub use shelf::{Home, SubjectState};

use crate::error::VaultError;
use crate::record::{RecordRow, SourceKind, SourceRow};
use crate::vault::{Blank, Constants, Gist, Ports};
use healthbook_model::RecordId;

/// Bytes in a chunk row, but for the last of a blob.
pub(crate) const CHUNK: usize = 64 * 1024;

/// Chunk numbers per blob: 2^20 of 64 KiB are 64 GiB.
pub(crate) const CHUNKS_PER_BLOB: i64 = 1 << 20;

/// A write transaction.
pub struct Writer<'a> {
    tx: &'a Transaction<'a>,
    constants: &'a Constants,
    random: &'a dyn Random,
    blank: Blank,
    gist: Gist,
    now: Timestamp,
    /// Number of this transaction in the change feed.
    change: i64,
    /// Records whose sensitivity may have to spread, collected until the end of the transaction.
    touched: Vec<i64>,
    /// Records that their source has sent, until the end of the transaction.
    sent: std::collections::BTreeSet<i64>,
    /// Records that were there before and are restricted now, until the end of the transaction.
    hushed: std::collections::BTreeSet<i64>,
    /// Documents of which a part was overwritten.
    redacted: std::collections::BTreeSet<i64>,
    /// Documents whose place, on the shelf or off it, is decided at the end of the transaction.
    shelf_documents: std::collections::BTreeSet<i64>,
    /// Words that the full-text tables get at the end of the transaction.
    words: index::WordsToCome,
    /// A record was taken out for good.
    erased: bool,
    /// Codes and facilities that this transaction has met.
    names: index::Names,
    /// New records by what they are counted by, until the end of the transaction.
    counted: put::Counted,
}

/// Turns a length or offset into SQLite's integer.
pub(crate) fn int(value: u64) -> Result<i64, VaultError> {
    i64::try_from(value).map_err(|_| VaultError::Refused { what: "a size is out of range" })
}

/// Turns SQLite's integer back; a negative one is damage.
pub(crate) fn size(value: i64) -> Result<u64, VaultError> {
    u64::try_from(value).map_err(|_| VaultError::damaged("a size is negative"))
}

impl<'a> Writer<'a> {
    pub(crate) fn new(
        tx: &'a Transaction<'a>,
        constants: &'a Constants,
        ports: &'a Ports,
    ) -> Result<Self, VaultError> {
        let feed = meta_number(tx, "change")?;
        Ok(Self {
            tx,
            constants,
            random: ports.random.as_ref(),
            blank: ports.blank,
            gist: ports.gist,
            now: ports.clock.now(),
            change: feed.saturating_add(1),
            touched: Vec::new(),
            sent: std::collections::BTreeSet::new(),
            hushed: std::collections::BTreeSet::new(),
            redacted: std::collections::BTreeSet::new(),
            shelf_documents: std::collections::BTreeSet::new(),
            words: index::WordsToCome::default(),
            erased: false,
            names: index::Names::default(),
            counted: put::Counted::default(),
        })
    }

    /// What can only be decided when everything has been written: where documents stand, how sensitivity spreads, and by it
    /// what the ordinary gate is told; the change feed moves on. The full-text tables get their words last, when it is known
    /// on which side of the gate each record is. Runs once, before the commit.
    pub(crate) fn finish(&mut self) -> Result<(), VaultError> {
        for document in std::mem::take(&mut self.shelf_documents) {
            self.shelve_document(document)?;
        }
        self.note_redacted()?;
        self.count_new()?;
        if !self.touched.is_empty() {
            let mut touched = std::mem::take(&mut self.touched);
            touched.sort_unstable();
            touched.dedup();
            self.spread_sensitivity(&touched)?;
            self.number_waiting(&touched)?;
            self.tell_sources()?;
            self.tx
                .prepare_cached("INSERT INTO meta (key, value) VALUES ('change', ?1) ON CONFLICT DO UPDATE SET value = ?1")?
                .execute([self.change.to_le_bytes().as_slice()])?;
        }
        self.write_words()?;
        self.forget_beginnings()
    }

    /// The time of this transaction.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Minutes east of UTC of the book's time zone.
    #[must_use]
    pub fn utc_offset(&self) -> i16 {
        self.constants.utc_offset
    }

    /// A fresh random identity.
    pub(crate) fn make_uid(&self) -> Result<[u8; 16], VaultError> {
        let mut bytes = [0u8; 16];
        self.random.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// The source of this identity, made when it is new. `base` is a server's base URL, a facility's code, a label, or
    /// a document's identity in hexadecimal.
    ///
    /// # Errors
    /// Of the database.
    pub fn source(
        &mut self,
        kind: SourceKind,
        base: &str,
        label: Option<&str>,
    ) -> Result<SourceRow, VaultError> {
        let identity = match kind {
            SourceKind::Own | SourceKind::Server => base.to_owned(),
            SourceKind::Facility => format!("facility:{base}"),
            SourceKind::Label => format!("label:{base}"),
            SourceKind::Document => format!("document:{base}"),
        };
        self.tx
            .prepare_cached(
                "INSERT INTO source (kind, base, label, first_seen, last_seen, told_seen) VALUES (?1, ?2, ?3, ?4, ?4, 0)
                 ON CONFLICT (base) DO UPDATE SET last_seen = ?4, label = coalesce(label, ?3)",
            )?
            .execute(params![kind.as_str(), identity, label, self.now.0])?;
        let id = self
            .tx
            .prepare_cached("SELECT id FROM source WHERE base = ?1")?
            .query_row([&identity], |row| row.get(0))?;
        Ok(SourceRow(id))
    }

    /// The book's own value of a name (`person`: the identity of the person's record).
    ///
    /// # Errors
    /// Of the database.
    pub fn set_meta(&mut self, key: &str, value: &[u8]) -> Result<(), VaultError> {
        self.tx
            .prepare_cached(
                "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2",
            )?
            .execute(params![key, value])?;
        Ok(())
    }

    /// The row of a record, whatever shelf it is on.
    ///
    /// # Errors
    /// [`VaultError::NotFound`].
    pub fn row_of(&self, id: RecordId) -> Result<RecordRow, VaultError> {
        self.tx
            .prepare_cached("SELECT id FROM record WHERE uid = ?1")?
            .query_row([id.as_bytes().as_slice()], |row| row.get(0))
            .optional()?
            .map(RecordRow)
            .ok_or(VaultError::NotFound { what: "record" })
    }

    /// The identity of a record.
    ///
    /// # Errors
    /// [`VaultError::NotFound`].
    pub fn id_of(&self, row: RecordRow) -> Result<RecordId, VaultError> {
        self.tx
            .prepare_cached("SELECT uid FROM record WHERE id = ?1")?
            .query_row([row.0], |row| row.get(0).map(RecordId::from_bytes))
            .optional()?
            .ok_or(VaultError::NotFound { what: "record" })
    }

    /// Keeps bytes for themselves and gives their blob.
    fn make_blob(&self, bytes: &[u8]) -> Result<i64, VaultError> {
        self.tx.prepare_cached("INSERT INTO blob (size) VALUES (?1)")?.execute([int(bytes.len() as u64)?])?;
        let blob = self.tx.last_insert_rowid();
        let mut insert = self.tx.prepare_cached("INSERT INTO chunk (id, bytes) VALUES (?1, ?2)")?;
        for (n, piece) in (0i64..).zip(bytes.chunks(CHUNK)) {
            insert.execute(params![chunk_id(blob, n)?, piece])?;
        }
        Ok(blob)
    }

    fn drop_blob(&self, blob: i64) -> Result<(), VaultError> {
        self.tx
            .prepare_cached("DELETE FROM chunk WHERE id BETWEEN ?1 AND ?2")?
            .execute(params![chunk_id(blob, 0)?, chunk_id(blob, CHUNKS_PER_BLOB - 1)?])?;
        self.tx.prepare_cached("DELETE FROM blob WHERE id = ?1")?.execute([blob])?;
        Ok(())
    }
}

/// The row number of a blob's chunk.
pub(crate) fn chunk_id(blob: i64, n: i64) -> Result<i64, VaultError> {
    if n >= CHUNKS_PER_BLOB {
        return Err(VaultError::Refused { what: "a file of more than 64 GiB" });
    }
    blob.checked_mul(CHUNKS_PER_BLOB)
        .and_then(|base| base.checked_add(n))
        .ok_or(VaultError::Refused { what: "too many files" })
}

pub(crate) fn meta_number(db: &rusqlite::Connection, key: &str) -> Result<i64, VaultError> {
    let value: Option<Vec<u8>> = db
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    Ok(value.and_then(|v| <[u8; 8]>::try_from(v.as_slice()).ok()).map_or(0, i64::from_le_bytes))
}
