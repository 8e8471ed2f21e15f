//! The mapping as a table: that it leaves no field out, and that what it says is true.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::claim::{lists, mapping};

/// The decisions' own tables, frozen.
pub(super) struct Field {
    pub(super) form: &'static str,
    pub(super) name: &'static str,
    pub(super) is_number: bool,
    /// `None` where no length is stated.
    pub(super) max: Option<usize>,
}

pub(super) fn fields() -> Vec<Field> {
    let table = include_str!("../../../../../tests/fixtures/vn/claim-fields.tsv");
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    rows.map(|line| {
        let columns: Vec<&str> = line.split('\t').collect();
        Field {
            form: columns[0],
            name: columns[1],
            is_number: columns[2] == "num",
            max: columns[3].parse().ok(),
        }
    })
    .collect()
}

/// Root, list and row of a form, as programs nest them.
pub(super) fn nested(form: &str, rows: &str) -> String {
    let (before, row) = match form {
        "XML0" => (vec!["CHI_TIEU_TRANG_THAI_KCB", "DSACH_TRANG_THAI_KCB"], "TRANG_THAI_KCB"),
        "XML1" => (vec![], "TONG_HOP"),
        "XML2" => (vec!["CHITIEU_CHITIET_THUOC", "DSACH_CHI_TIET_THUOC"], "CHI_TIET_THUOC"),
        "XML3" => (vec!["CHITIEU_CHITIET_DVKT_VTYT", "DSACH_CHI_TIET_DVKT"], "CHI_TIET_DVKT"),
        "XML4" => (vec!["CHITIEU_CHITIET_DICHVUCANLAMSANG", "DSACH_CHI_TIET_CLS"], "CHI_TIET_CLS"),
        "XML5" => (
            vec!["CHITIEU_CHITIET_DIENBIENLAMSANG", "DSACH_CHI_TIET_DIEN_BIEN_BENH"],
            "CHI_TIET_DIEN_BIEN_BENH",
        ),
        "XML6" => (
            vec![
                "CHI_TIEU_HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS",
                "DSACH_HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS",
            ],
            "HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS",
        ),
        "XML7" => (vec![], "CHI_TIEU_DU_LIEU_GIAY_RA_VIEN"),
        "XML8" => (vec![], "CHI_TIEU_DU_LIEU_TOM_TAT_HO_SO_BENH_AN"),
        "XML9" => {
            (vec!["CHI_TIEU_DU_LIEU_GIAY_CHUNG_SINH", "DSACH_GIAYCHUNGSINH"], "DU_LIEU_GIAY_CHUNG_SINH")
        }
        "XML10" => (vec![], "CHI_TIEU_DU_LIEU_GIAY_NGHI_DUONG_THAI"),
        "XML11" => (vec![], "CHI_TIEU_DU_LIEU_GIAY_CHUNG_NHAN_NGHI_VIEC_HUONG_BAO_HIEM_XA_HOI"),
        "XML12" => (vec![], "GIAM_DINH_Y_KHOA"),
        "XML13" => (vec![], "CHI_TIEU_GIAYCHUYENTUYEN"),
        "XML14" => (vec![], "CHI_TIEU_GIAYHEN_KHAMLAI"),
        _ => (vec!["CHI_TIEU_DIEUTRI_BENHLAO", "DSACH_CHITIET_DIEUTRI_BENHLAO"], "CHITIET_DIEUTRI_BENHLAO"),
    };
    let mut inner = format!("<{row}>{rows}</{row}>");
    for name in before.iter().rev() {
        inner = format!("<{name}>{inner}</{name}>");
    }
    inner
}

pub(super) fn element(name: &str, value: &str) -> String {
    let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<{name}>{value}</{name}>")
}

type Pairs<'a> = Vec<(&'a str, &'a str)>;

fn form_xml(form: &str, pairs: &Pairs<'_>) -> String {
    nested(form, &pairs.iter().map(|(name, value)| element(name, value)).collect::<String>())
}

const CARDS: &str = "DN4019900000001;GD4019900000002";

/// What a row needs so that its other fields have somewhere to go.
fn bases(form: &str) -> Vec<Pairs<'static>> {
    let visit = ("MA_LK", "LK1");
    match form {
        "XML0" => vec![vec![visit, ("MA_THE_BHYT", CARDS)]],
        "XML1" => vec![vec![
            visit,
            ("MA_THE_BHYT", CARDS),
            ("MA_BENH_CHINH", "I10"),
            ("CAN_NANG", "50"),
            ("T_BHTT", "5"),
        ]],
        "XML2" => vec![vec![visit, ("TEN_THUOC", "Thuốc thử")]],
        "XML3" => vec![
            vec![visit, ("MA_DICH_VU", "01.1"), ("MA_NHOM", "8")],
            vec![visit, ("MA_DICH_VU", "01.1"), ("MA_NHOM", "15")],
            vec![visit, ("MA_VAT_TU", "N01"), ("MA_NHOM", "10")],
        ],
        "XML4" => vec![
            vec![visit, ("TEN_CHI_SO", "Chỉ số"), ("GIA_TRI", "5")],
            vec![visit, ("TEN_CHI_SO", "Chỉ số"), ("KET_LUAN", "Kết luận")],
        ],
        "XML5" => vec![vec![visit, ("DIEN_BIEN_LS", "CSST<M91>")]],
        "XML6" => vec![vec![visit, ("MA_LOAI_BN", "5"), ("MA_THE_BHYT", CARDS)]],
        "XML9" => vec![vec![visit, ("SO_CON", "1")]],
        "XML11" => vec![vec![visit, ("MAU_SO", "CT07"), ("MA_THE_BHYT", CARDS)]],
        "XML12" => vec![vec![("SO_BIEN_BAN", "12"), ("MA_THE_BHYT", CARDS)]],
        "XML13" => vec![vec![visit, ("MA_THE_BHYT", CARDS)]],
        "XML14" => vec![vec![visit, ("NGAY_HEN_KL", "20300101"), ("MA_THE_BHYT", CARDS)]],
        "XML15" => vec![vec![visit, ("LOAI_DTRI_LAO", "2")]],
        _ => vec![vec![visit, ("CHAN_DOAN_RV", "Chẩn đoán")]],
    }
}

/// A value for a field, and what must then stand in the element.
fn marker(row: &mapping::Mapped) -> (String, Vec<String>) {
    let one = |value: &str, told: &str| (value.to_owned(), vec![told.to_owned()]);
    let two = |a: &str, b: &str, told: [&str; 2]| (format!("{a};{b}"), told.map(str::to_owned).to_vec());
    match row.how {
        "copied" | "within" | "shown" => one("Dấu riêng", "Dấu riêng"),
        "code" | "key" => one("MK7", "MK7"),
        "each" | "ith" => two("MK7", "MK8", ["MK7", "MK8"]),
        "each number" => two("3107", "3208", ["3107", "3208"]),
        "each day" | "ith day" => two("20310203", "20310204", ["2031-02-03", "2031-02-04"]),
        "day" => one("20310203", "2031-02-03"),
        "time" => one("203102030405", "2031-02-03T04:05:00+07:00"),
        "number" => one("37.250", "37.250"),
        "cccd" => one("001158999999", "001158999999"),
        "shown date" => one("20310203", "03/02/2031"),
        "shown list" => {
            let name = |code: &&str| lists::name_in(row.form, row.field, code);
            let codes = ["1", "01", "02", "03", "TB", "000"];
            let code = codes.into_iter().find(|code| name(code).is_some());
            let code = code.unwrap_or_else(|| panic!("{}.{} has no list", row.form, row.field));
            one(code, name(&code).unwrap())
        }
        "list" => {
            let (code, told) = row.shown.split_once(" => ").unwrap();
            one(code, told)
        }
        how => panic!("{}.{}: what is {how}?", row.form, row.field),
    }
}

/// All that stands at a path in the records of a HOSO.
fn at(records: &[Incoming], path: &str) -> Vec<String> {
    fn walk(value: &Value, path: &[&str], found: &mut Vec<String>) {
        match (value, path) {
            (Value::Array(items), _) => items.iter().for_each(|item| walk(item, path, found)),
            (Value::Object(members), [first, rest @ ..]) => {
                if let Some(member) = members.get(*first) {
                    walk(member, rest, found);
                }
            }
            (Value::String(text), []) => found.push(text.clone()),
            (Value::Number(number), []) => found.push(number.to_string()),
            (Value::Object(_), []) => panic!("the path leads to a structure"),
            _ => {}
        }
    }
    let (resource_type, rest) = path.split_once('.').unwrap();
    let mut steps: Vec<&str> = rest.split('.').collect();
    if path == mapping::PAPER {
        steps.push("div");
    }
    let mut found = Vec::new();
    for record in records.iter().filter(|record| record.origin.resource_type == resource_type) {
        walk(&json(record), &steps, &mut found);
    }
    found
}

fn read_form(form: &str, pairs: &Pairs<'_>, with_summary: bool) -> Vec<Incoming> {
    let mut files = vec![file(form, &base64(&form_xml(form, pairs)))];
    if with_summary && form != "XML1" {
        files.push(file("XML1", &base64(&form_xml("XML1", &bases("XML1")[0]))));
    }
    both(hoso(&files).as_bytes()).0
}

#[test]
fn each_line_of_the_table_is_true() {
    let mut untrue = Vec::new();
    for row in mapping::rows().filter(|row| row.target != "kept") {
        let (value, expected) = marker(&row);
        let is_part = matches!(row.how, "within" | "shown" | "shown date" | "shown list" | "key")
            || row.target == "Appointment.comment";
        let holds = |found: &[String], told: &str| {
            found.iter().any(|text| if is_part { text.contains(told) } else { text == told })
        };
        let proven = bases(row.form).into_iter().any(|base| {
            [true, false].into_iter().any(|with_summary| {
                let others: Pairs<'_> = base.iter().copied().filter(|(name, _)| *name != row.field).collect();
                let mut marked = others.clone();
                marked.push((row.field, &value));
                let with = at(&read_form(row.form, &marked, with_summary), row.target);
                // A visit's number is what keeps a row together: without it there is none to compare with.
                let without = if row.field == "MA_LK" {
                    Vec::new()
                } else {
                    at(&read_form(row.form, &others, with_summary), row.target)
                };
                expected.iter().all(|told| holds(&with, told) && !holds(&without, told))
            })
        });
        if !proven {
            untrue.push(format!("{}.{} -> {} ({})", row.form, row.field, row.target, row.how));
        }
    }
    assert!(untrue.is_empty(), "not so:\n{}", untrue.join("\n"));
}

#[test]
fn each_field_of_each_form_is_mapped_or_kept_with_a_reason() {
    let known: BTreeSet<(&str, &str)> = fields().iter().map(|field| (field.form, field.name)).collect();
    let mut counts: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<&str>)> = BTreeMap::new();
    for row in mapping::rows() {
        assert!(known.contains(&(row.form, row.field)), "{}.{} is in no decision", row.form, row.field);
        let (mapped, kept) = counts.entry(row.form).or_default();
        if row.target == "kept" {
            assert!(row.reason.len() > 20, "{}.{} is kept for no reason", row.form, row.field);
            kept.insert(row.field);
        } else {
            mapped.insert(row.field);
        }
    }
    for (form, field) in &known {
        let (mapped, kept) = &counts[form];
        assert!(mapped.contains(field) != kept.contains(field), "{form}.{field}");
    }
    let counts: Vec<String> = (0..16)
        .map(|n| {
            let form = format!("XML{n}");
            let (mapped, kept) = &counts[form.as_str()];
            format!("{form} {}+{}", mapped.len(), kept.len())
        })
        .collect();
    assert_eq!(known.len(), 484);
    assert_eq!(
        counts.join(", "),
        "XML0 17+9, XML1 61+5, XML2 36+3, XML3 45+2, XML4 11+1, XML5 8+1, XML6 46+1, XML7 25+1, XML8 21+1, XML9 34+1, \
         XML10 12+1, XML11 22+1, XML12 34+1, XML13 41+1, XML14 21+1, XML15 19+1"
    );
}
