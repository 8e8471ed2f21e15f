//! XML4: results. One with a value is an Observation; one that is described in words (an image, a tissue) is a
//! DiagnosticReport.

use serde_json::Value;

use super::hoso::Unread;
use super::json::{coding, list, number, object, text};
use super::narrative;
use super::page::Page;
use super::value::{code, date_time, practitioners};
use crate::sensitive::text_is_restricted;

pub(super) fn map(page: &mut Page<'_, '_>) -> Result<(), Unread> {
    let at = date_time(page.row.get("NGAY_KQ"));
    map_of(page, at)
}

/// A result of this time.
pub(super) fn map_of(page: &mut Page<'_, '_>, at: Option<Value>) -> Result<(), Unread> {
    let row = page.row;
    let (value, described, concluded) = (row.get("GIA_TRI"), row.get("MO_TA"), row.get("KET_LUAN"));
    let name = row.get("TEN_CHI_SO").or_else(|| row.get("MA_CHI_SO")).or_else(|| row.get("MA_DICH_VU"));
    let Some(name) = name else { return Ok(()) };
    if value.or(described).or(concluded).is_none() {
        return Ok(());
    }
    let restricts = [Some(name), concluded, described].into_iter().flatten().any(text_is_restricted);
    let codings = [code("MA_CHI_SO", row.get("MA_CHI_SO")), code("MA_DICH_VU", row.get("MA_DICH_VU"))];
    let named = object([("coding", list(codings)), ("text", text(name))]);
    let readers = practitioners(row.get("MA_BS_DOC_KQ")).map(Some);
    match value {
        Some(value) => {
            let unit = row.get("DON_VI_DO");
            let quantity = number(value)
                .and_then(|value| object([("value", Some(value)), ("unit", unit.and_then(text))]));
            // A value that is no number (`âm tính`, `<0.01`) keeps its unit as part of the text.
            let words = match quantity {
                Some(_) => None,
                None => text([Some(value), unit].into_iter().flatten().collect::<Vec<_>>().join(" ")),
            };
            let laboratory =
                coding("http://terminology.hl7.org/CodeSystem/observation-category", Some("laboratory"));
            let note = |said: Option<&str>| said.and_then(|said| object([("text", text(said))]));
            let members: [(&str, Option<Value>); 10] = [
                ("status", text("final")),
                ("category", list([object([("coding", list([laboratory]))])])),
                ("code", named),
                ("subject", page.subject()),
                ("encounter", page.encounter()),
                ("effectiveDateTime", at),
                ("performer", list([page.facility()].into_iter().chain(readers))),
                ("valueQuantity", quantity),
                ("valueString", words),
                ("note", list([note(described), note(concluded)])),
            ];
            let id = page.row_id("Observation", "ket-qua");
            page.add(("Observation", &id), members, restricts)
        }
        None => {
            let members: [(&str, Option<Value>); 9] = [
                ("text", described.and_then(|described| narrative::of([("Mô tả", described.to_owned())]))),
                ("status", text("final")),
                ("code", named),
                ("subject", page.subject()),
                ("encounter", page.encounter()),
                ("effectiveDateTime", at),
                ("performer", list([page.facility()])),
                ("resultsInterpreter", list(readers)),
                ("conclusion", concluded.and_then(text)),
            ];
            let id = page.row_id("DiagnosticReport", "ket-qua");
            page.add(("DiagnosticReport", &id), members, restricts)
        }
    }
}
