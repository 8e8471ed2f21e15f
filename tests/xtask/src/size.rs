//! What the book weighs on a phone: `tests/probe` as a release library, stripped, and what it is made of.
//!
//! Symbols tell which crate code came from. Generic code counts for the crate that wrote it, not for the one that used it;
//! tables and texts have no symbols and are told as one.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::cache::Place;
use crate::process::{Failure, command, read, say, stream, works};
use crate::tools::Tool;

/// What the build of the library needs.
pub(crate) const NEEDS: &[Tool] = &[Tool::CCompiler];

/// What the stripped library is to weigh at most: what an app carries for each kind of processor. It is not reached yet;
/// `tests/probe/README.md` says why.
const GOAL: u64 = 3 * 1024 * 1024;

/// What it may weigh today, so that it does not grow unseen: a little more than it does.
const LIMIT: u64 = 4_900 * 1024;

/// Builds the library as it ships and compares it with the budget.
pub(crate) fn compare(place: &Place) -> Result<(), Failure> {
    stream(place.cargo().args(["build", "--release", "--package", "healthbook-probe"]), |_| {})?;
    let bytes = std::fs::metadata(library(place)?)?.len();
    say(&format!(
        "the library of every call weighs {}; the goal is {}, the limit {}",
        kib(bytes),
        kib(GOAL),
        kib(LIMIT)
    ))?;
    if bytes <= LIMIT { Ok(()) } else { Err(Failure::new("the library has become too large")) }
}

/// Says what the library is made of.
pub(crate) fn report(place: &Place) -> Result<(), Failure> {
    if !works(command("nm").arg("--version")) || !works(command("size").arg("--version")) {
        return Err(Failure::new("needs nm and size, of binutils"));
    }
    stream(
        place.cargo().args(["rustc", "--release", "--package", "healthbook-probe", "--", "-C", "strip=none"]),
        |_| {},
    )?;
    let library = library(place)?;
    let sections = read(command("size").args(["-A", "-d"]).arg(&library))?;
    let symbols = read(command("nm").args(["--defined-only", "--print-size"]).arg(&library))?;
    say("section            size")?;
    for (name, bytes) in sections_of(&sections) {
        say(&format!("{name:16} {:>9}", kib(bytes)))?;
    }
    say("\ncode of            size")?;
    let mut parts: Vec<(String, u64)> = code_by_part(&symbols).into_iter().collect();
    parts.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    for (name, bytes) in parts {
        say(&format!("{name:16} {:>9}", kib(bytes)))?;
    }
    say("")?;
    // Last, so that what stands there afterwards is the library as it ships.
    compare(place)
}

fn library(place: &Place) -> Result<PathBuf, Failure> {
    ["libhealthbook_probe.so", "libhealthbook_probe.dylib", "healthbook_probe.dll"]
        .iter()
        .map(|name| place.target.join("release").join(name))
        .find(|path| path.is_file())
        .ok_or_else(|| Failure::new("the build made no shared library"))
}

fn kib(bytes: u64) -> String {
    format!("{} KiB", bytes.div_ceil(1024))
}

/// The sections that are loaded, of 4 KiB and more, from `size -A -d`.
fn sections_of(text: &str) -> Vec<(String, u64)> {
    let row = |line: &str| {
        let mut parts = line.split_whitespace();
        let name = parts.next().filter(|name| name.starts_with('.'))?.to_owned();
        let (bytes, address) = (parts.next()?.parse::<u64>().ok()?, parts.next()?.parse::<u64>().ok()?);
        (bytes >= 4096 && address > 0).then_some((name, bytes))
    };
    text.lines().filter_map(row).collect()
}

/// Bytes of code by the crate or library they came from, from `nm --print-size`.
fn code_by_part(text: &str) -> BTreeMap<String, u64> {
    let mut parts = BTreeMap::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, bytes, kind, name] = words.as_slice() else { continue };
        if !matches!(*kind, "t" | "T" | "w" | "W") {
            continue;
        }
        if let Ok(bytes) = u64::from_str_radix(bytes, 16) {
            *parts.entry(part_of(name)).or_default() += bytes;
        }
    }
    parts
}

/// Whose a symbol is. Rust's names begin with the crate's, after the length of it; an implementation is of the crate that
/// holds it, or else of the first one it names.
fn part_of(symbol: &str) -> String {
    if let Some(rest) = symbol.strip_prefix("_ZN") {
        let (digits, rest) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()));
        let first = digits.parse().ok().and_then(|length: usize| rest.get(..length)).unwrap_or(rest);
        // `_$LT$alloc..vec..Vec$u20$as…`: the first path in it.
        let path = first.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        let path =
            path.strip_prefix("LT$").unwrap_or(path).trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        let name: String = path.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        return if name.len() < 3 { "core".to_owned() } else { name };
    }
    if symbol.starts_with("_R") {
        // `C<hash>_<length><name>` names a crate.
        let mut rest = symbol;
        while let Some(at) = rest.find('C') {
            rest = &rest[at + 1..];
            let after =
                rest.strip_prefix('s').and_then(|hash| hash.split_once('_')).map_or(rest, |(_, after)| after);
            let (digits, tail) =
                after.split_at(after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len()));
            if let Some(name) = digits.parse().ok().and_then(|length: usize| tail.get(..length)) {
                return name.to_owned();
            }
        }
        return "core".to_owned();
    }
    let of_ring =
        ["ring_core", "OPENSSL", "GFp", "LIMBS", "bn_", "p256_", "p384_", "ecp_", "x25519", "chacha20"];
    if of_ring.iter().any(|beginning| symbol.starts_with(beginning)) || symbol.contains("ring_core") {
        return "ring (C)".to_owned();
    }
    "SQLite (C)".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_is_told_by_its_crate() {
        for (symbol, part) in [
            ("_ZN16healthbook_vault5write6Writer3put17h0123456789abcdefE", "healthbook_vault"),
            (
                "_ZN60_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$core..ops..Drop$GT$4drop17h0123456789abcdefE",
                "alloc",
            ),
            ("_RNvMs_NtCs7SlLc0i4uKl_16healthbook_vault5writeNtB4_6Writer3put", "healthbook_vault"),
            ("ring_core_0_17_14__aes_hw_encrypt", "ring (C)"),
            ("sqlite3VdbeExec", "SQLite (C)"),
        ] {
            assert_eq!(part_of(symbol), part, "{symbol}");
        }
    }

    #[test]
    fn tables_of_the_tools_are_read() {
        let sections =
            "probe.so  :\nsection   size   addr\n.text  2048000  4096\n.comment  9000  0\n.data  12  8192\n";
        assert_eq!(sections_of(sections), [(".text".to_owned(), 2_048_000)]);
        let symbols =
            "0000000000001000 0000000000000010 t sqlite3Step\n0000000000002000 0000000000000020 r table\n";
        assert_eq!(code_by_part(symbols), BTreeMap::from([("SQLite (C)".to_owned(), 16)]));
    }
}
