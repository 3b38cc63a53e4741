//! How much is kept: the oldest record goes first, and whatever goes is declared.

use super::Outbox;
use super::frame::Frame;
use super::journal::Journal;
use super::shelf::Shelf;

/// Earlier boots that are kept. Beyond it the oldest goes whole, counted among the dropped: only a heater that was
/// started so often without ever reaching the platform gets there.
const MAX_EARLIER_BOOTS: usize = 256;

impl Outbox {
    /// Drops as much as it takes for one more record to fit. Closing records are not counted: there is at most one for
    /// each earlier boot, and those are bounded.
    pub(super) fn make_room(&mut self) {
        let capacity = self.limits.capacity.max(1);
        let filled = self.shelves.iter().map(Shelf::filled).sum::<usize>();
        for _ in capacity..=filled {
            self.drop_oldest();
        }
        while self.shelves.len() > MAX_EARLIER_BOOTS + 1 {
            let oldest = self.shelves.remove(0);
            self.count_dropped(oldest.filled() as u64);
            self.under_way.forget_gone(&mut self.shelves);
        }
    }

    fn drop_oldest(&mut self) {
        let Some(at) = self.shelves.iter().position(|shelf| shelf.filled() > 0) else { return };
        if self.shelves[at].entries.len() == 1 {
            self.close_if_over(at);
        }
        self.shelves[at].entries.pop_front();
        self.under_way.forget_gone(&mut self.shelves);
        self.count_dropped(1);
    }

    /// Puts a closing record on the shelf of an earlier boot: nothing else of it would be left to declare what is missing.
    pub(super) fn close_if_over(&mut self, at: usize) {
        if at + 1 < self.shelves.len() {
            self.shelves[at].close(0, 0);
            self.write_down(at, self.shelves[at].entries.len() - 1);
        }
    }

    fn count_dropped(&mut self, records: u64) {
        self.dropped += records;
        self.dropped_lately += records;
    }
}

/// The whole log as it would be read back: header, boots, records.
pub(super) fn whole_log(journal: &Journal, shelves: &mut [Shelf]) -> Vec<u8> {
    let mut bytes = Frame::header(journal.header());
    for shelf in shelves.iter() {
        bytes.extend_from_slice(&Frame::boot(&shelf.note()));
    }
    for shelf in shelves {
        for at in 0..shelf.entries.len() {
            let frame = shelf.frame(&shelf.entries[at]);
            shelf.entries[at].log_bytes = frame.len() as u32;
            bytes.extend_from_slice(&frame);
        }
    }
    bytes
}

/// How much of the log is still needed.
pub(super) fn live_bytes(shelves: &[Shelf]) -> usize {
    shelves.iter().flat_map(|shelf| &shelf.entries).map(|entry| entry.log_bytes as usize).sum()
}
