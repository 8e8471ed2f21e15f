//! What the stories share: a person with a book, files, and a look at what stands on disk.

pub mod claim;
pub mod fhir;
pub mod old_book;
pub mod pages;

pub mod canary;
pub mod keeper;
pub mod memory;
pub mod stillness;
pub mod vn_core;

use std::path::{Path, PathBuf};

use healthbook::own::Person;
use healthbook::{
    Argon2Cost, AttachmentListed, Book, Error, ImportOptions, ImportReport, Item, KeyFile, NewBook, Ports,
    Quarantined, Query, Reading, RecordId, RecoveryCode, Secret, SecretText,
};

/// A book in a folder that goes away with it, opened by a key file, a cheap passphrase and a recovery code.
pub struct Shelf {
    folder: tempfile::TempDir,
    key: SecretText,
    /// The recovery code.
    pub recovery: RecoveryCode,
}

/// The passphrase of every book in the stories.
pub const PASSPHRASE: &str = "bốn con mèo ngủ trưa";

/// Everything, also restricted records.
pub const ALL: Reading = Reading { lang: healthbook::Lang::Vi, restricted: true };

/// What a person sees without asking for restricted records.
pub const ORDINARY: Reading = Reading { lang: healthbook::Lang::Vi, restricted: false };

/// The fictional person most stories are about.
pub fn mau() -> Person {
    Person {
        name: Some("Nguyễn Thị Mẫu".into()),
        birth_date: "1958-03-12".parse().ok(),
        sex: Some("female".into()),
        ..Person::default()
    }
}

impl Shelf {
    /// Makes a book for Nguyễn Thị Mẫu.
    pub fn new() -> (Self, Book) {
        Self::of(mau())
    }

    /// Makes a book for somebody.
    pub fn of(person: Person) -> (Self, Book) {
        let folder = tempfile::tempdir().unwrap();
        let key = KeyFile::make(Ports::system().random).unwrap();
        let passphrase = SecretText::from(PASSPHRASE);
        let new = NewBook {
            keystore: Some(&key),
            passphrase: Some(&passphrase),
            cost: Some(Argon2Cost::LEAST),
            person: Some(person),
            ..NewBook::default()
        };
        let (book, recovery) = Book::create(&folder.path().join("book"), new, Ports::system()).unwrap();
        (Self { key: key.to_text(), folder, recovery }, book)
    }

    /// The book's folder.
    pub fn dir(&self) -> PathBuf {
        self.folder.path().join("book")
    }

    /// The folder around it, for other files of the story.
    pub fn around(&self) -> &Path {
        self.folder.path()
    }

    /// The key file.
    pub fn key(&self) -> KeyFile {
        KeyFile::parse(self.key.expose(), Ports::system().random).unwrap()
    }

    /// The key file's text.
    pub fn key_text(&self) -> &str {
        self.key.expose()
    }

    /// Opens the book with its key file.
    pub fn open(&self) -> Result<Book, Error> {
        Book::open(&self.dir(), Secret::Keystore(&self.key()), Ports::system())
    }
}

/// Takes a text in.
pub fn import(book: &Book, text: impl AsRef<[u8]>) -> ImportReport {
    import_with(book, text, &ImportOptions { reading: ALL, ..ImportOptions::default() })
}

/// Takes a text in, with options.
pub fn import_with(book: &Book, text: impl AsRef<[u8]>, options: &ImportOptions) -> ImportReport {
    book.import(&mut text.as_ref(), options, &mut ()).unwrap()
}

/// Options of a file whose records all come from one source, whoever they are about.
pub fn from_anyone(source: &str) -> ImportOptions {
    ImportOptions { source: Some(source.into()), any_person: true, reading: ALL, ..ImportOptions::default() }
}

/// Every head, in any state.
pub fn everything(book: &Book, reading: Reading) -> Vec<Item> {
    let mut items = Vec::new();
    let query = Query { everything: true, ..Query::default() };
    book.each(reading, &query, &mut |item| {
        items.push(item);
        Ok(())
    })
    .unwrap();
    items
}

/// The one record with this title.
pub fn titled(book: &Book, title: &str) -> RecordId {
    let found: Vec<Item> = everything(book, ALL).into_iter().filter(|i| i.title == title).collect();
    assert_eq!(found.len(), 1, "{title}: {found:?}");
    found[0].id
}

/// A folder of the fixtures.
pub fn fixtures(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name)
}

/// Every file under a folder, with its bytes.
pub fn files_under(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.is_file() {
                found.push((path.clone(), std::fs::read(&path).unwrap()));
            }
        }
    }
    found
}

/// Whether `needle` stands in `hay`.
pub fn holds(hay: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty() && hay.windows(needle.len()).any(|w| w == needle)
}

/// All that could not be read, over pages that are small.
pub fn quarantined(book: &Book, reading: Reading) -> Result<Vec<Quarantined>, Error> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let (page, next) = book.quarantine(reading, after, 2)?;
        all.extend(page);
        after = next;
        if after.is_none() {
            return Ok(all);
        }
    }
}

/// All attachments of a record, or of all records, over pages that are small.
pub fn attachments(
    book: &Book,
    reading: Reading,
    of: Option<RecordId>,
) -> Result<Vec<AttachmentListed>, Error> {
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let (page, next) = book.attachments(reading, of, after, 2)?;
        all.extend(page);
        after = next;
        if after.is_none() {
            return Ok(all);
        }
    }
}
