//! The terminal's keystore: a file with a key, which the person keeps where the book is not.

use std::sync::Arc;

use healthbook_model::{Keystore, KeystoreError, Random, RandomError, SecretBytes, SecretText};

use super::random::make_secret;
use super::seal::SealingKey;

const LABEL: &str = "HEALTHBOOK-KEY-";
const VERSION: &str = "1";
const ASSOCIATED: &[u8] = b"healthbook key file v1";

/// A key file, read: one line, `HEALTHBOOK-KEY-1` and 64 hexadecimal digits.
///
/// It seals with AES-256-GCM, nonce in front, so that a key file serves several books.
pub struct KeyFile {
    key: SecretBytes<32>,
    random: Arc<dyn Random>,
}

/// Why a text is not a key file. The text itself is never repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// It does not begin as a key file does.
    #[error("this is not a key file: one line \"HEALTHBOOK-KEY-1\" and 64 hexadecimal digits are expected")]
    NotAKeyFile,
    /// A newer program wrote it.
    #[error("the key file has a version that this program does not know; a newer program is needed")]
    NewerVersion,
    /// The key in it is cut off, too long, or holds something else than hexadecimal digits.
    #[error("the key file is damaged: 64 hexadecimal digits are expected after \"HEALTHBOOK-KEY-1\"")]
    Digits,
}

impl KeyFile {
    /// Makes a new key. The source of randomness is kept for sealing.
    ///
    /// # Errors
    /// When there is no randomness to be had.
    pub fn make(random: Arc<dyn Random>) -> Result<Self, RandomError> {
        Ok(Self { key: make_secret(random.as_ref())?, random })
    }

    /// Reads the text of a key file; space and line breaks around it do not matter.
    ///
    /// # Errors
    /// See [`KeyFileError`].
    pub fn parse(text: &str, random: Arc<dyn Random>) -> Result<Self, KeyFileError> {
        let line = text.trim_start_matches('\u{feff}').trim();
        let (version, digits) = line
            .strip_prefix(LABEL)
            .and_then(|rest| rest.split_once(' '))
            .ok_or(KeyFileError::NotAKeyFile)?;
        if version != VERSION {
            let is_number = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit());
            return Err(if is_number { KeyFileError::NewerVersion } else { KeyFileError::NotAKeyFile });
        }
        let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
        let key = SecretBytes::filled(|key: &mut [u8; 32]| {
            if pairs.len() != key.len() || !rest.is_empty() {
                return Err(KeyFileError::Digits);
            }
            for (byte, [high, low]) in key.iter_mut().zip(pairs) {
                *byte = (nibble(*high)? << 4) | nibble(*low)?;
            }
            Ok(())
        })?;
        Ok(Self { key, random })
    }

    /// The text of the file, with the line break at its end.
    #[must_use]
    pub fn to_text(&self) -> SecretText {
        let mut text = String::with_capacity(LABEL.len() + VERSION.len() + 66);
        text.push_str(LABEL);
        text.push_str(VERSION);
        text.push(' ');
        for byte in self.key.expose() {
            text.extend(char::from_digit(u32::from(byte >> 4), 16));
            text.extend(char::from_digit(u32::from(byte & 0xf), 16));
        }
        text.push('\n');
        SecretText::new(text)
    }
}

fn nibble(digit: u8) -> Result<u8, KeyFileError> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok()).ok_or(KeyFileError::Digits)
}

impl Keystore for KeyFile {
    fn seal(&self, plain: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        SealingKey::new(&self.key)
            .and_then(|key| key.seal(plain, ASSOCIATED, self.random.as_ref()))
            .map_err(|_| KeystoreError::Failed)
    }

    /// What another key file sealed is told as [`KeystoreError::WrongKey`]: no key of this one is lost.
    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        let mut plain = SealingKey::new(&self.key)
            .map_err(|_| KeystoreError::Failed)?
            .open(sealed, ASSOCIATED)
            .ok_or(KeystoreError::WrongKey)?;
        Ok(std::mem::take(&mut *plain))
    }
}

impl std::fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyFile([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::tests::Counting;

    const TEXT: &str = "HEALTHBOOK-KEY-1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

    fn random() -> Arc<dyn Random> {
        Arc::new(Counting::from(0))
    }

    #[test]
    fn a_key_file_is_one_line() {
        assert_eq!(KeyFile::make(random()).unwrap().to_text().expose(), TEXT);
        for text in
            [TEXT.to_owned(), TEXT.replace('\n', "\r\n"), TEXT.trim().to_owned(), format!("\u{feff}{TEXT}")]
        {
            assert_eq!(KeyFile::parse(&text, random()).unwrap().to_text().expose(), TEXT);
        }
        let upper = TEXT.to_uppercase();
        assert_eq!(KeyFile::parse(&upper, random()).unwrap().to_text().expose(), TEXT);
    }

    #[test]
    fn what_is_no_key_file_is_refused_without_repeating_it() {
        let longer = TEXT.replace('\n', "00");
        let foreign = TEXT.replace("0f", "0g");
        let signed = TEXT.replace("0f", "+f");
        let twice = TEXT.repeat(2);
        let newer = TEXT.replace("KEY-1", "KEY-2");
        for (text, error) in [
            ("", KeyFileError::NotAKeyFile),
            ("0001020304", KeyFileError::NotAKeyFile),
            ("HEALTHBOOK-KEY-1", KeyFileError::NotAKeyFile),
            ("HEALTHBOOK-KEY-one 00", KeyFileError::NotAKeyFile),
            ("-----BEGIN PRIVATE KEY-----", KeyFileError::NotAKeyFile),
            (newer.as_str(), KeyFileError::NewerVersion),
            (TEXT.trim().strip_suffix('f').unwrap(), KeyFileError::Digits),
            (longer.as_str(), KeyFileError::Digits),
            (foreign.as_str(), KeyFileError::Digits),
            (signed.as_str(), KeyFileError::Digits),
            (twice.as_str(), KeyFileError::Digits),
        ] {
            assert_eq!(KeyFile::parse(text, random()).unwrap_err(), error, "{text}");
            assert!(!error.to_string().contains("000102"));
        }
    }

    #[test]
    fn what_one_key_file_sealed_no_other_opens() {
        let mine = KeyFile::make(random()).unwrap();
        let other = KeyFile::make(Arc::new(Counting::from(1))).unwrap();
        let sealed = mine.seal(b"slot key").unwrap();
        assert_eq!(mine.open(&sealed).unwrap(), b"slot key");
        assert_eq!(other.open(&sealed), Err(KeystoreError::WrongKey));
        for length in 0..sealed.len() {
            assert_eq!(mine.open(&sealed[..length]), Err(KeystoreError::WrongKey), "{length}");
        }
    }
}
