//! `bench`: measurements that anyone can repeat, printed as a table or as one JSON object.

use std::ops::RangeInclusive;
use std::time::Instant;

use anyhow::Result;
use trials::delivery::{Coverage, Seen};

use crate::cli::{Bench, Measure};

pub(crate) async fn run(bench: Bench) -> Result<()> {
    match bench {
        Bench::Store(measure) => store(&measure).await,
        Bench::Ingest(measure) => ingest(&measure).await,
        Bench::Delivery { seeds, first } => delivery(first..=first.saturating_add(seeds - 1)),
    }
}

async fn store(measure: &Measure) -> Result<()> {
    anyhow::bail!("this measurement is not made yet (json: {}, short: {})", measure.json, measure.short)
}

async fn ingest(measure: &Measure) -> Result<()> {
    anyhow::bail!("this measurement is not made yet (json: {}, short: {})", measure.json, measure.short)
}

/// Lives through simulated worlds until one breaks a promise.
fn delivery(seeds: RangeInclusive<u64>) -> Result<()> {
    let started = Instant::now();
    let mut coverage = Coverage::default();
    for seed in seeds.clone() {
        let outcome = trials::delivery::simulate(seed, None);
        if outcome.violation.is_some() {
            println!("{}", trials::delivery::explain(seed, None));
            anyhow::bail!("a promise was broken: hypocaust bench delivery --first {seed} --seeds 1");
        }
        coverage.add(&outcome.coverage);
    }
    let of = |seen| coverage.of(seen);
    print!("{coverage}");
    println!(
        "seeds {} to {}: no promise broken, {} records stored once and {} declared lost of {}, in {:.1} s",
        seeds.start(),
        seeds.end(),
        of(Seen::RecordsStored),
        of(Seen::DeclaredLost),
        of(Seen::RecordsMade),
        started.elapsed().as_secs_f64()
    );
    Ok(())
}
