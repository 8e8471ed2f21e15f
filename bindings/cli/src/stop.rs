//! Ctrl-C: the first one asks the running call to stop at its next safe point, the second one ends at once. Every
//! change of a book is one transaction, so that it is whole either way.

use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use healthbook::{ErrorCode, Lang};

use crate::terminal;

static ASKED: AtomicBool = AtomicBool::new(false);
static WATCHED: AtomicUsize = AtomicUsize::new(0);

/// While it lives, somebody looks at [`asked`] from time to time.
pub(crate) struct Watching(());

impl Watching {
    pub(crate) fn start() -> Self {
        WATCHED.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        WATCHED.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether the person asked to stop.
pub(crate) fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}

/// Takes Ctrl-C over. Where the system refuses that, Ctrl-C ends the program at once, as it always did.
pub(crate) fn listen(lang: Lang) {
    let ends = move || {
        let again = ASKED.swap(true, Ordering::SeqCst);
        if again || WATCHED.load(Ordering::SeqCst) == 0 {
            terminal::show_typing();
            let (code, sentence) = (ErrorCode::Stopped.as_str(), ErrorCode::Stopped.sentence(lang));
            drop(writeln!(std::io::stderr(), "\nerror[{code}]: {sentence}"));
            std::process::exit(1);
        }
    };
    drop(ctrlc::set_handler(ends));
}
