//! What a person writes into their own book, as FHIR R4.
//!
//! An entry is made of fields with plain names (`systolic`, `name`, `at`…); [`compose`] turns them into a resource,
//! [`edit`] changes them in a resource, and [`correction`] puts a corrected copy beside a hospital's record. The
//! same field means the same element in all three, and every value is checked in one place. [`OwnEntry`] is the
//! typed way in for programs.
//!
//! What is written follows the base resources of FHIR R4, the vital-signs profiles where one fits (LOINC codes,
//! UCUM units), and the identifier systems of VN Core 0.6. Every resource carries the integrity label `PATAST`
//! ("patient asserted", HL7 v3 ObservationValue) in `meta.security`, so that a doctor's system sees who said it.

mod change;
mod correct;
mod decimal;
mod entry;
mod error;
mod field;
mod input;
mod measure;
mod members;
mod set;

pub use change::{compose, edit, fields_of_record};
pub use correct::correction;
pub use decimal::{Decimal, InvalidDecimal};
pub use entry::{
    Allergy, Appointment, BloodPressure, Checkup, Condition, Coverage, Document, FamilyHistory, Glucose,
    GlucoseMoment, Measurement, Medicine, Note, OwnEntry, Person, Procedure, Vaccine, VaccineStatus, Visit,
};
pub use error::OwnError;
pub use field::{EntryKind, FieldSpec, entry_kinds, fields};

use healthbook_model::{Lang, RecordId, Timestamp};

/// Category of the Communication that a person's note is, beside LOINC's "Patient Note" (51855-5): it makes the
/// record one of the kind [`Note`](healthbook_model::Kind::Note).
pub const NOTE_CATEGORY: &str = "note";

/// What an entry is written with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnContext {
    /// The record's identity; its UUID is the FHIR id.
    pub id: RecordId,
    /// Now.
    pub recorded: Timestamp,
    /// Where the person is, in minutes east of UTC: added to times that name no offset.
    pub offset: i16,
    /// The language of what is written for reading.
    pub lang: Lang,
    /// The book's person: `Patient/<id>`. `None` when the book has no Patient yet.
    pub person_reference: Option<String>,
}

#[cfg(test)]
mod tests;
