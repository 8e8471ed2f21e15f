//! Whatever a resource holds: indexing, viewing, editing and correcting it does not panic.
#![no_main]

use healthbook_formats::{attachment, entry, own, view};
use healthbook_model::{Lang, RecordId, Timestamp};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(indexed) = entry(data) {
        for found in &indexed.attachments {
            let _ = attachment(data, &found.pointer);
        }
    }
    let _ = view::view(data, Lang::Vi);
    let ctx = own::OwnContext {
        id: RecordId::from_random([7; 16]),
        recorded: Timestamp(0),
        offset: 420,
        lang: Lang::En,
        person_reference: None,
    };
    let changes = [("note".to_owned(), "x".to_owned()), ("value".to_owned(), "5.40".to_owned())];
    let _ = own::edit(data, &changes, &ctx);
    let _ = own::correction(data, &changes, &ctx);
});
