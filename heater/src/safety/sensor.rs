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
    fn at(celsius: f64) -> Self {
        Self { hottest_c: celsius, coldest_c: celsius }
    }

    fn with(self, other: Self) -> Self {
        Self {
            hottest_c: self.hottest_c.max(other.hottest_c),
            coldest_c: self.coldest_c.min(other.coldest_c),
        }
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

impl Look {
    /// Of two sensors: what was read is what the fresh ones read; the worst is the worst of both.
    fn with(self, other: Self) -> Self {
        let read = match (self.is_stale, other.is_stale) {
            (true, false) => other.read,
            (false, true) => self.read,
            _ => self.read.with(other.read),
        };
        Self { read, worst: self.worst.with(other.worst), is_stale: self.is_stale && other.is_stale }
    }
}

/// The memory of the sensors of one kind: each ages by itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sensors(Vec<Option<(f64, u64)>>);

impl Sensors {
    /// Hears what the `nth` sensor says and can be believed.
    pub(crate) fn hear(&mut self, nth: usize, celsius: f64, now_ms: u64) {
        if self.0.len() <= nth {
            self.0.resize(nth + 1, None);
        }
        self.0[nth] = Some((celsius, now_ms));
    }

    /// Whether one of them ever said something believable.
    pub(crate) fn were_read(&self) -> bool {
        self.0.iter().any(Option::is_some)
    }

    /// What is known now; nothing when all are lost, or have been missing since the start.
    pub(crate) fn look(&self, slew: Slew, period_s: u32, now_ms: u64) -> Option<Look> {
        let known = self.0.iter().flatten();
        known
            .filter_map(|(celsius, read_ms)| {
                let age_ms = now_ms.saturating_sub(*read_ms);
                (age_ms < LOST_AFTER_MS).then(|| aged(*celsius, age_ms, slew, period_s))
            })
            .reduce(Look::with)
    }
}

fn aged(celsius: f64, age_ms: u64, slew: Slew, period_s: u32) -> Look {
    let is_stale = age_ms > STALE_AFTER_PERIODS * 1000 * u64::from(period_s);
    let age_s = if is_stale { age_ms as f64 / 1000.0 } else { 0.0 };
    let worst =
        Span { hottest_c: celsius + age_s * slew.up_k_per_s, coldest_c: celsius - age_s * slew.down_k_per_s };
    Look { read: Span::at(celsius), worst, is_stale }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLEW: Slew = Slew { up_k_per_s: 0.1, down_k_per_s: 0.5 };

    fn look(sensors: &Sensors, second: u64) -> Option<Look> {
        sensors.look(SLEW, 10, second * 1000)
    }

    #[test]
    fn a_stale_value_is_feared_to_have_moved_for_its_whole_age_and_a_lost_one_is_none() {
        let mut sensors = Sensors::default();
        assert!(look(&sensors, 0).is_none(), "missing since the start");
        sensors.hear(0, 20.0, 0);
        let read = Span::at(20.0);
        for second in [0, 29, 30] {
            assert_eq!(
                look(&sensors, second),
                Some(Look { read, worst: read, is_stale: false }),
                "{second} s"
            );
        }
        let worst = Span { hottest_c: 24.0, coldest_c: 0.0 };
        assert_eq!(look(&sensors, 40), Some(Look { read, worst, is_stale: true }));
        assert!(look(&sensors, 299).is_some());
        assert!(look(&sensors, 300).is_none());
        sensors.hear(0, 21.0, 302_000);
        assert_eq!(look(&sensors, 302).unwrap().read, Span::at(21.0));
    }

    #[test]
    fn of_two_sensors_the_hotter_and_the_colder_are_both_kept() {
        let mut sensors = Sensors::default();
        sensors.hear(0, 20.0, 0);
        sensors.hear(1, 25.0, 0);
        let read = look(&sensors, 1).unwrap().read;
        assert_eq!((read.hottest_c, read.coldest_c, read.width_k()), (25.0, 20.0, 5.0));
    }

    #[test]
    fn of_two_sensors_each_ages_by_itself() {
        let mut sensors = Sensors::default();
        sensors.hear(0, 20.0, 0);
        sensors.hear(1, 25.0, 0);
        sensors.hear(0, 20.0, 40_000);
        let seen = look(&sensors, 40).unwrap();
        assert_eq!((seen.read, seen.is_stale), (Span::at(20.0), false), "the fresh one is read");
        assert_eq!(seen.worst, Span { hottest_c: 29.0, coldest_c: 5.0 }, "the silent one is feared");
        sensors.hear(0, 20.0, 300_000);
        assert_eq!(look(&sensors, 300).unwrap().worst, Span::at(20.0), "the lost one is forgotten");
    }
}
