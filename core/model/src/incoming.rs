//! What a format reader hands up: records with their exact bytes, and what could not be read.

use crate::{Entry, Sensitivity};

/// Where in a document a record's bytes stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// First byte in the document.
    pub offset: u64,
    /// Number of bytes in the document.
    pub length: u64,
    /// When the stretch is base64 (claim XML's NOIDUNGFILE): offset and length inside what it decodes to.
    pub inner: Option<(u64, u64)>,
}

impl Span {
    /// A plain stretch of the document.
    #[must_use]
    pub fn plain(offset: u64, length: u64) -> Self {
        Self { offset, length, inner: None }
    }
}

/// What the document itself says of the source of a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SourceHint {
    /// Base URL of a FHIR server (from an absolute `fullUrl`), without a trailing slash.
    Base(String),
    /// A facility that the document names (claim XML: MACSKCB).
    Facility {
        /// Its code.
        code: String,
        /// Its name, where the document has one.
        name: Option<String>,
    },
    /// The document names no source: it is its own.
    Document,
    /// An export says that it came from a source which a person had given this label.
    Label(String),
    /// An export says that it came in a file that named no source: the file's identity, in hexadecimal.
    File(String),
    /// An export says that the person of a book wrote it.
    OwnEntries,
}

/// A record's identity at its source.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Where it comes from.
    pub source: SourceHint,
    /// Base URL that its address names, also one that tells no hospitals apart.
    pub server: Option<String>,
    /// FHIR resource type.
    pub resource_type: String,
    /// Its id there; for a resource without one, its place in the document (`#0`, `#1`…).
    pub id: String,
    /// Other names that references of the same source use for it (`urn:uuid:` of its `fullUrl`), none of them
    /// [`Origin::id`] itself.
    pub aliases: Vec<String>,
}

/// The bytes of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The record is an exact stretch of its document.
    Slice {
        /// The very bytes.
        bytes: Vec<u8>,
        /// Where they stand.
        span: Span,
        /// Where all that the document says of it stands: its entry in a Bundle, with its address; else its bytes.
        around: Span,
    },
    /// The record was mapped from another format.
    Mapped {
        /// The FHIR JSON that the mapping wrote.
        bytes: Vec<u8>,
        /// The stretches of the document it was made from.
        spans: Vec<Span>,
        /// Version of the mapping, so that a better one can be run again.
        mapping: u32,
    },
}

impl Content {
    /// The record's bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Slice { bytes, .. } | Self::Mapped { bytes, .. } => bytes,
        }
    }
}

/// What an export says that a person linked a record with.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tie {
    /// How, in the word of the book that wrote it.
    pub rel: String,
    /// The source of the other record.
    pub source: SourceHint,
    /// FHIR resource type of the other record.
    pub resource_type: String,
    /// Its id there.
    pub id: String,
}

/// A record read from a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Incoming {
    /// Who it is.
    pub origin: Origin,
    /// What the index knows of it.
    pub entry: Entry,
    /// Its bytes.
    pub content: Content,
    /// Records that a person linked it with, when an export brings it.
    pub ties: Vec<Tie>,
}

/// Why something could not be read. The stored word never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// Not well-formed (JSON, XML, base64).
    Malformed,
    /// Ends too early.
    Truncated,
    /// Not UTF-8, or an encoding that is not read.
    Encoding,
    /// Deeper, longer or more numerous than the limits.
    TooLarge,
    /// Well-formed, but not what its format asks for.
    NotTheFormat,
    /// A format that the book knows but does not read.
    Unsupported,
    /// Uses something that is refused for safety (DTD, entities, duplicate keys).
    Forbidden,
}

impl Refusal {
    /// The stable word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Truncated => "truncated",
            Self::Encoding => "encoding",
            Self::TooLarge => "too-large",
            Self::NotTheFormat => "not-the-format",
            Self::Unsupported => "unsupported",
            Self::Forbidden => "forbidden",
        }
    }

    /// The refusal of a stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [
            Self::Malformed,
            Self::Truncated,
            Self::Encoding,
            Self::TooLarge,
            Self::NotTheFormat,
            Self::Unsupported,
            Self::Forbidden,
        ]
        .into_iter()
        .find(|r| r.as_str() == word)
    }
}

/// A stretch of a document that could not be read: it goes to quarantine, the rest goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Where it stands.
    pub span: Span,
    /// Why.
    pub refusal: Refusal,
    /// Where exactly, safe to show: `line 3, column 9`, `entry 4`, `HOSO 2, XML3`. Never content.
    pub at: String,
    /// Restricted when the stretch shows signs of a restricted record.
    pub sensitivity: Sensitivity,
}
