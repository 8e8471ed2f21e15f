//! One call of the program: its language, its book, its output, and how it ends.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::FromArgMatches;
use healthbook::{Book, ErrorCode, Lang, Ports, Reading, RecordId, Secret};
use serde::Serialize;

use crate::args::Cli;
use crate::failure::{Failure, Outcome};
use crate::out::{self, Out};
use crate::secret::{Places, Way};
use crate::{command, help, language, stop, words};

/// What every command works with.
pub(crate) struct Session {
    pub(crate) lang: Lang,
    pub(crate) json: bool,
    pub(crate) restricted: bool,
    pub(crate) places: Places,
    pub(crate) out: Out,
    book: Option<PathBuf>,
}

/// What came of opening a book without asking anybody.
pub(crate) enum Unasked {
    Open(Box<Book>),
    NoBook,
    NoSecret,
}

#[derive(Serialize)]
struct ErrorLine<'a> {
    error: ErrorFields<'a>,
}

#[derive(Serialize)]
struct ErrorFields<'a> {
    code: &'a str,
    message: &'a str,
    retry: bool,
}

/// Runs the program with these arguments.
pub(crate) fn run(args: Vec<OsString>) -> ExitCode {
    let lang = language::chosen(&args, |name| std::env::var(name).ok());
    let json = args.iter().skip(1).take_while(|arg| *arg != "--").any(|arg| arg == "--json");
    let mut out = Out::new();
    let outcome = match help::command(lang)
        .term_width(out.columns)
        .try_get_matches_from(args)
        .and_then(|matches| Cli::from_arg_matches(&matches))
    {
        Err(error) => match help::shown(&error, lang, out.columns) {
            Ok(text) => {
                let written = text.lines().try_for_each(|line| out.line(line));
                written.map(|()| Outcome::Done)
            }
            Err(usage) => Err(usage),
        },
        Ok(cli) => {
            stop::listen(lang);
            let mut session = Session {
                lang,
                json: cli.json,
                restricted: cli.restricted,
                places: Places {
                    passphrase_file: cli.passphrase_file,
                    keyfile: cli.keyfile,
                    recovery_code_file: cli.recovery_code_file,
                },
                book: cli.book,
                out,
            };
            let outcome = command::run(&mut session, cli.command);
            out = session.out;
            outcome
        }
    };
    ExitCode::from(end(out, outcome, lang, json))
}

/// Says how it ended, where it is to be said, and answers the exit code.
fn end(mut out: Out, outcome: Result<Outcome, Failure>, lang: Lang, json: bool) -> u8 {
    let outcome = match (outcome, out.flush()) {
        (Ok(_), Err(failure)) => Err(failure),
        (outcome, _) => outcome,
    };
    let failure = match outcome {
        Ok(outcome) => return outcome.exit_code(),
        Err(Failure::NobodyReads) => return Failure::NobodyReads.exit_code(),
        Err(failure) => failure,
    };
    let sentence = failure.sentence(lang);
    out::tell(&format!("error[{}]: {sentence}", failure.code()));
    if json {
        // The first paragraph is the sentence; what follows is a help page for people.
        let message = sentence.split("\n\n").next().unwrap_or_default();
        let fields = ErrorFields { code: failure.code(), message, retry: failure.retry() };
        drop(out.json(&ErrorLine { error: fields }).and_then(|()| out.flush()));
    }
    failure.exit_code()
}

impl Session {
    pub(crate) fn reading(&self) -> Reading {
        Reading { lang: self.lang, restricted: self.restricted }
    }

    /// The book's folder: the option, else `HEALTHBOOK_DIR`, else the platform's folder for data.
    pub(crate) fn dir(&self) -> Result<PathBuf, Failure> {
        let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(dir) = self.book.clone().or_else(|| var("HEALTHBOOK_DIR")) {
            return Ok(dir);
        }
        let data = if cfg!(windows) {
            var("APPDATA")
        } else if cfg!(target_os = "macos") {
            var("HOME").map(|home| home.join("Library/Application Support"))
        } else {
            var("XDG_DATA_HOME")
                .filter(|dir| dir.is_absolute())
                .or_else(|| var("HOME").map(|home| home.join(".local/share")))
        };
        data.map(|data| data.join("healthbook"))
            .ok_or_else(|| Failure::Usage(words::NO_FOLDER.get(self.lang).to_owned()))
    }

    /// Opens the book, lets the command work, and closes it again whatever came out.
    pub(crate) fn with_book(
        &mut self,
        work: impl FnOnce(&mut Self, &Book) -> Result<Outcome, Failure>,
    ) -> Result<Outcome, Failure> {
        let book = self.open()?;
        if self.restricted {
            // The log tells that the gate was opened; a book that cannot be written is read all the same.
            match book.note_restricted_access() {
                Err(error) if error.code() != ErrorCode::ReadOnly => return Err(error.into()),
                _ => {}
            }
        }
        let outcome = work(self, &book);
        let locked = book.lock();
        // What was done is done and on disk; that the WAL could not be written into the file (a full disk) is no part of it.
        drop(locked);
        outcome
    }

    /// Opens the book by the secret at hand.
    pub(crate) fn open(&self) -> Result<Book, Failure> {
        let dir = self.dir()?;
        // Nobody is asked for the passphrase of a book that is not there.
        if !dir.join("book.db").exists() {
            let phrase = words::NO_BOOK.with(self.lang, &[("dir", &dir.display())]);
            return Err(Failure::told("no-book", phrase));
        }
        self.open_by(&dir, self.places.way(self.lang)?)
    }

    /// Opens the book where there is one and a secret was given by an option or the environment: nobody is asked.
    pub(crate) fn open_unasked(&self) -> Result<Unasked, Failure> {
        let dir = self.dir()?;
        if !dir.join("book.db").exists() {
            return Ok(Unasked::NoBook);
        }
        match self.places.given(self.lang)? {
            Some(way) => self.open_by(&dir, way).map(|book| Unasked::Open(Box::new(book))),
            None => Ok(Unasked::NoSecret),
        }
    }

    fn open_by(&self, dir: &Path, way: Way) -> Result<Book, Failure> {
        let secret = match &way {
            Way::KeyFile(key) => Secret::Keystore(key),
            Way::Passphrase(passphrase) => Secret::Passphrase(passphrase),
            Way::Recovery(code) => Secret::Recovery(code),
        };
        let opened = Book::open(dir, secret, Ports::system());
        let is_wrong = opened.as_ref().is_err_and(|error| error.code() == ErrorCode::WrongSecret);
        match way {
            Way::Passphrase(_) if is_wrong => out::tell(words::FORGOTTEN.get(self.lang)),
            Way::KeyFile(_) if is_wrong => out::tell(words::OTHER_KEY_FILE.get(self.lang)),
            _ => {}
        }
        Ok(opened?)
    }

    /// The record of an identity, or of its beginning, as a person typed it.
    pub(crate) fn record(&self, book: &Book, typed: &str) -> Result<RecordId, Failure> {
        Ok(book.resolve(self.reading(), typed)?)
    }

    /// A message beside the output.
    pub(crate) fn tell(&mut self, message: &str) -> Result<(), Failure> {
        // What was written so far is read before what is said about it.
        self.out.flush()?;
        out::tell(message);
        Ok(())
    }
}

/// The command a person asked for, when they only asked for help with it.
pub(crate) fn help_for(session: &mut Session, path: &[String]) -> Result<Outcome, Failure> {
    let text = help::page(session.lang, path, session.out.columns)
        .ok_or_else(|| Failure::Usage(words::NO_SUCH_COMMAND.get(session.lang).to_owned()))?;
    for line in text.lines() {
        session.out.line(line)?;
    }
    Ok(Outcome::Done)
}
