//! `add KIND`: what a person writes into their own book. The kinds and their fields are the book's own; here stands only
//! which of them are typed without a name, and the few shorthands.

use clap::{Arg, ArgAction, ArgMatches, Args, FromArgMatches};
use healthbook::Book;
use healthbook::own::{EntryKind, entry_kinds};

use crate::command::Made;
use crate::failure::{Failure, Outcome};
use crate::session::Session;
use crate::words;

/// What was typed after `add`.
#[derive(Debug)]
pub(crate) struct Add {
    kind: &'static str,
    fields: Vec<(String, String)>,
}

/// Kinds that other commands write: papers come with their file, the person is set by `person`.
const ELSEWHERE: [&str; 2] = ["document", "person"];

/// The kinds that can be added here.
pub(crate) fn kinds() -> impl Iterator<Item = &'static EntryKind> {
    entry_kinds().iter().filter(|kind| !ELSEWHERE.contains(&kind.word))
}

/// The fields that are typed in place, without their name.
fn in_place(kind: &str) -> &'static [&'static str] {
    match kind {
        "note" => &["text"],
        "medicine" | "allergy" | "vaccine" | "condition" | "procedure" | "appointment" => &["name"],
        "visit" => &["place"],
        "family-history" => &["relation", "name"],
        "coverage" => &["number"],
        "bp" | "no-known-allergies" => &[],
        _ => &["value"],
    }
}

/// A switch that stands for a field and its value.
fn switches(kind: &str) -> &'static [(&'static str, &'static str, &'static str)] {
    match kind {
        "glucose" => &[("fasting", "moment", "fasting"), ("after-meal", "moment", "after-meal")],
        "vaccine" => &[("refused", "status", "refused")],
        _ => &[],
    }
}

/// A reading as people say it: `128/79`.
const READING: &str = "reading";
/// `allergy --none`.
const NONE: &str = "none";

fn value_name(kind: &str, field: &str) -> &'static str {
    match field {
        "name" if kind == "family-history" => "CONDITION",
        "relation" => "RELATION",
        "place" => "PLACE",
        "number" => "NUMBER",
        "at" | "start" | "end" | "onset" | "resolved" => "DATE",
        "value" | "systolic" | "diastolic" | "pulse" | "dose-number" => "N",
        "name" => "NAME",
        _ => "TEXT",
    }
}

fn subcommand(kind: &'static EntryKind) -> clap::Command {
    let mut command = clap::Command::new(kind.word);
    let in_place = in_place(kind.word);
    if kind.word == "bp" {
        command = command.arg(Arg::new(READING).value_name("128/79").required(true));
    }
    for (place, name) in (1..).zip(in_place) {
        let Some(field) = kind.fields.iter().find(|field| field.name == *name) else { continue };
        // An allergy has no name when there is none.
        let required = field.required && kind.word != "allergy";
        let arg = Arg::new(field.name)
            .index(place)
            .display_order(place)
            .value_name(value_name(kind.word, field.name));
        command = command.arg(arg.required(required));
    }
    if kind.word == "allergy" {
        command = command
            .arg(Arg::new(NONE).long(NONE).action(ArgAction::SetTrue).conflicts_with("name"))
            .mut_arg("name", |name| name.required_unless_present(NONE));
    }
    for (switch, field, _) in switches(kind.word) {
        let others = switches(kind.word).iter().map(|(other, ..)| *other).filter(|other| other != switch);
        let arg = Arg::new(*switch).long(*switch).action(ArgAction::SetTrue);
        command = command.arg(arg.conflicts_with(*field).conflicts_with_all(others.collect::<Vec<_>>()));
    }
    let typed = |name: &str| kind.word == "bp" && matches!(name, "systolic" | "diastolic");
    for field in kind.fields.iter().filter(|field| !in_place.contains(&field.name) && !typed(field.name)) {
        let arg = Arg::new(field.name).long(field.name).value_name(value_name(kind.word, field.name));
        command = command.arg(arg.required(field.required));
    }
    command
}

impl Args for Add {
    fn augment_args(command: clap::Command) -> clap::Command {
        command.subcommand_required(true).arg_required_else_help(true).subcommands(kinds().map(subcommand))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

fn missing() -> clap::Error {
    clap::Error::new(clap::error::ErrorKind::MissingSubcommand)
}

impl FromArgMatches for Add {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let (word, typed) = matches.subcommand().ok_or_else(missing)?;
        let kind = kinds().find(|kind| kind.word == word).ok_or_else(missing)?;
        let is_set = |switch: &str| typed.try_get_one::<bool>(switch).ok().flatten().is_some_and(|set| *set);
        let mut fields = Vec::new();
        if let Ok(Some(reading)) = typed.try_get_one::<String>(READING) {
            let (systolic, diastolic) = reading.split_once('/').unwrap_or((reading, ""));
            fields.push(("systolic".to_owned(), systolic.trim().to_owned()));
            fields.push(("diastolic".to_owned(), diastolic.trim().to_owned()));
        }
        for (switch, field, value) in switches(word) {
            if is_set(switch) {
                fields.push(((*field).to_owned(), (*value).to_owned()));
            }
        }
        for field in kind.fields {
            if let Ok(Some(value)) = typed.try_get_one::<String>(field.name) {
                fields.push((field.name.to_owned(), value.clone()));
            }
        }
        let kind = if is_set(NONE) { "no-known-allergies" } else { kind.word };
        Ok(Self { kind, fields })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// Writes the entry and says its identity.
pub(crate) fn run(session: &mut Session, book: &Book, add: &Add) -> Result<Outcome, Failure> {
    // "No allergies" has only a note; whatever else was typed with --none says otherwise.
    let fields: Vec<_> = match add.kind {
        "no-known-allergies" => add.fields.iter().filter(|(field, _)| field == "note").cloned().collect(),
        _ => add.fields.clone(),
    };
    if fields.len() < add.fields.len() {
        return Err(Failure::Usage(words::ONLY_A_NOTE.get(session.lang).to_owned()));
    }
    if add.fields.iter().any(|(field, value)| field == "diastolic" && value.is_empty()) {
        return Err(Failure::told("invalid-input", words::TWO_NUMBERS.get(session.lang)));
    }
    let id = book.add(add.kind, &fields, session.reading())?;
    if session.json {
        session.out.json(&Made { id: id.to_string() })?;
    } else {
        session.out.line(&id.to_string())?;
        // An entry that is a restricted one is not told of without the flag, not even to who wrote it.
        let Ok(item) = book.item(session.reading(), id) else { return Ok(Outcome::Done) };
        let said = match &item.value {
            Some(value) => format!("{}: {value}", item.title),
            None => item.title.clone(),
        };
        session.tell(&words::ADDED.with(session.lang, &[("what", &said)]))?;
    }
    Ok(Outcome::Done)
}
