//! What a record is for the reader: the shelves of the book.

use std::fmt;
use std::str::FromStr;

macro_rules! kinds {
    ($( $(#[$doc:meta])* $name:ident = $number:literal, $text:literal; )*) => {
        /// The kind of a record, as lists and filters use it. Stored as a number that never changes its meaning.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Kind { $( $(#[$doc])* $name = $number, )* }

        impl Kind {
            /// Every kind, in the order of their numbers.
            pub const ALL: &'static [Self] = &[ $( Self::$name, )* ];

            /// The word used in filters and JSON.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $( Self::$name => $text, )* }
            }

            /// The stored number.
            #[must_use]
            pub fn number(self) -> u8 {
                self as u8
            }

            /// The kind of a stored number.
            #[must_use]
            pub fn from_number(number: i64) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| i64::from(kind.number()) == number)
            }
        }
    };
}

kinds! {
    /// Anything the book has no shelf of its own for; kept, searched and listed all the same.
    Other = 0, "other";
    /// A visit or a stay (Encounter).
    Visit = 1, "visit";
    /// A diagnosis or problem (Condition).
    Condition = 2, "condition";
    /// A measured or observed value (Observation).
    Result = 3, "result";
    /// A report over several results (DiagnosticReport).
    Report = 4, "report";
    /// A medicine prescribed, dispensed or taken.
    Medicine = 5, "medicine";
    /// An allergy or intolerance.
    Allergy = 6, "allergy";
    /// A vaccination given, refused or due.
    Vaccine = 7, "vaccine";
    /// A procedure done.
    Procedure = 8, "procedure";
    /// Pictures and imaging studies.
    Imaging = 9, "imaging";
    /// A paper: letter, scan, PDF, composition.
    Document = 10, "document";
    /// A bill or its settlement.
    Claim = 11, "claim";
    /// Insurance cover: a BHYT card.
    Coverage = 12, "coverage";
    /// A care plan or care team.
    CarePlan = 13, "care-plan";
    /// A goal.
    Goal = 14, "goal";
    /// An appointment; giấy hẹn khám lại.
    Appointment = 15, "appointment";
    /// A request or referral; giấy chuyển tuyến.
    Request = 16, "request";
    /// Illness in the family.
    FamilyHistory = 17, "family-history";
    /// A questionnaire and its answers.
    Questionnaire = 18, "questionnaire";
    /// A device implanted or used.
    Device = 19, "device";
    /// The person the record is about (Patient).
    Person = 20, "person";
    /// A relative or carer (RelatedPerson).
    RelatedPerson = 21, "related-person";
    /// Who gave care: organisation, practitioner, place.
    Provider = 22, "provider";
    /// A consent.
    Consent = 23, "consent";
    /// Where a record came from (Provenance).
    Provenance = 24, "provenance";
    /// A note a person wrote.
    Note = 25, "note";
}

/// A word that names no kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such kind of record")]
pub struct UnknownKind;

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == text).ok_or(UnknownKind)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_numbers_keep_their_meaning() {
        // Frozen: a book on somebody's phone holds these numbers.
        let frozen: Vec<String> = Kind::ALL.iter().map(|k| format!("{}={}", k.number(), k)).collect();
        assert_eq!(
            frozen.join(" "),
            "0=other 1=visit 2=condition 3=result 4=report 5=medicine 6=allergy 7=vaccine 8=procedure \
             9=imaging 10=document 11=claim 12=coverage 13=care-plan 14=goal 15=appointment 16=request \
             17=family-history 18=questionnaire 19=device 20=person 21=related-person 22=provider \
             23=consent 24=provenance 25=note"
        );
        for kind in Kind::ALL {
            assert_eq!(Kind::from_number(i64::from(kind.number())), Some(*kind));
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
    }
}
