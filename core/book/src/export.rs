//! Taking records out: every head once, its exact bytes, streamed.

use std::io::Write;

use healthbook_model::{Observer, RecordId, Stage, Timestamp};
use healthbook_vault::AuditAction;

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

/// The address an entry has in a Bundle: what tells `Patient/1` of two hospitals apart when the file is read again. A
/// server's own address stays; other sources get one under `.invalid` (RFC 2606), which no server has.
fn full_url(base: &str, resource_type: &str, origin: &str, id: RecordId) -> String {
    let sound =
        |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~:@!$&()*+,;=|".contains(&b));
    // A resource without an id of its own is called by the book's; one whose id fits no address has no address.
    let unnamed = origin.is_empty() || origin.starts_with('#');
    let own_name = id.to_string();
    let origin = if unnamed { own_name.as_str() } else { origin };
    if !sound(origin) {
        return format!("urn:uuid:{id}");
    }
    let server = (base.starts_with("https://") || base.starts_with("http://"))
        && base.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
    if server {
        return format!("{base}/{resource_type}/{origin}");
    }
    let mut host = String::new();
    for byte in base.bytes().take(200) {
        // A host name has no upper case: two labels that differ in it only are two sources all the same.
        if byte.is_ascii_lowercase() || byte.is_ascii_digit() {
            host.push(char::from(byte));
        } else {
            host.push_str(&format!("-{byte:02x}"));
        }
    }
    format!("https://source.healthbook.invalid/{host}/{resource_type}/{origin}")
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
                        let url = full_url(&head.base, &head.resource_type, &head.origin, head.id);
                        write!(out, "{separator}{{\"fullUrl\":\"{url}\",\"resource\":")?;
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
    fn log_export(&self, reading: Reading, count: u64) -> Result<(), Error> {
        let detail = if reading.restricted { String::new() } else { count.to_string() };
        self.write(|writer| writer.audit(AuditAction::Export, None, &detail))
    }

    /// Writes a series as CSV (RFC 4180): time, value as written, unit, code, record. Answers the number of rows.
    ///
    /// # Errors
    /// As [`Book::trend`] and of the output.
    pub fn export_csv(&self, reading: Reading, series: &str, out: &mut dyn Write) -> Result<u64, Error> {
        let trend = self.trend(reading, series, None, None, None)?;
        let offset = self.vault.utc_offset()?;
        let local = |at: Timestamp| healthbook_model::PartialDateTime::from_timestamp(at, offset).to_string();
        out.write_all(b"time,value,unit,system,code,record\r\n")?;
        let mut rows = 0;
        for line in &trend.lines {
            for point in &line.points {
                let record = point.record.map(|id| id.to_string()).unwrap_or_default();
                let fields =
                    [&local(point.at), &point.text, &line.unit, &line.code.system, &line.code.code, &record];
                let row: Vec<String> = fields.iter().map(|field| csv_field(field)).collect();
                write!(out, "{}\r\n", row.join(","))?;
                rows += 1;
            }
        }
        out.flush()?;
        self.log_export(reading, rows)?;
        Ok(rows)
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

/// A field of a CSV. A text that a spreadsheet would take for a formula is quoted as text.
fn csv_field(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '@', '\t', '\r'])
        || (text.starts_with('-') && text.parse::<f64>().is_err());
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_id_of_two_sources_is_two_addresses() {
        let id = RecordId::from_random([1; 16]);
        let urls: std::collections::BTreeSet<String> =
            ["https://a.example/r4", "label:A", "label:a", "label:á", "facility:79999", "document:00", "own"]
                .iter()
                .map(|base| full_url(base, "Patient", "1", id))
                .collect();
        assert_eq!(urls.len(), 7);
        assert_eq!(
            full_url("own", "Patient", "#0", id),
            format!("https://source.healthbook.invalid/own/Patient/{id}")
        );
        assert_eq!(full_url("own", "Patient", "a/b", id), format!("urn:uuid:{id}"));
    }

    #[test]
    fn a_csv_field_is_data_and_not_a_formula() {
        assert_eq!(csv_field("=1+1"), "'=1+1");
        assert_eq!(csv_field("-0.5"), "-0.5");
        assert_eq!(csv_field("a,\"b\""), "\"a,\"\"b\"\"\"");
    }
}
