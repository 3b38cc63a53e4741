//! How much of what a figure stands on was really there.

/// A weight of what was known out of all there could have been: hours of a heater, kilowatt-hours with a price.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Coverage {
    known: f64,
    all: f64,
}

impl Coverage {
    /// Counts a part that could have been known, and whether it was.
    pub(crate) fn count(&mut self, weight: f64, is_known: bool) {
        self.all += weight;
        self.known += if is_known { weight } else { 0.0 };
    }

    /// The same of many parts.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { known: self.known + other.known, all: self.all + other.all }
    }

    /// From 0 to 1; `None` where there was nothing to know.
    pub(crate) fn share(self) -> Option<f64> {
        (self.all > 0.0).then(|| self.known / self.all)
    }

    /// Whether anything was known.
    pub(crate) fn is_any(self) -> bool {
        self.known > 0.0
    }
}

/// A sum over what was known, and how much that was.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Sum {
    pub(crate) value: f64,
    pub(crate) coverage: Coverage,
}

impl Sum {
    /// Adds a part of a weight; an unknown one adds nothing but what is missing.
    pub(crate) fn add(&mut self, part: Option<f64>, weight: f64) {
        self.value += part.unwrap_or(0.0);
        self.coverage.count(weight, part.is_some());
    }

    /// The value, where any of it is known.
    pub(crate) fn known(self) -> Option<f64> {
        self.coverage.is_any().then_some(self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_tells_how_much_of_it_is_known() {
        let mut sum = Sum::default();
        assert_eq!((sum.known(), sum.coverage.share()), (None, None));
        sum.add(None, 1.0);
        assert_eq!((sum.known(), sum.coverage.share()), (None, Some(0.0)));
        sum.add(Some(3.0), 3.0);
        assert_eq!((sum.known(), sum.coverage.share()), (Some(3.0), Some(0.75)));
    }
}
