//! Text in columns. Widths are those of a terminal: Vietnamese letters built of several characters take one cell, some
//! pictures two.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Text that a source sent, made harmless: no line breaks, no escape sequences, nothing that turns the direction of
/// what follows.
pub(crate) fn plain(text: &str) -> String {
    /// Marks on one letter that are shown.
    const MARKS: u32 = 8;
    // Marks that take no cell can be piled up without end: a letter of any language has a few.
    let mut piled = 0;
    text.chars()
        .filter_map(harmless)
        .filter(|c| {
            piled = if c.width().unwrap_or(0) == 0 { piled + 1 } else { 0 };
            piled <= MARKS
        })
        .collect()
}

fn harmless(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(' '),
        // Directional overrides and isolates can make a line read as something else than it is.
        '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{61c}'
        | '\u{feff}' => None,
        c if c.is_control() => Some('\u{fffd}'),
        c => Some(c),
    }
}

/// Cells that a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// Cuts to a width; what was cut off is shown by `…`.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let text = plain(text);
    if text.width() <= most {
        return text;
    }
    let mut taken = String::new();
    let mut cells = 0;
    for c in text.chars() {
        let next = cells + c.width().unwrap_or(0);
        if next > most.saturating_sub(1) {
            break;
        }
        taken.push(c);
        cells = next;
    }
    if most > 0 {
        taken.truncate(taken.trim_end().len());
        taken.push('…');
    }
    taken
}

/// Cuts or fills up to exactly this width.
pub(crate) fn left(text: &str, cells: usize) -> String {
    let mut cut = cut(text, cells);
    cut.extend(std::iter::repeat_n(' ', cells.saturating_sub(cut.width())));
    cut
}

/// The same with the text at the right.
pub(crate) fn right(text: &str, cells: usize) -> String {
    let cut = cut(text, cells);
    let mut filled: String = std::iter::repeat_n(' ', cells.saturating_sub(cut.width())).collect();
    filled.push_str(&cut);
    filled
}

/// Breaks into lines of a width, between words where it can. Line breaks of the text stay.
pub(crate) fn wrap(text: &str, most: usize) -> Vec<String> {
    let most = most.max(1);
    let mut lines = Vec::new();
    for part in text.trim_end().split('\n') {
        let mut line = String::new();
        for word in plain(part).split(' ').filter(|word| !word.is_empty()) {
            let room = if line.is_empty() { 0 } else { line.width() + 1 };
            if !line.is_empty() && room + word.width() > most {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            for c in word.chars() {
                if line.width() + c.width().unwrap_or(0) > most {
                    lines.push(std::mem::take(&mut line));
                }
                line.push(c);
            }
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vietnamese_takes_the_cells_it_shows_in_either_composition() {
        assert_eq!(width("Đường huyết"), 11);
        assert_eq!(width("\u{110}u\u{31b}o\u{31b}\u{300}ng huye\u{302}\u{301}t"), 11);
        assert_eq!(left("Đường", 8), "Đường   ");
        assert_eq!(right("7.20", 6), "  7.20");
    }

    #[test]
    fn what_does_not_fit_is_cut_visibly_and_never_wider() {
        assert_eq!(cut("Tăng huyết áp", 13), "Tăng huyết áp");
        assert_eq!(cut("Tăng huyết áp", 12), "Tăng huyết…");
        assert_eq!(cut("Tăng", 1), "…");
        assert_eq!(cut("Tăng", 0), "");
        for most in 0..20 {
            assert!(width(&cut("漢字 Đường huyết 🩸🩸", most)) <= most);
            assert!(
                wrap("漢字 Đường huyết_rất_dài_không_có_chỗ_ngắt", most.max(2))
                    .iter()
                    .all(|l| width(l) <= most.max(2))
            );
        }
    }

    #[test]
    fn a_hospitals_text_cannot_drive_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\nc\u{202e}d\u{9b}"), "a\u{fffd}[2Jb cd\u{fffd}");
        assert_eq!(wrap("một hai\nba", 7), ["một hai", "ba"]);
        assert_eq!(wrap("một hai ba", 7), ["một hai", "ba"]);
    }
}
