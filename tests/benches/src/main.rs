//! How fast the book is: the book itself against its goals, its engine beside the same work on plain SQLite and on
//! SQLCipher, and the book beside Google's Android FHIR SDK. `cargo xtask bench` builds what it needs, runs it and writes the table.

mod book;
mod calls;
mod engines;
mod import;
mod machine;
mod peer;
mod table;
mod work;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Where the work finds its SQLite.
mod rusqlite {
    pub(crate) use healthbook_sqlite::rusqlite::config::DbConfig;
    pub(crate) use healthbook_sqlite::rusqlite::{Connection, params};
}

const USAGE: &str =
    "bench [--sqlcipher PROGRAM] [--android-fhir ARGUMENTS] [--largest RECORDS] --to README.md";

/// What was asked for.
struct Asked {
    /// The program that does the work on SQLCipher, when it could be built.
    sqlcipher: Option<PathBuf>,
    /// What `java` needs to start the work on the Android FHIR SDK, when it could be built.
    android_fhir: Option<PathBuf>,
    /// The largest number of records.
    largest: u32,
    to: PathBuf,
}

fn parse(arguments: &[String]) -> work::Done<Asked> {
    let mut rest = arguments.iter();
    let (mut sqlcipher, mut android_fhir, mut largest, mut to) = (None, None, 100_000, None);
    while let Some(option) = rest.next() {
        let value = rest.next().ok_or(USAGE)?;
        match option.as_str() {
            "--sqlcipher" => sqlcipher = Some(PathBuf::from(value)),
            "--android-fhir" => android_fhir = Some(PathBuf::from(value)),
            "--largest" => largest = value.parse()?,
            "--to" => to = Some(PathBuf::from(value)),
            _ => return Err(USAGE.into()),
        }
    }
    Ok(Asked { sqlcipher, android_fhir, largest, to: to.ok_or(USAGE)? })
}

/// Says a line.
fn say(line: &str) -> work::Done<()> {
    Ok(writeln!(std::io::stdout().lock(), "{line}")?)
}

fn perform(arguments: &[String]) -> work::Done<()> {
    // Each engine and each import runs in a process of its own, so that none finds the memory or the caches of another.
    match arguments.split_first() {
        Some((child, rest)) if child == "aegis-256" => {
            return say(work::child(engines::aegis, rest)?.trim_end());
        }
        Some((child, rest)) if child == "plain" => return say(work::child(engines::plain, rest)?.trim_end()),
        Some((child, rest)) if child == "calls" => return say(&calls::child(rest)?),
        Some((child, rest)) if child == "import" => return say(&import::child(rest)?),
        _ => {}
    }
    let asked = parse(arguments)?;
    let sizes: Vec<u32> =
        [1_000, 10_000, 100_000, 1_000_000].into_iter().filter(|n| *n <= asked.largest).collect();
    let mut report = table::Report::default();
    for size in &sizes {
        say(&format!("the book at {size} records"))?;
        report.book.push((*size, book::run(*size)?));
    }
    say("1,000,000 readings, opening, and an import")?;
    report.once = book::once()?;
    report.once.extend(import::run()?);
    for size in &sizes {
        say(&format!("the engines at {size} records"))?;
        report.engines.push((*size, engines::run(&size.to_string(), asked.sqlcipher.as_deref())?));
    }
    report.samples = engines::run("samples", asked.sqlcipher.as_deref())?;
    for size in sizes.iter().filter(|size| **size <= 10_000) {
        say(&format!("the Android FHIR SDK at {size} records"))?;
        report.peer.push(peer::run(*size, asked.android_fhir.as_deref())?);
    }
    let text = report.to_markdown(&machine::describe());
    std::fs::write(&asked.to, &text)?;
    say(&text)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match perform(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr().lock(), "{error}");
            ExitCode::FAILURE
        }
    }
}
