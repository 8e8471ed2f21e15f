//! XML1: the person and the insurance card.

use serde_json::Value;

use super::hoso::{Context, Records, Unread, date};
use super::json::{self, identifier, list, object, text};
use super::table::Row;

const SID_CCCD: &str = "http://fhir.hl7.org.vn/core/sid/cccd";
const SID_BHYT: &str = "http://fhir.hl7.org.vn/core/sid/bhyt";

/// The Patient's id: the facility's own number, else derived from what XML1 has of the person.
pub(super) fn id(row: &Row<'_>) -> String {
    let derived = || {
        row.get("SO_CCCD")
            .map(|number| format!("cccd.{number}"))
            .or_else(|| row.list("MA_THE_BHYT").first().map(|card| format!("bhyt.{card}")))
            .unwrap_or_else(|| format!("ma-lk.{}", row.get("MA_LK").unwrap_or_default()))
    };
    json::id(&row.get("MA_BN").map_or_else(derived, str::to_owned))
}

pub(super) fn map(row: &Row<'_>, context: &Context, out: &mut Records) -> Result<(), Unread> {
    let patient = id(row);
    let cards = row.list("MA_THE_BHYT");
    let number = row.get("SO_CCCD");
    let identifiers =
        [number.and_then(personal_number), row.get("MA_BN").and_then(|n| labelled("Mã bệnh nhân", n))]
            .into_iter()
            .chain(
                cards.iter().map(|card| identifier(SID_BHYT, Some(card).filter(|c| !c.is_empty()).copied())),
            );
    let members = [
        ("identifier", list(identifiers)),
        ("name", list([object([("text", row.get("HO_TEN").and_then(text))])])),
        (
            "telecom",
            list([row
                .get("DIEN_THOAI")
                .and_then(|phone| object([("system", text("phone")), ("value", text(phone))]))]),
        ),
        ("gender", row.get("GIOI_TINH").and_then(gender)),
        ("birthDate", date(row.get("NGAY_SINH"))),
        ("address", list([object([("text", row.get("DIA_CHI").and_then(text))])])),
    ];
    let spans = row.spans(&[
        "MA_BN",
        "HO_TEN",
        "SO_CCCD",
        "NGAY_SINH",
        "GIOI_TINH",
        "DIA_CHI",
        "DIEN_THOAI",
        "MA_THE_BHYT",
    ]);
    out.add(("Patient", &patient), members, spans, false, context)?;
    cover(row, &cards, &patient, context, out)
}

/// The cards of the visit. The i-th of MA_DKBD, GT_THE_TU and GT_THE_DEN belongs to the i-th card.
fn cover(
    row: &Row<'_>,
    cards: &[&str],
    patient: &str,
    context: &Context,
    out: &mut Records,
) -> Result<(), Unread> {
    let (registered, from, to) = (row.list("MA_DKBD"), row.list("GT_THE_TU"), row.list("GT_THE_DEN"));
    for (n, card) in cards.iter().enumerate().filter(|(_, card)| !card.is_empty()) {
        let id = out.id("Coverage", card);
        let nth = |field: &[&str]| field.get(n).copied().and_then(|value| date(Some(value)));
        let facility = registered.get(n).copied().filter(|code| !code.is_empty()).and_then(|code| {
            object([
                ("type", object([("text", text("Nơi đăng ký khám chữa bệnh ban đầu"))])),
                ("value", text(code)),
            ])
        });
        let members = [
            ("identifier", list([identifier(SID_BHYT, Some(card))])),
            ("status", text("active")),
            ("type", object([("text", text("Bảo hiểm y tế"))])),
            ("subscriberId", text(*card)),
            ("beneficiary", json::reference("Patient", patient)),
            ("period", object([("start", nth(&from)), ("end", nth(&to))])),
            ("payor", list([object([("display", text("Bảo hiểm xã hội Việt Nam"))])])),
            ("class", list([facility])),
        ];
        let spans = row.spans(&["MA_THE_BHYT", "MA_DKBD", "GT_THE_TU", "GT_THE_DEN"]);
        out.add(("Coverage", &id), members, spans, false, context)?;
    }
    Ok(())
}

/// SO_CCCD may hold a CCCD (12 digits), an old CMND (9), a passport or another number.
fn personal_number(number: &str) -> Option<Value> {
    let digits = number.bytes().all(|b| b.is_ascii_digit());
    match number.len() {
        12 if digits => identifier(SID_CCCD, Some(number)),
        9 if digits => labelled("CMND", number),
        _ => labelled("Giấy tờ tùy thân", number),
    }
}

fn labelled(kind: &str, value: &str) -> Option<Value> {
    object([("type", object([("text", text(kind))])), ("value", text(value))])
}

/// GIOI_TINH: 1 male, 2 female, 3 undetermined.
fn gender(code: &str) -> Option<Value> {
    match code {
        "1" => text("male"),
        "2" => text("female"),
        "3" => text("unknown"),
        _ => None,
    }
}
