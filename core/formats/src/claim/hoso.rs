//! One HOSO: its tables and their rows, and what in them makes all of it restricted.
//!
//! A HOSO is read in one piece of memory: base64 is decoded in its place, trees hold places, and rows are looked at
//! one at a time. What is mapped of it is handed on in parts.

use std::ops::Range;

use healthbook_model::{Refusal, Span};

use super::content::{self, Content, Located};
use super::table::{self, Form, Row, Tables};
use super::value::codes;
use super::xml::{self, Budget, Element, Fault, Tree};
use crate::Limits;
use crate::sensitive::raw_is_restricted;

/// Most elements of one HOSO. A stay of months has some tens of thousands of rows' fields; an element costs forty
/// bytes of memory.
const MOST_ELEMENTS: usize = 1_000_000;

/// Most items of a field that holds several codes or days. The decision allows twelve diagnoses; each becomes a record,
/// and is looked for in the words of the others.
const MOST_ITEMS: usize = 500;

/// How many codes or days a field holds beside its first. Names are compared without case.
fn more_items((name, text): (&str, &str)) -> usize {
    let begins = |start: &&str| name.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start));
    let holds_several = ["MA_", "NGAY_", "GT_THE_", "CAN_NANG_CON", "NGUOI_THUC_HIEN"].iter().any(begins);
    if holds_several { text.bytes().filter(|b| matches!(b, b';' | b',')).count() } else { 0 }
}

/// Whether a row has a field with more codes or days than anybody writes.
fn holds_too_many<F: Tables>(row: &Row<'_, F>) -> bool {
    row.fields().any(|field| more_items(field) > MOST_ITEMS)
}

/// Most bytes of one field that becomes part of a record, and of the words of a diagnosis as often as its codes repeat them:
/// a note of a whole stay has some thousand. Each is copied a few times on its way into the book.
const LONGEST_FIELD: usize = 4 << 20;

/// Whether a row says more in one field than anybody writes, or would have it said again by each of many diagnoses.
fn says_too_much<F: Tables>(row: &Row<'_, F>) -> bool {
    if row.fields().any(|(name, text)| text.len() > LONGEST_FIELD && row.form.becomes_a_record(name)) {
        return true;
    }
    let length = |name: &str| row.get(name).map_or(0, str::len);
    let words = length("CHAN_DOAN_RV") + length("CHAN_DOAN_VAO");
    let diagnoses = ["MA_BENH_CHINH", "MA_BENH_KT", "MA_BENH_YHCT"];
    let diagnoses = || diagnoses.iter().filter_map(|name| row.get(name)).flat_map(codes).count();
    words > LONGEST_FIELD / MOST_ITEMS && words.saturating_mul(diagnoses()) > LONGEST_FIELD
}

/// Why a HOSO could not be read.
#[derive(Debug)]
pub(super) struct Unread {
    pub(super) refusal: Refusal,
    /// What follows the HOSO's number: empty, or `, XML3`.
    pub(super) at: String,
    /// Something in it is known to be restricted that its bytes do not show any more.
    pub(super) restricted: bool,
}

impl Unread {
    pub(super) fn new(refusal: Refusal, at: impl Into<String>) -> Self {
        Self { refusal, at: at.into(), restricted: false }
    }
}

/// The text of a table.
enum Text {
    /// Bytes of the document.
    Document(Range<usize>),
    Own(String),
}

/// A table as it stands.
struct Table<F> {
    /// By its label.
    form: F,
    text: Text,
    /// Its tree among those of the HOSO, and its roots in there.
    tree: usize,
    roots: Vec<u32>,
    located: Located,
}

/// A row: its table, which form it is of, its place in the table's tree, its number under its root.
struct RowAt<F> {
    table: usize,
    form: F,
    place: u32,
    number: usize,
}

/// A HOSO, or a table that stands alone, that could be read.
pub(super) struct Hoso<F = Form> {
    document: String,
    trees: Vec<Tree>,
    tables: Vec<Table<F>>,
    rows: Vec<RowAt<F>>,
    /// All of it.
    pub(super) whole: Span,
    /// Forms that are there and hold nothing.
    pub(super) bare: u16,
    /// Something in it makes all of it restricted.
    pub(super) restricted: bool,
}

impl<F: Tables> Hoso<F> {
    /// Reads a HOSO, or a table that stands alone. What cannot be read is given back.
    pub(super) fn read(bytes: Vec<u8>, offset: u64, limits: Limits) -> Result<Self, (Unread, Vec<u8>)> {
        let document = match String::from_utf8(bytes) {
            Ok(document) => document,
            Err(error) => return Err((Unread::new(Refusal::Encoding, ""), error.into_bytes())),
        };
        let mut budget = Budget { depth: limits.depth, elements: MOST_ELEMENTS.min(limits.values) };
        let planned =
            xml::parse(&document, &mut budget).map_err(|fault| unread(fault, "")).and_then(|tree| {
                let mut signs = false;
                let parts = parts(tree.root(&document), &document, offset, &mut signs)?;
                Ok((tree, parts, signs))
            });
        let (tree, parts, signs) = match planned {
            Ok(planned) => planned,
            Err(unread) => return Err((unread, document.into_bytes())),
        };
        let length = u64::try_from(document.len()).unwrap_or(u64::MAX);
        let mut hoso = Self {
            document: String::new(),
            trees: vec![tree],
            tables: Vec::new(),
            rows: Vec::new(),
            whole: Span::plain(offset, length),
            bare: 0,
            restricted: signs,
        };
        let mut bytes = document.into_bytes();
        let parts = match settled(parts, &mut bytes, offset) {
            Ok(parts) => parts,
            Err(unread) => return Err((unread, bytes)),
        };
        hoso.document = match String::from_utf8(bytes) {
            Ok(document) => document,
            Err(error) => return Err((Unread::new(Refusal::Encoding, ""), error.into_bytes())),
        };
        match hoso.take_tables(parts, offset, &mut budget) {
            Ok(()) => Ok(hoso),
            Err(unread) => Err((unread, hoso.document.into_bytes())),
        }
    }

    fn take_tables(
        &mut self,
        parts: Vec<(F, Settled)>,
        offset: u64,
        budget: &mut Budget,
    ) -> Result<(), Unread> {
        for (form, settled) in parts {
            let (text, located) = match settled {
                Settled::Nested(root) => {
                    let text = Text::Document(0..self.document.len());
                    let located = Located::Plain { base: offset };
                    self.tables.push(Table { form, text, tree: 0, roots: vec![root], located });
                    continue;
                }
                Settled::Text(text, located) => (text, located),
            };
            let tree = xml::parse(self.text(&text), budget).map_err(|fault| unread(fault, &form.label()))?;
            let roots = tree.roots().collect();
            self.tables.push(Table { form, text, tree: self.trees.len(), roots, located });
            self.trees.push(tree);
        }
        let mut rows = Vec::new();
        let mut bare = 0;
        for (n, table) in self.tables.iter().enumerate() {
            for root in table.roots.iter().filter_map(|root| self.element(table, *root)) {
                // The root knows better than the label which table it is.
                let of_root = F::of_root(root.name()).filter(|_| !table.form.has_root(root.name()));
                let form = of_root.unwrap_or(table.form);
                if is_bare(root) {
                    bare |= form.bit();
                }
                let places = table::rows(form, root).into_iter().map(Element::place).zip(1..);
                rows.extend(places.map(|(place, number)| RowAt { table: n, form, place, number }));
            }
        }
        (self.rows, self.bare) = (rows, bare);
        if let Some(row) = self.rows().find(|row| holds_too_many(row) || says_too_much(row)) {
            return Err(Unread::new(Refusal::TooLarge, format!(", {}", row.form.label())));
        }
        // An item becomes as much as an element does, of which so many are left.
        let items = self.rows().map(|row| row.fields().map(more_items).sum::<usize>()).sum::<usize>();
        if items > budget.elements {
            return Err(Unread::new(Refusal::TooLarge, ""));
        }
        self.restricted = self.restricted || self.rows().any(|row| F::restricts_all(&row));
        Ok(())
    }

    /// Its rows, in the order of its tables.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_, F>> {
        (0..self.rows.len()).filter_map(|n| self.row(n))
    }

    /// The row with this number among all.
    pub(super) fn row(&self, n: usize) -> Option<Row<'_, F>> {
        let RowAt { table, form, place, number } = self.rows.get(n)?;
        let table = self.tables.get(*table)?;
        let element = self.element(table, *place)?;
        Some(Row { form: *form, number: *number, element, located: &table.located })
    }

    /// How many rows it has.
    pub(super) fn row_count(&self) -> usize {
        self.rows.len()
    }

    fn element<'t>(&'t self, table: &'t Table<F>, place: u32) -> Option<Element<'t>> {
        Some(self.trees.get(table.tree)?.at(self.text(&table.text), place))
    }

    fn text<'t>(&'t self, text: &'t Text) -> &'t str {
        match text {
            Text::Document(range) => self.document.get(range.clone()).unwrap_or_default(),
            Text::Own(text) => text,
        }
    }

    /// Gives back its bytes, as far as they still are what was read.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.document.into_bytes()
    }
}

/// A table whose text is at hand.
enum Settled {
    /// An element of the HOSO's own tree.
    Nested(u32),
    Text(Text, Located),
}

/// Decodes what is base64.
fn settled<F: Tables>(
    parts: Vec<Part<F>>,
    document: &mut [u8],
    base: u64,
) -> Result<Vec<(F, Settled)>, Unread> {
    let settle = |Part { form, body }: Part<F>| {
        let settled = match body {
            Body::Nested(place) => Settled::Nested(place),
            Body::Clear { range: (from, to), located } => Settled::Text(Text::Document(from..to), located),
            Body::Own { text, located } => Settled::Text(Text::Own(text), located),
            Body::Base64 { range } => match content::decode(document, range, base) {
                Ok(((from, to), located)) => Settled::Text(Text::Document(from..to), located),
                Err(fault) => {
                    let decoded = document.get(range.0..range.1).unwrap_or_default();
                    return Err(Unread {
                        restricted: raw_is_restricted(decoded),
                        ..unread(fault, &form.label())
                    });
                }
            },
        };
        Ok((form, settled))
    };
    parts.into_iter().map(settle).collect()
}

/// Whether nothing at all stands in a table.
fn is_bare(element: Element<'_>) -> bool {
    element.text().trim().is_empty() && element.children().all(is_bare)
}

fn unread(fault: Fault, part: &str) -> Unread {
    Unread::new(fault.refusal, if part.is_empty() { String::new() } else { format!(", {part}") })
}

/// A table of a HOSO as it is written.
struct Part<F> {
    form: F,
    body: Body,
}

enum Body {
    Nested(u32),
    Clear { range: (usize, usize), located: Located },
    Base64 { range: (usize, usize) },
    Own { text: String, located: Located },
}

/// The tables of a HOSO. `signs` is set when one that is not known shows signs of something restricted.
fn parts<F: Tables>(
    root: Element<'_>,
    document: &str,
    base: u64,
    signs: &mut bool,
) -> Result<Vec<Part<F>>, Unread> {
    if let Some(form) = F::of_root(root.name()) {
        return Ok(vec![Part { form, body: Body::Nested(root.place()) }]);
    }
    let mut files = Vec::new();
    let mut tables = Vec::new();
    collect(root, &mut files, &mut tables);
    let mut parts: Vec<Part<F>> =
        tables.into_iter().map(|(form, tree)| Part { form, body: Body::Nested(tree.place()) }).collect();
    for (label, holder, number) in files.into_iter().zip(1usize..).flat_map(contents) {
        let known = F::of_label(label);
        let name = known.map_or_else(|| format!("FILEHOSO {number}"), F::label);
        // A kind of file that is not known may be written in a way that is not known.
        let mut unknown = || {
            let (from, to) = holder.inner();
            *signs |= raw_is_restricted(document.get(from..to).unwrap_or_default().as_bytes());
        };
        let content = match (content::read(holder, document, base), known) {
            (Ok(content), _) => content,
            (Err(fault), Some(_)) => return Err(unread(fault, &name)),
            (Err(_), None) => {
                unknown();
                continue;
            }
        };
        let (form, body) = match content {
            Content::Empty => continue,
            Content::Nested => {
                for tree in holder.children() {
                    match known.or_else(|| F::of_root(tree.name())) {
                        Some(form) => parts.push(Part { form, body: Body::Nested(tree.place()) }),
                        None => *signs |= tree_has_signs(tree),
                    }
                }
                continue;
            }
            Content::Clear { range, located } => {
                let text = document.get(range.0..range.1).unwrap_or_default();
                let form = known.or_else(|| root_form(text));
                if form.is_none() {
                    *signs |= raw_is_restricted(text.as_bytes());
                }
                (form, Body::Clear { range, located })
            }
            Content::Own { text, located } => {
                let form = known.or_else(|| root_form(&text));
                if form.is_none() {
                    *signs |= raw_is_restricted(text.as_bytes());
                }
                (form, Body::Own { text, located })
            }
            Content::Base64 { range } if known.is_some() => (known, Body::Base64 { range }),
            Content::Base64 { range } => {
                let Ok(text) = content::glance(document, range) else {
                    unknown();
                    continue;
                };
                let form = root_form(&text);
                if form.is_none() {
                    *signs |= raw_is_restricted(text.as_bytes());
                }
                (form, Body::Base64 { range })
            }
        };
        parts.extend(form.map(|form| Part { form, body }));
    }
    if parts.is_empty() && !*signs {
        return Err(Unread::new(Refusal::NotTheFormat, ""));
    }
    Ok(parts)
}

/// What a FILEHOSO holds, each with its label and the number of the FILEHOSO. One of them is what is meant; what else stands
/// there is no less the person's.
fn contents<'t>((file, number): (Element<'t>, usize)) -> impl Iterator<Item = (&'t str, Element<'t>, usize)> {
    let named = move |name: &'static str| file.children().filter(move |child| child.is(name));
    let labels = named("LOAIHOSO").map(|label| label.text().trim());
    let labels = labels.chain(std::iter::repeat(""));
    named("NOIDUNGFILE").zip(labels).map(move |(holder, label)| (label, holder, number))
}

/// The FILEHOSO of a HOSO, at whatever depth, and tables that stand in it without one.
fn collect<'t, F: Tables>(
    element: Element<'t>,
    files: &mut Vec<Element<'t>>,
    tables: &mut Vec<(F, Element<'t>)>,
) {
    for child in element.children() {
        if child.is("FILEHOSO") {
            files.push(child);
        } else if let Some(form) = F::of_root(child.name()) {
            tables.push((form, child));
        } else {
            collect(child, files, tables);
        }
    }
}

/// Which table a text is, when its label does not say.
fn root_form<F: Tables>(text: &str) -> Option<F> {
    let mut rest = text;
    loop {
        rest = rest.get(rest.find('<')? + 1..)?;
        if !rest.starts_with(['?', '!']) {
            let name = rest.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next()?;
            return F::of_root(name.rsplit(':').next()?);
        }
    }
}

fn tree_has_signs(tree: Element<'_>) -> bool {
    raw_is_restricted(tree.text().as_bytes()) || tree.children().any(tree_has_signs)
}
