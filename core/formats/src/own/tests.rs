//! Entries, edits and corrections as people make them.

use healthbook_model::{Lang, RecordId, Standing, Timestamp};
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::view::view;

/// 22 November 2026, 08:00 in Vietnam.
const NOW: Timestamp = Timestamp(1_795_309_200_000);

fn ctx() -> OwnContext {
    OwnContext {
        id: RecordId::from_random([7; 16]),
        recorded: NOW,
        offset: 420,
        lang: Lang::Vi,
        person_reference: Some("Patient/an".into()),
    }
}

fn fields_of(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn write(kind: &str, pairs: &[(&str, &str)]) -> Result<String, OwnError> {
    compose(kind, &fields_of(pairs), &ctx()).map(|bytes| String::from_utf8(bytes).unwrap())
}

fn change(record: &str, pairs: &[(&str, &str)]) -> Result<String, OwnError> {
    edit(record.as_bytes(), &fields_of(pairs), &ctx()).map(|bytes| String::from_utf8(bytes).unwrap())
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn standing(text: &str) -> Standing {
    crate::entry(text.as_bytes()).unwrap().standing
}

#[test]
fn a_blood_pressure_is_written_as_the_vital_signs_profile_has_it() {
    let bp =
        write("bp", &[("systolic", "128"), ("diastolic", "79"), ("pulse", "70"), ("at", "2026-11-20T07:10")])
            .unwrap();
    assert_eq!(
        bp,
        r#"{"resourceType":"Observation","id":"07070707-0707-4707-8707-070707070707","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"PATAST","display":"patient asserted"}]},"status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"85354-9","display":"Blood pressure panel with all children optional"}]},"subject":{"reference":"Patient/an"},"effectiveDateTime":"2026-11-20T07:10:00+07:00","performer":[{"reference":"Patient/an"}],"component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6","display":"Systolic blood pressure"}]},"valueQuantity":{"value":128,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4","display":"Diastolic blood pressure"}]},"valueQuantity":{"value":79,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},{"code":{"coding":[{"system":"http://loinc.org","code":"8867-4","display":"Heart rate"}]},"valueQuantity":{"value":70,"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}}]}"#
    );
    let entry = crate::entry(bp.as_bytes()).unwrap();
    assert_eq!(entry.points.len(), 3, "charts see all three numbers");
}

#[test]
fn digits_stay_as_typed_and_a_vietnamese_comma_is_understood() {
    let weight = write("weight", &[("value", "61,50"), ("at", "20/11/2026 07:10")]).unwrap();
    assert!(weight.contains(r#""value":61.50,"unit":"kg""#), "{weight}");
    assert!(weight.contains(r#""effectiveDateTime":"2026-11-20T07:10:00+07:00""#), "{weight}");
    let glucose = write("glucose", &[("value", "5.40"), ("moment", "fasting")]).unwrap();
    assert!(glucose.contains(r#""code":"14770-2""#) && glucose.contains(r#""value":5.40,"unit":"mmol/L""#));
    let mass = write("glucose", &[("value", "97"), ("unit", "mg/dl"), ("moment", "sau ăn")]).unwrap();
    assert!(mass.contains(r#""code":"1521-4""#) && mass.contains(r#""unit":"mg/dL""#), "{mass}");
}

#[test]
fn a_slip_of_the_fingers_is_named_and_never_repeated() {
    for (kind, fields, wrong) in [
        ("bp", &[("systolic", "1280"), ("diastolic", "79")][..], "systolic"),
        ("bp", &[("systolic", "79"), ("diastolic", "128")], "diastolic"),
        ("bp", &[("systolic", "128")], "diastolic"),
        ("bp", &[("systolic", "12o"), ("diastolic", "79")], "systolic"),
        ("glucose", &[("value", "5.4"), ("unit", "mg/dL")], "value"),
        ("glucose", &[("value", "97")], "value"),
        ("steps", &[("value", "8,5")], "value"),
        ("weight", &[("value", "61"), ("unit", "stone")], "unit"),
        ("weight", &[("value", "61"), ("at", "2062-01-01")], "at"),
        ("weight", &[("value", "61"), ("at", "hôm qua")], "at"),
        ("person", &[("cccd", "00116500000")], "cccd"),
        ("coverage", &[("number", "GD9010000000000")], "number"),
        ("vaccine", &[("name", "Viêm gan B"), ("reason", "đang sốt")], "reason"),
        ("condition", &[("name", "Sốt\u{1b}[31m")], "name"),
    ] {
        let error = write(kind, fields).unwrap_err();
        for lang in [Lang::Vi, Lang::En] {
            let sentence = error.sentence(lang);
            assert!(sentence.contains(wrong), "{kind}: {sentence}");
            for (_, value) in fields.iter().filter(|(name, value)| *name != "unit" && value.len() > 3) {
                assert!(!sentence.contains(value), "{sentence} tells the value");
            }
        }
    }
    let secret = "người này có HIV";
    let error = write("note", &[(secret, "x")]).unwrap_err();
    assert!(!error.to_string().contains("HIV"), "{error}");
}

#[test]
fn every_kind_of_entry_can_be_written_from_its_examples_and_is_read_back() {
    for kind in entry_kinds() {
        let mut given: Vec<(String, String)> =
            kind.fields.iter().map(|field| (field.name.to_owned(), field.example.to_owned())).collect();
        if kind.word == "vaccine" {
            given.retain(|(name, _)| name != "reason");
        }
        if kind.word == "condition" {
            given.retain(|(name, _)| name != "status");
        }
        if kind.fields == field::MEASURE {
            let value = match kind.word {
                "height" | "waist" | "spo2" => "95",
                "head" | "temperature" => "37.0",
                "steps" | "pain" | "hba1c" => "7",
                _ => "61",
            };
            given = fields_of(&[("value", value)]);
        }
        let bytes = compose(kind.word, &given, &ctx()).unwrap_or_else(|e| panic!("{}: {e}", kind.word));
        let entry = crate::entry(&bytes).unwrap();
        assert_eq!(entry.resource_type, kind.resource_type);
        assert_eq!(entry.kind, kind.kind, "{}", kind.word);
        for lang in [Lang::Vi, Lang::En] {
            assert!(!view(&bytes, lang).unwrap().sections.is_empty());
        }
        // What was written can be edited by the same names.
        let editable: Vec<&str> = fields_of_record(&bytes).unwrap().iter().map(|field| field.name).collect();
        for field in kind.fields {
            assert!(editable.contains(&field.name), "{}: {}", kind.word, field.name);
        }
        let again = edit(&bytes, &given, &ctx()).unwrap_or_else(|e| panic!("{}: {e}", kind.word));
        assert_eq!(json(std::str::from_utf8(&again).unwrap()), json(std::str::from_utf8(&bytes).unwrap()));
    }
}

#[test]
fn what_is_no_fact_is_never_read_as_one() {
    let refused = write("vaccine", &[("name", "Cúm"), ("status", "refused"), ("reason", "sợ tiêm")]).unwrap();
    assert_eq!(standing(&refused), Standing::NotDone);
    assert_eq!(standing(&write("no-known-allergies", &[]).unwrap()), Standing::Negated);
    assert_eq!(standing(&write("appointment", &[("at", "2026-12-01")]).unwrap()), Standing::Planned);
    assert_eq!(
        standing(&write("medicine", &[("name", "X"), ("end", "2025-01-01")]).unwrap()),
        Standing::Past
    );
    assert_eq!(standing(&write("medicine", &[("name", "X")]).unwrap()), Standing::Current);
    assert_eq!(standing(&write("allergy", &[("name", "X")]).unwrap()), Standing::Current);
    assert_eq!(
        standing(&write("condition", &[("name", "X"), ("resolved", "2020")]).unwrap()),
        Standing::Past
    );
}

#[test]
fn a_medicine_keeps_dose_and_frequency_apart() {
    let first = write(
        "medicine",
        &[
            ("name", "Metformin"),
            ("strength", "500 mg"),
            ("dose", "1 viên"),
            ("frequency", "2 lần/ngày, sau ăn"),
        ],
    )
    .unwrap();
    let text = |record: &str| json(record)["dosage"][0]["text"].as_str().unwrap().to_owned();
    assert_eq!(text(&first), "1 viên, 2 lần/ngày, sau ăn");
    assert_eq!(json(&first)["medicationCodeableConcept"]["text"], "Metformin 500 mg");
    let more = change(&first, &[("dose", "2 viên"), ("strength", "850 mg")]).unwrap();
    assert_eq!(text(&more), "2 viên, 2 lần/ngày, sau ăn");
    assert_eq!(json(&more)["medicationCodeableConcept"]["text"], "Metformin 850 mg");
    let less = change(&more, &[("frequency", ""), ("strength", "")]).unwrap();
    assert_eq!(text(&less), "2 viên");
    assert_eq!(json(&less)["medicationCodeableConcept"]["text"], "Metformin");
    let over = change(&less, &[("end", "2026-01-01")]).unwrap();
    assert_eq!(json(&over)["status"], "completed");
    assert_eq!(json(&change(&over, &[("end", "")]).unwrap())["status"], "active");
}

#[test]
fn an_edit_changes_only_what_it_says() {
    let record = r#"{ "resourceType" : "Observation","id":"x", "extension":[{"url":"urn:x","valueDecimal":1.50E+2}],
        "status":"final","code":{"coding":[{"system":"http:\/\/loinc.org","code":"29463-7"}]},
        "effectiveDateTime":"2026-11-20","valueQuantity":{"value":61.50,"unit":"kg","x":[0.010]},"unknown":{"a" : 1e0} }"#;
    let edited = change(record, &[("value", "62,0")]).unwrap();
    for kept in [
        r#""extension":[{"url":"urn:x","valueDecimal":1.50E+2}]"#,
        r#""code":{"coding":[{"system":"http:\/\/loinc.org","code":"29463-7"}]}"#,
        r#""effectiveDateTime":"2026-11-20""#,
        r#""valueQuantity":{"value":62.0,"unit":"kg","x":[0.010]}"#,
        r#""unknown":{"a" : 1e0}"#,
    ] {
        assert!(edited.contains(kept), "{kept} is lost in {edited}");
    }
    assert_eq!(change(record, &[]).unwrap().matches("61.50").count(), 1);
    assert!(matches!(change(record, &[("value", "")]), Err(OwnError::Required { field: "value" })));
    let error = change(record, &[("weight", "62")]).unwrap_err();
    assert_eq!(error.to_string(), "there is no field weight; this record has: value, unit, at, note");
}

#[test]
fn a_correction_stands_beside_the_hospitals_record_as_the_persons_own() {
    let hospital = r#"{"resourceType":"Observation","id":"lab-7","meta":{"versionId":"3","lastUpdated":"2026-11-01T00:00:00Z"},
        "text":{"status":"generated","div":"<div>H</div>"},"identifier":[{"system":"urn:hospital","value":"9"}],
        "status":"final","code":{"text":"Kali máu"},"subject":{"reference":"Patient/1"},
        "encounter":{"reference":"Encounter/5"},"performer":[{"reference":"Practitioner/2","display":"BS. Mẫu"}],
        "valueQuantity":{"value":9.10,"unit":"mmol/L"},"interpretation":[{"text":"H"}],
        "referenceRange":[{"high":{"value":5.10}}],"odd":{"n":1.0}}"#;
    let mut own = ctx();
    own.id = RecordId::from_random([9; 16]);
    let copy =
        correction(hospital.as_bytes(), &fields_of(&[("value", "4,10"), ("note", "in nhầm")]), &own).unwrap();
    let copy = json(std::str::from_utf8(&copy).unwrap());
    assert_eq!(copy["id"], own.id.to_string());
    assert_eq!(copy["subject"]["reference"], "Patient/an");
    assert_eq!(copy["encounter"], json(r#"{"display":"Encounter/5"}"#));
    assert_eq!(copy["performer"][0], json(r#"{"display":"BS. Mẫu"}"#));
    assert_eq!(copy["note"][0]["text"], "Bản sửa của người bệnh: in nhầm");
    assert_eq!(copy["valueQuantity"]["value"].to_string(), "4.10");
    assert_eq!(copy["referenceRange"][0]["high"]["value"].to_string(), "5.10");
    assert_eq!(copy["odd"]["n"].to_string(), "1.0");
    for gone in ["identifier", "text", "interpretation"] {
        assert!(copy[gone].is_null(), "{gone} of the hospital's record is in the correction");
    }
    assert_eq!(copy["meta"]["versionId"], Value::Null);
    let visit = br#"{"resourceType":"Encounter","id":"v","status":"finished","class":{"code":"AMB"}}"#;
    let visit = correction(visit, &fields_of(&[("reason", "đau <bụng>")]), &own).unwrap();
    let shown = view(&visit, Lang::Vi).unwrap();
    assert_eq!(shown.narrative.as_deref(), Some("Bản sửa của người bệnh"));
    assert_eq!(
        correction(br#"{"resourceType":"Bundle","type":"batch"}"#, &[], &own),
        Err(OwnError::NotEditable)
    );
}

#[test]
fn typed_entries_write_what_their_fields_say() {
    let bp = OwnEntry::BloodPressure(BloodPressure {
        systolic: "128".parse().unwrap(),
        diastolic: "79".parse().unwrap(),
        pulse: None,
        at: Some("2026-11-20T07:10".parse().unwrap()),
        note: Some("đo sau khi nghỉ".into()),
    });
    let fields =
        [("systolic", "128"), ("diastolic", "79"), ("at", "2026-11-20T07:10"), ("note", "đo sau khi nghỉ")];
    assert_eq!(String::from_utf8(bp.to_fhir(&ctx()).unwrap()).unwrap(), write("bp", &fields).unwrap());
    let check = OwnEntry::Checkup(Checkup {
        at: Some("2026-11-20".parse().unwrap()),
        weight: Some("55.50".parse().unwrap()),
        pressure: Some(("118".parse().unwrap(), "76".parse().unwrap())),
        class: Some("II".into()),
        findings: fields_of(&[("eyes", "II: 8/10")]),
        ..Checkup::default()
    });
    let fields =
        [("at", "2026-11-20"), ("weight", "55.50"), ("bp", "118/76"), ("class", "II"), ("eyes", "II: 8/10")];
    assert_eq!(
        String::from_utf8(check.to_fhir(&ctx()).unwrap()).unwrap(),
        write("checkup", &fields).unwrap()
    );
    let id = healthbook_model::DocumentId::from_random([3; 16]);
    let paper = OwnEntry::Document(Document {
        id,
        title: "Giấy ra viện".into(),
        media_type: Some("application/pdf".into()),
        size: Some(12_345),
        at: Some("2026-11".parse().unwrap()),
        place: None,
        note: None,
    });
    let paper = json(&String::from_utf8(paper.to_fhir(&ctx()).unwrap()).unwrap());
    assert_eq!(
        paper["content"][0]["attachment"].to_string(),
        format!(
            r#"{{"contentType":"application/pdf","url":"urn:uuid:{id}","size":12345,"title":"Giấy ra viện","creation":"2026-11"}}"#
        )
    );
}

proptest! {
    #[test]
    fn no_bytes_make_an_edit_or_a_correction_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let changes = fields_of(&[("value", "1"), ("note", "x"), ("name", "y")]);
        let _ = edit(&bytes, &changes, &ctx());
        let _ = correction(&bytes, &changes, &ctx());
    }

    #[test]
    fn a_health_check_of_any_shape_is_edited_or_refused(
        key in "contained|section|title|date|custodian|author",
        value in r#"null|1|"x"|\[\]|\{\}|\[null\]|\[1\]|\[\{\}\]|\[\{"title":"Mắt"\}\]|\[\{"title":"Mắt","text":1\}\]|\[\{"id":"weight"\}\]|\[\{"id":"class","resourceType":"Observation"\}\]|\[\{"id":"weight","resourceType":"Observation","valueQuantity":\[\]\}\]|\[\{"id":"blood-pressure","resourceType":"Observation","component":\[1,\{\}\]\}\]"#,
        field in "at|place|weight|bp|pulse|eyes|class|conclusion",
        typed in "|60|118/76|II|2026|nhẹ",
    ) {
        let record = format!(
            r#"{{"resourceType":"Composition","type":{{"text":"Khám sức khỏe định kỳ"}},"{key}":{value},"kept":1.50}}"#
        );
        for make in [edit, correction] {
            if let Ok(bytes) = make(record.as_bytes(), &fields_of(&[(&field, &typed)]), &ctx()) {
                let text = String::from_utf8(bytes).unwrap();
                prop_assert!(text.contains(r#""kept":1.50"#), "{}", text);
                let _ = crate::entry(text.as_bytes());
                let _ = view(text.as_bytes(), Lang::Vi);
            }
        }
    }

    #[test]
    fn a_record_of_any_shape_is_edited_or_refused(
        kind in "Observation|MedicationStatement|AllergyIntolerance|Immunization|Condition|Appointment|Patient|Coverage",
        key in "value|valueQuantity|component|code|note|dosage|reaction|participant|identifier|effectivePeriod|statusReason",
        value in r#"null|1|"x"|\[\]|\{\}|\[null\]|\[1\]|\[\{\}\]|\{"coding":1\}|\{"value":"x"\}|\[\{"code":\[\]\}\]"#,
        field in "value|unit|systolic|name|note|at|dose|frequency|reaction|severity|status|place|cccd|phone|number|end",
        typed in "|1|70|kg|nhẹ|2026|đã khỏi|001165000000",
    ) {
        let record = format!(r#"{{"resourceType":"{kind}","{key}":{value},"kept":1.50}}"#);
        for make in [edit, correction] {
            if let Ok(bytes) = make(record.as_bytes(), &fields_of(&[(&field, &typed)]), &ctx()) {
                let text = String::from_utf8(bytes).unwrap();
                prop_assert!(text.contains(r#""kept":1.50"#), "{}", text);
                json(&text);
            }
        }
    }
}

#[test]
fn a_health_check_is_one_paper_whose_measures_are_drawn_and_whose_class_stands_in_lists() {
    let check = write(
        "checkup",
        &[
            ("at", "2026-11-20"),
            ("place", "Bệnh viện Đa khoa An Lành"),
            ("conclusion", "Đủ sức khỏe làm việc"),
            ("class", "loại 2"),
            ("eyes", "ii: thị lực <8/10 & kính"),
            ("circulation", "I: bình thường"),
            ("height", "160"),
            ("weight", "55,50"),
            ("bp", "118/76"),
            ("pulse", "72"),
        ],
    )
    .unwrap();
    let entry = crate::entry(check.as_bytes()).unwrap();
    assert_eq!(entry.title, "Khám sức khỏe định kỳ – Loại II");
    assert_eq!(entry.start.map(|at| at.to_string()).as_deref(), Some("2026-11-20"));
    assert!(
        entry.search_text.contains("thị lực") && entry.search_text.contains("Đủ sức khỏe"),
        "found by its words"
    );
    assert_eq!(entry.sensitivity, healthbook_model::Sensitivity::Ordinary);
    let hidden = write("checkup", &[("tests", "xét nghiệm HIV dương tính")]).unwrap();
    let hidden = crate::entry(hidden.as_bytes()).unwrap();
    assert_eq!(hidden.parts, healthbook_model::Sensitivity::Restricted);
    let points: Vec<&str> = entry.points.iter().map(|point| point.text.as_str()).collect();
    assert_eq!(points, ["160", "55.50", "118", "76", "72"]);
    let shown = view(check.as_bytes(), Lang::Vi).unwrap();
    let lines: Vec<String> = shown
        .sections
        .iter()
        .filter_map(|section| Some((section.title.as_deref()?, section)))
        .flat_map(|(title, section)| {
            section.rows.iter().map(move |row| format!("{title} · {} · {}", row.label, row.value))
        })
        .collect();
    for line in [
        "Thể lực · Chiều cao · 160 cm",
        "Thể lực · Cân nặng · 55.50 kg",
        "Thể lực · Huyết áp · Huyết áp tâm thu: 118 mmHg; Huyết áp tâm trương: 76 mmHg",
        "Thể lực · Nhịp tim · 72 lần/phút",
        "Phân loại sức khỏe · Phân loại sức khỏe · Loại II",
    ] {
        assert!(lines.contains(&line.to_owned()), "{line}\n{}", lines.join("\n"));
    }
    let words = lines.join("\n");
    assert!(
        words.contains("Loại II: thị lực <8/10 & kính") && words.contains("Đủ sức khỏe làm việc"),
        "{words}"
    );
    assert!(!words.contains("Bản ghi kèm theo: "), "nothing is told twice: {words}");
    assert!(words.contains("8302-2"), "the codes stand at the end: {words}");
    let struck = check.replacen("\"status\":\"final\"", "\"status\":\"entered-in-error\"", 2);
    let struck = struck.replacen("entered-in-error", "final", 1);
    assert!(format!("{:?}", view(struck.as_bytes(), Lang::Vi).unwrap()).contains("Ghi nhầm"), "{struck}");
    assert_eq!(crate::entry(struck.as_bytes()).unwrap().points.len(), 4, "what was a slip leaves the chart");
    // The paper's order, whatever order it was typed in.
    let order: Vec<Option<&str>> = shown.sections.iter().map(|section| section.title.as_deref()).collect();
    let at = |title: &str| order.iter().position(|known| *known == Some(title)).unwrap();
    assert!(
        at("Thể lực") < at("Tuần hoàn")
            && at("Tuần hoàn") < at("Mắt")
            && at("Mắt") < at("Phân loại sức khỏe")
    );
    assert!(at("Phân loại sức khỏe") < at("Kết luận"));
}

#[test]
fn a_health_check_is_corrected_part_by_part_and_nothing_else_of_it_moves() {
    let check =
        write("checkup", &[("at", "2026-11-20"), ("class", "I"), ("weight", "55"), ("teeth", "I: tốt")])
            .unwrap();
    let later = change(&check, &[("class", "III"), ("at", "2026-11-19"), ("weight", "")]).unwrap();
    let later = json(&later);
    assert_eq!(later["title"], "Khám sức khỏe định kỳ – Loại III");
    assert_eq!(later["contained"].as_array().map(Vec::len), Some(1), "the weight is gone: {later}");
    assert_eq!(later["contained"][0]["effectiveDateTime"], "2026-11-19");
    assert_eq!(later["section"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        json(&change(&later.to_string(), &[("class", "")]).unwrap())["title"],
        "Khám sức khỏe định kỳ"
    );
    for (fields, wrong) in [
        (&[("class", "VI")][..], "class"),
        (&[("bp", "118")], "bp"),
        (&[("bp", "76/118")], "diastolic"),
        (&[("height", "1,60")], "height"),
        (&[("weight", "nặng")], "weight"),
        (&[("at", "2027-11-20")], "at"),
        (&[("eyes", "\u{1b}[31m")], "eyes"),
    ] {
        let error = write("checkup", fields).unwrap_err();
        assert!(error.sentence(Lang::Vi).contains(wrong), "{}", error.sentence(Lang::Vi));
    }
    // A document of a hospital is no form to fill in.
    let theirs =
        r#"{"resourceType":"Composition","status":"final","type":{"text":"Tóm tắt"},"title":"Tóm tắt"}"#;
    assert_eq!(change(theirs, &[("class", "I")]), Err(OwnError::NotEditable));
}
