//! XML1: how the visit was treated, and what the doctor advises for the time after it.

use super::hoso::Unread;
use super::json::{list, object, text};
use super::records::{Context, Hangs, Records};
use super::table::Row;
use super::value::{date_time, facility, period};
use crate::sensitive::text_is_restricted;

pub(super) fn map(
    row: &Row<'_>,
    hangs: &Hangs<'_>,
    context: &Context,
    out: &mut Records,
) -> Result<(), Unread> {
    let (treatment, advice) = (row.get("PP_DIEU_TRI"), row.get("GHI_CHU"));
    if treatment.or(advice).is_none() {
        return Ok(());
    }
    let id = out.id("CarePlan", &format!("{}.dieu-tri", hangs.visit));
    let restricts = [treatment, advice].into_iter().flatten().any(text_is_restricted);
    let members = [
        ("status", text("completed")),
        ("intent", text("plan")),
        ("title", text("Điều trị và lời dặn")),
        ("description", treatment.and_then(text)),
        ("subject", hangs.subject()),
        ("encounter", hangs.encounter()),
        ("period", period(row.get("NGAY_VAO"), row.get("NGAY_RA"))),
        ("created", date_time(row.get("NGAY_VAO"))),
        ("author", facility(context)),
        ("note", list([object([("text", advice.and_then(text))])])),
    ];
    out.add(("CarePlan", &id), members, row.spans(&["PP_DIEU_TRI", "GHI_CHU"]), restricts, context)
}
