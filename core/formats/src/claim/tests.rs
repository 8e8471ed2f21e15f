//! Stories told with files that are made up here; all people and facilities in them are invented.

mod forms;
mod hostile;
mod mapping;
mod places;
mod shapes;
mod table;

use data_encoding::BASE64;
use healthbook_model::{Content, Incoming, Rejected, Sensitivity, SourceHint, Span};
use serde_json::Value;

use super::records;
use crate::{Item, Limits};

/// A visit of a woman with high blood pressure and diabetes.
const XML1: &str = "<TONG_HOP>\r\n<MA_LK>LK0001</MA_LK><STT>1</STT><MA_BN>BN77</MA_BN>\
    <HO_TEN><![CDATA[NGUYỄN THỊ MẪU]]></HO_TEN><SO_CCCD>001158999999</SO_CCCD>\
    <NGAY_SINH>195803120000</NGAY_SINH><GIOI_TINH>2</GIOI_TINH><DIA_CHI>Thôn Mẫu &amp; Xóm Thử</DIA_CHI>\
    <MA_THE_BHYT>GD4019900000001;TE1019900000002</MA_THE_BHYT><MA_DKBD>79999;79998</MA_DKBD>\
    <GT_THE_TU>20260101;20250101</GT_THE_TU><GT_THE_DEN>20261231;20251231</GT_THE_DEN>\
    <CHAN_DOAN_VAO>Tăng huyết áp</CHAN_DOAN_VAO>\
    <CHAN_DOAN_RV>I10 - Tăng huyết áp; E11.9 - Đái tháo đường týp 2; Rối loạn lipid máu</CHAN_DOAN_RV>\
    <MA_BENH_CHINH>I10</MA_BENH_CHINH><MA_BENH_KT>E11.9;E78.5</MA_BENH_KT><MA_BENH_YHCT>U55.521</MA_BENH_YHCT>\
    <MA_LOAI_KCB>05</MA_LOAI_KCB><NGAY_VAO>202601150815</NGAY_VAO><NGAY_RA>202602122359</NGAY_RA>\
    <NGAY_TTOAN>202601151030</NGAY_TTOAN><KET_QUA_DTRI>2</KET_QUA_DTRI><MA_LOAI_RV>1</MA_LOAI_RV>\
    <CAN_NANG>61.50</CAN_NANG><MA_CSKCB>79999</MA_CSKCB><DU_PHONG/><MOT_TRUONG_MOI>x</MOT_TRUONG_MOI></TONG_HOP>";

const XML2: &str = "<CHITIEU_CHITIET_THUOC><DSACH_CHI_TIET_THUOC><CHI_TIET_THUOC><MA_LK>LK0001</MA_LK>\
    <STT>1</STT><MA_THUOC>40.476</MA_THUOC><TEN_THUOC><![CDATA[Amlodipin]]></TEN_THUOC>\
    <DON_VI_TINH>Viên</DON_VI_TINH><HAM_LUONG>5mg</HAM_LUONG><DUONG_DUNG>1.01</DUONG_DUNG>\
    <LIEU_DUNG><![CDATA[1 viên/lần * 1 lần/ngày * 28 ngày [1 viên/ngày]]]></LIEU_DUNG>\
    <SO_LUONG>28.000</SO_LUONG><MA_BAC_SI>000001/TEST-CCHN;000002/TEST-CCHN</MA_BAC_SI>\
    <NGAY_YL>202601150900</NGAY_YL></CHI_TIET_THUOC>\
    <CHI_TIET_THUOC><MA_LK>LK0001</MA_LK><STT>2</STT><TEN_THUOC>Metformin 500mg</TEN_THUOC>\
    <HAM_LUONG>500 mg</HAM_LUONG><SO_LUONG>56</SO_LUONG></CHI_TIET_THUOC>\
    </DSACH_CHI_TIET_THUOC></CHITIEU_CHITIET_THUOC>";

const XML3: &str = "<CHITIEU_CHITIET_DVKT_VTYT><DSACH_CHI_TIET_DVKT>\
    <CHI_TIET_DVKT><MA_LK>LK0001</MA_LK><STT>1</STT><MA_DICH_VU>02.1896</MA_DICH_VU><MA_NHOM>13</MA_NHOM>\
    <TEN_DICH_VU>Khám Nội</TEN_DICH_VU></CHI_TIET_DVKT>\
    <CHI_TIET_DVKT><MA_LK>LK0001</MA_LK><STT>2</STT><MA_DICH_VU>23.0075.1494</MA_DICH_VU><MA_NHOM>1</MA_NHOM>\
    <TEN_DICH_VU>Định lượng Glucose</TEN_DICH_VU></CHI_TIET_DVKT>\
    <CHI_TIET_DVKT><MA_LK>LK0001</MA_LK><STT>3</STT><MA_DICH_VU>02.0085.1778</MA_DICH_VU><MA_NHOM>3</MA_NHOM>\
    <TEN_DICH_VU>Điện tim thường</TEN_DICH_VU><NGAY_TH_YL>202601150925</NGAY_TH_YL></CHI_TIET_DVKT>\
    </DSACH_CHI_TIET_DVKT></CHITIEU_CHITIET_DVKT_VTYT>";

const XML4: &str = "<CHITIEU_CHITIET_DICHVUCANLAMSANG><DSACH_CHI_TIET_CLS>\
    <CHI_TIET_CLS><MA_LK>LK0001</MA_LK><STT>1</STT><MA_DICH_VU>23.0075.1494</MA_DICH_VU><MA_CHI_SO/>\
    <TEN_CHI_SO>Glucose</TEN_CHI_SO><GIA_TRI>7.20</GIA_TRI><DON_VI_DO>mmol/L</DON_VI_DO><MO_TA/>\
    <KET_LUAN>Tăng</KET_LUAN><NGAY_KQ>202601150950</NGAY_KQ></CHI_TIET_CLS>\
    <CHI_TIET_CLS><MA_LK>LK0001</MA_LK><STT>2</STT><TEN_CHI_SO>HBsAg</TEN_CHI_SO><GIA_TRI>âm tính</GIA_TRI>\
    </CHI_TIET_CLS>\
    <CHI_TIET_CLS><MA_LK>LK0001</MA_LK><STT>3</STT><TEN_CHI_SO>Siêu âm ổ bụng</TEN_CHI_SO><GIA_TRI/>\
    <MO_TA>Gan không to</MO_TA><KET_LUAN>Bình thường</KET_LUAN></CHI_TIET_CLS>\
    </DSACH_CHI_TIET_CLS></CHITIEU_CHITIET_DICHVUCANLAMSANG>";

fn base64(inner: &str) -> String {
    BASE64.encode(inner.as_bytes())
}

fn file(label: &str, content: &str) -> String {
    format!("<FILEHOSO><LOAIHOSO>{label}</LOAIHOSO><NOIDUNGFILE>{content}</NOIDUNGFILE></FILEHOSO>")
}

fn hoso(files: &[String]) -> String {
    format!("<HOSO>{}</HOSO>", files.concat())
}

/// The usual HOSO, all tables in base64.
fn usual() -> String {
    hoso(&[
        file("XML1", &base64(XML1)),
        file("XML2", &base64(XML2)),
        file("XML3", &base64(XML3)),
        file("XML4", &base64(XML4)),
    ])
}

fn envelope(hosos: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<GIAMDINHHS><THONGTINDONVI><MACSKCB>79999</MACSKCB>\
         </THONGTINDONVI><THONGTINHOSO><NGAYLAP>20260116</NGAYLAP><SOLUONGHOSO>1</SOLUONGHOSO><DANHSACHHOSO>\
         {hosos}</DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>"
    )
}

/// The same visit under another MA_LK.
fn other_visit(xml: &str, visit: &str) -> String {
    xml.replace("LK0001", visit)
}

fn read(bytes: &[u8]) -> Vec<Item> {
    records(Box::new(bytes), Limits::default()).collect::<Result<_, _>>().unwrap()
}

fn taken(bytes: &[u8]) -> Vec<Incoming> {
    let (records, rejected) = both(bytes);
    assert_eq!(rejected, []);
    records
}

fn both(bytes: &[u8]) -> (Vec<Incoming>, Vec<Rejected>) {
    let (mut records, mut rejected) = (Vec::new(), Vec::new());
    for item in read(bytes) {
        match item {
            Item::Record(record) => records.push(*record),
            Item::Rejected(stretch) => rejected.push(stretch),
        }
    }
    (records, rejected)
}

fn names(records: &[Incoming]) -> Vec<String> {
    records.iter().map(|r| format!("{}/{}", r.origin.resource_type, r.origin.id)).collect()
}

fn json(record: &Incoming) -> Value {
    serde_json::from_slice(record.content.bytes()).unwrap()
}

fn find<'a>(records: &'a [Incoming], name: &str) -> &'a Incoming {
    records
        .iter()
        .find(|r| format!("{}/{}", r.origin.resource_type, r.origin.id) == name)
        .unwrap_or_else(|| panic!("{name} is missing among {:?}", names(records)))
}

fn spans(record: &Incoming) -> &[Span] {
    match &record.content {
        Content::Mapped { spans, .. } => spans,
        Content::Slice { .. } => panic!("a claim's records are mapped"),
    }
}

/// A span's offset and length, or those of its inner part, as a range.
fn range((offset, length): (u64, u64)) -> std::ops::Range<usize> {
    let from = usize::try_from(offset).unwrap();
    from..from + usize::try_from(length).unwrap()
}

fn all_restricted(records: &[Incoming]) -> bool {
    records.iter().all(|r| r.entry.sensitivity == Sensitivity::Restricted)
}

fn facility(record: &Incoming) -> Option<&str> {
    match &record.origin.source {
        SourceHint::Facility { code, .. } => Some(code),
        _ => None,
    }
}

const USUAL_NAMES: [&str; 16] = [
    "Patient/BN77",
    "Coverage/GD4019900000001",
    "Coverage/TE1019900000002",
    "Encounter/LK0001",
    "Condition/LK0001.benh.I10",
    "Condition/LK0001.benh.E11.9",
    "Condition/LK0001.benh.E78.5",
    "Condition/LK0001.benh.U55.521",
    "Observation/LK0001.can-nang",
    "MedicationRequest/LK0001.thuoc.1",
    "MedicationRequest/LK0001.thuoc.2",
    "Procedure/LK0001.dich-vu.3",
    "Observation/LK0001.ket-qua.1",
    "Observation/LK0001.ket-qua.2",
    "DiagnosticReport/LK0001.ket-qua.3",
    "ExplanationOfBenefit/LK0001.chi-phi",
];
