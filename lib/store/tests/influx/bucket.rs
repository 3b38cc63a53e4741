//! A bucket that is not there is made, or waited for.

use store::Trouble;

use crate::influx_fixture::{Answer, Fake, Verdict};
use crate::{forwarding, open, record, stored, until, until_forwarded};

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
