//! Leases proven in simulated worlds: the promises hold in all of them, and breaking any rule of the protocol is seen.

use trials::leases::{Coverage, Mutant, Rule, Seen, explain, simulate};

const SEEDS: std::ops::RangeInclusive<u64> = 1..=150;
/// Each mutant must be seen within so many worlds.
const MUTANT_SEEDS: std::ops::RangeInclusive<u64> = 1..=100;

#[test]
fn caps_and_rooms_are_safe_and_warm_in_all_worlds() {
    let mut coverage = Coverage::default();
    let (mut least_useful, mut slowest_cut_ms) = ((f64::INFINITY, 0), None);
    for seed in SEEDS {
        let outcome = simulate(seed, None);
        assert!(outcome.violation.is_none(), "{}", explain(seed, None));
        coverage.add(&outcome.coverage);
        slowest_cut_ms = slowest_cut_ms.max(outcome.slowest_cut_ms);
        if let Some(share) = outcome.useful_share.filter(|share| *share < least_useful.0) {
            least_useful = (share, seed);
        }
    }
    println!("seeds {SEEDS:?}\n{coverage}");
    assert!(slowest_cut_ms > Some(0), "caps were lowered in calm worlds");
    println!("the slowest cut in a calm world: {slowest_cut_ms:?} ms");
    println!(
        "the least useful calm world drew {:.1} % of what fitted: seed {}",
        100.0 * least_useful.0,
        least_useful.1
    );
    for seen in Seen::ALL {
        assert!(coverage.of(*seen) >= 5, "{seen:?} happened {} times in all worlds", coverage.of(*seen));
    }
}

#[test]
fn each_broken_rule_is_seen_by_the_promise_that_it_breaks() {
    for (mutant, rules) in [
        (Mutant::GrowBeforeShrink, [Rule::SiteCap, Rule::CircuitCap]),
        (Mutant::NoFencing, [Rule::SiteCap, Rule::CircuitCap]),
        (Mutant::ForgottenGrants, [Rule::SiteCap, Rule::CircuitCap]),
        (Mutant::NoNonce, [Rule::Lease, Rule::Lease]),
        (Mutant::FenceNotPersisted, [Rule::SiteCap, Rule::CircuitCap]),
        (Mutant::TtlFromReceipt, [Rule::Lease, Rule::Lease]),
        (Mutant::WallClockExpiry, [Rule::Lease, Rule::Lease]),
        (Mutant::FallbackNotCounted, [Rule::SiteCap, Rule::CircuitCap]),
        (Mutant::NumbersOfAll, [Rule::FullPower, Rule::Exit]),
    ] {
        let broken =
            |seed| simulate(seed, Some(mutant)).violation.filter(|broken| rules.contains(&broken.rule));
        let first = MUTANT_SEEDS.into_iter().find_map(|seed| Some((seed, broken(seed)?)));
        let (seed, broken) =
            first.unwrap_or_else(|| panic!("{mutant}: {rules:?} held in all worlds {MUTANT_SEEDS:?}"));
        println!("{mutant}: seed {seed}: {broken}");
    }
    assert_eq!(Mutant::ALL.len(), 9);
}

#[test]
fn a_seed_lives_through_the_same_world_again() {
    for (seed, mutant) in (1..=5).map(|seed| (seed, None)).chain(Mutant::ALL.map(|mutant| (7, Some(mutant))))
    {
        let (first, second) = (simulate(seed, mutant), simulate(seed, mutant));
        assert_eq!(first.trace, second.trace, "seed {seed}, {mutant:?}");
        assert_eq!((first.violation, first.coverage), (second.violation, second.coverage));
        assert_eq!(first.last_events, second.last_events);
        assert_ne!(first.trace, simulate(seed + 1, mutant).trace);
    }
}
