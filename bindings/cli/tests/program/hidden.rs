//! What is restricted leaves no trace in what the program prints without `--restricted`: a twin home that never had it
//! prints the same.

use super::*;

const ORDINARY: &str = concat!(
    r#"{"resourceType":"Observation","id":"g1","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"15074-8"}],"text":"Glucose"},"subject":{"reference":"Patient/1"},"effectiveDateTime":"2026-01-15","valueQuantity":{"value":5.1,"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"}}"#,
    "\n",
    r#"{"resourceType":"Patient","id":"1","name":[{"text":"Nguyễn Thị Mẫu"}],"birthDate":"1958-03-12","gender":"female"}"#,
    "\n",
);
const LATER: &str = r#"{"resourceType":"Observation","id":"g2","status":"final","code":{"text":"Natri"},"subject":{"reference":"Patient/1"},"effectiveDateTime":"2026-02-15","valueQuantity":{"value":140,"unit":"mmol/L"}}"#;
const STRANGER: &str = r#"{"resourceType":"Observation","id":"s","status":"final","code":{"text":"Kali"},"subject":{"reference":"Patient/9"},"effectiveDateTime":"2026-02-15","valueQuantity":{"value":4,"unit":"mmol/L"}}"#;
const HIDDEN: &str = r#"{"resourceType":"Condition","id":"z","code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"B20"}],"text":"Bệnh zekin"},"subject":{"reference":"Patient/1"},"onsetDateTime":"2026-01-20"}"#;

/// Takes out what is never the same twice: identities whole and short, moments, sizes of the book's files, places of pages.
fn normal(text: &str) -> String {
    let hex = |word: &str| word.len() >= 8 && word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let mut out = String::new();
    for line in text.lines() {
        if line.contains("file_size") || line.contains("KB") || line.contains("MB") {
            continue;
        }
        for word in line.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))) {
            let bare =
                word.trim_end_matches(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')));
            if hex(bare) {
                out.push_str("<id>");
                out.push_str(&word[bare.len()..]);
            } else {
                out.push_str(word);
            }
        }
        out.push('\n');
    }
    // Moments: `2026-11-22T09:08:07…` and `09:08`.
    let digits = |c: char| if c.is_ascii_digit() { '0' } else { c };
    out.split('\n')
        .map(|line| if line.contains(':') { moments(line, digits) } else { line.to_owned() })
        .collect::<Vec<_>>()
        .join("\n")
}

/// Digits of a clock, `hh:mm` and what hangs on it, are zeros.
fn moments(line: &str, digits: fn(char) -> char) -> String {
    let bytes = line.as_bytes();
    let is_clock = |at: usize| {
        bytes
            .get(at..at + 5)
            .is_some_and(|b| b[2] == b':' && [0, 1, 3, 4].iter().all(|n| b[*n].is_ascii_digit()))
    };
    let mut out = String::new();
    let mut left = 0;
    for (at, c) in line.char_indices() {
        if left == 0 && is_clock(at) {
            left = 15;
        }
        out.push(if left > 0 { digits(c) } else { c });
        left = if left > 0 && (c.is_ascii_digit() || ":.Z+".contains(c)) { left - 1 } else { 0 };
    }
    out
}

fn twins() -> [Home; 2] {
    [true, false].map(|restricted| {
        let home = Home::new();
        let import = |name: &str, content: &str, more: &[&str]| {
            let file = home.write(name, content);
            let said = home.run(["import", file.to_str().unwrap()].iter().chain(more));
            assert!(said.code == 0 || said.code == 3, "{}", said.err);
        };
        let hide = |name: &str, content: &str, more: &[&str]| {
            if restricted {
                import(name, content, more);
            }
        };
        let a = ["--source", "BV An"];
        hide("1.json", HIDDEN, &["--source", "BV An", "--any-person"]);
        import("a.ndjson", ORDINARY, &a);
        hide("2.json", &HIDDEN.replace("Patient/1", "Patient/7"), &a);
        hide("3.json", &HIDDEN[..HIDDEN.len() - 9], &["--title", "zekin HIV"]);
        hide("HIV zekin.pdf", "%PDF-1.4 zekin", &["--title", "Giấy zekin thường"]);
        import("stranger.json", STRANGER, &a);
        import("broken.json", r#"{"resourceType":"Observation","id":"#, &["--title", "hỏng"]);
        import("paper.pdf", "%PDF-1.4 hẹn", &["--title", "Giấy hẹn"]);
        if restricted {
            let id = home.add(&["medicine", "name=Dolutegravir zekin"]);
            assert_eq!(home.run(["delete", &id, "--restricted"]).code, 0);
        }
        home.add(&["note", "text=Uống nước"]);
        import("later.json", LATER, &a);
        hide("4.json", &HIDDEN.replace("\"z\"", "\"z4\""), &["--source", "BV An", "--any-person"]);
        home
    })
}

#[test]
fn no_command_tells_of_what_is_restricted_without_the_flag() {
    let homes = twins();
    let asked: &[&[&str]] = &[
        &["timeline"],
        &["timeline", "--all"],
        &["timeline", "--source", "BV An"],
        &["search", "glucose"],
        &["search", "zekin"],
        &["stats"],
        &["audit"],
        &["audit", "--limit", "3"],
        &["audit", "--before", "4"],
        &["quarantine"],
        &["quarantine", "1"],
        &["quarantine", "2"],
        &["documents"],
        &["review"],
        &["person"],
        &["card"],
        &["emergency"],
        &["consent"],
        &["trend", "http://loinc.org|15074-8"],
        &["export", "--csv", "http://loinc.org|15074-8"],
        &["export", "--fhir", "-"],
        &["verify"],
    ];
    for args in asked {
        for json in [false, true] {
            let [with, without] = [&homes[0], &homes[1]].map(|home| {
                let more: &[&str] = if json { &["--json"] } else { &[] };
                let said = home.run(args.iter().chain(more));
                let text = String::from_utf8_lossy(&said.out).into_owned() + &said.err;
                // Two homes that both fail are alike and say nothing. There is no second entry to be shown.
                assert_eq!(said.code, i32::from(*args == ["quarantine", "2"]), "{args:?}: {text}");
                assert!(!text.contains("zekin") || args.contains(&"zekin"), "{args:?}: {text}");
                format!("{} {}", said.code, normal(&text.replace(home.folder.path().to_str().unwrap(), "")))
            });
            assert_eq!(with, without, "{args:?} --json: {json}");
        }
    }
    // The same questions with the flag do tell of it.
    let all = homes[0].run(["timeline", "--all", "--restricted"]);
    assert!(all.text().contains("zekin"));
    let numbers = |flag: &[&str]| {
        let lines = homes[0].run(["review", "--json"].iter().chain(flag)).lines();
        lines.iter().map(|line| line["number"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let (shown, everybody) = (numbers(&[]), numbers(&["--restricted"]));
    assert_eq!(shown, [1]);
    assert_eq!(everybody.len(), 2);
    // Whom only the flag shows is not found by their number without it.
    let hidden = everybody[1].to_string();
    assert_ne!(homes[0].run(["confirm", &hidden]).code, 0);
}
