//! Vietnamese cards as a phone reads them or a person types them: the QR of the citizen card (CCCD) and its number, the
//! number of the old identity card (CMND), the BHYT card's number and the QR of the paper BHYT card.
//!
//! A card's text is somebody's identity: errors here say which part is wrong, never what stands in it.

mod bhyt;
mod cccd;
mod cmnd;
mod explain;

pub use bhyt::{BhytCard, BhytNumber, Validity};
pub use cccd::{CccdCard, CccdNumber, Mismatch};
pub use cmnd::CmndNumber;
pub use explain::Explained;
pub(crate) use explain::facility;

use std::borrow::Cow;

use healthbook_model::PartialDateTime;
use unicode_normalization::UnicodeNormalization;

/// Minutes east of UTC: the days on cards are Vietnam's.
const VIETNAM: i16 = 7 * 60;

/// What is wrong with a card's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// It is none of the cards read here.
    #[error("not a CCCD or BHYT card")]
    NotACard,
    /// Fewer fields than the card has.
    #[error("the card's text ends too early: field {0} is missing")]
    Missing(&'static str),
    /// A field that is not what it should be.
    #[error("the card's field {0} cannot be read")]
    Field(&'static str),
    /// Longer than any card.
    #[error("the text is too long for a card")]
    TooLong,
}

/// Male or female, as the cards have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sex {
    /// Nam.
    Male,
    /// Nữ.
    Female,
}

impl Sex {
    /// The FHIR administrative gender.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Male => "male",
            Self::Female => "female",
        }
    }
}

/// A card that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Card {
    /// The citizen card.
    Cccd(CccdCard),
    /// The number of a citizen card alone.
    CccdNumber(CccdNumber),
    /// The number of an old identity card alone.
    Cmnd(CmndNumber),
    /// A BHYT card, or its number alone.
    Bhyt(BhytCard),
}

/// The QR codes hold some hundreds of characters.
const LONGEST: usize = 4096;

/// Reads what a QR code holds or a person types: a CCCD QR or number, a CMND number, a BHYT QR or number. Letters of a
/// number may be small, numbers may have spaces, fields behind the known ones are left alone, and the wide and the
/// broken bar that some keyboards and scanners make of `|` are taken for it.
///
/// ```
/// use healthbook_formats::card::{Card, read};
/// let text = "001158999999||Nguyễn Thị Mẫu|12031958|Nữ|Thôn Mẫu, Xã Thử Nghiệm, Hà Nội|01012022";
/// let Card::Cccd(card) = read(text)? else { panic!() };
/// assert_eq!(card.name, "Nguyễn Thị Mẫu");
/// assert_eq!(card.number.province().map(|province| province.vi), Some("Hà Nội"));
/// assert_eq!(card.born.map(|d| d.to_string()).as_deref(), Some("1958-03-12"));
/// # Ok::<(), healthbook_formats::card::CardError>(())
/// ```
///
/// # Errors
/// See [`CardError`].
pub fn read(text: &str) -> Result<Card, CardError> {
    if text.len() > LONGEST {
        return Err(CardError::TooLong);
    }
    let text = text.trim_start_matches('\u{feff}').trim();
    let text: Cow<'_, str> =
        if text.contains(['｜', '¦']) { text.replace(['｜', '¦'], "|").into() } else { text.into() };
    let text = text.as_ref();
    let first = text.split('|').next().unwrap_or_default().trim();
    if !text.contains('|') {
        return CccdNumber::parse(first)
            .map(Card::CccdNumber)
            .or_else(|_| CmndNumber::parse(first).map(Card::Cmnd))
            .or_else(|_| BhytNumber::parse(first).map(|number| Card::Bhyt(BhytCard::of_number(number))))
            .map_err(|_| CardError::NotACard);
    }
    if CccdNumber::parse(first).is_ok() {
        return CccdCard::read(text).map(Card::Cccd);
    }
    if BhytNumber::parse(first).is_ok() {
        return BhytCard::read(text).map(Card::Bhyt);
    }
    Err(CardError::NotACard)
}

/// `Nam` and `Nữ` as citizen cards have it, `1` and `2` as insurance cards have it, in any case and any way to put the
/// marks; `None` for nothing.
fn sex(text: &str) -> Result<Option<Sex>, CardError> {
    match text.nfc().collect::<String>().to_lowercase().as_str() {
        "nam" | "1" => Ok(Some(Sex::Male)),
        "nữ" | "nu" | "2" => Ok(Some(Sex::Female)),
        "" | "-" => Ok(None),
        _ => Err(CardError::Field("sex")),
    }
}

/// `ddMMyyyy`, also with `/`, `-` or `.` between; zeros for an unknown day and month; the year alone.
fn day(text: &str) -> Option<PartialDateTime> {
    let digits: String = text.trim().chars().filter(|c| !matches!(c, '/' | '-' | '.')).collect();
    if digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()) {
        return PartialDateTime::date(digits.parse().ok()?, None, None);
    }
    if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let day: u8 = digits.get(..2)?.parse().ok()?;
    let month: u8 = digits.get(2..4)?.parse().ok()?;
    let year: u16 = digits.get(4..)?.parse().ok()?;
    let known = |part: u8| (part != 0).then_some(part);
    PartialDateTime::date(year, known(month), known(month).and(known(day)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_of_cards_say_only_what_is_known() {
        let read = |text| day(text).map(|d| d.to_string());
        assert_eq!(read("12031958").as_deref(), Some("1958-03-12"));
        for written in ["12/03/1958", "12-03-1958", "12.03.1958"] {
            assert_eq!(read(written).as_deref(), Some("1958-03-12"), "{written}");
        }
        assert_eq!(read("00001958").as_deref(), Some("1958"));
        assert_eq!(read("00031958").as_deref(), Some("1958-03"));
        assert_eq!(read("1958").as_deref(), Some("1958"));
        for wrong in ["", "31021958", "1203195", "120319580", "ab031958", "-"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_no_card_is_told_without_its_content() {
        for text in ["", "hello", "|", "||||||", "12345|a|b|c", "https://example.org/?a=1|2"] {
            assert_eq!(read(text), Err(CardError::NotACard), "{text}");
        }
        assert_eq!(read(&"1".repeat(5000)), Err(CardError::TooLong));
        let secret = "001158999999||Bí Mật|99999999|Nữ|x|y";
        let error = read(secret).unwrap_err();
        assert!(!error.to_string().contains("Bí Mật") && !error.to_string().contains("99999999"));
    }

    #[test]
    fn typed_numbers_are_told_apart_by_their_form() {
        assert!(matches!(read(" 001 158 999999 "), Ok(Card::CccdNumber(_))));
        assert!(matches!(read("012 999 999"), Ok(Card::Cmnd(_))));
        assert!(matches!(read("9900000001"), Ok(Card::Bhyt(_))));
        assert!(matches!(read("gd 4 01 990 000 0001"), Ok(Card::Bhyt(_))));
        for none in ["12345678", "12345678901", "0011589999999", "００１１５８９９９９９９", "00115899999O"]
        {
            assert_eq!(read(none), Err(CardError::NotACard), "{none}");
        }
    }

    #[test]
    fn a_card_is_read_through_other_bars_spaces_and_letters() {
        let plain = read("001158999999||Nguyễn Thị Mẫu|12031958|Nữ|Nơi thử|01012022").unwrap();
        for same in [
            "001158999999｜｜Nguyễn Thị Mẫu｜12031958｜Nữ｜Nơi thử｜01012022",
            "\u{feff} 001158999999 | | Nguyễn Thị Mẫu | 12/03/1958 | NỮ | Nơi thử | 01-01-2022 | | |thêm|",
            "001 158 999 999¦¦Nguyễn Thị Mẫu¦12031958¦nu\u{31b}\u{303}¦Nơi thử¦01012022\r\n",
        ] {
            assert_eq!(read(same).as_ref(), Ok(&plain), "{same}");
        }
        assert_eq!(read("001158999999|012|Nguyễn Thị Mẫu|12031958|Nữ|Nơi thử|01012022"), Ok(plain));
    }

    proptest! {
        /// Whoever holds a card finds its fields again, whatever else the code has behind them.
        #[test]
        fn every_citizen_card_comes_back_as_it_was_written(
            province in 0usize..63, century in 0u8..4, year in 0u8..100, serial in 0u32..1_000_000,
            name in "[A-ZĐ][a-zàảãáạăâđèêìòôơùưỳ]{1,9}( [A-ZĐ][a-zàảãáạăâđèêìòôơùưỳ]{0,9}){0,5}",
            address in "[^|｜¦\\p{C}]{0,60}", old in proptest::option::of(0u32..1_000_000_000),
            more in proptest::collection::vec("[^｜¦\\p{C}]{0,20}", 0..4),
        ) {
            let province = crate::names::CodeList::FormerProvince.all().nth(province).unwrap();
            let number = format!("0{}{century}{year:02}{serial:06}", province.code);
            let full_year = 1900 + u16::from(century) / 2 * 100 + u16::from(year);
            let sex = if century % 2 == 0 { "Nam" } else { "Nữ" };
            let cmnd = old.map(|old| format!("{old:09}"));
            let text = format!(
                "{number}|{}|{name}|2802{full_year}|{sex}|{address}|01012022|{}",
                cmnd.clone().unwrap_or_default(), more.join("|")
            );
            let Ok(Card::Cccd(card)) = read(&text) else { panic!("{text}") };
            prop_assert_eq!(card.number.as_str(), &number);
            prop_assert_eq!(card.number.province(), Some(province));
            prop_assert_eq!(card.mismatches(), []);
            prop_assert_eq!(&card.name, &name);
            prop_assert_eq!(card.born.map(|d| d.to_string()), Some(format!("{full_year}-02-28")));
            prop_assert_eq!(card.old_number.as_ref().map(|n| n.as_str().to_owned()), cmnd);
            let address = address.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(card.address.unwrap_or_default(), address);
        }

        /// A name goes through the hexadecimal of a paper card and back.
        #[test]
        fn every_insurance_card_comes_back_as_it_was_written(
            holder in 0usize..45, level in 1u8..6, province in 1u8..97, social in 0u64..10_000_000_000,
            name in "[A-ZĐ][a-zàảãáạăâđèêìòôơùưỳ]{1,9}( [A-ZĐ][a-zàảãáạăâđèêìòôơùưỳ]{0,9}){0,5}",
            short in proptest::bool::ANY, upper in proptest::bool::ANY,
        ) {
            let holder = crate::names::CodeList::CardHolder.all().nth(holder).unwrap();
            let long = format!("{}{level}{province:02}{social:010}", holder.code);
            let number = if short { format!("{social:010}") } else { long };
            let hex = data_encoding::HEXLOWER.encode(name.as_bytes());
            let hex = if upper { hex.to_uppercase() } else { hex };
            let text = format!("{}|{hex}|01/02/1990|1|-|01 - 001|01/01/2026|-|$", number.to_lowercase());
            let Ok(Card::Bhyt(card)) = read(&text) else { panic!("{text}") };
            prop_assert_eq!(card.number.as_str(), &number);
            prop_assert_eq!(card.name.as_ref(), Some(&name));
            prop_assert_eq!(card.number.holder(), (!short).then_some(holder));
            prop_assert_eq!(card.facility.as_deref(), Some("01001"));
        }

        /// An error names a field, never what stands in it.
        #[test]
        fn no_error_repeats_what_it_read(secret in "[A-Z]{8,12}", fields in 0usize..9) {
            let text = vec![secret.as_str(); fields].join("|");
            for first in ["001158999999|", "GD4019900000001|", ""] {
                if let Err(error) = read(&format!("{first}{text}")) {
                    prop_assert!(!error.to_string().contains(&secret));
                }
            }
        }

        #[test]
        fn any_text_is_survived(text in "\\PC{0,80}", parts in proptest::collection::vec("[0-9A-Z|/đ]{0,15}", 0..12)) {
            for text in [text, parts.join("|")] {
                if let Ok(card) = read(&text) {
                    let _ = card.explain(healthbook_model::Timestamp(0), healthbook_model::Lang::Vi);
                }
            }
        }
    }
}
