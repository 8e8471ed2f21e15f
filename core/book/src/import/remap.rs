//! Running a better mapping again over what is kept.
//!
//! A record that came from another format than FHIR knows which version of the mapping made it. When this program maps
//! better than the one that read a document, the document is read again: what comes out the same stays as it is, what comes
//! out otherwise is a new version of the same record, and what the mapping makes no more is taken out of the lists.

use healthbook_formats::{Format, claim};
use healthbook_model::Observer;
use healthbook_vault::{DocumentRow, Gate, VaultError};

use super::course::Course;
use super::{ImportOptions, indexed};
use crate::book::Book;
use crate::error::Error;
use crate::item::Reading;
use crate::session::is_ordinary;

/// What running the mapping again came to. Restricted records are counted for a reader who may see them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RemapReport {
    /// Documents that were read again, of those that show without asking for restricted records.
    pub documents: u64,
    /// Records that were not there before.
    pub new: u64,
    /// Records that say something else than before, as far as the person has not changed them.
    pub new_versions: u64,
    /// Records that say the same.
    pub unchanged: u64,
    /// Records that a document is not taken to hold any more. They are out of the lists, and in the history.
    pub withdrawn: u64,
}

impl Book {
    /// Reads documents again that an older program mapped, so that their records say what this one understands of them.
    /// Versions are made only where something changed, as if the source had sent them. Without such documents it
    /// costs one query. Stopped or killed, it goes on where it was when called again.
    ///
    /// # Errors
    /// As [`Book::import`]'s.
    pub fn remap(&self, reading: Reading, observer: &mut dyn Observer) -> Result<RemapReport, Error> {
        let mapping = claim::MAPPING;
        let older = self.vault.write(|writer| writer.mapped_before(mapping))?;
        let (mut report, mut read_any) = (RemapReport::default(), false);
        let mut course = Course::new(observer);
        course.goes_over_several();
        let format_of = |kept: &str| Format::parse(kept).filter(|format| super::is_mapped(*format));
        for (kept, format) in older.iter().filter_map(|kept| Some((kept, format_of(&kept.format)?))) {
            let options = ImportOptions { source: kept.label.clone(), reading, ..ImportOptions::default() };
            let unread = self.unread(kept.document)?;
            let made = self.read_records(kept.document, kept.id, format, &options, &mut course)?;
            // A stretch that could be read once and cannot now takes nothing with it.
            let is_whole = self.unread(kept.document)? <= unread;
            report.withdrawn += self.withdraw_left_over(kept.document, mapping, is_whole, reading.gate())?;
            report.new += made.new;
            report.new_versions += made.new_versions;
            report.unchanged += made.unchanged;
            read_any = true;
            // One that is hidden is read again untold.
            report.documents += u64::from(self.document(reading, kept.id).is_ok());
        }
        if read_any {
            self.empty_shelf(0, course.observer())?;
            self.vault.checkpoint()?;
            self.notify();
        }
        Ok(report)
    }

    /// How many stretches of a document could not be read.
    fn unread(&self, document: DocumentRow) -> Result<u64, Error> {
        Ok(self.vault.write(|writer| writer.document_outcome(document))?.of(Gate::WithRestricted).quarantined)
    }

    /// Takes out of the lists what the mapping makes no more of a document, and says how much that was.
    fn withdraw_left_over(
        &self,
        document: DocumentRow,
        mapping: u32,
        is_whole: bool,
        gate: Gate,
    ) -> Result<u64, Error> {
        Ok(self.vault.write(|writer| {
            let mut withdrawn = 0;
            for record in writer.left_over(document, mapping)?.into_iter().filter(|_| is_whole) {
                let mut entry = indexed(&writer.head_bytes(record)?)?;
                writer.complete(record, &mut entry)?;
                let is_told =
                    gate == Gate::WithRestricted || is_ordinary(&entry) && !writer.is_restricted(record)?;
                writer.withdraw(record, document, mapping, &entry)?;
                withdrawn += u64::from(is_told);
                writer.remark_linked(record)?;
            }
            Ok::<u64, VaultError>(withdrawn)
        })?)
    }
}
