//! `show`: one record, for reading, as it was sent, or with its history.

use std::path::Path;

use healthbook::{Book, ErrorCode, RecordId, Section, Version};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::args::Show;
use crate::command::files;
use crate::failure::{Failure, Outcome};
use crate::out::Style;
use crate::render::items::{Line, in_short, needs_warning, short_id};
use crate::render::{dates, text};
use crate::session::Session;
use crate::words;

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    item: Line<'a>,
    sections: Vec<SectionLine<'a>>,
    narrative: Option<&'a str>,
    /// The record's own JSON, to the digit.
    resource: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct SectionLine<'a> {
    title: Option<&'a str>,
    rows: Vec<RowLine<'a>>,
}

#[derive(Serialize)]
struct RowLine<'a> {
    label: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
struct VersionLine {
    id: String,
    n: u32,
    parents: Vec<u32>,
    author: &'static str,
    received_at: String,
    last_updated: Option<String>,
    version_id: Option<String>,
    bytes: Option<u64>,
    document: Option<String>,
    head: bool,
}

impl VersionLine {
    fn new(id: RecordId, version: &Version) -> Self {
        Self {
            id: id.to_string(),
            n: version.n,
            parents: version.parents.clone(),
            author: if version.own { "person" } else { "source" },
            received_at: dates::rfc3339(version.received_at),
            last_updated: version.rank_time.map(|at| dates::rfc3339(healthbook::Timestamp(at))),
            version_id: version.rank_version.clone(),
            bytes: version.length,
            document: version.document.map(|id| id.to_string()),
            head: version.is_head,
        }
    }
}

/// Shows each of the records.
pub(crate) fn run(session: &mut Session, book: &Book, args: &Show) -> Result<Outcome, Failure> {
    if args.raw && args.out.is_none() && (args.ids.len() > 1 || args.versions) {
        return Err(Failure::Usage(words::RAW_NEEDS_OUT.get(session.lang).to_owned()));
    }
    let ids: Vec<RecordId> =
        args.ids.iter().map(|typed| session.record(book, typed)).collect::<Result<_, _>>()?;
    if let Some(dir) = args.out.as_deref().filter(|_| args.raw) {
        return to_files(session, book, &ids, dir, args.versions);
    }
    for (n, id) in ids.iter().enumerate() {
        if args.raw {
            let bytes = book.raw(session.reading(), *id)?;
            std::io::Write::write_all(session.out.bytes(), &bytes)?;
        } else if args.versions || args.history {
            if n > 0 && !session.json {
                session.out.line("")?;
            }
            history(session, book, *id)?;
        } else {
            if n > 0 && !session.json {
                session.out.line("")?;
            }
            show(session, book, *id)?;
        }
    }
    Ok(Outcome::Done)
}

fn to_files(
    session: &mut Session,
    book: &Book,
    ids: &[RecordId],
    dir: &Path,
    versions: bool,
) -> Result<Outcome, Failure> {
    let lang = session.lang;
    let failed = |_| Failure::told("io", words::CANNOT_WRITE.with(lang, &[("file", &dir.display())]));
    files::refuse_own_files(session, dir, dir)?;
    std::fs::create_dir_all(dir).map_err(failed)?;
    let mut files = 0;
    for id in ids {
        if versions {
            for version in book.versions(session.reading(), *id)?.iter().filter(|v| v.length.is_some()) {
                let bytes = book.raw_version(session.reading(), *id, version.n)?;
                files::write_bytes(session, &dir.join(format!("{id}.{}.json", version.n)), &bytes)?;
                files += 1;
            }
        } else {
            let bytes = book.raw(session.reading(), *id)?;
            files::write_bytes(session, &dir.join(format!("{id}.json")), &bytes)?;
            files += 1;
        }
    }
    session.tell(&words::FILES_WRITTEN.with(lang, &[("n", &files), ("dir", &dir.display())]))?;
    Ok(Outcome::Done)
}

/// One record for reading.
pub(crate) fn show(session: &mut Session, book: &Book, id: RecordId) -> Result<(), Failure> {
    let reading = session.reading();
    let item = book.item(reading, id)?;
    let view = book.show(reading, id)?;
    if session.json {
        let raw = match book.raw(reading, id) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.code() == ErrorCode::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        // On one line: only breaks between tokens can be raw ones, and they mean nothing.
        let one_line =
            raw.map(|bytes| bytes.split(|b| matches!(b, b'\n' | b'\r')).collect::<Vec<_>>().concat());
        let resource: Option<&RawValue> =
            one_line.as_deref().and_then(|bytes| serde_json::from_slice(bytes).ok());
        let sections = view.sections.iter().map(section_line).collect();
        return session.out.json(&Shown {
            item: Line::new(&item),
            sections,
            narrative: view.narrative.as_deref(),
            resource,
        });
    }
    session.out.spans(&[(Style::Strong, &text::cut(&view.title, session.out.columns))])?;
    let short = in_short(&item, session.lang);
    session.out.styled_paragraph(Style::Faint, 0, &format!("{short} · {}", short_id(id)))?;
    if needs_warning(&item) {
        session.out.styled_paragraph(Style::Warning, 0, words::NOT_A_PLAIN_FACT.get(session.lang))?;
    }
    for section in &view.sections {
        if section.rows.is_empty() {
            continue;
        }
        match &section.title {
            Some(title) => session.out.heading(title)?,
            None => session.out.line("")?,
        }
        let widest = section.rows.iter().map(|row| text::width(&row.label)).max().unwrap_or(0).clamp(8, 26);
        for row in &section.rows {
            session.out.pair(&row.label, &row.value, 2, widest)?;
        }
    }
    if let Some(narrative) = view.narrative.as_deref().filter(|text| !text.trim().is_empty()) {
        session.out.heading(words::NARRATIVE.get(session.lang))?;
        session.out.paragraph(2, narrative)?;
    }
    for link in book.links(reading, id)? {
        let Ok(other) = book.item(reading, link.other) else { continue };
        let phrase = if link.outgoing { words::LINK_TO } else { words::LINK_FROM };
        let rel = words::link(link.rel).get(session.lang);
        let line = phrase.with(session.lang, &[("rel", &rel), ("what", &in_short(&other, session.lang))]);
        session.out.line("")?;
        session.out.paragraph(0, &format!("{line} ({})", short_id(link.other)))?;
    }
    Ok(())
}

fn section_line(section: &Section) -> SectionLine<'_> {
    SectionLine {
        title: section.title.as_deref(),
        rows: section.rows.iter().map(|row| RowLine { label: &row.label, value: &row.value }).collect(),
    }
}

/// All states of a record, oldest first.
fn history(session: &mut Session, book: &Book, id: RecordId) -> Result<(), Failure> {
    let versions = book.versions(session.reading(), id)?;
    if session.json {
        return versions.iter().try_for_each(|version| session.out.json(&VersionLine::new(id, version)));
    }
    let item = book.item(session.reading(), id)?;
    session.out.paragraph(0, &format!("{} · {}", in_short(&item, session.lang), short_id(id)))?;
    for version in &versions {
        let lang = session.lang;
        let author = if version.own { words::BY_PERSON } else { words::BY_SOURCE }.get(lang);
        let size = match version.length {
            Some(bytes) => words::BYTES.with(lang, &[("n", &bytes)]),
            None if version.own => words::WAS_DELETED.get(lang).to_owned(),
            None => words::NOT_READ_ANY_MORE.get(lang).to_owned(),
        };
        let mut line =
            format!("{:>3}  {}  {author} · {size}", version.n, dates::instant(version.received_at, lang));
        if let Some(name) = &version.rank_version {
            line.push_str(&format!(" · {}", words::SOURCE_VERSION.with(lang, &[("name", name)])));
        }
        if let Some(at) = version.rank_time {
            let at = dates::instant(healthbook::Timestamp(at), lang);
            line.push_str(&format!(" · {}", words::SOURCE_UPDATED.with(lang, &[("at", &at)])));
        }
        if version.is_head {
            line.push_str(&format!(" · {}", words::IS_HEAD.get(lang)));
        }
        session.out.line(&text::cut(&line, session.out.columns))?;
    }
    Ok(())
}
