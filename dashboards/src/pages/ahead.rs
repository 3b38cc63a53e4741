//! The power of a site: what was drawn in the last 24 hours, and the work that is announced for the next 24.

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
    /// From top to bottom.
    pub(crate) powers: Vec<String>,
    /// From left to right.
    pub(crate) hours: Vec<String>,
    /// The picture in words.
    pub(crate) words: String,
}

/// `None` when there is neither a past nor an announced future.
pub(crate) fn ahead(building: &Building, day: &Day, speaker: Speaker) -> Option<Ahead> {
    let work = announced(building);
    let known = day.electricity.iter().chain(&work).flatten().copied();
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

/// A label of the axis, without decimals that say nothing.
fn kilowatts(l: Language, watts: f64) -> String {
    let kilowatts = watts / 1000.0;
    l.quantity(kilowatts, usize::from(kilowatts.fract() > 0.01), "kW")
}
