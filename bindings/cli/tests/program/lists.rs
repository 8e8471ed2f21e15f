//! Timeline, search, one record, trends.

use super::*;

const FIELDS: [&str; 11] =
    ["id", "kind", "type", "start", "end", "title", "value", "facility", "source", "status", "restricted"];

#[test]
fn pages_of_the_timeline_hold_every_record_once() {
    let home = Home::full();
    let all = home.run(["timeline", "--all", "--json"]).lines();
    let ids: std::collections::BTreeSet<_> = all.iter().map(|line| line["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), all.len());
    assert!(all.len() > 1000 && all.iter().all(|line| line.get("next").is_none()));
    assert!(all.iter().all(|line| FIELDS.iter().all(|field| line.get(field).is_some())));

    let story = home.run(["timeline", "--limit", "100000", "--json"]).lines();
    let mut paged = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let mut args = vec!["timeline".to_owned(), "--json".into(), "--limit".into(), "333".into()];
        if let Some(after) = &after {
            args.extend(["--after".to_owned(), after.clone()]);
        }
        let mut lines = home.run(&args).lines();
        after = match lines.pop() {
            Some(last) if last.get("next").is_some() => Some(last["next"].as_str().unwrap().to_owned()),
            Some(last) => {
                lines.push(last);
                None
            }
            None => None,
        };
        paged.extend(lines);
        if after.is_none() {
            break;
        }
    }
    assert_eq!(paged, story);
    let starts: Vec<_> = story.iter().filter_map(|line| line["start"].as_str()).collect();
    assert!(starts.first() > starts.last(), "newest first");
}

#[test]
fn a_list_by_name_goes_on_where_the_page_before_ended() {
    let home = Home::full();
    let list = |args: &[&str]| {
        home.run(["timeline", "--kind", "medicine", "--by-name", "--json"].iter().chain(args)).lines()
    };
    let whole = list(&["--limit", "5000"]);
    let mut first = list(&["--limit", "2"]);
    let next = first.pop().unwrap()["next"].as_str().unwrap().to_owned();
    let rest = list(&["--limit", "5000", "--after", &next]);
    assert_eq!([first, rest].concat(), whole);
    let titles: Vec<String> =
        whole.iter().map(|line| line["title"].as_str().unwrap().to_lowercase()).collect();
    assert!(titles.len() > 3 && titles.first() < titles.last(), "{titles:?}");
    // A place in time is none in this order.
    let in_time =
        home.run(["timeline", "--json", "--limit", "1"]).lines()[1]["next"].as_str().unwrap().to_owned();
    assert_eq!(home.run(["timeline", "--by-name", "--after", &in_time]).code, 2);
}

#[test]
fn the_default_page_has_fifty_rows_and_says_where_to_go_on() {
    let home = Home::full();
    let lines = home.run(["timeline", "--json"]).lines();
    assert_eq!(lines.len(), 51);
    assert!(lines[50]["next"].is_string());
    assert!(home.run(["timeline"]).text().contains("--after "));
}

#[test]
fn kinds_types_sources_and_dates_narrow_the_timeline() {
    let home = Home::full();
    let list = |args: &[&str]| home.run(["timeline", "--json", "--limit", "5000"].iter().chain(args)).lines();
    assert!(list(&["--kind", "vaccine"]).iter().all(|line| line["type"] == "Immunization"));
    assert_eq!(list(&["--kind", "vaccine"]), list(&["--kind", "Immunization"]));
    let both = list(&["--kind", "vaccine", "--kind", "allergy"]);
    assert!(both.iter().any(|l| l["kind"] == "vaccine") && both.iter().any(|l| l["kind"] == "allergy"));
    let mixed = list(&["--kind", "vaccine", "--kind", "AllergyIntolerance"]);
    assert_eq!(mixed.len(), both.len(), "kinds and types together");
    let types = list(&["--kind", "Immunization", "--kind", "Patient"]);
    assert!(
        types.iter().any(|l| l["type"] == "Patient") && types.iter().any(|l| l["type"] == "Immunization")
    );
    let b = list(&["--source", "https://fhir.benhvien-b.example/fhir"]);
    assert!(!b.is_empty() && b.iter().all(|line| line["source"] == "https://fhir.benhvien-b.example/fhir"));
    let day = list(&["--from", "2026-05-18", "--to", "18/05/2026"]);
    assert!(
        !day.is_empty() && day.iter().all(|l| l["start"].as_str().unwrap().starts_with("2026-05-18")),
        "{day:?}"
    );
    for wrong in [&["--kind", "nonsense"][..], &["--from", "yesterday"], &["--after", "!"], &["--limit", "0"]]
    {
        let said = home.run(["timeline", "--json"].iter().chain(wrong));
        assert_eq!((said.code, said.error().as_str()), (2, "wrong-usage"), "{wrong:?}");
    }
}

#[test]
fn what_is_no_fact_is_marked_in_words() {
    let home = Home::full();
    let lists = home.run(["timeline", "--kind", "vaccine", "--kind", "allergy", "--lang", "en"]);
    let text = lists.text();
    assert!(
        text.contains("[not done] Vắc xin zona") && text.contains("[absent] Không có tiền sử dị ứng"),
        "{text}"
    );
    let text = home.run(["timeline", "--from", "2026-05-18", "--to", "2026-05-18"]);
    assert!(text.text().contains("[ghi nhầm – không dùng] Đường huyết lúc đói"));
}

#[test]
fn a_search_needs_no_diacritics_and_no_shift_key() {
    let home = Home::full();
    let ids = |words: &[&str]| -> Vec<Value> {
        let found = home.run(["search", "--json", "--limit", "1000"].iter().chain(words)).lines();
        assert!(found.iter().all(|line| FIELDS.iter().all(|field| line.get(field).is_some())));
        found.iter().map(|line| line["id"].clone()).collect()
    };
    let with_marks = ids(&["đường huyết"]);
    assert!(with_marks.len() > 100);
    for typed in [&["duong huyet"][..], &["DUONG", "HUYET"], &["đường", "huyết"]] {
        let mut found = ids(typed);
        found.sort_by_key(ToString::to_string);
        let mut expected = with_marks.clone();
        expected.sort_by_key(ToString::to_string);
        assert_eq!(found, expected, "{typed:?}");
    }
    assert_eq!(ids(&["khôngcótừnày"]), Vec::<Value>::new());
    assert!(home.run(["search", "khôngcótừnày"]).text().contains("Không tìm thấy"));
}

#[test]
fn raw_is_what_the_hospital_sent_and_nothing_else() {
    let home = Home::full();
    let record = home.find("troponin");
    let id = record["id"].as_str().unwrap();
    let raw = home.run(["show", id, "--raw"]).out;
    let sent = std::fs::read(sample("hospital-b.json")).unwrap();
    assert!(raw.starts_with(b"{") && sent.windows(raw.len()).any(|window| window == raw));
    assert!(String::from_utf8_lossy(&raw).contains("0.010"));
    assert_eq!(home.run(["show", &id[..8], "--raw"]).out, raw, "eight digits are enough");

    let shown = home.run(["show", id, "--json"]);
    let text = shown.text();
    assert!(
        text.contains("\"value\":0.010") || text.contains("\"value\": 0.010"),
        "digits stay in the JSON form"
    );
    let shown = shown.json();
    assert_eq!(shown["value"], "0.010 ng/mL");
    assert_eq!(shown["resource"]["resourceType"], "Observation");
    assert!(shown["sections"][0]["rows"].as_array().unwrap().iter().any(|row| row["value"] == "0.010 ng/mL"));
    assert!(home.run(["show", id]).text().contains("0.010 ng/mL"));
}

#[test]
fn several_originals_go_to_files_each() {
    let home = Home::full();
    let ids: Vec<String> = home
        .run(["timeline", "--kind", "vaccine", "--json"])
        .lines()
        .iter()
        .map(|l| l["id"].as_str().unwrap().to_owned())
        .collect();
    let joined = home.run(["show".to_owned(), "--raw".into(), "--json".into()].iter().chain(&ids));
    assert_eq!((joined.code, joined.error().as_str()), (2, "wrong-usage"));
    let out = home.path("raw");
    let mut args = vec!["show".into(), "--raw".into(), "--out".into(), out.clone().into_os_string()];
    args.extend(ids.iter().map(std::ffi::OsString::from));
    assert_eq!(home.run(&args).code, 0);
    for id in &ids {
        let bytes = std::fs::read(out.join(format!("{id}.json"))).unwrap();
        assert_eq!(bytes, home.run(["show", "--raw", id]).out);
    }
}

#[test]
fn a_trend_keeps_the_digits_and_leaves_mistakes_out() {
    let home = Home::full();
    let lines = home.run(["trend", "glucose", "--json"]).lines();
    let points: Vec<_> = lines.iter().filter(|line| line.get("at").is_some()).collect();
    assert!(
        points.len() > 100
            && points
                .iter()
                .all(|p| p["value"].is_number() && p["unit"].is_string() && p["code"].is_string())
    );
    assert!(
        points.iter().all(|p| p["value"].as_f64().is_some_and(|value| value < 30.0)),
        "a result entered in error is no point"
    );
    let text = home.run(["trend", "glucose", "--json"]);
    assert!(text.text().contains("\"value\":6.60,"), "the digits are the sender's");
    assert!(lines.iter().any(|line| line["summary"]["count"].is_u64()));

    let groups = home
        .run(["trend", "blood-pressure", "--by", "month", "--from", "2026", "--to", "2026-10", "--json"])
        .lines();
    let months: Vec<_> = groups.iter().filter_map(|line| line["from"].as_str()).collect();
    assert!(
        months.iter().all(|month| ("2026-01-01"..="2026-10-01").contains(month)) && months.len() == 20,
        "{months:?}"
    );
    let human = home.run(["trend", "bp"]);
    assert!(human.text().contains('█') && human.text().contains("thấp nhất"));
    let unknown = home.run(["trend", "nonsense", "--json"]);
    assert_eq!((unknown.code, unknown.error().as_str()), (1, "invalid-input"));
    assert!(home.run(["trend"]).text().contains("blood-pressure"));
}

#[test]
fn a_chart_is_a_sound_svg_in_the_readers_language() {
    let home = Home::full();
    let file = home.path("chart.svg");
    let drawn = home.run(["trend".as_ref(), "bp".as_ref(), "--svg".as_ref(), file.as_os_str()]);
    assert_eq!(drawn.code, 0, "{}", drawn.err);
    let svg = std::fs::read_to_string(&file).unwrap();
    assert!(
        svg.starts_with("<svg xmlns=")
            && svg.contains("Huyết áp tâm thu")
            && svg.matches("<polyline").count() == 2
    );
    let english = home.run(["--lang", "en", "trend", "bp", "--svg", "-"]);
    assert!(english.text().contains("Blood pressure"));
}

#[test]
fn restricted_records_are_told_of_only_when_they_are_asked_for() {
    let home = Home::full();
    let list = |args: &[&str]| home.run(["timeline", "--all", "--json"].iter().chain(args)).lines();
    let (few, all) = (list(&[]), list(&["--restricted"]));
    assert!(few.len() < all.len());
    assert!(few.iter().all(|line| line["restricted"] == false));
    let hidden: Vec<_> = all.iter().filter(|line| line["restricted"] == true).collect();
    assert_eq!(hidden.len(), all.len() - few.len());
    for record in hidden {
        let id = record["id"].as_str().unwrap();
        assert_eq!(home.run(["show", id, "--json"]).error(), "not-found");
        assert_eq!(home.run(["show", id, "--raw", "--restricted"]).code, 0);
    }
    let log = home.run(["audit", "--json", "--restricted"]).lines();
    assert!(log.iter().any(|line| line["action"] == "show-restricted"), "opening the gate is logged");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let home = Home::full();
    let document = home.run(["documents", "--json"]).lines()[0]["id"].as_str().unwrap().to_owned();
    for command in [
        "timeline --all --json",
        "timeline --all",
        "export --fhir -",
        "export --csv bp",
        "document ID --out -",
    ] {
        let args = command.split(' ').map(|word| if word == "ID" { document.as_str() } else { word });
        let piped = home.command().args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = piped.unwrap();
        drop(child.stdout.take());
        let said = Said::of(child.wait_with_output().unwrap());
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{command}");
    }
}
