//! What ends a command early, and the exit code it becomes.

use std::io;

use healthbook::{ErrorCode, Lang};

/// A command that ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The book's own error.
    Book(healthbook::Error),
    /// An error of the terminal program: its code and its sentence.
    Told {
        /// Stable, in kebab-case.
        code: &'static str,
        /// In the reader's language.
        sentence: String,
    },
    /// The command was called wrongly.
    Usage(String),
    /// Nobody reads the output any more.
    NobodyReads,
}

impl Failure {
    pub(crate) fn told(code: &'static str, sentence: impl Into<String>) -> Self {
        Self::Told { code, sentence: sentence.into() }
    }

    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Book(error) => error.code().as_str(),
            Self::Told { code, .. } => code,
            Self::Usage(_) => "wrong-usage",
            Self::NobodyReads => "io",
        }
    }

    pub(crate) fn sentence(&self, lang: Lang) -> String {
        match self {
            Self::Book(error) => error.sentence(lang),
            Self::Told { sentence, .. } | Self::Usage(sentence) => sentence.clone(),
            Self::NobodyReads => ErrorCode::Io.sentence(lang).to_owned(),
        }
    }

    /// Whether the same call can succeed when it is made again.
    pub(crate) fn retry(&self) -> bool {
        match self {
            Self::Book(error) => error.retry(),
            _ => false,
        }
    }

    /// 1 failed, 2 wrong usage. A reader that went away (`| head`) has what it wanted.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::NobodyReads => 0,
            Self::Book(_) | Self::Told { .. } => 1,
        }
    }
}

impl From<healthbook::Error> for Failure {
    fn from(error: healthbook::Error) -> Self {
        Self::Book(error)
    }
}

/// Errors of writing to standard output; files name themselves where they are written.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::NobodyReads,
            _ => Self::Book(error.into()),
        }
    }
}

/// How a command that went through ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All of it was done.
    Done,
    /// Some of it: something is left for the person to look at.
    Part,
    /// It was looked at and is not well (`verify`, a recovery code that is not this book's).
    NotWell,
}

impl Outcome {
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::NotWell => 1,
            Self::Part => 3,
        }
    }
}
