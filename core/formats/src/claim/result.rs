//! XML4: results of tests and examinations.

use super::hoso::{Context, Hangs, Records, Unread, date_time, facility, practitioner};
use super::json::{coding, list, number, object, text};
use super::medicine::row_id;
use super::service::SERVICE;
use super::table::Row;
use crate::sensitive::text_is_restricted;

/// The ministry's list of test indices (QĐ 7603/QĐ-BYT 2018, QĐ 1227/QĐ-BYT 2025), without a published URI.
const INDEX: &str = "urn:vn:qd4750:MA_CHI_SO";

pub(super) fn map(
    row: &Row<'_>,
    hangs: &Hangs<'_>,
    context: &Context,
    out: &mut Records,
) -> Result<(), Unread> {
    let (value, described, concluded) = (row.get("GIA_TRI"), row.get("MO_TA"), row.get("KET_LUAN"));
    let name = row.get("TEN_CHI_SO").or_else(|| row.get("MA_CHI_SO")).or_else(|| row.get("MA_DICH_VU"));
    let Some(name) = name else { return Ok(()) };
    if value.or(described).or(concluded).is_none() {
        return Ok(());
    }
    let unit = row.get("DON_VI_DO");
    let quantity = value
        .and_then(number)
        .and_then(|value| object([("value", Some(value)), ("unit", unit.and_then(text))]));
    // A value that is no number (`âm tính`, `<0.01`) keeps its unit as part of the text. An examination without a
    // value is told by its conclusion.
    let words = match (&quantity, value) {
        (Some(_), _) => None,
        (None, Some(value)) => Some([Some(value), unit].into_iter().flatten().collect::<Vec<_>>().join(" ")),
        (None, None) => concluded.map(str::to_owned),
    };
    let note = |text_of: Option<&str>| text_of.and_then(|note| object([("text", text(note))]));
    let laboratory = value.and_then(|_| {
        let category =
            coding("http://terminology.hl7.org/CodeSystem/observation-category", Some("laboratory"));
        object([("coding", list([category]))])
    });
    let restricts = [Some(name), concluded, described].into_iter().flatten().any(text_is_restricted);
    let id = out.id("Observation", &row_id(row, hangs, "ket-qua"));
    let members = [
        ("status", text("final")),
        ("category", list([laboratory])),
        (
            "code",
            object([
                (
                    "coding",
                    list([coding(INDEX, row.get("MA_CHI_SO")), coding(SERVICE, row.get("MA_DICH_VU"))]),
                ),
                ("text", text(name)),
            ]),
        ),
        ("subject", hangs.subject()),
        ("encounter", hangs.encounter()),
        ("effectiveDateTime", date_time(row.get("NGAY_KQ"))),
        ("performer", list([facility(context), practitioner(row.get("MA_BS_DOC_KQ"))])),
        ("valueQuantity", quantity),
        ("valueString", words.and_then(text)),
        ("note", list([note(described), note(concluded.filter(|_| value.is_some()))])),
    ];
    out.add(("Observation", &id), members, vec![row.span()], restricts, context)
}
