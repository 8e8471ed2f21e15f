//! `timeline` and `search`: lists of records.

use healthbook::{Book, Cursor, Error, ErrorCode, Item, Kind, Query, RecordId, Standing, Timestamp};
use serde::Serialize;

use crate::args::{Search, Timeline};
use crate::failure::{Failure, Outcome};
use crate::render::items::{Grouping, Line, Rows};
use crate::session::Session;
use crate::stop::{self, Watching};
use crate::{when, words};

/// Rows of a list when nobody says how many.
const PAGE: u32 = 50;

#[derive(Serialize)]
struct Next {
    next: String,
}

/// A date that was typed, as the first or last moment of what it means.
pub(crate) fn moment(
    session: &Session,
    typed: Option<&str>,
    read: fn(&str) -> Option<Timestamp>,
) -> Result<Option<Timestamp>, Failure> {
    match typed {
        None => Ok(None),
        Some(typed) => read(typed)
            .map(Some)
            .ok_or_else(|| Failure::Usage(words::NOT_A_DATE.get(session.lang).to_owned())),
    }
}

/// What is asked for: kinds by their words, FHIR types by their names.
struct Asked {
    query: Query,
    kinds: Vec<Kind>,
    types: Vec<String>,
    /// The query is wider than what is asked for, and its rows are looked at one by one.
    is_wider: bool,
}

impl Asked {
    fn new(session: &Session, args: &Timeline) -> Result<Self, Failure> {
        let (mut kinds, mut types): (Vec<Kind>, Vec<String>) = (Vec::new(), Vec::new());
        for word in &args.kind {
            let is_type = word.starts_with(|c: char| c.is_ascii_uppercase())
                && word.bytes().all(|b| b.is_ascii_alphanumeric());
            if let Ok(kind) = word.parse() {
                kinds.push(kind);
            } else if is_type {
                types.push(word.clone());
            } else {
                let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
                let sentence = words::NO_SUCH_KIND.with(session.lang, &[("kinds", &known.join(", "))]);
                return Err(Failure::Usage(sentence));
            }
        }
        let is_wider = types.len() + kinds.len() > 1 && !types.is_empty();
        let query = Query {
            kinds: if is_wider { Vec::new() } else { kinds.clone() },
            resource_type: types.first().filter(|_| !is_wider).cloned(),
            source: args.source.clone(),
            from: moment(session, args.from.as_deref(), when::from)?,
            to: moment(session, args.to.as_deref(), when::to)?,
            everything: args.all || is_wider,
            ..Query::default()
        };
        Ok(Self { query, kinds, types, is_wider })
    }

    fn takes(&self, item: &Item, all: bool) -> bool {
        !self.is_wider
            || ((all || item.standing != Standing::Deleted)
                && (self.kinds.contains(&item.kind) || self.types.contains(&item.resource_type)))
    }
}

/// Where a list goes on: each order has places of its own.
#[derive(Clone, Copy)]
enum Place {
    InTime(Option<Cursor>),
    ByName(Option<RecordId>),
}

impl Place {
    /// The beginning, or the place that the list before has printed.
    fn new(session: &Session, args: &Timeline) -> Result<Self, Failure> {
        let not_one = || Failure::Usage(words::NOT_A_CURSOR.get(session.lang).to_owned());
        let after = args.after.as_deref();
        Ok(if args.by_name {
            Self::ByName(after.map(|text| text.parse().map_err(|_| not_one())).transpose()?)
        } else {
            Self::InTime(after.map(|text| Cursor::parse(text).ok_or_else(not_one)).transpose()?)
        })
    }

    fn page(
        self,
        session: &Session,
        book: &Book,
        query: &Query,
        rows: u32,
    ) -> Result<(Vec<Item>, Option<Self>), Error> {
        Ok(match self {
            Self::InTime(after) => {
                let page = book.timeline(session.reading(), query, after, rows)?;
                (page.items, page.next.map(|next| Self::InTime(Some(next))))
            }
            Self::ByName(after) => {
                let page = book.by_name(session.reading(), query, after, rows)?;
                (page.items, page.next.map(|next| Self::ByName(Some(next))))
            }
        })
    }

    fn to_text(self) -> String {
        match self {
            Self::InTime(after) => after.map(|after| after.to_text()).unwrap_or_default(),
            Self::ByName(after) => after.map(|after| after.to_string()).unwrap_or_default(),
        }
    }
}

/// Records by time, newest first, or by name.
pub(crate) fn timeline(session: &mut Session, book: &Book, args: Timeline) -> Result<Outcome, Failure> {
    let asked = Asked::new(session, &args)?;
    let mut place = Place::new(session, &args)?;
    let mut left = match (args.limit, args.all) {
        (Some(limit), _) => Some(limit),
        (None, true) => None,
        (None, false) => Some(PAGE),
    };
    let _watching = Watching::start();
    let grouping = if args.by_name { Grouping::Ranked } else { Grouping::ByDay };
    let mut rows = Rows::new(session.lang, grouping);
    let mut none = true;
    let next = loop {
        let rows_asked = left.map_or(500, |left| left.min(500));
        let (items, next) = match place.page(session, book, &asked.query, rows_asked) {
            Err(error) if error.code() == ErrorCode::NotFound && args.source.is_some() => {
                let sentence = words::NO_SUCH_SOURCE.get(session.lang);
                return Err(Failure::told(error.code().as_str(), sentence));
            }
            other => other?,
        };
        for item in items.iter().filter(|item| asked.takes(item, args.all)) {
            none = false;
            // A page has no more rows than are left.
            left = left.map(|left| left.saturating_sub(1));
            if session.json {
                session.out.json(&Line::new(item))?;
            } else {
                rows.write(&mut session.out, item)?;
            }
        }
        match next {
            Some(next) if left != Some(0) => place = next,
            end => break end,
        }
        if stop::asked() {
            return Err(stopped(session));
        }
    };
    match next {
        Some(next) if session.json => session.out.json(&Next { next: next.to_text() })?,
        Some(next) => {
            session.out.line("")?;
            session.out.paragraph(0, &words::MORE.with(session.lang, &[("cursor", &next.to_text())]))?;
        }
        None if none && !session.json => {
            session.out.line(words::NO_RECORDS.get(session.lang))?;
            // Whoever has just imported looks for it here.
            let waiting: u64 = book.review(session.reading())?.iter().map(|one| one.records).sum();
            if waiting > 0 {
                let hint = words::SEE_REVIEW.with(session.lang, &[("n", &waiting)]);
                session.out.paragraph(0, &hint)?;
            }
        }
        None => {}
    }
    Ok(Outcome::Done)
}

/// The person asked to stop between two pages.
pub(crate) fn stopped(session: &Session) -> Failure {
    let code = ErrorCode::Stopped;
    Failure::told(code.as_str(), code.sentence(session.lang))
}

/// Records that hold the words, the best first.
pub(crate) fn search(session: &mut Session, book: &Book, args: &Search) -> Result<Outcome, Failure> {
    let found = book.search(session.reading(), &args.words.join(" "), args.limit)?;
    if session.json {
        for item in &found {
            session.out.json(&Line::new(item))?;
        }
        return Ok(Outcome::Done);
    }
    if found.is_empty() {
        session.out.line(words::NOTHING_FOUND.get(session.lang))?;
    }
    let mut rows = Rows::new(session.lang, Grouping::Ranked);
    for item in &found {
        rows.write(&mut session.out, item)?;
    }
    Ok(Outcome::Done)
}
