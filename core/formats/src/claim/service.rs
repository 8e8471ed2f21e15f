//! XML3: services done at the visit. Supplies, beds, transport and the consultation itself are money, not health.

use super::hoso::{Context, Hangs, Records, Unread, date_time, facility, practitioner};
use super::json::{coding, list, object, text};
use super::medicine::row_id;
use super::table::Row;
use crate::sensitive::text_is_restricted;

/// Code lists without a published URI of the ministry's; ICD-9-CM volume 3 by QĐ 4440/QĐ-BYT 2020.
pub(super) const SERVICE: &str = "urn:vn:qd4750:MA_DICH_VU";
const ICD9: &str = "http://hl7.org/fhir/sid/icd-9-cm";

/// `tested`: services that have results in XML4 of the same HOSO; there the result is the record.
pub(super) fn map(
    row: &Row<'_>,
    hangs: &Hangs<'_>,
    tested: &[&str],
    context: &Context,
    out: &mut Records,
) -> Result<(), Unread> {
    let code = row.get("MA_DICH_VU");
    let Some(name) = row.get("TEN_DICH_VU").or(code) else { return Ok(()) };
    let Some(category) = category(row.get("MA_NHOM")) else { return Ok(()) };
    if row.get("MA_VAT_TU").is_some() || code.is_some_and(|code| tested.contains(&code)) {
        return Ok(());
    }
    let id = out.id("Procedure", &row_id(row, hangs, "dich-vu"));
    let icd9 = row.list("MA_PTTT_QT").into_iter().filter(|code| !code.is_empty());
    let codings = [coding(SERVICE, code)].into_iter().chain(icd9.map(|code| coding(ICD9, Some(code))));
    let performers =
        [practitioner(row.get("NGUOI_THUC_HIEN").or_else(|| row.get("MA_BAC_SI"))), facility(context)];
    let members = [
        ("status", text("completed")),
        ("category", object([("text", text(category))])),
        ("code", object([("coding", list(codings)), ("text", text(name))])),
        ("subject", hangs.subject()),
        ("encounter", hangs.encounter()),
        ("performedDateTime", date_time(row.get("NGAY_TH_YL").or_else(|| row.get("NGAY_YL")))),
        ("performer", list(performers.map(|actor| actor.and_then(|actor| object([("actor", Some(actor))]))))),
    ];
    out.add(("Procedure", &id), members, vec![row.span()], text_is_restricted(name), context)
}

/// MA_NHOM (QĐ 5937/QĐ-BYT 2021, appendix 3), the groups that are care; `None` for the others.
fn category(group: Option<&str>) -> Option<&'static str> {
    match group {
        None => Some("Dịch vụ kỹ thuật"),
        Some("1" | "01") => Some("Xét nghiệm"),
        Some("2" | "02") => Some("Chẩn đoán hình ảnh"),
        Some("3" | "03") => Some("Thăm dò chức năng"),
        Some("8" | "08") => Some("Phẫu thuật"),
        Some("18") => Some("Thủ thuật"),
        Some(_) => None,
    }
}
