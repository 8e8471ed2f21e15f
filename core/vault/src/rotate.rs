//! Changing the data key: the answer to a secret that leaked.
//!
//! The book is copied, page by page, into `book.db.new` under the new key, and that file takes the old one's place by
//! one rename. Until then the old file is not touched, so a kill, a full disk or a wish to stop leaves it as it was;
//! the envelope holds the slots of both keys until the rename is done, and the next opening settles it.

use std::fs;
use std::path::Path;

use healthbook_model::{Flow, Observer, Progress, StackWipe, Stage};
use healthbook_sqlite::rusqlite::Connection;
use healthbook_sqlite::rusqlite::backup::{Backup, StepResult};

use crate::error::VaultError;
use crate::keys::file as envelope_file;
use crate::keys::{DataKey, RecoveryCode, make_secret};
use crate::unlock::{NEXT_BOOK_FILE, Ways, sync_folder};
use crate::vault::{BOOK_FILE, Vault, connect};

/// Pages copied between two looks at the observer: 8 MiB.
const PAGES_PER_STEP: i32 = 1024;

/// Room to spare beside the copy.
const MARGIN: u64 = 8 * 1024 * 1024;

fn refuse_without_room(vault: &Vault) -> Result<(), VaultError> {
    let size = fs::metadata(vault.dir().join(BOOK_FILE))?.len();
    let disk = rustix::fs::statvfs(vault.dir()).map_err(std::io::Error::from)?;
    if disk.f_bavail.saturating_mul(disk.f_frsize) < size.saturating_add(MARGIN) {
        return Err(VaultError::DiskFull);
    }
    Ok(())
}

fn copy(
    vault: &Vault,
    old: &Connection,
    new: &mut Connection,
    observer: &mut dyn Observer,
) -> Result<(), VaultError> {
    new.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = DELETE;",
    )?;
    let backup = Backup::new(old, new)?;
    loop {
        let step = backup.step(PAGES_PER_STEP)?;
        let progress = backup.progress();
        let count = |n: i32| u64::try_from(n).unwrap_or(0) * 8192;
        let report = Progress {
            stage: Stage::Rekeying,
            done: count(progress.pagecount - progress.remaining),
            total: Some(count(progress.pagecount)),
            records: 0,
        };
        match (step, observer.report(report)) {
            (StepResult::Done, _) => return Ok(()),
            (_, Flow::Stop) => return Err(VaultError::Stopped),
            _ if vault.is_suspend_wanted() => return Err(VaultError::Suspended),
            (StepResult::More, Flow::Continue) => {}
            (_, Flow::Continue) => return Err(VaultError::InUse),
        }
    }
}

impl Vault {
    /// Changes the data key. `ways` are all the ways by which the book shall open afterwards: a way that is not named is
    /// gone, and there is a new recovery code. Calls from elsewhere answer [`VaultError::Suspended`] meanwhile.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`] before anything is done when the disk cannot hold the book twice;
    /// [`VaultError::Stopped`]; [`VaultError::Suspended`] when somebody suspends the book meanwhile. The book is under
    /// the old key then.
    pub fn rotate_key(
        &self,
        ways: Ways<'_>,
        observer: &mut dyn Observer,
    ) -> Result<RecoveryCode, VaultError> {
        let _wipe = StackWipe;
        refuse_without_room(self)?;
        let _turn = self.take_keys_turn()?;
        let new_key: DataKey = make_secret(self.ports().random.as_ref())?;
        self.exchange(|old| match self.rekey(old, &new_key, ways, observer) {
            Ok((generation, recovery)) => (Some((generation, new_key)), Ok(recovery)),
            Err(error) => (None, Err(error)),
        })
    }

    /// All of it, with the book closed to everybody else. An error means that the old file is still in its place.
    fn rekey(
        &self,
        old: Connection,
        new_key: &DataKey,
        ways: Ways<'_>,
        observer: &mut dyn Observer,
    ) -> Result<(u32, RecoveryCode), VaultError> {
        let (mut envelope, generation) = self.settled_envelope()?;
        let before = envelope.to_bytes()?;
        let next = generation.checked_add(1).ok_or(VaultError::Refused { what: "too many rotations" })?;
        let recovery = ways.seal_all(&mut envelope, next, new_key, self.ports())?;
        let next_file = self.dir().join(NEXT_BOOK_FILE);
        let moved = envelope_file::replace(self.dir(), &envelope.to_bytes()?)
            .map_err(VaultError::from)
            .and_then(|()| self.write_under(new_key, old, &next_file, observer))
            .and_then(|()| Ok(fs::rename(&next_file, self.dir().join(BOOK_FILE))?));
        if let Err(error) = moved {
            drop(fs::remove_file(&next_file));
            // Where even that fails the envelope holds the slots of both keys, and the next opening settles it.
            let _ = envelope_file::replace(self.dir(), &before);
            return Err(error);
        }
        // From here on the file is under the new key, and the slots of that key must stay whatever happens. Those of
        // the old one go when the rename is on the disk for good; what fails here is settled by the next opening, and
        // is no reason to keep the new recovery code from the person.
        drop(sync_folder(self.dir()).and_then(|()| {
            envelope.keep_generation(next)?;
            Ok(envelope_file::replace(self.dir(), &envelope.to_bytes()?)?)
        }));
        Ok((next, recovery))
    }

    /// Writes the whole book into another file, under another key, and closes both.
    fn write_under(
        &self,
        new_key: &DataKey,
        old: Connection,
        path: &Path,
        observer: &mut dyn Observer,
    ) -> Result<(), VaultError> {
        if path.try_exists()? {
            fs::remove_file(path)?;
        }
        let mut new = connect(path, true, new_key)?;
        copy(self, &old, &mut new, observer)?;
        new.close().map_err(|(_, error)| error)?;
        fs::File::open(path)?.sync_all()?;
        old.close().map_err(|(_, error)| error)?;
        Ok(())
    }
}
