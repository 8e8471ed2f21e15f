//! Whom the book is for, and whose records wait on the shelf.

use healthbook_model::{Identifier, Kind, Observer, PersonClues, Subject};
use healthbook_vault::{AuditAction, SubjectState, Waiting};

use crate::book::{Book, Query};
use crate::error::{Error, ErrorCode};
use crate::item::{Item, Reading, source_name};

/// The book's person at a glance.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonCard {
    /// Full name.
    pub name: Option<String>,
    /// Date of birth, as precise as it is known: `1958`, `1958-03` or `1958-03-12`.
    pub birth_date: Option<String>,
    /// FHIR administrative gender: `male`, `female`, `other` or `unknown`.
    pub sex: Option<String>,
    /// CCCD, BHYT and the like, with their systems.
    pub identifiers: Vec<Identifier>,
    /// Insurance cards.
    pub coverages: Vec<Item>,
    /// Allergies, and what is said about there being none.
    pub allergies: Vec<Item>,
    /// Blood group as recorded last.
    pub blood_group: Option<String>,
}

/// What somebody who helps in an emergency should know.
#[derive(Debug, Clone, PartialEq)]
pub struct Emergency {
    /// The person.
    pub person: PersonCard,
    /// Diseases and problems that are not over.
    pub conditions: Vec<Item>,
    /// Medicines taken now.
    pub medicines: Vec<Item>,
}

/// Somebody whose records wait until the person says whose they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Number to confirm or reject by.
    pub subject: i64,
    /// Where the records come from.
    pub source: String,
    /// Name, as far as the source says.
    pub name: Option<String>,
    /// Date of birth, as precise as the source says.
    pub birth_date: Option<String>,
    /// FHIR administrative gender: `male`, `female`, `other` or `unknown`.
    pub sex: Option<String>,
    /// How many records wait.
    pub records: u64,
    /// For records that do not say whose they are: the one person their source has told of so far, when that is the
    /// book's. A guess to ask with, and no more.
    pub belongs_to: Option<String>,
    /// A few of them, to tell whose they are.
    pub titles: Vec<Glimpse>,
}

/// What is told of a record that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glimpse {
    /// Its day, as precise as it is known: `2026`, `2026-11` or `2026-11-20`.
    pub day: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// What it is about.
    pub title: String,
}

impl Book {
    /// What the book knows of its person.
    pub(crate) fn person_clues(&self) -> Result<PersonClues, Error> {
        let all = Reading { restricted: true, ..Reading::default() };
        let bytes = self.raw(all, self.person_id()?)?;
        let entry = healthbook_formats::entry(&bytes).map_err(|_| Error::new(ErrorCode::Damaged))?;
        let mut clues = match entry.subject {
            Subject::Itself(clues) => *clues,
            _ => PersonClues::default(),
        };
        let confirmed = self.vault.write(|writer| writer.confirmed_identifiers())?;
        clues.identifiers.extend(confirmed);
        Ok(clues)
    }

    /// The book's person at a glance.
    ///
    /// # Errors
    /// Of reading the book.
    pub fn person(&self, reading: Reading) -> Result<PersonCard, Error> {
        let bytes = self.raw(reading, self.person_id()?)?;
        let entry = healthbook_formats::entry(&bytes).map_err(|_| Error::new(ErrorCode::Damaged))?;
        let clues = match entry.subject {
            Subject::Itself(clues) => *clues,
            _ => PersonClues::default(),
        };
        let of = |kind| self.of_kind(reading, kind);
        let coverages = of(Kind::Coverage)?.into_iter().filter(|i| i.standing.is_fact()).collect();
        let allergies = of(Kind::Allergy)?;
        let blood_group = self.blood_group(reading)?;
        Ok(PersonCard {
            name: clues.names.first().cloned(),
            birth_date: clues.birth_date.map(|d| d.to_string()),
            sex: clues.sex,
            identifiers: clues.identifiers,
            coverages,
            allergies,
            blood_group,
        })
    }

    pub(crate) fn of_kind(&self, reading: Reading, kind: Kind) -> Result<Vec<Item>, Error> {
        // All of them: an allergy of long ago stands last, and is no less an allergy.
        let query = Query { kinds: vec![kind], ..Query::default() };
        let mut items = Vec::new();
        self.each(reading, &query, &mut |item| {
            items.push(item);
            Ok(())
        })?;
        Ok(items)
    }

    fn blood_group(&self, reading: Reading) -> Result<Option<String>, Error> {
        let code = healthbook_model::Coding::new("http://loinc.org", "882-1");
        let rows = self.read(reading, |reader| reader.with_code(&code, 5))?;
        Ok(rows
            .into_iter()
            .map(|row| Item::new(row, reading.lang))
            .find(Item::is_fact)
            .and_then(|item| item.value))
    }

    /// What somebody who helps in an emergency should know.
    ///
    /// # Errors
    /// Of reading the book.
    pub fn emergency(&self, reading: Reading) -> Result<Emergency, Error> {
        let current = |kind| -> Result<Vec<Item>, Error> {
            let items = self.of_kind(reading, kind)?;
            Ok(items
                .into_iter()
                .filter(|i| i.standing == healthbook_model::Standing::Current && !i.corrected && !i.duplicate)
                .collect())
        };
        Ok(Emergency {
            person: self.person(reading)?,
            conditions: current(Kind::Condition)?,
            medicines: current(Kind::Medicine)?,
        })
    }

    /// Changes what the book knows of its person; the fields are those of [`crate::own::fields`] for `Patient`.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidInput`].
    pub fn set_person(&self, reading: Reading, changes: &[(String, String)]) -> Result<(), Error> {
        self.edit(reading, self.person_id()?, changes)
    }

    /// Who waits on the shelf "not confirmed".
    ///
    /// # Errors
    /// Of reading the book.
    pub fn review(&self, reading: Reading) -> Result<Vec<Review>, Error> {
        let lang = reading.lang;
        self.read(reading, |reader| {
            let mut reviews = Vec::new();
            for waiting in reader.waiting()? {
                let titles = reader.waiting_titles(waiting.subject, 5)?;
                reviews.push(Review {
                    subject: waiting.number,
                    source: source_name(&waiting.source, lang),
                    name: waiting.name,
                    birth_date: waiting.birth_date,
                    sex: waiting.sex,
                    records: waiting.records,
                    belongs_to: waiting.likely,
                    titles: titles
                        .into_iter()
                        .map(|(kind, start, title)| {
                            let day = start.map(|start| start.get(..10).unwrap_or(&start).to_owned());
                            Glimpse { day, kind, title }
                        })
                        .collect(),
                });
            }
            Ok(reviews)
        })
    }

    /// Says that a subject on the shelf is the book's person: their records come into the lists, now and with every later
    /// import. A book that knew nothing of its person learns name, birth date and sex. Of records that name nobody it is
    /// said once; where their source has told of the book's person alone ([`Review::belongs_to`]), later ones come in too
    /// until it tells of somebody else. Answers how many records waited, of those that this reading counts.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`]; [`ErrorCode::Stopped`] (what was taken in stays in; calling again goes on).
    pub fn confirm(&self, reading: Reading, subject: i64, observer: &mut dyn Observer) -> Result<u64, Error> {
        let waiting = self.waiting_subject(reading, subject)?;
        let (row, taken) = (waiting.subject, waiting.records);
        // Of a nameless one it is said of these records. Others that name nobody, or an id of several people, are asked
        // about again.
        if !waiting.nameless || waiting.likely.is_some() {
            self.vault.write(|writer| writer.decide_subject(row, SubjectState::Confirmed))?;
        }
        let moved = self.take_shelved(row, 0, observer)?;
        let theirs = self.write(|writer| {
            writer.audit(AuditAction::Confirm, None, "")?;
            writer.subject_clues(row)
        })?;
        self.learn(reading, &theirs)?;
        // Now that more is known of the person, somebody else on the shelf may be the same.
        self.empty_shelf(moved, observer)?;
        self.notify();
        self.vault.checkpoint()?;
        Ok(taken)
    }

    /// A subject on the shelf, and how many of their records this reading counts: restricted ones come along untold.
    fn waiting_subject(&self, reading: Reading, subject: i64) -> Result<Waiting, Error> {
        let waiting = self.read(reading, |reader| reader.waiting())?;
        waiting
            .into_iter()
            .find(|waiting| waiting.number == subject)
            .ok_or_else(|| Error::new(ErrorCode::NotFound))
    }

    fn learn(&self, reading: Reading, theirs: &PersonClues) -> Result<(), Error> {
        let known = self.person_clues()?;
        let mut changes = Vec::new();
        if known.names.is_empty()
            && let Some(name) = theirs.names.first()
        {
            changes.push(("name".to_owned(), name.clone()));
        }
        if known.birth_date.is_none()
            && let Some(date) = theirs.birth_date
        {
            changes.push(("birth-date".to_owned(), date.to_string()));
        }
        if known.sex.is_none()
            && let Some(sex) = &theirs.sex
        {
            changes.push(("sex".to_owned(), sex.clone()));
        }
        if changes.is_empty() { Ok(()) } else { self.set_person(reading, &changes) }
    }

    /// Says that a subject on the shelf is somebody else: their records go out of the book for good, now and with every
    /// later import. Records that name nobody go out too, and later ones are asked about again. Answers how many there
    /// were, of those that this reading counts.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`]; [`ErrorCode::Stopped`] (calling again goes on).
    pub fn reject(&self, reading: Reading, subject: i64, observer: &mut dyn Observer) -> Result<u64, Error> {
        let waiting = self.waiting_subject(reading, subject)?;
        let (row, told) = (waiting.subject, waiting.records);
        let mut gone = 0;
        loop {
            let count = self.vault.write(|writer| {
                let rows = writer.shelved(row, 200)?;
                for record in &rows {
                    writer.drop_shelved(*record)?;
                }
                if rows.is_empty() {
                    // Nobody is refused where nobody is named: what comes later may be the person's.
                    if !waiting.nameless {
                        writer.decide_subject(row, SubjectState::Refused)?;
                    }
                    writer.audit(AuditAction::Reject, None, "")?;
                }
                Ok(rows.len() as u64)
            })?;
            gone += count;
            if count == 0 {
                break;
            }
            self.report(observer, healthbook_model::Stage::Matching, gone, None, gone)?;
        }
        self.notify();
        self.finish_erasure();
        Ok(told)
    }
}
