//! The forwarder: a thread that takes what the journal holds to InfluxDB, and drops it from the journal only then.
//!
//! ```text
//!   oldest commits ──fill──> parcel ──gate closed: send──> stored ──gate still closed: release──> the next
//!                                        └──not stored──> gate open, pause, the same parcel again
//! ```
//! While the gate is closed nobody asks for figures, so a reading is never seen both in InfluxDB and in the journal.
//! After an answer that got lost it may be in both until it was sent again.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use crate::error::StoreError;
use crate::influx::client::Client;
use crate::influx::dead_letter::DeadLetters;
use crate::influx::forward::{Forward, Reaction};
use crate::influx::inherited::Inherited;
use crate::influx::outcome::Trouble;
use crate::influx::parcel::Parcel;
use crate::influx::wake::Wake;
use crate::log::journal::Journal;

/// After a parcel that was not full: more readings travel together, and the disk rests between releases.
const GATHERING: Duration = Duration::from_millis(250);
/// Without news, look all the same.
const IDLE: Duration = Duration::from_secs(10);
/// Released entries stay in the file until so many can go in one transaction, or until maintenance.
const WORTH_DELETING: usize = 20_000;

/// What the forwarder and those who ask have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) journal: Journal,
    pub(crate) client: Client,
    /// Read by those who ask for figures, written to while readings are on their way.
    pub(crate) gate: RwLock<()>,
    pub(crate) wake: Wake,
    pub(crate) inherited: Inherited,
    pub(crate) dead_letters: AtomicU64,
    trouble: Mutex<Option<Trouble>>,
}

impl Shared {
    pub(crate) fn new(journal: Journal, client: Client, dead_letters: u64) -> Arc<Self> {
        Arc::new(Self {
            journal,
            client,
            gate: RwLock::default(),
            wake: Wake::default(),
            inherited: Inherited::default(),
            dead_letters: AtomicU64::new(dead_letters),
            trouble: Mutex::default(),
        })
    }

    /// Why nothing is sent just now.
    pub(crate) fn trouble(&self) -> Option<Trouble> {
        *self.trouble_mut()
    }

    fn trouble_mut(&self) -> MutexGuard<'_, Option<Trouble>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of a trouble or of its end, and tells of it once.
    fn note(&self, trouble: Option<Trouble>, reason: &str) {
        let before = std::mem::replace(&mut *self.trouble_mut(), trouble);
        let url = self.client.settings().url.as_str();
        match trouble {
            _ if before == trouble => {}
            Some(trouble) if trouble.needs_somebody() => {
                tracing::error!(url, reason, "{trouble}; readings wait in the log until somebody helps");
            }
            Some(trouble) => tracing::warn!(url, reason, "{trouble}; readings wait in the log"),
            None => tracing::info!(url, "InfluxDB takes readings again"),
        }
    }
}

/// The thread's own state.
pub(crate) struct Forwarder {
    shared: Arc<Shared>,
    dead_letters: DeadLetters,
    parcel: Parcel,
    forward: Forward,
    released: usize,
    chance: Chance,
}

impl Forwarder {
    pub(crate) fn new(shared: Arc<Shared>, dead_letters: DeadLetters) -> Self {
        Self {
            shared,
            dead_letters,
            parcel: Parcel::default(),
            forward: Forward::default(),
            released: 0,
            chance: Chance::default(),
        }
    }

    /// Forwards until it is told to stop.
    pub(crate) fn run(mut self) {
        while !self.shared.wake.is_stopping() {
            self.shared.inherited.load(&self.shared.client);
            match self.parcel.fill(&self.shared.journal) {
                Ok(false) => self.shared.wake.wait_for_news(IDLE),
                Ok(true) => self.take_through(),
                Err(error) => self.pause_after(&error),
            }
        }
    }

    /// Takes one parcel through, however long that takes.
    fn take_through(&mut self) {
        if !self.set_unsendable_aside() {
            return;
        }
        self.forward.take(&self.parcel.lines);
        while !self.send_until_trouble() {
            if self.shared.wake.is_stopping() {
                return;
            }
        }
        self.tidy_up();
        if !self.parcel.is_full() {
            self.shared.wake.pause(GATHERING);
        }
    }

    /// Sends piece after piece with the gate closed, and releases the parcel at the end; true when that is done, false
    /// when there was something to wait for, which is over now.
    fn send_until_trouble(&mut self) -> bool {
        let shared = Arc::clone(&self.shared);
        let gate = shared.gate.write().unwrap_or_else(PoisonError::into_inner);
        if self.parcel.is_outdated(&shared.journal) {
            // What was erased meanwhile must not be sent after it was deleted. Lines that are sent again overwrite themselves.
            if let Err(error) = self.parcel.fill(&shared.journal) {
                drop(gate);
                self.pause_after(&error);
                return false;
            }
            self.forward.take(&self.parcel.lines);
        }
        while let Some(piece) = self.forward.next() {
            let lines = self.parcel.lines.text(piece);
            let outcome = match shared.trouble() {
                Some(Trouble::Busy) => shared.client.write_to_the_busy(lines),
                _ => shared.client.write(lines),
            };
            match self.forward.heard(outcome, &self.parcel.lines, self.chance.draw()) {
                Reaction::GoOn => shared.note(None, ""),
                Reaction::SetAside { line, reason } => {
                    let line = self.parcel.lines.text(line..line + 1).to_owned();
                    if self.set_aside(&reason, &line) {
                        self.forward.set_aside();
                        continue;
                    }
                    drop(gate);
                    self.pause();
                    return false;
                }
                Reaction::Wait { pause, trouble, reason } => {
                    drop(gate);
                    self.wait_out(pause, trouble, &reason);
                    return false;
                }
            }
        }
        match shared.journal.release(self.parcel.through, |_| Ok(()), |_| ()) {
            Ok(()) => true,
            Err(error) => {
                drop(gate);
                self.pause_after(&error);
                false
            }
        }
    }

    fn wait_out(&mut self, pause: Duration, trouble: Trouble, reason: &str) {
        if self.shared.wake.is_stopping() {
            return;
        }
        self.shared.note(Some(trouble), reason);
        if trouble == Trouble::Missing {
            match self.shared.client.make_bucket() {
                Ok(true) => {
                    tracing::info!(bucket = self.shared.client.settings().bucket, "the bucket was made");
                    return;
                }
                Ok(false) => {}
                Err(failed) => tracing::error!(
                    bucket = self.shared.client.settings().bucket,
                    reason = failed.reason,
                    "the bucket could not be made: make it, or use a token that may"
                ),
            }
        }
        self.shared.wake.pause(pause);
    }

    fn set_unsendable_aside(&mut self) -> bool {
        let unsendable = std::mem::take(&mut self.parcel.unsendable);
        if unsendable.iter().all(|(reason, what)| self.set_aside(&reason.to_string(), what)) {
            return true;
        }
        // What was set aside of them already will be so again: twice is better than not at all.
        self.pause();
        false
    }

    /// Sets a line aside; false when that did not succeed.
    fn set_aside(&mut self, reason: &str, line: &str) -> bool {
        match self.dead_letters.add(reason, line) {
            Ok(()) => {
                self.shared.dead_letters.store(self.dead_letters.count(), Ordering::Relaxed);
                tracing::error!(reason, "InfluxDB will never store a reading: it is in dead-letter.lines");
                true
            }
            Err(error) => {
                self.shared.note(Some(Trouble::DeadLetters), &error.to_string());
                false
            }
        }
    }

    /// Makes room in the log's file, once it is worth it.
    fn tidy_up(&mut self) {
        self.released += self.parcel.blocks;
        if self.released >= WORTH_DELETING {
            self.released = 0;
            if let Err(error) = self.shared.journal.delete_released() {
                self.pause_after(&error);
            }
        }
    }

    /// Our own disk is the trouble. Whoever writes to the journal hears of it and does what is to be done.
    fn pause_after(&mut self, error: &StoreError) {
        tracing::warn!(%error, "what is to be sent to InfluxDB waits for our own disk");
        self.pause();
    }

    fn pause(&mut self) {
        let pause = self.forward.pause(self.chance.draw());
        self.shared.wake.pause(pause);
    }
}

/// Numbers nobody can foresee, for spreading pauses.
#[derive(Debug, Default)]
struct Chance {
    keys: RandomState,
    drawn: u64,
}

impl Chance {
    /// A number in `[0, 1)`.
    fn draw(&mut self) -> f64 {
        self.drawn += 1;
        (self.keys.hash_one(self.drawn) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
