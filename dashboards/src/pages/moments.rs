//! What the cursor over the picture of a room's day reads out: the values of each moment that it stops at.

use vocabulary::Timestamp;

use super::events::Events;
use super::past::at;
use super::room_past::{RoomPast, in_force};
use super::setpoints::Setpoint;
use crate::forecast::Step;
use crate::history::Bin;
use crate::language::UNKNOWN;
use crate::words::Speaker;

/// The values of a moment in the order of the picture's keys: air, air expected, bounds, setpoint, power, power planned,
/// presence expected, presence, air outside; then the power of each heater, where there are several.
pub(crate) const OF_HEATERS: usize = 9;

/// What is known around now.
pub(crate) struct Known<'a> {
    /// The past in steps.
    pub(crate) past: &'a RoomPast,
    pub(crate) schedule: &'a [Setpoint],
    pub(crate) ahead: &'a [Step],
    pub(crate) events: &'a Events,
}

/// A stop of the cursor.
struct Moment {
    /// Where it stands, percent across.
    percent: f64,
    when: String,
    values: Vec<Option<String>>,
}

/// The moments of a day, ready for the page.
pub(crate) struct Moments {
    /// A line each for the page's script: percent across, from when to when and what happened then, and the values, divided
    /// by `|`.
    pub(crate) lines: String,
    /// The line of the step that is now.
    pub(crate) now: usize,
    /// What the keys say while nobody points anywhere: the newest of what was, the next of what is to come.
    pub(crate) rest: Vec<String>,
}

/// The steps of the past, each in its middle, and those of the day ahead, each at its end.
pub(crate) fn of_day(known: &Known<'_>, speaker: Speaker) -> Moments {
    let steps = known.past.span.steps();
    let moments: Vec<Moment> = (0..steps)
        .map(|step| past(known, step, speaker))
        .chain(known.ahead.iter().map(|step| ahead(known, step, speaker)))
        .collect();
    let (before, after) = moments.split_at(steps);
    let first = |value: usize| after.first().and_then(|moment| moment.values[value].clone());
    let newest = |value: usize| before.iter().rev().find_map(|moment| moment.values[value].clone());
    let values = OF_HEATERS + known.past.heaters.len();
    Moments {
        rest: (0..values).map(|value| shown(newest(value).or_else(|| first(value)))).collect(),
        now: steps.saturating_sub(1),
        lines: moments.into_iter().map(line).collect::<Vec<_>>().join("\n"),
    }
}

fn past(known: &Known<'_>, step: usize, speaker: Speaker) -> Moment {
    let (of_room, span, l) = (known.past, known.past.span, speaker.language);
    let (from, to) = (span.start(step), span.start(step + 1));
    let mean = |bins: &[Bin]| at(bins, span, step).map(|bin| bin.mean);
    let mut values = nothing(known);
    values[0] = mean(&of_room.temperatures).map(|air_c| l.celsius(air_c));
    values[3] = in_force(known.schedule, from).map(|setpoint| l.celsius(setpoint.degrees));
    values[4] = mean(&of_room.powers).map(|watts| l.power(watts));
    values[7] = mean(&of_room.presence).map(|share| l.percent(share));
    values[8] = of_room.outside_c(from, to).map(|celsius| l.celsius(celsius));
    for (value, heater) in values[OF_HEATERS..].iter_mut().zip(&of_room.heaters) {
        *value = mean(&heater.powers).map(|watts| l.power(watts));
    }
    let happened = known.events.during(from, to);
    let words = [between(from, to, speaker), happened].into_iter().filter(|words| !words.is_empty());
    // The picture is two days wide: one back, one ahead.
    let percent = (step as f64 + 0.5) / span.steps() as f64 * 50.0;
    // Names may hold the sign that divides the line.
    let when = words.collect::<Vec<_>>().join(" · ").replace('|', "¦");
    Moment { percent, when, values }
}

fn ahead(known: &Known<'_>, step: &Step, speaker: Speaker) -> Moment {
    let (span, l) = (known.past.span, speaker.language);
    let error = step.error_k.map(|error_k| format!(" ± {}", l.quantity(error_k, 1, "°")));
    let mut values = nothing(known);
    values[1] = Some(l.celsius(step.air_c) + &error.unwrap_or_default());
    values[2] = Some(format!("{} – {}", l.number(step.low_c, 1), l.celsius(step.high_c)));
    values[3] = in_force(known.schedule, step.from).map(|setpoint| l.celsius(setpoint.degrees));
    values[5] = Some(l.power(step.power_w));
    values[6] = known.past.sees_presence.then(|| l.percent(step.presence));
    let day_ms = span.to.since(span.from).max(1) as f64;
    let percent = (step.to.since(span.from) as f64 / day_ms * 50.0).min(100.0);
    Moment { percent, when: between(step.from.max(speaker.now), step.to, speaker), values }
}

fn nothing(known: &Known<'_>) -> Vec<Option<String>> {
    vec![None; OF_HEATERS + known.past.heaters.len()]
}

/// From when to when, with the day where that is not today.
fn between(from: Timestamp, to: Timestamp, speaker: Speaker) -> String {
    format!("{} – {}", speaker.moment(from), speaker.language.clock(to, speaker.zone))
}

fn line(moment: Moment) -> String {
    let values = moment.values.into_iter().map(shown).collect::<Vec<_>>().join("|");
    format!("{:.2}|{}|{values}", moment.percent, moment.when)
}

fn shown(value: Option<String>) -> String {
    value.unwrap_or_else(|| UNKNOWN.to_owned())
}
