//! Caps, circuits and the month's highest power, shared by rooms.

use super::*;

#[test]
fn under_a_cap_the_coldest_is_cut_least_and_everyone_is_told_why() {
    let plan = planned(&[Some(18.0), Some(19.0)], Some(1000));
    let (cold, cool) = (plan.rooms[0].heat_w.unwrap(), plan.rooms[1].heat_w.unwrap());
    assert!(cold > cool && cold + cool <= 1000.0 + 1e-9, "{cold} {cool}");
    assert!(total(&plan) <= 1000);
    assert_eq!(plan.rooms[0].why.code(), "shared_cap");
}

#[test]
fn a_cap_below_the_fall_backs_is_still_obeyed_by_the_leases() {
    let plan = planned(&[Some(15.0), Some(15.0)], Some(250));
    assert!(total(&plan) <= 250, "{}", total(&plan));
    assert!(total(&plan) >= 240, "{}", total(&plan));
}

#[test]
fn a_room_is_not_given_less_than_is_left_free_for_it_anyway() {
    let mut site = site(3, Some(1_000));
    site.heaters.iter_mut().for_each(|heater| heater.fallback_w = watts(150));
    for colder_c in [11.0, 13.0, 15.0, 17.0] {
        let cold = snapshot(&[Some(colder_c), Some(15.0), Some(17.0)]);
        let (_, plan) = super::plan(&Memory::default(), &cold, &site, NOW);
        let drawn: Vec<u32> = plan.heaters.iter().flatten().map(|heater| heater.watts.whole()).collect();
        assert!(drawn.iter().all(|watts| *watts >= 149), "{drawn:?}");
        assert!((994..=1_000).contains(&total(&plan)), "{drawn:?}");
    }
}

#[test]
fn what_the_plan_holds_to_for_the_months_highest_power_every_cycle_holds_to() {
    let drawn = |peak_eur_per_kw: f64| {
        let site = Site { peak_eur_per_kw, ..site(3, None) };
        let cool = snapshot(&[Some(19.0), Some(18.5), Some(19.5)]);
        let (memory, first) = super::plan(&Memory::default(), &cool, &site, NOW);
        let (_, next) = super::plan(&memory, &cool, &site, NOW.plus_ms(10_000));
        [total(&first), total(&next)]
    };
    let (free, dear) = (drawn(0.0), drawn(1_000.0));
    assert!(dear[0] < free[0] / 2 && dear[1] < free[1] / 2, "{free:?} {dear:?}");
}

#[test]
fn a_limit_that_moves_is_planned_for_at_once_and_one_that_trembles_is_not() {
    let mut site = wired(2, [900, 900, 1_800], Some(1_800));
    let cold = snapshot(&[Some(16.0), Some(18.0)]);
    let (memory, _) = super::plan(&Memory::default(), &cold, &site, NOW);
    let thought_at = |memory: &Memory, site: &Site, seconds: i64| {
        super::plan(memory, &cold, site, NOW.plus_ms(seconds * 1_000)).0.thought_at
    };
    assert_eq!(thought_at(&memory, &site, 10), Some(NOW));
    site.circuits[0].free_w = 890.0;
    assert_eq!(thought_at(&memory, &site, 20), Some(NOW));
    site.circuits[0].free_w = 600.0;
    assert_eq!(thought_at(&memory, &site, 30), Some(NOW.plus_ms(30_000)));
    site.circuits[0].free_w = 900.0;
    site.cap_w = None;
    assert_eq!(thought_at(&memory, &site, 40), Some(NOW.plus_ms(40_000)));
}

#[test]
fn every_circuit_keeps_to_its_cap_and_the_room_is_told_the_lowest() {
    let planned = |main_w| {
        let site = wired(2, [500, 5_000, main_w], None);
        let temperatures = [Some(15.0), Some(18.0)];
        let (_, plan) = super::plan(&Memory::default(), &snapshot(&temperatures), &site, NOW);
        let drawn = [0, 1, 2].map(|circuit| on_circuit(&plan, &site, circuit));
        (plan, drawn)
    };
    let (plan, drawn) = planned(5_000);
    assert!((490..=500).contains(&drawn[0]), "{drawn:?}");
    assert_eq!(drawn[1], 1_000, "what one circuit may not does not hold up the other");
    let first = |room: usize| plan.heaters[2 * room].as_ref().unwrap().watts;
    assert!(first(0) > first(1), "who misses most is cut least");
    let (plan, drawn) = planned(1_100);
    assert!((1_090..=1_100).contains(&drawn[2]) && drawn[0] <= 500, "{drawn:?}");
    let Why::SharedCap { cap_w, .. } = plan.rooms[0].why else { panic!("{:?}", plan.rooms[0].why) };
    assert_eq!(cap_w, 500);
}
