//! Whatever happens in whatever order, these hold.

use proptest::prelude::*;
use vocabulary::Mode;

use crate::safety::{Event, Latch, Limits, Ramp, State, TripCause, step};

const COOL_DOWN_S: u32 = 600;

fn any_event() -> impl Strategy<Value = Event> {
    proptest::sample::select(Event::ALL)
}

fn any_latch() -> impl Strategy<Value = Latch> {
    let cause = proptest::sample::select(&[TripCause::Heat, TripCause::Power, TripCause::Sensors][..]);
    prop_oneof![
        Just(Latch::Clear),
        cause.clone().prop_map(Latch::Tripped),
        cause.clone().prop_map(Latch::Retried),
        cause.prop_map(Latch::Locked),
    ]
}

/// Events with the time that passes before each, milliseconds: mostly a second, now and then hours.
fn any_life() -> impl Strategy<Value = Vec<(Event, u64)>> {
    let pause = prop_oneof![8 => 0..2_000_u64, 2 => 0..90_000_u64, 1 => 0..8_000_000_u64];
    proptest::collection::vec((any_event(), pause), 0..60)
}

prop_compose! {
    fn any_limits()(rated_w in 0.0..3_000.0, fallback in 0.0..=1.0, blind in 0.0..=1.0, lease in 0.0..=1.5, heat in 0.0..=1.0, frost: bool) -> Limits {
        let fallback_w = rated_w * fallback;
        Limits { rated_w, fallback_w, blind_w: fallback_w * blind, lease_w: Some(rated_w * lease), heat_w: rated_w * heat, frost }
    }
}

/// What may take a heater out of LOCAL_OFF: the switch itself, and what weighs more.
fn ends_local_off(event: Event) -> bool {
    matches!(event, Event::SwitchedOn | Event::Hot | Event::Overdrawn | Event::Contradicted)
}

/// Everything heals, and somebody is there.
fn healed(state: State, now_ms: u64) -> State {
    let healing =
        [Event::ResetPressed, Event::SwitchedOn, Event::AllRead, Event::Seeing, Event::Cool, Event::Unleased];
    healing.iter().fold(state, |state, event| step(state, *event, now_ms, COOL_DOWN_S))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_limit_is_ever_passed(latch in any_latch(), life in any_life(), limits in any_limits(), ramp_w_per_s in 0.0..1_000.0) {
        let (mut state, mut ramp, mut now_ms, mut leased) = (State::booted(latch, 0), Ramp::default(), 0, false);
        let mut allowed_before_w = 0.0;
        for (event, pause_ms) in life {
            now_ms += pause_ms;
            let before = state;
            state = step(state, event, now_ms, COOL_DOWN_S);
            leased = match event { Event::Leased => true, Event::Unleased => false, _ => leased };
            let limits = Limits { lease_w: limits.lease_w.filter(|_| leased), ..limits };
            let ceiling_w = limits.ceiling_w(&state);
            let allowed_w = ramp.allow(ceiling_w, ramp_w_per_s, now_ms);
            prop_assert!(allowed_w.is_finite() && allowed_w >= 0.0);
            prop_assert!(allowed_w <= ceiling_w && ceiling_w <= limits.rated_w);
            prop_assert!(allowed_w <= allowed_before_w + ramp_w_per_s * pause_ms as f64 / 1000.0 + 1e-6, "it rose too fast");
            allowed_before_w = allowed_w;
            match state.mode() {
                Mode::Tripped | Mode::Boot => prop_assert_eq!(allowed_w, 0.0),
                Mode::LocalOff => prop_assert!(limits.frost || allowed_w == 0.0),
                Mode::Leased => prop_assert!(limits.lease_w.is_some_and(|lease_w| allowed_w <= lease_w)),
                Mode::Derated => prop_assert!(allowed_w <= limits.heat_w),
                Mode::FallbackBlind => {
                    let lease_w = limits.lease_w.unwrap_or(f64::INFINITY);
                    prop_assert!(limits.frost || allowed_w <= limits.blind_w.min(lease_w));
                }
                Mode::Fallback => {}
            }
            if limits.lease_w.is_none() || state.mode() == Mode::FallbackBlind {
                prop_assert!(allowed_w <= limits.fallback_w, "above its fall-back without a lease");
            }
            if state.is_warm() {
                prop_assert!(allowed_w <= limits.heat_w, "its own heat comes before all");
            }
            if before.mode() == Mode::LocalOff && !ends_local_off(event) {
                prop_assert_eq!(state.mode(), Mode::LocalOff, "left by {}", event.as_str());
            }
            if before.mode() == Mode::Tripped && state.mode() != Mode::Tripped {
                prop_assert!(matches!(event, Event::ResetPressed | Event::Ticked), "left by {}", event.as_str());
            }
        }
    }

    #[test]
    fn no_state_is_without_an_exit(latch in any_latch(), life in any_life()) {
        let mut now_ms = 0;
        let state = life.into_iter().fold(State::booted(latch, 0), |state, (event, pause_ms)| {
            now_ms += pause_ms;
            step(state, event, now_ms, COOL_DOWN_S)
        });
        prop_assert_eq!(healed(state, now_ms).mode(), Mode::Fallback);
    }

    #[test]
    fn within_an_hour_of_running_no_heater_retries_twice(life in any_life()) {
        let (mut state, mut now_ms, mut retried_ms) = (State::booted(Latch::Clear, 0), 0, None::<u64>);
        for (event, pause_ms) in life.into_iter().filter(|(event, _)| *event != Event::ResetPressed) {
            now_ms += pause_ms;
            let before = state;
            state = step(state, event, now_ms, COOL_DOWN_S);
            if before.mode() == Mode::Tripped && state.mode() != Mode::Tripped {
                prop_assert!(retried_ms.is_none_or(|retried_ms| now_ms - retried_ms >= 3_600_000));
                retried_ms = Some(now_ms);
            }
        }
    }
}
