//! The reading half of the vault: one consistent state, seen through a gate.

mod bytes;
mod document;
mod log;
#[cfg(test)]
pub(crate) mod plans;
mod search;
mod timeline;
mod titles;
mod trend;

use healthbook_model::{Kind, RecordId, Standing, Timestamp, apart};
use healthbook_sqlite::rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

pub use bytes::DocumentStream;
pub use log::{AuditLine, ConsentLine, Counts, SourceCount};
pub use timeline::{Filter, TimelinePage};
pub use titles::Titled;
pub use trend::{DayRollUp, PointPlace, PointRow, SampleRow, SampleSeries};

use crate::error::VaultError;
use crate::gate::Gate;
use crate::heads::Known;
use crate::record::{Cursor, FLAG_CORRECTED, FLAG_DUPLICATE, FLAG_OWN, Listed, RecordRow, Version};
use crate::vault::Constants;
use crate::veil::{Of, Veil};
use crate::write::{parents_from_bytes, size};
use healthbook_model::{Coding, DocumentId};

/// One consistent state of the book, seen through a gate.
pub struct Reader<'a> {
    tx: &'a Transaction<'a>,
    gate: Gate,
    utc_offset: i16,
    veil: Veil<'a>,
}

/// The columns of a list, in the order [`listed`] reads them.
macro_rules! listed_columns {
    () => {
        "r.id, r.uid, r.kind, r.type, r.standing, r.start, r.\"end\", r.title, r.title_system, r.title_code, r.subtitle, \
         r.value, r.facility_name, r.source_name, r.restricted, r.flags, r.heads, r.sort"
    };
}
pub(crate) use listed_columns;

pub(crate) const RECORD: &str =
    concat!("SELECT ", listed_columns!(), " FROM visible_listed r WHERE r.uid = ?1");
pub(crate) const POINTING_FROM: &str =
    "SELECT r.source, r.source_base, r.origin FROM visible_listed r WHERE r.uid = ?1";
pub(crate) const POINTED: &str = concat!(
    "SELECT ",
    listed_columns!(),
    " FROM visible_listed r WHERE r.source = ?1 AND r.origin = ?2 AND r.type = ?3 AND NOT EXISTS (
        SELECT 1 FROM visible_record o WHERE o.source = ?1 AND o.origin > ?4 AND o.origin < ?5 AND o.type = ?3)"
);
/// By a name that says no type: its id, or what the source's references call it besides.
pub(crate) const POINTED_BY_NAME: &str = concat!(
    "SELECT ",
    listed_columns!(),
    " FROM visible_listed r WHERE r.id IN (
        SELECT a.record FROM visible_alias a WHERE a.source = ?1 AND a.name = ?2
        UNION ALL SELECT v.id FROM visible_record v WHERE v.source = ?1 AND v.origin = ?2) LIMIT 1"
);
pub(crate) const LAST_CHANGE: &str =
    "SELECT changed, id FROM visible_record ORDER BY changed DESC, id DESC LIMIT 1";
pub(crate) const CHANGES: &str = "SELECT changed, id, uid FROM visible_record WHERE (changed, id) > (?1, ?2) ORDER BY changed, id LIMIT ?3";

pub(crate) fn listed(row: &Row<'_>) -> healthbook_sqlite::rusqlite::Result<Listed> {
    let id: i64 = row.get(0)?;
    let (system, code): (Option<String>, Option<String>) = (row.get(8)?, row.get(9)?);
    let flags: i64 = row.get(15)?;
    Ok(Listed {
        row: RecordRow(id),
        id: RecordId::from_bytes(row.get(1)?),
        kind: Kind::from_number(row.get(2)?).unwrap_or(Kind::Other),
        resource_type: row.get(3)?,
        standing: Standing::from_number(row.get(4)?).unwrap_or(Standing::Unconfirmed),
        start: row.get(5)?,
        end: row.get(6)?,
        title: row.get(7)?,
        title_code: system.zip(code).map(|(system, code)| Coding::new(system, code)),
        subtitle: row.get(10)?,
        value: row.get(11)?,
        facility: row.get(12)?,
        source: row.get(13)?,
        restricted: row.get(14)?,
        own: flags & FLAG_OWN != 0,
        corrected: flags & FLAG_CORRECTED != 0,
        duplicate: flags & FLAG_DUPLICATE != 0,
        heads: row.get(16)?,
        cursor: Cursor { sort: row.get(17)?, row: id },
    })
}

impl<'a> Reader<'a> {
    pub(crate) fn new(tx: &'a Transaction<'a>, gate: Gate, constants: &'a Constants) -> Self {
        Self { tx, gate, utc_offset: constants.utc_offset, veil: Veil::new(&constants.hasher) }
    }

    pub(crate) fn db(&self) -> &Connection {
        self.tx
    }

    /// Minutes east of UTC of the book's time zone.
    #[must_use]
    pub fn utc_offset(&self) -> i16 {
        self.utc_offset
    }

    /// The gate this reader looks through.
    #[must_use]
    pub fn gate(&self) -> Gate {
        self.gate
    }

    /// The book's own value of a name.
    ///
    /// # Errors
    /// Of the database.
    pub fn meta(&self, key: &str) -> Result<Option<Vec<u8>>, VaultError> {
        Ok(self
            .tx
            .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
            .query_row([key], |row| row.get(0))
            .optional()?)
    }

    /// One record as a list shows it.
    ///
    /// # Errors
    /// [`VaultError::NotFound`], also when the gate does not show it.
    pub fn record(&self, id: RecordId) -> Result<Listed, VaultError> {
        self.tx
            .prepare_cached(RECORD)?
            .query_row([id.as_bytes().as_slice()], listed)
            .optional()?
            .ok_or(VaultError::NotFound { what: "record" })
    }

    /// The record whose identity begins with these hexadecimal digits (hyphens are ignored), eight at least.
    ///
    /// # Errors
    /// [`VaultError::NotFound`]; [`VaultError::Ambiguous`] when several begin so.
    pub fn resolve(&self, beginning: &str) -> Result<RecordId, VaultError> {
        const NOT_FOUND: VaultError = VaultError::NotFound { what: "record" };
        let digits: String = beginning.chars().filter(|c| *c != '-').collect();
        if digits.len() < 8 || digits.len() > 32 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(NOT_FOUND);
        }
        let bound = |fill: &str| format!("{digits}{}", fill.repeat(32 - digits.len())).parse::<RecordId>();
        let (low, high) = bound("0").and_then(|low| Ok((low, bound("f")?))).map_err(|_| NOT_FOUND)?;
        let mut select =
            self.tx.prepare_cached("SELECT uid FROM visible_record WHERE uid BETWEEN ?1 AND ?2 LIMIT 2")?;
        let found: Vec<[u8; 16]> = select
            .query_map(params![low.as_bytes().as_slice(), high.as_bytes().as_slice()], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        match found.as_slice() {
            [one] => Ok(RecordId::from_bytes(*one)),
            [] => Err(NOT_FOUND),
            _ => Err(VaultError::Ambiguous),
        }
    }

    /// All states of a record, oldest first.
    ///
    /// # Errors
    /// [`VaultError::NotFound`].
    pub fn versions(&self, id: RecordId) -> Result<Vec<Version>, VaultError> {
        let (mut versions, known) = self.known_versions(id)?;
        let heads = crate::heads::heads(&known);
        for version in &mut versions {
            version.is_head = heads.contains(&version.n);
        }
        Ok(versions)
    }

    /// The state that a record comes back in when it is restored.
    ///
    /// # Errors
    /// [`VaultError::NotFound`], also when no state has bytes.
    pub fn last_with_bytes(&self, id: RecordId) -> Result<u32, VaultError> {
        let (_, known) = self.known_versions(id)?;
        crate::heads::last_with_bytes(&known).ok_or(VaultError::NotFound { what: "version" })
    }

    /// All states, of which none is said to be a head, and what deciding needs to know of them.
    fn known_versions(&self, id: RecordId) -> Result<(Vec<Version>, Vec<Known>), VaultError> {
        let row = self.record(id)?.row;
        let mut select = self.tx.prepare_cached(
            "SELECT v.n, v.parents, v.author, v.received_at, v.rank_time, v.rank_version, v.blob, v.length, d.uid,
                iif(v.mapping IS NULL, NULL, v.document), v.hash
             FROM visible_version v LEFT JOIN visible_document d ON d.id = v.document WHERE v.record = ?1 ORDER BY v.n",
        )?;
        let rows = select.query_map([row.0], |row| {
            let parents: Vec<u8> = row.get(1)?;
            let author: String = row.get(2)?;
            let blob: Option<i64> = row.get(6)?;
            let length: i64 = row.get(7)?;
            let document: Option<[u8; 16]> = row.get(8)?;
            let version = Version {
                n: row.get(0)?,
                parents: parents_from_bytes(&parents),
                own: author == "person",
                received_at: Timestamp(row.get(3)?),
                rank_time: row.get(4)?,
                rank_version: row.get(5)?,
                length: blob.and_then(|_| size(length).ok()),
                document: document.map(DocumentId::from_bytes),
                is_head: false,
            };
            let known = Known {
                n: version.n,
                parents: version.parents.clone(),
                own: version.own,
                deleted: version.length.is_none(),
                received_at: version.received_at.0,
                rank_time: version.rank_time,
                rank_version: version.rank_version.clone(),
                mapped_from: row.get(9)?,
                hash: row.get(10)?,
            };
            Ok((version, known))
        })?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?.into_iter().unzip())
    }

    /// Records linked with this one: (it, how, the other, whether the other one is the target).
    ///
    /// # Errors
    /// Of the database.
    pub fn links(&self, id: RecordId) -> Result<Vec<(crate::write::LinkRel, RecordId, bool)>, VaultError> {
        let row = self.record(id)?.row;
        let mut select = self.tx.prepare_cached(
            "SELECT l.rel, b.uid, 1 FROM visible_link l JOIN visible_record b ON b.id = l.target
                WHERE l.record = ?1 AND l.undone_at IS NULL
             UNION ALL SELECT l.rel, a.uid, 0 FROM visible_link l JOIN visible_record a ON a.id = l.record
                WHERE l.target = ?1 AND l.undone_at IS NULL",
        )?;
        let rows = select
            .query_map([row.0], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get::<_, bool>(2)?)))?;
        let mut found = Vec::new();
        for row in rows {
            let (rel, other, is_target) = row?;
            if let Some(rel) = crate::write::LinkRel::parse(&rel) {
                found.push((rel, RecordId::from_bytes(other), is_target));
            }
        }
        Ok(found)
    }

    /// The record that another one points to, if it is there and visible: pointers name records of their own source.
    /// `server` is the pointer's, when it is an absolute address.
    ///
    /// # Errors
    /// [`VaultError::NotFound`] of the one that points.
    pub fn pointed(
        &self,
        from: RecordId,
        server: Option<&str>,
        resource_type: Option<&str>,
        id: &str,
    ) -> Result<Option<Listed>, VaultError> {
        let (source, base, origin): (i64, Option<String>, String) = self
            .tx
            .prepare_cached(POINTING_FROM)?
            .query_row([from.as_bytes().as_slice()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?
            .ok_or(VaultError::NotFound { what: "record" })?;
        if server.is_some() && server != base.as_deref() {
            return Ok(None);
        }
        // What tells of one of several people under one id points to that one's records. What points to an id of
        // several by the id alone may mean any of them.
        let told = apart::alike(&origin, id);
        let (after, before) = apart::marks_of(&told);
        let found = match resource_type {
            Some(kind) => self
                .tx
                .prepare_cached(POINTED)?
                .query_row(params![source, told, kind, after, before], listed)
                .optional()?,
            None => {
                self.tx.prepare_cached(POINTED_BY_NAME)?.query_row(params![source, id], listed).optional()?
            }
        };
        Ok(found)
    }

    /// Heads that have bytes, in the order in which records came, a page at a time.
    ///
    /// # Errors
    /// Of the database.
    pub fn heads(&self, after: Option<i64>, limit: u32) -> Result<(Vec<HeadRow>, Option<i64>), VaultError> {
        let mut select = self.tx.prepare_cached(
            "SELECT r.id, r.uid, r.type, r.origin, r.source_base FROM visible_listed r WHERE r.id > ?1 AND r.standing <> ?2 ORDER BY r.id LIMIT ?3",
        )?;
        let gone = Standing::Deleted.number();
        let rows = select.query_map(params![after.unwrap_or(i64::MIN), gone, limit], |row| {
            Ok((
                row.get::<_, i64>(0)?,
                HeadRow {
                    id: RecordId::from_bytes(row.get(1)?),
                    resource_type: row.get(2)?,
                    origin: row.get(3)?,
                    base: row.get(4)?,
                },
            ))
        })?;
        let mut heads = Vec::new();
        let mut last = None;
        for row in rows {
            let (id, head) = row?;
            last = Some(id);
            heads.push(head);
        }
        Ok((heads, last))
    }

    /// Other names that sources use for records between two places of [`Reader::heads`]. It looks at all names of the
    /// book each time.
    ///
    /// # Errors
    /// Of the database.
    pub fn names_between(&self, after: Option<i64>, to: i64) -> Result<Vec<(RecordId, String)>, VaultError> {
        let mut select = self
            .tx
            .prepare_cached("SELECT uid, name FROM visible_alias WHERE record > ?1 AND record <= ?2")?;
        let found = select
            .query_map(params![after.unwrap_or(i64::MIN), to], |row| {
                Ok((RecordId::from_bytes(row.get(0)?), row.get(1)?))
            })?
            .collect::<Result<_, _>>()?;
        Ok(found)
    }

    /// What records between two places of [`Reader::heads`] were linked with: each with how, and the other one. That a
    /// part belongs to its document is not told: the document's bytes tell it.
    ///
    /// # Errors
    /// Of the database.
    pub fn links_between(
        &self,
        after: Option<i64>,
        to: i64,
    ) -> Result<Vec<(RecordId, crate::write::LinkRel, HeadRow)>, VaultError> {
        let mut select = self.tx.prepare_cached(
            "SELECT a.uid, l.rel, t.uid, t.type, t.origin, t.source_base FROM visible_link l
             JOIN visible_record a ON a.id = l.record JOIN visible_listed t ON t.id = l.target
             WHERE l.record > ?1 AND l.record <= ?2 AND l.undone_at IS NULL
             AND NOT (l.rel = 'part-of' AND t.type = 'Bundle')",
        )?;
        let rows = select.query_map(params![after.unwrap_or(i64::MIN), to], |row| {
            let head = HeadRow {
                id: RecordId::from_bytes(row.get(2)?),
                resource_type: row.get(3)?,
                origin: row.get(4)?,
                base: row.get(5)?,
            };
            Ok((RecordId::from_bytes(row.get(0)?), row.get::<_, String>(1)?, head))
        })?;
        let mut found = Vec::new();
        for row in rows {
            let (id, rel, head) = row?;
            found.extend(crate::write::LinkRel::parse(&rel).map(|rel| (id, rel, head)));
        }
        Ok(found)
    }

    /// The last place that [`Reader::heads`] knows now.
    ///
    /// # Errors
    /// Of the database.
    pub fn last_head(&self) -> Result<i64, VaultError> {
        let last: Option<i64> =
            self.tx.query_row("SELECT max(id) FROM visible_record", [], |row| row.get(0))?;
        Ok(last.unwrap_or(0))
    }

    /// As [`Reader::heads`], in a book where a page of the list is damaged: each row is asked for alone. The third value
    /// is the number of rows that could not be read; where the pages that would tell are damaged too it is the number of
    /// those that may have been there.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] when even the end of the list cannot be found.
    pub fn heads_one_by_one(
        &self,
        after: Option<i64>,
        limit: u32,
    ) -> Result<(Vec<HeadRow>, Option<i64>, u64), VaultError> {
        // Identities of rows are given without gaps, but for what was erased; any index tells the last.
        let mut end = None;
        for sql in ["SELECT max(record) FROM visible_version", "SELECT max(id) FROM visible_record"] {
            match self.tx.query_row(sql, [], |row| row.get::<_, Option<i64>>(0)) {
                Ok(found) => end = end.max(found),
                Err(error) => match VaultError::from(error) {
                    VaultError::Damaged { .. } => {}
                    other => return Err(other),
                },
            }
        }
        let end = end.ok_or_else(|| VaultError::damaged("the list of records"))?;
        let mut at = after.unwrap_or(0);
        let (mut heads, mut lost) = (Vec::new(), 0);
        while at < end && heads.len() < usize::try_from(limit).unwrap_or(usize::MAX) {
            match self.head_row(at + 1) {
                Ok(head) => heads.extend(head),
                Err(VaultError::Damaged { .. }) => lost += 1,
                Err(other) => return Err(other),
            }
            at += 1;
        }
        Ok((heads, (at < end).then_some(at), lost))
    }

    /// The head of one row, when it is visible and has bytes. Where the names of sources are damaged it comes without its
    /// source, and so without the id it had there.
    fn head_row(&self, row: i64) -> Result<Option<HeadRow>, VaultError> {
        let read = |sql: &str| -> Result<Option<HeadRow>, VaultError> {
            let mut select = self.tx.prepare_cached(sql)?;
            let head = select
                .query_row(params![row, Standing::Deleted.number()], |row| {
                    Ok(HeadRow {
                        id: RecordId::from_bytes(row.get(0)?),
                        resource_type: row.get(1)?,
                        origin: row.get(2)?,
                        base: row.get(3)?,
                    })
                })
                .optional()?;
            Ok(head)
        };
        match read(
            "SELECT r.uid, r.type, r.origin, r.source_base FROM visible_listed r WHERE r.id = ?1 AND r.standing <> ?2",
        ) {
            Err(VaultError::Damaged { .. }) => {
                read("SELECT uid, type, '', '' FROM visible_record WHERE id = ?1 AND standing <> ?2")
            }
            other => other,
        }
    }

    /// Records that changed after `since`, at most `limit`, in the order of their changes, and the place to go on from.
    /// A record that was purged is not among them.
    ///
    /// # Errors
    /// Of the database.
    pub fn changes(
        &self,
        since: ChangeCursor,
        limit: u32,
    ) -> Result<(Vec<RecordId>, ChangeCursor), VaultError> {
        let mut select = self.tx.prepare_cached(CHANGES)?;
        let (change, row) = since.lifted(self.veil);
        let rows = select.query_map(params![change, row, limit], |row| {
            Ok((ChangeCursor::over(self.veil, row.get(0)?, row.get(1)?), RecordId::from_bytes(row.get(2)?)))
        })?;
        let mut next = since;
        let mut found = Vec::new();
        for row in rows {
            let (cursor, id) = row?;
            next = cursor;
            found.push(id);
        }
        Ok((found, next))
    }

    /// The place after everything that has changed so far. It moves with what this gate shows, and with nothing else.
    ///
    /// # Errors
    /// Of the database.
    pub fn last_change(&self) -> Result<ChangeCursor, VaultError> {
        let last: Option<(i64, i64)> = self
            .tx
            .prepare_cached(LAST_CHANGE)?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(last
            .map_or_else(ChangeCursor::default, |(change, row)| ChangeCursor::over(self.veil, change, row)))
    }
}

/// A head to be written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeadRow {
    /// The record.
    pub id: RecordId,
    /// FHIR resource type.
    pub resource_type: String,
    /// Its id at its source.
    pub origin: String,
    /// The identity of its source.
    pub base: String,
}

/// A place in the feed of changes. The default is before everything; all others are as a book gave them, and say nothing
/// outside of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChangeCursor(Option<(i64, i64)>);

impl ChangeCursor {
    fn over(veil: Veil<'_>, change: i64, row: i64) -> Self {
        Self(Some((veil.over(Of::Change, change), veil.over(Of::Record, row))))
    }

    fn lifted(self, veil: Veil<'_>) -> (i64, i64) {
        self.0.map_or((0, 0), |(change, row)| (veil.lifted(Of::Change, change), veil.lifted(Of::Record, row)))
    }
}
