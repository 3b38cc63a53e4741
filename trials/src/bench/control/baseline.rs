//! The regulators that people have: hysteresis, PI, PI with a fixed preheat, and the same under a cap that is shared in
//! proportion.

use vocabulary::Pi;

use super::contender::Contender;
use super::scenario::STEP_S;
use crate::drive::{Step, ZoneStep};

/// Half the band of the hysteresis, K (baseline B0).
const HALF_BAND_K: f64 = 0.5;
/// How long a motion sensor keeps a room occupied, in steps: an hour, as presence thermostats do.
const HOLD_STEPS: u32 = 12;
/// The clock programme that an installer sets where no schedule is known: weekdays, h.
const OPEN_FROM_H: f64 = 8.0;
const OPEN_UNTIL_H: f64 = 18.0;

/// A fixed preheat: how long before a bound rises the setpoint does, and how far above the bound it is.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub(super) struct Preheat {
    pub(super) lead_h: f64,
    pub(super) offset_k: f64,
}

impl Preheat {
    pub(super) const NONE: Self = Self { lead_h: 0.0, offset_k: 0.0 };
}

/// What a regulator keeps of each zone.
#[derive(Debug, Clone, Copy, Default)]
struct Zone {
    /// The last temperature that a sensor could have measured.
    air_c: Option<f64>,
    since_motion: Option<u32>,
    pi: Pi,
    on: bool,
}

impl Zone {
    fn hear(&mut self, zone: &ZoneStep) {
        let believable = |air_c: &f64| (-30.0..=60.0).contains(air_c);
        self.air_c = zone.air_c.filter(believable).or(self.air_c);
        let since = self.since_motion.map(|steps| steps.saturating_add(1));
        self.since_motion = if zone.motion == Some(1.0) { Some(0) } else { since };
    }

    /// What the room should be, °C. Where nobody says when it is occupied, motion does and a clock programme.
    fn setpoint_c(&self, preheat: Preheat, step: &Step, zone: &ZoneStep) -> Option<f64> {
        let low_c = zone.low_c?;
        let bound_c = match zone.low_vacant_c {
            Some(vacant_c) => {
                let moved = self.since_motion.is_some_and(|steps| steps <= HOLD_STEPS);
                if moved || is_open(step, preheat) { low_c } else { vacant_c }
            }
            None => {
                let ahead = (2.0 * preheat.lead_h).round() as usize;
                let coming = zone.low_forecast_c.iter().take(ahead + 1).flatten();
                coming.fold(low_c, |highest, low_c| highest.max(*low_c))
            }
        };
        Some(bound_c + preheat.offset_k)
    }
}

/// The clock programme: from `lead_h` before opening; a lead of zero has no programme at all.
fn is_open(step: &Step, preheat: Preheat) -> bool {
    let (Some(hour), Some(weekday)) = (step.hour, step.weekday) else { return false };
    preheat.lead_h > 0.0 && weekday < 5.0 && (OPEN_FROM_H - preheat.lead_h..OPEN_UNTIL_H).contains(&hour)
}

/// B0: on below, off above, all or nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Hysteresis {
    zones: Vec<Zone>,
}

impl Contender for Hysteresis {
    fn step(&mut self, step: &Step) -> Vec<f64> {
        self.zones.resize(step.zones.len(), Zone::default());
        let mut decide = |(memory, (_, zone)): (&mut Zone, &(String, ZoneStep))| {
            memory.hear(zone);
            let setpoint_c = memory.setpoint_c(Preheat::NONE, step, zone);
            let (Some(setpoint_c), Some(air_c)) = (setpoint_c, memory.air_c) else { return 0.0 };
            memory.on = air_c < setpoint_c - HALF_BAND_K || (memory.on && air_c < setpoint_c + HALF_BAND_K);
            if memory.on { zone.limit_w.unwrap_or(0.0) } else { 0.0 }
        };
        self.zones.iter_mut().zip(&step.zones).map(&mut decide).collect()
    }
}

/// B1 without preheat, B2 with one: a PI per room (0.6 of the power per kelvin, 90 min, back-calculation), as the house
/// has it. With a cap, B4: all wishes are cut in proportion.
#[derive(Debug, Clone)]
pub(super) struct Regulator {
    zones: Vec<Zone>,
    preheat: Preheat,
    cap_w: Option<f64>,
}

impl Regulator {
    pub(super) fn new(preheat: Preheat, cap_w: Option<f64>) -> Self {
        Self { zones: Vec::new(), preheat, cap_w }
    }
}

impl Contender for Regulator {
    fn step(&mut self, step: &Step) -> Vec<f64> {
        self.zones.resize(step.zones.len(), Zone::default());
        let preheat = self.preheat;
        let errors_k: Vec<f64> = self
            .zones
            .iter_mut()
            .zip(&step.zones)
            .map(|(memory, (_, zone))| {
                memory.hear(zone);
                let setpoint_c = memory.setpoint_c(preheat, step, zone);
                setpoint_c.zip(memory.air_c).map_or(0.0, |(setpoint_c, air_c)| setpoint_c - air_c)
            })
            .collect();
        let limit_w = |at: usize| step.zones[at].1.limit_w.unwrap_or(0.0);
        let wanted: Vec<f64> = self
            .zones
            .iter()
            .zip(&errors_k)
            .enumerate()
            .map(|(at, (memory, error_k))| memory.pi.wanted_w(*error_k, limit_w(at)))
            .collect();
        let sum: f64 = wanted.iter().sum();
        let share = self.cap_w.filter(|cap_w| *cap_w < sum).map_or(1.0, |cap_w| cap_w / sum);
        let given: Vec<f64> = wanted.iter().map(|watts| (share * watts).floor()).collect();
        for (at, (memory, error_k)) in self.zones.iter_mut().zip(&errors_k).enumerate() {
            memory.pi.advance(*error_k, given[at], limit_w(at), STEP_S);
        }
        given
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(air_c: &[f64], low_c: f64) -> Step {
        let zone = |air_c: &f64| ZoneStep {
            air_c: Some(*air_c),
            low_c: Some(low_c),
            limit_w: Some(1_000.0),
            low_forecast_c: (0..48).map(|half| Some(if half < 4 { low_c } else { 20.0 })).collect(),
            ..ZoneStep::default()
        };
        Step {
            zones: air_c.iter().map(|air_c| ("zone".to_owned(), zone(air_c))).collect(),
            ..Step::default()
        }
    }

    #[test]
    fn hysteresis_stays_in_its_band_in_a_room_that_follows() {
        let (mut thermostat, mut air_c) = (Hysteresis::default(), 20.0);
        let mut seen = Vec::new();
        for _ in 0..2_000 {
            let watts = thermostat.step(&step(&[air_c], 20.0))[0];
            air_c += (watts / 1_000.0 - 0.4) * 0.1;
            seen.push(air_c);
        }
        let (low, high) = seen[100..].iter().fold((99.0_f64, 0.0_f64), |(l, h), t| (l.min(*t), h.max(*t)));
        assert!((19.4..19.5).contains(&low) && (20.5..20.6).contains(&high), "{low} {high}");
    }

    #[test]
    fn preheat_begins_as_early_as_it_says() {
        let starts = |lead_h: f64| {
            Regulator::new(Preheat { lead_h, offset_k: 0.0 }, None).step(&step(&[17.0], 17.0))[0] > 0.0
        };
        assert_eq!([0.0, 1.5, 2.0, 6.0].map(starts), [false, false, true, true]);
    }

    #[test]
    fn proportional_capping_never_passes_the_cap() {
        let mut capped = Regulator::new(Preheat { lead_h: 4.0, offset_k: 1.0 }, Some(1_234.0));
        for number in 0..500 {
            let air_c: Vec<f64> =
                (0..7).map(|zone| 15.0 + f64::from((number * (zone + 3)) % 71) / 10.0).collect();
            let watts = capped.step(&step(&air_c, 18.0));
            assert!(
                watts.iter().sum::<f64>() <= 1_234.0
                    && watts.iter().all(|watts| (0.0..=1_000.0).contains(watts))
            );
        }
    }

    #[test]
    fn without_a_schedule_motion_and_the_programme_count() {
        let mut zone = Zone::default();
        let mut line = step(&[18.0], 20.0);
        (line.hour, line.weekday) = (Some(7.5), Some(1.0));
        line.zones[0].1.low_vacant_c = Some(16.0);
        let early = Preheat { lead_h: 1.0, offset_k: 0.0 };
        let heard = |zone: &Zone| {
            [Preheat::NONE, early].map(|preheat| zone.setpoint_c(preheat, &line, &line.zones[0].1).unwrap())
        };
        assert_eq!(heard(&zone), [16.0, 20.0]);
        zone.hear(&ZoneStep { motion: Some(1.0), ..ZoneStep::default() });
        assert_eq!(heard(&zone), [20.0, 20.0]);
    }
}
