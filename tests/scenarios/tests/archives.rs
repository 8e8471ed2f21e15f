//! Archives: what is in them comes in, what cannot be opened is kept by itself and said, and what was erased stands in
//! nothing that was kept.

use std::io::{Cursor, Read, Write};

use healthbook::{Book, ErrorCode, Flow, ImportOptions, ImportReport, Progress, Reading, Refusal, Stage};
use healthbook_scenarios::fhir::{mau, patient, served};
use healthbook_scenarios::{ALL, ORDINARY, Shelf, everything, from_anyone, holds, import_with};
use zip::write::SimpleFileOptions;

fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn observation(id: &str, text: &str) -> Vec<u8> {
    format!(
        r#"{{"resourceType":"Observation","id":"{id}","status":"final","code":{{"text":"{text}"}},"subject":{{"reference":"Patient/1"}},"effectiveDateTime":"2026-11-02"}}"#
    )
    .into_bytes()
}

/// Sets the same flag in the local header and in the directory: `local` and `central` are the places in them.
fn set(archive: &mut [u8], name: &str, (local, central): (usize, usize), value: u8) {
    let places: Vec<usize> =
        (0..archive.len()).filter(|at| archive[*at..].starts_with(name.as_bytes())).collect();
    let (first, last) = (places[0], *places.last().unwrap());
    archive[first - 30 + local] = value;
    archive[last - 46 + central] = value;
}

const FLAGS: (usize, usize) = (6, 8);
const METHOD: (usize, usize) = (8, 10);

/// Damages the data of a member in its middle.
fn damage(archive: &mut [u8], name: &str) {
    let at = (0..archive.len()).find(|at| archive[*at..].starts_with(name.as_bytes())).unwrap();
    archive[at + name.len() + 20] ^= 0xff;
}

fn take(book: &Book, archive: &[u8]) -> ImportReport {
    import_with(book, archive, &ImportOptions { name: Some("gói.zip".into()), ..from_anyone("BV Hoa Mai") })
}

fn quarantined(book: &Book, reading: Reading) -> Vec<(String, Refusal)> {
    let all = healthbook_scenarios::quarantined(book, reading).unwrap();
    all.into_iter().map(|q| (q.name.unwrap_or_default(), q.refusal)).collect()
}

fn names(book: &Book, reading: Reading) -> Vec<String> {
    let (documents, _) = book.documents(reading, None, 100).unwrap();
    documents.into_iter().rev().map(|d| d.name.unwrap_or_default()).collect()
}

/// Every document with its bytes.
fn documents(book: &Book) -> Vec<(String, Vec<u8>)> {
    let (all, _) = book.documents(ALL, None, 1000).unwrap();
    all.into_iter()
        .map(|d| {
            let mut bytes = Vec::new();
            book.open_document(ALL, d.id).unwrap().read_to_end(&mut bytes).unwrap();
            (d.name.unwrap_or_default(), bytes)
        })
        .collect()
}

/// Everything that any program could read out of what the book keeps: the documents, and what is packed in them.
fn readable(book: &Book) -> Vec<u8> {
    let mut all = Vec::new();
    for (_, bytes) in documents(book) {
        if let Ok(mut inner) = zip::ZipArchive::new(Cursor::new(&bytes)) {
            for n in 0..inner.len() {
                // Whatever can be had, also with a wrong checksum at its end.
                if let Ok(mut member) = inner.by_index(n) {
                    drop(member.read_to_end(&mut all));
                }
            }
        }
        all.extend(bytes);
    }
    all
}

#[test]
fn a_member_that_does_not_open_is_kept_by_itself_and_named_and_the_others_come_in() {
    let (_shelf, book) = Shelf::new();
    let filling = "một hai ba bốn năm sáu bảy ".repeat(20);
    let mut archive = zipped(&[
        ("hong.json", &observation("bad", &filling)),
        ("tot.json", &observation("good", "Ferritin")),
        ("khoa.pdf", b"%PDF-1.7 locked"),
        ("khoa HIV.pdf", b"%PDF-1.7 locked as well"),
        ("la.json", &observation("strange", &filling)),
    ]);
    damage(&mut archive, "hong.json");
    set(&mut archive, "khoa.pdf", FLAGS, 1);
    set(&mut archive, "khoa HIV.pdf", FLAGS, 1);
    set(&mut archive, "la.json", METHOD, 14);
    let report = take(&book, &archive);
    assert_eq!((report.unopened, report.quarantined, report.documents), (4, 4, 5));
    let expected = [
        ("hong.json", Refusal::Malformed),
        ("khoa.pdf", Refusal::Unsupported),
        ("khoa HIV.pdf", Refusal::Unsupported),
        ("la.json", Refusal::Unsupported),
    ];
    assert_eq!(quarantined(&book, ALL), expected.map(|(name, why)| (name.to_owned(), why)));
    // Nobody looked into what was not opened: only what is locked, and whose name tells nothing, is shown to all.
    assert_eq!(quarantined(&book, ORDINARY), [("khoa.pdf".to_owned(), Refusal::Unsupported)]);
    assert_eq!(names(&book, ORDINARY), ["tot.json", "khoa.pdf"]);
    let titles: Vec<String> = everything(&book, ORDINARY).into_iter().map(|i| i.title).collect();
    assert!(titles.contains(&"Ferritin".to_owned()) && titles.contains(&"khoa.pdf".to_owned()), "{titles:?}");
    assert!(!titles.iter().any(|title| title.contains("HIV") || title.contains(".json")), "{titles:?}");
    // The wrapper is gone; what is kept of a member is an archive with it alone.
    let kept = documents(&book);
    assert_eq!(kept.len(), 5);
    for (name, bytes) in kept.iter().filter(|(name, _)| name != "tot.json") {
        let alone = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        assert_eq!(alone.file_names().map(|n| n.unwrap().into_owned()).collect::<Vec<_>>(), [name.as_str()]);
    }
    // The same archive again brings nothing new, and says the same.
    let again = take(&book, &archive);
    assert_eq!((again.documents, again.new, again.unopened, documents(&book).len()), (0, 0, 4, 5));
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn a_purge_of_what_came_out_of_an_archive_leaves_no_trace_in_what_was_kept_of_it() {
    let secret = "Bí mật của mẹ Lan không ai được biết";
    let (_shelf, book) = Shelf::new();
    let mut archive = zipped(&[
        ("rieng tu.json", &observation("good", secret)),
        ("hong.json", &observation("bad", &"khác hẳn ".repeat(30))),
        ("tro vao.json", b"x"),
    ]);
    damage(&mut archive, "hong.json");
    // A directory that says of a locked member that it stands where the good one does.
    set(&mut archive, "tro vao.json", FLAGS, 1);
    let last =
        |needle: &[u8]| (0..archive.len()).rev().find(|at| archive[*at..].starts_with(needle)).unwrap();
    let (good, evil) = (last(b"rieng tu.json") - 46, last(b"tro vao.json") - 46);
    let header = archive[good..good + 46].to_vec();
    archive[evil + 20..evil + 24].copy_from_slice(&header[20..24]);
    archive[evil + 42..evil + 46].copy_from_slice(&header[42..46]);
    let report = take(&book, &archive);
    // The damaged one, the one that points elsewhere, and what stands where it really is.
    assert_eq!((report.unopened, report.documents), (3, 4));
    assert!(holds(&readable(&book), secret.as_bytes()));
    let packed = |bytes: &[u8]| {
        let mut alone = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut raw = Vec::new();
        alone.by_index_raw(0).unwrap().read_to_end(&mut raw).unwrap();
        raw
    };
    let compressed = packed(&zipped(&[("rieng tu.json", &observation("good", secret))]));
    let item = everything(&book, ALL).into_iter().find(|i| i.title == secret).unwrap();
    book.purge(ALL, item.id).unwrap();
    for (name, bytes) in documents(&book) {
        assert!(!holds(&bytes, secret.as_bytes()) && !holds(&bytes, &compressed), "{name}");
        assert!(!holds(&bytes, b"rieng tu"), "{name}");
    }
    assert!(!holds(&readable(&book), secret.as_bytes()));
    // What was kept of the damaged one goes with its own record.
    let kept = everything(&book, ALL).into_iter().find(|i| i.title == "hong.json").unwrap();
    let before = documents(&book).into_iter().find(|(name, _)| name == "hong.json").unwrap().1;
    book.purge(ALL, kept.id).unwrap();
    assert!(!documents(&book).iter().any(|(_, bytes)| holds(bytes, &before[40..80])));
    let aside = healthbook_scenarios::quarantined(&book, ALL).unwrap();
    assert!(!aside.iter().any(|row| row.name.as_deref() == Some("hong.json")), "{aside:?}");
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn names_are_only_names() {
    let (_shelf, book) = Shelf::new();
    let archive = zipped(&[
        ("../../ngoai.json", &observation("1", "Một")),
        ("/etc/goc.json", &observation("2", "Hai")),
        ("a\u{1b}[2J\r\nb\u{202e}.json", &observation("3", "Ba")),
        ("   ", &observation("4", "Bốn")),
        ("sao.json", &observation("5", "Năm")),
        ("sbo.json", &observation("6", "Sáu")),
    ]);
    // Two of the same name.
    let archive: Vec<u8> = {
        let mut bytes = archive;
        while let Some(at) = (0..bytes.len()).find(|at| bytes[*at..].starts_with(b"sbo.json")) {
            bytes[at + 1] = b'a';
        }
        bytes
    };
    let report = take(&book, &archive);
    assert_eq!((report.records, report.documents, report.unopened), (6, 6, 0));
    let expected = ["../../ngoai.json", "/etc/goc.json", "a[2Jb.json", "#3", "sao.json", "sao.json"];
    assert_eq!(names(&book, ALL), expected);
}

#[test]
fn archives_in_archives_are_opened_two_deep_and_the_next_is_kept_closed() {
    let (_shelf, book) = Shelf::new();
    let deepest = zipped(&[("d.json", &observation("d", "Quá sâu"))]);
    let mut inner =
        zipped(&[("c.json", &observation("c", "Trong")), ("sau.zip", &deepest), ("k.pdf", b"%PDF-1")]);
    set(&mut inner, "k.pdf", FLAGS, 1);
    let outer = zipped(&[
        ("b.json", &observation("b", "Ngoài")),
        ("trong.zip", &inner),
        ("cut.zip", &zipped(&[("e.json", &observation("e", "Bị cắt"))])[..150]),
    ]);
    let report = take(&book, &outer);
    assert_eq!(report.unopened, 2, "{:?}", (report, quarantined(&book, ALL)));
    assert_eq!(
        quarantined(&book, ALL),
        [
            ("trong.zip/sau.zip".to_owned(), Refusal::Unsupported),
            ("trong.zip/k.pdf".to_owned(), Refusal::Unsupported),
            ("cut.zip".to_owned(), Refusal::Malformed),
        ]
    );
    let titles: Vec<String> = everything(&book, ALL).into_iter().map(|i| i.title).collect();
    assert!(["Ngoài", "Trong"].iter().all(|t| titles.contains(&(*t).to_owned())), "{titles:?}");
    assert!(!titles.contains(&"Quá sâu".to_owned()));
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn a_bomb_is_kept_as_small_as_it_came() {
    let (_shelf, book) = Shelf::new();
    let bomb = zipped(&[("khong.txt", &vec![b' '; 40 << 20]), ("tot.json", &observation("1", "Một"))]);
    let report = take(&book, &bomb);
    assert_eq!((report.unopened, report.documents), (1, 2));
    assert_eq!(quarantined(&book, ALL), [("khong.txt".to_owned(), Refusal::TooLarge)]);
    assert!(documents(&book).iter().all(|(_, bytes)| bytes.len() < 100_000));
}

#[test]
fn an_archive_without_its_directory_is_refused_and_leaves_nothing() {
    let (_shelf, book) = Shelf::new();
    let archive = zipped(&[("a.json", &observation("1", "Một")), ("b.json", &observation("2", "Hai"))]);
    for end in [archive.len() - 10, archive.len() - 60, archive.len() / 2] {
        let error = book.import(&mut &archive[..end], &from_anyone("x"), &mut ()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::UnreadableArchive);
    }
    assert_eq!((names(&book, ALL).len(), quarantined(&book, ALL).len()), (0, 0));
}

#[test]
fn a_directory_that_breaks_off_loses_no_byte_of_what_it_does_not_name_any_more() {
    let (_shelf, book) = Shelf::new();
    let mut archive = zipped(&[
        ("mot.json", &observation("1", "Một")),
        ("hai.json", &observation("2", "Hai")),
        ("ba.json", &observation("3", "Ba")),
    ]);
    let entry = (0..archive.len()).rev().find(|at| archive[*at..].starts_with(b"hai.json")).unwrap() - 46;
    archive[entry] = b'X';
    let report = take(&book, &archive);
    assert_eq!((report.unopened, report.documents), (1, 2));
    let rest = documents(&book).into_iter().find(|(name, _)| name == "#1").unwrap().1;
    assert!(holds(&rest, b"hai.json") && holds(&rest, b"ba.json") && !holds(&rest, b"mot.json"));
    assert_eq!(quarantined(&book, ORDINARY), []);
}

#[test]
fn each_member_of_many_is_taken_also_with_lengths_of_eight_bytes() {
    let (_shelf, book) = Shelf::new();
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for n in 0..300 {
        zip.start_file(format!("{n}.json"), SimpleFileOptions::default().large_file(n % 2 == 0)).unwrap();
        zip.write_all(&observation(&n.to_string(), "Một")).unwrap();
    }
    let report = take(&book, &zip.finish().unwrap().into_inner());
    assert_eq!((report.unopened, report.documents, report.new), (0, 300, 300));
}

#[test]
fn an_office_document_is_kept_whole_alone_and_in_an_archive() {
    let (_shelf, book) = Shelf::new();
    let docx = zipped(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>")]);
    let report = take(&book, &zipped(&[("thu.docx", &docx), ("hiv.docx", &[&docx[..], b" "].concat())]));
    assert_eq!((report.documents, report.quarantined), (2, 0));
    assert_eq!(documents(&book).iter().filter(|(_, bytes)| bytes.starts_with(&docx)).count(), 2);
    assert_eq!(names(&book, ORDINARY), ["thu.docx"], "the name of the other tells");
    let (_shelf, book) = Shelf::new();
    take(&book, &docx);
    assert_eq!(documents(&book), [("gói.zip".to_owned(), docx)]);
}

/// Every report of an import: the stage, how far of how much, and records.
fn told(book: &Book, file: &[u8]) -> Vec<Progress> {
    let mut told = Vec::new();
    book.import(&mut &file[..], &ImportOptions::default(), &mut |progress: Progress| {
        told.push(progress);
        Flow::Continue
    })
    .unwrap();
    told
}

#[test]
fn what_is_told_of_an_import_never_goes_back() {
    let (_shelf, book) = Shelf::new();
    // Long enough for several batches, and for several looks on the way through it for people.
    let words = "rất dài ".repeat(40);
    let resources = |from: usize, count: usize| -> Vec<String> {
        let people = [patient(&format!("p{from}"), "Trần Văn Thử", "1990-07-01", "male"), mau("1")];
        let results = (from..from + count).map(|n| {
            String::from_utf8(observation(&format!("o{n}"), &format!("Kết quả {n} {words}"))).unwrap()
        });
        people.into_iter().chain(results).collect()
    };
    let alone = told(&book, served("https://a.example/fhir", &resources(0, 5_000)).as_bytes());
    assert!(alone.iter().any(|p| p.stage == Stage::Reading && p.records > 0));
    assert!(alone.iter().filter(|p| p.stage == Stage::Reading).all(|p| p.total.is_some()));
    let packed = told(
        &book,
        &zipped(&[
            ("một.json", served("https://b.example/fhir", &resources(5_000, 200)).as_bytes()),
            ("hai.json", served("https://c.example/fhir", &resources(9_000, 200)).as_bytes()),
        ]),
    );
    assert!(
        packed.iter().filter(|p| p.stage == Stage::Reading).all(|p| p.total.is_none()),
        "more files come"
    );
    for told in [alone, packed] {
        for stage in [Stage::Receiving, Stage::Reading, Stage::Matching] {
            let way: Vec<Progress> = told.iter().copied().filter(|p| p.stage == stage).collect();
            for pair in way.windows(2) {
                let [a, b] = [pair[0], pair[1]];
                assert!(a.done <= b.done && a.records <= b.records && a.total == b.total, "{a:?} {b:?}");
            }
            assert!(way.iter().all(|p| p.total.is_none_or(|total| p.done <= total)), "{way:?}");
        }
    }
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}
