//! Who learns when: every room once a night, a few in each cycle, so that no cycle is held up.

use std::sync::Arc;

use comfort::RoomModel;
use vocabulary::{Timestamp, Zone};

use crate::memory::Memory;
use crate::site::Site;

/// Two days are the least that a night can learn from: one to learn, one to be judged by.
const FIRST_AFTER_MS: i64 = 50 * 3_600_000;
/// Nights begin when heating has found its rest and end before the morning's rise.
const NIGHT_BEGINS_MIN: u16 = 60;
/// Rooms follow each other by so many minutes; thirty fill the night, and then come the next thirty beside them.
const APART_MS: i64 = 6 * 60_000;
const AT_A_TIME: usize = 30;
/// So many rooms are enough to know what the building is like.
const MOST_PEERS: usize = 60;

/// Lets the rooms learn whose time has come, at most as many as a night's plan asks of one cycle.
pub(crate) fn study(memory: &mut Memory, site: &Site, now: Timestamp) {
    let most = site.rooms.len().div_ceil(AT_A_TIME);
    let is_due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
    let due: Vec<usize> = (0..site.rooms.len())
        .filter(|&room| is_due(memory.rooms[&site.rooms[room].id].study_at))
        .take(most)
        .collect();
    if due.is_empty() {
        return;
    }
    let learned: Vec<(usize, RoomModel)> = (0..site.rooms.len())
        .filter_map(|room| {
            let known = &memory.rooms[&site.rooms[room].id];
            known.learned_at.map(|_| (room, known.mind.room().model))
        })
        .take(MOST_PEERS)
        .collect();
    for room in due {
        let peers: Vec<RoomModel> =
            learned.iter().filter(|(peer, _)| *peer != room).map(|(_, model)| *model).collect();
        let known = memory.rooms.get_mut(&site.rooms[room].id).expect("every room of the site is remembered");
        if Arc::make_mut(&mut known.mind).study(&peers) {
            known.learned_at = Some(now);
        }
        known.study_at = Some(next_night(site.zone, now, room));
    }
}

/// When a room that is heard for the first time will have something to learn from.
pub(crate) fn first(now: Timestamp) -> Timestamp {
    now.plus_ms(FIRST_AFTER_MS)
}

/// The room's turn in the next night that begins at least half a day from now.
fn next_night(zone: Zone, now: Timestamp, room: usize) -> Timestamp {
    let turn_ms = (room % AT_A_TIME) as i64 * APART_MS;
    let tomorrow = zone.instant(now, 1, NIGHT_BEGINS_MIN).plus_ms(turn_ms);
    if tomorrow.since(now) >= 12 * 3_600_000 {
        tomorrow
    } else {
        zone.instant(now, 2, NIGHT_BEGINS_MIN).plus_ms(turn_ms)
    }
}
