//! High-rate readings of devices: compact rows, clustered by series and time, with a roll-up per day.

use healthbook_model::{Coding, Timestamp};
use healthbook_sqlite::rusqlite::{OptionalExtension, params};

use super::{Writer, day_of};
use crate::error::VaultError;
use crate::record::SourceRow;

/// An exact decimal: `value` with `decimals` digits after the point. 612 with 1 is 61.2; 610 with 1 is 61.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SampleValue {
    /// All digits.
    pub value: i64,
    /// How many of them stand after the point; at most 15.
    pub decimals: u8,
}

impl SampleValue {
    /// Reads `-?digits[.digits]`, at most 15 digits in all.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = whole.trim_start_matches('-');
        let all = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        let sound = !digits.is_empty()
            && all(digits)
            && all(fraction)
            && whole.len() - digits.len() <= 1
            && digits.len() + fraction.len() <= 15
            && (!text.contains('.') || !fraction.is_empty());
        if !sound {
            return None;
        }
        let value = format!("{whole}{fraction}").parse().ok()?;
        Some(Self { value, decimals: u8::try_from(fraction.len()).ok()? })
    }

    /// For charts and sums only.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }
}

impl std::fmt::Display for SampleValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let decimals = usize::from(self.decimals.min(15));
        let digits = format!("{:0width$}", self.value.unsigned_abs(), width = decimals + 1);
        let (whole, fraction) = digits.split_at(digits.len() - decimals);
        let sign = if self.value < 0 { "-" } else { "" };
        if decimals == 0 { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{fraction}") }
    }
}

/// One reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// When.
    pub at: Timestamp,
    /// What the device showed.
    pub value: SampleValue,
}

impl Writer<'_> {
    /// Puts readings of one series. A reading of the same moment is replaced (the device sent it again); the roll-up of
    /// every day that was touched is made anew. Answers how many are new.
    ///
    /// # Errors
    /// Of the database.
    pub fn put_samples(
        &mut self,
        source: SourceRow,
        code: &Coding,
        unit: &str,
        restricted: bool,
        samples: &[Sample],
    ) -> Result<u64, VaultError> {
        let code = self.code(&code.system, &code.code)?;
        self.tx
            .prepare_cached(
                "INSERT OR IGNORE INTO series (source, code, unit, restricted) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![source.0, code, unit, restricted])?;
        let series: i64 = self
            .tx
            .prepare_cached("SELECT id FROM series WHERE source = ?1 AND code = ?2 AND unit = ?3")?
            .query_row(params![source.0, code, unit], |row| row.get(0))?;
        if restricted {
            self.tx.prepare_cached("UPDATE series SET restricted = 1 WHERE id = ?1")?.execute([series])?;
        } else {
            self.source_told(source)?;
        }
        let mut new = 0;
        let mut days = std::collections::BTreeSet::new();
        {
            let mut had = self.tx.prepare_cached("SELECT 1 FROM sample WHERE series = ?1 AND at = ?2")?;
            let mut insert = self.tx.prepare_cached(
                "INSERT INTO sample (series, at, value, decimals) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET value = excluded.value, decimals = excluded.decimals",
            )?;
            for sample in samples {
                let known = had.query_row(params![series, sample.at.0], |_| Ok(())).optional()?.is_some();
                new += u64::from(!known);
                insert.execute(params![series, sample.at.0, sample.value.value, sample.value.decimals])?;
                days.insert(day_of(sample.at.0, self.constants.utc_offset));
            }
        }
        for day in days {
            self.roll_up(series, day)?;
        }
        Ok(new)
    }

    /// Erases all readings of a device with this code. Answers how many.
    ///
    /// # Errors
    /// [`VaultError::NotFound`] when there are none.
    pub fn purge_samples(&mut self, source: SourceRow, code: &Coding) -> Result<u64, VaultError> {
        let series: Vec<i64> = {
            let mut select = self.tx.prepare_cached(
                "SELECT s.id FROM series s JOIN code c ON c.id = s.code WHERE s.source = ?1 AND c.system = ?2 AND c.code = ?3",
            )?;
            select
                .query_map(params![source.0, code.system, code.code], |row| row.get(0))?
                .collect::<Result<_, _>>()?
        };
        if series.is_empty() {
            return Err(VaultError::NotFound { what: "series" });
        }
        let mut gone = 0;
        for id in series {
            self.tx.prepare_cached("DELETE FROM sample_day WHERE series = ?1")?.execute([id])?;
            gone += self.tx.prepare_cached("DELETE FROM sample WHERE series = ?1")?.execute([id])? as u64;
            self.tx.prepare_cached("DELETE FROM series WHERE id = ?1")?.execute([id])?;
        }
        self.sweep_names()?;
        Ok(gone)
    }

    fn roll_up(&self, series: i64, day: i64) -> Result<(), VaultError> {
        let start = day * 86_400_000 - i64::from(self.constants.utc_offset) * 60_000;
        let mut select = self.tx.prepare_cached(
            "SELECT value, decimals FROM sample WHERE series = ?1 AND at >= ?2 AND at < ?3 ORDER BY at",
        )?;
        let values: Vec<f64> = select
            .query_map(params![series, start, start + 86_400_000], |row| {
                Ok(SampleValue { value: row.get(0)?, decimals: row.get(1)? }.to_f64())
            })?
            .collect::<Result<_, _>>()?;
        let count = i64::try_from(values.len()).unwrap_or(i64::MAX);
        let sum: f64 = values.iter().sum();
        let minimum = values.iter().copied().fold(f64::INFINITY, f64::min);
        let maximum = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        self.tx
            .prepare_cached(
                "INSERT INTO sample_day (series, day, count, sum, minimum, maximum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT DO UPDATE SET count = excluded.count, sum = excluded.sum, minimum = excluded.minimum,
                    maximum = excluded.maximum",
            )?
            .execute(params![series, day, count, sum, minimum, maximum])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_keeps_its_digits() {
        for text in ["61.0", "0.010", "-0.5", "72", "0", "123456789012345", "-12.50"] {
            assert_eq!(SampleValue::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "-", "1.", ".5", "1e3", "1234567890123456", "--1", "1.2.3", "١"] {
            assert_eq!(SampleValue::parse(text), None, "{text}");
        }
    }
}
