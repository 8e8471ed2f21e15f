//! The envelope as a whole, and the primitives against published vectors.

mod damage;
mod frozen;
mod secrets;
mod slots;
mod vectors;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use healthbook_model::{Random, RandomError, SecretBytes, SecretText};

use super::{Argon2Cost, DataKey, Envelope, KeyFile, RecoveryCode, Secret};

/// Randomness that counts up, so that what is written is the same in every run.
pub(super) struct Counting(AtomicU8);

impl Counting {
    pub(super) fn from(start: u8) -> Self {
        Self(AtomicU8::new(start))
    }
}

impl Random for Counting {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomError> {
        for byte in buffer {
            *byte = self.0.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// A device without randomness.
pub(super) struct Dry;

impl Random for Dry {
    fn fill(&self, _: &mut [u8]) -> Result<(), RandomError> {
        Err(RandomError)
    }
}

pub(super) fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| u8::try_from(c.to_digit(16).unwrap()).unwrap())
        .collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const BOOK: [u8; 16] = *b"book of Nguyen A";

/// Lan's three secrets.
struct Lan {
    key_file: KeyFile,
    passphrase: SecretText,
    recovery: RecoveryCode,
}

impl Lan {
    fn new() -> Self {
        Self {
            key_file: KeyFile::make(Arc::new(Counting::from(0))).unwrap(),
            passphrase: "gió thổi qua đồng lúa".into(),
            recovery: RecoveryCode::make(&Counting::from(200)).unwrap(),
        }
    }

    fn keystore(&self) -> Secret<'_> {
        Secret::Keystore(&self.key_file)
    }

    fn passphrase(&self) -> Secret<'_> {
        Secret::Passphrase(&self.passphrase)
    }

    fn recovery(&self) -> Secret<'_> {
        Secret::Recovery(&self.recovery)
    }

    /// An envelope with these secrets' slots, generation 1.
    fn envelope(&self, secrets: &[Secret<'_>]) -> Envelope {
        let mut envelope = Envelope::new(BOOK);
        let random = Counting::from(100);
        for secret in secrets {
            envelope.seal(1, &data_key(1), *secret, &random, Argon2Cost::LEAST).unwrap();
        }
        envelope
    }
}

/// The data key of a generation.
fn data_key(generation: u8) -> DataKey {
    SecretBytes::new([0xd0 + generation; 32])
}
