//! The program as people and scripts call it: arguments in, output, messages and exit codes out.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod book;
mod change;
mod family;
mod files;
mod hidden;
mod keys;
mod lists;
mod numbers;
mod originals;
mod pages;
#[cfg(unix)]
mod terminal;
mod tour;

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A home of its own, with a book that opens by a key file.
struct Home {
    folder: tempfile::TempDir,
}

/// What a call came to.
struct Said {
    code: i32,
    out: Vec<u8>,
    err: String,
}

impl Said {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("the program ended by itself"),
            out: output.stdout,
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Standard output of a call that went through.
    fn text(&self) -> &str {
        assert_eq!(self.code, 0, "{}", self.err);
        std::str::from_utf8(&self.out).unwrap()
    }

    /// Every line of standard output as JSON; there is nothing else on it.
    fn lines(&self) -> Vec<Value> {
        let text = std::str::from_utf8(&self.out).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
            .collect()
    }

    fn json(&self) -> Value {
        let mut lines = self.lines();
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines.remove(0)
    }

    /// The error's code, on both streams alike.
    fn error(&self) -> String {
        let value = self.lines().pop().unwrap();
        let code = value["error"]["code"].as_str().unwrap().to_owned();
        assert!(self.err.contains(&format!("error[{code}]: ")), "{}", self.err);
        assert!(!value["error"]["message"].as_str().unwrap().is_empty());
        assert!(value["error"]["retry"].is_boolean());
        code
    }
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_healthbook"));
    for (name, _) in std::env::vars_os() {
        let foreign = name.to_string_lossy();
        if foreign.starts_with("HEALTHBOOK")
            || foreign.starts_with("LC_")
            || foreign == "LANG"
            || foreign == "NO_COLOR"
        {
            command.env_remove(&name);
        }
    }
    command.stdin(Stdio::null());
    command
}

impl Home {
    /// A home without a book.
    fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A home with a new book of Nguyễn Thị Mẫu.
    fn new() -> Self {
        let home = Self::empty();
        let made = home.run([
            "create",
            "--name",
            "Nguyễn Thị Mẫu",
            "--born",
            "1958-03-12",
            "--sex",
            "female",
            "--json",
        ]);
        assert_eq!(made.code, 0, "{}", made.err);
        home
    }

    /// The same with all the samples in it.
    fn full() -> Self {
        let home = Self::new();
        let taken =
            home.run([OsStr::new("import"), sample("").as_os_str(), "--title".as_ref(), "Mẫu".as_ref()]);
        assert_eq!(taken.code, 3, "a stranger waits: {}", taken.err);
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        std::fs::write(self.path(name), content).unwrap();
        self.path(name)
    }

    fn command(&self) -> Command {
        let mut command = program();
        command
            .env("HOME", self.folder.path())
            .env("TMPDIR", self.folder.path())
            .env("HEALTHBOOK_DIR", self.path("book"))
            .env("HEALTHBOOK_KEYFILE", self.path("key"));
        command
    }

    fn run(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Said {
        Said::of(self.command().args(args).output().unwrap())
    }

    fn run_with(&self, input: &[u8], args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Said {
        let mut child = self
            .command()
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        Said::of(child.wait_with_output().unwrap())
    }

    /// Adds an entry and answers its identity.
    fn add(&self, args: &[&str]) -> String {
        let said = self.run(["--json", "add"].iter().chain(args));
        assert_eq!(said.code, 0, "{args:?}: {}", said.err);
        said.json()["id"].as_str().unwrap().to_owned()
    }

    /// The record that a search for these words finds first.
    fn find(&self, words: &str) -> Value {
        self.run(["--json", "search", words]).lines().into_iter().next().unwrap_or(Value::Null)
    }
}

/// A bundled sample file, or their folder.
fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)
}

/// Cells of a line in a terminal.
fn width(line: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(line)
}
