//! How well a room was kept: the share of the time in which people were there and it was in its band, and how cold they had
//! it; and the heat that went into it while it was too warm.

use super::coverage::{Coverage, Sum};

/// A room counts as in its band from this much below its setpoint, as the controller judges it.
const BELOW_K: f64 = 0.5;
/// And to this much above its upper bound: an hour's mean and one sensor are no finer.
const ABOVE_K: f64 = 0.5;

/// What was asked of a room, what it was, and who was there, a step each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept<'a> {
    /// Its mean temperature, °C.
    pub(crate) temperature_c: &'a [Option<f64>],
    /// The setpoint, °C.
    pub(crate) asked_c: &'a [f64],
    /// Its upper bound, °C.
    pub(crate) high_c: f64,
    /// The part of the step in which somebody was there, 0 to 1.
    pub(crate) occupied: &'a [Option<f64>],
    /// What its heaters drew, Wh.
    pub(crate) wh: &'a [Option<f64>],
}

/// How well a room was kept, or several.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Comfort {
    /// Hours in which somebody was there and its temperature is known.
    pub(crate) occupied_h: f64,
    /// Of these, hours in its band.
    pub(crate) in_band_h: f64,
    /// Kelvin below the setpoint times these hours.
    pub(crate) cold_kh: f64,
    /// Hours of which both people and temperature are known, of all.
    pub(crate) coverage: Coverage,
    /// What was drawn while it was above its upper bound, Wh; weighed by what was drawn.
    pub(crate) waste_wh: Sum,
    /// Kelvins times hours, for the mean temperature.
    pub(crate) temperature_kh: Sum,
    /// Hours of which the temperature is known.
    pub(crate) known_h: f64,
}

impl Comfort {
    /// Of two rooms together.
    pub(crate) fn and(self, other: Self) -> Self {
        let both = |a: Sum, b: Sum| Sum { value: a.value + b.value, coverage: a.coverage.and(b.coverage) };
        Self {
            occupied_h: self.occupied_h + other.occupied_h,
            in_band_h: self.in_band_h + other.in_band_h,
            cold_kh: self.cold_kh + other.cold_kh,
            coverage: self.coverage.and(other.coverage),
            waste_wh: both(self.waste_wh, other.waste_wh),
            temperature_kh: both(self.temperature_kh, other.temperature_kh),
            known_h: self.known_h + other.known_h,
        }
    }

    /// The share of occupied time in the band, 0 to 1; `None` where nobody was seen.
    pub(crate) fn in_band(self) -> Option<f64> {
        (self.occupied_h > 0.0).then(|| self.in_band_h / self.occupied_h)
    }

    /// The mean temperature, °C.
    pub(crate) fn mean_c(self) -> Option<f64> {
        (self.known_h > 0.0).then(|| self.temperature_kh.value / self.known_h)
    }
}

/// Judges a room over steps of these lengths, hours.
pub(crate) fn judge(kept: Kept<'_>, lengths_h: &[f64]) -> Comfort {
    let mut comfort = Comfort::default();
    for (step, length_h) in lengths_h.iter().enumerate() {
        let at = |line: &[Option<f64>]| line.get(step).copied().flatten();
        let (temperature_c, occupied) = (at(kept.temperature_c), at(kept.occupied));
        let known = temperature_c.zip(occupied).zip(kept.asked_c.get(step));
        comfort.coverage.count(*length_h, known.is_some());
        if let Some(((temperature_c, occupied), asked_c)) = known {
            let there_h = occupied.clamp(0.0, 1.0) * length_h;
            let band = asked_c - BELOW_K..=kept.high_c.max(*asked_c) + ABOVE_K;
            comfort.occupied_h += there_h;
            comfort.in_band_h += if band.contains(&temperature_c) { there_h } else { 0.0 };
            comfort.cold_kh += (asked_c - temperature_c).max(0.0) * there_h;
        }
        comfort.temperature_kh.add(temperature_c.map(|degrees| degrees * length_h), *length_h);
        comfort.known_h += if temperature_c.is_some() { *length_h } else { 0.0 };
        if let Some(wh) = at(kept.wh) {
            let is_above = |temperature_c: f64| temperature_c > kept.high_c.max(kept.asked_c[step]);
            let wasted = temperature_c.map(|degrees| if is_above(degrees) { wh } else { 0.0 });
            comfort.waste_wh.add(wasted, wh);
        }
    }
    comfort
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_a_room_is_judged_by_hand_like_this() {
        let kept = Kept {
            temperature_c: &[Some(20.4), Some(19.8), Some(18.5), None, Some(23.1), Some(22.2)],
            asked_c: &[20.5; 6],
            high_c: 22.0,
            occupied: &[Some(1.0), Some(1.0), Some(0.5), Some(1.0), Some(1.0), Some(0.0)],
            wh: &[Some(100.0), Some(200.0), Some(300.0), Some(400.0), Some(50.0), Some(25.0)],
        };
        let comfort = judge(kept, &[1.0; 6]);
        // Known: 20.4 in the band, 19.8 too cold by 0.7, 18.5 for half an hour by 2.0, 23.1 above the band.
        assert_eq!((comfort.occupied_h, comfort.in_band_h), (3.5, 1.0));
        assert!((comfort.cold_kh - (0.1 + 0.7 + 0.5 * 2.0)).abs() < 1e-9, "{comfort:?}");
        assert_eq!(comfort.coverage.share(), Some(5.0 / 6.0));
        // Above 22 °C heat is wasted, people or not; what was drawn unseen is not judged.
        assert_eq!(comfort.waste_wh.value, 75.0);
        assert_eq!(comfort.waste_wh.coverage.share(), Some(675.0 / 1075.0));
        assert!((comfort.mean_c().unwrap() - 104.0 / 5.0).abs() < 1e-9);
    }

    #[test]
    fn where_nobody_was_seen_there_is_no_share() {
        let kept = Kept {
            temperature_c: &[Some(20.0)],
            asked_c: &[20.0],
            high_c: 22.0,
            occupied: &[Some(0.0)],
            wh: &[],
        };
        assert_eq!(judge(kept, &[1.0]).in_band(), None);
        assert_eq!(judge(Kept { occupied: &[Some(0.25)], ..kept }, &[1.0]).in_band(), Some(1.0));
    }

    #[test]
    fn a_setpoint_above_the_room_s_own_band_raises_it() {
        let kept = Kept {
            temperature_c: &[Some(24.0)],
            asked_c: &[24.0],
            high_c: 22.0,
            occupied: &[Some(1.0)],
            wh: &[Some(9.0)],
        };
        let comfort = judge(kept, &[1.0]);
        assert_eq!((comfort.in_band(), comfort.waste_wh.value), (Some(1.0), 0.0));
    }
}
