//! B3: perfect foresight and a perfect model. It tries what it would do on copies of the twin itself, people, windows and
//! weather to come included, and heats as late and as little as keeps every bound.
//!
//! In a room that only loses heat, the least energy that keeps a lower bound keeps the air as low as it may be at every
//! moment: nothing before it must be, then full power, then just the bound. So every quarter of an hour, for each room:
//!
//! ```text
//!   full power from half an hour later on still keeps every bound of the next ten hours?
//!      no  ──> full power now
//!      yes ──> the least constant power with which the next half hour keeps its bounds
//! ```
//! It knows no price and no cap, so it is a yardstick without a cap and under tariffs that hardly move, no strict bound:
//! it starts up to half an hour early, and shifting heat into cheap hours could cost less.

use twin::Building;

use super::contender::House;
use super::scenario::STEP_S;
use super::tally::Tally;
use super::world::World;

/// Steps between decisions: a quarter of an hour, the lag of a heater.
const DECIDE_EVERY: usize = 3;
/// Steps of the near look: half an hour, in which power surely reaches the air.
const NEAR: usize = 6;
/// The first step of the near look that power can still help, given the heater's lag.
const REACHED: usize = 3;
/// Steps of the far look: ten hours.
const FAR: usize = 120;
/// It aims this far above a bound, K: power that is constant for a quarter of an hour leaves the air that uneven.
const AIM_ABOVE_K: f64 = 0.05;

/// Lives through a house in this way.
pub(super) fn live(house: &House) -> Tally {
    let mut world = house.world();
    let mut tally = Tally::default();
    let mut watts = Vec::new();
    for step in 0.. {
        if world.is_over() {
            break;
        }
        if step % DECIDE_EVERY == 0 {
            watts = decide(&world);
        }
        world.advance(&watts, &mut tally);
    }
    tally
}

fn decide(world: &World) -> Vec<f64> {
    let full: Vec<f64> = world.zones.iter().map(|zone| zone.rated_w).collect();
    let none = vec![0.0; full.len()];
    let without = look(world, NEAR, |_| &none);
    let with = look(world, NEAR, |_| &full);
    let later = look(world, FAR, |step| if step < NEAR { &none } else { &full });
    let each = full.iter().enumerate().map(|(at, full_w)| {
        // What is missed while the late start takes hold is the near look's business.
        let too_late = later[2 * NEAR..].iter().any(|step| step[at] < 0.0);
        if too_late { *full_w } else { full_w * least_share(at, &without, &with) }
    });
    each.collect()
}

/// The least share of full power that keeps a room's bounds in the near look: air answers power in proportion.
fn least_share(at: usize, without: &[Vec<f64>], with: &[Vec<f64>]) -> f64 {
    let needed = without.iter().zip(with).skip(REACHED).map(|(without, with)| {
        let gained_k = with[at] - without[at];
        if gained_k > 0.0 { (-without[at] / gained_k).clamp(0.0, 1.0) } else { 0.0 }
    });
    needed.fold(0.0, f64::max)
}

/// How far each room is above what is aimed at after each of the next steps, K, on a copy of the twin.
fn look<'a>(world: &World, steps: usize, watts: impl Fn(usize) -> &'a Vec<f64>) -> Vec<Vec<f64>> {
    let mut copy: Building = world.building.clone();
    let step_ms = (1000.0 * STEP_S) as i64;
    let margins = (0..steps).map(|step| {
        copy.step(copy.now().later_by(step_ms), STEP_S, watts(step));
        let above = |at: usize| copy.room(at).air_c - world.bound_in(&copy, at).0 - AIM_ABOVE_K;
        (0..world.zones.len()).map(above).collect()
    });
    margins.collect()
}
