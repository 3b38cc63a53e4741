//! Jobs that arrive to be computed: a seeded process whose distributions are fitted to two published logs.
//!
//! No row of a log is in here. Fitted are the arrivals by hour of day and by weekday, run times (two
//! log-normal humps, short and long) and widths (powers of two), to the logs of the NASA Ames iPSC/860 of
//! 1993 (interactive: short, wide, in working hours) and of the LCG grid of 2005 (batch: long, of one core,
//! nearly around the clock), both of the Parallel Workloads Archive; `tests/shared_jobs.rs` holds the fit
//! against them. Deadlines and places are in no log: they are the plan's.

use crate::moment::{Clock, Moment};
use crate::noise::{Noise, Purpose};

/// One job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Job {
    /// When it arrives, milliseconds since 1970 UTC.
    pub arrival_ms: i64,
    /// Cores it can use at once; it also runs on fewer, slower.
    pub cores: u32,
    /// Work, core-seconds.
    pub work_core_s: f64,
    /// When it has to be done, milliseconds since 1970 UTC.
    pub deadline_ms: Option<i64>,
    /// The heater it must run on, because its data are there.
    pub heater: Option<usize>,
}

/// What kind of work it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobKind {
    /// People who wait for an answer: short and wide, in working hours.
    Interactive,
    /// Batches: long, of one core, nearly around the clock.
    Batch,
}

/// The jobs of one site.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JobPlan {
    /// What kind of jobs.
    pub kind: JobKind,
    /// Cores they would keep busy in the mean over a week.
    pub mean_cores: f64,
    /// The widest job, cores: those of a heater.
    pub widest_cores: u32,
    /// Share of the jobs that have a deadline, 0..=1: two to six times their run time and a quarter of an
    /// hour after they arrive.
    pub with_deadline: f64,
    /// Share of the jobs that must run on one heater and by a deadline, 0..=1.
    pub must_run: f64,
    /// How many heaters there are for those.
    pub heaters: usize,
}

/// A seeded source of jobs.
#[derive(Debug, Clone, Copy)]
pub struct JobSource {
    noise: Noise,
    plan: JobPlan,
    mean_jobs_per_h: f64,
}

/// Hours of the day and days of the week in which jobs come, in shares of the busiest.
struct Rhythm {
    night: f64,
    weekend: f64,
    /// Hours in which the day begins to be busy, is, ceases to be, and is over.
    hours: [f64; 4],
}

/// A log-normal hump of run times: its share, and mean and deviation of the logarithm of seconds.
struct Hump {
    share: f64,
    mean: f64,
    deviation: f64,
}

struct Shape {
    rhythm: Rhythm,
    humps: [Hump; 2],
    /// Share of jobs of 1, 2, 4, … 128 cores.
    widths: [f64; 8],
}

const INTERACTIVE: Shape = Shape {
    rhythm: Rhythm { night: 0.05, weekend: 0.29, hours: [6.0, 10.0, 15.5, 22.0] },
    humps: [Hump { share: 0.8, mean: 4.2, deviation: 1.2 }, Hump { share: 0.2, mean: 7.0, deviation: 1.3 }],
    widths: [0.272, 0.097, 0.147, 0.099, 0.098, 0.2, 0.065, 0.022],
};
const BATCH: Shape = Shape {
    rhythm: Rhythm { night: 0.53, weekend: 0.8, hours: [6.0, 10.0, 18.0, 24.0] },
    humps: [Hump { share: 0.55, mean: 5.2, deviation: 0.6 }, Hump { share: 0.45, mean: 8.4, deviation: 1.6 }],
    widths: [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
};

const HOUR_MS: i64 = 3_600_000;
/// Both logs end their queues at some days.
const LONGEST_S: f64 = 7.0 * 86_400.0;
/// How much fuller one hour is than another beyond the rhythm, as the deviation of a logarithm; both logs
/// scatter by more than chance alone.
const HOURLY_SCATTER: f64 = 0.4;
const SHORTEST_SLACK_S: f64 = 900.0;
const SLACKS: (f64, f64) = (2.0, 6.0);
/// Draws of one hour do not reach those of the next.
const MOST_JOBS_AN_HOUR: i64 = 1 << 20;

impl JobKind {
    fn shape(self) -> &'static Shape {
        match self {
            JobKind::Interactive => &INTERACTIVE,
            JobKind::Batch => &BATCH,
        }
    }
}

impl JobSource {
    /// The jobs of `plan`, always the same for a seed. Numbers that cannot be (negative, not a number) are
    /// none.
    #[must_use]
    pub fn new(seed: u64, plan: JobPlan) -> JobSource {
        let shape = plan.kind.shape();
        let mean_run_s: f64 = shape.humps.iter().map(Hump::mean_s).sum();
        let widths = (0..8).map(|power| shape.widths[power] * f64::from(plan.width(1 << power)));
        let core_s_a_job = mean_run_s * widths.sum::<f64>();
        JobSource {
            noise: Noise::new(seed),
            plan,
            mean_jobs_per_h: plan.mean_cores.max(0.0) * 3600.0 / core_s_a_job,
        }
    }

    /// The jobs that arrive in the clock hour (UTC) of a moment, in order.
    #[must_use]
    pub fn in_hour(&self, moment: Moment) -> Vec<Job> {
        let hour = moment.utc_ms.div_euclid(HOUR_MS);
        let middle = Moment { utc_ms: hour * HOUR_MS + HOUR_MS / 2, ..moment };
        let scatter = HOURLY_SCATTER * self.noise.gaussian(Purpose::JobsThisHour, 0, hour);
        let per_h = self.mean_jobs_per_h
            * self.plan.kind.shape().rhythm.at(middle.local())
            // Log-normal of mean one.
            * (scatter - 0.5 * HOURLY_SCATTER * HOURLY_SCATTER).exp();
        let mut jobs = Vec::new();
        let mut arrival_h = 0.0;
        for number in 0..MOST_JOBS_AN_HOUR {
            let draw = Draw { noise: self.noise, slot: hour.wrapping_mul(MOST_JOBS_AN_HOUR) + number };
            // Exponential gaps: the arrivals of a Poisson process within the hour.
            arrival_h -= (1.0 - draw.uniform(Purpose::JobGap)).ln() / per_h;
            // Where the rate is none the gap is infinite or no number, and there is no job either.
            if arrival_h.is_nan() || arrival_h >= 1.0 {
                break;
            }
            jobs.push(self.job(hour * HOUR_MS + (arrival_h * HOUR_MS as f64) as i64, draw));
        }
        jobs
    }

    fn job(&self, arrival_ms: i64, draw: Draw) -> Job {
        let shape = self.plan.kind.shape();
        let run_s = shape.run_s(draw);
        let drawn_cores = shape.cores(draw);
        let must_run = draw.uniform(Purpose::JobMustRun) < self.plan.must_run && self.plan.heaters > 0;
        let urgent = must_run || draw.uniform(Purpose::JobUrgent) < self.plan.with_deadline;
        let slack = SLACKS.0 + (SLACKS.1 - SLACKS.0) * draw.uniform(Purpose::JobSlack);
        let allowed_ms = ((SHORTEST_SLACK_S + slack * run_s) * 1000.0) as i64;
        let heater = (draw.uniform(Purpose::JobHeater) * self.plan.heaters as f64) as usize;
        let cores = self.plan.width(drawn_cores);
        Job {
            arrival_ms,
            cores,
            work_core_s: run_s * f64::from(cores),
            deadline_ms: urgent.then_some(arrival_ms + allowed_ms),
            heater: must_run.then_some(heater),
        }
    }
}

impl JobPlan {
    fn width(&self, cores: u32) -> u32 {
        cores.min(self.widest_cores).max(1)
    }
}

impl Rhythm {
    /// How busy this hour is beside the mean of the week.
    fn at(&self, clock: Clock) -> f64 {
        let day = |weekday: u8| if weekday < 5 { 1.0 } else { self.weekend };
        let [begins, busy, ceases, over] = self.hours;
        // The area under the day: two ramps and the plateau.
        let busy_h = 0.5 * (busy - begins) + (ceases - busy) + 0.5 * (over - ceases);
        let mean = (self.night + (1.0 - self.night) * busy_h / 24.0) * (5.0 + 2.0 * self.weekend) / 7.0;
        let rising = ((clock.hour() - begins) / (busy - begins)).clamp(0.0, 1.0);
        let falling = ((over - clock.hour()) / (over - ceases)).clamp(0.0, 1.0);
        (self.night + (1.0 - self.night) * rising.min(falling)) * day(clock.weekday()) / mean
    }
}

impl Hump {
    /// What it adds to the mean run time, s.
    fn mean_s(&self) -> f64 {
        self.share * (self.mean + 0.5 * self.deviation * self.deviation).exp()
    }
}

impl Shape {
    fn run_s(&self, draw: Draw) -> f64 {
        let hump = &self.humps[usize::from(draw.uniform(Purpose::JobHump) >= self.humps[0].share)];
        let normal = draw.noise.gaussian(Purpose::JobRun, 0, draw.slot);
        (hump.mean + hump.deviation * normal).exp().clamp(1.0, LONGEST_S)
    }

    fn cores(&self, draw: Draw) -> u32 {
        let mut left = draw.uniform(Purpose::JobWidth);
        let power = self.widths.iter().position(|share| {
            left -= share;
            left < 0.0
        });
        1 << power.unwrap_or(0)
    }
}

/// The draws of one job.
#[derive(Clone, Copy)]
struct Draw {
    noise: Noise,
    slot: i64,
}

impl Draw {
    fn uniform(self, purpose: Purpose) -> f64 {
        self.noise.uniform(purpose, 0, self.slot)
    }
}
