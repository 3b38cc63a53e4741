//! From the watts of a room to those of its heaters, in whole steps of theirs.
//!
//! A computing heater wastes nothing only where every processor that is on is busy. Told a power between two such steps, it
//! lets cores wait, or burns the rest in its resistor. So a room is told the step below or above what the plan asks, and
//! what was told too little or too much is remembered and made up for: over time its mean heat is what was asked.
//!
//! ```text
//!   asked ──┬─ the rung below ─┐
//!           └─ the rung above ─┴─ nearer to asked + owed / HOLD_S ──fits under every cap?──> told
//!   owed ← owed + (asked − told)·time
//! ```

mod stair;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vocabulary::{HeaterId, Timestamp, Watts};

use crate::caps::{self, Claim, Portion};
use crate::headroom::Headroom;
use crate::image::Snapshot;
use crate::limits::{grantable, most_w, must_run_w};
use crate::site::Site;
use stair::{CLOSE_W, Member, Stair};

/// A step holds at least so long, unless what is asked for leaves it: five minutes are the cycle of the plan, long beside
/// the seconds in which work is stopped and begun again, and short beside the quarter of an hour and more in which a
/// heater's body and the room's air follow.
const HOLD_S: f64 = 300.0;
/// After a longer pause nobody knows what was drawn, and nothing is owed.
const FORGOTTEN_AFTER_S: f64 = 3600.0;
/// Less than this is nothing: leases are in whole watts.
const LEAST_ASKED_W: f64 = 1.0;

/// Where each room stands on its stair: a plain value that is kept with the controller's memory.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Steps {
    at: Option<Timestamp>,
    /// By the first of the heaters that are climbed together.
    standing: BTreeMap<HeaterId, Standing>,
}

/// Where some heaters stand.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Standing {
    asked_w: f64,
    told_w: f64,
    /// Since when they are told so much.
    since: Timestamp,
    /// Heat asked for and not told yet; negative where more was told.
    owed_j: f64,
}

/// What every heater is told so that each room has its watts, in the order of [`Site`]: jobs that must run first, then, where
/// all heaters of a room state their steps and there is work, whole steps of as few of them as can carry the heat, else any
/// power by what each can draw. Heaters that cannot be granted anything are told nothing. Within every cap of the site
/// where `watts_by_room` is; the mean of what a room is told over time is what was asked for, within a step.
#[must_use]
pub fn share_out(
    steps: &Steps,
    site: &Site,
    snapshot: &Snapshot,
    watts_by_room: &[f64],
    now: Timestamp,
) -> (Steps, Vec<Watts>) {
    let of_room = |(room, watts): (usize, &f64)| {
        let heaters: Vec<usize> = grantable(site, snapshot, &site.rooms[room]).collect();
        let wanted_w = if watts.is_finite() { watts.max(0.0) } else { 0.0 };
        let claim = Claim { wanted_w, unbounded_w: wanted_w, ..Claim::NONE };
        caps::portions(site, snapshot, room, &heaters, claim, now)
    };
    let portions: Vec<Portion> =
        watts_by_room.iter().take(site.rooms.len()).enumerate().flat_map(of_room).collect();
    let (steps, told_w) = settle(steps, site, snapshot, site.cap_w, &portions, now);
    (steps, told_w.into_iter().map(|told_w| Watts::floor(told_w.unwrap_or(0.0))).collect())
}

/// The same for portions that have been cut to the caps; `None` for heaters in none of them.
pub(crate) fn settle(
    steps: &Steps,
    site: &Site,
    snapshot: &Snapshot,
    cap_w: Option<Watts>,
    portions: &[Portion],
    now: Timestamp,
) -> (Steps, Vec<Option<f64>>) {
    let elapsed_s = steps.at.map_or(f64::INFINITY, |at| now.since(at).max(0) as f64 / 1000.0);
    let climbs: Vec<Option<Climb>> =
        portions.iter().map(|portion| Climb::of(steps, site, snapshot, portion, elapsed_s, now)).collect();
    let mut told_w: Vec<Option<f64>> = vec![None; site.heaters.len()];
    for (portion, climb) in portions.iter().zip(&climbs) {
        let by_heater = match climb {
            Some(climb) => climb.stair.by_member_w(climb.lower),
            None => by_headroom(site, snapshot, portion, now),
        };
        portion.heaters.iter().zip(by_heater).for_each(|(&heater, watts)| told_w[heater] = Some(watts));
    }
    let mut headroom = Headroom::new(site, snapshot, cap_w, &told_w);
    let mut rungs: Vec<Option<usize>> =
        climbs.iter().map(|climb| climb.as_ref().map(|climb| climb.lower)).collect();
    for index in by_urgency(&climbs) {
        let Some(climb) = &climbs[index] else { continue };
        let by_heater = climb.stair.by_member_w(climb.lower + 1);
        let rise: Vec<(usize, f64)> = portions[index].heaters.iter().copied().zip(by_heater).collect();
        if headroom.take(&rise, &mut told_w) {
            rungs[index] = Some(climb.lower + 1);
        }
    }
    let standing = portions.iter().zip(&climbs).zip(&rungs).filter_map(|((portion, climb), rung)| {
        let (climb, rung) = (climb.as_ref()?, (*rung)?);
        Some((site.heaters[portion.heaters[0]].id.clone(), climb.standing(rung, now)))
    });
    (Steps { at: Some(now), standing: standing.collect() }, told_w)
}

/// Those who would rather stand a rung higher: first who stands there and has not stood long, then whom that suits best, and
/// among equals, whose debts a cap has filled, who was raised or lowered longest ago.
fn by_urgency(climbs: &[Option<Climb>]) -> Vec<usize> {
    let rising = |(index, climb): (usize, &Option<Climb>)| {
        let climb = climb.as_ref().filter(|climb| climb.urgency > 0.0)?;
        Some((climb.urgency, climb.before.map(|before| before.since), index))
    };
    let mut order: Vec<_> = climbs.iter().enumerate().filter_map(rising).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    order.into_iter().map(|(_, _, index)| index).collect()
}

/// One portion before its rung.
struct Climb {
    stair: Stair,
    before: Option<Standing>,
    asked_w: f64,
    owed_j: f64,
    /// The highest rung that takes no more than was asked.
    lower: usize,
    /// How much it should stand one higher: not at all where this is not above zero, at any rate where it is infinite.
    urgency: f64,
}

impl Climb {
    fn of(
        steps: &Steps,
        site: &Site,
        snapshot: &Snapshot,
        portion: &Portion,
        elapsed_s: f64,
        now: Timestamp,
    ) -> Option<Self> {
        if snapshot.work.as_ref().is_some_and(|work| work.available_w == Watts::ZERO) {
            // Without work all heat is the resistors', which can be set to any power.
            return None;
        }
        let member = |&heater: &usize| Member {
            least_w: must_run_w(site, snapshot, heater, now),
            most_w: most_w(site, snapshot, heater),
            steps_w: &snapshot.heaters[heater].steps_w,
        };
        let members: Vec<Member<'_>> = portion.heaters.iter().map(member).collect();
        let stair = Stair::of(&members)?;
        let asked_w = portion.watts;
        let lower = stair.at_most(asked_w)?;
        let before = steps.standing.get(&site.heaters[portion.heaters[0]].id).copied();
        let before = before.filter(|_| elapsed_s <= FORGOTTEN_AFTER_S);
        let mut climb = Self { stair, before, asked_w, owed_j: 0.0, lower, urgency: 0.0 };
        // A room that wants nothing is not given what it wanted before.
        if asked_w >= LEAST_ASKED_W && lower < climb.stair.top() {
            climb.owe(elapsed_s);
            climb.urgency = climb.urgency(elapsed_s, now);
        }
        Some(climb)
    }

    /// Adds what was asked and not told since the last cycle, never more than one step over the time that a step stands, which is
    /// up to a cycle longer than it must: what a cap withheld for hours is not made up for by this.
    fn owe(&mut self, elapsed_s: f64) {
        let Some(before) = self.before else { return };
        let most_j = self.gap_w() * (HOLD_S + elapsed_s);
        let owed_j = before.owed_j + (before.asked_w - before.told_w) * elapsed_s;
        self.owed_j = owed_j.clamp(-most_j, most_j);
    }

    /// From the rung below to the one above.
    fn gap_w(&self) -> f64 {
        self.stair.total_w(self.lower + 1) - self.stair.total_w(self.lower)
    }

    fn urgency(&self, elapsed_s: f64, now: Timestamp) -> f64 {
        let (low_w, high_w) = (self.stair.total_w(self.lower), self.stair.total_w(self.lower + 1));
        if let Some(before) = self.before.filter(|before| before.is_young(now)) {
            if before.told_w == high_w {
                return f64::INFINITY;
            }
            if before.told_w == low_w {
                return 0.0;
            }
        }
        // Settled over the time that the next step will hold at least.
        let over_s = HOLD_S.max(elapsed_s.min(FORGOTTEN_AFTER_S));
        let aim_w = self.asked_w + self.owed_j / over_s;
        (aim_w - 0.5 * (low_w + high_w)) / (high_w - low_w)
    }

    fn standing(&self, rung: usize, now: Timestamp) -> Standing {
        let told_w = self.stair.total_w(rung);
        let stayed = self.before.filter(|before| before.told_w == told_w);
        let since = stayed.map_or(now, |before| before.since);
        Standing { asked_w: self.asked_w, told_w, since, owed_j: self.owed_j }
    }
}

impl Standing {
    fn is_young(&self, now: Timestamp) -> bool {
        (now.since(self.since) as f64) < 1000.0 * HOLD_S
    }
}

/// Any power for each heater of a portion: jobs that must run first, the rest by what each can still draw. Where the jobs
/// alone take more than there is, they are cut in proportion.
fn by_headroom(site: &Site, snapshot: &Snapshot, portion: &Portion, now: Timestamp) -> Vec<f64> {
    let must_w: Vec<f64> = portion.heaters.iter().map(|&h| must_run_w(site, snapshot, h, now)).collect();
    let most_w: Vec<f64> = portion.heaters.iter().map(|&h| most_w(site, snapshot, h)).collect();
    let jobs_w: f64 = must_w.iter().sum();
    let jobs_part = if jobs_w > portion.watts + CLOSE_W { portion.watts / jobs_w } else { 1.0 };
    let rest_w = (portion.watts - jobs_w).max(0.0);
    let free_w = most_w.iter().sum::<f64>() - jobs_w;
    let part = if free_w > 0.0 { rest_w / free_w } else { 0.0 };
    let of_heater = |(must_w, most_w): (&f64, &f64)| {
        (must_w * jobs_part + (most_w - must_w) * part + CLOSE_W).min(*most_w).max(0.0).floor()
    };
    must_w.iter().zip(&most_w).map(of_heater).collect()
}

#[cfg(test)]
mod tests;
