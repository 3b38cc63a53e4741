//! One alarm as the book has it, and how many wait.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use vocabulary::{SiteId, Timestamp};

use super::life::AlarmState;
use super::rule::{AlarmRule, Severity};
use super::subject::AlarmSubject;
use crate::{Registry, RegistryError, damaged};

/// An alarm: one rule about one subject, however often it was raised.
#[derive(Debug, Clone, PartialEq)]
pub struct AlarmEntry {
    /// Its number.
    pub id: i64,
    /// What it is about.
    pub subject: AlarmSubject,
    /// Which rule.
    pub rule: AlarmRule,
    /// Where it stands.
    pub state: AlarmState,
    /// When it was raised last.
    pub raised_at: Timestamp,
    /// When it last changed its state.
    pub changed_at: Timestamp,
    /// The value that it last changed with, in the unit of the rule.
    pub value: Option<f64>,
    /// The limit that held then.
    pub limit: f64,
    /// How often it was raised.
    pub occurrences: u32,
    /// Who takes care of it.
    pub owner: Option<String>,
    /// When its time aside is over, where it was put aside.
    pub shelved_until: Option<Timestamp>,
    /// The alarm that explains it and beneath which it is hidden.
    pub beneath: Option<i64>,
    /// How many alarms that last are hidden beneath this one.
    pub hides: u32,
}

impl AlarmEntry {
    /// How grave it is.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        self.rule.severity()
    }
}

/// How many alarms wait for somebody, hidden ones not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpenAlarms {
    /// All that wait.
    pub open: u32,
    /// Of these, those of which nobody has said that they know.
    pub unacknowledged: u32,
    /// Of these, the critical ones.
    pub critical: u32,
}

impl Registry {
    /// The alarms of a site and of the platform: the gravest first, then the newest. Those that are normal again too, for as long as
    /// the book remembers them.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn alarms(&self, site: &SiteId) -> Result<Vec<AlarmEntry>, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(&format!("{SELECT} WHERE a.site IN ('', ?1)"))?;
        let mut alarms = read_rows(query.query([site.as_str()])?)?;
        alarms.sort_by_key(|alarm| {
            (std::cmp::Reverse((alarm.severity(), alarm.raised_at)), alarm.subject.clone())
        });
        Ok(alarms)
    }

    /// Every alarm whose cause lasts, of all sites and the platform, in the order of their numbers.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn active_alarms(&self) -> Result<Vec<AlarmEntry>, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(&format!(
            "{SELECT} WHERE a.state IN ('unacknowledged', 'acknowledged', 'shelved_active') ORDER BY a.id"
        ))?;
        read_rows(query.query([])?)
    }

    /// One alarm.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] when there is none of this number; others when the book cannot be read.
    pub fn alarm(&self, id: i64) -> Result<AlarmEntry, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(&format!("{SELECT} WHERE a.id = ?1"))?;
        let found = read_rows(query.query([id])?)?.pop();
        found.ok_or_else(|| RegistryError::Unknown(format!("alarm {id}")))
    }

    /// How many alarms of a site and of the platform wait for somebody.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn open_alarms(&self, site: &SiteId) -> Result<OpenAlarms, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(
            "SELECT rule, state FROM alarm WHERE site IN ('', ?1) AND beneath IS NULL
             AND state IN ('unacknowledged', 'acknowledged', 'returned')",
        )?;
        let rows = query.query_map([site.as_str()], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
        let mut open = OpenAlarms::default();
        for row in rows {
            let (rule, state): (String, AlarmState) = row?;
            let is_critical =
                AlarmRule::read(&rule).is_some_and(|rule| rule.severity() == Severity::Critical);
            open.open += 1;
            open.unacknowledged += u32::from(state.wants_answer());
            open.critical += u32::from(is_critical);
        }
        Ok(open)
    }
}

const SELECT: &str =
    "SELECT a.id, a.site, a.place, a.rule, a.state, a.raised_ms, a.changed_ms, a.value, a.limit_value,
    a.occurrences, a.owner, a.shelved_until_ms, a.beneath,
    (SELECT count(*) FROM alarm AS b WHERE b.beneath = a.id), a.told, a.told_over FROM alarm AS a";

fn read_rows(mut rows: rusqlite::Rows<'_>) -> Result<Vec<AlarmEntry>, RegistryError> {
    let mut alarms = Vec::new();
    while let Some(row) = rows.next()? {
        alarms.extend(read(row)?);
    }
    Ok(alarms)
}

/// `None` for a rule that this program does not know: an alarm of an older or newer one.
fn read(row: &Row<'_>) -> Result<Option<AlarmEntry>, RegistryError> {
    let (site, place, rule): (String, String, String) = (row.get(1)?, row.get(2)?, row.get(3)?);
    let Some(rule) = AlarmRule::read(&rule) else { return Ok(None) };
    Ok(Some(AlarmEntry {
        id: row.get(0)?,
        subject: AlarmSubject::read(&site, &place)?,
        rule,
        state: row.get(4).map_err(|error| damaged("an alarm's state", error))?,
        raised_at: Timestamp::from_ms(row.get(5)?),
        changed_at: Timestamp::from_ms(row.get(6)?),
        value: row.get(7)?,
        limit: row.get(8)?,
        occurrences: row.get(9)?,
        owner: row.get(10)?,
        shelved_until: row.get::<_, Option<i64>>(11)?.map(Timestamp::from_ms),
        beneath: row.get(12)?,
        hides: row.get(13)?,
    }))
}

/// Every alarm of which some occurrence was not told yet, or not told to be over, with the numbers of those that were.
pub(super) fn untold(connection: &Connection) -> Result<Vec<(AlarmEntry, u32, u32)>, RegistryError> {
    let mut query = connection.prepare_cached(&format!(
        "{SELECT} WHERE (a.state = 'unacknowledged' AND a.told < a.occurrences)
             OR (a.state IN ('normal', 'returned') AND a.told_over < a.occurrences) ORDER BY a.id"
    ))?;
    let mut rows = query.query([])?;
    let mut alarms = Vec::new();
    while let Some(row) = rows.next()? {
        let told = (row.get(14)?, row.get(15)?);
        alarms.extend(read(row)?.map(|alarm| (alarm, told.0, told.1)));
    }
    Ok(alarms)
}

/// The alarm of a rule about a subject, where it was ever raised.
pub(super) fn find(
    connection: &Connection,
    (subject, rule): (&AlarmSubject, AlarmRule),
) -> Result<Option<AlarmEntry>, RegistryError> {
    let mut query =
        connection.prepare_cached(&format!("{SELECT} WHERE a.site = ?1 AND a.place = ?2 AND a.rule = ?3"))?;
    let key = params![subject.site_column(), subject.place(), rule.as_str()];
    Ok(query.query_row(key, |row| Ok(read(row))).optional()?.transpose()?.flatten())
}

/// The alarm of a number, in a transaction.
pub(super) fn by_number(connection: &Connection, id: i64) -> Result<Option<AlarmEntry>, RegistryError> {
    let mut query = connection.prepare_cached(&format!("{SELECT} WHERE a.id = ?1"))?;
    Ok(query.query_row([id], |row| Ok(read(row))).optional()?.transpose()?.flatten())
}
