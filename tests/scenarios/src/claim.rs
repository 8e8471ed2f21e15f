//! Claim files (QĐ 4750/2023) written by hand for the stories; all people and facilities in them are invented.

use data_encoding::BASE64;

/// A visit of Nguyễn Thị Mẫu: its code, its main diagnosis as `(ICD, words)`, a medicine, a result.
pub fn visit(
    visit: &str,
    diagnosis: (&str, &str),
    medicine: &str,
    result: (&str, &str),
) -> Vec<(String, String)> {
    let (code, words) = diagnosis;
    let (test, value) = result;
    vec![
        (
            "XML1".into(),
            format!(
                "<TONG_HOP><MA_LK>{visit}</MA_LK><STT>1</STT><MA_BN>BN77</MA_BN><HO_TEN>NGUYỄN THỊ MẪU</HO_TEN>\
                 <SO_CCCD>001158999999</SO_CCCD><NGAY_SINH>195803120000</NGAY_SINH><GIOI_TINH>2</GIOI_TINH>\
                 <MA_THE_BHYT>GD4019900000001</MA_THE_BHYT><CHAN_DOAN_RV>{code} - {words}</CHAN_DOAN_RV>\
                 <MA_BENH_CHINH>{code}</MA_BENH_CHINH><MA_LOAI_KCB>01</MA_LOAI_KCB>\
                 <NGAY_VAO>202601150815</NGAY_VAO><NGAY_RA>202601151030</NGAY_RA><MA_CSKCB>79999</MA_CSKCB></TONG_HOP>"
            ),
        ),
        (
            "XML2".into(),
            format!(
                "<CHITIEU_CHITIET_THUOC><DSACH_CHI_TIET_THUOC><CHI_TIET_THUOC><MA_LK>{visit}</MA_LK><STT>1</STT>\
                 <TEN_THUOC>{medicine}</TEN_THUOC><SO_LUONG>28</SO_LUONG><NGAY_YL>202601150900</NGAY_YL>\
                 </CHI_TIET_THUOC></DSACH_CHI_TIET_THUOC></CHITIEU_CHITIET_THUOC>"
            ),
        ),
        (
            "XML4".into(),
            format!(
                "<CHITIEU_CHITIET_DICHVUCANLAMSANG><DSACH_CHI_TIET_CLS><CHI_TIET_CLS><MA_LK>{visit}</MA_LK>\
                 <STT>1</STT><TEN_CHI_SO>{test}</TEN_CHI_SO><GIA_TRI>{value}</GIA_TRI><DON_VI_DO>mmol/L</DON_VI_DO>\
                 <NGAY_KQ>202601150950</NGAY_KQ></CHI_TIET_CLS></DSACH_CHI_TIET_CLS></CHITIEU_CHITIET_DICHVUCANLAMSANG>"
            ),
        ),
    ]
}

/// The form by which a facility reports care for HIV: with it, everything of the visit is restricted.
pub fn hiv_form(visit: &str) -> (String, String) {
    (
        "XML6".into(),
        format!(
            "<CHI_TIEU_HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS><DSACH_HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS>\
             <HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS><MA_LK>{visit}</MA_LK></HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS>\
             </DSACH_HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS></CHI_TIEU_HO_SO_BENH_AN_CHAM_SOC_VA_DIEU_TRI_HIV_AIDS>"
        ),
    )
}

/// The claim file of these visits, each table in base64, written out on a day (`yyyyMMdd`).
pub fn file(made: &str, visits: &[Vec<(String, String)>]) -> String {
    let hosos: String = visits
        .iter()
        .map(|tables| {
            let files: String = tables
                .iter()
                .map(|(label, xml)| {
                    format!(
                        "<FILEHOSO><LOAIHOSO>{label}</LOAIHOSO><NOIDUNGFILE>{}</NOIDUNGFILE></FILEHOSO>",
                        BASE64.encode(xml.as_bytes())
                    )
                })
                .collect();
            format!("<HOSO>{files}</HOSO>")
        })
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<GIAMDINHHS><THONGTINDONVI><MACSKCB>79999</MACSKCB>\
         </THONGTINDONVI><THONGTINHOSO><NGAYLAP>{made}</NGAYLAP><SOLUONGHOSO>{}</SOLUONGHOSO><DANHSACHHOSO>{hosos}\
         </DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>",
        visits.len()
    )
}
