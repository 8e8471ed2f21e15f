//! Whatever is wrong with a book's files, it is told by its own name, and every byte stays as it was (F17: a database
//! recreated because it did not open).

use std::path::{Path, PathBuf};
use std::process::Command;

use healthbook::own::{Note, OwnEntry};
use healthbook::{
    Argon2Cost, Book, ErrorCode, KeyFile, NewBook, Ports, RecoveryCode, Secret, SecretText, SlotKind, Ways,
};
use healthbook_scenarios::keeper::Keeper;
use healthbook_scenarios::stillness::{Still, copy_folder};
use healthbook_scenarios::*;
use healthbook_sqlite::rusqlite::OpenFlags;
use healthbook_vault::keys::{DataKey, Envelope};

const KEEPER: &str = env!("CARGO_BIN_EXE_keeper");

fn note(text: &str) -> OwnEntry {
    OwnEntry::Note(Note { text: text.into(), at: None })
}

/// A locked book with two notes.
fn locked() -> Shelf {
    let (shelf, book) = Shelf::new();
    book.add_entry(&note("ghi chú một"), ALL).unwrap();
    book.add_entry(&note("ghi chú hai"), ALL).unwrap();
    book.lock().unwrap();
    shelf
}

/// A copy of a book that was in use when its process was killed: its last entry stands in the WAL alone.
fn killed_in_use(shelf: &Shelf) -> PathBuf {
    let book = shelf.open().unwrap();
    book.add_entry(&note("ghi chú cuối cùng"), ALL).unwrap();
    let dir = shelf.around().join("killed");
    copy_folder(&shelf.dir(), &dir);
    std::fs::remove_file(dir.join("book.db-shm")).unwrap();
    assert!(std::fs::metadata(dir.join("book.db-wal")).unwrap().len() > 8192);
    dir
}

fn code_of(opened: Result<Book, healthbook::Error>) -> ErrorCode {
    match opened {
        Ok(_) => panic!("it opened"),
        Err(error) => error.code(),
    }
}

fn opens(dir: &Path, secret: Secret<'_>) -> Result<Book, healthbook::Error> {
    Book::open(dir, secret, Ports::system())
}

fn data_key(dir: &Path, key: &KeyFile) -> DataKey {
    let envelope = Envelope::parse(&std::fs::read(dir.join("book.keys")).unwrap()).unwrap();
    envelope.open(Secret::Keystore(key)).unwrap().remove(0).1
}

#[test]
fn a_wrong_secret_of_any_kind_is_told_and_changes_nothing() {
    let shelf = locked();
    let before = Still::of(&shelf.dir());
    let other = KeyFile::make(Ports::system().random).unwrap();
    let code = RecoveryCode::make(Ports::system().random.as_ref()).unwrap();
    let wrong = SecretText::from("bốn con mèo ngủ tối");
    assert_eq!(code_of(opens(&shelf.dir(), Secret::Passphrase(&wrong))), ErrorCode::WrongSecret);
    assert_eq!(code_of(opens(&shelf.dir(), Secret::Recovery(&code))), ErrorCode::WrongSecret);
    assert_eq!(code_of(opens(&shelf.dir(), Secret::Keystore(&other))), ErrorCode::WrongSecret);
    assert_eq!(Still::of(&shelf.dir()), before);
    // The right ones open it, the recovery code and a passphrase typed in decomposed letters too.
    let typed = SecretText::new(unicode_normalization::UnicodeNormalization::nfd(PASSPHRASE).collect());
    drop(opens(&shelf.dir(), Secret::Passphrase(&typed)).unwrap());
    drop(opens(&shelf.dir(), Secret::Recovery(&shelf.recovery)).unwrap());
    assert_eq!(everything(&shelf.open().unwrap(), ALL).len(), 3);
}

#[test]
fn damage_in_one_slot_of_the_keys_is_no_wrong_secret_and_the_other_slots_still_open() {
    let shelf = locked();
    let path = shelf.dir().join("book.keys");
    let whole = std::fs::read(&path).unwrap();
    let passphrase = SecretText::from(PASSPHRASE);
    let key = shelf.key();
    let secrets =
        [Secret::Keystore(&key), Secret::Passphrase(&passphrase), Secret::Recovery(&shelf.recovery)];
    let mut kinds_hit = std::collections::BTreeSet::new();
    // Every byte once, with another bit each time.
    for (at, bit) in (0..whole.len()).zip([0u32, 3, 7, 5, 1].into_iter().cycle()) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << bit;
        let mut failed = Vec::new();
        match Envelope::parse(&bytes) {
            Err(_) => continue,
            Ok(envelope) => {
                for secret in secrets {
                    if envelope.open(secret).is_err() {
                        failed.push(secret.kind());
                    }
                }
            }
        }
        assert!(failed.len() <= 1 || at < 25, "byte {at} hit {failed:?}");
        kinds_hit.extend(failed.iter().map(|kind| format!("{kind:?}")));
        // The whole way for a few of them: the file stays, and the other ways lead in.
        if at % 40 != 0 || failed.is_empty() {
            continue;
        }
        std::fs::write(&path, &bytes).unwrap();
        let before = Still::of(&shelf.dir());
        for secret in secrets.into_iter().filter(|secret| failed.contains(&secret.kind())) {
            assert_eq!(code_of(opens(&shelf.dir(), secret)), ErrorCode::KeysDamaged, "byte {at}");
            assert_eq!(Still::of(&shelf.dir()), before, "byte {at}");
        }
        for secret in secrets.into_iter().filter(|secret| !failed.contains(&secret.kind())) {
            let book = opens(&shelf.dir(), secret).unwrap();
            assert_eq!(everything(&book, ALL).len(), 3);
        }
    }
    assert_eq!(kinds_hit.len(), 3, "{kinds_hit:?}");
    // In the header: told as damage, never as a wrong secret.
    for at in 0..24 {
        let mut bytes = whole.clone();
        bytes[at] ^= 4;
        std::fs::write(&path, &bytes).unwrap();
        let before = Still::of(&shelf.dir());
        for secret in secrets {
            let code = code_of(opens(&shelf.dir(), secret));
            assert!(matches!(code, ErrorCode::KeysDamaged | ErrorCode::NewerBook), "byte {at}: {code:?}");
        }
        assert_eq!(Still::of(&shelf.dir()), before);
    }
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(everything(&shelf.open().unwrap(), ALL).len(), 3);
}

#[test]
fn a_damaged_slot_is_repaired_by_setting_that_way_anew() {
    let shelf = locked();
    let path = shelf.dir().join("book.keys");
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 40;
    bytes[last] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    assert_eq!(code_of(opens(&shelf.dir(), Secret::Recovery(&shelf.recovery))), ErrorCode::KeysDamaged);
    let book = shelf.open().unwrap();
    let code = book.renew_recovery_code().unwrap();
    drop(book);
    drop(opens(&shelf.dir(), Secret::Recovery(&code)).unwrap());
}

#[test]
fn missing_cut_off_and_foreign_keys_are_told_and_changes_nothing() {
    let shelf = locked();
    let path = shelf.dir().join("book.keys");
    let whole = std::fs::read(&path).unwrap();
    let key = shelf.key();

    std::fs::remove_file(&path).unwrap();
    let before = Still::of(&shelf.dir());
    assert_eq!(code_of(shelf.open()), ErrorCode::KeysMissing);
    assert_eq!(Still::of(&shelf.dir()), before);
    // Without its keys the book is still a book: no new one is made over it.
    let new = NewBook { keystore: Some(&key), ..NewBook::default() };
    let error = Book::create(&shelf.dir(), new, Ports::system()).err().unwrap();
    assert_eq!(error.code(), ErrorCode::BookExists);
    assert_eq!(Still::of(&shelf.dir()), before);

    for length in [0, 1, 24, 25, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).unwrap();
        let before = Still::of(&shelf.dir());
        match opens(&shelf.dir(), Secret::Recovery(&shelf.recovery)) {
            Err(error) => assert_eq!(error.code(), ErrorCode::KeysDamaged, "{length} bytes"),
            Ok(_) => panic!("{length} bytes are enough"),
        }
        assert_eq!(Still::of(&shelf.dir()), before);
    }

    // The keys of another book, also one that the same key file opens.
    let other = shelf.around().join("other");
    let new = NewBook { keystore: Some(&key), ..NewBook::default() };
    drop(Book::create(&other, new, Ports::system()).unwrap());
    std::fs::copy(other.join("book.keys"), &path).unwrap();
    let before = Still::of(&shelf.dir());
    assert_eq!(code_of(shelf.open()), ErrorCode::Damaged);
    assert_eq!(Still::of(&shelf.dir()), before);

    std::fs::write(&path, &whole).unwrap();
    assert_eq!(everything(&shelf.open().unwrap(), ALL).len(), 3);
}

#[test]
fn a_live_wal_outlives_every_failed_opening() {
    let shelf = locked();
    let dir = killed_in_use(&shelf);
    let keys = std::fs::read(dir.join("book.keys")).unwrap();
    let key = shelf.key();
    let other = shelf.around().join("other");
    drop(
        Book::create(&other, NewBook { keystore: Some(&key), ..NewBook::default() }, Ports::system())
            .unwrap(),
    );
    // The keys of another book that the same key file opens: the file is opened with a key that is not its own.
    std::fs::copy(other.join("book.keys"), dir.join("book.keys")).unwrap();
    let before = Still::of(&dir);
    for _ in 0..3 {
        assert_eq!(code_of(opens(&dir, Secret::Keystore(&key))), ErrorCode::Damaged);
        assert_eq!(Still::of(&dir), before);
    }
    std::fs::write(dir.join("book.keys"), keys).unwrap();
    // A newer schema, which stands in the WAL.
    let newer = shelf.around().join("newer");
    copy_folder(&dir, &newer);
    {
        let db = healthbook_sqlite::open(
            &newer.join("book.db"),
            OpenFlags::SQLITE_OPEN_READ_WRITE,
            &data_key(&newer, &key),
        )
        .unwrap();
        db.execute_batch("PRAGMA user_version = 99;").unwrap();
        let live = shelf.around().join("newer live");
        copy_folder(&newer, &live);
        std::fs::remove_file(live.join("book.db-shm")).unwrap();
    }
    let live = shelf.around().join("newer live");
    let before = Still::of(&live);
    assert_eq!(code_of(opens(&live, Secret::Keystore(&key))), ErrorCode::NewerBook);
    assert_eq!(Still::of(&live), before);

    let book = opens(&dir, Secret::Keystore(&key)).unwrap();
    assert_eq!(everything(&book, ALL).len(), 4, "the entry that stood in the WAL");
    assert_eq!(book.verify(&mut ()).unwrap(), []);
}

#[test]
fn a_rotation_killed_before_it_copied_loses_nothing_of_the_wal() {
    let shelf = locked();
    let dir = killed_in_use(&shelf);
    let key = shelf.key();
    // What the first step of a rotation leaves: slots of a second key, which no file is under yet.
    let mut envelope = Envelope::parse(&std::fs::read(dir.join("book.keys")).unwrap()).unwrap();
    let random = Ports::system().random;
    let next: DataKey = healthbook_vault::keys::make_secret(random.as_ref()).unwrap();
    let passphrase = SecretText::from(PASSPHRASE);
    for secret in [Secret::Keystore(&key), Secret::Passphrase(&passphrase)] {
        envelope.seal(2, &next, secret, random.as_ref(), Argon2Cost::LEAST).unwrap();
    }
    std::fs::write(dir.join("book.keys"), envelope.to_bytes().unwrap()).unwrap();
    // Damage is damage in that state too: who has both keys is not told that the secret is wrong.
    let harmed = shelf.around().join("harmed");
    copy_folder(&dir, &harmed);
    for name in ["book.db", "book.db-wal"] {
        let mut bytes = std::fs::read(harmed.join(name)).unwrap();
        bytes[200] ^= 1;
        std::fs::write(harmed.join(name), bytes).unwrap();
    }
    let before = Still::of(&harmed);
    assert_eq!(code_of(opens(&harmed, Secret::Passphrase(&passphrase))), ErrorCode::Damaged);
    assert_eq!(Still::of(&harmed), before);
    let book = opens(&dir, Secret::Passphrase(&passphrase)).unwrap();
    assert_eq!(everything(&book, ALL).len(), 4, "the entry that stood in the WAL");
    assert_eq!(book.verify(&mut ()).unwrap(), []);
    drop(book);
    let envelope = Envelope::parse(&std::fs::read(dir.join("book.keys")).unwrap()).unwrap();
    assert!(envelope.slots().all(|slot| slot.generation == 1), "{envelope:?}");
    drop(opens(&dir, Secret::Recovery(&shelf.recovery)).unwrap());
}

#[test]
fn a_newer_book_and_files_that_are_no_book_are_left_alone() {
    let shelf = locked();
    let path = shelf.dir().join("book.db");
    let whole = std::fs::read(&path).unwrap();
    let key = data_key(&shelf.dir(), &shelf.key());
    let with_sql = |sql: &str| {
        let db = healthbook_sqlite::open(&path, OpenFlags::SQLITE_OPEN_READ_WRITE, &key).unwrap();
        db.execute_batch(sql).unwrap();
        db.close().unwrap();
    };
    let stays = |expected: ErrorCode| {
        let before = Still::of(&shelf.dir());
        assert_eq!(code_of(shelf.open()), expected);
        let passphrase = SecretText::from(PASSPHRASE);
        assert_eq!(code_of(opens(&shelf.dir(), Secret::Passphrase(&passphrase))), expected);
        let new = NewBook { passphrase: Some(&passphrase), ..NewBook::default() };
        assert_eq!(
            Book::create(&shelf.dir(), new, Ports::system()).err().unwrap().code(),
            ErrorCode::BookExists
        );
        assert_eq!(Still::of(&shelf.dir()), before);
    };
    with_sql("PRAGMA user_version = 99;");
    stays(ErrorCode::NewerBook);

    std::fs::write(&path, &whole).unwrap();
    with_sql("PRAGMA application_id = 1;");
    stays(ErrorCode::Damaged);

    std::fs::remove_file(&path).unwrap();
    let plain = healthbook_sqlite::rusqlite::Connection::open(&path).unwrap();
    plain.execute_batch("CREATE TABLE t (x); INSERT INTO t VALUES ('mọi người đọc được');").unwrap();
    plain.close().unwrap();
    stays(ErrorCode::NotEncrypted);

    for bytes in [&b""[..], b"x", &[0; 8192], &whole[..100], &whole[8192..], b"SQLite format 3"] {
        std::fs::write(&path, bytes).unwrap();
        stays(ErrorCode::Damaged);
    }
    std::fs::remove_file(&path).unwrap();
    let before = Still::of(&shelf.dir());
    assert_eq!(code_of(shelf.open()), ErrorCode::NoBook);
    assert_eq!(Still::of(&shelf.dir()), before);
    std::fs::write(&path, &whole).unwrap();
    assert_eq!(everything(&shelf.open().unwrap(), ALL).len(), 3);
}

#[test]
fn a_book_that_somebody_has_open_is_in_use_and_is_free_when_they_are_gone() {
    let shelf = locked();
    let mut keeper = Keeper::start(KEEPER);
    keeper.ask(&format!("key {}", shelf.key_text().trim()));
    assert_eq!(keeper.ask(&format!("open {}", shelf.dir().display())), "open");
    assert_eq!(code_of(shelf.open()), ErrorCode::InUse);
    let key = shelf.key();
    let new = NewBook { keystore: Some(&key), ..NewBook::default() };
    assert_eq!(Book::create(&shelf.dir(), new, Ports::system()).err().unwrap().code(), ErrorCode::InUse);
    // What the other one writes meanwhile is not disturbed.
    assert!(keeper.ask("note trong lúc bị hỏi").starts_with("added "));
    assert_eq!(keeper.ask("suspend"), "suspended");
    // A suspended book is free; whoever suspended it is told when it is taken.
    let here = shelf.open().unwrap();
    assert_eq!(keeper.ask("resume"), "error in-use");
    assert_eq!(code_of(shelf.open()), ErrorCode::InUse, "a second time in this process");
    drop(here);
    assert_eq!(keeper.ask("resume"), "resumed");
    keeper.kill();
    // No lock outlives its owner (F11).
    assert_eq!(everything(&shelf.open().unwrap(), ALL).len(), 4);
}

#[test]
fn two_who_make_a_book_in_one_folder_at_once_make_one() {
    for _ in 0..10 {
        let around = tempfile::tempdir().unwrap();
        let dir = around.path().join("book");
        let keys: Vec<KeyFile> = (0..4).map(|_| KeyFile::make(Ports::system().random).unwrap()).collect();
        let made: Vec<bool> = std::thread::scope(|scope| {
            let makers: Vec<_> = keys
                .iter()
                .map(|key| {
                    let dir = &dir;
                    scope.spawn(move || {
                        let new = NewBook { keystore: Some(key), ..NewBook::default() };
                        match Book::create(dir, new, Ports::system()) {
                            Ok(_) => true,
                            Err(error) => {
                                assert!(matches!(error.code(), ErrorCode::InUse | ErrorCode::BookExists));
                                false
                            }
                        }
                    })
                })
                .collect();
            makers.into_iter().map(|maker| maker.join().unwrap()).collect()
        });
        assert_eq!(made.iter().filter(|made| **made).count(), 1);
        for (key, made) in keys.iter().zip(made) {
            assert_eq!(opens(&dir, Secret::Keystore(key)).is_ok(), made);
        }
    }
}

/// Whether this process is root, which ignores the modes of files.
fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .any(|line| line.strip_prefix("Uid:").is_some_and(|ids| ids.split_whitespace().next() == Some("0")))
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_folder_or_a_file_that_cannot_be_written_is_told_and_changes_nothing() {
    use std::os::unix::process::CommandExt;
    let shelf = locked();
    set_mode(shelf.around(), 0o755);
    let program = shelf.around().join("keeper");
    std::fs::copy(KEEPER, &program).unwrap();
    set_mode(&program, 0o755);
    let nobody = || {
        let mut command = Command::new(&program);
        command.current_dir("/");
        if is_root() {
            command.gid(65_534).uid(65_534);
        }
        Keeper::start_with(&mut command)
    };
    let files = |folder: u32, db: u32, keys: u32| {
        set_mode(&shelf.dir(), folder);
        set_mode(&shelf.dir().join("book.db"), db);
        set_mode(&shelf.dir().join("book.keys"), keys);
    };
    let before = Still::of(&shelf.dir());
    for (folder, db, keys, expected) in [
        (0o555, 0o444, 0o444, "error read-only"),
        (0o777, 0o444, 0o444, "error read-only"),
        (0o555, 0o666, 0o666, "error read-only"),
        (0o555, 0o666, 0o000, "error io"),
        (0o000, 0o666, 0o666, "error read-only"),
    ] {
        files(folder, db, keys);
        let mut keeper = nobody();
        keeper.ask(&format!("key {}", shelf.key_text().trim()));
        let answer = keeper.ask(&format!("open {}", shelf.dir().display()));
        assert_eq!(answer, expected, "{folder:o} {db:o} {keys:o}");
        let answer = keeper.ask(&format!("create {}", shelf.dir().join("new").display()));
        if folder != 0o777 {
            assert_eq!(answer, "error read-only", "{folder:o}");
        }
        keeper.leave();
        files(0o755, 0o644, 0o644);
        if folder == 0o777 {
            std::fs::remove_dir_all(shelf.dir().join("new")).unwrap();
        }
        assert_eq!(Still::of(&shelf.dir()), before, "{folder:o} {db:o} {keys:o}");
    }
    // And one that may, can: it is not something else about that process.
    files(0o777, 0o666, 0o666);
    let mut keeper = nobody();
    keeper.ask(&format!("key {}", shelf.key_text().trim()));
    assert_eq!(keeper.ask(&format!("open {}", shelf.dir().display())), "open");
    assert_eq!(keeper.ask("count"), "count 3");
    keeper.leave();
}

#[test]
fn a_way_changed_while_the_key_is_rotated_is_refused_and_neither_is_lost() {
    let (shelf, book) = Shelf::new();
    book.add_entry(&note("trước khi đổi khóa"), ALL).unwrap();
    let key = shelf.key();
    let passphrase = SecretText::from(PASSPHRASE);
    let ways = Ways { keystore: Some(&key), passphrase: Some(&passphrase), cost: Some(Argon2Cost::LEAST) };
    let mut answers = Vec::new();
    let new = SecretText::from("mật khẩu khác hẳn");
    let code = book
        .rotate_key(ways, &mut |_| {
            answers.push(book.change_passphrase(&new, Some(Argon2Cost::LEAST)).unwrap_err().code());
            answers.push(book.renew_recovery_code().unwrap_err().code());
            answers.push(book.rotate_key(ways, &mut ()).unwrap_err().code());
            healthbook::Flow::Continue
        })
        .unwrap();
    assert!(!answers.is_empty() && answers.iter().all(|code| *code == ErrorCode::Suspended), "{answers:?}");
    assert!(book.proves(&code).unwrap());
    assert_eq!(book.ways().unwrap(), [SlotKind::Keystore, SlotKind::Passphrase, SlotKind::Recovery]);
    // Afterwards it changes, and all three ways lead to the one key.
    book.change_passphrase(&new, Some(Argon2Cost::LEAST)).unwrap();
    drop(book);
    for secret in [Secret::Keystore(&key), Secret::Passphrase(&new), Secret::Recovery(&code)] {
        assert_eq!(everything(&opens(&shelf.dir(), secret).unwrap(), ALL).len(), 2);
    }
    assert_eq!(code_of(opens(&shelf.dir(), Secret::Passphrase(&passphrase))), ErrorCode::WrongSecret);
    // A book that is suspended, and may be somebody else's by now, does not touch the keys.
    let book = shelf.open().unwrap();
    book.suspend().unwrap();
    let before = Still::of(&shelf.dir());
    assert_eq!(book.renew_recovery_code().unwrap_err().code(), ErrorCode::Suspended);
    assert_eq!(Still::of(&shelf.dir()), before);
}
