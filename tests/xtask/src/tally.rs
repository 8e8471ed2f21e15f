//! The sums of what the test runners say, and the closing line.

use std::fmt;

/// Tests that were run, as libtest counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Tally {
    /// Adds a line such as `test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; …`.
    /// Every other line changes nothing. What a filter left out was not part of the run and is not counted.
    pub(crate) fn read(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else { return };
        let Some((_, counts)) = result.split_once(". ") else { return };
        for part in counts.split(';') {
            let mut words = part.split_whitespace();
            let Some(count) = words.next().and_then(|count| count.parse::<u64>().ok()) else { continue };
            match words.next() {
                Some("passed") => self.passed += count,
                Some("failed") => self.failed += count,
                Some("ignored") => self.skipped += count,
                _ => {}
            }
        }
    }

    /// A stage that failed without a failing test (a lint, a compile error, a runner that crashed) is one failure:
    /// a run that went wrong never closes with `0 failed`.
    pub(crate) fn close(mut self, stage_failed: bool) -> Self {
        if stage_failed && self.failed == 0 {
            self.failed = 1;
        }
        self
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(formatter, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(lines: &[&str]) -> Tally {
        let mut tally = Tally::default();
        lines.iter().for_each(|line| tally.read(line));
        tally
    }

    #[test]
    fn unit_tests_and_doctests_of_all_crates_are_added_up() {
        let sum = tally(&[
            "running 3 tests",
            "test model::dates ... ok",
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.10s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s",
            "   Doc-tests healthbook",
            "test result: ok. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
        ]);
        assert_eq!(sum, Tally { passed: 19, failed: 2, skipped: 1 });
        assert_eq!(sum.to_string(), "19 passed, 2 failed, 1 skipped");
    }

    #[test]
    fn a_failed_stage_is_never_closed_with_no_failure() {
        assert_eq!(tally(&[]).close(true).to_string(), "0 passed, 1 failed");
        assert_eq!(Tally { passed: 1, failed: 2, skipped: 0 }.close(true).failed, 2);
        assert_eq!(Tally { passed: 1, failed: 0, skipped: 0 }.close(false).to_string(), "1 passed, 0 failed");
    }
}
