//! What a person writes into their own book: every kind, every field, changed, taken out, brought back.

use healthbook::own::{EntryKind, FieldSpec, entry_kinds};
use healthbook::{Book, ErrorCode, ImportOptions, Kind, Lang, Query, Reading, RecordId, Standing};
use healthbook_scenarios::fhir::{mau, observation, served};
use healthbook_scenarios::*;

const ENGLISH: Reading = Reading { lang: Lang::En, restricted: false };

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// The example of a field, where that of the field list fits another kind.
fn example(kind: &EntryKind, field: &FieldSpec) -> String {
    let unit = match kind.word {
        "height" | "waist" | "head" => "cm",
        "temperature" => "°C",
        "pulse" | "respiratory-rate" => "/min",
        "spo2" | "hba1c" => "%",
        "steps" => "{steps}",
        "pain" => "{score}",
        _ => field.example,
    };
    let value = match kind.word {
        "temperature" => "36.80",
        "spo2" => "97",
        "hba1c" => "6.10",
        "steps" => "4200",
        "pain" => "3",
        "height" => "152.5",
        "head" => "35.0",
        "respiratory-rate" => "18",
        _ => field.example,
    };
    match field.name {
        "unit" => unit.to_owned(),
        "value" => value.to_owned(),
        _ => field.example.to_owned(),
    }
}

fn needed(kind: &EntryKind) -> Vec<(String, String)> {
    kind.fields.iter().filter(|f| f.required).map(|f| pair(f.name, &example(kind, f))).collect()
}

/// Fields that go with the required ones but not with each other.
fn all_that_go_together(kind: &EntryKind) -> Vec<(String, String)> {
    kind.fields
        .iter()
        .filter(|f| match (kind.word, f.name) {
            // A disease is either there or over, a vaccine either given or not, a medicine is taken or has ended.
            ("condition", "resolved") | ("vaccine", "reason") | ("medicine", "end") => false,
            (_, name) => name != "unit",
        })
        .map(|f| pair(f.name, &example(kind, f)))
        .collect()
}

fn kinds() -> impl Iterator<Item = &'static EntryKind> {
    entry_kinds().iter()
}

fn shown(book: &Book, reading: Reading, id: RecordId) -> String {
    let view = book.show(reading, id).unwrap();
    assert!(!view.title.is_empty());
    format!("{view:?}")
}

#[test]
fn every_kind_can_be_added_with_every_field_and_is_shown_in_both_languages() {
    let (_shelf, book) = Shelf::new();
    let mut added = 0;
    for kind in kinds() {
        for fields in [needed(kind), all_that_go_together(kind)] {
            let id = book
                .add(kind.word, &fields, ORDINARY)
                .unwrap_or_else(|e| panic!("{} {fields:?}: {e:?}", kind.word));
            added += 1;
            let item = book.item(ORDINARY, id).unwrap();
            assert_eq!(
                (item.kind, item.resource_type.as_str()),
                (kind.kind, kind.resource_type),
                "{}",
                kind.word
            );
            assert!(item.own && item.heads == 1 && !item.title.is_empty() && item.source == "tự ghi");
            assert_eq!(book.item(ENGLISH, id).unwrap().source, "own entry");
            let (vi, en) = (shown(&book, ORDINARY, id), shown(&book, ENGLISH, id));
            assert_ne!(vi, en, "{}: two languages", kind.word);
            for (name, value) in &fields {
                // Words and numbers stand there as they were written; choices and dates are told in words.
                let told = matches!(
                    name.as_str(),
                    "value" | "name" | "text" | "note" | "systolic" | "diastolic" | "lot" | "dose"
                );
                assert!(!told || (vi.contains(value) && en.contains(value)), "{} {name}: {vi}", kind.word);
            }
        }
    }
    assert_eq!(added, 2 * entry_kinds().len());
    let counted: u64 = book.stats(ORDINARY).unwrap().counts.iter().map(|c| c.count).sum();
    assert_eq!(counted, added as u64 + 1, "and the person");
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn every_field_can_be_changed_and_taken_away_and_each_state_is_kept() {
    let (_shelf, book) = Shelf::new();
    for kind in kinds() {
        let id = book.add(kind.word, &needed(kind), ORDINARY).unwrap();
        let first = book.raw(ORDINARY, id).unwrap();
        let mut states = 1;
        for field in book.fields(ORDINARY, id).unwrap() {
            let mut change = vec![pair(field.name, &example(kind, field))];
            if (kind.word, field.name) == ("vaccine", "reason") {
                // Why it was not given: then it was not.
                change.push(pair("status", "not-done"));
            }
            let before = book.raw(ORDINARY, id).unwrap();
            match book.edit(ORDINARY, id, &change) {
                Ok(()) => {}
                Err(error) => panic!("{} {change:?}: {error:?}", kind.word),
            }
            states += 1;
            assert_eq!(book.versions(ORDINARY, id).unwrap().len(), states, "{} {}", kind.word, field.name);
            assert_eq!(book.raw_version(ORDINARY, id, states as u32 - 1).unwrap(), before);
            if !field.required && field.name != "status" && field.name != "moment" {
                // Taken away again, nothing of it is left behind.
                match book.edit(ORDINARY, id, &[pair(field.name, "")]) {
                    Ok(()) => states += 1,
                    Err(error) => {
                        assert_eq!(error.code(), ErrorCode::InvalidInput, "{} {}", kind.word, field.name)
                    }
                }
            }
        }
        assert_eq!(
            book.raw_version(ORDINARY, id, 1).unwrap(),
            first,
            "{}: the first state is as it was",
            kind.word
        );
        let versions = book.versions(ORDINARY, id).unwrap();
        assert_eq!(versions.len(), states);
        assert_eq!(versions.iter().filter(|v| v.is_head).count(), 1);
        assert!(versions.iter().all(|v| v.own));
    }
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn every_kind_can_be_deleted_and_brought_back() {
    let (_shelf, book) = Shelf::new();
    for kind in kinds() {
        let id = book.add(kind.word, &needed(kind), ORDINARY).unwrap();
        let before = (book.raw(ORDINARY, id).unwrap(), book.item(ORDINARY, id).unwrap());
        book.delete(ORDINARY, id).unwrap();
        assert_eq!(book.item(ORDINARY, id).unwrap().standing, Standing::Deleted);
        assert_eq!(book.raw(ORDINARY, id).unwrap_err().code(), ErrorCode::NotFound);
        let query = Query { kinds: vec![kind.kind], ..Query::default() };
        assert!(
            book.timeline(ORDINARY, &query, None, 50).unwrap().items.iter().all(|i| i.id != id),
            "{}",
            kind.word
        );
        assert!(everything(&book, ORDINARY).iter().any(|i| i.id == id), "it is still told among everything");
        assert!(!shown(&book, ORDINARY, id).is_empty(), "and can be read");
        assert_eq!(book.delete(ORDINARY, id).unwrap_err().code(), ErrorCode::NotAllowed);
        assert_eq!(book.edit(ORDINARY, id, &[pair("note", "x")]).unwrap_err().code(), ErrorCode::NotFound);
        book.restore(ORDINARY, id).unwrap();
        assert_eq!(
            (book.raw(ORDINARY, id).unwrap(), book.item(ORDINARY, id).unwrap()),
            before,
            "{}",
            kind.word
        );
        assert_eq!(book.restore(ORDINARY, id).unwrap_err().code(), ErrorCode::NotAllowed);
        assert_eq!(book.versions(ORDINARY, id).unwrap().len(), 3);
    }
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn a_number_that_is_changed_or_taken_out_leaves_the_chart() {
    let (_shelf, book) = Shelf::new();
    let chart = || -> Vec<String> {
        let trend = book.trend(ORDINARY, "weight", None, None, None).unwrap();
        trend.lines.into_iter().flat_map(|l| l.points).map(|p| p.text).collect()
    };
    let id = book.add("weight", &[pair("value", "61.50"), pair("at", "2026-05-01")], ORDINARY).unwrap();
    let other = book.add("weight", &[pair("value", "62.0"), pair("at", "2026-05-02")], ORDINARY).unwrap();
    assert_eq!(chart(), ["61.50", "62.0"]);
    book.edit(ORDINARY, id, &[pair("value", "61.05")]).unwrap();
    assert_eq!(chart(), ["61.05", "62.0"]);
    book.edit(ORDINARY, id, &[pair("at", "2026-05-03")]).unwrap();
    assert_eq!(chart(), ["62.0", "61.05"], "in the order of time");
    book.delete(ORDINARY, id).unwrap();
    assert_eq!(chart(), ["62.0"]);
    book.restore(ORDINARY, id).unwrap();
    assert_eq!(chart(), ["62.0", "61.05"]);
    book.link(ORDINARY, id, healthbook::LinkRel::DuplicateOf, other).unwrap();
    assert!(book.item(ORDINARY, id).unwrap().duplicate);
    assert_eq!(chart(), ["62.0"], "told twice, counted once");
    book.unlink(ORDINARY, id, healthbook::LinkRel::DuplicateOf, other).unwrap();
    assert_eq!(chart(), ["62.0", "61.05"]);
    book.link(ORDINARY, id, healthbook::LinkRel::DuplicateOf, other).unwrap();
    book.purge(ORDINARY, other).unwrap();
    assert_eq!(chart(), ["61.05"], "what it was a duplicate of is gone");
}

#[test]
fn every_kind_of_record_can_be_corrected_beside_the_hospitals() {
    // What one book writes another one gets as a hospital's.
    let (_shelf, writer) = Shelf::new();
    for kind in kinds() {
        writer.add(kind.word, &needed(kind), ORDINARY).unwrap();
    }
    let mut file = Vec::new();
    writer.export_fhir(ORDINARY, healthbook::ExportForm::Ndjson, &mut file, &mut ()).unwrap();
    let (_shelf, book) = Shelf::new();
    import_with(&book, &file, &from_anyone("Bệnh viện"));
    let theirs: Vec<_> = everything(&book, ORDINARY).into_iter().filter(|i| !i.own).collect();
    assert_eq!(theirs.len(), entry_kinds().len() + 1);
    let mut corrected = 0;
    for item in theirs {
        let before = book.raw(ORDINARY, item.id).unwrap();
        let note = [pair("note", "tôi thấy khác")];
        assert_eq!(
            book.edit(ORDINARY, item.id, &note).unwrap_err().code(),
            ErrorCode::NotAllowed,
            "{item:?}"
        );
        let fields = book.fields(ORDINARY, item.id).unwrap();
        let Some(field) =
            fields.iter().find(|f| matches!(f.name, "note" | "name" | "place" | "title" | "text"))
        else {
            continue;
        };
        let change = [pair(field.name, "tôi thấy khác")];
        let id =
            book.correct(ORDINARY, item.id, &change).unwrap_or_else(|e| panic!("{item:?} {change:?} {e:?}"));
        assert_eq!(book.raw(ORDINARY, item.id).unwrap(), before, "the hospital's stays as it was sent");
        assert!(book.item(ORDINARY, item.id).unwrap().corrected);
        let mine = book.item(ORDINARY, id).unwrap();
        assert!(mine.own && !mine.corrected && mine.resource_type == item.resource_type);
        let links = book.links(ORDINARY, item.id).unwrap();
        assert!(links.len() == 1 && links[0].other == id && !links[0].outgoing);
        corrected += 1;
    }
    assert!(corrected >= entry_kinds().len() - 2, "{corrected}");
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn what_makes_no_sense_is_refused_with_the_name_of_the_field() {
    let (_shelf, book) = Shelf::new();
    let count = everything(&book, ORDINARY).len();
    for (kind, fields, field) in [
        ("bp", vec![pair("systolic", "60"), pair("diastolic", "90")], "diastolic"),
        ("bp", vec![pair("systolic", "128")], "diastolic"),
        ("weight", vec![pair("value", "nặng")], "value"),
        ("weight", vec![pair("value", "-5")], "value"),
        ("glucose", vec![pair("value", "5.4"), pair("unit", "kg")], "unit"),
        ("weight", vec![pair("value", "61"), pair("at", "hôm qua")], "at"),
        ("weight", vec![pair("value", "61"), pair("colour", "red")], "colour"),
        ("note", vec![pair("text", "   ")], "text"),
    ] {
        let error = book.add(kind, &fields, ENGLISH).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidInput, "{kind} {fields:?}");
        let told = format!("{error:?}");
        assert!(told.contains(field), "{kind} {fields:?}: {told}");
        assert!(!told.contains("nặng") && !told.contains("hôm qua"), "never what was written: {told}");
    }
    assert_eq!(book.add("nonsense", &[], ENGLISH).unwrap_err().code(), ErrorCode::InvalidInput);
    assert_eq!(everything(&book, ORDINARY).len(), count, "nothing of it was kept");
}

#[test]
fn the_emergency_page_tells_what_is_so_now() {
    let (_shelf, book) = Shelf::new();
    book.add("condition", &[pair("name", "Hen phế quản")], ORDINARY).unwrap();
    book.add("condition", &[pair("name", "Viêm phổi"), pair("resolved", "2021-05")], ORDINARY).unwrap();
    book.add("medicine", &[pair("name", "Metformin"), pair("status", "taking")], ORDINARY).unwrap();
    book.add("medicine", &[pair("name", "Amoxicillin"), pair("status", "finished")], ORDINARY).unwrap();
    book.add("allergy", &[pair("name", "Penicillin")], ORDINARY).unwrap();
    book.add("blood-group", &[pair("value", "O+")], ORDINARY).unwrap();
    import_with(
        &book,
        served("https://a.example/fhir", &[mau("1"), observation("1", "1", "Glucose", "5.1", "01-15")]),
        &ImportOptions::default(),
    );
    let emergency = book.emergency(ORDINARY).unwrap();
    let titles = |items: &[healthbook::Item]| items.iter().map(|i| i.title.clone()).collect::<Vec<_>>();
    assert_eq!(titles(&emergency.conditions), ["Hen phế quản"]);
    assert_eq!(titles(&emergency.medicines), ["Metformin"]);
    assert_eq!(titles(&emergency.person.allergies), ["Penicillin"]);
    assert_eq!(emergency.person.blood_group.as_deref(), Some("O+"));
    assert_eq!(
        book.timeline(ORDINARY, &Query { kinds: vec![Kind::Medicine], ..Query::default() }, None, 9)
            .unwrap()
            .items
            .len(),
        2
    );
}
