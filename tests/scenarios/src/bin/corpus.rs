//! Takes every JSON resource of a folder into one book, each as a file of its own, and checks that all of them come back
//! byte for byte: a resource as its record, a Bundle that is only an envelope as its document, and what is inside such a
//! Bundle as records too. Ends with a test runner's closing line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use healthbook::{Book, DocumentId, ImportOptions, KeyFile, NewBook, Ports, Reading, RecordId};
use serde_json::value::RawValue;

type Failure = Box<dyn std::error::Error>;

const ALL: Reading = Reading { lang: healthbook::Lang::En, restricted: true };

#[derive(serde::Deserialize)]
struct Resource<'a> {
    #[serde(rename = "resourceType")]
    kind: String,
    #[serde(borrow, default)]
    entry: Vec<Entry<'a>>,
}

#[derive(serde::Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    resource: Option<&'a RawValue>,
}

fn json_files(dir: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "json") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Tells files apart; every byte is compared afterwards.
fn digest(bytes: &[u8]) -> Vec<u8> {
    use std::hash::{Hash, Hasher};
    let mut hasher = std::hash::DefaultHasher::new();
    bytes.hash(&mut hasher);
    [hasher.finish().to_le_bytes(), (bytes.len() as u64).to_le_bytes()].concat()
}

/// Whether these bytes are a state of one of the records.
fn comes_back(book: &Book, records: &[RecordId], bytes: &[u8]) -> Result<bool, Failure> {
    for id in records {
        for version in book.versions(ALL, *id)? {
            if version.length == Some(bytes.len() as u64) && book.raw_version(ALL, *id, version.n)? == bytes {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn check(book: &Book, file: &[u8], document: DocumentId) -> Result<(bool, u64), Failure> {
    let text = std::str::from_utf8(file)?.trim_start_matches('\u{feff}').trim();
    let resource: Resource<'_> = serde_json::from_str(text)?;
    let records = book.records_of(ALL, document)?;
    let mut whole = Vec::new();
    std::io::Read::read_to_end(&mut book.open_document(ALL, document)?, &mut whole)?;
    let mut fine = whole == file;
    if resource.kind != "Bundle" {
        let head = match records.as_slice() {
            [one] => book.raw(ALL, *one)?,
            _ => return Ok((false, 0)),
        };
        return Ok((fine && head == text.as_bytes(), 1));
    }
    // A large envelope's parts are compared by their lengths first, so that this stays linear.
    let mut by_length: BTreeMap<u64, Vec<RecordId>> = BTreeMap::new();
    for id in records {
        for version in book.versions(ALL, id)? {
            by_length.entry(version.length.unwrap_or(0)).or_default().push(id);
        }
    }
    let mut parts = 0;
    for raw in resource.entry.iter().filter_map(|e| e.resource) {
        let bytes = raw.get().as_bytes();
        let candidates = by_length.get(&(bytes.len() as u64)).map(Vec::as_slice).unwrap_or_default();
        let nested: Resource<'_> = serde_json::from_str(raw.get())?;
        // A Bundle in a Bundle is an envelope again: its parts are records, itself is not.
        fine &= nested.kind == "Bundle" || comes_back(book, candidates, bytes)?;
        parts += 1;
    }
    Ok((fine, parts))
}

fn run(dir: &Path) -> Result<bool, Failure> {
    let folder = tempfile::tempdir()?;
    let ports = Ports::system();
    let key = KeyFile::make(ports.random.clone())?;
    let new = NewBook { keystore: Some(&key), ..NewBook::default() };
    let (book, _) = Book::create(&folder.path().join("book"), new, ports)?;
    let mut files = Vec::new();
    for path in json_files(dir)? {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let bytes = std::fs::read(&path)?;
        let is_resource = !name.starts_with('.')
            && name != "package.json"
            && serde_json::from_slice::<Resource<'_>>(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes))
                .is_ok();
        if is_resource {
            files.push((name, path));
        }
    }
    let (mut records, mut bytes) = (0, 0u64);
    let started = Instant::now();
    for (name, path) in &files {
        let options = ImportOptions {
            name: Some(name.clone()),
            any_person: true,
            reading: ALL,
            ..ImportOptions::default()
        };
        bytes += std::fs::metadata(path)?.len();
        records += book.import(&mut std::fs::File::open(path)?, &options, &mut ())?.records;
    }
    let took = started.elapsed();
    let mut documents: BTreeMap<String, Vec<DocumentId>> = BTreeMap::new();
    let mut before = None;
    loop {
        let (page, next) = book.documents(ALL, before, 500)?;
        if page.is_empty() {
            break;
        }
        for document in page {
            documents.entry(document.name.unwrap_or_default()).or_default().push(document.id);
        }
        before = next;
    }
    let (mut passed, mut failed, mut parts) = (0, 0, 0);
    // The package holds one resource under two names; the book keeps such a file once, under the first.
    let mut first_names: BTreeMap<Vec<u8>, &String> = BTreeMap::new();
    for (name, path) in &files {
        let file = std::fs::read(path)?;
        let mut fine = false;
        let first = *first_names.entry(digest(&file)).or_insert(name);
        for document in documents.get(first).into_iter().flatten() {
            let (whole, inside) = check(&book, &file, *document)?;
            fine |= whole;
            parts += inside;
        }
        if fine {
            passed += 1;
        } else {
            failed += 1;
            println!("not byte-identical: {name}");
        }
    }
    let quarantined = healthbook_scenarios::quarantined(&book, ALL)?.len();
    let problems = book.verify(&mut ())?.len();
    println!(
        "{} resources in files of {} MB, {parts} resources in all, {records} records; import {:.1} s; quarantined \
         {quarantined}; problems found by verify {problems}; book.db {} MB",
        files.len(),
        bytes / 1_000_000,
        took.as_secs_f64(),
        book.stats(ALL)?.file_size / 1_000_000,
    );
    println!("{passed} of {} come back byte-identical", files.len());
    println!("{passed} passed, {} failed", failed + quarantined + problems);
    Ok(failed + quarantined + problems == 0 && passed > 0)
}

fn main() -> ExitCode {
    let Some(dir) = std::env::args_os().nth(1) else {
        eprintln!("usage: corpus FOLDER");
        return ExitCode::from(2);
    };
    match run(Path::new(&dir)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("corpus: {error}");
            ExitCode::FAILURE
        }
    }
}
