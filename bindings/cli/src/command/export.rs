//! Taking records, originals and numbers out of the book.

use std::path::Path;

use healthbook::{Book, ExportForm};
use serde::Serialize;

use crate::args::Export;
use crate::command::files::{is_stdout, write_out};
use crate::command::originals;
use crate::failure::{Failure, Outcome};
use crate::progress::Watch;
use crate::session::Session;
use crate::words;

#[derive(Serialize)]
struct Exported {
    exported: u64,
    damaged: u64,
    /// Originals that could not be written.
    failed: u64,
    /// Originals that an earlier export has left in the folder.
    already_there: u64,
    /// Whether restricted records went along.
    restricted: bool,
}

/// `.ndjson` by its name, else a Bundle.
fn form(path: &Path) -> ExportForm {
    match path.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("ndjson") => ExportForm::Ndjson,
        _ => ExportForm::Bundle,
    }
}

/// Writes out what was asked for.
pub(crate) fn run(session: &mut Session, book: &Book, args: &Export) -> Result<Outcome, Failure> {
    let reading = session.reading();
    let mut damaged = 0;
    let mut files = originals::Originals::default();
    let (exported, phrase, to_stdout) = if let Some(path) = &args.fhir {
        let written = write_out(session, path, |session, out| {
            let report = book.export_fhir(reading, form(path), out, &mut Watch::new(session.lang))?;
            damaged = report.damaged;
            Ok(report.records)
        })?;
        (written, words::EXPORTED_RECORDS, is_stdout(path))
    } else if let Some(dir) = &args.documents {
        files = originals::export(session, book, dir)?;
        (files.written, words::EXPORTED_DOCUMENTS, false)
    } else {
        let series = args.csv.as_deref().unwrap_or_default();
        let rows = write_out(session, Path::new("-"), |session, out| {
            Ok(book.export_csv(reading, series, out, &mut Watch::new(session.lang))?)
        })?;
        (rows, words::EXPORTED_ROWS, true)
    };
    if session.json && !to_stdout {
        session.out.json(&Exported {
            exported,
            damaged,
            failed: files.failed,
            already_there: files.there,
            restricted: session.restricted,
        })?;
    } else {
        session.tell(&phrase.with(session.lang, &[("n", &exported)]))?;
    }
    if files.there > 0 {
        session.tell(&words::DOCUMENTS_THERE.with(session.lang, &[("n", &files.there)]))?;
    }
    // Said whether there are any or not: that there are some is itself something restricted.
    if !session.restricted {
        session.tell(words::RESTRICTED_LEFT_OUT.get(session.lang))?;
    }
    if damaged > 0 {
        session.tell(&words::DAMAGED_LEFT_OUT.with(session.lang, &[("n", &damaged)]))?;
    }
    if files.failed > 0 {
        session.tell(&words::DOCUMENTS_FAILED.with(session.lang, &[("n", &files.failed)]))?;
    }
    Ok(if damaged > 0 || files.failed > 0 { Outcome::Part } else { Outcome::Done })
}
