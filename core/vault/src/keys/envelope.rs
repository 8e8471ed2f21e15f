//! The envelope: one data key, sealed once for each secret that opens the book.

use std::cmp::Reverse;

use healthbook_model::{Keystore, KeystoreError, Random, SecretBytes, SecretText};
use zeroize::Zeroizing;

use super::DataKey;
use super::cost::Argon2Cost;
use super::error::{EnvelopeError, Part};
use super::format::{self, Content, Slot, VERSION};
use super::passphrase;
use super::random::make_secret;
use super::recovery::RecoveryCode;
use super::seal::SealingKey;
use super::slot::{Body, MAX_KEYSTORE_SEAL, SALT, SlotKind};

/// How many slots of one kind are tried when opening. A rotation needs two; a prepared file must not make the phone work
/// through 255 passphrase slots.
const MAX_TRIED: usize = 4;

/// `book.keys`, read. Pure: it takes and gives bytes; [`file`](mod@super::file) knows where they lie.
///
/// # What is promised
/// A byte that is not the one written is never a wrong key: it is [`EnvelopeError::Damaged`] for the slot that it is in,
/// and the other slots still open. Slots of a kind that this program does not know, and damaged ones, are written back
/// as they are.
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope(Content);

/// What seals or opens a slot.
#[derive(Clone, Copy)]
pub enum Secret<'a> {
    /// The platform's keystore, or a [`KeyFile`](super::KeyFile).
    Keystore(&'a dyn Keystore),
    /// A passphrase. It is normalised (NFKC): composed and decomposed spellings are one.
    Passphrase(&'a SecretText),
    /// The recovery code.
    Recovery(&'a RecoveryCode),
}

impl Secret<'_> {
    /// The kind of slot that this secret belongs to.
    #[must_use]
    pub fn kind(&self) -> SlotKind {
        match self {
            Self::Keystore(_) => SlotKind::Keystore,
            Self::Passphrase(_) => SlotKind::Passphrase,
            Self::Recovery(_) => SlotKind::Recovery,
        }
    }
}

impl std::fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}([redacted])", self.kind())
    }
}

/// A slot, seen from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotInfo {
    /// What it is sealed under; for a damaged slot, what its bytes say now.
    pub kind: SlotKind,
    /// Which data key it seals; for a damaged slot, what its bytes say now.
    pub generation: u32,
    /// Its bytes are not those that were written.
    pub damaged: bool,
}

impl Envelope {
    /// An envelope without slots for the book with this random id.
    #[must_use]
    pub fn new(book_id: [u8; 16]) -> Self {
        Self(Content { book_id, slots: Vec::new(), miscounted: false })
    }

    /// Reads the bytes of `book.keys`.
    ///
    /// # Errors
    /// [`EnvelopeError::NotAnEnvelope`], [`EnvelopeError::NewerVersion`], or [`EnvelopeError::Damaged`] when what stands
    /// before the slots cannot be read. Damage further on is told by [`Envelope::slots`] and [`Envelope::damage`], and
    /// by [`Envelope::open`] when it concerns the slot that is wanted.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        format::read(bytes).map(Self)
    }

    /// The bytes to write.
    ///
    /// # Errors
    /// [`EnvelopeError::Full`] when a damaged file was read whose parts are more than an envelope counts;
    /// [`Envelope::remove_damaged`] helps.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EnvelopeError> {
        format::write(&self.0.book_id, &self.0.slots).ok_or(EnvelopeError::Full)
    }

    /// The book's random id, to which every slot is bound.
    #[must_use]
    pub fn book_id(&self) -> &[u8; 16] {
        &self.0.book_id
    }

    /// The slots, as they stand in the file.
    pub fn slots(&self) -> impl Iterator<Item = SlotInfo> {
        self.0.slots.iter().map(|slot| SlotInfo {
            kind: slot.kind,
            generation: slot.generation,
            damaged: slot.damaged,
        })
    }

    /// The first damaged part, if there is one: a slot, or the header when a slot is missing or bytes follow the last.
    #[must_use]
    pub fn damage(&self) -> Option<Part> {
        let slot = self.0.slots.iter().find(|slot| slot.damaged).map(|slot| Part::Slot(slot.kind));
        slot.or(self.0.miscounted.then_some(Part::Header))
    }

    /// The highest generation that a whole slot of a known kind seals.
    #[must_use]
    pub fn highest_generation(&self) -> Option<u32> {
        self.0.slots.iter().filter(|slot| is_usable(slot)).map(|slot| slot.generation).max()
    }

    /// Seals the data key under a secret, in place of the slot of that kind and generation if there is one. The cost is
    /// used for a passphrase only. Nothing changes when it fails.
    ///
    /// # Errors
    /// Those of the secret ([`EnvelopeError::EmptyPassphrase`], [`EnvelopeError::OutOfMemory`],
    /// [`EnvelopeError::Keystore`], [`EnvelopeError::KeystoreSeal`]), of the randomness, or [`EnvelopeError::Full`].
    pub fn seal(
        &mut self,
        generation: u32,
        data_key: &DataKey,
        secret: Secret<'_>,
        random: &dyn Random,
        cost: Argon2Cost,
    ) -> Result<(), EnvelopeError> {
        let kind = secret.kind();
        let associated = self.associated_data(kind, generation);
        let (mut body, slot_key) = make_slot_key(secret, random, cost)?;
        body.extend(SealingKey::new(&slot_key)?.seal(data_key.expose(), &associated, random)?);
        let slot = Slot::new(&self.0.book_id, kind, generation, &body).ok_or(EnvelopeError::Full)?;

        let mut slots = self.0.slots.clone();
        let is_same = |other: &Slot| other.kind == kind && other.generation == generation;
        let place = slots.iter().position(is_same).unwrap_or(slots.len());
        slots.retain(|other| !is_same(other));
        slots.insert(place.min(slots.len()), slot);
        format::write(&self.0.book_id, &slots).ok_or(EnvelopeError::Full)?;
        self.0.slots = slots;
        Ok(())
    }

    /// The data keys that this secret opens, the highest generation first; at least one. There are two while a rotation
    /// is not settled, and then a passphrase is derived twice.
    ///
    /// # Errors
    /// - [`EnvelopeError::Damaged`]: the slot is damaged, or it is missing from an envelope that is damaged.
    /// - [`EnvelopeError::NoSuchSlot`]: the envelope is whole and has no slot of the kind.
    /// - [`EnvelopeError::WrongSecret`]: the slot is whole and another secret sealed it.
    /// - Those of the secret, and [`EnvelopeError::Cost`] when the slot asks for more or less than is allowed.
    pub fn open(&self, secret: Secret<'_>) -> Result<Vec<(u32, DataKey)>, EnvelopeError> {
        let kind = secret.kind();
        let mut slots: Vec<_> =
            self.0.slots.iter().filter(|slot| slot.kind == kind && is_usable(slot)).collect();
        slots.sort_by_key(|slot| Reverse(slot.generation));
        let mut keys = Vec::new();
        let mut first_error = None;
        for slot in slots.into_iter().take(MAX_TRIED) {
            match self.open_slot(slot, secret) {
                Ok(key) => keys.push((slot.generation, key)),
                // Somebody who says no is not asked again.
                Err(error @ EnvelopeError::Keystore(KeystoreError::Refused)) => {
                    first_error = Some(error);
                    break;
                }
                Err(error) => {
                    first_error.get_or_insert(error);
                }
            }
        }
        if keys.is_empty() { Err(first_error.unwrap_or_else(|| self.missing(kind))) } else { Ok(keys) }
    }

    /// Removes the slots of a kind, damaged ones too; says whether there were any.
    ///
    /// # Errors
    /// [`EnvelopeError::LastSlot`] when nothing would be left that opens the book.
    pub fn remove_kind(&mut self, kind: SlotKind) -> Result<bool, EnvelopeError> {
        let has = |usable: fn(&Slot) -> bool, of_kind: bool| {
            self.0.slots.iter().any(|slot| usable(slot) && (slot.kind == kind) == of_kind)
        };
        if has(is_usable, true) && !has(is_usable, false) {
            return Err(EnvelopeError::LastSlot(kind));
        }
        let before = self.0.slots.len();
        self.0.slots.retain(|slot| slot.kind != kind);
        Ok(self.0.slots.len() < before)
    }

    /// Settles a rotation: keeps the slots of this generation and removes those of all others. Slots of unknown kinds
    /// and damaged ones stay.
    ///
    /// # Errors
    /// [`EnvelopeError::NoSuchGeneration`] when no whole slot seals it: the book would be lost.
    pub fn keep_generation(&mut self, generation: u32) -> Result<(), EnvelopeError> {
        if !self.0.slots.iter().any(|slot| is_usable(slot) && slot.generation == generation) {
            return Err(EnvelopeError::NoSuchGeneration(generation));
        }
        self.0.slots.retain(|slot| !is_usable(slot) || slot.generation == generation);
        Ok(())
    }

    /// Drops what is damaged, once the book is open by another slot and the damaged one is sealed anew; says whether
    /// there was anything.
    pub fn remove_damaged(&mut self) -> bool {
        let found = self.damage().is_some();
        self.0.slots.retain(|slot| !slot.damaged);
        self.0.miscounted = false;
        found
    }

    fn missing(&self, kind: SlotKind) -> EnvelopeError {
        let of_kind = self.0.slots.iter().any(|slot| slot.damaged && slot.kind == kind);
        let part = if of_kind { Some(Part::Slot(kind)) } else { self.damage() };
        part.map_or(EnvelopeError::NoSuchSlot(kind), EnvelopeError::Damaged)
    }

    fn open_slot(&self, slot: &Slot, secret: Secret<'_>) -> Result<DataKey, EnvelopeError> {
        let wrong = || EnvelopeError::WrongSecret(slot.kind);
        let body = slot.body().ok_or(EnvelopeError::Damaged(Part::Slot(slot.kind)))?;
        let (slot_key, sealed) = match (body, secret) {
            (Body::Keystore { slot_key, sealed }, Secret::Keystore(keystore)) => {
                let opened = keystore.open(slot_key).map_err(|error| match error {
                    KeystoreError::WrongKey => wrong(),
                    other => EnvelopeError::Keystore(other),
                });
                let slot_key = Zeroizing::new(opened?);
                (secret_of(&slot_key).ok_or_else(wrong)?, sealed)
            }
            (Body::Passphrase { m_kib, passes, lanes, salt, sealed }, Secret::Passphrase(passphrase)) => {
                let cost = Argon2Cost::new(m_kib, passes, lanes)?;
                (passphrase::derive_slot_key(passphrase, cost, salt)?, sealed)
            }
            (Body::Recovery { salt, sealed }, Secret::Recovery(code)) => {
                (code.derive_slot_key(salt)?, sealed)
            }
            _ => return Err(EnvelopeError::NoSuchSlot(secret.kind())),
        };
        let associated = self.associated_data(slot.kind, slot.generation);
        let data_key = SealingKey::new(&slot_key)?.open(sealed, &associated).ok_or_else(wrong)?;
        secret_of(&data_key).ok_or_else(wrong)
    }

    /// What a slot is bound to: it cannot be moved to another book, kind or generation, or read as another version.
    fn associated_data(&self, kind: SlotKind, generation: u32) -> Vec<u8> {
        let mut associated = VERSION.to_le_bytes().to_vec();
        associated.extend_from_slice(&self.0.book_id);
        associated.push(kind.to_byte());
        associated.extend_from_slice(&generation.to_le_bytes());
        associated
    }
}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.slots()).finish()
    }
}

fn is_usable(slot: &Slot) -> bool {
    !slot.damaged && !matches!(slot.kind, SlotKind::Unknown(_))
}

/// A slot key under this secret, and the beginning of the body that leads back to it.
fn make_slot_key(
    secret: Secret<'_>,
    random: &dyn Random,
    cost: Argon2Cost,
) -> Result<(Vec<u8>, SecretBytes<32>), EnvelopeError> {
    let mut body = Vec::new();
    match secret {
        Secret::Keystore(keystore) => {
            let slot_key = make_secret(random)?;
            let sealed = keystore.seal(slot_key.expose())?;
            let length = sealed.len();
            let said = u16::try_from(length).ok().filter(|_| (1..=MAX_KEYSTORE_SEAL).contains(&length));
            body.extend_from_slice(&said.ok_or(EnvelopeError::KeystoreSeal { length })?.to_le_bytes());
            body.extend_from_slice(&sealed);
            Ok((body, slot_key))
        }
        Secret::Passphrase(passphrase) => {
            for number in [cost.m_kib(), cost.passes(), cost.lanes()] {
                body.extend_from_slice(&number.to_le_bytes());
            }
            let salt = make_salt(random)?;
            body.extend_from_slice(&salt);
            Ok((body, passphrase::derive_slot_key(passphrase, cost, &salt)?))
        }
        Secret::Recovery(code) => {
            let salt = make_salt(random)?;
            body.extend_from_slice(&salt);
            Ok((body, code.derive_slot_key(&salt)?))
        }
    }
}

fn make_salt(random: &dyn Random) -> Result<[u8; SALT], EnvelopeError> {
    let mut salt = [0; SALT];
    random.fill(&mut salt)?;
    Ok(salt)
}

fn secret_of(bytes: &[u8]) -> Option<SecretBytes<32>> {
    bytes.try_into().ok().map(SecretBytes::copied)
}
