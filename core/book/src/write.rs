//! What the person does with records.

use healthbook_formats::own::{self, FieldSpec, OwnEntry};
use healthbook_model::{Coding, Entry, Lang, PartialDateTime, RecordId, Standing, Timestamp};
use healthbook_vault::{AuditAction, LinkRel, PurgePlan, RecordRow, Sample, SourceKind, VaultError, Writer};

use crate::book::Book;
use crate::error::{Error, ErrorCode};
use crate::item::Reading;

/// A link between two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// How they hang together.
    pub rel: LinkRel,
    /// The other record.
    pub other: RecordId,
    /// The link goes from the record that was asked for to the other one.
    pub outgoing: bool,
}

/// The index entry of a resource that the book itself wrote.
fn indexed(bytes: &[u8]) -> Result<Entry, Error> {
    healthbook_formats::entry(bytes).map_err(|_| Error::new(ErrorCode::Internal))
}

/// A life begins with its birth: an earlier day is a slip of the fingers. A relative's illness and the person's own
/// description are about other days.
fn refuse_before_birth(born: Option<&PartialDateTime>, entry: &Entry, offset: i16) -> Result<(), Error> {
    let elsewhere = matches!(entry.resource_type.as_str(), "FamilyMemberHistory" | "Patient");
    match (born, &entry.start) {
        (Some(born), Some(start)) if !elsewhere && start.latest(offset) < born.earliest(offset) => {
            Err(Error::with(
                ErrorCode::InvalidInput,
                "(Ngày này trước ngày sinh của chủ sổ.)",
                "(The day is before the person was born.)",
            ))
        }
        _ => Ok(()),
    }
}

impl Book {
    /// Writes in one transaction, with an error of the book's own as the other outcome.
    fn act<T>(&self, work: impl FnOnce(&mut Writer<'_>) -> Result<T, Failure>) -> Result<T, Error> {
        let mut told = None;
        let outcome = self.vault.write(|writer| {
            work(writer).map_err(|failure| match failure {
                Failure::Vault(error) => error,
                Failure::Told(error) => {
                    told = Some(error);
                    VaultError::Stopped
                }
            })
        });
        match (outcome, told) {
            (_, Some(error)) => Err(error),
            (Ok(value), None) => {
                self.notify();
                Ok(value)
            }
            (Err(error), None) => Err(error.into()),
        }
    }

    /// Adds an own entry by its kind and fields, as [`own::entry_kinds`] and [`own::fields`] list them.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidInput`] naming the field.
    pub fn add(&self, kind: &str, fields: &[(String, String)], reading: Reading) -> Result<RecordId, Error> {
        self.add_with(reading.lang, |ctx| own::compose(kind, fields, ctx))
    }

    /// Adds an own entry.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidInput`] naming the field.
    pub fn add_entry(&self, entry: &OwnEntry, reading: Reading) -> Result<RecordId, Error> {
        self.add_with(reading.lang, |ctx| entry.to_fhir(ctx))
    }

    fn add_with(
        &self,
        lang: Lang,
        compose: impl FnOnce(&own::OwnContext) -> Result<Vec<u8>, own::OwnError>,
    ) -> Result<RecordId, Error> {
        let person = self.person_id()?;
        let born = self.person_clues()?.birth_date;
        self.act(|writer| {
            let id = writer.make_record_id()?;
            let bytes = compose(&self.context(writer, id, lang, Some(person))).map_err(Error::from)?;
            let entry = indexed(&bytes)?;
            refuse_before_birth(born.as_ref(), &entry, writer.utc_offset())?;
            writer.add(id, &entry, &bytes)?;
            writer.audit(AuditAction::Add, Some(id.as_bytes()), "")?;
            Ok(id)
        })
    }

    /// The fields that [`Book::edit`] and [`Book::correct`] take for this record.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`]; [`ErrorCode::NotAllowed`] for a type without fields.
    pub fn fields(&self, reading: Reading, id: RecordId) -> Result<&'static [FieldSpec], Error> {
        Ok(own::fields_of_record(&self.raw(reading, id)?)?)
    }

    /// Changes fields of an own entry: a new version, the one before stays in its history. An empty value takes the field
    /// away. A hospital's record is not edited but corrected: see [`Book::correct`].
    ///
    /// # Errors
    /// [`ErrorCode::NotAllowed`] for a record that is not the person's own; [`ErrorCode::InvalidInput`].
    pub fn edit(&self, reading: Reading, id: RecordId, changes: &[(String, String)]) -> Result<(), Error> {
        self.item(reading, id)?;
        let person = self.person_id()?;
        let born = self.person_clues()?.birth_date;
        self.act(|writer| {
            let row = writer.row_of(id)?;
            // Read where it is written: an edit that came in between is built upon, not undone.
            let before = writer.head_bytes(row)?;
            if !writer.is_own(row)? {
                return Err(Error::with(
                    ErrorCode::NotAllowed,
                    "(Hồ sơ của cơ sở y tế được giữ nguyên; hãy đính chính bên cạnh.)",
                    "(A hospital's record stays as it was sent; put a correction beside it.)",
                )
                .into());
            }
            let ctx = self.context(writer, id, reading.lang, Some(person));
            let bytes = own::edit(&before, changes, &ctx).map_err(Error::from)?;
            let entry = indexed(&bytes)?;
            if entry.start != indexed(&before)?.start {
                refuse_before_birth(born.as_ref(), &entry, writer.utc_offset())?;
            }
            writer.edit(row, &entry, &bytes)?;
            writer.audit(AuditAction::Edit, Some(id.as_bytes()), "")?;
            Ok(())
        })
    }

    /// Puts the person's correction beside a record: a record of its own that says it better. The hospital's stays as it
    /// was sent, marked, and leaves charts and summaries.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::NotAllowed`], [`ErrorCode::InvalidInput`].
    pub fn correct(
        &self,
        reading: Reading,
        id: RecordId,
        changes: &[(String, String)],
    ) -> Result<RecordId, Error> {
        self.item(reading, id)?;
        let person = self.person_id()?;
        let born = self.person_clues()?.birth_date;
        self.act(|writer| {
            let original = writer.head_bytes(writer.row_of(id)?)?;
            let new = writer.make_record_id()?;
            let ctx = self.context(writer, new, reading.lang, Some(person));
            let bytes = own::correction(&original, changes, &ctx).map_err(Error::from)?;
            let target = writer.row_of(id)?;
            let entry = indexed(&bytes)?;
            // The day that a hospital wrote is not this correction's fault.
            if entry.start != indexed(&original)?.start {
                refuse_before_birth(born.as_ref(), &entry, writer.utc_offset())?;
            }
            let row = writer.add(new, &entry, &bytes)?;
            writer.link(row, LinkRel::Corrects, target)?;
            writer.audit(AuditAction::Correct, Some(new.as_bytes()), "")?;
            Ok(new)
        })
    }

    /// Takes a record out of the lists. What was there stays in its history, and [`Book::restore`] brings it back.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`]; [`ErrorCode::NotAllowed`] when it is out already, or is the book's person.
    pub fn delete(&self, reading: Reading, id: RecordId) -> Result<(), Error> {
        if id == self.person_id()? {
            return Err(Error::new(ErrorCode::NotAllowed));
        }
        if self.item(reading, id)?.standing == Standing::Deleted {
            return Err(Error::new(ErrorCode::NotAllowed));
        }
        self.act(|writer| {
            let row = writer.row_of(id)?;
            let mut entry = indexed(&writer.head_bytes(row)?)?;
            writer.complete(row, &mut entry)?;
            writer.delete(row, &entry)?;
            writer.remark_linked(row)?;
            writer.audit(AuditAction::Delete, Some(id.as_bytes()), "")?;
            Ok(())
        })
    }

    /// Brings a deleted record back as it was.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`]; [`ErrorCode::NotAllowed`] when it is not deleted.
    pub fn restore(&self, reading: Reading, id: RecordId) -> Result<(), Error> {
        self.item(reading, id)?;
        self.act(|writer| {
            let row = writer.row_of(id)?;
            let bytes = writer.version_bytes(row, writer.last_with_bytes(row)?)?;
            let mut entry = indexed(&bytes)?;
            writer.complete(row, &mut entry)?;
            writer.restore(row, &entry)?;
            writer.remark_linked(row)?;
            writer.audit(AuditAction::Restore, Some(id.as_bytes()), "")?;
            Ok(())
        })
    }

    /// What [`Book::purge`] would take, to be said before it is done: as much of it as this reading shows. A hidden record that
    /// tells of this one (a summary that names both) goes with it untold.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`].
    pub fn purge_plan(&self, reading: Reading, id: RecordId) -> Result<PurgePlan, Error> {
        self.item(reading, id)?;
        self.act(|writer| Ok(writer.purge_plan(id, reading.gate())?))
    }

    /// Erases a record for good: its bytes in all versions, whatever it was found by, and its part of every document. A
    /// stub without content keeps imports from bringing it back.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`]; [`ErrorCode::NotAllowed`] for the book's person.
    pub fn purge(&self, reading: Reading, id: RecordId) -> Result<PurgePlan, Error> {
        self.item(reading, id)?;
        if id == self.person_id()? {
            return Err(Error::new(ErrorCode::NotAllowed));
        }
        let plan = self.act(|writer| {
            // The line comes first: while the record is there, the log knows whether it is a restricted one.
            writer.audit(AuditAction::Purge, Some(id.as_bytes()), "")?;
            Ok(writer.purge(id, reading.gate())?)
        })?;
        self.finish_erasure();
        Ok(plan)
    }

    /// What was erased must not stand in the WAL either, and its room goes back. It is erased, whatever becomes of that:
    /// the WAL is emptied again when the book is closed.
    pub(crate) fn finish_erasure(&self) {
        drop(self.vault.empty_wal());
        drop(self.vault.give_back_room(&mut ()));
    }

    /// Links of a record.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`].
    pub fn links(&self, reading: Reading, id: RecordId) -> Result<Vec<Link>, Error> {
        let links = self.read(reading, |reader| reader.links(id))?;
        Ok(links.into_iter().map(|(rel, other, outgoing)| Link { rel, other, outgoing }).collect())
    }

    /// Links a record with another one.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::NotAllowed`].
    pub fn link(&self, reading: Reading, id: RecordId, rel: LinkRel, target: RecordId) -> Result<(), Error> {
        self.both(reading, id, target, |writer, row, target| {
            writer.link(row, rel, target)?;
            writer.audit(AuditAction::Link, Some(id.as_bytes()), rel.as_str())
        })
    }

    /// Undoes a link.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`].
    pub fn unlink(
        &self,
        reading: Reading,
        id: RecordId,
        rel: LinkRel,
        target: RecordId,
    ) -> Result<(), Error> {
        self.both(reading, id, target, |writer, row, target| {
            writer.unlink(row, rel, target)?;
            writer.audit(AuditAction::Unlink, Some(id.as_bytes()), rel.as_str())
        })
    }

    fn both(
        &self,
        reading: Reading,
        id: RecordId,
        target: RecordId,
        work: impl FnOnce(&mut Writer<'_>, RecordRow, RecordRow) -> Result<(), VaultError>,
    ) -> Result<(), Error> {
        self.item(reading, id)?;
        self.item(reading, target)?;
        self.write(|writer| {
            let (row, target) = (writer.row_of(id)?, writer.row_of(target)?);
            work(writer, row, target)
        })
    }

    /// Puts readings of a device: one series, any number. A reading of the same moment is replaced. Answers how many are
    /// new; of a restricted kind, how many moments they are of.
    ///
    /// # Errors
    /// Of writing the book.
    pub fn put_samples(
        &self,
        device: &str,
        code: &Coding,
        unit: &str,
        samples: &[Sample],
    ) -> Result<u64, Error> {
        let mut new = 0;
        let restricted = healthbook_formats::sensitive::coding_is_restricted(code);
        let moments: std::collections::BTreeSet<Timestamp> = samples.iter().map(|sample| sample.at).collect();
        for batch in samples.chunks(10_000) {
            new += self.write(|writer| {
                let source = writer.source(SourceKind::Label, device, Some(device))?;
                let new = writer.put_samples(source, code, unit, restricted, batch)?;
                if !restricted {
                    writer.audit(AuditAction::Samples, None, &batch.len().to_string())?;
                }
                Ok(new)
            })?;
        }
        // Whether the book had some of a restricted kind already is not told.
        Ok(if restricted { moments.len() as u64 } else { new })
    }
}

impl Book {
    /// Erases all readings of a device with this code for good. Answers how many there were. A restricted kind is not there
    /// unless it was asked for.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] when there are none.
    pub fn purge_samples(&self, reading: Reading, device: &str, code: &Coding) -> Result<u64, Error> {
        let restricted = healthbook_formats::sensitive::coding_is_restricted(code);
        if restricted && !reading.restricted {
            return Err(Error::new(ErrorCode::NotFound));
        }
        let gone = self.write(|writer| {
            let source = writer.source(SourceKind::Label, device, None)?;
            let gone = writer.purge_samples(source, code)?;
            // As when they were put: the log is read without the flag too.
            if !restricted {
                writer.audit(AuditAction::Purge, None, "samples")?;
            }
            Ok(gone)
        })?;
        self.finish_erasure();
        Ok(gone)
    }
}

/// What ends a write: the vault, or the book's own word.
pub(crate) enum Failure {
    Vault(VaultError),
    Told(Error),
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Told(error)
    }
}
