//! Where the electricity goes: from the grid through heaters into rooms, water and waste, as bands as wide as their power.

use std::fmt::Write as _;

use crate::facts::Building;
use crate::language::Language;

/// How wide all bands together are, of a hundred.
const WIDTH: f64 = 32.0;
/// Where the middle of all bands is.
const MIDDLE: f64 = 50.0;
/// Where the middle of the first and of the last of three lines beside the picture is.
const FIRST: f64 = 100.0 / 6.0;
const LAST: f64 = 500.0 / 6.0;
/// A band is never thinner: what is there can be seen.
const THINNEST: f64 = 1.0;

/// The flow in numbers and bands.
pub(crate) struct Flow {
    pub(crate) grid: String,
    pub(crate) compute: String,
    pub(crate) resistor: String,
    pub(crate) rooms: String,
    pub(crate) waste: String,
    /// Paths in a square of a hundred, stretched by the page.
    pub(crate) compute_band: String,
    pub(crate) resistor_band: String,
    pub(crate) rooms_band: String,
    pub(crate) waste_band: String,
    /// The picture in words.
    pub(crate) words: String,
}

/// `None` where the power drawn, or what computes of it, is not known now.
pub(crate) fn flow(building: &Building, l: Language) -> Option<Flow> {
    let drawn_w = building.drawn_w()?;
    let compute_w = f64::from(building.fresh_state()?.compute_w).min(drawn_w);
    // Rooms and sum are heard at different moments: the one is never more than the other.
    let rooms_w = building.useful_w().unwrap_or_default().min(drawn_w);
    let (resistor_w, waste_w) = (drawn_w - compute_w, drawn_w - rooms_w);
    let share = |watts: f64| if drawn_w > 0.0 { watts / drawn_w } else { 0.0 };
    let kilowatts = |watts: f64| l.quantity(watts / 1000.0, 1, "kW");
    let fill = |name, watts| (name, kilowatts(watts).into());
    let told = [
        fill("grid", drawn_w),
        fill("compute", compute_w),
        fill("resistor", resistor_w),
        fill("rooms", rooms_w),
        fill("waste", waste_w),
    ];
    Some(Flow {
        grid: kilowatts(drawn_w),
        compute: kilowatts(compute_w),
        resistor: kilowatts(resistor_w),
        rooms: kilowatts(rooms_w),
        waste: kilowatts(waste_w),
        compute_band: band((0.0, share(compute_w)), None),
        resistor_band: band((share(compute_w), share(resistor_w)), None),
        rooms_band: band((0.0, share(rooms_w)), Some(FIRST)),
        waste_band: band((share(rooms_w), share(waste_w)), Some(LAST)),
        words: l.tell("flow-words", &told),
    })
}

/// A band from left to right: it begins after the share `before` of all bands, is as wide as the share `of`, and ends where it
/// began or around `at`. Empty for nothing.
fn band((before, of): (f64, f64), at: Option<f64>) -> String {
    let mut path = String::new();
    if of < 1e-3 {
        return path;
    }
    let width = (of * WIDTH).max(THINNEST);
    let left = MIDDLE - WIDTH / 2.0 + before * WIDTH;
    let right = at.map_or(left, |at| at - width / 2.0);
    let (left_end, right_end) = (left + width, right + width);
    let _ = write!(
        path,
        "M0 {left:.1}C50 {left:.1} 50 {right:.1} 100 {right:.1}V{right_end:.1}C50 {right_end:.1} 50 {left_end:.1} 0 {left_end:.1}Z"
    );
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{Trial, book};

    #[test]
    fn what_comes_from_the_grid_goes_somewhere() {
        let trial = Trial::new();
        let building = trial.app.building(&book()).unwrap();
        let flow = flow(&building, Language::English).unwrap();
        // 824 W, 700 W of which compute; both rooms that draw their 412 W want it.
        let told = [&flow.grid, &flow.compute, &flow.resistor, &flow.rooms, &flow.waste];
        assert_eq!(
            told.map(|text| text.replace('\u{a0}', " ")),
            ["0.8 kW", "0.7 kW", "0.1 kW", "0.8 kW", "0.0 kW"]
        );
        assert!(flow.compute_band.starts_with("M0 34.0") && flow.waste_band.is_empty());
        assert!(flow.words.contains("0.7\u{a0}kW"), "{}", flow.words);
    }

    #[test]
    fn a_band_is_as_wide_as_its_share_and_lies_beside_the_one_before() {
        assert_eq!(band((0.0, 0.5), None), "M0 34.0C50 34.0 50 34.0 100 34.0V50.0C50 50.0 50 50.0 0 50.0Z");
        assert!(band((0.5, 0.5), Some(LAST)).starts_with("M0 50.0C50 50.0 50 75.3 100 75.3V91.3"));
        assert_eq!(band((0.3, 0.0), None), "", "nothing flows");
    }

    #[test]
    fn of_a_silent_building_no_flow_is_drawn() {
        let trial = Trial::silent(&[book()]);
        let building = trial.app.building(&book()).unwrap();
        assert!(flow(&building, Language::French).is_none());
    }
}
