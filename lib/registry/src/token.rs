//! Tokens for programs: a secret with scopes, on chosen buildings, that can never do more than its owner may.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension as _, params};
use serde::{Deserialize, Serialize};
use vocabulary::{SiteId, Timestamp};

use crate::audit::append;
use crate::{
    Deed, PersonError, PersonName, Principal, Registry, RegistryError, TokenPrincipal, damaged, digest,
    person, random_secret,
};

/// Before the secret of a token, so that people and scanners of leaked files know what they found.
const PREFIX: &str = "hyp_";

/// One thing that a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// Reads buildings, rooms, heaters, history and the stream.
    Read,
    /// Sets and ends overrides.
    Override,
    /// Reads the program's own figures.
    Figures,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Read, Self::Override, Self::Figures];

    /// The scope's name as the command line and the pages print it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Override => "override",
            Self::Figures => "figures",
        }
    }
}

/// What a new token shall be.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What it is for, in a few words.
    pub name: String,
    /// Whose authority it borrows.
    pub owner: PersonName,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// The buildings it is for; `None` is all of its owner's.
    pub sites: Option<BTreeSet<SiteId>>,
    /// When it ends, if ever.
    pub expires_at: Option<Timestamp>,
}

/// A token as a list shows it: never its secret.
#[derive(Debug, Clone)]
pub struct ApiToken {
    /// Its number.
    pub id: i64,
    /// What it was made as.
    pub token: NewToken,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Timestamp>,
}

impl ApiToken {
    /// Whether it opens anything at `now`, as far as it is up to the token.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.token.expires_at.is_none_or(|at| now < at)
    }
}

impl Registry {
    /// Makes a token and gives its secret, shown once and not kept.
    ///
    /// # Errors
    /// [`PersonError`] when there is no such owner or building, or the book cannot be written.
    pub fn add_token(&self, new: &NewToken, by: &str, now: Timestamp) -> Result<String, PersonError> {
        if self.person(&new.owner)?.is_none() {
            return Err(PersonError::Nobody(new.owner.clone()));
        }
        if let Some(sites) = &new.sites {
            person::must_have_sites(&self.lock(), sites)?;
        }
        let secret = format!("{PREFIX}{}", random_secret()?);
        let scopes = serde_json::to_string(&new.scopes).expect("scopes are words");
        let sites = serde_json::to_string(&new.sites).expect("sites are words");
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction.execute(
            "INSERT INTO api_token (digest, name, owner, scopes, sites, created_ms, expires_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                digest(&secret),
                new.name,
                new.owner.as_str(),
                scopes,
                sites,
                now.ms(),
                new.expires_at.map(Timestamp::ms)
            ],
        )?;
        let detail = format!("token {:?}: {scopes} on {sites}", new.name);
        let target = person::target(&new.owner);
        append(&transaction, now, &Deed { new: &detail, ..Deed::new(by, "token_add", &target) })?;
        transaction.commit()?;
        Ok(secret)
    }

    /// Revokes a token. Gives whether it was in force.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be written.
    pub fn revoke_token(&self, id: i64, by: &str, now: Timestamp) -> Result<bool, RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let owner: Option<String> = transaction
            .query_row(
                "UPDATE api_token SET revoked_ms = ?2 WHERE id = ?1 AND revoked_ms IS NULL RETURNING owner",
                params![id, now.ms()],
                |row| row.get(0),
            )
            .optional()?;
        let Some(owner) = owner else { return Ok(false) };
        let (target, old) = (format!("person/{owner}"), format!("token {id}"));
        append(&transaction, now, &Deed { old: &old, ..Deed::new(by, "token_revoke", &target) })?;
        transaction.commit()?;
        Ok(true)
    }

    /// Every token, revoked ones too, oldest first.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn tokens(&self) -> Result<Vec<ApiToken>, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(
            "SELECT id, name, owner, scopes, sites, created_ms, expires_ms, revoked_ms FROM api_token ORDER BY id",
        )?;
        let rows = query.query_map([], |row| {
            let texts: (String, String, String, String) =
                (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
            let times: (i64, Option<i64>, Option<i64>) = (row.get(5)?, row.get(6)?, row.get(7)?);
            Ok((row.get::<_, i64>(0)?, texts, times))
        })?;
        rows.map(|row| {
            let (id, (name, owner, scopes, sites), (created_ms, expires_ms, revoked_ms)) = row?;
            let bad = |why: String| damaged(&format!("token {id}"), why);
            Ok(ApiToken {
                id,
                token: NewToken {
                    name,
                    owner: PersonName::new(&owner).map_err(|error| bad(error.to_string()))?,
                    scopes: serde_json::from_str(&scopes).map_err(|error| bad(error.to_string()))?,
                    sites: serde_json::from_str(&sites).map_err(|error| bad(error.to_string()))?,
                    expires_at: expires_ms.map(Timestamp::from_ms),
                },
                created_at: Timestamp::from_ms(created_ms),
                revoked_at: revoked_ms.map(Timestamp::from_ms),
            })
        })
        .collect()
    }

    /// The authority of whoever holds the secret of a token, with the name of the token and of its owner; `None` when
    /// it is unknown, revoked or has ended, or its owner is disabled.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn token_bearer(
        &self,
        secret: &str,
        now: Timestamp,
    ) -> Result<Option<(String, Principal)>, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(
            "SELECT api_token.name, owner, scopes, sites FROM api_token JOIN person ON person.name = owner
             WHERE digest = ?1 AND revoked_ms IS NULL AND (expires_ms IS NULL OR expires_ms > ?2)
             AND disabled_ms IS NULL AND must_change = 0",
        )?;
        let found: Option<(String, String, String, String)> = query
            .query_row(params![digest(secret), now.ms()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        let Some((name, owner, scopes, sites)) = found else { return Ok(None) };
        let principal = Principal::Token(TokenPrincipal {
            scopes: serde_json::from_str(&scopes).map_err(|error| damaged("a token's scopes", error))?,
            sites: serde_json::from_str(&sites).map_err(|error| damaged("a token's sites", error))?,
            owner: person::live_assignments(&connection, &owner, now)?.into(),
        });
        Ok(Some((format!("{owner}/{name}"), principal)))
    }
}
