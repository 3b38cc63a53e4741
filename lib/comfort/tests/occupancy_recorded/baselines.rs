//! What a filter is held against: motion with a hold time, and Fisher's linear discriminant fitted with labels.

use nalgebra::{DMatrix, DVector};

use super::recorded::Moment;

/// Presence by motion, held for 15 minutes, as lighting control does.
pub(super) fn held_motion(moments: &[Moment]) -> Vec<f64> {
    let mut silent_s = f64::INFINITY;
    let mut held = |moment: &Moment| {
        silent_s = if moment.senses.motion == Some(true) { 0.0 } else { silent_s + moment.when.step_s };
        f64::from(u8::from(silent_s <= 900.0))
    };
    moments.iter().map(&mut held).collect()
}

/// Two normal distributions with one covariance, over whatever the sensors read at a moment.
pub(super) struct Discriminant {
    light: bool,
    weights: DVector<f64>,
    offset: f64,
}

impl Discriminant {
    pub(super) fn fit(moments: &[Moment], light: bool) -> Discriminant {
        let of = |wanted: bool| -> Vec<DVector<f64>> {
            let labelled = moments.iter().filter(|moment| moment.present == Some(wanted));
            labelled.map(|moment| features(moment, light)).collect()
        };
        let (present, absent) = (of(true), of(false));
        let (here, away) = (mean(&present), mean(&absent));
        let size = here.len();
        let mut covariance = DMatrix::<f64>::identity(size, size) * 1e-6;
        for (class, mean) in [(&present, &here), (&absent, &away)] {
            for value in class {
                covariance += (value - mean) * (value - mean).transpose();
            }
        }
        covariance /= (present.len() + absent.len()) as f64;
        let weights = covariance.lu().solve(&(&here - &away)).unwrap();
        let prior = (present.len() as f64 / absent.len() as f64).ln();
        let offset = prior - weights.dot(&(here + away)) / 2.0;
        Discriminant { light, weights, offset }
    }

    pub(super) fn guess(&self, moment: &Moment) -> f64 {
        let log_odds = self.weights.dot(&features(moment, self.light)) + self.offset;
        1.0 / (1.0 + (-log_odds).exp())
    }
}

fn features(moment: &Moment, light: bool) -> DVector<f64> {
    let senses = &moment.senses;
    let motion = f64::from(u8::from(senses.motion == Some(true)));
    let lux = if light { senses.light_lux.unwrap_or(0.0) } else { 0.0 };
    let [temperature, humidity] = moment.weather;
    // Hundreds of ppm and of lx, so that all columns are of one order.
    DVector::from_vec(vec![
        temperature,
        humidity,
        senses.co2_ppm.unwrap_or(450.0) / 100.0,
        motion,
        lux / 100.0,
    ])
}

fn mean(values: &[DVector<f64>]) -> DVector<f64> {
    values.iter().fold(DVector::zeros(values[0].len()), |sum, value| sum + value) / values.len() as f64
}
