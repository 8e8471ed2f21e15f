//! How far an import is, over all the files of an archive, and what it went through.

use std::io::{self, Read};

use healthbook_model::{Flow, Observer, Progress, Stage};
use healthbook_vault::{Received, VaultError};

use crate::error::{Error, ErrorCode};

/// Bytes read from one report to the next, where nothing else comes of reading for a long time.
const STEP: u64 = 1 << 20;

/// One import from its first byte to its last. What it tells of a stage never goes back.
pub(super) struct Course<'o> {
    observer: &'o mut dyn Observer,
    /// It goes over several files, and what is still to come is not known.
    of_several: bool,
    /// Bytes received of files before this one.
    received: u64,
    /// Bytes read of files, and in looks through this one, that are over.
    read: u64,
    /// Bytes to be read in all, as far as is known.
    to_read: u64,
    /// Records read of files before this one.
    records: u64,
    /// The documents it went through.
    pub(super) documents: Vec<Passed>,
}

/// A document that an import went through.
pub(super) struct Passed {
    /// What receiving it came to.
    pub(super) received: Received,
    /// It is what is left of a file in an archive that could not be opened.
    pub(super) unopened: bool,
}

impl<'o> Course<'o> {
    pub(super) fn new(observer: &'o mut dyn Observer) -> Self {
        Self {
            observer,
            of_several: false,
            received: 0,
            read: 0,
            to_read: 0,
            records: 0,
            documents: Vec::new(),
        }
    }

    /// More files come than this one.
    pub(super) fn goes_over_several(&mut self) {
        self.of_several = true;
    }

    /// Whoever watches.
    pub(super) fn observer(&mut self) -> &mut dyn Observer {
        self.observer
    }

    fn report(&mut self, stage: Stage, done: u64, total: Option<u64>, records: u64) -> Flow {
        self.observer.report(Progress { stage, done, total, records })
    }

    /// So many bytes of the file have been received.
    pub(super) fn receives(&mut self, bytes: u64, is_last: bool) -> Result<(), Error> {
        let done = self.received.saturating_add(bytes);
        if is_last {
            self.received = done;
        }
        go_on(self.report(Stage::Receiving, done, None, 0))
    }

    /// A file of this size is read now, as often as that: each look through it counts.
    pub(super) fn begins_to_read(&mut self, size: u64, looks: u64) {
        self.to_read = self.read.saturating_add(size.saturating_mul(looks));
    }

    /// A look through a file of this size is over, and so many records came of it.
    pub(super) fn has_looked_through(&mut self, size: u64, records: u64) {
        self.read = self.read.saturating_add(size).min(self.to_read);
        self.records = self.records.saturating_add(records);
    }

    /// Reading has come to this place of the file, with so many of its records.
    pub(super) fn reads(&mut self, place: u64, records: u64) -> Result<(), Error> {
        go_on(self.look(place, records))
    }

    /// Something is done about what has been looked through.
    pub(super) fn goes_on(&mut self) -> Result<(), Error> {
        self.reads(0, 0)
    }

    fn look(&mut self, place: u64, records: u64) -> Flow {
        let done = self.read.saturating_add(place).min(self.to_read);
        let total = Some(self.to_read).filter(|_| !self.of_several);
        self.report(Stage::Reading, done, total, self.records.saturating_add(records))
    }
}

fn go_on(flow: Flow) -> Result<(), Error> {
    match flow {
        Flow::Continue => Ok(()),
        Flow::Stop => Err(Error::new(ErrorCode::Stopped)),
    }
}

/// A stream that reports how far it was read: at its beginning, and at each step. A stop ends it with
/// [`VaultError::Stopped`].
pub(super) struct Watched<'c, 'o, R> {
    stream: R,
    course: &'c mut Course<'o>,
    done: u64,
    next: u64,
}

impl<'c, 'o, R> Watched<'c, 'o, R> {
    pub(super) fn new(stream: R, course: &'c mut Course<'o>) -> Self {
        Self { stream, course, done: 0, next: 0 }
    }
}

impl<R: Read> Read for Watched<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.done >= self.next {
            self.next = self.done.saturating_add(STEP);
            if self.course.look(self.done, 0) == Flow::Stop {
                return Err(io::Error::other(VaultError::Stopped));
            }
        }
        let read = self.stream.read(buffer)?;
        self.done = self.done.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(read)
    }
}
