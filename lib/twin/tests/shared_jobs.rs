//! The generated jobs beside the logs their distributions were fitted to, which are not part of the project.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod house;
mod recordings;

use flate2::read::GzDecoder;
use house::MONDAY;
use recordings::recording;
use twin::{Job, JobKind, JobPlan, JobSource};

/// A job of a log or of the generator: seconds since a local midnight, seconds of run time, cores.
#[derive(Clone, Copy)]
struct Ran {
    local_s: f64,
    run_s: f64,
    cores: u32,
}

/// The jobs of a log that ran; `local_s` gives seconds since a local Monday's midnight from those since its
/// beginning.
fn log(file: &str, local_s: fn(f64) -> f64) -> Option<Vec<Ran>> {
    let bytes = recording(&format!("jobs/{file}"))?;
    let mut reader = csv::Reader::from_reader(GzDecoder::new(bytes.as_slice()));
    let number = |row: &csv::StringRecord, at: usize| row[at].parse::<f64>().unwrap();
    let jobs = reader.records().map(Result::unwrap).map(|row| Ran {
        local_s: local_s(number(&row, 1)),
        run_s: number(&row, 2),
        cores: number(&row, 3).max(0.0) as u32,
    });
    Some(jobs.filter(|job| job.run_s > 0.0 && job.cores > 0).collect())
}

/// Twelve weeks of generated jobs.
fn generated(kind: JobKind) -> Vec<Ran> {
    let plan =
        JobPlan { kind, mean_cores: 400.0, widest_cores: 128, with_deadline: 0.0, must_run: 0.0, heaters: 0 };
    let source = JobSource::new(20, plan);
    let ran = |job: Job| Ran {
        local_s: (job.arrival_ms - MONDAY.utc_ms) as f64 / 1000.0,
        run_s: job.work_core_s / f64::from(job.cores),
        cores: job.cores,
    };
    (0..84 * 24).flat_map(|hour| source.in_hour(MONDAY.later_by(hour * 3_600_000))).map(ran).collect()
}

fn quantiles(jobs: &[Ran]) -> Vec<f64> {
    let mut runs: Vec<f64> = jobs.iter().map(|job| job.run_s).collect();
    runs.sort_by(f64::total_cmp);
    [0.1, 0.25, 0.5, 0.75, 0.9, 0.95].map(|share| runs[(share * runs.len() as f64) as usize]).to_vec()
}

fn mean_run_s(jobs: &[Ran]) -> f64 {
    jobs.iter().map(|job| job.run_s).sum::<f64>() / jobs.len() as f64
}

/// Jobs in each hour of the day beside the mean hour.
fn by_hour(jobs: &[Ran]) -> Vec<f64> {
    let mut hours = vec![0.0; 24];
    for job in jobs {
        hours[(job.local_s / 3600.0).rem_euclid(24.0) as usize] += 24.0 / jobs.len() as f64;
    }
    hours
}

fn root_mean_square_difference(a: &[f64], b: &[f64]) -> f64 {
    (a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / a.len() as f64).sqrt()
}

fn share(jobs: &[Ran], of: impl Fn(&Ran) -> bool) -> f64 {
    jobs.iter().filter(|job| of(job)).count() as f64 / jobs.len() as f64
}

fn run_times_agree(log: &[Ran], generated: &[Ran]) {
    let (logged, made) = (quantiles(log), quantiles(generated));
    println!("run times, s: log {logged:.0?}, generated {made:.0?}");
    for (logged, made) in logged.iter().zip(&made) {
        assert!((0.6..1.7).contains(&(made / logged)), "{logged} {made}");
    }
    let (logged, made) = (mean_run_s(log), mean_run_s(generated));
    assert!((0.7..1.4).contains(&(made / logged)), "mean of {logged} s and {made} s");
}

#[test]
fn interactive_jobs_are_like_those_of_the_ipsc() {
    // From Friday 1 October 1993, 0:00:03 in California; on the 31st at two the clock is set back an hour.
    let local_s = |submit_s: f64| {
        4.0 * 86_400.0 + submit_s - if submit_s > 30.0 * 86_400.0 + 7200.0 { 3600.0 } else { 0.0 }
    };
    let Some(log) = log("nasa_ipsc_1993.csv.gz", local_s) else { return };
    let made = generated(JobKind::Interactive);
    run_times_agree(&log, &made);
    let difference = root_mean_square_difference(&by_hour(&log), &by_hour(&made));
    println!("by hour: log {:.2?}\ngenerated {:.2?}", by_hour(&log), by_hour(&made));
    println!("difference {difference:.3}");
    assert!(difference < 0.25, "{difference}");
    for cores in [1, 2, 4, 8, 16, 32, 64, 128] {
        let (logged, made) = (share(&log, |job| job.cores == cores), share(&made, |job| job.cores == cores));
        assert!((logged - made).abs() < 0.02, "{cores} cores: {logged} {made}");
    }
    let weekend = |job: &Ran| (job.local_s / 86_400.0).rem_euclid(7.0) >= 5.0;
    assert!((share(&log, weekend) - share(&made, weekend)).abs() < 0.03);
}

#[test]
fn batch_jobs_are_like_those_of_the_grid() {
    // Sunday 20 November 2005, 0:00:05 UTC. The log has six days, so its hours scatter.
    let Some(log) = log("lcg_grid_2005_d0_5.csv.gz", |submit_s| 6.0 * 86_400.0 + submit_s) else { return };
    let made = generated(JobKind::Batch);
    run_times_agree(&log, &made);
    let difference = root_mean_square_difference(&by_hour(&log), &by_hour(&made));
    println!("by hour: log {:.2?}\ngenerated {:.2?}", by_hour(&log), by_hour(&made));
    println!("difference {difference:.3}");
    assert!(difference < 0.25, "{difference}");
    assert!(log.iter().chain(&made).all(|job| job.cores == 1));
}

#[test]
fn the_load_is_the_one_asked_for() {
    for (kind, tolerance) in [(JobKind::Interactive, 0.1), (JobKind::Batch, 0.1)] {
        let core_s: f64 = generated(kind).iter().map(|job| job.run_s * f64::from(job.cores)).sum();
        let mean_cores = core_s / (84.0 * 86_400.0);
        assert!((mean_cores / 400.0 - 1.0).abs() < tolerance, "{kind:?}: {mean_cores} cores");
    }
}
