//! Who a heater is, and what time it is for it.

use vocabulary::{BootId, Celsius, HeaterId, SiteId, SitePublicKey, Timestamp, Watts};

use crate::outbox::OutboxLimits;

/// One moment on both clocks: only the monotonic one decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant {
    /// Milliseconds since the heater's boot or earlier; never goes back.
    pub mono_ms: u64,
    /// The wall clock, for the time stamps of records.
    pub wall: Timestamp,
}

/// Who a heater is and how it behaves alone.
#[derive(Debug, Clone)]
pub struct AgentSettings {
    /// Its site.
    pub site: SiteId,
    /// Itself.
    pub heater: HeaterId,
    /// The site controller's public key.
    pub key: SitePublicKey,
    /// The most it draws.
    pub rated_w: Watts,
    /// What it may draw without a lease.
    pub fallback_w: Watts,
    /// The setpoint of its own thermostat without a lease.
    pub setback_c: Celsius,
    /// This run.
    pub boot: BootId,
    /// The number of this run.
    pub bn: u64,
    /// Newest epoch accepted in any run before.
    pub fence_epoch: u64,
    /// Time between records.
    pub record_every_ms: u64,
    /// Time between heartbeats.
    pub heartbeat_every_ms: u64,
    /// How much the outbox holds and how patient it is.
    pub outbox: OutboxLimits,
}
