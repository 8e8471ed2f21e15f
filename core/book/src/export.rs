//! Taking records out: every head once, its exact bytes, streamed.

use std::collections::HashMap;
use std::io::Write;

use healthbook_formats::fhir;
use healthbook_model::{Observer, RecordId, Stage};
use healthbook_vault::{AuditAction, HeadRow, Reader, VaultError};

use crate::book::{Book, Query};
use crate::error::{Error, ErrorCode};
use crate::item::Reading;

/// How records are written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportForm {
    /// One FHIR Bundle of type `collection`, each resource with its exact bytes.
    Bundle,
    /// One resource a line; only line breaks between tokens are taken out.
    Ndjson,
}

/// What an export came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExportReport {
    /// Records written.
    pub records: u64,
    /// Records that are damaged in the file and could not be written. The rest of a damaged book comes out all the same.
    pub damaged: u64,
}

/// Rows fetched at once.
const PAGE: u32 = 500;

/// How far ahead other names are fetched at once, in places of the list: all names of the book are looked at each time.
const NAMES_AHEAD: i64 = 20_000;

/// What is told of records beside their bytes, for a stretch of the list.
#[derive(Default)]
struct Beside {
    /// Up to which place the names are known.
    known_to: Option<i64>,
    names: HashMap<RecordId, Vec<String>>,
    links: HashMap<RecordId, Vec<(&'static str, String)>>,
}

impl Beside {
    /// The beginning of an entry.
    fn entry(&self, head: &HeadRow) -> String {
        let none = Vec::new();
        let names = self.names.get(&head.id).unwrap_or(&none);
        let links = self.links.get(&head.id).map(Vec::as_slice).unwrap_or_default();
        fhir::entry_start(&address(head), names, links)
    }

    fn read(&mut self, reader: &Reader<'_>, after: Option<i64>, to: i64) -> Result<(), VaultError> {
        self.links.clear();
        if self.known_to.is_none_or(|known| known < to) {
            let ahead = to.saturating_add(NAMES_AHEAD);
            self.names.clear();
            self.known_to = Some(ahead);
            for (id, name) in reader.names_between(after, ahead)? {
                self.names.entry(id).or_default().push(name);
            }
        }
        for (id, rel, other) in reader.links_between(after, to)? {
            self.links.entry(id).or_default().push((rel.as_str(), address(&other)));
        }
        Ok(())
    }
}

/// The address an entry has in a Bundle. In a damaged book a record may come without its source and its id there.
fn address(head: &HeadRow) -> String {
    if head.base.is_empty() || head.origin.is_empty() {
        return format!("urn:uuid:{}", head.id);
    }
    fhir::full_url(&head.base, &head.resource_type, &head.origin)
}

impl Book {
    /// Writes every head that has bytes, of every type and in any state. Restricted records go only when they were asked
    /// for. What is damaged is counted and left out; an output that the report calls without damage is whole.
    ///
    /// # Errors
    /// [`crate::ErrorCode::Io`] of the output; [`crate::ErrorCode::Stopped`].
    pub fn export_fhir(
        &self,
        reading: Reading,
        form: ExportForm,
        out: &mut dyn Write,
        observer: &mut dyn Observer,
    ) -> Result<ExportReport, Error> {
        let mut report = ExportReport::default();
        if form == ExportForm::Bundle {
            out.write_all(b"{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[")?;
        }
        // What comes in while this runs is for the next time: somebody who writes on and on must not keep it from ending.
        let end = match self.read(reading, |reader| reader.last_head()) {
            Err(error) if error.code() == ErrorCode::Damaged => i64::MAX,
            other => other?,
        };
        let mut after = None;
        let mut beside = Beside::default();
        loop {
            // A page at a time, so that writing out never holds the book.
            let (rows, next) = match self.read(reading, |reader| reader.heads(after, PAGE)) {
                Err(error) if error.code() == ErrorCode::Damaged => {
                    let (rows, next, lost) =
                        self.read(reading, |reader| reader.heads_one_by_one(after, PAGE))?;
                    report.damaged += lost;
                    (rows, next)
                }
                other => other?,
            };
            if form == ExportForm::Bundle {
                let to = next.unwrap_or(i64::MAX);
                match self.read(reading, |reader| beside.read(reader, after, to)) {
                    // The bytes come out all the same.
                    Err(error) if error.code() == ErrorCode::Damaged => report.damaged += 1,
                    other => other?,
                }
            }
            for head in &rows {
                let bytes = match self.raw(reading, head.id) {
                    Ok(bytes) => bytes,
                    // Taken out since the page was read.
                    Err(error) if error.code() == ErrorCode::NotFound => continue,
                    Err(error) if error.code() == ErrorCode::Damaged => {
                        report.damaged += 1;
                        continue;
                    }
                    Err(error) => return Err(error),
                };
                match form {
                    ExportForm::Bundle => {
                        let separator = if report.records == 0 { "\n" } else { ",\n" };
                        write!(out, "{separator}{}", beside.entry(head))?;
                        out.write_all(&bytes)?;
                        out.write_all(b"}")?;
                    }
                    ExportForm::Ndjson => {
                        // A line break inside a JSON string is written `\n`: a raw one stands between tokens.
                        for part in bytes.split(|b| matches!(b, b'\n' | b'\r')) {
                            out.write_all(part)?;
                        }
                        out.write_all(b"\n")?;
                    }
                }
                report.records += 1;
            }
            self.report(observer, Stage::Writing, report.records, None, report.records)?;
            after = next.filter(|place| *place < end);
            if after.is_none() {
                break;
            }
        }
        if form == ExportForm::Bundle {
            out.write_all(b"\n]}\n")?;
        }
        out.flush()?;
        match self.log_export(reading, report.records) {
            // The log of a damaged book may not take a line any more; that must not take the copy from the person.
            Err(error) if error.code() == ErrorCode::Damaged => Ok(report),
            logged => logged.map(|()| report),
        }
    }

    /// The log is read without the flag too: how many went is said only where none of them was restricted.
    pub(crate) fn log_export(&self, reading: Reading, count: u64) -> Result<(), Error> {
        let detail = if reading.restricted { String::new() } else { count.to_string() };
        self.write(|writer| writer.audit(AuditAction::Export, None, &detail))
    }

    /// Every record of this query once, through all pages; for callers that want them all.
    ///
    /// # Errors
    /// As [`Book::timeline`]; whatever `each` returns.
    pub fn each(
        &self,
        reading: Reading,
        query: &Query,
        each: &mut dyn FnMut(crate::Item) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut after = None;
        loop {
            let page = self.timeline(reading, query, after, PAGE)?;
            for item in page.items {
                each(item)?;
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}
