//! `export --documents`: every original into a folder.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use healthbook::{Book, DocumentId, DocumentListed, ErrorCode};

use crate::command::files::{cannot_write, copy, refuse_own_files};
use crate::failure::Failure;
use crate::render::items::short_id;
use crate::render::text;
use crate::session::Session;
use crate::words;

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Originals {
    /// Files written.
    pub(crate) written: u64,
    /// Files that an earlier export has left here, the same to the byte.
    pub(crate) there: u64,
    /// Originals that could not be read or written.
    pub(crate) failed: u64,
}

/// Writes every original into a folder under its name. Nothing that is there is written over, and what is there already
/// is not written a second time. One that cannot be written is named and does not stop the others.
pub(crate) fn export(session: &mut Session, book: &Book, dir: &Path) -> Result<Originals, Failure> {
    refuse_own_files(session, dir, dir)?;
    std::fs::create_dir_all(dir).map_err(|error| cannot_write(session, dir, &error))?;
    let mut sum = Originals::default();
    let (mut taken, mut before, mut first) = (HashSet::new(), None, None);
    loop {
        let (page, next) = book.documents(session.reading(), before, 500)?;
        for document in &page {
            match one(session, book, dir, document, &mut taken) {
                Ok(true) => sum.written += 1,
                Ok(false) => sum.there += 1,
                Err(failure) if ends_all(&failure) => {
                    if sum.written > 0 {
                        session
                            .tell(&words::EXPORTED_DOCUMENTS.with(session.lang, &[("n", &sum.written)]))?;
                    }
                    return Err(failure);
                }
                Err(failure) => {
                    let name = document.name.as_deref().unwrap_or(words::UNNAMED.get(session.lang));
                    let named = format!("{} {name}", short_id(document.id));
                    let why = failure.sentence(session.lang);
                    session
                        .tell(&words::NOT_WRITTEN.with(session.lang, &[("what", &named), ("why", &why)]))?;
                    sum.failed += 1;
                    first.get_or_insert(failure);
                }
            }
        }
        before = next;
        if before.is_none() {
            break;
        }
    }
    match first {
        // Not one came out: that is no part of it.
        Some(failure) if sum.written + sum.there == 0 => Err(failure),
        _ => Ok(sum),
    }
}

/// After these the others cannot go well either.
fn ends_all(failure: &Failure) -> bool {
    let codes = [ErrorCode::Stopped, ErrorCode::Suspended, ErrorCode::DiskFull];
    codes.iter().any(|code| code.as_str() == failure.code())
}

/// Writes one original; `false` when it stands here already.
fn one(
    session: &Session,
    book: &Book,
    dir: &Path,
    document: &DocumentListed,
    taken: &mut HashSet<PathBuf>,
) -> Result<bool, Failure> {
    let reading = session.reading();
    let mut last = None;
    for whole in [false, true] {
        let path = dir.join(file_name(document.id, document.name.as_deref(), whole));
        match new_file(&path) {
            Ok(mut file) => {
                let written = book
                    .open_document(reading, document.id)
                    .map_err(Failure::from)
                    .and_then(|mut stream| copy(session, &mut stream, &mut file));
                return match written {
                    Ok(_) => {
                        taken.insert(path);
                        Ok(true)
                    }
                    Err(failure) => {
                        drop(file);
                        // Half a file is worse than none: it looks like the original.
                        drop(std::fs::remove_file(&path));
                        Err(failure)
                    }
                };
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // What this very export has written is another original, however alike the two are.
                if !taken.contains(&path)
                    && is_same(&path, &mut book.open_document(reading, document.id)?, document.size)
                {
                    taken.insert(path);
                    return Ok(false);
                }
                last = Some(cannot_write(session, &path, &error));
            }
            Err(error) => return Err(cannot_write(session, &path, &error)),
        }
    }
    Err(last.unwrap_or_else(|| cannot_write(session, dir, &io::ErrorKind::AlreadyExists.into())))
}

/// A file that nobody but its owner can read: it is a person's health in the clear.
fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether a plain file holds exactly these bytes. What cannot be read is not the same.
fn is_same(path: &Path, original: &mut dyn Read, size: u64) -> bool {
    /// Writes nowhere: compares with what a file holds.
    struct Compare(io::BufReader<File>);

    impl Write for Compare {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut there = vec![0; bytes.len()];
            self.0.read_exact(&mut there)?;
            if there == bytes { Ok(bytes.len()) } else { Err(io::ErrorKind::InvalidData.into()) }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let is_file = std::fs::symlink_metadata(path).is_ok_and(|found| found.is_file() && found.len() == size);
    is_file
        && File::open(path).is_ok_and(|file| {
            io::copy(original, &mut Compare(io::BufReader::new(file))).is_ok_and(|read| read == size)
        })
}

/// Bytes of a name beside the identity. Most file systems take 255 in all, some of them fewer.
const LONGEST: usize = 150;

/// `8f0c1b2a-name.xml`: a name from outside is data, so only its last part is used, without anything a shell or a file
/// system could take for something else. With the whole identity in front no two are alike.
fn file_name(id: DocumentId, name: Option<&str>, whole: bool) -> String {
    let last = name.unwrap_or_default().rsplit(['/', '\\']).next().unwrap_or_default();
    // Marks that stand by themselves belong to the letter before them.
    let is_safe = |c: char| {
        c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c) || matches!(c, '.' | '-' | '_' | ' ')
    };
    let safe: String = text::plain(last).chars().map(|c| if is_safe(c) { c } else { '_' }).collect();
    let id = if whole { id.to_string() } else { short_id(id) };
    format!("{id}-{}", shortened(safe.trim_matches([' ', '.'])))
}

/// Cut to [`LONGEST`] bytes between two characters; what kind of file it is stays at the end.
fn shortened(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let (stem, ending) = match name.rfind('.').map(|dot| name.split_at(dot)) {
        Some((stem, ending)) if ending.len() <= 10 => (stem, ending),
        _ => (name, ""),
    };
    let mut end = LONGEST - ending.len();
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{ending}", stem.get(..end).unwrap_or_default().trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "abababab-abab-4bab-abab-abababababab";

    fn named(name: &str) -> String {
        file_name(ID.parse().unwrap(), Some(name), false)
    }

    #[test]
    fn a_name_from_outside_stays_in_its_folder() {
        assert_eq!(named("hồ sơ.xml"), "abababab-hồ sơ.xml");
        assert_eq!(named("ho\u{302}\u{300} so\u{31b}.xml"), "abababab-ho\u{302}\u{300} so\u{31b}.xml");
        assert_eq!(named("../../etc/passwd"), "abababab-passwd");
        assert_eq!(named("..\\..\\a$b\u{1b}.pdf"), "abababab-a_b_.pdf");
        assert_eq!(named(".."), "abababab-");
        assert_eq!(file_name(ID.parse().unwrap(), Some("a.pdf"), true), format!("{ID}-a.pdf"));
    }

    #[test]
    fn a_name_of_any_length_is_one_that_file_systems_take() {
        for letter in ["a", "ồ", "漢", "𠀀", "e\u{301}"] {
            for count in [1, 60, 149, 150, 151, 1000] {
                let name =
                    file_name(ID.parse().unwrap(), Some(&format!("{}.xml", letter.repeat(count))), true);
                assert!(name.len() <= 200 && name.ends_with(".xml"), "{name}");
            }
        }
        assert!(named(&format!("a.{}", "b".repeat(300))).len() <= 200);
    }
}
