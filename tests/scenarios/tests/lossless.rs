//! What goes in comes out again, byte for byte: every fixture that nobody in this project wrote, every digit, every length.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::path::Path;

use healthbook::{Book, DocumentId, ExportForm, ImportOptions, ImportReport, RecordId};
use healthbook_formats::{Item, Limits, detect, records};
use healthbook_scenarios::fhir::{
    RESTRICTED, bundle, condition, encounter, mau, medicine, ndjson, observation, served, with_meta,
};
use healthbook_scenarios::*;

const A: &str = "https://a.example/fhir";

fn anyone(name: &str) -> ImportOptions {
    ImportOptions { any_person: true, reading: ALL, name: Some(name.into()), ..ImportOptions::default() }
}

fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = files_under(&fixtures(folder))
        .into_iter()
        .map(|(path, bytes)| (path.file_name().unwrap().to_string_lossy().into_owned(), bytes))
        .filter(|(name, _)| !name.starts_with("INDEX") && name != "LICENSE.txt")
        .collect();
    files.sort();
    files
}

fn document_bytes(book: &Book, id: DocumentId) -> Vec<u8> {
    let mut bytes = Vec::new();
    book.open_document(ALL, id).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

/// The document that came last.
fn newest(book: &Book) -> DocumentId {
    book.documents(ALL, None, 1).unwrap().0[0].id
}

/// The bytes of the records of a file, as its own reader finds them.
fn resources_of(bytes: &[u8]) -> Vec<Vec<u8>> {
    records(detect(bytes), Box::new(bytes), Limits::default())
        .filter_map(|item| match item.unwrap() {
            Item::Record(record) => Some(record.content.bytes().to_vec()),
            Item::Rejected(_) => None,
        })
        .collect()
}

/// All heads, how often each.
fn heads(book: &Book) -> BTreeMap<Vec<u8>, usize> {
    let mut heads = BTreeMap::new();
    for item in everything(book, ALL) {
        *heads.entry(book.raw(ALL, item.id).unwrap()).or_default() += 1;
    }
    heads
}

fn without_line_breaks(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|b| !matches!(b, b'\n' | b'\r')).collect()
}

/// What importing valid files came to.
#[derive(Default)]
struct Told {
    files: usize,
    heads: usize,
    amended: usize,
    envelopes: usize,
}

/// Imports a valid file and looks whether all of it is there as it came.
fn take_whole(book: &Book, name: &str, bytes: &[u8], told: &mut Told) {
    let report = import_with(book, bytes, &anyone(name));
    assert_eq!((report.quarantined, report.not_confirmed), (0, 0), "{name}");
    let expected = resources_of(bytes);
    let document = newest(book);
    assert_eq!(document_bytes(book, document), bytes, "{name}: the document itself");
    let ids: Vec<RecordId> = book.records_of(ALL, document).unwrap();
    // A file may tell one record twice.
    assert!(ids.len() <= expected.len() && ids.len() as u64 == report.records, "{name}: {report:?}");
    let mut missing: Vec<&Vec<u8>> = expected.iter().collect();
    for id in &ids {
        let versions = book.versions(ALL, *id).unwrap();
        for version in &versions {
            let found = book.raw_version(ALL, *id, version.n).unwrap();
            missing.retain(|bytes| **bytes != found);
        }
        if versions.len() == 1 {
            let head = book.raw(ALL, *id).unwrap();
            assert!(expected.contains(&head), "{name}: a head is not as it came");
            told.heads += 1;
        } else {
            told.amended += 1;
        }
    }
    assert_eq!(missing, [] as [&Vec<u8>; 0], "{name}: resources that did not come back");
    let whole = bytes.trim_ascii();
    let is_envelope = !expected.iter().any(|r| r == whole) && !name.ends_with("ndjson");
    told.envelopes += usize::from(is_envelope);
    told.files += 1;
}

fn assert_export_brings_all_back(book: &Book) {
    let mut json = Vec::new();
    let report = book.export_fhir(ALL, ExportForm::Bundle, &mut json, &mut ()).unwrap();
    let expected = heads(book);
    assert_eq!(report.records, expected.values().sum::<usize>() as u64);
    let (_shelf, other) = Shelf::new();
    let own = heads(&other);
    let report = import_with(&other, &json, &anyone("all.json"));
    assert_eq!((report.quarantined, report.not_confirmed, report.new_versions), (0, 0, 0));
    let mut found = heads(&other);
    for (bytes, count) in own {
        *found.get_mut(&bytes).unwrap() -= count;
    }
    found.retain(|_, count| *count > 0);
    // Compared by number first: the difference of two whole books is no message.
    assert_eq!(found.values().sum::<usize>(), expected.values().sum::<usize>());
    assert!(found == expected, "the same heads, byte for byte");

    let mut lines = Vec::new();
    book.export_fhir(ALL, ExportForm::Ndjson, &mut lines, &mut ()).unwrap();
    let mut due: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for (bytes, count) in &expected {
        *due.entry(without_line_breaks(bytes)).or_default() += count;
    }
    let mut written: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for line in lines.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
        *written.entry(line.to_vec()).or_default() += 1;
    }
    assert!(written == due, "each line is the resource without its line breaks");
    let (_shelf, third) = Shelf::new();
    let report = import_with(&third, &lines, &anyone("all.ndjson"));
    assert_eq!((report.quarantined, report.not_confirmed), (0, 0));
}

#[test]
fn the_611_official_examples_come_back_and_go_round() {
    let (_shelf, book) = Shelf::new();
    let mut told = Told::default();
    for (name, bytes) in files("fhir-r4/examples") {
        take_whole(&book, &name, &bytes, &mut told);
    }
    assert_eq!(told.files, 611);
    println!("{} heads, {} with more than one state, {} envelopes", told.heads, told.amended, told.envelopes);
    assert_eq!(told.envelopes, 29);
    assert!(told.heads > 1000 && told.amended < 40, "{} {}", told.heads, told.amended);
    assert_export_brings_all_back(&book);
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn summaries_and_whole_lives_come_back_and_go_round() {
    let (_shelf, book) = Shelf::new();
    let mut told = Told::default();
    for folder in ["ips", "synthea"] {
        for (name, bytes) in files(folder) {
            take_whole(&book, &name, &bytes, &mut told);
        }
    }
    assert_eq!(told.files, 25);
    assert_eq!(told.envelopes, 2, "the two transactions");
    assert!(told.heads > 700, "{}", told.heads);
    assert_export_brings_all_back(&book);
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn odd_files_come_back_and_what_is_broken_is_kept_aside_with_its_document() {
    let index = std::fs::read_to_string(fixtures("fhir-r4/odd/INDEX.tsv")).unwrap();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let (_shelf, book) = Shelf::new();
    let mut told = Told::default();
    let mut aside = 0;
    for line in index.lines().skip(1) {
        let mut columns = line.split('\t');
        let (name, class) = (columns.next().unwrap(), columns.next().unwrap());
        let bytes = std::fs::read(fixtures("fhir-r4/odd").join(name)).unwrap();
        match class {
            "json" | "ndjson" => take_whole(&book, name, &bytes, &mut told),
            // Some XML that is not FHIR's: nobody knows what it is, until the person says.
            "xml" if name == "list-wrong-ns.xml" => {
                let refused = book.import(&mut bytes.as_slice(), &anyone(name), &mut ()).unwrap_err();
                assert_eq!(refused.code(), healthbook::ErrorCode::UnknownFile);
                let options = ImportOptions { title: Some("Một danh sách".into()), ..anyone(name) };
                assert_eq!(import_with(&book, &bytes, &options).quarantined, 0);
                assert_eq!(document_bytes(&book, newest(&book)), bytes);
                assert_eq!(book.search(ALL, "mot danh sach", 5).unwrap().len(), 1);
            }
            _ => {
                let report = import_with(&book, &bytes, &anyone(name));
                assert!(report.quarantined > 0 && report.documents == 1, "{name}: {report:?}");
                assert_eq!(document_bytes(&book, newest(&book)), bytes, "{name}");
                let mine: Vec<_> = healthbook_scenarios::quarantined(&book, ALL)
                    .unwrap()
                    .into_iter()
                    .filter(|q| q.document == newest(&book))
                    .collect();
                assert_eq!(mine.len() as u64, report.quarantined);
                for q in mine {
                    let from = usize::try_from(q.offset).unwrap();
                    let to = from + usize::try_from(q.length).unwrap();
                    assert_eq!(book.quarantined_bytes(ALL, q.n).unwrap(), bytes[from..to], "{name}");
                    assert!(q.place.contains("line "), "{name}: it says where");
                }
                aside += 1;
            }
        }
        *seen.entry(class.to_owned()).or_default() += 1;
    }
    assert_eq!(told.files, 62);
    assert_eq!(aside, 53 + 5 + 1, "XML is kept, brackets that do not match, a name twice: {seen:?}");
    assert_export_brings_all_back(&book);
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

/// The entries of an export, each on a line of its own.
fn entries(book: &Book, reading: healthbook::Reading) -> BTreeSet<String> {
    let mut out = Vec::new();
    book.export_fhir(reading, ExportForm::Bundle, &mut out, &mut ()).unwrap();
    let text = String::from_utf8(out).unwrap();
    text.lines()
        .skip(1)
        .map(|line| line.trim_end_matches(',').to_owned())
        .filter(|line| line.len() > 2)
        .collect()
}

#[test]
fn an_export_brings_every_record_back_to_its_source_under_its_id_and_what_is_restricted_stays_so() {
    let (_shelf, book) = Shelf::new();
    let urn = "urn:uuid:5f3c1a52-8f7e-4a57-9e0a-0e6c3b1d2f44";
    // Ids as FHIR has them, and as servers have them all the same.
    for (n, id) in ["1", "a_b", "a/b", "a b", "bé", "50%", "%2F", "x?y", "c:d", "\\u001f"].iter().enumerate()
    {
        let base = format!("https://h{n}.example/fhir");
        let pieces = [
            mau("1"),
            encounter(id, "Phòng khám"),
            condition(id, "B20", "Bệnh kín", id),
            medicine(id, "Thuốc kín", id),
            observation(id, "1", "Glucose", "5.1", "01-15"),
        ];
        let report = import_with(&book, served(&base, &pieces), &anyone("a.json"));
        assert_eq!((report.new, report.quarantined), (5, 0), "{id}");
        import_with(&book, ndjson(&pieces), &from_anyone(&format!("Nơi {id}")));
        import_with(&book, ndjson(&pieces).replace("5.1", &format!("5.{n}")), &anyone("b.ndjson"));
    }
    // Nobody gave it an id; it is called by another name than its id; its visit is called by that name only.
    let unnamed = observation("x", "1", "Không tên", "1.0", "01-16").replace(r#""id":"x","#, "");
    import_with(&book, ndjson(&[unnamed.clone(), unnamed.replace("1.0", "1.1")]), &anyone("c.ndjson"));
    let pieces = [
        (urn, encounter("v", "Phòng khám")),
        ("", condition("b20", "B20", "Bệnh kín", "v").replace("Encounter/v", urn)),
        ("", medicine("m", "Thuốc kín", "v").replace("Encounter/v", urn)),
    ];
    import_with(&book, bundle("collection", &pieces), &anyone("d.json"));
    import(
        &book,
        claim::file("20260116", &[claim::visit("LK1", ("I10", "THA"), "Amlodipin", ("Glucose", "7"))]),
    );
    // The person's own: a correction of a result that only its label restricts.
    let labelled = with_meta(&observation("r", "1", "Kín", "1.0", "02-01"), RESTRICTED);
    import_with(&book, served(A, &[labelled]), &anyone("e.json"));
    let kept = titled(&book, "Kín");
    let better = book.correct(ALL, kept, &[("value".into(), "2.0".into())]).unwrap();
    assert!(book.item(ALL, better).unwrap().restricted);

    let (all, ordinary) = (entries(&book, ALL), entries(&book, ORDINARY));
    assert!(all.len() > 155 && ordinary.len() < all.len() - 75, "{} {}", all.len(), ordinary.len());
    let mut file = Vec::new();
    book.export_fhir(ALL, ExportForm::Bundle, &mut file, &mut ()).unwrap();
    let (_shelf, other) = Shelf::new();
    let own = entries(&other, ALL);
    let report = import(&other, &file);
    for waiting in other.review(ALL).unwrap() {
        other.confirm(ALL, waiting.subject, &mut ()).unwrap();
    }
    assert_eq!(other.verify(&mut ()).unwrap(), []);
    let back = |reading| -> BTreeSet<String> { entries(&other, reading).difference(&own).cloned().collect() };
    assert_eq!(all.difference(&back(ALL)).collect::<Vec<_>>(), [] as [&String; 0]);
    assert!(back(ALL) == all, "the same sources, ids, names, links and bytes");
    assert!(back(ORDINARY) == ordinary, "and the same is restricted");
    assert_eq!((report.records as usize, report.quarantined), (all.len(), 0));
    let both = (book.links(ALL, better).unwrap(), other.links(ALL, last_corrected(&other)).unwrap());
    assert_eq!((both.0.len(), both.1.len()), (1, 1));

    // In the book it came from it is nothing new.
    let before = everything(&book, ALL);
    let report = import(&book, &file);
    assert_eq!((report.new, report.new_versions), (0, 0));
    assert_eq!(everything(&book, ALL), before);
}

/// The record that a correction stands beside.
fn last_corrected(book: &Book) -> RecordId {
    everything(book, ALL).into_iter().find(|item| item.corrected).unwrap().id
}

#[test]
fn digits_stay_as_they_were_written() {
    let (_shelf, book) = Shelf::new();
    let written = [
        "0.010",
        "1.0e3",
        "1E-22",
        "-0.0",
        "7.20",
        "100000000000000000000.10",
        "5",
        "0.1000000000000000055511151231257827",
    ];
    let resources: Vec<String> = std::iter::once(mau("1"))
        .chain(written.iter().enumerate().map(|(n, digits)| {
            observation(&format!("o{n}"), "1", &format!("Chỉ số {n}"), digits, &format!("01-{:02}", n + 1))
        }))
        .collect();
    import(&book, served(A, &resources));
    let trend = book.trend(ALL, "http://loinc.org|15074-8", None, None, None).unwrap();
    let texts: Vec<&str> = trend.lines.iter().flat_map(|l| &l.points).map(|p| p.text.as_str()).collect();
    assert_eq!(texts, written);
    let (mut json, mut ndjson, mut csv) = (Vec::new(), Vec::new(), Vec::new());
    book.export_fhir(ALL, ExportForm::Bundle, &mut json, &mut ()).unwrap();
    book.export_fhir(ALL, ExportForm::Ndjson, &mut ndjson, &mut ()).unwrap();
    book.export_csv(ALL, "http://loinc.org|15074-8", &mut csv, &mut ()).unwrap();
    for (n, digits) in written.iter().enumerate() {
        let id = titled(&book, &format!("Chỉ số {n}"));
        assert_eq!(book.item(ALL, id).unwrap().value.unwrap(), format!("{digits} mmol/L"));
        let member = format!("\"value\":{digits},");
        for (place, bytes) in [("raw", &book.raw(ALL, id).unwrap()), ("json", &json), ("ndjson", &ndjson)] {
            assert!(holds(bytes, member.as_bytes()), "{digits} in {place}");
        }
        assert!(
            holds(&csv, format!(",{digits},mmol/L,").as_bytes()),
            "{digits}: {}",
            String::from_utf8_lossy(&csv)
        );
        let view = book.show(ALL, id).unwrap();
        assert!(format!("{view:?}").contains(digits), "{digits} on the page");
    }
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn zipped(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Bytes that look like nothing and do not repeat.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        })
        .collect()
}

#[test]
fn wrapped_files_give_what_is_in_them() {
    let plain = served(A, &[mau("1"), observation("1", "1", "Glucose", "5.10", "01-15")]);
    let (_shelf, book) = Shelf::new();
    let report = import_with(
        &book,
        gzipped(plain.as_bytes()),
        &ImportOptions { name: Some("kết quả.json.gz".into()), ..anyone("") },
    );
    assert_eq!((report.new, report.documents), (2, 1));
    assert_eq!(document_bytes(&book, newest(&book)), plain.as_bytes(), "the document is what was wrapped");
    assert_eq!(book.documents(ALL, None, 1).unwrap().0[0].name.as_deref(), Some("kết quả.json"));
    assert_eq!(import(&book, &plain).documents, 0, "the same as the file that was wrapped");

    let picture = [b"\x89PNG\r\n\x1a\n".as_slice(), &noise(100_000)].concat();
    let (_shelf, book) = Shelf::new();
    let members = [
        ("kết quả.json", plain.clone().into_bytes()),
        (
            "nhiều dòng.ndjson",
            format!("{}\n{}\n", mau("2"), observation("2", "2", "Kali", "4.0", "01-16")).into_bytes(),
        ),
        ("ảnh/phim phổi.png", picture.clone()),
        ("lồng.json.gz", gzipped(served("https://b.example", &[mau("3")]).as_bytes())),
    ];
    let report = import_with(&book, zipped(&members), &anyone("gói.zip"));
    assert_eq!(
        (report.records, report.new, report.documents, report.quarantined),
        (6, 6, 4, 0),
        "{report:?}"
    );
    let (documents, _) = book.documents(ALL, None, 10).unwrap();
    for (name, bytes) in &members[..3] {
        let document = documents.iter().find(|d| d.name.as_deref() == Some(name)).unwrap();
        assert!(document_bytes(&book, document.id) == *bytes, "{name}");
    }
    assert_eq!(book.search(ALL, "phim phoi", 5).unwrap().len(), 1, "a picture is found by its name");
    assert_eq!(book.verify(&mut ()).unwrap(), []);
    // A wrapper that is cut short brings nothing half.
    let (_shelf, book) = Shelf::new();
    let mut cut = gzipped(&noise(300_000));
    cut.truncate(200_000);
    assert!(book.import(&mut cut.as_slice(), &anyone("x.gz"), &mut ()).is_err());
    assert_eq!((everything(&book, ALL).len(), book.documents(ALL, None, 5).unwrap().0.len()), (1, 0));
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

/// Lengths around the edges of a chunk (64 KiB) and of a batch (4 MiB), and one of several batches.
const LENGTHS: [usize; 8] =
    [65_535, 65_536, 65_537, (4 << 20) - 1, 4 << 20, (4 << 20) + 1, 5_000_000, 8 << 20];

#[test]
fn papers_and_pictures_of_every_length_are_kept_whole() {
    let (_shelf, book) = Shelf::new();
    for (n, length) in LENGTHS.into_iter().enumerate() {
        let (head, title) = if n % 2 == 0 {
            (b"%PDF-1.7\n".as_slice(), format!("Giấy ra viện số {n}"))
        } else {
            (b"\x89PNG\r\n\x1a\n".as_slice(), format!("Phim phổi số {n}"))
        };
        let mut bytes = head.to_vec();
        bytes.extend(noise(length - head.len()));
        let options = ImportOptions { title: Some(title.clone()), ..anyone("scan") };
        let report = import_with(&book, &bytes, &options);
        assert_eq!(
            report,
            ImportReport { records: 1, new: 1, documents: 1, ..ImportReport::default() },
            "{length}"
        );
        let document = &book.documents(ALL, None, 1).unwrap().0[0];
        assert_eq!((document.size, document.complete), (length as u64, true));
        assert!(document_bytes(&book, document.id) == bytes, "{length}");
        let found = book.search(ALL, &title, 5).unwrap();
        assert_eq!(found[0].title, title);
        assert_eq!(book.documents_of(ALL, found[0].id).unwrap(), [document.id]);
        assert_eq!(import_with(&book, &bytes, &options).documents, 0, "{length}: known again by its bytes");
    }
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn resources_of_every_length_and_across_every_edge_are_kept_exactly() {
    let (_shelf, book) = Shelf::new();
    for length in LENGTHS {
        // One resource that fills the file to this length.
        let frame = observation("x", "1", "Dài", "5.1", "01-15")
            .replace("\"final\"", "\"final\",\"note\":[{\"text\":\"\"}]");
        let filler: String = noise(length - frame.len()).iter().map(|b| char::from(b'a' + b % 26)).collect();
        let one = frame.replacen("\"text\":\"\"", &format!("\"text\":\"{filler}\""), 1);
        assert_eq!(one.len(), length);
        import_with(&book, &one, &anyone("one"));
        let ids = book.records_of(ALL, newest(&book)).unwrap();
        assert_eq!(ids.len(), 1);
        assert!(book.raw(ALL, ids[0]).unwrap() == one.as_bytes(), "{length}");
        // A small resource that begins just before the edge.
        let small = observation("y", "1", "Ngắn", "5.2", "01-16");
        let pad = length - 20;
        let spaced = bundle("collection", &[("", small.clone())]);
        let at = spaced.find(&small).unwrap();
        let file = format!("{}{}{}", &spaced[..at], " ".repeat(pad - at), &spaced[at..]);
        import_with(&book, &file, &anyone("edge"));
        let ids = book.records_of(ALL, newest(&book)).unwrap();
        assert_eq!(book.raw(ALL, ids[0]).unwrap(), small.as_bytes(), "{length}");
    }
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn an_attachment_inside_a_resource_comes_out_exactly() {
    let (_shelf, book) = Shelf::new();
    let pdf = [b"%PDF-1.7\n".as_slice(), &noise(150_001)].concat();
    let png = [b"\x89PNG\r\n\x1a\n".as_slice(), &noise(70_000)].concat();
    let (pdf64, png64) = (data_encoding::BASE64.encode(&pdf), data_encoding::BASE64.encode(&png));
    let letter = format!(
        r#"{{"resourceType":"DocumentReference","id":"d","status":"current","subject":{{"reference":"Patient/1"}},"description":"Thư của bác sĩ","content":[{{"attachment":{{"contentType":"application/pdf","title":"thư.pdf","data":"{pdf64}"}}}},{{"attachment":{{"contentType":"image/png","url":"https://a.example/x.png"}}}}]}}"#
    );
    let binary =
        format!(r#"{{"resourceType":"Binary","id":"b","contentType":"image/png","data":"{png64}"}}"#);
    // A Binary does not say whom it is about.
    let report = import_with(&book, served(A, &[mau("1"), letter, binary]), &anyone("thư.json"));
    assert_eq!((report.new, report.quarantined), (3, 0));
    let id = titled(&book, "Thư của bác sĩ");
    let attachments = healthbook_scenarios::attachments(&book, ALL, Some(id)).unwrap();
    assert_eq!(attachments.len(), 2);
    assert_eq!(attachments[0].title.as_deref(), Some("thư.pdf"));
    assert!(book.attachment_bytes(ALL, id, 1).unwrap() == pdf);
    assert_eq!(
        book.attachment_bytes(ALL, id, 2).unwrap_err().code(),
        healthbook::ErrorCode::NotAllowed,
        "elsewhere"
    );
    let all = healthbook_scenarios::attachments(&book, ALL, None).unwrap();
    let binary = all.iter().find(|a| a.record != id).unwrap();
    assert!(book.attachment_bytes(ALL, binary.record, binary.n).unwrap() == png);
    assert!(healthbook_scenarios::attachments(&book, ALL, Some(id)).unwrap().iter().all(|a| a.record == id));
}

#[test]
fn the_fixtures_are_what_the_stories_count_on() {
    for (folder, count) in [("fhir-r4/examples", 611), ("ips", 23), ("synthea", 2)] {
        assert_eq!(files(folder).len(), count, "{folder}");
    }
    assert!(Path::new(&fixtures("fhir-r4/odd")).is_dir());
}
