//! Whom the records of a document are about, decided so that the order in which a file tells things does not matter.
//!
//! A file is looked through for the people it describes before its records are read. An id under which a source tells of
//! two people who contradict each other (F23) is nobody's: the one who came first keeps it, others have it with a mark,
//! and a record that names no more than the id waits until the person says whose it is.

use std::collections::{BTreeSet, HashMap, HashSet};

use healthbook_formats::fhir::server;
use healthbook_model::{Identifier, Incoming, PersonClues, Subject, apart};
use healthbook_vault::{SourceRow, SubjectRow, SubjectState, VaultError, Writer};

use crate::matching::{are_one, can_be_one, contradicts, is_same_person, numbers, told_apart};
use crate::session::{Sources, remember};

/// Most who are weighed as the book's person in one file. Where it tells of more, nobody is recognised by itself: memory
/// must not grow with the file, and that many are no person's.
pub(crate) const MOST_CANDIDATES: usize = 1_000;

/// Type and id of a source's person.
type Key = (SourceRow, String, String);

/// What a file tells of one id.
#[derive(Debug, Clone, Copy)]
struct Told {
    row: SubjectRow,
    /// It describes several people under it.
    several: bool,
    /// It describes somebody under it, and does not only name it.
    described: bool,
}

/// Whom a record is about, where its source knows them, and by which id its own record goes when it describes them.
pub(crate) struct About {
    pub(crate) row: SubjectRow,
    pub(crate) state: SubjectState,
    pub(crate) origin: Option<String>,
}

/// The people of one document.
pub(crate) struct Whose {
    book_person: PersonClues,
    any_person: bool,
    /// The file tells a person right before what is about them (claims), so that the latest is meant.
    latest_is_meant: bool,
    told: HashMap<Key, Told>,
    /// `urn:uuid:` names of records whose id is another.
    aliases: HashMap<String, String>,
    /// Those who could be the book's person, until all of the file's people are known: each with the national numbers
    /// that a description of them gives.
    candidates: HashSet<(SubjectRow, Vec<Identifier>)>,
    /// They cannot be one person, or are more than can be weighed: nobody is recognised.
    unclear: bool,
}

impl Whose {
    pub(crate) fn new(book_person: PersonClues, any_person: bool, latest_is_meant: bool) -> Self {
        Self {
            book_person,
            any_person,
            latest_is_meant,
            told: HashMap::new(),
            aliases: HashMap::new(),
            candidates: HashSet::new(),
            unclear: false,
        }
    }

    pub(crate) fn also_called(&mut self, name: &str, id: &str) {
        remember(&mut self.aliases, name.to_owned(), id.to_owned());
    }

    /// Takes a person's description in before the records are read.
    pub(crate) fn meet(
        &mut self,
        writer: &mut Writer<'_>,
        source: SourceRow,
        incoming: &Incoming,
    ) -> Result<(), VaultError> {
        // What has no id is nobody's subject.
        if let Subject::Itself(clues) = &incoming.entry.subject
            && !incoming.origin.id.starts_with('#')
        {
            let about = self.describe(writer, source, incoming, &incoming.origin.id, clues)?;
            if about.state == SubjectState::Waiting && is_same_person(&self.book_person, clues) {
                self.weigh(about.row, clues);
            }
        }
        Ok(())
    }

    /// One who could be the book's person, until all are known.
    fn weigh(&mut self, row: SubjectRow, clues: &PersonClues) {
        if self.unclear {
            return;
        }
        let mut theirs: Vec<Identifier> = numbers(clues).cloned().collect();
        theirs.sort_unstable();
        theirs.dedup();
        // Somebody of two different numbers is nobody, nor are all of whom they are one.
        self.unclear = !are_one(&theirs);
        self.candidates.insert((row, theirs));
        self.unclear |= self.candidates.len() > MOST_CANDIDATES;
        if self.unclear {
            self.candidates = HashSet::new();
        }
    }

    pub(crate) fn has_met_nobody(&self) -> bool {
        self.told.is_empty()
    }

    /// All people of the file are known: those who are the book's person are, unless they contradict each other.
    pub(crate) fn recognise(&mut self, writer: &mut Writer<'_>) -> Result<(), VaultError> {
        let candidates = std::mem::take(&mut self.candidates);
        if are_one(candidates.iter().flat_map(|(_, numbers)| numbers)) {
            for row in candidates.into_iter().map(|(row, _)| row).collect::<BTreeSet<_>>() {
                writer.decide_subject(row, SubjectState::Confirmed)?;
            }
        }
        Ok(())
    }

    /// Whom a record is about, and what is decided of them. `id` is the record's own at its source.
    pub(crate) fn of(
        &mut self,
        writer: &mut Writer<'_>,
        sources: &mut Sources<'_>,
        source: SourceRow,
        incoming: &Incoming,
        id: &str,
    ) -> Result<Option<About>, VaultError> {
        let row = match &incoming.entry.subject {
            Subject::Nobody => return Ok(None),
            Subject::Itself(clues) => {
                return Ok(Some(self.describe(writer, source, incoming, id, clues)?));
            }
            Subject::Unsaid => self.unsaid(writer, source)?,
            Subject::Person { server: Some(at), id, .. } if incoming.origin.server.as_ref() != Some(at) => {
                match server(at).filter(|_| !sources.are_one()) {
                    Some(hint) => {
                        let there = sources.of(writer, &hint)?;
                        self.named(writer, (there, "Patient".to_owned(), id.clone()))?
                    }
                    // Somebody of another server, who is not this source's person of the same id.
                    None => {
                        self.named(writer, (source, "Patient".to_owned(), format!("{at}/Patient/{id}")))?
                    }
                }
            }
            Subject::Person { resource_type, id, .. } => {
                let known = match self.aliases.get(id) {
                    Some(origin) => Some(origin.clone()),
                    None if resource_type.is_none() => writer.origin_of_alias(source, id)?,
                    None => None,
                };
                let id = known.unwrap_or_else(|| id.clone());
                let kind = resource_type.clone().unwrap_or_else(|| "Patient".to_owned());
                self.named(writer, (source, kind, id))?
            }
        };
        let mut state = writer.subject_state(row)?;
        if self.any_person && state == SubjectState::Waiting {
            state = SubjectState::Confirmed;
            writer.decide_subject(row, state)?;
        }
        Ok(Some(About { row, state, origin: None }))
    }

    /// A record of a person's kind that does not say whose it is. That the person once said such records of this source
    /// are theirs holds as long as the source tells of nobody else.
    fn unsaid(&self, writer: &mut Writer<'_>, source: SourceRow) -> Result<SubjectRow, VaultError> {
        let (row, state) = writer.subject(source, "", "")?;
        if state == SubjectState::Waiting || self.any_person || !writer.tells_of_others(source)? {
            return Ok(row);
        }
        Ok(writer.subject(source, "", &apart::not_known_who(""))?.0)
    }

    /// The person of an id that a record names.
    fn named(&mut self, writer: &mut Writer<'_>, key: Key) -> Result<SubjectRow, VaultError> {
        let told = match self.told.get(&key) {
            Some(told) => *told,
            None => {
                let (row, _) = writer.subject(key.0, &key.1, &key.2)?;
                let several = writer.tells_of_several(key.0, &key.1, &key.2)?;
                let told = Told { row, several, described: false };
                remember(&mut self.told, key.clone(), told);
                told
            }
        };
        if !told.several || self.any_person {
            return Ok(told.row);
        }
        Ok(writer.subject(key.0, &key.1, &apart::not_known_who(&key.2))?.0)
    }

    /// Whether what is said cannot be said of a subject who is confirmed, of whom `known` is known. What the file itself
    /// told of them before counts like what the book knew before the file: they may be confirmed by this very file.
    fn is_another(&self, known: &PersonClues, clues: &PersonClues) -> bool {
        contradicts(&self.book_person, clues)
            || if is_same_person(&self.book_person, clues) {
                // A source may have told them wrong before; a number of somebody else it may not.
                !can_be_one([known, clues])
            } else {
                contradicts(known, clues)
            }
    }

    /// The person whom a Patient describes.
    fn describe(
        &mut self,
        writer: &mut Writer<'_>,
        source: SourceRow,
        incoming: &Incoming,
        id: &str,
        clues: &PersonClues,
    ) -> Result<About, VaultError> {
        let kind = &incoming.origin.resource_type;
        let (mut row, mut state) = writer.subject(source, kind, id)?;
        let mut origin = None;
        // The same id at the same source, and somebody else by what is said of them: what was decided of the one is not
        // true of the other.
        let another = !self.any_person
            && match state {
                SubjectState::Confirmed => self.is_another(&writer.subject_clues(row)?, clues),
                SubjectState::Refused => is_same_person(&self.book_person, clues),
                SubjectState::Waiting => contradicts(&writer.subject_clues(row)?, clues),
            };
        if another {
            let marked = apart::told_apart(id, &writer.mark(&told_apart(clues)));
            (row, state) = writer.subject(source, kind, &marked)?;
            origin = Some(marked);
        }
        // Of somebody who was refused, or whose description was erased, nothing is kept again.
        let kept_as = origin.as_deref().unwrap_or(id);
        if state != SubjectState::Refused && !writer.is_purged(source, kind, kept_as)? {
            writer.describe_subject(row, clues)?;
        }
        if self.any_person && state == SubjectState::Waiting {
            state = SubjectState::Confirmed;
            writer.decide_subject(row, state)?;
        }
        let key = (source, kind.clone(), id.to_owned());
        let before = self.told.get(&key).filter(|told| told.described && !self.latest_is_meant);
        let several = before.is_some_and(|told| told.several || told.row != row);
        let row_meant = before.map_or(row, |told| told.row);
        remember(&mut self.told, key, Told { row: row_meant, several, described: true });
        Ok(About { row, state, origin })
    }
}
