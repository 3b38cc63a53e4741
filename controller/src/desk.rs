//! One site's controller as a state machine: it hears messages, and once a cycle says what is to be published.

use std::collections::BTreeMap;

use registry::{Clock, NewOverride, Override, SiteBook};
use vocabulary::{
    Budget, ControllerKey, DecodeError, Heartbeat, HeaterId, HeaterTopic, Mode, Payload, Record, RoomId,
    RoomOccupancy, RoomRequest, RoomState, RoomTopic, SetpointBy, SiteAlarm, SiteId, SiteLimit, SiteState,
    SiteTopic, SiteWork, Timestamp, Topic, TopicKind, Watts,
};

use crate::grants::{Grants, Wish};
use crate::image::{Image, Snapshot};
use crate::plan::{Memory, Plan, RoomPlan, plan};
use crate::site::Site;

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

/// The controller of one site.
pub struct SiteController {
    id: SiteId,
    clock: Clock,
    site: Site,
    book: SiteBook,
    /// Rated power of every heater.
    heaters: BTreeMap<HeaterId, Watts>,
    image: Image,
    memory: Memory,
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
        Self { id, clock, image: Image::new(clock), site, book, heaters, memory, grants, began: now }
    }

    /// Takes a changed book and changed overrides.
    pub fn set_book(&mut self, book: SiteBook, overrides: &[Override], now: Moment) {
        self.site = Site::new(&book, overrides);
        account(&mut self.grants, &self.site, now.mono_ms);
        self.heaters = rated(&book);
        self.book = book;
    }

    /// Takes the overrides in force now.
    pub fn set_overrides(&mut self, overrides: &[Override]) {
        self.site = Site::new(&self.book, overrides);
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
        self.grants.hear(heater, &heartbeat, now.mono_ms);
        self.image.hear_heartbeat(heater, heartbeat, self.steady(now));
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
        publications
    }

    /// Issues leases for the plan, and folds what was really granted back into plan and memory: under a cap the ledger
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
                })
            })
            .collect();
        let budgets = self.grants.issue(&wishes, cap_w, mono_ms);
        let granted: BTreeMap<&HeaterId, &Budget> =
            budgets.iter().map(|budget| (&budget.heater, budget)).collect();
        for (index, room) in self.site.rooms.iter().enumerate() {
            let mut heat_w = 0.0;
            for &heater in &room.heaters {
                let Some(planned) = &mut plan.heaters[heater] else { continue };
                if let Some(budget) = granted.get(&self.site.heaters[heater].id) {
                    (planned.watts, planned.heat_w) = (budget.watts, budget.heat_w);
                }
                heat_w += planned.heat_w.real();
            }
            if plan.rooms[index]
                .heat_w
                .is_some_and(|planned_w| heat_w < planned_w - 1.0 - room.heaters.len() as f64)
            {
                plan.rooms[index].granted(heat_w, self.site.lowest_cap(index, cap_w));
                self.memory.granted(&room.id, heat_w);
            }
        }
        budgets
    }

    fn signed(&self, key: &ControllerKey, budget: Budget) -> Publication {
        let topic = Topic::heater(&self.id, &budget.heater, HeaterTopic::Budget);
        Publication { topic, payload: key.sign(&self.id, budget).encode(), retained: false }
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
mod tests {
    use super::*;
    use registry::{Circuit, Heater, Room, Site as BookSite};
    use vocabulary::{BootId, Celsius, CircuitId, DisplayName, SignedBudget, WeekSchedule, Why, Zone};

    const NOW: Moment = Moment { mono_ms: 400_000, wall: Timestamp::from_ms(1_763_632_000_000) };

    fn book(clock: Clock, cap_w: Option<u32>) -> SiteBook {
        let name = || DisplayName::new("x").unwrap();
        let watts = |whole| Watts::new(whole).unwrap();
        let room = RoomId::new("a").unwrap();
        let heater = |id: &str| Heater {
            id: HeaterId::new(id).unwrap(),
            name: name(),
            room: Some(room.clone()),
            rated_w: watts(500),
            resistor_w: Watts::ZERO,
            fallback_w: watts(100),
            simulated: false,
            circuit: None,
        };
        SiteBook {
            heaters: vec![heater("h-1"), heater("h-2")],
            site: BookSite {
                id: SiteId::new("home").unwrap(),
                name: name(),
                zone: Zone::UTC,
                clock,
                cap_w: cap_w.map(watts),
                demonstration: false,
            },
            rooms: vec![Room {
                id: room,
                name: name(),
                floor: name(),
                area: None,
                low_c: Celsius::from_hundredths(1700),
                high_c: Celsius::from_hundredths(2200),
                setback_c: Celsius::from_hundredths(1600),
                schedule: WeekSchedule::constant(Celsius::from_hundredths(2000)),
            }],
            circuits: vec![],
            metrics: vec![],
        }
    }

    /// A controller that has been silent long enough to know what every heater may draw.
    fn desk(clock: Clock, cap_w: Option<u32>) -> SiteController {
        let begin = Moment { mono_ms: 0, ..NOW };
        SiteController::new(book(clock, cap_w), &[], Memory::default(), 3, 60, begin)
    }

    fn id(text: &str) -> HeaterId {
        HeaterId::new(text).unwrap()
    }

    fn hear(
        desk: &mut SiteController,
        heater: &str,
        temperature: f64,
        drawn_w: u32,
    ) -> Result<(), &'static str> {
        let ts = NOW.wall.ms();
        let record = format!(
            r#"{{"v":1,"boot":"0000000000000007","bn":1,"seq":1,"low":1,"mono_ms":1,"ts_ms":{ts},"samples":[[0,"temperature_c",{temperature}]]}}"#
        );
        desk.hear_record(&id(heater), record.as_bytes(), NOW)?;
        let heartbeat = Heartbeat {
            boot: BootId::from_bits(7),
            n: 1,
            mono_ms: 1,
            epoch: 3,
            seq: 0,
            budget_w: 100,
            drawn_w,
            lease_left_s: 0,
            mode: Mode::Fallback,
            wanted_w: 0,
            controllable: true,
            alarms: vec![],
        };
        desk.hear_heartbeat(&id(heater), &heartbeat.encode(), NOW)
    }

    fn cycle(desk: &mut SiteController) -> (Vec<Budget>, RoomState) {
        let publications = desk.cycle(&ControllerKey::from_bytes(&[1; 32]), NOW);
        let of = |wanted: fn(&TopicKind) -> bool| publications.iter().filter(move |p| wanted(&p.topic.kind));
        let budgets = of(|kind| matches!(kind, TopicKind::Heater(_, HeaterTopic::Budget)));
        let state = of(|kind| matches!(kind, TopicKind::Room(..))).next().unwrap();
        (
            budgets.map(|p| SignedBudget::decode(&p.payload).unwrap().budget).collect(),
            RoomState::decode(&state.payload).unwrap(),
        )
    }

    #[test]
    fn an_absurd_draw_is_refused_and_takes_nobodys_heat() {
        let mut desk = desk(Clock::Wall, Some(800));
        hear(&mut desk, "h-1", 18.0, 0).unwrap();
        assert_eq!(hear(&mut desk, "h-2", 18.0, u32::MAX), Err("range"));
        let (budgets, _) = cycle(&mut desk);
        assert!(budgets.iter().all(|budget| budget.watts.whole() > 100), "{budgets:?}");
    }

    #[test]
    fn what_a_room_is_said_to_have_is_what_was_granted() {
        let mut desk = desk(Clock::Wall, Some(500));
        hear(&mut desk, "h-1", 17.0, 0).unwrap();
        hear(&mut desk, "h-2", 17.0, 0).unwrap();
        let (budgets, state) = cycle(&mut desk);
        let granted: u32 = budgets.iter().map(|budget| budget.watts.whole()).sum();
        assert!(granted <= 500 && granted > 400, "{granted}");
        assert_eq!((state.budget_w, state.why.code()), (Some(granted), "shared_cap"));
    }

    #[test]
    fn heaters_behind_one_breaker_are_granted_what_it_bears_and_their_room_says_so() {
        let watts = |whole| Watts::new(whole).unwrap();
        let mut book = book(Clock::Wall, None);
        let riser = CircuitId::new("riser").unwrap();
        let circuit = Circuit { id: riser.clone(), under: None, cap_w: watts(450), other_w: watts(50) };
        book.circuits.push(circuit);
        book.heaters.iter_mut().for_each(|heater| heater.circuit = Some(riser.clone()));
        let begin = Moment { mono_ms: 0, ..NOW };
        let mut desk = SiteController::new(book, &[], Memory::default(), 3, 60, begin);
        hear(&mut desk, "h-1", 17.0, 0).unwrap();
        hear(&mut desk, "h-2", 17.0, 0).unwrap();
        let (budgets, state) = cycle(&mut desk);
        let granted: u32 = budgets.iter().map(|budget| budget.watts.whole()).sum();
        assert!(granted <= 400 && granted > 300, "{granted}");
        let Why::SharedCap { cap_w, .. } = state.why else { panic!("{:?}", state.why) };
        assert_eq!(cap_w, 450);
    }

    #[test]
    fn a_room_tells_of_its_heater_that_is_furthest_from_obeying() {
        let mut desk = desk(Clock::Wall, None);
        hear(&mut desk, "h-1", 18.0, 0).unwrap();
        hear(&mut desk, "h-2", 18.0, 0).unwrap();
        assert_eq!(cycle(&mut desk).1.mode, Some(Mode::Fallback));
    }

    #[test]
    fn a_wall_clock_set_back_or_forward_changes_nothing_about_who_is_silent() {
        for hours in [-3, 3] {
            let mut desk = desk(Clock::Wall, Some(500));
            hear(&mut desk, "h-1", 17.0, 0).unwrap();
            hear(&mut desk, "h-2", 17.0, 0).unwrap();
            let why = |desk: &mut SiteController, after_ms: u64| {
                let wall = NOW.wall.plus_ms(hours * 3_600_000);
                let now = Moment { mono_ms: NOW.mono_ms + after_ms, wall };
                let publications = desk.cycle(&ControllerKey::from_bytes(&[1; 32]), now);
                let state = publications.into_iter().find(|p| matches!(p.topic.kind, TopicKind::Room(..)));
                RoomState::decode(&state.unwrap().payload).unwrap().why
            };
            assert_eq!(why(&mut desk, 1_000).code(), "shared_cap", "{hours} h");
            assert_eq!(why(&mut desk, 36_000).code(), "heaters_silent", "{hours} h");
        }
    }

    #[test]
    fn a_recording_is_planned_for_and_no_lease_leaves() {
        let mut desk = desk(Clock::Recorded, None);
        hear(&mut desk, "h-1", 18.0, 0).unwrap();
        let (budgets, state) = cycle(&mut desk);
        assert_eq!((budgets, state.as_of), (vec![], NOW.wall));
        assert!(state.budget_w > Some(0), "{state:?}");
        let late = r#"{"v":1,"boot":"0000000000000007","bn":1,"seq":2,"low":1,"mono_ms":1,"ts_ms":8210266876799000,"samples":[]}"#;
        assert_eq!(desk.hear_record(&id("h-1"), late.as_bytes(), NOW), Err("time"));
    }

    #[test]
    fn wishes_from_outside_are_bounded_or_refused_by_reason() {
        let mut desk = desk(Clock::Wall, None);
        let room = |id: &str, topic| TopicKind::Room(RoomId::new(id).unwrap(), topic);
        let (now, later) = (NOW.wall.ms(), NOW.wall.ms() + 90 * 24 * 3_600_000);
        let request = |until| format!(r#"{{"setpoint_c":29,"until_ms":{until}}}"#);
        let mut hear = |kind: &TopicKind, payload: &str, retained| {
            desk.hear_outside(kind, payload.as_bytes(), retained, NOW)
        };
        let wish = hear(&room("a", RoomTopic::Request), &request(later), false).unwrap().unwrap();
        assert_eq!(wish.setpoint_c, Celsius::from_hundredths(2200));
        assert_eq!(wish.until, NOW.wall.plus_ms(LONGEST_REQUEST_MS));
        let limit = TopicKind::Site(SiteTopic::Limit);
        let table = [
            (room("a", RoomTopic::Request), request(now), false, "ended"),
            (room("b", RoomTopic::Request), request(later), false, "unknown_room"),
            (room("a", RoomTopic::Request), request(later), true, "retained"),
            (room("a", RoomTopic::Request), "{}".to_owned(), false, "form"),
            (room("b", RoomTopic::Occupancy), r#"{"people":1}"#.to_owned(), false, "unknown_room"),
            (room("a", RoomTopic::State), "{}".to_owned(), false, "topic"),
            (limit.clone(), format!(r#"{{"watts":1,"until_ms":{now}}}"#), false, "ended"),
            (limit, r#"{"watts":-1,"until_ms":1}"#.to_owned(), false, "form"),
        ];
        for (kind, payload, retained, reason) in table {
            assert_eq!(hear(&kind, &payload, retained), Err(reason), "{payload}");
        }
    }
}
