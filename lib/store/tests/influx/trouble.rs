//! Nothing is lost or doubled while the server misbehaves.

use store::{Forwarding, Trouble};

use crate::fixture::{at, of_heater};
use crate::influx_fixture::{Answer, Fake, Verdict};
use crate::{forwarding, one_to, open, record, stored, until, until_forwarded};

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
