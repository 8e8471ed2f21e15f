//! An open book: one writer beside a few readers over one encrypted file, held by one process.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::ThreadId;

use healthbook_model::{Clock, Random, SecretBytes, StackWipe, Timestamp};
use healthbook_sqlite::rusqlite::config::DbConfig;
use healthbook_sqlite::rusqlite::{self, Connection, OpenFlags, OptionalExtension, TransactionBehavior};

use crate::error::VaultError;
use crate::gate::{self, Gate};
use crate::keys::{ContentHasher, DataKey, HashInProgress};
use crate::read::Reader;
use crate::room::checkpoint;
use crate::schema;
use crate::write::Writer;

/// The database file in a book's folder.
pub const BOOK_FILE: &str = "book.db";

/// Readers kept open per gate. More may be open for a moment; they are closed when given back.
const READERS_KEPT: usize = 2;

/// What bytes say; see [`Ports::gist`].
pub type Gist = fn(&[u8]) -> Option<Vec<u8>>;

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
    /// What a record's bytes say, however they are spaced and whatever their keeper adds, for comparing; `None` where that
    /// cannot be told.
    pub gist: Gist,
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
    held: Arc<Held>,
}

/// Another file is being put in the place of the book's.
#[derive(Default)]
struct Exchange {
    /// By this thread.
    by: Option<ThreadId>,
    /// Somebody asked meanwhile to suspend the book.
    suspend: bool,
}

/// An open book's file.
pub struct Vault {
    dir: PathBuf,
    book_id: [u8; 16],
    ports: Ports,
    /// The file's key and its generation in the envelope.
    key: RwLock<(u32, DataKey)>,
    opened: RwLock<Option<Opened>>,
    exchange: Mutex<Exchange>,
    exchanged: Condvar,
    /// `book.keys` is being changed.
    changing_keys: AtomicBool,
    /// How many wait for the file to be let go.
    suspending: Arc<AtomicUsize>,
}

/// As long as it lives nobody else changes `book.keys`.
pub(crate) struct KeysTurn<'a>(&'a AtomicBool);

impl Drop for KeysTurn<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while the lock was held has rolled its transaction back; the connection is sound.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A folder that this process has taken; it is let go when the last one who needs it has gone.
pub(crate) struct Held(File);

impl Drop for Held {
    fn drop(&mut self) {
        // By name: closing alone is not enough while a program that was just started still has a copy of the handle.
        let _ = self.0.unlock();
    }
}

/// Takes the folder for this process.
pub(crate) fn hold(dir: &Path) -> Result<Arc<Held>, VaultError> {
    let folder = File::open(dir)?;
    match folder.try_lock() {
        Ok(()) => Ok(Arc::new(Held(folder))),
        Err(TryLockError::WouldBlock) => Err(VaultError::InUse),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

fn flags(create: bool) -> OpenFlags {
    let base =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    if create { base | OpenFlags::SQLITE_OPEN_CREATE } else { base }
}

/// Pages that the writer keeps in memory, 24 MiB: an import touches a dozen indexes at random places, and each page that
/// does not stay is decrypted again. The WAL goes into the file every 64 MiB: what stands at random places changes again
/// with every batch, and need not be written into the file each time.
const WRITERS_PAGES: &str = "PRAGMA cache_size = -24576; PRAGMA wal_autocheckpoint = 8192;";

/// One keyed connection with the settings that every one has.
pub(crate) fn connect(path: &Path, create: bool, key: &DataKey) -> Result<Connection, VaultError> {
    // SQLite does not follow links to the file itself; the folders above it may be links (/tmp on macOS).
    let dir = path.parent().map(fs::canonicalize).transpose()?;
    let path = match (dir, path.file_name()) {
        (Some(dir), Some(name)) => dir.join(name),
        _ => path.to_owned(),
    };
    let db = healthbook_sqlite::open(&path, flags(create), key)?;
    // A file that turns out to be damaged, newer or another book's stays as it is, its WAL too: what is to be
    // written into the file is written by name.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // A plan does not hang on the values that are bound. Without this SQLite compiles a statement anew at every new value,
    // in case another plan suits it better: a sixth of an import went there.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
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
    fn open(dir: &Path, book_id: &[u8; 16], key: &DataKey, held: Arc<Held>) -> Result<Self, VaultError> {
        let path = dir.join(BOOK_FILE);
        if !path.try_exists()? {
            return Err(VaultError::Missing);
        }
        refuse_read_only(dir)?;
        let mut writer = connect(&path, false, key)?;
        schema::bring_up(&mut writer)?;
        let constants = Self::constants(&writer, book_id)?;
        let_go_whole(&writer)?;
        writer.execute_batch(WRITERS_PAGES)?;
        Ok(Self { writer: Mutex::new(writer), readers: Mutex::new(Vec::new()), constants, held })
    }

    fn constants(db: &Connection, book_id: &[u8; 16]) -> Result<Constants, VaultError> {
        if &fixed::<16>(meta_blob(db, "book_id")?, "the book's identity")? != book_id {
            return Err(VaultError::damaged("book.db and book.keys are of two different books"));
        }
        let hash_key = zeroize::Zeroizing::new(meta_blob(db, "hash_key")?.unwrap_or_default());
        let hash_key: &[u8; 32] = hash_key
            .as_slice()
            .try_into()
            .map_err(|_| VaultError::damaged("the key of the hashes is missing"))?;
        let hash_key = SecretBytes::copied(hash_key);
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

/// From here on the last one who closes the file leaves no WAL behind.
fn let_go_whole(db: &Connection) -> Result<(), VaultError> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(())
}

/// Steps of SQLite's machine between two looks at whether an inspection shall end: well under a millisecond.
const OPS_BETWEEN_LOOKS: i32 = 1000;

impl Vault {
    /// Makes a new book file of this name in a folder that is held, with what `begin` puts into it: a book that is killed
    /// while it is being made is there with all of that, or not at all.
    pub(crate) fn make(
        dir: &Path,
        name: &str,
        book_id: [u8; 16],
        key: &DataKey,
        utc_offset: i16,
        ports: &Ports,
        begin: impl FnOnce(&mut Writer<'_>) -> Result<(), VaultError>,
    ) -> Result<(), VaultError> {
        let mut hash_key = zeroize::Zeroizing::new([0u8; 32]);
        ports.random.fill(hash_key.as_mut())?;
        let mut db = connect(&dir.join(name), true, key)?;
        let_go_whole(&db)?;
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
            "INSERT INTO source (id, kind, base, first_seen, last_seen, told_seen)
             VALUES (1, 'own', 'own', ?1, ?1, ?1)",
            [ports.clock.now().0],
        )?;
        let constants = Opened::constants(&tx, &book_id)?;
        let mut writer = Writer::new(&tx, &constants, ports)?;
        begin(&mut writer)?;
        writer.finish()?;
        tx.commit()?;
        checkpoint(&db)?;
        db.close().map_err(|(_, error)| error)?;
        Ok(())
    }

    /// Opens a book file with its key, in a folder that is held.
    pub(crate) fn unlock(
        dir: &Path,
        book_id: [u8; 16],
        key: (u32, DataKey),
        ports: Ports,
        held: Arc<Held>,
    ) -> Result<Self, VaultError> {
        let opened = Opened::open(dir, &book_id, &key.1, held)?;
        // Half-received documents hold nothing that a record stands on. Only now: after a suspension an import may go on
        // with its own.
        match crate::write::drop_unfinished_documents(&mut lock(&opened.writer)) {
            // Where the list of documents is damaged, or the disk is full of what was received, the book is still to be
            // read and taken out. They are dropped at an opening that finds room.
            Ok(()) | Err(VaultError::Damaged { .. } | VaultError::DiskFull) => {}
            Err(error) => return Err(error),
        }
        Ok(Self {
            dir: dir.to_owned(),
            book_id,
            ports,
            key: RwLock::new(key),
            opened: RwLock::new(Some(opened)),
            exchange: Mutex::default(),
            exchanged: Condvar::new(),
            changing_keys: AtomicBool::new(false),
            suspending: Arc::default(),
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
        let mut db = connect(&self.dir.join(BOOK_FILE), false, &key.1)?;
        gate::install(&mut db, gate)?;
        Ok(db)
    }

    /// Waits for what is running, writes the WAL into the file and closes it, so that the system may stop the app.
    /// Calls answer [`VaultError::Suspended`] until [`Vault::resume`]. The key stays in memory. A rotation that is
    /// running stops and leaves the book as it was; its own observer, which cannot wait for it, finds the book closed
    /// when the rotation has returned.
    ///
    /// # Errors
    /// When the last write fails; the file is closed all the same.
    pub fn suspend(&self) -> Result<(), VaultError> {
        loop {
            let opened = self.let_go();
            if let Some(opened) = opened {
                return opened.close();
            }
            let mut exchange = lock(&self.exchange);
            match exchange.by {
                None if self.opened.read().unwrap_or_else(PoisonError::into_inner).is_none() => return Ok(()),
                // It has ended just now, and the book is open again.
                None => {}
                Some(thread) => {
                    exchange.suspend = true;
                    if thread == std::thread::current().id() {
                        return Ok(());
                    }
                    drop(self.exchanged.wait(exchange).unwrap_or_else(PoisonError::into_inner));
                }
            }
        }
    }

    /// Ends inspections, waits for everybody else, and takes the open file.
    fn let_go(&self) -> Option<Opened> {
        self.suspending.fetch_add(1, Ordering::SeqCst);
        let opened = self.opened.write().unwrap_or_else(PoisonError::into_inner).take();
        self.suspending.fetch_sub(1, Ordering::SeqCst);
        opened
    }

    /// Opens the file again after [`Vault::suspend`].
    ///
    /// # Errors
    /// As at opening.
    pub fn resume(&self) -> Result<(), VaultError> {
        let mut guard = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        if guard.is_none() {
            let key = self.key.read().unwrap_or_else(PoisonError::into_inner);
            *guard = Some(Opened::open(&self.dir, &self.book_id, &key.1, hold(&self.dir)?)?);
        }
        Ok(())
    }

    /// Closes the file and drops the key.
    ///
    /// # Errors
    /// When the last write fails; the key is dropped all the same.
    pub fn lock(self) -> Result<(), VaultError> {
        let _wipe = StackWipe;
        let closed = self.suspend();
        drop(self);
        closed
    }

    /// Puts another file in the place of the open one (rotation). `swap` gets the writer, with no reader open and the
    /// WAL empty, and gives the key of the file that stands there afterwards, when it is another one. No lock is held
    /// meanwhile; calls from elsewhere find the book suspended, and the folder stays taken. Should the file not open
    /// again afterwards, what `swap` came to is told all the same, and the book is suspended.
    pub(crate) fn exchange<T>(
        &self,
        swap: impl FnOnce(Connection) -> (Option<(u32, DataKey)>, Result<T, VaultError>),
    ) -> Result<T, VaultError> {
        {
            let mut exchange = lock(&self.exchange);
            if exchange.by.is_some() {
                return Err(VaultError::Suspended);
            }
            *exchange = Exchange { by: Some(std::thread::current().id()), suspend: false };
        }
        // Whatever happens in `swap`, also a panic of an observer, nobody waits for it for ever.
        let _end = EndOfExchange(self);
        let taken = self.opened.write().unwrap_or_else(PoisonError::into_inner).take();
        let Opened { writer, readers, held, .. } = taken.ok_or(VaultError::Suspended)?;
        drop(readers);
        let writer = writer.into_inner().unwrap_or_else(PoisonError::into_inner);
        let (new, outcome) = match checkpoint(&writer) {
            Ok(()) => swap(writer),
            Err(error) => (None, Err(error)),
        };
        if let Some(new) = new {
            *self.key.write().unwrap_or_else(PoisonError::into_inner) = new;
        }
        let exchange = lock(&self.exchange);
        if !exchange.suspend {
            let key = self.key.read().unwrap_or_else(PoisonError::into_inner);
            let opened = Opened::open(&self.dir, &self.book_id, &key.1, held).ok();
            *self.opened.write().unwrap_or_else(PoisonError::into_inner) = opened;
        }
        drop(exchange);
        outcome
    }

    /// Whether somebody waits for the exchange that is running to stop.
    pub(crate) fn is_suspend_wanted(&self) -> bool {
        lock(&self.exchange).suspend
    }

    /// Takes the turn to change `book.keys`.
    pub(crate) fn take_keys_turn(&self) -> Result<KeysTurn<'_>, VaultError> {
        if self.opened.read().unwrap_or_else(PoisonError::into_inner).is_none() {
            return Err(VaultError::Suspended);
        }
        match self.changing_keys.swap(true, Ordering::Acquire) {
            false => Ok(KeysTurn(&self.changing_keys)),
            true => Err(VaultError::InUse),
        }
    }

    /// Runs a short piece of work during which the book is open and stays so.
    pub(crate) fn while_open<T>(
        &self,
        work: impl FnOnce() -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let guard = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        if guard.is_some() { work() } else { Err(VaultError::Suspended) }
    }

    /// The data key, and its generation, for what seals it.
    pub(crate) fn key(&self) -> (u32, DataKey) {
        self.key.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Begins the digest of a document that is being received.
    ///
    /// # Errors
    /// [`VaultError::Suspended`].
    pub fn start_digest(&self) -> Result<HashInProgress, VaultError> {
        let guard = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        Ok(guard.as_ref().ok_or(VaultError::Suspended)?.constants.hasher.start())
    }

    /// Asks something short of the writer's connection, past the gates.
    pub(crate) fn ask<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let guard = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        let opened = guard.as_ref().ok_or(VaultError::Suspended)?;
        work(&lock(&opened.writer))
    }

    /// The same when everybody else has ended what they do, and while they wait.
    pub(crate) fn ask_alone<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let mut guard = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        let opened = guard.as_mut().ok_or(VaultError::Suspended)?;
        work(opened.writer.get_mut().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks at one state of the whole book, past the gates, over a connection of its own with nothing of the file in
    /// memory yet. Nobody who writes waits for it, and whoever suspends the book ends it.
    pub(crate) fn inspect<T>(
        &self,
        work: impl FnOnce(&Connection, &Constants) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        let guard = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        let opened = guard.as_ref().ok_or(VaultError::Suspended)?;
        let mut db = connect(&self.dir.join(BOOK_FILE), false, &self.key().1)?;
        let suspending = Arc::clone(&self.suspending);
        db.progress_handler(OPS_BETWEEN_LOOKS, Some(move || suspending.load(Ordering::SeqCst) > 0))?;
        let tx = db.transaction_with_behavior(TransactionBehavior::Deferred)?;
        let outcome = work(&tx, &opened.constants);
        // What was cut short says nothing about the book.
        if self.suspending.load(Ordering::SeqCst) > 0 { Err(VaultError::Suspended) } else { outcome }
    }
}

/// Tells whoever waits that an exchange is over.
struct EndOfExchange<'a>(&'a Vault);

impl Drop for EndOfExchange<'_> {
    fn drop(&mut self) {
        *lock(&self.0.exchange) = Exchange::default();
        self.0.exchanged.notify_all();
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        // The last chance to leave one whole file behind; nothing committed depends on it.
        let _ = self.suspend();
    }
}
