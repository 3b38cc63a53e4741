//! People, their sessions and their tokens, as a day in the book.

use vocabulary::{Celsius, DisplayName, RoomId, WeekSchedule};

use super::*;
use crate::{
    Action, Clock, NewToken, Principal, Room, SESSION_IDLE_MS, SESSION_LONGEST_MS, Scope, Site, SiteBook,
    Target, TenantRoom,
};

const NOW: Timestamp = Timestamp::from_ms(1_000_000_000_000);
const HOUR_MS: i64 = 3_600_000;
const WORDS: &str = "four plain words";

fn book() -> Registry {
    let registry = Registry::in_memory().unwrap();
    let c = Celsius::from_hundredths;
    let name = |text: &str| DisplayName::new(text).unwrap();
    let room = Room {
        id: RoomId::new("1").unwrap(),
        name: name("One"),
        floor: name("Ground"),
        area: None,
        low_c: c(1700),
        high_c: c(2200),
        setback_c: c(1600),
        schedule: WeekSchedule::daily(&[0], (60, 120), c(2000), c(1700)).unwrap().into(),
    };
    let site = Site {
        id: site(),
        name: name("Home"),
        zone: "Europe/Paris".parse().unwrap(),
        clock: Clock::Wall,
        cap_w: None,
        demonstration: false,
    };
    let book = SiteBook { site, rooms: vec![room], heaters: vec![], circuits: vec![], metrics: vec![] };
    registry.put_site(&book).unwrap();
    registry
}

fn site() -> SiteId {
    SiteId::new("home").unwrap()
}

fn anna() -> PersonName {
    PersonName::new("anna").unwrap()
}

fn tenant() -> PersonRole {
    PersonRole::Tenant { site: site(), room: RoomId::new("1").unwrap() }
}

fn with_anna() -> Registry {
    let registry = book();
    registry.add_person(&anna(), &FirstPassword::Chosen(WORDS), "test", NOW).unwrap();
    registry
}

fn sees_room(principal: &Principal) -> bool {
    let (site, room) = (site(), RoomId::new("1").unwrap());
    crate::authorise(principal, Action::SeeRoom, Target::Room(&site, &room)).is_ok()
}

#[test]
fn the_first_person_closes_the_house_and_their_one_time_password_has_to_change() {
    let registry = book();
    assert!(!registry.has_people().unwrap());
    let once = registry.add_person(&anna(), &FirstPassword::OneTime, "test", NOW).unwrap().unwrap();
    assert!(registry.has_people().unwrap());
    let secret = registry.sign_in(&anna(), &once, NOW).unwrap().unwrap();
    assert!(registry.visit(&secret, NOW).unwrap().unwrap().must_change);
    assert!(registry.change_password(&anna(), "wrong", WORDS, NOW).unwrap().is_none());
    let weak = registry.change_password(&anna(), &once, "short", NOW);
    assert!(matches!(weak, Err(PersonError::Password(PasswordError::TooShort))));
    let new = registry.change_password(&anna(), &once, WORDS, NOW).unwrap().unwrap();
    assert!(registry.visit(&secret, NOW).unwrap().is_none(), "the session is made anew");
    assert!(!registry.visit(&new, NOW).unwrap().unwrap().must_change);
    assert!(registry.sign_in(&anna(), &once, NOW).unwrap().is_none(), "once means once");
}

#[test]
fn only_the_right_password_of_somebody_who_may_come_signs_in() {
    let registry = with_anna();
    registry
        .add_person(&PersonName::new("ben").unwrap(), &FirstPassword::Chosen(WORDS), "test", NOW)
        .unwrap();
    assert!(registry.sign_in(&anna(), WORDS, NOW).unwrap().is_some());
    assert!(registry.sign_in(&anna(), "four plain word", NOW).unwrap().is_none());
    assert!(registry.sign_in(&PersonName::new("nobody").unwrap(), WORDS, NOW).unwrap().is_none());
    let secret = registry.sign_in(&anna(), WORDS, NOW).unwrap().unwrap();
    registry.disable_person(&anna(), "test", NOW).unwrap();
    assert!(registry.visit(&secret, NOW).unwrap().is_none(), "a disabled person is out at once");
    assert!(registry.sign_in(&anna(), WORDS, NOW).unwrap().is_none());
    registry.enable_person(&anna(), "test", NOW).unwrap();
    assert!(registry.visit(&secret, NOW).unwrap().is_none(), "the old session does not come back");
    assert!(registry.sign_in(&anna(), WORDS, NOW).unwrap().is_some());
}

#[test]
fn a_session_ends_when_idle_when_old_and_when_asked() {
    let registry = with_anna();
    let secret = registry.sign_in(&anna(), WORDS, NOW).unwrap().unwrap();
    assert!(registry.visit(&secret, NOW.plus_ms(SESSION_IDLE_MS)).unwrap().is_none(), "idle");
    let mut at = NOW;
    while at.since(NOW) < SESSION_LONGEST_MS - HOUR_MS {
        at = at.plus_ms(HOUR_MS);
        assert!(registry.visit(&secret, at).unwrap().is_some(), "in use");
    }
    assert!(registry.visit(&secret, NOW.plus_ms(SESSION_LONGEST_MS)).unwrap().is_none(), "old");
    let other = registry.sign_in(&anna(), WORDS, at).unwrap().unwrap();
    let listed = registry.sessions(&anna(), at).unwrap();
    assert_eq!(listed.len(), 2, "an open one is not lost because another is old");
    assert!(registry.end_session(&anna(), listed[0].id).unwrap());
    assert!(!registry.end_session(&PersonName::new("ben").unwrap(), listed[1].id).unwrap(), "one's own only");
    assert!(registry.visit(&other, at).unwrap().is_none());
    registry.end_sessions(&anna()).unwrap();
    assert!(registry.sessions(&anna(), at).unwrap().is_empty());
    let third = registry.sign_in(&anna(), WORDS, at).unwrap().unwrap();
    registry.end_every_session().unwrap();
    assert!(registry.visit(&third, at).unwrap().is_none());
}

#[test]
fn a_person_has_no_more_than_twenty_sessions() {
    let registry = with_anna();
    for minute in 0..25 {
        registry.sign_in(&anna(), WORDS, NOW.plus_ms(minute * 60_000)).unwrap().unwrap();
    }
    assert_eq!(registry.sessions(&anna(), NOW.plus_ms(HOUR_MS)).unwrap().len(), 20);
}

#[test]
fn a_tenant_comes_with_the_interval_and_goes_with_it() {
    let registry = with_anna();
    let (from, until) = (NOW.plus_ms(HOUR_MS), NOW.plus_ms(3 * HOUR_MS));
    registry.assign_role(&anna(), &tenant(), (from, Some(until)), "test", NOW).unwrap();
    let secret = registry.sign_in(&anna(), WORDS, NOW).unwrap().unwrap();
    let sees = |at| sees_room(&registry.visit(&secret, at).unwrap().unwrap().principal);
    assert!(!sees(from.plus_ms(-1)) && sees(from) && sees(until.plus_ms(-1)) && !sees(until));
}

#[test]
fn a_changed_role_ends_the_sessions() {
    let registry = with_anna();
    let secret = registry.sign_in(&anna(), WORDS, NOW).unwrap().unwrap();
    registry.assign_role(&anna(), &tenant(), (NOW, None), "test", NOW).unwrap();
    assert!(registry.visit(&secret, NOW).unwrap().is_none());
    let secret = registry.sign_in(&anna(), WORDS, NOW).unwrap().unwrap();
    let id = registry.person(&anna()).unwrap().unwrap().assignments[0].id;
    assert!(registry.end_role(&anna(), id, "test", NOW).unwrap());
    assert!(registry.visit(&secret, NOW).unwrap().is_none());
    assert!(!registry.end_role(&anna(), id, "test", NOW).unwrap(), "ended already");
}

#[test]
fn roles_need_places_that_are_there_and_an_interval_that_is_one() {
    let registry = with_anna();
    let assign = |role: &PersonRole, until| registry.assign_role(&anna(), role, (NOW, until), "test", NOW);
    let on = |sites: &[&str]| sites.iter().map(|text| SiteId::new(text).unwrap()).collect::<BTreeSet<_>>();
    let manager = |sites: &[&str]| PersonRole::FacilityManager { sites: on(sites) };
    assert!(matches!(assign(&manager(&[]), None), Err(PersonError::NoSite)));
    assert!(matches!(assign(&manager(&["home", "mars"]), None), Err(PersonError::NoPlace(_))));
    let elsewhere = PersonRole::Tenant { site: site(), room: RoomId::new("9").unwrap() };
    assert!(matches!(assign(&elsewhere, None), Err(PersonError::NoPlace(_))));
    assert!(matches!(assign(&tenant(), Some(NOW)), Err(PersonError::Interval)));
    assert!(assign(&manager(&["home"]), None).is_ok());
    let nobody = PersonName::new("nobody").unwrap();
    let lost = registry.assign_role(&nobody, &PersonRole::Administrator, (NOW, None), "test", NOW);
    assert!(matches!(lost, Err(PersonError::Nobody(_))));
}

#[test]
fn the_last_administrator_stays_one() {
    let registry = with_anna();
    registry.assign_role(&anna(), &PersonRole::Administrator, (NOW, None), "test", NOW).unwrap();
    let secret = registry.sign_in(&anna(), WORDS, NOW).unwrap().unwrap();
    let id = registry.person(&anna()).unwrap().unwrap().assignments[0].id;
    assert!(matches!(registry.disable_person(&anna(), "test", NOW), Err(PersonError::LastAdministrator(_))));
    assert!(matches!(registry.end_role(&anna(), id, "test", NOW), Err(PersonError::LastAdministrator(_))));
    assert!(registry.visit(&secret, NOW).unwrap().is_some(), "a refused change changes nothing");
    let ben = PersonName::new("ben").unwrap();
    registry.add_person(&ben, &FirstPassword::OneTime, "test", NOW).unwrap();
    registry.assign_role(&ben, &PersonRole::Administrator, (NOW, None), "test", NOW).unwrap();
    registry.disable_person(&anna(), "test", NOW).unwrap();
}

#[test]
fn a_token_opens_as_much_as_its_owner_may_until_it_is_revoked() {
    let registry = with_anna();
    registry.assign_role(&anna(), &tenant(), (NOW, Some(NOW.plus_ms(HOUR_MS))), "test", NOW).unwrap();
    let new = NewToken {
        name: "meter".to_owned(),
        owner: anna(),
        scopes: [Scope::Read].into(),
        sites: None,
        expires_at: Some(NOW.plus_ms(2 * HOUR_MS)),
    };
    let secret = registry.add_token(&new, "test", NOW).unwrap();
    let bearer = |secret: &str, at| registry.token_bearer(secret, at).unwrap();
    let (who, principal) = bearer(&secret, NOW).unwrap();
    assert_eq!((who.as_str(), sees_room(&principal)), ("anna/meter", true));
    let (_, later) = bearer(&secret, NOW.plus_ms(HOUR_MS)).unwrap();
    assert!(!sees_room(&later), "its owner is no tenant any more");
    assert!(bearer(&secret, NOW.plus_ms(2 * HOUR_MS)).is_none(), "expired");
    for wrong in ["", "hyp_", &secret[1..], &format!("{secret}a")] {
        assert!(bearer(wrong, NOW).is_none(), "{wrong}");
    }
    let elsewhere = NewToken { sites: Some([SiteId::new("mars").unwrap()].into()), ..new };
    assert!(matches!(registry.add_token(&elsewhere, "test", NOW), Err(PersonError::NoPlace(_))));
    let id = registry.tokens().unwrap()[0].id;
    registry.disable_person(&anna(), "test", NOW).unwrap();
    assert!(bearer(&secret, NOW).is_none(), "its owner is disabled");
    registry.enable_person(&anna(), "test", NOW).unwrap();
    assert!(
        registry.revoke_token(id, "test", NOW).unwrap() && !registry.revoke_token(id, "test", NOW).unwrap()
    );
    assert!(bearer(&secret, NOW).is_none(), "revoked");
}

#[test]
fn the_book_gives_no_secret_away_and_the_audit_says_who_did_what() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registry.db");
    let registry = Registry::open(&path).unwrap();
    registry.add_person(&anna(), &FirstPassword::Chosen(WORDS), "hypocaust person", NOW).unwrap();
    let session = registry.sign_in(&anna(), WORDS, NOW).unwrap().unwrap();
    let new = NewToken {
        name: "x".to_owned(),
        owner: anna(),
        scopes: [Scope::Read].into(),
        sites: None,
        expires_at: None,
    };
    let token = registry.add_token(&new, "ben", NOW).unwrap();
    let said: Vec<_> =
        registry.audit_of("person/anna", 9).unwrap().into_iter().map(|e| (e.who, e.action)).collect();
    let line = |who: &str, action: &str| (who.to_owned(), action.to_owned());
    assert_eq!(said, [line("ben", "token_add"), line("hypocaust person", "person_add")]);
    let copy = folder.path().join("copy.db");
    registry.copy_to(&copy).unwrap();
    let bytes = std::fs::read(&copy).unwrap();
    for secret in [WORDS, &session, &token] {
        assert!(!bytes.windows(secret.len()).any(|piece| piece == secret.as_bytes()), "{secret}");
    }
}

#[test]
fn the_link_of_a_room_ends_where_a_tenancy_begins_or_ends() {
    let registry = with_anna();
    let place = TenantRoom { site: site(), room: RoomId::new("1").unwrap() };
    let link = || registry.make_tenant_link(&place, "test", NOW).unwrap();
    let opens = |token: &str, hours: i64| {
        registry.tenant_room(token, NOW.plus_ms(hours * HOUR_MS)).unwrap().is_some()
    };
    let hence = |hours: i64| NOW.plus_ms(hours * HOUR_MS);
    let before = link();
    registry.assign_role(&anna(), &tenant(), (NOW, Some(hence(9))), "test", NOW).unwrap();
    assert!(!opens(&before, 0), "the one who lived there before her sees nothing more");
    let hers = link();
    assert!(opens(&hers, 8) && !opens(&hers, 9), "hers ends with her tenancy");
    registry.assign_role(&anna(), &tenant(), (hence(5), None), "test", NOW).unwrap();
    assert!(opens(&hers, 4) && !opens(&hers, 5), "and where the next one begins");
    let roles = registry.person(&anna()).unwrap().unwrap().assignments;
    registry.end_role(&anna(), roles[0].id, "test", hence(1)).unwrap();
    assert!(!opens(&hers, 1), "and when it is ended early");
    let last = registry.make_tenant_link(&place, "test", hence(6)).unwrap();
    registry.disable_person(&anna(), "test", hence(7)).unwrap();
    assert!(!opens(&last, 7), "and when she is shut out");
}
