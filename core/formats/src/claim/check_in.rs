//! XML0: a visit that has begun and is not claimed for yet. Its claim, when it comes, is the same visit.

use healthbook_model::Span;

use super::hoso::Unread;
use super::json::{self, identifier, list, text};
use super::records::{Context, Hangs, Records};
use super::table::Row;
use super::value::{facility, period};
use super::visit::{class, history, reasons, types};
use crate::names::SID_MA_LK;

pub(super) fn map(
    row: &Row<'_>,
    spans: Vec<Span>,
    hangs: &Hangs<'_>,
    context: &Context,
    out: &mut Records,
) -> Result<(), Unread> {
    let admitted = row.get("NGAY_VAO_NOI_TRU");
    let members = [
        ("identifier", list([identifier(SID_MA_LK, Some(hangs.visit))])),
        ("status", text(if admitted.is_some() { "in-progress" } else { "arrived" })),
        ("classHistory", list([history(row)])),
        ("class", class(row)),
        ("type", list(types(row))),
        ("subject", hangs.subject()),
        ("period", period(row.get("NGAY_VAO"), None)),
        ("reasonCode", list(reasons(row))),
        ("serviceProvider", facility(context)),
    ];
    out.add(("Encounter", &json::id(hangs.visit)), members, spans, false, context)
}
