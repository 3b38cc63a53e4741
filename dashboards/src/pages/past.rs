//! The past of a room or a heater: the chart, its twin as a table, and its files. A room's last day is drawn with its day
//! ahead instead.

use vocabulary::{Metric, Timestamp};

use super::Place;
use super::room_day::{self, AHEAD_MS, RoomDay};
use super::setpoints::{Setpoint, setpoints};
use crate::app::App;
use crate::facts::{HeaterFacts, RoomFacts};
use crate::history::{self, Bin, Span};
use crate::language::UNKNOWN;
use crate::visitor::{PageError, Visitor};
use crate::wish::HOUR_MS;
use crate::words::metric_name;

/// One row of the chart's table twin.
pub(crate) struct Reading {
    pub(crate) when: String,
    pub(crate) cells: Vec<String>,
}

/// A chart as its element needs it.
pub(crate) struct Chart {
    pub(crate) site: String,
    /// `room` or `heater`.
    pub(crate) place: &'static str,
    pub(crate) id: String,
    /// The upper and the lower line.
    pub(crate) metrics: String,
    /// Their names, divided by `|`.
    pub(crate) names: String,
    pub(crate) from_ms: i64,
    pub(crate) to_ms: i64,
    /// Where the picture ends: after now, where a setpoint goes on.
    pub(crate) end_ms: i64,
    pub(crate) zone: String,
    /// `ms:degrees` pairs.
    pub(crate) setpoints: String,
    pub(crate) setpoint_name: String,
    pub(crate) now_name: String,
    pub(crate) headings: Vec<String>,
    pub(crate) rows: Vec<Reading>,
    /// Label and address of each CSV.
    pub(crate) files: Vec<(String, String)>,
    pub(crate) hours: i64,
    /// A room's day back and day ahead, which stands in the chart's place.
    pub(crate) day: Option<RoomDay>,
    pub(crate) day_href: String,
    pub(crate) week_href: String,
}

/// A room's temperature between its setpoints, and the power of its heaters.
pub(crate) fn of_room(
    app: &App,
    visitor: &Visitor,
    place: &Place,
    facts: &RoomFacts,
) -> Result<Chart, PageError> {
    let (speaker, l, site) = (place.speaker, visitor.language, &place.book().site.id);
    let (hours, span) = chosen(visitor, speaker.now);
    let temperatures = history::of_room(&app.store, site, &facts.room.id, &Metric::TemperatureC, span)?;
    // Its steps are hours: each has readings of every heater, so that nothing needs to be held.
    let powers = history::sum_in_room(&app.store, site, &facts.room.id, &Metric::PowerW, span, 0)?;
    let end = speaker.now.plus_ms(AHEAD_MS);
    let steps = setpoints(facts, speaker, span.from, end);
    let row = |step: usize| {
        let dash = || UNKNOWN.to_owned();
        let start = span.start(step);
        let temperature = at(&temperatures, span, step);
        let range = |bin: Bin| format!("{} – {}", l.number(bin.min, 1), l.celsius(bin.max));
        let setpoint = steps.iter().rfind(|setpoint| setpoint.from <= start);
        let cells = vec![
            temperature.map_or_else(dash, |bin| l.celsius(bin.mean)),
            temperature.map_or_else(dash, range),
            setpoint.map_or_else(dash, |setpoint| l.celsius(setpoint.degrees)),
            at(&powers, span, step).map_or_else(dash, |bin| l.power(bin.mean)),
        ];
        Reading { when: speaker.moment(start), cells }
    };
    let rows = (0..span.steps()).rev().map(row).collect();
    let metrics = [Metric::TemperatureC, Metric::PowerW];
    let mut chart = frame(visitor, place, ("room", facts.room.id.as_str()), &metrics, hours, span);
    chart.headings.insert(1, l.say("chart-range"));
    chart.headings.insert(2, l.say("chart-setpoint"));
    let day = if hours == 24 { Some(room_day::of_room(app, visitor, place, facts, &steps)?) } else { None };
    if day.is_some() {
        let address = format!("/api/v1/rooms/{}/forecast?site={site}&format=csv", facts.room.id);
        chart.files.push((l.say("day-file"), address));
    }
    Ok(Chart {
        day,
        rows,
        end_ms: end.ms(),
        setpoints: written(&steps),
        setpoint_name: l.say("chart-setpoint"),
        ..chart
    })
}

/// A heater's chips, power and load.
pub(crate) fn of_heater(
    app: &App,
    visitor: &Visitor,
    place: &Place,
    facts: &HeaterFacts,
) -> Result<Chart, PageError> {
    let (speaker, site) = (place.speaker, &place.book().site.id);
    let (hours, span) = chosen(visitor, speaker.now);
    let metrics = [Metric::ChipTemperatureC, Metric::PowerW, Metric::LoadPct];
    let mut columns = Vec::new();
    for metric in &metrics {
        columns.push(history::of_heater(&app.store, site, &facts.heater.id, metric, span)?);
    }
    let row = |step: usize| {
        let cell = |(metric, bins): (&Metric, &Vec<Bin>)| {
            speaker.value(metric, at(bins, span, step).map(|b| b.mean))
        };
        let cells = metrics.iter().zip(&columns).map(cell).collect();
        Reading { when: speaker.moment(span.start(step)), cells }
    };
    let rows = (0..span.steps()).rev().map(row).collect();
    let chart = frame(visitor, place, ("heater", facts.heater.id.as_str()), &metrics, hours, span);
    Ok(Chart { rows, ..chart })
}

/// A day in hours or a week in quarters of a day, as the visitor asked.
fn chosen(visitor: &Visitor, now: Timestamp) -> (i64, Span) {
    let (hours, step_hours) = if visitor.asked("hours") == Some("168") { (168, 6) } else { (24, 1) };
    (hours, Span { from: now.plus_ms(-hours * HOUR_MS), to: now, step_ms: step_hours * HOUR_MS })
}

/// What is the same for all charts; rows and setpoints are still empty.
fn frame(
    visitor: &Visitor,
    place: &Place,
    (kind, id): (&'static str, &str),
    metrics: &[Metric],
    hours: i64,
    span: Span,
) -> Chart {
    let site = &place.book().site;
    let names: Vec<String> = metrics.iter().map(|metric| metric_name(visitor.language, metric)).collect();
    let (from_ms, to_ms) = (span.from.ms(), span.to.ms());
    let file = |(metric, name): (&Metric, &String)| {
        let query = format!("site={}&{kind}={id}&metric={metric}&from={from_ms}&to={to_ms}", site.id);
        (name.clone(), format!("/api/v1/series?{query}&points=2000&format=csv"))
    };
    Chart {
        site: site.id.to_string(),
        place: kind,
        id: id.to_owned(),
        metrics: format!("{},{}", metrics[0], metrics[1]),
        names: format!("{}|{}", names[0], names[1]),
        from_ms,
        to_ms,
        end_ms: to_ms,
        zone: site.zone.to_string(),
        setpoints: String::new(),
        setpoint_name: String::new(),
        now_name: visitor.language.say("chart-now"),
        files: metrics.iter().zip(&names).map(file).collect(),
        headings: names,
        rows: Vec::new(),
        hours,
        day: None,
        day_href: format!("{}#history", visitor.link("hours", "24")),
        week_href: format!("{}#history", visitor.link("hours", "168")),
    }
}

fn at(bins: &[Bin], span: Span, step: usize) -> Option<Bin> {
    bins.iter().find(|bin| span.step_of(bin.start) == Some(step)).copied()
}

fn written(steps: &[Setpoint]) -> String {
    let pairs: Vec<_> = steps.iter().map(|step| format!("{}:{}", step.from.ms(), step.degrees)).collect();
    pairs.join(" ")
}
