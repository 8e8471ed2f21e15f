//! Links SQLite3 Multiple Ciphers under `rusqlite` and opens files with it: no logic beyond the guard that the
//! cipher is really there.
//!
//! A build that linked a plain SQLite would open, create and fill a file that anybody can read, and nothing would
//! say so. So every opening goes through [`open`], which asks the library for its cipher, names AEGIS-256, hands
//! over the key, and looks at the first bytes of the file itself.
//!
//! The file's pages are AEGIS-256 (IETF draft-irtf-cfrg-aegis-aead): each page has a random 32-byte nonce and a
//! 16-byte tag of its own and is bound to its page number. In the clear are bytes 16 to 23 of the first page
//! (page size and format numbers) and a random salt.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use healthbook_model::SecretBytes;
use zeroize::Zeroizing;

pub use rusqlite;
use rusqlite::{Connection, OpenFlags};

/// The cipher and its variant, as the library names them.
pub const CIPHER: &str = "aegis-256";

/// Number of AEGIS-256 among the variants of the library (`aegis-128l` = 1 … `aegis-256x4` = 6).
const AEGIS_256: c_int = 4;

/// First bytes of a file that is not encrypted.
const PLAIN_HEADER: &[u8; 16] = b"SQLite format 3\0";

/// What the guard found wrong, or SQLite's own error.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The library that was linked has no AEGIS-256. Nothing was opened.
    #[error("this build has no cipher: SQLite3 Multiple Ciphers with AEGIS is not linked")]
    NoCipher,
    /// The file is an SQLite database in the clear.
    #[error("the file is not encrypted")]
    NotEncrypted,
    /// The file could not be read.
    #[error("the file could not be read")]
    Io(#[source] std::io::Error),
    /// SQLite says no.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

#[expect(unsafe_code, reason = "the cipher's own functions, which rusqlite does not bind")]
unsafe extern "C" {
    fn sqlite3_key_v2(
        db: *mut rusqlite::ffi::sqlite3,
        name: *const c_char,
        key: *const c_void,
        length: c_int,
    ) -> c_int;
    fn sqlite3mc_config(db: *mut rusqlite::ffi::sqlite3, name: *const c_char, value: c_int) -> c_int;
    fn sqlite3mc_config_cipher(
        db: *mut rusqlite::ffi::sqlite3,
        cipher: *const c_char,
        name: *const c_char,
        value: c_int,
    ) -> c_int;
    fn sqlite3mc_cipher_index(name: *const c_char) -> c_int;
    fn sqlite3mc_version() -> *const c_char;
}

/// The version of SQLite3 Multiple Ciphers that is linked.
#[must_use]
pub fn version() -> String {
    #[expect(unsafe_code, reason = "asks the library for its version")]
    // SAFETY: the function takes nothing and returns a static, NUL-terminated string.
    let text = unsafe { CStr::from_ptr(sqlite3mc_version()) };
    text.to_string_lossy().into_owned()
}

/// Opens an encrypted file with a raw 256-bit key: no key derivation, no key in an SQL text.
///
/// A wrong key and a damaged first page show themselves at the first read, as SQLite's `NotADatabase`.
///
/// # Errors
/// [`OpenError::NoCipher`] and [`OpenError::NotEncrypted`] before anything is read or written, else SQLite's error.
pub fn open(path: &Path, flags: OpenFlags, key: &SecretBytes<32>) -> Result<Connection, OpenError> {
    refuse_plain(path)?;
    let connection = Connection::open_with_flags(path, flags)?;
    name_cipher(&connection)?;
    wipe_what_is_freed(&connection)?;
    hand_over(&connection, key)?;
    Ok(connection)
}

/// Whether the file's first bytes are those of an unencrypted database. A missing or empty file is not.
///
/// # Errors
/// [`OpenError::NotEncrypted`], or the error of reading.
pub fn refuse_plain(path: &Path) -> Result<(), OpenError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(OpenError::Io(error)),
    };
    let mut header = [0u8; 16];
    match file.read_exact(&mut header) {
        Ok(()) if &header == PLAIN_HEADER => Err(OpenError::NotEncrypted),
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(()),
        Err(error) => Err(OpenError::Io(error)),
    }
}

fn name_cipher(connection: &Connection) -> Result<(), OpenError> {
    #[expect(unsafe_code, reason = "the connection's cipher is chosen through the C interface")]
    // SAFETY: the handle is that of a live connection which this thread holds, and the strings are static and
    // NUL-terminated.
    let (index, chosen, variant) = unsafe {
        let db = connection.handle();
        let index = sqlite3mc_cipher_index(c"aegis".as_ptr());
        (
            index,
            sqlite3mc_config(db, c"cipher".as_ptr(), index),
            sqlite3mc_config_cipher(db, c"aegis".as_ptr(), c"algorithm".as_ptr(), AEGIS_256),
        )
    };
    if index > 0 && chosen == index && variant == AEGIS_256 { Ok(()) } else { Err(OpenError::NoCipher) }
}

/// Has the library wipe every piece of memory that it frees: pages in the clear, and keys. It is compiled in, and off until
/// it is asked for; it then holds for the whole process, whatever connection asked.
fn wipe_what_is_freed(connection: &Connection) -> Result<(), OpenError> {
    let answer: String = connection.query_row("PRAGMA memory_security = fill", [], |row| row.get(0))?;
    if answer == "1" { Ok(()) } else { Err(OpenError::NoCipher) }
}

fn hand_over(connection: &Connection, key: &SecretBytes<32>) -> Result<(), OpenError> {
    // Without the prefix the library takes the bytes for a passphrase and runs Argon2id over them at each open.
    let mut raw = Zeroizing::new([0u8; 36]);
    raw[..4].copy_from_slice(b"raw:");
    raw[4..].copy_from_slice(key.expose());
    #[expect(unsafe_code, reason = "the key goes in as bytes, never as a text")]
    // SAFETY: the handle is that of a live connection, the buffer is 36 bytes long and outlives the call; the
    // library copies it.
    let code = unsafe { sqlite3_key_v2(connection.handle(), c"main".as_ptr(), raw.as_ptr().cast(), 36) };
    if code == rusqlite::ffi::SQLITE_OK {
        Ok(())
    } else {
        Err(OpenError::Sqlite(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags() -> OpenFlags {
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX
    }

    fn key(n: u8) -> SecretBytes<32> {
        SecretBytes::new([n; 32])
    }

    #[test]
    fn what_is_written_is_not_found_in_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("book.db");
        let db = open(&path, flags(), &key(1)).unwrap();
        db.execute_batch("CREATE TABLE t(a TEXT); INSERT INTO t VALUES('Trần Thị Hoàng Yến');").unwrap();
        drop(db);
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(6).any(|w| w == "Hoàng".as_bytes()), "plaintext in the file");
        assert_ne!(&bytes[..16], PLAIN_HEADER);

        let again = open(&path, flags(), &key(1)).unwrap();
        let name: String = again.query_row("SELECT a FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(name, "Trần Thị Hoàng Yến");
    }

    #[test]
    fn another_key_opens_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("book.db");
        open(&path, flags(), &key(1)).unwrap().execute_batch("CREATE TABLE t(a TEXT)").unwrap();
        let db = open(&path, flags(), &key(2)).unwrap();
        let error = db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).unwrap_err();
        assert_eq!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::NotADatabase));
    }

    #[test]
    fn an_unencrypted_file_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("book.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t(a TEXT)").unwrap();
        let before = std::fs::read(&path).unwrap();
        assert!(matches!(open(&path, flags(), &key(1)), Err(OpenError::NotEncrypted)));
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn the_key_is_used_as_it_is() {
        // The file of a raw key opens in well under the time one Argon2id run takes; what is checked here is the
        // cause, not the clock: the same key as a passphrase must not open it.
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("book.db");
        open(&path, flags(), &key(0x41)).unwrap().execute_batch("CREATE TABLE t(a TEXT)").unwrap();
        let db = Connection::open(&path).unwrap();
        db.execute_batch(&format!("PRAGMA key='{}'", "A".repeat(32))).unwrap();
        assert!(db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).is_err());
    }
}
