//! The plan: from the building as it is to what each heater may draw. Pure: same input, same bits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vocabulary::{Celsius, Mode, Pi, RoomId, SetpointBy, SiteLimit, Timestamp, Watts, Why};

use crate::caps::{self, Portion};
use crate::image::{HeaterView, RoomView, Snapshot};
use crate::setpoint::{Preheat, Setpoint, preheat, setpoint};
use crate::site::{Site, SiteRoom};

/// Within this of its setpoint a room is said to hold it.
const DEAD_BAND_K: f64 = 0.3;
/// A room this far below its setpoint is still comfortable: half of the ±1 K in which people notice no difference
/// (ISO 7730, category A).
const COMFORT_BELOW_K: f64 = 0.5;
/// Above the highest setpoint that may be asked for, a heater stops after this.
const STOP_ABOVE_BAND_K: f64 = 1.0;

/// What the controller remembers from one plan to the next: a plain, versioned value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    version: u32,
    rooms: BTreeMap<RoomId, RoomMemory>,
    planned_at: Option<Timestamp>,
    /// The limit set from outside: a restart must not forget that the grid asked for less.
    pub(crate) limit: Option<SiteLimit>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct RoomMemory {
    pi: Pi,
    /// What the room missed, was given and could have been given when it was planned last.
    error_k: f64,
    given_w: f64,
    range_w: f64,
}

impl Default for Memory {
    fn default() -> Self {
        Self { version: Self::VERSION, rooms: BTreeMap::new(), planned_at: None, limit: None }
    }
}

impl Memory {
    const VERSION: u32 = 1;

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

    /// A room was granted less than planned: the regulator must not wind up against what nobody got.
    pub(crate) fn granted(&mut self, room: &RoomId, heat_w: f64) {
        if let Some(memory) = self.rooms.get_mut(room) {
            memory.given_w = heat_w;
        }
    }

    /// The cap at `now`: the tighter of the building's own and a limit from outside.
    #[must_use]
    pub fn cap_w(&self, site: &Site, now: Timestamp) -> Option<Watts> {
        let limit = self.limit.as_ref().filter(|limit| limit.until > now).map(|limit| limit.watts);
        [site.cap_w, limit].into_iter().flatten().min()
    }
}

/// What a room gets and why.
#[derive(Debug, Clone, PartialEq)]
pub struct RoomPlan {
    /// What the room should be now.
    pub setpoint_c: Celsius,
    /// Who says so.
    pub setpoint_by: SetpointBy,
    /// Until when.
    pub until: Option<Timestamp>,
    /// Heat wanted, watts.
    pub wanted_w: f64,
    /// Heat given, watts; `None` when its heaters are left to themselves.
    pub heat_w: Option<f64>,
    /// Whether its comfort can be judged and, then, whether it is comfortable.
    pub comfortable: Option<bool>,
    /// Why.
    pub why: Why,
}

impl RoomPlan {
    /// Less could be granted than was planned: the ledger still counts what may be drawn elsewhere.
    pub(crate) fn granted(&mut self, heat_w: f64, cap_w: Option<Watts>) {
        self.heat_w = Some(heat_w);
        if let Some(cap) = cap_w {
            self.why =
                Why::SharedCap { wanted_w: self.wanted_w as u32, heat_w: heat_w as u32, cap_w: cap.whole() };
        }
    }
}

/// What a heater is to be granted; `None` leaves it to its own fall-back.
#[derive(Debug, Clone, PartialEq)]
pub struct HeaterPlan {
    /// Heat to be made.
    pub heat_w: Watts,
    /// Never to be passed.
    pub watts: Watts,
    /// The setpoint for its own thermostat.
    pub setpoint_c: Celsius,
    /// Where it stops.
    pub hi_c: Celsius,
}

/// A plan for every room and heater, in the order of [`Site`].
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// One per room.
    pub rooms: Vec<RoomPlan>,
    /// One per heater.
    pub heaters: Vec<Option<HeaterPlan>>,
}

/// Plans the next cycle: pure, total, and finite whatever the snapshot holds.
#[must_use]
pub fn plan(memory: &Memory, snapshot: &Snapshot, site: &Site, now: Timestamp) -> (Memory, Plan) {
    let dt_s = memory.planned_at.map_or(0.0, |before| (now.since(before).max(0) as f64) / 1000.0);
    let drafts: Vec<Draft> = site
        .rooms
        .iter()
        .enumerate()
        .map(|(index, room)| Draft::new(memory, snapshot, site, index, room, dt_s, now))
        .collect();
    let portions = fitting(site, snapshot, memory.cap_w(site, now), &drafts);
    let limit = memory.limit.clone().filter(|limit| limit.until > now);
    let mut next = Memory { version: Memory::VERSION, rooms: BTreeMap::new(), planned_at: Some(now), limit };
    let mut heaters: Vec<Option<HeaterPlan>> = vec![None; site.heaters.len()];
    let mut rooms = Vec::with_capacity(drafts.len());
    for (index, (room, draft)) in site.rooms.iter().zip(&drafts).enumerate() {
        let own = || portions.iter().filter(move |portion| portion.room == index);
        let given_w = own().map(|portion| portion.watts).sum();
        next.rooms.insert(room.id.clone(), draft.remember(given_w));
        own().for_each(|portion| split(site, snapshot, draft, portion, now, &mut heaters));
        rooms.push(draft.room_plan(room, given_w, own().filter_map(|portion| portion.cut_by).min()));
    }
    (next, Plan { rooms, heaters })
}

/// One room on its way to a plan, before the cap is shared.
struct Draft {
    view: RoomView,
    setpoint: Setpoint,
    preheat: Option<Preheat>,
    pi: Pi,
    error_k: f64,
    /// Rated power of the heaters that can be granted something.
    range_w: f64,
    wanted_w: f64,
    obstacle: Option<Why>,
}

impl Draft {
    fn new(
        memory: &Memory,
        snapshot: &Snapshot,
        site: &Site,
        index: usize,
        room: &SiteRoom,
        dt_s: f64,
        now: Timestamp,
    ) -> Self {
        let view = snapshot.rooms[index].clone();
        let setpoint = setpoint(room, site.zone, now, view.empty);
        let preheat = preheat(room, site.zone, now, setpoint);
        let target_c = preheat.map_or(setpoint.celsius.degrees(), |preheat| preheat.target_c);
        let error_k = view.temperature_c.map_or(0.0, |temperature| target_c - temperature);
        let range_w = grantable(site, snapshot, room).map(|h| site.heaters[h].rated_w.real()).sum();
        let before = memory.rooms.get(&room.id).cloned().unwrap_or_default();
        let mut pi = before.pi;
        pi.advance(before.error_k, before.given_w, before.range_w, dt_s);
        let obstacle = obstacle(site, snapshot, room, &view);
        let wanted_w = if obstacle.is_none() { pi.wanted_w(error_k, range_w) } else { 0.0 };
        Self { view, setpoint, preheat, pi, error_k, range_w, wanted_w, obstacle }
    }

    fn remember(&self, given_w: f64) -> RoomMemory {
        // A room that was not regulated teaches nothing: a range of zero leaves the integral alone.
        let range_w = if self.obstacle.is_none() { self.range_w } else { 0.0 };
        RoomMemory { pi: self.pi, error_k: self.error_k, given_w, range_w }
    }

    fn room_plan(&self, room: &SiteRoom, given_w: f64, cut_by: Option<Watts>) -> RoomPlan {
        RoomPlan {
            setpoint_c: self.setpoint.celsius,
            setpoint_by: self.setpoint.by,
            until: self.setpoint.until,
            wanted_w: self.wanted_w,
            heat_w: self.obstacle.is_none().then_some(given_w),
            comfortable: self.comfortable(room),
            why: self.why(given_w, cut_by),
        }
    }

    /// Judged while someone is there, or while the schedule expects people.
    fn comfortable(&self, room: &SiteRoom) -> Option<bool> {
        let temperature = self.view.temperature_c?;
        let judged = self.view.occupied == Some(true) || self.setpoint.celsius > room.setback_c;
        let low = self.setpoint.celsius.degrees() - COMFORT_BELOW_K;
        judged.then(|| temperature >= low && temperature <= stop_c(room, self.setpoint).degrees())
    }

    fn why(&self, given_w: f64, cut_by: Option<Watts>) -> Why {
        if let Some(obstacle) = &self.obstacle {
            return obstacle.clone();
        }
        let temperature_c = self.view.temperature_c.unwrap_or_default();
        let (setpoint_c, heat_w) = (self.setpoint.celsius, given_w as u32);
        match (cut_by, self.preheat) {
            (Some(cap), _) if given_w < self.wanted_w - 1.0 => {
                Why::SharedCap { wanted_w: self.wanted_w as u32, heat_w, cap_w: cap.whole() }
            }
            (_, Some(Preheat { celsius, at, .. })) if self.error_k > -DEAD_BAND_K => {
                Why::Preheating { temperature_c, setpoint_c: celsius, at_ms: at, heat_w }
            }
            _ if self.error_k > DEAD_BAND_K => Why::BelowSetpoint { temperature_c, setpoint_c, heat_w },
            _ if self.error_k < -DEAD_BAND_K => Why::AboveSetpoint { temperature_c, setpoint_c },
            _ => Why::AtSetpoint { temperature_c, setpoint_c, heat_w },
        }
    }
}

/// Where the heaters of a room stop: above the band, and above whatever was asked for.
fn stop_c(room: &SiteRoom, setpoint: Setpoint) -> Celsius {
    let top = room.high_c.max(setpoint.celsius).degrees() + STOP_ABOVE_BAND_K;
    Celsius::new(top).unwrap_or(room.high_c)
}

/// What keeps a room from being regulated, if anything.
fn obstacle(site: &Site, snapshot: &Snapshot, room: &SiteRoom, view: &RoomView) -> Option<Why> {
    let views = || room.heaters.iter().map(|&h| &snapshot.heaters[h]);
    if room.heaters.is_empty() {
        return Some(Why::NoHeater {});
    }
    if views().all(|heater| !heater.connected) {
        return Some(Why::HeatersSilent { age_s: views().filter_map(|heater| heater.silent_s).min() });
    }
    if grantable(site, snapshot, room).next().is_none() {
        let any_off = views().any(|heater| heater.connected && heater.controllable && is_off(heater));
        return Some(if any_off { Why::HeatersOff {} } else { Why::NotControllable {} });
    }
    view.temperature_c.is_none().then_some(Why::TemperatureUnknown { age_s: view.temperature_age_s })
}

fn is_grantable(view: &HeaterView) -> bool {
    view.connected && view.controllable && !is_off(view)
}

/// Whether it draws nothing whatever it is granted.
fn is_off(view: &HeaterView) -> bool {
    matches!(view.mode, Some(Mode::Tripped | Mode::LocalOff))
}

fn grantable<'a>(
    site: &'a Site,
    snapshot: &'a Snapshot,
    room: &'a SiteRoom,
) -> impl Iterator<Item = usize> + 'a {
    room.heaters
        .iter()
        .copied()
        .filter(|&h| is_grantable(&snapshot.heaters[h]) && site.heaters[h].rated_w > Watts::ZERO)
}

/// What of all wishes fits below the caps. Rooms that are not regulated have no part in it.
fn fitting(site: &Site, snapshot: &Snapshot, cap_w: Option<Watts>, drafts: &[Draft]) -> Vec<Portion> {
    let of_room = |(index, draft): (usize, &Draft)| {
        let heaters: Vec<usize> = grantable(site, snapshot, &site.rooms[index]).collect();
        caps::portions(site, index, &heaters, draft.wanted_w, draft.error_k)
    };
    let regulated = drafts.iter().enumerate().filter(|(_, draft)| draft.obstacle.is_none());
    let mut portions: Vec<Portion> = regulated.flat_map(of_room).collect();
    caps::cut(site, snapshot, cap_w, &mut portions);
    portions
}

/// Splits a portion over its heaters: jobs that must run first, the rest by rated power.
fn split(
    site: &Site,
    snapshot: &Snapshot,
    draft: &Draft,
    portion: &Portion,
    now: Timestamp,
    heaters: &mut [Option<HeaterPlan>],
) {
    let must_run_w = |h: usize| {
        let jobs = snapshot.work.iter().flat_map(|work| &work.must_run);
        let here = jobs.filter(|job| job.heater == site.heaters[h].id && job.until > now);
        here.map(|job| job.watts.real()).sum::<f64>().min(site.heaters[h].rated_w.real())
    };
    let must: Vec<f64> = portion.heaters.iter().map(|&h| must_run_w(h)).collect();
    let rest_w = (portion.watts - must.iter().sum::<f64>()).max(0.0);
    let headroom: f64 =
        portion.heaters.iter().zip(&must).map(|(&h, must)| site.heaters[h].rated_w.real() - must).sum();
    for (&h, must_w) in portion.heaters.iter().zip(&must) {
        let own_headroom = site.heaters[h].rated_w.real() - must_w;
        let part = if headroom > 0.0 { rest_w * own_headroom / headroom } else { 0.0 };
        let heat_w = Watts::floor((must_w + part).min(site.heaters[h].rated_w.real()));
        heaters[h] = Some(HeaterPlan {
            heat_w,
            watts: heat_w,
            setpoint_c: draft.setpoint.celsius,
            hi_c: stop_c(&site.rooms[portion.room], draft.setpoint),
        });
    }
}

#[cfg(test)]
mod tests;
