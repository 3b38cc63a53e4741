//! The oracle: keeps its own account of true time. It knows when each heartbeat was really sent, so when each lease
//! really ends, and which cap is really due, and cries when a promise is broken.

use std::collections::{BTreeMap, VecDeque};

use vocabulary::{BootId, Budget};

use super::promise::{LOWERED_CAP_COUNTS_AFTER_MS, Rule, Violation};

/// A heater looks at its clock once a second, and clocks of a minute differ by less than a tenth.
const STEP_MS: u64 = 1_100;
/// Leases far over are forgotten.
const FORGOTTEN_AFTER_MS: u64 = 10_000;

struct Lease {
    boot: BootId,
    seq: (u64, u64),
    watts: f64,
    ends_ms: u64,
    arrived: bool,
}

/// Knows all, and keeps the first violation.
#[derive(Default)]
pub(super) struct Oracle {
    /// When each heartbeat was sent, by heater, boot and number.
    sent: BTreeMap<(usize, BootId, u64), u64>,
    leases: BTreeMap<usize, Vec<Lease>>,
    pub(super) violation: Option<Violation>,
}

impl Oracle {
    pub(super) fn cry(&mut self, rule: Rule, at_ms: u64, what: String) {
        self.violation.get_or_insert(Violation { rule, at_ms, what });
    }

    /// A heater sent a heartbeat.
    pub(super) fn beat(&mut self, heater: usize, boot: BootId, n: u64, now_ms: u64) {
        self.sent.insert((heater, boot, n), now_ms);
    }

    /// A controller issued a budget.
    pub(super) fn issued(&mut self, heater: usize, budget: &Budget, now_ms: u64) {
        let Some(sent_ms) = self.sent.get(&(heater, budget.boot, budget.n)) else { return };
        let leases = self.leases.entry(heater).or_default();
        leases.retain(|lease| lease.ends_ms + FORGOTTEN_AFTER_MS > now_ms);
        leases.push(Lease {
            boot: budget.boot,
            seq: (budget.epoch, budget.seq),
            watts: budget.watts.real(),
            ends_ms: sent_ms + u64::from(budget.ttl_s) * 1_000,
            arrived: false,
        });
    }

    /// A budget reached a heater, whatever that makes of it.
    pub(super) fn arrived(&mut self, heater: usize, budget: &Budget) {
        for lease in self.leases.entry(heater).or_default() {
            lease.arrived |= lease.seq == (budget.epoch, budget.seq);
        }
    }

    /// Whether a heater may draw so much: by its own right or by a lease that is alive in true time.
    pub(super) fn judge(&mut self, heater: usize, boot: BootId, drawn_w: f64, fallback_w: f64, now_ms: u64) {
        if drawn_w <= fallback_w {
            return;
        }
        let is_alive = |lease: &&Lease| {
            lease.boot == boot && lease.arrived && now_ms < lease.ends_ms + STEP_MS && drawn_w <= lease.watts
        };
        if self.leases.get(&heater).and_then(|leases| leases.iter().find(is_alive)).is_none() {
            let what = format!(
                "heater {heater} draws {drawn_w} W without a live lease for it; its fall-back is {fallback_w} W"
            );
            self.cry(Rule::Lease, now_ms, what);
        }
    }
}

/// What a cap has been over the last minute: a lowered one counts only after it.
pub(super) struct DueCap {
    /// `(since, watts)`, oldest first; never empty.
    values: VecDeque<(u64, f64)>,
}

impl DueCap {
    pub(super) fn new(watts: f64) -> Self {
        Self { values: VecDeque::from([(0, watts)]) }
    }

    /// The cap is this from now on.
    pub(super) fn set(&mut self, watts: f64, now_ms: u64) {
        if self.values.back().is_none_or(|last| last.1 != watts) {
            self.values.push_back((now_ms, watts));
        }
        // Whatever was followed by another value long ago counts no more.
        while self.values.get(1).is_some_and(|next| next.0 + LOWERED_CAP_COUNTS_AFTER_MS < now_ms) {
            self.values.pop_front();
        }
    }

    /// What hangs below the cap was changed: it counts anew.
    pub(super) fn excuse(&mut self, now_ms: u64) {
        let last = self.values.back().expect("a cap has a value").1;
        self.values.push_back((now_ms, f64::INFINITY));
        self.values.push_back((now_ms, last));
    }

    /// The most that it was in the last minute.
    pub(super) fn due_w(&self) -> f64 {
        self.values.iter().map(|value| value.1).fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::{Celsius, HeaterId, Watts};

    const BOOT: BootId = BootId::from_bits(1);

    /// Heartbeat 1 was sent at 5 s; a lease of 60 s over 500 W answers it.
    fn broken(arrived: bool, boot: BootId, drawn_w: f64, at_ms: u64) -> bool {
        let budget = Budget {
            heater: HeaterId::new("h-1").unwrap(),
            boot: BOOT,
            n: 1,
            epoch: 1,
            seq: 1,
            watts: Watts::new(500).unwrap(),
            heat_w: Watts::new(500).unwrap(),
            setpoint_c: Celsius::from_hundredths(2_000),
            hi_c: Celsius::from_hundredths(2_200),
            ttl_s: 60,
            maintenance: vocabulary::Maintenance::default(),
        };
        let mut oracle = Oracle::default();
        oracle.beat(0, BOOT, 1, 5_000);
        oracle.issued(0, &budget, 50_000);
        if arrived {
            oracle.arrived(0, &budget);
        }
        oracle.judge(0, boot, drawn_w, 100.0, at_ms);
        oracle.violation.is_some()
    }

    #[test]
    fn a_lease_is_alive_from_its_arrival_until_ttl_after_its_heartbeat() {
        assert!(!broken(true, BOOT, 500.0, 65_500));
        assert!(broken(true, BOOT, 500.0, 66_100), "its heartbeat was sent at 5 s");
        assert!(broken(true, BOOT, 501.0, 60_000));
        assert!(broken(false, BOOT, 500.0, 60_000));
        assert!(broken(true, BootId::from_bits(2), 500.0, 60_000), "another boot's lease");
        assert!(!broken(false, BOOT, 100.0, 900_000), "by its own right");
    }

    #[test]
    fn a_lowered_cap_counts_after_a_minute_and_a_raised_one_at_once() {
        let mut cap = DueCap::new(1_000.0);
        cap.set(600.0, 10_000);
        cap.set(600.0, 10_000 + LOWERED_CAP_COUNTS_AFTER_MS);
        assert_eq!(cap.due_w(), 1_000.0);
        cap.set(600.0, 10_001 + LOWERED_CAP_COUNTS_AFTER_MS);
        assert_eq!(cap.due_w(), 600.0);
        cap.set(800.0, 100_000);
        assert_eq!(cap.due_w(), 800.0);
    }
}
