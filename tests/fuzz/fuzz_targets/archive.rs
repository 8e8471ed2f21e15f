//! Whatever an archive holds: opening it does not panic and stays within its limits, and what is kept of members that were
//! not opened is never more than the archive.
#![no_main]

use std::io::Read;

use healthbook_formats::{Limits, archive};
use libfuzzer_sys::fuzz_target;

/// What a one-member archive has beside the member's own bytes: the end of its directory.
const END: u64 = 22;

fuzz_target!(|data: &[u8]| {
    let limits = Limits { inflated_bytes: 1 << 20, members: 100, ..Limits::default() };
    let (mut opened, mut kept) = (0u64, 0u64);
    let _ = archive::zip_members(
        std::io::Cursor::new(data),
        &limits,
        &archive::Budget::new(&limits),
        &mut |member| {
            let refused = member.refused.is_some();
            let came = std::io::copy(member.bytes, &mut std::io::sink())?;
            if refused {
                kept += came.saturating_sub(END);
            } else {
                opened += came;
            }
            Ok(None)
        },
    );
    assert!(opened <= limits.inflated_bytes);
    assert!(kept <= data.len() as u64);
    let mut out = Vec::new();
    let _ = archive::gzip(data, &limits, &archive::Budget::new(&limits)).take(4 << 20).read_to_end(&mut out);
    assert!(out.len() as u64 <= limits.inflated_bytes);
});
