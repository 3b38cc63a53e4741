//! Which alarms explain others, so that a person sees one cause and not sixty of its consequences.

use std::collections::{BTreeMap, BTreeSet};

use registry::{AlarmRule, AlarmSetting, AlarmSubject};
use vocabulary::SiteId;

use crate::look::{FRESH_MS, MANY_HEATERS};
use crate::signal::Measure;

/// An alarm: one rule about one thing.
pub(crate) type Key = (AlarmSubject, AlarmRule);

/// Heaters speak every ten seconds: what makes them all silent has made them so within this, s.
const SETTLED_S: f64 = 15.0;
/// Looks are five seconds apart: an explanation is raised at the latest so long after its delay, s.
const LATE_S: f64 = 10.0;
/// Nothing waits for longer than this, whatever the delay of the explanation, s: the standard limit of a silent heater.
const LONGEST_S: f64 = 300.0;

/// The alarms that would explain this one, the one that explains most first.
pub(crate) fn explanations(subject: &AlarmSubject, rule: AlarmRule) -> Vec<Key> {
    let broker = (AlarmSubject::Platform, AlarmRule::BrokerSilent);
    let heaters = subject.site().map(|site| (AlarmSubject::Site(site.clone()), AlarmRule::HeatersSilent));
    match rule {
        AlarmRule::HeaterSilent | AlarmRule::SensorSilent => std::iter::once(broker).chain(heaters).collect(),
        AlarmRule::HeatersSilent | AlarmRule::ControllerSilent => vec![broker],
        // Where history cannot be written nothing is acknowledged.
        AlarmRule::IngestLag => vec![broker, (AlarmSubject::Platform, AlarmRule::HistoryStopped)],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use vocabulary::{HeaterId, SiteId};

    use super::*;

    #[test]
    fn nothing_is_hidden_beneath_what_is_less_grave() {
        let subject = AlarmSubject::Heater(SiteId::new("home").unwrap(), HeaterId::new("h-1").unwrap());
        for &rule in AlarmRule::ALL {
            for (_, above) in explanations(&subject, rule) {
                assert!(above.severity() >= rule.severity(), "{rule:?} beneath {above:?}");
                assert!(above != rule, "{rule:?} explains itself");
            }
        }
    }
}

/// Of the `active` alarms of silent heaters, those whose explanation may still come: somebody made their limit so short that it
/// is passed before many silent heaters are an alarm of their site. Each waits until the others have had the time to fall silent,
/// and where many have, until the explanation has had the time to be raised.
pub(crate) fn waiting(
    active: &BTreeSet<Key>,
    measures: &BTreeMap<Key, Measure>,
    setting: &impl Fn(&AlarmSubject, AlarmRule) -> AlarmSetting,
) -> BTreeSet<Key> {
    let mut sites: BTreeMap<&SiteId, Site> = BTreeMap::new();
    let of_heaters = measures.keys().filter(|key| key.1 == AlarmRule::HeaterSilent);
    for key in of_heaters {
        let Some(id) = key.0.site() else { continue };
        let site = sites.entry(id).or_default();
        site.heaters += 1;
        site.silent += usize::from(active.contains(key));
    }
    let may_wait = |key: &&Key| key.1 == AlarmRule::HeaterSilent;
    let waits = |key: &&Key| {
        let (Some(id), Some(Measure::Value(silent_s) | Measure::AtLeast(silent_s))) =
            (key.0.site(), measures.get(*key))
        else {
            return false;
        };
        let above = setting(&AlarmSubject::Site(id.clone()), AlarmRule::HeatersSilent);
        let comes_s = (FRESH_MS as f64 / 1_000.0 + f64::from(above.on_delay_s) + LATE_S).min(LONGEST_S);
        let is_settled = *silent_s >= setting(&key.0, key.1).limit + SETTLED_S;
        let are_many = sites.get(id).is_some_and(|site| site.are_many(above.limit));
        above.is_enabled && *silent_s < comes_s && (are_many || !is_settled)
    };
    active.iter().filter(may_wait).filter(waits).cloned().collect()
}

/// The heaters of a site, and those among them whose own alarm says that they are silent.
#[derive(Default)]
struct Site {
    heaters: usize,
    silent: usize,
}

impl Site {
    fn are_many(&self, limit_percent: f64) -> bool {
        self.silent >= MANY_HEATERS && 100.0 * self.silent as f64 > limit_percent * self.heaters as f64
    }
}
