//! What is passed over unread: how sensitive it looks is told all the same.

use std::io::{self, Read};

use healthbook_model::{Refusal, Rejected, Sensitivity, Span};

use super::walk;
use super::window::Window;
use crate::Item;

/// Bytes of a piece that are looked at once more with the next one, so that nothing is missed that stands across two.
const OVERLAP: usize = 256;

/// Passes over all that is left of a file, and tells how sensitive it looks.
pub(super) fn drain(window: &mut Window<'_>) -> io::Result<Sensitivity> {
    let mut sensitivity = Sensitivity::Ordinary;
    let mut tail: Vec<u8> = Vec::new();
    window.drain(|piece| {
        // It is as sensitive as can be already.
        if sensitivity == Sensitivity::Restricted {
            return;
        }
        tail.extend_from_slice(piece.get(..OVERLAP.min(piece.len())).unwrap_or_default());
        sensitivity = walk::raw_sensitivity(&tail).max(walk::raw_sensitivity(piece));
        tail.clear();
        tail.extend_from_slice(piece.get(piece.len().saturating_sub(OVERLAP)..).unwrap_or_default());
    })?;
    Ok(sensitivity)
}

/// One refusal for a whole document that is known and not read.
pub(crate) fn refuse_whole<'r>(
    reader: Box<dyn Read + 'r>,
    refusal: Refusal,
) -> impl Iterator<Item = io::Result<Item>> + 'r {
    let mut window = Some(Window::new(reader));
    std::iter::from_fn(move || {
        let mut window = window.take()?;
        Some(drain(&mut window).map(|sensitivity| {
            let span = Span::plain(0, window.offset());
            Item::Rejected(Rejected { span, refusal, at: "line 1, column 1".into(), sensitivity })
        }))
    })
}
