//! A set of metric numbers as bits: what a row holds, and what a block holds at all.

use crate::form::bytes::{Damaged, Reader, Writer};

/// Which metrics, by the numbers the catalog gave them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MetricSet(Vec<u64>);

impl MetricSet {
    pub(crate) fn insert(&mut self, metric: u32) {
        let word = metric as usize / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (metric % 64);
    }

    /// Adds all members of another set.
    pub(crate) fn join(&mut self, other: &Self) {
        other.iter().for_each(|metric| self.insert(metric));
    }

    /// The members, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().enumerate().flat_map(|(at, &word)| {
            let first = at as u32 * 64;
            Bits(word).map(move |bit| first + bit)
        })
    }

    /// Everything in one word, for a quick look that may say yes too often: see [`bit`].
    pub(crate) fn summary(&self) -> u64 {
        let (first, rest) = self.0.split_first().map_or((0, [].as_slice()), |(first, rest)| (*first, rest));
        if rest.iter().any(|&word| word != 0) { first | SHARED } else { first }
    }

    /// Number of words, then the words.
    pub(crate) fn write(&self, out: &mut Writer) {
        out.number(self.0.len() as u64);
        self.0.iter().for_each(|&word| out.number(word));
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Damaged> {
        let words = from.count()?;
        (0..words).map(|_| from.number()).collect::<Result<_, _>>().map(Self)
    }
}

/// The last bit of a summary is shared by metric 63 and all above.
pub(crate) const SHARED: u64 = 1 << 63;

/// The bit of a metric in a summary.
pub(crate) const fn bit(metric: u32) -> u64 {
    if metric < 63 { 1 << metric } else { SHARED }
}

impl FromIterator<u32> for MetricSet {
    fn from_iter<I: IntoIterator<Item = u32>>(metrics: I) -> Self {
        let mut set = Self::default();
        metrics.into_iter().for_each(|metric| set.insert(metric));
        set
    }
}

/// The set bits of a word, ascending.
struct Bits(u64);

impl Iterator for Bits {
    type Item = u32;
    fn next(&mut self) -> Option<u32> {
        let bit = (self.0 != 0).then(|| self.0.trailing_zeros())?;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_gives_back_what_was_put_in_ascending() {
        let set: MetricSet = [70, 3, 63, 3, 0, 200].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 3, 63, 70, 200]);
        for metric in [0, 3, 63, 70, 200] {
            assert_ne!(set.summary() & bit(metric), 0);
        }
        assert_eq!(set.summary() & bit(4), 0);
        let mut out = Writer::default();
        set.write(&mut out);
        let bytes = out.into_bytes();
        assert_eq!(MetricSet::read(&mut Reader::new(&bytes)), Ok(set));
    }
}
