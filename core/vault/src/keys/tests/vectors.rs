//! Published vectors (Wycheproof; HKDF's hold those of RFC 5869), run through the functions that the book calls.

use serde_json::Value;

use super::*;
use crate::keys::ContentHasher;
use crate::keys::derive::hkdf_sha256;
use crate::keys::seal::SealingKey;

const AES_GCM: &str = include_str!("../../../../../tests/fixtures/crypto/wycheproof/aes_gcm_test.json");
const HKDF: &str = include_str!("../../../../../tests/fixtures/crypto/wycheproof/hkdf_sha256_test.json");
const HMAC: &str = include_str!("../../../../../tests/fixtures/crypto/wycheproof/hmac_sha256_test.json");

/// Gives a vector's nonce, once.
struct Given(Vec<u8>);

impl Random for Given {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomError> {
        buffer.copy_from_slice(&self.0);
        Ok(())
    }
}

/// The tests of the groups that have these sizes in bits.
fn vectors(set: &str, sizes: &[(&str, u64)]) -> Vec<Value> {
    let set: Value = serde_json::from_str(set).unwrap();
    let groups = set["testGroups"].as_array().unwrap().iter();
    groups
        .filter(|group| sizes.iter().all(|(name, size)| group[*name].as_u64() == Some(*size)))
        .flat_map(|group| group["tests"].as_array().unwrap().clone())
        .collect()
}

fn bytes(vector: &Value, name: &str) -> Vec<u8> {
    unhex(vector[name].as_str().unwrap())
}

fn key(vector: &Value) -> SecretBytes<32> {
    SecretBytes::new(bytes(vector, "key").try_into().unwrap())
}

fn is_valid(vector: &Value) -> bool {
    match vector["result"].as_str().unwrap() {
        "valid" => true,
        "invalid" => false,
        other => panic!("{other}"),
    }
}

#[test]
fn aes_256_gcm_seals_and_opens_as_published() {
    let vectors = vectors(AES_GCM, &[("keySize", 256), ("ivSize", 96)]);
    assert_eq!(vectors.len(), 66);
    for vector in &vectors {
        let (iv, aad, message) = (bytes(vector, "iv"), bytes(vector, "aad"), bytes(vector, "msg"));
        let sealed = [iv.clone(), bytes(vector, "ct"), bytes(vector, "tag")].concat();
        let opened = SealingKey::new(&key(vector)).unwrap().open(&sealed, &aad);
        if is_valid(vector) {
            assert_eq!(opened.unwrap().as_slice(), message, "{}", vector["tcId"]);
            let again = SealingKey::new(&key(vector)).unwrap().seal(&message, &aad, &Given(iv)).unwrap();
            assert_eq!(again, sealed, "{}", vector["tcId"]);
        } else {
            assert!(opened.is_none(), "{}", vector["tcId"]);
        }
    }
}

#[test]
fn hkdf_sha256_derives_as_published() {
    let vectors = vectors(HKDF, &[]);
    assert_eq!(vectors.len(), 86);
    for vector in &vectors {
        let mut output = vec![0; usize::try_from(vector["size"].as_u64().unwrap()).unwrap()];
        let (secret, salt, info) = (bytes(vector, "ikm"), bytes(vector, "salt"), bytes(vector, "info"));
        let derived = hkdf_sha256(&secret, &salt, &info, &mut output);
        assert_eq!(derived.is_ok(), is_valid(vector), "{}", vector["tcId"]);
        if is_valid(vector) {
            assert_eq!(output, bytes(vector, "okm"), "{}", vector["tcId"]);
        }
    }
}

#[test]
fn content_hashes_are_hmac_sha256_as_published() {
    let vectors = vectors(HMAC, &[("keySize", 256), ("tagSize", 256)]);
    assert_eq!(vectors.len(), 81);
    for vector in &vectors {
        let hash = ContentHasher::new(&key(vector)).hash(&bytes(vector, "msg"));
        assert_eq!(hash.as_slice() == bytes(vector, "tag"), is_valid(vector), "{}", vector["tcId"]);
    }
}
