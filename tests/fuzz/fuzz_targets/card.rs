//! Whatever a QR code holds: reading and explaining it does not panic.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    if let Ok(card) = healthbook_formats::card::read(data) {
        let _ = card.explain(healthbook_model::Timestamp(0), healthbook_model::Lang::Vi);
    }
});
