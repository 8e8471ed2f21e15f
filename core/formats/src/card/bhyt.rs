//! The health insurance card.

use std::fmt;

use data_encoding::HEXUPPER_PERMISSIVE;
use healthbook_model::PartialDateTime;

use super::{CardError, Sex, day};

/// The number of a BHYT card: 15 characters (who is insured, level of benefit, province, social insurance number),
/// or the social insurance number alone (10 digits), which cards show since 2021. Source: Quyết định
/// 1351/QĐ-BHXH 2015; the shape `^[A-Z]{2}[1-5][0-9]{2}[0-9]{10}$`.
///
/// Prints as `[redacted]`: the number is somebody's.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BhytNumber(String);

impl BhytNumber {
    /// 15 characters or 10 digits; spaces are left out, letters made capital.
    ///
    /// # Errors
    /// [`CardError::Field`] when it is neither.
    pub fn parse(text: &str) -> Result<Self, CardError> {
        let code: String =
            text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
        let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
        let sound = match code.as_bytes() {
            [a, b, level, rest @ ..] if rest.len() == 12 => {
                a.is_ascii_uppercase()
                    && b.is_ascii_uppercase()
                    && (b'1'..=b'5').contains(level)
                    && digits(rest)
            }
            all if all.len() == 10 => digits(all),
            _ => false,
        };
        if sound { Ok(Self(code)) } else { Err(CardError::Field("BHYT")) }
    }

    /// As it is written on the card, without spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The social insurance number: its last 10 digits.
    #[must_use]
    pub fn social_number(&self) -> &str {
        self.0.get(self.0.len().saturating_sub(10)..).unwrap_or_default()
    }

    /// Letters for who is insured (`GD`: a household); `None` in the 10-digit number.
    #[must_use]
    pub fn holder_code(&self) -> Option<&str> {
        (self.0.len() == 15).then(|| self.0.get(..2)).flatten()
    }

    /// The digit for the level of benefit; `None` in the 10-digit number.
    #[must_use]
    pub fn level(&self) -> Option<u8> {
        if self.0.len() != 15 {
            return None;
        }
        self.0.as_bytes().get(2).map(|digit| digit.saturating_sub(b'0'))
    }

    /// Percent of the cost that is paid within the scope of benefits.
    #[must_use]
    pub fn benefit_percent(&self) -> Option<u8> {
        self.level().and_then(benefit)
    }
}

impl fmt::Debug for BhytNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Percent of the cost by the level's digit: 1, 2 and 5 all of it, 3 95 %, 4 80 % (Quyết định 1351/QĐ-BHXH 2015,
/// article 2).
#[must_use]
pub fn benefit(level: u8) -> Option<u8> {
    match level {
        1 | 2 | 5 => Some(100),
        3 => Some(95),
        4 => Some(80),
        _ => None,
    }
}

/// Who is insured under a card, in Vietnamese, by its two letters (Quyết định 1351/QĐ-BHXH 2015, article 2, with
/// later additions left out). `None` for letters that are not in the list.
#[must_use]
pub fn holder(code: &str) -> Option<&'static str> {
    HOLDERS.iter().find(|(letters, _)| *letters == code).map(|(_, name)| *name)
}

const HOLDERS: [(&str, &str); 42] = [
    ("DN", "Người lao động trong doanh nghiệp"),
    ("HX", "Người lao động trong hợp tác xã"),
    ("CH", "Người lao động trong cơ quan nhà nước, đơn vị sự nghiệp, lực lượng vũ trang"),
    ("NN", "Người lao động trong cơ quan, tổ chức nước ngoài"),
    ("TK", "Người lao động trong tổ chức khác"),
    ("HC", "Cán bộ, công chức, viên chức"),
    ("XK", "Người hoạt động không chuyên trách ở xã"),
    ("HT", "Người hưởng lương hưu, trợ cấp mất sức lao động"),
    ("TB", "Người hưởng trợ cấp tai nạn lao động, bệnh nghề nghiệp"),
    ("NO", "Người nghỉ việc hưởng trợ cấp ốm đau dài ngày"),
    ("CT", "Người từ đủ 80 tuổi hưởng trợ cấp tuất"),
    ("XB", "Cán bộ xã nghỉ việc hưởng trợ cấp bảo hiểm xã hội"),
    ("TN", "Người hưởng trợ cấp thất nghiệp"),
    ("CS", "Công nhân cao su hưởng trợ cấp"),
    ("QN", "Quân nhân"),
    ("CA", "Công an"),
    ("CY", "Người làm công tác cơ yếu"),
    ("XN", "Cán bộ xã nghỉ việc hưởng trợ cấp ngân sách"),
    ("MS", "Người thôi hưởng trợ cấp mất sức lao động"),
    ("CC", "Người có công với cách mạng (nhóm ưu tiên)"),
    ("CK", "Người có công với cách mạng"),
    ("CB", "Cựu chiến binh"),
    ("KC", "Người tham gia kháng chiến"),
    ("HD", "Đại biểu Quốc hội, Hội đồng nhân dân"),
    ("TE", "Trẻ em dưới 6 tuổi"),
    ("BT", "Người hưởng trợ cấp bảo trợ xã hội"),
    ("HN", "Người thuộc hộ nghèo"),
    ("DT", "Người dân tộc thiểu số ở vùng khó khăn"),
    ("DK", "Người sống ở vùng đặc biệt khó khăn"),
    ("XD", "Người sống ở xã đảo, huyện đảo"),
    ("TS", "Cha mẹ, vợ chồng, con của liệt sĩ"),
    ("TC", "Thân nhân của người có công với cách mạng"),
    ("TQ", "Thân nhân của quân nhân"),
    ("TA", "Thân nhân của công an"),
    ("TY", "Thân nhân của người làm công tác cơ yếu"),
    ("HG", "Người đã hiến bộ phận cơ thể"),
    ("LS", "Lưu học sinh nước ngoài"),
    ("CN", "Người thuộc hộ cận nghèo"),
    ("HS", "Học sinh"),
    ("SV", "Sinh viên"),
    ("GB", "Hộ nông, lâm, ngư, diêm nghiệp có mức sống trung bình"),
    ("GD", "Hộ gia đình"),
];

/// What is known of a BHYT card: all of the paper card's QR, or the number alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BhytCard {
    /// The number.
    pub number: BhytNumber,
    /// Full name.
    pub name: Option<String>,
    /// Date of birth, as precise as the card has it.
    pub born: Option<PartialDateTime>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Address.
    pub address: Option<String>,
    /// The facility registered first, 5 digits.
    pub facility: Option<String>,
    /// First day of validity.
    pub valid_from: Option<PartialDateTime>,
    /// Last day of validity; newer cards have none.
    pub valid_to: Option<PartialDateTime>,
}

impl BhytCard {
    /// A card of which only the number is known.
    #[must_use]
    pub fn of_number(number: BhytNumber) -> Self {
        Self {
            number,
            name: None,
            born: None,
            sex: None,
            address: None,
            facility: None,
            valid_from: None,
            valid_to: None,
        }
    }

    /// Reads the paper card's QR: `number|name|dd/MM/yyyy|1 or 2|address|79 - 999|from|to|…|$`, name and address
    /// as hexadecimal UTF-8; `-` stands for nothing.
    ///
    /// # Errors
    /// When a field is missing or cannot be read.
    pub fn read(text: &str) -> Result<Self, CardError> {
        let mut fields = text.trim().split('|').map(str::trim);
        let mut next = |name| fields.next().ok_or(CardError::Missing(name));
        let number = BhytNumber::parse(next("BHYT")?)?;
        let name = words(next("name")?).ok_or(CardError::Field("name"))?;
        let born = date(next("date of birth")?, "date of birth")?;
        let sex = match next("sex")? {
            "1" => Some(Sex::Male),
            "2" => Some(Sex::Female),
            "" | "-" => None,
            _ => return Err(CardError::Field("sex")),
        };
        let address = words(next("address")?);
        let facility: String = next("facility")?.chars().filter(char::is_ascii_digit).collect();
        let valid_from = date(fields.next().unwrap_or_default(), "valid from")?;
        let valid_to = date(fields.next().unwrap_or_default(), "valid to")?;
        let facility = (facility.len() == 5).then_some(facility);
        Ok(Self { number, name: Some(name), born, sex, address, facility, valid_from, valid_to })
    }
}

fn date(text: &str, field: &'static str) -> Result<Option<PartialDateTime>, CardError> {
    match text {
        "" | "-" => Ok(None),
        text => day(text).map(Some).ok_or(CardError::Field(field)),
    }
}

/// Hexadecimal UTF-8; some cards have the words in clear.
fn words(text: &str) -> Option<String> {
    if matches!(text, "" | "-") {
        return None;
    }
    let looks_like_hex = text.len() >= 4 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if !looks_like_hex {
        return Some(text.to_owned());
    }
    let bytes = HEXUPPER_PERMISSIVE.decode(text.as_bytes()).ok()?;
    String::from_utf8(bytes).ok().map(|words| words.trim().to_owned()).filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    #[test]
    fn both_shapes_of_the_number_are_read_and_explained() {
        let card = BhytNumber::parse("gd 4 01 9900000001").unwrap();
        assert_eq!(card.as_str(), "GD4019900000001");
        assert_eq!(card.social_number(), "9900000001");
        assert_eq!(card.holder_code().and_then(holder), Some("Hộ gia đình"));
        assert_eq!((card.level(), card.benefit_percent()), (Some(4), Some(80)));
        let short = BhytNumber::parse("9900000001").unwrap();
        assert_eq!(short.social_number(), "9900000001");
        assert_eq!((short.holder_code(), short.level(), short.benefit_percent()), (None, None, None));
        assert_eq!(
            [1, 2, 3, 4, 5, 6].map(benefit),
            [Some(100), Some(100), Some(95), Some(80), Some(100), None]
        );
        for wrong in [
            "",
            "GD601990000000",
            "GD6019900000001",
            "G14019900000001",
            "990000000",
            "GD40199000000O1",
            "ĐĐ4019900000001",
        ] {
            assert!(BhytNumber::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(format!("{card:?}"), "[redacted]");
    }

    #[test]
    fn the_paper_cards_code_is_read_with_its_vietnamese_name() {
        let hex = |words: &str| HEXLOWER.encode(words.as_bytes());
        let text = format!(
            "GD4019900000001|{}|12/03/1958|2|{}|01 - 999|01/01/2026|31/12/2026|15/12/2025|-|-|4|01/01/2030|1a-2|$",
            hex("Nguyễn Thị Mẫu"),
            hex("Thôn Mẫu")
        );
        let card = BhytCard::read(&text).unwrap();
        assert_eq!(card.name.as_deref(), Some("Nguyễn Thị Mẫu"));
        assert_eq!(card.address.as_deref(), Some("Thôn Mẫu"));
        assert_eq!(card.sex, Some(Sex::Female));
        assert_eq!(card.facility.as_deref(), Some("01999"));
        assert_eq!(card.valid_from.unwrap().to_string(), "2026-01-01");
        assert_eq!(card.valid_to.unwrap().to_string(), "2026-12-31");
        assert_eq!(BhytCard::read(&text.replace("31/12/2026", "-")).unwrap().valid_to, None);
        assert_eq!(BhytCard::read(&text.replace("|2|", "|9|")), Err(CardError::Field("sex")));
        let torn = text.replace(&hex("Nguyễn Thị Mẫu"), "4e677579e1bb");
        assert_eq!(BhytCard::read(&torn), Err(CardError::Field("name")));
    }
}
