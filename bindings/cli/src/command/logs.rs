//! Who did what, and what the person agreed to.

use healthbook::{Book, RecordId};
use serde::Serialize;

use crate::args::{Audit, Consent, ConsentWhat, Give};
use crate::command::Made;
use crate::failure::{Failure, Outcome};
use crate::render::items::short_id;
use crate::render::{dates, text};
use crate::session::Session;
use crate::words;

#[derive(Serialize)]
struct AuditLine<'a> {
    n: i64,
    at: String,
    actor: &'a str,
    action: &'a str,
    object: Option<String>,
    detail: &'a str,
}

#[derive(Serialize)]
struct ConsentLine<'a> {
    id: String,
    purpose: &'a str,
    scope: &'a str,
    given_at: String,
    withdrawn_at: Option<String>,
    evidence: &'a str,
}

/// The log, newest first.
pub(crate) fn audit(session: &mut Session, book: &Book, args: &Audit) -> Result<Outcome, Failure> {
    let lang = session.lang;
    for line in book.audit(session.reading(), args.before, args.limit)? {
        let object = line.object.map(|id| RecordId::from_bytes(id).to_string());
        if session.json {
            session.out.json(&AuditLine {
                n: line.n,
                at: dates::rfc3339(line.at),
                actor: &line.actor,
                action: &line.action,
                object,
                detail: &line.detail,
            })?;
        } else {
            let action = words::action(&line.action).map_or(line.action.as_str(), |phrase| phrase.get(lang));
            let id = object.map(short_id).unwrap_or_default();
            let row = format!(
                "{:>6}  {}  {}  {id:<8}  {}",
                line.n,
                text::left(&dates::instant(line.at, lang), 17),
                text::left(action, 26),
                line.detail
            );
            session.out.line(text::cut(&row, session.out.columns).trim_end())?;
        }
    }
    Ok(Outcome::Done)
}

/// Consents: listed, given, withdrawn.
pub(crate) fn consent(session: &mut Session, book: &Book, args: &Consent) -> Result<Outcome, Failure> {
    match &args.what {
        None | Some(ConsentWhat::List) => list(session, book),
        Some(ConsentWhat::Give(Give { purpose, scope, evidence })) => {
            let id = book.give_consent(purpose, scope, evidence)?.to_string();
            if session.json {
                session.out.json(&Made { id })?;
            } else {
                session.out.line(&id)?;
                session.tell(words::CONSENT_GIVEN.get(session.lang))?;
            }
            Ok(Outcome::Done)
        }
        Some(ConsentWhat::Withdraw(args)) => {
            let id = of_beginning(session, book, &args.id)?;
            book.withdraw_consent(id)?;
            if session.json {
                session.out.json(&Made { id: id.to_string() })?;
            } else {
                session.out.line(words::CONSENT_WITHDRAWN.get(session.lang))?;
            }
            Ok(Outcome::Done)
        }
    }
}

/// The consent whose identity begins like this.
fn of_beginning(session: &Session, book: &Book, typed: &str) -> Result<RecordId, Failure> {
    let wanted = typed.trim().to_lowercase();
    let all = book.consents(session.reading())?;
    let mut fitting = all
        .iter()
        .map(|consent| RecordId::from_bytes(consent.id))
        .filter(|id| wanted.len() >= 8 && id.to_string().starts_with(&wanted));
    let code = match (fitting.next(), fitting.next()) {
        (Some(id), None) => return Ok(id),
        (None, _) => healthbook::ErrorCode::NotFound,
        (Some(_), Some(_)) => healthbook::ErrorCode::Ambiguous,
    };
    Err(Failure::told(code.as_str(), code.sentence(session.lang)))
}

fn list(session: &mut Session, book: &Book) -> Result<Outcome, Failure> {
    let lang = session.lang;
    let all = book.consents(session.reading())?;
    for consent in &all {
        let id = RecordId::from_bytes(consent.id).to_string();
        if session.json {
            session.out.json(&ConsentLine {
                id,
                purpose: &consent.purpose,
                scope: &consent.scope,
                given_at: dates::rfc3339(consent.given_at),
                withdrawn_at: consent.withdrawn_at.map(dates::rfc3339),
                evidence: &consent.evidence,
            })?;
            continue;
        }
        let given = words::GIVEN_AT.with(lang, &[("at", &dates::instant(consent.given_at, lang))]);
        let mut line = format!("{}  {} · {given}", short_id(id), consent.purpose);
        for more in [&consent.scope, &consent.evidence].into_iter().filter(|text| !text.is_empty()) {
            line.push_str(&format!(" · {more}"));
        }
        if let Some(at) = consent.withdrawn_at {
            line.push_str(&format!(
                " · {}",
                words::WITHDRAWN_AT.with(lang, &[("at", &dates::instant(at, lang))])
            ));
        }
        session.out.paragraph(0, &line)?;
    }
    if all.is_empty() && !session.json {
        session.out.line(words::NO_CONSENTS.get(lang))?;
    }
    Ok(Outcome::Done)
}
