//! The old identity card.

use std::fmt;

use super::CardError;

/// The 9 digits of the identity card (chứng minh nhân dân) of before the citizen card. They tell nothing of their
/// holder; citizen cards name them so that older papers are found.
///
/// Prints as `[redacted]`: the number is somebody's.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CmndNumber(String);

impl CmndNumber {
    /// Nine digits; spaces are left out.
    ///
    /// # Errors
    /// [`CardError::Field`] when it is anything else.
    pub fn parse(text: &str) -> Result<Self, CardError> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if digits.len() == 9 && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(digits))
        } else {
            Err(CardError::Field("CMND"))
        }
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CmndNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
