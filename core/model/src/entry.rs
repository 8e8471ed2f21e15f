//! What the book's index knows of a record without reading its bytes again.

use crate::{Coding, Identifier, Kind, PartialDateTime};

/// Whether a record states a fact, and if not, why. Lists mark everything that is not [`Standing::Current`];
/// charts, classes and summaries leave it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Standing {
    /// A plain record of something that is or was so.
    Current = 0,
    /// Meant to happen: proposed, ordered, booked, recommended, still a draft.
    Planned = 1,
    /// Once so, now over: resolved, inactive, stopped, expired.
    Past = 2,
    /// Did not happen: refused, cancelled, not taken.
    NotDone = 3,
    /// Says that something is not so: refuted, "no known allergies".
    Negated = 4,
    /// Suspected, not confirmed.
    Unconfirmed = 5,
    /// The source says that it was a mistake.
    EnteredInError = 6,
    /// Taken out of the lists by the person, or by the source that sent it.
    Deleted = 7,
}

impl Standing {
    /// All standings, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Current,
        Self::Planned,
        Self::Past,
        Self::NotDone,
        Self::Negated,
        Self::Unconfirmed,
        Self::EnteredInError,
        Self::Deleted,
    ];

    /// The word used in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Planned => "planned",
            Self::Past => "past",
            Self::NotDone => "not-done",
            Self::Negated => "negated",
            Self::Unconfirmed => "unconfirmed",
            Self::EnteredInError => "entered-in-error",
            Self::Deleted => "deleted",
        }
    }

    /// The stored number.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The standing of a stored number.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|s| i64::from(s.number()) == number)
    }

    /// Whether the record says that something is or was so: only such records enter charts and classes.
    #[must_use]
    pub fn is_fact(self) -> bool {
        matches!(self, Self::Current | Self::Past)
    }
}

/// Whether a record is shown without being asked for by name. A gate on the screen, not another key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Sensitivity {
    /// Shown in lists.
    #[default]
    Ordinary,
    /// Shown only when restricted records are asked for.
    Restricted,
}

/// How a record hangs on another one. Only relations that the book acts on are indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Rel {
    /// Belongs to this visit (`encounter`, `context`).
    Encounter = 0,
    /// Is a part of (`partOf`).
    PartOf = 1,
    /// Holds as a member (`result`, `hasMember`).
    HasMember = 2,
    /// Was derived from (`derivedFrom`), or tells of it in any field that no other relation is read from
    /// (`Task.focus`, `Provenance.target`).
    DerivedFrom = 3,
    /// Was done because of this order (`basedOn`, `authorizingPrescription`, `request`).
    BasedOn = 4,
    /// Was done for this reason (`reasonReference`, `diagnosis.condition`, `addresses`).
    Reason = 5,
    /// Names this medicine (`medicationReference`).
    Medication = 6,
    /// Goes with this visit and does not belong to it (`supportingInformation`).
    Beside = 7,
}

impl Rel {
    /// The stored number.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }
}

/// A pointer to another record of the same source.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// What the pointer means.
    pub rel: Rel,
    /// The target's resource type; `None` when only its id is known (`urn:uuid:`).
    pub resource_type: Option<String>,
    /// The target's id at its source.
    pub id: String,
}

/// Whom a record is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Nobody in particular: an organisation, a medicine, a code system.
    Nobody,
    /// A record about a person that does not say which.
    Unsaid,
    /// The person this reference points to. `resource_type` is `None` for `urn:uuid:`.
    Person {
        /// The target's resource type, `Patient` as a rule.
        resource_type: Option<String>,
        /// The target's id at its source.
        id: String,
        /// Base URL of its server, when the reference is an absolute address.
        server: Option<String>,
    },
    /// It is itself the description of a person (Patient).
    Itself(Box<PersonClues>),
}

/// By what a person is recognised.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct PersonClues {
    /// Identifiers with their systems.
    pub identifiers: Vec<Identifier>,
    /// Full names as written, the usual one first.
    pub names: Vec<String>,
    /// Date of birth, as precise as the source has it.
    pub birth_date: Option<PartialDateTime>,
    /// FHIR administrative gender: `male`, `female`, `other`, `unknown`.
    pub sex: Option<String>,
}

/// One number that a chart can draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// What was measured.
    pub code: Coding,
    /// The value, for charts only: what is shown is [`Point::text`]. Infinite where it is more than a float holds.
    pub value: f64,
    /// The digits as the source wrote them; after their comparator and a space where they are only a bound (`< 5`).
    pub text: String,
    /// The unit as the source wrote it (UCUM code where there is one).
    pub unit: String,
}

/// A file inside a resource (`Attachment`, `Binary`), or one that it points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Where it is in the resource, as a JSON Pointer (RFC 6901) to the object that holds `data` or `url`.
    pub pointer: String,
    /// MIME type as written.
    pub media_type: Option<String>,
    /// Title as written.
    pub title: Option<String>,
    /// Address as written, when the bytes are not inside.
    pub url: Option<String>,
    /// Whether the bytes are inside the resource.
    pub inline: bool,
}

/// The index entry of a version: everything that lists, filters, search and charts need.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// FHIR resource type.
    pub resource_type: String,
    /// The shelf it stands on.
    pub kind: Kind,
    /// Whether it states a fact.
    pub standing: Standing,
    /// When it happened or began; `None` is shown as undated.
    pub start: Option<PartialDateTime>,
    /// When it ended.
    pub end: Option<PartialDateTime>,
    /// What it is called: the source's text, else a display, else the code itself.
    pub title: String,
    /// The code to name in the reader's language, when the source gave no text of its own.
    pub title_code: Option<Coding>,
    /// One more line, such as a dose or a reaction.
    pub subtitle: Option<String>,
    /// The value with its unit, ready to show, digits as written.
    pub value: Option<String>,
    /// Who did it or where: organisation or facility, else the performer.
    pub facility: Option<String>,
    /// Set on arrival from security labels and codes. Of a document Bundle: from what labels the document as a whole.
    pub sensitivity: Sensitivity,
    /// What a record says that sums others up, and what the parts of a document Bundle say, each of which is a record of its
    /// own: it restricts the summary, and not what it sums up.
    pub parts: Sensitivity,
    /// All codes it can be found by.
    pub codes: Vec<Coding>,
    /// Numbers for charts. Empty unless the record states a fact.
    pub points: Vec<Point>,
    /// Its business identifiers.
    pub identifiers: Vec<Identifier>,
    /// What it hangs on.
    pub references: Vec<Reference>,
    /// Files inside it.
    pub attachments: Vec<Attachment>,
    /// Words that find it, beside title, subtitle, value and facility.
    pub search_text: String,
    /// Whom it is about.
    pub subject: Subject,
    /// `meta.lastUpdated` (claims: NGAYLAP), in milliseconds since 1970-01-01 UTC. With
    /// [`Entry::version_id`] it decides which of a source's versions is the newest.
    pub last_updated: Option<i64>,
    /// `meta.versionId`.
    pub version_id: Option<String>,
}
