//! Last values that are older than this machine's log: what InfluxDB knew before, as when a new machine stands in
//! front of an old bucket.

use std::sync::{Mutex, MutexGuard, PoisonError};

use vocabulary::{HeaterId, Metric, RoomId, SiteId, Timestamp};

use crate::influx::client::Client;
use crate::influx::field;
use crate::influx::flux;
use crate::influx::line::NS_PER_MS;
use crate::influx::row::Row;
use crate::log::head::tells_of_people;
use crate::log::journal::Journal;
use crate::question::{LastValue, Place};

/// Asked for once after every start, as soon as InfluxDB answers.
#[derive(Debug, Default)]
pub(crate) struct Inherited(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    is_settled: bool,
    values: Vec<(SiteId, LastValue)>,
}

impl Inherited {
    /// Asks, unless it is known already.
    pub(crate) fn load(&self, client: &Client) {
        if self.state().is_settled {
            return;
        }
        let values = match client.ask(flux::last(&client.settings().bucket)) {
            Ok(rows) => newest(&rows),
            // No answer: it is tried again. An answer that refuses would refuse again.
            Err(failed) if failed.status.is_none() => return,
            Err(failed) => {
                tracing::warn!(reason = failed.reason, "InfluxDB does not say what it knew before");
                Vec::new()
            }
        };
        *self.state() = State { is_settled: true, values };
    }

    /// Adds to the last values of the journal those of series it does not know.
    pub(crate) fn add_to(
        &self,
        values: &mut Vec<LastValue>,
        journal: &Journal,
        (site, place, metric): (&SiteId, &Place, Option<&Metric>),
    ) {
        let state = self.state();
        let head = journal.head();
        let is_known = |value: &LastValue| {
            let metric = head.catalog.metric_number(&value.metric);
            let number = head.catalog.heater_number(site, &value.heater);
            let heater = number.and_then(|number| head.heater(number));
            heater.is_some_and(|heater| heater.lasts().any(|(known, _)| Some(known) == metric))
        };
        let is_asked_for = |value: &LastValue| match place {
            Place::Site => true,
            Place::Room(room) => value.room.as_ref() == Some(room),
            Place::Heater(heater) => value.heater == *heater,
        };
        let is_erased = |value: &LastValue| {
            let gone = value.room.as_ref().map(|room| head.erased.of_room(site, room));
            tells_of_people(&value.metric) && gone.is_some_and(|gone| gone.contains(value.ts.ms()))
        };
        let of_site = state.values.iter().filter(|(of, _)| of == site).map(|(_, value)| value);
        let wanted = of_site
            .filter(|value| metric.is_none_or(|metric| *metric == value.metric))
            .filter(|value| is_asked_for(value) && !is_known(value) && !is_erased(value));
        values.extend(wanted.cloned());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The newest of the points of every series: one may have points in several fields and several rooms.
fn newest(rows: &[Row]) -> Vec<(SiteId, LastValue)> {
    let mut known: Vec<(i64, SiteId, LastValue)> =
        rows.iter().filter_map(|row| last_value(row).map(|(site, value)| (row.ns, site, value))).collect();
    known.sort_by(|(one, of_one, a), (other, of_other, b)| {
        (of_one, &a.heater, &a.metric).cmp(&(of_other, &b.heater, &b.metric)).then(other.cmp(one))
    });
    known.dedup_by(|(_, of_later, later), (_, of_kept, kept)| {
        (of_later, &later.heater, &later.metric) == (of_kept, &kept.heater, &kept.metric)
    });
    known.into_iter().map(|(_, site, value)| (site, value)).collect()
}

/// What a row says; nothing when others than we wrote it.
fn last_value(row: &Row) -> Option<(SiteId, LastValue)> {
    let (metric, measurement) = field::read(&row.field, row.value)?;
    let room = if row.room.is_empty() { None } else { Some(RoomId::new(&row.room).ok()?) };
    let value = LastValue {
        heater: HeaterId::new(&row.heater).ok()?,
        room,
        metric: metric.parse().ok()?,
        ts: Timestamp::from_ms(row.ns.div_euclid(NS_PER_MS)),
        reading: measurement.reading(),
        quality: measurement.quality,
    };
    Some((SiteId::new(&row.site).ok()?, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use vocabulary::{Fault, Quality};

    #[test]
    fn of_several_fields_and_rooms_the_newest_counts() {
        let row = |ns: i64, room: &str, field: &str| Row {
            ns,
            site: "house".to_owned(),
            room: room.to_owned(),
            heater: "h-1".to_owned(),
            field: field.to_owned(),
            value: 20.0,
            ..Row::default()
        };
        let rows = [
            row(1_000_000, "r-1", "temperature_c"),
            row(3_000_000, "", "temperature_c.silent"),
            row(2_000_000, "r-2", "temperature_c"),
            row(1_000_000, "r-1", "power_w"),
            row(9_000_000, "r-1", "somebody.else"),
            row(9_000_000, "R 1", "power_w"),
        ];
        let found = newest(&rows);
        assert_eq!(found.len(), 2);
        let temperature = found.iter().find(|(_, value)| value.metric == Metric::TemperatureC).unwrap();
        assert_eq!((temperature.1.ts.ms(), temperature.1.room.clone()), (3, None));
        assert_eq!(temperature.1.quality, Quality::Missing(Fault::Silent));
    }
}
