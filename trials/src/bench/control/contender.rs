//! Who competes, and how one of them lives through a scenario.

use controller::{Site, Steps, share_out};
use vocabulary::{Timestamp, Watts};

use super::super::process::thread_cpu_s;
use super::bus;
use super::scenario::Scenario;
use super::tally::Tally;
use super::world::{World, Zone};
use crate::drive::{Session, Step};

/// Decides from what a line of `drive` says, and from nothing else.
pub(super) trait Contender {
    /// Watts for each zone, in the order of the step.
    fn step(&mut self, step: &Step) -> Vec<f64>;

    /// Watts for each heater that make up those of the zones: by rating, where nothing is known of heaters.
    fn by_heater(&mut self, world: &World, _line: &Step, watts: &[f64]) -> Vec<f64> {
        world.by_emitter(watts)
    }
}

/// Ours: a session of `drive`, and below it the steps of the heaters, which a live site is told and `drive` is not.
struct Ours {
    session: Session,
    site: Site,
    steps: Steps,
}

impl Contender for Ours {
    fn step(&mut self, step: &Step) -> Vec<f64> {
        self.session.step(step)
    }

    fn by_heater(&mut self, world: &World, line: &Step, watts: &[f64]) -> Vec<f64> {
        let (steps, told) = share_out(&self.steps, &self.site, &bus::snapshot(world), watts, bus::now(world));
        self.steps = steps;
        let told_w: Vec<f64> = told.into_iter().map(Watts::real).collect();
        // A live site's heaters say what they draw.
        let by_zone = |zone: &Zone| told_w[zone.emitters.clone()].iter().sum();
        self.session.drew(line, &world.zones.iter().map(by_zone).collect::<Vec<f64>>());
        told_w
    }
}

/// Monday, 1 April 2024: on the controller's clock the judged time begins with a month, so that a charge on the month's highest
/// power does not count what it drew while it learned.
const JUDGED_FROM_MS: i64 = 1_711_929_600_000;
const WEEK_MS: i64 = 7 * 86_400_000;

/// One building of a scenario and how long it is lived in before it is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct House {
    pub(super) scenario: Scenario,
    pub(super) seed: u64,
    pub(super) rooms: usize,
    pub(super) warm_days: usize,
}

impl House {
    pub(super) fn world(&self) -> World {
        World::new(self.scenario, self.seed, self.rooms, self.warm_days)
    }

    /// Lives through it with a contender that is made for its world.
    pub(super) fn live<C: Contender>(&self, make: impl FnOnce(&World) -> C) -> Tally {
        let mut world = self.world();
        let mut contender = make(&world);
        let mut tally = Tally::default();
        while !world.is_over() {
            let by_heater_w = if world.is_without_platform() {
                world.by_emitter(&world.fallback_w())
            } else {
                let line = world.line();
                let before_s = thread_cpu_s();
                let watts = contender.step(&line);
                let by_heater_w = contender.by_heater(&world, &line, &watts);
                tally.cpu_s += thread_cpu_s() - before_s;
                tally.room_steps += line.zones.len() as u64;
                by_heater_w
            };
            world.advance(&by_heater_w, &mut tally);
        }
        tally
    }

    /// Lives through it with our controller.
    pub(super) fn live_ours(&self) -> Tally {
        self.live(|world| self.ours(world))
    }

    /// Our controller, before its first line.
    fn ours(&self, world: &World) -> Ours {
        let monday_ms = JUDGED_FROM_MS - self.warm_days.div_ceil(7) as i64 * WEEK_MS;
        Ours {
            session: Session::from_week(&world.header(), Timestamp::from_ms(monday_ms)),
            site: bus::site(world),
            steps: Steps::default(),
        }
    }
}
