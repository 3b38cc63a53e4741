//! What can be wrong with a building: each with the things it is about, so that a page says it in its reader's language. As
//! text it is an English sentence, for the command line.

use std::ops::Range;

use vocabulary::{Celsius, CircuitId, HeaterId, RoomId, ScheduleError};

use super::SETPOINTS_C;
use crate::WiringError;

/// A value in a refusal is cut behind this many characters.
const LONGEST_VALUE: usize = 60;

/// What is wrong with a building.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// There is none.
    #[error("no building is described: it begins with [site]")]
    Nothing,
    /// Rooms, heaters or circuits of no site.
    #[error("rooms, heaters and circuits need a [site] with id, name and zone")]
    NoSite,
    /// Two rooms have the same identifier.
    #[error("room {0} is named twice")]
    RoomTwice(RoomId),
    /// Two heaters have the same identifier.
    #[error("heater {0} is named twice")]
    HeaterTwice(HeaterId),
    /// A heater stands in a room that is not described.
    #[error("heater {heater} stands in room {room}, which is not described")]
    UnknownRoom {
        /// The heater.
        heater: HeaterId,
        /// What it names.
        room: RoomId,
    },
    /// A temperature of a room that nobody should ask for.
    #[error(
        "room {room}: {key} = {} is outside {} to {} °C",
        .celsius.degrees(), SETPOINTS_C.start(), SETPOINTS_C.end()
    )]
    Setpoint {
        /// The room.
        room: RoomId,
        /// Under which key.
        key: &'static str,
        /// The temperature.
        celsius: Celsius,
    },
    /// The bounds of a room are the wrong way round.
    #[error("room {0}: low_c is above high_c")]
    LowAboveHigh(RoomId),
    /// A place on the plan that cannot be.
    #[error("room {0}: area needs numbers of metres, width and depth above zero")]
    Area(RoomId),
    /// Comfort hours that are over before they begin.
    #[error("room {0}: comfort ends before it begins: write a night as two lines")]
    ComfortEndsFirst(RoomId),
    /// Two lines of comfort hours at the same time of a day (Monday is 0).
    #[error("room {room}: comfort hours overlap on {}", super::DAYS[*.day])]
    ComfortOverlaps {
        /// The room.
        room: RoomId,
        /// The day.
        day: usize,
    },
    /// A week that cannot be for another reason.
    #[error("room {room}: {error}")]
    Week {
        /// The room.
        room: RoomId,
        /// The reason.
        error: ScheduleError,
    },
    /// A part of a heater's power above all of it.
    #[error("heater {heater}: {key} is above rated_w")]
    AboveRated {
        /// The heater.
        heater: HeaterId,
        /// Which part.
        key: &'static str,
    },
    /// A heater without power.
    #[error("heater {0}: rated_w is zero")]
    RatedZero(HeaterId),
    /// A circuit without power.
    #[error("circuit {0}: cap_w is zero")]
    CapZero(CircuitId),
    /// Circuits and heaters that cannot be wired so.
    #[error(transparent)]
    Wiring(#[from] WiringError),
    /// A key that no file has.
    #[error("{said}{}", .meant.as_ref().map_or(String::new(), |key| format!("; did you mean `{key}`?")))]
    UnknownKey {
        /// The key.
        key: String,
        /// The one that was probably meant.
        meant: Option<String>,
        /// What the reader says.
        said: String,
    },
    /// A key that has to be there.
    #[error("{said}")]
    MissingKey {
        /// The key.
        key: String,
        /// What the reader says.
        said: String,
    },
    /// A key that is there already.
    #[error("{said}")]
    KeyTwice {
        /// The key.
        key: String,
        /// What the reader says.
        said: String,
    },
    /// A value that its key cannot have.
    #[error("{said}")]
    Value {
        /// The key.
        key: String,
        /// The value, as it is written.
        value: String,
        /// What the reader says.
        said: String,
    },
    /// No TOML.
    #[error("{said}")]
    Syntax {
        /// What the reader says.
        said: String,
    },
}

impl Mistake {
    /// What a TOML error is about.
    pub(super) fn of(text: &str, error: &toml::de::Error) -> Self {
        let said = said(error);
        let quoted = || said.split('`').nth(1).unwrap_or_default().to_owned();
        if said.starts_with("unknown field ") {
            return Self::UnknownKey { key: quoted(), meant: nearest_key(&said).map(str::to_owned), said };
        }
        if said.starts_with("missing field ") {
            return Self::MissingKey { key: quoted(), said };
        }
        if said == "duplicate key" {
            let key = error.span().and_then(|span| text.get(span)).unwrap_or_default();
            return Self::KeyTwice { key: key.trim_matches(['"', '\'']).to_owned(), said };
        }
        // What reads as a table has nothing wrong with its form.
        let place = error.span().filter(|_| text.parse::<toml::Table>().is_ok());
        let Some((key, value)) = place.and_then(|span| pair(text, span)) else {
            return Self::Syntax { said };
        };
        Self::Value { key: key.to_owned(), value: value.chars().take(LONGEST_VALUE).collect(), said }
    }
}

/// What a TOML error says, in one line.
pub(super) fn said(error: &toml::de::Error) -> String {
    error.message().trim().replace('\n', " ")
}

/// Of the keys that serde names as valid, the one nearest to the unknown one.
pub(super) fn nearest_key(message: &str) -> Option<&str> {
    let mut quoted = message.strip_prefix("unknown field ")?.split('`').skip(1).step_by(2);
    let unknown = quoted.next()?;
    let near = |key: &&str| strsim::damerau_levenshtein(unknown, key);
    quoted.min_by_key(near).filter(|key| near(key) <= unknown.len().max(4) / 2)
}

/// The key of the value at a place, and the value.
fn pair(text: &str, span: Range<usize>) -> Option<(&str, &str)> {
    let (before, value) = (text.get(..span.start)?, text.get(span)?);
    let key = before.rsplit_once('=')?.0.trim_end();
    let is_of_key = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    let first = key
        .rfind(|letter| !is_of_key(letter))
        .map_or(0, |at| at + key[at..].chars().next().map_or(1, char::len_utf8));
    Some((&key[first..], value)).filter(|(key, _)| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_value_is_the_last_one_before_it() {
        for (text, value, key) in [
            ("[site]\nzone = \"Mars\"\n", "\"Mars\"", Some("zone")),
            ("area = { x = 0.0, y = \"é\" }", "\"é\"", Some("y")),
            ("days = [\n  \"mon\",\n  \"tos\",\n]", "\"tos\"", Some("days")),
            ("[site]\nno", "no", None),
            ("é = 3", "3", None),
        ] {
            let at = text.find(value).unwrap();
            let found = pair(text, at..at + value.len());
            assert_eq!(found, key.map(|key| (key, value)), "{text}");
        }
    }
}
