//! XML13: giấy chuyển tuyến, the paper with which a facility sends somebody to another.
//!
//! The tables have no field for how long it is valid: the law says so by the disease, and it is not guessed here. Who reads
//! the record is told the rule.

use super::hoso::Unread;
use super::json::{identifier, list, object, text};
use super::page::Page;
use super::value::{concept, date, date_time, facility_of, practitioner, spoken, words};
use super::{lists, paper, visit};
use crate::names::SID_BHYT;
use crate::sensitive::text_is_restricted;

/// Fields of text, and what the paper calls them.
const NOTES: [(&str, &str); 10] = [
    ("DAU_HIEU_LS", "Dấu hiệu lâm sàng"),
    ("QT_BENHLY", "Quá trình bệnh lý và diễn biến lâm sàng"),
    ("TOMTAT_KQ", "Tóm tắt kết quả xét nghiệm, cận lâm sàng"),
    ("PP_DIEUTRI", "Phương pháp điều trị"),
    ("PP_DIEU_TRI", "Phương pháp điều trị đã dùng"),
    ("TEN_DICH_VU", "Dịch vụ đã dùng"),
    ("TEN_THUOC", "Thuốc đã dùng"),
    ("TINH_TRANG_CT", "Tình trạng người bệnh lúc chuyển tuyến"),
    ("HUONG_DIEU_TRI", "Hướng điều trị"),
    ("PHUONGTIEN_VC", "Phương tiện vận chuyển"),
];

pub(super) fn map(page: &mut Page<'_, '_>) -> Result<(), Unread> {
    let row = page.row;
    let number = |field: &str, name: &str| {
        row.get(field).and_then(|number| object([("type", words(name)), ("value", text(number))]))
    };
    let identifiers = [
        number("GIAY_CHUYEN_TUYEN", "Số giấy chuyển tuyến"),
        number("SO_CHUYENTUYEN", "Số vào sổ chuyển tuyến"),
        number("SO_HOSO", "Số hồ sơ"),
    ];
    let escort = [row.get("HOTEN_NGUOI_HT"), row.get("CHUCDANH_NGUOI_HT")];
    let escort = escort.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let from = row.get("MA_CSKCB_DI").or_else(|| row.get("MA_NOI_DI"));
    let came_from = from.map(|from| format!("Nơi đã chuyển người bệnh đến: {from}"));
    let ending = row.get("MA_LOAI_RV").and_then(|code| lists::name("MA_LOAI_RV", code));
    // Several days joined by `;` (QĐ 3176): the stay's first and last.
    let (came, left) = (row.list("NGAY_VAO"), row.list("NGAY_RA"));
    let stay = [
        ("Ngày vào", came.first().copied()),
        ("Ngày vào nội trú", row.get("NGAY_VAO_NOI_TRU")),
        ("Ngày ra", left.last().copied()),
    ];
    let stay = stay.into_iter().filter_map(|(name, day)| {
        day.filter(|day| !day.is_empty()).map(|day| format!("{name}: {}", spoken(day)))
    });
    let signed = row.get("MA_TTDV").map(|number| format!("Người ký của cơ sở: {number}"));
    let notes = NOTES
        .iter()
        .filter_map(|(field, name)| row.get(field).map(|said| format!("{name}: {said}")))
        .chain((!escort.is_empty()).then(|| format!("Người hộ tống: {escort}")))
        .chain(came_from)
        .chain(ending.map(|ending| format!("Loại ra viện: {ending}")))
        .chain(stay)
        .chain(signed)
        .map(|note| object([("text", text(note))]));
    let cards = row.list("MA_THE_BHYT");
    let until = row.list("GT_THE_DEN");
    let cards = cards.iter().enumerate().filter(|(_, card)| !card.is_empty()).map(|(n, card)| {
        let ends = object([("end", date(until.get(n).copied()))]);
        let number = identifier(SID_BHYT, Some(card)).map(|mut number| {
            if let (Some(number), Some(ends)) = (number.as_object_mut(), ends) {
                number.insert("period".to_owned(), ends);
            }
            number
        });
        object([("type", text("Coverage")), ("identifier", number), ("display", text(*card))])
    });
    let restricts = row.fields().any(|(name, value)| !name.starts_with("MA_") && text_is_restricted(value));
    let to = row.get("MA_CSKCB_DEN").or_else(|| row.get("MA_NOI_DEN"));
    let members = [
        ("identifier", list(identifiers)),
        ("status", text("active")),
        ("intent", text("order")),
        ("category", list([words("Chuyển tuyến")])),
        ("code", paper::named(row.form, None)),
        ("orderDetail", list([concept("MA_LYDO_CT", row.get("MA_LYDO_CT"))])),
        ("subject", page.subject()),
        ("encounter", page.encounter()),
        ("authoredOn", date_time(left.last().copied())),
        ("requester", practitioner(row.get("MA_BAC_SI")).or_else(|| page.facility())),
        ("performer", list([facility_of(to)])),
        ("reasonCode", list(visit::illnesses(&row))),
        ("insurance", list(cards)),
        ("note", list(notes)),
    ];
    let id = page.row_id("ServiceRequest", "chuyen-tuyen");
    page.add(("ServiceRequest", &id), members, restricts)
}
