//! Which alarms there are, how grave each is, and with which limit and delays it begins: the standard. A manager may
//! change limit and delay of each, or switch it off ([`crate::AlarmSetting`]).
//!
//! Severities are the priorities of ISA-18.2; an alarm is there only where somebody can do something about it.

/// How soon somebody has to do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Soon enough when somebody comes by.
    Low,
    /// Within the day.
    Medium,
    /// Within the hour.
    High,
    /// Now, also at night.
    Critical,
}

impl Severity {
    /// All of them, the gravest first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Medium, Self::Low];

    /// The word in the API and in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Whether an alarm stays, after its cause is over, until somebody has acknowledged it: of what is grave somebody has
    /// to know even where it passed by itself; lesser ones would only pile up.
    #[must_use]
    pub const fn latches(self) -> bool {
        matches!(self, Self::Critical | Self::High)
    }
}

/// What kind of thing a rule watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlarmScope {
    /// Each room with a heater.
    Room,
    /// Each heater.
    Heater,
    /// Each site as a whole.
    Site,
    /// The program itself.
    Platform,
}

/// On which side of its limit a value is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crossing {
    /// Above it.
    Above,
    /// Below it.
    Below,
}

/// The unit of a rule's value and limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlarmUnit {
    /// Degrees Celsius.
    Celsius,
    /// Kelvin.
    Kelvin,
    /// Kelvin an hour.
    KelvinPerHour,
    /// CO₂ in millionths.
    Ppm,
    /// Seconds.
    Seconds,
    /// Watts.
    Watts,
    /// Hundredths.
    Percent,
    /// A number of things.
    Count,
    /// 10⁹ bytes.
    Gigabytes,
    /// No number: it is so (1) or not (0), and nobody sets a limit.
    Fact,
}

impl AlarmUnit {
    /// The word in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Celsius => "celsius",
            Self::Kelvin => "kelvin",
            Self::KelvinPerHour => "kelvin_per_hour",
            Self::Ppm => "ppm",
            Self::Seconds => "seconds",
            Self::Watts => "watts",
            Self::Percent => "percent",
            Self::Count => "count",
            Self::Gigabytes => "gigabytes",
            Self::Fact => "fact",
        }
    }
}

/// With what a rule begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlarmStandard {
    /// How grave it is.
    pub severity: Severity,
    /// What it watches.
    pub scope: AlarmScope,
    /// On which side of the limit a value is wrong.
    pub crossing: Crossing,
    /// The limit.
    pub limit: f64,
    /// The unit of value, limit and hysteresis.
    pub unit: AlarmUnit,
    /// So far back across the limit a value has to come before it is right again.
    pub hysteresis: f64,
    /// A value is wrong for so long before the alarm is raised, s.
    pub on_delay_s: u32,
    /// A value is right again for so long before the alarm returns, s.
    pub off_delay_s: u32,
}

macro_rules! rules {
    ($($(#[$doc:meta])* $variant:ident $word:literal $severity:ident $scope:ident $crossing:ident
        $limit:literal $unit:ident hysteresis $hysteresis:literal on $on:literal off $off:literal;)*) => {
        /// One kind of alarm.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum AlarmRule {
            $($(#[$doc])* $variant,)*
        }

        impl AlarmRule {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word in the book, in the API and in addresses.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// With what it begins.
            #[must_use]
            pub const fn standard(self) -> AlarmStandard {
                match self {
                    $(Self::$variant => AlarmStandard {
                        severity: Severity::$severity, scope: AlarmScope::$scope, crossing: Crossing::$crossing,
                        limit: $limit, unit: AlarmUnit::$unit, hysteresis: $hysteresis,
                        on_delay_s: $on, off_delay_s: $off,
                    },)*
                }
            }
        }
    };
}

// Delays of a minute are six heartbeats or six control cycles: no lost message raises an alarm, and none ends one.
rules! {
    /// A room is near frost: pipes burst at 0 °C, and 5 °C leaves hours to come. The heaters' own protection has failed.
    RoomFrost "room_frost" Critical Room Below 5.0 Celsius hysteresis 1.0 on 300 off 600;
    /// An occupied room is far below its setpoint. Twice the kelvin from which the pages call a room cold, and for
    /// longer than a heater needs to bring a room back after a window was open.
    RoomCold "room_cold" High Room Above 2.0 Kelvin hysteresis 0.5 on 2700 off 300;
    /// A room is too hot to stay in: above the summer limit of most workplaces.
    RoomHot "room_hot" Medium Room Above 30.0 Celsius hysteresis 1.0 on 1800 off 600;
    /// The air is stale. 1,500 ppm is where the French order of 27 December 2022 on schools asks for action.
    RoomCo2 "room_co2" Low Room Above 1500.0 Ppm hysteresis 200.0 on 1200 off 300;
    /// A room loses heat faster than walls lose it: a window or door stands open. Measured over half an hour.
    RoomFalling "room_falling" Low Room Above 3.0 KelvinPerHour hysteresis 1.0 on 600 off 600;
    /// No believable temperature of a room whose heaters are heard. Control gives a sensor five minutes; ten more let
    /// somebody change a battery.
    SensorSilent "sensor_silent" Medium Room Above 900.0 Seconds hysteresis 0.0 on 0 off 60;
    /// A heater says nothing: thirty heartbeats. It heats on its own, at its setback.
    HeaterSilent "heater_silent" Medium Heater Above 300.0 Seconds hysteresis 0.0 on 0 off 60;
    /// A heater draws more than it is allowed, by more than a tenth: this limit comes on top. The heater's own guard
    /// trips after ten seconds of it, so a minute means that this guard has failed too.
    BudgetDisobeyed "budget_disobeyed" Critical Heater Above 50.0 Watts hysteresis 25.0 on 60 off 60;
    /// A heater took its power away: too hot, too much drawn, or sensors that contradict each other.
    HeaterTripped "heater_tripped" Critical Heater Above 0.5 Fact hysteresis 0.0 on 0 off 30;
    /// A heater is near its limit of temperature and gives less than it could: its air is blocked, perhaps.
    HeaterDerated "heater_derated" Medium Heater Above 0.5 Fact hysteresis 0.0 on 600 off 120;
    /// A heater fears frost.
    HeaterFrost "heater_frost" Critical Heater Above 0.5 Fact hysteresis 0.0 on 60 off 600;
    /// A heater cannot read one of its sensors, or two of them contradict each other.
    HeaterSensors "heater_sensors" Medium Heater Above 0.5 Fact hysteresis 0.0 on 300 off 60;
    /// A heater drops records, or cannot keep them safe: a gap in history.
    HeaterRecords "heater_records" High Heater Above 0.5 Fact hysteresis 0.0 on 60 off 60;
    /// A heater was sent budgets that no healthy house sends.
    BudgetRefused "budget_refused" High Heater Above 0.5 Fact hysteresis 0.0 on 30 off 600;
    /// Many of a site's heaters are silent at once: their network, more likely than all of them. Beneath it lie the alarms
    /// of each. Raised long before the first of these would be.
    HeatersSilent "heaters_silent" Critical Site Above 50.0 Percent hysteresis 10.0 on 30 off 60;
    /// Nothing is heard of the site's controller: heaters heat on their own within a minute.
    ControllerSilent "controller_silent" Critical Site Above 90.0 Seconds hysteresis 0.0 on 0 off 30;
    /// Two controllers lead one site: caps cannot be relied on.
    SecondController "second_controller" Critical Site Above 0.5 Fact hysteresis 0.0 on 0 off 600;
    /// The broker is not heard: nothing else is known.
    BrokerSilent "broker_silent" Critical Platform Above 30.0 Seconds hysteresis 0.0 on 0 off 30;
    /// Records wait for their acknowledgement, which usually takes a second.
    IngestLag "ingest_lag" High Platform Above 120.0 Seconds hysteresis 60.0 on 0 off 60;
    /// Heaters declared records lost within the last ten minutes: a gap in history that nothing fills.
    GapDeclared "gap_declared" Medium Platform Above 0.5 Count hysteresis 0.0 on 0 off 0;
    /// Messages or connections were refused within the last ten minutes. A few are a device with an old credential; a
    /// hundred are a device that is broken, or somebody who tries.
    MessagesRefused "messages_refused" Medium Platform Above 100.0 Count hysteresis 50.0 on 0 off 0;
    /// History's disk is nearly full: below 64 MiB nothing is stored.
    DiskFull "disk_full" High Platform Below 2.0 Gigabytes hysteresis 0.5 on 60 off 60;
    /// History cannot be written.
    HistoryStopped "history_stopped" Critical Platform Above 0.5 Fact hysteresis 0.0 on 30 off 30;
}

impl AlarmRule {
    /// Reads [`AlarmRule::as_str`]; nothing for a word that is no rule.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.as_str() == word)
    }

    /// How grave it is.
    #[must_use]
    pub const fn severity(self) -> Severity {
        self.standard().severity
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_its_own_word_and_numbers_that_can_be() {
        for (at, rule) in AlarmRule::ALL.iter().enumerate() {
            assert_eq!(AlarmRule::read(rule.as_str()), Some(*rule));
            assert!(AlarmRule::ALL[..at].iter().all(|other| other.as_str() != rule.as_str()));
            let standard = rule.standard();
            assert!(standard.limit > 0.0 && standard.hysteresis >= 0.0, "{rule:?}");
        }
        assert_eq!(AlarmRule::read("room"), None);
    }

    #[test]
    fn what_hides_the_alarms_of_each_heater_is_raised_before_them() {
        // Heaters count as silent for it after a minute; see `alarms`.
        let whole = AlarmRule::HeatersSilent.standard();
        let each = AlarmRule::HeaterSilent.standard();
        assert!(60.0 + f64::from(whole.on_delay_s) + 30.0 < each.limit);
    }
}
