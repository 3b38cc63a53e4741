//! Alarms as sentences: what is wrong, by how much, in which state, and what to do.

use registry::{AlarmChange, AlarmDeed, AlarmEntry, AlarmRule, AlarmState, AlarmSubject, AlarmUnit};

use super::{Speaker, isolated};
use crate::facts::Building;
use crate::language::Language;

/// The end of the key of a rule's sentences.
fn key_of(rule: AlarmRule) -> String {
    rule.as_str().replace('_', "-")
}

/// A value or a limit of a rule in its unit; nothing for a fact.
pub(crate) fn measured(l: Language, unit: AlarmUnit, value: f64) -> Option<String> {
    Some(match unit {
        AlarmUnit::Celsius => l.celsius(value),
        AlarmUnit::Kelvin => l.quantity(value, 1, "°"),
        AlarmUnit::KelvinPerHour => l.quantity(value, 1, "°/h"),
        AlarmUnit::Ppm => l.quantity(value, 0, "ppm"),
        AlarmUnit::Seconds => l.length((value * 1_000.0) as i64),
        AlarmUnit::Watts => l.power(value),
        AlarmUnit::Percent => l.percent(value / 100.0),
        AlarmUnit::Count => l.number(value, if value.fract() == 0.0 { 0 } else { 1 }),
        AlarmUnit::Gigabytes => l.quantity(value, 1, gigabytes(l)),
        AlarmUnit::Fact => return None,
    })
}

/// The unit in which a rule's limit is entered.
pub(crate) fn unit(l: Language, unit: AlarmUnit) -> &'static str {
    match unit {
        AlarmUnit::Celsius => "°C",
        AlarmUnit::Kelvin => "°",
        AlarmUnit::KelvinPerHour => "°/h",
        AlarmUnit::Ppm => "ppm",
        AlarmUnit::Seconds => "s",
        AlarmUnit::Watts => "W",
        AlarmUnit::Percent => "%",
        AlarmUnit::Gigabytes => gigabytes(l),
        AlarmUnit::Count | AlarmUnit::Fact => "n",
    }
}

const fn gigabytes(l: Language) -> &'static str {
    match l {
        Language::English => "GB",
        Language::French => "Go",
    }
}

impl Speaker {
    /// The name of a rule.
    pub(crate) fn alarm_rule(self, rule: AlarmRule) -> String {
        self.language.say(&format!("alarm-rule-{}", key_of(rule)))
    }

    /// What is wrong, in a sentence.
    pub(crate) fn alarm(self, alarm: &AlarmEntry, building: &Building, site_name: &str) -> String {
        let name = match &alarm.subject {
            AlarmSubject::Room(_, room) => {
                building.room(room).map_or_else(|| room.to_string(), |facts| facts.room.name.to_string())
            }
            AlarmSubject::Heater(_, heater) => building
                .heater(heater)
                .map_or_else(|| heater.to_string(), |facts| facts.heater.name.to_string()),
            AlarmSubject::Site(_) => site_name.to_owned(),
            AlarmSubject::Platform => String::new(),
        };
        self.tell(&format!("alarm-what-{}", key_of(alarm.rule)), &[("name", isolated(&name).into())])
    }

    /// What to do about it.
    pub(crate) fn alarm_advice(self, rule: AlarmRule) -> String {
        self.language.say(&format!("alarm-do-{}", key_of(rule)))
    }

    /// The value it changed with and the limit, where it has any.
    pub(crate) fn alarm_value(self, alarm: &AlarmEntry) -> Option<String> {
        let of = |value| measured(self.language, alarm.rule.standard().unit, value);
        let (value, limit) = (of(alarm.value?)?, of(alarm.limit)?);
        Some(self.tell("alarm-value", &[("value", value.into()), ("limit", limit.into())]))
    }

    /// Where it stands, and until when it is put aside.
    pub(crate) fn alarm_state(self, alarm: &AlarmEntry) -> String {
        match alarm.shelved_until {
            Some(until) if alarm.state == AlarmState::ShelvedActive => {
                self.tell("alarm-shelved-until", &[("until", self.moment(until).into())])
            }
            _ => self.language.say(&format!("alarm-state-{}", alarm.state.as_str().replace('_', "-"))),
        }
    }

    /// How many it hides, where it hides any.
    pub(crate) fn alarm_hides(self, alarm: &AlarmEntry) -> Option<String> {
        let are_heaters = alarm.rule == AlarmRule::HeatersSilent;
        let key = if are_heaters { "alarm-hides-heaters" } else { "alarm-hides" };
        (alarm.hides > 0).then(|| self.tell(key, &[("n", alarm.hides.into())]))
    }

    /// A line of its history.
    pub(crate) fn alarm_change(self, change: &AlarmChange, rule: AlarmRule) -> String {
        let text = match vocabulary::Timestamp::parse_rfc3339(&change.text) {
            Some(until) if change.deed == AlarmDeed::Shelved => self.moment(until),
            _ => change.text.clone(),
        };
        let mut key = format!("alarm-deed-{}", change.deed.as_str());
        if change.deed == AlarmDeed::Assigned && text.is_empty() {
            key.push_str("-nobody");
        }
        let mut told = self.tell(&key, &[("text", isolated(&text).into())]);
        let value = change.value.and_then(|value| measured(self.language, rule.standard().unit, value));
        if let Some(value) = value {
            told = format!("{told} {}", self.tell("alarm-history-value", &[("value", value.into())]));
        }
        if change.who.is_empty() {
            return told;
        }
        let by = self.tell("alarm-deed-by", &[("who", isolated(&change.who).into())]);
        format!("{told} · {by}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_and_state_has_its_words_in_both_languages() {
        for l in [Language::English, Language::French] {
            let rules = AlarmRule::ALL.iter().copied().map(key_of);
            let keys =
                rules.flat_map(|rule| ["rule", "what", "do"].map(|kind| format!("alarm-{kind}-{rule}")));
            let states =
                AlarmState::ALL.map(|state| format!("alarm-state-{}", state.as_str().replace('_', "-")));
            let deeds = AlarmDeed::ALL.map(|deed| format!("alarm-deed-{}", deed.as_str()));
            for key in keys.chain(states).chain(deeds) {
                let told = l.tell(&key, &[("name", "x".into()), ("text", "x".into())]);
                assert!(!told.contains('⟦'), "{l:?} {told}");
            }
        }
    }

    #[test]
    fn a_value_is_told_in_the_unit_of_its_rule() {
        let told = |unit, value| measured(Language::French, unit, value);
        assert_eq!(told(AlarmUnit::Seconds, 330.0), Some(Language::French.length(330_000)));
        assert_eq!(told(AlarmUnit::Gigabytes, 1.5).unwrap(), "1,5\u{a0}Go");
        assert_eq!(told(AlarmUnit::Percent, 60.0).unwrap(), "60\u{202f}%");
        assert_eq!(told(AlarmUnit::Fact, 1.0), None);
    }
}
