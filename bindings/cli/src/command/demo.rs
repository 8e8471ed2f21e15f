//! `demo`: a tour through a book made of the bundled samples. Every step is a call that an app would make as well.

mod samples;

use std::path::{Path, PathBuf};
use std::time::Instant;

use healthbook::own::Person;
use healthbook::{
    Book, CardAnswer, ImportOptions, ImportReport, Item, KeyFile, Kind, Lang, NewBook, Ports, Query, Reading,
};

use serde::Serialize;

use crate::args::Demo;
use crate::command::{person, trend};
use crate::failure::{Failure, Outcome};
use crate::out::Style;
use crate::progress::Watch;
use crate::render::items::{Grouping, Rows, in_short};
use crate::render::numbers::size;
use crate::render::{hexdump, text};
use crate::secret;
use crate::session::Session;
use crate::stop::{self, Watching};
use crate::words::{self, Phrase};

/// Where the tour's book is, and whether it stays.
struct Place {
    dir: PathBuf,
    /// Removes everything when it goes.
    temporary: Option<tempfile::TempDir>,
    key: KeyFile,
    keyfile: Option<PathBuf>,
}

impl Place {
    fn new(session: &Session, keep: Option<PathBuf>) -> Result<Self, Failure> {
        let random = Ports::system().random;
        let lang = session.lang;
        if let Some(dir) = keep {
            if dir.join("book.db").exists() {
                let code = healthbook::ErrorCode::BookExists;
                return Err(Failure::told(code.as_str(), code.sentence(lang)));
            }
            // Beside the book, never in its folder: whoever takes the folder has no key.
            let beside = || {
                let mut name = dir.as_os_str().to_owned();
                name.push(".key");
                PathBuf::from(name)
            };
            let keyfile = session.places.keyfile().unwrap_or_else(beside);
            let folder = keyfile.parent().filter(|folder| !folder.as_os_str().is_empty());
            if let Some(folder) = folder {
                std::fs::create_dir_all(folder).map_err(|_| cannot_write(folder, lang))?;
            }
            let key = secret::read_or_make_key_file(&keyfile, lang)?;
            return Ok(Self { dir, temporary: None, key, keyfile: Some(keyfile) });
        }
        let temporary = tempfile::Builder::new()
            .prefix("healthbook-")
            .tempdir()
            .map_err(|_| cannot_write(&std::env::temp_dir(), lang))?;
        let key =
            KeyFile::make(random).map_err(|_| Failure::told("internal", words::NO_RANDOMNESS.get(lang)))?;
        Ok(Self { dir: temporary.path().join("book"), temporary: Some(temporary), key, keyfile: None })
    }
}

fn cannot_write(path: &Path, lang: Lang) -> Failure {
    Failure::told("io", words::CANNOT_WRITE.with(lang, &[("file", &path.display())]))
}

/// The tour.
pub(crate) fn run(session: &mut Session, args: Demo) -> Result<Outcome, Failure> {
    // Ctrl-C is looked at between the steps, so that the temporary book goes in any case.
    let _watching = Watching::start();
    if session.json {
        session.out.leave_words_out();
    }
    session.restricted = false;
    let place = Place::new(session, args.keep)?;
    session
        .out
        .spans(&[(Style::Strong, &text::cut(words::TOUR_TITLE.get(session.lang), session.out.columns))])?;
    let book = create(session, &place)?;
    import(session, &book)?;
    heading(session, words::TOUR_CARD)?;
    let card = book.person(session.reading())?;
    person::write_card(session, &card)?;
    timeline(session, &book)?;
    search(session, &book)?;
    record(session, &book)?;
    correction(session, &book)?;
    heading(session, words::TOUR_TREND)?;
    let pressure = book.trend(session.reading(), "blood-pressure", None, None, None)?;
    for line in &pressure.lines {
        let count = line.summary.as_ref().map_or(0, |summary| summary.count);
        step(session, &Step::Trend { title: &line.title, count })?;
    }
    trend::overview(session, &pressure)?;
    restricted(session, &book)?;
    heading(session, words::TOUR_VERIFY)?;
    let problems = book.verify(&mut Watch::new(session.lang))?;
    step(session, &Step::Verify { ok: problems.is_empty() })?;
    let told = if problems.is_empty() {
        words::WHOLE.get(session.lang).to_owned()
    } else {
        words::PROBLEMS.with(session.lang, &[("n", &problems.len())])
    };
    session.out.paragraph(2, &told)?;
    // The files are looked at as they lie there when nobody uses the book.
    book.lock()?;
    outside(session, &place.dir)?;
    session.out.line("")?;
    let kept = place.keyfile.as_ref().map(|_| place.dir.display().to_string());
    let keyfile = place.keyfile.as_ref().map(|path| path.display().to_string());
    step(session, &Step::End { kept, keyfile })?;
    match (&place.keyfile, place.temporary) {
        (Some(keyfile), _) => {
            session
                .out
                .paragraph(0, &words::TOUR_KEPT.with(session.lang, &[("dir", &place.dir.display())]))?;
            // One line that can be copied, however long it is.
            session.out.line(&format!(
                "  healthbook --book {} --keyfile {} timeline",
                quoted(&place.dir),
                quoted(keyfile)
            ))?;
        }
        (None, temporary) => {
            temporary
                .map_or(Ok(()), tempfile::TempDir::close)
                .map_err(|_| cannot_write(&place.dir, session.lang))?;
            session.out.paragraph(0, words::TOUR_REMOVED.get(session.lang))?;
        }
    }
    Ok(if problems.is_empty() { Outcome::Done } else { Outcome::NotWell })
}

/// What a step came to, for programs; people read it in words.
#[derive(Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
enum Step<'a> {
    Create { recovery_code: &'a str },
    Import { file: &'a str, records: u64, new: u64, not_confirmed: u64, ms: u128 },
    Timeline { records: usize },
    Search { words: &'a str, hits: usize },
    Record { id: String, sent: &'a str, value: &'a str, bytes: usize },
    Correction { of: String, id: String },
    Trend { title: &'a str, count: u64 },
    Restricted { without: u64, with: u64 },
    Verify { ok: bool },
    Outside { file: &'a str, size: usize, entropy: f64 },
    Sought { words: &'a str, found: usize },
    End { kept: Option<String>, keyfile: Option<String> },
}

fn step(session: &mut Session, step: &Step<'_>) -> Result<(), Failure> {
    if session.json { session.out.json(step) } else { Ok(()) }
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let shown = path.display().to_string();
    let is_plain = shown.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-+:@%".contains(&b));
    if is_plain { shown } else { format!("'{}'", shown.replace('\'', "'\\''")) }
}

fn heading(session: &mut Session, phrase: Phrase) -> Result<(), Failure> {
    if stop::asked() {
        return Err(crate::command::list::stopped(session));
    }
    session.out.heading(&format!("── {} ──", phrase.get(session.lang)))
}

fn broken(session: &Session) -> Failure {
    Failure::told("internal", words::TOUR_BROKEN.get(session.lang))
}

fn create(session: &mut Session, place: &Place) -> Result<Book, Failure> {
    heading(session, words::TOUR_CREATE)?;
    let person = Person {
        name: Some(samples::NAME.to_owned()),
        birth_date: samples::BORN.parse().ok(),
        sex: Some("female".to_owned()),
        ..Person::default()
    };
    let new = NewBook {
        keystore: Some(&place.key),
        person: Some(person),
        lang: session.lang,
        ..NewBook::default()
    };
    let (book, code) = Book::create(&place.dir, new, Ports::system())?;
    book.save_scan(samples::CCCD.trim(), CardAnswer::NotAsked, session.reading())?;
    let code = code.to_text();
    step(session, &Step::Create { recovery_code: code.expose() })?;
    let shown = words::TOUR_CREATED.with(session.lang, &[("code", &code.expose())]);
    session.out.paragraph(2, &shown)?;
    Ok(book)
}

fn import(session: &mut Session, book: &Book) -> Result<(), Failure> {
    heading(session, words::TOUR_IMPORT)?;
    let mut sum = ImportReport::default();
    for sample in samples::FILES {
        let options = ImportOptions {
            name: Some(sample.name.to_owned()),
            reading: session.reading(),
            ..ImportOptions::default()
        };
        let started = Instant::now();
        let report = book.import(&mut &*sample.bytes, &options, &mut Watch::new(session.lang))?;
        let ms = started.elapsed().as_millis();
        let (records, not_confirmed) = (report.records, report.not_confirmed);
        step(session, &Step::Import { file: sample.name, records, new: report.new, not_confirmed, ms })?;
        let told = words::TOUR_IMPORTED
            .with(session.lang, &[("records", &records), ("waiting", &not_confirmed), ("ms", &ms)]);
        sum += report;
        session.out.pair(sample.what.get(session.lang), &told, 2, 32)?;
    }
    let waiting = book.review(session.reading())?;
    if sum.not_confirmed > 0 {
        session.out.paragraph(2, words::TOUR_STRANGER.get(session.lang))?;
        for one in &waiting {
            if let Some((_, line)) = person::lines_of(one, session.lang).first() {
                session.out.paragraph(4, line)?;
            }
        }
    }
    Ok(())
}

fn timeline(session: &mut Session, book: &Book) -> Result<(), Failure> {
    heading(session, words::TOUR_TIMELINE)?;
    let page = book.timeline(session.reading(), &Query::default(), None, 10)?;
    step(session, &Step::Timeline { records: page.items.len() })?;
    let mut rows = Rows::new(session.lang, Grouping::ByDay);
    page.items.iter().try_for_each(|item| rows.write(&mut session.out, item))
}

fn search(session: &mut Session, book: &Book) -> Result<(), Failure> {
    heading(session, words::TOUR_SEARCH)?;
    for typed in ["duong huyet", "đường huyết"] {
        let found = book.search(session.reading(), typed, 1000)?;
        step(session, &Step::Search { words: typed, hits: found.len() })?;
        let told = words::TOUR_FOUND.with(session.lang, &[("words", &typed), ("n", &found.len())]);
        session.out.paragraph(2, &told)?;
        for item in found.iter().take(3) {
            session
                .out
                .line(&text::cut(&format!("    {}", in_short(item, session.lang)), session.out.columns))?;
        }
    }
    Ok(())
}

/// The first of a kind from a source whose title begins like this.
fn find(session: &Session, book: &Book, kind: Kind, source: &str, title: &str) -> Result<Item, Failure> {
    let query = Query { kinds: vec![kind], source: Some(source.to_owned()), ..Query::default() };
    let page = book.timeline(session.reading(), &query, None, 100)?;
    page.items.into_iter().find(|item| item.title.starts_with(title)).ok_or_else(|| broken(session))
}

fn record(session: &mut Session, book: &Book) -> Result<(), Failure> {
    heading(session, words::TOUR_RECORD)?;
    let item = find(session, book, Kind::Result, samples::HOSPITAL_B, samples::DECIMAL_TITLE)?;
    let view = book.show(session.reading(), item.id)?;
    session.out.line(&format!("  {}", view.title))?;
    for row in view.sections.first().map_or(&[][..], |section| &section.rows) {
        session.out.pair(&row.label, &row.value, 4, 20)?;
    }
    let raw = book.raw(session.reading(), item.id)?;
    let is_the_senders = holds(samples::HOSPITAL_B_FILE, &raw);
    let kept = item.value.as_deref().unwrap_or_default();
    if !is_the_senders || !holds(&raw, samples::DECIMAL.as_bytes()) || !kept.starts_with(samples::DECIMAL) {
        return Err(broken(session));
    }
    let id = item.id.to_string();
    step(session, &Step::Record { id, sent: samples::DECIMAL, value: kept, bytes: raw.len() })?;
    let told = words::TOUR_DECIMAL
        .with(session.lang, &[("sent", &samples::DECIMAL), ("kept", &kept), ("same", &raw.len())]);
    session.out.paragraph(2, &told)
}

fn correction(session: &mut Session, book: &Book) -> Result<(), Failure> {
    heading(session, words::TOUR_CORRECT)?;
    let item = find(session, book, Kind::Medicine, samples::HOSPITAL_A, samples::MEDICINE_TITLE)?;
    let note = words::TOUR_CORRECTION_NOTE.get(session.lang).to_owned();
    let dose = words::TOUR_CORRECTED_DOSE.get(session.lang).to_owned();
    let changes = [("dose".to_owned(), dose), ("note".to_owned(), note)];
    let new = book.correct(session.reading(), item.id, &changes)?;
    step(session, &Step::Correction { of: item.id.to_string(), id: new.to_string() })?;
    session.out.paragraph(2, words::TOUR_CORRECTED.get(session.lang))?;
    let mut rows = Rows::new(session.lang, Grouping::Ranked);
    for id in [item.id, new] {
        let item = book.item(session.reading(), id)?;
        rows.write(&mut session.out, &item)?;
    }
    Ok(())
}

fn restricted(session: &mut Session, book: &Book) -> Result<(), Failure> {
    heading(session, words::TOUR_RESTRICTED)?;
    let count = |restricted| -> Result<u64, Failure> {
        let stats = book.stats(Reading { lang: session.lang, restricted })?;
        Ok(stats.counts.iter().map(|c| c.count).sum())
    };
    let (few, all) = (count(false)?, count(true)?);
    step(session, &Step::Restricted { without: few, with: all })?;
    let told = words::TOUR_RESTRICTED_COUNTS.with(session.lang, &[("few", &few), ("all", &all)]);
    session.out.paragraph(2, &told)
}

/// What the book's files are to someone who has them and no key.
fn outside(session: &mut Session, dir: &Path) -> Result<(), Failure> {
    heading(session, words::TOUR_OUTSIDE)?;
    let lang = session.lang;
    let unreadable = |_| Failure::told("io", words::FILE_UNREADABLE.with(lang, &[("file", &dir.display())]));
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let bytes = std::fs::read(entry.path()).map_err(unreadable)?;
        files.push((entry.file_name().to_string_lossy().into_owned(), bytes));
    }
    files.sort();
    for (name, bytes) in &files {
        let mut counts = [0; 256];
        for byte in bytes {
            if let Some(count) = counts.get_mut(usize::from(*byte)) {
                *count += 1;
            }
        }
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let entropy = hexdump::entropy(&counts);
        step(session, &Step::Outside { file: name, size: bytes.len(), entropy })?;
        let entropy = format!("{entropy:.2}");
        let parts: [(&str, &dyn std::fmt::Display); 3] =
            [("name", name), ("size", &size(length)), ("entropy", &entropy)];
        session.out.paragraph(2, &words::TOUR_FILE.with(lang, &parts))?;
    }
    let start = files.iter().find(|(name, _)| name == "book.db").and_then(|(_, bytes)| bytes.get(..48));
    session.out.paragraph(2, words::TOUR_FIRST_BYTES.get(lang))?;
    for line in hexdump::lines(start.ok_or_else(|| broken(session))?) {
        session.out.line(&format!("    {line}"))?;
    }
    session.out.paragraph(2, words::TOUR_PLAIN_BYTES.get(lang))?;
    for sought in [samples::NAME, "đường huyết", samples::NUMBER] {
        let n: usize = files.iter().map(|(_, bytes)| occurrences(bytes, sought)).sum();
        step(session, &Step::Sought { words: sought, found: n })?;
        session.out.paragraph(2, &words::TOUR_GREP.with(lang, &[("words", &sought), ("n", &n)]))?;
    }
    Ok(())
}

/// How often a text stands in bytes, as written, in upper or lower case.
fn occurrences(bytes: &[u8], sought: &str) -> usize {
    let mut forms = vec![sought.to_owned(), sought.to_lowercase(), sought.to_uppercase()];
    forms.sort();
    forms.dedup();
    forms
        .iter()
        .map(|form| bytes.windows(form.len()).filter(|window| *window == form.as_bytes()).count())
        .sum()
}

fn holds(bytes: &[u8], sought: &[u8]) -> bool {
    !sought.is_empty() && bytes.windows(sought.len()).any(|window| window == sought)
}
