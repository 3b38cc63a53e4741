//! The store against a plain list: whatever arrives in whatever order, both give the same answers, also when some of it
//! was sealed into day files, when those were merged, and after being opened again.
#![allow(clippy::unwrap_used, reason = "a story stops where something fails")]

mod fixture;

use std::collections::{BTreeMap, BTreeSet};

use fixture::{at, heater, room, site};
use proptest::prelude::*;
use store::{Arrival, Bin, Group, GroupBy, Place, Retention, Selector, Store, StoredSample};
use vocabulary::{BootId, Fault, HeaterId, Metric, Quality, Reading, RoomId, Suspicion};

const METRICS: [Metric; 3] = [Metric::TemperatureC, Metric::Co2Ppm, Metric::PowerW];
const HOUR_MS: i64 = 3_600_000;
/// Three hours that lie on both sides of midnight.
const BASE_MS: i64 = 22 * HOUR_MS;
/// When everything is over and quiet.
const LATER_MS: i64 = 9 * 24 * HOUR_MS;
/// Times are few, so that some meet.
const STEP_MS: i64 = 30_000;
const STEPS: i64 = 3 * HOUR_MS / STEP_MS;

/// One stored sample with all that decides where it belongs.
#[derive(Debug, Clone)]
struct Fact {
    heater: HeaterId,
    /// (bn, boot, seq, place in the record): the order in which the heater made it.
    made: (u64, BootId, u64, usize),
    sample: StoredSample,
}

#[derive(Default)]
struct Oracle {
    settled: BTreeSet<(HeaterId, BootId, u64)>,
    facts: Vec<Fact>,
    moves: BTreeMap<HeaterId, Vec<(i64, Option<RoomId>)>>,
}

impl Oracle {
    fn write(&mut self, arrival: &Arrival) {
        let Arrival { heater, boot, bn, seq, low, .. } = arrival.clone();
        self.settled.extend((1..low.min(seq)).map(|below| (heater.clone(), boot, below)));
        if !self.settled.insert((heater.clone(), boot, seq)) {
            return;
        }
        if let Some(first) = arrival.samples.iter().map(|sample| sample.ts.ms()).min() {
            let moves = self.moves.entry(heater.clone()).or_default();
            match moves.last() {
                None => moves.push((i64::MIN, arrival.room.clone())),
                Some((from, stood)) if *stood != arrival.room && !arrival.late && first > *from => {
                    moves.push((first, arrival.room.clone()));
                }
                Some(_) => {}
            }
        }
        for (place, sample) in arrival.samples.iter().enumerate() {
            // Of two readings of one metric and time in a record the later one counts.
            let is_same = |other: &&StoredSample| (other.ts, &other.metric) == (sample.ts, &sample.metric);
            if arrival.samples[place + 1..].iter().any(|other| is_same(&other)) {
                continue;
            }
            let made = (bn, boot, seq, place);
            self.facts.push(Fact { heater: heater.clone(), made, sample: sample.clone() });
        }
    }

    fn room(&self, fact: &Fact) -> Option<RoomId> {
        let moves = self.moves.get(&fact.heater)?;
        moves.iter().rev().find(|(from, _)| *from <= fact.sample.ts.ms())?.1.clone()
    }

    fn is_at(&self, fact: &Fact, place: &Place) -> bool {
        match place {
            Place::Site => true,
            Place::Heater(heater) => fact.heater == *heater,
            Place::Room(room) => self.room(fact).as_ref() == Some(room),
        }
    }

    fn facts<'a>(&'a self, selector: &'a Selector, from: i64, to: i64) -> impl Iterator<Item = &'a Fact> {
        self.facts.iter().filter(move |fact| {
            fact.sample.metric == selector.metric
                && (from..to).contains(&fact.sample.ts.ms())
                && self.is_at(fact, &selector.place)
        })
    }

    /// Readings in the order of time; those of one time in any order.
    fn range(&self, selector: &Selector, from: i64, to: i64) -> Vec<Told> {
        let mut told: Vec<Told> = self
            .facts(selector, from, to)
            .map(|fact| {
                told(fact.sample.ts.ms(), &fact.heater, fact.sample.reading.known(), fact.sample.quality)
            })
            .collect();
        told.sort();
        told
    }

    fn bins<'a>(facts: impl Iterator<Item = &'a Fact>, from: i64, step_ms: i64) -> Vec<Bin> {
        let mut steps: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        for fact in facts.filter(|fact| fact.sample.quality == Quality::Good) {
            let step = (fact.sample.ts.ms() - from) / step_ms;
            steps.entry(step).or_default().extend(fact.sample.reading.known());
        }
        let bin = |(step, values): (i64, Vec<f64>)| Bin {
            start: at(from + step * step_ms),
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            mean: values.iter().sum::<f64>() / values.len() as f64,
            count: values.len() as u64,
        };
        steps.into_iter().map(bin).collect()
    }

    fn last(&self, selector: &Selector) -> Vec<Told> {
        let mut newest: BTreeMap<HeaterId, &Fact> = BTreeMap::new();
        for fact in self.facts.iter().filter(|fact| fact.sample.metric == selector.metric) {
            let known = newest.entry(fact.heater.clone()).or_insert(fact);
            if (fact.sample.ts, fact.made) >= (known.sample.ts, known.made) {
                *known = fact;
            }
        }
        let here = newest.into_values().filter(|fact| self.is_at(fact, &selector.place));
        here.map(|fact| {
            told(fact.sample.ts.ms(), &fact.heater, fact.sample.reading.known(), fact.sample.quality)
        })
        .collect()
    }
}

/// A reading as both sides tell it, so that lists of them can be sorted and compared.
type Told = (i64, HeaterId, Option<u64>, &'static str);

fn told(ts: i64, heater: &HeaterId, value: Option<f64>, quality: Quality) -> Told {
    (ts, heater.clone(), value.map(f64::to_bits), quality.as_str())
}

#[derive(Debug, Clone)]
enum Step {
    Write(Vec<Arrival>),
    Seal,
    Maintain(i64),
    Reopen,
}

fn any_sample() -> impl Strategy<Value = StoredSample> {
    let judged = prop_oneof![
        8 => (0..400_i32).prop_map(|tenths| (Reading::Value(f64::from(tenths) / 10.0), Quality::Good)),
        1 => (0..400_i32).prop_map(|whole| (Reading::Value(f64::from(whole)), Quality::Suspect(Suspicion::Stuck))),
        1 => Just((Reading::Missing(Fault::Silent), Quality::Missing(Fault::Silent))),
    ];
    (0..STEPS, 0..METRICS.len(), judged).prop_map(|(step, metric, (reading, quality))| StoredSample {
        ts: at(BASE_MS + step * STEP_MS),
        metric: METRICS[metric].clone(),
        reading,
        quality,
    })
}

prop_compose! {
    fn any_arrival()(
        number in 0..3_u32, boot in 0..2_u64, seq in 1..60_u64, low in prop_oneof![40 => Just(1_u64), 1 => 1..60_u64],
        late in any::<bool>(), stands in proptest::option::weighted(0.9, 0..2_u32),
        mut samples in proptest::collection::vec(any_sample(), 0..5), hour in proptest::option::weighted(0.9, 0..3_i64),
    ) -> Arrival {
        // Most records keep to one hour, as real ones do.
        for sample in samples.iter_mut().filter(|_| hour.is_some()) {
            sample.ts = at(BASE_MS + hour.unwrap_or(0) * HOUR_MS + sample.ts.ms() % HOUR_MS);
        }
        Arrival {
            site: site(), heater: heater(number), room: stands.map(room), boot: BootId::from_bits(90 - boot), bn: boot,
            seq, low: low.min(seq), late, samples,
        }
    }
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        // Many small commits are what sealing is for.
        16 => proptest::collection::vec(any_arrival(), 1..3).prop_map(Step::Write),
        4 => proptest::collection::vec(any_arrival(), 10..25).prop_map(Step::Write),
        2 => Just(Step::Seal),
        1 => prop_oneof![Just(BASE_MS), Just(LATER_MS)].prop_map(Step::Maintain),
        1 => Just(Step::Reopen),
    ]
}

/// Two times, a step and a limit: some at odd times, some on full hours.
fn any_window() -> impl Strategy<Value = (i64, i64, i64, usize)> {
    let hour = HOUR_MS / STEP_MS;
    prop_oneof![
        (0..STEPS, 0..STEPS, 1..5_000_000_i64, 0..30_usize),
        (0..4_i64, 0..STEPS, 1..3_i64, 0..30_usize).prop_map(move |(from, to, hours, limit)| {
            ((from * hour).min(to), to, hours * HOUR_MS, limit)
        }),
        (0..4_i64, 0..4_i64, 1..3_i64, 0..30_usize).prop_map(move |(from, to, hours, limit)| (
            from * hour,
            to * hour,
            hours * HOUR_MS,
            limit
        )),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_store_answers_what_a_plain_list_answers(
        steps in proptest::collection::vec(any_step(), 1..160),
        windows in proptest::collection::vec(any_window(), 4),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(folder.path(), Retention::default()).unwrap();
        let mut oracle = Oracle::default();
        for step in steps {
            match step {
                Step::Write(batch) => {
                    batch.iter().for_each(|arrival| oracle.write(arrival));
                    store.write(&batch).unwrap();
                }
                Step::Seal => assert!(!store.seal(at(BASE_MS)).unwrap().postponed),
                Step::Maintain(now_ms) => assert!(!store.maintain(at(now_ms)).unwrap().postponed),
                Step::Reopen => {
                    drop(store);
                    store = Store::open(folder.path(), Retention::default()).unwrap();
                }
            }
        }
        for metric in METRICS {
            for place in [Place::Site, Place::Room(room(0)), Place::Room(room(1)), Place::Heater(heater(2)), Place::Heater(heater(9))] {
                let selector = Selector { site: site(), place, metric: metric.clone() };
                compare_last(&store, &oracle, &selector)?;
                for (a, b, step_ms, limit) in &windows {
                    let (from, to) = (BASE_MS + a.min(b) * STEP_MS, BASE_MS + a.max(b) * STEP_MS);
                    compare_range(&store, &oracle, &selector, (from, to), *limit)?;
                    compare_aggregates(&store, &oracle, &selector, (from, to), *step_ms)?;
                }
            }
        }
    }
}

fn compare_last(store: &Store, oracle: &Oracle, selector: &Selector) -> Result<(), TestCaseError> {
    let mut last: Vec<Told> = store
        .last(selector)
        .unwrap()
        .into_iter()
        .map(|last| told(last.ts.ms(), &last.heater, last.reading.known(), last.quality))
        .collect();
    last.sort_by(|a, b| a.1.cmp(&b.1));
    prop_assert_eq!(last, oracle.last(selector));
    Ok(())
}

fn compare_range(
    store: &Store,
    oracle: &Oracle,
    selector: &Selector,
    (from, to): (i64, i64),
    limit: usize,
) -> Result<(), TestCaseError> {
    let tell = |limit| -> Vec<Told> {
        let points = store.range(selector, at(from), at(to), limit).unwrap();
        assert!(points.is_sorted_by_key(|point| point.ts));
        points.iter().map(|point| told(point.ts.ms(), &point.heater, point.value, point.quality)).collect()
    };
    let all = tell(usize::MAX);
    prop_assert_eq!(&tell(limit), &all[..limit.min(all.len())]);
    let mut sorted = all;
    sorted.sort();
    prop_assert_eq!(sorted, oracle.range(selector, from, to));
    Ok(())
}

fn compare_aggregates(
    store: &Store,
    oracle: &Oracle,
    selector: &Selector,
    (from, to): (i64, i64),
    step_ms: i64,
) -> Result<(), TestCaseError> {
    let step_ms = step_ms.max((to - from) / 10_000 + 1);
    let bins = store.aggregate(selector, at(from), at(to), step_ms).unwrap();
    same_bins(&bins, &Oracle::bins(oracle.facts(selector, from, to), from, step_ms))?;
    for by in [GroupBy::Site, GroupBy::Room, GroupBy::Heater] {
        let mut groups: BTreeMap<Group, Vec<&Fact>> = BTreeMap::new();
        for fact in oracle.facts(selector, from, to).filter(|fact| fact.sample.quality == Quality::Good) {
            let group = match by {
                GroupBy::Site => Some(Group::Site(site())),
                GroupBy::Room => oracle.room(fact).map(Group::Room),
                GroupBy::Heater => Some(Group::Heater(fact.heater.clone())),
            };
            if let Some(group) = group {
                groups.entry(group).or_default().push(fact);
            }
        }
        let grouped = store.grouped(selector, by, at(from), at(to), step_ms).unwrap();
        prop_assert_eq!(grouped.len(), groups.len());
        for ((group, bins), (expected, facts)) in grouped.into_iter().zip(groups) {
            prop_assert_eq!(group, expected);
            same_bins(&bins, &Oracle::bins(facts.into_iter(), from, step_ms))?;
        }
    }
    Ok(())
}

fn same_bins(found: &[Bin], expected: &[Bin]) -> Result<(), TestCaseError> {
    prop_assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        prop_assert_eq!((a.start, a.min, a.max, a.count), (b.start, b.min, b.max, b.count));
        prop_assert!((a.mean - b.mean).abs() < 1e-9, "{:?} {:?}", a, b);
    }
    Ok(())
}
