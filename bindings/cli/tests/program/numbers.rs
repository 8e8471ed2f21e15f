//! Numbers over time: what may be drawn and averaged, and what only looks like a number.

use super::*;

/// A book with results of one kind, each given by its quantity.
fn results(quantities: &[&str]) -> Home {
    let home = Home::new();
    let lines: String = quantities
        .iter()
        .enumerate()
        .map(|(n, quantity)| {
            format!(
                r#"{{"resourceType":"Observation","id":"{n}","status":"final","effectiveDateTime":"2026-03-{:02}T08:00:00+07:00","code":{{"coding":[{{"system":"http://loinc.org","code":"20447-9"}}],"text":"Tải lượng"}},"valueQuantity":{{{quantity},"unit":"copies/mL","system":"http://unitsofmeasure.org","code":"{{copies}}/mL"}}}}"#,
                n + 1
            ) + "\n"
        })
        .collect();
    let file = home.write("results.ndjson", lines);
    let said = home.run([OsStr::new("import"), file.as_os_str(), "--any-person".as_ref()]);
    assert_eq!(said.code, 0, "{}", said.err);
    home
}

const SERIES: &str = "http://loinc.org|20447-9";

fn trend(home: &Home, args: &[&str]) -> Said {
    home.run(["--restricted", "trend", SERIES].iter().chain(args))
}

fn summary(home: &Home, args: &[&str]) -> Value {
    let lines = trend(home, &[args, &["--json"]].concat()).lines();
    lines.iter().find_map(|line| line.get("summary").cloned()).unwrap()
}

#[test]
fn below_the_limit_is_no_number() {
    let home = results(&[r#""value":200"#, r#""value":20,"comparator":"<""#, r#""value":400"#]);
    let lines = trend(&home, &["--json"]).lines();
    let points: Vec<_> = lines.iter().filter(|line| line.get("at").is_some()).collect();
    assert_eq!((&points[1]["value"], &points[1]["comparator"]), (&"< 20".into(), &"<".into()));
    assert_eq!((&points[0]["value"], &points[0]["comparator"]), (&200.into(), &Value::Null));
    let told = summary(&home, &[]);
    assert_eq!((&told["count"], &told["bounds"]), (&2.into(), &1.into()), "{told}");
    assert_eq!((&told["mean"], told["min"].as_f64()), (&300.into(), Some(200.0)), "{told}");
    let told = summary(&home, &["--by", "month"]);
    assert_eq!((&told["count"], &told["bounds"], &told["mean"]), (&2.into(), &1.into(), &300.into()));

    let text = trend(&home, &[]);
    assert!(
        text.text().contains(" < 20 ") && text.text().contains("1 kết quả chỉ cho biết"),
        "{}",
        text.text()
    );
    let drawn = trend(&home, &["--svg", "-"]);
    assert_eq!(drawn.text().matches("<circle").count(), 2);
    let csv = home.run(["--restricted", "export", "--csv", SERIES]);
    assert!(csv.text().contains(",< 20,"), "{}", csv.text());
    assert_eq!(home.run(["--restricted", "verify", "--json"]).json()["ok"], true);
}

#[test]
fn what_was_first_and_latest_is_a_number_that_was_measured() {
    let bound = r#""value":20,"comparator":"<""#;
    let home = results(&[bound, r#""value":200"#, r#""value":90"#, bound]);
    let told = summary(&home, &[]);
    assert_eq!((&told["first"], &told["last"], &told["bounds"]), (&"200".into(), &"90".into(), &2.into()));
    let said = trend(&home, &[]);
    let text = said.text().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("gần nhất 90 · 02/03/2026 – 03/03/2026"), "{text}");
    let home = results(&[bound, r#""value":200"#, bound]);
    let told = summary(&home, &[]);
    assert_eq!((&told["first"], &told["last"]), (&"200".into(), &"200".into()), "one number is both");
}

#[test]
fn nothing_but_bounds_is_listed_without_a_mean() {
    let home = results(&[r#""value":20,"comparator":"<""#]);
    let told = summary(&home, &[]);
    assert_eq!((&told["count"], &told["bounds"], &told["mean"]), (&0.into(), &1.into(), &Value::Null));
    assert!(trend(&home, &[]).text().contains("< 20"));
    assert!(trend(&home, &["--svg", "-"]).text().contains("</svg>"));
    assert_eq!(trend(&home, &["--by", "week"]).code, 0);
}

#[test]
fn a_number_that_no_chart_holds_is_counted_and_kept() {
    let home = results(&[r#""value":1E400"#, r#""value":7"#]);
    let told = summary(&home, &[]);
    assert_eq!((&told["count"], &told["left_out"], &told["mean"]), (&1.into(), &1.into(), &7.into()));
    assert_eq!(summary(&home, &["--by", "day"])["left_out"], 1);
    assert!(trend(&home, &[]).text().contains("1 con số quá lớn"));
    assert!(home.run(["--restricted", "export", "--csv", SERIES]).text().contains(",1E400,"));
    assert_eq!(home.run(["--restricted", "verify", "--json"]).json()["ok"], true);
}

#[test]
fn a_mean_has_one_digit_more_than_what_was_measured() {
    for (values, mean) in
        [(["7", "8", "8"], "7.7"), (["7.10", "7.20", "7.25"], "7.183"), (["128", "129", "129"], "129")]
    {
        let quantities = values.map(|value| format!("\"value\":{value}"));
        let home = results(&quantities.iter().map(String::as_str).collect::<Vec<_>>());
        let text = trend(&home, &["--json"]);
        assert!(text.text().contains(&format!("\"mean\":{mean},")), "{values:?}: {}", text.text());
        assert!(trend(&home, &[]).text().contains(&format!("trung bình {mean} ")), "{values:?}");
    }
}
