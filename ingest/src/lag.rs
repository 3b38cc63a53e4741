//! How long a record takes from the heater that makes it to the disk of history: counted in classes, so that a long one
//! is seen beside many short ones.

use store::Arrival;
use vocabulary::{Tally, Timestamp};

/// Below how many milliseconds a record is in which class; the rest is in [`LONGEST`].
const CLASSES: [(i64, &str); 4] =
    [(1_000, "under_1_s"), (5_000, "under_5_s"), (30_000, "under_30_s"), (120_000, "under_2_min")];
const LONGEST: &str = "longer";

/// Counts every record of a commit that became durable at `now`. History that comes again is left out: it was made long
/// ago by nature. The time of a record is that of its newest sample, by the clock that ingest believed; a heater whose
/// clock is a little ahead counts as the fastest.
pub(crate) fn count(batch: &[Arrival], now: Timestamp, tally: &Tally) {
    for arrival in batch.iter().filter(|arrival| !arrival.late) {
        if let Some(made) = arrival.samples.iter().map(|sample| sample.ts).max() {
            tally.count("commit_age", class(now.since(made)));
        }
    }
}

fn class(age_ms: i64) -> &'static str {
    CLASSES.iter().find(|(below_ms, _)| age_ms < *below_ms).map_or(LONGEST, |(_, class)| class)
}

#[cfg(test)]
mod tests {
    use store::StoredSample;
    use vocabulary::{BootId, HeaterId, Metric, Quality, Reading, SiteId};

    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_763_632_000_000);

    fn arrival(ages_ms: &[i64], late: bool) -> Arrival {
        let sample = |age_ms: &i64| StoredSample {
            ts: NOW.plus_ms(-age_ms),
            metric: Metric::PowerW,
            reading: Reading::value(1.0),
            quality: Quality::Good,
        };
        Arrival {
            site: SiteId::new("a").unwrap(),
            heater: HeaterId::new("h").unwrap(),
            room: None,
            boot: BootId::from_bits(7),
            bn: 1,
            seq: 1,
            low: 1,
            late,
            samples: ages_ms.iter().map(sample).collect(),
        }
    }

    #[test]
    fn a_record_is_as_old_as_its_newest_sample_and_history_is_not_counted() {
        let tally = Tally::default();
        let batch = [
            arrival(&[9_000, 400], false),
            arrival(&[-300], false),
            arrival(&[1_000], false),
            arrival(&[119_999], false),
            arrival(&[120_000], false),
            arrival(&[86_400_000], true),
            arrival(&[], false),
        ];
        count(&batch, NOW, &tally);
        let expected = [
            ("commit_age", "longer", 1),
            ("commit_age", "under_1_s", 2),
            ("commit_age", "under_2_min", 1),
            ("commit_age", "under_5_s", 1),
        ];
        assert_eq!(tally.all(), expected);
    }
}
