//! What a card's QR code or a typed number is, in words.

use healthbook_formats::card::{self, Card, CardError, Mismatch, Sex};
use healthbook_formats::names;
use healthbook_formats::own::{Coverage, OwnEntry};
use healthbook_formats::view::Row;
use healthbook_formats::{Format, detect};
use healthbook_model::{Lang, RecordId};

use crate::book::Book;
use crate::error::{Error, ErrorCode};
use crate::item::Reading;

/// A code that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// What it is, as a stable word: `cccd`, `bhyt`, `health-card`, `health-link`.
    pub what: &'static str,
    /// What it says, line by line.
    pub rows: Vec<Row>,
    /// What does not fit, in words.
    pub warnings: Vec<String>,
}

fn row(vi: &str, en: &str, lang: Lang, value: impl Into<String>) -> Row {
    Row { label: lang.pick(vi, en).to_owned(), value: value.into() }
}

fn sex_word(sex: Sex, lang: Lang) -> String {
    names::sex_name(sex.as_str(), lang).unwrap_or(sex.as_str()).to_owned()
}

fn not_a_card(error: CardError) -> Error {
    let (vi, en) = match error {
        CardError::NotACard => {
            ("(Không phải mã CCCD hay BHYT.)".to_owned(), "(Not a CCCD or BHYT code.)".to_owned())
        }
        CardError::Missing(field) => {
            (format!("(Mã thiếu trường: {field}.)"), format!("(The code lacks the field: {field}.)"))
        }
        CardError::Field(field) => {
            (format!("(Trường không đọc được: {field}.)"), format!("(A field cannot be read: {field}.)"))
        }
        CardError::TooLong => ("(Mã quá dài.)".to_owned(), "(The code is too long.)".to_owned()),
    };
    Error::with(ErrorCode::InvalidInput, vi, en)
}

fn mismatch(mismatch: Mismatch, lang: Lang) -> String {
    match mismatch {
        Mismatch::Province => {
            lang.pick("Ba số đầu không phải mã tỉnh nào.", "The first three digits name no province.")
        }
        Mismatch::Sex => {
            lang.pick("Số CCCD và giới tính không khớp.", "The number and the sex do not agree.")
        }
        Mismatch::BirthYear => {
            lang.pick("Số CCCD và năm sinh không khớp.", "The number and the year of birth do not agree.")
        }
    }
    .to_owned()
}

/// Explains the text of a CCCD or BHYT code, or a typed BHYT number. Nothing is kept.
///
/// # Errors
/// [`ErrorCode::InvalidInput`], saying what is missing, never what was read.
pub fn scan(text: &str, lang: Lang) -> Result<Scanned, Error> {
    match detect(text.trim().as_bytes()) {
        Format::HealthCardText => return Ok(known_only("health-card", lang)),
        Format::HealthLink => return Ok(known_only("health-link", lang)),
        _ => {}
    }
    match card::read(text).map_err(not_a_card)? {
        Card::Cccd(card) => {
            let mut rows = vec![
                row("Số CCCD", "Citizen ID", lang, card.number.as_str()),
                row("Họ và tên", "Full name", lang, card.name.clone()),
            ];
            let mut add = |vi: &str, en: &str, value: Option<String>| {
                rows.extend(value.map(|value| row(vi, en, lang, value)));
            };
            add("Ngày sinh", "Date of birth", card.born.map(|d| d.to_string()));
            add("Giới tính", "Sex", card.sex.map(|s| sex_word(s, lang)));
            add(
                "Nơi đăng ký khai sinh",
                "Place of birth registration",
                card.number.province_name().map(str::to_owned),
            );
            add("Nơi thường trú", "Residence", card.address.clone());
            add("Ngày cấp", "Issued", card.issued.map(|d| d.to_string()));
            add("Số CMND cũ", "Former ID number", card.old_number.clone());
            let warnings = card.mismatches().into_iter().map(|m| mismatch(m, lang)).collect();
            Ok(Scanned { what: "cccd", rows, warnings })
        }
        Card::Bhyt(card) => {
            let mut rows = vec![row("Số thẻ BHYT", "Health insurance number", lang, card.number.as_str())];
            let mut add = |vi: &str, en: &str, value: Option<String>| {
                rows.extend(value.map(|value| row(vi, en, lang, value)));
            };
            add("Họ và tên", "Full name", card.name.clone());
            add("Ngày sinh", "Date of birth", card.born.map(|d| d.to_string()));
            add("Giới tính", "Sex", card.sex.map(|s| sex_word(s, lang)));
            add("Đối tượng", "Group", card.number.holder_code().and_then(card::holder).map(str::to_owned));
            add("Mức hưởng", "Benefit", card.number.benefit_percent().map(|p| format!("{p} %")));
            add("Nơi đăng ký KCB ban đầu", "Registered facility", card.facility.clone());
            add("Giá trị từ", "Valid from", card.valid_from.map(|d| d.to_string()));
            add("Giá trị đến", "Valid until", card.valid_to.map(|d| d.to_string()));
            Ok(Scanned { what: "bhyt", rows, warnings: Vec::new() })
        }
    }
}

/// Recognised, and not opened by this version: the person is told so.
fn known_only(what: &'static str, lang: Lang) -> Scanned {
    let note = lang.pick(
        "Đã nhận ra mã này; phiên bản này chưa mở nội dung bên trong.",
        "The code was recognised; this version does not open what is inside.",
    );
    Scanned { what, rows: Vec::new(), warnings: vec![note.to_owned()] }
}

impl Book {
    /// Keeps what a card says: a CCCD completes the book's person, a BHYT card becomes a record of its own. A card of
    /// somebody else is refused.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidInput`]; [`ErrorCode::NotAllowed`] when the name, birth date or number is another person's.
    pub fn save_scan(&self, text: &str, reading: Reading) -> Result<Option<RecordId>, Error> {
        let card = card::read(text).map_err(not_a_card)?;
        let (name, born, sex) = match &card {
            Card::Cccd(card) => (Some(card.name.clone()), card.born, card.sex),
            Card::Bhyt(card) => (card.name.clone(), card.born, card.sex),
        };
        let known = self.person_clues()?;
        let theirs = healthbook_model::PersonClues {
            names: name.clone().into_iter().collect(),
            birth_date: born,
            sex: sex.map(|s| s.as_str().to_owned()),
            identifiers: Vec::new(),
        };
        let nobody = known.names.is_empty() && known.birth_date.is_none();
        let number_only = name.is_none();
        if !nobody && !number_only && !crate::matching::could_be_same_person(&known, &theirs) {
            return Err(Error::with(
                ErrorCode::NotAllowed,
                "(Thẻ mang tên hoặc ngày sinh của người khác.)",
                "(The card bears another person's name or date of birth.)",
            ));
        }
        match card {
            Card::Cccd(card) => {
                let mut changes = vec![("cccd".to_owned(), card.number.as_str().to_owned())];
                let mut learn = |field: &str, missing: bool, value: Option<String>| {
                    if let (true, Some(value)) = (missing, value) {
                        changes.push((field.to_owned(), value));
                    }
                };
                learn("name", known.names.is_empty(), Some(card.name));
                learn("birth-date", known.birth_date.is_none(), card.born.map(|d| d.to_string()));
                learn("sex", known.sex.is_none(), card.sex.map(|s| s.as_str().to_owned()));
                self.set_person(reading, &changes)?;
                Ok(None)
            }
            Card::Bhyt(card) => self
                .add_entry(
                    &OwnEntry::Coverage(Coverage {
                        number: card.number.as_str().to_owned(),
                        start: card.valid_from,
                        end: card.valid_to,
                        place: card.facility,
                    }),
                    reading,
                )
                .map(Some),
        }
    }
}
