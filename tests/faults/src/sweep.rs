//! Runs a piece of a book's life again and again, with another operation failing each time, and says what did not hold.

use std::collections::BTreeMap;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use healthbook::own::{Note, OwnEntry};
use healthbook::{Book, Error, ErrorCode, KeyFile, Ports, RecordId, Secret, SecretText, Timestamp};
use healthbook_model::{Clock, Random, RandomError};
use healthbook_scenarios::keeper::{Dice, is_whole_run};
use healthbook_scenarios::{ALL, everything};

use crate::disk::{Disk, Fault, Image, Op, Plan, image_of, lay_out};

/// The same numbers in every run.
struct Seeded(Mutex<Dice>);

impl Random for Seeded {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomError> {
        let mut dice = self.0.lock().unwrap();
        buffer.fill_with(|| u8::try_from(dice.below(256)).unwrap());
        Ok(())
    }
}

/// A clock that goes on by a second whenever it is asked.
struct Ticking(AtomicI64);

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.fetch_add(1_000, Ordering::Relaxed))
    }
}

fn ports(seed: u64) -> Ports {
    Ports {
        clock: Arc::new(Ticking(AtomicI64::new(1_795_000_000_000))),
        random: Arc::new(Seeded(Mutex::new(Dice(seed)))),
    }
}

/// Somebody with a book, doing one thing after the other.
pub struct Hand {
    /// The book's folder.
    pub dir: PathBuf,
    /// Its key file's text.
    pub key: SecretText,
    /// Time and randomness, the same in every run.
    pub ports: Ports,
    /// The book, while it is open.
    pub book: Option<Book>,
    /// What was made on the way.
    pub ids: Vec<RecordId>,
}

impl Hand {
    /// Somebody with this key file's text. The seed decides what is random to them: who goes on with a book must not
    /// have that of who began it.
    pub fn new(dir: &Path, key: &SecretText, seed: u64) -> Self {
        let key = SecretText::from(key.expose());
        Self { dir: dir.to_owned(), key, ports: ports(seed), book: None, ids: Vec::new() }
    }

    /// The open book.
    pub fn book(&self) -> &Book {
        self.book.as_ref().expect("the book is open")
    }

    /// The key file.
    pub fn key_file(&self) -> KeyFile {
        KeyFile::parse(self.key.expose(), Ports::system().random).expect("a key file")
    }

    /// Opens the book.
    ///
    /// # Errors
    /// As [`Book::open`].
    pub fn open(&mut self) -> Result<(), Error> {
        self.book = Some(Book::open(&self.dir, Secret::Keystore(&self.key_file()), self.ports.clone())?);
        Ok(())
    }
}

/// One step of a life; when it returns, what it did must never be lost.
pub type Step = fn(&mut Hand) -> Result<(), Error>;

/// A piece of a book's life.
pub struct Life {
    /// What it is called in reports.
    pub name: &'static str,
    /// The folder in which it begins.
    pub begin: Image,
    /// The key file's text.
    pub key: SecretText,
    /// What is done.
    pub steps: &'static [Step],
}

/// What a book holds, each thing by a name of its own.
type Contents = BTreeMap<String, Vec<u8>>;

/// All that can be read of a book.
fn contents(book: &Book) -> Contents {
    let mut all = Contents::new();
    let mut put = |name: String, value: Vec<u8>| all.insert(name, value);
    for item in everything(book, ALL) {
        let bytes = match book.raw(ALL, item.id) {
            Ok(bytes) => bytes,
            Err(error) if error.code() == ErrorCode::NotFound => b"deleted".to_vec(),
            Err(error) => panic!("a record cannot be read: {error}"),
        };
        put(format!("record {}", item.id), bytes);
        for link in book.links(ALL, item.id).unwrap() {
            put(format!("link of {}", item.id), format!("{link:?}").into_bytes());
        }
    }
    for document in book.documents(ALL, None, 500).unwrap().0.iter().filter(|document| document.complete) {
        let mut bytes = Vec::new();
        book.open_document(ALL, document.id).unwrap().read_to_end(&mut bytes).unwrap();
        put(format!("document {}", document.id), bytes);
    }
    for consent in book.consents(ALL).unwrap() {
        put(format!("consent {:?}", consent.id), consent.purpose.into_bytes());
    }
    let steps = book.trend(ALL, "steps", None, None, None);
    put("steps".to_owned(), format!("{:?}", steps.ok()).into_bytes());
    all
}

/// What is wrong with what a book holds, between the state that was acknowledged and the one that was being reached.
fn strays(found: &Contents, acknowledged: &Contents, reached: &Contents) -> Vec<String> {
    let mut strays = Vec::new();
    for (name, bytes) in found {
        if acknowledged.get(name) != Some(bytes) && reached.get(name) != Some(bytes) {
            strays.push(format!("{name} is neither as it was nor as it was to be"));
        }
    }
    for name in acknowledged.keys() {
        if reached.contains_key(name) && !found.contains_key(name) {
            strays.push(format!("{name} was acknowledged and is gone"));
        }
    }
    strays
}

/// How often what happened.
#[derive(Debug, Default)]
pub struct Tally {
    /// Runs.
    pub runs: u64,
    /// Runs in which the fault came.
    pub struck: u64,
    /// Runs in which it was told, by this code.
    pub told: BTreeMap<&'static str, u64>,
    /// Runs that came through in spite of it.
    pub unharmed: u64,
    /// What did not hold.
    pub broken: Vec<String>,
}

impl Tally {
    /// Adds another one.
    pub fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.struck += other.struck;
        self.unharmed += other.unharmed;
        for (code, count) in other.told {
            *self.told.entry(code).or_default() += count;
        }
        self.broken.extend(other.broken);
    }
}

/// The error that a fault has to be told as.
fn due(fault: Fault) -> Option<ErrorCode> {
    match fault {
        Fault::Device => Some(ErrorCode::Io),
        Fault::Full | Fault::Short => Some(ErrorCode::DiskFull),
        // Nobody is there to be told.
        Fault::Kill | Fault::PowerLoss | Fault::TornPowerLoss(_) => None,
    }
}

impl Life {
    /// States after none, one, two … steps.
    fn states(&self) -> Vec<Contents> {
        let dir = tempfile::tempdir().unwrap();
        lay_out(&self.begin, dir.path());
        let mut hand = Hand::new(dir.path(), &self.key, 1);
        let look = |hand: &Hand| match &hand.book {
            Some(book) if book.person(ALL).is_ok() => contents(book),
            // Suspended, locked, or not made yet.
            _ => {
                let again = tempfile::tempdir().unwrap();
                lay_out(&image_of(&hand.dir), again.path());
                let mut other = Hand::new(again.path(), &hand.key, 2);
                other.open().map_or_else(|_| Contents::new(), |()| contents(other.book()))
            }
        };
        let mut states = vec![look(&hand)];
        for step in self.steps {
            step(&mut hand).unwrap();
            states.push(look(&hand));
        }
        states
    }

    /// How many operations of these kinds there are when nothing fails.
    fn count(&self, ops: &[Op]) -> u64 {
        let dir = tempfile::tempdir().unwrap();
        lay_out(&self.begin, dir.path());
        let disk = Disk::under(dir.path());
        let mut hand = Hand::new(dir.path(), &self.key, 1);
        self.steps.iter().for_each(|step| step(&mut hand).unwrap());
        drop(hand);
        let count = disk.count(ops);
        disk.take_away();
        count
    }

    /// Lets each of these operations fail in turn; `few` of them, well spread, unless this is a whole run.
    pub fn sweep(&self, ops: &[Op], fault: Fault, lasting: bool, few: u64) -> Tally {
        let states = self.states();
        let count = self.count(ops);
        let mut tally = Tally::default();
        let mut at = 0;
        while at < count {
            at += if is_whole_run() || few >= count {
                1
            } else {
                // Not always the same ones of a row that repeats itself.
                (count * (at + 1)).checked_rem(7).unwrap_or(0) % 3 + (count / few).max(1)
            };
            let at = at.min(count);
            let fault = match fault {
                Fault::TornPowerLoss(seed) => Fault::TornPowerLoss(seed + at),
                other => other,
            };
            let plan = Plan { ops: ops.to_vec(), at, fault, lasting };
            let name = format!("{}: {fault:?} at {at} of {count} {ops:?}, lasting: {lasting}", self.name);
            tally.runs += 1;
            let outcome = catch_unwind(AssertUnwindSafe(|| self.run(plan, &states, &mut tally)));
            match outcome {
                Ok(broken) => tally.broken.extend(broken.into_iter().map(|what| format!("{name}: {what}"))),
                Err(panic) => {
                    let words = panic
                        .downcast_ref::<String>()
                        .cloned()
                        .or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned()));
                    tally.broken.push(format!("{name}: panic: {}", words.unwrap_or_default()));
                }
            }
        }
        tally
    }

    /// One run; gives what did not hold.
    fn run(&self, plan: Plan, states: &[Contents], tally: &mut Tally) -> Vec<String> {
        let fault = plan.fault;
        let at_sync = plan.ops == [Op::Sync];
        let around = tempfile::tempdir().unwrap();
        let dir = around.path().join("book");
        lay_out(&self.begin, &dir);
        let disk = Disk::under(&dir);
        disk.plan(plan);
        let mut hand = Hand::new(&dir, &self.key, 1);
        let mut broken = Vec::new();
        let mut done = 0;
        let mut failure = None;
        for step in self.steps {
            match step(&mut hand) {
                Ok(()) => done += 1,
                Err(error) => {
                    failure = Some(error.code());
                    break;
                }
            }
        }
        tally.struck += u64::from(disk.has_struck());
        match (due(fault), failure) {
            (Some(due), Some(code)) => {
                *tally.told.entry(code.as_str()).or_default() += 1;
                if code != due {
                    broken.push(format!("step {} told {code:?} instead of {due:?}", done + 1));
                }
            }
            (Some(_), None) => tally.unharmed += 1,
            (None, _) => {}
        }
        // The book that saw the fault goes on as soon as the device does.
        let mut later = None;
        if due(fault).is_some() {
            disk.mend();
            if let Some(book) = &hand.book {
                let note = OwnEntry::Note(Note { text: "sau khi máy lỗi".into(), at: None });
                let again = match book.add_entry(&note, ALL) {
                    Err(error) if error.code() == ErrorCode::Suspended => {
                        book.resume().and_then(|()| book.add_entry(&note, ALL))
                    }
                    other => other,
                };
                match again {
                    Ok(id) => later = Some(id),
                    Err(error) => broken.push(format!("the open book does not go on: {:?}", error.code())),
                }
            }
        }
        // What a sync that failed was for must not be taken for synced later: the power ends too.
        let image = (due(fault).is_none() || at_sync).then(|| {
            let image = Arc::clone(&disk).end();
            drop(hand.book.take());
            image
        });
        drop(hand.book.take());
        let after = match image {
            Some(image) => {
                let after = around.path().join("after");
                lay_out(&image, &after);
                after
            }
            None => {
                disk.take_away();
                dir
            }
        };

        let mut again = Hand::new(&after, &self.key, 2);
        let (acknowledged, reached) = (&states[done], states.get(done + 1).unwrap_or(&states[done]));
        if let Err(error) = again.open() {
            // A book that was never acknowledged need not be there; then there is room for one.
            if !acknowledged.is_empty() {
                broken.push(format!("after {done} steps the book does not open: {:?}", error.code()));
            } else if error.code() != ErrorCode::NoBook {
                broken.push(format!("a book that was not made is {:?}", error.code()));
            } else if let Err(error) = self.steps[0](&mut again) {
                broken.push(format!("no book can be made here any more: {:?}", error.code()));
            }
            return broken;
        }
        let problems = again.book().verify(&mut ()).unwrap();
        if !problems.is_empty() {
            broken.push(format!("after {done} steps verify finds {problems:?}"));
            return broken;
        }
        let mut found = contents(again.book());
        if let Some(later) = later
            && found.remove(&format!("record {later}")).is_none()
        {
            broken.push("what was written after the fault is lost".to_owned());
        }
        broken.extend(strays(&found, acknowledged, reached));
        broken
    }
}
