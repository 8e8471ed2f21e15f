//! Checking a whole book: every page through the cipher, then every hash and chain, then whether what is derived still
//! fits what it was derived from. The last part is what finds an old page put back: it is authentic, but the rest of
//! the book has gone on.

mod words;

use std::collections::BTreeMap;

use healthbook_model::{Flow, Observer, Progress, Stage, Standing};
use healthbook_sqlite::rusqlite::{Connection, OptionalExtension, params};

use crate::error::VaultError;
use crate::heads::{Known, heads};
use crate::keys::ContentHasher;
use crate::record::{FLAG_CORRECTED, FLAG_DUPLICATE};
use crate::vault::Vault;
use crate::write::{
    CHUNK, SampleValue, chain_hash, chunk_id, day_of, digest_of_blob, int, parents_from_bytes, read_blob,
    redacted_digest, size,
};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What, as a stable word: `page`, `structure`, `bytes`, `heads`, `counters`, `audit`, `document`, `index`, `chunks`.
    pub what: &'static str,
    /// Which, without content: a page number, a row number, SQLite's own words on structure.
    pub which: String,
}

struct Checks<'a> {
    db: &'a Connection,
    hasher: &'a ContentHasher,
    utc_offset: i16,
    problems: Vec<Problem>,
}

/// Rows held at once: what verifying takes of memory must not grow with the book.
const ROWS_AT_ONCE: i64 = 500;

/// Pages looked at between two looks at the observer.
const PAGES_PER_STEP: i64 = 512;

/// The roll-up of a day.
struct RollUp {
    count: i64,
    sum: f64,
    least: f64,
    most: f64,
}

impl RollUp {
    const NOTHING: Self = Self { count: 0, sum: 0.0, least: f64::INFINITY, most: f64::NEG_INFINITY };

    fn add(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
        self.least = self.least.min(value);
        self.most = self.most.max(value);
    }

    /// Bit for bit: it was summed in the same order.
    fn is(&self, other: &Self) -> bool {
        let bits = |r: &Self| [r.sum, r.least, r.most].map(f64::to_bits);
        self.count == other.count && bits(self) == bits(other)
    }
}

type Check = fn(&mut Checks<'_>) -> Result<(), VaultError>;

/// What is checked after the pages.
const CHECKS: [(&str, Check); 11] = [
    ("structure", |checks| checks.structure()),
    ("bytes", |checks| checks.versions()),
    ("chunks", |checks| checks.chunks()),
    ("document", |checks| checks.documents()),
    ("counters", |checks| checks.counters()),
    ("index", |checks| checks.words()),
    ("index", |checks| checks.points()),
    ("index", |checks| checks.marks()),
    ("counters", |checks| checks.samples()),
    ("audit", |checks| checks.audit()),
    ("audit", |checks| checks.deeds()),
];

/// No more problems than this are listed: a file that is damaged through and through says so soon enough.
const MOST: usize = 1000;

impl Checks<'_> {
    fn found(&mut self, what: &'static str, which: impl Into<String>) {
        if self.problems.len() < MOST {
            self.problems.push(Problem { what, which: which.into() });
        }
    }

    /// A check that cannot read its tables is itself a finding; the others go on.
    fn run(&mut self, what: &'static str, check: Check) {
        if let Err(error) = check(self) {
            self.found(what, error.to_string());
        }
    }

    /// Looks at one stretch of pages and answers how many pages there are.
    fn pages(&mut self, from: i64) -> Result<i64, VaultError> {
        let count: i64 = self.db.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        let mut page = self.db.prepare("SELECT length(data) FROM sqlite_dbpage WHERE pgno = ?1")?;
        for n in from..(from + PAGES_PER_STEP).min(count + 1) {
            let read = page.query_row([n], |row| row.get::<_, i64>(0)).optional();
            if !matches!(read, Ok(Some(_))) {
                self.found("page", n.to_string());
            }
        }
        Ok(count)
    }

    fn structure(&mut self) -> Result<(), VaultError> {
        let lines: Vec<String> = {
            let mut check = self.db.prepare("PRAGMA integrity_check(100)")?;
            check.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        for line in lines.into_iter().filter(|line| line != "ok") {
            self.found("structure", line);
        }
        let orphans: Vec<String> = {
            let mut check = self.db.prepare("SELECT DISTINCT \"table\" FROM pragma_foreign_key_check")?;
            check.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        for table in orphans {
            self.found("structure", format!("rows of {table} point nowhere"));
        }
        Ok(())
    }

    fn words(&mut self) -> Result<(), VaultError> {
        let missing: i64 = self.db.query_row(
            "SELECT count(*) FROM record r LEFT JOIN indexed_text t ON t.record = r.id
             WHERE (r.access < 2 AND r.standing <> 7) <> (t.record IS NOT NULL)
                OR t.restricted <> (r.access = 1)",
            [],
            |row| row.get(0),
        )?;
        if missing > 0 {
            self.found("index", format!("{missing} records have lost their words"));
        }
        let mut rows = 0;
        for table in ["search_docsize", "search_restricted_docsize"] {
            rows += self
                .db
                .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0))?;
        }
        let texts: i64 = self.db.query_row("SELECT count(*) FROM indexed_text", [], |row| row.get(0))?;
        if rows != texts {
            self.found("index", "full-text search and its texts differ");
        }
        if !words::fit_their_texts(self.db)? {
            self.found("index", "full-text search does not hold the words of its texts");
        }
        let lost: i64 = self.db.query_row(
            "SELECT count(*) FROM point p LEFT JOIN record r ON r.id = p.record AND r.sort = p.sort WHERE r.id IS NULL",
            [],
            |row| row.get(0),
        )?;
        if lost > 0 {
            self.found("index", format!("{lost} points have lost their record"));
        }
        Ok(())
    }

    fn versions(&mut self) -> Result<(), VaultError> {
        let mut select = self.db.prepare(
            "SELECT r.id, r.head, r.heads, v.n, v.parents, v.author, v.rank_time, v.rank_version, v.blob, v.\"offset\",
                v.length, v.hash, v.received_at, iif(v.mapping IS NULL, NULL, v.document) FROM record r LEFT JOIN version v ON v.record = r.id ORDER BY r.id, v.n",
        )?;
        let mut rows = select.query([])?;
        let mut current: Option<(i64, u32, u32, Vec<Known>)> = None;
        while let Some(row) = rows.next()? {
            let record: i64 = row.get(0)?;
            if current.as_ref().is_none_or(|(id, ..)| *id != record) {
                if let Some(done) = current.take() {
                    self.heads(&done);
                }
                current = Some((record, row.get(1)?, row.get(2)?, Vec::new()));
            }
            let Some(n) = row.get::<_, Option<u32>>(3)? else { continue };
            let parents: Vec<u8> = row.get(4)?;
            let author: String = row.get(5)?;
            let blob: Option<i64> = row.get(8)?;
            if let Some((.., known)) = &mut current {
                known.push(Known {
                    n,
                    parents: parents_from_bytes(&parents),
                    own: author == "person",
                    deleted: blob.is_none(),
                    received_at: row.get::<_, Option<i64>>(12)?.unwrap_or_default(),
                    rank_time: row.get(6)?,
                    rank_version: row.get(7)?,
                    mapped_from: row.get(13)?,
                    hash: row.get(11)?,
                });
            }
            if let Some(blob) = blob {
                let hash: Vec<u8> = row.get(11)?;
                let bytes =
                    size(row.get(9)?).and_then(|at| read_blob(self.db, blob, at, size(row.get(10)?)?));
                if !bytes.is_ok_and(|bytes| self.hasher.hash(&bytes).as_slice() == hash) {
                    self.found("bytes", format!("record {record}, version {n}"));
                }
            }
        }
        if let Some(done) = current {
            self.heads(&done);
        }
        Ok(())
    }

    fn heads(&mut self, (record, head, count, known): &(i64, u32, u32, Vec<Known>)) {
        let found = heads(known);
        let gap = (1u32..).zip(known).any(|(n, version)| version.n != n);
        if found.first() != Some(head) || u32::try_from(found.len()).ok() != Some(*count) || gap {
            self.found("heads", format!("record {record}"));
        }
    }

    fn counters(&mut self) -> Result<(), VaultError> {
        let wrong: i64 = self.db.query_row(
            "SELECT count(*) FROM (
                SELECT source, type, kind, standing, access, count FROM tally WHERE count <> 0
                EXCEPT SELECT source, type, kind, standing, access, count(*) FROM record GROUP BY 1, 2, 3, 4, 5)",
            [],
            |row| row.get(0),
        )?;
        let missing: i64 = self.db.query_row(
            "SELECT count(*) FROM (
                SELECT source, type, kind, standing, access, count(*) FROM record GROUP BY 1, 2, 3, 4, 5
                EXCEPT SELECT source, type, kind, standing, access, count FROM tally)",
            [],
            |row| row.get(0),
        )?;
        if wrong + missing > 0 {
            self.found("counters", "the counts do not fit the records");
        }
        Ok(())
    }

    /// Every day's roll-up against its readings, summed in the order in which the roll-up was.
    fn samples(&mut self) -> Result<(), VaultError> {
        let mut days: BTreeMap<(i64, i64), RollUp> = BTreeMap::new();
        let mut select =
            self.db.prepare("SELECT series, day, count, sum, minimum, maximum FROM sample_day")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let due = RollUp { count: row.get(2)?, sum: row.get(3)?, least: row.get(4)?, most: row.get(5)? };
            days.insert((row.get(0)?, row.get(1)?), due);
        }
        let mut select =
            self.db.prepare("SELECT series, at, value, decimals FROM sample ORDER BY series, at")?;
        let mut rows = select.query([])?;
        let mut current: Option<((i64, i64), RollUp)> = None;
        let mut wrong = 0u64;
        let mut compare = |done: Option<((i64, i64), RollUp)>| {
            if let Some((day, found)) = done {
                wrong += u64::from(days.remove(&day).is_none_or(|due| !due.is(&found)));
            }
        };
        while let Some(row) = rows.next()? {
            let day = (row.get(0)?, day_of(row.get(1)?, self.utc_offset));
            let value = SampleValue { value: row.get(2)?, decimals: row.get(3)? }.to_f64();
            if current.as_ref().is_none_or(|(at, _)| *at != day) {
                compare(current.replace((day, RollUp::NOTHING)));
            }
            if let Some((_, found)) = &mut current {
                found.add(value);
            }
        }
        compare(current);
        let empty = days.values().filter(|due| due.count != 0).count();
        if wrong > 0 || empty > 0 {
            self.found("counters", "the days do not fit the samples");
        }
        Ok(())
    }

    /// The numbers of charts are those that stand in their records.
    fn points(&mut self) -> Result<(), VaultError> {
        let mut select = self.db.prepare(
            "SELECT p.record, p.text, v.blob, v.\"offset\", v.length FROM point p JOIN record r ON r.id = p.record
             JOIN version v ON v.record = r.id AND v.n = r.head WHERE v.blob IS NOT NULL",
        )?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let (record, text): (i64, String) = (row.get(0)?, row.get(1)?);
            let (at, length) = (size(row.get(3)?)?, size(row.get(4)?)?);
            // A comparator in front of the digits stands in a field of its own.
            let digits = text.rsplit(' ').next().unwrap_or_default();
            let stands = read_blob(self.db, row.get(2)?, at, length)
                .is_ok_and(|bytes| bytes.windows(digits.len().max(1)).any(|part| part == digits.as_bytes()));
            if !stands {
                self.found("index", format!("a number of record {record} does not stand in it"));
            }
        }
        Ok(())
    }

    /// The marks that lists show against the links they come from.
    fn marks(&mut self) -> Result<(), VaultError> {
        let wrong: i64 = self.db.query_row(
            "SELECT count(*) FROM record r WHERE
                ((r.flags & ?1) <> 0 AND NOT EXISTS (SELECT 1 FROM link l
                    WHERE l.target = r.id AND l.rel = 'corrects' AND l.undone_at IS NULL))
             OR ((r.flags & ?1) = 0 AND EXISTS (SELECT 1 FROM link l JOIN record c ON c.id = l.record
                    WHERE l.target = r.id AND l.rel = 'corrects' AND l.undone_at IS NULL AND c.standing <> ?3))
             OR ((r.flags & ?2) <> 0 AND NOT EXISTS (SELECT 1 FROM link l
                    WHERE l.record = r.id AND l.rel = 'duplicate-of' AND l.undone_at IS NULL))
             OR ((r.flags & ?2) = 0 AND EXISTS (SELECT 1 FROM link l JOIN record t ON t.id = l.target
                    WHERE l.record = r.id AND l.rel = 'duplicate-of' AND l.undone_at IS NULL AND t.standing <> ?3))",
            params![FLAG_CORRECTED, FLAG_DUPLICATE, Standing::Deleted.number()],
            |row| row.get(0),
        )?;
        if wrong > 0 {
            self.found("index", format!("{wrong} records are not marked as their links say"));
        }
        Ok(())
    }

    /// What the log says was done still is so.
    fn deeds(&mut self) -> Result<(), VaultError> {
        for (what, sql) in [
            (
                "a consent",
                "SELECT count(*) FROM audit a LEFT JOIN consent c ON c.uid = a.object
                 WHERE (a.action = 'consent-given' AND c.uid IS NULL)
                    OR (a.action = 'consent-withdrawn' AND c.withdrawn_at IS NULL)",
            ),
            (
                "an erasure",
                "SELECT count(*) FROM audit a WHERE a.action = 'purge' AND a.object IS NOT NULL
                 AND (NOT EXISTS (SELECT 1 FROM purged p WHERE p.uid = a.object)
                    OR EXISTS (SELECT 1 FROM record r WHERE r.uid = a.object))",
            ),
        ] {
            let undone: i64 = self.db.query_row(sql, [], |row| row.get(0))?;
            if undone > 0 {
                self.found("audit", format!("{what} that was logged is gone"));
            }
        }
        Ok(())
    }

    fn audit(&mut self) -> Result<(), VaultError> {
        let mut select = self
            .db
            .prepare("SELECT n, at, actor, action, object, detail, restricted, hash FROM audit ORDER BY n")?;
        let mut rows = select.query([])?;
        let mut previous: Vec<u8> = Vec::new();
        let mut last = 0i64;
        while let Some(row) = rows.next()? {
            let (n, at): (i64, i64) = (row.get(0)?, row.get(1)?);
            let (actor, action, detail): (String, String, String) = (row.get(2)?, row.get(3)?, row.get(5)?);
            let object: Option<Vec<u8>> = row.get(4)?;
            let hash: Vec<u8> = row.get(7)?;
            let due = chain_hash(
                self.hasher,
                &previous,
                (n, at),
                [&actor, &action, &detail],
                object.as_deref(),
                row.get(6)?,
            );
            if n != last + 1 || due.as_slice() != hash {
                self.found("audit", format!("line {n}"));
            }
            previous = hash;
            last = n;
        }
        let end: Option<Vec<u8>> = self
            .db
            .query_row("SELECT value FROM meta WHERE key = 'audit_end'", [], |row| row.get(0))
            .optional()?;
        let due = (last > 0).then(|| [last.to_le_bytes().as_slice(), &previous].concat());
        if end != due {
            self.found("audit", "the log does not end where it should");
        }
        Ok(())
    }

    fn documents(&mut self) -> Result<(), VaultError> {
        let mut after = i64::MIN;
        loop {
            let page: Vec<(i64, i64, i64, Option<Vec<u8>>)> = {
                let mut select = self.db.prepare_cached(
                    "SELECT id, blob, redacted, digest FROM document WHERE state > 0 AND id > ?1 ORDER BY id LIMIT ?2",
                )?;
                select
                    .query_map([after, ROWS_AT_ONCE], |row| {
                        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                    })?
                    .collect::<Result<_, _>>()?
            };
            let Some((last, ..)) = page.last() else { return Ok(()) };
            after = *last;
            for (id, blob, redacted, digest) in page {
                // What a purge has overwritten must stay so: an old page would bring it back.
                let due = if redacted > 0 { self.meta(&redacted_digest(id))? } else { digest };
                match self.digest(blob) {
                    Ok(found) if due.as_deref() == Some(found.as_slice()) => {}
                    _ => self.found("document", id.to_string()),
                }
            }
        }
    }

    fn meta(&self, key: &str) -> Result<Option<Vec<u8>>, VaultError> {
        Ok(self.db.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0)).optional()?)
    }

    fn digest(&self, blob: i64) -> Result<[u8; 32], VaultError> {
        digest_of_blob(self.db, self.hasher, blob)
    }

    fn chunks(&mut self) -> Result<(), VaultError> {
        let mut after = i64::MIN;
        loop {
            let page: Vec<(i64, i64)> = {
                let mut select =
                    self.db.prepare_cached("SELECT id, size FROM blob WHERE id > ?1 ORDER BY id LIMIT ?2")?;
                select
                    .query_map([after, ROWS_AT_ONCE], |row| Ok((row.get(0)?, row.get(1)?)))?
                    .collect::<Result<_, _>>()?
            };
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = *last;
            for (blob, due) in page {
                let (found, count): (i64, i64) = self
                    .db
                    .prepare_cached(
                        "SELECT coalesce(sum(length(bytes)), 0), count(*) FROM chunk WHERE id BETWEEN ?1 AND ?2",
                    )?
                    .query_row(
                        params![chunk_id(blob, 0)?, chunk_id(blob, crate::write::CHUNKS_PER_BLOB - 1)?],
                        |row| Ok((row.get(0)?, row.get(1)?)),
                    )?;
                if found != due || count != int(size(due)?.div_ceil(CHUNK as u64))? {
                    self.found("chunks", format!("blob {blob}"));
                }
            }
        }
    }
}

impl Vault {
    /// Walks every page, hash and chain. An empty answer means that the book is whole. The observer is asked between
    /// two steps, with no lock held; what others write meanwhile is no problem.
    ///
    /// # Errors
    /// [`VaultError::Stopped`]; [`VaultError::Suspended`]. Damage is an answer, not an error.
    pub fn verify(&self, observer: &mut dyn Observer) -> Result<Vec<Problem>, VaultError> {
        let mut problems = Vec::new();
        match self.verify_into(&mut problems, observer) {
            // Not even a connection or its first page: that is the finding, and what was found before stays.
            Err(VaultError::Damaged { what }) => problems.push(Problem { what: "structure", which: what }),
            other => other?,
        }
        Ok(problems)
    }

    fn verify_into(
        &self,
        problems: &mut Vec<Problem>,
        observer: &mut dyn Observer,
    ) -> Result<(), VaultError> {
        self.checkpoint()?;
        let (mut page, mut count) = (1, 0);
        let mut report = |done: i64, count: i64| -> Result<(), VaultError> {
            let progress = Progress {
                stage: Stage::Verifying,
                done: size(done)?,
                total: Some(size(count)?),
                records: 0,
            };
            if observer.report(progress) == Flow::Stop { Err(VaultError::Stopped) } else { Ok(()) }
        };
        while page == 1 || page <= count {
            count = self.check(problems, |checks| checks.pages(page))?;
            page += PAGES_PER_STEP;
            report((page - 1).min(count), count)?;
        }
        for (what, check) in CHECKS {
            self.check(problems, |checks| {
                checks.run(what, check);
                Ok(())
            })?;
            report(count, count)?;
        }
        Ok(())
    }

    /// Runs one step over one state of the book, beside whoever writes, and over a connection of its own: pages that are
    /// in another one's memory would not be read from the file.
    fn check<T>(
        &self,
        problems: &mut Vec<Problem>,
        step: impl FnOnce(&mut Checks<'_>) -> Result<T, VaultError>,
    ) -> Result<T, VaultError> {
        self.inspect(|db, constants| {
            let mut checks = Checks {
                db,
                hasher: &constants.hasher,
                utc_offset: constants.utc_offset,
                problems: std::mem::take(problems),
            };
            let outcome = step(&mut checks);
            *problems = checks.problems;
            outcome
        })
    }

    /// Size of the file and its WAL in bytes.
    ///
    /// # Errors
    /// Of the file system.
    pub fn file_size(&self) -> Result<u64, VaultError> {
        let mut sum = 0;
        for name in ["book.db", "book.db-wal"] {
            sum += std::fs::metadata(self.dir().join(name)).map_or(0, |m| m.len());
        }
        Ok(sum)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::read::plans::filled;

    #[test]
    fn what_is_inspected_keeps_nobody_from_writing() {
        let (_dir, vault) = filled();
        let seen = vault.write(|writer| {
            writer.set_meta("while", b"writing")?;
            vault.inspect(|db, _| {
                Ok(db.query_row("SELECT count(*) FROM record", [], |row| row.get::<_, i64>(0))?)
            })
        });
        assert!(seen.unwrap() > 0);
        assert_eq!(vault.verify(&mut ()).unwrap(), []);
    }

    #[test]
    fn a_suspension_ends_an_inspection_that_would_go_on_for_ever() {
        let (_dir, vault) = filled();
        let (begun, begins) = mpsc::channel();
        let ended = std::thread::scope(|scope| {
            let inspection = scope.spawn(|| {
                vault.inspect(|db, _| {
                    begun.send(()).unwrap();
                    let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n";
                    Ok(db.query_row(endless, [], |row| row.get::<_, i64>(0))?)
                })
            });
            begins.recv().unwrap();
            vault.suspend().unwrap();
            inspection.join().unwrap()
        });
        assert!(matches!(ended, Err(VaultError::Suspended)), "{ended:?}");
        vault.resume().unwrap();
        assert_eq!(vault.verify(&mut ()).unwrap(), []);
    }
}
