//! The room that a book takes on the disk: the WAL goes into the file, and free pages go back.

use healthbook_model::{Flow, Observer, Progress, Stage};
use healthbook_sqlite::rusqlite::Connection;

use crate::error::VaultError;
use crate::vault::Vault;
use crate::write::size;

/// Writes the WAL into the file and empties it: what is then on disk is one whole, authenticated file.
pub(crate) fn checkpoint(db: &Connection) -> Result<(), VaultError> {
    let busy: i64 = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy == 0 { Ok(()) } else { Err(VaultError::InUse) }
}

/// A file keeps free pages for what comes next; when they are more than this part of it, they go back to the disk.
const FREE_PART_KEPT: i64 = 8;

/// Free pages worth the moving of others: 1 MiB.
const FREE_PAGES_KEPT: i64 = 128;

/// Free pages given back in one transaction: 4 MiB.
const FREE_PAGES_PER_STEP: i64 = 512;

/// Gives some free pages back to the disk. It moves a page at each of its rows.
fn give_back_pages(db: &Connection) -> Result<(), VaultError> {
    let mut vacuum = db.prepare(&format!("PRAGMA incremental_vacuum({FREE_PAGES_PER_STEP})"))?;
    let mut rows = vacuum.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// How many pages are free, and how many there are.
fn free_pages(db: &Connection) -> Result<(i64, i64), VaultError> {
    let ask = |sql| db.query_row(sql, [], |row| row.get::<_, i64>(0));
    Ok((ask("PRAGMA freelist_count")?, ask("PRAGMA page_count")?))
}

impl Vault {
    /// Writes everything into `book.db` and empties the WAL; done at the end of an import.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`] and the like; nothing committed is lost.
    pub fn checkpoint(&self) -> Result<(), VaultError> {
        match self.ask(checkpoint) {
            // A reader is at work: the WAL is emptied another time.
            Err(VaultError::InUse) => Ok(()),
            other => other,
        }
    }

    /// Empties the WAL for certain, after something was erased: where a reader is at work it is waited for, and others
    /// wait meanwhile.
    ///
    /// # Errors
    /// [`VaultError::DiskFull`] and the like; what was erased is erased, and the WAL is emptied when the book is closed.
    pub fn empty_wal(&self) -> Result<(), VaultError> {
        match self.ask(checkpoint) {
            Err(VaultError::InUse) => self.ask_alone(checkpoint),
            other => other,
        }
    }

    /// Gives the room of what is gone back to the disk, when it is an eighth of the file or more. It goes in steps, each
    /// one transaction, with the observer asked in between and no lock held.
    ///
    /// # Errors
    /// [`VaultError::Stopped`]; [`VaultError::DiskFull`] and the like. The book is whole then, and larger than it need be.
    pub fn give_back_room(&self, observer: &mut dyn Observer) -> Result<(), VaultError> {
        let (free, pages) = self.ask(free_pages)?;
        if free <= (pages / FREE_PART_KEPT).max(FREE_PAGES_KEPT) {
            return Ok(());
        }
        let mut left = free;
        while left > FREE_PAGES_KEPT {
            self.ask(give_back_pages)?;
            self.checkpoint()?;
            let (now, _) = self.ask(free_pages)?;
            let progress = Progress {
                stage: Stage::Shrinking,
                done: size(free.saturating_sub(now))?,
                total: Some(size(free)?),
                records: 0,
            };
            if now >= left {
                return Ok(());
            }
            left = now;
            if observer.report(progress) == Flow::Stop {
                return Err(VaultError::Stopped);
            }
        }
        Ok(())
    }
}
