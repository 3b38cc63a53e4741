//! What stands in the demonstration: three floors of workshops, offices and homes, drawn twice: as the twin's plan and
//! as the building's book.

use registry::{Clock, Heater, PlanArea, Room, Site, SiteBook};
use twin::{BuildingPlan, EmitterPlan, Orientation, Place, RoomPlan, RoomUse};
use vocabulary::{Celsius, DisplayName, HeaterId, RoomId, SiteId, Watts, WeekSchedule};

/// The demonstration's site.
pub const SITE: &str = "tisserands";

/// Rooms of one floor from west to east: name, east–west extent in metres, use, heaters. The first four lie north of
/// the corridor, the others south.
const FLOORS: [[(&str, f32, Use, usize); 8]; 3] = [
    [
        ("Atelier", 8.0, Use::Office(14), 2),
        ("Bureau", 4.5, Use::Office(3), 1),
        ("Bureau", 4.5, Use::Office(3), 1),
        ("Archives", 5.0, Use::Storage, 1),
        ("Accueil", 5.0, Use::Office(4), 1),
        ("Salle A", 7.0, Use::Meeting(12), 2),
        ("Bureau", 5.0, Use::Office(3), 1),
        ("Studio", 5.0, Use::Office(4), 1),
    ],
    [
        ("Plateau", 8.0, Use::Office(12), 2),
        ("Bureau", 4.5, Use::Office(3), 1),
        ("Bureau", 4.5, Use::Office(3), 1),
        ("Réunion", 5.0, Use::Meeting(6), 1),
        ("Bureau", 5.0, Use::Office(3), 1),
        ("Salle B", 7.0, Use::Meeting(14), 2),
        ("Bureau", 5.0, Use::Office(3), 1),
        ("Cuisine", 5.0, Use::Office(2), 1),
    ],
    [
        ("Logement A séjour", 8.0, Use::Home(2), 2),
        ("Logement A chambre", 4.5, Use::Home(2), 1),
        ("Logement B chambre", 4.5, Use::Home(2), 1),
        ("Logement B séjour", 5.0, Use::Home(2), 1),
        ("Logement C chambre", 5.0, Use::Home(1), 1),
        ("Logement C séjour", 7.0, Use::Home(2), 2),
        ("Logement D séjour", 5.0, Use::Home(2), 1),
        ("Logement D chambre", 5.0, Use::Home(1), 1),
    ],
];
const DEPTH_M: f32 = 5.5;
const CORRIDOR_M: f32 = 1.8;

#[derive(Clone, Copy)]
enum Use {
    Office(u32),
    Meeting(u32),
    Home(u32),
    Storage,
}

/// A demonstration building, drawn for the twin and for the book.
pub struct Demonstration {
    /// For the twin. Emitter `j` is heater `j` of the book, room `i` is room `i`.
    pub plan: BuildingPlan,
    /// For the registry.
    pub book: SiteBook,
}

impl Demonstration {
    /// The demonstration building with `heaters` heaters: 30 are its three floors; for more, the floors are repeated
    /// upwards, for less, it ends where they do.
    #[must_use]
    pub fn new(heaters: usize) -> Self {
        let mut drawing = Drawing::default();
        for storey in 0.. {
            if drawing.heaters.len() >= heaters {
                break;
            }
            drawing.add_floor(storey, heaters);
        }
        drawing.finish()
    }
}

#[derive(Default)]
struct Drawing {
    rooms: Vec<Room>,
    heaters: Vec<Heater>,
    plans: Vec<RoomPlan>,
    emitters: Vec<EmitterPlan>,
}

impl Drawing {
    fn add_floor(&mut self, storey: usize, heaters: usize) {
        let below = self.rooms.len().checked_sub(FLOORS[0].len());
        let first = self.rooms.len();
        let (mut west_north, mut west_south) = (0.0, 0.0);
        for (place, &(name, width, usage, count)) in FLOORS[storey % FLOORS.len()].iter().enumerate() {
            let is_north = place < 4;
            let (west, y) =
                if is_north { (&mut west_north, 0.0) } else { (&mut west_south, DEPTH_M + CORRIDOR_M) };
            let area = PlanArea { x: *west, y, width, depth: DEPTH_M };
            *west += width;
            let is_end = matches!(place, 0 | 3 | 4 | 7);
            self.add_room(storey, place, name, area, usage, is_north, is_end);
            let index = first + place;
            if !matches!(place, 0 | 4) {
                self.plans[index].neighbours.push((index - 1, 12.0));
            }
            if let Some(below) = below {
                // Slabs between floors: 1 W/(m²K) over the room's area.
                self.plans[index].neighbours.push((below + place, f64::from(width * DEPTH_M)));
            }
            self.add_heaters(index, storey, place, count.min(heaters - self.heaters.len()));
        }
    }

    #[expect(clippy::too_many_arguments, reason = "one line of the table above and where it lies")]
    fn add_room(
        &mut self,
        storey: usize,
        place: usize,
        name: &str,
        area: PlanArea,
        usage: Use,
        is_north: bool,
        is_end: bool,
    ) {
        let number = format!("{storey}{:02}", place + 1);
        let orientation = match (is_north, is_end && storey % 2 == 1) {
            (_, true) if place.is_multiple_of(4) => Orientation::West,
            (_, true) => Orientation::East,
            (true, false) => Orientation::North,
            (false, false) => Orientation::South,
        };
        let mut plan =
            RoomPlan::typical(f64::from(area.width * area.depth), orientation, usage.of_the_twin());
        if usage.is_without_window() {
            plan.windows_open = false;
        }
        self.plans.push(plan);
        self.rooms.push(Room {
            id: RoomId::new(&number).expect("digits are an identifier"),
            name: named(&format!("{number} {name}")),
            floor: named(&floor_name(storey)),
            area: Some(area),
            low_c: Celsius::from_hundredths(1700),
            // With the kelvin above it at which heaters stop, the band ends at 24 °C: EN 16798-1, category II.
            high_c: Celsius::from_hundredths(2300),
            setback_c: Celsius::from_hundredths(1600),
            schedule: usage.schedule().into(),
        });
    }

    fn add_heaters(&mut self, room: usize, storey: usize, place: usize, count: usize) {
        let rated_w = (design_power_w(&self.plans[room]) / count.max(1) as f64 / 50.0).ceil() * 50.0;
        for nth in 0..count {
            let suffix = if nth == 0 { String::new() } else { format!("-{}", nth + 1) };
            self.emitters.push(EmitterPlan::typical(room, rated_w));
            self.heaters.push(Heater {
                id: HeaterId::new(&format!("h-{storey}{:02}{suffix}", place + 1))
                    .expect("letters and digits"),
                name: named(&format!("{storey}-{:02}{suffix}", place + 1)),
                room: Some(self.rooms[room].id.clone()),
                rated_w: Watts::floor(rated_w),
                // Half of the power can be made without work, and the fall-back holds a setback in most weather.
                resistor_w: Watts::floor(0.5 * rated_w),
                fallback_w: Watts::floor(0.4 * rated_w),
                simulated: true,
                circuit: None,
            });
        }
    }

    fn finish(self) -> Demonstration {
        let rated_w: f64 = self.heaters.iter().map(|heater| heater.rated_w.real()).sum();
        let site = Site {
            id: SiteId::new(SITE).expect("a constant identifier"),
            name: named("12 rue des Tisserands"),
            zone: "Europe/Paris".parse().expect("Paris is in the time zone database"),
            clock: Clock::Wall,
            // A supply of four fifths of the rating: enough on every day but the coldest mornings.
            cap_w: Some(Watts::floor(0.8 * rated_w)),
            demonstration: true,
        };
        let plan =
            BuildingPlan { rooms: self.plans, emitters: self.emitters, place: Place::PARIS, start_c: 19.0 };
        Demonstration {
            plan,
            book: SiteBook {
                site,
                rooms: self.rooms,
                heaters: self.heaters,
                circuits: vec![],
                metrics: vec![],
            },
        }
    }
}

impl Use {
    fn of_the_twin(self) -> RoomUse {
        match self {
            // The recorded building counts up to 1,204 people at once: a room's share fills its desks on a busy day.
            Self::Office(seats) => {
                RoomUse::Office { share_of_count: f64::from(seats) / 1000.0, capacity: seats }
            }
            Self::Meeting(seats) => RoomUse::Meeting { capacity: seats },
            Self::Home(people) => RoomUse::Dwelling { people },
            Self::Storage => RoomUse::Storage,
        }
    }

    fn is_without_window(self) -> bool {
        matches!(self, Self::Storage)
    }

    fn schedule(self) -> WeekSchedule {
        let celsius = Celsius::from_hundredths;
        let week = match self {
            Self::Office(_) => {
                WeekSchedule::daily(&[0, 1, 2, 3, 4], (450, 1140), celsius(2050), celsius(1700))
            }
            Self::Meeting(_) => {
                WeekSchedule::daily(&[0, 1, 2, 3, 4], (480, 1110), celsius(2000), celsius(1700))
            }
            Self::Home(_) => {
                WeekSchedule::daily(&[0, 1, 2, 3, 4, 5, 6], (360, 1350), celsius(2000), celsius(1800))
            }
            Self::Storage => Ok(WeekSchedule::constant(celsius(1600))),
        };
        week.expect("the demonstration's weeks are in order")
    }
}

/// Heater power for a room: its loss at −7 °C outside (the design day of the Paris region, NF EN 12831), with half as
/// much again to warm it up in the morning.
fn design_power_w(plan: &RoomPlan) -> f64 {
    const AIR_WH_PER_M3_K: f64 = 0.34;
    let fabric = &plan.fabric;
    let air_w_per_k =
        AIR_WH_PER_M3_K * (plan.infiltration_per_h * plan.volume_m3 + plan.ventilation_m3_per_h);
    (fabric.air_outdoor_w_per_k + fabric.core_outdoor_w_per_k + air_w_per_k) * (21.0 + 7.0) * 1.5
}

fn floor_name(storey: usize) -> String {
    match storey {
        0 => "Rez-de-chaussée".to_owned(),
        1 => "1er étage".to_owned(),
        n => format!("{n}e étage"),
    }
}

fn named(text: &str) -> DisplayName {
    DisplayName::new(text).expect("the demonstration's names are short and printable")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_floors_hold_twenty_four_rooms_and_thirty_heaters() {
        let demonstration = Demonstration::new(30);
        assert_eq!((demonstration.book.rooms.len(), demonstration.book.heaters.len()), (24, 30));
        assert_eq!((demonstration.plan.rooms.len(), demonstration.plan.emitters.len()), (24, 30));
        let book = &demonstration.book;
        for (heater, emitter) in book.heaters.iter().zip(&demonstration.plan.emitters) {
            assert_eq!(heater.room.as_ref(), Some(&book.rooms[emitter.room].id));
            assert_eq!(heater.rated_w.real(), emitter.rated_w);
        }
    }

    #[test]
    fn a_fleet_of_any_size_has_heaters_and_rooms_of_their_own() {
        for heaters in [1, 7, 31, 2000] {
            let book = Demonstration::new(heaters).book;
            let ids: std::collections::BTreeSet<_> = book.heaters.iter().map(|h| h.id.clone()).collect();
            let rooms: std::collections::BTreeSet<_> = book.rooms.iter().map(|r| r.id.clone()).collect();
            assert_eq!((ids.len(), rooms.len()), (heaters, book.rooms.len()));
        }
    }

    #[test]
    fn the_fall_backs_fit_the_cap() {
        let book = Demonstration::new(30).book;
        let fallback: u32 = book.heaters.iter().map(|heater| heater.fallback_w.whole()).sum();
        assert!(fallback <= book.site.cap_w.unwrap().whole());
    }
}
