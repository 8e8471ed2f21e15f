//! The book itself: made, opened, closed, read.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use healthbook_formats::own::{OwnContext, OwnEntry, Person};
use healthbook_formats::view::{View, readable_day, view_naming};
use healthbook_model::{Clock, Keystore, Kind, Lang, Random, RecordId, SecretText, Standing, Timestamp};
use healthbook_vault::keys::{Argon2Cost, RecoveryCode, Secret, SystemRandom};
use healthbook_vault::{AuditAction, ChangeCursor, Cursor, Filter, Reader, Vault, Version, Ways, Writer};

use crate::error::{Error, ErrorCode};
use crate::item::{Item, Reading};

/// Time and randomness, given from outside.
#[derive(Clone)]
pub struct Ports {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Cryptographically secure random bytes.
    pub random: Arc<dyn Random>,
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

impl Ports {
    /// The system's clock and randomness.
    #[must_use]
    pub fn system() -> Self {
        Self { clock: Arc::new(SystemClock), random: Arc::new(SystemRandom::new()) }
    }

    fn of_vault(self) -> healthbook_vault::Ports {
        healthbook_vault::Ports {
            clock: self.clock,
            random: self.random,
            blank: healthbook_formats::blank::blank,
            gist: healthbook_formats::gist::gist,
        }
    }
}

/// What a new book is made with. One of `keystore` and `passphrase` at least.
#[derive(Clone)]
pub struct NewBook<'a> {
    /// The platform's keystore, or a key file.
    pub keystore: Option<&'a dyn Keystore>,
    /// A passphrase.
    pub passphrase: Option<&'a SecretText>,
    /// What a try at the passphrase costs; the default is measured for phones.
    pub cost: Option<Argon2Cost>,
    /// Whom the book is for, as far as it is known now.
    pub person: Option<Person>,
    /// Time zone of the book, minutes east of UTC. Vietnam's is 420.
    pub utc_offset: i16,
    /// Language of what the book writes itself.
    pub lang: Lang,
}

impl Default for NewBook<'_> {
    fn default() -> Self {
        Self { keystore: None, passphrase: None, cost: None, person: None, utc_offset: 420, lang: Lang::Vi }
    }
}

/// What a list shall hold.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Of these kinds only; empty means everything that tells of the person's health.
    pub kinds: Vec<Kind>,
    /// Of this FHIR resource type only.
    pub resource_type: Option<String>,
    /// Of this source only: its label, facility code or base URL.
    pub source: Option<String>,
    /// Of this facility only, by its name.
    pub facility: Option<String>,
    /// Not before this moment. Undated records are in no range.
    pub from: Option<Timestamp>,
    /// Not after this moment.
    pub to: Option<Timestamp>,
    /// Every record once, of every type, in any state: also people, providers, and what was deleted.
    pub everything: bool,
}

impl Query {
    pub(crate) fn filter(&self) -> Filter {
        Filter {
            kinds: self.kinds.clone(),
            resource_type: self.resource_type.clone(),
            source: self.source.clone(),
            facility: self.facility.clone(),
            from: self.from,
            to: self.to,
            everything: self.everything,
        }
    }
}

/// A page of a list, newest first; undated records come last.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The rows.
    pub items: Vec<Item>,
    /// Where the next page begins; `None` after the last.
    pub next: Option<Cursor>,
}

/// What erasing took away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erased {
    /// Names of the files that are gone.
    pub files: Vec<String>,
}

type Subscriber = Arc<dyn Fn() + Send + Sync>;

/// An open health book.
pub struct Book {
    pub(crate) vault: Vault,
    subscribers: Mutex<Vec<Subscriber>>,
}

/// Everything that a book keeps on disk; nothing else is ever written.
const FILES: [&str; 9] = [
    "book.db",
    "book.db-wal",
    "book.db-shm",
    "book.db-journal",
    "book.db.new",
    "book.db.new-wal",
    "book.db.new-shm",
    "book.keys.new",
    "book.keys",
];

const PERSON: &str = "person";

impl Book {
    /// Makes a book in a folder (made when it is missing) and opens it. The recovery code is given once.
    ///
    /// # Errors
    /// [`ErrorCode::BookExists`], [`ErrorCode::InvalidInput`] without any way to open it, [`ErrorCode::ReadOnly`],
    /// [`ErrorCode::DiskFull`].
    pub fn create(dir: &Path, new: NewBook<'_>, ports: Ports) -> Result<(Self, RecoveryCode), Error> {
        if new.keystore.is_none() && new.passphrase.is_none() {
            return Err(Error::with(
                ErrorCode::InvalidInput,
                "(Cần mật khẩu hoặc khóa của máy.)",
                "(A passphrase or a keystore is needed.)",
            ));
        }
        // What is said of the person is checked before anything is made.
        let mut uid = [0u8; 16];
        ports.random.fill(&mut uid).map_err(|_| Error::new(ErrorCode::Internal))?;
        let id = RecordId::from_random(uid);
        let ctx = OwnContext {
            id,
            recorded: ports.clock.now(),
            offset: new.utc_offset,
            lang: new.lang,
            person_reference: None,
        };
        let bytes = OwnEntry::Person(new.person.unwrap_or_default()).to_fhir(&ctx)?;
        let entry = healthbook_formats::entry(&bytes).map_err(|_| Error::new(ErrorCode::Internal))?;
        let ways = Ways { keystore: new.keystore, passphrase: new.passphrase, cost: new.cost };
        let (vault, recovery) =
            healthbook_vault::create(dir, ways, new.utc_offset, ports.of_vault(), |writer| {
                writer.add(id, &entry, &bytes)?;
                writer.set_meta(PERSON, id.as_bytes())?;
                writer.audit(AuditAction::Create, None, "")
            })?;
        Ok((Self { vault, subscribers: Mutex::default() }, recovery))
    }

    /// Opens a book with one of its secrets. Whatever is wrong, the files are left as they are.
    ///
    /// # Errors
    /// [`ErrorCode::NoBook`], [`ErrorCode::WrongSecret`], [`ErrorCode::NoSuchWay`], [`ErrorCode::KeysDamaged`],
    /// [`ErrorCode::KeysMissing`], [`ErrorCode::Damaged`], [`ErrorCode::NotEncrypted`], [`ErrorCode::NewerBook`],
    /// [`ErrorCode::InUse`], [`ErrorCode::ReadOnly`], [`ErrorCode::DiskFull`].
    pub fn open(dir: &Path, secret: Secret<'_>, ports: Ports) -> Result<Self, Error> {
        let vault = healthbook_vault::open(dir, secret, ports.of_vault())?;
        Ok(Self { vault, subscribers: Mutex::default() })
    }

    /// The book's folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.vault.dir()
    }

    /// Closes the file and drops the key.
    ///
    /// # Errors
    /// When the last write fails; the key is dropped all the same.
    pub fn lock(self) -> Result<(), Error> {
        Ok(self.vault.lock()?)
    }

    /// Waits for what is running and closes the file, so that the system may stop the app; the key stays in memory.
    /// Calls answer [`ErrorCode::Suspended`] until [`Book::resume`].
    ///
    /// # Errors
    /// When the last write fails; the file is closed all the same.
    pub fn suspend(&self) -> Result<(), Error> {
        Ok(self.vault.suspend()?)
    }

    /// Opens the file again.
    ///
    /// # Errors
    /// As [`Book::open`].
    pub fn resume(&self) -> Result<(), Error> {
        Ok(self.vault.resume()?)
    }

    /// The files that [`Book::erase`] would remove, with their sizes in bytes.
    #[must_use]
    pub fn erase_plan(&self) -> Vec<(String, u64)> {
        FILES
            .iter()
            .filter_map(|name| {
                Some(((*name).to_owned(), std::fs::metadata(self.dir().join(name)).ok()?.len()))
            })
            .collect()
    }

    /// Removes the book for good, its keys first: without them nothing that is left can be read.
    ///
    /// # Errors
    /// [`ErrorCode::ReadOnly`], [`ErrorCode::Io`].
    pub fn erase(self) -> Result<Erased, Error> {
        let dir: PathBuf = self.dir().to_owned();
        let mut files = Vec::new();
        let mut gone = |name: &str| -> Result<(), Error> {
            match std::fs::remove_file(dir.join(name)) {
                Ok(()) => files.push(name.to_owned()),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
            Ok(())
        };
        gone("book.keys")?;
        gone("book.keys.new")?;
        // What cannot be written any more is going anyway.
        drop(self.vault.lock());
        for name in FILES {
            gone(name)?;
        }
        // The folder goes too, unless the person keeps other things in it.
        drop(std::fs::remove_dir(&dir));
        Ok(Erased { files })
    }

    /// Runs a write transaction and tells the subscribers.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&mut Writer<'_>) -> Result<T, healthbook_vault::VaultError>,
    ) -> Result<T, Error> {
        let value = self.vault.write(work)?;
        self.notify();
        Ok(value)
    }

    pub(crate) fn notify(&self) {
        let subscribers = self.subscribers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for subscriber in subscribers {
            subscriber();
        }
    }

    pub(crate) fn read<T>(
        &self,
        reading: Reading,
        work: impl FnOnce(&Reader<'_>) -> Result<T, healthbook_vault::VaultError>,
    ) -> Result<T, Error> {
        Ok(self.vault.read(reading.gate(), work)?)
    }

    pub(crate) fn context(
        &self,
        writer: &Writer<'_>,
        id: RecordId,
        lang: Lang,
        person: Option<RecordId>,
    ) -> OwnContext {
        OwnContext {
            id,
            recorded: writer.now(),
            offset: writer.utc_offset(),
            lang,
            person_reference: person.map(|id| format!("Patient/{id}")),
        }
    }

    /// The record of the book's person.
    pub(crate) fn person_id(&self) -> Result<RecordId, Error> {
        let bytes =
            self.read(Reading { restricted: true, ..Reading::default() }, |reader| reader.meta(PERSON))?;
        bytes
            .and_then(|b| <[u8; 16]>::try_from(b.as_slice()).ok())
            .map(RecordId::from_bytes)
            .ok_or_else(|| Error::new(ErrorCode::Damaged))
    }

    /// A page of the timeline.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] when the query names a source or facility that the book does not know.
    pub fn timeline(
        &self,
        reading: Reading,
        query: &Query,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Page, Error> {
        let filter = query.filter();
        let page = self.read(reading, |reader| reader.timeline(&filter, after, limit))?;
        Ok(Page {
            items: page.rows.into_iter().map(|row| Item::new(row, reading.lang)).collect(),
            next: page.next,
        })
    }

    /// Records that hold all the words, with or without marks, the best first.
    ///
    /// # Errors
    /// Of reading the book.
    pub fn search(&self, reading: Reading, words: &str, limit: u32) -> Result<Vec<Item>, Error> {
        let rows = self.read(reading, |reader| reader.search(words, limit))?;
        Ok(rows.into_iter().map(|row| Item::new(row, reading.lang)).collect())
    }

    /// The record of a full identity, or the one whose identity begins with at least eight hexadecimal digits.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], [`ErrorCode::Ambiguous`].
    pub fn resolve(&self, reading: Reading, text: &str) -> Result<RecordId, Error> {
        self.read(reading, |reader| reader.resolve(text.trim()))
    }

    /// One record as a list shows it.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`].
    pub fn item(&self, reading: Reading, id: RecordId) -> Result<Item, Error> {
        Ok(Item::new(self.read(reading, |reader| reader.record(id))?, reading.lang))
    }

    /// One record for reading.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`].
    pub fn show(&self, reading: Reading, id: RecordId) -> Result<View, Error> {
        let bytes = self.shown_bytes(reading, id)?;
        let lang = reading.lang;
        self.read(reading, |reader| {
            // A page that cannot be read is told, and not taken for a name that is not known.
            let mut failed = None;
            let shown = view_naming(&bytes, lang, |to| {
                let found = match reader.pointed(id, to.server, to.resource_type, to.id) {
                    Ok(found) => found?,
                    Err(error) => {
                        failed.get_or_insert(error);
                        return None;
                    }
                };
                // What was taken out of the lists is not brought back by what names it.
                let item = Some(Item::new(found, lang)).filter(|item| item.standing != Standing::Deleted)?;
                // A visit is known by its day.
                let day = item.start.as_deref().filter(|_| item.kind == Kind::Visit);
                Some(match day.and_then(|start| readable_day(start, lang)) {
                    Some(day) => format!("{}, {day}", item.title),
                    None => item.title,
                })
            });
            failed.map_or(Ok(shown), Err)
        })?
        .map_err(|_| Error::new(ErrorCode::NotAllowed))
    }

    /// The bytes a reader is shown: the head's, or for a deleted record those that it would come back with.
    fn shown_bytes(&self, reading: Reading, id: RecordId) -> Result<Vec<u8>, Error> {
        match self.raw(reading, id) {
            Err(error) if error.code() == ErrorCode::NotFound => {
                let last = self.read(reading, |reader| reader.last_with_bytes(id))?;
                self.raw_version(reading, id, last)
            }
            other => other,
        }
    }

    /// The exact bytes of a record's head.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], also for a record that is deleted.
    pub fn raw(&self, reading: Reading, id: RecordId) -> Result<Vec<u8>, Error> {
        self.read(reading, |reader| reader.head_bytes(id))
    }

    /// All states of a record, oldest first.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`].
    pub fn versions(&self, reading: Reading, id: RecordId) -> Result<Vec<Version>, Error> {
        self.read(reading, |reader| reader.versions(id))
    }

    /// The exact bytes of one state.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`], also for a deletion.
    pub fn raw_version(&self, reading: Reading, id: RecordId, n: u32) -> Result<Vec<u8>, Error> {
        self.read(reading, |reader| reader.version_bytes(id, n))
    }

    /// Records that changed after a place in the feed, in the order of their changes, and the place to go on from. A
    /// purged record is not among them: whoever keeps a copy asks for what he has and drops what is not found.
    ///
    /// # Errors
    /// Of reading the book.
    pub fn changes(
        &self,
        reading: Reading,
        since: ChangeCursor,
        limit: u32,
    ) -> Result<(Vec<RecordId>, ChangeCursor), Error> {
        self.read(reading, |reader| reader.changes(since, limit))
    }

    /// The place in the feed after everything that has changed so far.
    ///
    /// # Errors
    /// Of reading the book.
    pub fn last_change(&self, reading: Reading) -> Result<ChangeCursor, Error> {
        self.read(reading, |reader| reader.last_change())
    }

    /// Calls back after every committed change, on the thread that made it, with no lock held.
    pub fn subscribe(&self, subscriber: impl Fn() + Send + Sync + 'static) {
        self.subscribers.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::new(subscriber));
    }
}
