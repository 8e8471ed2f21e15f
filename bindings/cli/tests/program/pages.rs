//! Every command in both languages: no page is wider than 80 columns, none speaks two languages, and wrong calls are
//! told apart from failures.

use super::*;

/// Every command with arguments that go through in a full book, except those that end it.
fn commands(home: &Home) -> Vec<Vec<String>> {
    let id = home.find("troponin")["id"].as_str().unwrap().to_owned();
    let own = home.add(&["weight", "60.2"]);
    let document = home.run(["documents", "--json"]).lines()[0]["id"].as_str().unwrap().to_owned();
    let out = home.path("out.json").display().to_string();
    [
        "timeline",
        "timeline --all",
        "timeline --kind medicine",
        "timeline --all --by-name",
        "search bệnh viện",
        "show ID",
        "show ID --history",
        "show ID --versions",
        "trend",
        "trend blood-pressure",
        "trend glucose --by week",
        "add pulse 66",
        "edit OWN --set value=60.4",
        "correct ID --set value=0.012",
        "delete OWN",
        "restore OWN",
        "person",
        "card",
        "emergency",
        "review",
        "scan GD4010000000000",
        "documents",
        "document DOC --out OUT",
        "quarantine",
        "export --fhir OUT",
        "audit",
        "consent give mục-đích",
        "consent",
        "recovery-code",
        "verify",
        "stats",
        "purge OWN --yes",
        "help timeline",
        "help",
    ]
    .iter()
    .map(|line| {
        line.split(' ')
            .map(|word| match word {
                "ID" => id.clone(),
                "OWN" => own.clone(),
                "DOC" => document.clone(),
                "OUT" => out.clone(),
                word => word.to_owned(),
            })
            .collect()
    })
    .collect()
}

#[test]
fn every_command_works_in_both_languages_within_eighty_columns() {
    for lang in ["vi", "en"] {
        let home = Home::full();
        for command in commands(&home) {
            let said = home.run(["--lang".to_owned(), lang.to_owned()].iter().chain(&command));
            assert_eq!(said.code, 0, "{lang} {command:?}: {}", said.err);
            for line in said.text().lines() {
                // What is to be copied stays whole: a place in a list, a path.
                let is_whole = line.contains("--after ") || line.contains('/') && !line.trim().contains(' ');
                assert!(width(line) <= 80 || is_whole, "{lang} {command:?}: {line}");
            }
            assert!(!said.text().contains('\u{1b}'), "no colours in a pipe");
        }
    }
}

#[test]
fn every_command_speaks_json_and_nothing_else_when_asked() {
    let home = Home::full();
    for command in commands(&home).iter().filter(|command| command[0] != "help") {
        let said = home.run(["--json"].iter().copied().chain(command.iter().map(String::as_str)));
        assert_eq!(said.code, 0, "{command:?}: {}", said.err);
        said.lines();
    }
}

#[test]
fn every_help_page_is_in_one_language_and_fits() {
    let home = Home::empty();
    let mut pages = vec![Vec::new()];
    let top = home.run(["--help", "--lang", "en"]);
    let names = |page: &str, heading: &str| -> Vec<String> {
        page.lines()
            .skip_while(|line| !line.starts_with(heading))
            .skip(1)
            .take_while(|line| !line.is_empty())
            .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
            .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
            .collect()
    };
    for name in names(top.text(), "Commands:") {
        let page = home.run([name.as_str(), "--help", "--lang", "en"]);
        pages.extend(names(page.text(), "Commands:").into_iter().map(|sub| vec![name.clone(), sub]));
        pages.push(vec![name]);
    }
    assert!(pages.len() > 60, "{}", pages.len());
    for path in pages {
        for (lang, own, foreign) in [("vi", "Cách dùng: ", "Usage"), ("en", "Usage: ", "Cách dùng")] {
            let said = home.run(path.iter().map(String::as_str).chain(["--lang", lang, "--help"]));
            let text = said.text();
            assert!(text.contains(own) && !text.contains(foreign), "{path:?}: {text}");
            assert!(text.lines().all(|line| width(line) <= 80), "{path:?}: {text}");
        }
    }
    assert_eq!(home.run(["--version"]).text().trim(), concat!("healthbook ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_wrong_call_ends_with_two_and_says_so_in_the_readers_language() {
    let home = Home::empty();
    for (args, vi, en) in [
        (&["nonsense"][..], "Không có lệnh này", "no such command"),
        (&["timelin"], "Có phải ý bạn là", "Did you mean"),
        (
            &["timeline", "--bogus=secret"],
            "Không có tùy chọn --bogus ở đây",
            "There is no option --bogus here",
        ),
        (&["card", "secret"], "Có tham số thừa", "an argument too many"),
        (&["show"], "Còn thiếu", "Missing"),
        (&["timeline", "--limit", "abc"], "không hợp lệ", "not valid"),
        (&["create", "--sex", "abc"], "male, female, other", "male, female, other"),
        (&["show", "x", "--raw", "--history"], "không đi cùng", "cannot be used with"),
        (&[], "Cần một lệnh", "A command is needed"),
        (&["help", "nonsense"], "Không có lệnh này", "no such command"),
    ] {
        for (lang, expected, foreign) in [("vi", vi, "Usage"), ("en", en, "Cách dùng")] {
            let said = home.run(["--lang", lang].iter().chain(args));
            assert!(!said.err.contains(foreign), "{}", said.err);
            assert_eq!((said.code, said.out.len()), (2, 0), "{args:?}");
            assert!(
                said.err.starts_with("error[wrong-usage]: ") && said.err.contains(expected),
                "{}",
                said.err
            );
            let json = home.run(["--json", "--lang", lang].iter().chain(args));
            assert_eq!(json.error(), "wrong-usage");
        }
    }
    // Words of later versions are not commands that do nothing.
    for later in [
        "source",
        "pull",
        "push",
        "share",
        "device",
        "sync",
        "backup",
        "restore-book",
        "plan",
        "due",
        "check",
    ] {
        assert_eq!(home.run([later]).code, 2, "{later}");
    }
}

#[test]
fn what_was_typed_is_not_repeated_in_errors() {
    let home = Home::empty();
    let secret = "bí-mật-của-tôi";
    for args in
        [&["timeline", "--limit", secret][..], &["create", "--sex", secret], &["timeline", secret], &[secret]]
    {
        let said = home.run(["--json"].iter().chain(args));
        assert_eq!(said.code, 2);
        assert!(
            !said.err.contains(secret) && !String::from_utf8_lossy(&said.out).contains(secret),
            "{args:?}"
        );
    }
}

#[test]
fn the_language_follows_the_system_unless_it_is_said() {
    let home = Home::empty();
    let with = |name: &str, value: &str, args: &[&str]| {
        let said = Said::of(home.command().env(name, value).args(args).arg("--help").output().unwrap());
        said.text().contains("Usage: ")
    };
    assert!(with("LANG", "en_US.UTF-8", &[]));
    assert!(with("LC_ALL", "en_GB.UTF-8", &[]));
    assert!(!with("LANG", "vi_VN.UTF-8", &[]));
    assert!(!with("LANG", "C", &[]));
    assert!(!with("LANG", "en_US.UTF-8", &["--lang", "vi"]));
}
