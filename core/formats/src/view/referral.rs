//! How long a referral paper is valid. The paper's form has no field for it (XML13); the rule is told as it stands, since
//! working days and the list of diseases decide it and neither is in the paper.

use healthbook_model::{Lang, PartialDateTime};

use super::Row;
use crate::fhir::json::Object;

/// Thông tư 01/2025/TT-BYT is in force from 2025-01-01 (article 15). Its article 12, clauses 1 and 2, and appendix III, are
/// told as two public readings of its text have them (2026); Thông tư 40/2015/TT-BYT, article 12, ruled before.
const RULED_SINCE: u16 = 2025;

/// What a referral paper of a claim is to be read with.
pub(super) fn validity(paper: &Object<'_>, lang: Lang) -> Row {
    let signed = paper.text("authoredOn").and_then(|day| day.parse::<PartialDateTime>().ok());
    let value = if signed.is_some_and(|day| day.year() >= RULED_SINCE) {
        lang.pick(
            "Giấy không ghi thời hạn. Theo Điều 12 Thông tư 01/2025/TT-BYT: 10 ngày làm việc kể từ ngày ký; 01 năm với bệnh \
             thuộc Phụ lục III của Thông tư, hết hạn khi đang điều trị thì dùng đến hết đợt. Hãy hỏi nơi cấp giấy hoặc nơi khám.",
            "The paper states no term. Circular 01/2025/TT-BYT, article 12: 10 working days from the day it is signed; one \
             year for diseases of its appendix III, and to the end of a course of treatment then under way. Ask the facility.",
        )
    } else {
        lang.pick(
            "Giấy không ghi thời hạn. Hãy hỏi nơi cấp giấy hoặc nơi khám.",
            "The paper states no term. Ask the facility.",
        )
    };
    Row { label: lang.pick("Giá trị sử dụng", "Valid").to_owned(), value: value.to_owned() }
}
