//! The loop that gives heaters a clock and a connection: one heater, or a gateway's many behind one connection.

use std::collections::HashMap;
use std::time::Duration;

use link::{Event, Inbox, Link, LinkError, Qos};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};
use vocabulary::{
    Ack, HeaterId, HeaterStatus, HeaterTopic, Payload as _, SiteId, SitePublicKey, Topic, TopicKind,
    WallClock, filter,
};

use crate::agent::{Agent, Instant, Outgoing};
use crate::board::Board;
use crate::governor::Refusal;
use crate::outbox_file::OutboxFile;
use crate::state::{HeaterState, StateFile};

/// Every heater is stepped at least this often times its number of slices.
const TICK: Duration = Duration::from_secs(1);

/// Why heaters could not run.
#[derive(Debug, thiserror::Error)]
pub enum HeaterError {
    /// The link could not be opened.
    #[error(transparent)]
    Link(#[from] LinkError),
}

/// How often heaters are stepped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Each once a second.
    EverySecond,
    /// Each once in ten seconds, a tenth of them every second: for large simulated fleets.
    EveryTenSeconds,
}

/// One heater with its hardware and what it remembers.
pub struct Member {
    agent: Agent,
    board: Box<dyn Board>,
    memory: Option<(StateFile, HeaterState, SitePublicKey)>,
    outbox: Option<OutboxFile>,
    is_memory_failing: bool,
}

impl Member {
    /// A heater whose fence and trips are kept in a file; without one (a simulated heater in a fleet) they last as long as
    /// the process. A trip that the file remembers holds again. Its outbox lives in memory.
    #[must_use]
    pub fn new(
        mut agent: Agent,
        board: Box<dyn Board>,
        memory: Option<(StateFile, HeaterState, SitePublicKey)>,
    ) -> Self {
        if let Some((_, state, _)) = &memory {
            agent.remember(state.latch);
        }
        Self { agent, board, memory, outbox: None, is_memory_failing: false }
    }

    /// The same heater with its outbox in this file, which was opened together with the agent's outbox.
    #[must_use]
    pub fn with_outbox_file(self, file: OutboxFile) -> Self {
        Self { outbox: Some(file), ..self }
    }

    /// One step of the agent, between two looks at the disk: what has become durable is sent, and what is new is
    /// written.
    fn step(&mut self, now: Instant, connected: bool) -> Vec<Outgoing> {
        self.settle(now);
        let outgoing = self.agent.step(self.board.as_mut(), now, connected);
        self.keep();
        self.settle(now);
        outgoing
    }

    fn settle(&mut self, now: Instant) {
        if let Some(file) = &self.outbox {
            file.settle(self.agent.outbox_mut(), now.mono_ms);
        }
    }

    fn close(mut self, now: Instant) {
        if let Some(file) = self.outbox.take() {
            file.close(self.agent.outbox_mut(), now.mono_ms);
        }
    }

    /// Hears a budget. The epoch of a new controller is on disk before it is obeyed, and where that fails it is not: after a
    /// reboot the one before could take over again.
    fn hear_budget(&mut self, payload: &[u8], retained: bool) -> Result<(), Refusal> {
        let Self { agent, memory, .. } = self;
        agent.hear_budget_payload(payload, retained, |epoch| {
            let Some((file, state, key)) = memory else { return true };
            let mut newer = state.clone();
            newer.raise_epoch(key, epoch);
            let is_kept = file.save(&newer).is_ok();
            if is_kept {
                *state = newer;
            }
            is_kept
        })
    }

    /// Keeps what must outlive this process, whenever it changed: a trip is on disk before anybody can make it forgotten by
    /// switching off and on.
    fn keep(&mut self) {
        let Some((file, state, _)) = &mut self.memory else { return };
        let latch = self.agent.latch();
        if state.latch == latch {
            return;
        }
        let newer = HeaterState { latch, ..state.clone() };
        // What could not be kept is tried again with the next step, and told once.
        match file.save(&newer) {
            Ok(()) => {
                *state = newer;
                self.is_memory_failing = false;
            }
            Err(error) if !self.is_memory_failing => {
                self.is_memory_failing = true;
                tracing::warn!(heater = %self.agent.heater(), path = %file.path().display(), %error, "the newest trip could not be kept: after a reboot it would be forgotten");
            }
            Err(_) => {}
        }
    }
}

/// Runs heaters of one site behind one connection until `shutdown` turns true, then says good-bye. Topics are exact
/// for a single heater; several subscribe as a gateway does.
///
/// # Errors
/// [`HeaterError`] when the link cannot be opened; a broker that is away is no error.
pub async fn run(
    site: SiteId,
    members: Vec<Member>,
    link: link::Settings,
    pace: Pace,
    clock: WallClock,
    mut shutdown: watch::Receiver<bool>,
) -> Result<(), HeaterError> {
    let mut fleet = Fleet::open(site, members, link, pace, clock)?;
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = tick.tick() => fleet.step(),
            event = fleet.inbox.next() => match event {
                Some(event) => fleet.hear(event),
                None => break,
            },
            _ = shutdown.wait_for(|stop| *stop) => break,
        }
    }
    fleet.say(HeaterStatus::Offline);
    fleet.close().await;
    Ok(())
}

struct Fleet {
    site: SiteId,
    members: Vec<Member>,
    index: HashMap<HeaterId, usize>,
    link: Link,
    inbox: Inbox,
    connected: bool,
    slices: usize,
    ticks: usize,
    clock: WallClock,
    started: std::time::Instant,
}

impl Fleet {
    fn open(
        site: SiteId,
        members: Vec<Member>,
        link: link::Settings,
        pace: Pace,
        clock: WallClock,
    ) -> Result<Self, HeaterError> {
        let (link, inbox) = link::open(with_topics(link, &site, &members))?;
        let index =
            members.iter().enumerate().map(|(at, member)| (member.agent.heater().clone(), at)).collect();
        let slices = if pace == Pace::EverySecond { 1 } else { 10 };
        let started = std::time::Instant::now();
        Ok(Self { site, members, index, link, inbox, connected: false, slices, ticks: 0, clock, started })
    }

    fn now(&self) -> Instant {
        Instant { mono_ms: self.started.elapsed().as_millis() as u64, wall: (self.clock)() }
    }

    /// Closes the connection and, meanwhile, the outboxes.
    async fn close(mut self) {
        let (members, now) = (std::mem::take(&mut self.members), self.now());
        let outboxes = spawn_blocking(move || members.into_iter().for_each(|member| member.close(now)));
        let (_, closed) = tokio::join!(self.link.close(), outboxes);
        closed.expect("closing an outbox does not panic");
    }

    fn step(&mut self) {
        let (now, slice) = (self.now(), self.ticks % self.slices);
        self.ticks += 1;
        for member in self.members.iter_mut().skip(slice).step_by(self.slices) {
            for outgoing in member.step(now, self.connected) {
                let (topic, qos) = match outgoing {
                    Outgoing::Record(_) => (HeaterTopic::Record, Qos::AtLeastOnce),
                    Outgoing::Heartbeat(_) => (HeaterTopic::Heartbeat, Qos::AtMostOnce),
                };
                let topic = Topic::heater(&self.site, member.agent.heater(), topic).to_string();
                // A full queue loses nothing: a record that is not acknowledged is sent again, and the next heartbeat
                // says all that this one would have.
                if let Err(error) = self.link.try_publish(topic, outgoing.payload(), qos, false) {
                    tracing::debug!(heater = %member.agent.heater(), %error, "a message had to wait");
                }
            }
        }
    }

    fn hear(&mut self, event: Event) {
        match event {
            Event::Up { .. } => {
                self.connected = true;
                self.members.iter_mut().for_each(|member| member.agent.connected());
                self.say(HeaterStatus::Online);
            }
            Event::Down { .. } => self.connected = false,
            Event::Message { topic, payload, retained } => self.hear_message(&topic, &payload, retained),
        }
    }

    fn hear_message(&mut self, topic: &str, payload: &[u8], retained: bool) {
        let Some(TopicKind::Heater(heater, topic)) = Topic::parse(topic).map(|topic| topic.kind) else {
            return;
        };
        let Some(&at) = self.index.get(&heater) else { return };
        let member = &mut self.members[at];
        match topic {
            HeaterTopic::Ack => match Ack::decode(payload) {
                Ok(ack) => member.agent.hear_ack(&ack),
                Err(error) => tracing::warn!(%heater, %error, "an acknowledgement could not be read"),
            },
            HeaterTopic::Budget => match member.hear_budget(payload, retained) {
                Ok(()) => {}
                Err(Refusal::Disk) => {
                    tracing::error!(%heater, "a new controller is not obeyed, because its epoch cannot be kept on disk: the heater falls back when its lease ends");
                }
                Err(refusal) if refusal.is_suspicious() => {
                    tracing::warn!(%heater, reason = %refusal, "a budget was refused that no healthy house sends");
                }
                Err(refusal) => tracing::info!(%heater, reason = %refusal, "a budget came too late"),
            },
            _ => {}
        }
    }

    fn say(&self, status: HeaterStatus) {
        for member in &self.members {
            let topic = Topic::heater(&self.site, member.agent.heater(), HeaterTopic::Status).to_string();
            if let Err(error) = self.link.try_publish(topic, status.as_str(), Qos::AtLeastOnce, true) {
                tracing::debug!(heater = %member.agent.heater(), %error, "the status had to wait");
            }
        }
    }
}

/// Subscriptions, will and room in the queues for these heaters.
fn with_topics(mut link: link::Settings, site: &SiteId, members: &[Member]) -> link::Settings {
    link.outbox = link.outbox.max(64 + 4 * members.len());
    link.inbox = link.inbox.max(64 + 4 * members.len());
    if let [only] = members {
        let topic = |topic| Topic::heater(site, only.agent.heater(), topic).to_string();
        link.will = Some(link::Publication {
            topic: topic(HeaterTopic::Status),
            payload: HeaterStatus::Offline.as_str().into(),
            qos: Qos::AtLeastOnce,
            retain: true,
        });
        return link
            .subscribe(topic(HeaterTopic::Ack), Qos::AtLeastOnce)
            .subscribe(topic(HeaterTopic::Budget), Qos::AtLeastOnce);
    }
    link.subscribe(filter::heaters_of(site, HeaterTopic::Ack), Qos::AtLeastOnce)
        .subscribe(filter::heaters_of(site, HeaterTopic::Budget), Qos::AtLeastOnce)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::AgentSettings;
    use crate::board::Order;
    use crate::outbox::OutboxLimits;
    use crate::safety::{DataSheet, HeatLimits, Latch, TripCause};
    use vocabulary::{BootId, Budget, Celsius, ControllerKey, Metric, Reading, Timestamp, Watts};

    /// A heater whose casing is this hot.
    struct Casing(f64);

    impl Board for Casing {
        fn rated_w(&self) -> f64 {
            750.0
        }
        fn controllable(&self) -> bool {
            true
        }
        fn sense(&mut self, _: Timestamp) -> Vec<(Metric, Reading)> {
            vec![
                (Metric::TemperatureC, Reading::Value(10.0)),
                (Metric::CaseTemperatureC, Reading::Value(self.0)),
            ]
        }
        fn obey(&mut self, _: Order) {}
        fn drawn_w(&self) -> f64 {
            0.0
        }
        fn data_sheet(&self) -> DataSheet {
            let outlet = HeatLimits::new(75.0, 85.0, 5.0, 0.1).unwrap();
            DataSheet { outlet: Some(outlet), ..DataSheet::default() }
        }
    }

    fn at(second: u64) -> Instant {
        Instant { mono_ms: second * 1000, wall: Timestamp::from_ms(1_763_632_000_000) }
    }

    fn member(file: &StateFile, casing_c: f64) -> Member {
        let key = ControllerKey::from_bytes(&[1; 32]).public();
        let settings = AgentSettings {
            site: SiteId::new("home").unwrap(),
            heater: HeaterId::new("h-1").unwrap(),
            key: key.clone(),
            rated_w: Watts::new(750).unwrap(),
            fallback_w: Watts::new(200).unwrap(),
            setback_c: Celsius::from_hundredths(1700),
            boot: BootId::from_bits(9),
            bn: 1,
            fence_epoch: file.load().unwrap().epoch(&key),
            record_every_ms: 10_000,
            heartbeat_every_ms: 10_000,
            outbox: OutboxLimits::default(),
        };
        let state = file.load().unwrap();
        Member::new(Agent::new(settings, at(0)), Box::new(Casing(casing_c)), Some((file.clone(), state, key)))
    }

    #[test]
    fn a_trip_is_on_disk_after_the_step_it_came_in_and_holds_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let file = StateFile::new(folder.path().join("h-1.json"));
        member(&file, 90.0).step(at(1), false);
        assert_eq!(file.load().unwrap().latch, Latch::Tripped(TripCause::Heat));
        let mut restarted = member(&file, 20.0);
        restarted.step(at(1), false);
        assert_eq!(restarted.agent.latch(), Latch::Tripped(TripCause::Heat));
        restarted.step(at(601), false);
        assert_eq!(file.load().unwrap().latch, Latch::Retried(TripCause::Heat));
    }

    /// A budget of this epoch that answers the member's newest heartbeat.
    fn budget(member: &mut Member, second: u64, epoch: u64) -> Vec<u8> {
        let heartbeat = member.step(at(second), true).into_iter().find_map(|outgoing| match outgoing {
            Outgoing::Heartbeat(heartbeat) => Some(heartbeat),
            Outgoing::Record(_) => None,
        });
        let heartbeat = heartbeat.expect("one is due every ten seconds");
        let watts = Watts::new(500).unwrap();
        let budget = Budget {
            heater: HeaterId::new("h-1").unwrap(),
            boot: heartbeat.boot,
            n: heartbeat.n,
            epoch,
            seq: second,
            watts,
            heat_w: watts,
            setpoint_c: Celsius::from_hundredths(2000),
            hi_c: Celsius::from_hundredths(2400),
            ttl_s: 60,
            maintenance: vocabulary::Maintenance::default(),
        };
        ControllerKey::from_bytes(&[1; 32]).sign(&SiteId::new("home").unwrap(), budget).encode()
    }

    #[test]
    fn a_new_controller_is_obeyed_only_once_its_epoch_is_on_disk() {
        let folder = tempfile::tempdir().unwrap();
        let away = folder.path().join("away");
        let file = StateFile::new(away.join("h-1.json"));
        let mut member = member(&file, 20.0);
        let refused = budget(&mut member, 10, 6);
        assert_eq!(member.hear_budget(&refused, false), Err(Refusal::Disk));
        assert_eq!(member.agent.fence_epoch(), 0);
        std::fs::create_dir(&away).unwrap();
        let obeyed = budget(&mut member, 20, 6);
        assert_eq!(member.hear_budget(&obeyed, false), Ok(()));
        let key = ControllerKey::from_bytes(&[1; 32]).public();
        assert_eq!(file.load().unwrap().epoch(&key), 6, "before anything else happens");
        std::fs::remove_dir_all(&away).unwrap();
        let known = budget(&mut member, 30, 6);
        assert_eq!(member.hear_budget(&known, false), Ok(()), "nothing has to be kept of it");
        let newer = budget(&mut member, 40, 7);
        assert_eq!(member.hear_budget(&newer, false), Err(Refusal::Disk));
    }

    #[test]
    fn after_a_reboot_an_older_controller_is_refused_by_what_is_on_disk() {
        let folder = tempfile::tempdir().unwrap();
        let file = StateFile::new(folder.path().join("h-1.json"));
        let mut before = member(&file, 20.0);
        let newer = budget(&mut before, 10, 6);
        before.hear_budget(&newer, false).unwrap();
        let mut rebooted = member(&file, 20.0);
        let older = budget(&mut rebooted, 10, 5);
        assert_eq!(rebooted.hear_budget(&older, false), Err(Refusal::Stale));
    }

    #[test]
    fn a_trip_that_could_not_be_kept_is_kept_as_soon_as_it_can_be() {
        let folder = tempfile::tempdir().unwrap();
        let away = folder.path().join("away");
        let file = StateFile::new(away.join("h-1.json"));
        let mut member = member(&file, 90.0);
        member.step(at(1), false);
        std::fs::create_dir(&away).unwrap();
        member.step(at(2), false);
        assert_eq!(file.load().unwrap().latch, Latch::Tripped(TripCause::Heat));
    }
}
