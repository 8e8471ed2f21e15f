//! XML13: giấy chuyển tuyến, the paper with which a facility sends somebody to another.
//!
//! The tables have no field for how long it is valid: the law says so by the disease, and it is not guessed here.

use super::hoso::Unread;
use super::json::{coding, identifier, list, object, text};
use super::lists;
use super::records::{Context, Hangs, Records};
use super::table::Row;
use super::value::{
    ICD10, code, codes, concept, date, date_time, facility, facility_of, period, practitioner, words,
};
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

pub(super) fn map(
    row: &Row<'_>,
    hangs: &Hangs<'_>,
    context: &Context,
    out: &mut Records,
) -> Result<(), Unread> {
    let number = |field: &str, name: &str| {
        row.get(field).and_then(|number| object([("type", words(name)), ("value", text(number))]))
    };
    let identifiers = [
        number("GIAY_CHUYEN_TUYEN", "Số giấy chuyển tuyến"),
        number("SO_CHUYENTUYEN", "Số vào sổ chuyển tuyến"),
        number("SO_HOSO", "Số hồ sơ"),
    ];
    let illness = |system: &str, field: &str| -> Vec<_> {
        row.get(field)
            .into_iter()
            .flat_map(codes)
            .map(|code| object([("coding", list([coding(system, Some(code))]))]))
            .collect()
    };
    let main = object([
        (
            "coding",
            list(row.get("MA_BENH_CHINH").into_iter().flat_map(codes).map(|c| coding(ICD10, Some(c)))),
        ),
        ("text", row.get("CHAN_DOAN_RV").and_then(text)),
    ]);
    let traditional = row
        .get("MA_BENH_YHCT")
        .into_iter()
        .flat_map(codes)
        .map(|illness| object([("coding", list([code("MA_BENH_YHCT", Some(illness))]))]));
    let reasons = [main].into_iter().chain(illness(ICD10, "MA_BENH_KT")).chain(traditional);
    let escort = [row.get("HOTEN_NGUOI_HT"), row.get("CHUCDANH_NGUOI_HT")];
    let escort = escort.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let from = row.get("MA_CSKCB_DI").or_else(|| row.get("MA_NOI_DI"));
    let came_from = from.map(|from| format!("Nơi đã chuyển người bệnh đến: {from}"));
    let left = row.get("MA_LOAI_RV").and_then(|code| lists::name("MA_LOAI_RV", code));
    let signed = row.get("MA_TTDV").map(|number| format!("Người ký của cơ sở: {number}"));
    let notes = NOTES
        .iter()
        .filter_map(|(field, name)| row.get(field).map(|said| format!("{name}: {said}")))
        .chain((!escort.is_empty()).then(|| format!("Người hộ tống: {escort}")))
        .chain(came_from)
        .chain(left.map(|left| format!("Loại ra viện: {left}")))
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
    // Several days joined by `;` (QĐ 3176): the stay's first and last.
    let (came, left) = (row.list("NGAY_VAO"), row.list("NGAY_RA"));
    let restricts = row.fields().any(|(name, value)| !name.starts_with("MA_") && text_is_restricted(value));
    let to = row.get("MA_CSKCB_DEN").or_else(|| row.get("MA_NOI_DEN"));
    let stay = row.get("NGAY_VAO_NOI_TRU").or_else(|| came.first().copied());
    let members = [
        ("identifier", list(identifiers)),
        ("status", text("active")),
        ("intent", text("order")),
        ("category", list([words("Chuyển tuyến")])),
        ("code", words("Giấy chuyển tuyến")),
        ("orderDetail", list([concept("MA_LYDO_CT", row.get("MA_LYDO_CT"))])),
        ("subject", hangs.subject()),
        ("encounter", hangs.encounter()),
        ("occurrencePeriod", period(stay, left.last().copied())),
        ("authoredOn", date_time(left.last().copied())),
        ("requester", practitioner(row.get("MA_BAC_SI")).or_else(|| facility(context))),
        ("performer", list([facility_of(to)])),
        ("reasonCode", list(reasons)),
        ("insurance", list(cards)),
        ("note", list(notes)),
    ];
    let id = out.id("ServiceRequest", &hangs.row_id(row, "chuyen-tuyen"));
    out.add(("ServiceRequest", &id), members, vec![row.span()], restricts, context)
}
