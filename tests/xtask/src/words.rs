//! What must not stand in a tracked file: paths of somebody's machine, notes of unfinished work, secrets, names that
//! say nothing, and Rust files too long to be one thing.
//!
//! Files other people wrote (`tests/fixtures`) are looked at for nothing: they stay as they came.

use std::path::Path;

use crate::cache::Place;
use crate::process::{Failure, command, read, say};

/// A file over about 600 lines is usually two rooms; here it is one.
const LONGEST: usize = 700;

/// Folders whose content is not ours.
const FOREIGN: &[&str] = &["tests/fixtures/"];

/// Names that say nothing of what is inside.
const EMPTY_NAMES: &[&str] =
    &["util", "utils", "helper", "helpers", "common", "misc", "manager", "managers", "stuff", "shared"];

/// File endings of code we write.
const CODE: &[&str] = &["rs", "kt", "kts", "java", "swift", "sh", "py", "js", "mjs", "ts", "c", "h"];

/// Where a path begins that exists on one machine only. Put together here, so that this file passes its own check.
const MACHINE_PATHS: &[&str] = &[
    concat!("/", "root/"),
    concat!("/", "home/"),
    concat!("/", "Users/"),
    concat!("/", "work/"),
    concat!("/", "tmp/"),
    concat!("C:", "\\Users\\"),
];

/// Notes of unfinished work.
const UNFINISHED: &[&str] =
    &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("todo", "!("), concat!("unimplemented", "!(")];

/// How a secret begins, and how many letters and digits follow.
const SECRETS: &[(&str, usize)] = &[
    (concat!("AK", "IA"), 16),
    (concat!("gh", "p_"), 36),
    (concat!("github", "_pat_"), 40),
    (concat!("gl", "pat-"), 20),
    (concat!("np", "m_"), 36),
    (concat!("xox", "b-"), 10),
    (concat!("sk", "-ant-"), 20),
];

/// The files git tracks, and those it would track next, by their path below the top folder.
pub(crate) fn files(place: &Place) -> Result<Vec<String>, Failure> {
    let mut git = command("git");
    git.current_dir(&place.root);
    // A tree that belongs to another user is read all the same: nothing of it is run by git.
    git.args([
        "-c",
        "safe.directory=*",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
    ]);
    let names = read(&mut git)?;
    let exists = |file: &&str| !file.is_empty() && place.root.join(file).symlink_metadata().is_ok();
    Ok(names.split('\0').filter(exists).map(str::to_owned).collect())
}

/// Checks the tree and says what it checked.
pub(crate) fn check(place: &Place) -> Result<(), Failure> {
    let files = files(place)?;
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| !FOREIGN.iter().any(|folder| file.starts_with(folder))) {
        faults.extend(name_fault(file));
        let path = place.root.join(file);
        if path.is_file() {
            faults.extend(content_faults(file, &std::fs::read(path)?));
        }
    }
    if faults.is_empty() {
        return say(&format!("{} files, none with a word that does not belong", files.len()));
    }
    for fault in &faults {
        say(&format!("words: {fault}"))?;
    }
    Err(Failure::new(format!("{} words do not belong", faults.len())))
}

/// `key_manager.rs` or a folder `common`: a name that says nothing, or that something is of every kind.
fn name_fault(file: &str) -> Option<String> {
    let path = Path::new(file);
    let is_code =
        path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| CODE.contains(&ending));
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let folders = file.split('/').rev().skip(1);
    let empty = |name: &str| EMPTY_NAMES.contains(&name.to_lowercase().as_str());
    let found = folders.chain(stem.split(['_', '-']).filter(|_| is_code)).find(|name| empty(name))?;
    Some(format!("{file}: the name `{found}` does not say what is inside"))
}

/// Every fault of a file's content, with its line. What is not text has no words.
fn content_faults(file: &str, bytes: &[u8]) -> Vec<String> {
    let Ok(content) = std::str::from_utf8(bytes) else { return Vec::new() };
    let mut faults = Vec::new();
    let generated = content.lines().take(5).any(|line| line.contains("@generated"));
    let lines = content.lines().count();
    if file.ends_with(".rs") && lines > LONGEST && !generated {
        faults.push(format!("{file}: {lines} lines are more than {LONGEST}; it is probably two rooms"));
    }
    let following = content.lines().skip(1).chain([""]);
    for (number, (line, next)) in content.lines().zip(following).enumerate() {
        let at = number + 1;
        if let Some(path) = MACHINE_PATHS.iter().find(|path| begins_a_path(line, path)) {
            faults.push(format!("{file}:{at}: a path that exists on one machine only ({path}…)"));
        }
        if let Some(word) = UNFINISHED.iter().find(|word| stands_alone(line, word)) {
            faults.push(format!("{file}:{at}: unfinished ({word})"));
        }
        if holds_secret(line, next) {
            // The line itself is not shown: it would stand in every log.
            faults.push(format!("{file}:{at}: looks like a secret"));
        }
    }
    faults
}

/// The places where `pattern` is in `line`, as what stands before and after.
fn occurrences<'a>(line: &'a str, pattern: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    line.match_indices(pattern).map(move |(at, found)| (&line[..at], &line[at + found.len()..]))
}

/// `/x/` at the beginning of a path, and not in the middle of an address or of a longer path.
fn begins_a_path(line: &str, pattern: &str) -> bool {
    occurrences(line, pattern).any(|(before, _)| {
        before.ends_with("file://")
            || !before.ends_with(|last: char| last.is_alphanumeric() || "/._-~}>)*".contains(last))
    })
}

/// As a word of its own, and not inside a longer one.
fn stands_alone(line: &str, word: &str) -> bool {
    let in_a_word = |character: char| character.is_alphanumeric() || character == '_';
    occurrences(line, word).any(|(before, after)| {
        !before.ends_with(in_a_word) && (word.ends_with('(') || !after.starts_with(in_a_word))
    })
}

/// A token, or the beginning of a key block with its key: the header alone is a word that code may know.
fn holds_secret(line: &str, next: &str) -> bool {
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    let key = |text: &str| text.split(|c| !is_base64(c)).any(|run| run.len() >= 40);
    let key_block = line.split_once(concat!("PRIVATE ", "KEY-----")).is_some_and(|(before, after)| {
        before.contains(concat!("-----BEG", "IN ")) && (key(&after.replace("\\n", "\n")) || key(next))
    });
    key_block
        || SECRETS.iter().any(|(start, length)| {
            occurrences(line, start).any(|(before, after)| {
                let follows =
                    after.chars().take_while(|c| c.is_ascii_alphanumeric() || "_-".contains(*c)).count();
                follows >= *length && !before.ends_with(|last: char| last.is_ascii_alphanumeric())
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(content: &str) -> Vec<String> {
        content_faults("core/model/src/lib.rs", content.as_bytes())
    }

    #[test]
    fn machine_paths_are_told_from_addresses() {
        for path in MACHINE_PATHS {
            assert_eq!(of(&format!("open(\"{path}data\")")).len(), 1, "{path}");
            assert_eq!(of(&format!("one line\nfile://{path}data")), of(&format!("\n {path}")), "{path}");
        }
        for path in &MACHINE_PATHS[..5] {
            assert_eq!(
                of(&format!("https://hospital.example{path}Patient, ~{path}x, $HOME}}{path}")),
                Vec::<String>::new()
            );
        }
    }

    #[test]
    fn notes_of_unfinished_work_are_found_and_words_that_only_hold_them_are_not() {
        for word in UNFINISHED {
            let found = of(&format!("fine\n  {word} later"));
            assert_eq!(found.len(), 1, "{word}");
            assert!(found[0].starts_with("core/model/src/lib.rs:2: "), "{found:?}");
            assert_eq!(of(&format!("MA{word}")), Vec::<String>::new());
        }
    }

    #[test]
    fn a_secret_is_found_and_not_repeated() {
        let secret = format!("{}{}", SECRETS[0].0, "A1".repeat(8));
        let found = of(&format!("key = \"{secret}\""));
        assert_eq!(found.len(), 1);
        assert!(!found[0].contains(&secret));
        let header = concat!("-----BEG", "IN EC PRIVATE ", "KEY-----");
        let key = "MHcC".repeat(16);
        assert_eq!(of(&format!("{header}\n{key}\n")).len(), 1);
        assert_eq!(of(&format!("\"{header}\\n{key}\\n\"")).len(), 1);
        assert_eq!(of(&format!("(\"{header}\", NotAKeyFile),\nreturn;")), Vec::<String>::new());
        assert_eq!(of("-----BEGIN PUBLIC KEY-----, an npm_ variable"), Vec::<String>::new());
    }

    #[test]
    fn names_that_say_nothing_are_found_in_files_and_folders() {
        for bad in ["core/vault/src/utils.rs", "core/vault/tests/common/mod.rs", "android/app/key_manager.kt"]
        {
            assert!(name_fault(bad).is_some(), "{bad}");
        }
        for good in
            ["core/formats/data/ucum-common.tsv", "core/vault/src/managed.rs", "tests/scenarios/src/lib.rs"]
        {
            assert_eq!(name_fault(good), None, "{good}");
        }
    }

    #[test]
    fn a_rust_file_may_be_long_only_when_a_program_wrote_it() {
        let long = "// line\n".repeat(LONGEST + 1);
        assert_eq!(of(&long).len(), 1);
        assert_eq!(of(&format!("// @generated\n{long}")), Vec::<String>::new());
        assert_eq!(content_faults("README.md", long.as_bytes()), Vec::<String>::new());
    }

    #[test]
    fn bytes_that_are_no_text_are_left_alone() {
        assert_eq!(content_faults("photo.jpg", &[0xff, 0xd8, 0xff]), Vec::<String>::new());
    }
}
