//! `demo`: the first thing a new person runs.

use super::*;

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_in(&path)) } else { files.push(path) }
    }
    files
}

#[test]
fn the_tour_goes_through_in_both_languages_and_leaves_nothing_behind() {
    for (lang, words) in [
        (
            "vi",
            [
                "Nguyễn Thị Mẫu",
                "duong huyet",
                "0.010 ng/mL",
                "[đã đính chính]",
                "█",
                "Sổ nguyên vẹn",
                "0 lần",
            ],
        ),
        (
            "en",
            [
                "Nguyễn Thị Mẫu",
                "duong huyet",
                "0.010 ng/mL",
                "[corrected]",
                "█",
                "The book is whole",
                "0 times",
            ],
        ),
    ] {
        let home = Home::empty();
        let mut command = home.command();
        command.env_remove("HEALTHBOOK_DIR").env_remove("HEALTHBOOK_KEYFILE").current_dir(home.folder.path());
        let said = Said::of(command.args(["demo", "--lang", lang]).output().unwrap());
        let text = said.text();
        for word in words {
            assert!(text.contains(word), "{word} in {text}");
        }
        let wide: Vec<_> = text.lines().filter(|line| width(line) > 80).collect();
        assert!(wide.is_empty(), "{wide:?}");
        assert_eq!(said.err, "");
        assert_eq!(
            files_in(home.folder.path()),
            Vec::<PathBuf>::new(),
            "nothing is left in home or temp folder"
        );
    }
}

#[test]
fn a_kept_tour_is_a_book_to_go_on_with_and_its_files_tell_nothing() {
    let home = Home::empty();
    let dir = home.path("thử");
    let mut command = home.command();
    command.env_remove("HEALTHBOOK_DIR").env_remove("HEALTHBOOK_KEYFILE");
    let said =
        Said::of(command.args([OsStr::new("demo"), "--keep".as_ref(), dir.as_os_str()]).output().unwrap());
    assert_eq!(said.code, 0, "{}", said.err);
    let key = home.path("thử.key");
    let next = said.text().lines().last().unwrap().to_owned();
    assert!(next.contains("thử.key"), "{next}");
    let args = ["--book".as_ref(), dir.as_os_str(), "--keyfile".as_ref(), key.as_os_str(), "stats".as_ref()];
    assert_eq!(home.run(args).code, 0);

    let names: Vec<_> =
        files_in(&dir).iter().map(|f| f.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert!(names.iter().all(|name| name.starts_with("book.")), "{names:?}");
    for file in files_in(&dir) {
        let bytes = std::fs::read(&file).unwrap();
        for told in [
            "Nguyễn Thị Mẫu",
            "NGUYEN THI MAU",
            "nguyen thi mau",
            "đường huyết",
            "duong huyet",
            "001158999999",
            "Observation",
        ] {
            let utf16: Vec<u8> = told.encode_utf16().flat_map(u16::to_le_bytes).collect();
            for form in [told.as_bytes(), &utf16] {
                assert!(!bytes.windows(form.len()).any(|window| window == form), "{told} stands in {file:?}");
            }
        }
    }
    let again = home.run([OsStr::new("demo"), "--keep".as_ref(), dir.as_os_str()]);
    assert_eq!(again.code, 1, "a book that is there is not written over");
}

#[test]
fn a_tour_for_programs_is_json_and_nothing_else() {
    let home = Home::empty();
    let mut command = home.command();
    command.env_remove("HEALTHBOOK_DIR").env_remove("HEALTHBOOK_KEYFILE");
    let said = Said::of(command.args(["--json", "demo"]).output().unwrap());
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let steps = said.lines();
    let of = |name: &str| steps.iter().filter(|line| line["step"] == name).collect::<Vec<_>>();
    assert_eq!(of("create")[0]["recovery_code"].as_str().unwrap().len(), 55);
    assert_eq!(of("import").len(), 5);
    assert_eq!(of("search")[0]["hits"], of("search")[1]["hits"]);
    assert_eq!(of("verify")[0]["ok"], true);
    assert!(of("sought").iter().all(|line| line["found"] == 0) && of("sought").len() == 3);
    assert!(
        of("outside").iter().any(|line| line["file"] == "book.db" && line["entropy"].as_f64() > Some(7.9))
    );
    assert_eq!(
        (&steps.last().unwrap()["step"], &steps.last().unwrap()["kept"]),
        (&"end".into(), &Value::Null)
    );
}
