//! Who may speak on the wire, and as what. A secret is shown once, when it is made; only its SHA-256 is kept: 256
//! random bits need no slow hash, and a fleet that reconnects must not wait for one.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use vocabulary::{CredentialId, HeaterId, RoomId, SiteId, Timestamp};

use crate::audit::append;
use crate::device::revoke_certificates;
use crate::{Deed, Registry, RegistryError, book::bump, damaged, digest, random_secret};

/// What a credential may do; the topics that follow from it are in `broker`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "kebab-case")]
pub enum Role {
    /// One heater: its own topics.
    Heater {
        /// Its site.
        site: SiteId,
        /// Itself.
        heater: HeaterId,
    },
    /// One connection that speaks for a list of heaters.
    Gateway {
        /// Their site.
        site: SiteId,
        /// The heaters it speaks for.
        heaters: Arc<BTreeSet<HeaterId>>,
    },
    /// A part of the platform.
    Service,
    /// Whoever places work.
    WorkSource {
        /// The site it feeds.
        site: SiteId,
    },
    /// A building system: reads room states, asks within bounds.
    BuildingSystem {
        /// Its site.
        site: SiteId,
    },
    /// Reads granted rooms, says nothing.
    Observer {
        /// Its site.
        site: SiteId,
        /// The rooms it may read.
        rooms: Arc<BTreeSet<RoomId>>,
    },
}

impl Role {
    /// The role's name as the command line and the pages print it.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Heater { .. } => "heater",
            Self::Gateway { .. } => "gateway",
            Self::Service => "service",
            Self::WorkSource { .. } => "work-source",
            Self::BuildingSystem { .. } => "building-system",
            Self::Observer { .. } => "observer",
        }
    }
}

/// Tells the secret of a credential, or the enrolment that took its place, from those of before and after: 64 bits of
/// the digest of 256 random ones, which say nothing about the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Issue(u64);

impl Issue {
    /// As it was written down.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// To be written down.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    pub(crate) fn of(digest: &[u8]) -> Self {
        Self(digest.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes)))
    }
}

/// A credential that is good now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveCredential {
    /// What it may do.
    pub role: Role,
    /// Which of all that bore its name.
    pub issue: Issue,
}

/// A credential as a list shows it: never its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// MQTT client id and user name.
    pub id: CredentialId,
    /// What it may do.
    pub role: Role,
    /// When its secret was made.
    pub created_at: Timestamp,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}

impl Registry {
    /// Makes a credential, or a new secret and role for one that exists (also one that was revoked); certificates that
    /// it had end. Gives the secret: 43 characters that are shown once and not kept.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be written or there are no random numbers.
    pub fn issue_credential(
        &self,
        id: &CredentialId,
        role: &Role,
        now: Timestamp,
    ) -> Result<String, RegistryError> {
        let mut secrets = self.issue_credentials(&[(id.clone(), role.clone())], now)?;
        Ok(secrets.remove(0))
    }

    /// Makes many credentials in one transaction; the secrets come in the same order.
    ///
    /// # Errors
    /// [`RegistryError`] as for [`Registry::issue_credential`]; then none was made.
    pub fn issue_credentials(
        &self,
        wanted: &[(CredentialId, Role)],
        now: Timestamp,
    ) -> Result<Vec<String>, RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let mut secrets = Vec::with_capacity(wanted.len());
        for (id, role) in wanted {
            let secret = random_secret()?;
            put(&transaction, id, role, &secret, now)?;
            secrets.push(secret);
        }
        bump(&transaction)?;
        transaction.commit()?;
        Ok(secrets)
    }

    /// Revokes a credential and its certificates, by the hand of `who`. Gives whether there was a live one of this name.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn revoke_credential(
        &self,
        id: &CredentialId,
        who: &str,
        now: Timestamp,
    ) -> Result<bool, RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let was_live = revoke(&transaction, id, who, now)?;
        transaction.commit()?;
        Ok(was_live)
    }

    /// Every credential, revoked ones too.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn credentials(&self) -> Result<Vec<Credential>, RegistryError> {
        let connection = self.lock();
        let mut query = connection
            .prepare_cached("SELECT id, role, created_ms, revoked_ms FROM credential ORDER BY id")?;
        let rows = query.query_map([], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get(2)?,
                row.get::<_, Option<i64>>(3)?,
            ))
        })?;
        rows.map(|row| {
            let (id, role, created_ms, revoked_ms) = row?;
            Ok(Credential {
                id: CredentialId::new(&id).map_err(|error| damaged("a credential", error))?,
                role: read_role(&id, &role)?,
                created_at: Timestamp::from_ms(created_ms),
                revoked_at: revoked_ms.map(Timestamp::from_ms),
            })
        })
        .collect()
    }

    /// The names of all credentials that are not revoked.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn live_names(&self) -> Result<HashSet<CredentialId>, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached("SELECT id FROM credential WHERE revoked_ms IS NULL")?;
        let names = query.query_map([], |row| row.get::<_, String>(0))?;
        names.map(|name| CredentialId::new(&name?).map_err(|error| damaged("a credential", error))).collect()
    }

    /// The credential of whoever knows the secret; `None` when it is unknown, revoked, or the secret is wrong.
    /// The comparison takes the same time however much of the secret is right.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn authenticate(
        &self,
        id: &CredentialId,
        secret: &str,
    ) -> Result<Option<LiveCredential>, RegistryError> {
        let Some((role, kept)) = self.live_row(id)? else { return Ok(None) };
        let matches: bool = digest(secret).as_slice().ct_eq(&kept).into();
        if matches { read_live(id.as_str(), &role, &kept).map(Some) } else { Ok(None) }
    }

    /// A credential that is not revoked, for looking again at a connection that is already open.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn live_credential(&self, id: &CredentialId) -> Result<Option<LiveCredential>, RegistryError> {
        self.live_row(id)?.map(|(role, kept)| read_live(id.as_str(), &role, &kept)).transpose()
    }

    fn live_row(&self, id: &CredentialId) -> Result<Option<(String, Vec<u8>)>, RegistryError> {
        let connection = self.lock();
        let mut query = connection
            .prepare_cached("SELECT role, digest FROM credential WHERE id = ?1 AND revoked_ms IS NULL")?;
        Ok(query.query_row([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
    }
}

/// Ends a credential with its certificates, with a line of the audit where it was live. Whether it was.
pub(crate) fn revoke(
    transaction: &Transaction<'_>,
    id: &CredentialId,
    who: &str,
    now: Timestamp,
) -> Result<bool, RegistryError> {
    let changed = transaction.execute(
        "UPDATE credential SET revoked_ms = ?2 WHERE id = ?1 AND revoked_ms IS NULL",
        params![id.as_str(), now.ms()],
    )?;
    revoke_certificates(transaction, id, now)?;
    if changed > 0 {
        append(transaction, now, &Deed::new(who, "credential_revoke", &format!("credential/{id}")))?;
    }
    bump(transaction)?;
    Ok(changed > 0)
}

/// Writes a live credential, in place of any of the same name. Certificates of the one before end with it.
pub(crate) fn put(
    connection: &Connection,
    id: &CredentialId,
    role: &Role,
    secret: &str,
    now: Timestamp,
) -> Result<(), RegistryError> {
    let role = serde_json::to_string(role).expect("a role has string keys");
    connection.execute(
        "INSERT INTO credential VALUES (?1, ?2, ?3, ?4, NULL) ON CONFLICT (id) DO UPDATE SET
         role = excluded.role, digest = excluded.digest, created_ms = excluded.created_ms, revoked_ms = NULL",
        params![id.as_str(), role, digest(secret), now.ms()],
    )?;
    revoke_certificates(connection, id, now)
}

pub(crate) fn read_live(id: &str, role: &str, digest: &[u8]) -> Result<LiveCredential, RegistryError> {
    Ok(LiveCredential { role: read_role(id, role)?, issue: Issue::of(digest) })
}

pub(crate) fn read_role(id: &str, json: &str) -> Result<Role, RegistryError> {
    serde_json::from_str(json).map_err(|error| damaged(&format!("the role of credential {id}"), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> CredentialId {
        CredentialId::new(text).unwrap()
    }

    fn heater_role() -> Role {
        Role::Heater { site: SiteId::new("home").unwrap(), heater: HeaterId::new("h-1").unwrap() }
    }

    fn role(live: Option<LiveCredential>) -> Option<Role> {
        live.map(|live| live.role)
    }

    const NOW: Timestamp = Timestamp::from_ms(1_000);

    #[test]
    fn only_the_right_secret_opens() {
        let registry = Registry::in_memory().unwrap();
        let secret = registry.issue_credential(&id("h-1"), &heater_role(), NOW).unwrap();
        assert_eq!(secret.len(), 43);
        assert_eq!(role(registry.authenticate(&id("h-1"), &secret).unwrap()), Some(heater_role()));
        for wrong in ["", "x", &secret[1..], &format!("{secret}=")] {
            assert_eq!(registry.authenticate(&id("h-1"), wrong).unwrap(), None, "{wrong:?}");
        }
        assert_eq!(registry.authenticate(&id("h-2"), &secret).unwrap(), None);
    }

    #[test]
    fn a_revoked_credential_opens_nothing_until_it_is_issued_anew() {
        let registry = Registry::in_memory().unwrap();
        let old = registry.issue_credential(&id("h-1"), &heater_role(), NOW).unwrap();
        assert!(registry.revoke_credential(&id("h-1"), "test", NOW).unwrap());
        assert!(!registry.revoke_credential(&id("h-1"), "test", NOW).unwrap());
        assert_eq!(registry.authenticate(&id("h-1"), &old).unwrap(), None);
        assert_eq!(registry.live_credential(&id("h-1")).unwrap(), None);
        let new = registry.issue_credential(&id("h-1"), &heater_role(), NOW).unwrap();
        assert_eq!(registry.authenticate(&id("h-1"), &old).unwrap(), None);
        assert_eq!(role(registry.authenticate(&id("h-1"), &new).unwrap()), Some(heater_role()));
    }

    #[test]
    fn each_secret_of_a_credential_is_another_issue() {
        let registry = Registry::in_memory().unwrap();
        let issue = || {
            let secret = registry.issue_credential(&id("h-1"), &heater_role(), NOW).unwrap();
            let known = registry.authenticate(&id("h-1"), &secret).unwrap().unwrap();
            assert_eq!(registry.live_credential(&id("h-1")).unwrap().unwrap(), known);
            known.issue
        };
        assert_ne!(issue(), issue());
    }

    #[test]
    fn every_role_reads_back_as_it_was_written() {
        let registry = Registry::in_memory().unwrap();
        let site = SiteId::new("home").unwrap();
        let heaters = Arc::new(BTreeSet::from([HeaterId::new("h-1").unwrap()]));
        let rooms = Arc::new(BTreeSet::from([RoomId::new("a").unwrap()]));
        let roles = [
            heater_role(),
            Role::Gateway { site: site.clone(), heaters },
            Role::Service,
            Role::WorkSource { site: site.clone() },
            Role::BuildingSystem { site: site.clone() },
            Role::Observer { site, rooms },
        ];
        for role in roles {
            registry.issue_credential(&id(role.as_str()), &role, NOW).unwrap();
            let live = registry.live_credential(&id(role.as_str())).unwrap().unwrap();
            assert_eq!(live.role, role);
        }
        assert_eq!(registry.credentials().unwrap().len(), 6);
    }
}
