//! Every sentence of the terminal program, in Vietnamese and English.

pub(crate) mod help;
mod say;

use std::fmt::Display;

use healthbook::{Lang, LinkRel, Refusal};

pub(crate) use say::*;

/// A sentence in both languages. `{name}` stands for what is put in, and `{name|one|many}` for the word that goes with it
/// when it is a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Phrase {
    vi: &'static str,
    en: &'static str,
}

impl Phrase {
    /// The sentence in the reader's language.
    pub(crate) fn get(self, lang: Lang) -> &'static str {
        lang.pick(self.vi, self.en)
    }

    /// The same with its parts put in. Nothing inside a part is replaced again, and none of it breaks the line: the name
    /// of a file can hold anything.
    pub(crate) fn with(self, lang: Lang, parts: &[(&str, &dyn Display)]) -> String {
        let mut said = String::new();
        let mut rest = self.get(lang);
        while let Some((before, after)) = rest.split_once('{') {
            said.push_str(before);
            let (place, after) = after.split_once('}').unwrap_or((after, ""));
            let (name, forms) =
                place.split_once('|').map_or((place, None), |(name, forms)| (name, Some(forms)));
            if let Some((_, part)) = parts.iter().find(|(known, _)| *known == name) {
                let part = part.to_string();
                match forms.and_then(|forms| forms.split_once('|')) {
                    Some((one, many)) => said.push_str(if part == "1" { one } else { many }),
                    None => said.extend(part.chars().flat_map(harmless)),
                }
            }
            rest = after;
        }
        said.push_str(rest);
        said
    }
}

/// A character as it is, or a control character as it would be typed (`\n`).
fn harmless(c: char) -> impl Iterator<Item = char> {
    let escaped = c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let (as_is, typed) = if escaped { (None, Some(c.escape_default())) } else { (Some(c), None) };
    as_is.into_iter().chain(typed.into_iter().flatten())
}

/// How two records hang together.
pub(crate) fn link(rel: LinkRel) -> Phrase {
    match rel {
        LinkRel::Corrects => CORRECTS,
        LinkRel::DuplicateOf => DUPLICATE_OF,
        LinkRel::PartOf => PART_OF,
        LinkRel::DerivedFrom => DERIVED_FROM,
    }
}

/// Why something was not read.
pub(crate) fn refusal(refusal: Refusal) -> Phrase {
    match refusal {
        Refusal::Malformed => REFUSED_MALFORMED,
        Refusal::Truncated => REFUSED_TRUNCATED,
        Refusal::Encoding => REFUSED_ENCODING,
        Refusal::TooLarge => REFUSED_TOO_LARGE,
        Refusal::NotTheFormat => REFUSED_NOT_THE_FORMAT,
        Refusal::Unsupported => REFUSED_UNSUPPORTED,
        Refusal::Forbidden => REFUSED_FORBIDDEN,
    }
}

/// A way to open a book.
pub(crate) fn way(word: &str) -> Phrase {
    match word {
        "keyfile" => WAY_KEYFILE,
        "passphrase" => WAY_PASSPHRASE,
        "recovery-code" => WAY_RECOVERY,
        _ => WAY_UNKNOWN,
    }
}

/// What a scanned code is.
pub(crate) fn scanned(what: &str) -> Phrase {
    match what {
        "cccd" => SCANNED_CCCD,
        "cmnd" => SCANNED_CMND,
        "bhyt" => SCANNED_BHYT,
        "health-card" => SCANNED_HEALTH_CARD,
        "health-link" => SCANNED_HEALTH_LINK,
        _ => SCANNED_OTHER,
    }
}

/// What was done, by the stable word of the log.
pub(crate) fn action(word: &str) -> Option<Phrase> {
    ACTIONS.iter().find(|(known, _)| *known == word).map(|(_, phrase)| *phrase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str) -> impl Iterator<Item = &str> {
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(place, _)| place))
    }

    /// The parts of a sentence; words that only go with one are none.
    fn parts(text: &str) -> Vec<&str> {
        let mut names: Vec<&str> = places(text).filter(|place| !place.contains('|')).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn every_sentence_is_there_in_both_languages_with_the_same_parts() {
        assert!(ALL.len() > 100);
        for (name, phrase) in ALL.iter().copied().chain(ACTIONS.iter().copied()) {
            assert!(!phrase.vi.trim().is_empty() && !phrase.en.trim().is_empty(), "{name}");
            assert_eq!(parts(phrase.vi), parts(phrase.en), "{name}");
            assert_ne!(phrase.vi, phrase.en, "{name} is not translated");
        }
    }

    #[test]
    fn words_agree_with_a_number_that_is_told() {
        for (name, phrase) in ALL {
            for place in [phrase.vi, phrase.en].into_iter().flat_map(places) {
                let forms: Vec<&str> = place.split('|').collect();
                assert!(
                    forms.len() == 1 || forms.len() == 3 && parts(phrase.en).contains(&forms[0]),
                    "{name}"
                );
            }
        }
        let said = |n: u64| REJECTED.with(Lang::En, &[("n", &n)]);
        assert_eq!(said(1), "1 record of somebody else went out of the book.");
        assert_eq!(said(0), "0 records of somebody else went out of the book.");
        assert_eq!(said(21), "21 records of somebody else went out of the book.");
        assert_eq!(
            SEE_QUARANTINE.with(Lang::En, &[("n", &1)]).split(':').next(),
            Some("1 stretch could not be read and is kept aside")
        );
    }

    #[test]
    fn english_sentences_hold_no_vietnamese_and_the_other_way_round() {
        let has_marks = |text: &str| {
            text.chars().any(|c| {
                "ăâđêôơưàáảãạèéẻẽẹìíỉĩịòóỏõọùúủũụỳýỷỹỵ".contains(c) || ('\u{1ea0}'..='\u{1ef9}').contains(&c)
            })
        };
        for (name, phrase) in ALL {
            assert!(!has_marks(phrase.en), "{name}: {}", phrase.en);
            let english = ["the", "and", "book", "record", "records", "not", "with", "your", "please"];
            // The names of parts are the program's own.
            let said: String = phrase
                .vi
                .split('{')
                .map(|piece| piece.split_once('}').map_or(piece, |(_, after)| after))
                .collect();
            let found = said
                .split(|c: char| !c.is_alphanumeric() && !"-.".contains(c))
                .find(|word| english.contains(word));
            assert_eq!(found, None, "{name}: {}", phrase.vi);
        }
    }

    #[test]
    fn what_is_put_in_is_not_looked_into_again() {
        let phrase = Phrase { vi: "{a} và {b}.", en: "{a} and {b}." };
        assert_eq!(phrase.with(Lang::En, &[("a", &"{b}"), ("b", &2)]), "{b} and 2.");
        assert_eq!(phrase.with(Lang::Vi, &[("a", &1), ("b", &"{")]), "1 và {.");
    }
}
