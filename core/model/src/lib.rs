//! The words of the health book, used by every room above: what a record, a version, a source, a code, a
//! quantity or a partial date is. No I/O, no clock, no randomness.
//!
//! The words follow the field: FHIR R4 names (Observation, Immunization), SMART, and the design of the book: a
//! *book* is documents, records and versions.

pub mod apart;

mod code;
mod entry;
mod id;
mod incoming;
mod kind;
mod lang;
mod ports;
mod secret;
mod time;

pub use code::{Coding, Identifier};
pub use entry::{Attachment, Entry, PersonClues, Point, Reference, Rel, Sensitivity, Standing, Subject};
pub use id::{DocumentId, InvalidId, RecordId};
pub use incoming::{Content, Incoming, Origin, Refusal, Rejected, SourceHint, Span, Tie};
pub use kind::{Kind, UnknownKind};
pub use lang::Lang;
pub use ports::{Clock, Flow, Keystore, KeystoreError, Observer, Progress, Random, RandomError, Stage};
pub use secret::{SecretBytes, SecretText, StackWipe};
pub use time::{InvalidDateTime, PartialDateTime, Precision, Timestamp};
