//! The same answers as at home, wherever the readings are.

use store::{Arrival, Bin, GroupBy, Place, Retention, Store, StoreError, StoredSample};
use vocabulary::{Fault, Metric, Quality, Reading, Suspicion};

use crate::fixture::{at, heater, of, of_heater, room, sample, site, temperature};
use crate::influx_fixture::{Answer, Fake, Verdict};
use crate::{forwarding, open, record, until, until_forwarded};

/// Two heaters, one of which moves; good, suspect and missing values; times before 1970; late history.
fn varied() -> Vec<Vec<Arrival>> {
    let suspect = StoredSample {
        quality: Quality::Suspect(Suspicion::Jump),
        ..sample(95_500, Metric::TemperatureC, 99.0)
    };
    let missing = StoredSample {
        reading: Reading::Missing(Fault::Silent),
        ..sample(96_500, Metric::TemperatureC, 0.0)
    };
    let several = Arrival {
        samples: vec![
            suspect,
            missing,
            sample(95_500, Metric::Co2Ppm, 640.25),
            sample(97_000, Metric::TemperatureC, 21.5),
        ],
        ..temperature(2, 1, 0, 0.0)
    };
    let first = (1..=60).map(record).chain([several]).collect();
    let moved = (61..=120).map(|seq| Arrival { room: Some(room(2)), ..record(seq) });
    let late = Arrival { late: true, ..temperature(2, 2, 30_500, -7.25) };
    let ancient = temperature(3, 1, -86_400_500, 3.0);
    let nowhere = Arrival { room: None, ..temperature(4, 1, 50_000, 4.0) };
    vec![first, moved.chain([late, ancient]).collect(), vec![nowhere, record(121)]]
}

/// Everything that can be asked of history, as one text.
fn answers(store: &Store) -> String {
    let (from, to) = (at(-86_401_000), at(121_500));
    let mut text = String::new();
    let places = [
        Place::Site,
        Place::Room(room(1)),
        Place::Room(room(2)),
        Place::Room(room(9)),
        Place::Heater(heater(1)),
        Place::Heater(heater(2)),
    ];
    for place in places {
        let selector = of(place);
        let lasts = (store.last(&selector), store.last_all(&site(), &selector.place));
        let mut points = store.range(&selector, from, to, 1_000).unwrap();
        points.sort_by_key(|point| (point.ts, point.heater.clone()));
        text += &format!("{lasts:?}\n{points:?}\n{:?}\n", store.range(&selector, at(10_500), to, 7));
        for (from, step) in
            [(from, 86_400_000), (at(500), 10_000), (at(-3), 7_001), (at(30_000), 1_000_000_000)]
        {
            let bins = store.aggregate(&selector, from, to, step).unwrap();
            text += &format!("{:?}\n", rounded(bins));
            for by in [GroupBy::Site, GroupBy::Room, GroupBy::Heater] {
                for (group, bins) in store.grouped(&selector, by, from, to, step).unwrap() {
                    text += &format!("{group:?} {:?}\n", rounded(bins));
                }
            }
        }
    }
    let refused =
        (store.range(&of(Place::Site), to, from, 1), store.aggregate(&of(Place::Site), from, to, 0));
    text + &format!("{refused:?} {:?}", store.range(&of(Place::Site), from, from, 5))
}

/// A mean is not exact to the last bit: it depends on the order of adding.
fn rounded(mut bins: Vec<Bin>) -> Vec<Bin> {
    bins.iter_mut().for_each(|bin| bin.mean = (bin.mean * 1e9).round() / 1e9);
    bins
}

/// Lines of text, so that a difference is seen where it is.
fn assert_same(one: &str, other: &str, when: &str) {
    for (number, (one, other)) in one.lines().zip(other.lines()).enumerate() {
        assert_eq!(one, other, "{when}, line {number}");
    }
    assert_eq!(one.lines().count(), other.lines().count(), "{when}");
}

#[test]
fn answers_are_the_same_as_at_home_wherever_the_readings_are() {
    let (home, away) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let fake = Fake::start();
    let here = Store::open(home.path(), Retention::default()).unwrap();
    let there = open(away.path(), &fake);
    for (number, batch) in varied().into_iter().enumerate() {
        // What was written before is in InfluxDB, what is written now waits.
        until_forwarded(&there);
        fake.answer_writes(Answer::error(503, "unavailable", "later"));
        assert_eq!(here.write(&batch), there.write(&batch));
        assert!(forwarding(&there).waiting_entries > 0);
        assert_same(&answers(&here), &answers(&there), &format!("batch {number} waiting"));
        fake.behave();
        until_forwarded(&there);
        assert_same(&answers(&here), &answers(&there), &format!("batch {number} forwarded"));
    }
    let (one, other) = (here.health().unwrap(), there.health().unwrap());
    assert_eq!((one.records, one.series, one.newest), (other.records, other.series, other.newest));
    assert_eq!(one.forwarding, None);
}

#[test]
fn another_process_asks_over_the_socket() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start();
    let store = open(folder.path(), &fake);
    varied().into_iter().for_each(|batch| drop(store.write(&batch).unwrap()));
    until_forwarded(&store);
    let server = store.serve_socket().unwrap();
    let connected = Store::connect(server.path()).unwrap();
    assert_same(&answers(&connected), &answers(&store), "over the socket");
    assert_eq!(connected.health().unwrap().forwarding, Some(forwarding(&store)));
    assert_eq!(connected.write(&[record(1)]), Err(StoreError::NotOwner));
}

#[test]
fn last_values_need_no_server_and_a_new_machine_learns_the_old_ones() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let fake = Fake::start();
    let store = open(old.path(), &fake);
    varied().into_iter().for_each(|batch| drop(store.write(&batch).unwrap()));
    until_forwarded(&store);
    let known = store.last_all(&site(), &Place::Site).unwrap();
    fake.mood(|_| Verdict::Hang);
    assert_eq!(store.last_all(&site(), &Place::Site).unwrap(), known);
    assert!(matches!(store.range(&of_heater(1), at(0), at(1), 1), Err(StoreError::Influx { .. })));
    drop(store);
    // They are known after a start without a server too.
    let store = open(old.path(), &fake);
    assert_eq!(store.last_all(&site(), &Place::Site).unwrap(), known);
    drop(store);

    fake.behave();
    let store = open(new.path(), &fake);
    until("old last values", || store.last_all(&site(), &Place::Site).unwrap().len() == known.len());
    let sorted = |mut values: Vec<store::LastValue>| {
        values.sort_by_key(|value| (value.heater.clone(), value.metric.clone()));
        values
    };
    assert_eq!(sorted(store.last_all(&site(), &Place::Site).unwrap()), sorted(known));
    let in_room = |store: &Store| store.last(&of(Place::Room(room(1)))).unwrap().len();
    let before = in_room(&store);
    // What the new machine hears takes their place, also where the heater stands in another room now.
    store.write(&[Arrival { bn: 2, room: Some(room(7)), ..temperature(1, 500, 900_000, 5.0) }]).unwrap();
    assert_eq!(in_room(&store), before - 1);
    let last = store.last(&of_heater(1)).unwrap().remove(0);
    assert_eq!((last.reading, last.room), (Reading::Value(5.0), Some(room(7))));
}
