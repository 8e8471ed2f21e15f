//! An open book: one writer beside a few readers over one encrypted file, held by one process.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use healthbook_model::{Clock, Random, SecretBytes, Timestamp};
use healthbook_sqlite::rusqlite::{self, Connection, OpenFlags, OptionalExtension, TransactionBehavior};

use crate::error::VaultError;
use crate::gate::{self, Gate};
use crate::keys::{ContentHasher, DataKey, HashInProgress};
use crate::read::Reader;
use crate::schema;
use crate::write::Writer;

/// The database file in a book's folder.
pub const BOOK_FILE: &str = "book.db";

/// Readers kept open per gate. More may be open for a moment; they are closed when given back.
const READERS_KEPT: usize = 2;

/// Overwrites bytes in place; see [`Ports::blank`].
pub type Blank = fn(&mut [u8], Option<(u64, u64)>) -> bool;

/// What the vault is given from outside.
#[derive(Clone)]
pub struct Ports {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Overwrites a stretch of a document in place with something of the same length, for a purge; answers whether it
    /// could. With `Some((offset, length))` the stretch is base64 and only that part of what it decodes to goes. It is
    /// handed in, since the vault knows no formats.
    pub blank: Blank,
}

/// What every write needs and no one may change.
pub(crate) struct Constants {
    pub(crate) hasher: ContentHasher,
    /// Minutes east of UTC of the book's time zone: what a date without a zone means, and where a day ends.
    pub(crate) utc_offset: i16,
}

/// The open connections.
struct Opened {
    writer: Mutex<Connection>,
    readers: Mutex<Vec<(Gate, Connection)>>,
    constants: Constants,
    /// Held as long as the book is open: a second process is refused. It is the folder itself that is locked, so
    /// that no file is written for it.
    held: File,
}

/// An open book's file.
pub struct Vault {
    dir: PathBuf,
    book_id: [u8; 16],
    ports: Ports,
    key: RwLock<DataKey>,
    opened: RwLock<Option<Opened>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while the lock was held has rolled its transaction back; the connection is sound.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes the folder for this process.
fn hold(dir: &Path) -> Result<File, VaultError> {
    let folder = File::open(dir)?;
    match folder.try_lock() {
        Ok(()) => Ok(folder),
        Err(TryLockError::WouldBlock) => Err(VaultError::InUse),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

fn flags(create: bool) -> OpenFlags {
    let base =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    if create { base | OpenFlags::SQLITE_OPEN_CREATE } else { base }
}

/// One keyed connection with the settings that every one has.
pub(crate) fn connect(path: &Path, create: bool, key: &DataKey) -> Result<Connection, VaultError> {
    // SQLite does not follow links to the file itself; the folders above it may be links (/tmp on macOS).
    let dir = path.parent().map(fs::canonicalize).transpose()?;
    let path = match (dir, path.file_name()) {
        (Some(dir), Some(name)) => dir.join(name),
        _ => path.to_owned(),
    };
    let db = healthbook_sqlite::open(&path, flags(create), key)?;
    db.set_prepared_statement_cache_capacity(96);
    db.execute_batch(schema::EVERY_CONNECTION)?;
    Ok(db)
}

fn meta_blob(db: &Connection, key: &str) -> Result<Option<Vec<u8>>, VaultError> {
    Ok(db.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0)).optional()?)
}

fn fixed<const N: usize>(value: Option<Vec<u8>>, what: &str) -> Result<[u8; N], VaultError> {
    value
        .and_then(|v| <[u8; N]>::try_from(v.as_slice()).ok())
        .ok_or_else(|| VaultError::damaged(format!("{what} is missing")))
}

impl Opened {
    /// The one opening path: lock, connect, check, bring up, read the constants.
    fn open(dir: &Path, book_id: &[u8; 16], key: &DataKey, held: File) -> Result<Self, VaultError> {
        let path = dir.join(BOOK_FILE);
        if !path.try_exists()? {
            return Err(VaultError::Missing);
        }
        refuse_read_only(dir)?;
        let mut writer = connect(&path, false, key)?;
        schema::bring_up(&mut writer)?;
        // Half-received documents hold nothing that a record stands on.
        crate::write::drop_unfinished_documents(&mut writer)?;
        let constants = Self::constants(&writer, book_id)?;
        Ok(Self { writer: Mutex::new(writer), readers: Mutex::new(Vec::new()), constants, held })
    }

    fn constants(db: &Connection, book_id: &[u8; 16]) -> Result<Constants, VaultError> {
        if &fixed::<16>(meta_blob(db, "book_id")?, "the book's identity")? != book_id {
            return Err(VaultError::damaged("book.db and book.keys are of two different books"));
        }
        let hash_key = SecretBytes::new(fixed::<32>(meta_blob(db, "hash_key")?, "the key of the hashes")?);
        let offset = fixed::<2>(meta_blob(db, "utc_offset")?, "the time zone")?;
        Ok(Constants { hasher: ContentHasher::new(&hash_key), utc_offset: i16::from_le_bytes(offset) })
    }

    fn close(self) -> Result<(), VaultError> {
        drop(self.readers);
        let writer = self.writer.into_inner().unwrap_or_else(PoisonError::into_inner);
        checkpoint(&writer)?;
        writer.close().map_err(|(_, error)| error)?;
        Ok(())
    }
}

/// Tells a folder that cannot be written before SQLite fails in the middle of something.
fn refuse_read_only(dir: &Path) -> Result<(), VaultError> {
    use rustix::fs::{Access, access};
    let writable =
        access(dir, Access::WRITE_OK).is_ok() && access(dir.join(BOOK_FILE), Access::WRITE_OK).is_ok();
    if writable { Ok(()) } else { Err(VaultError::ReadOnly) }
}

/// Writes the WAL into the file and empties it: what is then on disk is one whole, authenticated file.
fn checkpoint(db: &Connection) -> Result<(), VaultError> {
    let busy: i64 = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy == 0 { Ok(()) } else { Err(VaultError::InUse) }
}

impl Vault {
    /// Makes a new, empty book file of this name.
    pub(crate) fn make(
        dir: &Path,
        name: &str,
        book_id: [u8; 16],
        key: &DataKey,
        utc_offset: i16,
        ports: &Ports,
    ) -> Result<(), VaultError> {
        let mut hash_key = zeroize::Zeroizing::new([0u8; 32]);
        ports.random.fill(hash_key.as_mut())?;
        let _held = hold(dir)?;
        let mut db = connect(&dir.join(name), true, key)?;
        schema::make(&mut db)?;
        let tx = db.transaction()?;
        for (name, value) in [
            ("book_id", book_id.as_slice()),
            ("hash_key", hash_key.as_slice()),
            ("utc_offset", &utc_offset.to_le_bytes()),
        ] {
            tx.execute("INSERT INTO meta (key, value) VALUES (?1, ?2)", rusqlite::params![name, value])?;
        }
        tx.execute(
            "INSERT INTO source (id, kind, base, first_seen, last_seen) VALUES (1, 'own', 'own', ?1, ?1)",
            [ports.clock.now().0],
        )?;
        tx.commit()?;
        checkpoint(&db)?;
        db.close().map_err(|(_, error)| error)?;
        Ok(())
    }

    /// Opens a book file with its key.
    pub(crate) fn unlock(
        dir: &Path,
        book_id: [u8; 16],
        key: DataKey,
        ports: Ports,
    ) -> Result<Self, VaultError> {
        let opened = Opened::open(dir, &book_id, &key, hold(dir)?)?;
        Ok(Self {
            dir: dir.to_owned(),
            book_id,
            ports,
            key: RwLock::new(key),
            opened: RwLock::new(Some(opened)),
        })
    }

    /// The book's folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The book's identity, which ties the file to its envelope.
    #[must_use]
    pub fn book_id(&self) -> [u8; 16] {
        self.book_id
    }

    /// The time and the randomness it was given.
    #[must_use]
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// Now, by the clock port.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// Minutes east of UTC of the book's time zone.
    ///
    /// # Errors
    /// [`VaultError::Suspended`].
    pub fn utc_offset(&self) -> Result<i16, VaultError> {
        let guard = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        guard.as_ref().map(|o| o.constants.utc_offset).ok_or(VaultError::Suspended)
    }

    /// Runs a write transaction: all of it is on disk when this returns, or none.
    ///
    /// # Errors
    /// What the closure returns (nothing is kept then), or what committing gives.
    pub fn write<T>(
        &self,
        work: impl FnOnce(&mut Writer<'_>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let guard = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        let opened = guard.as_ref().ok_or(VaultError::Suspended)?;
        let mut db = lock(&opened.writer);
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut writer = Writer::new(&tx, &opened.constants, &self.ports)?;
        let value = work(&mut writer)?;
        writer.finish()?;
        tx.commit()?;
        Ok(value)
    }

    /// Reads from one consistent state of the book, beside whoever writes.
    ///
    /// # Errors
    /// What the closure returns.
    pub fn read<T>(
        &self,
        gate: Gate,
        work: impl FnOnce(&Reader<'_>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let guard = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        let opened = guard.as_ref().ok_or(VaultError::Suspended)?;
        let mut db = self.take_reader(opened, gate)?;
        let outcome = {
            let tx = db.transaction_with_behavior(TransactionBehavior::Deferred)?;
            work(&Reader::new(&tx, gate, &opened.constants))
        };
        let mut pool = lock(&opened.readers);
        if pool.iter().filter(|(g, _)| *g == gate).count() < READERS_KEPT {
            pool.push((gate, db));
        }
        outcome
    }

    fn take_reader(&self, opened: &Opened, gate: Gate) -> Result<Connection, VaultError> {
        let kept = {
            let mut pool = lock(&opened.readers);
            pool.iter().position(|(g, _)| *g == gate).map(|at| pool.swap_remove(at).1)
        };
        if let Some(db) = kept {
            return Ok(db);
        }
        let key = self.key.read().unwrap_or_else(PoisonError::into_inner);
        let mut db = connect(&self.dir.join(BOOK_FILE), false, &key)?;
        gate::install(&mut db, gate)?;
        Ok(db)
    }

    /// Writes everything into `book.db` and empties the WAL; done at the end of an import.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`] and the like; nothing committed is lost.
    pub fn checkpoint(&self) -> Result<(), VaultError> {
        let guard = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        let opened = guard.as_ref().ok_or(VaultError::Suspended)?;
        let writer = lock(&opened.writer);
        match checkpoint(&writer) {
            // A reader is at work: the WAL is emptied another time.
            Err(VaultError::InUse) => Ok(()),
            other => other,
        }
    }

    /// Waits for what is running, writes the WAL into the file and closes it, so that the system may stop the app.
    /// Calls answer [`VaultError::Suspended`] until [`Vault::resume`]. The key stays in memory.
    ///
    /// # Errors
    /// When the last write fails; the file is closed all the same.
    pub fn suspend(&self) -> Result<(), VaultError> {
        let opened = self.opened.write().unwrap_or_else(PoisonError::into_inner).take();
        opened.map_or(Ok(()), Opened::close)
    }

    /// Opens the file again after [`Vault::suspend`].
    ///
    /// # Errors
    /// As at opening.
    pub fn resume(&self) -> Result<(), VaultError> {
        let mut guard = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        if guard.is_none() {
            let key = self.key.read().unwrap_or_else(PoisonError::into_inner);
            *guard = Some(Opened::open(&self.dir, &self.book_id, &key, hold(&self.dir)?)?);
        }
        Ok(())
    }

    /// Closes the file and drops the key.
    ///
    /// # Errors
    /// When the last write fails; the key is dropped all the same.
    pub fn lock(self) -> Result<(), VaultError> {
        self.suspend()
    }

    /// Puts another file in the place of the open one (rotation). `swap` gets the writer, with no reader open and the WAL
    /// empty, and gives the key of the file that then stands there. No lock is held meanwhile; calls from elsewhere
    /// find the book suspended, and the folder stays taken.
    pub(crate) fn exchange(
        &self,
        swap: impl FnOnce(Connection) -> Result<DataKey, VaultError>,
    ) -> Result<(), VaultError> {
        let taken = self.opened.write().unwrap_or_else(PoisonError::into_inner).take();
        let Opened { writer, readers, held, .. } = taken.ok_or(VaultError::Suspended)?;
        drop(readers);
        let writer = writer.into_inner().unwrap_or_else(PoisonError::into_inner);
        let outcome = checkpoint(&writer).and_then(|()| swap(writer));
        let outcome = outcome.map(|new| *self.key.write().unwrap_or_else(PoisonError::into_inner) = new);
        let key = self.key.read().unwrap_or_else(PoisonError::into_inner);
        let opened = Opened::open(&self.dir, &self.book_id, &key, held)?;
        *self.opened.write().unwrap_or_else(PoisonError::into_inner) = Some(opened);
        outcome
    }

    /// Lends the data key to what seals it.
    pub(crate) fn with_key<T>(
        &self,
        work: impl FnOnce(&DataKey) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        work(&self.key.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Begins the digest of a document that is being received.
    ///
    /// # Errors
    /// [`VaultError::Suspended`].
    pub fn start_digest(&self) -> Result<HashInProgress, VaultError> {
        let guard = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        Ok(guard.as_ref().ok_or(VaultError::Suspended)?.constants.hasher.start())
    }

    /// A connection of its own to the file, with nothing of it in memory yet.
    pub(crate) fn fresh_connection(&self) -> Result<Connection, VaultError> {
        self.with_key(|key| connect(&self.dir.join(BOOK_FILE), false, key))
    }

    /// Runs a check over the writer's connection, with nothing else writing.
    pub(crate) fn inspect<T>(
        &self,
        work: impl FnOnce(&Connection, &Constants) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let guard = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        let opened = guard.as_ref().ok_or(VaultError::Suspended)?;
        work(&lock(&opened.writer), &opened.constants)
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        // The last chance to leave one whole file behind; nothing committed depends on it.
        let _ = self.suspend();
    }
}
