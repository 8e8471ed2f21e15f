//! The mapping as a table (`mapping.tsv`): which element each field of each form becomes, how, and why. For the
//! papers the table is what is run: their sections and labels stand in it. For the other forms it tells what the
//! modules do, and a test reads every row of it and proves it by a file.

use std::sync::LazyLock;

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mapped {
    /// `XML7`.
    pub(super) form: &'static str,
    pub(super) field: &'static str,
    /// `Encounter.period.start`, or `kept`: it stays in the document, which shows it.
    pub(super) target: &'static str,
    /// How the field's text becomes the element's.
    pub(super) how: &'static str,
    /// Section and label in a paper; for a code, an example as `code => words`.
    pub(super) shown: &'static str,
    /// The reason, where it is not obvious.
    pub(super) reason: &'static str,
}

/// All rows, in the order of the forms and their fields.
pub(super) fn rows() -> impl Iterator<Item = Mapped> {
    ROWS.iter().copied()
}

static ROWS: LazyLock<Vec<Mapped>> = LazyLock::new(|| parse(include_str!("mapping.tsv")));

/// The rows of such a table.
pub(super) fn parse(table: &'static str) -> Vec<Mapped> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let mut columns = line.split('\t');
            Some(Mapped {
                form: columns.next()?,
                field: columns.next()?,
                target: columns.next()?,
                how: columns.next()?,
                shown: columns.next().unwrap_or_default(),
                reason: columns.next().unwrap_or_default(),
            })
        })
        .collect()
}

/// The target of a field that a paper shows.
pub(super) const PAPER: &str = "Composition.section.text";

/// The fields that the paper of a form shows, each with its section and its label.
pub(super) fn paper(form: &str) -> impl Iterator<Item = (Mapped, &'static str, &'static str)> {
    rows().filter(move |row| row.form == form && row.target == PAPER).filter_map(|row| {
        let (section, label) = row.shown.split_once(" / ")?;
        Some((row, section, label))
    })
}
