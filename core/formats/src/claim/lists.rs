//! What a code of a field is called: by the book's lists of Vietnamese health data, and by the lists that one form
//! alone uses.

use std::collections::HashMap;
use std::sync::LazyLock;

use healthbook_model::Lang;

use crate::names::CodeList;

/// What a code is called in Vietnamese, the language of the tables; `None` for a field without a list at hand, and
/// for a code that is not in it.
pub(super) fn name(field: &str, code: &str) -> Option<&'static str> {
    OF_ONE_FORM
        .get(&(field, code))
        .copied()
        .or_else(|| CodeList::of_field(field).and_then(|list| list.name(code, Lang::Vi)))
}

/// The same for a field of a form, whose list may be the form's own.
pub(super) fn name_in(form: &str, field: &str, code: &str) -> Option<&'static str> {
    // NND: of the mother, or of whoever cares for the child (XML9).
    let usual = field.strip_suffix("_NND").unwrap_or(field);
    name(&format!("{form}.{field}"), code).or_else(|| name(usual, code))
}

/// Field with its form, code, name.
static OF_ONE_FORM: LazyLock<HashMap<(&'static str, &'static str), &'static str>> = LazyLock::new(|| {
    include_str!("values.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut columns = line.split('\t');
            Some(((columns.next()?, columns.next()?), columns.next()?))
        })
        .collect()
});
