//! Topics of the contract, both ways, and the filters that the platform's own parts subscribe to.

use std::fmt;

use crate::id::{HeaterId, RoomId, SiteId};

/// The first two levels of every topic.
const ROOT: &str = "hypocaust/1";

/// What is said under one heater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HeaterTopic {
    /// Telemetry, from the heater.
    Record,
    /// What is on disk, to the heater.
    Ack,
    /// A sign of life, from the heater.
    Heartbeat,
    /// A lease on power, to the heater.
    Budget,
    /// `online` or `offline`, from the heater, retained.
    Status,
}

/// What is said under one room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RoomTopic {
    /// From the platform, retained.
    State,
    /// From a building system.
    Request,
    /// From a building system.
    Occupancy,
    /// From the platform, retained: the plan of the day ahead. Who is expected there is nobody's but the platform's.
    Forecast,
}

/// What is said of the site as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SiteTopic {
    /// From the platform, retained.
    State,
    /// From a building system.
    Limit,
    /// From a work source, retained.
    Work,
    /// From a building system, retained: weather, prices and carbon to come.
    Outlook,
}

impl HeaterTopic {
    const ALL: [Self; 5] = [Self::Record, Self::Ack, Self::Heartbeat, Self::Budget, Self::Status];

    /// The last level of the topic.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Ack => "ack",
            Self::Heartbeat => "heartbeat",
            Self::Budget => "budget",
            Self::Status => "status",
        }
    }
}

impl RoomTopic {
    const ALL: [Self; 4] = [Self::State, Self::Request, Self::Occupancy, Self::Forecast];

    /// The last level of the topic.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Request => "request",
            Self::Occupancy => "occupancy",
            Self::Forecast => "forecast",
        }
    }
}

impl SiteTopic {
    const ALL: [Self; 4] = [Self::State, Self::Limit, Self::Work, Self::Outlook];

    /// The last level of the topic.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Limit => "limit",
            Self::Work => "work",
            Self::Outlook => "outlook",
        }
    }
}

/// What a topic speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TopicKind {
    /// `heater/{heater}/…`
    Heater(HeaterId, HeaterTopic),
    /// `room/{room}/…`
    Room(RoomId, RoomTopic),
    /// `site/…`
    Site(SiteTopic),
}

/// One topic of one site.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Topic {
    /// The site.
    pub site: SiteId,
    /// What it speaks of.
    pub kind: TopicKind,
}

impl Topic {
    /// The topic of a heater.
    #[must_use]
    pub fn heater(site: &SiteId, heater: &HeaterId, topic: HeaterTopic) -> Self {
        Self { site: site.clone(), kind: TopicKind::Heater(heater.clone(), topic) }
    }

    /// The topic of a room.
    #[must_use]
    pub fn room(site: &SiteId, room: &RoomId, topic: RoomTopic) -> Self {
        Self { site: site.clone(), kind: TopicKind::Room(room.clone(), topic) }
    }

    /// The topic of a site.
    #[must_use]
    pub fn site(site: &SiteId, topic: SiteTopic) -> Self {
        Self { site: site.clone(), kind: TopicKind::Site(topic) }
    }

    /// Reads a topic; `None` when it is not one of the contract's.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let levels = text.strip_prefix(ROOT)?.strip_prefix('/')?;
        let mut levels = levels.split('/');
        let site = SiteId::new(levels.next()?).ok()?;
        let kind = match levels.next()? {
            "heater" => {
                let heater = HeaterId::new(levels.next()?).ok()?;
                let last = levels.next()?;
                TopicKind::Heater(heater, HeaterTopic::ALL.into_iter().find(|t| t.as_str() == last)?)
            }
            "room" => {
                let room = RoomId::new(levels.next()?).ok()?;
                let last = levels.next()?;
                TopicKind::Room(room, RoomTopic::ALL.into_iter().find(|t| t.as_str() == last)?)
            }
            "site" => {
                let last = levels.next()?;
                TopicKind::Site(SiteTopic::ALL.into_iter().find(|t| t.as_str() == last)?)
            }
            _ => return None,
        };
        levels.next().is_none().then_some(Self { site, kind })
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let site = &self.site;
        match &self.kind {
            TopicKind::Heater(heater, last) => write!(f, "{ROOT}/{site}/heater/{heater}/{}", last.as_str()),
            TopicKind::Room(room, last) => write!(f, "{ROOT}/{site}/room/{room}/{}", last.as_str()),
            TopicKind::Site(last) => write!(f, "{ROOT}/{site}/site/{}", last.as_str()),
        }
    }
}

/// Subscription filters of the platform's own parts, over all sites.
pub mod filter {
    use super::{HeaterTopic, ROOT, RoomTopic, SiteId, SiteTopic};

    /// One kind of message of every heater of every site.
    #[must_use]
    pub fn heaters(topic: HeaterTopic) -> String {
        format!("{ROOT}/+/heater/+/{}", topic.as_str())
    }

    /// One kind of message of every heater of one site, as a gateway subscribes.
    #[must_use]
    pub fn heaters_of(site: &SiteId, topic: HeaterTopic) -> String {
        format!("{ROOT}/{site}/heater/+/{}", topic.as_str())
    }

    /// One kind of message of every room of every site.
    #[must_use]
    pub fn rooms(topic: RoomTopic) -> String {
        format!("{ROOT}/+/room/+/{}", topic.as_str())
    }

    /// One kind of message of every site.
    #[must_use]
    pub fn sites(topic: SiteTopic) -> String {
        format!("{ROOT}/+/site/{}", topic.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id() -> impl Strategy<Value = String> {
        "[a-z0-9][a-z0-9-]{0,62}"
    }

    fn any_topic() -> impl Strategy<Value = Topic> {
        (id(), id(), 0..11_usize).prop_map(|(site, id, at)| {
            let site = SiteId::new(&site).unwrap();
            match at {
                0..5 => Topic::heater(&site, &HeaterId::new(&id).unwrap(), HeaterTopic::ALL[at]),
                5..8 => Topic::room(&site, &RoomId::new(&id).unwrap(), RoomTopic::ALL[at - 5]),
                _ => Topic::site(&site, SiteTopic::ALL[at - 8]),
            }
        })
    }

    proptest! {
        #[test]
        fn a_topic_reads_back_from_its_text(topic in any_topic()) {
            prop_assert_eq!(Topic::parse(&topic.to_string()), Some(topic));
        }

        #[test]
        fn what_parses_is_written_the_same(text in "(hypocaust/1/)?[a-z0-9/+#$-]{0,40}") {
            if let Some(topic) = Topic::parse(&text) {
                prop_assert_eq!(topic.to_string(), text);
            }
        }
    }

    #[test]
    fn what_is_not_of_the_contract_is_no_topic() {
        for bad in [
            "",
            "hypocaust",
            "hypocaust/1",
            "hypocaust/2/s/site/state",
            "hypocaust/1/s/site/state/",
            "hypocaust/1/s/site/stat",
            "hypocaust/1/s/heater/+/record",
            "hypocaust/1/S/heater/h/record",
            "hypocaust/1/s/heater//record",
            "é/1/s/site/state",
            "/hypocaust/1/s/site/state",
            "hypocaust/1/s/room/r/record",
            "$SYS/broker",
        ] {
            assert_eq!(Topic::parse(bad), None, "{bad:?}");
        }
    }
}
