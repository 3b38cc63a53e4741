//! What people do about an alarm: acknowledge it, put it aside with an end, take care of it, write something.

use rusqlite::{OptionalExtension as _, Transaction, params};
use vocabulary::Timestamp;

use super::changes::{AlarmDeed, NewChange, add};
use super::entry::{AlarmEntry, by_number};
use super::life::{AlarmEvent, AlarmState};
use crate::audit::{Deed, append};
use crate::{Registry, RegistryError};

/// An alarm is put aside for so long at most: a week is longer than any repair should take unseen.
pub const SHELVED_LONGEST_MS: i64 = 7 * 24 * 3_600_000;
/// A comment or the name of an owner has at most so many characters; what is longer is cut.
pub const ALARM_TEXT_CHARS: usize = 500;
/// The same words of the same person within this are one comment.
const SAME_COMMENT_MS: i64 = 60_000;

/// What somebody does about an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlarmAnswer {
    /// They know.
    Acknowledge,
    /// It is put aside until a moment, at most [`SHELVED_LONGEST_MS`] from now; then it comes back by itself.
    Shelve(Timestamp),
    /// It is taken back before its time.
    Unshelve,
    /// Somebody takes care of it; nobody any more where there is no name.
    Assign(Option<String>),
    /// Only words.
    Comment(String),
}

impl AlarmAnswer {
    const fn deed(&self) -> AlarmDeed {
        match self {
            Self::Acknowledge => AlarmDeed::Acknowledged,
            Self::Shelve(_) => AlarmDeed::Shelved,
            Self::Unshelve => AlarmDeed::Unshelved,
            Self::Assign(_) => AlarmDeed::Assigned,
            Self::Comment(_) => AlarmDeed::Commented,
        }
    }

    /// What the history says beside the deed.
    fn text(&self, now: Timestamp) -> String {
        match self {
            Self::Acknowledge | Self::Unshelve => String::new(),
            Self::Shelve(until) => bounded(*until, now).rfc3339(),
            Self::Assign(owner) => owner.as_deref().map(cut).unwrap_or_default(),
            Self::Comment(text) => cut(text),
        }
    }
}

impl Registry {
    /// Does what `who` wants done about an alarm, with a line of the audit. Whether it changed anything: an alarm that
    /// somebody else has acknowledged meanwhile is left as it is, an empty comment too, and one that `who` wrote a moment ago: the
    /// same form, sent twice.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] when there is no such alarm; others when the book cannot be written.
    pub fn answer_alarm(
        &self,
        id: i64,
        answer: &AlarmAnswer,
        who: &str,
        now: Timestamp,
    ) -> Result<bool, RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let known = by_number(&transaction, id)?;
        let known = known.ok_or_else(|| RegistryError::Unknown(format!("alarm {id}")))?;
        if !apply(&transaction, &known, answer, now)? {
            return Ok(false);
        }
        let (deed, text) = (answer.deed(), answer.text(now));
        if deed == AlarmDeed::Commented && was_written(&transaction, id, (who, &text), now)? {
            return Ok(false);
        }
        add(&transaction, now, &NewChange { alarm: id, who, deed, value: None, text: &text })?;
        let target = format!("{}/alarm/{}", known.subject, known.rule.as_str());
        let action = format!("alarm_{}", deed.as_str());
        append(&transaction, now, &Deed { new: &text, ..Deed::new(who, &action, &target) })?;
        transaction.commit()?;
        Ok(true)
    }

    /// Takes alarms back whose time aside is over. Gives how many.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be written.
    pub fn unshelve_due_alarms(&self, now: Timestamp) -> Result<usize, RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let due: Vec<i64> = {
            let mut query = transaction
                .prepare_cached("SELECT id FROM alarm WHERE shelved_until_ms <= ?1 ORDER BY id")?;
            query.query_map([now.ms()], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        for id in &due {
            let Some(known) = by_number(&transaction, *id)? else { continue };
            step(&transaction, &known, AlarmEvent::Unshelved, None, now)?;
            let deed = AlarmDeed::Unshelved;
            add(&transaction, now, &NewChange { alarm: *id, who: "", deed, value: None, text: "" })?;
        }
        transaction.commit()?;
        Ok(due.len())
    }
}

fn apply(
    transaction: &Transaction<'_>,
    known: &AlarmEntry,
    answer: &AlarmAnswer,
    now: Timestamp,
) -> Result<bool, RegistryError> {
    match answer {
        AlarmAnswer::Acknowledge => step(transaction, known, AlarmEvent::Acknowledged, None, now),
        AlarmAnswer::Shelve(until) if *until <= now => Ok(false),
        AlarmAnswer::Shelve(until) => {
            step(transaction, known, AlarmEvent::Shelved, Some(bounded(*until, now)), now)
        }
        AlarmAnswer::Unshelve => step(transaction, known, AlarmEvent::Unshelved, None, now),
        AlarmAnswer::Assign(owner) => {
            let owner = owner.as_deref().map(cut).filter(|owner| !owner.is_empty());
            if owner == known.owner {
                return Ok(false);
            }
            transaction.execute("UPDATE alarm SET owner = ?2 WHERE id = ?1", params![known.id, owner])?;
            Ok(true)
        }
        AlarmAnswer::Comment(text) => Ok(!cut(text).is_empty()),
    }
}

/// Whether the newest line of an alarm's history is this comment, written a moment ago.
fn was_written(
    transaction: &Transaction<'_>,
    id: i64,
    (who, text): (&str, &str),
    now: Timestamp,
) -> Result<bool, RegistryError> {
    let mut query = transaction.prepare_cached(
        "SELECT deed = ?2 AND who = ?3 AND text = ?4 AND at_ms > ?5 FROM alarm_change
         WHERE alarm = ?1 ORDER BY id DESC LIMIT 1",
    )?;
    let since_ms = now.plus_ms(-SAME_COMMENT_MS).ms();
    let was = query.query_row(params![id, AlarmDeed::Commented, who, text, since_ms], |row| row.get(0));
    Ok(was.optional()?.unwrap_or(false))
}

/// Whether the event changed the state.
fn step(
    transaction: &Transaction<'_>,
    known: &AlarmEntry,
    event: AlarmEvent,
    shelved_until: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool, RegistryError> {
    let Some(next) = known.state.step(event, known.severity().latches()) else { return Ok(false) };
    let owner = known.owner.as_ref().filter(|_| next != AlarmState::Normal);
    // What comes back from aside is told again.
    transaction.execute(
        "UPDATE alarm SET state = ?2, changed_ms = ?3, shelved_until_ms = ?4, owner = ?5, told = iif(?6, 0, told)
         WHERE id = ?1",
        params![
            known.id,
            next,
            now.ms(),
            shelved_until.map(Timestamp::ms),
            owner,
            event == AlarmEvent::Unshelved
        ],
    )?;
    Ok(true)
}

fn bounded(until: Timestamp, now: Timestamp) -> Timestamp {
    until.min(now.plus_ms(SHELVED_LONGEST_MS))
}

/// A text without its outer spaces and without what would break a line, at most [`ALARM_TEXT_CHARS`] long.
fn cut(text: &str) -> String {
    let plain = text.trim().chars().map(|sign| if sign.is_control() { ' ' } else { sign });
    plain.take(ALARM_TEXT_CHARS).collect()
}
