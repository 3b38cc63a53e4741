//! Sharing one step under caps.

use comfort::{Cap, Circuits, Wish, fill};
use proptest::prelude::*;

fn wish(wanted_w: f64, curvature_per_w2: f64) -> Wish {
    Wish { wanted_w, curvature_per_w2, least_w: 0.0, most_w: 1000.0 }
}

fn hard(above: Option<usize>, limit_w: f64) -> Cap {
    Cap { above, limit_w: vec![limit_w], excess_cost_per_w: None }
}

#[test]
fn the_cut_goes_in_inverse_proportion_to_what_it_costs() {
    let filled = fill(&Circuits::single(vec![600.0], 2), 0, &[wish(500.0, 1.0), wish(500.0, 3.0)]);
    assert!(
        (filled.power_w[0] - 200.0).abs() < 1e-6 && (filled.power_w[1] - 400.0).abs() < 1e-6,
        "{filled:?}"
    );
    assert!((filled.price_per_w[0] - 300.0).abs() < 1e-6, "{filled:?}");
}

#[test]
fn what_a_feeder_cannot_take_goes_to_the_others() {
    let caps = vec![hard(None, 900.0), hard(Some(0), 200.0), hard(Some(0), 900.0)];
    let circuits = Circuits::new(caps, vec![1, 2]).unwrap();
    let filled = fill(&circuits, 0, &[wish(600.0, 1.0), wish(600.0, 1.0)]);
    assert!(
        (filled.power_w[0] - 200.0).abs() < 1e-6 && (filled.power_w[1] - 600.0).abs() < 1e-6,
        "{filled:?}"
    );
}

#[test]
fn a_soft_cap_is_passed_where_that_is_cheaper() {
    let cap = |cost| Cap { above: None, limit_w: vec![100.0], excess_cost_per_w: Some(vec![cost]) };
    let at = |cost| fill(&Circuits::new(vec![cap(cost)], vec![0]).unwrap(), 0, &[wish(500.0, 1.0)]);
    assert!((at(50.0).power_w[0] - 450.0).abs() < 1e-6, "{:?}", at(50.0));
    assert!((at(1000.0).power_w[0] - 100.0).abs() < 1e-6, "{:?}", at(1000.0));
}

#[test]
fn must_run_jobs_yield_in_proportion_where_they_do_not_fit_and_it_is_said_where() {
    let least = |watts| Wish { least_w: watts, ..wish(watts, 1.0) };
    let caps = vec![hard(None, 1000.0), hard(Some(0), 300.0)];
    let circuits = Circuits::new(caps, vec![1, 1, 0]).unwrap();
    let filled = fill(&circuits, 0, &[least(400.0), least(200.0), least(500.0)]);
    assert!(
        (filled.power_w[0] - 200.0).abs() < 1e-6 && (filled.power_w[1] - 100.0).abs() < 1e-6,
        "{filled:?}"
    );
    assert!((filled.power_w[2] - 500.0).abs() < 1e-6);
    assert_eq!(filled.yielded, [1]);
}

#[test]
fn caps_that_are_no_tree_are_refused() {
    assert!(Circuits::new(vec![hard(Some(0), 1.0)], vec![]).is_err());
    assert!(Circuits::new(vec![hard(None, 1.0), hard(None, 1.0)], vec![]).is_err());
    assert!(Circuits::new(vec![hard(None, 1.0)], vec![1]).is_err());
    assert!(Circuits::new(vec![], vec![]).is_err());
}

/// Numbers of every size, and what is no number at all.
fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => -100.0..3000.0_f64,
        1 => prop_oneof![Just(0.0), Just(f64::NAN), Just(f64::INFINITY), Just(-1.0), Just(1e300), Just(1e-300)],
    ]
}

fn any_wish() -> impl Strategy<Value = Wish> {
    (any_number(), any_number(), any_number(), any_number()).prop_map(
        |(wanted_w, curvature_per_w2, least_w, most_w)| Wish { wanted_w, curvature_per_w2, least_w, most_w },
    )
}

/// Up to six caps, each under an earlier one, some soft; and up to thirty rooms anywhere under them.
fn any_building() -> impl Strategy<Value = (Circuits, Vec<Wish>)> {
    let cap = (any_number(), 0_usize..100, prop::option::weighted(0.2, 0.0..50.0_f64));
    let caps = prop::collection::vec(cap, 1..6).prop_map(|caps| {
        let cap = |(index, (limit, above, soft)): (usize, (f64, usize, Option<f64>))| Cap {
            above: (index > 0).then(|| above % index),
            limit_w: vec![limit],
            excess_cost_per_w: soft.map(|cost| vec![cost]),
        };
        caps.into_iter().enumerate().map(cap).collect::<Vec<_>>()
    });
    (caps, prop::collection::vec((any_wish(), 0_usize..100), 0..30)).prop_map(|(caps, rooms)| {
        let of_room = rooms.iter().map(|(_, cap)| cap % caps.len()).collect();
        (Circuits::new(caps, of_room).unwrap(), rooms.into_iter().map(|(wish, _)| wish).collect())
    })
}

proptest! {
    #[test]
    fn every_power_is_within_its_range_and_every_cap_holds_exactly((circuits, wishes) in any_building()) {
        let filled = fill(&circuits, 0, &wishes);
        for (watts, wish) in filled.power_w.iter().zip(&wishes) {
            prop_assert!(watts.is_finite() && *watts >= 0.0 && *watts <= wish.most_w.max(0.0), "{watts} {wish:?}");
        }
        prop_assert!(filled.price_per_w.iter().all(|price| price.is_finite() && *price >= 0.0), "{:?}", filled.price_per_w);
        for (index, cap) in circuits.caps().iter().enumerate() {
            let members = || (0..circuits.rooms()).filter(|&room| circuits.over_room(room).any(|cap| cap == index));
            let (forward, back): (f64, f64) =
                (members().map(|room| filled.power_w[room]).sum(), members().rev().map(|room| filled.power_w[room]).sum());
            if cap.excess_cost_per_w.is_none() {
                prop_assert!(forward <= circuits.limit_w(index, 0) && back <= circuits.limit_w(index, 0), "{forward} {back} {index}");
            }
        }
    }

    #[test]
    fn a_wider_cap_gives_nobody_less(wishes in prop::collection::vec(any_wish(), 1..20), narrow in 0.0..9000.0_f64, more in 0.0..3000.0_f64) {
        let at = |limit| fill(&Circuits::single(vec![limit], wishes.len()), 0, &wishes).power_w;
        for (before, after) in at(narrow).iter().zip(at(narrow + more)) {
            prop_assert!(after >= before - 1e-6 * before.abs().max(1.0), "{before} {after}");
        }
    }
}
