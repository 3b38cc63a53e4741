//! A heater in virtual time: the real outbox, and beside it a shadow that knows what it should hold and send.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use heater::{Outbox, OutboxLimits};
use vocabulary::{
    Ack, BootId, HeaterId, HeaterTopic, Metric, Reading, Record, Sample, SiteId, Timestamp, Topic,
};

use super::climate::Climate;
use super::coverage::{Coverage, Seen};
use super::oracle::Oracle;
use super::promise::Rule;
use super::reboot::End;
use super::storage::Storage;

/// What is older than this when it is sent is history.
const LIVE_FOR_MS: u64 = 60_000;
/// Virtual time zero on the wall.
pub(super) const EPOCH: Timestamp = Timestamp::from_ms(1_763_632_000_000);

/// A boot by its number, and a seq of it: the order in which records were made.
pub(super) type Place = (u64, u64);

/// A record that an outbox should hold.
#[derive(Clone, Copy)]
pub(super) struct Held {
    pub(super) serial: u64,
    /// The write that takes it to disk; 0 is what came from there.
    pub(super) mark: Option<u64>,
}

/// One heater.
pub(super) struct Device {
    pub(super) id: HeaterId,
    pub(super) topic: String,
    pub(super) index: usize,
    pub(super) limits: OutboxLimits,
    pub(super) outbox: Outbox,
    pub(super) storage: Storage,
    pub(super) boot: BootId,
    pub(super) bn: u64,
    pub(super) booted_at_ms: u64,
    pub(super) running: bool,
    pub(super) next_seq: u64,
    pub(super) next_record_ms: u64,
    /// What the outbox should hold, but for records without content that close a boot.
    pub(super) held: BTreeMap<Place, Held>,
    /// Which number a boot has.
    pub(super) boots: BTreeMap<BootId, u64>,
    /// Sent and neither answered nor given up, since when.
    pub(super) under_way: BTreeMap<Place, u64>,
    ever_sent: BTreeSet<Place>,
    pub(super) history_sent_ms: VecDeque<u64>,
    /// The most history a second that any acknowledgement allowed.
    allowed_per_s: u32,
    pub(super) ingest: Option<String>,
    /// What was safe on disk when it ended, and how that was.
    pub(super) safe_at_end: Option<u64>,
    pub(super) ended_in_order: bool,
    /// It said that its disk is in trouble: what it lost then is declared by nothing else.
    pub(super) had_alarm: bool,
    /// How it is going to end while its disk is at work.
    pub(super) armed: Option<End>,
}

impl Device {
    /// A heater that never ran; [`Device::begin`] starts it.
    pub(super) fn new(index: usize, site: &SiteId, climate: &Climate) -> Self {
        let limits = climate.limits;
        let id =
            HeaterId::new(&format!("h-{index}")).expect("a letter, a hyphen and digits are an identifier");
        let boot = BootId::from_bits(0);
        Self {
            topic: Topic::heater(site, &id, HeaterTopic::Record).to_string(),
            id,
            index,
            limits,
            outbox: Outbox::new(boot, 0, limits),
            storage: Storage::default(),
            boot,
            bn: 0,
            booted_at_ms: 0,
            running: false,
            next_seq: 1,
            next_record_ms: 0,
            held: BTreeMap::new(),
            boots: BTreeMap::new(),
            under_way: BTreeMap::new(),
            ever_sent: BTreeSet::new(),
            history_sent_ms: VecDeque::new(),
            allowed_per_s: 5,
            ingest: None,
            safe_at_end: None,
            ended_in_order: true,
            had_alarm: false,
            armed: None,
        }
    }

    /// Whether it runs and has nothing left to say.
    pub(super) fn is_drained(&self) -> bool {
        self.running && self.held.is_empty() && self.outbox.is_empty()
    }

    pub(super) fn mono_ms(&self, now_ms: u64) -> u64 {
        now_ms - self.booted_at_ms
    }

    /// Tells the outbox what is on disk, and the disk what is to be written.
    pub(super) fn settle(&mut self, now_ms: u64) {
        self.outbox.synced(self.storage.safe);
        while let Some(write) = self.outbox.next_write(self.mono_ms(now_ms)) {
            for held in self.held.values_mut() {
                held.mark.get_or_insert(write.mark);
            }
            self.storage.order(write);
        }
    }

    /// Measures when it is time to; gives the seq of the record.
    pub(super) fn measure(
        &mut self,
        now_ms: u64,
        every_ms: u64,
        oracle: &mut Oracle,
        coverage: &mut Coverage,
    ) -> Option<u64> {
        if now_ms < self.next_record_ms {
            return None;
        }
        self.next_record_ms = now_ms + every_ms;
        let (seq, serial) = (self.next_seq, oracle.next_serial());
        self.next_seq += 1;
        oracle.made(self.index, self.boot, seq);
        coverage.count(Seen::RecordsMade);
        self.held.insert((self.bn, seq), Held { serial, mark: None });
        let sample = Sample { dt_ms: 0, metric: Metric::EnergyWh, reading: Reading::Value(serial as f64) };
        self.outbox.push(&[sample], self.mono_ms(now_ms), EPOCH.plus_ms(now_ms as i64));
        while self.held.len() > self.limits.capacity {
            let (place, held) = self.held.pop_first().expect("it holds more than nothing");
            self.under_way.remove(&place);
            oracle.dropped(held.serial);
            coverage.count(Seen::Overflows);
        }
        self.compare(now_ms, oracle);
        Some(seq)
    }

    /// What is to be sent now, judged: no more than allowed, what is live first, and called late when it is.
    pub(super) fn send(&mut self, now_ms: u64, oracle: &mut Oracle, coverage: &mut Coverage) -> Vec<Record> {
        let mono_ms = self.mono_ms(now_ms);
        let patience_ms = self.limits.resend_after_ms;
        self.under_way.retain(|_, sent_ms| now_ms - *sent_ms < patience_ms);
        let mut records: Vec<Record> = Vec::new();
        while let Some(record) = self.outbox.next_to_send(mono_ms) {
            self.judge(&record, records.last(), now_ms, oracle, coverage);
            records.push(record);
        }
        records
    }

    fn judge(
        &mut self,
        record: &Record,
        before: Option<&Record>,
        now_ms: u64,
        oracle: &mut Oracle,
        coverage: &mut Coverage,
    ) {
        let (heater, seq) = (self.index, record.seq);
        let place = (record.bn, seq);
        let age_ms = self.mono_ms(now_ms).saturating_sub(record.mono_ms);
        let is_history = record.boot != self.boot || age_ms > LIVE_FOR_MS;
        if record.late != is_history {
            let what = format!("heater {heater} sent {seq}, {age_ms} ms old, with late: {}", record.late);
            oracle.cry(Rule::LateFlag, now_ms, what);
        }
        if !record.late && before.is_some_and(|before| before.late) {
            oracle.cry(Rule::LiveFirst, now_ms, format!("heater {heater} sent {seq} after history"));
        }
        self.under_way.insert(place, now_ms);
        if self.under_way.len() > self.limits.window {
            let what = format!("heater {heater} has {} records under way", self.under_way.len());
            oracle.cry(Rule::Bounded, now_ms, what);
        }
        coverage.count(if record.late { Seen::SentHistory } else { Seen::SentLive });
        coverage.count_many(Seen::EarlierBoots, u64::from(record.boot != self.boot));
        if !self.ever_sent.insert(place) {
            coverage.count(Seen::SentAgain);
        }
        if record.late {
            self.judge_rate(now_ms, oracle);
        }
    }

    /// Of any second, at most what one second allows and what the second before had saved.
    fn judge_rate(&mut self, now_ms: u64, oracle: &mut Oracle) {
        self.history_sent_ms.push_back(now_ms);
        while self.history_sent_ms.front().is_some_and(|sent_ms| now_ms - sent_ms >= 1_000) {
            self.history_sent_ms.pop_front();
        }
        let sent = self.history_sent_ms.len();
        if sent > 2 * self.allowed_per_s as usize {
            let what = format!("heater {} sent {sent} records of history within a second", self.index);
            oracle.cry(Rule::Bounded, now_ms, what);
        }
    }

    /// Hears an acknowledgement; gives how many records it forgot.
    pub(super) fn hear(&mut self, ack: &Ack, now_ms: u64, oracle: &mut Oracle) -> usize {
        self.outbox.hear(ack);
        self.allowed_per_s = self.allowed_per_s.max(ack.backfill_per_s);
        let Some(&bn) = self.boots.get(&ack.boot) else { return 0 };
        let covered: Vec<Place> = self
            .held
            .range((bn, 0)..(bn + 1, 0))
            .map(|(place, _)| *place)
            .filter(|place| ack.covers(place.1))
            .collect();
        self.notice_run(ack, bn);
        self.under_way.retain(|place, _| place.0 != bn || !ack.covers(place.1));
        for place in &covered {
            if let Some(held) = self.held.remove(place) {
                oracle.forgotten(held.serial, now_ms);
            }
        }
        self.compare(now_ms, oracle);
        covered.len()
    }

    /// Another run of ingest: all is sent again. An outbox does not listen to what is said of a boot of which it holds
    /// nothing; the shadow does not know that of every boot, and takes what is under way as unknown then.
    fn notice_run(&mut self, ack: &Ack, bn: u64) {
        let is_heard = bn == self.bn || self.held.range((bn, 0)..(bn + 1, 0)).next().is_some();
        let known = if is_heard { self.ingest.replace(ack.ingest.clone()) } else { self.ingest.take() };
        if !is_heard || known.is_none_or(|known| known != ack.ingest) {
            self.under_way.clear();
        }
    }

    /// What the broker's PUBACK would be to a heater that believed it.
    pub(super) fn believe_puback(&mut self, boot: BootId, seq: u64, now_ms: u64, oracle: &mut Oracle) {
        let ingest = self.ingest.clone().unwrap_or_default();
        let backfill_per_s = self.allowed_per_s;
        self.hear(&Ack { boot, hwm: 0, got: vec![(seq, seq)], ingest, backfill_per_s }, now_ms, oracle);
    }

    /// The connection is new.
    pub(super) fn connected(&mut self) {
        self.outbox.connected();
        self.under_way.clear();
    }

    /// The outbox and its shadow hold the same, but for one closing record of each earlier boot.
    pub(super) fn compare(&self, now_ms: u64, oracle: &mut Oracle) {
        let (holds, shadow) = (self.outbox.len(), self.held.len());
        let closing = self.boots.len();
        if !(shadow..=shadow + closing).contains(&holds) {
            let what =
                format!("the outbox of heater {} holds {holds} records; it should hold {shadow}", self.index);
            oracle.cry(Rule::Bounded, now_ms, what);
        }
    }
}
