//! What a heartbeat says that a person should look at.

use vocabulary::Alarm;

use super::{Agent, Instant};
use crate::board::Board;
use crate::governor::{Governor, Refusal};
use crate::safety::{Latch, Sights, TripCause};

/// So long after a budget that no healthy house sends, a person is told of it.
const REFUSAL_TOLD_FOR_MS: u64 = 3_600_000;

/// Whether budgets were refused lately that no healthy house sends.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Refusals {
    count: u64,
    told_until_ms: u64,
}

impl Refusals {
    pub(super) fn notice(&mut self, governor: &Governor, now_ms: u64) {
        let count = suspicious(governor).fold(0_u64, |sum, (_, count)| sum.saturating_add(*count));
        if count != self.count {
            *self = Self { count, told_until_ms: now_ms.saturating_add(REFUSAL_TOLD_FOR_MS) };
        }
    }

    fn alarms(self, governor: &Governor, now_ms: u64) -> impl Iterator<Item = String> {
        let told = suspicious(governor).filter(move |_| now_ms < self.told_until_ms);
        told.map(|(refusal, count)| format!("{}:{refusal}:{count}", Alarm::BudgetRefused))
    }
}

fn suspicious(governor: &Governor) -> impl Iterator<Item = (&Refusal, &u64)> {
    governor.refused().iter().filter(|(refusal, _)| refusal.is_suspicious())
}

impl Agent {
    pub(super) fn alarms(&self, sights: &Sights, board: &dyn Board, now: Instant) -> Vec<String> {
        let latch = self.latch();
        let trip = latch.off_by().map(TripCause::alarm);
        let locked = matches!(latch, Latch::Locked(_)).then_some(Alarm::NeedsReset);
        let sheet = board.data_sheet();
        let seen = sights.alarms(&sheet, board.controllable());
        let disk = self.outbox.is_disk_in_trouble(now.mono_ms).then_some(Alarm::OutboxDisk);
        let words = trip.into_iter().chain(locked).chain(seen).chain(disk).map(|alarm| alarm.to_string());
        let dropped = self.outbox.dropped_lately();
        let full = (dropped > 0).then(|| format!("{}:{dropped}", Alarm::OutboxFull));
        words.chain(full).chain(self.refusals.alarms(&self.governor, now.mono_ms)).collect()
    }
}
