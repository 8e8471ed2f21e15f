//! Whatever `book.keys` holds: reading it does not panic, and what was read is written back as it was.
#![no_main]

use healthbook_vault::keys::Envelope;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(envelope) = Envelope::parse(data) {
        let bytes = envelope.to_bytes().expect("what was read can be written");
        let again = Envelope::parse(&bytes).expect("what was written can be read");
        assert_eq!(again.slots().collect::<Vec<_>>(), envelope.slots().collect::<Vec<_>>());
    }
});
