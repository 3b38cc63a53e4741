//! What is erased goes from InfluxDB too.

use store::{Arrival, Place, StoreError};
use vocabulary::Metric;

use crate::fixture::{at, of, room, sample, site};
use crate::influx_fixture::{Answer, Fake, Verdict};
use crate::{open, record, stored, until_forwarded};

#[test]
fn what_is_erased_goes_from_influxdb_and_what_waited_or_comes_late_is_not_sent() {
    let (fake, folder) = (Fake::start(), tempfile::tempdir().unwrap());
    let store = open(folder.path(), &fake);
    let with_co2 = |seq: u64| Arrival {
        samples: vec![
            sample(seq as i64 * 1_000, Metric::TemperatureC, seq as f64),
            sample(seq as i64 * 1_000, Metric::Co2Ppm, 500.0),
        ],
        ..record(seq)
    };
    let co2 = |fake: &Fake| fake.stored().iter().filter(|(_, field, ..)| field == "co2_ppm").count();
    store.write(&(1..=10).map(with_co2).collect::<Vec<_>>()).unwrap();
    until_forwarded(&store);
    assert_eq!(co2(&fake), 10);
    // Two more wait while InfluxDB takes nothing, and it does not delete either.
    fake.mood(|request| {
        let is_question = request.path == "/api/v2/query";
        if is_question { Verdict::Serve } else { Verdict::Say(Answer::error(503, "unavailable", "busy")) }
    });
    store.write(&[with_co2(11), with_co2(12)]).unwrap();
    let erasure = store::Erasure { site: site(), room: room(1), from: at(0), to: at(11_500) };
    assert!(matches!(store.erase(&erasure, at(0)), Err(StoreError::Influx { .. })));
    fake.behave();
    store.erase(&erasure, at(0)).unwrap();
    store.write(&[Arrival { late: true, ..with_co2(13) }]).unwrap();
    store.write(&[Arrival { samples: with_co2(5).samples, late: true, ..with_co2(14) }]).unwrap();
    until_forwarded(&store);
    let left: Vec<i64> = fake
        .stored()
        .into_iter()
        .filter(|(_, field, ..)| field == "co2_ppm")
        .map(|(_, _, ns, _)| ns.div_euclid(1_000_000_000))
        .collect();
    assert_eq!(left, [12, 13]);
    assert_eq!(stored(&fake).len(), 14, "temperatures stay");
    let selector = store::Selector { metric: Metric::Co2Ppm, ..of(Place::Room(room(1))) };
    assert_eq!(store.range(&selector, at(0), at(60_000), 99).unwrap().len(), 2);
    drop(store);
    // A restart has nothing more to delete.
    let before = fake.requests("/api/v2/delete");
    open(folder.path(), &fake).erase(&erasure, at(0)).unwrap();
    assert_eq!(fake.requests("/api/v2/delete"), before);
}
