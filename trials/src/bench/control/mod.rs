//! Comfort per kilowatt-hour: the controller beside thermostats, tuned preheat and perfect foresight, in buildings of the
//! twin that none of them knows.
//!
//! ```text
//!   scenario, seed ──> World ──line of `drive`──> Contender (B0 B1 B2 B4, Session) ──watts──> World ──truth──> Tally
//!                        └──copies of the twin──> B3 B5
//! ```
//! Everybody sees the same line and nothing else, but B3 and B5. Everything but the processor time is the same in every run.

mod baseline;
mod bus;
mod capacity;
mod chance;
mod comfort;
mod contender;
mod deadlines;
mod floors;
mod foresight;
mod joint;
mod outlook;
mod parallel;
mod plan;
mod plot;
mod report;
mod scenario;
mod school;
mod search;
mod tally;
mod targets;
mod world;

use std::time::Instant;

pub use report::Report;

use baseline::{Hysteresis, Preheat, Regulator};
use contender::House;
use deadlines::Deadlines;
use plan::{Entry, Plan, Who};
use report::{Kept, Row, Searched};
use search::search;
use tally::{Figures, Tally};

use super::Setting;
use super::machine::Machine;

/// The names of all scenarios.
#[must_use]
pub fn scenarios() -> Vec<&'static str> {
    Plan::new(false, None).entries.iter().map(|entry| entry.scenario.name).collect()
}

/// Measures everything, or `only` the scenario of that name and no capacity: minutes, or about one for the short form.
#[must_use]
pub fn run(setting: &Setting, seed: u64, only: Option<&str>) -> Report {
    let started = Instant::now();
    let plan = Plan::new(setting.short, only);
    let buildings: Vec<u64> =
        (0..plan.buildings as u64).map(|nth| seed.wrapping_mul(1_000).wrapping_add(nth)).collect();
    let (mut rows, mut searches) = (Vec::new(), Vec::new());
    for entry in &plan.entries {
        let tell = |what: &str| (setting.progress)(&format!("{}: {what}", entry.scenario.name));
        compete(&plan, entry, &buildings, &tell, &mut rows, &mut searches);
    }
    let deadlines = if only.is_none() { deadlines(&plan, &buildings, &setting.progress) } else { Vec::new() };
    let capacity = only.is_none().then(|| {
        (setting.progress)("capacity");
        capacity::measure(seed, plan.capacity_rooms)
    });
    let goals = targets::judge(&rows, &deadlines, capacity.as_ref());
    let mut wrong = passed_caps(&rows);
    if setting.short {
        wrong.extend(floors::lost(&goals));
    }
    Report {
        machine: Machine::here((setting.clock)()),
        seed,
        buildings,
        rooms: plan.rooms,
        learning_days: plan.learning_days,
        rows,
        searches,
        deadlines,
        capacity,
        goals,
        wrong,
        took_s: started.elapsed().as_secs_f64(),
    }
}

/// Jobs that must run, in the weeks in which they are harder to serve: where little heat is wanted, and under a cap.
fn deadlines(plan: &Plan, buildings: &[u64], progress: &(dyn Fn(&str) + Sync)) -> Vec<Kept> {
    let judged =
        plan.entries.iter().filter(|entry| [plan::TYPICAL, plan::CAP_45].contains(&entry.scenario.name));
    let of_scenario = |entry: &Entry| {
        let Plan { rooms, settling_days: warm_days, .. } = *plan;
        let house = |seed: &u64| House { scenario: entry.scenario, seed: *seed, rooms, warm_days };
        let houses: Vec<House> = buildings.iter().map(house).collect();
        let tell = |what: &str| progress(&format!("{}: deadlines, {what}", entry.scenario.name));
        let all = parallel::map(&houses, &tell, deadlines::live);
        Kept { scenario: entry.scenario.name, deadlines: Deadlines::sum(&all) }
    };
    judged.map(of_scenario).collect()
}

/// One scenario: the search for B2 where it is made, then everybody else.
fn compete(
    plan: &Plan,
    entry: &Entry,
    buildings: &[u64],
    tell: &(dyn Fn(&str) + Sync),
    rows: &mut Vec<Row>,
    searches: &mut Vec<Searched>,
) {
    let scenario = entry.scenario;
    let houses = |warm_days: usize| {
        let house = move |seed: &u64| House { scenario, seed: *seed, rooms: plan.rooms, warm_days };
        buildings.iter().map(house).collect::<Vec<House>>()
    };
    if entry.searched {
        let search = search(&houses(plan.settling_days), plan.coarse_search, &|what| {
            tell(&format!("B2's search, {what}"));
        });
        searches.push(Searched { scenario: scenario.name, search });
    }
    let preheat = searches.last().map_or(Preheat::NONE, |searched| searched.search.best().preheat);
    let warm_days = |who: &Who| match who {
        Who::Ours => plan.learning_days,
        Who::OursCold => 0,
        _ => plan.settling_days,
    };
    let runs: Vec<(Who, House)> = entry
        .who
        .iter()
        .flat_map(|who| houses(warm_days(who)).into_iter().map(move |house| (*who, house)))
        .collect();
    let tallies = parallel::map(&runs, tell, |(who, house)| live(*who, house, preheat));
    for (who, tallies) in entry.who.iter().zip(tallies.chunks(buildings.len())) {
        let figures = Figures::of(tallies, scenario.cap_share.is_some());
        rows.push(Row { scenario: scenario.name, who: who.name(), figures });
    }
}

fn live(who: Who, house: &House, preheat: Preheat) -> Tally {
    match who {
        Who::Hysteresis => house.live(|_| Hysteresis::default()),
        Who::Plain => house.live(|_| Regulator::new(Preheat::NONE, None)),
        Who::Preheated => house.live(|_| Regulator::new(preheat, None)),
        Who::Proportional => house.live(|world| Regulator::new(preheat, world.header().cap_w)),
        Who::Foresight => foresight::live(house),
        Who::JointForesight => joint::live(house),
        Who::Ours | Who::OursCold => house.live_ours(),
    }
}

/// A cap is a promise, not a target.
fn passed_caps(rows: &[Row]) -> Vec<String> {
    let passed = |row: &&Row| row.figures.peak_of_cap.is_some_and(|share| share > 1.0);
    rows.iter().filter(passed).map(|row| format!("{} passed its cap in {}", row.who, row.scenario)).collect()
}

#[cfg(test)]
mod tests;
