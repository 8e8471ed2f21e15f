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

/// Where something stands in the text it was read from: first byte, and the byte after it.
type Range32 = (u32, u32);

/// An element as the tree keeps it: places only, since a HOSO may have hundreds of thousands.
#[derive(Debug)]
struct Node {
    name: Range32,
    outer: Range32,
    inner: Range32,
    /// Of [`Shape::Literal`].
    literal: Range32,
    /// Place of its text among the tree's own, where it does not stand in the document as it reads; else [`NONE`].
    own: u32,
    /// The node after the last one inside it.
    next: u32,
}

const NONE: u32 = u32::MAX;

/// The elements of a text, each before those inside it. It holds places, and is read together with its text.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// Texts with references, in several pieces, or with line ends of another kind.
    own: Vec<String>,
}

/// Nodes grow in steps, so that a large tree is not copied into twice its room.
const STEP: usize = 16 * 1024;

impl Tree {
    /// The first element, with the text that the tree was read from.
    pub(super) fn root<'t>(&'t self, text: &'t str) -> Element<'t> {
        Element { text, tree: self, at: 0 }
    }

    /// Places of all elements that stand in no other.
    pub(super) fn roots(&self) -> impl Iterator<Item = u32> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let root = at;
            at = self.node(root)?.next;
            Some(root)
        })
    }

    /// An element that was found before, by [`Element::place`].
    pub(super) fn at<'t>(&'t self, text: &'t str, place: u32) -> Element<'t> {
        Element { text, tree: self, at: place }
    }

    fn open(&mut self, name: Range32, outer: Range32, budget: &mut Budget) -> Result<u32, Fault> {
        budget.elements = budget.elements.checked_sub(1).ok_or(Fault::new(Refusal::TooLarge))?;
        let at = u32::try_from(self.nodes.len()).map_err(|_| Fault::new(Refusal::TooLarge))?;
        if self.nodes.len() == self.nodes.capacity() {
            self.nodes.reserve_exact(STEP.max(self.nodes.len() / 4));
        }
        let inner = (outer.1, outer.1);
        self.nodes.push(Node { name, outer, inner, literal: (NONE, NONE), own: NONE, next: at + 1 });
        Ok(at)
    }

    fn node(&self, at: u32) -> Option<&Node> {
        self.nodes.get(usize::try_from(at).ok()?)
    }

    fn node_mut(&mut self, at: u32) -> Result<&mut Node, Fault> {
        usize::try_from(at).ok().and_then(|at| self.nodes.get_mut(at)).ok_or(Fault::new(Refusal::Malformed))
    }

    fn push_text(
        &mut self,
        at: u32,
        piece: Cow<'_, str>,
        literal: Option<Range32>,
        text: &str,
    ) -> Result<(), Fault> {
        let blank = piece.trim().is_empty();
        let node = self.node_mut(at)?;
        let (is_empty, is_literal) = (node.literal.0 == NONE && node.own == NONE, node.literal.0 != NONE);
        if blank && (is_empty || (is_literal && literal.is_some())) {
            // White space, also around one CDATA section, is layout.
            return Ok(());
        }
        if let (true, Some(range)) = (is_empty, literal) {
            node.literal = range;
            if let Cow::Owned(piece) = piece {
                self.keep(at, piece)?;
            }
            return Ok(());
        }
        if node.own == NONE {
            let said = slice(text, node.literal).to_owned();
            self.keep(at, said)?;
        }
        let node = self.node_mut(at)?;
        node.literal = (NONE, NONE);
        let own = usize::try_from(node.own).ok().and_then(|own| self.own.get_mut(own));
        own.ok_or(Fault::new(Refusal::Malformed))?.push_str(&piece);
        Ok(())
    }

    fn keep(&mut self, at: u32, said: String) -> Result<(), Fault> {
        let own = u32::try_from(self.own.len()).map_err(|_| Fault::new(Refusal::TooLarge))?;
        self.own.push(said);
        self.node_mut(at)?.own = own;
        Ok(())
    }
}

fn slice(text: &str, (from, to): Range32) -> &str {
    usize::try_from(from)
        .ok()
        .zip(usize::try_from(to).ok())
        .and_then(|(from, to)| text.get(from..to))
        .unwrap_or_default()
}

fn wide((from, to): Range32) -> (usize, usize) {
    (usize::try_from(from).unwrap_or(usize::MAX), usize::try_from(to).unwrap_or(usize::MAX))
}

fn narrow(at: usize) -> Result<u32, Fault> {
    u32::try_from(at).ok().filter(|at| *at != NONE).ok_or(Fault::new(Refusal::TooLarge))
}

/// An element of a tree. Places are bytes of the text it was parsed from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'t> {
    text: &'t str,
    tree: &'t Tree,
    at: u32,
}

impl<'t> Element<'t> {
    fn node(self) -> Option<&'t Node> {
        self.tree.node(self.at)
    }

    /// By which [`Tree::at`] finds it again.
    pub(super) fn place(self) -> u32 {
        self.at
    }

    /// Name without a namespace prefix.
    pub(super) fn name(self) -> &'t str {
        let name = self.node().map_or("", |node| slice(self.text, node.name));
        name.rsplit(':').next().unwrap_or(name)
    }

    /// First byte of the start tag, and the byte after the end tag.
    pub(super) fn outer(self) -> (usize, usize) {
        self.node().map_or((0, 0), |node| wide(node.outer))
    }

    /// First byte after the start tag, and first byte of the end tag.
    pub(super) fn inner(self) -> (usize, usize) {
        self.node().map_or((0, 0), |node| wide(node.inner))
    }

    /// All its own text, references resolved.
    pub(super) fn text(self) -> &'t str {
        let Some(node) = self.node() else { return "" };
        let own = usize::try_from(node.own).ok().and_then(|own| self.tree.own.get(own));
        own.map_or_else(|| slice(self.text, node.literal), String::as_str)
    }

    pub(super) fn shape(self) -> Shape {
        match self.node() {
            Some(node) if node.literal.0 != NONE => {
                let (from, to) = wide(node.literal);
                Shape::Literal(from, to)
            }
            Some(node) if node.own != NONE => Shape::Composed,
            _ => Shape::Empty,
        }
    }

    /// The elements right inside it.
    pub(super) fn children(self) -> impl Iterator<Item = Element<'t>> {
        let end = self.node().map_or(0, |node| node.next);
        let mut next = self.at.saturating_add(1);
        std::iter::from_fn(move || {
            let child = Element { at: next, ..self };
            next = (next < end).then(|| child.node())??.next;
            Some(child)
        })
    }

    /// Names are compared without case: the tables are in capitals, not every program is.
    pub(super) fn is(self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    pub(super) fn child(self, name: &str) -> Option<Element<'t>> {
        self.children().find(|child| child.is(name))
    }
}

/// Reads a root, and further ones beside it: programs write several papers of a kind one after the other. Text after the
/// first is left alone.
pub(super) fn parse(text: &str, budget: &mut Budget) -> Result<Tree, Fault> {
    let malformed = Fault::new(Refusal::Malformed);
    let mut reader = Reader::from_str(text);
    let mut tree = Tree::default();
    let mut open: Vec<u32> = Vec::new();
    loop {
        let from = position(&reader)?;
        let event = reader.read_event().map_err(|_| malformed)?;
        let to = position(&reader)?;
        let outer = (narrow(from)?, narrow(to)?);
        let named = |length: usize| Ok((narrow(from + 1)?, narrow(from + 1 + length)?));
        let is_behind = open.is_empty() && !tree.nodes.is_empty();
        match event {
            Event::Eof if is_behind => return Ok(tree),
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) if is_behind => {}
            Event::Start(tag) => {
                if open.len() >= budget.depth {
                    return Err(Fault::new(Refusal::TooLarge));
                }
                open.push(tree.open(named(tag.name().as_ref().len())?, outer, budget)?);
            }
            Event::Empty(tag) => {
                tree.open(named(tag.name().as_ref().len())?, outer, budget)?;
            }
            Event::End(_) => {
                let next = u32::try_from(tree.nodes.len()).map_err(|_| Fault::new(Refusal::TooLarge))?;
                let node = tree.node_mut(open.pop().ok_or(malformed)?)?;
                (node.inner.1, node.outer.1, node.next) = (outer.0, outer.1, next);
            }
            Event::Text(piece) => {
                if let Some(at) = open.last() {
                    let literal = text.get(from..to).unwrap_or_default();
                    let cow = if literal.contains('\r') {
                        Cow::Owned(piece.xml10_content().into_owned())
                    } else {
                        Cow::Borrowed(literal)
                    };
                    tree.push_text(*at, cow, Some(outer), text)?;
                } else if !piece.xml10_content().trim_start_matches('\u{feff}').trim().is_empty() {
                    return Err(malformed);
                }
            }
            Event::CData(_) => {
                let (inside, outside) = (from + "<![CDATA[".len(), to.saturating_sub("]]>".len()));
                let literal = text.get(inside..outside).ok_or(malformed)?;
                let range = (narrow(inside)?, narrow(outside)?);
                tree.push_text(*open.last().ok_or(malformed)?, Cow::Borrowed(literal), Some(range), text)?;
            }
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref() {
                    Ok(Some(character)) => character,
                    Ok(None) => {
                        predefined(&reference.xml10_content()).ok_or(Fault::new(Refusal::Forbidden))?
                    }
                    Err(_) => return Err(malformed),
                };
                let at = *open.last().ok_or(malformed)?;
                tree.push_text(at, Cow::Owned(character.to_string()), None, text)?;
            }
            Event::DocType(_) => return Err(Fault::new(Refusal::Forbidden)),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => return Err(Fault::new(Refusal::Truncated)),
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
