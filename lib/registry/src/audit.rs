//! The audit: who did what to what, and when. Rows are only ever added.

use rusqlite::{Connection, params};
use vocabulary::Timestamp;

use crate::{Registry, RegistryError};

/// One line of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// The credential or the person.
    pub who: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub target: String,
    /// What exactly, in short.
    pub detail: String,
}

impl Registry {
    /// Adds a line.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn audit(
        &self,
        now: Timestamp,
        who: &str,
        action: &str,
        target: &str,
        detail: &str,
    ) -> Result<(), RegistryError> {
        add(&self.lock(), now, who, action, target, detail)
    }

    /// The newest lines about a target, newest first.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be read.
    pub fn audit_of(&self, target: &str, limit: usize) -> Result<Vec<AuditEntry>, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(
            "SELECT at_ms, who, action, target, detail FROM audit WHERE target = ?1 ORDER BY id DESC LIMIT ?2",
        )?;
        let rows = query.query_map(params![target, limit as i64], |row| {
            Ok(AuditEntry {
                at: Timestamp::from_ms(row.get(0)?),
                who: row.get(1)?,
                action: row.get(2)?,
                target: row.get(3)?,
                detail: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Adds a line, inside the transaction that does what it tells of.
pub(crate) fn add(
    connection: &Connection,
    now: Timestamp,
    who: &str,
    action: &str,
    target: &str,
    detail: &str,
) -> Result<(), RegistryError> {
    connection.execute(
        "INSERT INTO audit (at_ms, who, action, target, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![now.ms(), who, action, target, detail],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_line_comes_first() {
        let registry = Registry::in_memory().unwrap();
        for n in 0..3 {
            registry.audit(Timestamp::from_ms(n), "bms", "request", "room/a", &n.to_string()).unwrap();
        }
        registry.audit(Timestamp::from_ms(9), "bms", "request", "room/b", "").unwrap();
        let details: Vec<String> =
            registry.audit_of("room/a", 2).unwrap().into_iter().map(|e| e.detail).collect();
        assert_eq!(details, ["2", "1"]);
    }
}
