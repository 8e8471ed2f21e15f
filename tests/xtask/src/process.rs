//! Other programs: their output goes to the terminal as it comes and is read on the way.

use std::ffi::OsStr;
use std::fmt;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::process::{Command, Stdio};

/// Why a stage, and with it the run, did not succeed. A sentence for the person at the terminal.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}

/// Writes one line to the terminal. When nobody reads any more, that is a failure like every other: a run whose
/// output is lost has shown nothing.
pub(crate) fn say(line: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()?;
    Ok(())
}

/// Writes to stderr; that it cannot be written is the one thing nobody can be told.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// A command without a stdin, and without what `cargo run` put into our environment: build scripts that watch
/// those variables would run again at every change between `cargo test` and `cargo xtask test`.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let of_cargo_run = name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "CARGO_BIN_NAME"
        });
        if of_cargo_run {
            command.env_remove(name);
        }
    }
    command
}

/// The cargo that runs us, so that all stages use one toolchain.
pub(crate) fn cargo() -> Command {
    let mut cargo = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // It writes into our pipe and cannot see that a terminal is behind it.
    if shows_colours() && std::env::var_os("CARGO_TERM_COLOR").is_none() {
        cargo.env("CARGO_TERM_COLOR", "always");
    }
    cargo
}

/// Whether what we write is looked at on a terminal that wants colours.
pub(crate) fn shows_colours() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// The command as a person would type it.
fn typed(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let mut line = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

/// Runs a command, shows what it writes (stdout and stderr through one pipe, so that their order holds) and hands
/// each line, without colours, to `each`.
pub(crate) fn stream(command: &mut Command, each: impl FnMut(&str)) -> Result<(), Failure> {
    stream_to(&mut io::stdout(), command, each)
}

fn stream_to(out: &mut impl Write, command: &mut Command, mut each: impl FnMut(&str)) -> Result<(), Failure> {
    let line = typed(command);
    writeln!(out, "$ {line}")?;
    let (reader, writer) = io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let started = command.spawn();
    // The command holds the writing ends; with them open the pipe would never end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = started.map_err(|error| Failure::new(format!("`{line}` did not start: {error}")))?;

    let shown = show(&mut BufReader::new(reader), out, &mut each);
    if shown.is_err() {
        // Nobody reads us; a build that goes on for minutes would only hold the cargo lock.
        let _ = child.kill();
    }
    let status = child.wait()?;
    shown?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("`{line}` failed: {status}"))) }
}

fn show(reader: &mut impl BufRead, out: &mut impl Write, each: &mut impl FnMut(&str)) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    while reader.read_until(b'\n', &mut bytes)? > 0 {
        if !bytes.ends_with(b"\n") {
            // The last line of a command must not swallow the next line of ours.
            bytes.push(b'\n');
        }
        out.write_all(&bytes)?;
        out.flush()?;
        each(&without_colours(&String::from_utf8_lossy(&bytes)));
        bytes.clear();
    }
    Ok(())
}

/// Runs a command unseen and returns what it wrote to stdout.
pub(crate) fn read(command: &mut Command) -> Result<String, Failure> {
    let line = typed(command);
    let output =
        command.output().map_err(|error| Failure::new(format!("`{line}` did not start: {error}")))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::new(format!("`{line}` failed: {}\n{}", output.status, said.trim_end())));
    }
    String::from_utf8(output.stdout).map_err(|_| Failure::new(format!("`{line}` did not write UTF-8")))
}

/// Whether the command can be started and ends well.
pub(crate) fn works(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Takes out the escape sequences `ESC [ … letter`.
fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(character);
        }
    }
    plain.trim_end_matches(['\r', '\n']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_do_not_hide_a_result_line() {
        assert_eq!(
            without_colours("test result: \u{1b}[32mok\u{1b}(B\u{1b}[m. 3 passed\r\n"),
            "test result: ok. 3 passed"
        );
    }

    #[test]
    fn every_line_is_read_and_a_failing_command_is_a_failure() {
        let (mut shown, mut lines) = (Vec::new(), Vec::new());
        let mut both = command("sh");
        both.args(["-c", "echo one; echo two >&2; printf three"]);
        stream_to(&mut shown, &mut both, |line| lines.push(line.to_owned())).unwrap();
        assert_eq!(lines, ["one", "two", "three"]);
        assert!(shown.ends_with(b"\none\ntwo\nthree\n"));
        assert!(stream_to(&mut shown, &mut command("false"), |_| {}).is_err());
        let absent = stream_to(&mut shown, &mut command("a-program-nobody-has"), |_| {}).unwrap_err();
        assert!(absent.to_string().contains("did not start"), "{absent}");
    }

    #[test]
    fn a_command_nobody_listens_to_is_ended() {
        let mut endless = command("sh");
        endless.args(["-c", "while :; do echo more; done"]);
        let mut little_room = [0_u8; 100];
        let mut lines = 0;
        assert!(stream_to(&mut little_room.as_mut_slice(), &mut endless, |_| lines += 1).is_err());
        assert!(lines > 0);
    }
}
