//! Why an envelope did not give a key. No sentence carries a secret or a byte of the file.

use std::fmt;

use healthbook_model::{KeystoreError, RandomError};

use super::cost::CostError;
use super::slot::SlotKind;

/// A part of the envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What stands before the slots, or their number and order: something is missing or stands where nothing should.
    Header,
    /// A slot, of the kind that its damaged bytes name.
    Slot(SlotKind),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => f.write_str("header"),
            Self::Slot(kind) => write!(f, "slot \"{kind}\""),
        }
    }
}

/// Why an envelope could not be read, opened or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The bytes are something else.
    #[error("this is not a book's key envelope")]
    NotAnEnvelope,
    /// A newer program wrote it. It is left alone.
    #[error("the key envelope has version {0}, which this program does not know; a newer program is needed")]
    NewerVersion(u16),
    /// The bytes are not those that were written: neither a wrong secret nor a reason to ask for it again.
    #[error("the key envelope is damaged: {0}")]
    Damaged(Part),
    /// The book has no slot of that kind.
    #[error("the book cannot be opened this way: it has no slot \"{0}\"")]
    NoSuchSlot(SlotKind),
    /// The slot is whole and the secret is not the one that sealed it.
    #[error("the secret is not the right one for the slot \"{0}\"")]
    WrongSecret(SlotKind),
    /// The platform's keystore did not seal or open.
    #[error("{0}")]
    Keystore(#[from] KeystoreError),
    /// What the keystore sealed is empty or larger than a slot holds.
    #[error("the keystore sealed a slot key to {length} bytes; 1 to 4096 are expected")]
    KeystoreSeal {
        /// Its length in bytes.
        length: usize,
    },
    /// The slot asks for a cost outside the limits.
    #[error("{0}")]
    Cost(#[from] CostError),
    /// A passphrase of nothing, or of nothing but space.
    #[error("the passphrase is empty")]
    EmptyPassphrase,
    /// The device did not give the memory that the passphrase's slot asks for.
    #[error("not enough memory to work with the passphrase: {kib} KiB are needed")]
    OutOfMemory {
        /// How much, in KiB.
        kib: u32,
    },
    /// No randomness.
    #[error("{0}")]
    Random(#[from] RandomError),
    /// The envelope holds as much as it may.
    #[error("the key envelope is full")]
    Full,
    /// Removing this would leave nothing that opens the book.
    #[error("the slot \"{0}\" is the last that opens the book")]
    LastSlot(SlotKind),
    /// No whole slot seals that generation of the data key.
    #[error("no slot seals generation {0} of the data key")]
    NoSuchGeneration(u32),
    /// A primitive refused input that it should take.
    #[error("a cryptographic primitive failed")]
    Primitive,
}
