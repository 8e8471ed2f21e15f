//! XML1: the visit, its diagnoses, the weight.
//!
//! The Encounter names no diagnosis, neither by text nor by code (nor by the id of a Condition, which holds one):
//! Conditions point to it, so that a diagnosis that is purged is gone.

use healthbook_model::{Coding, Span};
use serde_json::Value;

use super::hoso::{Context, Hangs, ICD10, Records, Unread, codes, date_time, facility};
use super::json::{self, coding, identifier, list, number, object, text};
use super::person;
use super::table::Row;
use crate::sensitive::{coding_is_restricted, text_is_restricted};

const SID_VISIT: &str = "http://fhir.hl7.org.vn/core/sid/ma-lk";
const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
/// No published URI is known for the code lists of QĐ 4750: a name of our own that says which field it is.
const FORM_OF_VISIT: &str = "urn:vn:qd4750:MA_LOAI_KCB";
const TRADITIONAL: &str = "urn:vn:qd4750:MA_BENH_YHCT";

pub(super) fn map(
    visit: &str,
    row: &Row<'_>,
    rows: &[Row<'_>],
    context: &Context,
    out: &mut Records,
) -> Result<(), Unread> {
    let hangs = Hangs { visit, patient: Some(person::id(row)) };
    encounter(row, rows, &hangs, context, out)?;
    conditions(row, &hangs, context, out)?;
    weight(row, &hangs, context, out)
}

fn encounter(
    row: &Row<'_>,
    rows: &[Row<'_>],
    hangs: &Hangs<'_>,
    context: &Context,
    out: &mut Records,
) -> Result<(), Unread> {
    let form = row.get("MA_LOAI_KCB").map(|code| format!("{code:0>2}"));
    let form = form.as_deref();
    let emergency = row.get("MA_DOITUONG_KCB") == Some("2");
    let ending = [row.get("MA_LOAI_RV").and_then(discharge), row.get("KET_QUA_DTRI").and_then(outcome)];
    let ending: Vec<&str> = ending.into_iter().flatten().collect();
    let members = [
        ("identifier", list([identifier(SID_VISIT, Some(hangs.visit))])),
        ("status", text("finished")),
        ("class", coding(ACT_CODE, Some(class(form, emergency)))),
        (
            "type",
            list([object([
                ("coding", list([coding(FORM_OF_VISIT, form)])),
                ("text", text(form.and_then(form_name).unwrap_or("Khám chữa bệnh"))),
            ])]),
        ),
        ("subject", hangs.subject()),
        (
            "period",
            object([("start", date_time(row.get("NGAY_VAO"))), ("end", date_time(row.get("NGAY_RA")))]),
        ),
        ("hospitalization", object([("dischargeDisposition", object([("text", text(ending.join(", ")))]))])),
        ("serviceProvider", facility(context)),
    ];
    // A HOSO of one visit belongs to it as a whole; of several, the rows of each.
    let spans: Vec<Span> = match context.whole {
        Some(whole) => vec![whole],
        None => rows.iter().filter(|row| row.get("MA_LK") == Some(hangs.visit)).map(Row::span).collect(),
    };
    out.add(("Encounter", &json::id(hangs.visit)), members, spans, false, context)
}

fn conditions(row: &Row<'_>, hangs: &Hangs<'_>, context: &Context, out: &mut Records) -> Result<(), Unread> {
    let diagnosis = row.get("CHAN_DOAN_RV");
    let main = row.get("MA_BENH_CHINH");
    let mut said: Vec<String> = Vec::new();
    let main_codes: Vec<&str> = main.map(|field| codes(field).collect()).unwrap_or_default();
    let others = ["MA_BENH_KT", "MA_BENH_YHCT"]
        .into_iter()
        .flat_map(|field| row.get(field).into_iter().flat_map(codes).map(move |code| (field, code)));
    let all = main_codes.iter().map(|code| ("MA_BENH_CHINH", *code)).chain(others);
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
            _ => (TRADITIONAL, "Bệnh y học cổ truyền"),
        };
        let restricts =
            coding_is_restricted(&Coding::new(system, code)) || name.is_some_and(text_is_restricted);
        condition(row, (field, system, role), (Some(code), name), restricts, hangs, context, out)?;
    }
    if said.is_empty() && diagnosis.is_some() {
        let restricts = diagnosis.is_some_and(text_is_restricted);
        condition(row, ("", ICD10, "Bệnh chính"), (None, diagnosis), restricts, hangs, context, out)?;
    }
    Ok(())
}

fn condition(
    row: &Row<'_>,
    (field, system, role): (&str, &str, &str),
    (code, name): (Option<&str>, Option<&str>),
    restricts: bool,
    hangs: &Hangs<'_>,
    context: &Context,
    out: &mut Records,
) -> Result<(), Unread> {
    let id = out.id("Condition", &format!("{}.benh.{}", hangs.visit, code.unwrap_or("chinh")));
    let encounter_diagnosis =
        coding("http://terminology.hl7.org/CodeSystem/condition-category", Some("encounter-diagnosis"));
    let members = [
        ("category", list([object([("coding", list([encounter_diagnosis])), ("text", text(role))])])),
        ("code", object([("coding", list([coding(system, code)])), ("text", name.and_then(text))])),
        ("subject", hangs.subject()),
        ("encounter", hangs.encounter()),
        // Not NGAY_RA: for long treatment that is the last day of the medicine, weeks ahead.
        ("recordedDate", date_time(row.get("NGAY_VAO"))),
    ];
    // The texts name every diagnosis of the visit, so each of them comes from there too.
    let spans = row.spans(&[field, "CHAN_DOAN_RV", "CHAN_DOAN_VAO"]);
    out.add(("Condition", &id), members, spans, restricts, context)
}

/// The part of the diagnosis text that names this code: `I10 - Tăng huyết áp; E11.9 - Đái tháo đường`.
fn clause<'a>(diagnosis: &'a str, code: &str) -> Option<&'a str> {
    diagnosis.split([';', '\n']).map(str::trim).find(|clause| {
        clause
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '.'))
            .any(|word| word.trim_matches('.').eq_ignore_ascii_case(code))
    })
}

fn weight(row: &Row<'_>, hangs: &Hangs<'_>, context: &Context, out: &mut Records) -> Result<(), Unread> {
    // Programs write 0 for what was not weighed.
    let Some(value) =
        row.get("CAN_NANG").filter(|text| text.bytes().any(|b| matches!(b, b'1'..=b'9'))).and_then(number)
    else {
        return Ok(());
    };
    let vital_signs =
        coding("http://terminology.hl7.org/CodeSystem/observation-category", Some("vital-signs"));
    let members: [(&str, Option<Value>); 8] = [
        ("status", text("final")),
        ("category", list([object([("coding", list([vital_signs]))])])),
        (
            "code",
            object([
                ("coding", list([coding("http://loinc.org", Some("29463-7"))])),
                ("text", text("Cân nặng")),
            ]),
        ),
        ("subject", hangs.subject()),
        ("encounter", hangs.encounter()),
        ("effectiveDateTime", date_time(row.get("NGAY_VAO"))),
        ("performer", list([facility(context)])),
        (
            "valueQuantity",
            object([
                ("value", Some(value)),
                ("unit", text("kg")),
                ("system", text("http://unitsofmeasure.org")),
                ("code", text("kg")),
            ]),
        ),
    ];
    let id = out.id("Observation", &format!("{}.can-nang", hangs.visit));
    out.add(("Observation", &id), members, row.spans(&["CAN_NANG"]), false, context)
}

/// HL7 v3 ActCode by MA_LOAI_KCB. Who came as an emergency and was kept is an inpatient.
fn class(form: Option<&str>, emergency: bool) -> &'static str {
    match form {
        Some("03") => "IMP",
        Some("04" | "06" | "09") => "SS",
        _ if emergency => "EMER",
        Some("11") => "FLD",
        Some("12") => "HH",
        Some("14") => "VR",
        _ => "AMB",
    }
}

/// MA_LOAI_KCB: QĐ 824/QĐ-BYT 2023; 11–16 by QĐ 1804/QĐ-BYT 2026.
fn form_name(form: &str) -> Option<&'static str> {
    Some(match form {
        "01" => "Khám bệnh",
        "02" => "Điều trị ngoại trú",
        "03" => "Điều trị nội trú",
        "04" => "Điều trị nội trú ban ngày",
        "05" => "Khám và lĩnh thuốc bệnh mạn tính",
        "06" => "Điều trị lưu tại trạm y tế, phòng khám",
        "07" => "Nhận thuốc theo hẹn",
        "08" => "Điều trị ngoại trú bệnh mạn tính",
        "09" => "Điều trị nội trú dưới 4 giờ",
        "11" => "Khám chữa bệnh lưu động",
        "12" => "Khám chữa bệnh tại nhà",
        "13" => "Khám bệnh y học gia đình",
        "14" => "Khám chữa bệnh từ xa",
        "15" => "Khám sức khỏe định kỳ",
        "16" => "Khám sàng lọc",
        _ => return None,
    })
}

/// MA_LOAI_RV.
fn discharge(code: &str) -> Option<&'static str> {
    Some(match code {
        "1" => "Ra viện",
        "2" => "Chuyển tuyến theo yêu cầu chuyên môn",
        "3" => "Trốn viện",
        "4" => "Xin ra viện",
        "5" => "Chuyển tuyến theo yêu cầu người bệnh",
        _ => return None,
    })
}

/// KET_QUA_DTRI, with 8 added by QĐ 4750.
fn outcome(code: &str) -> Option<&'static str> {
    Some(match code {
        "1" => "Khỏi",
        "2" => "Đỡ",
        "3" => "Không thay đổi",
        "4" => "Nặng hơn",
        "5" => "Tử vong",
        "6" => "Tiên lượng nặng xin về",
        "7" => "Chưa xác định",
        "8" => "Tử vong ngoại viện",
        _ => return None,
    })
}
