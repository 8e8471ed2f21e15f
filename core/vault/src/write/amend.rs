//! What several documents of a source tell of one visit, and what becomes of a record that the newest of them tells no
//! more.

use healthbook_model::{Entry, Timestamp};
use healthbook_sqlite::rusqlite::{OptionalExtension, params};

use super::Writer;
use super::put::NewVersion;
use crate::error::VaultError;
use crate::heads::{heads, newest_sent};
use crate::record::{Bytes, DocumentRow, RecordRow, SourceRow};

/// A stretch of a document that tells of a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldAt {
    /// The document.
    pub document: DocumentRow,
    /// Its format's stored word.
    pub format: String,
    /// First byte in it.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
    /// It is the document's own bytes, and nothing in the document was overwritten.
    pub is_as_sent: bool,
    /// When the document came.
    pub received_at: Timestamp,
}

/// A state of a record that a document tells.
#[derive(Debug, Clone, Copy)]
pub struct ToldState<'a> {
    /// The document.
    pub document: DocumentRow,
    /// Version of the mapping.
    pub mapping: u32,
    /// When the source says that the document is from, as far as it can be believed.
    pub time: Option<i64>,
    /// What the index shall know.
    pub entry: &'a Entry,
    /// The bytes.
    pub bytes: &'a [u8],
}

impl Writer<'_> {
    /// Visits that a document tells of and that are told of at another place too, in the order of their rows from after
    /// this one on.
    ///
    /// # Errors
    /// Of the database.
    pub fn visits_told_again(
        &self,
        document: DocumentRow,
        after: Option<RecordRow>,
        most: u32,
    ) -> Result<Vec<RecordRow>, VaultError> {
        let mut select = self.tx.prepare_cached(
            "SELECT DISTINCT s.record FROM span s JOIN record r ON r.id = s.record
             WHERE s.document = ?1 AND s.record > ?2 AND r.type = 'Encounter'
                AND EXISTS (SELECT 1 FROM span o WHERE o.record = s.record
                    -- One other place is enough: a person stands in every HOSO, and SQLite may look here before the type.
                    AND (o.document, o.\"offset\", o.inner_offset) <> (s.document, s.\"offset\", s.inner_offset))
             ORDER BY s.record LIMIT ?3",
        )?;
        let after = after.map_or(0, |row| row.0);
        let rows = select.query_map(params![document.0, after, most], |row| row.get(0).map(RecordRow))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The source of a record and its id there.
    ///
    /// # Errors
    /// Of the database.
    pub fn origin_of(&self, record: RecordRow) -> Result<(SourceRow, String), VaultError> {
        Ok(self
            .tx
            .prepare_cached("SELECT source, origin FROM record WHERE id = ?1")?
            .query_row([record.0], |row| Ok((SourceRow(row.get(0)?), row.get(1)?)))?)
    }

    /// Where a record is told of, in the order in which it came.
    ///
    /// # Errors
    /// Of the database.
    pub fn told_at(&self, record: RecordRow) -> Result<Vec<ToldAt>, VaultError> {
        let mut select = self.tx.prepare_cached(
            "SELECT s.document, d.format, s.\"offset\", s.length, s.inner_offset < 0 AND d.redacted = 0, d.received_at
             FROM span s JOIN document d ON d.id = s.document WHERE s.record = ?1 ORDER BY s.document, s.\"offset\"",
        )?;
        let rows = select.query_map([record.0], |row| {
            Ok(ToldAt {
                document: DocumentRow(row.get(0)?),
                format: row.get(1)?,
                offset: row.get::<_, i64>(2)?.unsigned_abs(),
                length: row.get::<_, i64>(3)?.unsigned_abs(),
                is_as_sent: row.get(4)?,
                received_at: Timestamp(row.get(5)?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A record that stands in no other documents than these, which are in their order.
    ///
    /// # Errors
    /// Of the database.
    pub fn stands_only_in(
        &self,
        (source, resource_type, origin): (SourceRow, &str, &str),
        documents: &[DocumentRow],
    ) -> Result<Option<RecordRow>, VaultError> {
        let Some(record) = self.record_of_origin(source, resource_type, origin)? else { return Ok(None) };
        let mut select = self.tx.prepare_cached("SELECT DISTINCT document FROM span WHERE record = ?1")?;
        let stands = select.query_map([record.0], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        let only =
            !stands.is_empty() && stands.iter().all(|at| documents.binary_search(&DocumentRow(*at)).is_ok());
        Ok(only.then_some(record))
    }

    /// Withdraws a record that a newer state of its source tells no more, unless it is withdrawn or the person has deleted
    /// it. It leaves the lists; where the person has brought it back, it stays in them, and the withdrawal is told beside.
    /// `told` is that newer state, with what the record said last.
    ///
    /// # Errors
    /// Of the database.
    pub fn tells_no_more(&mut self, record: RecordRow, told: &ToldState<'_>) -> Result<bool, VaultError> {
        let known = self.known_versions(record.0)?;
        let is_deletion = |n: &u32| known.iter().any(|v| v.n == *n && v.own && v.deleted);
        if heads(&known).iter().any(is_deletion)
            || newest_sent(&known, |_| true).is_none_or(|newest| newest.deleted)
        {
            return Ok(false);
        }
        self.withdraw_as_of(record, told.document, told.mapping, told.entry, (told.time, None))?;
        self.remark_linked(record)?;
        Ok(true)
    }

    /// Makes what the newest state of a source tells the record's present, where the very same was told before something
    /// else was, or before it was withdrawn: else the older time of these bytes would hide them.
    ///
    /// # Errors
    /// Of the database.
    pub fn tells_again(&mut self, record: RecordRow, told: &ToldState<'_>) -> Result<bool, VaultError> {
        let hash = self.constants.hasher.hash(told.bytes);
        let known = self.known_versions(record.0)?;
        let Some(newest) = newest_sent(&known, |_| true).map(|newest| newest.n) else { return Ok(false) };
        // Already the present, or never told (another mapping's words): nothing to bring forward.
        let stands: Option<bool> = self
            .tx
            .prepare_cached(
                "SELECT max(n = ?3 OR (document IS ?4 AND rank_time IS ?5)) FROM version WHERE record = ?1 AND hash = ?2",
            )?
            .query_row(params![record.0, hash.as_slice(), newest, told.document.0, told.time], |row| row.get(0))
            .optional()?
            .flatten();
        if stands != Some(false) {
            return Ok(false);
        }
        let bytes =
            Bytes::Own { document: Some(told.document), mapping: Some(told.mapping), bytes: told.bytes };
        let version =
            NewVersion { parents: &[], own: false, rank: Some((told.time, None)), bytes: Some(bytes) };
        let n = self.add_version(record.0, hash, &version)?;
        let access = self.access_of(record.0)?;
        self.decide_heads(record.0, n, told.entry, access)?;
        self.remark_linked(record)?;
        Ok(true)
    }
}
