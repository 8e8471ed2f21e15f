//! Originals, attachments, and what could not be read.

use healthbook_model::{DocumentId, RecordId};
use healthbook_vault::{AttachmentCursor, AttachmentListed, DocumentListed, DocumentStream, Quarantined};

use crate::book::Book;
use crate::error::{Error, ErrorCode};
use crate::item::Reading;

impl Book {
    /// Documents, newest first, a page at a time. The second value is where the next page begins; it is `None` with an
    /// empty page, after the last.
    ///
    /// # Errors
    /// Of reading the book.
    pub fn documents(
        &self,
        reading: Reading,
        before: Option<i64>,
        limit: u32,
    ) -> Result<(Vec<DocumentListed>, Option<i64>), Error> {
        self.read(reading, |reader| reader.documents(before, limit))
    }

    /// One document as the list shows it.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`].
    pub fn document(&self, reading: Reading, id: DocumentId) -> Result<DocumentListed, Error> {
        self.read(reading, |reader| reader.document(id))
    }

    /// A document's bytes as a stream: exactly as they came, unless a purge has overwritten a part of them
    /// ([`DocumentListed::redacted`]).
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`].
    pub fn open_document(&self, reading: Reading, id: DocumentId) -> Result<DocumentStream<'_>, Error> {
        Ok(self.vault.open_document(reading.gate(), id)?)
    }

    /// The documents a record stands in or was made from.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`].
    pub fn documents_of(&self, reading: Reading, id: RecordId) -> Result<Vec<DocumentId>, Error> {
        self.read(reading, |reader| reader.documents_of(id))
    }

    /// The records that stand in a document or were made from it, in the order in which they stand there.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`].
    pub fn records_of(&self, reading: Reading, id: DocumentId) -> Result<Vec<RecordId>, Error> {
        self.read(reading, |reader| reader.records_of(id))
    }

    /// Attachments of one record, or of all records, a page at a time. The second value is where the next page begins; it
    /// is `None` with an empty page, after the last.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] when there is no such record.
    pub fn attachments(
        &self,
        reading: Reading,
        of: Option<RecordId>,
        after: Option<AttachmentCursor>,
        limit: u32,
    ) -> Result<(Vec<AttachmentListed>, Option<AttachmentCursor>), Error> {
        self.read(reading, |reader| reader.attachments(of, after, limit))
    }

    /// The bytes of an attachment that is inside a record.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`]; [`ErrorCode::NotAllowed`] when the bytes are elsewhere or are no base64.
    pub fn attachment_bytes(&self, reading: Reading, record: RecordId, n: u32) -> Result<Vec<u8>, Error> {
        let (pointer, resource) = self.read(reading, |reader| {
            Ok((reader.attachment_pointer(record, n)?, reader.head_bytes(record)?))
        })?;
        healthbook_formats::attachment(&resource, &pointer).map_err(|_| Error::new(ErrorCode::NotAllowed))
    }

    /// What could not be read, oldest first, numbered as this reading shows it, a page at a time. The second value is where
    /// the next page begins; it is `None` with an empty page, after the last.
    ///
    /// # Errors
    /// Of reading the book.
    pub fn quarantine(
        &self,
        reading: Reading,
        after: Option<i64>,
        limit: u32,
    ) -> Result<(Vec<Quarantined>, Option<i64>), Error> {
        self.read(reading, |reader| reader.quarantine(after, limit))
    }

    /// The bytes of something that could not be read, by its number in [`Book::quarantine`] with the same reading.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`].
    pub fn quarantined_bytes(&self, reading: Reading, n: i64) -> Result<Vec<u8>, Error> {
        self.read(reading, |reader| reader.quarantined_bytes(n))
    }
}
