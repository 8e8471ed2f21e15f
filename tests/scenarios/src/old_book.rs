//! A book of an earlier schema, as it was written then: what is in it, and how it is told.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use healthbook::{
    Argon2Cost, Book, Clock, Coding, ImportOptions, KeyFile, Lang, NewBook, Ports, Sample, SampleValue,
    SecretText, SystemRandom, Timestamp, names,
};

use crate::fhir::{mau, observation, patient, served, with_meta};
use crate::{ALL, PASSPHRASE, claim, everything, fixtures, import, import_with};

struct Then;

impl Clock for Then {
    fn now(&self) -> Timestamp {
        // 2026-11-30T07:53:20+07:00
        Timestamp(1_796_000_000_000)
    }
}

/// The folder of a schema's book among the fixtures.
pub fn folder(schema: i64) -> PathBuf {
    fixtures("books").join(format!("schema-{schema}"))
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Makes a book in a folder, with something of every sort in it, and gives the text of its key file.
pub fn make(dir: &Path) -> String {
    let random = Arc::new(SystemRandom::new());
    let key = KeyFile::make(random.clone()).unwrap();
    let passphrase = SecretText::from(PASSPHRASE);
    let new = NewBook {
        keystore: Some(&key),
        passphrase: Some(&passphrase),
        cost: Some(Argon2Cost::LEAST),
        person: Some(crate::mau()),
        ..NewBook::default()
    };
    let (book, _) = Book::create(dir, new, Ports { clock: Arc::new(Then), random }).unwrap();
    fill(&book);
    book.lock().unwrap();
    key.to_text().expose().to_owned()
}

fn fill(book: &Book) {
    const A: &str = "https://a.example/fhir";
    let letter = format!(
        r#"{{"resourceType":"DocumentReference","id":"d","status":"current","subject":{{"reference":"Patient/1"}},"description":"Thư của bác sĩ","content":[{{"attachment":{{"contentType":"application/pdf","title":"thư.pdf","data":"{}"}}}}]}}"#,
        data_encoding::BASE64.encode(b"%PDF-1.4 th\xc6\xb0")
    );
    let hidden = r#"{"resourceType":"Condition","id":"h","code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"F32.1"}],"text":"Giai đoạn trầm cảm"},"subject":{"reference":"Patient/1"},"onsetDateTime":"2026-02"}"#;
    let no_allergies = r#"{"resourceType":"AllergyIntolerance","id":"n","code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003","display":"No known allergy"}]},"patient":{"reference":"Patient/1"}}"#;
    let first = with_meta(&observation("1", "1", "Glucose", "5.10", "01-15"), r#"{"versionId":"1"}"#);
    let amended = with_meta(&observation("1", "1", "Glucose", "5.010", "01-15"), r#"{"versionId":"2"}"#);
    let others =
        [observation("2", "1", "Kali", "4.0", "01-16"), observation("3", "1", "Natri", "140", "01-17")];
    import(
        book,
        served(
            A,
            &[
                mau("1"),
                first,
                others[0].clone(),
                others[1].clone(),
                letter,
                hidden.into(),
                no_allergies.into(),
            ],
        ),
    );
    import(book, served(A, &[amended]));
    import(
        book,
        served(
            A,
            &[
                patient("9", "Trần Văn Thử", "1949-01-02", "male"),
                observation("9", "9", "Của người khác", "1", "01-15"),
            ],
        ),
    );
    let visit = claim::visit("LK0001", ("I10", "Tăng huyết áp"), "Amlodipin 5mg", ("Creatinin", "88.40"));
    import(book, claim::file("20260116", &[visit]));
    let paper = ImportOptions {
        name: Some("giấy.pdf".into()),
        title: Some("Giấy ra viện".into()),
        ..ImportOptions::default()
    };
    import_with(book, format!("%PDF-1.4\n{}", "x".repeat(700)), &paper);
    import_with(
        book,
        "{\"resourceType\":\"Observation\",\"id\":\n",
        &ImportOptions { name: Some("hỏng.json".into()), ..ImportOptions::default() },
    );

    book.add("bp", &[pair("systolic", "128"), pair("diastolic", "79"), pair("at", "2026-11-20T07:10")], ALL)
        .unwrap();
    let note = book.add("note", &[pair("text", "Đo mỗi sáng"), pair("at", "2026-11-21")], ALL).unwrap();
    book.edit(ALL, note, &[pair("text", "Đo mỗi chiều")]).unwrap();
    let gone = book.add("weight", &[pair("value", "61.50"), pair("at", "2026-11-22")], ALL).unwrap();
    book.delete(ALL, gone).unwrap();
    let of = |title: &str| everything(book, ALL).into_iter().find(|i| i.title == title).unwrap().id;
    book.correct(ALL, of("Kali"), &[pair("value", "4.10")]).unwrap();
    book.purge(ALL, of("Natri")).unwrap();
    let beats: Vec<Sample> = (0..50)
        .map(|n| Sample {
            at: Timestamp(1_790_000_000_000 + n * 3_600_000),
            value: SampleValue { value: 600 + n, decimals: 1 },
        })
        .collect();
    book.put_samples("Đồng hồ", &Coding::new("http://loinc.org", "8867-4"), "/min", &beats).unwrap();
    book.give_consent("khám từ xa", "kết quả", "đã ký").unwrap();
}

/// Everything in a book, told line by line.
pub fn told(book: &Book) -> String {
    let mut out = String::new();
    for item in everything(book, ALL) {
        let versions = book.versions(ALL, item.id).unwrap();
        out += &format!(
            "{} {} {} {} | {} | {} | {} | {} | own {} corrected {} restricted {} heads {} versions {}\n",
            item.id,
            item.kind,
            item.standing.as_str(),
            item.start.as_deref().unwrap_or("-"),
            item.title,
            item.value.as_deref().unwrap_or("-"),
            item.facility.as_deref().unwrap_or("-"),
            item.source,
            item.own,
            item.corrected,
            item.restricted,
            item.heads,
            versions.len(),
        );
        for version in versions.iter().filter(|v| v.length.is_some()) {
            let bytes = book.raw_version(ALL, item.id, version.n).unwrap();
            out += &format!("  {}: {}\n", version.n, String::from_utf8_lossy(&bytes));
        }
        for link in book.links(ALL, item.id).unwrap() {
            out += &format!("  {:?} {} {}\n", link.rel, link.other, link.outgoing);
        }
    }
    let (documents, _) = book.documents(ALL, None, 100).unwrap();
    for d in documents {
        out += &format!(
            "{} {} {} {} redacted {} records {}\n",
            d.id,
            d.name.unwrap_or_default(),
            d.format,
            d.size,
            d.redacted,
            d.records
        );
    }
    for q in crate::quarantined(book, ALL).unwrap() {
        out += &format!("quarantine {} {:?} {}\n", q.name.unwrap_or_default(), q.refusal, q.place);
    }
    for r in book.review(ALL).unwrap() {
        let titles: Vec<String> = r
            .titles
            .iter()
            .map(|told| {
                let day = told.day.as_deref().unwrap_or("—");
                format!("{day} · {}: {}", names::kind_name(told.kind, Lang::Vi), told.title)
            })
            .collect();
        out += &format!("review {:?} {} {titles:?}\n", r.name, r.records);
    }
    for series in ["blood-pressure", "http://loinc.org|15074-8", "http://loinc.org|8867-4"] {
        for line in book.trend(ALL, series, None, None, None).unwrap().lines {
            let points: Vec<&str> = line.points.iter().map(|p| p.text.as_str()).collect();
            out += &format!("trend {series} {} {}\n", line.unit, points.join(" "));
        }
    }
    for words in ["glucose", "huyet ap", "tran van thu", "natri", "thu cua bac si"] {
        let hits = book.search(ALL, words, 10).unwrap();
        out += &format!(
            "search {words}: {}\n",
            hits.iter().map(|i| i.title.as_str()).collect::<Vec<_>>().join(", ")
        );
    }
    for line in book.audit(ALL, None, 1000).unwrap() {
        out += &format!("audit {} {} {}\n", line.n, line.action, line.detail);
    }
    for c in book.consents(ALL).unwrap() {
        out += &format!("consent {} {} {} {:?}\n", c.purpose, c.scope, c.evidence, c.withdrawn_at);
    }
    out
}
