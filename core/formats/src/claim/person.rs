//! The person and the insurance cards, as XML1 has them; where there is no XML1, as the row that tells of a person.

use serde_json::Value;

use super::hoso::Unread;
use super::json::{self, coding, identifier, list, object, text};
use super::records::{Context, Records};
use super::table::{Form, Row};
use super::value::{code, concept, date, date_time, words};
use crate::names::{SID_BHYT, SID_CCCD};

/// Fields that tell who somebody is, besides the card.
const PERSON: [&str; 16] = [
    "MA_BN",
    "HO_TEN",
    "SO_CCCD",
    "NGAY_SINH",
    "GIOI_TINH",
    "MA_QUOCTICH",
    "MA_DANTOC",
    "MA_DAN_TOC",
    "MA_NGHE_NGHIEP",
    "DIA_CHI",
    "MATINH_CU_TRU",
    "MAHUYEN_CU_TRU",
    "MAXA_CU_TRU",
    "DIEN_THOAI",
    "MA_BHXH",
    "NGHE_NGHIEP",
];

/// Whether a row tells whom it is about. XML9 does not: it tells of a mother or whoever cares for the child.
pub(super) fn is_told(row: &Row<'_>) -> bool {
    row.form != Form::Birth
        && ["MA_BN", "HO_TEN", "SO_CCCD", "MA_THE_BHYT", "MA_BHXH"].iter().any(|name| row.get(name).is_some())
}

/// The Patient's id: the facility's own number, else derived from what the row has of the person.
pub(super) fn id(row: &Row<'_>) -> String {
    let derived = || {
        row.get("SO_CCCD")
            .map(|number| format!("cccd.{number}"))
            .or_else(|| row.list("MA_THE_BHYT").first().map(|card| format!("bhyt.{card}")))
            .or_else(|| row.get("MA_BHXH").map(|number| format!("bhxh.{number}")))
            .unwrap_or_else(|| format!("ma-lk.{}", row.get("MA_LK").unwrap_or_default()))
    };
    json::id(&row.get("MA_BN").map_or_else(derived, str::to_owned))
}

pub(super) fn map(row: &Row<'_>, patient: &str, context: &Context, out: &mut Records) -> Result<(), Unread> {
    let cards = row.list("MA_THE_BHYT");
    let identifiers = [
        row.get("SO_CCCD").and_then(personal_number),
        row.get("MA_BN").and_then(|number| {
            let kind = coding("http://terminology.hl7.org/CodeSystem/v2-0203", Some("MR"));
            object([
                ("type", object([("coding", list([kind])), ("text", text("Mã bệnh nhân"))])),
                ("value", text(number)),
            ])
        }),
    ]
    .into_iter()
    .chain(cards.iter().map(|card| identifier(SID_BHYT, Some(*card).filter(|card| !card.is_empty()))))
    .chain([row.get("MA_BHXH").and_then(|number| labelled("Mã số BHXH", number))]);
    let extensions = [
        nationality(row.get("MA_QUOCTICH")),
        // Health checks write it in three words.
        extension("race", concept("MA_DANTOC", row.get("MA_DANTOC").or_else(|| row.get("MA_DAN_TOC")))),
        extension(
            "occupation",
            // 00000: none.
            concept(
                "MA_NGHE_NGHIEP",
                row.get("MA_NGHE_NGHIEP").filter(|code| code.bytes().any(|b| b != b'0')),
            )
            .or_else(|| row.get("NGHE_NGHIEP").and_then(words)),
        ),
    ];
    let members = [
        ("extension", list(extensions)),
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
        ("_birthDate", birth_time(row.get("NGAY_SINH"))),
        ("address", list([address(row)])),
    ];
    let mut fields = PERSON.to_vec();
    fields.push("MA_THE_BHYT");
    out.add(("Patient", patient), members, row.spans(&fields), false, context)?;
    cover(row, &cards, patient, context, out)
}

/// VN Core's extensions for what FHIR has no element for. The edition of 2021 is the one that is published whole.
fn extension(name: &str, value: Option<Value>) -> Option<Value> {
    value.and_then(|value| {
        object([
            ("url", text(format!("http://fhir.ehealth.gov.vn/core/StructureDefinition/extension-{name}"))),
            ("valueCodeableConcept", Some(value)),
        ])
    })
}

fn nationality(value: Option<&str>) -> Option<Value> {
    let inner = concept("MA_QUOCTICH", value)
        .and_then(|concept| object([("url", text("code")), ("valueCodeableConcept", Some(concept))]))?;
    object([
        ("url", text("http://hl7.org/fhir/StructureDefinition/patient-nationality")),
        ("extension", list([Some(inner)])),
    ])
}

/// The hour of a birth, which is written for the newborn.
fn birth_time(field: Option<&str>) -> Option<Value> {
    let time = date_time(field).filter(|time| time.as_str().is_some_and(|time| time.contains('T')))?;
    // 0000 stands for an hour that is not known.
    if time.as_str().is_some_and(|time| time.contains("T00:00")) {
        return None;
    }
    let extension = object([
        ("url", text("http://hl7.org/fhir/StructureDefinition/patient-birthTime")),
        ("valueDateTime", Some(time)),
    ]);
    object([("extension", list([extension]))])
}

/// The address as it is written; the places' codes beside it, since the tables have no names for them.
fn address(row: &Row<'_>) -> Option<Value> {
    let coded = |field: &str| {
        code(field, row.get(field)).and_then(|coding| {
            let extension = object([
                ("url", text("http://hl7.org/fhir/StructureDefinition/iso21090-SC-coding")),
                ("valueCoding", Some(coding)),
            ]);
            object([("extension", list([extension]))])
        })
    };
    object([
        ("text", row.get("DIA_CHI").and_then(text)),
        ("_city", coded("MAXA_CU_TRU")),
        ("_district", coded("MAHUYEN_CU_TRU")),
        ("_state", coded("MATINH_CU_TRU")),
    ])
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
    let mut seen: Vec<&str> = Vec::new();
    for (n, card) in cards.iter().enumerate().filter(|(_, card)| !card.is_empty()) {
        if seen.contains(card) {
            continue;
        }
        seen.push(card);
        let id = out.id("Coverage", card);
        let nth = |field: &[&str]| field.get(n).copied().and_then(|value| date(Some(value)));
        let (start, end) = (nth(&from), nth(&to));
        let backwards = matches!(
            (&start, &end),
            (Some(Value::String(from)), Some(Value::String(to))) if to < from
        );
        let facility = registered.get(n).copied().filter(|code| !code.is_empty());
        // What stands once in a row is of the card that is used now: the first.
        let of_first = |field: &str| row.get(field).filter(|_| n == 0);
        let class = |name: &str, value: Option<Value>| {
            value.and_then(|value| object([("type", words(name)), ("value", Some(value))]))
        };
        let classes = [
            class("Khu vực", of_first("MA_KHUVUC").and_then(text)),
            class("Đủ 5 năm liên tục từ", date(of_first("NAM_NAM_LIEN_TUC"))),
            class("Miễn cùng chi trả từ", date(of_first("NGAY_MIEN_CCT"))),
        ];
        let members = [
            ("identifier", list([identifier(SID_BHYT, Some(card))])),
            ("status", text("active")),
            ("type", words("Bảo hiểm y tế")),
            ("subscriberId", text(*card)),
            ("beneficiary", json::reference("Patient", patient)),
            ("period", object([("start", start), ("end", end.filter(|_| !backwards))])),
            ("payor", list([object([("display", text("Bảo hiểm xã hội Việt Nam"))])])),
            ("network", facility.and_then(text)),
            ("class", list(classes)),
        ];
        let spans = row.spans(&[
            "MA_THE_BHYT",
            "MA_DKBD",
            "GT_THE_TU",
            "GT_THE_DEN",
            "MA_KHUVUC",
            "NAM_NAM_LIEN_TUC",
            "NGAY_MIEN_CCT",
        ]);
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
    object([("type", words(kind)), ("value", text(value))])
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
