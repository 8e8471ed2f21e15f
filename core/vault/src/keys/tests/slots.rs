//! What opens what, through passphrase changes and rotations.

use healthbook_model::{Keystore, KeystoreError};
use proptest::prelude::*;
use ring::digest;

use super::*;
use crate::keys::{CostError, EnvelopeError, Part, SlotInfo, SlotKind};

/// A phone's keystore as it can also be.
struct Phone {
    seals: Result<Vec<u8>, KeystoreError>,
    opens: Result<Vec<u8>, KeystoreError>,
}

impl Keystore for Phone {
    fn seal(&self, _: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        self.seals.clone()
    }

    fn open(&self, _: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        self.opens.clone()
    }
}

fn info(kind: SlotKind, generation: u32) -> SlotInfo {
    SlotInfo { kind, generation, damaged: false }
}

/// Appends a slot as somebody else would write it, with a right digest.
fn append_slot(bytes: &mut Vec<u8>, kind: u8, generation: u32, body: &[u8]) {
    let mut slot = vec![kind];
    slot.extend_from_slice(&generation.to_le_bytes());
    slot.extend_from_slice(&u16::try_from(body.len()).unwrap().to_le_bytes());
    slot.extend_from_slice(body);
    let digest = digest::digest(&digest::SHA256, &[&bytes[..24], &slot].concat());
    bytes.extend_from_slice(&slot);
    bytes.extend_from_slice(digest.as_ref());
    bytes[24] += 1;
}

#[test]
fn each_secret_opens_its_slot_and_no_other_secret_does() {
    let lan = Lan::new();
    let envelope = lan.envelope(&[lan.keystore(), lan.passphrase(), lan.recovery()]);
    let envelope = Envelope::parse(&envelope.to_bytes().unwrap()).unwrap();
    for secret in [lan.keystore(), lan.passphrase(), lan.recovery()] {
        assert_eq!(envelope.open(secret).unwrap(), [(1, data_key(1))]);
    }

    let passphrase = "gió thổi qua đồng lua".into();
    let wrong = envelope.open(Secret::Passphrase(&passphrase)).unwrap_err();
    assert_eq!(wrong, EnvelopeError::WrongSecret(SlotKind::Passphrase));
    let code = RecoveryCode::make(&Counting::from(7)).unwrap();
    let wrong = envelope.open(Secret::Recovery(&code)).unwrap_err();
    assert_eq!(wrong, EnvelopeError::WrongSecret(SlotKind::Recovery));
    let key_file = KeyFile::make(Arc::new(Counting::from(7))).unwrap();
    let wrong = envelope.open(Secret::Keystore(&key_file)).unwrap_err();
    assert_eq!(wrong, EnvelopeError::WrongSecret(SlotKind::Keystore));
}

#[test]
fn a_secret_without_a_slot_is_not_called_wrong() {
    let lan = Lan::new();
    let envelope = lan.envelope(&[lan.keystore()]);
    for secret in [lan.passphrase(), lan.recovery()] {
        assert_eq!(envelope.open(secret).unwrap_err(), EnvelopeError::NoSuchSlot(secret.kind()));
    }
    assert_eq!(
        Envelope::new(BOOK).open(lan.keystore()).unwrap_err(),
        EnvelopeError::NoSuchSlot(SlotKind::Keystore)
    );
}

#[test]
fn a_passphrase_typed_on_another_keyboard_opens() {
    let lan = Lan::new();
    let envelope = lan.envelope(&[lan.passphrase()]);
    let decomposed = "gio\u{301} tho\u{302}\u{309}i qua \u{111}o\u{302}\u{300}ng lu\u{301}a".into();
    assert_eq!(envelope.open(Secret::Passphrase(&decomposed)).unwrap(), [(1, data_key(1))]);
    let wide = "ｇｉó thổi\u{3000}qua đồng lúa".into();
    assert_eq!(envelope.open(Secret::Passphrase(&wide)).unwrap(), [(1, data_key(1))]);
}

#[test]
fn an_empty_passphrase_neither_seals_nor_opens() {
    let lan = Lan::new();
    let mut envelope = lan.envelope(&[lan.passphrase()]);
    let before = envelope.clone();
    let empty = SecretText::from(" ");
    let sealed =
        envelope.seal(1, &data_key(1), Secret::Passphrase(&empty), &Counting::from(0), Argon2Cost::LEAST);
    assert_eq!(sealed, Err(EnvelopeError::EmptyPassphrase));
    assert_eq!(envelope.open(Secret::Passphrase(&empty)).unwrap_err(), EnvelopeError::EmptyPassphrase);
    assert!(envelope == before);
}

#[test]
fn a_changed_passphrase_takes_the_old_ones_place() {
    let lan = Lan::new();
    let mut envelope = lan.envelope(&[lan.passphrase(), lan.recovery()]);
    let new = SecretText::from("trăng lên đầu núi");
    envelope.seal(1, &data_key(1), Secret::Passphrase(&new), &Counting::from(9), Argon2Cost::LEAST).unwrap();
    let slots: Vec<_> = envelope.slots().collect();
    assert_eq!(slots, [info(SlotKind::Passphrase, 1), info(SlotKind::Recovery, 1)]);
    assert_eq!(envelope.open(Secret::Passphrase(&new)).unwrap(), [(1, data_key(1))]);
    assert_eq!(
        envelope.open(lan.passphrase()).unwrap_err(),
        EnvelopeError::WrongSecret(SlotKind::Passphrase)
    );
}

#[test]
fn a_rotation_holds_both_keys_until_it_is_settled() {
    let lan = Lan::new();
    let mut envelope = lan.envelope(&[lan.passphrase(), lan.recovery()]);
    let random = Counting::from(50);
    for secret in [lan.passphrase(), lan.recovery()] {
        envelope.seal(2, &data_key(2), secret, &random, Argon2Cost::LEAST).unwrap();
    }
    let mut envelope = Envelope::parse(&envelope.to_bytes().unwrap()).unwrap();
    assert_eq!(envelope.highest_generation(), Some(2));
    for secret in [lan.passphrase(), lan.recovery()] {
        assert_eq!(envelope.open(secret).unwrap(), [(2, data_key(2)), (1, data_key(1))]);
    }

    let unsettled = envelope.clone();
    assert_eq!(envelope.keep_generation(3), Err(EnvelopeError::NoSuchGeneration(3)));
    assert!(envelope == unsettled);
    envelope.keep_generation(2).unwrap();
    assert_eq!(envelope.open(lan.passphrase()).unwrap(), [(2, data_key(2))]);

    // Or back, when the file was not rekeyed.
    let mut back = unsettled;
    back.keep_generation(1).unwrap();
    assert_eq!(back.highest_generation(), Some(1));
    assert_eq!(back.open(lan.recovery()).unwrap(), [(1, data_key(1))]);
}

#[test]
fn the_last_way_into_a_book_is_not_removed() {
    let lan = Lan::new();
    let mut envelope = lan.envelope(&[lan.passphrase(), lan.recovery()]);
    assert_eq!(envelope.remove_kind(SlotKind::Keystore), Ok(false));
    assert_eq!(envelope.remove_kind(SlotKind::Passphrase), Ok(true));
    assert_eq!(envelope.remove_kind(SlotKind::Recovery), Err(EnvelopeError::LastSlot(SlotKind::Recovery)));
    assert_eq!(envelope.open(lan.recovery()).unwrap(), [(1, data_key(1))]);
}

#[test]
fn what_the_keystore_says_is_handed_on() {
    let lan = Lan::new();
    let envelope = lan.envelope(&[lan.keystore()]);
    for error in [KeystoreError::Refused, KeystoreError::KeyLost, KeystoreError::Failed] {
        let phone = Phone { seals: Err(error.clone()), opens: Err(error.clone()) };
        let secret = Secret::Keystore(&phone);
        assert_eq!(envelope.open(secret).unwrap_err(), EnvelopeError::Keystore(error.clone()));
        let mut other = envelope.clone();
        let sealed = other.seal(1, &data_key(1), secret, &Counting::from(0), Argon2Cost::LEAST);
        assert_eq!(sealed, Err(EnvelopeError::Keystore(error)));
        assert!(other == envelope);
    }
    for foreign in [vec![], vec![1; 31], vec![1; 32], vec![1; 33]] {
        let phone = Phone { seals: Ok(vec![1]), opens: Ok(foreign) };
        assert_eq!(
            envelope.open(Secret::Keystore(&phone)).unwrap_err(),
            EnvelopeError::WrongSecret(SlotKind::Keystore)
        );
    }
}

/// A phone's keystore that counts how often it is asked to open.
struct Asked {
    times: AtomicU8,
    answer: KeystoreError,
}

impl Keystore for Asked {
    fn seal(&self, _: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        Ok(vec![1])
    }

    fn open(&self, _: &[u8]) -> Result<Vec<u8>, KeystoreError> {
        self.times.fetch_add(1, Ordering::Relaxed);
        Err(self.answer.clone())
    }
}

#[test]
fn somebody_who_declines_is_asked_once_and_a_prepared_file_is_not_tried_without_end() {
    for (answer, times) in [(KeystoreError::Refused, 1), (KeystoreError::KeyLost, 4)] {
        let phone = Asked { times: AtomicU8::new(0), answer: answer.clone() };
        let mut envelope = Envelope::new(BOOK);
        for generation in 0..20 {
            let secret = Secret::Keystore(&phone);
            envelope.seal(generation, &data_key(1), secret, &Counting::from(0), Argon2Cost::LEAST).unwrap();
        }
        let opened = envelope.open(Secret::Keystore(&phone));
        assert_eq!(opened.unwrap_err(), EnvelopeError::Keystore(answer));
        assert_eq!(phone.times.load(Ordering::Relaxed), times);
    }
}

#[test]
fn a_slot_of_the_wrong_shape_is_damage_even_under_a_right_digest() {
    let lan = Lan::new();
    let keystore = |length: u16| [length.to_le_bytes().to_vec(), vec![1; usize::from(length) + 60]].concat();
    for (kind, body) in [
        (1, vec![]),
        (1, keystore(0)),
        (1, keystore(4097)),
        (1, keystore(60)[..121].to_vec()),
        (2, vec![1; 87]),
        (2, vec![1; 89]),
        (3, vec![1; 75]),
        (3, vec![1; 77]),
    ] {
        let mut bytes = Envelope::new(BOOK).to_bytes().unwrap();
        append_slot(&mut bytes, kind, 1, &body);
        let envelope = Envelope::parse(&bytes).unwrap();
        let part = Part::Slot(envelope.slots().next().unwrap().kind);
        assert_eq!(envelope.damage(), Some(part), "{}", body.len());
        for secret in [lan.keystore(), lan.passphrase(), lan.recovery()] {
            assert_eq!(envelope.open(secret).unwrap_err(), EnvelopeError::Damaged(part));
        }
    }
}

#[test]
fn a_keystores_seal_fits_a_slot_or_is_refused() {
    let mut envelope = Envelope::new(BOOK);
    let random = Counting::from(0);
    for (length, fits) in [(0, false), (1, true), (4096, true), (4097, false), (70_000, false)] {
        let phone = Phone { seals: Ok(vec![9; length]), opens: Err(KeystoreError::Failed) };
        let sealed = envelope.seal(1, &data_key(1), Secret::Keystore(&phone), &random, Argon2Cost::LEAST);
        let expected = if fits { Ok(()) } else { Err(EnvelopeError::KeystoreSeal { length }) };
        assert_eq!(sealed, expected);
        assert_eq!(Envelope::parse(&envelope.to_bytes().unwrap()).unwrap().damage(), None);
    }
}

#[test]
fn an_envelope_grows_to_64_kib_and_no_further() {
    let mut envelope = Envelope::new(BOOK);
    let random = Counting::from(0);
    let phone = Phone { seals: Ok(vec![9; 4096]), opens: Err(KeystoreError::Failed) };
    let mut seal = |generation| {
        envelope.seal(generation, &data_key(1), Secret::Keystore(&phone), &random, Argon2Cost::LEAST)
    };
    for generation in 0..15 {
        seal(generation).unwrap();
    }
    assert_eq!(seal(15), Err(EnvelopeError::Full));
    let bytes = envelope.to_bytes().unwrap();
    assert!(bytes.len() <= 64 * 1024);
    assert!(Envelope::parse(&bytes).unwrap() == envelope);
}

#[test]
fn without_randomness_nothing_is_sealed() {
    let lan = Lan::new();
    let mut envelope = Envelope::new(BOOK);
    for secret in [lan.keystore(), lan.passphrase(), lan.recovery()] {
        let sealed = envelope.seal(1, &data_key(1), secret, &Dry, Argon2Cost::LEAST);
        assert_eq!(sealed, Err(EnvelopeError::Random(RandomError)));
    }
    assert_eq!(envelope.slots().count(), 0);
    assert!(RecoveryCode::make(&Dry).is_err());
    assert!(KeyFile::make(Arc::new(Dry)).is_err());
}

#[test]
fn every_sealing_takes_fresh_randomness() {
    let lan = Lan::new();
    let random = crate::keys::SystemRandom::new();
    for secret in [lan.keystore(), lan.passphrase(), lan.recovery()] {
        let seal = || {
            let mut envelope = Envelope::new(BOOK);
            envelope.seal(1, &data_key(1), secret, &random, Argon2Cost::LEAST).unwrap();
            envelope.to_bytes().unwrap()
        };
        let (one, other) = (seal(), seal());
        assert_ne!(
            one[one.len() - 92..one.len() - 32],
            other[other.len() - 92..other.len() - 32],
            "{secret:?}"
        );
    }
}

#[test]
fn a_prepared_cost_takes_neither_memory_nor_safety() {
    let lan = Lan::new();
    for (m_kib, passes, lanes, high) in [
        (u32::MAX, 3u32, 1u32, true),
        (262_145, 3, 1, true),
        (65_536, 11, 1, true),
        (65_536, 3, 5, true),
        (65_536, 3, u32::MAX, true),
        (8_191, 3, 1, false),
        (65_536, 0, 1, false),
        (65_536, 3, 0, false),
    ] {
        let mut bytes = Envelope::new(BOOK).to_bytes().unwrap();
        let mut body = [m_kib.to_le_bytes(), passes.to_le_bytes(), lanes.to_le_bytes()].concat();
        body.resize(88, 7);
        append_slot(&mut bytes, 2, 1, &body);
        let expected = if high {
            CostError::TooHigh { m_kib, passes, lanes }
        } else {
            CostError::TooLow { m_kib, passes, lanes }
        };
        let opened = Envelope::parse(&bytes).unwrap().open(lan.passphrase());
        assert_eq!(opened.unwrap_err(), EnvelopeError::Cost(expected));
    }
}

#[test]
fn a_newer_programs_slot_is_kept_and_not_used() {
    let lan = Lan::new();
    let mut bytes = lan.envelope(&[lan.recovery()]).to_bytes().unwrap();
    append_slot(&mut bytes, 9, 7, b"a kind of the future");
    append_slot(&mut bytes, 0, 8, b"");
    let mut envelope = Envelope::parse(&bytes).unwrap();
    assert_eq!(envelope.damage(), None);
    assert_eq!(envelope.highest_generation(), Some(1));
    assert_eq!(envelope.to_bytes().unwrap(), bytes);

    envelope.seal(2, &data_key(2), lan.recovery(), &Counting::from(0), Argon2Cost::LEAST).unwrap();
    envelope.keep_generation(2).unwrap();
    assert!(!envelope.remove_damaged());
    let envelope = Envelope::parse(&envelope.to_bytes().unwrap()).unwrap();
    let slots: Vec<_> = envelope.slots().collect();
    assert_eq!(
        slots,
        [info(SlotKind::Unknown(9), 7), info(SlotKind::Unknown(0), 8), info(SlotKind::Recovery, 2)]
    );
    let future = &bytes[bytes.len() - 39 - 59..];
    assert!(envelope.to_bytes().unwrap().windows(future.len()).any(|window| window == future));
}

#[test]
fn a_newer_envelope_and_other_files_are_refused() {
    let mut newer = Envelope::new(BOOK).to_bytes().unwrap();
    newer[6] = 2;
    newer.extend_from_slice(b"whatever a newer program writes");
    for (bytes, error) in [
        (newer.as_slice(), EnvelopeError::NewerVersion(2)),
        (b"", EnvelopeError::NotAnEnvelope),
        (&[0; 512], EnvelopeError::NotAnEnvelope),
        (b"SQLite format 3\0", EnvelopeError::NotAnEnvelope),
        (b"HBKEYS\0\0", EnvelopeError::Damaged(Part::Header)),
    ] {
        assert_eq!(Envelope::parse(bytes), Err(error));
    }
}

fn any_slot() -> impl Strategy<Value = (u8, u32, Vec<u8>)> {
    (4u8.., any::<u32>(), prop::collection::vec(any::<u8>(), 0..200))
}

proptest! {
    #[test]
    fn what_was_read_is_written_back(slots in prop::collection::vec(any_slot(), 0..6), id: [u8; 16]) {
        let mut bytes = Envelope::new(id).to_bytes().unwrap();
        for (kind, generation, body) in &slots {
            append_slot(&mut bytes, *kind, *generation, body);
        }
        let envelope = Envelope::parse(&bytes).unwrap();
        prop_assert_eq!(envelope.damage(), None);
        let read: Vec<_> = envelope.slots().collect();
        let expected: Vec<_> = slots.iter().map(|(kind, generation, _)| info(SlotKind::Unknown(*kind), *generation)).collect();
        prop_assert_eq!(read, expected);
        prop_assert_eq!(envelope.to_bytes().unwrap(), bytes);
    }
}
