//! `import`: files, folders and standard input into the book.

use std::collections::HashMap;
use std::fs;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use healthbook::{Book, ErrorCode, ImportOptions, ImportReport};
use serde::Serialize;

use crate::args::Import;
use crate::command::list::stopped;
use crate::command::person;
use crate::failure::{Failure, Outcome};
use crate::progress::Watch;
use crate::session::Session;
use crate::{input, stop, terminal, words};

/// What an import came to. Other programs rely on the names.
#[derive(Serialize)]
pub(crate) struct ReportLine {
    records: u64,
    new: u64,
    unchanged: u64,
    new_versions: u64,
    documents: u64,
    quarantined: u64,
    not_confirmed: u64,
    /// Files named that were not taken in at all.
    failed: u64,
    /// Files inside an archive that could not be opened. They are in the book as they stood there: new ones are among
    /// `documents`, and those that may be told of among `quarantined`.
    unopened: u64,
    /// Something restricted could not be read; what and how much is told with `--restricted` alone.
    hidden_hole: bool,
    /// Files that were in the book already and keep the source they came with.
    source_kept: u64,
}

/// A file to read, or standard input.
enum Input {
    Stdin,
    File(PathBuf),
}

impl Input {
    fn name(&self) -> Option<String> {
        match self {
            Self::Stdin => None,
            Self::File(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Stdin => "-".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }

    fn open(&self) -> io::Result<Box<dyn Read>> {
        Ok(match self {
            Self::Stdin => input::stdin()?,
            Self::File(path) => input::open(path)?,
        })
    }
}

/// Files named, and those of folders named, in order. Hidden ones are left out, and links inside a folder are not
/// followed: they can point anywhere.
fn inputs(paths: &[PathBuf], failed: &mut Vec<(String, Failure)>, session: &Session) -> Vec<Input> {
    let mut inputs = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            inputs.push(Input::Stdin);
        } else if path.is_dir() {
            let mut files = Vec::new();
            if let Err(error) = files_of(path, &mut files, 0) {
                failed.push((path.display().to_string(), cannot_read(session, path, &error)));
            }
            inputs.extend(files.into_iter().map(Input::File));
        } else {
            inputs.push(Input::File(path.clone()));
        }
    }
    inputs
}

/// Folders inside folders are looked into this deep.
const DEEPEST: usize = 32;

fn files_of(dir: &Path, files: &mut Vec<PathBuf>, depth: usize) -> io::Result<()> {
    let mut entries: Vec<fs::DirEntry> = fs::read_dir(dir)?.collect::<io::Result<_>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries.iter().filter(|entry| !entry.file_name().to_string_lossy().starts_with('.')) {
        let kind = entry.file_type()?;
        if kind.is_dir() && depth < DEEPEST {
            files_of(&entry.path(), files, depth + 1)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn cannot_read(session: &Session, path: &Path, error: &io::Error) -> Failure {
    let phrase = match error.kind() {
        io::ErrorKind::NotFound => words::FILE_NOT_FOUND,
        io::ErrorKind::PermissionDenied => words::FILE_FORBIDDEN,
        _ => words::FILE_UNREADABLE,
    };
    Failure::told("io", phrase.with(session.lang, &[("file", &path.display())]))
}

/// After these nothing more of the import can go well.
fn ends_all(error: &healthbook::Error) -> bool {
    matches!(
        error.code(),
        ErrorCode::Stopped
            | ErrorCode::DiskFull
            | ErrorCode::Damaged
            | ErrorCode::Suspended
            | ErrorCode::InUse
    )
}

/// Takes everything in that was named.
pub(crate) fn run(session: &mut Session, book: &Book, args: &Import) -> Result<Outcome, Failure> {
    let mut failed: Vec<(String, Failure)> = Vec::new();
    let inputs = inputs(&args.paths, &mut failed, session);
    let mut sum = ImportReport::default();
    let mut taken = 0;
    let asks = terminal::can_ask() && !session.json;
    let before = if asks { person::who_waits(session, book)? } else { HashMap::new() };
    {
        let mut watch = Watch::new(session.lang);
        for input in &inputs {
            let options = ImportOptions {
                name: input.name(),
                source: args.source.clone(),
                any_person: args.any_person,
                title: args.title.clone(),
                reading: session.reading(),
            };
            if matches!(input, Input::Stdin) && io::stdin().is_terminal() {
                session.tell(words::TYPE_IT.get(session.lang))?;
            }
            let mut reader = match input.open() {
                Ok(reader) => reader,
                Err(error) => {
                    failed.push((input.shown(), cannot_read(session, Path::new(&input.shown()), &error)));
                    continue;
                }
            };
            match book.import(&mut *reader, &options, &mut watch) {
                Ok(report) => {
                    sum += report;
                    taken += 1;
                }
                Err(error) if ends_all(&error) || stop::asked() => {
                    watch.pause();
                    if taken > 0 {
                        session.tell(&in_words(&sum, session.lang))?;
                    }
                    // A pipe that was let go of is told by what it was let go for.
                    return Err(if stop::asked() { stopped(session) } else { error.into() });
                }
                Err(error) => failed.push((input.shown(), error.into())),
            }
        }
    }
    if taken == 0 {
        return match failed.len() {
            0 => Err(Failure::told("not-found", words::NO_FILES.get(session.lang))),
            1 => Err(failed.remove(0).1),
            _ => {
                name_failed(session, &failed)?;
                Err(Failure::told("unknown-file", words::NONE_TAKEN.get(session.lang)))
            }
        };
    }
    report(session, sum, failed.len())?;
    name_failed(session, &failed)?;
    if sum.unopened > 0 {
        session.tell(&words::UNOPENED.with(session.lang, &[("n", &sum.unopened)]))?;
    }
    if sum.source_kept > 0 {
        session.tell(&words::SOURCE_KEPT.with(session.lang, &[("n", &sum.source_kept)]))?;
    }
    if sum.has_hidden_hole {
        session.tell(words::HIDDEN_HOLE.get(session.lang))?;
    }
    if sum.quarantined > sum.quarantine_waiting {
        let shown = sum.quarantined - sum.quarantine_waiting;
        session.tell(&words::SEE_QUARANTINE.with(session.lang, &[("n", &shown)]))?;
    }
    if sum.quarantine_waiting > 0 {
        session.tell(&words::QUARANTINE_WAITS.with(session.lang, &[("n", &sum.quarantine_waiting)]))?;
    }
    if sum.has_hidden_wait {
        session.tell(words::HIDDEN_WAIT.get(session.lang))?;
    }
    let is_whole = !sum.has_hidden_hole && !sum.has_hidden_wait;
    let is_read = sum.quarantined == 0 && sum.unopened == 0 && is_whole && failed.is_empty();
    if sum.not_confirmed > 0 && asks {
        let left = person::ask_who_came(session, book, &before)?;
        return Ok(if left == 0 && is_read { Outcome::Done } else { Outcome::Part });
    }
    if sum.not_confirmed > 0 {
        session.tell(&words::SEE_REVIEW.with(session.lang, &[("n", &sum.not_confirmed)]))?;
    }
    Ok(if sum.not_confirmed == 0 && is_read { Outcome::Done } else { Outcome::Part })
}

fn report(session: &mut Session, sum: ImportReport, failed: usize) -> Result<(), Failure> {
    if session.json {
        return session.out.json(&ReportLine {
            records: sum.records,
            new: sum.new,
            unchanged: sum.unchanged,
            new_versions: sum.new_versions,
            documents: sum.documents,
            quarantined: sum.quarantined,
            not_confirmed: sum.not_confirmed,
            failed: failed as u64,
            unopened: sum.unopened,
            hidden_hole: sum.has_hidden_hole,
            source_kept: sum.source_kept,
        });
    }
    let line = in_words(&sum, session.lang);
    session.out.paragraph(0, &line)
}

/// An import in one sentence.
pub(crate) fn in_words(sum: &ImportReport, lang: healthbook::Lang) -> String {
    words::IMPORTED.with(
        lang,
        &[
            ("records", &sum.records),
            ("new", &sum.new),
            ("versions", &sum.new_versions),
            ("unchanged", &sum.unchanged),
            ("documents", &sum.documents),
        ],
    )
}

fn name_failed(session: &mut Session, failed: &[(String, Failure)]) -> Result<(), Failure> {
    for (name, failure) in failed {
        let sentence = failure.sentence(session.lang);
        session.tell(&words::NOT_TAKEN.with(session.lang, &[("file", name), ("why", &sentence)]))?;
    }
    Ok(())
}
