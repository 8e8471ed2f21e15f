//! The encrypted file of a health book: keys, schema, records, search, samples, attachments, audit.
//!
//! A book is a folder with two files: `book.db`, an SQLite database whose every page is encrypted with AEGIS-256, and
//! `book.keys`, the envelope that holds its key sealed under the ways to open it. Everything that changes a book goes
//! through one [`Writer`], which is one transaction; everything that reads it goes through a [`Reader`], which is one
//! consistent state seen through a [`Gate`].
//!
//! The vault knows no formats: it is given entries and bytes, and gives bytes back.

mod error;
pub mod fold;
mod gate;
mod heads;
pub mod keys;
mod read;
mod record;
mod room;
mod rotate;
mod schema;
mod unlock;
mod vault;
mod veil;
mod verify;
mod write;

pub use error::VaultError;
pub use gate::Gate;
pub use heads::believable;
pub use healthbook_sqlite::CIPHER;
pub use read::{
    AuditLine, ChangeCursor, ConsentLine, Counts, DayRollUp, DocumentStream, Filter, HeadRow, PointPlace,
    PointRow, Reader, SampleRow, SampleSeries, SourceCount, TimelinePage, Titled,
};
pub use record::{
    AttachmentCursor, AttachmentListed, Bytes, Cursor, DocumentListed, DocumentRow, Listed, Outcome, Put,
    Quarantined, RecordRow, SourceKind, SourceRow, SubjectRow, Version, Waiting,
};
pub use schema::NEWEST as SCHEMA_VERSION;
pub use unlock::{Ways, create, open};
pub use vault::{BOOK_FILE, Blank, Gist, Ports, Vault};
pub use verify::Problem;
pub use write::{
    AuditAction, DocumentCounts, DocumentOutcome, Home, LinkRel, PurgePlan, Received, Remappable, Sample,
    SampleValue, SubjectState, ToldAt, ToldState, Writer,
};
