//! Facts as sentences: reasons, problems, trust, modes and metrics in the visitor's language.

pub(crate) mod alarms;
pub(crate) mod mistake;
mod why;

use vocabulary::{Alarm, HeaterId, Metric, SetpointBy, Timestamp, Zone};

use crate::attention::{Place, Problem, ProblemKind};
use crate::facts::{Measured, RoomFacts};
use crate::language::{Fill, Language, UNKNOWN};
use crate::live::COLD_K;

/// Who says it, where and when: what every sentence needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Speaker {
    pub(crate) language: Language,
    pub(crate) zone: Zone,
    pub(crate) now: Timestamp,
}

impl Speaker {
    fn tell(self, key: &str, fills: &[Fill<'_>]) -> String {
        self.language.tell(key, fills)
    }

    /// The time, with its day where that is not today.
    pub(crate) fn moment(self, at: Timestamp) -> String {
        self.language.moment(at, self.now, self.zone)
    }

    /// Whether `moment` says no day, so that a preposition may stand before it.
    pub(crate) fn is_today(self, at: Timestamp) -> bool {
        let day = |at| self.zone.format(at, "%Y-%j");
        day(at) == day(self.now)
    }

    /// How long ago, or a dash.
    pub(crate) fn age(self, at: Option<Timestamp>) -> String {
        at.map_or_else(|| UNKNOWN.to_owned(), |at| self.language.age(self.now.since(at)))
    }

    /// A value in the unit of its metric, or a dash.
    pub(crate) fn value(self, metric: &Metric, value: Option<f64>) -> String {
        value.map_or_else(|| UNKNOWN.to_owned(), |value| quantity(self.language, metric, value))
    }

    /// How much a value can be trusted, in a word.
    pub(crate) fn trust(self, measured: Measured) -> String {
        self.language.say(&format!("trust-{}", measured.trust.as_str()))
    }

    /// Who set a setpoint, and until when.
    pub(crate) fn setpoint_by(self, by: SetpointBy, until: Option<Timestamp>) -> String {
        let who = self.language.say(match by {
            SetpointBy::Manager => "by-manager",
            SetpointBy::BuildingSystem => "by-building-system",
            SetpointBy::Tenant => "by-tenant",
            SetpointBy::Setback => "by-setback",
            SetpointBy::Schedule => "by-schedule",
        });
        match until {
            Some(until) => {
                self.tell("by-until", &[("who", who.into()), ("until", self.moment(until).into())])
            }
            None => who,
        }
    }

    /// What a problem is, in a line.
    pub(crate) fn problem(self, problem: &Problem) -> String {
        let l = self.language;
        let name = match &problem.place {
            Place::Room(_, name) | Place::Heater(_, name) => isolated(name),
            Place::Heaters | Place::Rooms | Place::Site => String::new(),
        };
        let watts = |w: u32| l.power(f64::from(w));
        match &problem.kind {
            ProblemKind::RoomCold { below_k, .. } => self.tell(
                "problem-cold",
                &[("name", name.into()), ("below", l.quantity(*below_k, 1, "°").into())],
            ),
            ProblemKind::TemperatureUnknown => self.tell("problem-unknown", &[("name", name.into())]),
            ProblemKind::SensorDoubtful { metric, suspect } => self.tell(
                if *suspect { "problem-sensor-suspect" } else { "problem-sensor-missing" },
                &[("name", name.into()), ("metric", metric_name(l, metric).into())],
            ),
            ProblemKind::HeaterSilent => self.tell("problem-silent", &[("name", name.into())]),
            ProblemKind::HeatersSilent { count } => {
                self.tell("problem-silent-many", &[("n", (*count).into())])
            }
            ProblemKind::HeaterTripped { .. } => self.tell("problem-tripped", &[("name", name.into())]),
            ProblemKind::HeaterOff => self.tell("problem-off", &[("name", name.into())]),
            ProblemKind::HeaterDerated => self.tell("problem-derated", &[("name", name.into())]),
            ProblemKind::HeaterOnFallback => self.tell("problem-fallback", &[("name", name.into())]),
            ProblemKind::HeatersOnFallback { count } => {
                self.tell("problem-fallback-many", &[("n", (*count).into())])
            }
            ProblemKind::BudgetNotObeyed { drawn_w, budget_w } => self.tell(
                "problem-over",
                &[
                    ("name", name.into()),
                    ("drawn", watts(*drawn_w).into()),
                    ("budget", watts(*budget_w).into()),
                ],
            ),
            ProblemKind::CapActive { cap_w, rooms, .. } => {
                self.tell("problem-cap", &[("cap", watts(*cap_w).into()), ("n", (*rooms).into())])
            }
            ProblemKind::CapBelowFallback { cap_w } => {
                self.tell("problem-cap-low", &[("cap", watts(*cap_w).into())])
            }
            ProblemKind::SecondController { .. } => l.say("problem-second-controller"),
            ProblemKind::WorkUnknown => l.say("problem-work"),
            ProblemKind::OverrideActive { setpoint_c, until, .. } => self.tell(
                "problem-override",
                &[
                    ("name", name.into()),
                    ("setpoint", l.celsius(*setpoint_c).into()),
                    ("until", self.moment(*until).into()),
                ],
            ),
        }
    }

    /// The likely cause of a problem.
    pub(crate) fn cause(self, problem: &Problem) -> String {
        let l = self.language;
        match &problem.kind {
            ProblemKind::RoomCold { cause, .. } => l.say(&format!("cause-cold-{}", cause.as_str())),
            ProblemKind::TemperatureUnknown => l.say("cause-unknown"),
            ProblemKind::SensorDoubtful { suspect: true, .. } => l.say("cause-sensor-suspect"),
            ProblemKind::SensorDoubtful { suspect: false, .. } => l.say("cause-sensor-missing"),
            ProblemKind::HeaterSilent | ProblemKind::HeatersSilent { .. } => l.say("cause-silent"),
            ProblemKind::HeaterTripped { needs_reset: true } => l.say("cause-tripped-for-good"),
            ProblemKind::HeaterTripped { needs_reset: false } => l.say("cause-tripped"),
            ProblemKind::HeaterOff => l.say("cause-off"),
            ProblemKind::HeaterDerated => l.say("cause-derated"),
            ProblemKind::HeaterOnFallback | ProblemKind::HeatersOnFallback { .. } => l.say("cause-fallback"),
            ProblemKind::BudgetNotObeyed { .. } => l.say("cause-over"),
            ProblemKind::CapActive { until: Some(until), .. } => {
                self.tell("cause-cap-until", &[("until", self.moment(*until).into())])
            }
            ProblemKind::CapActive { until: None, .. } => l.say("cause-cap"),
            ProblemKind::CapBelowFallback { .. } => l.say("cause-cap-low"),
            ProblemKind::SecondController { told_by } if told_by.is_empty() => {
                l.say("cause-second-controller")
            }
            ProblemKind::SecondController { told_by } => {
                let names = told_by.iter().map(HeaterId::as_str).collect::<Vec<_>>().join(", ");
                let told = self.tell("cause-second-controller-told", &[("heaters", names.into())]);
                format!("{} {told}", l.say("cause-second-controller"))
            }
            ProblemKind::WorkUnknown => l.say("cause-work"),
            ProblemKind::OverrideActive { by, .. } => {
                self.tell("cause-override", &[("who", self.setpoint_by(*by, None).into())])
            }
        }
    }

    /// The first line of the home page: is everybody fine?
    pub(crate) fn headline(self, cold: &[&str], blind: usize, judged: u32) -> String {
        let l = self.language;
        match cold {
            [] if blind > 0 && judged == 0 => l.say("headline-blind"),
            [] if blind > 0 => l.say("headline-fine-known"),
            [] if judged == 0 => l.say("headline-nobody"),
            [] => l.say("headline-fine"),
            [one] => self.tell("headline-one", &[("a", isolated(one).into())]),
            [one, two] => {
                self.tell("headline-two", &[("a", isolated(one).into()), ("b", isolated(two).into())])
            }
            many => self.tell("headline-many", &[("n", many.len().into())]),
        }
    }

    /// The first line of the home page when what is known of the rooms is old.
    pub(crate) fn headline_stale(self, since: Timestamp) -> String {
        self.tell("headline-stale", &[("moment", self.moment(since).into())])
    }

    /// How a tenant's room feels, in a word. Below the band's lower end nobody is comfortable, whatever the setpoint.
    pub(crate) fn feeling(self, room: &RoomFacts) -> (&'static str, String) {
        let low_c = room.room.low_c.degrees();
        let key = match (room.fresh_deviation(), room.temperature.value) {
            (Some(k), Some(t)) if k.min(t - low_c) < -COLD_K => "cold",
            (Some(k), Some(t)) if k.min(t - low_c) < -0.6 => "cool",
            (Some(k), Some(_)) if k > 1.5 => "warm",
            (Some(_), Some(_)) => "fine",
            _ => "unknown",
        };
        (key, self.language.say(&format!("feeling-{key}")))
    }
}

/// A name inside a sentence, between marks that keep its direction of writing to itself.
pub(crate) fn isolated(name: &str) -> String {
    format!("\u{2068}{name}\u{2069}")
}

/// The name of a metric.
pub(crate) fn metric_name(language: Language, metric: &Metric) -> String {
    if matches!(metric, Metric::Registered(_)) {
        return metric.as_str().to_owned();
    }
    language.say(&format!("metric-{}", metric.as_str().replace('_', "-")))
}

/// What an alarm of one of our heaters means; nothing for the words of another make.
pub(crate) fn alarm(language: Language, text: &str) -> Option<String> {
    let (alarm, rest) = Alarm::read(text)?;
    let count = rest.rsplit(':').next().and_then(|count| count.parse::<u64>().ok()).unwrap_or(1);
    Some(language.tell(&format!("alarm-{}", alarm.as_str().replace('_', "-")), &[("n", count.into())]))
}

/// A value in the unit of its metric.
pub(crate) fn quantity(language: Language, metric: &Metric, value: f64) -> String {
    match metric {
        Metric::PowerW | Metric::ResistorW => language.power(value),
        Metric::EnergyWh => language.energy(value),
        Metric::CoresBusy | Metric::JobsRunning | Metric::WifiClients | Metric::Presence => {
            language.number(value, 0)
        }
        Metric::Registered(_) => language.number(value, 2),
        _ => {
            let (decimals, unit) = unit(metric);
            language.quantity(value, decimals, unit)
        }
    }
}

/// The decimals of a value that a page changes in place; `None` for one whose unit grows with it, such as W and kW.
pub(crate) const fn live_decimals(metric: &Metric) -> Option<usize> {
    match metric {
        Metric::PowerW | Metric::ResistorW | Metric::EnergyWh => None,
        Metric::CoresBusy | Metric::JobsRunning | Metric::WifiClients | Metric::Presence => Some(0),
        Metric::Registered(_) => Some(2),
        _ => Some(unit(metric).0),
    }
}

const fn unit(metric: &Metric) -> (usize, &'static str) {
    match metric {
        Metric::HumidityPct | Metric::LoadPct => (0, "%"),
        Metric::Co2Ppm => (0, "ppm"),
        Metric::VocPpb => (0, "ppb"),
        Metric::Pm25Ugm3 => (0, "µg/m³"),
        Metric::IlluminanceLux => (0, "lux"),
        Metric::SoundDba => (0, "dB"),
        Metric::FanRpm => (0, "rpm"),
        Metric::LinkUpMbps => (1, "Mbit/s"),
        Metric::FlowLpm => (1, "l/min"),
        Metric::ChipTemperatureC | Metric::CaseTemperatureC => (0, "°C"),
        _ => (1, "°C"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::{Celsius, Mode, Why};

    #[test]
    fn every_reason_mode_alarm_and_metric_has_words_in_both_languages() {
        for language in [Language::English, Language::French] {
            let speaker = Speaker { language, zone: Zone::UTC, now: Timestamp::from_ms(0) };
            let mut said: Vec<String> =
                why::tests::every_reason().iter().map(|why| speaker.why(why, Some(true))).collect();
            let words = Mode::ALL.map(Mode::as_str).into_iter().chain(["silent", "reports", "unknown"]);
            said.extend(words.map(|word| language.say(&format!("mode-{}", word.replace('_', "-")))));
            said.extend(Alarm::ALL.iter().filter_map(|said| alarm(language, &format!("{said}:reason:3"))));
            said.extend(Metric::STANDARD.iter().map(|metric| metric_name(language, metric)));
            assert!(said.iter().all(|text| !text.contains('⟦')), "{said:#?}");
        }
    }

    #[test]
    fn no_preposition_for_a_time_of_day_stands_before_a_day() {
        let speaker = Speaker { language: Language::French, zone: Zone::UTC, now: Timestamp::from_ms(0) };
        let setpoint_c = Celsius::from_hundredths(2050);
        let said = |at_ms| {
            let at_ms = Timestamp::from_ms(at_ms);
            speaker.why(&Why::Preheating { temperature_c: 19.4, setpoint_c, at_ms, heat_w: 612 }, None)
        };
        assert!(said(3_600_000).contains("°C à 01:00"), "{}", said(3_600_000));
        assert!(said(86_400_000).contains("°C ven. 2 janv. à 00:00"), "{}", said(86_400_000));
    }

    #[test]
    fn the_first_line_is_no_calmer_than_what_is_known() {
        let speaker = Speaker { language: Language::English, zone: Zone::UTC, now: Timestamp::from_ms(0) };
        assert_eq!(speaker.headline(&[], 0, 0), Language::English.say("headline-nobody"));
        assert_eq!(speaker.headline(&[], 2, 0), Language::English.say("headline-blind"));
        assert_eq!(speaker.headline(&[], 2, 5), Language::English.say("headline-fine-known"));
        // The name keeps its own direction of writing.
        assert!(speaker.headline(&["101"], 0, 5).ends_with("in \u{2068}101\u{2069}"));
    }

    #[test]
    fn a_reason_is_a_sentence_with_numbers_of_the_language() {
        let speaker = Speaker { language: Language::French, zone: Zone::UTC, now: Timestamp::from_ms(0) };
        let why = Why::BelowSetpoint {
            temperature_c: 20.3,
            setpoint_c: Celsius::from_hundredths(2050),
            heat_w: 430,
        };
        let said = speaker.why(&why, Some(true));
        assert!(said.contains("0,2\u{a0}°") && said.contains("430\u{a0}W"), "{said}");
    }
}
