//! Sharing a cap: who misses most is cut least, the sum fits, and nobody gets more than was wanted.

/// What one claimant wants and how badly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Claim {
    /// Watts wanted, not negative.
    pub(crate) wanted_w: f64,
    /// Kelvin missing: the need. Warmer than wanted counts as none.
    pub(crate) need_k: f64,
}

/// A claim without need is still cut only this much before one that misses a kelvin.
const LEAST_NEED_K: f64 = 0.1;

/// Shares `available_w` over the claims: all of them where it suffices, else each is cut in proportion to what it
/// wants and in inverse proportion to its need.
///
/// Water-filling: find λ ≥ 0 with `given = max(0, wanted − λ·wanted/need)` and `Σ given = available`. The sum falls
/// with λ piece by piece, so the claims are taken in the order in which they run dry.
pub(crate) fn share(claims: &[Claim], available_w: f64) -> Vec<f64> {
    let need = |claim: &Claim| claim.need_k.max(LEAST_NEED_K);
    let total: f64 = claims.iter().map(|claim| claim.wanted_w).sum();
    if total <= available_w {
        return claims.iter().map(|claim| claim.wanted_w).collect();
    }
    let available_w = available_w.max(0.0);
    // A claim runs dry when λ reaches its need.
    let mut order: Vec<usize> = (0..claims.len()).collect();
    order.sort_by(|&a, &b| need(&claims[a]).total_cmp(&need(&claims[b])).then(a.cmp(&b)));
    let (mut wanted, mut slope) =
        (total, claims.iter().map(|claim| claim.wanted_w / need(claim)).sum::<f64>());
    let mut lambda = 0.0;
    for &index in &order {
        lambda = if slope > 0.0 { (wanted - available_w) / slope } else { f64::INFINITY };
        if lambda <= need(&claims[index]) {
            break;
        }
        wanted -= claims[index].wanted_w;
        slope -= claims[index].wanted_w / need(&claims[index]);
    }
    claims.iter().map(|claim| (claim.wanted_w * (1.0 - lambda / need(claim))).max(0.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn claim(wanted_w: f64, need_k: f64) -> Claim {
        Claim { wanted_w, need_k }
    }

    #[test]
    fn where_it_suffices_all_get_what_they_want() {
        assert_eq!(share(&[claim(300.0, 1.0), claim(200.0, -2.0)], 500.0), [300.0, 200.0]);
    }

    #[test]
    fn who_misses_most_is_cut_least() {
        let given = share(&[claim(500.0, 2.0), claim(500.0, 0.5)], 600.0);
        assert!((given[0] - 420.0).abs() < 1e-9 && (given[1] - 180.0).abs() < 1e-9, "{given:?}");
        let equal = share(&[claim(500.0, 1.0), claim(500.0, 1.0)], 600.0);
        assert_eq!(equal, [300.0, 300.0]);
    }

    #[test]
    fn nothing_to_share_gives_nothing() {
        assert_eq!(share(&[claim(500.0, 1.0)], 0.0), [0.0]);
        assert_eq!(share(&[claim(500.0, 1.0)], -5.0), [0.0]);
        assert_eq!(share(&[], 100.0), Vec::<f64>::new());
        assert_eq!(share(&[claim(0.0, 1.0), claim(0.0, 0.0)], -1.0), [0.0, 0.0]);
    }

    proptest! {
        #[test]
        fn the_sum_fits_the_cap_and_is_used_up(
            claims in proptest::collection::vec((0.0..2000.0_f64, -5.0..5.0_f64).prop_map(|(w, n)| claim(w, n)), 0..40),
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
        fn of_two_equal_wishes_the_needier_never_gets_less(wanted in 1.0..1000.0_f64, a in 0.0..5.0_f64, b in 0.0..5.0_f64, available in 0.0..2000.0_f64) {
            let given = share(&[claim(wanted, a), claim(wanted, b)], available);
            prop_assert!((given[0] - given[1]) * (a - b) >= -1e-9);
        }
    }
}
