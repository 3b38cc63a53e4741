//! A run of the controller in virtual time: the real one with its clocks, what it was told, and what it has issued.

use std::collections::BTreeSet;
use std::rc::Rc;

use controller::{LEASE_TTL_S, Memory, Moment, Publication, SiteController};
use registry::Override;
use vocabulary::{
    ControllerKey, Heartbeat, HeaterTopic, Payload as _, SignedBudget, SiteLimit, SiteState, SiteTopic,
    TopicKind,
};

use super::building::{Layout, watts};
use super::device::EPOCH;
use super::mutant::Mutant;

/// A limit says to last this long, so that no jump of a clock ends it.
const LIMIT_MS: i64 = 20 * 3_600_000;

/// A run that has issued nothing for so long leads nobody.
const SPEAKS_FOR_MS: u64 = 30_000;

/// What heaters say.
pub(super) enum Word {
    Record,
    Heartbeat,
}

/// Something a heater said, on its way.
pub(super) struct Message {
    pub(super) heater: usize,
    pub(super) word: Word,
    pub(super) payload: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Running,
    /// It stands still since then, and its monotonic clock perhaps with it.
    Frozen {
        since_ms: u64,
        with_clock: bool,
    },
    Ended,
}

/// What one cycle gave.
pub(super) struct Cycle {
    pub(super) budgets: Vec<SignedBudget>,
    pub(super) state: Option<SiteState>,
}

/// One run of the controller.
pub(super) struct Run {
    /// Which data folder it holds the lock of.
    pub(super) folder: usize,
    pub(super) epoch: u64,
    controller: SiteController,
    mutant: Option<Mutant>,
    pub(super) started_ms: u64,
    /// Since when its connection stands.
    pub(super) listening_since_ms: u64,
    /// When it last issued a budget.
    spoke_ms: Option<u64>,
    lag_ms: u64,
    pub(super) wall_off_ms: i64,
    pub(super) state: State,
    pub(super) path: bool,
    pub(super) up: bool,
    pub(super) trying: bool,
    pub(super) inbox: Vec<Rc<Message>>,
    pub(super) outbox: Vec<Rc<SignedBudget>>,
    /// Going to freeze for so long between deciding and sending.
    pub(super) freezes_for_ms: Option<u64>,
    pub(super) cycle_waits: bool,
    pub(super) cycles: u64,
    /// The limit that it knows.
    pub(super) limit_w: Option<u32>,
    /// By heater: the newest seq issued and the newest heartbeat heard.
    issued: Vec<u64>,
    heard: Vec<Option<Heartbeat>>,
    /// When it heard each heater last, or first found it in the book.
    pub(super) heard_ms: Vec<u64>,
    /// Heaters that have reported its epoch.
    pub(super) reported: BTreeSet<usize>,
    pub(super) alarmed: bool,
    /// Since when it and another one have both been at work, without a break.
    pub(super) rivalled_since_ms: Option<u64>,
}

impl Run {
    pub(super) fn new(
        folder: usize,
        epoch: u64,
        memory: Option<&String>,
        layout: &Layout,
        overrides: &[Override],
        mutant: Option<Mutant>,
        now_ms: u64,
    ) -> Self {
        let memory = memory.map(|kept| Memory::restore(kept)).unwrap_or_default();
        let book = layout.book(mutant != Some(Mutant::FallbackNotCounted));
        let now = Moment { mono_ms: 0, wall: EPOCH.plus_ms(now_ms as i64) };
        Self {
            folder,
            epoch,
            controller: SiteController::new(book, overrides, memory, epoch, LEASE_TTL_S, now),
            mutant,
            started_ms: now_ms,
            listening_since_ms: now_ms,
            spoke_ms: None,
            lag_ms: 0,
            wall_off_ms: 0,
            state: State::Running,
            path: true,
            up: false,
            trying: false,
            inbox: Vec::new(),
            outbox: Vec::new(),
            freezes_for_ms: None,
            cycle_waits: false,
            cycles: 0,
            limit_w: None,
            issued: vec![0; layout.places.len()],
            heard: vec![None; layout.places.len()],
            heard_ms: vec![now_ms; layout.places.len()],
            reported: BTreeSet::new(),
            alarmed: false,
            rivalled_since_ms: None,
        }
    }

    /// Whether what it issues can reach anybody.
    pub(super) fn is_at_work(&self) -> bool {
        self.state == State::Running && self.path && self.up
    }

    /// Whether it leads heaters right now.
    pub(super) fn is_speaking(&self, now_ms: u64) -> bool {
        self.is_at_work() && self.spoke_ms.is_some_and(|spoke_ms| now_ms - spoke_ms <= SPEAKS_FOR_MS)
    }

    /// Since when it has listened to a heater in vain.
    pub(super) fn in_vain_since_ms(&self, heater: usize) -> u64 {
        self.heard_ms[heater].max(self.listening_since_ms)
    }

    pub(super) fn memory(&self) -> String {
        self.controller.memory().keep()
    }

    fn now(&self, now_ms: u64) -> Moment {
        Moment {
            mono_ms: now_ms - self.started_ms - self.lag_ms,
            wall: EPOCH.plus_ms(now_ms as i64 + self.wall_off_ms),
        }
    }

    pub(super) fn set_book(&mut self, layout: &Layout, overrides: &[Override], now_ms: u64) {
        let (book, now) = (layout.book(self.mutant != Some(Mutant::FallbackNotCounted)), self.now(now_ms));
        self.controller.set_book(book, overrides, now);
    }

    pub(super) fn connected(&mut self, now_ms: u64) {
        (self.up, self.listening_since_ms) = (true, now_ms);
        self.controller.connected(self.now(now_ms));
    }

    pub(super) fn thaw(&mut self, now_ms: u64) {
        if let State::Frozen { since_ms, with_clock: true } = self.state {
            let lost_ms = now_ms - since_ms;
            self.lag_ms += lost_ms;
            // It waits by its own clock, so as much longer.
            self.listening_since_ms += lost_ms;
            self.heard_ms.iter_mut().for_each(|heard_ms| *heard_ms += lost_ms);
        }
        self.state = State::Running;
    }

    pub(super) fn hear_limit(&mut self, limit_w: u32, layout: &Layout, now_ms: u64) {
        let now = self.now(now_ms);
        let limit = SiteLimit {
            watts: watts(limit_w),
            until: now.wall.plus_ms(LIMIT_MS),
            by: layout.site.to_string(),
        };
        let heard =
            self.controller.hear_outside(&TopicKind::Site(SiteTopic::Limit), &limit.encode(), false, now);
        heard.expect("a limit that ends in the future is heard");
        self.limit_w = Some(limit_w);
    }

    /// Hears a heater; gives the heartbeat, if it was one.
    pub(super) fn hear(&mut self, message: &Message, layout: &Layout, now_ms: u64) -> Option<Heartbeat> {
        let (now, id) = (self.now(now_ms), &layout.places[message.heater].id);
        if matches!(message.word, Word::Record) {
            // A heater that is not in the book is not heard, which is right.
            _ = self.controller.hear_record(id, &message.payload, now);
            return None;
        }
        let mut heartbeat = Heartbeat::decode(&message.payload).expect("a heartbeat reads as it was written");
        if self.mutant == Some(Mutant::ForgottenGrants) && heartbeat.epoch == self.epoch {
            heartbeat.seq = self.issued[message.heater];
        }
        if self.controller.hear_heartbeat(id, &heartbeat.encode(), now).is_ok() {
            self.heard_ms[message.heater] = now_ms;
            if heartbeat.epoch == self.epoch {
                self.reported.insert(message.heater);
            }
        }
        if self.mutant == Some(Mutant::NumbersOfAll) {
            self.believe_of_all(&heartbeat, message.heater, layout, now);
        }
        self.heard[message.heater] = Some(heartbeat.clone());
        Some(heartbeat)
    }

    /// A number of its epoch that it never issued is taken for what all other heaters obey as well.
    fn believe_of_all(&mut self, heartbeat: &Heartbeat, from: usize, layout: &Layout, now: Moment) {
        let is_foreign = heartbeat.epoch == self.epoch && heartbeat.seq > self.issued[from];
        if !is_foreign || heartbeat.lease_left_s > 0 {
            return;
        }
        for (other, heard) in self.heard.iter().enumerate().filter(|(other, _)| *other != from) {
            if let Some(heard) = heard {
                let (epoch, seq) = (heartbeat.epoch, heartbeat.seq);
                let claimed = Heartbeat { epoch, seq, lease_left_s: 0, ..heard.clone() };
                _ = self.controller.hear_heartbeat(&layout.places[other].id, &claimed.encode(), now);
            }
        }
    }

    pub(super) fn cycle(&mut self, key: &ControllerKey, layout: &Layout, now_ms: u64) -> Cycle {
        self.cycles += 1;
        let publications = self.controller_cycle(key, now_ms);
        let mut cycle = self.sort(publications, layout);
        if self.mutant == Some(Mutant::GrowBeforeShrink) {
            for (index, place) in layout.places.iter().enumerate() {
                if let Some(heard) = &self.heard[index] {
                    let obeyed = Heartbeat { epoch: self.epoch, seq: self.issued[index], ..heard.clone() };
                    _ = self.controller.hear_heartbeat(&place.id, &obeyed.encode(), self.now(now_ms));
                }
            }
            let publications = self.controller_cycle(key, now_ms);
            cycle = self.sort(publications, layout);
        }
        if !cycle.budgets.is_empty() {
            self.spoke_ms = Some(now_ms);
        }
        cycle
    }

    fn controller_cycle(&mut self, key: &ControllerKey, now_ms: u64) -> Vec<Publication> {
        let now = self.now(now_ms);
        self.controller.cycle(key, now)
    }

    fn sort(&mut self, publications: Vec<Publication>, layout: &Layout) -> Cycle {
        let mut cycle = Cycle { budgets: Vec::new(), state: None };
        for publication in publications {
            match publication.topic.kind {
                TopicKind::Heater(_, HeaterTopic::Budget) => {
                    let signed =
                        SignedBudget::decode(&publication.payload).expect("a budget reads as it was written");
                    let heater = layout.places.iter().position(|place| place.id == signed.budget.heater);
                    self.issued[heater.expect("budgets are for heaters of the site")] = signed.budget.seq;
                    cycle.budgets.push(signed);
                }
                TopicKind::Site(SiteTopic::State) => {
                    cycle.state = Some(
                        SiteState::decode(&publication.payload).expect("a state reads as it was written"),
                    );
                }
                _ => {}
            }
        }
        cycle
    }
}
