//! What can go wrong in the vault. Rich on purpose; the facade decides what of it is told.

use std::io;

use healthbook_model::{KeystoreError, RandomError};
use healthbook_sqlite::OpenError;
use healthbook_sqlite::rusqlite::{self, ErrorCode};

use crate::keys::EnvelopeError;
use crate::keys::file::FileError;

/// An error of the vault.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// There is no book in this folder.
    #[error("there is no book here")]
    Missing,
    /// There is a book in this folder already.
    #[error("there is a book here already")]
    Exists,
    /// Another process has the book open.
    #[error("the book is open in another program")]
    InUse,
    /// The book was suspended or locked.
    #[error("the book is suspended")]
    Suspended,
    /// There is a book, but no `book.keys`: without it nothing opens the book.
    #[error("book.keys is missing")]
    EnvelopeMissing,
    /// The envelope does not open.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// Pages of the file are damaged.
    #[error("the book's file is damaged: {what}")]
    Damaged {
        /// What was found, without content.
        what: String,
    },
    /// The file is an unencrypted database.
    #[error("the book's file is not encrypted")]
    NotEncrypted,
    /// The build has no cipher.
    #[error("this build has no cipher")]
    NoCipher,
    /// The book was written by a newer version.
    #[error("the book was written by a newer version (schema {found}, this one reads up to {known})")]
    Newer {
        /// The file's schema version.
        found: i64,
        /// The newest this build knows.
        known: i64,
    },
    /// No room left on the disk.
    #[error("the disk is full")]
    DiskFull,
    /// The folder or the file cannot be written.
    #[error("the book's folder cannot be written")]
    ReadOnly,
    /// No record, document or other thing of this identity.
    #[error("no such {what}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
    },
    /// The beginning of an identity fits several records.
    #[error("several records begin like this")]
    Ambiguous,
    /// What was asked for makes no sense here.
    #[error("{what}")]
    Refused {
        /// Why, safe to show.
        what: &'static str,
    },
    /// The caller asked to stop; the book is whole.
    #[error("stopped on request")]
    Stopped,
    /// The platform's keystore.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// Input or output failed.
    #[error("input or output failed: {0}")]
    Io(#[source] io::Error),
    /// SQLite failed in a way that none of the above names.
    #[error("the database failed")]
    Sqlite(#[source] rusqlite::Error),
}

impl VaultError {
    /// A damage, in words that hold no content.
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }
}

impl From<rusqlite::Error> for VaultError {
    fn from(error: rusqlite::Error) -> Self {
        let Some(code) = error.sqlite_error_code() else { return Self::Sqlite(error) };
        match code {
            // A page whose tag does not fit is reported as an I/O error of the cipher (SQLITE_IOERR_DATA) or as a
            // corrupt or foreign file, depending on who read it.
            ErrorCode::NotADatabase => Self::damaged("a page does not open with the book's key"),
            ErrorCode::DatabaseCorrupt => Self::damaged("a page is damaged"),
            ErrorCode::DiskFull => Self::DiskFull,
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Self::ReadOnly,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => {
                Self::InUse
            }
            ErrorCode::OperationInterrupted => Self::Stopped,
            // The device failed on the WAL or the file, which were there a moment ago: a missing book is told before.
            ErrorCode::CannotOpen => Self::Io(io::Error::other("the database could not open its file")),
            ErrorCode::SystemIoFailure => match error.sqlite_error() {
                // The index of the WAL beside the file is made larger by writing zeros: that fails for want of room.
                Some(e) if e.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => Self::DiskFull,
                Some(e)
                    if e.extended_code == rusqlite::ffi::SQLITE_IOERR_DATA
                        || e.extended_code == rusqlite::ffi::SQLITE_IOERR_SHORT_READ =>
                {
                    Self::damaged("a page is damaged or cut off")
                }
                _ => Self::Io(io::Error::other("the database could not read or write its file")),
            },
            _ => Self::Sqlite(error),
        }
    }
}

impl From<FileError> for VaultError {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Missing => Self::EnvelopeMissing,
            FileError::DiskFull => Self::DiskFull,
            FileError::ReadOnly => Self::ReadOnly,
            FileError::TooLarge => Self::Envelope(EnvelopeError::NotAnEnvelope),
            FileError::Unreadable => Self::Io(io::ErrorKind::PermissionDenied.into()),
            FileError::Io(kind) => Self::Io(kind.into()),
        }
    }
}

impl From<OpenError> for VaultError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::NoCipher => Self::NoCipher,
            OpenError::NotEncrypted => Self::NotEncrypted,
            OpenError::Io(error) => error.into(),
            OpenError::Sqlite(error) => error.into(),
        }
    }
}

impl From<io::Error> for VaultError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            io::ErrorKind::NotFound => Self::Missing,
            _ => Self::Io(error),
        }
    }
}
