//! A small tree of elements with their places. No DTD, no entities but the five of XML and character references,
//! limits on depth and number.

use std::borrow::Cow;

use healthbook_model::Refusal;
use quick_xml::Reader;
use quick_xml::events::Event;

/// Why a text is no XML that is read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) refusal: Refusal,
}

impl Fault {
    pub(super) fn new(refusal: Refusal) -> Self {
        Self { refusal }
    }
}

/// How much of a tree may be built. Shared by the parts of one HOSO.
#[derive(Debug)]
pub(super) struct Budget {
    pub(super) depth: usize,
    pub(super) elements: usize,
}

/// How the text of an element is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// No text but white space.
    Empty,
    /// One stretch, literally.
    Literal(usize, usize),
    /// With references, or in several pieces.
    Composed,
}

/// An element. Places are bytes of the text it was parsed from.
#[derive(Debug)]
pub(super) struct Element<'a> {
    /// Name without a namespace prefix.
    pub(super) name: &'a str,
    /// First byte of the start tag, and the byte after the end tag.
    pub(super) outer: (usize, usize),
    /// First byte after the start tag, and first byte of the end tag.
    pub(super) inner: (usize, usize),
    /// All its own text, references resolved.
    pub(super) text: Cow<'a, str>,
    pub(super) shape: Shape,
    pub(super) children: Vec<Element<'a>>,
}

impl<'a> Element<'a> {
    fn open(name: &'a str, start: usize, end: usize) -> Self {
        Self {
            name,
            outer: (start, end),
            inner: (end, end),
            text: Cow::Borrowed(""),
            shape: Shape::Empty,
            children: Vec::new(),
        }
    }

    /// Names are compared without case: the tables are in capitals, not every program is.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    pub(super) fn child(&self, name: &str) -> Option<&Element<'a>> {
        self.children.iter().find(|child| child.is(name))
    }

    fn push_text(&mut self, piece: Cow<'a, str>, literal: Option<(usize, usize)>) {
        let blank = piece.trim().is_empty();
        match (self.shape, literal) {
            (Shape::Empty, _) if blank => {}
            (Shape::Empty, Some((from, to))) => {
                self.text = piece;
                self.shape = Shape::Literal(from, to);
            }
            // White space around one CDATA section is layout.
            (Shape::Literal(..), _) if blank && literal.is_some() => {}
            (Shape::Empty, None) => {
                self.text = piece;
                self.shape = Shape::Composed;
            }
            _ => {
                self.text.to_mut().push_str(&piece);
                self.shape = Shape::Composed;
            }
        }
    }
}

/// Reads one element, the root. What stands beside it is left alone.
pub(super) fn parse<'a>(text: &'a str, budget: &mut Budget) -> Result<Element<'a>, Fault> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element<'a>> = Vec::new();
    loop {
        let from = position(&reader)?;
        let event = reader.read_event().map_err(|_| Fault::new(Refusal::Malformed))?;
        let to = position(&reader)?;
        let finished = match event {
            Event::Start(tag) => {
                if open.len() >= budget.depth {
                    return Err(Fault::new(Refusal::TooLarge));
                }
                let name = take_name(text, from + 1, tag.name().as_ref().len(), budget)?;
                open.push(Element::open(name, from, to));
                None
            }
            Event::Empty(tag) => {
                Some(Element::open(take_name(text, from + 1, tag.name().as_ref().len(), budget)?, from, to))
            }
            Event::End(_) => {
                let mut element = open.pop().ok_or(Fault::new(Refusal::Malformed))?;
                element.inner.1 = from;
                element.outer.1 = to;
                Some(element)
            }
            Event::Text(piece) => {
                if let Some(element) = open.last_mut() {
                    let literal = text.get(from..to).unwrap_or_default();
                    let cow = if literal.contains('\r') {
                        Cow::Owned(piece.xml10_content().into_owned())
                    } else {
                        Cow::Borrowed(literal)
                    };
                    element.push_text(cow, Some((from, to)));
                } else if !piece.xml10_content().trim_start_matches('\u{feff}').trim().is_empty() {
                    return Err(Fault::new(Refusal::Malformed));
                }
                None
            }
            Event::CData(_) => {
                let element = open.last_mut().ok_or(Fault::new(Refusal::Malformed))?;
                let (inside, outside) = (from + "<![CDATA[".len(), to.saturating_sub("]]>".len()));
                let literal = text.get(inside..outside).ok_or(Fault::new(Refusal::Malformed))?;
                element.push_text(Cow::Borrowed(literal), Some((inside, outside)));
                None
            }
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref() {
                    Ok(Some(character)) => character,
                    Ok(None) => {
                        predefined(&reference.xml10_content()).ok_or(Fault::new(Refusal::Forbidden))?
                    }
                    Err(_) => return Err(Fault::new(Refusal::Malformed)),
                };
                let element = open.last_mut().ok_or(Fault::new(Refusal::Malformed))?;
                element.push_text(Cow::Owned(character.to_string()), None);
                None
            }
            Event::DocType(_) => return Err(Fault::new(Refusal::Forbidden)),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => None,
            Event::Eof => return Err(Fault::new(Refusal::Truncated)),
        };
        if let Some(element) = finished {
            match open.last_mut() {
                Some(parent) => parent.children.push(element),
                None => return Ok(element),
            }
        }
    }
}

/// A text made of references and several pieces, as one string, with the places its parts came from.
pub(super) fn flatten(raw: &str) -> Result<(String, Vec<Piece>), Fault> {
    let mut reader = Reader::from_str(raw);
    let mut whole = String::new();
    let mut pieces = Vec::new();
    loop {
        let from = position(&reader)?;
        let event = reader.read_event().map_err(|_| Fault::new(Refusal::Malformed))?;
        let to = position(&reader)?;
        let at = whole.len();
        match event {
            Event::Text(_) => {
                whole.push_str(raw.get(from..to).unwrap_or_default());
                pieces.push(Piece { at, raw: (from, to), literal: true });
            }
            Event::CData(_) => {
                let inside = (from + "<![CDATA[".len(), to.saturating_sub("]]>".len()));
                whole.push_str(raw.get(inside.0..inside.1).unwrap_or_default());
                pieces.push(Piece { at, raw: inside, literal: true });
            }
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref() {
                    Ok(Some(character)) => character,
                    Ok(None) => {
                        predefined(&reference.xml10_content()).ok_or(Fault::new(Refusal::Forbidden))?
                    }
                    Err(_) => return Err(Fault::new(Refusal::Malformed)),
                };
                whole.push(character);
                pieces.push(Piece { at, raw: (from, to), literal: false });
            }
            Event::Comment(_) => {}
            Event::Eof => return Ok((whole, pieces)),
            _ => return Err(Fault::new(Refusal::Malformed)),
        }
    }
}

/// A piece of a flattened text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    /// Where it begins in the flattened text.
    at: usize,
    /// Where it stands in the raw one.
    raw: (usize, usize),
    /// Whether byte for byte.
    literal: bool,
}

/// The raw stretch that a range of the flattened text came from.
pub(super) fn raw_range(pieces: &[Piece], from: usize, to: usize) -> (usize, usize) {
    let holding = |at: usize| {
        let n = pieces.partition_point(|piece| piece.at <= at);
        n.checked_sub(1).and_then(|n| pieces.get(n))
    };
    let start = holding(from).map_or(0, |piece| {
        if piece.literal { (piece.raw.0 + (from - piece.at)).min(piece.raw.1) } else { piece.raw.0 }
    });
    let end = to.checked_sub(1).and_then(holding).map_or(start, |piece| {
        if piece.literal { (piece.raw.0 + (to - piece.at)).min(piece.raw.1) } else { piece.raw.1 }
    });
    (start, end.max(start))
}

fn position(reader: &Reader<&[u8]>) -> Result<usize, Fault> {
    usize::try_from(reader.buffer_position()).map_err(|_| Fault::new(Refusal::TooLarge))
}

fn take_name<'a>(text: &'a str, at: usize, length: usize, budget: &mut Budget) -> Result<&'a str, Fault> {
    budget.elements = budget.elements.checked_sub(1).ok_or(Fault::new(Refusal::TooLarge))?;
    let name = text.get(at..at + length).ok_or(Fault::new(Refusal::Malformed))?;
    Ok(name.rsplit(':').next().unwrap_or(name))
}

fn predefined(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}
