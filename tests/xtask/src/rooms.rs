//! The rooms of the house and which may know which, checked from `cargo metadata`.
//!
//! The rooms are those of `ARCHITECTURE.md`, also the ones that are not built yet. A crate that is none of them is a
//! failure: whoever adds one decides here where it stands.

mod phone;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::cache::Place;
use crate::metadata::{self, list, text};
use crate::process::{Failure, say};
use crate::words;

/// Floors from the ground up. A room may know the rooms of lower floors, never one of its own or a higher floor.
const FLOORS: &[&[&str]] = &[
    &["core/model"],
    &["core/formats", "core/sqlite"],
    &["core/vault"],
    &["core/provider", "core/devices", "core/share", "core/insight"],
    &["core/book"],
    &["bindings/ffi"],
    &["bindings/kotlin", "bindings/swift", "bindings/cli"],
];

/// Rooms about the whole. They may know everything and each other; nothing outside knows them.
const TESTS: &[&str] = &[
    "tests/scenarios",
    "tests/faults",
    "tests/probe",
    "tests/hospital",
    "tests/store",
    "tests/simulator",
    "tests/fuzz",
    "tests/benches",
];

/// The build program: it knows no room and no room knows it, because every build waits for its build.
const BUILD: &str = "tests/xtask";

/// What may stand in the top folder besides dot-files.
const TOP_FOLDERS: &[&str] = &["core", "bindings", "android", "ios", "tests"];
const TOP_FILES: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "ARCHITECTURE.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "clippy.toml",
    "deny.toml",
    "rustfmt.toml",
    "pom.xml",
    "Package.swift",
    "Package.resolved",
];

/// Checks the tree and says what it checked.
pub(crate) fn check(place: &Place) -> Result<(), Failure> {
    let metadata = metadata::of(place)?;
    let mut faults = faults(&metadata);
    faults.extend(top_level_faults(&words::files(place)?));
    if faults.is_empty() {
        let members = list(&metadata, "workspace_members").len();
        let shipped = phone::shipped(&metadata).len();
        return say(&format!(
            "{members} crates stand where they belong; {shipped} crates, ours and foreign, reach a phone (on whatever system), none of them forbidden"
        ));
    }
    for fault in &faults {
        say(&format!("rooms: {fault}"))?;
    }
    Err(Failure::new(format!("{} rules of the rooms are broken", faults.len())))
}

/// Every broken rule as a sentence, from the JSON of `cargo metadata` alone.
fn faults(metadata: &Value) -> Vec<String> {
    let members = members(metadata);
    let mut faults = Vec::new();
    if members.is_empty() {
        faults.push("cargo metadata names no crate of this workspace".to_owned());
    }
    for (name, member) in &members {
        let room = member.folder.as_str();
        if floor(room).is_none() && !is_test(room) {
            faults.push(format!(
                "the crate {name} in {room} has no room: put it where it belongs, or give it a floor in \
                 tests/xtask/src/rooms.rs and a line in ARCHITECTURE.md"
            ));
            continue;
        }
        let expected = crate_name(room);
        if *name != expected {
            faults.push(format!("the crate in {room} is called {name}; its name is {expected}"));
        }
        for used in &member.uses {
            let Some(other) = members.get(used) else { continue };
            if let Some(reason) = objection(room, &other.folder) {
                faults.push(format!("{room} may not depend on {}: {reason}", other.folder));
            }
        }
    }
    faults.extend(phone::faults(metadata));
    faults
}

/// A crate of this workspace.
struct Member {
    /// Its folder below the top folder, with `/`.
    folder: String,
    /// The crates of this workspace it names as a dependency of any kind (normal, build, dev, optional, any target).
    uses: Vec<String>,
}

fn members(metadata: &Value) -> BTreeMap<String, Member> {
    let ids: Vec<&str> = list(metadata, "workspace_members").iter().filter_map(Value::as_str).collect();
    let mut members = BTreeMap::new();
    for package in list(metadata, "packages").iter().filter(|package| ids.contains(&text(package, "id"))) {
        let folder = folder(metadata, package);
        let name = text(package, "name").to_owned();
        // A crate may name itself as a dev-dependency, to switch on a feature in its own tests.
        let uses = list(package, "dependencies")
            .iter()
            .filter(|dependency| dependency.get("path").is_some_and(Value::is_string))
            .map(|dependency| text(dependency, "name").to_owned())
            .filter(|used| *used != name)
            .collect();
        members.insert(name, Member { folder, uses });
    }
    members
}

/// Where a crate of this workspace stands, below the top folder.
fn folder(metadata: &Value, package: &Value) -> String {
    let root = Path::new(text(metadata, "workspace_root"));
    let manifest = Path::new(text(package, "manifest_path"));
    let folder = manifest.parent().unwrap_or(manifest);
    folder.strip_prefix(root).unwrap_or(folder).to_string_lossy().replace('\\', "/")
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

fn is_test(room: &str) -> bool {
    room == BUILD || TESTS.contains(&room)
}

/// `healthbook-` and the folder; the facade and the build program have the names people type.
fn crate_name(room: &str) -> String {
    match room {
        "core/book" => "healthbook".to_owned(),
        BUILD => "xtask".to_owned(),
        _ => format!("healthbook-{}", room.rsplit('/').next().unwrap_or(room)),
    }
}

/// Why `room` may not know `other`, if it may not.
fn objection(room: &str, other: &str) -> Option<&'static str> {
    if room == BUILD {
        return Some("every build waits for the build program, so it knows no room");
    }
    if other == BUILD {
        return Some("nothing depends on the build program");
    }
    if is_test(other) {
        return (!is_test(room)).then_some("nothing outside tests/ depends on tests");
    }
    match (floor(room)?, floor(other)?) {
        (own, below) if below < own => None,
        (own, same) if own == same => Some("rooms of one floor do not know each other"),
        _ => Some("dependencies point down, and this one points up"),
    }
}

fn top_level_faults(files: &[String]) -> Vec<String> {
    let mut strangers: Vec<&str> = files
        .iter()
        .filter_map(|file| match file.split_once('/') {
            Some((folder, _)) => (!TOP_FOLDERS.contains(&folder)).then_some(folder),
            None => (!TOP_FILES.contains(&file.as_str())).then_some(file.as_str()),
        })
        .filter(|name| !name.starts_with('.'))
        .collect();
    strangers.sort_unstable();
    strangers.dedup();
    strangers
        .iter()
        .map(|name| format!("{name} does not belong in the top folder: move it into a room"))
        .collect()
}

#[cfg(test)]
mod tests;
