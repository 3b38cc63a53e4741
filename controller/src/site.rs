//! The building as its book describes it, laid out for planning: rooms and heaters by index, overrides in place.

use std::collections::{BTreeMap, BTreeSet};

use registry::{
    Accounting, Circuit, DeclaredMode, Instructions, Override, PlanArea, Registry, RegistryError, SiteBook,
    SiteRules,
};
use vocabulary::{
    Celsius, CircuitId, HeaterId, RoomId, Schedule, SetpointBy, SiteId, Timestamp, Watts, Zone,
};

/// A site as planning sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// The time zone of its schedules.
    pub zone: Zone,
    /// The most all heaters may draw together.
    pub cap_w: Option<Watts>,
    /// What the month's highest power costs, euro per kilowatt; zero where there is no such tariff.
    pub peak_eur_per_kw: f64,
    /// What the whole building is to be for a while.
    pub mode: DeclaredMode,
    /// Its rooms.
    pub rooms: Vec<SiteRoom>,
    /// Its heaters.
    pub heaters: Vec<SiteHeater>,
    /// The circuits of its wiring, each before those above it.
    pub circuits: Vec<SiteCircuit>,
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
    /// Setpoint at each time, exceptions and public holidays included.
    pub schedule: Schedule,
    /// Overrides in force: `(by, setpoint, until)`, strongest first.
    pub overrides: Vec<(SetpointBy, Celsius, Timestamp)>,
    /// Indices of its heaters.
    pub heaters: Vec<usize>,
    /// Floor area, m², where it is known.
    pub floor_m2: Option<f64>,
    /// Volume of air, m³, where it is known.
    pub volume_m3: Option<f64>,
    /// The premises whose mean temperature the law limits, where it does; rooms of the same have the same number.
    pub premises: Option<usize>,
    /// What the room should be, where somebody outside says so by half hours instead of the book.
    pub given: Option<GivenBand>,
}

#[cfg(test)]
impl SiteRoom {
    /// A room for tests: setpoints from 17 to 22 °C, 16 while nobody is there, and no heaters.
    pub(crate) fn trial(id: &str, schedule: vocabulary::WeekSchedule) -> Self {
        Self {
            id: RoomId::new(id).expect("tests name rooms properly"),
            low_c: Celsius::from_hundredths(1700),
            high_c: Celsius::from_hundredths(2200),
            setback_c: Celsius::from_hundredths(1600),
            schedule: schedule.into(),
            overrides: vec![],
            heaters: vec![],
            floor_m2: None,
            volume_m3: None,
            premises: None,
            given: None,
        }
    }
}

/// What a room should be in the next day, by half hours of which the first begins now. The last one holds on.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenBand {
    /// Not colder than this, °C.
    pub low_c: Vec<f64>,
    /// Not warmer than this, °C.
    pub high_c: Vec<f64>,
    /// Not colder than this while nobody is there, °C: then `low_c` holds only for people, whom the controller finds out.
    pub vacant_low_c: Option<f64>,
}

/// A heater as planning sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteHeater {
    /// Its identifier.
    pub id: HeaterId,
    /// Index of its room; `None` while it is not placed.
    pub room: Option<usize>,
    /// Index of the circuit it hangs on; `None` where the wiring is not described.
    pub circuit: Option<usize>,
    /// The most it draws.
    pub rated_w: Watts,
    /// What of it can be drawn without work.
    pub resistor_w: Watts,
    /// What it may draw by itself.
    pub fallback_w: Watts,
    /// What people instruct it to do.
    pub instructions: Instructions,
}

/// A circuit as planning sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteCircuit {
    /// Its identifier.
    pub id: CircuitId,
    /// The most that everything on it may draw together.
    pub cap_w: Watts,
    /// What of it is the heaters', watts: the cap without what others may draw.
    pub free_w: f64,
    /// Indices of the heaters on it and under it, ascending.
    pub heaters: Vec<usize>,
}

/// What a manager declared of a site beside its book; nothing at first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Declared {
    /// The rules of law.
    pub rules: SiteRules,
    /// What energy counts for.
    pub accounting: Accounting,
    /// What the whole building is to be for a while.
    pub mode: DeclaredMode,
    /// What single heaters are instructed to do.
    pub instructions: BTreeMap<HeaterId, Instructions>,
}

impl Declared {
    /// As the registry has it.
    ///
    /// # Errors
    /// [`RegistryError::Unknown`] when there is no such site, others when the book cannot be read.
    pub fn read(registry: &Registry, site: &SiteId) -> Result<Self, RegistryError> {
        Ok(Self {
            rules: registry.rules(site)?,
            accounting: registry.accounting(site)?,
            mode: registry.mode(site)?,
            instructions: registry.instructions(site)?,
        })
    }
}

/// Height of a room of which only the floor is drawn, m.
const USUAL_HEIGHT_M: f64 = 2.6;

impl Site {
    /// Lays out a site from its book and the overrides in force.
    #[must_use]
    pub fn new(book: &SiteBook, overrides: &[Override]) -> Self {
        let room_index = |id: &RoomId| book.rooms.iter().position(|room| room.id == *id);
        let mut wiring: Vec<(&Circuit, BTreeSet<CircuitId>)> =
            book.circuits.iter().map(|circuit| (circuit, book.below(&circuit.id))).collect();
        // A circuit has fewer below it than any above it.
        wiring.sort_by_key(|(_, below)| below.len());
        let circuit_index = |id: &CircuitId| wiring.iter().position(|(circuit, _)| circuit.id == *id);
        let heaters: Vec<SiteHeater> = book
            .heaters
            .iter()
            .map(|heater| SiteHeater {
                id: heater.id.clone(),
                room: heater.room.as_ref().and_then(room_index),
                circuit: heater.circuit.as_ref().and_then(circuit_index),
                rated_w: heater.rated_w,
                resistor_w: heater.resistor_w.min(heater.rated_w),
                fallback_w: heater.fallback_w.min(heater.rated_w),
                instructions: Instructions::default(),
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
            floor_m2: room.area.map(floor_m2),
            volume_m3: room.area.map(|area| floor_m2(area) * USUAL_HEIGHT_M),
            premises: None,
            given: None,
        });
        let circuits = wiring.iter().map(|(top, below)| circuit(book, top, below)).collect();
        Self {
            zone: book.site.zone,
            cap_w: book.site.cap_w,
            peak_eur_per_kw: 0.0,
            mode: DeclaredMode::default(),
            rooms: rooms.collect(),
            heaters,
            circuits,
        }
    }

    /// The same site under the rules of law that its manager declared.
    #[must_use]
    pub fn under(mut self, rules: &SiteRules) -> Self {
        let mut dwellings = Vec::new();
        for room in &mut self.rooms {
            room.premises = rules.bind(&room.id).then(|| {
                let dwelling = rules.dwelling(&room.id);
                dwellings.iter().position(|known| *known == dwelling).unwrap_or_else(|| {
                    dwellings.push(dwelling);
                    dwellings.len() - 1
                })
            });
        }
        self
    }

    /// The same site under all that its manager declared.
    #[must_use]
    pub fn as_declared(self, declared: &Declared) -> Self {
        let peak = declared.accounting.peak_eur_per_kw.as_ref();
        let instructed = |heater: SiteHeater| SiteHeater {
            instructions: declared.instructions.get(&heater.id).cloned().unwrap_or_default(),
            ..heater
        };
        let site = self.under(&declared.rules);
        Self {
            peak_eur_per_kw: peak.map_or(0.0, |rate| rate.amount),
            mode: declared.mode.clone(),
            heaters: site.heaters.into_iter().map(instructed).collect(),
            ..site
        }
    }

    /// The lowest cap above any heater of a room: of its circuits, and of the site where that is `cap_w`.
    pub(crate) fn lowest_cap(&self, room: usize, cap_w: Option<Watts>) -> Option<Watts> {
        let heaters = &self.rooms[room].heaters;
        let above = |circuit: &&SiteCircuit| heaters.iter().any(|heater| circuit.heaters.contains(heater));
        self.circuits.iter().filter(above).map(|circuit| circuit.cap_w).chain(cap_w).min()
    }
}

fn floor_m2(area: PlanArea) -> f64 {
    f64::from(area.width) * f64::from(area.depth)
}

/// A circuit with all that are below it, itself included.
fn circuit(book: &SiteBook, top: &Circuit, below: &BTreeSet<CircuitId>) -> SiteCircuit {
    let is_on = |heater: &registry::Heater| heater.circuit.as_ref().is_some_and(|id| below.contains(id));
    SiteCircuit {
        id: top.id.clone(),
        cap_w: top.cap_w,
        free_w: top.cap_w.real() - book.other_w(below) as f64,
        heaters: (0..book.heaters.len()).filter(|&h| is_on(&book.heaters[h])).collect(),
    }
}

fn overrides_of(room: &RoomId, overrides: &[Override]) -> Vec<(SetpointBy, Celsius, Timestamp)> {
    let of_room = overrides.iter().map(|o| &o.wish).filter(|wish| wish.room == *room);
    let mut found: Vec<_> = of_room.map(|wish| (wish.by, wish.setpoint_c, wish.until)).collect();
    found.sort_by_key(|(by, _, _)| *by);
    found
}
