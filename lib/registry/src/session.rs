//! Sessions: a person who signed in, on one browser. Only a digest of what the browser holds is kept.

use rusqlite::{OptionalExtension as _, params};
use vocabulary::Timestamp;

use crate::{
    FirstPassword, PersonError, PersonName, Principal, Registry, RegistryError, damaged, digest, password,
    person, random_secret,
};

/// A session that nobody used for this long has ended.
pub const SESSION_IDLE_MS: i64 = 12 * 3_600_000;
/// A session ends after this, however much it is used.
pub const SESSION_LONGEST_MS: i64 = 7 * 24 * 3_600_000;
/// When a session was used is written down once in this time: not every look at a page waits for the disk.
const SEEN_STEP_MS: i64 = 60_000;
/// More sessions of one person than this are not kept: the oldest ends.
const MOST: usize = 20;

/// Who a session belongs to, at one moment.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The session's number.
    pub session: i64,
    /// The person.
    pub person: PersonName,
    /// Whether they have to change their password before anything else.
    pub must_change: bool,
    /// With what authority they come, at this moment.
    pub principal: Principal,
}

/// A session as its owner sees it in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its number.
    pub id: i64,
    /// When somebody signed in.
    pub created_at: Timestamp,
    /// When it was used last, to the minute.
    pub seen_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

impl Registry {
    /// Signs in: gives the secret of a new session, or `None` when the name is unknown, the password wrong or the person
    /// disabled; the time it takes tells nothing of which. Takes tens of milliseconds, without holding the book.
    ///
    /// # Errors
    /// [`RegistryError::Busy`] when too many sign in at once, others when the book cannot be used.
    pub fn sign_in(
        &self,
        name: &PersonName,
        password: &str,
        now: Timestamp,
    ) -> Result<Option<String>, RegistryError> {
        let kept = self.live_password(name)?;
        if !password::matches(password, kept.as_deref())? {
            return Ok(None);
        }
        self.open_session(name, now).map(Some)
    }

    /// Does once what every sign-in of an unknown name needs, so that the first of them is not told apart by its time.
    pub fn warm_up_sign_in(&self) {
        password::warm_up();
    }

    /// Changes one's own password. All sessions end; gives the secret of a new one, or `None` when the old password is
    /// wrong.
    ///
    /// # Errors
    /// [`PersonError`] when the new password is refused or the book cannot be written.
    pub fn change_password(
        &self,
        name: &PersonName,
        old: &str,
        new: &str,
        now: Timestamp,
    ) -> Result<Option<String>, PersonError> {
        let kept = self.live_password(name)?;
        if !password::matches(old, kept.as_deref())? {
            return Ok(None);
        }
        self.reset_password(name, &FirstPassword::Chosen(new), &person::target(name), now)?;
        Ok(Some(self.open_session(name, now)?))
    }

    /// Who comes with the secret of a session, and that they were seen; `None` when it has ended.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be used.
    pub fn visit(&self, secret: &str, now: Timestamp) -> Result<Option<Visit>, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(
            "SELECT session.id, person, must_change, seen_ms FROM session JOIN person ON person.name = person
             WHERE digest = ?1 AND expires_ms > ?2 AND seen_ms > ?3 AND disabled_ms IS NULL",
        )?;
        let idle = now.plus_ms(-SESSION_IDLE_MS);
        let found: Option<(i64, String, bool, i64)> = query
            .query_row(params![digest(secret), now.ms(), idle.ms()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        let Some((session, name, must_change, seen_ms)) = found else { return Ok(None) };
        if now.since(Timestamp::from_ms(seen_ms)) >= SEEN_STEP_MS {
            connection
                .execute("UPDATE session SET seen_ms = ?2 WHERE id = ?1", params![session, now.ms()])?;
        }
        let assignments = person::live_assignments(&connection, &name, now)?;
        let person = PersonName::new(&name).map_err(|error| damaged("a session", error))?;
        let principal = Principal::Person(assignments.into());
        Ok(Some(Visit { session, person, must_change, principal }))
    }

    /// The sessions of a person that have not ended, newest first.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be read.
    pub fn sessions(&self, name: &PersonName, now: Timestamp) -> Result<Vec<Session>, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(
            "SELECT id, created_ms, seen_ms, expires_ms FROM session
             WHERE person = ?1 AND expires_ms > ?2 AND seen_ms > ?3 ORDER BY id DESC",
        )?;
        let idle = now.plus_ms(-SESSION_IDLE_MS);
        let rows = query.query_map(params![name.as_str(), now.ms(), idle.ms()], |row| {
            Ok(Session {
                id: row.get(0)?,
                created_at: Timestamp::from_ms(row.get(1)?),
                seen_at: Timestamp::from_ms(row.get(2)?),
                expires_at: Timestamp::from_ms(row.get(3)?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Ends one session of a person. Gives whether there was one.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn end_session(&self, name: &PersonName, id: i64) -> Result<bool, RegistryError> {
        let ended = self
            .lock()
            .execute("DELETE FROM session WHERE person = ?1 AND id = ?2", params![name.as_str(), id])?;
        Ok(ended > 0)
    }

    /// Ends every session of a person.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn end_sessions(&self, name: &PersonName) -> Result<(), RegistryError> {
        person::end_all_sessions(&self.lock(), name)
    }

    fn live_password(&self, name: &PersonName) -> Result<Option<String>, RegistryError> {
        let connection = self.lock();
        let mut query =
            connection.prepare_cached("SELECT phc FROM person WHERE name = ?1 AND disabled_ms IS NULL")?;
        Ok(query.query_row([name.as_str()], |row| row.get(0)).optional()?)
    }

    fn open_session(&self, name: &PersonName, now: Timestamp) -> Result<String, RegistryError> {
        let secret = random_secret()?;
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction.execute(
            "DELETE FROM session WHERE expires_ms <= ?1 OR seen_ms <= ?2",
            [now.ms(), now.plus_ms(-SESSION_IDLE_MS).ms()],
        )?;
        transaction.execute(
            "DELETE FROM session WHERE person = ?1 AND id NOT IN
             (SELECT id FROM session WHERE person = ?1 ORDER BY seen_ms DESC LIMIT ?2)",
            params![name.as_str(), MOST as i64 - 1],
        )?;
        transaction.execute(
            "INSERT INTO session (digest, person, created_ms, seen_ms, expires_ms) VALUES (?1, ?2, ?3, ?3, ?4)",
            params![digest(&secret), name.as_str(), now.ms(), now.plus_ms(SESSION_LONGEST_MS).ms()],
        )?;
        transaction.commit()?;
        Ok(secret)
    }
}
