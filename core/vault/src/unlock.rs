//! Making a book, opening one, and changing the ways to open it: where the file and its envelope meet.

use std::fs;
use std::path::Path;

use healthbook_model::{Keystore, SecretText};

use crate::error::VaultError;
use crate::keys::file as envelope_file;
use crate::keys::{
    Argon2Cost, DataKey, Envelope, EnvelopeError, RecoveryCode, Secret, SlotKind, make_secret,
};
use crate::vault::{BOOK_FILE, Ports, Vault};

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
/// A making that was killed leaves an envelope and a `book.db.new` that hold nothing; the next one takes their place.
///
/// # Errors
/// [`VaultError::Exists`] when a book, or the envelope of one, is there; [`VaultError::ReadOnly`];
/// [`VaultError::DiskFull`].
pub fn create(
    dir: &Path,
    ways: Ways<'_>,
    utc_offset: i16,
    ports: Ports,
) -> Result<(Vault, RecoveryCode), VaultError> {
    make_private_folder(dir)?;
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
    Vault::make(dir, NEXT_BOOK_FILE, book_id, &key, utc_offset, &ports)?;
    envelope_file::replace(dir, &envelope.to_bytes()?)?;
    fs::rename(&next, &book)?;
    sync_folder(dir)?;
    Ok((Vault::unlock(dir, book_id, key, ports)?, recovery))
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
    if !dir.join(BOOK_FILE).try_exists()? {
        return Err(VaultError::Missing);
    }
    let mut envelope = read_envelope(dir)?;
    let book_id = *envelope.book_id();
    let candidates = envelope.open(secret)?;
    let unsettled =
        envelope.slots().map(|s| s.generation).max() != envelope.slots().map(|s| s.generation).min();
    let mut first_error = None;
    for (generation, key) in candidates {
        match Vault::unlock(dir, book_id, key, ports.clone()) {
            Ok(vault) => {
                if unsettled {
                    // A rotation was killed: this generation's key is the file's, the other one is nobody's.
                    envelope.keep_generation(generation)?;
                    envelope_file::replace(dir, &envelope.to_bytes()?)?;
                }
                for suffix in ["", "-wal", "-shm", "-journal"] {
                    remove_if_there(&dir.join(format!("{NEXT_BOOK_FILE}{suffix}")))?;
                }
                return Ok(vault);
            }
            Err(error @ VaultError::Damaged { .. }) => {
                first_error.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    Err(first_error.unwrap_or(VaultError::Missing))
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
        let mut envelope = read_envelope(self.dir())?;
        let generation = envelope.highest_generation().ok_or(EnvelopeError::NotAnEnvelope)?;
        match new {
            Some(secret) => self.with_key(|key| {
                let random = self.ports().random.as_ref();
                Ok(envelope.seal(generation, key, secret, random, cost.unwrap_or(Argon2Cost::PHONE))?)
            })?,
            None => {
                envelope.remove_kind(kind)?;
            }
        }
        envelope_file::replace(self.dir(), &envelope.to_bytes()?)?;
        Ok(())
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
        match read_envelope(self.dir())?.open(Secret::Recovery(code)) {
            Ok(_) => Ok(true),
            Err(EnvelopeError::WrongSecret(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
