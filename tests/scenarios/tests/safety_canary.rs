//! What is in a book stands in no file that anybody could read without its key: not in the book's own files, not in its
//! WAL, not in the home, not in the folder for temporary files (F18: encryption promised, not there).

use std::path::{Path, PathBuf};

use healthbook::{KeyFile, Ports};
use healthbook_scenarios::canary::Canary;
use healthbook_scenarios::keeper::Keeper;
use healthbook_scenarios::*;
use healthbook_vault::keys::{Envelope, Secret as VaultSecret};

const KEEPER: &str = env!("CARGO_BIN_EXE_keeper");

const NEW_PASSPHRASE: &str = "năm chú vịt bơi dưới ao";

/// A claim-like Bundle whose every word is looked for.
const HOSPITAL: &str = r#"{"resourceType":"Bundle","type":"collection","entry":[
 {"fullUrl":"https://benhvien.example/fhir/Patient/hoangyen","resource":{"resourceType":"Patient","id":"hoangyen",
  "identifier":[{"system":"https://bhxh.gov.vn/ma-the","value":"GD4790123456789"}],
  "name":[{"text":"Hoàng Thị Ngọc Yến"}],"birthDate":"1961-08-23","gender":"female",
  "address":[{"text":"Số 17 ngõ Cẩm Văn, Đống Đa"}],"telecom":[{"value":"0987000111"}]}},
 {"fullUrl":"https://benhvien.example/fhir/Condition/c1","resource":{"resourceType":"Condition","id":"c1",
  "subject":{"reference":"Patient/hoangyen"},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"E11.65"}],
  "text":"Đái tháo đường típ hai có biến chứng"},"onsetDateTime":"2019-04-02"}},
 {"fullUrl":"https://benhvien.example/fhir/Condition/c2","resource":{"resourceType":"Condition","id":"c2",
  "subject":{"reference":"Patient/hoangyen"},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"F32.2"}],
  "text":"Giai đoạn trầm cảm nặng"},"onsetDateTime":"2020-11-30"}},
 {"fullUrl":"https://benhvien.example/fhir/DocumentReference/d1","resource":{"resourceType":"DocumentReference","id":"d1",
  "status":"current","subject":{"reference":"Patient/hoangyen"},"content":[{"attachment":{"contentType":"text/plain",
  "title":"Giấy ra viện","data":"ATTACHED"}}]}}]}"#;

/// The attachment, before it is base64.
const ATTACHMENT: &str = "Phầu thuật cắt túi mật nội soi";

const NOTES: [&str; 3] = [
    "Chóng mặt lúc nửa đêm sau khi uống thuốc",
    "Chóng mặt đã hết hẳn, ăn ngủ bình thường",
    "Bí mật không muốn ai biết",
];

fn words() -> Canary {
    let mut canary = Canary::default();
    for text in [
        "Hoàng Thị Ngọc Yến",
        "Ngọc Yến",
        "Nguyễn Thị Mẫu",
        "1961-08-23",
        "1958-03-12",
        "GD4790123456789",
        "0987000111",
        "Số 17 ngõ Cẩm Văn",
        "E11.65",
        "F32.2",
        "Đái tháo đường",
        "biến chứng",
        "trầm cảm nặng",
        "hospital-of-yen.json",
        "benhvien.example",
        "DocumentReference",
        "resourceType",
        ATTACHMENT,
        PASSPHRASE,
        NEW_PASSPHRASE,
        "CREATE TABLE",
        "indexed_text",
    ] {
        canary.text(text);
    }
    for note in NOTES {
        canary.text(note);
    }
    canary
}

/// Adds a recovery code: as it is shown, its digits, and the bytes it stands for.
fn add_recovery(canary: &mut Canary, shown: &str) {
    canary.text(shown);
    let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(digits.len(), 48);
    canary.text(&digits);
    let bytes: Vec<u8> = shown
        .split('-')
        .flat_map(|group| u16::try_from(group.parse::<u32>().unwrap() / 11).unwrap().to_be_bytes())
        .collect();
    canary.secret("the recovery code's bytes", &bytes);
    for group in shown.split('-').collect::<Vec<_>>().windows(2) {
        canary.text(&group.join("-"));
    }
}

/// Adds the data keys that `book.keys` holds now.
fn add_data_keys(canary: &mut Canary, dir: &Path, key: &KeyFile) -> usize {
    let envelope = Envelope::parse(&std::fs::read(dir.join("book.keys")).unwrap()).unwrap();
    let keys = envelope.open(VaultSecret::Keystore(key)).unwrap();
    for (_, key) in &keys {
        canary.secret("the data key", key.expose());
    }
    keys.len()
}

struct Story {
    around: tempfile::TempDir,
    key: KeyFile,
    canary: Canary,
}

impl Story {
    fn new() -> (Self, Keeper) {
        let around = tempfile::tempdir().unwrap();
        let key = KeyFile::make(Ports::system().random).unwrap();
        let mut canary = words();
        let text = key.to_text();
        canary.text(text.expose().trim());
        let digits = text.expose().trim().rsplit(' ').next().unwrap().to_owned();
        canary.secret("the key file's key", &data_encoding::HEXLOWER.decode(digits.as_bytes()).unwrap());
        std::fs::create_dir(around.path().join("outside")).unwrap();
        let attached = data_encoding::BASE64.encode(ATTACHMENT.as_bytes());
        let file = HOSPITAL.replace("ATTACHED", &attached);
        std::fs::write(around.path().join("outside/hospital-of-yen.json"), file).unwrap();
        let mut keeper = Keeper::start_at(KEEPER, &around.path().join("inside"));
        keeper.ask(&format!("key {}", text.expose().trim()));
        (Self { around, key, canary }, keeper)
    }

    fn dir(&self) -> PathBuf {
        self.around.path().join("inside/home/book")
    }

    fn file(&self) -> PathBuf {
        self.around.path().join("outside/hospital-of-yen.json")
    }

    /// The home, the folder for temporary files, the working folder, and the book in the home.
    fn nothing_is_seen(&self, after: &str) {
        let inside = self.around.path().join("inside");
        assert!(self.dir().join("book.keys").exists() || after == "nothing", "{after}");
        let found = self.canary.found_under(&[&inside]);
        assert!(found.is_empty(), "after {after}: {found:?}");
        // And nothing at all is written anywhere but in the book's folder.
        let strays: Vec<PathBuf> = files_under(&inside)
            .into_iter()
            .map(|(path, _)| path)
            .filter(|path| {
                let name = path.file_name().unwrap().to_str().unwrap();
                path.parent() != Some(&self.dir())
                    || !["book.db", "book.db-wal", "book.db-shm", "book.keys"].contains(&name)
            })
            .collect();
        assert!(strays.is_empty(), "after {after}: {strays:?}");
    }
}

#[test]
fn no_word_and_no_secret_stands_in_any_file_whatever_was_done_with_the_book() {
    let (mut story, mut keeper) = Story::new();
    let dir = story.dir();
    let created = keeper.ask(&format!("create {}", dir.display()));
    add_recovery(&mut story.canary, created.strip_prefix("created ").unwrap());
    assert_eq!(add_data_keys(&mut story.canary, &dir, &story.key), 1);
    assert!(story.canary.shapes() > 500, "{}", story.canary.shapes());
    story.nothing_is_seen("making");

    assert_eq!(keeper.ask(&format!("import {}", story.file().display())), "imported 4 4 0");
    story.nothing_is_seen("importing");

    let added = keeper.ask(&format!("note {}", NOTES[0]));
    // What was just written stands in the WAL alone.
    let wal = std::fs::metadata(dir.join("book.db-wal")).unwrap().len();
    assert!(wal > 8192, "the WAL is live: {wal}");
    story.nothing_is_seen("adding, with a live WAL");
    let id = added.strip_prefix("added ").unwrap().to_owned();
    assert_eq!(keeper.ask(&format!("edit {id} {}", NOTES[1])), "edited");
    story.nothing_is_seen("editing");
    assert_eq!(keeper.ask("search trầm cảm"), "found 1");
    assert_eq!(keeper.ask("search chong mat"), "found 1");
    story.nothing_is_seen("searching");
    let exported = keeper.ask("export");
    assert!(exported.starts_with("exported 6 "), "{exported}");
    story.nothing_is_seen("exporting to memory");
    assert_eq!(keeper.ask(&format!("delete {id}")), "deleted");
    story.nothing_is_seen("deleting");
    assert_eq!(keeper.ask(&format!("purge {id}")), "purged");
    story.nothing_is_seen("purging");

    let rotated = keeper.ask("rotate");
    add_recovery(&mut story.canary, rotated.strip_prefix("rotated ").unwrap());
    assert_eq!(add_data_keys(&mut story.canary, &dir, &story.key), 1);
    story.nothing_is_seen("rotating");
    assert_eq!(keeper.ask(&format!("passphrase {NEW_PASSPHRASE}")), "changed");
    story.nothing_is_seen("changing the passphrase");
    keeper.ask(&format!("note {}", NOTES[2]));
    assert_eq!(keeper.ask("verify"), "problems 0");
    story.nothing_is_seen("verifying");
    assert_eq!(keeper.ask("suspend"), "suspended");
    story.nothing_is_seen("suspending");
    assert_eq!(keeper.ask("resume"), "resumed");
    assert_eq!(keeper.ask("lock"), "locked");
    story.nothing_is_seen("locking");
    keeper.leave();
    assert!(!dir.join("book.db-wal").exists(), "a locked book is one file and its keys");
}

#[test]
fn no_word_stands_in_what_a_killed_process_leaves() {
    let (mut story, mut keeper) = Story::new();
    let dir = story.dir();
    let created = keeper.ask(&format!("create {}", dir.display()));
    add_recovery(&mut story.canary, created.strip_prefix("created ").unwrap());
    add_data_keys(&mut story.canary, &dir, &story.key);
    keeper.ask(&format!("note {}", NOTES[0]));
    keeper.tell(&format!("import {}", story.file().display()));
    assert!(keeper.hear().unwrap().starts_with("received"));
    keeper.kill();
    assert!(std::fs::metadata(dir.join("book.db-wal")).unwrap().len() > 0, "the WAL is live");
    story.nothing_is_seen("a kill in the middle of an import");
}

#[test]
fn the_search_for_plaintext_finds_it_in_a_plain_file() {
    let canary = words();
    let around = tempfile::tempdir().unwrap();
    let path = around.path().join("plain.db");
    // The same words, in a database without a cipher: what the book would be if the cipher were missing.
    let db = healthbook_sqlite::rusqlite::Connection::open(&path).unwrap();
    db.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE indexed_text (text TEXT, folded TEXT);")
        .unwrap();
    db.execute(
        "INSERT INTO indexed_text VALUES (?1, ?2)",
        [HOSPITAL, &healthbook_vault::fold::folded(HOSPITAL)],
    )
    .unwrap();
    let found = canary.found_under(&[around.path()]);
    let mut shapes: Vec<&str> = found.iter().map(|(_, what)| what.as_str()).collect();
    shapes.sort_unstable();
    shapes.dedup();
    for shape in ["as written", "folded"] {
        assert!(shapes.contains(&shape), "{shape} of {shapes:?}");
    }
    assert!(found.iter().any(|(path, _)| path.ends_with("plain.db-wal")), "in the WAL too: {found:?}");
    drop(db);

    let put = |name: &str, bytes: &[u8]| std::fs::write(around.path().join(name), bytes).unwrap();
    let wide: Vec<u8> = "xx Ngọc Yến".encode_utf16().flat_map(u16::to_le_bytes).collect();
    put("utf16", &wide);
    put("upper", "HOÀNG THỊ NGỌC YẾN".as_bytes());
    put("folded upper", b"HOANG THI NGOC YEN");
    put("base64 at 1", data_encoding::BASE64.encode("x Đái tháo đường".as_bytes()).as_bytes());
    put("Nguyễn Thị Mẫu.pdf", b"");
    let found = canary.found_under(&[around.path()]);
    for name in ["utf16", "upper", "folded upper", "base64 at 1", "Nguyễn Thị Mẫu.pdf"] {
        assert!(found.iter().any(|(path, _)| path.ends_with(name)), "{name}");
    }

    // A secret is found in its bytes and in its digits.
    let mut secret = Canary::default();
    let key: [u8; 32] = std::array::from_fn(|n| u8::try_from(n * 7).unwrap());
    secret.secret("a key", &key);
    assert_eq!(secret.found_under(&[around.path()]), []);
    put("raw", &[&[0; 100], key.as_slice()].concat());
    put("digits", data_encoding::HEXLOWER.encode(&key).as_bytes());
    assert_eq!(secret.found_under(&[around.path()]).len(), 2);
}
