//! A disk that fills up: it is told, the book is as it was before the batch, and when there is room again the work goes
//! through.
//!
//! The disk is a small file system in memory, mounted for the story; that takes root, as the build has it. Elsewhere the
//! stories say that they were not told.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use healthbook::own::{Note, OwnEntry};
use healthbook::{
    Argon2Cost, Book, ErrorCode, ImportOptions, KeyFile, NewBook, Ports, RecordId, Secret, SecretText, Ways,
};
use healthbook_scenarios::stillness::Still;
use healthbook_scenarios::*;

/// A small disk.
struct Disk {
    around: tempfile::TempDir,
}

impl Disk {
    /// Mounts one of so many KiB; `None` where that is not allowed.
    fn of(kib: u32) -> Option<Self> {
        let disk = Self { around: tempfile::tempdir().unwrap() };
        std::fs::create_dir(disk.root()).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={kib}k,mode=700"), "healthbook-story"])
            .arg(disk.root())
            .output();
        match mounted {
            Ok(output) if output.status.success() => Some(disk),
            failed => {
                let may_skip = std::env::var_os("CI").is_none();
                assert!(may_skip, "the build must be able to mount a small disk: {failed:?}");
                println!("not told: no small disk can be mounted here ({failed:?})");
                std::fs::remove_dir(disk.root()).unwrap();
                None
            }
        }
    }

    fn root(&self) -> PathBuf {
        self.around.path().join("disk")
    }

    fn dir(&self) -> PathBuf {
        self.root().join("book")
    }

    /// Takes all room but so many KiB.
    fn fill_but(&self, kib: u64) {
        let mut films = std::fs::File::create(self.root().join("films")).unwrap();
        let mut size = 0u64;
        // Until the disk says no.
        while let Ok(written) = films.write(&[1; 4096]) {
            size += u64::try_from(written).unwrap();
        }
        films.set_len(size.saturating_sub(kib * 1024)).unwrap();
    }

    fn free(&self) {
        std::fs::remove_file(self.root().join("films")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.root()).output();
    }
}

fn make(dir: &Path) -> Result<(Book, KeyFile), healthbook::Error> {
    let key = KeyFile::make(Ports::system().random).unwrap();
    let new = NewBook { keystore: Some(&key), person: Some(mau()), ..NewBook::default() };
    let (book, _) = Book::create(dir, new, Ports::system())?;
    Ok((book, key))
}

fn note(text: &str) -> OwnEntry {
    OwnEntry::Note(Note { text: text.into(), at: None })
}

fn big_file() -> String {
    let mut text = String::new();
    for n in 0..1_500 {
        text.push_str(&format!(
            "{{\"resourceType\":\"Observation\",\"id\":\"o{n}\",\"status\":\"final\",\"subject\":{{\"reference\":\"Patient/1\"}},\
             \"code\":{{\"text\":\"Nhịp tim {n}\"}},\"valueString\":\"{}\"}}\n",
            "lời dặn ".repeat(20)
        ));
    }
    text
}

fn take_in(book: &Book, file: &str) -> Result<healthbook::ImportReport, healthbook::Error> {
    let options = ImportOptions { any_person: true, reading: ALL, ..ImportOptions::default() };
    book.import(&mut file.as_bytes(), &options, &mut ())
}

/// What a book holds: every record with its exact bytes.
fn content(book: &Book) -> Vec<(RecordId, Vec<u8>)> {
    everything(book, ALL).into_iter().map(|item| (item.id, book.raw(ALL, item.id).unwrap())).collect()
}

#[test]
fn an_import_that_fills_the_disk_takes_nothing_away_and_goes_through_when_there_is_room() {
    let Some(disk) = Disk::of(64 * 1024) else { return };
    let file = big_file();
    // So little room that the bytes do not fit; that they fit and not all records; that hardly anything does.
    for room in [0, 64, 900, 2_600] {
        let dir = disk.root().join(format!("book {room}"));
        let (book, key) = make(&dir).unwrap();
        book.add_entry(&note("đã có trước"), ALL).unwrap();
        let before = content(&book);
        disk.fill_but(room);
        let error = take_in(&book, &file).expect_err("the disk is too small");
        assert_eq!(error.code(), ErrorCode::DiskFull, "{room} KiB");
        // Whole batches may have come in; nothing that was there has changed.
        let after = content(&book);
        assert!(before.iter().all(|record| after.contains(record)), "{room} KiB");
        assert_eq!((after.len() - before.len()) % 1_000, 0, "{room} KiB: half a batch");
        // A small entry fails in the same way, or goes through and stays.
        let small = book.add_entry(&note("khi đĩa đầy"), ALL);
        if let Err(error) = &small {
            assert_eq!(error.code(), ErrorCode::DiskFull, "{room} KiB");
        }
        // The disk stays full, the process ends, and somebody looks again.
        drop(book);
        match Book::open(&dir, Secret::Keystore(&key), Ports::system()) {
            Ok(book) => assert!(content(&book).len() >= after.len()),
            Err(error) => assert_eq!(error.code(), ErrorCode::DiskFull, "{room} KiB"),
        }
        disk.free();
        let book = Book::open(&dir, Secret::Keystore(&key), Ports::system()).unwrap();
        assert_eq!(book.verify(&mut ()).unwrap(), [], "{room} KiB");
        let report = take_in(&book, &file).unwrap();
        assert_eq!((report.records, report.quarantined), (1_500, 0));
        let now = content(&book);
        assert!(after.iter().all(|record| now.contains(record)));
        assert_eq!(now.len(), 1_502 + usize::from(small.is_ok()));
        assert_eq!(book.documents(ALL, None, 10).unwrap().0.len(), 1);
        assert_eq!(book.verify(&mut ()).unwrap(), [], "{room} KiB");
        drop(book);
        std::fs::remove_dir_all(&dir).unwrap();
    }
}

#[test]
fn a_disk_full_of_a_file_that_did_not_fit_keeps_nobody_from_reading() {
    let Some(disk) = Disk::of(24 * 1024) else { return };
    let (book, key) = make(&disk.dir()).unwrap();
    book.add_entry(&note("đã có trước"), ALL).unwrap();
    let before = content(&book);
    let film = "x".repeat(40 << 20);
    assert_eq!(take_in(&book, &format!("{}{film}", big_file())).unwrap_err().code(), ErrorCode::DiskFull);
    drop(book);
    // What came of the file takes all the room, and cannot be dropped without some.
    let book = Book::open(&disk.dir(), Secret::Keystore(&key), Ports::system()).unwrap();
    assert!(content(&book) == before);
    drop(book);
    let grown = Command::new("mount").args(["-o", "remount,size=64m"]).arg(disk.root()).status().unwrap();
    assert!(grown.success());
    let book = Book::open(&disk.dir(), Secret::Keystore(&key), Ports::system()).unwrap();
    assert!(content(&book) == before);
    assert_eq!(book.documents(ALL, None, 10).unwrap().0.len(), 0);
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn the_same_open_book_takes_the_file_when_there_is_room_again() {
    let Some(disk) = Disk::of(64 * 1024) else { return };
    let (book, _) = make(&disk.dir()).unwrap();
    disk.fill_but(500);
    assert_eq!(take_in(&book, &big_file()).unwrap_err().code(), ErrorCode::DiskFull);
    disk.free();
    assert_eq!(take_in(&book, &big_file()).unwrap().new, 1_500);
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn a_whole_book_on_a_full_disk_says_that_the_disk_is_full() {
    let Some(disk) = Disk::of(8 * 1024) else { return };
    let (book, key) = make(&disk.dir()).unwrap();
    book.lock().unwrap();
    let before = Still::of(&disk.dir());
    disk.fill_but(0);
    let error = Book::open(&disk.dir(), Secret::Keystore(&key), Ports::system()).err().expect("no room");
    assert_eq!(error.code(), ErrorCode::DiskFull);
    assert!(error.sentence(healthbook::Lang::Vi).contains("đầy"), "{error}");
    disk.free();
    assert_eq!(Still::of(&disk.dir()), before);
    let book = Book::open(&disk.dir(), Secret::Keystore(&key), Ports::system()).unwrap();
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn no_book_is_made_on_a_full_disk_and_one_is_when_there_is_room() {
    let Some(disk) = Disk::of(2 * 1024) else { return };
    for room in [0, 4, 8, 40, 100, 200, 400] {
        disk.fill_but(room);
        let dir = disk.root().join(format!("book {room}"));
        let made = make(&dir);
        disk.free();
        match made {
            Err(error) => {
                assert_eq!(error.code(), ErrorCode::DiskFull, "{room} KiB");
                let (book, _) = make(&dir).unwrap_or_else(|error| panic!("{room} KiB: {error}"));
                assert_eq!(book.verify(&mut ()).unwrap(), []);
            }
            Ok((book, _)) => assert_eq!(book.verify(&mut ()).unwrap(), []),
        }
        std::fs::remove_dir_all(&dir).unwrap();
    }
}

#[test]
fn a_key_is_not_rotated_and_no_way_is_changed_on_a_full_disk() {
    let Some(disk) = Disk::of(64 * 1024) else { return };
    let (book, key) = make(&disk.dir()).unwrap();
    take_in(&book, &big_file()).unwrap();
    let code = book.renew_recovery_code().unwrap();
    book.suspend().unwrap();
    book.resume().unwrap();
    let before = Still::of(&disk.dir());
    let ways = Ways { keystore: Some(&key), ..Ways::default() };
    for room in [0, 1_000, 4_000] {
        disk.fill_but(room);
        assert_eq!(book.rotate_key(ways, &mut ()).unwrap_err().code(), ErrorCode::DiskFull, "{room} KiB");
        assert_eq!(Still::of(&disk.dir()), before, "{room} KiB");
        disk.free();
    }
    disk.fill_but(0);
    let passphrase = SecretText::from(PASSPHRASE);
    let error = book.change_passphrase(&passphrase, Some(Argon2Cost::LEAST)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::DiskFull);
    assert_eq!(book.renew_recovery_code().unwrap_err().code(), ErrorCode::DiskFull);
    assert!(book.proves(&code).unwrap());
    disk.free();
    assert_eq!(Still::of(&disk.dir()), before);
    let code = book.rotate_key(ways, &mut ()).unwrap();
    assert!(book.proves(&code).unwrap());
    assert_eq!(content(&book).len(), 1_501);
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}
