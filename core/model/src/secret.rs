//! Secrets that zero themselves and never print.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// `N` secret bytes. They stand in one place until they are wiped: a secret that is handed on by value would leave a copy
/// behind on the stack at each hand.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretBytes<const N: usize>(Box<[u8; N]>);

impl<const N: usize> SecretBytes<N> {
    /// Takes bytes over that are no secret yet, such as a test vector: on their way they leave copies on the stack.
    #[must_use]
    pub fn new(bytes: [u8; N]) -> Self {
        Self(Box::new(bytes))
    }

    /// Lets them be written where they are to stand; what was written is wiped when that fails.
    ///
    /// # Errors
    /// What `fill` returns.
    pub fn filled<E>(fill: impl FnOnce(&mut [u8; N]) -> Result<(), E>) -> Result<Self, E> {
        let mut secret = Self(Box::new([0; N]));
        fill(&mut secret.0)?;
        Ok(secret)
    }

    /// A copy of bytes that are wiped by whoever has them.
    #[must_use]
    pub fn copied(bytes: &[u8; N]) -> Self {
        let mut secret = Self(Box::new([0; N]));
        secret.0.copy_from_slice(bytes);
        secret
    }

    /// The bytes, for the primitive that needs them.
    #[must_use]
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> Drop for SecretBytes<N> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<const N: usize> ZeroizeOnDrop for SecretBytes<N> {}

impl<const N: usize> fmt::Debug for SecretBytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Stack that is wiped: deeper than anything here that works with a key goes, and a fraction of the smallest stack that a
/// phone gives a thread (512 KiB).
const WIPED_STACK: usize = 128 * 1024;

/// At the end of its life it overwrites the part of this thread's stack that calls which have returned may have left
/// secrets on: what ciphers and key derivations keep in their own frames cannot be wiped by those who call them.
#[derive(Debug)]
#[must_use = "it wipes when it is dropped"]
pub struct StackWipe;

impl Drop for StackWipe {
    #[inline(never)]
    fn drop(&mut self) {
        let mut room = [0u8; WIPED_STACK];
        // The compiler must not find that nobody reads it.
        std::hint::black_box(&mut room);
    }
}

/// A secret text: a passphrase, a recovery code.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecretText(String);

impl SecretText {
    /// Takes the text over.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the primitive or the screen that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SecretText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print() {
        assert_eq!(
            format!("{:?} {:?}", SecretBytes::new([7u8; 32]), SecretText::from("mật khẩu")),
            "[redacted] [redacted]"
        );
    }
}
