//! What the person does: adds, edits, corrects, takes out of the lists, brings back.

use healthbook_model::{Entry, RecordId, Standing};
use healthbook_sqlite::rusqlite::{OptionalExtension, params};

use super::Writer;
use super::put::NewVersion;
use crate::error::VaultError;
use crate::heads::{heads, last_with_bytes};
use crate::record::{Bytes, FLAG_CORRECTED, FLAG_DUPLICATE, Outcome, Put, RecordRow, SourceRow};

/// How one record stands to another, by the person's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkRel {
    /// Says it better than the target.
    Corrects,
    /// Is the same as the target, told twice.
    DuplicateOf,
    /// Belongs to the target.
    PartOf,
    /// Was made from the target.
    DerivedFrom,
}

impl LinkRel {
    /// The stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Corrects => "corrects",
            Self::DuplicateOf => "duplicate-of",
            Self::PartOf => "part-of",
            Self::DerivedFrom => "derived-from",
        }
    }

    /// The relation of a stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Corrects, Self::DuplicateOf, Self::PartOf, Self::DerivedFrom]
            .into_iter()
            .find(|r| r.as_str() == word)
    }
}

impl Writer<'_> {
    /// A fresh identity for a record that is about to be added.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn make_record_id(&self) -> Result<RecordId, VaultError> {
        self.make_uid().map(RecordId::from_random)
    }

    /// Adds a record of the person's own. Its FHIR id is its identity.
    ///
    /// # Errors
    /// Of the database.
    pub fn add(&mut self, id: RecordId, entry: &Entry, bytes: &[u8]) -> Result<RecordRow, VaultError> {
        let origin = id.to_string();
        let put = Put {
            source: SourceRow::OWN,
            resource_type: &entry.resource_type,
            origin: &origin,
            entry,
            bytes: Bytes::Own { document: None, mapping: None, bytes },
            spans: &[],
            subject: None,
            shelved: false,
            id: Some(id),
        };
        match self.put(&put)? {
            Outcome::New(row) => Ok(row),
            _ => Err(VaultError::Refused { what: "a record of this identity is there already" }),
        }
    }

    /// Whether a record is the person's own entry.
    ///
    /// # Errors
    /// Of the database.
    pub fn is_own(&self, record: RecordRow) -> Result<bool, VaultError> {
        Ok(self
            .tx
            .prepare_cached("SELECT source = ?2 FROM record WHERE id = ?1")?
            .query_row(params![record.0, SourceRow::OWN.0], |row| row.get(0))?)
    }

    /// Adds a version by the person that joins all present heads.
    ///
    /// # Errors
    /// Of the database.
    pub fn edit(&mut self, record: RecordRow, entry: &Entry, bytes: &[u8]) -> Result<(), VaultError> {
        let hash = self.constants.hasher.hash(bytes);
        self.build_on_heads(record.0, hash, entry, Some(Bytes::Own { document: None, mapping: None, bytes }))
    }

    /// Takes a record out of the lists: a version without bytes. What was there stays in its history.
    ///
    /// # Errors
    /// [`VaultError::Refused`] when it is out already.
    pub fn delete(&mut self, record: RecordRow, entry: &Entry) -> Result<(), VaultError> {
        self.refuse_standing(record.0, true)?;
        let mut gone = entry.clone();
        gone.standing = Standing::Deleted;
        gone.points.clear();
        let mut text = b"deleted".to_vec();
        text.extend_from_slice(&self.make_uid()?);
        let hash = self.constants.hasher.hash(&text);
        self.build_on_heads(record.0, hash, &gone, None)
    }

    /// Brings a record back as it was before it was deleted: a version with the bytes of the last one that had any.
    ///
    /// # Errors
    /// [`VaultError::Refused`] when it is not deleted.
    pub fn restore(&mut self, record: RecordRow, entry: &Entry) -> Result<(), VaultError> {
        self.refuse_standing(record.0, false)?;
        let n = self.last_with_bytes(record)?;
        let parents = heads(&self.known_versions(record.0)?);
        // The very stretch of the earlier version, not a copy of it.
        let next: u32 = self
            .tx
            .prepare_cached(
                "INSERT INTO version (record, n, hash, parents, author, received_at, document, blob, \"offset\", length, mapping)
                 SELECT record, (SELECT max(n) + 1 FROM version WHERE record = ?1), hash, ?3, 'person', ?4, document, blob,
                    \"offset\", length, mapping
                 FROM version WHERE record = ?1 AND n = ?2 RETURNING n",
            )?
            .query_row(
                params![record.0, n, super::put::parents_to_bytes(&parents), self.now.0],
                |row| row.get(0),
            )?;
        let access = self.access_of(record.0)?;
        self.decide_heads(record.0, next, entry, access)
    }

    /// The version that [`Writer::restore`] brings back.
    ///
    /// # Errors
    /// [`VaultError::NotFound`] when no version has bytes.
    pub fn last_with_bytes(&self, record: RecordRow) -> Result<u32, VaultError> {
        last_with_bytes(&self.known_versions(record.0)?).ok_or(VaultError::NotFound { what: "version" })
    }

    fn refuse_standing(&self, record: i64, deleted: bool) -> Result<(), VaultError> {
        let standing: i64 = self
            .tx
            .prepare_cached("SELECT standing FROM record WHERE id = ?1")?
            .query_row([record], |row| row.get(0))
            .optional()?
            .ok_or(VaultError::NotFound { what: "record" })?;
        match (standing == i64::from(Standing::Deleted.number()), deleted) {
            (true, true) => Err(VaultError::Refused { what: "it is deleted already" }),
            (false, false) => Err(VaultError::Refused { what: "it is not deleted" }),
            _ => Ok(()),
        }
    }

    fn build_on_heads(
        &mut self,
        record: i64,
        hash: [u8; 32],
        entry: &Entry,
        bytes: Option<Bytes<'_>>,
    ) -> Result<(), VaultError> {
        let parents = heads(&self.known_versions(record)?);
        let n =
            self.add_version(record, hash, &NewVersion { parents: &parents, own: true, rank: None, bytes })?;
        let access = self.access_of(record)?;
        self.decide_heads(record, n, entry, access)
    }

    /// Links two records. A link that stands already is left as it is.
    ///
    /// # Errors
    /// [`VaultError::Refused`] for a record linked to itself.
    pub fn link(&mut self, record: RecordRow, rel: LinkRel, target: RecordRow) -> Result<(), VaultError> {
        if record == target {
            return Err(VaultError::Refused { what: "a record is not linked to itself" });
        }
        self.tx
            .prepare_cached(
                "INSERT INTO link (record, rel, target, made_at) SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS
                    (SELECT 1 FROM link WHERE record = ?1 AND rel = ?2 AND target = ?3 AND undone_at IS NULL)",
            )?
            .execute(params![record.0, rel.as_str(), target.0, self.now.0])?;
        self.mark_links(record.0)?;
        self.mark_links(target.0)
    }

    /// Whether two records are or were linked in this way.
    ///
    /// # Errors
    /// Of the database.
    pub fn knows_link(&self, record: RecordRow, rel: LinkRel, target: RecordRow) -> Result<bool, VaultError> {
        Ok(self
            .tx
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM link WHERE record = ?1 AND rel = ?2 AND target = ?3)",
            )?
            .query_row(params![record.0, rel.as_str(), target.0], |row| row.get(0))?)
    }

    /// Undoes a link; that it was there stays on record.
    ///
    /// # Errors
    /// [`VaultError::NotFound`].
    pub fn unlink(&mut self, record: RecordRow, rel: LinkRel, target: RecordRow) -> Result<(), VaultError> {
        let undone = self
            .tx
            .prepare_cached(
                "UPDATE link SET undone_at = ?4 WHERE record = ?1 AND rel = ?2 AND target = ?3 AND undone_at IS NULL",
            )?
            .execute(params![record.0, rel.as_str(), target.0, self.now.0])?;
        if undone == 0 {
            return Err(VaultError::NotFound { what: "link" });
        }
        self.mark_links(record.0)?;
        self.mark_links(target.0)
    }

    /// Keeps the marks that lists show in step with the links. A correction that is itself deleted corrects nothing.
    pub(super) fn mark_links(&mut self, record: i64) -> Result<(), VaultError> {
        let flag = |sql: &str| -> Result<bool, VaultError> {
            Ok(self
                .tx
                .prepare_cached(sql)?
                .query_row(params![record, Standing::Deleted.number()], |row| row.get(0))?)
        };
        let corrected = flag(
            "SELECT EXISTS (SELECT 1 FROM link l JOIN record c ON c.id = l.record
             WHERE l.target = ?1 AND l.rel = 'corrects' AND l.undone_at IS NULL AND c.standing <> ?2)",
        )?;
        let duplicate = flag(
            "SELECT EXISTS (SELECT 1 FROM link l JOIN record t ON t.id = l.target
             WHERE l.record = ?1 AND l.rel = 'duplicate-of' AND l.undone_at IS NULL AND t.standing <> ?2)",
        )?;
        let set = if corrected { FLAG_CORRECTED } else { 0 } | if duplicate { FLAG_DUPLICATE } else { 0 };
        self.tx
            .prepare_cached("UPDATE record SET flags = (flags & ~?2) | ?3, changed = ?4 WHERE id = ?1")?
            .execute(params![record, FLAG_CORRECTED | FLAG_DUPLICATE, set, self.change])?;
        self.touched.push(record);
        Ok(())
    }

    /// Brings up the marks of everything that this record is linked with, after it was deleted or brought back.
    ///
    /// # Errors
    /// Of the database.
    pub fn remark_linked(&mut self, record: RecordRow) -> Result<(), VaultError> {
        for other in self.linked(record.0)? {
            self.mark_links(other)?;
        }
        Ok(())
    }

    /// Everything that a record is or was linked with.
    pub(super) fn linked(&self, record: i64) -> Result<Vec<i64>, VaultError> {
        let mut select = self.tx.prepare_cached(
            "SELECT target FROM link WHERE record = ?1 UNION SELECT record FROM link WHERE target = ?1",
        )?;
        let linked = select.query_map([record], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(linked)
    }
}
