//! What the cursor over the picture of a room's day reads out: the values of each moment that it stops at.

use vocabulary::Timestamp;

use super::setpoints::Setpoint;
use crate::forecast::Step;
use crate::history::{Bin, Span};
use crate::language::UNKNOWN;
use crate::words::Speaker;

/// The values of a moment in the order of the picture's keys: air, air expected, bounds, setpoint, power, power planned,
/// presence.
pub(crate) const VALUES: usize = 7;

/// What is known around now.
pub(crate) struct Known<'a> {
    /// The past in steps.
    pub(crate) past: Span,
    pub(crate) air: &'a [Bin],
    pub(crate) drawn: &'a [Bin],
    pub(crate) schedule: &'a [Setpoint],
    pub(crate) ahead: &'a [Step],
    pub(crate) sees_presence: bool,
}

/// A stop of the cursor.
struct Moment {
    /// Where it stands, percent across.
    percent: f64,
    when: String,
    values: [Option<String>; VALUES],
}

/// The moments of a day, ready for the page.
pub(crate) struct Moments {
    /// A line each for the page's script: percent across, from when to when, and the values, divided by `|`.
    pub(crate) lines: String,
    /// The line of the step that is now.
    pub(crate) now: usize,
    /// What the keys say while nobody points anywhere: the newest of what was, the next of what is to come.
    pub(crate) rest: [String; VALUES],
}

/// The steps of the past, each in its middle, and those of the day ahead, each at its end.
pub(crate) fn of_day(known: &Known<'_>, speaker: Speaker) -> Moments {
    let steps = known.past.steps();
    let moments: Vec<Moment> = (0..steps)
        .map(|step| past(known, step, speaker))
        .chain(known.ahead.iter().map(|step| ahead(known, step, speaker)))
        .collect();
    let (before, after) = moments.split_at(steps);
    let first = |value: usize| after.first().and_then(|moment| moment.values[value].clone());
    let newest = |value: usize| before.iter().rev().find_map(|moment| moment.values[value].clone());
    Moments {
        rest: std::array::from_fn(|value| shown(newest(value).or_else(|| first(value)))),
        now: steps.saturating_sub(1),
        lines: moments.into_iter().map(line).collect::<Vec<_>>().join("\n"),
    }
}

fn past(known: &Known<'_>, step: usize, speaker: Speaker) -> Moment {
    let (span, l) = (known.past, speaker.language);
    let (from, to) = (span.start(step), span.start(step + 1));
    let mean =
        |bins: &[Bin]| bins.iter().find(|bin| span.step_of(bin.start) == Some(step)).map(|bin| bin.mean);
    let setpoint = known.schedule.iter().rfind(|setpoint| setpoint.from <= from);
    let mut values = [const { None }; VALUES];
    values[0] = mean(known.air).map(|air_c| l.celsius(air_c));
    values[3] = setpoint.map(|setpoint| l.celsius(setpoint.degrees));
    values[4] = mean(known.drawn).map(|watts| l.power(watts));
    // The picture is two days wide: one back, one ahead.
    let percent = (step as f64 + 0.5) / span.steps() as f64 * 50.0;
    Moment { percent, when: between(from, to, speaker), values }
}

fn ahead(known: &Known<'_>, step: &Step, speaker: Speaker) -> Moment {
    let l = speaker.language;
    let error = step.error_k.map(|error_k| format!(" ± {}", l.quantity(error_k, 1, "°")));
    let setpoint = known.schedule.iter().rfind(|setpoint| setpoint.from <= step.from);
    let mut values = [const { None }; VALUES];
    values[1] = Some(l.celsius(step.air_c) + &error.unwrap_or_default());
    values[2] = Some(format!("{} – {}", l.number(step.low_c, 1), l.celsius(step.high_c)));
    values[3] = setpoint.map(|setpoint| l.celsius(setpoint.degrees));
    values[5] = Some(l.power(step.power_w));
    values[6] = known.sees_presence.then(|| l.percent(step.presence));
    let day_ms = known.past.to.since(known.past.from).max(1) as f64;
    let percent = (step.to.since(known.past.from) as f64 / day_ms * 50.0).min(100.0);
    Moment { percent, when: between(step.from.max(speaker.now), step.to, speaker), values }
}

/// From when to when, with the day where that is not today.
fn between(from: Timestamp, to: Timestamp, speaker: Speaker) -> String {
    format!("{} – {}", speaker.moment(from), speaker.language.clock(to, speaker.zone))
}

fn line(moment: Moment) -> String {
    let values = moment.values.map(shown).join("|");
    format!("{:.2}|{}|{values}", moment.percent, moment.when)
}

fn shown(value: Option<String>) -> String {
    value.unwrap_or_else(|| UNKNOWN.to_owned())
}
