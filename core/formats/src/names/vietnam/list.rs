//! A code list as the text it is kept in: found in by halving, never unpacked.

use super::Named;

/// Lines of `code, Vietnamese, English, further`, tab-separated and sorted by the bytes of the code, below lines
/// that begin with `#`.
pub(crate) struct List {
    header: &'static str,
    rows: &'static str,
}

impl List {
    /// Splits the header off. Runs when the program is compiled.
    pub(crate) const fn new(text: &'static str) -> Self {
        let bytes = text.as_bytes();
        let mut at = 0;
        let mut line_starts = true;
        while at < bytes.len() {
            if line_starts && bytes[at] != b'#' {
                break;
            }
            line_starts = bytes[at] == b'\n';
            at += 1;
        }
        let (header, rows) = text.split_at(at);
        Self { header, rows }
    }

    pub(crate) fn header(&self) -> &'static str {
        self.header
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = Named> {
        self.rows.lines().filter_map(named)
    }

    pub(crate) fn get(&self, code: &str) -> Option<Named> {
        let mut rows = self.rows;
        while !rows.is_empty() {
            // The line that holds the middle. Codes are ASCII; the middle of a letter is no place to cut.
            let middle = (0..=rows.len() / 2).rev().find(|at| rows.is_char_boundary(*at))?;
            let (before, after) = rows.split_at(middle);
            let start = before.rfind('\n').map_or(0, |end| end + 1);
            let end = after.find('\n').map_or(rows.len(), |end| middle + end + 1);
            let row = named(rows.get(start..end)?.trim_end_matches('\n'))?;
            match code.cmp(row.code) {
                std::cmp::Ordering::Equal => return Some(row),
                std::cmp::Ordering::Less => rows = rows.get(..start)?,
                std::cmp::Ordering::Greater => rows = rows.get(end..)?,
            }
        }
        None
    }
}

fn named(line: &'static str) -> Option<Named> {
    let mut columns = line.split('\t');
    Some(Named {
        code: columns.next()?,
        vi: columns.next()?,
        en: columns.next().unwrap_or_default(),
        further: columns.next().unwrap_or_default(),
    })
}
