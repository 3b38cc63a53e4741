//! The power of a site: what was drawn in the last 24 hours, and for the next 24 the heat that the rooms' plans want beside the work
//! that is announced.

use vocabulary::Timestamp;

use crate::chart::{area, round_up};
use crate::day::Day;
use crate::facts::Building;
use crate::language::Language;
use crate::words::Speaker;

const HOUR_MS: i64 = 3_600_000;
/// The work ahead is drawn in steps of this.
const STEP_MS: i64 = 30 * 60_000;
const STEPS: i64 = 48;
/// Labels stand every so many hours.
const LABEL_HOURS: i64 = 8;

/// A picture of power around now.
pub(crate) struct Ahead {
    /// Watts drawn: heat.
    pub(crate) heat: String,
    /// The part of it that computed.
    pub(crate) compute: String,
    /// Watts of work announced.
    pub(crate) work: String,
    /// Watts of heat that is planned; empty where no room has a plan.
    pub(crate) wanted: String,
    /// From top to bottom.
    pub(crate) powers: Vec<String>,
    /// From left to right.
    pub(crate) hours: Vec<String>,
    /// The picture in words.
    pub(crate) words: String,
}

/// `None` when there is neither a past nor an announced future.
pub(crate) fn ahead(building: &Building, day: &Day, speaker: Speaker) -> Option<Ahead> {
    let (work, wanted) = (announced(building), planned(building));
    let known = day.electricity.iter().chain(&work).chain(&wanted).flatten().copied();
    let most = known.fold(f64::NAN, f64::max);
    if most.is_nan() {
        return None;
    }
    let top = round_up(most);
    let l = speaker.language;
    let hours = (-3..=3).map(|n| speaker.now.plus_ms(n * LABEL_HOURS * HOUR_MS));
    let label =
        |at: Timestamp| if at == speaker.now { l.say("chart-now") } else { l.clock(at, speaker.zone) };
    let available = building.state.as_ref().and_then(|state| state.work_available_w);
    Some(Ahead {
        heat: area(&day.electricity, (0.0, 0.5), top),
        compute: area(&day.compute, (0.0, 0.5), top),
        work: area(&work, (0.5, 1.0), top),
        wanted: area(&wanted, (0.5, 1.0), top),
        powers: [top, top / 2.0, 0.0].map(|watts| kilowatts(l, watts)).to_vec(),
        hours: hours.map(label).collect(),
        words: match available {
            Some(watts) => l.tell("ahead-work", &[("power", l.power(f64::from(watts)).into())]),
            None => l.say("ahead-no-work"),
        },
    })
}

/// Watts of work in each step ahead; unknown where no interval is announced.
fn announced(building: &Building) -> Vec<Option<f64>> {
    let expected = building.work.as_ref().map(|work| work.expected.as_slice()).unwrap_or_default();
    let at = |step: i64| {
        let middle = building.now.plus_ms(step * STEP_MS + STEP_MS / 2);
        let covering = expected.iter().find(|(from, to, _)| *from <= middle && middle < *to);
        covering.map(|(_, _, watts)| watts.real())
    };
    (0..STEPS).map(at).collect()
}

/// Watts of heat that all rooms plan together in each step ahead; unknown where none has a plan that holds.
fn planned(building: &Building) -> Vec<Option<f64>> {
    let mut sums = vec![None; STEPS as usize];
    for outlook in building.rooms.iter().filter_map(|room| room.outlook(building.now)) {
        for (step, sum) in (0..).zip(&mut sums).filter(|_| !outlook.is_stale) {
            let middle = building.now.plus_ms(step * STEP_MS + STEP_MS / 2);
            let covering = outlook.steps.iter().find(|of| of.from <= middle && middle < of.to);
            *sum = covering.map_or(*sum, |of| Some(sum.unwrap_or(0.0) + of.power_w));
        }
    }
    sums
}

/// A label of the axis, without decimals that say nothing.
fn kilowatts(l: Language, watts: f64) -> String {
    let kilowatts = watts / 1000.0;
    l.quantity(kilowatts, usize::from(kilowatts.fract() > 0.01), "kW")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{NOW, Trial, book, forecast};

    #[tokio::test]
    async fn the_heat_ahead_is_the_sum_of_the_rooms_plans_and_ends_with_them() {
        let trial = Trial::new();
        let wanted = |trial: &Trial| planned(&trial.app.building(&book()).unwrap());
        assert!(wanted(&trial).iter().all(Option::is_none), "no room has a plan");
        let plan = forecast(NOW);
        trial.hear_forecast("101", &plan);
        let one = wanted(&trial);
        trial.hear_forecast("102", &plan);
        let two = wanted(&trial);
        let known = one.iter().filter(|watts| watts.is_some()).count();
        assert!(known > 0, "{one:?}");
        assert!(one.iter().flatten().any(|watts| *watts > 0.0), "{one:?}");
        for (one, two) in one.iter().zip(&two) {
            assert_eq!(one.map(|watts| 2.0 * watts), *two);
        }
    }
}
