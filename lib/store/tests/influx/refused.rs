//! What the server does not take: set aside, or sent in smaller pieces.

use crate::fixture::temperature;
use crate::influx_fixture::{Answer, Fake, Verdict};
use crate::{forwarding, one_to, open, record, stored, until_forwarded};

#[test]
fn a_refused_line_is_set_aside_and_the_others_are_stored() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start();
    fake.poison("temperature_c=13 ");
    fake.poison("temperature_c=77 ");
    let store = open(folder.path(), &fake);
    store.write(&(1..=100).map(record).collect::<Vec<_>>()).unwrap();
    until_forwarded(&store);
    let expected: Vec<f64> = one_to(100).into_iter().filter(|value| ![13.0, 77.0].contains(value)).collect();
    assert_eq!(stored(&fake), expected);
    assert_eq!(forwarding(&store).dead_letters, 2);
    let letters = std::fs::read_to_string(folder.path().join("dead-letter.lines")).unwrap();
    let lines: Vec<&str> = letters.lines().collect();
    assert_eq!(lines.len(), 4);
    assert!(lines[0].starts_with("# 422: failure writing points"), "{letters}");
    assert_eq!(lines[1], "heater,site=house,room=r-1,heater=h-1 temperature_c=13 13000000013");
    // The count outlives the program.
    drop(store);
    assert_eq!(forwarding(&open(folder.path(), &fake)).dead_letters, 2);
}

#[test]
fn a_reading_of_a_time_that_influxdb_cannot_store_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start();
    let store = open(folder.path(), &fake);
    store.write(&[temperature(1, 1, i64::MAX, 1.0), record(2)]).unwrap();
    until_forwarded(&store);
    assert_eq!(stored(&fake), [2.0]);
    assert_eq!(forwarding(&store).dead_letters, 1);
}

#[test]
fn what_is_too_large_goes_in_smaller_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start();
    fake.mood(|request| {
        let too_large = request.path == "/api/v2/write" && request.body.len() > 2_000;
        if too_large { Verdict::Say(Answer::json(413, "<html>")) } else { Verdict::Serve }
    });
    let store = open(folder.path(), &fake);
    store.write(&(1..=500).map(record).collect::<Vec<_>>()).unwrap();
    until_forwarded(&store);
    assert_eq!(stored(&fake), one_to(500));
}
