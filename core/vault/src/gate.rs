//! The gate for restricted records and for the shelf, in one place.
//!
//! Readers never see the tables. Each reading connection belongs to one gate and has temporary views that let
//! through what this gate shows, and an authorizer that SQLite asks while it compiles a statement: a table with
//! content can be read through its view and in no other way. A query that forgets the gate does not leak, it does
//! not compile.

use healthbook_sqlite::rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use healthbook_sqlite::rusqlite::{self, Connection};

/// What a reader may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Gate {
    /// Restricted records, and all that would tell of them, are not there.
    #[default]
    Ordinary,
    /// Restricted records were asked for.
    WithRestricted,
}

/// `access <= 1` stands in both, literally, since it is the condition of the partial indexes.
const ORDINARY: &str = "
    CREATE TEMP VIEW visible_record AS SELECT * FROM main.record WHERE access <= 1 AND access = 0;
    CREATE TEMP VIEW visible_document AS SELECT * FROM main.document
        WHERE state > 0 AND shelved = 0 AND restricted = 0;
    CREATE TEMP VIEW visible_quarantine AS SELECT q.* FROM main.quarantine q
        JOIN main.document d ON d.id = q.document
        WHERE q.restricted = 0 AND d.restricted = 0 AND d.shelved = 0;
    CREATE TEMP VIEW visible_audit AS SELECT * FROM main.audit a WHERE a.restricted = 0
        AND NOT EXISTS (SELECT 1 FROM main.record r WHERE r.uid = a.object AND r.access > 0)
        AND NOT EXISTS (SELECT 1 FROM main.purged p WHERE p.uid = a.object AND p.restricted = 1)
        AND NOT EXISTS (SELECT 1 FROM main.document d WHERE d.uid = a.object AND (d.restricted = 1 OR d.shelved = 1));
    CREATE TEMP VIEW visible_tally AS SELECT * FROM main.tally WHERE access = 0 AND count > 0;
    CREATE TEMP VIEW visible_series AS SELECT * FROM main.series WHERE restricted = 0;
    -- A file that is hidden has no name, also where it is its records' source.
    CREATE TEMP VIEW visible_name AS SELECT s.id, s.told_seen AS seen,
        CASE WHEN s.kind = 'document' AND EXISTS
            (SELECT 1 FROM main.document d WHERE d.uid = unhex(substr(s.base, 10)) AND d.restricted = 1)
        THEN s.base ELSE coalesce(s.label, s.base) END AS name
        FROM main.source s WHERE s.kind <> '';
    CREATE TEMP VIEW waiting AS SELECT r.id, r.subject, r.type, r.kind, r.title, r.start, r.source FROM main.record r
        WHERE r.access = 2 AND r.sensitive = 0 AND r.restricted = 0;
    CREATE TEMP VIEW waiting_other AS SELECT o.id, o.source FROM main.subject o WHERE o.type <> ''
        AND (o.state <> 0 OR EXISTS (SELECT 1 FROM waiting w WHERE w.subject = o.id));
    CREATE TEMP VIEW waiting_quarantine AS SELECT q.* FROM main.quarantine q
        JOIN main.document d ON d.id = q.document
        WHERE q.restricted = 0 AND d.restricted = 0 AND d.shelved = 1
        AND EXISTS (SELECT 1 FROM main.span s JOIN waiting w ON w.id = s.record WHERE s.document = d.id);
";

const WITH_RESTRICTED: &str = "
    CREATE TEMP VIEW visible_record AS SELECT * FROM main.record WHERE access <= 1;
    CREATE TEMP VIEW visible_document AS SELECT * FROM main.document WHERE state > 0 AND shelved = 0;
    CREATE TEMP VIEW visible_quarantine AS SELECT q.* FROM main.quarantine q
        JOIN main.document d ON d.id = q.document WHERE d.shelved = 0;
    CREATE TEMP VIEW visible_audit AS SELECT * FROM main.audit a
        WHERE NOT EXISTS (SELECT 1 FROM main.record r WHERE r.uid = a.object AND r.access = 2);
    CREATE TEMP VIEW visible_tally AS SELECT * FROM main.tally WHERE access <= 1 AND count > 0;
    CREATE TEMP VIEW visible_series AS SELECT * FROM main.series WHERE restricted IN (0, 1);
    CREATE TEMP VIEW visible_name AS SELECT s.id, s.last_seen AS seen, coalesce(s.label, s.base) AS name
        FROM main.source s WHERE s.kind <> '';
    CREATE TEMP VIEW waiting AS SELECT r.id, r.subject, r.type, r.kind, r.title, r.start, r.source FROM main.record r
        WHERE r.access = 2;
    CREATE TEMP VIEW waiting_other AS SELECT o.id, o.source FROM main.subject o WHERE o.type <> '';
    CREATE TEMP VIEW waiting_quarantine AS SELECT q.* FROM main.quarantine q
        JOIN main.document d ON d.id = q.document WHERE d.shelved = 1;
    CREATE VIRTUAL TABLE temp.search_restricted_word USING fts5vocab (main, search_restricted, instance);
";

/// Views that hang on the ones above and are the same for both gates. In all of them a table is named with a condition
/// on one of its columns, even one that always holds: for a table of which only the row number is used SQLite asks again,
/// outside of any view, and is refused.
const BOTH: &str = "
    CREATE TEMP VIEW visible_version AS SELECT v.* FROM main.version v JOIN visible_record r ON r.id = v.record;
    CREATE TEMP VIEW visible_point AS SELECT p.*, r.uid, r.standing, r.flags FROM main.point p
        CROSS JOIN visible_record r ON r.id = p.record;
    CREATE TEMP VIEW visible_code AS SELECT c.* FROM main.record_code c CROSS JOIN visible_record r ON r.id = c.record;
    CREATE TEMP VIEW visible_attachment AS SELECT a.*, r.uid FROM main.attachment a
        JOIN visible_record r ON r.id = a.record;
    CREATE TEMP VIEW visible_link AS SELECT l.* FROM main.link l JOIN visible_record a ON a.id = l.record
        JOIN visible_record b ON b.id = l.target;
    CREATE TEMP VIEW visible_reference AS SELECT f.* FROM main.reference f JOIN visible_record r ON r.id = f.record;
    CREATE TEMP VIEW visible_alias AS SELECT r.id AS record, r.uid, a.source, a.name FROM main.alias a
        CROSS JOIN visible_record r ON r.source = a.source AND r.type = a.type AND r.origin = a.origin;
    CREATE TEMP VIEW visible_span AS SELECT s.* FROM main.span s JOIN visible_record r ON r.id = s.record
        JOIN visible_document d ON d.id = s.document;
    CREATE TEMP VIEW visible_sample AS SELECT s.* FROM main.sample s CROSS JOIN visible_series v ON v.id = s.series;
    CREATE TEMP VIEW visible_sample_day AS SELECT s.* FROM main.sample_day s
        CROSS JOIN visible_series v ON v.id = s.series;
    CREATE TEMP VIEW visible_source AS SELECT s.* FROM main.source s
        WHERE s.kind = 'own' OR EXISTS (SELECT 1 FROM visible_tally t WHERE t.source = s.id);
    -- A record with the names a list needs. The names come through the record: a source or a facility of which
    -- nothing is visible has no row here.
    CREATE TEMP VIEW visible_listed AS SELECT r.*, f.name AS facility_name, n.name AS source_name,
        s.base AS source_base
        FROM visible_record r JOIN main.source s ON s.id = r.source AND s.kind <> ''
        JOIN visible_name n ON n.id = r.source
        LEFT JOIN main.facility f ON f.id = r.facility AND f.name <> '';
    CREATE TEMP VIEW visible_facility AS SELECT f.* FROM main.facility f
        WHERE EXISTS (SELECT 1 FROM visible_record r WHERE r.facility = f.id);
    -- Somebody who was confirmed and whose records are not all in yet (it was stopped) still waits.
    CREATE TEMP VIEW waiting_subject AS SELECT s.* FROM main.subject s WHERE s.state IN (0, 1)
        AND EXISTS (SELECT 1 FROM waiting w WHERE w.subject = s.id);
    -- Whoever has only restricted records waiting has a number far from the others', which so have no gap.
    CREATE TEMP VIEW waiting_number AS SELECT s.id, coalesce(s.number, 100000 + s.id) AS number FROM main.subject s
        WHERE s.type IS NOT NULL;
    -- The one person a source has told of, who is confirmed: records of that source that name nobody may be theirs.
    CREATE TEMP VIEW waiting_likely AS SELECT s.source, s.name FROM main.subject s
        WHERE s.state = 1 AND s.type <> '' AND s.name <> ''
        AND NOT EXISTS (SELECT 1 FROM waiting_other o WHERE o.source = s.source AND o.id <> s.id)
        AND EXISTS (SELECT 1 FROM visible_tally t WHERE t.source = s.source);
    CREATE TEMP VIEW waiting_source AS SELECT * FROM main.source s
        WHERE EXISTS (SELECT 1 FROM waiting_subject w WHERE w.source = s.id);
    -- The words of the full-text table, in their order.
    CREATE VIRTUAL TABLE temp.search_word USING fts5vocab (main, search, instance);
";

/// Tables that a reader may name directly: they hold nothing of a record that is not visible, or (chunk, blob)
/// nothing that can be found without a row that is.
const OPEN: &[&str] = &["meta", "code", "blob", "chunk", "consent"];

/// Tables of full-text search that the ordinary gate may read; FTS5 reads its own through the same door.
const SEARCH: &[&str] = &[
    "search",
    "search_word",
    "search_data",
    "search_idx",
    "search_content",
    "search_docsize",
    "search_config",
];
const SEARCH_RESTRICTED: &[&str] = &[
    "search_restricted",
    "search_restricted_word",
    "search_restricted_data",
    "search_restricted_idx",
    "search_restricted_content",
    "search_restricted_docsize",
    "search_restricted_config",
];

fn is_view(name: &str) -> bool {
    name.starts_with("visible_") || name.starts_with("waiting")
}

fn may_read(gate: Gate, table: &str, accessor: Option<&str>) -> bool {
    accessor.is_some_and(is_view)
        || is_view(table)
        || OPEN.contains(&table)
        || SEARCH.contains(&table)
        || (gate == Gate::WithRestricted && SEARCH_RESTRICTED.contains(&table))
        || table.starts_with("sqlite_")
        || table.starts_with("pragma_")
}

/// Makes a connection a reader of this gate.
pub(crate) fn install(db: &mut Connection, gate: Gate) -> rusqlite::Result<()> {
    db.execute_batch(match gate {
        Gate::Ordinary => ORDINARY,
        Gate::WithRestricted => WITH_RESTRICTED,
    })?;
    db.execute_batch(BOTH)?;
    db.execute_batch("PRAGMA query_only = ON;")?;
    db.authorizer(Some(move |context: AuthContext<'_>| match context.action {
        AuthAction::Read { table_name, .. } if !may_read(gate, table_name, context.accessor) => {
            Authorization::Deny
        }
        AuthAction::Read { .. }
        | AuthAction::Select
        | AuthAction::Function { .. }
        | AuthAction::Recursive
        | AuthAction::Transaction { .. }
        | AuthAction::Pragma { .. } => Authorization::Allow,
        // FTS5 compiles its own statements over its own tables when it is first used.
        AuthAction::Update { table_name, .. }
        | AuthAction::Insert { table_name }
        | AuthAction::Delete { table_name }
            if table_name.starts_with("search") =>
        {
            Authorization::Allow
        }
        _ => Authorization::Deny,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_with_content_is_read_through_its_view_only() {
        assert!(!may_read(Gate::Ordinary, "record", None));
        assert!(!may_read(Gate::WithRestricted, "record", None));
        assert!(may_read(Gate::Ordinary, "record", Some("visible_record")));
        assert!(!may_read(Gate::Ordinary, "search_restricted", None));
        assert!(!may_read(Gate::Ordinary, "search_restricted_data", None));
        assert!(!may_read(Gate::Ordinary, "search_restricted_word", None));
        assert!(may_read(Gate::WithRestricted, "search_restricted", None));
        for table in [
            "version",
            "document",
            "quarantine",
            "audit",
            "tally",
            "sample",
            "series",
            "point",
            "link",
            "indexed_text",
            "subject",
            "source",
            "facility",
            "purged",
        ] {
            assert!(!may_read(Gate::WithRestricted, table, None), "{table}");
        }
    }
}
