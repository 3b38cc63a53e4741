//! Tenant links: an unguessable address per room. Only a digest is kept, so the book gives no link away.

use rusqlite::{OptionalExtension as _, params};
use vocabulary::{RoomId, SiteId, Timestamp};

use crate::{Registry, RegistryError, book::bump, damaged, digest, random_secret};

/// The one room that a tenant link opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantRoom {
    /// Its site.
    pub site: SiteId,
    /// The room.
    pub room: RoomId,
}

impl Registry {
    /// Makes the link of a room and gives its token, shown once. An earlier link of the room ends.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be written or there are no random numbers.
    pub fn make_tenant_link(&self, place: &TenantRoom, now: Timestamp) -> Result<String, RegistryError> {
        let token = random_secret()?;
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let (site, room) = (place.site.as_str(), place.room.as_str());
        transaction.execute("DELETE FROM tenant_link WHERE site = ?1 AND room = ?2", [site, room])?;
        transaction.execute(
            "INSERT INTO tenant_link VALUES (?1, ?2, ?3, ?4)",
            params![digest(&token), site, room, now.ms()],
        )?;
        bump(&transaction)?;
        transaction.commit()?;
        Ok(token)
    }

    /// The room that a token opens, if any.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn tenant_room(&self, token: &str) -> Result<Option<TenantRoom>, RegistryError> {
        // Looking up by digest leaks nothing of the token through time: SHA-256 cannot be steered to a near match.
        let connection = self.lock();
        let mut query = connection.prepare_cached("SELECT site, room FROM tenant_link WHERE digest = ?1")?;
        let found: Option<(String, String)> =
            query.query_row([digest(token)], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_link_ends_the_old_one_and_opens_one_room() {
        let registry = Registry::in_memory().unwrap();
        let now = Timestamp::from_ms(0);
        let place =
            |room| TenantRoom { site: SiteId::new("home").unwrap(), room: RoomId::new(room).unwrap() };
        let old = registry.make_tenant_link(&place("a"), now).unwrap();
        let other = registry.make_tenant_link(&place("b"), now).unwrap();
        let new = registry.make_tenant_link(&place("a"), now).unwrap();
        assert_eq!(registry.tenant_room(&old).unwrap(), None);
        assert_eq!(registry.tenant_room(&new).unwrap(), Some(place("a")));
        assert_eq!(registry.tenant_room(&other).unwrap(), Some(place("b")));
        assert_eq!(registry.tenant_room("").unwrap(), None);
    }
}
