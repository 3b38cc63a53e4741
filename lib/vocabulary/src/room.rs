//! What a room tells building systems, and what they may ask of it.

use serde::{Deserialize, Serialize};

use crate::calendar::Timestamp;
use crate::heartbeat::Mode;
use crate::payload::{DecodeError, Payload};
use crate::unit::Celsius;
use crate::why::Why;

/// Who set the setpoint in force, weakest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SetpointBy {
    /// A manager's override.
    Manager,
    /// A building system's request.
    BuildingSystem,
    /// The tenant's wish within the band.
    Tenant,
    /// Nobody is there: the setback.
    Setback,
    /// The weekly schedule.
    Schedule,
}

impl SetpointBy {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manager => "manager",
            Self::BuildingSystem => "building_system",
            Self::Tenant => "tenant",
            Self::Setback => "setback",
            Self::Schedule => "schedule",
        }
    }
}

/// What a room tells, retained; unknown is `null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoomState {
    /// When this was so.
    #[serde(rename = "as_of_ms")]
    pub as_of: Timestamp,
    /// Air temperature, the mean of the room's believable sensors.
    pub temperature_c: Option<f64>,
    /// Relative humidity.
    pub humidity_pct: Option<f64>,
    /// CO₂.
    pub co2_ppm: Option<f64>,
    /// Light.
    pub illuminance_lux: Option<f64>,
    /// Whether someone is there.
    pub occupied: Option<bool>,
    /// What the room should be.
    pub setpoint_c: Celsius,
    /// Who said so.
    pub setpoint_by: SetpointBy,
    /// Until when, where it has an end.
    #[serde(rename = "until_ms")]
    pub until: Option<Timestamp>,
    /// Watts allowed to the room's heaters together.
    pub budget_w: Option<u32>,
    /// Watts drawn by the room's heaters together.
    pub drawn_w: Option<u32>,
    /// The mode of the heater that is furthest from obeying.
    pub mode: Option<Mode>,
    /// Why the budget is what it is.
    pub why: Why,
}

impl Payload for RoomState {}

/// A building system's wish for a room: bounded by the room's band, with an end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoomRequest {
    /// The setpoint wished for.
    pub setpoint_c: Celsius,
    /// When the wish ends.
    #[serde(rename = "until_ms")]
    pub until: Timestamp,
    /// A label for people; who really spoke is in the audit.
    #[serde(default)]
    pub by: String,
}

impl Payload for RoomRequest {}

/// What a building system knows about who is in a room, now or later.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RoomOccupancy {
    /// People there now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<u32>,
    /// When the count ends to be valid; 30 minutes after it was heard where absent.
    #[serde(default, rename = "until_ms", skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// People expected: `(from, to, people)`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<(Timestamp, Timestamp, u32)>,
}

impl RoomOccupancy {
    /// At most this many expected intervals.
    pub const MAX_EXPECTED: usize = 64;

    /// Reads and bounds the payload.
    ///
    /// # Errors
    /// [`DecodeError`] when it is of another form or names too many intervals.
    pub fn decode_bounded(bytes: &[u8]) -> Result<Self, DecodeError> {
        let occupancy = Self::decode(bytes)?;
        let count = occupancy.expected.len();
        if count > Self::MAX_EXPECTED {
            return Err(DecodeError::TooMany { what: "expected", count, max: Self::MAX_EXPECTED });
        }
        Ok(occupancy)
    }
}

impl Payload for RoomOccupancy {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn building_systems_may_leave_the_version_out() {
        let request =
            RoomRequest::decode(br#"{"setpoint_c":20.5,"until_ms":1763632000123,"by":"bms"}"#).unwrap();
        assert_eq!(request.setpoint_c, Celsius::from_hundredths(2050));
    }

    #[test]
    fn a_request_without_an_end_is_refused() {
        let error = RoomRequest::decode(br#"{"setpoint_c":20.5}"#).unwrap_err();
        assert!(error.to_string().contains("until_ms"), "{error}");
    }

    #[test]
    fn unknown_is_null_and_reads_back() {
        let state = RoomState {
            as_of: Timestamp::from_ms(1),
            temperature_c: None,
            humidity_pct: None,
            co2_ppm: None,
            illuminance_lux: None,
            occupied: None,
            setpoint_c: Celsius::from_hundredths(2050),
            setpoint_by: SetpointBy::Schedule,
            until: None,
            budget_w: None,
            drawn_w: None,
            mode: None,
            why: Why::NoHeater {},
        };
        let json: serde_json::Value = serde_json::from_slice(&state.encode()).unwrap();
        assert!(json["temperature_c"].is_null() && json["v"] == 1);
        assert_eq!(RoomState::decode(&state.encode()).unwrap(), state);
    }

    proptest! {
        #[test]
        fn a_room_state_survives_the_wire(
            ts in 0..4_000_000_000_000_i64, temperature in proptest::option::of(-30.0..60.0_f64), occupied: Option<bool>,
            setpoint in 500..3000_i32, budget_w: Option<u32>,
        ) {
            let state = RoomState {
                as_of: Timestamp::from_ms(ts), temperature_c: temperature, humidity_pct: temperature, co2_ppm: None,
                illuminance_lux: None, occupied, setpoint_c: Celsius::from_hundredths(setpoint),
                setpoint_by: SetpointBy::Tenant, until: Some(Timestamp::from_ms(ts + 1)), budget_w, drawn_w: None,
                mode: Some(Mode::Leased), why: Why::TemperatureUnknown { age_s: None },
            };
            prop_assert_eq!(RoomState::decode(&state.encode()).unwrap(), state);
        }

        #[test]
        fn an_occupancy_survives_the_wire(people: Option<u32>, expected in proptest::collection::vec((0..9_i64, 0..9_i64, 0..9_u32), 0..64)) {
            let expected = expected.into_iter().map(|(a, b, n)| (Timestamp::from_ms(a), Timestamp::from_ms(b), n)).collect();
            let occupancy = RoomOccupancy { people, until: None, expected };
            prop_assert_eq!(RoomOccupancy::decode_bounded(&occupancy.encode()).unwrap(), occupancy);
        }
    }
}
