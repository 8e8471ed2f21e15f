//! The typed way in: entries whose fields a program knows.

use healthbook_model::{DocumentId, PartialDateTime};
use serde_json::{Value, json};

use super::change::compose;
use super::members::Members;
use super::{Decimal, OwnContext, OwnError};

/// A blood pressure reading, in mmHg; the pulse in beats a minute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BloodPressure {
    /// 40 to 350 mmHg.
    pub systolic: Decimal,
    /// 20 to 250 mmHg, not above the systolic one.
    pub diastolic: Decimal,
    /// 20 to 300 a minute.
    pub pulse: Option<Decimal>,
    /// When; now if not given.
    pub at: Option<PartialDateTime>,
    /// In the person's words.
    pub note: Option<String>,
}

/// A reading of one number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measurement {
    /// What was measured, by the word of its kind: `weight`, `height`, `waist`, `head`, `temperature`, `pulse`,
    /// `respiratory-rate`, `spo2`, `hba1c`, `steps`, `pain`.
    pub what: String,
    /// The number.
    pub value: Decimal,
    /// The unit as people or UCUM write it; the usual one if not given.
    pub unit: Option<String>,
    /// When; now if not given.
    pub at: Option<PartialDateTime>,
    /// In the person's words.
    pub note: Option<String>,
}

/// When a blood glucose was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GlucoseMoment {
    /// At any time.
    #[default]
    Random,
    /// Without having eaten for eight hours.
    Fasting,
    /// About two hours after a meal.
    AfterMeal,
}

/// A blood glucose reading; nothing is converted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glucose {
    /// 0.5 to 60 mmol/L, or 10 to 1100 mg/dL.
    pub value: Decimal,
    /// `mmol/L` (if not given) or `mg/dL`.
    pub unit: Option<String>,
    /// When, as to meals.
    pub moment: GlucoseMoment,
    /// When; now if not given.
    pub at: Option<PartialDateTime>,
    /// In the person's words.
    pub note: Option<String>,
}

/// A note in the person's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The text.
    pub text: String,
    /// When; now if not given.
    pub at: Option<PartialDateTime>,
}

/// A medicine that is, was or will be taken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Medicine {
    /// Its name.
    pub name: String,
    /// `500 mg`.
    pub strength: Option<String>,
    /// How much at a time, in the person's words.
    pub dose: Option<String>,
    /// How often, in the person's words.
    pub frequency: Option<String>,
    /// Since when.
    pub start: Option<PartialDateTime>,
    /// Until when.
    pub end: Option<PartialDateTime>,
    /// What for.
    pub reason: Option<String>,
    /// Whether it is still taken; follows from the end if not given.
    pub still_taking: Option<bool>,
    /// In the person's words.
    pub note: Option<String>,
}

/// An allergy or intolerance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Allergy {
    /// To what.
    pub name: String,
    /// What happened.
    pub reaction: Option<String>,
    /// `mild`, `moderate` or `severe`.
    pub severity: Option<String>,
    /// Since when.
    pub onset: Option<PartialDateTime>,
    /// In the person's words.
    pub note: Option<String>,
}

/// Whether a vaccine was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VaccineStatus {
    /// Given.
    #[default]
    Done,
    /// Not given.
    NotDone,
    /// Not given because the person did not want it.
    Refused,
}

/// A vaccination, or one that was not given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vaccine {
    /// Which vaccine.
    pub name: String,
    /// When.
    pub at: Option<PartialDateTime>,
    /// Which dose of the series, from 1.
    pub dose_number: Option<u8>,
    /// Lot number.
    pub lot: Option<String>,
    /// Where.
    pub place: Option<String>,
    /// Whether it was given.
    pub status: VaccineStatus,
    /// Why not, when it was not given.
    pub reason: Option<String>,
    /// In the person's words.
    pub note: Option<String>,
}

/// A disease or problem.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// Its name.
    pub name: String,
    /// Since when.
    pub onset: Option<PartialDateTime>,
    /// When it was over.
    pub resolved: Option<PartialDateTime>,
    /// In the person's words.
    pub note: Option<String>,
}

/// An operation or another procedure.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Procedure {
    /// Its name.
    pub name: String,
    /// When.
    pub at: Option<PartialDateTime>,
    /// Why.
    pub reason: Option<String>,
    /// Where.
    pub place: Option<String>,
    /// In the person's words.
    pub note: Option<String>,
}

/// A visit or a stay.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Visit {
    /// Where.
    pub place: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// When, or from when.
    pub at: Option<PartialDateTime>,
    /// Until when.
    pub end: Option<PartialDateTime>,
}

/// An appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    /// When: a time, or only a day.
    pub at: PartialDateTime,
    /// Where.
    pub place: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// In the person's words.
    pub note: Option<String>,
}

/// A disease of a relative.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FamilyHistory {
    /// Who, in the person's words: `mẹ`.
    pub relation: String,
    /// What.
    pub name: String,
    /// In the person's words.
    pub note: Option<String>,
}

/// What the person says of a document that the book keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The document.
    pub id: DocumentId,
    /// What it is called.
    pub title: String,
    /// Its media type.
    pub media_type: Option<String>,
    /// Its length in bytes.
    pub size: Option<u64>,
    /// The date on the paper.
    pub at: Option<PartialDateTime>,
    /// Who gave it out.
    pub place: Option<String>,
    /// In the person's words.
    pub note: Option<String>,
}

/// The book's person.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// Full name as it is written, family name first.
    pub name: Option<String>,
    /// Date of birth, as far as it is known.
    pub birth_date: Option<PartialDateTime>,
    /// FHIR administrative gender: `male`, `female`, `other`, `unknown`.
    pub sex: Option<String>,
    /// Citizen ID (CCCD): 12 digits, or the 9 of the old card.
    pub cccd: Option<String>,
    /// Health insurance number: 15 characters or 10 digits.
    pub bhyt: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// Address in one line.
    pub address: Option<String>,
}

/// A health insurance card (BHYT).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage {
    /// 15 characters or 10 digits.
    pub number: String,
    /// Valid from.
    pub start: Option<PartialDateTime>,
    /// Valid until.
    pub end: Option<PartialDateTime>,
    /// Registered facility (nơi đăng ký khám chữa bệnh ban đầu).
    pub place: Option<String>,
}

/// A periodic health check (khám sức khỏe định kỳ), as its paper has it; see [`crate::checkup`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checkup {
    /// When; now if not given.
    pub at: Option<PartialDateTime>,
    /// Where.
    pub place: Option<String>,
    /// In cm.
    pub height: Option<Decimal>,
    /// In kg.
    pub weight: Option<Decimal>,
    /// Systolic and diastolic, in mmHg.
    pub pressure: Option<(Decimal, Decimal)>,
    /// Beats a minute.
    pub pulse: Option<Decimal>,
    /// What was found, by the field of its part (`eyes`, `tests`, `conclusion`…; see [`fields`](super::fields)); the words
    /// of a specialty may begin with its class: `II: 8/10`.
    pub findings: Vec<(String, String)>,
    /// `I` to `V`, as the paper says; never worked out.
    pub class: Option<String>,
}

/// What a person writes into their own book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnEntry {
    /// A blood pressure reading.
    BloodPressure(BloodPressure),
    /// A reading of one number.
    Measurement(Measurement),
    /// A blood glucose reading.
    Glucose(Glucose),
    /// The blood group: `O+`.
    BloodGroup(String),
    /// A note.
    Note(Note),
    /// A medicine.
    Medicine(Medicine),
    /// An allergy.
    Allergy(Allergy),
    /// That no allergy is known.
    NoKnownAllergies {
        /// In the person's words.
        note: Option<String>,
    },
    /// A vaccination.
    Vaccine(Vaccine),
    /// A disease or problem.
    Condition(Condition),
    /// A procedure.
    Procedure(Procedure),
    /// A visit or a stay.
    Visit(Visit),
    /// An appointment.
    Appointment(Appointment),
    /// A disease of a relative.
    FamilyHistory(FamilyHistory),
    /// A kept document.
    Document(Document),
    /// The book's person.
    Person(Person),
    /// A health insurance card.
    Coverage(Coverage),
    /// A periodic health check.
    Checkup(Checkup),
}

/// Fields that were given.
#[derive(Default)]
struct Given(Vec<(String, String)>);

impl Given {
    fn with(mut self, field: &str, value: impl ToString) -> Self {
        self.0.push((field.to_owned(), value.to_string()));
        self
    }

    fn maybe(self, field: &str, value: Option<&impl ToString>) -> Self {
        match value {
            Some(value) => self.with(field, value.to_string()),
            None => self,
        }
    }
}

impl OwnEntry {
    /// The word of its kind, as in [`entry_kinds`](super::entry_kinds).
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::BloodPressure(_) => "bp",
            Self::Measurement(measurement) => &measurement.what,
            Self::Glucose(_) => "glucose",
            Self::BloodGroup(_) => "blood-group",
            Self::Note(_) => "note",
            Self::Medicine(_) => "medicine",
            Self::Allergy(_) => "allergy",
            Self::NoKnownAllergies { .. } => "no-known-allergies",
            Self::Vaccine(_) => "vaccine",
            Self::Condition(_) => "condition",
            Self::Procedure(_) => "procedure",
            Self::Visit(_) => "visit",
            Self::Appointment(_) => "appointment",
            Self::FamilyHistory(_) => "family-history",
            Self::Document(_) => "document",
            Self::Person(_) => "person",
            Self::Coverage(_) => "coverage",
            Self::Checkup(_) => "checkup",
        }
    }

    fn given(&self) -> Given {
        let given = Given::default();
        match self {
            Self::BloodPressure(bp) => given
                .with("systolic", &bp.systolic)
                .with("diastolic", &bp.diastolic)
                .maybe("pulse", bp.pulse.as_ref())
                .maybe("at", bp.at.as_ref())
                .maybe("note", bp.note.as_ref()),
            Self::Measurement(m) => given
                .with("value", &m.value)
                .maybe("unit", m.unit.as_ref())
                .maybe("at", m.at.as_ref())
                .maybe("note", m.note.as_ref()),
            Self::Glucose(g) => given
                .with("value", &g.value)
                .maybe("unit", g.unit.as_ref())
                .with(
                    "moment",
                    match g.moment {
                        GlucoseMoment::Random => "random",
                        GlucoseMoment::Fasting => "fasting",
                        GlucoseMoment::AfterMeal => "after-meal",
                    },
                )
                .maybe("at", g.at.as_ref())
                .maybe("note", g.note.as_ref()),
            Self::BloodGroup(group) => given.with("value", group),
            Self::Note(note) => given.with("text", &note.text).maybe("at", note.at.as_ref()),
            Self::Medicine(m) => given
                .with("name", &m.name)
                .maybe("strength", m.strength.as_ref())
                .maybe("dose", m.dose.as_ref())
                .maybe("frequency", m.frequency.as_ref())
                .maybe("start", m.start.as_ref())
                .maybe("end", m.end.as_ref())
                .maybe("reason", m.reason.as_ref())
                .maybe(
                    "status",
                    m.still_taking.map(|still| if still { "taking" } else { "finished" }).as_ref(),
                )
                .maybe("note", m.note.as_ref()),
            Self::Allergy(a) => given
                .with("name", &a.name)
                .maybe("reaction", a.reaction.as_ref())
                .maybe("severity", a.severity.as_ref())
                .maybe("onset", a.onset.as_ref())
                .maybe("note", a.note.as_ref()),
            Self::NoKnownAllergies { note } => given.maybe("note", note.as_ref()),
            Self::Vaccine(v) => given
                .with("name", &v.name)
                .maybe("at", v.at.as_ref())
                .maybe("dose-number", v.dose_number.as_ref())
                .maybe("lot", v.lot.as_ref())
                .maybe("place", v.place.as_ref())
                .with(
                    "status",
                    match v.status {
                        VaccineStatus::Done => "done",
                        VaccineStatus::NotDone => "not-done",
                        VaccineStatus::Refused => "refused",
                    },
                )
                .maybe("reason", v.reason.as_ref())
                .maybe("note", v.note.as_ref()),
            Self::Condition(c) => given
                .with("name", &c.name)
                .maybe("onset", c.onset.as_ref())
                .maybe("resolved", c.resolved.as_ref())
                .maybe("note", c.note.as_ref()),
            Self::Procedure(p) => given
                .with("name", &p.name)
                .maybe("at", p.at.as_ref())
                .maybe("reason", p.reason.as_ref())
                .maybe("place", p.place.as_ref())
                .maybe("note", p.note.as_ref()),
            Self::Visit(v) => given
                .maybe("place", v.place.as_ref())
                .maybe("reason", v.reason.as_ref())
                .maybe("at", v.at.as_ref())
                .maybe("end", v.end.as_ref()),
            Self::Appointment(a) => given
                .with("at", a.at)
                .maybe("place", a.place.as_ref())
                .maybe("name", a.name.as_ref())
                .maybe("reason", a.reason.as_ref())
                .maybe("note", a.note.as_ref()),
            Self::FamilyHistory(f) => {
                given.with("relation", &f.relation).with("name", &f.name).maybe("note", f.note.as_ref())
            }
            Self::Document(d) => given
                .with("title", &d.title)
                .maybe("at", d.at.as_ref())
                .maybe("place", d.place.as_ref())
                .maybe("note", d.note.as_ref()),
            Self::Person(p) => given
                .maybe("name", p.name.as_ref())
                .maybe("birth-date", p.birth_date.as_ref())
                .maybe("sex", p.sex.as_ref())
                .maybe("cccd", p.cccd.as_ref())
                .maybe("bhyt", p.bhyt.as_ref())
                .maybe("phone", p.phone.as_ref())
                .maybe("address", p.address.as_ref()),
            Self::Coverage(c) => given
                .with("number", &c.number)
                .maybe("start", c.start.as_ref())
                .maybe("end", c.end.as_ref())
                .maybe("place", c.place.as_ref()),
            Self::Checkup(c) => {
                let pressure = c.pressure.as_ref().map(|(high, low)| format!("{high}/{low}"));
                let given = given
                    .maybe("at", c.at.as_ref())
                    .maybe("place", c.place.as_ref())
                    .maybe("height", c.height.as_ref())
                    .maybe("weight", c.weight.as_ref())
                    .maybe("bp", pressure.as_ref())
                    .maybe("pulse", c.pulse.as_ref())
                    .maybe("class", c.class.as_ref());
                c.findings.iter().fold(given, |given, (part, words)| given.with(part, words))
            }
        }
    }

    /// Writes it as FHIR R4 JSON: UTF-8, compact, in a fixed order.
    ///
    /// # Errors
    /// When a value is beyond its bounds or not of its form; see [`OwnError`].
    pub fn to_fhir(&self, ctx: &OwnContext) -> Result<Vec<u8>, OwnError> {
        let bytes = compose(self.kind(), &self.given().0, ctx)?;
        let Self::Document(document) = self else { return Ok(bytes) };
        let mut record = Members::parse(&bytes)?;
        let mut content = record.get("content").unwrap_or_else(|| json!([{ "attachment": {} }]));
        let old = content[0]["attachment"].take();
        let mut attachment = json!({});
        if let Some(media_type) = &document.media_type {
            attachment["contentType"] = Value::from(media_type.as_str());
        }
        attachment["url"] = Value::from(format!("urn:uuid:{}", document.id));
        if let Some(size) = document.size.and_then(|size| u32::try_from(size).ok()) {
            attachment["size"] = Value::from(size);
        }
        for key in ["title", "creation"] {
            if !old[key].is_null() {
                attachment[key] = old[key].clone();
            }
        }
        content[0]["attachment"] = attachment;
        record.put("content", content);
        Ok(record.to_bytes())
    }
}
