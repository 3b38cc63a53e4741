//! All rooms and all heaters of a site as tables.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use vocabulary::Metric;

use super::plan::{self, Tile};
use super::{Frame, Place};
use crate::app::{App, Shared};
use crate::facts::HeaterFacts;
use crate::language::UNKNOWN;
use crate::visitor::{Page, PageError, Visitor};
use crate::words::Speaker;

/// A floor with its rooms.
struct FloorRows {
    name: String,
    rows: Vec<RoomRow>,
}

struct RoomRow {
    tile: Tile,
    humidity: String,
    co2: String,
    drawn: String,
    age: String,
}

/// A heater in a table.
pub(crate) struct HeaterRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) room: String,
    pub(crate) room_id: String,
    pub(crate) mode: String,
    pub(crate) tone: &'static str,
    pub(crate) wanted: String,
    pub(crate) granted: String,
    pub(crate) drawn: String,
    pub(crate) lease: String,
    pub(crate) work: String,
    pub(crate) chip: String,
    pub(crate) seen: String,
    pub(crate) is_simulated: bool,
}

#[derive(Template)]
#[template(path = "rooms.html")]
struct RoomsPage {
    frame: Frame,
    floors: Vec<FloorRows>,
}

#[derive(Template)]
#[template(path = "heaters.html")]
struct HeatersPage {
    frame: Frame,
    rows: Vec<HeaterRow>,
}

/// `/sites/{site}/rooms`
pub(crate) async fn rooms(State(app): State<Shared>, visitor: Visitor, Path(site): Path<String>) -> Response {
    visitor.answer(&app, move |app, visitor| Ok(Page::Show(render_rooms(app, visitor, &site)?))).await
}

/// `/sites/{site}/heaters`
pub(crate) async fn heaters(
    State(app): State<Shared>,
    visitor: Visitor,
    Path(site): Path<String>,
) -> Response {
    visitor.answer(&app, move |app, visitor| Ok(Page::Show(render_heaters(app, visitor, &site)?))).await
}

fn render_rooms(app: &App, visitor: &Visitor, site: &str) -> Result<String, PageError> {
    let place = Place::find(app, visitor, site)?;
    let speaker = place.speaker;
    let floors = plan::floors(place.book()).into_iter().map(|name| {
        let tiles = plan::tiles(&place.building, speaker, Some(&name));
        let of_floor = place.building.rooms.iter().filter(|room| room.room.floor.as_str() == name);
        let rows = of_floor.zip(tiles).map(|(facts, tile)| RoomRow {
            tile,
            humidity: speaker.value(&Metric::HumidityPct, facts.humidity.value),
            co2: speaker.value(&Metric::Co2Ppm, facts.co2.value),
            drawn: speaker.value(&Metric::PowerW, facts.drawn_w.map(f64::from)),
            age: speaker.age(facts.as_of),
        });
        FloorRows { rows: rows.collect(), name }
    });
    let floors = floors.collect();
    let frame = place.frame(app, visitor, "rooms", visitor.language.say("nav-rooms"));
    Ok(RoomsPage { floors, frame }.render()?)
}

fn render_heaters(app: &App, visitor: &Visitor, site: &str) -> Result<String, PageError> {
    let place = Place::find(app, visitor, site)?;
    let wall = place.building.wall;
    let rows = place.building.heaters.iter().map(|facts| row(facts, place.speaker, wall)).collect();
    let frame = place.frame(app, visitor, "heaters", visitor.language.say("nav-heaters"));
    Ok(HeatersPage { rows, frame }.render()?)
}

/// A heater as a row.
pub(crate) fn row(facts: &HeaterFacts, speaker: Speaker, wall: vocabulary::Timestamp) -> HeaterRow {
    let l = speaker.language;
    let dash = || UNKNOWN.to_owned();
    let watts = |watts: Option<f64>| watts.map_or_else(dash, |watts| l.power(watts));
    let beat = facts.heartbeat.as_ref();
    // Without a lease nothing is granted: what it draws is its own fall-back.
    let lease = facts.lease_left_s(wall).filter(|s| *s > 0);
    let cores = facts.value(&Metric::CoresBusy).value;
    let jobs = facts.value(&Metric::JobsRunning).value;
    let work = match (jobs, cores) {
        (Some(jobs), Some(cores)) => {
            l.tell("heater-work", &[("jobs", jobs.round().into()), ("cores", cores.round().into())])
        }
        _ => dash(),
    };
    HeaterRow {
        id: facts.heater.id.to_string(),
        name: facts.heater.name.to_string(),
        room: facts.room_name.clone().unwrap_or_else(dash),
        room_id: facts.heater.room.as_ref().map(ToString::to_string).unwrap_or_default(),
        mode: l.say(&format!("mode-{}", facts.state_word())),
        tone: tone(facts),
        wanted: watts(beat.map(|beat| f64::from(beat.wanted_w))),
        granted: watts(beat.filter(|_| lease.is_some()).map(|beat| f64::from(beat.budget_w))),
        drawn: watts(facts.drawn_w()),
        lease: lease.map_or_else(dash, |s| l.length(s * 1000)),
        work,
        chip: speaker.value(&Metric::ChipTemperatureC, facts.value(&Metric::ChipTemperatureC).value),
        seen: speaker.age(facts.seen_at),
        is_simulated: facts.heater.simulated,
    }
}

/// The class of a heater's state.
pub(crate) fn tone(facts: &HeaterFacts) -> &'static str {
    use vocabulary::Mode;
    match facts.mode {
        _ if facts.silent => "bad",
        _ if facts.reports_only() => "calm",
        Some(Mode::Tripped) => "bad",
        Some(Mode::Leased) => "good",
        None | Some(Mode::Boot) => "calm",
        Some(Mode::Fallback | Mode::FallbackBlind | Mode::Derated | Mode::LocalOff) => "soon",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::trial::{NOW, Trial, book};
    use vocabulary::Zone;

    #[tokio::test]
    async fn nothing_is_granted_without_a_lease() {
        let trial = Trial::new();
        let speaker = Speaker { language: Language::English, zone: Zone::UTC, now: NOW };
        let granted = |after_s: i64| {
            let building = trial.app.building(&book()).unwrap();
            row(&building.heaters[0], speaker, NOW.plus_ms(after_s * 1000)).granted
        };
        assert_eq!((granted(47).as_str(), granted(48).as_str()), ("430\u{a0}W", UNKNOWN));
    }
}
