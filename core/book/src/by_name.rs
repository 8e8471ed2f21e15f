//! Lists by name: people and offices, medicines, results, in the order of what they are called on the screen.
//!
//! No index has this order: what a record is called depends on the reader's language (a coded result, a kind of visit) and
//! is compared without marks and capitals. So a page looks at every record of the query once and keeps the rows it shows.
//! That is meant for lists that stay short in a person's book; the timeline is what stays flat however much there is.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use healthbook_model::{Coding, Lang, RecordId};
use healthbook_vault::{Cursor, Listed, Reader, RecordRow, VaultError, fold};

use crate::book::{Book, Query};
use crate::error::Error;
use crate::item::{Item, Reading, other_title};

/// A page of a list by name.
#[derive(Debug, Clone, PartialEq)]
pub struct NamePage {
    /// The rows.
    pub items: Vec<Item>,
    /// The record after which the next page begins; `None` after the last.
    pub next: Option<RecordId>,
}

/// Where a record stands: by its name as a search takes it, then by its name as it is written, then newest first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    folded: String,
    title: String,
    newest: Reverse<Cursor>,
}

impl Place {
    fn new(resource_type: &str, title: String, code: Option<&Coding>, cursor: Cursor, lang: Lang) -> Self {
        let title = other_title(resource_type, &title, code, lang).unwrap_or(title);
        Self { folded: fold::folded(&title), title, newest: Reverse(cursor) }
    }
}

/// The first rows after a place, one more than a page holds.
fn first_rows(
    reader: &Reader<'_>,
    lang: Lang,
    query: &Query,
    after: Option<RecordId>,
    limit: usize,
) -> Result<Vec<Listed>, VaultError> {
    let after = match after {
        Some(id) => {
            let row = reader.record(id)?;
            Some(Place::new(&row.resource_type, row.title, row.title_code.as_ref(), row.cursor, lang))
        }
        None => None,
    };
    let mut first: BinaryHeap<(Place, RecordRow)> = BinaryHeap::new();
    reader.titles(&query.filter(), |titled| {
        let code = titled.title_code.as_ref();
        let place = Place::new(&titled.resource_type, titled.title, code, titled.cursor, lang);
        let is_before = after.as_ref().is_some_and(|after| place <= *after);
        let is_behind = first.len() > limit && first.peek().is_some_and(|(last, _)| *last <= place);
        if !is_before && !is_behind {
            first.push((place, titled.row));
            if first.len() > limit.saturating_add(1) {
                first.pop();
            }
        }
    })?;
    first.into_sorted_vec().into_iter().map(|(_, row)| reader.record_at(row)).collect()
}

impl Book {
    /// A page of what the query finds, by name in the reader's language: without regard to marks and capitals, `Đặng`
    /// beside `dang`. Looks at everything that the query finds, whatever the page holds.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`](crate::ErrorCode::NotFound) when the query names a source or facility that the book does
    /// not know, or the record to go on from is no more.
    pub fn by_name(
        &self,
        reading: Reading,
        query: &Query,
        after: Option<RecordId>,
        limit: u32,
    ) -> Result<NamePage, Error> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut rows = self.read(reading, |reader| first_rows(reader, reading.lang, query, after, limit))?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| row.id);
        Ok(NamePage { items: rows.into_iter().map(|row| Item::new(row, reading.lang)).collect(), next })
    }
}
