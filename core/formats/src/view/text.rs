//! Text of strangers made fit to be shown: a record must not drive a terminal, nor pass one text for another.

use healthbook_model::Lang;

/// Text without control characters, terminal escapes and marks that turn the direction of writing. Line breaks
/// stay, tabs become spaces; what is replaced leaves a mark (U+FFFD), so that nothing seems shorter than it is.
pub(super) fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.trim().chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\r' => {
                if rest.peek() != Some(&'\n') {
                    out.push('\n');
                }
            }
            '\n' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\t' | '\u{a0}' => out.push(' '),
            // Bidirectional controls (UAX #9): invisible, and able to show a text in another order than it is.
            '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{feff}' => {}
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// The same on one line.
pub(crate) fn one_line(text: &str) -> String {
    harmless(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words of an XHTML narrative (FHIR `Narrative.div`): tags gone, blocks on lines of their own, table cells
/// apart, entities read. Whatever is not well-formed is read as text.
pub(super) fn narrative(div: &str) -> String {
    let mut raw = String::with_capacity(div.len());
    let mut rest = div;
    while let Some(start) = rest.find(['<', '&']) {
        let (before, from) = rest.split_at(start);
        raw.push_str(before);
        rest = if from.starts_with('<') { tag(from, &mut raw) } else { entity(from, &mut raw) };
    }
    raw.push_str(rest);
    let raw = harmless(&raw);
    let mut lines: Vec<String> = Vec::new();
    for line in raw.split('\u{1}').flat_map(|part| part.split('\n')) {
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        let line = line.trim_matches(['|', ' ']);
        if !line.is_empty() {
            lines.push(line.to_owned());
        }
    }
    lines.join("\n")
}

/// The lines of a narrative that is nothing but `<p><b>Label:</b> words</p>`, as papers are written; `None` for any
/// other.
pub(super) fn labelled(div: &str) -> Option<Vec<(String, String)>> {
    let (opening, inner) = div.strip_prefix("<div")?.strip_suffix("</div>")?.split_once('>')?;
    if opening.ends_with('/') {
        return None;
    }
    let mut lines = Vec::new();
    for line in inner.strip_suffix("</p>")?.split("</p>") {
        let (label, words) = line.strip_prefix("<p><b>")?.split_once(":</b>")?;
        let words = narrative(words);
        if label.contains('<') || words.is_empty() {
            return None;
        }
        lines.push((one_line(&narrative(label)), words));
    }
    Some(lines)
}

/// Reads one tag (or what looks like one) and goes behind it.
fn tag<'t>(from: &'t str, out: &mut String) -> &'t str {
    if let Some(comment) = from.strip_prefix("<!--") {
        return comment.find("-->").and_then(|end| comment.get(end + 3..)).unwrap_or_default();
    }
    let inside = from.get(1..).unwrap_or_default();
    let closing = inside.starts_with('/');
    let name: String =
        inside.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).take(12).collect();
    if name.is_empty() && !inside.starts_with(['?', '!']) {
        out.push('<');
        return inside;
    }
    let Some(end) = end_of_tag(inside) else { return "" };
    let behind = inside.get(end + 1..).unwrap_or_default();
    match name.to_ascii_lowercase().as_str() {
        "br" | "p" | "div" | "tr" | "li" | "ul" | "ol" | "table" | "tbody" | "thead" | "caption" | "h1"
        | "h2" | "h3" | "h4" | "h5" | "h6" | "dt" | "dd" | "dl" | "hr" | "blockquote" | "pre" => {
            out.push('\n');
        }
        "td" | "th" if closing => out.push_str(" | "),
        // Never allowed in a narrative, and never words.
        hidden @ ("script" | "style") if !closing => {
            let lower = behind.to_ascii_lowercase();
            let end = lower.find(&format!("</{hidden}")).unwrap_or(behind.len());
            return behind.get(end..).unwrap_or_default();
        }
        _ => {}
    }
    behind
}

/// The `>` that ends a tag, not one inside an attribute's quotes.
fn end_of_tag(inside: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in inside.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

fn entity<'t>(from: &'t str, out: &mut String) -> &'t str {
    let inside = from.get(1..).unwrap_or_default();
    let named = inside.bytes().take(10).position(|byte| byte == b';').and_then(|end| {
        let (name, behind) = (inside.get(..end)?, inside.get(end + 1..)?);
        let c = match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            "nbsp" => ' ',
            "copy" => '©',
            "reg" => '®',
            "deg" => '°',
            "micro" => 'µ',
            "ndash" => '–',
            "mdash" => '—',
            "hellip" => '…',
            "le" => '≤',
            "ge" => '≥',
            number => {
                let number = number.strip_prefix('#')?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => number.parse(),
                };
                char::from_u32(code.ok()?)?
            }
        };
        Some((c, behind))
    });
    match named {
        Some((c, behind)) => {
            out.push(c);
            behind
        }
        None => {
            out.push('&');
            inside
        }
    }
}

/// Yes or no.
pub(super) fn yes_no(yes: bool, lang: Lang) -> &'static str {
    match yes {
        true => lang.pick("Có", "Yes"),
        false => lang.pick("Không", "No"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_text_cannot_drive_a_terminal() {
        let hostile = "Na\u{1b}[2Jtri\u{7}\u{9b}31m\u{202e}cba\u{0}";
        let shown = harmless(hostile);
        assert_eq!(shown, "Na\u{fffd}[2Jtri\u{fffd}\u{fffd}31mcba\u{fffd}");
        assert!(!shown.chars().any(char::is_control));
        let shown = narrative("<div><p>&#27;[31m&#x9b;2J&#x202e;x</p></div>");
        assert!(!shown.chars().any(|c| c.is_control() || c == '\u{202e}'), "{shown:?}");
    }

    #[test]
    fn line_breaks_stay_and_nothing_else_does() {
        assert_eq!(harmless(" a\r\nb\rc\td\u{a0}e "), "a\nb\nc d e");
        assert_eq!(one_line("a \n  b"), "a b");
    }

    #[test]
    fn a_narrative_becomes_its_words() {
        let div = r#"<div xmlns="http://www.w3.org/1999/xhtml"><h1>Kết quả</h1><p>Na &lt; 135 &amp; K&nbsp;<b>4.0</b></p>
            <table><tr><td>A</td><td title="x>y">1</td></tr><tr><td>B</td><td>2</td></tr></table><!-- <p>no</p> -->
            <script>alert("x")</script><ul><li>m&#7897;t</li><li>hai</li></ul></div>"#;
        assert_eq!(narrative(div), "Kết quả\nNa < 135 & K 4.0\nA | 1\nB | 2\nmột\nhai");
    }

    #[test]
    fn what_is_no_xhtml_is_read_as_text() {
        for (raw, words) in [
            ("5 < 6 & 7", "5 < 6 & 7"),
            ("<", "<"),
            ("&", "&"),
            ("a <b", "a"),
            ("&#xffffffff; &nosuch; &#;", "&#xffffffff; &nosuch; &#;"),
            ("<!-- never closed", ""),
            ("<script>never closed", ""),
        ] {
            assert_eq!(narrative(raw), words, "{raw}");
        }
    }
}
