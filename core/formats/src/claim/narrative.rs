//! FHIR narratives: labels and what they say, as XHTML.

use serde_json::Value;

use super::json::{object, text};

/// A Narrative of lines `Label: words`; `None` without any.
pub(super) fn of<L: AsRef<str>>(lines: impl IntoIterator<Item = (L, String)>) -> Option<Value> {
    let mut div = String::new();
    for (label, words) in lines {
        div.push_str("<p><b>");
        escape(label.as_ref(), &mut div);
        div.push_str(":</b> ");
        let mut broken = false;
        for line in words.lines() {
            if broken {
                div.push_str("<br/>");
            }
            escape(line, &mut div);
            broken = true;
        }
        div.push_str("</p>");
    }
    if div.is_empty() {
        return None;
    }
    let div = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"vi\" lang=\"vi\">{div}</div>");
    object([("status", text("generated")), ("div", text(div))])
}

fn escape(words: &str, out: &mut String) {
    for c in words.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            // XML has no place for these.
            '\u{fffe}' | '\u{ffff}' => {}
            c if c.is_control() && c != '\t' => {}
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn words_of_a_file_are_never_markup() {
        let told = super::of([("A", "<script>&\"\u{1}\nb".to_owned())]).unwrap();
        assert_eq!(
            told["div"],
            "<div xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"vi\" lang=\"vi\"><p><b>A:</b> \
             &lt;script&gt;&amp;&quot;<br/>b</p></div>"
        );
    }
}
