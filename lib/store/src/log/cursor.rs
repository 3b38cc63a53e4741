//! Which records of one heater's boot are on disk: a mark, and ranges above it.
//!
//! ```text
//!   1 ───────── hwm   …gap…   [from, to]   …gap…   [from, to]      at most 64 ranges
//!   on disk or lost           on disk              on disk
//! ```
//! The first gap begins right above the mark, so a mark that moves always confirms or gives up at least one seq.

use serde::{Deserialize, Serialize};

/// A cursor keeps at most this many ranges above its mark, as many as an acknowledgement carries.
pub const MAX_RANGES: usize = vocabulary::MAX_GOT_RANGES;

/// What a cursor says of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Never seen: store it.
    New,
    /// On disk or given up already: only acknowledge it again.
    Duplicate,
    /// It would need one more range than there is room for: neither store nor acknowledge it.
    NoRoom,
}

/// The answer to an offered record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// What to do with it.
    pub verdict: Verdict,
    /// How many seqs were declared lost by its `low`.
    pub lost: u64,
}

/// The cursor of one heater's boot.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    hwm: u64,
    /// Inclusive, ascending, apart from each other and from the mark by at least one seq.
    ranges: Vec<(u64, u64)>,
}

impl Cursor {
    /// Every seq up to here is on disk or declared lost.
    #[must_use]
    pub const fn hwm(&self) -> u64 {
        self.hwm
    }

    /// Inclusive ranges on disk above the mark, ascending.
    #[must_use]
    pub fn ranges(&self) -> &[(u64, u64)] {
        &self.ranges
    }

    /// Takes note of a record: first everything below `low` is confirmed or lost, then the record itself.
    /// A `low` above `seq` contradicts itself and counts as `seq`.
    pub fn offer(&mut self, seq: u64, low: u64) -> Offer {
        let lost = self.give_up_below(low.min(seq));
        Offer { verdict: self.insert(seq), lost }
    }

    /// Moves the mark to just below `low`; returns how many seqs passed by were not on disk.
    fn give_up_below(&mut self, low: u64) -> u64 {
        let mark = low.saturating_sub(1);
        if mark <= self.hwm {
            return 0;
        }
        let mut lost = mark - self.hwm;
        self.ranges.retain_mut(|(from, to)| {
            if *from <= mark {
                lost -= (*to).min(mark) - *from + 1;
                *from = mark + 1;
            }
            *from <= *to
        });
        self.hwm = mark;
        self.absorb();
        lost
    }

    fn insert(&mut self, seq: u64) -> Verdict {
        // The first range that ends at `seq` or later.
        let at = self.ranges.partition_point(|&(_, to)| to < seq);
        if seq <= self.hwm || self.ranges.get(at).is_some_and(|&(from, _)| from <= seq) {
            return Verdict::Duplicate;
        }
        let above_previous = at > 0 && self.ranges[at - 1].1 + 1 == seq;
        let below_next = self.ranges.get(at).is_some_and(|&(from, _)| from - 1 == seq);
        match (above_previous, below_next) {
            (true, true) => {
                self.ranges[at - 1].1 = self.ranges[at].1;
                self.ranges.remove(at);
            }
            (true, false) => self.ranges[at - 1].1 = seq,
            (false, true) => self.ranges[at].0 = seq,
            // Right above the mark no range is needed: it is absorbed at once.
            (false, false) if self.ranges.len() < MAX_RANGES || seq == self.hwm + 1 => {
                self.ranges.insert(at, (seq, seq));
            }
            (false, false) => return Verdict::NoRoom,
        }
        self.absorb();
        Verdict::New
    }

    /// Lets the mark rise through a range that begins right above it.
    fn absorb(&mut self) {
        if let Some(&(from, to)) = self.ranges.first()
            && from - 1 == self.hwm
        {
            self.hwm = to;
            self.ranges.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// The same, told without ranges: every seq that is on disk or lost, one by one.
    #[derive(Default)]
    struct Model {
        settled: BTreeSet<u64>,
    }

    impl Model {
        fn hwm(&self) -> u64 {
            (1..).take_while(|seq| self.settled.contains(seq)).last().unwrap_or(0)
        }

        fn ranges(&self) -> Vec<(u64, u64)> {
            let mut ranges: Vec<(u64, u64)> = Vec::new();
            for &seq in self.settled.range(self.hwm() + 1..) {
                match ranges.last_mut() {
                    Some((_, to)) if *to + 1 == seq => *to = seq,
                    _ => ranges.push((seq, seq)),
                }
            }
            ranges
        }

        fn offer(&mut self, seq: u64, low: u64) -> Offer {
            let lost = (1..low.min(seq)).filter(|&below| self.settled.insert(below)).count() as u64;
            if seq == 0 || !self.settled.insert(seq) {
                return Offer { verdict: Verdict::Duplicate, lost };
            }
            if self.ranges().len() > MAX_RANGES {
                self.settled.remove(&seq);
                return Offer { verdict: Verdict::NoRoom, lost };
            }
            Offer { verdict: Verdict::New, lost }
        }
    }

    proptest! {
        #[test]
        fn a_cursor_says_what_a_plain_set_says(
            offers in proptest::collection::vec((0..400_u64, 0..12_u64, any::<bool>()), 1..400),
        ) {
            let (mut cursor, mut model) = (Cursor::default(), Model::default());
            for (seq, back, settled) in offers {
                // Now and then `low` follows close behind; most of the time it stays at the beginning.
                let low = if settled && back == 0 { seq.saturating_sub(40) } else { 1 };
                prop_assert_eq!(cursor.offer(seq, low), model.offer(seq, low), "seq {} low {}", seq, low);
                prop_assert_eq!(cursor.hwm(), model.hwm());
                prop_assert_eq!(cursor.ranges().to_vec(), model.ranges());
            }
        }

        #[test]
        fn no_numbers_make_a_cursor_panic(
            offers in proptest::collection::vec((edge(), edge()), 1..40),
        ) {
            let mut cursor = Cursor::default();
            for (seq, low) in offers {
                let before = cursor.hwm();
                let offer = cursor.offer(seq, low);
                prop_assert!(cursor.hwm() >= before);
                let covered = seq <= cursor.hwm() || cursor.ranges().iter().any(|&(a, b)| (a..=b).contains(&seq));
                prop_assert_eq!(covered, offer.verdict != Verdict::NoRoom);
            }
        }
    }

    /// Numbers near both ends, where arithmetic breaks.
    fn edge() -> impl Strategy<Value = u64> {
        prop_oneof![0..6_u64, (0..6_u64).prop_map(|back| u64::MAX - back), any::<u64>()]
    }

    #[test]
    fn the_sixty_fifth_range_is_refused_and_room_returns() {
        let mut cursor = Cursor::default();
        for range in 1..=MAX_RANGES as u64 {
            assert_eq!(cursor.offer(2 * range + 1, 1).verdict, Verdict::New);
        }
        assert_eq!(cursor.offer(1_000, 1).verdict, Verdict::NoRoom);
        assert_eq!(cursor.offer(1_000, 1).verdict, Verdict::NoRoom);
        assert_eq!(cursor.offer(4, 1).verdict, Verdict::New);
        assert_eq!(cursor.offer(1_000, 1).verdict, Verdict::New);
        assert_eq!(cursor.offer(1, 1).verdict, Verdict::New);
        assert_eq!(cursor.hwm(), 1);
    }

    #[test]
    fn the_seq_above_the_mark_always_fits() {
        let mut cursor = Cursor::default();
        for range in 1..=MAX_RANGES as u64 {
            cursor.offer(3 * range, 1);
        }
        assert_eq!(cursor.offer(1, 1).verdict, Verdict::New);
        assert_eq!((cursor.hwm(), cursor.ranges().len()), (1, MAX_RANGES));
    }

    #[test]
    fn what_low_gives_up_is_counted_without_what_is_on_disk() {
        let mut cursor = Cursor::default();
        for seq in [1, 2, 5, 6, 9] {
            cursor.offer(seq, 1);
        }
        assert_eq!(cursor.offer(12, 8), Offer { verdict: Verdict::New, lost: 3 });
        assert_eq!((cursor.hwm(), cursor.ranges()), (7, [(9, 9), (12, 12)].as_slice()));
        assert_eq!(cursor.offer(u64::MAX, u64::MAX).lost, u64::MAX - 1 - 7 - 2);
        assert_eq!((cursor.hwm(), cursor.ranges().len()), (u64::MAX, 0));
        assert_eq!(cursor.offer(u64::MAX, 1).verdict, Verdict::Duplicate);
    }
}
