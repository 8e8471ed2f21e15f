//! The embedded tables, read once.

use std::collections::HashMap;
use std::sync::LazyLock;

use healthbook_model::Lang;

/// A thing's names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name {
    pub(super) vi: &'static str,
    pub(super) en: &'static str,
    /// Further words that find it.
    pub(super) more: &'static str,
}

impl Name {
    pub(super) fn pick(&self, lang: Lang) -> &'static str {
        lang.pick(self.vi, self.en)
    }
}

/// The rows of a table: tab-separated columns, `#` begins a comment line.
fn rows(text: &'static str) -> impl Iterator<Item = std::str::Split<'static, char>> {
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(|line| line.split('\t'))
}

fn by_code(text: &'static str) -> HashMap<&'static str, Name> {
    rows(text)
        .filter_map(|mut row| {
            let (code, vi, en) = (row.next()?, row.next()?, row.next()?);
            Some((code, Name { vi, en, more: row.next().unwrap_or_default() }))
        })
        .collect()
}

pub(super) static LOINC: LazyLock<HashMap<&'static str, Name>> =
    LazyLock::new(|| by_code(include_str!("loinc.tsv")));

pub(super) static CVX: LazyLock<HashMap<&'static str, Name>> =
    LazyLock::new(|| by_code(include_str!("cvx.tsv")));

pub(super) static TYPES: LazyLock<HashMap<&'static str, Name>> =
    LazyLock::new(|| by_code(include_str!("types.tsv")));

/// Words of closed lists, by list and code.
pub(super) static WORDS: LazyLock<HashMap<(&'static str, &'static str), Name>> = LazyLock::new(|| {
    rows(include_str!("words.tsv"))
        .filter_map(|mut row| {
            let (list, code, vi, en) = (row.next()?, row.next()?, row.next()?, row.next()?);
            Some(((list, code), Name { vi, en, more: "" }))
        })
        .collect()
});
