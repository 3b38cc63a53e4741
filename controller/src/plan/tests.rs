//! The plan by example, and for random buildings.

mod lived;
mod sharing;

use super::*;
use proptest::prelude::*;
use vocabulary::{HeaterId, Mode, MustRun, SiteWork, WeekSchedule, Zone};

use crate::image::HeaterView;
use crate::outlook::Outlook;
use crate::site::{SiteCircuit, SiteHeater};

const NOW: Timestamp = Timestamp::from_ms(1_763_632_000_000);

fn watts(whole: u32) -> Watts {
    Watts::new(whole).unwrap()
}

/// Rooms of two heaters of 500 W each, setpoint 20 °C all week.
fn site(rooms: usize, cap_w: Option<u32>) -> Site {
    let room = |index: usize| SiteRoom {
        heaters: vec![2 * index, 2 * index + 1],
        ..SiteRoom::trial(&format!("r-{index}"), WeekSchedule::constant(Celsius::from_hundredths(2000)))
    };
    let heater = |index: usize| SiteHeater {
        id: HeaterId::new(&format!("h-{index}")).unwrap(),
        room: Some(index / 2),
        circuit: None,
        rated_w: watts(500),
        resistor_w: Watts::ZERO,
        fallback_w: watts(100),
        instructions: registry::Instructions::default(),
    };
    Site {
        zone: Zone::UTC,
        cap_w: cap_w.map(watts),
        peak_eur_per_kw: 0.0,
        mode: registry::DeclaredMode::default(),
        rooms: (0..rooms).map(room).collect(),
        heaters: (0..2 * rooms).map(heater).collect(),
        circuits: vec![],
    }
}

fn snapshot(temperatures: &[Option<f64>]) -> Snapshot {
    let room = |t: &Option<f64>| RoomView { temperature_c: *t, occupied: Some(true), ..RoomView::default() };
    let heater =
        HeaterView { connected: true, controllable: true, mode: Some(Mode::Leased), ..HeaterView::default() };
    Snapshot {
        rooms: temperatures.iter().map(room).collect(),
        heaters: vec![heater; 2 * temperatures.len()],
        work: None,
        outlook: Outlook::default(),
    }
}

fn planned(temperatures: &[Option<f64>], cap_w: Option<u32>) -> Plan {
    plan(&Memory::default(), &snapshot(temperatures), &site(temperatures.len(), cap_w), NOW).1
}

fn total(plan: &Plan) -> u32 {
    plan.heaters.iter().flatten().map(|heater| heater.watts.whole()).sum()
}

/// Every room's first heater hangs on circuit 0, its second on circuit 1, and both circuits under circuit 2.
fn wired(rooms: usize, caps_w: [u32; 3], site_cap_w: Option<u32>) -> Site {
    let mut site = site(rooms, site_cap_w);
    site.heaters.iter_mut().enumerate().for_each(|(index, heater)| heater.circuit = Some(index % 2));
    let circuit = |cap_w: u32, heaters: Vec<usize>| SiteCircuit {
        id: vocabulary::CircuitId::new(&format!("c-{cap_w}")).unwrap(),
        cap_w: watts(cap_w),
        free_w: f64::from(cap_w),
        heaters,
    };
    let every_second = |first| (first..2 * rooms).step_by(2).collect();
    let all = (0..2 * rooms).collect();
    site.circuits = vec![
        circuit(caps_w[0], every_second(0)),
        circuit(caps_w[1], every_second(1)),
        circuit(caps_w[2], all),
    ];
    site
}

fn on_circuit(plan: &Plan, site: &Site, circuit: usize) -> u32 {
    let heaters = site.circuits[circuit].heaters.iter();
    heaters.filter_map(|&h| plan.heaters[h].as_ref()).map(|heater| heater.watts.whole()).sum()
}

#[test]
fn a_cold_room_is_heated_and_a_warm_one_is_not() {
    let plan = planned(&[Some(19.0), Some(23.0)], None);
    let heat_w = plan.rooms[0].heat_w.unwrap();
    assert!(heat_w > 600.0, "a kelvin is missing: {heat_w}");
    assert_eq!(plan.heaters[0].as_ref().unwrap().heat_w, Watts::floor(heat_w / 2.0));
    assert_eq!(plan.rooms[0].why.code(), "below_setpoint");
    assert!(plan.rooms[1].heat_w.unwrap() < 0.01, "{:?}", plan.rooms[1]);
    assert_eq!(plan.heaters[2].as_ref().unwrap().heat_w, Watts::ZERO);
    assert_eq!(plan.rooms[1].why.code(), "above_setpoint");
}

#[test]
fn a_room_that_cannot_be_judged_is_left_to_its_heaters() {
    let plan = planned(&[None], None);
    assert_eq!(plan.rooms[0].why, Why::TemperatureUnknown { age_s: None });
    assert_eq!(plan.heaters, [None, None]);
    let mut silent = snapshot(&[Some(19.0)]);
    silent.heaters.iter_mut().for_each(|heater| heater.connected = false);
    let (_, plan) = super::plan(&Memory::default(), &silent, &site(1, None), NOW);
    assert_eq!(plan.rooms[0].why, Why::HeatersSilent { age_s: None });
}

#[test]
fn a_heater_in_any_state_but_off_is_granted_its_share() {
    for mode in Mode::ALL {
        let mut with_mode = snapshot(&[Some(15.0)]);
        with_mode.heaters[0].mode = Some(mode);
        let (_, plan) = super::plan(&Memory::default(), &with_mode, &site(1, None), NOW);
        let is_off = matches!(mode, Mode::Tripped | Mode::LocalOff);
        // A derated heater draws what its heat leaves, and all of its grant again as soon as it is cool.
        assert_eq!(plan.heaters[0].is_some(), !is_off, "{}", mode.as_str());
        assert_eq!(plan.heaters[1].as_ref().unwrap().heat_w, watts(500), "{}", mode.as_str());
    }
}

#[test]
fn a_room_whose_heaters_are_all_off_is_told_so_and_one_that_only_reports_is_told_that() {
    let mut off = snapshot(&[Some(15.0)]);
    off.heaters[0].mode = Some(Mode::LocalOff);
    off.heaters[1].controllable = false;
    let why = |snapshot: &Snapshot| {
        let (_, plan) = super::plan(&Memory::default(), snapshot, &site(1, None), NOW);
        plan.rooms[0].why.clone()
    };
    assert_eq!(why(&off), Why::HeatersOff {});
    off.heaters[0].controllable = false;
    assert_eq!(why(&off), Why::NotControllable {});
}

#[test]
fn a_job_that_must_run_gets_its_power_where_it_runs() {
    let mut with_job = snapshot(&[Some(23.0)]);
    let until = NOW.plus_ms(60_000);
    let job = MustRun {
        job: "render-42".to_owned(),
        heater: HeaterId::new("h-1").unwrap(),
        watts: watts(200),
        until,
    };
    with_job.work = Some(SiteWork {
        available_w: watts(200),
        expected: vec![],
        value_eur_per_kwh: 0.0,
        must_run: vec![job],
        until,
    });
    let (_, plan) = super::plan(&Memory::default(), &with_job, &site(1, None), NOW);
    assert_eq!(plan.heaters[1].as_ref().unwrap().heat_w, watts(200));
    assert_eq!(plan.heaters[0].as_ref().unwrap().heat_w, Watts::ZERO);
}

#[test]
fn a_cap_cuts_heat_before_it_cuts_a_job_that_must_run() {
    let mut with_job = snapshot(&[Some(15.0), Some(21.0)]);
    let until = NOW.plus_ms(60_000);
    let (job, heater) = ("render-42".to_owned(), HeaterId::new("h-3").unwrap());
    with_job.work = Some(SiteWork {
        available_w: watts(200),
        expected: vec![],
        value_eur_per_kwh: 0.0,
        must_run: vec![MustRun { job, heater, watts: watts(450), until }],
        until,
    });
    for site in [site(2, Some(800)), wired(2, [5_000, 600, 5_000], None), wired(2, [300, 600, 800], None)] {
        let (_, plan) = super::plan(&Memory::default(), &with_job, &site, NOW);
        assert!(plan.heaters[3].as_ref().unwrap().heat_w >= watts(449), "{:?}", plan.heaters);
        assert!(total(&plan) <= 800 || !site.circuits.is_empty(), "{:?}", plan.heaters);
        assert!(
            (0..site.circuits.len())
                .all(|at| on_circuit(&plan, &site, at) <= site.circuits[at].cap_w.whole())
        );
    }
}

#[test]
fn heaters_that_state_their_steps_are_told_them_and_the_room_has_its_heat_in_the_mean() {
    let mut stepped = snapshot(&[Some(19.6)]);
    stepped.heaters.iter_mut().for_each(|heater| heater.steps_w = vec![125, 250, 375, 500]);
    let (mut memory, site) = (Memory::default(), site(1, None));
    let (mut asked_j, mut told_j) = (0.0, 0.0);
    for cycle in 0..2_000 {
        let (next, plan) = super::plan(&memory, &stepped, &site, NOW.plus_ms(10_000 * cycle));
        memory = next;
        let told_w = plan.heaters.iter().flatten().map(|heater| heater.watts.whole());
        assert!(told_w.clone().all(|told_w| told_w % 125 == 0), "{:?}", plan.heaters);
        asked_j += 10.0 * plan.rooms[0].heat_w.unwrap();
        told_j += 10.0 * f64::from(told_w.sum::<u32>());
    }
    assert!(asked_j > 1e6 && (told_j - asked_j).abs() < 1.5 * 125.0 * 310.0, "{asked_j} {told_j}");
    assert_eq!(Memory::restore(&memory.keep()).steps, memory.steps);
}

#[test]
fn memory_survives_being_kept_and_an_unknown_version_is_a_new_beginning() {
    let (memory, _) = plan(&Memory::default(), &snapshot(&[Some(18.0)]), &site(1, None), NOW);
    assert_eq!(Memory::restore(&memory.keep()), memory);
    let kept = memory.keep();
    let of_a_later_version = kept.replacen("\"version\":", "\"version\":1", 1);
    assert_ne!(of_a_later_version, kept);
    assert_eq!(Memory::restore(&of_a_later_version), Memory::default());
    assert_eq!(Memory::restore("nonsense"), Memory::default());
}

#[test]
fn jobs_that_must_run_are_told_to_be_what_heats_a_warm_room() {
    let mut with_job = snapshot(&[Some(21.5)]);
    let until = NOW.plus_ms(60_000);
    let heater = HeaterId::new("h-1").unwrap();
    let job = MustRun { job: "render-42".to_owned(), heater, watts: watts(200), until };
    let available_w = watts(200);
    let work = SiteWork { available_w, expected: vec![], value_eur_per_kwh: 0.0, must_run: vec![job], until };
    with_job.work = Some(work);
    let (_, plan) = super::plan(&Memory::default(), &with_job, &site(1, None), NOW);
    assert!(
        matches!(plan.rooms[0].why, Why::MustRun { jobs_w: 200, heat_w: 200, .. }),
        "{:?}",
        plan.rooms[0]
    );
}

#[test]
fn a_room_that_is_cold_at_full_power_is_told_that_its_heaters_give_all_they_have() {
    let plan = planned(&[Some(14.0)], None);
    assert!(matches!(plan.rooms[0].why, Why::FullPower { heat_w: 1000, .. }), "{:?}", plan.rooms[0]);
}

#[test]
fn a_warm_room_whose_computing_pays_is_told_so() {
    let mut paid = snapshot(&[Some(20.3)]);
    let until = NOW.plus_ms(3_600_000);
    let available_w = watts(1000);
    paid.work =
        Some(SiteWork { available_w, expected: vec![], value_eur_per_kwh: 0.5, must_run: vec![], until });
    let (_, plan) = super::plan(&Memory::default(), &paid, &site(1, None), NOW);
    let Why::WorkPays { cost_eur_per_kwh, heat_w, .. } = plan.rooms[0].why else {
        panic!("{:?}", plan.rooms[0])
    };
    assert!(cost_eur_per_kwh < 0.0 && heat_w > 300, "{:?}", plan.rooms[0]);
}

#[test]
fn heat_is_stored_in_cheap_hours_and_the_room_is_told_so() {
    let mut cheap = snapshot(&[Some(20.2)]);
    let price = |k: usize| Some(if k < 4 { 0.02 } else { 0.60 });
    let half = |k| crate::outlook::HalfHour {
        outdoor_c: Some(0.0),
        price_eur_per_kwh: price(k),
        ..Default::default()
    };
    cheap.outlook.ahead = (0..48).map(half).collect();
    let (_, plan) = super::plan(&Memory::default(), &cheap, &site(1, None), NOW);
    assert!(
        matches!(plan.rooms[0].why, Why::CheapHours { cost_eur_per_kwh: 0.02, .. }),
        "{:?}",
        plan.rooms[0]
    );
}

fn under_france(rooms: usize) -> Site {
    let profile = registry::RuleProfile::France;
    site(rooms, None).under(&registry::SiteRules { profile, ..registry::SiteRules::default() })
}

#[test]
fn under_the_law_a_room_is_planned_at_nineteen_and_told_so_and_its_heaters_stop_above_it() {
    let (_, plan) = plan(&Memory::default(), &snapshot(&[Some(19.0)]), &under_france(1), NOW);
    let room = &plan.rooms[0];
    let Why::RuleLimit { asked_c, limit_c, rule, .. } = room.why else { panic!("{room:?}") };
    assert_eq!(
        (asked_c.hundredths(), limit_c.hundredths(), rule),
        (2000, 1900, vocabulary::Rule::HeatingMean)
    );
    assert_eq!(room.setpoint_c, limit_c);
    assert_eq!(plan.heaters[0].as_ref().unwrap().hi_c, Celsius::from_hundredths(2000));
    assert_eq!(room.comfortable, Some(true), "what the law allows is no discomfort to be mended");
}

#[test]
fn emptiness_is_counted_over_plans_and_begins_anew_after_anything_that_is_not_known() {
    let site = under_france(2);
    let mut away = snapshot(&[Some(19.0), Some(19.0)]);
    for room in &mut away.rooms {
        (room.occupied, room.motion, room.empty) = (Some(false), Some(false), true);
    }
    let (mut memory, mut now) = (Memory::default(), NOW);
    let mut pass = |minutes: i64, step: i64, heard: &Snapshot| {
        let mut last = None;
        for _ in 0..minutes / step {
            now = now.plus_ms(step * 60_000);
            let (next, plan) = plan(&memory, heard, &site, now);
            memory = Memory::restore(&next.keep());
            last = plan.rooms.into_iter().next();
        }
        let room = last.expect("time passes");
        (room.setpoint_c.hundredths(), room.why.code() == "rule_limit")
    };
    assert_eq!(pass(23 * 60, 10, &away).0, 1850, "the setback, for now");
    assert_eq!(pass(80, 10, &away), (1600, true));
    assert_eq!(pass(24 * 60, 10, &away), (800, true));
    let mut one_unknown = away.clone();
    (one_unknown.rooms[1].occupied, one_unknown.rooms[1].empty) = (None, false);
    assert_eq!(pass(10, 10, &one_unknown).0, 1850, "nothing is lowered on a guess");
    assert_eq!(pass(23 * 60, 10, &away).0, 1850, "and the day begins anew");
    assert_eq!(pass(80, 10, &away).0, 1600);
    assert_eq!(pass(20, 20, &away).0, 1850, "nobody saw who came in twenty minutes");
}

proptest! {
    #[test]
    fn whatever_is_heard_the_plan_is_finite_and_fits(
        temperatures in proptest::collection::vec(proptest::option::of(-30.0..60.0_f64), 1..12),
        cap in proptest::option::of(0..6_000_u32), steps in proptest::collection::vec(0..10_000_000_i64, 1..4),
        circuits in proptest::option::of(proptest::array::uniform3(0..6_000_u32)),
    ) {
        let rooms = temperatures.len();
        let site = circuits.map_or_else(|| site(rooms, cap), |circuits| wired(rooms, circuits, cap));
        let mut memory = Memory::default();
        let mut now = NOW;
        for step in steps {
            now = now.plus_ms(step);
            let (next, plan) = plan(&memory, &snapshot(&temperatures), &site, now);
            memory = next;
            if let Some(cap) = cap {
                prop_assert!(total(&plan) <= cap, "{} of {}", total(&plan), cap);
            }
            for (index, circuit) in site.circuits.iter().enumerate() {
                prop_assert!(on_circuit(&plan, &site, index) <= circuit.cap_w.whole());
            }
            for room in &plan.rooms {
                prop_assert!(room.wanted_w.is_finite() && room.heat_w.is_none_or(|w| w.is_finite() && w >= 0.0));
            }
        }
    }
}

#[test]
fn a_site_that_is_stopped_draws_nothing_whatever_is_asked_and_begins_again_when_it_ends() {
    let until = NOW.plus_ms(600_000);
    let stop = registry::DeclaredMode { mode: registry::SiteMode::Stop, reason: None, until: Some(until) };
    let stopped = Site { mode: stop, ..site(2, None) };
    let mut snapshot = snapshot(&[Some(15.0), Some(25.0)]);
    let job = MustRun {
        job: "render-42".to_owned(),
        heater: stopped.heaters[1].id.clone(),
        watts: watts(300),
        until: NOW.plus_ms(3_600_000),
    };
    snapshot.work = Some(SiteWork {
        available_w: watts(1000),
        expected: vec![],
        value_eur_per_kwh: 0.0,
        must_run: vec![job],
        until: NOW.plus_ms(3_600_000),
    });
    let (memory, during) = plan(&Memory::default(), &snapshot, &stopped, NOW);
    assert_eq!(total(&during), 0);
    assert!(during.heaters.iter().all(Option::is_some), "told nothing they would heat by themselves");
    assert!(
        matches!(during.rooms[0].why, Why::RuleLimit { rule: vocabulary::Rule::SiteStop, .. }),
        "{:?}",
        during.rooms[0]
    );
    let (_, after) = plan(&memory, &snapshot, &stopped, until);
    let told =
        |plan: &Plan| plan.heaters.iter().map(|h| h.as_ref().unwrap().heat_w.whole()).collect::<Vec<_>>();
    assert!(told(&after)[0] > 100 && told(&after)[1] >= 300, "{:?}", told(&after));
}
