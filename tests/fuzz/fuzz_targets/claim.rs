//! Whatever the fields of a claim or a health check hold: reading them does not panic, every record is one resource that can be shown, and its
//! stretches stand in the file. The first byte is the form, those of a claim before those of a check; fields are lines `NAME=value`, anything else is the table itself.
#![no_main]

use std::fmt::Write;

use data_encoding::BASE64;
use healthbook_formats::{Format, Item, Limits, records, view};
use healthbook_model::{Content, Lang};
use libfuzzer_sys::fuzz_target;

/// How many forms a claim has.
const CLAIM: usize = 16;

/// Roots and rows, by the numbers of the forms: XML0 to XML15 of a claim, XML1 to XML12 of a check.
const ROWS: [(&str, &str); 28] = [
    ("CHI_TIEU_TRANG_THAI_KCB", "TRANG_THAI_KCB"),
    ("BaoHiemYTe", "TONG_HOP"),
    ("CHITIEU_CHITIET_THUOC", "CHI_TIET_THUOC"),
    ("CHITIEU_CHITIET_DVKT_VTYT", "CHI_TIET_DVKT"),
    ("CHITIEU_CHITIET_DICHVUCANLAMSANG", "CHI_TIET_CLS"),
    ("CHITIEU_CHITIET_DIENBIENLAMSANG", "CHI_TIET_DIEN_BIEN_BENH"),
    ("CHI_TIEU_HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS", "HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS"),
    ("DS", "CHI_TIEU_DU_LIEU_GIAY_RA_VIEN"),
    ("DS", "CHI_TIEU_DU_LIEU_TOM_TAT_HO_SO_BENH_AN"),
    ("CHI_TIEU_DU_LIEU_GIAY_CHUNG_SINH", "DU_LIEU_GIAY_CHUNG_SINH"),
    ("DS", "CHI_TIEU_DU_LIEU_GIAY_NGHI_DUONG_THAI"),
    ("DS", "CHI_TIEU_DU_LIEU_GIAY_CHUNG_NHAN_NGHI_VIEC_HUONG_BAO_HIEM_XA_HOI"),
    ("DS", "GIAM_DINH_Y_KHOA"),
    ("DS", "CHI_TIEU_GIAYCHUYENTUYEN"),
    ("DS", "CHI_TIEU_GIAYHEN_KHAMLAI"),
    ("CHI_TIEU_DIEUTRI_BENHLAO", "CHITIET_DIEUTRI_BENHLAO"),
    ("DS", "THONG_TIN_HANH_CHINH"),
    ("DS", "THONG_TIN_CHUNG_VE_LAN_KHAM"),
    ("DS", "DANH_GIA_DAU_HIEU_SINH_TON"),
    ("DS", "DANH_GIA_DINH_DUONG"),
    ("DS", "DANH_GIA_PHAT_TRIEN_TINH_THAN_VAN_DONG"),
    ("DS", "DANH_GIA_TIEM_CHUNG"),
    ("DS", "KHAM_LAM_SANG"),
    ("DS", "KET_LUAN_VA_TU_VAN"),
    ("DS", "TIEN_SU_BENH_TAT"),
    ("DS", "KHAM_THE_LUC"),
    ("KHAM_CAN_LAM_SANG", "CHI_TIET_CLS"),
    ("DS", "KET_LUAN_VA_TU_VAN"),
];

fn table(form: usize, text: &str) -> String {
    let (root, row) = ROWS[form % ROWS.len()];
    let mut fields = String::from("<MA_LK>LK1</MA_LK>");
    for line in text.lines() {
        let Some((name, value)) = line.split_once('=') else { return text.to_owned() };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        {
            return text.to_owned();
        }
        let value = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        write!(fields, "<{name}>{value}</{name}>").unwrap();
    }
    format!("<{root}><{row}>{fields}</{row}></{root}>")
}

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    let form = usize::from(*first);
    let table = table(form, &String::from_utf8_lossy(rest));
    let number = form % ROWS.len();
    let (format, summary, number) = match number.checked_sub(CLAIM) {
        None => {
            let summary = "<TONG_HOP><MA_LK>LK1</MA_LK><MA_BN>1</MA_BN><T_BHTT>1</T_BHTT></TONG_HOP>";
            (Format::ClaimXml, summary, number)
        }
        Some(of_check) => {
            let visit = "<THONG_TIN_CHUNG_VE_LAN_KHAM><MA_LK>LK1</MA_LK></THONG_TIN_CHUNG_VE_LAN_KHAM>";
            (Format::HealthCheckXml, visit, of_check + 1)
        }
    };
    let file = format!(
        "<HOSO>{summary}<FILEHOSO><LOAIHOSO>XML{number}</LOAIHOSO><NOIDUNGFILE>{}</NOIDUNGFILE></FILEHOSO></HOSO>",
        BASE64.encode(table.as_bytes())
    );
    let limits = Limits { resource_bytes: 1 << 20, records: 10_000, ..Limits::default() };
    for item in records(format, Box::new(file.as_bytes()), limits) {
        match item.expect("a slice does not fail to read") {
            Item::Record(incoming) => {
                let Content::Mapped { bytes, spans, .. } = &incoming.content else { panic!("not mapped") };
                for span in spans {
                    assert!(span.offset + span.length <= file.len() as u64);
                }
                for lang in [Lang::Vi, Lang::En] {
                    view::view(bytes, lang).expect("a record can be shown");
                }
                let id = incoming.origin.id.as_bytes();
                assert!((1..=64).contains(&id.len()));
                assert!(id.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.')));
            }
            Item::Rejected(rejected) => {
                assert!(rejected.span.offset + rejected.span.length <= file.len() as u64);
            }
        }
    }
});
