//! Bytes that could not be read.

use data_encoding::BASE64_NOPAD;

use super::code::{icd10_is_restricted, looks_like_icd10};
use super::text_is_restricted;

/// Names that stand only in the forms for HIV (XML6) and tuberculosis (XML15) of the claim XML, folded to lower
/// case, and the labels of FHIR.
const MARKS: [&str; 16] = [
    "<loaihoso>xml6<",
    "<loaihoso>xml15<",
    "cham_soc_va_dieu_tri_hiv_aids",
    "dieutri_benhlao",
    "ngaykd_hiv",
    "bddt_arv",
    "phanloai_lao",
    "<ma_dinh_chi_thai>1<",
    "<ma_doituong_kcb>1.8<",
    "<ma_doituong_kcb>1.9<",
    "\"code\":\"r\"",
    "\"code\":\"v\"",
    "\"code\":\"hiv\"",
    "\"code\":\"psy\"",
    "\"code\":\"sud\"",
    "\"code\":\"eth\"",
];

/// Base64 shorter than this says little.
const SHORTEST_BASE64: usize = 64;
/// Longest piece that is looked at in one go.
const PIECE: usize = 64 * 1024;
/// Overlap of two pieces, so that a name on the border is not missed.
const OVERLAP: usize = 256;

/// Whether bytes that could not be read show signs of a restricted record: a code of the list, a label, the name of
/// a medicine or test, also inside base64 (claim XML, attachments) whose beginning is lost.
///
/// A guess by design: what is in quarantine is hidden rather too often than once too seldom.
#[must_use]
pub fn raw_is_restricted(bytes: &[u8]) -> bool {
    signs(bytes) || base64_runs(bytes).any(|run| base64_is_restricted(&run))
}

/// Looks at the bytes as text, a piece at a time.
fn signs(bytes: &[u8]) -> bool {
    let mut from = 0usize;
    loop {
        let to = from.saturating_add(PIECE).min(bytes.len());
        if piece_has_signs(bytes.get(from..to).unwrap_or_default()) {
            return true;
        }
        if to == bytes.len() {
            return false;
        }
        from = to.saturating_sub(OVERLAP);
    }
}

fn piece_has_signs(piece: &[u8]) -> bool {
    // UTF-16 has a zero byte beside every ASCII letter.
    let text = if piece.iter().filter(|b| **b == 0).count() > piece.len() / 4 {
        String::from_utf8_lossy(&piece.iter().copied().filter(|b| *b != 0).collect::<Vec<u8>>()).into_owned()
    } else {
        String::from_utf8_lossy(piece).into_owned()
    };
    let dense: String = text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    MARKS.iter().any(|mark| dense.contains(mark))
        || text
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '.'))
            .map(|word| word.trim_matches('.'))
            .any(|word| {
                word.starts_with(|c: char| c.is_ascii_uppercase())
                    && looks_like_icd10(word)
                    && icd10_is_restricted(word)
            })
        || text.split(['<', '>', '"', '\n', ';']).any(text_is_restricted)
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// Runs of base64 characters, line breaks and spaces taken out.
fn base64_runs(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    bytes
        .split(|b| !is_base64(*b) && !b.is_ascii_whitespace())
        .filter(|run| run.len() >= SHORTEST_BASE64)
        .map(|run| run.iter().copied().filter(|b| is_base64(*b)).collect::<Vec<u8>>())
        .filter(|run| run.len() >= SHORTEST_BASE64)
}

/// The beginning may be lost: each of the four places a quantum can begin at is tried.
fn base64_is_restricted(run: &[u8]) -> bool {
    (0..4usize).any(|lost| {
        let rest = run.get(lost..).unwrap_or_default();
        let whole = rest.get(..rest.len() / 4 * 4).unwrap_or_default();
        BASE64_NOPAD.decode(whole).is_ok_and(|bytes| is_text(&bytes) && signs(&bytes))
    })
}

/// Decoded from a wrong place, base64 gives noise: one byte in nine of it is a control character. Zeros do not
/// count, for UTF-16 has them.
fn is_text(bytes: &[u8]) -> bool {
    let controls = bytes.iter().filter(|b| matches!(b, 1..=8 | 14..=31)).count();
    controls <= bytes.len() / 32
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64;

    use super::*;

    const VISIT: &str = "<TONG_HOP><MA_LK>1</MA_LK><HO_TEN>Người Mẫu</HO_TEN><MA_BENH_CHINH>F32.1</MA_BENH_CHINH>\
                         <CHAN_DOAN_RV>Giai đoạn trầm cảm vừa</CHAN_DOAN_RV></TONG_HOP>";

    #[test]
    fn a_restricted_code_is_seen_in_clear_in_base64_and_in_a_torn_piece_of_it() {
        assert!(raw_is_restricted(VISIT.as_bytes()));
        let coded = BASE64.encode(VISIT.as_bytes());
        assert!(raw_is_restricted(format!("<NOIDUNGFILE>{coded}").as_bytes()));
        for lost in 1..8 {
            assert!(raw_is_restricted(&coded.as_bytes()[lost..]), "{lost}");
        }
        let wrapped: Vec<&str> =
            coded.as_bytes().chunks(20).map(|c| std::str::from_utf8(c).unwrap()).collect();
        assert!(raw_is_restricted(wrapped.join("\r\n").as_bytes()));
        let utf16: Vec<u8> = VISIT.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(raw_is_restricted(&utf16));
    }

    #[test]
    fn an_ordinary_visit_is_not_hidden() {
        let plain = VISIT.replace("F32.1", "I10").replace("Giai đoạn trầm cảm vừa", "Tăng huyết áp");
        assert!(!raw_is_restricted(plain.as_bytes()));
        assert!(!raw_is_restricted(BASE64.encode(plain.as_bytes()).as_bytes()));
        assert!(!raw_is_restricted(b""));
    }

    #[test]
    fn forms_and_labels_count_as_signs() {
        assert!(raw_is_restricted(b"<LOAIHOSO> XML6 </LOAIHOSO>"));
        assert!(raw_is_restricted(b"<MA_DOITUONG_KCB>1.9</MA_DOITUONG_KCB>"));
        assert!(!raw_is_restricted(b"<MA_DOITUONG_KCB>1.10</MA_DOITUONG_KCB>"));
        assert!(raw_is_restricted(br#"{"meta":{"security":[{"code": "R"}]"#));
        assert!(raw_is_restricted("<TEN_THUOC>Dolutegravir".as_bytes()));
    }

    #[test]
    fn a_name_on_the_border_of_two_pieces_is_not_missed() {
        for before in [PIECE - 3, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE - OVERLAP - 2] {
            let mut bytes = vec![b' '; before];
            bytes.extend_from_slice(b"<A>F32.1</A>");
            bytes.extend_from_slice(&vec![b' '; 1000]);
            assert!(raw_is_restricted(&bytes), "{before}");
        }
    }
}
