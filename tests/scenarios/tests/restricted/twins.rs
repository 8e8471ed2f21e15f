//! Two books of one life: what is restricted is in one of them only.

use std::cell::Cell;
use std::sync::Arc;

use healthbook::{
    Book, Clock, Coding, ImportOptions, ImportReport, KeyFile, LinkRel, NewBook, Ports, Sample, SampleValue,
    SystemRandom, Timestamp,
};
use healthbook_scenarios::fhir::{
    RESTRICTED, condition, encounter, medicine, observation, patient, report, served, with_meta,
};
use healthbook_scenarios::*;

/// Stands in every restricted thing, and in nothing else.
pub(crate) const CANARY: &str = "zekin";

pub(crate) const A: &str = "https://a.example/fhir";
pub(crate) const HIDDEN: &str = "https://zekin.example/fhir";

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

pub(crate) fn on_day(day: i64) {
    NOW.set(day);
}

pub(crate) fn new_book() -> (tempfile::TempDir, Book) {
    let folder = tempfile::tempdir().unwrap();
    let random = Arc::new(SystemRandom::new());
    let key = KeyFile::make(random.clone()).unwrap();
    let new = NewBook { keystore: Some(&key), person: Some(mau()), ..NewBook::default() };
    let ports = Ports { clock: Arc::new(Steps), random };
    let (book, _) = Book::create(&folder.path().join("book"), new, ports).unwrap();
    (folder, book)
}

pub(crate) fn named(name: &str) -> ImportOptions {
    ImportOptions { name: Some(name.into()), any_person: true, ..ImportOptions::default() }
}

pub(crate) fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn paper(id: &str, title: &str) -> String {
    let data = data_encoding::BASE64.encode(format!("%PDF {title}").as_bytes());
    format!(
        r#"{{"resourceType":"DocumentReference","id":"{id}","status":"current","subject":{{"reference":"Patient/1"}},"description":"{title}","content":[{{"attachment":{{"contentType":"application/pdf","title":"{title}","data":"{data}"}}}}]}}"#
    )
}

pub(crate) fn samples(from: i64) -> Vec<Sample> {
    (0..500)
        .map(|n| Sample {
            at: Timestamp(from + n * 60_000),
            value: SampleValue { value: 60 + n % 40, decimals: 0 },
        })
        .collect()
}

/// What is in both books.
pub(crate) fn ordinary_before(book: &Book) {
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

pub(crate) fn twins() -> [(tempfile::TempDir, Book); 2] {
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
