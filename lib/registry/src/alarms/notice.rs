//! Messages about alarms that wait to be sent, and the wish to try whether they arrive.
//!
//! They wait in the book, so that a restart sends neither nothing nor everything twice: with a message the book notes of
//! which occurrences it tells.

use rusqlite::{OptionalExtension as _, Row, params};
use vocabulary::Timestamp;

use super::changes::over_at;
use super::entry::{self, AlarmEntry};
use super::life::AlarmState;
use super::rule::Severity;
use crate::audit::{Deed, append};
use crate::{Registry, RegistryError};

/// An alarm has to be away for so long before a message says that it is over, and before another one says that it came again:
/// one that chatters, each minute for a night, is one message.
pub(super) const AWAY_MS: i64 = 15 * 60_000;
/// The newest of so many messages are kept.
const KEPT_NOTICES: i64 = 1_000;
/// A test is asked for at most this often: a button is not a way to fill somebody's mailbox.
const TEST_EVERY_MS: i64 = 30_000;

/// An alarm of which a message has something to tell.
#[derive(Debug, Clone, PartialEq)]
pub struct UntoldAlarm {
    /// The alarm.
    pub alarm: AlarmEntry,
    /// It is over; otherwise it was raised.
    pub is_over: bool,
}

/// What there is to tell of an alarm whose occurrences were told up to one, and told to be over up to another. `is_away` says
/// whether it has been over for long enough to stay so.
fn untold(alarm: AlarmEntry, (told, told_over): (u32, u32), is_away: bool) -> Option<UntoldAlarm> {
    let is_told = told == alarm.occurrences;
    let is_new = alarm.state == AlarmState::Unacknowledged && !is_told;
    // That something is over is worth a message where its beginning was, or where it waits for somebody who knows nothing yet.
    let is_over = matches!(alarm.state, AlarmState::Normal | AlarmState::Returned)
        && alarm.severity().latches()
        && told_over < alarm.occurrences
        && if is_told { is_away } else { alarm.state == AlarmState::Returned };
    let is_worth_it = alarm.beneath.is_none() && alarm.severity() > Severity::Low;
    (is_worth_it && (is_new || is_over)).then_some(UntoldAlarm { alarm, is_over })
}

/// A message that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmNotice {
    /// Its number.
    pub id: i64,
    /// By which way: `email` or `webhook`.
    pub channel: String,
    /// Its first line.
    pub title: String,
    /// What it says.
    pub body: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// How often sending it has failed.
    pub failures: u32,
}

/// Somebody's wish to try whether messages arrive, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeTest {
    /// Its number.
    pub id: i64,
    /// Who asked.
    pub who: String,
    /// When.
    pub asked_at: Timestamp,
    /// What came of it, a line for each way; `None` until then.
    pub outcome: Option<String>,
}

impl Registry {
    /// The alarms of which a message has something to tell: raised and not acknowledged yet, or over since that was told. Those
    /// that another one explains are not among them, nor those of low severity, nor those that were away for a moment.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn untold_alarms(&self, now: Timestamp) -> Result<Vec<UntoldAlarm>, RegistryError> {
        let connection = self.lock();
        let mut found = Vec::new();
        for (alarm, told, told_over) in entry::untold(&connection)? {
            let is_away = over_at(&connection, alarm.id)?.is_none_or(|over| now.since(over) >= AWAY_MS);
            found.extend(untold(alarm, (told, told_over), is_away));
        }
        Ok(found)
    }

    /// Puts messages (way, title, body) among those to be sent, which tell of these alarms.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn queue_notices(
        &self,
        told: &[UntoldAlarm],
        notices: &[(&str, String, String)],
        now: Timestamp,
    ) -> Result<(), RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        for UntoldAlarm { alarm, is_over } in told {
            // Of an alarm that goes with its cause nobody is told that it is over.
            let is_all = *is_over || !alarm.severity().latches();
            transaction.execute(
                "UPDATE alarm SET told = ?2, told_over = iif(?3, ?2, told_over) WHERE id = ?1",
                params![alarm.id, alarm.occurrences, is_all],
            )?;
        }
        for (channel, title, body) in notices {
            transaction.execute(
                "INSERT INTO alarm_notice (channel, title, body, made_ms, due_ms, failures) VALUES (?1, ?2, ?3, ?4, ?4, 0)",
                params![channel, title, body, now.ms()],
            )?;
        }
        transaction.execute(
            "DELETE FROM alarm_notice WHERE id <= (SELECT id FROM alarm_notice ORDER BY id DESC LIMIT 1 OFFSET ?1)",
            [KEPT_NOTICES],
        )?;
        Ok(transaction.commit()?)
    }

    /// The oldest message that is to be sent now.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be read.
    pub fn due_notice(&self, now: Timestamp) -> Result<Option<AlarmNotice>, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(
            "SELECT id, channel, title, body, made_ms, failures FROM alarm_notice WHERE due_ms <= ?1 ORDER BY id LIMIT 1",
        )?;
        let notice = query.query_row([now.ms()], |row| {
            Ok(AlarmNotice {
                id: row.get(0)?,
                channel: row.get(1)?,
                title: row.get(2)?,
                body: row.get(3)?,
                made_at: Timestamp::from_ms(row.get(4)?),
                failures: row.get(5)?,
            })
        });
        Ok(notice.optional()?)
    }

    /// Notes that sending a message failed, and when it is tried again; never where there is no such time. `why` says
    /// what was wrong.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn notice_failed(&self, id: i64, again: Option<Timestamp>, why: &str) -> Result<(), RegistryError> {
        self.lock().execute(
            "UPDATE alarm_notice SET failures = failures + 1, due_ms = ?2, outcome = ?3 WHERE id = ?1",
            params![id, again.map(Timestamp::ms), why],
        )?;
        Ok(())
    }

    /// Notes that a message was sent.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn notice_sent(&self, id: i64) -> Result<(), RegistryError> {
        self.lock().execute("UPDATE alarm_notice SET due_ms = NULL, outcome = 'sent' WHERE id = ?1", [id])?;
        Ok(())
    }

    /// Notes the wish of `who` to try whether messages arrive, with a line of the audit. Whether it was noted: not where
    /// somebody wished it a moment ago.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn ask_notice_test(&self, who: &str, now: Timestamp) -> Result<bool, RegistryError> {
        let last = self.last_notice_test()?;
        if last.is_some_and(|last| now.since(last.asked_at) < TEST_EVERY_MS) {
            return Ok(false);
        }
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction.execute(
            "INSERT INTO alarm_notice_test (who, asked_ms) VALUES (?1, ?2)",
            params![who, now.ms()],
        )?;
        append(&transaction, now, &Deed::new(who, "test_notices", "platform/alarm-notices"))?;
        transaction.commit()?;
        Ok(true)
    }

    /// The newest wish to try, done or not.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be read.
    pub fn last_notice_test(&self) -> Result<Option<NoticeTest>, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(
            "SELECT id, who, asked_ms, outcome FROM alarm_notice_test ORDER BY id DESC LIMIT 1",
        )?;
        Ok(query.query_row([], read_test).optional()?)
    }

    /// Notes what came of a wish to try.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn notice_test_done(&self, id: i64, outcome: &str) -> Result<(), RegistryError> {
        self.lock()
            .execute("UPDATE alarm_notice_test SET outcome = ?2 WHERE id = ?1", params![id, outcome])?;
        Ok(())
    }
}

fn read_test(row: &Row<'_>) -> rusqlite::Result<NoticeTest> {
    Ok(NoticeTest {
        id: row.get(0)?,
        who: row.get(1)?,
        asked_at: Timestamp::from_ms(row.get(2)?),
        outcome: row.get(3)?,
    })
}
