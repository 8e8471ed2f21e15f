//! The ways to open a book, and the check of a whole one.

use healthbook_model::{Keystore, Observer, SecretText};
use healthbook_vault::keys::{Argon2Cost, RecoveryCode, Secret, SlotKind};
use healthbook_vault::{AuditAction, Problem, Ways};

use crate::book::Book;
use crate::error::Error;

impl Book {
    /// The ways by which the book opens now.
    ///
    /// # Errors
    /// Of reading `book.keys`.
    pub fn ways(&self) -> Result<Vec<SlotKind>, Error> {
        Ok(self.vault.ways()?)
    }

    /// Logs what is done and cannot be undone: a log that cannot be written (a full disk) must not tell the person that
    /// nothing has changed, nor keep a new recovery code from them.
    fn log_done(&self, action: AuditAction, detail: &str) {
        drop(self.write(|writer| writer.audit(action, None, detail)));
    }

    /// Sets or changes the passphrase. Someone who has an old copy of `book.keys` and the old passphrase can still open
    /// the book as it is now: a passphrase that leaked is answered by [`Book::rotate_key`].
    ///
    /// # Errors
    /// [`crate::ErrorCode::InvalidInput`] for an empty one.
    pub fn change_passphrase(&self, passphrase: &SecretText, cost: Option<Argon2Cost>) -> Result<(), Error> {
        self.vault.change_way(SlotKind::Passphrase, Some(Secret::Passphrase(passphrase)), cost)?;
        self.log_done(AuditAction::ChangeKeys, "passphrase");
        Ok(())
    }

    /// Takes the passphrase away.
    ///
    /// # Errors
    /// [`crate::ErrorCode::NotAllowed`] when nothing else would open the book.
    pub fn remove_passphrase(&self) -> Result<(), Error> {
        self.vault.change_way(SlotKind::Passphrase, None, None)?;
        self.log_done(AuditAction::ChangeKeys, "passphrase removed");
        Ok(())
    }

    /// Sets or replaces the keystore or key file that opens the book.
    ///
    /// # Errors
    /// Of the keystore.
    pub fn set_keystore(&self, keystore: &dyn Keystore) -> Result<(), Error> {
        self.vault.change_way(SlotKind::Keystore, Some(Secret::Keystore(keystore)), None)?;
        self.log_done(AuditAction::ChangeKeys, "keystore");
        Ok(())
    }

    /// Makes a new recovery code, shown once; the one before opens nothing any more.
    ///
    /// # Errors
    /// Of writing `book.keys`.
    pub fn renew_recovery_code(&self) -> Result<RecoveryCode, Error> {
        let code = self.vault.renew_recovery_code()?;
        self.log_done(AuditAction::ChangeKeys, "recovery code");
        Ok(code)
    }

    /// Whether this is the book's recovery code, so that one that was written down is proven before it is needed (F15).
    ///
    /// # Errors
    /// Of reading `book.keys`.
    pub fn proves(&self, code: &RecoveryCode) -> Result<bool, Error> {
        Ok(self.vault.proves(code)?)
    }

    /// Changes the key that encrypts the file: the answer to a secret that leaked. Every way named in `ways` is sealed
    /// anew, a way that is not named is gone, and there is a new recovery code. It needs as much free space as the book
    /// takes; killed in the middle, the book opens as before or as after.
    ///
    /// # Errors
    /// [`crate::ErrorCode::DiskFull`], [`crate::ErrorCode::Stopped`], [`crate::ErrorCode::Suspended`]: the book is as
    /// before.
    pub fn rotate_key(&self, ways: Ways<'_>, observer: &mut dyn Observer) -> Result<RecoveryCode, Error> {
        let code = self.vault.rotate_key(ways, observer)?;
        self.log_done(AuditAction::RotateKey, "");
        Ok(code)
    }

    /// Walks every page, hash and chain. An empty list means that the book is whole.
    ///
    /// # Errors
    /// [`crate::ErrorCode::Stopped`]. Damage is an answer, not an error.
    pub fn verify(&self, observer: &mut dyn Observer) -> Result<Vec<Problem>, Error> {
        Ok(self.vault.verify(observer)?)
    }
}
