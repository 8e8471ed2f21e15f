//! Gzip files and zip archives, opened with limits: a few kilobytes can become terabytes.

use std::cell::Cell;
use std::io::{self, BufReader, ErrorKind, Read, Seek};
use std::rc::Rc;

use flate2::read::MultiGzDecoder;
use healthbook_model::Refusal;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::Limits;

/// From here on the ratio of a compressed stream is looked at: small files of zeros are harmless.
const RATIO_FROM: u64 = 16 << 20;

/// What a gzip file holds (all its members, one after another).
///
/// Reading goes wrong with [`ErrorKind::InvalidData`] when the file is damaged, and with an error for which
/// [`is_too_large`] is true when it becomes larger than the limits allow.
pub fn gzip<'r>(reader: impl Read + 'r, limits: &Limits) -> impl Read + 'r {
    let taken = Rc::new(Cell::new(0));
    let inner = BufReader::new(Counted { inner: reader, count: Rc::clone(&taken) });
    Bounded { inner: MultiGzDecoder::new(inner), taken, given: 0, limits: *limits }
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
struct Bounded<R> {
    inner: R,
    taken: Rc<Cell<u64>>,
    given: u64,
    limits: Limits,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.given = self.given.saturating_add(wide(n));
        let by_ratio = self.taken.get().saturating_mul(self.limits.inflated_ratio).max(RATIO_FROM);
        if self.given > self.limits.inflated_bytes.min(by_ratio) { Err(too_large()) } else { Ok(n) }
    }
}

fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// A member of an archive that was not opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its name in the archive (it may hold a person's name: shown to the person, never logged). Members of an
    /// archive inside the archive are named `outer.zip/inner.json`.
    pub name: String,
    /// Why: [`Refusal::Unsupported`] when it is encrypted or compressed in a way that is not read,
    /// [`Refusal::Malformed`] when it is damaged, [`Refusal::TooLarge`] when it goes over the limits.
    pub refusal: Refusal,
}

/// Shows the files of a zip archive to `visit`, one after another, in the order of its directory: name and bytes.
/// Archives inside are opened as well, as deep as the limits allow; folders and the resource forks that macOS adds
/// (`__MACOSX`) are passed over. What could not be opened is returned. Names are only names: nothing is written
/// anywhere.
///
/// An archive inside the archive is held in memory while it is open, up to [`Limits::resource_bytes`].
///
/// # Errors
/// An error that `visit` returns ends the walk, unless it comes from the damaged member it was reading
/// ([`ErrorKind::InvalidData`], which counts as that member's refusal). [`ErrorKind::InvalidData`] is also
/// returned when the archive's own directory cannot be read; the reader's own errors are returned as they are.
pub fn zip_members<R: Read + Seek>(
    reader: R,
    limits: &Limits,
    visit: &mut dyn FnMut(&str, &mut dyn Read) -> io::Result<()>,
) -> io::Result<Vec<Skipped>> {
    let mut walk =
        Walk { limits: *limits, left: limits.inflated_bytes, members: 0, skipped: Vec::new(), visit };
    walk.archive(reader, "", 1)?;
    Ok(walk.skipped)
}

struct Walk<'v> {
    limits: Limits,
    /// How many bytes all members together may still become.
    left: u64,
    members: usize,
    skipped: Vec<Skipped>,
    visit: &'v mut dyn FnMut(&str, &mut dyn Read) -> io::Result<()>,
}

impl Walk<'_> {
    fn archive<R: Read + Seek>(&mut self, reader: R, inside: &str, depth: usize) -> io::Result<()> {
        let mut archive = ZipArchive::new(BufReader::new(reader)).map_err(|error| match error {
            ZipError::Io(error) => error,
            other => io::Error::new(ErrorKind::InvalidData, other),
        })?;
        for n in 0..archive.len() {
            self.members += 1;
            if self.members > self.limits.members {
                self.skipped.push(Skipped { name: inside.to_owned(), refusal: Refusal::TooLarge });
                return Ok(());
            }
            let mut name = inside.to_owned();
            match archive.name_for_index(n) {
                Some(Ok(member)) => name.push_str(&member),
                // A name in no known encoding: its place names it.
                _ => name.push_str(&format!("#{n}")),
            }
            let opened = match archive.by_index(n) {
                Ok(member) if member.is_dir() || member.is_symlink() || is_resource_fork(&name) => continue,
                Ok(member) if member.encrypted() => Err(Refusal::Unsupported),
                Ok(member) => Ok(member),
                Err(ZipError::Io(error)) if error.kind() != ErrorKind::InvalidData => return Err(error),
                Err(ZipError::UnsupportedArchive(_) | ZipError::InvalidPassword) => Err(Refusal::Unsupported),
                Err(_) => Err(Refusal::Malformed),
            };
            let refused = match opened {
                Err(refusal) => Some(refusal),
                Ok(member) => {
                    let compressed = member.compressed_size();
                    let by_ratio = compressed.saturating_mul(self.limits.inflated_ratio).max(RATIO_FROM);
                    let mut bytes =
                        Limited { inner: member, left: self.left.min(by_ratio), given: 0, broken: None };
                    let done = self.member(&name, &mut bytes, depth);
                    self.left = self.left.saturating_sub(bytes.given);
                    match (done, bytes.broken) {
                        (_, Some(refusal)) => Some(refusal),
                        (Ok(refusal), None) => refusal,
                        (Err(error), None) => return Err(error),
                    }
                }
            };
            if let Some(refusal) = refused {
                self.skipped.push(Skipped { name, refusal });
            }
        }
        Ok(())
    }

    fn member(&mut self, name: &str, bytes: &mut dyn Read, depth: usize) -> io::Result<Option<Refusal>> {
        let mut head = [0; 4];
        let mut known = 0;
        while known < head.len() {
            match bytes.read(head.get_mut(known..).unwrap_or_default())? {
                0 => break,
                n => known += n,
            }
        }
        let head = head.get(..known).unwrap_or_default();
        let mut whole = head.chain(bytes);
        if !head.starts_with(b"PK\x03\x04") {
            return (self.visit)(name, &mut whole).map(|()| None);
        }
        if depth >= self.limits.nesting {
            return Ok(Some(Refusal::TooLarge));
        }
        let mut inner = Vec::new();
        let most = wide(self.limits.resource_bytes);
        if wide((&mut whole).take(most.saturating_add(1)).read_to_end(&mut inner)?) > most {
            return Ok(Some(Refusal::TooLarge));
        }
        match self.archive(io::Cursor::new(inner), &format!("{name}/"), depth + 1) {
            Err(error) if error.kind() == ErrorKind::InvalidData => Ok(Some(Refusal::Malformed)),
            other => other.map(|()| None),
        }
    }
}

fn is_resource_fork(name: &str) -> bool {
    name.starts_with("__MACOSX/") || name.contains("/__MACOSX/") || name.ends_with(".DS_Store")
}

/// A member with a limit; remembers why it could not be read.
struct Limited<R> {
    inner: R,
    left: u64,
    given: u64,
    broken: Option<Refusal>,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buffer) {
            Ok(n) => {
                self.given = self.given.saturating_add(wide(n));
                if self.given > self.left {
                    self.broken = Some(Refusal::TooLarge);
                    return Err(too_large());
                }
                Ok(n)
            }
            Err(error) => {
                if matches!(
                    error.kind(),
                    ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof
                ) {
                    self.broken = Some(Refusal::Malformed);
                }
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn gz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            if name.ends_with('/') {
                writer.add_directory(*name, SimpleFileOptions::default()).unwrap();
            } else {
                writer.start_file(*name, SimpleFileOptions::default()).unwrap();
                writer.write_all(bytes).unwrap();
            }
        }
        writer.finish().unwrap().into_inner()
    }

    fn walk(archive: &[u8], limits: &Limits) -> (Vec<(String, String)>, Vec<Skipped>) {
        let mut seen = Vec::new();
        let skipped = zip_members(Cursor::new(archive), limits, &mut |name, bytes| {
            let mut text = String::new();
            bytes.read_to_string(&mut text)?;
            seen.push((name.to_owned(), text));
            Ok(())
        })
        .unwrap();
        (seen, skipped)
    }

    #[test]
    fn a_gzip_file_of_two_members_comes_out_whole() {
        let file = [gz("Đường ".as_bytes()), gz(b"2339-0")].concat();
        let mut text = String::new();
        gzip(&file[..], &Limits::default()).read_to_string(&mut text).unwrap();
        assert_eq!(text, "Đường 2339-0");
    }

    #[test]
    fn a_bomb_stops_and_a_damaged_file_says_so() {
        let bomb = gz(&vec![0; 40 << 20]);
        let error = io::copy(&mut gzip(&bomb[..], &Limits::default()), &mut io::sink()).unwrap_err();
        assert!(is_too_large(&error));
        let small = Limits { inflated_bytes: 10, ..Limits::default() };
        let eleven = gz(b"hello world");
        assert!(is_too_large(&io::copy(&mut gzip(&eleven[..], &small), &mut io::sink()).unwrap_err()));
        let mut damaged = gz(b"hello world");
        let at = damaged.len() - 6;
        damaged[at] ^= 1;
        let error = io::copy(&mut gzip(&damaged[..], &Limits::default()), &mut io::sink()).unwrap_err();
        assert!(!is_too_large(&error));
        assert!(
            io::copy(&mut gzip(&eleven[..eleven.len() - 3], &Limits::default()), &mut io::sink()).is_err()
        );
    }

    #[test]
    fn files_of_an_archive_and_of_one_inside_it() {
        let inner = zipped(&[("c.json", b"{}")]);
        let deepest = zipped(&[("inner.zip", &inner)]);
        let outer = zipped(&[
            ("a/", b""),
            ("a/b.json", b"[]"),
            ("__MACOSX/._b.json", b"x"),
            ("inner.zip", &inner),
            ("deep.zip", &deepest),
            ("empty.txt", b""),
        ]);
        let (seen, skipped) = walk(&outer, &Limits::default());
        let seen: Vec<(&str, &str)> = seen.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
        assert_eq!(seen, [("a/b.json", "[]"), ("inner.zip/c.json", "{}"), ("empty.txt", "")]);
        assert_eq!(skipped, [Skipped { name: "deep.zip/inner.zip".into(), refusal: Refusal::TooLarge }]);
    }

    #[test]
    fn one_bad_member_does_not_take_the_others_with_it() {
        let mut archive = zipped(&[("a.txt", b"first file, long enough to damage"), ("b.txt", b"second")]);
        let at = archive.windows(5).position(|w| w == b"a.txt").unwrap() + 5 + 8;
        archive[at] ^= 0xff;
        let (seen, skipped) = walk(&archive, &Limits::default());
        assert_eq!(seen, [("b.txt".to_owned(), "second".to_owned())]);
        assert_eq!(skipped, [Skipped { name: "a.txt".into(), refusal: Refusal::Malformed }]);
    }

    #[test]
    fn bombs_too_many_members_and_encrypted_ones_are_reported() {
        let bomb = zipped(&[("zeros", &vec![0; 40 << 20]), ("ok", b"ok")]);
        let mut got = Vec::new();
        let skipped = zip_members(Cursor::new(&bomb), &Limits::default(), &mut |name, bytes| {
            io::copy(bytes, &mut io::sink())?;
            got.push(name.to_owned());
            Ok(())
        })
        .unwrap();
        assert_eq!(got, ["ok"]);
        assert_eq!(skipped, [Skipped { name: "zeros".into(), refusal: Refusal::TooLarge }]);

        let many = zipped(&[("1", b"a"), ("2", b"b"), ("3", b"c")]);
        let (seen, skipped) = walk(&many, &Limits { members: 2, ..Limits::default() });
        assert_eq!((seen.len(), skipped.len()), (2, 1));

        // Bit 0 of the general purpose flags says that a member is encrypted (APPNOTE 4.4.4).
        let mut locked = zipped(&[("secret", b"x")]);
        locked[6] |= 1;
        let central = locked.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
        locked[central + 8] |= 1;
        let (_, skipped) = walk(&locked, &Limits::default());
        assert_eq!(skipped, [Skipped { name: "secret".into(), refusal: Refusal::Unsupported }]);
    }

    #[test]
    fn what_is_no_archive_is_refused() {
        for bytes in [&b""[..], b"PK\x03\x04", b"not an archive at all"] {
            let error = zip_members(Cursor::new(bytes), &Limits::default(), &mut |_, _| Ok(())).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidData);
        }
    }
}
