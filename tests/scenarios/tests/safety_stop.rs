//! Long work can be stopped, watched, interrupted by the system and looked into while it runs: the book is whole, and the
//! work goes on where it was.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use healthbook::own::{Note, OwnEntry};
use healthbook::{
    Argon2Cost, Book, Coding, ErrorCode, ExportForm, Flow, ImportOptions, Progress, Query, Sample,
    SampleValue, SecretText, Stage, Timestamp, Ways,
};
use healthbook_scenarios::*;

/// Records in the file of these stories: more than two batches.
const RECORDS: usize = 2_300;

fn long_file(patient: &str) -> String {
    let mut text = format!(
        "{{\"resourceType\":\"Patient\",\"id\":\"{patient}\",\"name\":[{{\"text\":\"Lê Văn Khác\"}}],\"birthDate\":\"1980-01-01\"}}\n"
    );
    for n in 1..RECORDS {
        text.push_str(&format!(
            "{{\"resourceType\":\"Observation\",\"id\":\"o{n}\",\"status\":\"final\",\"subject\":{{\"reference\":\"Patient/{patient}\"}},\
             \"code\":{{\"text\":\"Nhịp tim\"}},\"effectiveDateTime\":\"2025-01-02\",\"valueString\":\"{}\"}}\n",
            "dài ".repeat(20)
        ));
    }
    text
}

fn options() -> ImportOptions {
    ImportOptions { any_person: true, reading: ALL, ..ImportOptions::default() }
}

fn note(text: &str) -> OwnEntry {
    OwnEntry::Note(Note { text: text.into(), at: None })
}

/// Runs a piece of work again and again, told to stop at its first report, then at its second, and so on, until it comes
/// to its end. Answers how often it was stopped.
fn stopped_everywhere(
    mut work: impl FnMut(&mut dyn FnMut(Progress) -> Flow) -> Result<(), healthbook::Error>,
    mut after_each: impl FnMut(),
) -> usize {
    for at in 0.. {
        let mut told = 0;
        let outcome = work(&mut |_| {
            told += 1;
            if told > at { Flow::Stop } else { Flow::Continue }
        });
        after_each();
        match outcome {
            Ok(()) => return at,
            Err(error) => assert_eq!(error.code(), ErrorCode::Stopped, "report {at}"),
        }
        assert!(at < 100, "it never ends");
    }
    unreachable!()
}

#[test]
fn an_import_stopped_at_any_report_leaves_a_whole_book_and_goes_on() {
    let (_shelf, book) = Shelf::new();
    let file = long_file("1");
    let mut had = 1;
    let stops = stopped_everywhere(
        |observer| book.import(&mut file.as_bytes(), &options(), &mut |p| observer(p)).map(drop),
        || {
            let have = everything(&book, ALL).len();
            assert!(have >= had, "{have} of {had}");
            had = have;
            assert_eq!(book.verify(&mut ()).unwrap(), []);
        },
    );
    assert!(stops >= 4, "{stops}");
    assert_eq!(everything(&book, ALL).len(), RECORDS + 1);
    let (documents, _) = book.documents(ALL, None, 10).unwrap();
    assert_eq!((documents.len(), documents[0].complete), (1, true));
    assert_eq!(import_with(&book, &file, &options()).new, 0);
}

#[test]
fn checking_exporting_confirming_and_rejecting_can_be_stopped_at_any_report() {
    let (_shelf, book) = Shelf::new();
    import(&book, long_file("1"));
    assert_eq!(book.review(ALL).unwrap()[0].records, u64::try_from(RECORDS).unwrap());

    let stops = stopped_everywhere(|observer| book.verify(&mut |p| observer(p)).map(drop), || {});
    assert!(stops >= 8, "{stops}");

    let subject = book.review(ALL).unwrap()[0].subject;
    let mut confirmed = 0;
    let stops = stopped_everywhere(
        |observer| match book.review(ALL)?.first() {
            Some(waiting) => book.confirm(ALL, waiting.subject, &mut |p| observer(p)).map(|n| confirmed += n),
            // What was left after a stop came in with the confirmation that stood already.
            None => Ok(()),
        },
        || assert_eq!(book.verify(&mut ()).unwrap(), []),
    );
    assert!(stops >= 1 && subject > 0, "{stops}, {confirmed}");
    assert_eq!(everything(&book, ALL).len(), RECORDS + 1);
    assert_eq!(book.review(ALL).unwrap(), []);

    let stops = stopped_everywhere(
        |observer| {
            let mut out = Vec::new();
            book.export_fhir(ALL, ExportForm::Ndjson, &mut out, &mut |p| observer(p)).map(|report| {
                assert_eq!(report.records, u64::try_from(RECORDS + 1).unwrap());
            })
        },
        || {},
    );
    assert!(stops >= 5, "{stops}");

    import(&book, long_file("2"));
    let stops = stopped_everywhere(
        |observer| match book.review(ALL)?.first() {
            Some(waiting) => book.reject(ALL, waiting.subject, &mut |p| observer(p)).map(drop),
            None => Ok(()),
        },
        || assert_eq!(book.verify(&mut ()).unwrap(), []),
    );
    assert!(stops >= 2, "{stops}");
    assert_eq!(everything(&book, ALL).len(), RECORDS + 1);
}

#[test]
fn a_rotation_stopped_at_any_report_leaves_the_old_key_and_its_code() {
    let (shelf, book) = Shelf::new();
    // More than one step of 8 MiB, so that it is stopped in the middle too.
    let picture = [b"%PDF-1.4\n".as_slice(), &vec![7; 9 * 1024 * 1024]].concat();
    book.import(
        &mut picture.as_slice(),
        &ImportOptions { title: Some("ảnh chụp".into()), ..options() },
        &mut (),
    )
    .unwrap();
    let key = shelf.key();
    let passphrase = SecretText::from(PASSPHRASE);
    let ways = Ways { keystore: Some(&key), passphrase: Some(&passphrase), cost: Some(Argon2Cost::LEAST) };
    let mut new_code = None;
    let stops = stopped_everywhere(
        |observer| book.rotate_key(ways, &mut |p| observer(p)).map(|code| new_code = Some(code)),
        || assert_eq!(book.verify(&mut ()).unwrap(), []),
    );
    assert!(stops >= 1, "{stops}");
    assert!(book.proves(&new_code.unwrap()).unwrap());
    assert!(!book.proves(&shelf.recovery).unwrap());

    // Stopped, the code that was written down still holds, and nothing is left over.
    let (shelf, book) = Shelf::new();
    book.import(
        &mut picture.as_slice(),
        &ImportOptions { title: Some("ảnh chụp".into()), ..options() },
        &mut (),
    )
    .unwrap();
    let key = shelf.key();
    let ways = Ways { keystore: Some(&key), ..ways };
    let error = book.rotate_key(ways, &mut |_| Flow::Stop).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Stopped);
    assert!(book.proves(&shelf.recovery).unwrap());
    assert!(!shelf.dir().join("book.db.new").exists());
    book.add_entry(&note("sau khi dừng"), ALL).unwrap();
    drop(book);
    assert_eq!(everything(&shelf.open().unwrap(), ALL).len(), 3);
}

#[test]
fn a_long_series_can_be_stopped_on_its_way_into_a_table() {
    let (_shelf, book) = Shelf::new();
    let rate = Coding::new("http://loinc.org", "8867-4");
    let reading = |n: i64| Sample {
        at: Timestamp(1_760_000_000_000 + n * 60_000),
        value: SampleValue { value: 60 + n % 40, decimals: 0 },
    };
    let samples: Vec<Sample> = (0..9_000).map(reading).collect();
    book.put_samples("Đồng hồ", &rate, "/min", &samples).unwrap();
    let exports = || book.audit(ALL, None, 100).unwrap().iter().filter(|l| l.action == "export").count();

    let mut table = Vec::new();
    let mut told = Vec::new();
    let mut third = |progress: Progress| {
        told.push((progress.stage, progress.done));
        if told.len() == 3 { Flow::Stop } else { Flow::Continue }
    };
    let error = book.export_csv(ALL, "http://loinc.org|8867-4", &mut table, &mut third).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Stopped);
    assert_eq!(told, [2_000, 4_000, 6_000].map(|rows| (Stage::Writing, rows)));
    assert_eq!(String::from_utf8(table).unwrap().lines().count(), 6_001, "nothing is written after the stop");
    assert_eq!(exports(), 0, "the log tells of what was taken out whole");

    let stops = stopped_everywhere(
        |observer| {
            let mut table = Vec::new();
            let rows = book.export_csv(ALL, "http://loinc.org|8867-4", &mut table, &mut |p| observer(p))?;
            assert_eq!((rows, table.iter().filter(|b| **b == b'\n').count()), (9_000, 9_001));
            Ok(())
        },
        || {},
    );
    assert_eq!((stops, exports()), (5, 1));
}

/// Runs a story in a thread of its own and fails when it hangs.
fn ends(story: impl FnOnce() + Send + 'static) {
    let (done, told) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        story();
        let _ = done.send(());
    });
    match told.recv_timeout(Duration::from_secs(600)) {
        Err(mpsc::RecvTimeoutError::Timeout) => {
            panic!("it hangs: a lock is held while somebody is called back")
        }
        _ => thread.join().unwrap(),
    }
}

/// All that an app might do when it is called back.
fn look_and_write(book: &Book, n: usize) {
    book.timeline(ALL, &Query::default(), None, 20).unwrap();
    book.search(ALL, "nhip tim", 10).unwrap();
    book.stats(ALL).unwrap();
    book.add_entry(&note(&format!("ghi khi được gọi {n}")), ALL).unwrap();
}

#[test]
fn whoever_is_called_back_may_use_the_book() {
    ends(|| {
        let (shelf, book) = Shelf::new();
        let book = Arc::new(book);
        let changes = Arc::new(AtomicUsize::new(0));
        let (seen, counted) = (Arc::downgrade(&book), Arc::clone(&changes));
        let inside = AtomicBool::new(false);
        book.subscribe(move || {
            counted.fetch_add(1, Ordering::Relaxed);
            // A subscriber that writes is told of its own change too.
            if !inside.swap(true, Ordering::Relaxed) {
                if let Some(book) = seen.upgrade() {
                    // In a rotation the book is suspended; then it is told so and does not wait.
                    let _ = book.timeline(ALL, &Query::default(), None, 5);
                    let _ = book.add_entry(&note("từ người theo dõi"), ALL);
                }
                inside.store(false, Ordering::Relaxed);
            }
        });
        let mut calls = 0;
        let mut stages = Vec::new();
        let mut observer = |progress: Progress| {
            calls += 1;
            stages.push(progress.stage);
            look_and_write(&book, calls);
            Flow::Continue
        };
        book.import(
            &mut long_file("1").as_bytes(),
            &ImportOptions { reading: ALL, ..Default::default() },
            &mut observer,
        )
        .unwrap();
        assert_eq!(book.verify(&mut observer).unwrap(), []);
        let subject = book.review(ALL).unwrap()[0].subject;
        book.confirm(ALL, subject, &mut observer).unwrap();
        book.export_fhir(ALL, ExportForm::Bundle, &mut Vec::new(), &mut observer).unwrap();
        for stage in [Stage::Receiving, Stage::Reading, Stage::Verifying, Stage::Matching, Stage::Writing] {
            assert!(stages.contains(&stage), "{stage:?}");
        }
        // In a rotation there is no file to look into: it is told, and does not hang.
        let key = shelf.key();
        let ways = Ways { keystore: Some(&key), ..Ways::default() };
        let mut codes = Vec::new();
        book.rotate_key(ways, &mut |_| {
            codes.push(book.timeline(ALL, &Query::default(), None, 20).unwrap_err().code());
            codes.push(book.add_entry(&note("không được"), ALL).unwrap_err().code());
            codes.push(book.verify(&mut ()).unwrap_err().code());
            codes.push(book.rotate_key(ways, &mut ()).unwrap_err().code());
            assert_eq!(book.resume().unwrap_err().code(), ErrorCode::InUse);
            Flow::Continue
        })
        .unwrap();
        assert!(codes.len() >= 4 && codes.iter().all(|code| *code == ErrorCode::Suspended), "{codes:?}");
        look_and_write(&book, 0);
        assert!(changes.load(Ordering::Relaxed) > calls);
        assert_eq!(book.verify(&mut ()).unwrap(), []);
    });
}

#[test]
fn readers_beside_an_import_see_whole_states_only() {
    ends(|| {
        let (_shelf, book) = Shelf::new();
        let done = AtomicBool::new(false);
        let file = long_file("1");
        std::thread::scope(|scope| {
            let readers: Vec<_> = (0..3)
                .map(|n| {
                    let (book, done) = (&book, &done);
                    scope.spawn(move || {
                        let mut last = 0;
                        let mut looks = 0;
                        loop {
                            let ended = done.load(Ordering::Acquire);
                            // A state of its own: what is counted is what is listed.
                            let stats = book.stats(ALL).unwrap();
                            let counted: u64 = stats.sources.iter().map(|source| source.count).sum();
                            let listed = u64::try_from(everything(book, ALL).len()).unwrap();
                            assert!(counted >= last && listed >= counted, "{last} {counted} {listed}");
                            last = counted;
                            if n == 0 {
                                for item in book.search(ALL, "nhip tim", 50).unwrap() {
                                    assert!(book.raw(ALL, item.id).unwrap().starts_with(b"{"));
                                }
                            }
                            looks += 1;
                            if ended {
                                return (looks, last);
                            }
                        }
                    })
                })
                .collect();
            book.import(&mut file.as_bytes(), &options(), &mut ()).unwrap();
            done.store(true, Ordering::Release);
            for reader in readers {
                let (looks, last) = reader.join().unwrap();
                assert!(looks >= 1);
                assert_eq!(last, u64::try_from(RECORDS + 1).unwrap());
            }
        });
        assert_eq!(book.verify(&mut ()).unwrap(), []);
    });
}

#[test]
fn the_system_may_suspend_the_book_in_the_middle_of_an_import_and_nothing_is_lost() {
    ends(|| {
        let (shelf, book) = Shelf::new();
        let file = long_file("1");
        // At each report in turn the system comes, from another thread, as a phone does (F21).
        for at in 1..=4 {
            let (ask, asked) = mpsc::channel::<()>();
            let (tell, told) = mpsc::channel::<()>();
            std::thread::scope(|scope| {
                let book = &book;
                let dir = shelf.dir();
                scope.spawn(move || {
                    if asked.recv().is_ok() {
                        book.suspend().unwrap();
                        // Closed means closed: one whole file, no WAL, nobody holds it.
                        assert!(!dir.join("book.db-wal").exists());
                        tell.send(()).unwrap();
                    }
                });
                let mut reports = 0;
                let outcome = book.import(&mut file.as_bytes(), &options(), &mut |_| {
                    reports += 1;
                    if reports == at {
                        ask.send(()).unwrap();
                        told.recv().unwrap();
                    }
                    Flow::Continue
                });
                drop(ask);
                if let Err(error) = outcome {
                    assert_eq!(error.code(), ErrorCode::Suspended, "report {at}");
                }
            });
            // While it sleeps somebody else may have it.
            let elsewhere = shelf.open().unwrap();
            assert_eq!(elsewhere.verify(&mut ()).unwrap(), []);
            drop(elsewhere);
            book.resume().unwrap();
            assert_eq!(book.verify(&mut ()).unwrap(), []);
        }
        let report = book.import(&mut file.as_bytes(), &options(), &mut ()).unwrap();
        assert_eq!(report.records, u64::try_from(RECORDS).unwrap());
        assert_eq!(everything(&book, ALL).len(), RECORDS + 1);
    });
}

#[test]
fn suspending_waits_for_a_rotation_to_stop_and_resuming_finds_the_old_key() {
    ends(|| {
        let (shelf, book) = Shelf::new();
        let picture = [b"%PDF-1.4\n".as_slice(), &vec![7; 20 * 1024 * 1024]].concat();
        book.import(
            &mut picture.as_slice(),
            &ImportOptions { title: Some("ảnh".into()), ..options() },
            &mut (),
        )
        .unwrap();
        let key = shelf.key();
        let ways = Ways { keystore: Some(&key), ..Ways::default() };
        let (ask, asked) = mpsc::channel::<()>();
        let suspended = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let (book, suspended, dir) = (&book, &suspended, shelf.dir());
            let sleeper = scope.spawn(move || {
                asked.recv().unwrap();
                book.suspend().unwrap();
                suspended.store(true, Ordering::Release);
                // It is closed now and not later, whatever was running.
                assert!(!dir.join("book.db.new").exists());
                drop(take(&dir));
            });
            let mut first = true;
            let error = book
                .rotate_key(ways, &mut |_| {
                    if std::mem::take(&mut first) {
                        ask.send(()).unwrap();
                        // The other one comes to wait for this rotation, now or a step later.
                        pass_time(book);
                    }
                    assert!(!suspended.load(Ordering::Acquire), "it has not waited");
                    Flow::Continue
                })
                .unwrap_err();
            assert_eq!(error.code(), ErrorCode::Suspended);
            sleeper.join().unwrap();
        });
        assert_eq!(book.ways().map(|ways| ways.len()).unwrap(), 3);
        book.resume().unwrap();
        assert!(book.proves(&shelf.recovery).unwrap());
        assert_eq!(book.verify(&mut ()).unwrap(), []);

        // Suspended by its own observer, which cannot wait for itself: closed when the rotation has returned.
        let outcome = book.rotate_key(ways, &mut |_| {
            book.suspend().unwrap();
            Flow::Continue
        });
        assert_eq!(outcome.unwrap_err().code(), ErrorCode::Suspended);
        assert_eq!(book.stats(ALL).unwrap_err().code(), ErrorCode::Suspended);
        drop(shelf.open().unwrap());
        book.resume().unwrap();
        assert_eq!(book.verify(&mut ()).unwrap(), []);
    });
}

/// Takes the folder, which nobody holds.
fn take(dir: &std::path::Path) -> std::fs::File {
    let folder = std::fs::File::open(dir).unwrap();
    folder.try_lock().unwrap();
    folder
}

/// A little work, so that another thread comes to its call meanwhile.
fn pass_time(book: &Book) {
    for _ in 0..20_000 {
        assert!(book.stats(ALL).is_err());
    }
}
