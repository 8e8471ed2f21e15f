//! The vault's work in plain SQL, on whatever SQLite a program links: the book's own schema and settings, the statements
//! that an import, a page and a search come down to. What differs between two runs is the engine alone.
//!
//! This file is compiled twice: into the benchmark, and into the child that links SQLCipher.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::time::Instant;

use crate::rusqlite::{Connection, DbConfig, params};

/// What a step returns.
pub(crate) type Done<T> = Result<T, Box<dyn Error>>;

/// Opens a file with the engine's key, if it has any.
pub(crate) type Open = fn(&Path) -> Done<Connection>;

/// Seconds by the name of what took them.
pub(crate) type Times = BTreeMap<&'static str, f64>;

const SCHEMA: &str = include_str!("../../../core/vault/src/schema/0001_book.sql");

/// As `core/vault` sets them.
const SETTINGS: &str = "
    PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA synchronous = FULL;
    PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA cache_size = -24576;
    PRAGMA wal_autocheckpoint = 8192;
";

/// Records that a search for one word finds, whatever the size of the book.
const HITS: u32 = 50;
const PAGE: i64 = 50;
const DAY: i64 = 86_400_000;
const CHUNK: u32 = 64;

/// Readings of one series, one each half minute.
const SAMPLES: i64 = 1_000_000;

/// A number without a pattern for each number: SplitMix64.
pub(crate) fn scattered(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn below(n: u64, limit: u64) -> i64 {
    i64::try_from(scattered(n) % limit.max(1)).unwrap_or(0)
}

fn uid(n: u32) -> [u8; 16] {
    let (a, b) = (scattered(u64::from(n)), scattered(u64::from(n) + (1 << 40)));
    let mut uid = [0; 16];
    uid[..8].copy_from_slice(&a.to_le_bytes());
    uid[8..].copy_from_slice(&b.to_le_bytes());
    uid
}

/// The word that finds a record and [`HITS`] others.
fn word(n: u32, records: u32) -> String {
    format!("w{}", n % (records / HITS).max(1))
}

/// Sets a connection as the vault sets its own.
fn settle(db: &Connection) -> Done<()> {
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    db.set_prepared_statement_cache_capacity(96);
    Ok(db.execute_batch(SETTINGS)?)
}

fn new_file(open: Open, path: &Path) -> Done<Connection> {
    let db = open(path)?;
    db.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;",
    )?;
    settle(&db)?;
    db.execute_batch(SCHEMA)?;
    db.execute_batch(
        "INSERT INTO source (id, kind, base, first_seen, last_seen, told_seen) VALUES (1, 'label', 'label:a', 0, 0, 0);
         INSERT INTO document (id, uid, blob, format, media_type, received_at, state, shelved)
             VALUES (1, x'00', 1, 'fhir', 'application/fhir+ndjson', 0, 1, 0);",
    )?;
    for n in 0..50 {
        db.execute("INSERT INTO code (system, code) VALUES ('http://loinc.org', ?1)", [format!("{n}-1")])?;
        db.execute("INSERT INTO facility (name) VALUES (?1)", [format!("Trạm y tế số {n}")])?;
    }
    Ok(db)
}

/// Puts records as one transaction, as the vault does: rows and what hangs on them, then the words in their order.
fn put(db: &mut Connection, numbers: std::ops::Range<u32>, records: u32) -> Done<()> {
    let tx = db.transaction()?;
    let count = numbers.len();
    let mut words = BTreeMap::new();
    let filler = "x".repeat(900);
    for n in numbers {
        let sort = 1_400_000_000_000 + below(u64::from(n), 4000) * DAY;
        let (code, facility) = (1 + i64::from(n % 50), 1 + i64::from(n % 37));
        tx.prepare_cached(
            "INSERT INTO record (uid, source, type, origin, subject, head, heads, access, sensitive, restricted, kind,
                standing, sort, start, title, value, facility, flags, changed)
             VALUES (?1, 1, 'Observation', ?2, 1, 1, 1, 0, 0, 0, 3, 1, ?3, '2024-02-03', ?4, '7.2 mmol/L', ?5, 0, 1)",
        )?
        .execute(params![
            uid(n),
            format!("{:016x}-{n:08x}", scattered(u64::from(n) + 7)),
            sort,
            format!("Xét nghiệm {code}"),
            facility
        ])?;
        let record = tx.last_insert_rowid();
        tx.prepare_cached(
            "INSERT INTO version (record, n, hash, parents, author, received_at, document, blob, \"offset\", length)
             VALUES (?1, 1, ?2, x'', 'source', 0, 1, 1, ?3, 1000)",
        )?
        .execute(params![record, [uid(n), uid(n)].concat(), i64::from(n) * 1000])?;
        tx.prepare_cached(
            "INSERT INTO span (record, document, \"offset\", length) VALUES (?1, 1, ?2, 1000)",
        )?
        .execute([record, i64::from(n) * 1000])?;
        tx.prepare_cached("INSERT OR IGNORE INTO record_code (record, code) VALUES (?1, ?2)")?
            .execute([record, code])?;
        tx.prepare_cached(
            "INSERT OR IGNORE INTO point (code, sort, record, n, value, text, unit)
             VALUES (?1, ?2, ?3, 0, 7.2, '7.2', 'mmol/L')",
        )?
        .execute([code, sort, record])?;
        for (rel, kind) in [(0, "Encounter"), (4, "Condition")] {
            tx.prepare_cached(
                "INSERT OR IGNORE INTO reference (record, rel, type, origin, source) VALUES (?1, ?2, ?3, ?4, 1)",
            )?
            .execute(params![record, rel, kind, format!("{:016x}", scattered(u64::from(n / 8)))])?;
        }
        let text = format!("Xét nghiệm {code}\n7.2 mmol/L\nkham {} huyet hoc sinh hoa", word(n, records));
        let row = ((sort / DAY + 719_500) << 40) | record;
        tx.prepare_cached("INSERT INTO indexed_text (record, row, restricted, text) VALUES (?1, ?2, 0, ?3)")?
            .execute(params![record, row, text])?;
        words.insert(row, text);
        if n % CHUNK == 0 {
            tx.prepare_cached("INSERT INTO chunk (bytes) VALUES (?1)")?
                .execute([filler.repeat(71).as_bytes()])?;
        }
    }
    tx.prepare_cached(
        "INSERT INTO tally (source, type, kind, standing, access, count) VALUES (1, 'Observation', 3, 1, 0, ?1)
         ON CONFLICT DO UPDATE SET count = count + ?1",
    )?
    .execute([i64::try_from(count)?])?;
    for (row, text) in words {
        tx.prepare_cached("INSERT INTO search (rowid, folded, written) VALUES (?1, ?2, 'xét nghiệm')")?
            .execute(params![row, text])?;
    }
    tx.commit()?;
    Ok(())
}

/// Seconds of a processor that the thread which began with `main` has used: what else goes on on the machine does not count.
/// Zero where the system does not tell.
pub(crate) fn processor() -> f64 {
    let told = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = told.split_whitespace().next().and_then(|number| number.parse::<f64>().ok());
    nanoseconds.unwrap_or(0.0) / 1e9
}

/// The time in the middle.
pub(crate) fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Runs something so often and gives the time in the middle, after one run in ten that does not count.
pub(crate) fn each<T>(rounds: u32, mut work: impl FnMut(u32) -> Done<T>) -> Done<f64> {
    for n in 0..rounds / 10 {
        work(n)?;
    }
    let mut times = Vec::new();
    for n in 0..rounds {
        let start = Instant::now();
        work(n)?;
        times.push(start.elapsed().as_secs_f64());
    }
    Ok(median(times))
}

/// Everything at one size, in an empty folder.
pub(crate) fn run(open: Open, dir: &Path, records: u32) -> Done<Times> {
    let mut times = Times::new();
    let whole = dir.join("whole.db");
    let mut db = new_file(open, &whole)?;
    let start = processor();
    put(&mut db, 0..records, records)?;
    times.insert("one transaction, processor", (processor() - start) / f64::from(records));
    drop(db);
    let mut db = new_file(open, &dir.join("batches.db"))?;
    let some = records.min(5_000);
    let start = processor();
    for from in (0..some).step_by(100) {
        put(&mut db, from..from + 100, records)?;
    }
    times.insert("batches of 100, processor", (processor() - start) / f64::from(some));
    let (mut next, start) = (some, processor());
    let add = each(200, |_| {
        next += 1;
        put(&mut db, next..next + 1, records)
    })?;
    times.insert("one durable add", add);
    times.insert("one durable add, processor", (processor() - start) / f64::from(next - some));
    drop(db);
    let db = open(&whole)?;
    settle(&db)?;
    read(&db, records, &mut times)?;
    Ok(times)
}

fn read(db: &Connection, records: u32, times: &mut Times) -> Done<()> {
    let any = |n: u32| u32::try_from(below(u64::from(n) + 99, u64::from(records))).unwrap_or(0);
    let point = each(1000, |n| {
        let mut select = db.prepare_cached(
            "SELECT r.id, r.title, r.value, r.start, s.base, v.\"offset\", v.length FROM record r
             JOIN source s ON s.id = r.source JOIN version v ON v.record = r.id AND v.n = r.head
             WHERE r.uid = ?1 AND r.access <= 1 AND r.access = 0",
        )?;
        let _: (i64, String) = select.query_row([uid(any(n))], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(())
    })?;
    times.insert("point read", point);
    let page = each(300, |n| {
        let mut select = db.prepare_cached(
            "SELECT r.id, r.uid, r.kind, r.type, r.standing, r.start, r.title, r.value, f.name, s.base, r.sort
             FROM record r JOIN source s ON s.id = r.source LEFT JOIN facility f ON f.id = r.facility
             WHERE r.access <= 1 AND r.access = 0 AND (r.sort, r.id) < (?1, ?2) ORDER BY r.sort DESC, r.id DESC LIMIT ?3",
        )?;
        let from = 1_400_000_000_000 + (100 + below(u64::from(n), 3900)) * DAY;
        let rows = select.query_map(params![from, i64::MAX, PAGE], |row| row.get::<_, String>(6))?;
        rows.collect::<Result<Vec<_>, _>>()?;
        Ok(())
    })?;
    times.insert("timeline page of 50", page);
    let hits = |query: String| -> Done<()> {
        let mut select =
            db.prepare_cached("SELECT rowid FROM search WHERE search MATCH ?1 ORDER BY rowid DESC LIMIT ?2")?;
        let rows: Vec<i64> =
            select.query_map(params![query, PAGE], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut one = db.prepare_cached("SELECT title, value, start FROM record WHERE id = ?1")?;
        for row in rows {
            let _: String = one.query_row([row & ((1 << 40) - 1)], |row| row.get(0))?;
        }
        Ok(())
    };
    times.insert("search, 50 hits", each(200, |n| hits(format!("folded:\"{}\"", word(any(n), records))))?);
    times.insert("search, a word of all", each(200, |_| hits("folded:\"kham\"".to_owned()))?);
    Ok(())
}

/// A million readings of one series, and a year of them by day.
pub(crate) fn samples(open: Open, dir: &Path) -> Done<Times> {
    let mut times = Times::new();
    let path = dir.join("samples.db");
    let mut db = new_file(open, &path)?;
    db.execute_batch("INSERT INTO series (id, source, code, unit, restricted) VALUES (1, 1, 1, '/min', 0)")?;
    let start = processor();
    for from in (0..SAMPLES).step_by(10_000) {
        let tx = db.transaction()?;
        for n in from..from + 10_000 {
            tx.prepare_cached(
                "INSERT INTO sample (series, at, value, decimals) VALUES (1, ?1, ?2, 0)
                 ON CONFLICT DO UPDATE SET value = excluded.value, decimals = excluded.decimals",
            )?
            .execute([n * 30_000, 60 + n % 40])?;
        }
        tx.prepare_cached(
            "INSERT OR REPLACE INTO sample_day (series, day, count, sum, minimum, maximum)
             SELECT 1, at / 86400000, count(*), sum(value), min(value), max(value) FROM sample
             WHERE series = 1 AND at BETWEEN ?1 AND ?2 GROUP BY 2",
        )?
        .execute([from * 30_000 / DAY * DAY, (from + 10_000) * 30_000])?;
        tx.commit()?;
    }
    times.insert("1,000,000 readings, processor", processor() - start);
    let year = each(200, |_| {
        let mut select = db.prepare_cached(
            "SELECT day, count, sum, minimum, maximum FROM sample_day WHERE series = 1 AND day BETWEEN 0 AND 365",
        )?;
        let days: Vec<i64> = select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        if days.len() < 300 { Err("days are missing".into()) } else { Ok(()) }
    })?;
    times.insert("a year by day", year);
    Ok(times)
}

/// Does what a child is told (`samples`, or a number of records, and a folder) and says the times, a line each.
pub(crate) fn child(open: Open, arguments: &[String]) -> Done<String> {
    let [what, dir] = arguments else { return Err("a child takes what to do and a folder".into()) };
    let times = match what.as_str() {
        "samples" => samples(open, Path::new(dir))?,
        records => run(open, Path::new(dir), records.parse()?)?,
    };
    Ok(times.iter().map(|(name, seconds)| format!("{name}\t{seconds:.9}\n")).collect())
}
