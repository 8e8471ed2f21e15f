//! `book.keys` on disk: read whole, replaced whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;

use super::format::MAX_LENGTH;

/// The envelope's name in the book's folder.
pub const NAME: &str = "book.keys";

/// Its next state, for an instant. One that is left over from a kill is ignored, and removed by the next [`replace`].
pub const NEXT_NAME: &str = "book.keys.new";

/// Why `book.keys` was not read or replaced. It is then as it was before, with the one exception that [`replace`] names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// There is none, or no such folder.
    #[error("there is no book.keys")]
    Missing,
    /// It is there, and this user may not read it, or it is not a file.
    #[error("book.keys cannot be read: it is not a file, or permission is denied")]
    Unreadable,
    /// It is larger than an envelope can be (64 KiB).
    #[error("book.keys is larger than 64 KiB and cannot be a key envelope")]
    TooLarge,
    /// The disk or the quota is full.
    #[error("there is no space left for book.keys")]
    DiskFull,
    /// The folder or the file system does not take writes.
    #[error("the book's folder cannot be written: it is read-only, or permission is denied")]
    ReadOnly,
    /// The device failed in another way.
    #[error("the device failed on book.keys: {0}")]
    Io(ErrorKind),
}

/// Reads `book.keys` in the book's folder.
///
/// # Errors
/// [`FileError::Missing`], [`FileError::Unreadable`], [`FileError::TooLarge`] or [`FileError::Io`].
pub fn read(dir: &Path) -> Result<Vec<u8>, FileError> {
    let path = dir.join(NAME);
    // Asked before opening, as opening a pipe would wait.
    if !fs::metadata(&path).map_err(|e| on_read(&e))?.is_file() {
        return Err(FileError::Unreadable);
    }
    let file = File::open(&path).map_err(|e| on_read(&e))?;
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_LENGTH).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit).read_to_end(&mut bytes).map_err(|e| on_read(&e))?;
    if bytes.len() > MAX_LENGTH { Err(FileError::TooLarge) } else { Ok(bytes) }
}

/// Replaces `book.keys` in the book's folder, or makes it: whoever reads it, at any time and after any kill, has either
/// the old bytes or the new ones, and when this returns the new ones are on the disk.
///
/// # Errors
/// [`FileError::TooLarge`], [`FileError::DiskFull`], [`FileError::ReadOnly`], [`FileError::Missing`] (no such folder) or
/// [`FileError::Io`]. The file is then unchanged, unless only the last step failed, the folder's own sync: then it holds
/// the new bytes, and a power cut may still bring the old ones back.
pub fn replace(dir: &Path, bytes: &[u8]) -> Result<(), FileError> {
    if bytes.len() > MAX_LENGTH {
        return Err(FileError::TooLarge);
    }
    let next = dir.join(NEXT_NAME);
    match fs::remove_file(&next) {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(on_write(&e)),
        _ => {}
    }
    if let Err(e) = write_next(&next, bytes).and_then(|()| fs::rename(&next, dir.join(NAME))) {
        // What is left over is ignored by every reader; removing it gives a full disk its space back.
        drop(fs::remove_file(&next));
        return Err(on_write(&e));
    }
    sync_folder(dir).map_err(|e| on_write(&e))
}

fn write_next(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    // On Apple's systems this is F_FULLFSYNC.
    file.sync_all()
}

/// Puts the rename itself on the disk.
#[cfg(unix)]
fn sync_folder(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// A folder cannot be synced here; the file system journals the rename.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

fn on_read(error: &io::Error) -> FileError {
    match error.kind() {
        ErrorKind::NotFound => FileError::Missing,
        ErrorKind::PermissionDenied | ErrorKind::IsADirectory => FileError::Unreadable,
        other => FileError::Io(other),
    }
}

fn on_write(error: &io::Error) -> FileError {
    match error.kind() {
        ErrorKind::NotFound => FileError::Missing,
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => FileError::ReadOnly,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => FileError::DiskFull,
        other => FileError::Io(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_replaced_is_read_back_and_nothing_else_stays() {
        let dir = tempfile::tempdir().unwrap();
        for bytes in [&b"first"[..], b"", b"the third, longer than the first"] {
            replace(dir.path(), bytes).unwrap();
            assert_eq!(read(dir.path()).unwrap(), bytes);
            assert_eq!(names(dir.path()), [NAME]);
        }
    }

    #[test]
    fn a_kill_before_the_rename_leaves_the_old_keys_and_the_next_write_goes_through() {
        let dir = tempfile::tempdir().unwrap();
        replace(dir.path(), b"old").unwrap();
        for left_over in [&b""[..], b"ne", b"new"] {
            fs::write(dir.path().join(NEXT_NAME), left_over).unwrap();
            assert_eq!(read(dir.path()).unwrap(), b"old");
        }
        replace(dir.path(), b"newer").unwrap();
        assert_eq!(read(dir.path()).unwrap(), b"newer");
        assert_eq!(names(dir.path()), [NAME]);
    }

    #[test]
    fn a_left_over_without_keys_is_still_no_keys() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(NEXT_NAME), b"never finished").unwrap();
        assert_eq!(read(dir.path()), Err(FileError::Missing));
    }

    #[test]
    fn missing_is_not_unreadable_and_not_too_large() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read(dir.path()), Err(FileError::Missing));
        assert_eq!(read(&dir.path().join("no such book")), Err(FileError::Missing));
        assert_eq!(replace(&dir.path().join("no such book"), b""), Err(FileError::Missing));
        fs::create_dir(dir.path().join(NAME)).unwrap();
        assert_eq!(read(dir.path()), Err(FileError::Unreadable));
        fs::remove_dir(dir.path().join(NAME)).unwrap();
        fs::write(dir.path().join(NAME), vec![0; MAX_LENGTH]).unwrap();
        assert_eq!(read(dir.path()).unwrap().len(), MAX_LENGTH);
        fs::write(dir.path().join(NAME), vec![0; MAX_LENGTH + 1]).unwrap();
        assert_eq!(read(dir.path()), Err(FileError::TooLarge));
    }

    #[test]
    fn what_could_not_be_read_again_is_not_written() {
        let dir = tempfile::tempdir().unwrap();
        replace(dir.path(), b"old").unwrap();
        assert_eq!(replace(dir.path(), &vec![0; MAX_LENGTH + 1]), Err(FileError::TooLarge));
        assert_eq!(read(dir.path()).unwrap(), b"old");
    }

    #[test]
    fn a_failed_replace_leaves_the_old_keys_and_no_left_over() {
        let dir = tempfile::tempdir().unwrap();
        // A folder of that name cannot be renamed over.
        fs::create_dir(dir.path().join(NAME)).unwrap();
        fs::write(dir.path().join(NAME).join("inside"), b"kept").unwrap();
        assert!(matches!(replace(dir.path(), b"new"), Err(FileError::Io(_))));
        assert_eq!(names(dir.path()), [NAME]);
        assert_eq!(fs::read(dir.path().join(NAME).join("inside")).unwrap(), b"kept");
    }

    #[cfg(unix)]
    #[test]
    fn the_keys_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        replace(dir.path(), b"keys").unwrap();
        assert_eq!(fs::metadata(dir.path().join(NAME)).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_place_of_the_next_state_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let other = dir.path().join("somebody else's");
        fs::write(&other, b"kept").unwrap();
        std::os::unix::fs::symlink(&other, dir.path().join(NEXT_NAME)).unwrap();
        replace(dir.path(), b"keys").unwrap();
        assert_eq!(fs::read(other).unwrap(), b"kept");
        assert_eq!(read(dir.path()).unwrap(), b"keys");
    }

    #[test]
    fn the_systems_errors_are_told_apart() {
        for (kind, reading, writing) in [
            (ErrorKind::NotFound, FileError::Missing, FileError::Missing),
            (ErrorKind::PermissionDenied, FileError::Unreadable, FileError::ReadOnly),
            (
                ErrorKind::ReadOnlyFilesystem,
                FileError::Io(ErrorKind::ReadOnlyFilesystem),
                FileError::ReadOnly,
            ),
            (ErrorKind::StorageFull, FileError::Io(ErrorKind::StorageFull), FileError::DiskFull),
            (ErrorKind::QuotaExceeded, FileError::Io(ErrorKind::QuotaExceeded), FileError::DiskFull),
            (ErrorKind::Other, FileError::Io(ErrorKind::Other), FileError::Io(ErrorKind::Other)),
        ] {
            assert_eq!(on_read(&kind.into()), reading);
            assert_eq!(on_write(&kind.into()), writing);
        }
    }
}
