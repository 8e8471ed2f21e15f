//! The ways to open a book. Key files, because each try at a passphrase costs what it costs a thief.

use super::*;

/// The recovery code of a new book, in a file.
pub(super) fn with_recovery_code() -> (Home, PathBuf) {
    let home = Home::empty();
    let code = home.run(["create", "--json"]).json()["recovery_code"].as_str().unwrap().to_owned();
    let file = home.write("code.txt", format!("{}\n", code.replace('-', " ")));
    (home, file)
}

fn without_key(home: &Home, args: &[&OsStr]) -> Said {
    Said::of(home.command().env_remove("HEALTHBOOK_KEYFILE").args(args).output().unwrap())
}

#[test]
fn another_key_file_opens_nothing_and_changes_nothing() {
    let (home, other) = (Home::new(), Home::new());
    let before = std::fs::read(home.path("book/book.db")).unwrap();
    for (lang, sentence, way_out) in [
        ("vi", "tệp khóa hoặc mã khôi phục không đúng", "không phải của sổ này"),
        ("en", "key file or recovery code is not the right one", "but not this book's"),
    ] {
        let key = other.path("key");
        let args = ["--lang", lang, "stats", "--json", "--keyfile"].map(OsStr::new);
        let said = home.run(args.into_iter().chain([key.as_os_str()]));
        assert_eq!((said.code, said.error().as_str()), (1, "wrong-secret"));
        assert!(said.err.contains(sentence) && said.err.contains(way_out), "{}", said.err);
    }
    assert_eq!(std::fs::read(home.path("book/book.db")).unwrap(), before);
    let file = home.write("no-key.txt", "mật khẩu");
    let said = home.run([OsStr::new("--keyfile"), file.as_os_str(), "stats".as_ref(), "--json".as_ref()]);
    assert_eq!((said.code, said.error().as_str()), (1, "invalid-input"));
    assert!(!said.err.contains("mật khẩu\n"), "what was in the file is not repeated");
}

#[test]
fn a_forgotten_secret_is_no_dead_end() {
    let (home, code) = with_recovery_code();
    std::fs::remove_file(home.path("key")).unwrap();
    let new = home.path("new.key");
    let args = [
        OsStr::new("--recovery-code-file"),
        code.as_os_str(),
        "passphrase".as_ref(),
        "--new-keyfile".as_ref(),
        new.as_os_str(),
        "--json".as_ref(),
    ];
    let said = without_key(&home, &args);
    assert_eq!(said.code, 0, "{}", said.err);
    let opened = without_key(&home, &["--keyfile".as_ref(), new.as_os_str(), "stats".as_ref()]);
    assert_eq!(opened.code, 0, "{}", opened.err);
}

#[test]
fn a_code_that_was_written_down_is_proven_before_it_is_needed() {
    let (home, code) = with_recovery_code();
    let check = |file: &Path| {
        home.run(["recovery-code".as_ref(), "--check".as_ref(), file.as_os_str(), "--json".as_ref()])
    };
    let said = check(&code);
    assert_eq!((said.code, said.json()), (0, serde_json::json!({"ok": true})));

    let typed = std::fs::read_to_string(&code).unwrap();
    let last = if typed.trim().ends_with('0') { "1" } else { "0" };
    let slip = home.write("slip.txt", format!("{}{last}", &typed.trim()[..typed.trim().len() - 1]));
    let said = check(&slip);
    assert_eq!((said.code, said.error().as_str()), (1, "invalid-input"));
    assert!(said.err.contains('8'), "the group that is mistyped is named: {}", said.err);

    let renewed = home.run(["recovery-code", "--json"]).json()["recovery_code"].as_str().unwrap().to_owned();
    let said = check(&code);
    assert_eq!((said.code, said.json()), (1, serde_json::json!({"ok": false})), "the old code is gone");
    assert_eq!(check(&home.write("renewed.txt", renewed)).code, 0);
}

#[test]
fn after_a_leak_the_key_is_changed_and_old_copies_open_nothing() {
    let home = Home::full();
    let leaked = std::fs::read(home.path("book/book.keys")).unwrap();
    let (new, json) = (home.path("new.key"), OsStr::new("--json"));
    let said = home.run(["rotate-key".as_ref(), "--new-keyfile".as_ref(), new.as_os_str(), json]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(said.json()["recovery_code"].as_str().unwrap().len(), 55);
    let with_new = home.run(["--keyfile".as_ref(), new.as_os_str(), "verify".as_ref(), json]);
    assert_eq!(with_new.json()["ok"], true);
    std::fs::write(home.path("book/book.keys"), leaked).unwrap();
    assert_eq!(
        home.run(["stats", "--json"]).code,
        1,
        "the old envelope and the old key file open the old key"
    );
}

#[test]
fn a_passphrase_from_a_file_or_the_environment_opens_the_book() {
    let home = Home::new();
    let secret = "bốn con mèo ngủ trưa";
    let file = home.write("passphrase.txt", format!("{secret}\n"));
    let set = home.run([
        "passphrase".as_ref(),
        "--new-passphrase-file".as_ref(),
        file.as_os_str(),
        "--json".as_ref(),
    ]);
    assert_eq!(
        set.json()["ways"],
        serde_json::json!(["keyfile", "recovery-code", "passphrase"]),
        "{}",
        set.err
    );
    assert!(!set.err.contains(secret));
    let by_file = without_key(&home, &["--passphrase-file".as_ref(), file.as_os_str(), "stats".as_ref()]);
    assert_eq!(by_file.code, 0, "{}", by_file.err);
    let by_variable = |value: &str| {
        let mut command = home.command();
        command.env_remove("HEALTHBOOK_KEYFILE").env("HEALTHBOOK_PASSPHRASE", value);
        Said::of(command.args(["stats", "--json"]).output().unwrap())
    };
    assert_eq!(by_variable(secret).code, 0);
    let wrong = by_variable("năm con mèo");
    assert_eq!((wrong.code, wrong.error().as_str()), (1, "wrong-secret"));
    assert!(wrong.err.contains("--recovery-code-file"), "the way out is told");
    let removed = home.run(["passphrase", "--remove", "--json"]);
    assert_eq!(removed.json()["ways"], serde_json::json!(["keyfile", "recovery-code"]));
}

#[test]
fn a_secret_typed_where_a_file_is_asked_for_is_not_said_again() {
    let home = Home::new();
    let code = "353441-704462-663179-498608-380600-664400-246477-309089";
    let long = "bốn con mèo ngủ trưa ".repeat(30);
    for secret in [code, "bốn con mèo ngủ trưa", &long] {
        for args in [
            ["stats", "--recovery-code-file", secret],
            ["stats", "--passphrase-file", secret],
            ["passphrase", "--new-passphrase-file", secret],
            ["rotate-key", "--new-passphrase-file", secret],
            ["recovery-code", "--check", secret],
        ] {
            let said = home.run(args.into_iter().chain(["--json"]));
            assert_eq!(said.code, 1, "{args:?}");
            assert_eq!(said.error(), "io", "{args:?}");
            for told in [&said.err, &String::from_utf8_lossy(&said.out).into_owned()] {
                assert!(!told.contains("353441") && !told.contains("mèo"), "{told}");
            }
        }
    }
}
