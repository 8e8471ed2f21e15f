//! Gzip files and zip archives, opened with limits: a few kilobytes can become terabytes.

mod kept;

use std::cell::Cell;
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::rc::Rc;

use flate2::read::MultiGzDecoder;
use healthbook_model::Refusal;
use zip::ZipReadOptions;
use zip::read::{Config, ZipFileEntry};
use zip::result::ZipError;
use zip::unstable::read::{ZipIterable, ZipIterableFiles};

use self::kept::{Kept, Stretches};
use crate::Limits;

/// From here on the ratio of a compressed stream is looked at: small files of zeros are harmless.
const RATIO_FROM: u64 = 16 << 20;

/// How many bytes a file and everything that is opened inside of it may still become.
#[derive(Debug)]
pub struct Budget {
    left: Cell<u64>,
}

impl Budget {
    /// All that the limits allow.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self { left: Cell::new(limits.inflated_bytes) }
    }

    /// Takes what came out; false when it is more than there was.
    fn take(&self, bytes: usize) -> bool {
        let left = self.left.get().checked_sub(wide(bytes));
        self.left.set(left.unwrap_or(0));
        left.is_some()
    }
}

/// What a gzip file holds (all its members, one after another).
///
/// Reading goes wrong with [`ErrorKind::InvalidData`] when the file is damaged, and with an error for which
/// [`is_too_large`] is true when it becomes larger than the limits and the budget allow.
pub fn gzip<'r>(reader: impl Read + 'r, limits: &Limits, budget: &'r Budget) -> impl Read + 'r {
    let taken = Rc::new(Cell::new(0));
    let inner = BufReader::new(Counted { inner: reader, count: Rc::clone(&taken) });
    Bounded { inner: MultiGzDecoder::new(inner), taken, given: 0, ratio: limits.inflated_ratio, budget }
}

/// Whether a reader of this module stopped because more would come out than the limits allow.
#[must_use]
pub fn is_too_large(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<TooLarge>())
}

/// What is compressed becomes larger than the limits allow.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the compressed file becomes larger than the limit")]
struct TooLarge;

fn too_large() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, TooLarge)
}

/// Counts the bytes that pass.
struct Counted<R> {
    inner: R,
    count: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.count.set(self.count.get().saturating_add(wide(n)));
        Ok(n)
    }
}

/// Stops when too much came out for what went in.
struct Bounded<'b, R> {
    inner: R,
    taken: Rc<Cell<u64>>,
    given: u64,
    ratio: u64,
    budget: &'b Budget,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.given = self.given.saturating_add(wide(n));
        let by_ratio = self.taken.get().saturating_mul(self.ratio).max(RATIO_FROM);
        if self.given > by_ratio || !self.budget.take(n) { Err(too_large()) } else { Ok(n) }
    }
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// A member of an archive.
pub struct Member<'m> {
    /// Its name in the archive, without control characters; `#3` when it has none that can be read. It may hold a
    /// person's name: shown to the person, never logged. It is only a name, whatever path it looks like.
    pub name: &'m str,
    /// What it holds, when it could be opened; else what is left of it: its own stretch of the archive as an archive with
    /// this one member, so that who has the password or a better program can open it.
    pub bytes: &'m mut dyn Read,
    /// Why it could not be opened: [`Refusal::Unsupported`] when it is encrypted or compressed in a way that is not read,
    /// [`Refusal::Malformed`] when it is damaged, [`Refusal::TooLarge`] when it goes over the limits.
    pub refused: Option<Refusal>,
    /// Nobody can read it without a secret.
    pub encrypted: bool,
}

/// Whoever looks at the members of an archive. Answering with a refusal for a member that was opened has it shown again
/// as one that was not.
pub type Visit<'v> = dyn FnMut(Member<'_>) -> io::Result<Option<Refusal>> + 'v;

/// Shows the files of a zip archive to `visit`, one after another, in the order of its directory; then those that could
/// not be opened. Two of the same name are two. Folders, links and the resource forks that macOS adds (`__MACOSX`) are
/// passed over; a name like a folder's over bytes is a file. Archives inside are members like others.
///
/// What is shown of a member that could not be opened never holds a byte of one that was, wherever the directory says
/// that it stands, and no byte is shown twice: what is kept of an archive is at most as large as the archive, and whoever
/// erases what came out of an opened member has erased all of it.
///
/// # Errors
/// An error that `visit` returns ends the walk, unless it comes from the damaged member it was reading
/// ([`ErrorKind::InvalidData`], which counts as that member's refusal). [`ErrorKind::InvalidData`] is also
/// returned when the archive's own directory cannot be found; the reader's own errors are returned as they are.
pub fn zip_members<R: Read + Seek>(
    reader: R,
    limits: &Limits,
    budget: &Budget,
    visit: &mut Visit<'_>,
) -> io::Result<()> {
    let mut reader = BufReader::new(reader);
    let length = reader.seek(SeekFrom::End(0))?;
    let mut archive = ZipIterable::try_new(reader, Config::default()).map_err(as_io)?;
    let files = archive.files().map_err(as_io)?;
    let mut walk =
        Walk { limits: *limits, budget, length, opened: Stretches::default(), refused: Vec::new(), visit };
    let entries = walk.open_all(files)?;
    walk.show_refused(files.reader_mut())?;
    walk.show_unnamed(entries, files.reader_mut())
}

/// Entries of the directory read at once: reading each beside its member would jump to and fro in the archive.
const ENTRIES_AT_ONCE: usize = 256;

fn as_io(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => error,
        other => io::Error::new(ErrorKind::InvalidData, other),
    }
}

fn refusal_of(error: &ZipError) -> Refusal {
    match error {
        ZipError::UnsupportedArchive(_) | ZipError::InvalidPassword => Refusal::Unsupported,
        _ => Refusal::Malformed,
    }
}

struct Walk<'w, 'v> {
    limits: Limits,
    budget: &'w Budget,
    /// Of the archive.
    length: u64,
    /// Where the members stand that were opened.
    opened: Stretches,
    refused: Vec<Refused>,
    visit: &'w mut Visit<'v>,
}

/// A member that could not be opened.
struct Refused {
    name: String,
    refusal: Refusal,
    encrypted: bool,
    kept: Kept,
}

impl Walk<'_, '_> {
    /// Opens what can be opened, and says how many entries the directory has.
    fn open_all<R: Read + Seek>(&mut self, files: &mut ZipIterableFiles<BufReader<R>>) -> io::Result<usize> {
        let mut n = 0;
        loop {
            let mut entries = Vec::new();
            let mut broken = None;
            while entries.len() < ENTRIES_AT_ONCE {
                match files.next() {
                    None => break,
                    Some(Ok(_)) if n + entries.len() >= self.limits.members => {
                        broken = Some(Refusal::TooLarge);
                        break;
                    }
                    Some(Ok(entry)) => entries.push(entry),
                    Some(Err(ZipError::Io(error))) if error.kind() != ErrorKind::UnexpectedEof => {
                        return Err(error);
                    }
                    Some(Err(error)) => {
                        broken = Some(refusal_of(&error));
                        break;
                    }
                }
            }
            if entries.is_empty() && broken.is_none() {
                return Ok(n);
            }
            for entry in entries {
                self.open(entry, n, files.reader_mut())?;
                n += 1;
            }
            if let Some(refusal) = broken {
                // Nothing is known of the rest, not even its names: all is kept that no member is known to hold.
                let kept = Kept::rest(self.length);
                self.refused.push(Refused { name: format!("#{n}"), refusal, encrypted: false, kept });
                return Ok(n);
            }
        }
    }

    fn open<R: Read + Seek>(
        &mut self,
        entry: ZipFileEntry<'static>,
        n: usize,
        reader: &mut BufReader<R>,
    ) -> io::Result<()> {
        let name = shown_name(&entry, n);
        let kept = Kept::of(&entry, self.length, reader)?;
        // A name that ends like a folder's over bytes is a file all the same.
        let folder = entry.is_dir() && entry.size() == 0;
        if folder || entry.is_symlink() || is_resource_fork(&name) {
            kept.is_opened(&mut self.opened);
            return Ok(());
        }
        let encrypted = entry.encrypted();
        let refusal = if encrypted {
            Some(Refusal::Unsupported)
        } else {
            let by_ratio = entry.compressed_size().saturating_mul(self.limits.inflated_ratio).max(RATIO_FROM);
            match entry.with_reader(reader, ZipReadOptions::new()) {
                Err(ZipError::Io(error)) => Some(refusal_of_content(&error).ok_or(error)?),
                Err(error) => Some(refusal_of(&error)),
                Ok(file) => {
                    let mut bytes =
                        Limited { inner: file, most: by_ratio, budget: self.budget, given: 0, broken: None };
                    let member = Member { name: &name, bytes: &mut bytes, refused: None, encrypted };
                    let done = (self.visit)(member);
                    match (done, bytes.broken) {
                        (_, Some(refusal)) => Some(refusal),
                        (Ok(refusal), None) => refusal,
                        (Err(error), None) => return Err(error),
                    }
                }
            }
        };
        match refusal {
            Some(refusal) => self.refused.push(Refused { name, refusal, encrypted, kept }),
            None => kept.is_opened(&mut self.opened),
        }
        Ok(())
    }

    fn show_refused<R: Read + Seek>(&mut self, reader: &mut BufReader<R>) -> io::Result<()> {
        for one in std::mem::take(&mut self.refused) {
            let mut bytes = one.kept.read(&mut self.opened, reader)?;
            (self.visit)(Member {
                name: &one.name,
                bytes: &mut bytes,
                refused: Some(one.refusal),
                encrypted: one.encrypted,
            })?;
        }
        Ok(())
    }

    /// Members that the directory does not name are not dropped either: an archive that lost its end may hold another one
    /// whose directory is found in its place.
    fn show_unnamed<R: Read + Seek>(&mut self, entries: usize, reader: &mut BufReader<R>) -> io::Result<()> {
        let rest = Kept::rest(self.length);
        if !rest.holds_members(&self.opened, reader)? {
            return Ok(());
        }
        let mut bytes = rest.read(&mut self.opened, reader)?;
        (self.visit)(Member {
            name: &format!("#{entries}"),
            bytes: &mut bytes,
            refused: Some(Refusal::Malformed),
            encrypted: false,
        })?;
        Ok(())
    }
}

/// The name as it can be shown: no control characters, none that turn the direction of writing.
fn shown_name(entry: &ZipFileEntry<'_>, n: usize) -> String {
    let turns =
        |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let name: String = entry
        .name()
        .map(|name| name.chars().filter(|c| !c.is_control() && !turns(*c)).collect())
        .unwrap_or_default();
    if name.trim().is_empty() { format!("#{n}") } else { name }
}

fn is_resource_fork(name: &str) -> bool {
    name.starts_with("__MACOSX/")
        || name.contains("/__MACOSX/")
        || name.rsplit('/').next() == Some(".DS_Store")
}

/// What is wrong with a member's own bytes; `None` when it is what they are read from that fails.
fn refusal_of_content(error: &io::Error) -> Option<Refusal> {
    match error.kind() {
        ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof => {
            Some(Refusal::Malformed)
        }
        // A method of compression that is not read shows with the first byte.
        ErrorKind::Unsupported => Some(Refusal::Unsupported),
        _ => None,
    }
}

/// A member with a limit; remembers why it could not be read.
struct Limited<'b, R> {
    inner: R,
    most: u64,
    budget: &'b Budget,
    given: u64,
    broken: Option<Refusal>,
}

impl<R: Read> Read for Limited<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(n) => {
                self.given = self.given.saturating_add(wide(n));
                if self.given > self.most || !self.budget.take(n) {
                    self.broken = Some(Refusal::TooLarge);
                    return Err(too_large());
                }
                Ok(n)
            }
            Err(error) => {
                self.broken = refusal_of_content(&error);
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests;
