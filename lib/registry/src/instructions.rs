//! What the people who look after a heater tell it for a while: draw no more than this, take no work, show which one you are.
//!
//! Instructions stand beside the building's description and outlive a new one, as overrides do: a heater that somebody limited
//! because its plug was warm stays limited when the building is described anew.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};
use vocabulary::{DisplayName, HeaterId, Maintenance, SiteId, Timestamp, Watts};

use crate::audit::append;
use crate::book::bump;
use crate::{Deed, Registry, RegistryError, damaged};

/// Why an instruction was given, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Why.
    pub reason: DisplayName,
    /// When it ends by itself; `None` until somebody ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Hold {
    fn is_in_force(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// The most that a heater may be granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaterLimit {
    /// Watts.
    pub watts: Watts,
    /// Why, and until when.
    #[serde(flatten)]
    pub hold: Hold,
}

/// All that one heater is instructed to do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Instructions {
    /// The most it may be granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<HeaterLimit>,
    /// It takes no new work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drain: Option<Hold>,
    /// It shows which one it is until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identify_until: Option<Timestamp>,
}

/// One instruction, which takes the place of the one before; `None` ends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instruction {
    /// The most it may be granted.
    Limit(Option<HeaterLimit>),
    /// Whether it takes new work.
    Drain(Option<Hold>),
    /// Until when it shows which one it is.
    Identify(Option<Timestamp>),
}

impl Instruction {
    /// The word of the audit.
    const fn as_str(&self) -> &'static str {
        match self {
            Self::Limit(_) => "limit",
            Self::Drain(_) => "drain",
            Self::Identify(_) => "identify",
        }
    }
}

impl Instructions {
    /// What of them is in force at `now`.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Self {
        Self {
            limit: self.limit.clone().filter(|limit| limit.hold.is_in_force(now)),
            drain: self.drain.clone().filter(|hold| hold.is_in_force(now)),
            identify_until: self.identify_until.filter(|until| now < *until),
        }
    }

    /// What of them the heater itself is told at `now`.
    #[must_use]
    pub fn maintenance(&self, now: Timestamp) -> Maintenance {
        Maintenance {
            drain: self.drain.as_ref().is_some_and(|hold| hold.is_in_force(now)),
            identify: self.identify_until.is_some_and(|until| now < until),
        }
    }

    fn with(self, instruction: &Instruction) -> Self {
        match instruction.clone() {
            Instruction::Limit(limit) => Self { limit, ..self },
            Instruction::Drain(drain) => Self { drain, ..self },
            Instruction::Identify(identify_until) => Self { identify_until, ..self },
        }
    }
}

impl Registry {
    /// What the heaters of a site are instructed to do, also what has ended since. Those without instructions are not in it.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn instructions(&self, site: &SiteId) -> Result<BTreeMap<HeaterId, Instructions>, RegistryError> {
        let connection = self.lock();
        let mut query = connection
            .prepare_cached("SELECT heater, instructions FROM heater_instruction WHERE site = ?1")?;
        let rows = query.query_map([site.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let read = |row: rusqlite::Result<(String, String)>| {
            let (heater, json) = row?;
            let id = HeaterId::new(&heater).map_err(|error| damaged("instructions of a heater", error))?;
            Ok((id, parse(&heater, &json)?))
        };
        rows.map(read).collect()
    }

    /// Instructs a heater, by the hand of `who`, with a line of the audit where that changes. Whether it did.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] when the site has no such heater, others when the book cannot be written.
    pub fn instruct_heater(
        &self,
        site: &SiteId,
        heater: &HeaterId,
        instruction: &Instruction,
        who: &str,
        now: Timestamp,
    ) -> Result<bool, RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let is_known: bool = transaction.query_row(
            "SELECT EXISTS (SELECT 1 FROM heater WHERE site = ?1 AND id = ?2)",
            [site.as_str(), heater.as_str()],
            |row| row.get(0),
        )?;
        if !is_known {
            return Err(RegistryError::Unknown(format!("heater {heater} in site {site}")));
        }
        // What has ended is not carried on.
        let old = read(&transaction, site, heater)?.at(now);
        let new = old.clone().with(instruction);
        if old == new {
            return Ok(false);
        }
        let (old, new) = (json(&old), json(&new));
        transaction.execute(
            "INSERT OR REPLACE INTO heater_instruction VALUES (?1, ?2, ?3)",
            params![site.as_str(), heater.as_str(), new],
        )?;
        let target = format!("{site}/heater/{heater}");
        let deed = Deed { who, action: instruction.as_str(), target: &target, old: &old, new: &new, why: "" };
        append(&transaction, now, &deed)?;
        bump(&transaction)?;
        transaction.commit()?;
        Ok(true)
    }
}

fn read(connection: &Connection, site: &SiteId, heater: &HeaterId) -> Result<Instructions, RegistryError> {
    let mut query = connection
        .prepare_cached("SELECT instructions FROM heater_instruction WHERE site = ?1 AND heater = ?2")?;
    let found: Option<String> =
        query.query_row([site.as_str(), heater.as_str()], |row| row.get(0)).optional()?;
    found.map_or_else(|| Ok(Instructions::default()), |json| parse(heater.as_str(), &json))
}

/// Forgets the instructions of a heater that is there no more.
pub(crate) fn forget_instructions(
    connection: &Connection,
    site: &SiteId,
    heater: &HeaterId,
) -> Result<(), RegistryError> {
    connection.execute(
        "DELETE FROM heater_instruction WHERE site = ?1 AND heater = ?2",
        [site.as_str(), heater.as_str()],
    )?;
    Ok(())
}

/// Instructs the heaters of this book as they are in the newer one that is attached; gives how many differed.
pub(crate) fn merge_newer(connection: &Connection) -> Result<usize, RegistryError> {
    let is_there = connection
        .query_row("SELECT 1 FROM newer.sqlite_master WHERE name = 'heater_instruction'", [], |_| Ok(()))
        .optional()?;
    if is_there.is_none() {
        return Ok(0);
    }
    Ok(connection.execute(
        "INSERT OR REPLACE INTO main.heater_instruction SELECT since.* FROM newer.heater_instruction AS since
         JOIN main.heater ON heater.site = since.site AND heater.id = since.heater
         WHERE NOT EXISTS (SELECT 1 FROM main.heater_instruction AS here WHERE here.site = since.site
         AND here.heater = since.heater AND here.instructions = since.instructions)",
        [],
    )?)
}

fn parse(heater: &str, json: &str) -> Result<Instructions, RegistryError> {
    serde_json::from_str(json).map_err(|error| damaged(&format!("instructions of heater {heater}"), error))
}

fn json(instructions: &Instructions) -> String {
    serde_json::to_string(instructions).expect("numbers and words under names are always JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::tests::two_rooms;

    const NOW: Timestamp = Timestamp::from_ms(1_000);

    fn hold(until_ms: Option<i64>) -> Hold {
        Hold { reason: DisplayName::new("Warm plug").unwrap(), until: until_ms.map(Timestamp::from_ms) }
    }

    fn limit(watts: u32, until_ms: Option<i64>) -> Instruction {
        Instruction::Limit(Some(HeaterLimit { watts: Watts::new(watts).unwrap(), hold: hold(until_ms) }))
    }

    #[test]
    fn orders_stand_beside_each_other_end_by_themselves_and_outlive_a_new_description() {
        let registry = Registry::in_memory().unwrap();
        let book = two_rooms();
        registry.put_site(&book).unwrap();
        let (site, heater) = (&book.site.id, &book.heaters[0].id);
        let instruct =
            |told: &Instruction| registry.instruct_heater(site, heater, told, "anna", NOW).unwrap();
        let revision = registry.revision().unwrap();
        assert!(instruct(&limit(300, Some(2_000))));
        assert!(registry.revision().unwrap() > revision, "the controller reads again");
        assert!(!instruct(&limit(300, Some(2_000))), "a form that was sent twice");
        assert!(instruct(&Instruction::Drain(Some(hold(None)))));
        assert!(instruct(&Instruction::Identify(Some(Timestamp::from_ms(1_500)))));
        registry.put_site(&book).unwrap();
        let held = registry.instructions(site).unwrap().remove(heater).unwrap();
        assert_eq!(held.at(NOW), held);
        assert_eq!(held.maintenance(NOW), Maintenance { drain: true, identify: true });
        let later = held.at(Timestamp::from_ms(2_000));
        assert_eq!(later, Instructions { drain: Some(hold(None)), ..Instructions::default() });
        assert_eq!(held.maintenance(Timestamp::from_ms(1_500)), Maintenance { drain: true, identify: false });
        assert!(instruct(&Instruction::Drain(None)));
        let lines = registry.audit_of(&format!("{site}/heater/{heater}"), 9).unwrap();
        let told: Vec<_> = lines.iter().rev().map(|line| line.action.as_str()).collect();
        assert_eq!(told, ["limit", "drain", "identify", "drain"]);
        assert!(lines[0].old.contains("Warm plug") && lines[3].new.contains("300"), "{lines:?}");
    }

    #[test]
    fn of_a_heater_that_is_not_there_nothing_is_asked() {
        let registry = Registry::in_memory().unwrap();
        let book = two_rooms();
        registry.put_site(&book).unwrap();
        let nobody = HeaterId::new("nobody").unwrap();
        let refused = registry.instruct_heater(&book.site.id, &nobody, &limit(1, None), "anna", NOW);
        assert!(matches!(refused, Err(RegistryError::Unknown(_))), "{refused:?}");
        assert!(registry.instructions(&book.site.id).unwrap().is_empty());
    }
}
