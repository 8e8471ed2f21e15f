//! Every public call, and what it answers. One that is new has to be walked here, or to say why not.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use healthbook::{
    Book, By, CardFit, ChangeCursor, ExportForm, Kind, Lang, Query, Reading, RecordId, Timestamp,
};
use healthbook_scenarios::*;

use crate::twins::{A, CANARY, HIDDEN};

/// Takes identities out: two books never give the same.
pub(crate) fn without_ids(text: &str) -> String {
    let bytes = text.as_bytes();
    let is_uuid = |at: usize| {
        bytes.get(at..at + 36).is_some_and(|b| {
            b.iter()
                .enumerate()
                .all(|(n, c)| if matches!(n, 8 | 13 | 18 | 23) { *c == b'-' } else { c.is_ascii_hexdigit() })
        })
    };
    let mut out = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if is_uuid(at) {
            out.push_str("<id>");
            chars.nth(34);
        } else {
            out.push(c);
        }
    }
    out
}

fn readable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).into_owned();
    // What an attachment or a claim holds in base64 is looked at as well.
    let inner: Vec<String> = text
        .split(|c: char| !(c.is_ascii_alphanumeric() || "+/=".contains(c)))
        .filter(|run| run.len() >= 16)
        .filter_map(|run| data_encoding::BASE64.decode(run.as_bytes()).ok())
        .filter_map(|bytes| String::from_utf8(bytes).ok())
        .collect();
    text + &inner.join("\n")
}

fn all_ids(book: &Book, reading: Reading) -> Vec<RecordId> {
    everything(book, reading).into_iter().map(|i| i.id).collect()
}

pub(crate) fn document_ids(book: &Book, reading: Reading) -> Vec<healthbook::DocumentId> {
    book.documents(reading, None, 1000).unwrap().0.into_iter().map(|d| d.id).collect()
}

pub(crate) type Walk = fn(&Book, Reading) -> String;

/// Every call that reads, with all that it can answer.
pub(crate) const WALKED: &[(&str, Walk)] = &[
    ("timeline", |book, reading| {
        let mut text = String::new();
        let mut queries = vec![Query::default(), Query { everything: true, ..Query::default() }];
        queries.extend(Kind::ALL.iter().map(|k| Query { kinds: vec![*k], ..Query::default() }));
        queries.push(Query { resource_type: Some("Observation".into()), ..Query::default() });
        for source in [A, HIDDEN, "zekin8", "facility:zekin8", "Máy zekin", "Đồng hồ", "own", "nowhere"]
        {
            queries.push(Query { source: Some(source.into()), ..Query::default() });
        }
        for facility in ["Bệnh viện An Lành", "Phòng khám zekin", "CSKCB zekin8", "nowhere"] {
            queries.push(Query { facility: Some(facility.into()), ..Query::default() });
        }
        queries.push(Query {
            from: Some(Timestamp(1_760_000_000_000)),
            to: Some(Timestamp(1_780_000_000_000)),
            ..Query::default()
        });
        for (n, query) in queries.iter().enumerate() {
            let mut after = None;
            loop {
                match book.timeline(reading, query, after, 7) {
                    Ok(page) => {
                        text += &format!("{n}: {:?} {}\n", page.items, page.next.is_some());
                        after = page.next;
                    }
                    Err(error) => text += &format!("{n}: {error:?}\n"),
                }
                if after.is_none() {
                    break;
                }
            }
        }
        text
    }),
    ("by_name", |book, reading| {
        let mut text = String::new();
        let mut queries = vec![Query::default(), Query { everything: true, ..Query::default() }];
        queries.extend(Kind::ALL.iter().map(|k| Query { kinds: vec![*k], ..Query::default() }));
        queries.push(Query { source: Some(HIDDEN.into()), ..Query::default() });
        queries.push(Query { facility: Some("Phòng khám zekin".into()), ..Query::default() });
        for (n, query) in queries.iter().enumerate() {
            let mut after = None;
            loop {
                match book.by_name(reading, query, after, 7) {
                    Ok(page) => {
                        let items: Vec<_> =
                            page.items.iter().map(|item| (&item.title, &item.value)).collect();
                        text += &format!("{n}: {items:?} {}\n", page.next.is_some());
                        after = page.next;
                    }
                    Err(error) => text += &format!("{n}: {error:?}\n"),
                }
                if after.is_none() {
                    break;
                }
            }
        }
        text
    }),
    ("search", |book, reading| {
        let words = [
            "glucose",
            "gl",
            "glu",
            "ze",
            "zek",
            CANARY,
            "phong",
            "phòng khám",
            "amlodipin",
            "benh",
            "hiv",
            "dolutegravir",
            "đường huyết",
            "giay",
            "b20",
            "an lành",
        ];
        words
            .iter()
            .flat_map(|w| [(*w, 3), (*w, 100)])
            .map(|(w, n)| format!("{w}: {:?}\n", book.search(reading, w, n).unwrap()))
            .collect()
    }),
    ("resolve", |book, reading| {
        let of = |id: &RecordId| book.resolve(reading, &id.to_string()[..13]).map(|_| ());
        format!("{:?}", all_ids(book, reading).iter().map(of).collect::<Vec<_>>())
    }),
    ("item", |book, reading| each_id(book, reading, |id| book.item(reading, id))),
    ("show", |book, reading| {
        let english = Reading { lang: Lang::En, ..reading };
        each_id(book, reading, |id| book.show(reading, id))
            + &each_id(book, english, |id| book.show(english, id))
    }),
    ("raw", |book, reading| each_id(book, reading, |id| book.raw(reading, id).map(|b| readable(&b)))),
    ("versions", |book, reading| each_id(book, reading, |id| book.versions(reading, id))),
    ("raw_version", |book, reading| {
        each_id(book, reading, |id| book.raw_version(reading, id, 1).map(|b| readable(&b)))
    }),
    ("changes", |book, reading| {
        let (ids, _) = book.changes(reading, ChangeCursor::default(), 1000).unwrap();
        let titles: Vec<String> = ids.into_iter().map(|id| book.item(reading, id).unwrap().title).collect();
        // A page at a time it is the same.
        let (mut paged, mut since) = (Vec::new(), ChangeCursor::default());
        loop {
            let (page, next) = book.changes(reading, since, 3).unwrap();
            if page.is_empty() {
                break;
            }
            paged.extend(page.into_iter().map(|id| book.item(reading, id).unwrap().title));
            since = next;
        }
        assert_eq!(paged, titles);
        format!("{titles:?}")
    }),
    ("last_change", |book, reading| {
        let last = book.last_change(reading).unwrap();
        format!("{:?}", book.changes(reading, last, 1000).unwrap().0)
    }),
    ("documents", |book, reading| {
        let all = book.documents(reading, None, 1000).unwrap().0;
        let (mut paged, mut before) = (Vec::new(), None);
        loop {
            let (page, next) = book.documents(reading, before, 2).unwrap();
            paged.extend(page);
            before = next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(paged, all);
        format!("{all:?}")
    }),
    ("document", |book, reading| {
        document_ids(book, reading)
            .into_iter()
            .map(|id| format!("{:?}\n", book.document(reading, id)))
            .collect()
    }),
    ("open_document", |book, reading| {
        let mut text = String::new();
        for id in document_ids(book, reading) {
            let mut bytes = Vec::new();
            book.open_document(reading, id).unwrap().read_to_end(&mut bytes).unwrap();
            text += &readable(&bytes);
        }
        text
    }),
    ("documents_of", |book, reading| each_id(book, reading, |id| book.documents_of(reading, id))),
    ("records_of", |book, reading| {
        document_ids(book, reading)
            .into_iter()
            .map(|id| format!("{:?}\n", book.records_of(reading, id).unwrap().len()))
            .collect()
    }),
    ("attachments", |book, reading| {
        format!("{:?}", healthbook_scenarios::attachments(book, reading, None).unwrap())
            + &each_id(book, reading, |id| healthbook_scenarios::attachments(book, reading, Some(id)))
    }),
    ("attachment_bytes", |book, reading| {
        each_id(book, reading, |id| book.attachment_bytes(reading, id, 1).map(|b| readable(&b)))
    }),
    ("quarantine", |book, reading| {
        let all = healthbook_scenarios::quarantined(book, reading).unwrap();
        assert!(all.iter().map(|q| q.n).eq(1..=all.len() as i64), "no number is missing");
        format!("{all:?}")
    }),
    ("quarantined_bytes", |book, reading| {
        healthbook_scenarios::quarantined(book, reading)
            .unwrap()
            .iter()
            .map(|q| readable(&book.quarantined_bytes(reading, q.n).unwrap()))
            .collect()
    }),
    ("person", |book, reading| format!("{:?}", book.person(reading).unwrap())),
    ("emergency", |book, reading| format!("{:?}", book.emergency(reading).unwrap())),
    ("compare_scan", |book, reading| {
        match book.compare_scan("079090888888||Trần Văn Thí Dụ|01071990|Nam|Nơi thử|01012022", reading.lang)
        {
            Ok(CardFit::Differs(all)) => {
                all.into_iter().map(|one| format!("{} {} {}\n", one.what, one.book, one.card)).collect()
            }
            other => format!("{other:?}"),
        }
    }),
    ("insurance_cards", |book, reading| {
        let cards = book.insurance_cards(reading).unwrap();
        cards.into_iter().map(|c| format!("{:?} {:?} {}\n", c.rows, c.notes, c.in_force)).collect()
    }),
    ("review", |book, reading| format!("{:?}", book.review(reading).unwrap())),
    ("trend", |book, reading| {
        let mut text = String::new();
        for series in [
            "weight",
            "glucose",
            "heart-rate",
            "pulse",
            "http://loinc.org|15074-8",
            "http://loinc.org|8867-4",
            "http://loinc.org|20447-9",
        ] {
            for by in [None, Some(By::Day), Some(By::Week), Some(By::Month)] {
                text += &format!("{series} {by:?}: {:?}\n", book.trend(reading, series, None, None, by));
            }
        }
        text
    }),
    ("export_fhir", |book, reading| {
        let mut out = Vec::new();
        let a = book.export_fhir(reading, ExportForm::Bundle, &mut out, &mut ()).unwrap();
        let b = book.export_fhir(reading, ExportForm::Ndjson, &mut out, &mut ()).unwrap();
        format!("{a:?} {b:?} {}", readable(&out))
    }),
    ("export_csv", |book, reading| {
        let mut out = Vec::new();
        let rows = ["http://loinc.org|15074-8", "http://loinc.org|20447-9"]
            .map(|s| book.export_csv(reading, s, &mut out, &mut ()).unwrap());
        format!("{rows:?} {}", readable(&out))
    }),
    ("each", |book, reading| format!("{:?}", everything(book, reading))),
    ("stats", |book, reading| {
        let mut stats = book.stats(reading).unwrap();
        stats.file_size = 0;
        format!("{stats:?}")
    }),
    ("audit", |book, reading| {
        let lines = book.audit(reading, None, 10_000).unwrap();
        assert!(lines.iter().map(|l| l.n).eq((1..=lines.len() as i64).rev()), "no number is missing");
        // A page at a time it is the same.
        let mut paged = Vec::new();
        while paged.last().is_none_or(|l: &healthbook::AuditLine| l.n > 1) {
            paged.extend(book.audit(reading, paged.last().map(|l| l.n), 3).unwrap());
        }
        assert_eq!(paged, lines);
        lines
            .into_iter()
            .map(|l| {
                format!("{} {:?} {} {} {} {}\n", l.n, l.at, l.actor, l.action, l.object.is_some(), l.detail)
            })
            .collect()
    }),
    ("consents", |book, reading| {
        let mut all = book.consents(reading).unwrap();
        all.iter_mut().for_each(|c| c.id = [0; 16]);
        format!("{all:?}")
    }),
    ("links", |book, reading| each_id(book, reading, |id| book.links(reading, id))),
    ("fields", |book, reading| each_id(book, reading, |id| book.fields(reading, id))),
    ("purge_plan", |book, reading| each_id(book, reading, |id| book.purge_plan(reading, id))),
];

fn each_id<T: std::fmt::Debug, E: std::fmt::Debug>(
    book: &Book,
    reading: Reading,
    call: impl Fn(RecordId) -> Result<T, E>,
) -> String {
    all_ids(book, reading).into_iter().map(|id| format!("{:?}\n", call(id))).collect()
}

/// Calls that are walked by a story of their own.
const ACTS: &[&str] =
    &["import", "edit", "correct", "delete", "restore", "purge", "link", "unlink", "confirm", "reject"];

/// Calls that show nothing of any record, and why.
const SHOW_NOTHING: &[(&str, &str)] = &[
    ("create", "makes an empty book"),
    ("open", "answers with the book"),
    ("dir", "the folder's path"),
    ("lock", "closes"),
    ("suspend", "closes"),
    ("resume", "opens again"),
    ("erase_plan", "names and sizes of the book's own files; sizes are not hidden"),
    ("erase", "names of the book's own files"),
    ("remap", "counts what it reads again, restricted records only with the flag"),
    ("subscribe", "is told that something was written, not what"),
    ("note_restricted_access", "writes a line that is itself restricted"),
    ("give_consent", "writes what it is told"),
    ("withdraw_consent", "writes"),
    ("ways", "kinds of secrets"),
    ("change_passphrase", "keys"),
    ("remove_passphrase", "keys"),
    ("set_keystore", "keys"),
    ("renew_recovery_code", "keys"),
    ("proves", "keys"),
    ("rotate_key", "keys"),
    ("verify", "numbers of pages and rows of a damaged file"),
    ("add", "writes what it is told and gives a fresh identity"),
    ("add_entry", "writes what it is told and gives a fresh identity"),
    ("set_person", "changes the book's own person"),
    ("save_scan", "writes what it is told"),
    ("put_samples", "counts what it is told against the same series"),
    ("purge_samples", "counts what it is told to erase"),
];

#[test]
fn every_public_call_is_walked_or_says_why_not() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../core/book/src");
    let mut methods = BTreeSet::new();
    for (_, bytes) in files_under(&source) {
        let mut inside = false;
        for line in String::from_utf8(bytes).unwrap().lines() {
            match line {
                "}" => inside = false,
                _ if line.starts_with("impl") => {
                    inside = line.contains("impl Book ") || line.contains("for Book ")
                }
                _ => {}
            }
            if let Some(rest) = line.strip_prefix("    pub fn ").filter(|_| inside) {
                let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                assert!(methods.insert(name.clone()), "{name} twice");
            }
        }
    }
    assert!(methods.len() > 60, "{methods:?}");
    let known: BTreeSet<String> = WALKED
        .iter()
        .map(|(n, _)| *n)
        .chain(ACTS.iter().copied())
        .chain(SHOW_NOTHING.iter().map(|(n, _)| *n))
        .map(str::to_owned)
        .collect();
    let forgotten: Vec<&String> = methods.difference(&known).collect();
    assert!(forgotten.is_empty(), "calls that no story walks without the flag: {forgotten:?}");
    let over: Vec<&String> = known.difference(&methods).collect();
    assert!(over.is_empty(), "calls that are no more: {over:?}");
}
