use super::contender::Contender;
use super::scenario::{Occupancy, Scenario, Trouble, Weather};
use super::*;
use crate::drive::{Session, Step};

/// The controller without the steps of heaters, as `drive` alone has it.
impl Contender for Session {
    fn step(&mut self, step: &Step) -> Vec<f64> {
        Session::step(self, step)
    }
}

fn house(scenario: Scenario, seed: u64) -> House {
    House { scenario, seed, rooms: 5, warm_days: 1 }
}

fn winter() -> Scenario {
    Scenario::new("test", Weather::PeakWinter).for_days(2)
}

/// All that must be the same in every run.
fn without_time(mut tally: Tally) -> Tally {
    tally.cpu_s = 0.0;
    tally
}

#[test]
fn the_same_seed_lives_the_same_life_with_every_contender() {
    let preheat = Preheat { lead_h: 3.0, offset_k: 0.2 };
    let bad = winter().with_trouble("test", Trouble::BadSensors).with_cap("test", 0.5);
    for who in [
        Who::Hysteresis,
        Who::Plain,
        Who::Preheated,
        Who::Proportional,
        Who::Foresight,
        Who::JointForesight,
        Who::OursCold,
    ] {
        let [one, again, other] = [7, 7, 8].map(|seed| without_time(live(who, &house(bad, seed), preheat)));
        assert!(one == again && one != other, "{who:?}");
    }
}

#[test]
fn foresight_is_as_comfortable_as_can_be_with_less_energy_than_a_preheat_that_is() {
    let [scheduled, unknown] = [Occupancy::Scheduled, Occupancy::Unknown].map(|occupancy| {
        let house = House { warm_days: 2, ..house(winter().with_occupancy("test", occupancy), 3) };
        Figures::of(&[foresight::live(&house)], false)
    });
    let generous = Preheat { lead_h: 12.0, offset_k: 0.3 };
    let preheated =
        Figures::of(&[live(Who::Preheated, &House { warm_days: 2, ..house(winter(), 3) }, generous)], false);
    assert!(scheduled.kelvin_hours < 0.3 && unknown.kelvin_hours < 0.6, "{scheduled:?} {unknown:?}");
    assert!(scheduled.energy_kwh < preheated.energy_kwh, "{scheduled:?} {preheated:?}");
}

#[test]
fn no_contender_under_a_cap_passes_it() {
    let capped = house(winter().with_cap("test", 0.45), 5);
    for who in [Who::Proportional, Who::JointForesight, Who::OursCold] {
        let figures = Figures::of(&[live(who, &capped, Preheat { lead_h: 6.0, offset_k: 0.5 })], true);
        assert!(figures.peak_of_cap.is_some_and(|share| share > 0.5 && share <= 1.0), "{who:?} {figures:?}");
    }
}

#[test]
fn our_rooms_compute_with_nearly_all_they_draw_and_have_the_heat_they_asked_for() {
    let house = house(winter(), 9);
    let [ours, plain] = [house.live_ours(), house.live(|world| Session::new(&world.header()))]
        .map(|tally| Figures::of(&[tally], false));
    assert!(ours.useful_share > 0.985 && plain.useful_share < 0.97, "{ours:?} {plain:?}");
    assert!((ours.energy_kwh / plain.energy_kwh - 1.0).abs() < 0.03, "{ours:?} {plain:?}");
}

#[test]
fn jobs_that_must_run_are_done_in_time_also_under_a_cap() {
    let capped = house(winter().with_cap("test", 0.45), 4);
    let deadlines = deadlines::live(&capped);
    assert!(deadlines.possible > 300 && deadlines.met_share() >= 0.999, "{deadlines:?}");
}

#[test]
fn days_without_work_burn_electricity_for_nothing() {
    let typical = Scenario::new("test", Weather::TypicalWinter);
    let [jobless, usual] = [typical.with_trouble("test", Trouble::NoJobs), typical]
        .map(|scenario| Figures::of(&[live(Who::Plain, &house(scenario, 2), Preheat::NONE)], false));
    assert!(jobless.idle_burn_kwh > 1.2 * usual.idle_burn_kwh, "{jobless:?} {usual:?}");
    assert!(jobless.core_hours < 0.95 * usual.core_hours && jobless.useful_share <= 1.0);
}

#[test]
fn a_step_is_a_line_that_drive_reads() {
    let world = house(winter().with_occupancy("test", Occupancy::Unknown), 1).world();
    let line = world.line();
    assert_eq!((line.zones.len(), line.outdoor_forecast_c.len()), (4, 24), "a corridor is no zone");
    let zone = &line.zones[0].1;
    assert_eq!((zone.low_forecast_c.len(), zone.high_forecast_c.len()), (48, 48));
    assert!(zone.low_vacant_c < zone.low_c && zone.air_c.is_some());
    assert_eq!((line.weekday, line.hour), (Some(6.0), Some(0.0)), "a day before a Monday");
}
