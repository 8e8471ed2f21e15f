//! A device that fails at the n-th operation, whichever it is: the right error, no acknowledged word lost, nothing half,
//! and the book goes on. A sample of all n in the tests, every n in a whole run (`cargo xtask faults`).

use std::path::Path;

use healthbook::own::{BloodPressure, Note, OwnEntry};
use healthbook::{
    Argon2Cost, Book, Coding, ErrorCode, ExportForm, ImportOptions, KeyFile, LinkRel, NewBook, Ports, Sample,
    SampleValue, SecretText, Timestamp, Ways,
};
use healthbook_faults::disk::{Disk, Fault, Image, Op, Plan, image_of, lay_out};
use healthbook_faults::sweep::{Hand, Life, Step, Tally};
use healthbook_scenarios::{ALL, everything, mau, old_book};

fn note(hand: &mut Hand, text: &str) -> Result<(), healthbook::Error> {
    let id = hand.book().add_entry(&OwnEntry::Note(Note { text: text.into(), at: None }), ALL)?;
    hand.ids.push(id);
    Ok(())
}

fn take_in(hand: &mut Hand, name: &str, text: &str) -> Result<(), healthbook::Error> {
    let options = ImportOptions {
        name: Some(name.to_owned()),
        any_person: true,
        reading: ALL,
        ..ImportOptions::default()
    };
    hand.book().import(&mut text.as_bytes(), &options, &mut ())?;
    Ok(())
}

fn hospital(version: u32) -> String {
    (0..40)
        .map(|n| {
            format!(
                "{{\"resourceType\":\"Observation\",\"id\":\"o{n}\",\"meta\":{{\"versionId\":\"{version}\",\
                 \"lastUpdated\":\"2026-02-0{version}T00:00:00Z\"}},\"status\":\"final\",\"subject\":{{\"reference\":\"Patient/1\"}},\
                 \"code\":{{\"coding\":[{{\"system\":\"http://loinc.org\",\"code\":\"2339-0\"}}],\"text\":\"Đường huyết lần {n}\"}},\
                 \"effectiveDateTime\":\"2025-0{}-1{}\",\"valueQuantity\":{{\"value\":{n}.{version}0,\"unit\":\"mg/dL\"}}}}\n",
                1 + n % 9,
                n % 10,
            )
        })
        .collect()
}

/// A scan of so many KiB inside a resource: rows of chunks.
fn scan(kib: usize) -> String {
    format!(
        "{{\"resourceType\":\"DocumentReference\",\"id\":\"scan\",\"status\":\"current\",\"description\":\"Bản chụp\",\
         \"content\":[{{\"attachment\":{{\"contentType\":\"image/png\",\"data\":\"{}\"}}}}]}}\n",
        "QUJD".repeat(kib * 256)
    )
}

fn open(hand: &mut Hand) -> Result<(), healthbook::Error> {
    hand.open()
}

fn lock(hand: &mut Hand) -> Result<(), healthbook::Error> {
    hand.book.take().expect("an open book").lock()
}

fn new_book(hand: &mut Hand) -> Result<(), healthbook::Error> {
    let key = hand.key_file();
    let new = NewBook { keystore: Some(&key), person: Some(mau()), ..NewBook::default() };
    hand.book = Some(Book::create(&hand.dir, new, hand.ports.clone())?.0);
    Ok(())
}

/// A book after some steps: as it stands on the disk, locked or still open.
fn book_after(steps: &[Step], is_locked: bool) -> (Image, SecretText) {
    let key = KeyFile::make(Ports::system().random).unwrap().to_text();
    let around = tempfile::tempdir().unwrap();
    let mut hand = Hand::new(&around.path().join("book"), &key, 3);
    new_book(&mut hand).unwrap();
    steps.iter().for_each(|step| step(&mut hand).unwrap());
    if is_locked {
        lock(&mut hand).unwrap();
    }
    (image_of(&hand.dir), key)
}

fn life(name: &'static str, before: &[Step], is_locked: bool, steps: &'static [Step]) -> Life {
    let (begin, key) = book_after(before, is_locked);
    Life { name, begin, key, steps }
}

fn making() -> Life {
    let key = KeyFile::make(Ports::system().random).unwrap().to_text();
    Life {
        name: "making", begin: Image::new(), key, steps: &[new_book, |hand| note(hand, "đầu tiên"), lock]
    }
}

fn importing() -> Life {
    life(
        "importing",
        &[|hand| note(hand, "đã có")],
        true,
        &[
            open,
            |hand| take_in(hand, "thang-2.ndjson", &hospital(1)),
            |hand| take_in(hand, "thang-3.ndjson", &hospital(2)),
            |hand| take_in(hand, "scan.ndjson", &scan(300)),
            lock,
        ],
    )
}

fn editing() -> Life {
    life(
        "editing",
        &[|hand| note(hand, "đã có")],
        true,
        &[
            open,
            |hand| note(hand, "một"),
            |hand| note(hand, "hai"),
            |hand| hand.book().edit(ALL, hand.ids[0], &[("text".into(), "một, sửa lại".into())]),
            |hand| hand.book().delete(ALL, hand.ids[1]),
            |hand| hand.book().restore(ALL, hand.ids[1]),
            |hand| hand.book().link(ALL, hand.ids[0], LinkRel::DuplicateOf, hand.ids[1]),
            |hand| {
                let pressure = BloodPressure {
                    systolic: "128".parse().unwrap(),
                    diastolic: "79".parse().unwrap(),
                    pulse: None,
                    at: Some("2026-01-02T07:10".parse().unwrap()),
                    note: None,
                };
                hand.book().add_entry(&OwnEntry::BloodPressure(pressure), ALL).map(drop)
            },
            |hand| {
                let steps: Vec<Sample> = (0..300)
                    .map(|n| Sample {
                        at: Timestamp(1_767_225_600_000 + n * 600_000),
                        value: SampleValue::parse(&(n % 90).to_string()).unwrap(),
                    })
                    .collect();
                let code = Coding::new("http://loinc.org", "41950-7");
                hand.book().put_samples("đồng hồ", &code, "{steps}", &steps).map(drop)
            },
            |hand| hand.book().give_consent("nghiên cứu", "huyết áp", "ký trên máy").map(drop),
            |hand| hand.book().suspend(),
            |hand| hand.book().resume(),
            |hand| note(hand, "sau khi nghỉ"),
            lock,
        ],
    )
}

fn purging() -> Life {
    life(
        "purging",
        &[
            |hand| note(hand, "sẽ xóa hẳn"),
            |hand| take_in(hand, "thang-2.ndjson", &hospital(1)),
            |hand| take_in(hand, "scan.ndjson", &scan(1_100)),
        ],
        true,
        &[
            open,
            |hand| {
                let all = everything(hand.book(), ALL);
                let id = all.iter().find(|item| item.title.contains("sẽ xóa hẳn")).expect("the note").id;
                hand.book().purge(ALL, id).map(drop)
            },
            |hand| {
                let all = everything(hand.book(), ALL);
                let id = all.iter().find(|item| item.title.contains("Bản chụp")).expect("the scan").id;
                hand.book().purge(ALL, id).map(drop)
            },
            lock,
        ],
    )
}

fn rotating() -> Life {
    life(
        "rotating",
        &[|hand| note(hand, "đã có"), |hand| take_in(hand, "thang-2.ndjson", &hospital(1))],
        true,
        &[
            open,
            |hand| note(hand, "trước khi đổi khóa"),
            |hand| {
                let key = hand.key_file();
                let ways = Ways { keystore: Some(&key), passphrase: None, cost: Some(Argon2Cost::LEAST) };
                hand.book().rotate_key(ways, &mut ()).map(drop)
            },
            |hand| note(hand, "sau khi đổi khóa"),
            lock,
        ],
    )
}

/// A process was ended with commits in the WAL only; somebody opens the book, reads all of it, and closes it.
fn recovering() -> Life {
    life(
        "recovering",
        &[
            |hand| note(hand, "trong WAL"),
            |hand| take_in(hand, "thang-2.ndjson", &hospital(1)),
            |hand| note(hand, "cũng trong WAL"),
        ],
        false,
        &[
            open,
            |hand| hand.book().search(ALL, "duong huyet", 20).map(drop),
            |hand| {
                let mut out = Vec::new();
                hand.book().export_fhir(ALL, ExportForm::Bundle, &mut out, &mut ()).map(drop)
            },
            |hand| note(hand, "sau khi mở lại"),
            lock,
        ],
    )
}

/// A book of the oldest schema is opened, and so brought up to the newest.
fn migrating() -> Life {
    let folder = old_book::folder(1);
    let mut begin = Image::new();
    for name in ["book.db", "book.keys"] {
        begin.insert(name.to_owned(), std::fs::read(folder.join(name)).unwrap());
    }
    let key = SecretText::from(std::fs::read_to_string(folder.join("key")).unwrap().as_str());
    Life { name: "migrating", begin, key, steps: &[open, |hand| note(hand, "ở lược đồ mới"), lock] }
}

fn holds(name: &str, tally: &Tally) {
    println!(
        "{name}: {} runs, {} struck, told {:?}, {} unharmed, {} broken",
        tally.runs,
        tally.struck,
        tally.told,
        tally.unharmed,
        tally.broken.len()
    );
    assert!(tally.struck > 0, "{name}: no fault came");
    let first: Vec<&String> = tally.broken.iter().take(20).collect();
    assert!(tally.broken.is_empty(), "{name}: {} did not hold, such as {first:#?}", tally.broken.len());
}

/// Every fault, at every kind of operation it can come at.
fn every_fault(life: &Life, few: u64) {
    let mut all = Tally::default();
    for (ops, fault, lasting) in [
        (&Op::ALL[..], Fault::Device, false),
        (&Op::ALL, Fault::Device, true),
        (&[Op::Sync], Fault::Device, false),
        (&[Op::Write], Fault::Device, false),
        (&[Op::Write, Op::Map], Fault::Full, false),
        (&[Op::Write, Op::Map], Fault::Full, true),
        (&[Op::Write], Fault::Short, false),
        (&Op::CHANGING, Fault::Kill, false),
        (&Op::CHANGING, Fault::PowerLoss, false),
        (&Op::CHANGING, Fault::TornPowerLoss(11), false),
        (&Op::CHANGING, Fault::TornPowerLoss(5_000_011), false),
    ] {
        all.add(life.sweep(ops, fault, lasting, few));
    }
    holds(life.name, &all);
}

#[test]
fn making_a_book_on_a_device_that_fails() {
    every_fault(&making(), 8);
}

#[test]
fn importing_on_a_device_that_fails() {
    every_fault(&importing(), 8);
}

#[test]
fn editing_on_a_device_that_fails() {
    every_fault(&editing(), 10);
}

#[test]
fn purging_on_a_device_that_fails() {
    every_fault(&purging(), 5);
}

#[test]
fn rotating_the_key_on_a_device_that_fails() {
    every_fault(&rotating(), 8);
}

#[test]
fn opening_what_a_killed_process_left_on_a_device_that_fails() {
    every_fault(&recovering(), 8);
}

#[test]
fn bringing_up_an_old_book_on_a_device_that_fails() {
    every_fault(&migrating(), 8);
}

/// The device itself is to be trusted: without a sync nothing is kept, with one everything is.
#[test]
fn a_device_without_syncs_loses_what_was_acknowledged() {
    let (begin, key) = book_after(&[], true);
    let around = tempfile::tempdir().unwrap();
    let dir = around.path().join("book");
    lay_out(&begin, &dir);
    let disk = Disk::under(&dir);
    let mut hand = Hand::new(&dir, &key, 4);
    hand.open().unwrap();
    note(&mut hand, "đã ghi").unwrap();
    let synced = look(&std::sync::Arc::clone(&disk).end(), &key, around.path());
    assert_eq!(synced, 2, "a synced note is kept");
    drop(hand);

    lay_out(&begin, &around.path().join("another"));
    let disk = Disk::under(&around.path().join("another"));
    let mut hand = Hand::new(&around.path().join("another"), &key, 5);
    hand.open().unwrap();
    // From here on every sync forgets what it was for, and the error stops the transaction.
    disk.plan(Plan { ops: vec![Op::Sync], at: 1, fault: Fault::Device, lasting: true });
    assert_eq!(note(&mut hand, "không ghi được").unwrap_err().code(), ErrorCode::Io);
    drop(hand);
    assert_eq!(look(&disk.end(), &key, around.path()), 1);
}

/// How many records there are in what was left.
fn look(image: &Image, key: &SecretText, around: &Path) -> usize {
    let dir = tempfile::tempdir_in(around).unwrap();
    lay_out(image, dir.path());
    let mut hand = Hand::new(dir.path(), key, 6);
    hand.open().unwrap();
    assert_eq!(hand.book().verify(&mut ()).unwrap(), []);
    everything(hand.book(), ALL).len()
}
