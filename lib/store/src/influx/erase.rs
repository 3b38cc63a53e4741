//! Erasing in InfluxDB: a mark in our own log first, then the call to delete.
//!
//! InfluxDB 2 deletes by time, measurement and tags, and not by field. So what tells of people stands in lines of its own,
//! with a tag that plant readings do not have. Source: InfluxDB 2 reference, "Delete predicate syntax".

use vocabulary::Timestamp;

use crate::erasure::Erasure;
use crate::error::StoreError;
use crate::influx::client::Failed;
use crate::influx::home::Influx;
use crate::influx::line::{MEASUREMENT, NS_PER_MS, PEOPLE, TIMES_NS};
use crate::log::erased::Span;

impl Influx {
    /// Marks it as erased, so that nothing of it is sent any more, and deletes what InfluxDB has. When that does not
    /// answer the mark stays, and the next call tries again.
    pub(crate) fn erase(&self, erasure: &Erasure) -> Result<(), StoreError> {
        let shared = self.shared();
        // What is on its way arrives first; whatever is sent later was made after the mark.
        let _closed = shared.gate.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        shared.journal.mark_erased(erasure)?;
        let erased = std::sync::Arc::clone(&shared.journal.head().erased);
        let mut heaters = Vec::new();
        for (site, room, span) in erased.unswept() {
            let predicate = format!(
                "_measurement=\"{MEASUREMENT}\" AND {}=\"{}\" AND site=\"{site}\" AND room=\"{room}\"",
                PEOPLE.0, PEOPLE.1
            );
            let (start, stop) = times(span);
            let settings = shared.client.settings();
            shared
                .client
                .delete(&start, &stop, &predicate)
                .map_err(|Failed { reason, .. }| StoreError::Influx { url: settings.url.clone(), reason })?;
            let stays = shared.journal.head().catalog.stays(site, room, span.from, span.to);
            heaters.extend(stays.iter().map(|stay| stay.heater));
        }
        if erased.unswept().next().is_some() {
            shared.journal.mark_swept(&heaters)?;
        }
        Ok(())
    }
}

/// A span in RFC 3339, as far as InfluxDB counts.
fn times(span: Span) -> (String, String) {
    let (first, last) = (TIMES_NS.start() / NS_PER_MS + 1, TIMES_NS.end() / NS_PER_MS - 1);
    let text = |ms: i64| {
        let seconds = Timestamp::from_ms(ms).rfc3339();
        seconds.replace('Z', &format!(".{:03}Z", ms.rem_euclid(1_000)))
    };
    (text(span.from.clamp(first, last)), text(span.to.clamp(first, last)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_exact_and_within_what_influxdb_counts() {
        let (start, stop) = times(Span { from: i64::MIN, to: 1_763_632_000_123 });
        assert_eq!((start.as_str(), stop.as_str()), ("1677-09-21T00:12:43.147Z", "2025-11-20T09:46:40.123Z"));
    }
}
