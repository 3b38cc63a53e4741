//! The home itself: writes go to the journal, questions to InfluxDB and to what waits.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, RwLockReadGuard};
use std::thread::{self, JoinHandle};

use vocabulary::{HeaterId, Metric, RoomId, SiteId, Timestamp};

use crate::answers::aggregate::{Steps, check_order};
use crate::answers::readings;
use crate::answers::summing::MAX_GROUPED_BINS;
use crate::arrival::{Arrival, Receipt};
use crate::days::backup::{self, BackupSummary};
use crate::days::maintenance::Maintenance;
use crate::days::quarantine;
use crate::error::{QuestionError, StoreError};
use crate::form::quality::Measurement;
use crate::influx::client::{Client, Failed, Patience};
use crate::influx::dead_letter::DeadLetters;
use crate::influx::field;
use crate::influx::figures;
use crate::influx::flux;
use crate::influx::forwarder::{Forwarder, Shared};
use crate::influx::line::{self, NS_PER_MS};
use crate::influx::settings::InfluxSettings;
use crate::influx::waiting;
use crate::log::journal::Journal;
use crate::log::tables::disk;
use crate::question::{Bin, Forwarding, Group, GroupBy, Health, LastValue, Place, Point, Selector};

/// More readings at once are refused: the library holds each as a map of texts, about half a kilobyte.
const MAX_POINTS: usize = 100_000;

/// History in InfluxDB 2, with our log in front of it.
#[derive(Debug)]
pub(crate) struct Influx {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Influx {
    /// Opens the log in `folder`, or makes it, and begins to forward. InfluxDB need not answer yet.
    pub(crate) fn open(folder: &Path, settings: &InfluxSettings) -> Result<Self, StoreError> {
        let client =
            Client::new(settings, Patience::default()).map_err(|reason| unreachable(settings, reason))?;
        let journal = Journal::open(folder)?;
        let dead_letters = DeadLetters::open(folder).map_err(disk)?;
        let shared = Shared::new(journal, client, dead_letters.count());
        let forwarder = Forwarder::new(Arc::clone(&shared), dead_letters);
        let thread = thread::Builder::new().name("influx-forward".to_owned()).spawn(move || forwarder.run());
        Ok(Self { shared, thread: Some(thread.map_err(disk)?) })
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(crate) fn folder(&self) -> &Path {
        self.shared.journal.folder()
    }

    /// Makes a batch durable in the log. It is forwarded later.
    pub(crate) fn write(&self, batch: &[Arrival]) -> Result<Vec<Receipt>, StoreError> {
        let receipts = self.shared.journal.write(batch)?;
        self.shared.wake.tell();
        Ok(receipts)
    }

    /// Tidies up the log.
    pub(crate) fn maintain(&self) -> Result<Maintenance, StoreError> {
        let journal = &self.shared.journal;
        journal.delete_released()?;
        let forgotten_boots = journal.forget_boots()?;
        let compacted = journal.compact()?;
        Ok(Maintenance { forgotten_boots, compacted, ..Maintenance::default() })
    }

    /// Copies the log: what waits, last values, and what was acknowledged. The bucket has backups of its own.
    pub(crate) fn backup(&self, into: &Path) -> Result<BackupSummary, StoreError> {
        backup::of_log(&self.shared.journal, into)
    }

    /// Last values, from memory: InfluxDB need not answer.
    pub(crate) fn last(&self, site: &SiteId, place: &Place, metric: Option<&Metric>) -> Vec<LastValue> {
        let mut values = self.shared.journal.last(site, place, metric);
        self.shared.inherited.add_to(&mut values, &self.shared.journal, (site, place, metric));
        values
    }

    /// The earliest readings of both places. One that is in both has the same time, heater and field, and counts once.
    pub(crate) fn range(
        &self,
        selector: &Selector,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<Point>, StoreError> {
        check_order(from, to)?;
        if limit == 0 || from == to {
            return Ok(Vec::new());
        }
        let most = limit.min(MAX_POINTS + 1);
        let _open = self.open_gate();
        let rows = self.ask(flux::range(self.bucket(), selector, from..to, most))?;
        let mut earliest: BTreeMap<(i64, HeaterId, &str), Measurement> = BTreeMap::new();
        for row in &rows {
            if let (Ok(heater), Some((_, measurement))) =
                (HeaterId::new(&row.heater), field::read(&row.field, row.value))
            {
                earliest.insert((row.ns, heater, field::suffix(measurement.quality)), measurement);
            }
        }
        let journal = &self.shared.journal;
        let stays = readings::stays(&journal.head(), selector, from, to);
        let names: BTreeMap<u32, HeaterId> = {
            let head = journal.head();
            let name = |number: u32| Some((number, head.catalog.heater(number)?.id.clone()));
            stays.iter().filter_map(|stay| name(stay.heater)).collect()
        };
        waiting::visit(journal, &selector.metric, &stays, |stay, origin, cell| {
            if let (Ok(ns), Some(heater)) = (line::time_ns(cell.ts, origin.seq), names.get(&stay.heater)) {
                let key = (ns, heater.clone(), field::suffix(cell.measurement.quality));
                earliest.insert(key, cell.measurement);
                if earliest.len() > most {
                    earliest.pop_last();
                }
            }
        })?;
        if earliest.len().min(limit) > MAX_POINTS {
            return Err(QuestionError::TooLarge.into());
        }
        Ok(earliest.into_iter().take(limit).map(point).collect())
    }

    /// Figures of both places.
    pub(crate) fn aggregate(
        &self,
        selector: &Selector,
        from: Timestamp,
        to: Timestamp,
        step_ms: i64,
    ) -> Result<Vec<Bin>, StoreError> {
        let grouped = self.grouped(selector, GroupBy::Site, from, to, step_ms)?;
        Ok(grouped.into_iter().flat_map(|(_, bins)| bins).collect())
    }

    /// The same, divided. With the gate open nothing moves from the one place to the other. Only readings whose
    /// acknowledgement by InfluxDB got lost count twice, until they have been sent again a moment later.
    pub(crate) fn grouped(
        &self,
        selector: &Selector,
        by: GroupBy,
        from: Timestamp,
        to: Timestamp,
        step_ms: i64,
    ) -> Result<Vec<(Group, Vec<Bin>)>, StoreError> {
        let steps = Steps::new(from, to, step_ms)?;
        if from == to {
            return Ok(Vec::new());
        }
        let _open = self.open_gate();
        let rows = self.ask(flux::aggregate(self.bucket(), selector, by, from..to, step_ms))?;
        let sent = figures::of_rows(&rows, from, step_ms).into_iter();
        let mut answer: BTreeMap<Group, Vec<Bin>> =
            sent.filter_map(|(who, bins)| Some((group(selector, by, &who)?, bins))).collect();
        let journal = &self.shared.journal;
        let groups = readings::groups(&journal.head(), selector, by, from, to);
        for (group, stays) in groups {
            let waiting = waiting::bins(journal, &selector.metric, steps, &stays)?;
            if !waiting.is_empty() {
                let bins = answer.entry(group).or_default();
                *bins = figures::merged(std::mem::take(bins), waiting);
            }
        }
        if answer.values().map(Vec::len).sum::<usize>() > MAX_GROUPED_BINS {
            return Err(QuestionError::TooLarge.into());
        }
        Ok(answer.into_iter().collect())
    }

    /// How the log is, and what waits in it.
    pub(crate) fn health(&self) -> Result<Health, StoreError> {
        let Shared { journal, dead_letters, .. } = &*self.shared;
        let log_bytes = journal.log_bytes()?;
        let not_writable_because = journal.not_writable_because();
        let head = journal.head();
        let forwarding = Forwarding {
            waiting_entries: head.entries(),
            oldest_waiting: head.oldest().map(Timestamp::from_ms),
            dead_letters: dead_letters.load(Ordering::Relaxed),
            trouble: self.shared.trouble(),
        };
        Ok(Health {
            records: head.totals.records,
            series: head.series(),
            bytes_on_disk: log_bytes,
            log_bytes,
            log_entries: head.entries(),
            parts: 0,
            days: 0,
            day_file_bytes: 0,
            free_bytes: journal.free_bytes(),
            last_commit: head.totals.last_commit,
            newest: head.newest().map(Timestamp::from_ms),
            damaged_blocks: journal.damage().count(),
            quarantined: quarantine::count(journal.folder()),
            writable: not_writable_because.is_none(),
            not_writable_because,
            forwarding: Some(forwarding),
        })
    }

    fn ask(&self, flux: String) -> Result<Vec<crate::influx::row::Row>, StoreError> {
        let settings = self.shared.client.settings();
        self.shared.client.ask(flux).map_err(|Failed { reason, .. }| unreachable(settings, reason))
    }

    fn bucket(&self) -> &str {
        &self.shared.client.settings().bucket
    }

    /// As long as this is held nothing is sent.
    fn open_gate(&self) -> RwLockReadGuard<'_, ()> {
        self.shared.gate.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Influx {
    fn drop(&mut self) {
        self.shared.wake.stop();
        // What is on its way is given up; it is sent again after the next start.
        self.shared.client.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn point(((ns, heater, _), measurement): ((i64, HeaterId, &str), Measurement)) -> Point {
    let ts = Timestamp::from_ms(ns.div_euclid(NS_PER_MS));
    Point { ts, heater, value: measurement.value, quality: measurement.quality }
}

/// The group a row belongs to; nothing when others than we named it.
fn group(selector: &Selector, by: GroupBy, who: &str) -> Option<Group> {
    match by {
        GroupBy::Site => Some(Group::Site(selector.site.clone())),
        GroupBy::Room => RoomId::new(who).ok().map(Group::Room),
        GroupBy::Heater => HeaterId::new(who).ok().map(Group::Heater),
    }
}

fn unreachable(settings: &InfluxSettings, reason: String) -> StoreError {
    StoreError::Influx { url: settings.url.clone(), reason }
}

/// Looks whether InfluxDB can be used as it is configured; says what answers there.
pub(crate) fn check(settings: &InfluxSettings) -> Result<String, StoreError> {
    let failed = |reason: String| unreachable(settings, reason);
    let client = Client::new(settings, Patience::default()).map_err(failed)?;
    client.check().map_err(|reason| unreachable(settings, reason))
}
