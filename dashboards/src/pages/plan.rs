//! The floor plan: which tiles are on a floor, and the style sheet that puts each in its place.
//!
//! The places travel as a style sheet of their own because the content policy allows no style inside a page.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use registry::{PlanArea, Room, SiteBook};
use vocabulary::SiteId;

use crate::app::{Shared, blocking};
use crate::facts::{Building, RoomFacts};
use crate::language::{Language, UNKNOWN};
use crate::visitor::{PageError, Visitor};
use crate::words::Speaker;

/// A room on the plan.
pub(crate) struct Tile {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) temperature: String,
    pub(crate) setpoint: String,
    pub(crate) deviation: &'static str,
    pub(crate) deviation_words: String,
    pub(crate) action: &'static str,
    pub(crate) action_icon: &'static str,
    pub(crate) action_words: String,
    pub(crate) occupancy: &'static str,
    pub(crate) occupancy_words: String,
}

/// The floors in the order in which the book names them.
pub(crate) fn floors(book: &SiteBook) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let names = book.rooms.iter().map(|room| room.floor.as_str());
    names.filter(|name| seen.insert(*name)).map(str::to_owned).collect()
}

/// More rooms than this on one drawing are too small to be read, and too heavy a page: such a floor is a list.
const MOST_DRAWN: usize = 400;

/// Whether every room of a floor has its place drawn, and the drawing can be read.
pub(crate) fn is_drawn(book: &SiteBook, floor: &str) -> bool {
    let rooms = || book.rooms.iter().filter(|room| room.floor.as_str() == floor);
    rooms().all(|room| room.area.is_some()) && rooms().count() <= MOST_DRAWN
}

/// The rooms of a floor, or of all floors.
pub(crate) fn rooms<'a>(building: &'a Building, floor: Option<&str>) -> Vec<&'a RoomFacts> {
    let is_on_floor = |room: &&RoomFacts| floor.is_none_or(|floor| room.room.floor.as_str() == floor);
    building.rooms.iter().filter(is_on_floor).collect()
}

/// A room as a tile.
pub(crate) fn tile(facts: &RoomFacts, speaker: Speaker) -> Tile {
    let l = speaker.language;
    let degrees = |value: f64| l.quantity(value, 1, "°").replace('\u{a0}', "");
    let occupancy = match facts.occupied {
        Some(true) => "occupied",
        Some(false) => "empty",
        None => "unknown",
    };
    Tile {
        id: facts.room.id.to_string(),
        name: facts.room.name.to_string(),
        temperature: facts.temperature.value.map_or_else(|| UNKNOWN.to_owned(), degrees),
        setpoint: degrees(facts.setpoint_c),
        deviation: deviation(facts.deviation()),
        deviation_words: facts.deviation().map_or_else(|| UNKNOWN.to_owned(), |k| l.difference(k)),
        action: facts.action.as_str(),
        action_icon: facts.action.icon(),
        action_words: l.say(&format!("action-{}", facts.action.as_str())),
        occupancy,
        occupancy_words: l.say(&format!("occupancy-{occupancy}")),
    }
}

/// The scale of deviations from the setpoint: three steps to either side, in colours that colour-blind people tell apart. Each
/// class begins so many kelvin away from the setpoint; between the two lies what is even.
const COLD: [(&str, f64); 3] = [("cold3", -2.0), ("cold2", -1.0), ("cold1", -0.4)];
const WARM: [(&str, f64); 3] = [("warm1", 0.5), ("warm2", 1.0), ("warm3", 2.0)];

/// The class of a deviation from the setpoint.
fn deviation(kelvin: Option<f64>) -> &'static str {
    let Some(k) = kelvin else { return "unknown" };
    let cold = COLD.iter().find(|(_, from)| k <= *from);
    let warm = WARM.iter().rfind(|(_, from)| k >= *from);
    cold.or(warm).map_or("even", |(class, _)| class)
}

/// A colour of the plan, explained.
pub(crate) struct LegendStep {
    pub(crate) class: &'static str,
    /// Its numbers; empty for the one that has none.
    pub(crate) range: String,
    pub(crate) words: String,
}

/// What each colour says, from the coldest on.
pub(crate) fn legend(l: Language) -> Vec<LegendStep> {
    let mut bounds: Vec<(&str, f64)> = COLD.into();
    // The class between the last of one side and the first of the other.
    bounds.push(("even", WARM[0].1));
    bounds.extend(WARM);
    let difference = |k: f64| l.difference(k).replace('\u{a0}', "");
    let between = |from, to| {
        l.tell("legend-between", &[("from", difference(from).into()), ("to", difference(to).into())])
    };
    let step = |at: usize| {
        let (class, bound) = bounds[at];
        let range = match class {
            "cold3" => l.tell("legend-below", &[("to", difference(bound).into())]),
            "warm3" => l.tell("legend-above", &[("from", difference(bound).into())]),
            // Cold classes and the even one reach up to their number, warm ones begin at it.
            _ if at <= COLD.len() => between(bounds[at - 1].1, bound),
            _ => between(bound, bounds[at + 1].1),
        };
        LegendStep { class, range, words: l.say(&format!("legend-{class}")) }
    };
    let unknown = LegendStep { class: "unknown", range: String::new(), words: l.say("legend-unknown") };
    (0..bounds.len()).map(step).chain([unknown]).collect()
}

/// `/sites/{site}/plan.css`
pub(crate) async fn style(State(app): State<Shared>, visitor: Visitor, Path(site): Path<String>) -> Response {
    let sheet = blocking(&app, move |app| {
        let site = SiteId::new(&site).map_err(|_| PageError::NotFound)?;
        let books = app.books()?;
        books.iter().find(|book| book.site.id == site).map(sheet).ok_or(PageError::NotFound)
    });
    match sheet.await {
        Ok(sheet) => {
            let headers = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "private, max-age=60")];
            (headers, sheet).into_response()
        }
        Err(error) => visitor.failure(&app, &error),
    }
}

/// The places of all rooms in percent of their floor; narrow screens show a list instead.
fn sheet(book: &SiteBook) -> String {
    let mut css = String::from("@media (min-width:720px){\n");
    for (index, floor) in floors(book).iter().enumerate().filter(|(_, floor)| is_drawn(book, floor)) {
        let rooms: Vec<(&Room, PlanArea)> = book
            .rooms
            .iter()
            .filter(|room| room.floor.as_str() == floor)
            .filter_map(|room| Some((room, room.area?)))
            .collect();
        let reach = |of: fn(PlanArea) -> f32| rooms.iter().map(|(_, area)| of(*area)).fold(1.0, f32::max);
        let (width, depth) = (reach(|a| a.x + a.width), reach(|a| a.y + a.depth));
        let _ = writeln!(css, "#plan-{index}{{aspect-ratio:{width}/{depth}}}");
        for (room, area) in &rooms {
            let percent = |part: f32, whole: f32| f64::from(part / whole * 100.0);
            let _ = writeln!(
                css,
                "#tile-{}{{left:{:.2}%;top:{:.2}%;width:{:.2}%;height:{:.2}%}}",
                room.id,
                percent(area.x, width),
                percent(area.y, depth),
                percent(area.width, width),
                percent(area.depth, depth),
            );
        }
    }
    css.push_str("}\n");
    css
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deviation_has_the_colour_that_the_legend_gives_its_numbers() {
        let classes = [-9.0, -2.0, -1.99, -1.0, -0.4, -0.39, 0.49, 0.5, 0.99, 1.0, 2.0, 9.0]
            .map(|kelvin| deviation(Some(kelvin)));
        let expected = [
            "cold3", "cold3", "cold2", "cold2", "cold1", "even", "even", "warm1", "warm1", "warm2", "warm3",
            "warm3",
        ];
        assert_eq!(classes, expected);
        assert_eq!(deviation(None), "unknown");
        let told: Vec<String> = legend(Language::English)
            .into_iter()
            .map(|step| format!("{} {}", step.class, step.range))
            .collect();
        assert_eq!(
            told,
            [
                "cold3 −2.0° and below",
                "cold2 −2.0° to −1.0°",
                "cold1 −1.0° to −0.4°",
                "even −0.4° to +0.5°",
                "warm1 +0.5° to +1.0°",
                "warm2 +1.0° to +2.0°",
                "warm3 +2.0° and above",
                "unknown ",
            ]
        );
    }
}
