//! Chance without a history: every draw is a pure function of (seed, what it is for, which one, time slot).
//!
//! A generator with a state would make results depend on the order in which rooms are asked and on when a run
//! began. Here a restart, a replay or a question about last Tuesday draws the same numbers.

/// What a draw is for. Two purposes never share a number.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    StartTemperature,
    PeopleThisDay,
    PeopleThisHour,
    Meeting,
    MeetingSize,
    Visit,
    Dweller,
    Window,
    SensedTemperature,
    SensedHumidity,
    SensedCo2,
    SensedLight,
    SensedVoc,
    SensedSound,
    Motion,
    WorkLevel,
    Shortage,
    ShortageStart,
    ShortageLength,
    ShortageDepth,
    ShortageAnnounced,
    ForecastError,
    Variety,
    BadSensor,
    FaultPhase,
    FaultStart,
    FaultLength,
    FaultKind,
    FaultSize,
    FaultNoise,
    MessageLost,
    Outage,
    OutageStart,
    OutageLength,
    ForecastTemperature,
    ForecastSun,
    JobsThisHour,
    JobGap,
    JobHump,
    JobRun,
    JobWidth,
    JobMustRun,
    JobUrgent,
    JobSlack,
    JobHeater,
    PriceSpell,
    PriceHour,
    TappingLate,
    TappingMuch,
}

/// A source of draws, set by its seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noise {
    seed: u64,
}

impl Noise {
    pub(crate) fn new(seed: u64) -> Noise {
        Noise { seed: mix(seed) }
    }

    /// A number in 0 ≤ x < 1, evenly distributed.
    pub(crate) fn uniform(self, purpose: Purpose, index: usize, slot: i64) -> f64 {
        to_unit(self.bits(purpose, index, slot))
    }

    /// A number of mean 0 and standard deviation 1, normally distributed (Box and Muller 1958).
    pub(crate) fn gaussian(self, purpose: Purpose, index: usize, slot: i64) -> f64 {
        let bits = self.bits(purpose, index, slot);
        let radius = (-2.0 * (1.0 - to_unit(bits)).ln()).sqrt();
        radius * (std::f64::consts::TAU * to_unit(mix(bits))).cos()
    }

    /// A number of mean 0 and standard deviation 1, bell-shaped and never beyond 3.47: four even draws of 16
    /// bits, summed (Irwin–Hall). A tenth of the work of a normal draw and near enough for the noise of a
    /// sensor, of which there are half a dozen a reading.
    pub(crate) fn bell(self, purpose: Purpose, index: usize, slot: i64) -> f64 {
        const FOUR_MEANS: f64 = 2.0 * 65_535.0;
        // Four even draws from 0..=n have the variance n (n + 2) / 3.
        const DEVIATION: f64 = 37_837.227_237_2;
        let bits = self.bits(purpose, index, slot);
        let sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48);
        (sum as f64 - FOUR_MEANS) / DEVIATION
    }

    /// A signal of mean 0 and standard deviation 1 that wanders: normal draws every `period_ms`, blended in
    /// between with the variance kept at 1.
    pub(crate) fn slow(self, purpose: Purpose, index: usize, utc_ms: i64, period_ms: i64) -> f64 {
        slow_between(|slot| self.gaussian(purpose, index, slot), utc_ms, period_ms)
    }

    fn bits(self, purpose: Purpose, index: usize, slot: i64) -> u64 {
        mix(mix(mix(self.seed ^ purpose as u64).wrapping_add(index as u64)).wrapping_add(slot as u64))
    }
}

/// The wandering signal between the normal draws that `anchor` gives for each slot of `period_ms`.
pub(crate) fn slow_between(mut anchor: impl FnMut(i64) -> f64, utc_ms: i64, period_ms: i64) -> f64 {
    let slot = utc_ms.div_euclid(period_ms);
    let along = utc_ms.rem_euclid(period_ms) as f64 / period_ms as f64;
    let (before, after) = (anchor(slot), anchor(slot + 1));
    ((1.0 - along) * before + along * after) / ((1.0 - along).powi(2) + along * along).sqrt()
}

/// The share of a normal population below `x`, by the logistic curve closest to it (error below 0.01; Bowling
/// et al. 2009).
pub(crate) fn rank(x: f64) -> f64 {
    1.0 / (1.0 + (-1.702 * x).exp())
}

/// One step of SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// The upper 53 bits, as many as an `f64` holds, as a fraction of one.
fn to_unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_and_deviation(draws: &[f64]) -> (f64, f64) {
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        (mean, (draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / draws.len() as f64).sqrt())
    }

    #[test]
    fn normal_bell_and_slow_draws_have_mean_zero_and_deviation_one() {
        let noise = Noise::new(1);
        let normal: Vec<f64> = (0..20_000).map(|slot| noise.gaussian(Purpose::Window, 0, slot)).collect();
        let slow: Vec<f64> = (0..200_000).map(|ms| noise.slow(Purpose::Window, 1, ms * 7, 70)).collect();
        let bell: Vec<f64> = (0..20_000).map(|slot| noise.bell(Purpose::Motion, 0, slot)).collect();
        for draws in [normal, bell, slow] {
            let (mean, deviation) = mean_and_deviation(&draws);
            assert!(mean.abs() < 0.03 && (deviation - 1.0).abs() < 0.03, "{mean} {deviation}");
        }
    }

    #[test]
    fn neighbouring_rooms_slots_and_purposes_are_not_related() {
        let noise = Noise::new(7);
        let product = |other: fn(Noise, i64) -> f64| {
            (0..20_000).map(|slot| noise.gaussian(Purpose::Window, 0, slot) * other(noise, slot)).sum::<f64>()
                / 20_000.0
        };
        assert!(product(|noise, slot| noise.gaussian(Purpose::Window, 1, slot)).abs() < 0.03);
        assert!(product(|noise, slot| noise.gaussian(Purpose::Window, 0, slot + 1)).abs() < 0.03);
        assert!(product(|noise, slot| noise.gaussian(Purpose::Motion, 0, slot)).abs() < 0.03);
    }
}
