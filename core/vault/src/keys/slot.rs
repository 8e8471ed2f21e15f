//! What seals a data key, and how that is laid out in a slot's body.

use std::fmt;

use super::seal::SEALED_KEY;

/// The most that a keystore's sealed slot key may take, in bytes. Android Keystore gives about 60, the Secure Enclave
/// about 200.
pub(super) const MAX_KEYSTORE_SEAL: usize = 4096;

pub(super) const SALT: usize = 16;

/// What a slot seals the data key under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlotKind {
    /// The platform's keystore, or a key file in the terminal.
    Keystore,
    /// A passphrase.
    Passphrase,
    /// The recovery code.
    Recovery,
    /// A kind that a newer program wrote, or a damaged byte: kept, not used.
    Unknown(u8),
}

impl SlotKind {
    pub(super) fn from_byte(byte: u8) -> Self {
        match byte {
            1 => Self::Keystore,
            2 => Self::Passphrase,
            3 => Self::Recovery,
            other => Self::Unknown(other),
        }
    }

    pub(super) fn to_byte(self) -> u8 {
        match self {
            Self::Keystore => 1,
            Self::Passphrase => 2,
            Self::Recovery => 3,
            Self::Unknown(other) => other,
        }
    }
}

impl fmt::Display for SlotKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keystore => f.write_str("keystore"),
            Self::Passphrase => f.write_str("passphrase"),
            Self::Recovery => f.write_str("recovery code"),
            Self::Unknown(byte) => write!(f, "unknown (kind {byte})"),
        }
    }
}

/// A slot's body, read. `sealed` is a nonce and the data key under AES-256-GCM.
#[derive(Debug)]
pub(super) enum Body<'a> {
    /// `length u16 | what Keystore::seal gave | sealed`
    Keystore { slot_key: &'a [u8], sealed: &'a [u8; SEALED_KEY] },
    /// `m_kib u32 | passes u32 | lanes u32 | salt 16 | sealed`; the cost is not yet checked.
    Passphrase { m_kib: u32, passes: u32, lanes: u32, salt: &'a [u8; SALT], sealed: &'a [u8; SEALED_KEY] },
    /// `salt 16 | sealed`
    Recovery { salt: &'a [u8; SALT], sealed: &'a [u8; SEALED_KEY] },
    /// Not ours to read.
    Unknown,
}

impl<'a> Body<'a> {
    /// Reads the body of a slot of this kind; `None` when it does not have the kind's shape.
    pub(super) fn read(kind: SlotKind, body: &'a [u8]) -> Option<Self> {
        match kind {
            SlotKind::Keystore => {
                let (length, rest) = body.split_first_chunk()?;
                let length = usize::from(u16::from_le_bytes(*length));
                if !(1..=MAX_KEYSTORE_SEAL).contains(&length) {
                    return None;
                }
                let (slot_key, sealed) = rest.split_at_checked(length)?;
                Some(Self::Keystore { slot_key, sealed: sealed.try_into().ok()? })
            }
            SlotKind::Passphrase => {
                let (m_kib, rest) = body.split_first_chunk()?;
                let (passes, rest) = rest.split_first_chunk()?;
                let (lanes, rest) = rest.split_first_chunk()?;
                let (salt, sealed) = rest.split_first_chunk()?;
                Some(Self::Passphrase {
                    m_kib: u32::from_le_bytes(*m_kib),
                    passes: u32::from_le_bytes(*passes),
                    lanes: u32::from_le_bytes(*lanes),
                    salt,
                    sealed: sealed.try_into().ok()?,
                })
            }
            SlotKind::Recovery => {
                let (salt, sealed) = body.split_first_chunk()?;
                Some(Self::Recovery { salt, sealed: sealed.try_into().ok()? })
            }
            SlotKind::Unknown(_) => Some(Self::Unknown),
        }
    }
}
