//! What older programs wrote is read.
#![allow(clippy::unwrap_used, reason = "a story stops where something fails")]

mod fixture;

use std::fs::File;
use std::path::Path;

use fixture::{at, of_heater, past, room, site, values};
use flate2::read::GzDecoder;
use store::{Place, Retention, Store};

/// Unpacks the log that a program of format 1 wrote.
fn unpack(folder: &Path) {
    let packed = File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture/log-format-1.redb.gz"));
    let mut log = File::create(folder.join("log.redb")).unwrap();
    std::io::copy(&mut GzDecoder::new(packed.unwrap()), &mut log).unwrap();
}

/// All that can be asked.
fn answers(store: &Store) -> String {
    let (from, to) = (at(0), at(i64::MAX));
    let everywhere: Vec<_> = (0..4).map(|number| values(store, &of_heater(number))).collect();
    let of_a_room = store.range(&fixture::of(Place::Room(room(1))), from, to, usize::MAX).unwrap();
    let lasts = store.last_all(&site(), &Place::Site).unwrap();
    let health = store.health().unwrap();
    format!("{everywhere:?} {of_a_room:?} {lasts:?} {} {} {:?}", health.records, health.series, health.newest)
}

#[test]
fn history_of_format_1_is_read_and_goes_on() {
    let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    unpack(old.path());
    let expected = Store::open(new.path(), Retention::default()).unwrap();
    past::write(&expected);
    for round in 0..3 {
        let store = Store::open(old.path(), Retention::default()).unwrap();
        assert_eq!(answers(&store), answers(&expected), "round {round}");
        if round == 1 {
            store.seal(at(0)).unwrap();
            assert_eq!(answers(&store), answers(&expected), "sealed");
        }
    }
    let store = Store::open(old.path(), Retention::default()).unwrap();
    // Its cursors know every record: all of them again store nothing.
    let again = |store: &Store| {
        let receipts = past::batches().into_iter().flat_map(|batch| store.write(&batch).unwrap());
        receipts.map(|receipt| (receipt.hwm, receipt.got, receipt.stored)).collect::<Vec<_>>()
    };
    assert_eq!(again(&store), again(&expected));
    assert_eq!(answers(&store), answers(&expected));
    let next = past::record(0, 181);
    assert_eq!(store.write(std::slice::from_ref(&next)).unwrap(), expected.write(&[next]).unwrap());
    assert_eq!(answers(&store), answers(&expected));
}
