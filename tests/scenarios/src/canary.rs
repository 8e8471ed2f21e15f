//! Looks for plaintext where there must be none: in the bytes of every file, in every shape a text is likely to take.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use data_encoding::{BASE32, BASE64, HEXLOWER, HEXUPPER};
use healthbook_vault::fold::folded;
use unicode_normalization::UnicodeNormalization;

use crate::files_under;

/// What must stand in no file.
#[derive(Default)]
pub struct Canary {
    /// Bytes, and what they are.
    needles: BTreeMap<Vec<u8>, String>,
}

impl Canary {
    /// A text that a person or a hospital wrote: as it is, composed and decomposed, folded, in capitals, in both
    /// encodings of two bytes a letter, and in base64 wherever it begins.
    pub fn text(&mut self, text: &str) -> &mut Self {
        let composed: String = text.nfc().collect();
        let shapes = [
            ("as written", text.to_owned()),
            ("composed", composed.clone()),
            ("decomposed", text.nfd().collect()),
            ("folded", folded(text)),
            ("lower case", composed.to_lowercase()),
            ("upper case", composed.to_uppercase()),
            ("folded upper case", folded(text).to_uppercase()),
        ];
        for (shape, bytes) in shapes {
            let wide = |order: fn(u16) -> [u8; 2]| bytes.encode_utf16().flat_map(order).collect::<Vec<u8>>();
            self.bytes(&format!("{shape}, UTF-16LE"), &wide(u16::to_le_bytes));
            self.bytes(&format!("{shape}, UTF-16BE"), &wide(u16::to_be_bytes));
            self.encoded(shape, bytes.as_bytes());
        }
        self
    }

    /// A secret: its bytes, and their usual spellings.
    pub fn secret(&mut self, what: &str, bytes: &[u8]) -> &mut Self {
        self.encoded(what, bytes);
        self.bytes(&format!("{what}, hexadecimal"), HEXLOWER.encode(bytes).as_bytes());
        self.bytes(&format!("{what}, HEXADECIMAL"), HEXUPPER.encode(bytes).as_bytes());
        self.bytes(&format!("{what}, base32"), BASE32.encode(bytes).trim_end_matches('=').as_bytes());
        let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
        self.bytes(&format!("{what}, reversed"), &reversed)
    }

    /// The bytes, and their base64 at each of the three places at which they can begin in a group.
    fn encoded(&mut self, what: &str, bytes: &[u8]) {
        self.bytes(what, bytes);
        for before in 0..3usize {
            let mut padded = vec![0; before];
            padded.extend_from_slice(bytes);
            let text = BASE64.encode(&padded);
            // Digits that hang on a neighbour are left out.
            let from = (before * 8).div_ceil(6);
            let to = padded.len() * 8 / 6;
            self.bytes(&format!("{what}, base64"), &text.as_bytes()[from..to]);
        }
    }

    fn bytes(&mut self, what: &str, bytes: &[u8]) -> &mut Self {
        assert!(bytes.len() >= 5, "{what} is too short to be looked for");
        self.needles.entry(bytes.to_vec()).or_insert_with(|| what.to_owned());
        self
    }

    /// How many shapes are looked for.
    pub fn shapes(&self) -> usize {
        self.needles.len()
    }

    /// Every place where one of them stands, in files and in their names.
    pub fn found_under(&self, dirs: &[&Path]) -> Vec<(PathBuf, String)> {
        let mut found = Vec::new();
        for (path, bytes) in dirs.iter().flat_map(|dir| files_under(dir)) {
            let name = path.to_string_lossy().into_owned();
            for (needle, what) in &self.needles {
                let in_bytes = memchr::memmem::find(&bytes, needle).is_some();
                if in_bytes || memchr::memmem::find(name.as_bytes(), needle).is_some() {
                    found.push((path.clone(), what.clone()));
                }
            }
        }
        found
    }
}
