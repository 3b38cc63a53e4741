//! Alarms of our own heaters: what a heartbeat says that a person should look at. Heaters of another make may say other
//! words, so on the wire an alarm is a text.

use std::fmt;

macro_rules! alarms {
    ($($(#[$doc:meta])* $variant:ident $word:literal;)*) => {
        /// What a person should look at.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Alarm {
            $($(#[$doc])* $variant,)*
        }

        impl Alarm {
            /// Every alarm.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }
    };
}

alarms! {
    /// Nothing believable is read of the room.
    RoomSensor "room_sensor";
    /// Nothing believable is read of the casing.
    OutletSensor "outlet_sensor";
    /// Nothing believable is read of the chips.
    ChipSensor "chip_sensor";
    /// Two sensors of the room contradict each other.
    RoomSensorsDiffer "room_sensors_differ";
    /// Two sensors of the casing contradict each other.
    OutletSensorsDiffer "outlet_sensors_differ";
    /// There is danger of frost.
    Frost "frost";
    /// A part is too warm, and the heater cannot switch its power.
    Hot "hot";
    /// Output is off: a part was at its limit.
    TripHeat "trip_heat";
    /// Output is off: more was drawn than allowed.
    TripPower "trip_power";
    /// Output is off: sensors of the same heat contradicted each other at high power.
    TripSensors "trip_sensors";
    /// Output stays off until somebody at the heater resets it.
    NeedsReset "needs_reset";
    /// Records are not safe from a power cut.
    OutboxDisk "outbox_disk";
    /// Records were dropped; how many follows.
    OutboxFull "outbox_full";
    /// Budgets were refused that no healthy house sends; the reason and how many follow.
    BudgetRefused "budget_refused";
}

impl Alarm {
    /// Reads what a heartbeat says: the alarm, and what follows it after a colon. Nothing when it is none of ours.
    #[must_use]
    pub fn read(text: &str) -> Option<(Self, &str)> {
        let (word, rest) = text.split_once(':').unwrap_or((text, ""));
        let alarm = Self::ALL.iter().copied().find(|alarm| alarm.as_str() == word)?;
        Some((alarm, rest))
    }
}

impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alarm_reads_back_with_what_follows_it() {
        for alarm in Alarm::ALL {
            assert_eq!(Alarm::read(&alarm.to_string()), Some((*alarm, "")));
            assert_eq!(Alarm::read(&format!("{alarm}:signature:3")), Some((*alarm, "signature:3")));
        }
        for foreign in ["", ":", "door", "frosty", "frost_:1"] {
            assert_eq!(Alarm::read(foreign), None, "{foreign:?}");
        }
    }
}
