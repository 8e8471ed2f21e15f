//! The recovery code: 128 random bits that open the book when everything else is lost.

use healthbook_model::{Random, RandomError, SecretBytes, SecretText};
use zeroize::Zeroizing;

use super::derive::derive_key;
use super::error::EnvelopeError;
use super::random::make_secret;
use super::slot::SALT;

const GROUPS: usize = 8;
const DIGITS: usize = 6;

/// A recovery code. Shown once, as eight groups of six digits; each group is 16 bits times 11, so that one wrong digit
/// or two swapped neighbours are noticed and the group is named. (The scheme of BitLocker's recovery password.)
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(SecretBytes<16>);

/// Why a text is not a recovery code. The text itself is never repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryCodeError {
    /// This group (from 1 to 8) is mistyped.
    #[error("group {0} of the recovery code is mistyped")]
    Group(u8),
    /// There are too few or too many digits to say which group is wrong.
    #[error("a recovery code has 48 digits in 8 groups of 6; there are {digits}")]
    Length {
        /// How many digits there are.
        digits: usize,
    },
    /// Something else than digits, spaces and hyphens is in it.
    #[error("a recovery code has only digits, spaces and hyphens")]
    Character,
}

impl RecoveryCode {
    /// Makes a code.
    ///
    /// # Errors
    /// When there is no randomness to be had.
    pub fn make(random: &dyn Random) -> Result<Self, RandomError> {
        make_secret(random).map(Self)
    }

    /// The code as it is shown: `123456-…`, 48 digits and 7 hyphens.
    #[must_use]
    pub fn to_text(&self) -> SecretText {
        let mut text = String::with_capacity(GROUPS * (DIGITS + 1));
        let (pairs, _) = self.0.expose().as_chunks::<2>();
        for pair in pairs {
            if !text.is_empty() {
                text.push('-');
            }
            let group = u32::from(u16::from_be_bytes(*pair)) * 11;
            for place in [100_000, 10_000, 1_000, 100, 10, 1] {
                text.extend(char::from_digit(group / place % 10, 10));
            }
        }
        SecretText::new(text)
    }

    /// Reads a code as a person types or pastes it: with or without hyphens, spaces and line breaks, in ASCII or
    /// full-width digits.
    ///
    /// # Errors
    /// See [`RecoveryCodeError`]. A code that is read may still be another book's.
    pub fn parse(text: &str) -> Result<Self, RecoveryCodeError> {
        let typed = Typed::read(text);
        if let Some(group) = typed.first_bad_group() {
            return Err(RecoveryCodeError::Group(group));
        }
        if typed.foreign > 0 {
            return Err(RecoveryCodeError::Character);
        }
        if typed.count != GROUPS * DIGITS {
            return Err(RecoveryCodeError::Length { digits: typed.count });
        }
        let (groups, _) = typed.digits.as_chunks::<DIGITS>();
        SecretBytes::filled(|bytes: &mut [u8; 2 * GROUPS]| {
            let (pairs, _) = bytes.as_chunks_mut::<2>();
            for ((number, group), pair) in (1u8..).zip(groups).zip(pairs) {
                let value = group.iter().fold(0u32, |value, digit| value * 10 + u32::from(*digit));
                let half = if value % 11 == 0 { u16::try_from(value / 11).ok() } else { None };
                *pair = half.ok_or(RecoveryCodeError::Group(number))?.to_be_bytes();
            }
            Ok(())
        })
        .map(Self)
    }

    pub(super) fn derive_slot_key(&self, salt: &[u8; SALT]) -> Result<SecretBytes<32>, EnvelopeError> {
        derive_key(self.0.expose(), salt, "healthbook recovery slot v1")
    }
}

impl std::fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCode([redacted])")
    }
}

/// What was typed: the digits in a row, and how they were grouped.
struct Typed {
    digits: Zeroizing<[u8; GROUPS * DIGITS]>,
    count: usize,
    foreign: usize,
    /// For each of the first eight groups its length and whether it holds something foreign.
    groups: [(usize, bool); GROUPS],
    group_count: usize,
}

impl Typed {
    fn read(text: &str) -> Self {
        let mut typed = Self {
            digits: Zeroizing::new([0; GROUPS * DIGITS]),
            count: 0,
            foreign: 0,
            groups: [(0, false); GROUPS],
            group_count: 0,
        };
        let mut between = true;
        for c in text.chars() {
            if is_separator(c) {
                between = true;
                continue;
            }
            if between {
                typed.group_count += 1;
                between = false;
            }
            let digit = digit(c);
            if let Some(digit) = digit {
                if let Some(place) = typed.digits.get_mut(typed.count) {
                    *place = digit;
                }
                typed.count += 1;
            } else {
                typed.foreign += 1;
            }
            if let Some((length, foreign)) = typed.groups.get_mut(typed.group_count - 1) {
                *length += 1;
                *foreign |= digit.is_none();
            }
        }
        typed
    }

    /// When eight groups were typed, the first that is not six digits.
    fn first_bad_group(&self) -> Option<u8> {
        if self.group_count != GROUPS {
            return None;
        }
        (1u8..)
            .zip(self.groups)
            .find(|(_, (length, foreign))| *length != DIGITS || *foreign)
            .map(|(number, _)| number)
    }
}

fn is_separator(c: char) -> bool {
    // Hyphens and dashes, the minus sign, the full-width hyphen, and what editors hide in a line.
    c.is_whitespace()
        || matches!(
            c,
            '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{ff0d}' | '\u{ad}' | '\u{200b}' | '\u{feff}'
        )
}

fn digit(c: char) -> Option<u8> {
    let start = match c {
        '0'..='9' => '0',
        '０'..='９' => '０',
        _ => return None,
    };
    u8::try_from(u32::from(c) - u32::from(start)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(bytes: [u8; 16]) -> RecoveryCode {
        RecoveryCode(SecretBytes::new(bytes))
    }

    const SHOWN: &str = "000000-720885-000011-002816-360448-135795-609268-524700";

    fn shown() -> RecoveryCode {
        code([0, 0, 0xff, 0xff, 0, 1, 1, 0, 0x80, 0, 0x30, 0x39, 0xd8, 0x5c, 0xba, 0x54])
    }

    #[test]
    fn a_code_is_shown_as_eight_groups_of_six_digits() {
        assert_eq!(shown().to_text().expose(), SHOWN);
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let wide: String = SHOWN
            .chars()
            .map(|c| if c == '-' { '－' } else { char::from_u32(u32::from(c) - 0x30 + 0xff10).unwrap() })
            .collect();
        for typed in [
            SHOWN.to_owned(),
            SHOWN.replace('-', " "),
            SHOWN.replace('-', ""),
            SHOWN.replace('-', " – "),
            SHOWN.replace('-', "\r\n"),
            format!("\u{feff}  {SHOWN}\n"),
            SHOWN
                .replace('-', "")
                .as_bytes()
                .chunks(4)
                .map(|c| str::from_utf8(c).unwrap())
                .collect::<Vec<_>>()
                .join(" "),
            wide,
        ] {
            assert!(RecoveryCode::parse(&typed) == Ok(shown()), "{typed}");
        }
    }

    #[test]
    fn a_mistyped_group_is_named() {
        for (typed, number) in [
            ("000001-720885-000011-002816-360448-135795-609268-524700", 1),
            ("000000-720896-000011-002816-360448-135795-609268-524700", 2), // 65536 * 11
            ("000000-999999-000011-002816-360448-135795-609268-524700", 2),
            ("000000 720885 00011 002816 360448 135795 609268 524700", 3),
            ("000000 720885 000011 0028160 360448 135795 609268 524700", 4),
            ("000000 720885 000011 002816 36O448 135795 609268 524700", 5),
            ("000000720885000011002816360448135796609268524700", 6),
        ] {
            let error = RecoveryCode::parse(typed).unwrap_err();
            assert_eq!(error, RecoveryCodeError::Group(number), "{typed}");
            assert_eq!(error.to_string(), format!("group {number} of the recovery code is mistyped"));
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let twice = SHOWN.repeat(2);
        for (typed, error) in [
            ("", RecoveryCodeError::Length { digits: 0 }),
            ("000000-720885", RecoveryCodeError::Length { digits: 12 }),
            ("00000072088500001100281636044813579560926852470", RecoveryCodeError::Length { digits: 47 }),
            (twice.as_str(), RecoveryCodeError::Length { digits: 96 }),
            ("mật khẩu của tôi", RecoveryCodeError::Character),
            ("٠٠٠٠٠٠", RecoveryCodeError::Character),
        ] {
            assert_eq!(RecoveryCode::parse(typed), Err(error), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn a_code_survives_being_shown_and_typed(bytes: [u8; 16]) {
            prop_assert!(RecoveryCode::parse(code(bytes).to_text().expose()) == Ok(code(bytes)));
        }

        #[test]
        fn one_wrong_digit_names_its_group(bytes: [u8; 16], place in 0usize..48, other in 1u8..10) {
            let mut digits: Vec<u8> = code(bytes).to_text().expose().bytes().filter(u8::is_ascii_digit).collect();
            digits[place] = b'0' + (digits[place] - b'0' + other) % 10;
            let number = u8::try_from(place / 6 + 1).unwrap();
            prop_assert_eq!(RecoveryCode::parse(str::from_utf8(&digits).unwrap()), Err(RecoveryCodeError::Group(number)));
        }

        #[test]
        fn two_swapped_neighbours_name_their_group(bytes: [u8; 16], group in 0usize..8, place in 0usize..5) {
            let mut digits: Vec<u8> = code(bytes).to_text().expose().bytes().filter(u8::is_ascii_digit).collect();
            let at = group * 6 + place;
            prop_assume!(digits[at] != digits[at + 1]);
            digits.swap(at, at + 1);
            let number = u8::try_from(group + 1).unwrap();
            prop_assert_eq!(RecoveryCode::parse(str::from_utf8(&digits).unwrap()), Err(RecoveryCodeError::Group(number)));
        }

        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = RecoveryCode::parse(&text);
        }
    }
}
