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

/// A beginning of up to this many letters has an index of its own, in which hits stand newest first (`prefix` in the schema).
const INDEXED_BEGINNING: usize = 3;

/// A longer one is looked for as the words that begin so, up to this many: FTS5 collects all hits of a beginning before it
/// gives the first, and those of a word one by one. Of a beginning of more words all hits are few or no search is quick.
const SPELLED_OUT: usize = 64;

/// The words of a query. They hold letters and digits only, so nothing in them is syntax to FTS5.
struct Query {
    /// Without marks.
    words: Vec<String>,
    /// Those that were typed with marks.
    marked: Vec<String>,
}

/// One word in a column, whole or as a beginning.
fn term(column: &str, word: &str, is_beginning: bool) -> String {
    // One letter as a beginning would match half the book.
    let star = if is_beginning && word.chars().count() >= 2 { "*" } else { "" };
    format!("{column}:\"{word}\"{star}")
}

impl Query {
    fn parse(text: &str) -> Option<Self> {
        let folded = fold::folded(text);
        let words: Vec<String> =
            folded.split(' ').filter(|w| !w.is_empty()).take(WORDS).map(str::to_owned).collect();
        let written = fold::written(text);
        let marked = written.split(' ').filter(|w| !w.is_empty() && !w.is_ascii()).take(WORDS);
        (!words.is_empty()).then(|| Self { words, marked: marked.map(str::to_owned).collect() })
    }

    /// Every word, without marks: whole, or as a beginning.
    fn all(&self, are_beginnings: bool) -> String {
        let terms: Vec<String> = self.words.iter().map(|word| term("folded", word, are_beginnings)).collect();
        terms.join(" AND ")
    }
}

/// The statements of one side of the gate.
struct Side {
    newest: &'static str,
    ranked: &'static str,
    /// Words from one on and before another, a seek each.
    words: &'static str,
}

const ORDINARY: Side = Side {
    newest: "SELECT rowid FROM search WHERE search MATCH ?1 ORDER BY rowid DESC LIMIT ?2",
    ranked: "SELECT rowid, bm25(search) FROM search WHERE search MATCH ?1 LIMIT ?2",
    words: "WITH RECURSIVE w(term) AS (
            SELECT (SELECT term FROM search_word WHERE term >= ?1 ORDER BY term LIMIT 1)
            UNION ALL
            SELECT (SELECT s.term FROM search_word s WHERE s.term >= w.term || char(0) ORDER BY s.term LIMIT 1)
            FROM w WHERE w.term < ?2 LIMIT ?3)
        SELECT term FROM w WHERE term < ?2",
};
const RESTRICTED: Side = Side {
    newest: "SELECT rowid FROM search_restricted WHERE search_restricted MATCH ?1 ORDER BY rowid DESC LIMIT ?2",
    ranked: "SELECT rowid, bm25(search_restricted) FROM search_restricted WHERE search_restricted MATCH ?1 LIMIT ?2",
    words: "WITH RECURSIVE w(term) AS (
            SELECT (SELECT term FROM search_restricted_word WHERE term >= ?1 ORDER BY term LIMIT 1)
            UNION ALL
            SELECT (SELECT s.term FROM search_restricted_word s WHERE s.term >= w.term || char(0)
                ORDER BY s.term LIMIT 1)
            FROM w WHERE w.term < ?2 LIMIT ?3)
        SELECT term FROM w WHERE term < ?2",
};

/// The statements of search, for the test of their plans.
#[cfg(test)]
pub(crate) const STATEMENTS: [&str; 2] = [ORDINARY.newest, ORDINARY.ranked];

#[cfg(test)]
pub(crate) const WORDS_BEGINNING: &str = ORDINARY.words;

impl Reader<'_> {
    /// Records that hold all the words, the best first.
    ///
    /// # Errors
    /// Of the database. A text without letters or digits finds nothing.
    pub fn search(&self, text: &str, limit: u32) -> Result<Vec<Listed>, VaultError> {
        let Some(query) = Query::parse(text) else { return Ok(Vec::new()) };
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

    /// Words as beginnings, spelled out where FTS5 would collect all their hits.
    fn beginnings(&self, side: &Side, column: &str, words: &[String]) -> Result<String, VaultError> {
        let mut terms = Vec::new();
        for word in words {
            let is_indexed = word.chars().count() <= INDEXED_BEGINNING;
            let spelled = if is_indexed { None } else { self.words_beginning(side, word)? };
            terms.push(match spelled {
                Some(words) => format!("{column}:(\"{}\")", words.join("\" OR \"")),
                None => term(column, word, true),
            });
        }
        Ok(terms.join(" AND "))
    }

    /// The words of a book that begin so; none where there are too many, or one cannot be spelled: of a very long word FTS5
    /// keeps its first bytes, and may cut a letter.
    fn words_beginning(&self, side: &Side, beginning: &str) -> Result<Option<Vec<String>>, VaultError> {
        let mut select = self.db().prepare_cached(side.words)?;
        let behind = format!("{beginning}{}", char::MAX);
        let most = i64::try_from(SPELLED_OUT + 1).unwrap_or(i64::MAX);
        let mut rows = select.query(params![beginning, behind, most])?;
        let mut words = Vec::new();
        while let Some(row) = rows.next()? {
            let word = row.get_ref(0)?.as_bytes().unwrap_or_default();
            match std::str::from_utf8(word) {
                Ok(word) => words.push(word.to_owned()),
                Err(_) => return Ok(None),
            }
        }
        Ok(Some(words).filter(|words| (1..=SPELLED_OUT).contains(&words.len())))
    }

    fn search_side(&self, side: &Side, query: &Query, limit: u32) -> Result<Vec<i64>, VaultError> {
        let page = usize::try_from(limit).unwrap_or(RANKED).max(1);
        let ranked = RANKED.max(page);
        let whole = self.hits(side.newest, &query.all(false), ranked + 1)?;
        let common = whole.len() > ranked;
        // Where whole words are common nothing that begins so is looked for, but beside marks.
        let is_asked_for = !common || !query.marked.is_empty();
        let beginnings =
            if is_asked_for { self.beginnings(side, "folded", &query.words)? } else { String::new() };
        let all = if common { whole.clone() } else { self.hits(side.newest, &beginnings, ranked + 1)? };
        let marked: Vec<i64> = if query.marked.is_empty() {
            Vec::new()
        } else {
            let marked = self.beginnings(side, "written", &query.marked)?;
            self.hits(side.newest, &format!("{beginnings} AND {marked}"), ranked + 1)?
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
                select.query_map(params![query.all(true), most], |row| Ok((row.get(0)?, row.get(1)?)))?;
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
        let query = Query::parse("\"đường\" OR folded:* NEAR(a b)").unwrap();
        assert_eq!(
            query.all(false),
            "folded:\"duong\" AND folded:\"or\" AND folded:\"folded\" AND folded:\"near\" AND folded:\"a\" AND folded:\"b\""
        );
        assert_eq!(query.marked, ["đường"]);
        assert!(Query::parse("  -- \u{301} ").is_none_or(|q| !q.all(true).contains('-')));
        assert!(Query::parse("…").is_none());
    }
}
