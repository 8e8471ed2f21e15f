//! Whatever an archive holds: opening it does not panic and stays within its limits.
#![no_main]

use std::io::Read;

use healthbook_formats::{Limits, archive};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let limits = Limits { inflated_bytes: 1 << 20, resource_bytes: 1 << 20, members: 100, ..Limits::default() };
    let mut sum = 0u64;
    let _ = archive::zip_members(std::io::Cursor::new(data), &limits, &mut |_, member| {
        sum += std::io::copy(member, &mut std::io::sink())?;
        Ok(())
    });
    assert!(sum <= limits.inflated_bytes + 64 * 1024);
    let mut out = Vec::new();
    let _ = archive::gzip(data, &limits).take(4 << 20).read_to_end(&mut out);
    assert!(out.len() as u64 <= limits.inflated_bytes + 64 * 1024);
});
