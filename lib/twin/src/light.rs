//! Light on the desks of a room: daylight through the window, and lamps when people need them.

use crate::people::Crowd;
use crate::plan::{RoomPlan, RoomUse};
use crate::sun::Daylight;

/// Luminous efficacy of daylight, lm/W.
const LUMEN_PER_W: f64 = 110.0;
/// Light that passes a window with its frame and curtains, and the part of it that reaches desk height (lumen
/// method).
const WINDOW_TRANSMITTANCE: f64 = 0.55;
const REACHES_DESKS: f64 = 0.2;
/// Below this people switch on lamps.
const ENOUGH_LUX: f64 = 300.0;
/// LED lamps of the same offices, W per m² of floor while lit.
const LAMPS_W_PER_M2: f64 = 5.0;

/// Daylight and lamps in one room.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Light {
    pub(crate) illuminance_lux: f64,
    /// Heat of the lamps, W. A dwelling's lamps are among its appliances.
    pub(crate) lamps_w: f64,
}

/// The light in a room with these people in it.
pub(crate) fn light(plan: &RoomPlan, crowd: &Crowd, daylight: &Daylight) -> Light {
    let through_window =
        daylight.on(plan.orientation) * LUMEN_PER_W * WINDOW_TRANSMITTANCE * plan.window_area_m2;
    let from_outside = through_window * REACHES_DESKS / plan.area_m2;
    let lit = crowd.stirring && from_outside < ENOUGH_LUX;
    let at_home = matches!(plan.usage, RoomUse::Dwelling { .. });
    // EN 12464-1 asks for 500 lux on a desk; a whole office comes to less, a living room to much less.
    let from_lamps = if at_home { 150.0 } else { 380.0 };
    Light {
        illuminance_lux: from_outside + if lit { from_lamps } else { 0.0 },
        lamps_w: if lit && !at_home { LAMPS_W_PER_M2 * plan.area_m2 } else { 0.0 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Orientation;

    #[test]
    fn lamps_burn_at_night_for_people_only() {
        let plan = RoomPlan::typical(20.0, Orientation::South, RoomUse::Storage);
        let somebody = Crowd { people: 1, stirring: true, ..Crowd::default() };
        let (night, noon) = (Daylight::default(), Daylight { south_wm2: 400.0, ..Daylight::default() });
        assert_eq!(light(&plan, &Crowd::default(), &night).illuminance_lux, 0.0);
        assert_eq!(light(&plan, &somebody, &night).illuminance_lux, 380.0);
        assert!(light(&plan, &somebody, &noon).illuminance_lux > 500.0);
        assert_eq!(light(&plan, &somebody, &noon).lamps_w, 0.0);
    }
}
