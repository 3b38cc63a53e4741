//! Which alarms explain others, so that a person sees one cause and not sixty of its consequences.

use registry::{AlarmRule, AlarmSubject};

/// The alarms that would explain this one, the one that explains most first.
pub(crate) fn explanations(subject: &AlarmSubject, rule: AlarmRule) -> Vec<(AlarmSubject, AlarmRule)> {
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
