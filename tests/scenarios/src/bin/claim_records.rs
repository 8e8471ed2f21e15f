//! Writes what a claim with every field of every form becomes into a folder, for a validator to look at: once with likely
//! values, once at the greatest length of each field, once with nothing but the number of the visit, and each form alone.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use healthbook_formats::{Format, Item, Limits, records};

type Failure = Box<dyn std::error::Error>;

/// Form, field, type, greatest length, by the decisions.
const FIELDS: &str = include_str!("../../../fixtures/vn/claim-fields.tsv");

/// Root and row of each form, in the order of their numbers.
const FORMS: [(&str, &str); 16] = [
    ("CHI_TIEU_TRANG_THAI_KCB", "TRANG_THAI_KCB"),
    ("TONG_HOP", ""),
    ("CHITIEU_CHITIET_THUOC", "CHI_TIET_THUOC"),
    ("CHITIEU_CHITIET_DVKT_VTYT", "CHI_TIET_DVKT"),
    ("CHITIEU_CHITIET_DICHVUCANLAMSANG", "CHI_TIET_CLS"),
    ("CHITIEU_CHITIET_DIENBIENLAMSANG", "CHI_TIET_DIEN_BIEN_BENH"),
    ("CHI_TIEU_HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS", "HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS"),
    ("CHI_TIEU_DU_LIEU_GIAY_RA_VIEN", ""),
    ("CHI_TIEU_DU_LIEU_TOM_TAT_HO_SO_BENH_AN", ""),
    ("CHI_TIEU_DU_LIEU_GIAY_CHUNG_SINH", "DU_LIEU_GIAY_CHUNG_SINH"),
    ("CHI_TIEU_DU_LIEU_GIAY_NGHI_DUONG_THAI", ""),
    ("CHI_TIEU_DU_LIEU_GIAY_CHUNG_NHAN_NGHI_VIEC_HUONG_BAO_HIEM_XA_HOI", ""),
    ("GIAM_DINH_Y_KHOA", ""),
    ("CHI_TIEU_GIAYCHUYENTUYEN", ""),
    ("CHI_TIEU_GIAYHEN_KHAMLAI", ""),
    ("CHI_TIEU_DIEUTRI_BENHLAO", "CHITIET_DIEUTRI_BENHLAO"),
];

/// How the fields are filled in.
#[derive(Clone, Copy, PartialEq)]
enum Filling {
    Likely,
    Longest,
    Least,
}

fn value(name: &str, is_number: bool, max: Option<usize>, filling: Filling) -> String {
    let dated = name.starts_with("NGAY") || name.ends_with("NGAY") || name.starts_with("GT_THE");
    let dated =
        dated || matches!(name, "THOI_DIEM_DBLS" | "THOIGIAN_DINHCHI" | "BDDT_ARV" | "NAM_NAM_LIEN_TUC");
    let known = match name {
        "MA_LK" => "LK2026.0001",
        "STT" => "1",
        "MA_THE_BHYT" => "DN4019900000001;GD4019900000002",
        "GT_THE_TU" => "20260101;20260201",
        "GT_THE_DEN" => "20261231;20261231",
        "SO_CCCD" => "001158999999",
        "NGAY_SINH" => "202601140730",
        "LIEU_DUNG" => "2 viên/lần * 2 lần/ngày * 5 ngày [4 viên/ngày]",
        "DIEN_BIEN_LS" => "Tỉnh. CSST<M75_T37.5_HA120/70_NT18_SP98_HL2>",
        "CAN_NANG_CON" => "3100;2900",
        "CAN_NANG" => "61.50",
        "NGAY_TAI_KHAM" => "20260212;20260312",
        "MA_BENH_CHINH" => "I10",
        "MA_BENH_KT" => "E11.9;E78.5",
        "NGAY_RA" => "202601151030",
        "NGAY_HEN_KL" => "202602120800",
        "MA_NHOM" => "8",
        "GIOI_TINH" => "2",
        _ => "",
    };
    if !known.is_empty() && (filling == Filling::Likely || matches!(name, "MA_LK" | "STT")) {
        return known.to_owned();
    }
    match max {
        Some(12) if dated => "202601150815".to_owned(),
        _ if dated => "20260115".to_owned(),
        max if filling == Filling::Longest && is_number => "9".repeat(max.unwrap_or(20)),
        max if filling == Filling::Longest => "Ự ".repeat(max.unwrap_or(20_000) / 2 + 1),
        _ if is_number => "1".to_owned(),
        _ => format!("{name} & <1>").replace('_', " "),
    }
}

fn table(number: usize, filling: Filling) -> String {
    let form = format!("XML{number}");
    let mut row = String::new();
    for line in FIELDS.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [of, name, kind, max, ..] = columns.as_slice() else { continue };
        let is_needed = matches!(
            *name,
            "MA_LK"
                | "STT"
                | "TEN_THUOC"
                | "TEN_DICH_VU"
                | "TEN_CHI_SO"
                | "KET_LUAN"
                | "NGAY_HEN_KL"
                | "SO_BIEN_BAN"
        );
        if *of != form || (filling == Filling::Least && !is_needed) {
            continue;
        }
        let value = value(name, *kind == "num", max.parse().ok(), filling);
        let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        row.push_str(&format!("<{name}>{value}</{name}>"));
    }
    match FORMS.get(number) {
        Some((root, "")) => format!("<{root}>{row}</{root}>"),
        Some((root, item)) => format!("<{root}><DS><{item}>{row}</{item}></DS></{root}>"),
        None => String::new(),
    }
}

fn write(folder: &Path, name: &str, claim: &str, count: &mut BTreeMap<String, u32>) -> Result<(), Failure> {
    for item in records(Format::ClaimXml, Box::new(claim.as_bytes()), Limits::default()) {
        match item? {
            Item::Record(record) => {
                *count.entry(record.origin.resource_type.clone()).or_default() += 1;
                let file = format!("{name}-{}-{}.json", record.origin.resource_type, record.origin.id);
                std::fs::write(folder.join(file), record.content.bytes())?;
            }
            Item::Rejected(rejected) => {
                return Err(format!("{name}: {}: {}", rejected.at, rejected.refusal.as_str()).into());
            }
        }
    }
    Ok(())
}

fn run() -> Result<(), Failure> {
    let folder = std::env::args_os().nth(1).ok_or("usage: claim_records FOLDER")?;
    let folder = Path::new(&folder);
    let mut count = BTreeMap::new();
    for (name, filling) in
        [("likely", Filling::Likely), ("longest", Filling::Longest), ("least", Filling::Least)]
    {
        let tables: String = (0..FORMS.len()).map(|number| table(number, filling)).collect();
        write(folder, name, &format!("<HOSO>{tables}</HOSO>"), &mut count)?;
        for number in 0..FORMS.len() {
            write(folder, &format!("{name}-xml{number}"), &table(number, filling), &mut count)?;
        }
    }
    // A result in words, a bed, a supply, a day without an hour.
    let more = table(3, Filling::Likely).replace("<MA_NHOM>8", "<MA_NHOM>15")
        + &table(4, Filling::Likely).replace("GIA_TRI", "GIA_TRI_CU")
        + &table(14, Filling::Likely).replace("202602120800", "20260212")
        + &table(1, Filling::Least);
    write(folder, "more", &format!("<HOSO>{more}</HOSO>"), &mut count)?;
    if count.len() < 12 {
        return Err(format!("only these types: {count:?}").into());
    }
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(std::io::Write::write_all(&mut std::io::stderr(), format!("{error}\n").as_bytes()));
            ExitCode::FAILURE
        }
    }
}
