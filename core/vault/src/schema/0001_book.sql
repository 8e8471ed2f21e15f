-- Step 1: the book. Times are milliseconds since 1970-01-01 UTC; `uid`s are 16 random bytes.
-- Rules of the house: STRICT, NOT NULL wherever a value is always there, every name spelled out. A pointer is declared
-- as a foreign key where an index finds what points; elsewhere a deletion would walk the table, and `verify` checks it.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Where versions come from. `base` is the identity: a server's base URL, `facility:CODE`, `label:TEXT`,
-- `document:UID` for a file that names no source, or `own`. `last_seen` is when it last sent anything, `told_seen` when
-- it last sent something that the ordinary gate shows.
CREATE TABLE source (
    id         INTEGER PRIMARY KEY,
    kind       TEXT    NOT NULL,
    base       TEXT    NOT NULL UNIQUE,
    label      TEXT,
    first_seen INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL,
    told_seen  INTEGER NOT NULL
) STRICT;

CREATE TABLE facility (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- Bytes, once: documents and what is not a stretch of a document. A blob's chunk n has the id blob << 20 | n and
-- holds 64 KiB, but for the last. (Smaller than a megabyte on purpose: a record is read as a stretch of its
-- document, and reading a stretch costs one chunk. See docs/adr/0004.)
CREATE TABLE blob (
    id   INTEGER PRIMARY KEY,
    size INTEGER NOT NULL
) STRICT;
CREATE TABLE chunk (
    id    INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL
) STRICT;

-- A file as it came. state: 0 being received, 1 received, 2 read. `digest` is an HMAC: the SHA-256 of a short
-- health text can be guessed. `redacted` counts the stretches a purge has overwritten.
CREATE TABLE document (
    id          INTEGER PRIMARY KEY,
    uid         BLOB    NOT NULL UNIQUE,
    source      INTEGER REFERENCES source (id),
    blob        INTEGER NOT NULL,
    format      TEXT    NOT NULL,
    media_type  TEXT    NOT NULL,
    name        TEXT,
    digest      BLOB,
    received_at INTEGER NOT NULL,
    state       INTEGER NOT NULL,
    shelved     INTEGER NOT NULL,
    restricted  INTEGER NOT NULL DEFAULT 0,
    redacted    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX document_by_digest ON document (digest) WHERE digest IS NOT NULL;

-- Whom a source's records are about. state: 0 not confirmed, 1 the book's person, 2 somebody else. `number` is what the
-- person decides by, given in the order in which the ordinary gate comes to show them.
CREATE TABLE subject (
    id         INTEGER PRIMARY KEY,
    source     INTEGER NOT NULL REFERENCES source (id),
    type       TEXT    NOT NULL,
    origin     TEXT    NOT NULL,
    state      INTEGER NOT NULL,
    name       TEXT,
    birth_date TEXT,
    sex        TEXT,
    number     INTEGER,
    UNIQUE (source, type, origin)
) STRICT;
CREATE UNIQUE INDEX subject_by_number ON subject (number) WHERE number IS NOT NULL;
CREATE TABLE subject_identifier (
    subject INTEGER NOT NULL REFERENCES subject (id) ON DELETE CASCADE,
    system  TEXT    NOT NULL,
    value   TEXT    NOT NULL,
    PRIMARY KEY (subject, system, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX subject_identifier_by_value ON subject_identifier (value, system);

-- A record as it stands now: what a list needs, taken from its head version.
--   access   0 in every list, 1 only when restricted records are asked for, 2 on the shelf "not confirmed"
--   sensitive of its own; restricted also by what it hangs together with
--   sort     first millisecond of `start`, or the smallest integer for an undated one
--   its identity stands with the type last: a reference by `urn:uuid:` does not say the type of what it points to
--   heads    how many versions nobody has joined; flags: see record.rs
CREATE TABLE record (
    id           INTEGER PRIMARY KEY,
    uid          BLOB    NOT NULL UNIQUE,
    source       INTEGER NOT NULL REFERENCES source (id),
    type         TEXT    NOT NULL,
    origin       TEXT    NOT NULL,
    subject      INTEGER,
    head         INTEGER NOT NULL,
    heads        INTEGER NOT NULL,
    access       INTEGER NOT NULL,
    sensitive    INTEGER NOT NULL,
    restricted   INTEGER NOT NULL,
    kind         INTEGER NOT NULL,
    standing     INTEGER NOT NULL,
    sort         INTEGER NOT NULL,
    start        TEXT,
    "end"        TEXT,
    title        TEXT    NOT NULL,
    title_system TEXT,
    title_code   TEXT,
    subtitle     TEXT,
    value        TEXT,
    facility     INTEGER,
    flags        INTEGER NOT NULL,
    changed      INTEGER NOT NULL,
    UNIQUE (source, origin, type)
) STRICT;
-- One set of list indexes for both gates: `access <= 1` is what both ask for, `access` in the index lets the
-- ordinary one skip a restricted row without reading it.
CREATE INDEX record_by_time ON record (sort DESC, id DESC, access, kind, standing) WHERE access <= 1;
CREATE INDEX record_by_kind ON record (kind, sort DESC, id DESC, access, standing) WHERE access <= 1;
CREATE INDEX record_by_source ON record (source, sort DESC, id DESC, access, kind, standing) WHERE access <= 1;
CREATE INDEX record_by_facility ON record (facility, sort DESC, id DESC, access, kind, standing)
    WHERE access <= 1 AND facility IS NOT NULL;
CREATE INDEX record_by_change ON record (changed, id, access) WHERE access <= 1;
CREATE INDEX record_on_shelf ON record (subject) WHERE access = 2;

-- An immutable state of a record. `hash` is an HMAC of its bytes. The bytes are a stretch of a blob: of the
-- document's own, when the record is a stretch of the document. A deletion has no blob.
-- rank_time and rank_version are meta.lastUpdated and meta.versionId (claims: NGAYLAP): the greatest is the
-- head of what the source sends.
CREATE TABLE version (
    record       INTEGER NOT NULL REFERENCES record (id),
    n            INTEGER NOT NULL,
    hash         BLOB    NOT NULL,
    parents      BLOB    NOT NULL,
    author       TEXT    NOT NULL,
    received_at  INTEGER NOT NULL,
    rank_time    INTEGER,
    rank_version TEXT,
    document     INTEGER,
    blob         INTEGER,
    "offset"     INTEGER NOT NULL,
    length       INTEGER NOT NULL,
    mapping      INTEGER,
    PRIMARY KEY (record, n)
) STRICT, WITHOUT ROWID;

-- Every stretch of every document that holds a record's content, also where the version was had already: a
-- purge must find them all.
CREATE TABLE span (
    record       INTEGER NOT NULL REFERENCES record (id),
    document     INTEGER NOT NULL REFERENCES document (id),
    "offset"     INTEGER NOT NULL,
    length       INTEGER NOT NULL,
    inner_offset INTEGER NOT NULL DEFAULT -1,
    inner_length INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (record, document, "offset", inner_offset)
) STRICT, WITHOUT ROWID;
CREATE INDEX span_by_document ON span (document, "offset");

-- What a purge leaves: enough that no import brings the record back, and nothing that can be guessed.
CREATE TABLE purged (
    origin_hash BLOB    PRIMARY KEY,
    uid         BLOB    NOT NULL,
    at          INTEGER NOT NULL,
    restricted  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- What erased records said, in each of their states: the same words do not come back under another source's name. HMACs,
-- of what stands in a resource but for its `meta`.
CREATE TABLE purged_content (hash BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
-- What the log says of a restricted record stays behind the gate when the record is gone.
CREATE INDEX purged_restricted ON purged (uid) WHERE restricted = 1;

-- Another name by which a source's references call a record: the `urn:uuid:` of its entry, when its id is another.
CREATE TABLE alias (
    source INTEGER NOT NULL REFERENCES source (id),
    name   TEXT    NOT NULL,
    type   TEXT    NOT NULL,
    origin TEXT    NOT NULL,
    PRIMARY KEY (source, name)
) STRICT, WITHOUT ROWID;

-- Pointers as the source wrote them, but for aliases; resolved within the source (it is the record's) when they are
-- followed.
CREATE TABLE reference (
    record INTEGER NOT NULL REFERENCES record (id),
    rel    INTEGER NOT NULL,
    type   TEXT    NOT NULL,
    origin TEXT    NOT NULL,
    source INTEGER NOT NULL REFERENCES source (id),
    PRIMARY KEY (record, rel, type, origin)
) STRICT, WITHOUT ROWID;
CREATE INDEX reference_by_origin ON reference (source, origin, rel);

-- Links that the person or the book made; undone, not removed.
CREATE TABLE link (
    id         INTEGER PRIMARY KEY,
    record     INTEGER NOT NULL REFERENCES record (id),
    rel        TEXT    NOT NULL,
    target     INTEGER NOT NULL REFERENCES record (id),
    made_at    INTEGER NOT NULL,
    undone_at  INTEGER
) STRICT;
CREATE INDEX link_by_record ON link (record);
CREATE INDEX link_by_target ON link (target, rel);

CREATE TABLE attachment (
    record     INTEGER NOT NULL REFERENCES record (id),
    n          INTEGER NOT NULL,
    pointer    TEXT    NOT NULL,
    media_type TEXT,
    title      TEXT,
    url        TEXT,
    inline     INTEGER NOT NULL,
    PRIMARY KEY (record, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE code (
    id     INTEGER PRIMARY KEY,
    system TEXT NOT NULL,
    code   TEXT NOT NULL,
    UNIQUE (system, code)
) STRICT;
CREATE TABLE record_code (
    record INTEGER NOT NULL REFERENCES record (id),
    code   INTEGER NOT NULL REFERENCES code (id),
    PRIMARY KEY (record, code)
) STRICT, WITHOUT ROWID;
CREATE INDEX record_by_code ON record_code (code, record);

-- The numbers of facts, clustered so that a chart reads one stretch. `sort` is the record's.
CREATE TABLE point (
    code   INTEGER NOT NULL REFERENCES code (id),
    sort   INTEGER NOT NULL,
    record INTEGER NOT NULL,
    n      INTEGER NOT NULL,
    value  REAL    NOT NULL,
    text   TEXT    NOT NULL,
    unit   TEXT    NOT NULL,
    PRIMARY KEY (code, sort, record, n)
) STRICT, WITHOUT ROWID;

-- High-rate readings. A value is exact: `value` with `decimals` digits after the point.
CREATE TABLE series (
    id         INTEGER PRIMARY KEY,
    source     INTEGER NOT NULL REFERENCES source (id),
    code       INTEGER NOT NULL REFERENCES code (id),
    unit       TEXT    NOT NULL,
    restricted INTEGER NOT NULL,
    UNIQUE (source, code, unit)
) STRICT;
CREATE TABLE sample (
    series   INTEGER NOT NULL REFERENCES series (id),
    at       INTEGER NOT NULL,
    value    INTEGER NOT NULL,
    decimals INTEGER NOT NULL,
    PRIMARY KEY (series, at)
) STRICT, WITHOUT ROWID;
-- The roll-up of a day of the book's time zone, written in the same transaction.
CREATE TABLE sample_day (
    series  INTEGER NOT NULL REFERENCES series (id),
    day     INTEGER NOT NULL,
    count   INTEGER NOT NULL,
    sum     REAL    NOT NULL,
    minimum REAL    NOT NULL,
    maximum REAL    NOT NULL,
    PRIMARY KEY (series, day)
) STRICT, WITHOUT ROWID;

-- What search knows of a record, as written; the two full-text tables hold the words only. Row numbers there are
-- day << 40 | record, so that "newest first" is the order of the table and can stop early.
CREATE TABLE indexed_text (
    record     INTEGER PRIMARY KEY REFERENCES record (id),
    row        INTEGER NOT NULL,
    restricted INTEGER NOT NULL,
    text       TEXT    NOT NULL
) STRICT;
CREATE VIRTUAL TABLE search USING fts5 (
    folded, written, content = '', prefix = '2 3', tokenize = "unicode61 remove_diacritics 0"
);
CREATE VIRTUAL TABLE search_restricted USING fts5 (
    folded, written, content = '', prefix = '2 3', tokenize = "unicode61 remove_diacritics 0"
);
INSERT INTO search (search, rank) VALUES ('secure-delete', 1);
INSERT INTO search_restricted (search_restricted, rank) VALUES ('secure-delete', 1);
-- Bytes of words held in memory until they are written: those of a batch of an import are one piece then, or two, and not
-- six that are merged afterwards.
INSERT INTO search (search, rank) VALUES ('hashsize', 4194304);
INSERT INTO search_restricted (search_restricted, rank) VALUES ('hashsize', 4194304);

-- Counters, kept by the same transactions: counting walks everything. New records are counted once for all of a
-- transaction, by its end: a trigger at each would have SQLite keep, for every record, a copy of each page that its row
-- touches. Until then a counter may be short of what is taken from it, and below zero.
CREATE TABLE tally (
    source   INTEGER NOT NULL REFERENCES source (id),
    type     TEXT    NOT NULL,
    kind     INTEGER NOT NULL,
    standing INTEGER NOT NULL,
    access   INTEGER NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (source, type, kind, standing, access)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER record_recounted AFTER UPDATE OF source, type, kind, standing, access ON record
WHEN (old.source, old.type, old.kind, old.standing, old.access)
    IS NOT (new.source, new.type, new.kind, new.standing, new.access)
BEGIN
    INSERT INTO tally (source, type, kind, standing, access, count)
    VALUES (old.source, old.type, old.kind, old.standing, old.access, -1)
    ON CONFLICT DO UPDATE SET count = count - 1;
    INSERT INTO tally (source, type, kind, standing, access, count)
    VALUES (new.source, new.type, new.kind, new.standing, new.access, 1)
    ON CONFLICT DO UPDATE SET count = count + 1;
END;
CREATE TRIGGER record_uncounted AFTER DELETE ON record BEGIN
    INSERT INTO tally (source, type, kind, standing, access, count)
    VALUES (old.source, old.type, old.kind, old.standing, old.access, -1)
    ON CONFLICT DO UPDATE SET count = count - 1;
END;

-- What could not be read: its bytes are a stretch of its document.
CREATE TABLE quarantine (
    id          INTEGER PRIMARY KEY,
    document    INTEGER NOT NULL REFERENCES document (id),
    "offset"    INTEGER NOT NULL,
    length      INTEGER NOT NULL,
    refusal     TEXT    NOT NULL,
    place       TEXT    NOT NULL,
    received_at INTEGER NOT NULL,
    restricted  INTEGER NOT NULL,
    UNIQUE (document, "offset", length)
) STRICT;

-- Append-only, each line bound to the one before.
CREATE TABLE audit (
    n          INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    actor      TEXT    NOT NULL,
    action     TEXT    NOT NULL,
    object     BLOB,
    detail     TEXT    NOT NULL,
    restricted INTEGER NOT NULL,
    hash       BLOB    NOT NULL
) STRICT;

CREATE TABLE consent (
    id           INTEGER PRIMARY KEY,
    uid          BLOB    NOT NULL UNIQUE,
    purpose      TEXT    NOT NULL,
    scope        TEXT    NOT NULL,
    given_at     INTEGER NOT NULL,
    withdrawn_at INTEGER,
    evidence     TEXT    NOT NULL
) STRICT;
