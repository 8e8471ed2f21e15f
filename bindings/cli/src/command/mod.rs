//! The commands, one module a family.

pub(crate) mod add;
mod book;
mod change;
mod demo;
mod export;
mod files;
mod import;
mod keys;
mod list;
mod logs;
mod originals;
mod person;
mod scan;
mod show;
mod trend;

use crate::args::Command;
use crate::failure::{Failure, Outcome};
use crate::session::{self, Session};

/// Does what was asked.
pub(crate) fn run(session: &mut Session, asked: Command) -> Result<Outcome, Failure> {
    match asked {
        Command::Demo(args) => demo::run(session, args),
        Command::Create(args) => book::create(session, args),
        Command::Import(args) => session.with_book(|session, book| import::run(session, book, &args)),
        Command::Timeline(args) => session.with_book(|session, book| list::timeline(session, book, args)),
        Command::Show(args) => session.with_book(|session, book| show::run(session, book, &args)),
        Command::Search(args) => session.with_book(|session, book| list::search(session, book, &args)),
        Command::Trend(args) => match args.series.clone() {
            Some(series) => session.with_book(|session, book| trend::run(session, book, &series, &args)),
            None => trend::names(session),
        },
        Command::Add(args) => session.with_book(|session, book| add::run(session, book, &args)),
        Command::Edit(args) => session.with_book(|session, book| change::edit(session, book, &args)),
        Command::Correct(args) => session.with_book(|session, book| change::correct(session, book, &args)),
        Command::Delete(args) => session.with_book(|session, book| change::delete(session, book, &args.id)),
        Command::Restore(args) => session.with_book(|session, book| change::restore(session, book, &args.id)),
        Command::Purge(args) => session.with_book(|session, book| change::purge(session, book, &args)),
        Command::Person(args) => session.with_book(|session, book| person::person(session, book, &args)),
        Command::Card => session.with_book(person::card),
        Command::Emergency => session.with_book(person::emergency),
        Command::Review(args) => session.with_book(|session, book| person::review(session, book, &args)),
        Command::Scan(args) => scan::run(session, &args),
        Command::Documents(args) => session.with_book(|session, book| files::documents(session, book, &args)),
        Command::Document(args) => session.with_book(|session, book| files::document(session, book, &args)),
        Command::Quarantine(args) => {
            session.with_book(|session, book| files::quarantine(session, book, &args))
        }
        Command::Export(args) => session.with_book(|session, book| export::run(session, book, &args)),
        Command::Audit(args) => session.with_book(|session, book| logs::audit(session, book, &args)),
        Command::Consent(args) => session.with_book(|session, book| logs::consent(session, book, &args)),
        Command::Passphrase(args) => {
            session.with_book(|session, book| keys::passphrase(session, book, &args))
        }
        Command::RecoveryCode(args) => {
            session.with_book(|session, book| keys::recovery_code(session, book, &args))
        }
        Command::RotateKey(args) => session.with_book(|session, book| keys::rotate(session, book, &args)),
        Command::Verify => session.with_book(book::verify),
        Command::Stats => session.with_book(book::stats),
        Command::Erase(args) => book::erase(session, &args),
        Command::Help(args) => session::help_for(session, &args.command),
    }
}

/// `FIELD=VALUE` as it was typed, in two.
fn assignments(session: &Session, typed: &[String]) -> Result<Vec<(String, String)>, Failure> {
    typed
        .iter()
        .map(|pair| {
            pair.split_once('=')
                .map(|(field, value)| (field.trim().to_owned(), value.to_owned()))
                .ok_or_else(|| Failure::Usage(crate::words::FIELD_VALUE.get(session.lang).to_owned()))
        })
        .collect()
}

/// Only the identity of something that was made.
#[derive(serde::Serialize)]
struct Made {
    id: String,
}
