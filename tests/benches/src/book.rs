//! The book itself, called as an app calls it.

use std::io::{self, Cursor, Read};
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use healthbook::own::{BloodPressure, OwnEntry};
use healthbook::{
    Book, By, Coding, ImportOptions, KeyFile, Kind, NewBook, Ports, Query, Reading, Sample, SampleValue,
    Secret, SystemRandom, Timestamp,
};

use crate::machine::processor;
use crate::work::{Done, each, median, scattered};

/// What was measured, in the order of the table, in seconds unless its name says otherwise.
pub(crate) type Measured = Vec<(&'static str, f64)>;

/// Records that a search for one word finds, whatever the size of the book.
const HITS: u32 = 50;
pub(crate) const PAGE: u32 = 50;

/// A book in a folder of its own, with its key.
pub(crate) struct OnDisk {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) key: KeyFile,
}

impl OnDisk {
    /// Makes an empty book.
    pub(crate) fn make() -> Done<(Self, Book)> {
        let dir = tempfile::tempdir()?;
        let key = KeyFile::make(Arc::new(SystemRandom::new()))?;
        let new = NewBook { keystore: Some(&key), ..Default::default() };
        let (book, _) = Book::create(&dir.path().join("book"), new, Ports::system())?;
        Ok((Self { dir, key }, book))
    }

    /// Opens it by its keystore slot.
    pub(crate) fn open(&self) -> Done<Book> {
        Ok(Book::open(&self.dir.path().join("book"), Secret::Keystore(&self.key), Ports::system())?)
    }

    fn size(&self) -> Done<f64> {
        let bytes = std::fs::metadata(self.dir.path().join("book/book.db"))?.len();
        Ok(f64::from(u32::try_from(bytes / 1024)?) / 1024.0)
    }
}

/// The word that finds a record and [`HITS`] others.
pub(crate) fn word(n: u32, records: u32) -> String {
    format!("w{}", n % (records / HITS).max(1))
}

/// Results of a laboratory as NDJSON, made while they are read.
pub(crate) struct Results {
    /// How many there are in the book when all are in: the word that finds one depends on it.
    records: u32,
    left: Range<u32>,
    line: Cursor<Vec<u8>>,
}

impl Results {
    /// Those of these numbers.
    pub(crate) fn new(numbers: Range<u32>) -> Self {
        Self { records: numbers.end, left: numbers, line: Cursor::default() }
    }
}

impl Read for Results {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.line.read(buffer)?;
            if read > 0 {
                return Ok(read);
            }
            let Some(n) = self.left.next() else { return Ok(0) };
            let day = scattered(u64::from(n)) % 4000;
            let (year, month, day) = (2012 + day / 372, 1 + day / 31 % 12, 1 + day % 28);
            let line = serde_json::json!({
                "resourceType": "Observation", "id": format!("{:016x}", scattered(u64::from(n) + 5)), "status": "final",
                "category": [{"coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}],
                "code": {"coding": [{"system": "http://loinc.org", "code": format!("{}-4", 2000 + n % 50),
                    "display": "Glucose [Moles/volume] in Serum or Plasma"}], "text": format!("Đường huyết {}", n % 50)},
                "subject": {"reference": "Patient/1"},
                "encounter": {"reference": format!("Encounter/{}", n / 8)},
                "performer": [{"reference": format!("Organization/{}", n % 37),
                    "display": format!("Trạm y tế số {}", n % 37)}],
                "effectiveDateTime": format!("{year}-{month:02}-{day:02}T08:30:00+07:00"),
                "valueQuantity": {"value": 7, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"},
                "note": [{"text": format!("kham {} buoi sang", word(n, self.records))}],
            });
            let mut line = line.to_string().into_bytes();
            line.push(b'\n');
            self.line = Cursor::new(line);
        }
    }
}

pub(crate) fn anybody() -> ImportOptions {
    ImportOptions { any_person: true, source: Some("A".to_owned()), ..Default::default() }
}

/// A book of one size.
pub(crate) fn run(records: u32) -> Done<Measured> {
    let reading = Reading::default();
    let (place, book) = OnDisk::make()?;
    let (start, used) = (Instant::now(), processor()?);
    book.import(&mut Results::new(0..records), &anybody(), &mut ())?;
    let (took, used) = (start.elapsed().as_secs_f64(), processor()? - used);
    let mut measured = vec![
        ("create, in an import", took / f64::from(records)),
        ("create, in an import, processor", used / f64::from(records)),
    ];
    book.lock()?;
    let book = place.open()?;
    let add = each(60, |_| {
        let entry = BloodPressure {
            systolic: "128".parse()?,
            diastolic: "79".parse()?,
            pulse: None,
            at: Some("2026-01-16T07:10".parse()?),
            note: None,
        };
        book.add_entry(&OwnEntry::BloodPressure(entry), reading)?;
        Ok(())
    })?;
    measured.push(("one durable add", add));

    let query = Query::default();
    let (mut ids, mut places, mut after) = (Vec::new(), vec![None], None);
    for _ in 0..200 {
        let page = book.timeline(reading, &query, after, PAGE)?;
        ids.extend(page.items.iter().map(|item| item.id));
        let Some(next) = page.next else { break };
        after = Some(next);
        places.push(after);
    }
    let any = |n: u32, count: usize| -> Done<usize> {
        Ok(usize::try_from(scattered(u64::from(n)) % u64::try_from(count.max(1))?)?)
    };
    let id = |n| -> Done<_> { ids.get(any(n, ids.len())?).copied().ok_or_else(|| "an empty book".into()) };
    measured.push(("point read: a record in a list", each(1000, |n| Ok(book.item(reading, id(n)?)?))?));
    measured.push(("point read: its exact bytes", each(1000, |n| Ok(book.raw(reading, id(n)?)?))?));
    let page = each(200, |n| {
        let from = places.get(any(n, places.len())?).copied().flatten();
        Ok(book.timeline(reading, &query, from, PAGE)?)
    })?;
    measured.push(("timeline page of 50", page));
    let by_date = Query { kinds: vec![Kind::Result], ..Default::default() };
    let sorted = each(200, |_| Ok(book.timeline(reading, &by_date, None, PAGE)?))?;
    measured.push(("one kind by date, page of 50", sorted));
    let mut search = |name, words: &dyn Fn(u32) -> String| -> Done<()> {
        let took = each(100, |n| {
            let found = book.search(reading, &words(n), PAGE)?;
            if found.is_empty() { Err("nothing was found".into()) } else { Ok(()) }
        })?;
        measured.push((name, took));
        Ok(())
    };
    search("search, 50 hits", &|n| word(n, records))?;
    search("search, a word of all", &|_| "kham".to_owned())?;
    search("search, two letters", &|_| "kh".to_owned())?;
    search("search, four letters of a word of all", &|_| "gluc".to_owned())?;
    book.lock()?;
    let mut times = Vec::new();
    for _ in 0..10 {
        let start = Instant::now();
        let book = place.open()?;
        drop(book.timeline(reading, &query, None, PAGE)?);
        times.push(start.elapsed().as_secs_f64());
        book.lock()?;
    }
    measured.push(("open and first page", median(times)));
    Ok(measured)
}

/// A million readings of a device: one each half minute, for most of a year.
pub(crate) fn once() -> Done<Measured> {
    const READINGS: i64 = 1_000_000;
    let (place, book) = OnDisk::make()?;
    book.lock()?;
    let empty = place.size()?;
    let book = place.open()?;
    let code = Coding::new("http://loinc.org", "8867-4");
    let first = 1_735_689_600_000;
    let samples: Vec<Sample> = (0..READINGS)
        .map(|n| Sample {
            at: Timestamp(first + n * 30_000),
            value: SampleValue { value: 60 + n % 40, decimals: 0 },
        })
        .collect();
    let (start, used) = (Instant::now(), processor()?);
    book.put_samples("watch", &code, "/min", &samples)?;
    let (put, used) = (start.elapsed().as_secs_f64(), processor()? - used);
    let year = each(100, |_| {
        let end = Timestamp(first + 365 * 86_400_000);
        let trend = book.trend(
            Reading::default(),
            "http://loinc.org|8867-4",
            Some(Timestamp(first)),
            Some(end),
            Some(By::Day),
        )?;
        if trend.lines.is_empty() { Err("no reading was found".into()) } else { Ok(()) }
    })?;
    book.lock()?;
    Ok(vec![
        ("1,000,000 readings", put),
        ("1,000,000 readings, processor", used),
        ("1,000,000 readings on disk, MiB", place.size()? - empty),
        ("a year of readings by day", year),
    ])
}
