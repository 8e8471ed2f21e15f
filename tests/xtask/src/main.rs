//! Builds and tests the whole of healthbook.
//!
//! `cargo xtask test` is all there is to remember: it sets up what it needs, runs the cheap checks first, says how
//! long each stage took, and ends with the sums of what the test runners counted. See [`USAGE`] for the rest.
//!
//! The program links nothing of the health book and almost nothing else: every other build waits for its build.

mod android_fhir;
mod bench;
mod cache;
mod corpus;
mod deny;
mod faults;
mod fuzz;
mod instructions;
mod metadata;
mod package;
mod process;
mod rooms;
mod size;
mod stages;
mod tally;
mod tools;
mod validate;
mod words;

use std::process::ExitCode;

use crate::process::{Failure, say};

const USAGE: &str = "\
cargo xtask COMMAND

  test [--fast] [--only STAGE]   run every stage, cheap ones first; stops at the first that fails
                                 --fast   leaves out what takes minutes
                                 --only   runs that one stage
  rooms                          check only which crate knows which
  corpus [DIR]                   import every resource of hl7.fhir.r4.examples 4.0.1 (or of DIR) and compare the bytes
  validate                       have HL7's validator look at every kind of own entry and at what claims become, also by VN Core
  fuzz [TARGET] [--seconds N]    run the fuzz targets, 300 s each; needs nightly and cargo-fuzz
  faults                         a failing device, kills and flipped bits in full, of which the tests try a sample
  size                           say what the released library of every call is made of
  instructions [--write]         count what a call costs under valgrind and compare with tests/benches/instructions.tsv
                                 --write  keeps what is counted now
  bench [--million]              measure the book beside other databases and write tests/benches/README.md
  stages                         list the stages of `test`";

/// What was asked for on the command line.
#[derive(Debug, PartialEq)]
enum Task {
    Test { fast: bool, only: Option<String> },
    Rooms,
    Corpus { folder: Option<String> },
    Validate,
    Fuzz { target: Option<String>, seconds: u32 },
    Faults,
    Size,
    Instructions { write: bool },
    Bench { million: bool },
    Stages,
    Help,
}

fn parse(arguments: &[String]) -> Result<Task, String> {
    let mut rest = arguments.iter().map(String::as_str);
    let task = match rest.next() {
        None | Some("help" | "--help" | "-h") => return Ok(Task::Help),
        Some("test") => {
            let (mut fast, mut only) = (false, None);
            while let Some(option) = rest.next() {
                match option {
                    "--fast" => fast = true,
                    "--only" => {
                        only = Some(rest.next().ok_or("--only needs the name of a stage")?.to_owned());
                    }
                    other => return Err(format!("`test` does not know {other}")),
                }
            }
            Task::Test { fast, only }
        }
        Some("corpus") => Task::Corpus { folder: rest.next().map(str::to_owned) },
        Some("validate") => Task::Validate,
        Some("fuzz") => {
            let (mut target, mut seconds) = (None, 300);
            while let Some(word) = rest.next() {
                match word {
                    "--seconds" => {
                        let number = rest.next().and_then(|number| number.parse().ok());
                        seconds = number.ok_or("--seconds needs a number")?;
                    }
                    name if target.is_none() && !name.starts_with('-') => target = Some(name.to_owned()),
                    other => return Err(format!("`fuzz` does not know {other}")),
                }
            }
            Task::Fuzz { target, seconds }
        }
        Some("bench") => match rest.next() {
            None => Task::Bench { million: false },
            Some("--million") => Task::Bench { million: true },
            Some(other) => return Err(format!("`bench` does not know {other}")),
        },
        Some("instructions") => match rest.next() {
            None => Task::Instructions { write: false },
            Some("--write") => Task::Instructions { write: true },
            Some(other) => return Err(format!("`instructions` does not know {other}")),
        },
        Some("rooms") => Task::Rooms,
        Some("faults") => Task::Faults,
        Some("size") => Task::Size,
        Some("stages") => Task::Stages,
        Some(other) => return Err(format!("there is no command {other}")),
    };
    match rest.next() {
        None => Ok(task),
        Some(extra) => Err(format!("{extra} is one argument too many")),
    }
}

/// Does what was asked for; returns whether all is well.
fn perform(task: Task) -> Result<bool, Failure> {
    match task {
        Task::Test { fast, only } => return stages::test(&cache::Place::find()?, fast, only.as_deref()),
        Task::Help => say(USAGE)?,
        Task::Stages => stages::list()?,
        Task::Rooms => rooms::check(&cache::Place::find()?)?,
        Task::Faults => faults::run(&cache::Place::find()?)?,
        Task::Size => size::report(&cache::Place::find()?)?,
        Task::Instructions { write: false } => instructions::check(&cache::Place::find()?)?,
        Task::Instructions { write: true } => instructions::write(&cache::Place::find()?)?,
        Task::Validate => validate::check(&cache::Place::find()?)?,
        Task::Fuzz { target, seconds } => fuzz::run(&cache::Place::find()?, target.as_deref(), seconds)?,
        Task::Bench { million } => bench::run(&cache::Place::find()?, million)?,
        Task::Corpus { folder } => corpus::check(&cache::Place::find()?, folder.as_deref())?,
    }
    Ok(true)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let task = match parse(&arguments) {
        Ok(task) => task,
        Err(complaint) => {
            process::complain(&format!("{complaint}\n\n{USAGE}"));
            return ExitCode::from(2);
        }
    };
    match perform(task) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            process::complain(&failure.to_string());
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Task, String> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn a_mistyped_option_is_refused_instead_of_running_less_than_was_asked() {
        assert_eq!(parsed("test"), Ok(Task::Test { fast: false, only: None }));
        assert_eq!(
            parsed("test --only rooms"),
            Ok(Task::Test { fast: false, only: Some("rooms".to_owned()) })
        );
        assert_eq!(parsed("corpus folder"), Ok(Task::Corpus { folder: Some("folder".to_owned()) }));
        assert_eq!(
            parsed("fuzz card --seconds 5"),
            Ok(Task::Fuzz { target: Some("card".to_owned()), seconds: 5 })
        );
        assert_eq!(parsed("bench --million"), Ok(Task::Bench { million: true }));
        for wrong in [
            "tests",
            "bench --billion",
            "instructions --read",
            "fuzz --seconds",
            "fuzz a b",
            "fuzz --quick",
            "test --only",
            "test --quick",
            "rooms now",
            "corpus a b",
        ] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }
}
