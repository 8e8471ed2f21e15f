//! Documents, attachments, quarantine and the shelf, as lists.

use healthbook_model::{DocumentId, RecordId, Refusal, Timestamp, apart};
use healthbook_sqlite::rusqlite::{OptionalExtension, Row, params};

use super::Reader;
use crate::error::VaultError;
use crate::record::{AttachmentCursor, AttachmentListed, DocumentListed, Quarantined, SubjectRow, Waiting};
use crate::veil::Of;
use crate::write::{read_blob, size};

macro_rules! document_columns {
    () => {
        "SELECT d.uid, d.name, d.format, d.media_type, b.size, d.received_at, d.redacted, d.state = 2,
         (SELECT count(DISTINCT record) FROM visible_span WHERE document = d.id), d.id
         FROM visible_document d JOIN blob b ON b.id = d.blob "
    };
}

const DOCUMENTS: &str = concat!(document_columns!(), "WHERE d.id < ?1 ORDER BY d.id DESC LIMIT ?2");
pub(crate) const DOCUMENT: &str = concat!(document_columns!(), "WHERE d.uid = ?1");

/// Its numbers are places in what is shown: the rows' own would have gaps where something is hidden.
pub(crate) const QUARANTINE: &str =
    "SELECT d.uid, d.name, q.\"offset\", q.length, q.refusal, q.place, q.received_at
    FROM visible_quarantine q JOIN visible_document d ON d.id = q.document ORDER BY q.id LIMIT ?1 OFFSET ?2";
const QUARANTINED_BYTES: &str = "SELECT d.blob, q.\"offset\", q.length FROM visible_quarantine q
    JOIN visible_document d ON d.id = q.document ORDER BY q.id LIMIT 1 OFFSET ?1";

pub(crate) const ATTACHMENTS: &str =
    "SELECT record, n, uid, pointer, media_type, title, url, inline FROM visible_attachment
    WHERE (record, n) > (?1, ?2) AND record <= ?3 ORDER BY record, n LIMIT ?4";

fn document(row: &Row<'_>) -> healthbook_sqlite::rusqlite::Result<(i64, DocumentListed)> {
    Ok((
        row.get(9)?,
        DocumentListed {
            id: DocumentId::from_bytes(row.get(0)?),
            name: row.get(1)?,
            format: row.get(2)?,
            media_type: row.get(3)?,
            size: row.get::<_, i64>(4)?.unsigned_abs(),
            received_at: Timestamp(row.get(5)?),
            redacted: row.get::<_, i64>(6)?.unsigned_abs(),
            complete: row.get(7)?,
            records: row.get::<_, i64>(8)?.unsigned_abs(),
        },
    ))
}

impl Reader<'_> {
    /// Documents, newest first, at most `limit`, before the place that the last page gave.
    ///
    /// # Errors
    /// Of the database.
    pub fn documents(
        &self,
        before: Option<i64>,
        limit: u32,
    ) -> Result<(Vec<DocumentListed>, Option<i64>), VaultError> {
        let mut select = self.db().prepare_cached(DOCUMENTS)?;
        let before = before.map_or(i64::MAX, |place| self.veil.lifted(Of::Document, place));
        let rows = select.query_map(params![before, limit], document)?;
        let mut last = None;
        let mut found = Vec::new();
        for row in rows {
            let (id, document) = row?;
            last = Some(self.veil.over(Of::Document, id));
            found.push(document);
        }
        Ok((found, last))
    }

    /// One document.
    ///
    /// # Errors
    /// [`VaultError::NotFound`].
    pub fn document(&self, id: DocumentId) -> Result<DocumentListed, VaultError> {
        self.db()
            .prepare_cached(DOCUMENT)?
            .query_row([id.as_bytes().as_slice()], document)
            .optional()?
            .map(|(_, document)| document)
            .ok_or(VaultError::NotFound { what: "document" })
    }

    /// The documents that a record stands in or was made from.
    ///
    /// # Errors
    /// [`VaultError::NotFound`].
    pub fn documents_of(&self, id: RecordId) -> Result<Vec<DocumentId>, VaultError> {
        let row = self.record(id)?.row;
        let mut select = self.db().prepare_cached(
            "SELECT DISTINCT d.uid FROM visible_span s JOIN visible_document d ON d.id = s.document WHERE s.record = ?1",
        )?;
        let found = select
            .query_map([row.0], |row| row.get(0).map(DocumentId::from_bytes))?
            .collect::<Result<_, _>>()?;
        Ok(found)
    }

    /// The records that stand in a document or were made from it, in the order in which they stand there.
    ///
    /// # Errors
    /// [`VaultError::NotFound`].
    pub fn records_of(&self, id: DocumentId) -> Result<Vec<RecordId>, VaultError> {
        self.document(id)?;
        let mut select = self.db().prepare_cached(
            "SELECT r.uid FROM visible_document d JOIN visible_span s ON s.document = d.id
             JOIN visible_record r ON r.id = s.record WHERE d.uid = ?1
             GROUP BY r.id ORDER BY min(s.\"offset\"), min(s.inner_offset), r.id",
        )?;
        let found = select
            .query_map([id.as_bytes().as_slice()], |row| row.get(0).map(RecordId::from_bytes))?
            .collect::<Result<_, _>>()?;
        Ok(found)
    }

    /// The first of [`Reader::records_of`], when any is shown.
    ///
    /// # Errors
    /// Of the database.
    pub fn first_record_of(&self, id: DocumentId) -> Result<Option<RecordId>, VaultError> {
        Ok(self
            .db()
            .prepare_cached(
                "SELECT r.uid FROM visible_document d JOIN visible_span s ON s.document = d.id
                 JOIN visible_record r ON r.id = s.record WHERE d.uid = ?1
                 ORDER BY s.\"offset\", s.inner_offset, r.id LIMIT 1",
            )?
            .query_row([id.as_bytes().as_slice()], |row| row.get(0).map(RecordId::from_bytes))
            .optional()?)
    }

    /// Attachments of one record, or of all of them, after the place that the last page gave, at most `limit`.
    ///
    /// # Errors
    /// [`VaultError::NotFound`] when there is no such record.
    pub fn attachments(
        &self,
        of: Option<RecordId>,
        after: Option<AttachmentCursor>,
        limit: u32,
    ) -> Result<(Vec<AttachmentListed>, Option<AttachmentCursor>), VaultError> {
        let row = of.map(|id| self.record(id)).transpose()?.map(|r| r.row.0);
        // Those of one record are a stretch of the table: it begins at the record and ends with it.
        let after = after.map_or((i64::MIN, 0), |place| place.lifted(self.veil));
        let after = row.map_or(after, |row| after.max((row, -1)));
        let mut select = self.db().prepare_cached(ATTACHMENTS)?;
        let rows = select.query_map(params![after.0, after.1, row.unwrap_or(i64::MAX), limit], |row| {
            Ok((
                AttachmentCursor::over(self.veil, row.get(0)?, row.get(1)?),
                AttachmentListed {
                    record: RecordId::from_bytes(row.get(2)?),
                    n: row.get(1)?,
                    pointer: row.get(3)?,
                    media_type: row.get(4)?,
                    title: row.get(5)?,
                    url: row.get(6)?,
                    inline: row.get(7)?,
                },
            ))
        })?;
        let mut next = None;
        let mut found = Vec::new();
        for row in rows {
            let (place, attachment) = row?;
            next = Some(place);
            found.push(attachment);
        }
        Ok((found, next))
    }

    /// Where in its record an attachment stands: a JSON pointer.
    ///
    /// # Errors
    /// [`VaultError::NotFound`].
    pub fn attachment_pointer(&self, of: RecordId, n: u32) -> Result<String, VaultError> {
        let row = self.record(of)?.row;
        self.db()
            .prepare_cached("SELECT pointer FROM visible_attachment WHERE record = ?1 AND n = ?2")?
            .query_row(params![row.0, n], |row| row.get(0))
            .optional()?
            .ok_or(VaultError::NotFound { what: "attachment" })
    }

    /// What could not be read, oldest first, at most `limit`, after the place that the last page gave.
    ///
    /// # Errors
    /// Of the database.
    pub fn quarantine(
        &self,
        after: Option<i64>,
        limit: u32,
    ) -> Result<(Vec<Quarantined>, Option<i64>), VaultError> {
        let after = after.unwrap_or(0).max(0);
        let mut select = self.db().prepare_cached(QUARANTINE)?;
        let rows = select.query_map(params![limit, after], |row| {
            Ok(Quarantined {
                n: 0,
                document: DocumentId::from_bytes(row.get(0)?),
                name: row.get(1)?,
                offset: row.get::<_, i64>(2)?.unsigned_abs(),
                length: row.get::<_, i64>(3)?.unsigned_abs(),
                refusal: Refusal::parse(&row.get::<_, String>(4)?).unwrap_or(Refusal::Malformed),
                place: row.get(5)?,
                received_at: Timestamp(row.get(6)?),
            })
        })?;
        let found: Vec<Quarantined> = (after.saturating_add(1)..)
            .zip(rows)
            .map(|(n, row)| Ok(Quarantined { n, ..row? }))
            .collect::<Result<_, VaultError>>()?;
        let next = found.last().map(|quarantined| quarantined.n);
        Ok((found, next))
    }

    /// The bytes of something that could not be read.
    ///
    /// # Errors
    /// [`VaultError::NotFound`].
    pub fn quarantined_bytes(&self, n: i64) -> Result<Vec<u8>, VaultError> {
        const NOT_FOUND: VaultError = VaultError::NotFound { what: "entry in quarantine" };
        let place = n.checked_sub(1).filter(|place| *place >= 0).ok_or(NOT_FOUND)?;
        let (blob, offset, length): (i64, i64, i64) = self
            .db()
            .prepare_cached(QUARANTINED_BYTES)?
            .query_row([place], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?
            .ok_or(NOT_FOUND)?;
        read_blob(self.db(), blob, size(offset)?, size(length)?)
    }

    /// Who waits on the shelf "not confirmed".
    ///
    /// # Errors
    /// Of the database.
    pub fn waiting(&self) -> Result<Vec<Waiting>, VaultError> {
        let mut select = self.db().prepare_cached(
            "SELECT s.id, m.name, s.name, s.birth_date, s.sex,
                (SELECT count(*) FROM waiting w WHERE w.subject = s.id),
                s.type = '' OR s.origin LIKE '%' || ?1,
                CASE WHEN s.type = '' THEN (SELECT l.name FROM waiting_likely l WHERE l.source = s.source) END, n.number
             FROM waiting_subject s JOIN waiting_number n ON n.id = s.id JOIN visible_name m ON m.id = s.source
             ORDER BY n.number",
        )?;
        let rows = select.query_map([apart::NOT_KNOWN_WHO], |row| {
            Ok(Waiting {
                subject: SubjectRow(row.get(0)?),
                number: row.get(8)?,
                source: row.get(1)?,
                name: row.get(2)?,
                birth_date: row.get(3)?,
                sex: row.get(4)?,
                records: row.get::<_, i64>(5)?.unsigned_abs(),
                nameless: row.get(6)?,
                likely: row.get(7)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Titles of a few records of somebody on the shelf, so that the person can tell whose they are: kind, date, title.
    ///
    /// # Errors
    /// Of the database.
    pub fn waiting_titles(
        &self,
        subject: SubjectRow,
        limit: u32,
    ) -> Result<Vec<(healthbook_model::Kind, Option<String>, String)>, VaultError> {
        let mut select = self.db().prepare_cached(
            "SELECT kind, start, title FROM waiting WHERE subject = ?1 ORDER BY id LIMIT ?2",
        )?;
        let rows = select.query_map(params![subject.0, limit], |row| {
            let kind =
                healthbook_model::Kind::from_number(row.get(0)?).unwrap_or(healthbook_model::Kind::Other);
            Ok((kind, row.get(1)?, row.get(2)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
