//! What the ordinary gate is told beside records, so that nothing in it moves with what is hidden: the numbers of people
//! on the shelf, and when a source was last heard of.

use std::collections::BTreeSet;

use healthbook_sqlite::rusqlite::{OptionalExtension, params};

use super::Writer;
use crate::error::VaultError;
use crate::record::SourceRow;

impl Writer<'_> {
    /// Gives people on the shelf their numbers, in the order in which records of theirs come that anybody may see.
    pub(super) fn number_waiting(&self, touched: &[i64]) -> Result<(), VaultError> {
        let mut select = self.tx.prepare_cached(
            "SELECT subject FROM record
             WHERE id = ?1 AND access = 2 AND restricted = 0 AND sensitive = 0 AND subject IS NOT NULL",
        )?;
        let mut number = self.tx.prepare_cached(
            "UPDATE subject SET number = (SELECT coalesce(max(number), 0) + 1 FROM subject WHERE number IS NOT NULL)
             WHERE id = ?1 AND number IS NULL",
        )?;
        let mut last = None;
        for record in touched {
            let subject: Option<i64> = select.query_row([record], |row| row.get(0)).optional()?;
            if let Some(subject) = subject.filter(|subject| last != Some(*subject)) {
                number.execute([subject])?;
                last = Some(subject);
            }
        }
        Ok(())
    }

    /// Notes when sources last sent something that is shown, and takes that back where what they sent is shown no more.
    pub(super) fn tell_sources(&mut self) -> Result<(), VaultError> {
        let (sent, hushed) = (std::mem::take(&mut self.sent), std::mem::take(&mut self.hushed));
        let told = self.sources_of(&sent, false)?;
        for source in &told {
            self.source_told(SourceRow(*source))?;
        }
        for source in self.sources_of(&hushed, true)?.difference(&told) {
            // Its newest file in which something of it is still shown. Readings of a device are in no file.
            self.tx
                .prepare_cached(
                    "UPDATE source SET told_seen = min(told_seen, coalesce((
                        SELECT d.received_at FROM document d WHERE EXISTS (
                            SELECT 1 FROM span s JOIN record r ON r.id = s.record
                            WHERE s.document = d.id AND r.source = ?1 AND r.restricted = 0 AND r.sensitive = 0)
                        ORDER BY d.id DESC LIMIT 1), 0))
                     WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM series WHERE source = ?1 AND restricted = 0)",
                )?
                .execute([source])?;
        }
        Ok(())
    }

    /// The source has sent something that is shown just now.
    pub(super) fn source_told(&self, source: SourceRow) -> Result<(), VaultError> {
        self.tx
            .prepare_cached(
                "UPDATE source SET told_seen = last_seen WHERE id = ?1 AND told_seen < last_seen",
            )?
            .execute([source.0])?;
        Ok(())
    }

    /// The sources of records that are restricted or are not; the person is none.
    fn sources_of(&self, records: &BTreeSet<i64>, restricted: bool) -> Result<BTreeSet<i64>, VaultError> {
        let mut select = self.tx.prepare_cached(
            "SELECT source FROM record WHERE id = ?1 AND max(restricted, sensitive) = ?2 AND source <> ?3",
        )?;
        let mut sources = BTreeSet::new();
        for record in records {
            let source: Option<i64> = select
                .query_row(params![record, restricted, SourceRow::OWN.0], |row| row.get(0))
                .optional()?;
            sources.extend(source);
        }
        Ok(sources)
    }
}
