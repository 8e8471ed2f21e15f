//! Rows that the vault gives and takes.

use healthbook_model::{Coding, DocumentId, Entry, Kind, RecordId, Refusal, Span, Standing, Timestamp};

use crate::veil::{Of, Veil};

/// The row number of a source in this book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceRow(pub(crate) i64);

impl SourceRow {
    /// The person's own entries.
    pub const OWN: Self = Self(1);
}

/// The row number of a subject in this book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubjectRow(pub(crate) i64);

/// The row number of a document in this book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentRow(pub(crate) i64);

/// The row number of a record in this book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordRow(pub(crate) i64);

/// What a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// The person.
    Own,
    /// A FHIR server, known by its base URL.
    Server,
    /// A facility that a file names.
    Facility,
    /// A label that the person gave.
    Label,
    /// A file that names nobody.
    Document,
}

impl SourceKind {
    /// The stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Server => "server",
            Self::Facility => "facility",
            Self::Label => "label",
            Self::Document => "document",
        }
    }
}

/// Where the bytes of a version to be put come from.
#[derive(Debug, Clone, Copy)]
pub enum Bytes<'a> {
    /// They are a stretch of a document that the book has; `bytes` are those very bytes.
    Stretch {
        /// The document.
        document: DocumentRow,
        /// First byte in it.
        offset: u64,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// They are kept for themselves. `document` is what they were mapped from, if anything.
    Own {
        /// The document they were made from.
        document: Option<DocumentRow>,
        /// Version of the mapping that made them.
        mapping: Option<u32>,
        /// The bytes.
        bytes: &'a [u8],
    },
}

impl<'a> Bytes<'a> {
    pub(crate) fn bytes(self) -> &'a [u8] {
        match self {
            Self::Stretch { bytes, .. } | Self::Own { bytes, .. } => bytes,
        }
    }

    pub(crate) fn document(self) -> Option<DocumentRow> {
        match self {
            Self::Stretch { document, .. } => Some(document),
            Self::Own { document, .. } => document,
        }
    }
}

/// A version that a source sends.
#[derive(Debug, Clone, Copy)]
pub struct Put<'a> {
    /// The source.
    pub source: SourceRow,
    /// FHIR resource type.
    pub resource_type: &'a str,
    /// Its id there.
    pub origin: &'a str,
    /// What the index shall know.
    pub entry: &'a Entry,
    /// Its bytes.
    pub bytes: Bytes<'a>,
    /// Every stretch of the document that it was made from.
    pub spans: &'a [Span],
    /// Whom it is about, and whether that person is the book's.
    pub subject: Option<SubjectRow>,
    /// Not confirmed yet: goes on the shelf.
    pub shelved: bool,
    /// The identity to give it when it is new; a fresh one otherwise.
    pub id: Option<RecordId>,
}

/// What putting a version did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A record the book did not have.
    New(RecordRow),
    /// Another state of a record it had.
    NewVersion(RecordRow),
    /// These very bytes were there.
    Unchanged(RecordRow),
    /// These very bytes were there behind the gate, and are shown from now on.
    Shown(RecordRow),
    /// The record was purged: nothing was kept.
    Purged,
}

/// A record in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Its row, for further calls in the same read.
    pub row: RecordRow,
    /// Its identity.
    pub id: RecordId,
    /// Its kind.
    pub kind: Kind,
    /// FHIR resource type.
    pub resource_type: String,
    /// Whether it states a fact.
    pub standing: Standing,
    /// When it began, as its source wrote it.
    pub start: Option<String>,
    /// When it ended.
    pub end: Option<String>,
    /// What it is called.
    pub title: String,
    /// The code to be named in the reader's language, when the source gave no text.
    pub title_code: Option<Coding>,
    /// One more line.
    pub subtitle: Option<String>,
    /// The value, ready to show.
    pub value: Option<String>,
    /// Facility or performer.
    pub facility: Option<String>,
    /// The source: its label, else its base.
    pub source: String,
    /// Shown only because restricted records were asked for.
    pub restricted: bool,
    /// The person's own entry.
    pub own: bool,
    /// A correction by the person stands beside it.
    pub corrected: bool,
    /// Marked as a duplicate of another record.
    pub duplicate: bool,
    /// Heads that nobody has joined; 1 as a rule.
    pub heads: u32,
    /// Its place in the list.
    pub cursor: Cursor,
}

/// A place in a list, newest first; what is older is less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    pub(crate) sort: i64,
    pub(crate) row: i64,
}

impl Cursor {
    /// As it leaves the book.
    pub(crate) fn over(self, veil: Veil<'_>) -> Self {
        Self { row: veil.over(Of::Record, self.row), ..self }
    }

    /// As it was before it left.
    pub(crate) fn lifted(self, veil: Veil<'_>) -> Self {
        Self { row: veil.lifted(Of::Record, self.row), ..self }
    }

    /// The place as an opaque text.
    #[must_use]
    pub fn to_text(self) -> String {
        let mut bytes = [0u8; 16];
        bytes[..8].copy_from_slice(&self.sort.to_be_bytes());
        bytes[8..].copy_from_slice(&self.row.to_be_bytes());
        data_encoding::BASE64URL_NOPAD.encode(&bytes)
    }

    /// Reads [`Cursor::to_text`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (sort, row) = bytes.split_at_checked(8)?;
        Some(Self {
            sort: i64::from_be_bytes(sort.try_into().ok()?),
            row: i64::from_be_bytes(row.try_into().ok()?),
        })
    }
}

/// A place in the list of attachments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttachmentCursor {
    record: i64,
    n: i64,
}

impl AttachmentCursor {
    pub(crate) fn over(veil: Veil<'_>, record: i64, n: i64) -> Self {
        Self { record: veil.over(Of::Record, record), n }
    }

    pub(crate) fn lifted(self, veil: Veil<'_>) -> (i64, i64) {
        (veil.lifted(Of::Record, self.record), self.n)
    }
}

/// One state of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its number within the record, from 1.
    pub n: u32,
    /// The versions it was made from.
    pub parents: Vec<u32>,
    /// Whether the person made it; else its source sent it.
    pub own: bool,
    /// When the book got it.
    pub received_at: Timestamp,
    /// `meta.lastUpdated` (claims: NGAYLAP), milliseconds.
    pub rank_time: Option<i64>,
    /// `meta.versionId`.
    pub rank_version: Option<String>,
    /// Number of bytes; `None` for a deletion.
    pub length: Option<u64>,
    /// The document it stands in or was made from.
    pub document: Option<DocumentId>,
    /// Whether nobody has joined it: one of the record's heads.
    pub is_head: bool,
}

/// A document in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentListed {
    /// Its identity.
    pub id: DocumentId,
    /// Its name, when it had one.
    pub name: Option<String>,
    /// What it is, as a stable word of `formats`.
    pub format: String,
    /// MIME type.
    pub media_type: String,
    /// Size in bytes.
    pub size: u64,
    /// When the book got it.
    pub received_at: Timestamp,
    /// Stretches that a purge has overwritten; its bytes are as they came when this is 0.
    pub redacted: u64,
    /// Records read from it.
    pub records: u64,
    /// Whether all of it was read.
    pub complete: bool,
}

/// An attachment inside a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentListed {
    /// The record that holds it.
    pub record: RecordId,
    /// Its number within the record, from 1.
    pub n: u32,
    /// JSON Pointer to it.
    pub pointer: String,
    /// MIME type as written.
    pub media_type: Option<String>,
    /// Title as written.
    pub title: Option<String>,
    /// Address as written.
    pub url: Option<String>,
    /// Whether its bytes are in the record.
    pub inline: bool,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Where it stands among those that the reader is shown, from 1.
    pub n: i64,
    /// The document it stands in.
    pub document: DocumentId,
    /// The document's name.
    pub name: Option<String>,
    /// First byte in the document.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
    /// Why.
    pub refusal: Refusal,
    /// Where exactly.
    pub place: String,
    /// When.
    pub received_at: Timestamp,
}

/// Somebody on the shelf whose records wait to be confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The subject.
    pub subject: SubjectRow,
    /// Number to confirm or reject by.
    pub number: i64,
    /// Where the records come from.
    pub source: String,
    /// Name, as far as it is known.
    pub name: Option<String>,
    /// Date of birth.
    pub birth_date: Option<String>,
    /// FHIR administrative gender.
    pub sex: Option<String>,
    /// How many records wait.
    pub records: u64,
    /// It is nobody in particular: the records do not say whose they are, or only by an id that several people have.
    pub nameless: bool,
    /// Of records that do not say whose they are: the one person their source has told of, who is confirmed.
    pub likely: Option<String>,
}

pub(crate) const FLAG_CORRECTED: i64 = 1;
pub(crate) const FLAG_DUPLICATE: i64 = 2;
pub(crate) const FLAG_OWN: i64 = 4;

/// The place of an undated record: after everything else.
pub(crate) const UNDATED: i64 = i64::MIN;
