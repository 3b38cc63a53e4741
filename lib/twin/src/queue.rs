//! The jobs a site has taken in and what becomes of them.
//!
//! Whose deadline is nearest goes first. A job runs on any number of cores up to its own and can be paused
//! and moved at any step, so a step only has to say how many core-seconds each heater gave.

use std::collections::BTreeMap;

use crate::jobs::Job;

/// Jobs waiting and running, and what became of those before.
#[derive(Debug, Clone, Default)]
pub struct JobQueue {
    /// Those that may run anywhere.
    anywhere: Line,
    /// Those that must run on one heater, by heater.
    tied: Vec<Line>,
    taken_in: u64,
    tally: Tally,
}

/// What became of the jobs so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tally {
    /// Jobs done, in time or not.
    pub done: u64,
    /// Jobs done by their deadline.
    pub met: u64,
    /// Deadlines that passed with work left.
    pub missed: u64,
    /// Of jobs that must run on one heater: done by their deadline.
    pub must_run_met: u64,
    /// Of those: deadlines that passed with work left.
    pub must_run_missed: u64,
    /// Work done, core-seconds.
    pub worked_core_s: f64,
    /// Core-seconds given where there was no work for them.
    pub unused_core_s: f64,
}

/// Order in a line: deadline (none is last), then the order of arrival.
type Place = (i64, u64);

#[derive(Debug, Clone, Default)]
struct Line {
    jobs: BTreeMap<Place, Waiting>,
    /// Cores all of them can use.
    cores: u64,
}

#[derive(Debug, Clone, Copy)]
struct Waiting {
    cores: u32,
    left_core_s: f64,
    missed: bool,
    must_run: bool,
}

/// Work left that is no more than rounding.
const NOTHING_CORE_S: f64 = 1e-6;

impl JobQueue {
    /// A queue for a site with so many heaters.
    #[must_use]
    pub fn new(heaters: usize) -> JobQueue {
        JobQueue { tied: vec![Line::default(); heaters], ..JobQueue::default() }
    }

    /// Takes in a job that has arrived. One tied to a heater there is not may run anywhere, one without cores
    /// has one, and one without work is done when work next goes on.
    pub fn take_in(&mut self, job: &Job) {
        self.taken_in += 1;
        let tied = job.heater.and_then(|heater| self.tied.get_mut(heater));
        let waiting = Waiting {
            cores: job.cores.max(1),
            left_core_s: job.work_core_s.max(0.0),
            missed: false,
            must_run: tied.is_some(),
        };
        let place = (job.deadline_ms.unwrap_or(i64::MAX), self.taken_in);
        tied.unwrap_or(&mut self.anywhere).push(place, waiting);
    }

    /// Cores' worth of work that can run now on any heater.
    #[must_use]
    pub fn cores_anywhere(&self) -> u64 {
        self.anywhere.cores
    }

    /// Cores' worth of work that must run on this heater, and can now.
    #[must_use]
    pub fn cores_tied(&self, heater: usize) -> u64 {
        self.tied.get(heater).map_or(0, |line| line.cores)
    }

    /// Core-seconds of work that must be done on this heater by a time.
    #[must_use]
    pub fn tied_core_s_due(&self, heater: usize, by_ms: i64) -> f64 {
        let due = |line: &Line| line.jobs.range(..=(by_ms, u64::MAX)).map(|(_, job)| job.left_core_s).sum();
        self.tied.get(heater).map_or(0.0, due)
    }

    /// Jobs not yet done.
    #[must_use]
    pub fn len(&self) -> usize {
        self.anywhere.jobs.len() + self.tied.iter().map(|line| line.jobs.len()).sum::<usize>()
    }

    /// Whether all jobs are done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What became of the jobs so far.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Works for the `dt_s` seconds that end at `now_ms`; heater `j` gives `core_s[j]` core-seconds, to its
    /// own jobs first. Numbers that cannot be (negative, not a number) are none.
    pub fn advance(&mut self, now_ms: i64, dt_s: f64, core_s: &[f64]) {
        let JobQueue { anywhere, tied, tally, .. } = self;
        let mut left_of_all = 0.0;
        for (heater, &given) in core_s.iter().enumerate() {
            let given = given.max(0.0);
            let line = tied.get_mut(heater);
            left_of_all += line.map_or(given, |line| line.work(given, now_ms, dt_s, tally));
        }
        tally.unused_core_s += anywhere.work(left_of_all, now_ms, dt_s, tally);
        for line in tied.iter_mut().chain([anywhere]) {
            line.count_missed(now_ms, tally);
        }
    }
}

impl Line {
    fn push(&mut self, place: Place, waiting: Waiting) {
        self.cores += u64::from(waiting.cores);
        self.jobs.insert(place, waiting);
    }

    /// Spends core-seconds on its jobs in order, on each no more than its cores can take up in `dt_s`; gives
    /// what is left.
    fn work(&mut self, given_core_s: f64, now_ms: i64, dt_s: f64, tally: &mut Tally) -> f64 {
        let mut left_core_s = given_core_s;
        let mut done = Vec::new();
        for (place, job) in &mut self.jobs {
            if left_core_s <= 0.0 {
                break;
            }
            let spent = left_core_s.min(f64::from(job.cores) * dt_s).min(job.left_core_s).max(0.0);
            left_core_s -= spent;
            job.left_core_s -= spent;
            tally.worked_core_s += spent;
            if job.left_core_s <= NOTHING_CORE_S {
                done.push(*place);
            }
        }
        for place in done {
            if let Some(job) = self.jobs.remove(&place) {
                self.cores -= u64::from(job.cores);
                job.count_done(place.0, now_ms, tally);
            }
        }
        left_core_s
    }

    /// Counts the deadlines that have passed, each once; the jobs go on.
    fn count_missed(&mut self, now_ms: i64, tally: &mut Tally) {
        for (_, job) in self.jobs.range_mut(..(now_ms, 0)).filter(|(_, job)| !job.missed) {
            job.missed = true;
            tally.missed += 1;
            tally.must_run_missed += u64::from(job.must_run);
        }
    }
}

impl Waiting {
    fn count_done(&self, deadline_ms: i64, now_ms: i64, tally: &mut Tally) {
        tally.done += 1;
        if deadline_ms == i64::MAX || self.missed {
            return;
        }
        let in_time = u64::from(now_ms <= deadline_ms);
        tally.met += in_time;
        tally.missed += 1 - in_time;
        if self.must_run {
            tally.must_run_met += in_time;
            tally.must_run_missed += 1 - in_time;
        }
    }
}

#[cfg(test)]
mod tests;
