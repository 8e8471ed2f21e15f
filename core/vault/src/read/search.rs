//! Search as you type, with or without the marks.
//!
//! Every word is looked for as a beginning. Hits are ranked: first those that match the marks as typed, then those
//! that hold the words whole, then by how much the words say (BM25), then the newest. When more than
//! [`RANKED`] records match, ranking them all would cost more the larger the book is; then the newest come first and
//! the search stops early.

use std::collections::{HashMap, HashSet};

use healthbook_sqlite::rusqlite::{OptionalExtension, params};

use super::{Reader, listed, listed_columns};
use crate::error::VaultError;
use crate::fold;
use crate::gate::Gate;
use crate::record::Listed;

/// Up to this many hits are ranked.
const RANKED: usize = 500;

/// More words than this are not looked at.
const WORDS: usize = 12;

/// A query as FTS5 takes it. Words hold letters and digits only, so nothing in them is syntax.
struct Query {
    /// Every word as a beginning, without marks.
    beginnings: String,
    /// Every word whole, without marks.
    whole: String,
    /// The words that were typed with marks, as beginnings; empty when there are none.
    marked: String,
}

fn parse(text: &str) -> Option<Query> {
    let folded = fold::folded(text);
    let words: Vec<&str> = folded.split(' ').filter(|w| !w.is_empty()).take(WORDS).collect();
    if words.is_empty() {
        return None;
    }
    let written = fold::written(text);
    let term = |column: &str, word: &str, beginning: bool| {
        // One letter as a beginning would match half the book.
        let star = if beginning && word.chars().count() >= 2 { "*" } else { "" };
        format!("{column}:\"{word}\"{star}")
    };
    let all =
        |beginning| words.iter().map(|w| term("folded", w, beginning)).collect::<Vec<_>>().join(" AND ");
    let marked = written.split(' ').filter(|w| !w.is_empty() && !w.is_ascii()).take(WORDS);
    Some(Query {
        beginnings: all(true),
        whole: all(false),
        marked: marked.map(|w| term("written", w, true)).collect::<Vec<_>>().join(" AND "),
    })
}

/// The statements of one side of the gate.
struct Side {
    newest: &'static str,
    ranked: &'static str,
}

const ORDINARY: Side = Side {
    newest: "SELECT rowid FROM search WHERE search MATCH ?1 ORDER BY rowid DESC LIMIT ?2",
    ranked: "SELECT rowid, bm25(search) FROM search WHERE search MATCH ?1 LIMIT ?2",
};
const RESTRICTED: Side = Side {
    newest: "SELECT rowid FROM search_restricted WHERE search_restricted MATCH ?1 ORDER BY rowid DESC LIMIT ?2",
    ranked: "SELECT rowid, bm25(search_restricted) FROM search_restricted WHERE search_restricted MATCH ?1 LIMIT ?2",
};

/// The statements of search, for the test of their plans.
#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 2] = [ORDINARY.newest, ORDINARY.ranked];

impl Reader<'_> {
    /// Records that hold all the words, the best first.
    ///
    /// # Errors
    /// Of the database. A text without letters or digits finds nothing.
    pub fn search(&self, text: &str, limit: u32) -> Result<Vec<Listed>, VaultError> {
        let Some(query) = parse(text) else { return Ok(Vec::new()) };
        let mut rows = self.search_side(&ORDINARY, &query, limit)?;
        if self.gate() == Gate::WithRestricted {
            // Two ranked lists are joined place by place: their scores come from different collections of words.
            let other = self.search_side(&RESTRICTED, &query, limit)?;
            let mut joined = Vec::with_capacity(rows.len() + other.len());
            let mut others = other.into_iter();
            for row in rows {
                joined.push(row);
                joined.extend(others.next());
            }
            joined.extend(others);
            rows = joined;
        }
        let mut found = Vec::new();
        for row in rows {
            if found.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
                break;
            }
            found.extend(self.listed_by_search_row(row)?);
        }
        Ok(found)
    }

    fn hits(&self, sql: &str, query: &str, limit: usize) -> Result<Vec<i64>, VaultError> {
        let mut select = self.db().prepare_cached(sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = select.query_map(params![query, limit], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn search_side(&self, side: &Side, query: &Query, limit: u32) -> Result<Vec<i64>, VaultError> {
        let page = usize::try_from(limit).unwrap_or(RANKED).max(1);
        let ranked = RANKED.max(page);
        let both = |part: &str| format!("{} AND {part}", query.beginnings);
        let whole = self.hits(side.newest, &query.whole, ranked + 1)?;
        let common = whole.len() > ranked;
        let all = if common { whole.clone() } else { self.hits(side.newest, &query.beginnings, ranked + 1)? };
        let marked: Vec<i64> = if query.marked.is_empty() {
            Vec::new()
        } else {
            self.hits(side.newest, &both(&query.marked), ranked + 1)?
        };
        if common || all.len() > ranked {
            // Too many to weigh: as typed first, then whole words, then the rest; each newest first.
            let mut seen = HashSet::new();
            return Ok(marked
                .into_iter()
                .chain(whole)
                .chain(all)
                .filter(|row| seen.insert(*row))
                .take(page)
                .collect());
        }
        let mut scores: HashMap<i64, f64> = HashMap::new();
        {
            let mut select = self.db().prepare_cached(side.ranked)?;
            let most = i64::try_from(ranked).unwrap_or(i64::MAX);
            let rows =
                select.query_map(params![query.beginnings, most], |row| Ok((row.get(0)?, row.get(1)?)))?;
            for row in rows {
                let (row, score): (i64, f64) = row?;
                scores.insert(row, score);
            }
        }
        let marked: HashSet<i64> = marked.into_iter().collect();
        let whole: HashSet<i64> = whole.into_iter().collect();
        let mut rows = all;
        rows.sort_by(|a, b| {
            let as_typed = marked.contains(b).cmp(&marked.contains(a));
            let whole_words = whole.contains(b).cmp(&whole.contains(a));
            // BM25 is the smaller the better.
            let score = |row| scores.get(row).copied().unwrap_or(0.0);
            as_typed.then(whole_words).then(score(a).total_cmp(&score(b))).then(b.cmp(a))
        });
        rows.truncate(page);
        Ok(rows)
    }

    fn listed_by_search_row(&self, row: i64) -> Result<Option<Listed>, VaultError> {
        let record = row & ((1 << 40) - 1);
        Ok(self
            .db()
            .prepare_cached(concat!("SELECT ", listed_columns!(), " FROM visible_listed r WHERE r.id = ?1"))?
            .query_row([record], listed)
            .optional()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_words_and_never_syntax() {
        let query = parse("\"đường\" OR folded:* NEAR(a b)").unwrap();
        assert_eq!(
            query.whole,
            "folded:\"duong\" AND folded:\"or\" AND folded:\"folded\" AND folded:\"near\" AND folded:\"a\" AND folded:\"b\""
        );
        assert_eq!(query.marked, "written:\"đường\"*");
        assert!(parse("  -- \u{301} ").is_none_or(|q| !q.beginnings.contains('-')));
        assert!(parse("…").is_none());
    }
}
