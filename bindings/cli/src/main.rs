//! `healthbook`: the health book in a terminal, over the same facade as the apps.

#![forbid(unsafe_code)]

mod args;
mod command;
mod failure;
mod help;
mod input;
mod language;
mod out;
mod progress;
mod render;
mod secret;
mod session;
mod stop;
mod terminal;
mod when;
mod words;

use std::process::ExitCode;

/// What the program gives back of its memory is wiped first: records and secrets pass through many hands on their way to
/// the screen.
#[global_allocator]
static WIPING: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    session::run(std::env::args_os().collect())
}
