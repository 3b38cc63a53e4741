//! Caps: what of the rooms' wishes fits below each circuit and below the whole site, shared where it costs least comfort.
//!
//! ```text
//!   room's wish ──by what they can draw──> portions: the room's heaters on one circuit
//!   portions ──each circuit, the deepest first──> cut ──the site──> cut ──> watts given
//! ```
//! A cut only ever makes portions smaller, so what fits below a circuit still fits when those above it have been looked at.

use comfort::{Circuits, Wish, fill};
use vocabulary::{Timestamp, Watts};

use crate::image::Snapshot;
use crate::limits::{most_w, must_run_w};
use crate::site::Site;

/// What a room wants and how softly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Claim {
    /// Watts wanted, not negative: no heater whose own right is left free anyway is given less for the others' sake.
    pub(crate) wanted_w: f64,
    /// Watts that would be wanted if there were no end to them: a cold room at full power wants more than it can have.
    pub(crate) unbounded_w: f64,
    /// Watts of the plan, which shares caps and the month's peak with all others.
    pub(crate) planned_w: f64,
    /// Watts given up for a price of one more per watt, positive: the inverse of the plan's curvature.
    pub(crate) softness: f64,
}

impl Claim {
    /// Nothing is wanted.
    pub(crate) const NONE: Self = Self { wanted_w: 0.0, unbounded_w: 0.0, planned_w: 0.0, softness: 1.0 };
}

/// The heaters of a room that hang on one circuit, and their part of the room's heat.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Portion {
    /// Index of the room.
    pub(crate) room: usize,
    /// Indices of the heaters, of those only that can be granted something.
    pub(crate) heaters: Vec<usize>,
    /// What is asked for, and after the cuts what is given.
    pub(crate) watts: f64,
    /// What the jobs need that must run on these heaters: the last to be cut.
    pub(crate) least_w: f64,
    /// What would be asked for if there were no end to it, and how softly: see [`Claim`].
    pub(crate) unbounded_w: f64,
    pub(crate) softness: f64,
    /// The lowest cap that cut it, if any did.
    pub(crate) cut_by: Option<Watts>,
}

/// Divides a room's wish over its heaters' circuits: to each what must run there, the rest by what each can draw.
pub(crate) fn portions(
    site: &Site,
    snapshot: &Snapshot,
    room: usize,
    heaters: &[usize],
    claim: Claim,
    now: Timestamp,
) -> Vec<Portion> {
    let must_w = |heaters: &[usize]| heaters.iter().map(|&h| must_run_w(site, snapshot, h, now)).sum::<f64>();
    let all_must_w = must_w(heaters);
    let can_w = |heaters: &[usize]| heaters.iter().map(|&h| most_w(site, snapshot, h)).sum::<f64>();
    let total_w = can_w(heaters).max(1.0);
    let mut found: Vec<Portion> = Vec::new();
    for &heater in heaters {
        let circuit = site.heaters[heater].circuit;
        match found.iter_mut().find(|portion| site.heaters[portion.heaters[0]].circuit == circuit) {
            Some(portion) => portion.heaters.push(heater),
            None => found.push(Portion {
                room,
                heaters: vec![heater],
                watts: 0.0,
                least_w: 0.0,
                unbounded_w: 0.0,
                softness: 0.0,
                cut_by: None,
            }),
        }
    }
    let is_all = found.len() == 1;
    for portion in &mut found {
        // A room on one circuit gets exactly its wish, and not nearly that.
        let part = if is_all { 1.0 } else { can_w(&portion.heaters) / total_w };
        portion.least_w = must_w(&portion.heaters);
        let with_jobs = |all_w: f64| {
            if is_all || all_w < all_must_w {
                all_w * part
            } else {
                portion.least_w + (all_w - all_must_w) * part
            }
        };
        portion.watts = with_jobs(claim.wanted_w);
        portion.unbounded_w = with_jobs(claim.unbounded_w);
        portion.softness = claim.softness * part;
    }
    found
}

/// Cuts the portions to what fits below every circuit and below the site's cap.
pub(crate) fn cut(site: &Site, snapshot: &Snapshot, cap_w: Option<Watts>, portions: &mut [Portion]) {
    for circuit in &site.circuits {
        let below = |portion: &&mut Portion| circuit.heaters.contains(&portion.heaters[0]);
        let below = portions.iter_mut().filter(below).collect();
        cut_below(site, snapshot, (circuit.cap_w, circuit.free_w), &circuit.heaters, below);
    }
    if let Some(cap_w) = cap_w {
        let all: Vec<usize> = (0..site.heaters.len()).collect();
        cut_below(site, snapshot, (cap_w, cap_w.real()), &all, portions.iter_mut().collect());
    }
}

/// Cuts the portions to a power that is held to because more would cost more than it is worth.
pub(crate) fn hold(held_w: f64, portions: &mut [Portion]) {
    let wish = |portion: &Portion| Wish {
        wanted_w: portion.unbounded_w,
        curvature_per_w2: 1.0 / portion.softness,
        least_w: portion.least_w,
        most_w: portion.watts,
    };
    let wishes: Vec<Wish> = portions.iter().map(wish).collect();
    let shared = fill(&Circuits::single(vec![held_w], portions.len()), 0, &wishes);
    portions.iter_mut().zip(shared.power_w).for_each(|(portion, watts)| portion.watts = watts);
}

/// Shares what heaters may take below one cap, `for_heaters_w` of it. What each may take by its own right comes off first,
/// and is given back to the portions whose heaters are regulated.
fn cut_below(
    site: &Site,
    snapshot: &Snapshot,
    (cap_w, for_heaters_w): (Watts, f64),
    heaters: &[usize],
    mut portions: Vec<&mut Portion>,
) {
    let own_right_w: f64 = heaters.iter().map(|&h| own_right_w(site, snapshot, h)).sum();
    let free_w = for_heaters_w - own_right_w;
    let fallback_w =
        |portion: &Portion| portion.heaters.iter().map(|&h| site.heaters[h].fallback_w.real()).sum::<f64>();
    // A cap below what heaters may take by themselves holds only while all of them are told less.
    let base_w = |portion: &Portion| if free_w < 0.0 { 0.0 } else { portion.watts.min(fallback_w(portion)) };
    let to_share_w = if free_w < 0.0 {
        free_w + portions.iter().map(|portion| fallback_w(portion)).sum::<f64>()
    } else {
        free_w
    };
    let wishes: Vec<Wish> = portions
        .iter()
        .map(|portion| Wish {
            wanted_w: portion.unbounded_w - base_w(portion),
            curvature_per_w2: 1.0 / portion.softness,
            least_w: portion.least_w - base_w(portion),
            most_w: portion.watts - base_w(portion),
        })
        .collect();
    let shared = fill(&Circuits::single(vec![to_share_w], portions.len()), 0, &wishes);
    for (portion, extra_w) in portions.iter_mut().zip(shared.power_w) {
        let given_w = base_w(portion) + extra_w;
        if given_w < portion.watts {
            portion.cut_by = portion.cut_by.into_iter().chain([cap_w]).min();
        }
        portion.watts = given_w;
    }
}

/// What heaters take that cannot be granted anything: it has to be left free.
pub(crate) fn reserved_w(site: &Site, snapshot: &Snapshot, heaters: &[usize]) -> f64 {
    let unregulated = heaters.iter().filter(|&&h| {
        let view = &snapshot.heaters[h];
        !(view.connected && view.controllable)
    });
    unregulated.map(|&h| own_right_w(site, snapshot, h)).sum()
}

/// What a heater takes without being granted anything.
pub(crate) fn own_right_w(site: &Site, snapshot: &Snapshot, heater: usize) -> f64 {
    let view = &snapshot.heaters[heater];
    if view.controllable || !view.connected {
        site.heaters[heater].fallback_w.real()
    } else {
        f64::from(view.drawn_w.unwrap_or(0))
    }
}
