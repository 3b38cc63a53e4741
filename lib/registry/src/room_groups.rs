//! Rooms that a manager gives a name together, such as the offices to the north: what is done to all of them is done at once.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use vocabulary::{DisplayName, RoomId, SiteId, Timestamp};

use crate::{Registry, RegistryError, SiteBook};

/// A site has at most this many groups.
pub const MAX_ROOM_GROUPS: usize = 100;

/// A group of rooms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomGroup {
    /// What it is called; no other group of the site is called so.
    pub name: DisplayName,
    /// Its rooms. One that has gone from the book stays named: it may come back with the next description.
    pub rooms: BTreeSet<RoomId>,
}

impl RoomGroup {
    /// Those of its rooms that are not in the book.
    #[must_use]
    pub fn gone(&self, book: &SiteBook) -> Vec<&RoomId> {
        let is_there = |id: &RoomId| book.rooms.iter().any(|room| room.id == *id);
        self.rooms.iter().filter(|id| !is_there(id)).collect()
    }
}

/// What is to become of one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupEdit {
    /// The group as whoever changes it saw it; `None` for a new one.
    pub seen: Option<RoomGroup>,
    /// The group from now on; `None` for none.
    pub wanted: Option<RoomGroup>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupSaved {
    /// It is so now.
    Saved,
    /// Nothing is written: the group is not any more what was seen.
    EditedMeanwhile,
    /// Nothing is written: another group has the name.
    NameTaken,
    /// Nothing is written: there are [`MAX_ROOM_GROUPS`] already.
    TooMany,
}

impl GroupEdit {
    /// The groups after it, in the order of their names.
    fn apply(&self, mut groups: Vec<RoomGroup>) -> Result<Vec<RoomGroup>, GroupSaved> {
        if self.seen == self.wanted {
            return Ok(groups);
        }
        if let Some(seen) = &self.seen {
            let at = groups.iter().position(|group| group == seen).ok_or(GroupSaved::EditedMeanwhile)?;
            groups.remove(at);
        }
        if let Some(wanted) = &self.wanted {
            if groups.iter().any(|group| group.name == wanted.name) {
                return Err(GroupSaved::NameTaken);
            }
            if groups.len() >= MAX_ROOM_GROUPS {
                return Err(GroupSaved::TooMany);
            }
            groups.push(wanted.clone());
        }
        groups.sort_by(|one, other| one.name.as_str().cmp(other.name.as_str()));
        Ok(groups)
    }
}

impl Registry {
    /// The groups of a site's rooms, by name.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] when there is no such site, others when the book cannot be read.
    pub fn room_groups(&self, site: &SiteId) -> Result<Vec<RoomGroup>, RegistryError> {
        self.declared(site, "room_groups")
    }

    /// Makes, changes or ends a group, with a line of the audit where that changes something. `who` says by whose hand.
    ///
    /// # Errors
    /// As for [`Registry::room_groups`]; then nothing is written.
    pub fn edit_room_group(
        &self,
        site: &SiteId,
        edit: &GroupEdit,
        who: &str,
        now: Timestamp,
    ) -> Result<GroupSaved, RegistryError> {
        let outcome = self.redeclare(site, ("room_groups", |groups| edit.apply(groups)), who, now)?;
        Ok(outcome.map_or_else(|refused| refused, |_| GroupSaved::Saved))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::tests::two_rooms;

    fn group(name: &str, rooms: &[&str]) -> RoomGroup {
        let rooms = rooms.iter().map(|room| RoomId::new(room).unwrap()).collect();
        RoomGroup { name: DisplayName::new(name).unwrap(), rooms }
    }

    #[test]
    fn a_group_is_made_changed_and_ended_with_a_line_of_the_audit_each_and_outlives_a_description() {
        let registry = Registry::in_memory().unwrap();
        let (mut book, now) = (two_rooms(), Timestamp::from_ms(5));
        registry.put_site(&book).unwrap();
        let site = book.site.id.clone();
        let save = |seen: Option<&RoomGroup>, wanted: Option<&RoomGroup>| {
            let edit = GroupEdit { seen: seen.cloned(), wanted: wanted.cloned() };
            registry.edit_room_group(&site, &edit, "anna", now).unwrap()
        };
        let (north, wide) = (group("<b>Nord</b> 🔥", &["a"]), group("<b>Nord</b> 🔥", &["a", "b"]));
        let attic = group("Attic", &["b"]);
        assert_eq!(save(None, Some(&north)), GroupSaved::Saved);
        assert_eq!(save(None, Some(&north)), GroupSaved::NameTaken, "sent twice");
        assert_eq!(save(None, Some(&attic)), GroupSaved::Saved);
        assert_eq!(save(Some(&north), Some(&wide)), GroupSaved::Saved);
        assert_eq!(save(Some(&north), None), GroupSaved::EditedMeanwhile);
        assert_eq!(save(Some(&attic), Some(&group(wide.name.as_str(), &["b"]))), GroupSaved::NameTaken);
        book.rooms.truncate(1);
        book.heaters.retain(|heater| heater.room.as_ref() == Some(&book.rooms[0].id));
        registry.put_site(&book).unwrap();
        let kept = registry.room_groups(&site).unwrap();
        assert_eq!(kept, [wide.clone(), attic.clone()]);
        assert_eq!((kept[0].gone(&book).len(), kept[1].gone(&book).len()), (1, 0));
        assert_eq!(save(Some(&attic), None), GroupSaved::Saved);
        assert_eq!(registry.audit_of(&format!("{site}/room_groups"), 9).unwrap().len(), 4);
    }

    #[test]
    fn there_are_only_so_many_groups() {
        let full: Vec<_> = (0..MAX_ROOM_GROUPS).map(|n| group(&format!("{n:03}"), &[])).collect();
        let more = GroupEdit { seen: None, wanted: Some(group("more", &[])) };
        assert_eq!(more.apply(full.clone()), Err(GroupSaved::TooMany));
        let renamed = GroupEdit { seen: Some(full[7].clone()), wanted: Some(group("more", &[])) };
        assert_eq!(renamed.apply(full).unwrap().len(), MAX_ROOM_GROUPS);
    }
}
