//! XML0: a visit that has begun and is not claimed for yet. Its claim, when it comes, is the same visit.

use healthbook_model::Span;

use super::hoso::Unread;
use super::json::{self, identifier, list, text};
use super::page::Page;
use super::value::period;
use super::visit::{class, history, reasons, types};
use crate::names::SID_MA_LK;

pub(super) fn map(page: &mut Page<'_, '_>, spans: Vec<Span>) -> Result<(), Unread> {
    let row = page.row;
    let admitted = row.get("NGAY_VAO_NOI_TRU");
    let members = [
        ("identifier", list([identifier(SID_MA_LK, Some(page.hangs.visit))])),
        ("status", text(if admitted.is_some() { "in-progress" } else { "arrived" })),
        ("classHistory", list([history(&row)])),
        ("class", class(&row)),
        ("type", list(types(&row))),
        ("subject", page.subject()),
        ("period", period(row.get("NGAY_VAO"), None)),
        ("reasonCode", list(reasons(&row))),
        ("serviceProvider", page.facility()),
    ];
    page.add_from(spans, ("Encounter", &json::id(page.hangs.visit)), members, false)
}
