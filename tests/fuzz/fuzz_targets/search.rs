//! Whatever a person types into a search: it is answered, and every hit can be shown.
#![no_main]

use std::sync::LazyLock;

use healthbook::{Book, ErrorCode, Query};
use healthbook_scenarios::{ALL, Shelf, fixtures, from_anyone, import_with};
use libfuzzer_sys::fuzz_target;

static FULL: LazyLock<(Shelf, Book)> = LazyLock::new(|| {
    let (shelf, book) = Shelf::new();
    for file in std::fs::read_dir(fixtures("fhir-r4")).expect("fixtures").take(40) {
        let bytes = std::fs::read(file.expect("a file").path()).unwrap_or_default();
        if !bytes.is_empty() {
            import_with(&book, bytes, &from_anyone("https://hospital.example/fhir"));
        }
    }
    (shelf, book)
});

fuzz_target!(|typed: &str| {
    let book = &FULL.1;
    for hit in book.search(ALL, typed, 10).expect("a search is answered") {
        book.show(ALL, hit.id).expect("a hit can be shown");
    }
    match book.resolve(ALL, typed) {
        Err(error) => assert!(matches!(error.code(), ErrorCode::NotFound | ErrorCode::Ambiguous), "{error}"),
        Ok(id) => drop(book.item(ALL, id).expect("what was found is there")),
    }
    // The names of a source and a place are typed too.
    let query = Query { source: Some(typed.into()), facility: Some(typed.into()), ..Query::default() };
    book.timeline(ALL, &query, None, 5).expect("a page");
});
