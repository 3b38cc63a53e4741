//! What people instruct single heaters to do: what follows from it for the plan, and what the heaters are told of it.
//!
//! ```text
//!   limit    → it can draw so much and no more
//!   drain    → its lease says: take no new job. Once none runs any more, it can draw what its resistor makes
//!   identify → its lease says so, also to a heater that may draw nothing
//! ```
//! An instruction only ever takes away, and never what keeps a room from frost. A heater that the plan leaves to itself gets a
//! lease of what it may draw by itself, within its limit: without one it would not hear of it.

use std::borrow::Cow;

use registry::Instructions;
use vocabulary::{Celsius, Maintenance, Timestamp, Watts};

use crate::band::FROST_C;
use crate::image::{HeaterView, Snapshot};
use crate::limits::is_off;
use crate::plan::HeaterPlan;
use crate::site::{Site, SiteHeater};

/// What a heater in no room is kept at, as most do by themselves.
const NO_ROOM_C: Celsius = Celsius::from_hundredths(1600);
/// A room this far above frost is looked after first.
const FROST_MARGIN_K: f64 = 1.0;

/// What is heard of a site, as its people's instructions let it count.
pub(crate) fn in_force<'a>(site: &Site, snapshot: Cow<'a, Snapshot>, now: Timestamp) -> Cow<'a, Snapshot> {
    let bound = |(index, heater): (usize, &SiteHeater)| {
        let instructions = heater.instructions.at(now);
        let is_empty = instructions.drain.is_some() && !runs_jobs(&snapshot.heaters[index]);
        let drained_w = is_empty.then_some(heater.resistor_w);
        let most_w = instructions.limit.map(|limit| limit.watts).into_iter().chain(drained_w).min()?;
        Some((index, within_frost(site, &snapshot, heater, most_w).real(), is_empty))
    };
    let bounds: Vec<(usize, f64, bool)> = site.heaters.iter().enumerate().filter_map(bound).collect();
    if bounds.is_empty() {
        return snapshot;
    }
    let mut snapshot = snapshot.into_owned();
    for (index, most_w, is_empty) in bounds {
        let view = &mut snapshot.heaters[index];
        view.limit_w = Some(view.limit_w.map_or(most_w, |limit_w| limit_w.min(most_w)));
        if is_empty {
            // The steps are those of work, and there is to be none.
            view.steps_w.clear();
        }
    }
    Cow::Owned(snapshot)
}

/// Whether jobs run on a heater; of one that does not say so, whether it computes.
fn runs_jobs(view: &HeaterView) -> bool {
    view.jobs_running.map_or(view.compute_w.is_some_and(|watts| watts > 0), |jobs| jobs > 0.0)
}

/// So much, and what the heater would draw by itself where its room is near frost.
fn within_frost(site: &Site, snapshot: &Snapshot, heater: &SiteHeater, most_w: Watts) -> Watts {
    if is_near_frost(site, snapshot, heater) { most_w.max(heater.fallback_w) } else { most_w }
}

fn is_near_frost(site: &Site, snapshot: &Snapshot, heater: &SiteHeater) -> bool {
    let room = heater.room.filter(|room| *room < site.rooms.len());
    let temperature_c = room.and_then(|room| snapshot.rooms[room].temperature_c);
    temperature_c.is_some_and(|celsius| celsius < FROST_C + FROST_MARGIN_K)
}

/// Writes into the plan what each heater is told besides its power.
pub(crate) fn tell(site: &Site, snapshot: &Snapshot, now: Timestamp, heaters: &mut [Option<HeaterPlan>]) {
    for ((heater, view), plan) in site.heaters.iter().zip(&snapshot.heaters).zip(heaters) {
        let instructions = heater.instructions.at(now);
        let asked = maintenance(site, snapshot, (heater, view), now);
        let is_told = instructions.limit.is_some() || asked != Maintenance::default();
        if is_told && plan.is_none() && view.connected && view.controllable {
            *plan = Some(alone(site, snapshot, (heater, view), &instructions));
        }
        if let Some(plan) = plan {
            plan.maintenance = asked;
        }
    }
}

/// What is asked of a heater that knows the words. One without a resistor may work where only work keeps its room from frost.
fn maintenance(
    site: &Site,
    snapshot: &Snapshot,
    (heater, view): (&SiteHeater, &HeaterView),
    now: Timestamp,
) -> Maintenance {
    if !view.maintainable {
        return Maintenance::default();
    }
    let asked = heater.instructions.maintenance(now);
    let must_work = heater.resistor_w == Watts::ZERO && is_near_frost(site, snapshot, heater);
    Maintenance { drain: asked.drain && !must_work, ..asked }
}

/// The lease of a heater that the plan leaves to itself: what it may draw by itself, to the setback of its room. One that
/// tripped or was switched off gets no power, and is just the one that is looked for.
fn alone(
    site: &Site,
    snapshot: &Snapshot,
    (heater, view): (&SiteHeater, &HeaterView),
    instructions: &Instructions,
) -> HeaterPlan {
    let limit_w = instructions.limit.as_ref().map_or(heater.fallback_w, |limit| limit.watts);
    let own_w = within_frost(site, snapshot, heater, limit_w.min(heater.fallback_w));
    let watts = if is_off(view) { Watts::ZERO } else { own_w };
    let setback_c =
        heater.room.and_then(|room| site.rooms.get(room)).map_or(NO_ROOM_C, |room| room.setback_c);
    let maintenance = Maintenance::default();
    HeaterPlan { heat_w: watts, watts, setpoint_c: setback_c, hi_c: setback_c, maintenance }
}

#[cfg(test)]
mod tests {
    use registry::{DeclaredMode, HeaterLimit, Hold};
    use vocabulary::{DisplayName, HeaterId, Mode, WeekSchedule, Zone};

    use super::*;
    use crate::image::RoomView;
    use crate::limits::most_w;
    use crate::site::SiteRoom;

    const NOW: Timestamp = Timestamp::from_ms(1_763_632_000_000);
    const WARM_C: f64 = 19.0;

    fn watts(whole: u32) -> Watts {
        Watts::new(whole).unwrap()
    }

    fn hold() -> Hold {
        Hold { reason: DisplayName::new("Warm plug").unwrap(), until: Some(NOW.plus_ms(1_000)) }
    }

    fn limit(whole: u32) -> Instructions {
        let limit = HeaterLimit { watts: watts(whole), hold: hold() };
        Instructions { limit: Some(limit), ..Instructions::default() }
    }

    fn drain() -> Instructions {
        Instructions { drain: Some(hold()), ..Instructions::default() }
    }

    fn identify() -> Instructions {
        Instructions { identify_until: Some(NOW.plus_ms(1_000)), ..Instructions::default() }
    }

    /// A heater of 1000 W, 200 of its own right, in a room.
    fn site(instructions: Instructions, resistor_w: u32) -> Site {
        let heater = SiteHeater {
            id: HeaterId::new("h-1").unwrap(),
            room: Some(0),
            circuit: None,
            rated_w: watts(1000),
            resistor_w: watts(resistor_w),
            fallback_w: watts(200),
            instructions,
        };
        let room = SiteRoom::trial("a", WeekSchedule::constant(Celsius::from_hundredths(2000)));
        Site {
            zone: Zone::UTC,
            cap_w: None,
            peak_eur_per_kw: 0.0,
            mode: DeclaredMode::default(),
            rooms: vec![SiteRoom { heaters: vec![0], ..room }],
            heaters: vec![heater],
            circuits: vec![],
        }
    }

    fn snapshot(air_c: f64, jobs_running: Option<f64>, compute_w: u32) -> Snapshot {
        let heater = HeaterView {
            connected: true,
            controllable: true,
            maintainable: true,
            compute_w: Some(compute_w),
            jobs_running,
            steps_w: vec![500, 1000],
            ..HeaterView::default()
        };
        let room = RoomView { temperature_c: Some(air_c), ..RoomView::default() };
        Snapshot { rooms: vec![room], heaters: vec![heater], ..Snapshot::default() }
    }

    fn most(site: &Site, snapshot: &Snapshot, now: Timestamp) -> f64 {
        most_w(site, &in_force(site, Cow::Borrowed(snapshot), now), 0)
    }

    #[test]
    fn a_heater_can_draw_what_its_instructions_leave_until_they_end() {
        let both = Instructions { drain: drain().drain, ..limit(300) };
        let idle = snapshot(WARM_C, Some(0.0), 0);
        for (instructions, expected_w, has_steps) in [
            (Instructions::default(), 1000.0, true),
            (limit(300), 300.0, true),
            (limit(5_000), 1000.0, true),
            (drain(), 400.0, false),
            (both, 300.0, false),
        ] {
            let site = site(instructions.clone(), 400);
            assert_eq!(most(&site, &idle, NOW), expected_w, "{instructions:?}");
            let now = in_force(&site, Cow::Borrowed(&idle), NOW);
            assert_eq!(!now.heaters[0].steps_w.is_empty(), has_steps, "{instructions:?}");
            assert_eq!(most(&site, &idle, NOW.plus_ms(1_000)), 1000.0, "{instructions:?}");
        }
    }

    #[test]
    fn jobs_that_run_are_not_throttled_and_their_place_is_not_filled() {
        let site = site(drain(), 0);
        for (jobs, compute_w, expected_w) in [
            (Some(2.0), 600, 1000.0),
            // Granted nothing for a while it computes nothing, and its jobs still wait to end.
            (Some(2.0), 0, 1000.0),
            (Some(0.0), 5, 0.0),
            (None, 600, 1000.0),
            (None, 0, 0.0),
        ] {
            assert_eq!(
                most(&site, &snapshot(WARM_C, jobs, compute_w), NOW),
                expected_w,
                "{jobs:?} {compute_w}"
            );
        }
    }

    #[test]
    fn a_room_near_frost_gets_what_its_heater_would_give_it_alone() {
        for (air_c, limited_w, drained_w, drains) in [(9.5, 50.0, 0.0, true), (8.5, 200.0, 200.0, false)] {
            let cold = snapshot(air_c, Some(0.0), 0);
            assert_eq!(most(&site(limit(50), 0), &cold, NOW), limited_w, "{air_c}");
            let drained = site(drain(), 0);
            assert_eq!(most(&drained, &cold, NOW), drained_w, "{air_c}");
            let mut heaters = vec![None];
            tell(&drained, &cold, NOW, &mut heaters);
            assert_eq!(heaters[0].as_ref().is_some_and(|plan| plan.maintenance.drain), drains, "{air_c}");
        }
        let resistor = site(drain(), 400);
        let mut heaters = vec![None];
        tell(&resistor, &snapshot(8.5, Some(0.0), 0), NOW, &mut heaters);
        assert!(heaters[0].as_ref().unwrap().maintenance.drain, "its resistor heats");
    }

    #[test]
    fn what_a_heater_can_draw_less_than_its_limit_stays_less() {
        let mut tripped = snapshot(WARM_C, None, 0);
        tripped.heaters[0].limit_w = Some(100.0);
        assert_eq!(most(&site(limit(300), 0), &tripped, NOW), 100.0);
    }

    #[test]
    fn a_heater_that_the_plan_leaves_to_itself_hears_of_it_and_keeps_its_setback() {
        let told = |instructions: Instructions, change: fn(&mut HeaterView), now: Timestamp| {
            let mut snapshot = snapshot(WARM_C, Some(0.0), 0);
            change(&mut snapshot.heaters[0]);
            let mut heaters = vec![None];
            tell(&site(instructions, 400), &snapshot, now, &mut heaters);
            heaters.pop().unwrap().map(|plan| (plan.watts.whole(), plan.maintenance.identify))
        };
        assert_eq!(told(identify(), |_| (), NOW), Some((200, true)));
        assert_eq!(told(limit(50), |_| (), NOW), Some((50, false)), "its limit holds there too");
        assert_eq!(told(limit(500), |_| (), NOW), Some((200, false)));
        assert_eq!(told(identify(), |view| view.mode = Some(Mode::Tripped), NOW), Some((0, true)));
        assert_eq!(told(identify(), |view| view.connected = false, NOW), None);
        assert_eq!(told(identify(), |view| view.maintainable = false, NOW), None, "it knows no such word");
        assert_eq!(told(identify(), |_| (), NOW.plus_ms(1_000)), None);
    }
}
