//! The network and the broker: messages are lost, doubled, late and out of order; the broker acknowledges from memory
//! and forgets what it acknowledged when it crashes.

use std::collections::VecDeque;
use std::rc::Rc;

use rand::RngExt as _;
use vocabulary::{Ack, Payload as _};

use super::coverage::Seen;
use super::note::Note;
use super::world::{Event, Letter, Parcel, World};

/// A link tries again after a pause between these, as `link` does.
const RETRY_MS: std::ops::Range<u64> = 500..5_000;

/// A message that a broken link still has.
pub(super) enum Held {
    Record(Rc<Parcel>),
    Ack(Rc<Letter>),
}

/// A client's connection.
pub(super) struct LinkState {
    /// Whether bytes get through.
    pub(super) path: bool,
    /// Whether the client believes that it is connected.
    pub(super) up: bool,
    /// Whether the broker knows the client's subscriptions.
    pub(super) session: bool,
    pub(super) trying: bool,
    held: Vec<Held>,
}

impl Default for LinkState {
    fn default() -> Self {
        Self { path: true, up: false, session: false, trying: false, held: Vec::new() }
    }
}

/// A broker that keeps everything in memory.
#[derive(Default)]
pub(super) struct Broker {
    pub(super) running: bool,
    /// What waits for ingest.
    pub(super) mailbox: VecDeque<Rc<Parcel>>,
}

impl World {
    /// Sends something on its way, with everything that a network may do to it.
    pub(super) fn transmit(&mut self, event: impl Fn() -> Event) {
        let quiet = self.is_quiet();
        if !quiet && self.chance(self.climate.loss) {
            self.count(Seen::MessagesLost);
            return self.note(Note::Lost);
        }
        let copies = if !quiet && self.chance(self.climate.doubling) { 2 } else { 1 };
        self.coverage.count_many(Seen::MessagesDoubled, copies - 1);
        for _ in 0..copies {
            let slow = !quiet && self.chance(self.climate.slowness);
            self.coverage.count_many(Seen::MessagesSlow, u64::from(slow));
            let delay_ms = self.random.random_range(if slow { 1_000..60_000 } else { 1..40 });
            self.put_in(delay_ms, event());
        }
    }

    fn gets_through(&self, client: usize) -> bool {
        self.broker.running && self.links[client].path && self.links[client].session
    }

    /// What did not get through is lost, unless the link still has it.
    fn hold_or_lose(&mut self, client: usize, held: Held) {
        if self.chance(self.climate.holding) {
            self.links[client].held.push(held);
        } else {
            self.count(Seen::MessagesLost);
            self.note(Note::Lost);
        }
    }

    pub(super) fn record_at_broker(&mut self, parcel: &Rc<Parcel>) {
        if !self.gets_through(parcel.heater) {
            return self.hold_or_lose(parcel.heater, Held::Record(parcel.clone()));
        }
        self.transmit(|| Event::Puback(parcel.clone()));
        let subscribed = self.links[self.ingest()].session || self.climate.session_kept;
        if !subscribed || self.broker.mailbox.len() >= self.climate.mailbox {
            return self.count(Seen::MailboxLost);
        }
        self.broker.mailbox.push_back(parcel.clone());
        let delay_ms = self.random.random_range(0..3);
        self.put_in(delay_ms, Event::Deliver);
    }

    pub(super) fn ack_at_broker(&mut self, letter: &Rc<Letter>) {
        if !self.gets_through(self.ingest()) {
            // A run of ingest that is gone holds nothing any more.
            let speaks = self.desk.as_ref().is_some_and(|desk| desk.run == letter.run);
            if speaks {
                self.hold_or_lose(self.ingest(), Held::Ack(letter.clone()));
            } else {
                self.note(Note::Lost);
            }
            return;
        }
        if self.links[letter.heater].session {
            self.transmit(|| Event::AckAtHeater(letter.clone()));
        } else {
            self.note(Note::Lost);
        }
    }

    pub(super) fn ack_at_heater(&mut self, letter: &Letter) {
        let heater = letter.heater;
        if !self.gets_through(heater) || !self.devices[heater].running {
            return self.note(Note::Lost);
        }
        let ack = Ack::decode(&letter.payload).expect("an acknowledgement reads as it was written");
        self.coverage.count_many(Seen::AcksOfAnEarlierRun, u64::from(letter.run < self.runs));
        let forgotten = self.devices[heater].hear(&ack, self.now_ms, &mut self.oracle);
        self.note(Note::Heard { heater, boot: ack.boot, hwm: ack.hwm, forgotten });
    }

    pub(super) fn notice_down(&mut self, client: usize) {
        let link = &mut self.links[client];
        let is_whole = self.broker.running && link.path && link.session;
        if !link.up || is_whole {
            return;
        }
        (link.up, link.session) = (false, false);
        if client == self.ingest() && !self.climate.session_kept {
            self.broker.mailbox.clear();
        }
        self.note(Note::Down { client });
        self.keep_trying(client);
    }

    pub(super) fn keep_trying(&mut self, client: usize) {
        if !std::mem::replace(&mut self.links[client].trying, true) {
            let pause_ms = self.random.random_range(RETRY_MS);
            self.put_in(pause_ms, Event::TryConnect(client));
        }
    }

    fn client_runs(&self, client: usize) -> bool {
        self.devices.get(client).map_or(self.desk.is_some(), |device| device.running)
    }

    pub(super) fn try_connect(&mut self, client: usize) {
        self.links[client].trying = false;
        if !self.client_runs(client) || self.links[client].up {
            return;
        }
        if !self.broker.running || !self.links[client].path {
            return self.keep_trying(client);
        }
        let link = &mut self.links[client];
        (link.up, link.session) = (true, true);
        let held = std::mem::take(&mut link.held);
        self.note(Note::Up { client });
        self.coverage.count_many(Seen::MessagesKept, held.len() as u64);
        for message in held {
            self.transmit(|| match &message {
                Held::Record(parcel) => Event::RecordAtBroker(parcel.clone()),
                Held::Ack(letter) => Event::AckAtBroker(letter.clone()),
            });
        }
        match self.devices.get_mut(client) {
            Some(device) => device.connected(),
            None => self.put_in(0, Event::Deliver),
        }
    }

    /// A process is gone, and its connection with it.
    pub(super) fn cut_off(&mut self, client: usize) {
        let link = &mut self.links[client];
        (link.up, link.session) = (false, false);
        link.held.clear();
        if client == self.ingest() && !self.climate.session_kept {
            self.broker.mailbox.clear();
        }
    }
}
