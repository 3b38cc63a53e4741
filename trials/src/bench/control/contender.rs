//! Who competes, and how one of them lives through a scenario.

use std::time::Instant;

use vocabulary::Timestamp;

use super::scenario::Scenario;
use super::tally::Tally;
use super::world::World;
use crate::drive::{Session, Step};

/// Decides from what a line of `drive` says, and from nothing else.
pub(super) trait Contender {
    /// Watts for each zone, in the order of the step.
    fn step(&mut self, step: &Step) -> Vec<f64>;
}

impl Contender for Session {
    fn step(&mut self, step: &Step) -> Vec<f64> {
        Session::step(self, step)
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
            let watts = if world.is_without_platform() {
                world.fallback_w()
            } else {
                let line = world.line();
                let started = Instant::now();
                let watts = contender.step(&line);
                tally.cpu_s += started.elapsed().as_secs_f64();
                tally.room_steps += line.zones.len() as u64;
                watts
            };
            world.advance(&watts, &mut tally);
        }
        tally
    }

    /// Lives through it with our controller.
    pub(super) fn live_ours(&self) -> Tally {
        self.live(|world| self.ours(world))
    }

    /// Our controller, before its first line.
    pub(super) fn ours(&self, world: &World) -> Session {
        let monday_ms = JUDGED_FROM_MS - self.warm_days.div_ceil(7) as i64 * WEEK_MS;
        Session::from_week(&world.header(), Timestamp::from_ms(monday_ms))
    }
}
