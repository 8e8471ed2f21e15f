//! XML3: services done at the visit. Supplies, beds, transport and the consultation itself are money, not health.

use std::collections::HashSet;

use serde_json::Value;

use super::hoso::Unread;
use super::json::{coding, list, object, text};
use super::lists;
use super::page::Page;
use super::table::Row;
use super::value::{
    ICD9, ICD10, code, codes, concept, date_time, named_by, period, practitioner, practitioners,
};
use crate::sensitive::text_is_restricted;

/// Groups of MA_NHOM that are care: tests, imaging, function tests, operations, procedures.
const CARE: [&str; 5] = ["1", "2", "3", "8", "18"];

/// What a row of XML3 is.
pub(super) enum Service<'p> {
    /// Something done to the person, which is a record of its own.
    Care,
    /// Something whose result is the record (XML4 of the same HOSO).
    Tested,
    /// Something that is paid for and tells nothing of health: its code field and its name.
    Paid(&'static str, Option<&'p str>),
}

/// `tested`: services that have results in XML4 of the same HOSO.
pub(super) fn kind<'p>(row: &Row<'p>, tested: &HashSet<&str>) -> Service<'p> {
    let service = row.get("MA_DICH_VU");
    if row.get("MA_VAT_TU").is_some() || (service.is_none() && row.get("TEN_VAT_TU").is_some()) {
        return Service::Paid("MA_VAT_TU", row.get("TEN_VAT_TU"));
    }
    let is_care = group(row).is_none_or(|group| CARE.contains(&group));
    match row.get("TEN_DICH_VU").or(service) {
        Some(_) if is_care && service.is_some_and(|code| tested.contains(code)) => Service::Tested,
        Some(_) if is_care => Service::Care,
        name => Service::Paid("MA_DICH_VU", name),
    }
}

/// MA_NHOM without the zero that some programs write before it.
pub(super) fn group<'p>(row: &Row<'p>) -> Option<&'p str> {
    row.get("MA_NHOM").map(|group| group.strip_prefix('0').unwrap_or(group))
}

pub(super) fn map(page: &mut Page<'_, '_>) -> Result<(), Unread> {
    let row = page.row;
    let Service::Care = kind(&row, page.tested) else { return Ok(()) };
    let service = row.get("MA_DICH_VU");
    let Some(name) = row.get("TEN_DICH_VU").or(service) else { return Ok(()) };
    let category = group(&row).and_then(|group| lists::name("MA_NHOM", group)).unwrap_or("Dịch vụ kỹ thuật");
    let id = page.row_id("Procedure", "dich-vu");
    let codings = [code("MA_DICH_VU", service)]
        .into_iter()
        .chain(row.get("MA_PTTT_QT").into_iter().flat_map(codes).map(|code| coding(ICD9, Some(code))));
    let illnesses =
        row.get("MA_BENH").into_iter().flat_map(codes).map(|code| coding(ICD10, Some(code))).chain(
            row.get("MA_BENH_YHCT")
                .into_iter()
                .flat_map(codes)
                .map(|illness| code("MA_BENH_YHCT", Some(illness))),
        );
    let done_by = row.get("NGUOI_THUC_HIEN").or_else(|| row.get("MA_BAC_SI"));
    let performers = practitioners(done_by).map(Some).chain([page.facility()]);
    let began = row.get("NGAY_TH_YL").or_else(|| row.get("NGAY_YL"));
    // Only of an operation the result's time is its end.
    let ended = row.get("NGAY_KQ").filter(|_| matches!(group(&row), Some("8" | "18")));
    let members: [(&str, Option<Value>); 13] = [
        ("status", text("completed")),
        ("category", object([("text", text(category))])),
        ("code", object([("coding", list(codings)), ("text", text(name))])),
        ("subject", page.subject()),
        ("encounter", page.encounter()),
        ("performedDateTime", date_time(began).filter(|_| ended.is_none())),
        ("performedPeriod", ended.and_then(|ended| period(began, Some(ended)))),
        ("asserter", practitioner(row.get("MA_BAC_SI"))),
        ("performer", list(performers.map(|actor| actor.and_then(|actor| object([("actor", Some(actor))]))))),
        (
            "reasonCode",
            list(
                illnesses
                    .map(|illness| illness.and_then(|illness| object([("coding", list([Some(illness)]))]))),
            ),
        ),
        ("bodySite", list([concept("VI_TRI_TH_DVKT", row.get("VI_TRI_TH_DVKT"))])),
        (
            "usedReference",
            list(
                row.get("MA_MAY").into_iter().flat_map(codes).map(|m| named_by("Device", "MA_MAY", Some(m))),
            ),
        ),
        ("usedCode", list([concept("PP_VO_CAM", row.get("PP_VO_CAM"))])),
    ];
    page.add(("Procedure", &id), members, text_is_restricted(name))
}
