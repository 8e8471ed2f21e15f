//! A person at a terminal: what is asked, and what is not shown.

use std::fs::File;
use std::io::Read;
use std::process::Child;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::*;

/// A terminal with the program in it.
struct Terminal {
    screen: File,
    child: Child,
    seen: String,
}

impl Terminal {
    fn start(home: &Home, args: &[&OsStr]) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let slave = || File::options().read(true).write(true).open(&name).unwrap();
        let mut command = home.command();
        command.env_remove("HEALTHBOOK_KEYFILE").env("TERM", "xterm");
        let child = command.args(args).stdin(slave()).stdout(slave()).stderr(slave()).spawn().unwrap();
        Self { screen: File::from(master), child, seen: String::new() }
    }

    /// Reads until this is on the screen.
    fn wait_for(&mut self, text: &str) {
        let mut bytes = Vec::new();
        let mut one = [0; 1];
        while !String::from_utf8_lossy(&bytes).contains(text) {
            match self.something_comes().then(|| self.screen.read(&mut one)) {
                Some(Ok(1)) => bytes.push(one[0]),
                _ => panic!("{text:?} never came; seen: {}", String::from_utf8_lossy(&bytes)),
            }
        }
        self.seen.push_str(&String::from_utf8_lossy(&bytes));
    }

    /// A program that waits for what nobody types fails the test instead of holding it up.
    fn something_comes(&self) -> bool {
        let a_minute = Timespec { tv_sec: 60, tv_nsec: 0 };
        let mut screens = [PollFd::new(&self.screen, PollFlags::IN)];
        poll(&mut screens, Some(&a_minute)).is_ok_and(|ready| ready > 0)
    }

    fn type_in(&mut self, text: &str) {
        self.screen.write_all(text.as_bytes()).unwrap();
    }

    /// Reads to the end and answers the exit code and all that was on the screen.
    fn end(mut self) -> (i32, String) {
        let mut bytes = self.what_is_there();
        let code = self.child.wait().unwrap().code().unwrap();
        // The screen is told to be closed when nobody has it open, even where the last lines came between its look for
        // them and its look at who has it open. Now that the program is gone nothing can come in between.
        bytes.extend(self.what_is_there());
        self.seen.push_str(&String::from_utf8_lossy(&bytes));
        (code, self.seen)
    }

    /// Reads until the screen has nothing more to give: it closes with an error once nobody has it open.
    fn what_is_there(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut some = [0; 4096];
        while let Ok(read @ 1..) = self.screen.read(&mut some) {
            bytes.extend_from_slice(&some[..read]);
        }
        bytes
    }
}

#[test]
fn a_passphrase_is_asked_for_twice_and_never_shown() {
    let home = Home::empty();
    let mut terminal = Terminal::start(&home, &["create".as_ref()]);
    for question in ["Mật khẩu mới: ", "Nhập lại mật khẩu: "] {
        terminal.wait_for(question);
        terminal.type_in("bốn con mèo\n");
    }
    let (code, seen) = terminal.end();
    assert_eq!(code, 0, "{seen}");
    assert!(!seen.contains("mèo") && seen.contains("Mã khôi phục"), "{seen}");

    let mut terminal = Terminal::start(&home, &["--lang".as_ref(), "en".as_ref(), "person".as_ref()]);
    terminal.wait_for("Passphrase of the book: ");
    terminal.type_in("bốn con chó\n");
    let (code, seen) = terminal.end();
    assert_eq!(code, 1);
    assert!(seen.contains("error[wrong-secret]") && !seen.contains("chó"), "{seen}");
}

#[test]
fn two_different_passphrases_make_no_book() {
    let home = Home::empty();
    let mut terminal = Terminal::start(&home, &["create".as_ref()]);
    terminal.wait_for("Mật khẩu mới: ");
    terminal.type_in("một\n");
    terminal.wait_for("Nhập lại mật khẩu: ");
    terminal.type_in("hai\n");
    let (code, seen) = terminal.end();
    assert_eq!(code, 1, "{seen}");
    assert!(!home.path("book/book.db").exists());
}

#[test]
fn whose_records_they_are_is_asked_at_once() {
    for (answer, code, waiting, listed) in [("c\n", 0, 0, true), ("k\n", 0, 0, false), ("\n", 3, 1, false)] {
        let home = Home::new();
        let key = home.path("key");
        let file = sample("stranger.json");
        let args = ["--keyfile".as_ref(), key.as_os_str(), "import".as_ref(), file.as_os_str()];
        let mut terminal = Terminal::start(&home, &args);
        terminal.wait_for("Enter = để sau, t = thôi hỏi]");
        assert!(terminal.seen.contains("Trần Văn Thí Dụ") && terminal.seen.contains("01/07/1990"));
        assert!(terminal.seen.contains("Viêm họng cấp"), "a few of the records are named: {}", terminal.seen);
        terminal.type_in(answer);
        assert_eq!(terminal.end().0, code, "{answer:?}");
        assert_eq!(home.run(["review", "--json"]).lines().len(), waiting, "{answer:?}");
        assert_eq!(!home.run(["timeline", "--json"]).lines().is_empty(), listed, "{answer:?}");
    }
}

#[test]
fn what_was_left_for_later_is_not_asked_about_again() {
    let home = Home::new();
    let key = home.path("key");
    let import = |name: &str| {
        let file = sample(name);
        let args = ["--keyfile".as_ref(), key.as_os_str(), "import".as_ref(), file.as_os_str()];
        Terminal::start(&home, &args)
    };
    for answer in ["t\n", "\u{4}"] {
        let mut terminal = import("stranger.json");
        if answer == "t\n" {
            terminal.wait_for("t = thôi hỏi]");
            terminal.type_in(answer);
        }
        let (code, seen) = terminal.end();
        assert!(code == 3 && seen.contains("lệnh review"), "{code}: {seen:?}");
    }
    let (code, seen) = import("hospital-a.json").end();
    assert!(code == 0 && !seen.contains("Trần Văn Thí Dụ"), "{seen}");
}

#[test]
fn colours_are_for_terminals_and_not_for_those_who_want_none() {
    let home = Home::full();
    let key = home.path("key");
    let args = ["--keyfile".as_ref(), key.as_os_str(), "timeline".as_ref()];
    let (code, seen) = Terminal::start(&home, &args).end();
    assert_eq!(code, 0);
    assert!(seen.contains("\u{1b}[1m"), "{seen}");
}

#[test]
fn ctrl_c_stops_an_import_and_leaves_a_whole_book() {
    let home = Home::new();
    let mut child = home
        .command()
        .args(["import", "-", "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(br#"{"resourceType":"Bundle","type":"collection","entry":["#).unwrap();
    let blank = vec![b' '; 64 * 1024];
    // More than a pipe holds has gone through: the program is in the middle of it.
    (0..100).for_each(|_| input.write_all(&blank).unwrap());
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let stopped = (0..4000).any(|_| input.write_all(&blank).is_err());
    assert!(stopped, "it goes on reading for 250 MB");
    let said = Said::of(child.wait_with_output().unwrap());
    assert_eq!((said.code, said.error().as_str()), (1, "stopped"));
    assert_eq!(home.run(["verify", "--json"]).json()["ok"], true);
    assert_eq!(home.run(["documents", "--json"]).lines().len(), 0);
}

#[test]
fn ctrl_c_gets_in_between_while_a_pipe_says_nothing() {
    let home = Home::new();
    let pipe = home.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command = home.command();
    command.args([OsStr::new("import"), pipe.as_os_str(), "--json".as_ref()]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Once the other end can be opened the program reads; it gets a beginning, and then waits for more.
    let mut writer = File::options().write(true).open(&pipe).unwrap();
    writer.write_all(b"{").unwrap();
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let said = Said::of(child.wait_with_output().unwrap());
    drop(writer);
    assert_eq!((said.code, said.error().as_str()), (1, "stopped"), "{}", said.err);
    assert_eq!(home.run(["documents", "--json"]).lines().len(), 0);
    assert_eq!(home.run(["verify", "--json"]).json()["ok"], true);
}

#[test]
fn a_pipe_by_its_name_is_read_to_its_end() {
    let home = Home::new();
    let pipe = home.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let writer = {
        let pipe = pipe.clone();
        std::thread::spawn(move || std::fs::write(pipe, std::fs::read(sample("hospital-b.json")).unwrap()))
    };
    let said = home.run([OsStr::new("import"), pipe.as_os_str(), "--json".as_ref()]);
    assert_eq!((said.code, &said.json()["documents"]), (0, &Value::from(1)), "{}", said.err);
    writer.join().unwrap().unwrap();
}
