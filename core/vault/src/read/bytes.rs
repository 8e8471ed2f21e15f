//! Reading bytes back: versions whole, documents as a stream.

use std::io::{self, Read, Seek, SeekFrom};

use healthbook_model::{DocumentId, RecordId};
use healthbook_sqlite::rusqlite::{OptionalExtension, params};

use super::Reader;
use crate::error::VaultError;
use crate::gate::Gate;
use crate::record::{DocumentRow, RecordRow};
use crate::vault::Vault;
use crate::write::{CHUNK, CHUNKS_PER_BLOB, chunk_id, int, read_blob, size};

/// Where the bytes of a head stand.
pub(crate) const HEAD_BYTES: &str = "SELECT v.blob, v.\"offset\", v.length FROM visible_record r
    JOIN visible_version v ON v.record = r.id AND v.n = r.head WHERE r.uid = ?1";

impl Reader<'_> {
    /// The exact bytes of a record's head.
    ///
    /// # Errors
    /// [`VaultError::NotFound`], also for a record that is deleted.
    pub fn head_bytes(&self, id: RecordId) -> Result<Vec<u8>, VaultError> {
        let found: Option<(Option<i64>, i64, i64)> = self
            .db()
            .prepare_cached(HEAD_BYTES)?
            .query_row([id.as_bytes().as_slice()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        self.stretch(found)
    }

    /// The exact bytes of a listed record's head.
    ///
    /// # Errors
    /// As [`Reader::head_bytes`].
    pub fn head_bytes_of(&self, row: RecordRow) -> Result<Vec<u8>, VaultError> {
        let found: Option<(Option<i64>, i64, i64)> = self
            .db()
            .prepare_cached(
                "SELECT v.blob, v.\"offset\", v.length FROM visible_record r
                 JOIN visible_version v ON v.record = r.id AND v.n = r.head WHERE r.id = ?1",
            )?
            .query_row([row.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        self.stretch(found)
    }

    /// The exact bytes of one version.
    ///
    /// # Errors
    /// [`VaultError::NotFound`], also for a deletion.
    pub fn version_bytes(&self, id: RecordId, n: u32) -> Result<Vec<u8>, VaultError> {
        let found: Option<(Option<i64>, i64, i64)> = self
            .db()
            .prepare_cached(
                "SELECT v.blob, v.\"offset\", v.length FROM visible_record r
                 JOIN visible_version v ON v.record = r.id AND v.n = ?2 WHERE r.uid = ?1",
            )?
            .query_row(params![id.as_bytes().as_slice(), n], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        self.stretch(found)
    }

    fn stretch(&self, found: Option<(Option<i64>, i64, i64)>) -> Result<Vec<u8>, VaultError> {
        let (blob, offset, length) = found.ok_or(VaultError::NotFound { what: "record" })?;
        let blob = blob.ok_or(VaultError::NotFound { what: "version" })?;
        read_blob(self.db(), blob, size(offset)?, size(length)?)
    }
}

/// A document's bytes as a stream that can seek. Between two reads it holds no transaction and no lock, so a book can be
/// written, suspended or locked while somebody reads on; it keeps a few chunks in memory.
pub struct DocumentStream<'a> {
    vault: &'a Vault,
    blob: i64,
    size: u64,
    at: u64,
    /// The first chunk in memory, and the bytes from there on.
    ahead: (i64, Vec<u8>),
}

/// Chunks fetched at once.
const AHEAD: i64 = 8;

impl<'a> DocumentStream<'a> {
    pub(crate) fn new(vault: &'a Vault, blob: i64, size: u64) -> Self {
        Self { vault, blob, size, at: 0, ahead: (0, Vec::new()) }
    }

    /// Size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    fn have(&self) -> &[u8] {
        let start = u64::try_from(self.ahead.0).unwrap_or(0) * CHUNK as u64;
        let from = self.at.checked_sub(start).and_then(|from| usize::try_from(from).ok());
        from.and_then(|from| self.ahead.1.get(from..)).unwrap_or_default()
    }

    fn fetch(&mut self) -> Result<(), VaultError> {
        let first = int(self.at / CHUNK as u64)?;
        let last = (first + AHEAD - 1).min(CHUNKS_PER_BLOB - 1);
        let (from, to) = (chunk_id(self.blob, first)?, chunk_id(self.blob, last)?);
        // Chunks alone tell nothing: whoever has a stream was let through the gate when it was opened.
        let bytes = self.vault.read(Gate::Ordinary, |reader| {
            let mut select = reader
                .db()
                .prepare_cached("SELECT bytes FROM chunk WHERE id BETWEEN ?1 AND ?2 ORDER BY id")?;
            let mut rows = select.query([from, to])?;
            let mut bytes = Vec::new();
            while let Some(row) = rows.next()? {
                bytes.extend_from_slice(
                    row.get_ref(0)?.as_blob().map_err(|_| VaultError::damaged("a chunk is no blob"))?,
                );
            }
            Ok(bytes)
        })?;
        self.ahead = (first, bytes);
        Ok(())
    }
}

impl Read for DocumentStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.size || buffer.is_empty() {
            return Ok(0);
        }
        if self.have().is_empty() {
            self.fetch().map_err(io::Error::other)?;
        }
        let have = self.have();
        let count = have.len().min(buffer.len());
        if count == 0 {
            return Err(io::Error::other(VaultError::damaged("bytes are missing")));
        }
        buffer.iter_mut().zip(have).for_each(|(to, from)| *to = *from);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for DocumentStream<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

impl Vault {
    /// The bytes of a document that this gate shows.
    ///
    /// # Errors
    /// [`VaultError::NotFound`].
    pub fn open_document(&self, gate: Gate, id: DocumentId) -> Result<DocumentStream<'_>, VaultError> {
        let (blob, total): (i64, i64) = self.read(gate, |reader| {
            reader
                .db()
                .prepare_cached(
                    "SELECT b.id, b.size FROM visible_document d JOIN blob b ON b.id = d.blob WHERE d.uid = ?1",
                )?
                .query_row([id.as_bytes().as_slice()], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?
                .ok_or(VaultError::NotFound { what: "document" })
        })?;
        Ok(DocumentStream::new(self, blob, size(total)?))
    }

    /// The bytes of a document that is being read in, whatever shelf it will stand on.
    ///
    /// # Errors
    /// [`VaultError::NotFound`].
    pub fn open_received(&self, document: DocumentRow) -> Result<DocumentStream<'_>, VaultError> {
        let (blob, total): (i64, i64) = self.ask(|db| {
            db.query_row(
                "SELECT b.id, b.size FROM document d JOIN blob b ON b.id = d.blob WHERE d.id = ?1",
                [document.0],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?
            .ok_or(VaultError::NotFound { what: "document" })
        })?;
        Ok(DocumentStream::new(self, blob, size(total)?))
    }
}
