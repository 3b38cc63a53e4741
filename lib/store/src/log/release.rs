//! Handing on: what is taken out of the journal, and how the journal lets go of it.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use redb::{ReadableDatabase, ReadableTable, WriteTransaction};

use crate::crash_point;
use crate::days::quarantine;
use crate::error::StoreError;
use crate::log::block::{self, Row};
use crate::log::boots;
use crate::log::checkpoint;
use crate::log::damage::Damaged;
use crate::log::head::Head;
use crate::log::journal::Journal;
use crate::log::storage::FOR_UPKEEP;
use crate::log::tables::{self, LOG, disk};
use crate::log::writer;

/// So many entries leave the log in one transaction, to keep waiting writers waiting for far less than a second.
const ENTRIES_PER_TRANSACTION: usize = 5_000;
/// The pause between two of them.
const TURN: Duration = Duration::from_millis(1);
/// A file smaller than this is left as it is.
const WORTH_COMPACTING_BYTES: u64 = 1 << 20;

/// The oldest of what the journal holds: whole commits, in their order.
#[derive(Debug)]
pub(crate) struct Oldest {
    /// The last commit in it; to be given to [`Journal::release`] once all of it is durable elsewhere.
    pub(crate) through: u64,
    /// Heater number and rows, commit by commit.
    pub(crate) blocks: Vec<(u32, Vec<Row>)>,
}

impl Journal {
    /// The oldest commits since the last release, as many as come to at least `min_blocks` blocks
    /// or to all there are; nothing when there are none. Damaged blocks are left out and counted.
    ///
    /// The log may hold a commit that the head is yet to learn of. It is not given: the catalog does not know its
    /// heaters and metrics either.
    pub(crate) fn oldest(&self, min_blocks: usize) -> Result<Option<Oldest>, StoreError> {
        let open = |head: &Head| (head.first_open_commit(), head.totals.last_commit);
        let ((first, last), snapshot) = self.look(open)?;
        let Some(last) = last.filter(|last| first <= *last) else { return Ok(None) };
        let mut oldest: Option<Oldest> = None;
        for row in snapshot.log().range((first, 0)..=(last, u32::MAX)).map_err(disk)? {
            let (key, value) = row.map_err(disk)?;
            let (commit, heater) = key.value();
            let taken = oldest.get_or_insert_with(|| Oldest { through: commit, blocks: Vec::new() });
            if commit > taken.through && taken.blocks.len() >= min_blocks {
                break;
            }
            taken.through = commit;
            match block::decode((commit, heater), value.value()) {
                Ok(rows) => taken.blocks.push((heater, rows)),
                Err(_) => self.note_damage(Damaged::Block { commit, heater }, 1, heater),
            }
        }
        Ok(oldest)
    }

    /// Lets go of everything up to a commit, which is durable elsewhere now. `also` belongs to the same transaction; `then`
    /// is called in the moment when no reader sees the entries any more and none has missed them yet.
    pub(crate) fn release(
        &self,
        through: u64,
        also: impl FnOnce(&WriteTransaction) -> Result<(), StoreError>,
        then: impl FnOnce(&mut Head),
    ) -> Result<(), StoreError> {
        self.quarantine_blocks(through)?;
        let record = |transaction: &WriteTransaction| {
            tables::write_numbers(transaction, &[(tables::SEALED_THROUGH, through)])?;
            {
                let head = self.head();
                checkpoint::write(transaction, &head, &head.heaters_through(through))?;
            }
            also(transaction)
        };
        self.commit_beside(record, |head| {
            head.drop_through(through);
            then(head);
        })
    }

    /// A transaction that stores no readings; `then` is called with what readers see, while none of them looks.
    pub(crate) fn commit_beside(
        &self,
        work: impl FnOnce(&WriteTransaction) -> Result<(), StoreError>,
        then: impl FnOnce(&mut Head),
    ) -> Result<(), StoreError> {
        let mut writer = self.writer()?;
        self.make_room(&mut writer, FOR_UPKEEP)?;
        crash_point::reach("store.before_manifest");
        self.attempt(|database| {
            let transaction = writer::begin(database)?;
            work(&transaction)?;
            transaction.commit().map_err(disk)
        })?;
        crash_point::reach("store.after_manifest");
        then(&mut self.head_mut());
        Ok(())
    }

    /// Copies blocks that could not be read to where nothing throws them away.
    fn quarantine_blocks(&self, through: u64) -> Result<(), StoreError> {
        let damaged: BTreeSet<(u64, u32)> = self.damage().blocks_through(through).into_iter().collect();
        if damaged.is_empty() {
            return Ok(());
        }
        let ((), snapshot) = self.look(|_| ())?;
        for (commit, heater) in damaged {
            // What redb itself cannot give is lost already.
            if let Ok(Some(value)) = snapshot.log().get((commit, heater)) {
                let name = format!("log-{commit}-{heater}.block");
                quarantine::keep(self.folder(), &name, value.value()).map_err(disk)?;
            }
        }
        Ok(())
    }

    /// Takes out of the file what does not count any more; returns how many entries that were.
    pub(crate) fn delete_released(&self) -> Result<u64, StoreError> {
        let mut deleted = 0;
        loop {
            let mut writer = self.writer()?;
            self.make_room(&mut writer, FOR_UPKEEP)?;
            let batch = self.attempt(delete_batch)?;
            crash_point::reach("store.during_deletion");
            drop(writer);
            if batch == 0 {
                return Ok(deleted);
            }
            deleted += batch;
            // Whoever waits for the writer takes its turn now: a lock is not fair by itself.
            thread::sleep(TURN);
        }
    }

    /// Gives the file's free half back to the disk, if there is one and no reader is in the way.
    pub(crate) fn compact(&self) -> Result<bool, StoreError> {
        let _writer = self.writer()?;
        if self.log_bytes()? < WORTH_COMPACTING_BYTES
            || self.check_room(FOR_UPKEEP).is_err()
            || !self.is_half_free()?
        {
            return Ok(false);
        }
        self.change(|database| match database.compact() {
            Ok(compacted) => Ok(compacted),
            Err(redb::CompactionError::Storage(error)) => Err(disk(error)),
            Err(_) => Ok(false),
        })
    }

    fn is_half_free(&self) -> Result<bool, StoreError> {
        let bytes = self.log_bytes()?;
        self.attempt(|database| {
            let transaction = database.begin_write().map_err(disk)?;
            let stats = transaction.stats().map_err(disk)?;
            transaction.abort().map_err(disk)?;
            Ok(stats.allocated_pages() * stats.page_size() as u64 * 2 < bytes)
        })
    }

    /// Gives up the cursors of the oldest boots; returns how many.
    pub(crate) fn forget_boots(&self) -> Result<u64, StoreError> {
        let olds = self.attempt(|database| {
            let cursors = database.begin_read().map_err(disk)?.open_table(boots::CURSOR).map_err(disk)?;
            boots::too_many(&cursors)
        })?;
        if olds.is_empty() {
            return Ok(0);
        }
        let mut writer = self.writer()?;
        self.make_room(&mut writer, FOR_UPKEEP)?;
        self.attempt(|database| writer.forget_boots(database, &olds))
    }
}

/// Deletes the first entries that do not count any more, as many as one transaction should.
fn delete_batch(database: &redb::Database) -> Result<u64, StoreError> {
    let Some(through) = tables::number(database, tables::SEALED_THROUGH)? else { return Ok(0) };
    let transaction = writer::begin(database)?;
    let deleted = {
        let mut log = transaction.open_table(LOG).map_err(disk)?;
        let end = (through.saturating_add(1), 0);
        let next = log.range(..end).map_err(disk)?.nth(ENTRIES_PER_TRANSACTION);
        let end = next.transpose().map_err(disk)?.map_or(end, |(key, _)| key.value());
        let mut deleted = 0;
        log.retain_in(..end, |_, _| {
            deleted += 1;
            false
        })
        .map_err(disk)?;
        deleted
    };
    if deleted == 0 {
        transaction.abort().map_err(disk)?;
    } else {
        transaction.commit().map_err(disk)?;
    }
    Ok(deleted)
}
