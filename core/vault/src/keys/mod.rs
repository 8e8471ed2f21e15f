//! The keys of a book: `book.keys`, the envelope that holds the data key sealed in *slots*, and what derives
//! from a secret.
//!
//! - The **data key** is 32 random bytes, made once and never derived from anything a person can remember.
//! - A **slot** seals it under one secret: the platform's keystore, a passphrase, or the recovery code.
//! - A **generation** numbers data keys: a rotation seals generation g+1 beside g, so that a book killed in the
//!   middle opens with one of the two, and settles with [`Envelope::keep_generation`].
//!
//! [`Envelope`] takes and gives bytes and knows no file; [`mod@file`] replaces the file and knows no key.
//!
//! What is not hidden: how many slots there are, of which kinds and generations, and the book's random id.
//! Expanded keys inside `ring` (an AES key schedule, an HMAC state) are not wiped when dropped, as `ring` offers no
//! way to; every key that this module holds itself is.

mod cost;
mod derive;
mod envelope;
mod error;
pub mod file;
mod format;
mod key_file;
mod passphrase;
mod random;
mod recovery;
mod seal;
mod slot;
#[cfg(test)]
mod tests;

pub use cost::{Argon2Cost, CostError};
pub use derive::{ContentHasher, HashInProgress};
pub use envelope::{Envelope, Secret, SlotInfo};
pub use error::{EnvelopeError, Part};
pub use key_file::{KeyFile, KeyFileError};
pub use random::{SystemRandom, make_secret};
pub use recovery::{RecoveryCode, RecoveryCodeError};
pub use slot::SlotKind;

use healthbook_model::SecretBytes;

/// The key of `book.db`.
pub type DataKey = SecretBytes<32>;
