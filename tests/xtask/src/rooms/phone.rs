//! What is linked into an app on a phone: no runtime, no second crypto, no C but SQLite with its cipher and ring.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use super::folder;
use crate::metadata::{list, text};

/// The rooms an app links: all of the core, and what stands on it for the apps.
fn ships(room: &str) -> bool {
    room.starts_with("core/") || ["bindings/ffi", "bindings/kotlin", "bindings/swift"].contains(&room)
}

/// Crates that must not reach a phone, with the reason. A name that ends in `*` means every name that starts so.
const FORBIDDEN: &[(&str, &str)] = &[
    ("tokio", "the core has no runtime inside"),
    ("async-std", "the core has no runtime inside"),
    ("smol", "the core has no runtime inside"),
    ("reqwest", "the platform sends the bytes"),
    ("hyper", "the platform sends the bytes"),
    ("ureq", "the platform sends the bytes; ureq is for the terminal and tests"),
    ("openssl*", "ring is the one source of primitives"),
    ("native-tls", "it brings OpenSSL"),
    ("aws-lc-*", "a second crypto library in C; ring is the one"),
    ("libz-sys", "flate2 runs on Rust code"),
];

/// Crates that compile or look for C code, when another crate's build script uses them.
const C_BUILDERS: &[&str] =
    &["cc", "cmake", "bindgen", "nasm-rs", "autotools", "meson", "pkg-config", "vcpkg", "system-deps"];

/// Who may: ring for its primitives, healthbook-sqlite for the database. With the feature `in_gecko`, which is
/// checked below, the build script of libsqlite3-sys neither compiles nor links anything.
const MAY_BUILD_C: &[&str] = &["ring", "healthbook-sqlite", "libsqlite3-sys"];

/// `links` keys that mean no C library: wasm-bindgen-shared claims one so that only one version of it is built.
const NOT_A_LIBRARY: &[&str] = &["wasm-bindgen-shared"];

/// A crate that reaches a phone.
pub(super) struct Shipped<'a> {
    package: &'a Value,
    features: Vec<&'a str>,
    /// The crates it is built with or links, by id, and whether only its build script uses them.
    uses: Vec<(&'a str, bool)>,
    /// Who brought it, by id; none for our own crates.
    brought_by: Option<&'a str>,
}

/// All crates that normal and build dependencies bring to a phone, by id; shortest ways first, on every system.
pub(super) fn shipped(metadata: &Value) -> BTreeMap<&str, Shipped<'_>> {
    let packages: BTreeMap<&str, &Value> =
        list(metadata, "packages").iter().map(|package| (text(package, "id"), package)).collect();
    let nodes: BTreeMap<&str, &Value> = metadata
        .get("resolve")
        .map_or(&[][..], |resolve| list(resolve, "nodes"))
        .iter()
        .map(|node| (text(node, "id"), node))
        .collect();
    let members = list(metadata, "workspace_members");
    let mut queue: VecDeque<(&str, Option<&str>)> = members
        .iter()
        .filter_map(Value::as_str)
        .filter(|id| packages.get(id).is_some_and(|package| ships(&folder(metadata, package))))
        .map(|id| (id, None))
        .collect();
    let mut shipped = BTreeMap::new();
    while let Some((id, brought_by)) = queue.pop_front() {
        let (Some(package), Some(node)) = (packages.get(id), nodes.get(id)) else { continue };
        if shipped.contains_key(id) {
            continue;
        }
        let uses = uses(node);
        queue.extend(uses.iter().map(|(used, _)| (*used, Some(id))));
        let features = list(node, "features").iter().filter_map(Value::as_str).collect();
        shipped.insert(id, Shipped { package, features, uses, brought_by });
    }
    shipped
}

/// Normal and build dependencies of a node; a dependency that only tests use does not ship.
fn uses(node: &Value) -> Vec<(&str, bool)> {
    list(node, "deps")
        .iter()
        .filter_map(|dependency| {
            let kinds: Vec<Option<&str>> = list(dependency, "dep_kinds")
                .iter()
                .map(|kind| kind.get("kind").and_then(Value::as_str))
                .collect();
            let normal = kinds.contains(&None);
            let build = kinds.contains(&Some("build"));
            (normal || build).then_some((text(dependency, "pkg"), !normal))
        })
        .collect()
}

pub(super) fn faults(metadata: &Value) -> Vec<String> {
    let shipped = shipped(metadata);
    if shipped.is_empty() {
        return vec!["no crate that ships to a phone was found: the check would see nothing".to_owned()];
    }
    let mut faults = Vec::new();
    for (id, here) in &shipped {
        let name = text(here.package, "name");
        let way = way(&shipped, id);
        if let Some((_, reason)) = FORBIDDEN.iter().find(|(pattern, _)| matches(pattern, name)) {
            faults.push(format!("{name} must not reach a phone: {reason} ({way})"));
        }
        let may_build_c = MAY_BUILD_C.contains(&name);
        if !text(here.package, "links").is_empty() && !may_build_c && !NOT_A_LIBRARY.contains(&name) {
            let library = text(here.package, "links");
            faults.push(format!(
                "{name} links {library}: C code is SQLite with its cipher and ring, nothing else ({way})"
            ));
        }
        for (used, only_build) in &here.uses {
            let Some(builder) = shipped.get(used).map(|used| text(used.package, "name")) else { continue };
            if *only_build && C_BUILDERS.contains(&builder) && !may_build_c {
                faults.push(format!(
                    "{name} builds C code with {builder}: C code is SQLite with its cipher and ring, nothing else ({way})"
                ));
            }
            if builder == "libsqlite3-sys" && name != "rusqlite" {
                faults.push(format!(
                    "{name} uses libsqlite3-sys itself: only core/sqlite links SQLite ({way})"
                ));
            }
        }
        if name == "libsqlite3-sys" {
            faults.extend(sqlite_faults(&here.features, &way));
        }
    }
    faults
}

fn sqlite_faults(features: &[&str], way: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for feature in features.iter().filter(|feature| **feature == "bundled" || feature.starts_with("bundled-"))
    {
        faults.push(format!(
            "libsqlite3-sys has the feature {feature}: it would link a second SQLite, without the cipher ({way})"
        ));
    }
    if !features.contains(&"in_gecko") {
        faults.push(format!(
            "libsqlite3-sys has not the feature in_gecko: it would look for the system's SQLite, without the cipher ({way})"
        ));
    }
    faults
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

/// How a crate comes in: `healthbook -> healthbook-vault -> ring`.
fn way(shipped: &BTreeMap<&str, Shipped<'_>>, id: &str) -> String {
    let mut names = Vec::new();
    let mut next = shipped.get(id);
    while let Some(here) = next {
        names.push(text(here.package, "name"));
        next = here.brought_by.and_then(|id| shipped.get(id));
    }
    names.reverse();
    names.join(" -> ")
}
