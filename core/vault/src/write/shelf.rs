//! Whose records are whose: subjects of sources, and the shelf "not confirmed".

use healthbook_model::{Entry, PersonClues, apart};
use healthbook_sqlite::rusqlite::{OptionalExtension, params};

use super::Writer;
use crate::error::VaultError;
use crate::record::{DocumentRow, RecordRow, SourceRow, SubjectRow};

/// What is decided about a source's subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i64)]
pub enum SubjectState {
    /// Nobody has said whether this is the book's person.
    Waiting = 0,
    /// It is the book's person.
    Confirmed = 1,
    /// It is somebody else.
    Refused = 2,
}

/// Which record a state goes to that a source sends under an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Home {
    /// The record of the id.
    Itself,
    /// The record of the id, which has this very state already and stays whose it is.
    Restated,
    /// A record of its own under this id: the id's own record is about somebody else.
    Apart(String),
}

fn state_of(stored: i64) -> SubjectState {
    match stored {
        1 => SubjectState::Confirmed,
        2 => SubjectState::Refused,
        _ => SubjectState::Waiting,
    }
}

impl Writer<'_> {
    /// The subject of this identity, made when it is new, and what is decided of it.
    ///
    /// # Errors
    /// Of the database.
    pub fn subject(
        &mut self,
        source: SourceRow,
        resource_type: &str,
        origin: &str,
    ) -> Result<(SubjectRow, SubjectState), VaultError> {
        self.tx
            .prepare_cached(
                "INSERT OR IGNORE INTO subject (source, type, origin, state) VALUES (?1, ?2, ?3, 0)",
            )?
            .execute(params![source.0, resource_type, origin])?;
        let (id, state): (i64, i64) = self
            .tx
            .prepare_cached("SELECT id, state FROM subject WHERE source = ?1 AND type = ?2 AND origin = ?3")?
            .query_row(params![source.0, resource_type, origin], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((SubjectRow(id), state_of(state)))
    }

    /// What is decided of a subject.
    ///
    /// # Errors
    /// [`VaultError::NotFound`].
    pub fn subject_state(&self, subject: SubjectRow) -> Result<SubjectState, VaultError> {
        self.tx
            .prepare_cached("SELECT state FROM subject WHERE id = ?1")?
            .query_row([subject.0], |row| row.get(0).map(state_of))
            .optional()?
            .ok_or(VaultError::NotFound { what: "person on the shelf" })
    }

    /// Whether this source has told of several people under this id, so that the id alone says nothing: those but the
    /// first have it with a mark.
    ///
    /// # Errors
    /// Of the database.
    pub fn tells_of_several(
        &self,
        source: SourceRow,
        resource_type: &str,
        origin: &str,
    ) -> Result<bool, VaultError> {
        let (after, before) = apart::marks_of(origin);
        Ok(self
            .tx
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM subject WHERE source = ?1 AND type = ?2
                 AND origin > ?3 AND origin < ?4)",
            )?
            .query_row(params![source.0, resource_type, after, before], |row| row.get(0))?)
    }

    /// Whether a source has told of anybody who is not confirmed to be the book's person.
    ///
    /// # Errors
    /// Of the database.
    pub fn tells_of_others(&self, source: SourceRow) -> Result<bool, VaultError> {
        Ok(self
            .tx
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM subject WHERE source = ?1 AND type <> '' AND state <> 1)",
            )?
            .query_row([source.0], |row| row.get(0))?)
    }

    /// A mark for what tells somebody from others: it says nothing of them to whoever has no key of the book.
    #[must_use]
    pub fn mark(&self, told: &str) -> String {
        self.constants.hasher.hash(told.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Which record a state about this subject goes to. What a source sends of somebody under the id of a record about
    /// somebody else is a record of its own, so that what is decided of the one does nothing to the other.
    ///
    /// # Errors
    /// Of the database.
    pub fn home(
        &self,
        (source, resource_type, origin): (SourceRow, &str, &str),
        (subject, state): (SubjectRow, SubjectState),
        bytes: &[u8],
    ) -> Result<Home, VaultError> {
        let (after, before) = apart::marks_of(origin);
        let marked: Option<String> = self
            .tx
            .prepare_cached(
                "SELECT origin FROM record WHERE source = ?1 AND type = ?2
                 AND origin > ?3 AND origin < ?4 AND subject = ?5",
            )?
            .query_row(params![source.0, resource_type, after, before, subject.0], |row| row.get(0))
            .optional()?;
        if let Some(marked) = marked {
            return Ok(Home::Apart(marked));
        }
        let known: Option<(i64, Option<i64>, i64)> = self
            .tx
            .prepare_cached(
                "SELECT r.id, r.subject, coalesce(s.state, 1) FROM record r LEFT JOIN subject s ON s.id = r.subject
                 WHERE r.source = ?1 AND r.type = ?2 AND r.origin = ?3",
            )?
            .query_row(params![source.0, resource_type, origin], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let Some((record, whose, decided)) = known else { return Ok(Home::Itself) };
        let theirs = state_of(decided) == SubjectState::Confirmed;
        let ours = state == SubjectState::Confirmed;
        if whose == Some(subject.0) || (theirs && ours) {
            return Ok(Home::Itself);
        }
        let hash = self.constants.hasher.hash(bytes);
        let (had, others): (bool, bool) = self
            .tx
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM version WHERE record = ?1 AND hash = ?2),
                    EXISTS (SELECT 1 FROM version WHERE record = ?1 AND hash <> ?2)",
            )?
            .query_row(params![record, hash.as_slice()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if had && theirs {
            return Ok(Home::Restated);
        }
        if had && ours && !others {
            // It was not known whose it is, and now it is; nobody else has a word in it.
            return Ok(Home::Itself);
        }
        let (at, kind, id): (i64, String, String) = self
            .tx
            .prepare_cached("SELECT source, type, origin FROM subject WHERE id = ?1")?
            .query_row([subject.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let mark = self.mark(&format!("{at}/{kind}/{id}"));
        Ok(Home::Apart(apart::told_apart(origin, &mark)))
    }

    /// Whether a document brought a record: the book did not have it before.
    ///
    /// # Errors
    /// Of the database.
    pub fn is_brought_by(&self, record: RecordRow, document: DocumentRow) -> Result<bool, VaultError> {
        Ok(self
            .tx
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM version WHERE record = ?1 AND n = 1 AND document = ?2)",
            )?
            .query_row([record.0, document.0], |row| row.get(0))?)
    }

    /// Whether a record waits on the shelf.
    ///
    /// # Errors
    /// Of the database.
    pub fn is_on_shelf(&self, record: RecordRow) -> Result<bool, VaultError> {
        Ok(self.access_of(record.0)? == 2)
    }

    /// Keeps what a source says of a person. What it leaves unsaid, or says less exactly than before, stays known: whoever
    /// is told from somebody else by their birth date is so in whatever order they are described.
    ///
    /// # Errors
    /// Of the database.
    pub fn describe_subject(&mut self, subject: SubjectRow, clues: &PersonClues) -> Result<(), VaultError> {
        self.tx
            .prepare_cached(
                "UPDATE subject SET name = coalesce(?2, name),
                 birth_date = CASE WHEN ?3 IS NULL OR substr(birth_date, 1, length(?3)) = ?3
                                   THEN birth_date ELSE ?3 END,
                 sex = CASE WHEN ?4 IS NULL OR (?4 = 'unknown' AND sex IS NOT NULL) THEN sex ELSE ?4 END
                 WHERE id = ?1",
            )?
            .execute(params![
                subject.0,
                clues.names.first(),
                clues.birth_date.map(|d| d.to_string()),
                clues.sex,
            ])?;
        let mut insert = self.tx.prepare_cached(
            "INSERT OR IGNORE INTO subject_identifier (subject, system, value) VALUES (?1, ?2, ?3)",
        )?;
        for identifier in &clues.identifiers {
            insert.execute(params![subject.0, identifier.system, identifier.value])?;
        }
        Ok(())
    }

    /// What is known of a subject.
    ///
    /// # Errors
    /// [`VaultError::NotFound`].
    pub fn subject_clues(&self, subject: SubjectRow) -> Result<PersonClues, VaultError> {
        let mut clues: PersonClues = self
            .tx
            .prepare_cached("SELECT name, birth_date, sex FROM subject WHERE id = ?1")?
            .query_row([subject.0], |row| {
                let birth: Option<String> = row.get(1)?;
                Ok(PersonClues {
                    names: row.get::<_, Option<String>>(0)?.into_iter().collect(),
                    birth_date: birth.and_then(|text| text.parse().ok()),
                    sex: row.get(2)?,
                    identifiers: Vec::new(),
                })
            })
            .optional()?
            .ok_or(VaultError::NotFound { what: "person on the shelf" })?;
        clues.identifiers = self.identifiers_where(
            "SELECT system, value FROM subject_identifier WHERE subject = ?1",
            subject.0,
        )?;
        Ok(clues)
    }

    /// Identifiers of everybody who was confirmed to be the book's person.
    ///
    /// # Errors
    /// Of the database.
    pub fn confirmed_identifiers(&self) -> Result<Vec<healthbook_model::Identifier>, VaultError> {
        self.identifiers_where(
            "SELECT DISTINCT i.system, i.value FROM subject s JOIN subject_identifier i ON i.subject = s.id WHERE s.state = ?1",
            1,
        )
    }

    fn identifiers_where(
        &self,
        sql: &str,
        value: i64,
    ) -> Result<Vec<healthbook_model::Identifier>, VaultError> {
        let mut select = self.tx.prepare_cached(sql)?;
        let found = select
            .query_map([value], |row| {
                Ok(healthbook_model::Identifier { system: row.get(0)?, value: row.get(1)? })
            })?
            .collect::<Result<_, _>>()?;
        Ok(found)
    }

    /// Subjects about whom nothing is decided and whose records wait, with what is known of them.
    ///
    /// # Errors
    /// Of the database.
    pub fn waiting_subjects(&self) -> Result<Vec<SubjectRow>, VaultError> {
        let mut select = self.tx.prepare_cached("SELECT id FROM subject WHERE state = 0")?;
        let found = select.query_map([], |row| row.get(0).map(SubjectRow))?.collect::<Result<_, _>>()?;
        Ok(found)
    }

    /// Writes down the decision. The records follow by [`Writer::unshelve`] or [`Writer::drop_shelved`].
    ///
    /// # Errors
    /// Of the database.
    pub fn decide_subject(&mut self, subject: SubjectRow, state: SubjectState) -> Result<(), VaultError> {
        let changed = self
            .tx
            .prepare_cached("UPDATE subject SET state = ?2 WHERE id = ?1")?
            .execute(params![subject.0, state as i64])?;
        if changed == 0 {
            return Err(VaultError::NotFound { what: "person on the shelf" });
        }
        if state == SubjectState::Refused {
            // Nobody's name is kept to say no to them: the source's own id for them does.
            self.forget_clues(subject.0)?;
            self.sweep_names()?;
        }
        Ok(())
    }

    /// Takes away what is known of a person, but for the decision about them.
    fn forget_clues(&self, subject: i64) -> Result<(), VaultError> {
        for sql in [
            "DELETE FROM subject_identifier WHERE subject = ?1",
            "UPDATE subject SET name = NULL, birth_date = NULL, sex = NULL WHERE id = ?1",
        ] {
            self.tx.prepare_cached(sql)?.execute([subject])?;
        }
        Ok(())
    }

    /// Takes away what is known of the person whom a record described.
    pub(super) fn forget_person(
        &self,
        source: SourceRow,
        resource_type: &str,
        origin: &str,
    ) -> Result<(), VaultError> {
        let subject: Option<i64> = self
            .tx
            .prepare_cached("SELECT id FROM subject WHERE source = ?1 AND type = ?2 AND origin = ?3")?
            .query_row(params![source.0, resource_type, origin], |row| row.get(0))
            .optional()?;
        subject.map_or(Ok(()), |subject| self.forget_clues(subject))
    }

    /// Keeps another name by which references of this source call a record, and lets those that came before it lead to
    /// the record.
    ///
    /// # Errors
    /// Of the database.
    pub fn alias(
        &mut self,
        source: SourceRow,
        name: &str,
        resource_type: &str,
        origin: &str,
    ) -> Result<(), VaultError> {
        let new = self
            .tx
            .prepare_cached(
                "INSERT INTO alias (source, name, type, origin) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET type = ?3, origin = ?4 WHERE (type, origin) IS NOT (?3, ?4)",
            )?
            .execute(params![source.0, name, resource_type, origin])?;
        if new == 0 {
            return Ok(());
        }
        let pointing: Vec<i64> = {
            let mut select = self.tx.prepare_cached(
                "SELECT DISTINCT record FROM reference WHERE source = ?1 AND origin = ?2 AND type = ''",
            )?;
            select.query_map(params![source.0, name], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        self.tx
            .prepare_cached(
                "UPDATE OR REPLACE reference SET type = ?3, origin = ?4
                 WHERE source = ?1 AND origin = ?2 AND type = ''",
            )?
            .execute(params![source.0, name, resource_type, origin])?;
        self.touched.extend(pointing);
        self.join_subjects(source, name, resource_type, origin)
    }

    /// A person who was only known by an alias is the one of the record.
    fn join_subjects(
        &mut self,
        source: SourceRow,
        name: &str,
        resource_type: &str,
        origin: &str,
    ) -> Result<(), VaultError> {
        let before: Option<(i64, i64, Option<i64>)> = self
            .tx
            .prepare_cached(
                "SELECT id, state, number FROM subject WHERE source = ?1 AND type = ?2 AND origin = ?3",
            )?
            .query_row(params![source.0, resource_type, name], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let Some((before, decided, number)) = before else { return Ok(()) };
        let (now, state) = self.subject(source, resource_type, origin)?;
        self.tx
            .prepare_cached("UPDATE record SET subject = ?2 WHERE subject = ?1")?
            .execute([before, now.0])?;
        if state == SubjectState::Waiting {
            self.tx
                .prepare_cached("UPDATE subject SET state = ?2 WHERE id = ?1")?
                .execute([now.0, decided])?;
        }
        self.tx.prepare_cached("DELETE FROM subject WHERE id = ?1")?.execute([before])?;
        self.tx
            .prepare_cached("UPDATE subject SET number = coalesce(number, ?2) WHERE id = ?1")?
            .execute(params![now.0, number])?;
        Ok(())
    }

    /// The id of the record that this source calls by another name.
    ///
    /// # Errors
    /// Of the database.
    pub fn origin_of_alias(&self, source: SourceRow, name: &str) -> Result<Option<String>, VaultError> {
        Ok(self
            .tx
            .prepare_cached("SELECT origin FROM alias WHERE source = ?1 AND name = ?2")?
            .query_row(params![source.0, name], |row| row.get(0))
            .optional()?)
    }

    /// The record of this identity, whatever shelf it is on.
    ///
    /// # Errors
    /// Of the database.
    pub fn record_of_origin(
        &self,
        source: SourceRow,
        resource_type: &str,
        origin: &str,
    ) -> Result<Option<RecordRow>, VaultError> {
        Ok(self
            .tx
            .prepare_cached("SELECT id FROM record WHERE source = ?1 AND type = ?2 AND origin = ?3")?
            .query_row(params![source.0, resource_type, origin], |row| row.get(0).map(RecordRow))
            .optional()?)
    }

    /// Whether bytes that an export brings as somebody's own entry are this book's: a state that it has, or one of an
    /// entry that was erased here.
    ///
    /// # Errors
    /// Of the database.
    pub fn is_of_own_entry(
        &self,
        resource_type: &str,
        origin: &str,
        bytes: &[u8],
    ) -> Result<bool, VaultError> {
        if self.is_purged(SourceRow::OWN, resource_type, origin)? {
            return Ok(true);
        }
        let Some(record) = self.record_of_origin(SourceRow::OWN, resource_type, origin)? else {
            return Ok(false);
        };
        let hash = self.constants.hasher.hash(bytes);
        Ok(self
            .tx
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM version WHERE record = ?1 AND hash = ?2)")?
            .query_row(params![record.0, hash.as_slice()], |row| row.get(0))?)
    }

    /// Records of a subject that are on the shelf, up to `limit`.
    ///
    /// # Errors
    /// Of the database.
    pub fn shelved(&self, subject: SubjectRow, limit: u32) -> Result<Vec<RecordRow>, VaultError> {
        let mut select = self
            .tx
            .prepare_cached("SELECT id FROM record WHERE access = 2 AND subject = ?1 ORDER BY id LIMIT ?2")?;
        let found = select
            .query_map(params![subject.0, limit], |row| row.get(0).map(RecordRow))?
            .collect::<Result<_, _>>()?;
        Ok(found)
    }

    /// Takes a record from the shelf into the lists. `entry` is made anew from the bytes of its head.
    ///
    /// # Errors
    /// Of the database.
    pub fn unshelve(&mut self, record: RecordRow, entry: &Entry) -> Result<(), VaultError> {
        self.unindex(record.0)?;
        self.write_row(record.0, entry)?;
        self.tx
            .prepare_cached("UPDATE record SET access = max(restricted, sensitive), restricted = max(restricted, sensitive) WHERE id = ?1")?
            .execute([record.0])?;
        let access = self.access_of(record.0)?;
        self.index(record.0, entry, access)?;
        self.touched.push(record.0);
        self.look_at_documents_of(record.0)
    }

    /// Puts back what an entry made anew from mapped bytes cannot know: the facility that the file named around them.
    ///
    /// # Errors
    /// Of the database.
    pub fn complete(&self, record: RecordRow, entry: &mut Entry) -> Result<(), VaultError> {
        let named: Option<String> = self
            .tx
            .prepare_cached(
                "SELECT f.name FROM record r JOIN version v ON v.record = r.id AND v.n = r.head
                 JOIN facility f ON f.id = r.facility WHERE r.id = ?1 AND v.mapping IS NOT NULL",
            )?
            .query_row([record.0], |row| row.get(0))
            .optional()?;
        if named.is_some() {
            entry.facility = named;
        }
        Ok(())
    }

    /// Has the documents that a record stands in looked at: they may leave the shelf with it.
    fn look_at_documents_of(&mut self, record: i64) -> Result<(), VaultError> {
        let documents: Vec<i64> = {
            let mut select = self.tx.prepare_cached(
                "SELECT DISTINCT s.document FROM span s JOIN document d ON d.id = s.document
                                 WHERE s.record = ?1 AND d.shelved = 1",
            )?;
            select.query_map([record], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        // Once each, at the end of the transaction: looking through a document for every record of it is quadratic.
        self.shelf_documents.extend(documents);
        Ok(())
    }

    /// Takes a stranger's record out of the book for good. No stub stays: the decision about the subject does.
    ///
    /// # Errors
    /// As [`Writer::purge`].
    pub fn drop_shelved(&mut self, record: RecordRow) -> Result<(), VaultError> {
        self.forget(record.0, &std::collections::BTreeSet::from([record.0]))
    }

    /// The bytes of a record's head, whatever shelf it is on.
    ///
    /// # Errors
    /// [`VaultError::NotFound`] for a deleted record.
    pub fn head_bytes(&self, record: RecordRow) -> Result<Vec<u8>, VaultError> {
        let head: u32 = self
            .tx
            .prepare_cached("SELECT head FROM record WHERE id = ?1")?
            .query_row([record.0], |row| row.get(0))
            .optional()?
            .ok_or(VaultError::NotFound { what: "record" })?;
        self.version_bytes(record, head)
    }

    /// The bytes of one version.
    ///
    /// # Errors
    /// [`VaultError::NotFound`] for a deletion.
    pub fn version_bytes(&self, record: RecordRow, n: u32) -> Result<Vec<u8>, VaultError> {
        let (blob, offset, length): (Option<i64>, i64, i64) = self
            .tx
            .prepare_cached("SELECT blob, \"offset\", length FROM version WHERE record = ?1 AND n = ?2")?
            .query_row(params![record.0, n], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?
            .ok_or(VaultError::NotFound { what: "version" })?;
        let blob = blob.ok_or(VaultError::NotFound { what: "version" })?;
        super::purge::read_blob(self.tx, blob, super::size(offset)?, super::size(length)?)
    }

    /// Whose records stand in a document and are on the shelf.
    ///
    /// # Errors
    /// Of the database.
    pub fn waiting_in(&self, document: DocumentRow) -> Result<Vec<SubjectRow>, VaultError> {
        let mut select = self.tx.prepare_cached(
            "SELECT DISTINCT r.subject FROM record r WHERE r.access = 2 AND r.subject IS NOT NULL
             AND r.id IN (SELECT record FROM span WHERE document = ?1)",
        )?;
        let found =
            select.query_map([document.0], |row| row.get(0).map(SubjectRow))?.collect::<Result<_, _>>()?;
        Ok(found)
    }

    /// Confirmed subjects of whom records are still on the shelf.
    ///
    /// # Errors
    /// Of the database.
    pub fn confirmed_on_shelf(&self) -> Result<Vec<SubjectRow>, VaultError> {
        let mut select = self.tx.prepare_cached(
            "SELECT s.id FROM subject s WHERE s.state = 1
             AND EXISTS (SELECT 1 FROM record r WHERE r.subject = s.id AND r.access = 2)",
        )?;
        let found = select.query_map([], |row| row.get(0).map(SubjectRow))?.collect::<Result<_, _>>()?;
        Ok(found)
    }
}
