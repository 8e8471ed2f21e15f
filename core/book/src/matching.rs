//! Whether what a source says of a person is the book's person. A pure decision: wrong records in a health book are
//! worse than records that wait to be confirmed (F23).

use std::collections::HashMap;

use healthbook_formats::names::{SID_BHYT, SID_CCCD};
use healthbook_model::{Identifier, PartialDateTime, PersonClues, Precision};
use healthbook_vault::fold;

/// Number of the identity card of before, as other programs write it: the book has it under the citizen number's.
const SID_CMND: &str = "http://fhir.hl7.org.vn/core/sid/cmnd";

/// Systems whose value belongs to one living person: two different values are two people, whatever their names.
fn is_national(system: &str) -> bool {
    matches!(system, SID_CCCD | SID_CMND)
}

/// A name without marks, case and order: `NGUYỄN VĂN A`, `Van A, Nguyen`.
fn name_words(name: &str) -> Vec<String> {
    let mut words: Vec<String> =
        fold::folded(name).split(' ').filter(|w| !w.is_empty()).map(str::to_owned).collect();
    words.sort();
    words
}

fn same_name(a: &PersonClues, b: &PersonClues) -> bool {
    fn words(clues: &PersonClues) -> Vec<(&str, Vec<String>)> {
        clues.names.iter().map(|n| (n.as_str(), name_words(n))).filter(|(_, w)| !w.is_empty()).collect()
    }
    let (a, b) = (words(a), words(b));
    a.iter().any(|(name, plain)| {
        b.iter().any(|(other, theirs)| plain == theirs && marks_agree(name, other, plain))
    })
}

/// Whether two names of the same words without marks (`plain`) can be one with them. Hương and Hường are two, and twins
/// are called so; a name that has no mark at all was written where there are none.
fn marks_agree(a: &str, b: &str, plain: &[String]) -> bool {
    let marked = |name: &str| {
        let written = fold::written(name);
        let mut words: Vec<String> =
            written.split(' ').filter(|w| !w.is_empty()).map(str::to_owned).collect();
        words.sort();
        words
    };
    let (a, b) = (marked(a), marked(b));
    a == b || a == plain || b == plain
}

/// Equal as far as both are known, and known to the year at least.
fn same_birth(a: Option<&PartialDateTime>, b: Option<&PartialDateTime>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return false };
    let common = a.precision().min(b.precision()).min(Precision::Day);
    a.year() == b.year()
        && (common < Precision::Month || a.month() == b.month())
        && (common < Precision::Day || a.day() == b.day())
}

fn same_sex(a: Option<&String>, b: Option<&String>) -> bool {
    let known = |sex: Option<&String>| sex.filter(|s| *s != "unknown").cloned();
    known(a).is_some() && known(a) == known(b)
}

/// A value that really tells people apart: no placeholder such as `0`, `N/A`, `99999`, `unknown` or `123456789`.
fn tells(value: &str) -> bool {
    let digits: Vec<u32> = value.chars().filter_map(|c| c.to_digit(10)).collect();
    let mut characters = value.chars().filter(|c| c.is_alphanumeric());
    let first = characters.next();
    let counted = digits.windows(2).all(|pair| matches!(pair, [a, b] if (a + 1) % 10 == *b));
    digits.len() >= 4 && !counted && characters.any(|c| Some(c) != first)
}

/// Birth date or sex are known of both and differ.
fn differs(a: &PersonClues, b: &PersonClues) -> bool {
    let birth = a.birth_date.is_some()
        && b.birth_date.is_some()
        && !same_birth(a.birth_date.as_ref(), b.birth_date.as_ref());
    let known = |sex: &Option<String>| sex.as_deref().is_some_and(|s| s == "male" || s == "female");
    birth || (known(&a.sex) && known(&b.sex) && a.sex != b.sex)
}

/// Longest text that is looked at as a national number, which has twelve digits: what a hostile file writes there may
/// have millions.
const LONGEST_NUMBER: usize = 64;

/// The national numbers that are known of somebody.
pub(crate) fn numbers(clues: &PersonClues) -> impl Iterator<Item = &Identifier> {
    clues
        .identifiers
        .iter()
        .filter(|i| is_national(&i.system) && i.value.len() <= LONGEST_NUMBER && tells(&i.value))
}

/// Two numbers of two people: one person may have an old and a new one, which differ in length.
fn are_two(a: &Identifier, b: &Identifier) -> bool {
    a.system == b.system && a.value != b.value && a.value.len() == b.value.len()
}

/// Whether all of these, each of whom could be the book's person, can be one person: no two have different national
/// numbers.
pub(crate) fn can_be_one<'c>(people: impl IntoIterator<Item = &'c PersonClues>) -> bool {
    are_one(people.into_iter().flat_map(numbers))
}

/// Whether these national numbers can all be one person's.
pub(crate) fn are_one<'c>(numbers: impl IntoIterator<Item = &'c Identifier>) -> bool {
    let mut known: HashMap<(&str, usize), &str> = HashMap::new();
    numbers.into_iter().all(|number| {
        let value = number.value.as_str();
        *known.entry((number.system.as_str(), value.len())).or_insert(value) == value
    })
}

/// Whether what is said cannot be said of the book's person: another national identifier, or another name together with
/// another birth date or sex.
pub(crate) fn contradicts(book: &PersonClues, other: &PersonClues) -> bool {
    let another_number = numbers(book).any(|mine| numbers(other).any(|theirs| are_two(mine, theirs)));
    let named = !book.names.is_empty() && !other.names.is_empty();
    another_number || (named && !same_name(book, other) && differs(book, other))
}

/// By what one subject is told from another of the same id: a stable text, for the row of the subject only.
pub(crate) fn told_apart(clues: &PersonClues) -> String {
    let name = clues.names.first().map(|n| name_words(n).join(" ")).unwrap_or_default();
    let born = clues.birth_date.map(|d| d.to_string()).unwrap_or_default();
    let mut numbers: Vec<&str> = numbers(clues).map(|number| number.value.as_str()).collect();
    numbers.sort_unstable();
    format!("{name} {born} {}", numbers.join(" "))
}

/// Whether the two are one person: an identifier in common, else name, birth date and sex all equal. A national
/// identifier that differs says no to everything else; one that is not national counts only when birth date and sex do
/// not speak against it.
pub(crate) fn is_same_person(book: &PersonClues, other: &PersonClues) -> bool {
    if numbers(book).any(|mine| numbers(other).any(|theirs| are_two(mine, theirs))) {
        return false;
    }
    let mut shared = false;
    for mine in &book.identifiers {
        for theirs in other.identifiers.iter().filter(|i| i.system == mine.system && !i.system.is_empty()) {
            if mine.value == theirs.value {
                shared |= tells(&mine.value) && (is_national(&mine.system) || !differs(book, other));
            }
        }
    }
    shared
        || (same_name(book, other)
            && same_birth(book.birth_date.as_ref(), other.birth_date.as_ref())
            && same_sex(book.sex.as_ref(), other.sex.as_ref()))
}

/// A part of what is told of a person, which two descriptions are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Name,
    BirthDate,
    Sex,
    /// The citizen number, or the old identity card's.
    Cccd,
    /// The social insurance number within the insurance card's.
    Bhyt,
}

/// The parts of which both the book and a card that the person holds in their hand tell, each with whether they agree.
/// Agreeing in all of them is no proof that they are one person, but leaves nothing to ask about.
pub(crate) fn compared(book: &PersonClues, card: &PersonClues) -> Vec<(Part, bool)> {
    let known = |sex: &Option<String>| sex.as_deref().is_some_and(|s| s == "male" || s == "female");
    let born = book.birth_date.is_some() && card.birth_date.is_some();
    let social = |number: &'_ str| number.len().saturating_sub(10);
    [
        (Part::Name, (!book.names.is_empty() && !card.names.is_empty()).then(|| same_name(book, card))),
        (Part::BirthDate, born.then(|| same_birth(book.birth_date.as_ref(), card.birth_date.as_ref()))),
        (Part::Sex, (known(&book.sex) && known(&card.sex)).then(|| book.sex == card.sex)),
        (Part::Cccd, same_number(book, card, is_national, |number| number)),
        (
            Part::Bhyt,
            same_number(book, card, |system| system == SID_BHYT, |n| n.get(social(n)..).unwrap_or(n)),
        ),
    ]
    .into_iter()
    .filter_map(|(part, agrees)| agrees.map(|agrees| (part, agrees)))
    .collect()
}

/// Whether every number of a system that the card has is among the book's of that length; `None` where there are not
/// two to compare.
fn same_number(
    book: &PersonClues,
    card: &PersonClues,
    system: impl Fn(&str) -> bool,
    core: impl Fn(&str) -> &str,
) -> Option<bool> {
    let mut found = None;
    for theirs in card.identifiers.iter().filter(|i| system(&i.system)) {
        let theirs_core = core(&theirs.value);
        let mut mine = book
            .identifiers
            .iter()
            .filter(|i| i.system == theirs.system)
            .map(|i| core(&i.value))
            .filter(|mine| mine.len() == theirs_core.len())
            .peekable();
        if mine.peek().is_some() {
            found = Some(found.unwrap_or(true) && mine.any(|mine| mine == theirs_core));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The compared parts in which the two do not agree.
    fn differences(book: &PersonClues, card: &PersonClues) -> Vec<Part> {
        let parts = compared(book, card).into_iter();
        parts.filter(|(_, agrees)| !agrees).map(|(part, _)| part).collect()
    }

    fn clues(name: &str, born: &str, sex: &str, cccd: Option<&str>) -> PersonClues {
        PersonClues {
            names: vec![name.to_owned()],
            birth_date: born.parse().ok(),
            sex: Some(sex.to_owned()),
            identifiers: cccd
                .map(|value| Identifier { system: SID_CCCD.to_owned(), value: value.to_owned() })
                .into_iter()
                .collect(),
        }
    }

    #[test]
    fn one_person_in_two_spellings() {
        let book = clues("Nguyễn Thị Mẫu", "1958-03-12", "female", Some("001158999999"));
        assert!(is_same_person(&book, &clues("NGUYEN THI MAU", "1958-03-12", "female", None)));
        assert!(
            is_same_person(&book, &clues("Mẫu, Nguyễn Thị", "1958", "female", None)),
            "only the year is known"
        );
        assert!(is_same_person(&book, &clues("N. T. M.", "1990", "male", Some("001158999999"))));
    }

    #[test]
    fn not_the_same_person() {
        let book = clues("Nguyễn Thị Mẫu", "1958-03-12", "female", Some("001158999999"));
        assert!(!is_same_person(
            &book,
            &clues("Nguyễn Thị Mẫu", "1958-03-12", "female", Some("001158000001"))
        ));
        assert!(!is_same_person(&book, &clues("Nguyễn Thị Mẫu", "1958-03-13", "female", None)));
        assert!(!is_same_person(&book, &clues("Nguyễn Thị Mẫu", "1958-03-12", "unknown", None)));
        assert!(!is_same_person(&book, &PersonClues::default()));
        assert!(
            !is_same_person(&PersonClues::default(), &PersonClues::default()),
            "nothing known is no match"
        );
    }

    #[test]
    fn twins_whose_names_differ_by_a_mark_are_two() {
        let book = clues("Nguyễn Thị Thúy Hương", "1958-03-12", "female", None);
        let twin = |name| is_same_person(&book, &clues(name, "1958-03-12", "female", None));
        assert!(!twin("Nguyễn Thị Thúy Hường"));
        assert!(!twin("NGUYỄN THỊ THUY HƯƠNG"), "a mark that is missing in one word only");
        assert!(twin("NGUYỄN THỊ THUÝ HƯƠNG"), "the tone's two places are one");
        assert!(twin("Nguye\u{302}\u{303}n Thi\u{323} Thu\u{301}y Hu\u{31b}o\u{31b}ng"));
        assert!(twin("HUONG, NGUYEN THI THUY"));
    }

    #[test]
    fn a_card_is_asked_about_by_the_parts_that_differ() {
        let book = clues("Nguyễn Thị Mẫu", "1958-03-12", "female", Some("001158999999"));
        assert_eq!(differences(&book, &clues("NGUYEN THI MAU", "1958", "female", Some("001158999999"))), []);
        // Nothing is said of both: that is no agreement either.
        assert_eq!(compared(&book, &PersonClues::default()), []);
        assert_eq!(compared(&PersonClues::default(), &book), []);
        assert_eq!(
            differences(&book, &clues("Trần Văn Thử", "1990-07-01", "male", Some("079090888888"))),
            [Part::Name, Part::BirthDate, Part::Sex, Part::Cccd]
        );
        // The nine digits of the old card are another number of the same person.
        assert_eq!(differences(&book, &clues("Nguyễn Thị Mẫu", "1958", "female", Some("012999999"))), []);
    }

    #[test]
    fn an_insurance_card_of_another_group_is_the_same_persons_as_long_as_its_last_ten_digits_are() {
        let with = |value: &str| PersonClues {
            identifiers: vec![Identifier { system: SID_BHYT.to_owned(), value: value.to_owned() }],
            ..PersonClues::default()
        };
        let book = with("GD4019900000001");
        assert_eq!(differences(&book, &with("HT3019900000001")), []);
        assert_eq!(differences(&book, &with("9900000001")), []);
        assert_eq!(differences(&book, &with("GD4019900000002")), [Part::Bhyt]);
    }
}
