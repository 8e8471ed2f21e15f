//! The same work as the benchmark's other engines, on SQLCipher: a program of its own, because two SQLites do not link into
//! one.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

#[path = "../../src/work.rs"]
mod work;

/// Where the work finds its SQLite.
mod rusqlite {
    pub(crate) use ::rusqlite::config::DbConfig;
    pub(crate) use ::rusqlite::{Connection, params};
}

/// A raw key, so that no key is derived at each opening, and pages as large as the book's.
fn open(path: &Path) -> work::Done<rusqlite::Connection> {
    let db = rusqlite::Connection::open(path)?;
    db.execute_batch(&format!("PRAGMA key = \"x'{}'\"; PRAGMA cipher_page_size = 8192;", "5a".repeat(32)))?;
    Ok(db)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let said = work::child(open, &arguments)
        .and_then(|lines| Ok(std::io::stdout().lock().write_all(lines.as_bytes())?));
    match said {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr().lock(), "{error}");
            ExitCode::FAILURE
        }
    }
}
