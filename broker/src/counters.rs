//! What the broker counts, for `/metrics` and for tests: nothing is refused, dropped or lost without a number.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counts {
    ($($variant:ident => $name:literal $(/ $reason:literal)?,)*) => {
        /// One number.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Count { $($variant,)* }

        const TABLE: &[(&str, Option<&str>)] = &[$(($name, counts!(@reason $($reason)?)),)*];
    };
    (@reason) => { None };
    (@reason $reason:literal) => { Some($reason) };
}

counts! {
    Connections => "connections",
    ConnectionsTotal => "connections_total",
    RefusedFull => "connections_refused_total" / "full",
    RefusedAddress => "connections_refused_total" / "address",
    RefusedCrowded => "connections_refused_total" / "crowded",
    RefusedSlow => "connections_refused_total" / "timeout",
    RefusedMalformed => "connections_refused_total" / "malformed",
    RefusedOversized => "connections_refused_total" / "oversized",
    RefusedProtocol => "connections_refused_total" / "protocol",
    RefusedClientId => "connections_refused_total" / "client_id",
    RefusedCredential => "connections_refused_total" / "credential",
    RefusedWill => "connections_refused_total" / "will",
    RefusedUnavailable => "connections_refused_total" / "unavailable",
    RefusedTls => "connections_refused_total" / "tls",
    ClosedByClient => "connections_closed_total" / "client",
    ClosedLost => "connections_closed_total" / "lost",
    ClosedKeepAlive => "connections_closed_total" / "keep_alive",
    ClosedStalled => "connections_closed_total" / "stalled",
    ClosedTakenOver => "connections_closed_total" / "taken_over",
    ClosedRevoked => "connections_closed_total" / "revoked",
    ClosedDenied => "connections_closed_total" / "denied",
    ClosedMalformed => "connections_closed_total" / "malformed",
    ClosedOversized => "connections_closed_total" / "oversized",
    ClosedProtocol => "connections_closed_total" / "protocol",
    ClosedShutdown => "connections_closed_total" / "shutdown",
    Held => "clients_held_total",
    ClosedPanic => "connections_closed_total" / "panic",
    MessagesIn => "messages_in_total",
    MessagesOut => "messages_out_total",
    DeniedTopic => "publishes_denied_total" / "topic",
    DeniedRole => "publishes_denied_total" / "role",
    DeniedOversized => "publishes_denied_total" / "oversized",
    FilterDeniedMalformed => "filters_denied_total" / "filter",
    FilterDeniedRole => "filters_denied_total" / "role",
    FilterDeniedTooMany => "filters_denied_total" / "too_many",
    DroppedSlowReader => "messages_dropped_total" / "slow_reader",
    DroppedAsleep => "messages_dropped_total" / "asleep",
    DroppedRouter => "messages_dropped_total" / "router",
    RetainedRefused => "retained_refused_total",
    Retained => "retained",
    SessionsAsleep => "sessions_asleep",
    SessionsResumed => "sessions_resumed_total",
    SessionsExpired => "sessions_ended_total" / "expired",
    SessionsTooMany => "sessions_ended_total" / "too_many",
    SessionsRevoked => "sessions_ended_total" / "revoked",
    SessionsCleaned => "sessions_ended_total" / "cleaned",
    ShelfFailed => "shelf_failed_total",
    ShelfDamaged => "shelf_damaged_lines_total",
    RouterRestarts => "router_restarts_total",
    RouterUp => "router_up",
    EnrolmentRefused => "enrolments_refused_total",
    AuditFailed => "audit_failed_total",
}

/// A handle on the broker's numbers; clones share them. A number only grows, except `connections`, `retained`,
/// `sessions_asleep` and `router_up` (0 or 1), which say how it is now.
#[derive(Debug, Clone)]
pub struct Counters(Arc<[AtomicU64]>);

impl Counters {
    pub(crate) fn new() -> Self {
        Self(TABLE.iter().map(|_| AtomicU64::new(0)).collect())
    }

    /// Every number: its name, its reason where a name is divided by reasons, and its value.
    #[must_use]
    pub fn snapshot(&self) -> Vec<(&'static str, Option<&'static str>, u64)> {
        let values = self.0.iter().map(|value| value.load(Ordering::Relaxed));
        TABLE.iter().zip(values).map(|((name, reason), value)| (*name, *reason, value)).collect()
    }

    /// One number by name and reason; 0 for a name that does not exist.
    #[must_use]
    pub fn value(&self, name: &str, reason: Option<&str>) -> u64 {
        let at = TABLE.iter().position(|entry| *entry == (name, reason));
        at.map_or(0, |at| self.0[at].load(Ordering::Relaxed))
    }

    /// Whether the router runs; `/healthz` shows it.
    #[must_use]
    pub fn router_is_up(&self) -> bool {
        self.read(Count::RouterUp) == 1
    }

    pub(crate) fn add(&self, count: Count) {
        self.add_many(count, 1);
    }

    pub(crate) fn add_many(&self, count: Count, n: u64) {
        self.0[count as usize].fetch_add(n, Ordering::Relaxed);
    }

    pub(crate) fn subtract(&self, count: Count) {
        self.0[count as usize].fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn set(&self, count: Count, value: u64) {
        self.0[count as usize].store(value, Ordering::Relaxed);
    }

    pub(crate) fn read(&self, count: Count) -> u64 {
        self.0[count as usize].load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_its_own_name_and_reason() {
        let names: std::collections::BTreeSet<_> = TABLE.iter().collect();
        assert_eq!(names.len(), TABLE.len());
        let counters = Counters::new();
        counters.add(Count::DeniedRole);
        assert_eq!(counters.value("publishes_denied_total", Some("role")), 1);
        assert_eq!(counters.snapshot().iter().map(|(_, _, value)| value).sum::<u64>(), 1);
    }
}
