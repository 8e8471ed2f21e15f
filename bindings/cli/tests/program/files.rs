//! Files in and out.

use super::*;

const REPORT: [&str; 7] =
    ["records", "new", "unchanged", "new_versions", "documents", "quarantined", "not_confirmed"];

#[test]
fn a_stranger_waits_until_somebody_says_whose_the_records_are() {
    let home = Home::new();
    let said = home.run([OsStr::new("import"), sample("stranger.json").as_os_str(), "--json".as_ref()]);
    let report = said.json();
    assert!(REPORT.iter().all(|name| report[name].is_u64()), "{report}");
    assert_eq!((said.code, &report["not_confirmed"]), (3, &Value::from(5)));
    assert!(said.err.contains("review"), "it says how to go on");
    assert_eq!(home.run(["timeline", "--json"]).lines().len(), 0);
    assert!(home.run(["timeline"]).text().contains("5 bản ghi chờ bạn xác nhận"), "an empty list says why");

    let waiting = home.run(["review", "--json"]).json();
    assert_eq!((&waiting["name"], &waiting["birth_date"]), (&"Trần Văn Thí Dụ".into(), &"1990-07-01".into()));
    assert_eq!((&waiting["records"], waiting["titles"].as_array().unwrap().len()), (&Value::from(5), 5));
    let titles = waiting["titles"].as_array().unwrap();
    let told = |title: &str| titles.iter().find(|told| told["title"] == title).unwrap();
    let sore_throat = told("Viêm họng cấp");
    assert_eq!((&sore_throat["day"], &sore_throat["kind"]), (&"2026-02-10".into(), &"condition".into()));
    assert_eq!(told("Trần Văn Thí Dụ")["day"], Value::Null, "what has no day is told without one");
    assert!(home.run(["review"]).text().contains(" · Bệnh: Viêm họng cấp"));
    let number = waiting["number"].to_string();
    assert_eq!(home.run(["review", "confirm", "999", "--json"]).error(), "not-found");
    let rejected = home.run(["review", "reject", &number, "--json"]).json();
    assert_eq!(rejected["records"], 5);
    assert_eq!(home.run(["review", "--json"]).lines().len(), 0);
    let again = home.run([OsStr::new("import"), sample("stranger.json").as_os_str(), "--json".as_ref()]);
    assert_eq!(
        (again.code, &again.json()["not_confirmed"]),
        (0, &Value::from(0)),
        "refused once and for all"
    );

    let other = Home::new();
    other.run([OsStr::new("import"), sample("stranger.json").as_os_str()]);
    let number = other.run(["review", "--json"]).json()["number"].to_string();
    assert_eq!(other.run(["review", "confirm", &number, "--json"]).json()["records"], 5);
    assert!(!other.run(["timeline", "--json"]).lines().is_empty());
}

#[test]
fn any_person_and_a_source_can_be_said_beforehand() {
    let home = Home::new();
    let file = sample("stranger.json");
    let args = [
        OsStr::new("import"),
        file.as_os_str(),
        "--any-person".as_ref(),
        "--source".as_ref(),
        "Sổ cũ".as_ref(),
        "--json".as_ref(),
    ];
    let said = home.run(args);
    assert_eq!((said.code, &said.json()["new"]), (0, &Value::from(5)));
    let lines = home.run(["timeline", "--json", "--source", "Sổ cũ"]).lines();
    assert!(!lines.is_empty() && lines.iter().all(|line| line["source"] == "Sổ cũ"));
}

#[test]
fn a_file_given_again_keeps_its_source_and_that_is_said() {
    let home = Home::new();
    let file = sample("hospital-a.json");
    let import = |more: &[&str]| {
        let args = ["import", "--json"].iter().chain(more).map(OsStr::new).chain([file.as_os_str()]);
        home.run(args)
    };
    assert_eq!(import(&["--source", "Viện A"]).code, 0);
    let again = import(&["--source", "Viện B"]);
    assert_eq!((again.code, &again.json()["source_kept"]), (0, &Value::from(1)));
    assert!(again.err.contains("--source không có tác dụng"), "{}", again.err);
    let unknown = home.run(["timeline", "--json", "--source", "Viện B"]);
    assert_eq!(unknown.error(), "not-found");
    assert!(unknown.err.contains("lệnh stats"), "{}", unknown.err);
    for same in [import(&["--source", "Viện A"]), import(&[])] {
        assert_eq!((&same.json()["source_kept"], same.err.as_str()), (&Value::from(0), ""));
    }
}

#[test]
fn a_file_with_a_hole_is_not_told_to_be_whole() {
    let home = Home::new();
    let broken = r#"{"resourceType":"Condition","code":{"coding":[{"code":"B20"}],"text":"x"},"#;
    let good = r#"{"resourceType":"Observation","id":"1","status":"final","code":{"text":"Tốt"}}"#;
    let file = home.write("mixed.ndjson", format!("{good}\n{broken}\n"));
    let import = |more: &[&str]| {
        let args = ["import", "--json", "--any-person"].iter().chain(more).map(OsStr::new);
        home.run(args.chain([file.as_os_str()]))
    };
    let said = import(&[]);
    assert_eq!((said.code, &said.json()["quarantined"]), (3, &Value::from(0)), "the count is the gate's");
    assert!(said.err.contains("quarantine --restricted"), "{}", said.err);
    assert!(home.run(["quarantine", "--json"]).lines().is_empty());
    let said = import(&["--restricted"]);
    assert_eq!((said.code, &said.json()["quarantined"]), (3, &Value::from(1)));
}

/// A zip of files that are said to be locked: a local header and an entry of the directory for each, then its end.
fn locked(names: &[&str]) -> Vec<u8> {
    let u16s = |numbers: &[usize]| -> Vec<u8> {
        numbers.iter().flat_map(|n| u16::try_from(*n).unwrap().to_le_bytes()).collect()
    };
    let (mut files, mut directory) = (Vec::new(), Vec::new());
    for name in names {
        let body = b"locked";
        // Version, flags (1: encrypted), method (0: stored), time, date, checksum, sizes, lengths of name and extra.
        let sizes = [body.len(), 0, body.len(), 0, name.len(), 0];
        let header = u16s(&[&[20, 1, 0, 0, 0, 0, 0][..], &sizes].concat());
        directory.extend([b"PK\x01\x02".as_slice(), &u16s(&[20]), &header].concat());
        directory.extend(u16s(&[0, 0, 0, 0, 0, files.len(), 0]));
        directory.extend(name.as_bytes());
        files.extend([b"PK\x03\x04".as_slice(), &header, name.as_bytes(), body].concat());
    }
    let end = u16s(&[0, 0, names.len(), names.len(), directory.len(), 0, files.len(), 0, 0]);
    [files, directory, b"PK\x05\x06".to_vec(), end].concat()
}

#[test]
fn what_was_kept_unopened_is_told_apart_from_what_was_not_taken_in() {
    let home = Home::new();
    let archive = home.write("giay.zip", locked(&["khoa.pdf", "khoa HIV.pdf"]));
    let missing = home.path("khong-co.json");
    let import = |more: &[&Path]| {
        let args = ["import", "--json"].iter().map(OsStr::new).chain([archive.as_os_str()]);
        let said = home.run(args.chain(more.iter().map(|path| path.as_os_str())));
        assert_eq!(said.code, 3, "{}", said.err);
        said.json()
    };
    let first = import(&[]);
    assert_eq!((&first["failed"], &first["unopened"]), (&0.into(), &2.into()), "{first}");
    assert_eq!((&first["documents"], &first["quarantined"]), (&2.into(), &1.into()), "kept, as far as told");
    assert_eq!(first["hidden_hole"], true, "why it is done in part, also to programs");
    let again = import(&[&missing]);
    assert_eq!((&again["failed"], &again["unopened"]), (&1.into(), &2.into()), "{again}");
    assert_eq!(
        again["documents"], 1,
        "whether the book has what is hidden is not told: it counts as new each time"
    );
    let plain = home.run([OsStr::new("import"), sample("hospital-a.json").as_os_str(), "--json".as_ref()]);
    assert_eq!((plain.code, &plain.json()["hidden_hole"]), (0, &false.into()));
}

/// A record about somebody who is not the book's person.
fn of_a_stranger() -> String {
    let person =
        r#"{"resourceType":"Patient","id":"p","name":[{"text":"Trần Văn Thí Dụ"}],"birthDate":"1990-07-01"}"#;
    let record =
        r#"{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p"},"code":{"text":"Bệnh"}}"#;
    format!("{person}\n{record}\n")
}

#[test]
fn what_could_not_be_read_beside_what_waits_is_not_sought_in_an_empty_list() {
    let home = Home::new();
    let broken = r#"{"resourceType":"Observation","id":"2","status":}"#;
    let file = home.write("mixed.ndjson", format!("{}{broken}\n", of_a_stranger()));
    let said = home.run(["import".as_ref(), file.as_os_str(), "--json".as_ref()]);
    assert_eq!((said.code, &said.json()["quarantined"]), (3, &Value::from(1)), "{}", said.err);
    assert!(said.err.contains("xem được sau khi") && !said.err.contains("lệnh quarantine"), "{}", said.err);
    let listed = home.run(["quarantine"]);
    assert!(listed.err.contains("1 đoạn") && listed.text().is_empty(), "{}", listed.err);
    let stats = home.run(["stats", "--json"]).json();
    assert_eq!((&stats["quarantined"], &stats["quarantine_waiting"]), (&0.into(), &1.into()));
    let number = home.run(["review", "--json"]).json()["number"].to_string();
    assert_eq!(home.run(["review", "confirm", &number]).code, 0);
    assert_eq!(home.run(["quarantine", "--json"]).lines().len(), 1);
    let stats = home.run(["stats", "--json"]).json();
    assert_eq!((&stats["quarantined"], &stats["quarantine_waiting"]), (&1.into(), &0.into()));
}

#[test]
fn something_restricted_that_waits_is_not_told_to_be_done() {
    let home = Home::new();
    let record = r#"{"resourceType":"Condition","id":"c","subject":{"display":"Trần Văn Thí Dụ"},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"B20"}],"text":"x"}}"#;
    let file = home.write("one.json", record);
    let said = home.run(["import".as_ref(), file.as_os_str(), "--json".as_ref()]);
    assert_eq!((said.code, &said.json()["not_confirmed"]), (3, &Value::from(0)), "the count is the gate's");
    assert!(said.err.contains("review --restricted"), "{}", said.err);
    assert!(home.run(["review", "--json"]).lines().is_empty());
    assert_eq!(home.run(["review", "--restricted", "--json"]).lines().len(), 1);
    let said = home.run(["import".as_ref(), file.as_os_str(), "--restricted".as_ref(), "--json".as_ref()]);
    assert_eq!((said.code, &said.json()["not_confirmed"]), (3, &Value::from(1)));
    assert!(!said.err.contains("review --restricted"), "{}", said.err);
}

#[test]
fn the_same_file_again_changes_nothing() {
    let home = Home::new();
    let file = sample("hospital-a.json");
    let import = || home.run([OsStr::new("import"), file.as_os_str(), "--json".as_ref()]);
    let (first, second) = (import().json(), import().json());
    assert_eq!((&first["new"], &first["unchanged"]), (&first["records"], &Value::from(0)));
    assert_eq!((&second["new"], &second["unchanged"]), (&Value::from(0), &first["records"]));
}

#[test]
fn folders_are_walked_in_order_without_hidden_files_and_links() {
    let home = Home::new();
    let folder = home.path("hospital");
    std::fs::create_dir_all(folder.join("sub")).unwrap();
    std::fs::copy(sample("hospital-a.json"), folder.join("sub/a.json")).unwrap();
    std::fs::copy(sample("hospital-b.json"), folder.join("b.json")).unwrap();
    std::fs::copy(sample("stranger.json"), folder.join(".hidden.json")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(sample("stranger.json"), folder.join("link.json")).unwrap();
    let said = home.run([OsStr::new("import"), folder.as_os_str(), "--json".as_ref()]);
    assert_eq!((said.code, &said.json()["documents"]), (0, &Value::from(2)), "{}", said.err);
}

#[test]
fn one_file_that_is_nothing_does_not_stop_the_others() {
    let home = Home::new();
    let (empty, text, gone) =
        (home.write("empty.json", ""), home.write("letter.txt", "thư tay"), home.path("gone.json"));
    let import = |paths: &[&Path], more: &[&str]| {
        let paths = paths.iter().map(|path| path.as_os_str());
        home.run(["import", "--json"].iter().map(OsStr::new).chain(paths).chain(more.iter().map(OsStr::new)))
    };
    assert_eq!((import(&[&empty], &[]).code, import(&[&empty], &[]).error().as_str()), (1, "empty-file"));
    assert_eq!(import(&[&text], &[]).error(), "unknown-file");
    assert_eq!(import(&[&gone], &[]).error(), "io");
    let file = sample("hospital-a.json");
    let several = import(&[&empty, &text, &gone, &file], &[]);
    assert_eq!((several.code, &several.json()["documents"]), (3, &Value::from(1)));
    for name in ["empty.json", "letter.txt", "gone.json"] {
        assert!(several.err.contains(name), "{name} is named: {}", several.err);
    }
    let named = import(&[&text], &["--title", "Thư của bác sĩ"]);
    assert_eq!((named.code, &named.json()["documents"]), (0, &Value::from(1)));
    assert_eq!(home.find("thư của bác sĩ")["kind"], "document");
}

#[cfg(unix)]
#[test]
fn a_name_with_a_line_break_writes_no_line_of_its_own() {
    let home = Home::new();
    let file = home.write("a\nerror[damaged]: \u{1b}[2J.txt", "thư tay");
    let said = home.run([OsStr::new("import"), file.as_os_str(), sample("hospital-a.json").as_os_str()]);
    assert_eq!(said.code, 3);
    assert!(said.err.contains("a\\nerror[damaged]: \\u{1b}[2J.txt"), "{}", said.err);
    assert!(!said.err.lines().any(|line| line.starts_with("error[")), "{}", said.err);
    let gone = home.path("b\nc.json");
    let said = home.run([OsStr::new("import"), gone.as_os_str(), "--json".as_ref()]);
    assert_eq!(said.error(), "io");
    assert_eq!(said.err.trim_end().lines().count(), 1, "{}", said.err);
}

#[test]
fn standard_input_is_a_file_too() {
    let home = Home::new();
    let bytes = std::fs::read(sample("hospital-b.json")).unwrap();
    let said = home.run_with(&bytes, ["import", "-", "--json"]);
    assert_eq!((said.code, &said.json()["documents"]), (0, &Value::from(1)), "{}", said.err);
}

#[test]
fn what_cannot_be_read_is_kept_aside_and_shown_to_the_byte() {
    let home = Home::new();
    let good = r#"{"resourceType":"Observation","id":"1","status":"final","code":{"text":"Tốt"}}"#;
    let broken = r#"{"resourceType":"Observation","id":"2","status":}"#;
    let file = home.write("mixed.ndjson", format!("{good}\n{broken}\n{}\n", good.replace("\"1\"", "\"3\"")));
    let said = home.run([OsStr::new("import"), file.as_os_str(), "--any-person".as_ref(), "--json".as_ref()]);
    let report = said.json();
    assert_eq!(
        (said.code, &report["quarantined"], &report["new"]),
        (3, &Value::from(1), &Value::from(2)),
        "{report}"
    );
    assert!(said.err.contains("quarantine"));
    let entry = home.run(["quarantine", "--json"]).json();
    assert_eq!((&entry["reason"], &entry["name"]), (&"malformed".into(), &"mixed.ndjson".into()));
    let bytes = home.run(["quarantine".to_owned(), entry["n"].to_string()]).out;
    assert_eq!(String::from_utf8(bytes).unwrap().trim_end(), broken);
    assert!(home.run(["quarantine"]).text().contains("mixed.ndjson"));
}

#[test]
fn originals_and_attachments_come_back_to_the_byte() {
    let home = Home::full();
    let listed = home.run(["documents", "--json"]).lines();
    for name in ["hospital-a.json", "hospital-b.json", "home-readings.ndjson"] {
        let sent = std::fs::read(sample(name)).unwrap();
        let document = listed.iter().find(|line| line["name"] == name).unwrap_or_else(|| panic!("{name}"));
        let id = document["id"].as_str().unwrap();
        assert_eq!(home.run(["document", id, "--out", "-"]).out, sent, "{name}");
        let out = home.path("copy");
        let said = home.run(["document".as_ref(), id[..8].as_ref(), "--out".as_ref(), out.as_os_str()]);
        assert_eq!((said.code, std::fs::read(&out).unwrap() == sent), (0, true), "{name}");
    }
    let attachments: Vec<_> = listed.iter().filter(|line| line["inline"] == true).collect();
    assert!(!attachments.is_empty());
    for attachment in attachments {
        let said = home.run(["document", attachment["id"].as_str().unwrap(), "--out", "-"]);
        assert!(said.code == 0 && !said.out.is_empty(), "{attachment}");
    }
    assert_eq!(home.run(["document", "00000000", "--out", "-", "--json"]).error(), "not-found");
}

#[test]
fn an_export_makes_the_same_book_again() {
    let home = Home::full();
    let file = home.path("all.json");
    let said = home.run([
        OsStr::new("export"),
        "--fhir".as_ref(),
        file.as_os_str(),
        "--restricted".as_ref(),
        "--json".as_ref(),
    ]);
    let exported = said.json()["exported"].as_u64().unwrap();
    let other = Home::new();
    let taken = other.run([
        OsStr::new("import"),
        file.as_os_str(),
        "--any-person".as_ref(),
        "--restricted".as_ref(),
        "--json".as_ref(),
    ]);
    assert_eq!(taken.json()["records"].as_u64(), Some(exported), "{}", taken.err);
    let raw = |home: &Home| {
        let id = home.find("troponin")["id"].as_str().unwrap().to_owned();
        home.run(["show", "--raw", &id]).out
    };
    assert_eq!(raw(&home), raw(&other));

    let ndjson = home.run(["export", "--fhir", "-", "--json"]);
    let bundle: Value = serde_json::from_slice(&ndjson.out).unwrap();
    assert_eq!(bundle["type"], "collection");
    assert!(bundle["entry"].as_array().unwrap().len() < usize::try_from(exported).unwrap());
    assert!(ndjson.err.contains("--restricted"), "it says that restricted ones stay behind");
    let lines = home.path("all.ndjson");
    home.run([OsStr::new("export"), "--fhir".as_ref(), lines.as_os_str()]);
    let text = std::fs::read_to_string(&lines).unwrap();
    assert!(text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    let csv = home.run(["export", "--csv", "weight"]);
    assert!(
        csv.text().starts_with("time,value,unit,system,code,record\r\n") && csv.text().lines().count() > 100
    );
    let folder = home.path("originals");
    let said =
        home.run([OsStr::new("export"), "--documents".as_ref(), folder.as_os_str(), "--json".as_ref()]);
    assert_eq!(said.json()["exported"], std::fs::read_dir(&folder).unwrap().count());
    assert_eq!(home.run(["export", "--json"]).error(), "wrong-usage");
    assert_eq!(home.run(["export", "--csv", "a", "--fhir", "b", "--json"]).error(), "wrong-usage");
}

#[test]
fn a_file_that_cannot_be_written_is_named_and_nothing_half_is_left() {
    let home = Home::full();
    let said = home.run(["export", "--fhir", "/nonexistent/x.json", "--json"]);
    assert_eq!((said.code, said.error().as_str()), (1, "io"));
    assert!(said.err.contains("/nonexistent/x.json"));
    let said = home.run(["trend", "bp", "--svg", "/nonexistent/x.svg", "--json"]);
    assert_eq!(said.error(), "io");
}
