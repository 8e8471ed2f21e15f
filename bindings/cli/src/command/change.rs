//! Editing, correcting, taking out, bringing back, and erasing a record.

use healthbook::{Book, ErrorCode, RecordId};

use crate::args::{Change, Purge};
use crate::command::{Made, assignments};
use crate::failure::{Failure, Outcome};
use crate::render::items;
use crate::session::Session;
use crate::{terminal, words};

#[derive(serde::Serialize)]
struct Erased {
    id: String,
    records: usize,
    versions: u64,
    stretches: u64,
}

/// The changes, or what can be changed when none is given.
fn changes(
    session: &Session,
    book: &Book,
    id: RecordId,
    set: &[String],
) -> Result<Vec<(String, String)>, Failure> {
    if set.is_empty() {
        let known: Vec<String> = book
            .fields(session.reading(), id)?
            .iter()
            .map(|f| format!("{} ({})", f.name, f.title(session.lang)))
            .collect();
        return Err(Failure::Usage(words::SET_WHAT.with(session.lang, &[("fields", &known.join(", "))])));
    }
    assignments(session, set)
}

fn said(session: &mut Session, id: RecordId, phrase: words::Phrase) -> Result<Outcome, Failure> {
    if session.json {
        session.out.json(&Made { id: id.to_string() })?;
    } else {
        session.out.line(&id.to_string())?;
        session.tell(phrase.get(session.lang))?;
    }
    Ok(Outcome::Done)
}

/// A new version of an own entry.
pub(crate) fn edit(session: &mut Session, book: &Book, args: &Change) -> Result<Outcome, Failure> {
    let id = session.record(book, &args.id)?;
    let changes = changes(session, book, id, &args.set)?;
    book.edit(session.reading(), id, &changes)?;
    said(session, id, words::EDITED)
}

/// A correction beside a hospital's record: a record of its own, whose identity is said.
pub(crate) fn correct(session: &mut Session, book: &Book, args: &Change) -> Result<Outcome, Failure> {
    let id = session.record(book, &args.id)?;
    let changes = changes(session, book, id, &args.set)?;
    let new = book.correct(session.reading(), id, &changes)?;
    said(session, new, words::CORRECTED)
}

/// Out of the lists; its history stays.
pub(crate) fn delete(session: &mut Session, book: &Book, typed: &str) -> Result<Outcome, Failure> {
    let id = session.record(book, typed)?;
    book.delete(session.reading(), id)?;
    said(session, id, words::DELETED)
}

/// Back into the lists.
pub(crate) fn restore(session: &mut Session, book: &Book, typed: &str) -> Result<Outcome, Failure> {
    let id = session.record(book, typed)?;
    book.restore(session.reading(), id)?;
    said(session, id, words::RESTORED)
}

/// Gone for good, after saying what goes.
pub(crate) fn purge(session: &mut Session, book: &Book, args: &Purge) -> Result<Outcome, Failure> {
    let id = session.record(book, &args.id)?;
    let plan = book.purge_plan(session.reading(), id)?;
    session.tell(words::PURGE_TAKES.get(session.lang))?;
    let mut hidden = 0;
    for record in &plan.records {
        match book.item(session.reading(), *record) {
            Ok(item) => session.tell(&format!("  {}", items::in_short(&item, session.lang)))?,
            Err(error) if error.code() == ErrorCode::NotFound => hidden += 1,
            Err(error) => return Err(error.into()),
        }
    }
    if hidden > 0 {
        session.tell(&words::PURGE_HIDDEN.with(session.lang, &[("n", &hidden)]))?;
    }
    let counts: [(&str, &dyn std::fmt::Display); 2] =
        [("versions", &plan.versions), ("stretches", &plan.stretches)];
    session.tell(&words::PURGE_COUNTS.with(session.lang, &counts))?;
    if !args.yes {
        if !terminal::can_ask() {
            return Err(Failure::Usage(words::PURGE_NEEDS_YES.get(session.lang).to_owned()));
        }
        if !terminal::agrees(words::PURGE_ASK.get(session.lang))? {
            return Err(Failure::told("stopped", words::NOTHING_DONE.get(session.lang)));
        }
    }
    let plan = book.purge(session.reading(), id)?;
    if session.json {
        session.out.json(&Erased {
            id: id.to_string(),
            records: plan.records.len(),
            versions: plan.versions,
            stretches: plan.stretches,
        })?;
    } else {
        session.out.line(&words::PURGED.with(session.lang, &[("n", &plan.records.len())]))?;
    }
    Ok(Outcome::Done)
}
