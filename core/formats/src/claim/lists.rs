//! What a code of a field is called: by the book's lists of Vietnamese health data, and by the lists that one form
//! alone uses.

use healthbook_model::Lang;

use crate::names::{CodeList, List};

/// What a code is called in Vietnamese, the language of the tables; `None` for a field without a list at hand, and
/// for a code that is not in it.
pub(super) fn name(field: &str, code: &str) -> Option<&'static str> {
    CodeList::of_field(field).and_then(|list| list.name(code, Lang::Vi))
}

/// The same for a field of a form, whose list may be the form's own.
pub(super) fn name_in(form: &str, field: &str, code: &str) -> Option<&'static str> {
    let usual = usual(field);
    let own = |field: &str| OF_ONE_FORM.get(&format!("{form}.{field}={code}")).map(|named| named.vi);
    own(field).or_else(|| own(usual)).or_else(|| name(usual, code))
}

/// NND: of the mother, or of whoever cares for the child; CON: of the child (XML9). BD: at the beginning (XML6).
fn usual(field: &str) -> &str {
    ["_NND", "_CON", "_BD"].iter().find_map(|whose| field.strip_suffix(whose)).unwrap_or(field)
}

/// What a name of [`name_in`] is in English.
pub(super) fn in_english(form: &str, field: &str, name: &str) -> Option<&'static str> {
    let of_form = |field: &str| {
        OF_ONE_FORM.all().find(|row| {
            let code = row.code.strip_prefix(form).and_then(|rest| rest.strip_prefix('.'));
            row.vi == name && code.and_then(|code| code.split_once('=')).is_some_and(|(of, _)| of == field)
        })
    };
    let usual = usual(field);
    let of_all = || CodeList::of_field(usual).and_then(|list| list.all().find(|row| row.vi == name));
    of_form(field).or_else(|| of_form(usual)).or_else(of_all).map(|named| named.en)
}

static OF_ONE_FORM: List = List::new(include_str!("values.tsv"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_list_of_one_form_says_again_what_a_list_of_the_book_says() {
        let rows: Vec<_> = OF_ONE_FORM.all().collect();
        assert_eq!(rows.len(), 187);
        assert!(rows.windows(2).all(|two| two[0].code < two[1].code), "sorted, each code once");
        for row in rows {
            let (field, code) = row.code.split_once('=').unwrap();
            let (form, field) = field.split_once('.').unwrap();
            assert_eq!(name_in(form, field, code), Some(row.vi));
            assert!(!row.en.is_empty() && row.en != row.vi, "{} in English", row.code);
            assert!(in_english(form, field, row.vi).is_some());
            assert!(CodeList::of_field(field).is_none_or(|list| list.get(code).is_none()), "{}", row.code);
        }
        assert_eq!(name_in("XML9", "GIOI_TINH_CON", "2"), Some("Nữ"));
        assert_eq!(name_in("XML9", "MA_DANTOC_NND", "01"), Some("Kinh"));
        assert_eq!(name_in("XML6", "MA_BAC_PHAC_DO_BD", "2"), Some("Phác đồ bậc 2"));
    }
}
