//! What one sensor, or two of the same, last said: the truth while it is fresh, the worst it can have become when it is
//! stale, and nothing once it is lost.

/// A value older than this many periods is stale.
const STALE_AFTER_PERIODS: u64 = 3;
/// A value older than this is lost.
const LOST_AFTER_MS: u64 = 300_000;

/// The hottest and the coldest of what was read, °C; the same for a single sensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Span {
    pub(crate) hottest_c: f64,
    pub(crate) coldest_c: f64,
}

impl Span {
    fn of(values: &[f64]) -> Option<Self> {
        let hottest_c = values.iter().copied().reduce(f64::max)?;
        let coldest_c = values.iter().copied().reduce(f64::min)?;
        Some(Self { hottest_c, coldest_c })
    }

    pub(crate) fn width_k(self) -> f64 {
        self.hottest_c - self.coldest_c
    }
}

/// How fast a temperature can move while nobody looks, K/s.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Slew {
    pub(crate) up_k_per_s: f64,
    pub(crate) down_k_per_s: f64,
}

/// A temperature as it is known: what was read and what is feared are never the same field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Look {
    /// What was really read last.
    pub(crate) read: Span,
    /// What it can have become since: the same while the value is fresh.
    pub(crate) worst: Span,
    /// Whether it is so old that only the worst counts.
    pub(crate) is_stale: bool,
}

/// The memory of one sensor.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sensor {
    read: Option<(Span, u64)>,
}

impl Sensor {
    /// Hears what can be believed of the sensors of one kind at this moment; nothing when all are silent.
    pub(crate) fn hear(&mut self, values: &[f64], now_ms: u64) {
        if let Some(span) = Span::of(values) {
            self.read = Some((span, now_ms));
        }
    }

    /// Whether it ever said something believable.
    pub(crate) fn was_read(&self) -> bool {
        self.read.is_some()
    }

    /// What is known of it now; nothing when it is lost, or has been missing since the start.
    pub(crate) fn look(&self, slew: Slew, period_s: u32, now_ms: u64) -> Option<Look> {
        let (read, read_ms) = self.read?;
        let age_ms = now_ms.saturating_sub(read_ms);
        if age_ms >= LOST_AFTER_MS {
            return None;
        }
        let is_stale = age_ms > STALE_AFTER_PERIODS * 1000 * u64::from(period_s);
        let age_s = if is_stale { age_ms as f64 / 1000.0 } else { 0.0 };
        let worst = Span {
            hottest_c: read.hottest_c + age_s * slew.up_k_per_s,
            coldest_c: read.coldest_c - age_s * slew.down_k_per_s,
        };
        Some(Look { read, worst, is_stale })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLEW: Slew = Slew { up_k_per_s: 0.1, down_k_per_s: 0.5 };

    fn look(sensor: &Sensor, second: u64) -> Option<Look> {
        sensor.look(SLEW, 10, second * 1000)
    }

    #[test]
    fn a_stale_value_is_feared_to_have_moved_for_its_whole_age_and_a_lost_one_is_none() {
        let mut sensor = Sensor::default();
        assert!(look(&sensor, 0).is_none(), "missing since the start");
        sensor.hear(&[20.0], 0);
        let read = Span { hottest_c: 20.0, coldest_c: 20.0 };
        for second in [0, 29, 30] {
            assert_eq!(
                look(&sensor, second),
                Some(Look { read, worst: read, is_stale: false }),
                "{second} s"
            );
        }
        let worst = Span { hottest_c: 24.0, coldest_c: 0.0 };
        assert_eq!(look(&sensor, 40), Some(Look { read, worst, is_stale: true }));
        assert!(look(&sensor, 299).is_some());
        assert!(look(&sensor, 300).is_none());
        sensor.hear(&[], 301_000);
        assert!(look(&sensor, 301).is_none(), "silence is no reading");
        sensor.hear(&[21.0], 302_000);
        assert_eq!(look(&sensor, 302).unwrap().read.hottest_c, 21.0);
    }

    #[test]
    fn of_two_sensors_the_hotter_and_the_colder_are_both_kept() {
        let mut sensor = Sensor::default();
        sensor.hear(&[20.0, 25.0], 0);
        let read = look(&sensor, 1).unwrap().read;
        assert_eq!((read.hottest_c, read.coldest_c, read.width_k()), (25.0, 20.0, 5.0));
    }
}
