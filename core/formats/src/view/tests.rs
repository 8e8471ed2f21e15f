//! Records as people see them.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;

fn fixtures(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .filter(|path| path.file_name().is_none_or(|name| name != "INDEX.json"))
        .collect();
    files.sort();
    files
}

fn page(bytes: &[u8], lang: Lang) -> String {
    let view = view(bytes, lang).unwrap();
    let mut out = format!("# {}\n", view.title);
    for section in &view.sections {
        if let Some(title) = &section.title {
            out.push_str(&format!("## {title}\n"));
        }
        for row in &section.rows {
            out.push_str(&format!("{}: {}\n", row.label, row.value));
        }
    }
    if let Some(narrative) = &view.narrative {
        out.push_str(&format!("> {narrative}\n"));
    }
    out
}

/// Every leaf of a resource, as text.
fn leaves(value: &serde_json::Value, out: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(members) => members.values().for_each(|member| leaves(member, out)),
        serde_json::Value::Array(items) => items.iter().for_each(|item| leaves(item, out)),
        serde_json::Value::String(text) => out.push(text.clone()),
        serde_json::Value::Number(number) => out.push(number.to_string()),
        serde_json::Value::Bool(_) | serde_json::Value::Null => {}
    }
}

#[test]
fn a_reading_of_blood_pressure_in_both_languages() {
    let bp = br#"{"resourceType":"Observation","id":"bp","status":"final",
        "category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],
        "code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"effectiveDateTime":"2026-11-20T07:10:00+07:00",
        "component":[
        {"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},
         "valueQuantity":{"value":148,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"},
         "interpretation":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation","code":"H"}]}],
         "referenceRange":[{"low":{"value":90,"unit":"mmHg"},"high":{"value":140,"unit":"mmHg"}}]},
        {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},
         "valueQuantity":{"value":79.0,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},
        {"code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},
         "valueQuantity":{"value":70,"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}}]}"#;
    assert_eq!(
        page(bp, Lang::Vi),
        "# Huyết áp\n\
         Huyết áp tâm thu: 148 mmHg (Cao) · khoảng tham chiếu 90 – 140 mmHg\n\
         Huyết áp tâm trương: 79.0 mmHg\n\
         Nhịp tim: 70 lần/phút\n\
         Thời điểm đo: 20/11/2026 07:10\n\
         Tình trạng: Kết quả chính thức\n\
         Nhóm: Dấu hiệu sinh tồn\n\
         ## Thông tin khác\n\
         Loại bản ghi: Kết quả\n\
         Mã bản ghi: bp\n\
         Tên kết quả › Mã: LOINC 85354-9\n\
         Thành phần 1 › Mã › Mã: LOINC 8480-6\n\
         Thành phần 2 › Mã › Mã: LOINC 8462-4\n\
         Thành phần 3 › Mã › Mã: LOINC 8867-4\n"
    );
    assert_eq!(
        page(bp, Lang::En).lines().take(7).collect::<Vec<_>>(),
        [
            "# Blood pressure",
            "Systolic blood pressure: 148 mmHg (High) · reference range 90 – 140 mmHg",
            "Diastolic blood pressure: 79.0 mmHg",
            "Heart rate: 70 /min",
            "When: 20 Nov 2026 07:10",
            "Status: Final",
            "Category: Vital signs",
        ]
    );
}

#[test]
fn what_is_no_fact_says_so_in_the_first_row() {
    for (record, vi, en) in [
        (
            r#"{"resourceType":"Immunization","status":"not-done","vaccineCode":{"text":"MMR"},"occurrenceDateTime":"2026-01-10",
                "patient":{"display":"An"},"statusReason":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"PATOBJ"}]}}"#,
            ["# MMR", "Lưu ý: Đã từ chối", "Tình trạng: Không tiêm", "Lý do không tiêm: Người bệnh từ chối"],
            ["# MMR", "Please note: Refused", "Status: Not given", "Reason not given: The patient declined"],
        ),
        (
            r#"{"resourceType":"Observation","status":"entered-in-error","code":{"text":"K"},"valueQuantity":{"value":9.10}}"#,
            ["# K", "Lưu ý: Ghi nhầm – không dùng", "Giá trị: 9.10", "Tình trạng: Ghi nhầm – không dùng"],
            [
                "# K",
                "Please note: Entered in error – do not use",
                "Value: 9.10",
                "Status: Entered in error – do not use",
            ],
        ),
        (
            r#"{"resourceType":"AllergyIntolerance","code":{"coding":[{"system":"http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips",
                "code":"no-known-allergies"}]},"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]},
                "patient":{"display":"An"}}"#,
            [
                "# Không có dị ứng đã biết",
                "Lưu ý: Khẳng định là không có",
                "Tình trạng lâm sàng: Đang còn",
                "Người bệnh: An",
            ],
            [
                "# No known allergies",
                "Please note: States that there is none",
                "Clinical status: Active",
                "Patient: An",
            ],
        ),
    ] {
        assert_eq!(page(record.as_bytes(), Lang::Vi).lines().take(4).collect::<Vec<_>>(), vi);
        assert_eq!(page(record.as_bytes(), Lang::En).lines().take(4).collect::<Vec<_>>(), en);
    }
}

#[test]
fn a_person_with_the_numbers_vietnam_gives() {
    let person = r#"{"resourceType":"Patient","id":"1","active":true,
        "identifier":[{"system":"http://fhir.hl7.org.vn/core/sid/cccd","value":"001165000000"},
        {"system":"http://fhir.hl7.org.vn/core/sid/bhyt","value":"GD4010000000000"},{"system":"urn:hospital","value":"77"}],
        "name":[{"use":"official","text":"Nguyễn Thị Mẫu","family":"Nguyễn"}],"birthDate":"1965-03","gender":"female",
        "telecom":[{"system":"phone","value":"0900 000 000","use":"mobile"}],"address":[{"text":"Số 1, phường An Lành"}]}"#;
    assert_eq!(
        page(person.as_bytes(), Lang::Vi),
        "# Nguyễn Thị Mẫu\n\
         Họ và tên: Nguyễn Thị Mẫu\n\
         Ngày sinh: 03/1965\n\
         Giới tính: Nữ\n\
         Số căn cước (CCCD): 001165000000\n\
         Số thẻ BHYT: GD4010000000000\n\
         Số định danh: 77\n\
         Điện thoại, liên lạc: 0900 000 000 (di động)\n\
         Địa chỉ: Số 1, phường An Lành\n\
         Hồ sơ đang dùng: Có\n\
         ## Thông tin khác\n\
         Loại bản ghi: Người bệnh\n\
         Mã bản ghi: 1\n\
         Số định danh › Hệ mã: urn:hospital\n"
    );
}

#[test]
fn a_hostile_record_cannot_drive_a_terminal_anywhere() {
    let hostile = br#"{"resourceType":"Obs\u001b[2J","\u001b[31mkey":"\u001b]0;x\u0007","code":{"text":"\u009b31m\u202eabc"},
        "note":[{"text":"a\nb\u0000"}],"text":{"div":"<p>\u001b[2J&#27;</p>"},"extension":[{"url":"\u001bu","valueString":"\u001bv"}]}"#;
    for lang in [Lang::Vi, Lang::En] {
        let shown = page(hostile, lang);
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
        assert!(!shown.contains('\u{202e}'));
    }
}

/// Labels that are the source's own words: questions of a questionnaire, names of components, types, identifiers.
fn is_of_the_source(label: &str, source: &str) -> bool {
    label.split(" › ").all(|part| {
        let part = part.trim_start_matches("– ");
        source.contains(part.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' '))
    })
}

#[test]
fn every_fixture_is_readable_in_both_languages_to_the_last_element() {
    let mut seen = 0;
    for path in ["fhir-r4/examples", "ips"].into_iter().flat_map(fixtures) {
        let bytes = std::fs::read(&path).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let decoded: String = {
            let mut all = Vec::new();
            leaves(&json, &mut all);
            all.join("\n").split_whitespace().collect::<Vec<_>>().join(" ")
        };
        let (vi, en) = (view(&bytes, Lang::Vi).unwrap(), view(&bytes, Lang::En).unwrap());
        assert!(!vi.title.is_empty() && !en.title.is_empty(), "{}", path.display());
        let rows = |view: &View| -> Vec<Row> { view.sections.iter().flat_map(|s| s.rows.clone()).collect() };
        let (vi_rows, en_rows) = (rows(&vi), rows(&en));
        let (vi_page, en_page) = (page(&bytes, Lang::Vi), page(&bytes, Lang::En));
        assert_eq!(
            vi_rows.len(),
            en_rows.len(),
            "{}: the languages tell different things\n{vi_page}\n{en_page}",
            path.display()
        );
        for (vi_row, en_row) in vi_rows.iter().zip(&en_rows) {
            assert!(!vi_row.label.is_empty(), "{}", path.display());
            if vi_row.label == en_row.label {
                let label = vi_row.label.as_str();
                assert!(
                    is_of_the_source(label, &decoded) || ["HbA1c"].contains(&label),
                    "{}: no Vietnamese label for {label:?}",
                    path.display()
                );
            }
        }
        seen += 1;
    }
    assert!(seen > 600, "only {seen} fixtures were found");
}

#[test]
fn no_number_and_no_code_of_a_fixture_is_lost() {
    for path in fixtures("fhir-r4/examples").into_iter().chain(fixtures("ips")) {
        let bytes = std::fs::read(&path).unwrap();
        let mut json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        // Records of a Bundle are shown one by one, bytes as files, a narrative as its words.
        if json["resourceType"] == "Bundle" {
            continue;
        }
        if let Some(resource) = json.as_object_mut() {
            resource.remove("text");
        }
        // serde_json writes every exponent with a small letter; the view shows the source's.
        let shown = page(&bytes, Lang::En).replace('E', "e");
        let mut all = Vec::new();
        numbers_and_codes(&json, &mut all);
        for value in all {
            assert!(
                shown.contains(&value.replace('E', "e")),
                "{}: {value:?} is nowhere in\n{shown}",
                path.display()
            );
        }
    }
}

/// Numbers, and codes of systems that are not FHIR's own.
fn numbers_and_codes(value: &serde_json::Value, out: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(members) => {
            let system = members.get("system").and_then(|s| s.as_str()).unwrap_or("hl7.org");
            if let (Some(code), false) = (
                members.get("code").and_then(|c| c.as_str()),
                system.contains("hl7.org") || system.contains("unitsofmeasure"),
            ) {
                out.push(text::harmless(code));
            }
            for (key, member) in members {
                // The size of a file is told as people tell it.
                if key != "size" {
                    numbers_and_codes(member, out);
                }
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| numbers_and_codes(item, out)),
        serde_json::Value::Number(number) => out.push(number.to_string()),
        _ => {}
    }
}

#[test]
fn what_is_no_resource_is_refused_and_not_shown() {
    for bytes in
        [&b""[..], b"[]", b"{}", b"{\"resourceType\":1}", b"{\"resourceType\":\"Patient\"", b"\xff", b"null"]
    {
        assert!(view(bytes, Lang::Vi).is_err(), "{bytes:?}");
    }
}

fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?[1-9][0-9]{0,6}(\\.[0-9]{1,4})?",
        "[a-z<>&;/ -]{0,12}".prop_map(|text| format!("{text:?}")),
        Just("\"2026-11-20T07:10:00+07:00\"".to_owned()),
    ];
    let keys = "value|code|coding|system|display|text|reference|identifier|start|end|low|high|numerator|repeat|event|div|url\
        |contentType|data|name|family|component|item|answer|valueQuantity|extension|valueString|contained|resource|entry|status";
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            proptest::collection::vec((keys, inner), 0..5).prop_map(|members| {
                let members: Vec<String> = members.into_iter().map(|(k, v)| format!("{k:?}:{v}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn no_record_of_any_shape_stops_the_reader(
        kind in "Observation|Patient|Bundle|Composition|QuestionnaireResponse|DocumentReference|Communication|Nothing",
        key in "code|value|valueQuantity|component|name|identifier|entry|section|item|content|payload|text|extension|contained",
        value in any_json(),
    ) {
        let record = format!(r#"{{"resourceType":"{kind}","{key}":{value}}}"#);
        for lang in [Lang::Vi, Lang::En] {
            let shown = page(record.as_bytes(), lang);
            prop_assert!(!shown.chars().any(|c| c.is_control() && c != '\n'));
        }
    }

    #[test]
    fn no_bytes_stop_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = view(&bytes, Lang::Vi);
    }
}

#[test]
fn an_insurance_card_says_what_is_paid_and_where_it_counts() {
    let card = br#"{"resourceType":"Coverage","status":"active","subscriberId":"HT3019900000001","beneficiary":{"reference":"Patient/an"},"period":{"start":"2026-01-01"},"payor":[{"display":"X"}],"network":"77001"}"#;
    let lines = |lang| -> Vec<String> {
        let shown = view(card, lang).unwrap();
        shown
            .sections
            .iter()
            .flat_map(|s| &s.rows)
            .map(|row| format!("{}: {}", row.label, row.value))
            .collect()
    };
    let vi = lines(Lang::Vi);
    for line in [
        "Số thẻ: HT3019900000001",
        "Đối tượng: Người hưởng lương hưu, trợ cấp mất sức lao động",
        "Mức hưởng: 95% chi phí trong phạm vi hưởng",
        "Nơi cấp thẻ: Hà Nội",
        "Nơi đăng ký khám chữa bệnh ban đầu: 77001 · Bà Rịa - Vũng Tàu (nay là Hồ Chí Minh)",
    ] {
        assert!(vi.contains(&line.to_owned()), "{line}: {vi:?}");
    }
    assert!(lines(Lang::En).contains(&"Benefit: 95% of covered costs".to_owned()));
    let another = br#"{"resourceType":"Coverage","status":"active","subscriberId":"ABC-1"}"#;
    assert!(format!("{:?}", view(another, Lang::Vi).unwrap()).contains("ABC-1"));
}

#[test]
fn a_paper_of_labels_and_words_is_read_line_by_line_and_any_other_as_it_is() {
    let rows = |div: &str| {
        let paper = serde_json::json!({"resourceType": "Composition", "title": "Giấy ra viện", "section": [
            {"title": "Chẩn đoán", "text": {"status": "generated", "div": div}}
        ]});
        let shown = view(paper.to_string().as_bytes(), Lang::Vi).unwrap();
        let section = shown.sections.into_iter().find(|s| s.title.as_deref() == Some("Chẩn đoán")).unwrap();
        section.rows.into_iter().map(|row| (row.label, row.value)).collect::<Vec<_>>()
    };
    let own = |label: &str, value: &str| (label.to_owned(), value.to_owned());
    assert_eq!(
        rows(
            "<div lang=\"vi\"><p><b>Bệnh:</b> I10 &lt;độ 2&gt;<br/>ổn</p><p><b>Ghi chú:</b> Kiêng mặn</p></div>"
        ),
        [own("Bệnh", "I10 <độ 2>\nổn"), own("Ghi chú", "Kiêng mặn")]
    );
    let free = "<div><p><b>Bệnh:</b> I10</p><p>Kiêng mặn</p></div>";
    assert_eq!(rows(free), [own("Nội dung", "Bệnh: I10\nKiêng mặn")]);
}

#[test]
fn who_is_pointed_to_is_called_by_name_where_the_book_knows_it() {
    let visit = br#"{"resourceType":"Appointment","status":"booked","description":"Re-examination",
        "participant":[{"actor":{"reference":"Patient/p1"},"status":"accepted"},
            {"actor":{"reference":"Practitioner/d1","display":"Dr. Example"},"status":"accepted"},
            {"actor":{"reference":"https://other.example/fhir/Location/l1"},"status":"accepted"},
            {"actor":{"reference":"urn:uuid:0a1b"},"status":"accepted"},
            {"actor":{"reference":"Practitioner/unknown"},"status":"accepted"}]}"#;
    let mut asked = Vec::new();
    let shown = view_naming(visit, Lang::En, |to| {
        asked.push((to.server.map(str::to_owned), to.resource_type.map(str::to_owned), to.id.to_owned()));
        match (to.server, to.resource_type, to.id) {
            (None, Some("Patient"), "p1") => Some("Tran Thi\nExample".into()),
            (Some("https://other.example/fhir"), Some("Location"), "l1") => Some("Ward 3".into()),
            (None, None, "0a1b") => Some("Nurse Example".into()),
            _ => None,
        }
    })
    .unwrap();
    let text = format!("{shown:?}");
    for name in ["Tran Thi Example", "Dr. Example", "Ward 3", "Nurse Example", "Practitioner unknown"] {
        assert!(text.contains(name), "{name}: {text}");
    }
    assert!(!text.contains("p1") && !text.contains("0a1b"), "{text}");
    assert_eq!(asked.len(), 5);

    let many: Vec<String> = (0..5_000).map(|n| format!(r#"{{"reference":"Observation/{n}"}}"#)).collect();
    let report = format!(r#"{{"resourceType":"DiagnosticReport","result":[{}]}}"#, many.join(","));
    let mut asked = 0;
    view_naming(report.as_bytes(), Lang::Vi, |_| {
        asked += 1;
        None
    })
    .unwrap();
    assert!(asked <= 256, "a list of thousands costs no thousands of reads: {asked}");
}

#[test]
fn a_referral_paper_says_what_rules_its_validity_and_guesses_no_day() {
    let valid = |signed: &str, form: &str, lang: Lang| {
        let system = format!("{}LOAIHOSO", names::CLAIM_FIELD);
        let mut paper = serde_json::json!({"resourceType": "ServiceRequest", "status": "active", "intent": "order",
            "code": {"coding": [{"system": system, "code": form}], "text": "Giấy chuyển tuyến"}});
        if !signed.is_empty() {
            paper["authoredOn"] = signed.into();
        }
        let shown = view(paper.to_string().as_bytes(), lang).unwrap();
        let mut rows = shown.sections.into_iter().flat_map(|section| section.rows);
        rows.find(|row| row.label == lang.pick("Giá trị sử dụng", "Valid")).map(|row| row.value)
    };
    let ruled = valid("2026-11-12T11:00:00+07:00", "XML13", Lang::Vi).unwrap();
    assert!(ruled.contains("01/2025/TT-BYT") && ruled.contains("10 ngày làm việc"), "{ruled}");
    assert!(valid("2025-01-02", "XML13", Lang::En).unwrap().contains("10 working days"));
    for before in ["2024-12-31", "2024", ""] {
        let told = valid(before, "XML13", Lang::En).unwrap();
        assert_eq!(
            told, "The paper states no term. Ask the facility.",
            "{before}: another rule, or none known"
        );
    }
    assert_eq!(valid("2026-11-12", "XML14", Lang::Vi), None);
}
