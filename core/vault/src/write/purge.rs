//! Purge, the right to erasure: the one thing in the book that takes bytes away.

use std::collections::BTreeSet;

use healthbook_model::{RecordId, Rel, Span};
use healthbook_sqlite::rusqlite::{self, ErrorCode, OptionalExtension, params};

use super::index::Names;
use super::{CHUNK, CHUNKS_PER_BLOB, Writer, chunk_id, int, size};
use crate::error::VaultError;
use crate::gate::Gate;
use crate::keys::ContentHasher;
use crate::record::{DocumentRow, Put, RecordRow, SourceRow};

/// What a purge of a record takes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurgePlan {
    /// The records that go, as far as they are shown: the one that was named first, then what was mapped from it or holds it.
    pub records: Vec<RecordId>,
    /// Versions that go.
    pub versions: u64,
    /// Stretches of documents that are overwritten.
    pub stretches: u64,
}

impl Writer<'_> {
    /// The records that hang on one so that it cannot be erased without them: the visit's own parts when they come
    /// from the same claim, a document Bundle that holds it, the summary that tells of it in its own words, and the
    /// corrections that copy it.
    fn closure(&self, record: RecordRow) -> Result<BTreeSet<i64>, VaultError> {
        let mut all = BTreeSet::new();
        let mut open = vec![record.0];
        let person = self.person_row()?;
        while let Some(next) = open.pop() {
            // The book's own person stays, whatever they are linked with.
            if (next != record.0 && Some(next) == person) || !all.insert(next) {
                continue;
            }
            let mut select = self.tx.prepare_cached(
                // A Bundle that holds it.
                "SELECT l.target FROM link l JOIN record b ON b.id = l.target
                    WHERE l.record = ?1 AND l.rel = 'part-of' AND l.undone_at IS NULL AND b.type = 'Bundle'
                 -- A summary whose sections list it: their narrative says it in words.
                 UNION SELECT f.record FROM record t
                    JOIN reference f ON f.source = t.source AND f.origin = t.origin AND f.rel = ?3
                        AND f.type IN ('', t.type)
                    JOIN record c ON c.id = f.record AND c.type = 'Composition'
                    WHERE t.id = ?1
                 -- Its corrections are copies of it.
                 UNION SELECT record FROM link WHERE target = ?1 AND rel IN ('corrects', 'derived-from')
                 -- What a claim tells of a visit goes with the visit.
                 UNION SELECT f.record FROM record v
                    JOIN reference f ON f.source = v.source AND f.origin = v.origin AND f.rel IN (?2, ?4)
                    JOIN version m ON m.record = v.id AND m.mapping IS NOT NULL
                    WHERE v.id = ?1 AND v.type = 'Encounter'",
            )?;
            let [visit, member, beside] = [Rel::Encounter, Rel::HasMember, Rel::Beside].map(Rel::number);
            for found in select.query_map(params![next, visit, member, beside], |row| row.get::<_, i64>(0))? {
                open.push(found?);
            }
        }
        Ok(all)
    }

    fn person_row(&self) -> Result<Option<i64>, VaultError> {
        Ok(self
            .tx
            .prepare_cached(
                "SELECT r.id FROM meta m JOIN record r ON r.uid = m.value WHERE m.key = 'person'",
            )?
            .query_row([], |row| row.get(0))
            .optional()?)
    }

    /// What [`Writer::purge`] would take, to be said before it is done: as much of it as this gate shows. What is hidden and
    /// tells of the record goes with it untold.
    ///
    /// # Errors
    /// [`VaultError::NotFound`].
    pub fn purge_plan(&self, id: RecordId, gate: Gate) -> Result<PurgePlan, VaultError> {
        let row = self.row_of(id)?;
        let all = self.closure(row)?;
        let mut plan = PurgePlan { records: vec![id], versions: 0, stretches: 0 };
        for record in all {
            if gate == Gate::Ordinary && self.access_of(record)? > 0 {
                continue;
            }
            let other = self.id_of(RecordRow(record))?;
            if other != id {
                plan.records.push(other);
            }
            let (versions, stretches): (i64, i64) = self
                .tx
                .prepare_cached(
                    "SELECT (SELECT count(*) FROM version WHERE record = ?1), (SELECT count(*) FROM span s
                        JOIN document d ON d.id = s.document WHERE s.record = ?1 AND (?2 OR d.restricted = 0))",
                )?
                .query_row(params![record, gate == Gate::WithRestricted], |row| Ok((row.get(0)?, row.get(1)?)))?;
            plan.versions += size(versions)?;
            plan.stretches += size(stretches)?;
        }
        Ok(plan)
    }

    /// Erases a record and what goes with it: bytes in all versions, index, words, codes, links, samples made of it,
    /// and its part of every document. A stub stays that keeps imports from bringing it back.
    ///
    /// # Errors
    /// [`VaultError::NotFound`]; [`VaultError::Refused`] when a stretch of a document could not be overwritten
    /// (nothing is done then).
    pub fn purge(&mut self, id: RecordId, gate: Gate) -> Result<PurgePlan, VaultError> {
        let plan = self.purge_plan(id, gate)?;
        let row = self.row_of(id)?;
        let all = self.closure(row)?;
        for record in &all {
            self.purge_one(*record, &all)?;
        }
        self.sweep_names()?;
        Ok(plan)
    }

    fn purge_one(&mut self, record: i64, going: &BTreeSet<i64>) -> Result<(), VaultError> {
        let (uid, source, kind, origin, restricted): ([u8; 16], i64, String, String, bool) = self
            .tx
            .prepare_cached(
                "SELECT uid, source, type, origin, sensitive = 1 OR restricted = 1 FROM record WHERE id = ?1",
            )?
            .query_row([record], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })?;
        let hash = self.origin_hash(SourceRow(source), &kind, &origin)?;
        self.mark_purged(&hash, &uid, restricted)?;
        for bytes in self.states_of(record)? {
            if let Some(gist) = self.gist_hash(&bytes) {
                self.tx
                    .prepare_cached("INSERT OR IGNORE INTO purged_content (hash) VALUES (?1)")?
                    .execute([gist.as_slice()])?;
            }
        }
        // What was remembered of a person to recognise them goes; that their records are the book's person's stays.
        self.forget_person(SourceRow(source), &kind, &origin)?;
        self.tx
            .prepare_cached("DELETE FROM alias WHERE source = ?1 AND type = ?2 AND origin = ?3")?
            .execute(params![source, kind, origin])?;
        self.forget(record, going)
    }

    fn mark_purged(&self, hash: &[u8; 32], uid: &[u8; 16], restricted: bool) -> Result<(), VaultError> {
        self.tx
            .prepare_cached(
                "INSERT OR IGNORE INTO purged (origin_hash, uid, at, restricted) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![hash.as_slice(), uid.as_slice(), self.now.0, restricted])?;
        Ok(())
    }

    /// The bytes of all states of a record.
    fn states_of(&self, record: i64) -> Result<Vec<Vec<u8>>, VaultError> {
        let mut select = self.tx.prepare_cached(
            "SELECT DISTINCT blob, \"offset\", length FROM version WHERE record = ?1 AND blob IS NOT NULL",
        )?;
        let rows = select.query_map([record], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.map(|row| {
            let (blob, offset, length): (i64, i64, i64) = row?;
            read_blob(self.tx, blob, size(offset)?, size(length)?)
        })
        .collect()
    }

    fn gist_hash(&self, bytes: &[u8]) -> Option<[u8; 32]> {
        let gist = (self.gist)(bytes)?;
        Some(self.constants.hasher.hash(&[b"gist".as_slice(), &gist].concat()))
    }

    /// Whether a record that is new says, word by word, what an erased one said: it is that record under another source's
    /// name, an export from before, say. Its identity is marked as erased too, so that its other states stay away as well.
    pub(super) fn says_what_was_purged(&self, put: &Put<'_>) -> Result<bool, VaultError> {
        let any: bool = self
            .tx
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM purged_content)")?
            .query_row([], |row| row.get(0))?;
        if !any {
            return Ok(false);
        }
        let Some(gist) = self.gist_hash(put.bytes.bytes()) else { return Ok(false) };
        let said: bool = self
            .tx
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM purged_content WHERE hash = ?1)")?
            .query_row([gist.as_slice()], |row| row.get(0))?;
        if said {
            let hash = self.origin_hash(put.source, put.resource_type, put.origin)?;
            self.mark_purged(&hash, &self.make_uid()?, true)?;
        }
        Ok(said)
    }

    /// Takes out of a document that was just read the summaries that list something erased: their narrative says it again,
    /// whatever their own id is. What else they sum up stays.
    pub(super) fn refuse_summaries(&mut self, document: DocumentRow) -> Result<(), VaultError> {
        let listed: Vec<(i64, i64, String, String)> = {
            let mut select = self.tx.prepare_cached(
                "SELECT f.record, f.source, f.type, f.origin FROM record c
                 JOIN reference f ON f.record = c.id AND f.rel = ?2
                 WHERE c.type = 'Composition' AND c.id IN (SELECT record FROM span WHERE document = ?1)
                 AND EXISTS (SELECT 1 FROM purged)",
            )?;
            select
                .query_map(params![document.0, Rel::HasMember.number()], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                })?
                .collect::<Result<_, _>>()?
        };
        let mut telling = BTreeSet::new();
        for (summary, source, kind, origin) in listed {
            if !telling.contains(&summary) && self.is_purged(SourceRow(source), &kind, &origin)? {
                telling.extend(self.closure(RecordRow(summary))?);
            }
        }
        for record in &telling {
            self.forget(*record, &telling)?;
        }
        Ok(())
    }

    /// Takes away codes and facilities that no record has any more, also those that only an earlier state had.
    pub(super) fn sweep_names(&mut self) -> Result<(), VaultError> {
        self.names = Names::default();
        for sql in [
            "DELETE FROM code WHERE NOT EXISTS (SELECT 1 FROM record_code c WHERE c.code = code.id)
             AND NOT EXISTS (SELECT 1 FROM point p WHERE p.code = code.id) AND id NOT IN (SELECT code FROM series)",
            "DELETE FROM facility WHERE id NOT IN (SELECT facility FROM record WHERE facility IS NOT NULL)",
        ] {
            self.tx.prepare_cached(sql)?.execute([])?;
        }
        Ok(())
    }

    /// Takes a record out of every table and its bytes out of every document, without a stub. What stands inside its
    /// stretches and does not go with it (the other parts of a document Bundle) is spared.
    pub(super) fn forget(&mut self, record: i64, going: &BTreeSet<i64>) -> Result<(), VaultError> {
        let spans: Vec<(i64, Span)> = {
            let mut select = self.tx.prepare_cached(
                "SELECT document, \"offset\", length, inner_offset, inner_length FROM span WHERE record = ?1",
            )?;
            let rows = select.query_map([record], |row| {
                Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?]))
            })?;
            let mut spans = Vec::new();
            for row in rows {
                let (document, [offset, length, inner_offset, inner_length]): (i64, [i64; 4]) = row?;
                let inner =
                    if inner_offset < 0 { None } else { Some((size(inner_offset)?, size(inner_length)?)) };
                spans.push((document, Span { offset: size(offset)?, length: size(length)?, inner }));
            }
            spans
        };
        for (document, span) in &spans {
            for piece in self.around_others(*document, span, going)? {
                self.blank(*document, &piece)?;
                // What could not be read of it is gone too.
                self.tx
                    .prepare_cached(
                        "DELETE FROM quarantine WHERE document = ?1 AND \"offset\" >= ?2 AND \"offset\" + length <= ?3",
                    )?
                    .execute(params![
                        document,
                        int(piece.offset)?,
                        int(piece.offset.saturating_add(piece.length))?
                    ])?;
            }
        }
        let blobs: Vec<i64> = {
            let mut select = self.tx.prepare_cached(
                "SELECT DISTINCT blob FROM version WHERE record = ?1 AND blob IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM document d WHERE d.id = version.document AND d.blob = version.blob)",
            )?;
            select.query_map([record], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        self.unindex(record)?;
        self.erased = true;
        let linked = self.linked(record)?;
        for sql in [
            "DELETE FROM link WHERE record = ?1 OR target = ?1",
            "DELETE FROM span WHERE record = ?1",
            "DELETE FROM version WHERE record = ?1",
        ] {
            self.tx.prepare_cached(sql)?.execute([record])?;
        }
        for blob in blobs {
            self.drop_blob(blob)?;
        }
        let source: i64 = self
            .tx
            .prepare_cached("DELETE FROM record WHERE id = ?1 RETURNING source")?
            .query_row([record], |row| row.get(0))?;
        // What was corrected by it is corrected no more.
        for other in linked.into_iter().filter(|other| !going.contains(other)) {
            self.mark_links(other)?;
        }
        // A file without a source is its own, and its name may say whose it was.
        self.tx
            .prepare_cached(
                "UPDATE source SET label = NULL WHERE id = ?1 AND kind = 'document'
                 AND NOT EXISTS (SELECT 1 FROM record r WHERE r.source = ?1)",
            )?
            .execute([source])?;
        for (document, _) in &spans {
            self.shelf_documents.insert(*document);
            self.empty(*document)?;
        }
        self.tx
            .prepare_cached(
                "INSERT INTO meta (key, value) VALUES ('change', ?1) ON CONFLICT DO UPDATE SET value = ?1",
            )?
            .execute([self.change.to_le_bytes().as_slice()])?;
        Ok(())
    }

    /// Lets go of the bytes of a document in which nothing is left: no record, nothing that could not be read, nothing
    /// still to be read. Its name goes with them: a paper's says what it was.
    fn empty(&self, document: i64) -> Result<(), VaultError> {
        let left: Option<(i64, bool)> = self
            .tx
            .prepare_cached(
                "UPDATE document SET name = NULL
                 WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM span WHERE document = ?1)
                 RETURNING blob, state < 2 OR EXISTS (SELECT 1 FROM quarantine WHERE document = ?1)",
            )?
            .query_map([document], |row| Ok((row.get(0)?, row.get(1)?)))?
            .next()
            .transpose()?;
        if let Some((blob, false)) = left {
            self.drop_blob(blob)?;
            self.tx.prepare_cached("INSERT INTO blob (id, size) VALUES (?1, 0)")?.execute([blob])?;
        }
        Ok(())
    }

    /// A stretch without the stretches of records that stay.
    pub(super) fn around_others(
        &self,
        document: i64,
        span: &Span,
        going: &BTreeSet<i64>,
    ) -> Result<Vec<Span>, VaultError> {
        if span.inner.is_some() {
            return Ok(vec![*span]);
        }
        let end = span.offset.saturating_add(span.length);
        let mut select = self.tx.prepare_cached(
            "SELECT s.record, s.\"offset\", s.length FROM span s
             WHERE s.document = ?1 AND s.\"offset\" BETWEEN ?2 AND ?3 AND s.inner_offset = -1
             AND NOT EXISTS (SELECT 1 FROM version v WHERE v.record = s.record AND v.mapping IS NOT NULL)
             ORDER BY s.\"offset\"",
        )?;
        let mut pieces = Vec::new();
        let mut at = span.offset;
        let rows = select.query_map(params![document, int(span.offset)?, int(end)?], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        })?;
        for row in rows {
            let (record, offset, length) = row?;
            let (offset, stop) = (size(offset)?, size(offset)?.saturating_add(size(length)?));
            if going.contains(&record) || stop > end {
                continue;
            }
            if offset > at {
                pieces.push(Span::plain(at, offset - at));
            }
            at = at.max(stop);
        }
        if end > at {
            pieces.push(Span::plain(at, end - at));
        }
        Ok(pieces)
    }

    /// Overwrites a stretch of a document.
    pub(super) fn blank(&mut self, document: i64, span: &Span) -> Result<(), VaultError> {
        let blob: Option<i64> = self
            .tx
            .prepare_cached("SELECT blob FROM document WHERE id = ?1")?
            .query_row([document], |row| row.get(0))
            .optional()?;
        let Some(blob) = blob else { return Ok(()) };
        let mut stretch = read_blob(self.tx, blob, span.offset, span.length)?;
        if !(self.blank)(&mut stretch, span.inner) {
            return Err(VaultError::Refused { what: "a part of a document could not be overwritten" });
        }
        self.write_stretch(blob, span.offset, &stretch)?;
        self.tx
            .prepare_cached("UPDATE document SET redacted = redacted + 1 WHERE id = ?1")?
            .execute([document])?;
        self.redacted.insert(document);
        Ok(())
    }

    /// Notes what overwritten documents are now, so that what was overwritten is known to have stayed so.
    pub(super) fn note_redacted(&mut self) -> Result<(), VaultError> {
        for document in std::mem::take(&mut self.redacted) {
            let blob: Option<i64> = self
                .tx
                .prepare_cached("SELECT blob FROM document WHERE id = ?1")?
                .query_row([document], |row| row.get(0))
                .optional()?;
            let Some(blob) = blob else { continue };
            let digest = digest_of_blob(self.tx, &self.constants.hasher, blob)?;
            self.set_meta(&redacted_digest(document), &digest)?;
        }
        Ok(())
    }

    fn write_stretch(&self, blob: i64, offset: u64, bytes: &[u8]) -> Result<(), VaultError> {
        let chunk_size = CHUNK as u64;
        let mut at = offset;
        let mut rest = bytes;
        let mut update = self.tx.prepare_cached("UPDATE chunk SET bytes = ?2 WHERE id = ?1")?;
        while !rest.is_empty() {
            let id = chunk_id(blob, int(at / chunk_size)?)?;
            let mut chunk: Vec<u8> = self
                .tx
                .prepare_cached("SELECT bytes FROM chunk WHERE id = ?1")?
                .query_row([id], |row| row.get(0))?;
            let within = usize::try_from(at % chunk_size).unwrap_or(0);
            let target =
                chunk.get_mut(within..).ok_or_else(|| VaultError::damaged("a chunk is too short"))?;
            let n = target.len().min(rest.len());
            if n == 0 {
                return Err(VaultError::damaged("a chunk is too short"));
            }
            let (now, later) = rest.split_at(n);
            target.iter_mut().zip(now).for_each(|(to, from)| *to = *from);
            update.execute(params![id, chunk])?;
            at += n as u64;
            rest = later;
        }
        Ok(())
    }
}

/// Where the digest of a document stands that a purge has overwritten in part.
pub(crate) fn redacted_digest(document: i64) -> String {
    format!("redacted:{document}")
}

/// The digest of a whole blob, a chunk at a time.
pub(crate) fn digest_of_blob(
    db: &rusqlite::Connection,
    hasher: &ContentHasher,
    blob: i64,
) -> Result<[u8; 32], VaultError> {
    let total = size(db.query_row("SELECT size FROM blob WHERE id = ?1", [blob], |row| row.get(0))?)?;
    let mut context = hasher.start();
    let mut at = 0;
    while at < total {
        let length = (total - at).min(CHUNK as u64);
        context.update(&read_blob(db, blob, at, length)?);
        at += length;
    }
    Ok(context.finish())
}

/// Reads a stretch of a blob. Its length was written by the vault, but is checked against the blob before anything is
/// allocated.
pub(crate) fn read_blob(
    db: &rusqlite::Connection,
    blob: i64,
    offset: u64,
    length: u64,
) -> Result<Vec<u8>, VaultError> {
    let total: i64 = db
        .prepare_cached("SELECT size FROM blob WHERE id = ?1")?
        .query_row([blob], |row| row.get(0))
        .optional()?
        .ok_or_else(|| VaultError::damaged("bytes are missing"))?;
    let end = offset.checked_add(length).filter(|end| *end <= size(total).unwrap_or(0));
    let end = end.ok_or_else(|| VaultError::damaged("a stretch reaches past its end"))?;
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    let chunk_size = CHUNK as u64;
    let mut at = offset;
    while at < end {
        let n = int(at / chunk_size)?;
        if n >= CHUNKS_PER_BLOB {
            return Err(VaultError::damaged("a stretch reaches past its end"));
        }
        // Of a chunk only the pages with the stretch on them are read.
        let chunk =
            db.blob_open(rusqlite::MAIN_DB, "chunk", "bytes", chunk_id(blob, n)?, true).map_err(|error| {
                match error.sqlite_error_code() {
                    // There is no such row.
                    Some(ErrorCode::Unknown) => VaultError::damaged("bytes are missing"),
                    _ => error.into(),
                }
            })?;
        let from = usize::try_from(at % chunk_size).unwrap_or(0);
        let want = usize::try_from(end - at).unwrap_or(usize::MAX);
        let got = want.min(chunk.len().saturating_sub(from));
        if got == 0 {
            return Err(VaultError::damaged("bytes are missing"));
        }
        let old = bytes.len();
        bytes.resize(old + got, 0);
        chunk.read_at_exact(bytes.get_mut(old..).unwrap_or_default(), from)?;
        at += got as u64;
    }
    Ok(bytes)
}
