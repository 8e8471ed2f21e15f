//! Help and errors of usage in the reader's language. clap parses; every word it would say is put here in its place.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, CommandFactory};
use healthbook::Lang;

use crate::args::Cli;
use crate::failure::Failure;
use crate::words::{self, help};

/// The whole command line, every word of it in one language.
pub(crate) fn command(lang: Lang) -> clap::Command {
    let version = Arg::new("version").long("version").short('V').action(ArgAction::Version);
    let help = Arg::new("help").long("help").short('h').action(ArgAction::Help).global(true);
    localised(Cli::command().arg(help).arg(version), lang, "healthbook", "")
}

fn localised(command: clap::Command, lang: Lang, called: &str, path: &str) -> clap::Command {
    let usage = usage(&command, lang, called);
    let template = "{about-with-newline}\n{usage-heading} {usage}\n\n{all-args}{after-help}"
        .replace("{usage-heading}", words::USAGE.get(lang));
    let mut command = command
        .help_template(StyledStr::from(template))
        .override_usage(usage)
        .subcommand_help_heading(words::COMMANDS.get(lang))
        .mut_args(|arg| argument(arg, lang, path));
    if let Some(about) = help::about(path, lang) {
        command = command.about(about);
    }
    if let Some(more) = help::examples(path, lang) {
        command = command.after_help(more);
    }
    command.mut_subcommands(|sub| {
        let name = sub.get_name().to_owned();
        let path = if path.is_empty() { name.clone() } else { format!("{path} {name}") };
        localised(sub, lang, &format!("{called} {name}"), &path)
    })
}

fn argument(arg: Arg, lang: Lang, path: &str) -> Arg {
    let global = arg.is_global_set() || arg.get_id() == "version";
    let heading = if global {
        words::EVERYWHERE
    } else if arg.is_positional() {
        words::ARGUMENTS
    } else {
        words::OPTIONS
    };
    // The help of what is added from the fields of entries is there already, in the right language.
    let told = match help::argument(path, arg.get_id().as_str(), lang) {
        Some(told) => arg.help(told),
        None => arg,
    };
    let named = match told.get_value_names().map(<[_]>::to_vec) {
        Some(names) => told.value_names(names.iter().map(|name| help::value_name(name, lang))),
        None => told,
    };
    let takes_values = named.get_action().takes_values();
    named.help_heading(heading.get(lang)).hide_possible_values(takes_values).hide_default_value(takes_values)
}

/// `healthbook timeline [OPTIONS] <ID>...`, with the words of the language.
fn usage(command: &clap::Command, lang: Lang, called: &str) -> String {
    let mut usage = format!("{called} [{}]", words::USAGE_OPTIONS.get(lang));
    let mut positionals: Vec<&Arg> = command.get_positionals().collect();
    positionals.sort_by_key(|arg| arg.get_index());
    for arg in positionals {
        let name =
            arg.get_value_names().and_then(<[_]>::first).map_or(arg.get_id().as_str(), |name| name.as_str());
        let name = help::value_name(name, lang);
        let (open, close) = if arg.is_required_set() { ('<', '>') } else { ('[', ']') };
        let more = if matches!(arg.get_action(), ArgAction::Append) { "..." } else { "" };
        usage.push_str(&format!(" {open}{name}{close}{more}"));
    }
    if command.has_subcommands() {
        let name = words::USAGE_COMMAND.get(lang);
        let optional = !command.is_subcommand_required_set();
        usage.push_str(&if optional { format!(" [{name}]") } else { format!(" <{name}>") });
    }
    usage
}

/// The help page of a command, by its path.
pub(crate) fn page(lang: Lang, path: &[String], columns: usize) -> Option<String> {
    let mut command = command(lang).term_width(columns);
    command.build();
    let mut found = &mut command;
    for name in path {
        found = found.find_subcommand_mut(name)?;
    }
    Some(found.render_help().to_string())
}

/// What clap has to say: a help page or the version as text, everything else as a wrong usage.
pub(crate) fn shown(error: &clap::Error, lang: Lang, columns: usize) -> Result<String, Failure> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Ok(error.render().to_string()),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            let root = page(lang, &[], columns).unwrap_or_default();
            Err(Failure::Usage(format!("{}\n\n{root}", words::WHICH_COMMAND.get(lang))))
        }
        kind => Err(Failure::Usage(sentence(kind, error, lang))),
    }
}

/// One sentence on what was wrong. Names arguments, never repeats the values that were given: they can be secrets or
/// somebody's health.
fn sentence(kind: ErrorKind, error: &clap::Error, lang: Lang) -> String {
    let said = |kind| error.get(kind).map(text_of).unwrap_or_default();
    let argument = said(ContextKind::InvalidArg);
    let suggested = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg]
        .into_iter()
        .filter_map(|kind| error.get(kind).and_then(likeliest))
        .next()
        .map(|text| words::DID_YOU_MEAN.with(lang, &[("word", &text)]));
    let sentence = match kind {
        ErrorKind::InvalidSubcommand => words::NO_SUCH_COMMAND.get(lang).to_owned(),
        // A name is told, what stands behind its `=` is not.
        ErrorKind::UnknownArgument => {
            match argument.split('=').next().filter(|name| name.starts_with("--")) {
                Some(option) => words::UNKNOWN_OPTION.with(lang, &[("option", &option)]),
                None => words::EXTRA_ARGUMENT.get(lang).to_owned(),
            }
        }
        ErrorKind::MissingRequiredArgument => words::MISSING_ARGUMENT.with(lang, &[("argument", &argument)]),
        ErrorKind::ArgumentConflict => {
            let other = said(ContextKind::PriorArg);
            words::ARGUMENTS_CONFLICT.with(lang, &[("one", &argument), ("other", &other)])
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation | ErrorKind::InvalidUtf8 => {
            let known = said(ContextKind::ValidValue);
            if known.is_empty() {
                words::INVALID_VALUE.with(lang, &[("argument", &argument)])
            } else {
                words::NOT_ONE_OF.with(lang, &[("argument", &argument), ("values", &known)])
            }
        }
        ErrorKind::NoEquals
        | ErrorKind::TooManyValues
        | ErrorKind::TooFewValues
        | ErrorKind::WrongNumberOfValues => words::INVALID_VALUE.with(lang, &[("argument", &argument)]),
        _ => words::WRONG_CALL.get(lang).to_owned(),
    };
    let hint = words::SEE_HELP.get(lang);
    let sentence = match suggested {
        Some(suggested) => format!("{sentence} {suggested} {hint}"),
        None => format!("{sentence} {hint}"),
    };
    match said(ContextKind::Usage) {
        usage if usage.is_empty() => sentence,
        // clap's own heading goes, the line itself is in the reader's words.
        usage => {
            let line = usage.split_once(": ").map_or(usage.as_str(), |(_, line)| line);
            format!("{sentence}\n\n{} {line}", words::USAGE.get(lang))
        }
    }
}

/// The best of what clap suggests: of several it is the last one.
fn likeliest(suggested: &ContextValue) -> Option<String> {
    match suggested {
        ContextValue::Strings(texts) => texts.last().cloned(),
        other => Some(text_of(other)).filter(|text| !text.is_empty()),
    }
}

fn text_of(value: &ContextValue) -> String {
    match value {
        ContextValue::String(text) => text.clone(),
        ContextValue::Strings(texts) => texts.join(", "),
        ContextValue::StyledStr(text) => text.to_string(),
        _ => String::new(),
    }
}
