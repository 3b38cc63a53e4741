//! The plan: from the building as it is to what each heater may draw. Pure: same input, same bits.

use comfort::HALF_HOUR_S;
use vocabulary::{Celsius, Maintenance, SetpointBy, Timestamp, Watts, Why};

use crate::band::{Band, Setpoint};
use crate::caps::{self, Claim, Portion};
use crate::image::{RoomView, Snapshot};
use crate::instructions;
use crate::limits::{grantable, is_off, most_w, must_run_w};
use crate::memory::{Memory, RoomMemory};
use crate::mode;
use crate::rules;
use crate::site::{Site, SiteRoom};
use crate::steps;
use crate::supply::Supply;
use crate::think::{self, RoomWish};
use crate::why::{BLIND_LIMIT_S, Case, Costs, Given};

/// A room this far below its setpoint is still comfortable: half of the ±1 K in which people notice no difference
/// (ISO 7730, category A).
const COMFORT_BELOW_K: f64 = 0.5;
/// Above the highest setpoint that may be asked for, a heater stops after this.
const STOP_ABOVE_BAND_K: f64 = 1.0;
/// One whose jobs must run stops after this: warmer is never worth a deadline.
const STOP_JOBS_ABOVE_BAND_K: f64 = 2.0;

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
    /// Heat given, watts, in the mean: its heaters are told the steps of theirs around it. `None` when they are left to
    /// themselves.
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
    /// What its people ask of it besides.
    pub maintenance: Maintenance,
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
    let snapshot = &*instructions::in_force(site, mode::in_force(site, snapshot, now), now);
    let mut next = memory.at(site, snapshot, now);
    let wishes = wishes(&next, site, snapshot, now);
    if think::is_due(&next, site, snapshot, &wishes, now) {
        think::think(&mut next, site, snapshot, &wishes, now);
    }
    let drafts: Vec<Draft> = wishes
        .into_iter()
        .enumerate()
        .map(|(index, wish)| Draft::new(&next, snapshot, site, index, wish, now))
        .collect();
    let cap_w = next.cap_w(site, now);
    let mut portions = fitting(site, snapshot, cap_w, &drafts, now);
    if let Some(held_w) = held_w(&next, site, snapshot, &drafts, now) {
        caps::hold(held_w, &mut portions);
    }
    let (steps, told_w) = steps::settle(&next.steps, site, snapshot, cap_w, &portions, now);
    next.steps = steps;
    let costs = costs(snapshot, now);
    let mut heaters: Vec<Option<HeaterPlan>> = vec![None; site.heaters.len()];
    let mut rooms = Vec::with_capacity(drafts.len());
    for (index, (room, draft)) in site.rooms.iter().zip(&drafts).enumerate() {
        let own: Vec<&Portion> = portions.iter().filter(|portion| portion.room == index).collect();
        for (portion, &heater) in
            own.iter().flat_map(|portion| portion.heaters.iter().map(move |h| (portion, h)))
        {
            let must_run_w = must_run_w(site, snapshot, heater, now);
            heaters[heater] =
                told_w[heater].map(|told_w| heater_plan(site, draft, portion, (told_w, must_run_w)));
        }
        rooms.push(draft.room_plan(&next, room, &own, costs, now));
    }
    instructions::tell(site, snapshot, now, &mut heaters);
    (next, Plan { rooms, heaters })
}

/// What heat costs now, and on average of the day ahead.
fn costs(snapshot: &Snapshot, now: Timestamp) -> Costs {
    let by_half_hours = think::cost_eur_per_kwh(snapshot, now);
    Costs { now: by_half_hours[0], later: by_half_hours.iter().sum::<f64>() / by_half_hours.len() as f64 }
}

/// What the rooms should be and can draw, before anything is thought about them.
fn wishes(memory: &Memory, site: &Site, snapshot: &Snapshot, now: Timestamp) -> Vec<RoomWish> {
    let rooms = site.rooms.iter().zip(&snapshot.rooms);
    let mut bands: Vec<Band> = rooms.map(|(room, view)| Band::of(room, site.zone, now, view.empty)).collect();
    let empty_since: Vec<_> = site.rooms.iter().map(|room| memory.rooms[&room.id].empty_since).collect();
    rules::bound(site, &empty_since, now, &mut bands);
    mode::bound(site, now, &mut bands);
    let power = |room: &SiteRoom, of: &dyn Fn(usize) -> f64| grantable(site, snapshot, room).map(of).sum();
    let wish = |(room, band): (&SiteRoom, Band)| RoomWish {
        band,
        range_w: power(room, &|heater| most_w(site, snapshot, heater)),
        must_run_w: power(room, &|heater| must_run_w(site, snapshot, heater, now)),
    };
    site.rooms.iter().zip(bands).map(wish).collect()
}

/// One room on its way to a plan, before the cap is shared.
struct Draft {
    view: RoomView,
    band: Band,
    range_w: f64,
    must_run_w: f64,
    /// What it is believed to be like now, °C.
    air_c: f64,
    claim: Claim,
    obstacle: Option<Why>,
}

impl Draft {
    fn new(
        memory: &Memory,
        snapshot: &Snapshot,
        site: &Site,
        index: usize,
        wish: RoomWish,
        now: Timestamp,
    ) -> Self {
        let (room, view) = (&site.rooms[index], snapshot.rooms[index].clone());
        let known = &memory.rooms[&room.id];
        let obstacle = obstacle(site, snapshot, room, &view, known);
        let claim = if obstacle.is_none() { claim(memory, known, &wish, now) } else { Claim::NONE };
        let believed_c = known.mind.belief().map(|belief| belief.state()[0]);
        let air_c = believed_c.or(view.temperature_c).unwrap_or_default();
        let RoomWish { band, range_w, must_run_w } = wish;
        Self { view, range_w, must_run_w, air_c, band, claim, obstacle }
    }

    fn room_plan(
        &self,
        memory: &Memory,
        room: &SiteRoom,
        portions: &[&Portion],
        costs: Costs,
        now: Timestamp,
    ) -> RoomPlan {
        let given_w = portions.iter().map(|portion| portion.watts).sum();
        let Setpoint { celsius, by, until } = self.band.setpoint;
        let given = Given {
            obstacle: self.obstacle.clone(),
            air_c: self.air_c,
            wanted_w: self.claim.wanted_w,
            given_w,
            cut_by: portions.iter().filter_map(|portion| portion.cut_by).min(),
            range_w: self.range_w,
            must_run_w: self.must_run_w,
            costs,
        };
        RoomPlan {
            setpoint_c: celsius,
            setpoint_by: by,
            until,
            wanted_w: self.claim.wanted_w,
            heat_w: self.obstacle.is_none().then_some(given_w),
            comfortable: self.comfortable(room),
            why: Case::of(given, &self.band, &memory.rooms[&room.id], memory.thought_at, now).why(),
        }
    }

    /// Judged while someone is there, or while the schedule expects people.
    fn comfortable(&self, room: &SiteRoom) -> Option<bool> {
        let temperature = self.view.temperature_c?;
        let setpoint = self.band.setpoint.celsius;
        let judged = self.view.occupied == Some(true) || setpoint > room.setback_c;
        let low = setpoint.degrees() - COMFORT_BELOW_K;
        judged.then(|| {
            temperature >= low && temperature <= stop_c(room, &self.band, STOP_ABOVE_BAND_K).degrees()
        })
    }
}

/// Heat wanted now by the last thought, and how softly.
fn claim(memory: &Memory, known: &RoomMemory, wish: &RoomWish, now: Timestamp) -> Claim {
    let Some((thought, at)) = known.thought.as_ref().zip(memory.thought_at) else {
        let must_run_w = wish.must_run_w;
        return Claim { wanted_w: must_run_w, unbounded_w: must_run_w, planned_w: must_run_w, ..Claim::NONE };
    };
    let after_s = now.since(at).max(0) as f64 / 1000.0 - thought.first_s;
    let step = if after_s < 0.0 { 0 } else { 1 + (after_s / HALF_HOUR_S) as usize };
    let planned_w =
        f64::from(thought.power_w.get(step).or(thought.power_w.last()).copied().unwrap_or_default());
    // Where the plan was cut to a cap, it says what the room would have taken: near the plan by its slope, and at most what
    // it would take alone.
    let unbounded_w = (planned_w + thought.beyond_w).max(wish.must_run_w);
    let alone_w = if step == 0 { thought.alone_w } else { 0.0 };
    let wanted_w = unbounded_w.max(alone_w).min(wish.range_w).min(thought.most_w).max(wish.must_run_w);
    Claim { wanted_w, unbounded_w, planned_w, softness: thought.softness }
}

/// What the site is held to because more would cost more: the month's highest power where that has a price, and the work there is
/// where it earns something. Where the plan took more to be worth it, that.
fn held_w(
    memory: &Memory,
    site: &Site,
    snapshot: &Snapshot,
    drafts: &[Draft],
    now: Timestamp,
) -> Option<f64> {
    let planned_w: f64 = drafts.iter().map(|draft| draft.claim.planned_w.max(draft.must_run_w)).sum();
    let peak_w = (site.peak_eur_per_kw > 0.0).then(|| memory.peak.so_far_w(site.zone, now));
    let work_w = Supply::of(snapshot, now).earning_w();
    let free_w = peak_w.into_iter().chain(work_w).reduce(f64::min)?;
    Some(free_w.max(planned_w))
}

/// Where the heaters of a room stop: above the band, and above whatever was asked for.
fn stop_c(room: &SiteRoom, band: &Band, above_k: f64) -> Celsius {
    let high_c = room.high_c.degrees().min(band.high_c[0]);
    let top_c = high_c.max(band.setpoint.celsius.degrees()) + above_k;
    Celsius::new(top_c).unwrap_or(room.high_c)
}

/// What keeps a room from being regulated, if anything.
fn obstacle(
    site: &Site,
    snapshot: &Snapshot,
    room: &SiteRoom,
    view: &RoomView,
    known: &RoomMemory,
) -> Option<Why> {
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
    let is_seen = known.mind.belief().is_some_and(|belief| belief.blind_s() < BLIND_LIMIT_S);
    (!is_seen).then_some(Why::TemperatureUnknown { age_s: view.temperature_age_s })
}

/// What of all wishes fits below the caps. Rooms that are not regulated have no part in it.
fn fitting(
    site: &Site,
    snapshot: &Snapshot,
    cap_w: Option<Watts>,
    drafts: &[Draft],
    now: Timestamp,
) -> Vec<Portion> {
    let of_room = |(index, draft): (usize, &Draft)| {
        let heaters: Vec<usize> = grantable(site, snapshot, &site.rooms[index]).collect();
        caps::portions(site, snapshot, index, &heaters, draft.claim, now)
    };
    let regulated = drafts.iter().enumerate().filter(|(_, draft)| draft.obstacle.is_none());
    let mut portions: Vec<Portion> = regulated.flat_map(of_room).collect();
    caps::cut(site, snapshot, cap_w, &mut portions);
    portions
}

/// What the heaters of a portion are told.
fn heater_plan(
    site: &Site,
    draft: &Draft,
    portion: &Portion,
    (told_w, must_run_w): (f64, f64),
) -> HeaterPlan {
    let watts = Watts::floor(told_w);
    let above_k = if must_run_w > 0.0 { STOP_JOBS_ABOVE_BAND_K } else { STOP_ABOVE_BAND_K };
    HeaterPlan {
        heat_w: watts,
        watts,
        setpoint_c: draft.band.setpoint.celsius,
        hi_c: stop_c(&site.rooms[portion.room], &draft.band, above_k),
        maintenance: Maintenance::default(),
    }
}

#[cfg(test)]
mod tests;
