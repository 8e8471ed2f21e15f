//! The shelf "not confirmed": who is found to be the book's person, and how their records come into the lists.

use healthbook_model::{Entry, Observer, PersonClues, Stage};
use healthbook_vault::{DocumentRow, RecordRow, SubjectRow, SubjectState, VaultError, Writer};

use crate::book::Book;
use crate::error::Error;
use crate::import::indexed;
use crate::matching::{can_be_one, is_same_person};
use crate::whose::MOST_CANDIDATES;

/// Records taken from the shelf in one transaction.
const BATCH: u32 = 500;

impl Book {
    /// Confirms everybody who waits in a document. Their records leave the shelf with the next [`Book::empty_shelf`].
    pub(crate) fn confirm_all(&self, document: DocumentRow) -> Result<(), Error> {
        Ok(self.vault.write(|writer| {
            for subject in writer.waiting_in(document)? {
                writer.decide_subject(subject, SubjectState::Confirmed)?;
            }
            Ok(())
        })?)
    }

    /// Looks at everybody who waits, now that more may be known of them (a Patient may come after their results), and
    /// takes all records of confirmed people from the shelf: also those that came before the confirmation, or that a
    /// stop or a kill left there. So many were `taken` before in this call.
    pub(crate) fn empty_shelf(&self, mut taken: u64, observer: &mut dyn Observer) -> Result<(), Error> {
        let book_person = self.person_clues()?;
        let confirmed = self.vault.write(|writer| {
            for subject in who_is(&book_person, writer)? {
                writer.decide_subject(subject, SubjectState::Confirmed)?;
            }
            writer.confirmed_on_shelf()
        })?;
        for subject in confirmed {
            taken = self.take_shelved(subject, taken, observer)?;
        }
        Ok(())
    }

    /// Takes the records of a subject that are on the shelf now into the lists, in batches, and decides nothing of those
    /// that come later. Answers how many were taken in this call, with those `taken` before.
    pub(crate) fn take_shelved(
        &self,
        subject: SubjectRow,
        mut taken: u64,
        observer: &mut dyn Observer,
    ) -> Result<u64, Error> {
        loop {
            let count = self.vault.write(|writer| {
                let rows = writer.shelved(subject, BATCH)?;
                for row in &rows {
                    writer.unshelve(*row, &entry_of(writer, *row)?)?;
                }
                Ok(rows.len() as u64)
            })?;
            if count == 0 {
                return Ok(taken);
            }
            taken += count;
            self.report(observer, Stage::Matching, taken, None, taken)?;
        }
    }
}

/// Those who wait and are the book's person by what is known of them now.
fn who_is(book_person: &PersonClues, writer: &Writer<'_>) -> Result<Vec<SubjectRow>, VaultError> {
    let mut same = Vec::new();
    for subject in writer.waiting_subjects()? {
        let clues = writer.subject_clues(subject)?;
        if is_same_person(book_person, &clues) {
            same.push((subject, clues));
        }
        if same.len() > MOST_CANDIDATES {
            // Nobody is so many people: the person is asked.
            return Ok(Vec::new());
        }
    }
    let are_one = can_be_one(same.iter().map(|(_, clues)| clues));
    Ok(same.into_iter().filter(|_| are_one).map(|(subject, _)| subject).collect())
}

/// The entry of a record's head.
fn entry_of(writer: &Writer<'_>, row: RecordRow) -> Result<Entry, VaultError> {
    let mut entry = indexed(&writer.head_bytes(row)?)?;
    writer.complete(row, &mut entry)?;
    Ok(entry)
}
