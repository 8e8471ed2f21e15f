//! Pages of `book.db` that are not what was written: wrong data is never shown, damage is told, and what is not damaged
//! stays readable and comes out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::io::Read;
use std::path::{Path, PathBuf};

use healthbook::own::{BloodPressure, Note, OwnEntry};
use healthbook::{
    Book, By, Coding, Error, ErrorCode, ExportForm, KeyFile, Kind, LinkRel, Ports, Query, RecordId, Sample,
    SampleValue, Secret, Timestamp,
};
use healthbook_scenarios::keeper::is_whole_run;
use healthbook_scenarios::stillness::Still;
use healthbook_scenarios::*;

const PAGE: usize = 8192;

/// Steps of a device.
fn steps() -> Coding {
    Coding::new("http://loinc.org", "41950-7")
}

fn blood_pressure(day: u32) -> OwnEntry {
    OwnEntry::BloodPressure(BloodPressure {
        systolic: "128".parse().unwrap(),
        diastolic: "79".parse().unwrap(),
        pulse: None,
        at: Some(format!("2026-01-{day:02}T07:10").parse().unwrap()),
        note: Some(format!("ngày thứ {day}")),
    })
}

fn readings(times: i64) -> Vec<Sample> {
    (0..400)
        .map(|n| Sample {
            at: Timestamp(1_767_225_600_000 + n * 600_000),
            value: SampleValue::parse(&(n % 90 * times).to_string()).unwrap(),
        })
        .collect()
}

fn hospital(version: u32) -> String {
    let mut text = String::from(r#"{"resourceType":"Bundle","type":"collection","entry":["#);
    text.push_str(
        r#"{"fullUrl":"https://bv.example/Patient/1","resource":{"resourceType":"Patient","id":"1","name":[{"text":"NGUYEN THI MAU"}],
        "birthDate":"1958-03-12","gender":"female"}}"#,
    );
    for n in 0..40 {
        text.push_str(&format!(
            r#",
{{"fullUrl":"https://bv.example/Observation/{n}","resource":{{"resourceType":"Observation","id":"{n}","meta":{{"versionId":"{version}",
"lastUpdated":"2026-02-0{version}T00:00:00Z"}},"status":"final","subject":{{"reference":"Patient/1"}},"code":{{"coding":[{{"system":"http://loinc.org",
"code":"2339-0"}}],"text":"Đường huyết lần {n}"}},"effectiveDateTime":"2025-0{}-1{}","note":[{{"text":"{}"}}],
"valueQuantity":{{"value":{n}.{version}0,"unit":"mg/dL"}}}}}}"#,
            1 + n % 9,
            n % 10,
            "lời dặn dài của bác sĩ ".repeat(12),
        ));
    }
    text.push_str(r#",{"resource":{"resourceType":"Observation","status":3,}}"#);
    text.push_str("]}");
    text
}

/// A small book that has something of everything.
fn full_book() -> (Shelf, Vec<RecordId>) {
    let (shelf, book) = Shelf::new();
    import(&book, hospital(1));
    import_with(
        &book,
        r#"{"resourceType":"Condition","id":"x","subject":{"reference":"Patient/9"},"code":{"text":"Sỏi thận của người khác"}}"#,
        &healthbook::ImportOptions {
            source: Some("phòng khám".into()), reading: ALL, ..Default::default()
        },
    );
    import(
        &book,
        r#"{"resourceType":"Condition","id":"hiv","subject":{"display":"x"},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"B20"}]}}"#,
    );
    let mut own = Vec::new();
    for day in 1..25 {
        own.push(book.add_entry(&blood_pressure(day), ALL).unwrap());
    }
    for n in 0..10 {
        own.push(
            book.add_entry(&OwnEntry::Note(Note { text: format!("ghi chú {n}"), at: None }), ALL).unwrap(),
        );
    }
    book.put_samples("đồng hồ", &steps(), "{steps}", &readings(1)).unwrap();
    book.link(ALL, own[0], LinkRel::DuplicateOf, own[1]).unwrap();
    book.delete(ALL, own[2]).unwrap();
    book.give_consent("nghiên cứu", "huyết áp", "ký trên máy").unwrap();
    book.lock().unwrap();
    (shelf, own)
}

/// All that can be read of a book, each by a name of its own.
fn everything_read(book: &Book, ids: &[RecordId]) -> BTreeMap<String, Result<String, ErrorCode>> {
    fn put<T: Debug>(
        all: &mut BTreeMap<String, Result<String, ErrorCode>>,
        name: impl Into<String>,
        read: Result<T, Error>,
    ) {
        all.insert(name.into(), read.map(|value| format!("{value:?}")).map_err(|error| error.code()));
    }
    let mut all = BTreeMap::new();
    let list = Query { everything: true, ..Query::default() };
    put(&mut all, "everything", book.timeline(ALL, &list, None, 500));
    put(&mut all, "timeline", book.timeline(ORDINARY, &Query::default(), None, 500));
    let notes = Query { kinds: vec![Kind::Note], ..Query::default() };
    put(&mut all, "notes", book.timeline(ALL, &notes, None, 500));
    for words in ["duong huyet", "đường huyết lần 7", "ghi chu", "ngay thu 3", "B20"] {
        let found = book.search(ALL, words, 100);
        let mut hits = found.clone();
        if let Ok(hits) = &mut hits {
            hits.sort_by_key(|item| item.id);
        }
        put(&mut all, format!("hits {words}"), hits);
        put(&mut all, format!("search {words}"), found);
    }
    for id in ids {
        put(&mut all, format!("raw {id}"), book.raw(ALL, *id));
        put(&mut all, format!("versions {id}"), book.versions(ALL, *id));
        put(&mut all, format!("links {id}"), book.links(ALL, *id));
    }
    let (documents, document_list) = match book.documents(ALL, None, 50) {
        Ok((found, _)) => (found.iter().map(|d| d.id).collect(), Ok(found)),
        Err(error) => (Vec::new(), Err(error)),
    };
    put(&mut all, "documents", document_list);
    for id in documents {
        let mut bytes = Vec::new();
        let read = book.open_document(ALL, id).and_then(|mut stream| Ok(stream.read_to_end(&mut bytes)?));
        put(&mut all, format!("document {id}"), read.map(|_| bytes));
    }
    put(&mut all, "quarantine", healthbook_scenarios::quarantined(book, ALL));
    put(&mut all, "audit", book.audit(ALL, None, 500));
    put(&mut all, "consents", book.consents(ALL));
    put(&mut all, "review", book.review(ALL));
    put(&mut all, "person", book.person(ALL));
    put(&mut all, "emergency", book.emergency(ALL));
    put(&mut all, "attachments", healthbook_scenarios::attachments(book, ALL, None));
    put(
        &mut all,
        "stats",
        book.stats(ALL).map(|stats| (stats.counts, stats.sources, stats.documents, stats.samples)),
    );
    put(&mut all, "trend", book.trend(ALL, "glucose", None, None, None));
    put(&mut all, "steps", book.trend(ALL, "steps", None, None, None));
    put(&mut all, "steps by day", book.trend(ALL, "steps", None, None, Some(By::Day)));
    all
}

/// A file in the place of a book's, and the book that it is.
struct Bench {
    around: tempfile::TempDir,
    key: KeyFile,
}

impl Bench {
    fn new(shelf: &Shelf) -> Self {
        let around = tempfile::tempdir().unwrap();
        std::fs::copy(shelf.dir().join("book.keys"), around.path().join("book.keys")).unwrap();
        Self { around, key: shelf.key() }
    }

    fn dir(&self) -> &Path {
        self.around.path()
    }

    fn put(&self, bytes: &[u8]) {
        for name in ["book.db-wal", "book.db-shm"] {
            let _ = std::fs::remove_file(self.dir().join(name));
        }
        std::fs::write(self.dir().join("book.db"), bytes).unwrap();
    }

    fn open(&self) -> Result<Book, Error> {
        Book::open(self.dir(), Secret::Keystore(&self.key), Ports::system())
    }
}

fn db_of(shelf: &Shelf) -> Vec<u8> {
    let path: PathBuf = shelf.dir().join("book.db");
    assert!(!shelf.dir().join("book.db-wal").exists(), "a locked book is one file");
    std::fs::read(path).unwrap()
}

fn ids_of(shelf: &Shelf) -> Vec<RecordId> {
    everything(&shelf.open().unwrap(), ALL).into_iter().map(|item| item.id).collect()
}

/// Which reads are neither right nor told as damage.
fn wrong(
    read: &BTreeMap<String, Result<String, ErrorCode>>,
    due: &BTreeMap<String, Result<String, ErrorCode>>,
) -> Vec<String> {
    due.iter()
        .filter(|(name, due)| match read.get(*name) {
            Some(Err(ErrorCode::Damaged)) => false,
            Some(read) => read != *due,
            // A document that the list, which is damaged, did not name.
            None => !matches!(read.get("documents"), Some(Err(ErrorCode::Damaged))),
        })
        .map(|(name, _)| format!("{name}: {:?}", read.get(name).map(|r| r.as_ref().map(String::len))))
        .collect()
}

#[test]
fn a_flipped_bit_anywhere_is_damage_and_never_wrong_data() {
    let (shelf, _) = full_book();
    let ids = ids_of(&shelf);
    let due = everything_read(&shelf.open().unwrap(), &ids);
    assert!(due.values().all(|read| read.is_ok() || *read == Err(ErrorCode::NotFound)), "{due:?}");
    let whole = db_of(&shelf);
    let bench = Bench::new(&shelf);
    let pages = whole.len() / PAGE;
    let (mut flips, mut refused, mut opened, mut by_reads, mut harmless) = (0, 0, 0, 0, Vec::new());
    let mut closed_by = BTreeSet::new();
    for page in 0..pages {
        // In the middle, and in the first bytes, the nonce or the tag; and all over the header of the file.
        let mut places: Vec<(usize, u32)> = vec![(100 + page * 37 % 7000, 5)];
        places.push(match page % 3 {
            0 => (3, 0),
            1 => (PAGE - 48 + page % 32, 2),
            _ => (PAGE - 1 - page % 16, 7),
        });
        if is_whole_run() {
            // The nonce and the tag at the end of the page, its first bytes, and some in between.
            places.extend([0, 7, 8, 99, 100, 1_000, 4_095, 4_096, 6_000, 8_143].map(|at| (at, 3)));
            places.extend((8_144..PAGE).step_by(8).map(|at| (at, 0)));
        }
        if page == 0 {
            places.extend((0..100).step_by(3).map(|at| (at, 1)));
        }
        for (at, bit) in places {
            let mut bytes = whole.clone();
            bytes[page * PAGE + at] ^= 1 << bit;
            bench.put(&bytes);
            flips += 1;
            let before = Still::of(bench.dir());
            match bench.open() {
                Err(error) => {
                    refused += 1;
                    closed_by.insert(page + 1);
                    assert_eq!(error.code(), ErrorCode::Damaged, "page {}, byte {at}", page + 1);
                    assert_eq!(Still::of(bench.dir()), before, "page {}, byte {at}", page + 1);
                }
                Ok(book) => {
                    opened += 1;
                    let read = everything_read(&book, &ids);
                    let wrong = wrong(&read, &due);
                    assert!(wrong.is_empty(), "page {}, byte {at}: {wrong:?}", page + 1);
                    by_reads += u32::from(read.values().any(|read| *read == Err(ErrorCode::Damaged)));
                    let problems = book.verify(&mut ()).unwrap();
                    let named =
                        problems.iter().any(|p| p.what == "page" && p.which == (page + 1).to_string());
                    if !named {
                        assert_eq!(read, due);
                        harmless.push((page + 1, at));
                    }
                }
            }
        }
    }
    println!(
        "{flips} flipped bits in {pages} pages: {refused} refused at opening, {by_reads} told by a read, {} named by verify, \
         {} harmless; pages without which the book does not open: {closed_by:?}",
        opened - harmless.len(),
        harmless.len()
    );
    assert!(flips >= 200 && refused > 0 && opened > 100, "{flips} flips, {refused} refused, {opened} opened");
    // The salt of the file, which nothing derives from, as the key is a raw one.
    assert!(harmless.iter().all(|(page, at)| *page == 1 && *at < 24), "{harmless:?}");
}

#[test]
fn a_file_cut_off_anywhere_is_damage_and_stays_as_it_is() {
    let (shelf, _) = full_book();
    let ids = ids_of(&shelf);
    let due = everything_read(&shelf.open().unwrap(), &ids);
    let whole = db_of(&shelf);
    let bench = Bench::new(&shelf);
    let pages = whole.len() / PAGE;
    let mut lengths = vec![1, 15, 16, 100, 512, 4096, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE];
    lengths.extend([pages / 4, pages / 2, pages * 3 / 4, pages - 1].map(|n| n * PAGE));
    lengths.extend([pages / 2 * PAGE + 17, whole.len() - 1, whole.len() - 48, whole.len() - 4096]);
    for length in lengths {
        bench.put(&whole[..length]);
        let before = Still::of(bench.dir());
        match bench.open() {
            Err(error) => {
                assert_eq!(error.code(), ErrorCode::Damaged, "{length} bytes");
                assert_eq!(Still::of(bench.dir()), before, "{length} bytes");
            }
            Ok(book) => {
                let wrong = wrong(&everything_read(&book, &ids), &due);
                assert!(wrong.is_empty(), "{length} bytes: {wrong:?}");
                assert_ne!(book.verify(&mut ()).unwrap(), [], "{length} bytes");
            }
        }
    }
    // What follows the last page is nobody's, and does no harm.
    bench.put(&[whole.as_slice(), &[7; 100]].concat());
    let book = bench.open().unwrap();
    assert!(wrong(&everything_read(&book, &ids), &due).is_empty());
}

#[test]
fn an_old_page_put_back_is_noticed_by_verify() {
    let (shelf, own) = full_book();
    // States one after the other; an old page of each is put into the last.
    let mut states = vec![db_of(&shelf)];
    let mut next = |work: &dyn Fn(&Book)| {
        let book = shelf.open().unwrap();
        work(&book);
        book.lock().unwrap();
        states.push(db_of(&shelf));
    };
    next(&|book| {
        book.edit(ALL, own[30], &[("text".into(), "ghi chú đã sửa".into())]).unwrap();
        book.restore(ALL, own[2]).unwrap();
        book.unlink(ALL, own[0], LinkRel::DuplicateOf, own[1]).unwrap();
        book.withdraw_consent(RecordId::from_bytes(book.consents(ALL).unwrap()[0].id)).unwrap();
        book.put_samples("đồng hồ", &steps(), "{steps}", &readings(3)).unwrap();
    });
    next(&|book| {
        let stranger = book.review(ALL).unwrap()[0].subject;
        book.reject(ALL, stranger, &mut ()).unwrap();
        book.delete(ALL, own[5]).unwrap();
        book.purge(ALL, own[33]).unwrap();
    });
    next(&|book| {
        import(book, hospital(2));
    });
    let last = states.pop().unwrap();
    let ids = ids_of(&shelf);
    let due = everything_read(&shelf.open().unwrap(), &ids);
    let bench = Bench::new(&shelf);
    let (mut tried, mut refused, mut found, mut same, mut missed) = (0, 0, 0, 0, Vec::new());
    for (n, old) in states.iter().enumerate() {
        for page in 0..old.len().min(last.len()) / PAGE {
            let place = page * PAGE..(page + 1) * PAGE;
            if old[place.clone()] == last[place.clone()] {
                continue;
            }
            tried += 1;
            let mut bytes = last.clone();
            bytes[place.clone()].copy_from_slice(&old[place]);
            bench.put(&bytes);
            let book = match bench.open() {
                Ok(book) => book,
                Err(error) => {
                    assert_eq!(error.code(), ErrorCode::Damaged);
                    refused += 1;
                    continue;
                }
            };
            if !book.verify(&mut ()).unwrap().is_empty() {
                found += 1;
                continue;
            }
            let read = everything_read(&book, &ids);
            let differs: BTreeSet<String> = due
                .iter()
                .filter(|(name, due)| read.get(*name) != Some(due))
                .map(|(name, _)| name.clone())
                .collect();
            // When a source was last heard of is told by nothing else, and neither is the average length of texts, which
            // the order of hits goes by. Nothing of the person's is lost with them.
            if differs.iter().all(|name| name == "stats" || name.starts_with("search ")) {
                same += 1;
            } else {
                missed.push((n, page + 1, differs));
            }
        }
    }
    println!(
        "{tried} old pages: {refused} refused at opening, {found} named, {same} without effect, {} missed",
        missed.len()
    );
    assert!(tried > 100);
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn what_is_not_damaged_of_a_damaged_book_comes_out() {
    let (shelf, _) = full_book();
    let ids = ids_of(&shelf);
    let whole_book = shelf.open().unwrap();
    let mut all = Vec::new();
    let full = whole_book.export_fhir(ALL, ExportForm::Ndjson, &mut all, &mut ()).unwrap();
    assert_eq!(full.damaged, 0);
    let lines = |bytes: &[u8]| -> BTreeSet<String> {
        String::from_utf8(bytes.to_vec()).unwrap().lines().map(str::to_owned).collect()
    };
    let all = lines(&all);
    whole_book.lock().unwrap();
    assert_eq!(u64::try_from(all.len()).unwrap(), full.records);
    assert!(ids.len() >= all.len());
    let whole = db_of(&shelf);
    let bench = Bench::new(&shelf);
    let (mut partly, mut refused, mut complete) = (0, 0, 0);
    let (mut closed_by, mut mute) = (Vec::new(), Vec::new());
    for page in 1..whole.len() / PAGE {
        let mut bytes = whole.clone();
        bytes[page * PAGE + 500] ^= 16;
        bench.put(&bytes);
        let Ok(book) = bench.open() else {
            refused += 1;
            closed_by.push(page + 1);
            continue;
        };
        let mut out = Vec::new();
        match book.export_fhir(ALL, ExportForm::Ndjson, &mut out, &mut ()) {
            Ok(report) => {
                let out = lines(&out);
                assert!(out.is_subset(&all), "page {}: something else came out", page + 1);
                assert_eq!(u64::try_from(out.len()).unwrap(), report.records);
                // Where a list is damaged nobody knows which of its rows would have been written.
                assert!(report.records + report.damaged >= full.records, "page {}: {report:?}", page + 1);
                if report.damaged == 0 { complete += 1 } else { partly += 1 }
            }
            Err(error) => {
                assert_eq!(error.code(), ErrorCode::Damaged, "page {}", page + 1);
                refused += 1;
                mute.push(page + 1);
            }
        }
    }
    println!(
        "{complete} complete, {partly} in part, {refused} not at all (does not open: {closed_by:?}, does not export: {mute:?})"
    );
    assert!(partly >= 2 && complete > refused, "{complete} complete, {partly} in part, {refused} not at all");
}

#[test]
fn a_damaged_end_of_the_wal_is_a_write_that_was_not_finished() {
    let (shelf, book) = Shelf::new();
    let note = |text: &str| OwnEntry::Note(Note { text: text.into(), at: None });
    let first = book.add_entry(&note("thứ nhất"), ALL).unwrap();
    let earlier = std::fs::read(shelf.dir().join("book.db-wal")).unwrap().len();
    let second = book.add_entry(&note("thứ hai"), ALL).unwrap();
    let (db, wal) = (
        std::fs::read(shelf.dir().join("book.db")).unwrap(),
        std::fs::read(shelf.dir().join("book.db-wal")).unwrap(),
    );
    assert!(wal.len() > earlier);
    let bench = Bench::new(&shelf);
    let open_with = |wal: &[u8]| {
        bench.put(&db);
        std::fs::write(bench.dir().join("book.db-wal"), wal).unwrap();
        let book = bench.open().unwrap();
        assert_eq!(book.verify(&mut ()).unwrap(), []);
        book
    };
    assert!(open_with(&wal).item(ALL, second).is_ok());
    for cut in [1, 24, 4096, PAGE + 24, wal.len() - earlier] {
        let book = open_with(&wal[..wal.len() - cut]);
        assert!(book.item(ALL, first).is_ok(), "{cut} bytes less");
        assert_eq!(book.item(ALL, second).unwrap_err().code(), ErrorCode::NotFound, "{cut} bytes less");
    }
    for back in [1, 100, PAGE - 1, PAGE + 10] {
        let mut bytes = wal.clone();
        bytes[wal.len() - back] ^= 64;
        let book = open_with(&bytes);
        assert!(book.item(ALL, first).is_ok());
        assert_eq!(book.item(ALL, second).unwrap_err().code(), ErrorCode::NotFound, "{back} from the end");
        // And it goes on from there.
        let third = book.add_entry(&note("thứ ba"), ALL).unwrap();
        book.lock().unwrap();
        assert!(bench.open().unwrap().item(ALL, third).is_ok());
    }
}
