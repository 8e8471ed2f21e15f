//! What really stands on the pages of a book: opened with its key, every page read in the clear, also free ones.

use healthbook::Secret;
use healthbook_sqlite::rusqlite::{Connection, OpenFlags};
use healthbook_vault::keys::Envelope;

use crate::Shelf;

/// The file of a book that nobody has open, to make it one that another program wrote.
pub fn meddle(shelf: &Shelf) -> Connection {
    connect(shelf, &shelf.dir())
}

fn connect(shelf: &Shelf, folder: &std::path::Path) -> Connection {
    let envelope = Envelope::parse(&std::fs::read(shelf.dir().join("book.keys")).unwrap()).unwrap();
    let keys = envelope.open(Secret::Keystore(&shelf.key())).unwrap();
    let path = folder.canonicalize().unwrap().join("book.db");
    healthbook_sqlite::open(&path, OpenFlags::SQLITE_OPEN_READ_WRITE, &keys[0].1).unwrap()
}

/// A copy of a book's file, opened with its key.
pub struct Pages {
    _copy: tempfile::TempDir,
    /// The connection; no gate stands before it.
    pub db: Connection,
}

impl Pages {
    /// Copies the files of a book as they stand on disk now, also beside an open one, and opens the copy.
    pub fn of(shelf: &Shelf) -> Self {
        let copy = tempfile::tempdir().unwrap();
        for name in ["book.db", "book.db-wal"] {
            let from = shelf.dir().join(name);
            if from.exists() {
                std::fs::copy(from, copy.path().join(name)).unwrap();
            }
        }
        let db = connect(shelf, copy.path());
        Self { _copy: copy, db }
    }

    /// The plaintext of every page.
    pub fn all(&self) -> Vec<Vec<u8>> {
        let mut select = self.db.prepare("SELECT data FROM sqlite_dbpage ORDER BY pgno").unwrap();
        select.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// How many of the needles stand on some page, and in which table's text columns, for the message of a failure.
    pub fn traces(&self, needles: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        for (n, page) in self.all().iter().enumerate() {
            for needle in needles {
                if crate::holds(page, needle.as_bytes()) {
                    found.push(format!("{needle} on page {}", n + 1));
                }
            }
        }
        if !found.is_empty() {
            found.extend(self.tables_with(needles));
        }
        found
    }

    /// The tables and columns in which one of the needles stands.
    fn tables_with(&self, needles: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        let mut tables = self.db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
        let names: Vec<String> =
            tables.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        for table in names {
            let Ok(mut rows) = self.db.prepare(&format!("SELECT * FROM \"{table}\"")) else { continue };
            let columns: Vec<String> = rows.column_names().map(str::to_owned).collect();
            let mut rows = rows.query([]).unwrap();
            while let Ok(Some(row)) = rows.next() {
                for (at, column) in columns.iter().enumerate() {
                    let bytes = match row.get_ref(at).unwrap() {
                        healthbook_sqlite::rusqlite::types::ValueRef::Text(t)
                        | healthbook_sqlite::rusqlite::types::ValueRef::Blob(t) => t.to_vec(),
                        _ => continue,
                    };
                    if needles.iter().any(|needle| crate::holds(&bytes, needle.as_bytes())) {
                        found.push(format!("{table}.{column}"));
                    }
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }
}
