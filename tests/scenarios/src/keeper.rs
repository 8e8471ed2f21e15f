//! A book in another process: started, told what to do, and ended at a moment of the story's choosing.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The program `keeper`, running.
pub struct Keeper {
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Keeper {
    /// Starts the program (`env!("CARGO_BIN_EXE_keeper")` in a test).
    pub fn start(program: &str) -> Self {
        Self::start_with(&mut Command::new(program))
    }

    /// Starts it with a home, a folder for temporary files and a working folder of its own, which a story can look into.
    pub fn start_at(program: &str, home: &Path) -> Self {
        for name in ["home", "temp", "work"] {
            std::fs::create_dir_all(home.join(name)).unwrap();
        }
        let mut command = Command::new(program);
        command.env("HOME", home.join("home")).env("TMPDIR", home.join("temp"));
        command.env("XDG_CACHE_HOME", home.join("home")).env("SQLITE_TMPDIR", home.join("temp"));
        command.current_dir(home.join("work"));
        Self::start_with(&mut command)
    }

    /// Starts a prepared command.
    pub fn start_with(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let orders = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, orders, answers }
    }

    /// Tells it to do something.
    pub fn tell(&mut self, order: &str) {
        writeln!(self.orders, "{order}").unwrap();
        self.orders.flush().unwrap();
    }

    /// The next line it says; `None` when it has ended. A line cut off by a kill was never said.
    pub fn hear(&mut self) -> Option<String> {
        self.answers.next().and_then(Result::ok)
    }

    /// Tells it to do something and hears what that came to, past its acknowledgements.
    pub fn ask(&mut self, order: &str) -> String {
        self.tell(order);
        loop {
            let line = self.hear().expect("an answer");
            let is_step = ["received ", "read ", "copied "].iter().any(|step| line.starts_with(step));
            if !is_step {
                return line;
            }
        }
    }

    /// Ends it at once, without a word to it (SIGKILL), and gives what it had still said.
    pub fn kill(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.answers.map_while(Result::ok).collect()
    }

    /// Lets it come to its own end.
    pub fn leave(self) {
        let Self { mut child, orders, answers } = self;
        drop(orders);
        answers.for_each(drop);
        assert!(child.wait().unwrap().success());
    }
}

/// Numbers that look random and are the same in every run (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}

/// Whether everything is to be tried, which takes long (`cargo xtask faults`), and not a sample of it.
pub fn is_whole_run() -> bool {
    std::env::var_os("HEALTHBOOK_WHOLE_RUN").is_some()
}
