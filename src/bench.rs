//! `bench`: measurements that anyone can repeat, printed as a table or as one JSON object. Exit code 1 when something
//! found is wrong; what is only slow is told and no failure.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use indicatif::ProgressBar;
use trials::bench::{Setting, broker, control, history, load};

use crate::cli::{Bench, BrokerAttacker, Control, Measure, StoreChild, Worlds};
use crate::clock;

pub(crate) async fn run(bench: Bench) -> Result<()> {
    match bench {
        Bench::Store(measure) => {
            let setting = Arc::new(setting(&measure)?);
            let report = tokio::task::spawn_blocking(move || history::run(&setting)).await??;
            tell(&measure, &report.json(), &report, report.wrong())
        }
        Bench::Ingest(measure) => {
            let report = load::run(&setting(&measure)?).await?;
            tell(&measure, &report.json(), &report, report.wrong())
        }
        Bench::Broker(measure) => {
            let report = broker::run(&setting(&measure)?, rules_ns()).await?;
            tell(&measure, &report.json(), &report, report.wrong())
        }
        Bench::Control(Control { measure, svg, seed, only }) => {
            let setting = setting(&measure)?;
            let report = tokio::task::spawn_blocking(move || control::run(&setting, seed, only)).await?;
            if let Some(file) = svg {
                std::fs::write(&file, report.svg())
                    .with_context(|| format!("the plot {} cannot be written", file.display()))?;
            }
            tell(&measure, &report.json(), &report, report.wrong())
        }
        Bench::BrokerAttacker(BrokerAttacker { attack, address, count, clients }) => {
            println!("{}", broker::attack(attack, address, count, &clients).await?);
            Ok(())
        }
        Bench::Delivery(worlds) => delivery(&worlds),
        Bench::Leases(worlds) => leases(&worlds),
        Bench::StoreChild(StoreChild { history, heaters }) => {
            let serving = move || history::serve(&history, heaters);
            Ok(tokio::task::spawn_blocking(serving).await??)
        }
    }
}

/// What the broker's access rules take for a message, in nanoseconds.
fn rules_ns() -> f64 {
    const ROUNDS: u32 = 1_000_000;
    let started = Instant::now();
    let passed = ::broker::exercise_rules(ROUNDS);
    assert!(passed > 0, "some of the messages may pass");
    started.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS)
}

fn setting(measure: &Measure) -> Result<Setting> {
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    Ok(Setting {
        program: std::env::current_exe().context("this program cannot be found")?,
        short: measure.short,
        clock: clock::wall(),
        progress: Box::new(move |what| bar.set_message(what.to_owned())),
    })
}

fn tell(measure: &Measure, json: &str, report: &impl Display, wrong: &[String]) -> Result<()> {
    if measure.json {
        println!("{json}");
    } else {
        print!("{report}");
    }
    ensure!(wrong.is_empty(), "something found is wrong, see above");
    Ok(())
}

/// Lives through simulated worlds of delivery until one breaks a promise.
fn delivery(worlds: &Worlds) -> Result<()> {
    use trials::delivery::{Coverage, Seen, explain, simulate};
    let started = Instant::now();
    let mut coverage = Coverage::default();
    for seed in worlds.range() {
        let outcome = simulate(seed, None);
        if outcome.violation.is_some() {
            println!("{}", explain(seed, None));
            bail!("a promise was broken: hypocaust bench delivery --first {seed} --seeds 1");
        }
        coverage.add(&outcome.coverage);
    }
    let of = |seen| coverage.of(seen);
    print!("{coverage}");
    println!(
        "seeds {} to {}: no promise broken, {} records stored once and {} declared lost of {}, in {:.1} s",
        worlds.range().start(),
        worlds.range().end(),
        of(Seen::RecordsStored),
        of(Seen::DeclaredLost),
        of(Seen::RecordsMade),
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Lives through simulated worlds of leases until one breaks a promise.
fn leases(worlds: &Worlds) -> Result<()> {
    use trials::leases::{Coverage, Seen, explain, simulate};
    let started = Instant::now();
    let mut coverage = Coverage::default();
    let (mut least_useful, mut slowest_cut_ms) = (f64::INFINITY, None);
    for seed in worlds.range() {
        let outcome = simulate(seed, None);
        if outcome.violation.is_some() {
            println!("{}", explain(seed, None));
            bail!("a promise was broken: hypocaust bench leases --first {seed} --seeds 1");
        }
        coverage.add(&outcome.coverage);
        least_useful = outcome.useful_share.map_or(least_useful, |share| share.min(least_useful));
        slowest_cut_ms = slowest_cut_ms.max(outcome.slowest_cut_ms);
    }
    print!("{coverage}");
    if least_useful.is_finite() {
        println!(
            "without a fault at least {:.0} % of what is wanted and fits was drawn",
            100.0 * least_useful
        );
    }
    if let Some(ms) = slowest_cut_ms {
        println!(
            "without a fault a lowered cap was obeyed within {} s; with faults within 60 s, as promised",
            ms / 1_000
        );
    }
    println!(
        "seeds {} to {}: no promise broken with {} budgets, in {:.1} s",
        worlds.range().start(),
        worlds.range().end(),
        coverage.of(Seen::Budgets),
        started.elapsed().as_secs_f64()
    );
    Ok(())
}
