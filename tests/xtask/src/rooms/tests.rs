//! The check is shown a small house in which one thing at a time is wrong.

use serde_json::{Value, json};

use super::*;

/// A house of a few rooms and foreign crates, as `cargo metadata` tells it.
struct House {
    packages: Vec<Value>,
    nodes: Vec<Value>,
    members: Vec<String>,
}

impl House {
    /// model < formats, sqlite < vault < provider, share < book < cli, tested by scenarios, built by xtask.
    fn sound() -> Self {
        let mut house = Self { packages: Vec::new(), nodes: Vec::new(), members: Vec::new() };
        house.room("healthbook-model", "core/model", &[]);
        house.room("healthbook-formats", "core/formats", &["healthbook-model"]);
        house.room("healthbook-sqlite", "core/sqlite", &["healthbook-model"]);
        house.room(
            "healthbook-vault",
            "core/vault",
            &["healthbook-model", "healthbook-sqlite", "healthbook-formats"],
        );
        house.room("healthbook-provider", "core/provider", &["healthbook-vault"]);
        house.room("healthbook-share", "core/share", &["healthbook-vault", "healthbook-formats"]);
        house.room(
            "healthbook",
            "core/book",
            &["healthbook-vault", "healthbook-provider", "healthbook-share"],
        );
        house.room("healthbook-cli", "bindings/cli", &["healthbook"]);
        house.room("healthbook-scenarios", "tests/scenarios", &["healthbook", "healthbook-vault"]);
        house.room("xtask", "tests/xtask", &[]);
        house.foreign("libsqlite3-sys", &["in_gecko", "bundled_bindings"], Some("sqlite3"));
        house.foreign("rusqlite", &["in_gecko"], None);
        house.foreign("cc", &[], None);
        house.foreign("ring", &[], Some("ring_core"));
        house.uses("rusqlite", "libsqlite3-sys", None);
        house.uses("healthbook-sqlite", "rusqlite", None);
        house.uses("healthbook-sqlite", "cc", Some("build"));
        house.uses("healthbook-vault", "ring", None);
        house.uses("ring", "cc", Some("build"));
        house
    }

    fn room(&mut self, name: &str, folder: &str, uses: &[&str]) {
        self.packages.push(json!({
            "id": name, "name": name, "manifest_path": format!("/house/{folder}/Cargo.toml"), "links": null,
            "dependencies": [],
        }));
        self.nodes.push(json!({ "id": name, "features": [], "deps": [] }));
        self.members.push(name.to_owned());
        uses.iter().for_each(|used| self.uses(name, used, None));
    }

    fn foreign(&mut self, name: &str, features: &[&str], links: Option<&str>) {
        self.packages.push(json!({
            "id": name, "name": name, "manifest_path": "/registry/Cargo.toml", "links": links, "dependencies": [],
        }));
        self.nodes.push(json!({ "id": name, "features": features, "deps": [] }));
    }

    fn uses(&mut self, name: &str, used: &str, kind: Option<&str>) {
        let path = self.members.iter().any(|member| member == used).then_some("/house/somewhere");
        let entry = |values: &mut Vec<Value>, key: &str, list: &str, entry: Value| {
            let found = values.iter_mut().find(|value| value[key] == name).unwrap();
            found[list].as_array_mut().unwrap().push(entry);
        };
        entry(
            &mut self.packages,
            "name",
            "dependencies",
            json!({ "name": used, "kind": kind, "path": path }),
        );
        entry(
            &mut self.nodes,
            "id",
            "deps",
            json!({ "pkg": used, "dep_kinds": [{ "kind": kind, "target": null }] }),
        );
    }

    fn features(&mut self, name: &str, features: &[&str]) {
        self.nodes.iter_mut().find(|node| node["id"] == name).unwrap()["features"] = json!(features);
    }

    fn faults(&self) -> Vec<String> {
        faults(&json!({
            "workspace_root": "/house", "workspace_members": self.members, "packages": self.packages,
            "resolve": { "nodes": self.nodes },
        }))
    }

    /// The one fault of a house in which one thing is wrong.
    fn fault(&self) -> String {
        let faults = self.faults();
        assert_eq!(faults.len(), 1, "{faults:#?}");
        faults[0].clone()
    }
}

#[test]
fn a_sound_house_has_no_fault() {
    assert_eq!(House::sound().faults(), Vec::<String>::new());
}

#[test]
fn an_arrow_turned_round_is_a_fault_of_whatever_kind_the_dependency_is() {
    for kind in [None, Some("dev"), Some("build")] {
        let mut house = House::sound();
        house.uses("healthbook-model", "healthbook-vault", kind);
        assert_eq!(
            house.fault(),
            "core/model may not depend on core/vault: dependencies point down, and this one points up"
        );
    }
}

#[test]
fn a_capability_that_knows_another_is_a_fault() {
    let mut house = House::sound();
    house.uses("healthbook-share", "healthbook-provider", None);
    assert_eq!(
        house.fault(),
        "core/share may not depend on core/provider: rooms of one floor do not know each other"
    );
}

#[test]
fn formats_do_not_reach_for_the_database() {
    let mut house = House::sound();
    house.uses("healthbook-formats", "healthbook-sqlite", None);
    assert!(house.fault().contains("core/formats may not depend on core/sqlite"));
}

#[test]
fn what_ships_does_not_stand_on_tests() {
    let mut house = House::sound();
    house.uses("healthbook-cli", "healthbook-scenarios", Some("dev"));
    assert!(house.fault().ends_with("nothing outside tests/ depends on tests"));
}

#[test]
fn the_build_program_stays_apart() {
    let mut house = House::sound();
    house.uses("xtask", "healthbook-model", None);
    assert!(house.fault().starts_with("tests/xtask may not depend on core/model"));
    let mut house = House::sound();
    house.uses("healthbook-scenarios", "xtask", None);
    assert!(house.fault().ends_with("nothing depends on the build program"));
}

#[test]
fn tests_may_use_each_other_and_a_crate_may_use_itself_in_its_tests() {
    let mut house = House::sound();
    house.room("healthbook-hospital", "tests/hospital", &["healthbook-model"]);
    house.uses("healthbook-scenarios", "healthbook-hospital", None);
    house.uses("healthbook-vault", "healthbook-vault", Some("dev"));
    assert_eq!(house.faults(), Vec::<String>::new());
}

#[test]
fn a_crate_nobody_planned_needs_a_room_first() {
    let mut house = House::sound();
    house.room("healthbook-cloud", "core/cloud", &[]);
    assert!(house.fault().starts_with("the crate healthbook-cloud in core/cloud has no room"));
}

#[test]
fn a_crate_is_named_after_its_room() {
    let mut house = House::sound();
    house.room("insights", "core/insight", &[]);
    assert_eq!(house.fault(), "the crate in core/insight is called insights; its name is healthbook-insight");
}

#[test]
fn a_runtime_is_found_however_deep_it_sits_and_the_way_to_it_is_told() {
    for (name, reason) in
        [("tokio", "runtime"), ("openssl-sys", "ring"), ("aws-lc-rs", "ring"), ("reqwest", "platform")]
    {
        let mut house = House::sound();
        house.foreign("innocent", &[], None);
        house.foreign(name, &[], None);
        house.uses("healthbook-provider", "innocent", None);
        house.uses("innocent", name, None);
        let fault = house.fault();
        assert!(
            fault.starts_with(&format!("{name} must not reach a phone")) && fault.contains(reason),
            "{fault}"
        );
        assert!(fault.ends_with(&format!("(healthbook-provider -> innocent -> {name})")), "{fault}");
    }
}

#[test]
fn the_terminal_and_the_tests_may_use_what_a_phone_may_not() {
    let mut house = House::sound();
    house.foreign("ureq", &[], None);
    house.uses("healthbook-cli", "ureq", None);
    house.uses("healthbook-provider", "ureq", Some("dev"));
    assert_eq!(house.faults(), Vec::<String>::new());
}

#[test]
fn a_second_sqlite_is_found_by_the_feature_that_links_it() {
    let mut house = House::sound();
    house.features("libsqlite3-sys", &["in_gecko", "bundled"]);
    assert!(house.fault().contains("feature bundled"));
    house.features("libsqlite3-sys", &["in_gecko", "bundled-sqlcipher"]);
    assert!(house.fault().contains("feature bundled-sqlcipher"));
    house.features("libsqlite3-sys", &["pkg-config"]);
    assert!(house.fault().contains("has not the feature in_gecko"));
}

#[test]
fn only_rusqlite_stands_on_the_bindings_to_sqlite() {
    let mut house = House::sound();
    house.uses("healthbook-vault", "libsqlite3-sys", None);
    assert!(house.fault().starts_with("healthbook-vault uses libsqlite3-sys itself"));
}

#[test]
fn other_c_code_is_a_fault_whether_it_is_compiled_or_linked() {
    let mut house = House::sound();
    house.foreign("zstd-sys", &[], None);
    house.uses("healthbook-share", "zstd-sys", None);
    house.uses("zstd-sys", "cc", Some("build"));
    assert!(house.fault().starts_with("zstd-sys builds C code with cc"));

    let mut house = House::sound();
    house.foreign("curl-sys", &[], Some("curl"));
    house.uses("healthbook-share", "curl-sys", None);
    assert!(house.fault().starts_with("curl-sys links curl"));
}

#[test]
fn a_check_that_sees_nothing_does_not_pass() {
    assert_eq!(faults(&json!({})).len(), 2);
}

#[test]
fn the_top_folder_takes_no_strangers() {
    let files = [
        "core/model/src/lib.rs",
        ".ci/run",
        ".gitignore",
        "README.md",
        "scripts/a.sh",
        "scripts/b.sh",
        "notes.txt",
    ];
    let faults = top_level_faults(&files.map(str::to_owned));
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].starts_with("notes.txt") && faults[1].starts_with("scripts"));
}
