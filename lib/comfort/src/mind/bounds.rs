//! The bounds that a room's day is planned for: with people or without, with the margin, at the ends of the plan's steps.

use crate::HALF_HOURS;

use super::draft::{Day, Steps};
use super::need::Bound;

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
    /// Lower within the steps, with both: what is told of the plan. At an end between two the stricter one holds.
    pub(super) low_within_c: [f64; HALF_HOURS],
    /// Upper within the steps.
    pub(super) high_within_c: [f64; HALF_HOURS],
    /// The share of the usual cost that a shortfall has, 0..=1.
    pub(super) share: [f64; HALF_HOURS],
    /// What is asked for now.
    pub(super) now: Bound,
    /// How much above it the room is kept now, so that it shows how it answers, K.
    pub(super) dither_now_k: f64,
}

impl Bounds {
    /// Those of a day of which `asked` is asked by half hours, with the margin that belongs to a bound and the reserve that
    /// belongs to a half hour.
    pub(super) fn of(
        day: &Day<'_>,
        asked: &[Bound; HALF_HOURS],
        steps: &Steps,
        (margin_k, reserve_k): (impl Fn(f64) -> f64, impl Fn(usize) -> f64),
    ) -> Self {
        let stays_vacant = |half: usize| asked[half..].iter().take(RETURN_HALF_HOURS).all(|half| half.vacant);
        let top_c = |half: usize| if stays_vacant(half) { day.vacant_high_c[half] } else { day.high_c[half] };
        let dither_k = |half: usize| {
            let room_k = (top_c(half) - asked[half].low_c).max(0.0);
            if asked[half].vacant { day.dither_k[half].min(room_k) } else { 0.0 }
        };
        let ends = std::array::from_fn(|k| steps.halves_at_end(k));
        let tops_c = ends.map(|(before, after)| top_c(before).min(top_c(after)));
        let at_ends = ends.map(|(before, after)| asked[before].or(asked[after]));
        let dithered_c = ends.map(|(before, after)| {
            (asked[before].low_c + dither_k(before)).max(asked[after].low_c + dither_k(after))
        });
        // A margin does not lead out of the band: where the law holds both of its ends together there is none.
        let kept_c = |half: usize, asked_c: f64, dithered_c: f64, top_c: f64| {
            (dithered_c + margin_k(asked_c) + reserve_k(half)).min(top_c.max(asked_c))
        };
        let low_c: [f64; HALF_HOURS] =
            std::array::from_fn(|k| kept_c(ends[k].0, at_ends[k].low_c, dithered_c[k], tops_c[k]));
        let low_within_c = ends.map(|(half, _)| {
            let asked_c = asked[half].low_c;
            kept_c(half, asked_c, asked_c + dither_k(half), top_c(half))
        });
        Self {
            high_c: std::array::from_fn(|k| tops_c[k].max(low_c[k])),
            low_c,
            high_within_c: std::array::from_fn(|k| top_c(ends[k].0).max(low_within_c[k])),
            low_within_c,
            asked_c: at_ends.map(|bound| bound.low_c),
            share: at_ends.map(|bound| bound.share),
            now: asked[0],
            dither_now_k: dither_k(0),
        }
    }

    /// The first step at whose end more is asked for than now, and how much, °C.
    pub(super) fn rise(&self) -> Option<(usize, f64)> {
        let mut asked = self.asked_c.iter().copied().enumerate();
        asked.find(|(_, asked_c)| *asked_c > self.now.low_c + RISE_K)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: [f64; HALF_HOURS] = [0.0; HALF_HOURS];

    /// 20 °C with people and 16 without, at most 24 and without people 18; nobody for the first `empty` half hours.
    fn bounds(empty: usize, dither_k: [f64; HALF_HOURS], margin_k: f64, high_c: f64) -> Bounds {
        let asked = std::array::from_fn(|half| {
            let vacant = half < empty;
            Bound { low_c: if vacant { 16.0 } else { 20.0 }, share: 1.0, vacant }
        });
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
            capped_h: &NONE,
            cold_times: &NONE,
            cost_eur_per_kwh: &NONE,
            power_min_w: 0.0,
            power_max_w: 0.0,
        };
        Bounds::of(&day, &asked, &Steps::from(0.0), (|_| margin_k, |_| 0.0))
    }

    #[test]
    fn a_room_is_kept_for_people_from_the_moment_they_are_expected() {
        let bounds = bounds(30, NONE, 0.1, 24.0);
        assert_eq!((bounds.now.low_c, bounds.low_c[28], bounds.low_c[29]), (16.0, 16.1, 20.1));
        assert_eq!(bounds.rise(), Some((29, 20.0)));
    }

    #[test]
    fn a_bound_is_told_of_the_steps_in_which_it_holds() {
        let bounds = bounds(30, NONE, 0.1, 24.0);
        let steps = |k: usize| (bounds.low_within_c[k], bounds.high_within_c[k]);
        assert_eq!([steps(29), steps(30), steps(47)], [(16.1, 24.0), (20.1, 24.0), (20.1, 24.0)]);
        assert_eq!(
            (bounds.low_c[29], bounds.low_c[30]),
            (20.1, 20.1),
            "at its end the next one's holds already"
        );
        assert_eq!((bounds.high_within_c[6], bounds.high_within_c[7]), (18.0, 24.0));
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
        assert_eq!((dithered.low_c[0], dithered.now.low_c, dithered.dither_now_k), (16.4, 16.0, 0.4));
        assert_eq!(dithered.low_c[29..], plain.low_c[29..], "with people nothing is dithered");
        assert_eq!(dithered.rise(), plain.rise(), "a dither is no rise");
        let full = bounds(48, [9.0; HALF_HOURS], 0.0, 24.0);
        assert_eq!(full.low_c[9], 18.0);
    }
}
