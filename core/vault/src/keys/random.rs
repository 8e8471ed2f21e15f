//! Randomness from the operating system, and secrets made of it.

use healthbook_model::{Random, RandomError, SecretBytes};
use ring::rand::SecureRandom;

/// The operating system's own source.
#[derive(Debug, Clone)]
pub struct SystemRandom(ring::rand::SystemRandom);

impl SystemRandom {
    /// The source; nothing is opened or read yet.
    #[must_use]
    pub fn new() -> Self {
        Self(ring::rand::SystemRandom::new())
    }
}

impl Default for SystemRandom {
    fn default() -> Self {
        Self::new()
    }
}

impl Random for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomError> {
        self.0.fill(buffer).map_err(|_| RandomError)
    }
}

/// Makes a secret of `N` random bytes: a data key, a key of a content hash.
///
/// # Errors
/// When there is no randomness to be had.
pub fn make_secret<const N: usize>(random: &dyn Random) -> Result<SecretBytes<N>, RandomError> {
    SecretBytes::filled(|bytes| random.fill(bytes))
}
