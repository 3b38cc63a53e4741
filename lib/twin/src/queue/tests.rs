use super::*;
use crate::jobs::{JobKind, JobPlan, JobSource};
use crate::moment::Moment;
use proptest::prelude::*;

const MINUTE_MS: i64 = 60_000;

fn job(cores: u32, work_core_s: f64, deadline_min: Option<i64>, heater: Option<usize>) -> Job {
    Job { arrival_ms: 0, cores, work_core_s, deadline_ms: deadline_min.map(|min| min * MINUTE_MS), heater }
}

/// A queue of two heaters with these jobs.
fn queue(jobs: &[Job]) -> JobQueue {
    let mut queue = JobQueue::new(2);
    jobs.iter().for_each(|job| queue.take_in(job));
    queue
}

#[test]
fn the_nearest_deadline_is_worked_on_first_wherever_it_came_in() {
    let mut queue =
        queue(&[job(4, 400.0, None, None), job(4, 240.0, Some(9), None), job(4, 240.0, Some(2), None)]);
    queue.advance(MINUTE_MS, 60.0, &[240.0, 0.0]);
    assert_eq!((queue.tally().met, queue.len()), (1, 2));
    queue.advance(2 * MINUTE_MS, 60.0, &[240.0, 0.0]);
    assert_eq!((queue.tally().met, queue.tally().missed, queue.len()), (2, 0, 1));
}

#[test]
fn no_job_runs_on_more_cores_than_it_has_even_from_two_heaters() {
    let mut queue = queue(&[job(2, 1000.0, None, None)]);
    queue.advance(MINUTE_MS, 60.0, &[100.0, 100.0]);
    assert_eq!((queue.tally().worked_core_s, queue.tally().unused_core_s), (120.0, 80.0));
    assert_eq!(queue.cores_anywhere(), 2);
}

#[test]
fn a_tied_job_runs_on_its_heater_alone() {
    let mut queue = queue(&[job(8, 480.0, Some(5), Some(1))]);
    assert_eq!((queue.cores_tied(0), queue.cores_tied(1), queue.cores_anywhere()), (0, 8, 0));
    assert_eq!(
        (queue.tied_core_s_due(1, 5 * MINUTE_MS), queue.tied_core_s_due(1, 4 * MINUTE_MS)),
        (480.0, 0.0)
    );
    queue.advance(MINUTE_MS, 60.0, &[480.0, 0.0]);
    assert_eq!(queue.tally().worked_core_s, 0.0);
    queue.advance(2 * MINUTE_MS, 60.0, &[0.0, 480.0]);
    assert_eq!((queue.tally().must_run_met, queue.tally().must_run_missed, queue.is_empty()), (1, 0, true));
}

#[test]
fn a_deadline_is_missed_once_and_the_job_still_gets_done() {
    let mut queue = queue(&[job(1, 120.0, Some(1), Some(0))]);
    for minute in 1..=6 {
        queue.advance(minute * MINUTE_MS, 60.0, &[if minute > 4 { 60.0 } else { 0.0 }, 0.0]);
    }
    let tally = queue.tally();
    assert_eq!((tally.done, tally.met, tally.missed, tally.must_run_missed), (1, 0, 1, 1));
}

#[test]
fn jobs_that_cannot_be_harm_nothing() {
    let mut queue =
        queue(&[job(0, 10.0, None, None), job(1, 0.0, None, Some(9)), job(1, f64::NAN, None, None)]);
    queue.advance(0, f64::NAN, &[f64::NAN, -3.0]);
    queue.advance(MINUTE_MS, 60.0, &[60.0, 60.0]);
    assert_eq!((queue.tally().worked_core_s, queue.tally().unused_core_s, queue.len()), (10.0, 110.0, 0));
}

#[test]
fn a_week_of_jobs_that_fit_is_done_in_time() {
    let plan = JobPlan {
        kind: JobKind::Batch,
        mean_cores: 40.0,
        widest_cores: 32,
        with_deadline: 0.3,
        must_run: 0.1,
        heaters: 2,
    };
    let source = JobSource::new(11, plan);
    // Two heaters of 64 cores for a mean load of 40.
    let mut queue = JobQueue::new(2);
    let monday = Moment { utc_ms: 1_736_118_000_000, local_offset_s: 3600 };
    for minute in 0..7 * 1440 {
        let now = monday.later_by(minute * MINUTE_MS);
        if minute % 60 == 0 {
            source.in_hour(now).iter().for_each(|job| queue.take_in(job));
        }
        queue.advance(now.utc_ms + MINUTE_MS, 60.0, &[64.0 * 60.0; 2]);
    }
    let tally = queue.tally();
    assert!(tally.met > 300 && tally.must_run_met > 100, "{tally:?}");
    assert!(tally.missed * 100 < tally.met && tally.must_run_missed * 100 < tally.must_run_met, "{tally:?}");
    let mean_cores = tally.worked_core_s / (7.0 * 86_400.0);
    assert!((20.0..60.0).contains(&mean_cores), "{mean_cores}");
}

proptest! {
    #[test]
    fn work_given_is_work_done_or_unused(
        jobs in prop::collection::vec((1u32..16, 0.0f64..5000.0, prop::option::of(0i64..60), prop::option::of(0usize..3)), 0..20),
        given in prop::collection::vec((0.0f64..2000.0, 0.0f64..2000.0), 1..40),
    ) {
        let jobs: Vec<Job> =
            jobs.into_iter().map(|(cores, work, deadline, heater)| job(cores, work, deadline, heater)).collect();
        let mut queue = queue(&jobs);
        let mut sum = 0.0;
        for (minute, &(first, second)) in (1..).zip(&given) {
            queue.advance(minute * MINUTE_MS, 60.0, &[first, second]);
            sum += first + second;
        }
        let tally = queue.tally();
        prop_assert!((tally.worked_core_s + tally.unused_core_s - sum).abs() < 1e-6 * sum.max(1.0));
        prop_assert_eq!(tally.done + queue.len() as u64, jobs.len() as u64);
        prop_assert!(tally.worked_core_s <= jobs.iter().map(|job| job.work_core_s).sum::<f64>() + 1e-6);
        prop_assert!(tally.met + tally.missed <= jobs.iter().filter(|job| job.deadline_ms.is_some()).count() as u64);
    }
}
