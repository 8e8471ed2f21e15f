//! A number as a person writes it.

use std::fmt;
use std::str::FromStr;

/// Digits before and after the point that a reading can have. What is longer is a slip, and sums of 30 digits
/// still fit into an `i128`.
const WHOLE: usize = 15;
const FRACTION: usize = 12;

/// A text is not a number of this kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a number: digits are expected, with a point or a comma before the fraction")]
pub struct InvalidDecimal;

/// A decimal number that keeps its digits: `61.50` stays `61.50`. Never a float.
///
/// A comma before the fraction is read as Vietnamese writes it.
/// ```
/// use healthbook_formats::own::Decimal;
/// let weight: Decimal = "61,50".parse()?;
/// assert_eq!(weight.as_str(), "61.50");
/// assert!("6l.5".parse::<Decimal>().is_err());
/// # Ok::<(), healthbook_formats::own::InvalidDecimal>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal(String);

impl Decimal {
    /// The number as JSON and FHIR write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is written without a fraction.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !self.0.contains('.')
    }

    /// The value in units of 10⁻¹², to compare by.
    pub(super) fn scaled(&self) -> i128 {
        let (sign, digits) = match self.0.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, self.0.as_str()),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let value = whole
            .bytes()
            .chain(fraction.bytes().chain(std::iter::repeat(b'0')).take(FRACTION))
            .fold(0i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
        sign * value
    }
}

impl FromStr for Decimal {
    type Err = InvalidDecimal;

    fn from_str(text: &str) -> Result<Self, InvalidDecimal> {
        let text = text.trim();
        let (sign, digits) = match text.strip_prefix(['-', '−']) {
            Some(rest) => ("-", rest),
            None => ("", text),
        };
        let (whole, fraction) = match digits.split_once(['.', ',']) {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, Some(fraction)),
            Some(_) => return Err(InvalidDecimal),
            None => (digits, None),
        };
        let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !fraction.is_none_or(plain) {
            return Err(InvalidDecimal);
        }
        // JSON has no leading zeros.
        let whole = Some(whole.trim_start_matches('0')).filter(|w| !w.is_empty()).unwrap_or("0");
        if whole.len() > WHOLE || fraction.is_some_and(|f| f.len() > FRACTION) {
            return Err(InvalidDecimal);
        }
        Ok(Self(match fraction {
            Some(fraction) => format!("{sign}{whole}.{fraction}"),
            None => format!("{sign}{whole}"),
        }))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        text.parse::<Decimal>().ok().map(|d| d.to_string())
    }

    #[test]
    fn digits_stay_as_the_person_wrote_them() {
        for (typed, kept) in [
            ("128", "128"),
            ("61.50", "61.50"),
            ("61,5", "61.5"),
            ("0.010", "0.010"),
            (" -0,5 ", "-0.5"),
            ("007", "7"),
        ] {
            assert_eq!(read(typed).as_deref(), Some(kept), "{typed}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for typed in [
            "",
            ".",
            "5.",
            ".5",
            "1.2.3",
            "1,234.5",
            "1e3",
            "12O",
            "+5",
            "--5",
            "１２",
            "1234567890123456",
            "NaN",
        ] {
            assert_eq!(read(typed), None, "{typed}");
        }
    }

    #[test]
    fn numbers_compare_by_value_not_by_spelling() {
        let scaled = |text: &str| text.parse::<Decimal>().unwrap().scaled();
        assert_eq!(scaled("5.40"), scaled("5,4"));
        assert!(scaled("9.9") < scaled("10"));
        assert!(scaled("-1") < scaled("0.000000000001"));
        assert_eq!(scaled("999999999999999.999999999999"), 999_999_999_999_999_999_999_999_999);
    }
}
