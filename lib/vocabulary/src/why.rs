//! Why a room gets the budget it gets: a code with its numbers. Sentences are made per language where they are shown.

use serde::{Deserialize, Serialize};

use crate::calendar::Timestamp;
use crate::unit::Celsius;

/// The reason behind a budget, on the wire `{"code":"…","values":{…}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "code", content = "values", rename_all = "snake_case")]
pub enum Why {
    /// Colder than the setpoint: heating.
    BelowSetpoint {
        /// Room temperature.
        temperature_c: f64,
        /// What it should be.
        setpoint_c: Celsius,
        /// Heat given, watts.
        heat_w: u32,
    },
    /// At the setpoint within the dead band: just enough to hold it.
    AtSetpoint {
        /// Room temperature.
        temperature_c: f64,
        /// What it should be.
        setpoint_c: Celsius,
        /// Heat given, watts.
        heat_w: u32,
    },
    /// Warmer than the setpoint: no heat needed.
    AboveSetpoint {
        /// Room temperature.
        temperature_c: f64,
        /// What it should be.
        setpoint_c: Celsius,
    },
    /// The schedule raises the setpoint soon: heating ahead of it.
    Preheating {
        /// Room temperature.
        temperature_c: f64,
        /// What it should be then.
        setpoint_c: Celsius,
        /// When.
        at_ms: Timestamp,
        /// Heat given, watts.
        heat_w: u32,
    },
    /// A cap is shared, the site's or a circuit's: less than wanted.
    SharedCap {
        /// Heat wanted, watts.
        wanted_w: u32,
        /// Heat given, watts.
        heat_w: u32,
        /// The lowest cap that cuts it, watts.
        cap_w: u32,
    },
    /// The heaters give all they have, and it is not yet enough.
    FullPower {
        /// Room temperature.
        temperature_c: f64,
        /// What it should be.
        setpoint_c: Celsius,
        /// Heat given, watts.
        heat_w: u32,
    },
    /// Nobody is there, nor expected soon: the room may be cooler than it is for people.
    Vacant {
        /// Room temperature.
        temperature_c: f64,
        /// What it should not fall below without people.
        setpoint_c: Celsius,
        /// What it should be with people.
        occupied_c: Celsius,
        /// Heat given, watts.
        heat_w: u32,
    },
    /// A window seems to stand open: nothing is heated that jobs do not need, for half an hour at most.
    WindowOpen {
        /// Room temperature.
        temperature_c: f64,
        /// The room is heated all the same below this.
        lowest_c: Celsius,
        /// Heat given, watts.
        heat_w: u32,
        /// Seconds since it was noticed.
        open_s: u64,
    },
    /// The thermometer is lost or lies: the room goes by what is believed of it.
    TemperatureBelieved {
        /// What the room is believed to be like.
        believed_c: f64,
        /// What it should be.
        setpoint_c: Celsius,
        /// Heat given, watts.
        heat_w: u32,
        /// Seconds since the last reading that was believed.
        age_s: u64,
        /// After so many seconds without one the heaters are left to their fall-back.
        limit_s: u64,
        /// What is wrong with the thermometer.
        doubt: Doubt,
    },
    /// Jobs that must run here make at least the heat the room needs.
    MustRun {
        /// Room temperature.
        temperature_c: f64,
        /// What it should be.
        setpoint_c: Celsius,
        /// Heat that the jobs make, watts.
        jobs_w: u32,
        /// Heat given, watts.
        heat_w: u32,
    },
    /// Heat costs less now than later: a warm room stores it.
    CheapHours {
        /// Room temperature.
        temperature_c: f64,
        /// What it should be.
        setpoint_c: Celsius,
        /// Heat given, watts.
        heat_w: u32,
        /// Cost of heat now, carbon counted, less what its computing earns.
        cost_eur_per_kwh: f64,
        /// The same on average of the next day.
        later_eur_per_kwh: f64,
    },
    /// What computing earns pays for the heat: the room may be as warm as its upper bound.
    WorkPays {
        /// Room temperature.
        temperature_c: f64,
        /// What it should be.
        setpoint_c: Celsius,
        /// Heat given, watts.
        heat_w: u32,
        /// Cost of heat now, zero or less.
        cost_eur_per_kwh: f64,
    },
    /// A cap will leave too little for everybody later: heating before it does.
    AheadOfCap {
        /// Room temperature.
        temperature_c: f64,
        /// What it should be.
        setpoint_c: Celsius,
        /// When the cap begins to bind.
        at_ms: Timestamp,
        /// What everything under it may draw then, watts.
        cap_w: u32,
        /// Heat given, watts.
        heat_w: u32,
    },
    /// A rule of the law or of the building sets another temperature than was asked for.
    RuleLimit {
        /// Room temperature.
        temperature_c: f64,
        /// What was asked for.
        asked_c: Celsius,
        /// What the rule makes of it.
        limit_c: Celsius,
        /// The rule.
        rule: Rule,
        /// Heat given, watts.
        heat_w: u32,
    },
    /// A little warmer than needed for a while, in hours without people, to find out how the room answers.
    Excitation {
        /// Room temperature.
        temperature_c: f64,
        /// What it should be, without the excitation.
        setpoint_c: Celsius,
        /// How much warmer, K.
        dither_k: f64,
        /// Heat given, watts.
        heat_w: u32,
    },
    /// No room temperature to go by: each heater keeps its own fall-back.
    TemperatureUnknown {
        /// Seconds since the last believable temperature; `None` when there never was one.
        age_s: Option<u64>,
    },
    /// The room's heaters are not connected: each keeps its own fall-back.
    HeatersSilent {
        /// Seconds since the last heartbeat; `None` when there never was one.
        age_s: Option<u64>,
    },
    /// The room's heaters have switched themselves off, or somebody at them did.
    HeatersOff {},
    /// The room's heaters only report and cannot be switched.
    NotControllable {},
    /// The room has no heater.
    NoHeater {},
}

/// What is wrong with a thermometer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// It says nothing.
    Silent,
    /// No room is like what it says.
    Absurd,
    /// It stands still while the room moves.
    Stuck,
}

impl Doubt {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Silent => "silent",
            Self::Absurd => "absurd",
            Self::Stuck => "stuck",
        }
    }
}

/// A rule that bounds what a room may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The mean of the rooms' heating setpoints is limited by law.
    HeatingMean,
    /// Premises empty for a day: limited by law.
    EmptyADay,
    /// Premises empty for two days: limited by law.
    EmptyTwoDays,
    /// No room is let this cold: pipes behind its walls freeze.
    Frost,
    /// The manager holds the whole building a little below what is asked for.
    SiteEco,
    /// The manager closed the building for a while.
    SiteClosed,
    /// The manager keeps the building from frost, no more.
    SiteFrost,
    /// The manager stopped all heaters of the building.
    SiteStop,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::HeatingMean,
        Self::EmptyADay,
        Self::EmptyTwoDays,
        Self::Frost,
        Self::SiteEco,
        Self::SiteClosed,
        Self::SiteFrost,
        Self::SiteStop,
    ];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HeatingMean => "heating_mean",
            Self::EmptyADay => "empty_a_day",
            Self::EmptyTwoDays => "empty_two_days",
            Self::Frost => "frost",
            Self::SiteEco => "site_eco",
            Self::SiteClosed => "site_closed",
            Self::SiteFrost => "site_frost",
            Self::SiteStop => "site_stop",
        }
    }
}

impl Why {
    /// The code on the wire, which is also the key of its sentence.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BelowSetpoint { .. } => "below_setpoint",
            Self::AtSetpoint { .. } => "at_setpoint",
            Self::AboveSetpoint { .. } => "above_setpoint",
            Self::Preheating { .. } => "preheating",
            Self::SharedCap { .. } => "shared_cap",
            Self::FullPower { .. } => "full_power",
            Self::Vacant { .. } => "vacant",
            Self::WindowOpen { .. } => "window_open",
            Self::TemperatureBelieved { .. } => "temperature_believed",
            Self::MustRun { .. } => "must_run",
            Self::CheapHours { .. } => "cheap_hours",
            Self::WorkPays { .. } => "work_pays",
            Self::AheadOfCap { .. } => "ahead_of_cap",
            Self::RuleLimit { .. } => "rule_limit",
            Self::Excitation { .. } => "excitation",
            Self::TemperatureUnknown { .. } => "temperature_unknown",
            Self::HeatersSilent { .. } => "heaters_silent",
            Self::HeatersOff {} => "heaters_off",
            Self::NotControllable {} => "not_controllable",
            Self::NoHeater {} => "no_heater",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_the_one_on_the_wire() {
        let all = [
            Why::BelowSetpoint {
                temperature_c: 19.4,
                setpoint_c: Celsius::from_hundredths(2050),
                heat_w: 612,
            },
            Why::AtSetpoint { temperature_c: 20.5, setpoint_c: Celsius::from_hundredths(2050), heat_w: 200 },
            Why::AboveSetpoint { temperature_c: 21.5, setpoint_c: Celsius::from_hundredths(2050) },
            Why::Preheating {
                temperature_c: 17.5,
                setpoint_c: Celsius::from_hundredths(2050),
                at_ms: Timestamp::from_ms(1_763_632_000_000),
                heat_w: 700,
            },
            Why::SharedCap { wanted_w: 600, heat_w: 300, cap_w: 9000 },
            Why::FullPower { temperature_c: 18.0, setpoint_c: Celsius::from_hundredths(2050), heat_w: 1_000 },
            Why::Vacant {
                temperature_c: 19.0,
                setpoint_c: Celsius::from_hundredths(1900),
                occupied_c: Celsius::from_hundredths(2050),
                heat_w: 90,
            },
            Why::WindowOpen {
                temperature_c: 17.0,
                lowest_c: Celsius::from_hundredths(800),
                heat_w: 0,
                open_s: 300,
            },
            Why::TemperatureBelieved {
                believed_c: 19.9,
                setpoint_c: Celsius::from_hundredths(2050),
                heat_w: 300,
                age_s: 900,
                limit_s: 21_600,
                doubt: Doubt::Stuck,
            },
            Why::MustRun {
                temperature_c: 21.0,
                setpoint_c: Celsius::from_hundredths(2050),
                jobs_w: 200,
                heat_w: 200,
            },
            Why::CheapHours {
                temperature_c: 21.0,
                setpoint_c: Celsius::from_hundredths(2050),
                heat_w: 500,
                cost_eur_per_kwh: 0.05,
                later_eur_per_kwh: 0.2,
            },
            Why::WorkPays {
                temperature_c: 21.0,
                setpoint_c: Celsius::from_hundredths(2050),
                heat_w: 500,
                cost_eur_per_kwh: -0.05,
            },
            Why::AheadOfCap {
                temperature_c: 21.0,
                setpoint_c: Celsius::from_hundredths(2050),
                at_ms: Timestamp::from_ms(1_763_632_000_000),
                cap_w: 9_000,
                heat_w: 500,
            },
            Why::RuleLimit {
                temperature_c: 19.0,
                asked_c: Celsius::from_hundredths(2050),
                limit_c: Celsius::from_hundredths(1900),
                rule: Rule::HeatingMean,
                heat_w: 300,
            },
            Why::Excitation {
                temperature_c: 17.2,
                setpoint_c: Celsius::from_hundredths(1700),
                dither_k: 0.4,
                heat_w: 300,
            },
            Why::TemperatureUnknown { age_s: None },
            Why::HeatersSilent { age_s: Some(70) },
            Why::HeatersOff {},
            Why::NotControllable {},
            Why::NoHeater {},
        ];
        for why in all {
            let json = serde_json::to_value(&why).unwrap();
            assert_eq!(json["code"], why.code());
            assert_eq!(serde_json::from_value::<Why>(json).unwrap(), why);
        }
    }

    #[test]
    fn the_words_of_doubts_and_rules_are_those_on_the_wire() {
        for doubt in [Doubt::Silent, Doubt::Absurd, Doubt::Stuck] {
            assert_eq!(serde_json::to_value(doubt).unwrap(), doubt.as_str());
        }
        for rule in Rule::ALL {
            assert_eq!(serde_json::to_value(rule).unwrap(), rule.as_str());
        }
    }
}
