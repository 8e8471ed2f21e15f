//! Vietnamese cards as a phone reads them: the QR of the citizen card (CCCD), the BHYT card's number and the QR of
//! the paper BHYT card.
//!
//! A card's text is somebody's identity: errors here say which part is wrong, never what stands in it.

mod bhyt;
mod cccd;

pub use bhyt::{BhytCard, BhytNumber, benefit, holder};
pub use cccd::{CccdCard, CccdNumber, Mismatch};

use healthbook_model::PartialDateTime;

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
    /// A BHYT card, or its number alone.
    Bhyt(BhytCard),
}

/// The QR codes hold some hundreds of characters.
const LONGEST: usize = 4096;

/// Reads what a QR code holds or a person types: a CCCD QR, a BHYT QR, a BHYT number.
///
/// ```
/// use healthbook_formats::card::{Card, read};
/// let text = "001158999999||Nguyễn Thị Mẫu|12031958|Nữ|Thôn Mẫu, Xã Thử Nghiệm, Hà Nội|01012022";
/// let Card::Cccd(card) = read(text)? else { panic!() };
/// assert_eq!(card.name, "Nguyễn Thị Mẫu");
/// assert_eq!(card.number.province_name(), Some("Hà Nội"));
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
    let first = text.split('|').next().unwrap_or_default().trim();
    if !text.contains('|') {
        return BhytNumber::parse(first)
            .map(|number| Card::Bhyt(BhytCard::of_number(number)))
            .map_err(|_| CardError::NotACard);
    }
    if first.len() == 12 && first.bytes().all(|b| b.is_ascii_digit()) {
        return CccdCard::read(text).map(Card::Cccd);
    }
    if BhytNumber::parse(first).is_ok() {
        return BhytCard::read(text).map(Card::Bhyt);
    }
    Err(CardError::NotACard)
}

/// `ddMMyyyy` or `dd/MM/yyyy`; zeros for an unknown day and month.
fn day(text: &str) -> Option<PartialDateTime> {
    let digits: String = text.trim().chars().filter(|c| *c != '/').collect();
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
        assert_eq!(read("12/03/1958").as_deref(), Some("1958-03-12"));
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

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC{0,80}", parts in proptest::collection::vec("[0-9A-Z|/đ]{0,15}", 0..12)) {
            let _ = read(&text);
            let _ = read(&parts.join("|"));
        }
    }
}
