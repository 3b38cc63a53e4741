//! The story of the wire: whatever a server does over real TCP is an outcome, in bounded time and without a panic.

use std::time::Duration;

use crate::influx::client::{Client, Patience};
use crate::influx::fake::{Answer, Fake, TOKEN, Verdict};
use crate::influx::flux;
use crate::influx::outcome::{Outcome, Trouble};
use crate::influx::settings::InfluxSettings;

const LINE: &str = "heater,site=house,heater=h-1 temperature_c=20 1000000\n";

fn client(fake: &Fake) -> Client {
    let text = |text: &str| text.to_owned();
    let settings =
        InfluxSettings { url: fake.url(), org: text("home"), bucket: text("history"), token: text(TOKEN) };
    let patience = Patience { connect: Duration::from_secs(5), total: Duration::from_secs(2) };
    Client::new(&settings, patience).unwrap()
}

fn trouble(outcome: Outcome) -> Trouble {
    match outcome {
        Outcome::Later { trouble, .. } => trouble,
        other => panic!("{other:?} is no trouble"),
    }
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let fake = Fake::start();
    let client = client(&fake);
    fake.mood(|_| Verdict::Silence);
    assert_eq!(trouble(client.write(LINE)), Trouble::Away);
    assert_eq!(trouble(client.write_to_the_busy(LINE)), Trouble::Away);
    assert_eq!(client.ask(flux::last("history")).unwrap_err().status, None);
    fake.behave();
    assert_eq!(client.write(LINE), Outcome::Stored);
}

#[test]
fn an_answer_that_is_cut_or_nonsense_is_an_error_and_no_panic() {
    let fake = Fake::start();
    let client = client(&fake);
    assert_eq!(client.write(LINE), Outcome::Stored);
    assert_eq!(client.ask(flux::last("history")).unwrap().len(), 1);
    fake.mood(|_| Verdict::CutTheAnswer);
    assert!(client.ask(flux::last("history")).is_err());
    assert!(client.greet().is_err());
    for body in [
        "no,csv\r\n,at,all\r\n",
        "#datatype,string,long,double\r\n#group,false,false,false\r\n#default,_result,,\r\n,result,table,value\r\n,,0,\r\n",
        "#datatype,string,long,double\r\n#group,false,false,false\r\n#default,_result,,\r\n,result,table,value\r\n,,0,1\r\n",
        "#datatype,string,long,martian\r\n",
        "\"",
        "#datatype,string,string\r\n#group,true,true\r\n#default,,\r\n,error,reference\r\n,too slow,897\r\n",
    ] {
        fake.mood(move |_| Verdict::Say(Answer { status: 200, headers: Vec::new(), body: body.to_owned() }));
        let outcome = client.ask(flux::last("history"));
        assert!(outcome.is_err() || outcome == Ok(Vec::new()), "{body:?} gave {outcome:?}");
    }
    fake.behave();
    assert_eq!(client.ask(flux::last("history")).unwrap().len(), 1, "the wire outlives panics");
}

#[test]
fn how_long_a_busy_server_wants_to_be_left_alone_is_heard_the_second_time() {
    let fake = Fake::start();
    let client = client(&fake);
    fake.answer_writes(Answer::error(429, "too many requests", "slow down").with("Retry-After", "17"));
    let heard = |outcome| match outcome {
        Outcome::Later { trouble: Trouble::Busy, retry_after, .. } => retry_after,
        other => panic!("{other:?} is not busy"),
    };
    assert_eq!(heard(client.write(LINE)), None, "the library keeps headers to itself");
    assert_eq!(heard(client.write_to_the_busy(LINE)), Some(Duration::from_secs(17)));
    fake.behave();
    assert_eq!(client.write_to_the_busy(LINE), Outcome::Stored);
    assert_eq!(fake.stored().len(), 1);
}

#[test]
fn nothing_listens_and_a_closed_wire_answer_at_once() {
    let fake = Fake::start();
    let nobody = InfluxSettings { url: "http://127.0.0.1:1".to_owned(), ..client(&fake).settings().clone() };
    let nobody = Client::new(&nobody, Patience::default()).unwrap();
    assert_eq!(trouble(nobody.write(LINE)), Trouble::Away);
    let closed = client(&fake);
    closed.close();
    assert_eq!(trouble(closed.write(LINE)), Trouble::Away);
}

#[test]
fn a_bucket_is_made_once() {
    let fake = Fake::start();
    let client = client(&fake);
    assert_eq!(client.make_bucket(), Ok(false));
    fake.lose_the_bucket();
    assert_eq!(trouble(client.write(LINE)), Trouble::Missing);
    assert_eq!(client.make_bucket(), Ok(true));
    assert_eq!(client.make_bucket(), Ok(false));
    assert_eq!(client.write(LINE), Outcome::Stored);
}
