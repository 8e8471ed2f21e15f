//! Packages that HL7 publishes: fetched by the npm client and kept in the cache.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cache::Place;
use crate::process::{Failure, command, read, stream};

/// A package of one version. Fetching it needs npm, tar and sha256sum on the machine.
pub(crate) struct Package {
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    /// Of the package file as npm delivers it.
    pub(crate) sha256: &'static str,
}

impl Package {
    /// Its folder, fetched when it is not in the cache yet.
    pub(crate) fn unpacked(&self, place: &Place) -> Result<PathBuf, Failure> {
        let Self { name, version, sha256: expected } = self;
        let shelf = place.cache.join("corpus");
        let unpacked = shelf.join(format!("{name}-{version}"));
        if unpacked.is_dir() {
            return Ok(unpacked);
        }
        fs::create_dir_all(&shelf)?;
        let archive = shelf.join(format!("{name}-{version}.tgz"));
        if !archive.is_file() || sha256(&archive)? != *expected {
            let mut pack = command("npm");
            pack.current_dir(&shelf).args(["pack", "--loglevel", "error"]).arg(format!("{name}@{version}"));
            stream(&mut pack, |_| {})?;
        }
        let sum = sha256(&archive)?;
        if sum != *expected {
            return Err(Failure::new(format!(
                "{name}@{version} has the SHA-256 {sum}, not {expected}: not used"
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
}

fn sha256(file: &Path) -> Result<String, Failure> {
    let line = read(command("sha256sum").arg("--binary").arg(file))?;
    Ok(line.split_whitespace().next().unwrap_or_default().trim_start_matches('\\').to_owned())
}
