//! From what the heater may draw to what the board is ordered to draw.

use vocabulary::{Budget, Celsius, Mode, Pi};

use crate::board::Order;
use crate::safety::{Sights, Verdict};

/// What the heater may do right now.
#[derive(Debug, Clone, PartialEq)]
pub struct Allowance {
    /// What weighs most of all that holds.
    pub mode: Mode,
    /// The budget in force, where it is obeyed: in [`Mode::Leased`] and as far as its own heat allows in
    /// [`Mode::Derated`].
    pub budget: Option<Budget>,
    /// Never to be passed, watts.
    pub limit_w: f64,
    /// Seconds left of the lease; 0 without one.
    pub lease_left_s: u32,
}

/// The heater's own thermostat, for when it is alone.
pub(super) struct Thermostat {
    pi: Pi,
    setback_c: Celsius,
    /// The range of its power, watts.
    fallback_w: f64,
    stepped_at_ms: Option<u64>,
}

impl Thermostat {
    pub(super) fn new(setback_c: Celsius, fallback_w: f64) -> Self {
        Self { pi: Pi::default(), setback_c, fallback_w, stepped_at_ms: None }
    }

    /// What the board is to draw now.
    pub(super) fn order(&mut self, verdict: &Verdict, allowance: &Allowance, now_ms: u64) -> Order {
        let dt_s = self.stepped_at_ms.map_or(0.0, |last_ms| now_ms.saturating_sub(last_ms) as f64 / 1000.0);
        self.stepped_at_ms = Some(now_ms);
        let limit_w = allowance.limit_w;
        match (allowance.mode, &allowance.budget) {
            (Mode::Boot | Mode::Tripped, _) => Order::OFF,
            // All that is allowed is allowed against frost.
            (Mode::LocalOff, _) => Order { heat_w: limit_w, limit_w },
            (_, Some(budget)) => leased(verdict, budget, limit_w),
            (_, None) => match (verdict.state.beneath(), temperature(&verdict.sights)) {
                (Mode::Fallback, Some(temperature)) => self.keep_setback(temperature, limit_w, dt_s),
                _ => Order { heat_w: limit_w, limit_w },
            },
        }
    }

    fn keep_setback(&mut self, temperature: f64, limit_w: f64, dt_s: f64) -> Order {
        let error_k = self.setback_c.degrees() - temperature;
        let heat_w = self.pi.wanted_w(error_k, self.fallback_w).min(limit_w);
        self.pi.advance(error_k, heat_w, self.fallback_w, dt_s);
        Order { heat_w, limit_w }
    }

    /// What it would take of `rated_w` for the setpoint in force; nothing for a room that nobody sees.
    pub(super) fn wanted_w(&self, allowance: &Allowance, sights: &Sights, rated_w: f64) -> f64 {
        let setpoint_c = allowance.budget.as_ref().map_or(self.setback_c, |budget| budget.setpoint_c);
        let wanted_w = |temperature| self.pi.wanted_w(setpoint_c.degrees() - temperature, rated_w);
        temperature(sights).map_or(0.0, wanted_w)
    }
}

/// The room temperature to heat by; of two, the colder.
fn temperature(sights: &Sights) -> Option<f64> {
    sights.room.map(|room| room.read.coldest_c)
}

/// As the budget says, below the temperature where its room must stop. A stale temperature is feared to have risen since,
/// and of two the hotter counts.
fn leased(verdict: &Verdict, budget: &Budget, limit_w: f64) -> Order {
    let hottest = verdict.sights.room.map(|room| room.worst.hottest_c);
    if hottest.is_some_and(|hottest| hottest < budget.hi_c.degrees()) {
        Order { heat_w: budget.heat_w.real().min(limit_w), limit_w }
    } else {
        Order::OFF
    }
}
