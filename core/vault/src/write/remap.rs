//! What an older mapping made of documents, so that a better one can be run again.

use healthbook_model::{DocumentId, Entry, Standing};
use healthbook_sqlite::rusqlite::{OptionalExtension, params};

use super::Writer;
use super::document::STATE_READ;
use super::put::NewVersion;
use crate::error::VaultError;
use crate::record::{DocumentRow, RecordRow, SourceKind};

/// A document that an older mapping read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remappable {
    /// The document.
    pub document: DocumentRow,
    /// Its identity.
    pub id: DocumentId,
    /// Its format's stored word.
    pub format: String,
    /// What the person called its source, when they called it something.
    pub label: Option<String>,
}

impl Writer<'_> {
    /// Documents of which something was made by a mapping before this one, in the order they came in.
    ///
    /// # Errors
    /// Of the database.
    pub fn mapped_before(&self, mapping: u32) -> Result<Vec<Remappable>, VaultError> {
        let mut select = self.tx.prepare_cached(
            "SELECT d.id, d.uid, d.format FROM document d WHERE d.state = ?2 AND EXISTS (
                SELECT 1 FROM version v WHERE v.document = d.id AND v.mapping < ?1 AND NOT EXISTS (
                    SELECT 1 FROM version w WHERE w.record = v.record AND w.document = v.document AND w.mapping >= ?1))
             ORDER BY d.id",
        )?;
        let rows = select.query_map(params![mapping, STATE_READ], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, [u8; 16]>(1)?, row.get::<_, String>(2)?))
        })?;
        let mut found = Vec::new();
        for row in rows {
            let (document, uid, format) = row?;
            let label = self
                .tx
                .prepare_cached(
                    "SELECT s.label FROM version v JOIN record r ON r.id = v.record JOIN source s ON s.id = r.source
                     WHERE v.document = ?1 AND v.mapping IS NOT NULL AND s.kind = ?2 LIMIT 1",
                )?
                .query_row(params![document, SourceKind::Label.as_str()], |row| row.get(0))
                .optional()?
                .flatten();
            let id = DocumentId::from_bytes(uid);
            found.push(Remappable { document: DocumentRow(document), id, format, label });
        }
        Ok(found)
    }

    /// Takes a record out of the lists that the mapping makes no more: a version of its source without bytes, beside which
    /// nothing looks as if the person had deleted it.
    ///
    /// # Errors
    /// Of the database.
    pub fn withdraw(
        &mut self,
        record: RecordRow,
        document: DocumentRow,
        mapping: u32,
        entry: &Entry,
    ) -> Result<(), VaultError> {
        let (time, version): (Option<i64>, Option<String>) = self
            .tx
            .prepare_cached(
                "SELECT v.rank_time, v.rank_version FROM record r JOIN version v ON v.record = r.id AND v.n = r.head
                 WHERE r.id = ?1",
            )?
            .query_row([record.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        self.withdraw_as_of(record, document, mapping, entry, (time, version.as_deref()))
    }

    /// [`Writer::withdraw`], by a state of the source that has this rank.
    pub(super) fn withdraw_as_of(
        &mut self,
        record: RecordRow,
        document: DocumentRow,
        mapping: u32,
        entry: &Entry,
        rank: (Option<i64>, Option<&str>),
    ) -> Result<(), VaultError> {
        let mut gone = entry.clone();
        gone.standing = Standing::Deleted;
        gone.points.clear();
        let mut text = b"withdrawn".to_vec();
        text.extend_from_slice(&self.make_uid()?);
        let hash = self.constants.hasher.hash(&text);
        let version = NewVersion { parents: &[], own: false, rank: Some(rank), bytes: None };
        let n = self.add_version(record.0, hash, &version)?;
        // It stands for what the document says now, so that it takes the place of what it said before.
        self.tx
            .prepare_cached("UPDATE version SET document = ?3, mapping = ?4 WHERE record = ?1 AND n = ?2")?
            .execute(params![record.0, n, document.0, mapping])?;
        let access = self.access_of(record.0)?;
        self.decide_heads(record.0, n, &gone, access)
    }

    /// Records that an older mapping made of a document and this one does not make any more, as far as nobody has built
    /// on them. They count as looked at from now on.
    ///
    /// # Errors
    /// Of the database.
    pub fn left_over(&mut self, document: DocumentRow, mapping: u32) -> Result<Vec<RecordRow>, VaultError> {
        let left = {
            let mut select = self.tx.prepare_cached(
                "SELECT r.id FROM version v JOIN record r ON r.id = v.record
                 WHERE v.document = ?2 AND r.head = v.n AND r.heads = 1 AND v.blob IS NOT NULL AND v.mapping < ?1
                    AND NOT EXISTS (
                    SELECT 1 FROM version w WHERE w.record = v.record AND w.document = v.document AND w.mapping >= ?1)
                 ORDER BY r.id",
            )?;
            let rows = select.query_map(params![mapping, document.0], |row| row.get(0).map(RecordRow))?;
            rows.collect::<Result<Vec<_>, _>>()?
        };
        self.tx
            .prepare_cached("UPDATE version SET mapping = ?1 WHERE document = ?2 AND mapping < ?1")?
            .execute(params![mapping, document.0])?;
        Ok(left)
    }
}
