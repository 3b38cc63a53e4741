//! The building as its book describes it, laid out for planning: rooms and heaters by index, overrides in place.

use registry::{Override, SiteBook};
use vocabulary::{Celsius, HeaterId, RoomId, SetpointBy, Timestamp, Watts, WeekSchedule, Zone};

/// A site as planning sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// The time zone of its schedules.
    pub zone: Zone,
    /// The most all heaters may draw together.
    pub cap_w: Option<Watts>,
    /// Its rooms.
    pub rooms: Vec<SiteRoom>,
    /// Its heaters.
    pub heaters: Vec<SiteHeater>,
}

/// A room as planning sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteRoom {
    /// Its identifier.
    pub id: RoomId,
    /// Lowest setpoint that may be asked for from outside.
    pub low_c: Celsius,
    /// Highest setpoint that may be asked for from outside.
    pub high_c: Celsius,
    /// Setpoint while nobody is there.
    pub setback_c: Celsius,
    /// Setpoint of each hour of the week.
    pub schedule: WeekSchedule,
    /// Overrides in force: `(by, setpoint, until)`, strongest first.
    pub overrides: Vec<(SetpointBy, Celsius, Timestamp)>,
    /// Indices of its heaters.
    pub heaters: Vec<usize>,
}

/// A heater as planning sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteHeater {
    /// Its identifier.
    pub id: HeaterId,
    /// Index of its room; `None` while it is not placed.
    pub room: Option<usize>,
    /// The most it draws.
    pub rated_w: Watts,
    /// What it may draw by itself.
    pub fallback_w: Watts,
}

impl Site {
    /// Lays out a site from its book and the overrides in force.
    #[must_use]
    pub fn new(book: &SiteBook, overrides: &[Override]) -> Self {
        let room_index = |id: &RoomId| book.rooms.iter().position(|room| room.id == *id);
        let heaters: Vec<SiteHeater> = book
            .heaters
            .iter()
            .map(|heater| SiteHeater {
                id: heater.id.clone(),
                room: heater.room.as_ref().and_then(room_index),
                rated_w: heater.rated_w,
                fallback_w: heater.fallback_w.min(heater.rated_w),
            })
            .collect();
        let rooms = book.rooms.iter().enumerate().map(|(index, room)| SiteRoom {
            id: room.id.clone(),
            low_c: room.low_c,
            high_c: room.high_c,
            setback_c: room.setback_c,
            schedule: room.schedule.clone(),
            overrides: overrides_of(&room.id, overrides),
            heaters: (0..heaters.len()).filter(|&h| heaters[h].room == Some(index)).collect(),
        });
        Self { zone: book.site.zone, cap_w: book.site.cap_w, rooms: rooms.collect(), heaters }
    }
}

fn overrides_of(room: &RoomId, overrides: &[Override]) -> Vec<(SetpointBy, Celsius, Timestamp)> {
    let of_room = overrides.iter().map(|o| &o.wish).filter(|wish| wish.room == *room);
    let mut found: Vec<_> = of_room.map(|wish| (wish.by, wish.setpoint_c, wish.until)).collect();
    found.sort_by_key(|(by, _, _)| *by);
    found
}
