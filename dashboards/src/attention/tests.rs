use super::*;
use crate::live::LiveSite;
use crate::trial;
use registry::SiteBook;
use vocabulary::{BootId, Heartbeat, RoomState, SiteState};

const MINUTE_MS: i64 = 60_000;

fn beat(mode: Mode, drawn_w: u32) -> Heartbeat {
    Heartbeat {
        boot: BootId::from_bits(7),
        n: 1,
        mono_ms: 1,
        epoch: 1,
        seq: 1,
        budget_w: 400,
        drawn_w,
        lease_left_s: 50,
        mode,
        wanted_w: 500,
        controllable: true,
        alarms: Vec::new(),
        steps_w: Vec::new(),
        firmware: String::new(),
        maintainable: true,
    }
}

fn found(book: &SiteBook, live: &LiveSite, minute: i64) -> Vec<ProblemKind> {
    let now = trial::NOW.plus_ms(minute * MINUTE_MS);
    let building = Building::join(book, live, &[], now, now);
    problems(&building).into_iter().map(|problem| problem.kind).collect()
}

/// A room heard each minute, its temperature and CO₂ given by the minute.
fn heard(minutes: i64, of: impl Fn(i64) -> (f64, f64)) -> LiveSite {
    let book = trial::book();
    let mut live = LiveSite::default();
    for minute in 0..=minutes {
        let at = trial::NOW.plus_ms(minute * MINUTE_MS);
        let (temperature_c, co2_ppm) = of(minute);
        let state = RoomState {
            as_of: at,
            temperature_c: Some(temperature_c),
            co2_ppm: Some(co2_ppm),
            ..trial::room_state(at)
        };
        live.hear_room(&book.rooms[0].id, state);
        for heater in &book.heaters {
            live.hear_heartbeat(&heater.id, beat(Mode::Leased, 400), at);
        }
    }
    live
}

#[test]
fn a_room_that_loses_heat_and_co2_together_has_an_open_window() {
    let live = heard(15, |minute| (20.4 - 0.1 * minute as f64, 900.0 - 20.0 * minute as f64));
    let kinds = found(&trial::book(), &live, 15);
    assert!(matches!(kinds[0], ProblemKind::RoomCold { cause: ColdCause::Window, .. }), "{kinds:?}");
}

#[test]
fn a_cold_room_that_gains_heat_is_warming_up() {
    let live = heard(10, |minute| (18.0 + 0.05 * minute as f64, 600.0));
    let kinds = found(&trial::book(), &live, 10);
    assert!(matches!(kinds[0], ProblemKind::RoomCold { cause: ColdCause::Warming, .. }), "{kinds:?}");
}

#[test]
fn a_cold_room_whose_heater_somebody_holds_back_says_so() {
    let live = heard(10, |_| (18.0, 600.0));
    let now = trial::NOW.plus_ms(10 * MINUTE_MS);
    let reason = vocabulary::DisplayName::new("Fan").unwrap();
    let drain = Some(registry::Hold { reason, until: Some(now.plus_ms(1)) });
    let told = registry::Instructions { drain, ..Default::default() };
    let of = trial::book().heaters[0].id.clone();
    let cause = |wall: Timestamp| {
        let building = Building::join(&trial::book(), &live, &[], now, wall);
        problems(&building.instructed([(of.clone(), told.clone())].into())).remove(0).kind
    };
    assert!(matches!(cause(now), ProblemKind::RoomCold { cause: ColdCause::HeldBack, .. }));
    let ended = cause(now.plus_ms(1));
    assert!(!matches!(ended, ProblemKind::RoomCold { cause: ColdCause::HeldBack, .. }), "{ended:?}");
}

#[test]
fn a_heater_that_draws_more_than_it_may_is_urgent_after_its_patience() {
    let book = trial::book();
    let mut live = heard(0, |_| (20.5, 600.0));
    for second in 0..=40 {
        let at = trial::NOW.plus_ms(second * 1000);
        live.hear_heartbeat(&book.heaters[0].id, beat(Mode::Leased, 700), at);
    }
    assert_eq!(found(&book, &live, 1), [ProblemKind::BudgetNotObeyed { drawn_w: 700, budget_w: 400 }]);
}

#[test]
fn a_heater_that_only_reports_is_not_missed_by_its_lease() {
    let book = trial::book();
    let mut live = heard(0, |_| (20.5, 600.0));
    for second in 0..=120 {
        let mode = Mode::Fallback;
        let reporting = Heartbeat { controllable: false, lease_left_s: 0, ..beat(mode, 0) };
        live.hear_heartbeat(&book.heaters[0].id, reporting, trial::NOW.plus_ms(second * 1000));
    }
    assert_eq!(found(&book, &live, 1), []);
    let now = trial::NOW.plus_ms(MINUTE_MS);
    let building = Building::join(&book, &live, &[], now, now);
    assert_eq!(building.heaters[0].state_word(), "reports");
    assert_eq!(building.heaters[0].drawn_w(), None, "no meter, no power");
}

#[test]
fn a_circuit_that_holds_rooms_is_a_problem_beside_the_sites_cap() {
    let book = trial::book();
    let mut live = heard(0, |_| (20.5, 600.0));
    for (room, cap_w) in book.rooms.iter().zip([9000, 450, 450]) {
        let why = Why::SharedCap { wanted_w: 700, heat_w: 400, cap_w };
        live.hear_room(&room.id, RoomState { why, ..trial::room_state(trial::NOW) });
    }
    live.hear_state(SiteState { cap_w: Some(9000), ..trial::site_state(vec![]) });
    let caps = found(&book, &live, 0).into_iter().filter_map(|kind| match kind {
        ProblemKind::CapActive { cap_w, rooms, until: None } => Some((cap_w, rooms)),
        _ => None,
    });
    assert_eq!(caps.collect::<Vec<_>>(), [(9000, 1), (450, 2)]);
}

#[test]
fn a_second_controller_is_urgent() {
    let mut live = heard(0, |_| (20.5, 600.0));
    let told_by = vec![HeaterId::new("h-101").unwrap()];
    live.hear_state(SiteState {
        second_controller_told_by: told_by.clone(),
        ..trial::site_state(vec![SiteAlarm::SecondController])
    });
    let building = Building::join(&trial::book(), &live, &[], trial::NOW, trial::NOW);
    let first = problems(&building).into_iter().next().unwrap();
    assert_eq!((first.kind, first.severity), (ProblemKind::SecondController { told_by }, Severity::Urgent));
}

#[test]
fn many_silent_heaters_are_one_problem() {
    let mut book = trial::book();
    let first = book.heaters[0].clone();
    for n in 0..60 {
        book.heaters
            .push(registry::Heater { id: HeaterId::new(&format!("x-{n}")).unwrap(), ..first.clone() });
    }
    let live = heard(0, |_| (20.5, 600.0));
    assert_eq!(found(&book, &live, 0), [ProblemKind::HeatersSilent { count: 60 }]);
}

#[test]
fn nothing_is_wrong_with_a_building_that_is_warm_or_was_never_heard() {
    let live = heard(5, |_| (20.4, 600.0));
    assert_eq!(found(&trial::book(), &live, 5), []);
    assert_eq!(found(&trial::book(), &LiveSite::default(), 0), []);
}
