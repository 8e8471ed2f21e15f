//! From a passphrase to a slot key.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use healthbook_model::{SecretBytes, SecretText};
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, Zeroizing};

use super::cost::Argon2Cost;
use super::error::EnvelopeError;
use super::slot::SALT;

/// Derives a slot key: Argon2id version 1.3 over the passphrase in NFKC, so that `mật khẩu` opens however a keyboard
/// composes it (Unicode Standard Annex 15; its stability policy keeps the form for every assigned character).
pub(super) fn derive_slot_key(
    passphrase: &SecretText,
    cost: Argon2Cost,
    salt: &[u8; SALT],
) -> Result<SecretBytes<32>, EnvelopeError> {
    let normalised = normalise(passphrase)?;
    let params = Params::new(cost.m_kib(), cost.passes(), cost.lanes(), Some(32))
        .map_err(|_| EnvelopeError::Primitive)?;
    argon2id(normalised.as_bytes(), salt, &[], params)
}

fn normalise(passphrase: &SecretText) -> Result<Zeroizing<String>, EnvelopeError> {
    // Measured first, so that no growing leaves a piece of the passphrase behind.
    let length = passphrase.expose().nfkc().map(char::len_utf8).sum();
    let mut normalised = Zeroizing::new(String::with_capacity(length));
    normalised.extend(passphrase.expose().nfkc());
    if normalised.trim().is_empty() { Err(EnvelopeError::EmptyPassphrase) } else { Ok(normalised) }
}

/// Argon2id as RFC 9106 has it. The book uses neither its secret value K nor its associated data X (in `params`);
/// they are here so that the RFC's own vector runs through this very call.
fn argon2id(
    password: &[u8],
    salt: &[u8],
    key: &[u8],
    params: Params,
) -> Result<SecretBytes<32>, EnvelopeError> {
    let mut memory = WorkingMemory::reserve(&params)?;
    SecretBytes::filled(|output| {
        Argon2::new_with_secret(key, Algorithm::Argon2id, Version::V0x13, params)
            .and_then(|argon2| argon2.hash_password_into_with_memory(password, salt, output, &mut memory.0))
    })
    .map_err(|_| EnvelopeError::Primitive)
}

/// Argon2's blocks, wiped when done: the last ones give the key away. Asked for so that a phone without the memory
/// gets an error, not an abort.
struct WorkingMemory(Vec<Block>);

impl WorkingMemory {
    fn reserve(params: &Params) -> Result<Self, EnvelopeError> {
        let count = params.block_count();
        let mut blocks = Vec::new();
        blocks.try_reserve_exact(count).map_err(|_| EnvelopeError::OutOfMemory { kib: params.m_cost() })?;
        blocks.resize(count, Block::default());
        Ok(Self(blocks))
    }
}

impl Drop for WorkingMemory {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(Zeroize::zeroize);
    }
}

#[cfg(test)]
mod tests {
    use argon2::{AssociatedData, ParamsBuilder};
    use proptest::prelude::*;

    use super::*;
    use crate::keys::tests::unhex;

    #[test]
    fn the_vector_of_rfc_9106_comes_out() {
        // Section 5.3.
        let params = ParamsBuilder::new()
            .m_cost(32)
            .t_cost(3)
            .p_cost(4)
            .output_len(32)
            .data(AssociatedData::new(&[4; 12]).unwrap())
            .build()
            .unwrap();
        let tag = argon2id(&[1; 32], &[2; 16], &[3; 8], params).unwrap();
        let expected = unhex("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
        assert_eq!(tag.expose().as_slice(), expected);
    }

    #[test]
    fn a_passphrase_at_the_phones_cost_is_what_another_implementation_derives() {
        // argon2-cffi 25.1 (the reference implementation in C), Argon2id 1.3, over the NFKC bytes.
        let salt = std::array::from_fn(|n| u8::try_from(n).unwrap());
        let key = derive_slot_key(&"gió thổi qua đồng lúa".into(), Argon2Cost::PHONE, &salt).unwrap();
        let expected = unhex("be04db0a3dc012b33ccf1d0157b6279fceda154c442f48c9f41eb3c70d107db0");
        assert_eq!(key.expose().as_slice(), expected);
    }

    #[test]
    fn a_passphrase_is_empty_when_nothing_but_space_is_in_it() {
        for text in ["", " ", "\u{a0}\t", "\u{3000}"] {
            assert_eq!(normalise(&text.into()).unwrap_err(), EnvelopeError::EmptyPassphrase, "{text:?}");
        }
    }

    #[test]
    fn space_inside_and_around_a_passphrase_counts() {
        assert_eq!(normalise(&" a  b ".into()).unwrap().as_str(), " a  b ");
    }

    proptest! {
        #[test]
        fn a_passphrase_is_the_same_composed_and_decomposed(text in "[a-zđơưĂÂÊÔạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹＡ９]{1,24}") {
            let composed = normalise(&SecretText::new(text.nfc().collect())).unwrap();
            let decomposed = normalise(&SecretText::new(text.nfd().collect())).unwrap();
            prop_assert_eq!(&composed, &decomposed);
            prop_assert_eq!(composed.capacity(), composed.len());
        }
    }
}
