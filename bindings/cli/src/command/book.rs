//! Making a book, checking it, counting what is in it, and erasing it.

use std::path::Path;

use healthbook::own::Person;
use healthbook::{Book, Keystore, NewBook, PartialDateTime, Ports, RecoveryCode, SecretText, names};
use serde::Serialize;

use crate::args::{Create, Erase};
use crate::command::files::refuse_files_of_books;
use crate::failure::{Failure, Outcome};
use crate::out::Style;
use crate::progress::Watch;
use crate::render::numbers::size;
use crate::render::{dates, text};
use crate::session::Session;
use crate::{secret, when, words};

#[derive(Serialize)]
struct RecoveryLine<'a> {
    recovery_code: &'a str,
}

#[derive(Serialize)]
struct VerifyLine<'a> {
    ok: bool,
    problems: Vec<ProblemLine<'a>>,
}

#[derive(Serialize)]
struct ProblemLine<'a> {
    what: &'a str,
    which: &'a str,
}

#[derive(Serialize)]
struct StatsLine<'a> {
    kinds: Vec<KindLine<'a>>,
    sources: Vec<SourceLine<'a>>,
    documents: u64,
    quarantined: u64,
    /// Entries in quarantine that show once the records that wait are decided.
    quarantine_waiting: u64,
    samples: u64,
    file_size: u64,
    schema_version: i64,
    cipher: &'a str,
}

#[derive(Serialize)]
struct KindLine<'a> {
    kind: &'a str,
    #[serde(rename = "type")]
    resource_type: &'a str,
    count: u64,
}

#[derive(Serialize)]
struct SourceLine<'a> {
    name: &'a str,
    kind: &'a str,
    count: u64,
    last_seen: String,
}

#[derive(Serialize)]
struct ErasedLine<'a> {
    erased: &'a [String],
}

/// Makes a book and shows its recovery code, once.
pub(crate) fn create(session: &mut Session, args: Create) -> Result<Outcome, Failure> {
    let lang = session.lang;
    let dir = session.dir()?;
    let birth_date: Option<PartialDateTime> = match &args.born {
        None => None,
        Some(typed) => {
            Some(when::parse(typed).ok_or_else(|| Failure::Usage(words::NOT_A_DATE.get(lang).to_owned()))?)
        }
    };
    if dir.join("book.db").exists() {
        // Before a key file is made or a passphrase asked for.
        let code = healthbook::ErrorCode::BookExists;
        return Err(Failure::told(code.as_str(), code.sentence(lang)));
    }
    let keyfile = session.places.keyfile();
    if let Some(path) = keyfile.as_deref().filter(|path| !path.exists()) {
        // A key that is there is read; a new one takes no place of a book's files.
        let folder = path.parent().unwrap_or(path);
        refuse_files_of_books(session, path, folder)?;
    }
    let given = session.places.passphrase(lang)?;
    if given.as_ref().is_some_and(|passphrase| passphrase.expose().is_empty()) {
        return Err(Failure::told("invalid-input", words::EMPTY_PASSPHRASE.get(lang)));
    }
    let passphrase: Option<SecretText> = match (given, &keyfile) {
        (None, None) => {
            session.tell(words::CHOOSE_PASSPHRASE.get(lang))?;
            Some(secret::ask_new_passphrase(lang)?)
        }
        (given, _) => given,
    };
    let key = keyfile.as_deref().map(|path| secret::read_or_make_key_file(path, lang)).transpose()?;
    let person = Person { name: args.name, birth_date, sex: args.sex, ..Person::default() };
    let new = NewBook {
        keystore: key.as_ref().map(|key| key as &dyn Keystore),
        passphrase: passphrase.as_ref(),
        person: Some(person),
        lang,
        ..NewBook::default()
    };
    let (book, code) = Book::create(&dir, new, Ports::system())?;
    book.lock()?;
    show_recovery_code(session, &code)?;
    session.tell(&words::CREATED.with(lang, &[("dir", &dir.display())]))?;
    if let Some(path) = keyfile {
        session.tell(&words::KEEP_KEYFILE.with(lang, &[("file", &path.display())]))?;
    }
    Ok(Outcome::Done)
}

/// The recovery code, with what it is for.
pub(crate) fn show_recovery_code(session: &mut Session, code: &RecoveryCode) -> Result<(), Failure> {
    let shown = code.to_text();
    if session.json {
        return session.out.json(&RecoveryLine { recovery_code: shown.expose() });
    }
    session.out.line(words::RECOVERY_CODE.get(session.lang))?;
    session.out.line("")?;
    session.out.spans(&[(Style::Strong, &format!("  {}", shown.expose()))])?;
    session.out.line("")?;
    session.out.paragraph(0, words::WRITE_IT_DOWN.get(session.lang))
}

/// Walks every page, hash and chain.
pub(crate) fn verify(session: &mut Session, book: &Book) -> Result<Outcome, Failure> {
    let problems = book.verify(&mut Watch::new(session.lang))?;
    if session.json {
        let problems: Vec<_> = problems
            .iter()
            .map(|problem| ProblemLine { what: problem.what, which: &problem.which })
            .collect();
        session.out.json(&VerifyLine { ok: problems.is_empty(), problems })?;
    } else if problems.is_empty() {
        session.out.line(words::WHOLE.get(session.lang))?;
    } else {
        session.out.paragraph(0, &words::PROBLEMS.with(session.lang, &[("n", &problems.len())]))?;
        for problem in &problems {
            session.out.paragraph(2, &format!("{} · {}", problem.what, problem.which))?;
        }
    }
    Ok(if problems.is_empty() { Outcome::Done } else { Outcome::NotWell })
}

/// What is in the book.
pub(crate) fn stats(session: &mut Session, book: &Book) -> Result<Outcome, Failure> {
    let lang = session.lang;
    let stats = book.stats(session.reading())?;
    if session.json {
        let kinds = stats.counts.iter().map(|c| KindLine {
            kind: c.kind.as_str(),
            resource_type: &c.resource_type,
            count: c.count,
        });
        let sources = stats.sources.iter().map(|s| SourceLine {
            name: &s.name,
            kind: &s.kind,
            count: s.count,
            last_seen: dates::rfc3339(s.last_seen),
        });
        session.out.json(&StatsLine {
            kinds: kinds.collect(),
            sources: sources.collect(),
            documents: stats.documents,
            quarantined: stats.quarantined,
            quarantine_waiting: stats.quarantine_waiting,
            samples: stats.samples,
            file_size: stats.file_size,
            schema_version: stats.schema_version,
            cipher: stats.cipher,
        })?;
        return Ok(Outcome::Done);
    }
    let total: u64 = stats.counts.iter().map(|c| c.count).sum();
    session.out.spans(&[(Style::Strong, &words::RECORDS.with(lang, &[("n", &total)]))])?;
    for counts in &stats.counts {
        let kind = names::kind_name(counts.kind, lang);
        let kind = match names::type_name(&counts.resource_type, lang) {
            Some(name) if name != kind => format!("{kind} · {name}"),
            _ => kind.to_owned(),
        };
        session.out.line(&format!(
            "{:>8}  {}",
            counts.count,
            text::cut(&kind, session.out.columns.saturating_sub(10))
        ))?;
    }
    session.out.heading(words::SOURCES.get(lang))?;
    for source in &stats.sources {
        let seen = words::LAST_SEEN.with(lang, &[("at", &dates::instant(source.last_seen, lang))]);
        let line = format!("{:>8}  {} · {seen}", source.count, source.name);
        session.out.line(&text::cut(&line, session.out.columns))?;
    }
    session.out.line("")?;
    let pairs: [(words::Phrase, String); 5] = [
        (words::DOCUMENTS, stats.documents.to_string()),
        (words::QUARANTINED, stats.quarantined.to_string()),
        (words::SAMPLES, stats.samples.to_string()),
        (words::FILE_SIZE, size(stats.file_size)),
        (words::CIPHER, stats.cipher.to_owned()),
    ];
    for (label, value) in &pairs {
        session.out.pair(label.get(lang), value, 0, 24)?;
    }
    if stats.quarantine_waiting > 0 {
        session.tell(&words::QUARANTINE_WAITS.with(lang, &[("n", &stats.quarantine_waiting)]))?;
    }
    Ok(Outcome::Done)
}

/// Removes the book, after showing what goes. It opens with its secret first: nobody erases somebody else's book by a
/// slip.
pub(crate) fn erase(session: &mut Session, args: &Erase) -> Result<Outcome, Failure> {
    let lang = session.lang;
    let book = session.open()?;
    session.tell(&words::ERASE_TAKES.with(lang, &[("dir", &shown(book.dir()))]))?;
    let records: u64 = book.stats(session.reading())?.counts.iter().map(|c| c.count).sum();
    session.tell(&format!("  {}", words::RECORDS.with(lang, &[("n", &records)])))?;
    for (name, bytes) in book.erase_plan() {
        session.tell(&format!("  {name}  {}", size(bytes)))?;
    }
    if !args.yes_erase_everything {
        book.lock()?;
        return Err(Failure::Usage(words::ERASE_NEEDS_YES.get(lang).to_owned()));
    }
    let erased = book.erase()?;
    if session.json {
        session.out.json(&ErasedLine { erased: &erased.files })?;
    } else {
        session.out.paragraph(0, &words::ERASED.with(lang, &[("n", &erased.files.len())]))?;
    }
    Ok(Outcome::Done)
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
