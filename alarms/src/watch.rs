//! All detectors together: signals go in, findings for the book come out.

use std::collections::BTreeMap;

use registry::{AlarmEntry, AlarmFinding, AlarmRule, AlarmSetting, AlarmSubject};

use crate::detector::Phase;
use crate::flood::{Key, explanations, waiting};
use crate::signal::{Measure, Signal};

/// An explanation that is over still explains what it explained, for so long, ms: heaters come back one after the other, and
/// each counts as silent until it has been heard for a minute. What lasts longer has a cause of its own.
const EXPLAINED_MS: u64 = 5 * 60_000;

/// Where every alarm stands that is raised, or about to be.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    phases: BTreeMap<Key, Phase>,
    /// The alarms that the book has as lasting, and what it has them beneath.
    booked: BTreeMap<Key, Option<Key>>,
    /// When explanations were over, ms.
    over_ms: BTreeMap<Key, u64>,
}

impl Watch {
    /// Goes on where the book left off: its alarms last until a look says otherwise.
    pub(crate) fn restore(active: &[AlarmEntry]) -> Self {
        let key = |alarm: &AlarmEntry| (alarm.subject.clone(), alarm.rule);
        let above = |alarm: &AlarmEntry| {
            let beneath = alarm.beneath?;
            let lasting = active.iter().find(|above| above.id == beneath).map(key);
            // What explained it is over: whichever it was, it does not explain it any more.
            lasting.or_else(|| explanations(&alarm.subject, alarm.rule).into_iter().next())
        };
        Self {
            phases: active.iter().map(|alarm| (key(alarm), Phase::Active)).collect(),
            booked: active.iter().map(|alarm| (key(alarm), above(alarm))).collect(),
            over_ms: BTreeMap::new(),
        }
    }

    /// Judges a look at everything there is. Gives what the book does not know yet: first what explains others. A thing
    /// without a signal is gone, and with it its alarms. An alarm whose explanation may still come waits for it.
    pub(crate) fn judge(
        &mut self,
        signals: &[Signal],
        setting: impl Fn(&AlarmSubject, AlarmRule) -> AlarmSetting,
        now_ms: u64,
    ) -> Vec<AlarmFinding> {
        let mut measures: BTreeMap<Key, Measure> =
            self.phases.keys().chain(self.booked.keys()).map(|key| (key.clone(), Measure::Absent)).collect();
        measures.extend(signals.iter().map(|s| ((s.subject.clone(), s.rule), s.measure)));
        for (key, measure) in &measures {
            let phase = self.phases.get(key).copied().unwrap_or_default();
            let next = phase.step(key.1, &setting(&key.0, key.1), *measure, now_ms);
            match next {
                Phase::Quiet => _ = self.phases.remove(key),
                phase => _ = self.phases.insert(key.clone(), phase),
            }
            if phase.is_active() && !next.is_active() {
                self.over_ms.insert(key.clone(), now_ms);
            }
        }
        self.over_ms.retain(|_, over_ms| now_ms.saturating_sub(*over_ms) < EXPLAINED_MS);
        let active = self.phases.iter().filter(|(_, phase)| phase.is_active()).map(|(key, _)| key.clone());
        let waiting = waiting(&active.collect(), &measures, &setting);
        let mut findings: Vec<AlarmFinding> = measures
            .iter()
            .filter(|(key, _)| self.booked.contains_key(key) || !waiting.contains(key))
            .filter_map(|(key, measure)| self.finding(key, *measure, setting(&key.0, key.1).limit))
            .collect();
        findings.sort_by_key(|finding| finding.beneath.is_some());
        findings
    }

    /// The book has these findings.
    pub(crate) fn booked(&mut self, findings: Vec<AlarmFinding>) {
        for finding in findings {
            let key = (finding.subject, finding.rule);
            if finding.is_active {
                self.booked.insert(key, finding.beneath);
            } else {
                self.booked.remove(&key);
            }
        }
    }

    /// What the book does not know of one alarm, if anything.
    fn finding(&self, key: &Key, measure: Measure, limit: f64) -> Option<AlarmFinding> {
        let is_active = self.is_active(key);
        let beneath = if is_active { self.explanation(key) } else { None };
        let is_booked = match self.booked.get(key) {
            Some(booked) => is_active && *booked == beneath,
            None => !is_active,
        };
        if is_booked {
            return None;
        }
        let value = match measure {
            Measure::Value(value) | Measure::AtLeast(value) => Some(value).filter(|value| value.is_finite()),
            Measure::Unknown | Measure::Absent => None,
        };
        Some(AlarmFinding { subject: key.0.clone(), rule: key.1, is_active, value, limit, beneath })
    }

    /// What explains an alarm: what lasts, or what the book has it beneath and was over a moment ago.
    fn explanation(&self, key: &Key) -> Option<Key> {
        let lasting = explanations(&key.0, key.1).into_iter().find(|above| self.is_active(above));
        let before = || self.booked.get(key)?.clone().filter(|above| self.over_ms.contains_key(above));
        lasting.or_else(before)
    }

    fn is_active(&self, key: &Key) -> bool {
        self.phases.get(key).is_some_and(|phase| phase.is_active())
    }
}

#[cfg(test)]
mod tests;
