//! A byte that is not the one written is never another key, and never takes a whole slot with it.

use proptest::prelude::*;
use ring::digest;

use super::*;
use crate::keys::{EnvelopeError, Part};

/// Where the header ends and each slot begins and ends, in the order keystore, passphrase, recovery.
fn slot_ranges(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = 25;
    while start < bytes.len() {
        let length = usize::from(u16::from_le_bytes([bytes[start + 5], bytes[start + 6]]));
        ranges.push(start..start + 7 + length + 32);
        start += 7 + length + 32;
    }
    ranges
}

fn flip(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

/// Makes the digests right again, as somebody does who means it.
fn mend_digest(bytes: &mut [u8], slot: &std::ops::Range<usize>) {
    let content = [&bytes[..24], &bytes[slot.start..slot.end - 32]].concat();
    bytes[slot.end - 32..slot.end].copy_from_slice(digest::digest(&digest::SHA256, &content).as_ref());
}

#[test]
fn a_flipped_bit_in_a_slot_is_damage_there_and_the_other_slots_open() {
    let lan = Lan::new();
    for order in [[lan.keystore(), lan.recovery()], [lan.recovery(), lan.keystore()]] {
        let bytes = lan.envelope(&order).to_bytes().unwrap();
        for (slot, range) in slot_ranges(&bytes).into_iter().enumerate() {
            for bit in range.start * 8..range.end * 8 {
                let envelope = Envelope::parse(&flip(&bytes, bit)).unwrap();
                assert!(envelope.damage().is_some(), "bit {bit}");
                let error = envelope.open(order[slot]).unwrap_err();
                assert!(matches!(error, EnvelopeError::Damaged(_)), "bit {bit}: {error}");
                let other = envelope.open(order[1 - slot]).unwrap();
                assert_eq!(other, [(1, data_key(1))], "bit {bit}");
            }
        }
    }
}

#[test]
fn a_flipped_bit_in_a_passphrase_slot_is_not_called_a_wrong_passphrase() {
    let lan = Lan::new();
    let bytes = lan.envelope(&[lan.passphrase(), lan.recovery()]).to_bytes().unwrap();
    for bit in slot_ranges(&bytes)[0].start * 8..slot_ranges(&bytes)[0].end * 8 {
        let envelope = Envelope::parse(&flip(&bytes, bit)).unwrap();
        let error = envelope.open(lan.passphrase()).unwrap_err();
        assert!(matches!(error, EnvelopeError::Damaged(_)), "bit {bit}: {error}");
        assert_eq!(envelope.open(lan.recovery()).unwrap(), [(1, data_key(1))], "bit {bit}");
    }
}

#[test]
fn a_flipped_bit_in_the_header_never_gives_another_key() {
    let lan = Lan::new();
    let bytes = lan.envelope(&[lan.keystore(), lan.recovery()]).to_bytes().unwrap();
    for bit in 0..25 * 8 {
        match Envelope::parse(&flip(&bytes, bit)) {
            Err(EnvelopeError::NotAnEnvelope) => assert!(bit < 6 * 8),
            Err(EnvelopeError::NewerVersion(_) | EnvelopeError::Damaged(Part::Header)) => {
                assert!((6 * 8..8 * 8).contains(&bit));
            }
            Err(other) => panic!("bit {bit}: {other}"),
            Ok(envelope) if bit < 24 * 8 => {
                // Another book's id: no slot is of that book.
                for secret in [lan.keystore(), lan.recovery()] {
                    let error = envelope.open(secret).unwrap_err();
                    assert_eq!(error, EnvelopeError::Damaged(Part::Slot(secret.kind())), "bit {bit}");
                }
            }
            Ok(envelope) => {
                // A wrong count: the slots prove themselves and open, what is missing may have been lost.
                assert_eq!(envelope.damage(), Some(Part::Header));
                for secret in [lan.keystore(), lan.recovery()] {
                    assert_eq!(envelope.open(secret).unwrap(), [(1, data_key(1))], "bit {bit}");
                }
                assert_eq!(
                    envelope.open(lan.passphrase()).unwrap_err(),
                    EnvelopeError::Damaged(Part::Header)
                );
            }
        }
    }
}

#[test]
fn a_changed_bit_under_a_mended_digest_meets_the_seal() {
    let lan = Lan::new();
    let secrets = [lan.keystore(), lan.recovery()];
    let bytes = lan.envelope(&secrets).to_bytes().unwrap();
    for (range, secret) in slot_ranges(&bytes).iter().zip(secrets) {
        for bit in range.start * 8..(range.end - 32) * 8 {
            let mut changed = flip(&bytes, bit);
            mend_digest(&mut changed, range);
            let opened = Envelope::parse(&changed).unwrap().open(secret);
            assert!(opened.is_err(), "bit {bit}");
        }
    }
}

#[test]
fn a_changed_byte_of_a_passphrase_slot_under_a_mended_digest_meets_the_seal() {
    let lan = Lan::new();
    let bytes = lan.envelope(&[lan.passphrase()]).to_bytes().unwrap();
    let range = slot_ranges(&bytes)[0].clone();
    for byte in range.start..range.end - 32 {
        let mut changed = flip(&bytes, byte * 8);
        mend_digest(&mut changed, &range);
        assert!(Envelope::parse(&changed).unwrap().open(lan.passphrase()).is_err(), "byte {byte}");
    }
}

#[test]
fn a_slot_moved_to_another_book_does_not_open_there() {
    let lan = Lan::new();
    let secrets = [lan.keystore(), lan.passphrase(), lan.recovery()];
    let mut bytes = lan.envelope(&secrets).to_bytes().unwrap();
    bytes[8..24].copy_from_slice(b"book of Tran Bao");
    for range in slot_ranges(&bytes) {
        mend_digest(&mut bytes, &range);
    }
    let moved = Envelope::parse(&bytes).unwrap();
    assert_eq!(moved.damage(), None);
    for secret in secrets {
        assert_eq!(moved.open(secret).unwrap_err(), EnvelopeError::WrongSecret(secret.kind()));
    }
}

#[test]
fn a_slot_does_not_pass_for_another_generation() {
    let lan = Lan::new();
    let secrets = [lan.keystore(), lan.passphrase(), lan.recovery()];
    let mut bytes = lan.envelope(&secrets).to_bytes().unwrap();
    for range in slot_ranges(&bytes) {
        bytes[range.start + 1] = 2;
        mend_digest(&mut bytes, &range);
    }
    let envelope = Envelope::parse(&bytes).unwrap();
    assert_eq!(envelope.highest_generation(), Some(2));
    for secret in secrets {
        assert_eq!(envelope.open(secret).unwrap_err(), EnvelopeError::WrongSecret(secret.kind()));
    }
}

#[test]
fn a_truncated_envelope_opens_by_the_slots_that_are_left() {
    let lan = Lan::new();
    let secrets = [lan.keystore(), lan.passphrase(), lan.recovery()];
    let bytes = lan.envelope(&secrets).to_bytes().unwrap();
    let ranges = slot_ranges(&bytes);
    for length in 0..bytes.len() {
        let envelope = match Envelope::parse(&bytes[..length]) {
            Ok(envelope) => envelope,
            Err(error) => {
                assert!(length < 25, "{length}: {error}");
                continue;
            }
        };
        assert!(envelope.damage().is_some(), "{length}");
        for (range, secret) in ranges.iter().zip(secrets) {
            // Deriving at every length would say no more.
            if matches!(secret, Secret::Passphrase(_)) && length % 50 != 0 && range.end <= length {
                continue;
            }
            match envelope.open(secret) {
                Ok(keys) => assert!(range.end <= length && keys == [(1, data_key(1))], "{length}"),
                Err(error) => {
                    assert!(
                        range.end > length && matches!(error, EnvelopeError::Damaged(_)),
                        "{length}: {error}"
                    );
                }
            }
        }
    }
}

#[test]
fn bytes_after_the_last_slot_are_damage_and_lock_nobody_out() {
    let lan = Lan::new();
    let whole = lan.envelope(&[lan.keystore(), lan.recovery()]).to_bytes().unwrap();
    for extra in [vec![0], vec![0; 5000], whole.clone(), whole[25..].to_vec()] {
        let mut envelope = Envelope::parse(&[whole.clone(), extra].concat()).unwrap();
        assert!(envelope.damage().is_some());
        assert!(envelope.open(lan.recovery()).unwrap().iter().all(|(_, key)| *key == data_key(1)));
        assert!(envelope.remove_damaged());
        assert_eq!(Envelope::parse(&envelope.to_bytes().unwrap()).unwrap().damage(), None);
    }
}

#[test]
fn damage_is_kept_until_it_is_dropped_and_a_new_seal_mends_it() {
    let lan = Lan::new();
    let bytes = lan.envelope(&[lan.keystore(), lan.passphrase(), lan.recovery()]).to_bytes().unwrap();
    let passphrase = slot_ranges(&bytes)[1].clone();
    let damaged = flip(&bytes, (passphrase.start + 60) * 8);
    let mut envelope = Envelope::parse(&damaged).unwrap();
    assert_eq!(envelope.to_bytes().unwrap(), damaged);
    let error = envelope.open(lan.passphrase()).unwrap_err();
    assert_eq!(error, EnvelopeError::Damaged(Part::Slot(lan.passphrase().kind())));

    let (generation, key) = envelope.open(lan.recovery()).unwrap().remove(0);
    envelope.seal(generation, &key, lan.passphrase(), &Counting::from(0), Argon2Cost::LEAST).unwrap();
    assert_eq!(envelope.damage(), None);
    assert_eq!(envelope.slots().count(), 3);
    assert_eq!(envelope.open(lan.passphrase()).unwrap(), [(1, data_key(1))]);
}

#[test]
fn a_file_of_the_largest_size_made_to_be_searched_is_read_soon() {
    // Every place looks like the start of a recovery slot whose digest has to be taken.
    let mut bytes = Envelope::new(BOOK).to_bytes().unwrap();
    let pattern = [3, 0, 0, 0, 0, 76, 0];
    bytes.extend(pattern.iter().cycle().take(64 * 1024 - 25));
    let envelope = Envelope::parse(&bytes).unwrap();
    assert!(envelope.damage().is_some());
    assert_eq!(envelope.highest_generation(), None);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
        let lan = Lan::new();
        let whole = [b"HBKEYS\x01\x00".as_slice(), &bytes].concat();
        for bytes in [&bytes, &whole] {
            if let Ok(envelope) = Envelope::parse(bytes) {
                prop_assert!(envelope.open(lan.recovery()).is_err());
                prop_assert!(envelope.open(lan.keystore()).is_err());
            }
        }
    }

    #[test]
    fn whatever_is_cut_out_or_overwritten_no_other_key_comes_out(
        start in 25usize..300, cut in 0usize..120, put in prop::collection::vec(any::<u8>(), 0..120),
    ) {
        let lan = Lan::new();
        let mut bytes = lan.envelope(&[lan.keystore(), lan.recovery()]).to_bytes().unwrap();
        let end = (start + cut).min(bytes.len());
        let start = start.min(end);
        let ranges = slot_ranges(&bytes);
        bytes.splice(start..end, put);
        let mut envelope = Envelope::parse(&bytes).unwrap();
        for (range, secret) in ranges.iter().zip([lan.keystore(), lan.recovery()]) {
            let untouched = range.end <= start || end <= range.start;
            match envelope.open(secret) {
                Ok(keys) => prop_assert_eq!(keys, [(1, data_key(1))]),
                Err(error) => prop_assert!(!untouched, "{}", error),
            }
        }
        let again = Envelope::parse(&envelope.to_bytes().unwrap()).unwrap();
        prop_assert!(again.slots().eq(envelope.slots()));
        let _ = envelope.remove_damaged();
        prop_assert_eq!(Envelope::parse(&envelope.to_bytes().unwrap()).unwrap().damage(), None);
    }
}
