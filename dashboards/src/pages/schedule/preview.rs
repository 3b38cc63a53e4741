//! The next days as they will be, over exceptions, public holidays and changes of the clock.

use vocabulary::{Date, DaySource, EffectiveDay, Schedule};

use crate::language::Language;
use crate::words::Speaker;

/// So many days are shown.
const DAYS: i64 = 14;
const HOUR_MS: i64 = 3_600_000;
/// The width of a day's strip; its height is a matter of style.
const STRIP: f64 = 96.0;

/// One rectangle of a strip.
pub(crate) struct Bar {
    pub(crate) x: String,
    pub(crate) width: String,
    /// How warm it is between the coldest and the warmest of all days, 0.08 to 1.
    pub(crate) warmth: String,
}

/// One day.
pub(crate) struct PreviewDay {
    pub(crate) name: String,
    /// Why it is not like its week; empty where it is.
    pub(crate) source: String,
    /// That it is shorter or longer than others; empty where it is not.
    pub(crate) clock: String,
    pub(crate) bars: Vec<Bar>,
    /// From when on, how warm.
    pub(crate) steps: Vec<(String, String)>,
    pub(crate) is_today: bool,
}

/// The days from today on.
pub(crate) fn days(schedule: &Schedule, speaker: Speaker) -> Vec<PreviewDay> {
    let today = speaker.zone.date(speaker.now);
    let days: Vec<EffectiveDay> =
        (0..DAYS).map(|ahead| schedule.day(speaker.zone, today.plus_days(ahead))).collect();
    let setpoints = || days.iter().flat_map(|day| &day.spans).map(|span| span.setpoint_c.degrees());
    let (low, high) = (setpoints().fold(f64::MAX, f64::min), setpoints().fold(f64::MIN, f64::max));
    let show = |day: &EffectiveDay| show(day, schedule, speaker, today, (low, high));
    days.iter().map(show).collect()
}

fn show(
    day: &EffectiveDay,
    schedule: &Schedule,
    speaker: Speaker,
    today: Date,
    (low, high): (f64, f64),
) -> PreviewDay {
    let (l, length_ms) = (speaker.language, day.length_ms());
    let start = day.spans.first().map_or(speaker.now, |span| span.from);
    let bar = |span: &vocabulary::EffectiveSpan| {
        let share = |ms: i64| STRIP * ms as f64 / length_ms.max(1) as f64;
        let warmth = if high > low { (span.setpoint_c.degrees() - low) / (high - low) } else { 0.5 };
        Bar {
            x: format!("{:.2}", share(span.from.since(start))),
            width: format!("{:.2}", share(span.until.since(span.from))),
            warmth: format!("{:.2}", 0.08 + 0.92 * warmth),
        }
    };
    let step = |span: &vocabulary::EffectiveSpan| {
        (l.clock(span.from, speaker.zone), l.celsius(span.setpoint_c.degrees()))
    };
    PreviewDay {
        name: date_words(day.date, l),
        source: source_words(day.source, schedule, l),
        clock: clock_words(length_ms, l),
        bars: day.spans.iter().map(bar).collect(),
        steps: day.spans.iter().map(step).collect(),
        is_today: day.date == today,
    }
}

fn source_words(source: DaySource, schedule: &Schedule, l: Language) -> String {
    match source {
        DaySource::Week => String::new(),
        DaySource::Holiday(holiday) => l.say(&format!("holiday-{}", holiday.as_str())),
        DaySource::Exception(place) => {
            let note = schedule.exceptions[place].note().map(ToString::to_string);
            note.unwrap_or_else(|| l.say("schedule-exception"))
        }
    }
}

fn clock_words(length_ms: i64, l: Language) -> String {
    let hours = length_ms as f64 / HOUR_MS as f64;
    if length_ms == 24 * HOUR_MS {
        return String::new();
    }
    l.tell("schedule-clock-change", &[("hours", l.number(hours, usize::from(hours.fract() != 0.0)).into())])
}

/// The day, shortly: `Sat 21 Nov`, `sam. 21 nov.`; with its year, which an exception may not share with today.
pub(crate) fn date_words(date: Date, l: Language) -> String {
    let (month, day) = date.month_day();
    let weekday = l.say(&format!("weekday-{}", date.weekday()));
    format!("{weekday} {day} {} {}", l.say(&format!("month-{month}")), date.year())
}
