//! Bytes to records and back: FHIR R4, Vietnamese claim XML, cards.
//!
//! Everything here is pure: bytes go in, values come out, and nothing else happens. Nothing panics on any input,
//! nothing is allocated by a length that was not checked, and what cannot be read is handed up as a
//! [`Rejected`] that says where, while the rest goes on.
//!
//! ```
//! use healthbook_formats::{Format, Item, Limits, detect, records};
//!
//! let file = br#"{"resourceType":"Observation","id":"bp","status":"final","code":{"text":"Weight"},
//!     "valueQuantity":{"value":60.50,"unit":"kg"}}"#;
//! assert_eq!(detect(file), Format::FhirJson);
//! for item in records(Format::FhirJson, Box::new(&file[..]), Limits::default()) {
//!     match item? {
//!         Item::Record(record) => assert_eq!(record.entry.value.as_deref(), Some("60.50 kg")),
//!         Item::Rejected(rejected) => println!("{}: {}", rejected.at, rejected.refusal.as_str()),
//!     }
//! }
//! # Ok::<(), std::io::Error>(())
//! ```

pub mod archive;
pub mod blank;
pub mod card;
pub mod checkup;
pub mod claim;
mod detect;
pub mod fhir;
pub mod gist;
pub mod names;
pub mod own;
pub mod sensitive;
pub mod view;

pub use detect::{Format, detect};
pub use fhir::{attachment, entry};

use std::io::Read;

use healthbook_model::{Incoming, Refusal, Rejected};

/// How much a file may ask for before it is refused.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest single record (a resource, a HOSO), in bytes. Peak memory follows it, never the file: two to three times what
    /// the largest record takes, four times for a document Bundle inside another.
    pub resource_bytes: usize,
    /// How much of a Bundle that is only an envelope is kept for the case that a signature stands at its end.
    pub envelope_bytes: usize,
    /// Deepest nesting of JSON or XML. Values over 500 are taken as 500.
    pub depth: usize,
    /// Most values (objects, lists, strings, numbers) in one record. A value costs up to eighty bytes of memory while its
    /// record is read; the largest resource that HL7 publishes has 108,021.
    pub values: usize,
    /// Most records of one document.
    pub records: u64,
    /// Most bytes that a compressed file or member may become.
    pub inflated_bytes: u64,
    /// How many times larger than its compressed form a stream may become (looked at from 16 MiB on).
    pub inflated_ratio: u64,
    /// Most members of an archive.
    pub members: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            resource_bytes: 64 << 20,
            envelope_bytes: 8 << 20,
            depth: 200,
            values: 400_000,
            records: 10_000_000,
            inflated_bytes: 8 << 30,
            inflated_ratio: 250,
            members: 20_000,
        }
    }
}

/// What a reader found next in a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// A record.
    Record(Box<Incoming>),
    /// A stretch that could not be read.
    Rejected(Rejected),
}

/// The people that a document describes, in one light pass: whom its records are about can be told before the first of them
/// is read. Formats that describe nobody ([`Format::describes_people`]) give nobody.
///
/// # Errors
/// As [`records`].
pub fn people<'a>(
    format: Format,
    reader: Box<dyn Read + 'a>,
    limits: Limits,
) -> Box<dyn Iterator<Item = std::io::Result<Box<Incoming>>> + 'a> {
    match format {
        Format::FhirJson => Box::new(fhir::Records::people(reader, limits, false)),
        Format::FhirNdjson => Box::new(fhir::Records::people(reader, limits, true)),
        Format::ClaimXml => claim::people(reader, limits),
        Format::HealthCheckXml => claim::check::people(reader, limits),
        _ => Box::new(std::iter::empty()),
    }
}

/// Reads a document's records one by one. Memory is bounded by the largest single record (see [`Limits`]), never
/// by the file.
///
/// Formats without records of their own (pictures, papers, text) give nothing: they are documents only. Formats
/// that are known and not read as records (FHIR XML, health cards, age files, archives, which
/// [`archive`] opens) give one [`Refusal::Unsupported`] for the whole document.
///
/// # Errors
/// The iterator's `Err` is only the reader's own I/O error; it ends after it. What cannot be read comes as
/// [`Item::Rejected`] and the rest goes on.
pub fn records<'a>(
    format: Format,
    reader: Box<dyn Read + 'a>,
    limits: Limits,
) -> Box<dyn Iterator<Item = std::io::Result<Item>> + 'a> {
    match format {
        Format::FhirJson => Box::new(fhir::Records::new(reader, limits, false)),
        Format::FhirNdjson => Box::new(fhir::Records::new(reader, limits, true)),
        Format::ClaimXml => claim::records(reader, limits),
        Format::HealthCheckXml => claim::check::records(reader, limits),
        Format::FhirXml
        | Format::HealthCardFile
        | Format::HealthCardText
        | Format::HealthLink
        | Format::Age
        | Format::Gzip
        | Format::Zip => Box::new(fhir::refuse_whole(reader, Refusal::Unsupported)),
        Format::Empty
        | Format::CccdQr
        | Format::BhytQr
        | Format::Docx
        | Format::Xlsx
        | Format::Pptx
        | Format::Odt
        | Format::Ods
        | Format::Odp
        | Format::Epub
        | Format::Jar
        | Format::PackedDocument
        | Format::Pdf
        | Format::Jpeg
        | Format::Png
        | Format::Gif
        | Format::Webp
        | Format::Tiff
        | Format::Heic
        | Format::Dicom
        | Format::Text
        | Format::Unknown => Box::new(std::iter::empty()),
    }
}
