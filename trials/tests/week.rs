//! The demonstration's past, made through the real path.

use store::{Place, Selector, Store};
use trials::demonstration::{Demonstration, Week, WeekSummary, live_through};
use twin::Season;
use vocabulary::{ControllerKey, Metric, SiteId, Timestamp};

const DAY_MS: i64 = 24 * 3_600_000;

fn until() -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-20T22:54:00Z").expect("a constant time")
}

fn lived(days: i64, store: &Store) -> WeekSummary {
    let until = until();
    let week = Week {
        from: until.plus_ms(-days * DAY_MS),
        until,
        warm_up_ms: DAY_MS,
        seed: 1,
        season: Season::Winter,
    };
    let key = ControllerKey::from_bytes(&[7; 32]);
    live_through(&Demonstration::new(30), &week, store, &key, |_| ()).expect("the week can be lived through")
}

#[test]
fn a_week_of_the_demonstration_is_warm_and_wholly_in_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), store::Retention::default()).unwrap();
    let summary = lived(7, &store);
    println!(
        "seed 1: {} records, {:.2} % of occupied time in band",
        summary.records,
        100.0 * summary.in_band
    );
    assert!(summary.in_band >= 0.95, "{}", summary.in_band);
    assert_eq!(summary.records, 30 * 7 * 24 * 60, "one record a minute and heater, each stored once");

    let until = until();
    let left = store.seal(until).unwrap().sealed_entries;
    assert_eq!(left, 0, "it lies in day files: pages ask it by the hour, not reading by reading");
    let selector = Selector {
        site: SiteId::new("tisserands").unwrap(),
        place: Place::Site,
        metric: Metric::TemperatureC,
    };
    let days = store.aggregate(&selector, until.plus_ms(-7 * DAY_MS), until, DAY_MS).unwrap();
    assert_eq!(days.iter().map(|day| day.count).collect::<Vec<_>>(), [30 * 24 * 60; 7]);
}
