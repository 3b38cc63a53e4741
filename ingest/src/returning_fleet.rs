//! A fleet that comes back after a cut, in virtual time: simple outboxes, the real queue, acknowledgements and rates, and
//! a machine that writes so many records a second. What is asked: does a live record ever wait for history?

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use store::{Arrival, Cursor, Receipt, Verdict};
use vocabulary::{Ack, HeaterId, Payload as _};

use crate::acks::Acks;
use crate::queue::tests::arrival;
use crate::queue::{Outcome, Queue};

const TICK_MS: u64 = 50;
const RECORD_EVERY_MS: u64 = 10_000;
/// Records of an hour.
const HOUR: u64 = 360;
/// Of these the first are history when the heater is back; those of the last minute are still live.
const HISTORY: u64 = HOUR - 6;
const WINDOW: usize = 32;
const RESEND_MS: u64 = 30_000;
/// All heaters are connected again after this time.
const BACK_WITHIN_MS: u64 = 5_000;

/// An outbox as in `docs/protocol.md`.
struct Outbox {
    /// When it is connected again; from then its live records come every ten seconds.
    back_at_ms: u64,
    live: VecDeque<u64>,
    history: VecDeque<u64>,
    /// What was sent and when.
    under_way: BTreeMap<u64, u64>,
    next_seq: u64,
    rate_per_s: u32,
    credit: f64,
}

impl Outbox {
    fn new(index: u64, fleet: u64, rate_per_s: u32) -> Self {
        Self {
            back_at_ms: index * BACK_WITHIN_MS / fleet / TICK_MS * TICK_MS,
            live: (HISTORY + 1..=HOUR).collect(),
            history: (1..=HISTORY).collect(),
            under_way: BTreeMap::new(),
            next_seq: HOUR + 1,
            rate_per_s,
            credit: 0.0,
        }
    }

    /// What is sent in this tick, as `(seq, late)`.
    fn send(&mut self, now_ms: u64) -> Vec<(u64, bool)> {
        let Some(since_ms) = now_ms.checked_sub(self.back_at_ms) else { return vec![] };
        if since_ms > 0 && since_ms.is_multiple_of(RECORD_EVERY_MS) {
            self.live.push_back(self.next_seq);
            self.next_seq += 1;
        }
        let rate = f64::from(self.rate_per_s);
        self.credit = (self.credit + rate * TICK_MS as f64 / 1_000.0).min(rate.max(1.0));
        self.resend(now_ms);
        let mut sent = Vec::new();
        while self.under_way.len() < WINDOW {
            let Some((seq, late)) = self.next() else { break };
            self.under_way.insert(seq, now_ms);
            sent.push((seq, late));
        }
        sent
    }

    fn next(&mut self) -> Option<(u64, bool)> {
        if let Some(seq) = self.live.pop_front() {
            return Some((seq, false));
        }
        let seq = if self.credit >= 1.0 { self.history.pop_front()? } else { return None };
        self.credit -= 1.0;
        Some((seq, true))
    }

    fn resend(&mut self, now_ms: u64) {
        let (history, live) = (&mut self.history, &mut self.live);
        self.under_way.retain(|&seq, sent| {
            let is_patient = now_ms - *sent < RESEND_MS;
            if !is_patient {
                let waiting = if seq <= HISTORY { &mut *history } else { &mut *live };
                waiting.push_back(seq);
            }
            is_patient
        });
    }

    fn hear(&mut self, ack: &Ack) {
        self.under_way.retain(|&seq, _| !ack.covers(seq));
        self.live.retain(|&seq| !ack.covers(seq));
        self.rate_per_s = ack.backfill_per_s;
    }

    fn is_back(&self) -> bool {
        self.history.is_empty() && self.under_way.range(..=HISTORY).next().is_none()
    }
}

/// A record on disk: whose, which, and whether it was history.
type Stored = (HeaterId, u64, bool);

/// The site machine: ingest's own parts around a store that takes so many records a second.
struct Machine {
    records_per_s: u64,
    /// What the broker holds while ingest does not read.
    unread: VecDeque<Arrival>,
    queue: Queue,
    acks: Acks,
    cursors: HashMap<HeaterId, Cursor>,
    /// The commit under way and when it ends.
    commit: Option<(u64, Arc<Vec<Arrival>>)>,
    put_off: usize,
}

impl Machine {
    fn new(records_per_s: u64) -> Self {
        Self {
            records_per_s,
            unread: VecDeque::new(),
            queue: Queue::default(),
            acks: Acks::new("run".to_owned()),
            cursors: HashMap::new(),
            commit: None,
            put_off: 0,
        }
    }

    /// Reads, as the loop of ingest does, until the queue is full.
    fn read(&mut self, now_ms: u64) {
        while !self.queue.is_full() {
            let Some(arrival) = self.unread.pop_front() else { return };
            if arrival.late && !self.queue.takes_history() {
                self.acks.backfill().felt(0, self.queue.len(), now_ms);
                self.put_off += 1;
                continue;
            }
            if arrival.late {
                self.acks.backfill().heard(&arrival.site, &arrival.heater, now_ms);
            }
            self.queue.push(arrival, now_ms);
        }
    }

    /// Ends and begins commits; gives what is new on disk.
    fn work(&mut self, now_ms: u64) -> Vec<Stored> {
        let mut stored = Vec::new();
        if let Some((_, batch)) = self.commit.take_if(|(ends_ms, _)| *ends_ms <= now_ms) {
            let receipts = batch.iter().map(|arrival| self.store(arrival, &mut stored)).collect();
            let Ok(Outcome::Durable { receipts, took_ms, .. }) = self.queue.end(Ok(receipts), now_ms) else {
                panic!("this store takes everything")
            };
            self.acks.backfill().felt(took_ms, self.queue.len(), now_ms);
            self.acks.add(receipts);
        }
        if let Some(batch) = self.queue.begin(now_ms) {
            self.commit = Some((now_ms + 5 + batch.len() as u64 * 1_000 / self.records_per_s, batch));
        }
        stored
    }

    fn store(&mut self, arrival: &Arrival, stored: &mut Vec<Stored>) -> Receipt {
        let cursor = self.cursors.entry(arrival.heater.clone()).or_default();
        if cursor.offer(arrival.seq, 1).verdict == Verdict::New {
            stored.push((arrival.heater.clone(), arrival.seq, arrival.late));
        }
        Receipt {
            site: arrival.site.clone(),
            heater: arrival.heater.clone(),
            boot: arrival.boot,
            hwm: cursor.hwm(),
            got: cursor.ranges().to_vec(),
            stored: 1,
            duplicates: 0,
            lost: 0,
            no_room: 0,
            forgotten: 0,
        }
    }
}

/// What came of it.
#[derive(Debug, Default)]
struct Story {
    /// The longest time from sending a live record until it was on disk, from the first half minute on.
    longest_live_ms: u64,
    /// When all history was on disk.
    over_at_s: Option<u64>,
    /// Records of history on disk at the end.
    history: usize,
    /// The most history sent in any second but the first three.
    most_history_per_s: usize,
    put_off: usize,
}

fn returns(heaters: u64, first_rate_per_s: u32, records_per_s: u64, for_s: u64) -> Story {
    let ids: Vec<HeaterId> = (0..heaters).map(|n| HeaterId::new(&format!("h-{n}")).unwrap()).collect();
    let index: HashMap<&HeaterId, usize> = ids.iter().enumerate().map(|(at, id)| (id, at)).collect();
    let mut fleet: Vec<Outbox> = (0..heaters).map(|n| Outbox::new(n, heaters, first_rate_per_s)).collect();
    let mut machine = Machine::new(records_per_s);
    let mut live_sent: HashMap<(usize, u64), u64> = HashMap::new();
    let mut history_of_second = vec![0; for_s as usize];
    let mut story = Story::default();
    for now_ms in (0..for_s * 1_000).step_by(TICK_MS as usize) {
        for (at, outbox) in fleet.iter_mut().enumerate() {
            for (seq, late) in outbox.send(now_ms) {
                if late {
                    history_of_second[now_ms as usize / 1_000] += 1;
                } else if now_ms >= 30_000 {
                    live_sent.entry((at, seq)).or_insert(now_ms);
                }
                machine.unread.push_back(Arrival { heater: ids[at].clone(), late, ..arrival(seq) });
            }
        }
        machine.read(now_ms);
        for (heater, seq, late) in machine.work(now_ms) {
            story.history += usize::from(late);
            if let Some(sent) = live_sent.remove(&(index[&heater], seq)) {
                story.longest_live_ms = story.longest_live_ms.max(now_ms - sent);
            }
        }
        for (_, heater, payload) in machine.acks.due(now_ms) {
            fleet[index[&heater]].hear(&Ack::decode(&payload).unwrap());
        }
        if now_ms > BACK_WITHIN_MS && fleet.iter().all(Outbox::is_back) {
            story.over_at_s.get_or_insert(now_ms / 1_000);
        }
        if story.over_at_s.is_some_and(|at| now_ms > 60_000 + at * 1_000) {
            break;
        }
    }
    let oldest_waiting = live_sent.values().min().map_or(0, |sent| for_s * 1_000 - sent);
    story.longest_live_ms = story.longest_live_ms.max(oldest_waiting);
    story.most_history_per_s = history_of_second[3..].iter().copied().max().unwrap();
    story.put_off = machine.put_off;
    story
}

#[test]
fn a_heater_that_returns_alone_is_done_in_half_a_minute() {
    let story = returns(1, 5, 20_000, 90);
    assert!(story.over_at_s.is_some_and(|at| at <= 30), "{story:?}");
    assert_eq!(story.put_off, 0, "{story:?}");
}

#[test]
fn a_fleet_that_returns_after_an_hour_keeps_no_live_record_waiting() {
    let story = returns(2_000, 5, 20_000, 480);
    assert!(story.longest_live_ms <= 1_000, "{story:?}");
    assert!(story.over_at_s.is_some_and(|at| at <= 420), "{story:?}");
    assert!(story.most_history_per_s <= 2_200, "{story:?}");
}

#[test]
fn on_a_machine_that_cannot_keep_up_history_waits_and_the_present_does_not() {
    // Live records alone are 200 a second; history at its slowest would be 2,000.
    let story = returns(2_000, 100, 1_000, 120);
    assert!(story.longest_live_ms <= 5_000, "{story:?}");
    assert!(story.put_off > 0, "{story:?}");
    assert!(story.history > 120 * 400, "history goes on with what is left: {story:?}");
}
