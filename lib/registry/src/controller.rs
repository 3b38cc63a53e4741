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
