//! The audit: who did what to what, when and why. Lines are only ever added, and each seals all before it.
//!
//! ```text
//! digest n = SHA-256(digest n−1 ‖ number, time, who, action, target, old, new, why), each with its length before it
//! ```
//! A line that is changed, taken out or put in between breaks the chain, and [`Registry::verify_audit`] names it. Whoever
//! may write the whole file could make a new chain: so the head belongs written down elsewhere too (the program's log and
//! every backup have it), and a head that was once written down must be met again.

use std::fmt;
use std::str::FromStr;

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use sha2::{Digest as _, Sha256};
use vocabulary::Timestamp;

use crate::{Registry, RegistryError};

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deed<'a> {
    /// The credential, the person, or the part of the platform.
    pub who: &'a str,
    /// What was done, one word.
    pub action: &'a str,
    /// To what.
    pub target: &'a str,
    /// How it was before; empty where there was nothing.
    pub old: &'a str,
    /// How it is since; empty where nothing is left.
    pub new: &'a str,
    /// The reason that was given; empty where none was.
    pub why: &'a str,
}

impl<'a> Deed<'a> {
    /// A deed that leaves nothing different and for which no reason was given.
    #[must_use]
    pub const fn new(who: &'a str, action: &'a str, target: &'a str) -> Self {
        Self { who, action, target, old: "", new: "", why: "" }
    }
}

/// One line of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number, from 1, without gaps.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// The credential, the person, or the part of the platform.
    pub who: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub target: String,
    /// How it was before.
    pub old: String,
    /// How it is since.
    pub new: String,
    /// The reason that was given.
    pub why: String,
}

/// The end of the chain: the newest line's number and digest. Its text form is `number:digest in hexadecimal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHead {
    /// The newest line; 0 when there is none.
    pub number: i64,
    digest: [u8; 32],
}

impl AuditHead {
    /// Before the first line.
    const EMPTY: Self = Self { number: 0, digest: [0; 32] };
}

impl fmt::Display for AuditHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.number)?;
        self.digest.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for AuditHead {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (number, hexadecimal) = text.split_once(':')?;
            let mut digest = [0; 32];
            if hexadecimal.len() != 64 || !hexadecimal.is_ascii() {
                return None;
            }
            for (at, byte) in digest.iter_mut().enumerate() {
                *byte = u8::from_str_radix(&hexadecimal[2 * at..2 * at + 2], 16).ok()?;
            }
            Some(Self { number: number.parse().ok()?, digest })
        };
        read().ok_or_else(|| {
            format!("{text:?} is not a head such as `audit verify` prints: NUMBER:64 hexadecimal digits")
        })
    }
}

/// Where the chain is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuditBreak {
    /// A line does not carry the digest that follows from it and from the one before.
    #[error("line {0} of the audit is not as it was written, or the line before it is not")]
    Changed(i64),
    /// Lines are not there.
    #[error("line {0} of the audit is missing")]
    Missing(i64),
    /// A head that was written down is not in this chain.
    #[error("line {0} of the audit is not the one whose head was written down: the chain was made anew")]
    Other(i64),
}

impl Registry {
    /// Adds a line.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn audit(&self, now: Timestamp, deed: &Deed<'_>) -> Result<(), RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        append(&transaction, now, deed)?;
        Ok(transaction.commit()?)
    }

    /// The newest lines about a target, newest first.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be read.
    pub fn audit_of(&self, target: &str, limit: usize) -> Result<Vec<AuditEntry>, RegistryError> {
        let connection = self.lock();
        let sql = format!("{SELECT} WHERE target = ?1 ORDER BY id DESC LIMIT ?2");
        let mut query = connection.prepare_cached(&sql)?;
        let rows = query.query_map(params![target, limit as i64], entry)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The newest lines about anything, newest first.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be read.
    pub fn newest_audit(&self, limit: usize) -> Result<Vec<AuditEntry>, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(&format!("{SELECT} ORDER BY id DESC LIMIT ?1"))?;
        let rows = query.query_map([limit as i64], entry)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The end of the chain as it is written, unchecked.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be read.
    pub fn audit_head(&self) -> Result<AuditHead, RegistryError> {
        head(&self.lock())
    }

    /// Follows the chain from its first line to its last, and past `known` where a head was written down before.
    /// Gives the end of the chain.
    ///
    /// # Errors
    /// [`RegistryError::Audit`] with the first line that is not as it was; [`RegistryError::Sqlite`] when the book cannot
    /// be read.
    pub fn verify_audit(&self, known: Option<AuditHead>) -> Result<AuditHead, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(&format!("{SELECT} ORDER BY id"))?;
        let mut rows = query.query([])?;
        let mut end = AuditHead::EMPTY;
        while let Some(row) = rows.next()? {
            let entry = entry(row)?;
            let number = end.number + 1;
            if entry.number != number {
                return Err(AuditBreak::Missing(number).into());
            }
            end = AuditHead { number, digest: digest(&end.digest, &entry) };
            if row.get::<_, Vec<u8>>(DIGEST)? != end.digest {
                return Err(AuditBreak::Changed(number).into());
            }
            if known.is_some_and(|known| known.number == number && known != end) {
                return Err(AuditBreak::Other(number).into());
            }
        }
        // SQLite remembers the highest number that was ever given: lines cut off at the end are missed too.
        let given: Option<i64> = connection
            .query_row("SELECT seq FROM sqlite_sequence WHERE name = 'audit'", [], |row| row.get(0))
            .optional()?;
        let expected = known.map_or(0, |known| known.number).max(given.unwrap_or(0));
        if end.number < expected { Err(AuditBreak::Missing(end.number + 1).into()) } else { Ok(end) }
    }
}

/// The newest line of an action done to a target.
pub(crate) fn newest(
    connection: &Connection,
    (action, target): (&str, &str),
) -> Result<Option<AuditEntry>, RegistryError> {
    let sql = format!("{SELECT} WHERE action = ?1 AND target = ?2 ORDER BY id DESC LIMIT 1");
    Ok(connection.prepare_cached(&sql)?.query_row([action, target], entry).optional()?)
}

/// Whether a read of presence by `who` was written down after `since`.
pub(crate) fn was_noted(
    connection: &Connection,
    (target, who): (&str, &str),
    since: Timestamp,
) -> Result<bool, RegistryError> {
    let mut query = connection.prepare_cached(
        "SELECT 1 FROM audit WHERE action = 'read_presence' AND target = ?1 AND at_ms > ?3 AND who = ?2",
    )?;
    Ok(query.exists(params![target, who, since.ms()])?)
}

/// The reads of presence of two targets since `since`, newest first.
pub(crate) fn reads_of(
    connection: &Connection,
    [one, other]: &[String; 2],
    since: Timestamp,
    limit: usize,
) -> Result<Vec<AuditEntry>, RegistryError> {
    let sql = format!(
        "{SELECT} WHERE action = 'read_presence' AND target IN (?1, ?2) AND at_ms >= ?3 ORDER BY id DESC LIMIT ?4"
    );
    let mut query = connection.prepare_cached(&sql)?;
    let rows = query.query_map(params![one, other, since.ms(), limit as i64], entry)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Adds a line in a transaction that changes what the line speaks of.
pub(crate) fn append(
    transaction: &Transaction<'_>,
    now: Timestamp,
    deed: &Deed<'_>,
) -> Result<(), RegistryError> {
    let Deed { who, action, target, old, new, why } = *deed;
    let before = head(transaction)?;
    let entry = AuditEntry {
        number: before.number + 1,
        at: now,
        who: who.to_owned(),
        action: action.to_owned(),
        target: target.to_owned(),
        old: old.to_owned(),
        new: new.to_owned(),
        why: why.to_owned(),
    };
    let digest = digest(&before.digest, &entry);
    transaction.execute(
        "INSERT INTO audit (id, at_ms, who, action, target, old, new, why, digest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![entry.number, now.ms(), who, action, target, old, new, why, digest],
    )?;
    Ok(())
}

/// Seals the lines of a book that was written before there was a chain.
pub(crate) fn seal_older(transaction: &Transaction<'_>) -> Result<(), RegistryError> {
    let mut end = AuditHead::EMPTY;
    let mut query = transaction.prepare(&format!("{SELECT} ORDER BY id"))?;
    let entries = query.query_map([], entry)?.collect::<Result<Vec<_>, _>>()?;
    for older in entries {
        // Lines taken out of an older book left gaps in its numbers; the chain has none.
        let entry = AuditEntry { number: end.number + 1, ..older };
        end = AuditHead { number: entry.number, digest: digest(&end.digest, &entry) };
        let sql = "UPDATE audit SET id = ?2, digest = ?3 WHERE id = ?1";
        transaction.execute(sql, params![older.number, entry.number, end.digest])?;
    }
    transaction.execute("UPDATE sqlite_sequence SET seq = ?1 WHERE name = 'audit'", [end.number])?;
    Ok(())
}

const SELECT: &str = "SELECT id, at_ms, who, action, target, old, new, why, digest FROM audit";
/// The column of the digest in [`SELECT`].
const DIGEST: usize = 8;

fn entry(row: &Row<'_>) -> Result<AuditEntry, rusqlite::Error> {
    Ok(AuditEntry {
        number: row.get(0)?,
        at: Timestamp::from_ms(row.get(1)?),
        who: row.get(2)?,
        action: row.get(3)?,
        target: row.get(4)?,
        old: row.get(5)?,
        new: row.get(6)?,
        why: row.get(7)?,
    })
}

fn head(connection: &Connection) -> Result<AuditHead, RegistryError> {
    let mut query = connection.prepare_cached("SELECT id, digest FROM audit ORDER BY id DESC LIMIT 1")?;
    let newest = query.query_row([], |row| Ok(AuditHead { number: row.get(0)?, digest: row.get(1)? }));
    Ok(newest.optional()?.unwrap_or(AuditHead::EMPTY))
}

fn digest(before: &[u8; 32], entry: &AuditEntry) -> [u8; 32] {
    let AuditEntry { number, at, who, action, target, old, new, why } = entry;
    let mut hash = Sha256::new();
    hash.update(before);
    for field in [&number.to_string(), &at.ms().to_string(), who, action, target, old, new, why] {
        hash.update((field.len() as u64).to_le_bytes());
        hash.update(field.as_bytes());
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deed<'a>(target: &'a str, new: &'a str) -> Deed<'a> {
        Deed { who: "bms", action: "request", target, old: "20.0", new, why: "cold hands" }
    }

    /// A book with five lines in its audit.
    fn written() -> Registry {
        let registry = Registry::in_memory().unwrap();
        for n in 0..5 {
            registry.audit(Timestamp::from_ms(n), &deed("room/a", &n.to_string())).unwrap();
        }
        registry
    }

    /// What somebody with the file in hand can do; the file's own guards are the first thing they take away.
    fn tampered(sql: &str) -> Result<AuditHead, RegistryError> {
        let registry = written();
        let guards = "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete;";
        registry.lock().execute_batch(&format!("{guards} {sql}")).unwrap();
        registry.verify_audit(None)
    }

    #[test]
    fn the_newest_line_comes_first() {
        let registry = written();
        registry.audit(Timestamp::from_ms(9), &deed("room/b", "")).unwrap();
        let of_room: Vec<String> =
            registry.audit_of("room/a", 2).unwrap().into_iter().map(|entry| entry.new).collect();
        assert_eq!(of_room, ["4", "3"]);
        assert_eq!(registry.newest_audit(1).unwrap()[0].target, "room/b");
    }

    #[test]
    fn a_chain_that_nobody_touched_is_whole_and_its_head_is_the_newest_line() {
        let registry = written();
        let head = registry.verify_audit(None).unwrap();
        assert_eq!((head.number, head), (5, registry.audit_head().unwrap()));
        registry.audit(Timestamp::from_ms(9), &deed("room/b", "")).unwrap();
        let later = registry.verify_audit(Some(head)).unwrap();
        assert_eq!((later.number, later == head), (6, false));
        assert_eq!(head.to_string().parse(), Ok(head));
    }

    #[test]
    fn every_column_of_every_line_is_sealed() {
        for line in 1..=5 {
            for column in ["at_ms", "who", "action", "target", "old", "new", "why", "digest"] {
                let value = if column == "at_ms" { "77" } else { "'forged'" };
                let value = if column == "digest" { "zeroblob(32)" } else { value };
                let broken = tampered(&format!("UPDATE audit SET {column} = {value} WHERE id = {line};"));
                let expected = AuditBreak::Changed(line);
                assert!(
                    matches!(&broken, Err(RegistryError::Audit(found)) if *found == expected),
                    "{column} {line}: {broken:?}"
                );
            }
        }
    }

    #[test]
    fn what_moves_between_two_columns_is_noticed() {
        let broken = tampered("UPDATE audit SET old = old || new, new = '' WHERE id = 2;");
        assert!(matches!(broken, Err(RegistryError::Audit(AuditBreak::Changed(2)))), "{broken:?}");
    }

    #[test]
    fn lines_taken_out_are_missed_also_at_the_end() {
        for (line, sql) in [
            (1, "DELETE FROM audit WHERE id = 1;"),
            (3, "DELETE FROM audit WHERE id = 3;"),
            (4, "DELETE FROM audit WHERE id > 3;"),
            (1, "DELETE FROM audit;"),
        ] {
            let broken = tampered(sql);
            assert!(
                matches!(broken, Err(RegistryError::Audit(AuditBreak::Missing(at))) if at == line),
                "{sql}: {broken:?}"
            );
        }
    }

    #[test]
    fn a_chain_made_anew_does_not_meet_the_head_that_was_written_down() {
        let known = written().audit_head().unwrap();
        let other = Registry::in_memory().unwrap();
        for n in 0..9 {
            other.audit(Timestamp::from_ms(n), &deed("room/a", "forged")).unwrap();
        }
        assert!(matches!(other.verify_audit(Some(known)), Err(RegistryError::Audit(AuditBreak::Other(5)))));
        let short = Registry::in_memory().unwrap();
        assert!(matches!(short.verify_audit(Some(known)), Err(RegistryError::Audit(AuditBreak::Missing(1)))));
    }

    #[test]
    fn the_book_itself_lets_no_line_be_changed_or_removed() {
        let registry = written();
        for sql in ["UPDATE audit SET who = 'nobody'", "DELETE FROM audit WHERE id = 1"] {
            let refused = registry.lock().execute(sql, []).unwrap_err().to_string();
            assert!(refused.contains("only ever added"), "{refused}");
        }
    }

    #[test]
    fn heads_that_are_none_are_refused_in_words() {
        let head = written().audit_head().unwrap().to_string();
        for bad in ["", "5", "5:abc", &head[..head.len() - 1], &format!("x{head}"), &head.replace('0', "g")] {
            assert!(bad.parse::<AuditHead>().is_err(), "{bad}");
        }
    }
}
