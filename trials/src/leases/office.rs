//! Runs of the controller come and go: the lock, the epoch, cycles as `controller::run` makes them, and frozen ones.

use rand::RngExt as _;

use super::coverage::Seen;
use super::folder::Folder;
use super::note::Note;
use super::run::{Run, State};
use super::world::{Event, World};

/// As `controller::run` paces itself.
const FIRST_CYCLE_MS: u64 = 1_500;
const CYCLE_MS: u64 = 10_000;
const BOOK_EVERY_MS: u64 = 500;
/// The memory is kept every so many cycles.
const KEEP_EVERY: u64 = 30;
/// How long raising the epoch takes, its fsync included.
const RAISING_MS: std::ops::Range<u64> = 2..400;

impl World {
    /// Somebody starts a controller on a folder.
    pub(super) fn start_run(&mut self, folder: usize) {
        if self.folders[folder].is_locked() {
            return self.count(Seen::StartsRefused);
        }
        self.folders[folder].is_starting = true;
        let raising_ms = self.random.random_range(RAISING_MS);
        if folder == self.home && !self.climate.is_calm && !self.is_quiet() && self.chance(0.1) {
            self.count(Seen::StartsCut);
            let had_reached_disk = self.random.random();
            self.folders[folder].cut(had_reached_disk);
            return self.put_in(2_000 + raising_ms, Event::StartRun(folder));
        }
        self.put_in(raising_ms, Event::RunSynced(folder));
    }

    /// The epoch is on disk: the run begins.
    pub(super) fn run_synced(&mut self, folder: usize) {
        let run = self.runs.len();
        let place = &mut self.folders[folder];
        let epoch = place.raise_epoch();
        (place.is_starting, place.holder) = (false, Some(run));
        let memory = place.memory.as_ref();
        let begun = Run::new(folder, epoch, memory, &self.layout, &self.overrides, self.mutant, self.now_ms);
        self.runs.push(begun);
        self.note(Note::RunStarted { run, epoch });
        self.put_in(20, Event::RunConnects(run));
        self.put_in(FIRST_CYCLE_MS, Event::Cycle(run));
        // The answers to the first leases are not left waiting.
        self.put_in(2 * FIRST_CYCLE_MS, Event::ReadBook(run));
    }

    pub(super) fn end_run(&mut self, run: usize) {
        if self.runs[run].state == State::Ended {
            return;
        }
        (self.runs[run].state, self.runs[run].up) = (State::Ended, false);
        self.folders[self.runs[run].folder].holder = None;
        self.note(Note::RunEnded { run });
    }

    /// The run that works on the folder where restarts happen.
    pub(super) fn run_at_home(&self) -> Option<usize> {
        self.folders[self.home].holder
    }

    pub(super) fn live_runs(&self) -> Vec<usize> {
        (0..self.runs.len()).filter(|&run| self.runs[run].state != State::Ended).collect()
    }

    /// A second controller beside one that lives: restored elsewhere in order, or a plain copy.
    pub(super) fn start_beside(&mut self, old: usize, is_restored: bool) {
        let home = &self.folders[self.home];
        let copy: Folder =
            if is_restored { home.restored() } else { home.copied_before(self.runs[old].epoch) };
        self.folders.push(copy);
        self.put_in(0, Event::StartRun(self.folders.len() - 1));
        if is_restored {
            self.home = self.folders.len() - 1;
        }
    }

    pub(super) fn cycle_due(&mut self, run: usize) {
        match self.runs[run].state {
            State::Ended => {}
            State::Frozen { .. } => self.runs[run].cycle_waits = true,
            State::Running => {
                self.put_in(CYCLE_MS, Event::Cycle(run));
                self.cycle(run);
            }
        }
    }

    fn cycle(&mut self, run: usize) {
        let cycle = self.runs[run].cycle(&self.key, &self.layout, self.now_ms);
        self.send(run, cycle.budgets);
        if let Some(state) = cycle.state {
            self.hear_state(run, &state);
        }
        if self.runs[run].cycles.is_multiple_of(KEEP_EVERY) {
            self.keep_memory(run);
        }
        if let Some(away_ms) = self.runs[run].freezes_for_ms.take() {
            self.freeze(run, away_ms);
        }
    }

    fn keep_memory(&mut self, run: usize) {
        self.folders[self.runs[run].folder].memory = Some(self.runs[run].memory());
    }

    /// A change in the book takes effect within half a second, and is planned for at once.
    pub(super) fn book_changed(&mut self) {
        for run in self.live_runs() {
            let delay_ms = self.random.random_range(0..BOOK_EVERY_MS);
            self.put_in(delay_ms, Event::ReadBook(run));
        }
    }

    pub(super) fn read_book(&mut self, run: usize) {
        if self.runs[run].state == State::Running {
            self.runs[run].set_book(&self.layout, &self.overrides, self.now_ms);
            self.cycle(run);
        }
    }

    /// A run hears the limit in force, which the building system says again to a controller that was away.
    pub(super) fn tell_limit(&mut self, run: usize) {
        let Some(limit_w) = self.limit_w else { return };
        if self.runs[run].is_at_work() && self.runs[run].limit_w != Some(limit_w) {
            self.runs[run].hear_limit(limit_w, &self.layout, self.now_ms);
            self.keep_memory(run);
            self.cycle(run);
        }
    }

    /// A frozen run goes on: what it missed comes first, then the cycle that is overdue.
    pub(super) fn thaw(&mut self, run: usize) {
        if !matches!(self.runs[run].state, State::Frozen { .. }) {
            return;
        }
        self.runs[run].thaw(self.now_ms);
        self.note(Note::Thawed { run });
        for budget in std::mem::take(&mut self.runs[run].outbox) {
            self.count(Seen::SentAfterThaw);
            self.publish(run, budget);
        }
        self.runs[run].set_book(&self.layout, &self.overrides, self.now_ms);
        self.tell_limit(run);
        for message in std::mem::take(&mut self.runs[run].inbox) {
            self.heard_by_run(run, message);
        }
        if std::mem::take(&mut self.runs[run].cycle_waits) {
            self.cycle_due(run);
        }
    }
}
