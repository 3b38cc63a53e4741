//! Sharing a cap: the wishes that can best be put off are cut most, the sum fits, and nobody gets more than was wanted.

/// What one claimant wants and how softly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Claim {
    /// Watts wanted, not negative.
    pub(crate) wanted_w: f64,
    /// Watts that would be wanted if there were no end to them: a cold room at full power wants more than it can have.
    pub(crate) unbounded_w: f64,
    /// Watts given up for a price of one more per watt, positive: the inverse of the plan's curvature.
    pub(crate) softness: f64,
}

impl Claim {
    /// Nothing is wanted.
    pub(crate) const NONE: Self = Self { wanted_w: 0.0, unbounded_w: 0.0, softness: 1.0 };

    /// What it takes at the price λ per watt.
    fn at(&self, lambda: f64) -> f64 {
        (self.unbounded_w - lambda * self.softness).clamp(0.0, self.wanted_w)
    }

    /// The prices from which on it takes less than wanted, and nothing.
    fn falls_between(&self) -> (f64, f64) {
        let dry_at = self.unbounded_w.max(self.wanted_w) / self.softness;
        ((dry_at - self.wanted_w / self.softness).max(0.0), dry_at)
    }
}

/// Shares `available_w` over the claims: all of them where it suffices, else what costs least in comfort.
///
/// Water-filling: near its optimum a plan that gets δ watts less costs `δ²/(2·softness)` more, so the cheapest way to fit is
/// one price λ ≥ 0 for all: `given = clamp(unbounded − λ·softness, 0, wanted)` with `Σ given = available`. The sum falls
/// with λ along straight pieces; they are walked in order.
pub(crate) fn share(claims: &[Claim], available_w: f64) -> Vec<f64> {
    let total: f64 = claims.iter().map(|claim| claim.wanted_w).sum();
    let lambda = price(claims, total, available_w.max(0.0));
    claims.iter().map(|claim| if total <= available_w { claim.wanted_w } else { claim.at(lambda) }).collect()
}

fn price(claims: &[Claim], total: f64, available_w: f64) -> f64 {
    let mut bends: Vec<(f64, f64)> = claims
        .iter()
        .filter(|claim| claim.wanted_w > 0.0)
        .flat_map(|claim| {
            let (from, dry) = claim.falls_between();
            [(from, claim.softness), (dry, -claim.softness)]
        })
        .collect();
    bends.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
    let (mut lambda, mut sum, mut slope) = (0.0, total, 0.0);
    for (at, change) in bends {
        let after = sum - slope * (at - lambda);
        if slope > 0.0 && after <= available_w {
            return lambda + (sum - available_w) / slope;
        }
        (lambda, sum, slope) = (at, after, slope + change);
    }
    lambda
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn claim(wanted_w: f64, softness: f64) -> Claim {
        Claim { wanted_w, unbounded_w: wanted_w, softness }
    }

    #[test]
    fn where_it_suffices_all_get_what_they_want() {
        assert_eq!(share(&[claim(300.0, 1.0), claim(200.0, 2.0)], 500.0), [300.0, 200.0]);
    }

    #[test]
    fn the_softest_wish_is_cut_most() {
        let given = share(&[claim(500.0, 1.0), claim(500.0, 4.0)], 600.0);
        assert!((given[0] - 420.0).abs() < 1e-9 && (given[1] - 180.0).abs() < 1e-9, "{given:?}");
        let equal = share(&[claim(500.0, 1.0), claim(500.0, 1.0)], 600.0);
        assert_eq!(equal, [300.0, 300.0]);
    }

    #[test]
    fn who_would_want_more_than_there_is_for_him_is_cut_last() {
        let cold = Claim { wanted_w: 500.0, unbounded_w: 900.0, softness: 1.0 };
        assert_eq!(share(&[cold, claim(500.0, 1.0)], 600.0), [500.0, 100.0]);
        assert_eq!(share(&[cold, claim(500.0, 1.0)], 400.0), [400.0, 0.0]);
    }

    #[test]
    fn nothing_to_share_gives_nothing() {
        assert_eq!(share(&[claim(500.0, 1.0)], 0.0), [0.0]);
        assert_eq!(share(&[claim(500.0, 1.0)], -5.0), [0.0]);
        assert_eq!(share(&[], 100.0), Vec::<f64>::new());
        assert_eq!(share(&[claim(0.0, 1.0), claim(0.0, 1.0)], -1.0), [0.0, 0.0]);
    }

    proptest! {
        #[test]
        fn the_sum_fits_the_cap_and_is_used_up(
            claims in proptest::collection::vec((0.0..2000.0_f64, 1e-3..1e6_f64).prop_map(|(w, n)| claim(w, n)), 0..40),
            available in -100.0..20_000.0_f64,
        ) {
            let given = share(&claims, available);
            let total: f64 = claims.iter().map(|c| c.wanted_w).sum();
            let sum: f64 = given.iter().sum();
            prop_assert!((sum - total.min(available.max(0.0))).abs() < 1e-6, "{} of {} and {}", sum, total, available);
            for (given, claim) in given.iter().zip(&claims) {
                prop_assert!(*given >= 0.0 && *given <= claim.wanted_w + 1e-9);
            }
        }

        #[test]
        fn of_two_equal_wishes_the_softer_never_gets_more(wanted in 1.0..1000.0_f64, a in 0.1..5.0_f64, b in 0.1..5.0_f64, available in 0.0..2000.0_f64) {
            let given = share(&[claim(wanted, a), claim(wanted, b)], available);
            prop_assert!((given[0] - given[1]) * (a - b) <= 1e-9);
        }
    }
}
