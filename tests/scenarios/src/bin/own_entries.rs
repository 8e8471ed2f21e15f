//! Writes one of every kind of entry that a person can add into a folder, for a validator to look at: with what the kind
//! needs, with all its fields, with every word that a field knows, in both languages, and each edited and corrected.

use std::path::Path;
use std::process::ExitCode;

use healthbook_formats::own::{self, Document, EntryKind, FieldSpec, OwnContext, OwnEntry};
use healthbook_model::{DocumentId, Lang, RecordId, Timestamp};

type Failure = Box<dyn std::error::Error>;

/// 2026-11-22T07:10 in Hà Nội.
const NOW: Timestamp = Timestamp(1_795_306_200_000);

struct Writing<'a> {
    folder: &'a Path,
    lang: Lang,
    written: u8,
}

impl Writing<'_> {
    fn context(&mut self) -> OwnContext {
        self.written = self.written.wrapping_add(1);
        OwnContext {
            id: RecordId::from_random([self.written; 16]),
            recorded: NOW,
            offset: 420,
            lang: self.lang,
            person_reference: Some("Patient/6f0c2f5e-6f0c-4f0c-8f0c-6f0c6f0c6f0c".to_owned()),
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        Ok(std::fs::write(self.folder.join(format!("{name}-{}.json", self.lang.pick("vi", "en"))), bytes)?)
    }

    /// The entry, and what becomes of it when its note is edited and when it is corrected, where that can be done.
    fn entry(&mut self, name: &str, bytes: &[u8], fields: &[FieldSpec]) -> Result<(), Failure> {
        self.write(name, bytes)?;
        let Some(field) = fields.iter().find(|field| field.name == "note").or(fields.first()) else {
            return Ok(());
        };
        let change = [(field.name.to_owned(), field.example.to_owned())];
        let ctx = self.context();
        self.write(&format!("{name}-edited"), &own::edit(bytes, &change, &ctx)?)?;
        if let Ok(correction) = own::correction(bytes, &change, &ctx) {
            self.write(&format!("{name}-corrected"), &correction)?;
        }
        Ok(())
    }

    fn kind(&mut self, kind: &EntryKind) -> Result<(), Failure> {
        let example = |field: &FieldSpec| (field.name.to_owned(), value(kind, field));
        let needed: Vec<_> = kind.fields.iter().filter(|field| field.required).map(example).collect();
        let all: Vec<_> = kind.fields.iter().map(example).collect();
        let mut ways = vec![("least".to_owned(), needed), ("all".to_owned(), all.clone())];
        for field in kind.fields {
            for word in words(field) {
                let changed = all.iter().map(|(name, value)| {
                    (name.clone(), if name == field.name { word.to_owned() } else { value.clone() })
                });
                ways.push((format!("{}-{word}", field.name), changed.collect()));
            }
        }
        for (way, mut values) in ways {
            values.retain(|(name, _)| applies(kind, name, &way));
            let ctx = self.context();
            let bytes = own::compose(kind.word, &values, &ctx)
                .map_err(|error| format!("{} {way}: {}", kind.word, error.sentence(Lang::En)))?;
            self.entry(&format!("{}-{way}", kind.word), &bytes, kind.fields)?;
        }
        Ok(())
    }

    fn document(&mut self) -> Result<(), Failure> {
        let paper = OwnEntry::Document(Document {
            title: "Giấy ra viện".to_owned(),
            media_type: Some("application/pdf".to_owned()),
            id: DocumentId::from_random([9; 16]),
            size: Some(48_213),
            at: "2026-11-20".parse().ok(),
            place: Some("Bệnh viện Đa khoa An Lành".to_owned()),
            note: Some("bản chụp hai trang".to_owned()),
        });
        let bytes = paper.to_fhir(&self.context())?;
        self.entry("document-all", &bytes, own::fields("document"))
    }
}

/// The words that a field knows, as its name tells them: `Status (done, missed)`.
fn words(field: &FieldSpec) -> Vec<&'static str> {
    let listed = field.en.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    listed.filter(|words| words.contains(", ")).map(|words| words.split(", ").collect()).unwrap_or_default()
}

/// A value that the kind takes; the example of a measurement is a weight.
fn value(kind: &EntryKind, field: &FieldSpec) -> String {
    let (value, unit) = match kind.word {
        "height" => ("156", "cm"),
        "waist" => ("82", "cm"),
        "head" => ("44.5", "cm"),
        "temperature" => ("36.8", "°C"),
        "pulse" => ("70", "/min"),
        "respiratory-rate" => ("16", "/min"),
        "spo2" => ("98", "%"),
        "hba1c" => ("6.4", "%"),
        "steps" => ("6400", "{steps}"),
        "pain" => ("3", "{score}"),
        "glucose" => ("5.4", "mmol/L"),
        _ => (field.example, field.example),
    };
    match field.name {
        "value" => value.to_owned(),
        "unit" => unit.to_owned(),
        _ => field.example.to_owned(),
    }
}

/// Whether a field says something beside the others: an illness that goes on has no end.
fn applies(kind: &EntryKind, field: &str, way: &str) -> bool {
    match (kind.word, field) {
        ("condition", "resolved") => way == "status-resolved",
        ("vaccine", "reason") => matches!(way, "status-not-done" | "status-refused"),
        ("medicine", "end") => matches!(way, "status-stopped" | "status-finished"),
        _ => true,
    }
}

fn write_all(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)?;
    for lang in [Lang::Vi, Lang::En] {
        let mut writing = Writing { folder, lang, written: 0 };
        for kind in own::entry_kinds().iter().filter(|kind| kind.word != "document") {
            writing.kind(kind)?;
        }
        writing.document()?;
    }
    Ok(())
}

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("own_entries DIR");
        return ExitCode::from(2);
    };
    match write_all(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
