//! One site's controller as a state machine: it hears messages, and once a cycle says what is to be published.

use std::collections::BTreeSet;

use registry::{Clock, NewOverride, Override, SiteBook};
use vocabulary::{
    ControllerKey, DecodeError, Heartbeat, HeaterId, HeaterTopic, Payload, Record, RoomId, RoomOccupancy,
    RoomRequest, RoomState, RoomTopic, SetpointBy, SiteId, SiteLimit, SiteState, SiteTopic, SiteWork,
    Timestamp, Topic, TopicKind, Watts,
};

use crate::grants::{Grants, Wish};
use crate::image::{Image, Snapshot};
use crate::plan::{Memory, Plan, RoomPlan, plan};
use crate::site::Site;

/// No request or limit from outside lasts longer than this.
const LONGEST_REQUEST_MS: i64 = 24 * 3_600_000;

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

/// The controller of one site.
pub struct SiteController {
    id: SiteId,
    clock: Clock,
    site: Site,
    book: SiteBook,
    heaters: BTreeSet<HeaterId>,
    image: Image,
    memory: Memory,
    grants: Grants,
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
        let mut grants = Grants::new(epoch, ttl_s, now.mono_ms);
        let site = Site::new(&book, overrides);
        grants.set_heaters(site.heaters.iter().map(|h| (&h.id, h.rated_w, h.fallback_w)));
        let (id, clock) = (book.site.id.clone(), book.site.clock);
        let heaters = book.heaters.iter().map(|heater| heater.id.clone()).collect();
        Self { id, clock, image: Image::new(clock), site, book, heaters, memory, grants }
    }

    /// Takes a changed book and changed overrides.
    pub fn set_book(&mut self, book: SiteBook, overrides: &[Override]) {
        self.site = Site::new(&book, overrides);
        self.grants.set_heaters(self.site.heaters.iter().map(|h| (&h.id, h.rated_w, h.fallback_w)));
        self.heaters = book.heaters.iter().map(|heater| heater.id.clone()).collect();
        self.book = book;
    }

    /// Takes the overrides in force now.
    pub fn set_overrides(&mut self, overrides: &[Override]) {
        self.site = Site::new(&self.book, overrides);
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

    /// Heartbeats that told of a controller newer than this one.
    #[must_use]
    pub fn foreign_epochs(&self) -> u64 {
        self.grants.foreign_epochs()
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
        let at = if self.clock == Clock::Recorded { record.ts } else { now.wall };
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
        self.grants.hear(heater, &heartbeat, now.mono_ms);
        self.image.hear_heartbeat(heater, heartbeat, now.wall);
        Ok(())
    }

    /// Hears what a building system or a work source says; a wish to change a setpoint is given back, bounded, for the
    /// book. Retained wishes are not heard: a broker may repeat them long after they were meant.
    ///
    /// # Errors
    /// The reason under which it is counted as refused.
    pub fn hear_outside(
        &mut self,
        kind: &TopicKind,
        payload: &[u8],
        retained: bool,
        now: Moment,
    ) -> Result<Option<NewOverride>, &'static str> {
        let reason = |error: DecodeError| error.reason();
        match kind {
            TopicKind::Site(SiteTopic::Work) => {
                self.image.hear_work(SiteWork::decode_bounded(payload).map_err(reason)?);
            }
            _ if retained => return Err("retained"),
            TopicKind::Site(SiteTopic::Limit) => {
                self.hear_limit(SiteLimit::decode(payload).map_err(reason)?, now)?;
            }
            TopicKind::Room(room, RoomTopic::Occupancy) => {
                self.room(room)?;
                let occupancy = RoomOccupancy::decode_bounded(payload).map_err(reason)?;
                self.image.hear_occupancy(room, occupancy, now.wall);
            }
            TopicKind::Room(room, RoomTopic::Request) => {
                let request = RoomRequest::decode(payload).map_err(reason)?;
                return self.bounded(room, &request, now).map(Some);
            }
            _ => return Err("topic"),
        }
        Ok(None)
    }

    fn hear_limit(&mut self, limit: SiteLimit, now: Moment) -> Result<(), &'static str> {
        if limit.until <= now.wall {
            return Err("ended");
        }
        let until = limit.until.min(now.wall.plus_ms(LONGEST_REQUEST_MS));
        self.memory.limit = Some(SiteLimit { until, ..limit });
        Ok(())
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

    fn known(&self, heater: &HeaterId) -> Result<(), &'static str> {
        if self.heaters.contains(heater) { Ok(()) } else { Err("unknown_heater") }
    }

    fn room(&self, room: &RoomId) -> Result<&registry::Room, &'static str> {
        self.book.rooms.iter().find(|r| r.id == *room).ok_or("unknown_room")
    }

    /// One control cycle: plans, and gives the leases and states to be published. Where a recording is played, now is
    /// its newest sample and no lease leaves.
    pub fn cycle(&mut self, key: &ControllerKey, now: Moment) -> Vec<Publication> {
        let wall = match self.clock {
            Clock::Wall => now.wall,
            Clock::Recorded => match self.image.newest() {
                Some(newest) => newest,
                None => return Vec::new(),
            },
        };
        let snapshot = self.image.snapshot(&self.site, wall);
        let (memory, plan) = plan(&self.memory, &snapshot, &self.site, wall);
        self.memory = memory;
        let cap_w = self.memory.cap_w(&self.site, wall);
        let mut publications = Vec::with_capacity(self.site.heaters.len() + self.site.rooms.len() + 1);
        if self.clock == Clock::Wall {
            publications.extend(self.leases(&plan, key, cap_w, now.mono_ms));
        }
        for (index, room) in plan.rooms.iter().enumerate() {
            publications.push(self.room_state(index, room, &plan, &snapshot, wall));
        }
        publications.push(self.site_state(&plan, &snapshot, cap_w, now.mono_ms, wall));
        publications
    }

    fn leases(
        &mut self,
        plan: &Plan,
        key: &ControllerKey,
        cap_w: Option<Watts>,
        mono_ms: u64,
    ) -> Vec<Publication> {
        let wishes: Vec<Wish> = self
            .site
            .heaters
            .iter()
            .zip(&plan.heaters)
            .filter_map(|(heater, plan)| {
                let plan = plan.as_ref()?;
                Some(Wish {
                    heater: heater.id.clone(),
                    heat_w: plan.heat_w,
                    watts: plan.watts,
                    setpoint_c: plan.setpoint_c,
                    hi_c: plan.hi_c,
                })
            })
            .collect();
        let budgets = self.grants.issue(&wishes, cap_w, mono_ms);
        budgets
            .into_iter()
            .map(|budget| {
                let topic = Topic::heater(&self.id, &budget.heater, HeaterTopic::Budget);
                Publication { topic, payload: key.sign(&self.id, budget).encode(), retained: false }
            })
            .collect()
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
                .then(|| heaters().filter_map(|h| h.drawn_w).sum()),
            mode: heaters().filter_map(|heater| heater.mode).max_by_key(|mode| *mode as u8),
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
            drawn_w: snapshot.heaters.iter().filter_map(|heater| heater.drawn_w).sum(),
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
            compute_w: snapshot.heaters.iter().filter_map(|heater| heater.compute_w).sum(),
            work_available_w: snapshot.work.as_ref().map(|work| work.available_w.whole()),
            rooms_judged: judged().count() as u32,
            rooms_comfortable: judged().filter(|comfortable| *comfortable).count() as u32,
        };
        let topic = Topic::site(&self.id, SiteTopic::State);
        Publication { topic, payload: state.encode(), retained: true }
    }
}
