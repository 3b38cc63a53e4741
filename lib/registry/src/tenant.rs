//! Tenant links: an unguessable address per room. Only a digest is kept, so the book gives no link away. A link is for
//! whoever lives there now: it ends where a tenancy of its room begins or ends, and after 400 days in any case.

use rusqlite::{OptionalExtension as _, Transaction, params};
use vocabulary::{RoomId, SiteId, Timestamp};

use crate::{
    Deed, PersonRole, Registry, RegistryError, audit::append, book::bump, damaged, digest, random_secret,
    room_target,
};

/// A link lasts a year and a month: long enough that a tenant asks for another one once a year, short enough that one
/// that everybody has forgotten ends.
const LONGEST_MS: i64 = 400 * 24 * 3_600_000;

/// The one room that a tenant link opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRoom {
    /// Its site.
    pub site: SiteId,
    /// The room.
    pub room: RoomId,
}

/// The link of a room that is in force, without its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TenantLink {
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends, exclusive.
    pub until: Timestamp,
}

impl Registry {
    /// Makes the link of a room, by the hand of `by`, and gives its token, shown once. An earlier link of the room ends.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be written or there are no random numbers.
    pub fn make_tenant_link(
        &self,
        place: &TenantRoom,
        by: &str,
        now: Timestamp,
    ) -> Result<String, RegistryError> {
        let token = random_secret()?;
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let (site, room) = (place.site.as_str(), place.room.as_str());
        let longest = now.plus_ms(LONGEST_MS);
        let until = first_change(&transaction, place, now)?.map_or(longest, |change| change.min(longest));
        transaction.execute("DELETE FROM tenant_link WHERE site = ?1 AND room = ?2", [site, room])?;
        transaction.execute(
            "INSERT INTO tenant_link (digest, site, room, created_ms, until_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![digest(&token), site, room, now.ms(), until.ms()],
        )?;
        bump(&transaction)?;
        let (target, new) = (room_target(&place.site, &place.room), format!("until {}", until.rfc3339()));
        append(&transaction, now, &Deed { new: &new, ..Deed::new(by, "tenant_link", &target) })?;
        transaction.commit()?;
        Ok(token)
    }

    /// Ends the link of a room, by the hand of `by`. Gives whether there was one in force.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be written.
    pub fn end_tenant_link(
        &self,
        place: &TenantRoom,
        by: &str,
        now: Timestamp,
    ) -> Result<bool, RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let was_one = end_link(&transaction, place, now, by, now)?;
        bump(&transaction)?;
        transaction.commit()?;
        Ok(was_one)
    }

    /// The link of a room, if one is in force at `now`.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn tenant_link(
        &self,
        place: &TenantRoom,
        now: Timestamp,
    ) -> Result<Option<TenantLink>, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(
            "SELECT created_ms, until_ms FROM tenant_link WHERE site = ?1 AND room = ?2 AND until_ms > ?3",
        )?;
        let at = |ms| Timestamp::from_ms(ms);
        let found = query.query_row(params![place.site.as_str(), place.room.as_str(), now.ms()], |row| {
            Ok(TenantLink { created_at: at(row.get(0)?), until: at(row.get(1)?) })
        });
        Ok(found.optional()?)
    }

    /// The room that a token opens at `now`, if any.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn tenant_room(&self, token: &str, now: Timestamp) -> Result<Option<TenantRoom>, RegistryError> {
        // Looking up by digest leaks nothing of the token through time: SHA-256 cannot be steered to a near match.
        let connection = self.lock();
        let mut query = connection
            .prepare_cached("SELECT site, room FROM tenant_link WHERE digest = ?1 AND until_ms > ?2")?;
        let found: Option<(String, String)> = query
            .query_row(params![digest(token), now.ms()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        found
            .map(|(site, room)| {
                Ok(TenantRoom {
                    site: SiteId::new(&site).map_err(|error| damaged("a tenant link", error))?,
                    room: RoomId::new(&room).map_err(|error| damaged("a tenant link", error))?,
                })
            })
            .transpose()
    }
}

/// Ends the link of a room at `at`, where it would last longer. Gives whether it would have.
pub(crate) fn end_link(
    transaction: &Transaction<'_>,
    place: &TenantRoom,
    at: Timestamp,
    by: &str,
    now: Timestamp,
) -> Result<bool, RegistryError> {
    let (site, room) = (place.site.as_str(), place.room.as_str());
    let ended = transaction.execute(
        "UPDATE tenant_link SET until_ms = ?3 WHERE site = ?1 AND room = ?2 AND until_ms > ?3",
        params![site, room, at.max(now).ms()],
    )?;
    if ended > 0 {
        let (target, new) = (room_target(&place.site, &place.room), format!("at {}", at.max(now).rfc3339()));
        append(transaction, now, &Deed { new: &new, ..Deed::new(by, "tenant_link_end", &target) })?;
    }
    Ok(ended > 0)
}

/// Ends the link of the room that a role is about, at `at`; other roles have none.
pub(crate) fn end_link_of(
    transaction: &Transaction<'_>,
    role: &PersonRole,
    at: Timestamp,
    by: &str,
    now: Timestamp,
) -> Result<(), RegistryError> {
    if let PersonRole::Tenant { site, room } = role {
        end_link(transaction, &TenantRoom { site: site.clone(), room: room.clone() }, at, by, now)?;
    }
    Ok(())
}

/// When the next tenancy of a room begins or ends after `now`.
fn first_change(
    transaction: &Transaction<'_>,
    place: &TenantRoom,
    now: Timestamp,
) -> Result<Option<Timestamp>, RegistryError> {
    let role = PersonRole::Tenant { site: place.site.clone(), room: place.room.clone() };
    let json = serde_json::to_string(&role).expect("a role has string keys");
    let mut query = transaction.prepare_cached(
        "SELECT min(at_ms) FROM (
             SELECT from_ms AS at_ms FROM person_role WHERE role = ?1 AND (until_ms IS NULL OR until_ms > from_ms)
             UNION ALL SELECT until_ms FROM person_role WHERE role = ?1 AND until_ms > from_ms
         ) WHERE at_ms > ?2",
    )?;
    let at_ms: Option<i64> = query.query_row(params![json, now.ms()], |row| row.get(0))?;
    Ok(at_ms.map(Timestamp::from_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(0);

    fn place(room: &str) -> TenantRoom {
        TenantRoom { site: SiteId::new("home").unwrap(), room: RoomId::new(room).unwrap() }
    }

    #[test]
    fn a_new_link_ends_the_old_one_and_opens_one_room() {
        let registry = Registry::in_memory().unwrap();
        let old = registry.make_tenant_link(&place("a"), "test", NOW).unwrap();
        let other = registry.make_tenant_link(&place("b"), "test", NOW).unwrap();
        let new = registry.make_tenant_link(&place("a"), "test", NOW).unwrap();
        assert_eq!(registry.tenant_room(&old, NOW).unwrap(), None);
        assert_eq!(registry.tenant_room(&new, NOW).unwrap(), Some(place("a")));
        assert_eq!(registry.tenant_room(&other, NOW).unwrap(), Some(place("b")));
        assert_eq!(registry.tenant_room("", NOW).unwrap(), None);
    }

    #[test]
    fn a_link_ends_by_itself_or_by_hand_and_the_audit_says_so() {
        let registry = Registry::in_memory().unwrap();
        let link = registry.make_tenant_link(&place("a"), "test", NOW).unwrap();
        let until = registry.tenant_link(&place("a"), NOW).unwrap().unwrap().until;
        assert_eq!(until, NOW.plus_ms(LONGEST_MS));
        assert_eq!(registry.tenant_room(&link, until.plus_ms(-1)).unwrap(), Some(place("a")));
        assert_eq!(registry.tenant_room(&link, until).unwrap(), None);
        assert!(registry.end_tenant_link(&place("a"), "anna", NOW).unwrap());
        assert!(!registry.end_tenant_link(&place("a"), "anna", NOW).unwrap(), "it has ended already");
        assert_eq!(registry.tenant_room(&link, NOW).unwrap(), None);
        let lines = registry.audit_of(&room_target(&place("a").site, &place("a").room), 9).unwrap();
        let told: Vec<_> = lines.iter().map(|line| (&*line.who, &*line.action)).collect();
        assert_eq!(told, [("anna", "tenant_link_end"), ("test", "tenant_link")]);
    }
}
