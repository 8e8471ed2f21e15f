//! What a card's QR code or a typed number is, in words; and what becomes of it in the book.

use healthbook_formats::card::{self, BhytCard, Card, CardError, Validity};
use healthbook_formats::names;
use healthbook_formats::own::{Coverage, OwnEntry};
use healthbook_formats::view::Row;
use healthbook_formats::{Format, detect};
use healthbook_model::{Identifier, Kind, Lang, PartialDateTime, PersonClues, RecordId, Timestamp};

use crate::book::Book;
use crate::error::{Error, ErrorCode};
use crate::item::Reading;
use crate::matching::{self, Part};

/// A code that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// What it is, as a stable word: `cccd`, `cmnd`, `bhyt`, `health-card`, `health-link`.
    pub what: &'static str,
    /// What it says, line by line.
    pub rows: Vec<Row>,
    /// What does not fit, in words.
    pub warnings: Vec<String>,
}

/// What people call a field of a code.
fn field_name(field: &str) -> &str {
    match field {
        "name" => "họ và tên",
        "date of birth" => "ngày sinh",
        "sex" => "giới tính",
        "address" => "địa chỉ",
        "facility" => "nơi đăng ký khám chữa bệnh ban đầu",
        "valid from" => "giá trị từ ngày",
        "valid to" => "giá trị đến ngày",
        "CCCD" => "số CCCD",
        "CMND" => "số CMND",
        "BHYT" => "số thẻ BHYT",
        field => field,
    }
}

fn not_a_card(error: CardError) -> Error {
    let (vi, en) = match error {
        CardError::NotACard => (
            "(Không phải mã hay số CCCD, CMND, BHYT.)".to_owned(),
            "(Not a CCCD, CMND or BHYT code or number.)".to_owned(),
        ),
        CardError::Missing(field) => (
            format!("(Mã thiếu phần: {}.)", field_name(field)),
            format!("(The code lacks the field: {field}.)"),
        ),
        CardError::Field(field) => (
            format!("(Không đọc được phần: {}.)", field_name(field)),
            format!("(A field cannot be read: {field}.)"),
        ),
        CardError::TooLong => ("(Mã quá dài.)".to_owned(), "(The code is too long.)".to_owned()),
    };
    Error::with(ErrorCode::InvalidInput, vi, en)
}

/// Explains the text of a CCCD or BHYT code, or a typed CCCD, CMND or BHYT number. Nothing is kept. `now` tells whether a
/// card is in force. [`Book::compare_scan`] tells whether it fits the book's person.
///
/// # Errors
/// [`ErrorCode::InvalidInput`], saying what is missing, never what was read.
pub fn scan(text: &str, now: Timestamp, lang: Lang) -> Result<Scanned, Error> {
    match detect(text.trim().as_bytes()) {
        Format::HealthCardText => return Ok(known_only("health-card", lang)),
        Format::HealthLink => return Ok(known_only("health-link", lang)),
        _ => {}
    }
    let card = card::read(text).map_err(not_a_card)?;
    let what = match card {
        Card::Cccd(_) | Card::CccdNumber(_) => "cccd",
        Card::Cmnd(_) => "cmnd",
        Card::Bhyt(_) => "bhyt",
    };
    let explained = card.explain(now, lang);
    Ok(Scanned { what, rows: explained.rows, warnings: explained.notes })
}

/// Recognised, and not opened by this version: the person is told so.
fn known_only(what: &'static str, lang: Lang) -> Scanned {
    let note = lang.pick(
        "Đã nhận ra mã này; phiên bản này chưa mở nội dung bên trong.",
        "The code was recognised; this version does not open what is inside.",
    );
    Scanned { what, rows: Vec::new(), warnings: vec![note.to_owned()] }
}

/// Whether the person has been asked whose a card is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CardAnswer {
    /// They have not.
    #[default]
    NotAsked,
    /// They said that it is theirs, knowing in what it differs from the book.
    Mine,
}

/// Something that a card says otherwise than the book. It holds what both say: for the person's eyes only.
#[derive(Clone, PartialEq, Eq)]
pub struct Difference {
    /// What differs: `Ngày sinh`.
    pub what: String,
    /// What the book says.
    pub book: String,
    /// What the card says.
    pub card: String,
}

impl std::fmt::Debug for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Difference").field("what", &self.what).finish_non_exhaustive()
    }
}

/// How a card fits the book's person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardFit {
    /// All that both tell agrees.
    Fits,
    /// What the card says otherwise; never empty.
    Differs(Vec<Difference>),
    /// The two tell nothing of the same kind: that says neither yes nor no.
    Unknown,
}

/// What became of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SavedCard {
    /// It completed the book's person.
    Person,
    /// It is a record of its own, or was already.
    Record(RecordId),
    /// Nothing was kept: the person is to be asked whether the card is theirs although it differs.
    Asks(Vec<Difference>),
}

/// What a card says of its holder. Of a number alone that is what its digits say.
fn clues_of(card: &Card) -> PersonClues {
    let identifier =
        |system: &str, value: &str| Identifier { system: system.to_owned(), value: value.to_owned() };
    match card {
        Card::Cccd(card) => PersonClues {
            names: vec![card.name.clone()],
            birth_date: card.born,
            sex: card.sex.map(|sex| sex.as_str().to_owned()),
            identifiers: vec![identifier(names::SID_CCCD, card.number.as_str())],
        },
        Card::CccdNumber(number) => PersonClues {
            names: Vec::new(),
            birth_date: PartialDateTime::date(number.birth_year(), None, None),
            sex: Some(number.sex().as_str().to_owned()),
            identifiers: vec![identifier(names::SID_CCCD, number.as_str())],
        },
        Card::Cmnd(number) => PersonClues {
            identifiers: vec![identifier(names::SID_CCCD, number.as_str())],
            ..PersonClues::default()
        },
        Card::Bhyt(card) => PersonClues {
            names: card.name.clone().into_iter().collect(),
            birth_date: card.born,
            sex: card.sex.map(|sex| sex.as_str().to_owned()),
            identifiers: vec![identifier(names::SID_BHYT, card.number.as_str())],
        },
    }
}

/// What both say of a part, in words.
fn difference(part: Part, book: &PersonClues, card: &PersonClues, lang: Lang) -> Difference {
    let number = |clues: &PersonClues, system: &str| {
        clues.identifiers.iter().find(|i| i.system == system).map(|i| i.value.clone())
    };
    let says = |clues: &PersonClues| match part {
        Part::Name => clues.names.first().cloned(),
        Part::BirthDate => clues.birth_date.map(|date| date.to_string()),
        Part::Sex => clues.sex.as_deref().and_then(|sex| names::sex_name(sex, lang)).map(str::to_owned),
        Part::Cccd => number(clues, names::SID_CCCD),
        Part::Bhyt => number(clues, names::SID_BHYT),
    };
    let what = match part {
        Part::Name => lang.pick("Họ và tên", "Full name"),
        Part::BirthDate => lang.pick("Ngày sinh", "Date of birth"),
        Part::Sex => lang.pick("Giới tính", "Sex"),
        Part::Cccd => lang.pick("Số CCCD", "Citizen ID"),
        Part::Bhyt => lang.pick("Số thẻ BHYT", "Health insurance number"),
    };
    Difference {
        what: what.to_owned(),
        book: says(book).unwrap_or_default(),
        card: says(card).unwrap_or_default(),
    }
}

fn fit(book: &PersonClues, card: &PersonClues, lang: Lang) -> CardFit {
    let compared = matching::compared(book, card);
    if compared.is_empty() {
        return CardFit::Unknown;
    }
    let parts = compared.into_iter().filter(|(_, agrees)| !agrees);
    let differences: Vec<Difference> = parts.map(|(part, _)| difference(part, book, card, lang)).collect();
    if differences.is_empty() { CardFit::Fits } else { CardFit::Differs(differences) }
}

impl Book {
    /// Holds the text of a CCCD or BHYT code, or a typed CCCD, CMND or BHYT number, against what the book knows of its
    /// person, restricted or not. Nothing is kept.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidInput`].
    pub fn compare_scan(&self, text: &str, lang: Lang) -> Result<CardFit, Error> {
        let theirs = clues_of(&card::read(text).map_err(not_a_card)?);
        Ok(fit(&self.person_clues()?, &theirs, lang))
    }

    /// Keeps what a card says: a citizen card completes the book's person, an insurance card becomes a record of its own
    /// (once: the same card again is the same record). What the book knows already is never overwritten by a card, except
    /// the citizen number when the person says that the card is theirs. A card that differs from the book's person is not
    /// kept unless they say so.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidInput`].
    pub fn save_scan(&self, text: &str, answer: CardAnswer, reading: Reading) -> Result<SavedCard, Error> {
        let card = card::read(text).map_err(not_a_card)?;
        let known = self.person_clues()?;
        let theirs = clues_of(&card);
        if answer == CardAnswer::NotAsked
            && let CardFit::Differs(differences) = fit(&known, &theirs, reading.lang)
        {
            return Ok(SavedCard::Asks(differences));
        }
        let knows = |system: &str| known.identifiers.iter().any(|i| i.system == system && i.value.len() > 9);
        let mut changes: Vec<(String, String)> = Vec::new();
        let mut learn = |field: &str, missing: bool, value: Option<String>| {
            if let (true, Some(value)) = (missing, value) {
                changes.push((field.to_owned(), value));
            }
        };
        // An old number does not take the place of a citizen number.
        let old_beside_new = matches!(card, Card::Cmnd(_)) && knows(names::SID_CCCD);
        let number =
            |system: &str| theirs.identifiers.iter().find(|i| i.system == system).map(|i| i.value.clone());
        learn("cccd", !old_beside_new, number(names::SID_CCCD));
        learn("bhyt", !knows(names::SID_BHYT), number(names::SID_BHYT));
        learn("name", known.names.is_empty(), theirs.names.first().cloned());
        // The digits of a number are no statement about birth and sex.
        let stated = matches!(card, Card::Cccd(_) | Card::Bhyt(_));
        learn("birth-date", stated && known.birth_date.is_none(), theirs.birth_date.map(|d| d.to_string()));
        learn("sex", stated && known.sex.is_none(), theirs.sex.clone());
        if !changes.is_empty() {
            self.set_person(reading, &changes)?;
        }
        let Card::Bhyt(card) = card else { return Ok(SavedCard::Person) };
        if let Some(same) = self.insurance_cards(reading)?.into_iter().find(|kept| kept.is(&card)) {
            return Ok(SavedCard::Record(same.id));
        }
        let coverage = Coverage {
            number: card.number.as_str().to_owned(),
            start: card.valid_from,
            end: card.valid_to,
            place: card.facility,
        };
        self.add_entry(&OwnEntry::Coverage(coverage), reading).map(SavedCard::Record)
    }

    /// The insurance cards that the book keeps, each as a counter asks for it: those in force first, then the newest.
    /// Cards that were entered in error or ended by the insurer are not among them.
    ///
    /// # Errors
    /// Of reading the book.
    pub fn insurance_cards(&self, reading: Reading) -> Result<Vec<InsuranceCard>, Error> {
        let now = self.vault.now();
        let clues = self.person_clues()?;
        let mut cards = Vec::new();
        for item in self.of_kind(reading, Kind::Coverage)? {
            if !item.standing.is_fact() || item.corrected || item.duplicate {
                continue;
            }
            let Some(mut card) = BhytCard::of_record(&self.raw(reading, item.id)?) else { continue };
            // A record of the book is the book's person's.
            card.name = clues.names.first().cloned();
            card.born = clues.birth_date;
            let explained = card.explain(now, reading.lang);
            cards.push(InsuranceCard {
                id: item.id,
                in_force: matches!(card.validity(now), Validity::Valid | Validity::Unsaid),
                rows: explained.rows,
                notes: explained.notes,
                card,
            });
        }
        cards.sort_by_key(|kept| {
            (!kept.in_force, std::cmp::Reverse(kept.card.valid_from.map(|from| from.earliest(0))))
        });
        Ok(cards)
    }
}

/// An insurance card of the book, ready for a counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InsuranceCard {
    /// The record it stands in.
    pub id: RecordId,
    /// Whether it is in force now, as far as it says.
    pub in_force: bool,
    /// What it says, line by line.
    pub rows: Vec<Row>,
    /// What should be minded, in words.
    pub notes: Vec<String>,
    card: BhytCard,
}

impl InsuranceCard {
    /// Whether another card says nothing else.
    fn is(&self, other: &BhytCard) -> bool {
        let same_end = |mine: Option<PartialDateTime>, theirs: Option<PartialDateTime>| {
            mine.map(|at| at.to_string()) == theirs.map(|at| at.to_string())
        };
        self.card.number == other.number
            && same_end(self.card.valid_from, other.valid_from)
            && same_end(self.card.valid_to, other.valid_to)
            && (other.facility.is_none() || self.card.facility == other.facility)
    }
}
