//! Making a book, opening one, and changing the ways to open it: where the file and its envelope meet.

use std::fs;
use std::path::Path;

use healthbook_model::{Keystore, SecretText, StackWipe};

use crate::error::VaultError;
use crate::keys::file as envelope_file;
use crate::keys::{
    Argon2Cost, DataKey, Envelope, EnvelopeError, RecoveryCode, Secret, SlotKind, make_secret,
};
use crate::vault::{BOOK_FILE, Ports, Vault, hold};
use crate::write::Writer;

/// A database that is being made or copied, until it takes its place. It is encrypted like the book itself.
pub(crate) const NEXT_BOOK_FILE: &str = "book.db.new";

/// The ways by which a book shall open, beside its recovery code.
#[derive(Clone, Copy, Default)]
pub struct Ways<'a> {
    /// The platform's keystore, or a key file.
    pub keystore: Option<&'a dyn Keystore>,
    /// A passphrase.
    pub passphrase: Option<&'a SecretText>,
    /// What a passphrase costs to try; [`Argon2Cost::PHONE`] unless measured otherwise.
    pub cost: Option<Argon2Cost>,
}

impl Ways<'_> {
    /// Seals the key under every way and a fresh recovery code.
    pub(crate) fn seal_all(
        &self,
        envelope: &mut Envelope,
        generation: u32,
        key: &DataKey,
        ports: &Ports,
    ) -> Result<RecoveryCode, VaultError> {
        let cost = self.cost.unwrap_or(Argon2Cost::PHONE);
        let random = ports.random.as_ref();
        if let Some(keystore) = self.keystore {
            envelope.seal(generation, key, Secret::Keystore(keystore), random, cost)?;
        }
        if let Some(passphrase) = self.passphrase {
            envelope.seal(generation, key, Secret::Passphrase(passphrase), random, cost)?;
        }
        let recovery = RecoveryCode::make(random)?;
        envelope.seal(generation, key, Secret::Recovery(&recovery), random, cost)?;
        Ok(recovery)
    }
}

fn remove_if_there(path: &Path) -> Result<(), VaultError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Makes a folder that nobody but its owner can look into.
fn make_private_folder(dir: &Path) -> Result<(), VaultError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    Ok(builder.create(dir)?)
}

pub(crate) fn sync_folder(dir: &Path) -> Result<(), VaultError> {
    Ok(fs::File::open(dir)?.sync_all()?)
}

/// Makes a book in a folder and opens it. The recovery code is given once and kept nowhere.
///
/// What `begin` writes is in the book from its first moment on.
///
/// A making that was killed leaves an envelope and a `book.db.new` that hold nothing; the next one takes their place.
///
/// # Errors
/// [`VaultError::Exists`] when a book, or the envelope of one, is there; [`VaultError::InUse`];
/// [`VaultError::ReadOnly`]; [`VaultError::DiskFull`].
pub fn create(
    dir: &Path,
    ways: Ways<'_>,
    utc_offset: i16,
    ports: Ports,
    begin: impl FnOnce(&mut Writer<'_>) -> Result<(), VaultError>,
) -> Result<(Vault, RecoveryCode), VaultError> {
    let _wipe = StackWipe;
    make_private_folder(dir)?;
    // From the first look to the last step: two who make a book here at once must not mix their keys and files.
    let held = hold(dir)?;
    let (book, next) = (dir.join(BOOK_FILE), dir.join(NEXT_BOOK_FILE));
    let killed_while_making = next.try_exists()?;
    if book.try_exists()? || (dir.join(envelope_file::NAME).try_exists()? && !killed_while_making) {
        return Err(VaultError::Exists);
    }
    for suffix in ["", "-wal", "-shm", "-journal"] {
        remove_if_there(&dir.join(format!("{NEXT_BOOK_FILE}{suffix}")))?;
    }
    let mut book_id = [0u8; 16];
    ports.random.fill(&mut book_id)?;
    let key: DataKey = make_secret(ports.random.as_ref())?;
    let mut envelope = Envelope::new(book_id);
    let recovery = ways.seal_all(&mut envelope, 1, &key, &ports)?;
    Vault::make(dir, NEXT_BOOK_FILE, book_id, &key, utc_offset, &ports, begin)?;
    envelope_file::replace(dir, &envelope.to_bytes()?)?;
    fs::rename(&next, &book)?;
    sync_folder(dir)?;
    Ok((Vault::unlock(dir, book_id, (1, key), ports, held)?, recovery))
}

fn read_envelope(dir: &Path) -> Result<Envelope, VaultError> {
    Ok(Envelope::parse(&envelope_file::read(dir)?)?)
}

/// Opens a book with one of its secrets.
///
/// # Errors
/// [`VaultError::Missing`], [`VaultError::Envelope`] (wrong secret, damaged envelope), [`VaultError::InUse`],
/// [`VaultError::Damaged`], [`VaultError::Newer`], [`VaultError::ReadOnly`], [`VaultError::DiskFull`]. Nothing is
/// changed, removed or made anew in any of these.
pub fn open(dir: &Path, secret: Secret<'_>, ports: Ports) -> Result<Vault, VaultError> {
    let _wipe = StackWipe;
    if !dir.join(BOOK_FILE).try_exists()? {
        return Err(VaultError::Missing);
    }
    // Before the envelope is read: another process may be in the middle of changing it.
    let held = hold(dir)?;
    let mut envelope = read_envelope(dir)?;
    let book_id = *envelope.book_id();
    let kind = secret.kind();
    let candidates = envelope.open(secret)?;
    let generations = || envelope.slots().filter(|slot| !slot.damaged).map(|slot| slot.generation);
    let unsettled = generations().max() != generations().min();
    // A secret that opens every key that there is was the right one, whatever is wrong with the file.
    let opens_one_side_only = generations().any(|g| candidates.iter().all(|(opened, _)| *opened != g));
    let mut first_error = None;
    for (generation, key) in candidates {
        match Vault::unlock(dir, book_id, (generation, key), ports.clone(), held.clone()) {
            Ok(vault) => {
                if unsettled {
                    // A rotation was killed: this generation's key is the file's, the other one is nobody's.
                    // When it cannot be written down now (a full disk), the next opening does it: this one is done.
                    envelope.keep_generation(generation)?;
                    let _ = envelope_file::replace(dir, &envelope.to_bytes()?);
                }
                for suffix in ["", "-wal", "-shm", "-journal"] {
                    remove_if_there(&dir.join(format!("{NEXT_BOOK_FILE}{suffix}")))?;
                }
                // Never finished, and sealed under ways that may be gone by now.
                remove_if_there(&dir.join(envelope_file::NEXT_NAME))?;
                return Ok(vault);
            }
            Err(error @ VaultError::Damaged { .. }) => {
                first_error.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    match first_error {
        // A rotation was killed, and this secret is one that opens only the side that did not come to stand.
        Some(VaultError::Damaged { .. }) if opens_one_side_only => {
            Err(EnvelopeError::WrongSecret(kind).into())
        }
        other => Err(other.unwrap_or(VaultError::Missing)),
    }
}

impl Vault {
    /// Sets, changes or takes away one way to open the book. Old copies of `book.keys` still open with the old secret:
    /// one that leaked is answered by [`Vault::rotate_key`].
    ///
    /// # Errors
    /// [`EnvelopeError::LastSlot`] when no way would be left; errors of writing leave the envelope as it was.
    pub fn change_way(
        &self,
        kind: SlotKind,
        new: Option<Secret<'_>>,
        cost: Option<Argon2Cost>,
    ) -> Result<(), VaultError> {
        let _wipe = StackWipe;
        let _turn = self.take_keys_turn()?;
        let (mut envelope, generation) = self.settled_envelope()?;
        match new {
            Some(secret) => {
                let (_, key) = self.key();
                let random = self.ports().random.as_ref();
                envelope.seal(generation, &key, secret, random, cost.unwrap_or(Argon2Cost::PHONE))?;
            }
            None => {
                envelope.remove_kind(kind)?;
            }
        }
        let bytes = envelope.to_bytes()?;
        // A book that was suspended meanwhile may be another process's by now.
        self.while_open(|| Ok(envelope_file::replace(self.dir(), &bytes)?))
    }

    /// The envelope with the slots of the key that the file is under, and the generation of that key. Slots of another
    /// one may be left over from a rotation that could not settle its envelope.
    pub(crate) fn settled_envelope(&self) -> Result<(Envelope, u32), VaultError> {
        let mut envelope = read_envelope(self.dir())?;
        if *envelope.book_id() != self.book_id() {
            return Err(VaultError::damaged("book.keys is of another book"));
        }
        let (generation, _) = self.key();
        match envelope.keep_generation(generation) {
            // All its slots are damaged: what is sealed now repairs that.
            Ok(()) | Err(EnvelopeError::NoSuchGeneration(_)) => Ok((envelope, generation)),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a new recovery code; the one before no longer opens this envelope.
    ///
    /// # Errors
    /// Errors of writing leave the envelope as it was.
    pub fn renew_recovery_code(&self) -> Result<RecoveryCode, VaultError> {
        let code = RecoveryCode::make(self.ports().random.as_ref())?;
        self.change_way(SlotKind::Recovery, Some(Secret::Recovery(&code)), None)?;
        Ok(code)
    }

    /// The ways by which the book opens now.
    ///
    /// # Errors
    /// As at opening.
    pub fn ways(&self) -> Result<Vec<SlotKind>, VaultError> {
        Ok(read_envelope(self.dir())?.slots().filter(|slot| !slot.damaged).map(|slot| slot.kind).collect())
    }

    /// Whether this code is the book's recovery code: so that a code that was written down is proven before it is needed.
    ///
    /// # Errors
    /// Of reading the envelope.
    pub fn proves(&self, code: &RecoveryCode) -> Result<bool, VaultError> {
        let _wipe = StackWipe;
        match read_envelope(self.dir())?.open(Secret::Recovery(code)) {
            Ok(_) => Ok(true),
            Err(EnvelopeError::WrongSecret(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
