//! When to come again: XML14, giấy hẹn khám lại; without one the days that XML1 names.

use healthbook_model::Span;
use serde_json::Value;

use super::hoso::Unread;
use super::json::{identifier, list, object, text};
use super::page::Page;
use super::table::Form;
use super::value::{concept, date, date_time, place, practitioner, spoken, words};
use super::{paper, visit};
use crate::names::SID_BHYT;
use crate::sensitive::text_is_restricted;

/// An appointment's own part.
struct Meeting<'a> {
    id: String,
    title: Option<Value>,
    /// The field with the day, or the day and the minute.
    when: &'a str,
    number: Option<&'a str>,
    reasons: Vec<Option<Value>>,
    doctor: Option<Value>,
    kind: Option<Value>,
    made: Option<&'a str>,
    comment: Option<String>,
    card: Option<Value>,
    spans: Vec<Span>,
    restricts: bool,
}

pub(super) fn map(page: &mut Page<'_, '_>) -> Result<(), Unread> {
    let row = page.row;
    let Some(when) = row.get("NGAY_HEN_KL") else { return Ok(()) };
    let stay = [
        ("Ngày vào", row.get("NGAY_VAO")),
        ("Ngày vào nội trú", row.get("NGAY_VAO_NOI_TRU")),
        ("Ngày ra", row.get("NGAY_RA")),
        ("Thẻ BHYT có giá trị đến", row.list("GT_THE_DEN").first().copied()),
    ];
    let stay: Vec<String> = stay
        .into_iter()
        .filter_map(|(name, day)| day.map(|day| format!("{name}: {}", spoken(day))))
        .collect();
    let signed = row.get("MA_TTDV").map(|number| format!("Người ký của cơ sở: {number}"));
    let comment: Vec<String> = stay.into_iter().chain(signed).collect();
    let card = row.list("MA_THE_BHYT").first().copied().filter(|card| !card.is_empty()).and_then(|card| {
        object([
            ("type", text("Coverage")),
            ("identifier", identifier(SID_BHYT, Some(card))),
            ("display", text(format!("Thẻ BHYT {card}"))),
        ])
    });
    let meeting = Meeting {
        id: page.hangs.row_id(&row, "hen-kham-lai"),
        title: paper::named(Form::Appointment, None),
        when,
        number: row.get("SO_GIAYHEN_KL"),
        reasons: visit::illnesses(&row),
        doctor: practitioner(row.get("MA_BAC_SI")),
        kind: concept("MA_DOITUONG_KCB", row.get("MA_DOITUONG_KCB")),
        made: row.get("NGAY_CT"),
        comment: (!comment.is_empty()).then(|| comment.join("\n")),
        card,
        spans: vec![row.span()],
        restricts: row.get("CHAN_DOAN_RV").is_some_and(text_is_restricted),
    };
    appoint(meeting, page)
}

/// NGAY_TAI_KHAM of XML1, which may name several days.
pub(super) fn of_summary(page: &mut Page<'_, '_>) -> Result<(), Unread> {
    let row = page.row;
    for (when, n) in row.list("NGAY_TAI_KHAM").into_iter().zip(1u32..).filter(|(when, _)| !when.is_empty()) {
        let meeting = Meeting {
            // The paper, when it is sent later, is the same appointment.
            id: format!("{}.hen-kham-lai.{n}", page.hangs.visit),
            title: words("Hẹn khám lại"),
            when,
            number: None,
            reasons: Vec::new(),
            doctor: None,
            kind: None,
            made: None,
            comment: None,
            card: None,
            spans: row.spans(&["NGAY_TAI_KHAM"]),
            restricts: false,
        };
        appoint(meeting, page)?;
    }
    Ok(())
}

/// FHIR's appointment that is booked has a minute to begin and to end; a day alone is what was asked for.
fn appoint(meeting: Meeting<'_>, page: &mut Page<'_, '_>) -> Result<(), Unread> {
    let minute = date_time(Some(meeting.when))
        .filter(|when| when.as_str().is_some_and(|when| when.contains('T') && !when.contains("T00:00")));
    let day = date(Some(meeting.when));
    if minute.is_none() && day.is_none() {
        return Ok(());
    }
    let requested = object([("start", day.clone()), ("end", day)]).filter(|_| minute.is_none());
    let takes_part = |actor: Option<Value>| {
        actor.and_then(|actor| object([("actor", Some(actor)), ("status", text("accepted"))]))
    };
    let where_to = place("Location", page.context.facility_code.as_deref(), page.context.facility.as_deref());
    let people = [page.subject(), where_to, meeting.doctor].map(takes_part);
    let number = meeting
        .number
        .and_then(|number| object([("type", words("Số giấy hẹn khám lại")), ("value", text(number))]));
    let id = page.out.id("Appointment", &meeting.id);
    let members = [
        ("identifier", list([number])),
        ("status", text(if minute.is_some() { "booked" } else { "proposed" })),
        ("serviceType", list([meeting.title, meeting.kind])),
        ("reasonCode", list(meeting.reasons)),
        ("supportingInformation", list([page.encounter(), meeting.card])),
        ("start", minute.clone()),
        ("end", minute),
        ("created", date(meeting.made)),
        ("comment", meeting.comment.and_then(text)),
        ("participant", list(people)),
        ("requestedPeriod", list([requested])),
    ];
    page.add_from(meeting.spans, ("Appointment", &id), members, meeting.restricts)
}
