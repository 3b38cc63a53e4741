//! What was found out about the building, noted: causes that began, that are over, and alarms that explain others.

use rusqlite::{Transaction, params};
use vocabulary::Timestamp;

use super::changes::{AlarmDeed, NewChange, add, over_at};
use super::entry::{AlarmEntry, find};
use super::life::{AlarmEvent, AlarmState};
use super::notice::AWAY_MS;
use super::rule::AlarmRule;
use super::subject::AlarmSubject;
use crate::{Registry, RegistryError};

/// Whether the cause of one alarm lasts.
#[derive(Debug, Clone, PartialEq)]
pub struct AlarmFinding {
    /// What it is about.
    pub subject: AlarmSubject,
    /// Which rule.
    pub rule: AlarmRule,
    /// Whether its cause lasts.
    pub is_active: bool,
    /// The value, where one is known.
    pub value: Option<f64>,
    /// The limit in force.
    pub limit: f64,
    /// The alarm that explains it, where one does: it hides this one for as long as it lasts.
    pub beneath: Option<(AlarmSubject, AlarmRule)>,
}

impl Registry {
    /// Notes findings, all of them or none. What the book knows already changes nothing and leaves no line. Gives how many
    /// alarms changed.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read or written.
    pub fn note_alarms(&self, findings: &[AlarmFinding], now: Timestamp) -> Result<usize, RegistryError> {
        if findings.is_empty() {
            return Ok(0);
        }
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let mut changed = 0;
        for finding in findings {
            changed += usize::from(note(&transaction, finding, now)?);
        }
        transaction.commit()?;
        Ok(changed)
    }
}

fn note(
    transaction: &Transaction<'_>,
    finding: &AlarmFinding,
    now: Timestamp,
) -> Result<bool, RegistryError> {
    let known = match find(transaction, (&finding.subject, finding.rule))? {
        Some(known) => known,
        None if finding.is_active => begin(transaction, finding, now)?,
        None => return Ok(false),
    };
    let beneath = explained_by(transaction, finding)?;
    let event = if finding.is_active { AlarmEvent::Raised } else { AlarmEvent::Returned };
    match known.state.step(event, finding.rule.severity().latches()) {
        Some(next) => step(transaction, (&known, next), (finding, beneath), now)?,
        None if known.beneath != beneath => cover(transaction, &known, beneath, now)?,
        None => return Ok(false),
    }
    Ok(true)
}

/// A row for an alarm that was never raised before.
fn begin(
    transaction: &Transaction<'_>,
    finding: &AlarmFinding,
    now: Timestamp,
) -> Result<AlarmEntry, RegistryError> {
    transaction.execute(
        "INSERT INTO alarm (site, place, rule, state, raised_ms, changed_ms, limit_value, occurrences)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, 0)",
        params![
            finding.subject.site_column(),
            finding.subject.place(),
            finding.rule.as_str(),
            AlarmState::Normal,
            now.ms(),
            finding.limit
        ],
    )?;
    let found = find(transaction, (&finding.subject, finding.rule))?;
    Ok(found.expect("the row was written in this transaction"))
}

/// The number of the alarm that explains this one, where that one lasts.
fn explained_by(transaction: &Transaction<'_>, finding: &AlarmFinding) -> Result<Option<i64>, RegistryError> {
    let Some((subject, rule)) = finding.beneath.as_ref().filter(|_| finding.is_active) else {
        return Ok(None);
    };
    let above = find(transaction, (subject, *rule))?;
    Ok(above.filter(|above| above.state.is_active()).map(|above| above.id))
}

fn step(
    transaction: &Transaction<'_>,
    (known, next): (&AlarmEntry, AlarmState),
    (finding, beneath): (&AlarmFinding, Option<i64>),
    now: Timestamp,
) -> Result<(), RegistryError> {
    let raised_at = if finding.is_active { now } else { known.raised_at };
    // Whoever took care of it took care of what is over now.
    let owner = known.owner.as_ref().filter(|_| next != AlarmState::Normal);
    // What comes again so soon is the same trouble: whoever was told of it knows, and has not been told that it is over.
    let was_over = over_at(transaction, known.id)?;
    let is_same = finding.is_active && was_over.is_some_and(|over| now.since(over) < AWAY_MS);
    let is_all = !known.severity().latches();
    transaction.execute(
        "UPDATE alarm SET state = ?2, raised_ms = ?3, changed_ms = ?4, value = ?5, limit_value = ?6,
             occurrences = occurrences + ?7, owner = ?8, beneath = ?9,
             told = told + (?10 AND told = occurrences),
             told_over = told_over + (?10 AND ?11 AND told = occurrences) WHERE id = ?1",
        params![
            known.id,
            next,
            raised_at.ms(),
            now.ms(),
            finding.value,
            finding.limit,
            finding.is_active,
            owner,
            beneath,
            is_same,
            is_all
        ],
    )?;
    let deed = if finding.is_active { AlarmDeed::Raised } else { AlarmDeed::Returned };
    add(transaction, now, &NewChange { alarm: known.id, who: "", deed, value: finding.value, text: "" })
}

fn cover(
    transaction: &Transaction<'_>,
    known: &AlarmEntry,
    beneath: Option<i64>,
    now: Timestamp,
) -> Result<(), RegistryError> {
    transaction.execute("UPDATE alarm SET beneath = ?2 WHERE id = ?1", params![known.id, beneath])?;
    let deed = if beneath.is_some() { AlarmDeed::Covered } else { AlarmDeed::Uncovered };
    add(transaction, now, &NewChange { alarm: known.id, who: "", deed, value: None, text: "" })
}
