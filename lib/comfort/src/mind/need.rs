//! What a room is to be in each half hour, and how much that weighs, by who may be there.
//!
//! A room that nobody is in may be cold. What that risks is the cold of those who come; what it saves is the heat that the
//! room would have lost. Both are weighed where nobody says who comes:
//!
//! ```text
//!  need · 0.5 €/K·h   against   heat loss · price of heat
//!    more ──> the bound for people, below which a kelvin costs as much as it is likely to be felt
//!    less ──> the bound without people
//! ```
//! *Need* is not presence: whoever comes is seen and heated for, and only his first half hour needs heat that was made before.

use crate::HALF_HOURS;

use super::draft::Day;
use super::{Mind, hour_of_week};

/// What a kelvin below the bound for an hour is worth to somebody who is there, euro: what the benchmark of
/// `docs/control/benchmark.md` puts on it.
pub(super) const COLD_EUR_PER_K_H: f64 = 0.5;
/// After so long without any word on people, h, nobody is thought away.
const UNWATCHED_H: f64 = 24.0;
/// Bounds closer to each other than this are one, K: no sensor tells them apart.
const SAME_BOUND_K: f64 = 0.05;

/// What is asked of a room in a half hour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bound {
    /// Not colder than this, °C.
    pub(super) low_c: f64,
    /// The share of the usual cost that a shortfall has, 0..=1.
    pub(super) share: f64,
    /// Whether it is planned without people.
    pub(super) vacant: bool,
}

impl Bound {
    /// What is asked at the moment between two half hours: the warmer of both.
    pub(super) fn or(self, other: Self) -> Self {
        if self.low_c == other.low_c {
            let vacant = self.vacant && other.vacant;
            return Self { share: self.share.max(other.share), vacant, ..self };
        }
        if self.low_c > other.low_c { self } else { other }
    }
}

impl Mind {
    /// The bound of each half hour from now.
    pub(super) fn asked(&self, day: &Day<'_>) -> [Bound; HALF_HOURS] {
        let is_unwatched = self.occupancy.blind_for_h() >= UNWATCHED_H;
        let differ = |half: usize| day.low_c[half] - day.vacant_c[half] > SAME_BOUND_K;
        if is_unwatched || !(0..HALF_HOURS).any(differ) {
            return day.low_c.map(|low_c| Bound { low_c, share: 1.0, vacant: false });
        }
        let need = self.occupancy.need(hour_of_week(day.local_s), self.presence(), day.calendar);
        std::array::from_fn(|half| {
            let saved_eur_per_k_h = self.room.model.heat_loss_w_per_k() * day.cost_eur_per_kwh[half] / 1000.0;
            let vacant = need[half] * COLD_EUR_PER_K_H <= saved_eur_per_k_h;
            match (vacant, differ(half)) {
                (true, true) => Bound { low_c: day.vacant_c[half], share: 1.0, vacant },
                (_, false) => Bound { low_c: day.low_c[half], share: 1.0, vacant },
                (false, true) => Bound { low_c: day.low_c[half], share: need[half], vacant },
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mind::{Facts, Heard};
    use crate::observe::Sensed;

    const FACTS: Facts = Facts { rated_w: 1000.0, floor_m2: Some(18.0), volume_m3: Some(45.0) };

    /// A mind that has lived for three weeks, until a Monday's midnight, in a room that `heard` tells of by the hour of the
    /// week.
    fn mind(heard: impl Fn(f64) -> Heard) -> Mind {
        let mut mind = Mind::new(FACTS);
        for quarter in 1..=3 * 7 * 96 {
            let local_s = f64::from(quarter) * 900.0;
            mind.live(local_s, 900.0, &heard(local_s / 3600.0 % 168.0));
        }
        mind
    }

    fn office(hour: f64) -> Heard {
        let people = u32::from(hour < 120.0 && (9.0..17.0).contains(&(hour % 24.0)));
        Heard { people: Some(people), ..unwatched(hour) }
    }

    fn unwatched(_: f64) -> Heard {
        Heard {
            sensed: Sensed { air_c: Some(18.0), ..Sensed::default() },
            outdoor_c: Some(5.0),
            ..Heard::default()
        }
    }

    fn bounds(mind: &Mind, calendar: &[crate::Expected]) -> [Bound; HALF_HOURS] {
        let of = |value: f64| [value; HALF_HOURS];
        mind.asked(&Day {
            local_s: 3.0 * 7.0 * 86_400.0,
            calendar,
            outdoor_c: &of(5.0),
            sun_w_per_m2: &of(0.0),
            low_c: &of(20.0),
            vacant_c: &of(16.0),
            high_c: &of(24.0),
            vacant_high_c: &of(24.0),
            dither_k: &of(0.0),
            capped_h: &of(0.0),
            cold_times: &of(1.0),
            cost_eur_per_kwh: &of(0.2),
            power_min_w: 0.0,
            power_max_w: 1000.0,
        })
    }

    #[test]
    fn an_office_may_be_cold_at_night_and_is_warm_when_people_come() {
        let bounds = bounds(&mind(office), &[]);
        assert_eq!(bounds[8], Bound { low_c: 16.0, share: 1.0, vacant: true }, "at four");
        assert!(bounds[18].low_c == 20.0 && bounds[18].share > 0.7, "at nine: {:?}", bounds[18]);
        assert_eq!(bounds[42].low_c, 16.0, "at nine in the evening");
    }

    #[test]
    fn a_room_that_is_said_to_stay_empty_may_be_cold_and_one_that_nothing_watches_may_not() {
        let closed = crate::Expected { from_h: 0.0, until_h: 24.0, people: 0 };
        assert!(bounds(&mind(office), &[closed]).iter().all(|bound| bound.low_c == 16.0));
        assert!(
            bounds(&mind(unwatched), &[])
                .iter()
                .all(|bound| *bound == Bound { low_c: 20.0, share: 1.0, vacant: false })
        );
    }

    #[test]
    fn of_two_half_hours_the_warmer_counts_and_of_alike_ones_the_weightier() {
        let [cold, warm, unlikely] = [(16.0, 1.0), (20.0, 0.9), (20.0, 0.1)].map(|(low_c, share)| Bound {
            low_c,
            share,
            vacant: false,
        });
        assert_eq!([cold.or(warm), warm.or(cold), unlikely.or(warm)], [warm; 3]);
    }
}
