//! Energy weighed by what each kilowatt-hour cost or emitted: by the hour where that was said, else by what the manager
//! declared, else not at all.

use super::coverage::Coverage;

/// Energy weighed.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Weighed {
    /// The sum of kilowatt-hours times their number.
    pub(crate) total: f64,
    /// Kilowatt-hours weighed by what was said of their hour.
    pub(crate) by_hours_kwh: f64,
    /// Kilowatt-hours weighed by what was declared.
    pub(crate) by_declared_kwh: f64,
    /// Kilowatt-hours that could be weighed, of all that are known.
    pub(crate) coverage: Coverage,
}

/// Weighs the energy of each step; `None` where nobody said or declared any number for it.
pub(crate) fn weigh(wh: &[Option<f64>], per_kwh: &[Option<f64>], declared: Option<f64>) -> Option<Weighed> {
    let mut weighed = Weighed::default();
    for (step, wh) in wh.iter().enumerate() {
        let Some(kwh) = wh.map(|wh| wh / 1000.0) else { continue };
        let said = per_kwh.get(step).copied().flatten();
        weighed.coverage.count(kwh, said.or(declared).is_some());
        if let Some(number) = said {
            weighed.total += kwh * number;
            weighed.by_hours_kwh += kwh;
        } else if let Some(number) = declared {
            weighed.total += kwh * number;
            weighed.by_declared_kwh += kwh;
        }
    }
    (declared.is_some() || per_kwh.iter().any(Option::is_some)).then_some(weighed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WH: [Option<f64>; 4] = [Some(1000.0), Some(2000.0), None, Some(1000.0)];

    #[test]
    fn an_hour_s_own_price_comes_before_the_declared_one() {
        let weighed = weigh(&WH, &[Some(0.3), None, Some(9.0), Some(-0.1)], Some(0.2)).unwrap();
        assert!((weighed.total - 0.6).abs() < 1e-12, "0.3 + 2 · 0.2 − 0.1: {weighed:?}");
        assert_eq!((weighed.by_hours_kwh, weighed.by_declared_kwh), (2.0, 2.0));
        assert_eq!(weighed.coverage.share(), Some(1.0));
    }

    #[test]
    fn what_has_no_price_is_left_out_and_told() {
        let weighed = weigh(&WH, &[Some(0.3)], None).unwrap();
        assert!((weighed.total - 0.3).abs() < 1e-12);
        assert_eq!(weighed.coverage.share(), Some(0.25));
        assert_eq!(weigh(&WH, &[None; 4], None), None, "nobody said anything");
    }
}
