//! What stays in the memory of a process: the secrets of a book that a story must know without having them lie about, and
//! the look into another process.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use healthbook::{Keystore, KeystoreError, SecretText};

/// Bytes that stand in the program and in what it says only in this disguise.
const MASK: u8 = 0x5a;

/// Puts bytes into disguise, or takes them out of it.
pub fn masked(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| byte ^ MASK).collect()
}

/// `masked`, at compile time, so that no plain copy is in the program.
const fn masked_text<const N: usize>(text: &str) -> [u8; N] {
    let bytes = text.as_bytes();
    let mut masked = [0; N];
    let mut n = 0;
    while n < N {
        masked[n] = bytes[n] ^ MASK;
        n += 1;
    }
    masked
}

const PASSPHRASE: [u8; 30] = masked_text("ba con cua bò ngang bãi cát");
const NOTE: [u8; 49] = masked_text("Đau đầu sau khi ăn khế chua buổi chiều");

fn text_of(disguised: &[u8]) -> SecretText {
    // Reserved whole: growing would leave a piece behind.
    let mut text = String::with_capacity(disguised.len());
    let mut letter = [0; 4];
    let mut length = 0;
    for byte in disguised {
        letter[length] = byte ^ MASK;
        length += 1;
        if let Ok(part) = std::str::from_utf8(&letter[..length]) {
            text.push_str(part);
            length = 0;
        }
    }
    SecretText::new(text)
}

/// The passphrase of the story.
pub fn passphrase() -> SecretText {
    text_of(&PASSPHRASE)
}

/// What the person writes in the story.
pub fn note() -> SecretText {
    text_of(&NOTE)
}

/// A keystore that seals by disguise, so that a story can tell slot keys from what stands in the envelope.
pub struct Disguise;

impl Keystore for Disguise {
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        Ok(masked(plain))
    }

    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        Ok(masked(sealed))
    }
}

/// A part of a process's memory in which something was found: what, in which mapping, how often.
pub type Find = (String, String, usize);

/// Looks for these in all that a process has in memory and may read (Linux).
pub fn found_in(pid: u32, needles: &[(String, Vec<u8>)]) -> std::io::Result<Vec<Find>> {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps"))?;
    let mut memory = File::open(format!("/proc/{pid}/mem"))?;
    let mut found = Vec::new();
    let mut read = 0;
    for line in maps.lines() {
        let mut parts = line.split_whitespace();
        let (Some(range), Some(rights)) = (parts.next(), parts.next()) else { continue };
        let name = parts.nth(3).unwrap_or("anonymous");
        if !rights.starts_with('r') || name.starts_with("[v") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let [from, to] = [from, to].map(|hex| u64::from_str_radix(hex, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        memory.seek(SeekFrom::Start(from))?;
        // A mapping beyond the end of its file has no memory.
        if memory.read_exact(&mut bytes).is_err() {
            continue;
        }
        read += bytes.len();
        for (what, needle) in needles {
            let count = memchr::memmem::find_iter(&bytes, needle).count();
            if count > 0 {
                found.push((what.clone(), name.to_owned(), count));
            }
        }
    }
    assert!(read > 1_000_000, "{read} bytes of memory were read");
    Ok(found)
}
