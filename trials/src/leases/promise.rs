//! The promises of leases, and the figures in them.

/// What the protocol promises, each of which can be broken alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// All heaters together draw no more than the site's cap.
    SiteCap,
    /// What hangs on a circuit, other load included, draws no more than its cap.
    CircuitCap,
    /// While nothing is wrong, a lowered site cap is obeyed at once.
    CutAtOnce,
    /// No heater draws above its fall-back without a live lease that allows it.
    Lease,
    /// A heater that has tripped draws nothing.
    Tripped,
    /// Every heater leaves fall-back and all other states when faults have ended.
    Exit,
    /// While nothing is wrong, heaters draw most of what is wanted and fits.
    UsefulPower,
    /// When faults have ended, all power that fits is back in time.
    FullPower,
    /// A second controller at work is told, in time.
    Alarm,
    /// No second controller is told of where there is none.
    NoFalseAlarm,
}

/// A promise of leases that was broken.
pub type Violation = crate::simulation::Violation<Rule>;

/// A lowered cap counts from here on: the leases from before it have ended, the step of a second in which a heater looks
/// at its clock and the half one in which the controller reads the book included.
pub(super) const LOWERED_CAP_COUNTS_AFTER_MS: u64 = 60_000;
/// Where nothing is wrong a lowered cap is obeyed within this: heaters are told at once, and a second is a step.
pub(super) const CONNECTED_OBEY_WITHIN_MS: u64 = 12_000;
/// Full power is back within this of the last fault.
pub(super) const FULL_POWER_WITHIN_MS: u64 = 60_000;
/// A heater of which this run of the controller knows nothing counts at its rating for so long (an earlier run may have
/// granted it that); full power is due only after it, where such a heater is gone for good.
pub(super) const UNKNOWN_COUNTS_RATED_MS: u64 = 310_000;
/// Of what is wanted and fits below the caps, at least this much is drawn in a world without faults, while rooms change
/// their minds and caps move. The rest is what safety costs: a growing lease waits until the shrinking one has been
/// reported, which takes one heartbeat and one cycle of ten seconds each.
pub(super) const USEFUL_SHARE: f64 = 0.7;
/// Two controllers that both hear and speak are told of within this.
pub(super) const ALARM_WITHIN_MS: u64 = 120_000;
