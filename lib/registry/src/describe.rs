//! Who describes a building: the configuration, which is written again at each start, or people on the pages.
//!
//! One hand at a time. A building that was made on the pages is marked, and nothing else may write it until its people hand it
//! over; one that is not marked is nobody's to change on the pages, because the next start would undo it.

use rusqlite::{OptionalExtension as _, Transaction, params};
use vocabulary::{HeaterId, Schedule, SiteId, Timestamp};

use crate::audit::{Deed, append};
use crate::book::{SiteBook, bump, read_book, replace};
use crate::changes::{note_changes, things};
use crate::heater_door::bar;
use crate::schedule::Hand;
use crate::{Registry, RegistryError, digest};

/// What became of a description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Described {
    /// It is the building's now.
    Written,
    /// Nothing is written: the building is not the one that was seen any more, or its name is taken.
    EditedMeanwhile,
    /// Nothing is written: the building is described elsewhere.
    NotHere,
}

impl SiteBook {
    /// The same building as a file can describe it: weeks alone of the schedules, and nothing simulated.
    #[must_use]
    pub fn as_described(&self) -> Self {
        let mut book = self.clone();
        for room in &mut book.rooms {
            room.schedule = Schedule::from(room.schedule.week.changes());
        }
        book.heaters.iter_mut().for_each(|heater| heater.simulated = false);
        book.heaters.sort_by(|one, other| one.id.cmp(&other.id));
        book.metrics.sort_by_key(ToString::to_string);
        book.site.demonstration = false;
        book
    }

    /// A short text that differs wherever the description differs, also in the order of the rooms: what a form has seen.
    #[must_use]
    pub fn edition(&self) -> String {
        let described = self.as_described();
        let order: Vec<&str> = described.rooms.iter().map(|room| room.id.as_str()).collect();
        let text = format!("{:?} {order:?}", things(&described));
        digest(&text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Registry {
    /// Whether a building is described on the pages; one that is not there is not.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be read.
    pub fn is_made_on_pages(&self, site: &SiteId) -> Result<bool, RegistryError> {
        is_made_on_pages(&self.lock().unchecked_transaction()?, site)
    }

    /// Describes a building on the pages, by the hand of `who`, with a line of the audit for each thing that changes. `seen`
    /// is the edition that they saw; `None` makes a building that is not there yet.
    ///
    /// # Errors
    /// As for [`Registry::put_site`]; then nothing is written.
    pub fn describe_site(
        &self,
        book: &SiteBook,
        seen: Option<&str>,
        who: &str,
        now: Timestamp,
    ) -> Result<Described, RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let described = describe(&transaction, book, seen, who, now)?;
        if described == Described::Written {
            transaction.commit()?;
        }
        Ok(described)
    }

    /// Gives a building that was made on the pages to the configuration, by the hand of `who`: the pages may not change it
    /// from now on, and the next start may. Gives whether it was theirs.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn hand_over(&self, site: &SiteId, who: &str, now: Timestamp) -> Result<bool, RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        if !is_made_on_pages(&transaction, site)? {
            return Ok(false);
        }
        mark(&transaction, site, false)?;
        let target = format!("{site}/site");
        let deed = Deed { old: "pages", new: "configuration", ..Deed::new(who, "hand_over", &target) };
        append(&transaction, now, &deed)?;
        bump(&transaction)?;
        transaction.commit()?;
        Ok(true)
    }
}

/// Describes a building on the pages, as [`Registry::describe_site`] does, within a transaction.
pub(crate) fn describe(
    transaction: &Transaction<'_>,
    book: &SiteBook,
    seen: Option<&str>,
    who: &str,
    now: Timestamp,
) -> Result<Described, RegistryError> {
    let site = &book.site.id;
    let old = match read_book(transaction, site) {
        Ok(old) => Some(old),
        Err(RegistryError::Unknown(_)) => None,
        Err(error) => return Err(error),
    };
    if old.as_ref().map(SiteBook::edition).as_deref() != seen {
        return Ok(Described::EditedMeanwhile);
    }
    if old.is_some() && !is_made_on_pages(transaction, site)? {
        return Ok(Described::NotHere);
    }
    replace(transaction, book, Hand { who, at: Some(now) })?;
    mark(transaction, site, true)?;
    note_changes(transaction, old.as_ref(), site, who, now)?;
    let stays = |id: &HeaterId| book.heaters.iter().any(|heater| heater.id == *id);
    // The pages have no place any more where the credential of one that left could be ended.
    for left in old.iter().flat_map(|old| &old.heaters).filter(|heater| !stays(&heater.id)) {
        bar(transaction, site, &left.id, who, now)?;
    }
    bump(transaction)?;
    Ok(Described::Written)
}

fn is_made_on_pages(transaction: &Transaction<'_>, site: &SiteId) -> Result<bool, RegistryError> {
    let found = transaction
        .query_row("SELECT made_on_pages FROM site WHERE id = ?1", [site.as_str()], |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or(false))
}

fn mark(transaction: &Transaction<'_>, site: &SiteId, made_on_pages: bool) -> Result<(), RegistryError> {
    transaction
        .execute("UPDATE site SET made_on_pages = ?2 WHERE id = ?1", params![site.as_str(), made_on_pages])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use vocabulary::{DisplayName, Watts};

    use super::*;
    use crate::book::tests::two_rooms;

    const NOW: Timestamp = Timestamp::from_ms(5);

    fn described(registry: &Registry) -> SiteBook {
        registry.books().unwrap().pop().unwrap()
    }

    #[test]
    fn a_building_is_made_once_and_changed_by_those_who_saw_it_as_it_is() {
        let registry = Registry::in_memory().unwrap();
        let mut book = two_rooms();
        let describe = |book: &SiteBook, seen: Option<&str>| {
            registry.describe_site(book, seen, "person/anna", NOW).unwrap()
        };
        assert_eq!(describe(&book, None), Described::Written);
        assert_eq!(describe(&book, None), Described::EditedMeanwhile, "a form that was sent twice");
        let seen = described(&registry).edition();
        book.rooms[0].name = DisplayName::new("Atelier").unwrap();
        assert_eq!(describe(&book, Some(&seen)), Described::Written);
        book.rooms[0].name = DisplayName::new("Archives").unwrap();
        assert_eq!(describe(&book, Some(&seen)), Described::EditedMeanwhile, "a stale form");
        assert_eq!(described(&registry).rooms[0].name.as_str(), "Atelier");
        let lines = registry.audit_of("home/room/b", 9).unwrap();
        assert_eq!((lines.len(), lines[0].who.as_str()), (2, "person/anna"));
    }

    #[test]
    fn one_hand_describes_a_building_at_a_time() {
        let registry = Registry::in_memory().unwrap();
        let mut book = two_rooms();
        let site = book.site.id.clone();
        registry.change_site(&book, "configuration", NOW).unwrap();
        let seen = described(&registry).edition();
        book.rooms.truncate(1);
        book.heaters.truncate(0);
        let refused = registry.describe_site(&book, Some(&seen), "anna", NOW).unwrap();
        assert_eq!((refused, registry.is_made_on_pages(&site).unwrap()), (Described::NotHere, false));
        registry.remove_site(&site).unwrap();
        registry.describe_site(&book, None, "anna", NOW).unwrap();
        assert!(registry.is_made_on_pages(&site).unwrap());
        registry.put_site(&book).unwrap();
        assert!(registry.is_made_on_pages(&site).unwrap(), "writing it again does not change whose it is");
        assert!(registry.hand_over(&site, "anna", NOW).unwrap());
        assert!(!registry.hand_over(&site, "anna", NOW).unwrap(), "once");
        let seen = described(&registry).edition();
        assert_eq!(registry.describe_site(&book, Some(&seen), "anna", NOW).unwrap(), Described::NotHere);
        assert_eq!(registry.audit_of("home/site", 9).unwrap()[0].action, "hand_over");
    }

    #[test]
    fn an_edition_differs_with_every_part_and_not_with_what_no_file_says() {
        let book = two_rooms();
        let changed = |change: fn(&mut SiteBook)| {
            let mut other = book.clone();
            change(&mut other);
            other.edition() != book.edition()
        };
        assert!(changed(|book| book.rooms.reverse()));
        assert!(changed(|book| book.heaters[0].fallback_w = Watts::new(1).unwrap()));
        assert!(changed(|book| book.site.cap_w = None));
        assert!(changed(|book| book.rooms[0].area = None));
        assert!(!changed(|book| book.heaters[0].simulated = false));
    }

    #[test]
    fn a_building_that_cannot_be_is_refused_and_nothing_is_left() {
        let registry = Registry::in_memory().unwrap();
        let mut book = two_rooms();
        book.site.cap_w = Some(Watts::ZERO);
        assert!(registry.describe_site(&book, None, "anna", NOW).is_err());
        assert!(registry.books().unwrap().is_empty() && registry.newest_audit(9).unwrap().is_empty());
    }
}
