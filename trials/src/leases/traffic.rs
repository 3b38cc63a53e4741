//! The network and the broker: messages are lost, doubled, late by up to minutes and out of order; a path that breaks may
//! hold what was under way and let it through later. Each controller hears for itself.

use std::rc::Rc;

use heater::{Outgoing, Refusal};
use rand::RngExt as _;
use vocabulary::{Budget, Mode, Payload as _, SignedBudget};

use super::climate::pick;
use super::coverage::Seen;
use super::lie::lied;
use super::note::Note;
use super::run::{Message, State, Word};
use super::world::{Event, STEP_MS, World};

/// A link tries again after a pause between these, as `link` does.
const RETRY_MS: std::ops::Range<u64> = 500..5_000;
/// A building system repeats its limit within this to a controller that was away.
const LIMIT_AGAIN_MS: u64 = 30_000;
/// How late a late message is, at most: within a cycle, within a lease, within what a heater remembers, and beyond.
const LATE_MS: [u64; 4] = [15_000, 60_000, 60_000, 180_000];

impl World {
    pub(super) fn step(&mut self, heater: usize) {
        self.put_in(STEP_MS, Event::Step(heater));
        if self.devices[heater].unplugged {
            return;
        }
        let before = self.devices[heater].told.as_ref().map(|told| told.mode);
        for outgoing in self.devices[heater].step(self.now_ms) {
            let payload = outgoing.payload();
            let word = match outgoing {
                Outgoing::Record(_) => Word::Record,
                Outgoing::Heartbeat(beat) => {
                    self.oracle.beat(heater, beat.boot, beat.n, self.now_ms);
                    let (mode, drawn_w) = (beat.mode.as_str(), beat.drawn_w);
                    self.note(Note::Beat {
                        heater,
                        n: beat.n,
                        epoch: beat.epoch,
                        seq: beat.seq,
                        mode,
                        drawn_w,
                    });
                    if before == Some(Mode::Leased) && beat.mode == Mode::Fallback {
                        self.count(Seen::LeasesEnded);
                    }
                    Word::Heartbeat
                }
            };
            let message = Rc::new(Message { heater, word, payload });
            self.transmit(0, || Event::AtBroker(message.clone()));
        }
        self.lie(heater);
    }

    /// Whoever has a heater's credential speaks between its own heartbeats, every second.
    fn lie(&mut self, heater: usize) {
        let Some(truth) = self.devices[heater].told.clone().filter(|_| self.devices[heater].lies) else {
            return;
        };
        self.count(Seen::Lies);
        let payload = lied(&mut self.random, &truth).encode();
        let message = Rc::new(Message { heater, word: Word::Heartbeat, payload });
        self.transmit(0, || Event::AtBroker(message.clone()));
    }

    /// Sends something on its way, with everything that a network may do to it.
    fn transmit(&mut self, after_ms: u64, event: impl Fn() -> Event) {
        let quiet = self.is_quiet();
        if !quiet && self.chance(self.climate.loss) {
            return self.lose();
        }
        let copies = if !quiet && self.chance(self.climate.doubling) { 2 } else { 1 };
        self.coverage.count_many(Seen::MessagesDoubled, copies - 1);
        for _ in 0..copies {
            let slow = !quiet && self.chance(self.climate.slowness);
            self.coverage.count_many(Seen::MessagesSlow, u64::from(slow));
            let longest_ms = if slow { pick(&mut self.random, &LATE_MS) } else { 40 };
            let delay_ms = self.random.random_range(1..longest_ms);
            self.put_in(after_ms + delay_ms, event());
        }
    }

    /// What did not get through is lost, unless the path still holds it: then it is tried again.
    fn hold_or_lose(&mut self, event: Event) {
        if self.chance(self.climate.holding) {
            self.count(Seen::MessagesHeld);
            let delay_ms = self.random.random_range(500..20_000);
            self.put_in(delay_ms, event);
        } else {
            self.lose();
        }
    }

    fn lose(&mut self) {
        self.count(Seen::MessagesLost);
        self.note(Note::Lost);
    }

    fn heater_is_reached(&self, heater: usize) -> bool {
        let device = &self.devices[heater];
        self.broker_runs && device.path && device.up && !device.deaf
    }

    pub(super) fn at_broker(&mut self, message: &Rc<Message>) {
        if !self.broker_runs || !self.devices[message.heater].path {
            return self.hold_or_lose(Event::AtBroker(message.clone()));
        }
        for run in 0..self.runs.len() {
            if self.runs[run].state != State::Ended {
                self.transmit(0, || Event::AtRun { run, message: message.clone() });
            }
        }
    }

    pub(super) fn at_run(&mut self, run: usize, message: Rc<Message>) {
        let (is_reached, state) =
            (self.broker_runs && self.runs[run].path && self.runs[run].up, self.runs[run].state);
        match state {
            State::Ended => {}
            // What is not acknowledged waits for nobody whose connection is known to be broken.
            _ if !is_reached && !self.runs[run].up => self.lose(),
            _ if !is_reached => self.hold_or_lose(Event::AtRun { run, message }),
            State::Frozen { .. } => self.runs[run].inbox.push(message),
            State::Running => {
                let delay_ms = self.controller_delay_ms();
                self.put_in(delay_ms, Event::HeardByRun { run, message });
            }
        }
    }

    fn controller_delay_ms(&mut self) -> u64 {
        if self.is_quiet() { 0 } else { self.random.random_range(0..self.climate.controller_ms) }
    }

    pub(super) fn heard_by_run(&mut self, run: usize, message: Rc<Message>) {
        match self.runs[run].state {
            State::Ended => {}
            State::Frozen { .. } => self.runs[run].inbox.push(message),
            State::Running => {
                let heard = self.runs[run].hear(&message, &self.layout, self.now_ms);
                if let Some(beat) = heard {
                    self.note(Note::Heard { run, heater: message.heater, n: beat.n, seq: beat.seq });
                }
            }
        }
    }

    /// A run has issued budgets: slowly or not, they leave.
    pub(super) fn send(&mut self, run: usize, budgets: Vec<SignedBudget>) {
        for budget in budgets {
            let Some(heater) = self.heater_of(&budget.budget) else { continue };
            let Budget { n, epoch, seq, watts, .. } = budget.budget;
            self.note(Note::Issued { run, heater, n, epoch, seq, watts: watts.whole() });
            self.count(Seen::Budgets);
            self.oracle.issued(heater, &budget.budget, self.now_ms);
            let budget = Rc::new(budget);
            self.sent.push((heater, budget.clone()));
            let delay_ms = self.controller_delay_ms();
            self.transmit(delay_ms, || Event::Publish { run, budget: budget.clone() });
        }
    }

    fn heater_of(&self, budget: &Budget) -> Option<usize> {
        self.devices.iter().position(|device| device.id == budget.heater)
    }

    /// A budget is at the broker, if its controller gets through to it.
    pub(super) fn publish(&mut self, run: usize, budget: Rc<SignedBudget>) {
        let from = &mut self.runs[run];
        if matches!(from.state, State::Frozen { .. }) {
            // It was decided before, and leaves when the run goes on.
            return from.outbox.push(budget);
        }
        if !(self.broker_runs && from.path && from.up) {
            // The link of a run that is gone holds nothing any more.
            if from.state != State::Ended {
                self.hold_or_lose(Event::Publish { run, budget });
            }
            return;
        }
        if self.runs.iter().any(|other| other.epoch > self.runs[run].epoch) {
            self.count(Seen::OldOnesBack);
        }
        if let Some(heater) = self.heater_of(&budget.budget) {
            self.transmit(0, || Event::AtHeater { heater, budget: budget.clone() });
        }
    }

    pub(super) fn at_heater(&mut self, heater: usize, budget: &Rc<SignedBudget>) {
        if !self.heater_is_reached(heater) {
            return self.hold_or_lose(Event::AtHeater { heater, budget: budget.clone() });
        }
        self.oracle.arrived(heater, &budget.budget);
        let Budget { epoch, seq, watts, .. } = budget.budget;
        match self.devices[heater].hear(budget, self.now_ms) {
            Some(Ok(())) => {
                self.obeyed[heater] = self.obeyed[heater].max(epoch);
                self.count(Seen::BudgetsAccepted);
                self.note(Note::Accepted { heater, epoch, seq, watts: watts.whole() });
            }
            Some(Err(refusal)) => {
                self.count_refusal(refusal);
                self.note(Note::Refused { heater, epoch, seq, why: refusal });
            }
            None => {
                self.count(Seen::FencesUnsaved);
                self.put_in(RETRY_MS.end, Event::StartHeater(heater));
            }
        }
    }

    fn count_refusal(&mut self, refusal: Refusal) {
        match refusal {
            Refusal::OtherHeater => self.count(Seen::RefusedOtherHeater),
            Refusal::OtherBoot => self.count(Seen::RefusedOtherBoot),
            Refusal::Nonce => self.count(Seen::RefusedNonce),
            Refusal::Stale => self.count(Seen::RefusedStale),
            _ => {}
        }
    }

    pub(super) fn heater_notices(&mut self, heater: usize) {
        if self.broker_runs && self.devices[heater].path {
            return;
        }
        self.devices[heater].up = false;
        self.heater_tries(heater);
    }

    pub(super) fn heater_tries(&mut self, heater: usize) {
        if !std::mem::replace(&mut self.devices[heater].trying, true) {
            let pause_ms = self.random.random_range(RETRY_MS);
            self.put_in(pause_ms, Event::HeaterConnects(heater));
        }
    }

    pub(super) fn heater_connects(&mut self, heater: usize) {
        self.devices[heater].trying = false;
        if !self.devices[heater].is_running() || self.devices[heater].up {
            return;
        }
        if !self.broker_runs || !self.devices[heater].path {
            return self.heater_tries(heater);
        }
        self.devices[heater].connected();
        self.note(Note::HeaterUp { heater });
        if self.chance(self.climate.retaining) {
            self.play_again(heater, Seen::Retained);
        }
    }

    /// An old budget of a heater comes again.
    pub(super) fn play_again(&mut self, heater: usize, seen: Seen) {
        let own: Vec<_> =
            self.sent.iter().filter(|(to, _)| *to == heater).map(|(_, budget)| budget.clone()).collect();
        if own.is_empty() {
            return;
        }
        let budget = own[self.random.random_range(0..own.len())].clone();
        self.count(seen);
        self.put_in(1, Event::AtHeater { heater, budget });
    }

    pub(super) fn run_notices(&mut self, run: usize) {
        if self.broker_runs && self.runs[run].path {
            return;
        }
        self.runs[run].up = false;
        self.run_tries(run);
    }

    /// A path that was broken for so short that nobody noticed lets through what the building system said meanwhile: its
    /// connection stands, and sends again what was not acknowledged.
    pub(super) fn run_path_back(&mut self, run: usize) {
        self.runs[run].path = true;
        self.tell_limit(run);
    }

    pub(super) fn run_tries(&mut self, run: usize) {
        if !std::mem::replace(&mut self.runs[run].trying, true) {
            let pause_ms = self.random.random_range(RETRY_MS);
            self.put_in(pause_ms, Event::RunConnects(run));
        }
    }

    pub(super) fn run_connects(&mut self, run: usize) {
        self.runs[run].trying = false;
        if self.runs[run].state == State::Ended || self.runs[run].up {
            return;
        }
        if !self.broker_runs || !self.runs[run].path || self.runs[run].state != State::Running {
            return self.run_tries(run);
        }
        self.runs[run].connected(self.now_ms);
        self.note(Note::RunUp { run });
        // The building system says it again, in its own time.
        let told_in_ms = self.random.random_range(0..LIMIT_AGAIN_MS);
        self.put_in(told_in_ms, Event::TellLimit(run));
    }
}
