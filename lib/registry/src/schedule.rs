//! Schedules that people edit: each change is a version with who, when and why, and an older one can be had again.
//!
//! A room's first version is the week of the building's description, which needs no row until somebody changes it.

mod held;

use std::collections::BTreeMap;

pub use held::HeldSchedule;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use vocabulary::{HolidayCalendar, RoomId, Schedule, SiteId, Timestamp, WeekSchedule};

use crate::audit::{Deed, append};
use crate::book::{Room, bump, holidays, read_schedule};
use crate::overrides::room_target;
use crate::{Registry, RegistryError, damaged};

/// A room keeps this many versions; older ones are forgotten.
pub const MAX_VERSIONS: u32 = 100;

/// The number of the described week while nobody has changed it.
const DESCRIBED: u32 = 1;

/// A schedule as it was once.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleVersion {
    /// Its number, from 1; the highest is in force.
    pub number: u32,
    /// When it was written; `None` for the description, which was there from the beginning.
    pub at: Option<Timestamp>,
    /// By whose hand; empty for the description.
    pub who: String,
    /// Why, in the words of whoever wrote it.
    pub why: String,
    /// The schedule.
    pub schedule: Schedule,
}

/// What somebody wants a room's schedule to be.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleEdit {
    /// The room.
    pub room: RoomId,
    /// Its schedule from now on; the holidays are the site's and not written.
    pub schedule: Schedule,
    /// The version that they saw when they began; `None` where whatever there is shall be replaced.
    pub seen: Option<u32>,
}

/// What became of edits.
#[derive(Debug, Clone, PartialEq)]
pub enum ScheduleSaved {
    /// They are written; so many rooms have changed.
    Saved(usize),
    /// Nothing is written: another version came between, which is this one.
    EditedMeanwhile(Box<ScheduleVersion>),
}

/// By whose hand a building is described, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hand<'a> {
    pub(crate) who: &'a str,
    pub(crate) at: Option<Timestamp>,
}

impl Hand<'_> {
    pub(crate) const UNKNOWN: Self = Self { who: "", at: None };
}

impl Registry {
    /// The versions of a room's schedule, the one in force first.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] when there is no such room, others when the book cannot be read.
    pub fn schedule_versions(
        &self,
        site: &SiteId,
        room: &RoomId,
    ) -> Result<Vec<ScheduleVersion>, RegistryError> {
        let connection = self.lock();
        let described = described(&connection, site, room)?;
        let mut query = connection.prepare_cached(
            "SELECT number, at_ms, who, why, '', schedule, 'none' FROM schedule_version
             WHERE site = ?1 AND room = ?2 ORDER BY number DESC",
        )?;
        let rows = query.query_map(params![site.as_str(), room.as_str()], |row| Ok(read_version(row)))?;
        let mut versions: Vec<_> = rows.map(|row| row?).collect::<Result<_, RegistryError>>()?;
        if versions.is_empty() {
            versions.push(described);
        }
        for version in &mut versions {
            version.schedule.holidays = read_holidays(&connection, site)?;
        }
        Ok(versions)
    }

    /// The version of a room's schedule that is in force.
    ///
    /// # Errors
    /// As for [`Registry::schedule_versions`].
    pub fn schedule_version(&self, site: &SiteId, room: &RoomId) -> Result<ScheduleVersion, RegistryError> {
        let connection = self.lock();
        let mut version = in_force(&connection, site, room)?;
        version.schedule.holidays = read_holidays(&connection, site)?;
        Ok(version)
    }

    /// Writes schedules of rooms, all of them or none, each with a line of the audit; rooms whose schedule is so already are
    /// left alone. `who` says by whose hand, `why` for what reason.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] when there is no such room, others when the book cannot be written; then nothing is.
    pub fn edit_schedules(
        &self,
        site: &SiteId,
        edits: &[ScheduleEdit],
        (who, why): (&str, &str),
        now: Timestamp,
    ) -> Result<ScheduleSaved, RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let mut changed = 0;
        for edit in edits {
            let current = in_force(&transaction, site, &edit.room)?;
            if edit.seen.is_some_and(|seen| seen != current.number) {
                return Ok(ScheduleSaved::EditedMeanwhile(Box::new(current)));
            }
            let schedule = Schedule { holidays: HolidayCalendar::None, ..edit.schedule.clone() };
            if schedule == current.schedule {
                continue;
            }
            let next = follow(
                &transaction,
                (site.as_str(), &edit.room),
                &current,
                &schedule,
                (who, why, Some(now)),
            )?;
            let (target, old, new) = (room_target(site, &edit.room), told(current.number), told(next));
            append(
                &transaction,
                now,
                &Deed { who, action: "schedule", target: &target, old: &old, new: &new, why },
            )?;
            changed += 1;
        }
        if changed > 0 {
            bump(&transaction)?;
        }
        transaction.commit()?;
        Ok(ScheduleSaved::Saved(changed))
    }

    /// The public holidays that a site keeps.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] when there is no such site, others when the book cannot be read.
    pub fn holidays(&self, site: &SiteId) -> Result<HolidayCalendar, RegistryError> {
        read_holidays(&self.lock(), site)
    }

    /// Writes which public holidays a site keeps, with a line of the audit where that changes. Whether it did.
    ///
    /// [`Registry::put_site`] leaves them as they are, as it does with the rules of law.
    ///
    /// # Errors
    /// As for [`Registry::holidays`]; then nothing is written.
    pub fn set_holidays(
        &self,
        site: &SiteId,
        calendar: HolidayCalendar,
        who: &str,
        now: Timestamp,
    ) -> Result<bool, RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let (old, new) = (read_holidays(&transaction, site)?.as_str(), calendar.as_str());
        if old == new {
            return Ok(false);
        }
        transaction.execute("UPDATE site SET holidays = ?2 WHERE id = ?1", params![site.as_str(), new])?;
        let target = holidays_target(site);
        append(&transaction, now, &Deed { who, action: "configure", target: &target, old, new, why: "" })?;
        bump(&transaction)?;
        transaction.commit()?;
        Ok(true)
    }
}

/// The described weeks of a site's rooms, as they stand in the book.
pub(crate) fn described_weeks(
    transaction: &Transaction<'_>,
    site: &str,
) -> Result<BTreeMap<String, String>, RegistryError> {
    let mut query = transaction.prepare_cached("SELECT id, schedule FROM room WHERE site = ?1")?;
    let rows = query.query_map([site], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Takes the week that a description has for a room; gives what is kept as described. Where people have edited the schedule,
/// a week that differs from the one described `before` becomes a new version; exceptions and bookings stay.
pub(crate) fn put_described(
    transaction: &Transaction<'_>,
    site: &str,
    room: &Room,
    before: &BTreeMap<String, String>,
    hand: Hand<'_>,
) -> Result<String, RegistryError> {
    let week = room.schedule.week.changes();
    let text = serde_json::to_string(&week).expect("a week is a list of numbers");
    let Some(current) = newest(transaction, site, &room.id)? else { return Ok(text) };
    let before = before.get(room.id.as_str());
    if current.schedule.week.changes() == week {
        // What is in force was read and written back: that is no description.
        return Ok(before.cloned().unwrap_or(text));
    }
    if before != Some(&text) {
        let schedule = Schedule { week: room.schedule.week.clone(), ..current.schedule.clone() };
        follow(transaction, (site, &room.id), &current, &schedule, (hand.who, "", hand.at))?;
    }
    Ok(text)
}

/// Writes the version after `current`, and `current` where it is the description and has no row yet. Gives its number.
fn follow(
    transaction: &Transaction<'_>,
    (site, room): (&str, &RoomId),
    current: &ScheduleVersion,
    schedule: &Schedule,
    (who, why, at): (&str, &str, Option<Timestamp>),
) -> Result<u32, RegistryError> {
    let insert = |number: u32, at: Option<Timestamp>, who: &str, why: &str, schedule: &Schedule| {
        let text = serde_json::to_string(schedule).expect("names and numbers are always JSON");
        transaction.execute(
            "INSERT OR IGNORE INTO schedule_version VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![site, room.as_str(), number, at.map(Timestamp::ms), who, why, text],
        )
    };
    insert(current.number, current.at, &current.who, &current.why, &current.schedule)?;
    let next = current.number + 1;
    insert(next, at, who, why, schedule)?;
    transaction.execute(
        "DELETE FROM schedule_version WHERE site = ?1 AND room = ?2 AND number <= ?3",
        params![site, room.as_str(), i64::from(next) - i64::from(MAX_VERSIONS)],
    )?;
    Ok(next)
}

fn in_force(connection: &Connection, site: &SiteId, room: &RoomId) -> Result<ScheduleVersion, RegistryError> {
    let described = described(connection, site, room)?;
    Ok(newest(connection, site.as_str(), room)?.unwrap_or(described))
}

fn newest(
    connection: &Connection,
    site: &str,
    room: &RoomId,
) -> Result<Option<ScheduleVersion>, RegistryError> {
    let mut query = connection.prepare_cached(
        "SELECT number, at_ms, who, why, '', schedule, 'none' FROM schedule_version
         WHERE site = ?1 AND room = ?2 ORDER BY number DESC LIMIT 1",
    )?;
    query.query_row(params![site, room.as_str()], |row| Ok(read_version(row))).optional()?.transpose()
}

/// The week of a room's description.
fn described(
    connection: &Connection,
    site: &SiteId,
    room: &RoomId,
) -> Result<ScheduleVersion, RegistryError> {
    let mut query = connection.prepare_cached("SELECT schedule FROM room WHERE site = ?1 AND id = ?2")?;
    let found: Option<String> =
        query.query_row(params![site.as_str(), room.as_str()], |row| row.get(0)).optional()?;
    let text = found.ok_or_else(|| RegistryError::Unknown(format!("room {room} on site {site}")))?;
    let week: WeekSchedule =
        serde_json::from_str(&text).map_err(|error| damaged(&format!("room {room}"), error))?;
    let (who, why) = (String::new(), String::new());
    Ok(ScheduleVersion { number: DESCRIBED, at: None, who, why, schedule: week.into() })
}

fn read_version(row: &Row<'_>) -> Result<ScheduleVersion, RegistryError> {
    Ok(ScheduleVersion {
        number: row.get(0)?,
        at: row.get::<_, Option<i64>>(1)?.map(Timestamp::from_ms),
        who: row.get(2)?,
        why: row.get(3)?,
        schedule: read_schedule(row, 4)?,
    })
}

fn read_holidays(connection: &Connection, site: &SiteId) -> Result<HolidayCalendar, RegistryError> {
    let mut query = connection.prepare_cached("SELECT holidays FROM site WHERE id = ?1")?;
    let word: Option<String> = query.query_row([site.as_str()], |row| row.get(0)).optional()?;
    holidays(&word.ok_or_else(|| RegistryError::Unknown(format!("site {site}")))?)
}

/// Under which name the audit knows which holidays a site keeps.
fn holidays_target(site: &SiteId) -> String {
    format!("{site}/holidays")
}

/// A version as the audit names it.
fn told(number: u32) -> String {
    format!("version {number}")
}

#[cfg(test)]
mod tests;
