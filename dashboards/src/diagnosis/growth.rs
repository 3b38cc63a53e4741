//! How fast history grows, and when its disk is full.

use store::Health;

/// Below so much free room history is not written any more (docs/operations.md, The data folder).
const RESERVE_BYTES: u64 = 64 << 20;
/// A mean over fewer days says nothing: the first is not whole, and the newest is still in the log.
const LEAST_DAYS: u64 = 3;

/// How fast history grows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Growth {
    /// The mean of the days that are kept.
    pub(crate) bytes_per_day: f64,
    /// How many days these are.
    pub(crate) days: u64,
    /// In how many days the disk is full, if it goes on like this and nothing is removed.
    pub(crate) full_in_days: f64,
}

impl Growth {
    /// `None` where it cannot be told: too few days are kept, or history is kept elsewhere. Days of a long retention are smaller
    /// than new ones, because only their hourly figures are left: the mean then tells too little, and retention removes as much
    /// as comes.
    pub(crate) fn of(health: &Health) -> Option<Self> {
        if health.forwarding.is_some() || health.days < LEAST_DAYS || health.day_file_bytes == 0 {
            return None;
        }
        let bytes_per_day = health.day_file_bytes as f64 / health.days as f64;
        let room = health.free_bytes.saturating_sub(RESERVE_BYTES) as f64;
        Some(Self { bytes_per_day, days: health.days, full_in_days: room / bytes_per_day })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health(days: u64, day_file_bytes: u64, free_bytes: u64) -> Health {
        Health {
            days,
            day_file_bytes,
            free_bytes,
            records: 0,
            series: 0,
            bytes_on_disk: day_file_bytes,
            log_bytes: 0,
            log_entries: 0,
            parts: days,
            last_commit: None,
            newest: None,
            damaged_blocks: 0,
            quarantined: 0,
            writable: true,
            not_writable_because: None,
            forwarding: None,
        }
    }

    #[test]
    fn a_disk_is_full_when_the_mean_of_a_day_has_filled_what_is_free() {
        let growth = Growth::of(&health(10, 20_000_000, (64 << 20) + 200_000_000)).unwrap();
        assert_eq!((growth.bytes_per_day, growth.full_in_days), (2e6, 100.0));
        assert_eq!(Growth::of(&health(10, 20_000_000, 1_000)).unwrap().full_in_days, 0.0);
    }

    #[test]
    fn a_young_history_says_nothing_about_its_growth() {
        assert_eq!(Growth::of(&health(2, 20_000_000, 1 << 40)), None);
        assert_eq!(Growth::of(&health(400, 0, 1 << 40)), None);
    }
}
