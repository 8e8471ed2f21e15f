//! Whether full-text search knows just the words of the texts. SQLite's own check of a table without content sees that
//! the index is sound in itself; an old page of it, put back, is sound too and has lost words. So every text is indexed
//! anew, a few at a time and in memory, and what comes out is summed up beside what stands there.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use healthbook_sqlite::rusqlite::{Connection, params};

use crate::error::VaultError;
use crate::fold;

/// Texts indexed anew at once: what this takes of memory.
const TEXTS_AT_ONCE: i64 = 10_000;

/// A sum over a set that does not depend on the order: how many, and all hashes added up. It need not withstand an
/// attacker: whoever has no key can put old pages back and make no new ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Sum {
    count: u64,
    hashes: u64,
}

impl Sum {
    fn add(&mut self, what: impl Hash) {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        self.count += 1;
        self.hashes = self.hashes.wrapping_add(hasher.finish());
    }

    /// Adds every word at every place, every beginning that has an index of its own, and the lengths that the ranking
    /// goes by.
    fn add_index(&mut self, db: &Connection, index: &Index) -> Result<(), VaultError> {
        let mut beginnings = BTreeSet::new();
        let mut select = db.prepare(index.words)?;
        let mut rows = select.query([])?;
        let mut last = Vec::new();
        while let Some(row) = rows.next()? {
            // The index cuts a word of more than 32 KiB, in the middle of a letter where it happens to stand there.
            let word = row.get_ref(0)?.as_bytes().map_err(|_| VaultError::damaged("a word is no text"))?;
            let place: (i64, String, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
            self.add((word, place));
            if word != last {
                word.clone_into(&mut last);
                let letters = word.utf8_chunks().next().map_or("", |chunk| chunk.valid());
                for length in BEGINNINGS {
                    beginnings.extend(
                        letters
                            .char_indices()
                            .nth(length - 1)
                            .map(|(at, c)| letters.get(..at + c.len_utf8()).unwrap_or_default().to_owned()),
                    );
                }
            }
        }
        let mut select = db.prepare(index.beginning)?;
        for beginning in beginnings {
            let mut rows = select.query([format!("\"{beginning}\" *")])?;
            while let Some(row) = rows.next()? {
                self.add((&beginning, row.get::<_, i64>(0)?));
            }
        }
        let mut select = db.prepare(index.lengths)?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            self.add((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?));
        }
        Ok(())
    }
}

/// Beginnings of words that the tables index: so many letters (`prefix` in the schema).
const BEGINNINGS: [usize; 2] = [2, 3];

/// How one table of full-text search is read.
struct Index {
    words: &'static str,
    beginning: &'static str,
    lengths: &'static str,
}

const ORDINARY: Index = Index {
    words: "SELECT term, doc, col, offset FROM search_words",
    beginning: "SELECT rowid FROM main.search WHERE search MATCH ?1",
    lengths: "SELECT id, sz FROM main.search_docsize",
};

const RESTRICTED: Index = Index {
    words: "SELECT term, doc, col, offset FROM search_restricted_words",
    beginning: "SELECT rowid FROM main.search_restricted WHERE search_restricted MATCH ?1",
    lengths: "SELECT id, sz FROM main.search_restricted_docsize",
};

const INDEXED_ANEW: Index = Index {
    words: "SELECT term, doc, col, offset FROM anew_words",
    beginning: "SELECT rowid FROM temp.anew WHERE anew MATCH ?1",
    lengths: "SELECT id, sz FROM temp.anew_docsize",
};

const ANEW: &str = "
    CREATE VIRTUAL TABLE temp.anew USING fts5 (
        folded, written, content = '', prefix = '2 3', tokenize = \"unicode61 remove_diacritics 0\"
    );
    CREATE VIRTUAL TABLE temp.anew_words USING fts5vocab (temp, anew, instance);
    CREATE VIRTUAL TABLE temp.search_words USING fts5vocab (main, search, instance);
    CREATE VIRTUAL TABLE temp.search_restricted_words USING fts5vocab (main, search_restricted, instance);
";

/// Whether both tables of full-text search hold what the texts say, and nothing else.
pub(super) fn fit_their_texts(db: &Connection) -> Result<bool, VaultError> {
    db.execute_batch(ANEW)?;
    for (restricted, index) in [(false, ORDINARY), (true, RESTRICTED)] {
        let mut found = Sum::default();
        found.add_index(db, &index)?;
        if found != due(db, restricted)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn due(db: &Connection, restricted: bool) -> Result<Sum, VaultError> {
    let mut due = Sum::default();
    let mut select = db.prepare(
        "SELECT record, row, text FROM indexed_text WHERE restricted = ?1 AND record > ?2 ORDER BY record LIMIT ?3",
    )?;
    let mut insert = db.prepare("INSERT INTO temp.anew (rowid, folded, written) VALUES (?1, ?2, ?3)")?;
    let mut last = i64::MIN;
    loop {
        let mut count = 0;
        let mut rows = select.query(params![restricted, last, TEXTS_AT_ONCE])?;
        while let Some(row) = rows.next()? {
            last = row.get(0)?;
            let text: String = row.get(2)?;
            insert.execute(params![row.get::<_, i64>(1)?, fold::folded(&text), fold::marked(&text)])?;
            count += 1;
        }
        if count == 0 {
            return Ok(due);
        }
        due.add_index(db, &INDEXED_ANEW)?;
        db.execute("INSERT INTO temp.anew (anew) VALUES ('delete-all')", [])?;
    }
}
