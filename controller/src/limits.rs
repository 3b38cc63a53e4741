//! What each heater can and must draw now, as it was heard last.

use vocabulary::{Mode, Timestamp, Watts};

use crate::image::{HeaterView, Snapshot};
use crate::site::{Site, SiteRoom};

/// The heaters of a room that can be granted something.
pub(crate) fn grantable<'a>(
    site: &'a Site,
    snapshot: &'a Snapshot,
    room: &'a SiteRoom,
) -> impl Iterator<Item = usize> + 'a {
    room.heaters
        .iter()
        .copied()
        .filter(|&h| is_grantable(&snapshot.heaters[h]) && site.heaters[h].rated_w > Watts::ZERO)
}

fn is_grantable(view: &HeaterView) -> bool {
    view.connected && view.controllable && !is_off(view)
}

/// Whether it draws nothing whatever it is granted.
pub(crate) fn is_off(view: &HeaterView) -> bool {
    matches!(view.mode, Some(Mode::Tripped | Mode::LocalOff))
}

/// The most a heater can draw now, W.
pub(crate) fn most_w(site: &Site, snapshot: &Snapshot, heater: usize) -> f64 {
    let rated_w = site.heaters[heater].rated_w.real();
    snapshot.heaters[heater].limit_w.map_or(rated_w, |limit_w| limit_w.clamp(0.0, rated_w))
}

/// What the jobs need that must run on a heater, W; at most what it can draw.
pub(crate) fn must_run_w(site: &Site, snapshot: &Snapshot, heater: usize, now: Timestamp) -> f64 {
    let jobs = snapshot.work.iter().flat_map(|work| &work.must_run);
    let here = jobs.filter(|job| job.heater == site.heaters[heater].id && job.until > now);
    here.map(|job| job.watts.real()).sum::<f64>().min(most_w(site, snapshot, heater))
}
