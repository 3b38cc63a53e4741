//! The bounds that a room's day is planned for: with people or without, with the margin, at the ends of the plan's steps.

use crate::HALF_HOURS;

use super::draft::{Day, Steps};

/// A bound that rises by this is worth a word, K.
const RISE_K: f64 = 0.1;
/// So long before people come a vacant room may be warmed for them: a house that was cold for days takes half a day.
const RETURN_HALF_HOURS: usize = 24;

/// Bounds at the ends of the steps, °C.
#[derive(Debug, Clone)]
pub(super) struct Bounds {
    /// Lower, without margin and dither.
    asked_c: [f64; HALF_HOURS],
    /// Lower, with both.
    pub(super) low_c: [f64; HALF_HOURS],
    /// Upper.
    pub(super) high_c: [f64; HALF_HOURS],
    /// What is asked for now.
    pub(super) now_c: f64,
    /// How much above it the room is kept now, so that it shows how it answers, K.
    pub(super) dither_now_k: f64,
}

impl Bounds {
    /// Those of a day whose half hours are planned without people where `vacant` says so.
    pub(super) fn of(day: &Day<'_>, vacant: &[bool; HALF_HOURS], steps: &Steps, margin_k: f64) -> Self {
        let asked_c = |half: usize| if vacant[half] { day.vacant_c[half] } else { day.low_c[half] };
        let stays_vacant = |half: usize| vacant[half..].iter().take(RETURN_HALF_HOURS).all(|vacant| *vacant);
        let top_c = |half: usize| if stays_vacant(half) { day.vacant_high_c[half] } else { day.high_c[half] };
        let dither_k = |half: usize| {
            let room_k = (top_c(half) - asked_c(half)).max(0.0);
            if vacant[half] { day.dither_k[half].min(room_k) } else { 0.0 }
        };
        let ends = std::array::from_fn(|k| steps.halves_at_end(k));
        let at_ends = |of: &dyn Fn(usize) -> f64| ends.map(|(before, after)| of(before).max(of(after)));
        let tops_c = ends.map(|(before, after)| top_c(before).min(top_c(after)));
        let asked_at_ends_c = at_ends(&asked_c);
        let dithered_c = at_ends(&|half| asked_c(half) + dither_k(half));
        // A margin does not lead out of the band: where the law holds both of its ends together there is none.
        let low_c: [f64; HALF_HOURS] =
            std::array::from_fn(|k| (dithered_c[k] + margin_k).min(tops_c[k].max(asked_at_ends_c[k])));
        Self {
            high_c: std::array::from_fn(|k| tops_c[k].max(low_c[k])),
            low_c,
            asked_c: asked_at_ends_c,
            now_c: asked_c(0),
            dither_now_k: dither_k(0),
        }
    }

    /// The first step at whose end more is asked for than now, and how much, °C.
    pub(super) fn rise(&self) -> Option<(usize, f64)> {
        let mut asked = self.asked_c.iter().copied().enumerate();
        asked.find(|(_, asked_c)| *asked_c > self.now_c + RISE_K)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [f64; HALF_HOURS] = [0.0; HALF_HOURS];

    /// 20 °C with people and 16 without, at most 24 and without people 18; nobody for the first `empty` half hours.
    fn bounds(empty: usize, dither_k: [f64; HALF_HOURS], margin_k: f64, high_c: f64) -> Bounds {
        let vacant = std::array::from_fn(|half| half < empty);
        let day = Day {
            local_s: 0.0,
            calendar: &[],
            outdoor_c: &NONE,
            sun_w_per_m2: &NONE,
            low_c: &[20.0; HALF_HOURS],
            vacant_c: &[16.0; HALF_HOURS],
            high_c: &[high_c; HALF_HOURS],
            vacant_high_c: &[18.0; HALF_HOURS],
            dither_k: &dither_k,
            cost_eur_per_kwh: &NONE,
            power_min_w: 0.0,
            power_max_w: 0.0,
        };
        Bounds::of(&day, &vacant, &Steps::from(0.0), margin_k)
    }

    #[test]
    fn a_room_is_kept_for_people_from_the_moment_they_are_expected() {
        let bounds = bounds(30, NONE, 0.1, 24.0);
        assert_eq!((bounds.now_c, bounds.low_c[28], bounds.low_c[29]), (16.0, 16.1, 20.1));
        assert_eq!(bounds.rise(), Some((29, 20.0)));
    }

    #[test]
    fn a_vacant_room_has_its_own_upper_end_until_twelve_hours_before_people_come() {
        let bounds = bounds(30, NONE, 0.1, 24.0);
        assert_eq!((bounds.high_c[4], bounds.high_c[7], bounds.high_c[40]), (18.0, 24.0, 24.0));
    }

    #[test]
    fn a_margin_does_not_lead_out_of_the_band() {
        let bounds = bounds(0, NONE, 0.3, 20.0);
        assert_eq!((bounds.low_c[9], bounds.high_c[9]), (20.0, 20.0));
        assert_eq!(bounds.rise(), None);
    }

    #[test]
    fn a_dither_is_only_ever_warmer_only_without_people_and_within_the_band() {
        let dithered = bounds(30, [0.4; HALF_HOURS], 0.0, 24.0);
        let plain = bounds(30, NONE, 0.0, 24.0);
        assert_eq!((dithered.low_c[0], dithered.now_c, dithered.dither_now_k), (16.4, 16.0, 0.4));
        assert_eq!(dithered.low_c[29..], plain.low_c[29..], "with people nothing is dithered");
        assert_eq!(dithered.rise(), plain.rise(), "a dither is no rise");
        let full = bounds(48, [9.0; HALF_HOURS], 0.0, 24.0);
        assert_eq!(full.low_c[9], 18.0);
    }
}
