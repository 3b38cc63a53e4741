//! The loop that gives heaters a clock and a connection: one heater, or a gateway's many behind one connection.

use std::collections::HashMap;
use std::time::Duration;

use link::{Event, Inbox, Link, LinkError, Qos};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};
use vocabulary::{
    Ack, HeaterId, HeaterStatus, HeaterTopic, Payload as _, SignedBudget, SiteId, SitePublicKey, Topic,
    TopicKind, WallClock, filter,
};

use crate::agent::{Agent, Instant, Outgoing};
use crate::board::Board;
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
}

impl Member {
    /// A heater whose fence is kept in a file; without one (a simulated heater in a fleet) it lasts as long as the
    /// process. Its outbox lives in memory.
    #[must_use]
    pub fn new(
        agent: Agent,
        board: Box<dyn Board>,
        memory: Option<(StateFile, HeaterState, SitePublicKey)>,
    ) -> Self {
        Self { agent, board, memory, outbox: None }
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

    /// The fence must be on disk before the heater obeys the new controller for long: it is written at once.
    fn keep_fence(&mut self) {
        let Some((file, state, key)) = &mut self.memory else { return };
        if state.epoch(key) >= self.agent.fence_epoch() {
            return;
        }
        let mut raised = state.clone();
        raised.raise_epoch(key, self.agent.fence_epoch());
        // What could not be kept is tried again with the next budget.
        match file.save(&raised) {
            Ok(()) => *state = raised,
            Err(error) => {
                tracing::warn!(heater = %self.agent.heater(), path = %file.path().display(), %error, "the newest epoch could not be kept: after a reboot an older controller could be obeyed");
            }
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
            // Budgets are never retained; one that is was planted there.
            HeaterTopic::Budget if !retained => {
                let judged = SignedBudget::decode(payload).map_err(|error| error.to_string());
                match judged.and_then(|budget| {
                    member.agent.hear_budget(&budget).map_err(|refusal| refusal.to_string())
                }) {
                    Ok(()) => member.keep_fence(),
                    Err(reason) => tracing::warn!(%heater, reason, "a budget was refused"),
                }
            }
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
