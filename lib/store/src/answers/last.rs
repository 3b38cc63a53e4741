//! Last values: they lie in memory.

use vocabulary::{Metric, SiteId, Timestamp};

use crate::log::journal::Journal;
use crate::question::{LastValue, Place};

impl Journal {
    /// The newest value of every series at a place, of one metric or of all.
    pub(crate) fn last(&self, site: &SiteId, place: &Place, metric: Option<&Metric>) -> Vec<LastValue> {
        let head = self.head();
        let heaters = match place {
            Place::Heater(heater) => head.catalog.heater_number(site, heater).into_iter().collect(),
            Place::Site | Place::Room(_) => head.catalog.heaters_of(site),
        };
        let mut values = Vec::new();
        for number in heaters {
            let (Some(known), Some(heater)) = (head.catalog.heater(number), head.heater(number)) else {
                continue;
            };
            for (metric_number, last) in heater.lasts() {
                let Some(named) = head.catalog.metric(metric_number) else { continue };
                let room = known.room_at(last.ts);
                let elsewhere = matches!(place, Place::Room(asked) if room != Some(asked));
                if elsewhere || metric.is_some_and(|metric| metric != named) {
                    continue;
                }
                values.push(LastValue {
                    heater: known.id.clone(),
                    room: room.cloned(),
                    metric: named.clone(),
                    ts: Timestamp::from_ms(last.ts),
                    reading: last.measurement.reading(),
                    quality: last.measurement.quality,
                });
            }
        }
        values
    }
}
