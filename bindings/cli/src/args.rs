// What can be typed. The words for people stand in `words::help`, by the path of the command and the argument's name.
// (No doc comments here: clap would show them, in one language.)

use std::path::PathBuf;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};

use crate::command::add::Add;

#[derive(Debug, Parser)]
#[command(name = "healthbook", version, disable_help_flag = true, disable_help_subcommand = true)]
#[command(disable_version_flag = true)]
pub(crate) struct Cli {
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) book: Option<PathBuf>,
    #[arg(long, global = true, value_name = "LANG", value_parser = ["vi", "en"])]
    pub(crate) lang: Option<String>,
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[arg(long, global = true)]
    pub(crate) restricted: bool,
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) keyfile: Option<PathBuf>,
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) recovery_code_file: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(Demo),
    Create(Create),
    Import(Import),
    Timeline(Timeline),
    Show(Show),
    Search(Search),
    Trend(Trend),
    Add(Add),
    Edit(Change),
    Correct(Change),
    Delete(Id),
    Restore(Id),
    Purge(Purge),
    Person(Person),
    Card,
    Emergency,
    Review(Review),
    Scan(Scan),
    Documents(Documents),
    Document(Document),
    Quarantine(Quarantine),
    Export(Export),
    Audit(Audit),
    Consent(Consent),
    Passphrase(Passphrase),
    RecoveryCode(RecoveryCode),
    RotateKey(RotateKey),
    Verify,
    Stats,
    Erase(Erase),
    Help(Help),
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
}

/// The sex as FHIR writes it, also when it is given in Vietnamese.
fn sex() -> impl TypedValueParser<Value = String> {
    let words = [("male", "nam"), ("female", "nữ"), ("other", "khác")];
    let values = words.map(|(fhir, said)| PossibleValue::new(fhir).alias(said));
    PossibleValuesParser::new(values).map(move |typed| {
        let known = words.iter().find(|(_, said)| *said == typed);
        known.map_or(typed.clone(), |(fhir, _)| (*fhir).to_owned())
    })
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[arg(long, value_name = "DATE")]
    pub(crate) born: Option<String>,
    #[arg(long, value_name = "SEX", value_parser = sex())]
    pub(crate) sex: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[arg(long, value_name = "LABEL")]
    pub(crate) source: Option<String>,
    #[arg(long)]
    pub(crate) any_person: bool,
    #[arg(long, value_name = "TEXT")]
    pub(crate) title: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Timeline {
    #[arg(long, value_name = "KIND")]
    pub(crate) kind: Vec<String>,
    #[arg(long, value_name = "LABEL")]
    pub(crate) source: Option<String>,
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,
    #[arg(long, value_name = "CURSOR", allow_hyphen_values = true)]
    pub(crate) after: Option<String>,
    #[arg(long)]
    pub(crate) by_name: bool,
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[arg(required = true, value_name = "ID")]
    pub(crate) ids: Vec<String>,
    #[arg(long, conflicts_with_all = ["history"])]
    pub(crate) raw: bool,
    #[arg(long, conflicts_with_all = ["versions"])]
    pub(crate) history: bool,
    #[arg(long)]
    pub(crate) versions: bool,
    #[arg(long, value_name = "DIR", requires = "raw")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Search {
    #[arg(required = true, value_name = "WORDS")]
    pub(crate) words: Vec<String>,
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Trend {
    #[arg(value_name = "SERIES")]
    pub(crate) series: Option<String>,
    #[arg(long, value_name = "DATE")]
    pub(crate) from: Option<String>,
    #[arg(long, value_name = "DATE")]
    pub(crate) to: Option<String>,
    #[arg(long, value_name = "STEP", value_parser = ["day", "week", "month"])]
    pub(crate) by: Option<String>,
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Change {
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[arg(long, value_name = "FIELD=VALUE")]
    pub(crate) set: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Id {
    #[arg(value_name = "ID")]
    pub(crate) id: String,
}

#[derive(Debug, Args)]
pub(crate) struct Purge {
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Person {
    #[arg(long, value_name = "FIELD=VALUE")]
    pub(crate) set: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Review {
    #[command(subcommand)]
    pub(crate) decision: Option<Decision>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Decision {
    Confirm(Number),
    Reject(Number),
}

#[derive(Debug, Args)]
pub(crate) struct Number {
    #[arg(value_name = "N")]
    pub(crate) number: i64,
}

#[derive(Debug, Args)]
pub(crate) struct Scan {
    #[arg(value_name = "TEXT")]
    pub(crate) text: String,
    #[arg(long)]
    pub(crate) save: bool,
    #[arg(long, requires = "save")]
    pub(crate) any_person: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Documents {
    #[arg(long, conflicts_with = "limit")]
    pub(crate) read_again: bool,
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct Document {
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Quarantine {
    #[arg(value_name = "N")]
    pub(crate) number: Option<i64>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Export {
    #[arg(long, value_name = "FILE")]
    pub(crate) fhir: Option<PathBuf>,
    #[arg(long, value_name = "DIR")]
    pub(crate) documents: Option<PathBuf>,
    #[arg(long, value_name = "SERIES")]
    pub(crate) csv: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Audit {
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    #[arg(long, value_name = "N")]
    pub(crate) before: Option<i64>,
}

#[derive(Debug, Args)]
pub(crate) struct Consent {
    #[command(subcommand)]
    pub(crate) what: Option<ConsentWhat>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConsentWhat {
    List,
    Give(Give),
    Withdraw(Id),
}

#[derive(Debug, Args)]
pub(crate) struct Give {
    #[arg(value_name = "PURPOSE")]
    pub(crate) purpose: String,
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) scope: String,
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) evidence: String,
}

#[derive(Debug, Args)]
pub(crate) struct Passphrase {
    #[arg(long, value_name = "FILE", conflicts_with_all = ["remove", "new_keyfile"])]
    pub(crate) new_passphrase_file: Option<PathBuf>,
    #[arg(long, value_name = "FILE", conflicts_with = "remove")]
    pub(crate) new_keyfile: Option<PathBuf>,
    #[arg(long)]
    pub(crate) remove: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RecoveryCode {
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    pub(crate) check: Option<Option<PathBuf>>,
}

#[derive(Debug, Args)]
pub(crate) struct RotateKey {
    #[arg(long, value_name = "FILE")]
    pub(crate) new_passphrase_file: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    pub(crate) new_keyfile: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Erase {
    #[arg(long)]
    pub(crate) yes_erase_everything: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Help {
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
}
