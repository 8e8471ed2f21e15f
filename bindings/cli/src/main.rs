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

fn main() -> ExitCode {
    session::run(std::env::args_os().collect())
}
