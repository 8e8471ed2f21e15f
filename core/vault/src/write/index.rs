//! What a record is found by: its row, codes, points, references, attachments and words.

use std::collections::{BTreeMap, HashMap};

use healthbook_model::{Entry, Standing};
use healthbook_sqlite::rusqlite::{OptionalExtension, params};

use super::{Writer, int};
use crate::error::VaultError;
use crate::fold;
use crate::record::UNDATED;

/// The day of a moment in the book's time zone, counted from a day before every date FHIR can write.
pub(crate) fn day_of(at: i64, utc_offset: i16) -> i64 {
    at.saturating_add(i64::from(utc_offset) * 60_000).div_euclid(86_400_000)
}

/// Row number in the full-text tables: the day in the upper bits, so that the newest has the greatest number.
pub(crate) fn search_row(record: i64, sort: i64, utc_offset: i16) -> i64 {
    // Year 1 is day -719162.
    let day = if sort == UNDATED { 0 } else { (day_of(sort, utc_offset) + 719_500).clamp(1, (1 << 22) - 1) };
    (day << 40) | record
}

/// First millisecond of an entry, or the place of undated ones.
pub(crate) fn sort_of(entry: &Entry, utc_offset: i16) -> i64 {
    entry.start.map_or(UNDATED, |at| at.earliest(utc_offset).0)
}

/// The words a record is found by.
fn words(entry: &Entry) -> String {
    let mut text = String::with_capacity(entry.title.len() + entry.search_text.len() + 64);
    for part in [
        Some(entry.title.as_str()),
        entry.subtitle.as_deref(),
        entry.value.as_deref(),
        entry.facility.as_deref(),
        Some(entry.search_text.as_str()),
    ]
    .into_iter()
    .flatten()
    .filter(|part| !part.is_empty())
    {
        text.push_str(part);
        text.push('\n');
    }
    text
}

/// Records whose words the full-text tables get at the end of the transaction: by the side of the gate and by the row
/// there, as FTS5 wants them. It writes out all that it holds in memory whenever a row comes that is smaller than the one
/// before, and whenever a statement on any table may have to be undone alone; given a word at a time, each record would be
/// a segment of its own, to be merged with all the others.
#[derive(Default)]
pub(super) struct WordsToCome(BTreeMap<(bool, i64), i64>);

/// Rows of codes and facilities by their names, as far as this transaction has met them. It lives as long as the
/// transaction, so that nothing in it outlives a change that was undone.
#[derive(Default)]
pub(super) struct Names {
    facilities: HashMap<String, i64>,
    codes: HashMap<String, HashMap<String, i64>>,
}

fn add_sql(restricted: bool) -> &'static str {
    if restricted {
        "INSERT INTO search_restricted (rowid, folded, written) VALUES (?1, ?2, ?3)"
    } else {
        "INSERT INTO search (rowid, folded, written) VALUES (?1, ?2, ?3)"
    }
}

impl Writer<'_> {
    pub(super) fn facility(&mut self, name: Option<&str>) -> Result<Option<i64>, VaultError> {
        let Some(name) = name.filter(|n| !n.is_empty()) else { return Ok(None) };
        if let Some(known) = self.names.facilities.get(name) {
            return Ok(Some(*known));
        }
        let row = self.facility_row(name)?;
        self.names.facilities.insert(name.to_owned(), row);
        Ok(Some(row))
    }

    fn facility_row(&self, name: &str) -> Result<i64, VaultError> {
        let known: Option<i64> = self
            .tx
            .prepare_cached("SELECT id FROM facility WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        if let Some(row) = known {
            return Ok(row);
        }
        self.tx.prepare_cached("INSERT INTO facility (name) VALUES (?1)")?.execute([name])?;
        Ok(self.tx.last_insert_rowid())
    }

    pub(super) fn code(&mut self, system: &str, code: &str) -> Result<i64, VaultError> {
        if let Some(known) = self.names.codes.get(system).and_then(|codes| codes.get(code)) {
            return Ok(*known);
        }
        let row = self.code_row(system, code)?;
        self.names.codes.entry(system.to_owned()).or_default().insert(code.to_owned(), row);
        Ok(row)
    }

    fn code_row(&self, system: &str, code: &str) -> Result<i64, VaultError> {
        let known: Option<i64> = self
            .tx
            .prepare_cached("SELECT id FROM code WHERE system = ?1 AND code = ?2")?
            .query_row([system, code], |row| row.get(0))
            .optional()?;
        if let Some(id) = known {
            return Ok(id);
        }
        self.tx.prepare_cached("INSERT INTO code (system, code) VALUES (?1, ?2)")?.execute([system, code])?;
        Ok(self.tx.last_insert_rowid())
    }

    /// Writes what hangs on a record's row: codes, points, references, attachments, and the words unless it is on the
    /// shelf.
    pub(super) fn index(&mut self, record: i64, entry: &Entry, access: i64) -> Result<(), VaultError> {
        let sort = sort_of(entry, self.constants.utc_offset);
        let tx = self.tx;
        let source: i64 = tx
            .prepare_cached("SELECT source FROM record WHERE id = ?1")?
            .query_row([record], |row| row.get(0))?;
        {
            let mut insert =
                tx.prepare_cached("INSERT OR IGNORE INTO record_code (record, code) VALUES (?1, ?2)")?;
            for coding in &entry.codes {
                insert.execute([record, self.code(&coding.system, &coding.code)?])?;
            }
        }
        if entry.standing.is_fact() {
            let mut insert = tx.prepare_cached(
                "INSERT OR IGNORE INTO point (code, sort, record, n, value, text, unit) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?;
            let mut code_insert =
                tx.prepare_cached("INSERT OR IGNORE INTO record_code (record, code) VALUES (?1, ?2)")?;
            for (n, point) in (0i64..).zip(entry.points.iter().filter(|p| !p.value.is_nan())) {
                let code = self.code(&point.code.system, &point.code.code)?;
                insert.execute(params![code, sort, record, n, point.value, point.text, point.unit])?;
                // A point is taken away again by the codes of its record.
                code_insert.execute([record, code])?;
            }
        }
        {
            // The row's values and no SELECT: a statement that reads while it writes keeps a journal of its own.
            let mut insert = self.tx.prepare_cached(
                "INSERT OR IGNORE INTO reference (record, rel, type, origin, source) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            let mut named =
                self.tx.prepare_cached("SELECT type, origin FROM alias WHERE source = ?1 AND name = ?2")?;
            for reference in &entry.references {
                let called: Option<(String, String)> = match reference.resource_type {
                    Some(_) => None,
                    None => named
                        .query_row(params![source, reference.id], |row| Ok((row.get(0)?, row.get(1)?)))
                        .optional()?,
                };
                let (resource_type, id) = match &called {
                    Some((resource_type, id)) => (resource_type.as_str(), id.as_str()),
                    None => (reference.resource_type.as_deref().unwrap_or_default(), reference.id.as_str()),
                };
                insert.execute(params![record, reference.rel.number(), resource_type, id, source])?;
            }
        }
        {
            let mut insert = self.tx.prepare_cached(
                "INSERT INTO attachment (record, n, pointer, media_type, title, url, inline)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?;
            for (n, attachment) in (1i64..).zip(&entry.attachments) {
                insert.execute(params![
                    record,
                    n,
                    attachment.pointer,
                    attachment.media_type,
                    attachment.title,
                    attachment.url,
                    attachment.inline,
                ])?;
            }
        }
        if access < 2 && entry.standing != Standing::Deleted {
            self.add_words(record, sort, access == 1, &words(entry))?;
        }
        Ok(())
    }

    /// Takes away what [`Writer::index`] wrote.
    pub(super) fn unindex(&mut self, record: i64) -> Result<(), VaultError> {
        self.tx
            .prepare_cached(
                "DELETE FROM point WHERE record = ?1 AND sort = (SELECT sort FROM record WHERE id = ?1)
                 AND code IN (SELECT code FROM record_code WHERE record = ?1)",
            )?
            .execute([record])?;
        self.tx.prepare_cached("DELETE FROM record_code WHERE record = ?1")?.execute([record])?;
        self.tx.prepare_cached("DELETE FROM reference WHERE record = ?1")?.execute([record])?;
        self.tx.prepare_cached("DELETE FROM attachment WHERE record = ?1")?.execute([record])?;
        self.remove_words(record)
    }

    fn add_words(&mut self, record: i64, sort: i64, restricted: bool, text: &str) -> Result<(), VaultError> {
        let row = search_row(record, sort, self.constants.utc_offset);
        self.tx
            .prepare_cached(
                "INSERT INTO indexed_text (record, row, restricted, text) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![record, row, restricted, text])?;
        self.words.0.insert((restricted, row), record);
        Ok(())
    }

    /// Hands the words of this transaction to the full-text tables, in the order of their rows.
    pub(super) fn write_words(&mut self) -> Result<(), VaultError> {
        for ((restricted, row), record) in std::mem::take(&mut self.words.0) {
            let text: String = self
                .tx
                .prepare_cached("SELECT text FROM indexed_text WHERE record = ?1")?
                .query_row([record], |row| row.get(0))?;
            self.tx.prepare_cached(add_sql(restricted))?.execute(params![
                row,
                fold::folded(&text),
                fold::marked(&text)
            ])?;
        }
        Ok(())
    }

    /// FTS5 finds a leaf of its index by how the leaf's first word begins, and keeps that beginning when the word is gone.
    /// After an erasure a full-text table that holds the beginning of no word is written anew.
    pub(super) fn forget_beginnings(&mut self) -> Result<(), VaultError> {
        if !self.erased {
            return Ok(());
        }
        for restricted in [false, true] {
            let (beginnings, any, empty) = if restricted {
                (
                    "SELECT DISTINCT term FROM search_restricted_idx",
                    "SELECT EXISTS (SELECT 1 FROM search_restricted WHERE search_restricted MATCH ?1)",
                    "INSERT INTO search_restricted (search_restricted) VALUES ('delete-all')",
                )
            } else {
                (
                    "SELECT DISTINCT term FROM search_idx",
                    "SELECT EXISTS (SELECT 1 FROM search WHERE search MATCH ?1)",
                    "INSERT INTO search (search) VALUES ('delete-all')",
                )
            };
            let stale = {
                let mut select = self.tx.prepare_cached(beginnings)?;
                let mut any = self.tx.prepare_cached(any)?;
                let mut rows = select.query([])?;
                let mut stale = false;
                while let (false, Some(row)) = (stale, rows.next()?) {
                    // The first byte says which index it is; the last character may be cut.
                    let term = row.get_ref(0)?.as_bytes().unwrap_or_default();
                    let word = String::from_utf8_lossy(term.get(1..).unwrap_or_default());
                    let word = word.trim_end_matches(char::REPLACEMENT_CHARACTER);
                    if !word.is_empty() {
                        stale = !any.query_row([format!("\"{word}\" *")], |row| row.get::<_, bool>(0))?;
                    }
                }
                stale
            };
            if stale {
                self.tx.prepare_cached(empty)?.execute([])?;
                self.write_side(restricted)?;
            }
        }
        Ok(())
    }

    /// Gives a full-text table, which is empty, all its words.
    fn write_side(&self, restricted: bool) -> Result<(), VaultError> {
        // Ordered by what it is read by and not by row: a sort would hold all texts in memory.
        let mut select = self.tx.prepare_cached(
            "SELECT row, text FROM indexed_text WHERE restricted = ?1 AND record > ?2 ORDER BY record LIMIT 4000",
        )?;
        let mut insert = self.tx.prepare_cached(add_sql(restricted))?;
        let mut after = 0;
        loop {
            let mut words: Vec<(i64, String)> = select
                .query_map(params![restricted, after], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?;
            let Some((last, _)) = words.last() else { return Ok(()) };
            after = last & ((1 << 40) - 1);
            words.sort_unstable();
            for (row, text) in words {
                insert.execute(params![row, fold::folded(&text), fold::marked(&text)])?;
            }
        }
    }

    /// The full-text tables hold no text of their own: they are told what they were given, and forget it.
    pub(super) fn remove_words(&mut self, record: i64) -> Result<(), VaultError> {
        let had: Option<(i64, bool, String)> = self
            .tx
            .prepare_cached("DELETE FROM indexed_text WHERE record = ?1 RETURNING row, restricted, text")?
            .query_row([record], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((row, restricted, text)) = had else { return Ok(()) };
        if self.words.0.remove(&(restricted, row)).is_some() {
            return Ok(());
        }
        let sql = if restricted {
            "INSERT INTO search_restricted (search_restricted, rowid, folded, written) VALUES ('delete', ?1, ?2, ?3)"
        } else {
            "INSERT INTO search (search, rowid, folded, written) VALUES ('delete', ?1, ?2, ?3)"
        };
        self.tx.prepare_cached(sql)?.execute(params![row, fold::folded(&text), fold::marked(&text)])?;
        Ok(())
    }

    /// Moves a record's words to the side of the gate where they now belong.
    pub(super) fn move_words(&mut self, record: i64, restricted: bool) -> Result<(), VaultError> {
        let had: Option<(bool, String)> = self
            .tx
            .prepare_cached("SELECT restricted, text FROM indexed_text WHERE record = ?1")?
            .query_row([record], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((before, text)) = had else { return Ok(()) };
        if before == restricted {
            return Ok(());
        }
        let sort: i64 = self
            .tx
            .prepare_cached("SELECT sort FROM record WHERE id = ?1")?
            .query_row([record], |row| row.get(0))?;
        self.remove_words(record)?;
        self.add_words(record, sort, restricted, &text)
    }

    /// Writes the columns of a record's row that come from its head's entry.
    pub(super) fn write_row(&mut self, record: i64, entry: &Entry) -> Result<(), VaultError> {
        let facility = self.facility(entry.facility.as_deref())?;
        let sensitive = entry.sensitivity == healthbook_model::Sensitivity::Restricted;
        let holds_restricted = entry.parts == healthbook_model::Sensitivity::Restricted;
        self.tx
            .prepare_cached(
                "UPDATE record SET kind = ?2, standing = ?3, sort = ?4, start = ?5, \"end\" = ?6, title = ?7,
                    title_system = ?8, title_code = ?9, subtitle = ?10, value = ?11, facility = ?12,
                    sensitive = max(sensitive, ?13), restricted = max(restricted, ?15), changed = ?14
                 WHERE id = ?1",
            )?
            .execute(params![
                record,
                entry.kind.number(),
                entry.standing.number(),
                sort_of(entry, self.constants.utc_offset),
                entry.start.map(|at| at.to_string()),
                entry.end.map(|at| at.to_string()),
                entry.title,
                entry.title_code.as_ref().map(|c| &c.system),
                entry.title_code.as_ref().map(|c| &c.code),
                entry.subtitle,
                entry.value,
                facility,
                sensitive,
                self.change,
                holds_restricted,
            ])?;
        Ok(())
    }

    /// How many heads a record has, and which one is shown.
    pub(super) fn write_heads(&self, record: i64, heads: &[u32]) -> Result<(), VaultError> {
        let shown = heads.first().copied().unwrap_or(0);
        self.tx
            .prepare_cached("UPDATE record SET head = ?2, heads = ?3, changed = ?4 WHERE id = ?1")?
            .execute(params![record, shown, int(heads.len() as u64)?, self.change])?;
        Ok(())
    }
}
