//! What cargo says about the workspace.

use serde_json::Value;

use crate::cache::Place;
use crate::process::{Failure, read};

/// `cargo metadata` with the features of all members on, for all targets: what hides behind a feature or another
/// system counts.
pub(crate) fn of(place: &Place) -> Result<Value, Failure> {
    let mut command = place.cargo();
    command.args(["metadata", "--format-version", "1", "--all-features"]);
    parse(&read(&mut command)?)
}

/// The names of the crates in this workspace, without asking for their dependencies.
pub(crate) fn member_names(place: &Place) -> Result<Vec<String>, Failure> {
    let mut command = place.cargo();
    command.args(["metadata", "--format-version", "1", "--no-deps"]);
    let metadata = parse(&read(&mut command)?)?;
    Ok(list(&metadata, "packages").iter().map(|package| text(package, "name").to_owned()).collect())
}

fn parse(json: &str) -> Result<Value, Failure> {
    serde_json::from_str(json).map_err(|error| Failure::new(format!("cargo metadata is not JSON: {error}")))
}

/// The list under `key`, empty when there is none.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The text under `key`, empty when there is none.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}
