//! The import of a large file: 129,037 resources made of the two lives in `tests/fixtures/synthea`, told again and again
//! under other ids.

use std::collections::HashSet;
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use healthbook::ImportOptions;
use serde_json::Value;

use crate::book::{Measured, OnDisk};
use crate::machine;
use crate::work::Done;

const RESOURCES: usize = 129_037;
const ID: usize = 36;

/// A resource, and where ids of the same life stand in it.
struct Line {
    text: Vec<u8>,
    ids: Vec<usize>,
}

/// The file, made while it is read.
struct File {
    lines: Vec<Line>,
    told: usize,
    line: Cursor<Vec<u8>>,
}

fn lives() -> Done<Vec<Line>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/synthea");
    let mut files: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.sort();
    let mut lines = Vec::new();
    for file in files {
        let bundle: Value = serde_json::from_slice(&std::fs::read(file)?)?;
        let resources: Vec<&Value> =
            bundle["entry"].as_array().into_iter().flatten().map(|e| &e["resource"]).collect();
        let ids: HashSet<&[u8]> =
            resources.iter().filter_map(|r| r["id"].as_str()).map(str::as_bytes).collect();
        for resource in resources {
            let mut text = resource.to_string().into_bytes();
            text.push(b'\n');
            let places =
                text.windows(ID).enumerate().filter(|(_, window)| ids.contains(window)).map(|(n, _)| n);
            lines.push(Line { ids: places.collect(), text });
        }
    }
    Ok(lines)
}

impl Read for File {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.line.read(buffer)?;
        if read > 0 || self.told >= RESOURCES {
            return Ok(read);
        }
        let round = format!("{:04x}", self.told / self.lines.len());
        if let Some(line) = self.lines.get(self.told % self.lines.len()) {
            let mut text = line.text.clone();
            for at in &line.ids {
                let digits = text.get_mut(at + ID - round.len()..at + ID).unwrap_or_default();
                digits.copy_from_slice(round.as_bytes());
            }
            self.line = Cursor::new(text);
        }
        self.told += 1;
        self.line.read(buffer)
    }
}

/// The import, in a process of its own.
pub(crate) fn child(_: &[String]) -> Done<String> {
    let (place, book) = OnDisk::make()?;
    book.lock()?;
    let mut file = File { lines: lives()?, told: 0, line: Cursor::default() };
    let book = place.open()?;
    let (_, before) = machine::memory();
    let (start, used) = (Instant::now(), machine::processor()?);
    let options = ImportOptions { any_person: true, ..Default::default() };
    let report = book.import(&mut file, &options, &mut ())?;
    let (took, used) = (start.elapsed().as_secs_f64(), machine::processor()? - used);
    let (most, _) = machine::memory();
    Ok(format!("{} {took} {used} {}", report.new, (most - before) / 1024.0))
}

/// Runs the import and says what it took.
pub(crate) fn run() -> Done<Measured> {
    let output = Command::new(std::env::current_exe()?).arg("import").output()?;
    let said = String::from_utf8(output.stdout)?;
    let numbers: Vec<f64> = said.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    match numbers.as_slice() {
        [_, took, used, memory] => Ok(vec![
            ("import of 129,037 resources", *took),
            ("import of 129,037 resources, processor", *used),
            ("import of 129,037 resources, memory above the open book, MiB", *memory),
        ]),
        _ => Err(format!("the import: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}
