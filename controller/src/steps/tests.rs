//! Steps by example, and for random rooms and wishes.

use super::*;
use proptest::prelude::*;
use vocabulary::{Celsius, CircuitId, MustRun, RoomId, SiteWork, WeekSchedule, Zone};

use crate::image::{HeaterView, RoomView};
use crate::site::{SiteCircuit, SiteHeater, SiteRoom};

const START: Timestamp = Timestamp::from_ms(1_763_632_000_000);
const RATED_W: u32 = 600;

fn watts(whole: u32) -> Watts {
    Watts::new(whole).unwrap()
}

fn after_s(seconds: i64) -> Timestamp {
    START.plus_ms(1000 * seconds)
}

/// Rooms of two heaters of 600 W each, which take nothing by themselves.
fn site(rooms: usize, cap_w: Option<u32>) -> Site {
    let room = |index: usize| SiteRoom {
        id: RoomId::new(&format!("r-{index}")).unwrap(),
        low_c: Celsius::from_hundredths(1700),
        high_c: Celsius::from_hundredths(2200),
        setback_c: Celsius::from_hundredths(1600),
        schedule: WeekSchedule::constant(Celsius::from_hundredths(2000)).into(),
        overrides: vec![],
        heaters: vec![2 * index, 2 * index + 1],
        floor_m2: None,
        volume_m3: None,
        premises: None,
        given: None,
    };
    let heater = |index: usize| SiteHeater {
        id: HeaterId::new(&format!("h-{index}")).unwrap(),
        room: Some(index / 2),
        circuit: None,
        rated_w: watts(RATED_W),
        resistor_w: Watts::ZERO,
        fallback_w: Watts::ZERO,
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

/// All heaters connected and stating the same steps.
fn snapshot(rooms: usize, steps_w: &[u32]) -> Snapshot {
    let heater = HeaterView {
        connected: true,
        controllable: true,
        steps_w: steps_w.to_vec(),
        ..HeaterView::default()
    };
    Snapshot {
        rooms: vec![RoomView::default(); rooms],
        heaters: vec![heater; 2 * rooms],
        ..Snapshot::default()
    }
}

/// Processors of 150 W.
const STEPS_W: [u32; 4] = [150, 300, 450, 600];

fn told(site: &Site, snapshot: &Snapshot, asked_w: &[f64]) -> Vec<u32> {
    share_out(&Steps::default(), site, snapshot, asked_w, START)
        .1
        .iter()
        .map(|told_w| told_w.whole())
        .collect()
}

#[test]
fn the_nearer_step_is_told_on_as_few_heaters_as_carry_it_and_the_others_sleep() {
    let (site, snapshot) = (site(1, None), snapshot(1, &STEPS_W));
    for (asked_w, expected) in [
        (0.4, [0, 0]),
        (60.0, [0, 0]),
        (80.0, [150, 0]),
        (449.0, [450, 0]),
        (600.0, [600, 0]),
        (700.0, [600, 150]),
        (1200.0, [600, 600]),
        (9e9, [600, 600]),
        (f64::NAN, [0, 0]),
    ] {
        assert_eq!(told(&site, &snapshot, &[asked_w]), expected, "{asked_w}");
    }
}

#[test]
fn a_heater_that_can_do_less_than_its_steps_still_gives_all_it_can_when_all_is_wanted() {
    let mut derated = snapshot(1, &STEPS_W);
    derated.heaters[0].limit_w = Some(380.0);
    derated.heaters[1].connected = false;
    assert_eq!(told(&site(1, None), &derated, &[600.0]), [380, 0]);
    assert_eq!(told(&site(1, None), &derated, &[310.0]), [300, 0]);
}

#[test]
fn heaters_without_steps_or_without_work_are_told_any_power() {
    let mut mixed = snapshot(1, &STEPS_W);
    mixed.heaters[1].steps_w.clear();
    assert_eq!(told(&site(1, None), &mixed, &[500.0]), [250, 250]);
    let mut idle = snapshot(1, &STEPS_W);
    idle.work = Some(work(0, &[]));
    assert_eq!(told(&site(1, None), &idle, &[500.0]), [250, 250]);
    idle.work = Some(work(1, &[]));
    assert_eq!(told(&site(1, None), &idle, &[500.0]), [450, 0]);
}

fn work(available_w: u32, must_run: &[(usize, u32)]) -> SiteWork {
    let job = |&(heater, job_w): &(usize, u32)| MustRun {
        job: "render".to_owned(),
        heater: HeaterId::new(&format!("h-{heater}")).unwrap(),
        watts: watts(job_w),
        until: after_s(86_400),
    };
    SiteWork {
        available_w: watts(available_w),
        expected: vec![],
        value_eur_per_kwh: 0.0,
        must_run: must_run.iter().map(job).collect(),
        until: after_s(86_400),
    }
}

#[test]
fn jobs_that_must_run_have_their_power_where_they_run_whatever_the_steps_are() {
    let site = site(1, None);
    let mut busy = snapshot(1, &STEPS_W);
    busy.work = Some(work(5_000, &[(1, 110)]));
    assert_eq!(told(&site, &busy, &[110.0]), [0, 110]);
    assert_eq!(told(&site, &busy, &[410.0]), [300, 110]);
    assert_eq!(told(&site, &busy, &[800.0]), [600, 150], "the nearer of 750 and 900");
    assert_eq!(told(&site, &busy, &[50.0]), [0, 50], "a cap came first");
}

#[test]
fn under_a_cap_the_owed_go_up_one_after_the_other_and_nothing_passes_it() {
    let rooms = 3;
    let (site, snapshot) = (site(rooms, Some(700)), snapshot(rooms, &STEPS_W));
    let asked_w = [233.0; 3];
    let (mut steps, mut sums_w) = (Steps::default(), [0.0; 3]);
    for cycle in 0..720 {
        let (next, told_w) = share_out(&steps, &site, &snapshot, &asked_w, after_s(300 * cycle));
        steps = next;
        let total_w: f64 = told_w.iter().map(|told_w| told_w.real()).sum();
        assert!(total_w <= 700.0, "{told_w:?}");
        for room in 0..rooms {
            sums_w[room] += told_w[2 * room].real() + told_w[2 * room + 1].real();
        }
    }
    let means_w = sums_w.map(|sum_w| sum_w / 720.0);
    // 600 W of the 700 W fit in whole steps: a third of that each.
    assert!(means_w.iter().all(|mean_w| (mean_w - 200.0).abs() < 2.0), "{means_w:?}");
}

#[test]
fn what_another_room_may_take_by_itself_is_left_for_it() {
    let mut site = site(2, Some(400));
    site.heaters.iter_mut().for_each(|heater| heater.fallback_w = watts(100));
    let mut snapshot = snapshot(2, &STEPS_W);
    snapshot.heaters[2].connected = false;
    // 100 W for the silent heater and 100 W for the heater beside it; the other two share 200 W, 100 W of it reserved.
    assert_eq!(told(&site, &snapshot, &[80.0, 0.0]), [0, 0, 0, 0]);
    site.cap_w = Some(watts(450));
    assert_eq!(told(&site, &snapshot, &[80.0, 0.0]), [150, 0, 0, 0]);
}

/// Steps of a random heater.
fn stair() -> impl Strategy<Value = Vec<u32>> {
    proptest::collection::btree_set(1..=RATED_W, 1..12).prop_map(|steps_w| {
        let mut steps_w: Vec<u32> = steps_w.into_iter().collect();
        steps_w.extend((*steps_w.last().unwrap() < RATED_W).then_some(RATED_W));
        steps_w
    })
}

proptest! {
    #[test]
    fn the_mean_of_long_is_what_was_asked_within_a_step_and_no_step_is_short(
        steps_w in stair(), asked_w in 0.0..1200.0_f64, cycle_s in prop_oneof![Just(10_i64), 1..300_i64, Just(300), Just(900)],
    ) {
        let (site, snapshot) = (site(1, None), snapshot(1, &steps_w));
        let cycles = 40_000 / cycle_s;
        let widest_w = f64::from(steps_w.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0).max(steps_w[0]));
        let (mut steps, mut owed_j, mut last) = (Steps::default(), 0.0, None::<(f64, i64)>);
        for cycle in 0..cycles {
            let (next, told_w) = share_out(&steps, &site, &snapshot, &[asked_w], after_s(cycle * cycle_s));
            steps = next;
            let total_w = told_w[0].real() + told_w[1].real();
            prop_assert!(told_w[1] == Watts::ZERO || told_w[0].whole() == RATED_W, "{told_w:?}");
            for told_w in &told_w {
                prop_assert!(told_w.whole() == 0 || steps_w.contains(&told_w.whole()), "{told_w:?}");
            }
            if let Some((before_w, since)) = last.filter(|(before_w, _)| *before_w != total_w) {
                prop_assert!((cycle - since) * cycle_s >= HOLD_S as i64, "{before_w} W for {} s", (cycle - since) * cycle_s);
                last = Some((total_w, cycle));
            }
            last.get_or_insert((total_w, cycle));
            owed_j += (asked_w - total_w) * cycle_s as f64;
        }
        if asked_w >= LEAST_ASKED_W {
            prop_assert!(owed_j.abs() <= 1.5 * widest_w * (HOLD_S + cycle_s as f64), "{owed_j} of {widest_w} W");
        }
    }

    #[test]
    fn whatever_is_asked_every_cap_holds_and_no_room_is_told_more_than_asked_and_owed(
        asked in proptest::collection::vec(proptest::array::uniform4(prop_oneof![Just(0.0), 0.0..1200.0_f64]), 1..60),
        steps_w in stair(), silent in 0..8_usize, cap_w in 0..4_800_u32, circuit_w in 0..2_400_u32,
        must in proptest::collection::vec((0..8_usize, 0..700_u32), 0..3), cycle_s in 1..2_000_i64,
    ) {
        let mut site = site(4, Some(cap_w));
        site.heaters.iter_mut().take(4).for_each(|heater| heater.circuit = Some(0));
        site.circuits = vec![SiteCircuit {
            id: CircuitId::new("c").unwrap(),
            cap_w: watts(circuit_w),
            free_w: f64::from(circuit_w),
            heaters: vec![0, 1, 2, 3],
        }];
        let mut snapshot = snapshot(4, &steps_w);
        snapshot.heaters[silent].connected = false;
        snapshot.work = Some(work(1, &must));
        let widest_w = f64::from(steps_w.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0).max(steps_w[0]));
        let (mut steps, mut owed_j) = (Steps::default(), [0.0; 4]);
        for (cycle, asked_w) in asked.iter().enumerate() {
            // As the plan does: within the circuit, within the site.
            let fit = |cap_w: f64, asked_w: &[f64]| (cap_w / asked_w.iter().sum::<f64>()).min(1.0);
            let on_circuit = fit(f64::from(circuit_w), &asked_w[..2]);
            let asked_w = [asked_w[0] * on_circuit, asked_w[1] * on_circuit, asked_w[2], asked_w[3]];
            let asked_w = asked_w.map(|watts| (watts * fit(f64::from(cap_w), &asked_w)).floor());
            let (next, told_w) = share_out(&steps, &site, &snapshot, &asked_w, after_s(cycle as i64 * cycle_s));
            prop_assert!(told_w.iter().all(|told_w| told_w.whole() <= RATED_W));
            prop_assert!(told_w.iter().map(|told_w| told_w.whole()).sum::<u32>() <= cap_w, "{told_w:?}");
            prop_assert!(told_w[..4].iter().map(|told_w| told_w.whole()).sum::<u32>() <= circuit_w, "{told_w:?}");
            prop_assert_eq!(told_w[silent], Watts::ZERO);
            for room in 0..4 {
                let told_w = told_w[2 * room].real() + told_w[2 * room + 1].real();
                prop_assert!(told_w <= asked_w[room] + widest_w, "told {told_w} of {}", asked_w[room]);
                prop_assert!(asked_w[room] >= 1.0 || told_w == 0.0);
                owed_j[room] = (owed_j[room] + (asked_w[room] - told_w) * cycle_s as f64).min(0.0);
            }
            prop_assert_eq!(&share_out(&steps, &site, &snapshot, &asked_w, after_s(cycle as i64 * cycle_s)).1, &told_w);
            let kept = serde_json::to_string(&next).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Steps>(&kept).unwrap(), &next);
            steps = next;
        }
    }
}
