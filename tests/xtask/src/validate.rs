//! What a person writes into their book and what claims become is valid FHIR R4, by HL7's own validator, and follows the
//! profiles of VN Core that are at hand but for what `core/docs/vn-core.md` tells.
//!
//! The validator is Java and comes from Maven Central by Maven; it and the definitions of the International Patient Summary,
//! on which those profiles stand, are kept in the cache. The entries are written by the
//! program `own_entries` of `tests/scenarios`: one of every kind, in every way it can be filled in. The claims are written
//! by `claim_records`: every field of every form.

use std::fs;
use std::path::PathBuf;

use crate::cache::Place;
use crate::package::Package;
use crate::process::{Failure, command, say, stream};
use crate::tools::Tool;

/// What the validation needs on the machine.
pub(crate) const NEEDS: &[Tool] =
    &[Tool::CCompiler, Tool::Java, Tool::Maven, Tool::Npm, Tool::Tar, Tool::Sha256sum];

/// The International Patient Summary's definitions.
const SUMMARY: Package = Package {
    name: "hl7.fhir.uv.ips",
    version: "2.0.0",
    sha256: "4a5cff17580f869140614ac51097d81540c63644d550ced8d4cd9b9bce7345c4",
};

/// The validator's own package in the `pom.xml`; its other packages are of the same version.
const PACKAGE: &str = "<artifactId>hapi-fhir-validation</artifactId>";

/// The version that a `pom.xml` names: what is in the cache is of this one.
fn version(pom: &str) -> Option<&str> {
    let (_, after) = pom.split_once(PACKAGE)?;
    let (dependency, _) = after.split_once("</dependency>")?;
    let (_, version) = dependency.split_once("<version>")?;
    version.split_once("</version>").map(|(version, _)| version.trim())
}

/// Writes one of every kind of entry and the records of claims with every field, and validates them all.
pub(crate) fn check(place: &Place) -> Result<(), Failure> {
    let lib = validator(place)?;
    let entries = place.cache.join("validator").join(format!("entries-{}", std::process::id()));
    fs::create_dir_all(&entries)?;
    let checked = write_and_validate(place, &lib, &entries);
    fs::remove_dir_all(&entries)?;
    checked
}

fn write_and_validate(
    place: &Place,
    lib: &std::path::Path,
    entries: &std::path::Path,
) -> Result<(), Failure> {
    for program in ["own_entries", "claim_records"] {
        let mut write = place.cargo();
        write.args(["run", "--quiet", "--package", "healthbook-scenarios", "--bin", program, "--"]);
        stream(write.arg(entries), |_| {})?;
    }
    let java = |program: &str| {
        let mut java = command("java");
        java.arg("-cp").arg(lib.join("*")).arg(source(place).join(program)).arg(entries);
        java
    };
    stream(&mut java("Validate.java"), |_| {})?;
    say("the same against VN Core's profiles of 2021")?;
    let mut against_core = java("VnCore.java");
    against_core.arg(place.root.join("tests/fixtures/vn/vn-core-ig-2021")).arg(SUMMARY.unpacked(place)?);
    stream(against_core.arg(place.root.join("core/docs/vn-core.md")), |_| {})
}

fn source(place: &Place) -> PathBuf {
    place.root.join("tests/xtask/fhir-validator")
}

/// The folder with the validator's libraries, fetched when it is not in the cache yet.
fn validator(place: &Place) -> Result<PathBuf, Failure> {
    let shelf = place.cache.join("validator");
    let pom = source(place).join("pom.xml");
    let text = fs::read_to_string(&pom)?;
    let version =
        version(&text).ok_or_else(|| Failure::new("the validator's pom.xml names no version of it"))?;
    let lib = shelf.join(version);
    if lib.is_dir() {
        return Ok(lib);
    }
    fs::create_dir_all(&shelf)?;
    say("fetching HL7's validator")?;
    // Fetched beside and moved: an interrupted run leaves no half of it under the name that is trusted.
    let beside = shelf.join(format!("fetching-{}", std::process::id()));
    let mut fetch = command("mvn");
    fetch.args(["--quiet", "--batch-mode", "--file"]).arg(pom);
    fetch.arg("dependency:copy-dependencies").arg(format!("-DoutputDirectory={}", beside.display()));
    stream(&mut fetch, |_| {})?;
    fs::rename(&beside, &lib)?;
    Ok(lib)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validator_of_another_version_is_fetched_anew() {
        let pom = include_str!("../fhir-validator/pom.xml");
        let now = version(pom).unwrap();
        assert!(now.split('.').all(|part| part.parse::<u32>().is_ok()), "{now}");
        assert_eq!(
            pom.matches("<groupId>ca.uhn.hapi.fhir</groupId>").count(),
            pom.matches(&format!("<version>{now}</version>")).count(),
            "all packages of the validator are of one version"
        );
        assert_eq!(version(&pom.replace(now, "9.0.1")), Some("9.0.1"));
        assert_eq!(version(&pom.replace(now, "\n  9.0.1\n ")), Some("9.0.1"));
        assert_eq!(version("<project/>"), None);
    }
}
