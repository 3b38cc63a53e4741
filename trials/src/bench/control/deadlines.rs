//! Jobs that must run on one heater and be done by a deadline (target T5), on a live site: the controller's own plan with all
//! that the bus tells it of heaters and jobs, for which `drive` has no words.
//!
//! ```text
//!   jobs ──> queue ──cores tied to a heater──> watts that must run ──> controller::plan ──> heaters ──busy cores──> queue
//!     └────> the same queue on heaters at full power all the time: the deadlines that can be met at all
//! ```

use controller::{Memory, Plan, Site, plan};
use serde::Serialize;
use twin::{Asked, Drawn, EmitterPlan, Job, JobKind, JobPlan, JobQueue, JobSource};
use vocabulary::{MustRun, Watts};

use super::bus;
use super::contender::House;
use super::scenario::STEP_S;
use super::tally::Tally;
use super::world::World;

/// Such jobs keep this share of all cores busy in the mean, and all cores of a heater at times: work whose data lie on one
/// heater is the exception. They come in working hours and in bursts; with 0.1 they alone pass a cap of 0.45 for hours and make
/// rooms too warm for days (docs/control/benchmark.md has the figures).
const TIED_SHARE: f64 = 0.03;
const HOUR_MS: i64 = 3_600_000;

/// What became of the deadlines of one building.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub(super) struct Deadlines {
    /// Met where all power below the cap is for such jobs.
    pub(super) possible: u64,
    /// Missed beyond those that are missed there, too.
    pub(super) missed: u64,
}

impl Deadlines {
    /// The same of several buildings.
    pub(super) fn sum(all: &[Self]) -> Self {
        all.iter().fold(Self::default(), |sum, one| Self {
            possible: sum.possible + one.possible,
            missed: sum.missed + one.missed,
        })
    }

    /// The share that was met of those that can be.
    pub(super) fn met_share(&self) -> f64 {
        1.0 - self.missed as f64 / self.possible as f64
    }
}

/// Lives through a house from its first day to its last; every deadline counts, also while the controller learns.
pub(super) fn live(house: &House) -> Deadlines {
    let mut office = Office::new(house);
    while !office.world.is_over() {
        office.step();
    }
    let (ours, full) = (office.queue.tally(), office.full.tally());
    Deadlines {
        possible: full.must_run_met,
        missed: ours.must_run_missed.saturating_sub(full.must_run_missed),
    }
}

/// A building with its controller and its jobs.
struct Office {
    world: World,
    site: Site,
    memory: Memory,
    jobs: JobSource,
    /// Those of the running hour that are still to come.
    coming: Vec<Job>,
    /// The hour whose jobs were drawn last.
    hour: i64,
    queue: JobQueue,
    full: JobQueue,
    drawn: Vec<Drawn>,
}

impl Office {
    fn new(house: &House) -> Self {
        let world = house.world();
        let cores = |emitter: &EmitterPlan| emitter.machine.cores();
        let jobs = JobPlan {
            kind: JobKind::Interactive,
            mean_cores: TIED_SHARE
                * world.emitters.iter().map(|emitter| f64::from(cores(emitter))).sum::<f64>(),
            widest_cores: world.emitters.iter().map(cores).min().unwrap_or(1),
            with_deadline: 1.0,
            must_run: 1.0,
            heaters: world.emitters.len(),
        };
        Self {
            site: bus::site(&world),
            memory: Memory::default(),
            jobs: JobSource::new(house.seed, jobs),
            coming: Vec::new(),
            hour: i64::MIN,
            queue: JobQueue::new(world.emitters.len()),
            full: JobQueue::new(world.emitters.len()),
            drawn: vec![Drawn::default(); world.emitters.len()],
            world,
        }
    }

    fn step(&mut self) {
        self.take_in();
        let plan = self.plan();
        let work = self.world.work_share();
        let drawn = self.world.emitters.iter().enumerate().map(|(at, emitter)| {
            let limit_w = told_w(&self.world, &self.site, &plan, at);
            // Work that may run anywhere is there as well; the queue gives the cores to the tied first.
            let work_cores = self.queue.cores_tied(at) as f64 + work * f64::from(emitter.machine.cores());
            emitter.machine.draw(&Asked { heat_w: limit_w, limit_w, work_cores })
        });
        self.drawn = drawn.collect();
        self.world.live_through(&self.drawn, work >= 1.0, &mut Tally::default());
        let busy_core_s: Vec<f64> =
            self.drawn.iter().map(|drawn| f64::from(drawn.busy_cores) * STEP_S).collect();
        let all_core_s = self.full_core_s();
        let now_ms = self.world.now().utc_ms;
        self.queue.advance(now_ms, STEP_S, &busy_core_s);
        self.full.advance(now_ms, STEP_S, &all_core_s);
    }

    /// What heaters compute in a step that is for such jobs alone, core-seconds: below the cap, shared in proportion.
    fn full_core_s(&self) -> Vec<f64> {
        let wanted_w = self.tied_w(&self.full);
        let share = self.world.cap_w().map_or(1.0, |cap_w| (cap_w / wanted_w.iter().sum::<f64>()).min(1.0));
        let of_heater = |(emitter, watts): (&EmitterPlan, &f64)| {
            let (limit_w, work_cores) = (share * watts, f64::from(emitter.machine.cores()));
            let drawn = emitter.machine.draw(&Asked { heat_w: limit_w, limit_w, work_cores });
            f64::from(drawn.busy_cores) * STEP_S
        };
        self.world.emitters.iter().zip(&wanted_w).map(of_heater).collect()
    }

    /// What the cores of each heater draw that the tied jobs of a queue could use, W.
    fn tied_w(&self, queue: &JobQueue) -> Vec<f64> {
        let of_heater = |(at, emitter): (usize, &EmitterPlan)| {
            let cores = queue.cores_tied(at).min(u64::from(emitter.machine.cores())) as u32;
            emitter.machine.cores_w(cores).ceil()
        };
        self.world.emitters.iter().enumerate().map(of_heater).collect()
    }

    /// Jobs that have arrived by now wait in both queues.
    fn take_in(&mut self) {
        let now = self.world.now();
        let hour = now.utc_ms.div_euclid(HOUR_MS);
        if hour != self.hour {
            self.hour = hour;
            self.coming.extend(self.jobs.in_hour(now));
        }
        let coming = std::mem::take(&mut self.coming);
        let (arrived, coming): (Vec<Job>, _) =
            coming.into_iter().partition(|job| job.arrival_ms <= now.utc_ms);
        self.coming = coming;
        for job in &arrived {
            self.queue.take_in(job);
            self.full.take_in(job);
        }
    }

    fn plan(&mut self) -> Plan {
        let line = self.world.line();
        bus::ask(&mut self.site, &line);
        let mut snapshot = bus::snapshot(&self.world);
        bus::hear(&mut snapshot, &line, &self.drawn);
        let now = bus::now(&self.world);
        if let Some(work) = &mut snapshot.work {
            work.must_run = self.must_run();
        }
        let (memory, plan) = plan(&self.memory, &snapshot, &self.site, now);
        self.memory = memory;
        plan
    }

    /// One statement a heater that has such jobs.
    fn must_run(&self) -> Vec<MustRun> {
        let of_heater = |(at, watts): (usize, &f64)| {
            (*watts > 0.0).then(|| MustRun {
                job: format!("tied-{at}"),
                heater: bus::heater_id(at),
                watts: Watts::floor(*watts),
                until: bus::now(&self.world).plus_ms(HOUR_MS),
            })
        };
        self.tied_w(&self.queue).iter().enumerate().filter_map(of_heater).collect()
    }
}

/// What a heater may draw: its lease, and nothing where its room is as warm as the lease says.
fn told_w(world: &World, site: &Site, plan: &Plan, heater: usize) -> f64 {
    let lease = plan.heaters[heater].as_ref();
    let air_c = site.heaters[heater].room.map(|zone| world.air_in(&world.building, zone));
    lease
        .filter(|lease| air_c.is_none_or(|air_c| air_c < lease.hi_c.degrees()))
        .map_or(0.0, |lease| lease.watts.real())
}
