//! The format is frozen: these bytes must open for ever, and the same input must give the same bytes.

use super::*;

/// Header; then for each slot its header, its body in parts (sealed slot key; cost, salt; salt; nonce, ciphertext) and
/// its digest. Another implementation of AES-GCM, Argon2id and HKDF has opened these very bytes.
const FROZEN: &str = "
48424b455953 0100 626f6f6b206f66204e677579656e2041 03
01 01000000 7a00
3c00
202122232425262728292a2bb65fc01704f1706576112ca1b169868aa43c9aebfff91995108b126dc90bdc8a025cff29
bbcc9fbd34020ace6eaf9d7e
8485868788898a8b8c8d8e8f
36a91ad605925ec4d971e2284c2eccb06942e9dd7b31609ab187fa2f8f20f9e45a428b9b1f5c004a861c370493a799e7
0f945d5611d54464401e601476c783ec6d6728496aa32fec94c926db1527671b
02 01000000 5800
002000000100000001000000
909192939495969798999a9b9c9d9e9f
a0a1a2a3a4a5a6a7a8a9aaab
d1f58820100eee34e2b44d175c44c99f0777b30e91968d1b679a2f9b883bf21dff4f2ee4e3aa42257336b9845319b50c
9cdfceaf9853fd01195f66f9fdb35b764ed305a8fc518968b14c8a7e79ac94f4
03 01000000 4c00
acadaeafb0b1b2b3b4b5b6b7b8b9babb
bcbdbebfc0c1c2c3c4c5c6c7
6d5152b385da04f4ae17ab4cd585a2361bfcd065b26d27354186330cea5f5cc58dc671ead6e5bb494043256c781e60d1
9ea74aadd22dde36db2ab820bc69b68345d0d2d3ef89a6707391e6dbb1c7e1bc
";

#[test]
fn version_1_is_written_byte_for_byte_and_opens() {
    let lan = Lan::new();
    let envelope = lan.envelope(&[lan.keystore(), lan.passphrase(), lan.recovery()]);
    assert_eq!(hex(&envelope.to_bytes().unwrap()), hex(&unhex(FROZEN)));

    let frozen = Envelope::parse(&unhex(FROZEN)).unwrap();
    assert_eq!(frozen.book_id(), &BOOK);
    assert_eq!(frozen.damage(), None);
    for secret in [lan.keystore(), lan.passphrase(), lan.recovery()] {
        assert_eq!(frozen.open(secret).unwrap(), [(1, data_key(1))], "{secret:?}");
    }
}
