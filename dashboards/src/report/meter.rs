//! What a heater drew in each hour: by its meter, across restarts of the meter and silences, and where the meter says nothing
//! by its power.
//!
//! ```text
//!  meter   120 ── 300        (silent)        700 ── 760 │ 5 ── 90      │: it began at zero again
//!  counted      +180    +400 over both hours      +60     +5   +85
//! ```

/// Above this multiple of what is rated a rise is no consumption: the meter was exchanged, or somebody set it.
const MOST_FACTOR: f64 = 1.1;
/// So much more is allowed, Wh: a meter counts whole watt-hours and is read between its steps.
const SLACK_WH: f64 = 2.0;

/// What a heater drew.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Drawn {
    /// Watt-hours of each step; `None` where neither meter nor power was heard.
    pub(crate) wh: Vec<Option<f64>>,
    /// How often its meter began at zero again.
    pub(crate) resets: u32,
    /// How often its meter rose by more than it can draw, which was not counted.
    pub(crate) jumps: u32,
}

/// What was heard of a heater, a step each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heard<'a> {
    /// The lowest and the highest value of its meter in each step, Wh.
    pub(crate) meter_wh: &'a [Option<(f64, f64)>],
    /// Its meter's newest value before the first step, Wh, where that is recent.
    pub(crate) before_wh: Option<f64>,
    /// Its mean power in each step, W.
    pub(crate) power_w: &'a [Option<f64>],
    /// What it is rated for, W.
    pub(crate) rated_w: f64,
}

/// What a heater drew in steps of these lengths, hours.
pub(crate) fn drawn(heard: Heard<'_>, lengths_h: &[f64]) -> Drawn {
    let power = |step: usize| heard.power_w.get(step).copied().flatten();
    let wh = lengths_h.iter().enumerate().map(|(step, length_h)| power(step).map(|watts| watts * length_h));
    let mut drawn = Drawn { wh: wh.collect(), ..Drawn::default() };
    // The step after the meter's last value, and that value.
    let mut last = heard.before_wh.map(|value| (0, value));
    for (step, bin) in heard.meter_wh.iter().enumerate().take(lengths_h.len()) {
        let Some((low, high)) = *bin else { continue };
        let Some((since, value)) = last else {
            // Of the first step the time before its first reading is missing: power knows it better.
            drawn.wh[step] = drawn.wh[step].or(Some(high - low));
            last = Some((step + 1, high));
            continue;
        };
        let (risen, after) = risen((low, high), value);
        drawn.resets += u32::from(low < value);
        let since = since.min(step);
        let length_h: f64 = lengths_h[since..=step].iter().sum();
        if risen <= MOST_FACTOR * heard.rated_w * length_h + SLACK_WH {
            spread(&mut drawn.wh[since..=step], &lengths_h[since..=step], risen);
        } else {
            drawn.jumps += 1;
        }
        last = Some((step + 1, after));
    }
    drawn
}

/// By how much a meter rose in a step, and where it stands after it. One that is lower than before began at zero again: within
/// the step where it was also higher than before, else before it.
fn risen((low, high): (f64, f64), value: f64) -> (f64, f64) {
    if low >= value {
        (high - value, high)
    } else if high > value {
        (high - value + low, low)
    } else {
        (high, high)
    }
}

/// Nobody knows when in a silence it was drawn: evenly.
fn spread(wh: &mut [Option<f64>], lengths_h: &[f64], risen: f64) {
    let length_h: f64 = lengths_h.iter().sum();
    for (wh, part_h) in wh.iter_mut().zip(lengths_h) {
        *wh = Some(if length_h > 0.0 { risen * part_h / length_h } else { 0.0 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_meter(meter_wh: &[Option<(f64, f64)>], power_w: &[Option<f64>]) -> Drawn {
        let heard = Heard { meter_wh, before_wh: Some(1000.0), power_w, rated_w: 750.0 };
        drawn(heard, &vec![1.0; meter_wh.len()])
    }

    #[test]
    fn a_meter_is_counted_from_reading_to_reading() {
        let told = by_meter(&[Some((1010.0, 1300.0)), Some((1310.0, 1500.0))], &[Some(999.0), None]);
        assert_eq!((told.wh, told.resets, told.jumps), (vec![Some(300.0), Some(200.0)], 0, 0));
    }

    #[test]
    fn a_silence_is_filled_by_what_the_meter_rose_across_it() {
        let told = by_meter(&[Some((1000.0, 1100.0)), None, None, Some((1390.0, 1400.0))], &[]);
        assert_eq!(told.wh, [Some(100.0), Some(100.0), Some(100.0), Some(100.0)]);
    }

    #[test]
    fn a_meter_that_begins_again_loses_nothing_that_it_showed() {
        // Between two steps: from zero.
        let between = by_meter(&[Some((1000.0, 1200.0)), Some((5.0, 90.0)), Some((95.0, 190.0))], &[]);
        assert_eq!((between.wh, between.resets), (vec![Some(200.0), Some(90.0), Some(100.0)], 1));
        // Within a step: 1,200 to 1,260, then from zero; what it showed by the end of the step counts with the next.
        let within = by_meter(&[Some((1000.0, 1200.0)), Some((5.0, 1260.0)), Some((90.0, 190.0))], &[]);
        assert_eq!((within.wh, within.resets), (vec![Some(200.0), Some(65.0), Some(185.0)], 1));
    }

    #[test]
    fn a_rise_beyond_what_is_rated_is_another_meter_and_power_is_taken() {
        let told =
            by_meter(&[Some((1000.0, 1200.0)), Some((90_000.0, 90_300.0)), None], &[None, Some(310.0)]);
        assert_eq!((told.wh, told.jumps), (vec![Some(200.0), Some(310.0), None], 1));
    }

    #[test]
    fn without_a_meter_power_is_counted_and_a_step_without_anything_is_unknown() {
        let told = by_meter(&[None, None, None], &[Some(400.0), None, Some(0.0)]);
        assert_eq!(told.wh, [Some(400.0), None, Some(0.0)]);
        let heard =
            Heard { meter_wh: &[Some((5.0, 105.0))], before_wh: None, power_w: &[None], rated_w: 750.0 };
        assert_eq!(drawn(heard, &[1.0]).wh, [Some(100.0)], "a meter of which nothing came before");
        let heard = Heard { meter_wh: &[None], before_wh: None, power_w: &[Some(400.0)], rated_w: 750.0 };
        assert_eq!(drawn(heard, &[0.25]).wh, [Some(100.0)], "an hour that is not over");
    }
}
