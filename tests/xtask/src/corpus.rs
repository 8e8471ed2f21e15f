//! Every official R4 example comes back with the bytes it came with.
//!
//! The comparison is the program `corpus` of
//! `tests/scenarios`, which drives the facade.

use crate::cache::Place;
use crate::package::Package;
use crate::process::{Failure, say, stream};
use crate::tools::Tool;

/// What the comparison needs on the machine.
pub(crate) const NEEDS: &[Tool] = &[Tool::CCompiler, Tool::Npm, Tool::Tar, Tool::Sha256sum];

const EXAMPLES: Package = Package {
    name: "hl7.fhir.r4.examples",
    version: "4.0.1",
    sha256: "dce87f1b5b9341867033f7d1f544fa1b5232503f6d62813887ac6b8a8b6cb682",
};

/// Runs the comparison over the official package, or over `folder`.
pub(crate) fn check(place: &Place, folder: Option<&str>) -> Result<(), Failure> {
    let folder = match folder {
        Some(folder) => std::path::absolute(folder)?,
        None => EXAMPLES.unpacked(place)?,
    };
    say(&format!("corpus: {}", folder.display()))?;
    let mut compare = place.cargo();
    compare
        .args(["run", "--release", "--package", "healthbook-scenarios", "--bin", "corpus", "--"])
        .arg(&folder);
    stream(&mut compare, |_| {})
}
