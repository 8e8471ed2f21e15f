//! What records are called: for a list by name, of which the reader's language decides the order.

use healthbook_model::{Coding, Kind, Standing};
use healthbook_sqlite::rusqlite::{OptionalExtension, named_params};

use super::{Filter, Reader, listed, listed_columns};
use crate::error::VaultError;
use crate::record::{Cursor, Listed, RecordRow};

/// What a record is called.
#[derive(Debug, Clone, PartialEq)]
pub struct Titled {
    /// Its row, for further calls in the same read.
    pub row: RecordRow,
    /// Its place in time.
    pub cursor: Cursor,
    /// FHIR resource type.
    pub resource_type: String,
    /// What its source calls it.
    pub title: String,
    /// The code that says the same.
    pub title_code: Option<Coding>,
}

/// The kind is read in the index, so that a row of another kind costs next to nothing.
pub(crate) const TITLES: &str = "
    SELECT r.id, r.sort, r.type, r.title, r.title_system, r.title_code FROM visible_record r
    WHERE r.sort BETWEEN :from AND :to AND ((:kinds >> r.kind) & 1) AND (:deleted OR r.standing <> :gone)
    AND (:type IS NULL OR r.type = :type) AND (:source IS NULL OR r.source = :source)
    AND (:facility IS NULL OR r.facility = :facility) ORDER BY r.sort DESC, r.id DESC";

const AT: &str = concat!("SELECT ", listed_columns!(), " FROM visible_listed r WHERE r.id = ?1");

impl Reader<'_> {
    /// Tells what each record is called that the filter lets through.
    ///
    /// # Errors
    /// [`VaultError::NotFound`] when the filter names a source or facility the book does not know.
    pub fn titles(&self, filter: &Filter, mut each: impl FnMut(Titled)) -> Result<(), VaultError> {
        let facility = filter.facility.as_deref().map(|name| self.facility_number(name)).transpose()?;
        let sources: Vec<Option<i64>> = match &filter.source {
            Some(name) => self.source_numbers(name)?.into_iter().map(Some).collect(),
            None => vec![None],
        };
        let mask = filter.shown_kinds().iter().fold(0i64, |mask, kind: &Kind| mask | (1 << kind.number()));
        let (from, to) = filter.bounds();
        for source in sources {
            let mut select = self.db().prepare_cached(TITLES)?;
            let mut found = select.query(named_params! {
                ":from": from, ":to": to, ":kinds": mask, ":deleted": filter.everything,
                ":gone": Standing::Deleted.number(), ":type": filter.resource_type, ":source": source,
                ":facility": facility,
            })?;
            while let Some(row) = found.next()? {
                let id: i64 = row.get(0)?;
                let (system, code): (Option<String>, Option<String>) = (row.get(4)?, row.get(5)?);
                each(Titled {
                    row: RecordRow(id),
                    cursor: Cursor { sort: row.get(1)?, row: id },
                    resource_type: row.get(2)?,
                    title: row.get(3)?,
                    title_code: system.zip(code).map(|(system, code)| Coding::new(system, code)),
                });
            }
        }
        Ok(())
    }

    /// The record of a row, as a list shows it.
    ///
    /// # Errors
    /// [`VaultError::NotFound`].
    pub fn record_at(&self, row: RecordRow) -> Result<Listed, VaultError> {
        self.db()
            .prepare_cached(AT)?
            .query_row([row.0], listed)
            .optional()?
            .ok_or(VaultError::NotFound { what: "record" })
    }
}
