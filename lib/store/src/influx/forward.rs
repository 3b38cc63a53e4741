//! How a batch gets through, decided without doing anything: which lines to send next, and what an outcome means for
//! the rest.
//!
//! ```text
//!   pieces ──next──> send ──stored───> the next piece
//!                      ├────later────> the same again, after a pause that doubles
//!                      ├────too large> its halves, and smaller pieces from now on
//!                      └────refused──> its halves; one line alone is set aside
//! ```

use std::ops::Range;
use std::time::Duration;

use crate::influx::lines::Lines;
use crate::influx::outcome::{Outcome, Trouble};

/// What is sent at once; InfluxDB's own advice is 5,000 lines.
const MAX_LINES: usize = 5_000;
/// Its default limit is higher; a proxy's often is one megabyte.
const MAX_BYTES: usize = 1_000_000;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A server may ask for a longer pause than ours, but not for ever.
const LONGEST_PAUSE_ASKED_FOR: Duration = Duration::from_secs(600);

/// What to do after an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reaction {
    /// Send what is next.
    GoOn,
    /// Send it again after this time.
    Wait { pause: Duration, trouble: Trouble, reason: String },
    /// Set this line aside, say so with [`Forward::set_aside`], then go on.
    SetAside { line: usize, reason: String },
}

/// The batch under way. It outlives batches, because it learns how much is accepted at once.
#[derive(Debug)]
pub(crate) struct Forward {
    /// Ranges of lines still to be sent; the last is the next.
    pieces: Vec<Range<usize>>,
    failures: u32,
    max_bytes: usize,
}

impl Default for Forward {
    fn default() -> Self {
        Self { pieces: Vec::new(), failures: 0, max_bytes: MAX_BYTES }
    }
}

impl Forward {
    /// Takes a batch in pieces that are small enough.
    pub(crate) fn take(&mut self, lines: &Lines) {
        self.pieces = pieces(lines, self.max_bytes);
        self.pieces.reverse();
    }

    /// The lines to send next; `None` when all of the batch is stored or set aside.
    pub(crate) fn next(&self) -> Option<Range<usize>> {
        self.pieces.last().cloned()
    }

    /// Takes what became of the lines that were next. `chance` is a random number in `[0, 1)`.
    pub(crate) fn heard(&mut self, outcome: Outcome, lines: &Lines, chance: f64) -> Reaction {
        let piece = self.next().unwrap_or_default();
        match outcome {
            Outcome::Stored => {
                self.pieces.pop();
                self.failures = 0;
                Reaction::GoOn
            }
            Outcome::Later { trouble, retry_after, reason } => {
                self.wait(trouble, retry_after, reason, chance)
            }
            // One line is never too large for InfluxDB: something else is in the way.
            Outcome::TooLarge { reason } if piece.len() <= 1 => {
                self.wait(Trouble::Foreign, None, reason, chance)
            }
            Outcome::TooLarge { .. } => {
                self.max_bytes = (lines.text(piece).len() / 2).max(1);
                self.halve()
            }
            Outcome::Refused { reason } if piece.len() <= 1 => {
                Reaction::SetAside { line: piece.start, reason }
            }
            Outcome::Refused { .. } => self.halve(),
        }
    }

    /// The line that was to be set aside is safe on disk.
    pub(crate) fn set_aside(&mut self) {
        self.pieces.pop();
        self.failures = 0;
    }

    /// The pause after one more failure: twice the last one, and spread, so that many senders do not return at once.
    pub(crate) fn pause(&mut self, chance: f64) -> Duration {
        let doubled = FIRST_PAUSE.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX));
        self.failures = self.failures.saturating_add(1).min(16);
        doubled.min(LONGEST_PAUSE).mul_f64(0.5 + chance / 2.0)
    }

    fn wait(&mut self, trouble: Trouble, asked: Option<Duration>, reason: String, chance: f64) -> Reaction {
        let own = self.pause(chance);
        let pause = asked.map_or(own, |asked| own.max(asked.min(LONGEST_PAUSE_ASKED_FOR)));
        Reaction::Wait { pause, trouble, reason }
    }

    fn halve(&mut self) -> Reaction {
        if let Some(Range { start, end }) = self.pieces.pop() {
            let middle = start + (end - start) / 2;
            self.pieces.extend([middle..end, start..middle]);
        }
        Reaction::GoOn
    }
}

/// Cuts a batch: each piece as long as it may be, and of one line at least.
fn pieces(lines: &Lines, max_bytes: usize) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while start < lines.len() {
        let mut end = start + 1;
        while end < lines.len() && end - start < MAX_LINES && lines.text(start..end + 1).len() <= max_bytes {
            end += 1;
        }
        pieces.push(start..end);
        start = end;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(count: usize) -> Lines {
        let mut lines = Lines::default();
        for number in 0..count {
            lines
                .push(|out| {
                    *out += &format!("heater,site=s,heater=h power_w={number} {number}\n");
                    Ok::<_, ()>(())
                })
                .unwrap();
        }
        lines
    }

    fn refused() -> Outcome {
        Outcome::Refused { reason: "400: bad".to_owned() }
    }

    fn away() -> Outcome {
        Outcome::Later { trouble: Trouble::Away, retry_after: None, reason: String::new() }
    }

    /// A server that refuses some lines and takes at most so many bytes: what it stored, what was set aside, and how
    /// often it was asked.
    fn forward(lines: &Lines, bad: &[usize], max_bytes: usize) -> (Vec<usize>, Vec<usize>, usize) {
        let mut forward = Forward::default();
        forward.take(lines);
        let (mut stored, mut aside, mut asked) = (Vec::new(), Vec::new(), 0);
        while let Some(piece) = forward.next() {
            asked += 1;
            let outcome = if lines.text(piece.clone()).len() > max_bytes {
                Outcome::TooLarge { reason: String::new() }
            } else if piece.clone().any(|line| bad.contains(&line)) {
                refused()
            } else {
                stored.extend(piece);
                Outcome::Stored
            };
            match forward.heard(outcome, lines, 0.0) {
                Reaction::GoOn => {}
                Reaction::SetAside { line, .. } => {
                    aside.push(line);
                    forward.set_aside();
                }
                Reaction::Wait { .. } => panic!("nothing to wait for"),
            }
        }
        (stored, aside, asked)
    }

    proptest! {
        #[test]
        fn every_line_is_stored_or_set_aside_once_and_in_order(
            count in 0..300_usize,
            bad in proptest::collection::vec(0..300_usize, 0..5),
            max_bytes in 200..20_000_usize,
        ) {
            let (stored, aside, _) = forward(&lines(count), &bad, max_bytes);
            let mut expected: Vec<usize> = bad.into_iter().filter(|line| *line < count).collect();
            expected.sort_unstable();
            expected.dedup();
            prop_assert_eq!(&aside, &expected);
            let good: Vec<usize> = (0..count).filter(|line| !expected.contains(line)).collect();
            prop_assert_eq!(stored, good);
        }
    }

    #[test]
    fn one_bad_line_among_thousands_is_found_in_few_steps() {
        let (stored, aside, asked) = forward(&lines(5_000), &[4_321], usize::MAX);
        assert_eq!((stored.len(), aside), (4_999, vec![4_321]));
        assert!(asked <= 27, "{asked}");
    }

    #[test]
    fn a_batch_is_cut_by_lines_and_by_bytes() {
        let cut = |count, max_bytes| pieces(&lines(count), max_bytes);
        assert_eq!(cut(12_000, usize::MAX), [0..5_000, 5_000..10_000, 10_000..12_000]);
        assert!(cut(12_000, 10_000).iter().all(|piece| lines(12_000).text(piece.clone()).len() <= 10_000));
        assert_eq!(cut(3, 1), [0..1, 1..2, 2..3]);
        assert!(cut(0, 1).is_empty());
    }

    #[test]
    fn what_was_too_large_once_is_not_tried_again() {
        let lines = lines(1_000);
        let mut forward = Forward::default();
        forward.take(&lines);
        assert_eq!(forward.heard(Outcome::TooLarge { reason: String::new() }, &lines, 0.0), Reaction::GoOn);
        assert_eq!(forward.next(), Some(0..500));
        forward.take(&lines);
        assert!(forward.next().is_some_and(|piece| piece.len() <= 510));
    }

    #[test]
    fn a_single_line_that_is_too_large_is_waited_out_and_never_set_aside() {
        let lines = lines(1);
        let mut forward = Forward::default();
        forward.take(&lines);
        let reaction = forward.heard(Outcome::TooLarge { reason: String::new() }, &lines, 0.0);
        assert!(matches!(reaction, Reaction::Wait { trouble: Trouble::Foreign, .. }));
        assert_eq!(forward.next(), Some(0..1));
    }

    #[test]
    fn pauses_double_to_half_a_minute_are_spread_and_begin_again_after_success() {
        let lines = lines(1);
        let pauses = |chance: f64| {
            let mut forward = Forward::default();
            forward.take(&lines);
            let pauses: Vec<u128> = (0..40)
                .map(|_| match forward.heard(away(), &lines, chance) {
                    Reaction::Wait { pause, .. } => pause.as_millis(),
                    other => panic!("{other:?}"),
                })
                .collect();
            forward.heard(Outcome::Stored, &lines, chance);
            assert_eq!(forward.pause(chance).as_millis(), pauses[0]);
            pauses
        };
        assert_eq!(pauses(0.0)[..8], [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
        assert!(pauses(0.999_999).iter().skip(6).all(|pause| (29_990..=30_000).contains(pause)));
    }

    #[test]
    fn a_pause_that_was_asked_for_is_kept_within_reason() {
        let lines = lines(1);
        let mut forward = Forward::default();
        forward.take(&lines);
        for (asked, kept) in [(0, 250), (7, 7_000), (86_400, 600_000)] {
            forward.failures = 0;
            let outcome = Outcome::Later {
                trouble: Trouble::Busy,
                retry_after: Some(Duration::from_secs(asked)),
                reason: String::new(),
            };
            let Reaction::Wait { pause, .. } = forward.heard(outcome, &lines, 0.0) else {
                panic!("it is later")
            };
            assert_eq!(pause.as_millis(), kept);
        }
    }
}
