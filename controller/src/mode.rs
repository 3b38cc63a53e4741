//! What the mode of a whole building makes of its rooms' bands.
//!
//! The mode comes last: after everybody's wishes and after the law, which both may only ask for less. It bounds the half hours
//! before its end alone, so that a building that opens on Monday is warm on Monday.

use std::borrow::Cow;

use comfort::HALF_HOURS;
use registry::SiteMode;
use vocabulary::{Rule, SetpointBy, Timestamp};

use crate::band::Band;
use crate::image::Snapshot;
use crate::rules::lower_setpoint;
use crate::site::Site;

const HALF_HOUR_MS: i64 = 1_800_000;

/// Brings the bands of all rooms under the mode of the site.
pub(crate) fn bound(site: &Site, now: Timestamp, bands: &mut [Band]) {
    let mode = site.mode.at(now);
    let Some(rule) = rule(mode) else { return };
    for (band, room) in bands.iter_mut().zip(&site.rooms) {
        let excepted = room.overrides.iter().find(|(by, ..)| *by == SetpointBy::Manager);
        let excepted_until = excepted.filter(|_| mode.yields_to_managers()).map(|(.., until)| *until);
        let is_bound =
            |at: Timestamp| site.mode.at(at) == mode && excepted_until.is_none_or(|until| at >= until);
        let asked_c = band.rule.map_or(band.setpoint.celsius, |(_, asked_c)| asked_c);
        for k in (0..HALF_HOURS).filter(|k| is_bound(now.plus_ms(*k as i64 * HALF_HOUR_MS))) {
            band.low_c[k] = mode.limit_c(band.low_c[k]);
            band.vacant_c[k] = band.vacant_c[k].min(band.low_c[k]);
        }
        if is_bound(now) {
            let limit_c = mode.limit_c(band.setpoint.celsius.degrees());
            lower_setpoint(band, rule, asked_c, limit_c);
        }
    }
}

/// What is heard of a site, as its mode lets it count: in one that is stopped no heater can draw anything, and no job must run.
pub(crate) fn in_force<'a>(site: &Site, snapshot: &'a Snapshot, now: Timestamp) -> Cow<'a, Snapshot> {
    if site.mode.at(now) != SiteMode::Stop {
        return Cow::Borrowed(snapshot);
    }
    let mut stopped = snapshot.clone();
    stopped.heaters.iter_mut().for_each(|heater| heater.limit_w = Some(0.0));
    stopped.work.iter_mut().for_each(|work| work.must_run.clear());
    Cow::Owned(stopped)
}

const fn rule(mode: SiteMode) -> Option<Rule> {
    match mode {
        SiteMode::Comfort => None,
        SiteMode::Eco => Some(Rule::SiteEco),
        SiteMode::Closed => Some(Rule::SiteClosed),
        SiteMode::Frost => Some(Rule::SiteFrost),
        SiteMode::Stop => Some(Rule::SiteStop),
    }
}

#[cfg(test)]
mod tests {
    use registry::DeclaredMode;
    use vocabulary::{Celsius, WeekSchedule, Zone};

    use super::*;
    use crate::site::SiteRoom;

    const NOW: Timestamp = Timestamp::from_ms(1_763_632_000_000);
    const HOUR_MS: i64 = 3_600_000;
    const ASKED: Celsius = Celsius::from_hundredths(2000);

    /// The band of a room at 20 °C for ever in a site of this mode, which ends in three hours.
    fn band(mode: SiteMode, overrides: Vec<(SetpointBy, Celsius, Timestamp)>) -> Band {
        let room = SiteRoom { overrides, ..SiteRoom::trial("a", WeekSchedule::constant(ASKED)) };
        let mut bands = [Band::of(&room, Zone::UTC, NOW, false)];
        let until = Some(NOW.plus_ms(3 * HOUR_MS));
        let mode = DeclaredMode { mode, reason: None, until };
        let site = Site {
            zone: Zone::UTC,
            cap_w: None,
            peak_eur_per_kw: 0.0,
            mode,
            rooms: vec![room],
            heaters: vec![],
            circuits: vec![],
        };
        bound(&site, NOW, &mut bands);
        let [band] = bands;
        band
    }

    #[test]
    fn each_mode_asks_for_less_and_says_why_until_it_ends() {
        for (mode, low_c, rule) in [
            (SiteMode::Comfort, 20.0, None),
            (SiteMode::Eco, 19.0, Some((Rule::SiteEco, ASKED))),
            (SiteMode::Closed, 16.0, Some((Rule::SiteClosed, ASKED))),
            (SiteMode::Frost, 8.0, Some((Rule::SiteFrost, ASKED))),
            (SiteMode::Stop, 8.0, Some((Rule::SiteStop, ASKED))),
        ] {
            let band = band(mode, vec![]);
            assert_eq!(
                (band.low_c[0], band.setpoint.celsius.degrees(), band.rule),
                (low_c, low_c, rule),
                "{mode:?}"
            );
            assert_eq!((band.low_c[5], band.low_c[6]), (low_c, 20.0), "{mode:?}: warm again when it ends");
            assert!(
                band.vacant_c.iter().zip(&band.low_c).all(|(vacant_c, low_c)| vacant_c <= low_c),
                "{mode:?}"
            );
        }
    }

    #[test]
    fn a_managers_room_is_warm_in_a_closed_building_and_not_in_one_that_is_kept_from_frost() {
        let for_an_hour = |by| vec![(by, Celsius::from_hundredths(2100), NOW.plus_ms(HOUR_MS))];
        let closed = band(SiteMode::Closed, for_an_hour(SetpointBy::Manager));
        assert_eq!((closed.low_c[0], closed.low_c[1], closed.low_c[2]), (21.0, 21.0, 16.0));
        assert_eq!((closed.setpoint.celsius.degrees(), closed.rule), (21.0, None));
        for (mode, by) in [(SiteMode::Closed, SetpointBy::Tenant), (SiteMode::Frost, SetpointBy::Manager)] {
            let band = band(mode, for_an_hour(by));
            assert!(band.low_c[0] < 17.0 && band.rule.is_some(), "{mode:?} {by:?}");
        }
    }
}
