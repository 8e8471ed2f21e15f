//! Why an entry was not written. A sentence names the field, never the value.

use healthbook_model::Lang;

/// An entry or an edit was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OwnError {
    /// No such kind of entry.
    #[error("there is no such kind of entry; known are: {known}")]
    UnknownKind {
        /// The kinds there are.
        known: String,
    },
    /// The record has no such field.
    #[error("there is no field {field}; this record has: {known}")]
    UnknownField {
        /// The field that was asked for (`?` when it is no plain word).
        field: String,
        /// The fields there are.
        known: String,
    },
    /// This type of record cannot be edited field by field.
    #[error("a record of this type cannot be edited")]
    NotEditable,
    /// The bytes are not a FHIR JSON resource.
    #[error("the record is not a FHIR JSON resource")]
    NotAResource,
    /// A field that must be there is missing or was to be removed.
    #[error("{field} must be given")]
    Required {
        /// The field.
        field: &'static str,
    },
    /// Not a number.
    #[error("{field}: a number is expected, such as {example}")]
    NotANumber {
        /// The field.
        field: &'static str,
        /// A number it could be.
        example: &'static str,
    },
    /// A fraction where only whole numbers make sense.
    #[error("{field}: a whole number is expected")]
    NotWhole {
        /// The field.
        field: &'static str,
    },
    /// Beyond what a body or a meter can show: a slip of the fingers, or of the unit.
    #[error("{field}: expected between {low} and {high} {unit}")]
    OutOfBounds {
        /// The field.
        field: &'static str,
        /// Lowest value taken.
        low: &'static str,
        /// Highest value taken.
        high: &'static str,
        /// The unit of both.
        unit: &'static str,
    },
    /// One field must not be greater than, or come after, another.
    #[error("{first} must not be greater or later than {second}")]
    Order {
        /// The field that should be the smaller or earlier one.
        first: &'static str,
        /// The field that should be the greater or later one.
        second: &'static str,
    },
    /// Not a date or time.
    #[error("{field}: a date is expected, such as 2026-11-20, 2026-11-20T07:10 or 20/11/2026 07:10")]
    NotADate {
        /// The field.
        field: &'static str,
    },
    /// A thing that has happened lies in the future.
    #[error("{field}: lies in the future")]
    InFuture {
        /// The field.
        field: &'static str,
    },
    /// Not one of the words there are.
    #[error("{field}: expected one of {choices}")]
    NotOneOf {
        /// The field.
        field: &'static str,
        /// The words.
        choices: String,
    },
    /// Longer than the field can be.
    #[error("{field}: longer than {limit} characters")]
    TooLong {
        /// The field.
        field: &'static str,
        /// The limit in characters.
        limit: usize,
    },
    /// Control characters, or not of the form an identifier has.
    #[error("{field}: not of the right form")]
    WrongForm {
        /// The field.
        field: &'static str,
    },
    /// The record keeps this inside another field.
    #[error("{field}: this record keeps it in {instead}; change that")]
    Elsewhere {
        /// The field.
        field: &'static str,
        /// The field to change.
        instead: &'static str,
    },
}

impl OwnError {
    /// The sentence in the reader's language.
    #[must_use]
    pub fn sentence(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            Self::UnknownKind { known } => format!("không có loại bản ghi này; có các loại: {known}"),
            Self::UnknownField { field, known } => format!("không có mục {field}; bản ghi này có: {known}"),
            Self::NotEditable => "loại bản ghi này không sửa từng mục được".to_owned(),
            Self::NotAResource => "bản ghi không phải là tài nguyên FHIR JSON".to_owned(),
            Self::Required { field } => format!("cần có {}", named(field)),
            Self::NotANumber { field, example } => format!("{}: cần một số, ví dụ {example}", named(field)),
            Self::NotWhole { field } => format!("{}: cần một số nguyên", named(field)),
            Self::OutOfBounds { field, low, high, unit } => {
                format!("{}: phải trong khoảng từ {low} đến {high} {unit}", named(field))
            }
            Self::Order { first, second } => {
                format!("{} không được lớn hơn hoặc muộn hơn {}", named(first), named(second))
            }
            Self::NotADate { field } => {
                format!(
                    "{}: cần một ngày, ví dụ 20/11/2026, 20/11/2026 07:10 hoặc 2026-11-20T07:10",
                    named(field)
                )
            }
            Self::InFuture { field } => format!("{}: nằm ở tương lai", named(field)),
            Self::NotOneOf { field, choices } => format!("{}: cần một trong các từ {choices}", named(field)),
            Self::TooLong { field, limit } => format!("{}: dài quá {limit} ký tự", named(field)),
            Self::WrongForm { field } => format!("{}: không đúng dạng", named(field)),
            Self::Elsewhere { field, instead } => {
                format!("{}: bản ghi này ghi chung trong {instead}; hãy sửa {instead}", named(field))
            }
        }
    }
}

/// A field by the name that people have for it, with the word that commands take. Where kinds of entries call it
/// differently, that word alone.
fn named(field: &str) -> String {
    let kinds = super::entry_kinds().iter();
    let mut names =
        kinds.flat_map(|kind| kind.fields).filter(|known| known.name == field).map(|known| known.vi);
    match names.next() {
        Some(name) if names.all(|other| other == name) => format!("{name} ({field})"),
        _ => field.to_owned(),
    }
}
