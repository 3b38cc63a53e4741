//! What carbon dioxide tells: how much of it is breathed into the room now.
//!
//! Mass balance of a well-mixed room: `V dC/dt = G·n − Q(C − Cout)`, or with the emission `e = G·n/V` in ppm/h and the
//! air change `a = Q/V` in 1/h: `dC/dt = e − a(C − Cout)`. A Kalman filter of (C, e), e a random walk, estimates e.
//! It is then judged: an empty room has e about zero, an occupied one e of one person or several. Outdoor level, air
//! change and the unrest of the empty room are learned while it runs.

use serde::{Deserialize, Serialize};

use super::balance::{Estimate, Exchange};
use super::stuck::Unchanged;
use super::unseen::Unseen;

/// CO₂ that an adult at desk work breathes out, m³/h: 0.0052 L/s (ASHRAE 62.1, 0.31 L/min at 1.2 met; Persily and
/// de Jonge 2017, Indoor Air 27, have 0.004 to 0.006 L/s by age and sex).
const BREATHED_M3_PER_H: f64 = 0.0187;
/// A room whose volume nobody told is taken to be large, 50 m²: in a smaller one a person looks like several, which
/// matters less than overlooking one.
const UNTOLD_VOLUME_M3: f64 = 125.0;
/// Outdoor air in the 2020s in towns, ppm, and how far the baseline may be learned away from it: calibration of room
/// sensors is good to about ±75 ppm, and a room that is never empty must not pass for outdoors.
const OUTDOOR_PPM: f64 = 425.0;
const BASELINE_BOUNDS_PPM: (f64, f64) = (300.0, 550.0);
/// The baseline follows a lower reading within this time: nothing but outdoor air takes a room there. h.
const BASELINE_FALLS_H: f64 = 2.0;
/// It rises towards the lowest reading of each day, by this share a day.
const BASELINE_RISES_A_DAY: f64 = 0.3;
/// Air change before anything is learned, 1/h: the geometric middle of a tight room without ventilation (0.3) and one
/// with much of it (3).
const AIR_CHANGE_PER_H: f64 = 1.0;
const AIR_CHANGE_BOUNDS_PER_H: (f64, f64) = (0.1, 6.0);
/// The air change is that quantile of what falling levels show, of their e-folds and not of their time: somewhat below the
/// median, as windows that are opened and fans that run for people take more of the folds than a level that sinks among them.
const AIR_CHANGE_QUANTILE: f64 = 0.4;
/// How fast the logarithm of the air change is learned, per e-fold that the level falls: a night's decay can double it.
/// Falls count by their size and not by their time, because the level of an occupied room sinks a little for hours.
const AIR_CHANGE_RATE: f64 = 0.7;
/// A fall is looked at over so long, h: the slope of a moment is mostly the noise of the reading.
const FALL_WITHIN_H: f64 = 0.5;
/// Six steps of five minutes are half an hour, whatever their sum in binary is.
const ROUNDING_H: f64 = 1e-6;
/// What falls by less than this in that time may be noise, ppm: three deviations of the difference of two filtered levels.
const LEAST_FALL_PPM: f64 = 30.0;
/// Only levels this far above the baseline show the air change, ppm.
const DECAY_LEAST_PPM: f64 = 80.0;
/// How far the air change of the moment is from the learned one, as a share: doors, windows, wind, fans by the hour.
const AIR_CHANGE_UNREST: f64 = 0.35;
/// Unrest of the emission of an empty room, ppm/h, before it is learned and within which bounds: neighbours' air.
const EMPTY_UNREST_PPM_PER_H: f64 = 30.0;
const EMPTY_UNREST_BOUNDS_PPM_PER_H: (f64, f64) = (15.0, 80.0);
/// The unrest is learned as that quantile of the magnitude of all emissions, because most rooms are empty for more than
/// that share of their time; of a normal distribution it is 0.52 standard deviations.
const EMPTY_UNREST_QUANTILE: f64 = 0.4;
const EMPTY_UNREST_DEVIATIONS: f64 = 0.52;
const EMPTY_UNREST_RATE_PER_H: f64 = 0.05;
/// How many people may be there, equally likely: each doubling from half of one (a child, or one who shares the air of
/// the room behind an open door) to a class...
const CROWDS: [f64; 6] = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0];
/// ...each within this share: activity, age, people between two counts.
const CROWD_SPREAD: f64 = 0.35;
/// Probability density of an emission that neither hypothesis explains (an open window, a sensor that jumps), per
/// ppm/h: one in twenty, over a width of 2,000 ppm/h. It limits what one strange reading can claim.
const UNEXPLAINED_PER_PPM_PER_H: f64 = 0.05 / 2000.0;
/// The error of the emission lives about as long as a door stays open: evidence of this duration is one independent
/// observation, h.
const CORRELATION_H: f64 = 1.0 / 3.0;
/// Share of presence that does not show in the air, because a window is open or fans run faster than usual...
const HIDDEN: f64 = 0.1;
/// ...for about so long, h.
const HIDDEN_LASTS_H: f64 = 4.0;
/// A real reading in a real room does not stay the same to the last digit for a day, h.
const STUCK_H: f64 = 24.0;
/// Except in the outdoor air of an empty building, read by a coarse sensor, over a long weekend: within so many ppm of
/// the baseline, for so long, h.
const CLEAN_PPM: f64 = 15.0;
const STUCK_CLEAN_H: f64 = 96.0;
/// Without a reading for longer the filter starts anew, h.
const GAP_H: f64 = 2.0;

/// What is remembered of a room's air.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Air {
    /// One person's emission, G/V, ppm/h.
    person_ppm_per_h: f64,
    state: Option<Estimate>,
    silent_h: f64,
    /// Presence that does not show in the air.
    hidden: Unseen,
    unchanged: Unchanged,
    baseline_ppm: f64,
    /// Lowest level of the day that runs, ppm, and the hours it has run.
    lowest: Option<f64>,
    day_h: f64,
    air_change_per_h: f64,
    /// The level at the beginning of the half hour that runs, ppm, and how long it has run, h.
    fall: Option<(f64, f64)>,
    volume_is_told: bool,
    empty_unrest_ppm_per_h: f64,
}

impl Air {
    pub(super) fn new(volume_m3: Option<f64>) -> Self {
        let told = volume_m3.filter(|volume| (5.0..=20_000.0).contains(volume));
        let person_ppm_per_h = BREATHED_M3_PER_H / told.unwrap_or(UNTOLD_VOLUME_M3) * 1e6;
        Air {
            person_ppm_per_h,
            state: None,
            silent_h: 0.0,
            hidden: Unseen(HIDDEN),
            unchanged: Unchanged::default(),
            baseline_ppm: OUTDOOR_PPM,
            lowest: None,
            day_h: 0.0,
            air_change_per_h: AIR_CHANGE_PER_H,
            fall: None,
            volume_is_told: told.is_some(),
            empty_unrest_ppm_per_h: EMPTY_UNREST_PPM_PER_H,
        }
    }

    /// The log-odds that this step adds. `newcomers`: share of the presence that came in this step.
    pub(super) fn evidence(&mut self, co2_ppm: Option<f64>, newcomers: f64, step_h: f64) -> f64 {
        self.silent_h += step_h;
        if self.silent_h > GAP_H {
            (self.state, self.fall) = (None, None);
        }
        let Some(co2) = co2_ppm else { return 0.0 };
        let clean = (co2 - self.baseline_ppm).abs() < CLEAN_PPM;
        if self.unchanged.hear(co2, step_h) > if clean { STUCK_CLEAN_H } else { STUCK_H } {
            self.state = None;
            return 0.0;
        }
        let since_h = std::mem::take(&mut self.silent_h);
        let Some(before) = self.state else {
            self.state = Some(Estimate::at(co2, self.person_ppm_per_h));
            return 0.0;
        };
        let air = Exchange { baseline_ppm: self.baseline_ppm, per_h: self.air_change_per_h };
        let estimate = before.after(since_h, &air, self.person_ppm_per_h).corrected(co2);
        self.state = Some(estimate);
        // The estimate overshoots a fall that is steeper than the air change; the reading does not.
        self.follow_baseline(estimate.level_ppm.max(co2), since_h);
        self.learn(&estimate, since_h);
        let shown = self.log_likelihood_ratio(&estimate) * (since_h / CORRELATION_H).min(1.0);
        self.hidden.fade(HIDDEN, (1.0 - newcomers) * (-since_h / HIDDEN_LASTS_H).exp());
        self.hidden.evidence(shown.exp())
    }

    /// Learns air change and unrest. Both are quantiles of what is seen at all times: learned from the filter's own
    /// probability, "always empty, the air hardly changes" would confirm itself.
    fn learn(&mut self, estimate: &Estimate, step_h: f64) {
        self.learn_air_change(estimate.level_ppm, step_h);
        let step_h = step_h.min(1.0);
        let seen = estimate.emission_ppm_per_h.abs() / EMPTY_UNREST_DEVIATIONS;
        let rate = EMPTY_UNREST_RATE_PER_H
            * step_h
            * toward(seen, self.empty_unrest_ppm_per_h, EMPTY_UNREST_QUANTILE);
        let (quiet, restless) = EMPTY_UNREST_BOUNDS_PPM_PER_H;
        self.empty_unrest_ppm_per_h = (self.empty_unrest_ppm_per_h * rate.exp()).clamp(quiet, restless);
    }

    /// Learns from a level that falls, half hour by half hour.
    fn learn_air_change(&mut self, level_ppm: f64, step_h: f64) {
        let Some((before_ppm, ran_h)) = self.fall else {
            self.fall = Some((level_ppm, 0.0));
            return;
        };
        let ran_h = ran_h + step_h;
        if ran_h < FALL_WITHIN_H - ROUNDING_H {
            self.fall = Some((before_ppm, ran_h));
            return;
        }
        self.fall = Some((level_ppm, 0.0));
        let before = before_ppm - self.baseline_ppm;
        if before < DECAY_LEAST_PPM || before_ppm - level_ppm < LEAST_FALL_PPM {
            return;
        }
        // What is left may be less than the baseline is sure of: then the fall was that deep at least.
        let folds = (before / (level_ppm - self.baseline_ppm).max(LEAST_FALL_PPM)).ln().max(0.0);
        let step =
            AIR_CHANGE_RATE * folds * toward(folds / ran_h, self.air_change_per_h, AIR_CHANGE_QUANTILE);
        let (least, most) = AIR_CHANGE_BOUNDS_PER_H;
        self.air_change_per_h = (self.air_change_per_h * step.exp()).clamp(least, most);
    }

    /// How many people the emission of the moment stands for, where it and the volume are known.
    pub(super) fn people(&self) -> Option<f64> {
        self.state
            .filter(|_| self.volume_is_told)
            .map(|estimate| estimate.emission_ppm_per_h.max(0.0) / self.person_ppm_per_h)
    }

    fn follow_baseline(&mut self, level: f64, step_h: f64) {
        if level < self.baseline_ppm {
            self.baseline_ppm += (step_h / BASELINE_FALLS_H).min(1.0) * (level - self.baseline_ppm);
        }
        let lowest = self.lowest.map_or(level, |lowest| lowest.min(level));
        self.lowest = Some(lowest);
        self.day_h += step_h;
        if self.day_h >= 24.0 {
            self.baseline_ppm += BASELINE_RISES_A_DAY * (lowest - self.baseline_ppm).max(0.0);
            (self.lowest, self.day_h) = (None, 0.0);
        }
        self.baseline_ppm = self.baseline_ppm.clamp(BASELINE_BOUNDS_PPM.0, BASELINE_BOUNDS_PPM.1);
    }

    fn log_likelihood_ratio(&self, estimate: &Estimate) -> f64 {
        let emission = estimate.emission_ppm_per_h;
        let above = (estimate.level_ppm - self.baseline_ppm).max(0.0);
        let variance = estimate.emission_variance
            + self.empty_unrest_ppm_per_h.powi(2)
            + (AIR_CHANGE_UNREST * self.air_change_per_h * above).powi(2);
        let empty = density(emission, 0.0, variance);
        let crowd = |persons: &f64| {
            let mean = persons * self.person_ppm_per_h;
            density(emission, mean, variance + (CROWD_SPREAD * mean).powi(2))
        };
        let occupied = CROWDS.iter().map(crowd).sum::<f64>() / CROWDS.len() as f64;
        ((occupied + UNEXPLAINED_PER_PPM_PER_H) / (empty + UNEXPLAINED_PER_PPM_PER_H)).ln()
    }
}

/// The normal distribution's density.
fn density(value: f64, mean: f64, variance: f64) -> f64 {
    (-(value - mean).powi(2) / (2.0 * variance)).exp() / (std::f64::consts::TAU * variance).sqrt()
}

/// The step of a quantile learned one observation at a time (Robbins and Monro): up by the quantile where the
/// observation is above, down by the rest where it is below.
fn toward(seen: f64, learned: f64, quantile: f64) -> f64 {
    if seen > learned { quantile } else { quantile - 1.0 }
}
