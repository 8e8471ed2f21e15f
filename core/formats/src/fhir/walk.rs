//! From a JSON tree to records: which resource is one, what its identity is, where its bytes stand.

use std::collections::VecDeque;
use std::ops::Range;

use healthbook_model::{
    Content, Incoming, Origin, Refusal, Rejected, Sensitivity, SourceHint, Span, Tie, apart,
};

use super::address;
use super::element;
use super::entry;
use super::json::{Json, Object, each};
use super::window::wide;
use crate::{Item, Limits};

/// A stretch of the document that was read into a tree.
pub(super) struct Stretch<'s> {
    pub(super) bytes: &'s [u8],
    /// Where it begins in the document.
    pub(super) offset: u64,
    /// Says where an offset of the document is, for a reader.
    pub(super) place: &'s dyn Fn(u64) -> String,
}

/// Where a resource stands.
#[derive(Default)]
pub(super) struct Place<'p> {
    /// The address that its entry gives it.
    pub(super) full_url: Option<&'p str>,
    /// Its entry, which may say more than its address.
    pub(super) entry: Option<&'p Object<'p>>,
    /// Its entry in a Bundle, as a range of the stretch.
    pub(super) around: Option<Range<usize>>,
    /// The source of the document Bundle that holds it: its own as well, unless its address names another.
    pub(super) server: Option<&'p str>,
}

/// The walk through a document's resources.
pub(super) struct Walk {
    limits: Limits,
    /// How many resources were seen, whether they could be read or not: the next one's place in the document.
    seen: u64,
    /// How many Bundles the walk is inside of.
    inside: u32,
}

/// Deepest nesting of Bundles inside an entry or a line. A signed one is kept as a record at each level, so that the bytes
/// handed up grow with it.
const NESTED_BUNDLES: u32 = 3;

/// Most records that a Bundle inside an entry or a line hands up: they are all held at once.
const MOST_AT_ONCE: usize = 10_000;

impl Walk {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, seen: 0, inside: 0 }
    }

    /// How many resources were seen.
    pub(super) fn taken(&self) -> u64 {
        self.seen
    }

    /// A resource that could not be read has its place all the same.
    pub(super) fn pass(&mut self) {
        self.seen += 1;
    }

    /// The resource of one `entry` of a Bundle, if it has one: an entry may be only a request or a response.
    pub(super) fn entry(
        &mut self,
        from: &Stretch<'_>,
        entry: &Json<'_>,
        server: Option<&str>,
        found: &mut VecDeque<Item>,
    ) {
        let Some(entry) = entry.as_object() else {
            self.pass();
            return found.push_back(reject(from, 0..from.bytes.len(), Refusal::NotTheFormat));
        };
        if entry.has_duplicates() {
            // Two addresses, or two resources of which only one would be read.
            self.pass();
            return found.push_back(reject(from, entry.span(), Refusal::Forbidden));
        }
        match entry.get("resource") {
            // What an erasure left of an entry: it keeps its place, so that those after it keep theirs.
            None if entry.is_empty() => self.pass(),
            None | Some(Json::Null) => {}
            Some(resource) => {
                let at = Place {
                    full_url: entry.text("fullUrl"),
                    entry: Some(entry),
                    around: Some(entry.span()),
                    server,
                };
                self.resource(from, resource, &at, found);
            }
        }
    }

    /// A resource: a record, or a Bundle whose parts are.
    pub(super) fn resource(
        &mut self,
        from: &Stretch<'_>,
        resource: &Json<'_>,
        at: &Place<'_>,
        found: &mut VecDeque<Item>,
    ) {
        if resource.as_object().is_some_and(Object::is_empty) {
            // As above, where the resource stands alone or in its line.
            return self.pass();
        }
        if let Some(bundle) = resource.as_object().filter(|o| o.text("resourceType") == Some("Bundle")) {
            let is_record = bundle.text("type") == Some("document") || bundle.get("signature").is_some();
            let server = server(at.full_url, "Bundle", bundle.text("id")).or(at.server).filter(|_| is_record);
            for part in each(bundle.get("entry")) {
                let too_many = self.seen >= self.limits.records || found.len() >= MOST_AT_ONCE;
                if too_many || self.inside >= NESTED_BUNDLES {
                    return found.push_back(reject(from, bundle.span(), Refusal::TooLarge));
                }
                self.inside += 1;
                self.entry(from, part, server, found);
                self.inside -= 1;
            }
            if !is_record {
                if bundle.has_duplicates() {
                    found.push_back(reject(from, bundle.span(), Refusal::Forbidden));
                }
                return;
            }
        }
        self.itself(from, resource, at, found);
    }

    /// A resource as a record, whatever it is.
    pub(super) fn itself(
        &mut self,
        from: &Stretch<'_>,
        resource: &Json<'_>,
        at: &Place<'_>,
        found: &mut VecDeque<Item>,
    ) {
        let place = self.seen;
        self.seen += 1;
        let Some(object) = resource.as_object() else {
            return found.push_back(reject(from, 0..from.bytes.len(), Refusal::NotTheFormat));
        };
        let span = object.span();
        match entry::of(object) {
            Err(refusal) => found.push_back(reject(from, span, refusal)),
            Ok(entry) => {
                let bytes = from.bytes.get(span.clone()).unwrap_or_default().to_vec();
                let of =
                    |range: &Range<usize>| Span::plain(from.offset + wide(range.start), wide(range.len()));
                let around = of(at.around.as_ref().unwrap_or(&span));
                let span = of(&span);
                let origin = origin(&entry.resource_type, object.text("id"), at, place);
                let content = Content::Slice { bytes, span, around };
                found.push_back(Item::Record(Box::new(Incoming { origin, entry, content, ties: ties(at) })));
            }
        }
    }
}

fn reject(from: &Stretch<'_>, span: Range<usize>, refusal: Refusal) -> Item {
    let offset = from.offset + wide(span.start);
    Item::Rejected(Rejected {
        span: Span::plain(offset, wide(span.len())),
        refusal,
        at: (from.place)(offset),
        sensitivity: raw_sensitivity(from.bytes.get(span).unwrap_or_default()),
    })
}

/// Whether bytes that were not read show signs of a restricted record.
pub(super) fn raw_sensitivity(bytes: &[u8]) -> Sensitivity {
    if crate::sensitive::raw_is_restricted(bytes) { Sensitivity::Restricted } else { Sensitivity::Ordinary }
}

/// The server that an address names, when it is the address of this resource: one that names another resource than
/// the one it stands beside names no source.
fn server<'u>(full_url: Option<&'u str>, resource_type: &str, id: Option<&str>) -> Option<&'u str> {
    let (base, named) = element::absolute(full_url?, resource_type)?;
    let is_it = id.is_none_or(|id| {
        let decoded = address::decoded(named);
        id == named || id == decoded || apart::is_told_apart(&decoded, id)
    });
    (is_it && address::tells_hospitals_apart(base)).then_some(base)
}

/// Who the resource is at its source: its own id, else what its `fullUrl` calls it, else its place.
fn origin(resource_type: &str, id: Option<&str>, at: &Place<'_>, place: u64) -> Origin {
    let urn = at.full_url.and_then(element::urn);
    let address = at.full_url.and_then(|url| element::absolute(url, resource_type));
    let named = address.map(|(_, id)| address::decoded(id));
    let base = server(at.full_url, resource_type, id).or(at.server);
    let name = match (id.or(urn), named) {
        (Some(name), Some(named)) if apart::is_told_apart(&named, name) => named.into_owned(),
        (Some(name), _) => name.to_owned(),
        (None, Some(name)) => name.into_owned(),
        (None, None) => format!("#{place}"),
    };
    let also = links(at).filter(|(relation, _)| *relation == address::ALSO);
    let mut aliases: Vec<String> = Vec::new();
    for alias in urn.into_iter().chain(also.filter_map(|(_, url)| element::urn(url))) {
        if alias != name && !aliases.iter().any(|known| known == alias) {
            aliases.push(alias.to_owned());
        }
    }
    Origin {
        source: base.map_or(SourceHint::Document, address::source),
        server: address.map(|(base, _)| base).or(at.server).map(str::to_owned),
        resource_type: resource_type.to_owned(),
        aliases,
        id: name,
    }
}

/// What an entry says that its resource has to do with: relation and address.
fn links<'p>(at: &Place<'p>) -> impl Iterator<Item = (&'p str, &'p str)> {
    at.entry
        .into_iter()
        .flat_map(|entry| entry.objects("link"))
        .filter_map(|link| Some((link.text("relation")?, link.text("url")?)))
}

/// The records that an export says a person linked this one with.
fn ties(at: &Place<'_>) -> Vec<Tie> {
    links(at)
        .filter(|(relation, _)| *relation != address::ALSO)
        .filter_map(|(relation, url)| {
            let (source, resource_type, id) = address::named(url)?;
            Some(Tie { rel: relation.to_owned(), source, resource_type: resource_type.to_owned(), id })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_url_names_the_source_only_when_it_names_the_resource() {
        let at = |id, url| origin("Patient", id, &Place { full_url: Some(url), ..Place::default() }, 3);
        let base = |text: &str| SourceHint::Base(text.into());
        assert_eq!(at(Some("1"), "https://a.example/fhir/Patient/1").source, base("https://a.example/fhir"));
        assert_eq!(at(Some("1"), "http://a.example/Patient/1/_history/4").source, base("http://a.example"));
        assert_eq!(at(None, "https://a.example/fhir/Patient/1").id, "1");
        for url in [
            "https://a.example/fhir/Patient/2",
            "https://a.example/fhir/Group/1",
            "Patient/1",
            "https:///Patient/1",
        ] {
            assert_eq!(at(Some("1"), url).source, SourceHint::Document, "{url}");
        }
        let named = at(Some("1"), "urn:uuid:6f0c");
        assert_eq!((named.id.as_str(), named.aliases), ("1", vec!["6f0c".to_owned()]));
        let unnamed = at(None, "urn:uuid:6f0c");
        assert_eq!((unnamed.id.as_str(), unnamed.aliases), ("6f0c", Vec::new()));
        assert_eq!(at(None, "nonsense").id, "#3");
    }
}
