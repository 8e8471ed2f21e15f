//! Standard output and standard error. What goes to a terminal is made harmless here, whoever wrote it.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use serde::Serialize;

use crate::failure::Failure;
use crate::render::text;
use crate::terminal;

/// How a piece of a line looks where there are colours. Nothing is said by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Strong,
    Faint,
    Warning,
}

impl Style {
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Strong => Some("1"),
            Self::Faint => Some("2"),
            Self::Warning => Some("33"),
        }
    }
}

/// Standard output of a command.
pub(crate) struct Out {
    stdout: BufWriter<StdoutLock<'static>>,
    colours: bool,
    /// Nothing but JSON is written.
    only_json: bool,
    /// Columns to write in.
    pub(crate) columns: usize,
}

impl Out {
    pub(crate) fn new() -> Self {
        Self {
            stdout: BufWriter::new(io::stdout().lock()),
            colours: terminal::has_colours(),
            only_json: false,
            columns: terminal::columns(),
        }
    }

    /// From here on what is said in words is left out: somebody asked for JSON and nothing else.
    pub(crate) fn leave_words_out(&mut self) {
        self.only_json = true;
    }

    /// One line of plain text.
    pub(crate) fn line(&mut self, line: &str) -> Result<(), Failure> {
        self.spans(&[(Style::Plain, line)])
    }

    /// One line of pieces.
    pub(crate) fn spans(&mut self, pieces: &[(Style, &str)]) -> Result<(), Failure> {
        if self.only_json {
            return Ok(());
        }
        for (style, piece) in pieces {
            let piece = text::plain(piece);
            match style.code().filter(|_| self.colours && !piece.is_empty()) {
                Some(code) => write!(self.stdout, "\u{1b}[{code}m{piece}\u{1b}[0m")?,
                None => self.stdout.write_all(piece.as_bytes())?,
            }
        }
        Ok(self.stdout.write_all(b"\n")?)
    }

    /// A paragraph, broken into lines, after an indent.
    pub(crate) fn paragraph(&mut self, indent: usize, text: &str) -> Result<(), Failure> {
        self.styled_paragraph(Style::Plain, indent, text)
    }

    pub(crate) fn styled_paragraph(
        &mut self,
        style: Style,
        indent: usize,
        text: &str,
    ) -> Result<(), Failure> {
        for line in text::wrap(text, self.columns.saturating_sub(indent)) {
            self.spans(&[(style, &format!("{:indent$}{line}", ""))])?;
        }
        Ok(())
    }

    /// A heading with an empty line before it.
    pub(crate) fn heading(&mut self, heading: &str) -> Result<(), Failure> {
        self.line("")?;
        self.spans(&[(Style::Strong, &text::cut(heading, self.columns))])
    }

    /// A label and its value, the value in a column of its own and broken there.
    pub(crate) fn pair(
        &mut self,
        label: &str,
        value: &str,
        indent: usize,
        label_cells: usize,
    ) -> Result<(), Failure> {
        let column = indent + label_cells + 2;
        let lines = text::wrap(value, self.columns.saturating_sub(column).max(20));
        let labels = text::wrap(label, label_cells);
        for n in 0..lines.len().max(labels.len()) {
            let (label, line) = (labels.get(n), lines.get(n));
            let label = text::left(label.map_or("", String::as_str), label_cells);
            let head = format!("{:indent$}{label}  ", "");
            match line {
                Some(line) => self.spans(&[(Style::Faint, &head), (Style::Plain, line)])?,
                None => self.spans(&[(Style::Faint, head.trim_end())])?,
            }
        }
        Ok(())
    }

    /// One compact JSON value on a line of its own.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        serde_json::to_writer(&mut self.stdout, value).map_err(io::Error::from)?;
        Ok(self.stdout.write_all(b"\n")?)
    }

    /// Bytes as they are.
    pub(crate) fn bytes(&mut self) -> &mut impl Write {
        &mut self.stdout
    }

    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.stdout.flush()?)
    }
}

/// A message beside the output, on standard error. Nobody reading it is no reason to stop.
pub(crate) fn tell(message: &str) {
    let mut err = io::stderr().lock();
    let columns = if err.is_terminal() { terminal::columns() } else { usize::MAX };
    for line in message.split('\n') {
        let fits = text::width(line) <= columns;
        let lines = if fits { vec![text::plain(line)] } else { text::wrap(line, columns) };
        for line in lines {
            drop(writeln!(err, "{line}"));
        }
    }
}
