//! The demonstration's past: twin, heater agents and controller run in virtual time, and what they say goes through
//! the real record → intake → store path. Virtual time is the only thing simulated about the path.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;

use controller::{Memory, SiteController};
use heater::{Agent, AgentSettings, Instant, OutboxLimits, Outgoing, TwinBoard, World};
use ingest::{Acks, Intake};
use registry::{SaidHour, SiteBook};
use store::{Arrival, Receipt, Store, StoreError};
use twin::{Building, Moment, PlanError, Season, WorkSupply};
use vocabulary::{
    Ack, BootId, ControllerKey, HeaterId, HeaterTopic, Payload as _, RoomId, RoomState, RoomTopic,
    SignedBudget, SiteTopic, Tally, Timestamp, Topic, TopicKind,
};

use super::building::Demonstration;
use super::outlook::outlook;

const MINUTE_MS: i64 = 60_000;
/// Leases of five minutes, renewed every four: signing is what virtual time spends most on.
const CYCLE_EVERY: i64 = 4 * MINUTE_MS;
const TTL_S: u32 = 300;
/// Half an hour of everybody's records goes into one commit, or so many: a large building must not hold its past in
/// memory.
const COMMIT_EVERY: i64 = 30 * MINUTE_MS;
const COMMIT_RECORDS: usize = 4_000;
/// Rooms count as in band from half a kelvin below the setpoint in force, as the controller judges comfort.
const BELOW_SETPOINT_K: f64 = 0.5;
const ABOVE_BAND_K: f64 = 1.0;

/// Why the past could not be made.
#[derive(Debug, thiserror::Error)]
pub enum WeekError {
    /// The twin refused its plan.
    #[error("the demonstration building cannot be simulated: {0}")]
    Plan(#[from] PlanError),
    /// History could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What to live through.
pub struct Week {
    /// Before the past that is kept, this much is lived through so that walls and regulators are in the swing.
    pub warm_up_ms: i64,
    /// Records from here on are stored.
    pub from: Timestamp,
    /// Until here.
    pub until: Timestamp,
    /// Chance.
    pub seed: u64,
    /// Which weather and people.
    pub season: Season,
}

/// What came of it.
pub struct WeekSummary {
    /// The building as it stands at the end.
    pub world: World,
    /// What the controller remembers.
    pub memory: Memory,
    /// What held of weather, prices and caps, a few times an hour.
    pub said: Vec<(Timestamp, SaidHour)>,
    /// Records that are in the store.
    pub records: usize,
    /// Share of occupied time in which a room was in its band, 0 to 1, by the twin's true temperatures and people.
    pub in_band: f64,
}

/// Lives through a week (or less) of a demonstration building as fast as the machine can, and stores its records.
/// `progress` hears the share that is done.
///
/// # Errors
/// [`WeekError`] when the plan cannot be simulated or history cannot be written.
pub fn live_through(
    demonstration: &Demonstration,
    week: &Week,
    store: &Store,
    key: &ControllerKey,
    progress: impl Fn(f64),
) -> Result<WeekSummary, WeekError> {
    let start = Timestamp::from_ms(week.from.ms().div_euclid(MINUTE_MS) * MINUTE_MS - week.warm_up_ms);
    let mut house = House::build(demonstration, week, key, start)?;
    let mut past = Past::begin(store.clone(), &demonstration.book);
    let span_ms = week.until.since(start).max(1) as f64;
    let mut comfort = Comfort::default();
    let mut said_hours = Vec::new();
    let mut now = start;
    while now < week.until {
        let keep = now >= week.from;
        let said = house.minute(now);
        if (now.since(start)) % CYCLE_EVERY == 0 {
            house.control(now, key);
            said_hours.extend(house.said(now).filter(|_| keep));
            progress(now.since(start) as f64 / span_ms);
        }
        if keep {
            comfort.judge(&house);
            past.hear(said, now);
        }
        if now.since(start) % COMMIT_EVERY == 0 || past.waiting.len() >= COMMIT_RECORDS {
            let receipts = past.commit()?;
            house.acknowledge(receipts, keep, now);
        }
        now = now.plus_ms(MINUTE_MS);
    }
    let last = past.finish(week.until)?;
    progress(1.0);
    Ok(WeekSummary {
        world: house.world,
        memory: house.controller.memory().clone(),
        said: said_hours,
        records: last,
        in_band: comfort.share(),
    })
}

/// Everything that lives in virtual time.
struct House {
    book: SiteBook,
    world: World,
    agents: Vec<(Agent, TwinBoard)>,
    controller: SiteController,
    started: Timestamp,
    states: Vec<Option<RoomState>>,
    heater_index: HashMap<HeaterId, usize>,
    room_index: HashMap<RoomId, usize>,
}

impl House {
    fn build(
        demonstration: &Demonstration,
        week: &Week,
        key: &ControllerKey,
        start: Timestamp,
    ) -> Result<Self, PlanError> {
        let book = demonstration.book.clone();
        let building =
            Building::new(demonstration.plan.clone(), week.seed, week.season, moment(&book, start))?;
        let world = world(demonstration, building, week.seed);
        let agents = book.heaters.iter().enumerate().map(|(index, heater)| {
            let settings = AgentSettings {
                // Every record is confirmed half an hour later at most.
                outbox: OutboxLimits { capacity: 128, window: 128, resend_after_ms: u64::MAX },
                record_every_ms: MINUTE_MS as u64,
                heartbeat_every_ms: MINUTE_MS as u64,
                ..agent_settings(&book, heater, key, boot_of(week, index), 1, 0)
            };
            let room = demonstration.plan.emitters[index].room;
            let at = Instant { mono_ms: 0, wall: start };
            (Agent::new(settings, at), world.board(index, room, heater.rated_w.real()))
        });
        let begin = controller::Moment { mono_ms: 0, wall: start };
        let controller = SiteController::new(book.clone(), &[], Memory::default(), 1, TTL_S, begin);
        let states = vec![None; book.rooms.len()];
        Ok(Self {
            agents: agents.collect(),
            world,
            controller,
            started: start,
            states,
            heater_index: book
                .heaters
                .iter()
                .enumerate()
                .map(|(index, heater)| (heater.id.clone(), index))
                .collect(),
            room_index: book.rooms.iter().enumerate().map(|(index, room)| (room.id.clone(), index)).collect(),
            book,
        })
    }

    fn mono_ms(&self, now: Timestamp) -> u64 {
        now.since(self.started).max(0).unsigned_abs()
    }

    /// One minute of everybody; gives the records sent as `(topic, payload)`.
    fn minute(&mut self, now: Timestamp) -> Vec<(String, Vec<u8>)> {
        self.world.step(moment(&self.book, now));
        let at = Instant { mono_ms: self.mono_ms(now), wall: now };
        let heard = controller::Moment { mono_ms: at.mono_ms, wall: now };
        let mut records = Vec::with_capacity(self.agents.len());
        for (agent, board) in &mut self.agents {
            for outgoing in agent.step(board, at, true) {
                let payload = outgoing.payload();
                match outgoing {
                    Outgoing::Record(_) => {
                        let heard = self.controller.hear_record(agent.heater(), &payload, heard);
                        heard.expect("the agent's own record reads and its heater is in the book");
                        let topic = Topic::heater(&self.book.site.id, agent.heater(), HeaterTopic::Record);
                        records.push((topic.to_string(), payload));
                    }
                    Outgoing::Heartbeat(_) => {
                        let heard = self.controller.hear_heartbeat(agent.heater(), &payload, heard);
                        heard.expect("the agent's own heartbeat reads and its heater is in the book");
                    }
                }
            }
        }
        records
    }

    fn control(&mut self, now: Timestamp, key: &ControllerKey) {
        let at = controller::Moment { mono_ms: self.mono_ms(now), wall: now };
        let outlook = outlook(&self.world.climate(), &self.book, now).encode();
        let heard = self.controller.hear_outside(&TopicKind::Site(SiteTopic::Outlook), &outlook, true, at);
        heard.expect("the weather service's own outlook reads");
        for publication in self.controller.cycle(key, at) {
            match publication.topic.kind {
                TopicKind::Heater(heater, HeaterTopic::Budget) => {
                    let budget = SignedBudget::decode(&publication.payload)
                        .expect("the controller's own budget reads");
                    let accepted = self.agents[self.heater_index[&heater]].0.hear_budget(&budget);
                    accepted.expect("a lease on a perfect line is accepted");
                }
                TopicKind::Room(room, RoomTopic::State) => {
                    self.states[self.room_index[&room]] = RoomState::decode(&publication.payload).ok();
                }
                _ => {}
            }
        }
    }

    fn said(&self, now: Timestamp) -> Option<(Timestamp, SaidHour)> {
        self.controller.said(controller::Moment { mono_ms: self.mono_ms(now), wall: now })
    }

    /// During the warm-up nothing is stored: records are confirmed as if they were.
    fn acknowledge(&mut self, receipts: Vec<Receipt>, kept: bool, now: Timestamp) {
        let at = Instant { mono_ms: self.mono_ms(now), wall: now };
        let mut acks = Acks::new("week".to_owned());
        acks.add(receipts);
        for (_, heater, payload) in acks.due(at.mono_ms) {
            let ack = Ack::decode(&payload).expect("ingest's own acknowledgement reads");
            self.agents[self.heater_index[&heater]].0.hear_ack(&ack);
        }
        if !kept {
            self.agents.iter_mut().for_each(|(agent, _)| agent.forget_all());
        }
    }
}

/// The path into history: intake here, commits on a thread of their own so that both processors work.
struct Past {
    intake: Intake,
    waiting: Vec<Arrival>,
    store: Store,
    commit: Option<thread::JoinHandle<Result<Vec<Receipt>, StoreError>>>,
    records: usize,
}

impl Past {
    fn begin(store: Store, book: &SiteBook) -> Self {
        let mut intake = Intake::new(Arc::new(Tally::default()));
        intake.set_books(std::slice::from_ref(book));
        Self { intake, waiting: Vec::new(), store, commit: None, records: 0 }
    }

    fn hear(&mut self, records: Vec<(String, Vec<u8>)>, now: Timestamp) {
        for (topic, payload) in records {
            self.waiting.extend(self.intake.admit(&topic, &payload, now));
        }
    }

    /// Begins the next commit and gives the receipts of the one before.
    fn commit(&mut self) -> Result<Vec<Receipt>, StoreError> {
        let receipts = self.join()?;
        if !self.waiting.is_empty() {
            let (store, batch) = (self.store.clone(), std::mem::take(&mut self.waiting));
            self.commit = Some(thread::spawn(move || store.write(&batch)));
        }
        Ok(receipts)
    }

    /// Commits the rest and seals all of it, as an hour of a running building would be: pages ask a week in the log reading by
    /// reading, in day files by the hour.
    fn finish(mut self, now: Timestamp) -> Result<usize, StoreError> {
        self.commit()?;
        self.join()?;
        self.store.seal(now)?;
        Ok(self.records)
    }

    fn join(&mut self) -> Result<Vec<Receipt>, StoreError> {
        let Some(commit) = self.commit.take() else { return Ok(Vec::new()) };
        let receipts = commit.join().expect("the store does not panic")?;
        self.records += receipts.iter().map(|receipt| receipt.stored).sum::<usize>();
        Ok(receipts)
    }
}

/// Judges comfort by the truth of the simulation, not by its sensors.
#[derive(Default)]
struct Comfort {
    occupied: u64,
    in_band: u64,
}

impl Comfort {
    fn judge(&mut self, house: &House) {
        for ((air_c, people), (state, room)) in
            house.world.truth().into_iter().zip(house.states.iter().zip(&house.book.rooms))
        {
            let Some(state) = state.as_ref().filter(|_| people > 0) else { continue };
            let band = state.setpoint_c.degrees() - BELOW_SETPOINT_K..=room.high_c.degrees() + ABOVE_BAND_K;
            self.occupied += 1;
            self.in_band += u64::from(band.contains(&air_c));
        }
    }

    fn share(&self) -> f64 {
        if self.occupied == 0 { 1.0 } else { self.in_band as f64 / self.occupied as f64 }
    }
}

/// The twin's moment of an instant: with the offset that the building's people live by.
pub(super) fn moment(book: &SiteBook, at: Timestamp) -> Moment {
    Moment { utc_ms: at.ms(), local_offset_s: book.site.zone.local(at).offset_s }
}

/// A world for the building: work enough for three fifths of all heaters at its fullest hours, more than a usual day
/// wants; on a cold morning, or when work runs short, resistors make the rest.
fn world(demonstration: &Demonstration, building: Building, seed: u64) -> World {
    let rated_w: f64 = demonstration.plan.emitters.iter().map(|emitter| emitter.rated_w).sum();
    let resistors: Vec<f64> =
        demonstration.book.heaters.iter().map(|heater| heater.resistor_w.real()).collect();
    World::new(building, WorkSupply::new(seed, 0.6 * rated_w), &resistors)
}

/// How a simulated heater behaves alone; rhythm and outbox are the live ones.
pub(super) fn agent_settings(
    book: &SiteBook,
    heater: &registry::Heater,
    key: &ControllerKey,
    boot: BootId,
    bn: u64,
    fence_epoch: u64,
) -> AgentSettings {
    let room = book.rooms.iter().find(|room| heater.room.as_ref() == Some(&room.id));
    AgentSettings {
        site: book.site.id.clone(),
        heater: heater.id.clone(),
        key: key.public(),
        rated_w: heater.rated_w,
        fallback_w: heater.fallback_w,
        setback_c: room.map_or(vocabulary::Celsius::from_hundredths(1600), |room| room.setback_c),
        boot,
        bn,
        fence_epoch,
        record_every_ms: 10_000,
        heartbeat_every_ms: 10_000,
        outbox: OutboxLimits::default(),
    }
}

/// A boot of the past: the same seed and start give the same, so a past that is made twice is stored once.
fn boot_of(week: &Week, heater: usize) -> BootId {
    let mixed = (week.seed ^ week.from.ms().unsigned_abs()).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    BootId::from_bits(mixed.wrapping_add(heater as u64))
}
