//! What a call of the book costs in instructions: counted by valgrind, and compared with what it cost when somebody last
//! looked. Unlike a time it does not depend on what else the machine does.
//!
//! Each call is made so often and then twice so often; the difference of the two runs is that of the calls alone. The
//! counts are those of one architecture, and move a little with the compiler, the C library and what the processor can do:
//! the comparison is loose.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::cache::Place;
use crate::process::{Failure, command, read, say, stream};
use crate::tools::Tool;

/// What the counting needs.
pub(crate) const NEEDS: &[Tool] = &[Tool::CCompiler, Tool::Valgrind];

/// The architecture of the counts that are kept.
const ARCHITECTURE: &str = "x86_64";

/// How often a call is made in the shorter run.
const TIMES: u32 = 60;

/// How much more a call may cost than is kept, in percent.
const MORE: i64 = 12;

/// How much less is worth keeping.
const LESS: i64 = -15;

fn kept_in(place: &Place) -> PathBuf {
    place.root.join("tests/benches/instructions.tsv")
}

/// A call and what one of it costs.
type Count = (String, u64);

/// Reads what is kept: `#` begins a remark, else a call, a tab and a number.
fn parse(text: &str) -> Option<Vec<Count>> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (name, number) = line.split_once('\t')?;
            Some((name.to_owned(), number.parse().ok()?))
        })
        .collect()
}

fn written(counts: &[Count]) -> String {
    let mut text = format!(
        "# Instructions of one call of the released library on {ARCHITECTURE}; written by `cargo xtask instructions --write`.\n"
    );
    for (name, count) in counts {
        // Writing into a String cannot fail.
        let _ = writeln!(text, "{name}\t{count}");
    }
    text
}

/// What there is to say of each call, and whether all is well.
fn verdict(kept: &[Count], counted: &[Count]) -> (Vec<String>, bool) {
    let mut is_well = true;
    let mut lines = Vec::new();
    for (name, now) in counted {
        let Some((_, before)) = kept.iter().find(|(known, _)| known == name) else {
            is_well = false;
            lines.push(format!("{name}: {now}, and nothing is kept"));
            continue;
        };
        let change = (i128::from(*now) - i128::from(*before)) * 100 / i128::from((*before).max(1));
        let said = if change > i128::from(MORE) {
            is_well = false;
            "MORE than it may"
        } else if change < i128::from(LESS) {
            "less: keep it with `cargo xtask instructions --write`"
        } else {
            "ok"
        };
        lines.push(format!("{name}: {now}, was {before}, {change:+} %: {said}"));
    }
    for (name, _) in kept.iter().filter(|(name, _)| counted.iter().all(|(known, _)| known != name)) {
        is_well = false;
        lines.push(format!("{name}: is kept and was not counted"));
    }
    (lines, is_well)
}

/// Counts every call and compares.
pub(crate) fn check(place: &Place) -> Result<(), Failure> {
    if std::env::consts::ARCH != ARCHITECTURE {
        return say(&format!("the counts that are kept are of {ARCHITECTURE}: nothing to compare here"));
    }
    let kept = std::fs::read_to_string(kept_in(place))?;
    let kept = parse(&kept).ok_or_else(|| Failure::new("instructions.tsv cannot be read"))?;
    let (lines, is_well) = verdict(&kept, &count(place)?);
    lines.iter().try_for_each(|line| say(line))?;
    if is_well {
        return Ok(());
    }
    Err(Failure::new(
        "a call has become dearer; when that is meant, `cargo xtask instructions --write` keeps what it costs now",
    ))
}

/// Counts every call and keeps the counts.
pub(crate) fn write(place: &Place) -> Result<(), Failure> {
    let text = written(&count(place)?);
    std::fs::write(kept_in(place), &text)?;
    say(&text)
}

fn count(place: &Place) -> Result<Vec<Count>, Failure> {
    stream(place.cargo().args(["build", "--release", "--package", "healthbook-benches"]), |_| {})?;
    let program = place.target.join("release/healthbook-benches");
    let names = read(command(&program).args(["calls", "names"]))?;
    let counts = names.lines().map(|name| {
        let (once, twice) = (run(place, &program, name, TIMES)?, run(place, &program, name, 2 * TIMES)?);
        Ok((name.to_owned(), twice.saturating_sub(once) / u64::from(TIMES)))
    });
    counts.collect()
}

/// Instructions of a whole run.
fn run(place: &Place, program: &Path, name: &str, times: u32) -> Result<u64, Failure> {
    let out = place.target.join(format!("instructions-{}", std::process::id()));
    let mut valgrind = command("valgrind");
    valgrind.args(["--quiet", "--tool=cachegrind", "--cache-sim=no"]);
    valgrind.arg(format!("--cachegrind-out-file={}", out.display()));
    read(valgrind.arg(program).args(["calls", name, &times.to_string()]))?;
    let text = std::fs::read_to_string(&out)?;
    std::fs::remove_file(&out)?;
    total(&text).ok_or_else(|| Failure::new("valgrind told no sum of instructions"))
}

/// The sum at the end of what cachegrind writes.
fn total(text: &str) -> Option<u64> {
    text.lines().rev().find_map(|line| line.strip_prefix("summary:"))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(of: &[(&str, u64)]) -> Vec<Count> {
        of.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    #[test]
    fn a_call_that_has_become_dearer_fails_and_one_that_has_become_cheaper_is_said() {
        let kept = counts(&[("get", 1000), ("create", 1000)]);
        for (get, is_well, said) in [
            (1000, true, "+0 %: ok"),
            (1120, true, "+12 %: ok"),
            (1130, false, "+13 %: MORE"),
            (850, true, "-15 %: ok"),
            (800, true, "-20 %: less"),
        ] {
            let (lines, all) = verdict(&kept, &counts(&[("get", get), ("create", 1000)]));
            assert_eq!(all, is_well, "{lines:?}");
            assert!(lines[0].contains(said), "{lines:?}");
        }
        assert!(!verdict(&kept, &counts(&[("get", 1000)])).1, "a call that was not counted");
        assert!(!verdict(&kept[..1], &kept).1, "a call of which nothing is kept");
    }

    #[test]
    fn what_is_written_is_read_again() {
        let some = counts(&[("timeline page", 900_000), ("get", 7)]);
        assert_eq!(parse(&written(&some)), Some(some));
        assert_eq!(parse("get 7"), None);
        assert_eq!(total("desc: x\nfn=main\n3 5\nsummary: 1234567\n"), Some(1_234_567));
        assert_eq!(total("summary:"), None);
    }
}
