//! Presence is personal: wishes that nothing be known of it any more, and who has looked at it.
//!
//! ```text
//!   wish ──here──> ingest erases it from history ──done──> here
//!             └──> the controller forgets what it learned of the room's people
//! ```
//! A wish stays in the book for ever: history that comes back with a backup is erased again.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use vocabulary::{RoomId, SiteId, Timestamp};

use crate::audit::{reads_of, was_noted};
use crate::{
    AuditEntry, Deed, Registry, RegistryError, TenantRoom, audit::append, book::bump, damaged, room_target,
};

/// A read is written down at most once in this time for each reader and room.
const NOTED_EVERY_MS: i64 = 3_600_000;
/// How the audit calls a read, where it is asked for again.
pub(crate) const READ: &str = "read_presence";

/// A wish that what tells of the people in a room be erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenceErasure {
    /// Its number.
    pub id: i64,
    /// The room.
    pub place: TenantRoom,
    /// From when on; `None` from the beginning.
    pub from: Option<Timestamp>,
    /// Until when, exclusive.
    pub before: Timestamp,
    /// When it was wished.
    pub asked_at: Timestamp,
    /// When history had it erased; `None` until then.
    pub done_at: Option<Timestamp>,
}

impl Registry {
    /// Wishes, by the hand of `by`, that everything be erased that tells of the people in a room from `from` (or the beginning)
    /// to `before`. The same wish made again later reaches to the later time.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn erase_presence(
        &self,
        place: &TenantRoom,
        (from, before): (Option<Timestamp>, Timestamp),
        by: &str,
        now: Timestamp,
    ) -> Result<(), RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let (site, room) = (place.site.as_str(), place.room.as_str());
        let values = params![site, room, from.map(Timestamp::ms), before.ms(), now.ms()];
        let longer = transaction.execute(
            "UPDATE presence_erasure SET before_ms = max(before_ms, ?4), asked_ms = ?5, done_ms = NULL
             WHERE site = ?1 AND room = ?2 AND from_ms IS ?3",
            values,
        )?;
        if longer == 0 {
            transaction.execute(
                "INSERT INTO presence_erasure (site, room, from_ms, before_ms, asked_ms) VALUES (?1, ?2, ?3, ?4, ?5)",
                values,
            )?;
        }
        bump(&transaction)?;
        let since = from.map_or_else(|| "the beginning".to_owned(), Timestamp::rfc3339);
        let (target, old) =
            (room_target(&place.site, &place.room), format!("{since} to {}", before.rfc3339()));
        append(&transaction, now, &Deed { old: &old, ..Deed::new(by, "erase_presence", &target) })?;
        Ok(transaction.commit()?)
    }

    /// All wishes, the oldest first, those that are done included.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn presence_erasures(&self) -> Result<Vec<PresenceErasure>, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(
            "SELECT id, site, room, from_ms, before_ms, asked_ms, done_ms FROM presence_erasure ORDER BY id",
        )?;
        let rows = query.query_map([], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Notes that history has erased what was wished, unless more was wished meanwhile. A wish that was done before
    /// stays so, and no line is added.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn presence_erased(
        &self,
        wish: &PresenceErasure,
        by: &str,
        now: Timestamp,
    ) -> Result<(), RegistryError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let done = transaction.execute(
            "UPDATE presence_erasure SET done_ms = ?3 WHERE id = ?1 AND before_ms = ?2 AND done_ms IS NULL",
            params![wish.id, wish.before.ms(), now.ms()],
        )?;
        if done > 0 {
            let target = room_target(&wish.place.site, &wish.place.room);
            append(&transaction, now, &Deed::new(by, "presence_erased", &target))?;
        }
        Ok(transaction.commit()?)
    }

    /// For each room of a site before when nothing of its people is to be known; rooms without a wish are left out.
    ///
    /// # Errors
    /// [`RegistryError`] when the book cannot be read.
    pub fn presence_forgotten(&self, site: &SiteId) -> Result<BTreeMap<RoomId, Timestamp>, RegistryError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached(
            "SELECT room, max(before_ms) FROM presence_erasure WHERE site = ?1 GROUP BY room",
        )?;
        let rows = query.query_map([site.as_str()], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
        rows.map(|row| {
            let (room, before_ms) = row?;
            let room = RoomId::new(&room).map_err(|error| damaged("a wish to erase presence", error))?;
            Ok((room, Timestamp::from_ms(before_ms)))
        })
        .collect()
    }

    /// Writes down that `who` has read of the people in a room, or in all rooms of a site; `how` says in which way. One line
    /// an hour for each reader and place, so that a page that is left open does not fill the audit.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be written.
    pub fn note_presence_read(
        &self,
        site: &SiteId,
        room: Option<&RoomId>,
        (who, how): (&str, &str),
        now: Timestamp,
    ) -> Result<(), RegistryError> {
        let target = presence_read_target(site, room);
        let mut connection = self.lock();
        if was_noted(&connection, (&target, who), now.plus_ms(-NOTED_EVERY_MS))? {
            return Ok(());
        }
        let transaction = connection.transaction()?;
        append(&transaction, now, &Deed { new: how, ..Deed::new(who, READ, &target) })?;
        Ok(transaction.commit()?)
    }

    /// Who has read of the people in a room since `since`, newest first: of this room, or of all rooms together.
    ///
    /// # Errors
    /// [`RegistryError::Sqlite`] when the book cannot be read.
    pub fn presence_reads(
        &self,
        place: &TenantRoom,
        since: Timestamp,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, RegistryError> {
        let targets =
            [presence_read_target(&place.site, Some(&place.room)), presence_read_target(&place.site, None)];
        reads_of(&self.lock(), &targets, since, limit)
    }
}

/// Under which name the audit knows reads of the people in a room, or in all rooms of a site. They do not stand beside
/// what was done in the room, which nobody would find between them.
#[must_use]
pub fn presence_read_target(site: &SiteId, room: Option<&RoomId>) -> String {
    room.map_or_else(
        || format!("{site}/rooms/presence"),
        |room| format!("{}/presence", room_target(site, room)),
    )
}

/// Wishes again here what was wished in the newer book that is attached; gives how many wishes.
pub(crate) fn merge_newer(connection: &Connection, now: Timestamp) -> Result<usize, RegistryError> {
    let is_there = connection
        .query_row("SELECT 1 FROM newer.sqlite_master WHERE name = 'presence_erasure'", [], |_| Ok(()))
        .optional()?;
    if is_there.is_none() {
        return Ok(0);
    }
    Ok(connection.execute(
        "INSERT INTO main.presence_erasure (site, room, from_ms, before_ms, asked_ms)
         SELECT since.site, since.room, since.from_ms, since.before_ms, ?1 FROM newer.presence_erasure AS since
         WHERE NOT EXISTS (SELECT 1 FROM main.presence_erasure AS here WHERE here.site = since.site
         AND here.room = since.room AND here.from_ms IS since.from_ms AND here.before_ms >= since.before_ms)",
        [now.ms()],
    )?)
}

fn read(row: &Row<'_>) -> Result<PresenceErasure, RegistryError> {
    let id: i64 = row.get(0)?;
    let bad = |why: String| damaged(&format!("wish {id} to erase presence"), why);
    let at = |ms: Option<i64>| ms.map(Timestamp::from_ms);
    Ok(PresenceErasure {
        id,
        place: TenantRoom {
            site: SiteId::new(&row.get::<_, String>(1)?).map_err(|error| bad(error.to_string()))?,
            room: RoomId::new(&row.get::<_, String>(2)?).map_err(|error| bad(error.to_string()))?,
        },
        from: at(row.get(3)?),
        before: Timestamp::from_ms(row.get(4)?),
        asked_at: Timestamp::from_ms(row.get(5)?),
        done_at: at(row.get(6)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(10_000_000);

    fn place(room: &str) -> TenantRoom {
        TenantRoom { site: SiteId::new("home").unwrap(), room: RoomId::new(room).unwrap() }
    }

    fn actions(registry: &Registry, room: &str) -> Vec<(String, String, String)> {
        let lines = registry.audit_of(&room_target(&place(room).site, &place(room).room), 99).unwrap();
        lines.into_iter().rev().map(|line| (line.who, line.action, line.old)).collect()
    }

    #[test]
    fn a_wish_is_carried_out_once_and_made_again_it_reaches_further() {
        let registry = Registry::in_memory().unwrap();
        let begun = Some(NOW.plus_ms(-5));
        registry.erase_presence(&place("a"), (begun, NOW), "tim", NOW).unwrap();
        registry.erase_presence(&place("b"), (None, NOW), "mia", NOW).unwrap();
        let revision = registry.revision().unwrap();
        let wishes = registry.presence_erasures().unwrap();
        assert_eq!(wishes.len(), 2);
        registry.presence_erased(&wishes[0], "ingest", NOW.plus_ms(1)).unwrap();
        registry.presence_erased(&wishes[0], "ingest", NOW.plus_ms(2)).unwrap();
        assert_eq!(registry.revision().unwrap(), revision, "nobody has to read the book again");
        assert_eq!(registry.presence_erasures().unwrap()[0].done_at, Some(NOW.plus_ms(1)));
        let later = NOW.plus_ms(7);
        registry.erase_presence(&place("a"), (begun, later), "tim", later).unwrap();
        // What was done of the shorter wish is not the longer one.
        registry.presence_erased(&wishes[0], "ingest", later).unwrap();
        let wishes = registry.presence_erasures().unwrap();
        assert_eq!((wishes.len(), wishes[0].before, wishes[0].done_at), (2, later, None));
        let forgotten = registry.presence_forgotten(&place("a").site).unwrap();
        assert_eq!(forgotten.values().copied().collect::<Vec<_>>(), [later, NOW]);
        let told: Vec<_> =
            actions(&registry, "a").into_iter().map(|(who, action, _)| (who, action)).collect();
        let line = |who: &str, action: &str| (who.to_owned(), action.to_owned());
        assert_eq!(
            told,
            [line("tim", "erase_presence"), line("ingest", "presence_erased"), line("tim", "erase_presence")]
        );
        assert_eq!(actions(&registry, "b")[0].2, "the beginning to 1970-01-01T02:46:40Z");
    }

    #[test]
    fn a_read_is_written_down_once_an_hour_for_each_reader_and_room() {
        let registry = Registry::in_memory().unwrap();
        let site = place("a").site;
        let read = |room: Option<&str>, who: &str, minute: i64| {
            let room = room.map(|room| place(room).room);
            let now = NOW.plus_ms(minute * 60_000);
            registry.note_presence_read(&site, room.as_ref(), (who, "series"), now).unwrap();
        };
        for minute in 0..60 {
            read(Some("a"), "mia", minute);
            read(Some("a"), "bot", minute);
            read(Some("b"), "mia", minute);
            read(None, "mia", minute);
        }
        assert_eq!(registry.newest_audit(99).unwrap().len(), 4);
        read(Some("a"), "mia", 61);
        let reads = registry.presence_reads(&place("a"), NOW, 99).unwrap();
        let told: Vec<_> = reads.iter().map(|line| (line.who.as_str(), line.target.as_str())).collect();
        let (here, everywhere) = ("home/room/a/presence", "home/rooms/presence");
        assert_eq!(told, [("mia", here), ("mia", everywhere), ("bot", here), ("mia", here)]);
        assert_eq!(registry.presence_reads(&place("a"), NOW.plus_ms(1), 99).unwrap().len(), 1);
        registry.verify_audit(None).unwrap();
    }

    #[test]
    fn a_wish_made_after_the_backup_is_made_again_after_a_restore() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let newer = Registry::open(&path("newer.db")).unwrap();
        newer.erase_presence(&place("a"), (None, NOW), "tim", NOW).unwrap();
        newer.copy_to(&path("backup.db")).unwrap();
        newer.presence_erased(&newer.presence_erasures().unwrap()[0], "ingest", NOW).unwrap();
        newer.erase_presence(&place("b"), (None, NOW), "tim", NOW).unwrap();
        let restored = Registry::open(&path("backup.db")).unwrap();
        restored.end_what_ended_in(&path("newer.db"), "restore", NOW).unwrap();
        let rooms: Vec<_> =
            restored.presence_erasures().unwrap().into_iter().map(|wish| wish.place.room).collect();
        assert_eq!(rooms, [place("a").room, place("b").room]);
    }
}
