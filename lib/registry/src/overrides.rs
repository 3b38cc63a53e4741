//! Overrides: somebody wants another setpoint for a while. Each has an end; none lasts for ever by accident.

use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use vocabulary::{Celsius, RoomId, SetpointBy, SiteId, Timestamp};

use crate::{
    Deed, Registry, RegistryError,
    audit::append,
    book::{bump, celsius},
    damaged,
};

/// Overrides that ended longer ago than this are forgotten.
const KEPT_MS: i64 = 90 * 24 * 3_600_000;

/// What somebody asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct NewOverride {
    /// The site.
    pub site: SiteId,
    /// The room.
    pub room: RoomId,
    /// The setpoint wished for, already within the bounds of whoever asks.
    pub setpoint_c: Celsius,
    /// When it ends.
    pub until: Timestamp,
    /// Which kind of person or system asks: manager, building system or tenant.
    pub by: SetpointBy,
    /// A label for people.
    pub label: String,
}

/// An override in force.
#[derive(Debug, Clone, PartialEq)]
pub struct Override {
    /// Its number.
    pub id: i64,
    /// What was asked for.
    pub wish: NewOverride,
    /// When it was asked for.
    pub created_at: Timestamp,
}

impl Registry {
    /// Puts an override in force, by the hand of `who`; the same wish made again only gets its new end. An earlier one of
    /// the same kind in the same room ends. Gives its number. The audit has its line; wishes that a building system repeats
    /// each minute have one altogether.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn add_override(&self, wish: &NewOverride, who: &str, now: Timestamp) -> Result<i64, RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let id = add(&transaction, wish, who, now)?;
        transaction.commit()?;
        Ok(id)
    }

    /// Puts many overrides in force at once, as [`Registry::add_override`] does with each: all of them, or none.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn add_overrides(
        &self,
        wishes: &[NewOverride],
        who: &str,
        now: Timestamp,
    ) -> Result<(), RegistryError> {
        if wishes.is_empty() {
            return Ok(());
        }
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        for wish in wishes {
            add(&transaction, wish, who, now)?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Ends an override before its time, by the hand of `who`. Gives whether it was in force.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn end_override(
        &self,
        site: &SiteId,
        room: &RoomId,
        id: i64,
        who: &str,
        now: Timestamp,
    ) -> Result<bool, RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let ended = transaction
            .query_row(
                "UPDATE override SET ended_ms = ?4
                 WHERE id = ?3 AND site = ?1 AND room = ?2 AND ended_ms IS NULL AND until_ms > ?4
                 RETURNING setpoint_c, until_ms",
                params![site.as_str(), room.as_str(), id, now.ms()],
                |row| Ok((row.get(0)?, Timestamp::from_ms(row.get(1)?))),
            )
            .optional()?;
        let Some((setpoint_c, until)) = ended else { return Ok(false) };
        let (target, old) = (room_target(site, room), said(celsius(setpoint_c)?, until));
        append(&transaction, now, &Deed { old: &old, ..Deed::new(who, "override_end", &target) })?;
        bump(&transaction)?;
        transaction.commit()?;
        Ok(true)
    }

    /// The overrides in force at `now`.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn overrides(&self, site: &SiteId, now: Timestamp) -> Result<Vec<Override>, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(
            "SELECT id, room, setpoint_c, until_ms, by, label, created_ms FROM override
             WHERE site = ?1 AND until_ms > ?2 AND ended_ms IS NULL ORDER BY id",
        )?;
        let rows = query.query_map(params![site.as_str(), now.ms()], |row| Ok(read(site, row)))?;
        rows.map(|row| row?).collect()
    }

    /// The overrides of a site that were in force at any time from `from` to `to`, by number: each with the end that it came
    /// to, where somebody ended it before its time. Those that ended over 90 days ago may be forgotten.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn overrides_between(
        &self,
        site: &SiteId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Override>, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(
            "SELECT id, room, setpoint_c, min(until_ms, ifnull(ended_ms, until_ms)) AS end_ms, by, label, created_ms
             FROM override WHERE site = ?1 AND end_ms > ?2 AND created_ms < ?3 ORDER BY id",
        )?;
        let rows = query.query_map(params![site.as_str(), from.ms(), to.ms()], |row| Ok(read(site, row)))?;
        rows.map(|row| row?).collect()
    }
}

/// Puts an override in force, or prolongs the same one; gives its number.
fn add(
    transaction: &Transaction<'_>,
    wish: &NewOverride,
    who: &str,
    now: Timestamp,
) -> Result<i64, RegistryError> {
    if let Some(id) = prolong(transaction, wish, now)? {
        if wish.by != SetpointBy::BuildingSystem {
            write_down(transaction, wish, "", who, now)?;
        }
        return Ok(id);
    }
    transaction.execute("DELETE FROM override WHERE until_ms < ?1", [now.plus_ms(-KEPT_MS).ms()])?;
    let (site, room, by) = (wish.site.as_str(), wish.room.as_str(), wish.by.as_str());
    let replaced = transaction
        .query_row(
            "UPDATE override SET ended_ms = ?4 WHERE site = ?1 AND room = ?2 AND by = ?3 AND ended_ms IS NULL
                 RETURNING setpoint_c, until_ms",
            params![site, room, by, now.ms()],
            |row| Ok((row.get(0)?, Timestamp::from_ms(row.get(1)?))),
        )
        .optional()?;
    let old = match replaced {
        Some((setpoint_c, until)) if until > now => said(celsius(setpoint_c)?, until),
        _ => String::new(),
    };
    transaction.execute(
            "INSERT INTO override (site, room, setpoint_c, until_ms, by, label, created_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![site, room, wish.setpoint_c.hundredths(), wish.until.ms(), by, wish.label, now.ms()],
        )?;
    let id = transaction.last_insert_rowid();
    write_down(transaction, wish, &old, who, now)?;
    bump(transaction)?;
    Ok(id)
}

/// Under which name the audit knows a room.
#[must_use]
pub fn room_target(site: &SiteId, room: &RoomId) -> String {
    format!("{site}/room/{room}")
}

/// A setpoint and its end as the audit has them.
fn said(setpoint_c: Celsius, until: Timestamp) -> String {
    format!("{setpoint_c} until {}", until.rfc3339())
}

fn write_down(
    transaction: &Transaction<'_>,
    wish: &NewOverride,
    old: &str,
    who: &str,
    now: Timestamp,
) -> Result<(), RegistryError> {
    let (target, new) = (room_target(&wish.site, &wish.room), said(wish.setpoint_c, wish.until));
    let why = if wish.label == who { "" } else { &wish.label };
    append(transaction, now, &Deed { old, new: &new, why, ..Deed::new(who, "override", &target) })
}

/// Building systems repeat their wishes every minute: the row that is in force gets the new end, and nothing else
/// changes.
fn prolong(
    connection: &Connection,
    wish: &NewOverride,
    now: Timestamp,
) -> Result<Option<i64>, RegistryError> {
    let mut query = connection.prepare_cached(
        "UPDATE override SET until_ms = ?5 WHERE site = ?1 AND room = ?2 AND by = ?3 AND setpoint_c = ?4
         AND label = ?6 AND ended_ms IS NULL AND until_ms > ?7 RETURNING id",
    )?;
    let (site, room, by) = (wish.site.as_str(), wish.room.as_str(), wish.by.as_str());
    let values = params![site, room, by, wish.setpoint_c.hundredths(), wish.until.ms(), wish.label, now.ms()];
    Ok(query.query_row(values, |row| row.get(0)).optional()?)
}

fn read(site: &SiteId, row: &Row<'_>) -> Result<Override, RegistryError> {
    let id: i64 = row.get(0)?;
    let bad = |why: String| damaged(&format!("override {id}"), why);
    let by = match row.get::<_, String>(4)?.as_str() {
        "manager" => SetpointBy::Manager,
        "building_system" => SetpointBy::BuildingSystem,
        "tenant" => SetpointBy::Tenant,
        other => return Err(bad(format!("nobody called {other}"))),
    };
    Ok(Override {
        id,
        wish: NewOverride {
            site: site.clone(),
            room: RoomId::new(&row.get::<_, String>(1)?).map_err(|error| bad(error.to_string()))?,
            setpoint_c: celsius(row.get(2)?)?,
            until: Timestamp::from_ms(row.get(3)?),
            by,
            label: row.get(5)?,
        },
        created_at: Timestamp::from_ms(row.get(6)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_000);

    fn wish(room: &str, by: SetpointBy) -> NewOverride {
        NewOverride {
            site: SiteId::new("home").unwrap(),
            room: RoomId::new(room).unwrap(),
            setpoint_c: Celsius::from_hundredths(2100),
            until: NOW.plus_ms(1_000),
            by,
            label: "cold hands".to_owned(),
        }
    }

    fn live(registry: &Registry, now: Timestamp) -> Vec<i64> {
        let site = SiteId::new("home").unwrap();
        registry.overrides(&site, now).unwrap().into_iter().map(|o| o.id).collect()
    }

    #[test]
    fn an_override_ends_by_itself() {
        let registry = Registry::in_memory().unwrap();
        let id = registry.add_override(&wish("a", SetpointBy::Manager), "anna", NOW).unwrap();
        assert_eq!(live(&registry, NOW.plus_ms(999)), [id]);
        assert!(live(&registry, NOW.plus_ms(1_000)).is_empty());
    }

    #[test]
    fn whoever_looks_back_sees_each_override_with_the_end_it_came_to() {
        let registry = Registry::in_memory().unwrap();
        let (site, room) = (SiteId::new("home").unwrap(), RoomId::new("a").unwrap());
        let first = registry.add_override(&wish("a", SetpointBy::Manager), "anna", NOW).unwrap();
        registry.end_override(&site, &room, first, "anna", NOW.plus_ms(400)).unwrap();
        let second = registry.add_override(&wish("a", SetpointBy::Tenant), "tim", NOW.plus_ms(500)).unwrap();
        let between = |from, to| {
            let held = registry.overrides_between(&site, NOW.plus_ms(from), NOW.plus_ms(to)).unwrap();
            held.into_iter().map(|o| (o.id, o.wish.until.since(NOW))).collect::<Vec<_>>()
        };
        assert_eq!(between(0, 9_000), [(first, 400), (second, 1_000)]);
        assert_eq!(between(400, 9_000), [(second, 1_000)]);
        assert_eq!(between(0, 500), [(first, 400)]);
        assert_eq!(between(1_000, 9_000), []);
    }

    #[test]
    fn the_audit_tells_what_was_replaced_by_whom_and_why() {
        let registry = Registry::in_memory().unwrap();
        let (site, room) = (SiteId::new("home").unwrap(), RoomId::new("a").unwrap());
        registry.add_override(&wish("a", SetpointBy::Manager), "anna", NOW).unwrap();
        let warmer =
            NewOverride { setpoint_c: Celsius::from_hundredths(2150), ..wish("a", SetpointBy::Manager) };
        let id = registry.add_override(&warmer, "bert", NOW).unwrap();
        assert!(registry.end_override(&site, &room, id, "carl", NOW).unwrap());
        let bms = wish("a", SetpointBy::BuildingSystem);
        registry.add_override(&bms, "controller", NOW).unwrap();
        let longer = NewOverride { until: bms.until.plus_ms(1), ..bms };
        registry.add_override(&longer, "controller", NOW).unwrap();
        let lines = registry.audit_of(&room_target(&site, &room), 9).unwrap();
        let told: Vec<_> =
            lines.iter().rev().map(|l| (&*l.who, &*l.action, &*l.old, &*l.new, &*l.why)).collect();
        let (first, second) = ("21 °C until 1970-01-01T00:00:02Z", "21.5 °C until 1970-01-01T00:00:02Z");
        assert_eq!(
            told,
            [
                ("anna", "override", "", first, "cold hands"),
                ("bert", "override", first, second, "cold hands"),
                ("carl", "override_end", second, "", ""),
                ("controller", "override", "", first, "cold hands"),
            ]
        );
    }

    #[test]
    fn the_same_hand_replaces_its_own_override_and_no_other() {
        let registry = Registry::in_memory().unwrap();
        registry.add_override(&wish("a", SetpointBy::Tenant), "anna", NOW).unwrap();
        let manager = registry.add_override(&wish("a", SetpointBy::Manager), "anna", NOW).unwrap();
        let warmer =
            NewOverride { setpoint_c: Celsius::from_hundredths(2150), ..wish("a", SetpointBy::Tenant) };
        let tenant = registry.add_override(&warmer, "anna", NOW).unwrap();
        let other = registry.add_override(&wish("b", SetpointBy::Tenant), "anna", NOW).unwrap();
        assert_eq!(live(&registry, NOW), [manager, tenant, other]);
        assert_eq!(
            registry.overrides(&SiteId::new("home").unwrap(), NOW).unwrap()[0].wish,
            wish("a", SetpointBy::Manager)
        );
    }

    #[test]
    fn the_same_wish_made_again_only_gets_a_new_end() {
        let registry = Registry::in_memory().unwrap();
        let first = registry.add_override(&wish("a", SetpointBy::BuildingSystem), "anna", NOW).unwrap();
        let revision = registry.revision().unwrap();
        let longer = NewOverride { until: NOW.plus_ms(9_000), ..wish("a", SetpointBy::BuildingSystem) };
        assert_eq!(registry.add_override(&longer, "anna", NOW).unwrap(), first);
        assert_eq!(registry.revision().unwrap(), revision, "nobody has to read the book again");
        assert_eq!(live(&registry, NOW.plus_ms(8_000)), [first]);
    }

    #[test]
    fn only_the_override_of_this_room_can_be_ended_from_it() {
        let registry = Registry::in_memory().unwrap();
        let id = registry.add_override(&wish("a", SetpointBy::Tenant), "anna", NOW).unwrap();
        let site = SiteId::new("home").unwrap();
        assert!(!registry.end_override(&site, &RoomId::new("b").unwrap(), id, "anna", NOW).unwrap());
        assert!(registry.end_override(&site, &RoomId::new("a").unwrap(), id, "anna", NOW).unwrap());
        assert!(live(&registry, NOW).is_empty());
    }
}
