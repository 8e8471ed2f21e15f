//! The numbers of a series: points of records, samples of devices, and roll-ups.

use healthbook_model::{Coding, RecordId, Timestamp};
use healthbook_sqlite::rusqlite::{self, OptionalExtension, Row, params};

use super::{Reader, listed, listed_columns};
use crate::error::VaultError;
use crate::record::{FLAG_CORRECTED, FLAG_DUPLICATE, Listed};
use crate::write::SampleValue;

/// One number of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct PointRow {
    /// The record it stands in.
    pub record: RecordId,
    /// When.
    pub at: Timestamp,
    /// For the chart.
    pub value: f64,
    /// Its digits as written, after a comparator and a space where there is one (`< 5`).
    pub text: String,
    /// Its unit as written.
    pub unit: String,
}

/// Where reading the numbers of records goes on: behind this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointPlace {
    sort: i64,
    record: i64,
    n: i64,
}

impl PointPlace {
    /// Before the first one.
    pub const START: Self = Self { sort: i64::MIN + 1, record: i64::MIN, n: i64::MIN };
}

/// One reading of a device.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleRow {
    /// When.
    pub at: Timestamp,
    /// The exact value.
    pub value: SampleValue,
}

/// The readings of one device in one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleSeries {
    /// Its row, for [`Reader::samples_after`].
    pub row: i64,
    /// Unit.
    pub unit: String,
}

/// A day of a device's readings.
#[derive(Debug, Clone, PartialEq)]
pub struct DayRollUp {
    /// Day of the book's time zone, counted from 1970-01-01.
    pub day: i64,
    /// Unit.
    pub unit: String,
    /// Readings.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// The smallest.
    pub minimum: f64,
    /// The largest.
    pub maximum: f64,
}

pub(crate) const POINTS_AFTER: &str =
    "SELECT p.uid, p.sort, p.value, p.text, p.unit, p.record, p.n FROM visible_point p
    WHERE p.code = ?1 AND (p.sort, p.record, p.n) > (?2, ?3, ?4) AND (p.flags & ?5) = 0
    ORDER BY p.sort, p.record, p.n LIMIT ?6";

pub(crate) const SAMPLES_AFTER: &str = "SELECT s.at, s.value, s.decimals FROM visible_sample s
    WHERE s.series = ?1 AND s.at > ?2 ORDER BY s.at LIMIT ?3";

pub(crate) const POINTS: &str = "SELECT p.uid, p.sort, p.value, p.text, p.unit FROM visible_point p
    WHERE p.code = ?1 AND p.sort >= ?2 AND p.sort <= ?3 AND (p.flags & ?4) = 0 ORDER BY p.sort, p.record, p.n";

fn point(row: &Row<'_>) -> rusqlite::Result<PointRow> {
    Ok(PointRow {
        record: RecordId::from_bytes(row.get(0)?),
        at: Timestamp(row.get(1)?),
        value: row.get(2)?,
        text: row.get(3)?,
        unit: row.get(4)?,
    })
}

fn sample(row: &Row<'_>) -> rusqlite::Result<SampleRow> {
    Ok(SampleRow {
        at: Timestamp(row.get(0)?),
        value: SampleValue { value: row.get(1)?, decimals: row.get(2)? },
    })
}

impl Reader<'_> {
    fn code(&self, code: &Coding) -> Result<Option<i64>, VaultError> {
        Ok(self
            .db()
            .prepare_cached("SELECT id FROM code WHERE system = ?1 AND code = ?2")?
            .query_row([&code.system, &code.code], |row| row.get(0))
            .optional()?)
    }

    /// Records with this code, newest first.
    ///
    /// # Errors
    /// Of the database.
    pub fn with_code(&self, code: &Coding, limit: u32) -> Result<Vec<Listed>, VaultError> {
        let Some(code) = self.code(code)? else { return Ok(Vec::new()) };
        let mut select = self.db().prepare_cached(concat!(
            "SELECT ",
            listed_columns!(),
            " FROM visible_code c CROSS JOIN visible_listed r ON r.id = c.record WHERE c.code = ?1 ORDER BY r.sort DESC, r.id DESC LIMIT ?2"
        ))?;
        let rows = select.query_map(params![code, limit], listed)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Gives the numbers of records with this code one by one, oldest first. Only facts have any, and one that a
    /// correction stands beside, or that is told twice, is left out.
    ///
    /// # Errors
    /// Of the database.
    pub fn each_point(
        &self,
        code: &Coding,
        (from, to): (Timestamp, Timestamp),
        mut each: impl FnMut(PointRow),
    ) -> Result<(), VaultError> {
        let Some(code) = self.code(code)? else { return Ok(()) };
        let mut select = self.db().prepare_cached(POINTS)?;
        let from = from.0.max(i64::MIN + 1);
        let mut rows = select.query(params![code, from, to.0, FLAG_CORRECTED | FLAG_DUPLICATE])?;
        while let Some(row) = rows.next()? {
            each(point(row)?);
        }
        Ok(())
    }

    /// The same in pieces of at most `limit`, each with where the next one begins; an empty piece is the end.
    ///
    /// # Errors
    /// Of the database.
    pub fn points_after(
        &self,
        code: &Coding,
        place: PointPlace,
        limit: u32,
    ) -> Result<(Vec<PointRow>, PointPlace), VaultError> {
        let Some(code) = self.code(code)? else { return Ok((Vec::new(), place)) };
        let mut select = self.db().prepare_cached(POINTS_AFTER)?;
        let PointPlace { sort, record, n } = place;
        let bind = params![code, sort, record, n, FLAG_CORRECTED | FLAG_DUPLICATE, limit];
        let rows = select.query_map(bind, |row| {
            let next = PointPlace { sort: row.get(1)?, record: row.get(5)?, n: row.get(6)? };
            Ok((point(row)?, next))
        })?;
        let rows: Vec<(PointRow, PointPlace)> = rows.collect::<Result<_, _>>()?;
        let next = rows.last().map_or(place, |(_, next)| *next);
        Ok((rows.into_iter().map(|(row, _)| row).collect(), next))
    }

    /// What devices send with this code: one series a device and unit.
    ///
    /// # Errors
    /// Of the database.
    pub fn sample_series(&self, code: &Coding) -> Result<Vec<SampleSeries>, VaultError> {
        let Some(code) = self.code(code)? else { return Ok(Vec::new()) };
        let mut select = self.db().prepare_cached(
            "SELECT v.id, v.unit FROM visible_series v WHERE v.code = ?1 ORDER BY v.unit, v.id",
        )?;
        let rows =
            select.query_map([code], |row| Ok(SampleSeries { row: row.get(0)?, unit: row.get(1)? }))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Readings of one series after a moment, oldest first, at most `limit`.
    ///
    /// # Errors
    /// Of the database.
    pub fn samples_after(
        &self,
        series: &SampleSeries,
        after: Timestamp,
        limit: u32,
    ) -> Result<Vec<SampleRow>, VaultError> {
        let mut select = self.db().prepare_cached(SAMPLES_AFTER)?;
        let rows = select.query_map(params![series.row, after.0, limit], sample)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Readings of devices with this code in this unit, newest first, at most `limit`.
    ///
    /// # Errors
    /// Of the database.
    pub fn samples(
        &self,
        code: &Coding,
        unit: &str,
        (from, to): (Timestamp, Timestamp),
        limit: u32,
    ) -> Result<Vec<SampleRow>, VaultError> {
        let Some(code) = self.code(code)? else { return Ok(Vec::new()) };
        let mut select = self.db().prepare_cached(
            "SELECT s.at, s.value, s.decimals FROM visible_series v CROSS JOIN visible_sample s ON s.series = v.id
             WHERE v.code = ?1 AND v.unit = ?2 AND s.at >= ?3 AND s.at <= ?4 ORDER BY s.at DESC LIMIT ?5",
        )?;
        let rows = select.query_map(params![code, unit, from.0, to.0, limit], sample)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Days of readings of devices with this code, oldest first. Read from the roll-up.
    ///
    /// # Errors
    /// Of the database.
    pub fn sample_days(
        &self,
        code: &Coding,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<DayRollUp>, VaultError> {
        let Some(code) = self.code(code)? else { return Ok(Vec::new()) };
        let offset = self.utc_offset();
        let mut select = self.db().prepare_cached(
            "SELECT d.day, v.unit, d.count, d.sum, d.minimum, d.maximum FROM visible_series v
                CROSS JOIN visible_sample_day d ON d.series = v.id
             WHERE v.code = ?1 AND d.day BETWEEN ?2 AND ?3 AND d.count > 0 ORDER BY d.day",
        )?;
        let (first, last) = (crate::write::day_of(from.0, offset), crate::write::day_of(to.0, offset));
        let rows = select.query_map(params![code, first, last], |row| {
            Ok(DayRollUp {
                day: row.get(0)?,
                unit: row.get(1)?,
                count: row.get::<_, i64>(2)?.unsigned_abs(),
                sum: row.get(3)?,
                minimum: row.get(4)?,
                maximum: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
