//! What a locked book leaves in the memory of its process: no key, no secret, no page.
#![cfg(target_os = "linux")]

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::HEXLOWER;
use healthbook::{Argon2Cost, Keystore, KeystoreError, RecoveryCode, Secret};
use healthbook_scenarios::memory::{Disguise, found_in, masked, note, passphrase};
use healthbook_sqlite::rusqlite::OpenFlags;
use healthbook_vault::fold::folded;
use healthbook_vault::keys::Envelope;

const FORGETFUL: &str = env!("CARGO_BIN_EXE_forgetful");

/// The disguise, noting down the slot keys that go through it.
#[derive(Default)]
struct Noting(std::sync::Mutex<Vec<Vec<u8>>>);

impl Keystore for Noting {
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        Disguise.seal(plain)
    }

    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        let plain = Disguise.open(sealed)?;
        self.0.lock().unwrap().push(plain.clone());
        Ok(plain)
    }
}

/// Every secret of an envelope, as it stands on the disk now.
fn secrets(dir: &Path, generation: u32, code: &str, needles: &mut Vec<(String, Vec<u8>)>) {
    let mut put = |what: &str, bytes: &[u8]| needles.push((format!("{what} {generation}"), bytes.to_vec()));
    let bytes = std::fs::read(dir.join("book.keys")).unwrap();
    let envelope = Envelope::parse(&bytes).unwrap();
    let noting = Noting::default();
    let keys = envelope.open(Secret::Keystore(&noting)).unwrap();
    assert_eq!(keys[0].0, generation);
    put("data key", keys[0].1.expose());
    put("slot key of the keystore", &noting.0.lock().unwrap()[0]);

    // A passphrase slot's body begins with the cost and the salt.
    let cost = Argon2Cost::LEAST;
    let numbers: Vec<u8> =
        [cost.m_kib(), cost.passes(), cost.lanes()].iter().flat_map(|n| n.to_le_bytes()).collect();
    let at = memchr::memmem::find(&bytes, &numbers).expect("a passphrase slot") + numbers.len();
    let params = Params::new(cost.m_kib(), cost.passes(), cost.lanes(), Some(32)).unwrap();
    let mut blocks = vec![argon2::Block::default(); params.block_count()];
    let mut slot_key = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(
            passphrase().expose().as_bytes(),
            &bytes[at..at + 16],
            &mut slot_key,
            &mut blocks,
        )
        .unwrap();
    put("slot key of the passphrase", &slot_key);

    put("recovery code", code.as_bytes());
    put("recovery code, digits only", code.replace('-', "").as_bytes());
    let digits: Vec<u8> = code.bytes().filter(u8::is_ascii_digit).map(|digit| digit - b'0').collect();
    put("recovery code, as numbers", &digits);
    let raw: Vec<u8> = code
        .split('-')
        .flat_map(|group| u16::try_from(group.parse::<u32>().unwrap() / 11).unwrap().to_be_bytes())
        .collect();
    put("recovery code, its bits", &raw);
    assert_eq!(RecoveryCode::parse(code).unwrap().to_text().expose(), code);

    let db = healthbook_sqlite::open(
        &dir.canonicalize().unwrap().join("book.db"),
        OpenFlags::SQLITE_OPEN_READ_ONLY,
        &keys[0].1,
    )
    .unwrap();
    let hash_key: Vec<u8> =
        db.query_row("SELECT value FROM meta WHERE key = 'hash_key'", [], |row| row.get(0)).unwrap();
    put("key of the hashes", &hash_key);
}

#[test]
fn a_locked_book_leaves_no_key_no_secret_and_no_page_in_memory() {
    let around = tempfile::tempdir().unwrap();
    let dir = around.path().join("book");
    let file = around.path().join("visit.ndjson");
    let sentence = "Viêm quanh răng mạn tính, hẹn lấy cao răng quý sau";
    let mut visit = String::new();
    for n in 0..200 {
        visit.push_str(&format!(
            "{{\"resourceType\":\"Condition\",\"id\":\"c{n}\",\"subject\":{{\"reference\":\"Patient/1\"}},\
             \"code\":{{\"text\":\"{sentence}\"}},\"onsetDateTime\":\"2025-01-{:02}\"}}\n",
            1 + n % 28
        ));
    }
    std::fs::write(&file, visit).unwrap();

    let mut child = Command::new(FORGETFUL)
        .args([&dir, &file])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let orders = RefCell::new(child.stdin.take().unwrap());
    let go_on = || writeln!(orders.borrow_mut()).unwrap();
    let code_in = |line: &str| {
        let bytes = HEXLOWER.decode(line.strip_prefix("code ").unwrap().as_bytes()).unwrap();
        String::from_utf8(masked(&bytes)).unwrap()
    };
    let first = code_in(&lines.next().unwrap());
    assert_eq!(lines.next().unwrap(), "made");
    let mut needles = vec![
        ("passphrase".to_owned(), passphrase().expose().as_bytes().to_vec()),
        ("a note".to_owned(), note().expose().as_bytes().to_vec()),
        ("a note, as search has it".to_owned(), folded(note().expose()).into_bytes()),
        ("a diagnosis".to_owned(), sentence.as_bytes().to_vec()),
        ("a diagnosis, as search has it".to_owned(), folded(sentence).into_bytes()),
    ];
    secrets(&dir, 1, &first, &mut needles);
    go_on();
    assert_eq!(lines.next().unwrap(), "open");
    let open = found_in(child.id(), &needles).unwrap();
    assert!(open.iter().any(|(what, ..)| what == "data key 1"), "the look finds what is there: {open:?}");
    assert!(open.iter().any(|(what, ..)| what == "a diagnosis"), "{open:?}");
    go_on();
    let second = code_in(&lines.next().unwrap());
    assert_eq!(lines.next().unwrap(), "locked");
    secrets(&dir, 2, &second, &mut needles);
    let locked = found_in(child.id(), &needles).unwrap();
    go_on();
    assert!(child.wait().unwrap().success());
    println!("open: {open:#?}");
    assert!(locked.is_empty(), "{locked:#?}");
}
