//! A building as its owner writes it in a file, the configuration or one of its own: read, checked, laid out as a book, and
//! written again.

mod mistake;
mod read;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Spanned;
use vocabulary::{
    Celsius, CircuitId, DisplayName, HeaterId, Metric, RoomId, SiteId, Watts, WeekSchedule, Zone,
};

pub use mistake::Mistake;
pub use read::{Refusal, explained, line_of, read};
pub use write::write;

use crate::{Circuit, Clock, Heater, PlanArea, Room, Site, SiteBook, WiringError};

/// Setpoints outside these are a slip of the pen, °C: frost below, a health risk above.
pub const SETPOINTS_C: std::ops::RangeInclusive<f64> = 5.0..=30.0;

/// `[site]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteEntry {
    id: SiteId,
    name: DisplayName,
    zone: Zone,
    cap_w: Option<Watts>,
    #[serde(default)]
    metrics: Vec<Metric>,
}

/// `[[room]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomEntry {
    id: RoomId,
    name: DisplayName,
    floor: DisplayName,
    #[serde(default)]
    area: Option<PlanArea>,
    low_c: Celsius,
    high_c: Celsius,
    setback_c: Celsius,
    /// Setpoint outside of comfort hours.
    otherwise_c: Celsius,
    #[serde(default)]
    comfort: Vec<ComfortEntry>,
}

/// One line of `comfort` in a room.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ComfortEntry {
    days: Vec<Day>,
    from: TimeOfDay,
    until: TimeOfDay,
    setpoint_c: Celsius,
}

/// `[[heater]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaterEntry {
    id: HeaterId,
    name: Option<DisplayName>,
    room: Option<RoomId>,
    circuit: Option<CircuitId>,
    rated_w: Watts,
    #[serde(default)]
    resistor_w: Watts,
    #[serde(default)]
    fallback_w: Watts,
}

/// `[[circuit]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CircuitEntry {
    id: CircuitId,
    under: Option<CircuitId>,
    cap_w: Watts,
    #[serde(default)]
    other_w: Watts,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// Minutes since midnight, written `07:30`; `24:00` is the end of the day.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct TimeOfDay(u16);

impl TryFrom<String> for TimeOfDay {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let parts =
            text.split_once(':').and_then(|(h, m)| Some((h.parse::<u16>().ok()?, m.parse::<u16>().ok()?)));
        match parts {
            Some((hour, minute)) if hour <= 24 && minute < 60 && hour * 60 + minute <= 1440 => {
                Ok(Self(hour * 60 + minute))
            }
            _ => Err(format!("{text:?} is not a time of day such as \"07:30\"")),
        }
    }
}

/// What is wrong with a building, and where in the file.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The byte of the file at which the thing is described.
    pub at: usize,
    /// What is wrong with it.
    pub what: Mistake,
}

/// Lays out the building; `None` when the file describes none.
///
/// # Errors
/// [`Problem`] when a number is out of range, a name is not there or given twice, or the wiring cannot be.
pub fn book(
    site: Option<Spanned<SiteEntry>>,
    rooms: Vec<Spanned<RoomEntry>>,
    heaters: Vec<Spanned<HeaterEntry>>,
    circuits: Vec<Spanned<CircuitEntry>>,
) -> Result<Option<SiteBook>, Problem> {
    let Some(site) = site else {
        let spans = (rooms.iter().map(Spanned::span)).chain(heaters.iter().map(Spanned::span));
        return match spans.chain(circuits.iter().map(Spanned::span)).next() {
            Some(span) => Err(Problem { at: span.start, what: Mistake::NoSite }),
            None => Ok(None),
        };
    };
    let site_at = site.span().start;
    let site = site.into_inner();
    let rooms = rooms.into_iter().map(located(room)).collect::<Result<Vec<_>, _>>()?;
    let heaters = heaters.into_iter().map(located(heater)).collect::<Result<Vec<_>, _>>()?;
    let circuits = circuits.into_iter().map(located(circuit)).collect::<Result<Vec<_>, _>>()?;
    let mut ids = BTreeSet::new();
    for (at, room) in &rooms {
        check(*at, ids.insert(room.id.as_str()), || Mistake::RoomTwice(room.id.clone()))?;
    }
    let mut names = BTreeSet::new();
    for (at, heater) in &heaters {
        check(*at, names.insert(&heater.id), || Mistake::HeaterTwice(heater.id.clone()))?;
        if let Some(room) = heater.room.as_ref().filter(|room| !ids.contains(room.as_str())) {
            let what = Mistake::UnknownRoom { heater: heater.id.clone(), room: room.clone() };
            return Err(Problem { at: *at, what });
        }
    }
    let place = Place {
        site: site_at,
        heaters: heaters.iter().map(|(at, heater)| (heater.id.clone(), *at)).collect(),
        // Of two with one name the second is the mistake.
        circuits: circuits.iter().map(|(at, circuit)| (circuit.id.clone(), *at)).collect(),
    };
    let mut circuits: Vec<Circuit> = circuits.into_iter().map(|(_, circuit)| circuit).collect();
    circuits.sort_by(|one, other| one.id.cmp(&other.id));
    let book = SiteBook {
        site: Site {
            id: site.id,
            name: site.name,
            zone: site.zone,
            clock: Clock::Wall,
            cap_w: site.cap_w,
            demonstration: false,
        },
        rooms: rooms.into_iter().map(|(_, room)| room).collect(),
        heaters: heaters.into_iter().map(|(_, heater)| heater).collect(),
        circuits,
        metrics: site.metrics.into_iter().filter(|metric| matches!(metric, Metric::Registered(_))).collect(),
    };
    book.check_wiring().map_err(|error| Problem { at: place.of(&error), what: error.into() })?;
    Ok(Some(book))
}

/// Where in the file things are described.
struct Place {
    site: usize,
    heaters: BTreeMap<HeaterId, usize>,
    circuits: BTreeMap<CircuitId, usize>,
}

impl Place {
    fn of(&self, error: &WiringError) -> usize {
        let found = match error {
            WiringError::Twice(circuit)
            | WiringError::Loop(circuit)
            | WiringError::UnknownUnder { circuit, .. }
            | WiringError::Overloaded { circuit, .. } => self.circuits.get(circuit),
            WiringError::UnknownCircuit { heater, .. } => self.heaters.get(heater),
            WiringError::SiteOverloaded { .. } => None,
        };
        found.copied().unwrap_or(self.site)
    }
}

fn located<E, T>(
    read: impl Fn(E) -> Result<T, Mistake>,
) -> impl Fn(Spanned<E>) -> Result<(usize, T), Problem> {
    move |entry| {
        let at = entry.span().start;
        read(entry.into_inner()).map(|read| (at, read)).map_err(|what| Problem { at, what })
    }
}

fn check(at: usize, holds: bool, what: impl Fn() -> Mistake) -> Result<(), Problem> {
    if holds { Ok(()) } else { Err(Problem { at, what: what() }) }
}

fn room(entry: RoomEntry) -> Result<Room, Mistake> {
    let id = || entry.id.clone();
    for (key, celsius) in [
        ("low_c", entry.low_c),
        ("high_c", entry.high_c),
        ("setback_c", entry.setback_c),
        ("otherwise_c", entry.otherwise_c),
    ]
    .into_iter()
    .chain(entry.comfort.iter().map(|comfort| ("setpoint_c", comfort.setpoint_c)))
    {
        if !SETPOINTS_C.contains(&celsius.degrees()) {
            return Err(Mistake::Setpoint { room: id(), key, celsius });
        }
    }
    if entry.low_c > entry.high_c {
        return Err(Mistake::LowAboveHigh(id()));
    }
    if entry.area.is_some_and(|area| !is_drawable(area)) {
        return Err(Mistake::Area(id()));
    }
    Ok(Room {
        schedule: schedule(&entry)?.into(),
        id: entry.id,
        name: entry.name,
        floor: entry.floor,
        area: entry.area,
        low_c: entry.low_c,
        high_c: entry.high_c,
        setback_c: entry.setback_c,
    })
}

/// No floor is longer than ten kilometres; what is no number is none of a place either.
fn is_drawable(area: PlanArea) -> bool {
    let is_place = |metres: f32| (0.0..=10_000.0).contains(&metres);
    [area.x, area.y, area.width, area.depth].into_iter().all(is_place) && area.width > 0.0 && area.depth > 0.0
}

fn schedule(entry: &RoomEntry) -> Result<WeekSchedule, Mistake> {
    let room = || entry.id.clone();
    let mut changes = Vec::new();
    for comfort in &entry.comfort {
        if comfort.from.0 >= comfort.until.0 {
            return Err(Mistake::ComfortEndsFirst(room()));
        }
        for day in &comfort.days {
            changes.push((*day as u8, comfort.from.0, comfort.setpoint_c));
            // Midnight at the end of a day is the beginning of the next.
            let (day, minute) = if comfort.until.0 == 1440 {
                ((*day as u8 + 1) % 7, 0)
            } else {
                (*day as u8, comfort.until.0)
            };
            changes.push((day, minute, entry.otherwise_c));
        }
    }
    if changes.is_empty() {
        return Ok(WeekSchedule::constant(entry.otherwise_c));
    }
    if let Some(day) = overlap(&entry.comfort) {
        return Err(Mistake::ComfortOverlaps { room: room(), day });
    }
    // Where comfort hours touch, the later one begins: its beginning wins over the earlier one's end.
    changes.sort_by_key(|&(day, minute, setpoint)| (day, minute, setpoint == entry.otherwise_c));
    changes.dedup_by_key(|&mut (day, minute, _)| (day, minute));
    WeekSchedule::new(changes).map_err(|error| Mistake::Week { room: room(), error })
}

fn heater(entry: HeaterEntry) -> Result<Heater, Mistake> {
    let id = &entry.id;
    for (key, part) in [("resistor_w", entry.resistor_w), ("fallback_w", entry.fallback_w)] {
        if part > entry.rated_w {
            return Err(Mistake::AboveRated { heater: id.clone(), key });
        }
    }
    if entry.rated_w == Watts::ZERO {
        return Err(Mistake::RatedZero(id.clone()));
    }
    let name = entry
        .name
        .unwrap_or_else(|| DisplayName::new(id.as_str()).expect("an identifier is printable and short"));
    Ok(Heater {
        id: entry.id,
        name,
        room: entry.room,
        circuit: entry.circuit,
        rated_w: entry.rated_w,
        resistor_w: entry.resistor_w,
        fallback_w: entry.fallback_w,
        simulated: false,
    })
}

fn circuit(entry: CircuitEntry) -> Result<Circuit, Mistake> {
    if entry.cap_w == Watts::ZERO {
        return Err(Mistake::CapZero(entry.id));
    }
    Ok(Circuit { id: entry.id, under: entry.under, cap_w: entry.cap_w, other_w: entry.other_w })
}

/// Days as the file writes them, Monday first.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A day on which two lines of comfort want the same minute.
fn overlap(comfort: &[ComfortEntry]) -> Option<usize> {
    let hours = |day: usize| {
        let of_day = comfort.iter().flat_map(move |c| {
            c.days.iter().filter(move |d| **d as usize == day).map(move |_| (c.from.0, c.until.0))
        });
        let mut hours: Vec<(u16, u16)> = of_day.collect();
        hours.sort_unstable();
        hours
    };
    (0..7).find(|&day| hours(day).windows(2).any(|pair| pair[1].0 < pair[0].1))
}

#[cfg(test)]
mod tests;
