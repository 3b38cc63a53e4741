//! The building of a world: heaters on a small tree of circuits below a site's cap, and how much power fits.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use registry::{Circuit, Clock, Heater, Room, Site, SiteBook};
use vocabulary::{
    Celsius, CircuitId, ControllerKey, DisplayName, HeaterId, RoomId, SiteId, Watts, WeekSchedule, Zone,
};

use super::climate::pick;

/// What a room is told when it wants to be warm, and when it does not: far from where it is, so that what is wanted
/// is the heater's rating or nothing.
pub(super) const WARM: Celsius = Celsius::from_hundredths(2100);
pub(super) const COOL: Celsius = Celsius::from_hundredths(1200);

/// A circuit, by index; a circuit comes after the one it hangs on.
pub(super) struct Feeder {
    pub(super) under: Option<usize>,
    pub(super) cap_w: u32,
    pub(super) other_w: u32,
}

/// A heater's place, by index.
pub(super) struct Place {
    pub(super) id: HeaterId,
    pub(super) rated_w: u32,
    pub(super) fallback_w: u32,
    pub(super) circuit: Option<usize>,
    /// Since when it is not in the book.
    pub(super) out_since_ms: Option<u64>,
}

/// What a heater would take if it could.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    Watts(u32),
    /// It is gone for good.
    Gone,
    /// It lies, so nobody knows.
    Unknown,
}

/// The building as its owner describes it.
pub(super) struct Layout {
    pub(super) site: SiteId,
    pub(super) cap_w: Option<u32>,
    pub(super) feeders: Vec<Feeder>,
    pub(super) places: Vec<Place>,
}

impl Layout {
    pub(super) fn draw(random: &mut ChaCha8Rng, heaters: usize) -> Self {
        let unders: &[&[Option<usize>]] =
            &[&[], &[None], &[None, Some(0)], &[None, Some(0), Some(0)], &[None, None]];
        let feeders: Vec<Feeder> = pick(random, unders)
            .iter()
            .map(|&under| Feeder { under, cap_w: 0, other_w: pick(random, &[0, 0, 150, 400]) })
            .collect();
        let places = (0..heaters).map(|index| {
            let rated_w = pick(random, &[500, 750, 1_000, 1_500]);
            Place {
                id: HeaterId::new(&format!("h-{index}")).expect("letters, a hyphen and digits"),
                rated_w,
                fallback_w: rated_w / pick(random, &[4, 6, 10]),
                circuit: random.random_range(0..=feeders.len()).checked_sub(1),
                out_since_ms: None,
            }
        });
        let places = places.collect();
        let site = SiteId::new("simulated").expect("a word is an identifier");
        let mut layout = Self { site, cap_w: None, feeders, places };
        (0..layout.feeders.len())
            .for_each(|feeder| layout.feeders[feeder].cap_w = layout.fair_cap_w(random, feeder));
        if random.random_bool(0.8) {
            layout.cap_w = Some(layout.fair_site_cap_w(random));
        }
        layout
    }

    /// A cap between what is drawn without asking and what could be drawn, mostly tight.
    pub(super) fn fair_cap_w(&self, random: &mut ChaCha8Rng, feeder: usize) -> u32 {
        let on = || self.places.iter().filter(|place| self.is_on(place, feeder));
        let (fallback_w, rated_w): (u32, u32) =
            (on().map(|place| place.fallback_w).sum(), on().map(|place| place.rated_w).sum());
        let other_w = self.other_w(feeder);
        other_w + between(random, fallback_w, rated_w)
    }

    pub(super) fn fair_site_cap_w(&self, random: &mut ChaCha8Rng) -> u32 {
        between(random, self.fallback_sum_w(), self.places.iter().map(|place| place.rated_w).sum())
    }

    pub(super) fn fallback_sum_w(&self) -> u32 {
        self.places.iter().map(|place| place.fallback_w).sum()
    }

    /// What others than heaters may draw on a feeder and under it.
    pub(super) fn other_w(&self, feeder: usize) -> u32 {
        let below = (feeder..self.feeders.len()).filter(|&other| self.is_under(other, feeder));
        below.map(|other| self.feeders[other].other_w).sum()
    }

    /// Whether a heater hangs on a feeder, or on one under it.
    pub(super) fn is_on(&self, place: &Place, feeder: usize) -> bool {
        place.circuit.is_some_and(|circuit| self.is_under(circuit, feeder))
    }

    /// Whether a feeder is another one or under it.
    pub(super) fn is_under(&self, feeder: usize, top: usize) -> bool {
        feeder == top || self.feeders[feeder].under.is_some_and(|under| self.is_under(under, top))
    }

    /// The most that can be drawn when every heater wants what it wants: each cap less what must be kept free for
    /// fall-backs, and for liars all that they could draw.
    pub(super) fn full_w(&self, wants: &[Want], site_cap_w: Option<u32>) -> f64 {
        let kept_free_w = |index: usize| {
            let Place { fallback_w, rated_w, .. } = self.places[index];
            f64::from(match wants[index] {
                Want::Watts(wanted_w) => fallback_w.saturating_sub(wanted_w),
                Want::Gone => fallback_w,
                Want::Unknown => rated_w,
            })
        };
        let in_book = || (0..self.places.len()).filter(|&index| self.places[index].out_since_ms.is_none());
        let flow_of = |circuit: Option<usize>| -> f64 {
            let own = in_book().filter(|&index| self.places[index].circuit == circuit);
            own.map(|index| if let Want::Watts(wanted_w) = wants[index] { f64::from(wanted_w) } else { 0.0 })
                .sum()
        };
        let mut site_w = flow_of(None);
        let mut flows: Vec<f64> = (0..self.feeders.len()).map(|feeder| flow_of(Some(feeder))).collect();
        // A circuit comes after the one it hangs on, so from the last to the first all below have been summed.
        for feeder in (0..self.feeders.len()).rev() {
            let free_w = f64::from(self.feeders[feeder].cap_w) - f64::from(self.other_w(feeder));
            let on = in_book().filter(|&index| self.is_on(&self.places[index], feeder));
            let flow_w = flows[feeder].min(free_w - on.map(kept_free_w).sum::<f64>()).max(0.0);
            match self.feeders[feeder].under {
                Some(under) => flows[under] += flow_w,
                None => site_w += flow_w,
            }
        }
        let cap_w = site_cap_w.map_or(f64::INFINITY, f64::from);
        site_w.min(cap_w - in_book().map(kept_free_w).sum::<f64>()).max(0.0)
    }

    /// The book, as the registry would give it. `counts_fallback` is false for a controller that must not know of them.
    pub(super) fn book(&self, counts_fallback: bool) -> SiteBook {
        let heaters = self.places.iter().enumerate().filter(|(_, place)| place.out_since_ms.is_none());
        SiteBook {
            site: Site {
                id: self.site.clone(),
                name: name(),
                zone: Zone::UTC,
                clock: Clock::Wall,
                cap_w: self.cap_w.map(watts),
                demonstration: true,
            },
            rooms: (0..self.places.len()).map(room).collect(),
            heaters: heaters.map(|(index, place)| heater(index, place, counts_fallback)).collect(),
            circuits: self.feeders.iter().enumerate().map(|(index, feeder)| circuit(index, feeder)).collect(),
            metrics: Vec::new(),
        }
    }
}

fn between(random: &mut ChaCha8Rng, low: u32, high: u32) -> u32 {
    low + (f64::from(high - low) * random.random_range(0.05..0.9)) as u32
}

pub(super) fn watts(whole: u32) -> Watts {
    Watts::new(whole).expect("a building of a few kilowatts")
}

/// The site controller's key, the same in every world.
pub(super) fn key() -> ControllerKey {
    ControllerKey::from_bytes(&[7; 32])
}

fn name() -> DisplayName {
    DisplayName::new("simulated").expect("a word is a name")
}

pub(super) fn room_id(index: usize) -> RoomId {
    RoomId::new(&format!("r-{index}")).expect("letters, a hyphen and digits")
}

fn circuit_id(index: usize) -> CircuitId {
    CircuitId::new(&format!("c-{index}")).expect("letters, a hyphen and digits")
}

fn room(index: usize) -> Room {
    Room {
        id: room_id(index),
        name: name(),
        floor: name(),
        area: None,
        low_c: COOL,
        high_c: WARM,
        setback_c: COOL,
        schedule: WeekSchedule::constant(WARM).into(),
    }
}

fn heater(index: usize, place: &Place, counts_fallback: bool) -> Heater {
    Heater {
        id: place.id.clone(),
        name: name(),
        room: Some(room_id(index)),
        circuit: place.circuit.map(circuit_id),
        rated_w: watts(place.rated_w),
        resistor_w: watts(place.rated_w),
        fallback_w: watts(if counts_fallback { place.fallback_w } else { 0 }),
        simulated: true,
    }
}

fn circuit(index: usize, feeder: &Feeder) -> Circuit {
    Circuit {
        id: circuit_id(index),
        under: feeder.under.map(circuit_id),
        cap_w: watts(feeder.cap_w),
        other_w: watts(feeder.other_w),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(rated_w: u32, circuit: Option<usize>) -> Place {
        let id = HeaterId::new("h-1").unwrap();
        Place { id, rated_w, fallback_w: 100, circuit, out_since_ms: None }
    }

    #[test]
    fn what_fits_is_the_least_of_all_caps_above_less_what_is_kept_free() {
        use Want::{Gone, Unknown, Watts};
        let feeder = |under, cap_w, other_w| Feeder { under, cap_w, other_w };
        let layout = Layout {
            site: SiteId::new("s").unwrap(),
            cap_w: None,
            feeders: vec![feeder(None, 2_000, 200), feeder(Some(0), 900, 100)],
            places: vec![place(1_000, Some(1)), place(1_000, Some(0)), place(500, None)],
        };
        let full = |wants: [Want; 3], cap| layout.full_w(&wants, cap) as u32;
        // 800 W fit on the branch and 1,700 W on the feeder; the third heater hangs on none.
        assert_eq!(full([Watts(1_000), Watts(1_000), Watts(500)], None), 1_700 + 500);
        assert_eq!(full([Watts(1_000), Watts(1_000), Watts(500)], Some(1_500)), 1_500);
        assert_eq!(full([Gone, Watts(1_000), Watts(500)], Some(1_500)), 1_400, "its fall-back is kept free");
        assert_eq!(full([Unknown, Watts(1_000), Watts(500)], Some(1_500)), 500, "it may draw all it can");
        assert_eq!(full([Watts(1_000), Watts(0), Watts(0)], Some(700)), 500);
    }

    #[test]
    fn a_drawn_building_keeps_the_rule_of_fall_backs() {
        use rand::SeedableRng as _;
        for seed in 0..200 {
            let layout = Layout::draw(&mut ChaCha8Rng::seed_from_u64(seed), 5);
            layout.book(true).check_wiring().unwrap();
        }
    }
}
