//! Certificates of devices: each belongs to a credential, and holds as long as the credential does and no longer than
//! it says itself. A new one ends those before it when it is first used, so that a device that lost it on the way still
//! has the old one.

use rusqlite::{Connection, OptionalExtension as _, params};
use vocabulary::{CredentialId, Fingerprint, Timestamp};

use crate::audit::append;
use crate::book::bump;
use crate::credential::{LiveCredential, read_live};
use crate::{Deed, Registry, RegistryError};

/// A certificate that was signed and is to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewCertificate {
    /// What it is known by.
    pub fingerprint: Fingerprint,
    /// Until when it holds.
    pub not_after: Timestamp,
}

/// How the certificates of all devices stand: of each device the one that holds longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DeviceCertificates {
    /// Devices that have one that holds.
    pub holding: u32,
    /// Devices whose last one is over: they have to be enrolled again.
    pub over: u32,
    /// When the first of those that hold ends.
    pub first_end: Option<Timestamp>,
}

impl Registry {
    /// How the certificates of all devices stand that were not revoked.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be read.
    pub fn device_certificates(&self, now: Timestamp) -> Result<DeviceCertificates, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(
            "SELECT COUNT(*) FILTER (WHERE last_ms > ?1), COUNT(*) FILTER (WHERE last_ms <= ?1),
                MIN(last_ms) FILTER (WHERE last_ms > ?1)
             FROM (SELECT MAX(not_after_ms) AS last_ms FROM device_certificate
                JOIN credential ON credential.id = credential
                WHERE device_certificate.revoked_ms IS NULL AND credential.revoked_ms IS NULL GROUP BY credential)",
        )?;
        let found = query.query_row([now.ms()], |row| {
            let first_end: Option<i64> = row.get(2)?;
            Ok(DeviceCertificates {
                holding: row.get(0)?,
                over: row.get(1)?,
                first_end: first_end.map(Timestamp::from_ms),
            })
        })?;
        Ok(found)
    }

    /// Keeps which authority signs this site's certificates; codes made from now on name it.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn set_authority(&self, fingerprint: &Fingerprint) -> Result<(), RegistryError> {
        self.lock().execute(
            "INSERT INTO authority VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET fingerprint = excluded.fingerprint",
            params![fingerprint.as_bytes()],
        )?;
        Ok(())
    }

    /// The authority that signs certificates here; `None` while there has never been a TLS listener.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be read.
    pub fn authority(&self) -> Result<Option<Fingerprint>, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached("SELECT fingerprint FROM authority")?;
        Ok(query.query_row([], |row| row.get(0)).optional()?.map(Fingerprint::from_bytes))
    }

    /// The credential of whoever holds the key of this certificate, when it is the credential's and holds now. Its first use
    /// ends the credential's other certificates.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read or written.
    pub fn authenticate_certificate(
        &self,
        id: &CredentialId,
        fingerprint: &Fingerprint,
        now: Timestamp,
    ) -> Result<Option<LiveCredential>, RegistryError> {
        let mut connection = self.lock();
        let Some(found) = live(&connection, id, fingerprint, now)? else { return Ok(None) };
        if !found.was_used {
            let transaction = connection.transaction()?;
            transaction.execute(
                "UPDATE device_certificate SET revoked_ms = ?3 WHERE credential = ?1 AND fingerprint <> ?2 AND revoked_ms IS NULL",
                params![id.as_str(), fingerprint.as_bytes(), now.ms()],
            )?;
            transaction.execute(
                "UPDATE device_certificate SET used_ms = ?2 WHERE fingerprint = ?1",
                params![fingerprint.as_bytes(), now.ms()],
            )?;
            bump(&transaction)?;
            transaction.commit()?;
        }
        Ok(Some(found.credential))
    }

    /// The credential of a certificate that holds now, for looking again at a connection that is already open.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn live_by_certificate(
        &self,
        id: &CredentialId,
        fingerprint: &Fingerprint,
        now: Timestamp,
    ) -> Result<Option<LiveCredential>, RegistryError> {
        Ok(live(&self.lock(), id, fingerprint, now)?.map(|found| found.credential))
    }

    /// The credential of a certificate that holds now.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn certificate_owner(
        &self,
        fingerprint: &Fingerprint,
        now: Timestamp,
    ) -> Result<Option<CredentialId>, RegistryError> {
        let connection = self.lock();
        let mut query =
            connection.prepare_cached("SELECT credential FROM device_certificate WHERE fingerprint = ?1")?;
        let id: Option<String> =
            query.query_row(params![fingerprint.as_bytes()], |row| row.get(0)).optional()?;
        let Some(id) = id else { return Ok(None) };
        let id =
            CredentialId::new(&id).map_err(|error| crate::damaged("a certificate's credential", error))?;
        Ok(live(&connection, &id, fingerprint, now)?.map(|_| id))
    }

    /// Adds the certificate that follows the one a device holds. Gives whether the one it holds still holds. One that
    /// was added before and never used is forgotten: its answer was lost.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read or written.
    pub fn renew_certificate(
        &self,
        id: &CredentialId,
        held: &Fingerprint,
        new: &NewCertificate,
        now: Timestamp,
    ) -> Result<bool, RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        if live(&transaction, id, held, now)?.is_none() {
            return Ok(false);
        }
        transaction.execute(
            "DELETE FROM device_certificate WHERE credential = ?1 AND used_ms IS NULL AND fingerprint <> ?2",
            params![id.as_str(), held.as_bytes()],
        )?;
        insert(&transaction, id, new, now)?;
        let detail = format!("until {}", new.not_after.rfc3339());
        let target = format!("credential/{id}");
        append(&transaction, now, &Deed { new: &detail, ..Deed::new(id.as_str(), "renew", &target) })?;
        transaction.commit()?;
        Ok(true)
    }
}

/// Ends every certificate of a credential.
pub(crate) fn revoke_certificates(
    connection: &Connection,
    id: &CredentialId,
    now: Timestamp,
) -> Result<(), RegistryError> {
    connection.execute(
        "UPDATE device_certificate SET revoked_ms = ?2 WHERE credential = ?1 AND revoked_ms IS NULL",
        params![id.as_str(), now.ms()],
    )?;
    Ok(())
}

pub(crate) fn insert(
    connection: &Connection,
    id: &CredentialId,
    new: &NewCertificate,
    now: Timestamp,
) -> Result<(), RegistryError> {
    connection.execute(
        "INSERT INTO device_certificate VALUES (?1, ?2, ?3, ?4, NULL, NULL)",
        params![new.fingerprint.as_bytes(), id.as_str(), now.ms(), new.not_after.ms()],
    )?;
    Ok(())
}

/// Whether a certificate holds now and was never used.
pub(crate) fn is_unused(
    connection: &Connection,
    id: &CredentialId,
    fingerprint: &Fingerprint,
    now: Timestamp,
) -> Result<bool, RegistryError> {
    Ok(live(connection, id, fingerprint, now)?.is_some_and(|found| !found.was_used))
}

/// Takes a certificate out that never reached its device.
pub(crate) fn forget(connection: &Connection, fingerprint: &Fingerprint) -> Result<(), RegistryError> {
    connection
        .execute("DELETE FROM device_certificate WHERE fingerprint = ?1", params![fingerprint.as_bytes()])?;
    Ok(())
}

struct Live {
    credential: LiveCredential,
    was_used: bool,
}

fn live(
    connection: &Connection,
    id: &CredentialId,
    fingerprint: &Fingerprint,
    now: Timestamp,
) -> Result<Option<Live>, RegistryError> {
    let mut query = connection.prepare_cached(
        "SELECT role, digest, used_ms IS NOT NULL FROM device_certificate JOIN credential ON credential.id = credential
         WHERE fingerprint = ?1 AND credential = ?2 AND not_after_ms > ?3
         AND device_certificate.revoked_ms IS NULL AND credential.revoked_ms IS NULL",
    )?;
    let found = query.query_row(params![fingerprint.as_bytes(), id.as_str(), now.ms()], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?, row.get(2)?))
    });
    let found = found.optional()?;
    let read = |(role, digest, was_used): (String, Vec<u8>, bool)| {
        Ok(Live { credential: read_live(id.as_str(), &role, &digest)?, was_used })
    };
    found.map(read).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    #[test]
    fn of_each_device_the_certificate_that_holds_longest_counts() {
        let (registry, at) = (Registry::in_memory().unwrap(), Timestamp::from_ms);
        assert_eq!(registry.device_certificates(at(0)).unwrap(), DeviceCertificates::default());
        let certificates = [("a", 1, 10), ("a", 2, 50), ("b", 3, 20), ("c", 4, 90), ("gone", 5, 99)];
        for (name, fingerprint, end) in certificates {
            let id = CredentialId::new(name).unwrap();
            if fingerprint != 2 {
                registry.issue_credential(&id, &Role::Service, at(0)).unwrap();
            }
            let fingerprint = Fingerprint::of(&[fingerprint]);
            insert(&registry.lock(), &id, &NewCertificate { fingerprint, not_after: at(end) }, at(0))
                .unwrap();
        }
        registry.revoke_credential(&CredentialId::new("gone").unwrap(), "test", at(5)).unwrap();
        let found = registry.device_certificates(at(30)).unwrap();
        assert_eq!(found, DeviceCertificates { holding: 2, over: 1, first_end: Some(at(50)) });
    }
}
