//! What floods and retained messages do to the loop, without a broker.

use registry::{Clock, Heater, Room, ScheduleEdit, Site, SiteBook};
use vocabulary::{
    Celsius, CredentialId, DisplayName, HeaterId, RoomId, Timestamp, Watts, WeekSchedule, Zone,
};

use super::*;

const WALL: Timestamp = Timestamp::from_ms(1_763_632_000_000);

fn office() -> (Office, Arc<Tally>) {
    let name = || DisplayName::new("x").unwrap();
    let registry = Registry::in_memory().unwrap();
    let celsius = Celsius::from_hundredths;
    let book = SiteBook {
        site: Site {
            id: SiteId::new("home").unwrap(),
            name: name(),
            zone: Zone::UTC,
            clock: Clock::Wall,
            cap_w: None,
            demonstration: false,
        },
        rooms: vec![Room {
            id: RoomId::new("a").unwrap(),
            name: name(),
            floor: name(),
            area: None,
            low_c: celsius(1700),
            high_c: celsius(2200),
            setback_c: celsius(1600),
            schedule: WeekSchedule::constant(celsius(2000)).into(),
        }],
        heaters: vec![Heater {
            id: HeaterId::new("h-1").unwrap(),
            name: name(),
            room: Some(RoomId::new("a").unwrap()),
            circuit: None,
            rated_w: Watts::new(500).unwrap(),
            resistor_w: Watts::ZERO,
            fallback_w: Watts::new(100).unwrap(),
            simulated: false,
        }],
        circuits: vec![],
        metrics: vec![],
    };
    registry.put_site(&book).unwrap();
    let tally = Arc::new(Tally::default());
    let id = CredentialId::new("service-controller").unwrap();
    // Nobody answers there, which is no error.
    let link = link::Settings::new("mqtt://127.0.0.1:1", id, "secret");
    let key = ControllerKey::from_bytes(&[7; 32]);
    let office = Office::open(link, registry, key, tally.clone(), Arc::new(|| WALL)).unwrap();
    (office, tally)
}

/// So many seconds later.
fn later(office: &mut Office, seconds: u64) {
    let now = office.now();
    office.pass_on(Moment { mono_ms: now.mono_ms + 1_000 * seconds, ..now });
}

/// How often something may happen that happens once at once and then once a second.
fn paced(began: Instant) -> u64 {
    began.elapsed().as_secs() + 2
}

#[tokio::test]
async fn a_flood_of_limits_costs_one_cycle_a_second_and_the_newest_one_holds() {
    let (mut office, tally) = office();
    let began = Instant::now();
    let until_ms = WALL.ms() + 3_600_000;
    for watts in (300..2_300).rev() {
        office.hear(
            "hypocaust/1/home/site/limit",
            format!(r#"{{"watts":{watts},"until_ms":{until_ms}}}"#).as_bytes(),
            false,
        );
    }
    let cycles = tally.of("cycles", "done");
    assert!((1..=paced(began)).contains(&cycles), "{cycles} cycles in {:?}", began.elapsed());
    let home = SiteId::new("home").unwrap();
    assert_eq!(office.desks[&home].memory().limit.as_ref().unwrap().watts.whole(), 300);
    let kept = office.registry.memory(&home).unwrap().unwrap();
    assert!(kept.contains("2299"), "the first one was kept at once: {kept}");
    later(&mut office, 2);
    assert!(tally.of("cycles", "done") > cycles, "the last one is planned for");
    assert!(office.registry.memory(&home).unwrap().unwrap().contains("\"watts\":300"), "and kept");
    let cycles = tally.of("cycles", "done");
    office.hear(
        "hypocaust/1/home/site/limit",
        format!(r#"{{"watts":300,"until_ms":{until_ms}}}"#).as_bytes(),
        false,
    );
    later(&mut office, 9);
    assert_eq!(tally.of("cycles", "done"), cycles, "the same limit again changes nothing");
}

#[tokio::test]
async fn a_flood_of_requests_is_written_once_a_second() {
    let (mut office, _) = office();
    let (began, revision) = (Instant::now(), office.registry.revision().unwrap());
    let until_ms = WALL.ms() + 3_600_000;
    for step in 0..2_000 {
        let setpoint_c = 18.0 + f64::from(step % 400) / 100.0;
        let request = format!(r#"{{"setpoint_c":{setpoint_c},"until_ms":{until_ms},"by":"bms"}}"#);
        office.hear("hypocaust/1/home/room/a/request", request.as_bytes(), false);
    }
    let written = office.registry.revision().unwrap() - revision;
    assert!((1..=paced(began)).contains(&written), "{written} commits in {:?}", began.elapsed());
    later(&mut office, 2);
    let overrides = office.registry.overrides(&SiteId::new("home").unwrap(), WALL).unwrap();
    assert_eq!(
        overrides.iter().map(|o| o.wish.setpoint_c).collect::<Vec<_>>(),
        [Celsius::from_hundredths(2199)]
    );
}

#[tokio::test]
async fn a_schedule_that_somebody_edits_is_planned_for_when_the_book_is_looked_at_next() {
    let (mut office, tally) = office();
    let (site, room) = (SiteId::new("home").unwrap(), RoomId::new("a").unwrap());
    let schedule = WeekSchedule::constant(Celsius::from_hundredths(2150)).into();
    let edit = ScheduleEdit { room, schedule, seen: Some(1) };
    office.registry.edit_schedules(&site, &[edit], ("person/anna", "cold"), WALL).unwrap();
    let cycles = tally.of("cycles", "done");
    office.read_book();
    assert_eq!(tally.of("cycles", "done"), cycles + 1);
    let (key, now) = (ControllerKey::from_bytes(&[7; 32]), office.now());
    let told = office.desks.get_mut(&site).unwrap().cycle(&key, now);
    let state = told.iter().find(|told| told.topic.to_string().ends_with("/room/a/state")).unwrap();
    assert!(String::from_utf8_lossy(&state.payload).contains("\"setpoint_c\":21.5"), "{state:?}");
}

#[tokio::test]
async fn what_a_broker_kept_of_a_heater_is_not_heard() {
    let (mut office, tally) = office();
    for topic in ["heartbeat", "record"] {
        office.hear(&format!("hypocaust/1/home/heater/h-1/{topic}"), b"{}", true);
    }
    assert_eq!(tally.of("refused_messages", "retained"), 2);
}
