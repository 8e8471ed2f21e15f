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

/// A visit is sent a few times. What stands at more places is not read again.
const MOST_PLACES: usize = 64;

/// A HOSO that is told at a place, with the time that is believed.
struct Hoso {
    document: DocumentRow,
    time: Option<i64>,
    telling: Telling,
}

/// A record as the newest HOSO that tells it does.
struct Latest {
    document: DocumentRow,
    time: Option<i64>,
    form: u16,
    /// Its place among the HOSO, oldest first.
    at: usize,
    record: Box<Incoming>,
}

/// What is to be done about a visit's records.
struct Settled {
    source: SourceRow,
    documents: Vec<DocumentRow>,
    /// As they are told now.
    told: Vec<Latest>,
    /// Told no more, with who says so and when from.
    gone: Vec<(Latest, DocumentRow, Option<i64>)>,
}

impl Settled {
    fn write(&self, writer: &mut Writer<'_>) -> Result<(), VaultError> {
        for Latest { document, time, record, .. } in &self.told {
            let state = state(*document, *time, record);
            if let Some(row) = self.row(writer, record)? {
                writer.tells_again(row, &state)?;
            }
        }
        for (latest, document, time) in &self.gone {
            let state = state(*document, *time, &latest.record);
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

/// Which records of a visit are told, and which no more.
fn settle(mut hosos: Vec<Hoso>, source: SourceRow) -> Settled {
    let mut documents: Vec<DocumentRow> = hosos.iter().map(|hoso| hoso.document).collect();
    documents.dedup();
    // They are in the order in which they came, and stay so where they rank alike.
    hosos.sort_by_key(|hoso| hoso.time);
    let mut latest: HashMap<(String, String), Latest> = HashMap::new();
    let mut newest: HashMap<u16, (usize, DocumentRow, Option<i64>, bool)> = HashMap::new();
    for (at, Hoso { document, time, telling }) in hosos.into_iter().enumerate() {
        for bit in (0..u16::BITS).map(|n| 1 << n).filter(|bit| telling.forms & bit != 0) {
            newest.insert(bit, (at, document, time, telling.is_whole));
        }
        for Said { form, record } in telling.said {
            let key = (record.origin.resource_type.clone(), record.origin.id.clone());
            latest.insert(key, Latest { document, time, form, at, record });
        }
    }
    let mut settled = Settled { source, documents, told: Vec::new(), gone: Vec::new() };
    for told in latest.into_values() {
        match newest.get(&told.form) {
            Some((at, document, time, true)) if *at > told.at => settled.gone.push((told, *document, *time)),
            Some((at, ..)) if *at > told.at => {}
            _ => settled.told.push(told),
        }
    }
    // The order in which versions are written is the file's, not the map's.
    settled.told.sort_by(|a, b| a.record.origin.id.cmp(&b.record.origin.id));
    settled.gone.sort_by(|(a, ..), (b, ..)| a.record.origin.id.cmp(&b.record.origin.id));
    settled
}

/// Whether each place is all that its document tells of the visit in one piece: a HOSO, or a table that is the only one.
fn are_whole(places: &[(ToldAt, Vec<u8>)]) -> bool {
    places.iter().all(|(place, bytes)| {
        let alone = places.iter().filter(|(other, _)| other.document == place.document).count() == 1;
        place.is_as_sent && (alone || bytes.get(..5).is_some_and(|tag| tag.eq_ignore_ascii_case(b"<hoso")))
    })
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
                if let Some(settled) = self.told_of(visit, &mut openings)? {
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
    ) -> Result<Option<Settled>, Error> {
        let (source, id, places) = self.vault.write(|writer| {
            let (source, id) = writer.origin_of(visit)?;
            Ok::<_, VaultError>((source, id, writer.told_at(visit)?))
        })?;
        // Known before anything is read: a visit among others in one HOSO has a place for each of its rows.
        if places.len() > MOST_PLACES || places.iter().any(|place| !place.is_as_sent) {
            return Ok(None);
        }
        let mut read = Vec::new();
        for place in places.into_iter().filter(|place| place.format == Format::ClaimXml.as_str()) {
            if place.length > u64::try_from(Limits::default().resource_bytes).unwrap_or(u64::MAX) {
                return Ok(None);
            }
            let mut stream = self.vault.open_received(place.document)?;
            stream.seek(SeekFrom::Start(place.offset))?;
            let mut bytes = Vec::new();
            stream.take(place.length).read_to_end(&mut bytes)?;
            read.push((place, bytes));
        }
        if !are_whole(&read) {
            return Ok(None);
        }
        let mut hosos = Vec::new();
        for (place, bytes) in read {
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
            hosos.push(Hoso { document: place.document, time, telling });
        }
        Ok(Some(settle(hosos, source)))
    }
}
