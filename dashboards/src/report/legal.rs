//! How warm heating made premises, against the means that French law allows: 19 °C while people use them, 16 °C where they
//! have been empty for a day, 8 °C for two (Code de l'énergie, R241-26 and R241-27).
//!
//! The law bounds what is heated, not what the sun warms: only hours in which heaters drew count. The controller bounds
//! setpoints so that the means are kept (`docs/control/rules.md`); this tells what became of it.

/// R241-26.
const MEAN_C: f64 = 19.0;
/// R241-27: the most in premises that have been empty for so many hours.
const EMPTY_A_DAY: (f64, f64) = (24.0, 16.0);
const EMPTY_TWO_DAYS: (f64, f64) = (48.0, 8.0);
/// Premises are heated in an hour in which a room draws this much on average; less is what computers draw at rest.
const HEATED_W: f64 = 20.0;

/// One room of the premises, a step each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heated<'a> {
    /// Its mean temperature, °C.
    pub(crate) temperature_c: &'a [Option<f64>],
    /// What its heaters drew, Wh.
    pub(crate) wh: &'a [Option<f64>],
    /// The part of the step in which somebody was there, 0 to 1.
    pub(crate) occupied: &'a [Option<f64>],
}

/// Hours, and those of them in which the mean was above its bound.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Bounded {
    pub(crate) hours: f64,
    pub(crate) above_h: f64,
}

impl Bounded {
    fn count(&mut self, hours: f64, is_above: bool) {
        self.hours += hours;
        self.above_h += if is_above { hours } else { 0.0 };
    }

    /// The share of hours above the bound, 0 to 1; `None` where there were none.
    pub(crate) fn above(self) -> Option<f64> {
        (self.hours > 0.0).then(|| self.above_h / self.hours)
    }
}

/// What the law looks at, of some premises or of several together.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Means {
    /// Heated hours, and those above 19 °C.
    pub(crate) heated: Bounded,
    /// Kelvins times heated hours, for their mean.
    pub(crate) heated_kh: f64,
    /// Hours in which the premises had been empty for a day, and those in which they were heated above 16 °C.
    pub(crate) empty_a_day: Bounded,
    /// The same for two days and 8 °C.
    pub(crate) empty_two_days: Bounded,
    /// Hours of which temperature and power are known.
    pub(crate) known_h: f64,
    /// All hours.
    pub(crate) all_h: f64,
}

impl Means {
    /// Of two premises together.
    pub(crate) fn and(self, other: Self) -> Self {
        let both =
            |a: Bounded, b: Bounded| Bounded { hours: a.hours + b.hours, above_h: a.above_h + b.above_h };
        Self {
            heated: both(self.heated, other.heated),
            heated_kh: self.heated_kh + other.heated_kh,
            empty_a_day: both(self.empty_a_day, other.empty_a_day),
            empty_two_days: both(self.empty_two_days, other.empty_two_days),
            known_h: self.known_h + other.known_h,
            all_h: self.all_h + other.all_h,
        }
    }

    /// The mean temperature of heated hours, °C.
    pub(crate) fn heated_mean_c(self) -> Option<f64> {
        (self.heated.hours > 0.0).then(|| self.heated_kh / self.heated.hours)
    }
}

/// Judges premises over steps of these lengths, hours. The mean is over rooms, each as much as the other: their volumes
/// are in no book.
pub(crate) fn means(rooms: &[Heated<'_>], lengths_h: &[f64]) -> Means {
    let mut means = Means::default();
    let mut empty_h = 0.0;
    for (step, length_h) in lengths_h.iter().enumerate() {
        let at = |line: &[Option<f64>]| line.get(step).copied().flatten();
        let temperatures: Vec<f64> = rooms.iter().filter_map(|room| at(room.temperature_c)).collect();
        let mean_c =
            (!temperatures.is_empty()).then(|| temperatures.iter().sum::<f64>() / temperatures.len() as f64);
        let drawn: Vec<f64> = rooms.iter().filter_map(|room| at(room.wh)).collect();
        let is_heated = drawn.iter().any(|wh| *wh > HEATED_W * length_h);
        let is_empty = !rooms.is_empty() && rooms.iter().all(|room| at(room.occupied) == Some(0.0));
        empty_h = if is_empty { empty_h + length_h } else { 0.0 };
        means.all_h += length_h;
        let Some(mean_c) = mean_c.filter(|_| !drawn.is_empty()) else { continue };
        means.known_h += length_h;
        if is_heated {
            means.heated.count(*length_h, mean_c > MEAN_C);
            means.heated_kh += mean_c * length_h;
        }
        for (bounded, (after_h, most_c)) in
            [(&mut means.empty_a_day, EMPTY_A_DAY), (&mut means.empty_two_days, EMPTY_TWO_DAYS)]
        {
            if empty_h > after_h {
                bounded.count(*length_h, is_heated && mean_c > most_c);
            }
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_heated_hours_count_and_rooms_alike() {
        let a = Heated {
            temperature_c: &[Some(20.0), Some(21.0), Some(25.0), None],
            wh: &[Some(400.0), Some(400.0), Some(5.0), Some(400.0)],
            occupied: &[],
        };
        let b =
            Heated { temperature_c: &[Some(17.0), Some(18.0), Some(25.0), None], wh: &[Some(0.0); 4], ..a };
        let means = means(&[a, b], &[1.0; 4]);
        // 18.5 and 19.5 in heated hours; 25 by the sun; then nothing is known.
        assert_eq!((means.heated.hours, means.heated.above_h), (2.0, 1.0));
        assert_eq!((means.heated_mean_c(), means.known_h, means.all_h), (Some(19.0), 3.0, 4.0));
        assert_eq!(means.empty_a_day.above(), None, "nobody knows who was there");
    }

    #[test]
    fn premises_that_stand_empty_are_judged_from_the_second_day_on() {
        let hours = 60;
        let temperature_c: Vec<_> = (0..hours).map(|h| Some(if h < 30 { 17.0 } else { 12.0 })).collect();
        let (wh, mut occupied) = (vec![Some(300.0); hours], vec![Some(0.0); hours]);
        occupied[0] = Some(0.5);
        let room = Heated { temperature_c: &temperature_c, wh: &wh, occupied: &occupied };
        let means = means(&[room], &vec![1.0; hours]);
        // Empty from 1 on: over 24 h from hour 25 on, over 48 h from hour 49 on.
        assert_eq!((means.empty_a_day.hours, means.empty_a_day.above_h), (35.0, 5.0));
        assert_eq!((means.empty_two_days.hours, means.empty_two_days.above_h), (11.0, 11.0));
    }
}
