//! The reason of a room's budget as a sentence.

use vocabulary::{Celsius, Timestamp, Why};

use super::Speaker;
use crate::language::{Fill, Language};

/// The key of a sentence, and the numbers in it as people of a language write them.
type Told = (String, Vec<(&'static str, String)>);

impl Speaker {
    /// The reason of a room's budget, as a sentence.
    pub(crate) fn why(self, why: &Why, occupied: Option<bool>) -> String {
        let (key, numbers) = self.key_and_numbers(why);
        let fills: Vec<Fill<'_>> = numbers.iter().map(|(name, text)| (*name, text.as_str().into())).collect();
        let sentence = self.tell(&key, &fills);
        match occupied {
            // That sentence says who is there.
            Some(false) if matches!(why, Why::Vacant { .. }) => sentence,
            Some(true) => format!("{sentence} {}", self.language.say("why-occupied")),
            Some(false) => format!("{sentence} {}", self.language.say("why-empty")),
            None => sentence,
        }
    }

    fn key_and_numbers(self, why: &Why) -> Told {
        let l = self.language;
        let power = |watts: &u32| ("power", l.power(f64::from(*watts)));
        let cap = |watts: &u32| ("cap", l.power(f64::from(*watts)));
        let setpoint = |celsius: &Celsius| ("setpoint", l.celsius(celsius.degrees()));
        let missing = |setpoint: &Celsius, air_c: &f64| ("missing", degrees(l, setpoint.degrees() - air_c));
        match why {
            Why::BelowSetpoint { temperature_c, setpoint_c, heat_w } => {
                told("below", [missing(setpoint_c, temperature_c), power(heat_w), setpoint(setpoint_c)])
            }
            Why::FullPower { temperature_c, setpoint_c, heat_w } => {
                told("full-power", [missing(setpoint_c, temperature_c), power(heat_w), setpoint(setpoint_c)])
            }
            Why::AtSetpoint { setpoint_c, heat_w, .. } => told("at", [power(heat_w), setpoint(setpoint_c)]),
            Why::AboveSetpoint { temperature_c, setpoint_c } => {
                let above = degrees(l, temperature_c - setpoint_c.degrees());
                told("above", [("above", above), setpoint(setpoint_c)])
            }
            Why::Preheating { setpoint_c, at_ms, heat_w, .. } => {
                self.told_with_moment("preheating", *at_ms, [power(heat_w), setpoint(setpoint_c)])
            }
            Why::SharedCap { wanted_w, heat_w, cap_w } => {
                told("cap", [("wanted", l.power(f64::from(*wanted_w))), power(heat_w), cap(cap_w)])
            }
            Why::Vacant { setpoint_c, occupied_c, heat_w, .. } => {
                let occupied = ("occupied", l.celsius(occupied_c.degrees()));
                told("vacant", [power(heat_w), setpoint(setpoint_c), occupied])
            }
            Why::WindowOpen { lowest_c, heat_w, open_s, .. } => {
                let lowest = ("lowest", l.celsius(lowest_c.degrees()));
                told("window", [power(heat_w), lowest, ("age", self.seconds(*open_s))])
            }
            Why::TemperatureBelieved { believed_c, heat_w, age_s, limit_s, doubt, .. } => {
                let (age, limit) = (("age", self.seconds(*age_s)), ("limit", self.seconds(*limit_s)));
                let believed = ("believed", l.celsius(*believed_c));
                told(&format!("believed-{}", doubt.as_str()), [power(heat_w), believed, age, limit])
            }
            Why::MustRun { jobs_w, heat_w, .. } => {
                told("must-run", [power(heat_w), ("jobs", l.power(f64::from(*jobs_w)))])
            }
            Why::CheapHours { heat_w, cost_eur_per_kwh, later_eur_per_kwh, .. } => {
                let (now, later) = (cents(l, *cost_eur_per_kwh), cents(l, *later_eur_per_kwh));
                told("cheap", [power(heat_w), ("cost", now), ("later", later)])
            }
            Why::WorkPays { heat_w, cost_eur_per_kwh, .. } => {
                told("work-pays", [power(heat_w), ("earned", cents(l, -cost_eur_per_kwh))])
            }
            Why::AheadOfCap { at_ms, cap_w, heat_w, .. } => {
                self.told_with_moment("ahead-of-cap", *at_ms, [power(heat_w), cap(cap_w)])
            }
            Why::RuleLimit { asked_c, limit_c, rule, heat_w, .. } => {
                let asked = ("asked", l.celsius(asked_c.degrees()));
                let limit = ("limit", l.celsius(limit_c.degrees()));
                told(&format!("rule-{}", rule.as_str().replace('_', "-")), [power(heat_w), asked, limit])
            }
            Why::Excitation { setpoint_c, dither_k, heat_w, .. } => {
                told("excitation", [power(heat_w), setpoint(setpoint_c), ("dither", degrees(l, *dither_k))])
            }
            Why::TemperatureUnknown { age_s } => self.told_since("unknown", *age_s),
            Why::HeatersSilent { age_s } => self.told_since("silent", *age_s),
            Why::HeatersOff {} => told("heaters-off", []),
            Why::NotControllable {} => told("not-controllable", []),
            Why::NoHeater {} => told("no-heater", []),
        }
    }

    /// A sentence with a time of day in it, or with a day where that is not today.
    fn told_with_moment<const N: usize>(
        self,
        end: &str,
        at: Timestamp,
        numbers: [(&'static str, String); N],
    ) -> Told {
        let (key, mut numbers) = told(end, numbers);
        numbers.push(("moment", self.moment(at)));
        (if self.is_today(at) { key } else { format!("{key}-day") }, numbers)
    }

    fn told_since(self, end: &str, age_s: Option<u64>) -> Told {
        let age = age_s.filter(|age_s| i64::try_from(*age_s).is_ok());
        age.map_or_else(
            || told(end, []),
            |age_s| told(&format!("{end}-since"), [("age", self.seconds(age_s))]),
        )
    }

    fn seconds(self, seconds: u64) -> String {
        self.language.length(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000))
    }
}

fn told<const N: usize>(end: &str, numbers: [(&'static str, String); N]) -> Told {
    (format!("why-{end}"), numbers.into())
}

/// A difference of temperatures, as people say it.
fn degrees(language: Language, kelvins: f64) -> String {
    language.quantity(kelvins, 1, "°")
}

/// A price, as people say it.
fn cents(language: Language, eur_per_kwh: f64) -> String {
    language.quantity(100.0 * eur_per_kwh, 1, "ct/kWh")
}

#[cfg(test)]
pub(super) mod tests {
    use vocabulary::{Doubt, Rule, Zone};

    use super::*;

    /// One of each kind, and of each word within.
    pub(crate) fn every_reason() -> Vec<Why> {
        let (setpoint_c, at_ms) = (Celsius::from_hundredths(2050), Timestamp::from_ms(0));
        let (temperature_c, heat_w) = (20.3, 430);
        let believed = |doubt| Why::TemperatureBelieved {
            believed_c: 20.1,
            setpoint_c,
            heat_w,
            age_s: 900,
            limit_s: 21_600,
            doubt,
        };
        let ruled = |rule| Why::RuleLimit {
            temperature_c,
            asked_c: setpoint_c,
            limit_c: Celsius::from_hundredths(1900),
            rule,
            heat_w,
        };
        let (cost_eur_per_kwh, later_eur_per_kwh) = (0.065, 0.2);
        let mut reasons = vec![
            Why::BelowSetpoint { temperature_c: 19.4, setpoint_c, heat_w },
            Why::FullPower { temperature_c: 18.0, setpoint_c, heat_w },
            Why::AtSetpoint { temperature_c: 20.5, setpoint_c, heat_w },
            Why::AboveSetpoint { temperature_c: 21.5, setpoint_c },
            Why::Preheating { temperature_c, setpoint_c, at_ms, heat_w },
            Why::SharedCap { wanted_w: 600, heat_w, cap_w: 9000 },
            Why::Vacant { temperature_c, setpoint_c, occupied_c: setpoint_c, heat_w },
            Why::WindowOpen {
                temperature_c,
                lowest_c: Celsius::from_hundredths(800),
                heat_w: 0,
                open_s: 300,
            },
            Why::MustRun { temperature_c, setpoint_c, jobs_w: 200, heat_w },
            Why::CheapHours { temperature_c, setpoint_c, heat_w, cost_eur_per_kwh, later_eur_per_kwh },
            Why::WorkPays { temperature_c, setpoint_c, heat_w, cost_eur_per_kwh: -0.03 },
            Why::AheadOfCap { temperature_c, setpoint_c, at_ms, cap_w: 9000, heat_w },
            Why::Excitation { temperature_c, setpoint_c, dither_k: 0.4, heat_w },
            Why::TemperatureUnknown { age_s: None },
            Why::TemperatureUnknown { age_s: Some(u64::MAX) },
            Why::TemperatureUnknown { age_s: Some(70) },
            Why::HeatersSilent { age_s: Some(70) },
            Why::HeatersSilent { age_s: None },
            Why::HeatersOff {},
            Why::NotControllable {},
            Why::NoHeater {},
        ];
        reasons.extend([Doubt::Silent, Doubt::Absurd, Doubt::Stuck].map(believed));
        let rules = Rule::ALL;
        reasons.extend(rules.map(ruled));
        reasons
    }

    #[test]
    fn a_moment_of_another_day_has_its_own_sentence_in_both_languages() {
        let at_ms = Timestamp::from_ms(86_400_000);
        for language in [Language::English, Language::French] {
            let speaker = Speaker { language, zone: Zone::UTC, now: Timestamp::from_ms(0) };
            let setpoint_c = Celsius::from_hundredths(2050);
            for why in [
                Why::Preheating { temperature_c: 19.0, setpoint_c, at_ms, heat_w: 300 },
                Why::AheadOfCap { temperature_c: 21.0, setpoint_c, at_ms, cap_w: 900, heat_w: 300 },
            ] {
                let said = speaker.why(&why, None);
                assert!(!said.contains('⟦') && said.contains("00:00"), "{said}");
            }
        }
    }

    #[test]
    fn a_sentence_that_says_that_nobody_is_there_says_it_once() {
        let speaker = Speaker { language: Language::English, zone: Zone::UTC, now: Timestamp::from_ms(0) };
        let (setpoint_c, occupied_c) = (Celsius::from_hundredths(1900), Celsius::from_hundredths(2050));
        let why = Why::Vacant { temperature_c: 19.0, setpoint_c, occupied_c, heat_w: 90 };
        let said = speaker.why(&why, Some(false));
        assert_eq!(said.to_lowercase().matches("nobody").count(), 1, "{said}");
        assert!(said.contains("19.0") && said.contains("20.5") && said.contains("90"), "{said}");
    }
}
