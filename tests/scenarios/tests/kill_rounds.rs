//! A process is ended at any moment (SIGKILL): what was acknowledged is there, the book is whole, and what was begun goes
//! on. A hundred rounds in all, at moments that look random and are the same in every run; a thousand in a whole run
//! (`cargo xtask faults`), ten lives of a book in the place of one.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use healthbook::{
    Book, ErrorCode, Flow, ImportOptions, ImportReport, KeyFile, Ports, Progress, RecordId, RecoveryCode,
    Secret, SecretText, Standing,
};
use healthbook_scenarios::claim;
use healthbook_scenarios::keeper::{Dice, Keeper, is_whole_run};
use healthbook_scenarios::*;
use healthbook_vault::keys::Envelope;

const KEEPER: &str = env!("CARGO_BIN_EXE_keeper");

/// A folder with a book that other processes keep, and this one looks into afterwards.
struct Story {
    around: tempfile::TempDir,
    key: KeyFile,
}

impl Story {
    fn new() -> Self {
        let key = KeyFile::make(Ports::system().random).unwrap();
        Self { around: tempfile::tempdir().unwrap(), key }
    }

    fn dir(&self) -> PathBuf {
        self.around.path().join("book")
    }

    /// A process that has the book's key.
    fn keeper(&self) -> Keeper {
        let mut keeper = Keeper::start(KEEPER);
        keeper.ask(&format!("key {}", self.key.to_text().expose().trim()));
        keeper
    }

    /// A process that has the book open.
    fn keeper_at_work(&self) -> Keeper {
        let mut keeper = self.keeper();
        assert_eq!(keeper.ask(&format!("open {}", self.dir().display())), "open");
        keeper
    }

    fn make(&self) {
        let mut keeper = self.keeper();
        assert!(keeper.ask(&format!("create {}", self.dir().display())).starts_with("created "));
        keeper.leave();
    }

    fn open(&self) -> Book {
        Book::open(&self.dir(), Secret::Keystore(&self.key), Ports::system()).unwrap()
    }

    fn whole(&self, round: u64) -> Book {
        let book = self.open();
        assert_eq!(book.verify(&mut ()).unwrap(), [], "round {round}");
        book
    }
}

/// Lets the process work on for a moment, and ends it. Gives everything that it acknowledged.
fn end(mut keeper: Keeper, dice: &mut Dice, lines: u64, microseconds: u64) -> Vec<String> {
    let mut said = Vec::new();
    let is_last = |line: &String| {
        ["imported", "written", "rotated", "created", "error"].iter().any(|word| line.starts_with(word))
    };
    for _ in 0..dice.below(lines) {
        if said.last().is_some_and(is_last) {
            break;
        }
        said.extend(keeper.hear());
    }
    // Only where the kill falls depends on this, not what must hold after it.
    std::thread::sleep(Duration::from_micros(dice.below(microseconds)));
    said.extend(keeper.kill());
    said
}

/// The lives of a book that each story tells: about 28 kills each.
fn lives() -> std::ops::Range<u64> {
    if is_whole_run() { 0..10 } else { 0..1 }
}

/// A long life, one record a line: two batches of records.
fn long_life() -> &'static Path {
    static FILE: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = FILE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long-life.ndjson");
        let mut text = String::new();
        for n in 0..5_000 {
            text.push_str(&format!(
                "{{\"resourceType\":\"Observation\",\"id\":\"o{n}\",\"status\":\"final\",\"subject\":{{\"reference\":\"Patient/1\"}},\
                 \"code\":{{\"coding\":[{{\"system\":\"http://loinc.org\",\"code\":\"8867-4\"}}],\"text\":\"Mạch\"}},\
                 \"effectiveDateTime\":\"2025-{:02}-{:02}\",\"valueQuantity\":{{\"value\":{}.0,\"unit\":\"/min\"}}}}\n",
                1 + n % 12,
                1 + n % 28,
                60 + n % 40,
            ));
        }
        std::fs::write(&path, text).unwrap();
        (folder, path)
    });
    path
}

fn take_in(book: &Book) -> ImportReport {
    let options = ImportOptions { any_person: true, reading: ALL, ..ImportOptions::default() };
    book.import(&mut std::fs::File::open(long_life()).unwrap(), &options, &mut ()).unwrap()
}

#[test]
fn an_import_that_is_killed_keeps_what_it_acknowledged_and_goes_on_when_the_file_is_given_again() {
    for life in lives() {
        kill_imports(Dice(1 + life * 1_000));
    }
}

fn kill_imports(mut dice: Dice) {
    let mut story = Story::new();
    story.make();
    let mut kept = 0;
    let (mut cut, mut finished) = (0, 0);
    for round in 0..30 {
        let mut keeper = story.keeper_at_work();
        keeper.tell(&format!("import {}", long_life().display()));
        let said = end(keeper, &mut dice, 10, 800_000);
        let records: u64 = said
            .iter()
            .filter_map(|line| line.strip_prefix("read "))
            .filter_map(|n| n.parse().ok())
            .max()
            .unwrap_or(0);
        kept = kept.max(records);
        let done = said.iter().any(|line| line.starts_with("imported"));
        let book = story.whole(round);
        let have = u64::try_from(everything(&book, ALL).len()).unwrap() - 1;
        assert!(have >= kept, "round {round}: {have} of {kept} acknowledged");
        let (documents, _) = book.documents(ALL, None, 10).unwrap();
        assert!(documents.len() <= 1, "round {round}: {documents:?}");
        if done {
            assert_eq!(have, 5_000);
            finished += 1;
        } else {
            cut += 1;
        }
        // Every third time the same file is given again by somebody who lets it come to its end.
        if done || round % 3 == 2 {
            let report = take_in(&book);
            assert_eq!((report.records, report.quarantined, report.not_confirmed), (5_000, 0, 0));
            assert_eq!(report.new + report.unchanged, 5_000);
            assert_eq!(everything(&book, ALL).len(), 5_001);
            assert_eq!(book.documents(ALL, None, 10).unwrap().0.len(), 1);
            assert!(book.documents(ALL, None, 10).unwrap().0[0].complete);
            assert_eq!(book.verify(&mut ()).unwrap(), []);
            assert_eq!(take_in(&book).new, 0);
            drop(book);
            story = Story::new();
            story.make();
            kept = 0;
        }
    }
    assert!(cut > 5, "{cut} cut off, {finished} finished");
}

/// What is known of a note from acknowledgements.
#[derive(Debug, Clone, PartialEq)]
enum Known {
    Text(String),
    Deleted,
}

#[test]
fn every_acknowledged_entry_edit_and_deletion_is_there_after_a_kill() {
    for life in lives() {
        kill_entries(Dice(2 + life * 1_000));
    }
}

fn kill_entries(mut dice: Dice) {
    let story = Story::new();
    story.make();
    let mut known: BTreeMap<RecordId, Known> = BTreeMap::new();
    let mut acknowledged = 0;
    for round in 0..30 {
        let mut keeper = story.keeper_at_work();
        keeper.tell(&format!("write {} {}", round * 1_000, round * 1_000 + 1_000));
        for line in end(keeper, &mut dice, 30, 8_000) {
            let mut parts = line.splitn(3, ' ');
            let (what, id) = (parts.next().unwrap(), parts.next().unwrap_or_default());
            let state = match what {
                "added" | "edited" => Known::Text(parts.next().unwrap().to_owned()),
                "deleted" => Known::Deleted,
                _ => continue,
            };
            known.insert(id.parse().unwrap(), state);
            acknowledged += 1;
        }
        let book = story.whole(round);
        let mut ahead = 0;
        for (id, due) in &known {
            let item = book.item(ALL, *id).unwrap();
            let as_due = match due {
                Known::Deleted => item.standing == Standing::Deleted,
                Known::Text(text) => {
                    item.standing != Standing::Deleted
                        && String::from_utf8(book.raw(ALL, *id).unwrap())
                            .unwrap()
                            .contains(&format!("\"{text}\""))
                }
            };
            // The very last step may be on disk without having been acknowledged: that is one version ahead.
            ahead += u32::from(!as_due);
            if !as_due {
                let states = book.versions(ALL, *id).unwrap();
                assert!(states.len() >= 2, "round {round}: {due:?} is lost");
                let before = states[states.len() - 2].n;
                let bytes = book.raw_version(ALL, *id, before).unwrap();
                let Known::Text(text) = due else { panic!("round {round}: a deletion is lost") };
                assert!(String::from_utf8(bytes).unwrap().contains(&format!("\"{text}\"")), "round {round}");
            }
        }
        assert!(ahead <= 1, "round {round}: {ahead} entries are not as they were acknowledged");
        // What came through without a word is no entry half written: each is whole, and shown.
        for item in everything(&book, ALL) {
            known.entry(item.id).or_insert_with(|| match item.standing {
                Standing::Deleted => Known::Deleted,
                _ => Known::Text(
                    serde_json::from_slice::<serde_json::Value>(&book.raw(ALL, item.id).unwrap())
                        .unwrap()
                        .pointer("/name/0/text")
                        .and_then(|v| v.as_str())
                        .map_or_else(|| item.title.clone(), str::to_owned),
                ),
            });
        }
        // From here on what is there is what is due.
        for (id, due) in &mut known {
            let item = book.item(ALL, *id).unwrap();
            if item.standing == Standing::Deleted {
                *due = Known::Deleted;
            } else if let Known::Text(text) = due {
                let raw = String::from_utf8(book.raw(ALL, *id).unwrap()).unwrap();
                let edited = format!("{text}, sửa lại");
                if raw.contains(&format!("\"{edited}\"")) {
                    *text = edited;
                }
            }
        }
    }
    assert!(acknowledged > 200, "{acknowledged}");
}

#[test]
fn a_rotation_killed_anywhere_leaves_a_book_that_opens_and_an_envelope_that_is_settled() {
    for life in lives() {
        kill_rotations(Dice(3 + life * 1_000));
    }
}

fn kill_rotations(mut dice: Dice) {
    let story = Story::new();
    let mut keeper = story.keeper();
    let created = keeper.ask(&format!("create {}", story.dir().display()));
    let mut code = created.strip_prefix("created ").unwrap().to_owned();
    keeper.ask(&format!("import {}", long_life().display()));
    keeper.leave();
    let passphrase = SecretText::from(PASSPHRASE);
    // The swap puts another file there.
    let file_of = |dir: &Path| std::fs::metadata(dir.join("book.db")).unwrap().ino();
    let (mut before, mut after) = (0, 0);
    for round in 0..30 {
        let mut keeper = story.keeper_at_work();
        // Something stands in the WAL when the rotation begins.
        let note = keeper.ask(&format!("note vòng {round}"));
        let id: RecordId = note.strip_prefix("added ").unwrap().parse().unwrap();
        let file = file_of(&story.dir());
        keeper.tell("rotate");
        let said = end(keeper, &mut dice, 3, 25_000);
        let rotated = said.iter().find_map(|line| line.strip_prefix("rotated ")).map(str::to_owned);
        let is_new_file = file_of(&story.dir()) != file;
        if is_new_file {
            after += 1
        } else {
            before += 1
        }

        // The passphrase opens it whatever was reached, and settles what was open.
        let book = match Book::open(&story.dir(), Secret::Passphrase(&passphrase), Ports::system()) {
            Ok(book) => book,
            Err(error) => panic!("round {round}: {error}"),
        };
        let envelope = Envelope::parse(&std::fs::read(story.dir().join("book.keys")).unwrap()).unwrap();
        let mut generations: Vec<u32> = envelope.slots().map(|slot| slot.generation).collect();
        assert_eq!(generations.len(), 3, "round {round}: {envelope:?}");
        generations.dedup();
        assert_eq!(generations.len(), 1, "round {round}: {envelope:?}");
        let mut names: Vec<String> = files_under(&story.dir())
            .into_iter()
            .map(|(path, _)| path.file_name().unwrap().to_str().unwrap().to_owned())
            .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
            .collect();
        names.sort();
        assert_eq!(names, ["book.db", "book.keys"], "round {round}");

        assert_eq!(book.verify(&mut ()).unwrap(), [], "round {round}");
        assert!(book.item(ALL, id).is_ok(), "round {round}: an acknowledged note is lost");
        let old = RecoveryCode::parse(&code).unwrap();
        match rotated {
            // The person has seen the new code: it holds, and the one before does not.
            Some(new) => {
                assert!(book.proves(&RecoveryCode::parse(&new).unwrap()).unwrap(), "round {round}");
                assert!(!book.proves(&old).unwrap(), "round {round}");
                code = new;
            }
            // Nobody has seen a new code. Under the old key the one that was written down still holds.
            None if book.proves(&old).unwrap() => {}
            // Killed between the last step and the word: the key file and the passphrase open it, and a new code is made.
            None => {
                assert!(is_new_file, "round {round}: the old file has lost its code");
                code = book.renew_recovery_code().unwrap().to_text().expose().to_owned();
            }
        }
        book.lock().unwrap();
        let code = RecoveryCode::parse(&code).unwrap();
        let book = Book::open(&story.dir(), Secret::Recovery(&code), Ports::system()).unwrap();
        drop(book);
        drop(story.open());
    }
    assert!(before >= 3 && after >= 3, "{before} before the swap, {after} after it");
}

/// A claim file of many visits and, written a day later, the same with another diagnosis in each and half of the medicines.
/// Together they are more than what is settled in one transaction.
fn claims() -> [String; 2] {
    let visits = |code: &str, step: usize| -> Vec<Vec<(String, String)>> {
        (0..60)
            .map(|n| {
                let visit = format!("LK{n}");
                let mut tables = claim::visit(&visit, (code, "bệnh"), "", ("Glucose", "6.1"));
                let rows: String = (1..=80)
                    .step_by(step)
                    .map(|row| {
                        format!(
                            "<CHI_TIET_THUOC><MA_LK>{visit}</MA_LK><STT>{row}</STT><TEN_THUOC>Thuốc {row}</TEN_THUOC>\
                             <SO_LUONG>28</SO_LUONG><NGAY_YL>202601150900</NGAY_YL></CHI_TIET_THUOC>"
                        )
                    })
                    .collect();
                let list = format!("<DSACH_CHI_TIET_THUOC>{rows}</DSACH_CHI_TIET_THUOC>");
                tables[1].1 = format!("<CHITIEU_CHITIET_THUOC>{list}</CHITIEU_CHITIET_THUOC>");
                tables
            })
            .collect()
    };
    [claim::file("20260120", &visits("I10", 1)), claim::file("20260121", &visits("I11", 2))]
}

fn copy_of(dir: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// All states of every record: whose, which day the source says, whether they are the present, and their bytes.
type States = Vec<(bool, Option<i64>, bool, Option<Vec<u8>>)>;

fn all_states(book: &Book) -> Vec<(String, Standing, States)> {
    let mut all: Vec<_> = everything(book, ALL)
        .into_iter()
        .filter(|item| !item.own)
        .map(|item| {
            let states = book.versions(ALL, item.id).unwrap();
            let told = states.iter().map(|state| {
                let bytes = state.length.map(|_| book.raw_version(ALL, item.id, state.n).unwrap());
                (state.own, state.rank_time, state.is_head, bytes)
            });
            (item.resource_type, item.standing, told.collect())
        })
        .collect();
    all.sort_by(|(a, _, x), (b, _, y): &(String, Standing, States)| (a, x).cmp(&(b, y)));
    all
}

#[test]
fn an_amended_claim_killed_while_it_is_settled_comes_to_the_same_end_when_it_is_given_again() {
    let mut dice = Dice(5);
    let story = Story::new();
    story.make();
    let [first, amended] = claims();
    let file = story.around.path().join("amended.xml");
    std::fs::write(&file, &amended).unwrap();
    let options = ImportOptions { any_person: true, reading: ALL, ..ImportOptions::default() };
    let book = story.open();
    book.import(&mut first.as_bytes(), &options, &mut ()).unwrap();
    book.lock().unwrap();
    let before = story.around.path().join("before");
    copy_of(&story.dir(), &before);

    // What is said last is said when a first part is settled and committed.
    let mut records = 0;
    let book = story.open();
    let never_killed = book.import(&mut amended.as_bytes(), &options, &mut |progress: Progress| {
        records = progress.records;
        Flow::Continue
    });
    never_killed.unwrap();
    let due = all_states(&book);
    let withdrawn = |states: &[(String, Standing, States)]| {
        states.iter().filter(|(_, standing, _)| *standing == Standing::Deleted).count()
    };
    // Of each visit the first diagnosis and every second medicine.
    assert_eq!(withdrawn(&due), 60 * 41);
    drop(book);

    let (mut halfway, rounds) = (0, if is_whole_run() { 40 } else { 2 });
    for round in 0..rounds {
        std::fs::remove_dir_all(story.dir()).unwrap();
        copy_of(&before, &story.dir());
        let mut keeper = story.keeper_at_work();
        keeper.tell(&format!("import {}", file.display()));
        // At once, or a moment later.
        let last = format!("read {records}");
        while keeper.hear().is_some_and(|line| line != last) {}
        if round % 2 == 1 {
            std::thread::sleep(Duration::from_micros(dice.below(300_000)));
        }
        let said = keeper.kill();
        let done = said.iter().any(|line| line.starts_with("imported"));
        let book = story.whole(round);
        let gone = withdrawn(&all_states(&book));
        assert!(!done || gone == 60 * 41, "round {round}: {gone}");
        halfway += u32::from(gone > 0 && gone < 60 * 41);
        book.import(&mut amended.as_bytes(), &options, &mut ()).unwrap();
        assert!(all_states(&book) == due, "round {round}: {gone} were withdrawn when it was killed");
        assert_eq!(book.documents(ALL, None, 10).unwrap().0.len(), 2, "round {round}");
        assert_eq!(book.verify(&mut ()).unwrap(), [], "round {round}");
        // And once more there is nothing to do.
        book.import(&mut amended.as_bytes(), &options, &mut ()).unwrap();
        assert!(all_states(&book) == due, "round {round}");
    }
    assert!(halfway > 0, "no kill fell between two transactions");
}

#[test]
fn a_making_that_is_killed_leaves_a_book_or_room_for_one() {
    for life in lives() {
        kill_makings(Dice(4 + life * 1_000));
    }
}

fn kill_makings(mut dice: Dice) {
    let (mut made, mut unmade) = (0, 0);
    for round in 0..20 {
        let story = Story::new();
        let mut keeper = story.keeper();
        keeper.tell(&format!("create {}", story.dir().display()));
        let said = end(keeper, &mut dice, 2, 40_000);
        let acknowledged = said.iter().any(|line| line.starts_with("created "));
        let opened = Book::open(&story.dir(), Secret::Keystore(&story.key), Ports::system());
        match opened {
            // Made as a file, and killed before it was told of its person: it opens, and says that something is missing.
            Ok(book) => {
                assert_eq!(book.verify(&mut ()).unwrap(), [], "round {round}");
                assert!(book.person(ALL).is_ok(), "round {round}: a book without its person");
                made += 1;
            }
            Err(error) => {
                assert_eq!(error.code(), ErrorCode::NoBook, "round {round}: {error}");
                assert!(!acknowledged, "round {round}: an acknowledged book is lost");
                unmade += 1;
                // The folder is free for the next try.
                let mut keeper = story.keeper();
                let again = keeper.ask(&format!("create {}", story.dir().display()));
                assert!(again.starts_with("created "), "round {round}: {again}");
                keeper.leave();
                story.whole(round);
            }
        }
    }
    assert!(made >= 2 && unmade >= 2, "{made} made, {unmade} not");
}
