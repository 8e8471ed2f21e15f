//! Putting a version that a source sent.

use std::collections::{BTreeMap, HashMap};

use healthbook_model::{Entry, RecordId, Sensitivity};
use healthbook_sqlite::rusqlite::{OptionalExtension, params};

use super::index::sort_of;
use super::{Writer, int};
use crate::error::VaultError;
use crate::heads::{Known, heads};
use crate::record::{Bytes, FLAG_OWN, Outcome, Put, RecordRow, SourceRow};

/// The parents of a version as they are stored: little-endian numbers one after another.
pub(crate) fn parents_to_bytes(parents: &[u32]) -> Vec<u8> {
    parents.iter().flat_map(|n| n.to_le_bytes()).collect()
}

pub(crate) fn parents_from_bytes(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).filter_map(|four| four.try_into().ok().map(u32::from_le_bytes)).collect()
}

/// One version to be written.
pub(super) struct NewVersion<'a> {
    pub(super) parents: &'a [u32],
    pub(super) own: bool,
    pub(super) rank: Option<(Option<i64>, Option<&'a str>)>,
    /// `None` is a deletion.
    pub(super) bytes: Option<Bytes<'a>>,
}

/// How many records there are of each source, kind, standing and access.
type Counts = BTreeMap<(i64, u8, u8, i64), i64>;

/// How many new records there are, by their type. They are counted once, at the end of the transaction.
#[derive(Default)]
pub(super) struct Counted(HashMap<String, Counts>);

impl Counted {
    fn add(&mut self, put: &Put<'_>, access: i64) {
        let of = (put.source.0, put.entry.kind.number(), put.entry.standing.number(), access);
        match self.0.get_mut(put.resource_type) {
            Some(counts) => *counts.entry(of).or_default() += 1,
            None => {
                self.0.insert(put.resource_type.to_owned(), BTreeMap::from([(of, 1)]));
            }
        }
    }
}

impl Writer<'_> {
    /// Writes down how many records are new, before anybody asks.
    pub(super) fn count_new(&mut self) -> Result<(), VaultError> {
        for (resource_type, counts) in std::mem::take(&mut self.counted).0 {
            for ((source, kind, standing, access), count) in counts {
                self.tx
                    .prepare_cached(
                        "INSERT INTO tally (source, type, kind, standing, access, count)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET count = count + ?6",
                    )?
                    .execute(params![source, resource_type, kind, standing, access, count])?;
            }
        }
        Ok(())
    }

    /// What stays of a purged record's identity.
    pub(super) fn origin_hash(
        &self,
        source: SourceRow,
        resource_type: &str,
        origin: &str,
    ) -> Result<[u8; 32], VaultError> {
        let base: String = self
            .tx
            .prepare_cached("SELECT base FROM source WHERE id = ?1")?
            .query_row([source.0], |row| row.get(0))?;
        let mut text = Vec::new();
        for part in [base.as_str(), resource_type, origin] {
            text.extend_from_slice(&(part.len() as u64).to_le_bytes());
            text.extend_from_slice(part.as_bytes());
        }
        Ok(self.constants.hasher.hash(&text))
    }

    /// Puts a version that a source sent.
    ///
    /// # Errors
    /// Of the database.
    pub fn put(&mut self, put: &Put<'_>) -> Result<Outcome, VaultError> {
        if self.is_purged(put.source, put.resource_type, put.origin)? {
            if let Some(document) = put.bytes.document() {
                self.refuse_stretches(document, put.spans)?;
            }
            return Ok(Outcome::Purged);
        }
        let known: Option<(i64, i64)> = self
            .tx
            .prepare_cached("SELECT id, access FROM record WHERE source = ?1 AND type = ?2 AND origin = ?3")?
            .query_row(params![put.source.0, put.resource_type, put.origin], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        if put.resource_type == "Bundle" && !self.stands_as_read(put)? {
            // A part of it was erased: the document keeps what is left, and the Bundle is no record any more.
            return Ok(Outcome::Purged);
        }
        let Some((record, access)) = known else {
            if self.says_what_was_purged(put)? {
                if let Some(document) = put.bytes.document() {
                    self.refuse_stretches(document, put.spans)?;
                }
                return Ok(Outcome::Purged);
            }
            return self.put_new(put);
        };
        self.note_sent(record, put);
        self.follow_subject(record, put)?;
        self.keep_spans(record, put)?;
        let hash = self.constants.hasher.hash(put.bytes.bytes());
        let had: bool = self
            .tx
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM version WHERE record = ?1 AND hash = ?2)")?
            .query_row(params![record, hash.as_slice()], |row| row.get(0))?;
        if had {
            let shown =
                put.entry.sensitivity == Sensitivity::Ordinary && self.relax(record, &hash, &put.bytes)?;
            if let Bytes::Own { mapping: Some(mapping), .. } = put.bytes {
                // A newer mapping says the same of it.
                self.tx
                    .prepare_cached(
                        "UPDATE version SET mapping = ?3 WHERE record = ?1 AND hash = ?2 AND mapping < ?3",
                    )?
                    .execute(params![record, hash.as_slice(), mapping])?;
            }
            // It stands in another document now, which may have to be hidden with it.
            self.touched.push(record);
            let row = RecordRow(record);
            return Ok(if shown { Outcome::Shown(row) } else { Outcome::Unchanged(row) });
        }
        let n = self.add_version(
            record,
            hash,
            &NewVersion {
                parents: &[],
                own: false,
                rank: Some((put.entry.last_updated, put.entry.version_id.as_deref())),
                bytes: Some(put.bytes),
            },
        )?;
        self.decide_heads(record, n, put.entry, access)?;
        Ok(Outcome::NewVersion(RecordRow(record)))
    }

    /// What a restricted visit says again of its patient is not heard.
    fn note_sent(&mut self, record: i64, put: &Put<'_>) {
        if put.entry.sensitivity == Sensitivity::Ordinary {
            self.sent.insert(record);
        }
    }

    /// Whether the bytes are still those of the document: a part of a Bundle may have been overwritten since they were
    /// read.
    fn stands_as_read(&self, put: &Put<'_>) -> Result<bool, VaultError> {
        let Bytes::Stretch { document, offset, bytes } = put.bytes else { return Ok(true) };
        let (blob, redacted): (i64, i64) = self
            .tx
            .prepare_cached("SELECT blob, redacted FROM document WHERE id = ?1")?
            .query_row([document.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(redacted == 0 || super::read_blob(self.tx, blob, offset, bytes.len() as u64)? == bytes)
    }

    /// Another id of the book's person, or the first word on whose it is: the records of confirmed people leave the shelf
    /// at the end of the import. What is said to be about somebody else is another record ([`Writer::home`]).
    fn follow_subject(&self, record: i64, put: &Put<'_>) -> Result<(), VaultError> {
        let Some(subject) = put.subject else { return Ok(()) };
        self.tx
            .prepare_cached(
                "UPDATE record SET subject = ?2, changed = ?3 WHERE id = ?1 AND subject IS NOT ?2",
            )?
            .execute(params![record, subject.0, self.change])?;
        Ok(())
    }

    /// Whether a record of this identity was erased, so that nothing of it may be kept again.
    ///
    /// # Errors
    /// Of the database.
    pub fn is_purged(
        &self,
        source: SourceRow,
        resource_type: &str,
        origin: &str,
    ) -> Result<bool, VaultError> {
        let any: bool = self
            .tx
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM purged)")?
            .query_row([], |row| row.get(0))?;
        if !any {
            return Ok(false);
        }
        let hash = self.origin_hash(source, resource_type, origin)?;
        Ok(self
            .tx
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM purged WHERE origin_hash = ?1)")?
            .query_row([hash.as_slice()], |row| row.get(0))?)
    }

    fn put_new(&mut self, put: &Put<'_>) -> Result<Outcome, VaultError> {
        let uid = match put.id {
            Some(id) => id,
            None => RecordId::from_random(self.make_uid()?),
        };
        let (record, access) = self.insert_row(uid, put)?;
        let hash = self.constants.hasher.hash(put.bytes.bytes());
        let n = self.add_version(
            record,
            hash,
            &NewVersion {
                parents: &[],
                own: put.source == SourceRow::OWN,
                rank: (put.source != SourceRow::OWN)
                    .then_some((put.entry.last_updated, put.entry.version_id.as_deref())),
                bytes: Some(put.bytes),
            },
        )?;
        debug_assert_eq!(n, 1, "a new record has no versions");
        self.keep_spans(record, put)?;
        self.note_sent(record, put);
        self.index(record, put.entry, access)?;
        self.touched.push(record);
        Ok(Outcome::New(RecordRow(record)))
    }

    /// Whether a record is behind the gate, as far as the transactions before this one have found.
    ///
    /// # Errors
    /// Of the database.
    pub fn is_restricted(&self, record: RecordRow) -> Result<bool, VaultError> {
        Ok(self.access_of(record.0)? == 1)
    }

    pub(super) fn access_of(&self, record: i64) -> Result<i64, VaultError> {
        Ok(self
            .tx
            .prepare_cached("SELECT access FROM record WHERE id = ?1")?
            .query_row([record], |row| row.get(0))?)
    }

    /// Gives the new row's number and its access.
    fn insert_row(&mut self, uid: RecordId, put: &Put<'_>) -> Result<(i64, i64), VaultError> {
        let entry = put.entry;
        let sensitive = entry.sensitivity == Sensitivity::Restricted;
        let restricted = sensitive || entry.parts == Sensitivity::Restricted;
        let access = if put.shelved { 2 } else { i64::from(restricted) };
        let facility = self.facility(entry.facility.as_deref())?;
        let own = put.source == SourceRow::OWN;
        self.tx
            .prepare_cached(
                "INSERT INTO record (uid, source, type, origin, subject, head, heads, access, sensitive, restricted,
                    kind, standing, sort, start, \"end\", title, title_system, title_code, subtitle, value, facility,
                    flags, changed)
                 VALUES (?1, ?2, ?3, ?4, ?5, 1, 1, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
                    ?20, ?21)",
            )?
            .execute(params![
                uid.as_bytes(),
                put.source.0,
                put.resource_type,
                put.origin,
                put.subject.map(|s| s.0),
                access,
                sensitive,
                restricted,
                entry.kind.number(),
                entry.standing.number(),
                sort_of(entry, self.constants.utc_offset),
                entry.start.map(|at| at.to_string()),
                entry.end.map(|at| at.to_string()),
                entry.title,
                entry.title_code.as_ref().map(|c| &c.system),
                entry.title_code.as_ref().map(|c| &c.code),
                entry.subtitle,
                entry.value,
                facility,
                if own { FLAG_OWN } else { 0 },
                self.change,
            ])?;
        let record = self.tx.last_insert_rowid();
        self.counted.add(put, access);
        Ok((record, access))
    }

    fn keep_spans(&self, record: i64, put: &Put<'_>) -> Result<(), VaultError> {
        let Some(document) = put.bytes.document() else { return Ok(()) };
        let mut insert = self.tx.prepare_cached(
            "INSERT OR IGNORE INTO span (record, document, \"offset\", length, inner_offset, inner_length)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for span in put.spans {
            let (inner_offset, inner_length) = match span.inner {
                Some((offset, length)) => (int(offset)?, int(length)?),
                None => (-1, 0),
            };
            insert.execute(params![
                record,
                document.0,
                int(span.offset)?,
                int(span.length)?,
                inner_offset,
                inner_length
            ])?;
        }
        Ok(())
    }

    /// Writes a version row and its bytes, and gives its number.
    pub(super) fn add_version(
        &mut self,
        record: i64,
        hash: [u8; 32],
        version: &NewVersion<'_>,
    ) -> Result<u32, VaultError> {
        let n: u32 = self
            .tx
            .prepare_cached("SELECT coalesce(max(n), 0) + 1 FROM version WHERE record = ?1")?
            .query_row([record], |row| row.get(0))?;
        let (document, blob, offset, length, mapping) = match version.bytes {
            None => (None, None, 0, 0, None),
            Some(Bytes::Stretch { document, offset, bytes }) => {
                let blob: i64 = self
                    .tx
                    .prepare_cached("SELECT blob FROM document WHERE id = ?1")?
                    .query_row([document.0], |row| row.get(0))?;
                (Some(document.0), Some(blob), offset, bytes.len() as u64, None)
            }
            Some(Bytes::Own { document, mapping, bytes }) => {
                (document.map(|d| d.0), Some(self.make_blob(bytes)?), 0, bytes.len() as u64, mapping)
            }
        };
        let (rank_time, rank_version) = version.rank.unwrap_or_default();
        self.tx
            .prepare_cached(
                "INSERT INTO version (record, n, hash, parents, author, received_at, rank_time, rank_version, document,
                    blob, \"offset\", length, mapping)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .execute(params![
                record,
                n,
                hash.as_slice(),
                parents_to_bytes(version.parents),
                if version.own { "person" } else { "source" },
                self.now.0,
                rank_time,
                rank_version,
                document,
                blob,
                int(offset)?,
                int(length)?,
                mapping,
            ])?;
        Ok(n)
    }

    pub(super) fn known_versions(&self, record: i64) -> Result<Vec<Known>, VaultError> {
        let mut select = self.tx.prepare_cached(
            "SELECT n, parents, author, blob IS NULL, received_at, rank_time, rank_version,
                iif(mapping IS NULL, NULL, document), hash FROM version WHERE record = ?1 ORDER BY n",
        )?;
        let versions = select
            .query_map([record], |row| {
                let parents: Vec<u8> = row.get(1)?;
                let author: String = row.get(2)?;
                Ok(Known {
                    n: row.get(0)?,
                    parents: parents_from_bytes(&parents),
                    own: author == "person",
                    deleted: row.get(3)?,
                    received_at: row.get(4)?,
                    rank_time: row.get(5)?,
                    rank_version: row.get(6)?,
                    mapped_from: row.get(7)?,
                    hash: row.get(8)?,
                })
            })?
            .collect::<Result<_, _>>()?;
        Ok(versions)
    }

    /// Decides the heads after version `n` came, and indexes it anew when it is the one that is shown.
    pub(super) fn decide_heads(
        &mut self,
        record: i64,
        n: u32,
        entry: &Entry,
        access: i64,
    ) -> Result<(), VaultError> {
        let now = heads(&self.known_versions(record)?);
        if now.first() == Some(&n) {
            self.unindex(record)?;
            self.write_row(record, entry)?;
            self.index(record, entry, access)?;
        } else if entry.sensitivity == Sensitivity::Restricted {
            // An older state is read in the history: what it says restricts the record in whatever order they come.
            self.tx.prepare_cached("UPDATE record SET sensitive = 1 WHERE id = ?1")?.execute([record])?;
        } else if entry.parts == Sensitivity::Restricted {
            self.tx.prepare_cached("UPDATE record SET restricted = 1 WHERE id = ?1")?.execute([record])?;
        }
        self.write_heads(record, &now)?;
        self.touched.push(record);
        Ok(())
    }
}
