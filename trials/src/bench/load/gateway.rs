//! A gateway: some heaters behind one connection, as a real one has them.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use link::{Event, Inbox, Link, LinkError, Qos};
use tokio::time::{MissedTickBehavior, interval};
use vocabulary::{
    Ack, BootId, CredentialId, HeaterId, HeaterTopic, Payload as _, Timestamp, Topic, TopicKind, WallClock,
    filter,
};

use super::super::BenchError;
use super::super::generator::{Model, Set, heater, site};
use super::outbox::Outbox;
use super::schedule::{Load, Schedule};

/// A broker on this machine that takes longer is not there.
const CONNECT_LIMIT: Duration = Duration::from_secs(30);
/// How often what has fallen due is looked at; a record waits so long at most before it is sent.
const LOOK_EVERY: Duration = Duration::from_millis(2);
/// After the last record so long is waited for its acknowledgement.
const DRAIN_LIMIT: Duration = Duration::from_secs(90);
/// History is so old at least, and each record of it this much older than the next.
const HISTORY_AGE_MS: i64 = 3_600_000;
/// Messages that may wait in the link, either way.
const QUEUE: usize = 4_096;

/// What a gateway's heaters heard.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// From due to acknowledged, in milliseconds.
    pub(super) live_ms: Vec<f64>,
    pub(super) late_ms: Vec<f64>,
    /// Records sent again.
    pub(super) again: u64,
    /// The first acknowledgement of each run of ingest.
    pub(super) runs: HashMap<String, Instant>,
}

/// Some heaters behind one connection.
pub(super) struct Gateway {
    link: Link,
    inbox: Inbox,
    outboxes: Vec<Outbox>,
    numbers: HashMap<HeaterId, usize>,
    clock: WallClock,
    /// What the link had no room for yet.
    unsent: VecDeque<(usize, Vec<u8>)>,
    heard: Heard,
}

impl Gateway {
    /// Opens the connection of the heaters `numbers`.
    pub(super) fn open(
        url: &str,
        credential: (CredentialId, String),
        numbers: std::ops::Range<usize>,
        set: Set,
        clock: WallClock,
    ) -> Result<Self, LinkError> {
        let settings = link::Settings::new(url, credential.0, credential.1);
        let settings = link::Settings { inbox: QUEUE, outbox: QUEUE, ..settings };
        let (link, inbox) =
            link::open(settings.subscribe(filter::heaters_of(&site(), HeaterTopic::Ack), Qos::AtLeastOnce))?;
        // Its history was measured in the same boot.
        let booted = clock().plus_ms(-2 * HISTORY_AGE_MS);
        let outbox = |number| {
            let boot = BootId::from_bits(clock().ms().unsigned_abs() << 16 | number as u64);
            Outbox::new(heater(number), boot, booted, Model::new(set, number))
        };
        let outboxes: Vec<Outbox> = numbers.map(outbox).collect();
        let numbers = outboxes.iter().enumerate().map(|(at, outbox)| (outbox.heater.clone(), at)).collect();
        let (unsent, heard) = (VecDeque::new(), Heard::default());
        Ok(Self { link, inbox, outboxes, numbers, clock, unsent, heard })
    }

    /// Returns when the broker has let it in.
    pub(super) async fn connected(&mut self) -> Result<(), BenchError> {
        let up = async { while !matches!(self.inbox.next().await, Some(Event::Up { .. })) {} };
        let let_in = tokio::time::timeout(CONNECT_LIMIT, up).await;
        let_in.map_err(|_| BenchError::Server { system: "broker", what: "it lets no gateway in".to_owned() })
    }

    /// Says goodbye.
    pub(super) async fn close(&self) {
        self.link.close().await;
    }

    /// Sends what falls due for so long, and then waits until all of it is acknowledged.
    pub(super) async fn serve(mut self, load: Load, returning: usize, length: Duration) -> (Self, Heard) {
        let begun = Instant::now();
        let mut schedule = Schedule::new(load, self.outboxes.len(), returning, begun);
        let mut look = interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                event = self.inbox.next() => self.hear(event),
                _ = look.tick() => {}
            }
            while let Some(event) = self.inbox.try_next() {
                self.hear(Some(event));
            }
            let now = Instant::now();
            if now - begun < length {
                self.make_due(&mut schedule, now);
            } else if self.is_done() || now - begun > length + DRAIN_LIMIT {
                break;
            } else {
                self.make_again(now);
            }
            self.send();
        }
        let heard = std::mem::take(&mut self.heard);
        (self, heard)
    }

    /// Every heater with the number of records it has made, and how many are not acknowledged.
    pub(super) fn made(&self) -> impl Iterator<Item = (&HeaterId, u64, usize)> {
        self.outboxes.iter().map(|outbox| (&outbox.heater, outbox.made(), outbox.open()))
    }

    fn make_due(&mut self, schedule: &mut Schedule, now: Instant) {
        while let Some(due) = schedule.pop(now) {
            let outbox = &mut self.outboxes[due.heater];
            let at = if due.late { history(outbox.made(), (self.clock)()) } else { (self.clock)() };
            let payload = outbox.record(due.at, due.late, at);
            self.unsent.push_back((due.heater, payload));
        }
    }

    fn make_again(&mut self, now: Instant) {
        for at in 0..self.outboxes.len() {
            self.send_again(at, false, now);
        }
    }

    fn send_again(&mut self, at: usize, all: bool, now: Instant) {
        let again = self.outboxes[at].again(all, now);
        self.heard.again += again.len() as u64;
        self.unsent.extend(again.into_iter().map(|payload| (at, payload)));
    }

    fn send(&mut self) {
        while let Some((at, payload)) = self.unsent.pop_front() {
            let topic = self.outboxes[at].topic.as_str();
            match self.link.try_publish(topic, payload.clone(), Qos::AtLeastOnce, false) {
                Ok(()) => {}
                Err(_) => return self.unsent.push_front((at, payload)),
            }
        }
    }

    fn hear(&mut self, event: Option<Event>) {
        let Some(Event::Message { topic, payload, .. }) = event else { return };
        let Some(TopicKind::Heater(heater, HeaterTopic::Ack)) = Topic::parse(&topic).map(|t| t.kind) else {
            return;
        };
        let (Some(&at), Ok(ack)) = (self.numbers.get(&heater), Ack::decode(&payload)) else { return };
        let now = Instant::now();
        let (heard, is_new_run) = self.outboxes[at].hear(&ack, now);
        if !heard.is_empty() {
            self.heard.runs.entry(ack.ingest).or_insert(now);
        }
        for heard in heard {
            let times = if heard.late { &mut self.heard.late_ms } else { &mut self.heard.live_ms };
            times.push(heard.took.as_secs_f64() * 1000.0);
        }
        if is_new_run {
            self.send_again(at, true, now);
        }
    }

    fn is_done(&self) -> bool {
        self.outboxes.iter().all(|outbox| outbox.open() == 0)
    }
}

/// The time of a record of history: no two of a heater have the same.
fn history(made: u64, now: Timestamp) -> Timestamp {
    now.plus_ms(-HISTORY_AGE_MS - made as i64)
}
