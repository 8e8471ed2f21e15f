//! What a person writes, edits, corrects, takes out and erases.

use super::*;

#[test]
fn every_kind_of_entry_can_be_added_and_read_again() {
    let home = Home::new();
    let entries: [(&[&str], &str, Option<&str>); 27] = [
        (&["bp", "128/79", "--pulse", "70", "--at", "2026-11-20T07:10"], "result", Some("128/79 mmHg")),
        (&["weight", "61.50"], "result", Some("61.50 kg")),
        (&["height", "158"], "result", Some("158 cm")),
        (&["waist", "80"], "result", Some("80 cm")),
        (&["head", "55"], "result", Some("55 cm")),
        (&["temperature", "36.8"], "result", Some("36.8 °C")),
        (&["pulse", "70"], "result", None),
        (&["respiratory-rate", "16"], "result", None),
        (&["spo2", "98"], "result", Some("98%")),
        (&["glucose", "5.4", "--fasting"], "result", Some("5.4 mmol/L")),
        (&["glucose", "110", "--unit", "mg/dL", "--after-meal"], "result", Some("110 mg/dL")),
        (&["hba1c", "6.5"], "result", None),
        (&["steps", "6543"], "result", None),
        (&["pain", "3"], "result", None),
        (&["blood-group", "O+"], "result", None),
        (&["note", "Bác sĩ dặn đo mỗi sáng"], "note", None),
        (
            &[
                "medicine",
                "Metformin",
                "--strength",
                "500 mg",
                "--dose",
                "1 viên",
                "--frequency",
                "2 lần/ngày",
                "--start",
                "2026-03-01",
                "--reason",
                "đái tháo đường",
            ],
            "medicine",
            None,
        ),
        (&["allergy", "Tôm", "--reaction", "nổi mề đay", "--severity", "mild"], "allergy", None),
        (
            &[
                "vaccine",
                "Viêm gan B",
                "--at",
                "2026-10-01",
                "--dose-number",
                "2",
                "--lot",
                "AB1",
                "--place",
                "Trạm y tế",
            ],
            "vaccine",
            None,
        ),
        (&["vaccine", "Cúm mùa", "--refused"], "vaccine", None),
        (&["condition", "Tăng huyết áp", "--onset", "2019"], "condition", None),
        (&["procedure", "Mổ ruột thừa", "--at", "2001"], "procedure", None),
        (&["visit", "Trạm y tế", "--reason", "ho", "--at", "20/11/2026"], "visit", None),
        (&["appointment", "Khám lại", "--at", "2026-12-01T08:30"], "appointment", None),
        (&["family-history", "mẹ", "Đái tháo đường típ 2"], "family-history", None),
        (&["coverage", "GD4010000000000", "--start", "2026-01-01"], "coverage", None),
        (&["allergy", "--none", "--note", "theo lời kể"], "allergy", None),
    ];
    for (args, kind, value) in entries {
        let id = home.add(args);
        let shown = home.run(["show", &id, "--json"]).json();
        assert_eq!(shown["kind"], kind, "{args:?}");
        assert_eq!((&shown["own"], &shown["id"]), (&Value::Bool(true), &Value::from(id.as_str())));
        if let Some(value) = value {
            assert_eq!(shown["value"], value, "{args:?}");
        }
    }
    let of = |kind: &str, title: &str| {
        let lines = home.run(["timeline", "--kind", kind, "--json"]).lines();
        lines.into_iter().find(|line| line["title"].as_str().unwrap().contains(title)).unwrap()["status"]
            .clone()
    };
    assert_eq!(
        (of("vaccine", "Cúm mùa"), of("vaccine", "Viêm gan B")),
        ("not-done".into(), "current".into())
    );
    assert_eq!(of("allergy", "Không có dị ứng"), "negated");
    let family = home.run(["timeline", "--kind", "family-history", "--json"]).lines();
    assert_eq!((&family[0]["title"], &family[0]["value"]), (&"Mẹ".into(), &"Đái tháo đường típ 2".into()));
    let lines = home.run(["trend", "glucose", "--json"]).lines();
    assert_eq!(lines.iter().filter(|line| line.get("at").is_some()).count(), 2);
}

#[test]
fn slips_of_the_fingers_are_refused_and_nothing_is_written() {
    let home = Home::new();
    for args in [
        &["bp", "1280/79"][..],
        &["bp", "128"],
        &["bp", "79/128"],
        &["weight", "6150"],
        &["weight", "abc"],
        &["glucose", "5.4", "--at", "2027-05-01"],
        &["weight", "61", "--at", "hôm qua"],
        &["allergy", "Tôm", "--severity", "huge"],
        &["weight", "3.2", "--at", "1958-03-11"],
        &["vaccine", "Lao", "--at", "1957"],
    ] {
        let said = home.run(["--json", "add"].iter().chain(args));
        assert_eq!((said.code, said.error().as_str()), (1, "invalid-input"), "{args:?}");
        let in_words =
            !said.err.contains("diastolic") || said.err.contains("Huyết áp tâm trương (diastolic)");
        assert!(in_words, "in the person's own words: {}", said.err);
        assert!(!said.err.contains("6150"), "the value is not repeated");
    }
    for args in [
        &["bp"][..],
        &["allergy"],
        &["glucose", "5", "--fasting", "--after-meal"],
        &["weight", "60", "--bogus", "1"],
        &["nonsense"],
        &[],
        &["allergy", "--none", "--reaction", "x"],
    ] {
        let said = home.run(["--json", "add"].iter().chain(args));
        assert_eq!((said.code, said.error().as_str()), (2, "wrong-usage"), "{args:?}");
    }
    assert_eq!(home.run(["timeline", "--json"]).lines(), Vec::<Value>::new());
}

#[test]
fn an_edit_is_a_version_and_the_state_before_stays() {
    let home = Home::new();
    let id = home.add(&["weight", "61.5"]);
    let before = home.run(["show", "--raw", &id]).out;
    let edited = home.run(["edit", &id[..8], "--set", "value=62.0", "--set", "note=sau bữa sáng", "--json"]);
    assert_eq!(edited.json()["id"], id.as_str());
    assert_eq!(home.run(["show", &id, "--json"]).json()["value"], "62.0 kg");
    let versions = home.run(["show", &id, "--versions", "--json"]).lines();
    assert_eq!(versions.len(), 2);
    assert_eq!((&versions[0]["head"], &versions[1]["head"]), (&Value::Bool(false), &Value::Bool(true)));
    assert_eq!(versions[1]["parents"], serde_json::json!([1]));
    let out = home.path("versions");
    let args = [
        "show".as_ref(),
        id.as_ref(),
        "--raw".as_ref(),
        "--versions".as_ref(),
        "--out".as_ref(),
        out.as_os_str(),
    ];
    assert_eq!(home.run(args).code, 0);
    assert_eq!(std::fs::read(out.join(format!("{id}.1.json"))).unwrap(), before);
    let history = home.run(["show", &id, "--history"]);
    assert!(history.text().contains("hiện hành") && history.text().lines().count() == 3);
    let asked = home.run(["edit", &id, "--json"]);
    assert_eq!(asked.code, 2, "without --set it says what can be set");
    assert!(asked.err.contains("value") && asked.err.contains("note"));
    assert_eq!(home.run(["edit", &id, "--set", "nonsense=1", "--json"]).error(), "invalid-input");
    assert_eq!(home.run(["edit", &id, "--set", "value", "--json"]).error(), "wrong-usage");
}

#[test]
fn a_hospitals_record_is_corrected_beside_and_never_touched() {
    let home = Home::full();
    let record = home.find("HbA1c Bệnh viện Mẫu A");
    let id = record["id"].as_str().unwrap().to_owned();
    let sent = home.run(["show", "--raw", &id]).out;
    assert_eq!(home.run(["edit", &id, "--set", "value=6.4", "--json"]).error(), "not-allowed");
    let new =
        home.run(["correct", &id, "--set", "value=6.4", "--json"]).json()["id"].as_str().unwrap().to_owned();
    assert_ne!(new, id);
    assert_eq!(home.run(["show", "--raw", &id]).out, sent);
    assert_eq!(home.run(["show", &id, "--json"]).json()["corrected"], true);
    let points = home.run(["trend", "hba1c", "--json"]).lines();
    let ids: Vec<_> = points.iter().filter_map(|p| p["id"].as_str()).collect();
    assert!(
        ids.contains(&new.as_str()) && !ids.contains(&id.as_str()),
        "the correction is drawn in its place"
    );
    assert!(home.run(["show", &id]).text().contains("đính chính"));
}

#[test]
fn what_is_taken_out_comes_back_and_what_is_purged_does_not() {
    let home = Home::full();
    let id = home.find("Troponin")["id"].as_str().unwrap().to_owned();
    let listed = || home.run(["search", "troponin", "--json"]).lines().len();
    assert_eq!(home.run(["delete", &id, "--json"]).json()["id"], id.as_str());
    assert_eq!(listed(), 0);
    assert_eq!(home.run(["show", &id, "--json"]).json()["status"], "deleted");
    assert_eq!(home.run(["restore", &id]).code, 0);
    assert_eq!(listed(), 1);

    let asked = home.run(["purge", &id, "--json"]);
    assert_eq!((asked.code, asked.error().as_str()), (2, "wrong-usage"));
    assert!(asked.err.contains("Troponin"), "it says what goes");
    assert_eq!(listed(), 1, "and nothing went");
    let purged = home.run(["purge", &id, "--yes", "--json"]).json();
    assert_eq!((&purged["records"], &purged["versions"]), (&Value::from(1), &Value::from(3)));
    assert_eq!(home.run(["show", &id, "--json"]).error(), "not-found");
    let again = home.run([OsStr::new("import"), sample("hospital-b.json").as_os_str(), "--json".as_ref()]);
    assert_eq!(again.code, 0, "{}", again.err);
    assert_eq!(listed(), 0, "no import brings it back");
    assert_eq!(home.run(["verify", "--json"]).json()["ok"], true);
}

#[test]
fn the_person_learns_from_their_card_and_a_strangers_card_is_refused() {
    let home = Home::new();
    let cccd = std::fs::read_to_string(sample("cccd.txt")).unwrap();
    let seen = home.run(["scan", cccd.trim(), "--json"]).json();
    assert_eq!((&seen["what"], &seen["saved"]), (&Value::from("cccd"), &Value::Bool(false)));
    let file = sample("cccd.txt");
    let kept = home.run([OsStr::new("scan"), file.as_os_str(), "--save".as_ref(), "--json".as_ref()]);
    assert_eq!(kept.json()["saved"], true, "{}", kept.err);
    assert!(home.run(["person"]).text().contains("001158999999"));
    let other = "079090888888||Trần Văn Thí Dụ|01071990|Nam|Phường Thử|01012022";
    let asked = home.run(["scan", other, "--save", "--json"]);
    assert_eq!(asked.error(), "not-allowed", "nobody is there to be asked");
    assert!(
        asked.err.contains("Họ và tên") && asked.err.contains("Số CCCD"),
        "says what differs: {}",
        asked.err
    );
    assert!(!home.run(["person"]).text().contains("079090888888"));
    assert_eq!(home.run(["scan", "chỉ là chữ", "--json"]).error(), "invalid-input");
    let bhyt = home.run(["scan", "GD4010000000000", "--json"]).json();
    assert_eq!(bhyt["what"], "bhyt");
    let kept = |text: &str| home.run(["scan", text, "--save", "--json"]).json()["id"].clone();
    let first = kept("GD4010000000000");
    assert_eq!(kept("gd 4 01 0000 000 000"), first, "the same card is the same record");
    let counter = home.run(["card", "--json"]).json();
    assert_eq!(counter["insurance"][0]["id"], first);
    assert!(home.run(["card"]).text().contains("80% chi phí trong phạm vi hưởng"));
    let another = home.run(["scan", "GD4010000000001", "--save", "--json"]);
    assert_eq!(another.error(), "not-allowed", "another insured person");
    let told = home.run(["scan", "GD4010000000001", "--save", "--any-person", "--json"]);
    assert_eq!(told.json()["saved"], true, "{}", told.err);
    let person = home.run(["person", "--set", "phone=0900 000 000", "--json"]);
    assert_eq!(person.code, 0, "{}", person.err);
    assert_eq!(home.run(["person", "--set", "sex=nonsense", "--json"]).error(), "invalid-input");
}

#[test]
fn a_card_is_compared_where_the_book_opens_by_itself_and_explained_where_it_does_not() {
    let home = Home::new();
    let cccd = std::fs::read_to_string(sample("cccd.txt")).unwrap();
    let other = "079090888888||Trần Văn Thí Dụ|01071990|Nam|Phường Thử|01012022";
    let mine = home.run(["scan", cccd.trim(), "--json"]).json();
    assert_eq!((&mine["fits"], &mine["differences"]), (&Value::Bool(true), &serde_json::json!([])));
    assert!(home.run(["scan", cccd.trim()]).text().contains("Khớp với chủ sổ."));
    let strange = home.run(["scan", other, "--json", "--lang", "en"]);
    assert_eq!(strange.code, 0, "nothing was to be kept: {}", strange.err);
    let strange = strange.json();
    assert_eq!((&strange["fits"], &strange["saved"]), (&Value::Bool(false), &Value::Bool(false)));
    assert_eq!(
        strange["differences"][1],
        serde_json::json!({"what": "Date of birth", "book": "1958-03-12", "card": "1990-07-01"})
    );
    let shown = home.run(["scan", other, "--lang", "en"]);
    assert!(shown.text().contains("It differs from the book's person:"), "{}", shown.text());
    assert!(shown.text().contains("the book has Nguyễn Thị Mẫu, the card Trần Văn Thí Dụ"));
    assert_eq!(home.run(["scan", "GD4010000000000", "--json"]).json()["fits"], Value::Null);
    assert!(home.run(["scan", "GD4010000000000"]).text().contains("không có điểm chung nào"));

    // Without a secret, with a wrong one, without a book: the card is explained, one line says what was left out.
    let closed = |home: &Home, args: &[&str]| {
        let mut command = home.command();
        let said = Said::of(command.env_remove("HEALTHBOOK_KEYFILE").args(args).output().unwrap());
        assert_eq!(said.code, 0, "{args:?}: {}", said.err);
        said
    };
    let locked = closed(&home, &["scan", other, "--json"]);
    assert_eq!((&locked.json()["fits"], &locked.json()["what"]), (&Value::Null, &Value::from("cccd")));
    assert!(locked.err.contains("sổ đang khóa") && locked.err.contains("--keyfile"), "{}", locked.err);
    assert_eq!(locked.err.lines().count(), 1, "quiet: {}", locked.err);
    let foreign = Home::new().path("key").display().to_string();
    let wrong = closed(&home, &["scan", other, "--json", "--keyfile", &foreign]);
    assert!(wrong.json()["fits"].is_null() && wrong.err.contains("Chưa so với chủ sổ: "), "{}", wrong.err);
    let nobook = closed(&Home::empty(), &["scan", other, "--lang", "en"]);
    assert!(
        nobook.text().contains("Trần Văn Thí Dụ") && nobook.err.contains("no book here"),
        "{}",
        nobook.err
    );
    // A link's content is not opened: there is nothing to compare.
    let link = closed(&home, &["scan", "shlink:/eyJ1cmwiOiJodHRwczovL2V4YW1wbGUub3JnIn0"]);
    assert!(link.err.is_empty() && !link.text().contains("chủ sổ"), "{} {}", link.text(), link.err);
}

#[test]
fn a_health_check_is_written_down_from_its_paper() {
    let home = Home::new();
    let id = home.add(&[
        "checkup",
        "--at",
        "2026-05-20",
        "--weight",
        "55.5",
        "--eyes",
        "II: 8/10",
        "--class",
        "2",
    ]);
    let shown = home.run(["show", &id]).text().to_owned();
    assert!(shown.contains("Khám sức khỏe định kỳ – Loại II") && shown.contains("55.5 kg"), "{shown}");
    home.run(["edit", &id, "--set", "class=III"]);
    let listed = home.run(["timeline", "--kind", "document"]).text().to_owned();
    assert!(listed.contains("Loại III"), "{listed}");
    assert_eq!(home.run(["add", "checkup", "--class", "VI", "--json"]).error(), "invalid-input");
}

#[test]
fn cards_hold_what_somebody_who_helps_needs() {
    let home = Home::full();
    home.add(&["blood-group", "O+"]);
    let card = home.run(["card", "--json"]).json();
    assert_eq!(card["name"], "Nguyễn Thị Mẫu");
    assert!(card["blood_group"].as_str().unwrap().contains("O"));
    let allergies = card["allergies"].as_array().unwrap();
    assert!(allergies.iter().any(|a| a["title"] == "Dị ứng Penicillin" && a["status"] == "current"));
    assert!(allergies.iter().any(|a| a["status"] == "negated"));
    let emergency = home.run(["emergency", "--json"]).json();
    assert!(!emergency["conditions"].as_array().unwrap().is_empty());
    assert!(
        emergency["medicines"]
            .as_array()
            .unwrap()
            .iter()
            .any(|m| m["title"].as_str().unwrap().contains("Losartan"))
    );
    for command in ["card", "emergency"] {
        assert!(home.run([command]).text().contains("[không có] Không có tiền sử dị ứng"), "{command}");
    }
}

#[test]
fn consents_are_given_and_withdrawn_and_stay_in_the_list() {
    let home = Home::new();
    let given = home.run([
        "consent",
        "give",
        "chia sẻ với bác sĩ",
        "--scope",
        "đơn thuốc",
        "--evidence",
        "ký tay",
        "--json",
    ]);
    let id = given.json()["id"].as_str().unwrap().to_owned();
    for nothing in ["", "  ", "\t"] {
        assert_eq!(home.run(["consent", "give", nothing, "--json"]).error(), "invalid-input");
    }
    let listed = home.run(["consent", "list", "--json"]).json();
    assert_eq!(
        (&listed["purpose"], &listed["withdrawn_at"]),
        (&Value::from("chia sẻ với bác sĩ"), &Value::Null)
    );
    assert_eq!(home.run(["consent", "withdraw", &id[..8], "--json"]).json()["id"], id.as_str());
    assert!(home.run(["consent", "--json"]).json()["withdrawn_at"].is_string());
    assert_eq!(home.run(["consent", "withdraw", &id, "--json"]).error(), "not-found");
}

/// A picture of a QR code with this text, in grey, four dots to a module.
fn picture(text: &str) -> Vec<u8> {
    let code = qrcode::QrCode::new(text).unwrap();
    let modules = code.width();
    let side = (modules + 8) * 4;
    let dark = |x: usize, y: usize| {
        let at = |n: usize| (n / 4).checked_sub(4).filter(|n| *n < modules);
        at(x).zip(at(y)).is_some_and(|(x, y)| code[(x, y)] == qrcode::Color::Dark)
    };
    let pixels: Vec<u8> = (0..side * side).map(|n| if dark(n % side, n / side) { 20 } else { 235 }).collect();
    let mut bytes = Vec::new();
    let side = u32::try_from(side).unwrap();
    let mut encoder = png::Encoder::new(&mut bytes, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    bytes
}

#[test]
fn a_card_is_read_from_a_picture_of_its_code() {
    let home = Home::empty();
    let text = std::fs::read_to_string(sample("cccd.txt")).unwrap();
    let scan = |file: &Path| home.run([OsStr::new("scan"), file.as_os_str(), "--json".as_ref()]);
    let seen = scan(&home.write("card.png", picture(text.trim())));
    assert_eq!(seen.json()["what"], "cccd", "{}", seen.err);
    assert!(seen.json()["rows"].as_array().unwrap().iter().any(|row| row["value"] == "Nguyễn Thị Mẫu"));

    // The same code in colour and with a camera's noise.
    let photo = scan(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/program/card.jpg"));
    assert_eq!((photo.code, photo.json()), (0, seen.json()), "{}", photo.err);

    let blank = {
        let mut bytes = Vec::new();
        let encoder = png::Encoder::new(&mut bytes, 8, 8);
        encoder.write_header().unwrap().write_image_data(&[255; 8]).err();
        bytes
    };
    for (name, bytes) in [
        ("half.png", &picture("x")[..60]),
        ("blank.png", &blank),
        ("jpeg.jpg", b"\xff\xd8\xff\xe0 no"),
        ("card.heic", b"\0\0\0\x18ftypheic\0\0\0\0"),
    ] {
        let said = scan(&home.write(name, bytes));
        assert_eq!((said.code, said.error().as_str()), (1, "invalid-input"), "{name}: {}", said.err);
    }
}
