//! ARX(3), the contender: three past outputs, three taps of every input, a bias, by least squares on one-step errors;
//! predictions are simulated forward with the inputs known.

use nalgebra::{DMatrix, DVector};

/// Order in the output and in every input.
const ORDER: usize = 3;

/// Outputs and inputs at the contender's own step.
pub(crate) struct Grid {
    /// Air temperature at the end of each step, °C.
    pub(crate) air: Vec<Option<f64>>,
    /// Means of the inputs over each step.
    pub(crate) inputs: Vec<Vec<f64>>,
}

impl Grid {
    fn row(&self, outputs: &[f64], at: usize) -> Vec<f64> {
        let taps = (0..ORDER).flat_map(|lag| self.inputs[at - lag].iter().copied());
        outputs.iter().copied().chain(taps).chain([1.0]).collect()
    }

    fn past(&self, at: usize) -> Option<Vec<f64>> {
        (1..=ORDER).map(|lag| self.air[at - lag]).collect()
    }
}

pub(crate) struct Arx {
    weights: DVector<f64>,
}

impl Arx {
    /// Least squares over the first `fitted` steps.
    pub(crate) fn fit(grid: &Grid, fitted: usize) -> Self {
        let rows: Vec<(Vec<f64>, f64)> =
            (ORDER..fitted).filter_map(|at| Some((grid.row(&grid.past(at)?, at), grid.air[at]?))).collect();
        let width = rows[0].0.len();
        let regressors = DMatrix::from_fn(rows.len(), width, |row, column| rows[row].0[column]);
        let outputs = DVector::from_fn(rows.len(), |row, _| rows[row].1);
        // Columns of very different size are scaled, so that the least singular values mean what they say.
        let scale = DVector::from_fn(width, |column, _| regressors.column(column).norm().max(1e-9));
        let scaled =
            DMatrix::from_fn(rows.len(), width, |row, column| regressors[(row, column)] / scale[column]);
        let solution = scaled.svd(true, true).solve(&outputs, 1e-10).unwrap();
        Self { weights: solution.component_div(&scale) }
    }

    /// The air temperature `ahead` steps after the end of step `from`.
    pub(crate) fn predict(&self, grid: &Grid, from: usize, ahead: usize) -> Option<f64> {
        if from + 1 < ORDER || from + ahead >= grid.air.len() {
            return None;
        }
        let mut past = grid.past(from + 1)?;
        for at in from + 1..=from + ahead {
            let next = DVector::from_vec(grid.row(&past, at)).dot(&self.weights);
            past.rotate_right(1);
            past[0] = next;
        }
        Some(past[0])
    }
}
