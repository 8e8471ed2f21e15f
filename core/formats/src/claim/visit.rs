//! XML1: the visit, its diagnoses, weights and blood group.
//!
//! The Encounter names no diagnosis, neither by text nor by code (nor by the id of a Condition, which holds one):
//! Conditions point to it, so that a diagnosis that is purged is gone.

use healthbook_model::{Coding, Span};
use serde_json::Value;

use super::hoso::Unread;
use super::json::{self, coding, identifier, list, number, object, text};
use super::lists;
use super::page::Page;
use super::table::Row;
use super::value::{
    ICD10, LOINC, UCUM, code, codes, concept, date_time, facility_of, named_by, period, system, words,
};
use crate::names::SID_MA_LK;
use crate::sensitive::{coding_is_restricted, text_is_restricted};

const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";

pub(super) fn map(page: &mut Page<'_, '_>, spans: Vec<Span>) -> Result<(), Unread> {
    encounter(page, spans)?;
    conditions(page)?;
    weight(page)?;
    newborn_weights(page)?;
    blood_group(page)
}

fn encounter(page: &mut Page<'_, '_>, spans: Vec<Span>) -> Result<(), Unread> {
    let row = page.row;
    let departments = row
        .list("MA_KHOA")
        .into_iter()
        .filter(|code| !code.is_empty())
        .map(|department| object([("location", named_by("Location", "MA_KHOA", Some(department)))]));
    let length = row.get("SO_NGAY_DTRI").and_then(number).and_then(|days| {
        object([("value", Some(days)), ("unit", text("ngày")), ("system", text(UCUM)), ("code", text("d"))])
    });
    let record = row
        .get("MA_HSBA")
        .and_then(|number| object([("type", words("Số hồ sơ bệnh án")), ("value", text(number))]));
    let referral = row.get("GIAY_CHUYEN_TUYEN").and_then(|number| {
        object([
            ("type", text("ServiceRequest")),
            (
                "identifier",
                object([("type", words("Số giấy chuyển tuyến hoặc giấy hẹn")), ("value", text(number))]),
            ),
            ("display", text(format!("Giấy chuyển tuyến hoặc giấy hẹn số {number}"))),
        ])
    });
    let members = [
        ("identifier", list([identifier(SID_MA_LK, Some(page.hangs.visit)), record])),
        ("status", text("finished")),
        ("classHistory", list([history(&row)])),
        ("class", class(&row)),
        ("type", list(types(&row))),
        ("subject", page.subject()),
        ("basedOn", list([referral])),
        ("period", period(row.get("NGAY_VAO"), row.get("NGAY_RA"))),
        ("length", length),
        ("reasonCode", list(reasons(&row))),
        (
            "hospitalization",
            object([
                ("origin", facility_of(row.get("MA_NOI_DI"))),
                ("destination", facility_of(row.get("MA_NOI_DEN"))),
                ("dischargeDisposition", ending(&row)),
            ]),
        ),
        ("location", list(departments)),
        ("serviceProvider", page.facility()),
    ];
    page.add_from(spans, ("Encounter", &json::id(page.hangs.visit)), members, false)
}

/// The form of the visit, and why it is paid for.
pub(super) fn types(row: &Row<'_>) -> [Option<Value>; 2] {
    let form = form(row);
    let name = form.as_deref().and_then(|form| lists::name("MA_LOAI_KCB", form));
    [
        object([
            ("coding", list([code("MA_LOAI_KCB", form.as_deref())])),
            ("text", text(name.unwrap_or("Khám chữa bệnh"))),
        ]),
        concept("MA_DOITUONG_KCB", row.get("MA_DOITUONG_KCB")),
    ]
}

/// MA_LOAI_KCB with its leading zero, which some programs drop.
fn form(row: &Row<'_>) -> Option<String> {
    row.get("MA_LOAI_KCB").map(|code| format!("{code:0>2}"))
}

/// How the visit ended: the way of leaving, then the result.
fn ending(row: &Row<'_>) -> Option<Value> {
    let told = ["MA_LOAI_RV", "KET_QUA_DTRI"];
    let names: Vec<&str> =
        told.iter().filter_map(|field| row.get(field).and_then(|code| lists::name(field, code))).collect();
    object([
        ("coding", list(told.map(|field| code(field, row.get(field))))),
        ("text", text(names.join(", "))),
    ])
}

/// Why the person came, and why they were kept.
pub(super) fn reasons(row: &Row<'_>) -> [Option<Value>; 2] {
    [
        row.get("LY_DO_VV").and_then(words),
        object([
            ("coding", list([code("MA_LY_DO_VNT", row.get("MA_LY_DO_VNT"))])),
            ("text", row.get("LY_DO_VNT").and_then(text)),
        ]),
    ]
}

/// When the stay proper began, which is later than the arrival.
pub(super) fn history(row: &Row<'_>) -> Option<Value> {
    let since = row.get("NGAY_VAO_NOI_TRU")?;
    object([("class", class(row)), ("period", period(Some(since), None))])
        .filter(|history| history.get("period").is_some())
}

/// HL7 v3 ActCode by MA_LOAI_KCB. Who came as an emergency (MA_DOITUONG_KCB 2) and was kept is an inpatient.
pub(super) fn class(row: &Row<'_>) -> Option<Value> {
    let emergency = row.get("MA_DOITUONG_KCB") == Some("2");
    let code = match form(row).as_deref() {
        Some("03") => "IMP",
        Some("04" | "06" | "09") => "SS",
        _ if emergency => "EMER",
        Some("11") => "FLD",
        Some("12") => "HH",
        Some("14") => "VR",
        _ => "AMB",
    };
    coding(ACT_CODE, Some(code))
}

fn conditions(page: &mut Page<'_, '_>) -> Result<(), Unread> {
    let row = page.row;
    let diagnosis = row.get("CHAN_DOAN_RV");
    let main = row.get("MA_BENH_CHINH");
    let mut said: Vec<String> = Vec::new();
    let main_codes: Vec<&str> = main.map(|field| codes(field).collect()).unwrap_or_default();
    let others = ["MA_BENH_KT", "MA_BENH_YHCT"]
        .into_iter()
        .flat_map(|field| row.get(field).into_iter().flat_map(codes).map(move |code| (field, code)));
    let all = main_codes.iter().map(|code| ("MA_BENH_CHINH", *code)).chain(others);
    let traditional = system("MA_BENH_YHCT");
    for (field, code) in all {
        if said.iter().any(|known| known == code) {
            continue;
        }
        let own_text = diagnosis.and_then(|text| clause(text, code));
        // The whole text is the main diagnosis's, unless it tells by code which part is which.
        let name = if said.is_empty() { own_text.or(diagnosis) } else { own_text };
        said.push(code.to_owned());
        let (system, role) = match field {
            "MA_BENH_CHINH" => (ICD10, "Bệnh chính"),
            "MA_BENH_KT" => (ICD10, "Bệnh kèm theo"),
            _ => (traditional.as_str(), "Bệnh y học cổ truyền"),
        };
        let restricts =
            coding_is_restricted(&Coding::new(system, code)) || name.is_some_and(text_is_restricted);
        condition(page, (field, system, role), (Some(code), name), restricts)?;
    }
    if said.is_empty() {
        let arrival = row.get("CHAN_DOAN_VAO");
        let role = if diagnosis.is_some() { "Bệnh chính" } else { PROVISIONAL };
        if let Some(told) = diagnosis.or(arrival) {
            let restricts = text_is_restricted(told);
            condition(page, ("", ICD10, role), (None, Some(told)), restricts)?;
        }
    }
    Ok(())
}

fn condition(
    page: &mut Page<'_, '_>,
    (field, system, role): (&str, &str, &str),
    (code, name): (Option<&str>, Option<&str>),
    restricts: bool,
) -> Result<(), Unread> {
    let row = page.row;
    let id = page.id("Condition", &format!("benh.{}", code.unwrap_or("chinh")));
    let encounter_diagnosis =
        coding("http://terminology.hl7.org/CodeSystem/condition-category", Some("encounter-diagnosis"));
    let arrival = row
        .get("CHAN_DOAN_VAO")
        .filter(|_| matches!(field, "MA_BENH_CHINH" | ""))
        .and_then(|said| object([("text", text(format!("Chẩn đoán lúc vào: {said}")))]));
    let standing = |word: &str| {
        let system = "http://terminology.hl7.org/CodeSystem/condition-ver-status";
        object([("coding", list([coding(system, Some(word))]))])
    };
    let members = [
        ("verificationStatus", standing("provisional").filter(|_| role == PROVISIONAL)),
        ("category", list([object([("coding", list([encounter_diagnosis])), ("text", text(role))])])),
        ("code", object([("coding", list([coding(system, code)])), ("text", name.and_then(text))])),
        ("subject", page.subject()),
        ("encounter", page.encounter()),
        // Not NGAY_RA: for long treatment that is the last day of the medicine, weeks ahead.
        ("recordedDate", date_time(row.get("NGAY_VAO"))),
        ("note", list([arrival.filter(|_| role != PROVISIONAL)])),
    ];
    // The texts name every diagnosis of the visit, so each of them comes from there too.
    let spans = row.spans(&[field, "CHAN_DOAN_RV", "CHAN_DOAN_VAO"]);
    page.add_from(spans, ("Condition", &id), members, restricts)
}

/// What a diagnosis of the arrival is called, when there is no other.
const PROVISIONAL: &str = "Chẩn đoán lúc vào";

/// What a paper about a visit names as its reasons: the main illness with the words of the diagnosis, and each other one
/// with the clause that names it.
pub(super) fn illnesses(row: &Row<'_>) -> Vec<Option<Value>> {
    let diagnosis = row.get("CHAN_DOAN_RV");
    let field = |name: &str| row.get(name).into_iter().flat_map(codes).collect::<Vec<_>>();
    let (main, others) = (field("MA_BENH_CHINH"), field("MA_BENH_KT"));
    let named = |code: &str| diagnosis.and_then(|text| clause(text, code));
    let own =
        main.first().and_then(|code| named(code)).filter(|_| others.iter().any(|code| named(code).is_some()));
    let first = object([
        ("coding", list(main.iter().map(|c| coding(ICD10, Some(c))))),
        ("text", own.or(diagnosis).and_then(text)),
    ]);
    let more = others.iter().filter(|code| !main.contains(code)).map(|code| {
        object([("coding", list([coding(ICD10, Some(code))])), ("text", named(code).and_then(text))])
    });
    let traditional = field("MA_BENH_YHCT").into_iter();
    let traditional =
        traditional.map(|illness| object([("coding", list([code("MA_BENH_YHCT", Some(illness))]))]));
    [first].into_iter().chain(more).chain(traditional).collect()
}

/// The part of the diagnosis text that names this code: `I10 - Tăng huyết áp; E11.9 - Đái tháo đường`.
fn clause<'a>(diagnosis: &'a str, code: &str) -> Option<&'a str> {
    diagnosis.split([';', '\n']).map(str::trim).find(|clause| {
        clause
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '.'))
            .any(|word| word.trim_matches('.').eq_ignore_ascii_case(code))
    })
}

fn weight(page: &mut Page<'_, '_>) -> Result<(), Unread> {
    let row = page.row;
    // Programs write 0 for what was not weighed.
    let Some(value) =
        row.get("CAN_NANG").filter(|text| text.bytes().any(|b| matches!(b, b'1'..=b'9'))).and_then(number)
    else {
        return Ok(());
    };
    let code = object([("coding", list([coding(LOINC, Some("29463-7"))])), ("text", text("Cân nặng"))]);
    let effective = row.get("NGAY_VAO");
    let members: [(&str, Option<Value>); 9] = [
        ("status", text("final")),
        ("category", list([object([("coding", list([coding(CATEGORY, Some("vital-signs"))]))])])),
        ("code", code),
        ("subject", page.subject()),
        ("encounter", page.encounter()),
        ("effectiveDateTime", date_time(effective)),
        ("_effectiveDateTime", json::absent_primitive(date_time(effective).is_none())),
        ("performer", list([page.facility()])),
        ("valueQuantity", json::quantity(value, "kg", "kg")),
    ];
    let id = page.id("Observation", "can-nang");
    page.add_from(row.spans(&["CAN_NANG"]), ("Observation", &id), members, false)
}

/// CAN_NANG_CON stands in the mother's visit: it is no weight of hers, and carries no code that would put it among
/// hers.
fn newborn_weights(page: &mut Page<'_, '_>) -> Result<(), Unread> {
    let row = page.row;
    for (field, n) in row.list("CAN_NANG_CON").into_iter().zip(1u32..) {
        let Some(value) = number(field) else { continue };
        let name = if n == 1 {
            "Cân nặng của con lúc sinh".to_owned()
        } else {
            format!("Cân nặng của con thứ {n} lúc sinh")
        };
        let members = [
            ("status", text("final")),
            (
                "code",
                object([
                    ("coding", list([code("CAN_NANG_CON", Some("CAN_NANG_CON"))])),
                    ("text", text(name)),
                ]),
            ),
            ("subject", page.subject()),
            ("encounter", page.encounter()),
            ("effectiveDateTime", date_time(row.get("NGAY_RA").or_else(|| row.get("NGAY_VAO")))),
            ("performer", list([page.facility()])),
            ("valueQuantity", json::quantity(value, "g", "g")),
        ];
        let id = page.id("Observation", &format!("can-nang-con.{n}"));
        page.add_from(row.spans(&["CAN_NANG_CON"]), ("Observation", &id), members, false)?;
    }
    Ok(())
}

/// NHOM_MAU is free text (`O+`, `Rh+`): kept as it is written.
fn blood_group(page: &mut Page<'_, '_>) -> Result<(), Unread> {
    let row = page.row;
    let Some(group) = row.get("NHOM_MAU") else { return Ok(()) };
    let members = [
        ("status", text("final")),
        ("category", list([object([("coding", list([coding(CATEGORY, Some("laboratory"))]))])])),
        ("code", object([("coding", list([coding(LOINC, Some("882-1"))])), ("text", text("Nhóm máu"))])),
        ("subject", page.subject()),
        ("encounter", page.encounter()),
        ("effectiveDateTime", date_time(row.get("NGAY_VAO"))),
        ("performer", list([page.facility()])),
        ("valueString", text(group)),
    ];
    let id = page.id("Observation", "nhom-mau");
    page.add_from(row.spans(&["NHOM_MAU"]), ("Observation", &id), members, false)
}
