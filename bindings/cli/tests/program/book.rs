//! Making, opening, checking and erasing a book.

use super::*;

#[test]
fn a_book_is_made_once_and_its_recovery_code_is_shown_once() {
    let home = Home::empty();
    let made =
        home.run(["create", "--name", "Nguyễn Thị Mẫu", "--born", "12/03/1958", "--sex", "nữ", "--json"]);
    let code = made.json()["recovery_code"].as_str().unwrap().to_owned();
    assert_eq!((made.code, code.len(), code.matches('-').count()), (0, 55, 7));
    let person = home.run(["person", "--json"]).json();
    assert_eq!(person["name"], "Nguyễn Thị Mẫu");
    assert_eq!(person["birth_date"], "1958-03-12");
    assert_eq!(person["sex"], "female");

    let again = home.run(["create", "--json"]);
    assert_eq!((again.code, again.error().as_str()), (1, "book-exists"));
    assert_eq!(home.run(["person", "--json"]).json()["name"], "Nguyễn Thị Mẫu", "the book is as it was");
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_the_key_file_and_the_book() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let mode = |name: &str| std::fs::metadata(home.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("key"), mode("book")), (0o600, 0o700));
}

#[test]
fn without_a_secret_a_script_is_told_how_to_give_one() {
    let home = Home::empty();
    let said = Said::of(
        home.command().env_remove("HEALTHBOOK_KEYFILE").args(["create", "--json"]).output().unwrap(),
    );
    assert_eq!((said.code, said.error().as_str()), (2, "wrong-usage"));
    assert!(!home.path("book").exists());
    let home = Home::new();
    let said =
        Said::of(home.command().env_remove("HEALTHBOOK_KEYFILE").args(["stats", "--json"]).output().unwrap());
    assert_eq!((said.code, said.error().as_str()), (2, "wrong-usage"));
}

#[test]
fn a_book_that_is_not_there_is_not_made_by_reading_it() {
    let home = Home::empty();
    let said = home.run(["timeline", "--json"]);
    assert_eq!((said.code, said.error().as_str()), (1, "no-book"));
    assert!(!home.path("book").exists() && !home.path("key").exists());
}

#[test]
fn the_book_is_where_the_option_the_variable_or_the_home_says() {
    let home = Home::new();
    let elsewhere = home.path("elsewhere");
    let option = home.run([OsStr::new("--book"), elsewhere.as_os_str(), "stats".as_ref(), "--json".as_ref()]);
    assert_eq!(option.error(), "no-book", "the option goes before the variable");
    let after = home.run([OsStr::new("stats"), "--book".as_ref(), home.path("book").as_os_str()]);
    assert_eq!(after.code, 0, "options may stand after the command");
    let data = home.path("data");
    let said = Said::of(
        home.command()
            .env_remove("HEALTHBOOK_DIR")
            .env("XDG_DATA_HOME", &data)
            .args(["create", "--json"])
            .output()
            .unwrap(),
    );
    assert_eq!(said.code, 0, "{}", said.err);
    if cfg!(all(unix, not(target_os = "macos"))) {
        assert!(data.join("healthbook/book.db").exists());
    }
}

#[test]
fn a_whole_book_is_told_from_a_damaged_one() {
    let home = Home::full();
    let whole = home.run(["verify", "--json"]);
    assert_eq!((whole.code, whole.json()), (0, serde_json::json!({"ok": true, "problems": []})));

    let path = home.path("book/book.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let damaged = home.run(["verify", "--json"]);
    let report = damaged.json();
    assert_eq!((damaged.code, &report["ok"]), (1, &Value::Bool(false)));
    assert!(!report["problems"].as_array().unwrap().is_empty());
    assert_eq!(std::fs::read(&path).unwrap().len(), bytes.len(), "nothing was repaired or removed");
}

#[test]
fn erasing_says_what_goes_and_needs_the_whole_option() {
    let home = Home::new();
    let asked = home.run(["erase", "--json"]);
    assert_eq!((asked.code, asked.error().as_str()), (2, "wrong-usage"));
    assert!(asked.err.contains("book.db") && asked.err.contains("book.keys"));
    assert_eq!(home.run(["stats"]).code, 0, "nothing was erased");
    let erased = home.run(["erase", "--yes-erase-everything", "--json"]);
    assert_eq!(erased.code, 0);
    assert!(erased.json()["erased"].as_array().unwrap().contains(&"book.db".into()));
    assert!(!home.path("book").exists() && home.path("key").exists());
}

#[test]
fn what_is_in_the_book_is_counted() {
    let home = Home::full();
    let stats = home.run(["stats", "--json"]).json();
    for name in
        ["kinds", "sources", "documents", "quarantined", "samples", "file_size", "schema_version", "cipher"]
    {
        assert!(!stats[name].is_null(), "{name}");
    }
    assert_eq!(stats["cipher"], "aegis-256");
    let results = stats["kinds"].as_array().unwrap().iter().find(|kind| kind["kind"] == "result").unwrap();
    assert!(results["count"].as_u64().unwrap() > 900);
}
