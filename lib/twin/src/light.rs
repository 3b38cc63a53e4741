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

/// Light at desk height in a room with these people in it, lux.
pub(crate) fn illuminance_lux(plan: &RoomPlan, crowd: &Crowd, daylight: &Daylight) -> f64 {
    let from_outside = from_outside_lux(plan, daylight);
    // EN 12464-1 asks for 500 lux on a desk; a whole office comes to less, a living room to much less.
    let lamps = if at_home(plan) { 150.0 } else { 380.0 };
    from_outside + if crowd.stirring && from_outside < ENOUGH_LUX { lamps } else { 0.0 }
}

/// Heat of the lamps while somebody is there who wants light, W. A dwelling's lamps are among its appliances.
pub(crate) fn lamps_w(plan: &RoomPlan, daylight: &Daylight) -> f64 {
    let needed = !at_home(plan) && from_outside_lux(plan, daylight) < ENOUGH_LUX;
    if needed { LAMPS_W_PER_M2 * plan.area_m2 } else { 0.0 }
}

fn from_outside_lux(plan: &RoomPlan, daylight: &Daylight) -> f64 {
    let through_window =
        daylight.on(plan.orientation) * LUMEN_PER_W * WINDOW_TRANSMITTANCE * plan.window_area_m2;
    through_window * REACHES_DESKS / plan.area_m2
}

fn at_home(plan: &RoomPlan) -> bool {
    matches!(plan.usage, RoomUse::Dwelling { .. })
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
        assert_eq!(illuminance_lux(&plan, &Crowd::default(), &night), 0.0);
        assert_eq!(illuminance_lux(&plan, &somebody, &night), 380.0);
        assert!(illuminance_lux(&plan, &somebody, &noon) > 500.0);
        assert_eq!((lamps_w(&plan, &night), lamps_w(&plan, &noon)), (100.0, 0.0));
    }
}
