//! Taking files in.
//!
//! The bytes come first: the whole file is kept, encrypted, before anything in it is read, so nothing is lost whatever
//! happens next. Then its records are read in batches, each one transaction. A kill between two batches leaves a document
//! that is not read to its end; giving the file again goes on, and finds what it had.

mod ahead;
mod amend;
mod archives;
mod course;
mod remap;

use std::io::{Cursor, Read};

use healthbook_formats::own::{Document, OwnContext, OwnEntry};
use healthbook_formats::sensitive::text_is_restricted;
use healthbook_formats::{Format, Item, Limits, archive, detect};
use healthbook_model::{
    Content, DocumentId, Entry, Flow, Observer, Progress, Refusal, Rejected, Sensitivity, Span, Stage,
};
use healthbook_vault::{AuditAction, Bytes, DocumentRow, Gate, Put, Received, SourceRow, VaultError};

pub use self::remap::RemapReport;

use self::ahead::Batch;
use self::archives::Inside;
use self::course::{Course, Passed, Watched};
use crate::book::Book;
use crate::error::{Error, ErrorCode};
use crate::item::Reading;
use crate::session::{Made, Session};

/// How a file is taken in.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// The file's name, kept with it.
    pub name: Option<String>,
    /// Who sent it: all its records come from this source then.
    pub source: Option<String>,
    /// Whoever its records are about is the book's person. For tests and tools.
    pub any_person: bool,
    /// What a paper, a picture or an unknown file is, in the person's words.
    pub title: Option<String>,
    /// Language of what the book writes, and whether the report counts restricted records.
    pub reading: Reading,
}

/// What an import came to. Restricted records are counted when they were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportReport {
    /// Records that stand in the file.
    pub records: u64,
    /// Of these, how many the book did not have.
    pub new: u64,
    /// Of these, how many it had in the same state.
    pub unchanged: u64,
    /// Of these, how many got another state.
    pub new_versions: u64,
    /// Documents the book did not have. One of which this reading shows no record counts as such each time: whether the book
    /// has it is not told.
    pub documents: u64,
    /// Stretches that could not be read and are kept aside.
    pub quarantined: u64,
    /// Records that wait until the person says whose they are; they are among `records`.
    pub not_confirmed: u64,
    /// Files in an archive that could not be opened (encrypted, damaged, over the limits). Each is kept aside as a document
    /// of its own: a new one is among `documents` as well, and one that this reading may see among `quarantined`. Here all
    /// are counted, also those that may be restricted; of these nothing else is told.
    pub unopened: u64,
    /// Files the book had already whose records come from another source than was said now. They keep theirs: a record
    /// is known by its source, and another one would make it another record.
    pub source_kept: u64,
    /// Something restricted could not be read. What and how much is told only when it was asked for; that a file has a
    /// hole is told always, or it would pass for whole.
    pub has_hidden_hole: bool,
    /// Something restricted waits until the person says whose it is. How much is told only when it was asked for; that
    /// something waits is told always, or the import would pass for done.
    pub has_hidden_wait: bool,
    /// Of `quarantined`, how many show only once the records of their files that wait are decided.
    pub quarantine_waiting: u64,
}

impl std::ops::AddAssign for ImportReport {
    fn add_assign(&mut self, other: Self) {
        self.records += other.records;
        self.new += other.new;
        self.unchanged += other.unchanged;
        self.new_versions += other.new_versions;
        self.documents += other.documents;
        self.quarantined += other.quarantined;
        self.not_confirmed += other.not_confirmed;
        self.unopened += other.unopened;
        self.source_kept += other.source_kept;
        self.has_hidden_hole |= other.has_hidden_hole;
        self.has_hidden_wait |= other.has_hidden_wait;
        self.quarantine_waiting += other.quarantine_waiting;
    }
}

/// Bytes looked at to tell what a file is.
const PREFIX: usize = 64 * 1024;

/// Bytes of a document written in one transaction.
const RECEIVE_BATCH: usize = 4 * 1024 * 1024;

/// A batch of records ends at this many records or bytes. A page of an index that records of one batch share is written
/// once for all of them.
const BATCH_RECORDS: usize = 4000;
const BATCH_BYTES: usize = 6 * 1024 * 1024;

/// Of a batch that has been read an import says how far it is at every so many records, and can be stopped there, before
/// it writes them.
const RECORDS_PER_REPORT: usize = 1000;

/// Archives inside archives are opened this deep.
const ARCHIVES_DEEP: usize = 2;

/// Reading a document's records.
struct Pass<'s, 'o> {
    document: DocumentRow,
    format: Format,
    size: u64,
    /// How far reading has come.
    place: u64,
    session: Session<'s>,
    course: &'s mut Course<'o>,
}

/// Fills the buffer as far as the input goes.
fn fill(input: &mut dyn Read, buffer: &mut Vec<u8>, up_to: usize) -> Result<(), Error> {
    let missing = up_to.saturating_sub(buffer.len());
    input.take(u64::try_from(missing).unwrap_or(u64::MAX)).read_to_end(buffer)?;
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

impl Book {
    /// Takes a file of any known format in: FHIR JSON, Bundle, NDJSON, claim XML; gzip and zip are opened; pictures and
    /// papers are kept whole. What cannot be read is kept aside and does not stop the rest. Records that are not known to
    /// be about the book's person wait on a shelf: see [`Book::review`].
    ///
    /// # Errors
    /// [`ErrorCode::EmptyFile`] and [`ErrorCode::UnknownFile`] when nobody said what it is; [`ErrorCode::DiskFull`] (the
    /// book is as before the batch); [`ErrorCode::Stopped`]; [`ErrorCode::Io`] when the input fails.
    pub fn import(
        &self,
        input: &mut dyn Read,
        options: &ImportOptions,
        observer: &mut dyn Observer,
    ) -> Result<ImportReport, Error> {
        let mut course = Course::new(observer);
        let budget = &archive::Budget::new(&Limits::default());
        let outermost = Inside { depth: 0, budget, title: options.title.as_deref() };
        let report = self.import_at(input, options, &mut course, outermost).and_then(|()| {
            // Once for all files of an archive: who waits is looked at, and what came is counted, now that more may be
            // known of them.
            self.empty_shelf(0, course.observer())?;
            self.count(&course.documents, options)
        });
        // Also after an error: what was committed so far becomes one whole file.
        let emptied = self.vault.checkpoint();
        // What came in is in, whatever becomes of the room that a wrapper took.
        drop(self.vault.give_back_room(observer));
        self.notify();
        let report = report?;
        emptied?;
        Ok(report)
    }

    fn import_at(
        &self,
        input: &mut dyn Read,
        options: &ImportOptions,
        course: &mut Course<'_>,
        inside: Inside<'_>,
    ) -> Result<(), Error> {
        let mut prefix = Vec::new();
        fill(input, &mut prefix, PREFIX)?;
        let format = detect(&prefix);
        let unnamed = options.title.is_none();
        match format {
            Format::Empty if unnamed => return Err(Error::new(ErrorCode::EmptyFile)),
            Format::Unknown | Format::Text if unnamed => return Err(Error::new(ErrorCode::UnknownFile)),
            Format::Gzip if inside.depth < ARCHIVES_DEEP => {
                let mut inner = options.clone();
                inner.name = options.name.as_deref().map(|name| name.trim_end_matches(".gz").to_owned());
                let packed = Cursor::new(prefix).chain(input);
                let mut opened = archive::gzip(packed, &Limits::default(), inside.budget);
                return self.import_at(&mut opened, &inner, course, inside.deeper()).map_err(archive_error);
            }
            _ => {}
        }
        let received = self.receive(format, Cursor::new(prefix).chain(input), options, course)?;
        if format == Format::Zip && inside.depth < ARCHIVES_DEEP {
            return self.open_zip(received.document, options, course, inside);
        }
        if received.read {
            if options.any_person {
                self.confirm_all(received.document)?;
            }
        } else {
            if holds_records(format) {
                self.read_records(received.document, received.id, format, options, course)?;
            } else {
                let refused = refusal_of_paper(format).map(|refusal| (refusal, Sensitivity::Ordinary));
                self.keep_paper(&received, format, options, refused)?;
            }
            self.log_import(&received, format)?;
        }
        course.documents.push(Passed { received, unopened: false });
        Ok(())
    }

    /// Logs a document that has been read.
    fn log_import(&self, received: &Received, format: Format) -> Result<(), Error> {
        Ok(self.vault.write(|writer| {
            let records = writer.document_outcome(received.document)?.ordinary.records;
            let detail = format!("{} {records}", format.as_str());
            writer.audit(AuditAction::Import, Some(received.id.as_bytes()), &detail)
        })?)
    }

    /// Counts what an import brought.
    fn count(&self, documents: &[Passed], options: &ImportOptions) -> Result<ImportReport, Error> {
        let mut sum = ImportReport::default();
        for Passed { received, unopened } in documents {
            let outcome = self.vault.write(|writer| writer.document_outcome(received.document))?;
            let (seen, whole) = (outcome.of(options.reading.gate()), outcome.of(Gate::WithRestricted));
            let (new, new_versions) = if received.read { (0, 0) } else { (seen.new, seen.new_versions) };
            let source_kept = received.read && self.comes_from_elsewhere(received.id, options)?;
            let is_hidden = seen.records + seen.quarantined == 0 && whole.records + whole.quarantined > 0;
            sum += ImportReport {
                records: seen.records,
                new,
                new_versions,
                unchanged: seen.records.saturating_sub(new + new_versions),
                documents: u64::from(received.new || is_hidden),
                quarantined: seen.quarantined,
                not_confirmed: seen.not_confirmed,
                unopened: u64::from(*unopened),
                source_kept: u64::from(source_kept),
                has_hidden_hole: whole.quarantined > seen.quarantined,
                has_hidden_wait: whole.not_confirmed > seen.not_confirmed,
                // A file is on the shelf as long as any record in it is.
                quarantine_waiting: if whole.not_confirmed > 0 { seen.quarantined } else { 0 },
            };
        }
        Ok(sum)
    }

    /// Whether the records of a document that was read before come from another source than is said now.
    fn comes_from_elsewhere(&self, id: DocumentId, options: &ImportOptions) -> Result<bool, Error> {
        let Some(label) = &options.source else { return Ok(false) };
        // Where nothing of it is shown to this reader, nothing is told either.
        let first = self.read(options.reading, |reader| reader.first_record_of(id))?;
        Ok(match first {
            Some(first) => self.item(options.reading, first)?.source != *label,
            None => false,
        })
    }

    /// Takes the bytes in, encrypted, before anything is read of them.
    fn receive(
        &self,
        format: Format,
        mut input: impl Read,
        options: &ImportOptions,
        course: &mut Course<'_>,
    ) -> Result<Received, Error> {
        let name = options.name.as_deref();
        let document =
            self.vault.write(|writer| writer.begin_document(format.as_str(), format.media_type(), name))?;
        let received = self.receive_into(document, &mut input, course);
        if received.is_err() {
            // Nobody's yet: it goes at once, or at the next opening when even that fails (a full disk).
            drop(self.vault.write(|writer| writer.drop_document(document)));
        }
        let received = received?;
        // A file's name may tell what it is, whatever it holds.
        if received.new && name.is_some_and(text_is_restricted) {
            self.vault.write(|writer| writer.restrict_document(received.document))?;
        }
        Ok(received)
    }

    fn receive_into(
        &self,
        document: DocumentRow,
        input: &mut dyn Read,
        course: &mut Course<'_>,
    ) -> Result<Received, Error> {
        let mut digest = self.vault.start_digest()?;
        let mut done = 0;
        let mut batch = Vec::new();
        loop {
            batch.clear();
            fill(input, &mut batch, RECEIVE_BATCH)?;
            digest.update(&batch);
            done += batch.len() as u64;
            let last = batch.len() < RECEIVE_BATCH;
            if !batch.is_empty() {
                self.vault.write(|writer| writer.append(document, &batch))?;
            }
            course.receives(done, last)?;
            if last {
                let digest = digest.finish();
                return Ok(self.vault.write(|writer| writer.document_received(document, &digest))?);
            }
        }
    }

    pub(crate) fn report(
        &self,
        observer: &mut dyn Observer,
        stage: Stage,
        done: u64,
        total: Option<u64>,
        records: u64,
    ) -> Result<(), Error> {
        match observer.report(Progress { stage, done, total, records }) {
            Flow::Continue => Ok(()),
            Flow::Stop => Err(Error::new(ErrorCode::Stopped)),
        }
    }

    /// Reads the records of a document in batches.
    fn read_records(
        &self,
        document: DocumentRow,
        id: DocumentId,
        format: Format,
        options: &ImportOptions,
        course: &mut Course<'_>,
    ) -> Result<Made, Error> {
        let mut stream = self.vault.open_received(document)?;
        let size = stream.size();
        let looks_for_people = !options.any_person && format.describes_people();
        course.begins_to_read(size, if looks_for_people { 2 } else { 1 });
        // A claim, and a check, tells each person right before their visit.
        let latest_is_meant = is_mapped(format);
        let person = self.person_clues()?;
        let mut session = Session::new(options, document, hex(id.as_bytes()), person, latest_is_meant);
        if looks_for_people {
            self.meet_people(document, format, &mut session, course)?;
            course.has_looked_through(size, 0);
        }
        let mut pass = Pass { document, format, size, place: 0, session, course };
        loop {
            let mut again = false;
            ahead::read(stream, format, |batch| {
                again = self.put_batch(batch, &mut pass)?;
                Ok(())
            })?;
            if !again {
                return Ok(pass.session.made);
            }
            stream = self.vault.open_received(document)?;
        }
    }

    /// Writes a batch of records. Answers whether their document has to be gone through again.
    fn put_batch(&self, batch: Batch, pass: &mut Pass<'_, '_>) -> Result<bool, Error> {
        let Pass { document, format, size, ref mut place, ref mut session, ref mut course } = *pass;
        let Batch { mut items, last, .. } = batch;
        for (n, item) in (1..).zip(&items) {
            *place = extent(item).1.min(size).max(*place);
            if n % RECORDS_PER_REPORT == 0 && n < BATCH_RECORDS {
                // The records are those that have been written: they are there whatever happens next.
                course.reads(*place, session.records)?;
            }
        }
        if last {
            // Whoever says stop now stops before the document is read to its end.
            course.reads(*place, session.records)?;
        }
        let (again, told_again) = self.vault.write(|writer| {
            // What has been put is let go: the next records are being read.
            for item in items.drain(..) {
                match &item {
                    Item::Record(incoming) => session.put(writer, incoming)?,
                    Item::Rejected(rejected) => writer.quarantine(document, rejected)?,
                }
            }
            let again = last && session.links_again();
            let mut told_again = false;
            // With its last records a document is read: what its parts make of it holds at once.
            if last && !again {
                session.tie_rest(writer)?;
                told_again =
                    format == Format::ClaimXml && !writer.visits_told_again(document, None, 1)?.is_empty();
                if !told_again {
                    writer.document_read(document)?;
                }
            }
            Ok((again, told_again))
        })?;
        if last && !again {
            course.has_looked_through(size, session.records);
        }
        if told_again {
            // Killed before it is done, the file is not read to its end, and is settled when it is given again.
            self.settle_visits(document, course)?;
            self.vault.write(|writer| writer.document_read(document))?;
        }
        if again || !last {
            course.reads(*place, session.records)?;
        }
        Ok(again)
    }

    /// Looks a document through for the people it describes, so that it does not matter in which order it tells of them.
    fn meet_people(
        &self,
        document: DocumentRow,
        format: Format,
        session: &mut Session<'_>,
        course: &mut Course<'_>,
    ) -> Result<(), Error> {
        let stream = self.vault.open_received(document)?;
        // It may be long until somebody is described, and nobody may be.
        let stream = Watched::new(stream, course);
        let mut people = healthbook_formats::people(format, Box::new(stream), Limits::default());
        loop {
            let mut batch = Vec::new();
            let mut bytes = 0;
            while batch.len() < BATCH_RECORDS && bytes < BATCH_BYTES {
                let Some(person) = people.next().transpose()? else { break };
                bytes += person.content.bytes().len();
                batch.push(person);
            }
            let last = batch.is_empty();
            if last && session.has_met_nobody() {
                return Ok(());
            }
            self.vault.write(|writer| {
                for person in &batch {
                    session.meet(writer, person)?;
                }
                if last { session.met_all(writer) } else { Ok(()) }
            })?;
            if last {
                return Ok(());
            }
        }
    }

    /// Keeps a paper, a picture or an unknown file whole, with a record that says what it is.
    fn keep_paper(
        &self,
        &Received { document, id, .. }: &Received,
        format: Format,
        options: &ImportOptions,
        refused: Option<(Refusal, Sensitivity)>,
    ) -> Result<(), Error> {
        let person = self.person_id()?;
        let size = self.vault.open_received(document)?.size();
        let title = options
            .title
            .clone()
            .or_else(|| options.name.clone())
            // A title of nothing but spaces is no title; the format's own name is.
            .map(|title| title.chars().filter(|c| !c.is_control()).collect::<String>())
            .filter(|title| !title.trim().is_empty())
            .unwrap_or_else(|| format.as_str().to_owned());
        self.vault.write(|writer| {
            let record = writer.make_record_id()?;
            let ctx: OwnContext = self.context(writer, record, options.reading.lang, Some(person));
            let paper = OwnEntry::Document(Document {
                title: title.clone(),
                media_type: Some(format.media_type().to_owned()),
                id,
                size: Some(size),
                at: None,
                place: None,
                note: None,
            });
            let bytes = match paper.to_fhir(&ctx) {
                Ok(bytes) => bytes,
                Err(_) => return Err(VaultError::Refused { what: "the title of the document" }),
            };
            let mut entry = indexed(&bytes)?;
            if let Some((_, sensitivity)) = refused {
                entry.sensitivity = entry.sensitivity.max(sensitivity);
            }
            if options.name.as_deref().is_some_and(text_is_restricted) {
                entry.sensitivity = Sensitivity::Restricted;
            }
            let spans = [Span::plain(0, size)];
            let put = Put {
                source: SourceRow::OWN,
                resource_type: &entry.resource_type,
                origin: &record.to_string(),
                entry: &entry,
                bytes: Bytes::Own { document: Some(document), mapping: None, bytes: &bytes },
                spans: &spans,
                subject: None,
                shelved: false,
                id: Some(record),
            };
            writer.put(&put)?;
            if let Some((refusal, sensitivity)) = refused {
                let span = Span::plain(0, size);
                let at = "document".to_owned();
                writer.quarantine(document, &Rejected { span, refusal, at, sensitivity })?;
            }
            writer.document_read(document)
        })?;
        Ok(())
    }
}

/// The entry of bytes that were indexed before.
pub(crate) fn indexed(bytes: &[u8]) -> Result<Entry, VaultError> {
    healthbook_formats::entry(bytes)
        .map_err(|_| VaultError::Refused { what: "the record could not be indexed anew" })
}

/// Bytes of an item in memory, and where it ends in its document.
fn extent(item: &Item) -> (usize, u64) {
    let end = |span: &Span| span.offset.saturating_add(span.length);
    match item {
        Item::Record(incoming) => {
            let last = match &incoming.content {
                Content::Slice { around, .. } => end(around),
                Content::Mapped { spans, .. } => spans.iter().map(end).max().unwrap_or(0),
            };
            (incoming.content.bytes().len(), last)
        }
        Item::Rejected(rejected) => (0, end(&rejected.span)),
    }
}

fn holds_records(format: Format) -> bool {
    is_mapped(format) || matches!(format, Format::FhirJson | Format::FhirNdjson | Format::FhirXml)
}

/// Whether the records of a format are made by the book's own mapping.
fn is_mapped(format: Format) -> bool {
    matches!(format, Format::ClaimXml | Format::HealthCheckXml)
}

/// A format that is known and not read yet is kept whole, and the quarantine says so.
fn refusal_of_paper(format: Format) -> Option<Refusal> {
    matches!(format, Format::Zip | Format::Gzip | Format::Age).then_some(Refusal::Unsupported)
}

/// Damage inside a compressed stream shows as an input error.
fn archive_error(error: Error) -> Error {
    if error.code() == ErrorCode::Io { Error::new(ErrorCode::UnreadableArchive) } else { error }
}
