//! What opens the door to a heater: its own credential, by secret or certificate, or a gateway that speaks for it; and its end.

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use vocabulary::{CredentialId, HeaterId, SiteId, Timestamp};

use crate::audit::append;
use crate::book::read_book;
use crate::credential::{read_role, revoke};
use crate::retired::unknown;
use crate::{Deed, Registry, RegistryError, Role, damaged};

/// How a heater comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaterDoor {
    /// By the certificate that it was enrolled with.
    Certificate {
        /// Until when it holds.
        until: Timestamp,
    },
    /// Not any more: its certificate is over, and it has nothing else.
    Expired {
        /// When it ended.
        at: Timestamp,
    },
    /// By the secret of its own credential.
    Secret {
        /// When it was made.
        since: Timestamp,
    },
    /// By a gateway that speaks for it.
    Gateway {
        /// The gateway's credential.
        id: CredentialId,
    },
    /// Not any more: its credential was revoked.
    Revoked {
        /// When.
        at: Timestamp,
    },
    /// It never could.
    Closed,
}

impl Registry {
    /// How a heater comes in.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn heater_door(
        &self,
        site: &SiteId,
        heater: &HeaterId,
        now: Timestamp,
    ) -> Result<HeaterDoor, RegistryError> {
        let connection = self.lock();
        let own = own_credential(&connection, site, heater)?;
        if let Some((since, None)) = own {
            let until: Option<i64> = connection
                .prepare_cached(
                    "SELECT MAX(not_after_ms) FROM device_certificate WHERE credential = ?1 AND revoked_ms IS NULL",
                )?
                .query_row([heater.as_str()], |row| row.get(0))?;
            // Whoever was enrolled never knew the secret beside the certificate.
            return Ok(match until.map(Timestamp::from_ms) {
                Some(until) if until > now => HeaterDoor::Certificate { until },
                Some(at) => HeaterDoor::Expired { at },
                None => HeaterDoor::Secret { since },
            });
        }
        if let Some(id) = gateway(&connection, site, heater)? {
            return Ok(HeaterDoor::Gateway { id });
        }
        let revoked = own.and_then(|(_, revoked)| revoked);
        Ok(revoked.map_or(HeaterDoor::Closed, |at| HeaterDoor::Revoked { at }))
    }

    /// Whether there is something that [`Registry::bar_heater`] would end: a credential, or a one-time code that waits.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn can_bar_heater(
        &self,
        site: &SiteId,
        heater: &HeaterId,
        now: Timestamp,
    ) -> Result<bool, RegistryError> {
        let connection = self.lock();
        let is_live =
            own_credential(&connection, site, heater)?.is_some_and(|(_, revoked)| revoked.is_none());
        Ok(is_live || awaits(&connection, site, heater, now)?)
    }

    /// Ends the credential of a heater and its one-time code: its connection is closed within a minute, and it comes back
    /// with a new code alone. Whether there was one to end.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read or written.
    pub fn bar_heater(
        &self,
        site: &SiteId,
        heater: &HeaterId,
        (who, why): (&str, &str),
        now: Timestamp,
    ) -> Result<bool, RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        if !read_book(&transaction, site)?.heaters.iter().any(|known| known.id == *heater) {
            return Err(unknown(site, heater));
        }
        let was_live = bar(&transaction, site, heater, who, now)?;
        if was_live {
            let target = format!("{site}/heater/{heater}");
            append(&transaction, now, &Deed { why, ..Deed::new(who, "revoke", &target) })?;
        }
        transaction.commit()?;
        Ok(was_live)
    }
}

/// Whether a one-time code waits for a heater.
fn awaits(
    connection: &Connection,
    site: &SiteId,
    heater: &HeaterId,
    now: Timestamp,
) -> Result<bool, RegistryError> {
    let mut query = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM enrolment_code WHERE site = ?1 AND heater = ?2 AND used_ms IS NULL AND expires_ms > ?3)",
    )?;
    Ok(query.query_row(params![site.as_str(), heater.as_str(), now.ms()], |row| row.get(0))?)
}

/// When the credential of a heater was made, and when it was revoked. One of its name that is somebody else's is not its own.
fn own_credential(
    connection: &Connection,
    site: &SiteId,
    heater: &HeaterId,
) -> Result<Option<(Timestamp, Option<Timestamp>)>, RegistryError> {
    let mut query =
        connection.prepare_cached("SELECT role, created_ms, revoked_ms FROM credential WHERE id = ?1")?;
    let found = query.query_row([heater.as_str()], |row| {
        Ok((row.get::<_, String>(0)?, row.get(1)?, row.get::<_, Option<i64>>(2)?))
    });
    let Some((role, created_ms, revoked_ms)) = found.optional()? else { return Ok(None) };
    let own = Role::Heater { site: site.clone(), heater: heater.clone() };
    let is_own = read_role(heater.as_str(), &role)? == own;
    Ok(is_own.then(|| (Timestamp::from_ms(created_ms), revoked_ms.map(Timestamp::from_ms))))
}

/// The gateway that speaks for a heater.
fn gateway(
    connection: &Connection,
    site: &SiteId,
    heater: &HeaterId,
) -> Result<Option<CredentialId>, RegistryError> {
    let mut query = connection.prepare_cached(
        "SELECT id, role FROM credential WHERE revoked_ms IS NULL AND role LIKE '%\"gateway\"%' ORDER BY id",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (id, role): (String, String) = (row.get(0)?, row.get(1)?);
        if let Role::Gateway { site: of, heaters } = read_role(&id, &role)?
            && of == *site
            && heaters.contains(heater)
        {
            return Ok(Some(CredentialId::new(&id).map_err(|error| damaged("a credential", error))?));
        }
    }
    Ok(None)
}

/// Ends what opens the door to a heater alone. A credential of its name that is somebody else's stays, and so does a gateway.
pub(crate) fn bar(
    transaction: &Transaction<'_>,
    site: &SiteId,
    heater: &HeaterId,
    who: &str,
    now: Timestamp,
) -> Result<bool, RegistryError> {
    let code_ended = transaction.execute(
        "DELETE FROM enrolment_code WHERE site = ?1 AND heater = ?2 AND used_ms IS NULL",
        [site.as_str(), heater.as_str()],
    )?;
    let is_own = own_credential(transaction, site, heater)?.is_some();
    let id = CredentialId::new(heater.as_str()).map_err(|error| damaged("a heater's name", error))?;
    let revoked = is_own && revoke(transaction, &id, who, now)?;
    Ok(revoked || code_ended > 0)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::book::tests::two_rooms;
    use crate::{NewCertificate, SiteBook, device};
    use vocabulary::Fingerprint;

    const NOW: Timestamp = Timestamp::from_ms(1_000);
    const ANNA: (&str, &str) = ("anna", "it hums");

    fn described() -> (Registry, SiteBook) {
        let registry = Registry::in_memory().unwrap();
        registry.put_site(&two_rooms()).unwrap();
        (registry, two_rooms())
    }

    /// The credential of the first heater.
    pub(crate) fn issue(registry: &Registry, book: &SiteBook) -> CredentialId {
        let heater = book.heaters[0].id.clone();
        let id = CredentialId::new(heater.as_str()).unwrap();
        let role = Role::Heater { site: book.site.id.clone(), heater };
        registry.issue_credential(&id, &role, NOW).unwrap();
        id
    }

    #[test]
    fn barring_a_heater_ends_its_own_credential_and_nobody_elses() {
        let (registry, book) = described();
        let (site, heater) = (&book.site.id, &book.heaters[0].id);
        assert!(!registry.bar_heater(site, heater, ANNA, NOW).unwrap(), "there is nothing to end");
        let credential = issue(&registry, &book);
        assert!(registry.bar_heater(site, heater, ANNA, NOW).unwrap());
        assert!(registry.live_credential(&credential).unwrap().is_none());
        let lines = registry.audit_of(&format!("{site}/heater/{heater}"), 9).unwrap();
        assert_eq!((lines[0].action.as_str(), lines[0].why.as_str()), ("revoke", "it hums"));
        registry.issue_credential(&credential, &Role::Service, NOW).unwrap();
        assert!(!registry.bar_heater(site, heater, ANNA, NOW).unwrap());
        assert!(registry.live_credential(&credential).unwrap().is_some(), "a part of the platform");
        let nobody = registry.bar_heater(site, &HeaterId::new("nobody").unwrap(), ANNA, NOW);
        assert!(matches!(nobody, Err(RegistryError::Unknown(_))), "{nobody:?}");
    }

    #[test]
    fn a_heater_comes_in_by_its_secret_its_certificate_or_a_gateway() {
        let (registry, book) = described();
        let (site, heater) = (&book.site.id, &book.heaters[0].id);
        let door = || registry.heater_door(site, heater, NOW).unwrap();
        assert_eq!(door(), HeaterDoor::Closed);
        let own = issue(&registry, &book);
        assert_eq!(door(), HeaterDoor::Secret { since: NOW });
        let until = Timestamp::from_ms(9_000);
        let new = NewCertificate { fingerprint: Fingerprint::of(b"a key"), not_after: until };
        device::insert(&registry.lock(), &own, &new, NOW).unwrap();
        assert_eq!(door(), HeaterDoor::Certificate { until });
        let over = registry.heater_door(site, heater, until).unwrap();
        assert_eq!(over, HeaterDoor::Expired { at: until });
        let can_bar = || registry.can_bar_heater(site, heater, NOW).unwrap();
        assert!(can_bar());
        registry.bar_heater(site, heater, ANNA, NOW).unwrap();
        assert!(!can_bar());
        registry.set_authority(&Fingerprint::of(b"an authority")).unwrap();
        registry.make_enrolment_code(site, heater, "anna", NOW).unwrap();
        assert!(can_bar(), "a code waits");
        assert!(registry.bar_heater(site, heater, ANNA, NOW).unwrap() && !can_bar());
        assert_eq!(door(), HeaterDoor::Revoked { at: NOW });
        let gateway = CredentialId::new("gw").unwrap();
        let others = Role::Gateway { site: site.clone(), heaters: Arc::default() };
        registry.issue_credential(&gateway, &others, NOW).unwrap();
        assert_eq!(door(), HeaterDoor::Revoked { at: NOW }, "it speaks for others");
        let heaters = Arc::new([heater.clone()].into());
        registry.issue_credential(&gateway, &Role::Gateway { site: site.clone(), heaters }, NOW).unwrap();
        assert_eq!(door(), HeaterDoor::Gateway { id: gateway });
    }
}
