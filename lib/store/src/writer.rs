//! The writer: a batch of arrivals becomes one redb transaction, with one fsync, and receipts.
//!
//! ```text
//!   batch ──plan: cursors say what is new──> rows per heater, catalog steps, moved cursors
//!         ──commit: all of it together─────> durable
//!         ──> receipts, and what the head must learn
//! ```
//! Only one writer exists. Its own catalog and cursors run ahead of the disk within a batch; when the disk fails
//! they are never used again, because nothing is written after that.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use redb::{Database, Durability, ReadableTable, WriteTransaction};
use vocabulary::BootId;

use crate::arrival::{Arrival, Receipt};
use crate::block::{self, Cell, Header, Origin, Row};
use crate::catalog::{Catalog, Change};
use crate::cursor::{Cursor, Verdict};
use crate::error::StoreError;
use crate::quality::Measurement;
use crate::tables::{self, CURSOR, LOG, disk};

/// Cursors kept in memory; beyond, they are read from disk again. A cursor takes about 100 bytes.
const MAX_CURSORS: usize = 20_000;

/// A heater's boot.
type BootKey = (u32, BootId);

/// What the one writer knows.
#[derive(Debug)]
pub(crate) struct Writer {
    catalog: Catalog,
    cursors: HashMap<BootKey, Cursor>,
    next_commit: u64,
}

/// What became durable and the head must learn.
#[derive(Debug, Default)]
pub(crate) struct Written {
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
}

impl Writer {
    pub(crate) fn new(catalog: Catalog) -> Self {
        Self { catalog, cursors: HashMap::new(), next_commit: 0 }
    }

    /// Makes a batch durable. Any error means that nothing of it may be acknowledged and nothing more be written.
    pub(crate) fn write(
        &mut self,
        database: &Database,
        batch: Vec<Arrival>,
    ) -> Result<(Vec<Receipt>, Written), StoreError> {
        let transaction = begin(database)?;
        let plan = self.plan(&transaction, batch)?;
        if plan.moved.is_empty() && plan.changes.is_empty() {
            // Only duplicates: they are acknowledged again, and there is nothing to wait for.
            transaction.abort().map_err(disk)?;
            return Ok((plan.receipts, Written::default()));
        }
        let blocks = if plan.rows.is_empty() {
            Vec::new()
        } else {
            write_blocks(&transaction, self.take_commit(), plan.rows)?
        };
        for (change, number) in &plan.changes {
            tables::write_change(&transaction, change, *number)?;
        }
        self.write_cursors(&transaction, &plan.moved)?;
        transaction.commit().map_err(disk)?;
        let changes = plan.changes.into_iter().map(|(change, _)| change).collect();
        Ok((plan.receipts, Written { changes, blocks }))
    }

    fn plan(&mut self, transaction: &WriteTransaction, batch: Vec<Arrival>) -> Result<Plan, StoreError> {
        if self.cursors.len() > MAX_CURSORS {
            self.cursors.clear();
        }
        let table = transaction.open_table(CURSOR).map_err(disk)?;
        let mut plan = Plan::default();
        for arrival in batch {
            self.plan_arrival(&table, arrival, &mut plan)?;
        }
        for (key, &at) in &plan.receipt_of {
            let cursor = &self.cursors[key];
            plan.receipts[at].hwm = cursor.hwm();
            plan.receipts[at].got = cursor.ranges().to_vec();
        }
        Ok(plan)
    }

    fn plan_arrival(
        &mut self,
        cursors: &impl ReadableTable<(u32, u64), &'static [u8]>,
        arrival: Arrival,
        plan: &mut Plan,
    ) -> Result<(), StoreError> {
        let heater = self.heater_number(&arrival, plan);
        let key = (heater, arrival.boot);
        let cursor = match self.cursors.entry(key) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(tables::read_cursor(cursors, heater, arrival.boot)?),
        };
        let offer = cursor.offer(arrival.seq, arrival.low);
        if offer.verdict == Verdict::New || offer.lost > 0 {
            plan.moved.insert(key, arrival.bn);
        }
        let receipt = plan.receipt(key, &arrival);
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
    fn store(&mut self, heater: u32, arrival: Arrival, plan: &mut Plan) {
        if let Some(first) = arrival.samples.iter().map(|sample| sample.ts.ms()).min()
            && let Some(moved) = self.catalog.moved(heater, arrival.room.as_ref(), first, arrival.late)
        {
            self.step(moved, heater, plan);
        }
        let cells = arrival.samples.into_iter().map(|sample| {
            let metric = self.catalog.metric_number(&sample.metric).unwrap_or_else(|| {
                let number = self.catalog.metric_count();
                self.step(Change::Metric(sample.metric), number, plan);
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
            let value = tables::encode_cursor(*bn, &self.cursors[key]);
            table.insert((key.0, key.1.bits()), value.as_slice()).map_err(disk)?;
        }
        Ok(())
    }

    /// Takes the next number of the log for itself.
    pub(crate) const fn take_commit(&mut self) -> u64 {
        self.next_commit += 1;
        self.next_commit - 1
    }

    /// Goes on from a log whose numbers below `next_commit` are taken.
    pub(crate) const fn start_at(&mut self, next_commit: u64) {
        self.next_commit = next_commit;
    }
}

impl Plan {
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
            });
            self.receipts.len() - 1
        });
        &mut self.receipts[at]
    }
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
        let (header, bytes) = block::encode(&rows);
        log.insert((commit, heater), bytes.as_slice()).map_err(disk)?;
        blocks.push(NewBlock { heater, commit, header, rows });
    }
    Ok(blocks)
}
