//! An outbox rebuilt from its log, whatever a crash, a power cut or a bad card has left of it.

use std::collections::BTreeMap;

use vocabulary::{BootId, Record, Timestamp};

use super::frame::{self, BootNote, Confirmed, Frame};
use super::journal::{Journal, MAX_UNSYNCED_MS};
use super::packed::Packed;
use super::shelf::{Entry, Shelf};
use super::{Outbox, OutboxLimits};

/// What begins when a heater starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Birth {
    /// Random.
    pub boot: BootId,
    /// One above every boot before; raised above those in the log where it is not.
    pub bn: u64,
    /// The heater's pace: how many records a power cut can have taken.
    pub record_every_ms: u64,
    /// Now, for a closing record that knows no better time.
    pub wall: Timestamp,
}

/// What was found in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovered {
    /// Records with samples.
    pub records: usize,
    /// Earlier boots that have something left to send.
    pub boots: usize,
    /// Bytes that belong to nothing readable: a torn tail, or damage.
    pub cut_bytes: usize,
    /// Records that were perhaps made and lost before they were on disk; they are declared.
    pub lost_at_most: u64,
}

/// The log was written by a newer program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the outbox is in form {0} and this program reads form {version}", version = frame::VERSION)]
pub struct LogVersionError(u32);

impl Outbox {
    /// An outbox that keeps a log, with everything that `log` holds of earlier boots. Everything in good order is kept,
    /// before and behind damage. An empty log is a heater that never ran.
    ///
    /// # Errors
    /// [`LogVersionError`] when a newer program has written the log: it must not be overwritten.
    pub fn recover(
        log: &[u8],
        birth: &Birth,
        limits: OutboxLimits,
    ) -> Result<(Self, Recovered), LogVersionError> {
        let (frames, cut_bytes) = frame::read_log(log);
        let mut found = Found::default();
        for (frame, length) in frames {
            found.take(frame, length)?;
        }
        let lost_at_most = if found.may_lack_its_end(cut_bytes) { lost(cut_bytes, birth) } else { 0 };
        let mut journal = Journal::new();
        let mut shelves = found.settle(lost_at_most, birth.wall, journal.next_mark());
        let newest = shelves.last().map_or(0, |shelf| shelf.bn);
        let recovered = Recovered {
            records: shelves.iter().map(Shelf::filled).sum(),
            boots: shelves.len(),
            cut_bytes,
            lost_at_most,
        };
        shelves.push(Shelf::new(birth.boot, birth.bn.max(newest.saturating_add(1))));
        journal.ask_for_whole();
        let outbox =
            Self { shelves, journal: Some(Box::new(journal)), ..Self::new(birth.boot, birth.bn, limits) };
        Ok((outbox, recovered))
    }
}

/// The most records that can be missing at the end of a log: as many as are made in the time that a disk may take,
/// or as many as fit into what cannot be read.
fn lost(cut_bytes: usize, birth: &Birth) -> u64 {
    let made = MAX_UNSYNCED_MS.div_ceil(birth.record_every_ms.max(1));
    made.max((cut_bytes / frame::SHORTEST_RECORD_BYTES) as u64)
}

/// What the frames say, one after another.
#[derive(Default)]
struct Found {
    /// By boot number, then by boot: a heater that lost its memory may have used a number twice.
    shelves: BTreeMap<(u64, BootId), Shelf>,
    is_closed: bool,
}

impl Found {
    fn take(&mut self, frame: Frame, length: usize) -> Result<(), LogVersionError> {
        self.is_closed = frame == Frame::Closed;
        match frame {
            Frame::Header(header) if header.v > frame::VERSION => return Err(LogVersionError(header.v)),
            Frame::Boot(note) => self.take_note(&note),
            Frame::Record(record) => self.take_record(&record, length, false),
            Frame::Closing(record) => self.take_record(&record, length, true),
            Frame::Confirmed(confirmed) => self.take_confirmed(&confirmed),
            Frame::Header(_) | Frame::Closed => {}
        }
        Ok(())
    }

    fn shelf(&mut self, bn: u64, boot: BootId) -> &mut Shelf {
        self.shelves.entry((bn, boot)).or_insert_with(|| Shelf::new(boot, bn))
    }

    fn take_note(&mut self, note: &BootNote) {
        let shelf = self.shelf(note.bn, note.boot);
        shelf.last = shelf.last.max(note.last);
        shelf.hwm = shelf.hwm.max(note.hwm);
    }

    fn take_record(&mut self, record: &Record, length: usize, is_closing: bool) {
        let mut entry = Entry::new(record.seq, record.mono_ms, record.ts, Packed::pack(&record.samples));
        entry.is_closing = is_closing;
        entry.log_bytes = length as u32;
        self.shelf(record.bn, record.boot).insert(entry);
    }

    fn take_confirmed(&mut self, confirmed: &Confirmed) {
        let known = self.shelves.values_mut().find(|shelf| shelf.boot == confirmed.boot);
        if let Some(shelf) = known {
            shelf.confirm(confirmed);
        }
    }

    /// Whether records of the newest boot may have been made that are not in the log.
    fn may_lack_its_end(&self, cut_bytes: usize) -> bool {
        !self.shelves.is_empty() && (cut_bytes > 0 || !self.is_closed)
    }

    /// The boots that have something left to say, oldest first, each with a record that says it.
    fn settle(self, lost_at_most: u64, now: Timestamp, mark: u64) -> Vec<Shelf> {
        let mut shelves: Vec<Shelf> = self.shelves.into_values().collect();
        for shelf in &mut shelves {
            shelf.newest.get_or_insert((0, now));
        }
        if lost_at_most > 0
            && let Some(newest) = shelves.last_mut()
        {
            newest.close(lost_at_most, mark);
        }
        for shelf in &mut shelves {
            if shelf.entries.is_empty() && !shelf.is_settled() {
                shelf.close(0, mark);
            }
        }
        shelves.retain(|shelf| !shelf.entries.is_empty());
        shelves
    }
}
