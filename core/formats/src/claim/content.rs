//! What a FILEHOSO holds: base64, clear XML as text or CDATA, or nested elements; and where in the document.

use std::borrow::Cow;

use healthbook_model::{Refusal, Span};

use super::xml::{Element, Fault, Piece, Shape, flatten, raw_range};
use crate::blank;

/// How places in a decoded text become places in the document.
#[derive(Debug)]
pub(super) enum Located {
    /// The text stands in the document as it is, from here.
    Plain { base: u64 },
    /// The text is what this base64 stretch decodes to; so many bytes of it (a BOM) were taken off.
    Base64 { offset: u64, length: u64, skipped: u64 },
    /// The text was escaped, or written in several pieces.
    Pieces { base: u64, pieces: Vec<Piece>, skipped: usize },
    /// Only the whole stretch is known.
    Whole { offset: u64, length: u64 },
}

impl Located {
    /// The span of a range of the text.
    pub(super) fn span(&self, (from, to): (usize, usize)) -> Span {
        let length = to_u64(to.saturating_sub(from));
        match self {
            Self::Plain { base } => Span::plain(base + to_u64(from), length),
            Self::Base64 { offset, length: stretch, skipped } => {
                Span { offset: *offset, length: *stretch, inner: Some((to_u64(from) + skipped, length)) }
            }
            Self::Pieces { base, pieces, skipped } => {
                let (from, to) = raw_range(pieces, from + skipped, to + skipped);
                Span::plain(base + to_u64(from), to_u64(to - from))
            }
            Self::Whole { offset, length } => Span::plain(*offset, *length),
        }
    }
}

/// The text of a NOIDUNGFILE.
pub(super) enum Content<'a> {
    Empty,
    /// Elements of the HOSO itself.
    Nested,
    Text {
        text: Cow<'a, str>,
        located: Located,
    },
}

/// Reads what a NOIDUNGFILE holds. `document` is the text the element was parsed from, `base` that text's place.
pub(super) fn read<'a>(file: &Element<'a>, document: &'a str, base: u64) -> Result<Content<'a>, Fault> {
    if !file.children.is_empty() {
        return Ok(Content::Nested);
    }
    let clear = file.text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').starts_with('<');
    let malformed = Fault::new(Refusal::Malformed);
    match (file.shape, clear) {
        (Shape::Empty, _) => Ok(Content::Empty),
        (Shape::Literal(from, to), true) => {
            let raw = document.get(from..to).ok_or(malformed)?;
            let skipped = bom(raw);
            Ok(Content::Text {
                text: Cow::Borrowed(raw.get(skipped..).ok_or(malformed)?),
                located: Located::Plain { base: base + to_u64(from + skipped) },
            })
        }
        (Shape::Composed, true) => {
            let (from, to) = file.inner;
            let (text, pieces) = flatten(document.get(from..to).ok_or(malformed)?)?;
            let skipped = bom(&text);
            let text = text.get(skipped..).ok_or(malformed)?.to_owned();
            Ok(Content::Text {
                text: Cow::Owned(text),
                located: Located::Pieces { base: base + to_u64(from), pieces, skipped },
            })
        }
        (shape, false) => {
            let (from, to, exact) = stretch(file, shape, document).ok_or(malformed)?;
            let coded = if exact { document.get(from..to).ok_or(malformed)? } else { file.text.as_ref() };
            let bytes = blank::decode(coded.as_bytes()).ok_or(malformed)?;
            let text = utf8(bytes)?;
            let (offset, length) = (base + to_u64(from), to_u64(to - from));
            let skipped = bom(&text);
            let located = if exact {
                Located::Base64 { offset, length, skipped: to_u64(skipped) }
            } else {
                Located::Whole { offset, length }
            };
            let text = text.get(skipped..).ok_or(malformed)?.to_owned();
            Ok(Content::Text { text: Cow::Owned(text), located })
        }
    }
}

/// The base64 stretch, and whether it consists of nothing but base64, white space and character references.
fn stretch(file: &Element<'_>, shape: Shape, document: &str) -> Option<(usize, usize, bool)> {
    let (from, to) = match shape {
        Shape::Literal(from, to) => (from, to),
        _ => file.inner,
    };
    let raw = document.get(from..to)?;
    let exact = !raw.contains('<');
    // Spaces around it are layout, not part of it.
    let from = from + (raw.len() - raw.trim_start().len());
    Some((from, from + raw.trim().len(), exact))
}

fn utf8(bytes: Vec<u8>) -> Result<String, Fault> {
    String::from_utf8(bytes).map_err(|error| {
        let looks_like_text = error.as_bytes().iter().any(|b| matches!(b, b'<'));
        Fault::new(if looks_like_text { Refusal::Encoding } else { Refusal::Malformed })
    })
}

fn bom(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

fn to_u64(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
