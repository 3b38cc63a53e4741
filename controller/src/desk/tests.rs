//! One cycle of a site, and what is refused on the way.

use super::*;
use registry::{Circuit, Heater, Instructions, Room, Site as BookSite};
use vocabulary::{
    BootId, Celsius, CircuitId, DisplayName, RoomForecast, SignedBudget, WeekSchedule, Why, Zone,
};

const NOW: Moment = Moment { mono_ms: 400_000, wall: Timestamp::from_ms(1_763_632_000_000) };

/// What each heater can draw without work, watts.
const RESISTOR_W: u32 = 200;

fn book(clock: Clock, cap_w: Option<u32>) -> SiteBook {
    let name = || DisplayName::new("x").unwrap();
    let watts = |whole| Watts::new(whole).unwrap();
    let room = RoomId::new("a").unwrap();
    let heater = |id: &str| Heater {
        id: HeaterId::new(id).unwrap(),
        name: name(),
        room: Some(room.clone()),
        rated_w: watts(500),
        resistor_w: watts(RESISTOR_W),
        fallback_w: watts(100),
        simulated: false,
        circuit: None,
    };
    SiteBook {
        heaters: vec![heater("h-1"), heater("h-2")],
        site: BookSite {
            id: SiteId::new("home").unwrap(),
            name: name(),
            zone: Zone::UTC,
            clock,
            cap_w: cap_w.map(watts),
            demonstration: false,
        },
        rooms: vec![Room {
            id: room,
            name: name(),
            floor: name(),
            area: None,
            low_c: Celsius::from_hundredths(1700),
            high_c: Celsius::from_hundredths(2200),
            setback_c: Celsius::from_hundredths(1600),
            schedule: WeekSchedule::constant(Celsius::from_hundredths(2000)).into(),
        }],
        circuits: vec![],
        metrics: vec![],
    }
}

/// A controller that has been silent long enough to know what every heater may draw.
fn desk(clock: Clock, cap_w: Option<u32>) -> SiteController {
    let begin = Moment { mono_ms: 0, ..NOW };
    SiteController::new(book(clock, cap_w), &[], Memory::default(), 3, 60, begin)
}

fn id(text: &str) -> HeaterId {
    HeaterId::new(text).unwrap()
}

fn hear(desk: &mut SiteController, heater: &str, temperature: f64, drawn_w: u32) -> Result<(), &'static str> {
    let ts = NOW.wall.ms();
    let record = format!(
        r#"{{"v":1,"boot":"0000000000000007","bn":1,"seq":1,"low":1,"mono_ms":1,"ts_ms":{ts},"samples":[[0,"temperature_c",{temperature}]]}}"#
    );
    desk.hear_record(&id(heater), record.as_bytes(), NOW)?;
    let heartbeat = Heartbeat {
        boot: BootId::from_bits(7),
        n: 1,
        mono_ms: 1,
        epoch: 3,
        seq: 0,
        budget_w: 100,
        drawn_w,
        lease_left_s: 0,
        mode: Mode::Fallback,
        wanted_w: 0,
        controllable: true,
        alarms: vec![],
        steps_w: vec![],
        firmware: String::new(),
        maintainable: true,
    };
    desk.hear_heartbeat(&id(heater), &heartbeat.encode(), NOW)
}

fn cycle(desk: &mut SiteController) -> (Vec<Budget>, RoomState) {
    let publications = desk.cycle(&ControllerKey::from_bytes(&[1; 32]), NOW);
    let of = |wanted: fn(&TopicKind) -> bool| publications.iter().filter(move |p| wanted(&p.topic.kind));
    let budgets = of(|kind| matches!(kind, TopicKind::Heater(_, HeaterTopic::Budget)));
    let state = of(|kind| matches!(kind, TopicKind::Room(..))).next().unwrap();
    (
        budgets.map(|p| SignedBudget::decode(&p.payload).unwrap().budget).collect(),
        RoomState::decode(&state.payload).unwrap(),
    )
}

#[test]
fn an_absurd_draw_is_refused_and_takes_nobodys_heat() {
    let mut desk = desk(Clock::Wall, Some(800));
    hear(&mut desk, "h-1", 18.0, 0).unwrap();
    assert_eq!(hear(&mut desk, "h-2", 18.0, u32::MAX), Err("range"));
    let (budgets, _) = cycle(&mut desk);
    assert!(budgets.iter().all(|budget| budget.watts.whole() > 100), "{budgets:?}");
}

#[test]
fn what_a_room_is_said_to_have_is_what_was_granted() {
    let mut desk = desk(Clock::Wall, Some(500));
    hear(&mut desk, "h-1", 17.0, 0).unwrap();
    hear(&mut desk, "h-2", 17.0, 0).unwrap();
    let (budgets, state) = cycle(&mut desk);
    let granted: u32 = budgets.iter().map(|budget| budget.watts.whole()).sum();
    assert!(granted <= 500 && granted > 400, "{granted}");
    assert_eq!((state.budget_w, state.why.code()), (Some(granted), "shared_cap"));
}

#[test]
fn heaters_behind_one_breaker_are_granted_what_it_bears_and_their_room_says_so() {
    let watts = |whole| Watts::new(whole).unwrap();
    let mut book = book(Clock::Wall, None);
    let riser = CircuitId::new("riser").unwrap();
    let circuit = Circuit { id: riser.clone(), under: None, cap_w: watts(450), other_w: watts(50) };
    book.circuits.push(circuit);
    book.heaters.iter_mut().for_each(|heater| heater.circuit = Some(riser.clone()));
    let begin = Moment { mono_ms: 0, ..NOW };
    let mut desk = SiteController::new(book, &[], Memory::default(), 3, 60, begin);
    hear(&mut desk, "h-1", 17.0, 0).unwrap();
    hear(&mut desk, "h-2", 17.0, 0).unwrap();
    let (budgets, state) = cycle(&mut desk);
    let granted: u32 = budgets.iter().map(|budget| budget.watts.whole()).sum();
    assert!(granted <= 400 && granted > 300, "{granted}");
    let Why::SharedCap { cap_w, .. } = state.why else { panic!("{:?}", state.why) };
    assert_eq!(cap_w, 450);
}

#[test]
fn a_room_tells_of_its_heater_that_is_furthest_from_obeying() {
    let mut desk = desk(Clock::Wall, None);
    hear(&mut desk, "h-1", 18.0, 0).unwrap();
    hear(&mut desk, "h-2", 18.0, 0).unwrap();
    assert_eq!(cycle(&mut desk).1.mode, Some(Mode::Fallback));
}

#[test]
fn a_wall_clock_set_back_or_forward_changes_nothing_about_who_is_silent() {
    for hours in [-3, 3] {
        let mut desk = desk(Clock::Wall, Some(500));
        hear(&mut desk, "h-1", 17.0, 0).unwrap();
        hear(&mut desk, "h-2", 17.0, 0).unwrap();
        let why = |desk: &mut SiteController, after_ms: u64| {
            let wall = NOW.wall.plus_ms(hours * 3_600_000);
            let now = Moment { mono_ms: NOW.mono_ms + after_ms, wall };
            let publications = desk.cycle(&ControllerKey::from_bytes(&[1; 32]), now);
            let state = publications.into_iter().find(|p| matches!(p.topic.kind, TopicKind::Room(..)));
            RoomState::decode(&state.unwrap().payload).unwrap().why
        };
        assert_eq!(why(&mut desk, 1_000).code(), "shared_cap", "{hours} h");
        assert_eq!(why(&mut desk, 36_000).code(), "heaters_silent", "{hours} h");
    }
}

#[test]
fn a_recording_is_planned_for_and_no_lease_leaves() {
    let mut desk = desk(Clock::Recorded, None);
    hear(&mut desk, "h-1", 18.0, 0).unwrap();
    let (budgets, state) = cycle(&mut desk);
    assert_eq!((budgets, state.as_of), (vec![], NOW.wall));
    assert!(state.budget_w > Some(0), "{state:?}");
    let late = r#"{"v":1,"boot":"0000000000000007","bn":1,"seq":2,"low":1,"mono_ms":1,"ts_ms":8210266876799000,"samples":[]}"#;
    assert_eq!(desk.hear_record(&id("h-1"), late.as_bytes(), NOW), Err("time"));
}

#[test]
fn wishes_from_outside_are_bounded_or_refused_by_reason() {
    let mut desk = desk(Clock::Wall, None);
    let room = |id: &str, topic| TopicKind::Room(RoomId::new(id).unwrap(), topic);
    let (now, later) = (NOW.wall.ms(), NOW.wall.ms() + 90 * 24 * 3_600_000);
    let request = |until| format!(r#"{{"setpoint_c":29,"until_ms":{until}}}"#);
    let mut hear = |kind: &TopicKind, payload: &str, retained| {
        desk.hear_outside(kind, payload.as_bytes(), retained, NOW)
    };
    let Asked::Setpoint(wish) = hear(&room("a", RoomTopic::Request), &request(later), false).unwrap() else {
        panic!("a request is a wish for the book")
    };
    assert_eq!(wish.setpoint_c, Celsius::from_hundredths(2200));
    assert_eq!(wish.until, NOW.wall.plus_ms(LONGEST_REQUEST_MS));
    let limit = TopicKind::Site(SiteTopic::Limit);
    let table = [
        (room("a", RoomTopic::Request), request(now), false, "ended"),
        (room("b", RoomTopic::Request), request(later), false, "unknown_room"),
        (room("a", RoomTopic::Request), request(later), true, "retained"),
        (room("a", RoomTopic::Request), "{}".to_owned(), false, "form"),
        (room("b", RoomTopic::Occupancy), r#"{"people":1}"#.to_owned(), false, "unknown_room"),
        (room("a", RoomTopic::State), "{}".to_owned(), false, "topic"),
        (limit.clone(), format!(r#"{{"watts":1,"until_ms":{now}}}"#), false, "ended"),
        (limit, r#"{"watts":-1,"until_ms":1}"#.to_owned(), false, "form"),
    ];
    for (kind, payload, retained, reason) in table {
        assert_eq!(hear(&kind, &payload, retained), Err(reason), "{payload}");
    }
}

#[test]
fn a_limit_asks_for_no_more_than_it_changes() {
    let mut desk = desk(Clock::Wall, None);
    let limit = TopicKind::Site(SiteTopic::Limit);
    let until_ms = NOW.wall.ms() + 3_600_000;
    for (watts, until_ms, asked) in [
        (900, until_ms, Asked::Limit),
        (900, until_ms, Asked::Nothing),
        (900, until_ms + 60_000, Asked::LimitForLonger),
        (899, until_ms, Asked::Limit),
        (901, until_ms, Asked::Limit),
    ] {
        let payload = format!(r#"{{"watts":{watts},"until_ms":{until_ms}}}"#);
        assert_eq!(desk.hear_outside(&limit, payload.as_bytes(), false, NOW), Ok(asked), "{payload}");
    }
}

/// The forecasts that a cycle tells, so many seconds from now.
fn forecasts_after(desk: &mut SiteController, seconds: u64) -> Vec<RoomForecast> {
    let wall = Timestamp::from_ms(NOW.wall.ms() + 1000 * seconds as i64);
    let told = desk
        .cycle(&ControllerKey::from_bytes(&[1; 32]), Moment { mono_ms: NOW.mono_ms + 1000 * seconds, wall });
    let forecasts = told.iter().filter(|p| matches!(p.topic.kind, TopicKind::Room(_, RoomTopic::Forecast)));
    forecasts
        .map(|p| {
            assert!(p.retained);
            RoomForecast::decode(&p.payload).unwrap()
        })
        .collect()
}

#[test]
fn a_forecast_is_told_when_a_room_was_thought_about_and_not_each_cycle() {
    let mut desk = desk(Clock::Wall, None);
    hear(&mut desk, "h-1", 18.0, 0).unwrap();
    let first = forecasts_after(&mut desk, 0);
    let [forecast] = first.as_slice() else { panic!("{first:?}") };
    assert_eq!((forecast.as_of, forecast.air_c.len(), forecast.power_w.len()), (NOW.wall, 48, 48));
    assert!(forecast.power_w[0] > 0.0 && forecast.air_c[1] > 18.0, "{forecast:?}");
    assert_eq!((forecast.learned.since, forecast.error_k.len()), (None, 0), "nothing was learned yet");
    assert_eq!(forecasts_after(&mut desk, 10), []);
    assert_eq!(forecasts_after(&mut desk, 250).len(), 1);
}

#[test]
fn a_new_run_tells_the_last_thought_of_the_one_before_at_once() {
    let mut before = desk(Clock::Wall, None);
    hear(&mut before, "h-1", 18.0, 0).unwrap();
    let told = forecasts_after(&mut before, 0);
    let began = Moment { mono_ms: 0, ..NOW };
    let memory = before.memory().clone();
    let mut after = SiteController::new(book(Clock::Wall, None), &[], memory, 4, 60, began);
    hear(&mut after, "h-1", 18.0, 0).unwrap();
    assert_eq!(forecasts_after(&mut after, 10), told);
}

#[test]
fn what_holds_now_is_told_for_whoever_looks_back() {
    let (mut live, replayed) = (desk(Clock::Wall, Some(900)), desk(Clock::Recorded, None));
    let at = |ms: i64| Moment { mono_ms: ms.unsigned_abs(), wall: Timestamp::from_ms(ms) };
    let cap_w = Some(Watts::new(900).unwrap());
    let nothing = SaidHour { cap_w, ..SaidHour::default() };
    assert_eq!(live.said(at(5)), Some((Timestamp::from_ms(5), nothing)));
    let hour = vocabulary::OutlookHour {
        from: Timestamp::from_ms(0),
        outdoor_c: Some(4.0),
        irradiance_w_per_m2: None,
        price_eur_per_kwh: Some(0.18),
        carbon_g_per_kwh: Some(52.0),
    };
    let outlook = SiteOutlook {
        outdoor_c: Some(3.5),
        irradiance_w_per_m2: None,
        hours: vec![hour],
        until: Timestamp::from_ms(1_000),
    };
    let kind = TopicKind::Site(SiteTopic::Outlook);
    live.hear_outside(&kind, &outlook.encode(), false, at(5)).unwrap();
    let said =
        SaidHour { outdoor_c: Some(3.5), price_eur_per_kwh: Some(0.18), carbon_g_per_kwh: Some(52.0), cap_w };
    assert_eq!(live.said(at(999)).unwrap().1, said);
    assert_eq!(live.said(at(1_000)).unwrap().1, nothing, "an outlook that has ended says nothing");
    assert_eq!(replayed.said(at(5)), None, "nothing was played yet");
}

#[test]
fn the_price_of_the_highest_power_is_what_was_declared_and_outlives_a_new_book() {
    let mut desk = desk(Clock::Wall, None);
    assert_eq!(desk.site.peak_eur_per_kw, 0.0, "nobody declared any");
    let rate = registry::Rate { amount: 12.5, source: DisplayName::new("TURPE").unwrap() };
    let accounting = registry::Accounting { peak_eur_per_kw: Some(rate), ..Default::default() };
    desk.set_declared(Declared { accounting, ..Declared::default() });
    assert_eq!(desk.site.peak_eur_per_kw, 12.5);
    desk.set_book(book(Clock::Wall, Some(900)), &[], NOW);
    desk.set_overrides(&[]);
    assert_eq!(desk.site.peak_eur_per_kw, 12.5);
    desk.set_declared(Declared::default());
    assert_eq!(desk.site.peak_eur_per_kw, 0.0, "it was taken back");
}

#[test]
fn what_a_heater_is_instructed_is_in_its_lease_and_ends_with_the_instruction() {
    let mut desk = desk(Clock::Wall, None);
    hear(&mut desk, "h-1", 17.0, 0).unwrap();
    hear(&mut desk, "h-2", 17.0, 0).unwrap();
    let reason = DisplayName::new("Warm plug").unwrap();
    let hold = registry::Hold { reason, until: Some(NOW.wall.plus_ms(30_000)) };
    let limit = registry::HeaterLimit { watts: Watts::new(123).unwrap(), hold: hold.clone() };
    let limited = Instructions { limit: Some(limit), ..Instructions::default() };
    let drained = Instructions { drain: Some(hold), ..Instructions::default() };
    let instructions = BTreeMap::from([(id("h-1"), limited), (id("h-2"), drained)]);
    desk.set_declared(Declared { instructions, ..Declared::default() });
    // A new book does not undo it.
    desk.set_book(book(Clock::Wall, None), &[], NOW);
    let told = |desk: &mut SiteController| {
        let (mut budgets, _) = cycle(desk);
        budgets.sort_by(|one, other| one.heater.cmp(&other.heater));
        budgets.iter().map(|b| (b.watts.whole(), b.maintenance.drain)).collect::<Vec<_>>()
    };
    assert_eq!(told(&mut desk), [(123, false), (RESISTOR_W, true)]);
    desk.set_declared(Declared::default());
    let free = told(&mut desk);
    assert!(free.iter().all(|(watts, drain)| *watts > RESISTOR_W && !drain), "{free:?}");
}

#[test]
fn what_a_limited_heater_cannot_give_another_of_its_room_does_behind_another_breaker() {
    let watts = |whole| Watts::new(whole).unwrap();
    let mut book = book(Clock::Wall, None);
    for (heater, name) in book.heaters.iter_mut().zip(["a", "b"]) {
        let id = CircuitId::new(name).unwrap();
        book.circuits.push(Circuit {
            id: id.clone(),
            under: None,
            cap_w: watts(2_000),
            other_w: Watts::ZERO,
        });
        heater.circuit = Some(id);
    }
    let begin = Moment { mono_ms: 0, ..NOW };
    let mut desk = SiteController::new(book, &[], Memory::default(), 3, 60, begin);
    hear(&mut desk, "h-1", 12.0, 0).unwrap();
    hear(&mut desk, "h-2", 12.0, 0).unwrap();
    let hold = registry::Hold { reason: DisplayName::new("Warm plug").unwrap(), until: None };
    let limit = Some(registry::HeaterLimit { watts: watts(100), hold });
    let limited = Instructions { limit, ..Instructions::default() };
    let instructions = BTreeMap::from([(id("h-1"), limited)]);
    desk.set_declared(Declared { instructions, ..Declared::default() });
    let (mut budgets, _) = cycle(&mut desk);
    budgets.sort_by(|one, other| one.heater.cmp(&other.heater));
    let granted: Vec<u32> = budgets.iter().map(|budget| budget.watts.whole()).collect();
    assert_eq!(granted, [100, 500]);
}
