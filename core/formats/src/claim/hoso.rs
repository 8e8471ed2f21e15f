//! One HOSO: its tables and their rows, and what in them makes all of it restricted.

use healthbook_model::{Coding, Refusal, Span};

use super::content::{self, Content, Located};
use super::envelope::Header;
use super::table::{self, Form, Row};
use super::told::Telling;
use super::value::{ICD10, codes, system};
use super::xml::{self, Budget, Element, Fault};
use super::{Wanted, visits};
use crate::sensitive::{coding_is_restricted, raw_is_restricted, text_is_restricted};
use crate::{Item, Limits};

/// Most elements of one HOSO. A stay of months has some tens of thousands of rows' fields; an element costs about
/// a hundred bytes of memory.
const MOST_ELEMENTS: usize = 1_000_000;

/// Most items of a field that holds several codes or days. The decision allows twelve diagnoses; each becomes a record,
/// and is looked for in the words of the others.
const MOST_ITEMS: usize = 500;

/// Whether a field holds more codes or days than anybody writes.
fn holds_too_many((name, text): (&str, &str)) -> bool {
    let holds_several = ["MA_", "NGAY_", "GT_THE_"].iter().any(|start| name.starts_with(start))
        || matches!(name, "CAN_NANG_CON" | "NGUOI_THUC_HIEN");
    holds_several && text.bytes().filter(|b| matches!(b, b';' | b',')).count() > MOST_ITEMS
}

/// Why a HOSO could not be read.
pub(super) struct Unread {
    pub(super) refusal: Refusal,
    /// What follows the HOSO's number: empty, or `, XML3`.
    pub(super) at: String,
}

struct Part<'a> {
    form: Form,
    body: Body<'a>,
}

enum Body<'a> {
    Tree(&'a Element<'a>),
    Text { text: std::borrow::Cow<'a, str>, located: Located },
}

/// Reads a HOSO, or a table that stands alone.
pub(super) fn read(
    bytes: &[u8],
    offset: u64,
    header: &Header,
    limits: Limits,
    wanted: Wanted,
) -> Result<Vec<Item>, Unread> {
    with_tables(bytes, offset, limits, |tables, whole| {
        visits::map(&tables.rows, header, tables.restricted, whole, wanted)
    })
}

/// What a HOSO, or a table that stands alone, tells of its visits.
pub(super) fn tellings(
    bytes: &[u8],
    offset: u64,
    header: &Header,
    limits: Limits,
) -> Result<Vec<Telling>, Unread> {
    with_tables(bytes, offset, limits, |tables, _| {
        visits::tellings(&tables.rows, tables.bare, header, tables.restricted)
    })
}

/// The tables of a HOSO.
struct Tables<'p> {
    rows: Vec<Row<'p>>,
    /// Forms that are there and hold nothing.
    bare: u16,
    /// Something in them makes all of the HOSO restricted.
    restricted: bool,
}

fn with_tables<T>(
    bytes: &[u8],
    offset: u64,
    limits: Limits,
    map: impl FnOnce(&Tables<'_>, Span) -> Result<T, Unread>,
) -> Result<T, Unread> {
    let document =
        std::str::from_utf8(bytes).map_err(|_| Unread { refusal: Refusal::Encoding, at: String::new() })?;
    let mut budget = Budget { depth: limits.depth, elements: MOST_ELEMENTS.min(limits.values) };
    let root = xml::parse(document, &mut budget).map_err(|fault| unread(fault, ""))?;
    let here = Located::Plain { base: offset };
    let mut signs = false;
    let parts = parts(&root, document, offset, &mut signs)?;

    let mut trees = Vec::new();
    for part in &parts {
        if let Body::Text { text, located } = &part.body {
            let tree = xml::parse(text, &mut budget).map_err(|fault| unread(fault, &part.form.label()))?;
            // The root knows better than the label which table it is.
            trees.push((Form::of_root(tree.name).unwrap_or(part.form), Tree::Own(tree), located));
        } else if let Body::Tree(tree) = part.body {
            trees.push((Form::of_root(tree.name).unwrap_or(part.form), Tree::Shared(tree), &here));
        }
    }
    let rows: Vec<Row<'_>> =
        trees.iter().flat_map(|(form, tree, located)| table::rows(*form, tree.element(), located)).collect();
    if let Some(row) = rows.iter().find(|row| row.fields().any(holds_too_many)) {
        return Err(Unread { refusal: Refusal::TooLarge, at: format!(", {}", row.form.label()) });
    }
    let restricted = signs || rows.iter().any(row_restricts_the_visit);
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let bare = trees.iter().filter(|(_, tree, _)| is_bare(tree.element()));
    let bare = bare.fold(0, |bare, (form, ..)| bare | form.bit());
    map(&Tables { rows, bare, restricted }, Span::plain(offset, length))
}

/// Whether nothing at all stands in a table.
fn is_bare(element: &Element<'_>) -> bool {
    element.text.trim().is_empty() && element.children.iter().all(is_bare)
}

enum Tree<'a> {
    Own(Element<'a>),
    Shared(&'a Element<'a>),
}

impl<'a> Tree<'a> {
    fn element(&self) -> &Element<'a> {
        match self {
            Self::Own(tree) => tree,
            Self::Shared(tree) => tree,
        }
    }
}

fn unread(fault: Fault, part: &str) -> Unread {
    let at = if part.is_empty() { String::new() } else { format!(", {part}") };
    Unread { refusal: fault.refusal, at }
}

/// The tables of a HOSO. `signs` is set when one that is not known shows signs of something restricted.
fn parts<'a>(
    root: &'a Element<'a>,
    document: &'a str,
    base: u64,
    signs: &mut bool,
) -> Result<Vec<Part<'a>>, Unread> {
    if let Some(form) = Form::of_root(root.name) {
        return Ok(vec![Part { form, body: Body::Tree(root) }]);
    }
    let mut files = Vec::new();
    let mut tables = Vec::new();
    collect(root, &mut files, &mut tables);
    let mut parts: Vec<Part<'a>> =
        tables.into_iter().map(|(form, tree)| Part { form, body: Body::Tree(tree) }).collect();
    for (file, number) in files.into_iter().zip(1usize..) {
        let label = file.child("LOAIHOSO").map_or("", |label| label.text.trim());
        let Some(holder) = file.child("NOIDUNGFILE") else { continue };
        let known = Form::of_label(label);
        let name = known.map_or_else(|| format!("FILEHOSO {number}"), Form::label);
        let content = match (content::read(holder, document, base), known) {
            (Ok(content), _) => content,
            (Err(fault), Some(_)) => return Err(unread(fault, &name)),
            // A kind of file that is not known may be written in a way that is not known.
            (Err(_), None) => {
                *signs |= raw_is_restricted(
                    document.get(holder.inner.0..holder.inner.1).unwrap_or_default().as_bytes(),
                );
                continue;
            }
        };
        match content {
            Content::Empty => {}
            Content::Nested => {
                for tree in &holder.children {
                    match known.or_else(|| Form::of_root(tree.name)) {
                        Some(form) => parts.push(Part { form, body: Body::Tree(tree) }),
                        None => *signs |= tree_has_signs(tree),
                    }
                }
            }
            Content::Text { text, located } => match known.or_else(|| root_form(&text)) {
                Some(form) => parts.push(Part { form, body: Body::Text { text, located } }),
                None => *signs |= raw_is_restricted(text.as_bytes()),
            },
        }
    }
    if parts.is_empty() && !*signs {
        return Err(Unread { refusal: Refusal::NotTheFormat, at: String::new() });
    }
    Ok(parts)
}

/// The FILEHOSO of a HOSO, at whatever depth, and tables that stand in it without one.
fn collect<'a>(
    element: &'a Element<'a>,
    files: &mut Vec<&'a Element<'a>>,
    tables: &mut Vec<(Form, &'a Element<'a>)>,
) {
    for child in &element.children {
        if child.is("FILEHOSO") {
            files.push(child);
        } else if let Some(form) = Form::of_root(child.name) {
            tables.push((form, child));
        } else {
            collect(child, files, tables);
        }
    }
}

/// Which table a text is, when its label does not say.
fn root_form(text: &str) -> Option<Form> {
    let mut rest = text;
    loop {
        rest = rest.get(rest.find('<')? + 1..)?;
        if !rest.starts_with(['?', '!']) {
            let name = rest.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next()?;
            return Form::of_root(name.rsplit(':').next()?);
        }
    }
}

fn tree_has_signs(tree: &Element<'_>) -> bool {
    raw_is_restricted(tree.text.as_bytes()) || tree.children.iter().any(tree_has_signs)
}

/// Why the visit is paid for; some of the codes are diseases.
const PAYER_CATEGORY: &str = "MA_DOITUONG_KCB";

/// Whether a row makes its whole visit restricted: the forms for HIV and tuberculosis, a pregnancy ended, a
/// diagnosis of the list (in any table) or its name, a medicine for HIV or tuberculosis, a patient who comes as one of
/// them. A *test* for them is
/// routine before an operation and in pregnancy, and restricts itself alone.
fn row_restricts_the_visit(row: &Row<'_>) -> bool {
    match row.form {
        Form::Hiv | Form::Tuberculosis => return row.fields().next().is_some(),
        _ if row.get("MA_DINH_CHI_THAI") == Some("1") => return true,
        Form::Medicines
            if ["TEN_THUOC", "HOAT_CHAT"]
                .iter()
                .any(|name| row.get(name).is_some_and(text_is_restricted)) =>
        {
            return true;
        }
        _ => {}
    }
    row.fields().any(|(name, value)| {
        let name = name.to_ascii_uppercase();
        (name.starts_with("MA_BENH")
            && codes(value).any(|code| coding_is_restricted(&Coding::new(ICD10, code))))
            || (name == PAYER_CATEGORY && coding_is_restricted(&Coding::new(system(PAYER_CATEGORY), value)))
            || ((name.starts_with("CHAN_DOAN") || name.starts_with("LY_DO_V")) && text_is_restricted(value))
    })
}
