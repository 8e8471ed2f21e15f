//! The calls a person waits for, made so often as is asked, for `cargo xtask instructions` to count what one costs.
//!
//! Everything but the number of calls is the same in each run: the clock, the randomness, what the book holds. So the
//! difference of two runs is that of the calls alone. The book opens by a key file: no passphrase is stretched.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use healthbook::own::{BloodPressure, OwnEntry};
use healthbook::{
    Book, Clock, KeyFile, Kind, NewBook, Ports, Query, Random, RandomError, Reading, RecordId, Timestamp,
};

use crate::book::{PAGE, Results, anybody, word};
use crate::work::{Done, scattered};

/// Records of the book in which the calls are made.
const RECORDS: u32 = 300;

/// A call, and what makes it so often as is asked.
type Call = (&'static str, fn(&Book, &[RecordId], u32) -> Done<()>);

/// The calls that are counted.
const CALLS: [Call; 8] = [
    ("create", |book, _, times| (0..times).try_for_each(|n| add(book, n).map(drop))),
    ("get", |book, ids, times| {
        (0..times).try_for_each(|n| {
            book.item(Reading::default(), any(ids, n)?)?;
            book.raw(Reading::default(), any(ids, n)?)?;
            Ok(())
        })
    }),
    ("update", |book, _, times| {
        // Made before any of them is changed, and so many in each run.
        let own = (0..16).map(|n| add(book, n)).collect::<Done<Vec<_>>>()?;
        (0..times).try_for_each(|n| {
            let changes = [("systolic".to_owned(), (110 + n % 40).to_string())];
            Ok(book.edit(Reading::default(), any(&own, n % 16)?, &changes)?)
        })
    }),
    ("timeline page", |book, _, times| {
        let query = Query::default();
        let mut after = None;
        (0..times).try_for_each(|_| {
            after = book.timeline(Reading::default(), &query, after, PAGE)?.next;
            Ok(())
        })
    }),
    ("page of one kind by name", |book, _, times| {
        let query = Query { kinds: vec![Kind::Result], ..Query::default() };
        (0..times).try_for_each(|_| {
            book.by_name(Reading::default(), &query, None, PAGE)?;
            Ok(())
        })
    }),
    ("search page", |book, _, times| {
        (0..times).try_for_each(|n| {
            let found = book.search(Reading::default(), &word(n, RECORDS), PAGE)?;
            if found.is_empty() { Err("nothing was found".into()) } else { Ok(()) }
        })
    }),
    ("import, a resource", |book, _, times| {
        book.import(&mut Results::new(RECORDS..RECORDS + times), &anybody(), &mut ())?;
        Ok(())
    }),
    ("delete", |book, ids, times| {
        (0..times).try_for_each(|n| Ok(book.delete(Reading::default(), any(ids, n)?)?))
    }),
];

fn any(ids: &[RecordId], n: u32) -> Done<RecordId> {
    let at = usize::try_from(n)? % ids.len().max(1);
    ids.get(at).copied().ok_or_else(|| "an empty book".into())
}

fn add(book: &Book, n: u32) -> Done<RecordId> {
    let entry = BloodPressure {
        systolic: (110 + n % 30).to_string().parse()?,
        diastolic: "79".parse()?,
        pulse: None,
        at: Some("2026-01-16T07:10".parse()?),
        note: None,
    };
    Ok(book.add_entry(&OwnEntry::BloodPressure(entry), Reading::default())?)
}

/// The same bytes in every run.
struct Repeated(AtomicU64);

impl Random for Repeated {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomError> {
        for piece in buffer.chunks_mut(8) {
            let number = scattered(self.0.fetch_add(1, Ordering::Relaxed)).to_le_bytes();
            piece.iter_mut().zip(number).for_each(|(byte, new)| *byte = new);
        }
        Ok(())
    }
}

/// A second passes each time it is asked.
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.fetch_add(1000, Ordering::Relaxed))
    }
}

/// Does what a child is told: `names`, or a call and how often.
pub(crate) fn child(arguments: &[String]) -> Done<String> {
    let (name, times) = match arguments {
        [what] if what == "names" => {
            return Ok(CALLS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join("\n"));
        }
        [name, times] => (name, times.parse()?),
        _ => return Err("a call and how often".into()),
    };
    let (_, call) = CALLS.iter().find(|(known, _)| known == name).ok_or("no such call")?;
    let dir = tempfile::tempdir()?;
    let random = Arc::new(Repeated(AtomicU64::new(0)));
    let key = KeyFile::make(random.clone())?;
    let clock = Arc::new(Ticking(AtomicI64::new(1_770_000_000_000)));
    let new = NewBook { keystore: Some(&key), ..NewBook::default() };
    let (book, _) = Book::create(&dir.path().join("book"), new, Ports { clock, random })?;
    book.import(&mut Results::new(0..RECORDS), &anybody(), &mut ())?;
    let query = Query { kinds: vec![Kind::Result], ..Query::default() };
    let page = book.timeline(Reading::default(), &query, None, RECORDS)?;
    let ids: Vec<RecordId> = page.items.iter().map(|item| item.id).collect();
    call(&book, &ids, times)?;
    Ok(format!("{name} {times}"))
}
