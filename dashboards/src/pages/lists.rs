//! All rooms and all heaters of a site as tables, a page at a time.

mod wanted;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use vocabulary::Metric;

use super::pager::Pager;
use super::plan::{self, Tile};
use super::{Frame, Place};
use crate::app::{App, Shared};
use crate::facts::{HeaterFacts, RoomFacts};
use crate::language::UNKNOWN;
use crate::visitor::{Page, PageError, Visitor};
use crate::words::Speaker;
use wanted::Wanted;

/// One word to choose.
struct Choice {
    value: String,
    words: String,
    is_chosen: bool,
}

impl Choice {
    fn new(value: &str, words: String, is_chosen: bool) -> Self {
        Self { value: value.to_owned(), words, is_chosen }
    }
}

/// What a list can be narrowed to, and how much of it is.
struct Filters {
    floors: Vec<Choice>,
    states: Vec<Choice>,
    orders: Vec<Choice>,
    text: String,
    /// How many there are and how many of them are wanted, in words.
    count: String,
    is_everything: bool,
}

/// Rooms that stand together: a floor, or all of them in another order.
struct Group {
    /// The floor's name, where the group is one.
    floor: Option<String>,
    rows: Vec<RoomRow>,
}

struct RoomRow {
    tile: Tile,
    /// Said in the row where the rooms are not in groups by floor.
    floor: Option<String>,
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
    /// Whether there is any room at all.
    has_rooms: bool,
    filters: Filters,
    groups: Vec<Group>,
    pager: Pager,
}

#[derive(Template)]
#[template(path = "heaters.html")]
struct HeatersPage {
    frame: Frame,
    /// Whether there is any heater at all.
    has_heaters: bool,
    done: Option<String>,
    filters: Filters,
    rows: Vec<HeaterRow>,
    pager: Pager,
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
    let (l, wanted) = (visitor.language, Wanted::read(visitor));
    let all = &place.building.rooms;
    let rooms = wanted.rooms(all);
    let pager = Pager::new(visitor, rooms.len());
    let page = RoomsPage {
        has_rooms: !all.is_empty(),
        filters: Filters {
            floors: wanted.floors(visitor, &plan::floors(place.book())),
            states: wanted.room_states(visitor),
            orders: wanted.room_orders(visitor),
            count: count(visitor, "list-rooms", (rooms.len(), all.len())),
            is_everything: wanted.is_everything(),
            text: wanted.text.clone(),
        },
        groups: groups(pager.cut(&rooms), wanted.is_by_floor(), place.speaker),
        pager,
        frame: place.frame(app, visitor, "rooms", l.say("nav-rooms")),
    };
    Ok(page.render()?)
}

/// Rooms as rows, with a heading where a floor begins.
fn groups(rooms: &[&RoomFacts], is_by_floor: bool, speaker: Speaker) -> Vec<Group> {
    let is_together = |a: &&RoomFacts, b: &&RoomFacts| !is_by_floor || a.room.floor == b.room.floor;
    let group = |rooms: &[&RoomFacts]| Group {
        floor: rooms.first().filter(|_| is_by_floor).map(|room| room.room.floor.to_string()),
        rows: rooms.iter().map(|room| room_row(room, !is_by_floor, speaker)).collect(),
    };
    rooms.chunk_by(is_together).map(group).collect()
}

fn room_row(facts: &RoomFacts, says_floor: bool, speaker: Speaker) -> RoomRow {
    RoomRow {
        tile: plan::tile(facts, speaker),
        floor: says_floor.then(|| facts.room.floor.to_string()),
        humidity: speaker.value(&Metric::HumidityPct, facts.humidity.value),
        co2: speaker.value(&Metric::Co2Ppm, facts.co2.value),
        drawn: speaker.value(&Metric::PowerW, facts.drawn_w.map(f64::from)),
        age: speaker.age(facts.as_of),
    }
}

/// `2,000 rooms`, or `12 of 2,000 rooms` where not all are wanted.
fn count(visitor: &Visitor, key: &str, (shown, all): (usize, usize)) -> String {
    let l = visitor.language;
    let number = |n: usize| l.number(n as f64, 0);
    let key = if shown == all { key.to_owned() } else { format!("{key}-some") };
    l.tell(&key, &[("n", all.into()), ("all", number(all).into()), ("shown", number(shown).into())])
}

fn render_heaters(app: &App, visitor: &Visitor, site: &str) -> Result<String, PageError> {
    let place = Place::find(app, visitor, site)?;
    let (l, wanted) = (visitor.language, Wanted::read(visitor));
    let all = &place.building.heaters;
    let floor_of = |heater: &HeaterFacts| {
        let room = heater.heater.room.as_ref()?;
        Some(place.building.room(room)?.room.floor.to_string())
    };
    let heaters = wanted.heaters(all, floor_of);
    let pager = Pager::new(visitor, heaters.len());
    let wall = place.building.wall;
    let page = HeatersPage {
        has_heaters: !all.is_empty(),
        done: visitor
            .asked("done")
            .filter(|done| *done == "decommission")
            .map(|_| l.say("heaters-done-decommission")),
        filters: Filters {
            floors: wanted.floors(visitor, &plan::floors(place.book())),
            states: wanted.heater_states(visitor, all),
            orders: wanted.heater_orders(visitor),
            count: count(visitor, "list-heaters", (heaters.len(), all.len())),
            is_everything: wanted.is_everything(),
            text: wanted.text.clone(),
        },
        rows: pager.cut(&heaters).iter().map(|facts| row(facts, place.speaker, wall)).collect(),
        pager,
        frame: place.frame(app, visitor, "heaters", l.say("nav-heaters")),
    };
    Ok(page.render()?)
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
mod tests;
