//! The terminal itself: how wide it is, whether it has colours, and typing that is not shown.

use std::io::{self, BufRead, IsTerminal, Write};

use healthbook::SecretText;

use crate::failure::Failure;

/// Width of a page when nobody says otherwise.
const PAGE: usize = 80;

/// Columns to write in: the terminal's own, else 80. Very wide lines read badly, so no more than 120.
pub(crate) fn columns() -> usize {
    if io::stdout().is_terminal() { window().unwrap_or(PAGE).clamp(40, 120) } else { PAGE }
}

#[cfg(unix)]
fn window() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

#[cfg(not(unix))]
fn window() -> Option<usize> {
    None
}

/// Colours only where somebody looks, and not for those who asked for none (<https://no-color.org>).
pub(crate) fn has_colours() -> bool {
    io::stdout().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|value| value != "dumb")
}

/// Whether a person can be asked: what is asked goes to standard error, what is answered comes from standard input.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Whether a secret can be asked for: only where typing can be hidden.
pub(crate) fn can_ask_secret() -> bool {
    cfg!(unix) && can_ask()
}

/// A line that the person types, without its line break. `None` at the end of input.
fn typed_line() -> io::Result<Option<String>> {
    // Room enough that a secret is not left behind in smaller buffers while it grows.
    let mut line = String::with_capacity(1024);
    let read = io::stdin().lock().read_line(&mut line)?;
    line.truncate(line.trim_end_matches(['\n', '\r']).len());
    Ok((read > 0).then_some(line))
}

/// Asks for a line.
pub(crate) fn ask(question: &str) -> Result<Option<String>, Failure> {
    let mut err = io::stderr().lock();
    write!(err, "{question} ")?;
    err.flush()?;
    Ok(typed_line()?)
}

/// Asks yes or no; no is the answer to everything that is not a yes.
pub(crate) fn agrees(question: &str) -> Result<bool, Failure> {
    let answer = ask(question)?.unwrap_or_default().trim().to_lowercase();
    Ok(matches!(answer.as_str(), "c" | "có" | "co" | "y" | "yes"))
}

/// Asks for a secret that is not shown while it is typed.
pub(crate) fn ask_secret(question: &str) -> Result<Option<SecretText>, Failure> {
    // Hidden before it is asked for: who types (or pastes) at once loses nothing and shows nothing.
    let hidden = Hidden::start();
    let mut err = io::stderr().lock();
    write!(err, "{question} ")?;
    err.flush()?;
    let line = typed_line();
    drop(hidden);
    writeln!(err)?;
    Ok(line?.map(SecretText::new))
}

#[cfg(unix)]
mod hiding {
    use std::io;
    use std::sync::{Mutex, PoisonError};

    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    /// How the terminal was before typing was hidden.
    static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

    pub(super) fn hide() {
        let Ok(before) = tcgetattr(io::stdin()) else { return };
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        silent.local_modes.remove(LocalModes::ECHONL);
        *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
        // A terminal that refuses shows what is typed; there is no other way to ask.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &silent);
    }

    pub(super) fn show() {
        if let Some(before) = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
        }
    }
}

#[cfg(not(unix))]
mod hiding {
    pub(super) fn hide() {}
    pub(super) fn show() {}
}

/// While it lives, what is typed is not shown.
struct Hidden(());

impl Hidden {
    fn start() -> Self {
        hiding::hide();
        Self(())
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        hiding::show();
    }
}

/// Shows what is typed again, when the program ends while it was hidden.
pub(crate) fn show_typing() {
    hiding::show();
}
