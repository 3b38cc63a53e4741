//! Settings are examined before they are used.

use store::{InfluxSettings, Store, StoreError};

use crate::influx_fixture::{Answer, Fake, Verdict};
use crate::settings;

#[test]
fn settings_are_examined_and_each_fault_has_its_remedy() {
    let fake = Fake::start();
    let said = Store::check_influx(&settings(&fake.url())).unwrap();
    assert!(said.contains("2.7.fake") && said.contains("bucket history can be written and read"), "{said}");
    assert!(fake.stored().is_empty());

    let complaint = |settings: InfluxSettings| Store::check_influx(&settings).unwrap_err().to_string();
    let good = || settings(&fake.url());
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
    let settings = settings("http://user:secret@host");
    assert!(matches!(Store::open_influx(folder.path(), &settings), Err(StoreError::Influx { .. })));
}
