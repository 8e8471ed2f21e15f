//! A book that is whole says so.

use healthbook::own::{BloodPressure, OwnEntry};
use healthbook_scenarios::*;

#[test]
fn a_book_in_use_is_whole() {
    let (shelf, book) = Shelf::new();
    book.add_entry(
        &OwnEntry::BloodPressure(BloodPressure {
            systolic: "128".parse().unwrap(),
            diastolic: "79".parse().unwrap(),
            pulse: None,
            at: Some("2026-01-16T07:10".parse().unwrap()),
            note: None,
        }),
        ORDINARY,
    )
    .unwrap();
    assert_eq!(book.verify(&mut ()).unwrap(), []);
    book.lock().unwrap();
    let book = shelf.open().unwrap();
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}
