//! XML2: medicines ordered at the visit.

use super::hoso::{Context, Hangs, Records, Unread, date_time, practitioner};
use super::json::{coding, list, number, object, text};
use super::table::Row;
use crate::sensitive::text_is_restricted;

/// Code lists of the ministry without a published URI.
const SUBSTANCE: &str = "urn:vn:qd4750:MA_THUOC";
const ROUTE: &str = "urn:vn:qd4750:DUONG_DUNG";

pub(super) fn map(
    row: &Row<'_>,
    hangs: &Hangs<'_>,
    context: &Context,
    out: &mut Records,
) -> Result<(), Unread> {
    let Some(name) = row.get("TEN_THUOC").or_else(|| row.get("MA_THUOC")) else { return Ok(()) };
    let strength = row.get("HAM_LUONG").filter(|strength| !contains(name, strength));
    let called = [Some(name), strength].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let quantity = row
        .get("SO_LUONG")
        .and_then(number)
        .and_then(|value| object([("value", Some(value)), ("unit", row.get("DON_VI_TINH").and_then(text))]));
    let dose = object([
        ("text", row.get("LIEU_DUNG").and_then(text)),
        ("patientInstruction", row.get("CACH_DUNG").and_then(text)),
        ("route", object([("coding", list([coding(ROUTE, row.get("DUONG_DUNG"))]))])),
    ]);
    let id = out.id("MedicationRequest", &row_id(row, hangs, "thuoc"));
    let restricts = text_is_restricted(&called);
    let members = [
        // What was claimed was given.
        ("status", text("completed")),
        ("intent", text("order")),
        (
            "medicationCodeableConcept",
            object([("coding", list([coding(SUBSTANCE, row.get("MA_THUOC"))])), ("text", text(called))]),
        ),
        ("subject", hangs.subject()),
        ("encounter", hangs.encounter()),
        ("authoredOn", date_time(row.get("NGAY_YL"))),
        ("requester", practitioner(row.get("MA_BAC_SI"))),
        ("dosageInstruction", list([dose])),
        ("dispenseRequest", object([("quantity", quantity)])),
    ];
    out.add(("MedicationRequest", &id), members, vec![row.span()], restricts, context)
}

/// `<MA_LK>.<table>.<STT>`; a row without STT by its place in the table.
pub(super) fn row_id(row: &Row<'_>, hangs: &Hangs<'_>, table: &str) -> String {
    match row.get("STT") {
        Some(number) => format!("{}.{table}.{number}", hangs.visit),
        None => format!("{}.{table}.{}", hangs.visit, row.number),
    }
}

/// Whether the name already says the strength: `Amlodipin 5mg` with `5 mg`.
fn contains(name: &str, strength: &str) -> bool {
    let dense = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    dense(name).contains(&dense(strength))
}
