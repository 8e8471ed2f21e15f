//! Counts, freshness, the log and the consents.

use healthbook_model::RecordId;
use healthbook_vault::{AuditAction, AuditLine, ConsentLine, Counts, SourceCount};

use crate::book::Book;
use crate::error::{Error, ErrorCode};
use crate::item::{Reading, source_name};

/// What is in a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// Records per kind and type; deleted ones are not counted.
    pub counts: Vec<Counts>,
    /// Records and freshness per source.
    pub sources: Vec<SourceCount>,
    /// Documents.
    pub documents: u64,
    /// Entries in quarantine.
    pub quarantined: u64,
    /// Entries in quarantine that show once the records of their documents that wait are decided.
    pub quarantine_waiting: u64,
    /// Readings of devices.
    pub samples: u64,
    /// Size on disk in bytes. (The size is not hidden, and includes what is restricted.)
    pub file_size: u64,
    /// Version of the schema.
    pub schema_version: i64,
    /// Cipher of the file.
    pub cipher: &'static str,
}

impl Book {
    /// Counts, sizes and freshness.
    ///
    /// # Errors
    /// Of reading the book.
    pub fn stats(&self, reading: Reading) -> Result<Stats, Error> {
        let (counts, mut sources, others, quarantine_waiting) = self.read(reading, |reader| {
            Ok((reader.counts()?, reader.sources()?, reader.other_counts()?, reader.quarantine_waiting()?))
        })?;
        for source in &mut sources {
            source.name = source_name(&source.name, reading.lang);
        }
        let (documents, quarantined, samples) = others;
        Ok(Stats {
            counts,
            sources,
            documents,
            quarantined,
            quarantine_waiting,
            samples,
            file_size: self.vault.file_size()?,
            schema_version: healthbook_vault::SCHEMA_VERSION,
            cipher: healthbook_vault::CIPHER,
        })
    }

    /// Lines of the log, newest first, a page at a time: those before the given place ([`AuditLine::n`] of the last one).
    ///
    /// # Errors
    /// Of reading the book.
    pub fn audit(&self, reading: Reading, before: Option<i64>, limit: u32) -> Result<Vec<AuditLine>, Error> {
        self.read(reading, |reader| reader.audit(before, limit))
    }

    /// Logs that restricted records were asked for: apps call it when the person opens the gate.
    ///
    /// # Errors
    /// Of writing the book.
    pub fn note_restricted_access(&self) -> Result<(), Error> {
        self.write(|writer| writer.audit(AuditAction::ShowRestricted, None, ""))
    }

    /// All consents, newest first.
    ///
    /// # Errors
    /// Of reading the book.
    pub fn consents(&self, reading: Reading) -> Result<Vec<ConsentLine>, Error> {
        self.read(reading, |reader| reader.consents())
    }

    /// Logs a consent: what for, what of, and how it was given.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidInput`] when nothing says what for; of writing the book.
    pub fn give_consent(&self, purpose: &str, scope: &str, evidence: &str) -> Result<RecordId, Error> {
        if purpose.chars().all(|c| c.is_whitespace() || c.is_control()) {
            return Err(Error::with(
                ErrorCode::InvalidInput,
                "(Cần ghi rõ đồng ý cho việc gì.)",
                "(What the consent is for must be said.)",
            ));
        }
        self.write(|writer| writer.give_consent(purpose, scope, evidence)).map(RecordId::from_bytes)
    }

    /// Logs that a consent was withdrawn.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] when there is none of this identity that still stands.
    pub fn withdraw_consent(&self, id: RecordId) -> Result<(), Error> {
        self.write(|writer| writer.withdraw_consent(id.as_bytes()))
    }
}
