//! A personal health book: one encrypted file on the person's own phone, filled from hospitals and files, losslessly,
//! corrected by the person, found again, and taken out whole.
//!
//! ```
//! use healthbook::own::{BloodPressure, OwnEntry};
//! use healthbook::{Argon2Cost, Book, ImportOptions, NewBook, Ports, Query, Reading, Secret, SecretText};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let dir = folder.path().join("book");
//! let passphrase = SecretText::from("bốn con mèo ngủ trưa");
//! let new = NewBook {
//!     passphrase: Some(&passphrase),
//! #   cost: Some(Argon2Cost::LEAST),
//!     person: Some(healthbook::own::Person {
//!         name: Some("Nguyễn Thị Mẫu".into()),
//!         birth_date: Some("1958-03-12".parse()?),
//!         sex: Some("female".into()),
//!         ..Default::default()
//!     }),
//!     ..Default::default()
//! };
//! // The recovery code is shown once, written down, and kept nowhere.
//! let (book, recovery_code) = Book::create(&dir, new, Ports::system())?;
//! assert_eq!(recovery_code.to_text().expose().len(), 8 * 6 + 7);
//!
//! // What a hospital gave. Its records wait on a shelf unless they are about this person.
//! let file = r#"{"resourceType":"Bundle","type":"collection","entry":[
//!   {"fullUrl":"https://hospital.example/fhir/Patient/1","resource":{"resourceType":"Patient","id":"1",
//!     "name":[{"text":"NGUYEN THI MAU"}],"birthDate":"1958-03-12","gender":"female"}},
//!   {"fullUrl":"https://hospital.example/fhir/Observation/7","resource":{"resourceType":"Observation","id":"7",
//!     "status":"final","subject":{"reference":"Patient/1"},"code":{"text":"Đường huyết"},
//!     "effectiveDateTime":"2026-01-15","valueQuantity":{"value":7.20,"unit":"mmol/L"}}}]}"#;
//! let report = book.import(&mut file.as_bytes(), &ImportOptions::default(), &mut ())?;
//! assert_eq!((report.new, report.not_confirmed), (2, 0));
//!
//! // What the person measures at home.
//! book.add_entry(&OwnEntry::BloodPressure(BloodPressure {
//!     systolic: "128".parse()?,
//!     diastolic: "79".parse()?,
//!     pulse: None,
//!     at: Some("2026-01-16T07:10".parse()?),
//!     note: None,
//! }), Reading::default())?;
//!
//! let page = book.timeline(Reading::default(), &Query::default(), None, 50)?;
//! assert_eq!(page.items[1].value.as_deref(), Some("7.20 mmol/L"));
//! assert_eq!(book.search(Reading::default(), "duong huyet", 10)?[0].id, page.items[1].id);
//!
//! book.lock()?;
//! let again = Book::open(&dir, Secret::Passphrase(&passphrase), Ports::system())?;
//! assert!(again.verify(&mut ())?.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! Every call blocks; nothing here opens a socket, reads a clock of its own or leaves a thread behind (an import reads
//! ahead on a second one, which ends with it). Calls may come from any thread. Long ones take an [`Observer`] that is told
//! how far they are and can say stop; no lock is held meanwhile.

mod book;
mod by_name;
mod csv;
mod export;
mod files;
mod import;
mod item;
mod keys;
mod matching;
mod person;
mod report;
mod scan;
mod session;
mod shelf;
mod trend;
mod whose;
mod write;

mod error;

pub use book::{Book, Erased, NewBook, Page, Ports, Query, SystemClock};
pub use by_name::NamePage;
pub use error::{Error, ErrorCode};
pub use export::{ExportForm, ExportReport};
pub use import::{ImportOptions, ImportReport, RemapReport};
pub use item::{Item, Reading};
pub use person::{Emergency, Glimpse, PersonCard, Review};
pub use report::Stats;
pub use scan::{CardAnswer, CardFit, Difference, InsuranceCard, SavedCard, Scanned, scan};
pub use trend::{By, Group, MOST_DECIMALS, Summary, Trend, TrendLine, TrendPoint};
pub use write::Link;

pub use healthbook_formats::names;
pub use healthbook_formats::own;
pub use healthbook_formats::view::{Row, Section, View};
pub use healthbook_formats::{Format, detect};
pub use healthbook_model::{
    Clock, Coding, DocumentId, Flow, Identifier, Keystore, KeystoreError, Kind, Lang, Observer,
    PartialDateTime, Precision, Progress, Random, RandomError, RecordId, Refusal, SecretBytes, SecretText,
    Stage, Standing, Timestamp,
};
pub use healthbook_vault::keys::{
    Argon2Cost, KeyFile, KeyFileError, RecoveryCode, Secret, SlotKind, SystemRandom,
};
pub use healthbook_vault::{
    AttachmentCursor, AttachmentListed, AuditLine, ChangeCursor, ConsentLine, Counts, Cursor, DocumentListed,
    DocumentStream, LinkRel, Problem, PurgePlan, Quarantined, Sample, SampleValue, SourceCount, Version,
    Waiting, Ways,
};
