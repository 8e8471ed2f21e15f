//! What a FILEHOSO holds: base64, clear XML as text or CDATA, or nested elements; and where in the document.

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

/// What a NOIDUNGFILE holds.
pub(super) enum Content {
    Empty,
    /// Elements of the HOSO itself.
    Nested,
    /// A text that stands in the document as it is, at these bytes of it.
    Clear {
        range: (usize, usize),
        located: Located,
    },
    /// Base64 at these bytes of the document.
    Base64 {
        range: (usize, usize),
    },
    /// A text that had to be put together.
    Own {
        text: String,
        located: Located,
    },
}

/// Reads what a NOIDUNGFILE holds. `document` is the text the element was parsed from, `base` that text's place.
pub(super) fn read(file: Element<'_>, document: &str, base: u64) -> Result<Content, Fault> {
    if file.children().next().is_some() {
        return Ok(Content::Nested);
    }
    let clear =
        file.text().trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').starts_with('<');
    let malformed = Fault::new(Refusal::Malformed);
    match (file.shape(), clear) {
        (Shape::Empty, _) => Ok(Content::Empty),
        (Shape::Literal(from, to), true) => {
            let from = from + bom(document.get(from..to).ok_or(malformed)?);
            Ok(Content::Clear { range: (from, to), located: Located::Plain { base: base + to_u64(from) } })
        }
        (Shape::Composed, true) => {
            let (from, to) = file.inner();
            let (mut text, pieces) = flatten(document.get(from..to).ok_or(malformed)?)?;
            let skipped = bom(&text);
            text.drain(..skipped);
            Ok(Content::Own { text, located: Located::Pieces { base: base + to_u64(from), pieces, skipped } })
        }
        (shape, false) => {
            let (from, to, exact) = stretch(file, shape, document).ok_or(malformed)?;
            if exact {
                let stretch = document.get(from..to).ok_or(malformed)?;
                return blank::decoded_length(stretch.as_bytes())
                    .map(|_| Content::Base64 { range: (from, to) })
                    .ok_or(malformed);
            }
            let mut text = utf8(blank::decode(file.text().as_bytes()).ok_or(malformed)?)?;
            text.drain(..bom(&text));
            let located = Located::Whole { offset: base + to_u64(from), length: to_u64(to - from) };
            Ok(Content::Own { text, located })
        }
    }
}

/// Decodes base64 at these bytes of a document in its place: a HOSO may be large, and its tables are nearly all of it.
/// What is left of the stretch becomes spaces. Gives where the text stands now, and where it came from.
pub(super) fn decode(
    document: &mut [u8],
    (from, to): (usize, usize),
    base: u64,
) -> Result<((usize, usize), Located), Fault> {
    let malformed = Fault::new(Refusal::Malformed);
    let stretch = document.get_mut(from..to).ok_or(malformed)?;
    let length = blank::decode_in_place(stretch).ok_or(malformed)?;
    let (decoded, rest) = stretch.split_at_mut_checked(length).ok_or(malformed)?;
    rest.fill(b' ');
    let text = std::str::from_utf8(decoded).map_err(|_| no_text(decoded))?;
    let skipped = bom(text);
    let located =
        Located::Base64 { offset: base + to_u64(from), length: to_u64(to - from), skipped: to_u64(skipped) };
    Ok(((from + skipped, from + length), located))
}

/// What base64 at these bytes of a document says, without changing it.
pub(super) fn glance(document: &str, (from, to): (usize, usize)) -> Result<String, Fault> {
    let malformed = Fault::new(Refusal::Malformed);
    utf8(blank::decode(document.get(from..to).ok_or(malformed)?.as_bytes()).ok_or(malformed)?)
}

/// The base64 stretch, and whether it consists of nothing but base64, white space and character references.
fn stretch(file: Element<'_>, shape: Shape, document: &str) -> Option<(usize, usize, bool)> {
    let (from, to) = match shape {
        Shape::Literal(from, to) => (from, to),
        _ => file.inner(),
    };
    let raw = document.get(from..to)?;
    let exact = !raw.contains('<');
    // Spaces around it are layout, not part of it.
    let from = from + (raw.len() - raw.trim_start().len());
    Some((from, from + raw.trim().len(), exact))
}

fn utf8(bytes: Vec<u8>) -> Result<String, Fault> {
    String::from_utf8(bytes).map_err(|error| no_text(error.as_bytes()))
}

fn no_text(bytes: &[u8]) -> Fault {
    let looks_like_text = bytes.contains(&b'<');
    Fault::new(if looks_like_text { Refusal::Encoding } else { Refusal::Malformed })
}

fn bom(text: &str) -> usize {
    if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 }
}

fn to_u64(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
