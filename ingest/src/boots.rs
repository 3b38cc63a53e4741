//! What is remembered of a heater's boots from record to record: which numbers they used, and when their clocks began.
//!
//! ```text
//! anchor of a boot = the earliest of (now - mono_ms) over its live records: when its monotonic clock showed zero.
//! ```
//! A live record was made just before it is heard; history was not. So only live records make an anchor, and a boot that
//! was never heard live has none: its records keep their own times or have no time at all.

use store::{Cursor, Verdict};
use vocabulary::{BootId, RecordHead, Timestamp};

/// Boots remembered of one heater. Beyond it the one not heard of for longest is forgotten.
const REMEMBERED: usize = 8;
/// No heater passes over this many records at once.
const FARTHEST_JUMP: u64 = 10_000_000;
/// While another boot with a higher number was heard live within this time, a boot is an earlier one.
const PRESENT_FOR_MS: i64 = 10 * 60_000;
/// An anchor that moves further than this has not drifted: a clock was set.
const STEP_MS: i128 = 5 * 60_000;
/// Makes a record every ten milliseconds and less possible.
const FASTEST_RECORD_MS: u64 = 10;

struct Boot {
    id: BootId,
    bn: u64,
    highest_seq: u64,
    /// Which of its records were judged before: one that is sent again is not counted again.
    judged: Cursor,
    /// The wall time in milliseconds at which its monotonic clock showed zero. Wider than a time: the two clocks may be
    /// as far apart as numbers go.
    zero: Option<i128>,
    live_at: Option<Timestamp>,
}

/// The boots of one heater, the one heard of last at the end.
#[derive(Default)]
pub(crate) struct Boots(Vec<Boot>);

impl Boots {
    /// Takes note of whose record is heard. `mono_ms` where it could be read.
    ///
    /// # Errors
    /// `boot` when the boot had another number before, `jump` when the record is too far ahead of what is known of its
    /// boot; then nothing has changed.
    pub(crate) fn hear(&mut self, head: &RecordHead, mono_ms: Option<u64>) -> Result<(), &'static str> {
        let known = self.0.iter().position(|boot| boot.id == head.boot);
        match known.map(|at| &self.0[at]) {
            Some(boot) if boot.bn != head.bn => return Err("boot"),
            Some(boot) if head.seq.saturating_sub(boot.highest_seq) > FARTHEST_JUMP => return Err("jump"),
            // Ingest may have begun after the boot, which may have made records all the while.
            None if head.seq > FARTHEST_JUMP.saturating_add(mono_ms.unwrap_or(0) / FASTEST_RECORD_MS) => {
                return Err("jump");
            }
            _ => {}
        }
        let mut boot = known.map_or_else(|| Boot::new(head), |at| self.0.remove(at));
        boot.highest_seq = boot.highest_seq.max(head.seq);
        if self.0.len() >= REMEMBERED {
            self.0.remove(0);
        }
        self.0.push(boot);
        Ok(())
    }

    /// Whether this record of the boot heard of last is judged for the first time.
    pub(crate) fn is_first(&mut self, head: &RecordHead) -> bool {
        self.0
            .last_mut()
            .is_none_or(|boot| boot.judged.offer(head.seq, head.low).verdict != Verdict::Duplicate)
    }

    /// Takes note that the boot heard of last is live now. Returns whether a clock was set since it was heard before:
    /// the server's, or the heater's monotonic one.
    pub(crate) fn is_live(&mut self, mono_ms: u64, now: Timestamp) -> bool {
        if self.is_earlier(now) {
            return false;
        }
        let Some(boot) = self.0.last_mut() else { return false };
        let zero = i128::from(now.ms()) - i128::from(mono_ms);
        let known = boot.zero.replace(zero);
        boot.live_at = Some(now);
        match known {
            Some(known) if (known - zero).abs() <= STEP_MS => {
                boot.zero = Some(known.min(zero));
                false
            }
            known => known.is_some(),
        }
    }

    /// Whether the boot heard of last is not the one that runs now.
    pub(crate) fn is_earlier(&self, now: Timestamp) -> bool {
        let Some((last, others)) = self.0.split_last() else { return false };
        others.iter().any(|other| {
            other.bn > last.bn && other.live_at.is_some_and(|at| now.since(at).abs() <= PRESENT_FOR_MS)
        })
    }

    /// The wall time at which the monotonic clock of the boot heard of last showed `mono_ms`, where that is known; at the
    /// ends of time what lies beyond.
    pub(crate) fn time_of(&self, mono_ms: u64) -> Option<Timestamp> {
        let ms = self.0.last()?.zero? + i128::from(mono_ms);
        Some(Timestamp::from_ms(ms.clamp(i64::MIN.into(), i64::MAX.into()) as i64))
    }
}

impl Boot {
    fn new(head: &RecordHead) -> Self {
        Self {
            id: head.boot,
            bn: head.bn,
            highest_seq: 0,
            judged: Cursor::default(),
            zero: None,
            live_at: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_763_632_000_000);
    const YEAR_MS: i64 = 365 * 24 * 3_600_000;

    fn head(boot: u64, bn: u64, seq: u64) -> RecordHead {
        RecordHead { boot: BootId::from_bits(boot), bn, seq, low: 1, samples: 0 }
    }

    #[test]
    fn numbers_that_no_heater_uses_are_refused_and_change_nothing() {
        let day_ms = 24 * 3_600_000;
        let table = [
            (head(1, 5, 1), Some(0), Ok(())),
            (head(1, 6, 2), Some(0), Err("boot")),
            (head(1, 4, 2), Some(0), Err("boot")),
            (head(1, 5, 10_000_002), Some(u64::MAX), Err("jump")),
            (head(1, 5, u64::MAX), Some(u64::MAX), Err("jump")),
            (head(1, 5, 10_000_001), Some(0), Ok(())),
            (head(1, 5, 20_000_001), Some(0), Ok(())),
            (head(1, 5, 3), Some(0), Ok(())),
            // An earlier boot, a later one, and one whose heater has lost count.
            (head(2, 4, 7), Some(0), Ok(())),
            (head(3, 6, 7), Some(0), Ok(())),
            (head(4, 1, 7), Some(0), Ok(())),
            // Boots of which ingest hears for the first time.
            (head(5, 7, 10_000_000), None, Ok(())),
            (head(6, 8, 10_000_001), None, Err("jump")),
            (head(6, 8, 10_000_001), Some(10), Ok(())),
            (head(7, 9, 365 * 86_400), Some(365 * day_ms), Ok(())),
            (head(8, 9, u64::MAX), Some(u64::MAX), Err("jump")),
        ];
        let mut boots = Boots::default();
        for (head, mono_ms, expected) in table {
            assert_eq!(boots.hear(&head, mono_ms), expected, "{head:?} {mono_ms:?}");
        }
    }

    #[test]
    fn only_so_many_boots_are_remembered() {
        let mut boots = Boots::default();
        for boot in 0..1_000 {
            boots.hear(&head(boot, boot, 1), Some(0)).unwrap();
            boots.hear(&head(0, 0, 1), Some(0)).unwrap();
        }
        assert_eq!(boots.0.len(), REMEMBERED);
        assert_eq!(boots.hear(&head(0, 1, 1), Some(0)), Err("boot"), "what is heard of is not forgotten");
    }

    #[test]
    fn histories_of_several_boots_in_turn_are_judged_once_each() {
        let mut boots = Boots::default();
        let mut firsts = 0;
        for _ in 0..3 {
            for boot in 0..4 {
                let head = head(boot, boot, 9);
                boots.hear(&head, Some(0)).unwrap();
                firsts += usize::from(boots.is_first(&head));
            }
        }
        assert_eq!(firsts, 4);
    }

    /// Hears a live record of boot 1 `now` milliseconds later; gives whether a clock was set, and the record's time.
    fn live(boots: &mut Boots, now_ms: i64, mono_ms: u64) -> (bool, Option<i64>) {
        boots.hear(&head(1, 1, 1), Some(mono_ms)).unwrap();
        let is_set = boots.is_live(mono_ms, NOW.plus_ms(now_ms));
        (is_set, boots.time_of(mono_ms).map(|time| time.since(NOW)))
    }

    #[test]
    fn the_anchor_is_the_record_that_was_under_way_for_the_shortest_time() {
        let mut boots = Boots::default();
        assert_eq!(live(&mut boots, 1_000, 500), (false, Some(1_000)));
        assert_eq!(live(&mut boots, 10_200, 10_500), (false, Some(10_200)));
        assert_eq!(live(&mut boots, 29_000, 20_500), (false, Some(20_200)));
    }

    #[test]
    fn clocks_that_are_set_make_a_new_anchor() {
        for (server_ms, mono_ms) in [
            (10 * YEAR_MS, 10_500),
            (-10 * YEAR_MS, 10_500),
            (10_000, 0),
            (10_000, u64::MAX),
            (i64::MAX / 2, u64::MAX),
            (i64::MIN / 2, u64::MAX),
        ] {
            let mut boots = Boots::default();
            live(&mut boots, 0, 10 * 60_000);
            assert_eq!(
                live(&mut boots, server_ms, mono_ms),
                (true, Some(server_ms)),
                "{server_ms} {mono_ms}"
            );
        }
    }

    #[test]
    fn a_boot_that_was_never_heard_live_has_no_anchor() {
        let mut boots = Boots::default();
        live(&mut boots, 0, 1_000);
        boots.hear(&head(2, 2, 1), Some(5)).unwrap();
        assert_eq!(boots.time_of(5), None);
        assert!(!boots.is_earlier(NOW), "a higher number is no earlier boot");
        boots.hear(&head(3, 0, 1), Some(5)).unwrap();
        assert!(boots.is_earlier(NOW));
        assert!(!boots.is_live(5, NOW) && boots.time_of(5).is_none(), "an earlier boot cannot be live");
        assert!(
            !boots.is_earlier(NOW.plus_ms(PRESENT_FOR_MS + 1)),
            "a heater that has lost count is heard again"
        );
        assert!(!boots.is_live(5, NOW.plus_ms(PRESENT_FOR_MS + 1)) && boots.time_of(5).is_some());
    }
}
