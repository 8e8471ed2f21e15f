//! The ways to open the book.

use healthbook::{Book, Keystore, SecretText, SlotKind, Ways};
use serde::Serialize;

use crate::args::{Passphrase, RecoveryCode, RotateKey};
use crate::command::book::show_recovery_code;
use crate::failure::{Failure, Outcome};
use crate::progress::Watch;
use crate::secret::{self, Places};
use crate::session::Session;
use crate::{terminal, words};

#[derive(Serialize)]
struct WaysLine {
    ways: Vec<&'static str>,
}

#[derive(Serialize)]
struct Proven {
    ok: bool,
}

fn word(kind: SlotKind) -> &'static str {
    match kind {
        SlotKind::Keystore => "keyfile",
        SlotKind::Passphrase => "passphrase",
        SlotKind::Recovery => "recovery-code",
        SlotKind::Unknown(_) => "unknown",
    }
}

fn new_passphrase(session: &Session, file: Option<&std::path::Path>) -> Result<SecretText, Failure> {
    let places = Places { passphrase_file: file.map(std::path::Path::to_path_buf), ..Places::default() };
    match places.passphrase_file {
        Some(_) => {
            let passphrase =
                places.passphrase(session.lang)?.filter(|passphrase| !passphrase.expose().is_empty());
            passphrase
                .ok_or_else(|| Failure::told("invalid-input", words::EMPTY_PASSPHRASE.get(session.lang)))
        }
        None if terminal::can_ask_secret() => secret::ask_new_passphrase(session.lang),
        None => Err(Failure::Usage(words::NO_NEW_SECRET.get(session.lang).to_owned())),
    }
}

/// Sets a new passphrase or key file, or takes the passphrase away.
pub(crate) fn passphrase(session: &mut Session, book: &Book, args: &Passphrase) -> Result<Outcome, Failure> {
    if args.remove {
        let had_one = book.ways()?.contains(&SlotKind::Passphrase);
        if had_one {
            book.remove_passphrase()?;
        }
        let phrase = if had_one { words::PASSPHRASE_REMOVED } else { words::NO_PASSPHRASE };
        session.tell(phrase.get(session.lang))?;
    } else if let Some(path) = &args.new_keyfile {
        book.set_keystore(&secret::read_or_make_key_file(path, session.lang)?)?;
        session.tell(&words::KEEP_KEYFILE.with(session.lang, &[("file", &path.display())]))?;
    } else {
        let passphrase = new_passphrase(session, args.new_passphrase_file.as_deref())?;
        book.change_passphrase(&passphrase, None)?;
        session.tell(words::PASSPHRASE_CHANGED.get(session.lang))?;
    }
    ways(session, book)
}

fn ways(session: &mut Session, book: &Book) -> Result<Outcome, Failure> {
    let ways: Vec<&'static str> = book.ways()?.into_iter().map(word).collect();
    if session.json {
        session.out.json(&WaysLine { ways })?;
    } else {
        let named: Vec<&str> = ways.iter().map(|way| words::way(way).get(session.lang)).collect();
        session.out.paragraph(0, &words::OPENS_BY.with(session.lang, &[("ways", &named.join(", "))]))?;
    }
    Ok(Outcome::Done)
}

/// A new recovery code, or proof that the one that was written down is right.
pub(crate) fn recovery_code(
    session: &mut Session,
    book: &Book,
    args: &RecoveryCode,
) -> Result<Outcome, Failure> {
    let Some(file) = &args.check else {
        let code = book.renew_recovery_code()?;
        show_recovery_code(session, &code)?;
        session.tell(words::OLD_CODE_GONE.get(session.lang))?;
        return Ok(Outcome::Done);
    };
    let code = match file.as_ref().or(session.places.recovery_code_file.as_ref()) {
        Some(path) => secret::read_recovery_code(path, session.lang)?,
        None => secret::ask_recovery_code(session.lang)?,
    };
    let ok = book.proves(&code)?;
    if session.json {
        session.out.json(&Proven { ok })?;
    } else {
        let phrase = if ok { words::CODE_PROVEN } else { words::CODE_WRONG };
        session.out.line(phrase.get(session.lang))?;
    }
    Ok(if ok { Outcome::Done } else { Outcome::NotWell })
}

/// A new data key: every way to open the book is sealed anew.
pub(crate) fn rotate(session: &mut Session, book: &Book, args: &RotateKey) -> Result<Outcome, Failure> {
    let lang = session.lang;
    let ways = book.ways()?;
    let keyfile = match &args.new_keyfile {
        Some(path) => Some(path.clone()),
        None if ways.contains(&SlotKind::Keystore) => session.places.keyfile(),
        None => None,
    };
    let key = keyfile.as_deref().map(|path| secret::read_or_make_key_file(path, lang)).transpose()?;
    let has_passphrase = ways.contains(&SlotKind::Passphrase);
    let passphrase = match &args.new_passphrase_file {
        Some(path) => Some(new_passphrase(session, Some(path))?),
        // A way that is not named is gone afterwards, so the passphrase is asked for where there is one.
        None if has_passphrase => match session.places.passphrase(lang)? {
            Some(passphrase) => Some(passphrase),
            None if terminal::can_ask_secret() || key.is_none() => Some(new_passphrase(session, None)?),
            None => None,
        },
        None => None,
    };
    if key.is_none() && passphrase.is_none() {
        return Err(Failure::Usage(words::NO_NEW_SECRET.get(lang).to_owned()));
    }
    let new = Ways {
        keystore: key.as_ref().map(|key| key as &dyn Keystore),
        passphrase: passphrase.as_ref(),
        cost: None,
    };
    let code = book.rotate_key(new, &mut Watch::new(lang))?;
    show_recovery_code(session, &code)?;
    session.tell(words::KEY_ROTATED.get(lang))?;
    for (kind, kept) in [(SlotKind::Passphrase, passphrase.is_some()), (SlotKind::Keystore, key.is_some())] {
        if ways.contains(&kind) && !kept {
            session.tell(&words::WAY_GONE.with(lang, &[("way", &words::way(word(kind)).get(lang))]))?;
        }
    }
    Ok(Outcome::Done)
}
