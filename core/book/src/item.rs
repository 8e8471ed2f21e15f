//! Rows of lists, ready to show: what the vault lists, named in the reader's language.

use healthbook_formats::names;
use healthbook_model::{Kind, Lang, RecordId, Standing};
use healthbook_vault::{Gate, Listed};

/// Who reads: in which language, and whether restricted records were asked for.
///
/// The gate is one on the screen, under the same key. Without the flag restricted records, and whatever would tell of
/// them, are not there: not in lists, counts, search, charts, documents, quarantine, audit, changes or reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// Language of titles, labels and sentences.
    pub lang: Lang,
    /// Restricted records are shown too.
    pub restricted: bool,
}

impl Reading {
    pub(crate) fn gate(self) -> Gate {
        if self.restricted { Gate::WithRestricted } else { Gate::Ordinary }
    }
}

/// A record in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its identity.
    pub id: RecordId,
    /// Its kind.
    pub kind: Kind,
    /// FHIR resource type.
    pub resource_type: String,
    /// Whether it states a fact; everything but [`Standing::Current`] is to be marked.
    pub standing: Standing,
    /// When it began, as its source wrote it (FHIR date or dateTime); `None` is undated.
    pub start: Option<String>,
    /// When it ended.
    pub end: Option<String>,
    /// What it is called.
    pub title: String,
    /// One more line.
    pub subtitle: Option<String>,
    /// The value with its unit, digits as written.
    pub value: Option<String>,
    /// Facility or performer.
    pub facility: Option<String>,
    /// Where it comes from.
    pub source: String,
    /// Shown only because restricted records were asked for.
    pub restricted: bool,
    /// The person's own entry.
    pub own: bool,
    /// A correction by the person stands beside it.
    pub corrected: bool,
    /// Told twice: marked as a duplicate.
    pub duplicate: bool,
    /// Versions that nobody has joined; more than one is a conflict to be shown.
    pub heads: u32,
}

/// The name of a source as a person reads it.
pub(crate) fn source_name(base: &str, lang: Lang) -> String {
    match base.split_once(':') {
        _ if base == "own" => lang.pick("tự ghi", "own entry").to_owned(),
        Some(("label", label)) => label.to_owned(),
        Some(("facility", code)) => lang.pick(format!("CSKCB {code}"), format!("facility {code}")),
        Some(("document", _)) => lang.pick("tệp", "file").to_owned(),
        _ => base.to_owned(),
    }
}

impl Item {
    pub(crate) fn new(row: Listed, lang: Lang) -> Self {
        let named = row.title_code.as_ref().and_then(|code| names::code_name(code, lang)).map(str::to_owned);
        let title = match named {
            Some(name) => name,
            None if row.title.is_empty() => names::type_name(&row.resource_type, lang)
                .map_or_else(|| row.resource_type.clone(), str::to_owned),
            None => row.title,
        };
        Self {
            id: row.id,
            kind: row.kind,
            resource_type: row.resource_type,
            standing: row.standing,
            start: row.start,
            end: row.end,
            title,
            subtitle: row.subtitle,
            value: row.value,
            facility: row.facility,
            source: source_name(&row.source, lang),
            restricted: row.restricted,
            own: row.own,
            corrected: row.corrected,
            duplicate: row.duplicate,
            heads: row.heads,
        }
    }

    /// Whether it may be told as a fact: it is one, and nothing says it better.
    #[must_use]
    pub fn is_fact(&self) -> bool {
        self.standing.is_fact() && !self.corrected && !self.duplicate
    }
}
