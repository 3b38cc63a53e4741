//! Enrolment and renewal from outside: the good path, and everybody who should not get in.

use identity::{Answer, AskError, DeviceKey, ENROLMENT_PROTOCOL, MAX_LINE_BYTES, Request, Trust, connect};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use vocabulary::{ControllerKey, CredentialId, EnrolmentCode, Fingerprint};

use crate::house::{heater, site};
use crate::raw::{Raw, connect as connect_packet};
use crate::secure::{SecureHouse, is_down, is_up};

fn refused<T>(outcome: Result<T, AskError>) -> String {
    match outcome {
        Err(AskError::Refused(why)) => why,
        Err(other) => panic!("not an answer: {other}"),
        Ok(_) => panic!("it was let in"),
    }
}

#[tokio::test]
async fn a_code_makes_a_heater_with_all_it_needs() {
    let house = SecureHouse::open().await;
    let (identity, enrolled) = house.enrol(house.code("h1"), None, None).await.unwrap();
    assert_eq!((enrolled.heater.as_str(), enrolled.rated_w.whole()), ("h1", 750));
    assert_eq!(enrolled.fallback_w.whole(), 300);
    assert_eq!(enrolled.key, ControllerKey::from_bytes(&[7; 32]).public().to_string());
    assert_eq!(identity.facts().unwrap().name, "h1");
    let id = CredentialId::new("h1").unwrap();
    assert_eq!(house.registry.live_credential(&id).unwrap().unwrap().role, heater("h1"));
    let audit = house.registry.audit_of("s/heater/h1", 5).unwrap();
    let actions: Vec<_> = audit.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["enrol", "enrolment_code"]);
}

#[tokio::test]
async fn a_code_opens_once_for_its_own_heater_and_for_a_day() {
    let house = SecureHouse::open().await;
    let code = house.code("h1");
    let why = refused(house.enrol(code, Some("h2"), Some("h2")).await);
    assert!(why.contains("not valid here"), "{why}");
    let why = refused(house.enrol(code, Some("h1"), Some("h2")).await);
    assert!(why.contains("in the name of \"h2\", not h1"), "{why}");
    let (first, _) = house.enrol(code, Some("h1"), Some("h1")).await.unwrap();
    let why = refused(house.enrol(code, Some("h1"), Some("h1")).await);
    assert!(why.contains("used already"), "{why}");
    assert_eq!(house.counters.value("enrolments_refused_total", None), 3);

    let late = house.code("h2");
    house.turn_clock(1);
    let why = refused(house.enrol(late, Some("h2"), None).await);
    assert!(why.contains("has expired"), "{why}");

    // A device that takes the place of another ends it.
    let (_link, mut inbox) = house.link("h1", &first);
    is_up(&mut inbox).await;
    house.enrol(house.code("h1"), None, None).await.unwrap();
    is_down(&mut inbox).await;
}

#[tokio::test]
async fn whoever_lost_the_answer_asks_again_with_the_same_key() {
    let house = SecureHouse::open().await;
    let code = house.code("h1");
    let key = DeviceKey::make().unwrap();
    let request = Request::Enrol {
        site: site(),
        heater: None,
        code: code.secret().to_text(),
        csr: key.request(None).unwrap(),
    };
    // It goes as soon as it has asked, and the code is used.
    let mut stream = connect(&house.server, Trust::Code(code), None, ENROLMENT_PROTOCOL).await.unwrap();
    stream.write_all(&[serde_json::to_vec(&request).unwrap(), b"\n".to_vec()].concat()).await.unwrap();
    let id = CredentialId::new("h1").unwrap();
    while house.registry.live_credential(&id).unwrap().is_none() {
        tokio::task::yield_now().await;
    }
    drop(stream);

    let why = refused(house.enrol(code, None, None).await);
    assert!(why.contains("used already"), "another key: {why}");
    let answer = identity::ask(&house.server, Trust::Code(code), None, &request).await.unwrap();
    let Answer::Enrolled(enrolled) = answer else { panic!("{answer:?}") };
    let (_link, mut inbox) = house.link("h1", &key.with_certificate(&enrolled.certificate));
    is_up(&mut inbox).await;
    let why = refused(identity::ask(&house.server, Trust::Code(code), None, &request).await);
    assert!(why.contains("used already"), "it has arrived: {why}");
}

#[tokio::test]
async fn an_enrolment_puts_out_whoever_came_in_by_the_secret_of_before() {
    let house = SecureHouse::open().await;
    let id = CredentialId::new("h1").unwrap();
    let secret = house.registry.issue_credential(&id, &heater("h1"), house.now()).unwrap();
    let mut thief = Raw::connect(house.plain).await;
    thief.send(&connect_packet("h1", &secret, 0)).await;
    thief.accepted().await;
    house.enrol(house.code("h1"), Some("h1"), None).await.unwrap();
    thief.closed().await;
    assert_eq!(house.counted("connections_closed_total", "revoked"), 1);
}

#[tokio::test]
async fn who_guesses_must_wait_even_with_the_right_code() {
    let house = SecureHouse::open().await;
    let code = house.code("h1");
    let authority = house.registry.authority().unwrap().unwrap();
    for guess in 0..5 {
        let why = refused(house.enrol(EnrolmentCode::new([guess; 10], &authority), None, None).await);
        assert!(why.contains("not valid here"), "{why}");
    }
    let why = refused(house.enrol(code, Some("h1"), None).await);
    assert!(why.contains("wait an hour"), "{why}");
    // A clock that is set forgives nothing.
    house.turn_clock(1);
    let code = house.code("h1");
    let why = refused(house.enrol(code, Some("h1"), None).await);
    assert!(why.contains("wait an hour"), "{why}");
}

#[tokio::test]
async fn a_server_in_the_middle_never_hears_the_code() {
    let (house, other) = (SecureHouse::open().await, SecureHouse::open().await);
    // The device reaches the other server in place of its site; its code names the site's authority.
    let error = other.enrol(house.code("h1"), Some("h1"), None).await.err().unwrap();
    assert!(matches!(error, AskError::Untrusted { .. }), "{error}");
    assert!(error.to_string().contains("not of the site that made this code"), "{error}");
    assert_eq!(other.counters.value("enrolments_refused_total", None), 0);
    // The same for one that shows the site's authority beside a certificate which it has not signed: what is pinned
    // must have signed it.
    let code = EnrolmentCode::new([1; 10], &Fingerprint::of(b"nobody"));
    assert!(matches!(house.enrol(code, None, None).await, Err(AskError::Untrusted { .. })));
}

#[tokio::test]
async fn lines_that_are_no_requests_are_answered_in_words() {
    let house = SecureHouse::open().await;
    let code = house.code("h1");
    let long = [vec![b' '; MAX_LINE_BYTES + 1], b"\n".to_vec()].concat();
    let wide = serde_json::to_string(&Request::Renew { csr: "not one".to_owned() }).unwrap() + "\n";
    let lines: [(&[u8], &str); 5] = [
        (b"hello\n", "does not read"),
        (b"\xff\xfe\n", "does not read"),
        (b"{\"enrol\":{\"site\":\"s\"}}\n", "does not read"),
        (&long, "does not read"),
        (wide.as_bytes(), "none that holds"),
    ];
    for (line, expected) in lines {
        let mut stream = connect(&house.server, Trust::Code(code), None, ENROLMENT_PROTOCOL).await.unwrap();
        let _ = stream.write_all(line).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("{\"refused\":") && answer.contains(expected), "{answer:?}");
    }
    // A request for a certificate that is none uses no code up.
    let csr = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n".to_owned();
    let secret = code.secret().to_text();
    let request = Request::Enrol { site: site(), heater: None, code: secret, csr };
    let why = refused(identity::ask(&house.server, Trust::Code(code), None, &request).await);
    assert!(why.contains("does not read"), "{why}");
    house.enrol(code, None, None).await.unwrap();
}

#[tokio::test]
async fn a_renewed_certificate_ends_the_old_one_when_it_is_first_used() {
    let house = SecureHouse::open().await;
    let (old, _) = house.enrol(house.code("h1"), None, None).await.unwrap();
    let (_link, mut inbox) = house.link("h1", &old);
    is_up(&mut inbox).await;
    let facts = old.facts().unwrap();
    assert!(!facts.renewal_is_due(house.now()));
    assert!(facts.renewal_is_due(house.now().plus_ms(61 * 24 * 3_600_000)));

    // An answer that was lost on the way changes nothing, and the next one is as good.
    let lost = house.renew(&old).await.unwrap();
    let new = house.renew(&old).await.unwrap();
    let (_lost, mut lost_inbox) = house.link("h1", &lost);
    assert!(is_down(&mut lost_inbox).await.contains("refused"));

    let (_new, mut new_inbox) = house.link("h1", &new);
    is_up(&mut new_inbox).await;
    assert!(!is_down(&mut inbox).await.is_empty());
    let why = refused(house.renew(&old).await);
    assert!(why.contains("none that holds"), "{why}");
    assert!(house.renew(&new).await.is_ok());
}
