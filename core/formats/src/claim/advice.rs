//! XML1: how the visit was treated, and what the doctor advises for the time after it.

use super::hoso::Unread;
use super::json::{list, object, text};
use super::page::Page;
use super::value::{date_time, period};
use crate::sensitive::text_is_restricted;

pub(super) fn map(page: &mut Page<'_, '_>) -> Result<(), Unread> {
    let row = page.row;
    let (treatment, advice) = (row.get("PP_DIEU_TRI"), row.get("GHI_CHU"));
    if treatment.or(advice).is_none() {
        return Ok(());
    }
    let id = page.id("CarePlan", "dieu-tri");
    let restricts = [treatment, advice].into_iter().flatten().any(text_is_restricted);
    let members = [
        ("status", text("completed")),
        ("intent", text("plan")),
        ("title", text("Điều trị và lời dặn")),
        ("description", treatment.and_then(text)),
        ("subject", page.subject()),
        ("encounter", page.encounter()),
        ("period", period(row.get("NGAY_VAO"), row.get("NGAY_RA"))),
        ("created", date_time(row.get("NGAY_VAO"))),
        ("author", page.facility()),
        ("note", list([object([("text", advice.and_then(text))])])),
    ];
    page.add_from(row.spans(&["PP_DIEU_TRI", "GHI_CHU"]), ("CarePlan", &id), members, restricts)
}
