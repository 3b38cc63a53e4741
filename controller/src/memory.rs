//! What the controller remembers from one plan to the next: a plain, versioned value, so that a restart goes on where it
//! stood.

use std::collections::BTreeMap;
use std::sync::Arc;

use comfort::{Facts, Mind, Prices};
use serde::{Deserialize, Serialize};
use vocabulary::{RoomId, SiteLimit, Timestamp, Watts, Zone};

use crate::image::Snapshot;
use crate::site::{Site, SiteRoom};
use crate::steps::Steps;

/// Who was away for longer than this has not seen who came and went.
const UNWATCHED_MS: i64 = 15 * 60_000;

/// Minds and plans of all rooms, and what holds for the site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    version: u32,
    pub(crate) rooms: BTreeMap<RoomId, RoomMemory>,
    planned_at: Option<Timestamp>,
    pub(crate) thought_at: Option<Timestamp>,
    /// What could be shared then below the site's cap and each circuit, W.
    pub(crate) limits_w: Vec<f64>,
    /// What a watt under each cap was worth in the last plan.
    pub(crate) prices: Prices,
    /// The highest power of this month.
    pub(crate) peak: MonthPeak,
    /// The limit set from outside: a restart must not forget that the grid asked for less.
    pub(crate) limit: Option<SiteLimit>,
    /// Before when it was told to forget the people of a room.
    #[serde(default)]
    forgotten: BTreeMap<RoomId, Timestamp>,
    /// Where rooms stand between the steps of their heaters.
    #[serde(default)]
    pub(crate) steps: Steps,
}

/// One room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct RoomMemory {
    /// Shared by successive memories while nothing changes in it.
    pub(crate) mind: Arc<Mind>,
    pub(crate) drawn: Drawn,
    pub(crate) thought: Option<Thought>,
    /// When it learns next; `None` while nothing was heard.
    pub(crate) study_at: Option<Timestamp>,
    /// Since when nobody has been there; `None` while that is not known.
    pub(crate) empty_since: Option<Timestamp>,
    /// When it last learned something better than it knew.
    pub(crate) learned_at: Option<Timestamp>,
}

/// What the room's heaters drew since the last thought.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Drawn {
    joules: f64,
    seconds: f64,
}

/// What came of the last thought about a room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Thought {
    /// Length of its first step; all others are half hours, s.
    pub(crate) first_s: f64,
    /// Power of each step since then, W.
    pub(crate) power_w: Vec<f32>,
    /// Air at the end of each, °C.
    pub(crate) air_c: Vec<f32>,
    /// Bounds planned for within each, °C.
    pub(crate) low_c: Vec<f32>,
    pub(crate) high_c: Vec<f32>,
    /// The probability that somebody is there.
    pub(crate) presence: Vec<f32>,
    /// Watts that the plan gives up for a cost of one euro more per watt: how soft the wish is.
    pub(crate) softness: f64,
    /// What it would draw in the first step if it had to share with nobody, W.
    pub(crate) alone_w: f64,
    /// What it would draw now beyond the plan, if heaters and caps had no end.
    pub(crate) beyond_w: f64,
    /// What must hold the room now, without the margin, °C.
    pub(crate) bound_c: f64,
    /// The step at whose end it is to be warmer than now, and how warm, °C.
    pub(crate) rise: Option<(usize, f64)>,
    /// How much above that it is kept, so that it shows how it answers, K.
    pub(crate) dither_k: f64,
    /// Whether it was planned without people now.
    pub(crate) vacant: bool,
    /// The most it may draw until it is thought about again, W: no window is heated against.
    pub(crate) most_w: f64,
    /// The next step in which a cap withholds power that does not now, and that cap, W.
    pub(crate) squeeze: Option<Squeeze>,
    /// What it was thought upon; when that changes it is time to think again.
    pub(crate) upon: Grounds,
}

/// A cap that will bind.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Squeeze {
    /// In this step of the plan.
    pub(crate) step: usize,
    /// What everything under it may draw then, W.
    pub(crate) cap_w: f64,
}

/// What a plan rests on beside measured values that move slowly.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Grounds {
    pub(crate) setpoint: i32,
    pub(crate) occupied: Option<bool>,
    pub(crate) range_w: f64,
    /// Whether it has a temperature: what a room that nobody sees may draw is not for one that is seen again.
    pub(crate) is_seen: bool,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            version: Self::VERSION,
            rooms: BTreeMap::new(),
            planned_at: None,
            thought_at: None,
            limits_w: Vec::new(),
            prices: Prices::default(),
            peak: MonthPeak::default(),
            limit: None,
            forgotten: BTreeMap::new(),
            steps: Steps::default(),
        }
    }
}

impl Memory {
    const VERSION: u32 = 6;

    /// Reads a kept memory; what is of another version or does not read is a new beginning.
    #[must_use]
    pub fn restore(json: &str) -> Self {
        serde_json::from_str(json)
            .ok()
            .filter(|memory: &Self| memory.version == Self::VERSION)
            .unwrap_or_default()
    }

    /// The text to keep.
    #[must_use]
    pub fn keep(&self) -> String {
        serde_json::to_string(self).expect("a memory has string keys and finite numbers")
    }

    /// The memory at `now`: rooms as the site has them, what was drawn since the last plan added up.
    pub(crate) fn at(&self, site: &Site, snapshot: &Snapshot, now: Timestamp) -> Self {
        let since_s = self.planned_at.map_or(0.0, |before| (now.since(before).max(0) as f64) / 1000.0);
        let was_watched =
            self.planned_at.is_some_and(|before| (0..UNWATCHED_MS).contains(&now.since(before)));
        let rooms = site.rooms.iter().zip(&snapshot.rooms).map(|(room, view)| {
            let facts = facts(site, room);
            let known = self.rooms.get(&room.id).filter(|known| *known.mind.facts() == facts);
            let mut memory = known.cloned().unwrap_or_else(|| RoomMemory::new(facts));
            memory.drawn.add(drawn_w(snapshot, room), since_s);
            let is_empty = view.empty && view.occupied == Some(false);
            let since = memory.empty_since.filter(|_| was_watched);
            memory.empty_since = is_empty.then(|| since.unwrap_or(now));
            (room.id.clone(), memory)
        });
        Self {
            version: Self::VERSION,
            rooms: rooms.collect(),
            planned_at: Some(now),
            thought_at: self.thought_at,
            limits_w: self.limits_w.clone(),
            prices: self.prices.clone(),
            peak: self.peak.after(site, snapshot, now),
            limit: self.limit.clone().filter(|limit| limit.until > now),
            forgotten: self.forgotten.clone(),
            steps: self.steps.clone(),
        }
    }

    /// Forgets what it learned of the people in these rooms, where it has not yet since the time that is given; says whether
    /// that was anywhere.
    pub(crate) fn forget_people(&mut self, forgotten: &BTreeMap<RoomId, Timestamp>) -> bool {
        let mut is_new = false;
        for (room, &before) in forgotten {
            if self.forgotten.get(room).is_some_and(|known| *known >= before) {
                continue;
            }
            is_new = true;
            self.forgotten.insert(room.clone(), before);
            if let Some(memory) = self.rooms.get_mut(room) {
                Arc::make_mut(&mut memory.mind).forget_people();
                // It told who was expected.
                memory.thought = None;
                // Since when the room is empty told when they were there last.
                memory.empty_since = None;
            }
        }
        is_new
    }

    /// The cap at `now`: the tighter of the building's own and a limit from outside.
    #[must_use]
    pub fn cap_w(&self, site: &Site, now: Timestamp) -> Option<Watts> {
        let limit = self.limit.as_ref().filter(|limit| limit.until > now).map(|limit| limit.watts);
        [site.cap_w, limit].into_iter().flatten().min()
    }
}

/// The highest power that a site drew in a calendar month. Tariffs count means over ten minutes or more, which are lower.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct MonthPeak {
    /// Year and month it belongs to.
    month: (i32, u32),
    highest_w: f64,
}

impl MonthPeak {
    /// The peak of the month of `now`, W.
    pub(crate) fn so_far_w(&self, zone: Zone, now: Timestamp) -> f64 {
        if zone.month(now) == self.month { self.highest_w } else { 0.0 }
    }

    fn after(self, site: &Site, snapshot: &Snapshot, now: Timestamp) -> Self {
        let drawn_w = snapshot.heaters.iter().filter_map(|heater| heater.drawn_w).map(f64::from).sum::<f64>();
        Self { month: site.zone.month(now), highest_w: self.so_far_w(site.zone, now).max(drawn_w) }
    }
}

impl RoomMemory {
    fn new(facts: Facts) -> Self {
        Self {
            mind: Arc::new(Mind::new(facts)),
            drawn: Drawn::default(),
            thought: None,
            study_at: None,
            empty_since: None,
            learned_at: None,
        }
    }
}

impl Drawn {
    fn add(&mut self, watts: Option<f64>, seconds: f64) {
        if let Some(watts) = watts {
            self.joules += watts * seconds;
            self.seconds += seconds;
        }
    }

    /// The mean power since it was taken last; it begins anew.
    pub(crate) fn take_w(&mut self) -> Option<f64> {
        let Self { joules, seconds } = std::mem::take(self);
        (seconds > 0.0).then(|| joules / seconds)
    }
}

fn facts(site: &Site, room: &SiteRoom) -> Facts {
    let rated_w = room.heaters.iter().map(|&heater| site.heaters[heater].rated_w.real()).sum();
    Facts { rated_w, floor_m2: room.floor_m2, volume_m3: room.volume_m3 }
}

/// What the room's heaters draw now; `None` where none of them says so.
fn drawn_w(snapshot: &Snapshot, room: &SiteRoom) -> Option<f64> {
    let heaters = || room.heaters.iter().map(|&heater| &snapshot.heaters[heater]);
    let said = heaters().any(|heater| heater.drawn_w.is_some());
    said.then(|| heaters().filter_map(|heater| heater.drawn_w).map(f64::from).sum())
}

#[cfg(test)]
mod tests {
    use comfort::Heard;

    use super::*;

    #[test]
    fn what_was_learned_of_people_is_forgotten_once_and_a_restart_forgets_nothing_more() {
        let facts = Facts { rated_w: 1_000.0, floor_m2: None, volume_m3: None };
        let mut memory = Memory::default();
        let room = RoomId::new("101").unwrap();
        let live = |memory: &mut Memory| {
            let known = memory.rooms.entry(room.clone()).or_insert_with(|| RoomMemory::new(facts));
            for minute in 0..600 {
                let heard = Heard { motion: Some(true), ..Heard::default() };
                Arc::make_mut(&mut known.mind).live(f64::from(minute) * 60.0, 60.0, &heard);
            }
        };
        let presence = |memory: &Memory| memory.rooms[&room].mind.presence();
        live(&mut memory);
        assert!(presence(&memory) > 0.9);
        memory.rooms.get_mut(&room).unwrap().empty_since = Some(Timestamp::from_ms(1));
        let forgotten = BTreeMap::from([(room.clone(), Timestamp::from_ms(5))]);
        assert!(memory.forget_people(&forgotten));
        assert_eq!(memory.rooms[&room].empty_since, None);
        assert_eq!(*memory.rooms[&room].mind, Mind::new(facts));
        live(&mut memory);
        let mut again = Memory::restore(&memory.keep());
        assert!(!again.forget_people(&forgotten), "what was learned since is kept");
        assert!(presence(&again) > 0.9);
        assert!(again.forget_people(&BTreeMap::from([(room.clone(), Timestamp::from_ms(6))])));
        assert!(presence(&again) < 0.5);
    }
}
