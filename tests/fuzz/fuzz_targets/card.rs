//! Whatever a QR code holds: reading it does not panic.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    let _ = healthbook_formats::card::read(data);
});
