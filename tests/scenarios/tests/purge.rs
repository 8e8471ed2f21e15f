//! The right to erasure: what is purged is gone from every page of the book, and no import brings it back.

use std::io::Read;

use healthbook::{Book, ImportOptions, Item, Kind, Query, RecordId};
use healthbook_scenarios::fhir::{self, bundle, mau, ndjson, observation, served};
use healthbook_scenarios::pages::Pages;
use healthbook_scenarios::*;

const A: &str = "https://a.example/fhir";

/// The canary: as written, folded, and its single words, none of which stands anywhere else.
const CANARY: &str = "Chẩn đoán Qủyzăng";
const TRACES: [&str; 6] = ["Qủyzăng", "qủyzăng", "quyzang", "Quyzang", "QUYZANG", "qu\u{309}yza\u{306}ng"];

fn traces(shelf: &Shelf) -> Vec<String> {
    let wal = std::fs::metadata(shelf.dir().join("book.db-wal")).map_or(0, |m| m.len());
    assert_eq!(wal, 0, "what was erased does not stand in the WAL");
    Pages::of(shelf).traces(&TRACES)
}

fn nothing() -> Vec<String> {
    Vec::new()
}

fn document_bytes(book: &Book, id: healthbook::DocumentId) -> Vec<u8> {
    let mut bytes = Vec::new();
    book.open_document(ALL, id).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

/// Every head's bytes by record, but for those that go.
fn others(book: &Book, going: &[RecordId]) -> Vec<(RecordId, Vec<u8>)> {
    everything(book, ALL)
        .into_iter()
        .filter(|item| !going.contains(&item.id))
        .filter_map(|item| Some((item.id, book.raw(ALL, item.id).ok()?)))
        .collect()
}

fn with_canary(book: &Book) -> Item {
    let mut found = book.search(ALL, "quyzang", 10).unwrap();
    found.retain(|item| item.resource_type != "Bundle");
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// Purges the one record that holds the canary and looks for what is left of it.
fn purge_and_look(shelf: &Shelf, book: &Book) -> RecordId {
    let item = with_canary(book);
    assert!(!Pages::of(shelf).traces(&TRACES).is_empty(), "it is there, and found when it is");
    let plan = book.purge_plan(ALL, item.id).unwrap();
    let before = others(book, &plan.records);
    assert_eq!(book.purge(ALL, item.id).unwrap(), plan);
    assert_eq!(traces(shelf), nothing());
    assert_eq!(others(book, &[]), before, "every other record is as it was, byte for byte");
    assert!(book.item(ALL, item.id).is_err() && book.raw(ALL, item.id).is_err());
    assert_eq!(book.search(ALL, "quyzang", 10).unwrap(), []);
    assert_eq!(book.verify(&mut ()).unwrap(), []);
    item.id
}

/// A condition that has the canary wherever a condition can have a word.
fn condition(id: &str) -> String {
    format!(
        r#"{{"resourceType":"Condition","id":"{id}","text":{{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">{CANARY}</div>"}},"code":{{"coding":[{{"system":"http://quyzang.example","code":"quyzang-7"}}],"text":"{CANARY}"}},"subject":{{"reference":"Patient/1"}},"recorder":{{"reference":"Organization/q","display":"Phòng khám Qủyzăng"}},"note":[{{"text":"QUYZANG"}}],"onsetDateTime":"2026-01-10"}}"#
    )
}

#[test]
fn a_record_of_a_bundle_goes_and_stays_gone() {
    let (shelf, book) = Shelf::new();
    let file = served(
        A,
        &[
            mau("1"),
            observation("1", "1", "Glucose", "5.1", "01-15"),
            condition("quyzang-id"),
            observation("2", "1", "Glucose", "5.2", "01-16"),
        ],
    );
    import(&book, &file);
    purge_and_look(&shelf, &book);
    // Neither the same file, nor another one that holds the record, nor a later state of it.
    let report = import(&book, &file);
    assert_eq!((report.records, report.new, report.documents), (3, 0, 0));
    assert_eq!(traces(&shelf), nothing());
    let report = import(
        &book,
        served(A, &[condition("quyzang-id"), observation("3", "1", "Glucose", "5.3", "01-17")]),
    );
    assert_eq!((report.records, report.new, report.documents), (1, 1, 1));
    assert_eq!(traces(&shelf), nothing());
    let later = condition("quyzang-id").replace("2026-01-10", "2026-01-11");
    import(&book, served(A, &[later]));
    assert_eq!(traces(&shelf), nothing());
    assert_eq!(book.verify(&mut ()).unwrap(), []);
    // The documents say that a part of them is gone, and the rest of them reads as before.
    let (documents, _) = book.documents(ALL, None, 10).unwrap();
    assert!(documents.iter().all(|d| d.redacted > 0), "{documents:?}");
    let first = documents.iter().find(|d| d.size == file.len() as u64).unwrap();
    let bytes = document_bytes(&book, first.id);
    assert_eq!(bytes.len(), file.len());
    assert!(holds(&bytes, observation("2", "1", "Glucose", "5.2", "01-16").as_bytes()));
    // The log still fits together, and tells nothing.
    assert!(book.audit(ALL, None, 100).unwrap().iter().any(|line| line.action == "purge"));
}

#[test]
fn a_summary_that_tells_of_it_in_words_goes_with_it() {
    let (shelf, book) = Shelf::new();
    let word = |id: &str, entry: &str| {
        format!(
            r#"{{"resourceType":"Composition","id":"{id}","status":"final","type":{{"text":"Tóm tắt"}},"subject":{{"reference":"Patient/1"}},"date":"2026-01-20","title":"Tóm tắt {id}","section":[{{"title":"Bệnh","text":{{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">{CANARY}</div>"}},"entry":[{{"reference":"{entry}"}}]}}]}}"#
        )
    };
    let other = observation("1", "1", "Glucose", "5.1", "01-15");
    let summaries =
        [word("tells", "Condition/c"), word("silent", "Observation/1").replace(CANARY, "Đường huyết")];
    let [tells, silent] = summaries;
    import(&book, served(A, &[mau("1"), other, condition("c"), tells, silent]));
    let id = titled(&book, CANARY);
    let plan = book.purge_plan(ALL, id).unwrap();
    assert_eq!(plan.records, [id, titled(&book, "Tóm tắt tells")], "it is said before it is done");
    book.purge(ALL, id).unwrap();
    assert_eq!(traces(&shelf), nothing());
    assert!(book.item(ALL, titled(&book, "Tóm tắt silent")).is_ok(), "a summary of something else stays");
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn the_room_of_what_was_erased_goes_back_to_the_disk() {
    let (shelf, book) = Shelf::new();
    import(&book, served(A, &[mau("1"), observation("1", "1", "Glucose", "5.1", "01-15")]));
    let size = || std::fs::metadata(shelf.dir().join("book.db")).unwrap().len();
    let before = size();
    // Eight megabytes that no compression makes smaller, as a scan is.
    let mut scan = b"%PDF-1.7\n".to_vec();
    let mut state = 7u64;
    scan.extend(
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        })
        .take(8 << 20),
    );
    scan.extend_from_slice(b"\n%%EOF\n");
    import_with(&book, &scan, &ImportOptions { name: Some("giấy.pdf".into()), ..from_anyone("Nhà") });
    assert!(size() > before + (8 << 20));
    let paper = everything(&book, ALL).into_iter().find(|item| item.title.contains("giấy")).unwrap();
    book.purge(ALL, paper.id).unwrap();
    assert!(size() < before + (2 << 20), "{} where it was {before}", size());
    assert_eq!(book.verify(&mut ()).unwrap(), []);
    // The same paper again is the one that was erased.
    import_with(&book, &scan, &ImportOptions { name: Some("giấy.pdf".into()), ..from_anyone("Nhà") });
    assert!(!everything(&book, ALL).iter().any(|item| item.title.contains("giấy")));
    assert!(size() < before + (2 << 20), "{} where it was {before}", size());
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn a_record_in_an_ndjson_goes_with_all_its_states() {
    let (shelf, book) = Shelf::new();
    let label =
        ImportOptions { source: Some("Bệnh viện A".into()), reading: ALL, ..ImportOptions::default() };
    import_with(
        &book,
        ndjson(&[mau("1"), condition("c"), observation("1", "1", "Glucose", "5.1", "01-15")]),
        &label,
    );
    // The next state no longer holds the word, but the history does.
    let next = condition("c")
        .replace(CANARY, "Viêm họng")
        .replace("Qủyzăng", "An Lành")
        .replace("QUYZANG", "x")
        .replace("quyzang", "jj");
    import_with(&book, ndjson(&[next]), &label);
    assert_eq!(book.search(ALL, "quyzang", 5).unwrap(), []);
    let id = titled(&book, "Viêm họng");
    assert_eq!(book.versions(ALL, id).unwrap().len(), 2);
    assert!(!traces(&shelf).is_empty());
    book.purge(ALL, id).unwrap();
    assert_eq!(traces(&shelf), nothing());
    assert_eq!(Pages::of(&shelf).traces(&["Viêm họng", "viem hong"]), nothing());
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn erasing_a_visit_of_a_claim_takes_its_parts_and_leaves_the_other_visit() {
    let (shelf, book) = Shelf::new();
    let file = claim::file(
        "20260116",
        &[
            claim::visit("LK0001", ("I10", "Tăng huyết áp"), "Amlodipin", ("Glucose", "7.20")),
            claim::visit("LK0002", ("K29", CANARY), "Thuốc Qủyzăng", ("Qủyzăng", "1.5")),
        ],
    );
    import(&book, &file);
    let query = Query { kinds: vec![Kind::Visit], ..Query::default() };
    let visits = book.timeline(ALL, &query, None, 10).unwrap().items;
    assert_eq!(visits.len(), 2);
    let hit = book.search(ALL, "quyzang", 10).unwrap();
    assert_eq!(hit.len(), 3, "diagnosis, medicine and result");
    let visit =
        visits.iter().find(|v| book.purge_plan(ALL, v.id).unwrap().records.contains(&hit[0].id)).unwrap();
    let plan = book.purge_plan(ALL, visit.id).unwrap();
    assert!(hit.iter().all(|h| plan.records.contains(&h.id)) && plan.records[0] == visit.id);
    let before = others(&book, &plan.records);
    assert!(before.len() >= 5, "the person, the card and the other visit stay");
    // In the claim the words stand in base64.
    assert!(!traces(&shelf).is_empty());
    book.purge(ALL, visit.id).unwrap();
    assert_eq!(traces(&shelf), nothing());
    assert_eq!(others(&book, &[]), before);
    let (documents, _) = book.documents(ALL, None, 10).unwrap();
    let bytes = document_bytes(&book, documents[0].id);
    assert!(
        !decoded(&bytes).iter().any(|xml| TRACES.iter().any(|t| holds(xml, t.as_bytes()))),
        "nor in base64"
    );
    assert!(
        decoded(&bytes).iter().any(|xml| holds(xml, "Tăng huyết áp".as_bytes())),
        "the other visit stays"
    );
    for again in [file.clone(), file.replace("20260116", "20260201")] {
        import(&book, &again);
        assert_eq!(book.timeline(ALL, &query, None, 10).unwrap().items.len(), 1);
        assert_eq!(traces(&shelf), nothing());
        for document in book.documents(ALL, None, 10).unwrap().0 {
            let bytes = document_bytes(&book, document.id);
            assert!(!decoded(&bytes).iter().any(|xml| TRACES.iter().any(|t| holds(xml, t.as_bytes()))));
        }
    }
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

/// What the base64 of a claim's tables decodes to.
fn decoded(claim: &[u8]) -> Vec<Vec<u8>> {
    let text = String::from_utf8_lossy(claim);
    text.split("<NOIDUNGFILE>")
        .skip(1)
        .map(|rest| data_encoding::BASE64.decode(rest.split('<').next().unwrap().trim().as_bytes()).unwrap())
        .collect()
}

#[test]
fn one_result_of_a_claim_goes_alone() {
    let (shelf, book) = Shelf::new();
    let file = claim::file(
        "20260116",
        &[claim::visit("LK0001", ("I10", "Tăng huyết áp"), "Amlodipin", ("Qủyzăng", "7.20"))],
    );
    import(&book, &file);
    let id = purge_and_look(&shelf, &book);
    assert!(book.resolve(ALL, &id.to_string()).is_err());
    let (documents, _) = book.documents(ALL, None, 10).unwrap();
    let tables = decoded(&document_bytes(&book, documents[0].id));
    assert!(!tables.iter().any(|xml| TRACES.iter().any(|t| holds(xml, t.as_bytes()))), "nor in base64");
    assert!(tables.iter().any(|xml| holds(xml, b"Amlodipin")));
}

/// A patient summary: a Bundle that is a document, and so a record itself.
fn summary(stamp: &str, allergy: &str) -> String {
    let composition = format!(
        r#"{{"resourceType":"Composition","id":"k","status":"final","type":{{"text":"Tóm tắt"}},"title":"Tóm tắt hồ sơ","date":"{stamp}","subject":{{"reference":"Patient/1"}},"section":[{{"entry":[{{"reference":"Condition/quyzang-id"}}]}}]}}"#
    );
    let allergy = format!(
        r#"{{"resourceType":"AllergyIntolerance","id":"a","code":{{"text":"{allergy}"}},"patient":{{"reference":"Patient/1"}}}}"#
    );
    let body = bundle(
        "document",
        &[
            ("https://a.example/fhir/Composition/k", composition),
            ("https://a.example/fhir/Patient/1", mau("1")),
            ("https://a.example/fhir/Condition/quyzang-id", condition("quyzang-id")),
            ("https://a.example/fhir/AllergyIntolerance/a", allergy),
        ],
    );
    body.replacen(r#""type":"document","#, r#""id":"s","type":"document","#, 1)
}

#[test]
fn erasing_a_part_of_a_summary_takes_the_summary_and_spares_the_other_parts() {
    let (shelf, book) = Shelf::new();
    let label =
        ImportOptions { source: Some("Bệnh viện A".into()), reading: ALL, ..ImportOptions::default() };
    let file = summary("2026-01-20", "Tôm");
    let report = import_with(&book, &file, &label);
    assert_eq!((report.records, report.not_confirmed), (5, 0));
    let held = everything(&book, ALL).into_iter().find(|i| i.resource_type == "Bundle").unwrap();
    assert_eq!(book.raw(ALL, held.id).unwrap(), file.as_bytes());
    let part = with_canary(&book);
    let plan = book.purge_plan(ALL, part.id).unwrap();
    let first_page = everything(&book, ALL).into_iter().find(|i| i.resource_type == "Composition").unwrap();
    assert_eq!(plan.records, [part.id, first_page.id, held.id], "its first page lists the condition");
    let before = others(&book, &plan.records);
    book.purge(ALL, part.id).unwrap();
    assert_eq!(traces(&shelf), nothing());
    assert_eq!(others(&book, &[]), before);
    assert!(book.item(ALL, held.id).is_err());
    assert_eq!(book.verify(&mut ()).unwrap(), []);

    // The next summary of that source: its other parts come in, also those that changed; the condition does not.
    let next = summary("2026-02-20", "Cua");
    let report = import_with(&book, &next, &label);
    assert_eq!((report.records, report.new_versions), (2, 1), "the allergy changed");
    assert_eq!(traces(&shelf), nothing());
    let allergy = titled(&book, "Cua");
    assert_eq!(book.versions(ALL, allergy).unwrap().len(), 2);
    assert!(
        holds(&book.raw(ALL, allergy).unwrap(), "Cua".as_bytes()),
        "what stays is readable in the new document too"
    );
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn an_own_entry_goes_with_every_state_it_had() {
    let (shelf, book) = Shelf::new();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let id = book.add("note", &[pair("text", CANARY)], ALL).unwrap();
    book.edit(ALL, id, &[pair("text", "Qủyzăng hai")]).unwrap();
    book.delete(ALL, id).unwrap();
    book.restore(ALL, id).unwrap();
    purge_and_look(&shelf, &book);
    let medicine = [pair("name", "Qủyzăng 5 mg"), pair("reason", CANARY)];
    book.add("medicine", &medicine, ALL).unwrap();
    purge_and_look(&shelf, &book);
    book.add("visit", &[pair("place", "Phòng khám Qủyzăng"), pair("at", "2026-01-10")], ALL).unwrap();
    purge_and_look(&shelf, &book);
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn a_facility_of_an_earlier_state_goes_too() {
    let (shelf, book) = Shelf::new();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let id =
        book.add("visit", &[pair("place", "Phòng khám Qủyzăng"), pair("at", "2026-01-10")], ALL).unwrap();
    book.edit(ALL, id, &[pair("place", "Trạm y tế An Lành")]).unwrap();
    book.purge(ALL, id).unwrap();
    assert_eq!(traces(&shelf), nothing());
}

#[test]
fn a_paper_goes_with_its_bytes_its_name_and_its_title() {
    let (shelf, book) = Shelf::new();
    let pdf = format!("%PDF-1.4\n% {CANARY}\n{}\n%%EOF\n", "x".repeat(200_000));
    let options = ImportOptions {
        name: Some("Qủyzăng.pdf".into()),
        title: Some(CANARY.into()),
        reading: ALL,
        ..ImportOptions::default()
    };
    import_with(&book, &pdf, &options);
    let (documents, _) = book.documents(ALL, None, 10).unwrap();
    assert_eq!(document_bytes(&book, documents[0].id), pdf.as_bytes());
    purge_and_look(&shelf, &book);
    let again = import_with(&book, &pdf, &options);
    assert_eq!(again.new, 0, "the same paper does not come back");
    assert_eq!(traces(&shelf), nothing());
}

#[test]
fn an_attachment_goes_with_its_record() {
    let (shelf, book) = Shelf::new();
    let data = data_encoding::BASE64.encode("bản chụp mã số bảy".repeat(9000).as_bytes());
    let paper = format!(
        r#"{{"resourceType":"DocumentReference","id":"d","status":"current","subject":{{"reference":"Patient/1"}},"description":"{CANARY}","content":[{{"attachment":{{"contentType":"application/pdf","title":"Qủyzăng","data":"{data}"}}}}]}}"#
    );
    import(&book, served(A, &[mau("1"), paper, observation("1", "1", "Glucose", "5.1", "01-15")]));
    assert_eq!(healthbook_scenarios::attachments(&book, ALL, None).unwrap().len(), 1);
    let stretch = &data[1000..1040];
    assert!(!Pages::of(&shelf).traces(&[stretch]).is_empty());
    purge_and_look(&shelf, &book);
    assert_eq!(Pages::of(&shelf).traces(&[stretch]), nothing());
    assert!(healthbook_scenarios::attachments(&book, ALL, None).unwrap().is_empty());
}

#[test]
fn a_hospitals_patient_goes_with_what_the_book_remembered_of_the_person() {
    let (shelf, book) = Shelf::new();
    let person = mau("1").replace(
        r#""name""#,
        r#""identifier":[{"system":"http://quyzang.example/mrn","value":"quyzang-4711"}],"address":[{"text":"Ngõ Qủyzăng"}],"name""#,
    );
    import(&book, served(A, &[person, observation("1", "1", "Glucose", "5.1", "01-15")]));
    let id = everything(&book, ALL).into_iter().find(|i| i.resource_type == "Patient" && !i.own).unwrap().id;
    assert!(!traces(&shelf).is_empty());
    book.purge(ALL, id).unwrap();
    assert_eq!(traces(&shelf), nothing());
    // Whose the results are is still known.
    let report = import(&book, served(A, &[observation("2", "1", "Glucose", "5.2", "01-16")]));
    assert_eq!((report.new, report.not_confirmed), (1, 0));
}

#[test]
fn the_index_of_a_whole_life_keeps_no_word_of_one_purged_record() {
    let (shelf, book) = Shelf::new();
    let mut resources = vec![mau("1")];
    for n in 0..1500 {
        // Words on both sides of the canary's, so that its leaf in the index is an inner one.
        let name = format!("quy{n}a zang{n} quyza{n} quyzanh{n}");
        resources.push(observation(&format!("o{n}"), "1", &name, &format!("{n}.5"), "01-15"));
        if n == 700 {
            resources.push(condition("quyzang-id"));
        }
    }
    import(&book, served(A, &resources));
    purge_and_look(&shelf, &book);
    assert_eq!(book.search(ALL, "quyzanh700", 10).unwrap().len(), 1, "its neighbours are still found");
}

#[test]
fn the_books_own_person_cannot_be_purged() {
    let (_shelf, book) = Shelf::new();
    let own = everything(&book, ALL).into_iter().find(|i| i.own && i.resource_type == "Patient").unwrap().id;
    assert_eq!(book.purge(ALL, own).unwrap_err().code(), healthbook::ErrorCode::NotAllowed);
    assert_eq!(book.delete(ALL, own).unwrap_err().code(), healthbook::ErrorCode::NotAllowed);
    assert_eq!(book.person(ALL).unwrap().name.as_deref(), Some("Nguyễn Thị Mẫu"));
    // Nor by way of what it hangs on.
    let note = book.add("note", &[("text".into(), "x".into())], ALL).unwrap();
    book.link(ALL, own, healthbook::LinkRel::DerivedFrom, note).unwrap();
    assert!(book.purge(ALL, note).is_err() || book.person(ALL).is_ok());
    assert!(book.person(ALL).is_ok(), "the book still knows its person");
}

#[test]
fn purging_in_the_middle_of_many_chunks_leaves_the_rest_of_the_file() {
    let (shelf, book) = Shelf::new();
    let long = |id: &str, what: &str| {
        observation(id, "1", what, "5.1", "01-15")
            .replace("\"final\"", &format!("\"final\",\"note\":[{{\"text\":\"{}\"}}]", what.repeat(9000)))
    };
    let file = served(A, &[mau("1"), long("1", "Đầu"), long("2", "Qủyzăng"), long("3", "Cuối")]);
    assert!(file.len() > 65536 * 3);
    import(&book, &file);
    purge_and_look(&shelf, &book);
    let (documents, _) = book.documents(ALL, None, 10).unwrap();
    let bytes = document_bytes(&book, documents[0].id);
    // What the file said around it, its address, is gone with it.
    let entry = format!("{{\"fullUrl\":\"{A}/Observation/2\",\"resource\":{}}}", long("2", "Qủyzăng"));
    let from = file.find(&entry).unwrap();
    let to = from + entry.len();
    assert_eq!(&bytes[..from], &file.as_bytes()[..from]);
    assert!(bytes[from..to].iter().all(|b| b" {}".contains(b)));
    assert_eq!(&bytes[to..], &file.as_bytes()[to..]);
}

#[test]
fn readings_of_a_device_go_with_their_days() {
    let (shelf, book) = Shelf::new();
    let code = healthbook::Coding::new("http://quyzang.example", "quyzang");
    let readings = |from: i64| -> Vec<healthbook::Sample> {
        (0..3000)
            .map(|n| healthbook::Sample {
                at: healthbook::Timestamp(from + n * 60_000),
                value: healthbook::SampleValue { value: 600 + n % 50, decimals: 1 },
            })
            .collect()
    };
    let other = healthbook::Coding::new("http://loinc.org", "8867-4");
    book.put_samples("Đồng hồ", &code, "Qủyzăng", &readings(1_780_000_000_000)).unwrap();
    book.put_samples("Đồng hồ", &other, "/min", &readings(1_780_000_000_000)).unwrap();
    assert_eq!(book.purge_samples(ALL, "Đồng hồ", &code).unwrap(), 3000);
    assert_eq!(traces(&shelf), nothing());
    assert_eq!(book.stats(ALL).unwrap().samples, 3000, "the other series stays");
    assert!(book.trend(ALL, "http://quyzang.example|quyzang", None, None, None).unwrap().lines.is_empty());
    assert_eq!(
        book.purge_samples(ALL, "Đồng hồ", &code).unwrap_err().code(),
        healthbook::ErrorCode::NotFound
    );
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn what_the_log_says_of_a_restricted_record_stays_behind_the_gate_when_the_record_is_erased() {
    let (_shelf, book) = Shelf::new();
    // The note is an ordinary one when it is written, and restricted from when it hangs together with an HIV diagnosis.
    let note = book.add("note", &[("text".into(), "Tái khám".into())], ALL).unwrap();
    import(&book, served(A, &[mau("1"), fhir::condition("h", "B20", "Bệnh HIV", "none")]));
    book.link(ALL, note, healthbook::LinkRel::DerivedFrom, titled(&book, "Bệnh HIV")).unwrap();
    let told = |reading| {
        let lines = book.audit(reading, None, 1000).unwrap();
        lines.iter().filter(|line| line.object.is_some_and(|object| object == *note.as_bytes())).count()
    };
    assert_eq!((told(ORDINARY), told(ALL)), (0, 2));
    book.purge(ALL, note).unwrap();
    assert_eq!((told(ORDINARY), told(ALL)), (0, 3));
}

#[test]
fn an_export_from_before_does_not_bring_it_back_under_another_name() {
    let (shelf, book) = Shelf::new();
    let told = observation("1", "1", CANARY, "5.1", "01-15");
    let other = observation("2", "1", "Natri", "140", "01-15");
    import_with(&book, served(A, &[mau("1"), told.clone(), other]), &from_anyone("Bệnh viện A"));
    let own = book.add("note", &[("text".to_owned(), CANARY.to_owned())], ALL).unwrap();
    let mut exported = Vec::new();
    book.export_fhir(ALL, healthbook::ExportForm::Ndjson, &mut exported, &mut ()).unwrap();
    book.purge(ALL, own).unwrap();
    purge_and_look(&shelf, &book);
    let report = import_with(&book, &exported, &from_anyone("Bản sao"));
    assert_eq!(book.search(ALL, "quyzang", 10).unwrap(), [], "{report:?}");
    assert_eq!(traces(&shelf), nothing(), "nor does the file that brought it hold it");
    // The others of that file are there, and the source that was asked about by name knows no more of it.
    let query = Query { source: Some("Bản sao".into()), ..Query::default() };
    assert_eq!(book.timeline(ALL, &query, None, 10).unwrap().items.len(), 1);
    // Spaced otherwise, with another note of its keeper: the same words. Another state of it, from there, stays away too.
    let spaced = fhir::with_meta(&told, r#"{"versionId":"7"}"#).replace("\",\"", "\" ,\n \"");
    assert_ne!(spaced, told);
    import_with(&book, &spaced, &from_anyone("Bản sao"));
    import_with(&book, told.replace("5.1", "5.2"), &from_anyone("Bản sao"));
    import_with(&book, &spaced, &from_anyone("Nơi thứ ba"));
    assert_eq!(book.search(ALL, "quyzang", 10).unwrap(), []);
    assert_eq!(traces(&shelf), nothing());
    // Other words are another record, whatever its id.
    import_with(&book, told.replace(CANARY, "Kali"), &from_anyone("Nơi thứ tư"));
    assert_eq!(book.search(ALL, "kali", 10).unwrap().len(), 1);
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn what_is_said_twice_is_erased_where_it_was_asked_and_stays_where_it_stands() {
    let (_shelf, book) = Shelf::new();
    let told = observation("1", "1", CANARY, "5.1", "01-15");
    import_with(&book, &told, &from_anyone("Bệnh viện A"));
    let first = with_canary(&book).id;
    import_with(&book, format!("{told} "), &from_anyone("Bệnh viện B"));
    book.purge(ALL, first).unwrap();
    let second = with_canary(&book);
    assert_eq!(second.source, "Bệnh viện B");
    // It is a record that the book has: what its source says again of it is heard.
    import_with(&book, format!("{told}\n"), &from_anyone("Bệnh viện B"));
    assert_eq!(book.raw(ALL, second.id).unwrap(), told.as_bytes());
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn a_new_summary_that_lists_it_does_not_bring_its_words_back() {
    let summary = |id: &str| {
        format!(
            r#"{{"resourceType":"Composition","id":"{id}","status":"final","type":{{"text":"Tóm tắt"}},"title":"Tóm tắt","date":"2026-01-20","subject":{{"reference":"Patient/1"}},"section":[{{"text":{{"status":"generated","div":"<div>{CANARY}</div>"}},"entry":[{{"reference":"Observation/1"}},{{"reference":"Observation/2"}}]}}]}}"#
        )
    };
    let told = observation("1", "1", CANARY, "5.1", "01-15");
    let other = observation("2", "1", "Natri", "140", "01-15");
    let (shelf, book) = Shelf::new();
    import_with(&book, &told, &from_anyone("A"));
    purge_and_look(&shelf, &book);
    // By itself, in a document with all its parts, and in one whose references are by `urn:uuid:`.
    import_with(&book, summary("k1"), &from_anyone("A"));
    assert_eq!(traces(&shelf), nothing());
    let entries = [("", summary("k2")), ("", told.clone()), ("", other.clone())];
    import_with(&book, bundle("document", &entries), &from_anyone("A"));
    assert_eq!(traces(&shelf), nothing());
    let urn = "urn:uuid:5f3c1a52-8f7e-4a57-9e0a-0e6c3b1d2f44";
    let entries = [("", summary("k3").replace("Observation/1", urn)), (urn, told), ("", other)];
    import_with(&book, bundle("document", &entries), &from_anyone("A"));
    assert_eq!(traces(&shelf), nothing());
    // What else it sums up is there; a summary that does not list it is taken in.
    let types: Vec<String> =
        everything(&book, ALL).into_iter().filter(|i| !i.own).map(|i| i.resource_type).collect();
    assert_eq!(types, ["Observation"]);
    let plain = summary("k4").replace(CANARY, "Natri").replace(r#"{"reference":"Observation/1"},"#, "");
    import_with(&book, plain, &from_anyone("A"));
    assert_eq!(book.search(ALL, "tom tat", 10).unwrap().len(), 1);
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}
