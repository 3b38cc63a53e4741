//! The socket: another process gets the answers the owner gives.
#![allow(clippy::unwrap_used, reason = "a story stops where something fails")]

mod fixture;

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;

use fixture::{at, health, heater, of, of_heater, room, sample, site, temperature};
use store::{Arrival, GroupBy, Place, QuestionError, Retention, Store, StoreError, StoredSample};
use vocabulary::{Fault, Metric, Quality, Reading, Suspicion};

fn filled(folder: &std::path::Path) -> Store {
    let store = Store::open(folder, Retention::default()).unwrap();
    let suspect =
        StoredSample { quality: Quality::Suspect(Suspicion::Jump), ..sample(5, Metric::TemperatureC, 44.0) };
    let missing =
        StoredSample { reading: Reading::Missing(Fault::Broken), ..sample(9_000, Metric::Co2Ppm, 0.0) };
    let odd = Arrival { samples: vec![suspect, missing], ..temperature(2, 1, 0, 0.0) };
    let batch = (1..=500).map(|seq| temperature(1, seq, seq as i64 * 1_000, seq as f64 / 7.0)).chain([odd]);
    store.write(&batch.collect::<Vec<_>>()).unwrap();
    store
}

/// Everything that can be asked, as one text.
fn answers(store: &Store) -> String {
    let (from, to) = (at(0), at(400_000));
    let everywhere = of(Place::Site);
    format!(
        "{:?}",
        (
            store.last_all(&site(), &Place::Site),
            store.last(&of(Place::Room(room(1)))),
            store.last_all(&site(), &Place::Heater(heater(99))),
            store.range(&everywhere, from, to, 333),
            store.aggregate(&of_heater(1), from, to, 60_000),
            store.grouped(&everywhere, GroupBy::Heater, from, to, 60_000),
            store.range(&everywhere, to, from, 1),
            store.aggregate(&everywhere, from, to, 0),
            health(store),
        )
    )
}

#[test]
fn a_connected_store_answers_like_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let owner = filled(folder.path());
    let server = owner.serve_socket().unwrap();
    let connected = Store::connect(server.path()).unwrap();
    assert_eq!(answers(&connected), answers(&owner));
    assert_eq!(connected.write(&[temperature(1, 501, 0, 0.0)]), Err(StoreError::NotOwner));
    assert_eq!(connected.maintain(at(0)), Err(StoreError::NotOwner));
    assert!(connected.serve_socket().is_err());
}

#[test]
fn a_connected_store_finds_its_owner_again() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("store.sock");
    let connected = Store::connect(&socket).unwrap();
    assert!(matches!(connected.health(), Err(StoreError::Unreachable { .. })));
    for _ in 0..3 {
        let owner = Store::open(folder.path(), Retention::default()).unwrap();
        let server = owner.serve_socket().unwrap();
        assert_eq!(health(&connected), health(&owner));
        drop(server);
        assert!(!socket.exists());
        assert!(matches!(connected.health(), Err(StoreError::Unreachable { .. })));
    }
}

#[test]
fn a_socket_file_left_behind_is_replaced_by_one_for_this_user_only() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("store.sock");
    std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let owner = filled(folder.path());
    let server = owner.serve_socket().unwrap();
    assert_eq!(std::fs::metadata(server.path()).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(Store::connect(&socket).unwrap().health().is_ok());
}

#[test]
fn an_answer_that_is_too_long_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let owner = Store::open(folder.path(), Retention::default()).unwrap();
    let of_900 = |seq: u64| {
        let samples = (0..900).map(|n| sample(n, Metric::TemperatureC, std::f64::consts::PI)).collect();
        Arrival { samples, ..temperature(1, seq, 0, 0.0) }
    };
    owner.write(&(1..=1_000).map(of_900).collect::<Vec<_>>()).unwrap();
    let server = owner.serve_socket().unwrap();
    let connected = Store::connect(server.path()).unwrap();
    let all = |store: &Store| store.range(&of_heater(1), at(0), at(i64::MAX), usize::MAX);
    assert_eq!(all(&owner).unwrap().len(), 900_000);
    assert_eq!(all(&connected).err(), Some(QuestionError::TooLarge.into()));
    assert!(connected.health().is_ok());
}

#[test]
fn nonsense_on_the_socket_harms_nobody() {
    use std::io::Write;
    let folder = tempfile::tempdir().unwrap();
    let owner = filled(folder.path());
    let server = owner.serve_socket().unwrap();
    for nonsense in [[255_u8; 64].as_slice(), &[4, 0, 0, 0, 200, 200, 200, 200], &[1], &[0; 4]] {
        let mut stream = UnixStream::connect(server.path()).unwrap();
        stream.write_all(nonsense).unwrap();
    }
    let connected = Store::connect(server.path()).unwrap();
    assert_eq!(answers(&connected), answers(&owner));
}

#[test]
fn many_threads_ask_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let owner = filled(folder.path());
    let server = owner.serve_socket().unwrap();
    let connected = Store::connect(server.path()).unwrap();
    let expected = answers(&owner);
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| assert_eq!(answers(&connected), expected));
        }
    });
}

#[test]
fn a_path_that_is_no_socket_path_is_refused() {
    let long = std::path::PathBuf::from(format!("/{}/store.sock", "a".repeat(200)));
    assert!(matches!(Store::connect(&long), Err(StoreError::Unreachable { .. })));
}
