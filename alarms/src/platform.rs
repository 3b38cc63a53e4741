//! What is known of the program itself: counted by its parts, handed in as plain numbers.

use std::collections::VecDeque;
use std::sync::Arc;

use registry::{AlarmRule, AlarmSubject};

use crate::signal::{Measure, Signal};

/// What the parts of the program that run in this process count; `None` where a part runs elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlatformFigures {
    /// Connections, publishes, records and samples that were refused since the start.
    pub refused: Option<u64>,
    /// Records that heaters declared lost since the start.
    pub declared_lost: Option<u64>,
    /// Bytes free on the disk of history.
    pub free_bytes: Option<u64>,
    /// Whether history can be written.
    pub is_writable: Option<bool>,
}

/// Where the figures come from; asked on a thread that may wait for a disk.
pub type PlatformFiguresFn = Arc<dyn Fn() -> PlatformFigures + Send + Sync>;

/// Over how long counts are compared, ms.
const WINDOW_MS: u64 = 600_000;

/// How much a number that only grows has grown within the last ten minutes.
#[derive(Debug, Default)]
struct Growth(VecDeque<(u64, u64)>);

impl Growth {
    fn note(&mut self, total: Option<u64>, now_ms: u64) -> Measure {
        let Some(total) = total else { return Measure::Unknown };
        // A number that fell belongs to another run: it began at nothing.
        if self.0.back().is_some_and(|(_, last)| *last > total) {
            self.0.clear();
            self.0.push_back((now_ms, 0));
        }
        self.0.push_back((now_ms, total));
        while self.0.front().is_some_and(|(at_ms, _)| now_ms.saturating_sub(*at_ms) > WINDOW_MS) {
            self.0.pop_front();
        }
        let first = self.0.front().map_or(total, |(_, first)| *first);
        Measure::Value((total - first) as f64)
    }
}

/// What is remembered of the figures.
#[derive(Debug, Default)]
pub(crate) struct Platform {
    refused: Growth,
    declared_lost: Growth,
}

impl Platform {
    /// The signals of the platform. `silent_ms` says how long the broker has not been heard, `lag_ms` how long the oldest
    /// record waits.
    pub(crate) fn signals(
        &mut self,
        figures: PlatformFigures,
        (silent_ms, lag_ms): (u64, Option<u64>),
        now_ms: u64,
    ) -> Vec<Signal> {
        let seconds = |ms: u64| Measure::Value(ms as f64 / 1_000.0);
        let known = |measure: Option<Measure>| measure.unwrap_or(Measure::Unknown);
        let gigabytes = figures.free_bytes.map(|bytes| Measure::Value(bytes as f64 / 1e9));
        let measures = [
            (AlarmRule::BrokerSilent, seconds(silent_ms)),
            (AlarmRule::IngestLag, known(lag_ms.map(seconds))),
            (AlarmRule::GapDeclared, self.declared_lost.note(figures.declared_lost, now_ms)),
            (AlarmRule::MessagesRefused, self.refused.note(figures.refused, now_ms)),
            (AlarmRule::DiskFull, known(gigabytes)),
            (AlarmRule::HistoryStopped, known(figures.is_writable.map(|is| Measure::fact(!is)))),
        ];
        let signal = |(rule, measure)| Signal { subject: AlarmSubject::Platform, rule, measure };
        measures.into_iter().map(signal).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_counted_within_ten_minutes_counts() {
        let mut growth = Growth::default();
        let minute = |n: u64| n * 60_000;
        assert_eq!(
            growth.note(Some(500), minute(0)),
            Measure::Value(0.0),
            "what came before we looked is past"
        );
        assert_eq!(growth.note(Some(530), minute(5)), Measure::Value(30.0));
        assert_eq!(growth.note(Some(530), minute(11)), Measure::Value(0.0));
        assert_eq!(growth.note(None, minute(12)), Measure::Unknown);
        assert_eq!(growth.note(Some(4), minute(13)), Measure::Value(4.0), "a new run counts from nothing");
    }

    #[test]
    fn a_part_that_runs_elsewhere_is_not_known_and_its_alarms_stay_as_they_are() {
        let signals = Platform::default().signals(PlatformFigures::default(), (0, None), 0);
        let unknown = signals.iter().filter(|signal| signal.measure == Measure::Unknown).count();
        assert_eq!((signals.len(), unknown), (6, 5));
    }
}
