//! Whether people open or close a window, decided every five minutes.
//!
//! As in the field studies (Haldi and Robinson 2009) the chance grows with stale air and heat and falls with
//! cold outside. The numbers are chosen so that an occupied winter office is aired a few times a day, not
//! fitted to a building.

use crate::people::Crowd;

/// How often somebody thinks of the window.
pub(crate) const DECISION_MS: i64 = 300_000;
/// Open area of a tilted or half open sash, as a share of the window.
pub(crate) const OPEN_SHARE: f64 = 0.12;

/// What the person at the window notices.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noticed {
    pub(crate) crowd: Crowd,
    pub(crate) air_c: f64,
    pub(crate) co2_ppm: f64,
    pub(crate) outdoor_c: f64,
}

/// Whether the window is open after this decision; `luck` is an even draw from 0..1.
pub(crate) fn open_after(open: bool, noticed: &Noticed, luck: f64) -> bool {
    if open { luck >= chance_to_close(noticed) } else { luck < chance_to_open(noticed) }
}

fn chance_to_open(noticed: &Noticed) -> f64 {
    if !noticed.crowd.stirring {
        return 0.0;
    }
    let stale = ((noticed.co2_ppm - 900.0) / 1000.0).clamp(0.0, 1.0);
    let hot = ((noticed.air_c - 23.0) / 3.0).clamp(0.0, 1.0);
    let mild_outside = ((noticed.outdoor_c + 8.0) / 18.0).clamp(0.2, 1.0);
    (0.008 + 0.15 * stale + 0.20 * hot) * mild_outside
}

/// Nobody there: the last one closes on leaving, or whoever passes by within the half hour. Asleep: it stays
/// until the cold wakes somebody.
fn chance_to_close(noticed: &Noticed) -> f64 {
    if noticed.crowd.people == 0 {
        return 0.35;
    }
    let cold = ((21.0 - noticed.air_c) / 3.0).clamp(0.0, 1.0);
    if !noticed.crowd.stirring {
        return 0.02 + 0.3 * cold;
    }
    let fresh = if noticed.co2_ppm < 800.0 { 0.2 } else { 0.0 };
    let hot = ((noticed.air_c - 24.0) / 2.0).clamp(0.0, 1.0);
    (0.1 + 0.5 * cold + fresh) * (1.0 - 0.8 * hot)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOMEBODY: Crowd =
        Crowd { people: 1, awake_equivalents: 1.0, stirring: true, appliances_w_per_m2: 0.0, desks_w: 0.0 };

    #[test]
    fn stale_or_hot_air_opens_windows_and_cold_closes_them() {
        let fine = Noticed { crowd: SOMEBODY, air_c: 20.0, co2_ppm: 700.0, outdoor_c: 8.0 };
        assert!(chance_to_open(&Noticed { co2_ppm: 1500.0, ..fine }) > 10.0 * chance_to_open(&fine));
        assert!(chance_to_open(&Noticed { air_c: 26.0, ..fine }) > 10.0 * chance_to_open(&fine));
        assert!(chance_to_close(&Noticed { air_c: 17.0, ..fine }) > 0.5);
    }

    #[test]
    fn nobody_opens_a_window_in_an_empty_room() {
        let empty = Noticed { crowd: Crowd::default(), air_c: 30.0, co2_ppm: 3000.0, outdoor_c: 25.0 };
        assert!(!open_after(false, &empty, 0.0));
    }
}
