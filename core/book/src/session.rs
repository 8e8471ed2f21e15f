//! What reading one document needs to remember, from its first record to its last.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::Hash;

use healthbook_model::{Content, Entry, Incoming, PersonClues, Sensitivity, SourceHint, Span, Tie};
use healthbook_vault::{
    Bytes, DocumentRow, Gate, Home, LinkRel, Outcome, Put, RecordRow, SourceKind, SourceRow, SubjectState,
    VaultError, Writer,
};

use crate::import::ImportOptions;
use crate::whose::Whose;

/// The name of the source that another book's own entries have.
const ANOTHER_BOOK: &str = "own";

/// Most links of a file that wait for their other end in memory. Where there are more the file is gone through again for
/// its links alone, when everything that they could lead to has come.
const MOST_TIES: usize = 1_000;

/// Sources, people and names that reading a document remembers beside the book, which knows them all.
const REMEMBERED: usize = 10_000;

/// Remembers one thing more, and forgets the others when there are many: memory must not grow with the file.
pub(crate) fn remember<K: Eq + Hash, V>(map: &mut HashMap<K, V>, key: K, value: V) {
    if map.len() >= REMEMBERED {
        map.clear();
    }
    map.insert(key, value);
}

/// The sources of a document's records.
pub(crate) struct Sources<'a> {
    options: &'a ImportOptions,
    /// The document's own identity, for records that name no source.
    document: String,
    known: HashMap<SourceHint, SourceRow>,
}

impl Sources<'_> {
    /// The source of a hint. What the person calls a file's source goes before what the file says.
    pub(crate) fn of(&mut self, writer: &mut Writer<'_>, hint: &SourceHint) -> Result<SourceRow, VaultError> {
        if let Some(known) = self.known.get(hint) {
            return Ok(*known);
        }
        let row = match (&self.options.source, hint) {
            (Some(label), _) => writer.source(SourceKind::Label, label, Some(label))?,
            (None, SourceHint::Base(base)) => writer.source(SourceKind::Server, base, None)?,
            (None, SourceHint::Facility { code, name }) => {
                writer.source(SourceKind::Facility, code, name.as_deref())?
            }
            (None, SourceHint::Label(label)) => writer.source(SourceKind::Label, label, Some(label))?,
            (None, SourceHint::File(uid)) => writer.source(SourceKind::Document, uid, None)?,
            // No file speaks as this book's person: what a person wrote in another book is a source of its own.
            (None, SourceHint::OwnEntries) => writer.source(SourceKind::Document, ANOTHER_BOOK, None)?,
            (None, SourceHint::Document) => {
                writer.source(SourceKind::Document, &self.document, self.options.name.as_deref())?
            }
        };
        remember(&mut self.known, hint.clone(), row);
        Ok(row)
    }

    /// Whether the person said that all of the file comes from one source.
    pub(crate) fn are_one(&self) -> bool {
        self.options.source.is_some()
    }
}

/// A link that a file asks for.
struct Asked {
    row: RecordRow,
    /// The record is an own entry that this book has.
    known: bool,
    rel: LinkRel,
    tie: Tie,
}

/// What becomes of a link whose other end is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Linking {
    /// It waits.
    Waits,
    /// There are more than can wait: the file has to be gone through again.
    Again,
    /// Everything has come: there is nothing to link with.
    Ends,
}

/// Reading one document.
pub(crate) struct Session<'a> {
    document: DocumentRow,
    sources: Sources<'a>,
    whose: Whose,
    /// Links whose other end has not come yet.
    ties: Vec<Asked>,
    linking: Linking,
    /// How many records were put.
    pub(crate) records: u64,
    /// What came of them, as far as it may be told.
    pub(crate) made: Made,
    /// Whether restricted records are counted.
    counts_restricted: bool,
}

/// What came of records that were put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Made {
    pub(crate) new: u64,
    pub(crate) new_versions: u64,
    pub(crate) unchanged: u64,
}

impl Made {
    fn count(&mut self, outcome: &Outcome, counts_restricted: bool) {
        match outcome {
            // Who sees what is restricted knew of it.
            Outcome::Shown(_) if counts_restricted => self.unchanged += 1,
            Outcome::New(_) | Outcome::Shown(_) => self.new += 1,
            Outcome::NewVersion(_) => self.new_versions += 1,
            Outcome::Unchanged(_) => self.unchanged += 1,
            Outcome::Purged => {}
        }
    }
}

/// Whether a record is no secret by what it says itself.
pub(crate) fn is_ordinary(entry: &Entry) -> bool {
    [entry.sensitivity, entry.parts] == [Sensitivity::Ordinary; 2]
}

impl<'a> Session<'a> {
    /// `name` is the document's identity in hexadecimal.
    pub(crate) fn new(
        options: &'a ImportOptions,
        document: DocumentRow,
        name: String,
        book_person: PersonClues,
        latest_is_meant: bool,
    ) -> Self {
        Self {
            document,
            sources: Sources { options, document: name, known: HashMap::new() },
            whose: Whose::new(book_person, options.any_person, latest_is_meant),
            ties: Vec::new(),
            linking: Linking::Waits,
            records: 0,
            made: Made::default(),
            counts_restricted: options.reading.gate() == Gate::WithRestricted,
        }
    }

    /// Takes the description of one of the file's people in, before its records are read.
    pub(crate) fn meet(&mut self, writer: &mut Writer<'_>, incoming: &Incoming) -> Result<(), VaultError> {
        let source = self.sources.of(writer, &incoming.origin.source)?;
        self.call(writer, source, incoming)?;
        self.whose.meet(writer, source, incoming)
    }

    pub(crate) fn has_met_nobody(&self) -> bool {
        self.whose.has_met_nobody()
    }

    /// All of the file's people are known.
    pub(crate) fn met_all(&mut self, writer: &mut Writer<'_>) -> Result<(), VaultError> {
        self.whose.recognise(writer)
    }

    /// Keeps the other names of a record.
    fn call(
        &mut self,
        writer: &mut Writer<'_>,
        source: SourceRow,
        incoming: &Incoming,
    ) -> Result<(), VaultError> {
        let origin = &incoming.origin;
        for alias in &origin.aliases {
            self.whose.also_called(alias, &origin.id);
            writer.alias(source, alias, &origin.resource_type, &origin.id)?;
        }
        Ok(())
    }

    /// The id of a record. One that has none has its place in the document, which says nothing in a source that sends
    /// more than one document.
    fn id<'i>(&self, incoming: &'i Incoming) -> Cow<'i, str> {
        let origin = &incoming.origin;
        let is_place = origin
            .id
            .strip_prefix('#')
            .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        let own = matches!(origin.source, SourceHint::Document | SourceHint::File(_));
        if is_place && (self.sources.are_one() || !own) {
            return Cow::Owned(format!("{}@{}", origin.id, self.sources.document));
        }
        Cow::Borrowed(&origin.id)
    }

    /// Puts one record.
    pub(crate) fn put(&mut self, writer: &mut Writer<'_>, incoming: &Incoming) -> Result<(), VaultError> {
        let origin = &incoming.origin;
        if self.linking == Linking::Ends && incoming.ties.is_empty() {
            return Ok(());
        }
        let own = !self.sources.are_one()
            && origin.source == SourceHint::OwnEntries
            && writer.is_of_own_entry(&origin.resource_type, &origin.id, incoming.content.bytes())?;
        let source = if own { SourceRow::OWN } else { self.sources.of(writer, &origin.source)? };
        self.call(writer, source, incoming)?;
        let mut id = self.id(incoming);
        let about =
            if own { None } else { self.whose.of(writer, &mut self.sources, source, incoming, &id)? };
        if let Some(marked) = about.as_ref().and_then(|about| about.origin.clone()) {
            id = Cow::Owned(marked);
        }
        let (bytes, slice);
        let spans: &[Span] = match &incoming.content {
            Content::Slice { bytes: exact, span, around } => {
                bytes = Bytes::Stretch { document: self.document, offset: span.offset, bytes: exact };
                slice = [*around];
                &slice
            }
            Content::Mapped { bytes: mapped, spans, mapping } => {
                bytes = Bytes::Own { document: Some(self.document), mapping: Some(*mapping), bytes: mapped };
                spans
            }
        };
        let state = about.as_ref().map(|about| about.state);
        if state == Some(SubjectState::Refused) {
            return writer.refuse_stretches(self.document, spans);
        }
        let mut whose = about.map(|about| (about.row, about.state));
        if let Some(said) = whose {
            let sent = (source, origin.resource_type.as_str(), &*id);
            match writer.home(sent, said, incoming.content.bytes())? {
                Home::Itself => {}
                Home::Restated => whose = None,
                Home::Apart(marked) => id = Cow::Owned(marked),
            }
        }
        let outcome = writer.put(&Put {
            source,
            resource_type: &origin.resource_type,
            origin: &id,
            entry: &incoming.entry,
            bytes,
            spans,
            subject: whose.map(|(row, _)| row),
            shelved: whose.is_some_and(|(_, state)| state == SubjectState::Waiting),
            id: None,
        })?;
        if let Outcome::New(row) | Outcome::NewVersion(row) | Outcome::Unchanged(row) | Outcome::Shown(row) =
            outcome
        {
            let is_told =
                self.counts_restricted || is_ordinary(&incoming.entry) && !writer.is_restricted(row)?;
            // What is gone through again for its links has been counted.
            if is_told && self.linking != Linking::Ends {
                self.made.count(&outcome, self.counts_restricted);
            }
            self.tie(writer, row, own, incoming)?;
        }
        if self.linking != Linking::Ends {
            self.records += 1;
        }
        Ok(())
    }

    /// Links a record as an export says that a person had linked it. What says of another record that it is better told
    /// must be a person's own word. `known` is an own entry of this book.
    fn tie(
        &mut self,
        writer: &mut Writer<'_>,
        row: RecordRow,
        known: bool,
        incoming: &Incoming,
    ) -> Result<(), VaultError> {
        // A file's word is about what the file itself brings, and a stranger's counts for nothing.
        if incoming.ties.is_empty()
            || writer.is_on_shelf(row)?
            || !(known || writer.is_brought_by(row, self.document)?)
        {
            return Ok(());
        }
        let own = incoming.origin.source == SourceHint::OwnEntries;
        for tie in &incoming.ties {
            let Some(rel) = LinkRel::parse(&tie.rel).filter(|rel| own || *rel != LinkRel::Corrects) else {
                continue;
            };
            // What is part of a document is read from the document.
            if rel == LinkRel::PartOf && tie.resource_type == "Bundle" {
                continue;
            }
            let asked = Asked { row, known, rel, tie: tie.clone() };
            if self.tied(writer, &asked)? || self.linking != Linking::Waits {
                continue;
            }
            self.ties.push(asked);
            if self.ties.len() > MOST_TIES {
                self.ties = Vec::new();
                self.linking = Linking::Again;
            }
        }
        Ok(())
    }

    /// Links two records, when the other one is there.
    fn tied(&mut self, writer: &mut Writer<'_>, asked: &Asked) -> Result<bool, VaultError> {
        let Asked { row, known, rel, ref tie } = *asked;
        let mut sources = Vec::new();
        if tie.source == SourceHint::OwnEntries && !self.sources.are_one() {
            sources.push(SourceRow::OWN);
        }
        sources.push(self.sources.of(writer, &tie.source)?);
        for source in sources {
            if let Some(other) = writer.record_of_origin(source, &tie.resource_type, &tie.id)?
                && other != row
                && (known || writer.is_brought_by(other, self.document)?)
            {
                // What the person undid here stays undone.
                if !writer.is_on_shelf(row)? && !writer.knows_link(row, rel, other)? {
                    writer.link(row, rel, other)?;
                }
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the document has to be gone through once more, for the links that could not wait. If so, what is put from
    /// now on is linked and nothing else.
    pub(crate) fn links_again(&mut self) -> bool {
        let again = self.linking == Linking::Again;
        if again {
            self.linking = Linking::Ends;
        }
        again
    }

    /// Links what waited for its other end. What never came is linked with nothing.
    pub(crate) fn tie_rest(&mut self, writer: &mut Writer<'_>) -> Result<(), VaultError> {
        for asked in std::mem::take(&mut self.ties) {
            self.tied(writer, &asked)?;
        }
        Ok(())
    }
}
