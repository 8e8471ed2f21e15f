//! The one path by which a database file becomes a book's: make it, or bring an older one up, step by step.

use healthbook_sqlite::rusqlite::{Connection, TransactionBehavior};

use crate::error::VaultError;

/// The steps, each run once, in order, all in one transaction. A released step is never changed.
const STEPS: &[&str] = &[include_str!("schema/0001_book.sql")];

/// The schema this build writes.
pub const NEWEST: i64 = 1;

const _: () = assert!(STEPS.len() == 1, "NEWEST counts the steps");

/// `application_id` of a book: "HBK1".
pub(crate) const APPLICATION_ID: i64 = 0x4842_4b31;

/// What a connection needs before anything else, whoever opens it.
pub(crate) const EVERY_CONNECTION: &str = "
    PRAGMA temp_store = MEMORY;
    PRAGMA foreign_keys = ON;
    PRAGMA secure_delete = ON;
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA recursive_triggers = OFF;
    PRAGMA cell_size_check = ON;
    PRAGMA mmap_size = 0;
";

/// Gives a new, empty file its shape.
pub(crate) fn make(db: &mut Connection) -> Result<(), VaultError> {
    db.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;",
    )?;
    upgrade(db, NEWEST)
}

/// Brings a file to the newest schema.
///
/// # Errors
/// [`VaultError::Newer`] for a file of a later version, which is left as it is; [`VaultError::Damaged`] for a file
/// that is no book.
pub(crate) fn bring_up(db: &mut Connection) -> Result<(), VaultError> {
    let found: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let application: i64 = db.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if application != APPLICATION_ID {
        return Err(VaultError::damaged("the file is not a health book"));
    }
    if found > NEWEST {
        return Err(VaultError::Newer { found, known: NEWEST });
    }
    upgrade(db, NEWEST)
}

/// Runs the steps up to `target`, all or none.
pub(crate) fn upgrade(db: &mut Connection, target: i64) -> Result<(), VaultError> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found >= target {
        return Ok(());
    }
    for (n, step) in (1i64..).zip(STEPS) {
        if n > found && n <= target {
            tx.execute_batch(step)?;
        }
    }
    tx.pragma_update(None, "user_version", target)?;
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.commit()?;
    Ok(())
}
