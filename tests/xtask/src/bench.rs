//! The benchmark of `tests/benches`: it takes minutes and a quiet machine, so it is a command of its own and no stage of
//! `cargo xtask test`.

use std::path::PathBuf;

use crate::android_fhir;
use crate::cache::Place;
use crate::process::{Failure, command, say, stream};

/// Builds everything and writes `tests/benches/README.md`; with a million records when `million` is set.
pub(crate) fn run(place: &Place, million: bool) -> Result<(), Failure> {
    let sqlcipher = sqlcipher(place)?;
    let mut bench = place.cargo();
    bench.args(["run", "--release", "--package", "healthbook-benches", "--bin", "healthbook-benches", "--"]);
    if let Some(program) = sqlcipher {
        bench.arg("--sqlcipher").arg(program);
    }
    if let Some(arguments) = android_fhir::arguments(place)? {
        bench.arg("--android-fhir").arg(arguments);
    }
    if million {
        bench.args(["--largest", "1000000"]);
    }
    stream(bench.arg("--to").arg(place.root.join("tests/benches/README.md")), |_| {})
}

/// The child that links SQLCipher. It builds an OpenSSL of its own, which needs perl and make; without it the table has no
/// column for it.
fn sqlcipher(place: &Place) -> Result<Option<PathBuf>, Failure> {
    let target = place.cache.join("sqlcipher/target");
    let mut build = command("cargo");
    build.current_dir(place.root.join("tests/benches/sqlcipher")).env("CARGO_TARGET_DIR", &target).args([
        "build",
        "--release",
        "--locked",
    ]);
    if let Err(failure) = stream(&mut build, |_| {}) {
        say(&format!("without SQLCipher: {failure}"))?;
        return Ok(None);
    }
    Ok(Some(target.join("release/sqlcipher-bench")))
}
