//! FHIR R4 JSON: resources with their exact bytes, and what the index knows of each.
//!
//! - [`Records`](crate::records) reads a resource, a Bundle, a list or NDJSON as a stream;
//! - [`entry`] makes the index entry of one resource, by hand-written readers for the types that a health book
//!   shows and a general one for all others;
//! - [`attachment`] takes a file out of a resource;
//! - [`full_url`] and [`entry_start`] write the addresses of an export.

mod absent;
mod address;
mod attachment;
mod clinical;
mod document;
mod element;
mod entry;
pub(crate) mod json;
mod medication;
mod observation;
mod payment;
mod people;
mod person;
mod plan;
mod references;
mod shelf;
mod standing;
mod stream;
mod subject;
mod sweep;
mod unread;
mod walk;
mod window;

pub use address::{entry_start, full_url, server};
pub use attachment::attachment;
pub(crate) use element::{absolute, reference};
pub use entry::entry;
pub(crate) use stream::Records;
pub(crate) use unread::refuse_whole;
