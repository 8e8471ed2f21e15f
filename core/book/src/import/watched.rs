//! Reading that whoever watches hears of, and can stop, where nothing else comes of it for a long time.

use std::io::{self, Read};

use healthbook_model::{Flow, Observer, Progress, Stage};
use healthbook_vault::VaultError;

/// Bytes from one report to the next.
const STEP: u64 = 1 << 20;

/// A stream that reports how far it was read: at its beginning, and at each step. A stop ends it with
/// [`VaultError::Stopped`].
pub(super) struct Watched<'o, R> {
    stream: R,
    total: u64,
    observer: &'o mut dyn Observer,
    done: u64,
    next: u64,
}

impl<'o, R> Watched<'o, R> {
    pub(super) fn new(stream: R, total: u64, observer: &'o mut dyn Observer) -> Self {
        Self { stream, total, observer, done: 0, next: 0 }
    }
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.done >= self.next {
            self.next = self.done.saturating_add(STEP);
            let progress =
                Progress { stage: Stage::Reading, done: self.done, total: Some(self.total), records: 0 };
            if self.observer.report(progress) == Flow::Stop {
                return Err(io::Error::other(VaultError::Stopped));
            }
        }
        let read = self.stream.read(buffer)?;
        self.done = self.done.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(read)
    }
}
