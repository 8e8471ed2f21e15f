//! The table.

use std::fmt::Write as _;

use crate::book::Measured;
use crate::engines::ByEngine;
use crate::peer::Beside;

/// Everything that was measured.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) book: Vec<(u32, Measured)>,
    pub(crate) once: Measured,
    pub(crate) engines: Vec<(u32, ByEngine)>,
    pub(crate) samples: ByEngine,
    pub(crate) peer: Vec<Beside>,
}

/// What a call of the book may take, in seconds; at all sizes up to the one named.
const GOALS: [(&str, u32, f64); 8] = [
    ("create, in an import", u32::MAX, 100e-6),
    ("point read: a record in a list", u32::MAX, 50e-6),
    ("point read: its exact bytes", u32::MAX, 50e-6),
    ("timeline page of 50", u32::MAX, 1e-3),
    ("one kind by date, page of 50", 10_000, 5e-3),
    ("search, 50 hits", 10_000, 5e-3),
    ("search, a word of all", u32::MAX, 20e-3),
    ("open and first page", u32::MAX, 15e-3),
];

/// What is measured once, and its goal in the unit of its name.
const ONCE: [(&str, f64); 5] = [
    ("1,000,000 readings", 4.0),
    ("1,000,000 readings on disk, MiB", 40.0),
    ("a year of readings by day", 5e-3),
    ("import of 129,037 resources", 15.0),
    ("import of 129,037 resources, memory above the open book, MiB", 64.0),
];

/// How much longer encrypted work may take than plain work.
const RATIOS: [(&str, f64); 10] = [
    ("one transaction, processor", 1.35),
    ("batches of 100, processor", 1.1),
    ("one durable add", 1.1),
    ("one durable add, processor", f64::INFINITY),
    ("point read", 1.4),
    ("timeline page of 50", 1.4),
    ("search, 50 hits", 1.4),
    ("search, a word of all", 1.4),
    ("1,000,000 readings, processor", 1.35),
    ("a year by day", 1.4),
];

/// How many times faster than the Android FHIR SDK the book is to be, in the order of the table.
const FASTER: [(&str, f64); 10] = [
    ("create, in bulk", 5.0),
    ("create one", 5.0),
    ("get", 5.0),
    ("update", 5.0),
    ("delete", 5.0),
    ("sort by name, page of 20", 20.0),
    ("sort by name, all", 20.0),
    ("sort by date, page of 20", 20.0),
    ("sort by date, all", 20.0),
    ("search by date, page of 20", 20.0),
];

/// A time as a person reads it.
fn time(seconds: f64) -> String {
    if seconds < 1e-3 {
        format!("{:.1} µs", seconds * 1e6)
    } else if seconds < 1.0 {
        format!("{:.2} ms", seconds * 1e3)
    } else {
        format!("{seconds:.1} s")
    }
}

fn amount(name: &str, value: f64) -> String {
    if name.ends_with("MiB") { format!("{value:.0}") } else { time(value) }
}

fn met(is: bool) -> &'static str {
    if is { "yes" } else { "**no**" }
}

fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let parts: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    parts.iter().map(|part| String::from_utf8_lossy(part)).collect::<Vec<_>>().join(",")
}

impl Report {
    /// The whole file.
    pub(crate) fn to_markdown(&self, machine: &str) -> String {
        let mut text = String::from(
            "# How fast the book is\n\nWritten by `cargo xtask bench`; run it again rather than edit it. Times are those in the \
             middle of many, but for whole imports. What stands here is of one machine and one run, on which other work may \
             have gone on: ratios hold better than times, and time of the processor better than time by the clock.\n\n",
        );
        // Writing into a String cannot fail.
        let _ = writeln!(text, "Machine: {machine}.\n\n## The book\n");
        self.book_table(&mut text);
        let _ = writeln!(text, "\n| once | took | goal | met |\n|---|--:|--:|---|");
        for (name, value) in &self.once {
            let goal = ONCE.iter().find(|(of, _)| of == name).map_or(f64::INFINITY, |(_, goal)| *goal);
            let (shown, is_met) = if goal.is_finite() {
                (amount(name, goal), met(*value <= goal))
            } else {
                (String::new(), "")
            };
            let _ = writeln!(text, "| {name} | {} | {shown} | {is_met} |", amount(name, *value));
        }
        text.push_str(
            "\n## The engine\n\n\
             The book's schema, settings and statements on three engines, each in a process of its own, three rounds in turn: \
             plain SQLite (the same library without a key), the book's (AEGIS-256), and SQLCipher (AES-256-CBC and HMAC-SHA512, \
             a raw key, pages as large). The ratio is to plain.\n",
        );
        for (size, engines) in &self.engines {
            let _ = writeln!(text, "\n### {} records\n", grouped(*size));
            Self::engine_table(&mut text, engines);
        }
        let _ = writeln!(text, "\n### Readings\n");
        Self::engine_table(&mut text, &self.samples);
        self.peer_tables(&mut text);
        text
    }

    fn peer_tables(&self, text: &mut String) {
        if self.peer.is_empty() {
            return;
        }
        text.push_str(
            "\n## Beside the Android FHIR SDK\n\nGoogle's engine 1.2.0 as it is released, on a desktop's Java by Robolectric with the \
             SQLite of this machine, and the book: the same people and results, half of each, in one run. Its database is not \
             encrypted, the book is. Theirs gives resources that are parsed, the book gives exact bytes (get) and rows ready to \
             show (lists). Both commit each call that writes; the book's is on the disk then.\n",
        );
        for Beside { records, ours, theirs } in &self.peer {
            let _ = writeln!(text, "\n### {} records\n", grouped(*records));
            text.push_str(
                "| | the book | Android FHIR SDK | times faster | goal | met |\n|---|--:|--:|--:|--:|---|\n",
            );
            for (name, goal) in FASTER {
                let Some(mine) = ours.get(name) else { continue };
                let Some(other) = theirs.as_ref().and_then(|times| times.get(name)) else {
                    let _ = writeln!(text, "| {name} | {} | not run |  | {goal} |  |", time(*mine));
                    continue;
                };
                let ratio = other / mine;
                let _ = writeln!(
                    text,
                    "| {name} | {} | {} | {ratio:.1} | {goal} | {} |",
                    time(*mine),
                    time(*other),
                    met(ratio >= goal),
                );
            }
        }
    }

    fn book_table(&self, text: &mut String) {
        let sizes: Vec<String> = self.book.iter().map(|(size, _)| grouped(*size)).collect();
        let _ = writeln!(text, "| records | {} | goal | met | largest / smallest |", sizes.join(" | "));
        let _ = writeln!(text, "|---|{}--:|---|--:|", "--:|".repeat(sizes.len()));
        let names: Vec<&str> =
            self.book.first().into_iter().flat_map(|(_, m)| m.iter().map(|(name, _)| *name)).collect();
        for name in names {
            let times: Vec<(u32, f64)> = self
                .book
                .iter()
                .filter_map(|(size, m)| Some((*size, m.iter().find(|(other, _)| *other == name)?.1)))
                .collect();
            let cells: Vec<String> = times.iter().map(|(_, seconds)| time(*seconds)).collect();
            let goal = GOALS.iter().find(|(of, _, _)| *of == name);
            let (shown, is_met) = goal.map_or((String::new(), ""), |(_, upto, goal)| {
                (time(*goal), met(times.iter().all(|(size, seconds)| size > upto || seconds <= goal)))
            });
            let growth = match (times.first(), times.last()) {
                (Some((_, first)), Some((_, last))) => last / first,
                _ => f64::NAN,
            };
            let _ = writeln!(text, "| {name} | {} | {shown} | {is_met} | {growth:.2} |", cells.join(" | "));
        }
    }

    fn engine_table(text: &mut String, engines: &ByEngine) {
        let of = |engine: &str, name: &str| engines.get(engine).and_then(|times| times.get(name)).copied();
        text.push_str("| | plain | AEGIS-256 | ratio | goal | met | SQLCipher | ratio |\n|---|--:|--:|--:|--:|---|--:|--:|\n");
        for (name, goal) in RATIOS {
            let (Some(plain), Some(ours)) = (of("plain", name), of("aegis-256", name)) else { continue };
            let (other, its) = of("SQLCipher", name)
                .map_or(("not run".to_owned(), String::new()), |t| (time(t), format!("{:.2}", t / plain)));
            let ratio = ours / plain;
            let (shown, is_met) =
                if goal.is_finite() { (goal.to_string(), met(ratio <= goal)) } else { (String::new(), "") };
            let _ = writeln!(
                text,
                "| {name} | {} | {} | {ratio:.2} | {shown} | {is_met} | {other} | {its} |",
                time(plain),
                time(ours),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_that_is_missed_is_said_to_be() {
        let book = |page| vec![("timeline page of 50", page), ("one durable add", 3e-3)];
        let engine = |t| [("point read".to_owned(), t)].into_iter().collect();
        let took = |t| ["get", "sort by name, all"].map(|name| (name.to_owned(), t)).into_iter().collect();
        let engines: ByEngine = [("plain", engine(1e-5)), ("aegis-256", engine(2e-5))].into_iter().collect();
        let report = Report {
            book: vec![(1_000, book(4e-4)), (100_000, book(2e-3))],
            once: vec![("1,000,000 readings on disk, MiB", 41.0)],
            engines: vec![(1_000, engines)],
            samples: ByEngine::new(),
            peer: vec![Beside { records: 1_000, ours: took(1e-4), theirs: Some(took(1e-3)) }],
        };
        let text = report.to_markdown("a machine");
        for line in [
            "| records | 1,000 | 100,000 | goal | met | largest / smallest |",
            "| timeline page of 50 | 400.0 µs | 2.00 ms | 1.00 ms | **no** | 5.00 |",
            "| one durable add | 3.00 ms | 3.00 ms |  |  | 1.00 |",
            "| 1,000,000 readings on disk, MiB | 41 | 40 | **no** |",
            "| get | 100.0 µs | 1.00 ms | 10.0 | 5 | yes |",
            "| sort by name, all | 100.0 µs | 1.00 ms | 10.0 | 20 | **no** |",
            "| point read | 10.0 µs | 20.0 µs | 2.00 | 1.4 | **no** | not run |  |",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
}
