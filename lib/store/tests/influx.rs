//! History in InfluxDB 2: nothing lost, nothing doubled, the same answers as at home, whatever the server does.
//!
//! A small InfluxDB over real TCP plays the server. Time is waited for, never measured.
#![allow(clippy::unwrap_used, reason = "a story stops where something fails")]

mod fixture;
mod influx_fixture;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use fixture::{at, heater, of, of_heater, room, sample, site, temperature};
use influx_fixture::{Answer, Fake, TOKEN, Verdict};
use store::{
    Arrival, Bin, Forwarding, GroupBy, InfluxSettings, Place, Retention, Store, StoreError, StoredSample,
    Trouble,
};
use vocabulary::{Fault, Metric, Quality, Reading, Suspicion};

fn settings(fake: &Fake) -> InfluxSettings {
    let text = |text: &str| text.to_owned();
    InfluxSettings { url: fake.url(), org: text("home"), bucket: text("history"), token: text(TOKEN) }
}

fn open(folder: &Path, fake: &Fake) -> Store {
    Store::open_influx(folder, &settings(fake)).unwrap()
}

fn forwarding(store: &Store) -> Forwarding {
    store.health().unwrap().forwarding.unwrap()
}

/// Waits for something that must come, however slow the machine is.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(120);
    while !is_so() {
        assert!(Instant::now() < patience, "{what} never came");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn until_forwarded(store: &Store) {
    until("an empty log", || forwarding(store).waiting_entries == 0);
}

/// The values of heater 1's temperature that the server holds, by time.
fn stored(fake: &Fake) -> Vec<f64> {
    let all = fake.stored().into_iter();
    all.filter(|(tags, field, ..)| tags.contains("heater=h-1") && field == "temperature_c")
        .map(|(.., value)| value)
        .collect()
}

fn record(seq: u64) -> Arrival {
    temperature(1, seq, seq as i64 * 1_000, seq as f64)
}

fn one_to(last: u64) -> Vec<f64> {
    (1..=last).map(|seq| seq as f64).collect()
}

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

/// What a server does with every write.
type Misbehaviour = Box<dyn Fn() -> Verdict + Send>;

#[test]
fn nothing_is_lost_or_doubled_while_the_server_misbehaves() {
    let later = |status| Answer::error(status, "some", "words");
    let moods: Vec<(&str, Trouble, Misbehaviour)> = vec![
        ("500", Trouble::Failing, Box::new(move || Verdict::Say(later(500)))),
        ("503", Trouble::Busy, Box::new(move || Verdict::Say(later(503)))),
        (
            "429 with a wish",
            Trouble::Busy,
            Box::new(move || Verdict::Say(later(429).with("Retry-After", "1"))),
        ),
        ("401", Trouble::Token, Box::new(move || Verdict::Say(later(401)))),
        ("403", Trouble::Token, Box::new(move || Verdict::Say(later(403)))),
        ("a page instead", Trouble::Foreign, Box::new(|| Verdict::Say(Answer::json(200, "<html>")))),
        ("a proxy's 400", Trouble::Foreign, Box::new(|| Verdict::Say(Answer::json(400, "<html>")))),
        ("a redirect", Trouble::Foreign, {
            Box::new(move || Verdict::Say(later(302).with("Location", "http://127.0.0.1:1/")))
        }),
        ("a connection that ends", Trouble::Away, Box::new(|| Verdict::Hang)),
        ("an acknowledgement that gets lost", Trouble::Away, Box::new(|| Verdict::ServeAndHangUp)),
    ];
    for (name, trouble, mood) in moods {
        let folder = tempfile::tempdir().unwrap();
        let fake = Fake::start();
        fake.mood(move |request| if request.path == "/api/v2/write" { mood() } else { Verdict::Serve });
        let store = open(folder.path(), &fake);
        store.write(&(1..=20).map(record).collect::<Vec<_>>()).unwrap();
        until(name, || forwarding(&store).trouble == Some(trouble) && fake.requests("/api/v2/write") >= 2);
        assert_eq!(forwarding(&store).oldest_waiting, Some(at(1_000)), "{name}");
        // Half of the readings are written while it misbehaves, and the program is started again in the middle of it.
        store.write(&(21..=40).map(record).collect::<Vec<_>>()).unwrap();
        drop(store);
        let store = open(folder.path(), &fake);
        let receipt = store.write(&[record(40)]).unwrap().remove(0);
        assert_eq!((receipt.hwm, receipt.duplicates), (40, 1), "{name}");
        fake.behave();
        until_forwarded(&store);
        assert_eq!(stored(&fake), one_to(40), "{name}");
        let Forwarding { trouble, dead_letters, .. } = forwarding(&store);
        assert_eq!((trouble, dead_letters), (None, 0), "{name}");
        assert!(!folder.path().join("dead-letter.lines").exists(), "{name}");
    }
}

#[test]
fn readings_whose_acknowledgement_got_lost_are_seen_once_in_a_range() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start();
    fake.mood(
        |request| if request.path == "/api/v2/write" { Verdict::ServeAndHangUp } else { Verdict::Serve },
    );
    let store = open(folder.path(), &fake);
    store.write(&(1..=20).map(record).collect::<Vec<_>>()).unwrap();
    until("a lost acknowledgement", || stored(&fake).len() == 20);
    assert!(forwarding(&store).waiting_entries > 0);
    let points = store.range(&of_heater(1), at(0), at(1_000_000), 1_000).unwrap();
    assert_eq!(points.iter().filter_map(|point| point.value).collect::<Vec<_>>(), one_to(20));
}

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

#[test]
fn a_backup_holds_what_waits_and_what_was_acknowledged() {
    let (folder, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let fake = Fake::start();
    let store = open(folder.path(), &fake);
    store.write(&(1..=10).map(record).collect::<Vec<_>>()).unwrap();
    until_forwarded(&store);
    fake.answer_writes(Answer::error(503, "unavailable", "later"));
    store.write(&(11..=20).map(record).collect::<Vec<_>>()).unwrap();
    let (copy, again) = (copies.path().join("copy"), copies.path().join("again"));
    store.backup(&copy).unwrap();
    drop(store);
    store::restore(&copy, &again).unwrap();
    let store = open(&again, &fake);
    let receipt = store.write(&[record(20)]).unwrap().remove(0);
    assert_eq!((receipt.hwm, receipt.duplicates), (20, 1));
    fake.behave();
    until_forwarded(&store);
    assert_eq!(stored(&fake), one_to(20));
}

#[test]
fn an_absent_bucket_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start();
    fake.lose_the_bucket();
    let store = open(folder.path(), &fake);
    store.write(&[record(1)]).unwrap();
    until_forwarded(&store);
    assert!(fake.has_bucket());
    assert_eq!(stored(&fake), [1.0]);
}

#[test]
fn a_bucket_that_the_token_may_not_make_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start();
    fake.lose_the_bucket();
    fake.mood(|request| match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/api/v2/buckets") => {
            Verdict::Say(Answer::error(403, "forbidden", "insufficient permissions"))
        }
        _ => Verdict::Serve,
    });
    let store = open(folder.path(), &fake);
    store.write(&[record(1)]).unwrap();
    until("a missing bucket", || forwarding(&store).trouble == Some(Trouble::Missing));
    assert_eq!(forwarding(&store).dead_letters, 0);
    fake.behave();
    until_forwarded(&store);
    assert_eq!(stored(&fake), [1.0]);
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

#[test]
fn settings_are_examined_and_each_fault_has_its_remedy() {
    let fake = Fake::start();
    let said = Store::check_influx(&settings(&fake)).unwrap();
    assert!(said.contains("2.7.fake") && said.contains("bucket history can be written and read"), "{said}");
    assert!(fake.stored().is_empty());

    let complaint = |settings: InfluxSettings| Store::check_influx(&settings).unwrap_err().to_string();
    let good = || settings(&fake);
    let bad_url = complaint(InfluxSettings { url: "localhost:8086".to_owned(), ..good() });
    assert!(bad_url.contains("the url must be"), "{bad_url}");
    let nobody = complaint(InfluxSettings { url: "http://127.0.0.1:1".to_owned(), ..good() });
    assert!(nobody.contains("start it, or correct the url"), "{nobody}");
    let bad_token = complaint(InfluxSettings { token: "wrong".to_owned(), ..good() });
    assert!(bad_token.contains("make a token that may write") && !bad_token.contains("wrong"), "{bad_token}");

    fake.mood(|request| match request.path.as_str() {
        "/api/v2/query" => Verdict::Say(Answer::error(404, "not found", "could not find bucket")),
        _ => Verdict::Serve,
    });
    let may_not_read = complaint(good());
    assert!(may_not_read.contains("but not read from it"), "{may_not_read}");
    fake.mood(|request| match request.path.as_str() {
        "/health" => Verdict::Say(Answer::json(200, "OK")),
        _ => Verdict::Serve,
    });
    let foreign = complaint(good());
    assert!(foreign.contains("does not answer as InfluxDB 2 does"), "{foreign}");
    fake.behave();
    fake.lose_the_bucket();
    let no_bucket = complaint(good());
    assert!(no_bucket.contains("influx bucket create --name history"), "{no_bucket}");
    assert!(!fake.has_bucket(), "an examination changes nothing");
}

#[test]
fn settings_that_cannot_be_open_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let settings = InfluxSettings {
        url: "http://user:secret@host".to_owned(),
        org: "home".to_owned(),
        bucket: "history".to_owned(),
        token: "t".to_owned(),
    };
    assert!(matches!(Store::open_influx(folder.path(), &settings), Err(StoreError::Influx { .. })));
}

/// Not a test of its own: the child, when it is started as one.
#[test]
fn the_child_writes_until_it_is_killed() {
    let Ok(task) = std::env::var(CHILD) else { return };
    let [folder, url, first] = task.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let settings = InfluxSettings {
        url: url.to_owned(),
        org: "home".to_owned(),
        bucket: "history".to_owned(),
        token: TOKEN.to_owned(),
    };
    let store = Store::open_influx(Path::new(folder), &settings).unwrap();
    let first: u64 = first.parse().unwrap();
    for seq in first.. {
        let receipt = store.write(&[record(seq)]).unwrap().remove(0);
        println!("{}", receipt.hwm);
    }
}

const CHILD: &str = "HYPOCAUST_TEST_INFLUX_CHILD";

#[test]
fn a_program_killed_between_sending_and_forgetting_loses_and_doubles_nothing() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    let folder = tempfile::tempdir().unwrap();
    let fake = Fake::start();
    let mut acknowledged = 0;
    for round in 0..6 {
        // In every other round acknowledgements of InfluxDB get lost, so that the kill always falls between the two.
        if round % 2 == 0 {
            fake.behave();
        } else {
            fake.mood(
                |request| {
                    if request.path == "/api/v2/write" { Verdict::ServeAndHangUp } else { Verdict::Serve }
                },
            );
        }
        let sent_before = fake.requests("/api/v2/write");
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_child_writes_until_it_is_killed", "--nocapture"])
            .env(CHILD, format!("{} {} {}", folder.path().display(), fake.url(), acknowledged + 1))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        until("readings on their way", || {
            let newest = lines.find_map(|line| line.trim().parse::<u64>().ok()).unwrap();
            acknowledged = acknowledged.max(newest);
            fake.requests("/api/v2/write") >= sent_before + 2
        });
        child.kill().unwrap();
        acknowledged = lines.filter_map(|line| line.trim().parse().ok()).fold(acknowledged, u64::max);
        child.wait().unwrap();
    }
    fake.behave();
    let store = open(folder.path(), &fake);
    until_forwarded(&store);
    let values = stored(&fake);
    assert!(values.len() as u64 >= acknowledged, "{} of {acknowledged}", values.len());
    assert_eq!(values, one_to(values.len() as u64));
    let times: BTreeSet<i64> = fake.stored().into_iter().map(|(_, _, ns, _)| ns).collect();
    assert_eq!(times.len(), values.len());
    println!("6 kills, {acknowledged} acknowledged, {} stored", values.len());
}

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
