//! Which alarms somebody wants to see: the filters of the page and of the API, as the address has them.

use registry::{AlarmEntry, AlarmState, Severity};

/// In which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Standing {
    /// Waiting for somebody, and not hidden beneath another.
    #[default]
    Open,
    Unacknowledged,
    Acknowledged,
    Returned,
    Shelved,
    Normal,
    All,
}

impl Standing {
    pub(crate) const ALL: [Self; 7] = [
        Self::Open,
        Self::Unacknowledged,
        Self::Acknowledged,
        Self::Returned,
        Self::Shelved,
        Self::Normal,
        Self::All,
    ];

    /// The word in addresses and the end of the words' keys.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Unacknowledged => "unacknowledged",
            Self::Acknowledged => "acknowledged",
            Self::Returned => "returned",
            Self::Shelved => "shelved",
            Self::Normal => "normal",
            Self::All => "all",
        }
    }

    fn fits(self, state: AlarmState) -> bool {
        match self {
            Self::Open => state.is_open(),
            Self::Unacknowledged => state == AlarmState::Unacknowledged,
            Self::Acknowledged => state == AlarmState::Acknowledged,
            Self::Returned => state == AlarmState::Returned,
            Self::Shelved => state.is_shelved(),
            Self::Normal => state == AlarmState::Normal,
            Self::All => true,
        }
    }
}

/// What somebody wants to see. A word of the address that is none of ours filters nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct AlarmFilter {
    pub(crate) standing: Standing,
    pub(crate) severity: Option<Severity>,
    /// A room, a heater, the site or the platform, such as `room/101`.
    pub(crate) about: Option<String>,
    /// Words that stand in its sentence, its owner or its place.
    pub(crate) text: String,
    /// Those beneath this alarm; where none is named, those beneath none.
    pub(crate) beneath: Option<i64>,
}

impl AlarmFilter {
    /// Reads it from the values of an address.
    pub(crate) fn read<'a>(value: impl Fn(&str) -> Option<&'a str>) -> Self {
        let asked = |name: &str| value(name).map(str::trim).filter(|text| !text.is_empty());
        let standing = asked("state").and_then(|word| Standing::ALL.into_iter().find(|s| s.as_str() == word));
        let severity =
            asked("severity").and_then(|word| Severity::ALL.into_iter().find(|s| s.as_str() == word));
        Self {
            standing: standing.unwrap_or_default(),
            severity,
            about: asked("about").map(|text| text.chars().take(80).collect()),
            text: asked("text").map(|text| text.chars().take(80).collect()).unwrap_or_default(),
            beneath: asked("beneath").and_then(|number| number.parse().ok()),
        }
    }

    /// Whether an alarm, which is told in these words, is wanted.
    pub(crate) fn wants(&self, alarm: &AlarmEntry, words: &str) -> bool {
        let is_in_place = match (self.beneath, self.standing) {
            (Some(_), _) => alarm.beneath == self.beneath,
            (None, Standing::All) => true,
            (None, _) => alarm.beneath.is_none(),
        };
        let place = alarm.subject.place();
        is_in_place
            && self.standing.fits(alarm.state)
            && self.severity.is_none_or(|severity| alarm.severity() == severity)
            && self.about.as_ref().is_none_or(|about| *about == place)
            && self.says(alarm, &place, words)
    }

    fn says(&self, alarm: &AlarmEntry, place: &str, words: &str) -> bool {
        let wanted = self.text.to_lowercase();
        let told = [words, place, alarm.owner.as_deref().unwrap_or_default(), alarm.rule.as_str()];
        wanted.is_empty() || told.iter().any(|text| text.to_lowercase().contains(&wanted))
    }
}

#[cfg(test)]
mod tests {
    use registry::{AlarmRule, AlarmSubject};
    use vocabulary::{RoomId, SiteId, Timestamp};

    use super::*;
    use crate::visitor::pairs;

    fn filter(query: &str) -> AlarmFilter {
        let pairs = pairs(query);
        let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        AlarmFilter::read(value)
    }

    fn alarm(state: AlarmState, beneath: Option<i64>) -> AlarmEntry {
        AlarmEntry {
            id: 1,
            subject: AlarmSubject::Room(SiteId::new("demo").unwrap(), RoomId::new("101").unwrap()),
            rule: AlarmRule::RoomCold,
            state,
            raised_at: Timestamp::from_ms(0),
            changed_at: Timestamp::from_ms(0),
            value: None,
            limit: 2.0,
            occurrences: 1,
            owner: Some("Béatrice".to_owned()),
            shelved_until: None,
            beneath,
            hides: 0,
        }
    }

    #[test]
    fn each_filter_lets_through_what_it_says() {
        use AlarmState::{Normal, Returned, ShelvedActive, Unacknowledged};
        for (query, state, beneath, expected) in [
            ("", Unacknowledged, None, true),
            ("", Unacknowledged, Some(7), false),
            ("beneath=7", Unacknowledged, Some(7), true),
            ("beneath=7", Unacknowledged, None, false),
            ("", ShelvedActive, None, false),
            ("state=shelved", ShelvedActive, None, true),
            ("state=normal", Normal, None, true),
            ("state=all", Unacknowledged, Some(7), true),
            ("state=returned", Unacknowledged, None, false),
            ("state=returned", Returned, None, true),
            ("state=nonsense", Unacknowledged, None, true),
            ("severity=high", Unacknowledged, None, true),
            ("severity=critical", Unacknowledged, None, false),
            ("about=room/101", Unacknowledged, None, true),
            ("about=room/102", Unacknowledged, None, false),
            ("text=ATELIER", Unacknowledged, None, true),
            ("text=b%C3%A9atrice", Unacknowledged, None, true),
            ("text=elsewhere", Unacknowledged, None, false),
        ] {
            let found = filter(query).wants(&alarm(state, beneath), "L’atelier est trop froid");
            assert_eq!(found, expected, "{query} {state:?} {beneath:?}");
        }
    }
}
