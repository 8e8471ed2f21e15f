//! The three engines, each in a process of its own, in turn: what slows the machine down for a while slows all of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use healthbook::SecretBytes;
use healthbook_sqlite::rusqlite::{Connection, OpenFlags};

use crate::work::{Done, median};

/// Rounds of all engines, of which the one in the middle counts.
const ROUNDS: usize = 3;

/// Seconds by engine and by what took them.
pub(crate) type ByEngine = BTreeMap<&'static str, BTreeMap<String, f64>>;

/// The book's cipher.
pub(crate) fn aegis(path: &Path) -> Done<Connection> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(healthbook_sqlite::open(path, flags, &SecretBytes::new([0x5a; 32]))?)
}

/// The same library without a key.
pub(crate) fn plain(path: &Path) -> Done<Connection> {
    Ok(Connection::open(path)?)
}

/// Runs every engine there is: `what` is a number of records, or `samples`.
pub(crate) fn run(what: &str, sqlcipher: Option<&Path>) -> Done<ByEngine> {
    let this = std::env::current_exe()?;
    let mut all: BTreeMap<&'static str, BTreeMap<String, Vec<f64>>> = BTreeMap::new();
    for _ in 0..ROUNDS {
        for engine in ["plain", "aegis-256", "SQLCipher"] {
            let mut command = match (engine, sqlcipher) {
                ("SQLCipher", None) => continue,
                ("SQLCipher", Some(program)) => Command::new(program),
                (engine, _) => {
                    let mut command = Command::new(&this);
                    command.arg(engine);
                    command
                }
            };
            let dir = tempfile::tempdir()?;
            let output = command.arg(what).arg(dir.path()).output()?;
            if !output.status.success() {
                return Err(format!("{engine}: {}", String::from_utf8_lossy(&output.stderr)).into());
            }
            for line in String::from_utf8(output.stdout)?.lines() {
                let (name, seconds) = line.split_once('\t').ok_or("a child said something else")?;
                all.entry(engine).or_default().entry(name.to_owned()).or_default().push(seconds.parse()?);
            }
        }
    }
    let middle =
        |times: BTreeMap<String, Vec<f64>>| times.into_iter().map(|(name, t)| (name, median(t))).collect();
    Ok(all.into_iter().map(|(engine, times)| (engine, middle(times))).collect())
}
