//! The rules of leases broken on purpose: a simulation that lets one of these pass proves nothing.

use std::fmt;

/// One rule of the protocol, broken in the simulation's wiring around the real parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mutant {
    /// The controller takes shrinking leases for obeyed as soon as they are sent, and lets others grow at once.
    GrowBeforeShrink,
    /// A heater accepts a budget that is older than one it has accepted.
    NoFencing,
    /// The controller counts only the newest grant of a heater, whatever it reports.
    ForgottenGrants,
    /// A heater takes every budget for an answer to its newest heartbeat.
    NoNonce,
    /// A heater forgets over a reboot which epoch it has obeyed.
    FenceNotPersisted,
    /// A lease is counted from when the budget arrives.
    TtlFromReceipt,
    /// A heater counts leases on its wall clock.
    WallClockExpiry,
    /// The controller counts nothing for what heaters take by themselves.
    FallbackNotCounted,
    /// The controller believes one heater's word about budgets for all of them.
    NumbersOfAll,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::GrowBeforeShrink,
        Self::NoFencing,
        Self::ForgottenGrants,
        Self::NoNonce,
        Self::FenceNotPersisted,
        Self::TtlFromReceipt,
        Self::WallClockExpiry,
        Self::FallbackNotCounted,
        Self::NumbersOfAll,
    ];
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GrowBeforeShrink => "grow before shrink",
            Self::NoFencing => "no fencing",
            Self::ForgottenGrants => "forgotten grants",
            Self::NoNonce => "no nonce",
            Self::FenceNotPersisted => "fence not persisted",
            Self::TtlFromReceipt => "ttl from receipt",
            Self::WallClockExpiry => "wall-clock expiry",
            Self::FallbackNotCounted => "fall-back not counted",
            Self::NumbersOfAll => "numbers of all",
        })
    }
}
