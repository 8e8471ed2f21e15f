//! Whatever a file holds, in a real book: taking it in does not panic, taking it in again changes nothing, everything in the
//! book can be shown, and the book is whole.
#![no_main]

use std::sync::LazyLock;

use healthbook::{Book, ExportForm, ImportOptions, Lang, Ports, Reading, Secret};
use healthbook_scenarios::{ALL, ORDINARY, Shelf, everything, files_under, holds, quarantined};
use libfuzzer_sys::fuzz_target;

/// A new book, and its files: each input is taken into a copy of it.
static NEW: LazyLock<(Shelf, Vec<(std::path::PathBuf, Vec<u8>)>)> = LazyLock::new(|| {
    let (shelf, book) = Shelf::new();
    book.lock().expect("a new book is locked");
    let files = files_under(&shelf.dir());
    (shelf, files)
});

fuzz_target!(|data: &[u8]| {
    let (shelf, files) = &*NEW;
    let folder = tempfile::tempdir().expect("a folder");
    for (path, bytes) in files {
        std::fs::write(folder.path().join(path.file_name().expect("a file")), bytes).expect("a copy");
    }
    let book = Book::open(folder.path(), Secret::Keystore(&shelf.key()), Ports::system()).expect("a book");
    let options = ImportOptions { reading: ALL, ..ImportOptions::default() };
    let Ok(first) = book.import(&mut &data[..], &options, &mut ()) else {
        // What was refused left nothing behind.
        assert_eq!(book.documents(ALL, None, 9).expect("a list").0.len(), 0);
        return;
    };
    let again =
        book.import(&mut &data[..], &options, &mut ()).expect("what was taken in once is taken in again");
    assert_eq!((again.new, again.new_versions), (0, 0), "{first:?} {again:?}");
    assert_eq!(again.records, first.records, "{first:?} {again:?}");
    for waiting in book.review(ALL).expect("a list") {
        book.confirm(ALL, waiting.subject, &mut ()).expect("who waits can be confirmed");
    }
    let all = everything(&book, ALL);
    for item in &all {
        for lang in [Lang::Vi, Lang::En] {
            book.show(Reading { lang, ..ALL }, item.id).expect("a record can be shown");
        }
        for version in book.versions(ALL, item.id).expect("a record has versions") {
            book.raw_version(ALL, item.id, version.n).expect("a version has bytes");
        }
    }
    let hidden = all.iter().filter(|item| book.show(ORDINARY, item.id).is_err()).count();
    assert_eq!(
        everything(&book, ORDINARY).len() + hidden,
        all.len(),
        "what is listed can be shown, and no more"
    );
    for aside in quarantined(&book, ALL).expect("a list") {
        let bytes = book.quarantined_bytes(ALL, aside.n).expect("what was kept aside has bytes");
        assert!(bytes.is_empty() || first.documents > 1 || holds(data, &bytes) || is_packed(data));
    }
    book.export_fhir(ALL, ExportForm::Bundle, &mut std::io::sink(), &mut ())
        .expect("a book can be taken out");
    assert_eq!(book.verify(&mut ()).expect("a book can be looked through"), []);
});

/// What stands in an archive is not found in its bytes.
fn is_packed(data: &[u8]) -> bool {
    data.starts_with(b"PK") || data.starts_with(&[0x1f, 0x8b])
}
