//! The timeline: newest first, a page at a time, each page from an index.

use std::cmp::Reverse;

use healthbook_model::{Kind, Standing, Timestamp};
use healthbook_sqlite::rusqlite::{OptionalExtension, named_params};

use super::{Reader, listed, listed_columns};
use crate::error::VaultError;
use crate::record::{Cursor, Listed};

/// What a list shall hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of these kinds only; empty means the kinds of a health story (see [`Filter::everything`]).
    pub kinds: Vec<Kind>,
    /// Of this FHIR resource type only.
    pub resource_type: Option<String>,
    /// Of this source only: its label or base.
    pub source: Option<String>,
    /// Of this facility only, by its name.
    pub facility: Option<String>,
    /// Not before this moment (an undated record is in no range).
    pub from: Option<Timestamp>,
    /// Not after this moment.
    pub to: Option<Timestamp>,
    /// Every record of every type in any state, also people, providers and what was deleted.
    pub everything: bool,
}

impl Filter {
    /// The kinds it lets through.
    pub(super) fn shown_kinds(&self) -> Vec<Kind> {
        if !self.kinds.is_empty() {
            return self.kinds.clone();
        }
        let whole = self.everything || self.resource_type.is_some();
        Kind::ALL.iter().copied().filter(|kind| whole || !NOT_IN_THE_STORY.contains(kind)).collect()
    }

    /// The least and the greatest time it lets through; what is undated has the least of all.
    pub(super) fn bounds(&self) -> (i64, i64) {
        let dated = self.from.is_some() || self.to.is_some();
        let least = if dated { i64::MIN + 1 } else { i64::MIN };
        (self.from.map_or(least, |t| t.0), self.to.map_or(i64::MAX, |t| t.0))
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelinePage {
    /// The rows.
    pub rows: Vec<Listed>,
    /// Where the next page begins; `None` when this was the last.
    pub next: Option<Cursor>,
}

/// Kinds that tell no event of the person's health and stand elsewhere in the book.
const NOT_IN_THE_STORY: [Kind; 4] = [Kind::Person, Kind::RelatedPerson, Kind::Provider, Kind::Provenance];

macro_rules! page {
    ($index:literal) => {
        concat!(
            "SELECT ",
            listed_columns!(),
            " FROM visible_listed r WHERE ",
            $index,
            "(r.sort, r.id) < (:sort, :id) AND r.sort >= :from
             AND ((:kinds >> r.kind) & 1) AND (:deleted OR r.standing <> :gone)
             AND (:type IS NULL OR r.type = :type) AND (:source IS NULL OR r.source = :source)
             AND (:facility IS NULL OR r.facility = :facility)
             ORDER BY r.sort DESC, r.id DESC LIMIT :limit"
        )
    };
}

/// The statement that walks the index which narrows the list most.
pub(crate) fn statement(kinds: usize, source: bool, facility: bool) -> &'static str {
    match (facility, source, kinds) {
        (true, _, _) => page!("r.facility = :facility AND "),
        (false, true, _) => page!("r.source = :source AND "),
        (false, false, 1) => page!("r.kind = :kind AND "),
        _ => page!(""),
    }
}

impl Reader<'_> {
    /// A page of the list, newest first; undated records come last.
    ///
    /// # Errors
    /// [`VaultError::NotFound`] when the filter names a source or facility the book does not know.
    pub fn timeline(
        &self,
        filter: &Filter,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<TimelinePage, VaultError> {
        let facility = filter.facility.as_deref().map(|name| self.facility_number(name)).transpose()?;
        let sources: Vec<Option<i64>> = match &filter.source {
            Some(name) => self.source_numbers(name)?.into_iter().map(Some).collect(),
            None => vec![None],
        };
        let after = after.map(|cursor| cursor.lifted(self.veil));
        let mut rows = Vec::new();
        for source in &sources {
            rows.extend(self.first_rows(filter, (*source, facility), after, limit)?);
        }
        if sources.len() > 1 {
            rows.sort_by_key(|row| Reverse((row.cursor.sort, row.cursor.row)));
        }
        let page = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > page;
        rows.truncate(page);
        let next = if more { rows.last().map(|r| r.cursor.over(self.veil)) } else { None };
        Ok(TimelinePage { rows, next })
    }

    /// One row more than a page holds, from one index.
    fn first_rows(
        &self,
        filter: &Filter,
        (source, facility): (Option<i64>, Option<i64>),
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<Vec<Listed>, VaultError> {
        let kinds = filter.shown_kinds();
        let mask = kinds.iter().fold(0i64, |mask, kind| mask | (1 << kind.number()));
        let start = match (after, filter.to) {
            (Some(cursor), _) => cursor,
            (None, Some(to)) => Cursor { sort: to.0, row: i64::MAX },
            (None, None) => Cursor { sort: i64::MAX, row: i64::MAX },
        };
        let (from, _) = filter.bounds();
        let mut select =
            self.db().prepare_cached(statement(kinds.len(), source.is_some(), facility.is_some()))?;
        // A statement may lack a name that another has; only those it knows are bound.
        let single = kinds.first().map_or(0, |k| k.number());
        for (name, value) in [
            (":sort", Some(start.sort)),
            (":id", Some(start.row)),
            (":from", Some(from)),
            (":kinds", Some(mask)),
            (":kind", Some(i64::from(single))),
            (":deleted", Some(i64::from(filter.everything))),
            (":gone", Some(i64::from(Standing::Deleted.number()))),
            (":source", source),
            (":facility", facility),
            (":limit", Some(i64::from(limit) + 1)),
        ] {
            if let Some(at) = select.parameter_index(name)? {
                select.raw_bind_parameter(at, value)?;
            }
        }
        if let Some(at) = select.parameter_index(":type")? {
            select.raw_bind_parameter(at, &filter.resource_type)?;
        }
        let mut rows = Vec::new();
        let mut found = select.raw_query();
        while let Some(row) = found.next()? {
            rows.push(listed(row)?);
        }
        Ok(rows)
    }

    /// The rows of the sources that bear this label or base, as a rule one; a label and a facility are named without
    /// their prefix.
    pub(super) fn source_numbers(&self, name: &str) -> Result<Vec<i64>, VaultError> {
        let mut select = self.db().prepare_cached(
            "SELECT s.id FROM visible_source s JOIN visible_name n ON n.id = s.id WHERE n.name = :n OR s.base = :n
             OR s.base = 'label:' || :n OR s.base = 'facility:' || :n ORDER BY s.id",
        )?;
        let found: Vec<i64> =
            select.query_map(named_params! {":n": name}, |row| row.get(0))?.collect::<Result<_, _>>()?;
        if found.is_empty() { Err(VaultError::NotFound { what: "source" }) } else { Ok(found) }
    }

    pub(super) fn facility_number(&self, name: &str) -> Result<i64, VaultError> {
        self.db()
            .prepare_cached("SELECT id FROM visible_facility WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?
            .ok_or(VaultError::NotFound { what: "facility" })
    }
}
