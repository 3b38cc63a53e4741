//! Small pictures drawn on the server: sparklines as SVG paths.

use std::fmt::Write as _;

/// Width of a sparkline's own coordinates; the page stretches it.
const WIDTH: f64 = 100.0;
/// Height of a sparkline's own coordinates, with a margin for the stroke.
const HEIGHT: f64 = 24.0;
const MARGIN: f64 = 1.5;

/// The path of a sparkline through the known values, broken where one is unknown. The lowest and highest of the
/// values and of `at_least` are its bottom and top, so that a calm line looks calm. Empty when nothing is known.
pub(crate) fn sparkline(values: &[Option<f64>], at_least: (f64, f64)) -> String {
    let known = values.iter().flatten();
    let (low, high) = known.fold(at_least, |(low, high), value| (low.min(*value), high.max(*value)));
    let range = if high > low { high - low } else { 1.0 };
    let last = values.len().saturating_sub(1).max(1) as f64;
    let mut path = String::new();
    let mut pen_down = false;
    for (index, value) in values.iter().enumerate() {
        let Some(value) = value else {
            pen_down = false;
            continue;
        };
        let x = index as f64 / last * WIDTH;
        let y = HEIGHT - MARGIN - (value - low) / range * (HEIGHT - 2.0 * MARGIN);
        let _ = write!(path, "{}{x:.1} {y:.1}", if pen_down { 'L' } else { 'M' });
        pen_down = true;
    }
    path
}

/// A filled area under a line that reaches from `from` to `to` (shares of the width), up to `top`; like the line,
/// broken where a value is unknown.
pub(crate) fn area(values: &[Option<f64>], (from, to): (f64, f64), top: f64) -> String {
    let mut path = String::new();
    let place = |index: usize| (from + (to - from) * index as f64 / values.len().max(1) as f64) * WIDTH;
    let mut open = false;
    for (index, value) in values.iter().enumerate() {
        match value {
            Some(value) => {
                let (x, y) = (place(index), HEIGHT - value.min(top) / top * HEIGHT);
                let _ = if open {
                    write!(path, "L{x:.1} {y:.1}")
                } else {
                    write!(path, "M{x:.1} {HEIGHT}V{y:.1}")
                };
                let _ = write!(path, "H{:.1}", place(index + 1));
                open = true;
            }
            None if open => {
                let _ = write!(path, "V{HEIGHT}Z");
                open = false;
            }
            None => {}
        }
    }
    if open {
        let _ = write!(path, "V{HEIGHT}Z");
    }
    path
}

/// The next number whose half is round as well.
pub(crate) fn round_up(most: f64) -> f64 {
    let decade = 10_f64.powf(most.max(100.0).log10().floor());
    let steps = [1.0, 1.2, 1.6, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0];
    steps.into_iter().map(|n| n * decade).find(|top| *top >= most).unwrap_or(10.0 * decade)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_breaks_where_nothing_is_known() {
        let path = sparkline(&[Some(0.0), Some(1.0), None, Some(1.0)], (0.0, 1.0));
        assert_eq!(path, "M0.0 22.5L33.3 1.5M100.0 1.5");
    }

    #[test]
    fn an_area_is_closed_at_the_floor_on_both_sides_of_a_gap() {
        let path = area(&[Some(5.0), None, Some(10.0)], (0.0, 1.0), 10.0);
        assert_eq!(path, "M0.0 24V12.0H33.3V24ZM66.7 24V0.0H100.0V24Z");
    }

    #[test]
    fn nothing_known_draws_nothing() {
        assert_eq!(sparkline(&[None, None], (0.0, 1.0)), "");
        assert_eq!(sparkline(&[], (0.0, 0.0)), "");
    }

    #[test]
    fn the_top_of_the_picture_is_round_and_not_below_its_highest_value() {
        for (most, top) in
            [(0.0, 100.0), (100.0, 100.0), (101.0, 120.0), (7_620.0, 8_000.0), (8_001.0, 10_000.0)]
        {
            assert_eq!(round_up(most), top);
        }
    }
}
