//! A resource as its top-level members, each with its raw text: what an edit does not name keeps every byte of
//! its value.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::OwnError;

/// The members of a JSON object in their order.
#[derive(Debug, Clone)]
pub(super) struct Members(Vec<(String, Box<RawValue>)>);

/// The order in which FHIR's definitions name the elements that entries are made of.
const ORDER: &[&str] = &[
    "resourceType",
    "id",
    "meta",
    "text",
    "contained",
    "extension",
    "identifier",
    "active",
    "clinicalStatus",
    "verificationStatus",
    "status",
    "statusReason",
    "class",
    "type",
    "intent",
    "category",
    "serviceType",
    "code",
    "vaccineCode",
    "medicationCodeableConcept",
    "reasonCode",
    "description",
    "subject",
    "patient",
    "subscriberId",
    "beneficiary",
    "name",
    "telecom",
    "gender",
    "birthDate",
    "address",
    "relationship",
    "start",
    "end",
    "effectiveDateTime",
    "effectivePeriod",
    "occurrenceDateTime",
    "occurrenceString",
    "sent",
    "sender",
    "payload",
    "performedDateTime",
    "onsetDateTime",
    "abatementDateTime",
    "date",
    "author",
    "title",
    "custodian",
    "section",
    "dateAsserted",
    "created",
    "recorded",
    "recordedDate",
    "primarySource",
    "reportOrigin",
    "period",
    "payor",
    "network",
    "performer",
    "informationSource",
    "recorder",
    "asserter",
    "participant",
    "requestedPeriod",
    "serviceProvider",
    "location",
    "lotNumber",
    "valueQuantity",
    "valueString",
    "valueCodeableConcept",
    "condition",
    "comment",
    "note",
    "protocolApplied",
    "reaction",
    "dosage",
    "component",
    "content",
];

impl Members {
    pub(super) fn parse(resource: &[u8]) -> Result<Self, OwnError> {
        let members: Self = serde_json::from_slice(resource).map_err(|_| OwnError::NotAResource)?;
        if members.resource_type().is_empty() { Err(OwnError::NotAResource) } else { Ok(members) }
    }

    pub(super) fn new(resource_type: &str) -> Self {
        let mut members = Self(Vec::new());
        members.put("resourceType", Value::from(resource_type));
        members
    }

    pub(super) fn resource_type(&self) -> String {
        self.get("resourceType").and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    }

    pub(super) fn get(&self, key: &str) -> Option<Value> {
        let (_, raw) = self.0.iter().find(|(name, _)| name == key)?;
        serde_json::from_str(raw.get()).ok()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(name, _)| name == key)
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Sets a member in its place, or at the end. Its primitive extension (`_key`) spoke of the old value and goes.
    pub(super) fn put(&mut self, key: &str, value: Value) {
        let Ok(raw) = serde_json::value::to_raw_value(&value) else { return };
        self.0.retain(|(name, _)| name.strip_prefix('_') != Some(key));
        match self.0.iter_mut().find(|(name, _)| name == key) {
            Some((_, old)) => *old = raw,
            None => self.0.push((key.to_owned(), raw)),
        }
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.0.retain(|(name, _)| name != key && name.strip_prefix('_') != Some(key));
    }

    /// Removes every form of a choice element (`value[x]`).
    pub(super) fn remove_choice(&mut self, base: &str) {
        self.0.retain(|(name, _)| {
            let name = name.strip_prefix('_').unwrap_or(name);
            !name.strip_prefix(base).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
        });
    }

    /// Sets one form of a choice element and removes the others.
    pub(super) fn put_choice(&mut self, base: &str, key: &str, value: Value) {
        if self.has(key) {
            let others: Vec<String> = self
                .keys()
                .filter(|name| *name != key)
                .filter(|name| {
                    name.strip_prefix(base).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_uppercase()))
                })
                .map(str::to_owned)
                .collect();
            others.iter().for_each(|other| self.remove(other));
        } else {
            self.remove_choice(base);
        }
        self.put(key, value);
    }

    /// Puts the members of a new entry into the order of FHIR's definitions.
    pub(super) fn sort(&mut self) {
        let rank = |name: &str| ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
        self.0.sort_by_key(|(name, _)| rank(name));
    }

    /// Compact JSON.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut out = String::from("{");
        for (n, (name, raw)) in self.0.iter().enumerate() {
            if n > 0 {
                out.push(',');
            }
            out.push_str(&Value::from(name.as_str()).to_string());
            out.push(':');
            out.push_str(raw.get());
        }
        out.push('}');
        out.into_bytes()
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Read)
    }
}
