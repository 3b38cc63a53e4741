//! How fast history may come back: one rate for the machine, shared between the heaters that are sending history now.
//!
//! ```text
//! all together:  2,000/s ──commits slow or records queue──> half, at most once a second, not below 100/s
//!                        <──each second that goes well────── 50/s more
//! each:          1/s ──doubles with every word to it──> its equal share, at most 100/s
//! ```
//! A heater is told the least until it is heard sending history. So a fleet that returns after a cut begins at one record
//! a second each, however fast the last of them was told to be, and a heater that returns alone is at the most seven
//! seconds later. Time is given, in milliseconds of any clock that never goes back.

use std::collections::HashMap;

use vocabulary::{HeaterId, SiteId};

/// History a second, of all heaters together.
const MOST_TOGETHER: u32 = 2_000;
const LEAST_TOGETHER: u32 = 100;
/// How much more is allowed after a second that went well.
const RAISE: u32 = 50;
/// History a second, of one heater.
const MOST_EACH: u32 = 100;
const LEAST_EACH: u32 = 1;
/// A heater is sending history while its newest late record is not older than this.
const SENDS_FOR_MS: u64 = 10_000;
/// The rate of all together is looked at this often.
const TURN_MS: u64 = 1_000;
/// A commit that takes longer keeps live records waiting.
const SLOW_COMMIT_MS: u64 = 500;
/// With more records than this waiting, live records queue behind history.
const LONG_QUEUE: usize = 512;

struct Sender {
    heard_at_ms: u64,
    told_per_s: u32,
}

/// Who sends history, and how much of it the machine can take.
pub struct Backfill {
    together_per_s: u32,
    turned_at_ms: u64,
    strained: bool,
    /// Bounded by the heaters of the book: nobody else's records come this far.
    senders: HashMap<(SiteId, HeaterId), Sender>,
}

impl Default for Backfill {
    fn default() -> Self {
        Self { together_per_s: MOST_TOGETHER, turned_at_ms: 0, strained: false, senders: HashMap::new() }
    }
}

impl Backfill {
    /// A late record of this heater was taken.
    pub fn heard(&mut self, site: &SiteId, heater: &HeaterId, now_ms: u64) {
        let key = (site.clone(), heater.clone());
        self.senders
            .entry(key)
            .or_insert(Sender { heard_at_ms: now_ms, told_per_s: LEAST_EACH })
            .heard_at_ms = now_ms;
    }

    /// A commit took this long, or history had to be sent away, and this many records wait for the next one.
    pub fn felt(&mut self, commit_ms: u64, waiting: usize, now_ms: u64) {
        self.strained |= commit_ms > SLOW_COMMIT_MS || waiting > LONG_QUEUE;
        self.turn(now_ms);
    }

    /// History a second to be told to this heater now.
    pub fn rate_for(&mut self, site: &SiteId, heater: &HeaterId, now_ms: u64) -> u32 {
        self.turn(now_ms);
        let share = self.together_per_s / (self.senders.len().max(1) as u32);
        let Some(sender) = self.senders.get_mut(&(site.clone(), heater.clone())) else { return LEAST_EACH };
        sender.told_per_s = share.min(2 * sender.told_per_s).clamp(LEAST_EACH, MOST_EACH);
        sender.told_per_s
    }

    /// History a second that all heaters together may send now.
    #[must_use]
    pub fn together_per_s(&self) -> u32 {
        self.together_per_s
    }

    fn turn(&mut self, now_ms: u64) {
        if now_ms.saturating_sub(self.turned_at_ms) < TURN_MS {
            return;
        }
        self.turned_at_ms = now_ms;
        let strained = std::mem::take(&mut self.strained);
        self.together_per_s = if strained {
            (self.together_per_s / 2).max(LEAST_TOGETHER)
        } else {
            (self.together_per_s + RAISE).min(MOST_TOGETHER)
        };
        self.senders.retain(|_, sender| now_ms.saturating_sub(sender.heard_at_ms) <= SENDS_FOR_MS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> SiteId {
        SiteId::new("home").unwrap()
    }

    fn heater(n: usize) -> HeaterId {
        HeaterId::new(&format!("h-{n}")).unwrap()
    }

    /// What each heater is told after it has sent history and been answered every second for ten seconds.
    fn settled(backfill: &mut Backfill, heaters: usize, from_ms: u64) -> Vec<u32> {
        let mut told = Vec::new();
        for second in 0..10 {
            let now = from_ms + second * 1_000;
            (0..heaters).for_each(|n| backfill.heard(&site(), &heater(n), now));
            told = (0..heaters).map(|n| backfill.rate_for(&site(), &heater(n), now)).collect();
        }
        told
    }

    #[test]
    fn all_together_never_get_more_than_the_machine_takes() {
        for (heaters, each) in [(1, 100), (20, 100), (21, 95), (500, 4), (2_000, 1)] {
            assert_eq!(
                settled(&mut Backfill::default(), heaters, 0),
                vec![each; heaters],
                "{heaters} heaters"
            );
        }
    }

    #[test]
    fn who_sends_no_history_is_told_the_least() {
        let mut backfill = Backfill::default();
        settled(&mut backfill, 1, 0);
        assert_eq!(backfill.rate_for(&site(), &heater(7), 10_000), 1);
        assert_eq!(backfill.rate_for(&site(), &heater(0), 19_000), 100);
        assert_eq!(
            backfill.rate_for(&site(), &heater(0), 20_000),
            1,
            "it has been silent for over ten seconds"
        );
    }

    #[test]
    fn a_heater_alone_begins_slowly_and_doubles_with_every_word() {
        let mut backfill = Backfill::default();
        let told: Vec<u32> = (0..8)
            .map(|second| {
                backfill.heard(&site(), &heater(0), second * 1_000);
                backfill.rate_for(&site(), &heater(0), second * 1_000)
            })
            .collect();
        assert_eq!(told, [2, 4, 8, 16, 32, 64, 100, 100]);
    }

    #[test]
    fn slow_commits_and_a_long_queue_halve_the_rate_once_a_second_and_rest_raises_it_slowly() {
        for (commit_ms, waiting) in [(501, 0), (0, 513)] {
            let mut backfill = Backfill::default();
            let mut rates = Vec::new();
            for tenth in 10..=70 {
                backfill.felt(commit_ms, waiting, tenth * 100);
                rates.push(backfill.together_per_s());
            }
            rates.dedup();
            assert_eq!(rates, [1_000, 500, 250, 125, 100]);
            for second in 8..=9 {
                backfill.felt(500, 512, second * 1_000);
            }
            assert_eq!(backfill.together_per_s(), 200);
            (10..60).for_each(|second| backfill.felt(0, 0, second * 1_000));
            assert_eq!(backfill.together_per_s(), 2_000);
        }
    }
}
