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

/// Such jobs keep this share of all cores busy in the mean, and all cores of a heater at times.
const TIED_SHARE: f64 = 0.1;
const HOUR_MS: i64 = 3_600_000;

/// What became of the deadlines of one building.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub(super) struct Deadlines {
    /// Met where all heaters always run at full power.
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
        let all_core_s: Vec<f64> =
            self.world.emitters.iter().map(|emitter| f64::from(emitter.machine.cores()) * STEP_S).collect();
        let now_ms = self.world.now().utc_ms;
        self.queue.advance(now_ms, STEP_S, &busy_core_s);
        self.full.advance(now_ms, STEP_S, &all_core_s);
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

    /// One statement a heater: what its cores draw that tied jobs could use.
    fn must_run(&self) -> Vec<MustRun> {
        let of_heater = |(at, emitter): (usize, &EmitterPlan)| {
            let cores = self.queue.cores_tied(at).min(u64::from(emitter.machine.cores())) as u32;
            (cores > 0).then(|| MustRun {
                job: format!("tied-{at}"),
                heater: bus::heater_id(at),
                watts: Watts::floor(emitter.machine.cores_w(cores).ceil()),
                until: bus::now(&self.world).plus_ms(HOUR_MS),
            })
        };
        self.world.emitters.iter().enumerate().filter_map(of_heater).collect()
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
