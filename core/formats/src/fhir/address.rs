//! The address of an entry, both ways: what a file that is read says of a record's source, and what an export writes so
//! that reading it again finds the same source and the same id.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use healthbook_model::SourceHint;
use serde_json::{Map, Value};

use super::element;

/// Where sources that are no server have their addresses in an export: a name that no server has (RFC 2606).
const EXPORTED: &str = "https://source.healthbook.invalid/";

/// Text with everything but RFC 3986's unreserved characters as `%` and two hexadecimal digits for each byte.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The server of an absolute address, when its base tells one hospital from another.
#[must_use]
pub fn server(base: &str) -> Option<SourceHint> {
    tells_hospitals_apart(base).then(|| source(base))
}

/// The way back. A text whose signs make no sense stays as it is: not every sender encodes.
pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let digit = |at: usize| rest.get(at).and_then(|b| char::from(*b).to_digit(16));
        let (Some(high), Some(low)) = (digit(0), digit(1)) else { return Cow::Borrowed(text) };
        bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
        rest = rest.get(2..).unwrap_or_default();
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The source that the base of an absolute address names.
pub(super) fn source(base: &str) -> SourceHint {
    let named = base.strip_prefix(EXPORTED).map(decoded);
    match named.as_deref().map(|name| name.split_once(':').unwrap_or((name, ""))) {
        Some(("own", "")) => SourceHint::OwnEntries,
        Some(("label", label)) => SourceHint::Label(label.to_owned()),
        Some(("facility", code)) => SourceHint::Facility { code: code.to_owned(), name: None },
        Some(("document", uid)) => SourceHint::File(uid.to_owned()),
        // A provider's address that the person gave, or one that is no plain text.
        Some(("http" | "https", _)) => SourceHint::Base(named.unwrap_or_default().into_owned()),
        _ => SourceHint::Base(base.to_owned()),
    }
}

/// Names that are somebody's in every house, or nobody's: RFC 6761, RFC 6762, RFC 8375, RFC 2606, and what routers and
/// offices call their own.
const LOCAL: [&str; 11] = [
    "localhost",
    "localdomain",
    "local",
    "lan",
    "home.arpa",
    "internal",
    "intranet",
    "corp",
    "example.com",
    "example.net",
    "example.org",
];

/// Whether the base of an address tells one hospital from another. `http://localhost:8080/fhir`, `http://10.0.0.5/fhir` and
/// `http://his/fhir` are what a server is called inside a house, and every house may have one of that name.
pub(super) fn tells_hospitals_apart(base: &str) -> bool {
    let Some((_, rest)) = base.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_ascii_lowercase();
    if let Some(six) = host.strip_prefix('[').and_then(|host| host.split(']').next()) {
        return six.parse().is_ok_and(is_global_v6);
    }
    let host = host.split(':').next().unwrap_or_default().trim_end_matches('.');
    if let Ok(four) = host.parse::<Ipv4Addr>() {
        return is_global_v4(four);
    }
    let local = LOCAL
        .iter()
        .any(|name| host.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('.')));
    host.contains('.') && !local
}

fn is_global_v4(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    !(address.is_private() || address.is_loopback() || address.is_link_local() || shared || a == 0)
}

fn is_global_v6(address: Ipv6Addr) -> bool {
    if let Some(four) = address.to_ipv4_mapped() {
        return is_global_v4(four);
    }
    let [first, ..] = address.segments();
    !(address.is_loopback()
        || address.is_unspecified()
        || first & 0xfe00 == 0xfc00
        || first & 0xffc0 == 0xfe80)
}

/// What an absolute address `base/Type/id` names, whatever its type.
pub(super) fn named(url: &str) -> Option<(SourceHint, &str, String)> {
    let (rest, _) = url.rsplit_once('/')?;
    let (_, resource_type) = rest.rsplit_once('/')?;
    if !element::is_type_name(resource_type) {
        return None;
    }
    let (base, id) = element::absolute(url, resource_type)?;
    Some((source(base), resource_type, decoded(id).into_owned()))
}

/// The address of a record in an export: what tells `Patient/1` of two hospitals apart when the file is read again, and
/// brings each back under its own id. `base` is the source as a book knows it (a server's base URL, `label:…`,
/// `facility:…`, `document:…`, `own`). A server's own address stays; other sources get one that no server has.
#[must_use]
pub fn full_url(base: &str, resource_type: &str, id: &str) -> String {
    // What another book's person wrote stays what a book's person wrote.
    let base = if base == "document:own" { "own" } else { base };
    let id = encoded(id);
    let plain = base.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
    if plain {
        let url = format!("{base}/{resource_type}/{id}");
        let back = element::absolute(&url, resource_type)
            .filter(|(found, _)| tells_hospitals_apart(found))
            .map(|(found, _)| (found, source(found)));
        if back == Some((base, SourceHint::Base(base.to_owned()))) {
            return url;
        }
    }
    format!("{EXPORTED}{}/{resource_type}/{id}", encoded(base))
}

/// The beginning of a Bundle's entry, up to its resource: its address, and what else is to be found again: other names
/// that references in its source use for it, and records that the person linked it with. Each link is a relation and an
/// address; FHIR has `Bundle.entry.link` for them.
#[must_use]
pub fn entry_start(full_url: &str, names: &[String], links: &[(&str, String)]) -> String {
    let link = |relation: &str, url: String| {
        let mut link = Map::new();
        link.insert("relation".to_owned(), relation.into());
        link.insert("url".to_owned(), url.into());
        Value::Object(link)
    };
    let mut all: Vec<Value> = names.iter().map(|name| link(ALSO, format!("urn:uuid:{name}"))).collect();
    all.extend(links.iter().map(|(relation, url)| link(relation, url.clone())));
    let links = if all.is_empty() { String::new() } else { format!("\"link\":{},", Value::Array(all)) };
    format!("{{{links}\"fullUrl\":{},\"resource\":", Value::from(full_url))
}

/// The relation by which an entry says its other names (RFC 4287's word).
pub(super) const ALSO: &str = "alternate";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_and_every_id_comes_back_from_its_address() {
        let sources = [
            ("https://a.example/r4", SourceHint::Base("https://a.example/r4".into())),
            ("https://bệnh-viện.example/\"r4\"", SourceHint::Base("https://bệnh-viện.example/\"r4\"".into())),
            ("http://a.example/fhir?x=1", SourceHint::Base("http://a.example/fhir?x=1".into())),
            ("http://10.0.0.5/fhir", SourceHint::Base("http://10.0.0.5/fhir".into())),
            ("label:Nhà/A", SourceHint::Label("Nhà/A".into())),
            ("label:a", SourceHint::Label("a".into())),
            ("label:A", SourceHint::Label("A".into())),
            ("facility:79999", SourceHint::Facility { code: "79999".into(), name: None }),
            ("document:00ff", SourceHint::File("00ff".into())),
            ("own", SourceHint::OwnEntries),
        ];
        let ids = ["1", "a_b", "a/b", "a b", "bé-1", "#3", "50%", "%2F", "x?y", "_history", "\u{1f}", "\"\\"];
        let mut seen = std::collections::BTreeSet::new();
        for (base, hint) in &sources {
            for id in ids {
                let url = full_url(base, "Patient", id);
                assert!(url.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\'), "{url}");
                assert_eq!(named(&url), Some((hint.clone(), "Patient", id.to_owned())), "{url}");
                assert!(seen.insert(url));
            }
        }
    }

    #[test]
    fn what_a_server_is_called_inside_a_house_tells_no_hospitals_apart() {
        for host in [
            "localhost:8080",
            "LOCALHOST",
            "fhir.local",
            "127.0.0.1",
            "10.0.0.5:80",
            "172.16.1.1",
            "192.168.1.10",
            "169.254.1.1",
            "100.64.0.1",
            "[::1]:8080",
            "[fd00::1]",
            "[fe80::1]",
            "[::ffff:10.0.0.1]",
            "his",
            "his.lan",
            "user@localhost",
            "localhost.",
            "example.org",
            "www.example.com",
            "",
        ] {
            assert!(!tells_hospitals_apart(&format!("http://{host}/fhir")), "{host}");
        }
        for host in [
            "a.example",
            "fhir.benhvien.example:8443",
            "8.8.8.8",
            "172.32.0.1",
            "[2001:db8::1]",
            "notlocal.example",
        ] {
            assert!(tells_hospitals_apart(&format!("https://{host}/fhir")), "{host}");
        }
    }

    #[test]
    fn signs_that_make_no_sense_stay() {
        for text in ["100%", "%zz", "%ff", "%F"] {
            assert_eq!(decoded(text), text);
        }
        assert_eq!(decoded("b%C3%A9%2f1"), "bé/1");
    }

    proptest::proptest! {
        #[test]
        fn whatever_a_source_and_an_id_are_called(base in "(label|facility):\\PC{1,40}", id in "\\PC{1,40}") {
            let url = full_url(&base, "Observation", &id);
            let (hint, _, found) = named(&url).unwrap();
            proptest::prop_assert_eq!(found, id);
            let (kind, name) = base.split_once(':').unwrap();
            let expected = match kind {
                "label" => SourceHint::Label(name.to_owned()),
                _ => SourceHint::Facility { code: name.to_owned(), name: None },
            };
            proptest::prop_assert_eq!(hint, expected);
        }
    }
}
