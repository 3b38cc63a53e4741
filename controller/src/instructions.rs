//! What people instruct single heaters to do: what follows from it for the plan, and what the heaters are told of it.
//!
//! ```text
//!   limit  → it can draw so much and no more
//!   drain  → it can draw what its resistor makes and what its jobs draw that still run; its lease says: take no new one
//!   both   → the lower of the two
//!   identify → its lease says so, also to a heater that is granted nothing
//! ```
//! An instruction only ever takes away. What a heater does without a lease is its own, whatever it was instructed.

use std::borrow::Cow;

use vocabulary::{Celsius, Maintenance, Timestamp, Watts};

use crate::image::{HeaterView, Snapshot};
use crate::plan::HeaterPlan;
use crate::site::{Site, SiteHeater};

/// Stands in the lease of a heater without a room; it is granted no power.
const NO_ROOM_C: Celsius = Celsius::from_hundredths(1600);

/// What is heard of a site, as its people's instructions let it count.
pub(crate) fn in_force<'a>(site: &Site, snapshot: Cow<'a, Snapshot>, now: Timestamp) -> Cow<'a, Snapshot> {
    let bounded: Vec<(usize, f64, bool)> = site
        .heaters
        .iter()
        .zip(&snapshot.heaters)
        .enumerate()
        .filter_map(|(index, (heater, view))| {
            let instructions = heater.instructions.at(now);
            let limit_w = instructions.limit.map(|limit| limit.watts.real());
            let drained_w = instructions.drain.is_some().then(|| drained_w(heater, view));
            let most_w = limit_w.into_iter().chain(drained_w).reduce(f64::min)?;
            Some((index, most_w, drained_w.is_some()))
        })
        .collect();
    if bounded.is_empty() {
        return snapshot;
    }
    let mut snapshot = snapshot.into_owned();
    for (index, most_w, is_drained) in bounded {
        let view = &mut snapshot.heaters[index];
        view.limit_w = Some(view.limit_w.map_or(most_w, |limit_w| limit_w.min(most_w)));
        if is_drained {
            // The steps are those of work, and there is to be none.
            view.steps_w.clear();
        }
    }
    Cow::Owned(snapshot)
}

/// What a heater can draw that takes no new job.
fn drained_w(heater: &SiteHeater, view: &HeaterView) -> f64 {
    heater.resistor_w.real() + f64::from(view.compute_w.unwrap_or(0))
}

/// Writes into the plan what each heater is told besides its power.
pub(crate) fn tell(site: &Site, snapshot: &Snapshot, now: Timestamp, heaters: &mut [Option<HeaterPlan>]) {
    for ((heater, view), plan) in site.heaters.iter().zip(&snapshot.heaters).zip(heaters) {
        let maintenance = heater.instructions.maintenance(now);
        if maintenance.identify && view.connected && view.controllable {
            // One that tripped or was switched off gets no power, and is just the one that is looked for.
            plan.get_or_insert(NO_POWER);
        }
        if let Some(plan) = plan {
            plan.maintenance = maintenance;
        }
    }
}

/// A lease that allows nothing.
const NO_POWER: HeaterPlan = HeaterPlan {
    heat_w: Watts::ZERO,
    watts: Watts::ZERO,
    setpoint_c: NO_ROOM_C,
    hi_c: NO_ROOM_C,
    maintenance: Maintenance { drain: false, identify: false },
};

#[cfg(test)]
mod tests {
    use registry::{DeclaredMode, HeaterLimit, Hold, Instructions};
    use vocabulary::{DisplayName, HeaterId, Zone};

    use super::*;
    use crate::limits::most_w;

    const NOW: Timestamp = Timestamp::from_ms(1_763_632_000_000);

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

    fn site(instructions: Instructions) -> Site {
        let heater = SiteHeater {
            id: HeaterId::new("h-1").unwrap(),
            room: None,
            circuit: None,
            rated_w: watts(1000),
            resistor_w: watts(400),
            fallback_w: watts(200),
            instructions,
        };
        Site {
            zone: Zone::UTC,
            cap_w: None,
            peak_eur_per_kw: 0.0,
            mode: DeclaredMode::default(),
            rooms: vec![],
            heaters: vec![heater],
            circuits: vec![],
        }
    }

    fn snapshot() -> Snapshot {
        let view = HeaterView {
            connected: true,
            controllable: true,
            compute_w: Some(150),
            steps_w: vec![500, 1000],
            ..HeaterView::default()
        };
        Snapshot { heaters: vec![view], ..Snapshot::default() }
    }

    #[test]
    fn a_heater_can_draw_what_its_orders_leave_until_they_end() {
        let both = Instructions { drain: drain().drain, ..limit(300) };
        for (instructions, most, has_steps) in [
            (Instructions::default(), 1000.0, true),
            (limit(300), 300.0, true),
            (limit(5_000), 1000.0, true),
            (drain(), 550.0, false),
            (both, 300.0, false),
        ] {
            let (site, snapshot) = (site(instructions.clone()), snapshot());
            let now = in_force(&site, Cow::Borrowed(&snapshot), NOW);
            assert_eq!(most_w(&site, &now, 0), most, "{instructions:?}");
            assert_eq!(!now.heaters[0].steps_w.is_empty(), has_steps, "{instructions:?}");
            let later = in_force(&site, Cow::Borrowed(&snapshot), NOW.plus_ms(1_000));
            assert_eq!(most_w(&site, &later, 0), 1000.0, "{instructions:?}");
        }
    }

    #[test]
    fn what_a_heater_can_draw_less_than_its_limit_stays_less() {
        let mut tripped = snapshot();
        tripped.heaters[0].limit_w = Some(100.0);
        let site = site(limit(300));
        assert_eq!(most_w(&site, &in_force(&site, Cow::Borrowed(&tripped), NOW), 0), 100.0);
    }

    #[test]
    fn a_heater_that_is_granted_nothing_is_told_to_show_itself_where_it_listens() {
        let identify = Instructions { identify_until: Some(NOW.plus_ms(1_000)), ..Instructions::default() };
        let told = |instructions: Instructions, connected: bool, now: Timestamp| {
            let mut snapshot = snapshot();
            snapshot.heaters[0].connected = connected;
            let mut heaters = vec![None];
            tell(&site(instructions), &snapshot, now, &mut heaters);
            heaters.pop().unwrap()
        };
        let lease = told(identify.clone(), true, NOW).unwrap();
        assert_eq!((lease.watts, lease.maintenance.identify), (Watts::ZERO, true));
        assert_eq!(told(identify.clone(), false, NOW), None);
        assert_eq!(told(identify, true, NOW.plus_ms(1_000)), None);
        assert_eq!(told(drain(), true, NOW), None, "it takes no work without a lease");
    }
}
