//! The rules of VN Core's profiles that a program can hold against a resource: how often an element stands, and what it
//! must be. Read from the StructureDefinitions of the 2021 edition, which have differentials alone.

use std::path::Path;

use quick_xml::events::Event;
use serde_json::{Map, Value};

/// A StructureDefinition's rules.
pub struct Profile {
    /// The last part of its address: `vn-core-patient`.
    pub name: String,
    /// The resource type.
    pub of: String,
    /// Its elements, each by its id without the type: `identifier:TheBHYT.system`.
    pub elements: Vec<Element>,
}

/// What a profile says of an element.
pub struct Element {
    /// Steps from the resource, each with the slice it names.
    steps: Vec<(String, Option<String>)>,
    /// At least so many.
    min: Option<usize>,
    /// At most so many.
    max: Option<usize>,
    /// What it must be: all of it, or what it must hold.
    fixed: Option<(bool, Value)>,
}

/// An element of XML with its attribute `value`.
struct Node {
    name: String,
    value: Option<String>,
    inner: Vec<Node>,
}

impl Node {
    fn child(&self, name: &str) -> Option<&Node> {
        self.inner.iter().find(|inner| inner.name == name)
    }

    fn value_of(&self, name: &str) -> Option<&str> {
        self.child(name)?.value.as_deref()
    }

    /// The JSON of a FHIR data type; the lists of it are those that CodeableConcept has.
    fn json(&self) -> Value {
        if let Some(value) = &self.value {
            return Value::from(value.as_str());
        }
        let mut object = Map::new();
        for inner in &self.inner {
            let value = inner.json();
            if inner.name == "coding" {
                match object.entry("coding").or_insert_with(|| Value::Array(Vec::new())) {
                    Value::Array(all) => all.push(value),
                    _ => unreachable!(),
                }
            } else {
                object.insert(inner.name.clone(), value);
            }
        }
        Value::Object(object)
    }
}

fn parse(xml: &str) -> Node {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut open = vec![Node { name: String::new(), value: None, inner: Vec::new() }];
    let node = |tag: &quick_xml::events::BytesStart<'_>| {
        let value = tag.attributes().flatten().find(|a| a.key.as_ref() == "value" || a.key.as_ref() == "id");
        let value = value.map(|a| a.value.into_owned());
        Node { name: tag.local_name().as_ref().to_owned(), value, inner: Vec::new() }
    };
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => open.push(node(&tag)),
            Event::Empty(tag) => {
                let made = node(&tag);
                open.last_mut().unwrap().inner.push(made);
            }
            Event::End(_) => {
                let made = open.pop().unwrap();
                open.last_mut().unwrap().inner.push(made);
            }
            Event::Eof => break,
            _ => {}
        }
    }
    open.pop().unwrap().inner.into_iter().find(|node| node.name == "StructureDefinition").unwrap()
}

impl Profile {
    /// Reads a StructureDefinition in XML.
    pub fn read(file: &Path) -> Self {
        let root = parse(&std::fs::read_to_string(file).unwrap());
        let url = root.value_of("url").unwrap();
        let of = root.value_of("type").unwrap().to_owned();
        let differential = root.child("differential").unwrap();
        let elements = differential.inner.iter().filter_map(|node| Element::of(node, &of)).collect();
        Self { name: url.rsplit('/').next().unwrap().to_owned(), of, elements }
    }

    /// What of the resource does not follow the profile: the element, and what is asked of it.
    pub fn held_against(&self, resource: &Value) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for element in &self.elements {
            element.hold(self, resource, &mut found);
        }
        found.sort();
        found.dedup();
        found
    }
}

impl Element {
    fn of(node: &Node, resource: &str) -> Option<Self> {
        let id = node.value.as_deref()?.strip_prefix(resource)?.strip_prefix('.')?;
        let steps = id.split('.').map(|step| match step.split_once(':') {
            Some((name, slice)) => (name.to_owned(), Some(slice.to_owned())),
            None => (step.to_owned(), None),
        });
        let fixed = node.inner.iter().find_map(|inner| {
            let whole = inner.name.starts_with("fixed");
            (whole || inner.name.starts_with("pattern")).then(|| (whole, inner.json()))
        });
        Some(Self {
            steps: steps.collect(),
            min: node.value_of("min").and_then(|n| n.parse().ok()),
            max: node.value_of("max").and_then(|n| n.parse().ok()),
            fixed,
        })
    }

    /// The id without the type: `identifier:TheBHYT.system`.
    pub fn id(&self) -> String {
        let steps = self.steps.iter().map(|(name, slice)| match slice {
            Some(slice) => format!("{name}:{slice}"),
            None => name.clone(),
        });
        steps.collect::<Vec<_>>().join(".")
    }

    fn hold(&self, profile: &Profile, resource: &Value, found: &mut Vec<(String, String)>) {
        let (last, holders) = self.steps.split_last().unwrap();
        let mut at = vec![resource];
        let mut path = String::new();
        for step in holders {
            path = joined(&path, step);
            at = at.into_iter().flat_map(|value| values(value, &step.0)).collect();
            if step.1.is_some() {
                at.retain(|value| profile.is_in_slice(&path, value));
            }
        }
        path = joined(&path, last);
        for holder in at {
            let mut there = values(holder, &last.0);
            if last.1.is_some() {
                there.retain(|value| profile.is_in_slice(&path, value));
            }
            if self.min.is_some_and(|min| there.len() < min) {
                found.push((self.id(), format!("at least {}", self.min.unwrap_or_default())));
            }
            if self.max.is_some_and(|max| there.len() > max) {
                found.push((self.id(), format!("at most {}", self.max.unwrap_or_default())));
            }
            if let Some((whole, wanted)) = &self.fixed {
                let follows = |value: &&Value| if *whole { *value == wanted } else { holds(value, wanted) };
                if !there.iter().all(follows) {
                    found.push((self.id(), "a fixed value".to_owned()));
                }
            }
        }
    }
}

fn joined(path: &str, (name, slice): &(String, Option<String>)) -> String {
    let step = slice.as_ref().map_or_else(|| name.clone(), |slice| format!("{name}:{slice}"));
    if path.is_empty() { step } else { format!("{path}.{step}") }
}

/// The values of an element: one, each of a list, or the one form of a choice.
fn values<'v>(holder: &'v Value, name: &str) -> Vec<&'v Value> {
    let found = match name.strip_suffix("[x]") {
        Some(stem) => holder.as_object().and_then(|object| {
            object.iter().find(|(key, _)| key.strip_prefix(stem).is_some_and(|rest| !rest.is_empty()))
        }),
        None => holder.as_object().and_then(|object| object.get_key_value(name)),
    };
    match found.map(|(_, value)| value) {
        Some(Value::Array(all)) => all.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

/// Whether a value has everything of a pattern.
fn holds(value: &Value, pattern: &Value) -> bool {
    match (value, pattern) {
        (Value::Object(value), Value::Object(pattern)) => {
            pattern.iter().all(|(key, wanted)| value.get(key).is_some_and(|value| holds(value, wanted)))
        }
        (Value::Array(value), Value::Array(pattern)) => {
            pattern.iter().all(|wanted| value.iter().any(|value| holds(value, wanted)))
        }
        (value, pattern) => value == pattern,
    }
}

impl Profile {
    /// Whether a value is of a slice. The discriminators of these profiles are the system of an identifier, the codes of
    /// a use, and a category's code; a slice without any is a type's (`medicationCodeableConcept`) and told by its name.
    fn is_in_slice(&self, path: &str, value: &Value) -> bool {
        let rule = |below: &str| {
            let id = if below.is_empty() { path.to_owned() } else { format!("{path}.{below}") };
            self.elements.iter().find(|element| element.id() == id).and_then(|element| element.fixed.as_ref())
        };
        if let Some((_, system)) = rule("system") {
            return value.get("system") == Some(system);
        }
        if let Some((_, pattern)) = rule("use") {
            return value.get("use").is_some_and(|used| same_codes(used, pattern));
        }
        match rule("") {
            Some((_, fixed)) => same_codes(value, fixed),
            None => true,
        }
    }
}

/// The same system and code, whatever is displayed.
fn same_codes(value: &Value, pattern: &Value) -> bool {
    let codes = |value: &Value| -> Vec<(Value, Value)> {
        let all = value.get("coding").and_then(Value::as_array).cloned().unwrap_or_default();
        all.into_iter().map(|coding| (coding["system"].clone(), coding["code"].clone())).collect()
    };
    let wanted = codes(pattern);
    let there = codes(value);
    !wanted.is_empty() && wanted.iter().all(|code| there.contains(code))
}
