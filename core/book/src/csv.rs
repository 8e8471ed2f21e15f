//! A series as a table for a spreadsheet: every number of records and devices, streamed.

use std::collections::VecDeque;
use std::io::Write;

use healthbook_model::{Coding, Observer, PartialDateTime, RecordId, Stage, Timestamp};
use healthbook_vault::{PointPlace, SampleSeries};

use crate::book::Book;
use crate::error::Error;
use crate::item::Reading;
use crate::trend::codes_of;

/// Numbers fetched at once from each place where they stand.
const PAGE: u32 = 2000;

/// One number, ready to be written.
struct Number {
    at: Timestamp,
    text: String,
    unit: String,
    record: Option<RecordId>,
}

/// A place where numbers of a series stand, in the order of time.
enum Place {
    /// In records.
    Records(PointPlace),
    /// Among the readings of one device.
    Device(SampleSeries, Timestamp),
}

/// Numbers of one place, fetched a page at a time.
struct Stream {
    place: Place,
    fetched: VecDeque<Number>,
    is_at_end: bool,
}

impl Stream {
    fn new(place: Place) -> Self {
        Self { place, fetched: VecDeque::new(), is_at_end: false }
    }

    /// When the next number is from.
    fn next_at(&mut self, book: &Book, reading: Reading, code: &Coding) -> Result<Option<Timestamp>, Error> {
        if self.fetched.is_empty() && !self.is_at_end {
            match &mut self.place {
                Place::Records(place) => {
                    let (rows, next) =
                        book.read(reading, |reader| reader.points_after(code, *place, PAGE))?;
                    *place = next;
                    self.fetched.extend(rows.into_iter().map(|row| Number {
                        at: row.at,
                        text: row.text,
                        unit: row.unit,
                        record: Some(row.record),
                    }));
                }
                Place::Device(series, after) => {
                    let rows = book.read(reading, |reader| reader.samples_after(series, *after, PAGE))?;
                    *after = rows.last().map_or(*after, |row| row.at);
                    self.fetched.extend(rows.into_iter().map(|row| Number {
                        at: row.at,
                        text: row.value.to_string(),
                        unit: series.unit.clone(),
                        record: None,
                    }));
                }
            }
            self.is_at_end = self.fetched.is_empty();
        }
        Ok(self.fetched.front().map(|number| number.at))
    }
}

impl Book {
    /// Writes a series as CSV (RFC 4180): time, value as written, unit, code, record; every number that there is, one
    /// code after the other, each in the order of time. Answers the number of rows. The observer is told of rows.
    ///
    /// # Errors
    /// As [`Book::trend`] and of the output; [`crate::ErrorCode::Stopped`].
    pub fn export_csv(
        &self,
        reading: Reading,
        series: &str,
        out: &mut dyn Write,
        observer: &mut dyn Observer,
    ) -> Result<u64, Error> {
        let (_, codes) = codes_of(series, reading.lang)?;
        let offset = self.vault.utc_offset()?;
        out.write_all(b"time,value,unit,system,code,record\r\n")?;
        let mut rows = 0;
        for (code, _) in &codes {
            let devices = self.read(reading, |reader| reader.sample_series(code))?;
            let mut streams = vec![Stream::new(Place::Records(PointPlace::START))];
            let before_all = Timestamp(i64::MIN);
            streams.extend(devices.into_iter().map(|series| Stream::new(Place::Device(series, before_all))));
            while let Some(number) = self.next_number(reading, code, &mut streams)? {
                let time = PartialDateTime::from_timestamp(number.at, offset).to_string();
                let record = number.record.map(|id| id.to_string()).unwrap_or_default();
                let fields = [&time, &number.text, &number.unit, &code.system, &code.code, &record];
                let row: Vec<String> = fields.iter().map(|field| csv_field(field)).collect();
                write!(out, "{}\r\n", row.join(","))?;
                rows += 1;
                if rows % u64::from(PAGE) == 0 {
                    self.report(observer, Stage::Writing, rows, None, 0)?;
                }
            }
        }
        self.report(observer, Stage::Writing, rows, None, 0)?;
        out.flush()?;
        self.log_export(reading, rows)?;
        Ok(rows)
    }

    /// The earliest of the numbers that come next.
    fn next_number(
        &self,
        reading: Reading,
        code: &Coding,
        streams: &mut [Stream],
    ) -> Result<Option<Number>, Error> {
        let mut earliest: Option<(Timestamp, usize)> = None;
        for (n, stream) in streams.iter_mut().enumerate() {
            if let Some(at) = stream.next_at(self, reading, code)?
                && earliest.is_none_or(|(first, _)| at < first)
            {
                earliest = Some((at, n));
            }
        }
        Ok(earliest.and_then(|(_, n)| streams.get_mut(n)).and_then(|stream| stream.fetched.pop_front()))
    }
}

/// A field of a CSV. A text that a spreadsheet would take for a formula is quoted as text; spreadsheets skip the space
/// in front of one.
fn csv_field(text: &str) -> String {
    let first = text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
    let is_number = text.strip_prefix('-').is_some_and(|digits| {
        digits.starts_with(|c: char| c.is_ascii_digit()) && digits.parse::<f64>().is_ok()
    });
    let formula = text.starts_with(['\t', '\r', '\n'])
        || (first.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) && !is_number);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_csv_field_is_data_and_not_a_formula() {
        assert_eq!(csv_field("=1+1"), "'=1+1");
        assert_eq!(csv_field("-0.5"), "-0.5");
        assert_eq!(csv_field("< 5"), "< 5");
        assert_eq!(csv_field("a,\"b\""), "\"a,\"\"b\"\"\"");
        for formula in
            [" =1+1", "\t=1+1", "  @SUM(A1)", "\u{a0}+1", "\r\n-1", "- 1", "-inf", "-@", "＝1+1", "\tx"]
        {
            assert!(csv_field(formula).trim_start_matches('"').starts_with('\''), "{formula:?}");
        }
    }
}
