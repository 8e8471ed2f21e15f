//! What a card says, line by line, in the reader's language.

use healthbook_model::{Lang, PartialDateTime, Timestamp};

use super::{BhytCard, BhytNumber, Card, CccdCard, CccdNumber, CmndNumber, Mismatch, Sex, VIETNAM, Validity};
use crate::names::{self, CodeList, present_province};
use crate::view::Row;

/// A card in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// What it says.
    pub rows: Vec<Row>,
    /// What does not fit or should be minded, in words.
    pub notes: Vec<String>,
}

struct Rows {
    rows: Vec<Row>,
    lang: Lang,
}

impl Rows {
    fn add(&mut self, vi: &str, en: &str, value: Option<impl Into<String>>) {
        self.rows
            .extend(value.map(|value| Row { label: self.lang.pick(vi, en).to_owned(), value: value.into() }));
    }
}

/// A day as people write it: `12/03/1958`, `03/1958`, `1958`.
fn day(date: &PartialDateTime, lang: Lang) -> String {
    match (date.day(), date.month()) {
        (Some(day), Some(month)) => format!("{day:02}/{month:02}/{}", date.year()),
        (None, Some(month)) => format!("{month:02}/{}", date.year()),
        _ => lang.pick("năm ", "").to_owned() + &date.year().to_string(),
    }
}

/// A province of the 63 with what it is now, where that has another name: `Yên Bái (nay là Lào Cai)`.
fn province(former: &str, lang: Lang) -> Option<String> {
    let old = CodeList::FormerProvince.get(former)?;
    let new = present_province(former)?;
    if old.vi == new.vi {
        return Some(new.name(lang).to_owned());
    }
    if old.vi.ends_with(new.vi) {
        return Some(old.name(lang).to_owned());
    }
    Some(format!("{} ({} {})", old.name(lang), lang.pick("nay là", "now"), new.name(lang)))
}

impl Card {
    /// Explains the card. `now` tells whether it is in force.
    #[must_use]
    pub fn explain(&self, now: Timestamp, lang: Lang) -> Explained {
        let mut rows = Rows { rows: Vec::new(), lang };
        let notes = match self {
            Self::Cccd(card) => citizen(card, now, &mut rows),
            Self::CccdNumber(number) => {
                rows.add("Số CCCD", "Citizen ID", Some(number.as_str()));
                number_says(number, &mut rows);
                let mut notes = mismatches(&number.mismatches(None, None), lang);
                notes.extend(future(number, now, lang));
                notes
            }
            Self::Cmnd(number) => {
                rows.add("Số CMND cũ", "Former ID number", Some(number.as_str()));
                vec![
                    lang.pick(
                        "Chứng minh nhân dân 9 số không còn giá trị sử dụng; số này dùng để tra giấy tờ cũ.",
                        "The 9-digit card is no longer valid; its number serves to find older papers.",
                    )
                    .to_owned(),
                ]
            }
            Self::Bhyt(card) => return card.explain(now, lang),
        };
        Explained { rows: rows.rows, notes }
    }
}

fn citizen(card: &CccdCard, now: Timestamp, rows: &mut Rows) -> Vec<String> {
    let lang = rows.lang;
    rows.add("Số CCCD", "Citizen ID", Some(card.number.as_str()));
    rows.add("Họ và tên", "Full name", Some(card.name.as_str()));
    rows.add("Ngày sinh", "Date of birth", card.born.map(|date| day(&date, lang)));
    rows.add("Giới tính", "Sex", card.sex.map(|sex| sex.name(lang)));
    rows.add("Nơi đăng ký khai sinh", "Birth registered in", place_of_birth(&card.number, lang));
    rows.add("Nơi thường trú", "Residence", card.address.as_deref());
    rows.add("Ngày cấp", "Issued", card.issued.map(|date| day(&date, lang)));
    rows.add("Số CMND cũ", "Former ID number", card.old_number.as_ref().map(CmndNumber::as_str));
    let mut notes = mismatches(&card.mismatches(), lang);
    notes.extend(future(&card.number, now, lang));
    notes
}

fn place_of_birth(number: &CccdNumber, lang: Lang) -> Option<String> {
    number.province().and_then(|old| province(old.code, lang))
}

/// What the digits of a number tell when nothing stands beside it.
fn number_says(number: &CccdNumber, rows: &mut Rows) {
    let lang = rows.lang;
    rows.add("Nơi đăng ký khai sinh", "Birth registered in", place_of_birth(number, lang));
    rows.add("Năm sinh theo số", "Year of birth by the number", Some(number.birth_year().to_string()));
    rows.add("Giới tính theo số", "Sex by the number", Some(number.sex().name(lang)));
}

fn mismatches(found: &[Mismatch], lang: Lang) -> Vec<String> {
    let words = |mismatch: &Mismatch| match mismatch {
        Mismatch::Province => {
            lang.pick("Ba số đầu không phải mã tỉnh nào.", "The first three digits name no province.")
        }
        Mismatch::Sex => {
            lang.pick("Số CCCD và giới tính không khớp.", "The number and the sex do not agree.")
        }
        Mismatch::BirthYear => {
            lang.pick("Số CCCD và năm sinh không khớp.", "The number and the year of birth do not agree.")
        }
    };
    found.iter().map(|mismatch| words(mismatch).to_owned()).collect()
}

fn future(number: &CccdNumber, now: Timestamp, lang: Lang) -> Option<String> {
    let today = PartialDateTime::from_timestamp(now, VIETNAM);
    (number.birth_year() > today.year()).then(|| {
        lang.pick(
            "Theo số CCCD, năm sinh ở tương lai: hãy xem lại số.",
            "By the number the year of birth lies ahead: look at the number again.",
        )
        .to_owned()
    })
}

impl Sex {
    fn name(self, lang: Lang) -> &'static str {
        names::sex_name(self.as_str(), lang).unwrap_or(self.as_str())
    }
}

impl BhytNumber {
    /// What the number itself tells: who is insured, what is paid, which province gave the card out. Nothing for the
    /// number of 10 digits.
    #[must_use]
    pub fn says(&self, lang: Lang) -> Vec<Row> {
        let mut rows = Rows { rows: Vec::new(), lang };
        rows.add("Đối tượng", "Insured as", self.holder().map(|holder| holder.name(lang)));
        rows.add("Mức hưởng", "Benefit", self.benefit().map(|benefit| benefit.name(lang)));
        rows.add("Nơi cấp thẻ", "Issued in", self.province_code().and_then(|code| province(code, lang)));
        rows.rows
    }
}

impl BhytCard {
    /// What somebody at a counter asks for: number, name, who is insured, benefit, registered facility, validity.
    #[must_use]
    pub fn explain(&self, now: Timestamp, lang: Lang) -> Explained {
        let mut rows = Rows { rows: Vec::new(), lang };
        rows.add("Số thẻ BHYT", "Health insurance number", Some(self.number.as_str()));
        rows.add("Họ và tên", "Full name", self.name.as_deref());
        rows.add("Ngày sinh", "Date of birth", self.born.map(|date| day(&date, lang)));
        rows.add("Giới tính", "Sex", self.sex.map(|sex| sex.name(lang)));
        rows.add("Địa chỉ", "Address", self.address.as_deref());
        rows.rows.extend(self.number.says(lang));
        rows.add(
            "Nơi đăng ký KCB ban đầu",
            "Registered facility",
            self.facility.as_deref().map(|place| facility(place, lang)),
        );
        rows.add("Giá trị từ", "Valid from", self.valid_from.map(|date| day(&date, lang)));
        rows.add("Giá trị đến", "Valid until", self.valid_to.map(|date| day(&date, lang)));
        let validity = self.validity(now);
        rows.add("Hiệu lực", "In force", Some(validity.name(lang)));
        let mut notes = Vec::new();
        if validity == Validity::Expired {
            notes.push(
                lang.pick(
                    "Thẻ đã hết hạn: hãy hỏi cơ quan bảo hiểm xã hội hoặc nơi làm việc.",
                    "The card has expired: ask the social insurance office or your employer.",
                )
                .to_owned(),
            );
        }
        if self.number.holder_code().is_some() && self.number.holder().is_none() {
            notes.push(
                lang.pick(
                    "Hai chữ đầu không có trong danh mục đối tượng của sổ này.",
                    "The first two letters are not in the list of groups that this book has.",
                )
                .to_owned(),
            );
        }
        notes.extend(raised(&self.number, lang));
        Explained { rows: rows.rows, notes }
    }
}

/// Two groups are paid more since 2026-01-01 than cards printed before say: Nghị quyết 261/2025/QH15 (2025-12-11), article
/// 2; Công văn 38/BYT-BH (2026-01-06).
fn raised(number: &BhytNumber, lang: Lang) -> Option<String> {
    let level = number.benefit()?.code;
    matches!((number.holder_code()?, level), ("CN", "3") | ("LH", "4")).then(|| {
        lang.pick(
            "Từ 01/01/2026, người thuộc hộ cận nghèo và người từ đủ 75 tuổi hưởng trợ cấp hưu trí xã hội được hưởng 100% trong \
             phạm vi (Nghị quyết 261/2025/QH15); thẻ cấp trước đó ghi mức cũ. Hãy hỏi nơi khám.",
            "Since 1 January 2026 near-poor households, and those of 75 and more on a social pension, are paid 100% of covered \
             costs (Resolution 261/2025/QH15); cards given out before show the old level. Ask the facility.",
        )
        .to_owned()
    })
}

impl Validity {
    /// In words.
    #[must_use]
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::Valid => lang.pick("Còn hạn", "In force"),
            Self::NotYet => lang.pick("Chưa đến ngày bắt đầu", "Not yet"),
            Self::Expired => lang.pick("Đã hết hạn", "Expired"),
            Self::Unsaid => lang.pick("Không ghi thời hạn trên thẻ", "The card names no dates"),
        }
    }
}

/// A facility: its code of five digits with the province that the first two stand for, or the words of a record.
pub(crate) fn facility(place: &str, lang: Lang) -> String {
    let of = place.get(..2).filter(|_| place.len() == 5 && place.bytes().all(|b| b.is_ascii_digit()));
    match of.and_then(|code| province(code, lang)) {
        Some(province) => format!("{place} · {province}"),
        None => place.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::read;

    fn now() -> Timestamp {
        "2026-11-22".parse::<PartialDateTime>().unwrap().earliest(VIETNAM)
    }

    fn said(text: &str, lang: Lang) -> (Vec<String>, Vec<String>) {
        let explained = read(text).unwrap().explain(now(), lang);
        let rows = explained.rows.iter().map(|row| format!("{}: {}", row.label, row.value)).collect();
        (rows, explained.notes)
    }

    #[test]
    fn an_insurance_card_tells_at_the_counter_what_is_paid_where_and_until_when() {
        let text = "gd4101990000001X|Lê Văn Thử|1990|1|-|10 - 999|01/01/2026|31/10/2026|$";
        assert!(read(text).is_err(), "one character too many");
        let text = text.replace('X', "");
        let (rows, notes) = said(&text, Lang::Vi);
        assert_eq!(
            rows,
            [
                "Số thẻ BHYT: GD4101990000001",
                "Họ và tên: Lê Văn Thử",
                "Ngày sinh: năm 1990",
                "Giới tính: Nam",
                "Đối tượng: Hộ gia đình",
                "Mức hưởng: 80% chi phí trong phạm vi hưởng",
                "Nơi cấp thẻ: Lào Cai",
                "Nơi đăng ký KCB ban đầu: 10999 · Lào Cai",
                "Giá trị từ: 01/01/2026",
                "Giá trị đến: 31/10/2026",
                "Hiệu lực: Đã hết hạn",
            ]
        );
        assert_eq!(notes.len(), 1);
        let (rows, notes) = said("QQ1019900000001", Lang::En);
        assert_eq!(
            rows,
            [
                "Health insurance number: QQ1019900000001",
                "Benefit: 100% of covered costs, without limits of share",
                "Issued in: Hanoi",
                "In force: The card names no dates",
            ]
        );
        assert!(notes.first().is_some_and(|note| note.contains("two letters")));
    }

    #[test]
    fn a_card_from_before_a_benefit_was_raised_says_so() {
        for raised in ["CN3019900000001", "LH4019900000001"] {
            let (_, notes) = said(raised, Lang::En);
            assert!(notes.iter().any(|note| note.contains("261/2025/QH15")), "{raised}: {notes:?}");
        }
        for plain in
            ["CN2019900000001", "LH2019900000001", "HT3019900000001", "GD4019900000001", "9900000001"]
        {
            assert_eq!(said(plain, Lang::Vi).1, Vec::<String>::new(), "{plain}");
        }
    }

    #[test]
    fn a_citizen_card_names_the_province_of_then_and_of_now() {
        let (rows, notes) = said("077190999999|271999999|Lê Thị Thử|01021990|Nữ|Nơi thử|05062021", Lang::Vi);
        assert!(rows.contains(&"Nơi đăng ký khai sinh: Bà Rịa - Vũng Tàu (nay là Hồ Chí Minh)".to_owned()));
        assert!(rows.contains(&"Ngày sinh: 01/02/1990".to_owned()));
        assert!(rows.contains(&"Số CMND cũ: 271999999".to_owned()));
        assert_eq!(notes, Vec::<String>::new());
    }

    #[test]
    fn a_typed_citizen_number_tells_what_its_digits_say_and_an_impossible_one_is_pointed_out() {
        let (rows, notes) = said("001 158 999999", Lang::Vi);
        assert_eq!(
            rows,
            [
                "Số CCCD: 001158999999",
                "Nơi đăng ký khai sinh: Hà Nội",
                "Năm sinh theo số: 1958",
                "Giới tính theo số: Nữ"
            ]
        );
        assert_eq!(notes, Vec::<String>::new());
        let (_, notes) = said("003358999999", Lang::En);
        assert_eq!(notes.len(), 2, "no such province, born in 2058: {notes:?}");
        let (rows, notes) = said("012999999", Lang::En);
        assert_eq!((rows.len(), notes.len()), (1, 1));
    }
}
