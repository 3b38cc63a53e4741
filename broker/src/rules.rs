//! Who may say and hear what: the topics of each role.
//!
//! | role | says | hears |
//! |---|---|---|
//! | heater | its own `record`, `heartbeat`, `status` | its own `ack`, `budget` |
//! | gateway | the same for each listed heater | the same; `heater/+/ack` and `/budget` for the listed ones |
//! | service | everything under `hypocaust/1/` | the same |
//! | work-source | `site/work` | `site/state`, `site/work` |
//! | building-system | `room/{r}/request`, `room/{r}/occupancy`, `site/limit`, `site/outlook` | `room/+/state`, `site/state`, `site/outlook`, `heater/+/status` |
//! | observer | nothing | `room/{r}/state` of granted rooms, `site/state` |
//!
//! A check takes string comparisons and at most one lookup: far below a microsecond.

use std::collections::HashSet;

use registry::Role;
use vocabulary::SiteId;

use crate::conformance;
use crate::pace::Rate;
use crate::settings::Limits;
use crate::topics::{self, ROOT};

/// What may come at once of whoever sends records, in seconds of its rate.
const BURST_S: f64 = 2.0;
/// How fast whoever asks for something may speak. A building of 1,024 rooms may say something of each at once, and again
/// of all of them every minute; 1 KiB is several times what such a message takes.
const ASKING: Rate = Rate { messages: 20.0, bytes: 20.0 * 1_024.0, burst_s: 1_024.0 / 20.0 };
/// What a message costs that is written to the audit: 256 of them may come at once, and then five a second. The audit is
/// never shortened, so whoever has stolen such a credential must not be able to fill the disk before somebody sees it:
/// at some 350 bytes a line it grows by 150 MB a day.
pub(crate) const AUDITED_MESSAGES: u32 = 4;

/// What a granted filter stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Grant {
    /// The filter as it is.
    Wide(String),
    /// These topics: an exact filter, or a wildcard narrowed to what its asker may hear.
    Exact(Vec<String>),
}

/// What one credential may do.
#[derive(Debug)]
pub(crate) struct Rules {
    /// `hypocaust/1/{site}/`; `hypocaust/1/` for services.
    below: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Heater(String),
    Gateway(HashSet<String>),
    Service,
    WorkSource,
    BuildingSystem,
    Observer(HashSet<String>),
    /// Everything but one filter: see [`conformance`].
    Anyone,
}

/// A topic below a site, taken apart.
#[derive(Clone, Copy)]
enum Place<'a> {
    Heater(&'a str, &'a str),
    Room(&'a str, &'a str),
    Site(&'a str),
}

impl Rules {
    pub(crate) fn new(role: &Role) -> Self {
        let below = |site: &SiteId| format!("{ROOT}{site}/");
        match role {
            Role::Heater { site, heater } => {
                Self { below: below(site), kind: Kind::Heater(heater.to_string()) }
            }
            Role::Gateway { site, heaters } => {
                let heaters = heaters.iter().map(ToString::to_string).collect();
                Self { below: below(site), kind: Kind::Gateway(heaters) }
            }
            Role::Service => Self { below: ROOT.to_owned(), kind: Kind::Service },
            Role::WorkSource { site } => Self { below: below(site), kind: Kind::WorkSource },
            Role::BuildingSystem { site } => Self { below: below(site), kind: Kind::BuildingSystem },
            Role::Observer { site, rooms } => {
                let rooms = rooms.iter().map(ToString::to_string).collect();
                Self { below: below(site), kind: Kind::Observer(rooms) }
            }
        }
    }

    /// No rules, for conformance.
    pub(crate) fn none() -> Self {
        Self { below: String::new(), kind: Kind::Anyone }
    }

    /// Whether a text names a topic.
    pub(crate) fn is_name(&self, text: &str) -> bool {
        if matches!(self.kind, Kind::Anyone) { topics::is_any_name(text) } else { topics::is_name(text) }
    }

    /// Whether a text is a filter.
    pub(crate) fn is_filter(&self, text: &str) -> bool {
        if matches!(self.kind, Kind::Anyone) { topics::is_any_filter(text) } else { topics::is_filter(text) }
    }

    /// Whether a message of this topic may be kept for those who come later.
    pub(crate) fn may_be_kept(&self, topic: &str) -> bool {
        matches!(self.kind, Kind::Anyone) || topics::is_kept(topic)
    }

    /// Whether a message may be published to a topic, which is well formed.
    pub(crate) fn may_publish(&self, topic: &str) -> bool {
        match self.kind {
            Kind::Service => return topic.starts_with(ROOT),
            Kind::Anyone => return true,
            _ => {}
        }
        let Some(place) = self.place(topic) else { return false };
        match (&self.kind, place) {
            (Kind::Heater(own), Place::Heater(heater, last)) => own == heater && from_heater(last),
            (Kind::Gateway(listed), Place::Heater(heater, last)) => {
                from_heater(last) && listed.contains(heater)
            }
            (Kind::WorkSource, Place::Site(last)) => last == "work",
            (Kind::BuildingSystem, Place::Room(_, last)) => matches!(last, "request" | "occupancy"),
            (Kind::BuildingSystem, Place::Site(last)) => matches!(last, "limit" | "outlook"),
            _ => false,
        }
    }

    /// What a filter, which is well formed, stands for; `None` when it is not granted.
    pub(crate) fn grant(&self, filter: &str) -> Option<Grant> {
        match self.kind {
            Kind::Service => return filter.starts_with(ROOT).then(|| as_it_is(filter)),
            Kind::Anyone => return (filter != conformance::DENIED_FILTER).then(|| as_it_is(filter)),
            _ => {}
        }
        match (&self.kind, self.place(filter)?) {
            (Kind::Heater(own), Place::Heater(heater, "ack" | "budget")) => {
                (own == heater).then(|| as_it_is(filter))
            }
            (Kind::Gateway(listed), Place::Heater(heater, last @ ("ack" | "budget"))) => {
                self.narrowed(filter, heater, listed, |heater| format!("heater/{heater}/{last}"))
            }
            (Kind::WorkSource, Place::Site("state" | "work"))
            | (Kind::BuildingSystem, Place::Site("outlook"))
            | (Kind::BuildingSystem | Kind::Observer(_), Place::Site("state"))
            | (Kind::BuildingSystem, Place::Room(_, "state") | Place::Heater(_, "status")) => {
                Some(as_it_is(filter))
            }
            (Kind::Observer(rooms), Place::Room(room, "state")) => {
                self.narrowed(filter, room, rooms, |room| format!("room/{room}/state"))
            }
            _ => None,
        }
    }

    /// How many filters may be held at once.
    pub(crate) fn max_filters(&self) -> usize {
        match &self.kind {
            Kind::Heater(_) | Kind::WorkSource => 8,
            Kind::Gateway(listed) => 8 + 2 * listed.len(),
            Kind::Service | Kind::BuildingSystem | Kind::Observer(_) | Kind::Anyone => 1_024,
        }
    }

    /// The part of a full mailbox that this role gets, as a divisor. Whoever hears for many may have a burst to take;
    /// the others could be thousands, each letting its mailbox fill.
    pub(crate) const fn mailbox_divisor(&self) -> usize {
        match self.kind {
            Kind::Service | Kind::Gateway(_) | Kind::Anyone => 1,
            Kind::BuildingSystem => 4,
            Kind::Heater(_) | Kind::WorkSource | Kind::Observer(_) => 16,
        }
    }

    /// How fast this role may speak. A gateway speaks for many, a heater sends its backlog; the platform's own parts are
    /// trusted; nobody else has much to say.
    pub(crate) fn rate(&self, limits: &Limits) -> Option<Rate> {
        let part = match self.kind {
            Kind::Service | Kind::Anyone => return None,
            Kind::Gateway(_) => 1.0,
            Kind::Heater(_) => 10.0,
            Kind::WorkSource | Kind::BuildingSystem | Kind::Observer(_) => return Some(ASKING),
        };
        let Limits { messages_per_s, bytes_per_s, .. } = *limits;
        Some(Rate {
            messages: f64::from(messages_per_s) / part,
            bytes: f64::from(bytes_per_s) / part,
            burst_s: BURST_S,
        })
    }

    /// The name of what is written to the audit when a message is published here, if anything is. How many people are
    /// where is not: that is personal, and says of nobody that they asked for something.
    pub(crate) fn audited<'a>(&self, topic: &'a str) -> Option<&'a str> {
        let is_asking = matches!(self.kind, Kind::BuildingSystem);
        let action = is_asking.then(|| topic.rsplit('/').next()).flatten();
        action.filter(|action| matches!(*action, "request" | "limit"))
    }

    fn narrowed(
        &self,
        filter: &str,
        id: &str,
        listed: &HashSet<String>,
        topic: impl Fn(&str) -> String,
    ) -> Option<Grant> {
        if id == "+" {
            let topics = listed.iter().map(|id| format!("{}{}", self.below, topic(id)));
            return Some(Grant::Exact(topics.collect()));
        }
        listed.contains(id).then(|| as_it_is(filter))
    }

    fn place<'a>(&self, text: &'a str) -> Option<Place<'a>> {
        let mut levels = text.strip_prefix(self.below.as_str())?.split('/');
        let place = match (levels.next()?, levels.next()?, levels.next()) {
            ("heater", heater, Some(last)) => Place::Heater(heater, last),
            ("room", room, Some(last)) => Place::Room(room, last),
            ("site", last, None) => Place::Site(last),
            _ => return None,
        };
        levels.next().is_none().then_some(place)
    }
}

/// Judges messages of a gateway with 250 heaters, `rounds` of them, as a session does: is it a topic, and may it be
/// published there. Gives how many may. For measurements: nothing else is done.
#[must_use]
pub fn exercise_rules(rounds: u32) -> u32 {
    let id = |number: u32| format!("heater-{number}");
    let listed = (0..250).map(id).collect();
    let rules = Rules { below: format!("{ROOT}site/"), kind: Kind::Gateway(listed) };
    // Every second one is of a heater that is not listed.
    let topics: Vec<_> = (0..500).map(|number| format!("{ROOT}site/heater/{}/record", id(number))).collect();
    let may = |topic: &&String| rules.is_name(topic) && rules.may_publish(topic);
    let passed = topics.iter().cycle().take(rounds as usize).filter(may).count();
    u32::try_from(passed).expect("at most as many as rounds")
}

fn from_heater(last: &str) -> bool {
    matches!(last, "record" | "heartbeat" | "status")
}

fn as_it_is(filter: &str) -> Grant {
    if topics::is_name(filter) {
        Grant::Exact(vec![filter.to_owned()])
    } else {
        Grant::Wide(filter.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use vocabulary::{HeaterId, RoomId};

    fn site() -> SiteId {
        SiteId::new("s").unwrap()
    }

    fn every_role() -> [(&'static str, Rules); 6] {
        let heaters = ["h1", "h2"].map(|id| HeaterId::new(id).unwrap()).into_iter().collect();
        let rooms = [RoomId::new("r1").unwrap()].into_iter().collect();
        [
            Role::Heater { site: site(), heater: HeaterId::new("h1").unwrap() },
            Role::Gateway { site: site(), heaters: Arc::new(heaters) },
            Role::Service,
            Role::WorkSource { site: site() },
            Role::BuildingSystem { site: site() },
            Role::Observer { site: site(), rooms: Arc::new(rooms) },
        ]
        .map(|role| (role.as_str(), Rules::new(&role)))
    }

    /// Which of the roles may, as their initials in the order of the table above.
    fn who(may: impl Fn(&Rules) -> bool) -> String {
        every_role().iter().filter(|(_, rules)| may(rules)).map(|(name, _)| &name[..1]).collect()
    }

    #[test]
    fn each_role_says_only_what_the_table_allows() {
        for (topic, expected) in [
            ("s/heater/h1/record", "hgs"),
            ("s/heater/h1/heartbeat", "hgs"),
            ("s/heater/h1/status", "hgs"),
            ("s/heater/h1/ack", "s"),
            ("s/heater/h1/budget", "s"),
            ("s/heater/h1/record/x", "s"),
            ("s/heater/h2/record", "gs"),
            ("s/heater/h3/record", "s"),
            ("t/heater/h1/record", "s"),
            ("s/room/r1/state", "s"),
            ("s/room/r1/forecast", "s"),
            ("s/room/r1/request", "sb"),
            ("s/room/r1/occupancy", "sb"),
            ("t/room/r1/request", "s"),
            ("s/site/state", "s"),
            ("s/site/limit", "sb"),
            ("s/site/work", "sw"),
            ("s/site/outlook", "sb"),
            ("t/site/work", "s"),
        ] {
            let topic = format!("hypocaust/1/{topic}");
            assert_eq!(who(|rules| rules.may_publish(&topic)), expected, "{topic}");
        }
        assert_eq!(who(|rules| rules.may_publish("homeassistant/climate/x/config")), "");
        assert_eq!(who(|rules| rules.may_publish("hypocaust/2/s/site/work")), "");
    }

    #[test]
    fn each_role_hears_only_what_the_table_allows() {
        for (filter, expected) in [
            ("s/heater/h1/ack", "hgs"),
            ("s/heater/h1/budget", "hgs"),
            ("s/heater/h1/record", "s"),
            ("s/heater/h2/ack", "gs"),
            ("s/heater/h3/ack", "s"),
            ("s/heater/+/ack", "gs"),
            ("s/heater/+/budget", "gs"),
            ("s/heater/+/record", "s"),
            ("s/heater/+/status", "sb"),
            ("s/heater/h1/+", "s"),
            ("s/heater/h1/#", "s"),
            ("+/heater/h1/ack", "s"),
            ("s/room/r1/state", "sbo"),
            ("s/room/r2/state", "sb"),
            ("s/room/+/state", "sbo"),
            ("s/room/r1/forecast", "s"),
            ("s/room/+/request", "s"),
            ("s/room/+/+", "s"),
            ("s/site/state", "swbo"),
            ("s/site/work", "sw"),
            ("s/site/outlook", "sb"),
            ("s/site/+", "s"),
            ("t/site/state", "s"),
            ("#", "s"),
        ] {
            let filter = format!("hypocaust/1/{filter}");
            assert_eq!(who(|rules| rules.grant(&filter).is_some()), expected, "{filter}");
        }
        for filter in ["#", "+/1/s/site/state", "hypocaust/#", "hypocaust/+/s/site/state"] {
            assert_eq!(who(|rules| rules.grant(filter).is_some()), "", "{filter}");
        }
    }

    #[test]
    fn a_wildcard_is_narrowed_to_what_is_listed() {
        let rules = every_role();
        let Some(Grant::Exact(mut topics)) = rules[1].1.grant("hypocaust/1/s/heater/+/ack") else { panic!() };
        topics.sort();
        assert_eq!(topics, ["hypocaust/1/s/heater/h1/ack", "hypocaust/1/s/heater/h2/ack"]);
        let granted = rules[5].1.grant("hypocaust/1/s/room/+/state");
        assert_eq!(granted, Some(Grant::Exact(vec!["hypocaust/1/s/room/r1/state".to_owned()])));
    }
}
