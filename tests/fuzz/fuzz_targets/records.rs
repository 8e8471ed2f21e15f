//! Whatever a file holds: reading it does not panic, and each record's bytes are those that stand in the file.
#![no_main]

use healthbook_formats::{Item, Limits, detect, records};
use healthbook_model::Content;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let limits = Limits { resource_bytes: 1 << 20, records: 10_000, ..Limits::default() };
    for item in records(detect(data), Box::new(data), limits) {
        match item.expect("a slice does not fail to read") {
            Item::Record(incoming) => {
                if let Content::Slice { bytes, span, .. } = &incoming.content {
                    let start = usize::try_from(span.offset).unwrap();
                    assert_eq!(data.get(start..start + bytes.len()), Some(bytes.as_slice()));
                }
            }
            Item::Rejected(rejected) => {
                assert!(rejected.span.offset + rejected.span.length <= data.len() as u64);
            }
        }
    }
});
