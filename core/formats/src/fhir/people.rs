//! The people that a document describes, looked for before its records are read.

use std::io;

use healthbook_model::{Incoming, Subject};

use super::stream::Records;
use crate::Item;

/// Whether a resource in these bytes says that it is a Patient.
pub(super) fn holds_a_patient(bytes: &[u8]) -> bool {
    const NAME: &[u8] = b"\"resourceType\"";
    memchr::memmem::find_iter(bytes, NAME).any(|at| {
        let rest = bytes.get(at + NAME.len()..).unwrap_or_default().trim_ascii_start();
        let value = rest.strip_prefix(b":").unwrap_or_default().trim_ascii_start();
        value.starts_with(b"\"Patient\"")
    })
}

/// The people that a document describes: see [`Records::people`].
pub(crate) struct People<'r>(Records<'r>);

impl<'r> People<'r> {
    pub(super) fn among(records: Records<'r>) -> Self {
        Self(records)
    }
}

impl Iterator for People<'_> {
    type Item = io::Result<Box<Incoming>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.0.next()? {
                Ok(Item::Record(record)) if matches!(record.entry.subject, Subject::Itself(_)) => {
                    return Some(Ok(record));
                }
                Ok(_) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
