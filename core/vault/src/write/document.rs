//! Taking documents in: the bytes first, whole, then what is in them.

use std::collections::BTreeSet;

use healthbook_model::{DocumentId, Refusal, Rejected, Sensitivity, Span};
use healthbook_sqlite::rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::own::LinkRel;
use super::{CHUNK, Writer, chunk_id, int};
use crate::error::VaultError;
use crate::gate::Gate;
use crate::record::{DocumentRow, RecordRow};

const STATE_RECEIVED: i64 = 1;
pub(super) const STATE_READ: i64 = 2;

/// What receiving a document's bytes came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// The document: the one that was had already, when the bytes are the same.
    pub document: DocumentRow,
    /// Its identity.
    pub id: DocumentId,
    /// The book did not have it.
    pub new: bool,
    /// All its records were read before.
    pub read: bool,
}

/// What reading a document came to. Counted from the book itself, so that it is the same when an import was stopped and
/// went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DocumentOutcome {
    /// Of what is not restricted.
    pub ordinary: DocumentCounts,
    /// Of what is restricted.
    pub restricted: DocumentCounts,
}

/// Counts of what stands in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DocumentCounts {
    /// Records that stand in it.
    pub records: u64,
    /// Of these, how many came with it.
    pub new: u64,
    /// Of these, how many got another version from it.
    pub new_versions: u64,
    /// Of these, how many wait on the shelf.
    pub not_confirmed: u64,
    /// Stretches that could not be read.
    pub quarantined: u64,
}

impl DocumentOutcome {
    fn counts(&mut self, is_restricted: bool) -> &mut DocumentCounts {
        if is_restricted { &mut self.restricted } else { &mut self.ordinary }
    }

    /// As far as a gate shows it.
    #[must_use]
    pub fn of(&self, gate: Gate) -> DocumentCounts {
        let (a, b) = match gate {
            Gate::Ordinary => return self.ordinary,
            Gate::WithRestricted => (self.ordinary, self.restricted),
        };
        DocumentCounts {
            records: a.records + b.records,
            new: a.new + b.new,
            new_versions: a.new_versions + b.new_versions,
            not_confirmed: a.not_confirmed + b.not_confirmed,
            quarantined: a.quarantined + b.quarantined,
        }
    }
}

impl Writer<'_> {
    /// Counts what a document brought.
    ///
    /// # Errors
    /// Of the database.
    pub fn document_outcome(&self, document: DocumentRow) -> Result<DocumentOutcome, VaultError> {
        let mut outcome = DocumentOutcome::default();
        let mut select = self.tx.prepare_cached(
            "SELECT hidden, count(*), sum(first), sum(later AND NOT first), sum(shelf) FROM (
                SELECT r.restricted <> 0 OR r.sensitive <> 0 AS hidden, r.access = 2 AS shelf,
                    EXISTS (SELECT 1 FROM version v WHERE v.record = r.id AND v.n = 1 AND v.document = ?1) AS first,
                    EXISTS (SELECT 1 FROM version v WHERE v.record = r.id AND v.n > 1 AND v.document = ?1) AS later
                FROM record r WHERE r.id IN (SELECT record FROM span WHERE document = ?1)) GROUP BY hidden",
        )?;
        let mut rows = select.query([document.0])?;
        while let Some(row) = rows.next()? {
            let counts = outcome.counts(row.get(0)?);
            counts.records = super::size(row.get(1)?)?;
            counts.new = super::size(row.get(2)?)?;
            counts.new_versions = super::size(row.get(3)?)?;
            counts.not_confirmed = super::size(row.get(4)?)?;
        }
        let mut select = self.tx.prepare_cached(
            "SELECT restricted <> 0 AS hidden, count(*) FROM quarantine WHERE document = ?1 GROUP BY hidden",
        )?;
        let mut rows = select.query([document.0])?;
        while let Some(row) = rows.next()? {
            outcome.counts(row.get(0)?).quarantined = super::size(row.get(1)?)?;
        }
        Ok(outcome)
    }

    /// Overwrites what stands in a document about somebody the person said no to, or was erased before.
    ///
    /// # Errors
    /// As [`Writer::purge`].
    pub fn refuse_stretches(&mut self, document: DocumentRow, spans: &[Span]) -> Result<(), VaultError> {
        for span in spans {
            // A Bundle that is a record comes after its parts; those that stay are spared.
            for piece in self.around_others(document.0, span, &BTreeSet::new())? {
                self.blank(document.0, &piece)?;
            }
        }
        Ok(())
    }

    /// Begins a document. Until [`Writer::document_received`] it is nobody's, and an opening drops it.
    ///
    /// # Errors
    /// Of the database.
    pub fn begin_document(
        &mut self,
        format: &str,
        media_type: &str,
        name: Option<&str>,
    ) -> Result<DocumentRow, VaultError> {
        self.tx.prepare_cached("INSERT INTO blob (size) VALUES (0)")?.execute([])?;
        let blob = self.tx.last_insert_rowid();
        let uid = self.make_uid()?;
        self.tx
            .prepare_cached(
                // Until it is read to its end nobody knows whose and how sensitive it is.
                "INSERT INTO document (uid, blob, format, media_type, name, received_at, state, shelved)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 1)",
            )?
            .execute(params![
                DocumentId::from_random(uid).as_bytes(),
                blob,
                format,
                media_type,
                name,
                self.now.0
            ])?;
        Ok(DocumentRow(self.tx.last_insert_rowid()))
    }

    /// Adds bytes at the end of a document that is being received. All pieces but the last are of 64 KiB times a
    /// whole number.
    ///
    /// # Errors
    /// Of the database; [`VaultError::Refused`] for a document that was received already.
    pub fn append(&mut self, document: DocumentRow, bytes: &[u8]) -> Result<(), VaultError> {
        let (blob, size): (i64, i64) = self
            .tx
            .prepare_cached(
                "SELECT b.id, b.size FROM document d JOIN blob b ON b.id = d.blob WHERE d.id = ?1 AND d.state = 0",
            )?
            .query_row([document.0], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?
            .ok_or(VaultError::NotFound { what: "document being received" })?;
        let chunk = int(CHUNK as u64)?;
        if size % chunk != 0 {
            return Err(VaultError::Refused { what: "a document goes on after its last piece" });
        }
        let mut insert = self.tx.prepare_cached("INSERT INTO chunk (id, bytes) VALUES (?1, ?2)")?;
        for (n, piece) in (size / chunk..).zip(bytes.chunks(CHUNK)) {
            insert.execute(params![chunk_id(blob, n)?, piece])?;
        }
        self.tx
            .prepare_cached("UPDATE blob SET size = size + ?2 WHERE id = ?1")?
            .execute(params![blob, int(bytes.len() as u64)?])?;
        Ok(())
    }

    /// All bytes are there. When the book has them already, what was received is dropped and the earlier document
    /// is given.
    ///
    /// # Errors
    /// Of the database.
    pub fn document_received(
        &mut self,
        document: DocumentRow,
        digest: &[u8; 32],
    ) -> Result<Received, VaultError> {
        let earlier: Option<(i64, [u8; 16], i64)> = self
            .tx
            .prepare_cached("SELECT id, uid, state FROM document WHERE digest = ?1")?
            .query_row([digest.as_slice()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        if let Some((id, uid, state)) = earlier {
            self.drop_document(document)?;
            return Ok(Received {
                document: DocumentRow(id),
                id: DocumentId::from_bytes(uid),
                new: false,
                read: state == STATE_READ,
            });
        }
        let uid: [u8; 16] = self
            .tx
            .prepare_cached("UPDATE document SET state = ?2, digest = ?3 WHERE id = ?1 RETURNING uid")?
            .query_row(params![document.0, STATE_RECEIVED, digest.as_slice()], |row| row.get(0))?;
        Ok(Received { document, id: DocumentId::from_bytes(uid), new: true, read: false })
    }

    /// Everything in the document has been read. It stands on the shelf as long as all its records do.
    ///
    /// # Errors
    /// Of the database.
    pub fn document_read(&mut self, document: DocumentRow) -> Result<(), VaultError> {
        self.tx
            .prepare_cached("UPDATE document SET state = ?2 WHERE id = ?1")?
            .execute(params![document.0, STATE_READ])?;
        self.link_parts(document)?;
        self.refuse_summaries(document)?;
        self.shelve_document(document.0)
    }

    /// A Bundle that is itself a record (a document, a signed one) holds the bytes of its parts: they are linked, so
    /// that a purge of a part finds it and a restricted part restricts it.
    fn link_parts(&mut self, document: DocumentRow) -> Result<(), VaultError> {
        let bundles: Vec<(i64, i64, i64)> = {
            let mut select = self.tx.prepare_cached(
                "SELECT s.record, s.\"offset\", s.\"offset\" + s.length FROM span s JOIN record r ON r.id = s.record
                 WHERE s.document = ?1 AND r.type = 'Bundle' AND s.inner_offset = -1",
            )?;
            select
                .query_map([document.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect::<Result<_, _>>()?
        };
        for (bundle, start, end) in bundles {
            let parts: Vec<i64> = {
                let mut select = self.tx.prepare_cached(
                    "SELECT record FROM span WHERE document = ?1 AND \"offset\" BETWEEN ?2 AND ?3
                     AND \"offset\" + length <= ?3 AND record <> ?4",
                )?;
                select
                    .query_map(params![document.0, start, end, bundle], |row| row.get(0))?
                    .collect::<Result<_, _>>()?
            };
            for part in parts {
                self.link(RecordRow(part), LinkRel::PartOf, RecordRow(bundle))?;
            }
        }
        Ok(())
    }

    /// Decides whether a document is on the shelf: it holds a record that is, and so somebody else's data.
    pub(super) fn shelve_document(&self, document: i64) -> Result<(), VaultError> {
        self.tx
            .prepare_cached(
                "UPDATE document SET shelved = EXISTS (SELECT 1 FROM span s JOIN record r ON r.id = s.record
                                                       WHERE s.document = document.id AND r.access = 2)
                 WHERE id = ?1",
            )?
            .execute([document])?;
        Ok(())
    }

    /// Drops a document that no record stands in: a wrapper that was opened, or one that was not wanted.
    ///
    /// # Errors
    /// [`VaultError::Refused`] when records stand in it.
    pub fn drop_document(&mut self, document: DocumentRow) -> Result<(), VaultError> {
        let used: bool = self
            .tx
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM span WHERE document = ?1)")?
            .query_row([document.0], |row| row.get(0))?;
        if used {
            return Err(VaultError::Refused { what: "records stand in this document" });
        }
        let blob: i64 = self
            .tx
            .prepare_cached("SELECT blob FROM document WHERE id = ?1")?
            .query_row([document.0], |row| row.get(0))?;
        self.tx.prepare_cached("DELETE FROM quarantine WHERE document = ?1")?.execute([document.0])?;
        self.tx.prepare_cached("DELETE FROM document WHERE id = ?1")?.execute([document.0])?;
        self.tx
            .prepare_cached("DELETE FROM meta WHERE key = ?1")?
            .execute([super::redacted_digest(document.0)])?;
        self.drop_blob(blob)
    }

    /// Keeps what could not be read. The same stretch is kept once.
    ///
    /// # Errors
    /// Of the database.
    pub fn quarantine(&mut self, document: DocumentRow, rejected: &Rejected) -> Result<(), VaultError> {
        let restricted = rejected.sensitivity == Sensitivity::Restricted;
        self.tx
            .prepare_cached(
                "INSERT INTO quarantine (document, \"offset\", length, refusal, place, received_at, restricted)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (document, \"offset\", length) DO UPDATE SET refusal = excluded.refusal, place = excluded.place",
            )?
            .execute(params![
                document.0,
                int(rejected.span.offset)?,
                int(rejected.span.length)?,
                Refusal::as_str(rejected.refusal),
                rejected.at,
                self.now.0,
                restricted,
            ])?;
        if restricted { self.restrict_document(document) } else { Ok(()) }
    }

    /// Hides a document, whatever stands in it.
    ///
    /// # Errors
    /// Of the database.
    pub fn restrict_document(&mut self, document: DocumentRow) -> Result<(), VaultError> {
        self.tx.prepare_cached("UPDATE document SET restricted = 1 WHERE id = ?1")?.execute([document.0])?;
        Ok(())
    }
}

/// Drops documents whose bytes never came in whole.
pub(crate) fn drop_unfinished_documents(db: &mut Connection) -> Result<(), VaultError> {
    let unfinished: bool =
        db.query_row("SELECT EXISTS (SELECT 1 FROM document WHERE state = 0)", [], |row| row.get(0))?;
    if !unfinished {
        return Ok(());
    }
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let blobs: Vec<i64> = {
        let mut select = tx.prepare("SELECT blob FROM document WHERE state = 0")?;
        select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
    };
    tx.execute("DELETE FROM document WHERE state = 0", [])?;
    for blob in blobs {
        tx.execute(
            "DELETE FROM chunk WHERE id BETWEEN ?1 AND ?2",
            params![chunk_id(blob, 0)?, chunk_id(blob, super::CHUNKS_PER_BLOB - 1)?],
        )?;
        tx.execute("DELETE FROM blob WHERE id = ?1", [blob])?;
    }
    tx.commit()?;
    Ok(())
}
