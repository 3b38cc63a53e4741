//! The writer: a batch of arrivals becomes one redb transaction, with one fsync, and receipts.
//!
//! ```text
//!   batch ──plan: cursors say what is new──> rows per heater, catalog steps, moved cursors
//!         ──commit: all of it together─────> durable
//!         ──> receipts, and what the head must learn
//! ```
//! Only one writer exists. Its own catalog and cursors run ahead of the disk within a batch; when the disk fails
//! they are never used again: the store stops, or makes a new writer from what is on disk.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use redb::{Database, Durability, ReadableDatabase, ReadableTable, WriteTransaction};
use vocabulary::BootId;

use crate::arrival::{Arrival, Receipt, StoredSample};
use crate::error::StoreError;
use crate::form::quality::Measurement;
use crate::log::block::{self, Cell, Header, Origin, Row};
use crate::log::boots::{self, CURSOR, Forgotten, Stranger};
use crate::log::catalog::{Catalog, Change};
use crate::log::cursor::{Cursor, Verdict};
use crate::log::erased::{Erased, Spans};
use crate::log::head::{Totals, tells_of_people};
use crate::log::tables::{self, LOG, disk};

/// Cursors kept in memory; beyond, they are read from disk again. A cursor takes about 100 bytes.
const MAX_CURSORS: usize = 20_000;

/// A heater's boot.
type BootKey = (u32, BootId);

/// What the one writer knows.
#[derive(Debug)]
pub(crate) struct Writer {
    catalog: Catalog,
    cursors: HashMap<BootKey, Cursor>,
    forgotten: Forgotten,
    erased: Arc<Erased>,
    next_commit: u64,
    /// Records ever stored.
    records: u64,
    /// Checksum of the catalog on disk.
    catalog_sum: u64,
}

/// What became durable and the head must learn.
#[derive(Debug, Default)]
pub(crate) struct Written {
    pub(crate) totals: Totals,
    pub(crate) changes: Vec<Change>,
    pub(crate) blocks: Vec<NewBlock>,
}

/// A block that was written, with its rows.
#[derive(Debug)]
pub(crate) struct NewBlock {
    pub(crate) heater: u32,
    pub(crate) commit: u64,
    pub(crate) header: Header,
    pub(crate) rows: Vec<Row>,
}

/// What a batch comes to, before it is written.
#[derive(Default)]
struct Plan {
    /// With the number that a new heater or metric takes.
    changes: Vec<(Change, u32)>,
    rows: BTreeMap<u32, Vec<Row>>,
    moved: BTreeMap<BootKey, u64>,
    receipts: Vec<Receipt>,
    receipt_of: HashMap<BootKey, usize>,
    /// Heaters that count their boots anew.
    counting_anew: BTreeSet<u32>,
}

impl Writer {
    /// The writer that goes on from what is on disk.
    pub(crate) fn open(database: &Database, catalog: Catalog) -> Result<Self, StoreError> {
        let transaction = database.begin_read().map_err(disk)?;
        let marks = transaction.open_table(boots::FORGOTTEN).map_err(disk)?;
        Ok(Self {
            catalog,
            cursors: HashMap::new(),
            forgotten: Forgotten::read(&marks)?,
            erased: Arc::new(Erased::read(&transaction)?),
            next_commit: tables::number(database, tables::NEXT_COMMIT)?.unwrap_or(0),
            records: tables::number(database, tables::RECORDS)?.unwrap_or(0),
            catalog_sum: tables::number(database, tables::CATALOG)?.unwrap_or(0),
        })
    }

    /// Stores nothing any more that lies in these.
    pub(crate) fn set_erased(&mut self, erased: Arc<Erased>) {
        self.erased = erased;
    }

    fn totals(&self) -> Totals {
        Totals { records: self.records, last_commit: self.next_commit.checked_sub(1) }
    }

    /// Makes a batch durable. Any error means that nothing of it may be acknowledged and nothing more be written.
    pub(crate) fn write(
        &mut self,
        database: &Database,
        batch: &[Arrival],
    ) -> Result<(Vec<Receipt>, Written), StoreError> {
        let transaction = begin(database)?;
        let plan = self.plan(&transaction, batch)?;
        if plan.moved.is_empty() && plan.changes.is_empty() {
            // Only duplicates: they are acknowledged again, and there is nothing to wait for.
            transaction.abort().map_err(disk)?;
            return Ok((plan.receipts, Written { totals: self.totals(), ..Written::default() }));
        }
        let blocks = if plan.rows.is_empty() {
            Vec::new()
        } else {
            write_blocks(&transaction, self.next_commit, plan.rows)?
        };
        self.next_commit += u64::from(!blocks.is_empty());
        self.records += blocks.iter().map(|block| u64::from(block.header.records)).sum::<u64>();
        self.catalog_sum = plan
            .changes
            .iter()
            .fold(self.catalog_sum, |sum, (change, number)| tables::sum_with(sum, change, *number));
        let numbers = [
            (tables::NEXT_COMMIT, self.next_commit),
            (tables::RECORDS, self.records),
            (tables::CATALOG, self.catalog_sum),
        ];
        tables::write_numbers(&transaction, &numbers)?;
        plan.counting_anew.iter().try_for_each(|&heater| boots::clear_mark(&transaction, heater))?;
        for (change, number) in &plan.changes {
            tables::write_change(&transaction, change, *number)?;
        }
        self.write_cursors(&transaction, &plan.moved)?;
        transaction.commit().map_err(disk)?;
        let changes = plan.changes.into_iter().map(|(change, _)| change).collect();
        Ok((plan.receipts, Written { totals: self.totals(), changes, blocks }))
    }

    fn plan(&mut self, transaction: &WriteTransaction, batch: &[Arrival]) -> Result<Plan, StoreError> {
        if self.cursors.len() > MAX_CURSORS {
            self.cursors.clear();
        }
        let table = transaction.open_table(CURSOR).map_err(disk)?;
        let mut plan = Plan::default();
        for arrival in batch {
            self.plan_arrival(&table, arrival, &mut plan)?;
        }
        for (key, &at) in &plan.receipt_of {
            // Without a cursor all of it was refused, and its receipt says so.
            let Some(cursor) = self.cursors.get(key) else { continue };
            plan.receipts[at].hwm = cursor.hwm();
            plan.receipts[at].got = cursor.ranges().to_vec();
        }
        Ok(plan)
    }

    fn plan_arrival(
        &mut self,
        cursors: &impl ReadableTable<(u32, u64), &'static [u8]>,
        arrival: &Arrival,
        plan: &mut Plan,
    ) -> Result<(), StoreError> {
        let heater = self.heater_number(arrival, plan);
        let key = (heater, arrival.boot);
        let cursor = match self.cursors.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => match boots::read(cursors, heater, arrival.boot)? {
                Some(cursor) => unknown.insert(cursor),
                None => match self.forgotten.judge(heater, arrival) {
                    Stranger::Forgotten => {
                        plan.refuse(key, arrival);
                        return Ok(());
                    }
                    Stranger::CountsAnew => {
                        self.forgotten.clear(heater);
                        plan.counting_anew.insert(heater);
                        unknown.insert(Cursor::default())
                    }
                    Stranger::New => unknown.insert(Cursor::default()),
                },
            },
        };
        let offer = cursor.offer(arrival.seq, arrival.low);
        if offer.verdict == Verdict::New || offer.lost > 0 {
            plan.moved.insert(key, arrival.bn);
        }
        let receipt = plan.receipt(key, arrival);
        receipt.lost = receipt.lost.saturating_add(offer.lost);
        match offer.verdict {
            Verdict::New => {
                receipt.stored += 1;
                self.store(heater, arrival, plan);
            }
            Verdict::Duplicate => receipt.duplicates += 1,
            Verdict::NoRoom => receipt.no_room += 1,
        }
        Ok(())
    }

    /// Adds a new record to the rows of its heater, and to the catalog what it is the first to mention.
    fn store(&mut self, heater: u32, arrival: &Arrival, plan: &mut Plan) {
        if let Some(first) = arrival.samples.iter().map(|sample| sample.ts.ms()).min()
            && let Some(moved) = self.catalog.moved(heater, arrival.room.as_ref(), first, arrival.late)
        {
            self.step(moved, heater, plan);
        }
        let gone = self.erased.of_heater(&self.catalog, &arrival.site, heater);
        let kept = arrival.samples.iter().filter(|sample| !is_erased(sample, &gone));
        let cells = kept.map(|sample| {
            let metric = self.catalog.metric_number(&sample.metric).unwrap_or_else(|| {
                let number = self.catalog.metric_count();
                self.step(Change::Metric(sample.metric.clone()), number, plan);
                number
            });
            let measurement = Measurement::new(sample.reading, sample.quality);
            Cell { metric, ts: sample.ts.ms(), measurement }
        });
        let cells: Vec<Cell> = cells.collect();
        if !cells.is_empty() {
            let origin = Origin { bn: arrival.bn, boot: arrival.boot, seq: arrival.seq };
            plan.rows.entry(heater).or_default().extend(Row::of_record(origin, cells));
        }
    }

    fn heater_number(&mut self, arrival: &Arrival, plan: &mut Plan) -> u32 {
        self.catalog.heater_number(&arrival.site, &arrival.heater).unwrap_or_else(|| {
            let number = self.catalog.heater_count();
            self.step(Change::Heater(arrival.site.clone(), arrival.heater.clone()), number, plan);
            number
        })
    }

    fn step(&mut self, change: Change, number: u32, plan: &mut Plan) {
        self.catalog.apply(&change);
        plan.changes.push((change, number));
    }

    fn write_cursors(
        &self,
        transaction: &WriteTransaction,
        moved: &BTreeMap<BootKey, u64>,
    ) -> Result<(), StoreError> {
        let mut table = transaction.open_table(CURSOR).map_err(disk)?;
        for (key, bn) in moved {
            let value = boots::encode(*key, *bn, &self.cursors[key], self.next_commit);
            table.insert((key.0, key.1.bits()), value.as_slice()).map_err(disk)?;
        }
        Ok(())
    }

    /// Gives up the cursors of the oldest boots, where a heater has too many; returns how many.
    pub(crate) fn forget_boots(
        &mut self,
        database: &Database,
        olds: &[boots::Old],
    ) -> Result<u64, StoreError> {
        let transaction = begin(database)?;
        let gone = boots::forget(&transaction, &mut self.forgotten, olds)?;
        transaction.commit().map_err(disk)?;
        gone.iter().for_each(|old| drop(self.cursors.remove(&(old.heater, old.boot))));
        Ok(gone.len() as u64)
    }
}

impl Plan {
    /// Acknowledges a record that may be on disk without storing it.
    fn refuse(&mut self, key: BootKey, arrival: &Arrival) {
        let receipt = self.receipt(key, arrival);
        receipt.forgotten += 1;
        receipt.hwm = receipt.hwm.max(arrival.seq);
    }

    fn receipt(&mut self, key: BootKey, arrival: &Arrival) -> &mut Receipt {
        let at = *self.receipt_of.entry(key).or_insert_with(|| {
            self.receipts.push(Receipt {
                site: arrival.site.clone(),
                heater: arrival.heater.clone(),
                boot: arrival.boot,
                hwm: 0,
                got: Vec::new(),
                stored: 0,
                duplicates: 0,
                lost: 0,
                no_room: 0,
                forgotten: 0,
            });
            self.receipts.len() - 1
        });
        &mut self.receipts[at]
    }
}

/// Whether a sample comes from a time that was erased. Its record is acknowledged all the same.
fn is_erased(sample: &StoredSample, gone: &Spans) -> bool {
    gone.contains(sample.ts.ms()) && tells_of_people(&sample.metric)
}

/// Begins a transaction that is on disk when its commit returns.
pub(crate) fn begin(database: &Database) -> Result<WriteTransaction, StoreError> {
    let mut transaction = database.begin_write().map_err(disk)?;
    transaction.set_durability(Durability::Immediate).map_err(disk)?;
    Ok(transaction)
}

fn write_blocks(
    transaction: &WriteTransaction,
    commit: u64,
    rows: BTreeMap<u32, Vec<Row>>,
) -> Result<Vec<NewBlock>, StoreError> {
    let mut log = transaction.open_table(LOG).map_err(disk)?;
    let mut blocks = Vec::with_capacity(rows.len());
    for (heater, rows) in rows {
        let (header, bytes) = block::encode((commit, heater), &rows);
        log.insert((commit, heater), bytes.as_slice()).map_err(disk)?;
        blocks.push(NewBlock { heater, commit, header, rows });
    }
    Ok(blocks)
}
