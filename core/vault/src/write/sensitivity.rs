//! How sensitivity spreads to what hangs together.
//!
//! A record that is sensitive of its own (a *seed*) restricts the visit it belongs to; a restricted visit restricts
//! everything that belongs to it; and what names a seed (a report its result, a dispense its prescription, a visit its
//! reason) is restricted with it, because it tells of it. The other way round it is not: what a seed names is what it was
//! before, unless it is a part of the seed (the results of a report). It goes no further: a diabetes that was written down
//! at a restricted visit does not restrict every other visit for diabetes.
//!
//! A document Bundle, and the Composition that sums it up, hold the bytes and the words of their parts: any restricted part
//! restricts them, for whatever reason it is. The other parts are records of their own and stay, unless the document is
//! labelled as a whole.

use healthbook_model::Rel;
use healthbook_sqlite::rusqlite::params;

use super::{Writer, int};
use crate::error::VaultError;
use crate::record::Bytes;

/// What a record points to, of one relation.
pub(crate) const TARGETS: &str = "SELECT t.id FROM reference f
    JOIN record t ON t.source = f.source AND t.origin = f.origin AND (f.type = '' OR t.type = f.type)
    WHERE f.record = ?1 AND f.rel = ?2";

/// What points to a record, of one relation.
pub(crate) const POINTING: &str = "SELECT f.record FROM record t
    JOIN reference f ON f.source = t.source AND f.origin = t.origin AND f.rel = ?2
        AND (f.type = '' OR f.type = t.type)
    WHERE t.id = ?1";

/// How a record names another one that it tells of.
const NAMING: [Rel; 6] =
    [Rel::PartOf, Rel::HasMember, Rel::DerivedFrom, Rel::BasedOn, Rel::Reason, Rel::Medication];

/// How a record belongs to a visit, or goes with it.
const AT_VISIT: [Rel; 2] = [Rel::Encounter, Rel::Beside];

impl Writer<'_> {
    pub(super) fn spread_sensitivity(&mut self, touched: &[i64]) -> Result<(), VaultError> {
        // In a book without anything sensitive, which is most of them, this is all there is to do.
        if !self.any_restricted()? && !self.any_sensitive(touched)? {
            return Ok(());
        }
        for record in touched {
            self.spread_from(*record)?;
        }
        Ok(())
    }

    fn any_sensitive(&self, records: &[i64]) -> Result<bool, VaultError> {
        let mut select = self.tx.prepare_cached("SELECT sensitive FROM record WHERE id = ?1")?;
        for record in records {
            if select.query_map([record], |row| row.get::<_, bool>(0))?.next().transpose()? == Some(true) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn any_restricted(&self) -> Result<bool, VaultError> {
        Ok(self
            .tx
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM tally WHERE access >= 1 AND count > 0)")?
            .query_row([], |row| row.get(0))?)
    }

    /// Follows one record that came or changed: what it restricts, and what restricts it.
    fn spread_from(&mut self, record: i64) -> Result<(), VaultError> {
        let (sensitive, is_visit): (bool, bool) = match self
            .tx
            .prepare_cached("SELECT sensitive, type = 'Encounter' FROM record WHERE id = ?1")?
            .query_map([record], |row| Ok((row.get(0)?, row.get(1)?)))?
            .next()
            .transpose()?
        {
            Some(found) => found,
            None => return Ok(()),
        };
        if sensitive {
            self.restrict(record)?;
            for other in self.told_by(record)? {
                if self.reaches(record, other)? {
                    self.restrict(other)?;
                }
            }
            for visit in self.visits_of(record, is_visit)? {
                if self.reaches(record, visit)? {
                    self.restrict_visit(visit)?;
                }
            }
            return self.restrict_holders(record);
        }
        let seeds = |found: Vec<i64>| {
            found.into_iter().any(|seed| {
                self.flag(seed, "sensitive").unwrap_or(true) && self.reaches(seed, record).unwrap_or(true)
            })
        };
        let mut restricted = seeds(self.telling_of(record)?);
        if is_visit {
            restricted |= seeds(self.pointing(record, &[Rel::Encounter])?);
        } else {
            for visit in self.targets(record, &AT_VISIT)? {
                restricted |= self.flag(visit, "restricted")?;
            }
            // A copy is as restricted as what it was copied from, for whatever reason that is.
            for original in self.originals(record)? {
                restricted |= self.flag(original, "restricted")?;
            }
        }
        if restricted && is_visit {
            self.restrict_visit(record)?;
        } else if restricted || self.flag(record, "restricted")? {
            self.restrict(record)?;
        } else {
            return Ok(());
        }
        self.restrict_holders(record)
    }

    /// Restricts the document that holds a restricted record, and the Composition of a restricted document.
    fn restrict_holders(&mut self, record: i64) -> Result<(), VaultError> {
        let holders: Vec<i64> = {
            let mut select = self.tx.prepare_cached(
                "SELECT h.id FROM link l JOIN record h ON h.id = l.target AND h.type = 'Bundle'
                    WHERE l.record = ?1 AND l.rel = 'part-of' AND l.undone_at IS NULL
                 UNION ALL SELECT c.id FROM record b JOIN link l ON l.target = b.id AND l.rel = 'part-of'
                    JOIN record c ON c.id = l.record AND c.type = 'Composition'
                    WHERE b.id = ?1 AND b.type = 'Bundle' AND l.undone_at IS NULL",
            )?;
            select.query_map([record], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        for holder in holders {
            self.restrict(holder)?;
        }
        Ok(())
    }

    /// Whether a seed restricts another record. One that waits on the shelf restricts what waits too and what came with it,
    /// and not what others brought: a stranger's diagnosis must not hide the person's allergy. It does when it is
    /// confirmed.
    fn reaches(&self, seed: i64, other: i64) -> Result<bool, VaultError> {
        Ok(self
            .tx
            .prepare_cached(
                "SELECT s.access <> 2 OR o.access = 2 OR EXISTS
                    (SELECT 1 FROM version v JOIN span p ON p.document = v.document AND p.record = s.id
                     WHERE v.record = o.id AND v.n = 1)
                 FROM record s JOIN record o ON o.id = ?2 WHERE s.id = ?1",
            )?
            .query_row([seed, other], |row| row.get(0))?)
    }

    fn flag(&self, record: i64, which: &'static str) -> Result<bool, VaultError> {
        let sql = if which == "sensitive" {
            "SELECT sensitive FROM record WHERE id = ?1"
        } else {
            "SELECT restricted FROM record WHERE id = ?1"
        };
        Ok(self.tx.prepare_cached(sql)?.query_row([record], |row| row.get(0))?)
    }

    /// Records that this one points to, in the same source.
    fn targets(&self, record: i64, rels: &[Rel]) -> Result<Vec<i64>, VaultError> {
        let mut select = self.tx.prepare_cached(TARGETS)?;
        let mut found = Vec::new();
        for rel in rels {
            for id in select.query_map(params![record, rel.number()], |row| row.get(0))? {
                found.push(id?);
            }
        }
        Ok(found)
    }

    /// Records of the same source that point to this one.
    fn pointing(&self, record: i64, rels: &[Rel]) -> Result<Vec<i64>, VaultError> {
        let mut select = self.tx.prepare_cached(POINTING)?;
        let mut found = Vec::new();
        for rel in rels {
            for id in select.query_map(params![record, rel.number()], |row| row.get(0))? {
                found.push(id?);
            }
        }
        Ok(found)
    }

    /// What tells of a seed: whatever names it, its parts, and what it is linked with.
    fn told_by(&self, seed: i64) -> Result<Vec<i64>, VaultError> {
        let mut found = self.pointing(seed, &NAMING)?;
        for part in self.targets(seed, &[Rel::HasMember])? {
            if self.can_be_part(part)? {
                found.push(part);
            }
        }
        found.extend(self.linked_now(seed)?);
        Ok(found)
    }

    /// The other way round: what a record tells of, if it is a seed.
    fn telling_of(&self, record: i64) -> Result<Vec<i64>, VaultError> {
        let mut found = self.targets(record, &NAMING)?;
        if self.can_be_part(record)? {
            found.extend(self.pointing(record, &[Rel::HasMember])?);
        }
        found.extend(self.linked_now(record)?);
        Ok(found)
    }

    /// People and places are listed in many records and are a part of none.
    fn can_be_part(&self, record: i64) -> Result<bool, VaultError> {
        Ok(self
            .tx
            .prepare_cached(
                "SELECT type NOT IN ('Patient', 'Person', 'RelatedPerson', 'Practitioner', 'PractitionerRole',
                    'Organization', 'Location', 'Encounter', 'EpisodeOfCare')
                 FROM record WHERE id = ?1",
            )?
            .query_row([record], |row| row.get(0))?)
    }

    /// What a record is linked with: also the correction beside it, and the document Bundle that holds it.
    fn linked_now(&self, record: i64) -> Result<Vec<i64>, VaultError> {
        let mut found = Vec::new();
        let mut select = self.tx.prepare_cached(
            "SELECT target FROM link WHERE record = ?1 AND undone_at IS NULL
             UNION SELECT record FROM link WHERE target = ?1 AND undone_at IS NULL",
        )?;
        for id in select.query_map([record], |row| row.get(0))? {
            found.push(id?);
        }
        Ok(found)
    }

    /// What a record was copied from.
    fn originals(&self, record: i64) -> Result<Vec<i64>, VaultError> {
        let mut select = self.tx.prepare_cached(
            "SELECT target FROM link WHERE record = ?1 AND rel IN ('corrects', 'derived-from')",
        )?;
        let found = select.query_map([record], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(found)
    }

    /// The copies that were made from a record.
    fn copies(&self, record: i64) -> Result<Vec<i64>, VaultError> {
        let mut select = self.tx.prepare_cached(
            "SELECT record FROM link WHERE target = ?1 AND rel IN ('corrects', 'derived-from')",
        )?;
        let found = select.query_map([record], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(found)
    }

    fn visits_of(&self, record: i64, is_visit: bool) -> Result<Vec<i64>, VaultError> {
        if is_visit {
            return Ok(vec![record]);
        }
        let mut visits = self.targets(record, &[Rel::Encounter])?;
        for pointing in self.pointing(record, &[Rel::Reason])? {
            if self
                .tx
                .prepare_cached("SELECT type = 'Encounter' FROM record WHERE id = ?1")?
                .query_row([pointing], |row| row.get(0))?
            {
                visits.push(pointing);
            }
        }
        Ok(visits)
    }

    fn members(&self, visit: i64) -> Result<Vec<i64>, VaultError> {
        self.pointing(visit, &AT_VISIT)
    }

    fn restrict_visit(&mut self, visit: i64) -> Result<(), VaultError> {
        self.restrict(visit)?;
        for member in self.members(visit)? {
            self.restrict(member)?;
        }
        Ok(())
    }

    /// The same bytes came once with a restricted visit and now with an ordinary one (a claim's patient, an insurance
    /// card): nothing in them is sensitive, and no longer only the restricted visit tells of them. What is shown of them
    /// from now on is that they came just now, with the file that is shown.
    pub(super) fn relax(
        &mut self,
        record: i64,
        hash: &[u8; 32],
        bytes: &Bytes<'_>,
    ) -> Result<bool, VaultError> {
        let relaxed = self
            .tx
            .prepare_cached(
                "UPDATE record SET sensitive = 0, restricted = 0, access = iif(access = 1, 0, access), changed = ?3
                 WHERE id = ?1 AND sensitive = 1
                 AND EXISTS (SELECT 1 FROM version v WHERE v.record = ?1 AND v.n = record.head AND v.hash = ?2)
                 -- an older state may be what is sensitive, and is read in the history
                 AND (SELECT count(*) FROM version v WHERE v.record = ?1) = 1",
            )?
            .execute(params![record, hash.as_slice(), self.change])?;
        if relaxed == 0 {
            return Ok(false);
        }
        match bytes {
            Bytes::Stretch { document, offset, .. } => self
                .tx
                .prepare_cached(
                    "UPDATE version SET received_at = ?2, document = ?3, \"offset\" = ?4,
                        blob = (SELECT blob FROM document WHERE id = ?3) WHERE record = ?1
                        AND blob = (SELECT d.blob FROM document d WHERE d.id = version.document)",
                )?
                .execute(params![record, self.now.0, document.0, int(*offset)?])?,
            Bytes::Own { document, .. } => self
                .tx
                .prepare_cached(
                    "UPDATE version SET received_at = ?2, document = ?3
                     WHERE record = ?1 AND mapping IS NOT NULL",
                )?
                .execute(params![record, self.now.0, document.map(|row| row.0)])?,
        };
        self.move_words(record, false)?;
        self.touched.push(record);
        Ok(true)
    }

    /// Restricts one record with its words and the documents it stands in.
    fn restrict(&mut self, record: i64) -> Result<(), VaultError> {
        let changed = self
            .tx
            .prepare_cached(
                "UPDATE record SET restricted = 1, access = max(access, 1), changed = ?2 WHERE id = ?1
                 AND (restricted = 0 OR access = 0)",
            )?
            .execute(params![record, self.change])?;
        if changed > 0 {
            if !self.sent.contains(&record) {
                self.hushed.insert(record);
            }
            for copy in self.copies(record)? {
                self.restrict(copy)?;
            }
            self.restrict_holders(record)?;
        }
        self.tx
            .prepare_cached(
                "UPDATE document SET restricted = 1 WHERE restricted = 0
                 AND id IN (SELECT document FROM span WHERE record = ?1)",
            )?
            .execute([record])?;
        self.move_words(record, true)
    }
}
