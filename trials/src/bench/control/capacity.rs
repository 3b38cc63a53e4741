//! How many rooms a core can plan for (target T8): a large site lived through for some days, scaled to 100,000 rooms.

use serde::Serialize;

use super::super::process::thread_cpu_s;
use super::super::quantile::quantile;
use super::scenario::{STEPS_A_DAY, Scenario, Weather};
use super::tally::Tally;
use super::world::World;
use crate::drive::Session;

/// So many days are lived through: the histories that the last night learns from are full (twelve days), which is what a
/// night costs from then on.
const DAYS: usize = 14;
/// Rooms of target T8.
const ROOMS: f64 = 100_000.0;

/// What was measured, scaled.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Capacity {
    pub(super) measured_rooms: usize,
    /// One 5-minute step of 100,000 rooms, s of one core: the median step, scaled.
    pub(super) step_s: f64,
    /// What steps of the last day took beyond the median, scaled, s of one core: what is done once a night.
    pub(super) night_s: f64,
}

/// Lives through the days with one site of so many rooms; the last day counts.
pub(super) fn measure(seed: u64, rooms: usize) -> Capacity {
    let mut world = World::new(Scenario::new("", Weather::TypicalWinter).for_days(DAYS), seed, rooms, 0);
    let mut session = Session::new(&world.header());
    let mut steps_s = Vec::with_capacity(DAYS * STEPS_A_DAY);
    while !world.is_over() {
        let line = world.line();
        let before_s = thread_cpu_s();
        let watts = session.step(&line);
        steps_s.push(thread_cpu_s() - before_s);
        world.advance(&world.by_emitter(&watts), &mut Tally::default());
    }
    let last_day = &steps_s[steps_s.len() - STEPS_A_DAY..];
    let median_s = quantile(last_day, 0.5);
    let beyond_s: f64 = last_day.iter().map(|step_s| (step_s - median_s).max(0.0)).sum();
    let scale = ROOMS / rooms as f64;
    Capacity { measured_rooms: rooms, step_s: scale * median_s, night_s: scale * beyond_s }
}
