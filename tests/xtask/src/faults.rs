//! The whole of what the tests try a sample of: every operation of a book's files made to fail in turn, every bit of a
//! book flipped that a page can show, and a thousand kills. It takes an hour and more, so it is a command of its own.

use crate::cache::Place;
use crate::process::{Failure, say, stream};

/// Runs the stories in full.
pub(crate) fn run(place: &Place) -> Result<(), Failure> {
    for (package, test) in [
        ("healthbook-faults", "faults"),
        ("healthbook-scenarios", "kill_rounds"),
        ("healthbook-scenarios", "safety_pages"),
    ] {
        say(&format!("==> {test}, in full"))?;
        let mut tests = place.cargo();
        tests.env("HEALTHBOOK_WHOLE_RUN", "1");
        tests.args(["test", "--package", package, "--test", test, "--", "--nocapture"]);
        stream(&mut tests, |_| {})?;
    }
    Ok(())
}
