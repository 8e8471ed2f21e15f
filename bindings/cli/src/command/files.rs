//! Originals, attachments, and what could not be read.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use healthbook::{AttachmentListed, Book, DocumentId, DocumentListed, ErrorCode, Quarantined};
use serde::Serialize;

use crate::args::{Document, Documents, Quarantine};
use crate::command::list::stopped;
use crate::failure::{Failure, Outcome};
use crate::out::Style;
use crate::progress::Watch;
use crate::render::items::short_id;
use crate::render::numbers::size;
use crate::render::{dates, text};
use crate::session::Session;
use crate::stop::{self, Watching};
use crate::{secret, words};

/// Rows fetched at once.
const PAGE: u32 = 500;

#[derive(Serialize)]
struct DocumentLine<'a> {
    id: String,
    name: Option<&'a str>,
    format: &'a str,
    media_type: &'a str,
    size: u64,
    received_at: String,
    redacted: u64,
    records: u64,
    complete: bool,
}

#[derive(Serialize)]
struct AttachmentLine<'a> {
    id: String,
    record: String,
    n: u32,
    media_type: Option<&'a str>,
    title: Option<&'a str>,
    url: Option<&'a str>,
    inline: bool,
}

#[derive(Serialize)]
struct QuarantineLine<'a> {
    n: i64,
    document: String,
    name: Option<&'a str>,
    offset: u64,
    length: u64,
    reason: &'a str,
    place: &'a str,
    received_at: String,
}

fn document_line(document: &DocumentListed) -> DocumentLine<'_> {
    DocumentLine {
        id: document.id.to_string(),
        name: document.name.as_deref(),
        format: &document.format,
        media_type: &document.media_type,
        size: document.size,
        received_at: dates::rfc3339(document.received_at),
        redacted: document.redacted,
        records: document.records,
        complete: document.complete,
    }
}

/// What reading originals again came to. Other programs rely on the names.
#[derive(Serialize)]
struct ReadAgain {
    documents: u64,
    new: u64,
    new_versions: u64,
    unchanged: u64,
    withdrawn: u64,
}

/// Reads what an older program mapped again.
fn read_again(session: &mut Session, book: &Book) -> Result<Outcome, Failure> {
    let lang = session.lang;
    let report = {
        let mut watch = Watch::new(lang);
        let report = book.remap(session.reading(), &mut watch);
        watch.pause();
        report?
    };
    if session.json {
        session.out.json(&ReadAgain {
            documents: report.documents,
            new: report.new,
            new_versions: report.new_versions,
            unchanged: report.unchanged,
            withdrawn: report.withdrawn,
        })?;
    } else if report.documents == 0 {
        session.out.paragraph(0, words::NOTHING_TO_READ_AGAIN.get(lang))?;
    } else {
        let told = words::READ_AGAIN.with(
            lang,
            &[
                ("documents", &report.documents),
                ("versions", &report.new_versions),
                ("new", &report.new),
                ("unchanged", &report.unchanged),
                ("withdrawn", &report.withdrawn),
            ],
        );
        session.out.paragraph(0, &told)?;
    }
    Ok(Outcome::Done)
}

/// Originals, newest first, then the attachments inside records.
pub(crate) fn documents(session: &mut Session, book: &Book, args: &Documents) -> Result<Outcome, Failure> {
    if args.read_again {
        return read_again(session, book);
    }
    let mut left = args.limit.unwrap_or(u32::MAX);
    let mut before = None;
    let mut any = false;
    let _watching = Watching::start();
    while left > 0 {
        let (page, next) = book.documents(session.reading(), before, left.min(PAGE))?;
        for document in &page {
            any = true;
            left = left.saturating_sub(1);
            if session.json {
                session.out.json(&document_line(document))?;
            } else {
                write_document(session, document)?;
            }
        }
        before = next;
        if before.is_none() {
            break;
        }
        if stop::asked() {
            return Err(stopped(session));
        }
    }
    any |= attachments(session, book)?;
    if !any && !session.json {
        session.out.line(words::NO_DOCUMENTS.get(session.lang))?;
    }
    Ok(Outcome::Done)
}

/// All attachments inside records; answers whether there are any.
fn attachments(session: &mut Session, book: &Book) -> Result<bool, Failure> {
    let mut after = None;
    let mut any = false;
    loop {
        let (page, next) = book.attachments(session.reading(), None, after, PAGE)?;
        after = next;
        if after.is_none() {
            return Ok(any);
        }
        if !any && !session.json {
            session.out.heading(words::ATTACHMENTS.get(session.lang))?;
        }
        any = true;
        for attachment in &page {
            write_attachment(session, attachment)?;
        }
        if stop::asked() {
            return Err(stopped(session));
        }
    }
}

fn write_attachment(session: &mut Session, attachment: &AttachmentListed) -> Result<(), Failure> {
    if session.json {
        return session.out.json(&AttachmentLine {
            id: format!("{}/{}", attachment.record, attachment.n),
            record: attachment.record.to_string(),
            n: attachment.n,
            media_type: attachment.media_type.as_deref(),
            title: attachment.title.as_deref(),
            url: attachment.url.as_deref(),
            inline: attachment.inline,
        });
    }
    let lang = session.lang;
    let unnamed = words::UNNAMED.get(lang);
    let title = attachment.title.as_deref().or(attachment.url.as_deref()).unwrap_or(unnamed);
    let media_type = attachment.media_type.as_deref().unwrap_or("?");
    let place =
        if attachment.inline { String::new() } else { format!(" · {}", words::NOT_INSIDE.get(lang)) };
    let id = format!("{}/{}", short_id(attachment.record), attachment.n);
    let line = format!("{}  {media_type} · {title}{place}", text::left(&id, 11));
    session.out.line(&text::cut(&line, session.out.columns))
}

fn write_document(session: &mut Session, document: &DocumentListed) -> Result<(), Failure> {
    let lang = session.lang;
    let name = document.name.as_deref().unwrap_or(words::UNNAMED.get(lang));
    let room = session.out.columns.saturating_sub(10);
    session.out.spans(&[
        (Style::Faint, &format!("{}  ", short_id(document.id))),
        (Style::Plain, &text::cut(name, room)),
    ])?;
    let mut parts = vec![
        document.media_type.clone(),
        size(document.size),
        words::RECORDS.with(lang, &[("n", &document.records)]),
        dates::instant(document.received_at, lang),
    ];
    if document.redacted > 0 {
        parts.push(words::REDACTED.with(lang, &[("n", &document.redacted)]));
    }
    if !document.complete {
        parts.push(words::INCOMPLETE.get(lang).to_owned());
    }
    session.out.spans(&[(Style::Faint, &format!("          {}", text::cut(&parts.join(" · "), room)))])
}

/// The document whose identity begins like this.
fn find(session: &Session, book: &Book, typed: &str) -> Result<DocumentListed, Failure> {
    if let Ok(id) = typed.parse::<DocumentId>() {
        return Ok(book.document(session.reading(), id)?);
    }
    let wanted = typed.trim().to_lowercase();
    let told = |code: ErrorCode| Failure::told(code.as_str(), code.sentence(session.lang));
    if wanted.len() < 8 || !wanted.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-') {
        return Err(told(ErrorCode::NotFound));
    }
    let (mut found, mut before) = (None, None);
    loop {
        let (page, next) = book.documents(session.reading(), before, 500)?;
        for document in page.into_iter().filter(|document| document.id.to_string().starts_with(&wanted)) {
            if found.replace(document).is_some() {
                return Err(told(ErrorCode::Ambiguous));
            }
        }
        before = next;
        if before.is_none() {
            return found.ok_or_else(|| told(ErrorCode::NotFound));
        }
    }
}

/// Copies in pieces, so that Ctrl-C gets in between.
pub(crate) fn copy(session: &Session, from: &mut dyn Read, to: &mut dyn Write) -> Result<u64, Failure> {
    let _watching = Watching::start();
    let mut buffer = vec![0; 256 * 1024];
    let mut done = 0;
    loop {
        let read = match from.read(&mut buffer) {
            Ok(read) => read,
            Err(error) => return Err(Failure::Book(error.into())),
        };
        let Some(piece) = buffer.get(..read).filter(|piece| !piece.is_empty()) else { break };
        to.write_all(piece)?;
        done += u64::try_from(read).unwrap_or(0);
        if stop::asked() {
            return Err(stopped(session));
        }
    }
    to.flush()?;
    Ok(done)
}

/// A file that cannot be written, by the name that was typed.
pub(crate) fn cannot_write(session: &Session, path: &Path, _: &io::Error) -> Failure {
    Failure::told("io", words::CANNOT_WRITE.with(session.lang, &[("file", &path.display())]))
}

/// Standard output or a pipe that remembers when nobody reads it any more: what the book makes of such an error does not
/// say so.
struct Stream<W: Write> {
    inner: io::BufWriter<W>,
    is_gone: bool,
}

impl<W: Write> Stream<W> {
    fn noted<T>(&mut self, written: io::Result<T>) -> io::Result<T> {
        self.is_gone |= written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
        written
    }
}

impl<W: Write> Write for Stream<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes);
        self.noted(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.inner.flush();
        self.noted(flushed)
    }
}

/// Writes into what is no file and can only be written to its end.
fn write_into(
    session: &Session,
    to: impl Write,
    work: impl FnOnce(&Session, &mut dyn Write) -> Result<u64, Failure>,
) -> Result<u64, Failure> {
    let mut out = Stream { inner: io::BufWriter::new(to), is_gone: false };
    let done = work(session, &mut out).and_then(|done| out.flush().map(|()| done).map_err(Failure::from));
    done.map_err(|failure| if out.is_gone { Failure::NobodyReads } else { failure })
}

/// Whether a path means standard output: `-`, or one of its names among the devices.
pub(crate) fn is_stdout(path: &Path) -> bool {
    let names = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];
    path.as_os_str() == "-" || (cfg!(unix) && names.iter().any(|name| path == Path::new(name)))
}

/// What stands where something is to be written.
enum Target {
    /// A file, or nothing: a whole new file takes its place.
    File,
    /// A pipe or a device such as `/dev/null`: it is written into, and stays what it is.
    Stream,
    /// A folder, a disk, a socket, or a link among the devices: nothing of this is a place for a file.
    Other,
}

impl Target {
    fn of(path: &Path, folder: &Path) -> Self {
        let Ok(found) = std::fs::metadata(path) else { return Self::File };
        let kind = found.file_type();
        if kind.is_file() {
            // `/dev/stderr` and its like lead to whatever the caller chose; as a plain file it would be lost to all.
            let is_link = std::fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
            let is_device = is_link && std::fs::canonicalize(folder).is_ok_and(|at| at == Path::new("/dev"));
            return if is_device { Self::Other } else { Self::File };
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::FileTypeExt;
            if kind.is_fifo() || kind.is_char_device() {
                return Self::Stream;
            }
        }
        Self::Other
    }
}

/// Writes bytes out to a file that is there only when it is whole, to standard output, or into a pipe or a device that
/// stands there.
pub(crate) fn write_out(
    session: &mut Session,
    path: &Path,
    work: impl FnOnce(&Session, &mut dyn Write) -> Result<u64, Failure>,
) -> Result<u64, Failure> {
    if is_stdout(path) {
        session.out.flush()?;
        return write_into(session, io::stdout(), work);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    refuse_own_files(session, path, folder)?;
    match Target::of(path, folder) {
        Target::File => {}
        Target::Stream => {
            let to = std::fs::OpenOptions::new().write(true).open(path);
            return write_into(session, to.map_err(|error| cannot_write(session, path, &error))?, work);
        }
        Target::Other => {
            let phrase = words::NO_PLACE_FOR_A_FILE.with(session.lang, &[("file", &path.display())]);
            return Err(Failure::told("io", phrase));
        }
    }
    let mut part =
        tempfile::NamedTempFile::new_in(folder).map_err(|error| cannot_write(session, path, &error))?;
    let done = work(session, part.as_file_mut()).map_err(|failure| match failure {
        Failure::NobodyReads => cannot_write(session, path, &io::ErrorKind::BrokenPipe.into()),
        other => other,
    })?;
    part.as_file().sync_all().map_err(|error| cannot_write(session, path, &error))?;
    part.persist(path).map_err(|error| cannot_write(session, path, &error.error))?;
    Ok(done)
}

/// Bytes into a file; a link to a file that stands there is replaced, not followed.
pub(crate) fn write_bytes(session: &mut Session, path: &Path, bytes: &[u8]) -> Result<u64, Failure> {
    write_out(session, path, |_, out| {
        out.write_all(bytes)?;
        Ok(bytes.len() as u64)
    })
}

/// The first folder of this path that is there: one that is still to be made will stand in it.
fn folder_there(folder: &Path) -> Option<PathBuf> {
    let mut above =
        folder.ancestors().map(|dir| if dir.as_os_str().is_empty() { Path::new(".") } else { dir });
    above.find_map(|dir| std::fs::canonicalize(dir).ok())
}

/// Files that make a book, whoever's it is.
const BOOK_FILES: [&str; 4] = ["book.db", "book.db-wal", "book.db-shm", "book.keys"];

/// Nothing is written into the folder of any book, nor where a book has its files.
pub(crate) fn refuse_files_of_books(session: &Session, path: &Path, folder: &Path) -> Result<(), Failure> {
    // A disk that knows no capitals takes the one for the other.
    let is_named = path
        .file_name()
        .is_some_and(|name| BOOK_FILES.iter().any(|file| name.to_string_lossy().eq_ignore_ascii_case(file)));
    let holds_book = folder_there(folder).is_some_and(|dir| dir.join("book.keys").exists());
    if is_named || holds_book { Err(own_file(session, path)) } else { Ok(()) }
}

fn own_file(session: &Session, path: &Path) -> Failure {
    Failure::told("not-allowed", words::OWN_FILE.with(session.lang, &[("file", &path.display())]))
}

/// A book is not lost to a slip of the hand: nothing is written into a book's folder, nor over what opens one.
pub(crate) fn refuse_own_files(session: &Session, path: &Path, folder: &Path) -> Result<(), Failure> {
    refuse_files_of_books(session, path, folder)?;
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let inside = real(&session.dir()?)
        .zip(folder_there(folder))
        .is_some_and(|(book, folder)| folder.starts_with(book));
    let places = &session.places;
    let from_env = std::env::var_os("HEALTHBOOK_KEYFILE").map(PathBuf::from);
    let is_secret = [&places.keyfile, &places.passphrase_file, &places.recovery_code_file, &from_env]
        .into_iter()
        .flatten()
        .any(|secret| real(secret).is_some() && real(secret) == real(path));
    if inside || is_secret || secret::is_key_file(path) { Err(own_file(session, path)) } else { Ok(()) }
}

/// One original or attachment, byte for byte.
pub(crate) fn document(session: &mut Session, book: &Book, args: &Document) -> Result<Outcome, Failure> {
    let reading = session.reading();
    let done = match args.id.split_once('/') {
        Some((record, n)) => {
            let record = session.record(book, record)?;
            let n = n
                .parse()
                .map_err(|_| Failure::Usage(words::NOT_AN_ATTACHMENT.get(session.lang).to_owned()))?;
            let bytes = book.attachment_bytes(reading, record, n)?;
            write_out(session, &args.out, |session, out| copy(session, &mut bytes.as_slice(), out))?
        }
        None => {
            let found = find(session, book, &args.id)?;
            if found.redacted > 0 {
                session.tell(&words::REDACTED_NOTE.with(session.lang, &[("n", &found.redacted)]))?;
            }
            let mut stream = book.open_document(reading, found.id)?;
            write_out(session, &args.out, |session, out| copy(session, &mut stream, out))?
        }
    };
    if !is_stdout(&args.out) {
        let line = words::WRITTEN.with(session.lang, &[("n", &done), ("file", &args.out.display())]);
        session.tell(&line)?;
    }
    Ok(Outcome::Done)
}

/// What could not be read and why; with a number, its very bytes.
pub(crate) fn quarantine(session: &mut Session, book: &Book, args: &Quarantine) -> Result<Outcome, Failure> {
    if let Some(n) = args.number {
        let bytes = book.quarantined_bytes(session.reading(), n)?;
        session.out.bytes().write_all(&bytes)?;
        return Ok(Outcome::Done);
    }
    let lang = session.lang;
    let mut after = None;
    let mut any = false;
    let _watching = Watching::start();
    loop {
        let (page, next) = book.quarantine(session.reading(), after, PAGE)?;
        after = next;
        if after.is_none() {
            break;
        }
        any = true;
        for quarantined in &page {
            write_quarantined(session, quarantined)?;
        }
        if stop::asked() {
            return Err(stopped(session));
        }
    }
    let waiting = book.stats(session.reading())?.quarantine_waiting;
    if waiting > 0 {
        session.tell(&words::QUARANTINE_WAITS.with(lang, &[("n", &waiting)]))?;
    }
    if !session.json && (any || waiting == 0) {
        let phrase = if any { words::QUARANTINE_HOW } else { words::NO_QUARANTINE };
        session.out.styled_paragraph(Style::Faint, 0, phrase.get(lang))?;
    }
    Ok(Outcome::Done)
}

fn write_quarantined(session: &mut Session, one: &Quarantined) -> Result<(), Failure> {
    if session.json {
        return session.out.json(&QuarantineLine {
            n: one.n,
            document: one.document.to_string(),
            name: one.name.as_deref(),
            offset: one.offset,
            length: one.length,
            reason: one.refusal.as_str(),
            place: &one.place,
            received_at: dates::rfc3339(one.received_at),
        });
    }
    let name = one.name.as_deref().unwrap_or(words::UNNAMED.get(session.lang));
    session.out.paragraph(0, &format!("{:>4}  {name} · {} · {}", one.n, one.place, size(one.length)))?;
    session.out.styled_paragraph(Style::Faint, 6, words::refusal(one.refusal).get(session.lang))
}
