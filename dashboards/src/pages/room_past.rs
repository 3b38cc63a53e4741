//! A room's past in the steps of its table: its air, what each of its heaters drew, and who was there where the visitor may see
//! that.

use vocabulary::{HeaterId, Metric, RoomId, SiteId, Timestamp};

use super::Place;
use super::events::Events;
use super::past::{Reading, at};
use super::setpoints::Setpoint;
use crate::app::App;
use crate::facts::RoomFacts;
use crate::history::{self, Bin, Span};
use crate::language::{Language, UNKNOWN};
use crate::picture::Stretch;
use crate::reads;
use crate::visitor::{PageError, Visitor};
use crate::wish::HOUR_MS;
use crate::words::Speaker;

/// What one heater drew in the room.
pub(crate) struct HeaterPast {
    pub(crate) id: HeaterId,
    pub(crate) name: String,
    pub(crate) powers: Vec<Bin>,
}

/// What was measured in a room over a span.
pub(crate) struct RoomPast {
    pub(crate) span: Span,
    pub(crate) temperatures: Vec<Bin>,
    /// What its heaters drew together.
    pub(crate) powers: Vec<Bin>,
    /// What each drew, where there were several: one alone is all there is.
    pub(crate) heaters: Vec<HeaterPast>,
    /// Whether the visitor may see when somebody was there. A line of the audit says that they did.
    pub(crate) sees_presence: bool,
    pub(crate) presence: Vec<Bin>,
    /// The air outside as it was said of each hour.
    pub(crate) outside: Vec<Stretch>,
}

impl RoomPast {
    /// Reads history. The last value of each heater stands for `hold_ms` in the sum of all.
    pub(crate) fn read(
        app: &App,
        visitor: &Visitor,
        place: &Place,
        facts: &RoomFacts,
        (span, hold_ms): (Span, i64),
    ) -> Result<Self, PageError> {
        let (site, room) = (&place.book().site.id, &facts.room.id);
        let sees_presence = visitor.who.sees_presence(site, room, place.speaker.now);
        let presence = if sees_presence {
            reads::series_of_room(app, &visitor.who, (site, room), &Metric::Presence)?;
            history::of_room(&app.store, site, room, &Metric::Presence, span)?
        } else {
            Vec::new()
        };
        Ok(Self {
            span,
            temperatures: history::of_room(&app.store, site, room, &Metric::TemperatureC, span)?,
            powers: history::sum_in_room(&app.store, site, room, &Metric::PowerW, span, hold_ms)?,
            heaters: heaters(app, place, room, span)?,
            sees_presence,
            presence,
            outside: outside(app, site, span)?,
        })
    }

    /// The headings of the table, from those of temperature and power.
    pub(crate) fn headings(&self, names: &[String], events: &Events, l: Language) -> Vec<String> {
        let [temperature, power] = names else { return names.to_vec() };
        let mut headings =
            vec![temperature.clone(), l.say("chart-range"), l.say("chart-setpoint"), power.clone()];
        headings.extend(self.heaters.iter().map(|heater| heater.name.clone()));
        headings.extend(self.sees_presence.then(|| l.say("chart-presence")));
        headings.extend((!self.outside.is_empty()).then(|| l.say("chart-outdoor")));
        headings.extend((!events.is_empty()).then(|| l.say("chart-events")));
        headings
    }

    /// A row of the table.
    pub(crate) fn row(
        &self,
        step: usize,
        setpoints: &[Setpoint],
        events: &Events,
        speaker: Speaker,
    ) -> Reading {
        let (span, l) = (self.span, speaker.language);
        let (from, to) = (span.start(step), span.start(step + 1).min(span.to));
        let temperature = at(&self.temperatures, span, step);
        let power = |bins: &[Bin]| at(bins, span, step).map(|bin| l.power(bin.mean));
        let range = |bin: Bin| format!("{} – {}", l.number(bin.min, 1), l.celsius(bin.max));
        let mut cells = vec![
            temperature.map(|bin| l.celsius(bin.mean)),
            temperature.map(range),
            in_force(setpoints, from).map(|setpoint| l.celsius(setpoint.degrees)),
            power(&self.powers),
        ];
        cells.extend(self.heaters.iter().map(|heater| power(&heater.powers)));
        if self.sees_presence {
            cells.push(at(&self.presence, span, step).map(|bin| l.percent(bin.mean)));
        }
        if !self.outside.is_empty() {
            cells.push(self.outside_c(from, to).map(|celsius| l.celsius(celsius)));
        }
        if !events.is_empty() {
            cells.push(Some(events.during(from, to)).filter(|words| !words.is_empty()));
        }
        let cells = cells.into_iter().map(|cell| cell.unwrap_or_else(|| UNKNOWN.to_owned())).collect();
        Reading { when: speaker.moment(from), cells }
    }

    /// The air outside between two instants: the mean of the hours that begin there, or of the one in which it is.
    pub(crate) fn outside_c(&self, from: Timestamp, to: Timestamp) -> Option<f64> {
        let begins = self.outside.iter().filter(|(begin, ..)| from <= *begin && *begin < to);
        let values: Vec<f64> = begins.map(|(_, _, celsius)| *celsius).collect();
        if values.is_empty() {
            let around = self.outside.iter().find(|(begin, end, _)| *begin <= from && from < *end);
            return around.map(|(_, _, celsius)| *celsius);
        }
        Some(values.iter().sum::<f64>() / values.len() as f64)
    }

    /// Identifiers and names of the heaters, as the page's script reads them.
    pub(crate) fn names(&self) -> String {
        let names: Vec<_> = self.heaters.iter().map(|heater| (&heater.id, &heater.name)).collect();
        serde_json::json!(names).to_string()
    }

    /// Label and address of the files that only a room has.
    pub(crate) fn files(&self, site: &SiteId, room: &RoomId, l: Language) -> Vec<(String, String)> {
        let (from, to) = (self.span.from.ms(), self.span.to.ms());
        let asked = format!("site={site}&from={from}&to={to}&format=csv");
        let of_room = format!("/api/v1/rooms/{room}");
        let heaters = (!self.heaters.is_empty())
            .then(|| (l.say("chart-file-heaters"), format!("{of_room}/powers?{asked}&points=2000")));
        let presence = self.sees_presence.then(|| {
            let series = format!("/api/v1/series?room={room}&metric=presence&points=2000");
            (l.say("chart-presence"), format!("{series}&{asked}"))
        });
        let events = (l.say("chart-events"), format!("{of_room}/events?{asked}"));
        heaters.into_iter().chain(presence).chain([events]).collect()
    }
}

/// What was said of the air outside, an hour each.
fn outside(app: &App, site: &SiteId, span: Span) -> Result<Vec<Stretch>, PageError> {
    let hours = app.registry.said_hours(site, span.from.plus_ms(-HOUR_MS), span.to)?;
    let hour = |(at, said): (Timestamp, registry::SaidHour)| {
        Some((at, at.plus_ms(HOUR_MS).min(span.to), said.outdoor_c?))
    };
    Ok(hours.into_iter().filter_map(hour).collect())
}

/// The setpoint at an instant.
pub(crate) fn in_force(setpoints: &[Setpoint], at: Timestamp) -> Option<&Setpoint> {
    setpoints.iter().rfind(|setpoint| setpoint.from <= at)
}

fn heaters(app: &App, place: &Place, room: &RoomId, span: Span) -> Result<Vec<HeaterPast>, PageError> {
    let site = &place.book().site.id;
    let mut lines = history::by_heaters(&app.store, (site, Some(room)), &Metric::PowerW, span)?;
    if lines.len() < 2 {
        return Ok(Vec::new());
    }
    lines.sort_by(|(a, _), (b, _)| a.cmp(b));
    let past = |(id, powers): (HeaterId, Vec<Bin>)| HeaterPast {
        name: place
            .building
            .heater(&id)
            .map_or_else(|| id.to_string(), |facts| facts.heater.name.to_string()),
        id,
        powers,
    };
    Ok(lines.into_iter().map(past).collect())
}

#[cfg(test)]
mod tests;
