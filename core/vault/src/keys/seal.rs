//! AES-256-GCM so that a nonce cannot be used twice: the nonce is drawn here, never given, and a key that seals is
//! used up.

use healthbook_model::{Random, SecretBytes};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::error::EnvelopeError;

pub(super) const TAG: usize = 16;

/// Nonce, 32 bytes, tag.
pub(super) const SEALED_KEY: usize = NONCE_LEN + 32 + TAG;

/// A key for sealing once, or for opening.
pub(super) struct SealingKey(LessSafeKey);

impl SealingKey {
    pub(super) fn new(key: &SecretBytes<32>) -> Result<Self, EnvelopeError> {
        let key = UnboundKey::new(&AES_256_GCM, key.expose()).map_err(|_| EnvelopeError::Primitive)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Seals under a fresh nonce: `nonce 12 | ciphertext | tag 16`.
    pub(super) fn seal(
        self,
        plain: &[u8],
        associated: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, EnvelopeError> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce)?;
        // Reserved whole, so that no growing leaves a copy of the plaintext behind.
        let mut sealed = Vec::with_capacity(NONCE_LEN + plain.len() + TAG);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let (_, text) = sealed.split_at_mut(NONCE_LEN);
        let tag = self
            .0
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(associated), text)
            .map_err(|_| EnvelopeError::Primitive)?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens what [`SealingKey::seal`] gave; `None` when the key, the associated data or a byte differs.
    pub(super) fn open(&self, sealed: &[u8], associated: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, text) = sealed.split_first_chunk::<NONCE_LEN>()?;
        let mut text = Zeroizing::new(text.to_vec());
        let length = self
            .0
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(associated), text.as_mut_slice())
            .ok()?
            .len();
        text.truncate(length);
        Some(text)
    }
}
