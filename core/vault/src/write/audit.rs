//! The log of what was done with the book: append-only, each line bound to the one before. No health data.

use healthbook_sqlite::rusqlite::{OptionalExtension, params};

use super::Writer;
use crate::error::VaultError;
use crate::keys::ContentHasher;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuditAction {
    /// The book was made.
    Create,
    /// A file was read in.
    Import,
    /// Somebody's records were confirmed to be the person's.
    Confirm,
    /// Somebody's records were refused.
    Reject,
    /// An own entry was added.
    Add,
    /// An own entry was edited.
    Edit,
    /// A correction was put beside a record.
    Correct,
    /// A record was taken out of the lists.
    Delete,
    /// A record was brought back.
    Restore,
    /// A record was erased for good.
    Purge,
    /// Two records were linked.
    Link,
    /// A link was undone.
    Unlink,
    /// Restricted records were asked for.
    ShowRestricted,
    /// Records or documents were taken out of the book.
    Export,
    /// Device readings came in.
    Samples,
    /// A consent was given.
    ConsentGiven,
    /// A consent was withdrawn.
    ConsentWithdrawn,
    /// A way to open the book was changed.
    ChangeKeys,
    /// The data key was changed.
    RotateKey,
}

impl AuditAction {
    /// The stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Import => "import",
            Self::Confirm => "confirm",
            Self::Reject => "reject",
            Self::Add => "add",
            Self::Edit => "edit",
            Self::Correct => "correct",
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::Purge => "purge",
            Self::Link => "link",
            Self::Unlink => "unlink",
            Self::ShowRestricted => "show-restricted",
            Self::Export => "export",
            Self::Samples => "samples",
            Self::ConsentGiven => "consent-given",
            Self::ConsentWithdrawn => "consent-withdrawn",
            Self::ChangeKeys => "change-keys",
            Self::RotateKey => "rotate-key",
        }
    }
}

/// The hash that binds a line to the one before: HMAC under the book's key over every field with its length.
pub(crate) fn chain_hash(
    hasher: &ContentHasher,
    previous: &[u8],
    (n, at): (i64, i64),
    [actor, action, detail]: [&str; 3],
    object: Option<&[u8]>,
    restricted: bool,
) -> [u8; 32] {
    let mut line = Vec::with_capacity(160);
    for part in [
        previous,
        &n.to_le_bytes(),
        &at.to_le_bytes(),
        actor.as_bytes(),
        action.as_bytes(),
        object.unwrap_or_default(),
        detail.as_bytes(),
        &[u8::from(restricted)],
    ] {
        line.extend_from_slice(&(part.len() as u64).to_le_bytes());
        line.extend_from_slice(part);
    }
    hasher.hash(&line)
}

impl Writer<'_> {
    /// Adds a line. `object` is the identity of a record or document; `detail` holds counts and the like, never what
    /// a record says. A line about a restricted object is itself restricted.
    ///
    /// # Errors
    /// Of the database.
    pub fn audit(
        &mut self,
        action: AuditAction,
        object: Option<&[u8; 16]>,
        detail: &str,
    ) -> Result<(), VaultError> {
        let last: Option<(i64, [u8; 32])> = self
            .tx
            .prepare_cached("SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let (n, previous) = last.map_or((1, Vec::new()), |(n, hash)| (n + 1, hash.to_vec()));
        let restricted: bool = action == AuditAction::ShowRestricted
            || self
                .tx
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM record WHERE uid = ?1 AND (restricted = 1 OR sensitive = 1))")?
                .query_row([object.map(<[u8; 16]>::as_slice)], |row| row.get(0))?;
        let actor = "person";
        let hash = chain_hash(
            &self.constants.hasher,
            &previous,
            (n, self.now.0),
            [actor, action.as_str(), detail],
            object.map(<[u8; 16]>::as_slice),
            restricted,
        );
        self.tx
            .prepare_cached(
                "INSERT INTO audit (n, at, actor, action, object, detail, restricted, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                n,
                self.now.0,
                actor,
                action.as_str(),
                object.map(<[u8; 16]>::as_slice),
                detail,
                restricted,
                hash.as_slice(),
            ])?;
        // The end of the chain stands on another page than the chain: a chain cut short shows.
        self.set_meta("audit_end", &[n.to_le_bytes().as_slice(), hash.as_slice()].concat())
    }

    /// Logs a consent as given and returns its identity.
    ///
    /// # Errors
    /// Of the database.
    pub fn give_consent(
        &mut self,
        purpose: &str,
        scope: &str,
        evidence: &str,
    ) -> Result<[u8; 16], VaultError> {
        let uid = self.make_record_id()?;
        self.tx
            .prepare_cached(
                "INSERT INTO consent (uid, purpose, scope, given_at, evidence) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![uid.as_bytes(), purpose, scope, self.now.0, evidence])?;
        self.audit(AuditAction::ConsentGiven, Some(uid.as_bytes()), "")?;
        Ok(*uid.as_bytes())
    }

    /// Logs a consent as withdrawn.
    ///
    /// # Errors
    /// [`VaultError::NotFound`] when there is none of this identity that still stands.
    pub fn withdraw_consent(&mut self, uid: &[u8; 16]) -> Result<(), VaultError> {
        let done = self
            .tx
            .prepare_cached("UPDATE consent SET withdrawn_at = ?2 WHERE uid = ?1 AND withdrawn_at IS NULL")?
            .execute(params![uid.as_slice(), self.now.0])?;
        if done == 0 {
            return Err(VaultError::NotFound { what: "consent" });
        }
        self.audit(AuditAction::ConsentWithdrawn, Some(uid), "")
    }
}
