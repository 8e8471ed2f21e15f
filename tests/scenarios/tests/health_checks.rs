//! Health checks in their exchange form: one check stays one check however often it is sent, and is found and charted like one
//! that is written by hand.

use healthbook::{Item, Kind, Lang, Query, Reading};
use healthbook_scenarios::*;

/// A check of the book's person, with what differs from one sending to the next.
fn check(made: &str, weight: &str, conclusion: &str) -> String {
    let tables = [
        (
            "XML1",
            "<THONG_TIN_HANH_CHINH><HO_TEN>NGUYỄN THỊ MẪU</HO_TEN><NGAY_SINH>19580312</NGAY_SINH>\
             <GIOI_TINH>2</GIOI_TINH><SO_CCCD>001158999999</SO_CCCD></THONG_TIN_HANH_CHINH>"
                .to_owned(),
        ),
        (
            "XML2",
            "<THONG_TIN_CHUNG_VE_LAN_KHAM><MA_LK>KSK0001</MA_LK><MA_CSKCB>79999</MA_CSKCB>\
             <NGAY_VAO>202607090815</NGAY_VAO><TYPE>Adult</TYPE></THONG_TIN_CHUNG_VE_LAN_KHAM>"
                .to_owned(),
        ),
        (
            "XML7",
            "<KHAM_LAM_SANG><KHONG_KINH_MAT_PHAI>8/10</KHONG_KINH_MAT_PHAI><KHAM_MAT_PL>2</KHAM_MAT_PL></KHAM_LAM_SANG>"
                .to_owned(),
        ),
        ("XML10", format!("<KHAM_THE_LUC><CHIEU_CAO>158</CHIEU_CAO><CAN_NANG>{weight}</CAN_NANG></KHAM_THE_LUC>")),
        (
            "XML11",
            "<KHAM_CAN_LAM_SANG><DANH_SACH_CLS><CHI_TIET_CLS><MA_CHI_SO>Glucose</MA_CHI_SO><GIA_TRI>5.4</GIA_TRI>\
             <DON_VI_DO>mmol/L</DON_VI_DO></CHI_TIET_CLS></DANH_SACH_CLS></KHAM_CAN_LAM_SANG>"
                .to_owned(),
        ),
        ("XML12", format!("<KET_LUAN_VA_TU_VAN><PHAN_LOAI_SK>2</PHAN_LOAI_SK>{conclusion}</KET_LUAN_VA_TU_VAN>")),
    ];
    let files: String = tables
        .iter()
        .map(|(label, table)| {
            format!("<FILEHOSO><LOAIHOSO>{label}</LOAIHOSO><NOIDUNGFILE>{table}</NOIDUNGFILE></FILEHOSO>")
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?><KHAMSUCKHOE><THONGTINDONVI><MACSKCB>79999</MACSKCB></THONGTINDONVI><THONGTINHOSO>\
         <NGAYLAP>{made}</NGAYLAP><SOLUONGHOSO>1</SOLUONGHOSO><DANHSACHHOSO><HOSO>{files}</HOSO></DANHSACHHOSO>\
         </THONGTINHOSO></KHAMSUCKHOE>"
    )
}

const WORN: &str = "<CAC_BENH_TAT_NEU_CO>Thoái hóa khớp gối</CAC_BENH_TAT_NEU_CO>";

#[test]
fn the_same_check_again_changes_nothing_and_a_corrected_one_is_a_new_version() {
    let (_shelf, book) = Shelf::new();
    let first = import(&book, check("20260709", "51", ""));
    assert_eq!((first.quarantined, first.not_confirmed), (0, 0));
    let before = everything(&book, ALL);
    let paper = titled(&book, "Khám sức khỏe định kỳ – Loại II");
    import(&book, check("20260709", "51", ""));
    // Another file that says the same.
    let same = import(&book, check("20260711", "51", ""));
    assert_eq!((same.new, same.new_versions), (0, 0));
    assert_eq!(everything(&book, ALL), before);

    let corrected = import(&book, check("20260712", "52", WORN));
    assert_eq!((corrected.new, corrected.new_versions), (0, 1), "the paper, and not the test");
    assert_eq!(book.versions(ALL, paper).unwrap().len(), 2);
    // The first file once more does not bring back what it said.
    import(&book, check("20260710", "51", ""));
    let view = book.show(ALL, paper).unwrap();
    assert!(format!("{view:?}").contains("Thoái hóa khớp gối"));
}

#[test]
fn it_is_found_by_either_name_and_its_measures_are_in_their_series() {
    let (_shelf, book) = Shelf::new();
    import(&book, check("20260709", "51", WORN));
    let papers = Query { kinds: vec![Kind::Document], ..Query::default() };
    let papers: Vec<Item> = book.timeline(ALL, &papers, None, 10).unwrap().items;
    assert_eq!(papers.len(), 1);
    for words in ["khám sức khỏe", "periodic health check", "thoai hoa khop"] {
        let found = book.search(ALL, words, 10).unwrap();
        assert!(found.iter().any(|item| item.id == papers[0].id), "{words}");
    }
    let said = |lang| format!("{:?}", book.show(Reading { lang, ..ALL }, papers[0].id).unwrap());
    assert!(said(Lang::Vi).contains("Thị lực không kính, mắt phải"));
    assert!(said(Lang::En).contains("Sight without glasses, right"));
    assert!(said(Lang::En).contains("Class II"));
    assert!(everything(&book, ALL).iter().any(|item| item.title == "Glucose"));
}
