//! Every cell of the matrix of states and events, as it stands in `docs/architecture.md`.

use vocabulary::Mode;

use crate::safety::{Event, Latch, State, TripCause, step};

const COOL_DOWN_S: u32 = 600;

use Mode::{Boot, Derated, Fallback, FallbackBlind as Blind, Leased, LocalOff, Tripped};

/// The mode after an event that comes after an hour, from each of [`Mode::ALL`] in their order, with nothing else beneath. An event without a row and
/// a row without a cell do not compile.
fn row(event: Event) -> [Mode; Mode::ALL.len()] {
    match event {
        //                       BOOT      FALLBACK  LEASED    BLIND     DERATED   TRIPPED   LOCAL_OFF
        Event::AllRead => [Blind, Fallback, Leased, Blind, Derated, Tripped, LocalOff],
        Event::Seeing => [Boot, Fallback, Leased, Fallback, Derated, Tripped, LocalOff],
        Event::Blind => [Boot, Blind, Blind, Blind, Derated, Tripped, LocalOff],
        Event::Leased => [Boot, Leased, Leased, Blind, Derated, Tripped, LocalOff],
        Event::Unleased => [Boot, Fallback, Fallback, Blind, Derated, Tripped, LocalOff],
        Event::Cool => [Boot, Fallback, Leased, Blind, Fallback, Tripped, LocalOff],
        Event::Warm => [Boot, Derated, Derated, Derated, Derated, Tripped, LocalOff],
        Event::Hot | Event::Overdrawn | Event::Contradicted => [Tripped; Mode::ALL.len()],
        Event::SwitchedOff => [LocalOff, LocalOff, LocalOff, LocalOff, LocalOff, Tripped, LocalOff],
        Event::SwitchedOn => [Boot, Fallback, Leased, Blind, Derated, Tripped, Fallback],
        Event::ResetPressed => [Boot, Fallback, Leased, Blind, Derated, Fallback, LocalOff],
        // An hour later.
        Event::Ticked => [Blind, Fallback, Leased, Blind, Derated, Fallback, LocalOff],
    }
}

/// A heater that tripped of its own heat.
fn hot() -> State {
    after(&[Event::AllRead, Event::Seeing, Event::Hot])
}

fn after(events: &[Event]) -> State {
    events.iter().fold(State::booted(Latch::Clear, 0), |state, event| step(state, *event, 0, COOL_DOWN_S))
}

/// A heater in this mode and nothing beneath but what led there.
fn in_mode(mode: Mode) -> State {
    let ready = [Event::AllRead, Event::Seeing];
    let then = |event| after(&[ready[0], ready[1], event]);
    match mode {
        Mode::Boot => State::booted(Latch::Clear, 0),
        Mode::Fallback => after(&ready),
        Mode::Leased => then(Event::Leased),
        Mode::FallbackBlind => then(Event::Blind),
        Mode::Derated => then(Event::Warm),
        Mode::Tripped => then(Event::Overdrawn),
        Mode::LocalOff => then(Event::SwitchedOff),
    }
}

#[test]
fn every_cell_of_the_matrix_is_as_drawn() {
    for &event in Event::ALL {
        for (mode, expected) in Mode::ALL.into_iter().zip(row(event)) {
            let before = in_mode(mode);
            assert_eq!(before.mode(), mode);
            let after = step(before, event, 3_600_000, COOL_DOWN_S);
            assert_eq!(after.mode(), expected, "{} in {}", event.as_str(), mode.as_str());
        }
    }
}

#[test]
fn the_page_shows_the_matrix_as_it_is() {
    let page = include_str!("../../../../docs/architecture.md");
    let heads = Mode::ALL.map(|mode| mode.as_str().to_uppercase()).join(" | ");
    let mut missing = Vec::new();
    let head = format!("| event | {heads} |");
    for line in std::iter::once(head).chain(Event::ALL.iter().map(|event| drawn(*event))) {
        if !page.lines().any(|shown| shown == line) {
            missing.push(line);
        }
    }
    assert!(
        missing.is_empty(),
        "docs/architecture.md lacks these lines of the matrix:\n{}",
        missing.join("\n")
    );
}

/// A row as the page shows it: a cell that changes nothing is a dot.
fn drawn(event: Event) -> String {
    let cells = Mode::ALL.into_iter().zip(row(event));
    let cells = cells.map(|(from, to)| if from == to { "·".to_owned() } else { to.as_str().to_uppercase() });
    format!("| `{}` | {} |", event.as_str(), cells.collect::<Vec<_>>().join(" | "))
}

#[test]
fn time_ends_a_boot_a_trip_and_the_memory_of_a_retry() {
    let tick = |state: State, second: u64| step(state, Event::Ticked, second * 1000, COOL_DOWN_S);
    let boot = State::booted(Latch::Clear, 0);
    assert_eq!((tick(boot, 59).mode(), tick(boot, 60).mode()), (Boot, Blind));
    assert_eq!(tick(hot(), 100_000).mode(), Tripped, "nobody has seen it cool");
    let cooled = step(hot(), Event::Cool, 0, COOL_DOWN_S);
    assert_eq!((tick(cooled, 599).mode(), tick(cooled, 600).mode()), (Tripped, Fallback));
    let retried = tick(cooled, 600);
    assert_eq!(retried.latch(), Latch::Retried(TripCause::Heat));
    assert_eq!(tick(retried, 600 + 3_599).latch(), Latch::Retried(TripCause::Heat));
    assert_eq!(tick(retried, 600 + 3_600).latch(), Latch::Clear);
}

#[test]
fn the_cool_down_counts_from_the_last_sign_of_the_cause() {
    let again = step(hot(), Event::Overdrawn, 300_000, COOL_DOWN_S);
    assert_eq!(again.latch(), Latch::Tripped(TripCause::Heat), "the first cause is the one to tell");
    let cooled = step(again, Event::Cool, 300_000, COOL_DOWN_S);
    assert_eq!(step(cooled, Event::Ticked, 899_999, COOL_DOWN_S).mode(), Tripped);
    assert_eq!(step(cooled, Event::Ticked, 900_000, COOL_DOWN_S).mode(), Fallback);
}

#[test]
fn a_second_trip_within_the_hour_waits_for_a_person() {
    let cooled = step(hot(), Event::Cool, 0, COOL_DOWN_S);
    let retried = step(cooled, Event::Ticked, 600_000, COOL_DOWN_S);
    let locked = step(retried, Event::Overdrawn, 700_000, COOL_DOWN_S);
    assert_eq!(locked.latch(), Latch::Locked(TripCause::Power));
    let later = step(step(locked, Event::Cool, 0, COOL_DOWN_S), Event::Ticked, u64::MAX, COOL_DOWN_S);
    assert_eq!(later.mode(), Tripped);
    assert_eq!(step(later, Event::ResetPressed, 0, COOL_DOWN_S).mode(), Fallback);
}

#[test]
fn what_weighs_less_is_remembered_beneath_what_weighs_more() {
    let all = [
        Event::AllRead,
        Event::Seeing,
        Event::Leased,
        Event::Blind,
        Event::Warm,
        Event::SwitchedOff,
        Event::Hot,
    ];
    let mut state = after(&all);
    for (event, mode) in [
        (Event::ResetPressed, LocalOff),
        (Event::SwitchedOn, Derated),
        (Event::Cool, Blind),
        (Event::Seeing, Leased),
        (Event::Unleased, Fallback),
    ] {
        state = step(state, event, 0, COOL_DOWN_S);
        assert_eq!(state.mode(), mode, "after {}", event.as_str());
    }
}

#[test]
fn a_restart_gives_no_further_try() {
    let rebooted = |latch| {
        let ready = [Event::AllRead, Event::Seeing];
        ready.iter().fold(State::booted(latch, 0), |state, event| step(state, *event, 0, COOL_DOWN_S))
    };
    let tripped = rebooted(Latch::Tripped(TripCause::Heat));
    assert_eq!(tripped.mode(), Tripped);
    assert_eq!(step(tripped, Event::Ticked, 600_000, COOL_DOWN_S).mode(), Tripped, "nobody has seen it cool");
    let locked = step(rebooted(Latch::Locked(TripCause::Heat)), Event::Cool, 0, COOL_DOWN_S);
    assert_eq!(step(locked, Event::Ticked, u64::MAX, COOL_DOWN_S).mode(), Tripped);
    let retried = rebooted(Latch::Retried(TripCause::Heat));
    assert_eq!(retried.mode(), Fallback);
    assert_eq!(step(retried, Event::Hot, 0, COOL_DOWN_S).latch(), Latch::Locked(TripCause::Heat));
}
