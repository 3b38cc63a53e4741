//! A wish that nothing be known any more of the people in a room.

use vocabulary::{RoomId, SiteId, Timestamp};

/// A room and a time of which everything that tells of people is to go: what [`vocabulary::RetentionClass::People`] names.
/// What tells of the plant stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// The site.
    pub site: SiteId,
    /// The room. What a heater measured while it stood elsewhere stays.
    pub room: RoomId,
    /// The first time that goes.
    pub from: Timestamp,
    /// The first time that stays.
    pub to: Timestamp,
}
