//! The history of alarms: each change is a row. Rows are bounded in number and in age.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, params};
use vocabulary::Timestamp;

use crate::{Registry, RegistryError};

/// History older than this is forgotten: a heating season can be held against the one before.
const KEPT_MS: i64 = 400 * 24 * 3_600_000;
/// An alarm that comes and goes keeps this many of its newest changes.
const KEPT_CHANGES: i64 = 500;

/// What happened to an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlarmDeed {
    /// Its cause began.
    Raised,
    /// Its cause is over.
    Returned,
    /// Somebody said that they know.
    Acknowledged,
    /// Somebody put it aside; the text says until when.
    Shelved,
    /// It was taken back, or its time aside was over.
    Unshelved,
    /// Somebody takes care of it, as the text says, or nobody any more.
    Assigned,
    /// Somebody wrote something.
    Commented,
    /// Another alarm explains it.
    Covered,
    /// Nothing explains it any more.
    Uncovered,
}

impl AlarmDeed {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Raised,
        Self::Returned,
        Self::Acknowledged,
        Self::Shelved,
        Self::Unshelved,
        Self::Assigned,
        Self::Commented,
        Self::Covered,
        Self::Uncovered,
    ];

    /// The word in the book and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Returned => "returned",
            Self::Acknowledged => "acknowledged",
            Self::Shelved => "shelved",
            Self::Unshelved => "unshelved",
            Self::Assigned => "assigned",
            Self::Commented => "commented",
            Self::Covered => "covered",
            Self::Uncovered => "uncovered",
        }
    }
}

impl ToSql for AlarmDeed {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_str().into())
    }
}

impl FromSql for AlarmDeed {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let word = value.as_str()?;
        Self::ALL.into_iter().find(|deed| deed.as_str() == word).ok_or(FromSqlError::InvalidType)
    }
}

/// One line of an alarm's history.
#[derive(Debug, Clone, PartialEq)]
pub struct AlarmChange {
    /// Its number, growing over all alarms.
    pub id: i64,
    /// Which alarm.
    pub alarm: i64,
    /// When.
    pub at: Timestamp,
    /// By whose hand; empty where nobody's.
    pub who: String,
    /// What happened.
    pub deed: AlarmDeed,
    /// The value, where one was measured.
    pub value: Option<f64>,
    /// What was written, or what belongs to the deed.
    pub text: String,
}

/// A line to be added.
pub(super) struct NewChange<'a> {
    pub(super) alarm: i64,
    pub(super) who: &'a str,
    pub(super) deed: AlarmDeed,
    pub(super) value: Option<f64>,
    pub(super) text: &'a str,
}

/// Adds a line, and forgets the oldest of an alarm that has too many.
pub(super) fn add(
    connection: &Connection,
    now: Timestamp,
    change: &NewChange<'_>,
) -> Result<(), RegistryError> {
    let NewChange { alarm, who, deed, value, text } = change;
    let mut insert = connection.prepare_cached(
        "INSERT INTO alarm_change (alarm, at_ms, who, deed, value, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    insert.execute(params![alarm, now.ms(), who, deed, value, text])?;
    let mut forget = connection.prepare_cached(
        "DELETE FROM alarm_change WHERE alarm = ?1 AND id <=
             (SELECT id FROM alarm_change WHERE alarm = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
    )?;
    forget.execute(params![alarm, KEPT_CHANGES])?;
    Ok(())
}

/// When the cause of an alarm was over last, where the book remembers that it ever was.
pub(super) fn over_at(connection: &Connection, alarm: i64) -> Result<Option<Timestamp>, RegistryError> {
    let mut query =
        connection.prepare_cached("SELECT max(at_ms) FROM alarm_change WHERE alarm = ?1 AND deed = ?2")?;
    let at_ms: Option<i64> = query.query_row(params![alarm, AlarmDeed::Returned], |row| row.get(0))?;
    Ok(at_ms.map(Timestamp::from_ms))
}

const SELECT: &str = "SELECT id, alarm, at_ms, who, deed, value, text FROM alarm_change";

fn read(row: &Row<'_>) -> rusqlite::Result<AlarmChange> {
    Ok(AlarmChange {
        id: row.get(0)?,
        alarm: row.get(1)?,
        at: Timestamp::from_ms(row.get(2)?),
        who: row.get(3)?,
        deed: row.get(4)?,
        value: row.get(5)?,
        text: row.get(6)?,
    })
}

impl Registry {
    /// What happened to an alarm, the newest first.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be read.
    pub fn alarm_history(&self, alarm: i64, limit: usize) -> Result<Vec<AlarmChange>, RegistryError> {
        let connection = self.lock();
        let mut query =
            connection.prepare_cached(&format!("{SELECT} WHERE alarm = ?1 ORDER BY id DESC LIMIT ?2"))?;
        let rows = query.query_map(params![alarm, limit as i64], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Forgets what happened longer ago than a year and a month, and alarms that have been normal since.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn forget_old_alarms(&self, now: Timestamp) -> Result<(), RegistryError> {
        let before = now.plus_ms(-KEPT_MS).ms();
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction.execute("DELETE FROM alarm_change WHERE at_ms < ?1", [before])?;
        transaction.execute("DELETE FROM alarm WHERE state = 'normal' AND changed_ms < ?1", [before])?;
        transaction.execute("DELETE FROM alarm_notice WHERE made_ms < ?1", [before])?;
        transaction.execute("DELETE FROM alarm_notice_test WHERE asked_ms < ?1", [before])?;
        Ok(transaction.commit()?)
    }
}
