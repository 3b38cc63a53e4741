//! One site's controller as a state machine: it hears messages, and once a cycle says what is to be published.

use std::collections::BTreeMap;

use registry::{Clock, NewOverride, Override, SaidHour, SiteBook};
use vocabulary::{
    Budget, ControllerKey, DecodeError, Heartbeat, HeaterId, HeaterTopic, MAX_TELLERS, Mode, Payload, Record,
    RoomId, RoomOccupancy, RoomRequest, RoomState, RoomTopic, SetpointBy, SiteAlarm, SiteId, SiteLimit,
    SiteOutlook, SiteState, SiteTopic, SiteWork, Timestamp, Topic, TopicKind, Watts,
};

use crate::forecast::forecast;
use crate::grants::{Grants, Wish};
use crate::image::{Image, Snapshot};
use crate::memory::Memory;
use crate::plan::{Plan, RoomPlan, plan};
use crate::site::{Declared, Site};

/// No request or limit from outside lasts longer than this.
const LONGEST_REQUEST_MS: i64 = 24 * 3_600_000;
/// A power above this multiple of the rating is no measurement.
const MAX_POWER_FACTOR: u32 = 2;

/// One moment on both clocks: leases are counted on the monotonic one, schedules on the wall's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The controller's monotonic clock.
    pub mono_ms: u64,
    /// The wall clock.
    pub wall: Timestamp,
}

/// A message to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Where.
    pub topic: Topic,
    /// What.
    pub payload: Vec<u8>,
    /// Whether the broker keeps it for who comes later.
    pub retained: bool,
}

/// What a message from outside asks for, beyond being known.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// Nothing, or nothing that was not asked for before.
    Nothing,
    /// Another setpoint, bounded, for the book.
    Setpoint(NewOverride),
    /// The same power for another time: to be remembered over a restart.
    LimitForLonger,
    /// Another power: to be remembered and planned for.
    Limit,
}

/// The controller of one site.
pub struct SiteController {
    id: SiteId,
    clock: Clock,
    site: Site,
    book: SiteBook,
    declared: Declared,
    /// Rated power of every heater.
    heaters: BTreeMap<HeaterId, Watts>,
    image: Image,
    memory: Memory,
    /// Of which thought the forecasts were told that stand on the wire.
    told_of: Option<Timestamp>,
    grants: Grants,
    /// When it began.
    began: Moment,
}

impl SiteController {
    /// A controller of the run `epoch`, whose leases last `ttl_s`, with what an earlier run remembered.
    #[must_use]
    pub fn new(
        book: SiteBook,
        overrides: &[Override],
        memory: Memory,
        epoch: u64,
        ttl_s: u32,
        now: Moment,
    ) -> Self {
        // The wall clock does no more here than to tell two runs apart that share an epoch by mistake.
        let first_seq = now.wall.ms().unsigned_abs();
        let mut grants = Grants::new(epoch, ttl_s, first_seq, now.mono_ms);
        let site = Site::new(&book, overrides);
        account(&mut grants, &site, now.mono_ms);
        let (id, clock) = (book.site.id.clone(), book.site.clock);
        let heaters = rated(&book);
        let image = Image::new(clock);
        let declared = Declared::default();
        Self { id, clock, image, site, book, declared, heaters, memory, told_of: None, grants, began: now }
    }

    /// Takes what its manager declared; until then that is nothing.
    pub fn set_declared(&mut self, declared: Declared) {
        self.site = self.site.clone().as_declared(&declared);
        self.declared = declared;
    }

    /// Takes a changed book and changed overrides.
    pub fn set_book(&mut self, book: SiteBook, overrides: &[Override], now: Moment) {
        self.site = Site::new(&book, overrides).as_declared(&self.declared);
        account(&mut self.grants, &self.site, now.mono_ms);
        self.heaters = rated(&book);
        self.book = book;
    }

    /// Takes the overrides in force now.
    pub fn set_overrides(&mut self, overrides: &[Override]) {
        self.site = Site::new(&self.book, overrides).as_declared(&self.declared);
    }

    /// Forgets what it learned of the people in these rooms before the times that are given, if it has not yet. Says
    /// whether there was anything new: then its memory is to be kept at once.
    pub fn forget_people(&mut self, forgotten: &BTreeMap<RoomId, Timestamp>) -> bool {
        self.memory.forget_people(forgotten)
    }

    /// The connection to the broker is new: what heaters said while it was down was not heard.
    pub fn connected(&mut self, now: Moment) {
        self.grants.connected(now.mono_ms);
    }

    /// Which time its site lives in.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// What it would remember.
    #[must_use]
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// What holds now of weather, price, carbon and cap, with the site's now: to be noted for whoever looks back. `None` where
    /// a recording has not begun.
    #[must_use]
    pub fn said(&self, now: Moment) -> Option<(Timestamp, SaidHour)> {
        let wall = match self.clock {
            Clock::Wall => now.wall,
            Clock::Recorded => self.image.newest()?,
        };
        let outlook = self.image.outlook(wall);
        let hour = outlook.and_then(|outlook| outlook.hour_at(wall));
        let outdoor_c = outlook.and_then(|outlook| outlook.outdoor_c);
        let said = SaidHour {
            outdoor_c: outdoor_c.or_else(|| hour.and_then(|hour| hour.outdoor_c)),
            price_eur_per_kwh: hour.and_then(|hour| hour.price_eur_per_kwh),
            carbon_g_per_kwh: hour.and_then(|hour| hour.carbon_g_per_kwh),
            cap_w: self.memory.cap_w(&self.site, wall),
        };
        Some((wall, said))
    }

    /// The heaters that told of another controller in the last ten minutes.
    pub fn rival_tellers(&self, mono_ms: u64) -> impl Iterator<Item = &HeaterId> {
        self.grants.rival_tellers(mono_ms)
    }

    /// Heartbeats that told of a controller newer than this one.
    #[must_use]
    pub fn foreign_epochs(&self) -> u64 {
        self.grants.foreign_epochs()
    }

    /// Heartbeats that told of a budget of its own epoch that it never issued.
    #[must_use]
    pub fn foreign_seqs(&self) -> u64 {
        self.grants.foreign_seqs()
    }

    /// Hears a record.
    ///
    /// # Errors
    /// The reason under which it is counted as refused.
    pub fn hear_record(
        &mut self,
        heater: &HeaterId,
        payload: &[u8],
        now: Moment,
    ) -> Result<(), &'static str> {
        self.known(heater)?;
        let (record, _) = Record::decode(payload).map_err(|error| error.reason())?;
        let at = match self.clock {
            Clock::Recorded if record.ts.is_historic() => record.ts,
            Clock::Recorded => return Err("time"),
            Clock::Wall => self.steady(now),
        };
        self.image.hear_record(heater, &record, at);
        Ok(())
    }

    /// Hears a heartbeat.
    ///
    /// # Errors
    /// The reason under which it is counted as refused.
    pub fn hear_heartbeat(
        &mut self,
        heater: &HeaterId,
        payload: &[u8],
        now: Moment,
    ) -> Result<(), &'static str> {
        self.known(heater)?;
        let heartbeat = Heartbeat::decode(payload).map_err(|error| error.reason())?;
        // What a heater says it draws counts under the cap: an absurd figure must not take the others' heat.
        let rated_w = self.heaters.get(heater).map_or(0, |rated| rated.whole());
        if heartbeat.drawn_w > MAX_POWER_FACTOR * rated_w {
            return Err("range");
        }
        self.grants.hear(heater, &heartbeat, now.mono_ms)?;
        self.image.hear_heartbeat(heater, heartbeat, self.steady(now));
        Ok(())
    }

    /// Hears what a building system or a work source says; gives what is to be done about it. Retained wishes are not heard: a broker may repeat them long after they were meant.
    ///
    /// # Errors
    /// The reason under which it is counted as refused.
    pub fn hear_outside(
        &mut self,
        kind: &TopicKind,
        payload: &[u8],
        retained: bool,
        now: Moment,
    ) -> Result<Asked, &'static str> {
        let reason = |error: DecodeError| error.reason();
        match kind {
            TopicKind::Site(SiteTopic::Work) => {
                self.image.hear_work(SiteWork::decode_bounded(payload).map_err(reason)?);
            }
            TopicKind::Site(SiteTopic::Outlook) => {
                self.image.hear_outlook(SiteOutlook::decode_bounded(payload).map_err(reason)?);
            }
            _ if retained => return Err("retained"),
            TopicKind::Site(SiteTopic::Limit) => {
                return self.hear_limit(SiteLimit::decode(payload).map_err(reason)?, now);
            }
            TopicKind::Room(room, RoomTopic::Occupancy) => {
                self.room(room)?;
                let occupancy = RoomOccupancy::decode_bounded(payload).map_err(reason)?;
                self.image.hear_occupancy(room, occupancy, now.wall);
            }
            TopicKind::Room(room, RoomTopic::Request) => {
                let request = RoomRequest::decode(payload).map_err(reason)?;
                return self.bounded(room, &request, now).map(Asked::Setpoint);
            }
            _ => return Err("topic"),
        }
        Ok(Asked::Nothing)
    }

    fn hear_limit(&mut self, limit: SiteLimit, now: Moment) -> Result<Asked, &'static str> {
        if limit.until <= now.wall {
            return Err("ended");
        }
        let until = limit.until.min(now.wall.plus_ms(LONGEST_REQUEST_MS));
        let limit = SiteLimit { until, ..limit };
        let known = self.memory.limit.replace(limit.clone()).filter(|known| known.until > now.wall);
        Ok(match known {
            Some(known) if known == limit => Asked::Nothing,
            Some(known) if known.watts == limit.watts => Asked::LimitForLonger,
            _ => Asked::Limit,
        })
    }

    fn bounded(
        &self,
        room: &RoomId,
        request: &RoomRequest,
        now: Moment,
    ) -> Result<NewOverride, &'static str> {
        let room = self.room(room)?;
        if request.until <= now.wall {
            return Err("ended");
        }
        Ok(NewOverride {
            site: self.id.clone(),
            room: room.id.clone(),
            setpoint_c: request.setpoint_c.clamp(room.low_c, room.high_c),
            until: request.until.min(now.wall.plus_ms(LONGEST_REQUEST_MS)),
            by: SetpointBy::BuildingSystem,
            label: request.by.chars().filter(|c| !c.is_control()).take(64).collect(),
        })
    }

    /// The wall clock as it was when this run began, gone on by the monotonic one: how long a heater has been silent
    /// must not change when somebody sets the clock.
    fn steady(&self, now: Moment) -> Timestamp {
        let since_ms = now.mono_ms.saturating_sub(self.began.mono_ms);
        self.began.wall.plus_ms(i64::try_from(since_ms).unwrap_or(i64::MAX))
    }

    fn known(&self, heater: &HeaterId) -> Result<(), &'static str> {
        if self.heaters.contains_key(heater) { Ok(()) } else { Err("unknown_heater") }
    }

    fn room(&self, room: &RoomId) -> Result<&registry::Room, &'static str> {
        self.book.rooms.iter().find(|r| r.id == *room).ok_or("unknown_room")
    }

    /// One control cycle: plans, and gives the leases and states to be published. Where a recording is played, now is
    /// its newest sample and no lease leaves.
    pub fn cycle(&mut self, key: &ControllerKey, now: Moment) -> Vec<Publication> {
        let (steady, wall) = match self.clock {
            Clock::Wall => (self.steady(now), now.wall),
            Clock::Recorded => match self.image.newest() {
                Some(newest) => (newest, newest),
                None => return Vec::new(),
            },
        };
        let snapshot = self.image.snapshot(&self.site, steady, wall);
        let (memory, mut plan) = plan(&self.memory, &snapshot, &self.site, wall);
        self.memory = memory;
        let cap_w = self.memory.cap_w(&self.site, wall);
        let mut publications = Vec::with_capacity(self.site.heaters.len() + self.site.rooms.len() + 1);
        if self.clock == Clock::Wall {
            let budgets = self.grant(&mut plan, cap_w, now.mono_ms);
            publications.extend(budgets.into_iter().map(|budget| self.signed(key, budget)));
        }
        for (index, room) in plan.rooms.iter().enumerate() {
            publications.push(self.room_state(index, room, &plan, &snapshot, wall));
        }
        publications.push(self.site_state(&plan, &snapshot, cap_w, now.mono_ms, wall));
        publications.extend(self.forecasts());
        publications
    }

    /// Issues leases for the plan, and folds what was really granted back into the plan: under a cap the ledger
    /// may have had less to give.
    fn grant(&mut self, plan: &mut Plan, cap_w: Option<Watts>, mono_ms: u64) -> Vec<Budget> {
        let heaters = self.site.heaters.iter().zip(&plan.heaters);
        let wishes: Vec<Wish> = heaters
            .filter_map(|(heater, plan)| {
                plan.as_ref().map(|plan| Wish {
                    heater: heater.id.clone(),
                    heat_w: plan.heat_w,
                    watts: plan.watts,
                    setpoint_c: plan.setpoint_c,
                    hi_c: plan.hi_c,
                    maintenance: plan.maintenance,
                })
            })
            .collect();
        let budgets = self.grants.issue(&wishes, cap_w, mono_ms);
        let granted: BTreeMap<&HeaterId, &Budget> =
            budgets.iter().map(|budget| (&budget.heater, budget)).collect();
        for (index, room) in self.site.rooms.iter().enumerate() {
            let (mut told_w, mut heat_w) = (0.0, 0.0);
            for &heater in &room.heaters {
                let Some(planned) = &mut plan.heaters[heater] else { continue };
                told_w += planned.heat_w.real();
                if let Some(budget) = granted.get(&self.site.heaters[heater].id) {
                    (planned.watts, planned.heat_w) = (budget.watts, budget.heat_w);
                }
                heat_w += planned.heat_w.real();
            }
            if heat_w < told_w - 1.0 {
                plan.rooms[index].granted(heat_w, self.site.lowest_cap(index, cap_w));
            }
        }
        budgets
    }

    fn signed(&self, key: &ControllerKey, budget: Budget) -> Publication {
        let topic = Topic::heater(&self.id, &budget.heater, HeaterTopic::Budget);
        Publication { topic, payload: key.sign(&self.id, budget).encode(), retained: false }
    }

    /// What rooms were thought to become, once for each thought: also for the last of an earlier run.
    fn forecasts(&mut self) -> Vec<Publication> {
        let Some(as_of) = self.memory.thought_at.filter(|at| self.told_of != Some(*at)) else {
            return Vec::new();
        };
        self.told_of = Some(as_of);
        let told = self.memory.rooms.iter().filter_map(|(room, known)| {
            let topic = Topic::room(&self.id, room, RoomTopic::Forecast);
            Some(Publication { topic, payload: forecast(known, as_of)?.encode(), retained: true })
        });
        told.collect()
    }

    fn room_state(
        &self,
        index: usize,
        room: &RoomPlan,
        plan: &Plan,
        snapshot: &Snapshot,
        wall: Timestamp,
    ) -> Publication {
        let (place, view) = (&self.site.rooms[index], &snapshot.rooms[index]);
        let heaters = || place.heaters.iter().map(|&h| &snapshot.heaters[h]);
        let planned = || place.heaters.iter().filter_map(|&h| plan.heaters[h].as_ref());
        let round = |value: Option<f64>, digits: f64| value.map(|value| (value * digits).round() / digits);
        let state = RoomState {
            as_of: wall,
            temperature_c: round(view.temperature_c, 100.0),
            humidity_pct: round(view.humidity_pct, 10.0),
            co2_ppm: round(view.co2_ppm, 1.0),
            illuminance_lux: round(view.illuminance_lux, 1.0),
            occupied: view.occupied,
            setpoint_c: room.setpoint_c,
            setpoint_by: room.setpoint_by,
            until: room.until,
            budget_w: room.heat_w.map(|_| planned().map(|heater| heater.watts.whole()).sum()),
            drawn_w: heaters()
                .any(|heater| heater.drawn_w.is_some())
                .then(|| sum(heaters().filter_map(|h| h.drawn_w))),
            mode: heaters()
                .filter(|heater| heater.connected)
                .filter_map(|heater| heater.mode)
                .max_by_key(|mode| disobedience(*mode)),
            why: room.why.clone(),
        };
        let topic = Topic::room(&self.id, &place.id, RoomTopic::State);
        Publication { topic, payload: state.encode(), retained: true }
    }

    fn site_state(
        &self,
        plan: &Plan,
        snapshot: &Snapshot,
        cap_w: Option<Watts>,
        mono_ms: u64,
        wall: Timestamp,
    ) -> Publication {
        let judged = || plan.rooms.iter().filter_map(|room| room.comfortable);
        let counted: f64 = self.site.heaters.iter().map(|h| self.grants.counted_w(&h.id, mono_ms)).sum();
        let state = SiteState {
            as_of: wall,
            drawn_w: sum(snapshot.heaters.iter().filter_map(|heater| heater.drawn_w)),
            budget_w: counted as u32,
            cap_w: cap_w.map(Watts::whole),
            cap_until: self
                .memory
                .limit
                .as_ref()
                .filter(|limit| Some(limit.watts) == cap_w)
                .map(|limit| limit.until),
            cap_below_fallback: cap_w.is_some_and(|cap| cap.real() < self.grants.fallback_sum_w()),
            heat_wanted_w: plan.rooms.iter().map(|room| room.wanted_w).sum::<f64>() as u32,
            compute_w: sum(snapshot.heaters.iter().filter_map(|heater| heater.compute_w)),
            work_available_w: snapshot.work.as_ref().map(|work| work.available_w.whole()),
            rooms_judged: judged().count() as u32,
            rooms_comfortable: judged().filter(|comfortable| *comfortable).count() as u32,
            alarms: self
                .grants
                .has_rival(mono_ms)
                .then_some(SiteAlarm::SecondController)
                .into_iter()
                .collect(),
            second_controller_told_by: self
                .grants
                .rival_tellers(mono_ms)
                .take(MAX_TELLERS)
                .cloned()
                .collect(),
        };
        let topic = Topic::site(&self.id, SiteTopic::State);
        Publication { topic, payload: state.encode(), retained: true }
    }
}

fn rated(book: &SiteBook) -> BTreeMap<HeaterId, Watts> {
    book.heaters.iter().map(|heater| (heater.id.clone(), heater.rated_w)).collect()
}

/// How far from obeying a heater is, for naming the worst of a room.
fn disobedience(mode: Mode) -> u8 {
    match mode {
        Mode::Leased => 0,
        Mode::Derated => 1,
        Mode::Boot => 2,
        Mode::Fallback => 3,
        Mode::FallbackBlind => 4,
        Mode::LocalOff => 5,
        Mode::Tripped => 6,
    }
}

/// A sum that stays at its end instead of overflowing.
fn sum(watts: impl Iterator<Item = u32>) -> u32 {
    watts.fold(0, u32::saturating_add)
}

/// Tells the ledger which heaters there are and which circuits they hang on.
fn account(grants: &mut Grants, site: &Site, mono_ms: u64) {
    let heaters = site.heaters.iter().map(|heater| (&heater.id, heater.rated_w, heater.fallback_w));
    grants.set_heaters(heaters, mono_ms);
    let circuits = site.circuits.iter().map(|circuit| {
        let heaters = circuit.heaters.iter().map(|&heater| &site.heaters[heater].id);
        (&circuit.id, circuit.free_w, heaters)
    });
    grants.set_circuits(circuits);
}

#[cfg(test)]
mod tests;
