//! Independent runs on all cores; the results are in the order of the runs whatever finishes first.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Makes all runs.
pub(super) fn map<R: Sync, T: Send>(
    runs: &[R],
    progress: &(dyn Fn(&str) + Sync),
    make: impl Fn(&R) -> T + Sync,
) -> Vec<T> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(runs.len())));
    let work = || loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let Some(run) = runs.get(at) else { break };
        let result = make(run);
        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
        done.push((at, result));
        progress(&format!("{} of {} runs", done.len(), runs.len()));
    };
    std::thread::scope(|scope| {
        for _ in 0..cores.min(runs.len()) {
            scope.spawn(work);
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_runs() {
        let runs: Vec<u64> = (0..50).collect();
        let doubled = map(&runs, &|_| (), |run| {
            std::thread::sleep(std::time::Duration::from_micros(500 - 10 * run));
            2 * run
        });
        assert_eq!(doubled, runs.iter().map(|run| 2 * run).collect::<Vec<_>>());
    }
}
