//! Keeps a book in a process of its own, so that a story can end it at any moment, run it as somebody else, or find the
//! book taken. It does what it is told on its standard input, a line at a time, and says on its standard output what is
//! done: a line that was written stands for something that must never be lost.

use std::io::{BufRead, Write};
use std::path::Path;

use healthbook::own::{Note, OwnEntry};
use healthbook::{
    Argon2Cost, Book, Error, ExportForm, Flow, ImportOptions, KeyFile, NewBook, Ports, Progress, RecordId,
    RecoveryCode, Secret, SecretText, Stage, Ways,
};
use healthbook_scenarios::{ALL, PASSPHRASE, everything, mau};

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // Whoever started this program may be gone; then there is nobody to tell.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

struct Keeper {
    book: Option<Book>,
    key: Option<KeyFile>,
}

fn invalid() -> String {
    "error not-a-command".to_owned()
}

fn failed(error: &Error) -> String {
    format!("error {}", error.code().as_str())
}

impl Keeper {
    fn book(&self) -> &Book {
        self.book.as_ref().expect("a book is open")
    }

    fn id(&self, text: &str) -> RecordId {
        self.book().resolve(ALL, text).expect("a record of this identity")
    }

    /// What a command came to. Lines said before it are acknowledgements.
    fn obey(&mut self, command: &str, rest: &str) -> Result<String, Error> {
        let ports = Ports::system();
        match command {
            "key" => {
                self.key = Some(KeyFile::parse(rest, ports.random).expect("a key file"));
                Ok("key".to_owned())
            }
            "open" => {
                let key = self.key.as_ref().expect("a key");
                self.book = Some(Book::open(Path::new(rest), Secret::Keystore(key), ports)?);
                Ok("open".to_owned())
            }
            "create" => {
                let passphrase = SecretText::from(PASSPHRASE);
                let new = NewBook {
                    keystore: self.key.as_ref().map(|key| key as _),
                    passphrase: Some(&passphrase),
                    cost: Some(Argon2Cost::LEAST),
                    person: Some(mau()),
                    ..NewBook::default()
                };
                let (book, code) = Book::create(Path::new(rest), new, ports)?;
                self.book = Some(book);
                Ok(format!("created {}", code.to_text().expose()))
            }
            "import" => {
                let mut file = std::fs::File::open(rest)?;
                let options = ImportOptions {
                    name: Path::new(rest).file_name().map(|name| name.to_string_lossy().into_owned()),
                    any_person: true,
                    reading: ALL,
                    ..ImportOptions::default()
                };
                let report = self.book().import(&mut file, &options, &mut |progress: Progress| {
                    match progress.stage {
                        Stage::Receiving => say(&format!("received {}", progress.done)),
                        Stage::Reading => say(&format!("read {}", progress.records)),
                        _ => {}
                    }
                    Flow::Continue
                })?;
                Ok(format!("imported {} {} {}", report.records, report.new, report.quarantined))
            }
            // Adds numbered notes, changes each once, and deletes every third one.
            "write" => {
                let (from, to) = rest.split_once(' ').expect("two numbers");
                for n in from.parse::<u32>().expect("a number")..to.parse().expect("a number") {
                    let text = format!("ghi chú số {n}");
                    let id =
                        self.book().add_entry(&OwnEntry::Note(Note { text: text.clone(), at: None }), ALL)?;
                    say(&format!("added {id} {text}"));
                    let text = format!("ghi chú số {n}, sửa lại");
                    self.book().edit(ALL, id, &[("text".to_owned(), text.clone())])?;
                    say(&format!("edited {id} {text}"));
                    if n % 3 == 0 {
                        self.book().delete(ALL, id)?;
                        say(&format!("deleted {id}"));
                    }
                }
                Ok("written".to_owned())
            }
            "note" => {
                let note = OwnEntry::Note(Note { text: rest.to_owned(), at: None });
                Ok(format!("added {}", self.book().add_entry(&note, ALL)?))
            }
            "edit" => {
                let (id, text) = rest.split_once(' ').expect("an identity and a text");
                self.book().edit(ALL, self.id(id), &[("text".to_owned(), text.to_owned())])?;
                Ok("edited".to_owned())
            }
            "delete" => {
                self.book().delete(ALL, self.id(rest))?;
                Ok("deleted".to_owned())
            }
            "purge" => {
                self.book().purge(ALL, self.id(rest))?;
                Ok("purged".to_owned())
            }
            "search" => Ok(format!("found {}", self.book().search(ALL, rest, 50)?.len())),
            "count" => Ok(format!("count {}", everything(self.book(), ALL).len())),
            "export" => {
                let mut memory = Vec::new();
                let report = self.book().export_fhir(ALL, ExportForm::Bundle, &mut memory, &mut ())?;
                Ok(format!("exported {} {}", report.records, memory.len()))
            }
            "rotate" => {
                let passphrase = SecretText::from(PASSPHRASE);
                let ways = Ways {
                    keystore: self.key.as_ref().map(|key| key as _),
                    passphrase: Some(&passphrase),
                    cost: Some(Argon2Cost::LEAST),
                };
                let code: RecoveryCode = self.book().rotate_key(ways, &mut |progress: Progress| {
                    say(&format!("copied {}", progress.done));
                    Flow::Continue
                })?;
                Ok(format!("rotated {}", code.to_text().expose()))
            }
            "passphrase" => {
                self.book().change_passphrase(&SecretText::from(rest), Some(Argon2Cost::LEAST))?;
                Ok("changed".to_owned())
            }
            "verify" => Ok(format!("problems {}", self.book().verify(&mut ())?.len())),
            "suspend" => {
                self.book().suspend()?;
                Ok("suspended".to_owned())
            }
            "resume" => {
                self.book().resume()?;
                Ok("resumed".to_owned())
            }
            "lock" => {
                if let Some(book) = self.book.take() {
                    book.lock()?;
                }
                Ok("locked".to_owned())
            }
            _ => Ok(invalid()),
        }
    }
}

fn main() {
    let mut keeper = Keeper { book: None, key: None };
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        let (command, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match keeper.obey(command, rest) {
            Ok(done) => say(&done),
            Err(error) => say(&failed(&error)),
        }
    }
}
