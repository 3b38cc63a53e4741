//! What a manager declares of a site, each in a column of its own as JSON. [`Registry::put_site`] leaves it as it is: a building
//! that is described anew has not moved to another country, and pays no other price.

use rusqlite::{Connection, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use vocabulary::{SiteId, Timestamp};

use crate::audit::{Deed, append};
use crate::book::bump;
use crate::{Registry, RegistryError, damaged};

impl Registry {
    /// What was declared of a site in `column`.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] when there is no such site, others when the book cannot be read.
    pub(crate) fn declared<T: DeserializeOwned>(
        &self,
        site: &SiteId,
        column: &'static str,
    ) -> Result<T, RegistryError> {
        read(&self.lock(), site, column)
    }

    /// Declares something of a site, with a line of the audit where that changes. Whether it did. `who` says by whose hand.
    ///
    /// # Errors
    /// As for [`Registry::declared`]; then nothing is written.
    pub(crate) fn declare<T: Serialize + DeserializeOwned>(
        &self,
        site: &SiteId,
        (column, declared): (&'static str, &T),
        who: &str,
        now: Timestamp,
    ) -> Result<bool, RegistryError> {
        let replace = |_: T| Ok::<_, std::convert::Infallible>(declared);
        self.redeclare(site, (column, replace), who, now).map(|Ok(changed)| changed)
    }

    /// Declares what `change` makes of what was declared, in the same way; nobody comes between. The error inside is `change`'s
    /// own, and then nothing is written.
    ///
    /// # Errors
    /// As for [`Registry::declared`]; then nothing is written.
    pub(crate) fn redeclare<T: DeserializeOwned + Serialize, U: Serialize, E>(
        &self,
        site: &SiteId,
        (column, change): (&'static str, impl FnOnce(T) -> Result<U, E>),
        who: &str,
        now: Timestamp,
    ) -> Result<Result<bool, E>, RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let declared: T = read(&transaction, site, column)?;
        let old = json(&declared);
        let new = match change(declared) {
            Ok(declared) => json(&declared),
            Err(refused) => return Ok(Err(refused)),
        };
        if old == new {
            return Ok(Ok(false));
        }
        transaction
            .execute(&format!("UPDATE site SET {column} = ?2 WHERE id = ?1"), params![site.as_str(), new])?;
        let target = format!("{site}/{column}");
        let deed = Deed { who, action: "configure", target: &target, old: &old, new: &new, why: "" };
        append(&transaction, now, &deed)?;
        bump(&transaction)?;
        transaction.commit()?;
        Ok(Ok(true))
    }
}

fn read<T: DeserializeOwned>(
    connection: &Connection,
    site: &SiteId,
    column: &'static str,
) -> Result<T, RegistryError> {
    let mut query = connection.prepare_cached(&format!("SELECT {column} FROM site WHERE id = ?1"))?;
    let mut rows = query.query([site.as_str()])?;
    let row = rows.next()?.ok_or_else(|| RegistryError::Unknown(format!("site {site}")))?;
    let json: String = row.get(0)?;
    serde_json::from_str(&json).map_err(|error| damaged(&format!("{column} of site {site}"), error))
}

fn json(declared: &impl Serialize) -> String {
    serde_json::to_string(declared).expect("finite numbers and words under names are always JSON")
}
