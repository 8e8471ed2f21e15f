//! Files inside resources.

use data_encoding::{BASE64, BASE64_NOPAD};
use healthbook_model::{Refusal, Rejected, Span};

use super::json::{self, Json};
use super::walk;
use super::window::wide;
use crate::Limits;

/// The bytes of a file inside a resource: what `data` holds in the object at a JSON Pointer, as
/// [`Attachment::pointer`](healthbook_model::Attachment::pointer) names it (the empty one is the resource itself,
/// for a Binary).
///
/// Base64 is read as senders write it: broken into lines, with or without the `=` at its end.
///
/// # Errors
/// [`Refusal::NotTheFormat`] when there is no such place or it holds no bytes (a file elsewhere has only a `url`),
/// [`Refusal::Malformed`] when the bytes are not base64 or the resource is not JSON, and what
/// [`entry`](super::entry()) refuses a resource for.
pub fn attachment(resource: &[u8], pointer: &str) -> Result<Vec<u8>, Rejected> {
    let limits = Limits::default();
    let reject = |refusal, at: &str| Rejected {
        span: Span::plain(0, wide(resource.len())),
        refusal,
        at: at.to_owned(),
        sensitivity: walk::raw_sensitivity(resource),
    };
    if resource.len() > limits.resource_bytes {
        return Err(reject(Refusal::TooLarge, "line 1, column 1"));
    }
    let value = json::parse(resource, limits.depth, limits.values)
        .map_err(|fault| reject(fault.refusal, &format!("byte {}", fault.offset)))?;
    let data = value
        .pointer(pointer)
        .and_then(Json::as_object)
        .and_then(|object| object.get("data"))
        .and_then(Json::as_str)
        .ok_or_else(|| reject(Refusal::NotTheFormat, "attachment"))?;
    decode(data).ok_or_else(|| reject(Refusal::Malformed, "attachment, base64"))
}

fn decode(data: &str) -> Option<Vec<u8>> {
    if let Ok(bytes) = BASE64.decode(data.as_bytes()) {
        return Some(bytes);
    }
    let mut letters: Vec<u8> = data.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let padding = letters.iter().rev().take_while(|b| **b == b'=').count();
    if padding > 2 {
        return None;
    }
    letters.truncate(letters.len() - padding);
    BASE64_NOPAD.decode(&letters).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(resource: &str, pointer: &str) -> Option<Refusal> {
        attachment(resource.as_bytes(), pointer).err().map(|rejected| rejected.refusal)
    }

    #[test]
    fn the_bytes_of_a_file_come_out_however_their_base64_is_broken() {
        for data in ["xJDGsOG7nW5n", "xJDG\\r\\nsOG7\\n nW5n", " xJDGsOG7nW5n "] {
            let resource = format!(r#"{{"resourceType":"Binary","data":"{data}"}}"#);
            assert_eq!(attachment(resource.as_bytes(), "").as_deref(), Ok("Đường".as_bytes()), "{data}");
        }
        for (data, expected) in [("YQ==", "a"), ("YQ", "a"), ("YWI=", "ab"), ("", "")] {
            let resource = format!(r#"{{"resourceType":"Media","content":{{"data":"{data}"}}}}"#);
            assert_eq!(
                attachment(resource.as_bytes(), "/content").as_deref(),
                Ok(expected.as_bytes()),
                "{data}"
            );
        }
    }

    #[test]
    fn what_is_no_file_says_why() {
        assert_eq!(refusal(r#"{"content":{"url":"Binary/1"}}"#, "/content"), Some(Refusal::NotTheFormat));
        assert_eq!(refusal(r#"{"content":[]}"#, "/content/0"), Some(Refusal::NotTheFormat));
        assert_eq!(refusal(r#"{"data":"Y*=="}"#, ""), Some(Refusal::Malformed));
        assert_eq!(refusal(r#"{"data":"YQ==="}"#, ""), Some(Refusal::Malformed));
        assert_eq!(refusal("{", ""), Some(Refusal::Truncated));
        assert_eq!(refusal(r#"{"data":5}"#, ""), Some(Refusal::NotTheFormat));
    }
}
