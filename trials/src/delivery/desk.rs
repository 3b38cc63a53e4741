//! A run of ingest in virtual time: the real intake, queue and acknowledgements, put together as in `ingest::run`.

use std::sync::Arc;

use ingest::{Acks, Intake, Outcome, Queue};
use registry::{Clock, Heater, Site, SiteBook};
use store::{Arrival, Receipt, StoreError};
use vocabulary::{DisplayName, HeaterId, SiteId, Tally, Watts, Zone};

use super::device::EPOCH;
use super::mutant::Mutant;

/// As in `ingest::run`.
pub(super) const ACK_EVERY_MS: u64 = 50;

/// What became of a message.
pub(super) enum Hearing {
    Taken {
        bn: u64,
        seq: u64,
    },
    /// History, while too much waits.
    PutOff,
    Refused,
}

/// One process of ingest.
pub(super) struct Desk {
    pub(super) run: u64,
    started_ms: u64,
    intake: Intake,
    acks: Acks,
    queue: Queue,
    /// When it will look whether a commit is due.
    pub(super) looks_at_ms: Option<u64>,
    pub(super) ticking: bool,
}

impl Desk {
    pub(super) fn start(run: u64, book: &SiteBook, now_ms: u64) -> Self {
        let mut intake = Intake::new(Arc::new(Tally::default()));
        intake.set_books(std::slice::from_ref(book));
        Self {
            run,
            started_ms: now_ms,
            intake,
            acks: Acks::new(format!("run-{run}")),
            queue: Queue::default(),
            looks_at_ms: None,
            ticking: false,
        }
    }

    fn mono_ms(&self, now_ms: u64) -> u64 {
        now_ms - self.started_ms
    }

    /// Takes a message into the queue.
    pub(super) fn hear(&mut self, topic: &str, payload: &[u8], now_ms: u64) -> Hearing {
        let mono_ms = self.mono_ms(now_ms);
        let Some(arrival) = self.intake.admit(topic, payload, EPOCH.plus_ms(now_ms as i64)) else {
            return Hearing::Refused;
        };
        if arrival.late {
            if !self.queue.takes_history() {
                self.acks.backfill().felt(0, self.queue.len(), mono_ms);
                return Hearing::PutOff;
            }
            self.acks.backfill().heard(&arrival.site, &arrival.heater, mono_ms);
        }
        let taken = Hearing::Taken { bn: arrival.bn, seq: arrival.seq };
        self.queue.push(arrival, mono_ms);
        taken
    }

    pub(super) fn is_full(&self) -> bool {
        self.queue.is_full()
    }

    /// Whether records wait.
    pub(super) fn has_records(&self) -> bool {
        !self.queue.is_empty()
    }

    /// The next commit's batch, if it is due.
    pub(super) fn begin(&mut self, now_ms: u64) -> Option<Arc<Vec<Arrival>>> {
        self.queue.begin(self.mono_ms(now_ms))
    }

    /// How long until the next commit is due.
    pub(super) fn due_in_ms(&self, now_ms: u64) -> Option<u64> {
        self.queue.due_in(self.mono_ms(now_ms)).map(|due_in| due_in.as_millis() as u64)
    }

    /// The disk is full: the batch is kept.
    pub(super) fn put_off(&mut self, now_ms: u64) {
        let full = StoreError::NoSpace { free: 0, needed: 1 };
        self.queue.end(Err(full), self.mono_ms(now_ms)).expect("a full disk passes");
    }

    /// The commit is on disk.
    pub(super) fn end(&mut self, receipts: Vec<Receipt>, now_ms: u64) -> Vec<Receipt> {
        let mono_ms = self.mono_ms(now_ms);
        match self.queue.end(Ok(receipts), mono_ms) {
            Ok(Outcome::Durable { receipts, took_ms, .. }) => {
                self.acks.backfill().felt(took_ms, self.queue.len(), mono_ms);
                receipts
            }
            _ => unreachable!("what is on disk is durable"),
        }
    }

    /// Receipts become acknowledgements.
    pub(super) fn acknowledge(&mut self, mut receipts: Vec<Receipt>, mutant: Option<Mutant>) {
        match mutant {
            Some(Mutant::NoReAck) => receipts.retain(|receipt| receipt.stored > 0),
            Some(Mutant::MarkOverGaps) => {
                for receipt in &mut receipts {
                    receipt.hwm = receipt.got.last().map_or(receipt.hwm, |range| range.1);
                    receipt.got.clear();
                }
            }
            _ => {}
        }
        self.acks.add(receipts);
    }

    /// What may be sent now: to whom, and what.
    pub(super) fn due(&mut self, now_ms: u64) -> Vec<(HeaterId, Vec<u8>)> {
        let due = self.acks.due(self.mono_ms(now_ms));
        due.into_iter().map(|(_, heater, ack)| (heater, ack)).collect()
    }

    pub(super) fn has_acks(&self) -> bool {
        !self.acks.is_empty()
    }
}

/// The book of a site with so many heaters.
pub(super) fn book(site: &SiteId, heaters: impl Iterator<Item = HeaterId>) -> SiteBook {
    let name = DisplayName::new("simulated").expect("a word is a name");
    let heaters = heaters.map(|id| Heater {
        id,
        name: name.clone(),
        room: None,
        rated_w: Watts::ZERO,
        resistor_w: Watts::ZERO,
        fallback_w: Watts::ZERO,
        simulated: true,
        circuit: None,
    });
    let heaters = heaters.collect();
    SiteBook {
        site: Site {
            id: site.clone(),
            name: name.clone(),
            zone: Zone::UTC,
            clock: Clock::Wall,
            cap_w: None,
            demonstration: true,
        },
        rooms: Vec::new(),
        heaters,
        circuits: Vec::new(),
        metrics: Vec::new(),
    }
}
