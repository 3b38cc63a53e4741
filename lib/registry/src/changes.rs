//! What differs between a site as it was and as it is written now, one line of the audit for each thing.

use std::collections::BTreeMap;

use rusqlite::Transaction;
use serde::Serialize;
use vocabulary::{SiteId, Timestamp};

use crate::audit::{Deed, append};
use crate::book::{SiteBook, read_book};
use crate::retired::note_retired;
use crate::schedule::Hand;
use crate::{Registry, RegistryError};

/// One thing that is new, gone or different.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    /// The site, or a room, heater or circuit of it.
    target: String,
    /// How it was, as JSON; empty when it is new.
    old: String,
    /// How it is, as JSON; empty when it is gone.
    new: String,
}

impl Registry {
    /// Writes a whole site as [`Registry::put_site`] does, and in the same transaction a line of the audit for the site,
    /// each room, heater and circuit that is new, gone or different. `who` says by whose hand.
    ///
    /// # Errors
    /// As for [`Registry::put_site`]; then nothing is written.
    pub fn change_site(&self, book: &SiteBook, who: &str, now: Timestamp) -> Result<(), RegistryError> {
        let old = match self.site_book(&book.site.id) {
            Ok(old) => Some(old),
            Err(RegistryError::Unknown(_)) => None,
            Err(error) => return Err(error),
        };
        self.write_book(book, Hand { who, at: Some(now) }, |transaction| {
            note_changes(transaction, old.as_ref(), &book.site.id, who, now)
        })
    }
}

/// Adds a line to the audit for each thing of a site that is not as it was, and notes the heaters that left.
pub(crate) fn note_changes(
    transaction: &Transaction<'_>,
    old: Option<&SiteBook>,
    site: &SiteId,
    who: &str,
    now: Timestamp,
) -> Result<(), RegistryError> {
    // As it is now, and not as it was described: what people have edited may hold.
    let new = read_book(transaction, site)?;
    if let Some(old) = old {
        note_retired(transaction, old, &new, now)?;
    }
    changes(old, &new).iter().try_for_each(|Change { target, old, new }| {
        append(transaction, now, &Deed { who, action: "configure", target, old, new, why: "" })
    })
}

fn changes(old: Option<&SiteBook>, new: &SiteBook) -> Vec<Change> {
    let before = old.map(things).unwrap_or_default();
    let after = things(new);
    let mut changes = Vec::new();
    for (target, new) in &after {
        let old = before.get(target).cloned().unwrap_or_default();
        if old != *new {
            changes.push(Change { target: target.clone(), old, new: new.clone() });
        }
    }
    let gone = before.into_iter().filter(|(target, _)| !after.contains_key(target));
    changes.extend(gone.map(|(target, old)| Change { target, old, new: String::new() }));
    changes
}

/// Everything of a site that has a name, as JSON by target.
pub(crate) fn things(book: &SiteBook) -> BTreeMap<String, String> {
    let site = &book.site.id;
    let mut things = BTreeMap::from([(format!("{site}/site"), json(&(&book.site, &book.metrics)))]);
    things.extend(book.rooms.iter().map(|room| (format!("{site}/room/{}", room.id), json(room))));
    things.extend(book.heaters.iter().map(|heater| (format!("{site}/heater/{}", heater.id), json(heater))));
    let circuits = book.circuits.iter();
    things.extend(circuits.map(|circuit| (format!("{site}/circuit/{}", circuit.id), json(circuit))));
    things
}

fn json(thing: &impl Serialize) -> String {
    serde_json::to_string(thing).expect("names and numbers are always JSON")
}

#[cfg(test)]
mod tests {
    use vocabulary::Watts;

    use super::*;
    use crate::book::tests::two_rooms;

    #[test]
    fn each_thing_that_changes_is_one_line_with_old_and_new() {
        let registry = Registry::in_memory().unwrap();
        let mut book = two_rooms();
        let now = Timestamp::from_ms(5);
        registry.change_site(&book, "building.toml", now).unwrap();
        let things = 1 + book.rooms.len() + book.heaters.len();
        assert_eq!(registry.newest_audit(99).unwrap().len(), things);
        registry.change_site(&book, "building.toml", now).unwrap();
        assert_eq!(registry.newest_audit(99).unwrap().len(), things, "nothing changed");

        book.heaters[0].fallback_w = Watts::new(77).unwrap();
        let gone = book.heaters.pop().unwrap();
        registry.change_site(&book, "building.toml", now).unwrap();
        let lines = registry.newest_audit(99).unwrap();
        assert_eq!(lines.len(), things + 2);
        let site = book.site.id.as_str();
        assert_eq!(lines[0].target, format!("{site}/heater/{}", gone.id));
        assert!(!lines[0].old.is_empty() && lines[0].new.is_empty());
        assert_eq!(lines[1].target, format!("{site}/heater/{}", book.heaters[0].id));
        assert!(lines[1].new.contains("\"fallback_w\":77") && lines[1].old.contains("\"fallback_w\":200"));
        assert_eq!(registry.verify_audit(None).unwrap().number, lines.len() as i64);
    }

    #[test]
    fn a_site_that_is_refused_leaves_no_line() {
        let registry = Registry::in_memory().unwrap();
        let mut book = two_rooms();
        book.site.cap_w = Some(Watts::ZERO);
        assert!(registry.change_site(&book, "building.toml", Timestamp::from_ms(5)).is_err());
        assert_eq!(registry.newest_audit(9).unwrap(), []);
    }
}
