//! A book of every earlier schema opens, tells what it held when it was written, and goes on.

use std::collections::BTreeMap;
use std::path::Path;

use healthbook::{Book, KeyFile, Ports, RecordId, Secret, SecretText};
use healthbook_scenarios::fhir::{observation, served};
use healthbook_scenarios::*;
use healthbook_sqlite::rusqlite::{Connection, OpenFlags};
use healthbook_vault::keys::Envelope;

/// A copy of the book of a schema, and its key.
fn copy(schema: i64) -> (tempfile::TempDir, KeyFile) {
    let dir = tempfile::tempdir().unwrap();
    for name in ["book.db", "book.keys"] {
        std::fs::copy(old_book::folder(schema).join(name), dir.path().join(name)).unwrap();
    }
    let key = std::fs::read_to_string(old_book::folder(schema).join("key")).unwrap();
    (dir, KeyFile::parse(&key, Ports::system().random).unwrap())
}

fn open(dir: &Path, key: &KeyFile) -> Book {
    Book::open(dir, Secret::Keystore(key), Ports::system()).unwrap()
}

fn in_the_clear(dir: &Path, key: &KeyFile) -> Connection {
    let envelope = Envelope::parse(&std::fs::read(dir.join("book.keys")).unwrap()).unwrap();
    let keys = envelope.open(Secret::Keystore(key)).unwrap();
    let path = dir.canonicalize().unwrap().join("book.db");
    healthbook_sqlite::open(&path, OpenFlags::SQLITE_OPEN_READ_WRITE, &keys[0].1).unwrap()
}

/// Name and statement of every table, index, trigger and view.
fn schema(db: &Connection) -> BTreeMap<String, String> {
    let mut select = db.prepare("SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema").unwrap();
    select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn every_schema_that_was_ever_written_has_its_book() {
    for version in 1..=healthbook_vault::SCHEMA_VERSION {
        for name in ["book.db", "book.keys", "key", "contents.txt"] {
            assert!(old_book::folder(version).join(name).is_file(), "schema {version}: {name}");
        }
    }
}

#[test]
fn an_old_book_tells_what_it_held() {
    for version in 1..=healthbook_vault::SCHEMA_VERSION {
        let (dir, key) = copy(version);
        let book = open(dir.path(), &key);
        let due = std::fs::read_to_string(old_book::folder(version).join("contents.txt")).unwrap();
        let told = old_book::told(&book);
        for (found, due) in told.lines().zip(due.lines()) {
            assert_eq!(found, due, "schema {version}");
        }
        assert_eq!(told.lines().count(), due.lines().count());
        assert_eq!(book.verify(&mut ()).unwrap(), [], "schema {version}");
        let db = in_the_clear(dir.path(), &key);
        let brought_up: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!(brought_up, healthbook_vault::SCHEMA_VERSION);
    }
}

#[test]
fn an_old_book_has_the_shape_of_a_fresh_one() {
    let (shelf, book) = Shelf::new();
    book.lock().unwrap();
    let fresh = schema(&in_the_clear(&shelf.dir(), &shelf.key()));
    for version in 1..=healthbook_vault::SCHEMA_VERSION {
        let (dir, key) = copy(version);
        open(dir.path(), &key).lock().unwrap();
        let old = schema(&in_the_clear(dir.path(), &key));
        assert_eq!(
            old, fresh,
            "schema {version}: a step that was released is never changed, a new one is added"
        );
    }
}

#[test]
fn an_old_book_goes_on() {
    for version in 1..=healthbook_vault::SCHEMA_VERSION {
        let (dir, key) = copy(version);
        let passphrase = SecretText::from(PASSPHRASE);
        let book = Book::open(dir.path(), Secret::Passphrase(&passphrase), Ports::system()).unwrap();
        let before = everything(&book, ALL).len();
        let report = import(
            &book,
            served(
                "https://a.example/fhir",
                &[
                    observation("4", "1", "Clo", "100", "03-01"),
                    observation("3", "1", "Natri", "140", "01-17"),
                ],
            ),
        );
        assert_eq!(
            (report.new, report.not_confirmed),
            (1, 0),
            "the person is known, and what was purged stays away"
        );
        book.add("weight", &[("value".into(), "61.0".into())], ALL).unwrap();
        let stranger = book.review(ALL).unwrap()[0].subject;
        book.reject(ALL, stranger, &mut ()).unwrap();
        let id: RecordId = titled(&book, "Clo");
        book.purge(ALL, id).unwrap();
        assert_eq!(everything(&book, ALL).len(), before + 1);
        assert_eq!(book.search(ALL, "clo", 5).unwrap(), []);
        assert_eq!(book.verify(&mut ()).unwrap(), []);
        book.lock().unwrap();
        assert_eq!(open(dir.path(), &key).verify(&mut ()).unwrap(), []);
    }
}
