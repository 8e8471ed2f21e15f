//! Audit, consents, counts and freshness.

use healthbook_model::{Kind, Timestamp};
use healthbook_sqlite::rusqlite::params;

use super::Reader;
use crate::error::VaultError;

/// A line of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// Its place among the lines that the reader is shown, from 1, and for the next page.
    pub n: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What, as a stable word.
    pub action: String,
    /// The identity of the record or document it is about.
    pub object: Option<[u8; 16]>,
    /// Counts and the like.
    pub detail: String,
}

/// A consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentLine {
    /// Its identity.
    pub id: [u8; 16],
    /// What for.
    pub purpose: String,
    /// What of.
    pub scope: String,
    /// Since when.
    pub given_at: Timestamp,
    /// Until when.
    pub withdrawn_at: Option<Timestamp>,
    /// How it was given.
    pub evidence: String,
}

/// Records of one kind and type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// The kind.
    pub kind: Kind,
    /// FHIR resource type.
    pub resource_type: String,
    /// How many.
    pub count: u64,
}

/// A source and what came from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceCount {
    /// Its label, else its base.
    pub name: String,
    /// What it is, as a stable word.
    pub kind: String,
    /// Records.
    pub count: u64,
    /// When it last sent something.
    pub last_seen: Timestamp,
}

pub(crate) const COUNTS: &str = "SELECT kind, type, sum(count) FROM visible_tally WHERE standing <> ?1
    GROUP BY kind, type ORDER BY kind, type";
pub(crate) const SOURCES: &str =
    "SELECT n.name, s.kind, coalesce((SELECT sum(count) FROM visible_tally t
    WHERE t.source = s.id AND t.standing <> ?1), 0), n.seen FROM visible_source s JOIN visible_name n ON n.id = s.id
    ORDER BY s.kind <> 'own', n.name, s.base";
const AUDIT_LINES: &str = "SELECT count(*) FROM visible_audit";
pub(crate) const AUDIT: &str =
    "SELECT at, actor, action, object, detail FROM visible_audit ORDER BY n DESC LIMIT ?2 OFFSET ?1";

impl Reader<'_> {
    /// Lines of the audit, newest first, before the given place. A line's number is its place among those that this gate
    /// shows, so that what is hidden leaves no gap; it costs a walk over the log, which grows with what is done and not
    /// with what is read.
    ///
    /// # Errors
    /// Of the database.
    pub fn audit(&self, before: Option<i64>, limit: u32) -> Result<Vec<AuditLine>, VaultError> {
        let lines: i64 = self.db().prepare_cached(AUDIT_LINES)?.query_row([], |row| row.get(0))?;
        let first = before.map_or(lines, |before| before.saturating_sub(1).clamp(0, lines));
        let mut select = self.db().prepare_cached(AUDIT)?;
        let rows = select.query_map(params![lines - first, limit], |row| {
            Ok(AuditLine {
                n: 0,
                at: Timestamp(row.get(0)?),
                actor: row.get(1)?,
                action: row.get(2)?,
                object: row.get(3)?,
                detail: row.get(4)?,
            })
        })?;
        (1..=first).rev().zip(rows).map(|(n, row)| Ok(AuditLine { n, ..row? })).collect()
    }

    /// All consents, newest first.
    ///
    /// # Errors
    /// Of the database.
    pub fn consents(&self) -> Result<Vec<ConsentLine>, VaultError> {
        let mut select = self.db().prepare_cached(
            "SELECT uid, purpose, scope, given_at, withdrawn_at, evidence FROM consent ORDER BY id DESC",
        )?;
        let rows = select.query_map([], |row| {
            Ok(ConsentLine {
                id: row.get(0)?,
                purpose: row.get(1)?,
                scope: row.get(2)?,
                given_at: Timestamp(row.get(3)?),
                withdrawn_at: row.get::<_, Option<i64>>(4)?.map(Timestamp),
                evidence: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Records per kind and type, deleted ones left out. Read from counters.
    ///
    /// # Errors
    /// Of the database.
    pub fn counts(&self) -> Result<Vec<Counts>, VaultError> {
        let mut select = self.db().prepare_cached(COUNTS)?;
        let rows = select.query_map([healthbook_model::Standing::Deleted.number()], |row| {
            Ok(Counts {
                kind: Kind::from_number(row.get(0)?).unwrap_or(Kind::Other),
                resource_type: row.get(1)?,
                count: row.get::<_, i64>(2)?.unsigned_abs(),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Records and freshness per source.
    ///
    /// # Errors
    /// Of the database.
    pub fn sources(&self) -> Result<Vec<SourceCount>, VaultError> {
        let mut select = self.db().prepare_cached(SOURCES)?;
        let rows = select.query_map([healthbook_model::Standing::Deleted.number()], |row| {
            Ok(SourceCount {
                name: row.get(0)?,
                kind: row.get(1)?,
                count: row.get::<_, i64>(2)?.unsigned_abs(),
                last_seen: Timestamp(row.get(3)?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Entries in quarantine whose documents stand on the shelf: they show once the records that wait are decided.
    ///
    /// # Errors
    /// Of the database.
    pub fn quarantine_waiting(&self) -> Result<u64, VaultError> {
        let mut select = self.db().prepare_cached("SELECT count(*) FROM waiting_quarantine")?;
        Ok(select.query_row([], |row| row.get::<_, i64>(0))?.unsigned_abs())
    }

    /// Restricted counts aside: documents, entries in quarantine and samples the book holds.
    ///
    /// # Errors
    /// Of the database.
    pub fn other_counts(&self) -> Result<(u64, u64, u64), VaultError> {
        let one = |sql: &str| -> Result<u64, VaultError> {
            Ok(self.db().prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0))?.unsigned_abs())
        };
        Ok((
            one("SELECT count(*) FROM visible_document")?,
            one("SELECT count(*) FROM visible_quarantine")?,
            one("SELECT coalesce(sum(count), 0) FROM visible_sample_day")?,
        ))
    }
}
