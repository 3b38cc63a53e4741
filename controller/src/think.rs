//! Thinking: what every room is like, what the day ahead brings, and the plan for it. Every four minutes, and at once
//! when what a plan rests on has changed.

use std::sync::Arc;

use comfort::{Day, Draft, Expected, HALF_HOUR_S, HALF_HOURS, Heard, RoomSolution, Sensed};
use vocabulary::{Timestamp, Zone};

use crate::band::Band;
use crate::excite;
use crate::image::{RoomView, Snapshot};
use crate::memory::{Grounds, Memory, RoomMemory, Squeeze, Thought};
use crate::outlook::{HalfHour, Outlook};
use crate::site::{Site, SiteRoom};
use crate::study;
use crate::supply::Supply;
use crate::together::{self, Scarcity};

/// How often rooms are thought about: weather, walls and people change little in four minutes.
const EVERY_MS: i64 = 240_000;
/// A limit has moved when this share of it has come or gone: heaters that nobody regulates draw a little more or less all the
/// time.
const LIMIT_MOVED: f64 = 0.05;
/// What electricity costs where nobody says so, euro per kWh: what a French household pays, rounded (2025).
const USUAL_PRICE_EUR_PER_KWH: f64 = 0.20;
/// What a gram of CO₂ counts, euro: 100 € a tonne, near what the French state reckons with (Quinet 2019: 2022 to 2025).
const CARBON_EUR_PER_G: f64 = 1e-4;

/// A plan so flat that its wishes could be anything: a bound that keeps numbers finite, euro per W².
const LEAST_CURVATURE: f64 = 1e-12;

/// What one room wants before it is thought about: its band and what its heaters can draw.
pub(crate) struct RoomWish {
    pub(crate) band: Band,
    pub(crate) range_w: f64,
    pub(crate) must_run_w: f64,
}

/// Whether it is time to think again.
pub(crate) fn is_due(
    memory: &Memory,
    site: &Site,
    snapshot: &Snapshot,
    wishes: &[RoomWish],
    now: Timestamp,
) -> bool {
    let Some(before) = memory.thought_at else { return true };
    let rooms = site.rooms.iter().zip(wishes).zip(&snapshot.rooms);
    let mut changed = rooms.map(|((room, wish), view)| {
        let thought = memory.rooms.get(&room.id).and_then(|memory| memory.thought.as_ref());
        thought.is_none_or(|thought| thought.upon != grounds(wish, view))
    });
    !(0..EVERY_MS).contains(&now.since(before))
        || changed.any(|changed| changed)
        || have_moved(&memory.limits_w, &together::limits_w(memory, site, snapshot, now))
}

/// Whether there is another limit than before, or clearly more or less below one of them.
fn have_moved(before_w: &[f64], now_w: &[f64]) -> bool {
    let has_moved = |(before, now): (&f64, &f64)| (before - now).abs() > LIMIT_MOVED * before.abs().max(*now);
    before_w.len() != now_w.len() || before_w.iter().zip(now_w).any(has_moved)
}

/// Thinks about every room: first each is heard, then all are planned together.
pub(crate) fn think(
    memory: &mut Memory,
    site: &Site,
    snapshot: &Snapshot,
    wishes: &[RoomWish],
    now: Timestamp,
) {
    let ahead = Ahead::of(memory, site, snapshot, now);
    let step_s = memory.thought_at.map_or(0.0, |before| now.since(before).max(0) as f64 / 1000.0);
    let mut drafts = Vec::with_capacity(site.rooms.len());
    for (index, (room, wish)) in site.rooms.iter().zip(wishes).enumerate() {
        let known = memory.rooms.get_mut(&room.id).expect("a memory at now has every room of the site");
        let dither_k = dither_k(room, known, now);
        match ahead.hear(known, snapshot, index, wish, (&dither_k, step_s)) {
            Some(draft) => {
                known.study_at.get_or_insert_with(|| study::first(now));
                drafts.push((index, draft));
            }
            None => known.thought = None,
        }
    }
    let guesses: Vec<Vec<f64>> =
        drafts.iter().map(|(room, _)| guess(memory.rooms[&site.rooms[*room].id].thought.as_ref())).collect();
    let together = together::plan(memory, site, snapshot, &drafts, &guesses, now);
    for (nth, (index, draft)) in drafts.iter().enumerate() {
        let known = memory.rooms.get_mut(&site.rooms[*index].id).expect("it was heard just now");
        let upon = grounds(&wishes[*index], &snapshot.rooms[*index]);
        let shared = (together.alone_w[nth], together.squeezes[nth]);
        known.thought = Some(thought(draft, &together.rooms[nth], shared, upon));
    }
    study::study(memory, site, now);
    memory.thought_at = Some(now);
    memory.limits_w = together::limits_w(memory, site, snapshot, now);
}

/// Whoever gives a band of their own is obeyed to the letter: no room of theirs is asked anything.
fn dither_k(room: &SiteRoom, known: &RoomMemory, now: Timestamp) -> [f64; HALF_HOURS] {
    if room.given.is_some() { [0.0; HALF_HOURS] } else { excite::dither_k(&room.id, &known.mind, now) }
}

/// What is the same for all rooms.
struct Ahead {
    now: Timestamp,
    local_s: f64,
    weather: Weather,
    cost_eur_per_kwh: [f64; HALF_HOURS],
    scarcity: Scarcity,
}

impl Ahead {
    fn of(memory: &Memory, site: &Site, snapshot: &Snapshot, now: Timestamp) -> Self {
        let cost_eur_per_kwh = cost_eur_per_kwh(snapshot, now);
        let mean = cost_eur_per_kwh.iter().map(|cost| cost.abs()).sum::<f64>() / HALF_HOURS as f64;
        Self {
            scarcity: Scarcity::of(&memory.prices, mean * HALF_HOUR_S / 3600.0 / 1000.0),
            now,
            local_s: local_s(site.zone, now),
            weather: Weather::of(&snapshot.outlook),
            cost_eur_per_kwh,
        }
    }

    /// Whom a building system expects in a room, in hours from now.
    fn calendar(&self, view: &RoomView) -> Vec<Expected> {
        let hours = |at: &Timestamp| at.since(self.now) as f64 / 3_600_000.0;
        let entry = |(from, until, people): &(Timestamp, Timestamp, u32)| Expected {
            from_h: hours(from),
            until_h: hours(until),
            people: *people,
        };
        view.expected.iter().map(entry).collect()
    }

    /// A room hears what happened since the last thought and asks the question of its day.
    fn hear(
        &self,
        known: &mut RoomMemory,
        snapshot: &Snapshot,
        room: usize,
        wish: &RoomWish,
        (dither_k, step_s): (&[f64; HALF_HOURS], f64),
    ) -> Option<Draft> {
        // Heaters that do not say what they draw are taken to draw what was planned.
        let planned_w = known.thought.as_ref().and_then(|thought| thought.power_w.first()).copied();
        let power_w = known.drawn.take_w().or(planned_w.map(f64::from));
        let mind = Arc::make_mut(&mut known.mind);
        mind.live(self.local_s, step_s, &heard(snapshot, room, power_w));
        let draft = mind.draft(&Day {
            local_s: self.local_s,
            calendar: &self.calendar(&snapshot.rooms[room]),
            outdoor_c: &self.weather.outdoor_c(mind.outdoor_c()),
            sun_w_per_m2: &self.weather.sun_w_per_m2,
            low_c: &wish.band.low_c,
            vacant_c: &wish.band.vacant_c,
            high_c: &wish.band.high_c,
            vacant_high_c: &wish.band.vacant_high_c,
            dither_k,
            cost_eur_per_kwh: &self.cost_eur_per_kwh,
            capped_h: &self.scarcity.capped_h,
            cold_times: &self.scarcity.cold_times,
            power_min_w: wish.must_run_w,
            power_max_w: wish.range_w,
        })?;
        mind.owe(draft.bound_now_c(), step_s);
        // What a cap or a heater's rating withheld says nothing of margins.
        if known.thought.as_ref().is_some_and(|thought| thought.beyond_w < 1.0) {
            mind.judge(&draft, step_s);
        }
        Some(draft)
    }
}

fn grounds(wish: &RoomWish, view: &RoomView) -> Grounds {
    Grounds {
        setpoint: wish.band.setpoint.celsius.hundredths(),
        occupied: view.occupied,
        range_w: wish.range_w,
        is_seen: view.temperature_c.is_some(),
    }
}

fn heard(snapshot: &Snapshot, room: usize, power_w: Option<f64>) -> Heard {
    let view = &snapshot.rooms[room];
    Heard {
        power_w,
        outdoor_c: snapshot.outlook.outdoor_c,
        sun_w_per_m2: snapshot.outlook.irradiance_w_per_m2,
        sensed: Sensed { air_c: view.temperature_c, heater_c: view.heater_c, co2_ppm: view.co2_ppm },
        motion: view.motion,
        light_lux: view.illuminance_lux,
        people: view.people,
    }
}

fn thought(
    draft: &Draft,
    solution: &RoomSolution,
    (alone_w, squeeze): (f64, Option<Squeeze>),
    upon: Grounds,
) -> Thought {
    let softness = 1.0 / solution.curvature_per_w2.max(LEAST_CURVATURE);
    let kept = |values: &[f64]| values.iter().map(|value| *value as f32).collect();
    Thought {
        first_s: draft.first_s(),
        power_w: kept(solution.power_w()),
        air_c: kept(solution.air_c()),
        low_c: kept(draft.low_c()),
        high_c: kept(draft.high_c()),
        presence: kept(draft.presence()),
        // What an open window or a lost thermometer forbids is no wish that a heater or a cap has cut.
        beyond_w: if draft.most_now_w() < upon.range_w {
            0.0
        } else {
            -solution.slope_per_w.min(0.0) * softness
        },
        alone_w,
        softness,
        bound_c: draft.bound_now_c(),
        dither_k: draft.dither_now_k(),
        rise: draft.rise(),
        vacant: draft.is_vacant_now(),
        most_w: draft.most_now_w(),
        squeeze,
        upon,
    }
}

/// The last plan is a good first guess of the next.
fn guess(thought: Option<&Thought>) -> Vec<f64> {
    thought.map(|thought| thought.power_w.iter().map(|watts| f64::from(*watts)).collect()).unwrap_or_default()
}

/// Seconds since midnight of the Monday of 5 January 1970, as the site's clocks count them.
fn local_s(zone: Zone, now: Timestamp) -> f64 {
    const A_MONDAY_S: f64 = 4.0 * 86_400.0;
    now.ms() as f64 / 1000.0 + f64::from(zone.local(now).offset_s) - A_MONDAY_S
}

/// What heat costs in each half hour, less what its computing earns.
pub(crate) fn cost_eur_per_kwh(snapshot: &Snapshot, now: Timestamp) -> [f64; HALF_HOURS] {
    let supply = Supply::of(snapshot, now);
    let price = filled(&snapshot.outlook, |half| half.price_eur_per_kwh, USUAL_PRICE_EUR_PER_KWH);
    let carbon = filled(&snapshot.outlook, |half| half.carbon_g_per_kwh, 0.0);
    std::array::from_fn(|k| price[k] + CARBON_EUR_PER_G * carbon[k] - supply.earned_eur_per_kwh(k))
}

/// The weather of the day ahead, without gaps.
struct Weather {
    ahead_c: [Option<f64>; HALF_HOURS],
    sun_w_per_m2: [f64; HALF_HOURS],
}

impl Weather {
    fn of(outlook: &Outlook) -> Self {
        let half = |k: usize| outlook.ahead.get(k).copied().unwrap_or_default();
        Self {
            ahead_c: std::array::from_fn(|k| half(k).outdoor_c),
            sun_w_per_m2: filled(outlook, |half| half.irradiance_w_per_m2, 0.0),
        }
    }

    /// Where the forecast ends or has gaps, it stays as it was said last, or as it is now.
    fn outdoor_c(&self, now_c: f64) -> [f64; HALF_HOURS] {
        let mut last_c = now_c;
        self.ahead_c.map(|said| {
            last_c = said.unwrap_or(last_c);
            last_c
        })
    }
}

/// A forecast without gaps: each missing value is the one before it, the first ones `otherwise`.
fn filled(outlook: &Outlook, of: impl Fn(&HalfHour) -> Option<f64>, otherwise: f64) -> [f64; HALF_HOURS] {
    let mut last = otherwise;
    std::array::from_fn(|k| {
        last = outlook.ahead.get(k).and_then(&of).unwrap_or(last);
        last
    })
}
