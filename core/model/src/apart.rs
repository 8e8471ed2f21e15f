//! Two people under one id. A source may tell of several people under the same id (F23): the first keeps it, the others
//! and their records have it with a mark behind it, and who is meant by the id alone is then not known.

/// What stands between an id and the mark: no source writes it in an id.
const SEPARATOR: char = '\u{1f}';

/// What an id of which it is not known who is meant ends with, as a text and for SQL's `LIKE` alike.
pub const NOT_KNOWN_WHO: &str = "\u{1f}?";

/// An id with the mark of one who has it beside another.
#[must_use]
pub fn told_apart(id: &str, mark: &str) -> String {
    format!("{id}{SEPARATOR}{mark}")
}

/// The one who is meant by an id of several people.
#[must_use]
pub fn not_known_who(id: &str) -> String {
    format!("{id}{NOT_KNOWN_WHO}")
}

/// Whether a text is this id with a mark.
#[must_use]
pub fn is_told_apart(text: &str, id: &str) -> bool {
    text.strip_prefix(id).is_some_and(|mark| mark.starts_with(SEPARATOR))
}

/// What an id is called by one who has this text for an id: with the same mark, if that has one.
#[must_use]
pub fn alike(text: &str, id: &str) -> String {
    let mark = text.find(SEPARATOR).and_then(|at| text.get(at..)).unwrap_or_default();
    format!("{id}{mark}")
}

/// The texts between which, in the order of their bytes, all marked ids of this id stand, and nothing else.
#[must_use]
pub fn marks_of(id: &str) -> (String, String) {
    (format!("{id}{SEPARATOR}"), format!("{id}{SEPARATOR}{}", char::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marked_id_is_found_by_its_id_and_by_no_longer_one() {
        for marked in [told_apart("p1", "0a1b"), not_known_who("p1")] {
            assert!(is_told_apart(&marked, "p1") && !is_told_apart(&marked, "p"), "{marked:?}");
            let (after, before) = marks_of("p1");
            assert!(after < marked && marked < before, "{marked:?}");
            let (after, before) = marks_of("p");
            assert!(!(after < marked && marked < before), "{marked:?}");
        }
        assert_eq!(
            (alike("e7", "p1"), alike(&told_apart("e7", "0a1b"), "p1")),
            ("p1".into(), told_apart("p1", "0a1b"))
        );
        assert!(!is_told_apart("p12", "p1") && !is_told_apart("p1", "p1"));
        assert!(not_known_who("p1").ends_with(NOT_KNOWN_WHO));
    }
}
