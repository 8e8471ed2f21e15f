//! Reads that must stay flat are answered from an index. What SQLite says of its plans is asserted here: a plan that
//! walks a table, or sorts what an index has in order, costs more the larger the book is.

use std::sync::Arc;

use healthbook_model::{
    Clock, Coding, Entry, Kind, Point, RecordId, Sensitivity, Standing, Subject, Timestamp,
};
use healthbook_sqlite::rusqlite::{self, Connection};

use super::bytes::HEAD_BYTES;
use super::document::{ATTACHMENTS, QUARANTINE};
use super::log::{AUDIT, COUNTS, SOURCES};
use super::search::{STATEMENTS, WORDS_BEGINNING};
use super::timeline::statement;
use super::titles::TITLES;
use super::trend::{POINTS, POINTS_AFTER, PointPlace, SAMPLES_AFTER, SampleSeries};
use super::{CHANGES, LAST_CHANGE, POINTED, POINTED_BY_NAME, POINTING_FROM, RECORD};
use crate::keys::{KeyFile, SystemRandom};
use crate::write::{POINTING, TARGETS};
use crate::{Gate, Ports, SourceKind, Vault, Ways};

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp(1_768_000_000_000)
    }
}

fn entry(n: u32) -> Entry {
    Entry {
        resource_type: "Observation".into(),
        kind: Kind::Result,
        standing: Standing::Current,
        start: format!("2026-01-{:02}", n % 28 + 1).parse().ok(),
        end: None,
        title: format!("Kết quả {n}"),
        title_code: None,
        subtitle: None,
        value: Some("5.4 mmol/L".into()),
        facility: Some(format!("Trạm {}", n % 5)),
        sensitivity: if n.is_multiple_of(10) { Sensitivity::Restricted } else { Sensitivity::Ordinary },
        parts: Sensitivity::Ordinary,
        codes: vec![Coding::new("http://loinc.org", "15074-8")],
        points: vec![Point {
            code: Coding::new("http://loinc.org", "15074-8"),
            value: 5.4,
            text: "5.4".into(),
            unit: "mmol/L".into(),
        }],
        identifiers: Vec::new(),
        references: Vec::new(),
        attachments: Vec::new(),
        search_text: String::new(),
        subject: Subject::Nobody,
        last_updated: None,
        version_id: None,
    }
}

/// A book of some hundred records, a tenth of them restricted.
pub(crate) fn filled() -> (tempfile::TempDir, Vault) {
    let dir = tempfile::tempdir().unwrap();
    let random = Arc::new(SystemRandom::new());
    let key = KeyFile::make(random.clone()).unwrap();
    let ports = Ports { clock: Arc::new(Noon), random, blank: |_, _| true, gist: |_| None };
    let ways = Ways { keystore: Some(&key), ..Ways::default() };
    let (vault, _) = crate::create(dir.path(), ways, 420, ports, |_| Ok(())).unwrap();
    vault
        .write(|writer| {
            writer.source(SourceKind::Label, "A", None)?;
            for n in 0..300u32 {
                let id: RecordId = writer.make_record_id()?;
                writer.add(id, &entry(n), b"{\"valueQuantity\":{\"value\":5.4}}")?;
            }
            Ok(())
        })
        .unwrap();
    (dir, vault)
}

const GATES: [Gate; 2] = [Gate::Ordinary, Gate::WithRestricted];

fn explained(db: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
    let mut rows = explain.raw_query();
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        lines.push(row.get(3)?);
    }
    Ok(lines)
}

/// The lines of the plan of a statement, as a reader of this gate runs it.
fn plan(vault: &Vault, gate: Gate, sql: &str) -> Vec<String> {
    vault.read(gate, |reader| Ok(explained(reader.db(), sql)?)).unwrap()
}

/// Of what a book holds more and more of, nothing is walked from end to end.
fn assert_no_walk(lines: &[String], sql: &str) {
    const GROWING: [&str; 12] =
        ["r", "v", "p", "c", "s", "a", "d", "record", "version", "point", "span", "audit"];
    for line in lines {
        let mut words = line.split(' ');
        if words.next() == Some("SCAN") {
            let table = words.next().unwrap_or_default();
            let walks_an_index_in_order =
                line.contains("USING INDEX") || line.contains("USING COVERING INDEX");
            assert!(!GROWING.contains(&table) || walks_an_index_in_order, "{sql}\n{lines:#?}");
        }
    }
}

fn assert_uses(lines: &[String], index: &str) {
    assert!(lines.iter().any(|line| line.contains(index)), "{index} is not used: {lines:#?}");
}

fn assert_no_sort(lines: &[String]) {
    assert!(!lines.iter().any(|line| line.contains("TEMP B-TREE")), "{lines:#?}");
}

#[test]
fn one_record_is_found_by_its_identity() {
    let (_dir, vault) = filled();
    for gate in GATES {
        for sql in [RECORD, HEAD_BYTES, POINTING_FROM] {
            let lines = plan(&vault, gate, sql);
            assert_uses(&lines, "record USING INDEX sqlite_autoindex_record_1 (uid=?)");
            assert!(!lines.iter().any(|line| line.starts_with("SCAN")), "{lines:#?}");
            assert_no_sort(&lines);
        }
        assert_uses(&plan(&vault, gate, HEAD_BYTES), "USING PRIMARY KEY (record=? AND n=?)");
    }
}

#[test]
fn a_list_by_name_passes_over_other_kinds_in_an_index() {
    let (_dir, vault) = filled();
    for gate in GATES {
        let lines = plan(&vault, gate, TITLES);
        assert_uses(&lines, "USING INDEX record_by_time");
        assert_no_sort(&lines);
    }
}

#[test]
fn who_is_pointed_to_is_looked_up_and_not_looked_for() {
    let (_dir, vault) = filled();
    for gate in GATES {
        for sql in [POINTED, POINTED_BY_NAME] {
            let lines = plan(&vault, gate, sql);
            assert_uses(&lines, "(source=? AND origin=?");
            assert!(!lines.iter().any(|line| line.starts_with("SCAN record")), "{lines:#?}");
        }
        assert_uses(&plan(&vault, gate, POINTED_BY_NAME), "USING PRIMARY KEY (source=? AND name=?)");
    }
}

#[test]
fn a_page_of_the_timeline_is_read_off_the_index_that_narrows_it_most() {
    let (_dir, vault) = filled();
    let shapes = [
        (statement(25, false, false), "record_by_time"),
        (statement(1, false, false), "record_by_kind (kind=?"),
        (statement(25, true, false), "record_by_source (source=?"),
        (statement(1, true, false), "record_by_source (source=?"),
        (statement(25, true, true), "record_by_facility (facility=?"),
    ];
    for gate in GATES {
        for (sql, index) in shapes {
            let lines = plan(&vault, gate, sql);
            assert_uses(&lines, index);
            // What is in the index in the order of the list is not sorted again.
            assert_no_sort(&lines);
            assert_no_walk(&lines, sql);
            assert!(!lines.iter().any(|line| line.starts_with("SCAN")), "{lines:#?}");
        }
    }
}

#[test]
fn a_page_of_hits_comes_from_the_full_text_index_and_stops_early() {
    let (_dir, vault) = filled();
    for gate in GATES {
        for sql in STATEMENTS {
            let lines = plan(&vault, gate, sql);
            assert_eq!(lines.len(), 1, "{lines:#?}");
            assert!(lines[0].starts_with("SCAN search VIRTUAL TABLE INDEX"), "{lines:#?}");
            assert_no_sort(&lines);
        }
        let lines = plan(&vault, gate, WORDS_BEGINNING);
        assert_uses(&lines, "SCAN search_word VIRTUAL TABLE INDEX");
        assert_no_sort(&lines);
    }
}

#[test]
fn the_points_of_a_trend_are_one_stretch() {
    let (_dir, vault) = filled();
    for gate in GATES {
        for (sql, stretch) in [
            (POINTS, "USING PRIMARY KEY (code=? AND sort>? AND sort<?)"),
            (POINTS_AFTER, "USING PRIMARY KEY (code=? AND (sort,record,n)>(?,?,?))"),
            (SAMPLES_AFTER, "USING PRIMARY KEY (series=? AND at>?)"),
        ] {
            let lines = plan(&vault, gate, sql);
            assert_uses(&lines, stretch);
            assert_no_sort(&lines);
            assert_no_walk(&lines, sql);
            assert!(!lines.iter().any(|line| line.starts_with("SCAN")), "{lines:#?}");
        }
    }
}

#[test]
fn counts_and_sources_are_read_from_counters() {
    let (_dir, vault) = filled();
    for gate in GATES {
        for sql in [COUNTS, SOURCES] {
            let lines = plan(&vault, gate, sql);
            assert!(lines.iter().any(|line| line.contains("tally") || line.contains(" t ")), "{lines:#?}");
            assert!(
                !lines.iter().any(|line| line.contains("record") || line.contains("version")),
                "{lines:#?}"
            );
        }
    }
}

#[test]
fn changes_the_log_and_the_quarantine_go_on_from_their_place() {
    let (_dir, vault) = filled();
    for gate in GATES {
        for sql in [CHANGES, LAST_CHANGE] {
            let lines = plan(&vault, gate, sql);
            assert_uses(&lines, "record_by_change");
            assert_no_sort(&lines);
        }
        let lines = plan(&vault, gate, CHANGES);
        assert!(!lines.iter().any(|line| line.starts_with("SCAN")), "{lines:#?}");
        let lines = plan(&vault, gate, AUDIT);
        // It goes back from the newest line, in the order in which the lines stand.
        assert_no_sort(&lines);
        let lines = plan(&vault, gate, ATTACHMENTS);
        assert_uses(&lines, "SEARCH a USING PRIMARY KEY ((record,n)>(?,?) AND record<?)");
        assert_no_sort(&lines);
        let lines = plan(&vault, gate, QUARANTINE);
        assert!(lines.iter().any(|line| line == "SCAN q"), "{lines:#?}");
        assert_no_sort(&lines);
    }
}

#[test]
fn a_query_that_forgets_the_gate_does_not_compile() {
    let (_dir, vault) = filled();
    let tables: Vec<String> = vault
        .inspect(|db, _| {
            let mut select = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
            Ok(select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
        })
        .unwrap();
    assert!(tables.len() > 25, "{tables:?}");
    // `meta`, `code` and `consent` say nothing of a record; a chunk is found through a row that is visible only; the
    // ordinary words are told apart from the restricted ones by their table.
    let open = |table: &str| {
        matches!(table, "meta" | "code" | "blob" | "chunk" | "consent") || table.starts_with("sqlite_")
    };
    for gate in GATES {
        vault
            .read(gate, |reader| {
                for table in &tables {
                    let words = table == "search" || table.starts_with("search_");
                    let others = table.starts_with("search_restricted");
                    let allowed = open(table) || (words && (!others || gate == Gate::WithRestricted));
                    for name in [table.clone(), format!("main.{table}")] {
                        let outcome = reader.db().prepare(&format!("SELECT * FROM {name}"));
                        assert_eq!(outcome.is_ok(), allowed, "{gate:?} {name}");
                        let counted = reader.db().prepare(&format!("SELECT count(*) FROM {name}"));
                        assert!(allowed || counted.is_err(), "{gate:?}: {name} can be counted");
                        let joined = reader.db().prepare(&format!(
                            "SELECT 1 FROM visible_record r WHERE EXISTS (SELECT 1 FROM {name} x)"
                        ));
                        assert!(allowed || joined.is_err(), "{gate:?}: {name} can be asked for");
                    }
                }
                // Nor is a reader a way to write.
                for sql in [
                    "DELETE FROM record",
                    "UPDATE record SET access = 0",
                    "DROP VIEW visible_record",
                    "CREATE TEMP VIEW visible_x AS SELECT * FROM main.record",
                    "ATTACH 'x' AS y",
                ] {
                    assert!(reader.db().execute_batch(sql).is_err(), "{gate:?}: {sql}");
                }
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn every_read_of_a_trend_compiles_and_answers() {
    let (_dir, vault) = filled();
    let code = Coding::new("http://loinc.org", "15074-8");
    for (gate, count) in GATES.into_iter().zip([270, 300]) {
        let mut points = Vec::new();
        let always = (Timestamp(0), Timestamp(i64::MAX / 2));
        vault.read(gate, |r| r.each_point(&code, always, |point| points.push(point))).unwrap();
        assert_eq!(points.len(), count);
        let (mut paged, mut place) = (Vec::new(), PointPlace::START);
        loop {
            let (piece, next) = vault.read(gate, |r| r.points_after(&code, place, 7)).unwrap();
            if piece.is_empty() {
                break;
            }
            paged.extend(piece);
            place = next;
        }
        assert_eq!(paged, points, "piece by piece they are the same");
        let always = (Timestamp(0), Timestamp(i64::MAX / 2));
        assert_eq!(vault.read(gate, |r| r.samples(&code, "mmol/L", always, 10)).unwrap(), []);
        assert_eq!(vault.read(gate, |r| r.sample_series(&code)).unwrap(), []);
        let series = SampleSeries { row: 1, unit: String::new() };
        assert_eq!(vault.read(gate, |r| r.samples_after(&series, Timestamp(0), 10)).unwrap(), []);
        let days = vault.read(gate, |r| r.sample_days(&code, Timestamp(0), Timestamp(i64::MAX / 2)));
        assert_eq!(days.unwrap(), []);
    }
}

/// A statement of the writer, which sees the tables.
fn plan_of_writer(vault: &Vault, sql: &str) -> Vec<String> {
    vault.ask(|db| Ok(explained(db, sql)?)).unwrap()
}

#[test]
fn what_hangs_together_is_found_by_name_and_not_by_walking_the_source() {
    let (_dir, vault) = filled();
    let lines = plan_of_writer(&vault, TARGETS);
    assert_uses(&lines, "SEARCH f USING PRIMARY KEY (record=? AND rel=?)");
    assert_uses(&lines, "SEARCH t USING COVERING INDEX sqlite_autoindex_record_2 (source=? AND origin=?)");
    let lines = plan_of_writer(&vault, POINTING);
    assert_uses(&lines, "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)");
    assert_uses(&lines, "reference_by_origin (source=? AND origin=? AND rel=?)");
}
