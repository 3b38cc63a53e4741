//! B3: perfect foresight and a perfect model. It tries what it would do on copies of the twin itself, people, windows and
//! weather to come included, and heats as late and as little as keeps every bound.
//!
//! In a room that only loses heat, the least energy that keeps a lower bound keeps the air as low as it may be at every
//! moment: nothing before it must be, then full power, then just the bound. So every quarter of an hour, for each room:
//!
//! ```text
//!   full power from now on instead of from half an hour later on spares more discomfort than the heat costs that leaks?
//!      yes ──> full power now
//!      no  ──> the least constant power with which the next half hour keeps its bounds
//! ```
//! It shifts nothing into cheap hours and knows no cap, so it is a yardstick without a cap and under tariffs that move
//! little, and no strict bound: it starts in steps of a quarter of an hour, and rooms are reckoned with warm neighbours.

use twin::Building;

use super::contender::House;
use super::outlook::price_eur_per_kwh;
use super::scenario::STEP_S;
use super::tally::{EUR_PER_KELVIN_HOUR, Tally};
use super::world::World;

/// Steps between decisions: a quarter of an hour, the lag of a heater.
const DECIDE_EVERY: usize = 3;
/// Steps of the near look: half an hour, in which power surely reaches the air.
const NEAR: usize = 6;
/// The first step of the near look that power can still help, given the heater's lag.
const REACHED: usize = 3;
/// Steps of the far look: ten hours.
const FAR: usize = 120;
/// The share of heat made half an hour too early that is lost before it is needed: heavy rooms keep nine tenths.
const LEAKS: f64 = 0.1;
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
        world.advance(&world.by_emitter(&watts), &mut tally);
    }
    tally
}

fn decide(world: &World) -> Vec<f64> {
    let full: Vec<f64> = world.zones.iter().map(|zone| zone.rated_w).collect();
    let none = vec![0.0; full.len()];
    let without = look(world, NEAR, |_| &none);
    let with = look(world, NEAR, |_| &full);
    let now = look(world, FAR, |_| &full);
    let later = look(world, FAR, |step| if step < NEAR { &none } else { &full });
    let half_hour_h = NEAR as f64 * STEP_S / 3600.0;
    let price = price_eur_per_kwh(world.now());
    let each = full.iter().enumerate().map(|(at, full_w)| {
        let spared_eur = EUR_PER_KELVIN_HOUR * (missed_kh(at, &later) - missed_kh(at, &now));
        let too_late = spared_eur > LEAKS * price * half_hour_h * full_w / 1000.0;
        if too_late { *full_w } else { full_w * least_share(at, &without, &with) }
    });
    each.collect()
}

/// K·h that a room misses in the far look. What is missed while a late start takes hold is the near look's business.
fn missed_kh(at: usize, margins: &[Vec<f64>]) -> f64 {
    margins[2 * NEAR..].iter().map(|step| (-step[at]).max(0.0)).sum::<f64>() * STEP_S / 3600.0
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
        copy.step(copy.now().later_by(step_ms), STEP_S, &world.by_emitter(watts(step)));
        let above = |at: usize| world.air_in(&copy, at) - world.bound_in(&copy, at).0 - AIM_ABOVE_K;
        (0..world.zones.len()).map(above).collect()
    });
    margins.collect()
}
