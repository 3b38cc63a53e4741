//! The computing work there is, by half hours of the day ahead, and what it earns: heat made by it costs that much less, and
//! heat beyond it the full price.

use comfort::{Cap, HALF_HOUR_S, HALF_HOURS};
use vocabulary::{SiteWork, Timestamp};

use crate::image::Snapshot;

const HALF_HOUR_MS: i64 = 1_800_000;
/// Nobody earns more with a kilowatt-hour: a bound against a slip of the pen, euro.
const MOST_EUR_PER_KWH: f64 = 10.0;

/// Work and its value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Supply {
    work_w: [f64; HALF_HOURS],
    value_eur_per_kwh: f64,
}

impl Supply {
    /// What was said of work. Where nothing is said of a half hour, there is as much as now.
    pub(crate) fn of(snapshot: &Snapshot, now: Timestamp) -> Self {
        let Some(work) = &snapshot.work else {
            return Self { work_w: [0.0; HALF_HOURS], value_eur_per_kwh: 0.0 };
        };
        let value_eur_per_kwh = if work.value_eur_per_kwh.is_finite() { work.value_eur_per_kwh } else { 0.0 };
        Self {
            work_w: std::array::from_fn(|k| work_w(work, now, k)),
            value_eur_per_kwh: value_eur_per_kwh.clamp(0.0, MOST_EUR_PER_KWH),
        }
    }

    /// What a kilowatt-hour of heat earns in a half hour while there is work for it, euro.
    pub(crate) fn earned_eur_per_kwh(&self, half_hour: usize) -> f64 {
        if self.work_w[half_hour] > 0.0 { self.value_eur_per_kwh } else { 0.0 }
    }

    /// The work there is now, W, where heat beyond it costs more.
    pub(crate) fn earning_w(&self) -> Option<f64> {
        (self.earned_eur_per_kwh(0) > 0.0).then_some(self.work_w[0])
    }

    /// The work as a cap over the whole site, soft at what it earns; `None` where work earns nothing. The first step of the
    /// plan lasts `first_s`.
    pub(crate) fn cap(&self, first_s: f64) -> Option<Cap> {
        let cost_per_w = |k: usize| {
            let step_s = if k == 0 { first_s } else { HALF_HOUR_S };
            self.earned_eur_per_kwh(k) * step_s / 3.6e6
        };
        (self.value_eur_per_kwh > 0.0).then(|| Cap {
            above: None,
            limit_w: self.work_w.to_vec(),
            excess_cost_per_w: Some((0..HALF_HOURS).map(cost_per_w).collect()),
        })
    }
}

fn work_w(work: &SiteWork, now: Timestamp, half_hour: usize) -> f64 {
    let middle = now.plus_ms(half_hour as i64 * HALF_HOUR_MS + HALF_HOUR_MS / 2);
    let said = work.expected.iter().find(|(from, to, _)| (*from..*to).contains(&middle));
    match said {
        Some((_, _, watts)) if half_hour > 0 => watts.real(),
        _ => work.available_w.real(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::Watts;

    const NOW: Timestamp = Timestamp::from_ms(1_763_632_000_000);

    fn snapshot(available_w: u32, value_eur_per_kwh: f64) -> Snapshot {
        let watts = |whole| Watts::new(whole).unwrap();
        let hour = |nth: i64| NOW.plus_ms(nth * 2 * HALF_HOUR_MS);
        Snapshot {
            work: Some(SiteWork {
                available_w: watts(available_w),
                expected: vec![(hour(1), hour(2), watts(0)), (hour(2), hour(3), watts(700))],
                value_eur_per_kwh,
                must_run: vec![],
                until: hour(1),
            }),
            ..Snapshot::default()
        }
    }

    #[test]
    fn work_is_as_announced_and_where_nothing_is_said_as_now() {
        let supply = Supply::of(&snapshot(1_000, 0.15), NOW);
        assert_eq!(supply.work_w[..7], [1_000.0, 1_000.0, 0.0, 0.0, 700.0, 700.0, 1_000.0]);
        assert_eq!(supply.earning_w(), Some(1_000.0));
        assert_eq!([1, 2, 4].map(|half| supply.earned_eur_per_kwh(half)), [0.15, 0.0, 0.15]);
    }

    #[test]
    fn heat_beyond_the_work_pays_back_what_the_work_earns() {
        let cap = Supply::of(&snapshot(1_000, 0.15), NOW).cap(900.0).unwrap();
        let costs = cap.excess_cost_per_w.unwrap();
        assert!(
            (costs[0] - 0.15 * 0.25 / 1000.0).abs() < 1e-12 && (costs[1] - 0.15 * 0.5 / 1000.0).abs() < 1e-12
        );
        assert_eq!((cap.limit_w[0], costs[2]), (1_000.0, 0.0));
    }

    #[test]
    fn work_that_earns_nothing_or_no_number_is_no_cap() {
        for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let supply = Supply::of(&snapshot(1_000, value), NOW);
            assert_eq!((supply.cap(900.0), supply.earning_w()), (None, None), "{value}");
        }
        assert_eq!(Supply::of(&Snapshot::default(), NOW).cap(900.0), None);
    }
}
