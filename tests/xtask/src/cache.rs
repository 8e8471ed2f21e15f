//! Where things are: the tree, and the cache outside the tree that makes the second clone fast.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::process::{Failure, cargo, read, say};

/// The folders a run works with.
pub(crate) struct Place {
    /// The top folder of the repository.
    pub(crate) root: PathBuf,
    /// What may be lost and is made again: tools, downloads, build results.
    pub(crate) cache: PathBuf,
    /// The cargo target folder of all stages: `CARGO_TARGET_DIR`, else in the cache, so that a fresh clone finds its
    /// dependencies built.
    pub(crate) target: PathBuf,
}

impl Place {
    /// Finds the tree from the folder we are called in, else from where this program was built.
    pub(crate) fn find() -> Result<Self, Failure> {
        let mut locate = cargo();
        locate.args(["locate-project", "--workspace", "--message-format", "plain"]);
        let manifest = match read(&mut locate) {
            Ok(manifest) => PathBuf::from(manifest.trim()),
            Err(_) => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml").canonicalize()?,
        };
        let root = manifest.parent().ok_or_else(|| Failure::new("the workspace has no folder"))?.to_owned();
        let variable =
            |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let cache = variable("XDG_CACHE_HOME")
            .or_else(|| variable("HOME").map(|home| home.join(".cache")))
            .ok_or_else(|| {
                Failure::new("neither HOME nor XDG_CACHE_HOME is set: there is no place for a cache")
            })?
            .join("healthbook");
        let target = match variable("CARGO_TARGET_DIR") {
            Some(chosen) => std::path::absolute(chosen)?,
            None => cache.join("target"),
        };
        Ok(Self { root, cache, target })
    }

    /// A cargo command in the tree, with the shared target folder.
    pub(crate) fn cargo(&self) -> std::process::Command {
        let mut command = cargo();
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// Takes the target folder for this run, waiting for another clone's run to end, and drops what another clone
    /// built of our own crates. Cargo tells old from new by file times and keys by the path *inside* the workspace,
    /// so without this it could take another clone's build for ours and test the wrong code. Dependencies stay.
    pub(crate) fn take_target(&self, members: &[String]) -> Result<File, Failure> {
        fs::create_dir_all(&self.target)?;
        let lock = File::create(self.target.join(".healthbook-lock"))?;
        if lock.try_lock().is_err() {
            say("waiting for another run that uses the same target folder")?;
            lock.lock()?;
        }
        let stamp = self.target.join(".healthbook-tree");
        let tree = self.root.to_string_lossy();
        match fs::read_to_string(&stamp) {
            Ok(last) if last == tree => {}
            // A new folder, or one that this program never stamped: whose builds it holds is not known.
            _ => {
                for profile in ["dev", "release"] {
                    let mut clean = self.cargo();
                    clean.args(["clean", "--quiet", "--profile", profile]);
                    for member in members {
                        clean.args(["--package", member]);
                    }
                    read(&mut clean)?;
                }
                fs::write(&stamp, tree.as_bytes())?;
            }
        }
        Ok(lock)
    }
}
