//! What the mapping of every form is given: a row, whom and what it hangs on, and where its records go.

use std::collections::HashSet;

use healthbook_model::Span;
use serde_json::Value;

use super::hoso::Unread;
use super::records::{Context, Hangs, Records};
use super::table::Row;
use super::value;

/// A row that is being mapped.
pub(super) struct Page<'m, 'p> {
    pub(super) row: Row<'p>,
    /// XML1 of its visit.
    pub(super) summary: Option<Row<'p>>,
    /// Services of its visit that have results in XML4.
    pub(super) tested: &'m HashSet<&'p str>,
    pub(super) hangs: &'m Hangs<'m>,
    pub(super) context: &'m Context,
    pub(super) out: &'m mut Records,
}

impl Page<'_, '_> {
    /// The person.
    pub(super) fn subject(&self) -> Option<Value> {
        self.hangs.subject()
    }

    /// The visit.
    pub(super) fn encounter(&self) -> Option<Value> {
        self.hangs.encounter()
    }

    /// The facility, as performer or provider.
    pub(super) fn facility(&self) -> Option<Value> {
        value::facility(self.context)
    }

    /// An id that no other record of the HOSO has: of the visit and this name.
    pub(super) fn id(&mut self, resource_type: &'static str, name: &str) -> String {
        self.out.id(resource_type, &format!("{}.{name}", self.hangs.visit))
    }

    /// The same of this row, in a table of this name.
    pub(super) fn row_id(&mut self, resource_type: &'static str, table: &str) -> String {
        self.out.id(resource_type, &self.hangs.row_id(&self.row, table))
    }

    /// Adds a resource that is made of the whole row: see [`Records::add`].
    pub(super) fn add<const N: usize>(
        &mut self,
        named: (&'static str, &str),
        members: [(&str, Option<Value>); N],
        restricts: bool,
    ) -> Result<(), Unread> {
        let spans = vec![self.row.span()];
        self.add_from(spans, named, members, restricts)
    }

    /// Adds a resource that is made of these stretches.
    pub(super) fn add_from<const N: usize>(
        &mut self,
        spans: Vec<Span>,
        named: (&'static str, &str),
        members: [(&str, Option<Value>); N],
        restricts: bool,
    ) -> Result<(), Unread> {
        self.out.add(named, members, spans, restricts, self.context)
    }
}
