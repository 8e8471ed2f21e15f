//! A record reads as people speak: whom and what it points to is called by its name where the book may tell it.

use healthbook::{Book, Kind, Query, Reading, RecordId};
use healthbook_scenarios::fhir::{
    RESTRICTED, bundle, condition, encounter, mau, observation, patient, served, with_meta,
};
use healthbook_scenarios::*;

const BV: &str = "https://bv.example/fhir";
const URN: &str = "0aa7c5a4-2d5e-4c19-8f0e-1d6f7f6f1c11";

fn told(book: &Book, reading: Reading, id: RecordId) -> String {
    let view = book.show(reading, id).unwrap();
    view.sections
        .iter()
        .flat_map(|section| &section.rows)
        .map(|row| format!("{}: {}\n", row.label, row.value))
        .collect()
}

#[test]
fn a_diagnosis_names_its_visit_and_its_person() {
    let (_shelf, book) = Shelf::new();
    import(
        &book,
        served(BV, &[mau("1"), encounter("v", "Bệnh viện Mẫu"), condition("c", "I10", "Tăng huyết áp", "v")]),
    );
    let shown = told(&book, ORDINARY, titled(&book, "Tăng huyết áp"));
    assert!(shown.contains("NGUYEN THI MAU"), "{shown}");
    assert!(shown.contains("Lần khám: Ngoại trú, 01/02/2026"), "{shown}");
    assert!(!shown.contains("Người bệnh 1"), "{shown}");
}

#[test]
fn what_is_called_by_a_urn_and_has_another_id_is_named_too() {
    let (_shelf, book) = Shelf::new();
    let result =
        observation("o", "1", "Glucose", "5.1", "01-15").replace("Patient/1", &format!("urn:uuid:{URN}"));
    import(&book, bundle("collection", &[(&format!("urn:uuid:{URN}"), mau("p")), ("", result)]));
    let shown = told(&book, ORDINARY, titled(&book, "Glucose"));
    assert!(shown.contains("NGUYEN THI MAU") && !shown.contains(URN), "{shown}");
}

#[test]
fn what_is_hidden_or_another_servers_has_no_name_here() {
    let (_shelf, book) = Shelf::new();
    let hidden = with_meta(&observation("h", "1", "Xét nghiệm kín", "1", "01-10"), RESTRICTED);
    let asks = |target: &str| {
        observation("o", "1", "Glucose", "5.1", "01-15").replace(
            r#""effectiveDateTime""#,
            &format!(r#""focus":[{{"reference":"{target}"}}],"effectiveDateTime""#),
        )
    };
    import(&book, served(BV, &[mau("1"), hidden, asks("Observation/h")]));
    for reading in [ORDINARY, Reading { lang: healthbook::Lang::En, ..ORDINARY }] {
        for item in everything(&book, reading) {
            assert!(!told(&book, reading, item.id).contains("kín"), "{}", item.title);
        }
    }
    let open = Reading { restricted: true, ..ORDINARY };
    let shown = told(&book, open, titled(&book, "Glucose"));
    assert!(shown.contains("Xét nghiệm kín"), "behind the gate it is named: {shown}");

    import(&book, served(BV, &[asks("https://other.example/fhir/Observation/h")]));
    let shown = told(&book, open, titled(&book, "Glucose"));
    assert!(!shown.contains("Xét nghiệm kín"), "{shown}");
}

#[test]
fn an_id_of_two_people_names_neither_of_them() {
    let (_shelf, book) = Shelf::new();
    let other = patient("1", "TRAN VAN THI DU", "1990-07-01", "male");
    import(
        &book,
        served(
            BV,
            &[mau("1"), other, encounter("v", "Bệnh viện Mẫu"), condition("c", "I10", "Tăng huyết áp", "v")],
        ),
    );
    while let Some(waiting) = book.review(ALL).unwrap().first() {
        book.confirm(ALL, waiting.subject, &mut ()).unwrap();
    }
    let shown = told(&book, ORDINARY, titled(&book, "Tăng huyết áp"));
    assert!(!shown.contains("TRAN VAN") && !shown.contains("NGUYEN THI"), "{shown}");
    assert!(shown.contains("Lần khám: Ngoại trú, 01/02/2026"), "{shown}");
}

#[test]
fn what_was_deleted_or_erased_is_not_called_by_its_name_any_more() {
    let (_shelf, book) = Shelf::new();
    let plan = r#"{"resourceType":"CarePlan","id":"p","status":"active","intent":"plan","title":"Kế hoạch","subject":{"reference":"Patient/1"},"addresses":[{"reference":"Condition/d"},{"reference":"Condition/e"}]}"#;
    import(
        &book,
        served(
            BV,
            &[
                mau("1"),
                condition("d", "I10", "Bệnh đã bỏ", "none"),
                condition("e", "I10", "Bệnh đã xóa", "none"),
                plan.to_owned(),
            ],
        ),
    );
    let plan = titled(&book, "Kế hoạch");
    assert!(told(&book, ORDINARY, plan).contains("Bệnh đã bỏ; Bệnh đã xóa"));
    let deleted = titled(&book, "Bệnh đã bỏ");
    book.delete(ORDINARY, deleted).unwrap();
    book.purge(ORDINARY, titled(&book, "Bệnh đã xóa")).unwrap();
    let shown = told(&book, ALL, plan);
    assert!(!shown.contains("đã bỏ") && !shown.contains("đã xóa"), "{shown}");
    book.restore(ORDINARY, deleted).unwrap();
    assert!(told(&book, ORDINARY, plan).contains("Bệnh đã bỏ"));
}

#[test]
fn a_list_by_name_keeps_no_regard_to_marks_and_holds_every_record_once() {
    let (_shelf, book) = Shelf::new();
    let of = |id: &str, name: &str, day: &str| observation(id, "1", name, "5.1", day);
    import(
        &book,
        served(
            BV,
            &[
                mau("1"),
                of("a", "Đường huyết", "01-15"),
                of("b", "Cholesterol", "01-16"),
                of("c", "duong huyet", "01-17"),
                of("d", "Áp lực", "01-18"),
                of("e", "ethanol", "01-19"),
                of("f", "Cholesterol", "01-20"),
                with_meta(&of("h", "Albumin kín", "01-21"), RESTRICTED),
            ],
        ),
    );
    let query = Query { kinds: vec![Kind::Result], ..Query::default() };
    let list = |reading: Reading, rows: u32| {
        let (mut items, mut after) = (Vec::new(), None);
        loop {
            let page = book.by_name(reading, &query, after, rows).unwrap();
            assert!(page.items.len() <= usize::try_from(rows).unwrap());
            items.extend(page.items);
            after = page.next;
            if after.is_none() {
                return items;
            }
        }
    };
    let whole = list(ORDINARY, 100);
    let told: Vec<(&str, &str)> =
        whole.iter().map(|item| (item.title.as_str(), item.start.as_deref().unwrap())).collect();
    let by_name = [
        ("Áp lực", "2026-01-18"),
        ("Cholesterol", "2026-01-20"),
        ("Cholesterol", "2026-01-16"),
        ("duong huyet", "2026-01-17"),
        ("Đường huyết", "2026-01-15"),
        ("ethanol", "2026-01-19"),
    ];
    assert!(
        told.iter().zip(by_name).all(|(told, (title, day))| told.0 == title && told.1.starts_with(day)),
        "{told:?}"
    );
    assert_eq!(told.len(), by_name.len());
    for rows in [1, 2, 3, 6] {
        assert_eq!(list(ORDINARY, rows), whole, "by pages of {rows}");
    }
    let open = list(Reading { restricted: true, ..ORDINARY }, 2);
    assert_eq!(open[0].title, "Albumin kín");
    assert_eq!(open[1..], whole);
    // The name is the one that is shown, in the language it is shown in; what is not there is no place to go on from.
    assert!(book.by_name(ORDINARY, &query, Some(open[0].id), 5).is_err());
}
