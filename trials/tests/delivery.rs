//! Delivery proven in simulated worlds: the promise holds in all of them, and breaking any rule of it is seen.

use trials::delivery::{Coverage, Mutant, Rule, Seen, explain, simulate};

const SEEDS: std::ops::RangeInclusive<u64> = 1..=1_000;
/// Each mutant must be seen within so many worlds.
const MUTANT_SEEDS: std::ops::RangeInclusive<u64> = 1..=40;

#[test]
fn nothing_is_lost_doubled_or_silently_missing_in_a_thousand_worlds() {
    let mut coverage = Coverage::default();
    let mut slowest = (0, 0);
    for seed in SEEDS {
        let outcome = simulate(seed, None);
        assert!(outcome.violation.is_none(), "{}", explain(seed, None));
        coverage.add(&outcome.coverage);
        slowest = slowest.max((outcome.drained_ms.unwrap_or_default(), seed));
    }
    println!("seeds {SEEDS:?}\n{coverage}the slowest to drain took {} ms: seed {}", slowest.0, slowest.1);
    for seen in Seen::ALL {
        assert!(coverage.of(*seen) >= 20, "{seen:?} happened {} times in all worlds", coverage.of(*seen));
    }
}

#[test]
fn each_broken_rule_is_seen_by_the_promise_that_it_breaks() {
    for (mutant, rule) in [
        (Mutant::DeleteAtPuback, Rule::Kept),
        (Mutant::AckBeforeFsync, Rule::TrueAck),
        (Mutant::MarkOverGaps, Rule::TrueAck),
        (Mutant::NoLow, Rule::NoSilentGap),
        (Mutant::SeqReuse, Rule::Kept),
        (Mutant::NoResendTimer, Rule::Drained),
        (Mutant::NoReAck, Rule::Drained),
    ] {
        let broken = |seed| simulate(seed, Some(mutant)).violation.filter(|broken| broken.rule == rule);
        let seen: Vec<_> = MUTANT_SEEDS.filter_map(|seed| Some((seed, broken(seed)?))).collect();
        let first = seen.first();
        assert!(first.is_some(), "{mutant}: {rule:?} held in all worlds {MUTANT_SEEDS:?}");
        println!("{mutant}: {rule:?} broken in {} of {MUTANT_SEEDS:?}, first {first:?}", seen.len());
    }
    assert_eq!(Mutant::ALL.len(), 7);
}

#[test]
fn a_seed_lives_through_the_same_world_again() {
    for (seed, mutant) in (1..=20).map(|seed| (seed, None)).chain(Mutant::ALL.map(|mutant| (7, Some(mutant))))
    {
        let (first, second) = (simulate(seed, mutant), simulate(seed, mutant));
        assert_eq!(first.trace, second.trace, "seed {seed}, {mutant:?}");
        assert_eq!((first.violation, first.coverage), (second.violation, second.coverage));
        assert_eq!(first.last_events, second.last_events);
        assert_ne!(first.trace, simulate(seed + 1, mutant).trace);
    }
}
