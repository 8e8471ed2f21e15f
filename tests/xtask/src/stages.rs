//! The stages of `cargo xtask test`: their order, their times, and where the run stops.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::cache::Place;
use crate::process::{Failure, command, read, say, stream};
use crate::tally::Tally;
use crate::tools::{self, Tool};
use crate::{corpus, deny, instructions, metadata, process, rooms, size, validate, words};

/// One part of the run.
struct Stage {
    name: &'static str,
    what: &'static str,
    needs: &'static [Tool],
    /// Also part of `--fast`.
    fast: bool,
    run: fn(&mut Run<'_>) -> Result<(), Failure>,
}

/// Cheap ones first, so that most mistakes are told within seconds. The flag is that of `--fast`.
const STAGES: &[Stage] = &[
    stage("tools", "what has to be on the machine", &[], true, |run| tools::prepare(run.place, run.ci)),
    stage("fmt", "the code is formatted", &[Tool::Rustfmt], true, fmt),
    stage("words", "no machine paths, unfinished notes, secrets, empty names", &[Tool::Git], true, |run| {
        words::check(run.place)
    }),
    stage("rooms", "crates point down, nothing forbidden is linked", &[Tool::Git], true, |run| {
        rooms::check(run.place)
    }),
    stage("clippy", "lints, all targets", &[Tool::Clippy, Tool::CCompiler], true, clippy),
    stage("docs", "the documentation builds without a warning", &[Tool::CCompiler], false, docs),
    stage("deny", "licences, sources and banned crates", &[Tool::CCompiler], false, |run| {
        deny::check(run.place)
    }),
    stage("tests", "every unit, scenario and documentation test", &[Tool::CCompiler], true, tests),
    stage("demo", "the released terminal program shows its tour", &[Tool::CCompiler], false, demo),
    stage("size", "the library of every call has not grown over its limit", size::NEEDS, false, |run| {
        size::compare(run.place)
    }),
    stage("counts", "no call costs more instructions than it did", instructions::NEEDS, false, |run| {
        instructions::check(run.place)
    }),
    stage("corpus", "every official R4 example comes back byte for byte", corpus::NEEDS, false, |run| {
        corpus::check(run.place, None)
    }),
    stage(
        "fhir",
        "what a person writes and claims become is valid FHIR and VN Core, says HL7's validator",
        validate::NEEDS,
        false,
        |run| validate::check(run.place),
    ),
    stage("tree", "in CI: the run left the tree as it was", &[Tool::Git], false, tree),
];

const fn stage(
    name: &'static str,
    what: &'static str,
    needs: &'static [Tool],
    fast: bool,
    run: fn(&mut Run<'_>) -> Result<(), Failure>,
) -> Stage {
    Stage { name, what, needs, fast, run }
}

/// A run under way.
struct Run<'a> {
    place: &'a Place,
    ci: bool,
    tally: Tally,
}

/// How a stage ended.
enum End {
    Passed(Duration),
    Failed(Duration),
    Skipped(String),
    NotRun,
}

/// Says which stages there are.
pub(crate) fn list() -> Result<(), Failure> {
    STAGES.iter().try_for_each(|stage| say(&format!("{:7} {}", stage.name, stage.what)))
}

/// Runs the stages and closes with a table of times and, as the very last line, the sums. Returns whether all is well.
pub(crate) fn test(place: &Place, fast: bool, only: Option<&str>) -> Result<bool, Failure> {
    if let Some(name) = only
        && !STAGES.iter().any(|stage| stage.name == name)
    {
        return Err(Failure::new(format!("there is no stage {name}; `cargo xtask stages` lists them")));
    }
    let ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
    let mut run = Run { place, ci, tally: Tally::default() };
    let started = Instant::now();
    let _lock = place.take_target(&metadata::member_names(place)?)?;
    let mut ends = Vec::new();
    let mut broken: Option<&str> = None;
    for stage in STAGES.iter().filter(|stage| only.is_none_or(|name| name == stage.name)) {
        let end = if fast && !stage.fast {
            End::Skipped("not asked for".to_owned())
        } else if broken.is_some() {
            End::NotRun
        } else {
            run.stage(stage)?
        };
        if matches!(end, End::Failed(_)) {
            broken = Some(stage.name);
        }
        ends.push((stage.name, end));
    }
    say(&table(&ends, started.elapsed()))?;
    if let Some(stage) = broken {
        say(&format!("the stage {stage} failed"))?;
    }
    say(&run.tally.close(broken.is_some()).to_string())?;
    Ok(broken.is_none())
}

impl Run<'_> {
    /// Runs one stage. An error from here means that nobody reads our output any more.
    fn stage(&mut self, stage: &Stage) -> Result<End, Failure> {
        say(&format!("\n==> {}: {}", stage.name, stage.what))?;
        let started = Instant::now();
        let missing: Vec<&str> =
            stage.needs.iter().filter(|tool| !tool.is_here()).map(|tool| tool.name()).collect();
        let done = if missing.is_empty() {
            (stage.run)(self)
        } else if self.ci {
            Err(Failure::new(format!("{} missing, and in CI nothing may be skipped", missing.join(", "))))
        } else {
            let reason = format!("needs {}", missing.join(", "));
            say(&reason)?;
            return Ok(End::Skipped(reason));
        };
        let took = started.elapsed();
        match done {
            Ok(()) => {
                say(&format!("<== {}: ok, {}", stage.name, seconds(took)))?;
                Ok(End::Passed(took))
            }
            Err(failure) => {
                say(&format!("<== {}: FAILED, {}\n{failure}", stage.name, seconds(took)))?;
                Ok(End::Failed(took))
            }
        }
    }
}

fn fmt(run: &mut Run<'_>) -> Result<(), Failure> {
    let colour = if process::shows_colours() { "always" } else { "never" };
    stream(run.place.cargo().args(["fmt", "--all", "--check", "--", "--color", colour]), |_| {})
}

fn clippy(run: &mut Run<'_>) -> Result<(), Failure> {
    stream(run.place.cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]), |_| {})
}

fn docs(run: &mut Run<'_>) -> Result<(), Failure> {
    let mut doc = run.place.cargo();
    stream(doc.env("RUSTDOCFLAGS", "-D warnings").args(["doc", "--no-deps", "--workspace"]), |_| {})
}

/// All tests, also when some fail: one run is to tell everything that is broken.
fn tests(run: &mut Run<'_>) -> Result<(), Failure> {
    let mut tally = Tally::default();
    let ended =
        stream(run.place.cargo().args(["test", "--workspace", "--no-fail-fast"]), |line| tally.read(line));
    run.tally = tally;
    ended?;
    // The exit code of cargo and the runners' own words are two witnesses; both must say the same.
    match tally {
        Tally { passed: 0, .. } => Err(Failure::new("cargo test succeeded, but no test ran")),
        Tally { failed: 0, .. } => Ok(()),
        _ => Err(Failure::new("cargo test succeeded, but a runner counted failures")),
    }
}

/// What the README calls first, as a new user would: the released program, with nothing set up.
fn demo(run: &mut Run<'_>) -> Result<(), Failure> {
    stream(run.place.cargo().args(["build", "--release", "--package", "healthbook-cli"]), |_| {})?;
    let mut demo = run.place.cargo();
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("HEALTHBOOK_") {
            demo.env_remove(name);
        }
    }
    let mut lines = 0_usize;
    stream(demo.args(["run", "--quiet", "--release", "--package", "healthbook-cli", "--", "demo"]), |_| {
        lines += 1;
    })?;
    if lines == 0 { Err(Failure::new("the tour showed nothing")) } else { Ok(()) }
}

/// In CI the clone is fresh: what differs now was written by the run (a lock file that was not up to date, a
/// snapshot, a test that writes into the tree).
fn tree(run: &mut Run<'_>) -> Result<(), Failure> {
    if !run.ci {
        return say("only in CI: here the tree may hold work in progress");
    }
    let mut git = command("git");
    git.current_dir(&run.place.root).args(["-c", "safe.directory=*", "status", "--porcelain"]);
    let changes = read(&mut git)?;
    if changes.is_empty() {
        return say("as it was");
    }
    Err(Failure::new(format!("the run changed the tree:\n{}", changes.trim_end())))
}

fn table(ends: &[(&str, End)], whole: Duration) -> String {
    let mut table = String::from("\nstage    time      result\n");
    for (name, end) in ends {
        let (time, result) = match end {
            End::Passed(took) => (seconds(*took), "ok".to_owned()),
            End::Failed(took) => (seconds(*took), "FAILED".to_owned()),
            End::Skipped(reason) => (String::new(), format!("skipped: {reason}")),
            End::NotRun => (String::new(), "not run".to_owned()),
        };
        // Writing into a String cannot fail.
        let _ = writeln!(table, "{name:7} {time:>8}   {result}");
    }
    let _ = writeln!(table, "{:7} {:>8}", "all", seconds(whole));
    table
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_the_stages_that_were_not_run() {
        let ends = [
            ("fmt", End::Passed(Duration::from_millis(1250))),
            ("clippy", End::Failed(Duration::from_secs(61))),
            ("corpus", End::Skipped("needs npm".to_owned())),
            ("tests", End::NotRun),
        ];
        let table = table(&ends, Duration::from_secs(63));
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[2], "fmt        1.2 s   ok");
        assert_eq!(lines[3], "clippy    61.0 s   FAILED");
        assert_eq!(lines[4], "corpus             skipped: needs npm");
        assert_eq!(lines[5], "tests              not run");
    }

    #[test]
    fn a_stage_has_one_name() {
        let mut names: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), STAGES.len());
    }
}
