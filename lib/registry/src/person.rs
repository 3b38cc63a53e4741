//! People: who may sign in, with which password, and as what from when to when.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use vocabulary::{SiteId, Timestamp};

use crate::audit::append;
use crate::{
    Assignment, Deed, PasswordError, PersonName, PersonRole, Registry, RegistryError, book::bump,
    check_password, damaged, password, tenant::end_link_of,
};

/// A person as a list shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name they sign in with.
    pub name: PersonName,
    /// When they were added.
    pub created_at: Timestamp,
    /// Since when they may not sign in, if so.
    pub disabled_at: Option<Timestamp>,
    /// Whether the password was given by somebody else and has to be changed at the next sign-in.
    pub must_change: bool,
    /// Every role they have or had, oldest first.
    pub assignments: Vec<Assignment>,
}

/// Why a person cannot be added or changed.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// The name is taken.
    #[error("there is a person called {0} already")]
    Taken(PersonName),
    /// Nobody is called so.
    #[error("there is no person called {0}")]
    Nobody(PersonName),
    /// The password is not taken.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The role names no building.
    #[error("this role needs at least one building")]
    NoSite,
    /// The role names a building or a room that is not in the book.
    #[error("there is no {0}")]
    NoPlace(String),
    /// The role would end before it begins.
    #[error("the role ends before it begins")]
    Interval,
    /// Nobody could let anybody in any more.
    #[error("{0} is the last administrator: make another one first")]
    LastAdministrator(PersonName),
    /// The book failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl From<rusqlite::Error> for PersonError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Registry(error.into())
    }
}

/// A person's password as somebody else gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstPassword<'a> {
    /// Made here, and changed at the next sign-in.
    OneTime,
    /// Chosen by the person, who stands beside.
    Chosen(&'a str),
}

impl Registry {
    /// Whether anybody may sign in, or might again: from the first person on the doors are closed.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be read.
    pub fn has_people(&self) -> Result<bool, RegistryError> {
        Ok(self.lock().query_row("SELECT EXISTS (SELECT 1 FROM person)", [], |row| row.get(0))?)
    }

    /// Adds a person without any role. Gives the one-time password, shown once and not kept, where one was made.
    /// Hashes a password: takes tens of milliseconds.
    ///
    /// # Errors
    /// [`PersonError`] when the name is taken, the password is refused, or the book cannot be written.
    pub fn add_person(
        &self,
        name: &PersonName,
        password: &FirstPassword<'_>,
        by: &str,
        now: Timestamp,
    ) -> Result<Option<String>, PersonError> {
        let (one_time, phc) = first_password(name, password)?;
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let added = transaction.execute(
            "INSERT INTO person (name, phc, must_change, created_ms) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            params![name.as_str(), phc, one_time.is_some(), now.ms()],
        )?;
        if added == 0 {
            return Err(PersonError::Taken(name.clone()));
        }
        bump(&transaction)?;
        append(&transaction, now, &Deed::new(by, "person_add", &target(name)))?;
        transaction.commit()?;
        Ok(one_time)
    }

    /// Gives a person another password and ends all their sessions. Gives the one-time password where one was made.
    ///
    /// # Errors
    /// [`PersonError`] when there is no such person, the password is refused, or the book cannot be written.
    pub fn reset_password(
        &self,
        name: &PersonName,
        password: &FirstPassword<'_>,
        by: &str,
        now: Timestamp,
    ) -> Result<Option<String>, PersonError> {
        let (one_time, phc) = first_password(name, password)?;
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let changed = transaction.execute(
            "UPDATE person SET phc = ?2, must_change = ?3 WHERE name = ?1",
            params![name.as_str(), phc, one_time.is_some()],
        )?;
        if changed == 0 {
            return Err(PersonError::Nobody(name.clone()));
        }
        end_all_sessions(&transaction, name)?;
        append(&transaction, now, &Deed::new(by, "password", &target(name)))?;
        transaction.commit()?;
        Ok(one_time)
    }

    /// Lets a person sign in no more and ends all their sessions; their tokens open nothing from then on, and the link of a
    /// room where they are tenant ends.
    ///
    /// # Errors
    /// [`PersonError`] when there is no such person, they are the last administrator, or the book cannot be written.
    pub fn disable_person(&self, name: &PersonName, by: &str, now: Timestamp) -> Result<(), PersonError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        must_exist(&transaction, name)?;
        transaction.execute(
            "UPDATE person SET disabled_ms = ?2 WHERE name = ?1 AND disabled_ms IS NULL",
            params![name.as_str(), now.ms()],
        )?;
        end_all_sessions(&transaction, name)?;
        for tenancy in live_assignments(&transaction, name.as_str(), now)? {
            end_link_of(&transaction, &tenancy.role, now, by, now)?;
        }
        keep_an_administrator(&transaction, name, now)?;
        bump(&transaction)?;
        append(&transaction, now, &Deed::new(by, "person_disable", &target(name)))?;
        transaction.commit()?;
        Ok(())
    }

    /// Lets a disabled person sign in again, with the password and the roles they had.
    ///
    /// # Errors
    /// [`PersonError`] when there is no such person or the book cannot be written.
    pub fn enable_person(&self, name: &PersonName, by: &str, now: Timestamp) -> Result<(), PersonError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        must_exist(&transaction, name)?;
        transaction.execute("UPDATE person SET disabled_ms = NULL WHERE name = ?1", [name.as_str()])?;
        bump(&transaction)?;
        append(&transaction, now, &Deed::new(by, "person_enable", &target(name)))?;
        transaction.commit()?;
        Ok(())
    }

    /// Gives a person a role from `from` until `until`. Their sessions end, so that the next one is made anew. The link of a
    /// tenant's room ends where the tenancy begins.
    ///
    /// # Errors
    /// [`PersonError`] when there is no such person, building or room, the interval is empty, or the book cannot be
    /// written.
    pub fn assign_role(
        &self,
        name: &PersonName,
        role: &PersonRole,
        (from, until): (Timestamp, Option<Timestamp>),
        by: &str,
        now: Timestamp,
    ) -> Result<(), PersonError> {
        if until.is_some_and(|until| until <= from) {
            return Err(PersonError::Interval);
        }
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        must_exist(&transaction, name)?;
        must_have_place(&transaction, role)?;
        let json = serde_json::to_string(role).expect("a role has string keys");
        transaction.execute(
            "INSERT INTO person_role (person, role, from_ms, until_ms) VALUES (?1, ?2, ?3, ?4)",
            params![name.as_str(), json, from.ms(), until.map(Timestamp::ms)],
        )?;
        end_all_sessions(&transaction, name)?;
        end_link_of(&transaction, role, from, by, now)?;
        bump(&transaction)?;
        let end = until.map_or_else(String::new, |until| format!(" until {}", until.rfc3339()));
        let detail = format!("{} of {} from {}{end}", role.as_str(), role.place(), from.rfc3339());
        append(&transaction, now, &Deed { new: &detail, ..Deed::new(by, "role_add", &target(name)) })?;
        transaction.commit()?;
        Ok(())
    }

    /// Ends a role of a person now, their sessions, and the link of a tenant's room. Gives whether it was in force or to come.
    ///
    /// # Errors
    /// [`PersonError`] when it is the last administrator's or the book cannot be written.
    pub fn end_role(
        &self,
        name: &PersonName,
        id: i64,
        by: &str,
        now: Timestamp,
    ) -> Result<bool, PersonError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let ended: Option<String> = transaction
            .query_row(
                "UPDATE person_role SET until_ms = max(?3, from_ms)
                 WHERE id = ?2 AND person = ?1 AND (until_ms IS NULL OR until_ms > ?3) RETURNING role",
                params![name.as_str(), id, now.ms()],
                |row| row.get(0),
            )
            .optional()?;
        end_all_sessions(&transaction, name)?;
        keep_an_administrator(&transaction, name, now)?;
        bump(&transaction)?;
        if let Some(role) = &ended {
            end_link_of(&transaction, &read_role(role, id, name.as_str())?, now, by, now)?;
            let old = format!("role {id}");
            append(&transaction, now, &Deed { old: &old, ..Deed::new(by, "role_end", &target(name)) })?;
        }
        transaction.commit()?;
        Ok(ended.is_some())
    }

    /// Everybody, disabled ones too, by name.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn people(&self) -> Result<Vec<Person>, RegistryError> {
        let connection = self.lock();
        let mut query = connection
            .prepare_cached("SELECT name, created_ms, disabled_ms, must_change FROM person ORDER BY name")?;
        let rows = query.query_map([], |row| Ok(read(&connection, row)))?;
        rows.map(|row| row?).collect()
    }

    /// One person, if there is one of this name.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn person(&self, name: &PersonName) -> Result<Option<Person>, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(
            "SELECT name, created_ms, disabled_ms, must_change FROM person WHERE name = ?1",
        )?;
        query.query_row([name.as_str()], |row| Ok(read(&connection, row))).optional()?.transpose()
    }
}

/// Under which name the audit knows a person.
pub(crate) fn target(name: &PersonName) -> String {
    format!("person/{name}")
}

/// The roles of a person that is not disabled and that are in force at `now`.
pub(crate) fn live_assignments(
    connection: &Connection,
    name: &str,
    now: Timestamp,
) -> Result<Vec<Assignment>, RegistryError> {
    let all = assignments(connection, name)?;
    Ok(all.into_iter().filter(|assignment| assignment.is_live(now)).collect())
}

pub(crate) fn end_all_sessions(connection: &Connection, name: &PersonName) -> Result<(), RegistryError> {
    connection.execute("DELETE FROM session WHERE person = ?1", [name.as_str()])?;
    Ok(())
}

fn first_password(
    name: &PersonName,
    given: &FirstPassword<'_>,
) -> Result<(Option<String>, String), PersonError> {
    match given {
        FirstPassword::OneTime => {
            let made = password::one_time()?;
            let phc = password::hash(&made)?;
            Ok((Some(made), phc))
        }
        FirstPassword::Chosen(chosen) => {
            check_password(name, chosen)?;
            Ok((None, password::hash(chosen)?))
        }
    }
}

fn must_exist(connection: &Connection, name: &PersonName) -> Result<(), PersonError> {
    let mut query = connection.prepare_cached("SELECT 1 FROM person WHERE name = ?1")?;
    if query.exists([name.as_str()])? { Ok(()) } else { Err(PersonError::Nobody(name.clone())) }
}

fn must_have_place(connection: &Connection, role: &PersonRole) -> Result<(), PersonError> {
    match role {
        PersonRole::Administrator => Ok(()),
        PersonRole::FacilityManager { sites }
        | PersonRole::Technician { sites }
        | PersonRole::Observer { sites } => {
            if sites.is_empty() {
                return Err(PersonError::NoSite);
            }
            must_have_sites(connection, sites)
        }
        PersonRole::Tenant { site, room } => {
            let mut query = connection.prepare_cached("SELECT 1 FROM room WHERE site = ?1 AND id = ?2")?;
            if query.exists([site.as_str(), room.as_str()])? {
                return Ok(());
            }
            Err(PersonError::NoPlace(format!("room {room} of site {site}")))
        }
    }
}

/// Refuses sites that are not in the book.
pub(crate) fn must_have_sites(connection: &Connection, sites: &BTreeSet<SiteId>) -> Result<(), PersonError> {
    let mut query = connection.prepare_cached("SELECT 1 FROM site WHERE id = ?1")?;
    for site in sites {
        if !query.exists([site.as_str()])? {
            return Err(PersonError::NoPlace(format!("site {site}")));
        }
    }
    Ok(())
}

/// Refuses what leaves nobody who may add people. `name` is whom the change was about.
fn keep_an_administrator(
    connection: &Connection,
    name: &PersonName,
    now: Timestamp,
) -> Result<(), PersonError> {
    let was_one = assignments(connection, name.as_str())?.iter().any(|a| a.role == PersonRole::Administrator);
    if !was_one {
        return Ok(());
    }
    let mut query = connection.prepare_cached("SELECT name FROM person WHERE disabled_ms IS NULL")?;
    let names: Vec<String> = query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for other in names {
        let live = live_assignments(connection, &other, now)?;
        if live.iter().any(|a| a.role == PersonRole::Administrator) {
            return Ok(());
        }
    }
    Err(PersonError::LastAdministrator(name.clone()))
}

fn assignments(connection: &Connection, name: &str) -> Result<Vec<Assignment>, RegistryError> {
    let mut query = connection.prepare_cached(
        "SELECT id, role, from_ms, until_ms FROM person_role WHERE person = ?1 ORDER BY id",
    )?;
    let rows = query.query_map([name], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get::<_, Option<i64>>(3)?))
    })?;
    rows.map(|row| {
        let (id, role, from_ms, until_ms) = row?;
        Ok(Assignment {
            id,
            role: read_role(&role, id, name)?,
            from: Timestamp::from_ms(from_ms),
            until: until_ms.map(Timestamp::from_ms),
        })
    })
    .collect()
}

fn read_role(json: &str, id: i64, name: &str) -> Result<PersonRole, RegistryError> {
    serde_json::from_str(json).map_err(|error| damaged(&format!("role {id} of person {name}"), error))
}

fn read(connection: &Connection, row: &Row<'_>) -> Result<Person, RegistryError> {
    let name: String = row.get(0)?;
    Ok(Person {
        name: PersonName::new(&name).map_err(|error| damaged("a person", error))?,
        created_at: Timestamp::from_ms(row.get(1)?),
        disabled_at: row.get::<_, Option<i64>>(2)?.map(Timestamp::from_ms),
        must_change: row.get(3)?,
        assignments: assignments(connection, &name)?,
    })
}

#[cfg(test)]
mod tests;
