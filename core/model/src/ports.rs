//! What the core is given from outside: time, randomness, the platform's keystore, and somebody who watches.

use crate::Timestamp;

/// The time. The core asks nobody else.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The system's source of randomness failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no randomness to be had")]
pub struct RandomError;

/// Cryptographically secure random bytes.
pub trait Random: Send + Sync {
    /// Fills the buffer.
    ///
    /// # Errors
    /// When the system gives no randomness; nothing may go on then.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomError>;
}

/// Why the platform's keystore did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeystoreError {
    /// The person said no, or the phone is locked. Asking again may help.
    #[error("the keystore is locked or the person declined")]
    Refused,
    /// The key is gone for good: biometrics changed, app data moved to another phone. Another slot is needed.
    #[error("the keystore no longer has the key")]
    KeyLost,
    /// It has a key, and another one sealed this: a key file of another book. The right one is to be given.
    #[error("the keystore's key is not the one that sealed this")]
    WrongKey,
    /// Anything else, in the keystore's own words (no secrets).
    #[error("the keystore failed")]
    Failed,
}

/// The platform's keystore (Android Keystore, iOS Keychain and Secure Enclave, a key file in the terminal):
/// it seals small secrets under a key that never leaves it.
pub trait Keystore: Send + Sync {
    /// Seals the bytes; what comes back is kept in the book's envelope and is opaque to the book.
    ///
    /// # Errors
    /// See [`KeystoreError`].
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, KeystoreError>;

    /// Opens what [`Keystore::seal`] gave.
    ///
    /// # Errors
    /// See [`KeystoreError`].
    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, KeystoreError>;
}

/// What a long call is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Taking the file's bytes into the book.
    Receiving,
    /// Reading records out of it.
    Reading,
    /// Matching records with the book's person.
    Matching,
    /// Writing out.
    Writing,
    /// Checking pages, hashes and chains.
    Verifying,
    /// Copying under a new key.
    Rekeying,
    /// Giving the room of what is gone back to the disk.
    Shrinking,
}

/// How far a long call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What it is doing.
    pub stage: Stage,
    /// Units done: bytes when receiving, reading or rekeying, else records, rows or pages. It does not go back within a
    /// stage of a call.
    pub done: u64,
    /// Units in all, when known. A file that is looked through for its people before its records are read counts twice.
    pub total: Option<u64>,
    /// Records so far.
    pub records: u64,
}

/// What the watcher says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// Stop at the next safe point; the book stays whole.
    Stop,
}

/// Watches a long call and can stop it. No lock is held while it runs.
pub trait Observer {
    /// Told from time to time how far the call is.
    fn report(&mut self, progress: Progress) -> Flow;
}

/// Nobody watches.
impl Observer for () {
    fn report(&mut self, _: Progress) -> Flow {
        Flow::Continue
    }
}

impl<F: FnMut(Progress) -> Flow> Observer for F {
    fn report(&mut self, progress: Progress) -> Flow {
        self(progress)
    }
}
