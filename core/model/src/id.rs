//! Identities that the book itself gives: 128 random bits, shown as a UUID.

use std::fmt;
use std::str::FromStr;

/// A text is not an identity of this book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier: 32 hexadecimal digits are expected, with or without hyphens")]
pub struct InvalidId;

fn write_uuid(bytes: &[u8; 16], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (n, byte) in bytes.iter().enumerate() {
        if matches!(n, 4 | 6 | 8 | 10) {
            f.write_str("-")?;
        }
        write!(f, "{byte:02x}")?;
    }
    Ok(())
}

fn parse_uuid(text: &str) -> Result<[u8; 16], InvalidId> {
    let mut bytes = [0u8; 16];
    let mut digits = 0usize;
    for c in text.chars().filter(|c| *c != '-') {
        let value = c.to_digit(16).and_then(|d| u8::try_from(d).ok()).ok_or(InvalidId)?;
        let slot = bytes.get_mut(digits / 2).ok_or(InvalidId)?;
        *slot = (*slot << 4) | value;
        digits += 1;
    }
    if digits == 32 { Ok(bytes) } else { Err(InvalidId) }
}

macro_rules! identity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Marks 16 random bytes as a version 4 UUID (RFC 9562, section 5.4).
            #[must_use]
            pub fn from_random(mut bytes: [u8; 16]) -> Self {
                bytes[6] = (bytes[6] & 0x0f) | 0x40;
                bytes[8] = (bytes[8] & 0x3f) | 0x80;
                Self(bytes)
            }

            /// The identity as it is stored.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes that are stored.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_uuid(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_uuid(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse_uuid(text).map(Self)
            }
        }
    };
}

identity! {
    /// The identity of a record, the same in all its versions and on all devices.
    RecordId
}
identity! {
    /// The identity of a document: a file as it came.
    DocumentId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_survives_being_shown_and_read() {
        let id = RecordId::from_random([0xab; 16]);
        assert_eq!(id.to_string(), "abababab-abab-4bab-abab-abababababab");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().replace('-', "").to_uppercase().parse(), Ok(id));
    }

    #[test]
    fn what_is_no_identity_is_refused() {
        for text in
            ["", "ab", "zz", "abababab-abab-4bab-abab-abababababab0", "g0ababab-abab-4bab-abab-abababababab"]
        {
            assert_eq!(text.parse::<RecordId>(), Err(InvalidId), "{text}");
        }
    }
}
