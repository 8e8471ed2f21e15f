//! The language of the terminal: asked for, else the system's, else Vietnamese.

use std::ffi::OsString;

use healthbook::Lang;

/// Reads `--lang` before anything else is parsed, so that even a wrong call is answered in the right language.
pub(crate) fn chosen(args: &[OsString], var: impl Fn(&str) -> Option<String>) -> Lang {
    let mut texts = args.iter().skip(1).map_while(|arg| arg.to_str().filter(|text| *text != "--"));
    let mut asked = None;
    while let Some(text) = texts.next() {
        if let Some(value) = text.strip_prefix("--lang=") {
            asked = of_tag(value).or(asked);
        } else if text == "--lang" {
            asked = texts.next().and_then(of_tag).or(asked);
        }
    }
    asked.unwrap_or_else(|| of_system(var))
}

fn of_tag(tag: &str) -> Option<Lang> {
    match tag {
        "vi" => Some(Lang::Vi),
        "en" => Some(Lang::En),
        _ => None,
    }
}

/// The first of the variables that is set decides, as POSIX orders them (XBD, section 8.2).
fn of_system(var: impl Fn(&str) -> Option<String>) -> Lang {
    let locale =
        ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(var).find(|value| !value.is_empty());
    if locale.is_some_and(|locale| locale.to_lowercase().starts_with("en")) { Lang::En } else { Lang::Vi }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(args: &[&str], vars: &[(&str, &str)]) -> Lang {
        let args: Vec<OsString> = args.iter().map(OsString::from).collect();
        chosen(&args, |name| vars.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_person_is_spoken_to_in_the_language_they_asked_for_else_in_vietnamese() {
        assert_eq!(with(&["healthbook"], &[]), Lang::Vi);
        assert_eq!(with(&["healthbook"], &[("LANG", "en_GB.UTF-8")]), Lang::En);
        assert_eq!(with(&["healthbook"], &[("LC_ALL", "vi_VN.UTF-8"), ("LANG", "en_US.UTF-8")]), Lang::Vi);
        assert_eq!(with(&["healthbook"], &[("LC_ALL", ""), ("LANG", "en")]), Lang::En);
        assert_eq!(with(&["healthbook"], &[("LANG", "C.UTF-8")]), Lang::Vi);
        assert_eq!(with(&["healthbook", "stats", "--lang", "en"], &[]), Lang::En);
        assert_eq!(with(&["healthbook", "--lang=vi", "stats"], &[("LANG", "en_US")]), Lang::Vi);
        assert_eq!(with(&["healthbook", "--lang", "fr"], &[("LANG", "en_US")]), Lang::En);
        assert_eq!(with(&["healthbook", "search", "--", "--lang", "en"], &[]), Lang::Vi);
    }
}
