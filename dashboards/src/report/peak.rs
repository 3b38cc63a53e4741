//! The highest mean power over ten minutes, as tariffs count it, and how much of the cap it was.

use vocabulary::Timestamp;

/// Tariffs and this report count means over so long.
pub(crate) const MEAN_MS: i64 = 10 * 60_000;
/// So many of them make an hour.
pub(crate) const MEANS_AN_HOUR: usize = 6;
/// In longer periods the ten minutes are looked for in this many hours: those with the highest means.
pub(crate) const SEARCHED_HOURS: usize = 168;

/// The highest ten minutes of a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Peak {
    /// When they began.
    pub(crate) at: Timestamp,
    /// Watts.
    pub(crate) mean_w: f64,
    /// The cap in force then, W.
    pub(crate) cap_w: Option<f64>,
}

impl Peak {
    /// How much of the cap it was; 1 is all of it.
    pub(crate) fn of_cap(self) -> Option<f64> {
        self.cap_w.filter(|cap_w| *cap_w > 0.0).map(|cap_w| self.mean_w / cap_w)
    }

    /// The higher of two.
    pub(crate) fn or(self, other: Self) -> Self {
        if other.mean_w > self.mean_w { other } else { self }
    }
}

/// How finely the hours that were searched are kept: of what is older than its readings are, history has the mean of each hour
/// alone, which is lower than its highest ten minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Fineness {
    /// Hours of which anything is kept.
    pub(crate) hours: usize,
    /// Of these, those of which the whole hour's mean is kept.
    pub(crate) whole: usize,
}

impl Fineness {
    /// Takes one hour.
    pub(crate) fn note(&mut self, is_known: bool, is_whole: bool) {
        self.hours += usize::from(is_known);
        self.whole += usize::from(is_whole);
    }
}

/// The hours in which the highest ten minutes are looked for: the steps of the highest energies, ascending by time.
pub(crate) fn searched(wh: &[Option<f64>]) -> Vec<usize> {
    let mut known: Vec<(usize, f64)> =
        wh.iter().enumerate().filter_map(|(step, wh)| Some((step, (*wh)?))).collect();
    known.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    known.truncate(SEARCHED_HOURS);
    known.sort_by_key(|(step, _)| *step);
    known.into_iter().map(|(step, _)| step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_hours_are_searched_in_order() {
        let mut wh: Vec<_> = (0..500).map(|step| Some(f64::from(step % 100))).collect();
        wh[7] = None;
        let steps = searched(&wh);
        assert_eq!(steps.len(), SEARCHED_HOURS);
        assert!(steps.is_sorted() && steps.iter().all(|step| step % 100 > 60), "{steps:?}");
        assert_eq!(searched(&[Some(1.0), None, Some(0.0)]), [0, 2]);
    }

    #[test]
    fn a_peak_is_a_share_of_the_cap_where_there_is_one() {
        let peak = Peak { at: Timestamp::from_ms(0), mean_w: 8100.0, cap_w: Some(9000.0) };
        assert_eq!(peak.of_cap(), Some(0.9));
        assert_eq!(Peak { cap_w: None, ..peak }.of_cap(), None);
        assert_eq!(Peak { cap_w: Some(0.0), ..peak }.of_cap(), None);
        assert_eq!(peak.or(Peak { mean_w: 8100.5, ..peak }).mean_w, 8100.5);
    }
}
