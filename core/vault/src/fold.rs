//! Folding of text for search: `đường huyết`, `DUONG HUYET` and `duong huyet` become one.
//!
//! Two forms are made of every text. The *folded* one has no marks at all; the *written* one keeps them, but has
//! one spelling for each syllable: composed, lower case, and the tone mark in one of its two places (hoà, hòa).

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// NFKD, marks stripped, `đ` to `d`, lower case. What is not a letter or a digit becomes one space.
///
/// ```
/// use healthbook_vault::fold::folded;
/// assert_eq!(folded("Đường huyết (HbA1c)"), "duong huyet hba1c");
/// ```
#[must_use]
pub fn folded(text: &str) -> String {
    let mut out = Spaced::new(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c.to_ascii_lowercase());
            continue;
        }
        // Marks go, so that their order, which is all that a character's neighbours could change, does not matter.
        decompose_compatible(c, |part| {
            if !is_combining_mark(part) {
                part.to_lowercase().for_each(|lower| {
                    out.push(match lower {
                        'đ' | 'ð' => 'd',
                        'ł' => 'l',
                        'ø' => 'o',
                        'ı' => 'i',
                        other => other,
                    });
                });
            }
        });
    }
    out.text
}

/// Composed, lower case, with one place for the tone mark; words parted by one space.
///
/// ```
/// use healthbook_vault::fold::written;
/// assert_eq!(written("Hoà"), written("hòa"));
/// assert_ne!(written("hoa"), written("hòa"));
/// ```
#[must_use]
pub fn written(text: &str) -> String {
    let lower = spaced(text.nfkc().flat_map(char::to_lowercase).nfc());
    let mut out = String::with_capacity(lower.len());
    for (n, word) in lower.split(' ').enumerate() {
        if n > 0 {
            out.push(' ');
        }
        out.push_str(&one_tone_place(word));
    }
    out
}

/// The words of [`written`] that have marks: for the others the folded form says it all.
pub(crate) fn marked(text: &str) -> String {
    let mut out = String::new();
    // What is ASCII between two spaces stays so, whatever stands around them.
    for piece in text.split_ascii_whitespace().filter(|piece| !piece.is_ascii()) {
        for word in written(piece).split(' ').filter(|word| !word.is_ascii()) {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
        }
    }
    out
}

fn spaced(characters: impl Iterator<Item = char>) -> String {
    let mut out = Spaced::new(0);
    characters.for_each(|c| out.push(c));
    out.text
}

/// Words parted by one space, whatever stood between them.
struct Spaced {
    text: String,
    gap: bool,
}

impl Spaced {
    fn new(room: usize) -> Self {
        Self { text: String::with_capacity(room), gap: false }
    }

    fn push(&mut self, c: char) {
        let is_part = if c.is_ascii() {
            c.is_ascii_alphanumeric()
        } else {
            c.is_alphanumeric() || is_combining_mark(c)
        };
        if is_part {
            if self.gap && !self.text.is_empty() {
                self.text.push(' ');
            }
            self.gap = false;
            self.text.push(c);
        } else {
            self.gap = true;
        }
    }
}

/// The five tone marks of Vietnamese: grave, acute, tilde, hook above, dot below.
fn is_tone(c: char) -> bool {
    matches!(c, '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}')
}

/// Moves the tone mark of `oa`, `oe`, `uy` onto the second letter, as the newer spelling has it (hoà), but only
/// when nothing follows that pair: in `hoàn` and `khoẻn` there is no second spelling.
fn one_tone_place(word: &str) -> String {
    if word.is_ascii() {
        return word.to_owned();
    }
    let decomposed: Vec<char> = word.nfd().collect();
    let Some(tone_at) = decomposed.iter().position(|c| is_tone(*c)) else { return word.to_owned() };
    let tone = decomposed.get(tone_at).copied();
    let rest: Vec<char> = decomposed.iter().copied().filter(|c| !is_tone(*c)).collect();
    let pair = rest.len().checked_sub(2).and_then(|from| rest.get(from..));
    let before = rest.len().checked_sub(3).and_then(|at| rest.get(at)).copied();
    let open = matches!(pair, Some(['o', 'a' | 'e'] | ['u', 'y'])) && before != Some('q');
    let single_tone = decomposed.len() == rest.len() + 1;
    match (open && single_tone, tone) {
        (true, Some(tone)) => rest.into_iter().chain([tone]).nfc().collect(),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_places_of_the_tone_mark_are_one() {
        for (old, new) in
            [("hòa", "hoà"), ("khỏe", "khoẻ"), ("thúy", "thuý"), ("Thủy", "Thuỷ"), ("họa", "hoạ")]
        {
            assert_eq!(written(old), written(new), "{old}");
            assert_eq!(folded(old), folded(new), "{old}");
        }
        assert_ne!(written("quý"), written("qúy"), "after q the u belongs to the consonant");
        assert_ne!(written("hòa"), written("hóa"));
        assert_eq!(written("hoàn"), "hoàn");
    }

    #[test]
    fn composed_and_decomposed_are_one() {
        let composed = "Đường huyết";
        let decomposed: String = composed.nfd().collect();
        assert_ne!(composed, decomposed);
        assert_eq!(folded(composed), folded(&decomposed));
        assert_eq!(written(composed), written(&decomposed));
    }

    /// The two forms as they are defined. A book's full-text tables hold what was made of its texts when they came: another
    /// form would find nothing of it any more.
    fn by_definition(text: &str) -> (String, String) {
        let plain =
            text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).map(|c| match c {
                'đ' | 'ð' => 'd',
                'ł' => 'l',
                'ø' => 'o',
                'ı' => 'i',
                other => other,
            });
        let marked: Vec<String> =
            written(text).split(' ').filter(|word| !word.is_ascii()).map(str::to_owned).collect();
        (spaced(plain), marked.join(" "))
    }

    #[test]
    fn every_character_and_every_pair_of_odd_ones_folds_as_defined() {
        let same = |text: &str| assert_eq!((folded(text), marked(text)), by_definition(text), "{text:?}");
        let all = (0..=0x0003_ffff).filter_map(char::from_u32);
        for c in all.clone() {
            same(&format!("a{c}b {c}"));
        }
        let odd: Vec<char> = all
            .filter(|c| is_combining_mark(*c) || (!c.is_ascii() && c.nfkd_is_ascii()))
            .step_by(37)
            .chain([
                ' ', '\n', '-', 'a', 'H', 'o', 'à', '̀', '̣', 'İ', 'ß', '½', '가', 'ᄀ', 'ᅡ', '\u{a0}',
                '\u{2003}',
            ])
            .collect();
        for first in &odd {
            for second in &odd {
                same(&format!("x{first}{second}y"));
                same(&format!("{second} {first}"));
            }
        }
    }

    trait Odd {
        fn nfkd_is_ascii(self) -> bool;
    }

    impl Odd for char {
        fn nfkd_is_ascii(self) -> bool {
            self.to_string().nfkd().any(|c| c.is_ascii())
        }
    }

    #[test]
    fn every_spelling_of_five_thousand_names_folds_alike() {
        let file =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/vn/fold-cases.tsv");
        let text = std::fs::read_to_string(file).unwrap();
        let mut rows = 0;
        for line in text.lines().filter(|l| !l.starts_with('#')).skip(1) {
            let columns: Vec<&str> = line.split('\t').collect();
            let (nfc, rest) = columns.split_first().unwrap();
            // The last column says what the name is one of.
            for other in rest.iter().take(4).filter(|c| !c.is_empty()) {
                assert_eq!(folded(nfc), folded(other), "{line}");
            }
            rows += 1;
        }
        assert!(rows > 5000, "{rows}");
    }
}
