//! Who is in a room at a moment: drawn from the occupancy records, never remembered.

use crate::kept::Kept;
use crate::moment::Moment;
use crate::noise::{Noise, Purpose, rank, slow_between};
use crate::occupancy::{OfficeCounts, ResidentialPattern};
use crate::plan::RoomUse;
use crate::season::Season;

/// The people in a room and what their being there does to it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Crowd {
    pub(crate) people: u32,
    /// People weighed by how alive they are: 1 awake, 0.7 asleep. Heat, breath and moisture go by this.
    pub(crate) awake_equivalents: f64,
    /// Whether somebody moves about and would switch on a lamp or open a window.
    pub(crate) stirring: bool,
    /// Heat of appliances, W per m² of floor.
    pub(crate) appliances_w_per_m2: f64,
    /// Heat of what people at desks switch on, W.
    pub(crate) desks_w: f64,
}

/// The people of a room over a part of a step: means over its minutes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Presence {
    pub(crate) awake_equivalents: f64,
    pub(crate) appliances_w_per_m2: f64,
    pub(crate) desks_w: f64,
    /// The share of the time in which somebody moves about.
    pub(crate) stirring: f64,
}

/// The cameras of OU44 lose or gain a few people a day: so many in the night are nobody.
const COUNT_DRIFT: f64 = 15.0;
/// A count at which the recorded building is as good as full.
const BUSY_COUNT: f64 = 700.0;
/// A portable computer and a screen.
const DESK_W: f64 = 60.0;
/// Appliances of a dwelling in use (convention of Th-BCE 2012; the record's rate of 0.2 gives its 1.14 at
/// other times).
const APPLIANCES_W_PER_M2: f64 = 5.7;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;
/// How often the rank that decides between two whole numbers of people is looked at, and over how long it
/// wanders.
const RANK_MS: i64 = 5 * MINUTE_MS;
const RANK_WANDER_MS: i64 = 3 * HOUR_MS;

/// What is the same for all rooms at a moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scene {
    moment: Moment,
    season: Season,
    noise: Noise,
    /// People counted in the recorded building now and in the middle of this clock hour, less the drift of
    /// the count.
    in_building: f64,
    in_building_at_half_past: f64,
}

impl Scene {
    pub(crate) fn at(moment: Moment, season: Season, noise: Noise) -> Scene {
        let count = |at| (OfficeCounts::embedded().at(season.office_second(at)) - COUNT_DRIFT).max(0.0);
        let half_past = moment.later_by(HOUR_MS / 2 - local_ms(moment).rem_euclid(HOUR_MS));
        Scene {
            moment,
            season,
            noise,
            in_building: count(moment),
            in_building_at_half_past: count(half_past),
        }
    }
}

impl Crowd {
    /// Who is in room `room` now; `kept` is that room's.
    pub(crate) fn at(usage: RoomUse, room: usize, scene: &Scene, kept: &mut Kept) -> Crowd {
        match usage {
            RoomUse::Office { share_of_count, capacity } => {
                Crowd::at_desks(office(share_of_count, capacity, room, scene, kept))
            }
            RoomUse::Meeting { capacity } => Crowd::at_desks(meeting(capacity, room, scene)),
            RoomUse::Dwelling { people } => kept.home.at(scene.moment, || dwelling(people, room, scene)),
            RoomUse::Corridor => Crowd::passing(visit(3 * MINUTE_MS, 0.4, room, scene)),
            RoomUse::Storage => Crowd::passing(visit(10 * MINUTE_MS, 0.03, room, scene)),
            RoomUse::Constant { people } => Crowd::passing(people),
        }
    }

    fn passing(people: u32) -> Crowd {
        Crowd { people, awake_equivalents: f64::from(people), stirring: people > 0, ..Crowd::default() }
    }

    fn at_desks(people: u32) -> Crowd {
        Crowd { desks_w: DESK_W * f64::from(people), ..Crowd::passing(people) }
    }
}

impl Presence {
    /// Adds the people of one minute that is `share` of the part.
    pub(crate) fn add(&mut self, crowd: &Crowd, share: f64) {
        self.awake_equivalents += share * crowd.awake_equivalents;
        self.appliances_w_per_m2 += share * crowd.appliances_w_per_m2;
        self.desks_w += share * crowd.desks_w;
        self.stirring += if crowd.stirring { share } else { 0.0 };
    }
}

/// A share of the building's people, more or less by the day; which of two whole numbers is a matter of a
/// rank that wanders over hours, so people stay for hours and do not flicker.
fn office(share: f64, capacity: u32, room: usize, scene: &Scene, kept: &mut Kept) -> u32 {
    if share * scene.in_building == 0.0 {
        return 0;
    }
    let day = scene.moment.local().unix_day;
    let today = kept.today.of(day, || (0.3 * scene.noise.gaussian(Purpose::PeopleThisDay, room, day)).exp());
    let Kept { rank: kept_rank, anchors, .. } = kept;
    let slot = scene.moment.utc_ms.div_euclid(RANK_MS);
    let rank = kept_rank.of(slot, || {
        let anchor = |slot: i64| {
            anchors[slot.rem_euclid(2) as usize]
                .of(slot, || scene.noise.gaussian(Purpose::PeopleThisHour, room, slot))
        };
        rank(slow_between(anchor, slot * RANK_MS, RANK_WANDER_MS))
    });
    ((share * scene.in_building * today + rank) as u32).min(capacity)
}

/// In an hour of the local clock there is a meeting or not, the more likely the busier the building; it lasts
/// from three past to ten to.
fn meeting(capacity: u32, room: usize, scene: &Scene) -> u32 {
    let local_ms = local_ms(scene.moment);
    let hour = local_ms.div_euclid(HOUR_MS);
    let in_session = (3 * MINUTE_MS..50 * MINUTE_MS).contains(&local_ms.rem_euclid(HOUR_MS));
    let likelihood = 0.55 * (scene.in_building_at_half_past / BUSY_COUNT).min(1.0);
    if !in_session || scene.noise.uniform(Purpose::Meeting, room, hour) >= likelihood {
        return 0;
    }
    let size = scene.noise.uniform(Purpose::MeetingSize, room, hour);
    (2 + (size * f64::from(capacity.saturating_sub(1))) as u32).min(capacity)
}

/// One person or none in each slot, the more likely the busier the building.
fn visit(slot_ms: i64, most_likely: f64, room: usize, scene: &Scene) -> u32 {
    let likelihood = most_likely * (scene.in_building / BUSY_COUNT).min(1.0);
    u32::from(scene.noise.uniform(Purpose::Visit, room, scene.moment.utc_ms.div_euclid(slot_ms)) < likelihood)
}

/// Every dweller follows the pattern on a clock of his own, set anew each day, early or late by some half
/// hour. Days change at 4 in the morning, when everybody sleeps. Also says for how long nothing changes: until
/// the next full hour on somebody's clock.
fn dwelling(people: u32, room: usize, scene: &Scene) -> (Crowd, i64) {
    const MOST_PEOPLE: i64 = 64;
    let day = scene.moment.later_by(-4 * HOUR_MS).local().unix_day;
    let hour_at = |moment| ResidentialPattern::embedded().hour(scene.season.residential_hour(moment));
    let mut crowd = Crowd {
        appliances_w_per_m2: APPLIANCES_W_PER_M2 * hour_at(scene.moment).internal_gains_rate,
        ..Crowd::default()
    };
    let mut stay_ms = until_full_hour_ms(scene.moment);
    for person in 0..i64::from(people).min(MOST_PEOPLE) {
        let draw = scene.noise.gaussian(Purpose::Dweller, room, day * MOST_PEOPLE + person);
        let late_ms = 25.0 * MINUTE_MS as f64 * draw.clamp(-3.0, 3.0);
        let on_own_clock = scene.moment.later_by(-(late_ms as i64));
        let own = hour_at(on_own_clock);
        crowd.people += u32::from(own.occupancy_rate > 0.0);
        crowd.awake_equivalents += own.occupancy_rate;
        crowd.stirring |= own.occupancy_rate >= 1.0;
        stay_ms = stay_ms.min(until_full_hour_ms(on_own_clock));
    }
    (crowd, stay_ms)
}

fn until_full_hour_ms(moment: Moment) -> i64 {
    HOUR_MS - local_ms(moment).rem_euclid(HOUR_MS)
}

/// Milliseconds of the local clock.
fn local_ms(moment: Moment) -> i64 {
    moment.utc_ms + i64::from(moment.local_offset_s) * 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday 6 January 2025, 0:00 in Paris.
    const MONDAY: Moment = Moment { utc_ms: 1_736_118_000_000, local_offset_s: 3600 };

    fn at(usage: RoomUse, hours: f64) -> Crowd {
        let scene = Scene::at(MONDAY.later_by((hours * 3.6e6) as i64), Season::Winter, Noise::new(5));
        Crowd::at(usage, 0, &scene, &mut Kept::default())
    }

    #[test]
    fn what_is_kept_changes_nothing() {
        let uses = [
            RoomUse::Office { share_of_count: 0.01, capacity: 9 },
            RoomUse::Dwelling { people: 3 },
            RoomUse::Meeting { capacity: 8 },
            RoomUse::Corridor,
        ];
        let mut kept = vec![Kept::default(); uses.len()];
        // Forward, and now and then some hours back, over a change of the clock at minute 3,000.
        for minute in (0..6000i64).map(|at| if at % 97 == 0 { at - 800 } else { at }) {
            let offset_s = if minute < 3000 { 3600 } else { 7200 };
            let moment = Moment { local_offset_s: offset_s, ..MONDAY.later_by(minute * MINUTE_MS) };
            let scene = Scene::at(moment, Season::Today, Noise::new(5));
            for (room, (usage, kept)) in uses.iter().zip(&mut kept).enumerate() {
                let anew = Crowd::at(*usage, room, &scene, &mut Kept::default());
                assert_eq!(Crowd::at(*usage, room, &scene, kept), anew, "{usage:?} in minute {minute}");
            }
        }
    }

    #[test]
    fn an_office_fills_on_monday_morning_and_is_empty_at_night() {
        let office = RoomUse::Office { share_of_count: 0.02, capacity: 30 };
        assert_eq!(at(office, 3.0), Crowd::default());
        assert!(at(office, 10.5).people >= 5, "{:?}", at(office, 10.5));
        assert!(at(office, 10.5).desks_w > 200.0);
    }

    #[test]
    fn an_office_of_one_does_not_flicker() {
        let office = RoomUse::Office { share_of_count: 0.001, capacity: 1 };
        let seats: Vec<u32> =
            (0..7 * 1440).map(|minute| at(office, f64::from(minute) / 60.0).people).collect();
        let changes = seats.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!((6..60).contains(&changes), "{changes} comings and goings in a week");
    }

    #[test]
    fn a_family_sleeps_at_home_and_is_out_on_monday_noon() {
        let home = RoomUse::Dwelling { people: 3 };
        let asleep = at(home, 3.0);
        assert_eq!((asleep.people, asleep.stirring), (3, false));
        assert!((asleep.awake_equivalents - 2.1).abs() < 1e-9);
        assert_eq!(at(home, 13.5).people, 0);
        assert!(at(home, 20.0).people > 0);
    }

    #[test]
    fn a_meeting_never_has_more_people_than_seats_nor_a_single_one() {
        let sizes: Vec<u32> = (0..400)
            .map(|quarter| at(RoomUse::Meeting { capacity: 8 }, f64::from(quarter) / 4.0).people)
            .collect();
        assert!(sizes.iter().all(|&size| size == 0 || (2..=8).contains(&size)));
        assert!(sizes.iter().any(|&size| size > 0));
    }
}
