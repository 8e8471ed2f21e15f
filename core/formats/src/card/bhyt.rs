//! The health insurance card.

use std::fmt;

use data_encoding::HEXUPPER_PERMISSIVE;
use healthbook_model::{PartialDateTime, Timestamp};

use super::{CardError, Sex, VIETNAM, day, sex};
use crate::Limits;
use crate::fhir::json;
use crate::names::{CodeList, Named, SID_BHYT};
use crate::view::one_line;

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

    /// A part of the 15 characters; the 10-digit number has none of them.
    fn part(&self, from: usize, to: usize) -> Option<&str> {
        (self.0.len() == 15).then(|| self.0.get(from..to)).flatten()
    }

    /// Letters for who is insured (`GD`: a household); `None` in the 10-digit number.
    #[must_use]
    pub fn holder_code(&self) -> Option<&str> {
        self.part(0, 2)
    }

    /// Who is insured, as far as the letters are known.
    #[must_use]
    pub fn holder(&self) -> Option<Named> {
        CodeList::CardHolder.get(self.holder_code()?)
    }

    /// The level of benefit; `None` in the 10-digit number.
    #[must_use]
    pub fn benefit(&self) -> Option<Named> {
        CodeList::BenefitLevel.get(self.part(2, 3)?)
    }

    /// Two digits for the province that gave the card out, by the list of 63; `None` in the 10-digit number.
    #[must_use]
    pub fn province_code(&self) -> Option<&str> {
        self.part(3, 5)
    }
}

impl fmt::Debug for BhytNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Whether a card is in force on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// It is, as far as the card says.
    Valid,
    /// It begins later.
    NotYet,
    /// It has ended.
    Expired,
    /// The card names neither end: ask the insurer.
    Unsaid,
}

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

    /// The card that a Coverage tells of: its number (by VN Core's identifier, else the subscriber's), its period and the
    /// registered facility. `None` for a Coverage that is no BHYT card.
    #[must_use]
    pub fn of_record(coverage: &[u8]) -> Option<Self> {
        let limits = Limits::default();
        let root = json::parse(coverage, limits.depth, limits.values).ok()?;
        let record = root.as_object().filter(|record| record.text("resourceType") == Some("Coverage"))?;
        let written = record
            .objects("identifier")
            .find(|identifier| identifier.text("system") == Some(SID_BHYT))
            .and_then(|identifier| identifier.text("value"))
            .or_else(|| record.text("subscriberId"))?;
        let end = |name| record.object("period").and_then(|period| period.text(name)?.parse().ok());
        Some(Self {
            facility: record.text("network").map(one_line),
            valid_from: end("start"),
            valid_to: end("end"),
            ..Self::of_number(BhytNumber::parse(written).ok()?)
        })
    }

    /// Whether the card is in force now. Its days are Vietnam's.
    #[must_use]
    pub fn validity(&self, now: Timestamp) -> Validity {
        let ended = self.valid_to.is_some_and(|end| end.latest(VIETNAM) < now);
        let begun = self.valid_from.is_none_or(|start| start.earliest(VIETNAM) <= now);
        match (self.valid_from, self.valid_to) {
            (None, None) => Validity::Unsaid,
            _ if ended => Validity::Expired,
            _ if !begun => Validity::NotYet,
            _ => Validity::Valid,
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
        let sex = sex(next("sex")?)?;
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
    let fit = |words: &str| Some(one_line(words)).filter(|words| !words.is_empty());
    let in_clear = || fit(text);
    if text.len() < 4 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return in_clear();
    }
    let read =
        HEXUPPER_PERMISSIVE.decode(text.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    match read {
        Some(words) => fit(&words),
        // A name such as "Bede" has no digit; what is torn hexadecimal has.
        None if text.bytes().all(|b| b.is_ascii_alphabetic()) => in_clear(),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    #[test]
    fn both_shapes_of_the_number_are_read_and_explained() {
        let card = BhytNumber::parse("gd 4 01 9900000001").unwrap();
        assert_eq!(card.as_str(), "GD4019900000001");
        assert_eq!(card.holder().map(|holder| holder.vi), Some("Hộ gia đình"));
        assert_eq!(card.benefit().map(|b| (b.code, b.further)), Some(("4", "80")));
        assert_eq!(card.province_code(), Some("01"));
        let short = BhytNumber::parse("9900000001").unwrap();
        assert_eq!((short.holder(), short.benefit(), short.province_code()), (None, None, None));
        let percents = [1, 2, 3, 4, 5].map(|level| {
            BhytNumber::parse(&format!("GD{level}019900000001")).unwrap().benefit().map(|b| b.further)
        });
        assert_eq!(percents, ["100", "100", "95", "80", "100"].map(Some));
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

    fn at(day: &str) -> Timestamp {
        day.parse::<PartialDateTime>().unwrap().earliest(VIETNAM)
    }

    #[test]
    fn a_card_is_in_force_to_the_end_of_its_last_day_in_vietnam() {
        let mut card = BhytCard::of_number(BhytNumber::parse("9900000001").unwrap());
        assert_eq!(card.validity(at("2026-11-22")), Validity::Unsaid);
        card.valid_from = "2026-01-01".parse().ok();
        assert_eq!(card.validity(at("2030-01-01")), Validity::Valid, "newer cards name no end");
        assert_eq!(card.validity(Timestamp(at("2026-01-01").0 - 1)), Validity::NotYet);
        card.valid_to = "2026-12-31".parse().ok();
        assert_eq!(card.validity(Timestamp(at("2027-01-01").0 - 1)), Validity::Valid);
        assert_eq!(card.validity(at("2027-01-01")), Validity::Expired);
    }

    #[test]
    fn a_name_in_clear_is_taken_as_it_is() {
        let read = |name: &str| BhytCard::read(&format!("GD4019900000001|{name}|1958|2|-|-|-|-|$"));
        assert_eq!(read("Lê Thị Mẫu").unwrap().name.as_deref(), Some("Lê Thị Mẫu"));
        assert_eq!(
            read("1b5b33316d4cc3aa").unwrap().name.as_deref(),
            Some("\u{fffd}[31mLê"),
            "drives no terminal"
        );
        assert_eq!(read("Deed").unwrap().name.as_deref(), Some("Deed"));
        assert_eq!(read("4e677579e1bb"), Err(CardError::Field("name")), "torn");
        assert_eq!(read("-"), Err(CardError::Field("name")));
    }

    #[test]
    fn a_record_of_insurance_is_the_card_again() {
        let card = BhytCard::of_record(
            br#"{"resourceType":"Coverage","status":"active","identifier":[{"system":"http://fhir.hl7.org.vn/core/sid/bhyt","value":"GD4019900000001"}],"subscriberId":"GD4019900000001","period":{"start":"2026-01-01","end":"2026-12-31"},"network":"01999"}"#,
        )
        .unwrap();
        assert_eq!(card.number.as_str(), "GD4019900000001");
        assert_eq!(card.facility.as_deref(), Some("01999"));
        assert_eq!(card.validity(at("2027-02-01")), Validity::Expired);
        for other in [
            "{}",
            "no json",
            r#"{"resourceType":"Coverage","subscriberId":"ABC-1"}"#,
            r#"{"resourceType":"Patient","subscriberId":"GD4019900000001"}"#,
        ] {
            assert_eq!(BhytCard::of_record(other.as_bytes()), None, "{other}");
        }
    }
}
