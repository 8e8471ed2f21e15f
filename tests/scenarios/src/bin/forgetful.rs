//! Has a book, works with it, and locks it, in a process of its own whose memory a story then looks through. It holds its
//! secrets in disguise and says them in disguise, so that what is found is the book's doing.

use std::io::BufRead;
use std::path::Path;

use data_encoding::HEXLOWER;
use healthbook::own::{Note, OwnEntry};
use healthbook::{
    Argon2Cost, Book, Error, ExportForm, ImportOptions, NewBook, Ports, Query, RecoveryCode, Secret, Ways,
};
use healthbook_scenarios::memory::{Disguise, masked, note, passphrase};
use healthbook_scenarios::{ALL, everything};

/// As a program that embeds the book is to have it: memory is wiped when it is given back.
#[global_allocator]
static WIPING: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

/// Says a recovery code in disguise.
fn say_code(code: &RecoveryCode) {
    println!("code {}", HEXLOWER.encode(&masked(code.to_text().expose().as_bytes())));
}

/// Goes on when it is told to.
fn wait(word: &str) {
    println!("{word}");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).expect("a line");
}

/// Looks at everything, as an app does.
fn look_through(book: &Book) -> Result<(), Error> {
    for item in everything(book, ALL) {
        book.show(ALL, item.id)?;
        book.raw(ALL, item.id)?;
        book.versions(ALL, item.id)?;
    }
    book.timeline(ALL, &Query::default(), None, 50)?;
    book.search(ALL, "khe chua", 10)?;
    book.export_fhir(ALL, ExportForm::Bundle, &mut std::io::sink(), &mut ())?;
    Ok(())
}

fn work(dir: &Path, file: &Path) -> Result<(), Error> {
    let passphrase = passphrase();
    let ways =
        Ways { keystore: Some(&Disguise), passphrase: Some(&passphrase), cost: Some(Argon2Cost::LEAST) };
    let new = NewBook {
        keystore: Some(&Disguise),
        passphrase: Some(&passphrase),
        cost: Some(Argon2Cost::LEAST),
        ..NewBook::default()
    };
    let (book, code) = Book::create(dir, new, Ports::system())?;
    say_code(&code);
    wait("made");
    let options = ImportOptions { any_person: true, reading: ALL, ..ImportOptions::default() };
    book.import(&mut std::fs::File::open(file)?, &options, &mut ())?;
    book.add_entry(&OwnEntry::Note(Note { text: note().expose().to_owned(), at: None }), ALL)?;
    look_through(&book)?;
    assert!(book.proves(&code)?);
    wait("open");
    book.lock()?;

    // Every way in, and a new key.
    drop(Book::open(dir, Secret::Recovery(&code), Ports::system())?);
    let book = Book::open(dir, Secret::Passphrase(&passphrase), Ports::system())?;
    say_code(&book.rotate_key(ways, &mut ())?);
    book.lock()?;
    let book = Book::open(dir, Secret::Keystore(&Disguise), Ports::system())?;
    look_through(&book)?;
    book.verify(&mut ())?;
    book.lock()
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    work(Path::new(&arguments[1]), Path::new(&arguments[2])).expect("all of it");
    wait("locked");
}
