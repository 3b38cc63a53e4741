//! Heaters that left the building: what they were, and until when, so that what they measured and drew is still known as
//! theirs; and how one is made to leave.

use rusqlite::{Transaction, params};
use vocabulary::{HeaterId, SiteId, Timestamp};

use crate::audit::append;
use crate::book::{SiteBook, read_all, read_book};
use crate::describe::{Described, describe};
use crate::instructions::forget_instructions;
use crate::{Deed, Heater, Registry, RegistryError, damaged};

/// A heater that left.
#[derive(Debug, Clone, PartialEq)]
pub struct RetiredHeater {
    /// What it was.
    pub heater: Heater,
    /// When it left.
    pub at: Timestamp,
}

impl Registry {
    /// The heaters that left a site, by identifier; of one that left more than once, the last time. One that came back is not
    /// among them.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn retired_heaters(&self, site: &SiteId) -> Result<Vec<RetiredHeater>, RegistryError> {
        read_all(
            &self.lock(),
            "SELECT description, retired_ms FROM retired_heater AS retired WHERE site = ?1
             AND NOT EXISTS (SELECT 1 FROM heater WHERE heater.site = retired.site AND heater.id = retired.heater)
             ORDER BY heater",
            site,
            |row| {
                let description: String = row.get(0)?;
                let heater = serde_json::from_str(&description);
                Ok(RetiredHeater {
                    heater: heater.map_err(|error| damaged("a heater that left", error))?,
                    at: Timestamp::from_ms(row.get(1)?),
                })
            },
        )
    }

    /// Makes a heater leave a building that is described on the pages, by the hand of `who` who saw the building as `seen`:
    /// it is no part of the description any more, its credential and one-time code end, and so do all instructions. What it
    /// measured stays.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] when there is no such heater, others when the book cannot be written; then nothing is.
    pub fn decommission(
        &self,
        site: &SiteId,
        heater: &HeaterId,
        seen: &str,
        (who, why): (&str, &str),
        now: Timestamp,
    ) -> Result<Described, RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let mut book = read_book(&transaction, site)?;
        let place = book.heaters.iter().position(|known| known.id == *heater);
        book.heaters.remove(place.ok_or_else(|| unknown(site, heater))?);
        let described = describe(&transaction, &book, Some(seen), who, now)?;
        if described == Described::Written {
            let target = format!("{site}/heater/{heater}");
            append(&transaction, now, &Deed { why, ..Deed::new(who, "decommission", &target) })?;
            transaction.commit()?;
        }
        Ok(described)
    }
}

pub(crate) fn unknown(site: &SiteId, heater: &HeaterId) -> RegistryError {
    RegistryError::Unknown(format!("heater {heater} in site {site}"))
}

/// Notes the heaters that a description names no more. Nobody instructs them any longer.
pub(crate) fn note_retired(
    transaction: &Transaction<'_>,
    old: &SiteBook,
    new: &SiteBook,
    now: Timestamp,
) -> Result<(), RegistryError> {
    let stays = |heater: &Heater| new.heaters.iter().any(|known| known.id == heater.id);
    for heater in old.heaters.iter().filter(|heater| !stays(heater)) {
        let description = serde_json::to_string(heater).expect("names and numbers are always JSON");
        transaction.execute(
            "INSERT OR REPLACE INTO retired_heater VALUES (?1, ?2, ?3, ?4)",
            params![old.site.id.as_str(), heater.id.as_str(), now.ms(), description],
        )?;
        forget_instructions(transaction, &old.site.id, &heater.id)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::tests::two_rooms;
    use crate::heater_door::tests::issue;

    const NOW: Timestamp = Timestamp::from_ms(1_000);
    const ANNA: (&str, &str) = ("anna", "it hums");

    fn made_on_pages() -> (Registry, SiteBook) {
        let registry = Registry::in_memory().unwrap();
        registry.describe_site(&two_rooms(), None, "anna", NOW).unwrap();
        let book = registry.books().unwrap().pop().unwrap();
        (registry, book)
    }

    #[test]
    fn a_heater_that_leaves_is_known_as_it_was_and_opens_no_door() {
        let (registry, book) = made_on_pages();
        let (site, heater) = (&book.site.id, book.heaters[0].clone());
        let credential = issue(&registry, &book);
        let later = Timestamp::from_ms(5_000);
        let stale = registry.decommission(site, &heater.id, "another", ANNA, later).unwrap();
        assert_eq!((stale, registry.retired_heaters(site).unwrap()), (Described::EditedMeanwhile, vec![]));
        assert!(registry.live_credential(&credential).unwrap().is_some(), "nothing of it was done");
        let done = registry.decommission(site, &heater.id, &book.edition(), ANNA, later).unwrap();
        assert_eq!(done, Described::Written);
        assert!(registry.live_credential(&credential).unwrap().is_none());
        let left = RetiredHeater { heater: heater.clone(), at: later };
        assert_eq!(registry.retired_heaters(site).unwrap(), [left]);
        let lines = registry.audit_of(&format!("{site}/heater/{}", heater.id), 9).unwrap();
        assert_eq!((lines[0].action.as_str(), lines[0].why.as_str()), ("decommission", "it hums"));
        let again = registry.decommission(site, &heater.id, &book.edition(), ANNA, later);
        assert!(matches!(again, Err(RegistryError::Unknown(_))), "{again:?}");
        let seen = registry.site_book(site).unwrap().edition();
        registry.describe_site(&book, Some(&seen), "anna", later).unwrap();
        let drain = crate::Instruction::Identify(Some(Timestamp::from_ms(9_000)));
        registry.instruct_heater(site, &heater.id, &drain, "anna", later).unwrap();
        issue(&registry, &book);
        let mut fewer = registry.site_book(site).unwrap();
        let seen = fewer.edition();
        fewer.heaters.retain(|known| known.id != heater.id);
        registry.describe_site(&fewer, Some(&seen), "anna", later).unwrap();
        assert!(registry.instructions(site).unwrap().is_empty(), "nobody instructs it any more");
        assert!(registry.live_credential(&credential).unwrap().is_none(), "nor does it come in");
        let seen = fewer.edition();
        registry.describe_site(&book, Some(&seen), "anna", later).unwrap();
        assert_eq!(registry.retired_heaters(site).unwrap(), [], "it came back");
    }

    #[test]
    fn a_heater_that_the_configuration_names_leaves_by_the_configuration() {
        let registry = Registry::in_memory().unwrap();
        let mut book = two_rooms();
        let site = book.site.id.clone();
        registry.change_site(&book, "configuration", NOW).unwrap();
        let seen = registry.site_book(&site).unwrap().edition();
        let refused = registry.decommission(&site, &book.heaters[0].id, &seen, ANNA, NOW).unwrap();
        assert_eq!((refused, registry.retired_heaters(&site).unwrap()), (Described::NotHere, vec![]));
        let gone = book.heaters.remove(0);
        registry.change_site(&book, "configuration", Timestamp::from_ms(7)).unwrap();
        let left = RetiredHeater { heater: gone, at: Timestamp::from_ms(7) };
        assert_eq!(registry.retired_heaters(&site).unwrap(), [left]);
    }
}
