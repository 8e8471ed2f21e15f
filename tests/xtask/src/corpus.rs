//! Every official R4 example comes back with the bytes it came with.
//!
//! The package is fetched by the npm client and kept in the cache; the comparison is the program `corpus` of
//! `tests/scenarios`, which drives the facade.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cache::Place;
use crate::process::{Failure, command, read, say, stream};
use crate::tools::Tool;

/// What the comparison needs on the machine.
pub(crate) const NEEDS: &[Tool] = &[Tool::CCompiler, Tool::Npm, Tool::Tar, Tool::Sha256sum];

const PACKAGE: &str = "hl7.fhir.r4.examples";
const VERSION: &str = "4.0.1";
/// Of the package file as npm delivers it.
const SHA256: &str = "dce87f1b5b9341867033f7d1f544fa1b5232503f6d62813887ac6b8a8b6cb682";

/// Runs the comparison over the official package, or over `folder`.
pub(crate) fn check(place: &Place, folder: Option<&str>) -> Result<(), Failure> {
    let folder = match folder {
        Some(folder) => std::path::absolute(folder)?,
        None => official(place)?,
    };
    say(&format!("corpus: {}", folder.display()))?;
    let mut compare = place.cargo();
    compare
        .args(["run", "--release", "--package", "healthbook-scenarios", "--bin", "corpus", "--"])
        .arg(&folder);
    stream(&mut compare, |_| {})
}

/// The unpacked package, fetched when it is not in the cache yet.
fn official(place: &Place) -> Result<PathBuf, Failure> {
    let shelf = place.cache.join("corpus");
    let unpacked = shelf.join(format!("{PACKAGE}-{VERSION}"));
    if unpacked.is_dir() {
        return Ok(unpacked);
    }
    fs::create_dir_all(&shelf)?;
    let archive = shelf.join(format!("{PACKAGE}-{VERSION}.tgz"));
    if !archive.is_file() || sha256(&archive)? != SHA256 {
        let mut pack = command("npm");
        pack.current_dir(&shelf).args(["pack", "--loglevel", "error"]).arg(format!("{PACKAGE}@{VERSION}"));
        stream(&mut pack, |_| {})?;
    }
    let sum = sha256(&archive)?;
    if sum != SHA256 {
        return Err(Failure::new(format!(
            "{PACKAGE}@{VERSION} has the SHA-256 {sum}, not {SHA256}: not used"
        )));
    }
    // Unpacked beside and moved: an interrupted run leaves no half of it under the name that is trusted.
    let beside = shelf.join(format!("unpacking-{}", std::process::id()));
    fs::create_dir_all(&beside)?;
    stream(command("tar").arg("-xzf").arg(&archive).arg("-C").arg(&beside), |_| {})?;
    fs::rename(beside.join("package"), &unpacked)?;
    fs::remove_dir_all(&beside)?;
    Ok(unpacked)
}

fn sha256(file: &Path) -> Result<String, Failure> {
    let line = read(command("sha256sum").arg("--binary").arg(file))?;
    Ok(line.split_whitespace().next().unwrap_or_default().trim_start_matches('\\').to_owned())
}
