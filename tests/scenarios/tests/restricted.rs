//! The gate for restricted records: every public call is walked without the flag, and nothing tells of them. A twin book
//! that never had them answers the same.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use healthbook::{
    Book, By, ChangeCursor, Clock, Coding, ErrorCode, ExportForm, ImportOptions, ImportReport, KeyFile, Kind,
    Lang, LinkRel, NewBook, Ports, Query, Reading, RecordId, Sample, SampleValue, SystemRandom, Timestamp,
};
use healthbook_scenarios::fhir::{
    RESTRICTED, bundle, condition, encounter, medicine, observation, patient, report, served, with_meta,
};
use healthbook_scenarios::*;

/// Stands in every restricted thing, and in nothing else.
const CANARY: &str = "zekin";

const A: &str = "https://a.example/fhir";
const HIDDEN: &str = "https://zekin.example/fhir";

thread_local! {
    /// The time of both books: what happens in both happens in both at the same time.
    static NOW: Cell<i64> = const { Cell::new(0) };
}

/// Each step of a story has a day of its own.
struct Steps;

impl Clock for Steps {
    fn now(&self) -> Timestamp {
        Timestamp(1_796_000_000_000 + NOW.get() * 86_400_000)
    }
}

fn on_day(day: i64) {
    NOW.set(day);
}

fn new_book() -> (tempfile::TempDir, Book) {
    let folder = tempfile::tempdir().unwrap();
    let random = Arc::new(SystemRandom::new());
    let key = KeyFile::make(random.clone()).unwrap();
    let new = NewBook { keystore: Some(&key), person: Some(mau()), ..NewBook::default() };
    let ports = Ports { clock: Arc::new(Steps), random };
    let (book, _) = Book::create(&folder.path().join("book"), new, ports).unwrap();
    (folder, book)
}

fn named(name: &str) -> ImportOptions {
    ImportOptions { name: Some(name.into()), any_person: true, ..ImportOptions::default() }
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn paper(id: &str, title: &str) -> String {
    let data = data_encoding::BASE64.encode(format!("%PDF {title}").as_bytes());
    format!(
        r#"{{"resourceType":"DocumentReference","id":"{id}","status":"current","subject":{{"reference":"Patient/1"}},"description":"{title}","content":[{{"attachment":{{"contentType":"application/pdf","title":"{title}","data":"{data}"}}}}]}}"#
    )
}

fn samples(from: i64) -> Vec<Sample> {
    (0..500)
        .map(|n| Sample {
            at: Timestamp(from + n * 60_000),
            value: SampleValue { value: 60 + n % 40, decimals: 0 },
        })
        .collect()
}

/// What is in both books.
fn ordinary_before(book: &Book) {
    let mut resources = vec![healthbook_scenarios::fhir::mau("1"), encounter("v", "Bệnh viện An Lành")];
    for n in 0..20 {
        resources.push(observation(
            &format!("g{n}"),
            "1",
            &format!("Glucose {n}"),
            &format!("5.{n}"),
            "01-15",
        ));
    }
    resources.push(condition("c", "I10", "Tăng huyết áp", "v"));
    resources.push(medicine("m", "Amlodipin 5 mg", "v"));
    resources.push(paper("p", "Giấy ra viện"));
    book.import(
        &mut served(A, &resources).as_bytes(),
        &ImportOptions { name: Some("a.json".into()), ..ImportOptions::default() },
        &mut (),
    )
    .unwrap();
    let stranger =
        [patient("9", "Trần Văn Thử", "1949-01-02", "male"), observation("s1", "9", "Natri", "140", "01-15")];
    import_with(book, served(A, &stranger), &ImportOptions::default());
    let stranger =
        [patient("8", "Lê Thị Nháp", "2001-07-07", "female"), observation("s2", "8", "Kali", "4.0", "01-15")];
    import_with(book, served(A, &stranger), &ImportOptions::default());
}

fn ordinary_after(book: &Book) {
    book.add("weight", &[pair("value", "61.5"), pair("at", "2026-11-20T07:10")], ORDINARY).unwrap();
    let note = book.add("note", &[pair("text", "Đo đường huyết mỗi sáng")], ORDINARY).unwrap();
    book.edit(ORDINARY, note, &[pair("text", "Đo đường huyết mỗi chiều")]).unwrap();
    book.add("blood-group", &[pair("value", "O+")], ORDINARY).unwrap();
    book.put_samples(
        "Đồng hồ",
        &Coding::new("http://loinc.org", "8867-4"),
        "/min",
        &samples(1_780_000_000_000),
    )
    .unwrap();
    import_with(book, "{\"resourceType\":\"Observation\",\"id\":\n", &named("hỏng.json"));
    let paper = ImportOptions { title: Some("Giấy hẹn".into()), ..named("hẹn.pdf") };
    import_with(book, "%PDF-1.4 giấy hẹn", &paper);
    book.give_consent("khám từ xa", "kết quả", "đã ký").unwrap();
    import_with(
        book,
        claim::file(
            "20260116",
            &[claim::visit("LK0001", ("I10", "Tăng huyết áp"), "Amlodipin", ("Glucose", "7.20"))],
        ),
        &named("hồ sơ.xml"),
    );
}

/// One restricted thing of every sort, in files of their own.
fn restricted_things(book: &Book, first: bool) {
    if first {
        let labelled = observation("l", "1", "Glucose zekin", "99.9", "01-15").replace(
            r#""effective"#,
            r#""performer":[{"reference":"Organization/z","display":"Phòng khám zekin"}],"effective"#,
        );
        let visit = [
            encounter("ve", "Phòng khám zekin"),
            condition("b20", "B20.1", "Bệnh zekin", "ve"),
            medicine("am", "Amlodipin zekin", "ve"),
            report("rep", "Báo cáo zekin Glucose", "ve", "x"),
            with_meta(&paper("pa", "Giấy zekin"), RESTRICTED),
        ];
        let mut resources = vec![with_meta(&labelled, RESTRICTED)];
        resources.extend(visit);
        import_with(book, served(HIDDEN, &resources), &named("zekin.json"));
        // A person on the shelf of whom only a restricted record is known, and one of whom there are others too.
        let of = |who: &str| {
            condition(&format!("zekin{who}"), "B20", "Bệnh zekin của người lạ", "none")
                .replace("Patient/1", &format!("Patient/{who}"))
        };
        import_with(
            book,
            served(HIDDEN, &[of("77")]),
            &ImportOptions { name: Some("zekin-lạ.json".into()), ..ImportOptions::default() },
        );
        import_with(
            book,
            served(A, &[of("9")]),
            &ImportOptions { name: Some("zekin-9.json".into()), ..ImportOptions::default() },
        );
        import_with(
            book,
            served(A, &[of("8")]),
            &ImportOptions { name: Some("zekin-8.json".into()), ..ImportOptions::default() },
        );
    } else {
        let mut visit =
            claim::visit("LKzekin", ("Z00", "Khám zekin"), "Amlodipin zekin", ("Glucose zekin", "9.99"));
        visit.push(claim::hiv_form("LKzekin"));
        import_with(book, claim::file("20260116", &[visit]).replace("79999", "zekin8"), &named("zekin.xml"));
        let broken = format!(
            "{{\"resourceType\":\"Condition\",\"code\":{{\"coding\":[{{\"code\":\"B20\"}}],\"text\":\"zekin\"}},\n{}\n",
            condition("nd", "B20", "Bệnh zekin nd", "none")
        );
        import_with(book, broken, &named("zekin.ndjson"));
        let code = Coding::new("http://loinc.org", "20447-9");
        book.put_samples("Máy zekin", &code, "copies/mL", &samples(1_780_000_000_000)).unwrap();
        let id = book.add("medicine", &[pair("name", "Dolutegravir zekin")], ALL).unwrap();
        book.edit(ALL, id, &[pair("note", "zekin hai")]).unwrap();
        book.delete(ALL, id).unwrap();
        book.restore(ALL, id).unwrap();
        let gone = book.add("medicine", &[pair("name", "Efavirenz zekin")], ALL).unwrap();
        book.edit(ALL, gone, &[pair("note", "zekin ba")]).unwrap();
        book.purge(ALL, gone).unwrap();
        let b20 = titled(book, "Bệnh zekin");
        let better = book.correct(ALL, b20, &[pair("name", "Bệnh zekin, đính chính")]).unwrap();
        book.link(ALL, better, LinkRel::DerivedFrom, id).unwrap();
        book.unlink(ALL, better, LinkRel::DerivedFrom, id).unwrap();
        book.note_restricted_access().unwrap();
    }
}

fn twins() -> [(tempfile::TempDir, Book); 2] {
    [true, false].map(|restricted| {
        on_day(0);
        let (folder, book) = new_book();
        if restricted {
            on_day(1);
            restricted_things(&book, true);
        }
        on_day(2);
        ordinary_before(&book);
        if restricted {
            on_day(3);
            restricted_things(&book, false);
            // What was there first is sent again beside what is restricted.
            restricted_things_again(&book);
        }
        on_day(4);
        ordinary_after(&book);
        if restricted {
            on_day(5);
            restricted_things_last(&book);
        }
        on_day(6);
        (folder, book)
    })
}

/// What comes to sources that have told of ordinary things before, so that the newest of them is restricted.
fn restricted_things_last(book: &Book) {
    import_with(book, served(A, &[condition("zlast", "B20", "Bệnh zekin sau", "none")]), &named("sau.json"));
    let mut visit =
        claim::visit("LKzcuoi", ("Z00", "Khám zekin cuối"), "Thuốc zekin", ("Glucose zekin", "9.98"));
    visit.push(claim::hiv_form("LKzcuoi"));
    import_with(book, claim::file("20260201", &[visit]), &named("cuối.xml"));
    // A paper whose name tells, whatever it is called; and what cannot be read after all the rest.
    let paper =
        ImportOptions { title: Some("Giấy zekin thường".into()), ..named("xét nghiệm HIV.pdf") };
    import_with(book, "%PDF-1.4 zekin", &paper);
    import_with(
        book,
        r#"{"resourceType":"Condition","code":{"coding":[{"code":"B20"}],"text":"zekin"#,
        &named("z.json"),
    );
    // Somebody of whom only this is known, at a source of which others wait.
    let stranger =
        condition("zs", "B20", "Bệnh zekin của người lạ", "none").replace("Patient/1", "Patient/66");
    import_with(
        book,
        served(A, &[stranger]),
        &ImportOptions { name: Some("z66.json".into()), ..ImportOptions::default() },
    );
}

fn restricted_things_again(book: &Book) {
    let report = import_with(
        book,
        served(HIDDEN, &[with_meta(&observation("l", "1", "Glucose zekin", "98.0", "01-15"), RESTRICTED)]),
        &named("zekin-2.json"),
    );
    assert_eq!(
        report,
        ImportReport { documents: 1, ..ImportReport::default() },
        "the report counts none of it"
    );
}

/// Takes identities out: two books never give the same.
fn without_ids(text: &str) -> String {
    let bytes = text.as_bytes();
    let is_uuid = |at: usize| {
        bytes.get(at..at + 36).is_some_and(|b| {
            b.iter()
                .enumerate()
                .all(|(n, c)| if matches!(n, 8 | 13 | 18 | 23) { *c == b'-' } else { c.is_ascii_hexdigit() })
        })
    };
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if is_uuid(at) {
            out.push_str("<id>");
            chars.nth(34);
        } else {
            out.push(c);
        }
    }
    out
}

fn readable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).into_owned();
    // What an attachment or a claim holds in base64 is looked at as well.
    let inner: Vec<String> = text
        .split(|c: char| !(c.is_ascii_alphanumeric() || "+/=".contains(c)))
        .filter(|run| run.len() >= 16)
        .filter_map(|run| data_encoding::BASE64.decode(run.as_bytes()).ok())
        .filter_map(|bytes| String::from_utf8(bytes).ok())
        .collect();
    text + &inner.join("\n")
}

fn all_ids(book: &Book, reading: Reading) -> Vec<RecordId> {
    everything(book, reading).into_iter().map(|i| i.id).collect()
}

fn document_ids(book: &Book, reading: Reading) -> Vec<healthbook::DocumentId> {
    book.documents(reading, None, 1000).unwrap().0.into_iter().map(|d| d.id).collect()
}

type Walk = fn(&Book, Reading) -> String;

/// Every call that reads, with all that it can answer.
const WALKED: &[(&str, Walk)] = &[
    ("timeline", |book, reading| {
        let mut text = String::new();
        let mut queries = vec![Query::default(), Query { everything: true, ..Query::default() }];
        queries.extend(Kind::ALL.iter().map(|k| Query { kinds: vec![*k], ..Query::default() }));
        queries.push(Query { resource_type: Some("Observation".into()), ..Query::default() });
        for source in [A, HIDDEN, "zekin8", "facility:zekin8", "Máy zekin", "Đồng hồ", "own", "nowhere"]
        {
            queries.push(Query { source: Some(source.into()), ..Query::default() });
        }
        for facility in ["Bệnh viện An Lành", "Phòng khám zekin", "CSKCB zekin8", "nowhere"] {
            queries.push(Query { facility: Some(facility.into()), ..Query::default() });
        }
        queries.push(Query {
            from: Some(Timestamp(1_760_000_000_000)),
            to: Some(Timestamp(1_780_000_000_000)),
            ..Query::default()
        });
        for (n, query) in queries.iter().enumerate() {
            let mut after = None;
            loop {
                match book.timeline(reading, query, after, 7) {
                    Ok(page) => {
                        text += &format!("{n}: {:?} {}\n", page.items, page.next.is_some());
                        after = page.next;
                    }
                    Err(error) => text += &format!("{n}: {error:?}\n"),
                }
                if after.is_none() {
                    break;
                }
            }
        }
        text
    }),
    ("search", |book, reading| {
        let words = [
            "glucose",
            "gl",
            "glu",
            "ze",
            "zek",
            CANARY,
            "phong",
            "phòng khám",
            "amlodipin",
            "benh",
            "hiv",
            "dolutegravir",
            "đường huyết",
            "giay",
            "b20",
            "an lành",
        ];
        words
            .iter()
            .flat_map(|w| [(*w, 3), (*w, 100)])
            .map(|(w, n)| format!("{w}: {:?}\n", book.search(reading, w, n).unwrap()))
            .collect()
    }),
    ("resolve", |book, reading| {
        let of = |id: &RecordId| book.resolve(reading, &id.to_string()[..13]).map(|_| ());
        format!("{:?}", all_ids(book, reading).iter().map(of).collect::<Vec<_>>())
    }),
    ("item", |book, reading| each_id(book, reading, |id| book.item(reading, id))),
    ("show", |book, reading| {
        let english = Reading { lang: Lang::En, ..reading };
        each_id(book, reading, |id| book.show(reading, id))
            + &each_id(book, english, |id| book.show(english, id))
    }),
    ("raw", |book, reading| each_id(book, reading, |id| book.raw(reading, id).map(|b| readable(&b)))),
    ("versions", |book, reading| each_id(book, reading, |id| book.versions(reading, id))),
    ("raw_version", |book, reading| {
        each_id(book, reading, |id| book.raw_version(reading, id, 1).map(|b| readable(&b)))
    }),
    ("changes", |book, reading| {
        let (ids, _) = book.changes(reading, ChangeCursor::default(), 1000).unwrap();
        let titles: Vec<String> = ids.into_iter().map(|id| book.item(reading, id).unwrap().title).collect();
        // A page at a time it is the same.
        let (mut paged, mut since) = (Vec::new(), ChangeCursor::default());
        loop {
            let (page, next) = book.changes(reading, since, 3).unwrap();
            if page.is_empty() {
                break;
            }
            paged.extend(page.into_iter().map(|id| book.item(reading, id).unwrap().title));
            since = next;
        }
        assert_eq!(paged, titles);
        format!("{titles:?}")
    }),
    ("last_change", |book, reading| {
        let last = book.last_change(reading).unwrap();
        format!("{:?}", book.changes(reading, last, 1000).unwrap().0)
    }),
    ("documents", |book, reading| {
        let all = book.documents(reading, None, 1000).unwrap().0;
        let (mut paged, mut before) = (Vec::new(), None);
        loop {
            let (page, next) = book.documents(reading, before, 2).unwrap();
            paged.extend(page);
            before = next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(paged, all);
        format!("{all:?}")
    }),
    ("document", |book, reading| {
        document_ids(book, reading)
            .into_iter()
            .map(|id| format!("{:?}\n", book.document(reading, id)))
            .collect()
    }),
    ("open_document", |book, reading| {
        let mut text = String::new();
        for id in document_ids(book, reading) {
            let mut bytes = Vec::new();
            book.open_document(reading, id).unwrap().read_to_end(&mut bytes).unwrap();
            text += &readable(&bytes);
        }
        text
    }),
    ("documents_of", |book, reading| each_id(book, reading, |id| book.documents_of(reading, id))),
    ("records_of", |book, reading| {
        document_ids(book, reading)
            .into_iter()
            .map(|id| format!("{:?}\n", book.records_of(reading, id).unwrap().len()))
            .collect()
    }),
    ("attachments", |book, reading| {
        format!("{:?}", healthbook_scenarios::attachments(book, reading, None).unwrap())
            + &each_id(book, reading, |id| healthbook_scenarios::attachments(book, reading, Some(id)))
    }),
    ("attachment_bytes", |book, reading| {
        each_id(book, reading, |id| book.attachment_bytes(reading, id, 1).map(|b| readable(&b)))
    }),
    ("quarantine", |book, reading| {
        let all = healthbook_scenarios::quarantined(book, reading).unwrap();
        assert!(all.iter().map(|q| q.n).eq(1..=all.len() as i64), "no number is missing");
        format!("{all:?}")
    }),
    ("quarantined_bytes", |book, reading| {
        healthbook_scenarios::quarantined(book, reading)
            .unwrap()
            .iter()
            .map(|q| readable(&book.quarantined_bytes(reading, q.n).unwrap()))
            .collect()
    }),
    ("person", |book, reading| format!("{:?}", book.person(reading).unwrap())),
    ("emergency", |book, reading| format!("{:?}", book.emergency(reading).unwrap())),
    ("insurance_cards", |book, reading| {
        let cards = book.insurance_cards(reading).unwrap();
        cards.into_iter().map(|c| format!("{:?} {:?} {}\n", c.rows, c.notes, c.in_force)).collect()
    }),
    ("review", |book, reading| format!("{:?}", book.review(reading).unwrap())),
    ("trend", |book, reading| {
        let mut text = String::new();
        for series in [
            "weight",
            "glucose",
            "heart-rate",
            "pulse",
            "http://loinc.org|15074-8",
            "http://loinc.org|8867-4",
            "http://loinc.org|20447-9",
        ] {
            for by in [None, Some(By::Day), Some(By::Week), Some(By::Month)] {
                text += &format!("{series} {by:?}: {:?}\n", book.trend(reading, series, None, None, by));
            }
        }
        text
    }),
    ("export_fhir", |book, reading| {
        let mut out = Vec::new();
        let a = book.export_fhir(reading, ExportForm::Bundle, &mut out, &mut ()).unwrap();
        let b = book.export_fhir(reading, ExportForm::Ndjson, &mut out, &mut ()).unwrap();
        format!("{a:?} {b:?} {}", readable(&out))
    }),
    ("export_csv", |book, reading| {
        let mut out = Vec::new();
        let rows = ["http://loinc.org|15074-8", "http://loinc.org|20447-9"]
            .map(|s| book.export_csv(reading, s, &mut out, &mut ()).unwrap());
        format!("{rows:?} {}", readable(&out))
    }),
    ("each", |book, reading| format!("{:?}", everything(book, reading))),
    ("stats", |book, reading| {
        let mut stats = book.stats(reading).unwrap();
        stats.file_size = 0;
        format!("{stats:?}")
    }),
    ("audit", |book, reading| {
        let lines = book.audit(reading, None, 10_000).unwrap();
        assert!(lines.iter().map(|l| l.n).eq((1..=lines.len() as i64).rev()), "no number is missing");
        // A page at a time it is the same.
        let mut paged = Vec::new();
        while paged.last().is_none_or(|l: &healthbook::AuditLine| l.n > 1) {
            paged.extend(book.audit(reading, paged.last().map(|l| l.n), 3).unwrap());
        }
        assert_eq!(paged, lines);
        lines
            .into_iter()
            .map(|l| {
                format!("{} {:?} {} {} {} {}\n", l.n, l.at, l.actor, l.action, l.object.is_some(), l.detail)
            })
            .collect()
    }),
    ("consents", |book, reading| {
        let mut all = book.consents(reading).unwrap();
        all.iter_mut().for_each(|c| c.id = [0; 16]);
        format!("{all:?}")
    }),
    ("links", |book, reading| each_id(book, reading, |id| book.links(reading, id))),
    ("fields", |book, reading| each_id(book, reading, |id| book.fields(reading, id))),
    ("purge_plan", |book, reading| each_id(book, reading, |id| book.purge_plan(reading, id))),
];

fn each_id<T: std::fmt::Debug, E: std::fmt::Debug>(
    book: &Book,
    reading: Reading,
    call: impl Fn(RecordId) -> Result<T, E>,
) -> String {
    all_ids(book, reading).into_iter().map(|id| format!("{:?}\n", call(id))).collect()
}

/// Calls that are walked by a story of their own below.
const ACTS: &[&str] =
    &["import", "edit", "correct", "delete", "restore", "purge", "link", "unlink", "confirm", "reject"];

/// Calls that show nothing of any record, and why.
const SHOW_NOTHING: &[(&str, &str)] = &[
    ("create", "makes an empty book"),
    ("open", "answers with the book"),
    ("dir", "the folder's path"),
    ("lock", "closes"),
    ("suspend", "closes"),
    ("resume", "opens again"),
    ("erase_plan", "names and sizes of the book's own files; sizes are not hidden"),
    ("erase", "names of the book's own files"),
    ("remap", "counts what it reads again, restricted records only with the flag"),
    ("subscribe", "is told that something was written, not what"),
    ("note_restricted_access", "writes a line that is itself restricted"),
    ("give_consent", "writes what it is told"),
    ("withdraw_consent", "writes"),
    ("ways", "kinds of secrets"),
    ("change_passphrase", "keys"),
    ("remove_passphrase", "keys"),
    ("set_keystore", "keys"),
    ("renew_recovery_code", "keys"),
    ("proves", "keys"),
    ("rotate_key", "keys"),
    ("verify", "numbers of pages and rows of a damaged file"),
    ("add", "writes what it is told and gives a fresh identity"),
    ("add_entry", "writes what it is told and gives a fresh identity"),
    ("set_person", "changes the book's own person"),
    ("save_scan", "writes what it is told"),
    ("put_samples", "counts what it is told against the same series"),
    ("purge_samples", "counts what it is told to erase"),
];

#[test]
fn every_public_call_is_walked_or_says_why_not() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core/book/src");
    let mut methods = BTreeSet::new();
    for (_, bytes) in files_under(&source) {
        let mut inside = false;
        for line in String::from_utf8(bytes).unwrap().lines() {
            match line {
                "}" => inside = false,
                _ if line.starts_with("impl") => {
                    inside = line.contains("impl Book ") || line.contains("for Book ")
                }
                _ => {}
            }
            if let Some(rest) = line.strip_prefix("    pub fn ").filter(|_| inside) {
                let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                assert!(methods.insert(name.clone()), "{name} twice");
            }
        }
    }
    assert!(methods.len() > 60, "{methods:?}");
    let known: BTreeSet<String> = WALKED
        .iter()
        .map(|(n, _)| *n)
        .chain(ACTS.iter().copied())
        .chain(SHOW_NOTHING.iter().map(|(n, _)| *n))
        .map(str::to_owned)
        .collect();
    let forgotten: Vec<&String> = methods.difference(&known).collect();
    assert!(forgotten.is_empty(), "calls that no story walks without the flag: {forgotten:?}");
    let over: Vec<&String> = known.difference(&methods).collect();
    assert!(over.is_empty(), "calls that are no more: {over:?}");
}

#[test]
fn no_call_tells_of_restricted_records_without_the_flag() {
    let [(_f1, secret), (_f2, plain)] = twins();
    // What shall be hidden is really there, and restricted.
    let hidden: Vec<_> = everything(&secret, ALL).into_iter().filter(|i| i.restricted).collect();
    assert!(hidden.len() >= 12, "{hidden:#?}");
    for item in everything(&secret, ALL) {
        assert_eq!(
            item.restricted,
            format!("{item:?}").contains(CANARY) || hidden.contains(&item),
            "{item:?}"
        );
    }
    assert_eq!(everything(&plain, ALL).iter().filter(|i| i.restricted).count(), 0);
    let mut seen = BTreeMap::new();
    for (name, walk) in WALKED {
        seen.insert(*name, walk(&secret, ALL).to_lowercase().matches(CANARY).count());
        walk(&plain, ALL);
    }
    for name in [
        "timeline",
        "search",
        "item",
        "show",
        "raw",
        "raw_version",
        "changes",
        "documents",
        "document",
        "open_document",
        "attachments",
        "attachment_bytes",
        "quarantine",
        "quarantined_bytes",
        "emergency",
        "review",
        "export_fhir",
        "each",
        "stats",
    ] {
        assert!(seen[name] > 0, "{name}: with the flag it is there");
    }
    for (name, walk) in WALKED {
        let (with, without) = (without_ids(&walk(&secret, ORDINARY)), without_ids(&walk(&plain, ORDINARY)));
        let (with_it, without_it) = (with.to_lowercase(), without.to_lowercase());
        // What was asked for is the walk's own text.
        assert_eq!(
            with_it.matches(CANARY).count(),
            without_it.matches(CANARY).count(),
            "{name} holds a trace"
        );
        if with != without {
            let line = with.lines().zip(without.lines()).find(|(a, b)| a != b);
            panic!("{name} differs from the book that never had restricted records:\n{line:#?}");
        }
    }
    assert_eq!(secret.verify(&mut ()).unwrap(), []);
}

#[test]
fn what_is_hidden_cannot_be_reached_by_its_identity() {
    let [(_f1, book), _] = twins();
    let nothing = RecordId::from_random([7; 16]);
    let hidden: Vec<RecordId> =
        everything(&book, ALL).into_iter().filter(|i| i.restricted).map(|i| i.id).collect();
    let visible = everything(&book, ORDINARY)[0].id;
    let before = everything(&book, ALL);
    for id in hidden {
        let answers = |id: RecordId| -> Vec<Option<ErrorCode>> {
            let r = ORDINARY;
            let change = [pair("note", "x")];
            vec![
                book.item(r, id).err(),
                book.show(r, id).err(),
                book.raw(r, id).err(),
                book.versions(r, id).err(),
                book.raw_version(r, id, 1).err(),
                book.resolve(r, &id.to_string()).err(),
                book.documents_of(r, id).err(),
                healthbook_scenarios::attachments(&book, r, Some(id)).err(),
                book.attachment_bytes(r, id, 1).err(),
                book.links(r, id).err(),
                book.fields(r, id).err(),
                book.edit(r, id, &change).err(),
                book.correct(r, id, &change).err(),
                book.delete(r, id).err(),
                book.restore(r, id).err(),
                book.purge_plan(r, id).err(),
                book.purge(r, id).err(),
                book.link(r, id, LinkRel::PartOf, visible).err(),
                book.link(r, visible, LinkRel::PartOf, id).err(),
                book.unlink(r, id, LinkRel::PartOf, visible).err(),
                book.unlink(r, visible, LinkRel::PartOf, id).err(),
            ]
            .into_iter()
            .map(|e| e.map(|e| e.code()))
            .collect()
        };
        let answer = answers(id);
        assert_eq!(answer, vec![Some(ErrorCode::NotFound); 21]);
        assert_eq!(answer, answers(nothing), "as if it were not there");
    }
    assert_eq!(everything(&book, ALL), before, "and nothing was done to it");
    let shown: BTreeSet<_> = document_ids(&book, ORDINARY).into_iter().collect();
    for id in document_ids(&book, ALL).into_iter().filter(|id| !shown.contains(id)) {
        assert_eq!(book.document(ORDINARY, id).unwrap_err().code(), ErrorCode::NotFound);
        assert_eq!(book.records_of(ORDINARY, id).unwrap_err().code(), ErrorCode::NotFound);
        assert!(book.open_document(ORDINARY, id).is_err());
    }
    let shown = healthbook_scenarios::quarantined(&book, ORDINARY).unwrap().len() as i64;
    let all = healthbook_scenarios::quarantined(&book, ALL).unwrap().len() as i64;
    assert!(shown < all);
    for n in [i64::MIN, -1, 0, shown + 1, all, i64::MAX] {
        assert_eq!(book.quarantined_bytes(ORDINARY, n).unwrap_err().code(), ErrorCode::NotFound);
    }
    let shown: BTreeSet<i64> = book.review(ORDINARY).unwrap().iter().map(|r| r.subject).collect();
    let all: Vec<i64> = book.review(ALL).unwrap().iter().map(|r| r.subject).collect();
    assert!(all.len() > shown.len());
    for subject in all.into_iter().filter(|s| !shown.contains(s)) {
        assert_eq!(book.confirm(ORDINARY, subject, &mut ()).unwrap_err().code(), ErrorCode::NotFound);
        assert_eq!(book.reject(ORDINARY, subject, &mut ()).unwrap_err().code(), ErrorCode::NotFound);
    }
}

#[test]
fn deciding_about_a_person_on_the_shelf_counts_what_is_shown() {
    let answers = twins().map(|(_folder, book)| {
        let of = |name: &str| {
            book.review(ORDINARY)
                .unwrap()
                .into_iter()
                .find(|r| r.name.as_deref() == Some(name))
                .unwrap()
                .subject
        };
        let confirmed = book.confirm(ORDINARY, of("Trần Văn Thử"), &mut ()).unwrap();
        let rejected = book.reject(ORDINARY, of("Lê Thị Nháp"), &mut ()).unwrap();
        (confirmed, rejected, everything(&book, ORDINARY).len(), book.review(ORDINARY).unwrap().len())
    });
    assert_eq!(answers[0], answers[1]);
    assert_eq!((answers[0].0, answers[0].1), (2, 2));
}

#[test]
fn the_report_of_a_file_with_both_counts_the_ordinary_ones() {
    let both = |restricted: bool| {
        let (_folder, book) = new_book();
        let mut resources =
            vec![healthbook_scenarios::fhir::mau("1"), observation("1", "1", "Glucose", "5.1", "01-15")];
        if restricted {
            resources.push(condition("z", "B20", "Bệnh zekin", "none"));
            resources.push(with_meta(&observation("2", "1", "Glucose zekin", "9.9", "01-15"), RESTRICTED));
        }
        let file = served(A, &resources);
        let first = book.import(&mut file.as_bytes(), &ImportOptions::default(), &mut ()).unwrap();
        let again = book.import(&mut file.as_bytes(), &ImportOptions::default(), &mut ()).unwrap();
        (first, again, everything(&book, ORDINARY).len())
    };
    assert_eq!(both(true), both(false));
}

#[test]
fn what_is_written_behind_the_gate_moves_nothing_before_it() {
    let (_folder, book) = new_book();
    on_day(2);
    ordinary_before(&book);
    let last = book.last_change(ORDINARY).unwrap();
    let report = |day: i64| {
        on_day(day);
        import_with(
            &book,
            served(HIDDEN, &[condition("z", "B20", "Bệnh zekin", "none")]),
            &named("zekin.json"),
        )
    };
    // Whether the book has it already is not told either.
    assert_eq!(report(3), report(4));
    assert_eq!(book.last_change(ORDINARY).unwrap(), last);
    assert_ne!(book.last_change(ALL).unwrap(), last);
    let code = Coding::new("http://loinc.org", "20447-9");
    for _ in 0..2 {
        assert_eq!(book.put_samples("Máy", &code, "copies/mL", &samples(0)).unwrap(), 500);
    }
    assert_eq!(book.purge_samples(ORDINARY, "Máy", &code).unwrap_err().code(), ErrorCode::NotFound);
    assert_eq!(book.purge_samples(ALL, "Máy", &code).unwrap(), 500);
    assert_eq!(book.last_change(ORDINARY).unwrap(), last);
}

#[test]
fn an_erasure_tells_nothing_of_the_hidden_summary_that_goes_along() {
    let answers = [true, false].map(|restricted| {
        on_day(1);
        let (_folder, book) = new_book();
        let glucose = observation("1", "1", "Glucose", "5.1", "01-15");
        import_with(&book, served(A, std::slice::from_ref(&glucose)), &from_anyone("A"));
        if restricted {
            let summary = r#"{"resourceType":"Composition","id":"k","status":"final","type":{"text":"Tóm tắt"},"title":"Tóm tắt","date":"2026-01-20","subject":{"reference":"Patient/1"},"section":[{"entry":[{"reference":"Observation/1"},{"reference":"Condition/z"}]}]}"#;
            let entries = [summary.to_owned(), condition("z", "B20", "Bệnh zekin", "none"), glucose];
            let entries: Vec<(&str, String)> = entries.into_iter().map(|entry| ("", entry)).collect();
            import_with(&book, bundle("document", &entries), &from_anyone("A"));
        }
        let id = titled(&book, "Glucose");
        assert_eq!(book.purge_plan(ALL, id).unwrap().records.len(), if restricted { 3 } else { 1 });
        let plan = book.purge_plan(ORDINARY, id).unwrap();
        let done = book.purge(ORDINARY, id).unwrap();
        assert_eq!(plan, done);
        assert_eq!(everything(&book, ALL).iter().filter(|i| !i.own).count(), usize::from(restricted));
        (plan.records.len(), plan.versions, plan.stretches, without_ids(&format!("{:?}", everything(&book, ORDINARY))))
    });
    assert_eq!(answers[0], answers[1]);
}
