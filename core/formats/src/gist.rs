//! What a resource says, whoever keeps it: the same for the same words however they are spaced, and whatever a server wrote
//! about its own keeping of them (`meta`).

use crate::Limits;
use crate::fhir::json::{self, Json};

/// The gist of one FHIR resource given as JSON, for comparing and for nothing else; `None` for what is no JSON object.
///
/// ```
/// use healthbook_formats::gist::gist;
/// let kept = br#"{"resourceType":"Basic","id":"1","meta":{"versionId":"2"},"code":{"text":"a"}}"#;
/// let told = b"{ \"resourceType\": \"Basic\", \"id\": \"1\",\r\n \"code\": {\"text\": \"a\"} }";
/// assert_eq!(gist(kept), gist(told));
/// assert_ne!(gist(kept), gist(br#"{"resourceType":"Basic","id":"1","code":{"text":"b"}}"#));
/// ```
#[must_use]
pub fn gist(resource: &[u8]) -> Option<Vec<u8>> {
    let limits = Limits::default();
    let value = json::parse(resource, limits.depth, limits.values).ok()?;
    let object = value.as_object()?;
    let mut out = Vec::with_capacity(resource.len());
    for (name, value) in object.members().filter(|(name, _)| *name != "meta") {
        write(&mut out, b'n', name.as_bytes());
        add(&mut out, value);
    }
    Some(out)
}

/// What it is, how long it is, and its bytes: no two values are written alike.
fn write(out: &mut Vec<u8>, kind: u8, bytes: &[u8]) {
    out.push(kind);
    out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    out.extend_from_slice(bytes);
}

/// As deep as JSON goes, which its reader limits.
fn add(out: &mut Vec<u8>, value: &Json<'_>) {
    match value {
        Json::Null => out.push(b'0'),
        Json::Bool(said) => out.push(if *said { b't' } else { b'f' }),
        Json::Number(digits) => write(out, b'd', digits.as_bytes()),
        Json::String(text) => write(out, b's', text.as_bytes()),
        Json::Array(items) => {
            out.push(b'[');
            items.iter().for_each(|item| add(out, item));
            out.push(b']');
        }
        Json::Object(object) => {
            out.push(b'{');
            for (name, value) in object.members() {
                write(out, b'n', name.as_bytes());
                add(out, value);
            }
            out.push(b'}');
        }
    }
}
