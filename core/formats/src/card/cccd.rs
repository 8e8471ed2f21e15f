//! The citizen card.

use std::fmt;

use healthbook_model::PartialDateTime;

use super::{CardError, CmndNumber, Sex, day, sex};
use crate::names::{CodeList, Named};
use crate::view::one_line;

/// The 12 digits of a citizen card: province of birth registration (3), century and sex (1), year of birth (2),
/// random (6). There is no check digit. Source: Nghị định 137/2015/NĐ-CP article 13 and Thông tư 59/2021/TT-BCA
/// article 4; provinces as of before 2025-07-01, which the numbers keep.
///
/// Prints as `[redacted]`: the number is somebody's.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CccdNumber(String);

impl CccdNumber {
    /// Twelve digits; spaces are left out.
    ///
    /// # Errors
    /// [`CardError::Field`] when it is anything else.
    pub fn parse(text: &str) -> Result<Self, CardError> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if digits.len() == 12 && digits.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(digits))
        } else {
            Err(CardError::Field("CCCD"))
        }
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn digit(&self, at: usize) -> u16 {
        self.0.as_bytes().get(at).map_or(0, |b| u16::from(b.saturating_sub(b'0')))
    }

    /// The code of the province, as written: `001`.
    #[must_use]
    pub fn province_code(&self) -> &str {
        self.0.get(..3).unwrap_or_default()
    }

    /// The province by the list of 63, which the numbers keep; `None` for a number that is not in it.
    #[must_use]
    pub fn province(&self) -> Option<Named> {
        self.former_code().and_then(|code| CodeList::FormerProvince.get(code))
    }

    /// The two digits of the list of provinces behind the 0 that citizen numbers put in front.
    fn former_code(&self) -> Option<&str> {
        self.province_code().strip_prefix('0')
    }

    /// Sex by the fourth digit: even for men, odd for women.
    #[must_use]
    pub fn sex(&self) -> Sex {
        if self.digit(3).is_multiple_of(2) { Sex::Male } else { Sex::Female }
    }

    /// Year of birth: 0 and 1 of the fourth digit stand for 1900–1999, 2 and 3 for 2000–2099, and so on.
    #[must_use]
    pub fn birth_year(&self) -> u16 {
        1900 + self.digit(3) / 2 * 100 + self.digit(4) * 10 + self.digit(5)
    }

    /// What in the number does not agree with a date of birth and a sex. A number is not wrong because of it:
    /// dates are corrected, numbers stay.
    #[must_use]
    pub fn mismatches(&self, born: Option<&PartialDateTime>, sex: Option<Sex>) -> Vec<Mismatch> {
        let mut found = Vec::new();
        if self.province().is_none() {
            found.push(Mismatch::Province);
        }
        if sex.is_some_and(|sex| sex != self.sex()) {
            found.push(Mismatch::Sex);
        }
        if born.is_some_and(|born| born.year() != self.birth_year()) {
            found.push(Mismatch::BirthYear);
        }
        found
    }
}

impl fmt::Debug for CccdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A part of a CCCD number that does not agree with the rest of the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch {
    /// Names no province.
    Province,
    /// Says the other sex.
    Sex,
    /// Says another year of birth.
    BirthYear,
}

/// What the QR of a citizen card holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CccdCard {
    /// The number.
    pub number: CccdNumber,
    /// The old CMND number (9 digits), where the card has one.
    pub old_number: Option<CmndNumber>,
    /// Full name as written.
    pub name: String,
    /// Date of birth, as precise as the card has it.
    pub born: Option<PartialDateTime>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Place of residence as written.
    pub address: Option<String>,
    /// Date of issue.
    pub issued: Option<PartialDateTime>,
}

impl CccdCard {
    /// Reads `CCCD|CMND|name|ddMMyyyy|Nam/Nữ|address|ddMMyyyy`, also without the second field. Newer cards add fields
    /// behind: they are left alone.
    ///
    /// # Errors
    /// When a field is missing or cannot be read.
    pub fn read(text: &str) -> Result<Self, CardError> {
        let mut fields = text.trim().split('|').map(str::trim);
        let mut next = |name| fields.next().ok_or(CardError::Missing(name));
        let number = CccdNumber::parse(next("CCCD")?)?;
        // Nothing else than an old number can stand here; what is none is no reason to refuse the card.
        let second = next("CMND")?;
        let old_number = CmndNumber::parse(second).ok();
        // Codes of six fields leave the old number out altogether: a name has no digits, and no number has letters.
        let is_name = second.chars().any(char::is_alphabetic) && !second.chars().any(|c| c.is_ascii_digit());
        let name = if is_name { second } else { next("name")? };
        let name = some(name).ok_or(CardError::Field("name"))?;
        let born = next("date of birth")?;
        let born =
            if born.is_empty() { None } else { Some(day(born).ok_or(CardError::Field("date of birth"))?) };
        let sex = sex(next("sex")?)?;
        let address = some(next("address")?);
        // The oldest cards lack it.
        let issued = fields.next().and_then(day);
        Ok(Self { number, old_number, name, born, sex, address, issued })
    }

    /// What in the number does not agree with the card's own fields.
    #[must_use]
    pub fn mismatches(&self) -> Vec<Mismatch> {
        self.number.mismatches(self.born.as_ref(), self.sex)
    }
}

fn some(text: &str) -> Option<String> {
    Some(one_line(text)).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_six_fields_says_the_same_as_one_with_the_old_number_left_empty() {
        let rest = "Nguyễn Thị Mẫu|12031958|Nữ|Thôn Mẫu|05062021";
        let short = CccdCard::read(&format!("001158999999|{rest}")).unwrap();
        assert_eq!(short, CccdCard::read(&format!("001158999999||{rest}")).unwrap());
        assert_eq!(short.name, "Nguyễn Thị Mẫu");
        // What stands for a number that cannot be read is no name.
        let odd = CccdCard::read(&format!("001158999999|12345678A|{rest}")).unwrap();
        assert_eq!((odd.name.as_str(), odd.old_number), ("Nguyễn Thị Mẫu", None));
    }

    const QR: &str =
        "001158999999|012999999|Nguyễn Thị Mẫu|12031958|Nữ|Thôn Mẫu, Xã Thử Nghiệm, Hà Nội|01012022";

    #[test]
    fn the_seven_fields_are_read_and_more_are_left_alone() {
        let card = CccdCard::read(QR).unwrap();
        assert_eq!(card.number.as_str(), "001158999999");
        assert_eq!(card.old_number.as_ref().map(CmndNumber::as_str), Some("012999999"));
        assert_eq!(card.name, "Nguyễn Thị Mẫu");
        assert_eq!(card.born.unwrap().to_string(), "1958-03-12");
        assert_eq!(card.sex, Some(Sex::Female));
        assert_eq!(card.address.as_deref(), Some("Thôn Mẫu, Xã Thử Nghiệm, Hà Nội"));
        assert_eq!(card.issued.unwrap().to_string(), "2022-01-01");
        assert_eq!(card.mismatches(), []);
        assert_eq!(CccdCard::read(&format!("{QR}|cha|mẹ||")), Ok(card));
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        assert_eq!(CccdCard::read("001158999999||A|12031958"), Err(CardError::Missing("sex")));
        assert_eq!(CccdCard::read("001158999999|||12031958|Nữ|x|"), Err(CardError::Field("name")));
        assert_eq!(CccdCard::read("001158999999||A|32031958|Nữ|x|"), Err(CardError::Field("date of birth")));
        assert_eq!(CccdCard::read("001158999999||A|12031958|?|x|"), Err(CardError::Field("sex")));
        assert_eq!(CccdNumber::parse("00115899999"), Err(CardError::Field("CCCD")));
        assert_eq!(CccdNumber::parse("００１１５８９９９９９９"), Err(CardError::Field("CCCD")));
        assert!(CccdCard::read("001158999999||A||||").is_ok());
    }

    #[test]
    fn the_number_tells_province_sex_and_year() {
        let number = |text: &str| CccdNumber::parse(text).unwrap();
        let child = number("079 220 999999");
        assert_eq!(child.province().map(|p| p.vi), Some("Thành phố Hồ Chí Minh"));
        assert_eq!((child.sex(), child.birth_year()), (Sex::Male, 2020));
        assert_eq!((number("001358999999").sex(), number("001358999999").birth_year()), (Sex::Female, 2058));
        assert_eq!(number("003058999999").province(), None);
        let moved = number("077190999999");
        assert_eq!(moved.province().map(|p| p.vi), Some("Bà Rịa - Vũng Tàu"));
        assert_eq!(number("179190999999").province(), None);
        let born = "1959-01-01".parse().unwrap();
        assert_eq!(
            number("003058999999").mismatches(Some(&born), Some(Sex::Female)),
            [Mismatch::Province, Mismatch::Sex, Mismatch::BirthYear]
        );
    }

    #[test]
    fn the_number_does_not_print() {
        assert_eq!(format!("{:?}", CccdNumber::parse("001158999999").unwrap()), "[redacted]");
    }
}
