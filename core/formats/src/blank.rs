//! Overwrites, in place, the part of a document that a purge removes: the bytes go, every other byte stays where
//! it was, so that all other records still find theirs.

use std::sync::LazyLock;

use data_encoding::{BASE64, BASE64_NOPAD, Encoding};

/// Overwrites a stretch of a document with spaces; of a JSON object its braces stay.
///
/// `inner` is that of the record's [`Span`](healthbook_model::Span): `None` blanks the whole stretch; offset and
/// length inside what the base64 of the stretch decodes to blank only these bytes, by encoding the touched groups
/// of four characters anew at the same places. White space and character references (`&#13;`) between the base64
/// characters are left alone.
///
/// Returns whether it could; if not, nothing was changed. A stretch that is no base64, or shorter than `inner`
/// says, cannot be blanked by `inner`.
///
/// ```
/// use healthbook_formats::blank::blank;
/// let mut stretch = *b"SGVs\r\nbG8h"; // "Hello!"
/// assert!(blank(&mut stretch, Some((1, 3))));
/// assert_eq!(&stretch, b"SCAg\r\nIG8h"); // "H   o!"
/// ```
pub fn blank(stretch: &mut [u8], inner: Option<(u64, u64)>) -> bool {
    let Some((offset, length)) = inner else {
        // A document that is read again (an import that was stopped) must find a value where one stood.
        let object = matches!(stretch, [b'{', .., b'}']);
        stretch.fill(b' ');
        if let (true, [first, .., last]) = (object, stretch) {
            (*first, *last) = (b'{', b'}');
        }
        return true;
    };
    let range = usize::try_from(offset)
        .ok()
        .zip(usize::try_from(length).ok())
        .and_then(|(offset, length)| Some((offset, offset.checked_add(length)?)));
    let Some((from, to)) = range else { return false };
    // A stretch that went before with all of its file (a visit of a claim, and then its parts) holds nothing any more.
    if from == to || (!stretch.is_empty() && stretch.iter().all(|byte| *byte == b' ')) {
        return true;
    }
    match rewritten(stretch, from, to) {
        Some(changes) => {
            for (at, byte) in changes {
                if let Some(place) = stretch.get_mut(at) {
                    *place = byte;
                }
            }
            true
        }
        None => false,
    }
}

/// What a base64 stretch decodes to. Missing padding and white space are accepted.
pub(crate) fn decode(stretch: &[u8]) -> Option<Vec<u8>> {
    let mut characters: Vec<u8> = Vec::with_capacity(stretch.len());
    characters.extend(Characters::of(stretch).map(|(_, byte)| byte));
    while characters.last() == Some(&b'=') {
        characters.pop();
    }
    LENIENT.decode(&characters).ok()
}

/// How much a base64 stretch decodes to; `None` when [`decode`] would give nothing.
pub(crate) fn decoded_length(stretch: &[u8]) -> Option<usize> {
    let (mut letters, mut is_over) = (0usize, false);
    for (_, byte) in Characters::of(stretch) {
        let is_letter = byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        is_over |= byte == b'=';
        if is_over != (byte == b'=') || (!is_letter && !is_over) {
            return None;
        }
        letters += usize::from(is_letter);
    }
    LENIENT.decode_len(letters).ok()
}

/// Decodes a stretch into its own first bytes and gives their number. `None` changes nothing.
pub(crate) fn decode_in_place(stretch: &mut [u8]) -> Option<usize> {
    /// Characters decoded in one go: whole groups of four.
    const GROUP: usize = 4096;
    let length = decoded_length(stretch)?;
    let (mut at, mut done) = (0, 0);
    while done < length {
        let mut letters = [0; GROUP];
        let mut count = 0;
        let mut characters = Characters { stretch: &*stretch, at };
        for place in &mut letters {
            let Some((_, letter)) = characters.next().filter(|(_, letter)| *letter != b'=') else { break };
            *place = letter;
            count += 1;
        }
        at = characters.at;
        let bytes = LENIENT.decode(letters.get(..count)?).ok()?;
        // Four characters are three bytes: what is written has been read.
        stretch.get_mut(done..done + bytes.len())?.copy_from_slice(&bytes);
        done += bytes.len();
        if bytes.is_empty() {
            break;
        }
    }
    Some(done)
}

/// Base64 without padding that does not ask for zeros in the last unused bits, as some encoders leave them.
static LENIENT: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = BASE64_NOPAD.specification();
    specification.check_trailing_bits = false;
    specification.encoding().unwrap_or(BASE64_NOPAD)
});

/// The new characters, with their places, that make bytes `from..to` of the decoded text spaces.
fn rewritten(stretch: &[u8], from: usize, to: usize) -> Option<Vec<(usize, u8)>> {
    let (first, last) = (from / 3, (to - 1) / 3);
    let mut characters = Characters::of(stretch).skip(first.checked_mul(4)?);
    let mut changes = Vec::new();
    for quantum in first..=last {
        let group: Vec<(usize, u8)> = characters.by_ref().take(4).collect();
        let letters: Vec<u8> = group.iter().map(|(_, byte)| *byte).filter(|byte| *byte != b'=').collect();
        let mut bytes = LENIENT.decode(&letters).ok()?;
        let begin = quantum * 3;
        // The range must lie within what is really there.
        if begin + bytes.len() < to.min(begin + 3) {
            return None;
        }
        for (n, byte) in bytes.iter_mut().enumerate() {
            if (from..to).contains(&(begin + n)) {
                *byte = b' ';
            }
        }
        let encoded = BASE64.encode(&bytes);
        changes.extend(group.iter().zip(encoded.bytes()).map(|((at, _), byte)| (*at, byte)));
    }
    Some(changes)
}

/// The base64 characters of a stretch with their places: all but white space and XML character references.
struct Characters<'a> {
    stretch: &'a [u8],
    at: usize,
}

impl<'a> Characters<'a> {
    fn of(stretch: &'a [u8]) -> Self {
        Self { stretch, at: 0 }
    }
}

/// `&#x0000D;` and shorter.
const LONGEST_REFERENCE: usize = 10;

impl Iterator for Characters<'_> {
    type Item = (usize, u8);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let at = self.at;
            let byte = *self.stretch.get(at)?;
            self.at += 1;
            if byte == b'&' && self.stretch.get(self.at) == Some(&b'#') {
                let rest = self.stretch.get(at..).unwrap_or_default();
                if let Some(end) = rest.iter().take(LONGEST_REFERENCE).position(|b| *b == b';') {
                    self.at = at + end + 1;
                    continue;
                }
            }
            if !byte.is_ascii_whitespace() {
                return Some((at, byte));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_stretch_becomes_spaces_and_an_object_an_empty_one() {
        let mut stretch = "<A>đường</A>".as_bytes().to_vec();
        let length = stretch.len();
        assert!(blank(&mut stretch, None));
        assert_eq!(stretch, vec![b' '; length]);
        let mut stretch = *b"{\"a\":1}";
        assert!(blank(&mut stretch, None));
        assert_eq!(&stretch, b"{     }");
    }

    #[test]
    fn what_cannot_be_blanked_is_left_as_it_was() {
        for (stretch, inner) in [
            ("SGVsbG8h", (6, 1)),
            ("SGVsbG8h", (0, 7)),
            ("SGVsbG8h", (u64::MAX, 2)),
            ("SGV*bG8h", (1, 1)),
            ("", (0, 1)),
            ("SGVsbG8", (5, 1)),
            ("S", (0, 1)),
        ] {
            let mut bytes = stretch.as_bytes().to_vec();
            assert!(!blank(&mut bytes, Some(inner)), "{stretch} {inner:?}");
            assert_eq!(bytes, stretch.as_bytes(), "{stretch} {inner:?}");
        }
        assert!(blank(&mut [], Some((0, 0))));
    }

    #[test]
    fn base64_that_an_xml_writer_wrapped_is_read_and_blanked() {
        let mut stretch = b"SGVs&#xD;\nbG8&#13;h".to_vec();
        assert_eq!(decode(&stretch).as_deref(), Some(b"Hello!".as_slice()));
        assert!(blank(&mut stretch, Some((4, 2))));
        assert_eq!(decode(&stretch).as_deref(), Some(b"Hell  ".as_slice()));
        assert_eq!(stretch.len(), b"SGVs&#xD;\nbG8&#13;h".len());
    }

    proptest! {
        #[test]
        fn blanking_takes_the_range_and_nothing_else(
            text in proptest::collection::vec(any::<u8>(), 1..200),
            a in 0usize..200,
            b in 0usize..200,
            width in 1usize..80,
            padded in any::<bool>(),
        ) {
            let (from, to) = (a.min(b).min(text.len()), a.max(b).min(text.len()));
            let coded = if padded { BASE64.encode(&text) } else { BASE64_NOPAD.encode(&text) };
            let lines: Vec<&str> =
                coded.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
            let before = lines.join("\r\n ").into_bytes();
            let mut after = before.clone();
            prop_assert!(blank(&mut after, Some((from as u64, (to - from) as u64))));
            let mut expected = text;
            expected[from..to].fill(b' ');
            prop_assert_eq!(decode(&after), Some(expected));
            prop_assert_eq!(before.len(), after.len());
            for (x, y) in before.iter().zip(&after) {
                prop_assert_eq!(x.is_ascii_whitespace(), y.is_ascii_whitespace());
            }
        }

        #[test]
        fn any_bytes_are_survived(
            mut bytes in proptest::collection::vec(any::<u8>(), 0..100),
            offset in any::<u64>(),
            length in any::<u64>(),
        ) {
            let before = bytes.len();
            blank(&mut bytes, Some((offset, length)));
            blank(&mut bytes, Some((offset % 64, length % 64)));
            prop_assert_eq!(bytes.len(), before);
        }
    }
}
