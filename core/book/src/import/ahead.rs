//! Reading the next records of a document while the ones before them are written.
//!
//! A second thread reads and maps; it ends with the reading. One batch is written and one is read at a time, so that memory
//! does not grow with the document. What the caller sees is the same as without it: batches in their order, an error where
//! it stands among them, and the observer on the thread that called.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, scope};

use healthbook_formats::{Format, Item, Limits};
use healthbook_model::StackWipe;
use healthbook_vault::DocumentStream;

use super::{BATCH_BYTES, BATCH_RECORDS, extent};
use crate::error::Error;

/// While a batch of more bytes than this is written nothing is read: two records of the largest kind are not held at once.
const ALONE: usize = 2 * BATCH_BYTES;

/// Records to be written as one transaction.
pub(super) struct Batch {
    pub(super) items: Vec<Item>,
    /// The document ends with them.
    pub(super) last: bool,
    bytes: usize,
}

/// A document's records, batch by batch.
pub(super) struct Ahead {
    go: SyncSender<()>,
    found: Receiver<std::io::Result<Batch>>,
    /// The batch that was given last is too large for another one beside it.
    waits: bool,
}

impl Ahead {
    /// The next batch; `None` after the last one. The one before it has been written.
    fn next(&mut self) -> Option<std::io::Result<Batch>> {
        if std::mem::take(&mut self.waits) {
            self.go_on();
        }
        let batch = self.found.recv().ok()?;
        if let Ok(batch) = &batch {
            self.waits = batch.bytes > ALONE;
        }
        if !self.waits {
            self.go_on();
        }
        Some(batch)
    }

    /// Who has ended already reads no more.
    fn go_on(&self) {
        let _ = self.go.send(());
    }
}

/// Reads a document's records, and has each batch written by `write` while the next one is read. Ends with the document, or
/// with the first error.
///
/// # Errors
/// Of reading, or what `write` returns.
pub(super) fn read(
    stream: DocumentStream<'_>,
    format: Format,
    mut write: impl FnMut(Batch) -> Result<(), Error>,
) -> Result<(), Error> {
    scope(|scope| {
        // One word can wait, so that nobody waits to say it.
        let ((go, may_go), (hand, found)) = (sync_channel(1), sync_channel(0));
        let reader = Builder::new().spawn_scoped(scope, move || {
            let _wipe = StackWipe;
            read_batches(stream, format, &may_go, &hand);
        })?;
        let mut ahead = Ahead { go, found, waits: true };
        while let Some(batch) = ahead.next() {
            write(batch?)?;
        }
        reader.join().or_else(|panic| resume_unwind(panic))
    })
}

/// Hands batches up as long as somebody takes them.
fn read_batches(
    stream: DocumentStream<'_>,
    format: Format,
    may_go: &Receiver<()>,
    hand: &SyncSender<std::io::Result<Batch>>,
) {
    let mut items = healthbook_formats::records(format, Box::new(stream), Limits::default());
    while may_go.recv().is_ok() {
        let batch = next_batch(&mut *items);
        let goes_on = matches!(&batch, Ok(batch) if !batch.last);
        if hand.send(batch).is_err() || !goes_on {
            return;
        }
    }
}

fn next_batch(records: &mut dyn Iterator<Item = std::io::Result<Item>>) -> std::io::Result<Batch> {
    let mut batch = Batch { items: Vec::new(), last: false, bytes: 0 };
    while batch.items.len() < BATCH_RECORDS && batch.bytes < BATCH_BYTES {
        let Some(item) = records.next().transpose()? else {
            batch.last = true;
            break;
        };
        batch.bytes += extent(&item).0;
        batch.items.push(item);
    }
    Ok(batch)
}
