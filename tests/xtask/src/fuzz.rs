//! The fuzz targets of `tests/fuzz`, each begun from seeds drawn from the fixtures.
//!
//! They need a nightly toolchain and `cargo-fuzz`, which nothing else here does: so they are a command of their own and no
//! stage of `cargo xtask test`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cache::Place;
use crate::process::{Failure, command, say, stream, works};

/// The targets, and how long an input of each may become.
const TARGETS: [(&str, usize); 8] = [
    ("records", 60_000),
    ("resource", 60_000),
    ("claim", 20_000),
    ("card", 4_096),
    ("envelope", 4_096),
    ("archive", 60_000),
    ("import", 60_000),
    ("search", 1_024),
];

/// Larger files make slow seeds.
const LARGEST_SEED: u64 = 48 * 1024;

/// Texts of cards, fictional ones.
const CARDS: [&str; 5] = [
    "001199000001|012345678|Nguyễn Văn Thử|01011999|Nam|Số 1, Hoa Mai|02022022",
    "001199000001||Nguyễn Văn Thử|01011999|Nam|Số 1|02022022|||thêm",
    "DN4010000000001|4e677579e1bb856e|01/01/1999|1|...",
    "shc:/56762909510950603511292437",
    "shlink:/eyJ1cmwiOiJodHRwIn0",
];

/// What people type into a search: words with and without marks, their beginnings, quotes, dates, signs of other languages.
const QUERIES: [&str; 8] = [
    "đường huyết",
    "duong hu",
    "\"tăng huyết áp\" OR tim*",
    "HbA1c 7,2 %",
    "2026-01-15",
    "NEAR(a b, 3) -c ^d title:e",
    "https://hospital.example/fhir/Patient/1",
    "\u{1f9b7} răng\u{0301}",
];

/// Builds and runs one target, or all of them, for so many seconds each.
pub(crate) fn run(place: &Place, target: Option<&str>, seconds: u32) -> Result<(), Failure> {
    if let Some(name) = target
        && !TARGETS.iter().any(|(known, _)| *known == name)
    {
        let known: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
        return Err(Failure::new(format!("there is no fuzz target {name}, only {}", known.join(", "))));
    }
    if !works(command("cargo").args(["+nightly", "fuzz", "--version"])) {
        return Err(Failure::new(
            "needs a nightly toolchain and cargo-fuzz: rustup toolchain install nightly && cargo install cargo-fuzz",
        ));
    }
    for (name, longest) in TARGETS.into_iter().filter(|(name, _)| target.is_none_or(|wanted| wanted == *name))
    {
        let seeds = seed(place, name)?;
        say(&format!("{name}: {seconds} s, {} seeds", fs::read_dir(&seeds)?.count()))?;
        let mut fuzz = command("cargo");
        fuzz.current_dir(place.root.join("tests/fuzz"))
            .env("CARGO_TARGET_DIR", place.cache.join("fuzz/target"))
            .args(["+nightly", "fuzz", "run", "--fuzz-dir", ".", name, &format!("corpus/{name}")])
            .arg(&seeds)
            .args(["--", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"])
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-max_len={longest}"));
        fs::create_dir_all(place.root.join("tests/fuzz/corpus").join(name))?;
        stream(&mut fuzz, |_| {})?;
    }
    Ok(())
}

/// Lays the seeds of a target out in the cache and says where.
fn seed(place: &Place, target: &str) -> Result<PathBuf, Failure> {
    let folder = place.cache.join("fuzz/seeds").join(target);
    fs::create_dir_all(&folder)?;
    let texts = match target {
        "card" => &CARDS[..],
        "search" => &QUERIES,
        _ => &[],
    };
    if !texts.is_empty() {
        for (n, text) in texts.iter().enumerate() {
            fs::write(folder.join(n.to_string()), text)?;
        }
        return Ok(folder);
    }
    if target == "claim" {
        claims(place, &folder)?;
        return Ok(folder);
    }
    let fitting = |name: &str| match target {
        "envelope" => name == "book.keys",
        "archive" => name.ends_with(".zip") || name.ends_with(".gz"),
        "resource" => name.ends_with(".json"),
        "import" => [".json", ".ndjson", ".xml", ".zip", ".gz"].iter().any(|end| name.ends_with(end)),
        _ => [".json", ".ndjson", ".xml", ".txt"].iter().any(|end| name.ends_with(end)),
    };
    let mut found = Vec::new();
    files(&place.root.join("tests/fixtures"), &mut found)?;
    for (n, file) in found.iter().enumerate() {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if fitting(&name) && fs::metadata(file)?.len() <= LARGEST_SEED {
            fs::copy(file, folder.join(format!("{n}-{name}")))?;
        }
    }
    if target == "archive" || target == "import" {
        fs::write(folder.join("stored"), stored("a.json", br#"{"resourceType":"Basic","id":"1"}"#))?;
    }
    Ok(folder)
}

/// One seed for each form of the claim XML, then of the health check: its number, then all of its fields.
fn claims(place: &Place, folder: &Path) -> Result<(), Failure> {
    let of_claims = (0..16u8).map(|form| ("claim-fields.tsv", form, form));
    let of_checks = (1..13u8).map(|form| ("health-check-fields.tsv", form, form + 15));
    for (table, form, number) in of_claims.chain(of_checks) {
        let fields = fs::read_to_string(place.root.join("tests/fixtures/vn").join(table))?;
        let mut seed = vec![number];
        for line in fields.lines() {
            let mut columns = line.split('\t');
            let (Some(of), Some(name)) = (columns.next(), columns.next()) else { continue };
            if of == format!("XML{form}") {
                let value = match name {
                    "LIEU_DUNG" => "2 viên/lần * 2 lần/ngày * 5 ngày [4 viên/ngày]",
                    "DIEN_BIEN_LS" => "CSST<M75_T37_HA120/70_NT18_SP98_HL2>",
                    "HUYET_AP" => "120/80",
                    name if name.starts_with("NGAY") => "20260115",
                    _ => "1",
                };
                seed.extend_from_slice(format!("{name}={value}\n").as_bytes());
            }
        }
        fs::write(folder.join(number.to_string()), seed)?;
    }
    Ok(())
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found)?;
        } else {
            found.push(path);
        }
    }
    Ok(())
}

/// A zip archive with one member that is not compressed (APPNOTE 4.3.7, 4.3.12, 4.3.16). Its checksum is left at zero: the
/// fuzzer finds members that are right by itself in the other seeds.
fn stored(name: &str, bytes: &[u8]) -> Vec<u8> {
    let four = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
    let two = |n: usize| u16::try_from(n).unwrap_or(u16::MAX).to_le_bytes();
    let about =
        [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &[0; 4], &four(bytes.len()), &four(bytes.len())].concat();
    let local = [b"PK\x03\x04", &about[..], &two(name.len()), &[0; 2], name.as_bytes(), bytes].concat();
    let central = [b"PK\x01\x02\x14\0", &about[..], &two(name.len()), &[0; 16], name.as_bytes()].concat();
    let end = [&b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..], &four(central.len()), &four(local.len()), &[0; 2]];
    [local, central, end.concat()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_targets_are_those_that_stand_in_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/fuzz_targets");
        let mut there: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        there.sort();
        let mut known = TARGETS.map(|(name, _)| name.to_owned());
        known.sort();
        assert_eq!(there, known);
    }
}
