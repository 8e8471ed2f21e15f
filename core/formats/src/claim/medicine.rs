//! XML2: medicines ordered at the visit.

use super::dose;
use super::hoso::Unread;
use super::json::{list, object, text};
use super::page::Page;
use super::value::{code, concept, date_time, named_by, practitioner, supplied};
use crate::sensitive::text_is_restricted;

pub(super) fn map(page: &mut Page<'_, '_>) -> Result<(), Unread> {
    let row = page.row;
    let Some(name) = row.get("TEN_THUOC").or_else(|| row.get("MA_THUOC")) else { return Ok(()) };
    let mut called = name.to_owned();
    if let Some(strength) = row.get("HAM_LUONG").filter(|strength| !contains(name, strength)) {
        called = format!("{called} {strength}");
    }
    if let Some(form) = row.get("DANG_BAO_CHE").filter(|form| !contains(name, form)) {
        called = format!("{called}, {form}");
    }
    let linked = row.list("MA_DICH_VU").into_iter().filter(|code| !code.is_empty());
    let id = page.row_id("MedicationRequest", "thuoc");
    let restricts = text_is_restricted(&called);
    let codings = [code("MA_THUOC", row.get("MA_THUOC")), code("SO_DANG_KY", row.get("SO_DANG_KY"))];
    let members = [
        // What was claimed was given.
        ("status", text("completed")),
        ("intent", text("order")),
        ("medicationCodeableConcept", object([("coding", list(codings)), ("text", text(called))])),
        ("subject", page.subject()),
        ("encounter", page.encounter()),
        ("supportingInformation", list(linked.map(|code| named_by("Procedure", "MA_DICH_VU", Some(code))))),
        ("authoredOn", date_time(row.get("NGAY_YL"))),
        ("requester", practitioner(row.get("MA_BAC_SI"))),
        (
            "dosageInstruction",
            list([dose::instruction(
                row.get("LIEU_DUNG"),
                row.get("CACH_DUNG"),
                concept("DUONG_DUNG", row.get("DUONG_DUNG")),
            )]),
        ),
        (
            "dispenseRequest",
            object([
                ("quantity", supplied(&row)),
                ("performer", named_by("Organization", "MA_CSKCB_THUOC", row.get("MA_CSKCB_THUOC"))),
            ]),
        ),
    ];
    page.add(("MedicationRequest", &id), members, restricts)
}

/// Whether the name already says the strength: `Amlodipin 5mg` with `5 mg`.
fn contains(name: &str, strength: &str) -> bool {
    let dense = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    dense(name).contains(&dense(strength))
}
