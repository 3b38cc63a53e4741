//! What the controller keeps: its epoch, which fences off every run before, and its memory.

use rusqlite::{OptionalExtension as _, params};
use vocabulary::{SiteId, Timestamp};

use crate::{Registry, RegistryError};

impl Registry {
    /// Raises the site's epoch and gives it. It is on disk when this returns, so no two runs share one.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn raise_epoch(&self, site: &SiteId) -> Result<u64, RegistryError> {
        let epoch: i64 = self.lock().query_row(
            "INSERT INTO epoch VALUES (?1, 1) ON CONFLICT (site) DO UPDATE SET n = n + 1 RETURNING n",
            [site.as_str()],
            |row| row.get(0),
        )?;
        Ok(epoch.unsigned_abs())
    }

    /// Raises the epoch of every site by `more`. After a restore: the copy may be older than budgets that heaters have
    /// accepted since, and they obey no epoch below.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn raise_epochs_by(&self, more: u32) -> Result<(), RegistryError> {
        // A site that had no epoch yet when the copy was made may have had one since.
        self.lock().execute(
            "INSERT INTO epoch SELECT id, ?1 FROM site WHERE true ON CONFLICT (site) DO UPDATE SET n = n + ?1",
            [more],
        )?;
        self.lock().execute("UPDATE epoch SET n = n + ?1 WHERE site NOT IN (SELECT id FROM site)", [more])?;
        Ok(())
    }

    /// Keeps the controller's memory of a site, a versioned JSON text.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn save_memory(&self, site: &SiteId, value: &str, now: Timestamp) -> Result<(), RegistryError> {
        self.lock().execute(
            "INSERT INTO memory VALUES (?1, ?2, ?3)
             ON CONFLICT (site) DO UPDATE SET saved_ms = excluded.saved_ms, value = excluded.value",
            params![site.as_str(), now.ms(), value],
        )?;
        Ok(())
    }

    /// The memory that was kept of a site, if any.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be read.
    pub fn memory(&self, site: &SiteId) -> Result<Option<String>, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached("SELECT value FROM memory WHERE site = ?1")?;
        Ok(query.query_row([site.as_str()], |row| row.get(0)).optional()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_runs_share_an_epoch() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("registry.db");
        let site = SiteId::new("home").unwrap();
        let first = Registry::open(&path).unwrap().raise_epoch(&site).unwrap();
        let second = Registry::open(&path).unwrap().raise_epoch(&site).unwrap();
        assert!(second > first, "{second} after {first}");
    }

    #[test]
    fn a_copy_is_the_book_as_it_was_and_its_epochs_can_be_put_out_of_reach() {
        let folder = tempfile::tempdir().unwrap();
        let site = SiteId::new("home").unwrap();
        let registry = Registry::open(&folder.path().join("registry.db")).unwrap();
        registry.raise_epoch(&site).unwrap();
        registry.save_memory(&site, "{}", Timestamp::from_ms(1)).unwrap();
        let path = folder.path().join("copy.db");
        registry.copy_to(&path).unwrap();
        assert!(registry.copy_to(&path).is_err(), "a copy is never written over another");
        registry.raise_epoch(&site).unwrap();
        let copy = Registry::open(&path).unwrap();
        assert_eq!(copy.memory(&site).unwrap().as_deref(), Some("{}"));
        copy.raise_epochs_by(1_000_000).unwrap();
        assert_eq!(copy.raise_epoch(&site).unwrap(), 1_000_002);
    }

    #[test]
    fn memory_is_kept_per_site() {
        let registry = Registry::in_memory().unwrap();
        let site = SiteId::new("home").unwrap();
        assert_eq!(registry.memory(&site).unwrap(), None);
        registry.save_memory(&site, "{}", Timestamp::from_ms(1)).unwrap();
        registry.save_memory(&site, "{\"v\":1}", Timestamp::from_ms(2)).unwrap();
        assert_eq!(registry.memory(&site).unwrap().as_deref(), Some("{\"v\":1}"));
        assert_eq!(registry.memory(&SiteId::new("other").unwrap()).unwrap(), None);
    }
}
