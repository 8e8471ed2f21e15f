//! Taking files out: every original into a folder, and what is never written over.

use super::*;

/// Imports papers of these names and answers them with their identities.
fn papers(home: &Home, names: &[&str]) -> Vec<(String, String)> {
    for (n, name) in names.iter().enumerate() {
        let file = home.write(name, format!("giấy số {n}"));
        let said = home.run([OsStr::new("import"), file.as_os_str(), "--title".as_ref(), "Giấy".as_ref()]);
        assert_eq!(said.code, 0, "{}", said.err);
    }
    let listed = home.run(["documents", "--json"]).lines();
    let id = |name: &str| {
        listed.iter().find(|line| line["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    };
    names.iter().map(|name| ((*name).to_owned(), id(name))).collect()
}

fn export(home: &Home, folder: &Path) -> Said {
    home.run([OsStr::new("export"), "--documents".as_ref(), folder.as_os_str(), "--json".as_ref()])
}

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_name_too_long_for_the_disk_loses_its_middle_and_no_byte_of_the_file() {
    let home = Home::new();
    // As long as a disk takes it: with the identity in front it would be longer.
    let name = format!("{}ngày 1.txt", "giấy ra viện ".repeat(14));
    assert!((247..=255).contains(&name.len()), "{}", name.len());
    home.write(&name, "giấy ra viện");
    let said =
        home.run([OsStr::new("import"), home.path(&name).as_os_str(), "--title".as_ref(), "Giấy".as_ref()]);
    assert_eq!(said.code, 0, "{}", said.err);
    let folder = home.path("out");
    let said = export(&home, &folder);
    assert_eq!((said.code, &said.json()["exported"]), (0, &Value::from(1)), "{}", said.err);
    let names = names_in(&folder);
    assert!(names[0].len() <= 200 && names[0].ends_with(".txt") && names[0].contains("giấy"), "{names:?}");
    assert_eq!(std::fs::read(folder.join(&names[0])).unwrap(), "giấy ra viện".as_bytes());
}

#[test]
fn what_stands_there_already_is_neither_written_over_nor_written_twice() {
    let home = Home::new();
    let [(a_name, a), (b_name, b)] = papers(&home, &["a.txt", "b.txt"]).try_into().unwrap();
    let folder = home.path("out");
    std::fs::create_dir(&folder).unwrap();
    let taken = folder.join(format!("{}-{a_name}", &a[..8]));
    std::fs::write(&taken, "của người khác").unwrap();
    let said = export(&home, &folder);
    assert_eq!((said.code, &said.json()["exported"]), (0, &Value::from(2)), "{}", said.err);
    assert_eq!(std::fs::read(&taken).unwrap(), "của người khác".as_bytes());
    let mut expected =
        vec![format!("{}-{a_name}", &a[..8]), format!("{a}-{a_name}"), format!("{}-{b_name}", &b[..8])];
    expected.sort();
    assert_eq!(names_in(&folder), expected, "the whole identity where the short one is taken");

    let again = export(&home, &folder);
    let report = again.json();
    assert_eq!((again.code, &report["exported"], &report["already_there"]), (0, &0.into(), &2.into()));
    assert_eq!(names_in(&folder), expected, "nothing is there twice");
}

#[test]
fn one_that_cannot_be_written_is_counted_and_the_others_come_out() {
    let home = Home::new();
    let [(a_name, a), (b_name, b)] = papers(&home, &["a.txt", "b.txt"]).try_into().unwrap();
    let folder = home.path("out");
    for id in [&a[..8], &a] {
        std::fs::create_dir_all(folder.join(format!("{id}-{a_name}"))).unwrap();
    }
    let said = export(&home, &folder);
    let report = said.json();
    assert_eq!((said.code, &report["exported"], &report["failed"]), (3, &1.into(), &1.into()));
    assert!(said.err.contains("a.txt") && said.err.contains("1 tệp gốc không xuất được"), "{}", said.err);
    assert_eq!(std::fs::read(folder.join(format!("{}-{b_name}", &b[..8]))).unwrap(), "giấy số 1".as_bytes());

    let nothing = home.write("file", "");
    assert_eq!(export(&home, &nothing).error(), "io", "not a folder");
}

#[cfg(unix)]
#[test]
fn nobody_else_on_the_machine_reads_what_was_taken_out() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    papers(&home, &["a.txt"]);
    let folder = home.path("out");
    export(&home, &folder);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.join(&names_in(&folder)[0])), 0o600);
    let file = home.path("all.json");
    home.run([OsStr::new("export"), "--fhir".as_ref(), file.as_os_str()]);
    assert_eq!(mode(&file), 0o600);
}

#[test]
fn nothing_is_written_over_what_the_book_needs_to_open() {
    let (home, code) = keys::with_recovery_code();
    let secret = home.write("secret.txt", "bốn con mèo\n");
    let [(_, id)] = papers(&home, &["a.txt"]).try_into().unwrap();
    let before: Vec<_> = ["book/book.db", "book/book.keys", "key", "secret.txt", "code.txt"]
        .iter()
        .map(|name| (home.path(name), std::fs::read(home.path(name)).unwrap()))
        .collect();
    #[cfg(unix)]
    std::os::unix::fs::symlink(home.path("book"), home.path("link")).unwrap();
    let key = home.path("key");
    let calls = [
        // By HEALTHBOOK_KEYFILE, which every call here has.
        vec!["export".as_ref(), "--fhir".as_ref(), key.as_os_str()],
        vec!["trend".as_ref(), "bp".as_ref(), "--svg".as_ref(), key.as_os_str()],
        vec!["document".as_ref(), OsStr::new(&id), "--out".as_ref(), key.as_os_str()],
    ];
    for call in &calls {
        let said = home.run(call.iter().copied().chain([OsStr::new("--json")]));
        assert_eq!((said.code, said.error().as_str()), (1, "not-allowed"), "{call:?}");
    }
    // By options, the book opening by the key file all the same.
    for (option, file) in
        [("--keyfile", &key), ("--passphrase-file", &secret), ("--recovery-code-file", &code)]
    {
        let mut args = vec![OsStr::new(option), file.as_os_str()];
        if option == "--passphrase-file" {
            args.extend(["--keyfile".as_ref(), key.as_os_str()]);
        }
        args.extend(["export".as_ref(), "--fhir".as_ref(), file.as_os_str(), "--json".as_ref()]);
        let said = Said::of(home.command().env_remove("HEALTHBOOK_KEYFILE").args(&args).output().unwrap());
        assert_eq!((said.code, said.error().as_str()), (1, "not-allowed"), "{option}");
    }
    for folder in ["book", "book/new", "book/deeper/still", "book/../book"] {
        let said = export(&home, &home.path(folder));
        assert_eq!((said.code, said.error().as_str()), (1, "not-allowed"), "{folder}");
        let said = home.run([
            "show".as_ref(),
            "--raw".as_ref(),
            OsStr::new(&own_record(&home)),
            "--out".as_ref(),
            home.path(folder).as_os_str(),
            "--json".as_ref(),
        ]);
        assert_eq!((said.code, said.error().as_str()), (1, "not-allowed"), "{folder}");
    }
    let file = home.path("book/book.keys");
    let said = home.run(["export".as_ref(), "--fhir".as_ref(), file.as_os_str(), "--json".as_ref()]);
    assert_eq!(said.error(), "not-allowed");
    #[cfg(unix)]
    assert_eq!(export(&home, &home.path("link")).error(), "not-allowed", "by a link, too");
    for (path, bytes) in before {
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "{path:?}");
    }
    let mut left = names_in(&home.path("book"));
    left.retain(|name| !name.starts_with("book."));
    assert_eq!(left, Vec::<String>::new(), "not even a folder");
}

/// The record of the person's own that is there first.
fn own_record(home: &Home) -> String {
    home.run(["timeline", "--all", "--json"]).lines()[0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn no_other_book_and_no_other_key_is_written_over() {
    let (home, other) = (Home::full(), Home::new());
    let [(_, id)] = papers(&home, &["a.txt"]).try_into().unwrap();
    let newer = other.write("newer-key", "HEALTHBOOK-KEY-9 00\n");
    let torn = other.write("torn-key", "HEALTHBOOK-KEY-1 0011\n");
    let [db, keys, key] = ["book/book.db", "book/book.keys", "key"].map(|name| other.path(name));
    let kept: Vec<_> =
        [&db, &keys, &key, &newer, &torn].map(|path| (path, std::fs::read(path).unwrap())).into();
    let before = names_in(&other.path("book"));
    let elsewhere = home.path("BOOK.DB-wal");
    let new = other.path("book/new.json");
    let targets = [&db, &keys, &key, &newer, &torn, &elsewhere, &new];
    for target in targets {
        let calls = [
            vec!["export".as_ref(), "--fhir".as_ref(), target.as_os_str()],
            vec!["trend".as_ref(), "bp".as_ref(), "--svg".as_ref(), target.as_os_str()],
            vec!["document".as_ref(), OsStr::new(&id), "--out".as_ref(), target.as_os_str()],
        ];
        for call in &calls {
            let said = home.run(call.iter().copied().chain([OsStr::new("--json")]));
            assert_eq!((said.code, said.error().as_str()), (1, "not-allowed"), "{call:?}");
        }
    }
    let folder = other.path("book");
    assert_eq!(export(&home, &folder).error(), "not-allowed");
    let record = own_record(&home);
    let show = [
        "show".as_ref(),
        "--raw".as_ref(),
        OsStr::new(&record),
        "--out".as_ref(),
        folder.as_os_str(),
        "--json".as_ref(),
    ];
    assert_eq!(home.run(show).error(), "not-allowed");
    let third = Home::empty();
    let wal = other.path("elsewhere/book.db-wal");
    for key in [&new, &wal] {
        let args = ["create".as_ref(), "--keyfile".as_ref(), key.as_os_str(), "--json".as_ref()];
        assert_eq!(third.run(args).error(), "not-allowed", "{key:?}");
    }
    assert!(!third.path("book").exists());
    for (path, bytes) in kept {
        assert_eq!(std::fs::read(path).unwrap(), bytes, "{path:?}");
    }
    assert_eq!(names_in(&folder), before);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_written_into_and_stays_a_pipe() {
    use std::os::unix::fs::FileTypeExt;
    let home = Home::full();
    let (pipe, link) = (home.path("pipe"), home.path("link"));
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    std::os::unix::fs::symlink(&pipe, &link).unwrap();
    for target in [&pipe, &link] {
        // Opened for both, it waits for nobody on either side; what is written fits into the pipe.
        let mut both = std::fs::OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
        let said = home.run(["trend".as_ref(), "bp".as_ref(), "--svg".as_ref(), target.as_os_str()]);
        assert_eq!(said.code, 0, "{}", said.err);
        assert!(std::fs::metadata(target).unwrap().file_type().is_fifo(), "{target:?}");
        let mut start = [0; 4];
        std::io::Read::read_exact(&mut both, &mut start).unwrap();
        assert_eq!(&start, b"<svg");
    }
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    let folder = home.path("folder");
    std::fs::create_dir(&folder).unwrap();
    let said = home.run(["export".as_ref(), "--fhir".as_ref(), folder.as_os_str(), "--json".as_ref()]);
    assert_eq!((said.code, said.error().as_str()), (1, "io"));
    if cfg!(target_os = "linux") {
        // A name of standard output that nothing can take the place of.
        let said = home.run(["export", "--fhir", "/proc/self/fd/1", "--json"]);
        assert!(said.code == 0 && said.out.starts_with(b"{\"resourceType\":\"Bundle\""), "{}", said.err);
    }
}

#[test]
fn originals_are_read_again_only_where_an_older_program_read_them() {
    let home = Home::full();
    let report = home.run(["--json", "documents", "--read-again"]).json();
    for name in ["documents", "new", "new_versions", "unchanged", "withdrawn"] {
        assert_eq!(report[name], 0, "{name}");
    }
    for (lang, words) in [("vi", "Không có tệp nào cần đọc lại"), ("en", "No original has to be read again")]
    {
        assert!(home.run(["--lang", lang, "documents", "--read-again"]).text().contains(words));
    }
    assert_eq!(home.run(["documents", "--read-again", "--limit", "2"]).code, 2);
}
