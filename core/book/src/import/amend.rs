//! What becomes of a claim's records when the claim is sent again without them.
//!
//! The state of a visit is decided by all HOSO that tell of it, whatever order they came in: a record is a fact as long as
//! the newest of those that hold its form tells it. Nothing is remembered for that beside the documents themselves: where a
//! visit is told of more than once, its stretches are read again.

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom};

use healthbook_formats::claim::{self, Opening, Said, Telling};
use healthbook_formats::{Format, Limits};
use healthbook_model::Incoming;
use healthbook_vault::{
    DocumentRow, RecordRow, SourceRow, ToldAt, ToldState, VaultError, Writer, believable,
};

use super::course::Course;
use super::{BATCH_BYTES, BATCH_RECORDS};
use crate::book::Book;
use crate::error::Error;
use crate::session::remember;

/// Visits looked at in one go.
const VISITS: u32 = 1000;

/// A visit is sent a few times, in some kilobytes. Stretches of one visit that hold more than this together are not read
/// again: each new file of it would read them all.
const MOST_BYTES: u64 = 256 << 20;

/// Places of one visit that are read between two looks at whether to go on.
const PLACES_AT_ONCE: usize = 64;

/// Which of two HOSO counts: the later time that is believed, else the one that came later.
type Rank = (Option<i64>, usize);

/// A record as the newest HOSO that tells it does.
struct Latest {
    document: DocumentRow,
    rank: Rank,
    form: u16,
    record: Box<Incoming>,
}

/// The newest HOSO that holds a form.
#[derive(Clone, Copy)]
struct Newest {
    document: DocumentRow,
    rank: Rank,
    is_whole: bool,
}

/// What is to be done about a visit's records.
struct Settled {
    source: SourceRow,
    documents: Vec<DocumentRow>,
    /// As they are told now.
    told: Vec<Latest>,
    /// Told no more, with who says so.
    gone: Vec<(Latest, Newest)>,
}

impl Settled {
    fn write(&self, writer: &mut Writer<'_>) -> Result<(), VaultError> {
        for Latest { document, rank, record, .. } in &self.told {
            let state = state(*document, rank.0, record);
            if let Some(row) = self.row(writer, record)? {
                writer.tells_again(row, &state)?;
            }
        }
        for (latest, newest) in &self.gone {
            let state = state(newest.document, newest.rank.0, &latest.record);
            if let Some(row) = self.row(writer, &latest.record)? {
                writer.tells_no_more(row, &state)?;
            }
        }
        Ok(())
    }

    /// A record that these documents alone tell of; about any other they do not decide.
    fn row(&self, writer: &Writer<'_>, record: &Incoming) -> Result<Option<RecordRow>, VaultError> {
        let origin = &record.origin;
        writer.stands_only_in((self.source, &origin.resource_type, &origin.id), &self.documents)
    }

    fn size(&self) -> (usize, usize) {
        let records = || self.told.iter().chain(self.gone.iter().map(|(latest, ..)| latest));
        (records().count(), records().map(|latest| latest.record.content.bytes().len()).sum())
    }
}

fn state(document: DocumentRow, time: Option<i64>, record: &Incoming) -> ToldState<'_> {
    let bytes = record.content.bytes();
    ToldState { document, mapping: claim::MAPPING, time, entry: &record.entry, bytes }
}

/// What the HOSO of a visit tell, gathered one after the other in the order in which they came: of each record and of
/// each form no more than the newest is kept.
#[derive(Default)]
struct Gathered {
    count: usize,
    latest: HashMap<(String, String), Latest>,
    newest: HashMap<u16, Newest>,
}

impl Gathered {
    fn add(&mut self, document: DocumentRow, time: Option<i64>, telling: Telling) {
        let rank = (time, self.count);
        self.count += 1;
        for bit in (0..u16::BITS).map(|n| 1 << n).filter(|bit| telling.forms & bit != 0) {
            let one = Newest { document, rank, is_whole: telling.is_whole };
            let newest = self.newest.entry(bit).or_insert(one);
            if rank > newest.rank {
                *newest = one;
            }
        }
        for Said { form, record } in telling.said {
            let key = (record.origin.resource_type.clone(), record.origin.id.clone());
            if self.latest.get(&key).is_none_or(|known| rank >= known.rank) {
                self.latest.insert(key, Latest { document, rank, form, record });
            }
        }
    }

    /// Which records of the visit are told, and which no more. `documents` are those that tell of it.
    fn settled(self, source: SourceRow, documents: Vec<DocumentRow>) -> Settled {
        let mut settled = Settled { source, documents, told: Vec::new(), gone: Vec::new() };
        for told in self.latest.into_values() {
            match self.newest.get(&told.form) {
                Some(newest) if newest.rank > told.rank && newest.is_whole => {
                    settled.gone.push((told, *newest));
                }
                Some(newest) if newest.rank > told.rank => {}
                _ => settled.told.push(told),
            }
        }
        // The order in which versions are written is the file's, not the map's.
        settled.told.sort_by(|a, b| a.record.origin.id.cmp(&b.record.origin.id));
        settled.gone.sort_by(|(a, _), (b, _)| a.record.origin.id.cmp(&b.record.origin.id));
        settled
    }
}

/// The places of a visit that can be settled as far as is known before anything of it is read: all are as they were
/// sent, and not too much to read again. `None` for any other.
fn readable(places: Vec<ToldAt>) -> Option<Vec<ToldAt>> {
    let longest = u64::try_from(Limits::default().resource_bytes).unwrap_or(u64::MAX);
    let is_sound = places.iter().all(|place| place.is_as_sent);
    let of_claims: Vec<ToldAt> =
        places.into_iter().filter(|place| place.format == Format::ClaimXml.as_str()).collect();
    let sum = of_claims.iter().map(|place| place.length).fold(0, u64::saturating_add);
    let is_small = sum <= MOST_BYTES && of_claims.iter().all(|place| place.length <= longest);
    (is_sound && is_small).then_some(of_claims)
}

/// Whether a place is all that its document tells of the visit in one piece: a HOSO, or a table that is the only one.
fn is_whole(bytes: &[u8], is_alone: bool) -> bool {
    is_alone || bytes.get(..5).is_some_and(|tag| tag.eq_ignore_ascii_case(b"<hoso"))
}

impl Book {
    /// Settles the visits that a claim file tells of and that were told of before, or are told of twice in it: what the
    /// newest HOSO of a visit tells no more is withdrawn by its source.
    pub(super) fn settle_visits(&self, document: DocumentRow, course: &mut Course<'_>) -> Result<(), Error> {
        let mut openings = HashMap::new();
        let mut after = None;
        loop {
            let visits = self.vault.write(|writer| writer.visits_told_again(document, after, VISITS))?;
            let Some(last) = visits.last() else { return Ok(()) };
            after = Some(*last);
            let mut batch = Vec::new();
            let (mut records, mut bytes) = (0, 0);
            for visit in visits {
                if let Some(settled) = self.told_of(visit, &mut openings, course)? {
                    let (more, larger) = settled.size();
                    (records, bytes) = (records + more, bytes + larger);
                    batch.push(settled);
                }
                if records >= BATCH_RECORDS || bytes >= BATCH_BYTES {
                    self.write_settled(&mut batch)?;
                    (records, bytes) = (0, 0);
                    course.goes_on()?;
                }
            }
            self.write_settled(&mut batch)?;
        }
    }

    fn write_settled(&self, batch: &mut Vec<Settled>) -> Result<(), Error> {
        if batch.is_empty() {
            return Ok(());
        }
        let settled = std::mem::take(batch);
        self.vault.write(|writer| settled.iter().try_for_each(|visit| visit.write(writer)))?;
        Ok(())
    }

    /// All that is told of a visit; `None` where any of it cannot be read as it was sent.
    fn told_of(
        &self,
        visit: RecordRow,
        openings: &mut HashMap<DocumentRow, Opening>,
        course: &mut Course<'_>,
    ) -> Result<Option<Settled>, Error> {
        let (source, id, places) = self.vault.write(|writer| {
            let (source, id) = writer.origin_of(visit)?;
            Ok::<_, VaultError>((source, id, writer.told_at(visit)?))
        })?;
        // Known before anything is read: a visit among others in one HOSO has a place for each of its rows.
        let Some(places) = readable(places) else { return Ok(None) };
        let mut times_in: HashMap<DocumentRow, usize> = HashMap::new();
        for place in &places {
            *times_in.entry(place.document).or_default() += 1;
        }
        let mut gathered = Gathered::default();
        for place in &places {
            let mut stream = self.vault.open_received(place.document)?;
            stream.seek(SeekFrom::Start(place.offset))?;
            let mut bytes = Vec::new();
            stream.take(place.length).read_to_end(&mut bytes)?;
            if !is_whole(&bytes, times_in.get(&place.document) == Some(&1)) {
                return Ok(None);
            }
            if !openings.contains_key(&place.document) {
                let stream = self.vault.open_received(place.document)?;
                let opening = claim::opening(Box::new(stream), Limits::default())?;
                remember(openings, place.document, opening);
            }
            let tellings = openings
                .get(&place.document)
                .and_then(|opening| claim::tellings(&bytes, opening, Limits::default()));
            let Some(telling) = tellings.into_iter().flatten().find(|telling| telling.visit == id) else {
                return Ok(None);
            };
            let time = believable(telling.time, place.received_at.0);
            gathered.add(place.document, time, telling);
            if gathered.count % PLACES_AT_ONCE == 0 {
                course.goes_on()?;
            }
        }
        let mut documents: Vec<DocumentRow> = places.iter().map(|place| place.document).collect();
        documents.dedup();
        Ok(Some(gathered.settled(source, documents)))
    }
}
