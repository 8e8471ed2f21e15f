//! Archives: each file in one is taken in like a file of its own, and the wrapper goes.

use std::io::Read;

use healthbook_formats::{Format, Limits, archive, sensitive};
use healthbook_model::{Refusal, Sensitivity};
use healthbook_vault::DocumentRow;

use super::ImportOptions;
use super::course::{Course, Passed};
use crate::book::Book;
use crate::error::{Error, ErrorCode};

/// Where a file stands: itself, or in an archive.
#[derive(Clone, Copy)]
pub(super) struct Inside<'i> {
    /// In how many archives.
    pub(super) depth: usize,
    /// What all that is opened may become.
    pub(super) budget: &'i archive::Budget,
    /// What the person said that it is.
    pub(super) title: Option<&'i str>,
}

impl Inside<'_> {
    /// Inside of one archive more.
    pub(super) fn deeper(&self) -> Self {
        Self { depth: self.depth + 1, ..*self }
    }
}

/// How a file in an archive is taken that nobody has looked into: for restricted, unless there is nothing to see without
/// its password.
fn sensitivity_of_unopened(name: &str, encrypted: bool) -> Sensitivity {
    if encrypted && !sensitive::text_is_restricted(name) {
        Sensitivity::Ordinary
    } else {
        Sensitivity::Restricted
    }
}

impl Book {
    /// Opens an archive: each file in it is a document of its own, and the wrapper is not kept.
    pub(super) fn open_zip(
        &self,
        archive_row: DocumentRow,
        options: &ImportOptions,
        course: &mut Course<'_>,
        inside: Inside<'_>,
    ) -> Result<(), Error> {
        course.goes_over_several();
        let mut first_error = None;
        let mut members = 0u64;
        let within = options.name.as_deref().filter(|_| inside.depth > 0);
        let walked = archive::zip_members(
            self.vault.open_received(archive_row)?,
            &Limits::default(),
            inside.budget,
            &mut |member| {
                let name = within.map_or(member.name.to_owned(), |outer| format!("{outer}/{}", member.name));
                let inner = ImportOptions {
                    // A file in an archive is named by the archive: that says what it is.
                    title: Some(inside.title.unwrap_or(&name).to_owned()),
                    name: Some(name),
                    ..options.clone()
                };
                let taken = match member.refused {
                    None => self.import_at(member.bytes, &inner, course, inside.deeper()),
                    Some(refusal) => {
                        let sensitivity = sensitivity_of_unopened(member.name, member.encrypted);
                        self.keep_unopened(member.bytes, &inner, course, (refusal, sensitivity))
                    }
                };
                match taken {
                    Ok(()) => {
                        members += 1;
                        Ok(None)
                    }
                    // What is wrong with one member is no reason to leave the others (F13): it is kept as it stands.
                    Err(error) if member.refused.is_none() && is_of_content(error.code()) => {
                        Ok(Some(Refusal::Malformed))
                    }
                    Err(error) => {
                        first_error = Some(error);
                        Err(std::io::Error::other("stopped"))
                    }
                }
            },
        );
        // The wrapper goes, however this ends: what could be read of it stands in documents of its own, which a purge can
        // reach and the gate can hide; an archive beside them would tell everything again.
        drop(self.vault.write(|writer| writer.drop_document(archive_row)));
        if let Some(error) = first_error {
            return Err(error);
        }
        walked.map_err(archive_error_io)?;
        if members == 0 { Err(Error::new(ErrorCode::UnreadableArchive)) } else { Ok(()) }
    }

    /// Keeps what is left of a file in an archive that could not be opened, as a paper that a purge can take away, and sets
    /// it aside.
    fn keep_unopened(
        &self,
        bytes: &mut dyn Read,
        options: &ImportOptions,
        course: &mut Course<'_>,
        refused: (Refusal, Sensitivity),
    ) -> Result<(), Error> {
        let format = Format::Zip;
        let received = self.receive(format, bytes, options, course)?;
        if !received.read {
            self.keep_paper(&received, format, options, Some(refused))?;
            self.log_import(&received, format)?;
        }
        course.documents.push(Passed { received, unopened: true });
        Ok(())
    }
}

/// Whether an error is about what a file holds, and not about the book or the person's wish.
fn is_of_content(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::UnreadableArchive
            | ErrorCode::EmptyFile
            | ErrorCode::UnknownFile
            | ErrorCode::InvalidInput
            | ErrorCode::NotAllowed
            | ErrorCode::Io
    )
}

fn archive_error_io(error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof => {
            Error::new(ErrorCode::UnreadableArchive)
        }
        _ => error.into(),
    }
}
