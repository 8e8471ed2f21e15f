//! Checks that are made up here; all people and facilities in them are invented.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE64;
use healthbook_model::{Content, Incoming, Lang, Rejected, Sensitivity, SourceHint};
use serde_json::Value;

use super::{FORMS, Form, ROWS, VALUES, paper, people, records, shown};
use crate::claim::mapping;
use crate::claim::table::Tables;
use crate::{Item, Limits, checkup, view};

const PERSON: &[(&str, &str)] = &[
    ("HO_TEN", "NGUYỄN VĂN MẪU"),
    ("NGAY_SINH", "19800601"),
    ("GIOI_TINH", "1"),
    ("SO_CCCD", "001080999999"),
    ("DIA_CHI", "Thôn Mẫu, xã Thử"),
    ("NHOM_MAU", "O"),
];
const VISIT: &[(&str, &str)] = &[
    ("MA_LK", "KSK0001"),
    ("MA_CSKCB", "79999"),
    ("MA_GTIN_CSKCB", "8930000000000"),
    ("NGAY_VAO", "202607090815"),
    ("TYPE", "Adult"),
];
const FINDINGS: &[(&str, &str)] = &[
    ("NOI_KHOA_TUAN_HOAN", "Tim đều"),
    ("NOI_KHOA_TUAN_HOAN_PL", "1"),
    ("KHONG_KINH_MAT_PHAI", "8/10"),
    ("KHAM_MAT_PL", "2"),
    ("TAI_TRAI_NOI_THUONG", "5"),
    ("HAM_TREN", "Đủ răng"),
    ("CKDT_KHAM_MAT", "AAAA"),
];
const BODY: &[(&str, &str)] = &[
    ("CHIEU_CAO", "165"),
    ("CAN_NANG", "60,5"),
    ("MACH", "72"),
    ("HUYET_AP", "120/80"),
    ("CHI_SO_BMI", "22.2"),
];
const END: &[(&str, &str)] = &[("PHAN_LOAI_SK", "2"), ("CAC_BENH_TAT_NEU_CO", "Cận thị nhẹ")];
const TESTS: &str = "<KHAM_CAN_LAM_SANG><DANH_SACH_CLS><CHI_TIET_CLS><MA_DICH_VU>23.0075.1494</MA_DICH_VU>\
    <MA_CHI_SO>Glucose</MA_CHI_SO><GIA_TRI>5.4</GIA_TRI><DON_VI_DO>mmol/L</DON_VI_DO><MO_TA /><KET_LUAN />\
    </CHI_TIET_CLS><CHI_TIET_CLS><MA_CHI_SO>X-quang ngực</MA_CHI_SO><MO_TA>Phổi sáng</MO_TA>\
    <KET_LUAN>Bình thường</KET_LUAN></CHI_TIET_CLS></DANH_SACH_CLS></KHAM_CAN_LAM_SANG>";

type Fields<'f> = &'f [(&'f str, &'f str)];

fn table(form: Form, fields: Fields<'_>) -> String {
    let root = if form == Form::Conclusion { "KET_LUAN_VA_TU_VAN" } else { FORMS[form.number() - 1].1 };
    let mut inner: String = fields.iter().map(|(name, said)| format!("<{name}>{said}</{name}>")).collect();
    if form == Form::Tests {
        inner = format!("<DANH_SACH_CLS><CHI_TIET_CLS>{inner}</CHI_TIET_CLS></DANH_SACH_CLS>");
    }
    format!("<{root}>{inner}</{root}>")
}

fn file(form: Form, content: &str) -> String {
    let label = form.label();
    format!("<FILEHOSO><LOAIHOSO>{label}</LOAIHOSO><NOIDUNGFILE>{content}</NOIDUNGFILE></FILEHOSO>")
}

fn hoso(tables: &[(Form, Fields<'_>)]) -> String {
    let files: String = tables.iter().map(|(form, fields)| file(*form, &table(*form, fields))).collect();
    format!("<HOSO>{files}</HOSO>")
}

fn envelope(hosos: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<KHAMSUCKHOE xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\">\
         <THONGTINDONVI><MACSKCB>8930000000000</MACSKCB></THONGTINDONVI><THONGTINHOSO><NGAYLAP>20260710</NGAYLAP>\
         <SOLUONGHOSO>1</SOLUONGHOSO><DANHSACHHOSO>{hosos}</DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI /></KHAMSUCKHOE>"
    )
}

const USUAL: &[(Form, Fields<'static>)] = &[
    (Form::Person, PERSON),
    (Form::Visit, VISIT),
    (Form::Findings, FINDINGS),
    (Form::Body, BODY),
    (Form::Conclusion, END),
];

/// A grown-up's check.
fn usual() -> String {
    hoso(USUAL).replace("</HOSO>", &format!("{}</HOSO>", file(Form::Tests, TESTS)))
}

fn both(bytes: &[u8]) -> (Vec<Incoming>, Vec<Rejected>) {
    let (mut made, mut rejected) = (Vec::new(), Vec::new());
    for item in records(Box::new(bytes), Limits::default()) {
        match item.unwrap() {
            Item::Record(record) => made.push(*record),
            Item::Rejected(stretch) => rejected.push(stretch),
        }
    }
    (made, rejected)
}

fn taken(file: &str) -> Vec<Incoming> {
    let (made, rejected) = both(file.as_bytes());
    assert_eq!(rejected, []);
    made
}

fn names(made: &[Incoming]) -> Vec<String> {
    made.iter().map(|r| format!("{}/{}", r.origin.resource_type, r.origin.id)).collect()
}

fn json(record: &Incoming) -> Value {
    serde_json::from_slice(record.content.bytes()).unwrap()
}

fn composition(made: &[Incoming]) -> Value {
    json(made.iter().find(|r| r.origin.resource_type == "Composition").unwrap())
}

fn with<'f>(tables: &'f [(Form, Fields<'f>)], form: Form, fields: Fields<'f>) -> Vec<(Form, Fields<'f>)> {
    let mut tables: Vec<_> = tables.iter().copied().filter(|(known, _)| *known != form).collect();
    tables.push((form, fields));
    tables
}

#[test]
fn a_check_is_one_person_one_paper_and_its_tests() {
    let made = taken(&envelope(&usual()));
    assert_eq!(
        names(&made),
        [
            "Patient/cccd.001080999999",
            "Composition/KSK0001.kham-suc-khoe",
            "Observation/KSK0001.kham-suc-khoe.ket-qua.1",
            "DiagnosticReport/KSK0001.kham-suc-khoe.ket-qua.2",
        ]
    );
    for record in &made {
        let SourceHint::Facility { code, .. } = &record.origin.source else { panic!("of a facility") };
        assert_eq!(code, "79999", "by the number that its claims have");
        assert_eq!(record.entry.sensitivity, Sensitivity::Ordinary);
    }
    let paper = composition(&made);
    assert_eq!(paper["title"], "Khám sức khỏe định kỳ – Loại II");
    assert_eq!(paper["date"], "2026-07-09T08:15:00+07:00");
    assert_eq!(paper["custodian"]["identifier"]["value"], "79999");
    let titles: Vec<&str> =
        paper["section"].as_array().unwrap().iter().map(|s| s["title"].as_str().unwrap()).collect();
    assert_eq!(
        titles,
        [
            "Thông tin chung",
            "Thể lực",
            "Tuần hoàn",
            "Mắt",
            "Tai – mũi – họng",
            "Răng – hàm – mặt",
            "Phân loại sức khỏe",
            "Kết luận",
        ]
    );
    let inside = paper["contained"].as_array().unwrap();
    let ids: Vec<&str> = inside.iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["height", "weight", "pulse", "blood-pressure", "class"]);
    assert_eq!(inside[1]["valueQuantity"]["value"].to_string(), "60.5");
    assert_eq!(inside[3]["component"][1]["valueQuantity"]["value"].to_string(), "80");
    let glucose = json(&made[2]);
    assert_eq!(glucose["code"]["text"], "Glucose");
    assert_eq!(glucose["effectiveDateTime"], "2026-07-09T08:15:00+07:00");
    assert!(!paper.to_string().contains("AAAA"), "no signature becomes a record");
}

#[test]
fn base64_and_clear_text_say_the_same() {
    let tables = |wrap: &dyn Fn(String) -> String| {
        let files: String =
            USUAL.iter().map(|(form, fields)| file(*form, &wrap(table(*form, fields)))).collect();
        taken(&envelope(&format!("<HOSO>{files}</HOSO>")))
    };
    let clear = tables(&|text| text);
    for other in [
        tables(&|text| BASE64.encode(text.as_bytes())),
        tables(&|text| format!("<![CDATA[<?xml version=\"1.0\"?>{text}]]>")),
    ] {
        assert_eq!(names(&clear), names(&other));
        assert_eq!(composition(&clear), composition(&other));
    }
}

#[test]
fn a_test_is_made_of_its_own_stretch_of_the_file() {
    let table =
        |content: &str| hoso(USUAL).replace("</HOSO>", &format!("{}</HOSO>", file(Form::Tests, content)));
    for (content, is_clear) in [(TESTS.to_owned(), true), (BASE64.encode(TESTS.as_bytes()), false)] {
        let whole = envelope(&table(&content));
        let made = taken(&whole);
        let Content::Mapped { spans, .. } = &made[2].content else { panic!("mapped") };
        let cut = |text: &str, (from, length): (u64, u64)| {
            let from = usize::try_from(from).unwrap();
            text[from..from + usize::try_from(length).unwrap()].to_owned()
        };
        let outer = cut(&whole, (spans[0].offset, spans[0].length));
        let row = if is_clear {
            outer
        } else {
            assert_eq!(outer, content);
            cut(TESTS, spans[0].inner.unwrap())
        };
        assert!(
            row.starts_with("<CHI_TIET_CLS><MA_DICH_VU>23.") && row.ends_with("</CHI_TIET_CLS>"),
            "{row}"
        );
    }
}

#[test]
fn it_reads_in_vietnamese_and_in_english() {
    let history: Fields<'_> = &[("TSBT_TANG_HUYET_AP", "1"), ("TSBT_KHO_THO", "0"), ("TIEM_CHUNG_SOI", "99")];
    let made = taken(&envelope(&hoso(&with(USUAL, Form::History, history))));
    let record = made.iter().find(|r| r.origin.resource_type == "Composition").unwrap();
    let said = |lang| format!("{:?}", view::view(record.content.bytes(), lang).unwrap());
    let (vi, en) = (said(Lang::Vi), said(Lang::En));
    for words in
        ["Mắt", "Loại II", "Thị lực không kính, mắt phải", "Tăng huyết áp", "Không nhớ rõ", "Cận thị nhẹ"]
    {
        assert!(vi.contains(words), "{words} in {vi}");
    }
    for words in [
        "Eyes",
        "Class II",
        "Sight without glasses, right",
        "High blood pressure",
        "Not remembered",
        "Body measures",
        "Class of health",
        "Cận thị nhẹ",
    ] {
        assert!(en.contains(words), "{words} in {en}");
    }
    assert!(!vi.contains("Khó thở"), "what the person has not is no line");
    assert!(!en.contains("Tăng huyết áp"));
}

#[test]
fn what_tells_of_tuberculosis_hiv_or_mind_restricts_the_whole_check() {
    for (form, name, said) in [
        (Form::Person, "TS_TIEP_XUC_LAO", "1"),
        (Form::ChildConclusion, "NGUY_CO_MAC_LAO", "1"),
        (Form::History, "TSBT_BENH_TAM_THAN", "1"),
        (Form::History, "TSBT_MA_BENH", "I10; B20"),
        (Form::ChildConclusion, "KET_LUAN_BENH", "A15.0"),
        (Form::ChildConclusion, "GHI_RO_VAN_DE_SUC_KHOE", "Nhiễm HIV"),
    ] {
        let fields = [("SO_CCCD", "001080999999"), (name, said)];
        let tests = file(Form::Tests, TESTS);
        let whole = envelope(&hoso(&with(USUAL, form, &fields)));
        let made = taken(&whole.replace("</HOSO>", &format!("{tests}</HOSO>")));
        assert_eq!(made.len(), 4, "{name}");
        assert!(made.iter().all(|r| r.entry.sensitivity == Sensitivity::Restricted), "{name}");
    }
    let no = [("SO_CCCD", "001080999999"), ("TS_TIEP_XUC_LAO", "0"), ("TIEM_CHUNG_BCG", "1")];
    let made = taken(&envelope(&hoso(&with(USUAL, Form::Person, &no))));
    assert!(made.iter().all(|r| r.entry.sensitivity == Sensitivity::Ordinary));
    let hiv = TESTS.replace("X-quang ngực", "HIV Ab test nhanh");
    let made = taken(&envelope(&usual().replace(TESTS, &hiv)));
    let hidden: Vec<_> = made.iter().map(|r| r.entry.sensitivity == Sensitivity::Restricted).collect();
    assert_eq!(hidden, [false, false, false, true], "a test hides itself alone");
}

#[test]
fn one_broken_check_takes_no_other_with_it() {
    let other = usual().replace("KSK0001", "KSK0002");
    let two = hoso(&[(Form::Visit, VISIT), (Form::Person, PERSON), (Form::Visit, &[("MA_LK", "KSK0009")])]);
    let other_person = [("SO_CCCD", "001080999998")];
    let strangers = hoso(&[(Form::Visit, VISIT), (Form::Person, PERSON), (Form::Person, &other_person)]);
    for broken in [
        two.as_str(),
        strangers.as_str(),
        "<HOSO><FILEHOSO><LOAIHOSO>XML1</LOAIHOSO><NOIDUNGFILE>!!!</NOIDUNGFILE></FILEHOSO></HOSO>",
        "<HOSO><FILEHOSO><LOAIHOSO>XML7</LOAIHOSO><NOIDUNGFILE><KHAM_LAM_SANG><A></NOIDUNGFILE></FILEHOSO></HOSO>",
        "<HOSO><TONG_HOP><MA_LK>1</MA_LK></TONG_HOP></HOSO>",
        "<HOSO><THONG_TIN_HANH_CHINH><HO_TEN>Ai đó</HO_TEN></THONG_TIN_HANH_CHINH></HOSO>",
        "<HOSO><!-- <HO_TEN>",
    ] {
        let file = envelope(&format!("{broken}{other}"));
        let (made, rejected) = both(file.as_bytes());
        assert_eq!(rejected.len(), 1, "{broken}");
        let span = rejected[0].span;
        let end = usize::try_from(span.offset + span.length).unwrap();
        assert!(file.as_bytes()[usize::try_from(span.offset).unwrap()..end].starts_with(b"<HOSO>"));
        assert_eq!(names(&made).len(), 4, "{broken}");
    }
    let (made, rejected) = both(b"<!DOCTYPE KHAMSUCKHOE [<!ENTITY a \"b\">]><KHAMSUCKHOE/>");
    assert_eq!((made.len(), rejected.len()), (0, 1));
}

#[test]
fn two_spellings_of_a_field_and_of_a_table_are_one() {
    let old: Fields<'_> = &[("NOI_KHOA_THAN_TIETNIEU", "Bình thường"), ("NOI_KHOA_THAN_TIETNIEU_PL", "1")];
    let new: Fields<'_> = &[("NOI_KHOA_THAN_TN_SD", "Bình thường"), ("NOI_KHOA_THAN_TN_SD_PL", "1")];
    let read = |fields| composition(&taken(&envelope(&hoso(&with(USUAL, Form::Findings, fields)))));
    assert_eq!(read(old), read(new));
    let all: Vec<(&str, &str)> = old.iter().chain(new).copied().collect();
    assert_eq!(read(&all), read(new));
    let usual = hoso(USUAL);
    for (from, to) in [
        ("KET_LUAN_VA_TU_VAN", "KET_LUAN"),
        ("<LOAIHOSO>XML12<", "<LOAIHOSO>XML8<"),
        ("<LOAIHOSO>XML12<", "<LOAIHOSO>XML 12<"),
        ("19800601", "1980-06-01"),
    ] {
        let other = usual.replace(from, to);
        assert_ne!(other, usual);
        let (one, two) = (taken(&envelope(&usual)), taken(&envelope(&other)));
        assert_eq!((json(&one[0]), composition(&one)), (json(&two[0]), composition(&two)), "{to}");
    }
}

#[test]
fn what_is_no_measure_is_told_as_it_is_written() {
    let body: Fields<'_> =
        &[("CHIEU_CAO", "1.65"), ("CAN_NANG", "0"), ("MACH", "70 - 80"), ("HUYET_AP", "không đo")];
    let paper = composition(&taken(&envelope(&hoso(&with(USUAL, Form::Body, body)))));
    let inside = paper["contained"].as_array().unwrap();
    assert_eq!(inside.len(), 1, "the class alone");
    let told = paper["section"][1]["text"]["div"].as_str().unwrap();
    assert!(
        told.contains("<b>Chiều cao (cm):</b> 1.65") && told.contains("70 - 80") && told.contains("không đo")
    );
    assert!(!told.contains("Cân nặng"));
}

#[test]
fn nothing_but_who_and_when_is_a_check_too() {
    let bare = hoso(&[(Form::Visit, &[("MA_LK", "KSK0003")])]);
    assert_eq!(names(&taken(&envelope(&bare))), ["Composition/KSK0003.kham-suc-khoe"]);
    let child = hoso(&[
        (Form::Person, &[("HO_TEN", "NGUYỄN THỊ BÉ MẪU")]),
        (Form::Visit, &[("MA_LK", "KSK0004"), ("NGAY_VAO", "20260709")]),
        (Form::Vitals, &[("NHIET_DO", "36.8")]),
        (Form::Nutrition, &[("CHIEU_DAI", "75"), ("CAN_NANG", "9.1"), ("SUY_DINH_DUONG", "0")]),
        (Form::ChildConclusion, &[("BINH_THUONG", "1")]),
    ]);
    let made = taken(&envelope(&child));
    assert_eq!(names(&made), ["Patient/ma-lk.KSK0004", "Composition/KSK0004.kham-suc-khoe"]);
    let paper = composition(&made);
    let titles: Vec<&str> =
        paper["section"].as_array().unwrap().iter().map(|s| s["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Thể lực", "Kết luận"]);
    let file = envelope(&child);
    let mut met = people(Box::new(file.as_bytes()), Limits::default()).map(|met| met.unwrap());
    assert_eq!(met.next().unwrap().origin.resource_type, "Patient");
    assert!(met.next().is_none());
}

#[test]
fn very_many_tests_come_in_parts_and_the_same_table_twice_tells_them_once() {
    let one = |n: usize| {
        format!("<CHI_TIET_CLS><MA_CHI_SO>Chỉ số {n}</MA_CHI_SO><GIA_TRI>{n}</GIA_TRI></CHI_TIET_CLS>")
    };
    let rows: String = (0..2_000).map(one).collect();
    let tests = file(Form::Tests, &format!("<KHAM_CAN_LAM_SANG>{rows}</KHAM_CAN_LAM_SANG>"));
    let whole = envelope(&hoso(USUAL).replace("</HOSO>", &format!("{tests}{tests}</HOSO>")));
    let made = taken(&whole);
    assert_eq!(made.len(), 2 + 2_000);
    assert_eq!(names(&made).iter().collect::<BTreeSet<_>>().len(), made.len(), "each its own id");
}

struct Field {
    form: &'static str,
    name: &'static str,
    longest: Option<usize>,
}

/// The table of the decision, as `tests/fixtures/vn` has it.
fn fields() -> Vec<Field> {
    include_str!("../../../../../tests/fixtures/vn/health-check-fields.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            assert_eq!(columns.len(), 7, "{line}");
            assert!(["str", "num"].contains(&columns[2]) && ["high", "medium", "low"].contains(&columns[6]));
            Field { form: columns[0], name: columns[1], longest: columns[3].parse().ok() }
        })
        .collect()
}

fn form_of(label: &str) -> Form {
    Form::of_label(label).unwrap()
}

#[test]
fn each_field_is_mapped_or_kept_with_a_reason() {
    let known: BTreeSet<(&str, &str)> = fields().iter().map(|field| (field.form, field.name)).collect();
    let mut counts: BTreeMap<usize, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
    for row in ROWS.iter() {
        assert!(known.contains(&(row.form, row.field)), "{}.{} is in no decision", row.form, row.field);
        let (mapped, kept) = counts.entry(form_of(row.form).number()).or_default();
        if row.target == "kept" {
            assert!(row.reason.len() > 20, "{}.{} is kept for no reason", row.form, row.field);
            kept.insert(row.field);
        } else {
            mapped.insert(row.field);
        }
    }
    for (form, field) in &known {
        let (mapped, kept) = &counts[&form_of(form).number()];
        assert!(mapped.contains(field) != kept.contains(field), "{form}.{field}");
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(form, (mapped, kept))| format!("{form}:{}+{}", mapped.len(), kept.len()))
        .collect();
    assert_eq!(known.len(), 267);
    assert_eq!(
        counts.join(" "),
        "1:25+4 2:3+5 3:3+3 4:12+1 5:3+0 6:3+0 7:50+75 8:9+1 9:48+0 10:6+0 11:6+0 12:9+1"
    );
}

#[test]
fn each_section_and_label_has_its_place_and_is_in_english() {
    for (row, section, label) in shown() {
        assert!(paper::rank(section).0 != 3, "{section} has no place");
        for words in [section, label] {
            assert!(crate::claim::in_english(words).is_some() || words == "BCG", "{} {words}", row.field);
        }
        if row.how == "shown list" {
            let field = format!("{}.{}=", row.form, row.field);
            assert!(VALUES.all().any(|named| named.code.starts_with(&field)), "{field}");
        }
    }
    for (class, _) in checkup::CLASSES {
        assert!(crate::claim::in_english(&format!("Loại {class}")).is_some());
    }
    assert!(VALUES.all().is_sorted_by_key(|named| named.code));
}

/// What a field says, and what then stands in the element.
fn marker(row: &mapping::Mapped) -> (String, String) {
    let (said, told) = match row.how {
        "copied" | "within" | "shown" | "shown rest" | "code" | "key" => ("Dấu riêng", "Dấu riêng"),
        "day" => ("20310203", "2031-02-03"),
        "time" => ("203102030405", "2031-02-03T04:05:00+07:00"),
        "cccd" => ("001158999999", "001158999999"),
        "measure" if row.field == "HUYET_AP" => ("133/77", "133"),
        "measure" => ("41.5", "41.5"),
        "list" | "class" => row.shown.split_once(" => ").unwrap(),
        "shown yes" => ("1", "Có"),
        "shown class" => ("4", "Loại IV"),
        "shown list" => {
            let field = format!("{}.{}=", row.form, row.field);
            let named = VALUES.all().find(|named| named.code.starts_with(&field)).unwrap();
            (&named.code[field.len()..], named.vi)
        }
        how => panic!("{}.{}: what is {how}?", row.form, row.field),
    };
    (said.to_owned(), told.to_owned())
}

/// All text and numbers at a path in the records.
fn at(made: &[Incoming], path: &str) -> Vec<String> {
    fn walk(value: &Value, path: &[&str], found: &mut Vec<String>) {
        match (value, path) {
            (Value::Array(items), _) => items.iter().for_each(|item| walk(item, path, found)),
            (Value::Object(members), [first, rest @ ..]) => {
                members.get(*first).into_iter().for_each(|member| walk(member, rest, found));
            }
            (Value::String(text), []) => found.push(text.clone()),
            (Value::Number(number), []) => found.push(number.to_string()),
            _ => {}
        }
    }
    let (resource_type, rest) = path.split_once('.').unwrap();
    let mut steps: Vec<&str> = rest.split('.').collect();
    if path == mapping::PAPER {
        steps.push("div");
    }
    let mut found = Vec::new();
    made.iter()
        .filter(|r| r.origin.resource_type == resource_type)
        .for_each(|r| walk(&json(r), &steps, &mut found));
    found
}

#[test]
fn each_line_of_the_table_is_true() {
    let mut untrue = Vec::new();
    for row in ROWS.iter().filter(|row| row.target != "kept") {
        let form = form_of(row.form);
        let (said, told) = marker(row);
        let base: &[(Form, Fields<'_>)] = &[
            (Form::Person, &[("SO_CCCD", "001080999998")]),
            (Form::Visit, &[("MA_LK", "KSK7")]),
            (Form::Tests, &[("MA_CHI_SO", "Chỉ số"), ("GIA_TRI", "âm tính")]),
        ];
        let read = |marked: Option<(&str, &str)>| {
            let own = base.iter().find(|(known, _)| *known == form).map_or(&[][..], |(_, fields)| fields);
            let mut fields: Vec<_> = own.iter().copied().filter(|(name, _)| *name != row.field).collect();
            fields.extend(marked);
            at(&both(envelope(&hoso(&with(base, form, &fields))).as_bytes()).0, row.target)
        };
        let holds = |found: Vec<String>| match row.target {
            mapping::PAPER => {
                let label = row.shown.split_once(" / ").unwrap().1;
                found.iter().any(|div| div.contains(&format!("<b>{label}:</b> {told}")))
            }
            _ if row.how == "within" => found.iter().any(|text| text.contains(&told)),
            _ => found.contains(&told),
        };
        if !holds(read(Some((row.field, &said)))) || holds(read(None)) {
            untrue.push(format!("{}.{} -> {} ({})", row.form, row.field, row.target, row.how));
        }
    }
    assert!(untrue.is_empty(), "not so:\n{}", untrue.join("\n"));
}

#[test]
fn every_form_is_read_at_its_greatest_lengths_and_without_any_one_field() {
    let all = fields();
    let full = |without: Option<&str>| {
        let tables: Vec<(Form, Vec<(&str, String)>)> = FORMS
            .iter()
            .map(|(form, _)| {
                let own =
                    all.iter().filter(|field| field.form == form.label() && Some(field.name) != without);
                let said = |field: &Field| match field.name {
                    "MA_LK" => "K".repeat(100),
                    _ if without.is_some() => "9".repeat(field.longest.map_or(8, |longest| longest.min(8))),
                    _ => "9".repeat(field.longest.unwrap_or(20_000)),
                };
                (*form, own.map(|field| (field.name, said(field))).collect())
            })
            .collect();
        let tables: Vec<(Form, Vec<(&str, &str)>)> = tables
            .iter()
            .map(|(form, fields)| (*form, fields.iter().map(|(name, said)| (*name, said.as_str())).collect()))
            .collect();
        let tables: Vec<(Form, Fields<'_>)> =
            tables.iter().map(|(form, fields)| (*form, fields.as_slice())).collect();
        taken(&envelope(&hoso(&tables)))
    };
    let made = full(None);
    assert_eq!(made.len(), 3);
    for record in &made {
        for lang in [Lang::Vi, Lang::En] {
            view::view(record.content.bytes(), lang).unwrap();
        }
        let Content::Mapped { spans, .. } = &record.content else { panic!("mapped") };
        assert!(!spans.is_empty());
    }
    let names: BTreeSet<&str> = all.iter().map(|field| field.name).collect();
    for name in names {
        assert!(full(Some(name)).len() >= 2, "without {name}");
    }
}
