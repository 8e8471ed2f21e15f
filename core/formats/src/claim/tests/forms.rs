//! Files written from the decisions' own tables.

use healthbook_model::{Lang, Refusal};

use super::table::{Field, element, fields, nested};
use super::*;

/// What stands in a field: a date where it holds one, else as many characters as it may have.
fn filled(field: &Field, length: usize) -> String {
    let dated =
        field.name.starts_with("NGAY") || field.name.ends_with("NGAY") || field.name.starts_with("GT_THE");
    match (field.name, field.max) {
        ("MA_LK", _) => "LK1".to_owned(),
        ("STT", _) => "1".to_owned(),
        ("MA_THE_BHYT", _) => "DN4019900000001;GD4019900000002".to_owned(),
        ("DIEN_BIEN_LS", _) => format!("CSST<M75_T37_HA120/70_NT18_SP98_HL2> {}", "ừ".repeat(length)),
        ("LIEU_DUNG", _) => "2 viên/lần * 2 lần/ngày * 5 ngày [4 viên/ngày]".to_owned(),
        (_, Some(12)) if dated => "202601150815".to_owned(),
        (_, Some(8)) if dated => "20260115".to_owned(),
        (_, None | Some(50)) if dated => "20260115;20260116".to_owned(),
        (_, max) if field.is_number => "9".repeat(max.unwrap_or(length)),
        (_, max) => "Ự".repeat(max.unwrap_or(length)),
    }
}

fn forms() -> Vec<String> {
    (0..16).map(|n| format!("XML{n}")).collect()
}

/// A row with these fields of a form.
fn row(form: &str, length: usize, keep: impl Fn(&Field) -> bool) -> String {
    let all = fields();
    let of_form = all.iter().filter(|field| field.form == form && keep(field));
    of_form.map(|field| element(field.name, &filled(field, length))).collect()
}

fn hoso_of(rows: &[(String, String)]) -> String {
    let files: Vec<String> = rows.iter().map(|(form, row)| file(form, &base64(&nested(form, row)))).collect();
    hoso(&files)
}

/// All that FHIR asks of an id and of the texts of a record.
fn is_sound(record: &Incoming) {
    fn texts(value: &Value) {
        match value {
            Value::String(text) => assert!(!text.trim().is_empty(), "an empty text"),
            Value::Array(items) => {
                assert!(!items.is_empty(), "an empty list");
                items.iter().for_each(texts);
            }
            Value::Object(members) => {
                assert!(!members.is_empty(), "an empty structure");
                members.values().for_each(texts);
            }
            _ => {}
        }
    }
    let resource = json(record);
    let id = resource["id"].as_str().unwrap();
    assert!((1..=64).contains(&id.len()), "{id}");
    assert!(id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.')), "{id}");
    texts(&resource);
}

#[test]
fn every_field_of_every_form_at_its_greatest_length_is_read() {
    let full: Vec<(String, String)> =
        forms().into_iter().map(|form| (form.clone(), row(&form, 20_000, |_| true))).collect();
    let (records, rejected) = both(envelope(&hoso_of(&full)).as_bytes());
    assert_eq!(rejected, []);
    records.iter().for_each(is_sound);
    let mut count: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for record in &records {
        *count.entry(record.origin.resource_type.as_str()).or_default() += 1;
    }
    let count: Vec<String> = count.into_iter().map(|(kind, n)| format!("{n} {kind}")).collect();
    assert_eq!(
        count.join(", "),
        "1 Appointment, 1 CarePlan, 9 Composition, 3 Condition, 2 Coverage, 1 Encounter, 1 ExplanationOfBenefit, \
         1 MedicationRequest, 7 Observation, 1 Patient, 1 ServiceRequest"
    );
    // XML6, XML15 and the end of a pregnancy in XML7 hide all of it.
    assert!(all_restricted(&records));
}

#[test]
fn a_form_without_any_of_its_optional_fields_and_without_any_one_of_them_is_read() {
    let all = fields();
    for form in forms() {
        let alone = row(&form, 100, |field| matches!(field.name, "MA_LK" | "STT" | "SO_BIEN_BAN"));
        let (records, rejected) = both(hoso_of(&[(form.clone(), alone)]).as_bytes());
        assert_eq!(rejected, [], "{form}");
        records.iter().for_each(is_sound);
        let full = both(hoso_of(&[(form.clone(), row(&form, 100, |_| true))]).as_bytes()).0;
        for missing in all.iter().filter(|field| field.form == form && field.name != "MA_LK") {
            let rows = row(&form, 100, |field| field.name != missing.name);
            let (records, rejected) = both(hoso_of(&[(form.clone(), rows)]).as_bytes());
            assert_eq!(rejected, [], "{form} without {}", missing.name);
            assert!(records.len() + 5 >= full.len(), "{form} without {}", missing.name);
            records.iter().for_each(is_sound);
        }
    }
}

#[test]
fn every_form_may_stand_alone_as_a_file() {
    for form in forms() {
        let table = nested(&form, &row(&form, 100, |_| true));
        assert_eq!(crate::detect(table.as_bytes()), crate::Format::ClaimXml, "{form}");
        // XML3's row is of a group of costs that is no care: a line of a bill that needs its XML1.
        assert_eq!(taken(table.as_bytes()).is_empty(), form == "XML3", "{form}");
    }
}

#[test]
fn fields_are_found_by_name_wherever_they_stand_and_whatever_stands_between() {
    for form in forms() {
        let all = fields();
        let own: Vec<String> = all
            .iter()
            .filter(|field| field.form == form)
            .map(|field| element(field.name, &filled(field, 100)))
            .collect();
        let bytes = |rows: String| -> Vec<Vec<u8>> {
            let records = taken(hoso_of(&[(form.clone(), rows)]).as_bytes());
            records.iter().map(|record| record.content.bytes().to_vec()).collect()
        };
        let straight = bytes(own.concat());
        let reversed: String = own.iter().rev().map(String::as_str).collect();
        assert_eq!(bytes(reversed), straight, "{form}");
        let unknown = own.join("\r\n<TRUONG_MOI>?</TRUONG_MOI><!-- --><ds:Signature><X>y</X></ds:Signature>");
        assert_eq!(bytes(unknown), straight, "{form}");
        let small = all
            .iter()
            .filter(|field| field.form == form)
            .map(|field| element(&field.name.to_lowercase(), &filled(field, 100)));
        assert_eq!(bytes(small.collect()), straight, "{form}");
    }
}

#[test]
fn a_hoso_of_two_million_elements_is_refused_alone() {
    let bomb = format!(
        "<HOSO><FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>{}</NOIDUNGFILE></FILEHOSO></HOSO>",
        "<A/>".repeat(2_000_000)
    );
    let first = hoso(&[file("XML1", &base64(&other_visit(XML1, "FIRST")))]);
    let text = envelope(&format!("{first}{bomb}{}", usual()));
    let (records, rejected) = both(text.as_bytes());
    let names = names(&records);
    assert!(names.contains(&"Encounter/FIRST".to_owned()));
    assert!(names.ends_with(&USUAL_NAMES.map(str::to_owned)));
    assert_eq!(rejected.len(), 1);
    assert_eq!((rejected[0].refusal, rejected[0].at.as_str()), (Refusal::TooLarge, "HOSO 2"));
}

#[test]
fn both_spellings_of_a_referral_say_the_same() {
    let of = |from: &str, to: &str, state: &str| {
        let rows = format!(
            "<MA_LK>LK1</MA_LK><{from}>79001</{from}><{to}>79002</{to}><{state}>Tỉnh táo</{state}>\
             <NGAY_VAO>202601150815</NGAY_VAO><NGAY_RA>202601160900</NGAY_RA>"
        );
        json(&taken(hoso_of(&[("XML13".to_owned(), rows)]).as_bytes())[0])
    };
    let old = of("MA_NOI_DI", "MA_NOI_DEN", "PP_DIEU_TRI");
    let new = of("MA_CSKCB_DI", "MA_CSKCB_DEN", "TINH_TRANG_CT");
    assert_eq!(old["performer"][0]["identifier"]["value"], "79002");
    assert_eq!(old["performer"], new["performer"]);
    assert_eq!(old["note"][1], new["note"][1]);
    assert_eq!(new["note"][0]["text"], "Tình trạng người bệnh lúc chuyển tuyến: Tỉnh táo");
}

#[test]
fn the_same_table_twice_tells_its_rows_once_and_a_corrected_row_stays_beside_the_first() {
    let twice = hoso(&[
        file("XML1", &base64(XML1)),
        file("XML2", &base64(XML2)),
        file("XML2", &base64(XML2)),
        file("XML4", &base64(XML4)),
        file("XML4", &base64(&XML4.replace("7.20", "7.30"))),
    ]);
    let names = names(&taken(envelope(&twice).as_bytes()));
    let starts = |with: &str| names.iter().filter(|name| name.starts_with(with)).count();
    assert_eq!(starts("MedicationRequest/"), 2);
    assert!(names.contains(&"Observation/LK0001.ket-qua.1".to_owned()));
    assert!(names.contains(&"Observation/LK0001.ket-qua.1.2".to_owned()));
    assert_eq!(starts("Observation/LK0001.ket-qua.2"), 1);
}

/// The sections' and rows' names of a record, in the order in which they are read.
fn labels(record: &Incoming, lang: Lang) -> Vec<String> {
    let view = crate::view::view(record.content.bytes(), lang).unwrap();
    let sections = view.sections.into_iter();
    sections
        .flat_map(|section| section.title.into_iter().chain(section.rows.into_iter().map(|row| row.label)))
        .collect()
}

#[test]
fn every_section_and_label_of_every_form_is_read_in_english_by_who_reads_english() {
    let (mut count, mut missing) = (0, std::collections::BTreeSet::new());
    for form in forms() {
        let first = ("XML1".to_owned(), row("XML1", 5, |_| true));
        let own = (form.clone(), row(&form, 5, |_| true));
        let rows = if form == "XML1" { vec![own] } else { vec![first, own] };
        for record in taken(hoso_of(&rows).as_bytes()) {
            let vi = labels(&record, Lang::Vi);
            for label in labels(&record, Lang::En) {
                count += 1;
                // Words of the file itself are made of this letter here; signs and numbers are no words.
                let is_fact = label.contains('Ự') || !label.chars().any(char::is_alphabetic);
                let is_vietnamese = label.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
                if !is_fact && (is_vietnamese || vi.contains(&label)) {
                    missing.insert(format!("{form} {} {label}", record.origin.resource_type));
                }
            }
        }
    }
    assert!(count > 1000, "{count}");
    assert!(missing.is_empty(), "{missing:#?}");
}
