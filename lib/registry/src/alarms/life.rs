//! The life of an alarm, after ISA-18.2 and IEC 62682. Pure.
//!
//! ```text
//!                 raised                    acknowledged
//!   NORMAL ───────────────> UNACKNOWLEDGED ──────────────> ACKNOWLEDGED
//!     ^  ^                    │    ^                            │
//!     │  │   returned, does   │    │ raised                     │ returned
//!     │  └── not latch ───────┤    │                            │
//!     │          returned,    │    │                            │
//!     │          latches      v    │                            │
//!     │<─────────────────── RETURNED                            │
//!     │     acknowledged                                        │
//!     └<────────────────────────────────────────────────────────┘
//!
//!   any ──shelved──> SHELVED (which remembers whether its cause lasts)
//!   SHELVED ──unshelved, or its time is over──> UNACKNOWLEDGED where the cause lasts, else NORMAL
//! ```

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// Where an alarm stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlarmState {
    /// Nothing is wrong.
    Normal,
    /// Its cause lasts, and nobody has said that they know.
    Unacknowledged,
    /// Its cause lasts, and somebody knows.
    Acknowledged,
    /// Its cause is over, and nobody has said that they know: latched.
    Returned,
    /// Put aside until a moment; its cause lasts.
    ShelvedActive,
    /// Put aside until a moment; its cause does not last.
    ShelvedNormal,
}

/// What happens to an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AlarmEvent {
    /// Its cause has begun.
    Raised,
    /// Its cause is over.
    Returned,
    /// Somebody says that they know.
    Acknowledged,
    /// Somebody puts it aside.
    Shelved,
    /// Somebody takes it back, or its time aside is over.
    Unshelved,
}

impl AlarmEvent {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Raised, Self::Returned, Self::Acknowledged, Self::Shelved, Self::Unshelved];
}

impl AlarmState {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Normal,
        Self::Unacknowledged,
        Self::Acknowledged,
        Self::Returned,
        Self::ShelvedActive,
        Self::ShelvedNormal,
    ];

    /// The word in the book, in the API and in addresses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Unacknowledged => "unacknowledged",
            Self::Acknowledged => "acknowledged",
            Self::Returned => "returned",
            Self::ShelvedActive => "shelved_active",
            Self::ShelvedNormal => "shelved_normal",
        }
    }

    /// Whether its cause lasts.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Unacknowledged | Self::Acknowledged | Self::ShelvedActive)
    }

    /// Whether it was put aside.
    #[must_use]
    pub const fn is_shelved(self) -> bool {
        matches!(self, Self::ShelvedActive | Self::ShelvedNormal)
    }

    /// Whether it waits for somebody: neither normal nor put aside.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Unacknowledged | Self::Acknowledged | Self::Returned)
    }

    /// Whether somebody has yet to say that they know.
    #[must_use]
    pub const fn wants_answer(self) -> bool {
        matches!(self, Self::Unacknowledged | Self::Returned)
    }

    /// Where it stands after `event`; `None` when that changes nothing. `latches` says whether an alarm that nobody has
    /// acknowledged stays after its cause is over.
    #[must_use]
    pub const fn step(self, event: AlarmEvent, latches: bool) -> Option<Self> {
        use AlarmEvent as Event;
        match (self, event) {
            (Self::Normal | Self::Returned, Event::Raised) => Some(Self::Unacknowledged),
            (Self::ShelvedNormal, Event::Raised) => Some(Self::ShelvedActive),
            (Self::Unacknowledged, Event::Returned) if latches => Some(Self::Returned),
            (Self::Unacknowledged | Self::Acknowledged, Event::Returned) => Some(Self::Normal),
            (Self::ShelvedActive, Event::Returned) => Some(Self::ShelvedNormal),
            (Self::Unacknowledged, Event::Acknowledged) => Some(Self::Acknowledged),
            (Self::Returned, Event::Acknowledged) => Some(Self::Normal),
            (Self::Unacknowledged | Self::Acknowledged, Event::Shelved) => Some(Self::ShelvedActive),
            (Self::Normal | Self::Returned, Event::Shelved) => Some(Self::ShelvedNormal),
            (Self::ShelvedActive, Event::Unshelved) => Some(Self::Unacknowledged),
            (Self::ShelvedNormal, Event::Unshelved) => Some(Self::Normal),
            _ => None,
        }
    }
}

impl ToSql for AlarmState {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_str().into())
    }
}

impl FromSql for AlarmState {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let word = value.as_str()?;
        Self::ALL.into_iter().find(|state| state.as_str() == word).ok_or(FromSqlError::InvalidType)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_answers_every_event_as_this_table_says() {
        const DOT: &str = "·";
        // Raised, returned (latching / not), acknowledged, shelved, unshelved.
        let table = [
            ("normal", ["unacknowledged", DOT, DOT, DOT, "shelved_normal", DOT]),
            ("unacknowledged", [DOT, "returned", "normal", "acknowledged", "shelved_active", DOT]),
            ("acknowledged", [DOT, "normal", "normal", DOT, "shelved_active", DOT]),
            ("returned", ["unacknowledged", DOT, DOT, "normal", "shelved_normal", DOT]),
            ("shelved_active", [DOT, "shelved_normal", "shelved_normal", DOT, DOT, "unacknowledged"]),
            ("shelved_normal", ["shelved_active", DOT, DOT, DOT, DOT, "normal"]),
        ];
        let columns = [
            (AlarmEvent::Raised, true),
            (AlarmEvent::Returned, true),
            (AlarmEvent::Returned, false),
            (AlarmEvent::Acknowledged, true),
            (AlarmEvent::Shelved, true),
            (AlarmEvent::Unshelved, true),
        ];
        for (state, (word, expected)) in AlarmState::ALL.into_iter().zip(table) {
            assert_eq!(state.as_str(), word);
            for ((event, latches), expected) in columns.into_iter().zip(expected) {
                let next = state.step(event, latches).map_or(DOT, AlarmState::as_str);
                assert_eq!(next, expected, "{word}, {event:?}, latches {latches}");
                let matters = event == AlarmEvent::Returned && state == AlarmState::Unacknowledged;
                assert!(matters || state.step(event, true) == state.step(event, false), "{word} {event:?}");
            }
        }
    }
}
