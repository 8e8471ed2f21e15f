//! The gate for restricted records: every public call is walked without the flag, and nothing tells of them. A twin book
//! that never had them answers the same.

mod twins;
mod walked;

use std::collections::{BTreeMap, BTreeSet};

use healthbook::{Coding, ErrorCode, ImportOptions, LinkRel, RecordId};
use healthbook_scenarios::fhir::{RESTRICTED, bundle, condition, observation, served, with_meta};
use healthbook_scenarios::*;

use crate::twins::{A, CANARY, HIDDEN, named, new_book, on_day, ordinary_before, pair, samples, twins};
use crate::walked::{WALKED, document_ids, without_ids};

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
fn a_person_of_whom_a_hidden_visit_told_first_comes_as_anew_with_an_ordinary_one() {
    let visit = |name: &str| {
        let mut tables = claim::visit(name, ("I10", "Tăng huyết áp"), "Amlodipin", ("Glucose", "7.20"));
        tables[0].1 = tables[0].1.replace("<MA_THE_BHYT>GD4019900000001</MA_THE_BHYT>", "");
        tables
    };
    // Whose it is, is read from the file.
    let named = |name: &str| ImportOptions { any_person: false, ..named(name) };
    let mut secret = visit("LK0");
    secret.push(claim::hiv_form("LK0"));
    let answers = [true, false].map(|restricted| {
        on_day(0);
        let (_folder, book) = new_book();
        if restricted {
            import_with(&book, claim::file("20260116", &[secret.clone()]), &named("ẩn.xml"));
        }
        on_day(1);
        let report = import_with(&book, claim::file("20260116", &[visit("LK1")]), &named("hồ sơ.xml"));
        let patient = everything(&book, ORDINARY)
            .into_iter()
            .find(|item| !item.own && item.resource_type == "Patient")
            .unwrap();
        let [version] = book.versions(ORDINARY, patient.id).unwrap().try_into().unwrap();
        let documents = book.documents_of(ORDINARY, patient.id).unwrap().len();
        assert_eq!(book.verify(&mut ()).unwrap(), []);
        (report, version.received_at, version.document.is_some(), documents)
    });
    assert_eq!(answers[0], answers[1]);
    assert_eq!((answers[1].2, answers[1].3), (true, 1));
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
