//! The past of a room or a heater: the chart, its twin as a table, and its files. A room's last day is drawn with its day
//! ahead instead.

use vocabulary::{Metric, SiteId, Timestamp};

use super::Place;
use super::events::Events;
use super::room_day::{self, AHEAD_MS, RoomDay};
use super::room_past::RoomPast;
use super::setpoints::{RoomAsked, Setpoint};
use crate::app::App;
use crate::facts::{HeaterFacts, RoomFacts};
use crate::history::{self, Bin, Span};
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
    /// Identifiers and names of the heaters whose powers are drawn one by one, as JSON; empty for a heater's own chart.
    pub(crate) heaters: String,
    /// What the strip of who was there is called, for those who may see it.
    pub(crate) presence: Option<String>,
    /// Where the picture ends: after now, where a setpoint goes on.
    pub(crate) end_ms: i64,
    pub(crate) zone: String,
    /// `ms:degrees` pairs.
    pub(crate) setpoints: String,
    /// The same of outdoors, as it was said of each hour.
    pub(crate) outdoors: String,
    /// What happened: beginning, end, words and kind of each, as JSON.
    pub(crate) events: String,
    /// The same as people read it.
    pub(crate) event_lines: Vec<String>,
    pub(crate) headings: Vec<String>,
    pub(crate) rows: Vec<Reading>,
    /// Label and address of each CSV.
    pub(crate) files: Vec<(String, String)>,
    pub(crate) hours: i64,
    /// A room's day back and day ahead, which stands in the chart's place.
    pub(crate) day: Option<RoomDay>,
    pub(crate) day_href: String,
    pub(crate) week_href: String,
    pub(crate) month_href: String,
}

/// A room's temperature between its setpoints, the power of its heaters, who was there, and what happened.
pub(crate) fn of_room(
    app: &App,
    visitor: &Visitor,
    place: &Place,
    facts: &RoomFacts,
) -> Result<Chart, PageError> {
    let (speaker, l, site) = (place.speaker, visitor.language, &place.book().site);
    let (hours, span) = chosen(visitor, speaker.now);
    let end = speaker.now.plus_ms(AHEAD_MS);
    let asked = RoomAsked::read(app, site, &facts.room, (span.from, end))?;
    let steps = asked.setpoints();
    let events = Events::in_room(app, place, facts, &asked.overrides, span)?;
    // The steps are hours: each has readings of every heater, so that nothing needs to be held.
    let past = RoomPast::read(app, visitor, place, facts, (span, 0))?;
    let metrics = [Metric::TemperatureC, Metric::PowerW];
    let mut chart = frame(visitor, place, ("room", facts.room.id.as_str()), &metrics, hours, span);
    chart.headings = past.headings(&chart.headings, &events, l);
    chart.files.extend(past.files(&site.id, &facts.room.id, l));
    let day = if hours == 24 {
        Some(room_day::of_room(app, visitor, place, facts, (&steps, &events))?)
    } else {
        None
    };
    if day.is_some() {
        let address = format!("/api/v1/rooms/{}/forecast?site={}&format=csv", facts.room.id, site.id);
        chart.files.push((l.say("day-file"), address));
    }
    Ok(Chart {
        day,
        rows: (0..span.steps()).rev().map(|step| past.row(step, &steps, &events, speaker)).collect(),
        heaters: past.names(),
        presence: past.sees_presence.then(|| l.say("chart-presence")),
        end_ms: end.ms(),
        setpoints: written(&steps),
        outdoors: if hours == 24 { String::new() } else { outdoors(app, &site.id, span)? },
        event_lines: events.lines(speaker),
        events: events.json(speaker.now),
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

/// A day in hours, a week in quarters of a day or thirty days in days, as the visitor asked.
fn chosen(visitor: &Visitor, now: Timestamp) -> (i64, Span) {
    let (hours, step_hours) = match visitor.asked("hours") {
        Some("168") => (168, 6),
        Some("720") => (720, 24),
        _ => (24, 1),
    };
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
        heaters: String::new(),
        presence: None,
        end_ms: to_ms,
        zone: site.zone.to_string(),
        setpoints: String::new(),
        outdoors: String::new(),
        events: String::new(),
        event_lines: Vec::new(),
        files: metrics.iter().zip(&names).map(file).collect(),
        headings: names,
        rows: Vec::new(),
        hours,
        day: None,
        day_href: format!("{}#history", visitor.link("hours", "24")),
        week_href: format!("{}#history", visitor.link("hours", "168")),
        month_href: format!("{}#history", visitor.link("hours", "720")),
    }
}

/// What was said of outdoors, an hour each.
fn outdoors(app: &App, site: &SiteId, span: Span) -> Result<String, PageError> {
    let hours = app.registry.said_hours(site, span.from.plus_ms(-HOUR_MS), span.to)?;
    let pairs = hours.iter().filter_map(|(at, said)| Some(format!("{}:{:.1}", at.ms(), said.outdoor_c?)));
    Ok(pairs.collect::<Vec<_>>().join(" "))
}

/// The bin of a step, where there is one.
pub(super) fn at(bins: &[Bin], span: Span, step: usize) -> Option<Bin> {
    bins.iter().find(|bin| span.step_of(bin.start) == Some(step)).copied()
}

fn written(steps: &[Setpoint]) -> String {
    let pairs: Vec<_> = steps.iter().map(|step| format!("{}:{}", step.from.ms(), step.degrees)).collect();
    pairs.join(" ")
}

#[cfg(test)]
mod tests {
    use registry::{NewOverride, SaidHour};
    use vocabulary::{Celsius, SetpointBy};

    use crate::trial::{NOW, Trial, book};

    const HOUR_MS: i64 = 3_600_000;

    #[tokio::test]
    async fn the_chart_tells_of_overrides_that_are_over_and_of_outdoors() {
        let trial = Trial::new();
        let (registry, site) = (&trial.app.registry, book().site.id);
        let wish = NewOverride {
            site: site.clone(),
            room: book().rooms[0].id.clone(),
            setpoint_c: Celsius::from_hundredths(2150),
            until: NOW.plus_ms(-10 * HOUR_MS),
            by: SetpointBy::Tenant,
            label: "anna".to_owned(),
        };
        registry.add_override(&wish, "anna", NOW.plus_ms(-12 * HOUR_MS)).unwrap();
        let said = SaidHour { outdoor_c: Some(-2.5), ..SaidHour::default() };
        registry.note_hours(&site, &[(NOW.plus_ms(-5 * HOUR_MS), said)]).unwrap();
        for hours in [168, 720] {
            let (_, html) = trial.get(&format!("/sites/demo/rooms/101?hours={hours}&lang=en")).await;
            let chart =
                html.split("<hypocaust-chart").nth(1).unwrap().split("</hypocaust-chart>").next().unwrap();
            assert!(chart.contains(":-2.5") && chart.contains(":21.5 "), "{chart}");
            let event = format!("[[{},{},", NOW.ms() - 12 * HOUR_MS, NOW.ms() - 10 * HOUR_MS);
            assert!(chart.contains(&event), "{chart}");
            assert!(html.contains("override to 21.5\u{a0}°C, tenant"), "{html}");
            let (_, other) = trial.get(&format!("/sites/demo/rooms/102?hours={hours}&lang=en")).await;
            assert!(!other.contains("override to"), "another room had none");
        }
    }
}
