//! Questions to history in the form that pages and API need; only here does this crate speak to the store.

use std::collections::{BTreeMap, HashMap};

pub(crate) use store::Bin;
use store::{Group, GroupBy, Place, Selector, Store};
use vocabulary::{HeaterId, Metric, RoomId, SiteId, Timestamp};

/// From when to when, and how coarse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    pub(crate) step_ms: i64,
}

impl Span {
    /// How many steps it has.
    pub(crate) fn steps(self) -> usize {
        let length = self.to.since(self.from).max(0);
        usize::try_from((length + self.step_ms.max(1) - 1) / self.step_ms.max(1)).unwrap_or(0)
    }

    /// The step that an instant falls into.
    pub(crate) fn step_of(self, at: Timestamp) -> Option<usize> {
        let offset = at.since(self.from);
        if offset < 0 || at >= self.to { None } else { usize::try_from(offset / self.step_ms.max(1)).ok() }
    }

    /// Where a step begins.
    pub(crate) fn start(self, step: usize) -> Timestamp {
        self.from.plus_ms(self.step_ms.saturating_mul(step as i64))
    }
}

/// A reading that could not be taken from the store; the text is for the log.
#[derive(Debug, thiserror::Error)]
#[error("history could not be read: {0}")]
pub(crate) struct HistoryError(String);

/// How finely the time before a sum is read.
const LEAD_STEPS: i64 = 100;

/// The series of one heater.
pub(crate) fn of_heater(
    store: &Store,
    site: &SiteId,
    heater: &HeaterId,
    metric: &Metric,
    span: Span,
) -> Result<Vec<Bin>, HistoryError> {
    ask(store, site, Place::Heater(heater.clone()), metric, span)
}

/// The series of one room: the readings of its heaters together.
pub(crate) fn of_room(
    store: &Store,
    site: &SiteId,
    room: &RoomId,
    metric: &Metric,
    span: Span,
) -> Result<Vec<Bin>, HistoryError> {
    ask(store, site, Place::Room(room.clone()), metric, span)
}

/// What was ever measured in a room by heaters that reported from there last, by name.
pub(crate) fn metrics_of_room(
    store: &Store,
    site: &SiteId,
    room: &RoomId,
) -> Result<Vec<Metric>, HistoryError> {
    let last =
        store.last_all(site, &Place::Room(room.clone())).map_err(|error| HistoryError(error.to_string()))?;
    let mut metrics: Vec<Metric> = last.into_iter().map(|last| last.metric).collect();
    metrics.sort_by_key(ToString::to_string);
    metrics.dedup();
    Ok(metrics)
}

/// The means of every heater of a site, laid out by step.
pub(crate) fn of_all_heaters(
    store: &Store,
    site: &SiteId,
    metric: &Metric,
    span: Span,
) -> Result<HashMap<HeaterId, Vec<Option<f64>>>, HistoryError> {
    let groups = ask_grouped(store, site, Place::Site, GroupBy::Heater, metric, span)?;
    let lines = groups.into_iter().filter_map(|(group, bins)| match group {
        Group::Heater(heater) => Some((heater, means(&bins, span))),
        _ => None,
    });
    Ok(lines.collect())
}

/// The means of every room of a site, laid out by step.
pub(crate) fn of_all_rooms(
    store: &Store,
    site: &SiteId,
    metric: &Metric,
    span: Span,
) -> Result<HashMap<RoomId, Vec<Option<f64>>>, HistoryError> {
    let groups = ask_grouped(store, site, Place::Site, GroupBy::Room, metric, span)?;
    let lines = groups.into_iter().filter_map(|(group, bins)| match group {
        Group::Room(room) => Some((room, means(&bins, span))),
        _ => None,
    });
    Ok(lines.collect())
}

/// The series of every heater of a site, or of those that stood in a room, for the time they did; by heater.
pub(crate) fn by_heaters(
    store: &Store,
    (site, room): (&SiteId, Option<&RoomId>),
    metric: &Metric,
    span: Span,
) -> Result<Vec<(HeaterId, Vec<Bin>)>, HistoryError> {
    let groups = ask_grouped(store, site, place(room), GroupBy::Heater, metric, span)?;
    let lines = groups.into_iter().filter_map(|(group, bins)| match group {
        Group::Heater(heater) => Some((heater, bins)),
        _ => None,
    });
    Ok(lines.collect())
}

/// The series of every room of a site, or of one; by room.
pub(crate) fn by_rooms(
    store: &Store,
    (site, room): (&SiteId, Option<&RoomId>),
    metric: &Metric,
    span: Span,
) -> Result<Vec<(RoomId, Vec<Bin>)>, HistoryError> {
    let groups = ask_grouped(store, site, place(room), GroupBy::Room, metric, span)?;
    let lines = groups.into_iter().filter_map(|(group, bins)| match group {
        Group::Room(room) => Some((room, bins)),
        _ => None,
    });
    Ok(lines.collect())
}

fn place(room: Option<&RoomId>) -> Place {
    room.map_or(Place::Site, |room| Place::Room(room.clone()))
}

/// The sum of the series of all heaters in a room, each for the time it stood there, step by step. Its min and max are the sums of each heater's: bounds of what
/// the sum was. A step counts when at least one heater has it; the others' values before it hold on for `hold_ms`,
/// because heaters do not report at the same time and a fine step has not one of each.
pub(crate) fn sum_in_room(
    store: &Store,
    site: &SiteId,
    room: &RoomId,
    metric: &Metric,
    span: Span,
    hold_ms: i64,
) -> Result<Vec<Bin>, HistoryError> {
    let step_ms = span.step_ms.max(1);
    let held_steps = hold_ms / step_ms;
    let steps = span.steps() as i64;
    let mut sums: Vec<Option<Bin>> = vec![None; span.steps()];
    let mut last =
        if held_steps > 0 { last_before(store, site, room, metric, span, hold_ms)? } else { BTreeMap::new() };
    let within = by_heater(store, site, room, metric, span)?;
    let gone = last.keys().filter(|heater| !within.iter().any(|(other, _)| other == *heater)).cloned();
    let silent: Vec<_> = gone.map(|heater| (heater, Vec::new())).collect();
    for (heater, mut bins) in within.into_iter().chain(silent) {
        if let Some(last) = last.remove(&heater) {
            bins.insert(0, last);
        }
        let step_of = |bin: &Bin| bin.start.since(span.from).div_euclid(step_ms);
        for (index, bin) in bins.iter().enumerate() {
            let own = step_of(bin);
            let next = bins.get(index + 1).map_or(steps, step_of);
            for step in own.max(0)..next.min(own + held_steps + 1).min(steps) {
                let Some(sum) = usize::try_from(step).ok().and_then(|step| sums.get_mut(step)) else { break };
                // A held value is no reading: it does not count.
                let count = if step == own { bin.count } else { 0 };
                let bin = Bin { start: span.from.plus_ms(step * step_ms), count, ..*bin };
                *sum = Some(sum.map_or(bin, |sum| Bin {
                    start: sum.start,
                    min: sum.min + bin.min,
                    max: sum.max + bin.max,
                    mean: sum.mean + bin.mean,
                    count: sum.count + bin.count,
                }));
            }
        }
    }
    Ok(sums.into_iter().flatten().filter(|sum| sum.count > 0).collect())
}

/// The last value of each heater of a room before a span that still holds when it begins. It is asked for in steps of
/// its own: the store gives so many at once, and the span may take them all.
fn last_before(
    store: &Store,
    site: &SiteId,
    room: &RoomId,
    metric: &Metric,
    span: Span,
    hold_ms: i64,
) -> Result<BTreeMap<HeaterId, Bin>, HistoryError> {
    let step_ms = (hold_ms / LEAD_STEPS).max(1);
    let lead = Span { from: span.from.plus_ms(-hold_ms), to: span.from, step_ms };
    let before = by_heater(store, site, room, metric, lead)?;
    Ok(before.into_iter().filter_map(|(heater, mut bins)| Some((heater, bins.pop()?))).collect())
}

/// The series of each heater that stood in a room, for the time it did; by heater, so that sums come out the same.
fn by_heater(
    store: &Store,
    site: &SiteId,
    room: &RoomId,
    metric: &Metric,
    span: Span,
) -> Result<Vec<(HeaterId, Vec<Bin>)>, HistoryError> {
    let mut heaters = by_heaters(store, (site, Some(room)), metric, span)?;
    heaters.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(heaters)
}

/// The rooms in which a heater measured something of a metric in a span.
pub(crate) fn rooms_of_heater(
    store: &Store,
    site: &SiteId,
    heater: &HeaterId,
    metric: &Metric,
    span: Span,
) -> Result<Vec<RoomId>, HistoryError> {
    let at_once = Span { step_ms: span.to.since(span.from).max(1), ..span };
    let groups = ask_grouped(store, site, Place::Heater(heater.clone()), GroupBy::Room, metric, at_once)?;
    let rooms = groups.into_iter().filter_map(|(group, _)| match group {
        Group::Room(room) => Some(room),
        _ => None,
    });
    Ok(rooms.collect())
}

/// The means of a series laid out by step, `None` where nothing was measured.
pub(crate) fn means(bins: &[Bin], span: Span) -> Vec<Option<f64>> {
    let mut out = vec![None; span.steps()];
    for bin in bins {
        if let Some(place) = span.step_of(bin.start).and_then(|step| out.get_mut(step)) {
            *place = Some(bin.mean);
        }
    }
    out
}

/// Whether single readings of a heater are kept of a time, and not the sums of its hours alone.
pub(crate) fn has_readings(
    store: &Store,
    (site, heater): (&SiteId, &HeaterId),
    metric: &Metric,
    (from, to): (Timestamp, Timestamp),
) -> Result<bool, HistoryError> {
    let place = Place::Heater(heater.clone());
    let selector = Selector { site: site.clone(), place, metric: metric.clone() };
    let first = store.range(&selector, from, to, 1).map_err(|error| HistoryError(error.to_string()))?;
    Ok(!first.is_empty())
}

fn ask(
    store: &Store,
    site: &SiteId,
    place: Place,
    metric: &Metric,
    span: Span,
) -> Result<Vec<Bin>, HistoryError> {
    let selector = Selector { site: site.clone(), place, metric: metric.clone() };
    let bins = store
        .aggregate(&selector, span.from, span.to, span.step_ms)
        .map_err(|error| HistoryError(error.to_string()))?;
    Ok(bins)
}

fn ask_grouped(
    store: &Store,
    site: &SiteId,
    place: Place,
    by: GroupBy,
    metric: &Metric,
    span: Span,
) -> Result<Vec<(Group, Vec<Bin>)>, HistoryError> {
    let selector = Selector { site: site.clone(), place, metric: metric.clone() };
    store
        .grouped(&selector, by, span.from, span.to, span.step_ms)
        .map_err(|error| HistoryError(error.to_string()))
}
