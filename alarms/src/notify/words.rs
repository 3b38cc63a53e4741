//! The few words that messages need, in two languages. Pages have whole sentences; a message has a line for each alarm.

use registry::{AlarmRule, AlarmUnit, Severity};

/// The language of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NoticeLanguage {
    /// English.
    #[default]
    English,
    /// French.
    French,
}

impl NoticeLanguage {
    /// Of two texts the one in this language.
    pub(crate) const fn of<'a>(self, english: &'a str, french: &'a str) -> &'a str {
        match self {
            Self::English => english,
            Self::French => french,
        }
    }

    /// How grave, in capitals: it is what is read first.
    pub(crate) const fn severity(self, severity: Severity) -> &'static str {
        match severity {
            Severity::Critical => self.of("CRITICAL", "CRITIQUE"),
            Severity::High => self.of("HIGH", "HAUTE"),
            Severity::Medium => self.of("MEDIUM", "MOYENNE"),
            Severity::Low => self.of("LOW", "BASSE"),
        }
    }

    /// What is wrong.
    pub(crate) const fn rule(self, rule: AlarmRule) -> &'static str {
        match rule {
            AlarmRule::RoomFrost => self.of("near frost", "proche du gel"),
            AlarmRule::RoomCold => self.of("occupied and too cold", "occupé et trop froid"),
            AlarmRule::RoomHot => self.of("too hot", "trop chaud"),
            AlarmRule::RoomCo2 => self.of("stale air", "air vicié"),
            AlarmRule::RoomFalling => self.of("cools fast", "refroidit vite"),
            AlarmRule::SensorSilent => self.of("temperature not known", "température inconnue"),
            AlarmRule::HeaterSilent => self.of("says nothing", "ne dit plus rien"),
            AlarmRule::BudgetDisobeyed => self.of("draws more than allowed", "prend plus que permis"),
            AlarmRule::HeaterTripped => self.of("has switched itself off", "s’est coupé"),
            AlarmRule::HeaterDerated => {
                self.of("near its limit of temperature", "près de sa limite de température")
            }
            AlarmRule::HeaterFrost => self.of("fears frost", "craint le gel"),
            AlarmRule::HeaterSensors => {
                self.of("cannot rely on its sensors", "ne peut se fier à ses capteurs")
            }
            AlarmRule::HeaterRecords => self.of("loses records", "perd des mesures"),
            AlarmRule::BudgetRefused => self.of("was sent foreign budgets", "a reçu des budgets étrangers"),
            AlarmRule::HeatersSilent => {
                self.of("many heaters silent at once", "beaucoup de radiateurs muets à la fois")
            }
            AlarmRule::ControllerSilent => self.of("controller silent", "contrôleur muet"),
            AlarmRule::SecondController => self.of("two controllers at work", "deux contrôleurs à la fois"),
            AlarmRule::BrokerSilent => self.of("broker not heard", "broker muet"),
            AlarmRule::IngestLag => self.of("history falls behind", "historique en retard"),
            AlarmRule::GapDeclared => self.of("records lost", "mesures perdues"),
            AlarmRule::MessagesRefused => self.of("many messages refused", "beaucoup de messages refusés"),
            AlarmRule::DiskFull => self.of("disk nearly full", "disque presque plein"),
            AlarmRule::HistoryStopped => {
                self.of("history cannot be written", "l’historique ne peut plus être écrit")
            }
        }
    }

    /// A value in its unit; nothing for a fact.
    pub(crate) fn value(self, unit: AlarmUnit, value: f64) -> Option<String> {
        let (decimals, sign) = match unit {
            AlarmUnit::Celsius => (1, " °C"),
            AlarmUnit::Kelvin => (1, " K"),
            AlarmUnit::KelvinPerHour => (1, " K/h"),
            AlarmUnit::Ppm => (0, " ppm"),
            AlarmUnit::Seconds => (0, " s"),
            AlarmUnit::Watts => (0, " W"),
            AlarmUnit::Percent => (0, " %"),
            AlarmUnit::Count => (0, ""),
            AlarmUnit::Gigabytes => (1, self.of(" GB", " Go")),
            AlarmUnit::Fact => return None,
        };
        let number = format!("{value:.decimals$}");
        Some(format!("{}{sign}", if self == Self::French { number.replace('.', ",") } else { number }))
    }
}
