//! What is derived from a key: HKDF for slot keys, HMAC for hashes of content.

use healthbook_model::SecretBytes;
use ring::{hkdf, hmac};

use super::error::EnvelopeError;

/// HKDF with SHA-256 (RFC 5869), extracted and expanded to fill `output`.
pub(super) fn hkdf_sha256(
    secret: &[u8],
    salt: &[u8],
    info: &[u8],
    output: &mut [u8],
) -> Result<(), EnvelopeError> {
    struct Length(usize);
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
        .extract(secret)
        .expand(&[info], Length(output.len()))
        .and_then(|material| material.fill(output))
        .map_err(|_| EnvelopeError::Primitive)
}

/// Derives a 32-byte key for one purpose, named by `info`.
pub(super) fn derive_key(
    secret: &[u8],
    salt: &[u8],
    info: &'static str,
) -> Result<SecretBytes<32>, EnvelopeError> {
    SecretBytes::filled(|key| hkdf_sha256(secret, salt, info.as_bytes(), key))
}

/// Hashes content that a purge may remove while its hash stays: HMAC-SHA256 under a key of the book, because the plain
/// SHA-256 of a short health text can be guessed.
#[derive(Clone)]
pub struct ContentHasher(hmac::Key);

impl ContentHasher {
    /// A hasher under the book's own random key (see [`make_secret`](super::make_secret)).
    #[must_use]
    pub fn new(key: &SecretBytes<32>) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key.expose()))
    }

    /// The hash of these bytes.
    #[must_use]
    pub fn hash(&self, bytes: &[u8]) -> [u8; 32] {
        let mut hash = self.start();
        hash.update(bytes);
        hash.finish()
    }

    /// Begins a hash of bytes that come in pieces.
    #[must_use]
    pub fn start(&self) -> HashInProgress {
        HashInProgress(hmac::Context::with_key(&self.0))
    }
}

impl std::fmt::Debug for ContentHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ContentHasher([redacted])")
    }
}

/// A content hash that is still taking bytes.
#[derive(Clone)]
pub struct HashInProgress(hmac::Context);

impl HashInProgress {
    /// Takes the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all pieces, the same as of the whole at once.
    #[must_use]
    pub fn finish(self) -> [u8; 32] {
        let mut hash = [0; 32];
        for (to, from) in hash.iter_mut().zip(self.0.sign().as_ref()) {
            *to = *from;
        }
        hash
    }
}

impl std::fmt::Debug for HashInProgress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HashInProgress([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_hash_does_not_depend_on_the_pieces(bytes: Vec<u8>, size in 1usize..40, key: [u8; 32]) {
            let hasher = ContentHasher::new(&SecretBytes::new(key));
            let mut pieces = hasher.start();
            for piece in bytes.chunks(size) {
                pieces.update(piece);
            }
            prop_assert_eq!(pieces.finish(), hasher.hash(&bytes));
        }
    }

    #[test]
    fn a_hash_cannot_be_recomputed_without_the_books_key() {
        let text = b"HIV: am tinh";
        let here = ContentHasher::new(&SecretBytes::new([1; 32])).hash(text);
        let there = ContentHasher::new(&SecretBytes::new([2; 32])).hash(text);
        assert_ne!(here, there);
        assert_ne!(here.as_slice(), ring::digest::digest(&ring::digest::SHA256, text).as_ref());
    }
}
