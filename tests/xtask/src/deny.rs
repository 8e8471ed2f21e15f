//! `cargo deny`: licences, sources and banned crates, as `deny.toml` says.

use std::path::PathBuf;
use std::process::Command;

use crate::cache::Place;
use crate::process::{Failure, cargo, command, read, say, stream};

/// The version the rules were written for; another one may read them differently.
const VERSION: &str = "0.20.2";

/// Runs the checks that need nothing but the crates' own sources.
pub(crate) fn check(place: &Place) -> Result<(), Failure> {
    let program = program(place)?;
    let mut deny = command(&program);
    // `cargo deny` asks cargo for the graph; the shared folder keeps it from writing into the tree.
    deny.current_dir(&place.root).env("CARGO_TARGET_DIR", &place.target);
    stream(deny.args(["deny", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]), |_| {})?;
    say(
        "advisories were not checked: their database is a git repository, and a run needs no network but the registries",
    )
}

/// Our own copy in the cache; the first run builds it, which takes three to six minutes on two cores.
fn program(place: &Place) -> Result<PathBuf, Failure> {
    let tools = place.cache.join("tools");
    let program = tools.join("bin").join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    let version = |program: &mut Command| read(program.args(["deny", "--version"])).unwrap_or_default();
    if version(&mut command(&program)).split_whitespace().last() != Some(VERSION) {
        let build = place.cache.join("tools-build");
        // Not in the tree: its lints and toolchain settings are not for other people's programs.
        let mut install = cargo();
        std::fs::create_dir_all(&tools)?;
        install.current_dir(&tools).env("CARGO_TARGET_DIR", &build);
        install
            .args(["install", "cargo-deny", "--version", VERSION, "--locked", "--force", "--root"])
            .arg(&tools);
        stream(&mut install, |_| {})?;
        std::fs::remove_dir_all(&build)?;
    }
    Ok(program)
}
