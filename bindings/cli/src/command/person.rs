//! Whom the book is for, and whose records wait on the shelf.

use std::collections::HashMap;

use healthbook::{Book, Emergency, Glimpse, InsuranceCard, Item, Lang, PersonCard, Review as Waiting, names};
use serde::Serialize;

use crate::args::{Decision, Person, Review};
use crate::command::assignments;
use crate::command::scan::RowLine;
use crate::failure::{Failure, Outcome};
use crate::out::Style;
use crate::progress::Watch;
use crate::render::dates;
use crate::render::items::{Line, marks, short_id};
use crate::render::text;
use crate::session::Session;
use crate::{terminal, words};

#[derive(Serialize)]
struct CardLine<'a> {
    name: Option<&'a str>,
    birth_date: Option<&'a str>,
    sex: Option<&'a str>,
    identifiers: Vec<IdentifierLine<'a>>,
    blood_group: Option<&'a str>,
    coverages: Vec<Line<'a>>,
    allergies: Vec<Line<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    insurance: Option<Vec<InsuranceLine<'a>>>,
}

/// An insurance card as a counter asks for it.
#[derive(Serialize)]
struct InsuranceLine<'a> {
    id: String,
    in_force: bool,
    rows: Vec<RowLine<'a>>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct IdentifierLine<'a> {
    system: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct EmergencyLine<'a> {
    #[serde(flatten)]
    person: CardLine<'a>,
    conditions: Vec<Line<'a>>,
    medicines: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct WaitingLine<'a> {
    number: i64,
    source: &'a str,
    name: Option<&'a str>,
    birth_date: Option<&'a str>,
    sex: Option<&'a str>,
    records: u64,
    belongs_to: Option<&'a str>,
    titles: Vec<GlimpseLine<'a>>,
}

#[derive(Serialize)]
struct GlimpseLine<'a> {
    day: Option<&'a str>,
    kind: &'a str,
    title: &'a str,
}

#[derive(Serialize)]
struct Decided {
    number: i64,
    records: u64,
}

fn glimpse_line(told: &Glimpse) -> GlimpseLine<'_> {
    GlimpseLine { day: told.day.as_deref(), kind: told.kind.as_str(), title: &told.title }
}

fn card_line(card: &PersonCard) -> CardLine<'_> {
    CardLine {
        name: card.name.as_deref(),
        birth_date: card.birth_date.as_deref(),
        sex: card.sex.as_deref(),
        identifiers: card
            .identifiers
            .iter()
            .map(|i| IdentifierLine { system: &i.system, value: &i.value })
            .collect(),
        blood_group: card.blood_group.as_deref(),
        coverages: card.coverages.iter().map(Line::new).collect(),
        allergies: card.allergies.iter().map(Line::new).collect(),
        insurance: None,
    }
}

fn insurance_line(card: &InsuranceCard) -> InsuranceLine<'_> {
    InsuranceLine {
        id: card.id.to_string(),
        in_force: card.in_force,
        rows: card.rows.iter().map(RowLine::new).collect(),
        notes: &card.notes,
    }
}

/// Who the book is for; with `--set`, changed first.
pub(crate) fn person(session: &mut Session, book: &Book, args: &Person) -> Result<Outcome, Failure> {
    if !args.set.is_empty() {
        let changes = assignments(session, &args.set)?;
        book.set_person(session.reading(), &changes)?;
    }
    let person = book.person(session.reading())?;
    if session.json {
        session.out.json(&card_line(&person))?;
    } else {
        identity(session, &person)?;
        if args.set.is_empty() {
            let known: Vec<&str> =
                healthbook::own::fields("Patient").iter().map(|field| field.name).collect();
            let hint = words::PERSON_FIELDS.with(session.lang, &[("fields", &known.join(", "))]);
            session.out.line("")?;
            session.out.styled_paragraph(Style::Faint, 0, &hint)?;
        }
    }
    Ok(Outcome::Done)
}

const LABEL: usize = 20;

fn identity(session: &mut Session, person: &PersonCard) -> Result<(), Failure> {
    let lang = session.lang;
    let unknown = words::UNKNOWN.get(lang);
    let name = person.name.as_deref().unwrap_or(unknown);
    session.out.spans(&[(Style::Strong, name)])?;
    let born =
        person.birth_date.as_deref().map_or_else(|| unknown.to_owned(), |date| dates::readable(date, lang));
    session.out.pair(words::BORN.get(lang), &born, 2, LABEL)?;
    session.out.pair(words::SEX.get(lang), &sex(person.sex.as_deref(), lang), 2, LABEL)?;
    for identifier in &person.identifiers {
        let system = names::identifier_name(&identifier.system, lang).unwrap_or(&identifier.system);
        session.out.pair(system, &identifier.value, 2, LABEL)?;
    }
    Ok(())
}

fn sex(code: Option<&str>, lang: Lang) -> String {
    let Some(code) = code else { return words::UNKNOWN.get(lang).to_owned() };
    names::sex_name(code, lang).unwrap_or(code).to_owned()
}

/// The person, and their insurance cards as a counter asks for them.
pub(crate) fn card(session: &mut Session, book: &Book) -> Result<Outcome, Failure> {
    let person = book.person(session.reading())?;
    let cards = book.insurance_cards(session.reading())?;
    if session.json {
        let insurance = Some(cards.iter().map(insurance_line).collect());
        session.out.json(&CardLine { insurance, ..card_line(&person) })?;
        return Ok(Outcome::Done);
    }
    write_card(session, &person)?;
    for card in &cards {
        session.out.heading(words::AT_THE_COUNTER.get(session.lang))?;
        let widest = card.rows.iter().map(|row| text::width(&row.label)).max().unwrap_or(0);
        for row in &card.rows {
            session.out.pair(&row.label, &row.value, 2, widest)?;
        }
        for note in &card.notes {
            session.out.paragraph(2, &format!("! {note}"))?;
        }
    }
    Ok(Outcome::Done)
}

/// The card for reading.
pub(crate) fn write_card(session: &mut Session, person: &PersonCard) -> Result<(), Failure> {
    identity(session, person)?;
    let group = person.blood_group.as_deref().unwrap_or(words::UNKNOWN.get(session.lang)).to_owned();
    session.out.pair(words::BLOOD_GROUP.get(session.lang), &group, 2, LABEL)?;
    section(session, words::COVERAGE, &person.coverages)?;
    section(session, words::ALLERGIES, &person.allergies)
}

fn section(session: &mut Session, title: words::Phrase, items: &[Item]) -> Result<(), Failure> {
    let lang = session.lang;
    session.out.heading(title.get(lang))?;
    if items.is_empty() {
        return session.out.line(&format!("  {}", words::NOTHING_RECORDED.get(lang)));
    }
    for item in items {
        let marks: String = marks(item, lang).iter().map(|mark| format!("[{mark}] ")).collect();
        let mut line = format!("{marks}{}", item.title);
        for more in [&item.value, &item.subtitle].into_iter().flatten() {
            line.push_str(&format!(" · {more}"));
        }
        let since = item.start.as_deref().map(|start| dates::readable(start, lang));
        let until = item.end.as_deref().map(|end| dates::readable(end, lang));
        match (since, until) {
            (Some(since), Some(until)) => line.push_str(&format!(" · {since} – {until}")),
            (Some(since), None) => line.push_str(&format!(" · {since}")),
            (None, Some(until)) => {
                line.push_str(&format!(" · {}", words::UNTIL.with(lang, &[("day", &until)])));
            }
            (None, None) => {}
        }
        line.push_str(&format!(" · {} ({})", item.source, short_id(item.id)));
        session.out.paragraph(2, &line)?;
    }
    Ok(())
}

/// One of each title, the latest: every visit names the same diseases again, and helpers have little time.
fn latest_of_each(items: &[Item]) -> Vec<Item> {
    let mut latest: Vec<Item> = Vec::new();
    for item in items {
        if !latest.iter().any(|known| known.title == item.title) {
            latest.push(item.clone());
        }
    }
    latest
}

/// What somebody who helps should know.
pub(crate) fn emergency(session: &mut Session, book: &Book) -> Result<Outcome, Failure> {
    let emergency = book.emergency(session.reading())?;
    let Emergency { person, conditions, medicines } = &emergency;
    if session.json {
        session.out.json(&EmergencyLine {
            person: card_line(person),
            conditions: conditions.iter().map(Line::new).collect(),
            medicines: medicines.iter().map(Line::new).collect(),
        })?;
        return Ok(Outcome::Done);
    }
    write_card(session, person)?;
    section(session, words::CONDITIONS, &latest_of_each(conditions))?;
    section(session, words::MEDICINES, &latest_of_each(medicines))?;
    if !session.restricted {
        session.out.line("")?;
        session.out.styled_paragraph(Style::Faint, 0, words::EMERGENCY_NOTE.get(session.lang))?;
    }
    Ok(Outcome::Done)
}

/// Whose records wait, or what was decided of them.
pub(crate) fn review(session: &mut Session, book: &Book, args: &Review) -> Result<Outcome, Failure> {
    match &args.decision {
        Some(Decision::Confirm(decision)) => decide(session, book, decision.number, true),
        Some(Decision::Reject(decision)) => decide(session, book, decision.number, false),
        None => {
            let waiting = book.review(session.reading())?;
            if session.json {
                for one in &waiting {
                    session.out.json(&WaitingLine {
                        number: one.subject,
                        source: &one.source,
                        name: one.name.as_deref(),
                        birth_date: one.birth_date.as_deref(),
                        sex: one.sex.as_deref(),
                        records: one.records,
                        belongs_to: one.belongs_to.as_deref(),
                        titles: one.titles.iter().map(glimpse_line).collect(),
                    })?;
                }
                return Ok(Outcome::Done);
            }
            if waiting.is_empty() {
                session.out.line(words::NOBODY_WAITS.get(session.lang))?;
                return Ok(Outcome::Done);
            }
            for one in &waiting {
                for (indent, line) in lines_of(one, session.lang) {
                    session.out.paragraph(indent, &line)?;
                }
            }
            session.out.line("")?;
            session.out.styled_paragraph(Style::Faint, 0, words::REVIEW_HOW.get(session.lang))?;
            Ok(Outcome::Done)
        }
    }
}

fn decide(session: &mut Session, book: &Book, number: i64, is_theirs: bool) -> Result<Outcome, Failure> {
    let mut watch = Watch::new(session.lang);
    let records = if is_theirs {
        book.confirm(session.reading(), number, &mut watch)?
    } else {
        book.reject(session.reading(), number, &mut watch)?
    };
    drop(watch);
    if session.json {
        session.out.json(&Decided { number, records })?;
    } else {
        let phrase = if is_theirs { words::CONFIRMED } else { words::REJECTED };
        session.out.line(&phrase.with(session.lang, &[("n", &records)]))?;
    }
    Ok(Outcome::Done)
}

/// Somebody on the shelf, as the person is asked about them: lines with their indents.
pub(crate) fn lines_of(waiting: &Waiting, lang: Lang) -> Vec<(usize, String)> {
    let unknown = words::UNKNOWN.get(lang);
    let born =
        waiting.birth_date.as_deref().map_or_else(|| unknown.to_owned(), |date| dates::readable(date, lang));
    let sex = sex(waiting.sex.as_deref(), lang);
    let name = waiting.name.as_deref().unwrap_or(unknown);
    let is_nameless = waiting.name.is_none() && waiting.birth_date.is_none() && waiting.sex.is_none();
    let phrase = match &waiting.belongs_to {
        Some(_) => words::WAITING_LIKELY,
        None if is_nameless => words::WAITING_NAMELESS,
        None => words::WAITING,
    };
    let name = waiting.belongs_to.as_deref().unwrap_or(name);
    let first = phrase.with(
        lang,
        &[
            ("number", &waiting.subject),
            ("name", &name),
            ("born", &born),
            ("sex", &sex),
            ("n", &waiting.records),
            ("source", &waiting.source),
        ],
    );
    let titles = waiting.titles.iter().map(|told| {
        let day = told.day.as_deref().map_or_else(|| "—".to_owned(), |day| dates::readable(day, lang));
        (4, format!("{day} · {}: {}", names::kind_name(told.kind, lang), told.title))
    });
    std::iter::once((0, first)).chain(titles).collect()
}

/// How many records of each of them wait, by their numbers.
pub(crate) fn who_waits(session: &Session, book: &Book) -> Result<HashMap<i64, u64>, Failure> {
    let waiting = book.review(session.reading())?;
    Ok(waiting.into_iter().map(|one| (one.subject, one.records)).collect())
}

/// Asks about everybody of whom more waits than `before`: what was left for later once is not asked again with every
/// import. Answers how many records wait still.
pub(crate) fn ask_who_came(
    session: &mut Session,
    book: &Book,
    before: &HashMap<i64, u64>,
) -> Result<u64, Failure> {
    let mut asked = Vec::new();
    let mut asks = true;
    loop {
        // Confirming one can decide others, so the list is looked at anew each time.
        let waiting = book.review(session.reading())?;
        let is_new = |one: &&Waiting| {
            before.get(&one.subject).is_none_or(|known| *known < one.records) && !asked.contains(&one.subject)
        };
        let Some(one) = waiting.iter().find(is_new).filter(|_| asks) else {
            let left = waiting.iter().map(|one| one.records).sum();
            if left > 0 {
                session.tell(&words::SEE_REVIEW.with(session.lang, &[("n", &left)]))?;
            }
            return Ok(left);
        };
        asked.push(one.subject);
        for (indent, line) in lines_of(one, session.lang) {
            session.tell(&format!("{:indent$}{line}", ""))?;
        }
        let answer =
            terminal::ask(words::WHOSE.get(session.lang))?.map(|answer| answer.trim().to_lowercase());
        match answer.as_deref() {
            Some("c" | "có" | "co" | "y" | "yes") => drop(decide(session, book, one.subject, true)?),
            Some("k" | "không" | "khong" | "n" | "no") => drop(decide(session, book, one.subject, false)?),
            Some("t" | "thôi" | "thoi" | "s" | "stop") | None => asks = false,
            Some(_) => {}
        }
    }
}
